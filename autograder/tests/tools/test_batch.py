"""A class graded for real: what is on disk, what a death costs, what a stop loses, what another rubric changes."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from neural_lab.platforms import gradescope as gradescope_results
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.course import batch as batch_tool
from neural_lab.tools.course import changes, forget, gradebook, why
from neural_lab.tools.course.adjustments import Adjustments, finals
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.grader import Grader, GraderDied
from neural_lab.tools.course.grades_folder import FolderError, Graded, GradesFolder, graded_with
from neural_lab.tools.course.restarting_grader import RestartingGrader
from tests.classes import edited, export_zip, right, stub

LAB = load_lab("q1")
FULL, SIGMOID = f"{LAB.marks:g}", LAB.lines[0].marks
TOOL = ROOT / "autograder" / "neural_lab" / "tools" / "course" / "batch.py"
VOLATILE = re.compile(r'"(execution_time)": [\d.e-]+')


def mistake(name):
    return edited(LAB, next(m for m in LAB.mistakes if m.id == name))


def small_class(size=6):
    return {f"submission_{n}": f"{right()}\n# {n}\n" for n in range(size)}


def run(source, out, *options, tool=TOOL, **keywords):
    command = [sys.executable, str(tool), str(source), "--out", str(out), *options]
    package = tool.resolve().parents[3]  # the tool's own, when it is a copy
    environment = {**os.environ, "PYTHONPATH": str(package)} if tool != TOOL else None
    return subprocess.run(
        command, **{"capture_output": True, "text": True, "timeout": 280, "env": environment, **keywords}
    )


def rows(out, name="grades.csv"):
    return list(csv.DictReader(io.StringIO((out / name).read_text("utf-8"))))


def results(out):
    """Every result without its times."""
    return {file.stem: VOLATILE.sub("", file.read_text("utf-8")) for file in sorted((out / "results").glob("*.json"))}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A small class, graded: (export, folder of grades, what was printed)."""
    place = tmp_path_factory.mktemp("class")
    texts = {
        **small_class(3),
        "submission_7": mistake("sig-no-minus"),
        "submission_8": stub(),
        "submission_9": "def broken(:\n",
    }
    export = export_zip(place / "assignment_1_export.zip", texts)
    ran = run(export, place / "grades", "--jobs", "2")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return export, place / "grades", ran.stdout


def test_every_submission_has_a_result_feedback_and_a_row(undisturbed):
    _, out, _ = undisturbed
    table = {row["Submission ID"]: row for row in rows(out)}
    assert {key: row["Total Score"] for key, row in table.items()} == {
        "submission_0": FULL, "submission_1": FULL, "submission_2": FULL,
        "submission_7": f"{LAB.marks - SIGMOID:g}", "submission_8": "0", "submission_9": "0",
    }  # fmt: skip
    assert table["submission_7"][f"1.1 sigmoid ({SIGMOID:g})"] == "0"
    derivative = f"{LAB.lines[1].marks:g}"
    assert table["submission_7"][f"1.2 sigmoid_derivative ({derivative})"] == derivative
    assert table["submission_7"]["Export Score"] == "50"
    assert table["submission_7"]["Difference"] == f"{LAB.marks - SIGMOID - 50:g}"
    assert table["submission_9"]["Status"] == "refused" and "not valid Python" in table["submission_9"]["Note"]
    assert rows(out)[0]["Submission ID"] == "submission_9"
    assert {row["SID"] for row in table.values()} == {f"{n:08d}" for n in range(6)}
    assert f"1.1 sigmoid: 0 of {SIGMOID:g}" in (out / "feedback" / "submission_7.md").read_text("utf-8")
    assert (out / "submissions" / "submission_7" / "q1.py").read_text("utf-8") == mistake("sig-no-minus")


