"""Small edits of a student's function: what is tried, in which order, and how its loops are counted."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from neural_lab.grading.repairs import believed
from neural_lab.runtime import edits
from neural_lab.runtime.edits import (
    TURN,
    Endless,
    Guard,
    Kind,
    Region,
    Turns,
    applied,
    candidates,
    equal_lines_edited,
    reachable,
)

FORWARD = """
def forward_pass(self, x):
    a = x
    for l in range(len(self.weights)):
        a = self.sigmoid(self.weights[l].T @ a)
    return a
"""


def tried(text: str) -> list[tuple[int, str]]:
    """(cost, text) of everything that is tried, in its order."""
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    region = Region(0, "q1", tree.name, tree, ["sigmoid"], ["sigmoid_derivative"])
    return [(one.cost, ast.unparse(applied(tree, one.edits))) for one in candidates([region])]


SLIPS = {  # right: wrong
    "return 1 / (1 + np.exp(-z))": "return 1 / (1 + np.exp(z))",
    "return 1 / (1 + np.exp(-a))": "return 1 / (1 - np.exp(-a))",
    "return 1 / (1 + np.exp(-x))": "return 1 / 1 + np.exp(-x)",
    "return a - y": "return (a - y) * a",
    "return W @ d": "return W.T @ d",
    "t = 0\n    t += a - y\n    return t": "t = 0\n    t = a - y\n    return t",
    "for i in x:\n        a = i\n    return a": "for i in x:\n        a = i\n        return a",
}


@pytest.mark.parametrize(("right", "wrong"), SLIPS.items())
def test_a_common_slip_is_undone_by_one_of_the_edits(wrong, right):
    head = "def f(z, a, x, y, W, d):\n    "
    assert ast.unparse(ast.parse(head + right)) in [text for _, text in tried(head + wrong)]


def test_a_forgotten_bias_is_among_the_edits_though_the_name_occurs_nowhere():
    right = FORWARD.replace("self.weights[l].T @ a", "self.weights[l].T @ a + self.biases[l]")
    assert ast.unparse(ast.parse(right)) in [text for _, text in tried(FORWARD)]


def test_the_edits_come_in_the_order_of_their_cost_and_always_the_same():
    one, other = tried(FORWARD), tried(FORWARD)
    assert one == other
    assert [cost for cost, _ in one] == sorted(cost for cost, _ in one)


def test_alike_lines_are_edited_together():
    text = "def f(self, step, dw, db):\n    W = self.W + step * dw\n    b = self.b + step * db\n    return W, b"
    assert ast.unparse(ast.parse(text.replace("+", "-"))) in [text for _, text in tried(text)]


def test_lines_that_the_stub_gave_are_left_alone():
    tree = ast.parse("def f(z):\n    a = z + 1\n    return a * 2").body[0]
    assert isinstance(tree, ast.FunctionDef)
    region = Region(0, "q1", "f", tree, given={2})
    sites = [one.edits[0].site for one in candidates([region]) if one.edits[0].kind is Kind.OPERATOR]
    assert {getattr(site, "lineno", 0) for site in sites} == {3}


def test_helpers_of_the_students_are_edited_and_functions_judged_for_themselves_are_not():
    module = ast.parse(
        "def sigma(z):\n    return z\n"
        "class N:\n"
        "    def run(self, x):\n        return self.sigmoid(sigma(x))\n"
        "    def sigmoid(self, z):\n        return z\n"
        "    def forward_pass(self, x):\n        return self.run(x)\n"
    )
    found = reachable(module, "N.forward_pass", ["N.forward_pass", "N.sigmoid"])
    assert [path for path, _ in found] == ["N.forward_pass", "N.run", "sigma"]


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    while True:\n        pass",
        "def f():\n    return f()",
        "def f():\n    return [n for n in iter(int, 1)]",
        "def f():\n    while True:\n        try:\n            g()\n        except BaseException:\n            pass",
    ],
)
def test_what_never_ends_is_ended_by_count(text):
    tree = ast.parse(text)
    turns = Turns()
    names = {TURN: turns}
    guarded = ast.Module([Guard(tree).statement(node) for node in tree.body], [])
    exec(compile(guarded, "q1.py", "exec"), names)  # noqa: S102 (the test's own text)
    turns.begin(50)
    with pytest.raises(Endless):
        names["f"]()
    assert turns.used == 51
    assert ast.unparse(ast.parse(text)) == ast.unparse(tree)  # the student's tree is as it was


def test_the_worker_needs_nothing_but_the_standard_library():
    tree = ast.parse(Path(edits.__file__).read_text("utf-8"))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not {name for name in imported if name.startswith(("numpy", "neural_lab"))}


def test_the_same_edit_is_made_in_an_equal_line_with_other_names():
    source, later = (
        ast.parse(
            f"def {name}(self, x):\n    for {w}, {b} in zip(self.weights, self.biases):\n        {z} = {w}.T @ {a}\n"
        ).body[0]
        for name, w, b, z, a in (("f", "W", "b", "z", "a"), ("g", "weight", "bias", "s", "out"))
    )
    assert isinstance(source, ast.FunctionDef)
    assert isinstance(later, ast.FunctionDef)
    edits_of_f = [one.edits[0] for one in candidates([Region(0, "q1", "f", source)]) if len(one.edits) == 1]
    added = next(e for e in edits_of_f if "W.T @ a + b" in ast.unparse(applied(source, [e])))
    assert "s = weight.T @ out + bias" in ast.unparse(equal_lines_edited(source, added, later))
    other = ast.parse("def h(self, x):\n    z = W @ a").body[0]
    assert isinstance(other, ast.FunctionDef)
    assert ast.unparse(equal_lines_edited(source, added, other)) == ast.unparse(other)


def test_nothing_of_the_search_is_loaded_before_marks_are_lost():
    late = (".cases", ".diagnose", ".mutants", ".relations", ".facts", ".edits", ".repairs", ".carried")
    code = (
        "import sys, neural_lab.grading.pipeline, neural_lab.feedback.lines, neural_lab.platforms.gradescope\n"
        f"print([name for name in sys.modules if name.endswith({late})])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


RIGHT_FORM = [1, "f", ["operator"], [[2, 3]], 4]


def test_what_a_worker_tells_of_an_edit_is_believed_only_in_the_form_that_it_has():
    """The submission has run in that worker, and may have it say anything."""
    tried = believed(7, RIGHT_FORM, last_line=3)
    assert tried is not None and tried.told == {2, 3}
    for at, lie in ((2, []), (2, ["no kind"]), (3, []), (3, [[3, 2]]), (3, [[0, 1]]), (3, [[-9, -9]]), (3, [[3, 4]])):
        told: list[object] = list(RIGHT_FORM)
        told[at] = lie
        assert believed(7, told, last_line=3) is None, lie
    assert believed(7, None, 3) is None and believed(7, [float("inf"), *RIGHT_FORM[1:]], 3) is None
