"""The grader's peer in `make bench`: a plain gradescope-utils suite of the same checks, in process.

    python -I autograder/neural_lab/tools/bench/suite.py q1.py results.json

It grades nobody. It makes the calls of the fourteen probes of q1 on the submission and on the solution,
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
# As in the probes: nets, how many rows or samples are drawn, and where mistakes about the sigmoid differ most.
HANDOUT, DIFFERENT, EQUAL, SHALLOW = (784, 8, 8, 10), (11, 10, 9, 7, 6), (5, 5, 5, 5), (6, 5, 4)
SOME, SEVERAL, DOZENS, MANY = (5, 8), (7, 10), (36, 45), (200, 300)
DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)
TOLERANCE = 1e-5


def load(file: Path, name: str) -> Any:
    """Run a file as a module."""
    module = types.ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module
    exec(compile(file.read_bytes(), str(file), "exec"), module.__dict__)  # noqa: S102
    return module


class Q1(unittest.TestCase):
    """One test for each probe. After every call all that was sent must be as it was."""

    student: Any
    reference: Any

    def setUp(self) -> None:
        self.rng = np.random.default_rng(7)
        self.sent: list[tuple[Any, Any]] = []  # each array, and a copy of it

    def send(self, value: Any) -> Any:
        self.sent += [(array, array.copy()) for array in _arrays(value)]
        return value

    def networks(self, sizes: tuple[int, ...]) -> Any:
        """The student's network and the reference's, with the same parameters."""
        pair = [module.NeuralNetwork(len(sizes), list(sizes)) for module in (self.student, self.reference)]
        self.set_parameters(pair, sizes)
        return pair

    def set_parameters(self, pair: Any, sizes: tuple[int, ...]) -> None:
        biases = [self.rng.normal(0, 1, (n, 1)) for n in sizes[1:]]
        weights = [self.rng.normal(0, 1 / np.sqrt(m), (m, n)) for m, n in pairwise(sizes)]
        self.parameters = biases + weights
        for network in pair:
            network.biases, network.weights = [b.copy() for b in biases], [W.copy() for W in weights]

    def sample(self, sizes: tuple[int, ...]) -> tuple[Any, Any]:
        return self.rng.normal(0, 1, (sizes[0], 1)), self.rng.normal(0.5, 0.5, (sizes[-1], 1))

    def count(self, among: tuple[int, int]) -> int:
        return int(self.rng.integers(*among))

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

    def call(self, pair: Any, function: str, *arguments: Any, scale: float = 0.0) -> None:
        """One call on both, which must give the same and change nothing."""
        student, reference = pair
        self.same(getattr(student, function)(*arguments), getattr(reference, function)(*arguments), scale)
        assert all(np.array_equal(array, copy) for array, copy in self.sent)
        kept = _arrays([student.biases, student.weights])
        assert len(kept) == len(self.parameters)
        assert all(np.array_equal(a, b) for a, b in zip(kept, self.parameters))

    def columns(self, pair: Any, function: str, given: list[Any], scale: float) -> None:
        for arguments in given + given[:2]:
            self.call(pair, function, *arguments, scale=scale)

    def elementwise(self, function: str, scale: float) -> None:
        n, many = self.count(SEVERAL), self.count(MANY)
        decisive = np.concatenate([DECISIVE, self.rng.uniform(-30, 30, n - len(DECISIVE))])
        others = [self.rng.uniform(-30, 30, size) for size in (n, many)]
        pair = self.networks(SHALLOW)
        given = [self.send((z.reshape(-1, 1),)) for z in (self.rng.uniform(-3, 3, 1), decisive, *others)]
        self.columns(pair, function, given, scale)
        network = self.networks(SHALLOW)[0]
        with np.errstate(all="ignore"):  # for advice, no marks
            for z in (np.array([[-800.0], [800.0]]), np.array([[-2], [3]])):
                getattr(network, function)(z)

    def forward(self, *nets: tuple[int, ...]) -> None:
        for sizes in nets:
            pair = self.networks(sizes)
            x, other = (self.send(self.sample(sizes)[0]) for _ in range(2))
            for given in (x, other, x):
                self.call(pair, "forward_pass", given)
            self.set_parameters(pair, sizes)
            self.call(pair, "forward_pass", x)

    def cost(self, sizes: tuple[int, ...], n: int, *others: int) -> None:
        def samples(count: int) -> Any:
            return self.send([self.sample(sizes) for _ in range(count)])

        pair, several = self.networks(sizes), samples(n)
        for data in (samples(1), several, several):
            self.call(pair, "cost", data)
        self.set_parameters(pair, sizes)
        self.call(pair, "cost", several)
        for count in others:
            self.call(pair, "cost", samples(count))

    def gradients(self, *nets: tuple[int, ...]) -> None:
        for sizes in nets:
            pair = self.networks(sizes)
            sample, other = (self.send(self.sample(sizes)) for _ in range(2))
            for given in (sample, other, sample):
                self.call(pair, "back_propagation", *given)
            self.set_parameters(pair, sizes)
            self.call(pair, "back_propagation", *sample)

    def train(
        self, sizes: tuple[int, ...], samples: int, batch: int, epochs: int, eta: float, tests: int, pair: Any = None
    ) -> Any:
        """Train new networks, or with other parameters those that were trained before; gives them."""
        if pair is None:
            pair = self.networks(sizes)
        else:
            self.set_parameters(pair, sizes)
        data = [self.sample(sizes) for _ in range(samples)]
        test = [(self.sample(sizes)[0], int(self.rng.integers(sizes[-1]))) for _ in range(tests)]
        histories = [network.mini_batch_GD(list(data), epochs, batch, eta, test) for network in pair]
        self.same(histories[0], histories[1])
        self.same([pair[0].biases, pair[0].weights], [pair[1].biases, pair[1].weights])
        return pair

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
        self.cost(HANDOUT, self.count(SOME))

    @weight(2)
    @number("1.3")
    @tags("cost")
    def test_cost_other(self) -> None:
        n = self.count(SEVERAL)
        self.cost(SHALLOW, n, n, self.count(DOZENS))

    @weight(5)
    @number("1.4")
    @tags("cost_derivative")
    def test_cost_derivative(self) -> None:
        n, given = self.count(SEVERAL), []
        for size in (1, n, n, self.count(MANY)):
            a = self.rng.uniform(0.05, 0.95, (size, 1))
            signs = np.where(np.arange(size) % 2 == 0, 1, -1).reshape(size, 1)
            given.append(self.send((a, a + signs * self.rng.uniform(0.1, 0.9, (size, 1)))))
        self.columns(self.networks(SHALLOW), "cost_derivative", given, 1.0)

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
        self.train(HANDOUT, samples=12, batch=2, epochs=3, eta=0.1, tests=5)

    @weight(2)
    @number("1.6")
    @tags("mini_batch_GD")
    def test_training_ragged(self) -> None:
        self.train(HANDOUT, samples=7, batch=5, epochs=3, eta=0.25, tests=1)

    @weight(3)
    @number("1.6")
    @tags("mini_batch_GD")
    def test_training_other(self) -> None:
        pair = self.train(SHALLOW, samples=7, batch=7, epochs=1, eta=10.5, tests=8)
        self.train(SHALLOW, samples=7, batch=7, epochs=1, eta=10.5, tests=8, pair=pair)
        self.train(DIFFERENT, samples=8, batch=2, epochs=3, eta=0.1, tests=1)
        made = [module.NeuralNetwork(len(SHALLOW), list(SHALLOW)) for module in (self.student, self.reference)]
        shapes = [[array.shape for array in _arrays([network.biases, network.weights])] for network in made]
        assert shapes[0] == shapes[1]

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