def test_who_handed_in_nothing_has_a_row_and_no_fault(tmp_path):
    folder = tmp_path / "class"
    for name in ("Ada_1_assignsubmission_file_", "Søren_2_assignsubmission_file_", "Zoë_3_assignsubmission_file_"):
        (folder / name).mkdir(parents=True)
    (folder / "Ada_1_assignsubmission_file_" / "q1.ipynb").write_text("{}")
    (folder / "Zoë_3_assignsubmission_file_" / "q1.py").symlink_to("/etc/passwd")
    ran = run(folder, tmp_path / "grades")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "2 handed in nothing: Søren; Zoë" in ran.stdout
    table = {row["Name"]: row for row in rows(tmp_path / "grades")}
    assert [(name, row["Status"], row["Total Score"]) for name, row in table.items()] == [
        ("Søren", "not submitted", ""), ("Zoë", "not submitted", ""), ("Ada", "refused", "0"),
    ]  # fmt: skip
    assert "symbolic link" in table["Zoë"]["Note"] and "notebook" in table["Ada"]["Note"]
    assert "no file" not in run(folder, tmp_path / "grades").stdout and len(rows(tmp_path / "grades")) == 3


def test_only_the_owner_may_enter_the_folder(undisturbed):
    assert undisturbed[1].stat().st_mode & 0o077 == 0


def test_a_second_call_grades_nothing_again(undisturbed):
    export, out, _ = undisturbed
    times = {file: file.stat().st_mtime_ns for file in (out / "results").iterdir()}
    ran = run(export, out)
    assert "6 of 6 are graded already" in ran.stdout and ran.returncode == 0
    assert {file: file.stat().st_mtime_ns for file in (out / "results").iterdir()} == times


def test_a_lost_result_is_made_again_the_same(undisturbed, tmp_path):
    export, out, _ = undisturbed
    copy = shutil.copytree(out, tmp_path / "copy")
    (copy / "results" / "submission_7.json").unlink()
    (copy / "results" / "submission_1.json").write_text("{ cut off")
    (copy / "submissions" / "submission_2" / "q1.py").write_text("")
    assert "4 of 6 are graded already" in run(export, copy).stdout
    assert results(copy) == results(out)
    assert (copy / "submissions" / "submission_2" / "q1.py").read_text("utf-8").startswith(right())


# -- deaths and stops -------------------------------------------------------------------------------------------------


def dying(monkeypatch, when, deaths=99):
    """Graders that die, for real, when the submission's text holds `when`."""
    real, left = Grader.grade, [deaths]

    def grade(self, submission):
        if when in (Path(submission) / "q1.py").read_text("utf-8") and left[0] > 0:
            left[0] -= 1
            os.kill(self.pid, signal.SIGKILL)
        return real(self, submission)

    monkeypatch.setattr(Grader, "grade", grade)


def graded_here(tmp_path, texts, jobs=2):
    said = io.StringIO()
    console = Console(file=said, width=160)
    export = export_zip(tmp_path / "e.zip", texts)
    status = batch_tool.batch(export, tmp_path / "grades", LAB, jobs, console=console)
    return status, {row["Submission ID"]: row for row in rows(tmp_path / "grades")}, said.getvalue()


def test_a_submission_that_kills_its_graders_costs_only_itself(tmp_path, monkeypatch):
    texts = {**small_class(4), "submission_2": right() + "\n# KILLS\n"}
    with monkeypatch.context() as patched:
        dying(patched, "# KILLS")
        status, table, said = graded_here(tmp_path, texts)
    assert status == 3 and "1 could not be graded" in said
    assert table["submission_2"]["Total Score"] == "" and table["submission_2"]["Status"] == "grader fault"
    assert next(iter(table)) == "submission_2", "faults come first"
    assert {table[f"submission_{n}"]["Total Score"] for n in (0, 1, 3)} == {FULL}
    status, table, said = graded_here(tmp_path, texts)
    assert status == 0 and "3 of 4 are graded already" in said, "the next call tries it again"
    assert table["submission_2"]["Total Score"] == FULL


def test_a_grader_that_died_before_it_was_asked_is_told_and_can_be_closed(tmp_path):
    (tmp_path / "q1.py").write_text(right())
    with Grader("q1") as grader:
        os.kill(grader.pid, signal.SIGKILL)
        os.waitid(os.P_PID, grader.pid, os.WEXITED | os.WNOWAIT)  # dead, and its pipe with it
        with pytest.raises(GraderDied):
            grader.grade(tmp_path)


