"""What was handed in is found and read, or refused with words that say what was found, what is expected, what to do.

The choice among files, the reading of texts and of the load report, without running a submission; broken
hand-ins on their whole way are in test_hostile.py.
"""

from __future__ import annotations

import codecs
import encodings.aliases
import os
import random
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

from neural_lab.feedback import files
from neural_lab.intake.load_report import read_load_report
from neural_lab.intake.submission import ENCODINGS, MOST_BYTES, Submission, Unusable, read
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.schema.discovery import load_lab
from tests.hand_ins import SOLUTION, hand_in, marks_but, marks_of

LAB = load_lab("q1")


def put(folder, **files):
    """Write files: {name with _DOT_ and _IN_ for the characters that no keyword may have: content}."""
    for name, content in files.items():
        path = folder / name.replace("_DOT_", ".").replace("_IN_", "/").replace("_SPACE_", " ")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def refusal(path, lab=LAB):
    with pytest.raises(Unusable) as caught:
        read(path, lab)
    return files.refusal(caught.value.why)


# -- which file -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ["q1.py", "Q1.py"],
        ["q1.py", "q1 (1).py"],
        ["q1.py", "old/q1.py"],
        ["Q1.PY", "notes/Q1.py"],
        ["q1-2.py", "test.py"],
        ["q1_final.py", "main.py"],
        ["q1.txt", "readme.txt"],
        ["deep/er/q1.py", "other.py"],
        ["a/q1.py", "__MACOSX/q1.py"],
        ["a/q1.py", ".git/q1.py", ".q1.py"],
        ["a/q1.py", "venv/lib/site-packages/q1.py"],
        ["solution_of_mine.py", "report.pdf"],
    ],
    ids=lambda names: " before ".join(names),
)
def test_the_likeliest_file_is_taken(tmp_path, names):
    for number, name in enumerate(names):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"taken = {number == 0}\n")
    found = read(tmp_path, LAB)
    assert found.files["q1"] == "taken = True\n"
    assert bool(found.notes) == (not names[0].endswith("q1.py"))


def test_copies_that_are_equal_are_one_and_others_are_a_question(tmp_path):
    put(tmp_path, a_IN_q1_DOT_py="x = 1\n", b_IN_q1_DOT_py="x = 1\n")
    assert read(tmp_path, LAB).files == {"q1": "x = 1\n"}
    put(tmp_path, b_IN_q1_DOT_py="x = 2\n")
    message = refusal(tmp_path)
    assert "a/q1.py, b/q1.py" in message and "Hand in one, named q1.py" in message


@pytest.mark.parametrize("same", [True, False])
def test_hundreds_of_candidates_are_a_question_without_reading_them_all(tmp_path, same):
    for number in range(450):
        put(tmp_path / str(number), q1_DOT_py=f"x = 1{'' if same else number}\n" + "#" * 900_000)
    started = time.process_time()
    message = refusal(tmp_path)
    assert time.process_time() - started < 5 and len(message) < 300
    assert "0/q1.py, 1/q1.py" in message and "Hand in one, named q1.py" in message


def test_files_beside_it_come_along_and_files_elsewhere_do_not(tmp_path):
    put(tmp_path / "hw", q1_DOT_py="x = 1\n", helper_DOT_py="y = 1\n", numpy_DOT_py="")
    put(tmp_path / "other", far_DOT_py="z = 1\n")
    assert set(read(tmp_path, LAB).files) == {"q1", "helper"}


def test_a_file_is_graded_without_its_neighbours(tmp_path):
    put(tmp_path, q1_DOT_py="x = 1\n", helper_DOT_py="y = 1\n")
    assert set(read(tmp_path / "q1.py", LAB).files) == {"q1"}


def test_a_lab_of_two_files_takes_both_from_either(tmp_path):
    lab = next(lab for lab in map(load_lab, ("network", "layers", "layered", "ann")) if len(lab.modules) > 1)
    for module in lab.modules:
        hand_in(tmp_path, f"name = {module!r}\n", f"{module}.py")
    for path in (tmp_path, tmp_path / f"{lab.modules[0]}.py", tmp_path / f"{lab.modules[-1]}.py"):
        assert set(read(path, lab).files) == set(lab.modules)


