"""What a quiz has done in the untrusted worker: a student's file is parsed, its lines are edited, run and watched.

It stands on the search for the wrong line (`runtime/edits.py`) and is sent to a worker together with it, as code. It
knows no expected value and no question. Whatever it answers is foreign: whoever asks checks every type in it.
"""

from __future__ import annotations

import ast
import builtins
import copy
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from neural_lab.runtime.edits import Bench, Candidate, Edit, Kind, Region, applied, candidates

STEP, HELD = "a step", "held"  # the recorders' names in the watched code: no names that a submission can write
MOST_STEPS = 20_000  # lines that are told of one call, in the order in which they ran
MOST_TIMES = 8  # values that are told of one line
MOST_ENTRIES = 60  # of an array that is told
MOST_SLIPS = 700  # edits of one function that are looked through
MOST_CHARACTERS = 100  # of a line that is shown
_COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.FunctionDef, ast.ClassDef)

# Other ways of writing the same, by the kind of node: whether they do the same in this place, only running them tells.
_OTHER_WAYS = {
    ast.Add: ("_1 + _0",),
    ast.Mult: ("_1 * _0",),
    ast.Sub: ("-(_1 - _0)", "-_1 + _0"),
    ast.MatMult: ("np.dot(_0, _1)", "(_1.T @ _0.T).T", "_1 @ _0"),
    ast.Div: ("_0 * (1 / _1)",),
    ast.Pow: ("_0 * _0",),
    ast.USub: ("-1 * _0", "0 - _0"),
}


class Watch:
    """Which lines ran, in their order, and what they held."""

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.held: dict[str, list[Any]] = {}
        self.on = False

    def begin(self, on: bool) -> None:
        self.steps, self.held, self.on = [], {}, on

    def step(self, line: int) -> None:
        """A line begins."""
        if self.on and len(self.steps) < MOST_STEPS:
            self.steps.append(line)

    def hold(self, line: int, value: Any) -> Any:
        """A line has this value now."""
        if self.on:
            held = self.held.setdefault(str(line), [])
            array = type(value) is np.ndarray and value.size <= MOST_ENTRIES
            if len(held) < MOST_TIMES and (array or isinstance(value, int | float)):
                held.append(np.array(value) if array else float(value))
        return value


# -- watched code -----------------------------------------------------------------------------------------------------


def _at(node: ast.AST, at: Any) -> Any:
    """A new tree, all of it standing where `at` stands."""
    for inner in ast.walk(node):
        inner.lineno, inner.col_offset = at.lineno, at.col_offset  # type: ignore[attr-defined]
        inner.end_lineno, inner.end_col_offset = at.end_lineno, at.end_col_offset  # type: ignore[attr-defined]
    return node


def _told(name: str, statement: Any, *values: ast.expr) -> Any:
    """A call of a recorder with the statement's line and perhaps a value."""
    call = _at(ast.Call(ast.Name(name, ast.Load()), [ast.Constant(statement.lineno)], []), statement)
    call.args += values
    return call


def _plain(node: ast.AST) -> bool:
    """Whether it can be looked at once more without anything being called."""
    kinds = ast.Name | ast.Constant | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop | ast.expr_context
    return all(isinstance(inner, kinds | ast.Subscript | ast.Attribute) for inner in ast.walk(node))


