"""Small edits of a student's own functions, made and tried in the untrusted worker, which knows no expected value.

The list of edits is frozen, for marks may move by it: hints never extend it. An edit replaces one node of the
syntax tree by a piece of text in which `_0`, `_1` … stand for nodes of the student's. Edits come in tiers, the
likeliest first, always in the same order; a tier is only made when the one before has been tried. Alike edits at
several places ("weights" and "biases" lines that share a slip) end their tier, made together.

Sent to a worker as code, since most submissions never need it; it uses the standard library alone.
"""

from __future__ import annotations

import ast
import copy
import enum
import functools
import itertools
import re
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any, NamedTuple

TURN = "turn of a loop"  # the guard's name in the edited code: no name that a submission can write
MOST_TOGETHER = 6  # places of one group of alike edits


class Kind(enum.Enum):
    """What was wrong at the place of an edit that makes the answers right."""

    REMOVED = "too much"
    SIGN = "sign"
    TRANSPOSE = "transpose"
    OPERATOR = "operator"
    NUMBER = "number"
    INDEX = "index"
    NAME = "name"
    CALL = "call"
    FACTOR = "factor"
    ORDER = "order"
    ASSIGNMENT = "assignment"
    BRACKETS = "brackets"
    RETURN = "return"
    SLICE = "slice"
    STATEMENT = "statement"
    MISSING = "statement missing"
    WHOLE = "whole formula"


Path = tuple[tuple[str, int | None], ...]


class Edit(NamedTuple):
    """One place changed.

    :param path: from the function's node to the place
    :param new: the text put there, `_0` … being `parts`; or a node
    :param site: the student's node that the edit is about, whose lines are told
    :param alike: the groups of alike edits that it belongs to
    """

    kind: Kind
    path: Path
    new: str | ast.AST
    parts: tuple[ast.AST, ...]
    site: ast.AST
    alike: tuple[Any, ...] = ()


class Candidate(NamedTuple):
    """Edits of one function that are tried together; `cost` grows from tier to tier."""

    cost: int
    region: int
    edits: tuple[Edit, ...]


# -- trees ------------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


_HOLE = re.compile(r"_\d")


def _built(text: str, parts: tuple[ast.AST, ...], at: ast.AST) -> Any:
    """The text's tree, standing where `at` stands, the student's nodes in its holes."""

    def build(node: ast.AST) -> ast.AST:
        if isinstance(node, ast.Name) and _HOLE.fullmatch(node.id):
            return parts[int(node.id[1])]
        fields: dict[str, Any] = {}
        for name, value in ast.iter_fields(node):
            if isinstance(value, list):
                fields[name] = [build(item) if isinstance(item, ast.AST) else item for item in value]
            else:
                fields[name] = build(value) if isinstance(value, ast.AST) else value
        return _placed(type(node)(**fields), at)

    return build(_parsed(text))


def _placed(node: Any, at: Any) -> Any:
    for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"):
        setattr(node, name, getattr(at, name))
    return node


def _lined(tree: ast.AST, at: Any) -> Any:
    """A tree whose nodes all stand where `at` stands."""
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            _placed(node, at)
    return tree


def _put(root: Any, path: Path, new: Any) -> Any:
    """A copy of the tree with one place replaced; only the nodes on the way are copied."""
    if not path:
        return new
    (name, index), rest = path[0], path[1:]
    twin, value = copy.copy(root), getattr(root, name)
    if index is None:
        setattr(twin, name, _put(value, rest, new))
    else:
        items = list(value)
        items[index] = _put(items[index], rest, new)
        setattr(twin, name, items)
    return twin


def applied(tree: ast.FunctionDef, edits: Iterable[Edit]) -> ast.FunctionDef:
    """The function with the edits made."""
    for edit in edits:
        tree = _put(tree, edit.path, _made(edit))
    return tree


class _Place(NamedTuple):
    node: Any
    path: Path
    parents: tuple[Any, ...]


def _walk(node: ast.AST, path: Path = (), parents: tuple[Any, ...] = ()) -> Iterator[_Place]:
    yield _Place(node, path, parents)
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, ast.AST):
                    yield from _walk(item, (*path, (name, index)), (*parents, node))
        elif isinstance(value, ast.AST):
            yield from _walk(value, (*path, (name, None)), (*parents, node))


# -- one function of the student's ------------------------------------------------------------------------------------

_OPERATORS: dict[str, type[ast.operator]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "@": ast.MatMult, "**": ast.Pow, "//": ast.FloorDiv,
}  # fmt: skip
_SIGN_OF = {kind: sign for sign, kind in _OPERATORS.items()}
_COMPARISONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
_FAMILIES = (
    ("sum", "mean", "max", "prod"), ("exp", "exp2", "log", "expm1", "tanh"), ("dot", "outer", "multiply", "matmul"),
    ("abs", "square", "sqrt"), ("zeros", "ones", "empty"), ("zeros_like", "ones_like"), ("maximum", "minimum"),
    ("append", "extend"),
)  # fmt: skip
_MODULES = ("self", "cls", "np", "numpy", "math", "random")
_PARAMETERS = ("self.weights", "self.biases")


