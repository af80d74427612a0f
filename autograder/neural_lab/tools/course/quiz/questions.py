"""What a question of a quiz is, and what the kinds of questions have at hand to make one.

A question is data: pieces of text of which each is prose or code, options, the right one, and what was found when each
was run. Two that were made in two processes are equal if all of that is.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np

from neural_lab.grading import compare
from neural_lab.grading.reference import Reference, edited
from neural_lab.runtime.protocol import Failure
from neural_lab.schema.lab import Mistake
from neural_lab.tools.course.quiz.asking import Code, Does, Listing, Ran, Slip, Statement
from neural_lab.tools.course.quiz.calls import CALLS, Case, case, drawn

INPUTS = 20  # drawn inputs on which an option must be true, or false, each time
UNEQUAL, EQUAL = (5, 4, 3), (4, 4, 4)
# One after another: two layers, two equal ones, three, one. An edit that is harmless is harmless on all of them.
STRUCTURES = (UNEQUAL, EQUAL, (4, 3, 5, 2), (3, 2))
# Samples, batch and step, by turns: of four samples a mean is half of what is halved, of others it is not.
TRAININGS = ((6, 3, 0.5), (5, 5, 0.3), (4, 2, 0.7))
OPTIONS = 4


class Kind(str, Enum):
    """What a question is about; the value heads it on the key."""

    SHAPE = "the shape of an array"
    HOLDS = "what a line holds"
    RETURNS = "what a function returns"
    FORMULA = "where a formula stands"
    FLAT = "another shape handed in"
    FIRST = "which line runs first"
    COUNT = "how often a line runs"
    DEEPER = "one more layer"
    HARMLESS = "which edit is harmless"
    GONE = "a line left out"
    EQUAL = "an error that equal layers hide"
    NAMED = "naming a mistake"
    ABSENT = "the mistake that was not made"
    RELIES = "who relies on a function"
    BATCH = "the cost history"
    KEPT = "what training leaves alone"


class Piece(NamedTuple):
    """A piece of a text."""

    text: str
    code: bool = False


Text = tuple[Piece, ...]


def say(template: str, *codes: str) -> Text:
    """Prose with code in its holes: say("Line 3 is {}.", "a = x")."""
    prose = [Piece(text) for text in template.split("{}")]
    code = [Piece(text, True) for text in codes]
    return tuple(piece for pair in zip(prose, [*code, Piece("")]) for piece in pair if piece.text)


class Option(NamedTuple):
    """One answer to choose.

    :param found: what running it showed, for the key
    """

    text: Text
    found: Text = ()


class Shown(NamedTuple):
    """A line that is shown above the options: of the student's file if it has a number."""

    text: str
    line: int = 0


@dataclass(frozen=True)
class Question:
    """A question, and its key.

    :param functions: labels of the functions that it is about
    :param options: in the order of the sheet
    :param right: which of them
    :param because: why it is that one
    :param ask_next: what to ask in a conversation, once it is answered
    """

    kind: Kind
    functions: tuple[str, ...]
    text: Text
    options: tuple[Option, ...]
    right: int
    because: Text
    ask_next: Text
    shown: tuple[Shown, ...] = ()


class Student:
    """What a question is made from: the student's code and the solution, each in a worker, and the bank.

    :param labels: the functions that may be asked about
    """

    def __init__(self, reference: Reference, code: Code, solution: Solution, labels: Iterable[str]) -> None:
        self.reference, self.code, self.solution = reference, code, solution
        self.labels = tuple(label for label in CALLS if label in set(labels) & code.functions.keys())
        self.labels = tuple(label for label in self.labels if self._sound(label))

    def _sound(self, label: str) -> bool:
        """Whether the code as it is gives the reference's answers to what will be asked."""
        found = self.code.run(self.checks(label))
        return bool(found) and all(right(case, ran) for case, ran in zip(self.checks(label), found))

    def checks(self, label: str) -> list[Case]:
        """Twenty drawn inputs, on nets of all structures."""
        return self.solution.checks(label)

    def cases(self, label: str, sizes: tuple[int, ...], samples: int = 4, **change: Any) -> list[Case]:
        """Twenty drawn inputs on nets of one structure."""
        return self.solution.cases(label, sizes, samples, **change)

    def listing(self, label: str) -> Listing:
        return self.code.functions[label]

    def order(self, rng: np.random.Generator, labels: Iterable[str] = ()) -> list[str]:
        """The functions in a drawn order, or some of them: those with more lines come first more often."""
        of = [label for label in self.labels if not labels or label in labels]
        if not of:
            return []
        sizes = np.array([1.0 + len(self.listing(label).statements) for label in of])
        return [of[i] for i in rng.choice(len(of), len(of), replace=False, p=sizes / sizes.sum())]

    def trials(self, label: str, rng: np.random.Generator, most: int) -> list[Slip]:
        """Some of the edits of a function, drawn so that every line has its turn."""
        by_line: dict[int, list[Slip]] = {}
        for slip in self.code.slips(label):
            by_line.setdefault(slip.line, []).append(slip)
        turns = []
        for line in by_line.values():
            turns += list(enumerate(shuffled(rng, line[:60])))
        return [slip for _, slip in sorted(shuffled(rng, turns), key=lambda turn: turn[0])][:most]


