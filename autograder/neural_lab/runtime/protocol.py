"""What may pass between the grader and a worker: inert data, in frames of bounded size.

A frame is `u32 total length · u32 header length · header (JSON) · raw buffers of the arrays in order`. Nothing in it
can run: no pickle, no object arrays, floats as hexadecimal text. The decoder believes nothing: every size is
checked before anything is allocated, and whatever is wrong raises `Malformed`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np

MOST_BYTES = 16 << 20  # a frame; the largest honest one, the gradients of 80,000 weights, has 0.7 MB
MOST_HEADER = 8 << 20  # a submission's text, escaped
MOST_REPLY_HEADER = 1 << 20  # of what a worker sends; parsed, it takes a few dozen times as much memory
MOST_DEPTH = 8  # of lists in lists
MOST_NODES = 60_000
MOST_VALUES = 24  # that a Failure tells of
MOST_ITEMS = 8  # of a list, and dimensions of an array, that it tells of
MOST_TEXT = 400  # NumPy makes each of a thousand numbers as long as the longest text among them
DTYPES = frozenset("|b1 |i1 |u1 <i2 <u2 <i4 <u4 <i8 <u8 <f2 <f4 <f8 <c8 <c16".split())
TOUCHED = "touched"  # a worker's reply in place of answers: an earlier probe changed the process it runs in
_PLAIN = bool | int | str  # what JSON writes as it is; made once, since making it takes as long as asking
_PREFIX = struct.Struct("<II")
Frame = bytes | bytearray  # as received


class Malformed(ValueError):
    """Bytes that are not a frame."""


@dataclass(frozen=True)
class Handle:
    """A thing that stays in the worker and is known by its number."""

    number: int


@dataclass(frozen=True)
class Opaque:
    """Something that can't pass; only the name of its type does."""

    type_name: str


class FailureKind(str, Enum):
    """Why there is no answer: the first three are said by the worker, the others by the grader."""

    NOT_WRITTEN = "not written"
    RAISED = "raised"
    MISSING = "missing"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    KILLED = "killed"
    MALFORMED = "malformed"
    NOT_REACHED = "not reached"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Outline:
    """What a name stood for where an exception was raised, without its contents.

    :param shape: of an array; None for anything else
    :param number: a whole number itself, such as an index
    :param items: of a list or tuple, the first few
    """

    type_name: str
    shape: tuple[int, ...] | None = None
    number: int | None = None
    items: tuple[Outline, ...] = ()


@dataclass(frozen=True)
class Failure:
    """What came instead of an answer. All but its kind is the submission's own word: it informs, and decides no mark.

    :param type_name: of what was raised; of a worker that was killed the signal, or "" if the code itself ended it
    :param message: of what was raised, or what was wrong with what the worker sent
    :param line: of the student's file, if known; 0 otherwise. Of what was stopped the first where it was seen before
    :param last_line: of what was stopped, the last where it was seen
    :param function: of the student's that was running there, if known; of what was not reached the one that had run
        out of time, or "" if the whole submission had
    :param module: whose file it is
    :param operation: what Python was doing there; two on the same Python can be compared
    :param values: what the names in that function stood for
    """

    kind: FailureKind
    type_name: str = ""
    message: str = ""
    line: int = 0
    function: str = ""
    module: str = ""
    operation: str = ""
    values: tuple[tuple[str, Outline], ...] = ()
    last_line: int = 0


def inert(value: Any, depth: int = 0) -> Any:
    """A copy of `value` made of plain data alone, arrays of the exact class ndarray with whitelisted dtypes.

    Anything else, and anything nested deeper than MOST_DEPTH, becomes `Opaque`.
    """
    if value is None or isinstance(value, Handle | Opaque | Failure):
        return value
    if isinstance(value, np.ndarray):
        return _inert_array(np.array(value, copy=True, subok=False, order="C"), depth)
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        number = int(value)
        return number if abs(number) < 2**63 else Opaque("int")
    if isinstance(value, float | np.floating):
        return float(value)
    if isinstance(value, complex | np.complexfloating):
        return np.array(complex(value))
    if isinstance(value, str):
        return str(value)[:MOST_TEXT]
    if depth >= MOST_DEPTH:
        return Opaque(type(value).__name__)
    if isinstance(value, list):
        return [inert(item, depth + 1) for item in value]
    if isinstance(value, tuple):
        return tuple(inert(item, depth + 1) for item in value)
    if isinstance(value, dict) and all(isinstance(key, str | int) for key in value):
        return {str(key)[:MOST_TEXT]: inert(item, depth + 1) for key, item in value.items()}
    return Opaque(type(value).__name__[:80])


