"""Asks an untrusted worker about a submission's code; nothing of that code is parsed or run on this side.

What comes back is foreign: every type in it is checked here, texts are made printable, and a worker that dies or
answers nonsense is replaced. It is believed to say how this code behaves, and about nothing else.
"""

from __future__ import annotations

import ast
import functools
import marshal
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neural_lab.intake import foreign
from neural_lab.isolation.pool import Sandbox, Worker
from neural_lab.runtime import edits
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.protocol import Failure
from neural_lab.schema.lab import Lab
from neural_lab.tools.course.quiz import in_worker
from neural_lab.tools.course.quiz.calls import Case

CPU, WALL = 4.0, 12.0  # seconds for one question to a worker; a right submission needs 0.05
MOST_SHOWN = 160  # characters of a line
MOST_DEATHS = 5  # of workers, on one submission


class GaveUp(Exception):
    """The submission kills or stalls its workers."""


class Does(str, Enum):
    """What a statement does with its value."""

    SETS = "sets"
    SETS_ITEM = "sets item"
    ADDS = "adds"
    RETURNS = "returns"
    HEADS = "heads"
    OTHER = "other"


class Purpose(str, Enum):
    """What an edit is made for."""

    WAY = "way"
    WITHOUT = "without"
    SLIP = "slip"


class Statement(NamedTuple):
    """A statement with a line of its own, or the head of one with a block.

    :param name: what it gives its value to
    :param text: the statement as Python writes it
    """

    line: int
    does: Does
    name: str
    text: str


class Goal(NamedTuple):
    """A function that may be asked about.

    :param path: where the file has it
    :param slopes: names of the functions that can be a missing factor in it
    :param given: its lines that stand so in the stub, which nobody is asked about
    """

    path: str
    slopes: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()


class Listing(NamedTuple):
    """A function of the file: where it stands, its lines as they are, the student's own statements in it.

    :param own: numbers of the lines that do not stand so in the stub
    """

    label: str
    first: int
    lines: tuple[str, ...]
    statements: tuple[Statement, ...]
    own: frozenset[int]

    def text(self, line: int) -> str:
        """A line of it without its indentation, and where it is a statement also without its comment."""
        known = (statement.text for statement in self.statements if statement.line == line)
        return next(known, self.lines[line - self.first].strip())


class Slip(NamedTuple):
    """An edit of one function that changes one line.

    :param text: the line with the edit
    """

    label: str
    number: int
    purpose: Purpose
    line: int
    text: str


class Ran(NamedTuple):
    """What came of a call: the answer or a Failure, what the worker says was changed, the lines as they ran, and what
    each held, the first few times."""

    answer: Any
    after: tuple[Any, ...]
    changed: bool
    steps: tuple[int, ...]
    held: Mapping[int, tuple[Any, ...]]


@functools.cache
def _code() -> np.ndarray:
    """What a worker needs, compiled as one module: it can import nothing of ours that it has not in memory."""
    base, more = (ast.parse(Path(str(module.__file__)).read_text("utf-8")) for module in (edits, in_worker))
    ours = ("__future__", edits.__name__)
    base.body += [node for node in more.body if not (isinstance(node, ast.ImportFrom) and node.module in ours)]
    return np.frombuffer(marshal.dumps(compile(base, "in_worker.py", "exec", dont_inherit=True)), np.uint8)


