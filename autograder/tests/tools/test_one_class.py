"""A folder of grades belongs to one class and lab, knows the course's list, and overwrites nothing written by hand."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from rich.console import Console

from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course import rosters
from neural_lab.tools.course.batch import batch
from neural_lab.tools.course.exports import Entry, Export, ExportError, Submitter
from neural_lab.tools.course.grades_folder import FolderError, GradesFolder
from neural_lab.tools.course.people import Directory, NotOne, twice
from tests.classes import export_zip, metadata, mixed, right, stub

LAB, NEURON = load_lab("q1"), load_lab("neuron")
ADA, EMMY = Submitter("Ada Lovelace", "007", "ada@example.org"), Submitter("Emmy Noether", "8", "emmy@example.org")


def entry(id, *who, files=(("q1.py", "q1.py"),)):
    return Entry(id, who, None, files)


def folder_with(path, *entries, lab="q1"):
    """A folder of grades with a result for each entry that has files."""
    folder = GradesFolder(path)
    with folder.open_for_work():
        folder.write_roster(entries)
        for one in entries:
            if one.files:
                batched = {"graded_with": {"lab": lab}, "submission": one.id}
                results = {"score": 5, "output": "", "tests": [], "extra_data": {"batch": batched}}
                folder.place(one, {"q1.py": one.id.encode()})
                folder.keep(one, results, "feedback")
        folder.write_table("grades.csv", "a,b\r\n")
    return folder


def everything(path):
    """All files but the lock: {name: bytes}."""
    return {
        str(file.relative_to(path)): file.read_bytes()
        for file in path.rglob("*")
        if file.is_file() and file.name != ".lock"
    }


# -- one class, one lab -----------------------------------------------------------------------------------------------


@pytest.mark.fast
@pytest.mark.parametrize(
    "entries, lab, said",
    [
        ([entry("submission_1", ADA)], "neuron", "was graded as q1"),
        ([entry("submission_1", ADA)], "q1", "is missing: Emmy Noether"),
        ([entry("submission_5", Submitter("Eve", "9", "eve@x"))], "q1", "is missing: Ada Lovelace; Emmy Noether"),
        ([entry("submission_1", ADA), entry("submission_2", EMMY, files=())], "q1", "is missing: Emmy Noether"),
    ],
)
def test_another_class_or_lab_is_refused_until_told_and_then_nothing_is_lost(tmp_path, entries, lab, said):
    folder = folder_with(tmp_path, entry("submission_1", ADA), entry("submission_2", EMMY))
    before = everything(tmp_path)
    with pytest.raises(FolderError) as refused:
        folder.make_room(entries, lab, replace=False)
    assert said in str(refused.value) and "REPLACE=yes" in str(refused.value)
    assert everything(tmp_path) == before
    assert folder.make_room(entries, lab, replace=True) == []
    after = everything(tmp_path)
    for name, data in before.items():
        assert after.get(name) == data or after.get(f"earlier/1/{name}") == data, name
    here = {one.id for one in entries if one.files} if lab == "q1" else set()
    assert {file.stem for file in (tmp_path / "results").iterdir()} == here & {"submission_1", "submission_2"}


@pytest.mark.fast
def test_who_hands_in_again_is_known_and_whoever_is_new_is_welcome(tmp_path):
    folder = folder_with(tmp_path, entry("submission_1", ADA), entry("submission_2", EMMY), entry("nobody", files=()))
    later = [entry("submission_9", ADA), entry("submission_2", EMMY), entry("submission_3", Submitter("Eve", "9"))]
    assert folder.make_room(later, "q1", replace=False) == ["Ada Lovelace"]
    assert (tmp_path / "earlier/1/results/submission_1.json").is_file()
    assert not (tmp_path / "results/submission_1.json").exists() and (tmp_path / "results/submission_2.json").is_file()
    assert folder.make_room([entry("submission_2", EMMY)], "q1", replace=False) == [], "Ada has no marks here any more"


def test_the_files_of_another_lab_are_refused_before_anything_is_graded(tmp_path):
    export = export_zip(tmp_path / "e.zip", {"submission_1": right(), "submission_2": stub()})
    with pytest.raises(
        ExportError, match="2 of 2 have handed in files of q1, and nobody those of neuron; is it LAB=q1"
    ):
        batch(export, tmp_path / "grades", NEURON, 1)
    assert not (tmp_path / "grades" / "roster.json").exists()


# -- tables that people have changed ----------------------------------------------------------------------------------


@pytest.mark.fast
def test_a_table_changed_by_hand_is_never_overwritten(tmp_path):
    folder = folder_with(tmp_path)
    assert folder.write_table("grades.csv", "a,c\r\n") is None
    (tmp_path / "grades.csv").write_text("by hand")
    assert folder.write_table("grades.csv", "a,c\r\n") == tmp_path / "grades.edited-1.csv"
    (tmp_path / "grades.csv").write_text("by hand again")
    assert folder.write_table("grades.csv", "a,c\r\n") == tmp_path / "grades.edited-2.csv"
    assert folder.write_table("grades.csv", "a,d\r\n") is None
    kept = [(tmp_path / f"grades.edited-{n}.csv").read_text() for n in (1, 2)]
    assert kept == ["by hand", "by hand again"] and (tmp_path / "grades.csv").read_bytes() == b"a,d\r\n"


@pytest.mark.fast
def test_a_table_from_before_edits_were_noticed_is_kept(tmp_path):
    folder = folder_with(tmp_path)
    (tmp_path / "written.json").unlink()
    assert folder.write_table("grades.csv", "a,b\r\n") is None, "it says the same"
    (tmp_path / "written.json").unlink()
    assert folder.write_table("grades.csv", "a,c\r\n") == tmp_path / "grades.edited-1.csv"


# -- the course's list ------------------------------------------------------------------------------------------------

CANVAS = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Lab 1 (77)
Points Possible,,,,,100
"Doe, Jane",12,U12,jd1,A,
"Lars, Rœ",13,U13,rl,B,
"Zhou, Wei",14,U14,wz,B,
"Student, Test",99,,x,A,
"""
MOODLE = """First name;Last name;ID number;Email address;Groups
Søren;Müller;0042;soren@example.org;G1
Ada;Byron;0043;ada@example.org;G2
"""
REGISTRAR = "E-mail\tSID\tName\tSection\nADA@example.org\t7\tLovelace, Ada\tX\n"


