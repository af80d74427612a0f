"""The grader's command line: one file with a table in the terminal, Gradescope's run, or many on standard input."""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

from neural_lab.feedback import files
from neural_lab.grading.extras import with_extras
from neural_lab.grading.pipeline import Grading, report_on
from neural_lab.grading.records import Report
from neural_lab.grading.reference import Reference
from neural_lab.intake.foreign import printable, shown
from neural_lab.intake.notes import Nowhere, Refusal, SeveralFiles
from neural_lab.intake.secret import fingerprint, read_secret
from neural_lab.intake.submission import ARCHIVES, Unusable, read
from neural_lab.isolation import lockdown, self_test
from neural_lab.isolation.pool import Sandbox, SandboxError
from neural_lab.isolation.self_test import Isolation
from neural_lab.platforms import entry
from neural_lab.platforms import gradescope as results
from neural_lab.platforms import report as report_json
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.session import Session
from neural_lab.schema.discovery import UnknownLab, lab_names, load_lab, place_of
from neural_lab.schema.lab import Lab, Unsound
from neural_lab.schema.places import AUTOGRADER, ROOT, SECRET, SOLUTION, files_of, submission_in


def main(arguments: list[str], sandbox: Sandbox) -> int:
    """Run the command line; gives the exit status: 0 graded, 1 the grader failed, 2 a bad call or submission."""
    options = _parser().parse_args(arguments)
    if options.parent:
        lockdown.die_with_parent(options.parent)  # whoever asks may be gone, and a submission take minutes
    lockdown.protect_self()
    lockdown.bound_memory(sandbox.limits.grader_address_space)
    submission = Path(options.submission) if options.submission else None
    if options.results and not options.results.parent.is_dir():
        folder = shown(str(options.results.parent.absolute()), 500)
        return _refuse(
            f"{options.results.name} can't be written: there is no folder {folder}. Make it, or name another."
        )
    try:
        lab = load_lab(options.lab)
        reference = Reference(lab) if not options.platform else None  # there its faults are told as the platform's are
    except UnknownLab as error:
        return _refuse(str(error))
    except Exception as error:  # an instructor's slip may raise anything
        return _refuse(_of_the_lab(error, options.lab))
    if reference is None:
        try:
            platform = entry.platform(options.platform, entry.Asked(lab, os.environ, submission, options.results))
        except ValueError as error:
            return _refuse(str(error))
        return _on_platform(platform, lab, sandbox)
    grader = _Grader(reference, read_secret(), sandbox)
    if options.serve:
        return _serve(grader)
    try:
        return _terminal(grader, submission, options)
    except Exception as error:
        if not isinstance(error, Unsound) and place_of(error) is None:
            raise  # the grader's own fault: whoever maintains it needs the traceback
        return _refuse(_of_the_lab(error, options.lab))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="neural_lab",
        # with a width of its own argparse need not import shutil, and all compression with it, to ask the terminal
        formatter_class=functools.partial(argparse.HelpFormatter, width=100),
        description="Grades one submission and prints its marks, line by line.",
        epilog="Exit status: 0 graded, 1 the grader itself failed, 2 a bad call or nothing that can be graded.",
    )
    parser.add_argument("submission", nargs="?", help="a file or a folder; the lab's own solution if left out")
    parser.add_argument("--lab", default="q1", help=f"which lab: {', '.join(lab_names())} (default: q1)")
    parser.add_argument(
        "--results", metavar="FILE", type=Path, help="also write results.json there, or what the platform reads"
    )
    parser.add_argument("--explain", metavar="LINE", help="tell everything about one line (1.7), to paste into a reply")
    parser.add_argument("--against", metavar="FILE", type=Path, help="with --explain: the results.json it is about")
    parser.add_argument(
        "--platform", metavar="NAME", help=f"run as it does there, for marks that count: {', '.join(entry.NAMES)}"
    )
    parser.add_argument("--serve", action="store_true", help='grade each {"submission": path} line of standard input')
    parser.add_argument("--parent", metavar="PID", type=int, help="with --serve: end when this parent process does")
    return parser


def _refuse(message: str) -> int:
    print(shown(message, 1_000), file=sys.stderr)
    return 2


