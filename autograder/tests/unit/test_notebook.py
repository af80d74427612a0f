"""A notebook is read as a module, whoever wrote it; nothing that calls itself one hurts the grader."""

from __future__ import annotations

import json
import time

import pytest

from neural_lab.feedback import files as words
from neural_lab.feedback import where
from neural_lab.intake.notebook import MOST_BYTES, MOST_CELLS, NotANotebook, read_notebook
from neural_lab.intake.submission import Unusable, read
from neural_lab.schema.cells import place
from neural_lab.schema.discovery import load_lab
from tests.notebooks import WRITERS, jupyter, written

LAB = load_lab("q1")


def read_text(*cells):
    """The text of a notebook of these cells."""
    return read_notebook(written(cells).encode())


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_code_is_read_in_order_whoever_wrote_the_notebook(writer):
    found = read_notebook(written(["x = 'σ'\ny = 2", "", "z = 3\n"], writer).encode())
    assert found.text == "x = 'σ'\ny = 2\n\nz = 3\n\n"
    assert found.cells == (1, 3, 4) and (found.magics, found.others) == (0, ())


def test_a_notebook_is_read_with_a_mark_and_with_broken_letters():
    data = written(["x = 1"]).encode()
    assert read_notebook(b"\xef\xbb\xbf" + data).text == "x = 1\n"
    assert read_notebook(data.replace(b"Question 1", b"Question \xff")).text == "x = 1\n"
    half = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = '\ud800'"}]})
    assert read_notebook(half.encode()).text == "x = '?'\n"


@pytest.mark.parametrize(
    "line, kept",
    [
        ("%matplotlib inline", ""),
        ("!pip install numpy", ""),
        ("  !ls", "  pass"),
        ("?sorted", ""),
        ("np.dot?", ""),
        ("np.dot??", ""),
        ("files = !ls", ""),
        ("spent = %timeit -o f()", ""),
        ("a, b = !ls", ""),
        ("%time net.train()", ""),
        ("x = 7 % 3", "x = 7 % 3"),
        ("x %= 3", "x %= 3"),
        ("ok = x != 3", "ok = x != 3"),
        ("text = '%d' % 3", "text = '%d' % 3"),
        ("# why?", "# why?"),
        ("x = 1  # is it?", "x = 1  # is it?"),
    ],
)
def test_a_line_of_ipythons_own_is_left_out_and_others_stay(line, kept):
    found = read_text(f"if True:\n{line}\nx = 1" if line[0] == " " else f"{line}\nx = 1")
    assert found.text.split("\n")[-3] == kept and found.magics == (line != kept)


@pytest.mark.parametrize(
    "text",
    [
        "print('%d'\n % x)",
        "y = (x\n% 3)",
        "y = x \\\n% 3",
        "'''\n%matplotlib inline\n!ls\n'''",
        'def f():\n    """Is it right?\n    !\n    """',
        "x = f('''%s'''\n  % 3)",
        "x = [r'\\'\n, '(\\'', 3\n% 2]",
        "x = '\\\n% 3'",
        "x = {  # ' ( [\n'a': 3\n% 2}",
    ],
)
def test_a_sign_within_a_statement_is_pythons(text):
    found = read_text(text)
    assert found.text == text + "\n" and found.magics == 0


def test_what_is_left_out_leaves_other_lines_where_they_are():
    found = read_text("!echo \"it's ( [\nx = 1\n!pip install \\\n  numpy\ny = 2")
    assert found.text == "\nx = 1\n\n  pass\ny = 2\n" and found.magics == 3


@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%writefile a.py", "%%timeit", "%%javascript"])
def test_a_cell_in_another_language_is_left_out_whole(magic):
    found = read_text("x = 1", f"\n{magic}\nls 'a\nb", "y = 2")
    assert found.text == "x = 1\n\n\n\n\ny = 2\n" and found.others == (2,)


@pytest.mark.parametrize("magic", ["%%time", "%%capture output"])
def test_a_cell_that_is_only_timed_or_silenced_is_run(magic):
    assert read_text(f"{magic}\nx = 1").text == "\nx = 1\n"


def test_a_line_is_told_by_its_cell():
    cells = read_text("a = 1\nb = 2", "c = 3\nd = 4\n\n").cells
    assert [place(line, cells) for line in (1, 2, 3, 4, 5)] == [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3)]
    assert where.told([2], cells) == "line 2 of cell 1" and where.told([3, 4], cells) == "lines 1 and 2 of cell 2"
    assert where.told([2, 3], cells) == "line 2 of cell 1 and line 1 of cell 2"
    assert where.told([2, 3]) == "lines 2 and 3" and place(0, cells) == (0, 0)


# -- what is no notebook, and worse -----------------------------------------------------------------------------------

CODE = {"cell_type": "code", "source": "x = 1"}


@pytest.mark.parametrize(
    "content",
    [
        None, 3, "x", [], {}, {"nbformat": 4}, {"nbformat": "4", "cells": [CODE]}, {"nbformat": 4, "cells": 3},
        {"nbformat": 4, "cells": []}, {"nbformat": 4, "cells": [3, None, {}, {"cell_type": ["code"]}]},
        {"nbformat": 4, "cells": [CODE | {"source": 3}]}, {"nbformat": 4, "cells": [CODE | {"source": [3, [CODE]]}]},
        {"nbformat": 3, "worksheets": 3}, {"nbformat": 3, "worksheets": [3, {"cells": 3}]},
        {"nbformat": 4, "cells": {"0": CODE}}, {"nbformat": True, "cells": [CODE]},
    ],
    ids=repr,
)  # fmt: skip
def test_what_only_looks_like_a_notebook_is_refused(content):
    with pytest.raises(NotANotebook):
        read_notebook(json.dumps(content).encode())