def finite(value: Any) -> bool:
    """Whether there is no NaN and no infinity in inert data."""
    if isinstance(value, list | tuple):
        return all(map(finite, value))
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return bool(np.isfinite(value).all())
    return not isinstance(value, float) or math.isfinite(value)


def _inert_array(array: np.ndarray, depth: int) -> Any:
    if array.dtype.str in DTYPES:
        return array
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    if little.dtype.str in DTYPES:
        return little
    if array.dtype.kind == "f":  # long double
        return array.astype("<f8")
    if array.dtype.kind == "O":  # a ragged list that became an array, or numbers kept as objects
        if all(isinstance(item, int | float | np.number) for item in array.flat):
            return array.astype("<f8")
        listed = array.ndim and depth < MOST_DEPTH
        return [inert(item, depth + 1) for item in array] if listed else Opaque("object array")
    return Opaque(f"array of {array.dtype.name}"[:80])


def encode(value: Any) -> bytes:
    """A frame that holds `value`, which must be inert."""
    buffers: list[bytes] = []
    header = json.dumps(_pack(value, buffers), separators=(",", ":")).encode("ascii")
    body = b"".join([header, *buffers])
    return _PREFIX.pack(len(body) + 4, len(header)) + body


def _pack(value: Any, buffers: list[bytes]) -> Any:
    if isinstance(value, np.ndarray):  # most values are
        buffers.append(value.tobytes())
        return {"a": [value.dtype.str, list(value.shape)]}
    if value is None or isinstance(value, _PLAIN):
        return value
    if isinstance(value, float):
        return {"f": value.hex()}
    if isinstance(value, list):
        return [_pack(item, buffers) for item in value]
    if isinstance(value, tuple):
        return {"t": [_pack(item, buffers) for item in value]}
    if isinstance(value, dict):
        return {"d": [[key, _pack(item, buffers)] for key, item in value.items()]}
    if isinstance(value, Handle):
        return {"h": value.number}
    if isinstance(value, Opaque):
        return {"o": value.type_name}
    if isinstance(value, Failure):
        where = [value.line, value.function, value.module, value.operation]
        values = [[name, _packed_outline(outline)] for name, outline in value.values]
        return {"x": [value.kind, value.type_name, value.message, *where, values]}
    raise TypeError(f"not inert: {type(value).__name__}")


def _packed_outline(outline: Outline) -> list[Any]:
    shape = None if outline.shape is None else list(outline.shape)
    return [outline.type_name, shape, outline.number, [_packed_outline(item) for item in outline.items]]


def frame_length(prefix: Frame) -> int:
    """How many bytes follow the first four of a frame.

    :raises Malformed: more than a frame may have
    """
    (length,) = struct.unpack("<I", prefix)
    if not 4 <= length <= MOST_BYTES:
        raise Malformed(f"a frame of {length} bytes")
    return int(length)


def decode(body: Frame, trusted: bool = False) -> Any:
    """The value in a frame, its first four bytes left out.

    :param trusted: it comes from the grader, and may hold a submission's whole text
    :raises Malformed: for anything but what `encode` writes, within the limits
    """
    if len(body) < 4:
        raise Malformed("a frame without a header")
    (header_length,) = struct.unpack_from("<I", body)
    if header_length > min(MOST_HEADER if trusted else MOST_REPLY_HEADER, len(body) - 4):
        raise Malformed(f"a header of {header_length} bytes")
    header = body[4 : 4 + header_length]
    if not trusted and _nodes(header) > 4 * MOST_NODES:  # before anything is built of it
        raise Malformed("too many nodes")
    try:
        tree = json.loads(header.decode("ascii"))
        reader = _Reader(memoryview(body)[4 + header_length :], MOST_HEADER if trusted else MOST_TEXT)
        value = reader.read(tree, 0)
    except Malformed:
        raise
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError, MemoryError) as error:
        raise Malformed(type(error).__name__) from None
    if reader.position != len(reader.buffers):
        raise Malformed("bytes left over")
    return value


class Incoming:
    """Cuts what arrives over a connection into frames.

    :param more: waits for the next bytes, at least one, and gives them; it raises, or never returns, where none can
        come
    """

    def __init__(self, more: Callable[[], bytes]) -> None:
        self._more = more
        self._received = bytearray()

    def frame(self) -> bytearray:
        """The next frame, its first four bytes left out: what `decode` takes.

        :raises Malformed: it is longer than a frame may be
        """
        return self._first(frame_length(self._first(4)))

    def _first(self, count: int) -> bytearray:
        while len(self._received) < count:
            self._received += self._more()
        first, self._received = self._received[:count], self._received[count:]
        return first


