"""What a class gets back, and how a person is taken out of it again."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neural_lab.tools.course import adjustments, forget, gradebook, handback, report
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.grades_folder import FolderError, GradesFolder
from tests.tools.test_report import LAB, folder_of, less

MOODLE = "Ada Löv_12_assignsubmission_file_"


@pytest.fixture
def grades(tmp_path):
    """A class of four, one a group of two, one without marks, as Moodle exports it, with every derived file."""
    names = {"a": "Ada Löv", "b": "Bob Byte", "d": "../Eve"}
    folder = folder_of(
        tmp_path / "grades",
        {"a": {"scores": less("1.1", 0), "mistakes": ["sig-no-minus"]}, "b": {}, "c": {"fault": True}, "d": {}},
        names=names,
    )
    roster = {entry.id: entry for entry in folder.roster()}
    roster["a"] = dataclasses.replace(roster["a"], files=(("q1.py", f"export/{MOODLE}/q1.py"),))
    group = (Submitter("Bob Byte", "00b", "b@x"), Submitter("Cleo Code", "00cc", "cleo@x"))
    roster["b"] = dataclasses.replace(
        roster["b"], submitters=group, files=(("q1.py", "B_13_assignsubmission_file_q1.py"),)
    )
    folder.write_roster(tuple(roster.values()))
    (folder.path / "run.json").write_text(json.dumps({"run": json.dumps([{"lab": "q1"}, {"a": "1", "b": "2"}])}))
    graded = folder.graded()
    (folder.path / "feedback" / "b.md").write_text(gradebook.feedback_md(graded[1].entry, graded[1].results or {}))
    finals = adjustments.finals(adjustments.Adjustments(), graded, LAB)
    (folder.path / "grades.csv").write_text(gradebook.grades_csv(graded, LAB, finals), newline="")
    report.write_report(folder.path)
    handback.hand_back(folder.path)
    return folder.path


def names_below(folder):
    return sorted(file.name for file in folder.iterdir())


def test_everybody_with_marks_gets_a_folder_with_a_page_of_their_own(grades):
    assert names_below(grades / "handback") == ["Ada_Löv_00a", "Bob_Byte_00b", "Cleo_Code_00cc", "Eve_00d"]
    page = (grades / "handback" / "Cleo_Code_00cc" / "feedback.html").read_text("utf-8")
    assert "<h1>Cleo Code</h1>" in page and "Bob" not in page and "Ada" not in page
    assert "Name of c" in " ".join(handback.hand_back(grades)), "who has no page is told"


def test_marks_changed_by_hand_are_on_ones_own_page_and_on_the_staffs(grades):
    (grades / "adjustments.csv").write_text(
        "who,line,delta,reason,by\n00cc,1.7,-5,<b>copied</b>,AB\nName of a,1.9,1,,\n"
    )
    report.write_report(grades)
    handback.hand_back(grades)
    cleo, bob = (
        (grades / "handback" / name / "feedback.html").read_text("utf-8") for name in ("Cleo_Code_00cc", "Bob_Byte_00b")
    )
    assert "&lt;b&gt;copied" in cleo and "25 → 20" in cleo and "AB" not in cleo and "95" in cleo
    assert "copied" not in bob and "copied" not in (grades / "students" / "b.html").read_text("utf-8")
    staff = (grades / "staff" / "b.html").read_text("utf-8")
    assert "Cleo Code: line 1.7: 25 → 20 (&lt;b&gt;copied&lt;/b&gt;, by AB)" in staff


def test_moodles_zip_has_the_names_that_moodle_gave_out_and_the_same_bytes_again(grades):
    first = (grades / "moodle_feedback.zip").read_bytes()
    with zipfile.ZipFile(grades / "moodle_feedback.zip") as archive:
        assert set(archive.namelist()) == {f"{MOODLE}/feedback.html", "B_13_assignsubmission_file_feedback.html"}
        assert "Ada Löv" in archive.read(f"{MOODLE}/feedback.html").decode()
    handback.hand_back(grades)
    assert (grades / "moodle_feedback.zip").read_bytes() == first


def test_two_of_one_name_get_two_folders():
    taken: set[str] = set()
    entry = Entry("x")
    names = [handback.folder_name(entry, Submitter(name, "1"), taken) for name in ("Ada", "ada", "..", "CON/..\x00")]
    assert len(set(map(str.casefold, names))) == 4 and not any(set("/\\.\0") & set(name) for name in names)


def test_a_person_is_taken_out_of_every_file_and_the_others_keep_theirs(grades):
    before = (grades / "grades.csv").read_bytes().splitlines(keepends=True)
    told = forget.forget(grades, "ada löv")
    assert told[0] == "forgotten: Ada Löv (a)" and not any("look at" in line for line in told)
    for word in ("Ada Löv", "00a", "a@x"):
        found = subprocess.run(["grep", "-rlF", word, grades], capture_output=True, text=True)
        assert found.stdout == ""
    assert [*grades.rglob("a.*"), *(grades / "submissions").glob("a")] == []
    after = (grades / "grades.csv").read_bytes().splitlines(keepends=True)
    assert after == [line for line in before if b"Ada" not in line] and len(after) == len(before) - 1
    assert (
        '"a"' not in (grades / "run.json").read_text().replace("\\", "") and (grades / "results" / "b.json").is_file()
    )
    assert names_below(grades / "handback") == ["Bob_Byte_00b", "Cleo_Code_00cc", "Eve_00d"]
    assert (grades / "report.html").is_file() and names_below(grades / "students") == ["b.html", "c.html", "d.html"]


def test_of_a_group_one_is_forgotten_and_the_work_stays_with_the_others(grades):
    told = forget.forget(grades, "cleo@x")
    assert told[0] == "forgotten: Cleo Code (b)"
    assert subprocess.run(["grep", "-rl", "Cleo", grades], capture_output=True, text=True).stdout == ""
    assert "Bob Byte" in (grades / "grades.csv").read_text("utf-8") and (grades / "results" / "b.json").is_file()
    assert "Bob Byte" in (grades / "feedback" / "b.md").read_text("utf-8")


def test_where_a_name_still_stands_is_told(grades):
    (grades / "notes.txt").write_text("ada LÖV asked twice")
    shutil.make_archive(str(grades / "kept"), "zip", grades, "notes.txt")
    with zipfile.ZipFile(grades / "kept.zip", "w") as archive:
        archive.writestr("a.txt", "Ada Löv")
    told = [line for line in forget.forget(grades, "a") if line.startswith("look at")]
    assert [Path(line.split(": ")[0]).name for line in told] == ["kept.zip", "notes.txt"]


@pytest.mark.parametrize("tool", [handback, forget])
def test_a_folder_without_a_class_is_one_sentence(tool, tmp_path):
    options = ["--out", tmp_path, "ada"] if tool is forget else [tmp_path]
    ran = subprocess.run([sys.executable, tool.__file__, *options], capture_output=True, text=True)
    assert ran.returncode == 2 and "make batch" in ran.stderr and "Traceback" not in ran.stderr
    with pytest.raises(FolderError):
        GradesFolder(tmp_path).roster()