def test_a_grader_that_dies_once_costs_nothing(tmp_path, monkeypatch):
    dying(monkeypatch, "# 1", deaths=1)
    status, table, _ = graded_here(tmp_path, small_class(2), jobs=1)
    assert status == 0 and {row["Total Score"] for row in table.values()} == {FULL}


def test_a_grader_that_finds_no_process_is_started_a_little_later(tmp_path, monkeypatch):
    real, left = subprocess.Popen, [4]

    def popen(*arguments, **named):
        if left[0]:
            left[0] -= 1
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return real(*arguments, **named)

    (tmp_path / "q1.py").write_text(right())
    monkeypatch.setattr(subprocess, "Popen", popen)
    with RestartingGrader("q1") as one:
        assert one.grade(tmp_path)["score"] == 100 and left == [0]


def test_where_no_grader_can_be_started_it_is_a_fault_and_the_batch_goes_on(tmp_path, monkeypatch):
    def popen(*arguments, **named):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(subprocess, "Popen", popen)
    status, table, said = graded_here(tmp_path, small_class(2))
    assert status == 3 and "Permission denied" in said and {row["Total Score"] for row in table.values()} == {""}


def test_a_grader_that_never_answers_is_ended(tmp_path, monkeypatch):
    (tmp_path / "q1.py").write_text(right())
    with RestartingGrader("q1", patience=1.5) as one:
        assert one.grade(tmp_path)["score"] == LAB.marks
        assert one.pid is not None
        os.kill(one.pid, signal.SIGSTOP)
        assert one.grade(tmp_path)["score"] == LAB.marks, "the second grader answers"


def test_a_fault_of_the_engine_is_a_fault_and_no_zero(tmp_path, monkeypatch):
    def broken(self, submission):
        return gradescope_results.fault("RuntimeError: no process for a worker")

    monkeypatch.setattr(Grader, "grade", broken)
    status, table, said = graded_here(tmp_path, small_class(1))
    assert status == 3 and table["submission_0"]["Total Score"] == "" and "no process" in said


def test_a_submission_that_cannot_be_read_is_a_fault_and_no_zero(tmp_path):
    texts = {**small_class(1), "submission_5": "content to damage"}
    export = export_zip(tmp_path / "e.zip", texts)
    with zipfile.ZipFile(export) as archive:
        place = archive.getinfo("assignment_4711_export/submission_5/q1.py").header_offset
    data = bytearray(export.read_bytes())
    data[place + 80 : place + 85] = b"XXXXX"
    export.write_bytes(data)
    ran = run(export, tmp_path / "grades")
    table = {row["Submission ID"]: row for row in rows(tmp_path / "grades")}
    assert ran.returncode == 3
    assert table["submission_5"]["Total Score"] == "" and "damaged" in table["submission_5"]["Note"]
    assert table["submission_0"]["Total Score"] == FULL


