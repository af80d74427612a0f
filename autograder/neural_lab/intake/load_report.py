"""Reads the load report: what a worker says of the submission after it has imported it once.

It comes from the untrusted side, so every type in it is checked, and it is believed only where it can't help.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from neural_lab.feedback import where
from neural_lab.intake.foreign import shown
from neural_lab.intake.submission import Submission, Unusable, wanted_files
from neural_lab.runtime.plan import Note, Renamed, Statement
from neural_lab.runtime.protocol import Failure, FailureKind, Malformed
from neural_lab.schema.lab import Lab


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
    notes: list[str]


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
        raise Unusable(_load_failure(wanted, reply))
    try:
        loaded = _loaded(reply)
    except Malformed as error:
        raise Unusable(_load_failure(wanted, Failure(FailureKind.MALFORMED, message=str(error)))) from None
    texts: list[str] = []
    left = False
    for note in loaded.notes:
        place = (
            f"{_file_name(submission, note.module)}, {where.told([note.line], submission.cells.get(note.module, ()))}"
        )
        what = f"{shown(note.type)}: {shown(note.message, 200)}".rstrip(": ")
        if note.kind == "syntax" and note.module in lab.modules:
            raise Unusable(f"{place} is not valid Python for this grader: {what}. {_syntax_hint(submission, note)}")
        if note.kind == "left out":
            if not left:
                texts.append(
                    f"{place}: loading the file took too long, so this statement and others that only do something "
                    'were left out while grading. Put training below `if __name__ == "__main__":`.'
                )
            left = True
        elif note.kind == "slow":
            texts.append(f"{place}: this statement outside any function ran too long and was left out while grading.")
        else:
            texts.append(f"{place} failed while the file was loaded ({what}); the rest was graded.")
    classes = tuple(_classes(lab, loaded, texts))
    if not _defines_any(lab, loaded, classes):
        raise Unusable(_no_definition(lab, wanted, loaded, texts))
    code = {name: compiled for name, compiled in loaded.code.items() if name in submission.files}
    skip = tuple(Statement(note.module, note.statement) for note in loaded.notes)
    return LoadReport(skip, code, classes, texts[:10])


def _loaded(reply: Any) -> _Loaded:
    """The worker's reply as records.

    :raises Malformed: it is of another shape than `Loader.report` gives it
    """
    kinds = {"module": str, "statement": int, "line": int, "kind": str, "type": str, "message": str}
    notes = [Note(*(_field(one, name, kind) for name, kind in kinds.items())) for one in _field(reply, "notes", list)]
    found = {}
    for module, defined in _field(reply, "found", dict).items():
        classes = {name: _names(methods) for name, methods in _field(defined, "classes", dict).items()}
        found[module] = (_names(_field(defined, "functions", list)), classes)
    code = {name: _typed(compiled, np.ndarray) for name, compiled in _field(reply, "code", dict).items()}
    return _Loaded(notes, found, code)


def _field(record: Any, name: str, kind: type) -> Any:
    return _typed(_typed(record, dict).get(name), kind)


def _names(value: Any) -> list[str]:
    return [_typed(name, str) for name in _typed(value, list)]


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Malformed("the report on loading it can't be read")
    return value


def _file_name(submission: Submission, module: str) -> str:
    return f"{shown(module)}{'.ipynb' if module in submission.cells else '.py'}"


def _load_failure(wanted: str, failure: Failure) -> str:
    if failure.kind == FailureKind.TIMEOUT:
        return (
            f"Loading {wanted} did not end: a statement outside any function runs for ever. "
            'Put training code below `if __name__ == "__main__":`.'
        )
    return (
        f"Loading {wanted} ended the process ({shown(failure.message) or failure.kind}). "
        "Remove what does that at the top level of the file."
    )


def _syntax_hint(submission: Submission, note: Note) -> str:
    lines = submission.files.get(note.module, "").split("\n")
    text = lines[note.line - 1][:200] if 0 < note.line <= len(lines) else ""  # patterns may take quadratic time
    if re.match(r"\s*print\s+[^\s(=]", text):
        return "It looks like Python 2: print is a function now."
    if note.type in ("TabError", "IndentationError"):
        return "Indent with spaces alone."
    newer = (r"\bexcept\s*\*", "3.11"), (r"^\s*(def|class)\s+\w+\[", "3.12"), (r"^\s*type\s+\w+.*=", "3.12")
    for pattern, version in newer:
        if re.search(pattern, text):
            return f"This syntax is newer than the grader's Python; it came with Python {version}."
    return "Run the file on your computer first."


def _classes(lab: Lab, loaded: _Loaded, texts: list[str]) -> Iterator[Renamed]:
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
            texts.append(f"There is no class {owner} in {module}.py; {shown(best[0])} was graded as that.")
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


def _no_definition(lab: Lab, files: str, loaded: _Loaded, texts: list[str]) -> str:
    wanted = ", ".join(dict.fromkeys(f.owner or f.name for f in lab.functions if lab.lines_of(f)))
    names = [name for functions, defined in loaded.found.values() for name in [*defined, *functions]]
    there = ", ".join(shown(name, 40) for name in names[:8]) or "nothing"
    why = f" ({texts[0]})" if texts else ""
    return f"{files} should define {wanted}; it defines {there}{why}. Start from the stub and keep its names."