HOSTILE = {
    "no JSON": b"x = 1",
    "half of one": written(["x = 1"]).encode()[:-40],
    "lists without end": b"[" * MOST_BYTES,
    "lists nested deeply": b'{"nbformat": 4, "cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "tables nested deeply": b'{"a":' * 100_000,
    "empty lists by millions": b"[" + b"[]," * (MOST_BYTES // 3 - 2) + b"0]",
    "cells by thousands": json.dumps({"nbformat": 4, "cells": [CODE] * (MOST_CELLS + 1)}).encode(),
    "a number without end": b'{"nbformat": ' + b"9" * (MOST_BYTES - 20) + b"}",
    "a fraction without end": b'{"nbformat": 0.' + b"9" * (MOST_BYTES - 20) + b"}",
    "quotes without end": b'"' + b'\\"' * (MOST_BYTES // 2 - 2),
    "bytes of nothing": bytes(MOST_BYTES),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_notebook_hurts_the_grader(name):
    started = time.process_time()
    with pytest.raises(NotANotebook):
        read_notebook(HOSTILE[name])
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "source",
    ["'" * 900_000, "\\'" * 450_000, '"""' * 300_000, "(" * 900_000, "\\" * 900_000, " " * 900_000 + "=%",
     "?\n" * 150_000, "a." * 450_000 + "?", "x\\\n" * 300_000, "%%" * 450_000],
    ids=lambda source: repr(source[:4]),
)  # fmt: skip
def test_a_cell_is_read_in_time_in_proportion_to_its_text(source):
    started = time.process_time()
    found = read_text("x = 1\n", source)
    assert time.process_time() - started < 2 and found.text.startswith("x = 1")


def refusal(path):
    with pytest.raises(Unusable) as caught:
        read(path, LAB)
    return words.refusal(caught.value.why)


@pytest.mark.parametrize(
    "data, words",
    [
        (b"{}", "q1.ipynb can't be read as a notebook"),
        (b"", "q1.ipynb can't be read"),
        (written(["x = '\0'"]).encode(), "NUL"),
        (written(["x = 1\n" * 200_000]).encode(), "of code"),
        (b" " * (MOST_BYTES + 1), "8,388,609 bytes"),
    ],
    ids=["no notebook", "empty", "NUL", "much code", "much of all"],
)
def test_a_refused_notebook_says_what_to_do(tmp_path, data, words):
    (tmp_path / "q1.ipynb").write_bytes(data)
    assert words in refusal(tmp_path) == refusal(tmp_path / "q1.ipynb")


# -- which file -------------------------------------------------------------------------------------------------------

DEFINES = "class NeuralNetwork:\n    pass\n"


def put(folder, files):
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_text(written([text]) if name.endswith(".ipynb") else text, "utf-8")


@pytest.mark.parametrize(
    "files",
    [
        {"q1.ipynb": DEFINES},
        {"q1.ipynb": DEFINES, "helper.py": "x = 1\n"},
        {"Q1 (1).ipynb": DEFINES, "notes.txt": "x\n"},
        {"Untitled.ipynb": DEFINES},
        {"q1.ipynb": DEFINES, "q1.py": "from helper import x\n"},
        {"mine.ipynb": DEFINES, "test_mine.py": "# class NeuralNetwork\n"},
        {"q1.ipynb": DEFINES, "q1.py": '"""no\nclass of it"""\n'},
        {"q1.ipynb": DEFINES, ".ipynb_checkpoints/q1-checkpoint.ipynb": DEFINES + "x = 1"},
    ],
    ids=lambda files: " beside ".join(files),
)
def test_the_notebook_that_must_be_meant_is_taken(tmp_path, files):
    put(tmp_path, files)
    found = read(tmp_path, LAB)
    assert found.files["q1"] == DEFINES + "\n" and found.cells == {"q1": (1,)} and DEFINES.encode() in found.content
    assert set(found.files) - {"q1"} <= {"helper", "test_mine"}


def test_a_python_file_that_alone_defines_the_class_is_taken_and_that_is_told(tmp_path):
    put(tmp_path, {"q1.py": DEFINES, "q1.ipynb": "from q1 import NeuralNetwork\n"})
    found = read(tmp_path, LAB)
    assert found.files["q1"] == DEFINES and not found.cells
    told = [words.note(note) for note in found.notes]
    assert any("q1.ipynb, q1.py" in note and "no other defines NeuralNetwork" in note for note in told)


@pytest.mark.parametrize(
    "files",
    [
        {"q1.py": DEFINES, "q1.ipynb": DEFINES},
        {"q1.py": "x = 1\n", "q1.ipynb": "x = 1\n"},
        {"a.ipynb": DEFINES, "b.ipynb": DEFINES + "x = 1"},
        {f"{number}.ipynb": DEFINES + str(number) for number in range(30)},
    ],
    ids=lambda files: " and ".join([*files][:2]),
)
def test_two_candidates_are_a_question(tmp_path, files):
    put(tmp_path, files)
    message = refusal(tmp_path)
    assert ", ".join(sorted(files)[:2]) in message and "Hand in one, named q1.py" in message


def test_the_same_code_with_other_outputs_has_the_same_inputs(tmp_path):
    contents = []
    for number in range(2):
        notebook = jupyter([DEFINES])
        notebook["cells"][1]["outputs"] = [{"output_type": "stream", "text": [str(number)]}]
        (tmp_path / "q1.ipynb").write_text(json.dumps(notebook))
        contents.append(read(tmp_path, LAB).content)
    assert contents[0] == contents[1]