def start(export, out):
    command = [sys.executable, str(TOOL), str(export), "--out", str(out), "--jobs", "2"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_for(out, count):
    deadline = time.monotonic() + 60
    while len(list((out / "results").glob("s*.json")) if out.exists() else []) < count:
        assert time.monotonic() < deadline, "the batch got nowhere"
        time.sleep(0.02)


def children(pid):
    told = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return [int(word) for word in told.split()]


def test_ctrl_c_keeps_what_is_graded_and_leaves_no_process(tmp_path):
    export, out = export_zip(tmp_path / "e.zip", small_class(40)), tmp_path / "grades"
    process = start(export, out)
    wait_for(out, 4)
    graders = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, error = process.communicate(timeout=60)
    assert process.returncode == 130 and "goes on from there" in error
    assert "Traceback" not in error
    assert len(graders) == 2 and not any(Path(f"/proc/{pid}/cwd").exists() for pid in graders)
    kept = results(out)
    assert 4 <= len(kept) < 40 and not any('grader_fault": true' in text for text in kept.values())
    ran = run(export, out)
    assert ran.returncode == 0 and f"{len(kept)} of 40 are graded already" in ran.stdout
    assert {row["Total Score"] for row in rows(out)} == {FULL}


def test_a_kill_at_random_moments_loses_and_changes_nothing(undisturbed, tmp_path):
    export, wanted, _ = undisturbed
    out, rng = tmp_path / "grades", random.Random(7)
    for _ in range(3):
        process = start(export, out)
        time.sleep(rng.uniform(0.3, 1.5))
        process.kill()
        process.communicate()
    assert run(export, out).returncode == 0
    assert results(out) == results(wanted)
    assert (out / "grades.csv").read_text() == (wanted / "grades.csv").read_text()


def test_two_batches_never_work_in_one_folder(tmp_path):
    first, second = GradesFolder(tmp_path), GradesFolder(tmp_path)
    with first.open_for_work(), pytest.raises(FolderError, match="another batch"), second.open_for_work():
        pass
    with second.open_for_work():
        pass


@pytest.mark.parametrize("source", ["none.zip", "broken.zip"])
def test_a_bad_export_is_one_sentence_and_status_2(tmp_path, source):
    (tmp_path / "broken.zip").write_text("no zip")
    ran = run(tmp_path / source, tmp_path / "grades")
    assert ran.returncode == 2 and ran.stderr.startswith("make batch: ") and len(ran.stderr.splitlines()) == 1


@pytest.mark.fast
@pytest.mark.parametrize("source, out", [
    ("class", "class"), ("class", "class/../class/"), ("class", "class/grades"), ("class/in", "class"), ("e.zip", "."),
    ("class", "link/grades"),
])  # fmt: skip
def test_export_and_grades_may_not_lie_in_each_other(tmp_path, source, out):
    (tmp_path / "class" / "in" / "ada").mkdir(parents=True)
    (tmp_path / "class" / "in" / "ada" / "q1.py").write_text(right())
    (tmp_path / "link").symlink_to(tmp_path / "class")
    export_zip(tmp_path / "e.zip", small_class(1))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(FolderError, match="Give an OUT beside"):
        batch_tool.batch(tmp_path / source, tmp_path / out, LAB, 1)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.fast
@pytest.mark.parametrize("out, said", [("file", "File exists"), ("file/grades", "Not a directory")])
def test_where_no_folder_can_be_made_it_is_said(tmp_path, out, said):
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderError, match=said):
        batch_tool.batch(export_zip(tmp_path / "e.zip", small_class(1)), tmp_path / out, LAB, 1)


# -- another rubric ---------------------------------------------------------------------------------------------------


