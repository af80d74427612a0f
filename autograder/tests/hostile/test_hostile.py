"""Hostile and broken submissions through the real grader: nothing read, nothing forged, nothing lost, nothing left.

What must not be read are the solution, the secret and other files; that is tried where isolation is full, and the
layers alone are tried in test_lockdown.py.
Each is in `submissions/`, named for what it does; in it `# <solution>` stands for the solution's text, `# <wrong>`
and `# <unwritten>` for a network whose every answer is wrong or missing, so that a mark earned is a mark stolen. The
numbers are those of the threats in docs/threats.md that it tries.
"""

from __future__ import annotations

import json
import os
import random
import re
import socket
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from neural_lab.schema.places import AUTOGRADER
from neural_lab.tools.course.grader import Grader
from neural_lab.tools.release import gradescope_format
from tests import engine_copy
from tests.engine_copy import Engine, children
from tests.hand_ins import FULL, MARKS, SOLUTION, SOLUTION_FILE, lost_all_of, marks_of

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are Linux's")

HERE = AUTOGRADER / "tests" / "hostile" / "submissions"
ALL = tuple(MARKS)
ANSWERS = [
    line.strip()
    for block in re.findall(r"# BEGIN ANSWER\n(.*?)# END ANSWER", SOLUTION, re.S)
    for line in block.splitlines()
    if len(line.strip()) > 40
]


@dataclass(frozen=True)
class Case:
    """A file of `submissions/`, the threats it tries, and the functions whose marks it loses.

    :param long: it takes seconds, for it uses up one limit after the other; a third of the commits try it
    """

    name: str
    threats: tuple[int, ...]
    lost: tuple[str, ...] = ()
    long: bool = False


SIGMOID, NEITHER = ("sigmoid",), ("sigmoid", "cost_derivative")

