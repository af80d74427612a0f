"""Remarks without marks that hold for any lab: prints, edits outside the TODO blocks, attributes of the class that all
objects share; and flags for the staff, which decide nothing. What only one lab can say is in that lab's `advice`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_lab.feedback.markdown import code
from neural_lab.grading import compare
from neural_lab.grading.reference import Reference
from neural_lab.intake.stub_edits import edits_outside
from neural_lab.intake.submission import Submission
from neural_lab.schema.places import STUDENT, files_of
from neural_lab.schema.schema import Aside, Function, Kept, Probe

if TYPE_CHECKING:
    from neural_lab.grading.records import Attempt

SHOWN = 5  # of edits, and of classes, that are listed
# Finite differences evaluate the network twice for each of thousands of parameters, and are right to some 1e-10 to
# 1e-6; back propagation on the same nets takes hundredths of a second and is right to some 1e-16.
SLOW_SECONDS = 0.25
ROUNDING = 1e-12
_CLASS = re.compile(r"class\s+(\w+)")
_MADE = re.compile(r"(\w+)\s*(?::[^=]+)?=\s*(?:\[|\{|(?:list|dict|set|np\.\w+)\()")


def general_advice(
    reference: Reference,
    submission: Submission,
    runs: Mapping[str, Mapping[str, Attempt]],
    rng: Callable[[Probe], np.random.Generator],
) -> tuple[list[str], list[str]]:
    """Texts for the student, in Markdown, and flags for the staff.

    :param runs: the first run of each probe, {function label: {probe name: run}}
    :param rng: the numbers each probe drew its inputs from
    """
    advice = [*_prints(runs), *_edits(reference, submission), *itertools.islice(_shared(submission), SHOWN)]
    return advice, list(_differences(reference, runs, rng))


def _prints(runs: Mapping[str, Mapping[str, Attempt]]) -> Iterator[str]:
    printing = [code(label) for label, probes in runs.items() if any(run.printed for run in probes.values())]
    if printing:
        yield f"Something is printed while these run: {', '.join(printing)}. Take the prints out before you hand in."


def _edits(reference: Reference, submission: Submission) -> Iterator[str]:
    """Edits outside the TODO blocks, for files that come from the lab's stub."""
    for name, stub in files_of(reference.lab, STUDENT).items():
        if name not in submission.files or not stub.exists():
            continue
        edits = edits_outside(stub.read_text("utf-8"), submission.files[name])
        if edits:
            told = [f"{code(edit.text, 60)} is gone" if edit.gone else f"line {edit.line}, {code(edit.text, 60)}"
                    for edit in edits[:SHOWN]]  # fmt: skip
            more = f" and {len(edits) - SHOWN} more" if len(edits) > SHOWN else ""
            yield f"Outside the TODO blocks {name}.py differs from the stub: {'; '.join(told)}{more}. Was that meant?"


def _shared(submission: Submission) -> Iterator[str]:
    """Lists, dictionaries and arrays made in a class body: every object of the class has the same one."""
    for text in submission.files.values():
        found: dict[str, list[str]] = {}
        for owner, name in _made_in_class_bodies(text):
            found.setdefault(owner, []).append(code(name, 40))
        for owner, names in found.items():
            yield (
                f"{', '.join(names[:SHOWN])} in the body of {code(owner, 40)}: all objects share what is made "
                "there, and it outlives each call. Does it belong in `__init__`, or in a local name?"
            )


def _made_in_class_bodies(text: str) -> Iterator[tuple[str, str]]:
    """(class, attribute) for such attributes. Line by line: what parses a submission may be made to crash by it."""
    owner, body, quoted = "", "", False
    for line in text.splitlines():
        inside = quoted
        quoted ^= (line.count('"""') + line.count("'''")) % 2 == 1
        if inside or not line.strip() or line.lstrip().startswith("#"):
            continue
        if not line[0].isspace():
            opening = _CLASS.match(line)
            owner, body = (opening[1], "") if opening else ("", "")
            continue
        body = body or line[: len(line) - len(line.lstrip())]
        made = _MADE.match(line.removeprefix(body)) if owner and line.startswith(body) else None
        if made and made[1] != "__slots__":
            yield owner, made[1]


def _differences(
    reference: Reference, runs: Mapping[str, Mapping[str, Attempt]], rng: Callable[[Probe], np.random.Generator]
) -> Iterator[str]:
    """Right answers that cost much CPU and are not quite exact, as numerical differentiation gives them."""
    for function in reference.lab.functions:
        for probe in _probes(reference, function):
            run = runs.get(function.label, {}).get(probe.__name__)
            if run is None or run.cpu < SLOW_SECONDS or run.failures:
                continue
            expected = reference.answers(probe, rng(probe))
            error = max((_error(answer, expected.get(label)) for label, answer in run.answers.items()), default=0.0)
            if ROUNDING < error < compare.TOLERANCE:
                yield (
                    f"{function.label}: {probe.__name__} took more than {SLOW_SECONDS:g} s of CPU and is off by "
                    f"{error:.1g} of the answer's norm; this is what numerical differentiation looks like"
                )
                return  # what calls this function is slow and inexact with it


def _probes(reference: Reference, function: Function) -> list[Probe]:
    return list(dict.fromkeys(part.probe for line in reference.lab.lines_of(function) for part in line.parts))


def _error(answer: Any, wanted: Any) -> float:
    """The largest distance of an array from what was expected, as a share of its norm; 0 for float32."""
    if isinstance(wanted, Kept | Aside) or wanted is None:
        return 0.0
    return max((_distance(a, b) for a, b in zip(_leaves(answer), _leaves(wanted))), default=0.0)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    else:
        yield value


def _distance(one: Any, other: Any) -> float:
    both = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
    if not both or one.shape != other.shape or one.dtype != np.float64 or not other.any():
        return 0.0
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))
