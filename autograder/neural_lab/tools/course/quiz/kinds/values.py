"""Questions about values: shapes, numbers that can be worked out in the head, formulas, another shape handed in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from neural_lab.tools.course.quiz.asking import Purpose, Ran, Statement
from neural_lab.tools.course.quiz.calls import CALLS, ON_NUMBERS, Case, Inputs, by_hand, case
from neural_lab.tools.course.quiz.questions import (
    INPUTS,
    OPTIONS,
    Kind,
    Option,
    Question,
    Shown,
    Student,
    agreed,
    alike,
    array,
    chosen,
    held_at,
    line_of,
    listed,
    raised,
    right,
    say,
    shuffled,
)

WIDE = ((5, 4, 3), (6, 4, 3), (6, 5, 3), (5, 4, 2), (6, 5, 2))  # all layers different, so that shapes tell them apart
ON_ARRAYS = ("forward_pass", "back_propagation")
# Where the solution works out what the handout has a formula for: its function, what the line gives a value to, and
# the formula. The solution has the handout's names.
FORMULAS = (
    ("forward_pass", "z", "z^(l) = W^(l) a^(l-1) + b^(l)"),
    ("back_propagation", "z", "z^(l) = W^(l) a^(l-1) + b^(l)"),
    ("back_propagation", "a", "a^(l) = 1 / (1 + exp(-z^(l)))"),
    ("back_propagation", "delta", "dC/dz^(l) = dC/da^(l) · da^(l)/dz^(l)"),
    ("back_propagation", "dC_dw[layer]", "dC/dW_ij^(l) = dC/dz_i^(l) · a_j^(l-1)"),
    ("sigmoid_derivative", "", "da/dz = sigmoid(z) · (1 - sigmoid(z))"),
)


def _first(ran: Ran, line: int) -> Any:
    """What a line held the first time; None if it held nothing that was told."""
    return (ran.held.get(line) or (None,))[0]


def _shape(value: Any) -> str:
    return str(value.shape) if isinstance(value, np.ndarray) else "()"


def _mistaken(student: Student, statement: Statement, label: str, cases: Sequence[Case], rng: Any) -> list[Any]:
    """What the line holds with each of some slips in it."""
    slips = [s for s in student.code.slips(label) if s.line == statement.line and s.purpose is Purpose.SLIP]
    found = [student.code.run(cases[:1], slip, watching=True) for slip in shuffled(rng, slips)[:40]]
    return [_first(ran[0], statement.line) for ran in found if ran]


def shape(student: Student, rng: np.random.Generator) -> Question | None:
    """The shape of what a line holds, on a net whose layers all differ."""
    sizes = WIDE[rng.integers(len(WIDE))]
    for label in student.order(rng, ON_ARRAYS):
        cases = student.cases(label, sizes)
        runs = student.code.run(cases, watching=True)
        for statement in shuffled(rng, student.listing(label).statements):
            values = [_first(ran, statement.line) for ran in runs]
            key = agreed(map(_shape, values))
            if key is None or not isinstance(values[0], np.ndarray) or not values[0].ndim:
                continue
            wrong = [_shape(v) for v in _mistaken(student, statement, label, cases, rng) if v is not None]
            (rows, *columns), n, m = values[0].shape, sizes[0], sizes[1]
            wrong += [str((*columns, rows)), f"({rows},)", str((rows, rows)), str((m, n)), str((n, m)), str((m, 1))]
            options = chosen(rng, _plain(key), [_plain(one) for one in dict.fromkeys(wrong[:12])])
            if options is not None:
                return Question(
                    Kind.SHAPE,
                    (label,),
                    (
                        *say(f"The net is {'-'.join(map(str, sizes))}, and {{}} is called. Which shape has ",
                             CALLS[label]),
                        *held_at(statement),
                        *say(", the first time?"),
                    ),
                    *options,
                    say(f"It was {{}} on each of {INPUTS} nets with drawn numbers.", key),
                    say("Ask for the shapes of both factors of that line, and why they fit."),
                    (line_of(student.listing(label), statement.line),),
                )  # fmt: skip
    return None


def _plain(code: str) -> Option:
    return Option(say("{}", code))


def _given(label: str, inputs: Inputs) -> tuple[Shown, ...]:
    """The numbers that a function is called with, as a sheet lists them."""
    x, y = inputs.samples[0]
    if label in ON_NUMBERS:
        name = "output_activations" if label == "cost_derivative" else "z"
        told = [(name, inputs.column), ("y", y)][: 2 if label == "cost_derivative" else 1]
    else:
        layers = list(zip(inputs.weights, inputs.biases))
        told = [
            (f"{name}[{i}]", one) for i, layer in enumerate(layers) for name, one in zip(("weights", "biases"), layer)
        ]
        told += [("x", x), ("y", y)][: 1 if label == "forward_pass" else 2]
    return tuple(Shown(f"{name} = {array(value)}") for name, value in told)


def _easy(value: Any) -> bool:
    """Whether a value can be worked out in the head: some numbers of few digits that are not all the same nothing."""
    numbers = np.ravel(value).astype(float)
    few = 1 <= numbers.size <= 6 and np.isfinite(numbers).all() and np.abs(numbers).max() < 100
    return bool(few and np.allclose(numbers * 64, np.round(numbers * 64), atol=1e-9) and np.abs(numbers).max() > 0)


def holds(student: Student, rng: np.random.Generator) -> Question | None:
    """What a line holds for small numbers. The reference has a line in the same function that holds the same."""
    for label in student.order(rng, ON_ARRAYS):
        one = case(student.reference, label, by_hand((2, 2, 1) if rng.random() < 0.5 else (2, 1), rng))
        mine, theirs = student.code.run([one], watching=True), student.solution.code.run([one], watching=True)
        known = [value for ran in theirs for values in ran.held.values() for value in values]
        for statement in shuffled(rng, student.listing(label).statements):
            value = _first(mine[0], statement.line) if mine else None
            if not isinstance(value, np.ndarray) or not _easy(value) or not any(_equal(value, v) for v in known):
                continue
            if np.array_equal(value, one.inputs.samples[0][0]):
                continue  # x itself
            wrong = [v for v in _mistaken(student, statement, label, [one], rng) if isinstance(v, np.ndarray)]
            wrong += [-value, 2 * value, value / 2]
            apart = [v for v in wrong if np.isfinite(v).all() and v.size < 9 and not _equal(v, value)]
            options = chosen(rng, _plain(array(value)), [_plain(array(v)) for v in apart[:9]])
            if options is not None:
                return Question(
                    Kind.HOLDS,
                    (label,),
                    (
                        *say(f"The net is {one.inputs.net}. {{}} is called with this: which value has ", CALLS[label]),
                        *held_at(statement),
                        *say(", the first time?"),
                    ),
                    *options,
                    say("The line held {}, and the reference's own line for it holds the same.", array(value)),
                    say("Every z is 0 here. Ask what the activations are, and why."),
                    (*_given(label, one.inputs), line_of(student.listing(label), statement.line)),
                )  # fmt: skip
    return None


def _equal(one: Any, other: Any) -> bool:
    return np.shape(one) == np.shape(other) and bool(np.allclose(one, other, rtol=1e-5, atol=1e-7))


def returns(student: Student, rng: np.random.Generator) -> Question | None:
    """What a function returns for small numbers; the wrong options are what the bank's mistakes return."""
    labels = ("cost_derivative", "cost", "sigmoid_derivative", "sigmoid", "back_propagation")
    for label in student.order(rng, labels):
        inputs = by_hand((2, 1), rng)
        if label in ("sigmoid", "sigmoid_derivative"):
            inputs = inputs._replace(column=np.zeros((1, 1)))
        if label in ("cost", "cost_derivative"):
            more = [by_hand((2, 1), rng).samples[0] for _ in range(2)]
            inputs = inputs._replace(samples=[*inputs.samples, (inputs.samples[0][0], more[0][1])])
        one = case(student.reference, label, inputs)
        mine = student.code.run([one])
        if not mine or not right(one, mine[0]):
            continue
        key = _value(mine[0].answer)
        wrong = [(_value(ran[0].answer), mistake) for mistake, ran in student.solution.with_mistakes(label, [one])]
        told = [Option(say("{}", value), say("So does the mistake {}.", m.id)) for value, m in wrong if value]
        options = chosen(rng, Option(say("{}", key)), told) if key else None
        if options is not None:
            given = _given(label, inputs) if label in ON_NUMBERS else _given("back_propagation", inputs)
            if label == "cost":
                pairs = ", ".join(f"({array(x)}, {array(y)})" for x, y in inputs.samples)
                given = (*given[:-2], Shown(f"training_data = [{pairs}]"))
            net = "" if label in ON_NUMBERS else f"The net is {inputs.net}. "
            return Question(
                Kind.RETURNS,
                (label,),
                say(f"{net}What does {{}} return for these numbers?", CALLS[label]),
                *options,
                say("It returned {}, and so does the reference.", key),
                say("Ask for the steps on paper, and at which of them each wrong answer goes wrong."),
                given,
            )
    return None