SPECIAL = {
    "a pipe": (os.mkfifo, "pipe"),
    "a folder": (os.mkdir, "folder"),
    "a link": (lambda path: os.symlink("/etc/hostname", path), "link"),
    "a link to itself": (lambda path: os.symlink("q1.py", path), "link"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="pipes and links of POSIX")
@pytest.mark.parametrize("what", SPECIAL)
def test_what_is_no_file_is_neither_followed_nor_waited_for(tmp_path, what):
    make, word = SPECIAL[what]
    make(tmp_path / "q1.py")
    message = refusal(tmp_path)
    assert word in message and "q1.py" in message and "Hand in" in message
    if what != "a folder":
        assert word in refusal(tmp_path / "q1.py")


@pytest.mark.parametrize(
    "name, words",
    [
        ("q1.zip", ("archive", "Unpack")),
        ("report.pdf", ("report.pdf", "Upload")),
        ("\x1b[2Jevil\n.pdf", (".pdf", "Upload")),
    ],
)
def test_another_kind_of_file_is_named_with_what_to_do(tmp_path, name, words):
    put(tmp_path, **{name: "x"})
    message = refusal(tmp_path)
    assert all(word in message for word in (*words, "expected: q1.py"))
    assert message.isprintable()


def test_a_folder_that_may_not_be_entered_is_passed_by():
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:  # not below pytest's own folder, which is closed to others
        folder = Path(name)
        put(folder, q1_DOT_py="x = 1\n", closed_IN_other_DOT_py="y = 1\n")
        (folder / "closed").chmod(0)
        folder.chmod(0o755)
        try:
            if root:
                os.seteuid(65534)
            assert set(read(folder, LAB).files) == {"q1"}
        finally:
            if root:
                os.seteuid(0)
            (folder / "closed").chmod(0o755)


# -- which text -------------------------------------------------------------------------------------------------------

TEXT = "# Übung: σ(z)\nx = 'ä'\n"


@pytest.mark.parametrize(
    "data, noted",
    [
        (TEXT.encode(), False),
        (b"\xef\xbb\xbf" + TEXT.encode(), False),
        (TEXT.encode("utf-16"), True),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), True),
        (TEXT.replace("\n", "\r\n").encode(), False),
        (TEXT.replace("\n", "\r").encode(), False),
        (b"# -*- coding: utf-8 -*-\n" + TEXT.encode(), False),
    ],
    ids=["UTF-8", "with a mark", "UTF-16", "UTF-16, big end first", "Windows", "old Mac", "declared"],
)
def test_a_text_is_read_in_the_encoding_it_is_in(tmp_path, data, noted):
    found = read(put(tmp_path, q1_DOT_py=data), LAB)
    assert found.files["q1"].endswith(TEXT)
    assert bool(found.notes) == noted


def test_latin_1_is_read_and_told(tmp_path):
    found = read(put(tmp_path, q1_DOT_py="# Übung\n".encode("latin-1")), LAB)
    assert found.files["q1"] == "# Übung\n" and "Latin-1" in files.note(found.notes[0])


HARMFUL = ["undefined", "punycode", "idna", "rot13", "utf-7", "base64", "zip", "unicode-escape", "klingon", "a" * 40]
ADVERSE = (b"x-" * 20_000, b"\xff-" * 20_000, b"\xe4-9a+AGE-\\u0041" * 4_000, b"\x81\x30" * 20_000)


def timed(data, folder):
    started = time.process_time()
    found = read(put(folder, q1_DOT_py=data), LAB)
    return found, time.process_time() - started


@pytest.mark.parametrize("encoding", HARMFUL)
@pytest.mark.parametrize("data", ADVERSE, ids=range(len(ADVERSE)))
def test_no_declared_encoding_hurts_the_grader(tmp_path, encoding, data):
    found, seconds = timed(f"# coding: {encoding}\n".encode() + data, tmp_path)
    assert found.files["q1"].startswith(f"# coding: {encoding}\n") and seconds < 0.5
    told = files.note(found.notes[0])
    assert encoding in told and "Python files here are UTF-8" in told


def test_every_encoding_that_python_knows_is_read_or_named(tmp_path):
    for encoding in {*encodings.aliases.aliases, *encodings.aliases.aliases.values()}:
        for data in ADVERSE:
            found, seconds = timed(f"# coding: {encoding}\n".encode() + data, tmp_path)
            assert found.files["q1"].startswith(f"# coding: {encoding}\n") and seconds < 0.5


def test_an_encoding_that_is_read_takes_time_in_proportion_to_the_text(tmp_path):
    noise = random.Random(0).randbytes(1_000_000).replace(b"\0", b"")
    for encoding in ENCODINGS:
        assert codecs.lookup(encoding)
        for data in (noise, b"\x81\x30" * 500_000):
            assert timed(f"# coding: {encoding}\n".encode() + data, tmp_path)[1] < 1


