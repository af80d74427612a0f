"""A substitute is called as the student's own helper is: what raises there earns nothing, what works there works on.

Through the whole pipeline; what may be asked of the reference is tried in test_substitute_answers.py.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from neural_lab.grading.reference import Reference, edited_module
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Edit, Function
from tests.hand_ins import MARKS, SOLUTION, hand_in, marks_but, marks_of, with_bodies

reference = cache(lambda name: Reference(load_lab(name)))


# -- calls that always raise, in every lab ----------------------------------------------------------------------------


def calls(text: str, helper: Function) -> Iterator[tuple[ast.Module, ast.Call]]:
    """The tree of a function's text, with one of its calls of the helper."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == helper.name and isinstance(node.func, ast.Attribute) == bool(helper.owner):
                yield tree, node


def pairs() -> list[tuple[str, str, str]]:
    """(lab, function, helper) wherever a graded function of the solution calls an earlier one."""
    return [
        (name, function.label, helper.label)
        for name in lab_names()
        for index, function in enumerate(load_lab(name).functions)
        for helper in load_lab(name).functions[:index]
        if load_lab(name).lines_of(function) and any(calls(reference(name).function_text(function), helper))
    ]


def wrong_helper(name: str, helper: Function) -> tuple[Edit, ...]:
    """A known mistake that costs all of the helper's marks; none for a function of an earlier lab or a given one."""
    lab = load_lab(name)
    return next((m.edits for m in lab.mistakes if m.function == helper.label and not (m.spares or m.halves)), ())


def test_pairs_of_several_labs_are_tried():
    found = list(pairs())
    assert ("q1", "sigmoid_derivative", "sigmoid") in found and ("q1", "back_propagation", "cost_derivative") in found
    assert ("network", "evaluate_network", "evaluate_neuron") in found
    assert len({name for name, _, _ in found}) >= 5


@pytest.mark.parametrize(("name", "label", "helper_label"), pairs())
@pytest.mark.one_in(16)
def test_a_call_with_one_argument_too_many_earns_nothing(graders, tmp_path, name, label, helper_label):
    """Whether the helper is right, or wrong and substituted."""
    lab = load_lab(name)
    function, helper = lab.function(label), lab.function(helper_label)
    tree, call = next(calls(reference(name).function_text(function), helper))
    call.args.append(call.args[-1] if call.args else ast.Constant(None))
    broken = (Edit(reference(name).function_text(function), ast.unparse(tree) + "\n"),)
    for also in ((), wrong_helper(name, helper)):
        files = dict(reference(name).sources)
        files[function.module] = edited_module(files[function.module], function.path, broken)
        files[helper.module] = edited_module(files[helper.module], helper.path, also)
        for module, text in files.items():
            hand_in(tmp_path, text, f"{module}.py")
        data = graders(name).grade(tmp_path)
        assert sum(test["score"] for test in data["tests"] if label in test["tags"]) == 0


PASSED_SELF = [pair for pair in pairs() if reference(pair[0]).lab.function(pair[2]).owner]


@pytest.mark.parametrize(("name", "label", "helper_label"), PASSED_SELF)
@pytest.mark.one_in(16)
def test_a_self_handed_over_to_a_method_earns_nothing(graders, tmp_path, name, label, helper_label):
    lab = load_lab(name)
    function, helper = lab.function(label), lab.function(helper_label)
    tree, call = next(calls(reference(name).function_text(function), helper))
    call.args.insert(0, ast.Name("self"))
    broken = (Edit(reference(name).function_text(function), ast.unparse(tree) + "\n"),)
    for also in ((), wrong_helper(name, helper)):
        text = edited_module(reference(name).sources[function.module], function.path, broken)
        text = edited_module(text, helper.path, also)
        data = graders(name).grade(hand_in(tmp_path, text, f"{function.module}.py"))
        assert sum(test["score"] for test in data["tests"] if label in test["tags"]) == 0


