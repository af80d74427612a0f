"""Probes are known by fixed ids, which decide what is drawn: what is moved or renamed leaves every replay the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neural_lab.grading.reference import Reference
from neural_lab.labs.asking import spread
from neural_lab.labs.q1 import smoke_run
from neural_lab.runtime.host import Host
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.session import Session
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Probe, observe

# Each probe's id, and what tells its random numbers from those of the others. Probes may be added; a line that changes
# here makes all files that were graded before impossible to replay.
PINNED = {
    "ann": {
        "initial_shapes": 3926866670,
        "initial_weights": 2929727984,
        "sigmoid": 807548523,
        "forward": 3885051782,
        "losses": 724428801,
        "backward": 1384416081,
        "train": 1550247075,
        "predict": 2361804312,
    },
    "layered": {
        "initialise_shapes": 4009500708,
        "initialise_random": 1797021667,
        "sigmoid": 807548523,
        "sigmoid_derivative": 528433549,
        "cost": 405181692,
        "cost_derivative": 897668953,
        "forward_handout": 2790778508,
        "forward_others": 1668829055,
        "gradients_handout": 2185845821,
        "gradients_others": 3378600076,
        "update": 2552575352,
        "train": 1550247075,
    },
    "layers": {
        "dense_forward": 2384247694,
        "dense_inputs": 2285328093,
        "dense_backward": 1547077367,
        "ActivationRelu_forward": 224383505,
        "ActivationRelu_backward": 1006979915,
        "ActivationSig_forward": 877246860,
        "ActivationSig_backward": 2994909913,
        "ActivationTanh_forward": 197226856,
        "ActivationTanh_backward": 366615664,
        "ActivationLeakyRelu_forward": 826355717,
        "ActivationLeakyRelu_backward": 652444116,
        "ActivationSoftmax_forward": 4287459416,
        "softmax_large": 422895667,
        "ActivationSoftmax_backward": 871850205,
        "mse_loss": 3998459987,
        "mse_loss_derivative": 2801524790,
        "mae_loss": 504505780,
        "mae_loss_derivative": 2374817709,
        "binary_cross_entropy": 2403961948,
        "binary_cross_entropy_derivative": 1444601744,
        "categorical_cross_entropy": 2314802818,
        "categorical_cross_entropy_derivative": 1404161303,
        "sparse_categorical_cross_entropy": 2433499594,
        "sparse_categorical_cross_entropy_derivative": 399312071,
        "both_forward": 2456961482,
        "both_large": 1200622375,
        "both_backward": 765160836,
    },
    "network": {
        "evaluate_network": 3147169757,
        "loss_function": 3106053060,
        "update_weights": 1566796449,
        "evaluate_prediction": 4068089096,
    },
    "neuron": {
        "evaluate_neuron": 1000625977,
        "derivative_of_sigmoid": 2995874469,
        "loss_function": 3106053060,
        "update_weights": 1566796449,
        "evaluate_prediction": 4068089096,
    },
    "perceptron": {
        "step": 1136262716,
        "descend_slides": 3869610154,
        "descend_other": 1645281368,
        "sigmoid": 807548523,
        "mse": 2256813699,
        "dmse": 3972356313,
        "fit": 1347160907,
        "predict_many": 3261352040,
        "predict_one": 2937302730,
    },
    "q1": {
        "sigmoid": 807548523,
        "sigmoid_derivative": 528433549,
        "cost_handout": 1948161231,
        "cost_other": 2195358500,
        "cost_derivative": 897668953,
        "forward_handout": 2790778508,
        "forward_deeper": 3460041928,
        "forward_shallow": 2282214774,
        "training_handout": 4014902526,
        "training_ragged": 3651845191,
        "training_other": 914538317,
        "gradients_handout": 2185845821,
        "gradients_deeper": 1680153403,
        "gradients_shallow": 2887348167,
    },
}


@pytest.mark.parametrize("name", PINNED)  # a new lab's are pinned when the first class has been graded
def test_every_probe_keeps_its_id_and_its_random_numbers(name):
    lab = load_lab(name)
    own = dict.fromkeys(part.probe for line in lab.lines for part in line.parts)
    assert {probe.id: probe.stream for probe in own} == PINNED[name]


@pytest.mark.parametrize("name", lab_names())
def test_the_solution_changes_nothing_that_it_is_sent(name):
    lab = load_lab(name)
    for probe in {part.probe for line in lab.lines for part in line.parts}:
        host = Host()  # it looks for changes, as a grader's own host of the solution does not
        host.loader.load(LoadPlan(lab.modules, Reference(lab).sources), untrusted=False)
        assert observe(probe, Session(host.perform), np.random.default_rng(3))[-1].value == ()


def test_two_probes_of_a_lab_may_not_have_one_id():
    lab = load_lab("q1")
    line, *others = lab.lines
    twin = line.parts[0]._replace(id="twin", probe=Probe(lab.lines[1].parts[0].probe.id, line.parts[0].probe.ask))
    with pytest.raises(ValueError, match="two probes have the id 'sigmoid_derivative'"):
        replace(lab, lines=(line._replace(parts=(*line.parts, twin)), *others))


def test_what_a_smoke_run_trains_on_stays_the_same():
    probes = (smoke_run.compared, smoke_run.learning)
    assert {probe.id: probe.stream for probe in probes} == {"probe": 3613290282, "learning": 3473253570}


def test_the_spread_of_what_holds_no_numbers_is_none_and_of_what_is_not_finite_nan():
    assert spread([np.array([1.0, 3.0]), [2.0, 2.0]], 0.5) == [2.0, 0.5]
    assert spread([None], 0.5) is None
    assert np.isnan(spread([np.array([1.0, np.nan])], 0.5)).all()
