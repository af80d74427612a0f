"""Write a small lab that works, to make another one of: `make new-lab NAME=logistic`.

It has two functions, their marks, probes and mistakes, and a page for students, with comments on what to put in their
place; docs/new_lab.md tells the rest. No file that is there is written over.
"""

from __future__ import annotations

import keyword
import re
import sys
from pathlib import Path

from neural_lab.schema.places import ROOT
from neural_lab.tools.command import Parser
from neural_lab.tools.release import stubs

SCAFFOLD = {
    "solution/NAME.py": '''\
"""NAME: a neuron without an activation function, and its cost.

Symbols used in the shapes below:
    N, n   number of samples, number of inputs
    x      (N, n), one sample in each row
    y      (N,), the targets
    w, b   (n,) and a float, the weights and the bias

Only the TODO blocks are yours to write; keep the rest as it is, and add no prints.
"""

import numpy as np


def predict(x, w, b):
    """The outputs for all samples.

    :param x: numpy array (N, n)
    :param w: numpy array (n,)
    :param b: float
    :return: numpy array (N,)
    """
    # TODO: the weighted sum of each sample's inputs, and the bias
    # BEGIN ANSWER
    return x @ w + b  # (N,)
    # END ANSWER


def cost(x, y, w, b):
    """Half the mean squared error.

    :param x: numpy array (N, n)
    :param y: numpy array (N,)
    :param w: numpy array (n,)
    :param b: float
    :return: float
    """
    # TODO: use predict
    # BEGIN ANSWER
    return float(np.mean((predict(x, w, b) - y) ** 2) / 2)
    # END ANSWER
''',
    "student/NAME.md": """\
# Lab: NAME
What the lab is about, its formulas and what to do. Complete `NAME.py`, and hand it in.

$$\\hat{y} = x^T w + b, \\qquad C = \\frac{1}{2N} \\sum_{i=1}^{N} (\\hat{y}_i - y_i)^2$$

## Marks
<!-- marks of NAME -->
<!-- end of marks -->
""",
    "autograder/neural_lab/labs/NAME/__init__.py": '''\
"""What is graded in the lab NAME."""
''',
    "autograder/neural_lab/labs/NAME/rubric.py": '''\
"""The marks of the NAME lab, and its functions in the order of their dependence."""

from __future__ import annotations

from neural_lab.labs.NAME import probes
from neural_lab.labs.NAME.mistakes import MISTAKES, VARIANTS
from neural_lab.schema.contracts import Array, Number, rows
from neural_lab.schema.lab import Function, Lab, Line, Part

X, Y, W, B = Array(("N", "n")), Array(("N",)), Array(("n",)), Number()

# each after those that it calls; those that are called say what they take
FUNCTIONS = (
    Function("predict", "NAME", takes=(X, W, B), passes=rows),
    Function("cost", "NAME", passes=rows),
)

# Line(number, function, name, parts); Part(id, words for students, marks, probe)
LINES = (
    Line("1.1", "predict", "predict", (Part("outputs", "one and several samples", 6, probes.predict),)),
    Line("1.2", "cost", "cost", (Part("samples", "one and several samples", 4, probes.cost),)),
)

LAB = Lab("NAME", "NAME", ("NAME",), FUNCTIONS, LINES, mistakes=MISTAKES, variants=VARIANTS)
''',
    "autograder/neural_lab/labs/NAME/probes.py": '''\
"""The probes of the NAME lab: what is called, with which numbers. No expected value stands here."""

from __future__ import annotations

import numpy as np

from neural_lab.labs.asking import ask, batches
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Observations


def _neuron(rng: np.random.Generator) -> tuple[np.ndarray, float]:
    return rng.normal(0, 1, 3), float(rng.uniform(0.3, 0.8))  # a bias of zero would not show that it is missing


# the id decides which numbers are drawn: never change it once a class was graded
@probe("predict")
def predict(session: Session, rng: np.random.Generator) -> Observations:
    return ask(session, "NAME", batches(rng, "predict", lambda n: (rng.normal(0, 1, (n, 3)), *_neuron(rng))))


@probe("cost")
def cost(session: Session, rng: np.random.Generator) -> Observations:
    cases = batches(rng, "cost", lambda n: (rng.normal(0, 1, (n, 3)), rng.normal(0, 1, n), *_neuron(rng)))
    return ask(session, "NAME", cases)
''',
    "autograder/neural_lab/labs/NAME/mistakes.py": '''\
"""The bank of the NAME lab: known mistakes as edits of the solution, and right ways that differ from it."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

# id, function, edits of its text in the solution, and the question that you would ask at the desk
MISTAKES: tuple[Mistake, ...] = (
    Mistake("pre-no-bias", "predict", (Edit(" + b", ""),), "What is your output where all inputs are zero?"),
    Mistake("cost-sum", "cost", (Edit("np.mean", "np.sum"),), "Does your cost grow with the number of samples?"),
    Mistake("cost-no-half", "cost", (Edit(" / 2", ""),), "Compare the constants with the formula."),
)

VARIANTS: tuple[Variant, ...] = (
    Variant("pre-sum", "predict", (Edit("x @ w", "np.sum(x * w, axis=1)"),), "a sum over the inputs"),
)
''',
}


class NotWritten(Exception):
    """Why the lab can't be begun, and what to do."""


def write(name: str, root: Path = ROOT) -> list[Path]:
    """Write the lab's files and its stub; gives them.

    :raises NotWritten: the name can't be a lab's, or a file is there already; nothing was written
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise NotWritten(
            f"{name!r} can't be a lab's name; take lower-case letters, digits and _, as in a module's name"
        )
    if name in sys.stdlib_module_names or name == "numpy":
        raise NotWritten(f"{name!r} is a module that students may want to import; take another name")
    files = {root / path.replace("NAME", name): text.replace("NAME", name) for path, text in SCAFFOLD.items()}
    there = [file for file in [*files, root / "student" / f"{name}.py"] if file.exists()]
    if there:
        raise NotWritten(f"{there[0].relative_to(root)} is there already; take another name, or remove it")
    for file, text in files.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    return [*files, *(root / "student" / path for path in stubs.write(root / "solution", root / "student"))]


def main() -> int:
    """Run the command line; gives the exit status."""
    parser = Parser("new-lab", description="Write a small lab to make another one of.")
    parser.add_argument("name", nargs="?", help="of the lab and of its module, such as logistic")
    options = parser.parse_args()
    if not options.name:
        parser.error("what is its name? make new-lab NAME=logistic")
    try:
        written = write(options.name)
    except NotWritten as error:
        print(f"make new-lab: {error}", file=sys.stderr)
        return 1
    for file in dict.fromkeys(written):
        print(f"wrote {file.relative_to(ROOT)}")
    print(f"\ndocs/new_lab.md tells what to write there. After each step: make validate LAB={options.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
