"""No two sizes in a call of a probe are equal by chance: dividing by the batches shows where it should be the batch.

The calls are observed as the reference answers them, and each lab's sizes are read from the arguments here. A single
one of anything, such as one sample, is the smallest case, and may meet another.
"""

from __future__ import annotations

from collections import Counter
from math import ceil
from typing import Any

import numpy as np
import pytest

from neural_lab.grading.reference import Reference
from neural_lab.labs.q1 import probes as q1
from neural_lab.labs.q1 import smoke_run
from neural_lab.runtime.protocol import Handle
from neural_lab.runtime.session import Session
from neural_lab.schema.discovery import load_lab
from tests.pipeline.test_warmup_labs import LABS

# Equal on purpose: nets of equal widths and the handout's two hidden layers; a single update, whose batch is all
# samples; in the warm-up labs as many samples as neurons, where a swapped axis raises no error.
PURPOSE = {
    "q1": [Counter(dict.fromkeys(q1.EQUAL, 3)), Counter({8: 1}), Counter({q1.UPDATE.batch: 1})],
    "network": [Counter({2: 1})],
    "layered": [Counter({4: 3}), Counter({3: 1})],  # 5-3-1, the handout's, has three layers
    "ann": [Counter({4: 1})],
    "layers": [Counter({3: 2})],
}


def calls_of(lab, probe, seed):
    """(function, arguments, arguments of the object's constructor) of each call, with values for handles."""
    values: dict[int, Any] = {}
    host, made, found = Reference(lab).host(), {}, []

    def plain(value):
        return values.get(value.number, value) if isinstance(value, Handle) else value

    def perform(operation):
        _, told, questions, _ = operation
        for verb, *rest in told:
            if verb == "put":
                values[rest[0]] = rest[1]
            elif verb == "new":
                made[rest[0]] = [plain(argument) for argument in rest[3:]]
        for verb, target, function, *arguments in questions:
            if verb == "call":
                owner = made.get(target.number, []) if isinstance(target, Handle) else []
                found.append((function, [plain(argument) for argument in arguments], owner))
        return host.perform(operation)

    probe(Session(perform), np.random.default_rng(seed))
    return found


def sizes_of(lab, function, given, owner):
    """The sizes that a call has: samples, batch, batches, epochs, each width, layers as `num_layers` counts them."""
    if lab == "q1":
        return _of_q1(function, given, owner)
    if lab == "perceptron":
        inputs, epochs = owner[:2] if owner else (None, None)
        single = not isinstance(given[0], np.ndarray) or given[0].ndim < (2 if function == "predict" else 1)
        rows = [] if single else [len(given[0])]
        return [*rows, inputs, epochs] if function == "fit" else [*rows, inputs] if owner else []
    if lab == "layered":
        lists = [value for value in given if isinstance(value, list)]
        widths = lists[0] if function == "initialise" else [b.shape[0] for b in (lists[1] if lists else [])]
        first = [lists[0][0].shape[0]] if lists and function != "initialise" else []
        layers = [len(first + list(widths))] if lists else []
        rows = list(given[0].shape) if function.startswith("cost") else [len(given[0])] * (function != "initialise")
        rows = [] if function == "update" or function.startswith("sigmoid") else rows
        return [*rows, *first, *widths, *layers, *(given[-1:] if function == "train" else [])]
    arrays = [value for value in given if isinstance(value, np.ndarray)]
    rows = [len(arrays[0])] if arrays and arrays[0].ndim else []
    if lab == "ann":
        return [*rows, 2, 4, 1, *given[3:4]] if function in ("forward", "backward", "predict", "train") else rows
    if lab in ("neuron", "network"):
        return [*rows, 2]  # inputs, and hidden neurons
    return [*rows, *(owner if len(owner) == 2 else arrays[0].shape[1:])]  # layers


def _of_q1(function, given, owner):
    layers, widths = owner
    net = [*widths, layers]
    if function == "mini_batch_GD":
        data, epochs, batch, _, _ = given
        return [*net, len(data), batch, ceil(len(data) / batch), epochs]
    return [*net, len(given[0])] if function in ("cost", "sigmoid", "sigmoid_derivative", "cost_derivative") else net


@pytest.mark.parametrize("name", ["q1", *LABS])
def test_no_two_sizes_of_a_call_are_equal_without_a_purpose(name):
    lab = load_lab(name)
    seen = 0
    for probe in dict.fromkeys(part.probe for line in lab.lines for part in line.parts):
        for seed in range(4):
            for function, given, owner in calls_of(lab, probe, seed):
                sizes = Counter(int(size) for size in sizes_of(name, function, given, owner) if size != 1)
                seen += len(sizes)
                twice = sizes - Counter(list(sizes))
                assert not twice or twice in PURPOSE.get(name, []), (probe.id, function, sizes)
    assert seen > 50


def test_the_smoke_run_has_no_two_equal_sizes():
    how = smoke_run.COMPARED
    sizes = [how.samples, how.batch, how.samples // how.batch, how.epochs, *set(smoke_run.SIZES), len(smoke_run.SIZES)]
    assert how.samples % how.batch == 0 and len(set(sizes)) == len(sizes)


@pytest.mark.parametrize("how", [q1.DEEPER, q1.DIVIDES, q1.RAGGED, smoke_run.COMPARED])
def test_trainings_stay_short_enough_to_be_compared(how):
    assert how.eta / how.batch <= 0.06 and how.epochs <= 3
