"""Similarity, measured on answers that were written apart and on disguised copies of them, and used on real folders."""

from __future__ import annotations

import ast
import codecs
import itertools
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from neural_lab.grading.reference import locate
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import SOLUTION as SOLUTION_FOLDER
from neural_lab.tools.course import similarity
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.grades_folder import FolderError, GradesFolder
from neural_lab.tools.course.operations import names_in, operations
from neural_lab.tools.course.similarity import LEAST, THRESHOLD, Reader, compared, likeness
from tests.classes import edited, right, stub
from tests.classmates import STYLES, classmate, disguised, renamed
from tests.disguises import DISGUISES
from tests.hand_ins import CLASS, hand_in, marks_but, marks_of, with_bodies
from tests.pipeline.test_right_styles import STYLES as RIGHT_STYLES

LAB = load_lab("q1")
READER = Reader(LAB)
SOLUTION = READER.work("solution/q1.py", {"q1": right()})
LARGE = ("mini_batch_GD", "back_propagation")  # two with the same small function are no wonder


def function_in(text, name):
    place = locate(text, f"{CLASS}.{name}")
    return "\n".join(text.splitlines()[place.first : place.last])


def answers(name):
    """The right answers to one function that this repository has, each once."""
    found = [edited(LAB, variant) for variant in LAB.variants if variant.function == name]
    found += map(classmate, STYLES)
    found += [with_bodies(bodies) for bodies in RIGHT_STYLES.values() if f"def {name}(" in bodies.get(name, "")]
    texts = [function_in(text, name) for text in (right(), *found)]
    return list(dict.fromkeys(texts))


def lines_of(text):
    """What somebody wrote: the lines, without comments, docstrings and the few that are too short to say anything."""
    code = re.sub(r"#.*", "", re.sub(r'(?s)""".*?"""', "", text))
    return {"".join(line.split()) for line in code.splitlines()[1:] if len(line.strip()) > 8}


def apart(texts, given):
    """Those of which no two share a third of their lines."""
    kept: list[str] = []
    for text in texts:
        own = lines_of(text) - given
        if own and all(
            len(own & other) * 3 < min(len(own), len(other)) for other in (lines_of(k) - given for k in kept)
        ):
            kept.append(text)
    return kept


@pytest.fixture(scope="module")
def choices():
    """For each function the answers that a classmate may have written: of the large ones such as were written apart."""
    found = {function.name: answers(function.name) for function in LAB.functions if function.name in stub()}
    large = (*LARGE, "forward_pass")
    return found | {name: apart(found[name], lines_of(stub()))[1:] for name in large}  # the first is the solution's


@pytest.fixture(scope="module")
def a_class(choices):
    """Makes a class in which nobody has a large function of another's: [text]."""

    def made(seed):
        rng = random.Random(seed)
        shuffled = {name: rng.sample(choices[name], len(choices[name])) for name in LARGE}
        size = min(map(len, shuffled.values()))
        people = [{name: rng.choice(texts) for name, texts in choices.items()} for _ in range(size)]
        return [with_bodies(one | {name: shuffled[name][i] for name in LARGE}) for i, one in enumerate(people)]

    return made


def works(texts):
    """Works of one file each, from their texts: a list, or {id: text}."""
    named = texts.items() if isinstance(texts, dict) else enumerate(texts)
    return [READER.work(str(id), {"q1": text}) for id, text in named]


def between(one, other):
    """The similarity of two texts."""
    pair = compared(works([one, other]), [], 0).closest.get("0")
    return pair.similarity if pair else 0.0


# -- the two rates ----------------------------------------------------------------------------------------------------


def flagged(classes):
    """(how many of these classes are said to resemble anything, how many there are, the highest similarity)."""
    highest = []
    for texts in classes:
        found = compared(works(texts), [SOLUTION], 0).closest
        highest += [found[id].similarity if id in found else 0.0 for id in map(str, range(len(texts)))]
    return sum(each >= THRESHOLD for each in highest), len(highest), max(highest)


def found_copies(classes, disguise):
    """(how many copies are said to resemble their original most, how many there are, the lowest similarity)."""
    found = []
    for texts in classes:
        everybody = works(texts)
        for original, text in enumerate(texts):
            copy = READER.work("copy", {"q1": disguise(text)})
            pair = compared([*everybody, copy], [SOLUTION], 0).closest["copy"]
            found.append(pair.similarity if pair.other.id == str(original) else 0.0)
    return sum(each >= THRESHOLD for each in found), len(found), min(found)


