"""Questions about edits of the student's own lines, each of which was run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from neural_lab.grading import compare
from neural_lab.schema.lab import Mistake
from neural_lab.tools.course.quiz.asking import Purpose, Ran, Slip
from neural_lab.tools.course.quiz.calls import CALLS, Case
from neural_lab.tools.course.quiz.questions import (
    EQUAL,
    INPUTS,
    OPTIONS,
    UNEQUAL,
    Kind,
    Option,
    Question,
    Shown,
    Student,
    Text,
    agreed,
    chosen,
    found_of,
    line_of,
    raised,
    right,
    say,
    shuffled,
)

TRIED = 60  # edits of one function that are looked at for one question
DEEP = (4, 3, 5, 2)


def _wrong_always(cases: Sequence[Case], runs: Sequence[Ran]) -> bool:
    return bool(runs) and not any(right(case, ran) for case, ran in zip(cases, runs))


def _right_always(cases: Sequence[Case], runs: Sequence[Ran]) -> bool:
    return bool(runs) and all(right(case, ran) for case, ran in zip(cases, runs))


def _told(label: str, cases: Sequence[Case], runs: Sequence[Ran]) -> Text:
    """What an edit did on each of the first structures, where they agree, or on the first alone."""
    words = list(dict.fromkeys(found_of(label, case, ran) for case, ran in zip(cases[:4], runs[:4])))
    return say(f"When it was run: {'; on other nets '.join(words[:2])}.")


def harmless(student: Student, rng: np.random.Generator) -> Question | None:
    """Which of four edits of one line changes nothing."""
    for label in student.order(rng):
        cases = student.checks(label)
        by_line: dict[int, list[Slip]] = {}
        for slip in student.code.slips(label):
            by_line.setdefault(slip.line, []).append(slip)
        for line, slips in shuffled(rng, list(by_line.items())):
            ways = [slip for slip in slips if slip.purpose is Purpose.WAY]
            likely = (s for s in shuffled(rng, ways) if _right_always(cases[:2], student.code.run(cases[:2], s)))
            key = next((s for s in likely if _right_always(cases, student.code.run(cases, s))), None)
            if key is None:
                continue
            others = []
            for slip in shuffled(rng, [slip for slip in slips if slip.purpose is not Purpose.WITHOUT])[:TRIED]:
                if _wrong_always(cases[:2], student.code.run(cases[:2], slip)):
                    runs = student.code.run(cases, slip)
                    if _wrong_always(cases, runs):
                        others.append(Option(say("{}", slip.text), _told(label, cases, runs)))
                if len(others) == 6:
                    break
            options = chosen(rng, Option(say("{}", key.text), say("It changes nothing.")), others)
            if options is not None:
                return Question(
                    Kind.HARMLESS,
                    (label,),
                    say(f"Line {line} of {{}} is edited. Which of these edits changes nothing?", label),
                    *options,
                    say(f"In {INPUTS} runs, on nets of one to three layers, it was always right, the others never."),
                    say("Ask what each of the others breaks, and how one would notice."),
                    (line_of(student.listing(label), line),),
                )  # fmt: skip
    return None


def gone(student: Student, rng: np.random.Generator) -> Question | None:
    """What becomes of what a function returns if one line is left out: of the gradients, if they can be asked about."""
    for label in sorted(student.order(rng), key=lambda label: label != "back_propagation"):
        cases = student.cases(label, DEEP)
        told: list[tuple[Slip, str]] = []
        trials = [s for s in student.code.slips(label) if s.purpose is Purpose.WITHOUT]
        slips = [s for s in student.trials(label, rng, TRIED // 2) if s.purpose is Purpose.SLIP]
        for slip in [*shuffled(rng, trials), *slips]:
            runs = student.code.run(cases[:2], slip)
            words = agreed(found_of(label, case, ran) for case, ran in zip(cases, runs))
            if words is not None:
                told.append((slip, words))
        out = [(slip, words) for slip, words in told if slip.purpose is Purpose.WITHOUT]
        # an error is the least to ask about
        for slip, words in sorted(out, key=lambda pair: "raises" in pair[1]):
            if agreed(found_of(label, c, r) for c, r in zip(cases, student.code.run(cases, slip))) != words:
                continue
            others = [Option(say(other)) for other in dict.fromkeys(w for _, w in told if w != words)]
            options = chosen(rng, Option(say(words)), [*others, *(Option(say(text)) for text in _usual(label, words))])
            if options is not None:
                return Question(
                    Kind.GONE,
                    (label,),
                    say(f"Line {slip.line} of {{}} is left out. What comes of it, on a net of three layers?", label),
                    *options,
                    say(f"So it came out in each of {INPUTS} runs on a 4-3-5-2 net."),
                    say("Ask which later line uses what this one makes."),
                    (line_of(student.listing(label), slip.line),),
                )
    return None


def _usual(label: str, words: str) -> Iterator[str]:
    """What may come of an edit, in the words of `found_of`, to choose from if too few edits did something else."""
    usual = ["it raises an error", "everything stays right", "it returns other numbers", "it returns None"]
    if label == "back_propagation":
        usual = [
            *usual[:2],
            "dC_db is wrong in every layer, dC_dw is wrong in every layer",
            "dC_db stays right, dC_dw is wrong in every layer",
        ]
    return (text for text in usual if text != words)


def equal_layers(student: Student, rng: np.random.Generator) -> Question | None:
    """Which edit raises an error on a net with different layers, and none on one with equal layers."""
    for label in student.order(rng, ("forward_pass", "back_propagation", "cost")):
        uneven, even = student.cases(label, UNEQUAL), student.cases(label, EQUAL)
        keys: list[Option] = []
        others: list[Option] = []
        for slip in student.trials(label, rng, TRIED * 2):
            if slip.purpose is not Purpose.SLIP or (len(keys) >= 2 and len(others) >= 6):
                continue
            mixed = [*uneven[:1], *even[:1]]
            found = [raised(ran) for ran in student.code.run(mixed, slip)]
            if found and (len(keys) < 2 if found == [True, False] else len(others) < 6):
                both = [student.code.run(cases, slip) for cases in (uneven, even)]
                said = [agreed(map(raised, runs)) for runs in both]
                if None not in said and said == found:
                    told = say(f"It raises {_both(*found)}.")
                    option = Option(say(f"line {slip.line}: {{}}", slip.text), told)
                    (keys if found == [True, False] else others).append(option)
        options = chosen(rng, keys[0], others) if keys else None
        if options is not None:
            return Question(
                Kind.EQUAL,
                (label,),
                say("Each of these replaces a line of {}. Which raises an error on 5-4-3, but not on 4-4-4?", label),
                *options,
                say(f"Each was run {INPUTS} times on both nets."),
                say("Ask what the function returns on the net where there is no error: is it right?"),
            )  # fmt: skip
    return None


def _both(uneven: bool, even: bool) -> str:
    if uneven == even:
        return "on both nets" if even else "on neither net"
    return "on 5-4-3 alone" if uneven else "on 4-4-4 alone"


def _equal_runs(one: Sequence[Ran], other: Sequence[Ran]) -> bool:
    """Whether two pieces of code answered the same wrong things, with numbers where there are any."""
    pairs = list(zip(one, other))
    same = all(
        a.changed == b.changed and compare.same(a.answer, b.answer) and compare.same(list(a.after), list(b.after))
        for a, b in pairs
    )
    return same and bool(pairs) and not any(raised(a) for a in one)


def recognised(student: Student, label: str, rng: np.random.Generator) -> Iterator[tuple[Slip, list[Mistake]]]:
    """Edits whose answers are those of known mistakes made in the reference: the edit, and these mistakes."""
    cases = student.checks(label)
    mutants = student.solution.mutants(label)
    for slip in student.trials(label, rng, TRIED):
        if slip.purpose is Purpose.WITHOUT:
            continue
        first = student.code.run(cases[:1], slip)
        if not _wrong_always(cases[:1], first):
            continue
        like = [mistake for mistake, runs in mutants if _equal_runs(first, runs[:1])]
        if like:
            runs = student.code.run(cases, slip)
            like = [mistake for mistake, theirs in mutants if _equal_runs(runs, theirs)]
            if like and _wrong_always(cases, runs):
                yield slip, like


def _others(student: Student, label: str, known: Sequence[Mistake]) -> list[Mistake]:
    """Mistakes that answer otherwise than these each time, so that their hints do not fit."""
    mutants = {mistake.id: runs for mistake, runs in student.solution.mutants(label)}
    return [
        mistake
        for mistake, _ in student.solution.mutants(label)
        if not any(
            mistake.id == one.id
            or mistake.id in one.also
            or mistake.hint == one.hint
            or any(_equal_runs([a], [b]) for a, b in zip(mutants[mistake.id], mutants[one.id]))
            for one in known
        )
    ]


def _hint(mistake: Mistake) -> Text:
    """The hint with its code as code."""
    pieces = mistake.hint.split("`")
    return say("{}".join(pieces[::2]), *pieces[1::2])


def named(student: Student, rng: np.random.Generator) -> Question | None:
    """Which hint fits an edit of the student's own line: the reference with that mistake in it answers the same."""
    for label in student.order(rng):
        for slip, like in recognised(student, label, rng):
            others = shuffled(rng, _others(student, label, like))
            key = Option(_hint(like[0]), say("The reference with the mistake {} answers the same.", like[0].id))
            wrong = [Option(_hint(one), say("That is {}, which answers otherwise.", one.id)) for one in others[:8]]
            options = chosen(rng, key, wrong)
            if options is not None:
                return Question(
                    Kind.NAMED,
                    (label,),
                    say(f"In a copy of your {{}}, line {slip.line} is the second. Which remark fits?", label),
                    *options,
                    say(f"In {INPUTS} runs it answered as the reference does with the mistake {{}}.", like[0].id),
                    say("Ask for one input on which the two lines differ, and one on which they do not."),
                    (line_of(student.listing(label), slip.line), Shown(slip.text, slip.line)),
                )  # fmt: skip
    return None