# fmt: off
CASES = (
    Case("exits_on_import", (1,)),
    Case("exits_in_sigmoid", (1,), SIGMOID),
    Case("ends_the_process_on_import", (2,), ALL),
    Case("ends_the_process_in_sigmoid", (2,), SIGMOID),
    Case("interrupts_the_keyboard", (3,), SIGMOID),
    Case("raises_a_base_exception_with_a_hostile_class", (3, 5), SIGMOID),
    Case("skips_its_test", (4,), SIGMOID),
    Case("raises_an_exception_without_text", (5,), SIGMOID),
    Case("raises_an_exception_with_endless_text", (5, 46), SIGMOID),
    Case("crashes_the_interpreter", (6,), SIGMOID),
    Case("dies_of_a_signal_without_a_name", (6, 74), SIGMOID),
    Case("recurses_without_end", (7,), SIGMOID),
    Case("steals_from_loaded_modules", (8,), ALL),
    Case("steals_from_callers", (9,), ALL),
    Case("steals_from_the_heap", (10,), ALL),
    Case("reads_the_solution", (11,), ALL),
    Case("reads_the_solution_through_other_calls", (11,), ALL),
    Case("walks_up_from_its_own_file", (11,), ALL),
    Case("reads_caches_of_the_solution", (12,), ALL),
    Case("patches_numpys_comparisons", (13,), ALL),
    Case("patches_unittest_and_builtins", (14,), ALL),
    Case("patches_the_runner", (15,), ALL, long=True),
    Case("patches_the_workers_own_modules", (15, 22), ALL, long=True),
    Case("answers_with_a_class_that_equals_everything", (16,), ALL),
    Case("answers_with_an_object_that_equals_everything", (17,), ALL),
    Case("answers_with_a_generator", (18,), NEITHER),
    Case("answers_with_a_list_without_end", (18, 35), NEITHER),
    Case("replaces_random_numbers", (19,)),
    Case("replaces_the_clock", (20, 47), SIGMOID, long=True),
    Case("traces_every_call", (21,), ALL),
    Case("poisons_modules_and_paths", (22,)),
    Case("changes_its_input", (23,), SIGMOID),
    Case("changes_parameters_while_predicting", (23,), ("forward_pass",)),
    Case("is_right_only_once", (24,), ("cost_derivative",)),
    Case("remembers_other_parts", (24,), ("cost_derivative",)),
    Case("changes_its_answer_later", (25,), ("cost_derivative",)),
    Case("changes_settings_of_the_interpreter", (26,)),
    Case("writes_results", (27,), ALL),
    Case("writes_results_at_the_end", (28,), ALL),
    Case("leaves_a_daemon", (29,), ALL),
    Case("waits_for_the_results", (30,), ALL),
    Case("edits_the_harness", (31,), ALL),
    Case("reads_environments", (32, 66), SIGMOID),
    Case("reads_its_own_start", (66,), SIGMOID),
    Case("forges_replies", (33,), ALL),
    Case("forges_failures", (33,), NEITHER),
    Case("forges_an_object_without_a_number", (33,), NEITHER),
    Case("replies_with_a_pickle", (34,), SIGMOID),
    Case("replies_with_deep_json", (35,), SIGMOID),
    Case("replies_with_odd_json", (35,), SIGMOID),
    Case("replies_with_a_shape_of_terabytes", (35, 44), SIGMOID),
    Case("replies_with_a_frame_of_gigabytes", (35, 44), SIGMOID),
    Case("never_finishes_a_frame", (33, 47), SIGMOID, long=True),
    Case("forges_its_load_report", (33, 74), ALL),
    Case("answers_with_long_texts_among_numbers", (44, 74), ALL, long=True),
    Case("prints_fake_results", (36,), SIGMOID),
    Case("traces_the_grader", (37,), ALL),
    Case("reads_the_graders_memory", (38,), ALL),
    Case("writes_to_every_descriptor", (39,), SIGMOID),
    Case("closes_every_descriptor", (39,), SIGMOID),
    Case("kills_the_grader", (40,), ALL),
    Case("has_a_descriptor_kill_the_grader", (40,), ALL),
    Case("starves_the_grader", (41,), ALL),
    Case("is_a_fork_bomb", (42,), SIGMOID),
    Case("is_a_thread_bomb", (42,), SIGMOID),
    Case("starts_thousands_of_threads_on_one_stack", (42, 75)),
    Case("is_a_memory_bomb", (43,), SIGMOID),
    Case("takes_memory_and_asks_for_more", (43, 47), SIGMOID, long=True),
    Case("answers_with_a_huge_array", (44,), NEITHER),
    Case("answers_everything_with_large_arrays", (44,), ALL, long=True),
    Case("fills_the_disk", (45,), SIGMOID),
    Case("floods_the_output", (46,), long=True),
    Case("loops_in_sigmoid", (47,), SIGMOID),
    Case("sleeps_in_sigmoid", (47,), SIGMOID, long=True),
    Case("loops_everywhere", (47,), ALL, long=True),
    Case("catches_its_timeout", (48,), SIGMOID, long=True),
    Case("leaves_threads_that_spin", (49,)),
    Case("trains_on_import", (50,)),
    Case("shows_its_input_in_exceptions", (51,), ("cost_derivative",)),
    Case("connects_to_the_world", (52,), ALL),
    Case("knows_the_usual_answers", (53, 54), ALL),
    Case("behaves_only_while_it_is_graded", (55,)),
    Case("paints_its_feedback", (56,), NEITHER),
    Case("answers_with_odd_numbers", (57,), ("sigmoid", "sigmoid_derivative", "cost_derivative", "cost")),
    Case("answers_with_broadcasting_shapes", (58,), ("sigmoid", "sigmoid_derivative", "cost_derivative")),
    Case("asks_for_input_and_plots", (59,)),
    Case("imports_what_is_not_there", (63,)),
    Case("asks_for_what_is_not_substituted", (64,), ALL),
    Case("asks_with_huge_arguments", (65,), ("sigmoid", "forward_pass"), long=True),
    Case("makes_the_grader_build_giants", (44, 65), ("cost_derivative", "back_propagation"), long=True),
    Case("reads_the_metadata", (11, 66), SIGMOID),
    Case("reads_the_secret", (11, 53), SIGMOID),
    Case("lists_private_folders", (11,), SIGMOID),
    Case("stores_a_hostile_class", (10, 14), ALL),
    Case("has_hostile_attributes", (10, 14), ALL),
    Case("calls_system_calls_directly", (29, 42), ALL),
    Case("maps_code_of_its_own", (42,), SIGMOID),
)
# fmt: on


