"""The banks of mistakes: every row of every lab changes answers, and can be told from the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from neural_lab.grading import compare
from neural_lab.grading.reference import Reference, edited, edited_module
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Edit, Function, Lab, Losses, Mistake, Probe, Variant
from neural_lab.schema.observations import Observations
from neural_lab.tools.release import validate

# A size-one array handed to math.exp is only deprecated; submissions run with Python's own filters.
pytestmark = pytest.mark.filterwarnings("ignore:Conversion of an array:DeprecationWarning")

LABS = lab_names()

# The mistakes that people are known to make in q1, under the ids the bank has for them.
KNOWN = """
    sig-no-minus sig-precedence sig-math-exp sig-nan sig-clip-tight sig-tanh-unscaled sig-in-place sig-scalar-if
    sig-int-buffer
    der-on-activation der-factor-lost der-missing-square der-explicit-nan der-dot der-tanh der-double
    cost-no-half cost-mean-samples cost-mean-outputs cost-no-square cost-norm-unsquared cost-square-of-sum
    cost-half-squared cost-one-sample cost-returns-early cost-vector cost-flat-y cost-clobbers-y
    cd-sign cd-factor-two cd-mean cd-sum cd-abs cd-has-sp cd-in-place
    fwd-no-bias fwd-no-transpose fwd-try-transpose fwd-reshape fwd-linear-output fwd-end-only fwd-activates-input
    fwd-stops-early fwd-bias-after fwd-hardcoded-3 fwd-bias-row fwd-feeds-x fwd-scales-x fwd-argmax
    bp-no-output-sp bp-no-hidden-sp bp-sp-of-activation bp-sp-wrong-layer bp-W-transposed bp-try-transpose
    bp-W-wrong-layer bp-W-always-last bp-dW-for-W bp-delta-not-carried bp-error-not-delta bp-grad-transposed
    bp-grad-reshaped bp-act-same-layer bp-z-for-act bp-grad-elementwise bp-grad-inner bp-dot-not-hadamard bp-db-sum
    bp-db-from-dw bp-db-row bp-db-flat bp-db-zero bp-stops-early bp-hardcoded-2 bp-hardcoded-3 bp-lists-reversed
    bp-return-swapped bp-updates-inside bp-db-is-biases bp-accumulates bp-sign
    gd-plus gd-sum-not-mean gd-divide-by-N gd-floor gd-drops-ragged gd-no-reset gd-overwrites gd-per-sample gd-no-bias
    gd-rebind gd-alias-params gd-stale gd-return-in-loop gd-history-per-batch gd-ignores-shuffle gd-consumes-data
    gd-hardcoded-3 gd-reinitialises
