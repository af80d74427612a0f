"""Proves which line is wrong: an edit of it, tried in a worker, makes the function's answers right.

The worker makes the edits and answers with them (see `runtime/edits.py`, which is sent to it as code); what is right is
judged here, by the comparison that gives the marks. All is bounded by counts in a fixed order, so that the same file
gets the same line on any machine; CPU time is a backstop, and where it strikes nothing is claimed. What is told is
where and what kind of thing, never the edit: it may be right by chance. Where no edit makes everything right, words
alone may tell of the line whose edits make most parts right: something else is wrong, too.
"""

from __future__ import annotations

import functools
import marshal
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neural_lab.grading import compare
from neural_lab.grading.substitutes import Helpers
from neural_lab.intake.stub_edits import BEGIN, END
from neural_lab.runtime import edits
from neural_lab.runtime.edits import Kind
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.runtime.session import Session
from neural_lab.schema.contracts import Elementwise
from neural_lab.schema.lab import Function, Part, Probe, observe
from neural_lab.schema.observations import Observations

if TYPE_CHECKING:
    from neural_lab.grading.pipeline import Grading
    from neural_lab.grading.records import PartResult
    from neural_lab.isolation.pool import Worker

TOGETHER = 64  # candidates in one message
SHOWN = 2  # lines told as the place
NAMED = 3  # lines of which one is told to be the place
TOLD_SPAN = 2  # of a statement that is longer only the first line is the place
ROOM = 8  # times the bytes of the right reply that a reply may have


class Tried(NamedTuple):
    """An edit that makes a function right, as the worker tells of it.

    :param lines: first and last line of each place that it changes
    :param width: characters of the student's code that it changes
    """

    number: int
    cost: int
    path: str
    kinds: tuple[Kind, ...]
    lines: tuple[tuple[int, int], ...]
    width: int

    @property
    def told(self) -> frozenset[int]:
        """The lines of its places."""
        found: set[int] = set()
        for first, last in self.lines:
            found |= set(range(first, last + 1)) if last - first < TOLD_SPAN else {first}
        return frozenset(found)


class Repair(NamedTuple):
    """Where a function is proved to be wrong.

    :param function: label of the function that becomes right
    :param path: the function of the student's that holds the line: itself, or one that it uses
    :param helper: whether it is one that it uses
    :param lines: of the file, from 1; none if the edits of the lowest cost do not agree
    :param texts: what stands there, indented as the lines are beside each other
    :param one_of: only one of these lines is wrong, and nothing shows which
    :param several: with the edits more parts are right, and not all: something else is wrong, too
    :param kind: what the edit changes there
    :param edits: those of the lowest cost, the first ones
    """

    function: str
    module: str
    path: str
    helper: bool
    lines: tuple[int, ...]
    texts: tuple[str, ...]
    one_of: bool
    kind: Kind
    edits: tuple[Tried, ...]
    several: bool = False

    def at(self, edit: Tried, grading: Grading) -> Repair:
        """The same repair, told by one of its edits: the one that also puts later functions right."""
        lines = tuple(sorted(edit.told))[:NAMED]
        texts = _texts(grading, self.module, lines)
        helper = edit.path != paths(grading)[self.function]
        return self._replace(path=edit.path, helper=helper, lines=lines, texts=texts, one_of=False, kind=edit.kinds[0])


def _texts(grading: Grading, module: str, lines: Sequence[int]) -> tuple[str, ...]:
    """What stands in some lines of the submission."""
    return quoted(grading.submission.files[module], lines)


def quoted(text: str, lines: Sequence[int]) -> tuple[str, ...]:
    """Some lines of a text, moved to the left together: which of them is inside the other's block still shows."""
    every = text.split("\n")
    found = "\n".join(every[line - 1].expandtabs(4) for line in lines if line <= len(every))
    return tuple(textwrap.dedent(found).split("\n")) if found else ()


class Outcome(NamedTuple):
    """What a search has found.

    :param candidates: how many edits were tried
    :param turns: passes through loops and calls in them
    :param stopped: the backstop struck, so that nothing is claimed
    """

    repair: Repair | None = None
    candidates: int = 0
    turns: int = 0
    stopped: bool = False


class _Stopped(Exception):
    """The search has used what only a broken one can use."""


class _Wrong(BaseException):
    """An answer is wrong: no need to ask further."""


@functools.cache
def _code() -> np.ndarray:
    """The module that makes the edits, compiled."""
    source = Path(edits.__file__).read_text("utf-8")
    compiled = compile(source, "edits.py", "exec", dont_inherit=True)
    return np.frombuffer(marshal.dumps(compiled), np.uint8)