# -- grading ----------------------------------------------------------------------------------------------------------


class Patient:
    """Grades with one long-lived grader and knows what that must leave unchanged."""

    def __init__(self, engine: Engine, submissions: Path) -> None:
        self.engine = engine
        self.submissions = submissions
        self.results = engine.folder / "results.json"
        self.metadata = engine.folder / "submission_metadata.json"
        self.results.write_text("untouched")
        self.metadata.write_text(json.dumps({"users": [{"email": "someone@example.org"}], "previous_submissions": []}))
        engine.hand_over(self.results)
        engine.hand_over(self.metadata)
        self.grader = self._start()

    def _start(self) -> Grader:
        return Grader("q1", self.engine.grading, self.engine.python)

    def write(self, name: str, text: str) -> Path:
        """A submission's folder that holds the text as q1.py, with the words in braces replaced by paths."""
        folder = self.submissions / name
        folder.mkdir()
        paths = {
            "SOLUTION": self.engine.folder / "solution" / "q1.py",
            "SECRET": self.engine.folder / "autograder" / "secret",
            "ROOT": self.engine.folder,
            "RESULTS": self.results,
            "METADATA": self.metadata,
            "SUBMISSION": folder,
        }
        for word, path in paths.items():
            text = text.replace(f"{{{word}}}", str(path))
        (folder / "q1.py").write_text(engine_copy.whole(text))
        return folder

    def grade(self, path: Path) -> dict[str, Any]:
        """Grade, and see that the grader lives on, that it holds no worker, and that nothing was written."""
        self.engine.hand_over(path)
        before = self.snapshot()
        data = self.grader.grade(path)
        assert gradescope_format.problems(data) == []
        assert not data["extra_data"]["grader_fault"], data
        (fork_server,) = children(self.grader.pid)
        assert children(fork_server) == []
        assert self.snapshot() == before
        text = json.dumps(data)
        if data["extra_data"]["isolation"]["level"] == "full":
            assert engine_copy.SECRET not in text and "example.org" not in text
        return data

    def snapshot(self) -> dict[str, Any]:
        """The state of everything a submission could reach: the engine's files, and names with the corpus's mark."""
        files = {
            str(path): (path.lstat().st_mode, 0 if path.is_dir() else path.lstat().st_mtime_ns)
            for path in self.engine.folder.rglob("*")
            if path.suffix != ".pyc" and path.name != "__pycache__"
        }
        marks = [str(mark) for place in ("/tmp", "/var/tmp", "/dev/shm", "/") for mark in Path(place).glob("hostile-*")]
        return {"files": files, "marks": marks, "orphans": set(children("self")) - {self.grader.pid}}


