"""The grader's peer in `make bench`: a plain gradescope-utils suite of the same checks, in process.

    python -I autograder/neural_lab/tools/bench/suite.py q1.py results.json

Owns nothing that grades anybody. It makes the calls of the fourteen probes of q1 on the submission and on the solution,
side by side, with the same nets, inputs and tolerance, in the way such suites are usually written: no isolation, no
time limit, no second chance with right helpers, no diagnosis. It imports nothing of the grader, so as to cost no more
than it must.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy

import sys
import types
import unittest
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from gradescope_utils.autograder_utils.decorators import number, tags, weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner

SOLUTION = Path(__file__).resolve().parents[4] / "solution" / "q1.py"
HANDOUT, DIFFERENT, EQUAL, SHALLOW = (784, 8, 8, 10), (7, 6, 5, 4, 3), (5, 5, 5, 5), (5, 4, 3)
TOLERANCE = 1e-5


def load(file: Path, name: str) -> Any:
    """Run a file as a module."""
    module = types.ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module
    exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)  # noqa: S102
    return module


class Q1(unittest.TestCase):
    """One test for each probe."""

    student: Any
    reference: Any

    def setUp(self) -> None:
        self.rng = np.random.default_rng(7)

    def networks(self, sizes: tuple[int, ...]) -> tuple[Any, Any]:
        """The student's network and the reference's, with the same parameters."""
        biases = [self.rng.normal(0, 1, (n, 1)) for n in sizes[1:]]
        weights = [self.rng.normal(0, 1 / np.sqrt(m), (m, n)) for m, n in pairwise(sizes)]
        pair = []
        for module in (self.student, self.reference):
            network = module.NeuralNetwork(len(sizes), list(sizes))
            network.biases, network.weights = [b.copy() for b in biases], [W.copy() for W in weights]
            pair.append(network)
        return pair[0], pair[1]

    def sample(self, sizes: tuple[int, ...]) -> tuple[Any, Any]:
        return self.rng.normal(0, 1, (sizes[0], 1)), self.rng.normal(0.5, 0.5, (sizes[-1], 1))

    def same(self, got: Any, expected: Any, scale: float = 0.0) -> None:
        """Equal shapes, finite, and equal values by the norm of each array."""
        if isinstance(expected, list | tuple):
            assert len(got) == len(expected)
            for a, b in zip(got, expected):
                self.same(a, b, scale)
            return
        a, b = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
        assert a.shape == b.shape
        assert np.isfinite(a).all()
        assert float(np.linalg.norm(a - b)) <= TOLERANCE * max(float(np.linalg.norm(b)), scale)

    def twice(
        self, pair: tuple[Any, Any], function: str, *arguments: Any, other: Any = None, scale: float = 0.0
    ) -> None:
        """Call, call with other arguments, call again; nothing that was handed over may change."""
        student, reference = pair
        before = [np.array(a, copy=True) for a in _arrays([arguments, student.biases, student.weights])]
        expected = getattr(reference, function)(*arguments)
        self.same(getattr(student, function)(*arguments), expected, scale)
        if other is not None:
            self.same(getattr(student, function)(*other), getattr(reference, function)(*other), scale)
        self.same(getattr(student, function)(*arguments), expected, scale)
        after = _arrays([arguments, student.biases, student.weights])
        assert all(np.array_equal(a, b) for a, b in zip(before, after))

    def elementwise(self, function: str, scale: float) -> None:
        pair = self.networks(SHALLOW)
        decisive = [0.0, -0.7, 0.7, -12.0, 12.0]
        for column in (self.rng.uniform(-3, 3, (1, 1)), np.concatenate([decisive, self.rng.uniform(-30, 30, 4)])):
            self.twice(pair, function, column.reshape(-1, 1), scale=scale)
        with np.errstate(all="ignore"):
            for column in (np.array([[-800.0], [800.0]]), np.array([[-2], [0], [3]])):
                getattr(pair[0], function)(column)

    def forward(self, *nets: tuple[int, ...]) -> None:
        for sizes in nets:
            self.twice(self.networks(sizes), "forward_pass", self.sample(sizes)[0], other=(self.sample(sizes)[0],))

    def cost(self, sizes: tuple[int, ...]) -> None:
        pair = self.networks(sizes)
        self.twice(pair, "cost", [self.sample(sizes) for _ in range(4)], other=([self.sample(sizes)],))

    def gradients(self, *nets: tuple[int, ...]) -> None:
        for sizes in nets:
            self.twice(self.networks(sizes), "back_propagation", *self.sample(sizes), other=self.sample(sizes))

    def train(self, sizes: tuple[int, ...], samples: int, batch: int, epochs: int, eta: float) -> None:
        pair = self.networks(sizes)
        data = [self.sample(sizes) for _ in range(samples)]
        test = [(self.sample(sizes)[0], int(self.rng.integers(sizes[-1]))) for _ in range(3)]
        histories = [network.mini_batch_GD(list(data), epochs, batch, eta, test) for network in pair]
        self.same(histories[0], histories[1])
        self.same([pair[0].biases, pair[0].weights], [pair[1].biases, pair[1].weights])

    @weight(5)
    @number("1.1")
    @tags("sigmoid")
    def test_sigmoid(self) -> None:
        self.elementwise("sigmoid", 1.0)

    @weight(5)
    @number("1.2")
    @tags("sigmoid_derivative")
    def test_sigmoid_derivative(self) -> None:
        self.elementwise("sigmoid_derivative", 0.25)

    @weight(3)
    @number("1.3")
    @tags("cost")
    def test_cost_handout(self) -> None:
        self.cost(HANDOUT)

    @weight(2)
    @number("1.3")
    @tags("cost")
    def test_cost_other(self) -> None:
        self.cost(SHALLOW)

    @weight(5)
    @number("1.4")
    @tags("cost_derivative")
    def test_cost_derivative(self) -> None:
        pair = self.networks(SHALLOW)
        for n in (1, 3, 10):
            a = self.rng.uniform(0.05, 0.95, (n, 1))
            signs = np.where(np.arange(n) % 2 == 0, 1, -1).reshape(n, 1)
            self.twice(pair, "cost_derivative", a, a + signs * self.rng.uniform(0.1, 0.9, (n, 1)), scale=1.0)

    @weight(5)
    @number("1.5")
    @tags("forward_pass")
    def test_forward_handout(self) -> None:
        self.forward(HANDOUT)

    @weight(3)
    @number("1.5")
    @tags("forward_pass")
    def test_forward_deeper(self) -> None:
        self.forward(EQUAL, DIFFERENT)

    @weight(2)
    @number("1.5")
    @tags("forward_pass")
    def test_forward_shallow(self) -> None:
        self.forward(SHALLOW)

    @weight(5)
    @number("1.6")
    @tags("mini_batch_GD")
    def test_training_handout(self) -> None:
        self.train(HANDOUT, samples=6, batch=3, epochs=2, eta=0.15)

    @weight(2)
    @number("1.6")
    @tags("mini_batch_GD")
    def test_training_ragged(self) -> None:
        self.train(HANDOUT, samples=7, batch=3, epochs=2, eta=0.15)

    @weight(3)
    @number("1.6")
    @tags("mini_batch_GD")
    def test_training_other(self) -> None:
        self.train(SHALLOW, samples=4, batch=4, epochs=1, eta=6.5)
        self.train(DIFFERENT, samples=6, batch=2, epochs=3, eta=0.1)

    @weight(36)
    @number("1.7")
    @tags("back_propagation")
    def test_gradients_handout(self) -> None:
        self.gradients(HANDOUT)

    @weight(14)
    @number("1.7")
    @tags("back_propagation")
    def test_gradients_deeper(self) -> None:
        self.gradients(EQUAL, DIFFERENT)

    @weight(10)
    @number("1.7")
    @tags("back_propagation")
    def test_gradients_shallow(self) -> None:
        self.gradients(SHALLOW)


def _arrays(value: Any) -> list[Any]:
    """All arrays in lists of lists, in order."""
    if isinstance(value, list | tuple):
        return [array for item in value for array in _arrays(item)]
    return [value]


def passed(network_class: type) -> int:
    """How many of the tests a network class passes: for a harness that has loaded the submission itself."""
    Q1.student = types.SimpleNamespace(NeuralNetwork=network_class)
    Q1.reference = load(SOLUTION, "reference")
    result = unittest.TestResult()
    unittest.TestLoader().loadTestsFromTestCase(Q1).run(result)
    return result.testsRun - len(result.failures) - len(result.errors)


def main(submission: str, results: str) -> None:
    Q1.student, Q1.reference = load(Path(submission), "q1"), load(SOLUTION, "reference")
    with open(results, "w", encoding="utf-8") as stream:
        JSONTestRunner(stream=stream).run(unittest.TestLoader().loadTestsFromTestCase(Q1))


if __name__ == "__main__":
    main(*sys.argv[1:])