def _given(text: str) -> list[str]:
    """The lines of a function of the solution that the stub has, too: those outside its answers."""
    given, inside = [], False
    for line in map(str.strip, text.splitlines()):
        inside = line == BEGIN or (inside and line != END)
        if line and not inside and not line.startswith("#"):
            given.append(line)
    return given


def paths(grading: Grading) -> dict[str, str]:
    """Where the student's file has each function of the lab: "Class.function" by its label."""
    renamed = {(one.module, one.wanted): one.found for one in grading.plan.classes}
    owners = {f.label: renamed.get((f.module, f.owner or ""), f.owner) for f in grading.lab.functions}
    return {f.label: f"{owners[f.label]}.{f.name}" if f.owner else f.name for f in grading.lab.functions}


def goal(grading: Grading, function: Function, number: int | None = None, later: Sequence[str] = ()) -> list[Any]:
    """What the worker must know of a function to be edited (see `edits.Bench.open`)."""
    # what a gradient can lack as a factor is the function of single numbers that rests on the others
    alone = [f.name for f in grading.lab.functions if f.takes == (Elementwise(),)]
    slopes = alone[-1:] if function.gradient else []
    given = _given(grading.reference.function_text(function))
    return [paths(grading)[function.label], slopes, given, number, list(later)]


def open_bench(worker: Worker, grading: Grading, goals: list[Any]) -> Any:
    """Have a fresh worker parse the submission and find what is to be edited, before any of its code runs."""
    lab, module = grading.lab, goals_module(grading, goals)
    helpers = [f.name for f in lab.functions if len(f.takes) == 1 and not f.writes and f.module == module]
    worker.request(["extend", _code()])
    files = dict(grading.submission.files)
    return worker.request(["edits", "open", files, module, [*paths(grading).values()], helpers, goals])


def goals_module(grading: Grading, goals: list[Any]) -> str:
    """The module of the last goal's function."""
    label = next(label for label, path in paths(grading).items() if path == goals[-1][0])
    return grading.lab.function(label).module


class _Script(NamedTuple):
    """What a probe asks, and what the right replies are; several where a part accepts variants."""

    probe: Probe
    parts: tuple[Part, ...]
    operations: list[Any]
    replies: list[list[Any]]
    expected: list[Observations]

    @property
    def scale(self) -> float:
        return self.parts[0].scale

    def right(self, number: int, reply: Any) -> bool:
        """Whether the reply to an operation is one of the right ones."""
        return any(_alike(reply, replies[number], self.scale) for replies in self.replies)

    def pieces(self, number: int, reply: Any) -> frozenset[tuple[int, ...]] | None:
        """Where in the reply to an operation there is a right array or number; None where something raised."""
        answers = reply[0] if isinstance(reply, list | tuple) and len(reply) == 2 else None
        if not isinstance(answers, list | tuple) or any(isinstance(one, Failure) for one in answers):
            return None
        found = [frozenset(_right_pieces(answers, replies[number][0], self.scale)) for replies in self.replies]
        return max(found, key=len)

    def size(self, number: int) -> int:
        return max(compare.size_of(replies[number]) for replies in self.replies)


