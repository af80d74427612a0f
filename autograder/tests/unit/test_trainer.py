"""The trainer against the reference: the same network, the same shuffling, the same cost history."""

import random
import re
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from neural_lab.labs.q1.trainer import EVALUATION_ROWS, Trainer, at_once, forward, initial_parameters, side_by_side
from neural_lab.schema.places import ROOT
from tests.versions import BUILT_IN, network_class


@pytest.fixture(scope="module")
def q1():
    module = ModuleType("reference_q1")
    file = ROOT / "solution" / "q1.py"
    module.__file__ = str(file)
    exec(compile(file.read_bytes(), file, "exec"), module.__dict__)  # noqa: S102
    return module


def samples(sizes, count, seed, images):
    """x (count, n_0) and y (count, n_L): images are bytes with blank columns, others any real numbers."""
    rng = np.random.default_rng(seed)
    if images:
        x = rng.integers(0, 256, (count, sizes[0])).astype(np.uint8)
        x[:, :: max(2, sizes[0] // 3)] = 0
    else:
        x = rng.standard_normal((count, sizes[0])) / np.sqrt(sizes[0])
    return x, rng.random((count, sizes[-1]))


def as_pairs(x, y):
    x = x / 255.0 if x.dtype == np.uint8 else x
    return [(a[:, None], b[:, None]) for a, b in zip(x, y)]


STRUCTURES = [
    pytest.param([784, 8, 8, 10], 203, 10, True, id="the handout's net, images, ragged"),
    pytest.param([784, 8, 8, 10], 120, 10, False, id="the handout's net, real numbers, batches divide"),
    pytest.param([784, 30, 10], EVALUATION_ROWS + 50, 50, True, id="one hidden layer"),
    pytest.param([6, 6, 6, 6], 31, 7, False, id="equal widths"),
    pytest.param([9, 7, 5, 4, 3], 31, 30, True, id="four layers of weights, one sample left over"),
    pytest.param([5, 3], 17, 4, False, id="no hidden layer"),
    pytest.param([5, 3], 17, 4, True, id="no hidden layer, images"),
    pytest.param([12, 4, 2], 9, 1, False, id="batches of one sample"),
    pytest.param([12, 4, 2], 9, 50, True, id="a batch larger than the data"),
]


@pytest.mark.parametrize("sizes, count, batch, images", STRUCTURES)
def test_the_cost_history_and_the_parameters_are_the_references(q1, sizes, count, batch, images):
    x, y = samples(sizes, count, seed=7, images=images)
    network = q1.NeuralNetwork(len(sizes), sizes, seed=11)
    pairs = as_pairs(x, y)
    expected = network.mini_batch_GD(pairs, 3, batch, 0.06 * batch, [(pairs[0][0], 0)])

    trainer = Trainer(sizes, seed=11)
    costs = trainer.train(x, y, 3, batch, 0.06 * batch)

    np.testing.assert_allclose(costs, expected, rtol=1e-12, atol=0)
    for ours, theirs in zip(trainer.weights + trainer.biases, network.weights + network.biases):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-11)
    outputs = np.array([network.forward_pass(sample)[:, 0] for sample, _ in as_pairs(x, y)])
    np.testing.assert_allclose(trainer.forward(x), outputs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("sizes, count, batch, images", STRUCTURES)
def test_networks_side_by_side_learn_what_the_reference_and_the_trainer_learn_alone(q1, sizes, count, batch, images):
    x, y = samples(sizes, count, seed=7, images=images)
    eta, order, starts = 0.06 * batch, 11, (11, 12, 13)
    networks = [Trainer(sizes, seed) for seed in starts]
    histories = np.transpose([costs() for costs in side_by_side(networks, x, y, 3, batch, eta, order)])

    for seed, ours, costs in zip(starts, networks, histories, strict=True):
        reference, alone = q1.NeuralNetwork(len(sizes), sizes, seed=seed), Trainer(sizes, order)
        reference.seed = order  # of the shuffling, once the weights are drawn
        alone.weights, alone.biases = initial_parameters(sizes, seed)
        pairs = as_pairs(x, y)
        expected = reference.mini_batch_GD(pairs, 3, batch, eta, [(pairs[0][0], 0)])
        np.testing.assert_allclose(costs, expected, rtol=1e-12, atol=0)
        np.testing.assert_allclose(costs, alone.train(x, y, 3, batch, eta), rtol=1e-12, atol=0)
        for other in (reference, alone):
            for a, b in zip(ours.weights + ours.biases, [*other.weights, *other.biases], strict=True):
                assert a.shape == b.shape
                np.testing.assert_allclose(a, b, rtol=0, atol=1e-11)


@pytest.mark.parametrize("version", BUILT_IN.values(), ids=list(BUILT_IN))
@pytest.mark.parametrize("images", [True, False])
def test_a_versions_trainer_learns_what_its_solution_learns(version, images):
    sizes, count, batch = [12, 7, 5, 3], 31, 7
    x, y = samples(sizes, count, seed=7, images=images)
    network = network_class(version)(len(sizes), sizes, seed=11)
    # a version's eta is for 784 inputs; these twelve stand a larger one
    how = 3, batch, 0.06 * batch * version.pace
    shape = version.layer(-1)
    pairs = [(a.reshape(shape), b.reshape(shape)) for a, b in as_pairs(x, y)]
    expected = network.mini_batch_GD(list(pairs), *how, [(pairs[0][0], 0)])

    trainer = Trainer(sizes, seed=11, version=version)
    np.testing.assert_allclose(trainer.train(x, y, *how), expected, rtol=1e-11, atol=0)
    for W, stored in zip(trainer.weights, network.weights):
        np.testing.assert_allclose(version.in_out(stored), W, rtol=0, atol=1e-11)
    for b, stored in zip(trainer.biases, network.biases):
        np.testing.assert_allclose(stored.ravel(), b.ravel(), rtol=0, atol=1e-11)
    outputs = np.array([network.forward_pass(a).ravel() for a, _ in pairs])
    np.testing.assert_allclose(trainer.forward(x), outputs, rtol=0, atol=1e-11)


def test_networks_that_differ_in_sizes_or_precision_are_not_trained_side_by_side():
    x, y = samples([5, 3], 8, seed=1, images=False)
    for other in (Trainer([5, 4, 3]), Trainer([5, 3], dtype=np.float32)):
        with pytest.raises(ValueError, match="the same sizes and dtype"):
            next(side_by_side([Trainer([5, 3]), other], x, y, 1, 4, 0.1, 400))


@pytest.mark.parametrize(
    "sizes, batch, count",
    [((784, 8, 8, 10), 10, range(5, 100)), ((784, 30, 10), 10, [3]), ((784, 2000, 2000, 10), 10, [1]),
     ((784, 8, 8, 10), 8000, [1])],
)  # fmt: skip
def test_so_many_are_trained_at_once_as_a_cache_holds_and_one_at_least(sizes, batch, count):
    assert at_once(sizes, batch) in count


def test_initial_parameters_are_the_contracts_and_leave_numpys_global_state_alone(q1):
    sizes = [784, 8, 8, 10]
    network = q1.NeuralNetwork(4, sizes, seed=3)
    np.random.seed(99)
    weights, biases = initial_parameters(sizes, 3)
    assert np.random.random() == np.random.RandomState(99).random()
    for ours, theirs in zip(weights + biases, network.weights + network.biases):
        assert np.array_equal(ours, theirs)


def test_training_changes_neither_the_data_nor_pythons_random_numbers():
    x, y = samples([20, 5, 3], 40, seed=1, images=True)
    x_before, y_before, state = x.copy(), y.copy(), random.getstate()
    Trainer([20, 5, 3]).train(x, y, 2, 7, 0.3)
    assert np.array_equal(x, x_before) and np.array_equal(y, y_before)
    assert random.getstate() == state


def test_the_same_training_gives_the_same_numbers_bit_for_bit():
    x, y = samples([784, 8, 8, 10], 150, seed=2, images=True)
    assert Trainer([784, 8, 8, 10]).train(x, y, 4, 10, 3.0) == Trainer([784, 8, 8, 10]).train(x, y, 4, 10, 3.0)


def test_stopping_after_an_epoch_leaves_what_that_epoch_learned():
    x, y = samples([20, 5, 3], 40, seed=1, images=False)
    stopped, whole = Trainer([20, 5, 3]), Trainer([20, 5, 3])
    run = stopped.epochs(x, y, 5, 8, 0.4)
    first = next(run)
    run.close()
    assert [first] == whole.train(x, y, 1, 8, 0.4)
    for a, b in zip(stopped.weights + stopped.biases, whole.weights + whole.biases):
        assert np.array_equal(a, b)


def test_weights_of_pixels_blank_in_every_training_image_stay_as_drawn():
    x, y = samples([30, 4, 2], 25, seed=5, images=True)
    blank = ~x.any(axis=0)
    assert blank.any()
    trainer = Trainer([30, 4, 2], seed=8)
    drawn, _ = initial_parameters([30, 4, 2], 8)
    trainer.train(x, y, 2, 5, 0.2)
    assert np.array_equal(trainer.weights[0][blank], drawn[0][blank])
    assert not np.any(trainer.weights[0][~blank] == drawn[0][~blank])


@pytest.mark.parametrize("images", [True, False])
def test_float32_follows_float64_to_its_own_precision(images):
    x, y = samples([784, 8, 8, 10], 150, seed=2, images=images)
    double = Trainer([784, 8, 8, 10]).train(x, y, 3, 10, 0.5)
    single = Trainer([784, 8, 8, 10], dtype=np.float32)
    costs = single.train(x, y, 3, 10, 0.5)
    np.testing.assert_allclose(costs, double, rtol=1e-4)
    assert all(array.dtype == np.float32 for array in single.weights + single.biases)


def test_saturated_neurons_neither_warn_nor_break():
    weights, biases = [np.full((3, 2), 5000.0)], [np.zeros((2, 1))]
    x = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
    assert forward(weights, biases, x).tolist() == [[0.0, 0.0], [1.0, 1.0]]
    trainer = Trainer([3, 2])
    trainer.weights, trainer.biases = weights, biases
    assert trainer.train(x, np.eye(2), 1, 2, 0.1) == [1.0]


def test_correct_counts_the_samples_whose_largest_output_is_at_their_label():
    trainer = Trainer([2, 2])
    trainer.weights, trainer.biases = [np.eye(2)], [np.zeros((2, 1))]
    assert trainer.correct(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]), np.array([0, 1, 0])) == 2