@pytest.fixture
def checkout(tmp_path):
    """A copy of the project, to change."""
    copy = tmp_path / "project"
    for name in ("autograder/neural_lab", "solution", "student", "docs"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_another_rubric_regrades_and_tells_who_changed_and_why(tmp_path, checkout):
    texts = {"submission_1": right(), "submission_2": mistake("sig-no-minus")}
    export, out = export_zip(tmp_path / "e.zip", texts), tmp_path / "grades"
    tool = checkout / "autograder" / "neural_lab" / "tools" / "course" / "batch.py"
    assert run(export, out, tool=tool).returncode == 0
    assert rows(out, "changes.csv") == []
    rubric = checkout / "autograder" / "neural_lab" / "labs" / "q1" / "rubric.py"
    text = rubric.read_text("utf-8")
    was = f"COLUMNS, {SIGMOID:g}, probes.sigmoid, scale"
    changed = text.replace(was, f"COLUMNS, {SIGMOID + 2:g}, probes.sigmoid, scale")
    assert changed != text
    rubric.write_text(changed)
    ran = run(export, out, tool=tool)
    assert ran.returncode == 0 and re.search(r"Changed since the run before: 1 submission\b", ran.stdout)
    (change,) = rows(out, "changes.csv")
    then, now = f"{SIGMOID:g}", f"{SIGMOID + 2:g}"
    assert (change["SID"], change["Line"], change["Before"], change["After"]) == ("00000000", "1.1", then, now)
    assert change["Why"].startswith("another rubric") and f"it counts {now} marks, not {then}" in change["Why"]
    assert "2 of 2 are graded already" in run(export, out, tool=tool).stdout
    assert len(rows(out, "changes.csv")) == 1, "a call that grades nothing still tells what the last one changed"


def test_no_total_becomes_lower_before_somebody_agrees(tmp_path):
    folder, out = tmp_path / "class", tmp_path / "grades"
    for name, text in {"ada": right(), "emmy": mistake("sig-no-minus"), "eve": right()}.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "q1.py").write_text(text)
    assert run(folder, out).returncode == 0
    before = {file.name: file.read_text() for kind in ("results", "feedback") for file in (out / kind).iterdir()}
    (folder / "ada" / "q1.py").write_text(mistake("sig-no-minus"))  # worse
    (folder / "emmy" / "q1.py").write_text(right())  # better
    for _ in range(2):
        ran = run(folder, "grades", stdin=subprocess.DEVNULL, cwd=tmp_path)
        assert ran.returncode == 4 and "1 total would become lower" in ran.stdout and "LOWER=yes" in ran.stdout
        kept = {file.name: file.read_text() for kind in ("results", "feedback") for file in (out / kind).iterdir()}
        assert kept == before and rows(out, "changes.csv") == []
        ending = (
            "No result was replaced: 2 new results wait in grades/waiting/, also 1 whose total would not become lower"
        )
        assert " ".join(ran.stdout.split()).endswith(f"{ending}. LOWER=yes takes all.")
        assert not any(word in ran.stdout for word in ("written:", "changes.csv", "median", "since the run before"))
    assert "3 of 3 are graded already" in ran.stdout, "what waits is not graded twice"
    (folder / "ada" / "q1.py").write_text(right())
    assert run(folder, out).returncode == 0 and rows(out)[0]["Total Score"] == FULL, "what waits is another file's"
    (folder / "ada" / "q1.py").write_text(mistake("sig-no-minus"))
    ran = run(folder, out, "--lower", "yes")
    assert ran.returncode == 0 and not list((out / "waiting").iterdir())
    totals = {row["Submission ID"]: row["Total Score"] for row in rows(out)}
    assert totals == {"ada": f"{LAB.marks - SIGMOID:g}", "emmy": FULL, "eve": FULL}
    assert {row["Submission ID"] for row in rows(out, "changes.csv")} == {"ada"}
    assert run(folder, out).returncode == 0


def replaced_by_a_worse_one(place):
    """Ada's right file graded, and then a worse and later one that nobody has agreed to: (export, folder of grades)."""
    about = {"ada": {":submitters": [{":name": "Ada", ":sid": "1"}], ":created_at": "2026-11-20 10:00:00 Z"}}
    export = place / "class"
    (export / "ada").mkdir(parents=True)
    (export / "ada" / "q1.py").write_text(right())
    (export / "submission_metadata.yml").write_text(yaml.safe_dump(about))
    assert run(export, place / "grades").returncode == 0
    about["ada"][":created_at"] = "2026-11-23 10:00:00 Z"
    (export / "submission_metadata.yml").write_text(yaml.safe_dump(about))
    (export / "ada" / "q1.py").write_text(mistake("sig-no-minus"))
    (export / "ada" / "ada.csv").write_text("mine")
    assert run(export, place / "grades", stdin=subprocess.DEVNULL).returncode == 4
    return export, place / "grades"


def test_file_and_result_are_replaced_together(tmp_path):
    export, out = replaced_by_a_worse_one(tmp_path)
    folder = GradesFolder(out)
    (one,) = folder.graded()
    assert (out / "submissions" / "ada" / "q1.py").read_text() == right(), "what the stored result is about"
    assert one.entry.submitted.startswith("2026-11-20"), "lateness is that of what has the marks"
    told, known = why.why(folder, "ada")
    assert f"{FULL} of {FULL} marks" in told and known == []
    assert run(export, out, "--lower", "yes").returncode == 0
    (one,) = folder.graded()
    assert (out / "submissions" / "ada" / "q1.py").read_text() == mistake("sig-no-minus")
    assert one.entry.submitted.startswith("2026-11-23") and not list((out / "waiting").iterdir())
    told, known = why.why(folder, "ada")
    assert f"{LAB.marks - SIGMOID:g} of {FULL} marks" in told and known == []


