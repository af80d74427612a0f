"""Gradescope's documented format of results.json, as a check of a file.

The format is a schema, `schemas/gradescope.json`. Here stands what a schema can't say, and what the autograder promises
beyond it: scores within their maximum, every line with a number of its own, no NaN anywhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from neural_lab.tools.release import schemas

MOST_BYTES = 10 << 20  # of the file; far more than anybody reads


def parse(text: str | bytes) -> Any:
    """Read results.json as strictly as Gradescope: no NaN, no Infinity; and no name twice in an object.

    :raises ValueError: the text is not JSON; the message says where
    """

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in items]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the name {twice[0]!r} stands twice in one object")
        return dict(items)

    if isinstance(text, bytes):
        text = text.decode("utf-8")
    try:
        return json.loads(text, parse_constant=refuse, object_pairs_hook=pairs)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def problems(results: Any) -> list[str]:
    """All that is wrong with the contents of a results.json, one sentence each; nothing if it is in order."""
    return [*schemas.problems("gradescope", results), *_among_tests(results), *_not_finite(results, "results")]


def _among_tests(results: Any) -> Iterator[str]:
    """Numbers that stand beside others: a score above its maximum, a number of several tests."""
    tests = results.get("tests") if isinstance(results, dict) else None
    numbers = []
    for index, test in enumerate(tests if isinstance(tests, list) else []):
        if not isinstance(test, dict):
            continue
        score, most = test.get("score"), test.get("max_score")
        if isinstance(score, int | float) and isinstance(most, int | float) and score > most:
            yield f"tests[{index}]: a score of {score} of {most}"
        numbers.append(test.get("number"))
    for number in sorted({str(number) for number in numbers if number is not None and numbers.count(number) > 1}):
        yield f"the number {number} stands at several tests"


def _not_finite(value: Any, where: str) -> Iterator[str]:
    """NaN and infinity, which are not JSON, wherever they are; extra_data has no other rules."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{where}: {value} is not JSON"
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _not_finite(item, f"{where}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _not_finite(item, f"{where}[{index}]")
