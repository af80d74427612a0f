"""The words in which a lab says what is graded: functions, lines, parts, mistakes.

A lab is one `Lab` in `labs/<name>/rubric.py`. Its functions stand in the order of their dependence, its lines
in the order students read them. A probe is ordinary Python that uses the lab as a student would:

    @probe("id")
    def sigmoid(session, rng) -> (Observation(Call("sigmoid"), session.call(network, "sigmoid", z)), ...)

What it gives are records (see `observations.py`). `observe` adds what the calls have changed and should have left
alone.

Records that are never themselves part of an answer are named tuples, here and in the other steps: a frozen dataclass
takes 0.35 ms to define, ten times as much, and the grader starts anew for each submission.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from types import CodeType, MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import numpy as np

from neural_lab.schema.contracts import Contract, Net, each_neuron, once
from neural_lab.schema.observations import Call, Observation, Observations, Role
from neural_lab.schema.remarks import Advice, Kind

if TYPE_CHECKING:
    from neural_lab.runtime.session import Session


Losses = dict[tuple[str, str], float]  # (line's number, part's id): marks lost


class Probe(NamedTuple):
    """A few calls on a lab, and what came of them.

    :param id: unique in the lab, and never changed: with the secret and the file it decides which numbers are drawn, so
        that the function may be moved and renamed and every replay stays the same
    """

    id: str
    ask: Callable[[Session, np.random.Generator], Observations]

    def __call__(self, session: Session, rng: np.random.Generator) -> Observations:
        return self.ask(session, rng)

    @property
    def stream(self) -> int:
        """Tells the random numbers of one probe from those of another."""
        return zlib.crc32(self.id.encode())


def probe(id: str) -> Callable[[Callable[[Session, np.random.Generator], Observations]], Probe]:
    """Declares the function below it to be the probe of this id."""
    return lambda ask: Probe(id, ask)


LEFT = Call("", "what the calls leave as it was")


def observe(probe: Probe, session: Session, rng: np.random.Generator) -> Observations:
    """What a probe observes, and what its calls have changed, of how many numbers that they were to leave alone."""
    observed = probe(session, rng)
    call = LEFT._replace(sizes={"numbers": session.numbers})
    return (*observed, Observation(call, tuple(session.changes), role=Role.KEPT))


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the lab, and what the reference's copy accepts when it stands in for the student's.

    :param path: "NeuralNetwork.sigmoid" in a class, "evaluate_neuron" at module level
    :param module: the module that defines it
    :param label: how students know it; unique in the lab; the last piece of the path if not given
    :param takes: a kind (`Array`, `Items` …) for each positional argument, self left out
    :param reads: attributes of self that it uses, each with its kind
    :param writes: attributes of self that it sets
    :param passes: (object or module, arguments) -> how many passes through the net its call makes: samples, times
        epochs
    :param asked: how many questions its substitute answers for each pass of a probe's call, by the net
    :param gradient: whether it is to find derivatives by the chain rule, so that estimating them is told to the staff
    """

    path: str
    module: str
    label: str = ""
    takes: tuple[Contract, ...] = ()
    reads: Mapping[str, Contract] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    passes: Callable[..., int] = once
    asked: Callable[[Net], int] = each_neuron
    gradient: bool = False

    def __post_init__(self) -> None:
        if not self.label:
            object.__setattr__(self, "label", self.name)

    @property
    def owner(self) -> str | None:
        """The class that holds it, or None for a function of the module."""
        return self.path.rpartition(".")[0] or None

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


class FormName(Enum):
    """The forms, besides the expected one, in which an answer may be right."""

    IN_DICT = "in a dict"
    IN_LIST = "in a list"
    IN_TUPLE = "in a tuple"
    MORE_BESIDE = "with more beside it"
    SWAPPED = "two results exchanged"
    LAYERS_BACKWARDS = "lists from the last layer to the first"
    HISTORY_BACKWARDS = "a history from its end to its beginning"


class Form(NamedTuple):
    """Another form that the right answer may have, for half of a part's marks.

    :param readings: (own answer, reference's answer) -> what the own answer would be in the expected form, each way it
        may be
    """

    name: FormName
    readings: Callable[[Any, Any], Iterable[Any]]