def _of_the_lab(error: Exception, lab: str) -> str:
    """A sentence about what an instructor wrote."""
    what = str(error) if isinstance(error, Unsound | OSError) else f"{type(error).__name__}: {error}"
    place = place_of(error)
    where = f"{place[0].relative_to(ROOT)}:{place[1]}: " if place and not isinstance(error, Unsound) else ""
    return f"{where}{what}. This is about the lab {lab} itself; `make validate LAB={lab}` tells where and what to do."


class _Grader:
    """A lab's reference, secret and sandbox, and the isolation that the self-test found."""

    def __init__(self, reference: Reference, secret: bytes, sandbox: Sandbox) -> None:
        self.reference = reference
        self.secret = secret
        self.sandbox = sandbox

    def isolation(self, *closed: Path) -> Isolation:
        """Let the intruder try what no submission may manage.

        :param closed: paths besides the solution and the secret that it must not be able to read
        """
        solution = files_of(self.reference.lab).values()
        paths = [str(path) for path in (*solution, SECRET, *(path for path in closed if path.exists()))]
        with self.sandbox.spawn() as worker:
            intruder = Session(worker.request, LoadPlan(("intruder",), {"intruder": self_test.intruder_source()}))
            reply = intruder.call("intruder", "attempt", paths, os.getpid())
            layers = worker.layers
        return self_test.isolation(layers, self_test.managed(reply), root=os.geteuid() == 0)

    def report(self, path: Path, extras: bool = True, official: bool = False, log: TextIO = sys.stderr) -> Report:
        """Grade what is at the path.

        :param extras: also run the lab's extras, which may double the work: a class is graded without
        :param official: this run's marks count
        :param log: where the staff reads which extra failed
        :raises Unusable: it can't even be read
        """
        grading = Grading(self.reference, read(path, self.reference.lab), self.secret, self.sandbox)
        report = report_on(grading)
        return with_extras(report, grading, official, log) if extras else report

    def report_on_anything(self, path: Path, **how: Any) -> Report:
        """As `report`, but what can't be read gets 0 with the reason."""
        try:
            return self.report(path, **how)
        except Unusable as refusal:
            return Report.refused(self.reference.lab, refusal.why)

    def difference(self, submission: str, beside: str, names: list[str], functions: list[str]) -> str:
        """Where two submissions first answer differently, in words for the staff."""
        from neural_lab.feedback import beside as words  # only for a person who asks
        from neural_lab.grading.differ import first_difference

        lab = self.reference.lab
        one, other = (
            Grading(self.reference, read(Path(path), lab), self.secret, self.sandbox) for path in (submission, beside)
        )
        found = first_difference(one, other, functions)
        return words.difference(found, (names[0], names[1]), (one.submission, other.submission))

    def groups(self, asked: list[tuple[str, str, list[str]]]) -> list[int]:
        """For each (submission, function, substituted helpers) the number of those that answer alike."""
        from neural_lab.grading.alike import Asked, groups  # only for a person who asks

        return groups(
            Asked(
                Grading(self.reference, read(Path(path), self.reference.lab), self.secret, self.sandbox),
                function,
                tuple(substituted),
            )
            for path, function, substituted in asked
        )

    def projections(
        self, report: Report, isolation: Isolation, withhold: bool = False
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is written about a report: the contents of results.json and of report.json."""
        what = (report, isolation, fingerprint(self.secret), withhold)
        return results.results(*what), report_json.as_data(*what)


def _terminal(grader: _Grader, submission: Path | None, options: argparse.Namespace) -> int:
    from neural_lab.feedback.terminal import show  # rich is for people at a terminal, not for the container

    path = submission or submission_in(SOLUTION, grader.reference.lab)
    isolation = grader.isolation()
    if isolation.level != self_test.FULL:
        print(isolation.sentence, file=sys.stderr)
    try:
        report = grader.report(path, extras=not options.explain)
    except Unusable as refusal:
        return _refuse(_not_graded(refusal.why, path))
    data, as_data = grader.projections(report, isolation)
    if options.results:
        try:
            results.write(data, options.results)
            results.write(as_data, report_json.beside(options.results))
        except OSError as error:
            return _refuse(f"{options.results} can't be written: {error.strerror}. Name a file in a folder of yours.")
        beside = report_json.beside(options.results).name
        # not to standard output, which `--explain` fills with what goes into a reply
        print(f"written: {shown(str(options.results.absolute()), 500)}, and {beside} beside it", file=sys.stderr)
    if options.explain:
        return _explain(report, data, options)
    if report.refusal:
        return _refuse(files.refusal(report.refusal))
    print(_whose(path, submission))
    show(data)
    return 0


def _whose(path: Path, submission: Path | None) -> str:
    """Which file the table is about, for a call may have lost its path."""
    if submission is None:
        return f"Graded: the lab's own solution, {path}. SUBMISSION=path grades a student's file."
    return f"Graded: {shown(str(path.absolute()), 500)}"


def _not_graded(why: Refusal, path: Path) -> str:
    """Why there is nothing to grade, for whoever typed the path."""
    if isinstance(why, Nowhere):
        place = shown(str(path.absolute()), 500)
        return f"There is nothing at {place}. Give SUBMISSION=path of {' and '.join(why.wanted)}, or of its folder."
    if isinstance(why, SeveralFiles) or path.suffix.lower() in ARCHIVES:
        import shlex  # not for the container

        return f"{files.refusal(why)} If it is a whole class: make batch EXPORT={shlex.quote(str(path))} OUT=grades/"
    return files.refusal(why)


def _explain(report: Report, data: dict[str, Any], options: argparse.Namespace) -> int:
    """Print one line for the staff; what does not agree with an earlier results.json comes first."""
    from neural_lab.feedback import explain

    try:
        text = explain.explain(report, options.explain, data["extra_data"]["fingerprint"])
        graded = explain.read_graded(options.against) if options.against else None
    except ValueError as error:
        return _refuse(str(error))
    for difference in explain.differences(data, graded, [options.explain]) if graded else ():
        print(f"NOT THE SAME: {shown(difference, 500)}", file=sys.stderr)
    print(text, end="")
    return 0


def _on_platform(platform: entry.Platform, lab: Lab, sandbox: Sandbox) -> int:
    """Grade what was handed in on a platform, and hand over what came of it."""
    try:
        for path in platform.closed:  # for the self-test to find closed; what can't be is its to judge
            with contextlib.suppress(OSError):
                path.chmod(path.stat().st_mode & 0o700)
        grader = _Grader(Reference(lab), read_secret(), sandbox)
        isolation = grader.isolation(*platform.closed)
        print(isolation.sentence, flush=True)
        accepted = self_test.accepts_weak_isolation(AUTOGRADER)
        withhold = isolation.withholds_marks(official=True, accepted=accepted)
        if withhold:
            print(isolation.withheld_sentence, flush=True)
        log = sys.stdout if platform.staff_only else io.StringIO()
        report = grader.report_on_anything(platform.submission, extras=platform.extras, official=not withhold, log=log)
        platform.tell(entry.Graded(report, isolation, fingerprint(grader.secret), withhold))
    except Exception as error:  # whatever it is, it is no mark; the reason is for the staff
        if platform.staff_only:
            print(printable(traceback.format_exc()), flush=True)
        platform.fault(f"{type(error).__name__}: {error}"[:500])
        return 1
    return 1 if withhold else platform.refused if report.refusal else 0


def _serve(grader: _Grader) -> int:
    """Grade each request of standard input, {"submission": path}: a line of JSON for each.

    That is results.json's contents, with report.json's as `report` in its `extra_data`. A request with a path `beside`
    it, `names` of both and `functions` to ask first gets {"told": where the two differ}. A request {"alike": [[path,
    function, substituted helpers] …]} gets {"groups": [number …]}, the same for those that answer alike.
    """
    isolation = grader.isolation()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            data: dict[str, Any]
            if "beside" in request:
                data = {"told": grader.difference(**request)}
            elif "alike" in request:
                data = {"groups": grader.groups(request["alike"])}
            else:
                report = grader.report_on_anything(Path(request["submission"]), extras=False)
                data, as_data = grader.projections(report, isolation)
                data["extra_data"]["report"] = as_data
        except SandboxError as error:  # no later submission could be graded either
            print(error, file=sys.stderr)
            return 1
        except Exception as error:
            data = results.fault(f"{type(error).__name__}: {error}"[:500])
        print(json.dumps(data, allow_nan=False), flush=True)
    return 0
