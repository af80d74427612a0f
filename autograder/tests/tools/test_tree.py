"""The repository as a whole: what is committed, what the pages say one can type, what the lock files pin."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from neural_lab.schema.places import ROOT

pytestmark = pytest.mark.fast

MADE_HERE = (".venv/", "dist/", "autograder/secret", "data/mnist.npz", "grades/")
REGISTRY = re.compile(r"pypi\.(?:org)|python(?:hosted)\.|debian\.(?:org)|registry\.npm", re.I)


@pytest.fixture(scope="module")
def tracked():
    """The text of every file that git tracks: {path: text}."""
    listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git repository")
    files = [ROOT / name for name in listed.stdout.split("\0") if name]
    return {file: file.read_text(encoding="utf-8", errors="replace") for file in files if file.is_file()}


def verbs():
    return set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.M))


def test_no_file_names_a_path_of_this_machine(tracked):
    home = str(Path.home())
    places = {str(ROOT)} | ({home} if home.count("/") > 1 else {f"{home}/."})
    pattern = re.compile("|".join(rf"(?<![\w$.}}]){re.escape(place)}\b" for place in places))
    assert [str(file.relative_to(ROOT)) for file, text in tracked.items() if pattern.search(text)] == []


def test_no_file_names_a_package_registry(tracked):
    assert [str(file.relative_to(ROOT)) for file, text in tracked.items() if REGISTRY.search(text)] == []


def test_nothing_that_is_made_here_is_tracked(tracked):
    names = [file.relative_to(ROOT).as_posix() for file in tracked]
    assert [name for name in names if name.startswith(MADE_HERE) or "__pycache__" in name] == []


def test_git_ignores_the_secret_and_what_is_made_here(tracked):
    paths = [".venv/stamp", "dist/a.zip", "autograder/secret", "data/mnist.npz", "grades/x", "solution/__pycache__/a"]
    ignored = subprocess.run(["git", "-C", ROOT, "check-ignore", *paths], capture_output=True, text=True)
    assert ignored.stdout.split() == paths


def test_scripts_are_executable_and_start_with_their_interpreter():
    for name in ("setup.sh", "autograder/run_autograder", "autograder/run_platform", ".ci/run"):
        assert (ROOT / name).stat().st_mode & stat.S_IXUSR, name
        assert (ROOT / name).read_bytes().startswith(b"#!/usr/bin/env bash\n"), name


@pytest.mark.parametrize("name", ["setup.sh", "autograder/run_autograder", "autograder/run_platform", ".ci/run"])
def test_scripts_parse(name):
    assert subprocess.run(["bash", "-n", ROOT / name], capture_output=True).stderr == b""


def test_every_command_in_the_pages_is_a_verb(tracked):
    said = {
        (str(file.relative_to(ROOT)), verb)
        for file, text in tracked.items()
        if file.suffix == ".md"
        for block in re.findall(r"```.*?```|`[^`\n]+`", text, re.S)
        for verb in re.findall(r"^\W*make ([a-z-]+)", block, re.M)
    }
    assert {("README.md", "grade"), ("README.md", "test")} <= said
    assert [pair for pair in sorted(said) if pair[1] not in verbs()] == []


@pytest.mark.parametrize("name", ["grading", "dev"])
def test_every_locked_package_has_a_version_and_hashes(name):
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ").splitlines()
    entries = [line for line in lines if line.strip() and not line.startswith("#")]
    assert entries and all(re.match(r"[\w.-]+==[\w.]+ .*--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)


def test_the_grading_lock_is_small_and_part_of_the_whole():
    def pins(name):
        return set(re.findall(r"^([\w.-]+==\S+(?: ;[^\\]*)?)", (ROOT / "requirements" / name).read_text(), re.M))

    assert {pin.partition("=")[0] for pin in pins("grading.txt")} == {"numpy", "gradescope-utils"}
    assert pins("grading.txt") <= pins("dev.txt")


def test_the_environment_is_the_locked_one():
    """CI and this machine test what is pinned, and not what happens to be installed."""
    text = (ROOT / "requirements" / "dev.txt").read_text()
    pinned: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.M):
        pinned.setdefault(name, set()).add(version)
    for name in ("numpy", "gradescope-utils", "pytest", "scikit-learn", "rich"):
        assert importlib.metadata.version(name) in pinned[name], f"{name}: {sys.prefix} is not made from the lock"


def test_the_citation_has_the_projects_version_and_credits_each_handout():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    required = {"cff-version", "message", "title", "authors"}
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert required <= citation.keys() and f'version = "{citation["version"]}"' in project
    assert f"[{citation['version']}] - {citation['date-released']}" in (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert len(citation["references"]) == 5
    assert all({"type", "title", "authors"} <= reference.keys() for reference in citation["references"])


def test_the_devcontainer_is_short_and_asks_a_verb_what_is_missing():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8")
    container = json.loads(text)
    assert len(text.splitlines()) <= 10 and re.fullmatch(r"python:3\.1[0-3]", container["image"])
    assert container["postCreateCommand"] == "make doctor"


# -- docstrings -------------------------------------------------------------------------------------------------------

FIELD = re.compile(r"^ *:(\w+)(?: ([^:\n]+))?:", re.M)


def described(node):
    """The names that a docstring may describe: parameters, or the fields of a record; None where there is none."""
    if isinstance(node, ast.FunctionDef):
        all_of_them = [
            *node.args.posonlyargs,
            *node.args.args,
            *node.args.kwonlyargs,
            node.args.vararg,
            node.args.kwarg,
        ]
        return {one.arg for one in all_of_them if one is not None}
    if isinstance(node, ast.ClassDef):
        made = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
        annotated = [one.target for one in node.body if isinstance(one, ast.AnnAssign)]
        fields = {one.id for one in annotated if isinstance(one, ast.Name)}
        return fields.union(*map(described, made))
    return None


def slips(node, docstring):
    """What a docstring says in another dialect than `:param x:`, `:return:`, `:raises X:`."""
    names = described(node)
    for kind, name in FIELD.findall(docstring):
        if kind not in ("param", "return", "raises") or (kind == "return") != (not name):
            yield f":{kind} {name}:"
        if kind == "param" and name not in names:
            yield f"{name} is not there"
    for name in names:
        # "x: what it is" on a line of its own or behind another's, and columns of names
        if re.search(rf"(^|[.;(]) *`?{name}`?: |^ +(\w+, )*{name}(, \w+)*  +\S", docstring, re.M):
            yield f"{name} without :param"


DIALECTS = {
    ":param x: the one": [],
    "What it does.\n\n    :param x: the one\n    :return: another\n    :raises ValueError: never": [],
    "What it does; x: the one": ["x without :param"],
    "What it does.\n\n    x: the one": ["x without :param"],
    "What it does.\n\n    x   the one": ["x without :param"],
    ":ivar x: the one": [":ivar x:"],
    ":returns: the one": [":returns :"],
    ":raises: always": [":raises :"],
    ":param y: the one": ["y is not there"],
}


@pytest.mark.parametrize("docstring", DIALECTS)
def test_another_dialect_of_docstrings_is_seen(docstring):
    (node,) = ast.parse("def f(x):\n    pass\n").body
    assert [*slips(node, docstring)] == DIALECTS[docstring]


def test_docstrings_are_in_one_dialect(tracked):
    seen, found = 0, []
    for file, text in tracked.items():
        if file.suffix != ".py" or "submissions" in file.parts:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and (docstring := ast.get_docstring(node, clean=False)):
                seen += 1
                found += [f"{file.relative_to(ROOT)}:{node.lineno} {slip}" for slip in slips(node, docstring)]
    assert not found, "\n".join(found)
    assert seen > 1000