class Part(NamedTuple):
    """What earns some marks: the answers of one probe, or a piece of each of them.

    :param id: names it in rows of the bank and in results.json; unique among the parts of its function
    :param name: the same in words, for students
    :param at: the path of the piece in an answer: (0, 2) is the third item of the first list; () is the whole
    :param scale: natural size of the quantity, for the tolerance (see grading/compare.py)
    :param accepts: ids of variants whose answers are right too
    :param forms: other forms of the answer that earn half, alone or several together (see grading/forms.py)
    :param follows: (own answer, reference's answer, path) -> what the item at the path would be if everything in it but
        the student's own earlier slip were right, or None; an answer equal to it earns half
    """

    id: str
    name: str
    marks: float
    probe: Probe
    at: tuple[int, ...] = ()
    scale: float = 0.0
    accepts: tuple[str, ...] = ()
    forms: tuple[Form, ...] = ()
    follows: Callable[[Any, Any, tuple[int, ...]], Any] | None = None


class Line(NamedTuple):
    """A line of the rubric, which is one test on Gradescope. `name` begins with the function's label."""

    number: str
    function: str
    name: str
    parts: tuple[Part, ...]

    @property
    def marks(self) -> float:
        return sum(part.marks for part in self.parts)


class Edit(NamedTuple):
    """A change to the text of one function of the solution: every place where `find` stands gets `put`."""

    find: str
    put: str


@dataclass(frozen=True, eq=False)
class Mistake:
    """A known mistake as an edit of the solution's function, with the hint a good TA would give.

    :param also: ids of mistakes that no probe can tell from this one: they are named together
    :param spares: parts of the function that keep their marks all the same; each is a part's id, or a pattern of ids as
        file names have them ("dw-*")
    :param halves: parts that lose half, where not spared; all others lose all
    :param because: why some are spared or halved
    """

    id: str
    function: str
    edits: tuple[Edit, ...]
    hint: str = ""  # `make validate` asks for it
    also: tuple[str, ...] = ()
    spares: tuple[str, ...] = ()
    halves: tuple[str, ...] = ()
    because: str = ""


class Variant(NamedTuple):
    """A right way of writing a function that differs from the solution: full marks, perhaps with advice.

    :param advice: kinds of the advice that it causes
    """

    id: str
    function: str
    edits: tuple[Edit, ...]
    why: str = ""
    advice: tuple[Kind, ...] = ()


PUBLIC = "public"  # the version of a lab that everybody can read


class Elsewhere(NamedTuple):
    """What a function is in another version of the lab, under this one's names: what is handed in where that was meant.

    :param version: its name
    :param function: label
    :param text: of the function, to stand in the place of this version's. What stands before it in the text is run as
        well: it may put given parts of that version in place
    """

    version: str
    function: str
    text: str


class UnmarkedLine(NamedTuple):
    """A line below those of the rubric, which tells something and has no marks.

    :param tag: what it is about, for whoever looks for it in the results
    :param data: inert data, as JSON has it
    """

    number: str
    name: str
    passed: bool
    text: str
    tag: str
    data: Mapping[str, Any]


class Place(NamedTuple):
    """A submission's place on a leaderboard: the number by which it is ranked there, `order` "desc" or "asc"."""

    name: str
    value: float
    order: str = "desc"


class Addition(NamedTuple):
    """What an extra adds to a report.

    :param name: of the extra
    :param told: a sentence for the top of the feedback
    :param data: what was found out: inert data, as JSON has it
    """

    name: str
    told: str = ""
    data: Mapping[str, Any] = MappingProxyType({})
    lines: tuple[UnmarkedLine, ...] = ()
    leaderboard: tuple[Place, ...] = ()


class Unsound(ValueError):
    """A lab that can't be graded as it is written.

    :param what: is wrong
    :param remedy: what to do
    :param about: words that stand together in the lab's files where that is written: a number, an id, a path
    :param code: or the function that it is about
    """

    def __init__(self, what: str, remedy: str, *about: str, code: CodeType | None = None) -> None:
        super().__init__(f"{what}; {remedy}")
        self.what, self.remedy, self.about, self.code = what, remedy, about, code


class Extra(Protocol):
    """Something that a lab does with a graded submission, for no marks."""

    def __call__(self, context: Any, /) -> Addition | None:
        """What it adds to the report, if anything.

        :param context: the report, the submission and the reference: a `Context` of `grading/extras.py`
        """


