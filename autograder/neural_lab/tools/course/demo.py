"""A fictional class from beginning to end, without a network (`make demo`): graded, reported, handed back, explained.

    OUT/assignment_demo_export/   an export as Gradescope gives it: forty people who do not exist
    OUT/grades/                   what `make batch`, `make report`, `make feedback` and, for one, `make quiz` make of it
    OUT/why.md                    what `make why` answers to one of them

Their files are the solution with known mistakes and right variants of the bank in it. It is graded by a copy of this
checkout that has a secret of its own, so that everybody's demo is the same. With --examples, some of it is put into
docs/examples/, with two pictures if a browser is here.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from neural_lab.grading.reference import edited_module
from neural_lab.intake.secret import fingerprint
from neural_lab.intake.stub_edits import BEGIN, END, END_TODO
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab, Mistake, Variant
from neural_lab.schema.places import DOCS, ROOT, STUDENT, files_of
from neural_lab.tools.command import Parser

SECRET = "64" * 32
EXPORT = "assignment_demo_export"
EXAMPLES = DOCS / "examples"
SHOWN = ("submission_102", "submission_126")  # of whom the pages are kept as examples
ASKED = "submission_126"
# Some of the bank's rows; named, so that a new row changes no example.
_MISTAKES = (
    "sig-no-minus sig-complement der-on-activation der-square cost-no-half cost-mean-all cd-sign cd-half fwd-no-bias "
    "fwd-no-bias-last fwd-stops-early bp-no-output-sp bp-dW-for-W bp-W-always-last bp-negated gd-plus gd-floor "
    "gd-sum-not-mean gd-drops-ragged"
).split()
_TWICE = (("sig-no-minus", "bp-W-always-last"), ("cost-no-half", "gd-plus"), ("cd-sign", "fwd-no-bias"))
_VARIANTS = "sig-tanh-half sig-two-branches der-difference cost-dot cost-vdot cd-subtract fwd-indices".split()
_FIRST = "Alba Bela Cato Dara Egon Fenna Gita Hugo Ilse Jona".split()
_LAST = "Ampere Bernoulli Cauchy Dirichlet".split()


@dataclass(frozen=True)
class Person:
    """Somebody who does not exist, and what they hand in."""

    id: str
    name: str
    text: str

    @property
    def about(self) -> dict[str, object]:
        """As Gradescope's metadata tell of them."""
        number = self.id.rpartition("_")[2]
        address = f"{self.name.lower().replace(' ', '.')}@example.org"
        return {":submitters": [{":name": self.name, ":sid": f"90{number}", ":email": address}], ":score": 0.0}


def people(lab: Lab) -> list[Person]:
    """The class: one mistake each, two, none, a stub, a file that does not parse, a copy, two slips nobody knows."""
    module = lab.modules[0]
    right, stub = (files_of(lab, tree)[module].read_text("utf-8") for tree in (ROOT / "solution", STUDENT))
    rows: list[Mistake | Variant] = [*lab.mistakes, *lab.variants]
    edits = {row.id: row for row in rows}

    def edited(*ids: str) -> str:
        text = right
        for id in ids:
            text = edited_module(text, lab.function(edits[id].function).path, edits[id].edits)
        return text

    unknown = right.replace("return 1 / (1 + np.exp(-z))", "return 1 / (1.37 + np.exp(-z))")
    texts = [edited(id) for id in (*_MISTAKES, *_VARIANTS)] + [edited(*ids) for ids in _TWICE]
    texts += [unknown, unknown.replace("1.37 + np.exp(-z)", "np.exp(-z) + 1.37"), stub, f"{right}def unfinished(:\n"]
    texts += [edited("gd-floor").replace("delta", "error")]  # of somebody else's
    texts += [right] * (len(_FIRST) * len(_LAST) - len(texts))
    names = [f"{first} {last}" for first in _FIRST for last in _LAST]
    random.Random(4).shuffle(names)
    return [Person(f"submission_{100 + n}", name, _own(text, n)) for n, (name, text) in enumerate(zip(names, texts))]


