"""Finds remarks without marks that hold for any lab: prints, edits outside the TODO blocks, attributes of the class
that all objects share; and flags for the staff, which decide nothing. What only one lab can say is in that lab's
`advice`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_lab.grading import compare
from neural_lab.grading.reference import Reference
from neural_lab.intake.stub_edits import edits_outside
from neural_lab.intake.submission import Submission
from neural_lab.schema.observations import Observation, Observations, Role
from neural_lab.schema.places import STUDENT, files_of
from neural_lab.schema.remarks import (
    Advice,
    CallsOften,
    ComplexNumbers,
    EditsOutside,
    Flag,
    Inexact,
    Prints,
    Refused,
    RightElsewhere,
    SharedState,
)

if TYPE_CHECKING:
    from neural_lab.grading.records import Attempt, LineResult, PartResult

# Finite differences are right to some 1e-10 to 1e-6, back propagation to some 1e-16.
ROUNDING = 1e-12
_CLASS = re.compile(r"class\s+(\w+)")
_MADE = re.compile(r"(\w+)\s*(?::[^=]+)?=\s*(?:\[|\{|(?:list|dict|set|np\.\w+)\()")


def general_advice(
    reference: Reference, submission: Submission, runs: Mapping[str, Mapping[str, Attempt]]
) -> list[Advice]:
    """What the student is told.

    :param runs: each probe's last run with the student's own helpers, {function label: {probe id: run}}
    """
    return [*_prints(runs), *_edits(reference, submission), *_shared(submission)]


def staff_flags(
    reference: Reference,
    parts: Iterable[PartResult],
    runs: Mapping[str, Mapping[str, Iterable[Attempt]]],
) -> list[Flag]:
    """Derivatives that seem to be estimated rather than derived: for a person to look at, never decided here.

    :param parts: all parts, with the runs that count
    :param runs: all runs, {function label: {probe id: its runs}}; of those in a shared worker nothing is told
    """
    refused = {
        Refused(label, helper): None
        for label, probes in runs.items()
        for run in (run for found in probes.values() for run in found if not run.setting.shared)
        for helper in run.refused
    }
    return [*refused, *_estimated(reference, [part for part in parts if part.verdict.worth])]


def right_elsewhere(lines: Iterable[LineResult]) -> Iterator[RightElsewhere]:
    """What lost marks here and is right for another version of the lab.

    Where each such function is a known slip, too, it tells nothing: half squares may be somebody's memory.
    """
    found = {
        one.line.function: one.diagnosis for one in lines if one.diagnosis.elsewhere and one.marks < one.line.marks
    }
    if all(diagnosis.named for diagnosis in found.values()):
        return
    counts = Counter(version for diagnosis in found.values() for version in diagnosis.elsewhere)
    versions = tuple(version for version, count in counts.items() if count == max(counts.values()))
    functions = tuple(label for label, diagnosis in found.items() if set(versions) & {*diagnosis.elsewhere})
    yield RightElsewhere(functions, versions)


def _prints(runs: Mapping[str, Mapping[str, Attempt]]) -> Iterator[Prints]:
    printing = tuple(label for label, probes in runs.items() if any(run.printed for run in probes.values()))
    if printing:
        yield Prints(printing)


def _edits(reference: Reference, submission: Submission) -> Iterator[EditsOutside]:
    """Edits outside the TODO blocks, for files that come from the lab's stub."""
    for name, stub in files_of(reference.lab, STUDENT).items():
        if name not in submission.files or not stub.exists():
            continue
        edits = edits_outside(stub.read_text("utf-8"), submission.files[name], reference.lab.tunable)
        if edits:
            yield EditsOutside(name, tuple(edits), submission.cells.get(name, ()))


def _shared(submission: Submission) -> Iterator[SharedState]:
    """Lists, dictionaries and arrays made in a class body: every object of the class has the same one."""
    for text in submission.files.values():
        found: dict[str, list[str]] = {}
        for owner, name in _made_in_class_bodies(text):
            found.setdefault(owner, []).append(name)
        for owner, names in found.items():
            yield SharedState(owner, tuple(names))


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


def _estimated(reference: Reference, earned: list[PartResult]) -> Iterator[Flag]:
    """What the runs that earned marks show: answers that are not exact, complex numbers, many calls."""
    for function in reference.lab.functions:
        of_it = {line.number for line in reference.lab.lines_of(function)} if function.gradient else set()
        parts = [part for line in reference.lab.lines if line.number in of_it for part in line.parts]
        counted = [(part.probe, result.attempt) for part in parts for result in earned if result.part is part]
        found: dict[str, Flag] = {}  # the first of each sort
        for probe, run in {id(run): (probe, run) for probe, run in counted}.values():  # several parts rest on one run
            name = probe.id
            if run.error:
                found.setdefault("error", Inexact(function.label, name, run.error))
            if run.watched and run.watched.complex:
                found.setdefault("complex", ComplexNumbers(function.label, name))
            for helper, times in run.watched.often if run.watched else ():
                found.setdefault(helper, CallsOften(function.label, name, helper, times))
        yield from found.values()


def inexact(observed: Observations, expected: Observations) -> float:
    """How far right answers are from exact, as a share of their norm; 0 for rounding, float32 and wrong answers."""
    return max(map(_error, observed, expected), default=0.0)


def _error(one: Observation, wanted: Observation) -> float:
    """The largest distance of an array from what was expected, as a share of its norm, that is neither rounding nor
    a wrong answer; 0 if there is none."""
    if wanted.role is not Role.JUDGED or wanted.value is None:
        return 0.0
    distances = (_distance(a, b) for a, b in zip(compare.leaves(one.value), compare.leaves(wanted.value)))
    return max((distance for distance in distances if ROUNDING < distance < compare.TOLERANCE), default=0.0)


def _distance(one: Any, other: Any) -> float:
    """For arrays of float64; 0 for work in float32, whose numbers are those of float32 whatever they are kept in."""
    both = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
    if not both or one.shape != other.shape or one.dtype != np.float64 or not other.any():
        return 0.0
    apart, norm, _ = compare.distances(one, other)
    distance = apart / norm if norm else math.inf  # an answer may be so large that nothing is left of what was expected
    with np.errstate(all="ignore"):
        return 0.0 if distance > ROUNDING and np.array_equal(one, one.astype(np.float32)) else distance