@pytest.mark.parametrize(
    "start, encoding",
    [
        ("# -*- coding: {} -*-\n", "gbk"), ("#!/usr/bin/python\n# vim: set fileencoding={} :\n", "cp1252"),
        ("\n#coding={}\r\n", "ISO-8859-15"), ("# coding: {}\n", "latin_1-unix"), ("\f # coding:\t{}\r", "Windows-1251"),
    ],
)  # fmt: skip
def test_a_declared_encoding_is_found_where_python_looks_for_it(tmp_path, start, encoding):
    start = start.format(encoding)
    text = start + {"gbk": "x = '神经网络'", "Windows-1251": "x = 'нейрон'"}.get(encoding, "x = 'à'")
    found = read(put(tmp_path, q1_DOT_py=text.encode(encoding.removesuffix("-unix"))), LAB)
    assert found.files["q1"].splitlines()[-1] == text.splitlines()[-1] and found.notes == ()


@pytest.mark.parametrize("start", ["x = 1\n# coding: latin-1\n", "\n\n# coding: latin-1\n", "x = 'coding: latin-1'\n"])
def test_what_only_looks_like_a_declaration_declares_nothing(tmp_path, start):
    assert read(put(tmp_path, q1_DOT_py=start + TEXT), LAB).files["q1"].endswith(TEXT)


@pytest.mark.parametrize(
    "data, word", [(b"", "empty"), (b" \r\n\t", "empty"), (b"x = 1\n\0", "NUL"), (b"\x7fELF\0", "NUL")]
)
def test_what_is_no_text_is_refused(tmp_path, data, word):
    message = refusal(put(tmp_path, q1_DOT_py=data))
    assert word in message and "q1.py" in message


def test_a_file_is_read_up_to_its_bound_and_not_beyond(tmp_path):
    put(tmp_path, q1_DOT_py=b"#" * MOST_BYTES)
    assert len(read(tmp_path, LAB).files["q1"]) == MOST_BYTES
    with (tmp_path / "q1.py").open("r+b") as file:
        file.truncate(1 << 30)  # sparse
    assert "1,073,741,824 bytes" in refusal(tmp_path)


def test_the_bytes_that_decide_the_inputs_are_the_files_own(tmp_path):
    one = read(put(tmp_path / "1", q1_DOT_py="x = 1\n"), LAB).content
    assert one == read(put(tmp_path / "2", Q1_SPACE_copy_DOT_py="x = 1\n"), LAB).content == b"x = 1\n"
    beside = [read(put(tmp_path / name, q1_DOT_py="x = 1\n", **{f"{name}_DOT_py": "y"}), LAB).content for name in "ab"]
    assert len({one, *beside}) == 3


# -- what a load report says ------------------------------------------------------------------------------------------

RIGHT = {
    "notes": [],
    "found": {"q1": {"functions": [], "classes": {"NeuralNetwork": ["sigmoid"]}}},
    "code": {"q1": np.zeros(3, np.uint8)},
}
HANDED_IN = Submission({"q1": "first\nprint 'x'\n"}, b"")


def said(reply):
    with pytest.raises(Unusable) as caught:
        read_load_report(LAB, HANDED_IN, reply)
    return files.refusal(caught.value.why)


def note(**fields):
    return {"module": "q1", "statement": 0, "line": 2, "kind": "raised", "type": "NameError", "message": "x"} | fields


def test_a_failed_statement_is_told_and_left_out():
    found = read_load_report(LAB, HANDED_IN, RIGHT | {"notes": [note(), note(statement=3, kind="slow")]})
    assert found.skip == (("q1", 0), ("q1", 3))
    failed, slow = map(files.note, found.notes)
    assert "line 2" in failed and "NameError: x" in failed and "too long" in slow


WRONG: tuple[object, ...] = (None, ["x"], 1.5, {}, True)


@pytest.mark.parametrize(
    "reply",
    [
        None, 3, "x", [], {}, {"notes": 3}, {"found": [1]}, {"found": {"q1": 3}}, {"code": 3}, {"code": {"q1": 3}},
        {"found": {"q1": {"functions": 3, "classes": {}}}}, {"found": {"q1": {"functions": [], "classes": {"A": 3}}}},
        {"found": {"q1": {"functions": [["f"]], "classes": {}}}}, {"notes": [3]}, {"notes": [{}]},
        *({"notes": [note(**{name: value})]} for name in note() for value in WRONG),
        {"notes": [note(kind="syntax", type=["TabError"])]}, {"notes": [note(line="2")]},
        {"notes": [note(statement={})]}, {"notes": [note(kind="another")]},
    ],
    ids=repr,
)  # fmt: skip
def test_a_forged_load_report_is_none(reply):
    whole = RIGHT | reply if isinstance(reply, dict) and reply else reply
    assert "the report on loading it can't be read" in said(whole)


