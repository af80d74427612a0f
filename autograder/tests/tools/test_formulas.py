"""Every formula that a page displays, read as it stands there and worked out, is what the solution computes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import numpy as np
import pytest

from neural_lab.labs.q1.version import Stored, Version
from neural_lab.schema.places import STUDENT
from neural_lab.tools.versions import handed_out
from tests.formulas import Formulas, Unreadable, displayed
from tests.versions import BUILT_IN, network_class, solution_of

pytestmark = pytest.mark.fast

README = (STUDENT / "README.md").read_text("utf-8")
PUBLIC = Version("public")
every_page = pytest.mark.parametrize("version", [PUBLIC, *BUILT_IN.values()], ids=["public", *BUILT_IN])
SIZES = [4, 3, 5, 10]  # the public page has three layers of weights and sums over ten outputs
LAST = len(SIZES) - 1
# What a wrong formula comes to: another number, a number that is not there, or a layer that is not there.
WRONG = (AssertionError, LookupError, RecursionError, ZeroDivisionError, TypeError, ValueError)


def page_of(version):
    return README if version is PUBLIC else handed_out.page(version, solution_of(version), README, {})


class Worked:
    """The solution's net and data, and the formulas of a page, to be compared with each other."""

    def __init__(self, version, page, formulas):
        self.version, rng = version, np.random.default_rng(3)
        self.network = network_class(version)(len(SIZES), SIZES)
        self.network.biases = [rng.normal(0, 1, b.shape) for b in self.network.biases]
        self.network.weights = [rng.normal(0, 1, W.shape) for W in self.network.weights]
        self.data = [
            (rng.normal(0, 1, version.layer(SIZES[0])), rng.uniform(0.1, 0.9, version.layer(SIZES[-1])))
            for _ in range(4)
        ]
        # W_ij of layer l is read where the page says that it stands
        (entry,) = set(re.findall(r"`(weights\[l-1\]\[\w, \w\])`", page))
        self.entry = compile(entry, "page", "eval")
        x, y = (one.ravel() for one in self.data[0])
        given: dict[str, Callable] = {
            "W": self.on_paper,
            "b": lambda indices, layer: self.network.biases[layer - 1].ravel()[indices or slice(None)],
            "x": lambda indices, layer: x[indices or slice(None)],
            "y": lambda indices, layer: y[indices or slice(None)],
            "n": lambda indices, layer: SIZES[indices[0]],
        }
        self.said = Formulas(formulas, given, LAST)

    def on_paper(self, indices, layer):
        """W_ij, or the whole of W."""
        if not indices:
            places = np.ndindex(SIZES[layer], SIZES[layer - 1])
            return np.reshape([self.on_paper(place, layer) for place in places], (SIZES[layer], -1))
        names = {"weights": self.network.weights, "l": layer}
        return eval(self.entry, names | dict(zip("ij", indices, strict=True)))

    def compare(self):
        """Work everything out and compare.

        :raises AssertionError: the formulas and the solution differ
        """
        with np.errstate(all="ignore"):  # a wrong formula may come to anything
            self.compare_one_sample()
            self.compare_training()
        unused = {one.formula for one in (*self.said.definitions, *self.said.updates)} - self.said.used
        assert not unused

    def compare_one_sample(self):
        said, network, (x, y) = self.said, self.network, self.data[0]
        z = np.array([-1.5, -0.5, 0.25, 2.0])
        z_here = z.reshape(self.version.layer(-1))
        agree(said.function(r"\sigma", z), network.sigmoid(z_here))
        agree(said.value("a", layer=0), x)
        a = network.forward_pass(x)
        outputs = range(SIZES[-1])
        if self.version is PUBLIC:  # whose page goes forward with whole arrays, and gives the slope for each layer
            agree(said.value("a", layer=LAST), a)
            agree(said.value("dC/da", layer=LAST), network.cost_derivative(a, y))
        else:
            agree([said.value("a", i, layer=LAST) for i in outputs], a)
            agree(said.function(r"\sigma'", z), network.sigmoid_derivative(z_here))
        agree(said.value("C"), network.cost([(x, y)]))
        agree([said.value("dC/da", i, layer=LAST) for i in outputs], network.cost_derivative(a, y))
        returned = dict(zip(self.version.lists, network.back_propagation(x, y), strict=True))
        # the public page leaves the first hidden layer to the reader
        for layer in range(2 if self.version is PUBLIC else 1, LAST + 1):
            size = range(SIZES[layer])
            agree([said.value("dC/db", i, layer=layer) for i in size], returned["dC_db"][layer - 1])
            slopes = [[said.value("dC/dW", i, j, layer=layer) for j in range(SIZES[layer - 1])] for i in size]
            stored = np.array(slopes) if self.version.stored is Stored.OUT_IN else np.transpose(slopes)
            agree(stored, returned["dC_dw"][layer - 1])

    def compare_training(self):
        """Two steps, each parameter with its move."""
        said, network, constants = self.said, self.network, self.network.module
        eta, size = 0.2, 2
        numbers = {r"\eta": eta, r"\text{mini\_batch\_size}": size}
        numbers |= {r"\lambda": constants.get("DECAY"), r"\mu": constants.get("MOMENTUM")}
        said.given |= {name: lambda *_, number=number: number for name, number in numbers.items()}
        shuffled = list(self.data)
        random.Random(network.seed).shuffle(shuffled)
        other = network_class(self.version)(len(SIZES), SIZES)
        states = {("dC_dw", layer): {"W": W, "v": 0 * W} for layer, W in enumerate(network.weights)}
        states |= {("dC_db", layer): {"b": b.ravel(), "u": 0 * b.ravel()} for layer, b in enumerate(network.biases)}
        for batch in (shuffled[:size], shuffled[size:]):
            other.weights = [states["dC_dw", layer]["W"] for layer in range(LAST)]
            other.biases = [states["dC_db", layer]["b"].reshape(b.shape) for layer, b in enumerate(network.biases)]
            returned = [dict(zip(self.version.lists, other.back_propagation(*sample))) for sample in batch]
            for (gradients, layer), state in states.items():
                parameter = next(iter(state))
                arrays = [one[gradients][layer].reshape(state[parameter].shape) for one in returned]
                slope = f"dC/d{parameter}"
                said.given[slope] = lambda indices, layer, arrays=arrays: arrays[indices[0]][indices[1:]]
                states[gradients, layer] = said.updated(state, B=range(len(batch)))
        network.mini_batch_GD(list(self.data), 1, size, eta, [(x, 0) for x, _ in self.data])
        for layer in range(LAST):
            agree(states["dC_dw", layer]["W"], network.weights[layer])
            agree(states["dC_db", layer]["b"], network.biases[layer])