def _value(value: Any) -> str:
    """An answer as a sheet writes it; "" for one that it would not. Of gradients it is about nets of one layer."""
    if isinstance(value, list | tuple):
        lists = [listed(one) for one in value]
        items = [
            _value(one[0]) for one in lists if len(one) == 1 and isinstance(one[0], np.ndarray) and one[0].ndim == 2
        ]
        return f"dC_db[0] = {items[0]}, dC_dw[0] = {items[1]}" if len(lists) == len(items) == 2 and all(items) else ""
    if not isinstance(value, np.ndarray | int | float) or np.size(value) > 9:
        return ""
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biuf":
        return ""
    return array(value) if np.isfinite(value).all() else ""


def formula(student: Student, rng: np.random.Generator) -> Question | None:
    """On which line a formula of the handout is worked out: the first that holds what the reference's line holds."""
    for label, name, text in shuffled(rng, FORMULAS):
        if label not in student.labels:
            continue
        cases = student.cases(label, (4, 3, 5, 2))
        theirs, mine = student.solution.code.run(cases, watching=True), student.code.run(cases, watching=True)
        line = next(s.line for s in student.solution.code.functions[label].statements if s.name == name)
        lines = {statement.line: statement for statement in student.listing(label).statements}
        times = [{n: _times(ran.held.get(n, ()), told.held[line]) for n in lines} for ran, told in zip(mine, theirs)]
        if not times:
            continue
        whole = [n for n in lines if all(found[n] == len(theirs[0].held[line]) for found in times)]
        none = [n for n in lines if not any(found[n] for found in times)]
        steps = [n for n in dict.fromkeys(mine[0].steps) if n in whole]
        if not steps or len(none) < OPTIONS - 1:
            continue
        key = steps[0]
        listing = student.listing(label)

        def option(n: int, listing: Any = listing) -> Option:
            return Option(say(f"line {n}: {{}}", listing.text(n)))

        options = chosen(rng, option(key), [option(n) for n in none])
        if options is not None:
            return Question(
                Kind.FORMULA,
                (label,),
                say("On which of these lines of {} is this formula of the handout worked out?", label),
                *options,
                say(f"In {INPUTS} runs on a net of three layers, what line {key} held was that in every layer; the "
                    "other lines never held it."),
                say("Ask where the other lines' values stand in the handout."),
                (Shown(text),),
            )  # fmt: skip
    return None


