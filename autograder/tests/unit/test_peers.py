"""The reference against its peers: PyTorch's automatic differentiation, and slopes measured by small steps.

PyTorch is optional (the extra `torch`, requirements/torch.txt); without it these tests are skipped and the measured
slopes stand alone.
"""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural_lab.labs.q1.trainer import Trainer
from neural_lab.schema.places import ROOT

needs_torch = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None,
    reason="PyTorch is not installed: pip install -r requirements/torch.txt",
)
# Any depth from no hidden layer to five, any widths, and everything drawn from one seed.
structures = st.lists(st.integers(1, 12), min_size=2, max_size=7)
seeds = st.integers(0, 2**32 - 1)


def load_reference():
    module = ModuleType("reference_q1")
    file = ROOT / "solution" / "q1.py"
    module.__file__ = str(file)
    exec(compile(file.read_bytes(), file, "exec"), module.__dict__)  # noqa: S102
    return module


Q1 = load_reference()


def example(sizes, seed):
    """A network with N(0, 1/n_in) weights and biases of its own, and a sample."""
    rng = np.random.default_rng(seed)
    network = Q1.NeuralNetwork(len(sizes), sizes)
    network.weights = [rng.standard_normal(W.shape) / np.sqrt(W.shape[0]) for W in network.weights]
    network.biases = [rng.standard_normal(b.shape) for b in network.biases]
    return network, rng.standard_normal((sizes[0], 1)), rng.standard_normal((sizes[-1], 1))


def distance(ours, theirs):
    """The largest ‖a - b‖ / ‖b‖ over all arrays; of arrays of zeros, ‖a‖."""
    return max(float(np.linalg.norm(a - b) / (np.linalg.norm(b) or 1.0)) for a, b in zip(ours, theirs, strict=True))


def torch_loss(torch, weights, biases, x, y):
    """½‖a - y‖² over all samples, the columns of x (n_0, N) and y (n_L, N), in PyTorch's own operations."""
    a = torch.tensor(x, dtype=torch.float64)
    for W, b in zip(weights, biases):
        a = torch.sigmoid(W.T @ a + b)
    return 0.5 * ((a - torch.tensor(y, dtype=torch.float64)) ** 2).sum()


def torch_parameters(torch, network):
    weights = [torch.tensor(W, dtype=torch.float64, requires_grad=True) for W in network.weights]
    biases = [torch.tensor(b, dtype=torch.float64, requires_grad=True) for b in network.biases]
    return weights, biases


@needs_torch
@settings(deadline=None, max_examples=60)
@given(sizes=structures, seed=seeds)
def test_gradients_equal_pytorchs_on_nets_of_any_depth(sizes, seed):
    import torch

    network, x, y = example(sizes, seed)
    weights, biases = torch_parameters(torch, network)
    loss = torch_loss(torch, weights, biases, x, y)
    loss.backward()

    dC_db, dC_dw = network.back_propagation(x, y)
    assert distance(dC_db, [b.grad.numpy() for b in biases]) <= 1e-10
    assert distance(dC_dw, [W.grad.numpy() for W in weights]) <= 1e-10
    assert network.cost([(x, y)]) == pytest.approx(loss.item(), rel=1e-12)


@needs_torch
def test_gradients_equal_pytorchs_on_the_handouts_net_with_its_own_initial_weights():
    import torch

    network = Q1.NeuralNetwork(4, [784, 8, 8, 10])
    rng = np.random.default_rng(1)
    x, y = rng.random((784, 1)), np.eye(10)[:, [3]]
    weights, biases = torch_parameters(torch, network)
    torch_loss(torch, weights, biases, x, y).backward()
    dC_db, dC_dw = network.back_propagation(x, y)
    assert distance([*dC_db, *dC_dw], [p.grad.numpy() for p in (*biases, *weights)]) <= 1e-10


@needs_torch
@settings(deadline=None, max_examples=20)
@given(sizes=structures, seed=seeds, count=st.integers(1, 20))
def test_one_update_of_the_trainer_is_one_step_of_pytorchs_sgd(sizes, seed, count):
    import torch

    network, _, _ = example(sizes, seed)
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((count, sizes[0])), rng.standard_normal((count, sizes[-1]))
    weights, biases = torch_parameters(torch, network)
    optimiser = torch.optim.SGD([*weights, *biases], lr=0.7)
    (torch_loss(torch, weights, biases, x.T, y.T) / count).backward()
    optimiser.step()

    trainer = Trainer(sizes)
    trainer.weights, trainer.biases = network.weights, network.biases
    trainer.train(x, y, 1, count, 0.7)
    theirs = [p.detach().numpy() for p in (*weights, *biases)]
    assert distance([*trainer.weights, *trainer.biases], theirs) <= 1e-10


@settings(deadline=None, max_examples=25)
@given(sizes=structures, seed=seeds)
def test_gradients_equal_the_slopes_of_small_steps(sizes, seed):
    network, x, y = example(sizes, seed)
    dC_db, dC_dw = network.back_propagation(x, y)
    measured = []
    h = 1e-5  # the error of a central difference is h² C‴/6 by truncation and about 1e-16/h by rounding: both 1e-11
    for parameter in [*network.biases, *network.weights]:
        slope = np.empty_like(parameter)
        for index in np.ndindex(parameter.shape):
            before = parameter[index]
            costs = []
            for step in (h, -h):
                parameter[index] = before + step
                costs.append(network.cost([(x, y)]))
            parameter[index] = before
            slope[index] = (costs[0] - costs[1]) / (2 * h)
        measured.append(slope)
    ours = np.concatenate([g.ravel() for g in (*dC_db, *dC_dw)])
    slopes = np.concatenate([g.ravel() for g in measured])
    assert float(np.linalg.norm(ours - slopes)) <= 1e-6 * max(float(np.linalg.norm(slopes)), 1e-4)


@settings(deadline=None, max_examples=25)
@given(sizes=structures, seed=seeds, count=st.integers(1, 25), batch=st.integers(1, 30))
def test_the_trainer_equals_the_reference_on_any_structure_and_batch(sizes, seed, count, batch):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((count, sizes[0])), rng.random((count, sizes[-1]))
    pairs = [(a[:, None], b[:, None]) for a, b in zip(x, y)]
    network = Q1.NeuralNetwork(len(sizes), sizes, seed)
    expected = network.mini_batch_GD(pairs, 2, batch, 0.06 * batch, [(pairs[0][0], 0)])
    np.testing.assert_allclose(Trainer(sizes, seed).train(x, y, 2, batch, 0.06 * batch), expected, rtol=1e-12)
