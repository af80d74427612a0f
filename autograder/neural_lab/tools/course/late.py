"""The late policy of a class, `policy.toml` in its folder of grades: how many percent a late hand-in loses.

    [late]
    deadline = 2026-11-20T23:59:00+01:00
    grace_minutes = 15       # later than this counts, from the deadline on; 0 if left out
    percent = 10             # of the marks earned are lost
    every_hours = 24         # for each of these that has begun; 24 if left out
    most_percent = 50        # never more than this; 100 if left out
    closed_after_hours = 120 # later than this loses everything; never if left out

Lateness is that of the submission's own time, never of the clock: grading again changes nothing.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HOUR = timedelta(hours=1)
# Each number of the policy: its bounds, and what it is where it is left out; None: it must be there.
_NUMBERS: dict[str, tuple[float, float, float | None]] = {
    "grace_minutes": (0, 100_000, 0),
    "percent": (0, 100, None),
    "every_hours": (0.01, 100_000, 24),
    "most_percent": (0, 100, 100),
    "closed_after_hours": (0, 100_000, math.inf),
}


class PolicyError(Exception):
    """policy.toml cannot be read; the message says what was expected."""


@dataclass(frozen=True)
class LatePolicy:
    """What lateness costs. `closed_after_hours` may be infinite."""

    deadline: datetime
    grace_minutes: float
    percent: float
    every_hours: float
    most_percent: float
    closed_after_hours: float

    def lateness(self, submitted: datetime, extension_days: float = 0.0) -> timedelta:
        """How late that is; nothing within the grace."""
        late = submitted - self.deadline - timedelta(days=extension_days)
        return late if late > timedelta(minutes=self.grace_minutes) else timedelta()

    def percent_lost(self, late: timedelta) -> float:
        """Of the marks earned, between 0 and 100."""
        if late > timedelta():
            if late / HOUR > self.closed_after_hours:
                return 100.0
            return min(math.ceil(late / HOUR / self.every_hours) * self.percent, self.most_percent)
        return 0.0


def read(file: Path) -> LatePolicy | None:
    """The policy; None where there is no such file, or it says nothing about lateness.

    :raises PolicyError: it says something else than expected
    """
    try:
        contents: dict[str, Any] = tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PolicyError(f"{file} cannot be read: {error}") from error
    if contents.keys() - {"late"}:
        raise PolicyError(f"{file.name}: expected [late] alone, got {', '.join(sorted(contents.keys() - {'late'}))}")
    late = contents.get("late")
    if late is None:
        return None
    if not isinstance(late, dict):
        raise PolicyError(f"{file.name}: expected a table [late]")
    return _policy(late, file.name)


def _policy(late: dict[str, Any], file: str) -> LatePolicy:
    unknown = late.keys() - _NUMBERS.keys() - {"deadline"}
    if unknown:
        known = ", ".join(("deadline", *_NUMBERS))
        raise PolicyError(f"{file}: nothing is named {min(unknown)!r} there; these are: {known}")
    deadline = late.get("deadline")
    if not isinstance(deadline, datetime) or deadline.tzinfo is None:
        raise PolicyError(f"{file}: expected deadline = 2026-11-20T23:59:00+01:00, without quotes and with its offset")
    numbers = {}
    for name, (least, most, default) in _NUMBERS.items():
        value = late.get(name, default)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not (least <= value <= most or value == default)
        ):
            raise PolicyError(f"{file}: expected {name} as a number from {least:g} to {most:,}")
        numbers[name] = float(value)
    return LatePolicy(deadline, **numbers)