def absent(student: Student, rng: np.random.Generator) -> Question | None:
    """Three edits, each a known mistake, and four remarks: which of them fits none?"""
    for label in student.order(rng):
        made: list[tuple[Slip, list[Mistake]]] = []
        for slip, like in recognised(student, label, rng):
            if all(not {m.id for m in like} & {m.id for m in other} for _, other in made):
                made.append((slip, like))
            if len(made) == OPTIONS - 1:
                break
        if len(made) < OPTIONS - 1:
            continue
        everyone = [mistake for _, like in made for mistake in like]
        others = shuffled(rng, _others(student, label, everyone))
        apart = len({like[0].hint for _, like in made}) == OPTIONS - 1
        if not others or not apart:
            continue
        key = Option(_hint(others[0]), say("That is {}, which none of the three is.", others[0].id))
        wrong = [Option(_hint(like[0]), say(f"It fits line {slip.line}, {{}}.", slip.text)) for slip, like in made]
        options = chosen(rng, key, wrong)
        if options is not None:
            return Question(
                Kind.ABSENT,
                (label,),
                say("Each of these lines was put into a copy of your {}. Which remark fits none of them?", label),
                *options,
                say(f"In {INPUTS} runs each copy answered as the reference does with a known mistake in it."),
                say("Ask for the fitting remark of each line."),
                tuple(Shown(slip.text, slip.line) for slip, _ in sorted(made, key=lambda pair: pair[0].line)),
            )  # fmt: skip
    return None


