"""Whatever a worker sends, the grader goes on: the protocol's decoder, and whole gradings of lying workers."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import struct
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from neural_lab.grading.pipeline import grade
from neural_lab.grading.records import Report
from neural_lab.grading.reference import Reference
from neural_lab.grading.substitutes import Helpers
from neural_lab.intake.load_report import read_load_report
from neural_lab.intake.submission import Submission, Unusable, read
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Usage, Worker
from neural_lab.isolation.self_test import FULL, Isolation
from neural_lab.platforms import gradescope
from neural_lab.runtime import protocol
from neural_lab.runtime.host import Channel, Host
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.bench.unisolated import InProcess
from neural_lab.tools.release import gradescope_format

# -- the decoder ------------------------------------------------------------------------------------------------------

leaves = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20)
    | st.sampled_from(["<f8", "|O8", "<U4", "0x1p-3", "nan", "-0x1p9999", "\ud800", "reply"])
)  # fmt: skip
tags = st.sampled_from(["f", "a", "t", "d", "h", "o", "x", "q"]) | st.text(max_size=3)
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(tags, inner, max_size=2), max_leaves=25
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False) | st.text(max_size=20)
    | st.builds(protocol.Handle, st.integers(0, 9)) | st.builds(protocol.Opaque, st.text(max_size=9)),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple)
    | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


def frame(header: bytes, buffers: bytes = b"") -> bytes:
    return struct.pack("<I", len(header)) + header + buffers


def decoded(body: bytes) -> Any:
    """What the decoder makes of it; the one thing it may raise is Malformed."""
    try:
        return protocol.decode(body)
    except protocol.Malformed:
        return None


@given(st.binary(max_size=300))
def test_any_bytes_are_decoded_or_malformed(body):
    decoded(body)


@given(trees, st.binary(max_size=64))
def test_any_json_is_decoded_or_malformed(tree, buffers):
    value = decoded(frame(json.dumps(tree).encode(), buffers))
    protocol.encode(value)  # what was let in can be written again


@given(st.sampled_from(sorted(protocol.DTYPES)), st.lists(st.integers(-1, 2**62), max_size=12), st.binary(max_size=64))
def test_no_shape_gets_more_memory_than_it_brought_bytes(dtype, shape, buffers):
    value = decoded(frame(json.dumps({"a": [dtype, shape]}).encode(), buffers))
    assert value is None or value.nbytes == len(buffers)


@given(values)
def test_what_is_encoded_is_decoded_to_the_same(value):
    encoded = protocol.encode(value)
    assert protocol.frame_length(encoded[:4]) == len(encoded) - 4
    assert repr(protocol.decode(encoded[4:])) == repr(value).encode("utf-8", "replace").decode()


@given(values, st.integers(0, 10**6), st.integers(0, 255))
def test_a_changed_byte_is_decoded_or_malformed(value, position, byte):
    body = bytearray(protocol.encode((value, np.arange(6.0).reshape(2, 3)))[4:])
    body[position % len(body)] = byte
    decoded(bytes(body))


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 500_000, b"[" * 500_000 + b"]" * 500_000, b"[[]" + b",[]" * 300_000 + b"]", b'{"t":' * 100_000,
        b'{"x":["raised","' + b"a" * 900_000 + b'","",1,""]}', b"9" * 900_000, b"1e999", b"-Infinity",
        b'{"f":"' + b"1" * 900_000 + b'"}', b'{"a":["<f8",' + b"[" * 100_000 + b"]}", b"\xff\xfe", b"",
        b'{"a":["<f8",[9000000000000000000,9000000000000000000]]}', b'{"h":1e3}', b'{"h":true}', b'{"d":[[1,2]]}',
    ],
    ids=lambda header: header[:20].decode("latin-1"),
)  # fmt: skip
def test_a_header_that_is_too_much_is_malformed(header):
    with pytest.raises(protocol.Malformed):
        protocol.decode(frame(header))


@pytest.mark.parametrize("dtype", ["|O", "<U2", "|S4", "|V4", "<M8[s]", "<f16", ">f8"])
def test_an_array_of_another_dtype_is_malformed(dtype):
    header = json.dumps({"a": [dtype, [1]]}).encode()
    with pytest.raises(protocol.Malformed):
        protocol.decode(frame(header, bytes(np.dtype(dtype).itemsize)))


def test_a_failure_of_a_kind_that_nobody_knows_is_malformed_and_its_neighbours_stay():
    found = protocol.decode(frame(b'[1,{"x":["my own kind","T","m",1,"f","","",[]]}]'))
    assert found == [1, protocol.Failure(protocol.FailureKind.MALFORMED, "T", "m", 1, "f")]


@pytest.mark.parametrize("length", [0, 3, protocol.MOST_BYTES + 1, 2**32 - 1])
def test_a_length_beyond_the_bounds_is_malformed(length):
    with pytest.raises(protocol.Malformed):
        protocol.frame_length(struct.pack("<I", length))


# -- what becomes of what was decoded ---------------------------------------------------------------------------------

noted = st.fixed_dictionaries(
    {name: values | st.just(right) for name, right in
     {"module": "q1", "statement": 0, "line": 2, "kind": "syntax", "type": "E", "message": "m"}.items()}
)  # fmt: skip
defined = st.fixed_dictionaries(
    {"functions": values | st.lists(st.text(max_size=5) | values, max_size=3),
     "classes": values | st.dictionaries(st.sampled_from(["NeuralNetwork", "Net", ""]), values, max_size=3)}
)  # fmt: skip
reports = values | st.fixed_dictionaries(
    {"notes": values | st.lists(values | noted, max_size=3), "code": values,
     "found": values | st.dictionaries(st.sampled_from(["q1", "x"]), values | defined, max_size=2)}
)  # fmt: skip


@settings(max_examples=400)
@given(reports)
def test_any_load_report_is_read_or_refused(reply):
    submission = Submission({"q1": "first\nprint 'x'\n"}, b"")
    with contextlib.suppress(Unusable):
        read_load_report(load_lab("q1"), submission, reply)


arguments = st.lists(values | st.sampled_from([np.ones((2, 1)), np.ones((3, 1)), np.ones((0, 1)), 1e300]), max_size=4)
nets = st.fixed_dictionaries(
    {}, optional={name: values | st.just(value) for name, value in
                  {"weights": [np.ones((2, 3))], "biases": [np.ones((3, 1))], "num_layers": 2, "seed": 1,
                   "num_neurons_per_layer_list": [2, 3]}.items()}
)  # fmt: skip


@pytest.mark.parametrize("name", lab_names())
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_question_is_answered_or_refused(references, name, data):
    reference = references[name]
    helpers = Helpers(reference, reference.lab.functions)
    label = data.draw(st.sampled_from([*(function.label for function in reference.lab.functions), "other"]) | values)
    protocol.encode(helpers.answer(("ask", label, data.draw(arguments | values), data.draw(nets | values))))
    protocol.encode(helpers.answer(data.draw(values)))


# -- whole gradings ---------------------------------------------------------------------------------------------------

KINDS = ("not written", "raised", "missing", "refused", "timeout", "killed", "malformed", "not reached", "?")
NASTY: tuple[Any, ...] = (
    None, True, 0, -1, 2**62, 2**80, "", "x" * 399, "\u202e\x1b[J\x00", [], {"t": []}, {"d": []}, {"q": 1}, {}, [[[]]],
    {"f": "nan"}, {"f": "inf"}, {"f": "0x1p-1074"}, {"f": "zzz"}, {"h": 0}, {"h": -1}, {"h": 10**15}, {"o": "ndarray"},
    {"a": ["<f8", []]}, {"a": ["<f8", [0, 1]]}, {"a": ["<f8", [2, 1]]}, {"a": ["<c16", [1, 1]]}, {"a": ["|b1", [3]]},
    {"a": ["<i8", [1, 1, 1]]}, {"a": ["|O8", [1]]}, {"a": ["<f8", [10**9]]}, {"d": [["x", {"h": 0}]]},
    *({"x": [kind, "T\x1b", "m\u202e\n# 100", line, "f"]} for line in (0, -3, 10**9) for kind in KINDS),
)  # fmt: skip


def spoil(tree: Any, rng: random.Random, share: float) -> Any:
    """A copy of a packed value with pieces replaced, dropped, doubled or exchanged."""
    if rng.random() < share:
        return rng.choice(NASTY)
    if isinstance(tree, list):
        items = [spoil(item, rng, share) for item in tree]
        if items and rng.random() < share:
            rng.choice((items.pop, items.reverse, lambda: items.append(items[0])))()
        return items
    if isinstance(tree, dict):
        return {key: spoil(item, rng, share) for key, item in tree.items()}
    return tree


def lie(connection: socket.socket, seed: str, share: float, honest: int) -> None:
    """A worker that is right but for a share of what it says after so many replies. Never returns."""
    rng = random.Random(seed)
    channel = Channel(connection.fileno())

    def send(value: Any) -> None:
        buffers: list[bytes] = []
        tree = spoil(protocol._pack(value, buffers), rng, share if value[0] == "reply" else share / 10)
        header = json.dumps(tree).encode()
        body = struct.pack("<I", len(header)) + header + b"".join(buffers)
        chance = rng.random()
        if chance < share / 40:
            body = rng.randbytes(rng.randrange(200))
        elif chance < share / 20:
            os._exit(rng.randrange(3))
        elif chance < share / 10:
            body = body[: rng.randrange(len(body))] + rng.randbytes(3)
        data = memoryview(struct.pack("<I", len(body)) + body)
        while data:
            data = data[os.write(connection.fileno(), data) :]

    def ask(label: str, arguments: list[Any], attributes: dict[str, Any]) -> Any:
        send(("ask", label, arguments, attributes))
        return channel.receive()

    host = Host(ask)
    sys.stdout = sys.stderr = host.printed
    channel.send([])  # of layers, which a worker tells before it has seen a submission
    for _ in range(honest):
        channel.send(("reply", host.perform(channel.receive()), host.printed.characters))
    while True:
        send(("reply", host.perform(channel.receive()), host.printed.characters))


class LyingSandbox:
    """Like `Sandbox`, with workers that lie."""

    def __init__(self, seed: int, share: float) -> None:
        self.seed, self.share, self.workers = seed, share, 0
        self.limits = Limits(shared_wall=0.5, probe_wall=0.5, load_wall=2.0)

    def spawn(self, cpu: float = 5.0, wall: float = 5.0) -> Worker:
        ours, theirs = socket.socketpair()
        self.workers += 1
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                loads = self.workers == 1 and self.seed % 4 != 0
                lie(theirs, f"{self.seed} {self.workers}", self.share, honest=1 if loads else 0)
            finally:
                os._exit(1)
        theirs.close()
        return Worker(self, pid, ours, cpu, wall)  # type: ignore[arg-type]

    def reap(self, pid: int) -> Usage:
        os.kill(pid, signal.SIGKILL)
        _, status, usage = os.wait4(pid, 0)
        return Usage(usage.ru_utime + usage.ru_stime, status)


pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
    # NumPy's own threads: the children only calculate, and BLAS starts its threads anew in them
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def references() -> dict[str, Reference]:
    return {name: Reference(load_lab(name)) for name in lab_names()}


def solution_of(reference: Reference) -> Submission:
    folder = ROOT / "solution" / reference.lab.folder
    path = folder / f"{reference.lab.modules[0]}.py" if len(reference.lab.modules) == 1 else folder
    return read(path, reference.lab)


def graded(reference: Reference, seed: int, share: float) -> Report:
    """The report on the lab's own solution, told by workers that lie."""
    sandbox: Any = LyingSandbox(seed, share)
    return grade(reference, solution_of(reference), b"secret", sandbox)


