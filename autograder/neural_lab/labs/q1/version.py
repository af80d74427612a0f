"""What a version of q1 asks for: one choice on each of a few axes, and what follows from them for probes and contracts.

The default version is the public lab: this file, the solution and the bank as they stand here. Where a version of
another year is built, only the last line of this file is another one; see `tools/versions/`.
"""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

import numpy as np


class Activation(Enum):
    """The activation function of the hidden layers; its name is the function's in the code."""

    SIGMOID = "sigmoid"
    TANH = "tanh"
    SOFTPLUS = "softplus"
    LEAKY_RELU = "leaky_relu"


class Output(Enum):
    """What the output layer does with its z."""

    SAME = "same"  # as the hidden layers
    LINEAR = "linear"


class Cost(Enum):
    """The cost of some samples."""

    HALF_SQUARES = "half squares, summed"
    MEAN_SQUARES = "squares, averaged"
    CROSS_ENTROPY = "cross-entropy, summed"


class Stored(Enum):
    """The shape of the weights of a layer."""

    IN_OUT = "(n_in, n_out)"
    OUT_IN = "(n_out, n_in)"


class Samples(Enum):
    """What a sample, and whatever else is one number for each neuron of a layer, is."""

    COLUMNS = "columns"
    ROWS = "rows"


class Update(Enum):
    """One step of gradient descent."""

    PLAIN = "plain"
    DECAY = "weight decay"
    MOMENTUM = "momentum"


class Returned(Enum):
    """Which gradients `back_propagation` returns first."""

    BIASES_FIRST = "biases first"
    WEIGHTS_FIRST = "weights first"


class Scales(NamedTuple):
    """What the comparison and the advice need to know of an activation function.

    :param value: its natural size, for the tolerance
    :param slope: that of its slope
    :param value_limits: what it comes close to far from zero, on the left and on the right
    :param slope_limits: what its slope comes close to there
    :param middle: zero, or a number near it where the function has no slope at zero
    """

    value: float
    slope: float
    value_limits: tuple[float, float]
    slope_limits: tuple[float, float]
    middle: float = 0.0


LEAK = 0.01  # the slope of the leaky ReLU on the left
LARGE = (-800.0, 800.0)  # e^800 is more than a float64 holds
SCALES = {
    Activation.SIGMOID: Scales(1.0, 0.25, (0.0, 1.0), (0.0, 0.0)),
    Activation.TANH: Scales(1.0, 1.0, (-1.0, 1.0), (0.0, 0.0)),
    Activation.SOFTPLUS: Scales(1.0, 1.0, (0.0, LARGE[1]), (0.0, 1.0)),
    Activation.LEAKY_RELU: Scales(1.0, 1.0, (LEAK * LARGE[0], LARGE[1]), (LEAK, 1.0), middle=0.3),
}


# How far a step may go, beside the public lab's: the cost is steeper, or an activation grows without limit. Measured by
# training on the digits; a pace too fast ends in numbers without limit, one too slow learns nothing in two epochs.
PACE = {
    Activation.SIGMOID: 1.0,
    Activation.TANH: 0.1,
    Activation.SOFTPLUS: 0.1,
    Activation.LEAKY_RELU: 0.05,
    Output.LINEAR: 0.1,
    Cost.MEAN_SQUARES: 2.0,
    Cost.CROSS_ENTROPY: 0.1,
}


DECAY = 0.001  # lambda of the weight decay: how fast weights shrink
MOMENTUM = 0.5  # how much of the last move is made again


class Start(NamedTuple):
    """Initial weights from N(0, variance / n_in); the biases are all the same number, or from N(0, 1) without one."""

    variance: float
    biases: int | None


# Where the public lab's start, all from N(0, 1), would saturate neurons or drive an unbounded activation away. Three
# quarters of an image's length are the ink that all digits share.
START = {
    Activation.TANH: Start(0.25, 0),
    Activation.SOFTPLUS: Start(1.0, None),
    # positive for nearly every image: where z is always negative, a neuron hardly learns
    Activation.LEAKY_RELU: Start(0.1, 1),
    Cost.CROSS_ENTROPY: Start(1.0, 0),
}


class OwnChange(NamedTuple):
    """In one function of the public solution, by its public name, each `find` becomes `put`."""

    function: str
    find: str
    put: str


