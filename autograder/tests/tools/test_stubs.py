"""Stubs: what the students get agrees with the solution, hides its answers, and no mistyped marker goes unseen."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from neural_lab.intake.stub_edits import MAX_EDITS, Edit, edits_outside
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.release.stubs import MarkerError, find_answers, generate, stale, stub_of, write

TOOL = ROOT / "autograder/neural_lab/tools/release/stubs.py"
SOLUTIONS = sorted(
    path.relative_to(ROOT / "solution") for path in (ROOT / "solution").rglob("*.py") if "__pycache__" not in path.parts
)
SOURCE = (ROOT / "solution/q1.py").read_text("utf-8")
STUB = stub_of(SOURCE, "q1.py")

SMALL = """\
def double(x):
    # TODO: double it
    # BEGIN ANSWER
    return x + x
    # END ANSWER


def given(x):
    return x
"""


@pytest.mark.parametrize("path", SOLUTIONS, ids=str)
def test_the_committed_stub_is_the_generated_one(path):
    text = stub_of((ROOT / "solution" / path).read_text("utf-8"), path.name)
    assert (ROOT / "student" / path).read_text("utf-8") == text, "run `make stubs`"


@pytest.mark.parametrize("path", SOLUTIONS, ids=str)
def test_no_line_of_an_answer_leaks_into_the_stub(path):
    source = (ROOT / "solution" / path).read_text("utf-8")
    stub = (ROOT / "student" / path).read_text("utf-8")
    answers = find_answers(source, path.name)
    lines = source.split("\n")
    inside = {number for answer in answers for number in range(answer.begin, answer.end + 1)}
    given = {line.strip() for number, line in enumerate(lines, start=1) if number not in inside}
    leaked = {lines[number - 1].strip() for number in inside} & {line.strip() for line in stub.split("\n")} - given
    assert not leaked - {""}
    assert "ANSWER" not in stub


def shape_of(source: str) -> list[tuple[str, str, str | None]]:
    """Every function and class: its name, its signature or bases, its docstring."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
            found.append((node.name, f"{decorators} ({ast.unparse(node.args)})", ast.get_docstring(node, clean=False)))
        elif isinstance(node, ast.ClassDef):
            found.append((node.name, str([ast.unparse(b) for b in node.bases]), ast.get_docstring(node, clean=False)))
    return found


@pytest.mark.parametrize("path", SOLUTIONS, ids=str)
def test_stub_and_solution_have_the_same_signatures_and_docstrings(path):
    source = (ROOT / "solution" / path).read_text("utf-8")
    answers = find_answers(source, path.name)

    def in_an_answer(number: int) -> bool:
        return any(answer.begin < number < answer.end for answer in answers)

    kept = "\n".join("" if in_an_answer(n) else line for n, line in enumerate(source.split("\n"), start=1))
    stub = (ROOT / "student" / path).read_text("utf-8")
    pass_for_answer = kept.replace("# BEGIN ANSWER", "pass")
    assert shape_of(stub) == shape_of(pass_for_answer)
    assert ast.get_docstring(ast.parse(stub)) == ast.get_docstring(ast.parse(source))


def test_every_answer_of_the_stub_raises_with_its_functions_name(tmp_path):
    path = tmp_path / "q1.py"
    path.write_text(STUB, "utf-8")
    spec = importlib.util.spec_from_file_location("stub_q1", path)
    assert spec is not None
    assert spec.loader is not None
    q1 = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(q1)
    network = q1.NeuralNetwork(3, [2, 3, 1])
    x, y = np.zeros((2, 1)), np.zeros((1, 1))
    calls = {
        "sigmoid": (x,),
        "sigmoid_derivative": (x,),
        "cost": ([(x, y)],),
        "cost_derivative": (y, y),
        "forward_pass": (x,),
        "mini_batch_GD": ([(x, y)], 1, 1, 0.1, [(x, 0)]),
        "back_propagation": (x, y),
    }
    assert {answer.function for answer in find_answers(SOURCE, "q1.py")} == set(calls)
    for name, arguments in calls.items():
        with pytest.raises(NotImplementedError) as caught:
            getattr(network, name)(*arguments)
        assert str(caught.value) == name


def test_a_stub_is_the_source_with_each_answer_replaced():
    assert stub_of(SMALL, "s.py") == SMALL.replace(
        "    # BEGIN ANSWER\n    return x + x\n    # END ANSWER\n",
        ('    raise NotImplementedError("double")\n    # END TODO\n'),
    )


def test_a_file_without_markers_is_copied_as_it_is():
    source = "x = 1\n\n# the answer to everything\ny = '# BEGIN ANSWER'\n"
    assert stub_of(source, "given.py") == source


