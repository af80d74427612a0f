"""Reads the load report: what a worker says of the submission after it has imported it once.

It comes from the untrusted side, so every type in it is checked, and it is believed only where it can't help.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from neural_lab.intake.notes import FileNote, NothingDefined, NotLoaded, NotPython, OtherClass, Stopped, SyntaxHint
from neural_lab.intake.submission import Submission, Unusable, wanted_files
from neural_lab.runtime.plan import Note, Renamed, Statement, StatementKind
from neural_lab.runtime.protocol import Failure, FailureKind, Malformed
from neural_lab.schema.lab import Lab

UNREADABLE = "the report on loading it can't be read"
MOST_NOTES = 10  # that are told of a file
MOST_NAMES = 8  # that are told of what a file defines, where that is nothing of the lab


class LoadReport(NamedTuple):
    """What loading the submission once has shown.

    :param skip: statements that fail, or take too long
    :param code: the files as a worker compiled them, for workers alone to read
    :param classes: classes to take for the contract's
    :param notes: what is worth telling
    """

    skip: tuple[Statement, ...]
    code: dict[str, np.ndarray]
    classes: tuple[Renamed, ...]
    notes: tuple[FileNote, ...]


class _Loaded(NamedTuple):
    """The worker's report on the load, every type in it checked.

    :param found: {module: (functions, {class: methods})}
    """

    notes: list[Note]
    found: dict[str, tuple[list[str], dict[str, list[str]]]]
    code: dict[str, np.ndarray]


def read_load_report(lab: Lab, submission: Submission, reply: Any) -> LoadReport:
    """Read the worker's reply to a load plan that asks for a report.

    :raises Unusable: the file has a syntax error, never finishes loading, or defines nothing of the lab
    """
    wanted = wanted_files(lab, submission.cells)
    if isinstance(reply, Failure):
        raise Unusable(NotLoaded(wanted, reply))
    try:
        loaded = _loaded(reply)
    except Malformed as error:
        raise Unusable(NotLoaded(wanted, Failure(FailureKind.MALFORMED, message=str(error)))) from None
    notes: list[FileNote] = []
    left = False
    for note in loaded.notes:
        cells = submission.cells.get(note.module, ())
        stopped = Stopped(note.module, note.line, cells, note.kind, note.type, note.message)
        if note.kind == StatementKind.SYNTAX and note.module in lab.modules:
            raise Unusable(NotPython(stopped, _syntax_hint(submission, note)))
        if note.kind != StatementKind.LEFT_OUT or not left:  # the first of those tells of all
            notes.append(stopped)
        left = left or note.kind == StatementKind.LEFT_OUT
    classes = tuple(_classes(lab, loaded))
    notes += (OtherClass(f"{one.module}.py", one.wanted, one.found) for one in classes)
    if not _defines_any(lab, loaded, classes):
        names = tuple(dict.fromkeys(f.owner or f.name for f in lab.functions if lab.lines_of(f)))
        defined = [name for functions, owners in loaded.found.values() for name in [*owners, *functions]]
        raise Unusable(NothingDefined(wanted, names, tuple(defined[:MOST_NAMES]), notes[0] if notes else None))
    code = {name: compiled for name, compiled in loaded.code.items() if name in submission.files}
    skip = tuple(Statement(note.module, note.statement) for note in loaded.notes)
    return LoadReport(skip, code, classes, tuple(notes[:MOST_NOTES]))


def _loaded(reply: Any) -> _Loaded:
    """The worker's reply as records.

    :raises Malformed: it is of another shape than `Loader.report` gives it
    """
    notes = [_note(one) for one in _field(reply, "notes", list)]
    found = {}
    for module, defined in _field(reply, "found", dict).items():
        classes = {name: _names(methods) for name, methods in _field(defined, "classes", dict).items()}
        found[module] = (_names(_field(defined, "functions", list)), classes)
    code = {name: _typed(compiled, np.ndarray) for name, compiled in _field(reply, "code", dict).items()}
    return _Loaded(notes, found, code)


def _note(record: Any) -> Note:
    kinds = {"module": str, "statement": int, "line": int, "kind": str, "type": str, "message": str}
    note = Note(*(_field(record, name, kind) for name, kind in kinds.items()))
    if note.kind not in {kind.value for kind in StatementKind}:
        raise Malformed(UNREADABLE)
    return note._replace(kind=StatementKind(note.kind))


def _field(record: Any, name: str, kind: type) -> Any:
    return _typed(_typed(record, dict).get(name), kind)


def _names(value: Any) -> list[str]:
    return [_typed(name, str) for name in _typed(value, list)]


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Malformed(UNREADABLE)
    return value


_TABBED = re.compile(r" *\t")  # a line that is indented with tabs


def _syntax_hint(submission: Submission, note: Note) -> SyntaxHint:
    lines = submission.files.get(note.module, "").split("\n")
    text = lines[note.line - 1][:200] if 0 < note.line <= len(lines) else ""  # patterns may take quadratic time
    if re.match(r"\s*print\s+[^\s(=]", text):
        return SyntaxHint.PRINT_STATEMENT
    if note.type == "TabError" or (note.type == "IndentationError" and any(map(_TABBED.match, lines))):
        return SyntaxHint.INDENTATION
    newer = (
        (r"\bexcept\s*\*", SyntaxHint.PYTHON_3_11),
        (r"^\s*(def|class)\s+\w+\[", SyntaxHint.PYTHON_3_12),
        (r"^\s*type\s+\w+.*=", SyntaxHint.PYTHON_3_12),
    )
    return next((hint for pattern, hint in newer if re.search(pattern, text)), SyntaxHint.NONE)


def _classes(lab: Lab, loaded: _Loaded) -> Iterator[Renamed]:
    """For a class of the contract that is missing, the one class that must be meant."""
    for module, owner in dict.fromkeys((f.module, f.owner) for f in lab.functions if f.owner):
        _, defined = loaded.found.get(module, ([], {}))
        if owner in defined:
            continue
        wanted = {f.name for f in lab.functions if f.owner == owner and f.module == module} - {"__init__"}
        score = {name: len(wanted & set(methods)) for name, methods in defined.items()}
        most = max(score.values(), default=0)
        best = [name for name in score if score[name] == most and 2 * most >= len(wanted)]
        if len(best) == 1:
            yield Renamed(module, best[0], str(owner))


def _defines_any(lab: Lab, loaded: _Loaded, classes: tuple[Renamed, ...]) -> bool:
    renamed = {(one.module, one.wanted) for one in classes}
    for function in lab.functions:
        if not lab.lines_of(function):
            continue
        functions, defined = loaded.found.get(function.module, ([], {}))
        if function.owner is None and function.name in functions:
            return True
        if function.owner in defined or (function.module, function.owner) in renamed:
            return True
    return False