@pytest.fixture(scope="module")
def patient(engine) -> Iterator[Patient]:
    engine_copy.adopt_orphans()
    before = set(children("self"))  # what other tests in this process keep running
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        patient = Patient(engine, Path(folder))
        yield patient
        patient.grader.close()
        assert set(children("self")) <= before


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hostile_submission_earns_what_its_right_parts_earn(patient, case):
    text = (HERE / f"{case.name}.py").read_text()
    data = patient.grade(patient.write(case.name, text))
    if data["extra_data"]["isolation"]["level"] != "full" and case.name.startswith(("reads", "walks", "lists")):
        pytest.skip("this kernel can't keep an ordinary user's files from the user's own processes")
    assert marks_of(data) == lost_all_of(case.lost)
    if "# <solution>" not in text:
        shown = json.dumps(data)
        assert [line for line in ANSWERS if json.dumps(line)[1:-1] in shown] == []
    outputs = {test["tags"][0]: test["output"] for test in data["tests"]} | {"": data["output"]}
    for function, output in outputs.items():
        assert len(output) < 20_000
        assert "TOKEN" not in output and "FOUND" not in output
        assert all(character.isprintable() or character == "\n" for character in output)
        assert not re.search(r"<[a-z/]", output)
        prose = re.sub(r"```\w*\n[^`]*\n```|`[^`\n]*`", "", output)  # nothing is markup between backticks
        assert not any(markup in prose for markup in ("](http", "\n# 100", "\n- 1.1", "```", "~~~"))
        if function not in case.lost:
            assert "hostile-mark" not in output


def test_every_file_of_the_corpus_is_in_the_table_once():
    assert sorted(case.name for case in CASES) == sorted(path.stem for path in HERE.glob("*.py"))


def test_every_threat_is_tried():
    by_files = {60, 61, 62, 63, 73, 79}  # see the broken hand-ins below, and what goes by hash()
    assert {number for case in CASES for number in case.threats} | by_files == set(range(1, 67)) | {73, 74, 75, 79}


# -- broken hand-ins: threats 60 to 63 --------------------------------------------------------------------------------


def put(name: str, content: str | bytes = SOLUTION) -> Callable[[Path], None]:
    """Writes one file."""

    def write(folder: Path) -> None:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


def both(*writers: Callable[[Path], None]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for writer in writers:
            writer(folder)

    return write


def sparse_gigabyte(folder: Path) -> None:
    with (folder / "q1.py").open("wb") as file:
        file.truncate(1 << 30)


def zip_in_a_zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / "submission.zip", "w") as archive:
        archive.writestr("q1.py", SOLUTION)


def socket_file(folder: Path) -> None:
    place = os.getcwd()
    os.chdir(folder)  # the name of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind("q1.py")
    finally:
        os.chdir(place)


def thousands_of_files(folder: Path) -> None:
    for number in range(4000):
        (folder / f"{number}.txt").touch()


def hundreds_of_candidates(folder: Path) -> None:
    for number in range(450):
        put(f"{number}/q1.py", f"{SOLUTION}# {number}\n")(folder)


def many_files_beside(count: int, lines: int) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        for number in range(count):
            (folder / f"helper{number}.py").write_text("x = 1  # 1\n" * lines)

    return write


CODE = {"cell_type": "code", "source": [SOLUTION]}
NOTEBOOK = json.dumps({"cells": [CODE], "nbformat": 4})
HELPED = SOLUTION.replace("return 1 / (1 + np.exp(-z))", "return curve(z)")
HELPER = "import numpy as np\n\n\ndef curve(z):\n    return 1 / (1 + np.exp(-z))\n"
NEWER = SOLUTION + "\n\ntry:\n    pass\nexcept* ValueError:\n    pass\n\n\ntype Later[T] = list[T]\n\nx = $\n"
DEEP = "-" * 90_000 + "1\n"