def test_independent_work_is_not_flagged(a_class):
    some, people, highest = flagged(map(a_class, range(8)))
    assert people >= 100 and some <= 0.01 * people and highest < 1.2 * THRESHOLD


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.one_in(2)
def test_disguised_copies_are_found(a_class, disguise):
    some, copies, lowest = found_copies([a_class(1)], DISGUISES[disguise])
    assert copies >= 12 and some >= copies - (disguise == "everything")
    assert lowest > 1.4 * THRESHOLD or disguise == "everything"


@pytest.mark.sweep
def test_both_rates_on_many_classes(a_class):
    """At most 1 in 100 independent works flagged, at least 95 in 100 copies found, whatever the disguise."""
    classes = [a_class(seed) for seed in range(100, 200)]
    some, people, highest = flagged(classes)
    print(f"flagged: {some} of {people} independent works, the highest {highest:.2f}")
    shares = {}
    for name, disguise in DISGUISES.items():
        copies, made, lowest = found_copies(classes[:20], disguise)
        print(f"found: {copies} of {made} copies, the lowest {lowest:.2f}: {name}")
        shares[name] = copies / made
    assert some <= 0.01 * people and min(shares.values()) >= 0.95


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.one_in(2)
def test_a_disguise_is_right_work_that_looks_otherwise(grader, tmp_path, a_class, disguise):
    text = next(each for each in a_class(1) if " for " in each and "reduce" not in each)
    copy = DISGUISES[disguise](text)
    assert copy != text and marks_of(grader.grade(hand_in(tmp_path, copy))) == marks_but()


def test_the_solution_is_found_behind_every_mistake_that_was_put_into_it():
    copies = {m.id: disguised(edited(LAB, m)) for m in LAB.mistakes[::6]}
    found = compared(works(copies), [SOLUTION], THRESHOLD)
    assert all("solution/q1.py" in cluster.sources for cluster in found.clusters)
    assert sum(id in found.closest for id in copies) >= 0.95 * len(copies)


# -- what counts ------------------------------------------------------------------------------------------------------


@pytest.fixture
def loops():
    return classmate("loops")


def test_an_exact_copy_is_the_same_and_nobody_resembles_himself(loops):
    found = compared(works([loops, loops, stub()]), [], 0)
    assert found.closest.keys() == {"0", "1"}
    assert found.closest["0"].similarity == 1 and found.closest["0"].other.id == "1"


def test_a_copy_is_found_whatever_stands_beside_it(loops):
    """Others' code, however much, hides no copy; nor does a second file."""
    beside = "".join(f"\ndef unused_{n}(a):\n    return [a ** {n} // {k} for k in range({n})]\n" for n in range(200)
                     for k in (n + 1,))  # fmt: skip
    padded = READER.work("padded", {"q1": renamed(loops) + beside})
    split = READER.work("split", {"q1": "from helper import *\n", "helper": loops})
    found = compared([*works({"original": loops}), padded, split], [], THRESHOLD)
    assert {found.closest[id].similarity for id in ("original", "padded", "split")} == {1.0}


def test_stubs_and_short_answers_resemble_nobody():
    short = stub().replace('raise NotImplementedError("sigmoid")', "return 1 / (1 + np.exp(-z))")
    assert 0 < len(READER.work("", {"q1": short}).runs) < LEAST
    assert READER.work("", {"q1": stub()}).runs == {}


@pytest.mark.parametrize("text", ["", "\0", "def broken(:\n '''", "\t x\n  y = (", "ü = 'ñ'\n", "x" * 5000, "\f\n\\\n",
                                  "\ud800", "pass", "if x:", "\n" * 50 + ")"])  # fmt: skip
def test_any_text_can_be_compared(loops, text):
    assert between(text, loops) < THRESHOLD


# What a parser may nest without end, or look through again for each of its characters.
@pytest.mark.parametrize("piece", ["(", "[", "-", "1+", "a.", "x[0]", "f()", "lambda:", "a if b else ", "{1:", "'",
                                   "'''", "f'{", "\\\n", "print 'x'\n", "@a\n", "not ",
                                   "a<", "else:\n", "\t(\n"])  # fmt: skip
@pytest.mark.one_in(2)
def test_a_long_text_of_anything_is_read_in_seconds(piece):
    started = time.process_time()
    READER.work("long", {"q1": (piece * 2**17)[: 2**17]})
    assert time.process_time() - started < 10, "a quadratic reader takes minutes"


def test_a_copy_that_python_cannot_read_is_found(loops):
    broken = loops.replace("return ", "retrun the ", 3) + "\n)\nprint 'so'\n"
    with pytest.raises(SyntaxError):
        ast.parse(broken)
    assert between(loops, broken) > 2 * THRESHOLD


