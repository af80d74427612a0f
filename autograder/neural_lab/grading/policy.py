"""How often a probe is run, with the student's helpers or the reference's, and which run counts for each part.

Pure: no process, no file, no clock. Each run is an *attempt*; what a student hands in is a hand-in.

A probe is first run in a *shared* worker, which serves one probe after another; the submission is loaded anew before
each. That is cheap, and it is enough for a right answer: a right answer is right wherever it was given. What is not
right there is asked again with the reference in the place of the helpers that are wrong, if there are any. What is
still not right may come from what another probe left behind (a patched NumPy, memory that is used up), so it is asked
again in a *fresh* worker, and only that verdict can cost a mark or show a case in the feedback. One thing is said of a
shared worker's wrong answer: that a part which is right with a correct helper was not right with the student's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Setting(NamedTuple):
    """How a probe is run.

    :param shared: in the worker that serves several probes; otherwise in one of its own
    :param substituted: labels of the functions that the reference answers for
    """

    shared: bool
    substituted: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What one attempt showed, as far as the policy needs it.

    :param worth: for each part that the probe serves, the share of its marks: 1, 0.5 or 0
    :param unwritten: the function under test itself still raises `NotImplementedError`
    :param remark: something besides marks would be said of it: a print, or a flag for the staff
    """

    setting: Setting
    worth: tuple[float, ...]
    unwritten: bool = False
    remark: bool = False


SHARED_OWN = Setting(shared=True)
FRESH_OWN = Setting(shared=False)


def next_attempt(history: Sequence[Outcome], wrong: Sequence[str], endless: bool = False) -> Setting | None:
    """The next attempt on a probe, or None when nothing more can change its marks.

    :param history: what the attempts so far showed, in their order
    :param wrong: labels of the earlier functions that were judged wrong
    :param endless: one of them never ends when it is called
    """
    tried = {outcome.setting for outcome in history}
    # Right is believed of any worker, and for each part on its own: the best attempt counts. A remark is believed of a
    # fresh worker alone, for in a shared one it may come from what another probe left behind: that run is made anew.
    if history and all(part == 1 for part in best_worth(history)):
        anew = (outcome.setting._replace(shared=False) for outcome in history if outcome.remark)
        return next((setting for setting in anew if setting not in tried), None)
    # A function that is not written yet can't be helped by other helpers.
    substitutes = () if any(o.unwritten and not o.setting.shared for o in history) else tuple(wrong)
    settings = [SHARED_OWN]
    if substitutes:
        # What is wrong only because of an earlier function is right here: most of a wrong submission costs no process.
        settings.append(Setting(True, substitutes))
    if not (endless and substitutes):
        # A run on a helper that never ends can only wait for it; its own helpers get no further run.
        settings.append(FRESH_OWN)
    if substitutes:
        settings.append(Setting(False, substitutes))
    return next((setting for setting in settings if setting not in tried), None)


def best_worth(history: Sequence[Outcome]) -> tuple[float, ...]:
    """For each part the most that is believed so far: anything of a fresh worker, and right of a shared one."""
    believed = [[w if w == 1 or not o.setting.shared else 0.0 for w in o.worth] for o in history]
    return tuple(map(max, zip(*believed)))


def best(history: Sequence[Outcome], part: int) -> int:
    """Which attempt counts for a part: its number in the history.

    The first that is right, a fresh one where there was a reason for one. Otherwise the best of the fresh ones; of two
    that are worth the same the one in which the wrong helpers were replaced, since what is still wrong there is this
    function's own.

    :param part: the part's number among those that the probe serves
    """
    right = [number for number, outcome in enumerate(history) if outcome.worth[part] == 1]
    if right:
        return min(right, key=lambda number: history[number].setting.shared)
    fresh = [number for number, outcome in enumerate(history) if not outcome.setting.shared]
    return max(fresh, key=lambda number: (history[number].worth[part], bool(history[number].setting.substituted)))
