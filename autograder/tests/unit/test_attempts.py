"""The policy of attempts: which run a probe gets next, and which one counts. Every rule on both sides of its line."""

from __future__ import annotations

import itertools

import pytest

from neural_lab.grading.policy import FRESH_OWN, SHARED_OWN, Outcome, Setting, best, best_worth, next_attempt

SHARED_SUBSTITUTED = Setting(True, ("sigmoid",))
FRESH_SUBSTITUTED = Setting(False, ("sigmoid",))
WRONG = ("sigmoid",)


def outcomes(*found: tuple[Setting, float]) -> list[Outcome]:
    return [Outcome(setting, (worth,)) for setting, worth in found]


def attempts(worth: dict[Setting, float], wrong: tuple[str, ...] = (), endless: bool = False, unwritten: bool = False):
    """The settings that are tried in turn, where each would show that worth."""
    history: list[Outcome] = []
    while (setting := next_attempt(history, wrong, endless)) is not None:
        history.append(Outcome(setting, (worth.get(setting, 0.0),), unwritten))
        assert len(history) < 10, "it never ends"
    return [outcome.setting for outcome in history]


def test_what_is_right_in_the_shared_worker_gets_no_other_run():
    assert attempts({SHARED_OWN: 1.0}, WRONG) == [SHARED_OWN]


def test_what_is_wrong_in_the_shared_worker_is_asked_again_in_a_fresh_one():
    assert attempts({}) == [SHARED_OWN, FRESH_OWN]


def test_half_of_the_marks_in_the_shared_worker_are_not_believed():
    assert attempts({SHARED_OWN: 0.5, FRESH_OWN: 0.5}) == [SHARED_OWN, FRESH_OWN]
    assert best(outcomes((SHARED_OWN, 0.5), (FRESH_OWN, 0.0)), 0) == 1


def test_what_is_right_once_an_earlier_function_is_right_costs_no_fresh_worker():
    assert attempts({SHARED_SUBSTITUTED: 1.0}, WRONG) == [SHARED_OWN, SHARED_SUBSTITUTED]


def test_what_is_wrong_everywhere_is_tried_fresh_with_its_own_helpers_first():
    assert attempts({}, WRONG) == [SHARED_OWN, SHARED_SUBSTITUTED, FRESH_OWN, FRESH_SUBSTITUTED]


def test_a_fresh_run_with_its_own_helpers_that_is_right_ends_the_attempts():
    assert attempts({FRESH_OWN: 1.0}, WRONG)[-1] == FRESH_OWN


def test_a_helper_that_never_ends_is_waited_for_once_at_most():
    assert attempts({}, WRONG, endless=True) == [SHARED_OWN, SHARED_SUBSTITUTED, FRESH_SUBSTITUTED]
    assert attempts({}, (), endless=True) == [SHARED_OWN, FRESH_OWN], "without a substitute there is no other run"


def test_a_function_that_is_not_written_gets_no_substitutes_once_a_fresh_worker_says_so():
    assert attempts({}, WRONG, unwritten=True) == [SHARED_OWN, SHARED_SUBSTITUTED, FRESH_OWN]


def test_a_remark_on_a_right_answer_comes_from_a_fresh_worker():
    shared = Outcome(SHARED_OWN, (1.0,), remark=True)
    assert next_attempt([shared], ()) == FRESH_OWN
    assert next_attempt([shared, Outcome(FRESH_OWN, (1.0,), remark=True)], ()) is None
    assert next_attempt([Outcome(SHARED_OWN, (1.0,))], ()) is None
    helped = [Outcome(SHARED_OWN, (0.0,)), Outcome(SHARED_SUBSTITUTED, (1.0,), remark=True)]
    assert next_attempt(helped, WRONG) == FRESH_SUBSTITUTED, "a remark on a run with substitutes is no other run's"
    assert next_attempt([*helped, Outcome(FRESH_SUBSTITUTED, (1.0,), remark=True)], WRONG) is None


def test_parts_of_one_probe_may_be_right_in_different_runs():
    history = [Outcome(SHARED_OWN, (1.0, 0.0)), Outcome(SHARED_SUBSTITUTED, (0.0, 1.0))]
    assert next_attempt(history, WRONG) is None
    assert (best(history, 0), best(history, 1)) == (0, 1)


def test_of_two_runs_worth_the_same_the_one_with_substitutes_is_shown():
    history = outcomes((SHARED_OWN, 0.0), (SHARED_SUBSTITUTED, 0.0), (FRESH_OWN, 0.5), (FRESH_SUBSTITUTED, 0.5))
    assert best(history, 0) == 3
    history = outcomes((SHARED_OWN, 0.0), (SHARED_SUBSTITUTED, 0.0), (FRESH_OWN, 0.5), (FRESH_SUBSTITUTED, 0.0))
    assert best(history, 0) == 2


@pytest.mark.parametrize("wrong", [(), WRONG])
@pytest.mark.parametrize("endless", [False, True])
def test_whatever_comes_out_a_probe_ends_with_a_fresh_run_or_right(wrong, endless):
    settings = [SHARED_OWN, SHARED_SUBSTITUTED, FRESH_OWN, FRESH_SUBSTITUTED]
    for worths in itertools.product([0.0, 0.5, 1.0], repeat=4):
        worth = dict(zip(settings, worths))
        tried = attempts(worth, wrong, endless)
        assert len(set(tried)) == len(tried), "no run twice"
        history = [Outcome(setting, (worth[setting],)) for setting in tried]
        counts = history[best(history, 0)]
        assert counts.worth[0] == best_worth(history)[0], "the best believed run counts"
        assert counts.worth[0] == 1 or not counts.setting.shared, "of a shared worker only right is believed"
