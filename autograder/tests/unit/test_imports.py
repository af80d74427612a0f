"""Imports run downwards: which module may import which, read off the files without running them."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from neural_lab.schema.places import PACKAGE

# From the bottom to the top: a module imports what stands in its own row or in one before it. A name stands for all
# that is below it and has no row of its own. Packages alone have no order: a worker's limits and locks are below the
# runtime that uses them, and the pool that starts workers is above it.
ORDER = (
    ("neural_lab",),  # the version
    ("neural_lab.atomic",),
    ("neural_lab.schema",),
    ("neural_lab.isolation.limits", "neural_lab.isolation.seccomp", "neural_lab.isolation.lockdown"),
    ("neural_lab.runtime",),
    ("neural_lab.isolation",),
    ("neural_lab.intake",),
    ("neural_lab.grading",),
    ("neural_lab.feedback", "neural_lab.labs"),
    ("neural_lab.platforms",),
    ("neural_lab.cli", "neural_lab.start", "neural_lab.__main__"),
    ("neural_lab.tools",),
)
# A lab is loaded by its name alone; only labs and tools, which may be about one, import one.
LABS, MAY_KNOW_A_LAB = "neural_lab.labs.", ("neural_lab.labs.", "neural_lab.tools.")


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """The file of each module: {"neural_lab.cli": …}."""
    found = {}
    for file in package.rglob("*.py"):
        parts = file.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imported(text: str, known: dict[str, Path]) -> set[str]:
    """The project's modules that a file imports, at its top or inside a function; what only types need is left out."""
    found = set()
    for node in running(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path here"
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                found.add(whole if whole in known else str(node.module))
    return found & known.keys()


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The node and those below it, but for what stands in the body of `if TYPE_CHECKING:`."""
    yield tree
    for_types = isinstance(tree, ast.If) and ast.unparse(tree.test).endswith("TYPE_CHECKING")
    for node in tree.orelse if isinstance(tree, ast.If) and for_types else ast.iter_child_nodes(tree):
        yield from running(node)


def row(module: str) -> int:
    """Where a module stands in the order."""
    names = {name: number for number, names in enumerate(ORDER) for name in names}
    while module not in names:
        module = module.rpartition(".")[0]
    return names[module]


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    known = modules()
    return {module: imported(file.read_text("utf-8"), known) for module, file in known.items()}


def test_every_module_imports_only_what_is_below_it_or_beside_it(imports):
    upwards = {(one, other) for one, others in imports.items() for other in others if row(other) > row(one)}
    assert upwards == set()


def test_no_modules_import_each_other_in_a_circle(imports):
    graphlib.TopologicalSorter(imports).prepare()  # raises CycleError, which names the circle


def test_only_labs_and_tools_know_a_lab_by_name(imports):
    known = {(one, other) for one, others in imports.items() for other in others if other.startswith(LABS)}
    assert {one for one, _ in known if not one.startswith(MAY_KNOW_A_LAB)} == set()
    assert known


def test_every_name_of_the_order_is_a_module():
    assert {name for names in ORDER for name in names} <= modules().keys()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import neural_lab.cli", {"neural_lab.cli"}),
        ("from neural_lab import cli, __version__", {"neural_lab.cli", "neural_lab"}),
        ("from neural_lab.cli import main", {"neural_lab.cli"}),
        ("def f():\n    from neural_lab.cli import main", {"neural_lab.cli"}),
        ("if TYPE_CHECKING:\n    from neural_lab.cli import main", set()),
        ("if typing.TYPE_CHECKING:\n    import numpy\nelse:\n    from neural_lab.cli import main", {"neural_lab.cli"}),
        ("import numpy", set()),
    ],
)
def test_imports_are_found_wherever_they_run(text, found):
    assert imported(text, modules()) == found