class Region:
    """A function whose edits are tried: its nodes, and the names that stand for values in it.

    :param path: "Class.function" or "function"
    :param helpers: names of the lab's functions of one argument
    :param slopes: names of those that can be a missing factor
    :param given: lines of the file that stand so in the stub, and are right
    """

    def __init__(
        self,
        number: int,
        module: str,
        path: str,
        tree: ast.FunctionDef,
        helpers: Iterable[str] = (),
        slopes: Iterable[str] = (),
        given: Container[int] = (),
    ) -> None:
        self.number, self.module, self.path, self.tree = number, module, path, tree
        self._text: dict[int, str] = {}
        places = list(_walk(tree))
        inside = [p for p in places if p.path and p.path[0][0] == "body"]
        told = ast.get_docstring(tree, clean=False) is not None
        self.places = [p for p in inside if not told or p.path[0] != ("body", 0)]
        self.body = tree.body[told:] or tree.body
        self.block_places = [_Place(tree, (), ()), *self.places]
        arguments = [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs]
        self.has_self = any(a.arg == "self" for a in arguments)
        stored = [p.node.id for p in inside if isinstance(p.node, ast.Name) and isinstance(p.node.ctx, ast.Store)]
        self.arguments = [a.arg for a in arguments if a.arg not in ("self", "cls")]
        self.names = list(dict.fromkeys([*self.arguments, *stored]))
        self.values = [p for p in self.places if self._is_value(p) and p.node.lineno not in given]
        loaded = [p.node for p in self.values if isinstance(p.node, ast.Subscript)]
        self.items = list(dict.fromkeys(self.text(n) for n in loaded if not isinstance(n.slice, ast.Slice)))
        lists = [self.text(n.value) for n in loaded]
        indices = [self.text(n.slice) for n in loaded if not isinstance(n.slice, ast.Slice | ast.Tuple)]
        counters = [
            p.node.target.id for p in inside if isinstance(p.node, ast.For) and isinstance(p.node.target, ast.Name)
        ]
        counters = [c for c in counters if any(re.search(rf"\b{c}\b", index) for index in indices)] or [
            p.node.target.id
            for p in inside
            if isinstance(p.node, ast.For) and isinstance(p.node.target, ast.Name) and "range" in self.text(p.node.iter)
        ]
        shifted = [f"{sign}{c}{step}" for c in counters for sign in ("", "-") for step in ("", " - 1", " + 1")]
        self.lists = list(dict.fromkeys(lists))
        made = [
            target.id
            for p in inside
            if isinstance(p.node, ast.Assign) and isinstance(p.node.value, ast.List | ast.ListComp)
            for target in p.node.targets
            if isinstance(target, ast.Name)
        ]
        self.sequences = {*self.lists, *made}
        results = [
            self.text(p.node.value)
            for p in inside
            if isinstance(p.node, ast.Subscript) and isinstance(p.node.ctx, ast.Store)
        ]
        self.counters = counters
        # lists that are read: what a function fills by index is its result
        self.lists = [name for name in dict.fromkeys([*self.lists, *made]) if name not in results]
        self.numbers = [name for name in self.names if name not in self.sequences]
        self.amounts = [name for name in self.numbers if name not in counters]
        self.indices = list(dict.fromkeys([*indices, *shifted, "-1"]))
        self.attributes = list(
            dict.fromkeys(
                self.text(p.node)
                for p in self.places
                if isinstance(p.node, ast.Attribute)
                and isinstance(p.node.value, ast.Name)
                and p.node.value.id == "self"
                and not (p.parents and isinstance(p.parents[-1], ast.Call) and p.parents[-1].func is p.node)
            )
        )
        own = {p.node.attr for p in self.places if isinstance(p.node, ast.Attribute)}
        plain = {p.node.id for p in self.places if isinstance(p.node, ast.Name)}
        at_self = [f"self.{name}" for name in helpers if self.has_self and name != tree.name]
        of_module = [name for name in helpers if name in plain and name != tree.name]
        self.slopes = [h for h in (*at_self, *of_module) if h.removeprefix("self.") in set(slopes)]
        # a helper of the student's own with one argument, such as a module-level `sigma`
        called = [
            self.text(p.node.func)
            for p in self.places
            if isinstance(p.node, ast.Call)
            and len(p.node.args) == 1
            and not p.node.keywords
            and isinstance(p.node.func, ast.Name)
            and p.node.func.id not in _BUILTINS
        ]
        self.helpers = list(dict.fromkeys([*at_self, *of_module, *called]))
        self.calls = own | plain

    def text(self, node: ast.AST) -> str:
        """The node as Python writes it."""
        known = self._text.get(id(node))
        if known is None:
            known = self._text[id(node)] = ast.unparse(node)
        return known

    def blank(self, node: ast.AST) -> str:
        """The text with its indices blanked: acts[-1] and acts[-l - 1] are alike."""
        return re.sub(r"\[[^\[\]]*\]", "[_]", self.text(node))

    def form(self, node: ast.AST) -> str:
        """The text with names and indices blanked: `b - step * db` and `W - step * dw` are alike."""
        return re.sub(r"[A-Za-z_][\w.]*", "n", self.blank(node))

    def _is_value(self, place: _Place) -> bool:
        """Whether it is an expression with a value of its own: not a called function, not a target."""
        node, parent = place.node, place.parents[-1]
        if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
            return False
        if isinstance(node, ast.Slice | ast.Starred | ast.JoinedStr | ast.FormattedValue):
            return False
        if isinstance(node, ast.Name) and node.id in _MODULES:
            return False
        logged = any(isinstance(p, ast.Call) and "log" in ast.unparse(p.func)[:7] for p in place.parents[-3:])
        return not (isinstance(parent, ast.Call) and parent.func is node) and not logged


_BUILTINS = frozenset(
    "abs enumerate float int isinstance len list max min print range reversed round sorted sum tuple zip".split()
)


def _whole_number_wanted(place: _Place) -> bool:
    """Whether the node stands in an index or in range(…)."""
    node = place.node
    for parent in reversed(place.parents):
        if isinstance(parent, ast.Subscript) and parent.slice is node:
            return True
        if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name) and parent.func.id == "range":
            return True
        if isinstance(parent, ast.stmt):
            return False
        node = parent
    return False


_TWINS = (
    {"weights": "biases", r"_dw": "_db", "nabla_w": "nabla_b", "dC_dw": "dC_db"},
    {"biases": "weights", r"_db": "_dw", "nabla_b": "nabla_w", "dC_db": "dC_dw"},
)


def _exchanged(text: str, pairs: dict[str, str]) -> str:
    return re.sub("|".join(pairs), lambda found: pairs[found[0]], text)


