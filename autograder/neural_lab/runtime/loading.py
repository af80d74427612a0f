"""Loads a submission's modules statement by statement, so that one that fails spoils nothing but itself.

The same code loads the submission in a worker and the solution in the grader.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.machinery
import marshal
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from neural_lab.isolation.limits import Limits
from neural_lab.runtime.failures import EDITED, describe
from neural_lab.runtime.plan import LoadPlan, Note, StatementKind
from neural_lab.runtime.protocol import inert
from neural_lab.runtime.stand_ins import Ask, put_in_place
from neural_lab.runtime.timers import timers

MOST_NOTES = 50
MOST_NAMES = 500  # of a module
MOST_METHODS = 200  # of a class
AGAIN = 0.005  # seconds of CPU until what was to be interrupted is interrupted once more


class _TooSlow(BaseException):
    """A top-level statement used up its time."""


class Loader:
    """The modules of one submission or solution.

    :param ask: answers for substituted functions
    :param limits: how long what stands at the top level of a file may run
    :param modules: those that are loaded already, by their names
    """

    def __init__(self, ask: Ask | None, limits: Limits, modules: dict[str, types.ModuleType] | None = None) -> None:
        self.modules: dict[str, types.ModuleType] = {} if modules is None else modules
        self._ask = ask
        self._limits = limits
        self._finder: _Siblings | None = None
        self._cpu_left = limits.statement_cpu

    def load(self, plan: LoadPlan, untrusted: bool) -> list[Note]:
        """Load the modules.

        :param untrusted: a submission in its worker: what it runs is timed, modules that are not installed become
            placeholders, and it stays importable. The grader's own code is loaded without any of this.
        :return: a note for each statement that failed
        """
        notes: list[Note] = []
        with self._importable(plan, notes, untrusted):
            for name in plan.modules:
                if name in plan.files and name not in self.modules:
                    self._run_module(name, plan, notes, untrusted)
        return notes

    def forget(self) -> None:
        """Undo an earlier load as far as it can be undone from here."""
        for name, module in list(sys.modules.items()):
            if self.modules.get(name) is module or isinstance(module, _Placeholder):
                del sys.modules[name]
        if self._finder is not None:
            sys.meta_path.remove(self._finder)
        self.modules.clear()
        self._cpu_left = self._limits.statement_cpu

    @contextlib.contextmanager
    def _importable(self, plan: LoadPlan, notes: list[Note], untrusted: bool) -> Iterator[None]:
        """Let the files import each other; in a worker for good, in the grader only while loading."""
        finder = self._finder = _Siblings(lambda name: self._run_module(name, plan, notes, untrusted), plan.files)
        sys.meta_path.append(finder)
        try:
            yield
        finally:
            if not untrusted:
                sys.meta_path.remove(finder)
                for name, module in self.modules.items():
                    if sys.modules.get(name) is module:
                        del sys.modules[name]

    def _run_module(self, name: str, plan: LoadPlan, notes: list[Note], untrusted: bool) -> Any:
        module = types.ModuleType(name)
        module.__file__ = f"{name}.py"
        self.modules[name] = sys.modules[name] = module
        skip = {statement.number for statement in plan.skip if statement.module == name}
        try:
            code = plan.code.get(name)  # as bytes
            statements = _compiled(plan.files[name], f"{name}.py") if code is None else marshal.loads(code.data)
        except _BROKEN as error:
            broken = _broken_cell(plan.files[name], plan.cells.get(name, ()))
            line, cause = broken or (_line_of(error), error)
            notes.append(_note(name, -1, line, StatementKind.SYNTAX, cause))
            return module
        for index, (line, role, imported, code) in enumerate(statements):
            if index in skip:
                continue
            if plan.definitions and role == ACTS:
                notes.append(Note(name, index, line, StatementKind.LEFT_OUT, "", ""))
                continue
            try:
                with self._limited(untrusted and role != DEFINES), np.errstate(all="ignore"):
                    _run_statement(code, module.__dict__, imported if untrusted else [])
            except _TooSlow as error:
                notes.append(_note(name, index, line, StatementKind.SLOW, error))
            except BaseException as error:
                notes.append(_note(name, index, line, StatementKind.RAISED, error))
        for renamed in plan.classes:
            if renamed.module == name and hasattr(module, renamed.found):
                setattr(module, renamed.wanted, getattr(module, renamed.found))
        for substitution in plan.substitutions:
            if substitution.module == name:
                put_in_place(module, substitution, self._ask)
        return module

    @contextlib.contextmanager
    def _limited(self, on: bool) -> Iterator[None]:
        """Interrupt what runs longer than a top-level statement may: they share what there is for all."""
        if not on:
            yield
            return

        def stop(number: int, frame: types.FrameType | None) -> None:
            while frame is not None:
                if frame.f_code is _run_statement.__code__:  # else it is over already
                    raise _TooSlow
                frame = frame.f_back

        started = time.process_time()
        # and again, for what swallows an exception: `while True: try: … except: pass` ends once it comes in between
        cpu = max(self._limits.statement_least_cpu, self._cpu_left), AGAIN
        try:
            with timers(stop, cpu, (self._limits.statement_wall, 0)):
                yield
        finally:
            self._cpu_left -= time.process_time() - started

    def report(self, plan: LoadPlan, notes: list[Note]) -> dict[str, Any]:
        """The load report: what failed, what is defined, and the files as compiled here.

        They are compiled once for all workers: to the grader these are bytes, which only a worker will read again.
        """
        code = {
            name: packed(_compiled(source, f"{name}.py"))
            for name, source in plan.files.items()
            if name in self.modules
            and not any(note.module == name and note.kind == StatementKind.SYNTAX for note in notes)
        }
        if sum(compiled.nbytes for compiled in code.values()) > self._limits.compiled:
            code = {}
        told = [note._asdict() | {"kind": note.kind.value} for note in notes[:MOST_NOTES]]
        return {"notes": inert(told), "found": inert(self._defined()), "code": code}

    def _defined(self) -> dict[str, Any]:
        """What the loaded modules define: {module: {"functions": [name …], "classes": {name: [method …]}}}."""
        found: dict[str, Any] = {}
        ours = list(self.modules)  # a class may come from the file beside
        for name, module in self.modules.items():
            public = [(key, value) for key, value in list(vars(module).items()) if not key.startswith("_")][:MOST_NAMES]
            # the types are asked, not the values: a submission's objects may run code when they are looked at
            found[name] = {
                "functions": [key for key, value in public if type(value) is types.FunctionType],
                "classes": {
                    key: [str(k) for k in list(type.__dict__["__dict__"].__get__(value))[:MOST_METHODS]]
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


class _Siblings:
    """Finds the submission's other files after everything installed."""

    def __init__(self, run: Callable[[str], Any], files: Mapping[str, str]) -> None:
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


