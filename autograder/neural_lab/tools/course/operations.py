"""What Python carries out, in its order: the form in which submissions are compared.

Two authors carry out different operations, or the same in another order. A copy can change its names, its layout, its
comments and the order of its functions, give a value a name of its own, write `x += 1` for `x = x + 1` and a loop for a
comprehension: the operations stay what they are.
"""

from __future__ import annotations

import ast
import builtins
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

MOST_READ = 2 << 20  # characters: what is given to Python, again for each line that it can't read
# What values of Python and NumPy can do. A list that a loop fills has an `append` that a comprehension lacks.
_LANGUAGE = frozenset(
    name
    for kind in (builtins, np, np.ndarray, np.linalg, list, dict, str, float)
    for name in dir(kind)
    if not name.startswith("__")
) - {"append"}

_Step = ast.AST | str


class Operation(NamedTuple):
    """Something that is carried out, and the line that says so, counted from 1."""

    name: str
    line: int


def names_in(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(re.findall(r"[^\W\d]\w*", text))


def operations(text: str, names: frozenset[str]) -> Iterator[tuple[Operation, ...]]:
    """The operations of each function, and of what stands outside of functions, in the order of being carried out.

    Of any text: the lines that Python can't read are left out, or all of a text in which there is nothing else.

    :param names: functions and attributes that everybody is given; those of Python and NumPy go without saying, and any
        other is the author's own and doesn't count
    """
    names = names | _LANGUAGE
    real: dict[str, str] = {}
    units: list[ast.AST] = [_parsed(text)]
    while units:
        yield tuple(_carried_out(units.pop(), names, real, units))


def _parsed(text: str) -> ast.Module:
    """The syntax tree of what Python can read of a text."""
    lines = text.split("\n")
    for _ in range(1 + MOST_READ // (len(text) + 1_000)):
        try:
            with warnings.catch_warnings():  # odd escapes and comparisons are not ours to mend
                warnings.simplefilter("ignore")
                return ast.parse("\n".join(lines))
        except SyntaxError as error:
            at = min(error.lineno or len(lines), len(lines)) - 1
            while at > 0 and not lines[at].strip():  # an end that comes too soon is told of an empty line
                at -= 1
            indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
            # a function may have no other line
            lines[at] = "" if lines[at].strip() == "pass" else f"{indent}pass"
        except (ValueError, RecursionError, MemoryError):  # NUL, half a character; nested deeper than Python goes
            break
    return ast.Module([], [])


def _carried_out(
    unit: ast.AST, names: frozenset[str], real: dict[str, str], units: list[ast.AST]
) -> Iterator[Operation]:
    """The operations of one function or module.

    By a stack of its own, because a sum may have more terms than Python has frames.

    :param real: what imported functions are called where they come from; more are found here
    :param units: where functions inside of this one are put
    """
    waiting: list[tuple[_Step, int]] = [(node, 1) for node in reversed(getattr(unit, "body", []))]
    while waiting:
        step, line = waiting.pop()
        if isinstance(step, str):
            yield Operation(step, line)
        elif isinstance(step, ast.FunctionDef | ast.AsyncFunctionDef):
            units.append(step)
        elif isinstance(step, ast.ImportFrom):
            real.update((alias.asname, alias.name) for alias in step.names if alias.asname)
        else:
            line = getattr(step, "lineno", line)
            waiting += [(each, line) for each in reversed(_steps(step, names, real))]


def _steps(node: ast.AST, names: frozenset[str], real: Mapping[str, str]) -> list[_Step]:
    """What a node does: its parts, and the names of its own operations. A value's own name is none."""
    match node:
        case ast.Name() | ast.Import() | ast.Expr(value=ast.Constant()):
            return []
        case ast.Constant(value=value):
            return [_constant(value)]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return [_constant(-value)]
        case ast.UnaryOp(op=op, operand=operand):
            return [operand, type(op).__name__]
        case ast.BinOp(left=left, op=op, right=right):
            return [left, right, type(op).__name__]
        case ast.BoolOp(op=op, values=values):
            return [*values, type(op).__name__]
        case ast.Compare(left=left, ops=ops, comparators=others):
            return [left, *others, *(type(op).__name__ for op in ops)]
        case ast.Assign(targets=targets, value=value):
            return [value, *targets]
        case ast.AugAssign(target=target, op=op, value=value):
            return [target, value, type(op).__name__, target]
        case ast.AnnAssign(target=target, value=value):
            return [value, target] if value else []
        case ast.Call(func=ast.Name(id=name), args=given, keywords=named):
            return [*given, *named, *_known(real.get(name, name), names)]
        case ast.Call(func=ast.Attribute(value=value, attr=name), args=given, keywords=named):
            return [value, *given, *named, *_known(name, names)]
        case ast.Attribute(value=value, attr=name):
            return [value, *_known(name, names)]
        case ast.Subscript(value=value, slice=index):
            return [value, index, "[]"]
        case ast.For() | ast.AsyncFor():
            return [node.iter, node.target, *node.body, *node.orelse]
        case ast.ListComp(elt=value, generators=loops) | ast.SetComp(elt=value, generators=loops):
            return [*loops, value]
        case ast.GeneratorExp(elt=value, generators=loops):
            return [*loops, value]
        case ast.DictComp(key=key, value=value, generators=loops):
            return [*loops, key, value]
        case ast.comprehension(target=target, iter=values, ifs=tests):
            return [values, target, *(step for test in tests for step in (test, "if"))]
        case ast.If() | ast.While():
            return [node.test, "if", *node.body, *node.orelse]
        case ast.IfExp(test=test, body=body, orelse=other):
            return [test, "if", body, other]
        case ast.Lambda(body=body):
            return [body]
        case ast.ClassDef(body=body):
            return [*body]
        case _:
            return [*ast.iter_child_nodes(node)]


def _known(name: str, names: frozenset[str]) -> list[_Step]:
    return [name] if name in names else []


def _constant(value: object) -> str:
    """A number by its value, 1 and 1.0 alike; anything else by its type alone."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return type(value).__name__
    return repr(float(value)) if abs(value) < 1e300 else "number"