def _added(statement: ast.stmt) -> ast.Call | None:
    """The call in `values.append(value)` and the like."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    is_call = isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and bool(call.args)
    adds = is_call and call.func.attr in ("append", "insert")  # type: ignore[union-attr]
    return call if adds and not isinstance(call.args[-1], ast.Starred) else None  # type: ignore[union-attr, return-value]


def _target(statement: ast.stmt) -> ast.expr | None:
    """What a statement gives a value to, if it is one thing that can be looked at afterwards."""
    target: Any = None
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
    if isinstance(statement, ast.AugAssign):
        target = statement.target
    kept = isinstance(target, ast.Name) or (isinstance(target, ast.Subscript) and _plain(target))
    return target if kept else None


def _recorded(statement: ast.stmt) -> list[Any]:
    """A statement of a function that has no block of its own, with what tells of it."""
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
        return [statement]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return [statement]  # a docstring stays the first thing of its function
    step = _at(ast.Expr(ast.Constant(0)), statement)
    step.value = _told(STEP, statement)
    twin: Any = copy.copy(statement)
    call, target = _added(statement), _target(statement)
    if isinstance(statement, ast.Return) and statement.value is not None:
        twin.value = _told(HELD, statement, statement.value)
    elif call is not None:
        twin.value = copy.copy(call)
        twin.value.args = [*call.args[:-1], _told(HELD, statement, call.args[-1])]
    elif target is not None:
        seen: Any = copy.copy(target)
        seen.ctx = ast.Load()
        hold = _at(ast.Expr(ast.Constant(0)), statement)
        hold.value = _told(HELD, statement, seen)
        return [step, twin, hold]
    return [step, twin]


def watched(node: Any, inside: bool = False) -> Any:
    """A copy of a tree whose functions tell of their lines; the tree itself stays as it is.

    :param inside: whether the node stands in a function
    """
    twin = copy.copy(node)
    inside = inside or isinstance(node, ast.FunctionDef)
    for name, value in ast.iter_fields(node):
        if not isinstance(value, list) or not value:
            continue
        if isinstance(value[0], ast.ExceptHandler):
            setattr(twin, name, [watched(item, inside) for item in value])
        elif isinstance(value[0], ast.stmt):
            body: list[Any] = []
            for item in value:
                simple = inside and not isinstance(item, _COMPOUND)
                body += _recorded(item) if simple else [watched(item, inside)]
            setattr(twin, name, body)
    return twin


# -- what can be asked about ------------------------------------------------------------------------------------------


def _statements(tree: ast.FunctionDef) -> Iterator[list[Any]]:
    """[line, what it does with its value, to which name, as Python writes it] of statements with lines of their own."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and node is not tree]
    for node in found:
        alone = sum(other.lineno <= node.lineno <= (other.end_lineno or 0) for other in found
                    if not isinstance(other, _COMPOUND))  # fmt: skip
        told = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if isinstance(node, ast.For | ast.While | ast.If):
            yield [node.lineno, "heads", "", _line(node)]
        elif isinstance(node, _COMPOUND) or node.lineno != node.end_lineno or alone != 1 or told:
            continue
        elif isinstance(node, ast.Return) and node.value is not None:
            yield [node.lineno, "returns", "", _line(node)]
        elif (call := _added(node)) is not None:
            yield [node.lineno, "adds", _line(call.func), _line(node)]
        elif (target := _target(node)) is not None:
            yield [node.lineno, "sets" if isinstance(target, ast.Name) else "sets item", _line(target), _line(node)]
        else:
            yield [node.lineno, "other", "", _line(node)]


def _statement_at(root: Any, path: Any) -> tuple[Any, int] | None:
    """The innermost statement on a path, and how far along the path it stands."""
    found, node = None, root
    for depth, (name, index) in enumerate(path, start=1):
        node = getattr(node, name) if index is None else getattr(node, name)[index]
        if isinstance(node, ast.stmt):
            found = node, depth
    return found


def _line(statement: Any) -> str:
    """A statement as one line: of one with a block of its own, its head."""
    if isinstance(statement, ast.For | ast.While | ast.If | ast.With):
        statement = copy.copy(statement)
        statement.body, statement.orelse = [ast.Pass()], []
        return ast.unparse(statement).partition("\n")[0][:MOST_CHARACTERS]
    return ast.unparse(statement)[:MOST_CHARACTERS]


def _other_ways(region: Region) -> Iterator[Edit]:
    for place in region.values:
        node: Any = place.node
        if isinstance(node, ast.BinOp):
            for way in _OTHER_WAYS.get(type(node.op), ()):
                yield Edit(Kind.ORDER, place.path, way, (node.left, node.right), node)
        if isinstance(node, ast.UnaryOp):
            for way in _OTHER_WAYS.get(type(node.op), ()):
                yield Edit(Kind.ORDER, place.path, way, (node.operand,), node)
        if isinstance(node, ast.Call) and len(node.args) == 2 and ast.unparse(node.func) == "np.dot":
            yield Edit(Kind.ORDER, place.path, "_0 @ _1", tuple(node.args), node)
        if isinstance(node, ast.Attribute) and node.attr == "T":
            yield Edit(Kind.ORDER, place.path, "np.transpose(_0)", (node.value,), node)


def _without(region: Region) -> Iterator[Edit]:
    """Each statement left out."""
    for place in region.places:
        if isinstance(place.node, ast.Assign | ast.AugAssign | ast.Expr):
            yield Edit(Kind.STATEMENT, place.path, _at(ast.Pass(), place.node), (), place.node)