# name: (how it is made, share of the marks in per cent, what its message says)
HAND_INS: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "nothing at all": (lambda folder: None, 0, r"q1\.py"),
    "another file": (put("report.pdf", b"%PDF-1.4"), 0, r"report\.pdf.*q1\.py"),
    "a capital letter": (put("Q1.py"), 100, ""),
    "a second download": (put("q1 (1).py"), 100, ""),
    "a hidden ending": (put("q1.py.txt"), 100, ""),
    "a notebook": (put("q1.ipynb", NOTEBOOK), 100, ""),
    "a notebook and a file": (both(put("q1.ipynb", NOTEBOOK), put("q1.py")), 0, r"q1\.ipynb, q1\.py"),
    "half a notebook": (put("q1.ipynb", NOTEBOOK[:-9]), 0, "notebook"),
    "a notebook nested deeply": (put("q1.ipynb", '{"cells": ' + "[" * 200_000), 0, "notebook"),
    "a notebook of millions of lists": (put("q1.ipynb", "[" + "[]," * 2_000_000 + "0]"), 0, "too many values"),
    "a notebook of a number without end": (put("q1.ipynb", '{"nbformat": ' + "9" * 4_000_000 + "}"), 0, "notebook"),
    "a notebook of a thousand copies": (
        put("q1.ipynb", json.dumps({"cells": [CODE] * 600, "nbformat": 4})), 0, "characters of code"),
    "a notebook of other types": (
        put("q1.ipynb", json.dumps({"cells": [CODE, 3, None, {"cell_type": [CODE]}], "nbformat": 4})), 100, ""),
    "a notebook with half a letter": (
        put("q1.ipynb", NOTEBOOK.replace("import", "\\ud800\\nimport", 1)), 100, ""),
    "a notebook with terminal codes": (
        put("q1.ipynb", NOTEBOOK.replace('"source": [', '"source": ["\\u001b[2J\\n", ')), 0, r"of cell 1 is not valid"),
    "a notebook that ends the load": (
        put("q1.ipynb", NOTEBOOK.replace('"source": [', '"source": ["import os\\nos._exit(0)\\n", ')), 0, "top level"),
    "a notebook with brackets without end": (
        put("q1.ipynb", json.dumps({"cells": [CODE, {"cell_type": "code", "source": "x = " + "(" * 90_000}],
                                    "nbformat": 4})), 0, r"cell 2 is not valid"),
    "a folder in a folder": (put("hw1/code/q1.py"), 100, ""),
    "two different candidates": (both(put("a/q1.py"), put("b/q1.py", SOLUTION + "# two\n")), 0, "[Ss]everal"),
    "two equal candidates": (both(put("a/q1.py"), put("b/q1.py")), 100, ""),
    "a folder of that name": (lambda folder: (folder / "q1.py").mkdir(), 0, "folder"),
    "a zip in the zip": (zip_in_a_zip, 0, "archive"),
    "a link to the solution": (lambda folder: (folder / "q1.py").symlink_to(SOLUTION_FILE), 0, "link"),
    "a link to nowhere": (lambda folder: (folder / "q1.py").symlink_to("/nowhere/at/all"), 0, "link"),
    "a link to itself": (lambda folder: (folder / "q1.py").symlink_to("q1.py"), 0, "link"),
    "a link to a device": (lambda folder: (folder / "q1.py").symlink_to("/dev/zero"), 0, "link"),
    "a folder that links to the root": (lambda folder: (folder / "code").symlink_to("/"), 0, r"q1\.py"),
    "a pipe with a name": (lambda folder: os.mkfifo(folder / "q1.py"), 0, "pipe"),
    "a socket": (socket_file, 0, "special"),
    "a gigabyte": (sparse_gigabyte, 0, r"1,073,741,824"),
    "an empty file": (put("q1.py", b""), 0, "empty"),
    "spaces alone": (put("q1.py", b" \n\t\n"), 0, "empty"),
    "UTF-16": (put("q1.py", SOLUTION.encode("utf-16")), 100, ""),
    "UTF-8 with a mark": (put("q1.py", b"\xef\xbb\xbf" + SOLUTION.encode()), 100, ""),
    "Latin-1": (put("q1.py", ("# Übung 1\n" + SOLUTION).encode("latin-1", "replace")), 100, ""),
    "a false declaration of its encoding": (put("q1.py", b"# coding: klingon\n" + SOLUTION.encode()), 100, ""),
    "an encoding that always raises": (put("q1.py", b"# coding: undefined\n" + SOLUTION.encode()), 100, "undefined"),
    "an encoding that takes quadratic time": (
        put("q1.py", b"# coding: punycode\n" + SOLUTION.encode() + b"# " + b"a-9" * 300_000), 100, "punycode"),
    "an encoding of bytes": (put("q1.py", b"# coding: base64\n" + SOLUTION.encode()), 100, "base64"),
    "an encoding that hides code": (put("q1.py", b"# coding: utf-7\n" + SOLUTION.encode()), 100, "utf-7"),
    "hundreds of candidates": (hundreds_of_candidates, 0, "[Ss]everal"),
    "thousands of lists in class bodies": (
        put("q1.py", SOLUTION + "".join(f"class A{n}:\n x=[]\n" for n in range(20_000))), 100, "A0"),
    "zero bytes": (put("q1.py", SOLUTION.encode() + b"\0\0\0"), 0, "NUL"),
    "random bytes": (put("q1.py", random.Random(1).randbytes(5000)), 0, r"q1\.py"),
    "ends of line of Windows": (put("q1.py", SOLUTION.replace("\n", "\r\n")), 100, ""),
    "ends of line of old Macs": (put("q1.py", SOLUTION.replace("\n", "\r")), 100, ""),
    "tabs": (put("q1.py", SOLUTION.replace("    ", "\t")), 100, ""),
    "tabs mixed with spaces": (put("q1.py", SOLUTION + "\n\nif True:\n\tx = 1\n        y = 2\n"), 0, "line"),
    "Python 2": (put("q1.py", SOLUTION + '\nprint "done"\n'), 0, "Python 2"),
    "syntax that does not exist": (put("q1.py", NEWER), 0, "line"),
    "an unfinished line": (put("q1.py", SOLUTION + "\nfor\n"), 0, "line"),
    "brackets without end": (put("q1.py", "x = " + "(" * 90_000), 0, r"q1\.py"),
    "signs without end": (put("q1.py", SOLUTION + "x = " + DEEP), 0, r"q1\.py"),
    "names without end": (put("q1.py", SOLUTION + "x = a" + ".b" * 90_000 + "\n"), 0, r"q1\.py"),
    "sums without end": (put("q1.py", SOLUTION + "x = 1" + "+1" * 90_000 + "\n"), 0, r"q1\.py"),
    "a number without end": (put("q1.py", SOLUTION + "x = " + "9" * 90_000 + "\n"), 0, r"q1\.py"),
    "a numpy.py beside it": (both(put("q1.py"), put("numpy.py", "raise SystemExit\n")), 100, ""),
    "a random.py beside it": (both(put("q1.py"), put("random.py", "def Random(seed): raise SystemExit\n")), 100, ""),
    "an empty __init__.py beside it": (both(put("q1.py"), put("__init__.py", "\n")), 100, ""),
    "a helper in a second file": (
        both(put("q1.py", "from curves import curve\n" + HELPED), put("curves.py", HELPER)), 100, ""),
    "a relative import": (
        both(put("q1.py", "from .curves import curve\n" + HELPED), put("curves.py", HELPER)), 100, ""),
    "files that import each other": (
        both(put("q1.py", "import curves\nfrom curves import curve\n" + HELPED),
             put("curves.py", "import q1\n" + HELPER)), 100, ""),
    "a module that is not installed": (put("q1.py", "import torch\nfrom torch import nn\n" + SOLUTION), 100, ""),
    "a class by another name": (put("q1.py", SOLUTION.replace("NeuralNetwork", "Network")), 100, ""),
    "functions without a class": (put("q1.py", "def sigmoid(z):\n    return z\n"), 0, "NeuralNetwork"),
    "a name that paints": (put("\x1b[31mq1\n.py", b"x = 1\n"), 0, r"q1\.py"),
    "thousands of files": (both(thousands_of_files, put("q1.py")), 100, ""),
    "sixty files beside it": (both(put("q1.py"), many_files_beside(60, 1)), 100, ""),
    "many megabytes beside it": (both(put("q1.py"), many_files_beside(12, 100_000)), 100, ""),
    "a file that nobody may read": (both(put("q1.py"), lambda folder: (folder / "q1.py").chmod(0)), 0, "read"),
}  # fmt: skip