SAME = [
    ("z = W.T @ a + b\na = s.exp(z)", "first = weight.T @ signal\nsecond = first + bias\nx = s.exp(second)"),
    ("x += 1", "x = x + 1.0"),
    ("y = [f.exp(v) for v in x]", "y = []\nfor one in x:\n    y.append(f.exp(one))"),
    ("from numpy import exp as e\ny = e(x)", "import numpy as n\ny = n.exp(x)"),
    (
        "def f(self, x):\n    'Words.'\n    return self.y * x  # so",
        "def g(me, a: int) -> int:\n    return (me.q\n  * a)",
    ),
    ("𝐱 = np.𝐞𝐱𝐩(2)", "x = np.exp(2)"),
    (
        "def f():\n    return 1 + x\ndef g():\n    return 2 * x",
        "def h():\n    return 2 * x\ndef i():\n    return 1 + x",
    ),
]


@pytest.mark.parametrize("one, other", SAME)
def test_what_a_copy_can_change_counts_for_nothing(one, other):
    def done(text):
        return sorted([step.name for step in unit] for unit in operations(text, frozenset()) if unit)

    assert done(one) == done(other) != []


@pytest.mark.parametrize("one, other", [("y = a @ b", "y = a * b"), ("y = a.T", "y = a"), ("y = x[0]", "y = x[1]"),
                                        ("y = np.dot(a, b)", "y = a @ b"), ("y = 0.5 * x", "y = x / 2"),
                                        ("y = a + b * 2", "y = (a + b) * 2")])  # fmt: skip
def test_other_work_is_other(one, other):
    assert list(operations(one, frozenset())) != list(operations(other, frozenset()))


def test_names_that_everybody_is_given_count_and_own_ones_do_not():
    (unit,) = operations("y = self.weights[0] + self.mine", names_in("weights"))
    assert [step.name for step in unit] == ["weights", "0.0", "[]", "Add"] and {step.line for step in unit} == {1}


def test_a_list_of_twenty_thousand_sums_is_read():
    text = "x = [" + ",".join(["a + 1"] * 20_000) + "]\ny = " + " + ".join(["1"] * 900)
    assert sum(len(unit) for unit in operations(text, frozenset())) > 40_000


def test_a_run_counts_the_more_the_fewer_have_it():
    """Two share a rare function; once the whole class has it, it tells less."""
    body = "\n".join(f"    q{n} = [k ** {n} for k in range({n}) if k != {n}]" for n in range(2, 9))
    extra = f"\ndef extra():\n{body}\n"
    two, rest = [classmate(name) + extra for name in ("loops", "einsum")], [classmate("scipy"), classmate("recursion")]
    alone = compared(works([*two, *rest]), [], 0).closest["0"].similarity
    common = compared(works([*two, *(text + extra for text in rest)]), [], 0).closest["0"].similarity
    assert alone > 1.1 * common


def test_common_lines_are_students_own_and_both_have_them(loops):
    found = compared(works([loops, renamed(loops)]), [], THRESHOLD)
    pair = found.closest["0"]
    for work, lines in zip((pair.one, pair.other), pair.common_lines()):
        marked = [line for n, line in enumerate(work.text.split("\n"), start=1) if n in lines]
        assert any("np.matmul" in line for line in marked)
        assert [line for line in marked if "HYPERPARAMETERS" in line or "logger" in line or line in ("", "#")] == []


# -- clusters and sources ---------------------------------------------------------------------------------------------


def test_a_text_that_went_round_is_one_cluster_and_hides_no_pair(a_class):
    texts = a_class(1)
    ids = {f"clique {n}": renamed(texts[0]) + f"\nx = {n}\n" for n in range(13)}
    ids |= {"planted": texts[1], "copy": disguised(texts[1])}
    found = compared(works(ids | dict(zip("abcdefgh", texts[2:]))), [SOLUTION], THRESHOLD)
    assert [sorted(cluster.members) for cluster in found.clusters] in (
        [sorted(id for id in ids if "clique" in id), ["copy", "planted"]],
        [["copy", "planted"], sorted(id for id in ids if "clique" in id)],
    )
    assert [len(cluster.pairs) for cluster in found.clusters] in ([12, 1], [1, 12])
    assert all(pair.said == found.closest[pair.one.id].said for cluster in found.clusters for pair in cluster.pairs)
    assert {found.closest[id].said for id in ids if "clique" in id} == {found.closest["clique 0"].said}