@pytest.mark.parametrize(
    "x_shape, y_shape, batch, message",
    [
        ((0, 4), (0, 2), 1, "N >= 1"),
        ((5, 3), (5, 2), 1, r"expected x \(N, 4\)"),
        ((5, 4), (4, 2), 1, r"got \(5, 4\) and \(4, 2\)"),
        ((5, 4), (5, 2), 0, "mini_batch_size of at least 1"),
    ],
)
def test_data_that_does_not_fit_the_network_is_refused(x_shape, y_shape, batch, message):
    with pytest.raises(ValueError, match=message):
        Trainer([4, 3, 2]).train(np.ones(x_shape), np.ones(y_shape), 1, batch, 0.1)


@pytest.mark.parametrize("sizes", [[], [4], [4, 0, 2]])
def test_a_network_without_layers_or_neurons_is_refused(sizes):
    with pytest.raises(ValueError, match="at least"):
        Trainer(sizes)


def test_the_trainer_imports_nothing_but_numpy_and_the_standard_library():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import neural_lab.labs.q1.trainer; "
        "print(*sorted({m.split('.')[0] for m in sys.modules} & {'sklearn', 'scipy', 'matplotlib', 'torch'}))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code, ROOT / "autograder"], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == ""


def test_the_page_on_matrix_products_computes_what_the_reference_computes(q1, monkeypatch):
    monkeypatch.chdir(ROOT)
    page = (ROOT / "docs" / "vectorise.md").read_text(encoding="utf-8")
    names: dict = {}
    for block in re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        exec(block, names)  # noqa: S102
    training, test = q1.load_data(ROOT / "data" / "digits.npz")
    x, y = training[5]
    network = q1.NeuralNetwork(4, [784, 8, 8, 10])
    for ours, theirs in zip(names["gradients"](network.weights, network.biases, x, y), network.back_propagation(x, y)):
        for a, b in zip(ours, theirs):
            np.testing.assert_allclose(a, b, rtol=0, atol=1e-14)
    expected = network.mini_batch_GD(training, 3, 10, 0.5, test[:1])
    np.testing.assert_allclose(names["cost_history"], expected, rtol=1e-12)