@pytest.mark.fast
@pytest.mark.parametrize(
    "text, who, found",
    [
        (CANVAS, Submitter("doejane", "12", participant="12"), Submitter("Doe, Jane", "U12", "", "A", "12")),
        (CANVAS, Submitter("zhouwei", ""), Submitter("Zhou, Wei", "U14", "", "B")),
        (MOODLE, Submitter("Søren Müller", participant="9"),
         Submitter("Søren Müller", "0042", "soren@example.org", "G1", "9")),
        (MOODLE, Submitter("Ada B", "", "Ada@example.org"), Submitter("Ada Byron", "0043", "Ada@example.org", "G2")),
        (REGISTRAR, ADA, Submitter("Lovelace, Ada", "007", "ada@example.org", "X")),
    ],
)  # fmt: skip
def test_lists_as_courses_have_them_join_names_ids_and_sections(tmp_path, text, who, found):
    (tmp_path / "list.csv").write_text(text, "utf-8")
    people = rosters.read(tmp_path / "list.csv")
    entries, said = rosters.join([entry("submission_1", who)], people)
    assert entries[0].submitters == (found,) and said == []
    assert len(entries) == len(people) and all(one.files == () for one in entries[1:])
    assert len({one.id for one in entries}) == len(entries)


@pytest.mark.fast
def test_who_is_not_on_the_list_or_not_clearly_is_named(tmp_path):
    (tmp_path / "list.csv").write_text("name,sid\nLee,1\nLee,2\nAda,7\n")
    entries, said = rosters.join(
        [entry("a", Submitter("Lee")), entry("b", Submitter("Eve")), entry("c")], rosters.read(tmp_path / "list.csv")
    )
    assert said[:2] == ["Lee is several people on the roster", "Eve is not on the roster"]
    assert said[2].startswith("c is nobody on the roster; name a folder or file after")
    assert [one.title for one in entries] == ["Lee", "Eve", "c", "Lee", "Lee", "Ada"]