def _times(held: Sequence[Any], wanted: Sequence[Any]) -> int:
    """How many of the wanted values are among these."""
    return sum(any(np.shape(v) == np.shape(w) and alike(v, w) for v in held) for w in wanted)


def flat(student: Student, rng: np.random.Generator) -> Question | None:
    """What comes of it if a column is handed in as a plain row of numbers."""
    for label in student.order(rng, ("cost_derivative", "forward_pass", "back_propagation")):
        sizes = WIDE[rng.integers(len(WIDE))]
        cases = student.cases(label, sizes, flat=True)
        key = agreed(map(_came, student.code.run(cases)))
        if not key:
            continue
        n, last = sizes[0], sizes[-1]
        shapes = [f"({last}, 1)", f"({last},)", f"({last}, {last})", f"(1, {last})", f"({n}, {last})"]
        if label == "back_propagation":
            shapes = [
                f"dC_db[0] of the shape {s}"
                for s in (f"({sizes[1]}, 1)", f"({sizes[1]},)", f"({sizes[1]}, {sizes[1]})")
            ]
            shapes.append(f"dC_db[0] of the shape ({n}, {sizes[1]})")
        else:
            shapes = [f"an array of the shape {s}" for s in shapes]
        options = chosen(rng, Option(say(key)), [Option(say(text)) for text in (*shapes, RAISES)])
        if options is not None:
            what = "y" if label == "cost_derivative" else "x"
            size = last if what == "y" else n
            return Question(
                Kind.FLAT,
                (label,),
                say(f"The net is {cases[0].inputs.net}. {{}} is called with a {{}} of the shape ({size},), not "
                    f"({size}, 1). What comes of it?", CALLS[label], what),
                *options,
                say(f"So it came out for {INPUTS} drawn inputs."),
                say("Ask on which line the shapes first do something else than with a column."),
            )  # fmt: skip
    return None


RAISES = "it raises an error"


def _came(ran: Ran) -> str:
    """What a call came to, by the shape of its first array."""
    if raised(ran):
        return RAISES
    value, name = ran.answer, "an array"
    if isinstance(value, list | tuple):
        first = [one for items in listed(value)[:1] for one in listed(items)[:1]]
        value, name = first[0] if first else None, "dC_db[0]"
    return f"{name} of the shape {value.shape}" if isinstance(value, np.ndarray) else ""
