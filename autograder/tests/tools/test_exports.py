"""Exports as Gradescope makes them, and as they should never be: what is read, what is left out, what is said."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import pytest
import yaml

from neural_lab.intake.foreign import shown
from neural_lab.tools.course import exports
from neural_lab.tools.course.exports import Export, ExportError, Submitter, Unreadable, stage
from tests.classes import EXPORT, export_zip, metadata


def opened(path):
    with Export(path) as export:
        return {entry.id: entry for entry in export.entries}, export.warnings


def zip_with(path, members, yml=""):
    """A zip from (name or ZipInfo, text) pairs, duplicates allowed."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")  # zipfile warns of duplicates
        if yml:
            archive.writestr(f"{EXPORT}/submission_metadata.yml", yml)
        for name, text in members:
            archive.writestr(name, text)
    return path


def test_an_export_tells_who_handed_in_what(tmp_path):
    path = export_zip(tmp_path / "e.zip", {"submission_1": "one", "submission_2": "two"})
    with Export(path) as export:
        first, second = export.entries
        assert export.warnings == []
        assert first.id == "submission_1" and first.score == 50.0 and first.title == "Student 0"
        assert second.submitters == (Submitter("Student 1", "00000001", "s1@example.org"),)
        assert export.read(second) == {"q1.py": b"two"}


def test_the_unpacked_folder_reads_like_the_zip(tmp_path):
    path = export_zip(tmp_path / "e.zip", {"submission_1": "one", "submission_2": "two"})
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    for place in (tmp_path / "unpacked", tmp_path / "unpacked" / EXPORT):
        with Export(path) as one, Export(place) as other:
            assert [(e.id, e.submitters, e.score) for e in one.entries] == [
                (e.id, e.submitters, e.score) for e in other.entries
            ]
            assert [one.read(e) for e in one.entries] == [other.read(e) for e in other.entries]


def test_a_folder_of_plain_files_is_one_submission_for_each_file(tmp_path):
    for name in ("ada", "emmy"):
        (tmp_path / f"{name}.py").write_text(name)
    (tmp_path / "list.txt").write_text("not a submission")
    with Export(tmp_path) as export:
        assert [entry.id for entry in export.entries] == ["ada", "emmy"]
        assert export.read(export.entries[1]) == {"emmy.py": b"emmy"}
        assert "list.txt lies beside the submissions" in export.warnings[0]
        assert "no submission_metadata.yml" in export.warnings[1]


def test_student_ids_stay_the_texts_they_are(tmp_path):
    yml = """
submission_1:
  :submitters:
  - :name: Null
    :sid: 0123
    :email: a@example.org
  - :name: "No"
    :sid: 12:30:00
    :email:
  :score: 1e2
  :results: !ruby/hash:ActiveSupport::HashWithIndifferentAccess
    score: !ruby/object:BigDecimal 18:0.1e3
"""
    entries, said = opened(export_zip(tmp_path / "e.zip", {"submission_1": "x"}, yml))
    assert entries["submission_1"].submitters == (
        Submitter("Null", "0123", "a@example.org"),
        Submitter("No", "12:30:00", ""),
    )
    assert entries["submission_1"].score == 100.0 and said == []


@pytest.mark.parametrize("score", ["", ".nan", ".inf", "nan", "[1]", "soon"])
def test_a_score_that_is_no_number_is_none(tmp_path, score):
    yml = f"submission_1:\n  :submitters:\n  - :name: A\n  :score: {score}\n"
    assert opened(export_zip(tmp_path / "e.zip", {"submission_1": "x"}, yml))[0]["submission_1"].score is None


@pytest.mark.parametrize("yml", ["{", "- a list", "a: b: c", "\x00", "&a [*a, *b]"])
def test_broken_metadata_costs_the_names_and_nothing_else(tmp_path, yml):
    entries, said = opened(export_zip(tmp_path / "e.zip", {"submission_1": "x"}, yml))
    assert list(entries) == ["submission_1"] and entries["submission_1"].submitters == ()
    assert len(said) == 1 and "no names" in said[0]


