"""Reads a text of the public lab as another version's: `Rewrite(version).text(…)`.

A version is to the public solution what a mistake is: a few edits of its text. The same edits are made in a row of the
bank. So nothing is written twice: a mistake is made in the public solution first, and what comes of it is then read as
the version's.

Three kinds of edits follow from a rule, and need no table. Transposing goes through products: where weights are stored
the other way round, W becomes W.T; where samples are rows, so does every vector, and where the result of a product
is transposed, its factors change places. Shapes and names follow. What an axis changes besides is in `axes.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from neural_lab.grading.reference import locate
from neural_lab.labs.q1.version import Returned, Samples, Stored, Version
from neural_lab.tools.versions.axes import Change, changes

# A factor of a product: a name with attributes, indices or calls, or anything in brackets (two levels deep).
_BRACKETS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_FACTOR = rf"(?:[A-Za-z_][\w.]*?(?:\[[^\]]*\]|\^\([^)]*\))?|{_BRACKETS})"
_PRODUCT = re.compile(rf"(?P<p>{_FACTOR})(?P<pT>\.T)? @ (?P<q>{_FACTOR})(?P<qT>\.T)?(?![\w.(\[])")
_MATRIX = re.compile(r"W$|\(?W\b|(?:self\.)?weights\[|dC_dw\[")
_SHAPES = re.compile(r"(\([^()]*\)) @ (\([^()]*\)) -> (\([^()]*\))")
_COLUMN = re.compile(r"\(((?:n|n_\w+|n_\{[^}]*\}|n_out|n_in|10|784|8)), 1\)")
_ITEM = r"(?:[^,()\[\]\n]|\[[^\]]*\]|\((?:[^()]|\([^()]*\))*\))+?"
_PAIR = re.compile(
    rf"(?P<before>return (?:\[|tuple\(\()?)(?P<first>(?=[^\n,]*db|[^\n,]*dw|\[np){_ITEM}), "
    rf"(?P<second>(?=[^\n]*d[bw]){_ITEM})"
    r"(?P<after>\]?)$",
    re.MULTILINE,
)
_UNPACKED = re.compile(r"(?P<first>dC_d[bw]), (?P<second>dC_d[bw])(?= = self\.back_propagation)")


class NotFound(LookupError):
    """A text that a version changes is not there."""


class Rewrite(NamedTuple):
    """The edits of one version."""

    version: Version

    def solution(self, source: str) -> str:
        """The version's solution from the public one.

        :raises NotFound: the public solution has not the text that is changed
        """
        for change in changes(self.version):
            source = self._changed_there(source, change)
        return self._read(source)

    def text(self, text: str, function: str) -> str:
        """A piece of a function of the public lab, by whose name it is known, as the version's.

        What does not concern the version stays.
        """
        for change in changes(self.version):
            if change.function in ("", function):
                text = re.sub(change.find, change.put, text, flags=re.MULTILINE)
        return self._read(text)

    def _changed_there(self, source: str, change: Change) -> str:
        """The whole source with the change made where it belongs."""
        first, last = 0, len(source.split("\n"))
        if change.function:
            place = locate(source, f"NeuralNetwork.{change.function}")
            first, last = place.first, place.last
        lines = source.split("\n")
        text, times = re.subn(change.find, change.put, "\n".join(lines[first:last]), flags=re.MULTILINE)
        if not times:
            raise NotFound(f"version {self.version.name}: nothing like {change.find!r} in {change.function or 'q1'}")
        return "\n".join([*lines[:first], text, *lines[last:]])

    def _read(self, text: str) -> str:
        """The text by the rules: what is returned first, products, shapes, names."""
        if self.version.returned is Returned.WEIGHTS_FIRST:
            text = _UNPACKED.sub(r"\g<second>, \g<first>", text)
            text = _PAIR.sub(r"\g<before>\g<second>, \g<first>\g<after>", text)
        return self.named("\n".join(self._line(line) for line in text.split("\n")))

    def named(self, text: str) -> str:
        """The text with the version's names of functions, and nothing else changed."""
        names = self.names
        return re.sub(rf"\b(?:{'|'.join(map(re.escape, names))})\b", lambda found: names[found[0]], text)

    def words(self, text: str) -> str:
        """A hint of the public lab with the version's names, order and shapes."""
        if self.version.samples is Samples.ROWS:
            text = _COLUMN.sub(r"(1, \1)", text)
        return self.named(text)

    @property
    def names(self) -> dict[str, str]:
        """The public lab's names of functions that are others in the version."""
        return self.version.renamed or {"sigmoid": "sigmoid"}

    def _line(self, line: str) -> str:
        """A line with its products, and the shapes that it tells, turned as the version has them."""
        code, mark, comment = line.partition("  # ")
        turned = False

        def product(found: re.Match[str]) -> str:
            nonlocal turned
            text, turned = self._product(found)
            return text

        code = _PRODUCT.sub(product, code)
        if " @ " in comment:
            comment = _SHAPES.sub(_turned_shapes, comment) if turned else comment
        elif self.version.samples is Samples.ROWS:
            comment = _COLUMN.sub(r"(1, \1)", comment)
        if self.version.samples is Samples.ROWS:
            code = _COLUMN.sub(r"(1, \1)", code).replace("reshape(-1, 1)", "reshape(1, -1)")
            code = re.sub(r"\blen\((y|a|delta)\)", r"\1.size", code)
        if self.version.stored is Stored.OUT_IN:
            code = code.replace("randn(n_in, n_out)", "randn(n_out, n_in)").replace("sum(axis=0)", "sum(axis=1)")
        return code + mark + comment

    def _product(self, found: re.Match[str]) -> tuple[str, bool]:
        """The version's product, and whether it is transposed."""
        p, q, pT, qT = found["p"], found["q"], bool(found["pT"]), bool(found["qT"])
        kinds = bool(_MATRIX.match(p)), bool(_MATRIX.match(q))
        outer, inner = kinds == (False, False) and (pT, qT) == (False, True), kinds == (False, False) and pT and not qT
        turned = False if inner else self._turns(kinds == (True, True) or outer)
        pT, qT = pT ^ self._turns(kinds[0]), qT ^ self._turns(kinds[1])
        if turned:
            (p, pT), (q, qT) = (q, not qT), (p, not pT)
        return f"{p}{'.T' * pT} @ {q}{'.T' * qT}", turned

    def _turns(self, matrix: bool) -> bool:
        """Whether a matrix, or a vector, is the transpose of the public lab's."""
        return self.version.stored is Stored.OUT_IN if matrix else self.version.samples is Samples.ROWS


def translation(version: Version, other: Version) -> dict[str, str]:
    """The other version's names of functions, by this one's."""
    mine, theirs = Rewrite(version).names, Rewrite(other).names
    public = mine.keys() | theirs.keys()
    return {mine.get(name, name): theirs.get(name, name) for name in public}


def renamed(text: bytes, names: Mapping[str, str]) -> bytes:
    """A file with other names of functions; it need not be text. NumPy's functions of these names stay."""
    by_bytes = {old.encode(): new.encode() for old, new in names.items()}
    pattern = rb"(?<!np\.)\b(?:" + b"|".join(map(re.escape, by_bytes)) + rb")\b"
    return re.sub(pattern, lambda found: by_bytes[found[0]], text)


def _turned_shapes(found: re.Match[str]) -> str:
    left, right, result = (f"({', '.join(reversed(shape[1:-1].split(', ')))})" for shape in found.groups())
    return f"{right} @ {left} -> {result}"