class _Maker:
    """Makes the edits of one region, each with the groups that it belongs to."""

    def __init__(self, region: Region) -> None:
        self.region = region

    def edit(
        self,
        kind: Kind,
        place: _Place,
        new: str | ast.AST,
        *parts: ast.AST,
        site: ast.AST | None = None,
        detail: tuple[Any, ...] = (),
    ) -> Edit:
        r = self.region
        around = [r.blank(p) if isinstance(p, ast.expr) else type(p).__name__ for p in reversed(place.parents[-2:])]
        forms = [r.form(p) if isinstance(p, ast.expr) else type(p).__name__ for p in reversed(place.parents[-2:])]
        key = (kind, new if isinstance(new, str) else "", *detail)
        itself = r.blank(place.node) if isinstance(place.node, ast.expr) else type(place.node).__name__
        form = r.form(place.node) if isinstance(place.node, ast.expr) else itself
        alike = ((0, key, itself), (1, key, itself, *around[:1]), (2, key, form), (3, key, form, *forms[:1]), (4, key))
        return Edit(kind, place.path, new, parts, place.node if site is None else site, alike)

    # The tiers, the likeliest slips first.

    def removals(self) -> Iterator[Edit]:
        for place in self.region.values:
            node = place.node
            if isinstance(node, ast.BinOp):
                sign = _SIGN_OF.get(type(node.op), "?")
                for stays, goes in ((node.left, node.right), (node.right, node.left)):
                    yield self.edit(Kind.REMOVED, place, "_0", stays, site=goes, detail=(sign, self.region.blank(goes)))
            if isinstance(node, ast.UnaryOp):
                yield self.edit(Kind.SIGN, place, "_0", node.operand)
            if isinstance(node, ast.Attribute) and node.attr == "T":
                yield self.edit(Kind.TRANSPOSE, place, "_0", node.value)
            if isinstance(node, ast.Subscript):
                kind = Kind.SLICE if isinstance(node.slice, ast.Slice) else Kind.INDEX
                yield self.edit(kind, place, "_0", node.value)
            if isinstance(node, ast.Call):
                for argument in node.args[:3]:
                    if not isinstance(argument, ast.Starred | ast.GeneratorExp):
                        yield self.edit(Kind.REMOVED, place, "_0", argument, detail=(self.region.blank(node.func),))
                if isinstance(node.func, ast.Attribute) and self.region.text(node.func.value) not in _MODULES:
                    kind = Kind.TRANSPOSE if node.func.attr == "transpose" else Kind.REMOVED
                    yield self.edit(kind, place, "_0", node.func.value, detail=(node.func.attr,))
                if node.keywords and node.args:
                    bare = _placed(ast.Call(node.func, node.args, []), node)
                    yield self.edit(Kind.REMOVED, place, bare, detail=("keywords",))
            if isinstance(node, ast.IfExp):
                for kept in (node.body, node.orelse):
                    yield self.edit(Kind.REMOVED, place, "_0", kept, detail=("if",))

    def signs(self) -> Iterator[Edit]:
        for place in self.region.values:
            if self._number_like(place):
                yield self.edit(Kind.SIGN, place, "-_0", place.node)
            if isinstance(place.node, ast.BinOp) and isinstance(place.node.op, ast.Add | ast.Sub):
                other = "-" if isinstance(place.node.op, ast.Add) else "+"
                yield self.edit(Kind.SIGN, place, f"_0 {other} _1", place.node.left, place.node.right)
        for place in self.region.places:
            node = place.node
            if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
                operator = ast.Sub if isinstance(node.op, ast.Add) else ast.Add
                yield self.edit(Kind.SIGN, place, _placed(ast.AugAssign(node.target, operator(), node.value), node))

    def operators(self) -> Iterator[Edit]:
        for place in self.region.values:
            node = place.node
            if isinstance(node, ast.BinOp):
                for sign, kind in _OPERATORS.items():
                    if not isinstance(node.op, kind) and not {sign, _SIGN_OF.get(type(node.op))} <= {"+", "-"}:
                        detail = (_SIGN_OF.get(type(node.op), "?"),)
                        yield self.edit(Kind.OPERATOR, place, f"_0 {sign} _1", node.left, node.right, detail=detail)
                if not isinstance(node.op, ast.Add | ast.Mult):
                    turned = f"_0 {_SIGN_OF.get(type(node.op), '*')} _1"
                    yield self.edit(Kind.ORDER, place, turned, node.right, node.left)
            if isinstance(node, ast.Compare) and len(node.ops) == 1:
                for compared, sign in _COMPARISONS.items():
                    if type(node.ops[0]) in _COMPARISONS and type(node.ops[0]) is not compared:
                        yield self.edit(Kind.OPERATOR, place, f"_0 {sign} _1", node.left, node.comparators[0])
            if isinstance(node, ast.Call) and len(node.args) == 2:
                twin = _placed(ast.Call(node.func, node.args[::-1], node.keywords), node)
                yield self.edit(Kind.ORDER, place, twin)
                for sign in "*@":
                    yield self.edit(Kind.OPERATOR, place, f"_0 {sign} _1", *node.args)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                for family in _FAMILIES:
                    for name in family if node.func.attr in family else ():
                        if name != node.func.attr:
                            named = ast.Attribute(node.func.value, name, ast.Load())
                            twin = _placed(ast.Call(_placed(named, node), node.args, node.keywords), node)
                            yield self.edit(Kind.CALL, place, twin, detail=(name,))
            if isinstance(node, ast.Tuple) and len(node.elts) == 2:
                yield self.edit(Kind.ORDER, place, _placed(ast.Tuple(node.elts[::-1], node.ctx), node))
        for place in self.region.places:
            node = place.node
            stored = isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store)
            if stored and len(node.elts) == 2 and isinstance(place.parents[-1], ast.Assign):
                yield self.edit(Kind.ORDER, place, _placed(ast.Tuple(node.elts[::-1], ast.Store()), node))

    def transposes(self) -> Iterator[Edit]:
        for place in self.region.values:
            node = place.node
            already = isinstance(node, ast.Attribute) and node.attr == "T"
            if self._number_like(place) and not already and not isinstance(node, ast.Constant):
                yield self.edit(Kind.TRANSPOSE, place, "_0.T", node)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult | ast.Mult):
                for sign in "*@":
                    if isinstance(node.right, ast.Attribute) and node.right.attr == "T":
                        yield self.edit(Kind.TRANSPOSE, place, f"_0 {sign} _1", node.left, node.right.value)
                if isinstance(node.op, ast.MatMult):
                    yield self.edit(Kind.TRANSPOSE, place, "_1 @ _0.T", node.left, node.right)
                    if isinstance(node.right, ast.Attribute) and node.right.attr == "T":
                        yield self.edit(Kind.TRANSPOSE, place, "_1 @ _0.T", node.left, node.right.value)
                    for turned in ("_0 @ _1.T", "_0.T @ _1"):
                        yield self.edit(Kind.ORDER, place, turned, node.right, node.left)
                    if isinstance(node.left, ast.Attribute) and node.left.attr == "T":
                        yield self.edit(Kind.TRANSPOSE, place, "_0 @ _1.T", node.left.value, node.right)
                else:
                    yield self.edit(Kind.OPERATOR, place, "_0 @ _1.T", node.left, node.right)

    def constants(self) -> Iterator[Edit]:
        for place in self.region.values:
            node = place.node
            number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
            if number and abs(node.value) < 2**31:
                value = node.value
                whole = _whole_number_wanted(place)
                others = [value + 1, value - 1, -value] if whole else [value + 1, value - 1, value * 2, value / 2, 0]
                for other in dict.fromkeys(others):
                    if other != value:
                        yield self.edit(Kind.INDEX if whole else Kind.NUMBER, place, repr(other))
                if value > 1 and not whole:
                    yield self.edit(Kind.NUMBER, place, "np.e")
            if isinstance(node, ast.Constant) and isinstance(node.value, bool):
                yield self.edit(Kind.NUMBER, place, repr(not node.value))
        for place in self.region.places:
            if isinstance(place.node, ast.Subscript) and not isinstance(place.node.slice, ast.Slice | ast.Tuple):
                if isinstance(place.node.slice, ast.Constant) and not isinstance(place.node.slice.value, int):
                    continue
                inner = _Place(place.node.slice, (*place.path, ("slice", None)), (*place.parents, place.node))
                for step in ("+ 1", "- 1"):
                    detail = (self.region.form(place.node), type(place.node.ctx).__name__)
                    yield self.edit(Kind.INDEX, inner, f"_0 {step}", place.node.slice, site=place.node, detail=detail)
            if isinstance(place.node, ast.Call) and self.region.text(place.node.func) == "range":
                for which, bound in enumerate(place.node.args[:2]):
                    inner = _Place(bound, (*place.path, ("args", which)), (*place.parents, place.node))
                    for step in ("+ 1", "- 1"):
                        yield self.edit(Kind.NUMBER, inner, f"_0 {step}", bound, detail=(which,))

    def names(self) -> Iterator[Edit]:
        for place in self.region.values:
            node = place.node
            whole = _whole_number_wanted(place)
            if isinstance(place.parents[-1], ast.Subscript) and isinstance(place.parents[-1].ctx, ast.Store):
                continue  # another list to keep results in proves nothing
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                listed = node.id in self.region.sequences
                for other in self.region.names:
                    if other != node.id and (other in self.region.sequences) == listed:
                        yield self.edit(Kind.NAME, place, other)
                for other in () if whole or listed else self.region.items:
                    yield self.edit(Kind.NAME, place, other)
            if isinstance(node, ast.Subscript):
                for other in () if whole else (*self.region.items, *self.region.amounts):
                    if other != self.region.text(node):
                        yield self.edit(Kind.NAME, place, other)
            if isinstance(node, ast.Attribute) and self.region.text(node) in self.region.attributes:
                for other in dict.fromkeys((*self.region.attributes, *_PARAMETERS)):
                    if other != self.region.text(node):
                        yield self.edit(Kind.NAME, place, other)
            if isinstance(node, ast.Call) and self.region.text(node.func) in self.region.helpers:
                for other in self.region.helpers:
                    if other != self.region.text(node.func) and len(node.args) == 1:
                        yield self.edit(Kind.CALL, place, f"{other}(_0)", node.args[0])

    def assignments(self) -> Iterator[Edit]:
        for place in self.region.places:
            node = place.node
            target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
            if isinstance(target, ast.Name | ast.Subscript | ast.Attribute):
                for operator in (ast.Add, ast.Sub, ast.Mult):
                    twin = _placed(ast.AugAssign(target, operator(), node.value), node)
                    yield self.edit(Kind.ASSIGNMENT, place, twin, detail=(operator.__name__,))
                if isinstance(node.value, ast.BinOp) and self.region.text(node.value.left) == self.region.text(target):
                    twin = _placed(ast.AugAssign(target, node.value.op, node.value.right), node)
                    yield self.edit(Kind.ASSIGNMENT, place, twin, detail=("in place",))
            if isinstance(node, ast.AugAssign):
                yield self.edit(Kind.ASSIGNMENT, place, _placed(ast.Assign([node.target], node.value), node))
                load = copy.copy(node.target)
                load.ctx = ast.Load()
                sum_of = _placed(ast.BinOp(load, node.op, node.value), node)
                yield self.edit(
                    Kind.ASSIGNMENT, place, _placed(ast.Assign([node.target], sum_of), node), detail=("out",)
                )

    def brackets(self) -> Iterator[Edit]:
        for place in self.region.values:
            node = place.node
            if isinstance(node, ast.BinOp):
                sign = _SIGN_OF.get(type(node.op), "*")
                if isinstance(node.left, ast.BinOp):
                    inner = _SIGN_OF.get(type(node.left.op), "*")
                    parts = (node.left.left, node.left.right, node.right)
                    yield self.edit(Kind.BRACKETS, place, f"_0 {inner} (_1 {sign} _2)", *parts)
                if isinstance(node.right, ast.BinOp):
                    inner = _SIGN_OF.get(type(node.right.op), "*")
                    parts = (node.left, node.right.left, node.right.right)
                    yield self.edit(Kind.BRACKETS, place, f"(_0 {sign} _1) {inner} _2", *parts)

    def statements(self) -> Iterator[Edit]:
        for place, name, block in self._all_blocks():
            yield from self._blocks(place, name, block)

    def _blocks(self, place: _Place, name: str, block: list[ast.stmt]) -> Iterator[Edit]:
        def whole(kind: Kind, statements: list[ast.stmt], at: ast.stmt) -> Edit:
            twin = copy.copy(place.node)
            setattr(twin, name, statements or [_placed(ast.Pass(), at)])
            return Edit(kind, place.path, twin, (), at)

        for i, statement in enumerate(block):
            before, after = block[:i], block[i + 1 :]
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                continue  # a docstring
            if not isinstance(statement, ast.Return | ast.FunctionDef):
                yield whole(Kind.STATEMENT, [*before, *after], statement)
            if after:
                yield whole(Kind.ORDER, [*before, after[0], statement, *after[1:]], statement)
            for further in range(2, min(4, len(after)) + 1):
                yield whole(Kind.ORDER, [*before, *after[:further], statement, *after[further:]], statement)
            if isinstance(statement, ast.If):
                yield whole(Kind.STATEMENT, [*before, *statement.body, *after], statement)
                if statement.orelse:
                    yield whole(Kind.STATEMENT, [*before, *statement.orelse, *after], statement)
            if not isinstance(statement, ast.For | ast.While):
                continue
            inner = statement.body
            for count in range(1, len(inner)):
                shorter, rest = copy.copy(statement), copy.copy(statement)
                shorter.body, rest.body = inner[:-count], inner[count:]
                yield whole(Kind.ORDER, [*before, shorter, *inner[-count:], *after], inner[-count])
                yield whole(Kind.ORDER, [*before, *inner[:count], rest, *after], inner[count - 1])
            for count in range(1, min(5, len(after) + 1)):
                longer = copy.copy(statement)
                longer.body = [*inner, *after[:count]]
                yield whole(Kind.ORDER, [*before, longer, *after[count:]], after[count - 1])
            for count in range(1, min(5, len(before) + 1)):
                longer = copy.copy(statement)
                longer.body = [*before[-count:], *inner]
                yield whole(Kind.ORDER, [*before[:-count], longer, *after], before[-count])

    def returns(self) -> Iterator[Edit]:
        for place in self.region.places:
            if isinstance(place.node, ast.Return) and place.node.value is not None:
                inner = _Place(place.node.value, (*place.path, ("value", None)), (*place.parents, place.node))
                for other in self.region.names:
                    if other != self.region.text(place.node.value):
                        yield self.edit(Kind.RETURN, inner, other)
                if isinstance(place.node.value, ast.Name):
                    for first, other in itertools.permutations(self.region.names, 2):
                        if place.node.value.id in (first, other):
                            yield self.edit(Kind.RETURN, inner, f"{first}, {other}")
            if isinstance(place.node, ast.Return) and place.node.value is None:
                for other in self.region.names:
                    yield self.edit(Kind.RETURN, place, _placed(ast.Return(_built(other, (), place.node)), place.node))
        last = self.region.tree.body[-1]
        if not isinstance(last, ast.Return):
            top = _Place(self.region.tree, (), ())
            values = [_built(other, (), last) for other in self.region.names]
            for value in [last.value, *values] if isinstance(last, ast.Expr) else values:
                twin = copy.copy(self.region.tree)
                kept = (
                    self.region.tree.body[:-1]
                    if isinstance(last, ast.Expr) and value is last.value
                    else self.region.tree.body
                )
                twin.body = [*kept, _placed(ast.Return(value), last)]
                yield Edit(Kind.RETURN, top.path, twin, (), last)

    def slices(self) -> Iterator[Edit]:
        for place in self.region.values:
            node = place.node
            listed = isinstance(node, ast.Name | ast.Attribute) and not _whole_number_wanted(place)
            if listed and isinstance(
                place.parents[-1], ast.Call | ast.For | ast.Return | ast.Tuple | ast.comprehension
            ):
                for piece in ("[1:]", "[:-1]", "[::-1]"):
                    yield self.edit(Kind.SLICE, place, f"_0{piece}", node)
            if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
                for piece in ("[1:]", "[:-1]", "[::-1]", "[-1]"):
                    yield self.edit(Kind.SLICE, place, f"_0{piece}", node.value)

    def slopes(self) -> Iterator[Edit]:
        """A factor of one argument, such as the missing slope of a hidden layer, at an item that may not occur yet."""
        r = self.region
        items = [f"{a}[{i}]" for a in r.lists if not a.startswith("self.") for i in r.indices]
        values = list(dict.fromkeys([*r.items, *r.amounts, *items]))
        for helper in r.slopes:
            for place in self._wholes():
                for value in values:
                    yield self.edit(Kind.FACTOR, place, f"_0 * {helper}({value})", place.node)

    def twins(self) -> Iterator[Edit]:
        """The same statement for the biases that there is for the weights, or the other way round."""
        for place, name, block in self._all_blocks():
            texts = [self.region.text(statement) for statement in block]
            for i, statement in enumerate(block):
                for pairs in _TWINS if isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr) else ():
                    other = _exchanged(texts[i], pairs)
                    if other not in texts:
                        twin = copy.copy(place.node)
                        added = _lined(ast.parse(other).body[0], statement)
                        setattr(twin, name, [*block[: i + 1], added, *block[i + 1 :]])
                        yield Edit(Kind.MISSING, place.path, twin, (), statement)

    def _all_blocks(self) -> Iterator[tuple[_Place, str, list[ast.stmt]]]:
        for place in self.region.block_places:
            for name in ("body", "orelse"):
                block = getattr(place.node, name, None)
                if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
                    yield place, name, block

    def calls(self) -> Iterator[Edit]:
        wraps = [f"{helper}(_0)" for helper in self.region.helpers]
        yield from self._wrapped([*wraps, "_0 ** 2", "np.sum(_0)", "_0.copy()", "_0.reshape(-1, 1)", "_0[-1]"])

    def further_calls(self) -> Iterator[Edit]:
        wraps = ["1 - _0", "np.exp(_0)", "1 / _0", "1 + _0", "1 / (1 + np.exp(-_0))", "np.zeros_like(_0)"]
        yield from self._wrapped([*wraps, "float(_0)", "list(_0)", "_0[::-1]"])
        for place in self.region.values:
            if isinstance(place.node, ast.Call) and not place.node.keywords:
                for words in ([("axis", 1), ("keepdims", True)], [("axis", 0)]):
                    given = [
                        _placed(ast.keyword(w, _placed(ast.Constant(v), place.node)), place.node) for w, v in words
                    ]
                    twin = _placed(ast.Call(place.node.func, place.node.args, given), place.node)
                    yield self.edit(Kind.CALL, place, twin, detail=(len(words),))

    def _wrapped(self, wraps: list[str]) -> Iterator[Edit]:
        for place in self.region.values:
            if self._number_like(place) and not isinstance(place.node, ast.Constant):
                for wrap in wraps:
                    yield self.edit(Kind.CALL, place, wrap, place.node)

    def factors(self) -> Iterator[Edit]:
        yield from self._inserted(self._wholes(), self._amounts())

    def factors_inside(self) -> Iterator[Edit]:
        wholes = {place.path for place in self._wholes()}
        yield from self._inserted([p for p in self._operands() if p.path not in wholes], self._amounts())

    def _amounts(self) -> list[tuple[str, str]]:
        """What can be missing as a factor or term: (sign, value)."""
        r = self.region
        used = any(a in r.attributes for a in _PARAMETERS)
        items = [f"{a}[{i}]" for a in _PARAMETERS if used for i in r.indices if not i.startswith("-")]
        plain = list(dict.fromkeys([*r.amounts, *r.items]))
        found = [("+", value) for value in dict.fromkeys([*plain, *items, "1"])]
        found += [("*", value) for value in (*plain, "0.5", "2")]
        found += [("/", value) for value in (*r.amounts, "2", *(f"len({name})" for name in r.arguments))]
        return [*found, *(("-", value) for value in (*plain, "1"))]

    def _inserted(self, places: list[_Place], amounts: list[tuple[str, str]]) -> Iterator[Edit]:
        for place in places:
            for sign, value in amounts:
                if value != self.region.text(place.node):
                    yield self.edit(Kind.FACTOR, place, f"_0 {sign} {value}", place.node)

    def indices(self) -> Iterator[Edit]:
        """An index that does not occur there: `zs[-l]` where only `zs[-1]` does."""
        for place in self.region.values:
            node = place.node
            if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice | ast.Tuple):
                inner = _Place(node.slice, (*place.path, ("slice", None)), (*place.parents, node))
                for index in (*self.region.indices, "0"):
                    if index != self.region.text(node.slice):
                        yield self.edit(Kind.INDEX, inner, index, site=node)

    def items(self) -> Iterator[Edit]:
        """An item that does not occur at all."""
        for place in self.region.values:
            listed = isinstance(place.node, ast.Name) and place.node.id in self.region.sequences
            kinds = ast.Name | ast.Subscript | ast.IfExp
            if self.region.counters and isinstance(place.node, kinds) and not _whole_number_wanted(place):
                for array in () if listed else dict.fromkeys((*self.region.lists, *_PARAMETERS)):
                    for index in self.region.indices:
                        if array in self.region.lists or array in self.region.attributes:
                            yield self.edit(Kind.NAME, place, f"{array}[{index}]")

    def bounds(self) -> Iterator[Edit]:
        """A number or a call that should be a count, a call that should be a name, and start values."""
        r = self.region
        counts = [*(f"len({name})" for name in (*r.names, *r.attributes)), *r.names, *r.attributes]
        counts += ["len(self.weights)", "len(self.weights) - 1", "-1", "0"] if r.has_self else []
        for place in r.values:
            node = place.node
            if _whole_number_wanted(place) and isinstance(node, ast.Constant | ast.BinOp | ast.Call | ast.UnaryOp):
                if not isinstance(place.parents[-1], ast.Subscript):
                    for count in dict.fromkeys(counts):
                        yield self.edit(Kind.NUMBER, place, count)
            elif isinstance(node, ast.Call | ast.Constant):
                for name in r.amounts:
                    yield self.edit(Kind.NAME, place, name)
            if isinstance(node, ast.List) and not node.elts:
                for name in r.arguments:
                    yield self.edit(Kind.NUMBER, place, f"[{name}]")
            if isinstance(node, ast.List | ast.Tuple) and isinstance(place.parents[-1], ast.For):
                for text in ("range(len(self.weights))", "range(len(self.weights) - 1, -1, -1)"):
                    yield self.edit(Kind.NUMBER, place, text)

    def _wholes(self) -> list[_Place]:
        """Whole values: what is assigned, returned, put into a list or made in a comprehension."""
        found = []
        for place in self.region.values:
            parent = place.parents[-1]
            whole = isinstance(parent, ast.Assign | ast.AugAssign | ast.Return | ast.ListComp)
            alone = isinstance(parent, ast.Call) and len(parent.args) == 1 and isinstance(parent.func, ast.Attribute)
            if (whole or alone) and self._number_like(place):
                found.append(place)
        return found

    def _operands(self) -> list[_Place]:
        """Operands, arguments and items."""
        inner = ast.BinOp | ast.Call | ast.Tuple | ast.List | ast.UnaryOp
        return [p for p in self.region.values if isinstance(p.parents[-1], inner) and self._number_like(p)]

    @staticmethod
    def _number_like(place: _Place) -> bool:
        kinds = (
            ast.Tuple | ast.List | ast.ListComp | ast.GeneratorExp | ast.Compare | ast.UnaryOp | ast.Dict | ast.BoolOp
        )
        if isinstance(place.node, kinds) or _whole_number_wanted(place):
            return False
        return not (isinstance(place.node, ast.Constant) and not isinstance(place.node.value, int | float))


