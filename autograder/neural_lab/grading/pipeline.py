"""Grades one submission: the whole way from a file to a `Report`, reading top to bottom.

submission → sandbox → worker → wire → judge → diagnosis → rubric (marks) → report. Owns the policy that a mistake
costs its marks once: functions are judged in the order of their dependence, each with the student's own helpers,
then with the reference grafted in place of the earlier ones that were judged wrong, then of all earlier ones; the
best run counts for each part.
"""

from __future__ import annotations

import hmac
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from neural_lab.grading import compare
from neural_lab.grading.compare import Verdict
from neural_lab.grading.diagnose import Diagnosis, diagnose
from neural_lab.grading.reference import Reference
from neural_lab.grading.remarks import general_advice
from neural_lab.grading.substitutes import Helpers
from neural_lab.intake.submission import Submission, Unusable, survey
from neural_lab.isolation.pool import CPU_SECONDS, TOTAL_SECONDS, WALL_SECONDS, Sandbox, Worker
from neural_lab.runtime.host import load_plan
from neural_lab.runtime.protocol import Failure
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers, Function, Kept, Lab, Line, Part, Probe, Trained


class Run(NamedTuple):
    """One run of a probe on the submission.

    grafts   labels of the functions that the reference stood in for
    cpu      seconds the worker used
    printed  how many characters the code wrote to stdout, as the worker says
    """

    grafts: tuple[str, ...]
    answers: Answers
    cpu: float = 0.0
    printed: int = 0

    @property
    def failures(self) -> list[Failure]:
        bare = (answer.value if isinstance(answer, Kept) else answer for answer in self.answers.values())
        return [answer for answer in bare if isinstance(answer, Failure)]


class PartResult(NamedTuple):
    """A part, the verdict that counts and the run it was found in; `own` is the verdict with the student's helpers."""

    part: Part
    verdict: Verdict
    run: Run
    own: Verdict

    @property
    def marks(self) -> float:
        return self.part.marks * self.verdict.worth


class LineResult(NamedTuple):
    """A line of the rubric with its parts, and what is known about the mistake behind those that failed."""

    line: Line
    parts: tuple[PartResult, ...]
    diagnosis: Diagnosis

    @property
    def marks(self) -> float:
        return sum(part.marks for part in self.parts)


class Report(NamedTuple):
    """All that was found out about one submission.

    notes    about the file: another name, what failed while loading
    advice   remarks that cost no marks
    flags    for a person of the staff to look at, never decided here
    refusal  why nothing could be graded; the lines are then all at 0
    trial    what the end-to-end run without marks showed; None if the lab has none, or none was asked for
    seed     HMAC of secret and file, from which all inputs were drawn
    """

    lab: Lab
    lines: tuple[LineResult, ...]
    seed: str
    seconds: float
    notes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    refusal: str = ""
    trial: Trained | None = None

    @property
    def marks(self) -> float:
        return sum(line.marks for line in self.lines)

    @classmethod
    def refused(cls, lab: Lab, why: str, seed: str = "", seconds: float = 0.0) -> Report:
        """The report on a submission in which nothing could be graded."""
        verdict = Verdict(compare.NOT_REACHED, detail=why)
        lines = tuple(
            LineResult(line, tuple(PartResult(part, verdict, Run((), {}), verdict) for part in line.parts), Diagnosis())
            for line in lab.lines
        )
        return cls(lab, lines, seed, seconds, refusal=why)


def grade(
    reference: Reference, submission: Submission, secret: bytes, sandbox: Sandbox, with_trial: bool = False
) -> Report:
    """Grade one submission; with_trial also runs it from end to end, for no marks.

    :raises SandboxError: the grader's own machinery failed
    """
    started = time.monotonic()
    grading = _Grading(reference, submission, secret, sandbox)
    try:
        notes = grading.load()
        found = dict(line for function in reference.lab.functions for line in grading.judge_function(function))
    except Unusable as refusal:
        return Report.refused(reference.lab, str(refusal), grading.seed, time.monotonic() - started)
    finally:
        grading.end()
    lines = tuple(found[line.number] for line in reference.lab.lines)
    own = {label: {name: runs[0] for name, runs in probes.items()} for label, probes in grading.runs.items()}
    answers = {label: {name: run.answers for name, run in probes.items()} for label, probes in own.items()}
    advice, flags = general_advice(reference, submission, own, grading.rng)
    trial = grading.trial() if with_trial else None
    return Report(
        reference.lab,
        lines,
        grading.seed,
        time.monotonic() - started,
        notes=tuple(notes),
        advice=(*reference.lab.advice(answers), *advice),
        flags=tuple(flags),
        trial=trial,
    )


