"""The words for a call are made of its data, and no two calls of a probe read alike."""

from __future__ import annotations

import numpy as np
import pytest

from neural_lab.feedback.calls import label, piece
from neural_lab.grading.reference import Reference
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.observations import Call, Each, Occasion, Role

TRAINING = Call(
    "train", "{function} on a {net} net, {samples} in batches of {batch:d}", (6, 5, 4), {"samples": 7, "batch": 2}
)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (Call("step"), "step"),
        (TRAINING, "train on a 6-5-4 net, 7 samples in batches of 2"),
        (TRAINING._replace(sizes={"samples": 1, "batch": 1}), "train on a 6-5-4 net, 1 sample in batches of 1"),
        (TRAINING.again(), "train on a 6-5-4 net, 7 samples in batches of 2, once more"),
        (Call("cost", "{function}{again} of {samples}", sizes={"samples": 3}).again(), "cost once more of 3 samples"),
        (Call("cost", "{function}{again} of {samples}", sizes={"samples": np.int64(3)}), "cost of 3 samples"),
    ],
)
def test_a_phrase_is_filled_in_with_the_data_of_the_call(call, words):
    assert label(call) == words


def test_the_numbers_of_a_call_are_its_sizes_and_no_others():
    assert TRAINING.numbers == (6, 5, 4, 7, 2)
    assert TRAINING._replace(phrase="descend with alpha=0.3, 12 steps").numbers == TRAINING.numbers


@pytest.mark.parametrize("name", lab_names())
def test_no_two_calls_of_a_probe_read_alike(name):
    reference = Reference(load_lab(name))
    for probe in reference.lab.probes:
        judged = [one.call for one in reference.answers(probe, np.random.default_rng(1)) if one.role is Role.JUDGED]
        assert len(set(map(label, judged))) == len(judged), probe.id
        assert all(("once more" in label(call)) == (call.occasion is Occasion.AGAIN) for call in judged), probe.id
        assert not any("int64" in label(call) or "{" in label(call) for call in judged)


@pytest.mark.parametrize("name", lab_names())
def test_each_of_several_results_has_a_name(name):
    """So that nobody reads of "item 1 of the result"."""
    reference = Reference(load_lab(name))
    for probe in reference.lab.probes:
        for one in reference.answers(probe, np.random.default_rng(1)):
            if one.role is Role.JUDGED and isinstance(one.value, tuple):
                assert len(one.call.pieces) == len(one.value), label(one.call)
                for index, value in enumerate(one.value):
                    assert not isinstance(value, tuple) or len(one.call.pieces[index]) == len(value), label(one.call)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ((0,), "`weights` and `bias`"),
        ((0, 1), "`bias`"),
        ((0, 0, 2), "item 3 of `weights`"),
        ((1,), "`loss_history`"),
        ((1, 0), "item 1 of `loss_history`"),
        ((), "the whole result"),
    ],
)
def test_a_piece_is_called_by_its_name(items, words):
    assert piece(Call("fit", pieces=(("weights", "bias"), "loss_history")), items) == words


def test_a_piece_without_a_name_is_told_by_its_place():
    assert piece(Call("forward_pass"), (1,)) == "item 2 of the result"
    assert piece(Call("mini_batch_GD", each=Each.EPOCH), (1,)) == "epoch 2"
    assert piece(Call("back_propagation", net=(6, 5, 4), each=Each.LAYER), (1,)) == "the output layer"


def test_a_piece_beyond_what_has_a_name_is_told_by_its_number():
    """An answer may have more items than the right one: `return cost, activations, dC_db, dC_dw`."""
    lists = Call("back_propagation", net=(6, 5, 4), pieces=("dC_db", "dC_dw"), each=Each.LAYER)
    assert piece(lists, (1, 1)) == "`dC_dw` of the output layer"
    assert piece(lists, (2, 0)) == "item 1 of item 3 of the result"
    assert piece(lists, (1, 2)) == "item 3 of `dC_dw`"
    pairs = Call("backward", pieces=(("dW", "db"),))
    assert piece(pairs, (0, 1)) == "`db`"
    assert piece(pairs, (0, 2)) == "item 3 of `dW` and `db`"
    epochs = Call("mini_batch_GD", net=(6, 5, 4), each=Each.EPOCH)
    assert piece(epochs, (5,)) == "epoch 6"