_TIERS: tuple[Callable[[_Maker], Iterator[Edit]], ...] = (
    _Maker.removals,
    _Maker.signs,
    _Maker.transposes,
    _Maker.operators,
    _Maker.constants,
    _Maker.assignments,
    _Maker.brackets,
    _Maker.returns,
    _Maker.statements,
    _Maker.twins,
    _Maker.slices,
    _Maker.indices,
    _Maker.names,
    _Maker.slopes,
    _Maker.items,
    _Maker.bounds,
    _Maker.factors,
    _Maker.calls,
    _Maker.further_calls,
    _Maker.factors_inside,
)


def candidates(regions: list[Region]) -> Iterator[Candidate]:
    """All candidates in their order, each tier made when it is asked for."""
    makers = [_Maker(region) for region in regions]
    for number, tier in enumerate(_TIERS):
        made = [(maker.region.number, edit) for maker in makers for edit in tier(maker)]
        for region, edit in made:
            yield Candidate(number, region, (edit,))
        for region, group in _alike(made):
            yield Candidate(number, region, group)


def _alike(made: list[tuple[int, Edit]]) -> Iterator[tuple[int, tuple[Edit, ...]]]:
    """The edits of a tier that are the same at several places, to be made together."""
    groups: dict[Any, list[Edit]] = {}
    for region, edit in made:
        for key in edit.alike:
            groups.setdefault((region, key), []).append(edit)
    seen = set()
    for (region, _), group in groups.items():
        paths = sorted({edit.path for edit in group}, key=repr)
        nested = any(a != b and b[: len(a)] == a for a in paths for b in paths)
        mark = (
            region,
            tuple(paths),
            group[0].kind,
            group[0].new if isinstance(group[0].new, str) else id(group[0].new),
        )
        if 2 <= len(paths) == len(group) <= MOST_TOGETHER and not nested and mark not in seen:
            seen.add(mark)
            yield region, tuple(group)