@dataclass(frozen=True, eq=False)
class Lab:
    """All that is graded in one lab.

    :param modules: files of the submission, in the order in which they are loaded
    :param folder: where they lie below solution/ and student/
    :param functions: in the order of dependence; those that no line names are given parts, which nothing stands in for,
        or come from an earlier lab
    :param sizes: binds the names used in the functions' kinds from the attributes a substituted helper reads; raises
        Refused
    :param net: (object or attributes, arguments) -> the net that a call is about, or None where there is none in it
    :param advice: remarks without marks from the answers: {function label: {probe id: observations}} -> advice
    :param extras: what is done, in this order, with a submission that has been graded; a class is graded without
    :param borrowed: lines of that earlier lab: by them its functions are judged, without marks, when one that rests on
        them is not right
    :param elsewhere: what the functions are in other versions; asked for where marks are lost
    :param tunable: names set at the top level of its files that students are asked to change, each up to the next blank
        line: no edit of them is advised against
    """

    name: str
    title: str
    modules: tuple[str, ...]
    functions: tuple[Function, ...]
    lines: tuple[Line, ...]
    folder: str = ""
    mistakes: tuple[Mistake, ...] = ()
    variants: tuple[Variant, ...] = ()
    sizes: Callable[[dict[str, Any]], dict[str, int]] = lambda attributes: {}
    net: Callable[[Any, Sequence[Any]], Net | None] = lambda thing, arguments: None
    advice: Callable[[dict[str, dict[str, Observations]]], Iterable[Advice]] = lambda answers: ()
    extras: tuple[Extra, ...] = ()
    borrowed: tuple[Line, ...] = ()
    elsewhere: Callable[[], tuple[Elsewhere, ...]] = tuple
    tunable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """
        :raises Unsound: the lab can't be graded as it is written
        """
        for fault in _faults(self):
            raise fault

    @property
    def probes(self) -> tuple[Probe, ...]:
        """The probes that marks rest on."""
        return tuple(dict.fromkeys(part.probe for line in (*self.lines, *self.borrowed) for part in line.parts))

    @property
    def marks(self) -> float:
        return sum(line.marks for line in self.lines)

    def function(self, label: str) -> Function:
        """
        :raises LookupError: there is none with that label; the message lists those there are
        """
        for function in self.functions:
            if function.label == label:
                return function
        labels = ", ".join(function.label for function in self.functions)
        raise LookupError(f"{self.name} has no function labelled {label!r}; there are: {labels}")

    def function_called(self, owner: str | None, name: str) -> Function:
        """The function that a call of a probe's is to.

        :param owner: the class of the object, None for a module
        :raises Unsound: the lab knows nothing of it
        """
        for function in self.functions:
            if (function.owner, function.name) == (owner, name):
                return function
        path = f"{owner}.{name}" if owner else name
        raise Unsound(f"a probe calls {path}, and the lab's functions have none of that path", "add a Function for it")

    def lines_of(self, function: Function) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.function == function.label)

    def losses(self, mistake: Mistake) -> Losses:
        """The marks that the mistake must cost, and where.

        :raises LookupError: the row names no part of its function that it has not named already
        """
        lines = self.lines_of(self.function(mistake.function))
        parts = {(line.number, part.id): part for line in lines for part in line.parts}
        shares = dict.fromkeys(parts, 1.0)
        for share, names in ((0.0, mistake.spares), (0.5, mistake.halves)):
            for name in names:
                found = [place for place in parts if fnmatchcase(place[1], name) and shares[place] == 1]
                if not found:
                    raise LookupError(f"{mistake.id}: {mistake.function} has no other part {name!r}")
                shares.update(dict.fromkeys(found, share))
        return {place: shares[place] * part.marks for place, part in parts.items() if shares[place]}


