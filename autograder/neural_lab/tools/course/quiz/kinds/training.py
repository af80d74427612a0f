"""Questions about training: what becomes of the cost history, and what training leaves alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neural_lab.grading import compare
from neural_lab.tools.course.quiz.calls import CALLS
from neural_lab.tools.course.quiz.questions import (
    INPUTS,
    Kind,
    Option,
    Question,
    Student,
    chosen,
    listed,
    right,
    say,
    shuffled,
)

LABEL = "mini_batch_GD"
SIZES = (3, 4, 2)
History = list[float]


def _near(one: History, other: History) -> bool:
    return len(one) == len(other) and bool(np.allclose(one, other, rtol=1e-6))


# What may be said of a cost history and that of another call. Of the same two histories, no two are true.
CLAIMS: dict[str, Callable[[History, History], bool]] = {
    "It is the same.": lambda old, new: _near(old, new) and not _near(new, new[:1] * len(new)),
    "It has as many entries, and they are other numbers.": lambda old, new: (
        len(new) == len(old)
        and not any(_near([a], [b]) for a, b in zip(old, new))
        and not _near(new, [2 * c for c in old])
        and not _near(new, [c / 2 for c in old])
        and not _near(new, new[:1] * len(new))
    ),
    "It has as many entries, each twice as large.": lambda old, new: _near(new, [2 * c for c in old]),
    "It has as many entries, each half as large.": lambda old, new: _near(new, [c / 2 for c in old]),
    "It has as many entries, all of them equal.": lambda old, new: (
        len(new) == len(old) and _near(new, new[:1] * len(new))
    ),
    "It has half as many entries.": lambda old, new: 2 * len(new) == len(old),
    "It has twice as many entries, and begins with the old ones.": lambda old, new: (
        len(new) == 2 * len(old) and _near(new[: len(old)], old)
    ),
    "It has twice as many entries, and begins with other numbers.": lambda old, new: (
        len(new) == 2 * len(old) and not _near(new[: len(old)], old)
    ),
}
CHANGES: dict[str, dict[str, Any]] = {
    "twice as large batches (4 samples for 2)": {"batch": 4},
    "twice as large batches and twice as large an eta": {"batch": 4, "eta": 1.0},
    "twice as many epochs (8 for 4)": {"epochs": 8},
    "eta = 0": {"eta": 0.0},
    "half as large an eta": {"eta": 0.25},
}


def batch(student: Student, rng: np.random.Generator) -> Question | None:
    """What another batch size, another number of epochs or another step makes of the cost history."""
    if LABEL not in student.labels:
        return None
    old: dict[str, Any] = {"epochs": 4, "batch": 2, "eta": 0.5}
    before = [_history(ran.answer) for ran in student.code.run(student.cases(LABEL, SIZES, 8, **old))]
    for words, change in shuffled(rng, list(CHANGES.items())):
        cases = student.cases(LABEL, SIZES, 8, **old | change)
        runs = student.code.run(cases)
        after = [_history(ran.answer) for ran in runs]
        if not runs or not before or not all(right(one, ran) for one, ran in zip(cases, runs)):
            continue
        true = [text for text, claim in CLAIMS.items() if all(claim(a, b) for a, b in zip(before, after))]
        false = [text for text, claim in CLAIMS.items() if not any(claim(a, b) for a, b in zip(before, after))]
        if len(true) != 1:
            continue
        options = chosen(rng, Option(say(true[0])), [Option(say(text)) for text in false])
        if options is not None:
            return Question(
                Kind.BATCH,
                (LABEL,),
                say("{} is called with 8 samples, 4 epochs and batches of 2; then, on a fresh net like it, "
                    f"with {words}. What becomes of its history?", LABEL),
                *options,
                say(f"Compared in {INPUTS} trainings; the reference's history is the same each time."),
                say("Ask how many times the weights are updated in one epoch, before and after."),
            )  # fmt: skip
    return None


def _history(answer: Any) -> History:
    """The costs after each epoch; none where the answer is no such list."""
    numbers = [compare.as_number(item) for item in listed(answer)]
    return [number for number in numbers if number is not None] if None not in numbers else []


def kept(student: Student, rng: np.random.Generator) -> Question | None:
    """What is after training as it was before."""
    if LABEL not in student.labels:
        return None
    cases = student.cases(LABEL, SIZES, 8, epochs=1)
    runs = student.code.run(cases)
    if not runs or not all(right(one, ran) for one, ran in zip(cases, runs)):
        return None
    same: dict[str, list[bool]] = {name: [] for name in ("weights", "biases", "order", "samples", "first")}
    for one, ran in zip([case.inputs for case in cases], runs):
        weights, biases, data = ran.after
        same["weights"].append(compare.same(list(weights), one.weights))
        same["biases"].append(compare.same(list(biases), one.biases))
        xs = [x for x, _ in one.samples]
        now = [pair[0] for pair in data]
        same["order"].append(all(np.array_equal(a, b) for a, b in zip(xs, now)))
        same["samples"].append(sorted(x.tobytes() for x in xs) == sorted(np.asarray(x, float).tobytes() for x in now))
        same["first"].append(compare.same(weights[0], one.weights[0]))
    words = {
        "weights": say("{} of the network", "weights"),
        "biases": say("{} of the network", "biases"),
        "order": say("the order of the samples in {}", "training_data"),
        "samples": say("the numbers in the samples of {}", "training_data"),
        "first": say("the weights of the first layer, {}", "weights[0]"),
    }
    stays = [name for name, found in same.items() if all(found)]
    goes = [name for name, found in same.items() if not any(found)]
    options = chosen(rng, Option(words[stays[0]]), [Option(words[name]) for name in goes]) if len(stays) == 1 else None
    if options is None:
        return None
    return Question(
        Kind.KEPT,
        (LABEL,),
        say("{} is called with one epoch. Which of these is afterwards as it was before?", CALLS[LABEL]),
        *options,
        say(f"Compared before and after, in {INPUTS} trainings."),
        say("Ask for the line that changes each of the others."),
    )
