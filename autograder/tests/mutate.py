"""Do the tests notice a broken engine? Each edit below is made in a copy of the project, and its tests must then fail.

`make proof` tries all: first the fast tests, then, where these see nothing, the files that are named beside the edit.
`.venv/bin/python autograder/tests/mutate.py --only NAME` tries one, `--fast` runs the fast tests alone, and `--related`
the named files alone. What fails without any edit is left out, and named. The exit status is 1 where an edit goes
unnoticed.

When each was last tried, on 2026-11-22, the fast tests noticed 25 of 25, in the files named, so that `make test-all`,
which runs them too, noticed as many.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from neural_lab.schema.places import ROOT

TESTS = "autograder/tests/"
OWN = f"{TESTS}tools/test_breaks.py"  # looks for the edits' texts, and so notices each
FAST, RELATED = "make test", "make test-all"  # the suites that may notice an edit; of the second the related files
SECONDS = 3600  # for the tests of one broken engine, some of which may wait for what never comes


class Break(NamedTuple):
    """One edit.

    :param file: below `autograder/neural_lab/`
    :param found: a text that stands there exactly once
    :param put: what takes its place
    :param seen_by: files below `autograder/tests/` in which it is expected to be noticed at the latest
    """

    name: str
    file: str
    found: str
    put: str
    seen_by: str


BREAKS = (
    Break("a tolerance of ten percent", "grading/compare.py", "TOLERANCE = 1e-5", "TOLERANCE = 1e-1",
          "unit/test_judge.py"),
    Break("the best answer of a part counts, not the worst", "grading/compare.py",
          "worst = min(verdict.worth for", "worst = max(verdict.worth for",
          "pipeline/test_cli.py pipeline/test_policy.py"),
    Break("half right is believed of a shared worker", "grading/policy.py",
          "w if w == 1 or not o.setting.shared else 0.0", "w", "unit/test_attempts.py"),
    Break("no fresh run with substitutes", "grading/policy.py",
          "settings.append(Setting(False, substitutes))", "pass", "unit/test_attempts.py"),
    Break("no function is ever wrong for its users", "grading/pipeline.py",
          "self.wrong.add(function.label)", "pass",
          "pipeline/test_feedback.py pipeline/test_policy.py"),
    Break("what ran out of time is run again", "grading/pipeline.py",
          "self.stalled.add((function.label, setting))", "pass",
          "pipeline/test_shared_worker.py"),
    Break("every probe draws the same inputs for every file", "grading/pipeline.py",
          'return hmac.new(self.secret, self.submission.content, "sha256").hexdigest()', 'return "0" * 64',
          "unit/test_results.py"),
    Break("a substitute answers without end", "grading/substitutes.py",
          "if self._asked[function.label] > self.most(function):", "if False:",
          "unit/test_substitute_answers.py pipeline/test_advice.py"),
    Break("a substitute takes surplus arguments", "grading/substitutes.py",
          "if len(arguments) != len(function.takes):", "if False:",
          "unit/test_substitute_answers.py pipeline/test_substitutes.py"),
    Break("an unwritten function is said to raise", "runtime/failures.py",
          "else FailureKind.NOT_WRITTEN", "else FailureKind.RAISED",
          "pipeline/test_policy.py pipeline/test_feedback.py"),
    Break("prints are not counted from anew", "runtime/host.py",
          "self.printed.characters = 0", "pass", "pipeline/test_shared_worker.py"),
    Break("any dtype may pass the pipe", "runtime/protocol.py",
          "or dtype_text not in DTYPES", "", "unit/test_fuzz.py hostile/test_hostile.py"),
    Break("bytes may be left over in a frame", "runtime/protocol.py",
          "if reader.position != len(reader.buffers):", "if False:", "unit/test_fuzz.py"),
    Break("a probe has a minute of CPU", "isolation/limits.py",
          "probe_cpu: float = ", "probe_cpu: float = 12 * ", "unit/test_limits.py"),
    Break("seccomp is not critical", "isolation/limits.py",
          '"no new privileges", "seccomp")', '"no new privileges")', "hostile/test_lockdown.py"),
    Break("workers keep the grader's user", "isolation/lockdown.py",
          '("own uid", partial(_become, prepared, uid)),', "", "hostile/test_lockdown.py"),
    Break("sockets are allowed", "isolation/seccomp.py",
          '"sockets": "socket socketpair connect', '"sockets": "socketpair connect', "hostile/test_lockdown.py"),
    Break("an intruder's success counts for nothing", "isolation/self_test.py",
          "elif not reads_closed or successes:", "elif not reads_closed:", "hostile/test_lockdown.py"),
    Break("files of any size are read", "intake/submission.py",
          "if status.st_size > most:", "if False:", "unit/test_intake.py"),
    Break("control characters pass", "intake/foreign.py",
          'character if character.isprintable() else " "', "character", "hostile/test_foreign_text.py"),
    Break("a wrong sign goes unseen", "grading/relations.py",
          "_near(-entries[0], entries[1])", "_near(entries[0], entries[1])", "unit/test_diagnosis.py"),
    Break("a hint is told in each part again", "feedback/lines.py",
          "if block not in told", "if True", "pipeline/test_feedback.py"),
    Break("tags pass as they are", "feedback/markdown.py",
          '.replace("<", "&lt;")', "", "pipeline/test_feedback.py"),
    Break("students see the grader's output", "platforms/gradescope.py",
          '"stdout_visibility": "hidden",\n        "tests": [*data["tests"]',
          '"stdout_visibility": "visible",\n        "tests": [*data["tests"]',
          "unit/test_results.py"),
    Break("a mistake that halves a part costs nothing there", "schema/lab.py",
          "((0.0, mistake.spares), (0.5, mistake.halves))", "((0.0, mistake.spares), (0.0, mistake.halves))",
          "unit/test_mistakes.py"),
)  # fmt: skip


def copy(folder: Path) -> Path:
    """The project, without what is made in it, and with this environment.

    The environment names the project by a relative path, and so the copy where it is started from there.
    """
    ignored = shutil.ignore_patterns(".git", ".venv", "dist", "grades", "__pycache__", ".*_cache", ".hypothesis")
    tree = shutil.copytree(ROOT, folder / "project", ignore=ignored)
    (tree / ".venv").symlink_to(sys.prefix)
    return tree


def failed(tree: Path, *arguments: str) -> list[str] | None:
    """The tests that fail in a copy, by their ids; None if they did not come to an end."""
    command = [
        str(tree / ".venv" / "bin" / "python"),
        "-m",
        "pytest",
        "-q",
        "-rfE",
        "--no-header",
        "-p",
        "no:cacheprovider",
    ]
    command += [f"--basetemp={tree.parent / 'made'}", "-n", "2", "--dist", "loadfile", *arguments]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "999"}
    try:
        ran = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None
    ids = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ran.stdout, re.M)
    if ran.returncode not in (0, 1, 2) or (ran.returncode and not ids):
        raise RuntimeError(ran.stdout[-2000:] + ran.stderr[-2000:])
    return ids


def noticed(broken: Break, known: list[str], suites: list[str]) -> str:
    """Which tests notice the edit: one of `suites`, or none of them."""
    with tempfile.TemporaryDirectory(prefix="broken-") as name:
        Path(name).chmod(0o755)
        tree = copy(Path(name))
        file = tree / "autograder" / "neural_lab" / broken.file
        text = file.read_text("utf-8")
        if text.count(broken.found) != 1:
            raise SystemExit(f"{broken.name}: {broken.file} does not hold it exactly once: {broken.found}")
        file.write_text(text.replace(broken.found, broken.put), "utf-8")
        left_out = [f"--deselect={test}" for test in known]
        return next((suite for suite in suites if failed(tree, "-x", *left_out, *tests(suite, [broken])) != []), "")


def tests(suite: str, breaks: Sequence[Break]) -> list[str]:
    """What pytest is to run of a suite: the files in which the edits are expected to be noticed come first."""
    files = list(dict.fromkeys(TESTS + file for broken in breaks for file in broken.seen_by.split()))
    return ["-m", "fast and not slow", f"--ignore={OWN}", *files, TESTS] if suite == FAST else files


def main() -> int:
    parser = argparse.ArgumentParser(description="Break the engine, one edit at a time, and see whether tests notice.")
    parser.add_argument("--fast", action="store_true", help="run the fast tests alone")
    parser.add_argument("--related", action="store_true", help="run the named files alone")
    parser.add_argument("--only", action="append", metavar="NAME", help="one edit, or the beginning of its name")
    given = parser.parse_args()
    chosen = [b for b in BREAKS if not given.only or any(b.name.startswith(name) for name in given.only)]
    if not chosen:
        parser.error(f"no edit begins with that; there are: {', '.join(broken.name for broken in BREAKS)}")
    suites = [FAST] * (not given.related) + [RELATED] * (not given.fast)
    with tempfile.TemporaryDirectory(prefix="whole-") as name:
        Path(name).chmod(0o755)
        tree = copy(Path(name))
        known = list(dict.fromkeys(test for suite in suites for test in failed(tree, *tests(suite, chosen)) or []))
    for test in known:
        print(f"fails without any edit: {test}", flush=True)
    unseen = 0
    for broken in chosen:
        by = noticed(broken, known, suites)
        unseen += not by
        print(f"{by or 'UNNOTICED':14} {broken.file}: {broken.name}", flush=True)
    print(f"{len(chosen) - unseen} of {len(chosen)} noticed")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main())
