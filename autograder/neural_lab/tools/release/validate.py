"""Look for an instructor's slips in a lab before anyone is graded with it: `make validate [LAB=q1]`.

Each slip is one sentence with its file, its line, and what to do. What is looked for takes no grading: whether all that
the lab's files name is there and named once, whether the probes can be asked and answered, whether the students' files
are what the solution and the rubric make of them. What a mistake costs, `make calibrate` tells.

Exit status: 0 nothing found, 1 slips, 2 a bad call.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import functools
import inspect
import itertools
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded

import numpy as np

from neural_lab.grading import compare
from neural_lab.grading.mutants import numbers
from neural_lab.grading.reference import Reference, locate
from neural_lab.grading.substitutes import Helpers
from neural_lab.intake.stub_edits import BEGIN, END, TODO
from neural_lab.runtime import protocol
from neural_lab.runtime.host import Host
from neural_lab.runtime.plan import LoadPlan
from neural_lab.runtime.protocol import Failure
from neural_lab.runtime.session import Session
from neural_lab.schema.contracts import Net, Refused
from neural_lab.schema.discovery import lab_names, load_lab, place_of
from neural_lab.schema.lab import Function, Lab, Mistake, Probe, Unsound, Variant, observe
from neural_lab.schema.observations import Observation, Observations, Role
from neural_lab.schema.places import LABS, ROOT, SOLUTION, STUDENT, files_of
from neural_lab.tools.command import Parser
from neural_lab.tools.release import stubs
from neural_lab.tools.release.marks import PageError

_ID = re.compile(r"[\w-]+")  # what files and patterns of ids can hold
_NUMBER = re.compile(r"\d+\.\d+")
_MARKERS = f"an answer stands below a {TODO!r} comment, between {BEGIN!r} and {END!r}"
PATIENCE = 20.0  # seconds for check.py on the solution, which takes half of one


class Fault(NamedTuple):
    """A slip: where it is, what is wrong there, and what to do."""

    file: Path
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        file = self.file.relative_to(ROOT) if ROOT in self.file.parents else self.file
        return f"{file}:{self.line}: {self.what}; {self.remedy}{'' if self.remedy.endswith('?') else '.'}"


# -- from a name, or from a lab ---------------------------------------------------------------------------------------


def validate(names: Iterable[str], solution: Path = SOLUTION, student: Path = STUDENT) -> list[Fault]:
    """All that is found about the labs of these names, and about the students' files.

    :param solution: the tree with the solution, in place of `solution/`
    :param student: the tree of the students, in place of `student/`
    """
    found = [fault for name in names for fault in _of_one(name, solution, student)]
    if not found:  # the tables of marks are made of the labs
        found += stale(solution, student)
    return list(dict.fromkeys(found))


def _of_one(name: str, solution: Path, student: Path) -> list[Fault]:
    """Only the first thing where the lab can't even be loaded."""
    sources = Sources(LABS / name)
    try:
        lab = load_lab(name)
        return list(faults(lab, solution, student))
    except Unsound as error:
        code = error.code
        written = (Path(code.co_filename), code.co_firstlineno) if code else sources.place(*error.about)
        return [Fault(*written, error.what, error.remedy)]
    except Exception as error:
        place = place_of(error)
        if place is None:
            raise
        return [Fault(*place, _raised(error), "correct this line; docs/new_lab.md says what stands there")]


def faults(lab: Lab, solution: Path = SOLUTION, student: Path = STUDENT) -> Iterator[Fault]:
    """What is wrong with a lab whose solution and stubs lie in these trees."""
    look = _Look(lab, solution, student)
    missing = [file for file in look.files.values() if not file.is_file()]
    broken = [fault for file in look.files.values() if file.is_file() for fault in _unparsable(file)]
    if missing or broken:
        yield from broken
        for file in missing:
            what = f"{_name(file)} is not there, though the lab's modules name it"
            yield look.at((lab.name,), what, "write it, or correct `modules` or `folder`")
        return
    for step in (look.repeated_keys, look.loading, look.functions, look.numbering, look.probes, look.rows, look.checks):
        found = list(step())
        if found:  # what the later steps would say may come from it
            yield from found
            return


