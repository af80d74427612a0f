"""What a student reads: Markdown for each line of the rubric, and the headline at the top.

First come the parts with their marks, then the smallest case that failed with expected and actual numbers, then one
hint. Expected numbers of drawn inputs are shown, never a line of the solution.
Gradescope renders it and so does a terminal, so it uses nothing but paragraphs, lists, bold words and code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_lab.feedback.calls import label
from neural_lab.feedback.markdown import code, plain
from neural_lab.feedback.reasons import clause
from neural_lab.feedback.relations import sentence
from neural_lab.grading import compare
from neural_lab.grading.compare import Verdict, as_number
from neural_lab.intake import foreign
from neural_lab.runtime.protocol import Failure, Opaque

if TYPE_CHECKING:
    from neural_lab.grading.records import LineResult, PartResult, Report

WHOLE = 12  # entries of an array that is shown whole
FIRST = 5  # wrong entries shown of a longer one
SAID = {  # verdicts that need more words than their name
    compare.Kind.RAISED: "raised an exception",
    compare.Kind.KILLED: "ended its process",
    compare.Kind.MISSING: "not there",
    compare.Kind.NOT_REACHED: "not run",
    compare.Kind.MUTATED: "changed what it should leave alone",
}


# -- the headline -----------------------------------------------------------------------------------------------------


def headline(report: Report) -> str:
    """The total, the one thing to fix first, and what costs no marks."""
    if report.refusal:
        return plain(report.refusal)
    blocks = [f"**{report.marks:g} of {report.lab.marks:g} marks.**{_first(report)}"]
    blocks += [plain(added.told) for added in report.added if added.told]
    if report.notes:
        blocks.append("About your file:\n\n" + _list(plain(note) for note in report.notes))
    if report.advice:
        blocks.append("No marks depend on this, but have a look:\n\n" + _list(report.advice))
    return "\n\n".join(blocks)


def _first(report: Report) -> str:
    """The function behind most of the lost marks; one that is written, if there is one."""
    lost: dict[str, float] = {}
    for line in report.lines:
        if line.marks < line.line.marks:
            lost[line.line.function] = lost.get(line.line.function, 0.0) + line.line.marks - line.marks
    if not lost:
        return " Every line is right."
    unwritten = {line.line.function for line in report.lines if _unwritten(line)}
    written = {label: marks for label, marks in lost.items() if label not in unwritten}
    if not written:
        ordered = [function.label for function in report.lab.functions if function.label in lost]
        rest = f"; {len(ordered)} functions are not written yet" if len(ordered) > 1 else ", which is not written yet"
        return f" Next: {code(ordered[0])}{rest}."
    worst = max(written, key=lambda name: written[name])
    line = next(line for line in report.lines if line.line.function == worst and line.marks < line.line.marks)
    share = f"{written[worst]:g} of the {sum(lost.values()):g}" if len(lost) > 1 else f"all {written[worst]:g}"
    behind = f"behind {share} lost marks"
    return f"\n\n**Fix first:** {code(worst)}, {behind}. {_advice_of(line)}"


def _unwritten(line: LineResult) -> bool:
    """Whether nothing of the line was earned, because a function it needs is not written yet."""
    return all(part.verdict.kind == compare.Kind.NOT_WRITTEN for part in line.parts)


def _advice_of(line: LineResult) -> str:
    """The hint, or else what is known without one; nothing that the submission itself says, so far up."""
    named = line.diagnosis.named
    if len(named) == 1:
        return named[0].hint
    verdict = min((part for part in line.parts if part.verdict.worth < 1), key=_size).verdict
    if verdict.kind == compare.Kind.RAISED:
        return f"It raises an exception; line {line.line.number} shows which, and where."
    if verdict.kind in (compare.Kind.MISSING, compare.Kind.TIMEOUT):
        return _failure(verdict, line.line.function)
    if line.diagnosis.relation is not None:
        return plain(sentence(line.diagnosis.relation))
    return f"Line {line.line.number} shows where it goes wrong."


# -- one line ---------------------------------------------------------------------------------------------------------


def line_feedback(result: LineResult) -> str:
    """The parts of a line with their marks, the smallest case that failed, and one hint."""
    if _unwritten(result):
        return _not_written(result.parts[0].verdict, result.line.function)
    blocks = [_list(_part(part) for part in result.parts)]
    failed = [part for part in result.parts if part.verdict.worth < 1]
    if failed:
        shown = min(failed, key=_size)
        blocks += _case(shown, result)
        blocks += _hints(result, shown.verdict)
    return "\n\n".join(block for block in blocks if block)


def _size(part: PartResult) -> tuple[float, int, int]:
    """What makes a failed case worth showing first: nothing earned, few numbers, a small net and few samples."""
    verdict = part.verdict
    numbers = verdict.change.sizes if verdict.change else verdict.call.numbers if verdict.call else ()
    return verdict.worth, compare.size_of(verdict.expected), sum(numbers)


def _part(part: PartResult) -> str:
    sign = {1.0: "✓", 0.0: "✗"}.get(part.verdict.worth, "½")
    said = f"{sign} {part.part.name}: {part.marks:g} of {part.part.marks:g}"
    if part.verdict.kind == compare.Kind.FOLLOWS:
        said += ", right but for an earlier slip of yours that it follows from"
    elif part.verdict.kind != compare.Kind.RIGHT:
        said += f", {SAID.get(part.verdict.kind, part.verdict.kind)}"
    if part.verdict.worth == 1 and part.own.worth < 1:
        said += f". No marks lost here: this works once {_yours(part.attempt.substituted)} right."
    return said


def _yours(grafts: Sequence[str]) -> str:
    """`your sigmoid is`, `your sigmoid and cost are`."""
    return f"your {_listed([code(label) for label in grafts])} {'is' if len(grafts) == 1 else 'are'}"


def _not_written(verdict: Verdict, function: str) -> str:
    missing = verdict.got.function if isinstance(verdict.got, Failure) else ""
    if missing and missing != function.rpartition(".")[2]:
        return f"Not written yet: this calls {code(missing)}, which still raises `NotImplementedError`."
    return "Not written yet: it still raises `NotImplementedError`."


def _case(part: PartResult, result: LineResult) -> list[str]:
    """The smallest case that failed: what was called, and what came of it."""
    verdict = part.verdict
    replaced = [code(label) for label in part.attempt.substituted]
    blocks = [f"**Smallest case that failed:** {code(_called(part))}"]
    if replaced:
        blocks[0] += f" (with {_listed(replaced)} put right)"
    return [*blocks, *_came(verdict, result.line.function)]


def _called(part: PartResult) -> str:
    """What was called, as Python writes it or in words."""
    verdict = part.verdict
    if verdict.change is not None:
        return verdict.change.call
    return label(verdict.call) if verdict.call else part.part.name


def _came(verdict: Verdict, function: str) -> Iterator[str]:
    """What came of the call, and what should have."""
    if isinstance(verdict.got, Failure):
        yield _failure(verdict, function)
        return
    if verdict.kind == compare.Kind.MUTATED and verdict.change is not None:
        yield f"The call changed something that it should leave as it is ({code(verdict.change.thing)}):"
        yield _block(_table(verdict, ("before", "after")))
        return
    if isinstance(verdict.got, Opaque | str) or verdict.got is None:
        got = "None" if verdict.got is None else getattr(verdict.got, "type_name", "str")
        wanted = clause(verdict.detail) if verdict.detail else f"{_kind(verdict.expected)} was expected"
        yield f"Your function gives {code(got)}; {plain(wanted)}. Is there a `return` with the result?"
        return
    path = _path(verdict)
    at = f" (at {code(path)} of the result)" if path else ""
    if verdict.kind == compare.Kind.NONFINITE:
        yield f"There is NaN or infinity in the result{at}:"
        yield _block(_table(verdict, ("expected", "yours")))
    elif verdict.kind in (compare.Kind.SHAPE, compare.Kind.TYPE) and verdict.detail:
        yield f"{_sentence(clause(verdict.detail))}{at}."
        yield _block(_shapes(verdict))
    elif verdict.kind == compare.Kind.FORM and verdict.detail:
        yield f"The numbers are right, but {plain(clause(verdict.detail))}."
    else:
        if verdict.kind == compare.Kind.FOLLOWS:
            yield "This would be right if what it is computed from were right. Put that right first."
        else:
            yield f"The numbers differ{at}:"
        yield _block(_table(verdict, ("expected", "yours")))


def _failure(verdict: Verdict, function: str) -> str:
    failure: Failure = verdict.got
    where = f" in line {failure.line} of your file" if failure.line else ""
    where += f", in {code(failure.function)}" if failure.function and failure.function != function else ""
    if verdict.kind == compare.Kind.RAISED:
        message = f"{failure.type_name}: {failure.message}" if failure.message else failure.type_name
        return f"It raised {code(message, 240)}{where}."
    if verdict.kind == compare.Kind.NOT_WRITTEN:
        return _not_written(verdict, function)
    if verdict.kind == compare.Kind.TIMEOUT:
        return "It was stopped, because it used too much time. Which of your loops might not end, or do far too much?"
    if verdict.kind == compare.Kind.MISSING:
        return f"{code(failure.message or function)} is not there. Is it spelled as in the stub, and inside the class?"
    return f"{_sentence(failure.message)}." if failure.message else "There was no answer."


def _hints(result: LineResult, shown: Verdict) -> Iterator[str]:
    """One hint; for a class of mistakes that answer the same, one for each; otherwise what is known, or what to do."""
    named = result.diagnosis.named
    if len(named) == 1:
        yield f"**Hint:** {named[0].hint}"
    elif named:
        hints = dict.fromkeys(mistake.hint for mistake in named)
        yield "**Hint**, one of these fits:\n\n" + _list(hints)
    elif result.diagnosis.relation is not None:
        yield f"**What the numbers say:** {plain(sentence(result.diagnosis.relation))}"
    elif shown.kind in (compare.Kind.VALUE, compare.Kind.NONFINITE):
        yield (
            "**Next step:** this is none of the mistakes known here. Try a small case of your own, print what is "
            "computed on the way, and look for the first number that you can't explain."
        )


# -- numbers and shapes -----------------------------------------------------------------------------------------------


def _path(verdict: Verdict) -> str:
    """Where in a list of results the shown piece is, as Python writes it: "[0][2]"."""
    items = verdict.where.items
    if verdict.kind in (compare.Kind.SHAPE, compare.Kind.TYPE) and isinstance(verdict.expected, list | tuple):
        items = items[:-1]  # it is the list around it that is told of
    return "".join(f"[{index}]" for index in items)


def _table(verdict: Verdict, heads: tuple[str, str]) -> list[str]:
    """Expected and actual numbers side by side, with their indices; of long arrays the first wrong entries."""
    expected, got = (_like(value, verdict.expected) for value in (verdict.expected, verdict.got))
    if expected is None or got is None:
        return _shapes(verdict)
    entries = list(np.ndindex(expected.shape))
    off = compare.entries_off(got, expected)
    wrong = [index for index in entries if off[index]]
    shown = entries if len(entries) <= WHOLE else wrong[:FIRST]
    # 0 is added because -0 would puzzle
    rows = [(_index(index), f"{expected[index] + 0:.6g}", f"{got[index] + 0:.6g}") for index in shown]
    widths = [max(map(len, column)) for column in zip(("", *heads), *rows)]
    lines = [f"{'':{widths[0]}}  {heads[0]:>{widths[1]}}  {heads[1]:>{widths[2]}}"]
    whole = len(shown) == len(entries)
    for index, row in zip(shown, rows):
        mark = "  <-" if off[index] and whole and len(wrong) < len(entries) else ""
        lines.append(f"{row[0]:{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}{mark}")
    if not whole:
        first = "; these are the first" if len(wrong) > FIRST else ""
        lines.append(f"{len(wrong)} of {len(entries)} entries differ{first}")
    return lines


def _like(got: Any, expected: Any) -> np.ndarray | None:
    """The actual numbers as an array of the expected one's shape; None if they are no such array."""
    if isinstance(expected, Opaque):  # what an earlier call left
        return None
    if isinstance(expected, list | tuple):
        items = compare.as_items(got)
        numbers = [as_number(item) for item in items] if items is not None and len(items) == len(expected) else [None]
        return None if None in numbers else np.array(numbers, dtype=float)
    if isinstance(expected, bool | int | float):
        number = as_number(got)
        return None if number is None else np.array(number)
    array = compare.as_array(got, expected.size)
    return array.astype(float) if array is not None and array.shape == expected.shape else None


