"""Gradescope's documented format of results.json, as a check of a file.

Source: Gradescope's autograder specification (output format, leaderboards). Stricter than that in what the autograder
promises: scores between 0 and their maximum, every line with a number of its own, no field that Gradescope ignores.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

FORMATS = ("text", "html", "simple_format", "md", "ansi")
VISIBILITIES = ("visible", "hidden", "after_due_date", "after_published")
MOST_BYTES = 10 << 20  # of the file; far more than anybody reads

Check = Callable[[Any], str]  # what is wrong with a value, or nothing


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
    return list(_problems(results))


def _problems(results: Any) -> Iterator[str]:
    if not isinstance(results, dict):
        yield f"expected an object, got {_kind(results)}"
        return
    yield from _fields(results, _TOP, "")
    fault = isinstance(results.get("extra_data"), dict) and results["extra_data"].get("grader_fault")
    if "score" not in results and not results.get("tests") and not fault:  # a fault is to be reported as that
        yield "neither score nor tests: Gradescope would report a failure"
    numbers = []
    for index, test in enumerate(_list(results.get("tests"))):
        where = f"tests[{index}]"
        if not isinstance(test, dict):
            yield f"{where}: expected an object, got {_kind(test)}"
            continue
        yield from _fields(test, _TEST, f"{where}.")
        yield from _score(test, where)
        numbers.append(test.get("number"))
    for number in sorted({str(number) for number in numbers if number is not None and numbers.count(number) > 1}):
        yield f"the number {number} stands at several tests"
    for index, place in enumerate(_list(results.get("leaderboard"))):
        where = f"leaderboard[{index}]"
        if not isinstance(place, dict):
            yield f"{where}: expected an object, got {_kind(place)}"
            continue
        yield from _fields(place, _PLACE, f"{where}.")
        yield from (f"{where}: {name} is missing" for name in ("name", "value") if name not in place)
    yield from _not_finite(results, "results")


def _fields(found: Mapping[str, Any], known: Mapping[str, Check], where: str) -> Iterator[str]:
    for name, value in found.items():
        if name not in known:
            yield f"{where}{name}: Gradescope knows no such field"
        elif wrong := known[name](value):
            yield f"{where}{name}: {wrong}"


def _score(test: Mapping[str, Any], where: str) -> Iterator[str]:
    score, most = test.get("score"), test.get("max_score")
    if score is None and "status" not in test:
        yield f"{where}: neither a score nor a status"
    if isinstance(score, int | float) and isinstance(most, int | float) and score > most:
        yield f"{where}: a score of {score} of {most}"


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


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _kind(value: Any) -> str:
    return type(value).__name__


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return f"expected a text, got {_kind(value)}"
    return "half of a surrogate pair, which no UTF-8 can hold" if any("\ud800" <= c <= "\udfff" for c in value) else ""


def _number(value: Any) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "" if is_number else f"expected a number, got {_kind(value)}"


def _marks(value: Any) -> str:
    return _number(value) or (f"expected at least 0, got {value}" if value < 0 else "")


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else f"expected an object, got {_kind(value)}"


def _array(value: Any) -> str:
    return "" if isinstance(value, list) else f"expected a list, got {_kind(value)}"


def _texts(value: Any) -> str:
    return _array(value) or next((wrong for wrong in map(_text, value) if wrong), "")


def _one_of(*allowed: str) -> Check:
    def check(value: Any) -> str:
        return "" if value in allowed else f"expected one of {', '.join(allowed)}, got {value!r}"

    return check


def _value(value: Any) -> str:
    return "" if isinstance(value, str) else _number(value)


_TOP: Mapping[str, Check] = {
    "score": _marks,
    "execution_time": _marks,
    "output": _text,
    "output_format": _one_of(*FORMATS),
    "test_output_format": _one_of(*FORMATS),
    "test_name_format": _one_of(*FORMATS),
    "visibility": _one_of(*VISIBILITIES),
    "stdout_visibility": _one_of(*VISIBILITIES),
    "extra_data": _object,
    "tests": _array,
    "leaderboard": _array,
}
_TEST: Mapping[str, Check] = {
    "score": _marks,
    "max_score": _marks,
    "status": _one_of("passed", "failed"),
    "name": _text,
    "name_format": _one_of(*FORMATS),
    "number": _text,
    "output": _text,
    "output_format": _one_of(*FORMATS),
    "tags": _texts,
    "visibility": _one_of(*VISIBILITIES),
    "extra_data": _object,
}
_PLACE: Mapping[str, Check] = {"name": _text, "value": _value, "order": _one_of("asc", "desc")}