# -- which functions --------------------------------------------------------------------------------------------------


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """The functions of a module and its classes, by their paths."""
    for top in tree.body:
        if isinstance(top, ast.FunctionDef):
            yield top.name, top
        if isinstance(top, ast.ClassDef):
            for node in top.body:
                if isinstance(node, ast.FunctionDef):
                    yield f"{top.name}.{node.name}", node


def _replaced(tree: ast.Module, path: str, function: ast.FunctionDef) -> ast.Module:
    """The module with one function in place of that of its path, the last one of that name as Python takes it."""
    owner, _, name = path.rpartition(".")

    def swapped(body: list[ast.stmt]) -> list[ast.stmt]:
        places = [i for i, node in enumerate(body) if isinstance(node, ast.FunctionDef) and node.name == name]
        return [*body[: places[-1]], function, *body[places[-1] + 1 :]] if places else body

    if not owner:
        return ast.Module(swapped(tree.body), tree.type_ignores)
    body: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name == owner:
            twin = copy.copy(node)
            twin.body = swapped(node.body)
            node = twin
        body.append(node)
    return ast.Module(body, tree.type_ignores)


def equal_lines_edited(source: ast.FunctionDef, edit: Edit, function: ast.FunctionDef) -> ast.FunctionDef:
    """A later function with the same edit wherever it has an equal line, equal up to the names of variables."""
    depth = _innermost_statement(source, edit.path)
    if depth is None:
        return function
    line, loop = _at_path(source, edit.path[:depth]), _loop_around(source, edit.path[:depth])
    local = edit._replace(path=edit.path[depth:])
    changed: Any = _put(line, local.path, _made(local))
    for place in list(_walk(function)):
        if type(place.node) is not type(line) or not isinstance(place.node, ast.stmt):
            continue
        names: dict[str, str] = {}
        other = next((p for p in reversed(place.parents) if isinstance(p, ast.For)), None)
        if loop is not None and other is not None:
            together = _equal(loop.target, other.target, names) and _equal(loop.iter, other.iter, names)
            names = names if together else {}
        if _equal(line, place.node, names):
            twin = _lined(copy.deepcopy(changed), place.node)
            for node in ast.walk(twin):
                if isinstance(node, ast.Name):
                    node.id = names.get(node.id, node.id)
            function = _put(function, place.path, twin)
    return function


