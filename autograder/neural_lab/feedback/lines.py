"""The sentences a student reads: the headline, and of each line what `cases` tells of it, and its marks.

Gradescope renders it and so does a terminal, so it uses nothing but paragraphs, lists, bold words and code.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from neural_lab.feedback import files
from neural_lab.feedback.markdown import bullets, code, plain
from neural_lab.feedback.phrases import listed
from neural_lab.feedback.remarks import advice
from neural_lab.grading.compare import Kind as Verdicts
from neural_lab.schema.remarks import Kind

if TYPE_CHECKING:
    from neural_lab.grading.records import LineResult, PartResult, Report

SAID = {  # verdicts that need more words than their name
    Verdicts.RAISED: "raised an exception",
    Verdicts.KILLED: "ended its process",
    Verdicts.MISSING: "not there",
    Verdicts.NOT_REACHED: "not run for lack of time",
    Verdicts.MUTATED: "changed what it should leave alone",
    Verdicts.FOLLOWS: "right for your own earlier numbers",
}


# -- the headline -----------------------------------------------------------------------------------------------------


def headline(report: Report) -> str:
    """The total, the one thing to fix first, and what costs no marks."""
    if report.refusal:
        return plain(files.refusal(report.refusal))
    blocks = [f"**{report.marks:g} of {report.lab.marks:g} marks.**{_first(report)}"]
    if any(flag.kind == Kind.RIGHT_ELSEWHERE for flag in report.flags):
        blocks.append(
            "Go by the handout that you were given: some of your functions are right for another version of this lab."
        )
    if report.notes:
        blocks.append("About your file:\n\n" + bullets(plain(files.note(note)) for note in report.notes))
    if report.advice:
        blocks.append("No marks depend on this, but have a look:\n\n" + bullets(map(advice, report.advice)))
    blocks += [plain(added.told) for added in report.added if added.told]
    return "\n\n".join(blocks)


def _first(report: Report) -> str:
    """The function behind most of the lost marks; one that is written, if there is one. Its parts tell the rest."""
    lost: dict[str, float] = {}
    for line in report.lines:
        if line.marks < line.line.marks:
            lost[line.line.function] = lost.get(line.line.function, 0.0) + line.line.marks - line.marks
    if not lost:
        return " Every part is right."
    unwritten = {line.line.function for line in report.lines if line.unwritten}
    written = {label: marks for label, marks in lost.items() if label not in unwritten}
    if not written:
        ordered = [function.label for function in report.lab.functions if function.label in lost]
        rest = f"; {len(ordered)} functions are not written yet" if len(ordered) > 1 else ", which is not written yet"
        return f" Next: {code(ordered[0])}{rest}."
    worst = max(written, key=lambda name: written[name])
    parts = [one.line.number for one in report.lines if one.line.function == worst and one.marks < one.line.marks]
    if len(lost) == 1:
        return (
            f" Fix {code(worst)} ({_parts(parts)}): the {written[worst]:g} lost marks are all there.{_spared(report)}"
        )
    share = f"{written[worst]:g} of the {sum(lost.values()):g}"
    return f" Fix first: {code(worst)} ({_parts(parts)}), {share} lost marks.{_spared(report)}"


def _spared(report: Report) -> str:
    """Which lines lost nothing although they call something that is wrong, said once for all."""
    spared: dict[str, None] = {}
    helpers: dict[str, None] = {}
    for line in report.lines:
        for part in line.parts if line.marks == line.line.marks else ():
            if part.own.worth < 1:
                spared[line.line.number] = None
                helpers |= dict.fromkeys(part.attempt.substituted)
    if not spared:
        return ""
    called = listed([code(label) for label in helpers])
    correct = "correct" if len(helpers) > 1 else "a correct"
    tested = f"{_parts([*spared]).capitalize()} {'were' if len(spared) > 1 else 'was'} tested"
    return f"\n\n{tested} with {correct} {called}, so that the mistakes in yours cost nothing more."


def _parts(numbers: Sequence[str]) -> str:
    """`part 1.7`, `parts 1.7 and 1.8`: never a line, which would be one of the file."""
    return f"part{'s' * (len(numbers) > 1)} {listed(numbers)}"


# -- one line ---------------------------------------------------------------------------------------------------------


def lines_feedback(report: Report) -> list[str]:
    """What is told of each line; nothing is told again that an earlier line about the same function tells."""
    texts = []
    for number, line in enumerate(report.lines):
        earlier = [one for one in report.lines[:number] if one.line.function == line.line.function]
        texts.append(line_feedback(line, earlier))
    return texts


def line_feedback(result: LineResult, earlier: Sequence[LineResult] = ()) -> str:
    """Where a line went wrong, the smallest case that failed, one hint, and the marks.

    :param earlier: lines about the same function, which the student has read
    """
    if result.marks == result.line.marks and result.but_for is None:
        return "✓ right"
    from neural_lab.feedback import cases  # only where something is wrong

    if result.unwritten:
        return cases.not_written(result.parts[0].verdict, result.line.function)
    slip = cases.but_for(result)
    if result.marks == result.line.marks:
        return f"✓ right{slip}"
    told = {block: one.line.number for one in reversed(earlier) for block in cases.blocks(one)}
    blocks = cases.blocks(result)
    new = [block for block in blocks if block not in told]
    if len(new) < len(blocks):
        number = next(told[block] for block in blocks if block in told)
        new.append(f"{'For the rest see' if new else 'See'} part {number}, about the same function.")
    return "\n\n".join([*new, _marks(result), *([f"Right{slip}"] if slip else [])])


def _marks(result: LineResult) -> str:
    """The marks of the parts, those together of which the same is true; their names where not all are alike."""
    groups: dict[tuple[str, str], list[PartResult]] = {}
    for part in result.parts:
        sign = {1.0: "✓", 0.0: "✗"}.get(part.verdict.worth, "½")
        kind = part.verdict.kind
        groups.setdefault((sign, "" if kind == Verdicts.RIGHT else f", {SAID.get(kind, kind)}"), []).append(part)
    told = []
    for (sign, said), parts in groups.items():
        names = f": {'; '.join(one.part.name for one in parts)}" if len(groups) > 1 else ""
        told.append(f"{sign} {sum(p.marks for p in parts):g} of {sum(p.part.marks for p in parts):g}{said}{names}")
    return bullets(told)