def test_submissions_missing_on_either_side_are_told(tmp_path):
    yml = metadata(["submission_1", "submission_2"])
    path = export_zip(tmp_path / "e.zip", {"submission_1": "x", "submission_3": "y"}, yml)
    with Export(path) as export:
        assert [entry.id for entry in export.entries] == ["submission_1", "submission_2", "submission_3"]
        assert any("submission_2 is in" in text for text in export.warnings)
        assert any("submission_3 is not in" in text for text in export.warnings)
        assert export.entries[1].files == () and export.entries[1].title == "Student 1"


@pytest.mark.parametrize(
    "name",
    [
        f"{EXPORT}/submission_1/../../../evil.py",
        f"{EXPORT}\\submission_1\\..\\..\\evil.py",
        "/etc/evil.py",
        "C:\\evil.py",
    ],
)
def test_paths_that_leave_the_export_are_left_out(tmp_path, name):
    good = (f"{EXPORT}/submission_1/q1.py", "good")
    path = zip_with(tmp_path / "e.zip", [good, (name, "evil")], metadata(["submission_1"]))
    with Export(path) as export:
        assert [export.read(entry) for entry in export.entries] == [{"q1.py": b"good"}]
        assert any("outside" in text for text in export.warnings)


def test_links_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("secret")
    link = zipfile.ZipInfo(f"{EXPORT}/submission_1/q1.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = zip_with(tmp_path / "e.zip", [(link, str(tmp_path / "secret"))], metadata(["submission_1"]))
    folder = tmp_path / "folder" / "submission_1"
    folder.mkdir(parents=True)
    (folder / "q1.py").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "pipe.py")
    (tmp_path / "folder" / "ada.py").write_text("hers")
    assert any("symbolic link" in text for text in opened(path)[1])
    entries, said = opened(tmp_path / "folder")
    assert list(entries) == ["ada", "submission_1"] and entries["submission_1"].files == ()
    assert sorted(note.partition(" is ")[2] for note in entries["submission_1"].notes) == [
        "a symbolic link and was left out", "not a regular file and was left out",
    ]  # fmt: skip
    assert any("symbolic link" in text for text in said) and any("not a regular file" in text for text in said)


def test_duplicate_members_are_told_and_the_last_one_counts(tmp_path):
    name = f"{EXPORT}/submission_1/q1.py"
    path = zip_with(tmp_path / "e.zip", [(name, "first"), (name, "last")], metadata(["submission_1"]))
    with Export(path) as export:
        assert export.read(export.entries[0]) == {"q1.py": b"last"}
        assert any("more than once" in text for text in export.warnings)


def test_a_huge_file_is_cut_where_the_grader_stops_reading(tmp_path):
    path = export_zip(tmp_path / "e.zip", {"submission_1": b"#" * (40 << 20)})
    assert path.stat().st_size < 1 << 20
    with Export(path) as export:
        assert len(export.read(export.entries[0])["q1.py"]) == exports.MOST_BYTES


def test_of_too_many_or_too_large_files_what_can_be_graded_is_taken_and_the_rest_is_named(tmp_path):
    members = [(f"{EXPORT}/submission_1/{n}.csv", b"x") for n in range(exports.MOST_FILES)]
    members += [(f"{EXPORT}/submission_1/code/q1.py", b"x")]
    members += [(f"{EXPORT}/submission_2/{n}.bin", b"0" * exports.MOST_BYTES) for n in range(40)]
    members += [(f"{EXPORT}/submission_3/q1.py", b"x")]
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    with Export(path) as export:
        first = export.read(export.entries[0])
        assert len(first) == exports.MOST_FILES and first["code/q1.py"] == b"x"
        assert export.entries[0].notes == (
            f"of 301 files at most 300 are taken; left out: {EXPORT}/submission_1/99.csv",
        )
        assert len(export.read(export.entries[1])) == 31
        assert (
            "submission_2 has more than 32 MB; left out: assignment_4711_export/submission_2/31.bin"
            in export.warnings[-1]
        )
        assert export.read(export.entries[2]) == {"q1.py": b"x"}