@pytest.mark.parametrize("name", HAND_INS)
def test_a_broken_hand_in_is_graded_or_answered_with_one_clear_message(patient, name):
    build, share, message = HAND_INS[name]
    if name == "a file that nobody may read" and patient.engine.uid == 0:
        pytest.skip("root may read every file")
    folder = patient.submissions / name.replace(" ", "_")
    folder.mkdir()
    build(folder)
    data = patient.grade(folder)
    assert data["score"] == FULL * share / 100
    assert re.search(message, data["output"])
    assert all(character.isprintable() or character == "\n" for character in data["output"])
    if not share:
        assert len(data["output"]) < 600
        assert [test["output"] for test in data["tests"] if test["output"]] == []


# -- what one submission takes from others ----------------------------------------------------------------------------


def test_threads_by_thousands_leave_processes_to_the_others_of_the_user(engine):
    """Two graders of one user, who may have few processes: one grades the bomb, and one a right file meanwhile."""
    few = engine.folder / "few_processes"
    few.write_text(f'#!/bin/sh\nexec prlimit --nproc=500 {engine.python} "$@"\n')
    few.chmod(0o755)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        bomb = (HERE / "starts_thousands_of_threads_on_one_stack.py").read_text()
        bomb = bomb.replace("right(a, y)", "right(a, y) + libc.sleep(5)")
        for kind, text in (("bomb", bomb), ("right", SOLUTION)):
            (folder / kind).mkdir()
            (folder / kind / "q1.py").write_text(engine_copy.whole(text))
        engine.hand_over(folder)
        with Grader("q1", engine.grading, str(few)) as one, Grader("q1", engine.grading, str(few)) as other:
            attack = threading.Thread(target=one.grade, args=(folder / "bomb",))
            attack.start()
            while attack.is_alive():
                assert other.grade(folder / "right")["score"] == 100
            attack.join()