@pytest.mark.fast
@pytest.mark.parametrize("text, names", [
    (CANVAS.replace("wz", "wz@example.org"), {"12": "Doe, Jane", "U13": "Lars, Rœ", "WZ": "Zhou, Wei"}),
    (CANVAS, {"jd1": "Doe, Jane", "u14": "Zhou, Wei"}),
    (MOODLE, {"42": "Søren Müller", "ada@example.org": "Ada Byron"}),
    (MOODLE, {"0042": "Søren Müller", "ada": "Ada Byron"}),
])  # fmt: skip
@pytest.mark.parametrize("name_of", ["{}", "{}.py", "{}.zip"])
def test_a_folder_or_file_named_as_one_student_alone_is_called_is_theirs(tmp_path, text, names, name_of):
    (tmp_path / "list.csv").write_text(text, "utf-8")
    folder = tmp_path / "class"
    for name in names:
        target = folder / name_of.format(name)
        target.parent.mkdir(exist_ok=True)
        if target.suffix == ".zip":
            with zipfile.ZipFile(target, "w") as archive:
                archive.writestr("q1.py", "")
        elif target.suffix == ".py":
            target.write_text("")
        else:
            target.mkdir()
            (target / "q1.py").write_text("")
    people = rosters.read(tmp_path / "list.csv")
    with Export(folder) as export:
        entries, said = rosters.join(export.entries, people)
    assert {one.label: one.title for one in entries if one.files} == names and said == []
    assert len(entries) == len(people), "nobody is listed as having handed in nothing besides"


@pytest.mark.fast
def test_a_folder_named_as_two_students_may_be_called_is_nobodys_and_the_warning_says_how_to_name_it(tmp_path):
    (tmp_path / "list.csv").write_text("name,sid,email\nLee,1,lee@a.org\nLee,lee,x@b.org\n")
    joined = [Entry(name, label=name, files=(("q1.py", name),)) for name in ("lee", "le", "submission_1")]
    entries, said = rosters.join(joined, rosters.read(tmp_path / "list.csv"))
    assert [one.submitters for one in entries[:3]] == [(), (), ()] and len(entries) == 5
    assert said[0].startswith("lee may be several people") and said[1].startswith("le is nobody on the roster")
    assert ["id, login or e-mail address" in one for one in said] == [False, False, True]


@pytest.mark.fast
@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "name,name\nx,y\n", 'name\n"x'])
def test_what_is_no_list_is_refused(tmp_path, text):
    (tmp_path / "list.csv").write_text(text)
    with pytest.raises(rosters.RosterError):
        rosters.read(tmp_path / "list.csv")


def test_a_class_with_a_list_has_a_row_for_everybody_also_in_later_calls(tmp_path):
    yml = metadata(["submission_1", "submission_2"]).replace("00000001", "00000000").replace("s1@", "s0@")
    export = export_zip(tmp_path / "e.zip", {"submission_1": stub(), "submission_2": stub()}, yml)
    (tmp_path / "list.csv").write_text("name,email,section\n=Ada,s0@example.org,A\nEmmy,e@example.org,B\n")
    said = io.StringIO()
    console = Console(file=said, width=200)
    for roster in (tmp_path / "list.csv", None):
        assert batch(export, tmp_path / "grades", LAB, 1, console=console, roster=roster) == 0
        table = list(csv.DictReader(io.StringIO((tmp_path / "grades/grades.csv").read_text("utf-8"))))
        assert [(row["Name"], row["Section"], row["Status"]) for row in table] == [
            ("Emmy", "B", "not submitted"), ("'=Ada", "A", "graded"), ("'=Ada", "A", "graded"),
        ]  # fmt: skip
        assert "handed in also as submission_2" in table[1]["Note"]
    assert "=Ada handed in 2 times: submission_1, submission_2" in said.getvalue()
    assert json.loads((tmp_path / "grades/roster.json").read_text())[0]["submitters"][0]["section"] == "A"


