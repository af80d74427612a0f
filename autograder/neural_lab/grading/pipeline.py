"""Grades one submission, from its text to a `Report`, so that a mistake costs its marks once though others call it.

Functions are judged in the order of their dependence, each with the student's own helpers, then with the reference in
place of the earlier ones that were judged wrong. `policy` decides which attempt comes next and which counts, `compare`
what an answer is worth; `carried` sees to one slip in code that several functions share.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_lab.grading import compare, policy
from neural_lab.grading.policy import Outcome, Setting
from neural_lab.grading.records import Attempt, Diagnosis, LineResult, PartResult, Report, Watched
from neural_lab.grading.reference import Reference
from neural_lab.grading.remarks import general_advice, inexact, right_elsewhere, staff_flags
from neural_lab.grading.substitutes import Helpers
from neural_lab.intake.load_report import read_load_report
from neural_lab.intake.notes import FileNote
from neural_lab.intake.submission import Submission, Unusable
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox, Worker
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.protocol import TOUCHED, Failure, FailureKind, finite
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import Function, Lab, Line, Part, Probe, observe
from neural_lab.schema.observations import Observations, Role
from neural_lab.schema.remarks import Flag

if TYPE_CHECKING:
    from neural_lab.grading.facts import Noticed


def grade(reference: Reference, submission: Submission, secret: bytes, sandbox: Sandbox) -> Report:
    """Grade one submission.

    :raises SandboxError: the grader's own machinery failed
    """
    return report_on(Grading(reference, submission, secret, sandbox))


def report_on(grading: Grading) -> Report:
    """Grade one submission, which stays loaded for the lab's extras.

    :raises SandboxError: the grader's own machinery failed
    """
    reference, submission, started = grading.reference, grading.submission, grading.started
    try:
        notes = grading.load()
        grading.first_pass(reference.lab.functions)
        found = dict(line for function in reference.lab.functions for line in grading.judge_function(function))
    except Unusable as refusal:
        seconds = time.monotonic() - started
        return Report.refused(reference.lab, refusal.why, grading.seed, seconds, grading.file)
    finally:
        grading.end()
    proved: tuple[Flag, ...] = ()
    if grading.wrong:
        from neural_lab.grading.carried import settle  # costs a right submission nothing

        found, proved, _ = settle(grading, found)
    lines = tuple(found[line.number] for line in reference.lab.lines)
    # remarks are about the student's own code as it is: of a fresh worker's run where there was one
    own = {
        label: {name: [a for a in attempts if not a.substituted][-1] for name, attempts in probes.items()}
        for label, probes in grading.attempts.items()
    }
    answers = {  # of what is wrong there is more to say than how it overflows
        label: {name: attempt.observed for name, attempt in probes.items()}
        for label, probes in own.items()
        if label not in grading.wrong
    }
    advice = general_advice(reference, submission, own)
    flags = staff_flags(reference, [part for line in lines for part in line.parts], grading.attempts)
    return Report(
        reference.lab,
        lines,
        grading.seed,
        time.monotonic() - started,
        notes=notes,
        advice=(*reference.lab.advice(answers), *advice),
        flags=(*flags, *proved, *right_elsewhere(lines)),
        file=grading.file,
    )


class _Shared:
    """A worker that serves one probe after another under one set of substitutions, and is replaced when it fails."""

    def __init__(self, sandbox: Sandbox, worker: Worker | None = None) -> None:
        self._sandbox = sandbox
        self._worker = worker
        self._used = False  # by an earlier probe, and not asked anything since

    def ready(self) -> Worker:
        """The worker, with all that a probe in it may use still to be used."""
        limits = self._sandbox.limits
        if self._worker is not None and self._worker.failed:
            self.end()
        self._used = self._worker is not None
        if self._worker is None:
            self._worker = self._sandbox.spawn(limits.shared_cpu, limits.shared_wall)
        else:
            self._worker.begin(limits.shared_cpu, limits.shared_wall)
        return self._worker

    def request(self, operation: list[Any], answer: Callable[[Any], Any] | None) -> Any:
        """As `Worker.request`. A probe's first operation loads the submission: it goes to another worker if this one
        was changed, so that what is left behind outside the submission's own modules is of no use to a later probe."""
        worker = self._worker or self.ready()
        reply = worker.request(operation, answer)
        if self._used and isinstance(reply, str) and reply == TOUCHED:
            self.end()
            reply = self.ready().request(operation, answer)
        self._used = False
        return reply

    @property
    def printed(self) -> int:
        return self._worker.printed if self._worker is not None else 0

    def cpu_used(self) -> float:
        return self._worker.cpu_used() if self._worker is not None else 0.0

    def end(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None


@dataclass
class Grading:
    """One submission on its way: what is known so far."""

    reference: Reference
    submission: Submission
    secret: bytes
    sandbox: Sandbox
    started: float = field(default_factory=time.monotonic)
    plan: LoadPlan = field(default_factory=lambda: LoadPlan((), {}))
    wrong: set[str] = field(default_factory=set)  # labels of the functions judged wrong so far
    borrowed: set[str] = field(default_factory=set)  # labels of an earlier lab's functions that were judged
    stalled: set[tuple[str, Setting]] = field(default_factory=set)  # (function's label, setting) that ran out of time
    attempts: dict[str, dict[str, list[Attempt]]] = field(default_factory=dict)  # by function's label and probe's id
    expected: dict[Probe, Observations] = field(default_factory=dict)  # what the reference answers
    shared: tuple[tuple[str, ...], _Shared] | None = None  # what is substituted there, and the worker

    @property
    def lab(self) -> Lab:
        return self.reference.lab

    @property
    def limits(self) -> Limits:
        return self.sandbox.limits

    @functools.cached_property
    def seed(self) -> str:
        return hmac.new(self.secret, self.submission.content, "sha256").hexdigest()

    @property
    def file(self) -> str:
        return hashlib.sha256(self.submission.content).hexdigest()

    def rng(self, probe: Probe) -> np.random.Generator:
        """The same numbers for the same file, secret and probe, whoever asks: student, reference or mutant."""
        return np.random.default_rng([int(self.seed[:16], 16), probe.stream])

    def load(self) -> tuple[FileNote, ...]:
        """Load the submission once, to learn what it defines and which of its top-level statements fail.

        :return: what is worth telling about the file
        :raises Unusable: nothing in it can be graded
        """
        cells = {module: tuple(firsts) for module, firsts in self.submission.cells.items()}
        first = LoadPlan(self.lab.modules, self.submission.files, report=True, shared=True, cells=cells)
        reply = self._load(first)
        if isinstance(reply, Failure) and reply.kind == FailureKind.TIMEOUT:
            self.end()
            first = first._replace(definitions=True)
            reply = self._load(first)
        found = read_load_report(self.lab, self.submission, reply)
        # what has been compiled need not be sent as text again
        files = {name: "" if name in found.code else text for name, text in self.submission.files.items()}
        plan = LoadPlan(self.lab.modules, files, found.skip, found.classes, code=found.code)
        self.plan = plan._replace(definitions=first.definitions)
        return (*self.submission.notes, *found.notes)

    def _load(self, plan: LoadPlan) -> Any:
        """A worker's reply to a plan; it stays for the first probes."""
        worker = self.sandbox.spawn(self.limits.load_cpu, self.limits.load_wall)
        self.shared = ((), _Shared(self.sandbox, worker))
        return worker.request(["load", plan.encoded()])

    def end(self) -> None:
        """End the worker that serves several probes, if it is still there."""
        if self.shared is not None:
            self.shared[1].end()
            self.shared = None

    def first_pass(self, functions: Iterable[Function]) -> None:
        """Run every probe with the student's own helpers in one worker: for a right submission that is all."""
        for function in functions:
            for probe in self.probes(self.lab.lines_of(function)):
                self._run(function, probe, policy.SHARED_OWN)
        self.end()

    def probes(self, lines: Iterable[Line]) -> list[Probe]:
        """The probes that some lines' marks rest on, small nets first."""
        probes = dict.fromkeys(part.probe for line in lines for part in line.parts)
        return sorted(probes, key=lambda probe: compare.size_of_all(self.expects(probe)))

    def expects(self, probe: Probe) -> Observations:
        """What the reference answers to the probe."""
        if probe not in self.expected:
            self.expected[probe] = self.reference.answers(probe, self.rng(probe))
        return self.expected[probe]

    def judge_function(self, function: Function) -> Iterator[tuple[str, LineResult]]:
        """Judge the lines of one function: (number, result) for each."""
        lines = self.lab.lines_of(function)
        judged = self.judge_parts(function, lines)
        diagnosis = Diagnosis()
        if function.label in self.wrong:
            from neural_lab.grading.diagnose import diagnose  # costs a right submission nothing

            attempts = {r.part.probe: r.attempt for r in sorted(judged.values(), key=lambda r: -r.verdict.worth)}
            answers = {probe: attempt.observed for probe, attempt in attempts.items()}
            noticed = {probe: attempt.noticed for probe, attempt in attempts.items() if attempt.noticed is not None}
            substituted = {probe: attempt.substituted for probe, attempt in attempts.items()}
            diagnosis = diagnose(self.reference, function, answers, self.rng, self.limits, noticed, substituted)
        for line in lines:
            yield (
                line.number,
                LineResult(line, tuple(judged[part] for part in line.parts), diagnosis, submission=self.submission),
            )

    def judge_parts(self, function: Function, lines: tuple[Line, ...]) -> dict[Part, PartResult]:
        """Judge all parts of a function."""
        judged: dict[Part, PartResult] = {}
        for probe in self.probes(lines):
            parts = [part for line in lines for part in line.parts if part.probe is probe]
            judged |= self._judge_probe(function, probe, parts)
        if any(result.verdict.kind != compare.Kind.RIGHT for result in judged.values()):
            self.wrong.add(function.label)
        return judged

    def _judge_probe(self, function: Function, probe: Probe, parts: list[Part]) -> dict[Part, PartResult]:
        """Run a probe as often as the policy says, and take for each part the attempt that counts."""
        attempts: list[Attempt] = []
        verdicts: list[list[compare.Verdict]] = []
        history: list[Outcome] = []
        while (setting := self._next(function, history)) is not None:
            attempt = self._run(function, probe, setting)
            attempts.append(attempt)
            verdicts.append([self.verdict(function, part, attempt) for part in parts])
            worth = tuple(verdict.worth for verdict in verdicts[-1])
            history.append(Outcome(setting, worth, self._unwritten(function, attempt), self._remark(attempt)))
        alone = next((i for i, a in enumerate(attempts) if a.setting == policy.FRESH_OWN), 0)
        judged = {}
        for number, part in enumerate(parts):
            best = policy.best(history, number)
            own = alone if attempts[best].substituted else best
            judged[part] = PartResult(part, verdicts[best][number], attempts[best], verdicts[own][number])
        return judged

    def _unwritten(self, function: Function, attempt: Attempt) -> bool:
        """Whether the function itself is not written yet, so that no substitute can help.

        A failure knows names alone, and methods of several classes may share one: then a helper may be meant.
        """
        helpers = {self.lab.function(label).name for label in self.wrong - {function.label}}
        unwritten = {one.function for one in attempt.failures if one.kind == FailureKind.NOT_WRITTEN}
        return function.name in unwritten - helpers

    @staticmethod
    def _remark(attempt: Attempt) -> bool:
        """Whether something besides marks would be said of an attempt: a print, or a flag for the staff."""
        watched = attempt.watched
        flagged = watched is not None and (watched.complex or bool(watched.often))
        return attempt.printed > 0 or flagged or attempt.error > 0 or bool(attempt.refused)

    def _next(self, function: Function, history: list[Outcome]) -> Setting | None:
        """What the policy says comes next."""
        if not history or all(worth == 1 for worth in policy.best_worth(history)):
            return policy.next_attempt(history, ())
        earlier = self.lab.functions[: self.lab.functions.index(function)]
        for helper in earlier:
            self._judge_borrowed(helper)
        wrong = [helper.label for helper in earlier if helper.label in self.wrong]
        endless = {label for label, setting in self.stalled if not setting.shared} & {f.label for f in earlier}
        return policy.next_attempt(history, wrong, bool(endless))

    def _judge_borrowed(self, helper: Function) -> None:
        """Judge a function of an earlier lab, for no marks, once something that rests on it is not right."""
        if helper.label not in self.borrowed:
            self.borrowed.add(helper.label)
            self.judge_parts(helper, tuple(line for line in self.lab.borrowed if line.function == helper.label))

    def verdict(self, function: Function, part: Part, attempt: Attempt) -> compare.Verdict:
        """What a part of an attempt is worth, accepted variants included."""
        expected = self.expects(part.probe)
        verdict = compare.judge(part, attempt.observed, [expected])
        if verdict.kind == compare.Kind.RIGHT or not part.accepts or attempt.failures:
            return verdict
        from neural_lab.grading.mutants import Mutants  # costs nothing where all is as the solution has it

        variants = [variant for variant in self.lab.variants if variant.id in part.accepts]
        with Mutants(self.reference, function, self.rng, self.limits) as mutants:
            also = mutants.answers(variants, part.probe, expected)
        return compare.judge(part, attempt.observed, [expected, *also.values()])

    def _run(self, function: Function, probe: Probe, setting: Setting) -> Attempt:
        """One attempt, unless it is known already or there is no time for it."""
        known = self.attempts.setdefault(function.label, {}).setdefault(probe.id, [])
        before = next((attempt for attempt in known if attempt.setting == setting), None)
        if before is not None:
            return before
        if (function.label, setting) in self.stalled:
            attempt = self._unreached(probe, setting, function.label)
        elif self.grading_time_left() <= 0:
            attempt = self._unreached(probe, setting)
        else:
            attempt = self._perform(probe, setting, watch=function.gradient)
        if any(failure.kind == FailureKind.TIMEOUT for failure in attempt.failures):
            self.stalled.add((function.label, setting))
        known.append(attempt)
        return attempt

    def _perform(self, probe: Probe, setting: Setting, watch: bool = False) -> Attempt:
        if setting.shared:
            if self.shared is None or self.shared[0] != setting.substituted:
                self.end()
                self.shared = (setting.substituted, _Shared(self.sandbox))
            shared = self.shared[1]
            shared.ready()
            attempt = self._on(shared, probe, setting, watch)
            if shared.cpu_used() > self.limits.shared_cpu:
                shared.end()
            return attempt
        with self.sandbox.spawn(wall=min(self.limits.probe_wall, self.time_left())) as worker:
            return self._on(worker, probe, setting, watch)

    def _on(self, worker: Worker | _Shared, probe: Probe, setting: Setting, watch: bool) -> Attempt:
        """One attempt on a worker, which loads the submission anew first.

        :param watch: make the last call once more, and see what it calls
        """
        substituted = tuple(map(self.lab.function, setting.substituted))
        helpers = Helpers(self.reference, substituted, self.limits) if substituted or watch else None
        answer = helpers.answer if helpers is not None and substituted else None

        def perform(operation: list[Any]) -> Any:
            if helpers is not None:
                helpers.follow(operation)
            return worker.request(operation, answer)

        substitutions = helpers.plan() if helpers else ()
        session = Session(perform, self.plan._replace(substitutions=substitutions, shared=setting.shared))
        observed = observe(probe, session, self.rng(probe))
        watched = self._watched(session.watch(), helpers) if watch and helpers is not None else None
        refused = tuple(sorted(helpers.refused)) if helpers is not None else ()
        error = inexact(observed, self.expects(probe)) if watch else 0.0
        noticed = None if setting.shared else self._noticed(session, observed)
        return Attempt(setting, observed, worker.printed, refused, watched, error, noticed)

    def _noticed(self, session: Session, observed: Observations) -> Noticed | None:
        """Where in the submission a number stopped being one, if an answer is not finite."""
        if all(finite(one.value) for one in observed if one.role is Role.JUDGED):
            return None
        from neural_lab.grading.facts import NOTICED, Noticed  # costs nothing where all numbers are finite

        try:
            what, module, line = session.not_finite()
            known = type(line) is int and 1 <= line <= self.submission.lines(module)
            return Noticed(NOTICED[what], module, line) if known else None
        except (TypeError, ValueError, KeyError):  # nothing was noticed, or a worker says anything
            return None

    def _watched(self, seen: Any, helpers: Helpers) -> Watched | None:
        calls = seen.get("calls") if isinstance(seen, dict) else None
        if not isinstance(calls, dict):
            return None
        often = [(f.label, calls.get(f.name), helpers.most(f)) for f in self.lab.functions]
        return Watched(
            tuple((label, times) for label, times, most in often if isinstance(times, int) and times > most),
            seen.get("complex") is True,
        )

    def grading_time_left(self) -> float:
        """Seconds until no further part of the submission is run."""
        return self._left_of(self.limits.grading_wall)

    def _left_of(self, wall: float) -> float:
        return wall - (time.monotonic() - self.started)

    # -- for the lab's extras ---------------------------------------------------------------------------------------

    def time_left(self) -> float:
        """Seconds until the whole run must end."""
        return self._left_of(self.limits.run_wall)

    def answers(self, probe: Probe) -> Observations:
        """What the submission answers in a worker of its own, with nothing substituted."""
        return self.attempt(probe, policy.FRESH_OWN).observed

    def attempt(self, probe: Probe, setting: Setting) -> Attempt:
        """One more run of a probe, of which nothing is kept."""
        return self._perform(probe, setting)

    @property
    def out_of_time(self) -> bool:
        """Whether a part of the submission never ended, or no time is left to run it again."""
        return any(not setting.shared for _, setting in self.stalled) or self.time_left() <= 0

    def _unreached(self, probe: Probe, setting: Setting, stalled: str = "") -> Attempt:
        """:param stalled: the function that had run out of time; nothing if the whole submission had"""
        failure = Failure(FailureKind.NOT_REACHED, function=stalled)
        return Attempt(setting, tuple(one._replace(value=failure) for one in self.expects(probe)))
