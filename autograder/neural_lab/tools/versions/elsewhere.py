"""Writes what the functions of q1 are in its other versions, for the grader to recognise: labs/q1/elsewhere.json.

A built version gets its own. The public lab's is written by running this file, after a change of the solution or of
versions.toml. It holds the built-in versions, which everybody can read; a course's own are in no public file.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping

from neural_lab import atomic
from neural_lab.grading.reference import locate
from neural_lab.labs.q1.elsewhere import FILE
from neural_lab.labs.q1.version import Version
from neural_lab.schema.lab import PUBLIC
from neural_lab.schema.places import SOLUTION
from neural_lab.tools.versions.described import versions
from neural_lab.tools.versions.handed_out import ORDER
from neural_lab.tools.versions.rewrite import NotFound, Rewrite, renamed, translation

# Its probe also looks at the network as the given `__init__` makes it, which a whole file brings along.
WITH_GIVEN_PARTS = "mini_batch_GD"


def known() -> list[Version]:
    """The versions that everybody can read: the public lab and the built-in ones."""
    return [Version(PUBLIC), *versions().values()]


def elsewhere(version: Version, others: Iterable[Version], public: str) -> str:
    """The contents of the version's elsewhere.json.

    :param others: the versions to recognise; what is as in this version is left out, and so is the version itself
    :param public: the public solution's text
    """
    solution = Rewrite(version).solution(public)
    found = {}
    for other in others:
        try:
            theirs = Rewrite(other).solution(public)
        except NotFound:
            continue  # a course may have changed the public solution so that there is no such version
        text = renamed(_with_numbers(theirs, solution).encode(), translation(other, version))
        functions = _differing(solution, text.decode(), Rewrite(version).names)
        if functions:
            found[other.name] = functions
    return json.dumps(found, indent=1) + "\n"


def _differing(solution: str, other: str, names: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts of the graded functions that are others in the other solution, both by the same names: pasted among
    this version's given parts, and with the other's, where that is looked at.

    :param names: of functions that are called otherwise than in the public lab
    """
    graded = [names.get(name, name) for name in ORDER]
    given = [name for name in _methods(solution) if name not in graded and _code(solution, name) != _code(other, name)]
    parts = "".join(f"{_code(other, name)}NeuralNetwork.{name} = {name}\n" for name in given)
    found: dict[str, list[str]] = {}
    for name in graded:
        text = _code(other, name)
        pasted = [text] if text != _code(solution, name) else []
        whole = [parts + text] if parts and name == names.get(WITH_GIVEN_PARTS, WITH_GIVEN_PARTS) else []
        if pasted or whole:
            found[name] = pasted + whole
    return found


def _methods(source: str) -> list[str]:
    """The names of the network's methods."""
    owner = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef))
    return [node.name for node in owner.body if isinstance(node, ast.FunctionDef)]


def _code(source: str, name: str) -> str:
    """A function's text without its docstring and comments."""
    text = locate(source, f"NeuralNetwork.{name}").text
    function = ast.parse(text).body[0]
    assert isinstance(function, ast.FunctionDef)
    lines = text.split("\n")
    if ast.get_docstring(function) is not None:
        first = function.body[0]
        del lines[first.lineno - 1 : first.end_lineno]
    code = re.sub(r" *#[^\n]*", "", "\n".join(lines))
    return re.sub(r"\n{2,}", "\n", code)


def _with_numbers(source: str, other: str) -> str:
    """A solution with its numbers in the place of constants that the other one has not: a function is to run there."""
    ours, theirs = _constants(source), _constants(other)
    for name, number in ours.items():
        if theirs.get(name) != number:
            source = re.sub(rf"\b{name}\b(?! =)", number, source)
    return source


def _constants(source: str) -> dict[str, str]:
    """Numbers that have a name at the top of a module."""
    return {
        node.targets[0].id: repr(node.value.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }


def main() -> None:
    """Write the public lab's."""
    public = (SOLUTION / "q1.py").read_text("utf-8")
    atomic.write(FILE, elsewhere(Version(), known(), public))


if __name__ == "__main__":
    main()
