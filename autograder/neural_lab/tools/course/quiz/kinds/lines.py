"""Questions about which lines run: in which order, how often, and what one more layer changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from neural_lab.tools.course.quiz.asking import Ran, Statement
from neural_lab.tools.course.quiz.calls import CALLS, Inputs
from neural_lab.tools.course.quiz.questions import (
    INPUTS,
    OPTIONS,
    Kind,
    Option,
    Question,
    Student,
    agreed,
    chosen,
    line_of,
    say,
    shuffled,
)

LAYERS = ("forward_pass", "back_propagation", "mini_batch_GD", "cost")
DEEP = ((5, 4, 3, 2), (6, 5, 4, 3), (4, 3, 5, 2), (6, 4, 5, 3, 2))


def _of(label: str, inputs: Inputs) -> str:
    """What a call is made on, in words."""
    many = ""
    if label == "cost":
        many = f", with {len(inputs.samples)} samples"
    if label == "mini_batch_GD":
        many = f", with {len(inputs.samples)} samples, {inputs.epochs} epochs and batches of {inputs.batch}"
    return f"The net is {inputs.net}{many}."


def _lines(student: Student) -> Iterator[tuple[str, Statement]]:
    for label in student.labels:
        for statement in student.listing(label).statements:
            yield label, statement


def first(student: Student, rng: np.random.Generator) -> Question | None:
    """Which of four lines of several functions runs first in one call."""
    for label in student.order(
        rng, ("back_propagation", "cost", "mini_batch_GD", "forward_pass", "sigmoid_derivative")
    ):
        cases = student.cases(label, (5, 4, 3))
        known = {statement.line: one for one, statement in _lines(student)}
        order = agreed(
            tuple(n for n in dict.fromkeys(ran.steps) if n in known) for ran in student.code.run(cases, watching=True)
        )
        if not order or len(order) < OPTIONS:
            continue
        # what is deep in a call is worth asking for
        late = sorted(shuffled(rng, range(len(order) - OPTIONS + 1)), key=lambda start: known[order[start]] == label)
        for start in late:
            rest = shuffled(rng, order[start + 1 :])
            others = [*[n for n in rest if known[n] != known[order[start]]][:2], *rest]
            others = list(dict.fromkeys(others))[: OPTIONS - 1]
            # to be asked about, the first to run must not be the first in the file
            if len({known[n] for n in (order[start], *others)}) > 1 and min(others) < order[start]:
                return _first(student, label, order[start], others, known, order, rng)
    return None


def _first(
    student: Student,
    label: str,
    key: int,
    others: list[int],
    known: dict[int, str],
    order: tuple[int, ...],
    rng: np.random.Generator,
) -> Question | None:
    def option(n: int) -> Option:
        place = order.index(n) + 1
        return Option(
            say(f"line {n}, in {{}}: {{}}", known[n], student.listing(known[n]).text(n)),
            say(f"It is line number {place} to run."),
        )

    options = chosen(rng, option(key), [option(n) for n in others])
    if options is None:
        return None
    return Question(
        Kind.FIRST,
        tuple(dict.fromkeys([label, *(known[n] for n in (key, *others))])),
        say("{} is called. Which of these lines runs first?", CALLS[label]),
        *options,
        say(f"Lines were recorded as they ran, with {INPUTS} drawn inputs."),
        say("Ask which function calls which, from the first line on."),
    )


def _count(ran: Ran, line: int) -> int:
    return ran.steps.count(line)


def count(student: Student, rng: np.random.Generator) -> Question | None:
    """How often a line runs in one call."""
    sizes = DEEP[rng.integers(len(DEEP))]
    change = {"epochs": int(rng.integers(2, 4)), "batch": int(rng.integers(2, 4))}
    for label in student.order(rng, LAYERS):
        if label == "cost":
            continue
        cases = student.cases(label, sizes, **change)
        inputs = cases[0].inputs
        runs = student.code.run(cases, watching=True)
        for statement in shuffled(rng, student.listing(label).statements):
            times = agreed(_count(ran, statement.line) for ran in runs)
            if times is None or times < 2:
                continue
            batches = -(-len(inputs.samples) // inputs.batch)
            near = [len(sizes), len(sizes) - 1, len(sizes) - 2, times - 1, times + 1, 2 * times, 1]
            if label == "mini_batch_GD":
                near = [batches, inputs.epochs, len(inputs.samples), inputs.epochs * batches, *near]
                near.append(inputs.epochs * len(inputs.samples))
            options = chosen(rng, _times(times), [_times(n) for n in near if n > 0 and n != times])
            if options is not None:
                return Question(
                    Kind.COUNT,
                    (label,),
                    say(
                        f"{_of(label, inputs)} How often does line {statement.line} run in one call of {{}}?",
                        CALLS[label],
                    ),
                    *options,
                    say(f"It ran {times} times in each of {INPUTS} runs."),
                    say("Ask how often it would run with twice the samples, or with one layer less."),
                    (line_of(student.listing(label), statement.line),),
                )
    return None


def _times(count: int) -> Option:
    return Option(say("once" if count == 1 else f"{count} times"))


def deeper(student: Student, rng: np.random.Generator) -> Question | None:
    """Which of four lines runs more often if the net has one more layer, or which does not."""
    for label in student.order(rng, LAYERS):
        known = {statement.line: one for one, statement in _lines(student)}
        before = [Counter(ran.steps) for ran in student.code.run(student.cases(label, (5, 4, 3)), watching=True)]
        after = [Counter(ran.steps) for ran in student.code.run(student.cases(label, (5, 4, 4, 3)), watching=True)]
        lines = {n: agreed((b[n], a[n]) for b, a in zip(before, after)) for n in known}
        ran = {n: both for n, both in lines.items() if both and both[0]}
        more = [n for n, (b, a) in ran.items() if a > b]
        same = [n for n, (b, a) in ran.items() if a == b]
        for key, others, words in shuffled(
            rng, [(more, same, "runs more often than before"), (same, more, "runs no more often than before")]
        ):

            def option(n: int, ran: dict = ran, known: dict = known) -> Option:
                return Option(
                    say(f"line {n}, in {{}}: {{}}", known[n], student.listing(known[n]).text(n)),
                    say(f"It ran {ran[n][0]} times before, {ran[n][1]} times after."),
                )

            of = shuffled(rng, key)[:1]
            options = chosen(rng, option(of[0]), [option(n) for n in others]) if of else None
            if options is not None:
                return Question(
                    Kind.DEEPER,
                    (label,),
                    say(
                        "{} is called on a 5-4-3 net, then on one with one more hidden layer, 5-4-4-3. "
                        f"Which of these lines {words}?",
                        CALLS[label],
                    ),
                    *options,
                    say(f"Counted in {INPUTS} runs on each of the two nets."),
                    say("Ask which of the lists that the code makes grow with it, and to which length."),
                )
    return None