def test_what_waits_goes_away_with_whose_it_is_or_when_the_first_file_is_back(tmp_path):
    export, out = replaced_by_a_worse_one(tmp_path)
    forgotten, put_away = (shutil.copytree(out, tmp_path / name) for name in ("forgotten", "put_away"))
    forget.forget(forgotten, "ada")
    assert not list((forgotten / "waiting").iterdir()) and not list((forgotten / "submissions").iterdir())
    other = export_zip(tmp_path / "e.zip", {"submission_1": stub()})
    assert run(other, put_away, "--replace", "yes").returncode == 0
    assert (put_away / "earlier" / "1" / "waiting" / "ada" / "ada.csv").read_text() == "mine"
    assert not list((put_away / "waiting").iterdir())
    (export / "ada" / "q1.py").write_text(right())
    (export / "ada" / "ada.csv").unlink()
    assert run(export, out).returncode == 0 and not (out / "waiting" / "ada").exists()
    assert [row["Total Score"] for row in rows(out)] == [FULL]


@pytest.mark.parametrize(
    "what, file",
    [
        ("grader", "autograder/neural_lab/grading/compare.py"),
        ("rubric", "autograder/neural_lab/labs/q1/probes.py"),
        ("rubric", "autograder/neural_lab/labs/__init__.py"),
        ("solution", "solution/q1.py"),
        ("stub", "student/q1.py"),
        ("secret", "autograder/secret"),
    ],
)
def test_all_that_decides_marks_is_known_to_a_result(checkout, what, file):
    before = graded_with(LAB, checkout)
    if what == "secret":
        (checkout / file).write_text("00" * 32)
    else:
        (checkout / file).write_text((checkout / file).read_text() + "\n# changed\n")
    after = graded_with(LAB, checkout)
    assert [key for key in before if before[key] != after[key]] == [what]


def line(number, score, verdict, most=5):
    parts = [{"name": "columns", "marks": score, "max": most, "verdict": verdict}]
    return {"number": number, "name": "f", "score": score, "max_score": most, "extra_data": {"parts": parts}}


def one_result(score, *lines, grader="a"):
    batch = {"graded_with": {"grader": grader}, "submission": "x"}
    return {"score": score, "tests": list(lines), "extra_data": {"batch": batch}}


def test_a_change_names_the_verdicts_behind_it():
    was, now = one_result(5, line("1.1", 5, "right")), one_result(0, line("1.1", 0, "wrong value"), grader="b")
    (change,) = changes.changes([Graded(Entry("s"), now, was)])
    assert (change.line, change.before, change.after, change.difference) == ("1.1", 5, 0, -5)
    assert change.why == "another grader; columns: right → wrong value"


def test_lines_that_come_and_go_are_changes_too():
    was, now = one_result(5, line("1.1", 5, "right")), one_result(5, line("1.2", 5, "right"))
    found = changes.changes([Graded(Entry("s"), now, was)])
    told = [(change.line, change.before, change.after, change.why.rpartition("; ")[2]) for change in found]
    assert told == [("1.1", 5, None, "the line is gone"), ("1.2", None, 5, "the line is new")]


def test_equal_marks_are_no_change():
    was, now = one_result(5, line("1.1", 5, "right")), one_result(5, line("1.1", 5, "right"), grader="b")
    assert changes.changes([Graded(Entry("s"), now, was)]) == []


# -- tables -----------------------------------------------------------------------------------------------------------


def test_a_group_is_spread_to_its_members():
    members = (Submitter("Ada", "007", "a@x"), Submitter("Emmy", "008", "e@x"))
    result = one_result(LAB.marks, *(line(each.number, each.marks, "right", each.marks) for each in LAB.lines))
    those = [Graded(Entry("s", members), result)]
    table = list(csv.DictReader(io.StringIO(gradebook.grades_csv(those, LAB, finals(Adjustments(), those, LAB)))))
    found = [(row["Name"], row["SID"], row["Total Score"]) for row in table]
    assert found == [("Ada", "007", FULL), ("Emmy", "008", FULL)]


