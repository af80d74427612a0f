"""A strict reader of the formulas that a page displays: they are taken as definitions and worked out for one net.

`Formulas` knows the notation of the handouts and nothing of neural networks. What it cannot read it refuses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

_TOKENS = re.compile(r"\\text\{[^}]*\}|\\[a-zA-Z]+|\d+(?:\.\d+)?|[A-Za-z]'?|[^\s]")
_SKIPPED = re.compile(r"\\left|\\right|\\,|\\cdot")
MOST = 100  # terms of a sum: more than any net here has neurons in a layer
_STARTS = re.compile(r"[A-Za-z(\d]|\\(?:frac|sum|ln|sigma|eta|lambda|mu|text)")


class Symbol(NamedTuple):
    """z_i^{(l-1)} is z, i, (l, -1); the layer is None where there is none. A derivative dC/dz_i is "dC/dz"."""

    name: str
    indices: tuple[str, ...] = ()
    layer: tuple[str, int] | None = None


class Definition(NamedTuple):
    """What a formula says: of what, and how to work it out under what it binds; `condition` where it holds."""

    of: Symbol
    formula: str
    work_out: Callable[[Mapping[str, Any]], Any]
    condition: Callable[[Mapping[str, Any]], bool]


class Unreadable(ValueError):
    """A formula in another notation."""


def displayed(page: str) -> list[str]:
    """The formulas of a page, one for each equation, within sentences too; not those that number a layer, l = 3."""
    found = re.findall(r"\$\$(.*?)\$\$|\$([^$\n]+)\$", page, re.DOTALL)
    pieces = (piece for pair in found for piece in re.split(r",? \\qquad ", "".join(pair)))
    return [piece.strip() for piece in pieces if re.search(r"(?<!^l) = |\\leftarrow", piece)]


class Formulas:
    """The formulas of a page, and what is given: for a name, what gives its value for indices and a layer.

    :param given: {name: function(indices, layer)}; the layer is None where the formula has none, and so is what comes
        back for what the formulas say themselves
    :param last: the number of the output layer, L
    """

    def __init__(self, formulas: list[str], given: dict[str, Callable[..., Any]], last: int) -> None:
        self.given, self.last = given, last
        self.definitions: list[Definition] = []
        self.updates: list[Definition] = []
        self.used: set[str] = set()
        self._known: dict[tuple[str, tuple[int, ...], int | None], Any] = {}
        for formula in formulas:
            _Parser(self, formula).read()

    def value(self, name: str, *indices: int, layer: int | None = None) -> Any:
        """The value of a quantity by the formulas."""
        given = self.given[name](indices, layer) if name in self.given else None
        if given is not None:
            return given
        key = name, indices, layer
        if key not in self._known:
            self._known[key] = self._found(name, indices, layer)
        return self._known[key]

    def _found(self, name: str, indices: tuple[int, ...], layer: int | None) -> Any:
        entries_first = sorted(self.definitions, key=lambda one: len(one.of.indices) != len(indices))
        for own in (True, False):  # a formula of this very layer goes before one of every layer
            for one in entries_first:
                base, more = one.of.layer or ("", 0)
                number = self.last if base == "L" else int(base) if base.isdigit() else None
                if one.of.name != name or not (number == layer if own else (base, more) == ("l", 0)):
                    continue
                if len(one.of.indices) == len(indices):
                    self.used.add(one.formula)
                    return one.work_out({**dict(zip(one.of.indices, indices)), "l": layer})
                if not one.of.indices:
                    return self.value(name, layer=layer)[indices]  # an entry of an array given as a whole
        raise LookupError(f"no formula says what {name} of layer {layer} is")

    def function(self, name: str, argument: Any) -> Any:
        """What a function of one number gives, such as sigma; for arrays entry by entry."""
        if np.ndim(argument):
            return np.array([self.function(name, one) for one in argument])
        for one in self.definitions:
            if one.of.name == f"{name}()":
                bound = {one.of.indices[0]: argument}
                if one.condition(bound):
                    self.used.add(one.formula)
                    return one.work_out(bound)
        raise LookupError(f"no formula says what {name} of {argument} is")

    def updated(self, state: Mapping[str, np.ndarray], **bound: Any) -> dict[str, np.ndarray]:
        """What becomes of quantities by the page's arrows, in their order.

        :param state: arrays by their names; an arrow to another name is passed over
        :param bound: what the arrows speak of besides, such as B
        """
        new = dict(state)
        for one in self.updates:
            if one.of.name in new:
                self.used.add(one.formula)
                entries = np.ndindex(new[one.of.name].shape) if one.of.indices else [()]
                found = [one.work_out({**bound, **new, **dict(zip(one.of.indices, place))}) for place in entries]
                new[one.of.name] = np.reshape(found, new[one.of.name].shape)
        return new


Bound = Mapping[str, Any]
Work = Callable[[Bound], Any]


class _Parser:
    """Reads one formula into its definition."""

    def __init__(self, formulas: Formulas, formula: str) -> None:
        self.formulas, self.formula = formulas, formula
        self.tokens = [one for one in _TOKENS.findall(formula.replace(r"\,", " ")) if not _SKIPPED.fullmatch(one)]

    def read(self) -> None:
        of = self._left_side()
        sign = self._take()
        if sign not in ("=", r"\leftarrow"):
            raise self._unreadable()
        work_out, condition = self._sum_of_terms(), lambda bound: True
        if self._next() == r"\text{ for }":
            self._take()
            left, compared, right = self._sum_of_terms(), self._take(">"), self._sum_of_terms()
            assert compared
            condition = lambda bound: bool(left(bound) > right(bound))  # noqa: E731
        elif self._next() == r"\text{ elsewhere}":
            self._take()
        if self.tokens:
            raise self._unreadable()
        found = self.formulas.updates if sign == r"\leftarrow" else self.formulas.definitions
        found.append(Definition(of, self.formula, work_out, condition))

    def _unreadable(self) -> Unreadable:
        return Unreadable(f"{self.formula}: can't read {' '.join(self.tokens[:5]) or 'its end'}")

    def _next(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def _take(self, wanted: str = "") -> str:
        if not self.tokens or (wanted and self.tokens[0] != wanted):
            raise self._unreadable()
        return self.tokens.pop(0)

    def _left_side(self) -> Symbol:
        if self._next() == r"\frac":
            return self._derivative()
        symbol = self._symbol()
        if self._next() != "(":
            return symbol
        self._take("(")
        argument = self._take()
        self._take(")")
        return Symbol(f"{symbol.name}()", (argument,))

    def _symbol(self) -> Symbol:
        name, layer = self._take(), None
        indices: tuple[str, ...] = ()
        if name == r"\sigma" and self._next() == "'":
            name += self._take()
        while self._next() in ("_", "^") and not (self._next() == "^" and self.tokens[1:3] != ["{", "("]):
            if self._take() == "_":
                indices = tuple(self._group()) if self._next() == "{" else (self._take(),)
            else:
                inner = [one for one in self._group() if one not in "()"]
                layer = inner[0], int("".join(inner[1:]) or 0)
        return Symbol(name, indices, layer)

    def _group(self) -> Iterator[str]:
        """The tokens between { and }."""
        self._take("{")
        found = []
        while self._next() != "}":
            found.append(self._take())
        self._take("}")
        return iter(found)

    def _derivative(self) -> Symbol:
        """\\frac{dC}{dz_i^{(l)}}, whose indices are those above and those below."""
        self._take(r"\frac")
        parts = []
        for _ in range(2):
            self._take("{")
            self._take("d")
            parts.append(self._symbol())
            self._take("}")
        above, below = parts
        return Symbol(f"d{above.name}/d{below.name}", above.indices + below.indices, below.layer)

    def _sum_of_terms(self) -> Work:
        terms = []
        sign = self._take() if self._next() == "-" else "+"
        while True:
            terms.append((-1 if sign == "-" else 1, self._term()))
            if self._next() not in ("+", "-"):
                return lambda bound: sum(sign * term(bound) for sign, term in terms)
            sign = self._take()

    def _term(self) -> Work:
        factors = [self._factor()]
        while _STARTS.match(self._next()) and not self._next().startswith(r"\text{ "):
            factors.append(self._factor())

        def product(bound: Bound) -> Any:
            found: Any = 1
            for factor in factors:
                one = factor(bound)
                found = found @ one if np.ndim(found) == 2 and np.ndim(one) == 1 else found * one
            return found

        return product

    def _factor(self) -> Work:
        base = self._base()
        if self._next() != "^":
            return base
        self._take("^")
        power = self._inside("{", "}") if self._next() == "{" else self._base()
        return lambda bound: base(bound) ** power(bound)

    def _inside(self, opening: str, closing: str) -> Work:
        self._take(opening)
        found = self._sum_of_terms()
        self._take(closing)
        return found

    def _base(self) -> Work:
        first = self._next()
        if first == "(":
            return self._inside("(", ")")
        if re.fullmatch(r"[\d.]+", first):
            number = float(self._take())
            return lambda bound: number
        if first == "e":
            self._take()
            return lambda bound: np.e
        if first == r"\ln":
            self._take()
            argument = self._factor()
            return lambda bound: np.log(argument(bound))
        if first == r"\frac" and self.tokens[1:3] != ["{", "d"]:
            self._take()
            above, below = self._inside("{", "}"), self._inside("{", "}")
            return lambda bound: above(bound) / below(bound)
        if first == r"\sum":
            return self._sum()
        if not _STARTS.match(first):
            raise self._unreadable()
        symbol = self._derivative() if first == r"\frac" else self._symbol()
        if symbol.name.startswith(r"\sigma"):
            argument = self._inside("(", ")")
            return lambda bound: self.formulas.function(symbol.name, argument(bound))
        return lambda bound: self._looked_up(symbol, bound)

    def _looked_up(self, symbol: Symbol, bound: Bound) -> Any:
        indices = tuple(self.formulas.last if index == "L" else bound[index] for index in symbol.indices)
        if symbol.layer is None and symbol.name in bound:
            return bound[symbol.name][indices] if indices else bound[symbol.name]
        layer = None
        if symbol.layer is not None:
            base, more = symbol.layer
            layer = (self.formulas.last if base == "L" else bound["l"] if base == "l" else int(base)) + more
        return self.formulas.value(symbol.name, *indices, layer=layer)

    def _sum(self) -> Work:
        """A sum over all entries there are, over those from 0 to a number, or over a set."""
        self._take(r"\sum")
        self._take("_")
        index, *rest = self._group() if self._next() == "{" else iter(self._take())
        numbers: range | None = None
        if rest[:1] == ["="]:
            self._take("^")
            numbers = range(int(rest[1]), int("".join(self._group()) if self._next() == "{" else self._take()) + 1)
        elif rest and rest[0] != r"\in":
            raise self._unreadable()
        term = self._term()

        def total(bound: Bound) -> Any:
            if rest[:1] == [r"\in"]:
                return sum(term({**bound, index: one}) for one in bound[rest[1]])
            if numbers is not None:
                return sum(term({**bound, index: one}) for one in numbers)
            found = term({**bound, index: 0})
            number = 1
            while number < MOST:
                try:
                    found = found + term({**bound, index: number})
                except IndexError:
                    return found
                number += 1
            raise Unreadable(f"{self.formula}: nothing ends the sum over {index}")

        return total