@pytest.mark.parametrize(
    "marker",
    [
        "# BEGIN ANSWERS",
        "#BEGIN ANSWER",
        "# Begin answer",
        "# BEGIN  ANSWER",
        "# BEGIN ANSWER ",
        "# BEGIN ANSWER: double",
        "## BEGIN ANSWER",
        "# BEGIN_ANSWER",
        "# BEGINANSWER",
        "# BEGIN ANSWR",
        "# BEGN ANSWER",
        "# START ANSWER",
        "# ANSWER BEGIN",
        "# BEGIN SOLUTION",
        "# --- begin answer ---",
        "pass  # BEGIN ANSWER",
    ],
)
def test_a_mistyped_begin_is_an_error_that_names_the_line(marker):
    with pytest.raises(MarkerError, match=r"^s\.py:3: "):
        stub_of(SMALL.replace("# BEGIN ANSWER", marker), "s.py")


@pytest.mark.parametrize(
    "marker",
    [
        "# END ANSWERS",
        "# End answer",
        "#END ANSWER",
        "# END ANSER",
        "# END",
        "# END TODO",
        "# STOP ANSWER",
        "# ANSWER END",
    ],
)
def test_a_mistyped_end_is_an_error_that_names_a_line(marker):
    with pytest.raises(MarkerError, match=r"^s\.py:[35]: "):
        stub_of(SMALL.replace("# END ANSWER", marker), "s.py")


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("    return x + x\n", "    # BEGIN ANSWER\n    return x + x\n", 4, "inside the answer that line 3 opens"),
        ("    # END ANSWER\n", "", 3, "never closed"),
        ("    # BEGIN ANSWER\n", "", 4, "without a"),
        ("    # END ANSWER\n", "    # END ANSWER\n    # END ANSWER\n", 6, "without a"),
        ("    # END ANSWER\n", "  # END ANSWER\n", 5, "not indented like"),
        (
            "    # TODO: double it\n    # BEGIN ANSWER\n",
            "    x = 1\n    # TODO: a\n    # BEGIN ANSWER\n    # END ANSWER\n",
            4,
            "empty",
        ),
        ("    # TODO: double it\n", "", 2, "must stand right above"),
        ("def given", "# TODO: nothing\ndef given", 8, "has no answer below it"),
        (
            "    return x\n",
            "    return x\n\n\n# TODO: a\n# BEGIN ANSWER\nx = 1\n# END ANSWER\n",
            13,
            "in a function",
        ),
    ],
)
def test_markers_in_the_wrong_place_are_errors_that_name_file_and_line(old, new, line, says):
    text = SMALL.replace(old, new, 1)
    assert text != SMALL
    with pytest.raises(MarkerError, match=rf"^s\.py:{line}: .*{says}"):
        stub_of(text, "s.py")


def test_an_answer_that_ends_in_the_middle_of_a_statement_is_an_error():
    text = SMALL.replace("    return x + x\n", "    return (\n        x\n").replace(
        "    # END ANSWER\n", "    # END ANSWER\n        + x\n    )\n"
    )
    with pytest.raises((MarkerError, SyntaxError)):
        stub_of(text, "s.py")


def test_comments_that_merely_speak_of_answers_are_no_markers():
    source = SMALL + "\n\n# The answers are judged one by one.\n# begin with the first layer\n# the end\n"
    assert "The answers are judged" in stub_of(source, "s.py")


def make_tree(folder: Path, text: str = SMALL) -> tuple[Path, Path]:
    solution, student = folder / "solution", folder / "student"
    (solution / "deep").mkdir(parents=True)
    (solution / "deep/a.py").write_text(text, "utf-8")
    (solution / "given.py").write_text("x = 1\n", "utf-8")
    return solution, student


def tool(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), *map(str, arguments)], capture_output=True, encoding="utf-8", check=False
    )


def test_writing_makes_the_same_tree_and_leaves_other_files_alone(tmp_path):
    solution, student = make_tree(tmp_path)
    student.mkdir()
    (student / "README.md").write_text("the handout", "utf-8")
    assert write(solution, student) == ["deep/a.py", "given.py"]
    assert (student / "deep/a.py").read_text("utf-8") == stub_of(SMALL, "a.py")
    assert (student / "given.py").read_text("utf-8") == "x = 1\n"
    assert (student / "README.md").read_text("utf-8") == "the handout"
    assert write(solution, student) == stale(solution, student) == []


def test_check_fails_when_a_stub_differs_and_writes_nothing(tmp_path):
    solution, student = make_tree(tmp_path)
    options = ("--solution", solution, "--student", student)
    missing = tool("--check", *options)
    assert missing.returncode == 1
    assert "out of date: deep/a.py (run `make stubs`)" in missing.stdout
    assert not student.exists()
    assert tool(*options).returncode == 0
    assert tool("--check", *options).returncode == 0
    (student / "given.py").write_text("x = 2\n", "utf-8")
    assert tool("--check", *options).returncode == 1
    assert (student / "given.py").read_text("utf-8") == "x = 2\n"