def _made(edit: Edit) -> Any:
    return edit.new if isinstance(edit.new, ast.AST) else _built(edit.new, edit.parts, edit.site)


def _at_path(root: Any, path: Path) -> Any:
    for name, index in path:
        root = getattr(root, name) if index is None else getattr(root, name)[index]
    return root


def _innermost_statement(root: ast.AST, path: Path) -> int | None:
    """How far along the path the last statement on it stands; None if the edit is of a list of statements."""
    depths = [d for d in range(1, len(path) + 1) if isinstance(_at_path(root, path[:d]), ast.stmt)]
    simple = depths and not isinstance(_at_path(root, path[: depths[-1]]), ast.For | ast.While | ast.If | ast.With)
    return depths[-1] if simple else None


def _loop_around(root: ast.AST, path: Path) -> ast.For | None:
    around = [_at_path(root, path[:depth]) for depth in range(len(path))]
    return next((node for node in reversed(around) if isinstance(node, ast.For)), None)


def _equal(one: Any, other: Any, names: dict[str, str]) -> bool:
    """Whether two trees are equal up to names of variables, one for one; `names` gets what stands for what."""
    if isinstance(one, ast.Name) and isinstance(other, ast.Name):
        if one.id not in names and other.id not in names.values():
            names[one.id] = other.id
        return names.get(one.id) == other.id
    if isinstance(one, ast.AST):
        fields = ast.iter_fields(one)
        return type(one) is type(other) and all(_equal(v, getattr(other, name), names) for name, v in fields)
    if isinstance(one, list):
        return len(one) == len(other) and all(_equal(a, b, names) for a, b in zip(one, other))
    return bool(one == other)