def _faults(lab: Lab) -> Iterator[Unsound]:
    """What a grading would fail on: the little that costs every grading nothing. `make validate` looks for the rest."""
    for name, kind in _TUPLES.items():
        yield from _no_tuple(getattr(lab, name), kind, f"{lab.name}'s {name}", lab.name)
    labels = [function.label for function in lab.functions]
    paths = [function.path for function in lab.functions]
    yield from _twice(labels, "two functions have the label", "give one of them a label of its own", zip(paths))
    yield from _twice([line.number for line in lab.lines], "two lines have the number", "number them anew")
    for function in lab.functions:
        if not isinstance(function.takes, tuple) or not all(hasattr(kind, "check") for kind in function.takes):
            what = f"what {function.path} takes is no tuple of kinds"
            yield Unsound(what, "a comma follows even a single one: (Number(),)", function.path)
        if function.module not in lab.modules:
            what = f"{function.path} is said to be in the module {function.module!r}, of which the lab knows nothing"
            yield Unsound(what, f"its modules are {', '.join(lab.modules)}", function.path)
    ids: dict[str, list[tuple[str, str]]] = {}  # (line's number, part's id) of each part, by function
    for line in (*lab.lines, *lab.borrowed):
        yield from _no_text(f"line {line.number}", line.number, line.function, line.name)
        yield from _no_tuple(line.parts, Part, f"what line {line.number} has for parts", line.number)
        if line.function not in labels:
            what = f"line {line.number} is about {line.function!r}, which no function has for a label"
            yield Unsound(what, f"the labels are {', '.join(labels)}", line.number, line.function)
        if not line.parts:
            yield Unsound(f"line {line.number} has no parts", "write a Part for each probe", line.number)
        for part in line.parts:
            yield from _faults_of(part, line)
            if line in lab.lines:
                ids.setdefault(line.function, []).append((line.number, part.id))
    for name, places in ids.items():
        remedy = "a mistake names parts by their ids, in all lines of its function: give one of them another"
        yield from _twice([id for _, id in places], f"two parts of {name} have the id", remedy, places)
    probe_ids = [probe.id for probe in lab.probes]
    for index, probe in enumerate(lab.probes):
        if probe.id in probe_ids[:index]:
            remedy = "give the newer one another id"
            yield Unsound(f"two probes have the id {probe.id!r}", remedy, code=probe.ask.__code__)
    rows: list[Mistake | Variant] = [*lab.mistakes, *lab.variants]
    for row in rows:
        yield from _no_tuple(row.edits, Edit, f"what {row.id} has for edits", row.id)
    for mistake in lab.mistakes:
        for name in ("also", "spares", "halves"):
            if not isinstance(getattr(mistake, name), tuple):
                what = f"what {mistake.id} has for {name} is no tuple of ids"
                yield Unsound(what, "a comma follows even a single one: (one,)", mistake.id)


def _faults_of(part: Part, line: Line) -> Iterator[Unsound]:
    place = f"line {line.number}, {part.id}"
    marks, probe, scale = (cast(Any, value) for value in (part.marks, part.probe, part.scale))  # nobody has looked yet
    yield from _no_text(place, part.id, part.name)
    if not isinstance(marks, int | float) or not 0 < marks < 1e6:
        yield Unsound(f"{place}: {marks!r} marks", "a part has more than 0", line.number, part.id)
    if not isinstance(scale, int | float):
        yield Unsound(f"{place}: {scale!r} is no scale", "write a number", line.number, part.id)
    if not isinstance(probe, Probe):
        yield Unsound(f"{place}: its probe is none", 'write @probe("id") above the function', line.number, part.id)
    for name, kind in (("at", int), ("accepts", str), ("forms", Form)):
        yield from _no_tuple(getattr(part, name), kind, f"{place}: what it has for {name}", line.number, part.id)


_TUPLES = {
    "modules": str,
    "functions": Function,
    "lines": Line,
    "mistakes": Mistake,
    "variants": Variant,
    "borrowed": Line,
}


def _no_text(place: str, *values: Any) -> Iterator[Unsound]:
    for value in values:
        if not isinstance(value, str):
            yield Unsound(f"{place}: {value!r} should be a text", "put it in quotes", str(value))


def _no_tuple(value: Any, kind: type, what: str, *about: str) -> Iterator[Unsound]:
    if not isinstance(value, tuple) or isinstance(value, kind) or not all(isinstance(item, kind) for item in value):
        yield Unsound(f"{what} is no tuple of {kind.__name__}", "a comma follows even a single item: (one,)", *about)


def _twice(
    words: list[str], what: str, remedy: str, places: Iterable[tuple[str, ...]] | None = None
) -> Iterator[Unsound]:
    if len(set(words)) < len(words):
        abouts = list(places or zip(words))
        again = next(index for index, word in enumerate(words) if word in words[:index])
        yield Unsound(f"{what} {words[again]!r}", remedy, *abouts[again])