def test_everybody_above_the_threshold_is_in_the_cluster_of_whom_he_resembles(a_class):
    one, other, third = a_class(1)[:3]
    bodies = {name: function_in(other, name) for name in ("back_propagation", "cost", "forward_pass")}
    between_both = with_bodies(bodies, one)
    found = compared(works({"one": one, "both": between_both, "other": other, "third": third}), [], THRESHOLD)
    assert [sorted(cluster.members) for cluster in found.clusters] == [["both", "one", "other"]]


def test_the_source_is_named_and_two_sources_join_nobody(a_class):
    texts = a_class(1)
    sources = works(
        {"last/a.py": texts[0], "last/b.py": renamed(texts[0]), "last/c.py": texts[1], "last/d.py": texts[4]}
    )
    handed_in = works({"s1": disguised(texts[0]), "s2": texts[1], "s3": texts[2]})
    found = compared(handed_in, sources, THRESHOLD)
    first, second = sorted((cluster.members, cluster.sources) for cluster in found.clusters)
    assert first[0] == ("s1",) and first[1] in (("last/a.py",), ("last/b.py",)), "the closest one alone"
    assert second == (("s2",), ("last/c.py",))
    assert re.fullmatch(r"(\d+) of \1 rare runs", found.closest["s2"].said)
    assert "s3" not in found.closest


def test_two_hundred_are_compared_with_two_thousand_in_seconds(a_class):
    rng = random.Random(1)
    read = works(a_class(1))
    everybody = [
        similarity.Work(str(n), one.text, {run: at for run, at in one.runs.items() if rng.random() < 0.5})
        for n, one in zip(range(2200), itertools.cycle(read))
    ]
    started = time.process_time()
    found = compared(everybody[:200], everybody[200:], THRESHOLD)
    assert found.compared == 200 and found.sources == 2000 and time.process_time() - started < 5


def test_nothing_to_compare_is_no_fault():
    assert compared([], [], THRESHOLD).clusters == ()
    assert compared(works(["", ""]), works([""]), THRESHOLD).clusters == ()


# -- real folders -----------------------------------------------------------------------------------------------------


def class_of(path, texts, titles=None):
    """A folder of grades with these files in it, {id: text} or {id: {name: bytes}}, and no results."""
    folder = GradesFolder(path)
    files = {id: {"q1.py": text.encode()} if isinstance(text, str) else text for id, text in texts.items()}
    with folder.open_for_work():
        entries = tuple(
            Entry(
                id, (Submitter((titles or {}).get(id, "")),), files=tuple((name, f"{id}/{name}") for name in files[id])
            )
            for id in texts
        )
        folder.write_roster(entries)
        for entry in entries:
            folder.place(entry, files[entry.id])
    return folder


def command(*arguments, **keywords):
    tool = [sys.executable, similarity.__file__, *map(str, arguments)]
    environment = {"COLUMNS": "150", "PATH": "/usr/bin:/bin"}
    return subprocess.run(tool, capture_output=True, text=True, timeout=120, env=environment, **keywords)