@pytest.mark.parametrize(
    "name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", " =1", "＝1", "|cmd", '=HYPERLINK("http://x")', "%0a=1"]
)
def test_no_cell_is_run_by_a_spreadsheet(name):
    text = gradebook.as_csv([[name, -5, "fine"]])
    (row,) = csv.reader(io.StringIO(text))
    assert row[0].startswith("'") and row[1:] == ["-5", "fine"]
    assert text.count("\r\n") == 1


def test_feedback_shows_names_and_texts_as_they_are():
    result = one_result(0, line("1.1", 0, "raised"))
    result |= {"output": "```\n<script>", "output_format": "text"}
    page = gradebook.feedback_md(Entry("s", (Submitter("<b>_Eve_</b>"),)), result)
    assert page.startswith("# &lt;b&gt;\\_Eve\\_&lt;/b&gt;: 0 of 5") and "````text\n```\n<script>\n````" in page


def test_names_are_sorted_as_people_sort_them():
    entries = [Entry(name, (Submitter(name),)) for name in ("student 10", "Student 2", "²x", "Ada", "student 1a")]
    result = one_result(0, line("1.1", 0, "raised"))
    ordered = gradebook.in_order(Graded(entry, result) for entry in entries)
    assert [one.entry.id for one in ordered] == ["Ada", "student 1a", "Student 2", "student 10", "²x"]


# -- a cluster --------------------------------------------------------------------------------------------------------


@pytest.fixture
def cluster():
    distributed = pytest.importorskip("distributed", reason="the optional extra `distributed` is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as made:
        yield made


@pytest.mark.filterwarnings("default")  # the cluster's own
def test_a_cluster_gives_the_same_grades_and_survives_a_dead_worker(undisturbed, tmp_path, cluster):
    export, out, _ = undisturbed
    command = [sys.executable, str(TOOL), str(export), "--out", str(tmp_path / "grades")]
    command += ["--dask", cluster.scheduler_address]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_for(tmp_path / "grades", 1)
    os.kill(cluster.workers[0].pid, signal.SIGKILL)
    said, error = process.communicate(timeout=200)
    assert process.returncode == 0, said + error
    assert results(tmp_path / "grades") == results(out)


@pytest.mark.filterwarnings("default")
def test_a_worker_with_another_checkout_is_refused(tmp_path, cluster):
    from neural_lab.tools.course import cluster as staff_cluster

    (tmp_path / "q1.py").write_text(right())
    other = {**graded_with(LAB), "secret": "00000000"}
    with pytest.raises(FolderError, match="another secret"):
        list(staff_cluster.grade_all(cluster.scheduler_address, {"s": tmp_path}, other))


def test_a_scheduler_outside_the_checkout_is_one_sentence(tmp_path):
    """It finds no package of ours, as in another environment."""
    pytest.importorskip("distributed", reason="the optional extra `distributed` is not installed")
    dask, told = [sys.executable, "-m", "distributed.cli.dask_scheduler"], tmp_path / "scheduler.json"
    command = [*dask, "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)]
    (tmp_path / "neural_lab").mkdir()
    (tmp_path / "neural_lab" / "__init__.py").touch()
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    scheduler = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(told.read_text())["address"]
        ran = run(export_zip(tmp_path / "e.zip", small_class(2)), tmp_path / "grades", "--dask", address)
    finally:
        scheduler.terminate()
        scheduler.wait()
    assert ran.returncode == 2 and "PYTHONPATH=autograder" in ran.stderr and "Traceback" not in ran.stderr
    assert not list((tmp_path / "grades" / "results").iterdir()), "nobody has a fault for it"


def test_where_no_scheduler_answers_it_is_said(tmp_path):
    pytest.importorskip("distributed", reason="the optional extra `distributed` is not installed")
    from neural_lab.tools.course import cluster as staff_cluster

    with pytest.raises(FolderError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9 .*is it running"):
        list(staff_cluster.grade_all("tcp://127.0.0.1:9", {"s": tmp_path}, graded_with(LAB), patience=0.5))
