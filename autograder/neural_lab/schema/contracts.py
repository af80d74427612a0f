"""What a function's arguments are, by which the reference's copy of it takes them, and how often it may be asked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np


class Refused(ValueError):
    """Arguments of a substituted helper that are not of the contract's kind."""


class Contract(Protocol):
    """What one argument may be."""

    def check(self, value: Any, sizes: dict[str, int]) -> None:
        """Look at an argument.

        :param value: inert data
        :param sizes: what names in shapes stand for, as far as arguments before have said, {name: size}; those that
            this one is the first to use are added
        :raises Refused: it is something else
        """


class Number(NamedTuple):
    """A single finite number, at most `top` in size."""

    top: float = 1e9

    def check(self, value: Any, sizes: dict[str, int]) -> None:
        number = _scalar(value)
        if not isinstance(number, int | float) or not abs(number) <= self.top:
            raise Refused("a number was expected")


class Array(NamedTuple):
    """An array of the given dimensions: a number, or a name that means the same size wherever it stands."""

    dims: tuple[str | int, ...]

    def check(self, value: Any, sizes: dict[str, int]) -> None:
        shape = value.shape if isinstance(value, np.ndarray) else () if isinstance(value, int | float) else None
        wanted = "(" + ", ".join(str(sizes.get(str(d), d)) for d in self.dims) + ")"
        if shape is None or len(shape) != len(self.dims) or value_kind(value) not in "biuf":
            raise Refused(f"an array of shape {wanted} was expected, this is {describe_shape(value)}")
        for size, dim in zip(shape, self.dims, strict=True):
            if size != (dim if isinstance(dim, int) else sizes.setdefault(dim, size)):
                raise Refused(f"an array of shape {wanted} was expected, this is {describe_shape(value)}")


class Elementwise(NamedTuple):
    """An array of any shape with at most three dimensions (a column, several side by side, a stack of those), or a
    number; the same shape wherever the name stands."""

    name: str = "z"

    def check(self, value: Any, sizes: dict[str, int]) -> None:
        shape = np.shape(value) if isinstance(value, np.ndarray | int | float) else None
        if shape is None or len(shape) > 3 or value_kind(value) not in "biuf":
            raise Refused(f"an array of numbers was expected, this is {describe_shape(value)}")
        for axis, size in enumerate((len(shape), *shape)):
            if sizes.setdefault(f"{self.name} axis {axis}", size) != size:
                raise Refused(f"two arrays of the same shape were expected, one is {describe_shape(value)}")


class Items(NamedTuple):
    """A list or tuple of things of one kind; names inside are bound anew for each item unless bound before."""

    of: Contract
    most: int = 20_000

    def check(self, value: Any, sizes: dict[str, int]) -> None:
        if not isinstance(value, list | tuple) or len(value) > self.most:
            raise Refused("a list was expected")
        for item in value:
            self.of.check(item, dict(sizes))


class Widths(NamedTuple):
    """A list of the widths of a net's layers: what is made from a small list must stay small, too."""

    most: int = 500_000  # weights; a net with two hidden layers on small images has some 270,000

    def check(self, value: Any, sizes: dict[str, int]) -> None:
        Items(Number(1000), 20).check(value, sizes)
        weights = sum(abs(m * n) for m, n in pairwise(map(_scalar, value)))
        if weights > self.most:
            raise Refused(f"a net with at most {self.most:,} weights was expected")


class Group(NamedTuple):
    """A tuple (or list) with one thing of each given kind, in order."""

    of: tuple[Contract, ...]

    def check(self, value: Any, sizes: dict[str, int]) -> None:
        if not isinstance(value, list | tuple) or len(value) != len(self.of):
            raise Refused(f"a tuple of {len(self.of)} was expected")
        for kind, item in zip(self.of, value, strict=True):
            kind.check(item, sizes)


def _scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


def value_kind(value: Any) -> str:
    """NumPy's letter for the kind of a number or array ("f", "i", "O" …)."""
    return value.dtype.kind if isinstance(value, np.ndarray) else np.dtype(type(value)).kind


def describe_shape(value: Any) -> str:
    """`(8, 1)` for an array, the type's name for anything else."""
    return str(value.shape) if isinstance(value, np.ndarray) else type(value).__name__


class Net(NamedTuple):
    """The widths of a net's layers, the inputs first: from them follows how often a helper is needed."""

    widths: tuple[int, ...] = (1, 1)

    @property
    def layers(self) -> int:
        """How many layers have weights."""
        return len(self.widths) - 1

    @property
    def neurons(self) -> int:
        return sum(self.widths[1:])

    @classmethod
    def of(cls, weights: Sequence[np.ndarray]) -> Net:
        """The net of weights (n_in, n_out), layer by layer."""
        return cls((weights[0].shape[0], *(W.shape[1] for W in weights)))


def each_neuron(net: Net) -> int:
    """Questions of a plain loop to a helper: for every neuron on the way forward and on the way back, both twice."""
    return 4 * net.neurons


def whole_net(net: Net) -> int:
    """Questions to what evaluates the whole net: a recursion through its layers, made twice, asks 2 (L + 1) times.

    Differences ask twice for each parameter, of which each neuron has a bias and several weights.
    """
    return 2 * net.layers + 4


def twice(net: Net) -> int:
    """Questions to what is needed once in a pass, and once more."""
    return 2


def once(thing: Any, *arguments: Any) -> int:
    return 1


def rows(thing: Any, first: Any, *others: Any) -> int:
    """The samples of a call whose first argument has one in each row."""
    return len(first)


def entries(thing: Any, first: Any, *others: Any) -> int:
    """The entries of a call's first argument."""
    return np.size(first)
