"""Final marks go into the course's own export: one column is filled, and every other byte stays as it was."""

from __future__ import annotations

import csv
import io
import os
import re
import subprocess
import sys

import pytest

from neural_lab.tools.course import lms
from neural_lab.tools.course.gradebook import as_csv
from tests.classes import export_zip, right

PEOPLE = {  # name: (SID, e-mail, final mark)
    "Ada Lovelace": ("0012", "ada@example.org", 97.5),
    "Müller, Jörg": ("0034", "Joerg.Mueller@example.org", 100.0),
    'Sam "the" O\'Neil': ("0056", "sam@example.org", 0.0),
    "Faulty Run": ("0078", "faulty@example.org", None),
    "Not Enrolled": ("9999", "gone@example.org", 50.0),
}


def grades_csv(people=PEOPLE):
    header = ["Name", "SID", "Email", "Total Score", "Max Points", "Status", "Submission ID"]
    rows = [[name, sid, email, mark, 100, "", "s1"] for name, (sid, email, mark) in people.items()]
    return as_csv([header, *rows])


MARKS = lms.read_marks(grades_csv())

# Exports as they are downloaded. Of each target cell: what stood there » what must stand there.
CANVAS = '''\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (11),Lab 1 (4321),Quizzes Current Score,Final Grade
    Points Possible,,,,,10,100,(read only),(read only)
"Lovelace, Ada",1001,0012,ada,S1,7.5,«»97.5»,75,C
"Müller, Jörg",1002,0034,jm,"S1, ""late""",8,«44»100»,80,B
"O'Neil, Sam ""the""",1003,0056,sam,S2,,«50»0»,,
"=Run, Faulty",1004,0078,faulty,S2,,«12»12»,,
"Absent, Ann",1005,0099,ann,S2,,«»»,,
"Student, Test",1006,,deadbeef,S1,,«»»,,
'''
ENGLISH = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,"
    "Grade can be changed,Last modified (grade),Feedback comments"
)
WORKSHEET = f'''\
{ENGLISH}
Participant 71,Ada Lovelace,ada@example.org,"Submitted for grading - ",«»97.5»,100.00,Yes,-,"well, ""done"""
Participant 72,Jörg Müller,joerg.mueller@EXAMPLE.org,,«100.00»100.00»,100.00,Yes,"Sunday, 22 November 2026, 9:00 AM",
Participant 73,Sam O'Neil,sam@example.org,,«50.00»0»,100.00,Yes,-,
Participant 74,Faulty Run,faulty@example.org,,«»»,100.00,Yes,-,
Participant 75,Ann Absent,ann@example.org,,«33.00»33.00»,100.00,Yes,-,"two
lines"
'''
GERMAN = {
    ENGLISH: "ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,"
    "Bewertung kann geändert werden,Zuletzt geändert (Bewertung),Feedback als Kommentar",
    "Participant ": "Teilnehmer/in",
}
FRENCH = {
    ENGLISH: "Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,"
    "La note peut être modifiée,Dernière modification (note),Feedback par commentaires",
}
SPANISH = {
    ENGLISH: "Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Calificación máxima,"
    "La calificación puede ser cambiada,Última modificación (calificación),Comentarios de retroalimentación",
    "Participant ": "Participante",
}


def put(text, changes):
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text


def with_commas(text):
    """A worksheet of a site that writes 97,50: such cells are in quotes."""
    text = put(text, {"100.00,": '"100,00",', "«100.00»100.00»": '«"100,00"»"100,00"»', "«»97.5»": '«»"97,5"»'})
    return put(text, {"«50.00»0»": '«"50,00"»"0"»', "«33.00»33.00»": '«"33,00"»"33,00"»'})


def semicolons(text):
    """As written where numbers have a comma: a semicolon between cells."""
    cut = csv.reader(io.StringIO(text))
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\n").writerows(
        [[c.replace("97.5", "97,5").replace("7.5", "7,5") if i > 3 else c for i, c in enumerate(row)] for row in cut]
    )
    return out.getvalue()


