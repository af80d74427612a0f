"""Exports as courses get them: no student is lost, and every byte is in a submission or its file is named."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neural_lab.tools.course.exports import METADATA, Export, stage
from tests.classes import EXPORT, metadata

pytestmark = pytest.mark.fast

EMPTY = "an empty folder"
LINK = "a symbolic link"
DAMAGED = b"PK\x03\x04 and no more"
SOREN = "Søren Müller_4711_assignsubmission_file_"
NFD = "Zoe\u0308_4712_assignsubmission_file_"  # as a Mac writes Zoë
PLAIN = {"ada/q1.py": "1", "emmy/q1.py": "2"}
GRADESCOPE = {f"{EXPORT}/{METADATA}": metadata(["submission_1", "submission_2"]), f"{EXPORT}/submission_1/q1.py": "1"}

# What lies in the export, {path: text, bytes, EMPTY, LINK, or another such tree for a zip}, and what it is read as:
# {title of a submission: names of its files}, or a list of such pairs where titles are equal.
CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "canvas": (
        {"doejane_12_3456_q1.py": "1", "roelars_13_3457_q1.py": "2"},
        {"doejane": ["q1.py"], "roelars": ["q1.py"]},
    ),
    "canvas in a folder": (
        {"submissions/doejane_12_3456_q1.py": "1", "submissions/roelars_13_3457_q1.py": "2"},
        {"doejane": ["q1.py"], "roelars": ["q1.py"]},
    ),
    "canvas with a notebook": (
        {"doejane_12_3456_q1.py": "1", "roelars_13_3457_q1.py": "2", "zhou_14_3458_notebook.ipynb": "{}"},
        {"doejane": ["q1.py"], "roelars": ["q1.py"], "zhou": ["notebook.ipynb"]},
    ),
    "canvas, late and handed in again": (
        {"doejane_LATE_12_3456_q1-2.py": "1", "roelars_13_3457_q1.py": "2"},
        {"doejane": ["q1-2.py"], "roelars": ["q1.py"]},
    ),
    "canvas, several files of one": (
        {"doejane_12_3456_q1.py": "1", "doejane_12_3457_helpers.py": "2", "doejane_LATE_12_3458_plot.png": "3"},
        {"doejane": ["helpers.py", "plot.png", "q1.py"]},
    ),
    "canvas, only a report": (
        {"doejane_12_3456_report.pdf": "%PDF", "roelars_13_3457_q1.py": "2"},
        {"doejane": ["report.pdf"], "roelars": ["q1.py"]},
    ),
    "canvas, a zip handed in": (
        {"doejane_12_3456_work.zip": {"q1.py": "1", "data/x.csv": "2"}, "roelars_13_3457_q1.py": "3"},
        {"doejane": ["work.zip/data/x.csv", "work.zip/q1.py"], "roelars": ["q1.py"]},
    ),
    "canvas, namesakes": (
        {"lee_12_3456_q1.py": "1", "lee_13_3457_q1.py": "2"},
        [("lee", ["q1.py"]), ("lee", ["q1.py"])],
    ),
    "numbers that are not canvas's": (
        {"lab_1_2_ada.py": "1", "lab_1_2_emmy.py": "2"},
        {"lab_1_2_ada": ["lab_1_2_ada.py"], "lab_1_2_emmy": ["lab_1_2_emmy.py"]},
    ),
    "moodle": (
        {f"{SOREN}/q1.py": "1", "Ada_9_assignsubmission_file_/q1.py": "2"},
        {"Søren Müller": ["q1.py"], "Ada": ["q1.py"]},
    ),
    "moodle, one student": ({f"{SOREN}/q1.py": "1"}, {"Søren Müller": ["q1.py"]}),
    "moodle, one student and a folder": ({f"{SOREN}/code/q1.py": "1"}, {"Søren Müller": ["code/q1.py"]}),
    "moodle, a Mac's accents": (
        {f"{NFD}/q1.py": "1", f"{SOREN}/q1.py": "2"},
        {"Zoë": ["q1.py"], "Søren Müller": ["q1.py"]},
    ),
    "moodle without folders": (
        {f"{SOREN}q1.py": "1", "Ada_9_assignsubmission_file_q1.ipynb": "2"},
        {"Søren Müller": ["q1.py"], "Ada": ["q1.ipynb"]},
    ),
    "moodle, text beside the file": (
        {f"{SOREN}/q1.py": "1", "Søren Müller_4711_assignsubmission_onlinetext_/onlinetext.html": "2"},
        {"Søren Müller": ["onlinetext.html", "q1.py"]},
    ),
    "moodle, no letter that is Latin": (
        {"王伟_4_assignsubmission_file_/q1.py": "1", f"{SOREN}/q1.py": "2"},
        {"王伟": ["q1.py"], "Søren Müller": ["q1.py"]},
    ),
    "moodle, an empty folder": (
        {f"{SOREN}/": EMPTY, "Ada_9_assignsubmission_file_/q1.py": "2"},
        {"Søren Müller": [], "Ada": ["q1.py"]},
    ),
    "gradescope, metadata alone": (GRADESCOPE, {"Student 0": ["q1.py"], "Student 1": []}),
    "gradescope, a folder that is not in the metadata": (
        {**GRADESCOPE, f"{EXPORT}/submission_9/q1.py": "9"},
        {"Student 0": ["q1.py"], "Student 1": [], "submission_9": ["q1.py"]},
    ),
    "gradescope, zipped once more": (
        {"assignment_1_export.zip": GRADESCOPE},
        {"Student 0": ["q1.py"], "Student 1": []},
    ),
    "gradescope, a file beside the folders": (
        {**GRADESCOPE, f"{EXPORT}/notes.docx": "n"},
        {"Student 0": ["q1.py"], "Student 1": []},
    ),
    "a file for each": ({"ada.py": "1", "emmy.ipynb": "2"}, {"ada": ["ada.py"], "emmy": ["emmy.ipynb"]}),
    "a zip for each": (
        {"ada.zip": {"q1.py": "1"}, "emmy.zip": {"emmy/q1.py": "2"}},
        {"ada": ["q1.py"], "emmy": ["emmy/q1.py"]},
    ),
    "zips in zips": (
        {"ada.zip": {"again.zip": {"deeper.zip": {"q1.py": "1"}}}, "emmy/q1.py": "2"},
        {"ada": ["again.zip/deeper.zip/q1.py"], "emmy": ["q1.py"]},
    ),
    "more zips in zips than are opened": (
        {"ada.zip": {"2.zip": {"3.zip": {"4.zip": {"q1.py": "1"}}}}, "emmy/q1.py": "2"},
        {"ada": ["2.zip/3.zip/4.zip"], "emmy": ["q1.py"]},
    ),
    "zips that cannot be opened": (
        {"ada.zip": DAMAGED, "emmy/work.zip": DAMAGED, "eve.zip": {}},
        {"ada": ["ada.zip"], "emmy": ["work.zip"], "eve": ["eve.zip"]},
    ),
    "other archives": (
        {"ada.rar": "Rar!", "emmy.tar.gz": "gz", "eve.7z": "7z"},
        {"ada": ["ada.rar"], "emmy.tar": ["emmy.tar.gz"], "eve": ["eve.7z"]},
    ),
    "folders, one of them empty": ({**PLAIN, "eve/": EMPTY}, {"ada": ["q1.py"], "emmy": ["q1.py"], "eve": []}),
    "folders, one of them empty and one with a folder": (
        {"ada/": EMPTY, "emmy/code/q1.py": "1"},
        {"ada": [], "emmy": ["code/q1.py"]},
    ),
    "folders, a link in one": ({**PLAIN, "eve/q1.py": LINK}, {"ada": ["q1.py"], "emmy": ["q1.py"], "eve": []}),
    "folders in a folder": (
        {f"class/{name}": text for name, text in PLAIN.items()},
        {"ada": ["q1.py"], "emmy": ["q1.py"]},
    ),
    "clutter of a Mac": (
        {**PLAIN, "__MACOSX/ada/._q1.py": "m", "ada/.DS_Store": "d", "emmy/__pycache__/q1.pyc": "c"},
        {"ada": ["q1.py"], "emmy": ["q1.py"]},
    ),
    "what editors leave": (
        {**PLAIN, ".idea/workspace.xml": "i", ".vscode/": EMPTY, "Thumbs.db": "t"},
        {"ada": ["q1.py"], "emmy": ["q1.py"]},
    ),
    "nothing but clutter": ({**PLAIN, "eve/__pycache__/q1.pyc": "c"}, {"ada": ["q1.py"], "emmy": ["q1.py"], "eve": []}),
    "names with anything in them": (
        {"O'Neil, Ünal (2)/q1.py": "1", "a b/q1.py": "2", "a_b/q1.py": "3", "=cmd()/q1.py": "4", "😀/q1 (1).py": "5"},
        {"O'Neil, Ünal (2)": ["q1.py"], "a b": ["q1.py"], "a_b": ["q1.py"], "=cmd()": ["q1.py"], "😀": ["q1 (1).py"]},
    ),
    "one file named for two ways": (
        {"ada.py": "1", "ada.ipynb": "2", "ada/q1.py": "3"},
        [("ada", ["q1.py"]), ("ada", ["ada.py"]), ("ada", ["ada.ipynb"])],
    ),
}


def files_in(tree, where="") -> Iterator[tuple[str, bytes]]:
    """All files of a tree, those in zips too."""
    for name, what in tree.items():
        if isinstance(what, dict):
            yield from files_in(what, f"{where}{name}/")
        elif what is not EMPTY and what is not LINK:
            yield f"{where}{name}", what if isinstance(what, bytes) else f"{where}{name}: {what}".encode()


def write_zip(tree, target, where="") -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for name, what in tree.items():
            if what is LINK:
                link = zipfile.ZipInfo(name)
                link.external_attr = 0o120777 << 16
                archive.writestr(link, "/etc/passwd")
            else:
                archive.writestr(name, content(what, name, where))


def content(what, name, where) -> bytes:
    if isinstance(what, dict):
        packed = io.BytesIO()
        write_zip(what, packed, f"{where}{name}/")
        return packed.getvalue()
    if what is EMPTY:
        return b""
    text = what if isinstance(what, bytes) else f"{where}{name}: {what}".encode()
    return what.encode() if name.endswith(METADATA) else text


def write_folder(tree, folder) -> None:
    for name, what in tree.items():
        file = folder / name
        (file if what is EMPTY else file.parent).mkdir(parents=True, exist_ok=True)
        if what is LINK:
            file.symlink_to("/etc/passwd")
        elif what is not EMPTY:
            file.write_bytes(content(what, name, ""))


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("case", CASES)
def test_no_student_and_no_byte_is_lost(tmp_path, case, form):
    tree, wanted = CASES[case]
    path = tmp_path / "export"
    if form == "zip":
        write_zip(tree, path)
    else:
        write_folder(tree, path)
    with Export(path) as export:
        read = {entry.id: export.read(entry) for entry in export.entries}
        assert len(read) == len(export.entries), "no two have one id"
        said = " ".join(export.warnings)
    found = [(entry.title, sorted(read[entry.id])) for entry in export.entries]
    assert sorted(found) == sorted(wanted.items() if isinstance(wanted, dict) else wanted)
    kept = {data for contents in read.values() for data in contents.values()}
    for name, data in files_in(tree):
        assert any(data in one for one in kept) or Path(name).name in said or name.endswith(METADATA), (
            f"{name} is lost without a word"
        )
    for entry in export.entries:
        stage(read[entry.id], tmp_path / "staged" / entry.id)
    staged = [file.read_bytes() for file in (tmp_path / "staged").rglob("*") if file.is_file()]
    assert sorted(staged) == sorted(data for contents in read.values() for data in contents.values())


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_ids_are_legible_and_do_not_depend_on_who_else_is_there(tmp_path, form):
    other = {"Straße_2_assignsubmission_file_/q1.py": "2"}
    ids = []
    for number, tree in enumerate([{f"{SOREN}/q1.py": "1", **other}, {f"{SOREN}/q1.py": "1"}]):
        write_zip(tree, tmp_path / f"{number}") if form == "zip" else write_folder(tree, tmp_path / f"{number}")
        with Export(tmp_path / f"{number}") as export:
            ids.append({entry.id for entry in export.entries})
    assert ids[1] < ids[0] and {one.rpartition("-")[0] for one in ids[0]} == {"Soren_Muller_4711", "Strasse_2"}


def test_names_that_a_zip_does_not_call_utf8_are_read_as_the_mac_wrote_them(tmp_path):
    write_zip({f"{SOREN}/q1.py": "1"}, tmp_path / "e.zip")
    data = (tmp_path / "e.zip").read_bytes()
    for head, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # where each header has its flags
        at = data.index(head) + offset
        data = data[:at] + b"\0\0" + data[at + 2 :]
    (tmp_path / "e.zip").write_bytes(data)
    with Export(tmp_path / "e.zip") as export:
        assert [entry.title for entry in export.entries] == ["Søren Müller"]


def test_a_student_who_hands_in_a_class_of_zips_does_not_fill_the_memory(tmp_path):
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("q1.py", b"0" * (64 << 20))
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w") as archive:
        for number in range(20):
            archive.writestr(f"{number}.zip", bomb.getvalue())
    write_zip({"ada/all.zip": outer.getvalue(), "emmy/q1.py": "2"}, tmp_path / "e.zip")
    with Export(tmp_path / "e.zip") as export:
        ada, emmy = export.entries
        assert len(ada.files) == 20 and sum(map(len, export.read(ada).values())) <= 20 * ((1 << 20) + 1)
        assert list(export.read(emmy)) == ["q1.py"]