def relies(student: Student, rng: np.random.Generator) -> Question | None:
    """If one function gave wrong numbers, which of the others would, too; or which would not."""
    for helper in student.order(
        rng, ("sigmoid_derivative", "cost_derivative", "forward_pass", "sigmoid", "back_propagation", "cost")
    ):
        others = [label for label in student.labels if label != helper]
        checks = student.checks(helper)
        for slip in student.trials(helper, rng, 12):
            runs = student.code.run(checks, slip) if slip.purpose is Purpose.SLIP else []
            if not _wrong_always(checks, runs) or any(map(raised, runs)):
                continue
            hit, spared = [], []
            for label in others:
                cases = student.checks(label)
                runs = student.code.run(cases, slip)
                if _wrong_always(cases, runs):
                    hit.append(label)
                elif _right_always(cases, runs):
                    spared.append(label)
            for keys, rest, words in shuffled(rng, [(hit, spared, "goes wrong with it"), (spared, hit, "stays right")]):
                key = shuffled(rng, keys)[:1]
                options = chosen(rng, _call(key[0], words), [_call(one, "") for one in rest]) if key else None
                if options is not None:
                    return Question(
                        Kind.RELIES,
                        (helper, *hit, *spared),
                        say(
                            f"Line {slip.line} of your {{}} is changed as below. Which of these functions {words}?",
                            helper,
                        ),
                        *options,
                        say(f"All of them were run with that edit, with {INPUTS} drawn inputs each."),
                        say("Ask for the line of each function that goes wrong in which the wrong number arrives."),
                        (line_of(student.listing(helper), slip.line), Shown(slip.text, slip.line)),
                    )
    return None


def _call(label: str, found: str) -> Option:
    return Option(say("{}", CALLS[label].partition("(")[0]), say(f"It {found}.") if found else ())