class Solution:
    """The solution in a worker that never sees a student's file, and what the bank's mistakes make of it."""

    def __init__(self, reference: Reference, code: Code) -> None:
        self.reference, self.code = reference, code
        self._cases: dict[tuple[Any, ...], list[Case]] = {}
        self._mutants: dict[str, list[tuple[Mistake, list[Ran]]]] = {}

    @functools.cached_property
    def _checks(self) -> dict[str, list[Case]]:
        rng = np.random.default_rng(0)
        inputs = []
        for number in range(INPUTS):
            sizes, training = STRUCTURES[number % len(STRUCTURES)], TRAININGS[number % len(TRAININGS)]
            samples, batch, eta = training
            inputs.append(drawn(sizes, rng, samples)._replace(batch=batch, eta=eta))
        return {label: [case(self.reference, label, one) for one in inputs] for label in CALLS}

    def checks(self, label: str) -> list[Case]:
        """Twenty drawn inputs, on nets of all structures."""
        return self._checks[label]

    def cases(self, label: str, sizes: tuple[int, ...], samples: int = 4, **change: Any) -> list[Case]:
        """Twenty drawn inputs on nets of one structure; the same for all students, since no sheet shows them.

        :param change: what is to be otherwise in them
        """
        key = (label, sizes, samples, *sorted(change.items()))
        if key not in self._cases:
            rng = np.random.default_rng([*sizes, samples])
            inputs = [drawn(sizes, rng, samples)._replace(**change) for _ in range(INPUTS)]
            self._cases[key] = [case(self.reference, label, one) for one in inputs]
        return self._cases[key]

    def mutants(self, label: str) -> list[tuple[Mistake, list[Ran]]]:
        """What each mistake of the bank in this function answers to the checks; those that can't be run left out."""
        if label not in self._mutants:
            self._mutants[label] = self.with_mistakes(label, self.checks(label))
        return self._mutants[label]

    def with_mistakes(self, label: str, cases: Sequence[Case]) -> list[tuple[Mistake, list[Ran]]]:
        """What each mistake in this function answers to some calls."""
        text = self.reference.function_text(self.reference.lab.function(label))
        found = []
        for mistake in self.reference.lab.mistakes:
            if mistake.function == label:
                ran = self.code.mutant(label, edited(text, mistake.edits), cases)
                if ran:
                    found.append((mistake, ran))
        return found


# -- what was found ---------------------------------------------------------------------------------------------------


def right(case: Case, ran: Ran) -> bool:
    """Whether a call gave what the reference gives, and changed nothing else."""
    return not ran.changed and alike(ran.answer, case.expected) and alike(list(ran.after), list(case.after))


def alike(got: Any, expected: Any) -> bool:
    """Whether an answer is the expected one, as the marks see it."""
    return not isinstance(got, Failure) and compare.compare(got, expected).worth == 1


def raised(ran: Ran) -> bool:
    return isinstance(ran.answer, Failure)


def found_of(label: str, case: Case, ran: Ran) -> str:
    """What a call came to, in words that say the same only of the same: for one that is not right."""
    if isinstance(ran.answer, Failure):
        return "it raises an error"
    if right(case, ran):
        return "everything stays right"
    if label == "back_propagation":
        return _gradients(case.expected, ran)
    if ran.answer is None:
        return "it returns None"
    if isinstance(case.expected, np.ndarray):
        shape = ran.answer.shape if isinstance(ran.answer, np.ndarray) else ()
        if shape != case.expected.shape:
            return f"it returns something of the shape {shape}" if shape else "it returns no array"
    if alike(ran.answer, case.expected):
        return "it returns the right answer, but changes what it should leave alone"
    return "it returns other numbers"


def _gradients(expected: Any, ran: Ran) -> str:
    """Which gradients are right."""
    items = [listed(one) for one in listed(ran.answer)]
    if [len(one) for one in items] != [len(one) for one in expected]:
        return "it returns lists of another length, or no two lists"
    said = []
    for name, got, wanted in zip(("dC_db", "dC_dw"), items, expected):
        off = [layer for layer, (one, other) in enumerate(zip(got, wanted), start=1) if not alike(one, other)]
        where = "every layer" if len(off) == len(wanted) else f"layer {' and '.join(map(str, off))} alone"
        said.append(f"{name} is wrong in {where}" if off else f"{name} stays right")
    if not ran.changed:
        return ", ".join(said)
    return ", ".join([*said, "and what it was given is changed"])


def listed(value: Any) -> list[Any]:
    """The items of an answer; none where it has none."""
    items = compare.as_items(value)
    return [] if items is None else list(items)


def agreed(values: Iterable[Any]) -> Any:
    """The value that all of these are; None if they differ or there are none."""
    found = list(values)
    return found[0] if found and all(one == found[0] for one in found) else None


# -- putting a question together --------------------------------------------------------------------------------------


def shuffled(rng: np.random.Generator, items: Sequence[Any]) -> list[Any]:
    return [items[index] for index in rng.permutation(len(items))]


def chosen(rng: np.random.Generator, key: Option, others: Sequence[Option]) -> tuple[tuple[Option, ...], int] | None:
    """The key among three of the others, in a drawn order; None if there are not so many with texts of their own."""
    apart = list({one.text: one for one in others if one.text != key.text}.values())
    if len(apart) < OPTIONS - 1:
        return None
    options = shuffled(rng, [key, *shuffled(rng, apart)[: OPTIONS - 1]])
    return tuple(options), options.index(key)


def line_of(listing: Listing, line: int) -> Shown:
    return Shown(listing.text(line), line)


def held_at(statement: Statement) -> Text:
    """What a statement holds once it has run, in words."""
    line, name = statement.line, statement.name
    match statement.does:
        case Does.ADDS:
            return say(f"what line {line} hands to {{}}", name)
        case Does.RETURNS:
            return say(f"what line {line} returns")
    return say(f"{{}}, right after line {line} has run", name)


def number(value: float) -> str:
    """A number as a sheet writes it."""
    return f"{round(float(value), 4) + 0.0:g}"


def array(value: Any) -> str:
    """A number or an array as a sheet writes it."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"[{', '.join(map(array, value))}]"
    return number(float(value))


Make = Callable[[Student, np.random.Generator], Question | None]