COPY = disguised(classmate("loops"))
DECOY = classmate("einsum").encode()
CELL: dict[str, Any] = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": COPY}
NOTEBOOK = json.dumps({"cells": [CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
HANDED_IN = {
    "a text file": {"q1.txt": COPY.encode()},
    "UTF-16": {"q1.py": codecs.BOM_UTF16_LE + COPY.encode("utf-16-le")},
    "an encoding that is declared": {"q1.py": b"# coding: cp1252\n# \x84so\x93\n" + COPY.encode()},
    "UTF-7 that is declared": {"q1.py": b"# coding: utf-7\n" + COPY.encode()},
    "a notebook": {"my lab.ipynb": NOTEBOOK},
    "a sub-folder": {"work/lab/q1.py": COPY.encode()},
    "a decoy below": {"q1.py": COPY.encode(), "backup/q1.py": DECOY},
    "a decoy that comes first": {"q1.py": COPY.encode(), "Q1.py.txt": DECOY, "_q1.txt": DECOY},
    "a helper module": {"q1.py": b"from network import NeuralNetwork\n", "network.py": COPY.encode()},
    "Windows' lines": {"q1.py": COPY.replace("\n", "\r\n").encode()},
}


def test_what_was_graded_is_what_is_compared(tmp_path):
    ids = {f"s{n}": files for n, files in enumerate(HANDED_IN.values())}
    class_of(tmp_path / "grades", ids | {"original": classmate("loops"), "other": classmate("scipy")})
    found = likeness(tmp_path / "grades", LAB)
    (cluster,) = found.clusters
    assert sorted(cluster.members) == sorted([*ids, "original"]), dict(zip(ids, HANDED_IN))
    assert found.left_out == {}


def test_a_decoy_resembles_nobody(tmp_path):
    class_of(tmp_path / "grades", {
        "s1": {"q1.py": classmate("loops").encode(), "backup/q1.py": classmate("scipy").encode()},
        "s2": classmate("scipy"),
    })  # fmt: skip
    assert likeness(tmp_path / "grades", LAB).clusters == ()


def test_who_is_not_compared_is_told_with_the_reason(tmp_path):
    class_of(tmp_path / "grades", {"s1": {"q1.py": b"\0" * 9}, "s2": stub(), "s3": {"q1.docx": b"PK"}})
    told = command(tmp_path / "grades")
    assert told.returncode == 0 and "0 submissions were compared" in told.stdout
    assert re.search(r"s1: q1.py holds NUL bytes", told.stdout)
    assert re.search(r"s2: There is too little", told.stdout) and re.search(r"s3: .*q1.docx", told.stdout)


def test_the_tool_names_clusters_and_sources(tmp_path):
    texts = {"s1": classmate("loops"), "s2": classmate("einsum"), "s3": COPY, "s4": right(), "s5": classmate("scipy")}
    class_of(tmp_path / "grades", texts, {"s1": "Ada"})
    year = tmp_path / "last year" / "student_7"
    year.mkdir(parents=True)
    (year / "Q1 final.txt").write_bytes(codecs.BOM_UTF16_LE + renamed(classmate("scipy")).encode("utf-16-le"))
    (year / "notes.txt").write_text("It was a good term, and nobody fell asleep.")
    told = command(tmp_path / "grades", "--sources", "last year,grades", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    first = re.split(r"\n(?=\d\. )", told.stdout)
    assert len(first) == 3 and all(f"{n}. " in part for n, part in enumerate(first, start=1))
    assert re.search(r"1 submission, from solution/q1.py *\n.*s4.*1.00 │ (\d+) of \1 rare runs", told.stdout, re.S)
    assert re.search(r"1 submission, from last year/student_7/Q1 final.txt *\n.*s5", told.stdout, re.S)
    assert re.search(r"2 submissions\s*\n(.*)Ada \(s1\).*s3", told.stdout, re.S)
    assert "s2" not in told.stdout
    assert "no work was found in 1 file of the sources: last year/student_7/notes.txt" in " ".join(told.stdout.split())
    assert "plagiar" not in told.stdout.lower() + Path(similarity.__file__).read_text().lower()


def test_a_class_or_a_source_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(FolderError, match="make batch"):
        likeness(tmp_path, LAB)
    class_of(tmp_path / "grades", {"s1": right()})
    told = command(tmp_path / "grades", "--sources", tmp_path / "nowhere")
    assert told.returncode == 2 and told.stderr.count("\n") == 1 and "expected folders or files" in told.stderr


def test_names_that_others_chose_do_no_harm(tmp_path):
    evil = "\x1b[31m\u202e=cmd<b>[red]"
    (tmp_path / f"{evil}.py").write_text(disguised(classmate("einsum")))
    (tmp_path / "loop.py").symlink_to(tmp_path / f"{evil}.py")
    os.mkfifo(tmp_path / "pipe.py")
    class_of(tmp_path / "grades", {"s1": classmate("einsum")}, {"s1": f'=HYPERLINK("x"){evil}'})
    told = command(tmp_path / "grades", "--sources", tmp_path)
    assert told.returncode == 0 and "=cmd<b>[red]" in told.stdout and "no work was found in 2 files" in told.stdout
    assert not {"\x1b", "\u202e"} & set(told.stdout)


@pytest.mark.parametrize("piece", ["\\'", "x1 = '"])
def test_the_tool_ends_on_a_class_in_which_two_handed_in_a_megabyte(tmp_path, piece):
    class_of(tmp_path / "grades", dict.fromkeys(("s1", "s2"), (piece * 2**20)[: 2**20]))
    assert command(tmp_path / "grades").returncode == 0


def test_labs_of_two_files_are_compared_as_a_whole(tmp_path):
    lab = load_lab("network")
    texts = {module: (SOLUTION_FOLDER / lab.folder / f"{module}.py").read_bytes() for module in lab.modules}
    class_of(tmp_path / "grades", {"s1": {f"{module}.py": text for module, text in texts.items()}})
    found = likeness(tmp_path / "grades", lab)
    assert found.closest["s1"].similarity == 1 and found.closest["s1"].other.id.startswith("solution/")
