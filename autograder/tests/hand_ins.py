"""Makes submissions for tests: the solution with some functions written anew, and reads their marks."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from neural_lab.grading.reference import locate
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Mistake
from neural_lab.schema.places import files_of

LAB = load_lab("q1")
SOLUTION_FILE = files_of(LAB)["q1"]
SOLUTION = SOLUTION_FILE.read_text("utf-8")
CLASS = "NeuralNetwork"
FULL = LAB.marks
MARKS = {
    line.function: sum(other.marks for other in LAB.lines if other.function == line.function) for line in LAB.lines
}


def with_bodies(bodies: Mapping[str, str], source: str = SOLUTION, above: str = "") -> str:
    """The solution with methods replaced: {name: its whole text with decorators}; `above` goes before the class."""
    for name, text in bodies.items():
        place = locate(source, f"{CLASS}.{name}")
        lines = source.splitlines()
        new = textwrap.indent(textwrap.dedent(text).strip("\n"), place.indent)
        source = "\n".join([*lines[: place.first], new, *lines[place.last :]]) + "\n"
    before, head, after = source.partition(f"\nclass {CLASS}")
    return f"{before}\n{textwrap.dedent(above)}\n{head}{after}"


def without(*names: str, source: str = SOLUTION) -> str:
    """The solution, or another text, with these methods deleted."""
    tree = ast.parse(source)
    owner = next(node for node in tree.body if isinstance(node, ast.ClassDef))
    owner.body = [node for node in owner.body if not (isinstance(node, ast.FunctionDef) and node.name in names)]
    return ast.unparse(tree) + "\n"


def hand_in(folder: Path, text: str, name: str = "q1.py") -> Path:
    """Write the text as a submission."""
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def marks_of(data: dict[str, Any]) -> dict[str, float]:
    """Marks by function."""
    found = dict.fromkeys(MARKS, 0.0)
    for test in data["tests"]:
        found[test["tags"][0]] += test["score"]
    return found


def marks_but(**lost: float) -> dict[str, float]:
    """All marks by function, less those lost by the functions named."""
    return {name: marks - lost.get(name, 0.0) for name, marks in MARKS.items()}


def losing(function: str, spares: tuple[str, ...] = (), halves: tuple[str, ...] = ()) -> dict[str, float]:
    """The marks that a function loses whose parts are spared and halved as in a row of the bank: {function: marks}."""
    return {function: sum(LAB.losses(Mistake("", function, (), "", spares=spares, halves=halves)).values())}


def lost_all_of(functions: Iterable[str]) -> dict[str, float]:
    """All marks by function, but none for these."""
    return marks_but(**{name: MARKS[name] for name in functions})


def lines_of(data: dict[str, Any]) -> dict[str, float]:
    """Marks by the number of the line."""
    return {test["number"]: test["score"] for test in data["tests"]}


def parts_of(data: dict[str, Any], number: str) -> dict[str, tuple[float, str]]:
    """(marks, verdict) of each part of a line."""
    test = next(test for test in data["tests"] if test["number"] == number)
    return {part["name"]: (part["marks"], part["verdict"]) for part in test["extra_data"]["parts"]}