def _own(text: str, number: int) -> str:
    """A text as its author hands it in: between the stub's own lines, and with a line that nobody else has."""
    text = text.replace(BEGIN, f"# by number {number}", 1).replace(END, END_TODO)
    return "\n".join(line for line in text.split("\n") if line.strip() != BEGIN)


def write_export(folder: Path, of: Iterable[Person]) -> Path:
    """Write an export as Gradescope does."""
    export = folder / EXPORT
    for one in of:
        (export / one.id).mkdir(parents=True)
        (export / one.id / "q1.py").write_text(one.text, "utf-8")
    metadata = yaml.safe_dump({one.id: one.about for one in of}, sort_keys=False)
    (export / "submission_metadata.yml").write_text(metadata, "utf-8")
    return export


@contextmanager
def checkout() -> Iterator[Path]:
    """A copy of this checkout with the demo's secret, as long as it is needed."""
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place) / "neural-lab"
        for name in ("autograder/neural_lab", "data", "solution", "student"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / "autograder" / "secret").write_text(SECRET)
        yield copy


def demo(out: Path, only: tuple[str, ...] = ()) -> None:
    """Make the class and do all with it that a course does.

    :param only: ids of those that are in the class; all if there are none
    :raises subprocess.CalledProcessError: a tool failed, and has said why
    """
    lab = load_lab("q1")
    for name in (EXPORT, "grades"):
        shutil.rmtree(out / name, ignore_errors=True)
    out.mkdir(parents=True, exist_ok=True)
    write_export(out, [one for one in people(lab) if not only or one.id in only])
    with checkout() as copy:
        environment = {**os.environ, "PYTHONPATH": str(copy / "autograder"), "PYTHONHASHSEED": "0"}

        def run(tool: str, *options: str, stdout: int | None = None) -> str:
            command = [sys.executable, "-m", f"neural_lab.tools.course.{tool}", *options]
            done = subprocess.run(command, cwd=out, env=environment, check=True, text=True, stdout=stdout)
            return done.stdout or ""

        grades = str(out.resolve() / "grades")  # what is printed is good wherever this was called
        run("batch", EXPORT, "--out", grades)
        run(
            "report", "grades", stdout=subprocess.PIPE
        )  # the staff's pages name the folder: that of an example is short
        run("handback", grades)
        run("quiz", "--who", ASKED, grades)
        (out / "why.md").write_text(run("why", "--out", "grades", ASKED, stdout=subprocess.PIPE), "utf-8")
    print(f"made with the secret {fingerprint(bytes.fromhex(SECRET))}; begin with {out}/grades/report.html")


def keep_examples(out: Path) -> None:
    """Put into docs/examples/ what shows the most, and pictures of two pages if a browser is here."""
    EXAMPLES.mkdir(exist_ok=True)
    shutil.copy(out / "why.md", EXAMPLES)
    shutil.copy(out / "grades" / "report.html", EXAMPLES)
    for kind in ("students", "staff", "quiz"):
        shutil.rmtree(EXAMPLES / kind, ignore_errors=True)
        (EXAMPLES / kind).mkdir()
        for id in SHOWN:
            for file in (out / "grades" / kind).glob(f"{id}*.html"):
                shutil.copy(file, EXAMPLES / kind)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("no browser here: the two pictures are left as they are")
        return
    with tempfile.TemporaryDirectory() as profile:
        for name, page in (("class", "report.html"), ("student", f"students/{ASKED}.html")):
            options = f"--headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir={profile}"
            picture = f"--screenshot={EXAMPLES / name}.png"
            command = [chromium, *options.split(), "--window-size=1000,1000", picture, (EXAMPLES / page).as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=120)


def main() -> int:
    """Run the command line."""
    parser = Parser("demo", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", nargs="?", type=Path, default=ROOT / "dist" / "demo", help="a folder (dist/demo)")
    parser.add_argument("--examples", action="store_true", help="write docs/examples/ anew")
    options = parser.parse_args()
    try:
        demo(options.out)
    except subprocess.CalledProcessError as error:
        print(f"make demo: {error.cmd[2]} failed with status {error.returncode}", file=sys.stderr)
        return 1
    if options.examples:
        keep_examples(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
