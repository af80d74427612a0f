"""The grader's command line, run as `make grade` runs it: what it prints, writes and answers to bad calls."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neural_lab.schema.places import PACKAGE
from neural_lab.tools.course import grader
from neural_lab.tools.release import gradescope_format
from tests.engine_copy import needs_own_uid
from tests.hand_ins import FULL, SOLUTION, SOLUTION_FILE, hand_in, with_bodies

GRADING = PACKAGE
ENVIRONMENT = {**grader.ENVIRONMENT, "TERM": "xterm-256color"}
ANSI = re.compile(r"\x1b\[")


def run(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-s", str(GRADING), *map(str, arguments)],
        env=ENVIRONMENT,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
    )


def rows(text):
    """The table's rows as lists of words and numbers."""
    return [re.split(r"\s{2,}|\s*[│┃|]\s*", line.strip(" │┃|")) for line in text.splitlines()]


@needs_own_uid
@pytest.mark.fast
def test_the_solution_gets_a_hundred_in_eight_plain_lines(tmp_path):
    done = run(cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert not ANSI.search(done.stdout)
    graded = f"Graded: the lab's own solution, {SOLUTION_FILE}. SUBMISSION=path grades a student's file."
    assert done.stdout.splitlines()[0] == graded
    numbered = [row for row in rows(done.stdout) if re.fullmatch(r"1\.[1-8]", row[0])]
    assert [row[0] for row in numbered] == [f"1.{n}" for n in range(1, 9)]
    assert [(row[-2], row[-1]) for row in numbered] == [(m, m) for m in "5 5 5 5 10 10 25 35".split()]
    total = next(row for row in rows(done.stdout) if "total" in row)
    assert total[-2:] == [f"{FULL:g}"] * 2


def test_a_terminal_gets_colours():
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-s", str(GRADING)], env=ENVIRONMENT, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # Linux's word for the other end having closed
        pass
    os.close(ours)
    assert process.wait(timeout=60) == 0
    text = shown.decode()
    assert ANSI.search(text) and f"{FULL:g}" in text


@pytest.mark.fast
def test_a_wrong_function_is_shown_with_its_feedback(tmp_path):
    wrong = with_bodies({"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n"})
    done = run(hand_in(tmp_path, wrong))
    assert done.returncode == 0
    assert "95" in done.stdout and "Case:" in done.stdout
    assert next(row for row in rows(done.stdout) if row[0] == "1.1")[-2:] == ["0", "5"]


@pytest.mark.parametrize("kind", ["a file", "a folder", "a folder in a folder", "a path relative to here"])
def test_a_submission_is_a_file_or_a_folder(tmp_path, kind):
    inner = tmp_path / "with space" / "hw"
    inner.mkdir(parents=True)
    file = hand_in(inner, SOLUTION)
    path = {"a file": file, "a folder": inner, "a folder in a folder": tmp_path}.get(kind, Path("hw"))
    done = run(path, cwd=inner.parent)
    assert done.stdout.splitlines()[0] == f"Graded: {inner.parent / path}"
    assert done.returncode == 0 and f"{FULL:g}" in done.stdout


@pytest.mark.fast
def test_results_are_written_besides(tmp_path):
    file = tmp_path / "results.json"
    done = run(SOLUTION_FILE, "--results", file)
    assert done.returncode == 0 and "total" in done.stdout
    assert done.stderr.splitlines()[-1] == f"written: {file}, and report.json beside it"
    data = gradescope_format.parse(file.read_text())
    assert gradescope_format.problems(data) == [] and data["score"] == FULL
    assert sorted(entry.name for entry in file.parent.iterdir()) == ["report.json", "results.json"]


def test_results_of_what_can_not_be_graded_are_written_too(tmp_path):
    file = tmp_path / "results.json"
    done = run(hand_in(tmp_path, "def f(:\n"), "--results", file)
    data = gradescope_format.parse(file.read_text())
    assert done.returncode == 2 and data["score"] == 0 and gradescope_format.problems(data) == []


def make_link(folder):
    (folder / "q1.py").symlink_to(SOLUTION_FILE)


def make_class(folder):
    for name in ("#ada", "#bob"):
        (folder / name).mkdir()
        hand_in(folder / name, SOLUTION + name)
    return folder


BAD = {
    "a path that is not there": (
        lambda folder: [folder / "nowhere.py"], r"nothing at /.*/nowhere\.py\. Give SUBMISSION=path of q1\.py, or"),
    "a relative path that is not there": (lambda folder: ["q1.py"], rf"nothing at {Path.cwd()}/q1\.py\. Give SUBM"),
    "an empty folder": (lambda folder: [folder], r"no file.*q1\.py"),
    "a folder of other files": (lambda folder: [hand_in(folder, "x", "report.pdf").parent], r"report\.pdf.*q1\.py"),
    "a class": (
        lambda folder: [make_class(folder)],
        r"#ada/q1\.py, #bob/q1\.py.* make batch EXPORT='?/\S+ OUT=grades/"),
    "a class's export": (lambda folder: [hand_in(folder, "PK\0\0", "export.zip")], "export.zip .* make batch EXPORT=/"),
    "an empty file": (lambda folder: [hand_in(folder, "")], "empty"),
    "a file that does not parse": (lambda folder: [hand_in(folder, SOLUTION + "\ndef f(:\n")], r"line \d+"),
    "a file that defines something else": (lambda folder: [hand_in(folder, "x = 1\n", "main.py")], "NeuralNetwork"),
    "a text": (lambda folder: [hand_in(folder, "I could not do it this week.\n", "notes.txt")], r"line 1"),
    "a link": (lambda folder: [make_link(folder) or folder / "q1.py"], "link"),
    "a file for a folder": (lambda folder: [hand_in(folder, SOLUTION) / "q1.py"], "nothing at"),
    "an unknown lab": (lambda folder: ["--lab", "q9"], r"q9.*q1"),
    "an unknown platform": (lambda folder: ["--platform", "moodle"], r"moodle.*gradescope, .*junit"),
    "a lab that is a path": (lambda folder: ["--lab", "../q1"], r"q1"),
    "results that can't be written": (lambda folder: [SOLUTION_FILE, "--results", folder], "can't be written"),
    "results in a folder that is not there": (
        lambda folder: [SOLUTION_FILE, "--results", folder / "new" / "a.json"], r"a\.json can't be written: .*/new\."),
    "a platform's results in a folder that is not there": (
        lambda folder: [SOLUTION_FILE, "--platform", "junit", "--results", folder / "new" / "a.xml"], "no folder"),
    "results below a file": (
        lambda folder: [SOLUTION_FILE, "--results", hand_in(folder, "") / "results.json"], "can't be written"),
}  # fmt: skip


@needs_own_uid  # what the isolation lacks is told first
@pytest.mark.parametrize("what", BAD)
def test_a_bad_call_is_answered_with_one_clear_sentence_and_status_2(tmp_path, what):
    arguments, said = BAD[what]
    done = run(*arguments(tmp_path))
    assert done.returncode == 2
    assert re.search(said, done.stderr) and "Traceback" not in done.stderr
    assert sorted(tmp_path.glob(".*")) == [] and not (tmp_path / "new").exists()
    assert len(done.stderr.strip().splitlines()) == 1 and len(done.stderr) < 400
    assert f"{FULL:g}" not in done.stdout


@pytest.mark.parametrize("arguments", [["--no-such-option"], ["one", "two"], ["--results"]], ids=" ".join)
def test_a_call_that_can_not_be_read_says_how_it_is_called(arguments):
    done = run(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("usage:") and "Traceback" not in done.stderr


def test_help_names_the_labs_and_the_exit_status():
    done = run("--help")
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("--lab", "--results", "q1", "perceptron", "Exit status"))


def test_another_lab_is_graded_by_its_name():
    done = run("--lab", "perceptron")
    assert done.returncode == 0 and "total" in done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_make_grade_takes_the_submission_and_the_results(tmp_path):
    folder = tmp_path / "a folder's name"
    folder.mkdir()
    hand_in(folder, SOLUTION)
    results = tmp_path / "out.json"
    done = subprocess.run(
        ["make", "--no-print-directory", "grade", f"SUBMISSION={folder}", f"RESULTS={results}"],
        cwd=GRADING.parents[1],
        env=os.environ | {"TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert gradescope_format.parse(results.read_text())["score"] == FULL


def test_what_fails_on_a_platform_is_not_blamed_on_the_lab(tmp_path):
    (tmp_path / "submission").mkdir()
    (tmp_path / "results").write_text("a file where a folder should be")
    shutil.copy(SOLUTION_FILE, tmp_path / "submission" / "q1.py")
    done = subprocess.run(
        [sys.executable, "-s", str(GRADING), "--platform", "gradescope"],
        env={**ENVIRONMENT, "AUTOGRADER_ROOT": str(tmp_path)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1 and "FileExistsError" in done.stdout + done.stderr
    assert "make validate" not in done.stderr