_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)  # what compiling a text may raise


def _line_of(error: Exception) -> int:
    return getattr(error, "lineno", 0) or 0


def _broken_cell(source: str, cells: Sequence[int]) -> tuple[int, Exception] | None:
    """The first line of a notebook that is wrong by itself, as (line of the module, error), in whose words lines are
    the cell's: compiled with all the others, what is left open in one cell would be told of the next."""
    lines = source.split("\n")
    for number, (first, behind) in enumerate(zip(cells, [*cells[1:], len(lines) + 1]), start=1):
        name = f"cell {number}"
        try:
            compiled_statements(ast.parse("\n".join(lines[first - 1 : behind - 1]), name), name)
        except _BROKEN as error:
            return first - 1 + _line_of(error), error
    return None


# What a statement at the top level is there for: to define or import, to set a name, or only to do something.
DEFINES, SETS, ACTS = "defines", "sets", "acts"
_Statements = list[tuple[int, str, list[str], types.CodeType]]


@functools.lru_cache(maxsize=8)
def _compiled(source: str, filename: str) -> _Statements:
    return compiled_statements(ast.parse(source, filename), filename)


def packed(statements: _Statements) -> np.ndarray:
    """Compiled statements as a load plan carries them."""
    return np.frombuffer(marshal.dumps(statements), np.uint8)


def compiled_statements(tree: ast.Module, filename: str) -> _Statements:
    """(line, role, modules it imports, code) for each statement at the top level."""
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
        code = compile(ast.Module([node], []), filename, "exec", flags, dont_inherit=True)
        statements.append((node.lineno, _role(node), imported, code))
    return statements


def _role(node: ast.stmt) -> str:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return DEFINES
    does = isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant)  # a text alone says what a file is
    return ACTS if does or _loops(node) else SETS


def _loops(node: ast.stmt) -> bool:
    """Whether a statement has a loop, in a function that it defines or not."""
    return any(isinstance(inner, ast.For | ast.While) for inner in ast.walk(node))


@functools.lru_cache(maxsize=512)
def compiled_text(source: str) -> types.CodeType:
    """An edited function of the solution, compiled; once for all that a grader runs."""
    return compile(source, EDITED, "exec", dont_inherit=True)


def _note(module: str, statement: int, line: int, kind: StatementKind, error: BaseException) -> Note:
    failure = describe(error, {module})
    # what is beside it in the exception's text, file and line, is told already
    message = error.msg if kind == StatementKind.SYNTAX and isinstance(error, SyntaxError) else failure.message
    return Note(module, statement, failure.line or line, kind, failure.type_name, message)