def stale(solution: Path = SOLUTION, student: Path = STUDENT) -> Iterator[Fault]:
    """What students get that the solution and the rubrics would not make today: stubs, and tables of marks."""
    try:
        generated = stubs.generate(solution, student)
    except stubs.MarkerError as error:
        yield Fault(solution.parent / error.file, error.line, error.what, _MARKERS)
        return
    except PageError as error:
        remedy = "write both comments as they stand in student/README.md"
        yield Fault(student / error.page, error.line, error.what, remedy)
        return
    for path, text in generated.items():
        there = (student / path).read_text("utf-8") if (student / path).is_file() else ""
        if there != text:
            why = "its marks are not the rubric's" if path.suffix == ".md" else "it is not what the solution gives"
            remedy = "run `make stubs`, look at what changed, and commit it"
            yield Fault(student / path, _first_difference(there, text), why, remedy)


def _raised(error: BaseException) -> str:
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT)) if ROOT in file.parents else str(file)


def _unparsable(file: Path) -> Iterator[Fault]:
    try:
        ast.parse(file.read_text("utf-8"))
    except SyntaxError as error:
        yield Fault(file, error.lineno or 1, _raised(error), "correct this line")


class Sources:
    """A lab's own files, searched for where something is written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @functools.cached_property
    def trees(self) -> dict[Path, ast.Module]:
        """The files that parse: the rubric, then the others."""
        found = {}
        for file in sorted(self._folder.rglob("*.py"), key=lambda file: (file.name != "rubric.py", file)):
            try:
                found[file] = ast.parse(file.read_text("utf-8"))
            except SyntaxError:
                continue
        return found

    def place(self, *words: str) -> tuple[Path, int]:
        """Where a record is written: each word is the first argument of a call, the next one of a call inside it.

        Where a word is written twice it is the second place that is wrong. What is not found is left out.
        """
        searched: list[tuple[Path, ast.AST]] = list(self.trees.items())
        place = self._folder / "rubric.py", 1
        for word in words:
            for file, tree in searched:
                calls: list[tuple[ast.AST, Any]] = [
                    (node, _first(node)) for node in ast.walk(tree) if isinstance(node, ast.Call)
                ]
                texts: list[tuple[ast.AST, Any]] = [
                    (node, node) for node in ast.walk(tree) if isinstance(node, ast.Constant)
                ]
                found = [pair for pair in calls if _is(pair[1], word)] or [p for p in texts if _is(p[1], word)]
                if found:
                    inside, text = max(found, key=lambda pair: pair[1].lineno)
                    searched, place = [(file, inside)], (file, text.lineno)
                    break
        return place


def _first(call: ast.Call) -> Any:
    """What a call is given first."""
    return next(iter([*call.args, *(keyword.value for keyword in call.keywords)]), None)


def _is(node: Any, word: str) -> bool:
    """Whether a piece of code is this text; what an f-string fills in may be anything."""
    if isinstance(node, ast.JoinedStr):
        parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values]
        return re.fullmatch("".join(parts), word) is not None
    return isinstance(node, ast.Constant) and str(node.value) == word


# -- what a probe's calls are -----------------------------------------------------------------------------------------


class _Watched(NamedTuple):
    """A call of a probe's: what its object has of the attributes that the function reads, as far as they were set and
    not left there by a call; and the samples that it is about."""

    function: Function
    arguments: tuple[Any, ...]
    attributes: dict[str, Any]
    passes: int


class _Refusal(NamedTuple):
    """What a substitute was asked during a call of a probe's, and why it did not answer.

    :param why: in words
    :param call: the probe's
    :param often: how often it may be asked, where that was the reason
    """

    function: Function
    arguments: list[Any]
    attributes: dict[str, Any]
    why: str
    call: _Watched
    often: int | None


class _Seen:
    """What is seen of a probe's calls while it runs."""

    def __init__(self) -> None:
        self.calls: list[_Watched] = []
        self.refused: list[_Refusal] = []

    def watched(self, function: Function) -> Function:
        """The same function, its calls noted."""

        def passes(thing: Any, *arguments: Any) -> int:
            number = _told(f"{function.path}'s `passes`", function.path, function.passes, thing, *arguments)
            if not isinstance(number, int | np.integer):
                remedy = "let it tell how many samples a call is about"
                raise Unsound(
                    f"{function.path}'s `passes` gives {number!r}, and no whole number", remedy, function.path
                )
            attributes = {name: getattr(thing, name) for name in function.reads if hasattr(thing, name)}
            self.calls.append(_Watched(function, arguments, attributes, int(number)))
            return int(number)

        return dataclasses.replace(function, passes=passes)

    def net_of(self, lab: Lab) -> Callable[[Any, Sequence[Any]], Net | None]:
        return lambda thing, arguments: _told("the lab's `net`", lab.name, lab.net, thing, arguments)