class OwnMistake(NamedTuple):
    """A known mistake of a course's own: of an axis as an edit of the version's solution, otherwise of the public one.

    :param spares: as in `Mistake`
    :param halves: the same
    :param because: the same
    """

    id: str
    function: str
    find: str
    put: str
    hint: str
    spares: tuple[str, ...] = ()
    halves: tuple[str, ...] = ()
    because: str = ""


class OwnAxis(NamedTuple):
    """An axis of a course's own, which no public repository tells of.

    :param says: what the handout says about it, in Markdown
    """

    name: str
    says: str
    changes: tuple[OwnChange, ...]
    mistakes: tuple[OwnMistake, ...]


class Smoke(NamedTuple):
    """How a submission is trained to see whether it learns anything; see `smoke_run.py`.

    :param eta: for the public lab's pace
    :param least: accuracy in percent that shows that something was learned
    """

    epochs: int = 1
    eta: float = 1.5
    least: float = 30.0


class Version(NamedTuple):
    """A version, and what follows from its axes.

    :param term: whose lab it is; versions of one term are about equally hard
    :param names: (public name, name in this version) of functions that have another
    :param epochs: what the stub's HYPERPARAMETERS begin with, as `eta` is; no probe depends on them, nor on
        `own`
    :param own: axes of the course's own
    :param smoke: the smoke run's training, where the public lab's shows too little
    """

    name: str = "default"
    term: str = ""
    activation: Activation = Activation.SIGMOID
    output: Output = Output.SAME
    cost: Cost = Cost.HALF_SQUARES
    stored: Stored = Stored.IN_OUT
    samples: Samples = Samples.COLUMNS
    update: Update = Update.PLAIN
    returned: Returned = Returned.BIASES_FIRST
    names: tuple[tuple[str, str], ...] = ()
    epochs: int = 30
    eta: float = 2.0
    own: tuple[OwnAxis, ...] = ()
    smoke: Smoke = Smoke()

    @property
    def scales(self) -> Scales:
        return SCALES[self.activation]

    @property
    def pace(self) -> float:
        """A factor for the public lab's learning rates."""
        return PACE[self.activation] * PACE.get(self.output, 1.0) * PACE.get(self.cost, 1.0)

    @property
    def start(self) -> Start | None:
        """How the initial parameters are drawn; None for the public lab's N(0, 1)."""
        return START.get(self.cost, START.get(self.activation))

    @property
    def renamed(self) -> dict[str, str]:
        """The public lab's names of functions that are others here, and those."""
        activation = self.activation.value
        names = {"sigmoid": activation, "sigmoid_derivative": f"{activation}_derivative"} | dict(self.names)
        return {old: new for old, new in names.items() if old != new}

    def called(self, function: str) -> str:
        """What a function of the public lab is called here."""
        return self.renamed.get(function, function)

    @property
    def lists(self) -> tuple[str, str]:
        """What `back_propagation` returns, in order."""
        return ("dC_db", "dC_dw") if self.returned is Returned.BIASES_FIRST else ("dC_dw", "dC_db")

    @property
    def db(self) -> int:
        """Where the gradients of the biases are in what `back_propagation` returns."""
        return self.lists.index("dC_db")

    @property
    def dw(self) -> int:
        return self.lists.index("dC_dw")

    def layer(self, size: Any, count: Any = 1) -> tuple[Any, Any]:
        """The shape of one number for each of `size` neurons, for `count` samples."""
        return (size, count) if self.samples is Samples.COLUMNS else (count, size)

    def stored_as(self, n_in: Any, n_out: Any) -> tuple[Any, Any]:
        """The shape of the weights between two layers."""
        return (n_in, n_out) if self.stored is Stored.IN_OUT else (n_out, n_in)

    def ends(self, W: np.ndarray) -> tuple[int, int]:
        """n_in and n_out of stored weights."""
        return self.stored_as(*W.shape)

    def in_out(self, W: np.ndarray) -> np.ndarray:
        """Stored weights as an array (n_in, n_out); also the way back."""
        return W if self.stored is Stored.IN_OUT else W.T

    def following(self, own_db: np.ndarray, db: np.ndarray, dw: np.ndarray) -> np.ndarray:
        """A layer's gradients of the weights from own gradients of the biases, where the right ones are db and dw."""
        column = db.reshape(-1, 1)
        a = self.in_out(dw) @ column / (column.T @ column)  # (n_in, n_out) @ (n_out, 1) / (1, 1) -> (n_in, 1)
        return self.in_out(a @ own_db.reshape(1, -1))


VERSION = Version()