def test_a_damaged_member_costs_only_its_submission(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for key in ("submission_1", "submission_2"):
            archive.writestr(f"{EXPORT}/{key}/q1.py", f"content of {key}")
    path = tmp_path / "e.zip"
    path.write_bytes(buffer.getvalue().replace(b"content of submission_1", b"CONTENT of submission_1"))
    with Export(path) as export:
        with pytest.raises(Unreadable, match="damaged"):
            export.read(export.entries[0])
        assert export.read(export.entries[1]) == {"q1.py": b"content of submission_2"}


@pytest.mark.parametrize("kept", [0, 2, 100, 300])
def test_a_zip_that_was_cut_short_is_refused_with_one_sentence(tmp_path, kept):
    path = export_zip(tmp_path / "e.zip", {"submission_1": "x"})
    assert path.stat().st_size > 300
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ExportError, match="cut short"):
        Export(path)


def test_nothing_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(ExportError, match="nothing at"):
        Export(tmp_path / "none.zip")
    with pytest.raises(ExportError, match="no submission"):
        Export(tmp_path)


def test_ids_are_safe_as_names_of_files_and_stay_apart(tmp_path):
    names = ["a b", "a_b", "A_b", "..x", "naïve", "é" * 60, "con:aux"]
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "q1.py").write_text(name)
    entries, _ = opened(tmp_path)
    assert len({key.lower() for key in entries}) == len(names)
    assert all(set(key) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") for key in entries)


def test_a_file_that_is_also_a_folder_is_left_out(tmp_path):
    members = [(f"{EXPORT}/submission_1/q1.py", "file"), (f"{EXPORT}/submission_1/q1.py/q1.py", "below it")]
    with Export(zip_with(tmp_path / "e.zip", members)) as export:
        contents = export.read(export.entries[0])
        stage(contents, tmp_path / "staged")
        assert (tmp_path / "staged/q1.py/q1.py").read_text() == "below it"
        assert any("file and a folder" in text for text in export.warnings)


# -- what a student can put into a submission -------------------------------------------------------------------------


def plain_class(folder, **files):
    """A folder of submissions without metadata: two of one file each, and what `files` says, {path: text}."""
    for name, text in {"ada/q1.py": "hers", "eve/q1.py": "hers too", **files}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return folder


@pytest.mark.parametrize("place", ["eve/", "eve/submission_1/", "eve/assignment_1_export/"])
@pytest.mark.parametrize("wrapped", ["", "class/"])
@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_a_students_own_metadata_count_for_nothing(tmp_path, place, wrapped, as_zip):
    own = {
        f"{place}{exports.METADATA}": metadata(["ada", "submission_2"], {"ada": 3.0}),
        f"{place}submission_2/q1.py": "for her classmates",
    }
    folder = plain_class(tmp_path / "in", **own) if not wrapped else plain_class(tmp_path / "in" / wrapped, **own)
    path = tmp_path / "in"
    if as_zip:
        path = tmp_path / "e.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in folder.rglob("*"):
                archive.write(file, file.relative_to(tmp_path / "in"))
    entries, said = opened(path)
    assert list(entries) == ["ada", "eve"]
    assert [entry.submitters for entry in entries.values()] == [(), ()] and entries["ada"].score is None
    assert place != "eve/" or any("inside a submission" in text for text in said)


def test_a_students_own_metadata_count_for_nothing_in_an_export_either(tmp_path):
    members = [(f"{EXPORT}/submission_1/q1.py", "x"), (f"{EXPORT}/submission_1/{exports.METADATA}", metadata(["evil"]))]
    entries, said = opened(zip_with(tmp_path / "e.zip", members, metadata(["submission_1"])))
    assert list(entries) == ["submission_1"] and entries["submission_1"].title == "Student 0"
    assert len(said) == 1 and "inside a submission" in said[0]


@pytest.mark.parametrize("pattern", ["[", "{a: ", "- ", "? ", "- - ? ", "&a [", "!!x [", "[? ", "lines"])
def test_metadata_nested_without_end_cost_the_names_and_nothing_else(tmp_path, pattern):
    yml = pattern * 200_000
    if pattern == "lines":
        yml = "\n".join(" " * depth + "a:" for depth in range(3_000))
    path = export_zip(tmp_path / "e.zip", {"submission_1": "x"}, yml)
    # in a process of its own, which a parser in C takes with it
    code = "import pathlib, sys; from neural_lab.tools.course.exports import Export; "
    code += "print(Export(pathlib.Path(sys.argv[1])).warnings)"
    told = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, timeout=60)
    assert told.returncode == 0 and "at most 64 deep" in told.stdout and told.stdout.count("', '") == 0


