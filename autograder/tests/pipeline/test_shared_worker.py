"""One worker serves several probes: what one of them leaves behind earns nothing in another, and costs nothing."""

from __future__ import annotations

import pytest

from neural_lab.feedback.errors import running
from neural_lab.grading.pipeline import Grading, grade
from neural_lab.grading.reference import Reference
from neural_lab.intake.submission import read
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.protocol import FailureKind
from neural_lab.runtime.session import Session
from neural_lab.schema.discovery import load_lab
from tests.hand_ins import SOLUTION, hand_in, losing, marks_but, marks_of, with_bodies

RIGHT_FORWARD = """
    a = x
    for W, b in zip(self.weights, self.biases):
        a = self.sigmoid(W.T @ a + b)
    return a
"""


@pytest.fixture
def marks(grader, tmp_path):
    def marks(text):
        data = grader.grade(hand_in(tmp_path, text))
        assert "fault" not in data["extra_data"], data["extra_data"]
        return marks_of(data)

    return marks


# Where a function keeps what another one, or an earlier call, has left: (above the class, how it counts, how it looks).
PLACES = {
    "a global of the module": ("SEEN = [0]", "SEEN[0] += 1", "SEEN[0]"),
    "an attribute of a class": ("class Notes:\n    seen = 0", "Notes.seen += 1", "Notes.seen"),
    "a default argument": ("def seen(notes=[0]):\n    return notes", "seen()[0] += 1", "seen()[0]"),
    "a name among the builtins": ("import builtins\nbuiltins.seen = 0", "builtins.seen += 1", "builtins.seen"),
    "an attribute of NumPy": ("np.seen = 0", "np.seen += 1", "np.seen"),
    "an attribute that some module gets": (
        "import json",
        "json.seen = getattr(json, 'seen', 0) + 1",
        "getattr(json, 'seen', 0)",
    ),
    "a variable of the environment": (
        "import os",
        "os.environ['seen'] = str(int(os.environ.get('seen', 0)) + 1)",
        "int(os.environ.get('seen', 0))",
    ),
    "an attribute of a function": ("def notes():\n    pass\nnotes.seen = 0", "notes.seen += 1", "notes.seen"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.one_in(2)
def test_a_function_that_is_right_only_after_many_calls_of_another_earns_nothing(marks, place):
    above, count, look = PLACES[place]
    sigmoid = f"@staticmethod\ndef sigmoid(z):\n    {count}\n    return 1 / (1 + np.exp(-z))\n"
    derivative = f"def cost_derivative(self, a, y):\n    return a - y if {look} > 8 else y - a\n"
    text = with_bodies({"sigmoid": sigmoid, "cost_derivative": derivative}, above=above)
    assert marks(text)["cost_derivative"] == 0


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.one_in(2)
def test_a_function_that_is_right_after_sixty_calls_earns_nothing(marks, place):
    above, count, look = PLACES[place]
    forward = f"def forward_pass(self, x):\n    {count}\n    if {look} < 60:\n        return x{RIGHT_FORWARD}"
    assert marks(with_bodies({"forward_pass": forward}, above=above))["forward_pass"] == 0


HARM = {
    "a patched numpy": "np.exp = np.sqrt",
    "patched operators of numpy": "np.multiply = np.dot = np.matmul = None",
    "errors of numpy that raise": "np.seterr(all='raise')",
    "warnings that raise": "__import__('warnings').simplefilter('error')",
    "random numbers that are replaced": "random.Random = None",
    "a deeper recursion limit": "__import__('sys').setrecursionlimit(10_000)",
    "modules that are gone": "__import__('sys').modules.clear()",
    "closed files": "__import__('os').closerange(3, 64)",
    "an alarm that nobody expects": "__import__('signal').setitimer(0, 0.01)",
    "a tracer": "__import__('sys').settrace(lambda *a: 1 / 0)",
    "builtins that are gone": "__import__('builtins').__dict__.pop('zip')",
    "memory that is used up": "np.left_behind = [bytearray(1 << 20) for _ in range(400)]",
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.one_in(2)
def test_what_a_function_does_to_the_process_harms_no_other_function(marks, harm):
    """It runs after the function's own answer; the marks of the others are as they would be without it."""
    derivative = f"""
        def cost_derivative(self, a, y):
            answer = a - y
            try:
                return answer
            finally:
                {HARM[harm]}
    """
    found = marks(with_bodies({"cost_derivative": derivative}))
    independent = ("sigmoid", "sigmoid_derivative", "cost", "forward_pass")
    assert {name: found[name] for name in independent} == {name: marks_but()[name] for name in independent}


@pytest.mark.fast
def test_a_function_that_never_ends_costs_only_its_own_marks_and_is_waited_for_once(tmp_path):
    lab = load_lab("q1")
    loop = "def cost(self, training_data):\n    while True:\n        pass\n"
    short = Limits(probe_cpu=0.2, probe_wall=2.0, shared_cpu=0.1, shared_wall=1.0)
    with Sandbox(short) as sandbox:
        report = grade(Reference(lab), read(hand_in(tmp_path, with_bodies({"cost": loop})), lab), b"secret", sandbox)
    lost = {line.line.function: line.line.marks - line.marks for line in report.lines if line.marks < line.line.marks}
    assert lost == losing("cost")
    (line,) = [line for line in report.lines if line.line.function == "cost"]
    assert sorted(part.verdict.kind.value for part in line.parts) == ["not reached", "timed out"]


@pytest.mark.fast
def test_prints_are_counted_anew_for_each_probe():
    plan = LoadPlan(("q1",), {"q1": "def say():\n    print('four')\n"})
    with Sandbox() as sandbox, sandbox.spawn() as worker:
        counted = []
        for _ in range(2):
            worker.request(["load", plan.encoded()])
            counted.append(worker.printed)
            worker.request(["call", "q1", "say"])
            counted.append(worker.printed)
    assert counted == [0, 5, 0, 5]


@pytest.mark.fast
def test_a_function_that_ends_the_process_costs_only_its_own_marks(marks):
    end = "def cost_derivative(self, a, y):\n    __import__('os')._exit(0)\n"
    assert marks(with_bodies({"cost_derivative": end})) == marks_but(cost_derivative=5.0)


def test_what_is_loaded_anew_for_each_probe_may_be_slow_to_load(marks):
    assert marks(SOLUTION + "\nTABLE = [i * i for i in range(300_000)]\n") == marks_but()


ORDERED = {
    "the solution": SOLUTION,
    "a wrong sigmoid": SOLUTION.replace("np.exp(-z)", "np.exp(z)"),
    "a wrong forward_pass": SOLUTION.replace("z = W.T @ a + b  # (n_out, n_in)", "z = W.T @ a  # (n_out, n_in)"),
    "stored activations": SOLUTION.replace(
        "        a = x\n        for W, b", "        self.last = a = x\n        for W, b"
    ),
}


@pytest.mark.parametrize("what", ORDERED)
def test_the_order_of_the_probes_changes_no_mark(tmp_path, what):
    lab = load_lab("q1")
    submission = read(hand_in(tmp_path, ORDERED[what]), lab)
    found = []
    with Sandbox() as sandbox:
        for step in (1, -1):
            grading = Grading(Reference(lab), submission, b"secret", sandbox)
            grading.load()
            grading.first_pass(lab.functions[::step])
            lines = dict(line for function in lab.functions for line in grading.judge_function(function))
            grading.end()
            found.append({number: line.marks for number, line in lines.items()})
    assert found[0] == found[1]


ENDLESS = """
def turn():
    for _ in range(2):
        n = 0
        while True:
            step()
            n += 1


def step():
    for _ in range(3):
        pass
"""
WAITING = "import time\n\n\ndef turn():\n    time.sleep(60)\n"


@pytest.mark.fast
@pytest.mark.parametrize(("text", "line"), [(ENDLESS, 5), (WAITING, 5)], ids=["loops", "waits"])
def test_a_worker_tells_where_a_call_is_whose_time_is_nearly_up(text, line):
    """The loop of the function that was called: what it calls may be right."""
    with Sandbox(Limits(probe_cpu=0.5, probe_wall=1.5)) as sandbox:
        for shared in (False, True):
            with sandbox.spawn() as worker:
                plan = LoadPlan(("q1",), {"q1": text}, shared=shared)
                failure = Session(worker.request, plan).call("q1", "turn")
            assert failure.kind == FailureKind.TIMEOUT
            if shared:
                assert failure.line == 0, "what ends in a shared worker is asked again"
            else:
                assert running(failure, {"q1": text}) == line