def _attributes(tree: ast.AST, kind: type[ast.expr_context]) -> Iterator[str]:
    """Names of the object's attributes that a function sets, or reads."""
    for node in ast.walk(tree):
        owned = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        if isinstance(node, ast.Attribute) and owned and isinstance(node.ctx, kind):
            yield node.attr


def reachable(tree: ast.Module, path: str, leave: Iterable[str]) -> list[tuple[str, ast.FunctionDef]]:
    """A function, and those of the same file that it uses, the nearest first: (path, node) for each.

    :param leave: paths of functions that are looked at for themselves
    """
    functions = dict(_functions(tree))
    aliases = {
        f"{top.name}.{node.targets[0].id}": [n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)]
        for top in tree.body
        if isinstance(top, ast.ClassDef)
        for node in top.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    left = set(leave) - {path}
    name = path.rpartition(".")[2]
    inherited = [p for p in functions if "." in p and p.endswith(f".{name}")]
    start = next((p for p in (path, *aliases.get(path, [])[-1:], *inherited) if p in functions), None)
    found, waiting = [], [start] if start is not None else []
    while waiting:
        now = waiting.pop(0)
        if now in found:
            continue
        found.append(now)
        for inner in ast.walk(functions[now]):
            used = ""
            if isinstance(inner, ast.Name) and inner.id in functions:
                used = inner.id
            if isinstance(inner, ast.Attribute):
                used = next((p for p in functions if p.endswith(f".{inner.attr}")), "")
            if used and used not in left and used.rpartition(".")[2] != "__init__":
                waiting.append(used)
    return [(p, functions[p]) for p in found]


# -- the guard --------------------------------------------------------------------------------------------------------


class Endless(BaseException):
    """The code has gone through more loops and calls than it may."""


class Turns:
    """Counts passes through loops, and calls, in the guarded code."""

    def __init__(self) -> None:
        self.left = self.used = 0

    def begin(self, most: int) -> None:
        self.left, self.used = most, 0

    def __call__(self) -> bool:
        self.used += 1
        if self.used > self.left:
            raise Endless
        return True


