"""Shared code: where one slip breaks functions that do not call each other, the later ones get their marks back.

This is the policy "Once, in shared code too"; for later functions that call a wrong one, see `pipeline`.

Each function that lost marks is searched for its wrong line (see `repairs.py`). Where later functions are not right,
each edit that proves the line is put in place, and they are judged anew, as if the edited file had been handed in. The
edit that gains most stays in place; the function that it repairs keeps its loss. The edited file is made in a worker
before any code of the submission runs in it, so that no file can choose what is put in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from neural_lab.grading import compare
from neural_lab.grading.records import LineResult, PartResult
from neural_lab.grading.repairs import Repair, Search, Tried, goal, open_bench, paths, searchable
from neural_lab.runtime.protocol import Failure
from neural_lab.schema.lab import Function, Part
from neural_lab.schema.remarks import Flag, SearchStopped, SharedCode

if TYPE_CHECKING:
    from neural_lab.grading.pipeline import Grading

MOST_CHOICES = 8  # ways to put an edit in place: four edits of the lowest cost, alone and with its equals elsewhere

Lines = dict[str, LineResult]  # by the number of the line


class Settled(NamedTuple):
    """The lines of the rubric after all that could be proved.

    :param flags: for a person of the staff
    :param goals: the edits in place for them, as a worker makes them again
    """

    lines: Lines
    flags: tuple[Flag, ...] = ()
    goals: tuple[Any, ...] = ()


class _World(NamedTuple):
    """The submission with the edits that stay, and how it was judged.

    :param goals: the edits in place, as a worker makes them again
    """

    grading: Grading
    lines: Lines
    goals: tuple[Any, ...] = ()


def settle(grading: Grading, lines: Lines) -> Settled:
    """Search for the wrong line of each function that lost marks, and give back what later functions lost by it.

    :param lines: the lines of the rubric as they were judged
    """
    if grading.plan.skip or grading.plan.definitions:
        return Settled(lines)  # something of the file is missing: an edit would prove nothing
    limits, lab = grading.limits, grading.lab
    candidates, turns = limits.repair_candidates_all, limits.repair_turns_all
    world = _World(grading, lines)
    repairs: dict[str, Repair] = {}
    unproved: dict[str, Search] = {}
    flags: list[Flag] = []
    seconds = 0.0
    for function in lab.functions:
        results = _results(world, function)
        if not searchable(results) or candidates <= 0 or turns <= 0:
            continue
        counts = min(candidates, limits.repair_candidates), min(turns, limits.repair_turns)
        search = Search(world.grading, function, results, *counts, limits.repair_cpu - seconds, world.goals)
        outcome = search.find()
        seconds += search.seconds
        if outcome.stopped:
            return Settled(lines, (SearchStopped(function.label),))
        candidates, turns = candidates - outcome.candidates, turns - outcome.turns
        repair = outcome.repair
        if repair is None and not _named(world, function):
            unproved[function.label] = search
        later = [f for f in lab.functions[lab.functions.index(function) + 1 :] if _lost(world, f)]
        if later:
            carried = _carried(world, function, repair.edits, later) if repair is not None else None
            if carried is not None and repair is not None:
                after, stays = carried
                repair = repair.at(stays, grading)
                world = _told(world, after, repair)
            else:
                flags += _shared(world, function, later)
        if repair is not None:
            repairs[function.label] = repair
    for label, search in unproved.items():  # all marks are known: what is found now is for words alone
        before = search.seconds
        repair = search.partly(limits.repair_cpu - seconds)
        seconds += search.seconds - before
        if repair is not None:
            repairs[label] = repair
    found = {n: line._replace(repair=repairs.get(line.line.function)) for n, line in world.lines.items()}
    return Settled(found, tuple(flags), world.goals)


def _results(world: _World, function: Function) -> dict[Part, PartResult]:
    lines = world.grading.lab.lines_of(function)
    return {result.part: result for line in lines for result in world.lines[line.number].parts}


def _named(world: _World, function: Function) -> bool:
    """Whether one known mistake explains all that is wrong."""
    return any(world.lines[line.number].diagnosis.named for line in world.grading.lab.lines_of(function))


def _lost(world: _World, function: Function) -> bool:
    return any(result.verdict.kind != compare.Kind.RIGHT for result in _results(world, function).values())


def _carried(
    world: _World, function: Function, edits: Sequence[Tried], later: Sequence[Function]
) -> tuple[_World, Tried] | None:
    """The submission with the edit in place that gains most in the later functions, the first of equals."""
    after = world.grading.lab.functions[world.grading.lab.functions.index(function) + 1 :]
    where = [paths(world.grading)[f.label] for f in later]
    choices = [(edit, others) for edit in edits for others in ((), tuple(where))][:MOST_CHOICES]
    best, gained = None, 0.0
    possible = sum(r.part.marks - r.marks for f in after for r in _results(world, f).values())
    for edit, others in choices:
        if gained >= possible:
            break
        anew = _judged_anew(world, function, edit, others, after)
        gain = sum(anew.lines[n].marks - world.lines[n].marks for n in world.lines) if anew is not None else 0.0
        if anew is not None and gain > gained:
            best, gained = (anew, edit), gain
    return best


def _judged_anew(
    world: _World, function: Function, edit: Tried, others: Sequence[str], after: Sequence[Function]
) -> _World | None:
    """The later functions judged with an edit in place; None if it does not make its function right in all parts.

    :param others: paths of functions in which an equal line gets the same edit
    """
    before, lab = world.grading, world.grading.lab
    goals = (*world.goals, goal(before, function, edit.number, others))
    code = _compiled(before, goals, function.module)
    if code is None:
        return None
    earlier = {f.label for f in lab.functions[: lab.functions.index(function)]}
    plan = before.plan._replace(code={**before.plan.code, function.module: code})
    anew = replace(
        before,
        plan=plan,
        wrong=before.wrong & earlier,
        borrowed=set(before.borrowed),
        stalled=set(),
        attempts={},
        shared=None,
    )
    try:
        anew.judge_parts(function, lab.lines_of(function))
        if function.label in anew.wrong:
            return None
        lines = dict(world.lines)
        for one in after:
            lines |= dict(anew.judge_function(one))
    finally:
        anew.end()
    return _World(anew, lines, goals)


def _compiled(grading: Grading, goals: Sequence[Any], module: str) -> np.ndarray | None:
    """The module with all edits made, as bytes for workers; no code of the submission has run where it was made."""
    if grading.grading_time_left() <= 0:
        return None
    *before, last = goals
    path, slopes, given, number, others = last
    with grading.sandbox.spawn(grading.limits.repair_cpu, grading.limits.repair_wall) as worker:
        opened = open_bench(worker, grading, [*before, [path, slopes, given, None, []]])
        code = worker.request(["edits", "compiled", number, others])
    whole = not isinstance(opened, Failure) and isinstance(code, np.ndarray) and code.dtype == np.uint8
    return code if whole else None


def _told(before: _World, after: _World, repair: Repair) -> _World:
    """The same as after the repair; the lines that it has given marks back say so."""
    gained = {n for n, line in after.lines.items() if line.marks > before.lines[n].marks}
    lines = {n: line._replace(but_for=repair) if n in gained else line for n, line in after.lines.items()}
    return after._replace(lines=lines)


def _shared(world: _World, function: Function, later: Sequence[Function]) -> list[SharedCode]:
    """Flags for later functions that fail on code which a failed one shares, where nothing was proved."""
    grading = world.grading
    if grading.grading_time_left() <= 0:
        return []
    where = paths(grading)
    files = {name: text for name, text in grading.submission.files.items() if name == function.module}
    asked = [files, function.module, [*where.values()], where[function.label], [where[f.label] for f in later]]
    with grading.sandbox.spawn(grading.limits.repair_cpu, grading.limits.repair_wall) as worker:
        open_bench(worker, grading, [goal(grading, function)])
        found = worker.request(["edits", "shared", *asked])
    if not isinstance(found, list):
        return []
    labels = tuple(f.label for f in later if where[f.label] in found)
    return [SharedCode(labels, function.label)] if labels else []
