"""report.json: the `Report` as data, beside each results.json, for pages and other tools, so that none reads words.

schema      1: this list. A key that is added leaves the number as it is; one that changes its meaning does not
lab         "q1"
grader_version, fingerprint, isolation {level, critical_missing, not_held}     as in results.json
withheld    whether no marks were given to the student, because submissions could not be isolated
file        SHA-256 of what was graded; "" if it could not be read
seed        from which all inputs were drawn; "" if nothing was run
marks, max  of the whole lab
refusal     why nothing could be graded; "" if it was
notes, advice, flags     lists of sentences: about the file, for the student, for the staff
advice_kinds, flag_kinds     what each piece of advice, and each flag, is about: a kind of schema/remarks.py
lines       of the rubric, in its order: number, function, name, marks, max, and
  mistakes  ids of the known mistakes that answer the same; [] where nothing was lost
  elsewhere names of the lab's versions whose function answers the same, perhaps "public"; [] where nothing was lost
  repair    {module, lines, one_of, several, kind, cells}: the lines of a file that are proved to be wrong, or of which
            one is; null if none are. several: something else is wrong, too. cells: [cell, line in it] for each, if a
            notebook was handed in, which is read as one file; else []
  pair      ids of two known mistakes that together answer the same; [] where one does, or none
  raised    {module, line}: where the exception of the case that the student reads came from; null if it is about none
  but_for   the function whose slip was put right when this line was judged; "" if none was
  parts     id, name, marks, max, and
    verdict      that counts, and own: that with the student's own helpers
    attempt      that counts: {shared: in the worker that serves several probes, substituted: [labels]}
extras      {name: data} for each of the lab's extras that was run; each extra decides what its data hold
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from neural_lab import __version__
from neural_lab.feedback import files, remarks
from neural_lab.grading.records import LineResult, PartResult, Report
from neural_lab.isolation.self_test import Isolation
from neural_lab.schema.cells import place

SCHEMA = 1


def as_data(report: Report, isolation: Isolation, fingerprint: str, withhold: bool = False) -> dict[str, Any]:
    """The contents of report.json."""
    return {
        "schema": SCHEMA,
        **of_run(report, isolation, fingerprint),
        "withheld": withhold,
        "file": report.file,
        "marks": report.marks,
        "max": report.lab.marks,
        "lines": [_line(line) for line in report.lines],
    }


def of_run(report: Report, isolation: Isolation, fingerprint: str) -> dict[str, Any]:
    """What results.json says of the whole run, too."""
    return {
        "lab": report.lab.name,
        "grader_version": __version__,
        "seed": report.seed,
        "fingerprint": fingerprint,
        "isolation": {
            "level": isolation.level,
            "critical_missing": list(isolation.critical_missing),
            "not_held": list(isolation.not_held),
        },
        "refusal": files.refusal(report.refusal) if report.refusal else "",
        "notes": [files.note(one) for one in report.notes],
        "advice": [remarks.advice(one) for one in report.advice],
        "advice_kinds": [one.kind.value for one in report.advice],
        "flags": [remarks.flag(one) for one in report.flags],
        "flag_kinds": [one.kind.value for one in report.flags],
        "extras": {added.name: dict(added.data) for added in report.added},
    }


def _line(result: LineResult) -> dict[str, Any]:
    return {
        "number": result.line.number,
        "function": result.line.function,
        "name": result.line.name,
        "marks": result.marks,
        "max": result.line.marks,
        **of_line(result),
        "pair": [mistake.id for mistake in result.diagnosis.pair],
        "raised": _raised(result),
        "parts": [_part(part) for part in result.parts],
    }


def of_line(result: LineResult) -> dict[str, Any]:
    """What results.json says of a line, too."""
    lost = any(part.verdict.worth < 1 for part in result.parts)
    return {
        "mistakes": [mistake.id for mistake in result.diagnosis.named] if lost else [],
        "elsewhere": list(result.diagnosis.elsewhere) if lost else [],
        "repair": _repair(result),
        "but_for": result.but_for.function if result.but_for is not None else "",
    }


def _repair(result: LineResult) -> dict[str, Any] | None:
    """The lines of the file that are told as wrong, as data."""
    repair = result.repair
    if repair is None or not repair.lines or result.marks == result.line.marks:
        return None
    cells = result.submission.cells.get(repair.module, ())
    return {
        "module": repair.module,
        "lines": list(repair.lines),
        "one_of": repair.one_of,
        "several": repair.several,
        "kind": repair.kind.value,
        "cells": [list(place(line, cells)) for line in repair.lines if cells],
    }


def _raised(result: LineResult) -> dict[str, Any] | None:
    """The line of the file that the exception came from which the student reads about."""
    return dict(zip(("module", "line"), result.raised)) if result.raised is not None else None


def _part(result: PartResult) -> dict[str, Any]:
    return {
        "id": result.part.id,
        "name": result.part.name,
        "marks": result.marks,
        "max": result.part.marks,
        "verdict": result.verdict.kind,
        "own": result.own.kind,
        "attempt": {
            "shared": result.attempt.setting.shared,
            "substituted": list(result.attempt.setting.substituted),
        },
    }


def beside(results: Path) -> Path:
    """Where the report lies whose results are in that file: report.json beside results.json."""
    return results.with_name("report.json" if results.name == "results.json" else f"{results.stem}.report.json")


def read(file: Path) -> Any:
    """The contents of a report.json.

    :raises ValueError: it can't be read, or has another schema
    """
    try:
        data: Any = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} can't be read as a report.json: {error}") from error
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise ValueError(f"{file} has schema {schema}, and {SCHEMA} is read here: grade the submission again")
    return data
