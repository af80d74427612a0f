"""The untrusted side: loads a submission's modules and does what a session asks. Owns no expected value and no verdict.

`Host` is the same code in the worker (on the submission) and in the grader (on the reference and on wrong models of
it). `zygote` is the small process that forks a worker for each probe; it has loaded NumPy and nothing secret.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import gc
import importlib.machinery
import inspect
import io
import itertools
import marshal
import os
import random
import re
import signal
import socket
import struct
import sys
import sysconfig
import time
import traceback
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neural_lab.isolation import lockdown
from neural_lab.isolation.limits import Limits
from neural_lab.runtime import protocol
from neural_lab.runtime.protocol import Failure, Handle, inert

Ask = Callable[[str, list[Any], dict[str, Any]], Any]
# What a call leaves may differ from what was sent by this share of an array's largest entry: `W += h; W -= h`, as
# differences are taken, is off by 1e-16 of it; a change that anybody means is larger than 1e-12.
UNCHANGED = 1e-12


def load_plan(modules: Iterable[str], files: Mapping[str, str], **more: Any) -> dict[str, Any]:
    """What `Host.load` is to load: modules in their order, and the text of each file by its module's name.

    more: skip, [[module, index] …] statements to leave out; grafts, from `Helpers.plan()`; classes, [[module, name in
    the file, contract's name] …]; code, {module: what a survey compiled}; survey, whether to tell what was found
    """
    nothing: dict[str, Any] = {"skip": [], "grafts": [], "classes": [], "code": {}, "survey": False}
    return {"modules": list(modules), "files": dict(files), **nothing, **more}


class _TooSlow(BaseException):
    """A top-level statement used up its time."""


class _PrintCounter(io.TextIOBase):
    """Stands in for stdout and stderr: counts what is written and keeps nothing."""

    def __init__(self) -> None:
        self.characters = 0

    def write(self, text: Any) -> int:
        length = len(text) if isinstance(text, str) else 0
        self.characters += length
        return length

    def writable(self) -> bool:
        return True


class Host:
    """Modules and objects of one session, and the operations on them.

    :param ask: answers a grafted helper; without it nothing can be grafted
    :param limits: how long what stands at the top level of a file may run
    """

    def __init__(self, ask: Ask | None = None, limits: Limits = Limits()) -> None:  # noqa: B008 (a frozen record)
        self._limits = limits
        self._finder: _Siblings | None = None
        self._after_load: tuple[Any, ...] | None = None
        self.modules: dict[str, types.ModuleType] = {}
        self.objects: dict[int, Any] = {}  # by the numbers of their handles; a Failure where one could not be made
        self.printed = _PrintCounter()
        self._sent: dict[tuple[int | str, str], Any] = {}  # as it was first sent: (handle or module, attribute or "")
        self._ask = ask
        self._cpu_left = limits.statement_cpu

    # -- loading ------------------------------------------------------------------------------------------------

    def load(self, plan: dict[str, Any], timed: bool) -> list[dict[str, Any]]:
        """Load the modules, statement by statement, so that one that fails spoils nothing but itself.

        plan: from `load_plan`
        :return: a note for each statement that failed: module, index, line, kind, type, message
        """
        notes: list[dict[str, Any]] = []
        with self._importable(plan, notes, timed):
            for name in plan["modules"]:
                if name in plan["files"] and name not in self.modules:
                    self._run_module(name, plan, notes, timed)
        return notes

    @contextlib.contextmanager
    def _importable(self, plan: dict[str, Any], notes: list[dict[str, Any]], timed: bool) -> Iterator[None]:
        """Let the files import each other; in a worker for good, in the grader only while loading."""
        finder = self._finder = _Siblings(lambda name: self._run_module(name, plan, notes, timed), plan["files"])
        sys.meta_path.append(finder)
        try:
            yield
        finally:
            if not timed:
                sys.meta_path.remove(finder)
                for name, module in self.modules.items():
                    if sys.modules.get(name) is module:
                        del sys.modules[name]

    def _run_module(self, name: str, plan: dict[str, Any], notes: list[dict[str, Any]], timed: bool) -> Any:
        module = types.ModuleType(name)
        module.__file__ = f"{name}.py"
        self.modules[name] = sys.modules[name] = module
        skip = {index for skipped, index in plan["skip"] if skipped == name}
        try:
            code = plan["code"].get(name)
            statements = _compiled(plan["files"][name], f"{name}.py") if code is None else marshal.loads(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            notes.append(_note(name, -1, getattr(error, "lineno", 0) or 0, "syntax", error))
            return module
        for index, (line, slow, imported, code) in enumerate(statements):
            if index in skip:
                continue
            try:
                with self._limited(timed and slow), np.errstate(all="ignore"):
                    _run_statement(code, module.__dict__, imported if timed else [])
            except _TooSlow as error:
                notes.append(_note(name, index, line, "slow", error))
            except BaseException as error:
                notes.append(_note(name, index, line, "raised", error))
        for module_name, found, wanted in plan["classes"]:
            if module_name == name and hasattr(module, found):
                setattr(module, wanted, getattr(module, found))
        for graft in plan["grafts"]:
            if graft["module"] == name:
                self._graft(module, graft)
        return module

    @contextlib.contextmanager
    def _limited(self, on: bool) -> Iterator[None]:
        """Interrupt what runs longer than a top-level statement may: they share what there is for all."""
        if not on:
            yield
            return

        def stop(number: int, frame: Any) -> None:
            raise _TooSlow

        for number in (signal.SIGPROF, signal.SIGALRM):
            signal.signal(number, stop)
        started = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, max(self._limits.statement_least_cpu, self._cpu_left))
        signal.setitimer(signal.ITIMER_REAL, self._limits.statement_wall)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._cpu_left -= time.process_time() - started

    def _graft(self, module: types.ModuleType, graft: dict[str, Any]) -> None:
        """Put a stand-in, which asks the grader, in the place of one of the student's functions."""
        if self._ask is None:
            raise RuntimeError("nothing to ask")
        name, takes = graft["name"], graft["takes"]
        contract = Form(graft["binds"], inspect.Signature([inspect.Parameter(p, _NAMED) for p in graft["parameters"]]))
        owner = getattr(module, graft["owner"], None) if graft["owner"] else module
        beside = vars(module).get(name)
        if isinstance(owner, type):
            form = _fitting(takes, form_of(stored_in(owner, name))) or contract
            type.__setattr__(owner, name, _StandIn(self._ask, graft, form))
            # a module-level twin of a helper that needs no object is the same helper to its author
            twin = _fitting(takes, _of_a_module(beside), form_of(beside)) if graft["pure"] else None
            if twin is not None:
                setattr(module, name, _StandIn(self._ask, graft, twin).__get__(None, None))
        elif isinstance(owner, types.ModuleType):
            form = _fitting(takes, _of_a_module(beside)) or contract
            setattr(module, name, _StandIn(self._ask, graft, form).__get__(None, None))

    def survey(self) -> dict[str, Any]:
        """What the loaded modules define: {module: {"functions": [name …], "classes": {name: [method …]}}}."""
        found: dict[str, Any] = {}
        ours = list(self.modules)  # a class may come from the file beside
        for name, module in self.modules.items():
            public = [(key, value) for key, value in list(vars(module).items()) if not key.startswith("_")][:500]
            # the types are asked, not the values: a submission's objects may run code when they are looked at
            found[name] = {
                "functions": [key for key, value in public if type(value) is types.FunctionType],
                "classes": {
                    key: [str(k) for k in list(type.__dict__["__dict__"].__get__(value))[:200]]
                    for key, value in public
                    if issubclass(type(value), type) and type.__getattribute__(value, "__module__") in ours
                },
            }
        return found

    def redefine(self, module: str, path: str, source: str) -> None:
        """Replace one function by the function in `source` (dedented text, decorators included)."""
        namespace = self.modules[module].__dict__
        owner, _, name = path.rpartition(".")
        before = namespace.get(name)
        exec(compiled_text(source), namespace)  # noqa: S102 (an edit of our own solution)
        if owner:
            setattr(namespace[owner], name, namespace.pop(name))
            if before is not None:
                namespace[name] = before

    # -- the operations of a session ----------------------------------------------------------------------------

    def perform(self, operation: list[Any]) -> Any:
        """Do one operation; inert in, inert out; whatever the student's code raises is a `Failure`."""
        verb, *arguments = operation
        try:
            if verb not in ("load", "batch"):
                arguments = [self._resolve(argument) for argument in arguments]
            with np.errstate(all="ignore"):
                return getattr(self, f"_do_{verb}")(*arguments)
        except _NeverMade as error:
            return error.failure
        except BaseException as error:
            return describe(error, set(self.modules))

    def _do_batch(self, told: list[Any], questions: list[Any], free: list[int]) -> Any:
        for operation in told:
            result = self.perform(operation)
            verb, target = operation[:2]
            if isinstance(result, Failure):
                if verb in ("new", "put"):
                    self.objects[target] = result
            elif verb == "put":
                self._sent[target, ""] = operation[2]
            elif verb == "set":
                self._sent[target.number if isinstance(target, Handle) else target, operation[2]] = operation[3]
        answers = [self.perform(question) for question in questions]
        called = any(question[0] == "call" for question in questions)
        return answers, list(self._changes(set(free))) if called else []

    def _changes(self, free: set[int]) -> Iterator[list[Any]]:
        """What is not as it was sent, each thing once: [handle or module, attribute, path to an item, the item now].

        free: handles of what may be changed; what it is now counts as sent from here on
        """
        for (target, attribute), sent in list(self._sent.items()):
            path: list[int] = []
            try:
                now = self.modules[target] if isinstance(target, str) else self.objects[target]
                now = getattr(now, attribute) if attribute else now
                if target in free:
                    self._sent[target, attribute] = _copied(now)
                    continue
                now = _changed(now, sent, path)
            except BaseException as error:  # a submission may make anything of what it was sent
                now = describe(error, set(self.modules))
            if now is not None:
                del self._sent[target, attribute]
                yield [target, attribute, path, inert(now[0]) if isinstance(now, list) else now]

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, Handle):
            thing = self.objects[value.number]
            if isinstance(thing, Failure):
                raise _NeverMade(thing)
            return thing
        if isinstance(value, list | tuple):
            return type(value)(self._resolve(item) for item in value)
        return inert(value)  # a copy: in process the probe keeps its own

    def _target(self, target: Any, name: str) -> Any:
        thing = self.modules.get(target) if isinstance(target, str) else target
        try:
            return getattr(thing, name)
        except AttributeError:
            if hasattr(type(thing), name) or (isinstance(target, str) and name in vars(thing)):
                raise  # it is there, and raised by itself
            raise _MissingName(name) from None

    def _do_new(self, handle: int, module: str, class_name: str, *arguments: Any) -> Any:
        self.objects[handle] = self._target(module, class_name)(*arguments)

    def _do_put(self, handle: int, value: Any) -> Any:
        self.objects[handle] = value

    def _do_call(self, target: Any, function: str, *arguments: Any) -> Any:
        return inert(self._target(target, function)(*arguments))

    def _do_watch(self, target: Any, function: str, *arguments: Any) -> Any:
        """Call it, and tell how often each function of the submission is called and whether one has complex numbers.

        For remarks to the staff: no mark rests on it.
        """
        files = {f"{name}.py" for name in self.modules}
        seen: dict[str, Any] = {"calls": {}, "complex": False}
        events = itertools.count(1)

        def look(frame: types.FrameType, event: str, value: Any) -> None:
            if event == "call" and frame.f_code.co_filename in files:
                name = frame.f_code.co_name
                seen["calls"][name] = seen["calls"].get(name, 0) + 1
            if event == "return":
                seen["complex"] |= any(map(_is_complex, (value, *frame.f_locals.values())))
            if next(events) >= self._limits.events:
                sys.setprofile(None)

        call = self._target(target, function)
        sys.setprofile(look)
        try:
            call(*arguments)
        finally:
            sys.setprofile(None)
        return seen

    def _do_get(self, target: Any, attribute: str) -> Any:
        return inert(self._target(target, attribute) if attribute else target)

    def _do_set(self, target: Any, attribute: str, value: Any) -> Any:
        setattr(self.modules[target] if isinstance(target, str) else target, attribute, value)

    def _forget(self) -> None:
        """Undo an earlier load as far as it can be undone from here: modules, objects, random numbers."""
        for name, module in list(sys.modules.items()):
            if self.modules.get(name) is module or isinstance(module, _Placeholder):
                del sys.modules[name]
        if self._finder is not None:
            sys.meta_path.remove(self._finder)
        self.modules, self.objects, self._sent, self._cpu_left = {}, {}, {}, self._limits.statement_cpu
        self.printed.characters = 0
        random.seed(0)
        np.random.seed(0)

    def _surroundings(self) -> tuple[Any, ...]:
        """What code can leave behind outside its modules: the sizes of all others, and what the common ones hold."""
        others = [vars(module) for name, module in sys.modules.items() if name not in self.modules]
        common = [vars(sys.modules[name]) for name in ("builtins", "sys", "random", "math", "numpy", "numpy.random")]
        held = [tuple(map(id, names.values())) for names in common]
        return len(others), sum(map(len, others)), len(os.environ), held

    def _do_untouched(self) -> bool:
        """Whether the process is as it was after the first load, so that another probe may be asked here."""
        return self._surroundings() == self._after_load

    def _do_load(self, plan: dict[str, Any]) -> Any:
        if self.modules:
            self._forget()
        value = self._loaded(plan)
        self._after_load = self._after_load or self._surroundings()
        return value

    def _loaded(self, plan: dict[str, Any]) -> Any:
        notes = self.load(plan, timed=True)
        if not plan["survey"]:
            return None
        # compiled once for all workers: to the grader these are bytes, which only a worker will read again
        code = {
            name: np.frombuffer(marshal.dumps(_compiled(source, f"{name}.py")), np.uint8)
            for name, source in plan["files"].items()
            if name in self.modules and not any(n["module"] == name and n["kind"] == "syntax" for n in notes)
        }
        if sum(compiled.nbytes for compiled in code.values()) > self._limits.compiled:
            code = {}
        return {"notes": inert(notes[:50]), "found": inert(self.survey()), "code": code}


def _is_complex(value: Any) -> bool:
    """Whether it is a complex number, an array of them, or a list that begins with such."""
    if type(value) in (list, tuple) and value:
        return _is_complex(value[0])
    return value.dtype.kind == "c" if type(value) is np.ndarray else isinstance(value, complex | np.complexfloating)


def _copied(value: Any) -> Any:
    """A copy of arrays in lists as they are: `inert` would give a long double another dtype."""
    if isinstance(value, list | tuple):
        return [_copied(item) for item in value]
    return np.array(value) if isinstance(value, np.ndarray) else value


def _changed(now: Any, sent: Any, path: list[int]) -> list[Any] | None:
    """The first item that differs from what was sent, in a list of its own; None if nothing does.

    Shapes, dtypes and values count, and the number and order of items; whether they are in a list, a tuple or a stack,
    the strides of an array and which object it is do not.

    path: gets the indices of that item
    """
    if isinstance(sent, np.ndarray):
        return None if isinstance(now, np.ndarray) and _unchanged(np.asarray(now), sent) else [now]
    if isinstance(sent, list | tuple):
        if not isinstance(now, list | tuple | np.ndarray) or getattr(now, "ndim", 1) == 0 or len(now) != len(sent):
            return [now]
        for index, (item, wanted) in enumerate(zip(now, sent, strict=True)):
            path.append(index)
            changed = _changed(item, wanted, path)
            if changed is not None:
                return changed
            path.pop()
        return None
    if isinstance(sent, int | float):
        number = now if isinstance(now, int | float) else np.asarray(now)
        single = isinstance(number, int | float) or (number.ndim == 0 and number.dtype.kind in "biuf")
        return None if single and abs(float(number) - sent) <= UNCHANGED * abs(sent) else [now]
    return None if isinstance(sent, Handle) or (type(now) is type(sent) and now == sent) else [now]


def _unchanged(now: np.ndarray, sent: np.ndarray) -> bool:
    if now.shape != sent.shape or now.dtype != sent.dtype:
        return False
    if now.tobytes() == sent.tobytes():  # quicker than comparing entries
        return True
    with np.errstate(all="ignore"):
        return bool(np.abs(now - sent).max() <= UNCHANGED * np.abs(sent).max())


class _MissingName(Exception):
    """The submission does not define what the contract asks for."""


class _NeverMade(Exception):
    """Something is done with an object that could not be made."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


_NAMED = inspect.Parameter.POSITIONAL_OR_KEYWORD


class Form(NamedTuple):
    """How a helper is called.

    binds      what Python puts before the arguments: "object", "class" or, for a static method, "nothing"
    signature  what it takes, that included
    """

    binds: str
    signature: inspect.Signature

    def fits(self, takes: int) -> bool:
        """Whether the contract's call, with so many arguments on an object, can be made."""
        try:
            self.signature.bind(*[None] * (takes + (self.binds != "nothing")))
        except TypeError:
            return False
        return True


def stored_in(owner: type, name: str) -> Any:
    """What a class has under this name, as it is stored: none of the submission's code runs."""
    for base in type.__dict__["__mro__"].__get__(owner):
        stored = type.__dict__["__dict__"].__get__(base)
        if name in stored:
            return stored[name]
    return None


def form_of(stored: Any) -> Form | None:
    """The form of a function, or of a static or class method made of one; None for anything else."""
    binds = {staticmethod: "nothing", classmethod: "class"}.get(type(stored), "object")
    function = stored if binds == "object" else stored.__func__
    if type(function) is not types.FunctionType:
        return None
    # a copy: the function itself may carry a `__signature__`, which Python does not go by when it is called
    bare = types.FunctionType(function.__code__, {}, "", function.__defaults__, function.__closure__)
    bare.__kwdefaults__ = function.__kwdefaults__
    return Form(binds, inspect.signature(bare))


def _of_a_module(function: Any) -> Form | None:
    """The form of a function at module level, which Python binds to nothing."""
    form = form_of(function)
    return form and form._replace(binds="nothing")


def _fitting(takes: int, *forms: Form | None) -> Form | None:
    """The first form that the contract's call fits."""
    return next((form for form in forms if form is not None and form.fits(takes)), None)


class _StandIn:
    """A grafted helper: a method or function whose answer, and effect on self, come from the grader.

    It takes what its form takes and drops nothing, so that a call which raises on the student's own raises here too.
    """

    def __init__(self, ask: Ask, graft: dict[str, Any], form: Form) -> None:
        self._ask = ask
        self._graft = graft
        self._form = form

    def __get__(self, instance: Any, owner: Any) -> Callable[..., Any]:
        first = {"object": [] if instance is None else [instance], "class": [owner], "nothing": []}[self._form.binds]
        return functools.partial(self._call, instance, first)

    def _call(self, instance: Any, first: list[Any], /, *arguments: Any, **named: Any) -> Any:
        given = self._given([*first, *arguments], named)
        if self._form.binds != "nothing":
            leading = given.pop(0)
            instance = leading if self._form.binds == "object" else instance
        attributes = {name: inert(getattr(instance, name)) for name in self._graft["reads"]}
        reply = self._ask(self._graft["label"], inert(given), attributes)
        if isinstance(reply, Failure):
            raise ValueError(f"{self._graft['name']}: {reply.message}")
        answer, changed = reply
        for name, value in changed.items():
            setattr(instance, name, value)
        return answer

    def _given(self, arguments: list[Any], named: dict[str, Any]) -> list[Any]:
        """The contract's arguments in their order, what comes before them included.

        :raises TypeError: the form does not take these, or one beyond the contract's has another value than its default
        """
        try:
            call = self._form.signature.bind(*arguments, **named)
        except TypeError as error:
            raise TypeError(f"{self._graft['name']}(): {error}") from None
        call.apply_defaults()
        ordered: list[tuple[Any, Any]] = []  # (value, default)
        others: list[tuple[Any, Any]] = []
        for name, parameter in self._form.signature.parameters.items():
            value = call.arguments[name]
            if parameter.kind is parameter.VAR_POSITIONAL:
                ordered += [(one, parameter.empty) for one in value]
            elif parameter.kind is parameter.VAR_KEYWORD:
                others += [(one, parameter.empty) for one in value.values()]
            else:
                (others if parameter.kind is parameter.KEYWORD_ONLY else ordered).append((value, parameter.default))
        count = self._graft["takes"] + (self._form.binds != "nothing")
        if len(ordered) < count or not all(_is_default(*one) for one in [*ordered[count:], *others]):
            raise TypeError(f"{self._graft['name']}(): the lab's contract has {self._graft['takes']} arguments")
        return [value for value, _ in ordered[:count]]


def _is_default(value: Any, default: Any) -> bool:
    return default is not inspect.Parameter.empty and (value is default or np.array_equal(value, default))


class _Siblings:
    """Finds the submission's other files after everything installed."""

    def __init__(self, run: Callable[[str], Any], files: dict[str, str]) -> None:
        self._run = run
        self._files = files

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        # a loader by its methods: importlib.abc would cost each start of the grader its import
        return importlib.machinery.ModuleSpec(name, self) if name in self._files else None  # type: ignore[arg-type]

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        sys.modules[module.__name__] = self._run(module.__name__)


def _run_statement(code: types.CodeType, namespace: dict[str, Any], imported: list[str]) -> None:
    """Run a top-level statement; of the modules that it imports those not installed become placeholders.

    Imports inside `try`, in functions and in installed modules may well be meant to fail, and do.
    """
    while True:
        try:
            exec(code, namespace)  # noqa: S102 (running the submission is what a worker is for)
            return
        except ModuleNotFoundError as error:
            asked = any(f"{name}.".startswith(f"{error.name}.") for name in imported)
            if not asked or error.name is None or error.name in sys.modules:
                raise
            sys.modules[error.name] = _Placeholder(error.name)


class _Placeholder(types.ModuleType):
    """A module that is not installed: importing it and taking names from it works, using one raises."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Placeholder(f"{self.__name__}.{name}")

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        top = self.__name__.partition(".")[0]
        raise ModuleNotFoundError(f"No module named '{top}' here; the lab needs NumPy alone", name=top)


@functools.lru_cache(maxsize=8)
def _compiled(source: str, filename: str) -> list[tuple[int, bool, list[str], types.CodeType]]:
    """(line, may take long, modules it imports, code) for each statement at the top level."""
    tree = ast.parse(source, filename)
    flags = 0
    statements = []
    for node in tree.body:
        imported: list[str] = []
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            if node.module == "__future__":
                import __future__

                for alias in node.names:
                    flags |= getattr(__future__, alias.name).compiler_flag
            node.level = 0  # there is no package here: `from .helper import f` means the file beside it
            node.module = node.module or "__init__"
            imported = [node.module]
        definition = isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
        code = compile(ast.Module([node], []), filename, "exec", flags, dont_inherit=True)
        statements.append((node.lineno, not definition, imported, code))
    return statements


@functools.lru_cache(maxsize=512)
def compiled_text(source: str) -> types.CodeType:
    """An edited function of the solution, compiled; once for all that a grader runs."""
    return compile(source, "model.py", "exec", dont_inherit=True)


def describe(error: BaseException, modules: set[str]) -> Failure:
    """What a raised exception says: type, message, and the last line of the submission on its way."""
    try:
        return _described(error, modules)
    except BaseException:  # an exception that runs code, and raises, when it is looked at
        return Failure("raised", type.__getattribute__(type(error), "__name__")[:80])


def _described(error: BaseException, modules: set[str]) -> Failure:
    try:
        # an address differs from run to run, and the same file is to get the same results
        message = re.sub(r"(?<= at )0x[0-9a-f]+", "0x…", str(error)[:300])
    except BaseException:  # an exception whose own text raises
        message = ""
    line, function = 0, ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename.removesuffix(".py") in modules:
            line, function = number, frame.f_code.co_name
    kind = (
        "missing"
        if isinstance(error, _MissingName)
        else "not written"
        if isinstance(error, NotImplementedError)
        else "raised"
    )
    return Failure(kind, type(error).__name__[:80], message, line, function[:80])


def _note(module: str, index: int, line: int, kind: str, error: BaseException) -> dict[str, Any]:
    failure = describe(error, {module})
    return {
        "module": module,
        "index": index,
        "line": failure.line or line,
        "kind": kind,
        "type": failure.type_name,
        "message": failure.message,
    }


# -- the worker's and the zygote's processes --------------------------------------------------------------------------


class _Channel:
    """Frames over a connected socket, blocking."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._incoming = protocol.Incoming(self._more)

    def send(self, value: Any) -> None:
        view = memoryview(protocol.encode(value))
        while view:
            view = view[os.write(self.descriptor, view) :]

    def receive(self) -> Any:
        return protocol.decode(self._incoming.frame(), trusted=True)

    def _more(self) -> bytes:
        return os.read(self.descriptor, 1 << 16) or os._exit(0)


def serve(descriptor: int, limits: Limits) -> None:
    """A worker's life: do each operation that comes, until the grader hangs up."""
    channel = _Channel(descriptor)

    def ask(function: str, arguments: list[Any], attributes: dict[str, Any]) -> Any:
        channel.send(("ask", function, arguments, attributes))
        return channel.receive()

    host = Host(ask, limits)
    sys.stdout, sys.stderr = host.printed, _PrintCounter()
    random.seed(0)  # again: a fork seeds it anew
    while True:
        channel.send(("reply", host.perform(channel.receive()), host.printed.characters))


def zygote(control: socket.socket, grader: int, limits: Limits) -> None:
    """Fork a worker on each request, reap one on request; end when the grader does.

    Requests: b"S", with the worker's end of a socket pair → i32 pid or -errno.
    b"R" i32 pid → i32 wait status, f64 CPU seconds, u64 peak memory in KiB. The grader alone decides who dies.
    """
    os.chdir("/")
    # A submission finds the standard library and NumPy, which is in memory: neither the engine nor whatever else is
    # installed here, so that it is graded on every machine as in the container.
    for name, module in sys.modules.items():
        if name.partition(".")[0] == "neural_lab" and hasattr(module, "__path__"):
            module.__path__.clear()
    own = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    sys.path[:] = [p for p in sys.path if p in own or Path(p).name == "lib-dynload" or p.endswith(".zip")]
    lockdown.die_with_parent(grader)
    prepared = lockdown.prepare()
    shared = lockdown.enter_shared(prepared, limits, keep=(control.fileno(),))
    lockdown.protect_self()
    control = _at_the_lowest_number(control)  # it may have been made among many, above the limit that holds now
    np.random.seed(0)  # code that draws numbers without seeding draws the same ones in every run
    gc.freeze()  # what is loaded by now is not looked through, and so not copied, in every worker
    gc.enable()
    control.sendall(struct.pack("<I", os.getpid()))
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 16, 1)
        if not message:
            os._exit(0)
        if message[:1] == b"S":
            try:
                pid = os.fork()
            except OSError as error:
                pid = -(error.errno or 1)
            if pid == 0:
                _become_worker(descriptors[0], prepared, shared, limits)
            os.close(descriptors[0])
            control.sendall(struct.pack("<i", pid))
        elif message[:1] == b"R":
            (pid,) = struct.unpack_from("<i", message, 1)
            _, status, usage = os.wait4(pid, 0)
            control.sendall(struct.pack("<idQ", status, usage.ru_utime + usage.ru_stime, usage.ru_maxrss))


def _at_the_lowest_number(connection: socket.socket) -> socket.socket:
    with connection:
        return socket.socket(fileno=os.dup(connection.fileno()))


def _become_worker(
    descriptor: int, prepared: lockdown.Prepared, shared: tuple[lockdown.Layer, ...], limits: Limits
) -> None:
    try:
        # a fresh user id for each worker: limits on processes count by user id, also beyond a container
        uid = lockdown.fresh_uid(prepared)
        layers = (*shared, *lockdown.enter(prepared, limits, uid, keep=(descriptor,)))
        channel = _Channel(descriptor)
        channel.send([[layer.name, layer.held, layer.detail[: protocol.MOST_TEXT]] for layer in layers])
        serve(descriptor, limits)
    finally:
        os._exit(1)