""".split()


def numbers(probe: Probe, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, probe.stream])


def probes_of(lab: Lab, function: Function) -> list[Probe]:
    return list(dict.fromkeys(part.probe for line in lab.lines_of(function) for part in line.parts))


def answers_of(reference: Reference, row: Mistake | Variant, seed: int) -> dict[Probe, Observations]:
    function = reference.lab.function(row.function)
    return {
        probe: reference.answers(probe, numbers(probe, seed), function, row.edits)
        for probe in probes_of(reference.lab, function)
    }


def lost_in_process(
    reference: Reference, row: Mistake | Variant, answers: dict[Probe, Observations], seed: int
) -> Losses:
    """Marks that the judge takes for these answers, part by part."""
    lab = reference.lab
    lost: Losses = {}
    for line in lab.lines_of(lab.function(row.function)):
        for part in line.parts:
            alternatives = [reference.answers(part.probe, numbers(part.probe, seed))]
            for variant in lab.variants:
                if variant.id in part.accepts:
                    alternatives.append(answers_of(reference, variant, seed)[part.probe])
            worth = compare.judge(part, answers[part.probe], alternatives).worth
            if worth < 1:
                lost[line.number, part.id] = part.marks * (1 - worth)
    return lost


def undeclared(reference: Reference, seed: int) -> Iterator[str]:
    """Pairs that no probe can tell apart though the table does not say so, and pairs that it wrongly calls one."""
    by_function: dict[str, list[tuple[Mistake, list]]] = {}
    for mistake in reference.lab.mistakes:
        answers = [[one.value for one in observed] for observed in answers_of(reference, mistake, seed).values()]
        by_function.setdefault(mistake.function, []).append((mistake, answers))
    for rows in by_function.values():
        for (one, ones), (other, others) in combinations(rows, 2):
            alike = all(map(compare.same, ones, others))
            if alike != (other.id in one.also):
                yield f"{one.id} and {other.id} {'answer the same' if alike else 'differ'}"


@pytest.mark.parametrize("name", LABS)
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_the_probes_tell_all_mistakes_apart_but_those_declared_to_be_one(name, seed):
    assert list(undeclared(Reference(load_lab(name)), seed)) == []


@pytest.mark.parametrize("name", LABS)
@pytest.mark.parametrize("seed", [3, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.one_in(4)
def test_every_mistake_costs_what_its_row_says_and_every_variant_nothing(name, seed):
    reference = Reference(load_lab(name))
    rows: list[Mistake | Variant] = [*reference.lab.mistakes, *reference.lab.variants]
    for row in rows:
        expected = reference.lab.losses(row) if isinstance(row, Mistake) else {}
        lost = lost_in_process(reference, row, answers_of(reference, row, seed), seed)
        assert lost == pytest.approx(expected), row.id


def test_the_bank_of_q1_has_every_known_mistake():
    lab = load_lab("q1")
    rows = {mistake.id for mistake in lab.mistakes} | {variant.id for variant in lab.variants}
    assert [id for id in KNOWN if id not in rows] == []
    assert len(lab.mistakes) >= 90
    assert {mistake.function for mistake in lab.mistakes} == {line.function for line in lab.lines}


@pytest.mark.parametrize("name", LABS)
def test_no_hint_contains_code_of_the_answers(name):
    lab = load_lab(name)
    reference = Reference(lab)
    code = {line.strip() for source in reference.sources.values() for line in source.splitlines()}
    expressions = {line.removeprefix("return ").split(" = ")[-1].split("  #")[0] for line in code if len(line) > 12}
    for mistake in lab.mistakes:
        assert [text for text in expressions if len(text) > 9 and text in mistake.hint] == [], mistake.id


@pytest.mark.parametrize("name", LABS)
def test_a_mutant_differs_from_the_solution_in_one_function_alone(name):
    reference = Reference(load_lab(name))
    for mistake in reference.lab.mistakes[::7]:
        function = reference.lab.function(mistake.function)
        source = reference.sources[function.module]
        mutant = edited_module(source, function.path, mistake.edits)
        compile(mutant, "mutant.py", "exec")
        text = reference.function_text(function)
        own = {line.strip() for line in (text + edited(text, mistake.edits)).splitlines()}
        changed = {line.strip() for line in mutant.splitlines()} ^ {line.strip() for line in source.splitlines()}
        assert changed <= own, mistake.id


def doctored(**changes) -> Lab:
    lab = load_lab("q1")
    first = lab.mistakes[0]
    return replace(lab, mistakes=(replace(first, **changes), *lab.mistakes[1:]))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"edits": (Edit("no such text", "x"),)}, "'no such text' does not stand in sigmoid"),
        ({"edits": ()}, "changes nothing"),
        ({"edits": (Edit("np.exp", "np.exp"),)}, "changes nothing"),
        ({"hint": ""}, "no hint"),
        ({"id": "sig-tanh"}, "two rows have the id 'sig-tanh'"),
        ({"edits": load_lab("q1").mistakes[1].edits}, "makes the same program as"),
        ({"also": ("sig-tanh",)}, "does not name it in return"),
        ({"halves": ("columns",)}, "go together"),
        ({"because": "nothing is spared"}, "go together"),
        ({"spares": ("handout",), "because": "it is another function's"}, "has no other part 'handout'"),
        ({"spares": ("columns",), "halves": ("*",), "because": "twice"}, "has no other part '*'"),
        ({"spares": ("columns",), "because": "it is harmless"}, "costs nothing"),
        ({"function": "test_accuracy"}, "is about 'test_accuracy', which no line grades"),
    ],
)
@pytest.mark.one_in(3)
def test_an_unsound_row_is_noticed(changes, said):
    assert any(said in fault.what for fault in validate.faults(doctored(**changes)))


def test_two_rows_that_answer_the_same_are_noticed():
    twin = Mistake("twin", "sigmoid", (Edit("np.exp(-z)", "np.exp(+z)"),), "A hint that says enough.")
    lab = load_lab("q1")
    found = list(undeclared(Reference(replace(lab, mistakes=(*lab.mistakes, twin))), seed=5))
    assert found == ["sig-no-minus and twin answer the same"]


def test_a_row_that_no_probe_notices_fails():
    harmless = Mistake("harmless", "sigmoid", (Edit("1 / (1", "1.0 / (1"),), "A hint that says enough.")
    lab = load_lab("q1")
    reference = Reference(replace(lab, mistakes=(harmless,)))
    assert lost_in_process(reference, harmless, answers_of(reference, harmless, 6), 6) == {}
