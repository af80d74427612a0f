"""Runs the rows of a lab's bank: mutants of the solution, and right variants of it.

A mistake's row decides no mark; a variant that a part accepts may give some. Any row may be as broken as any code. So
rows are run in a process apart, which a fork makes from this one, with bounds on CPU, waiting and memory. A row that
can't be run, alone in a process of its own, is left out from then on, and the staff is told so once, on stderr: its
edit is not found, it does not parse, it never ends, it takes too much memory, it ends its process, or it changes what
others use there. `reference` applies the edits.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any

import numpy as np

from neural_lab.grading.reference import Reference, edited, observed
from neural_lab.grading.substitutes import Helpers
from neural_lab.isolation import lockdown
from neural_lab.isolation.limits import Limits
from neural_lab.runtime import protocol
from neural_lab.runtime.loading import compiled_text
from neural_lab.runtime.protocol import Failure
from neural_lab.runtime.session import Change
from neural_lab.schema.lab import Edit, Function, Mistake, Probe, Variant
from neural_lab.schema.observations import Observations, Role

Row = Mistake | Variant
Numbers = Callable[[Probe], np.random.Generator]


class _Fault(Exception):
    """A row can't be run; the message says why."""


class Mutants:
    """The rows of one function, run on the probes of one submission: `with Mutants(…) as mutants: mutants.answers(…)`.

    :param rng: the numbers each probe draws its inputs from
    :param limits: what one row may use
    :param substituted: by probe, labels of the functions that the grader answered for when the submission was run. It
        does so here: what it refuses there it refuses here
    """

    def __init__(
        self,
        reference: Reference,
        function: Function,
        rng: Numbers,
        limits: Limits = Limits(),  # noqa: B008 (a frozen record)
        substituted: Mapping[Probe, tuple[str, ...]] = MappingProxyType({}),
    ) -> None:
        self._limits = limits
        self._reference = reference
        self._function = function
        self._rng = rng
        self._substituted = substituted
        self._process: _Process | None = None

    def __enter__(self) -> Mutants:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end()

    def answers(
        self, rows: Iterable[Row], probe: Probe, expected: Observations, questions: int | None = None
    ) -> dict[str, Observations]:
        """What the reference answers to the probe with each row's edits: {id: answers}, without the rows left out.

        :param expected: what the reference itself answers
        :param questions: how many of the probe's questions are answered, None for all
        """
        sound = [row for row in rows if row.id not in self._reference.left_out and self._compiles(row)]
        try:
            return self._together(sound, probe, expected, questions)
        except _Fault:
            found: dict[str, Observations] = {}
            for row in sound:  # one of them is broken: each gets a process of its own
                try:
                    found |= self._together([row], probe, expected, questions)
                except _Fault as fault:
                    _leave_out(self._reference, row, str(fault))
                self._end()
            return found

    def _compiles(self, row: Row) -> bool:
        """Whether there is code to run; what is compiled here need not be in each process."""
        try:
            compiled_text(edited(self._reference.function_text(self._function), row.edits))
        except (LookupError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
            _leave_out(self._reference, row, f"{type(error).__name__}: {error}")
            return False
        return True

    def _together(
        self, rows: Sequence[Row], probe: Probe, expected: Observations, questions: int | None
    ) -> dict[str, Observations]:
        """The answers of all rows from one process.

        :raises _Fault: one of them can't be run, or after them the reference answers otherwise
        """
        if not rows:
            return {}
        if self._process is None:
            self._process = _Process(self._answers, self._limits)
        try:
            answers = self._process.ask([probe.id, questions, [*(row.edits for row in rows), ()]])
            found = {row.id: _unpacked(next(answers), expected, self._limits.mutant_memory) for row in rows}
            if protocol.encode(next(answers)) != protocol.encode(_packed(expected)):
                raise _Fault("after it the reference answers otherwise, for it changes what others use")
            return found
        except _Fault:
            self._end()
            raise

    def _answers(self, question: list[Any]) -> Iterator[Any]:
        """In the process apart: what the reference answers with each of the edits, or in words why nothing is run."""
        name, questions, edits = question
        parts = (part for line in self._reference.lab.lines for part in line.parts)
        probe = next(part.probe for part in parts if part.probe.id == name)
        for pairs in edits:
            try:
                if pairs:
                    yield _packed(self._mutants(probe, tuple(Edit(*pair) for pair in pairs), questions))
                else:
                    yield _packed(self._reference.answers(probe, self._rng(probe), questions=questions))
            except BaseException as error:  # raised where the function is defined
                yield f"{type(error).__name__}: {error}"[:300]

    def _mutants(self, probe: Probe, edits: tuple[Edit, ...], questions: int | None) -> Observations:
        """What the reference answers with these edits, run as the submission was."""
        substituted = self._substituted.get(probe, ())
        if not substituted:
            return self._reference.answers(probe, self._rng(probe), self._function, edits, questions)
        helpers = Helpers(self._reference, tuple(map(self._reference.lab.function, substituted)), self._limits)
        host = self._reference.host(
            self._function, edits, lambda *question: helpers.answer(("ask", *question)), helpers.plan()
        )

        def perform(operation: list[Any]) -> Any:
            helpers.follow(operation)
            return host.perform(operation)

        return observed(probe, perform, self._rng(probe), questions)

    def _end(self) -> None:
        if self._process is not None:
            self._process.end()
            self._process = None


def try_all(reference: Reference) -> dict[str, str]:
    """Run every row of the bank once: {id: why} of those left out."""
    lab = reference.lab
    rows: list[Row] = [*lab.mistakes, *lab.variants]
    for row in rows:
        if not any(line.function == row.function for line in lab.lines):
            _leave_out(reference, row, f"no line of the rubric is about {row.function}")
    for function in lab.functions:
        of_function = [row for row in rows if row.function == function.label]
        with Mutants(reference, function, numbers) as mutants:
            for probe in dict.fromkeys(part.probe for line in lab.lines_of(function) for part in line.parts):
                mutants.answers(of_function, probe, reference.answers(probe, numbers(probe)))
    return reference.left_out


def numbers(probe: Probe) -> np.random.Generator:
    """Numbers for a probe's inputs that are always the same."""
    return np.random.default_rng(probe.stream)


def _leave_out(reference: Reference, row: Row, why: str) -> None:
    reference.left_out[row.id] = why
    print(f"bank of {reference.lab.name}: {row.id} ({row.function}) is left out: {why}", file=sys.stderr)


def _packed(observed: Observations) -> list[Any]:
    """The values as what may pass between processes."""
    return [list(map(list, one.value)) if one.role is Role.KEPT else one.value for one in observed]


def _unpacked(said: Any, expected: Observations, memory: int) -> Observations:
    """The values as observations of the same calls as the reference's own."""
    if isinstance(said, str):
        raise _Fault(said)
    if any(isinstance(value, Failure) and value.type_name.endswith("MemoryError") for value in said):
        raise _Fault(f"it takes more than {memory >> 20} MB of memory")
    return tuple(
        one._replace(value=tuple(Change(*change) for change in value) if one.role is Role.KEPT else value)
        for one, value in zip(expected, said, strict=True)
    )


class _Process:
    """A fork of this process that answers questions, each answer within bounds.

    :param answers: called there with each question; what goes to and fro is inert
    """

    def __init__(self, answers: Callable[[Any], Iterator[Any]], limits: Limits) -> None:
        self._limits = limits
        self._connection, theirs = socket.socketpair()
        self._status: int | None = None
        grader, self._pid = os.getpid(), os.fork()
        if self._pid == 0:
            try:
                _bound(grader, limits)
                questions = protocol.Incoming(partial(_received, theirs))
                while True:
                    question = protocol.decode(questions.frame(), trusted=True)
                    signal.setitimer(signal.ITIMER_PROF, limits.mutant_cpu)
                    for answer in answers(question):
                        theirs.sendall(protocol.encode(answer))
                        signal.setitimer(signal.ITIMER_PROF, limits.mutant_cpu)
            finally:
                os._exit(0)
        theirs.close()
        self._connection.settimeout(limits.mutant_wall)
        self._frames = protocol.Incoming(partial(_received, self._connection))

    def ask(self, question: Any) -> Iterator[Any]:
        """The answers to a question.

        :raises _Fault: the next one does not come, and the process has ended
        """
        try:
            self._connection.sendall(protocol.encode(question))
            while True:
                yield protocol.decode(self._frames.frame())
        except TimeoutError:
            why = f"it did not end within {self._limits.mutant_wall:g} s"
        except protocol.Malformed as error:
            why = f"its answers can't be sent: {error}"
        except OSError:
            why = ""
        status = self.end()
        raise _Fault(why or _ending(status, limits=self._limits))

    def end(self) -> int:
        """End it, if it has not ended by itself; gives the wait status."""
        if self._status is None:
            self._connection.close()
            os.kill(self._pid, signal.SIGKILL)
            _, self._status = os.waitpid(self._pid, 0)
        return self._status


def _bound(grader: int, limits: Limits) -> None:
    """In the process apart, first of all."""
    gc.disable()  # it would look through, and so copy, what the grader has
    os.setsid()  # the grader's group is not for a row to signal
    lockdown.die_with_parent(grader)
    lockdown.bound_growth(limits.mutant_memory)
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # the grader's stdout may be where results are expected
        os.dup2(null, standard)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)


def _received(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 16)
    if not piece:
        raise ConnectionResetError("the other process has ended")
    return piece


def _ending(status: int, limits: Limits) -> str:
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number == signal.SIGPROF:
        return f"it used more than {limits.mutant_cpu:g} s of CPU"
    return f"it ended its process{f' ({signal.Signals(number).name})' if number else ''}"