def weight(body: Frame) -> int:
    """Roughly the bytes of memory that the value of a frame takes."""
    (header_length,) = struct.unpack_from("<I", body)
    return len(body) + 64 * _nodes(body[4 : 4 + header_length])


def _nodes(header: Frame) -> int:
    """At least as many nodes as the header's JSON has."""
    return 1 + header.count(b",") + header.count(b"[") + header.count(b"{")


class _Reader:
    """Rebuilds a value from its parsed header, taking the arrays from the buffers in order."""

    def __init__(self, buffers: memoryview, most_text: int) -> None:
        self.buffers = buffers
        self.most_text = most_text
        self.position = 0
        self.nodes = 0

    def read(self, tree: Any, depth: int) -> Any:
        self.nodes += 1
        if depth > MOST_DEPTH + 4 or self.nodes > MOST_NODES:
            raise Malformed("too deep or too many")
        if tree is None or isinstance(tree, bool):
            return tree
        if isinstance(tree, int):
            if abs(tree) >= 2**63:
                raise Malformed("a huge integer")
            return tree
        if isinstance(tree, str):
            return self.text(tree)
        if isinstance(tree, list):
            return [self.read(item, depth + 1) for item in tree]
        if not isinstance(tree, dict) or len(tree) != 1:
            raise Malformed("an unknown node")
        ((tag, content),) = tree.items()
        if tag == "f":
            return float.fromhex(content)
        if tag == "a":
            return self.array(content)
        if tag == "t":
            return tuple(self.read(item, depth + 1) for item in self.sequence(content))
        if tag == "d":
            return {self.text(key): self.read(item, depth + 1) for key, item in self.sequence(content)}
        if tag == "h":
            return Handle(self.integer(content))
        if tag == "o":
            return Opaque(self.text(content))
        if tag == "x":
            kind, type_name, message, line, function, module, operation, values = content
            return Failure(
                self.failure_kind(kind),
                self.text(type_name),
                self.text(message),
                self.integer(line),
                self.text(function),
                self.text(module),
                self.text(operation),
                tuple((self.text(name), self.outline(found, 0)) for name, found in self.few(values, MOST_VALUES)),
            )
        raise Malformed("an unknown tag")

    def array(self, content: Any) -> np.ndarray:
        dtype_text, shape = content
        if not isinstance(dtype_text, str) or dtype_text not in DTYPES:
            raise Malformed("a dtype that may not pass")
        if not isinstance(shape, list) or len(shape) > MOST_DEPTH:
            raise Malformed("a bad shape")
        dtype = np.dtype(dtype_text)
        count = 1
        for size in shape:
            if self.integer(size) < 0:
                raise Malformed("a negative size")
            count *= size
            if count * dtype.itemsize > MOST_BYTES:
                raise Malformed("an array larger than a frame")
        start, self.position = self.position, self.position + count * dtype.itemsize
        if self.position > len(self.buffers):
            raise Malformed("an array larger than its bytes")
        return np.frombuffer(self.buffers[start : self.position], dtype=dtype).reshape(shape).copy()

    def outline(self, content: Any, depth: int) -> Outline:
        self.nodes += 1
        if depth > 1 or self.nodes > MOST_NODES:
            raise Malformed("too deep or too many")
        type_name, shape, number, items = content
        return Outline(
            self.text(type_name),
            None if shape is None else tuple(map(self.integer, self.few(shape, MOST_ITEMS))),
            None if number is None else self.integer(number),
            tuple(self.outline(item, depth + 1) for item in self.few(items, MOST_ITEMS)),
        )

    def few(self, value: Any, most: int) -> list[Any]:
        if len(self.sequence(value)) > most:
            raise Malformed("more than may be told of a failure")
        return self.sequence(value)

    @staticmethod
    def integer(value: Any) -> int:
        if type(value) is not int or abs(value) >= 2**63:
            raise Malformed("an integer was expected")
        return value

    def text(self, value: Any) -> str:
        if not isinstance(value, str) or len(value) > self.most_text:
            raise Malformed("a text was expected, and not an endless one")
        return value.encode("utf-8", "replace").decode()  # lone surrogates could not be written again

    def failure_kind(self, value: Any) -> FailureKind:
        """The kind of failure; one that nobody knows is no reason to lose the answers beside it."""
        text = self.text(value)
        try:
            return FailureKind(text)
        except ValueError:
            return FailureKind.MALFORMED

    @staticmethod
    def sequence(value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise Malformed("a list was expected")
        return value