def agree(own, wanted):
    np.testing.assert_allclose(np.ravel(own), np.ravel(wanted), rtol=1e-9)  # far above rounding, below any slip


@every_page
def test_what_a_page_displays_is_what_its_solution_computes(version):
    page = page_of(version)
    Worked(version, page, displayed(page)).compare()


def noticed(version, page, formulas):
    try:
        Worked(version, page, formulas).compare()
    except WRONG:
        return True
    return False


def slips(formula):
    """The formula with one sign or one number changed, each in turn."""
    for found in re.finditer(r"[-+]|(?<![({^\d.])\d+(?![.)}])|(?<=frac\{)\d(?=\})", formula):
        put = {"-": "+", "+": "-"}.get(found[0]) or str(int(found[0]) + 1)
        yield formula[: found.start()] + put + formula[found.end() :]


@every_page
def test_a_changed_sign_or_number_in_a_displayed_formula_is_noticed(version):
    page = page_of(version)
    formulas = displayed(page)
    wrong = [(number, slip) for number, formula in enumerate(formulas) for slip in slips(formula)]
    assert len(wrong) > 10
    for number, slip in wrong:
        assert noticed(version, page, [*formulas[:number], slip, *formulas[number + 1 :]]), slip


@pytest.mark.parametrize("formula", [r"C = \max_j a_j", "C = 1 +", r"C = \sum_j 2", "C"])
def test_what_can_not_be_read_is_refused(formula):
    with pytest.raises(Unreadable):
        Formulas([formula], {}, 1).value("C")