def _right_pieces(got: Any, wanted: Any, scale: float, place: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    if isinstance(wanted, list | tuple):
        items = compare.as_items(got)
        for index, other in enumerate(wanted if items is not None and len(items) == len(wanted) else ()):
            yield from _right_pieces(items[index], other, scale, (*place, index))
    elif compare.compare(got, wanted, scale).worth == 1:
        yield place


def _alike(got: Any, wanted: Any, scale: float) -> bool:
    if not isinstance(got, list | tuple) or len(got) != 2:
        return False
    (answers, changes), (right, _) = got, wanted
    if not isinstance(answers, list) or len(answers) != len(right) or changes:
        return False
    pairs = zip(answers, right)
    return all(not isinstance(a, Failure) and compare.compare(a, b, scale).worth == 1 for a, b in pairs)


class Search:
    """The search for the wrong line of one function that lost marks.

    :param results: the function's parts as they were judged
    :param candidates: how many edits may be tried
    :param turns: passes through loops and calls in all of them
    :param cpu: seconds that its workers may use, as a backstop
    :param edited: the goals of edits that are in place already
    """

    def __init__(
        self,
        grading: Grading,
        function: Function,
        results: Mapping[Part, PartResult],
        candidates: int,
        turns: int,
        cpu: float,
        edited: Sequence[Any] = (),
    ) -> None:
        self._edited = edited
        self._cpu = cpu
        self.seconds = 0.0  # of CPU that its workers have used
        self._grading, self._function = grading, function
        self._results = results
        self._candidates, self._turns = candidates, turns
        self._limits = grading.limits
        failed = [result for result in results.values() if result.verdict.kind != compare.Kind.RIGHT]
        self._setting = max((result.attempt.setting for result in failed), key=lambda s: len(s.substituted))
        wrong = {result.part.probe for result in failed}
        probes = sorted(dict.fromkeys(part.probe for part in results), key=lambda p: (p not in wrong, self._size(p)))
        self._probes, self._wrong = probes, wrong
        self._worker: Worker | None = None
        self._scripts: dict[Probe, _Script] = {}  # kept with the search, which a cache of the class would keep alive
        self._body: Any = None  # first and last line of the function, as the worker says
        self._deaths = 0
        self._checks = 0
        self._hopes: list[tuple[int, int, int]] = []  # edits after which more of the first answer is right, best first
        self.tried = self.used = 0

    def _size(self, probe: Probe) -> int:
        return compare.size_of_all(self._grading.expects(probe))

    def find(self) -> Outcome:
        """Try edits until those of the lowest cost that repair the function are known."""
        try:
            found = list(self._repairs())
        except _Stopped:
            return Outcome(None, self.tried, self.used, stopped=True)
        finally:
            self._end()
        return Outcome(self._agreed(found), self.tried, self.used)

    def partly(self, cpu: float) -> Repair | None:
        """Where no edit repairs all: the line of the edits that make most parts right, and no part worse.

        All edits that make the same parts right must be of that line, the dearer ones too: an edit elsewhere may make
        up for half of what is wrong. For words alone: it comes when all marks are known.

        :param cpu: seconds that it may use, as a backstop
        """
        self._cpu = self.seconds + cpu
        before = {part: result.verdict.worth for part, result in self._results.items()}
        better: dict[frozenset[Part], list[Tried]] = {}  # by the parts that become right
        try:
            for _, _, candidate in sorted(self._hopes)[: self._limits.repair_hopes]:
                if self._deaths > self._limits.repair_deaths:
                    return None
                after = self._worths(candidate)
                right = frozenset(part for part in after if before[part] < after[part] == 1)
                told = self._told(candidate)
                if told is not None and right and all(after[part] >= before[part] for part in after):
                    better.setdefault(right, []).append(told)
        except _Stopped:
            return None
        finally:
            self._end()
        if not better:
            return None
        found = better[max(better, key=lambda parts: sum(part.marks for part in parts))]
        lines = tuple(sorted(frozenset.intersection(*(one.told for one in found))))
        if not 1 <= len(lines) <= SHOWN:
            return None
        chosen = min(found, key=lambda one: (one.cost, one.width))
        # without its edits: nothing is judged again by them
        return self._repair(chosen.path, lines, False, chosen.kinds[0], ())._replace(several=True)

    # -- the worker -------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def _left(self) -> tuple[float, float]:
        """Seconds of CPU and of the clock that the search may still use: the backstop, far beyond what counts allow."""
        cpu, wall = self._cpu - self.seconds, self._grading.grading_time_left()
        if cpu <= 0 or wall <= 0:
            raise _Stopped
        return cpu, wall

    def _ready(self) -> Worker:
        if self._worker is None:
            grading = self._grading
            self._worker = worker = grading.sandbox.spawn(*self._left())
            plan = grading.plan._replace(substitutions=self._helpers().plan())
            opened = open_bench(worker, grading, [*self._edited, goal(grading, self._function)])
            loaded = worker.request(["edits", "load", plan.encoded()])
            if isinstance(opened, Failure) or isinstance(loaded, Failure):
                raise _Stopped
            self._body = opened
        return self._worker

    def _helpers(self) -> Helpers:
        return Helpers(self._grading.reference, tuple(map(self._grading.lab.function, self._setting.substituted)))

    def _ask(self, operation: list[Any], follow: Sequence[Any] = ()) -> Any:
        """One request; a Failure where the worker has died of it, and the next one is another.

        :param follow: what a probe asks in it, which the reference's helpers must know
        """
        worker = self._ready()
        answer = None
        if self._setting.substituted:
            helpers = self._helpers()
            for one in follow:
                helpers.follow(one)
            answer = helpers.answer
        worker.begin(*self._left())
        reply = worker.request(["edits", *operation], answer)
        self.seconds += worker.cpu_used()
        if worker.failed:
            self._end()
            if reply.kind is FailureKind.TIMEOUT:
                raise _Stopped
        return reply

    # -- what is right ----------------------------------------------------------------------------------------------

    def _script(self, probe: Probe) -> _Script:
        if probe not in self._scripts:
            self._scripts[probe] = self._new_script(probe)
        return self._scripts[probe]

    def _new_script(self, probe: Probe) -> _Script:
        grading = self._grading
        parts = tuple(part for part in self._results if part.probe is probe)
        accepted = {id for part in parts for id in part.accepts} - set(grading.reference.left_out)
        variants = [variant for variant in grading.lab.variants if variant.id in accepted]
        operations: list[Any] = []
        replies, expected = [], []
        for edited in [(), *(variant.edits for variant in variants)]:
            host = grading.reference.host(self._function if edited else None, edited)
            seen: list[Any] = []
            operations = []

            def perform(operation: list[Any], host: Any = host, seen: list[Any] = seen) -> Any:
                operations.append(operation)  # noqa: B023 (called at once)
                seen.append(host.perform(operation))
                return seen[-1]

            expected.append(observe(probe, Session(perform), grading.rng(probe)))
            replies.append(seen)
        return _Script(probe, parts, operations, replies, expected)

    def _own_first_wrong(self) -> tuple[_Script, int, Any] | None:
        """The first operation of the cheapest probe that the function as it is answers wrongly, and its reply."""
        turns = self._limits.repair_turns_each
        for probe in self._probes:
            if probe not in self._wrong:
                continue
            script = self._script(probe)
            for number in range(len(script.operations)):
                operations = script.operations[: number + 1]
                if self._ask(["put", -1, turns]) is not True:
                    return None
                reply = self._ask(["run", operations, turns], operations)
                if not script.right(number, reply):
                    return script, number, reply
        return None

    # -- the search -------------------------------------------------------------------------------------------------

    def _repairs(self) -> Iterator[Tried]:
        """The edits of the lowest cost that make the function right."""
        start = self._own_first_wrong()
        if start is None:
            return
        script, number, reply = start
        # of what raised nothing is hoped: it is told by its line, and any edit by which less runs makes more right
        own = script.pieces(number, reply)
        operations = script.operations[: number + 1]
        most = ROOM * 8 * script.size(number) + 4096
        lowest: int | None = None
        for candidate, cost, reply in self._replies(operations, self._limits.repair_turns_each, most):
            if lowest is not None and cost > lowest:
                return
            if not script.right(number, reply):
                pieces = script.pieces(number, reply)
                if own is not None and pieces is not None and pieces > own:
                    self._hopes.append((-len(pieces), cost, candidate))
                continue
            if self._checks >= self._limits.repair_checks:
                continue
            self._checks += 1
            if self._right(candidate):
                told = self._told(candidate)
                if told is not None:
                    lowest = cost
                    yield told

    def _replies(self, operations: list[Any], turns: int, most: int) -> Iterator[tuple[int, int, Any]]:
        """What each candidate answers, in their order."""
        together = 1 if self._setting.substituted else TOGETHER
        first = 0
        while first < self._candidates and self.used < self._turns and self._deaths <= self._limits.repair_deaths:
            count = min(together, self._candidates - first)
            found = self._try(first, count, operations, turns, most)
            first += count
            if found:
                self.tried = first
                yield from found
            elif not self._more(first):
                return

    def _more(self, number: int) -> bool:
        """Whether there are candidates from this number on."""
        return self._ask(["tell", number]) is not None

    def _try(self, first: int, count: int, operations: list[Any], turns: int, most: int) -> list[tuple[int, int, Any]]:
        """The replies of some candidates; one that kills its worker is wrong."""
        reply = self._ask(["try", first, count, operations, turns, most], operations)
        if isinstance(reply, Failure):
            if count == 1:
                self._deaths += 1
                return []
            half = count // 2
            return [
                *self._try(first, half, operations, turns, most),
                *self._try(first + half, count - half, operations, turns, most),
            ]
        found = []
        for one in reply if isinstance(reply, list) else []:
            if isinstance(one, list) and len(one) == 4 and [*map(type, one[:3])] == [int, int, int]:
                self.used += max(1, one[2])
                found.append((one[0], one[1], one[3]))
        return found

    def _told(self, number: int) -> Tried | None:
        """What the worker tells of a candidate: believed as far as it has the right form, for words alone."""
        last_line = self._grading.submission.lines(self._function.module)
        return believed(number, self._ask(["tell", number]), last_line)

    def _right(self, candidate: int) -> bool:
        """Whether every part of the function is right with an edit in place."""
        return all(self._right_at(candidate, self._script(probe)) for probe in self._probes)

    def _right_at(self, candidate: int, script: _Script) -> bool:
        answers = self._answers(candidate, script)
        if answers is None:
            return False
        used = self._ask(["used"])
        self.used += used if type(used) is int and used > 0 else 0
        verdicts = [compare.judge(part, answers, script.expected) for part in script.parts]
        return all(verdict.kind == compare.Kind.RIGHT for verdict in verdicts)

    def _worths(self, candidate: int) -> dict[Part, float]:
        """What each part is worth with an edit in place."""
        found = {}
        for script in map(self._script, self._probes):
            answers = self._answers(candidate, script, whole=True)
            for part in script.parts:
                found[part] = compare.judge(part, answers, script.expected).worth if answers is not None else 0.0
        return found

    def _answers(self, candidate: int, script: _Script, whole: bool = False) -> Observations | None:
        """What a probe observes with an edit in place; None if that kills its worker, or one answer is wrong.

        :param whole: wrong answers are told too
        """
        if self._ask(["put", candidate, self._limits.repair_turns_each]) is not True:
            return None
        helpers = self._helpers() if self._setting.substituted else None
        asked = 0

        def perform(operation: list[Any]) -> Any:
            nonlocal asked
            if helpers is not None:
                helpers.follow(operation)
            worker = self._ready()
            worker.begin(*self._left())
            reply = worker.request(operation, helpers.answer if helpers is not None else None)
            self.seconds += worker.cpu_used()
            if worker.failed:
                self._end()
                self._deaths += 1
                raise _Wrong
            if not whole and (asked >= len(script.operations) or not script.right(asked, reply)):
                raise _Wrong
            asked += 1
            return reply

        try:
            return observe(script.probe, Session(perform), self._grading.rng(script.probe))
        except _Wrong:
            return None

    # -- what is told -----------------------------------------------------------------------------------------------

    def _agreed(self, found: list[Tried]) -> Repair | None:
        """What the edits of the lowest cost prove."""
        if not found:
            return self._short()
        chosen = min(found, key=lambda one: one.width)
        common = frozenset.intersection(*(one.told for one in found))
        all_of = frozenset.union(*(one.told for one in found))
        lines, one_of = tuple(sorted(common)), False
        if not common or len(common) > SHOWN:
            lines, one_of = tuple(sorted(all_of)), True
            if len(all_of) > NAMED:
                lines, one_of = (), False
        fitting = [one for one in found if one.told <= set(lines)] or [chosen]
        kind = min(fitting, key=lambda one: one.width).kinds[0]
        return self._repair(chosen.path, lines, one_of, kind, tuple(found))

    def _short(self) -> Repair | None:
        """A function of few lines that uses no other of the student's is wrong there, whatever it is."""
        raised = any(result.verdict.kind == compare.Kind.RAISED for result in self._results.values())
        body = self._body
        if raised or not isinstance(body, list) or [*map(type, body)] != [int, int]:
            return None
        if not 1 <= body[0] <= body[1] < body[0] + NAMED:
            return None
        lines = tuple(range(body[0], body[1] + 1))
        return self._repair(paths(self._grading)[self._function.label], lines, len(lines) > 1, Kind.WHOLE, ())

    def _repair(self, path: str, lines: tuple[int, ...], one_of: bool, kind: Kind, found: tuple[Tried, ...]) -> Repair:
        shown = _texts(self._grading, self._function.module, lines)
        helper = path != paths(self._grading)[self._function.label]
        return Repair(self._function.label, self._function.module, path, helper, lines, shown, one_of, kind, found)


def believed(number: int, told: Any, last_line: int) -> Tried | None:
    """What a worker tells of a candidate, if it has the form of it and speaks of lines that the file has.

    The submission has run there, and may have it say anything.
    """
    try:
        cost, path, kinds, places, width = told
        lines = tuple((int(first), int(last)) for first, last in places)
        known = tuple(map(Kind, kinds))
        if not known or not lines or not all(1 <= first <= last <= last_line for first, last in lines):
            return None
        return Tried(number, int(cost), str(path), known, lines, int(width))
    except (TypeError, ValueError, OverflowError):
        return None


def searchable(results: Mapping[Part, PartResult]) -> bool:
    """Whether something of a function is wrong, and it runs and ends."""
    hopeless = (
        compare.Kind.NOT_WRITTEN,
        compare.Kind.MISSING,
        compare.Kind.TIMEOUT,
        compare.Kind.KILLED,
        compare.Kind.NOT_REACHED,
    )
    kinds = {result.verdict.kind for result in results.values()}
    return bool(kinds - {compare.Kind.RIGHT}) and not kinds & {*hopeless}