class _Again(NamedTuple):
    """What a probe observed when it was run once more, and what was seen of its calls."""

    observed: Observations
    seen: _Seen


def _told(what: str, about: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function of the rubric's tells of a call.

    :raises Unsound: it fails
    """
    try:
        return function(*arguments)
    except Exception as error:
        remedy = "it gets the object or module, and then what is called is given"
        raise Unsound(f"{what} fails on a call: {_raised(error)}", remedy, about) from error


# -- what is looked for -----------------------------------------------------------------------------------------------


class _Look:
    """One lab, looked through."""

    def __init__(self, lab: Lab, solution: Path, student: Path) -> None:
        self.lab = lab
        self.files = files_of(lab, solution)
        self._trees = solution, student
        self._sources = Sources(LABS / lab.name)

    def at(self, about: Iterable[str], what: str, remedy: str) -> Fault:
        """A fault at the place of a record in the lab's files."""
        return Fault(*self._sources.place(*about), what, remedy)

    @functools.cached_property
    def _reference(self) -> Reference:
        return Reference(self.lab, self._trees[0])

    def _line(self, function: Function) -> int:
        """Where a function of the solution begins."""
        return locate(self._reference.sources[function.module], function.path).first + 1

    def repeated_keys(self) -> Iterator[Fault]:
        """Python keeps the last of several equal keys, and says nothing."""
        for file, tree in self._sources.trees.items():
            for node in ast.walk(tree):
                keys = [key for key in node.keys if isinstance(key, ast.Constant)] if isinstance(node, ast.Dict) else []
                for index, key in enumerate(keys):
                    if key.value in [earlier.value for earlier in keys[:index]]:
                        what = f"the key {key.value!r} stands twice in one dict, and only the second counts"
                        yield Fault(file, key.lineno, what, "put both changes into one, or write two rows")

    def loading(self) -> Iterator[Fault]:
        """What the solution's files run when they are imported must not fail."""
        for note in Host().loader.load(LoadPlan(self.lab.modules, self._reference.sources), untrusted=False):
            what = f"{note.type}: {note.message}, when the file is imported"
            yield Fault(self.files[note.module], note.line, what, "correct this line")

    # -- functions and lines ------------------------------------------------------------------------------------------

    @functools.cached_property
    def _defined(self) -> dict[str, dict[str, ast.FunctionDef]]:
        """The functions and methods of each module of the solution, by their paths."""
        return {module: dict(_functions_in(ast.parse(text).body)) for module, text in self._reference.sources.items()}

    def functions(self) -> Iterator[Fault]:
        """Each is in the solution, and comes after those that it calls."""
        for function in self.lab.functions:
            there = self._defined[function.module]
            if function.path not in there:
                close = difflib.get_close_matches(function.path, there, 1)
                remedy = f"did you mean {close[0]}?" if close else "write it, or correct its path"
                yield self.at((function.path,), f"{_name(self.files[function.module])} has no {function.path}", remedy)
        places = {(function.module, function.path): number for number, function in enumerate(self.lab.functions)}
        graded = {line.function for line in (*self.lab.lines, *self.lab.borrowed)}
        called = set()
        for number, function in enumerate(self.lab.functions):
            for other in self._called(function):
                called.add(places.get(other, -1))
                if function.label in graded and places.get(other, -1) > number:
                    later = self.lab.functions[places[other]]
                    what = f"{function.path} stands before {later.path}, which it calls in the solution"
                    yield self.at((function.path,), what, "put each function after those that it calls")
        for number, function in enumerate(self.lab.functions):
            needed = function.label in graded and (function.takes or number in called)
            if needed and function.path in self._defined[function.module]:
                yield from self._takes(function)

    def _called(self, function: Function) -> set[tuple[str, str]]:
        """(module, path) of the functions that this one names, itself or by helpers that the lab does not name."""
        named = {(function.module, function.path) for function in self.lab.functions}
        found: set[tuple[str, str]] = set()
        waiting = [(function.module, function.path)]
        while waiting:
            module, path = waiting.pop()
            node = self._defined[module].get(path)
            new = set(self._named_in(module, path, node)) - found if node is not None else set()
            found |= new
            waiting += [one for one in new if one not in named]
        return found - {(function.module, function.path)}

    def _named_in(self, module: str, path: str, node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
        owner = path.rpartition(".")[0]
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                homes = [other for other in self.lab.modules if part.id in self._defined[other]]  # imported by its name
                if homes:
                    yield (module if module in homes else homes[0]), part.id
            elif isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
                whose = part.value.id
                if whose in ("self", "cls", owner) and owner:
                    yield module, f"{owner}.{part.attr}"
                elif whose in self._defined:
                    yield whose, part.attr

    def _takes(self, function: Function) -> Iterator[Fault]:
        """A substitute is asked with as many arguments as the solution's function takes."""
        form = self._reference.form(function)
        own = [one for one in form.signature.parameters.values() if one.default is one.empty][form.binds != "nothing" :]
        if not form.fits(len(function.takes)):
            what = (
                f"{function.path} takes {len(own)} arguments in the solution, and its `takes` has {len(function.takes)}"
            )
            yield self.at(
                (function.path,), what, "give a kind for each, for others call it and a substitute must answer"
            )

    def numbering(self) -> Iterator[Fault]:
        """Numbers, names and ids are such as results and feedback need."""
        lines = self.lab.lines
        if not lines:
            yield self.at((self.lab.name,), "the lab has no lines, and so no marks", "write a Line for each function")
        for line in lines:
            if not _NUMBER.fullmatch(line.number):
                yield self.at((line.number,), f"{line.number!r} is no line's number", "number them 1.1, 1.2 …")
            if not line.name.startswith(line.function):
                what = f"line {line.number} is named {line.name!r}"
                yield self.at((line.number,), what, f"begin its name with {line.function!r}")
            for part in line.parts:
                if not _ID.fullmatch(part.id):
                    what = f"line {line.number}: {part.id!r} is no id of a part"
                    yield self.at((line.number, part.id), what, "write letters, digits, - and _ alone")
                for id in part.accepts:
                    if not any(row.id == id and row.function == line.function for row in self.lab.variants):
                        what = f"line {line.number}, {part.id} accepts {id!r}, which is no variant of {line.function}"
                        yield self.at((line.number, part.id, id), what, "write that variant, or take it out here")
        yield from self._answers()

    def _answers(self) -> Iterator[Fault]:
        """What students are to write is graded, and what is graded they are to write."""
        lab = self.lab
        of_earlier_labs = {lab.function(line.function).module for line in lab.borrowed}
        for module in (module for module in lab.modules if module not in of_earlier_labs):
            source, file = self._reference.sources[module], self.files[module]
            try:
                answers = stubs.find_answers(source, _name(file))
            except stubs.MarkerError as error:
                yield Fault(file, error.line, error.what, _MARKERS)
                continue
            graded = {f.path for f in lab.functions if f.module == module and lab.lines_of(f)}
            written = set()
            for answer in answers:
                paths = {p for p, node in self._defined[module].items() if node.lineno < answer.begin <= _end(node)}
                written |= paths
                if not paths & graded:
                    what = f"students are to write {answer.function}, and no line gives marks for it"
                    yield Fault(file, answer.begin, what, "add a Function and a Line for it, or take its markers away")
            for path in sorted(graded & self._defined[module].keys() - written):
                function = next(f for f in lab.functions if (f.module, f.path) == (module, path))
                what = f"line {lab.lines_of(function)[0].number} gives marks for {path}, which students are given"
                yield Fault(file, self._line(function), what, f"put its answer between {BEGIN!r} and {END!r}")

    # -- probes -------------------------------------------------------------------------------------------------------

    def probes(self) -> Iterator[Fault]:
        """Each can be asked, gives the same twice, and every piece of its answers earns something."""
        for probe in self.lab.probes:
            try:
                observed = self._reference.answers(probe, numbers(probe))
                again = self._once_more(probe) if _are_observations(observed) else _Again(observed, _Seen())
            except Unsound as error:
                place = self._sources.place(*error.about) if error.about else _definition(probe)
                yield Fault(*place, error.what, error.remedy)
                continue
            except Exception as error:
                file, line = place_of(error) or _definition(probe)
                yield Fault(
                    file, line, _raised(error), "a probe runs on the solution, and returns a tuple of Observations"
                )
                continue
            misfits = list(self._of_calls(again.seen, observed))
            if misfits:  # other probes would tell the same of the function
                yield from misfits
                return
            found = list(self._of_answers(probe, observed, again.observed))
            yield from found or self._of_parts(probe, observed)
        own = {probe.ask.__module__ for line in self.lab.lines for probe in {part.probe for part in line.parts}}
        for module in sorted(own):
            for thing in vars(sys.modules[module]).values():
                if isinstance(thing, Probe) and thing.ask.__module__ == module and thing not in self.lab.probes:
                    what = f"no part uses the probe {thing.id!r}"
                    yield Fault(*_definition(thing), what, "give it to a Part, or take it out")

    def _once_more(self, probe: Probe) -> _Again:
        """As a submission is asked where all earlier functions are wrong: what its calls change is looked for.

        :raises Unsound: the lab does not know what is called, or how much work a call is
        """
        graded = {line.function for line in (*self.lab.lines, *self.lab.borrowed)}
        earlier = itertools.takewhile(lambda function: probe not in self._probes_of(function), self.lab.functions)
        seen = _Seen()
        lab = dataclasses.replace(
            self.lab, functions=tuple(map(seen.watched, self.lab.functions)), net=seen.net_of(self.lab)
        )
        helpers = Helpers(
            Reference(lab, self._trees[0]), tuple(lab.function(f.label) for f in earlier if f.label in graded)
        )

        def ask(label: str, arguments: list[Any], attributes: dict[str, Any]) -> Any:
            answer = helpers.answer(("ask", label, arguments, attributes))
            if isinstance(answer, Failure):
                function = lab.function(label)
                often = helpers.most(function) if label in helpers.refused else None
                seen.refused.append(_Refusal(function, arguments, attributes, answer.message, seen.calls[-1], often))
            return answer

        host = Host(ask)
        host.loader.load(
            LoadPlan(self.lab.modules, self._reference.sources, substitutions=helpers.plan()), untrusted=False
        )

        def perform(operation: list[Any]) -> Any:
            for _, target, *_ in operation[2]:
                if isinstance(target, str) and target not in self.lab.modules:
                    remedy = f"its modules are {', '.join(self.lab.modules)}"
                    raise Unsound(f"a probe asks the module {target!r}, which the lab does not have", remedy)
            helpers.follow(operation)
            return host.perform(operation)

        return _Again(observe(probe, Session(perform), numbers(probe)), seen)

    def _probes_of(self, function: Function) -> set[Probe]:
        lines = (line for line in (*self.lab.lines, *self.lab.borrowed) if line.function == function.label)
        return {part.probe for line in lines for part in line.parts}

    def _of_calls(self, seen: _Seen, observed: Observations) -> Iterator[Fault]:
        """What the solution's functions are called with is what a substitute must take, and as often."""
        asked = [(one.function, one.arguments, one.attributes) for one in seen.refused]
        for function, arguments, attributes in [*((c.function, c.arguments, c.attributes) for c in seen.calls), *asked]:
            known = attributes.keys() == function.reads.keys()
            misfit = self._misfit(function, arguments, attributes) if known and function.takes else ""
            if misfit:
                what = f"{function.path} is called with arguments that its `takes` does not allow: {misfit}"
                yield self.at((function.path,), what, "give a kind for each argument, in their order")
                return
        for call in seen.calls:
            samples = max(
                (one.call.sizes.get("samples", 0) for one in observed if one.call.function == call.function.name),
                default=0,
            )
            if max(other.passes for other in seen.calls if other.function == call.function) < samples:
                found = f"{call.function.path}'s `passes` never tells more than {call.passes}"
                what = f"{found}, and a probe calls it with {samples} samples"
                yield self.at((call.function.path,), what, self._counted(call.function, seen.calls, samples))
                return
        for one in seen.refused[:1]:
            label, path = one.function.label, one.call.function.path
            if one.often is None:
                yield self.at((one.function.path,), f"{path} calls {label}, and {one.why}", "correct what it takes")
            else:
                what = (
                    f"{path} asks {label} more than the {one.often} times that its `passes` and {label}'s `asked` allow"
                )
                yield self.at((path,), what, "let `passes` tell how many samples a call is about")

    def _misfit(self, function: Function, arguments: Sequence[Any], attributes: dict[str, Any]) -> str:
        """Which argument is not of the kind that stands at its place in `takes`, and how; "" if all are."""
        sizes = self.lab.sizes(attributes)
        for number, (kind, argument) in enumerate(zip(function.takes, arguments), start=1):
            try:
                kind.check(argument, sizes)
            except Refused as error:
                return f"for argument {number}, {error}"
        return ""

    def _counted(self, function: Function, calls: Iterable[_Watched], samples: int) -> str:
        """A `passes` that tells so many samples of one of these calls, if an argument has them."""
        form = self._reference.form(function)
        names = [*form.signature.parameters][form.binds != "nothing" :]
        for call in calls:
            for name, argument in zip(names, call.arguments) if call.function == function else ():
                if isinstance(argument, list | tuple | np.ndarray) and np.shape(argument)[:1] == (samples,):
                    return f"write passes=lambda _, {', '.join(names)}: len({name})"
        return "let it tell how many samples a call is about"

    def _of_answers(self, probe: Probe, observed: Observations, again: Observations) -> Iterator[Fault]:
        def at(what: str, remedy: str) -> Fault:
            return Fault(*_definition(probe), f"probe {probe.id!r}: {what}", remedy)

        if not _are_observations(observed):
            yield at("it returns no tuple of Observations", "a comma follows even a single one: (Observation(...),)")
            return
        if not any(one.role is Role.JUDGED for one in observed):
            yield at("nothing that it observes is judged", "give an Observation of what the function answers")
        for one in observed:
            if one.role is Role.ASIDE:
                continue
            failure = next(_failures(one.value), None)
            if failure is not None:
                said = f"{failure.type_name or failure.kind}: {failure.message}"
                what = f"the solution's {one.call.function} answers with {said}"
                remedy = "call it as its docstring says, or correct the solution"
                if failure.module in self.files and failure.line:
                    yield Fault(self.files[failure.module], failure.line, f"probe {probe.id!r}: {what}", remedy)
                else:
                    yield at(what, remedy)
                return
            if one.value is None:
                yield at(f"the solution's {one.call.function} answers None", "let it return what is to be judged")
                return
            if not all(math.isfinite(number) for number in _numbers_in(one.value)):
                yield at(
                    f"the solution's {one.call.function} answers nan or inf there", "draw inputs where it is finite"
                )
                return
        if again[-1].value:
            change = again[-1].value[0]
            what = f"the solution's own {change.call} changes {change.thing}"
            yield at(what, "leave it as it is in the solution, or name it in the call's `may_change`")
        pairs = [[one.value for one in some if one.role is not Role.KEPT] for some in (observed, again)]
        if protocol.encode(pairs[0]) != protocol.encode(pairs[1]):
            yield at("it asks or gets something else when it is run again", "draw all its numbers from `rng`")

    def _of_parts(self, probe: Probe, observed: Observations) -> Iterator[Fault]:
        answers = [one for one in observed if one.role is Role.JUDGED]
        uses = [(line, part) for line in self.lab.lines for part in line.parts if part.probe == probe]
        for line, part in uses:
            about, at = (line.number, part.id), part.at
            lengths = [length for one in answers if (length := _lacks(one.value, at)) is not None]
            if lengths:
                what = f"line {line.number}, {part.id}: `at` is {at}, and the answer of {probe.id!r} has no such item"
                yield self.at(
                    about, what, f"there are {lengths[0]}, counted from 0" if lengths[0] else "leave `at` out"
                )
            elif compare.judge(part, observed, [observed]).kind is not compare.Kind.RIGHT:
                what = f"line {line.number}, {part.id}: the solution's own answer is not judged right"
                yield self.at(about, what, "observe numbers, arrays, and lists or tuples of them")
            if lengths:
                return
        pieces = {part.at[0] for _, part in uses if part.at}
        for index in range(min((len(one.value) for one in answers if isinstance(one.value, tuple)), default=0)):
            if uses and all(part.at for _, part in uses) and index not in pieces:
                what = f"no part uses item {index} of the answers of the probe {probe.id!r}"
                yield Fault(*_definition(probe), what, f"write a Part with at=({index},), or observe less")

    # -- the bank of mistakes -----------------------------------------------------------------------------------------

    def rows(self) -> Iterator[Fault]:
        """Each row can be made, differs from the others and says what it must."""
        lab = self.lab
        rows: list[Mistake | Variant] = [*lab.mistakes, *lab.variants]
        graded = {line.function for line in lab.lines}
        ids: set[str] = set()
        programs: dict[str, str] = {}
        for row in rows:
            if row.id in ids:
                yield self.at((row.id,), f"two rows have the id {row.id!r}", "give one of them an id of its own")
            ids.add(row.id)
            if row.function not in graded:
                what = f"{row.id} is about {row.function!r}, which no line grades"
                yield self.at((row.id, row.function), what, f"lines are about {', '.join(sorted(graded))}")
            else:
                yield from self._program(row, programs)
        for mistake in lab.mistakes:
            if mistake.function in graded:
                yield from self._sentences(mistake)

    def _program(self, row: Mistake | Variant, programs: dict[str, str]) -> Iterator[Fault]:
        """:param programs: what the rows before came to: {text: id}"""
        function = self.lab.function(row.function)
        try:
            text = self._reference.function_text(function)
        except LookupError:
            return  # told already: see `functions`
        place = f"{_name(self.files[function.module])}:{self._line(function)}"
        for edit in row.edits:
            if edit.find not in text:
                close = difflib.get_close_matches(edit.find, [line.strip() for line in text.splitlines()], 1, 0.5)
                meant = f"did you mean {close[0]!r}?" if close else f"take it as it stands at {place}"
                what = f"{row.id}: {edit.find!r} does not stand in {row.function}"
                yield self.at((row.id, edit.find), what, meant)
                return
            text = text.replace(edit.find, edit.put)
        if text == self._reference.function_text(function):
            yield self.at((row.id,), f"{row.id} changes nothing", f"write edits of {place}")
        elif text in programs:
            what = f"{row.id} makes the same program as {programs[text]}"
            yield self.at((row.id,), what, "take one of them out")
        try:
            compile(text, row.id, "exec")
        except SyntaxError as error:
            line = text.splitlines()[(error.lineno or 1) - 1].strip() if text.splitlines() else ""
            what = f"{row.id}: {row.function} does not compile with its edits: {error.msg} at {line!r}"
            yield self.at((row.id,), what, "correct what is put there, its indentation too")
        programs[text] = row.id

    def _sentences(self, mistake: Mistake) -> Iterator[Fault]:
        """What a row says, beside its edits."""
        about = (mistake.id,)
        if len(mistake.hint.split()) < 2:
            yield self.at(about, f"{mistake.id}: no hint", "ask the student what you would ask at the desk")
        by_id = {other.id: other for other in self.lab.mistakes}
        for id in mistake.also:
            if id not in by_id or mistake.id not in by_id[id].also:
                yield self.at(about, f"{mistake.id}: {id} does not name it in return", "write `also` in both rows")
        if bool(mistake.spares or mistake.halves) != bool(mistake.because):
            what = f"{mistake.id}: spared or halved parts and a reason go together"
            yield self.at(about, what, "say in `because` why a part keeps marks")
        try:
            costs = self.lab.losses(mistake)
        except LookupError as error:
            function = self.lab.function(mistake.function)
            ids = ", ".join(part.id for line in self.lab.lines_of(function) for part in line.parts)
            yield self.at(about, str(error.args[0]), f"its parts are {ids}")
        else:
            if not costs:
                yield self.at(about, f"{mistake.id} costs nothing", "spare fewer parts, or write it as a Variant")

    # -- what students check themselves with --------------------------------------------------------------------------

    def checks(self) -> Iterator[Fault]:
        """What check.py says of the solution, and whether it checks what is graded; not every lab has one."""
        student = self._trees[1]
        file = student / "checks" / f"{self.lab.name}.py"
        if not file.is_file():
            return
        command = [sys.executable, "-c", _CHECK, str(student), str(self.files[self.lab.modules[0]]), self.lab.name]
        told = "correct solution/checks, and run `make stubs`"
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            yield Fault(file, 1, f"check.py does not come to an end within {PATIENCE:g} s of the solution", told)
            return
        if run.returncode:
            yield Fault(file, 1, f"check.py fails on the solution: {run.stderr.strip().splitlines()[-1]}", told)
            return
        found = json.loads(run.stdout)
        tree = ast.parse(file.read_text("utf-8"))
        names = {line.function.rpartition(".")[2] for line in self.lab.lines}
        for name in sorted(names ^ set(found["functions"])):
            what = (
                f"{name} is {'graded, and check.py does not check it' if name in names else 'checked, and not graded'}"
            )
            yield Fault(file, _assigned(tree, "FUNCTIONS"), what, told)
        for name, words in found["failing"]:
            lines = [
                node.lineno
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef) and node.name == f"check_{name}"
            ]
            what = (
                f"check.py takes the solution's {name} for wrong: {words}" if words else f"check.py has no ✓ for {name}"
            )
            yield Fault(file, lines[0] if lines else _assigned(tree, "LINES"), what, told)
            return  # the others may follow from it


_CHECK = """
import importlib, io, json, sys
sys.path.insert(0, sys.argv[1])
from checks import files
from checks.engine import Kind, Report
lab = importlib.import_module("checks." + sys.argv[3])
source = files.source_of(sys.argv[2])
module, _ = files.load(source, lambda module: lab.class_in(module)[0])
owner, _ = lab.class_in(module)
report = Report([source], owner, io.StringIO())
report.quiet = True
lab.run(report, owner)
failing = [(one.function, one.words) for one in report.findings if one.kind is not Kind.RIGHT]
print(json.dumps({"functions": lab.FUNCTIONS, "failing": failing}))
"""


def _functions_in(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield owner + node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from _functions_in(node.body, f"{owner}{node.name}.")


def _end(node: ast.FunctionDef) -> int:
    return node.end_lineno or node.lineno


def _assigned(tree: ast.Module, name: str) -> int:
    """The line where a name gets its value at the top level of a file."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets):
            return node.lineno
    return 1


def _definition(probe: Probe) -> tuple[Path, int]:
    """The file and line of the probe's function."""
    code = inspect.unwrap(probe.ask).__code__
    return Path(code.co_filename), code.co_firstlineno


def _are_observations(observed: Iterable[Any]) -> bool:
    return all(isinstance(one, Observation) for one in observed)


def _failures(value: Any) -> Iterator[Failure]:
    if isinstance(value, Failure):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _failures(item)


def _numbers_in(value: Any) -> Iterator[float]:
    if isinstance(value, list | tuple):
        for item in value:
            yield from _numbers_in(item)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        yield float(np.abs(value).sum())
    elif isinstance(value, int | float):
        yield value


def _lacks(value: Any, at: tuple[int, ...]) -> int | None:
    """How many items there are where the path leads astray, 0 if there are none to have; None if it leads somewhere."""
    for index in at:
        if not isinstance(value, list | tuple) or not 0 <= index < len(value):
            return len(value) if isinstance(value, list | tuple) else 0
        value = value[index]
    return None


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one.splitlines(), other.splitlines()), start=1)
    shorter = min(len(one.splitlines()), len(other.splitlines())) + 1
    return next((number for number, (mine, theirs) in pairs if mine != theirs), shorter)


def refused(verb: str, names: Iterable[str], solution: Path = SOLUTION, student: Path = STUDENT) -> bool:
    """Whether slips were found, which are told: what the verb makes is not made of them."""
    found = validate(names, solution, student)
    for fault in found:
        print(fault, file=sys.stderr)
    if found:
        print(
            f"make {verb}: nothing was made; correct this first, then `make validate` tells if it is right",
            file=sys.stderr,
        )
    return bool(found)


# -- the command line -------------------------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Look through one lab or all; gives the exit status."""
    parser = Parser("validate", description="Look for slips in a lab's own files.")
    parser.add_argument("--lab", help="which lab (default: all)")
    parser.add_argument("--quiet", action="store_true", help="say nothing where nothing is found, not even a lab")
    options = parser.parse_args(arguments)
    if options.lab and options.lab not in lab_names():
        return (
            2
            if options.quiet
            else parser.error(f"LAB: there is no lab {options.lab!r}; there are: {', '.join(lab_names())}")
        )
    names = [options.lab] if options.lab else lab_names()
    found = validate(names)
    for fault in found:
        print(fault, file=sys.stderr)
    if not found and not options.quiet:
        print(f"{', '.join(names)}: no slips found; `make calibrate` tells what each known mistake costs")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