class Guard:
    """Puts a count into every loop, comprehension and function of a tree; the tree itself stays as it is."""

    def __init__(self, tree: ast.AST) -> None:
        self._known = {id(node): None for node in ast.walk(tree) if isinstance(node, ast.stmt)}
        self._made: dict[int, ast.stmt] = {}

    def statement(self, node: Any) -> Any:
        """A guarded copy; made once for what is in the tree already."""
        if id(node) in self._made:
            return self._made[id(node)]
        twin = copy.copy(node)
        for name, value in ast.iter_fields(node):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt | ast.ExceptHandler):
                setattr(twin, name, [self.statement(item) for item in value])
            elif isinstance(value, ast.AST):
                setattr(twin, name, _counted(value))
        if isinstance(node, ast.For | ast.While | ast.FunctionDef):
            told = 1 if isinstance(node, ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None else 0
            count = _placed(ast.Expr(_turn(node)), node)
            twin.body = [*twin.body[:told], count, *twin.body[told:]]
        if id(node) in self._known:
            self._made[id(node)] = twin
        return twin


def _turn(at: ast.AST) -> Any:
    return _placed(ast.Call(_placed(ast.Name(TURN, ast.Load()), at), [], []), at)


def _counted(node: ast.AST) -> ast.AST:
    """An expression with its comprehensions counted; only the nodes on the way to them are copied."""
    changed: dict[str, Any] = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            items = [_counted(item) if isinstance(item, ast.AST) else item for item in value]
            if any(item is not other for item, other in zip(items, value)):
                changed[name] = items
        elif isinstance(value, ast.AST) and not isinstance(value, ast.expr_context | ast.operator):
            item = _counted(value)
            if item is not value:
                changed[name] = item
    if isinstance(node, ast.comprehension):
        changed["ifs"] = [_turn(node.iter), *changed.get("ifs", node.ifs)]
    if not changed:
        return node
    twin = copy.copy(node)
    for name, value in changed.items():
        setattr(twin, name, value)
    return twin


# -- in the worker ----------------------------------------------------------------------------------------------------


def _code_of(tree: ast.FunctionDef, owner: str, filename: str) -> Any:
    """The function's code object."""
    node: Any = tree
    if owner:  # names that begin with two underscores belong to the class
        node = _placed(ast.ClassDef(owner, [], [], [tree], []), tree)
        if "type_params" in ast.ClassDef._fields:
            node.type_params = []
    code = compile(ast.Module([node], []), filename, "exec", dont_inherit=True)
    for _ in range(2 if owner else 1):
        name = owner if owner and code.co_name == "<module>" else tree.name
        code = next(c for c in code.co_consts if hasattr(c, "co_code") and c.co_name == name)
    return code


class Bench:
    """Edits one submission: what `perform` offers beside a host's own operations.

    :param host: the worker's; it loads the guarded submission and does what the probe asks
    :param packed: (tree, file name) -> the compiled module, as a load plan carries it
    """

    def __init__(self, host: Any, packed: Callable[[ast.Module, str], Any]) -> None:
        self._host, self._packed = host, packed
        self._turns = Turns()
        self._trees: dict[str, ast.Module] = {}
        self._regions: list[Region] = []
        self._made: list[Candidate] = []
        self._rest: Iterator[Candidate] = iter(())
        self._in_place: Any = None

    def open(self, files: dict[str, str], module: str, leave: list[str], helpers: list[str], goals: list[Any]) -> Any:
        """Parse the files and find the functions to be edited. No code of the submission runs.

        :param leave: paths of the lab's functions, which are edited only for themselves
        :param goals: [path, slopes, given lines, number, later paths] for each function: of all but the last the
            candidate of this number is put in place for good, with edits of equal lines in the later functions
        :return: first and last line of the last function's body, if it uses no other of the file
        """
        self._trees = {name: ast.parse(text, f"{name}.py") for name, text in files.items() if text}
        lines = [line.strip() for line in files[module].split("\n")]
        for path, slopes, given, number, later in goals:
            found = reachable(self._trees[module], path, leave)
            self._regions = []
            for region, (name, node) in enumerate(found):
                here = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                kept = {line for line in here if lines[line - 1] in given} if name == path else set()
                self._regions.append(Region(region, module, name, node, helpers, slopes, kept))
            self._made, self._rest = [], candidates(self._regions)
            if number is not None:
                self._trees[module] = self.whole(number, later)
        if len(self._regions) != 1:
            return []
        body = self._regions[0].body
        return [body[0].lineno, body[-1].end_lineno or body[-1].lineno]

    def whole(self, number: int, later: list[str]) -> ast.Module:
        """The module with a candidate's edits, and with the same edits of equal lines in later functions.

        :param later: paths of these functions
        :raises LookupError: there is no candidate of that number
        """
        chosen = self.candidate(number)
        if chosen is None:
            raise LookupError("no such edit")
        region = self._regions[chosen.region]
        tree = _replaced(self._trees[region.module], region.path, applied(region.tree, chosen.edits))
        for path in later:
            function = dict(_functions(tree)).get(path)
            if function is not None and path != region.path:
                for edit in chosen.edits:
                    function = equal_lines_edited(region.tree, edit, function)
                tree = _replaced(tree, path, function)
        return tree

    def load(self, plan: dict[str, Any]) -> Any:
        """Load the submission with every loop counted."""
        import builtins

        setattr(builtins, TURN, self._turns)
        self._guards = {name: Guard(tree) for name, tree in self._trees.items()}
        code = {}
        for name, tree in self._trees.items():
            guarded = ast.Module([self._guards[name].statement(node) for node in tree.body], [])
            code[name] = self._packed(guarded, f"{name}.py")
        self._turns.begin(10**9)
        return self._host.perform(["load", {**plan, "code": code}])

    def candidate(self, number: int) -> Candidate | None:
        """The candidate of this number; None if there are not so many."""
        self._made += itertools.islice(self._rest, max(0, number + 1 - len(self._made)))
        return self._made[number] if number < len(self._made) else None

    def edited(self, number: int) -> Any:
        """The tree of a candidate's function."""
        chosen = self._made[number]
        return applied(self._regions[chosen.region].tree, chosen.edits)

    def put_in_place(self, number: int) -> bool:
        """Let the submission run with a candidate's edits; without any for -1. False if they give no code."""
        if self._in_place is not None:
            function, code = self._in_place
            function.__code__ = code
            self._in_place = None
        if number < 0:
            return True
        chosen = self.candidate(number)
        if chosen is None:
            return False
        region = self._regions[chosen.region]
        function = self._function(region)
        try:
            guarded = self._guards[region.module].statement(self.edited(number))
            code = _code_of(guarded, region.path.rpartition(".")[0], f"{region.module}.py")
            before = function.__code__
            function.__code__ = code
        except (SyntaxError, ValueError, TypeError, AttributeError, RecursionError, OverflowError, StopIteration):
            return False  # such as `return` where no value may stand, or a number without end
        self._in_place = function, before
        return True

    @functools.cache  # noqa: B019 (lives as long as its worker)
    def _function(self, region: Region) -> Any:
        owner, _, name = region.path.rpartition(".")
        module = vars(self._host.modules[region.module])
        found = type.__dict__["__dict__"].__get__(module[owner])[name] if owner else module[name]
        found = found.__func__ if isinstance(found, staticmethod | classmethod) else found
        while hasattr(found, "__wrapped__"):
            found = found.__wrapped__
        first = min([region.tree.lineno, *(decorator.lineno for decorator in region.tree.decorator_list)])
        # under the name may stand another function by now, such as a decorator's
        return found if first <= found.__code__.co_firstlineno <= region.tree.lineno else None

    def run(self, operations: list[Any], turns: int) -> Any:
        """Do some operations on fresh objects; gives the last reply, or the one that shows that no time is left."""
        self._host.start_over()
        self._turns.begin(turns)
        reply: Any = None
        for operation in operations:
            reply = self._host.perform(operation)
        return reply

    def perform(self, verb: str, *arguments: Any) -> Any:
        """Do one of the operations above, or `try`."""
        return getattr(self, f"_do_{verb}")(*arguments)

    def _do_compiled(self, number: int, later: list[str]) -> Any:
        """The module with a candidate's edits, compiled as a load plan carries it. No code of the submission runs."""
        return self._packed(self.whole(number, later), f"{self._regions[0].module}.py")

    def _do_shared(self, files: dict[str, str], module: str, leave: list[str], path: str, later: list[str]) -> Any:
        """Which of the later functions use code of the student's that this one uses, or what it keeps on the object."""
        tree = ast.parse(files[module])
        own = reachable(tree, path, leave)
        kept = {name for _, node in own for name in _attributes(node, ast.Store)}
        found = []
        for other in later:
            used = reachable(tree, other, leave)
            read = {name for _, node in used for name in _attributes(node, ast.Load)}
            if {name for name, _ in own} & {name for name, _ in used} or kept & read:
                found.append(other)
        return found

    def _do_open(self, *arguments: Any) -> Any:
        return self.open(*arguments)

    def _do_load(self, plan: dict[str, Any]) -> Any:
        return self.load(plan)

    def _do_put(self, number: int, turns: int) -> bool:
        self._host.start_over()
        self._turns.begin(turns)
        return self.put_in_place(number)

    def _do_run(self, operations: list[Any], turns: int) -> Any:
        return self.run(operations, turns)

    def _do_used(self) -> int:
        return self._turns.used

    def _do_try(self, first: int, count: int, operations: list[Any], turns: int, most: int) -> Any:
        """Answer the operations with each of some candidates: [number, cost, turns used, the last reply] for each.

        Those that can't be compiled, or whose reply has more bytes than any right one, are left out.
        """
        found = []
        for number in range(first, first + count):
            candidate = self.candidate(number)
            if candidate is None:
                break
            if self.put_in_place(number):
                reply = self.run(operations, turns)
                reply = reply if _bytes_in(reply, most) <= most else None
                found.append([number, candidate.cost, self._turns.used, reply])
        self.put_in_place(-1)
        return found

    def _do_tell(self, number: int) -> Any:
        """What is known of a candidate: cost, function, kinds, and for each place its first and last line."""
        chosen = self.candidate(number)
        if chosen is None:
            return None
        lines = [[edit.site.lineno, edit.site.end_lineno] for edit in chosen.edits]  # type: ignore[attr-defined]
        widths = sum(len(self._regions[chosen.region].text(e.site)) for e in chosen.edits)
        return [
            chosen.cost,
            self._regions[chosen.region].path,
            [edit.kind.value for edit in chosen.edits],
            lines,
            widths,
        ]


def _bytes_in(value: Any, most: int) -> int:
    """Roughly the bytes that a reply takes; no more is looked at than `most`."""
    size = getattr(value, "nbytes", None)
    if size is not None:
        return int(size) + 64
    total = 64
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ():
        total += _bytes_in(item, most)
        if total > most:
            break
    return total


def extend(host: Any, packed: Callable[[ast.Module, str], Any]) -> Callable[..., Any]:
    """The operations on a worker's host."""
    return Bench(host, packed).perform
