"""What a student reads of a line that is not all right: where, the smallest case that failed, and one hint.

Expected and actual numbers come with the case. Expected ones of drawn inputs are shown, never a line of the solution.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neural_lab.feedback import repairs, where
from neural_lab.feedback.calls import item, label, piece
from neural_lab.feedback.errors import in_plain_words, line_of, raised_at, running
from neural_lab.feedback.facts import statement
from neural_lab.feedback.markdown import block, bullets, code, plain
from neural_lab.feedback.phrases import instead, labs, listed
from neural_lab.feedback.reasons import clause
from neural_lab.feedback.relations import as_factor, sentence
from neural_lab.grading import compare
from neural_lab.grading.compare import Verdict, as_number
from neural_lab.grading.facts import Sort
from neural_lab.grading.relations import CLOSE
from neural_lab.intake import foreign
from neural_lab.runtime.protocol import Failure, Opaque
from neural_lab.schema.cells import Cells

if TYPE_CHECKING:
    from neural_lab.grading.records import LineResult, PartResult
    from neural_lab.intake.submission import Submission
    from neural_lab.schema.lab import Part

MOST_FACTS = 2  # that are told
WHOLE = 12  # entries of an array that is shown whole
FIRST = 5  # wrong entries shown of a longer one


def but_for(result: LineResult) -> str:
    """That a line is right but for code it shares with others, where that was proved; nothing otherwise."""
    slip = result.but_for
    return "" if slip is None else repairs.but_for(slip, _cells(result, slip.module))


def blocks(result: LineResult) -> list[str]:
    """The smallest case that failed, and the hint."""
    shown = result.shown_case
    if shown is None:
        return []
    hints = _hints(result, shown.verdict)
    if result.repair is not None and result.repair.lines:
        repair, known = result.repair, result.diagnosis
        changed = any(fact.sort is Sort.CHANGED for fact in known.facts)  # says more than a question about the line
        hinted = bool(known.named or known.pair or known.elsewhere or changed)
        place = repairs.located(repair, hinted, _cells(result, repair.module))
        return [place, case_feedback(shown, result), *hints]
    return [case_feedback(shown, result), *hints]


def not_written(verdict: Verdict, function: str) -> str:
    missing = verdict.got.function if isinstance(verdict.got, Failure) else ""
    if missing and missing != function.rpartition(".")[2]:
        return f"Not written yet: this calls {code(missing)}, which still raises `NotImplementedError`."
    return "Not written yet: it still raises `NotImplementedError`."


def case_feedback(part: PartResult, result: LineResult) -> str:
    """A case that failed: what was called, and what came of it."""
    replaced = [code(label) for label in part.attempt.substituted]
    case = f"**Case:** {code(called(part.verdict, part.part.name))}"
    if replaced:
        case += f", with {listed(replaced)} put right"
    proved = result.repair.lines if result.repair is not None else ()
    raised = _raised(part.verdict, result.submission, proved)
    return "\n\n".join(
        block
        for block in [*raised, case, *_came(part.verdict, result.line.function, result.submission, part.part)]
        if block
    )


def answer(verdict: Verdict, function: str, submission: Submission) -> list[str]:
    """What came of a call that may be right or wrong, and what should have."""
    if verdict.kind == compare.Kind.RIGHT:
        return []
    return [block for block in [*_raised(verdict, submission), *_came(verdict, function, submission)] if block]


def _raised(verdict: Verdict, submission: Submission, proved: Sequence[int] = ()) -> Iterator[str]:
    """Where an exception was raised: what is certain of it. A line that is shown as proved is not shown again."""
    if verdict.kind == compare.Kind.RAISED:
        line, cells = verdict.got.line, submission.cells.get(verdict.got.module, ())
        place = f"{where.told([line], cells).capitalize()}{'' if cells else ' of your file'}" if line else "The call"
        yield (
            "Python stopped there with this error:"
            if line in proved
            else f"**{place} raised this** (the cause may be earlier):"
        )
        yield block(raised_at(verdict.got, submission, with_line=line not in proved))
        yield in_plain_words(verdict.got)


def called(verdict: Verdict, otherwise: str) -> str:
    """What was called, as Python writes it or in words.

    :param otherwise: what to say of a verdict on the whole run
    """
    if verdict.change is not None:
        return verdict.change.call
    return label(verdict.call) if verdict.call else otherwise


def _came(verdict: Verdict, function: str, submission: Submission, part: Part | None = None) -> Iterator[str]:
    """What came of the call, and what should have.

    :param part: which it is about, if it is known
    """
    if verdict.kind == compare.Kind.RAISED:
        return  # told before the case
    if isinstance(verdict.got, Failure):
        yield _failure(verdict, function, submission)
        return
    if verdict.kind == compare.Kind.MUTATED and verdict.change is not None:
        yield f"The call changed {code(verdict.change.thing)}, which it must leave as it is:"
        yield block(_table(verdict, ("before", "after")))
        return
    place = _place(verdict, part)
    if isinstance(verdict.got, Opaque | str) or verdict.got is None:
        got = "None" if verdict.got is None else getattr(verdict.got, "type_name", "str")
        wanted = clause(verdict.detail) if verdict.detail else f"{_kind(verdict.expected)} was expected"
        if place:
            yield f"In your result, {place} is {code(got)}; {plain(wanted)}."
        else:
            yield f"Your function gives {code(got)}; {plain(wanted)}. Is there a `return` with the result?"
        return
    if verdict.kind in (compare.Kind.SHAPE, compare.Kind.TYPE) and verdict.detail:
        yield f"{place}: {plain(clause(verdict.detail))}." if place else f"{_sentence(clause(verdict.detail))}."
        yield block(_shapes(verdict))
    elif verdict.kind == compare.Kind.FORM and verdict.detail:
        yield f"The numbers are right, but {plain(clause(verdict.detail))}."
    elif verdict.kind == compare.Kind.FOLLOWS:
        yield "Your numbers follow correctly from earlier wrong ones. Repair those first."
    else:
        infinite = "There is NaN or infinity" if verdict.kind == compare.Kind.NONFINITE else ""
        if place or infinite:
            yield f"{f'{infinite} in {place}' if place and infinite else infinite or place}:"
        yield block(_table(verdict, ("expected", "yours")))


def _failure(verdict: Verdict, function: str, submission: Submission) -> str:
    failure: Failure = verdict.got
    if verdict.kind == compare.Kind.NOT_WRITTEN:
        return not_written(verdict, function)
    if verdict.kind == compare.Kind.TIMEOUT:
        line = running(failure, submission.files)
        text = line_of(replace(failure, line=line), submission.files)
        at = where.told([line], submission.cells.get(failure.module, ()))
        there = f" It was in {at} then: {code(text)}." if text else ""
        return (
            f"It was stopped, because it used too much time.{there} Which of your loops might not end, or do too much?"
        )
    if verdict.kind == compare.Kind.MISSING:
        return f"{code(failure.message or function)} is not there. Is it spelled as in the stub, and inside the class?"
    return f"{_sentence(instead(failure))}."


def _hints(result: LineResult, shown: Verdict) -> Iterator[str]:
    """One hint; for a class of mistakes that answer the same, one for each; otherwise what is known, or what to do."""
    named = result.diagnosis.named
    if len(named) == 1:
        yield f"**Hint:** {named[0].hint}"
    elif named:
        hints = dict.fromkeys(mistake.hint for mistake in named)
        yield "**Hint**, one of these fits:\n\n" + bullets(hints)
    elif result.diagnosis.elsewhere:
        there = labs(result.diagnosis.elsewhere, code)
        yield f"**Hint:** {code(result.line.function)} does what is right for {there}, not for the one you were given."
    elif result.diagnosis.pair:
        yield "**Two hints**, for two things that are wrong:\n\n" + bullets(m.hint for m in result.diagnosis.pair)
    elif result.diagnosis.facts:
        cells, facts = result.submission.cells, result.diagnosis.facts[:MOST_FACTS]
        yield f"**Certain:** {' '.join(statement(fact, cells) for fact in facts)}"
    elif result.diagnosis.relation is not None:
        yield f"**What the numbers say:** {sentence(result.diagnosis.relation)}"
    elif shown.kind in (compare.Kind.VALUE, compare.Kind.NONFINITE) and not (result.repair and result.repair.lines):
        yield (
            "**Next step:** repeat this with a small case of your own. Print the value after every line and compare it "
            "with your calculation by hand."
        )


def _cells(result: LineResult, module: str) -> Cells:
    """Where the cells of a module begin, if it was a notebook."""
    return result.submission.cells.get(module, ())


# -- numbers and shapes -----------------------------------------------------------------------------------------------


def _place(verdict: Verdict, part: Part | None) -> str:
    """Which piece of the result is shown, in words; nothing for the whole. A part that is about just this piece has a
    name for it, where the call has none.
    """
    if part is not None and verdict.call and not verdict.call.pieces and part.at and verdict.where.items == part.at:
        return plain(part.name)
    return piece(verdict.call, verdict.where.items) if verdict.call and verdict.where.items else ""


def _table(verdict: Verdict, heads: tuple[str, str]) -> list[str]:
    """Expected and actual numbers side by side, with small inputs; of long arrays the first wrong entries."""
    expected, got = (_like(value, verdict.expected) for value in (verdict.expected, verdict.got))
    if expected is None or got is None:
        return _shapes(verdict)
    entries = list(np.ndindex(expected.shape))
    off = compare.entries_off(got, expected, verdict.scale)
    wrong = [index for index in entries if off[index]]
    whole = len(entries) <= WHOLE
    shown = entries if whole else wrong[:FIRST]
    given = verdict.call.given if verdict.call is not None and verdict.change is None else {}
    columns = {name: array for name, array in given.items() if array.shape == expected.shape}
    columns |= dict(zip(heads, (expected, got)))
    rows = [
        (_entry(verdict, index), *(f"{array[index] + 0:.6g}" for array in columns.values()))  # -0 + 0 is 0
        for index in shown
    ]
    widths = [max(map(len, column)) for column in zip(("", *columns), *rows)]
    lines = ["  ".join(f"{text:>{width}}" for text, width in zip(("", *columns), widths))]
    for index, row in zip(shown, rows):
        mark = "  <-" if off[index] and whole and len(wrong) < len(entries) else ""
        lines.append("  ".join([f"{row[0]:{widths[0]}}", *(f"{c:>{w}}" for c, w in zip(row[1:], widths[1:]))]) + mark)
    if not whole:
        first = "; these are the first" if len(wrong) > FIRST else ""
        lines.append(f"{len(wrong)} of {len(entries)} entries differ{first}")
    if verdict.change is None and (ratio := _ratio(got, expected)) is not None:
        lines.append(f"yours / expected = {as_factor(ratio)} in each")
    return lines


def _ratio(got: np.ndarray, expected: np.ndarray) -> float | None:
    """What each entry is of what was expected, where that is the same number for several; None if it is not."""
    with np.errstate(all="ignore"):
        ratios = (got / expected)[(expected != 0) | (got != 0)]
        constant = ratios.size > 1 and np.isfinite(ratios).all() and ratios[0] != 0
        return float(ratios[0]) if constant and (np.abs(ratios / ratios[0] - 1) <= CLOSE).all() else None


def _entry(verdict: Verdict, index: tuple[int, ...]) -> str:
    """What an entry is of: `epoch 2`, or its index as Python writes it."""
    several = isinstance(verdict.expected, list | tuple)
    if several and verdict.call is not None and verdict.call.each is not None:
        return item(verdict.call, index[0])
    return _index(index)


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


def _sentence(text: str) -> str:
    """A clause as the beginning of a sentence."""
    return plain(text[:1].upper() + text[1:])