def test_metadata_may_refer_to_what_they_said_before(tmp_path):
    """As Ruby writes an object that it meets twice; what grows with every reference is never written out."""
    laughs = "\n".join(f"  :l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 40))
    yml = (
        f"submission_1:\n  :submitters: &who\n  - :name: Ada\n    :sid: 007\n  :l0: &l0 [x]\n{laughs}\n"
        "submission_2:\n  :submitters: *who\n"
    )
    entries, said = opened(export_zip(tmp_path / "e.zip", {"submission_1": "x", "submission_2": "y"}, yml))
    assert said == []
    assert entries["submission_1"].submitters == entries["submission_2"].submitters == (Submitter("Ada", "007"),)


LONG = "/".join(["a" * 100] * 60) + "/q1.py"


def test_a_path_that_no_system_takes_costs_only_that_file(tmp_path):
    members = [(f"{EXPORT}/submission_1/q1.py", "x"), (f"{EXPORT}/submission_1/{LONG}", "deep"),
               (f"{EXPORT}/submission_2/{'a/' * 20_000}q1.py", "deep"),
               (f"{EXPORT}/submission_3/q1.py", "z")]  # fmt: skip
    path = zip_with(tmp_path / "e.zip", members, metadata([f"submission_{n}" for n in (1, 2, 3)]))
    with Export(path) as export:
        first, second, third = export.entries
        assert (export.read(first), export.read(third)) == ({"q1.py": b"x"}, {"q1.py": b"z"})
        assert second.files == () and "too long a path" in second.notes[0]
        named = [text for text in export.warnings if "too long a path" in text]
        assert [name for name in ("submission_1", "submission_2") if any(name in text for text in named)] == [
            "submission_1", "submission_2",
        ]  # fmt: skip


@pytest.fixture
def deep_class(tmp_path):
    """A function that puts folders into one another in a submission, step by step, as unpacking does."""
    folder = plain_class(tmp_path / "in")
    before = os.getcwd()

    def dig(part, count):
        os.chdir(folder / "eve")
        for _ in range(count):
            os.mkdir(part)
            os.chdir(part)
        Path("q1.py").write_text("deep")
        os.chdir(before)
        return folder

    yield dig
    os.chdir(before)
    subprocess.run(["rm", "-rf", str(folder)], check=True)  # Python's own way, and so pytest's, recurses


@pytest.mark.parametrize("part, count", [("a" * 100, 60), ("a", 1_500)])
def test_a_folder_deeper_than_a_path_may_be_costs_only_what_lies_in_it(deep_class, part, count):
    with Export(deep_class(part, count)) as export:
        assert [export.read(entry) for entry in export.entries] == [{"q1.py": b"hers"}, {"q1.py": b"hers too"}]
        assert any("too long a path" in text and "eve/" in text for text in export.warnings)


def test_an_out_folder_that_leaves_no_room_for_a_name_costs_only_that_submission(tmp_path):
    base = tmp_path.joinpath(*["o" * 200] * 17)
    os.makedirs(base)
    stage({"q1.py": b"x"}, base)
    with pytest.raises(Unreadable, match="no name for a file"):
        stage({"/".join(["n" * 150] * 6): b"x"}, base)


@pytest.mark.parametrize(
    "kept, left",
    [
        ("a/q1.py", "a//q1.py"),
        ("a/q1.py", "a/./q1.py"),
        ("a/q1.py", "./a/q1.py"),
        ("a/q1.py", "a\\q1.py"),
        ("q1.py", "Q1.py"),
        ("a/q1.py", "A/Q1.PY"),
        ("\u00e9.py", "e\u0301.py"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_no_file_stands_for_another(tmp_path, kept, left, turned):
    members = [(f"{EXPORT}/submission_1/{kept}", "kept"), (f"{EXPORT}/submission_1/{left}", "left")]
    path = zip_with(tmp_path / "e.zip", members[::-1] if turned else members, metadata(["submission_1"]))
    with Export(path) as export:
        assert export.read(export.entries[0]) == {kept: b"kept"}
        (said,) = export.warnings
        assert "was left out" in said and shown(left) in said and shown(kept) in said


@pytest.mark.parametrize("name", ["a/../b/q1.py", "../submission_2/q1.py", "..\\submission_2\\q1.py"])
def test_no_path_leads_to_somebody_elses_folder(tmp_path, name):
    members = [(f"{EXPORT}/submission_1/{name}", "evil"), (f"{EXPORT}/submission_2/q1.py", "hers")]
    with Export(zip_with(tmp_path / "e.zip", members, metadata(["submission_1", "submission_2"]))) as export:
        assert export.read(export.entries[1]) == {"q1.py": b"hers"}
        assert any("outside" in text for text in export.warnings)


def test_folders_whose_names_differ_by_case_are_two_submissions(tmp_path):
    members = [("Ada/q1.py", "one"), ("ada/q1.py", "other"), ("ada//q1.py", "nobody's")]
    with Export(zip_with(tmp_path / "e.zip", members)) as export:
        assert sorted(export.read(entry)["q1.py"] for entry in export.entries) == [b"one", b"other"]
        assert any("ada//q1.py" in text for text in export.warnings)


def test_a_notebook_is_a_submission_and_is_taken_with_its_pictures(tmp_path):
    (tmp_path / "ada.ipynb").write_bytes(b"{" + b" " * 3_000_000)
    (tmp_path / "emmy.py").write_text("x")
    with exports.Export(tmp_path) as export:
        assert [entry.id for entry in export.entries] == ["ada", "emmy"]
        assert len(export.read(export.entries[0])["ada.ipynb"]) == 3_000_001


# -- earlier hand-ins -------------------------------------------------------------------------------------------------


def handed_in_at(hour, score, id=1):
    return {":id": id, ":created_at": f"2026-11-20 {hour:02}:00:00.5 Z", ":score": score, ":status": "processed"}


def attempts_of(tmp_path, history, **about):
    now = {**handed_in_at(12, 80.0), ":submitters": [{":name": "Ada"}], ":history": history, **about}
    yml = yaml.safe_dump({"submission_1": now}, sort_keys=False)
    (entry,) = opened(export_zip(tmp_path / "e.zip", {"submission_1": "one"}, yml))[0].values()
    return [attempt.score for attempt in entry.attempts]


def test_earlier_hand_ins_are_in_the_order_of_their_time_and_this_one_counts_once(tmp_path):
    history = [handed_in_at(11, 60.0), handed_in_at(12, 80.0), handed_in_at(9, 20.0), handed_in_at(13, 70.0)]
    assert attempts_of(tmp_path, history) == [20.0, 60.0, 80.0, 70.0]


@pytest.mark.parametrize(
    ("history", "scores"),
    [
        (None, [80.0]),
        ("yes", [80.0]),
        ({":score": 1}, [80.0]),
        ([None, [], "x", {}, handed_in_at(9, None), handed_in_at(10, ".nan")], [80.0]),
        ([{":score": 5.0}, handed_in_at(9, 4.0)], [5.0, 4.0, 80.0]),
    ],
)
def test_a_history_that_is_none_costs_nothing(tmp_path, history, scores):
    assert attempts_of(tmp_path, history) == scores


def test_without_marks_from_gradescope_there_are_no_attempts(tmp_path):
    assert attempts_of(tmp_path, [], **{":score": None}) == []