def test_an_error_is_one_sentence_and_nothing_is_written(tmp_path):
    solution, student = make_tree(tmp_path, SMALL.replace("# END ANSWER", "# END ANSWERS"))
    completed = tool("--solution", solution, "--student", student)
    assert completed.returncode == 2
    assert "a.py:5: '# END ANSWERS' resembles a marker" in completed.stderr
    assert "Traceback" not in completed.stderr
    assert not student.exists()


def test_the_repositorys_stubs_are_up_to_date():
    completed = tool("--check")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    assert [path for path in generate() if path.suffix == ".py"] == SOLUTIONS


# ---------------------------------------------------------------- edits outside the blocks


def answered(stub: str = STUB) -> str:
    """The stub as a student hands it in: every raise replaced by an answer."""
    lines = []
    for line in stub.split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        lines += [f"{indent}a = 1", "", f"{indent}# my way", f"{indent}return a"] if "raise NotImpl" in line else [line]
    return "\n".join(lines)


def test_answers_inside_the_blocks_are_no_edits():
    assert edits_outside(STUB, answered()) == []
    assert edits_outside(STUB, STUB) == []


def test_the_given_code_of_other_stubs_is_no_edit_either():
    for path in SOLUTIONS:
        stub = stub_of((ROOT / "solution" / path).read_text("utf-8"), path.name)
        assert edits_outside(stub, answered(stub)) == [], path


@pytest.mark.parametrize("gone", ["# END TODO", "# TODO"])
def test_deleted_todo_comments_are_no_edits(gone):
    kept = [line for line in answered().split("\n") if not line.strip().startswith(gone)]
    assert edits_outside(STUB, "\n".join(kept)) == []


def test_space_and_line_ends_are_no_edits():
    assert edits_outside(STUB, answered().replace("\n", "  \r\n")) == []
    assert edits_outside(STUB, "\n\n" + answered().replace("    def ", "\n    def ")) == []


def test_what_students_are_asked_to_change_is_no_edit():
    text = answered().replace('    "eta": ', '    # tuned\n    "seed": 3,\n    "eta": 0.')
    assert text != answered()
    assert edits_outside(STUB, text, load_lab("q1").tunable) == []
    assert "# tuned" in [edit.text for edit in edits_outside(STUB, text)]


def test_a_changed_line_is_named_with_its_line_and_the_one_that_is_gone():
    old = "random.Random(self.seed).shuffle(training_data)"
    text = answered().replace(old, "random.shuffle(training_data)")
    number = text.split("\n").index("            random.shuffle(training_data)") + 1
    was = STUB.split("\n").index(f"            {old}") + 1
    assert edits_outside(STUB, text) == [
        Edit(number, "random.shuffle(training_data)", gone=False),
        Edit(was, old, gone=True),
    ]


def test_an_added_import_and_a_helper_between_functions_are_named():
    text = answered().replace("import numpy as np", "import numpy as np\nimport math", 1)
    text = text.replace("    def test_accuracy", "    def helper(self):\n        return 2\n\n    def test_accuracy")
    assert [edit.text for edit in edits_outside(STUB, text)] == ["import math", "def helper(self):", "return 2"]


def test_a_function_that_is_gone_whole_leaves_the_others_unblamed():
    text = answered()
    start, end = text.index("    def cost(self"), text.index("    @staticmethod\n    def cost_derivative")
    edits = edits_outside(STUB, text[:start] + text[end:])
    assert edits
    assert all(edit.gone for edit in edits)
    assert "def cost(self, training_data):" in [edit.text for edit in edits]
    assert len(edits) < 12


def test_a_file_written_without_the_stub_has_no_edits():
    assert edits_outside(STUB, "class NeuralNetwork:\n    def sigmoid(z):\n        return 1\n") == []
    assert edits_outside(STUB, "") == []


@pytest.mark.parametrize(
    "text",
    [
        "\x00" * 5000,
        "\ud800" * 100,
        "# END TODO\n" * 50_000,
        "# TODO: \n" * 80_000,
        "\f\x1c\u2028" * 9999,
        "(" * 99_999,
    ],
    ids=["nul", "surrogates", "ends", "todos", "separators", "brackets"],
)
def test_hostile_text_neither_raises_nor_takes_long(text):
    for hostile in (text, STUB + text, text + STUB, (STUB + text)[:-100] * 3):
        start = time.process_time()
        assert len(edits_outside(STUB, hostile)) <= MAX_EDITS
        assert time.process_time() - start < 3


def test_very_long_submissions_are_not_compared():
    assert edits_outside(STUB, STUB + "x = 1\n" * 200_000) == []