class Quiz(Bench):
    """Edits one submission, and watches its lines."""

    def __init__(self, host: Any, packed: Callable[[ast.Module, str], Any]) -> None:
        super().__init__(host, packed)
        self._watch = Watch()
        self._scripts: dict[int, list[Any]] = {}
        self._known: dict[str, tuple[list[Region], list[Candidate], list[Any]]] = {}

    def edited(self, number: int) -> Any:
        return watched(super().edited(number))

    def load(self, plan: dict[str, Any]) -> Any:
        setattr(builtins, STEP, self._watch.step)
        setattr(builtins, HELD, self._watch.hold)
        as_it_is, self._trees = self._trees, {name: watched(tree) for name, tree in self._trees.items()}
        try:
            return super().load(plan)
        finally:
            self._trees = as_it_is

    def _do_survey(self, files: dict[str, str], module: str, paths: list[str]) -> Any:
        """Parse the files: {path: [first line, last line, statements]}. No code of the submission runs."""
        self._trees = {name: ast.parse(text, f"{name}.py") for name, text in files.items() if text}
        found = {}
        for path, tree in self._of(module):
            if path in paths:
                first = min([tree.lineno, *(decorator.lineno for decorator in tree.decorator_list)])
                found[path] = [first, tree.end_lineno, list(_statements(tree))]
        return found

    def _do_slips(self, module: str, path: str, helpers: list[str], slopes: list[str]) -> Any:
        """The edits of one function: [number, what for, line, the line with the edit] of each that fits one line."""
        self.put_in_place(-1)
        if path not in self._known:
            self._known[path] = self._new_slips(module, path, helpers, slopes)
        self._regions, self._made, told = self._known[path]
        return told

    def _new_slips(self, module: str, path: str, helpers: list[str], slopes: list[str]) -> Any:
        tree = dict(self._of(module))[path]
        region = Region(0, module, path, tree, helpers, slopes)
        ways = [Candidate(0, 0, (edit,)) for edit in _other_ways(region)]
        out = [Candidate(0, 0, (edit,)) for edit in _without(region)]
        made = [*ways, *out, *itertools.islice(candidates([region]), MOST_SLIPS)]
        told, seen = [], set()
        for number, candidate in enumerate(made):
            purpose = "way" if number < len(ways) else "without" if number < len(ways) + len(out) else "slip"
            edit = candidate.edits[0]
            place = _statement_at(tree, edit.path)
            if len(candidate.edits) != 1 or place is None:
                continue
            before, depth = place
            after = _statement_at(applied(tree, candidate.edits), edit.path[:depth])
            if after is None or (before.lineno != before.end_lineno and not isinstance(before, ast.For | ast.While)):
                continue
            text = _line(after[0])
            known = (before.lineno, text)
            odd = isinstance(after[0], ast.Expr) and not isinstance(after[0].value, ast.Call)
            if odd or "\n" in text or len(text) == MOST_CHARACTERS or text == _line(before) or known in seen:
                continue
            seen.add(known)
            told.append([number, purpose, before.lineno, text])
        return [region], made, told

    def _of(self, module: str) -> Iterator[tuple[str, ast.FunctionDef]]:
        """The module's functions by their paths, the last one of a name as Python takes it."""
        for top in self._trees[module].body:
            for node in top.body if isinstance(top, ast.ClassDef) else [top]:
                if isinstance(node, ast.FunctionDef):
                    yield f"{top.name}.{node.name}" if isinstance(top, ast.ClassDef) else node.name, node

    def _do_scripts(self, scripts: list[list[Any]]) -> None:
        """Take [number, operations] of scripts that will be asked for by their numbers, most of them many times."""
        self._scripts |= dict(scripts)

    def _do_answers(self, number: int, scripts: list[int], turns: int, watching: bool) -> Any:
        """What comes of each script with an edit in place: [the last reply, lines as they ran, what they held].

        :param number: of the edit; -1 for the code as it is
        """
        if not self.put_in_place(number):
            return []
        found = []
        for script in scripts:
            self._watch.begin(watching)
            reply = self.run(self._scripts[script], turns)
            self._watch.on = False
            found.append([reply, np.array(self._watch.steps, np.int32), self._watch.held])
        self.put_in_place(-1)
        return found

    def _do_mutant(self, module: str, path: str, source: str, scripts: list[int], turns: int) -> Any:
        """What comes of each script with one function written anew. For the solution alone: then it is put back."""
        owner, _, name = path.rpartition(".")
        holder = getattr(self._host.modules[module], owner) if owner else self._host.modules[module]
        before = vars(holder)[name]
        self._host.loader.redefine(module, path, source)
        try:
            return [[self.run(self._scripts[script], turns), np.zeros(0, np.int32), {}] for script in scripts]
        finally:
            setattr(holder, name, before)


def extend(host: Any, packed: Callable[[ast.Module, str], Any]) -> Callable[..., Any]:
    """The operations on a worker's host."""
    return Quiz(host, packed).perform