MANUAL = "    Points Possible,,,,,10,100,(read only),(read only)\n"
EXPORTS = {
    "Canvas": (CANVAS, "utf-8", "4321"),
    "Canvas, ends of line of Windows": (CANVAS.replace("\n", "\r\n"), "utf-8", "4321"),
    "Canvas with a mark": (CANVAS, "utf-8-sig", "Lab 1 (4321)"),
    "Canvas without an end of the last line": (CANVAS[:-1], "utf-8", "4321"),
    "Canvas with semicolons": (semicolons(CANVAS), "utf-8", "4321"),
    "Canvas with tabs": (CANVAS.replace(",", "\t"), "utf-8", "4321"),
    "Canvas with one assignment": (put(CANVAS, {"Quiz (11)": "Notes"}), "utf-8", ""),
    "Canvas with manual posting": (
        put(CANVAS, {MANUAL: ",,,,,,Manual Posting,,\n" + MANUAL}), "utf-8", "4321"),
    "Canvas with names apart": (
        put(re.sub(r'^"(.*?), (.*?)",(?=1)', r'"\1","\2",', CANVAS, flags=re.M),
            {"Student,ID": "LastName,FirstName,ID", "    Points Possible": "    Points Possible,"}), "utf-8", "4321"),
    "Canvas with logins that are addresses": (
        put(CANVAS, {"0012,ada,": ",ADA@example.org,", "0056,sam,": ",sam@example.org,"}), "utf-8", "4321"),
    "Canvas with ids of its own alone": (
        put(CANVAS, {"ID,SIS User ID,SIS Login ID": "ID", "1001,0012,ada": "0012", "1002,0034,jm": "0034",
                     "1003,0056,sam": "0056", "1004,0078,faulty": "0078", "1005,0099,ann": "1005",
                     "1006,,deadbeef": "1006", ",,,,,10": ",,,10"}),
        "utf-8", "4321"),
    "Canvas with somebody excused": (put(CANVAS, {"«44»100»": "«EX»EX»"}), "utf-8", "4321"),
    "Canvas saved in Western letters": (CANVAS, "cp1252", "4321"),
    "Moodle": (WORKSHEET, "utf-8", ""),
    "Moodle with a mark, ends of line of Windows": (WORKSHEET.replace("\n", "\r\n"), "utf-8-sig", ""),
    "Moodle with an id number": (
        put(WORKSHEET, {"Email address": "ID number,Email address", "ada@": "0012,other@", "joerg.mueller@": "0034,x@",
                        "sam@": ",sam@", "faulty@": "0078,faulty@", "ann@": ",ann@"}), "utf-8", ""),
    "Moodle in German": (with_commas(put(WORKSHEET, GERMAN)), "utf-8", ""),
    "Moodle in German, with points": (put(WORKSHEET, GERMAN), "utf-8", ""),
    "Moodle in French": (with_commas(put(WORKSHEET, FRENCH)), "utf-8", ""),
    "Moodle in Spanish": (with_commas(put(WORKSHEET, SPANISH)), "utf-8-sig", ""),
    "Moodle in Spanish, with semicolons": (
        put(WORKSHEET, {**SPANISH, ",": ";", "97.5": "97,5", "00.00": "00,00", "50.00": "50,00", "33.00": "33,00"}),
        "utf-8", ""),
    "Canvas with quotes around marks": (
        put(CANVAS, {"«»97.5»": '«""»"97.5"»', "«44»100»": '«"44"»"100"»', "«50»0»": '«"50"»"0"»'}), "utf-8", "4321"),
}  # fmt: skip


def before(text):
    return "".join(piece.partition("»")[0] if "»" in piece else piece for piece in _pieces(text))


def after(text):
    return "".join(piece.partition("»")[2] if "»" in piece else piece for piece in _pieces(text))


def _pieces(text):
    """The text cut into what stays and «was»is»."""
    pieces = []
    while "«" in text:
        head, _, rest = text.partition("«")
        was, _, rest = rest.partition("»")
        now, _, text = rest.partition("»")
        pieces += [head, f"{was}»{now}"]
    return [*pieces, text]


def test_there_are_twenty_exports():
    assert len(EXPORTS) >= 20


@pytest.mark.fast
@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_comes_back_with_its_column_filled_and_nothing_else_changed(name):
    text, encoding, column = EXPORTS[name]
    data = before(text).encode(encoding)
    table = lms.read_table(data, column)
    assert table.most == 100
    filled = lms.fill(table, MARKS)
    assert filled.data == after(text).encode(encoding)
    assert lms.fill(lms.read_table(filled.data, column), MARKS).data == filled.data
    told = "\n".join(filled.told)
    assert "1 not in this file: Not Enrolled" in told and "have no mark to give" in told
    assert filled.written == (2 if "excused" in name else 3)


# -- who is not clear -------------------------------------------------------------------------------------------------

HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Lab 1 (4321)\n    Points Possible,,,,,100\n"


def filled(rows, people, column=""):
    return lms.fill(lms.read_table((HEAD + rows).encode(), column), lms.read_marks(grades_csv(people)))