def test_code_for_other_files_is_not_passed_on():
    assert read_load_report(LAB, HANDED_IN, RIGHT | {"code": {"other": np.zeros(3)}}).code == {}


def test_a_load_report_of_as_many_classes_as_a_frame_holds_is_read_at_once():
    classes = {f"C{number}": ["sigmoid", "cost"] for number in range(30_000)}
    started = time.process_time()
    said(RIGHT | {"found": {"q1": {"functions": [], "classes": classes}}})
    assert time.process_time() - started < 2


def test_no_load_report_at_all_says_what_loading_did():
    assert "for ever" in said(Failure(FailureKind.TIMEOUT))
    assert "top level" in said(Failure(FailureKind.KILLED))


@pytest.mark.parametrize(
    "line, type_name, hint",
    [
        ("print 'x'", "SyntaxError", "Python 2"),
        ("print(x)", "TabError", "spaces"),
        ("\treturn x", "IndentationError", "spaces"),
        ("    return x", "IndentationError", "Run the file"),
        ("except* ValueError:", "SyntaxError", "3.11"),
        ("def first[T](x):", "SyntaxError", "3.12"),
        ("class Box[T]:", "SyntaxError", "3.12"),
        ("type Pair = tuple", "SyntaxError", "3.12"),
        ("def f(:", "SyntaxError", "Run the file"),
    ],
)
def test_a_syntax_error_gets_the_hint_that_fits(line, type_name, hint):
    submission = Submission({"q1": f"first\n{line}\n"}, b"")
    with pytest.raises(Unusable) as caught:
        read_load_report(LAB, submission, RIGHT | {"notes": [note(kind="syntax", type=type_name, message="invalid")]})
    told = files.refusal(caught.value.why)
    assert "line 2" in told and hint in told


@pytest.mark.parametrize("line", ["type " + "a" * 300_000, "print" + " " * 600_000, "except " * 100_000])
def test_a_hint_is_found_in_time_in_proportion_to_the_line(line):
    submission = Submission({"q1": f"first\n{line}\n"}, b"")
    started = time.process_time()
    with pytest.raises(Unusable):
        read_load_report(
            LAB, submission, RIGHT | {"notes": [note(kind="syntax", type="SyntaxError", message="invalid")]}
        )
    assert time.process_time() - started < 2


def test_a_syntax_error_beside_the_file_is_no_reason_to_refuse_it():
    found = read_load_report(LAB, HANDED_IN, RIGHT | {"notes": [note(module="helper", kind="syntax")]})
    assert "helper.py" in files.note(found.notes[0])


# -- the whole way ----------------------------------------------------------------------------------------------------


def test_a_name_and_an_encoding_are_told_beside_full_marks(grader, tmp_path):
    (tmp_path / "Q1 (2).py").write_bytes(SOLUTION.encode("utf-16"))
    data = grader.grade(tmp_path)
    assert marks_of(data) == marks_but()
    notes = data["extra_data"]["notes"]
    assert len(notes) == 2 and "UTF-16" in notes[0] and "Q1 (2).py" in notes[1]
    assert "About your file" in data["output"]


@pytest.mark.parametrize("beside", ["numpy", "random", "logging", "re", "time", "worker", "grading", "labs"])
def test_a_file_named_like_a_module_shadows_nothing(grader, tmp_path, beside):
    put(tmp_path, q1_DOT_py=SOLUTION, **{f"{beside}_DOT_py": "raise RuntimeError('shadowed')\n"})
    assert marks_of(grader.grade(tmp_path)) == marks_but()


def test_input_at_module_level_gets_no_answer_and_the_rest_is_graded(grader, tmp_path):
    data = grader.grade(hand_in(tmp_path, SOLUTION + "\nlayers = int(input('How many layers? '))\n"))
    assert marks_of(data) == marks_but() and "EOFError" in data["output"]


def test_one_file_tells_of_one_fault_in_each_refusal(grader, tmp_path):
    data = grader.grade(put(tmp_path, q1_DOT_ipynb="{}"))
    assert data["score"] == 0 and data["extra_data"]["refusal"]
    assert [test["output"] for test in data["tests"]] == [""] * 8
    assert [test["status"] for test in data["tests"]] == ["failed"] * 8
