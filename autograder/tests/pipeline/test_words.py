"""The words of a good sample of results stay letter for letter: a change of the engine that changes them is noticed.

Some known mistakes of every lab are graded, most of them q1's, and functions whose answers are changed in ways that no
bank knows. Of most the golden file keeps a hash, of a few the whole text. Numbers with a fraction are left out of both,
for their last digits depend on the processor, and so are the numbers of lines. Inputs are drawn from a submission's id,
not from its text, so that a comment in the solution changes no word. To accept new words, in `autograder/`:

    python -m tests.pipeline.test_words
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import statistics
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from neural_lab.grading.pipeline import grade
from neural_lab.grading.reference import Reference
from neural_lab.intake.submission import Submission
from neural_lab.isolation.pool import Sandbox
from neural_lab.isolation.self_test import FULL, Isolation
from neural_lab.platforms import gradescope
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Lab
from neural_lab.tools.release.calibrate import Case, cases

GOLDEN = Path(__file__).with_name("words.json")
IN_FULL = {
    "q1": ("stub", "sig-no-minus", "bp-db-flat", "fwd-no-transpose", "gd-plus", "sigmoid counted"),
}
SOME, FEW = 40, 4  # rows of q1's bank, and of a warm-up's
MOST_WORDS = 200  # in the feedback on one mistake, in the median
SHARES = 12  # in which the sample is graded, one of them in a run
EACH = 3  # changes of each function's answers, other ones for the next function

# What is appended to the solution, so that a function answers something else than any known mistake.
WRAPPER = """
import numpy


def _altered(value, alter):
    if isinstance(value, list | tuple):
        return type(value)(_altered(item, alter) for item in value)
    return alter(value) if isinstance(value, int | float | numpy.ndarray | numpy.generic) else value


def _wrap(owner, name, change):
    stored = owner.__dict__[name] if owner else globals()[name]
    function = getattr(stored, "__func__", stored)

    def wrapped(*arguments):
        sized = [argument for argument in arguments if isinstance(argument, list | tuple | numpy.ndarray)]
        return change(function(*arguments), len(sized[0]) if sized and numpy.ndim(sized[0]) else 1)

    if owner:
        setattr(owner, name, staticmethod(wrapped) if isinstance(stored, staticmethod) else wrapped)
    else:
        globals()[name] = wrapped
"""
CHANGES = {
    "sevenfold": "lambda value, count: _altered(value, lambda number: 7 * number)",
    "counted": "lambda value, count: _altered(value, lambda number: count * number)",
    "reversed": "lambda value, count: value[::-1] if isinstance(value, list | tuple | numpy.ndarray) else -value",
    "shifted": "lambda value, count: _altered(value, lambda number: number + 0.5)",
    "infinite": "lambda value, count: _altered(value, lambda number: number / numpy.zeros(numpy.shape(number)))",
    "listed": "lambda value, count: _altered(value, lambda number: numpy.asarray(number).tolist())",
    "twofold": "lambda value, count: (value, value)",
    "shortened": "lambda value, count: value[:-1] if isinstance(value, list | tuple | numpy.ndarray) else [value]",
    "named": "lambda value, count: {'value': value}",
    "none": "lambda value, count: None",
    "text": "lambda value, count: 'text'",
}


def submissions(reference: Reference) -> Iterator[tuple[str, dict[str, str]]]:
    """(id, files) of each submission of the sample."""
    lab = reference.lab
    known: list[Case] = cases(reference)
    banked = [case for case in known if case.kind == "mistake"]
    step = max(1, len(banked) // (SOME if lab.name == "q1" else FEW))
    full = [case for case in banked if case.id in IN_FULL.get(lab.name, ())]
    yield from ((case.id, case.files) for case in [*known[:2], *full, *banked[::step]])
    changes = itertools.cycle(CHANGES.items())
    for function in lab.functions:
        if lab.lines_of(function) and not function.name.startswith("_"):
            source = reference.sources[function.module] + WRAPPER
            for name, change in itertools.islice(changes, EACH):
                text = f"{source}\n\n_wrap({function.owner}, {function.name!r}, {change})\n"
                yield f"{function.label} {name}", reference.sources | {function.module: text}


def words(results: dict[str, Any]) -> str:
    """All that a student or a TA reads in the results."""
    blocks = [results["output"]]
    for test in results["tests"]:
        parts = [f"{part['name']}: {part['verdict']} ({part['own']})" for part in test["extra_data"]["parts"]]
        blocks += [f"## {test['number']} {test['name']}", test["output"], "\n".join(parts)]
    return "\n\n".join([*blocks, *results["extra_data"]["flags"]])


def without_numbers(text: str) -> str:
    """The text without its fractions, the spaces that follow from how long they are, and lines of the file."""
    text = re.sub(r"\b([Ll]ines?) \d+((, | and )\d+)*", r"\1 #", text)
    text = re.sub(r"^ *\d+(:|  )", r"#\1", text, flags=re.M)
    return re.sub(r" +", " ", re.sub(r"-?\d+(\.\d+(e[+-]\d+)?|e[+-]\d+)", "#", text))


def graded(lab: Lab, share: int = 0, of: int = 1) -> dict[str, dict[str, Any]]:
    """The results of each submission of the sample, or of every so many of them from the one of this number on."""
    with Sandbox() as sandbox:
        reference = Reference(lab)
        return {
            id: gradescope.results(
                grade(reference, Submission(files, id.encode()), b"secret", sandbox), Isolation(FULL, (), ()), ""
            )
            for id, files in itertools.islice(dict(submissions(reference)).items(), share, None, of)
        }


def golden(lab: Lab, sample: dict[str, dict[str, Any]]) -> dict[str, str | list[str]]:
    """For each submission of the sample the hash of its words, or the words."""
    found: dict[str, str | list[str]] = {}
    for id, results in sample.items():
        text = without_numbers(words(results))
        full = id in IN_FULL.get(lab.name, ())
        found[id] = text.split("\n") if full else hashlib.sha256(text.encode()).hexdigest()[:12]
    return found


def feedback(results: dict[str, Any]) -> str:
    """What a student reads of what is not right."""
    return "\n\n".join([results["output"], *(t["output"] for t in results["tests"] if t["score"] < t["max_score"])])


def said_twice(text: str) -> list[str]:
    """Sentences that stand twice in a feedback. Code, numbers and what introduces them may be alike in two cases."""
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    sentences = [one.strip() for one in re.split(r"(?<=[.?!])\s+|\n+", prose)]
    return [one for one, times in Counter(sentences).items() if times > 1 and one.endswith((".", "?", "!"))]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the sandbox's layers are Linux's")
@pytest.mark.one_in(SHARES)
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("name", lab_names())
def test_the_words_of_results_stay_as_they_are(name, share):
    lab = load_lab(name)
    expected = dict(list(json.loads(GOLDEN.read_text("utf-8"))[name].items())[share::SHARES])
    sample = graded(lab, share, SHARES)
    assert golden(lab, sample) == expected
    known = [feedback(results) for id, results in sample.items() if id in {row.id for row in lab.mistakes}]
    assert {text: twice for text in known if (twice := said_twice(text))} == {}
    assert statistics.median([0, *(len(text.split()) for text in known)]) <= MOST_WORDS


def main() -> None:
    """Write the golden file anew."""
    labs = map(load_lab, lab_names())
    found = {lab.name: golden(lab, graded(lab)) for lab in labs}
    GOLDEN.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