def _index(index: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, index))}]" if index else ""


def _shapes(verdict: Verdict) -> list[str]:
    return [f"expected  {_shape(verdict.expected)}", f"yours     {_shape(verdict.got)}"]


def _shape(value: Any, depth: int = 0) -> str:
    """The shape of an answer in words: `(4, 1)`, `[(4, 1), (3, 1)]`, `a number`."""
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}" if depth == 0 else str(value.shape)
    if isinstance(value, list | tuple):
        if value and all(isinstance(item, int | float) for item in value):
            return f"{type(value).__name__} of {len(value)} number{'s' * (len(value) > 1)}"
        if depth > 1:
            return f"{type(value).__name__} of {len(value)}"
        inside = ", ".join(_shape(item, depth + 1) for item in value[:6]) + (", …" if len(value) > 6 else "")
        return f"{type(value).__name__} of {len(value)}: [{inside}]" if depth == 0 else f"[{inside}]"
    if isinstance(value, bool | int | float):
        return "a number"
    return foreign.shown(getattr(value, "type_name", type(value).__name__), 40)


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return "a number" if isinstance(value, int | float) else f"a {type(value).__name__}"


# -- pieces of Markdown -----------------------------------------------------------------------------------------------


def _list(items: Any) -> str:
    return "\n".join(f"- {item}" for item in items)


def _block(lines: Sequence[str]) -> str:
    return "\n".join(["```text", *(line.replace("`", "'") for line in lines), "```"])


def _sentence(text: str) -> str:
    """A clause as the beginning of a sentence."""
    return plain(text[:1].upper() + text[1:])


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