FACTORS = (1e-323, 1e-310, 1e-200, 1e-5, -1.0, 0.5, 1e200, 1e308, float("nan"), float("inf"))
LONG = ["x" * 399, *[1] * 2000]
REPLACED: tuple[Any, ...] = ("x", LONG, None, 2**62, [], (), {}, [[1], [2, 3]], protocol.Opaque("O"), np.ones((0, 2)))
DTYPES = ("f4", "f2", "c16", "i8", "?", "u1")


class Twisting(InProcess):
    """The submission in the grader's own process, a share of whose answers are changed on their way."""

    def __init__(self, rng: random.Random, share: float) -> None:
        super().__init__()
        self._rng, self._share = rng, share

    def spawn(self, cpu: float | None = None, wall: float | None = None) -> Twisting:
        return Twisting(self._rng, self._share)

    def request(self, operation: list[Any], answer: Any = None) -> Any:
        reply = super().request(operation, answer)
        return self._twisted(reply) if operation[0] == "batch" else reply

    def _twisted(self, value: Any) -> Any:
        rng = self._rng
        if isinstance(value, list | tuple) and rng.random() > self._share / 3:
            items = [self._twisted(item) for item in value]
            return items if isinstance(value, list) else tuple(items)
        if rng.random() > self._share:
            return value
        if not isinstance(value, np.ndarray | float) or rng.random() < 0.2:
            return rng.choice((*REPLACED, np.ones((3,) * 8)))
        with np.errstate(all="ignore"):
            array = np.asarray(value)
            return rng.choice((array * rng.choice(FACTORS), array.T, array.ravel(), array.tolist(), [array, array],
                               array.astype(rng.choice(DTYPES)), array + rng.choice(FACTORS), array[None]))  # fmt: skip