@pytest.mark.fast
@pytest.mark.parametrize(
    ("rows", "people", "said"),
    [
        ("A,1,0012,x,S,\nB,2,0013,ada@x.org,S,\n", {"Ada": ("0012", "ada@x.org", 9.0)}, "fit several rows"),
        ("A,1,0012,x,S,\nB,2,0012,y,S,\n", {"Ada": ("0012", "", 9.0)}, "fit several rows"),
        ("A,1,0012,a@x.org,S,\n", {"Ada": ("0012", "", 9.0), "Bob": ("", "a@x.org", 8.0)}, "several marks"),
        ("A,1,0012,x,S,\n", {"Ada": ("0012", "a@x", 9.0), "ada": ("0012", "a@x", 8.0)}, "several marks"),
        ("Ada,1,,,S,\n", {"Ada": ("", "", 9.0)}, "not in this file"),
        ("Ada,12,0099,x,S,\n", {"Ada": ("12", "", 9.0)}, "not in this file"),
        ("A,1,0012,x,S\n", {"Ada": ("0012", "", 9.0)}, "too short"),
        ("A,1,12,x,S,\n", {"Ada": ("0012", "", 9.0)}, "not in this file"),
    ],
)  # fmt: skip
def test_who_is_not_clear_gets_no_mark_and_is_named(rows, people, said):
    found = filled(rows, people)
    assert found.data == (HEAD + rows).encode() and found.written == 0
    assert any(said in sentence for sentence in found.told)


@pytest.mark.fast
def test_names_of_others_are_printed_without_what_steers_a_terminal():
    found = filled("A,1,0099,\x1b[2J,S,\n", {"\x1b[31mEvil": ("1", "", 1.0)})
    assert found.told and all(sentence.isprintable() for sentence in found.told)


@pytest.mark.fast
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither"), (b"a,b\n1,2\n", "neither"), (b"PK\x03\x04\0\0", "UTF-8"),
        ("Student,ID".encode("utf-16"), "UTF-8"),
        (b"Student,ID,Section\n", "Found: none"), (b"Student,ID,Section,A (1),B (2)\n", "Found: A (1); B (2)"),
    ],
)  # fmt: skip
def test_what_is_no_export_is_refused_with_what_is_expected(data, said):
    with pytest.raises(lms.TableError, match=said.replace("(", r"\(").replace(")", r"\)")):
        lms.read_table(data)


# -- the command ------------------------------------------------------------------------------------------------------


def run(*arguments, folder):
    command = [sys.executable, "-m", "neural_lab.tools.course.lms", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
def test_a_graded_class_goes_into_the_courses_export(tmp_path):
    export_zip(tmp_path / "export.zip", {"1": right(), "2": right() + "# two\n"})
    batch = [sys.executable, "-m", "neural_lab.tools.course.batch", "export.zip", "--out", "grades", "--jobs", "1"]
    subprocess.run(batch, cwd=tmp_path, capture_output=True, check=True, timeout=300)
    (one, *_) = csv.DictReader(io.StringIO((tmp_path / "grades" / "grades.csv").read_text("utf-8")))
    export = tmp_path / "canvas-export.csv"
    export.write_text(HEAD + f"A,1,{one['SID']},{one['Email']},S,\nB,2,nobody,,S,\n")
    done = run("canvas-export.csv", "--out", "grades", folder=tmp_path)
    assert done.returncode == 0 and "1 of 2 rows filled in the column Lab 1 (4321), which is out of 100" in done.stdout
    mark = f"{float(one['Total Score']):g}"
    assert (tmp_path / "grades" / "filled" / export.name).read_text() == export.read_text().replace(
        "S,\nB", f"S,{mark}\nB"
    )


@pytest.mark.fast
@pytest.mark.parametrize("name", ["adjustments.csv", "policy.toml"])
def test_marks_that_are_not_final_any_more_go_nowhere(tmp_path, name):
    (tmp_path / "grades.csv").write_text(grades_csv())
    (tmp_path / "canvas.csv").write_text(HEAD + "A,1,0012,x,S,\n")
    changed = tmp_path / name
    changed.touch()
    for seconds, final in ((-9, True), (9, False)):
        written = (tmp_path / "grades.csv").stat().st_mtime
        os.utime(changed, (written + seconds, written + seconds))
        if final:
            assert lms.grades(tmp_path, tmp_path / "canvas.csv")[1].written == 1
        else:
            with pytest.raises(lms.TableError, match=f"{name} was changed after grades.csv was written"):
                lms.grades(tmp_path, tmp_path / "canvas.csv")


def test_a_bad_call_says_what_to_do(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n")
    assert "which file? make grades OUT=grades/ INTO=canvas-export.csv" in run(folder=tmp_path).stderr.replace(
        "\n", " "
    )
    assert "make batch writes it" in run("x.csv", folder=tmp_path).stderr
    (tmp_path / "grades").mkdir()
    (tmp_path / "grades" / "grades.csv").write_text(grades_csv())
    done = run("x.csv", folder=tmp_path)
    assert done.returncode == 2 and "x.csv: it is neither" in done.stderr
    assert "can't be read" in run("y.csv", folder=tmp_path).stderr
