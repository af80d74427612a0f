"""What a copy looks like after work on its looks: each takes a text and gives one that does the same.

With `renamed` and `reordered` of `classmates` these are the disguises that similarity is measured on.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator

from tests.classmates import disguised, renamed, reordered


def reformatted(text: str) -> str:
    """A copy without the comments and with a layout of its own: brackets, short lines, strings in other quotes."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    lines = ast.unparse(tree).split("\n")
    wide = (f"{line[: len(line) - len(line.lstrip())]}{line.lstrip()}" for line in lines)
    return "\n\n".join(line.replace("= ", "=(", 1) + "\n)" if _is_simple(line) else line for line in wide) + "\n"


def _is_simple(line: str) -> bool:
    """Whether it is a whole assignment to one name, so that brackets fit around its value."""
    head, sign, value = line.partition(" = ")
    return bool(sign) and head.strip().isidentifier() and not value.startswith("(") and _parses(f"x = ({value})")


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def written_out(text: str) -> str:
    """A copy whose comprehensions became loops that fill a list."""
    return ast.unparse(ast.fix_missing_locations(_WrittenOut().visit(ast.parse(text)))) + "\n"


def step_by_step(text: str) -> str:
    """A copy in which each product, sum and call has a line and a name of its own."""
    return ast.unparse(ast.fix_missing_locations(_StepByStep().visit(ast.parse(text)))) + "\n"


def unrolled(text: str) -> str:
    """A copy whose loops take two turns at once."""
    return ast.unparse(ast.fix_missing_locations(_Unrolled().visit(ast.parse(text)))) + "\n"


def all_at_once(text: str) -> str:
    """A copy with everything done to it."""
    return reformatted(disguised(unrolled(step_by_step(written_out(text)))))


DISGUISES: dict[str, Callable[[str], str]] = {
    "renamed": renamed,
    "reordered": reordered,
    "renamed and reordered": disguised,
    "reformatted": reformatted,
    "comprehensions written out": written_out,
    "step by step": step_by_step,
    "loops unrolled": unrolled,
    "everything": all_at_once,
}


class _Statements(ast.NodeTransformer):
    """Changes the statements of functions; `new` counts the names it needs."""

    def __init__(self) -> None:
        self.numbers = itertools.count(1)

    def new(self) -> str:
        return f"value_{next(self.numbers)}"


class _WrittenOut(_Statements):
    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        return self._with_loops(node)

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        return self._with_loops(node)

    def _with_loops(self, node: ast.Assign | ast.Return) -> list[ast.stmt]:
        before: list[ast.stmt] = []
        outer = self

        class Inside(ast.NodeTransformer):
            def visit_Lambda(self, inner: ast.Lambda) -> ast.AST:
                return inner

            def visit_ListComp(self, inner: ast.ListComp) -> ast.AST:
                name = outer.new()
                body: list[ast.stmt] = ast.parse(f"{name}.append({ast.unparse(inner.elt)})").body
                for each in reversed(inner.generators):
                    for test in reversed(each.ifs):
                        body = [ast.If(test, body, [])]
                    body = [ast.For(each.target, each.iter, body, [], None)]
                before.extend([*ast.parse(f"{name} = []").body, *body])
                return ast.Name(name, ast.Load())

            def visit_GeneratorExp(self, inner: ast.GeneratorExp) -> ast.AST:
                return inner  # it has no names of its own outside

        changed = Inside().visit(node)
        return [*before, changed]


class _StepByStep(_Statements):
    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        before = list(self._taken_out(node, "value"))
        return [*before, node]

    def visit_AugAssign(self, node: ast.AugAssign) -> list[ast.stmt]:
        before = list(self._taken_out(node, "value"))
        return [*before, node]

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        before = list(self._taken_out(node, "value")) if node.value else []
        return [*before, node]

    def _taken_out(self, node: ast.AST, field: str) -> Iterator[ast.stmt]:
        value = getattr(node, field)
        for inner, child in ast.iter_fields(value) if isinstance(value, ast.BinOp | ast.Call | ast.UnaryOp) else ():
            parts = child if isinstance(child, list) else [child]
            for index, part in enumerate(parts):
                if not isinstance(part, ast.BinOp | ast.Call):
                    continue
                holder = ast.Assign([ast.Name(self.new(), ast.Store())], part)
                yield from self._taken_out(holder, "value")
                yield holder
                name = ast.Name(holder.targets[0].id, ast.Load())  # type: ignore[attr-defined]
                if isinstance(child, list):
                    child[index] = name
                else:
                    setattr(value, inner, name)


class _Unrolled(_Statements):
    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        self.generic_visit(node)
        if any(isinstance(each, ast.Break | ast.Continue) for each in ast.walk(node)) or node.orelse:
            return [node]
        turns, at = self.new(), self.new()
        body, target = ast.unparse(ast.Module(node.body, [])), ast.unparse(node.target)

        def indented(text: str, depth: int) -> str:
            return "\n".join("    " * depth + line for line in text.split("\n"))

        return ast.parse(
            f"{turns} = list({ast.unparse(node.iter)})\n"
            f"for {at} in range(0, len({turns}), 2):\n"
            f"    {target} = {turns}[{at}]\n{indented(body, 1)}\n"
            f"    if {at} + 1 < len({turns}):\n"
            f"        {target} = {turns}[{at} + 1]\n{indented(body, 2)}\n"
        ).body
