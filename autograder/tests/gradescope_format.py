"""Gradescope's documented format of results.json, as a check. Owns no opinion on scores beyond their bounds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

FORMATS = {"text", "html", "simple_format", "md", "ansi"}
VISIBILITIES = {"visible", "hidden", "after_due_date", "after_published"}
TOP = {
    "score": (int, float), "execution_time": (int, float), "output": str, "output_format": str,
    "test_output_format": str, "test_name_format": str, "visibility": str, "stdout_visibility": str,
    "extra_data": dict, "tests": list, "leaderboard": list,
}  # fmt: skip
TEST = {
    "score": (int, float), "max_score": (int, float), "status": str, "name": str, "name_format": str, "number": str,
    "output": str, "output_format": str, "tags": list, "visibility": str, "extra_data": dict,
}  # fmt: skip


def problems(data: Any) -> list[str]:
    """What Gradescope would not take, or not take as meant; empty if all is well."""
    return list(_problems(data))


def load(text: str) -> Any:
    """Parse as strictly as Gradescope does: no NaN, no Infinity.

    :raises ValueError: invalid JSON
    """

    def refuse(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    return json.loads(text, parse_constant=refuse)


def _problems(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        yield "not an object"
        return
    yield from _fields(data, TOP, "top")
    if "score" not in data and "tests" not in data:
        yield "neither a score nor tests"
    for index, test in enumerate(data.get("tests", [])):
        if not isinstance(test, dict):
            yield f"test {index} is not an object"
            continue
        yield from _fields(test, TEST, f"test {index}")
        score, most = test.get("score"), test.get("max_score")
        if isinstance(score, int | float) and isinstance(most, int | float) and not 0 <= score <= most:
            yield f"test {index}: {score} out of {most}"
        if not all(isinstance(tag, str) for tag in test.get("tags", [])):
            yield f"test {index}: a tag that is no text"
    try:
        load(json.dumps(data, allow_nan=False)).keys()
        json.dumps(data, ensure_ascii=False).encode("utf-8")
    except ValueError as error:
        yield f"not valid JSON: {error}"


def _fields(data: dict[str, Any], known: dict[str, Any], where: str) -> Iterator[str]:
    for name, value in data.items():
        if name not in known:
            yield f"{where}: unknown field {name}"
        elif not isinstance(value, known[name]) or isinstance(value, bool):
            yield f"{where}: {name} is of type {type(value).__name__}"
        elif name == "visibility" or name.endswith("_visibility"):
            if value not in VISIBILITIES:
                yield f"{where}: {name} {value}"
        elif name.endswith("_format") and value not in FORMATS:
            yield f"{where}: {name} {value}"
    if not all(math.isfinite(data[name]) for name in ("score", "max_score") if isinstance(data.get(name), float)):
        yield f"{where}: a score that is no number"
    if data.get("status", "passed") not in {"passed", "failed"}:
        yield f"{where}: status {data['status']}"