# -- who is meant -----------------------------------------------------------------------------------------------------


@pytest.mark.fast
def test_somebody_is_found_by_what_tells_them_from_others():
    group = entry("submission_3", ADA, Submitter("Emmy", "9", "x@y"))
    directory = Directory([entry("submission_1", ADA), entry("submission_2", EMMY), group])
    assert [one.entry.id for one in directory.find(" ada@example.org ")] == ["submission_1", "submission_3"]
    assert [one.title for one in directory.find("submission_3")] == ["Ada Lovelace", "Emmy"]
    assert [one.entry.id for one in directory.find("noether, EMMY")] == ["submission_2"]
    assert [one.entry.id for one in directory.find("8")] == ["submission_2"]
    with pytest.raises(NotOne, match="nobody"):
        directory.find("Eve")
    assert [[one.entry.id for one in those] for those in twice([entry("submission_1", ADA), group])] == [
        ["submission_1", "submission_3"]
    ]


# -- a whole class ----------------------------------------------------------------------------------------------------


@pytest.mark.sweep
def test_a_class_of_eighty_of_all_kinds_keeps_everybody(tmp_path):
    """As Canvas gives it: notebooks, zips, reports, late ones, nothing; with a list, adjustments and a second call."""
    (tmp_path / "export").mkdir()
    for number, text in enumerate(mixed(80, seed=5).values()):
        name = f"student{chr(97 + number % 26)}_{'LATE_' if number % 9 == 0 else ''}{100 + number}_{9000 + number}"
        if number % 11 == 1:
            (tmp_path / "export" / f"{name}_q1.ipynb").write_text("{}")
        elif number % 11 == 2:
            with zipfile.ZipFile(tmp_path / "export" / f"{name}_work.zip", "w") as archive:
                archive.writestr("work/q1.py", text)
        elif number % 11 == 3:
            (tmp_path / "export" / f"{name}_report.pdf").write_bytes(b"%PDF")
        elif number % 11 != 4:
            (tmp_path / "export" / f"{name}_q1-{number % 3}.py").write_text(text)
    listed = [f'"Student, {chr(97 + number % 26)}",{100 + number},U{number},{number % 4}' for number in range(80)]
    (tmp_path / "list.csv").write_text("\n".join(["Student,ID,SIS User ID,Section", *listed]))
    out = tmp_path / "grades"
    out.mkdir()
    (out / "adjustments.csv").write_text("who,line,mark,delta,reason,by\nU5,total,,1,kind,AB\nU4,total,30,,oral,AB\n")
    for roster in (tmp_path / "list.csv", None):
        assert batch(tmp_path / "export", out, LAB, 2, roster=roster) == 0
        table = {row["SID"]: row for row in csv.DictReader(io.StringIO((out / "grades.csv").read_text("utf-8")))}
        assert len(table) == 80 and {row["Section"] for row in table.values()} == {"0", "1", "2", "3"}
        kinds = {number: table[f"U{number}"]["Status"] for number in range(80)}
        assert {kinds[number] for number in range(80) if number % 11 in (1, 3)} == {"refused"}
        assert {kinds[number] for number in range(80) if number % 11 == 4} == {"not submitted"}
        assert table["U4"]["Total Score"] == "30" and table["U15"]["Total Score"] == ""
        assert float(table["U5"]["Total Score"]) == min(float(table["U5"]["Raw Score"]) + 1, LAB.marks)