# -- the same file, the same marks ------------------------------------------------------------------------------------

BY_HASH = """

def sigmoid(z):
    return 1 / (1 + np.exp(-z)) + hash("a") % 2


NeuralNetwork.sigmoid = staticmethod(sigmoid)
NeuralNetwork.cost_derivative = lambda self, a, y: (a - y) * list({"other", "right"}).index("right")
"""


def test_what_goes_by_hash_earns_the_same_in_every_process(patient):
    folder = patient.submissions / "goes_by_hash"
    folder.mkdir()
    (folder / "q1.py").write_text(SOLUTION + BY_HASH)
    patient.engine.hand_over(folder)
    graded = []
    for _ in range(6):
        with Grader("q1", patient.engine.grading, patient.engine.python) as grader:
            graded.append(marks_of(grader.grade(folder)))
    assert graded == graded[:1] * 6


@pytest.mark.parametrize("name", ["a folder", "a pipe", "a link", "nothing"])
def test_a_path_that_is_no_file_is_answered_with_a_message(patient, name):
    path = patient.submissions / f"path-{name.replace(' ', '-')}"
    {
        "a folder": lambda: path.mkdir(),
        "a pipe": lambda: os.mkfifo(path),
        "a link": lambda: path.symlink_to(SOLUTION_FILE),
        "nothing": lambda: None,
    }[name]()
    data = patient.grade(path)
    assert data["score"] == 0 and re.search(r"Expected: q1\.py|Found no file; expected: q1\.py|Hand in", data["output"])