HANDED_OVER = {
    "sigmoid_derivative": Edit("self.sigmoid(z)", "self.sigmoid(self, z)"),
    "cost": Edit("self.forward_pass(x)", "self.forward_pass(x, y)"),
    "back_propagation": Edit("(zs[layer])", "(zs[layer], activations[layer])"),
}


def test_calls_that_always_raise_lose_all_marks_of_their_functions(graders, tmp_path):
    text = SOLUTION
    for name, edit in HANDED_OVER.items():
        text = edited_module(text, f"NeuralNetwork.{name}", [edit])
    data = graders("q1").grade(hand_in(tmp_path, text))
    assert marks_of(data) == marks_but(**{name: MARKS[name] for name in HANDED_OVER})


# -- calls that work on the student's own helper ----------------------------------------------------------------------

WRONG = "2 / (3 + np.exp(-7 * z)) - z"  # which no small edit repairs
SLOPE = "def sigmoid_derivative(self, z):\n    a = {}\n    return a * (1 - a)\n"

# a wrong sigmoid, calls of it that Python allows, and calls on which it raises TypeError
FORMS = {
    "static": (
        f"@staticmethod\ndef sigmoid(z):\n    return {WRONG}\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(z)", "self.sigmoid(z=z)", "type(self).sigmoid(z)"],
        ["self.sigmoid(self, z)", "NeuralNetwork.sigmoid(self, z)", "self.sigmoid()", "self.sigmoid(x=z)",
         "self.sigmoid(z, z=z)"],
    ),
    "a method": (
        f"def sigmoid(self, v):\n    return {WRONG.replace('z', 'v')}\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(self, z)", "self.sigmoid(v=z)", "NeuralNetwork.sigmoid(None, z)"],
        ["NeuralNetwork.sigmoid(z)", "self.sigmoid(self, z)", "self.sigmoid(z=z)"],
    ),
    "a class method": (
        f"@classmethod\ndef sigmoid(cls, z):\n    return {WRONG}\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(z)", "type(self).sigmoid(z=z)"],
        ["self.sigmoid(self, z)", "NeuralNetwork.sigmoid(NeuralNetwork, z)"],
    ),
    "with a default": (
        f"@staticmethod\ndef sigmoid(z, slope=1.0, *, keep=None):\n    return {WRONG}\n",
        ["self.sigmoid(z)", "self.sigmoid(z, 1.0)", "self.sigmoid(z, slope=1)", "self.sigmoid(z, keep=None)"],
        ["self.sigmoid(z, 2.0)", "self.sigmoid(z, slope=z)", "self.sigmoid(z, keep=1)", "self.sigmoid(z, 1.0, None)"],
    ),
    "with any number of arguments": (
        f"@staticmethod\ndef sigmoid(*given, **options):\n    return {WRONG.replace('z', 'given[0]')}\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(z)"],
        ["self.sigmoid(z, 1)", "self.sigmoid(z, fast=True)", "self.sigmoid()"],
    ),
    "with another name by a lambda": (
        f"sigmoid = lambda self, z: {WRONG}\n\ndef unused(self):\n    pass\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(self, z)"],
        ["NeuralNetwork.sigmoid(z)"],
    ),
    # the contract's call does not fit these, so that the substitute takes what the contract's static method takes
    "without self": (
        f"def sigmoid(z):\n    return {WRONG}\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(z)", "self.sigmoid(z=z)"],
        ["self.sigmoid(self, z)"],
    ),
    "with too many": (
        f"def sigmoid(self, z, slope):\n    return {WRONG}\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(z)"],
        ["self.sigmoid(z, 1.0)", "NeuralNetwork.sigmoid(self, z)"],
    ),
    "no function": ("sigmoid = None\n", ["self.sigmoid(z)", "NeuralNetwork.sigmoid(z)"], ["self.sigmoid(self, z)"]),
    # neither of these says anything about how Python calls the function
    "a forged signature": (
        f"def sigmoid(z):\n    return {WRONG}\nimport inspect\n"
        "sigmoid.__signature__ = inspect.signature(lambda self, z: z)\nsigmoid = staticmethod(sigmoid)\n",
        ["self.sigmoid(z)"],
        ["self.sigmoid(self, z)"],
    ),
    "a signature that is none": (
        f"def sigmoid(z):\n    return {WRONG}\nsigmoid.__signature__ = 7\nsigmoid = staticmethod(sigmoid)\n",
        ["self.sigmoid(z)"],
        ["self.sigmoid(self, z)"],
    ),
    "a property": (
        "@property\ndef sigmoid(self):\n    raise SystemExit\n",
        ["self.sigmoid(z)", "NeuralNetwork.sigmoid(z)"],
        ["self.sigmoid(self, z)"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.one_in(6)
def test_a_substitute_takes_what_the_own_helper_takes(graders, tmp_path, form):
    sigmoid, allowed, refused = FORMS[form]
    # the other functions do without sigmoid, so that they are right in any case
    others = {"forward_pass": INLINED, "back_propagation": INLINED_BACK}
    for call in [*allowed, *refused]:
        text = with_bodies({"sigmoid_derivative": SLOPE.format(call), **others, "sigmoid": sigmoid})
        data = graders("q1").grade(hand_in(tmp_path, text))
        lost = {"sigmoid": 5.0} | ({"sigmoid_derivative": 5.0} if call in refused else {})
        assert marks_of(data) == marks_but(**lost), call


INLINED = """
    def forward_pass(self, x):
        for W, b in zip(self.weights, self.biases):
            x = 1 / (1 + np.exp(-(W.T @ x + b)))
        return x
"""
INLINED_BACK = """
    def back_propagation(self, x, y):
        a = [x]
        for W, b in zip(self.weights, self.biases):
            a.append(1 / (1 + np.exp(-(W.T @ a[-1] + b))))
        error, db, dw = a[-1] - y, [], []
        for layer in reversed(range(len(self.weights))):
            delta = error * a[layer + 1] * (1 - a[layer + 1])
            db.insert(0, delta)
            dw.insert(0, a[layer] @ delta.T)
            error = self.weights[layer] @ delta
        return db, dw
"""


# -- given parts, and what depends on the function itself -------------------------------------------------------------


@pytest.mark.parametrize("name", lab_names())
def test_what_can_be_substituted_rests_on_no_later_function(name):
    """So that no substitute ever answers what the function that asks it should find out."""
    lab = load_lab(name)
    for index, helper in enumerate(lab.functions):
        for later in lab.functions[index + 1 :]:
            if lab.lines_of(helper):
                assert not any(calls(reference(name).function_text(helper), later)), (helper.label, later.label)


BISECTION = """
    def forward_pass(self, x):
        # which of the outputs is larger is told by test_accuracy, so their ratios can be found by bisection
        outputs = np.full((self.biases[-1].shape[0], 1), 0.5)
        last_w, last_b = self.weights[-1], self.biases[-1]
        for i in range(len(outputs)):
            low, high = -30.0, 30.0
            for _ in range(60):
                z = (low + high) / 2
                self.weights = [*self.weights[:-1], np.column_stack([last_w[:, i], np.zeros(len(last_w))])]
                self.biases = [*self.biases[:-1], np.array([[last_b[i, 0]], [z]])]
                found = self.test_accuracy([(x, 1)])
                low, high = (low, z) if found == 100.0 else (z, high)
                self.weights, self.biases = [*self.weights[:-1], last_w], [*self.biases[:-1], last_b]
            outputs[i, 0] = 1 / (1 + np.exp(-(low + high) / 2))
        return outputs
"""


def test_a_forward_pass_that_bisects_test_accuracy_earns_nothing(graders, tmp_path):
    broken = "def test_accuracy(self, test_data):\n    raise ValueError\n"
    for also in ({}, {"test_accuracy": broken}):
        data = graders("q1").grade(hand_in(tmp_path, with_bodies({"forward_pass": BISECTION, **also})))
        assert marks_of(data)["forward_pass"] == 0