class Code:
    """One submission, or the solution, in a worker of its own: `with Code(…) as code`.

    :param plan: how it is loaded
    :param files: its texts
    :param goals: {label: where and what it is} of the functions that may be asked about
    """

    def __init__(
        self,
        sandbox: Sandbox,
        lab: Lab,
        plan: LoadPlan,
        files: Mapping[str, str],
        goals: Mapping[str, Goal],
    ) -> None:
        self._sandbox, self._lab, self._plan, self._files = sandbox, lab, plan, dict(files)
        self._module = lab.modules[-1]
        self._goals = dict(goals)
        self._worker: Worker | None = None
        self._sent: dict[int, Case] = {}  # the calls that the worker knows, by the numbers that it knows them by
        self._looked_at = ""  # the function whose edits the worker has made
        self._slips: dict[str, tuple[Slip, ...]] = {}
        self._deaths = 0
        self.functions: dict[str, Listing] = {}
        self._ready()

    def __enter__(self) -> Code:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    def end(self) -> None:
        """End its worker."""
        if self._worker is not None:
            self._worker.end()
            self._worker, self._looked_at, self._sent = None, "", {}

    def _ready(self) -> Worker:
        if self._worker is None:
            if self._deaths > MOST_DEATHS:
                raise GaveUp("its workers die or stall")
            self._worker = worker = self._sandbox.spawn(CPU, WALL)
            paths = [goal.path for goal in self._goals.values()]
            worker.request(["extend", _code()])
            found = worker.request(["edits", "survey", self._files, self._module, paths])
            loaded = worker.request(["edits", "load", self._plan.encoded()])
            if isinstance(found, Failure) or isinstance(loaded, Failure):
                self.end()
                raise GaveUp("it can't be looked at")
            self.functions = dict(self._listings(found))
        return self._worker

    def _ask(self, *operation: Any) -> Any:
        """One request; None where there is no answer."""
        worker = self._ready()
        worker.begin(CPU, WALL)
        reply = worker.request(["edits", *operation])
        if worker.failed:
            self._deaths += 1
            self.end()
        return None if isinstance(reply, Failure) else reply

    # -- what it is made of -----------------------------------------------------------------------------------------

    def _listings(self, found: Any) -> Any:
        lines = self._files[self._module].split("\n")
        for label, goal in self._goals.items():
            match found.get(goal.path) if isinstance(found, dict) else None:
                case [int(first), int(last), list(told)] if 1 <= first <= last <= len(lines):
                    texts = tuple(foreign.printable(line.replace("\t", "    ")) for line in lines[first - 1 : last])
                    own = {n for n, line in enumerate(lines[first - 1 : last], first) if line.strip() not in goal.given}
                    yield label, Listing(label, first, texts, tuple(self._statements(own, told)), frozenset(own))

    @staticmethod
    def _statements(own: set[int], told: list[Any]) -> Any:
        for one in told[:500]:
            match one:
                case [int(line), str(does), str(name), str(text)] if line in own and does in [*Does]:
                    yield Statement(line, Does(does), foreign.shown(name), foreign.shown(text, MOST_SHOWN))

    def slips(self, label: str) -> tuple[Slip, ...]:
        """The edits of one function that can be tried."""
        if label not in self._slips:
            self._slips[label] = tuple(self._told_slips(label, self._look_at(label)))
        return self._slips[label]

    def _look_at(self, label: str) -> Any:
        """Have the worker make the edits of this function."""
        self._looked_at = label
        helpers = [f.name for f in self._lab.functions if len(f.takes) == 1 and not f.writes]
        goal = self._goals[label]
        return self._ask("slips", self._module, goal.path, helpers, list(goal.slopes))

    def _told_slips(self, label: str, told: Any) -> Any:
        listing = self.functions[label]
        for one in told if isinstance(told, list) else ():
            match one:
                case [int(number), str(purpose), int(line), str(text)] if purpose in [*Purpose]:
                    if line in listing.own and number >= 0:
                        yield Slip(label, number, Purpose(purpose), line, foreign.shown(text, MOST_SHOWN))

    # -- how it behaves ---------------------------------------------------------------------------------------------

    def run(self, cases: Sequence[Case], slip: Slip | None = None, watching: bool = False) -> list[Ran]:
        """What comes of each call, perhaps with an edit in place; nothing where that can't be told."""
        self._ready()
        if slip is not None and self._looked_at != slip.label:
            self._look_at(slip.label)
        number = -1 if slip is None else slip.number
        scripts = self._numbers(cases)
        return self._read(self._ask("answers", number, scripts, self._turns, watching), len(cases))

    def _numbers(self, cases: Sequence[Case]) -> list[int]:
        """The numbers by which the worker knows these calls."""
        new = {id(case): case for case in cases if id(case) not in self._sent}
        if new:
            self._ask("scripts", [[number, case.operations] for number, case in new.items()])
            self._sent |= new
        return [id(case) for case in cases]

    def mutant(self, label: str, text: str, cases: Sequence[Case]) -> list[Ran]:
        """What comes of each call with a function written anew; of the solution alone."""
        scripts = self._numbers(cases)
        reply = self._ask("mutant", self._module, self._goals[label].path, text, scripts, self._turns)
        return self._read(reply, len(cases))

    @property
    def _turns(self) -> int:
        return self._sandbox.limits.repair_turns_each

    @staticmethod
    def _read(reply: Any, count: int) -> list[Ran]:
        if not isinstance(reply, list) or len(reply) != count:
            return []
        found = []
        for one in reply:
            match one:
                case [(list(answers), list(changes)), np.ndarray() as steps, dict(held)] if answers and steps.ndim == 1:
                    lines = {int(line): _numbers(values) for line, values in held.items() if line.isdecimal()}
                    ran = [int(line) for line in steps.tolist()] if steps.dtype.kind == "i" else []
                    found.append(Ran(answers[0], tuple(answers[1:]), bool(changes), tuple(ran), lines))
                case [Failure() as failure, *_]:
                    found.append(Ran(failure, (), False, (), {}))
                case _:
                    return []
        return found


def _numbers(values: Any) -> tuple[Any, ...]:
    """What a line held: arrays of real numbers, and numbers; anything else is none of ours."""
    told = values if isinstance(values, list) else []
    return tuple(v for v in told if type(v) is float or (isinstance(v, np.ndarray) and v.dtype.kind in "biuf"))