def drawn(examples: int) -> settings:
    """The same examples in every run."""
    return settings(max_examples=examples, deadline=None, derandomize=True, phases=[Phase.generate])


# While one edits, one lab will do.
LABS = [pytest.param(name, marks=[] if name == "q1" else pytest.mark.slow) for name in lab_names()]
WHATEVER = {"seed": st.integers(0, 2**32), "share": st.sampled_from([0.01, 0.1, 0.5])}


def answer_whatever(reference: Reference, seed: int, share: float) -> None:
    sandbox: Any = Twisting(random.Random(seed), share)
    assess(reference, grade(reference, solution_of(reference), b"secret", sandbox))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers as large and as small as they get
@pytest.mark.parametrize("name", LABS)
@drawn(5)
@given(**WHATEVER)
@pytest.mark.one_in(7)
def test_whatever_is_answered_there_are_marks_and_words(references, name, seed, share):
    answer_whatever(references[name], seed, share)


@pytest.mark.sweep
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", lab_names())
@drawn(100)
@given(**WHATEVER)
def test_whatever_is_answered_a_hundred_times_there_are_marks_and_words(references, name, seed, share):
    answer_whatever(references[name], seed, share)


def assess(reference: Reference, report: Report) -> None:
    """The report gives a valid results.json, with words that are safe to show."""
    data = gradescope_format.parse(json.dumps(gradescope.results(report, Isolation(FULL, (), ()), "12345678")))
    assert gradescope_format.problems(data) == []
    assert 0 <= data["score"] <= reference.lab.marks
    for text in (data["output"], *(test["output"] for test in data["tests"])):
        assert all(character.isprintable() or character == "\n" for character in text)


@pytest.mark.parametrize("name", lab_names())
def test_workers_that_do_not_lie_earn_all_marks(references, name):
    assert graded(references[name], 0, 0.0).marks == references[name].lab.marks


LIES = {"seed": st.integers(0, 2**32), "share": st.sampled_from([0.002, 0.02, 0.2])}


@pytest.mark.parametrize("name", LABS)
@drawn(4)
@given(**LIES)
@pytest.mark.one_in(7)
def test_a_worker_that_lies_at_random_never_stops_the_grader(references, name, seed, share):
    assess(references[name], graded(references[name], seed, share))


@pytest.mark.sweep
@pytest.mark.parametrize("name", lab_names())
@drawn(100)
@given(**LIES)
def test_a_worker_that_lies_a_hundred_times_never_stops_the_grader(references, name, seed, share):
    assess(references[name], graded(references[name], seed, share))