@dataclass
class _Grading:
    """One submission on its way: what is known so far."""

    reference: Reference
    submission: Submission
    secret: bytes
    sandbox: Sandbox
    started: float = field(default_factory=time.monotonic)
    plan: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)  # labels of the functions judged wrong so far
    misshapen: set[str] = field(default_factory=set)  # those of them that are wrong in form, type or shape alone
    stalled: set[tuple[str, tuple[str, ...]]] = field(default_factory=set)  # (function, grafts) that ran out of time
    runs: dict[str, dict[str, list[Run]]] = field(default_factory=dict)  # by function's label and probe's name
    loaded: Worker | None = None  # one that has loaded the whole submission, and done no more

    @property
    def lab(self) -> Lab:
        return self.reference.lab

    @property
    def seed(self) -> str:
        return hmac.new(self.secret, self.submission.content, "sha256").hexdigest()

    def rng(self, probe: Probe) -> np.random.Generator:
        """The same numbers for the same file, secret and probe, whoever asks: student, reference or wrong model."""
        return np.random.default_rng([int(self.seed[:16], 16), zlib.crc32(probe.__name__.encode())])

    def load(self) -> list[str]:
        """Load the submission once, to learn what it defines and which of its top-level statements fail.

        :return: what is worth telling about the file
        :raises Unusable: nothing in it can be graded
        """
        first = load_plan(self.lab.modules, self.submission.files, survey=True)
        self.loaded = self.sandbox.spawn(2 * CPU_SECONDS, 2 * WALL_SECONDS)
        found = survey(self.lab, self.submission, self.loaded.request(["load", first]))
        if found.skip or found.classes:  # the runs load something else
            self.end()
        # what the survey has compiled need not be sent as text again
        files = {name: "" if name in found.code else text for name, text in self.submission.files.items()}
        self.plan = load_plan(self.lab.modules, files, skip=found.skip, code=found.code, classes=found.classes)
        return [*self.submission.notes, *found.notes]

    def end(self) -> None:
        """End the worker that was kept, if it is still there."""
        if self.loaded is not None:
            self.loaded.end()
            self.loaded = None

    def judge_function(self, function: Function) -> Iterator[tuple[str, LineResult]]:
        """Judge the lines of one function: (number, result) for each."""
        lines = self.lab.lines_of(function)
        probes = dict.fromkeys(part.probe for line in lines for part in line.parts)
        expected = {probe: self.reference.answers(probe, self.rng(probe)) for probe in probes}
        judged: dict[Part, PartResult] = {}
        for probe in sorted(expected, key=lambda probe: compare.size_of(list(expected[probe].values()))):
            parts = [part for line in lines for part in line.parts if part.probe is probe]
            judged |= self._judge_probe(function, probe, parts, expected[probe])
        diagnosis = Diagnosis()
        if any(result.verdict.kind != compare.RIGHT for result in judged.values()):
            self.wrong.append(function.label)
            if all(result.verdict.kind in compare.OF_ANOTHER_FORM for result in judged.values()):
                self.misshapen.add(function.label)
            answers = {r.part.probe: r.run.answers for r in sorted(judged.values(), key=lambda r: -r.verdict.worth)}
            diagnosis = diagnose(self.reference, function, answers, self.rng)
        for line in lines:
            yield line.number, LineResult(line, tuple(judged[part] for part in line.parts), diagnosis)

    def _judge_probe(
        self, function: Function, probe: Probe, parts: list[Part], expected: Answers
    ) -> dict[Part, PartResult]:
        """Run a probe with the student's own helpers, and again with grafts while that can earn more."""
        judged: dict[Part, PartResult] = {}
        for grafts in self._attempts(function):
            run = self._run(function, probe, grafts)
            for part in parts:
                verdict = self._verdict(function, part, run, expected)
                before = judged.get(part)
                result = PartResult(part, verdict, run, before.own if before else verdict)
                # of two runs worth the same, the one in which the wrong helpers were replaced says more
                told = verdict.worth == (before.verdict.worth if before else 0) and grafts == tuple(self.wrong)
                if before is None or verdict.worth > before.verdict.worth or told:
                    judged[part] = result
            if all(result.verdict.kind == compare.RIGHT for result in judged.values()) or _own_stub(function, run):
                break
        return judged

    def _attempts(self, function: Function) -> Iterator[tuple[str, ...]]:
        """The labels to graft in each run, none twice: none; the earlier ones judged wrong; those of them with wrong
        values, for a student's functions may agree on another form among themselves; the wrong and the given ones,
        which may be broken too; all earlier ones."""
        functions = self.lab.functions[: self.lab.functions.index(function)]
        earlier = tuple(f.label for f in functions)
        given = tuple(f.label for f in functions if not self.lab.lines_of(f))
        # with a helper that never ends, a run on the student's own helpers can only wait for it
        first = tuple(self.wrong) if any(label in earlier for label, _ in self.stalled) else ()
        misvalued = tuple(label for label in self.wrong if label not in self.misshapen)
        yield from dict.fromkeys([first, tuple(self.wrong), misvalued, (*given, *self.wrong), earlier])

    def _verdict(self, function: Function, part: Part, run: Run, expected: Answers) -> Verdict:
        verdict = compare.judge(part, run.answers, [expected])
        if verdict.kind == compare.RIGHT or not part.accepts or run.failures:
            return verdict
        variants = [variant for variant in self.lab.variants if variant.id in part.accepts]
        also = [self.reference.answers(part.probe, self.rng(part.probe), function, v.edits) for v in variants]
        return compare.judge(part, run.answers, [expected, *also])

    def _run(self, function: Function, probe: Probe, grafts: tuple[str, ...]) -> Run:
        """One run of a probe in a fresh worker."""
        if (function.label, grafts) in self.stalled:
            return self._unreached(probe, grafts, f"{function.label} ran out of time before and was not run again")
        if self._time_left() <= 0:
            return self._unreached(probe, grafts, "the time for the whole submission was used up")
        run = self._perform(probe, grafts)
        self.runs.setdefault(function.label, {}).setdefault(probe.__name__, []).append(run)
        if any(failure.kind == "timeout" for failure in run.failures):
            self.stalled.add((function.label, grafts))
        return run

    def _perform(self, probe: Probe, grafts: tuple[str, ...]) -> Run:
        if self.loaded is not None and not grafts:
            worker, self.loaded = self.loaded, None
            worker.hold_to(min(WALL_SECONDS, self._time_left()))
            run = self._on(worker, probe, None, None)
            if run.failures or run.cpu <= CPU_SECONDS:  # the survey was allowed more than another run is
                return run
        helpers = Helpers(self.reference, tuple(self.lab.function(label) for label in grafts)) if grafts else None
        plan = self.plan | {"grafts": helpers.plan() if helpers else []}
        return self._on(self.sandbox.spawn(CPU_SECONDS, min(WALL_SECONDS, self._time_left())), probe, plan, helpers)

    def _on(self, worker: Worker, probe: Probe, plan: dict[str, Any] | None, helpers: Helpers | None) -> Run:
        """One run of a probe on a worker, which is ended; with a plan, that is loaded first."""
        answer = helpers.answer if helpers else None
        with worker:
            session = Session(lambda operation: worker.request(operation, answer), plan)
            answers = probe(session, self.rng(probe))
            return Run(helpers.labels if helpers else (), answers, worker.end().cpu, worker.printed)

    def _time_left(self) -> float:
        return TOTAL_SECONDS - (time.monotonic() - self.started)

    def trial(self) -> Trained | None:
        """What an end-to-end run of the submission as it is shows; there is none while a part of it never ends."""
        trial = self.lab.trial
        if trial is None:
            return None
        if self.stalled or self._time_left() <= 0:
            return Trained("", "was not run, for time ran out before")
        own, longer = (self._perform(probe, ()).answers for probe in (trial.probe, trial.longer))
        return trial.describe(own, self.reference.answers(trial.probe, self.rng(trial.probe)), longer)

    def _unreached(self, probe: Probe, grafts: tuple[str, ...], why: str) -> Run:
        failure = Failure("not reached", message=why)
        return Run(grafts, dict.fromkeys(self.reference.answers(probe, self.rng(probe)), failure))


def _own_stub(function: Function, run: Run) -> bool:
    """Whether the function itself is not written yet, so that no graft can help."""
    return any(failure.kind == "not written" and failure.function == function.name for failure in run.failures)
