"""JSON Schemas of what platforms read, kept beside this file, and what is wrong with a result by them.

Each is written from the platform's own documentation; its title says of when.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

MOST_WORDS = 300  # of a problem, which quotes what was found
_KINDS = {"object": "an object", "array": "a list", "string": "a text", "number": "a number"}


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(name: str, data: Any) -> list[str]:
    """All that is wrong with the data, one sentence each: where, what was expected, and what is there.

    :param name: of the schema: "report"
    """
    found = sorted(_validator(name).iter_errors(data), key=lambda error: error.json_path)
    told = ((f"{error.json_path}{field}"[1:].lstrip("."), words) for error in found for field, words in _told(error))
    return list(dict.fromkeys(f"{place}: {words[:MOST_WORDS]}".removeprefix(": ") for place, words in told))


def _told(error: ValidationError) -> Iterator[tuple[str, str]]:
    """(field below the error's place, or "", what is wrong there)."""
    got: Any = error.instance
    rule: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "type":
            kinds = [rule] if isinstance(rule, str) else rule
            yield "", f"expected {' or '.join(_KINDS.get(kind, kind) for kind in kinds)}, got {type(got).__name__}"
        case "enum":
            yield "", f"expected one of {', '.join(map(str, rule))}, got {got!r}"
        case "minimum":
            yield "", f"expected at least {rule}, got {got}"
        case "required":
            yield from (("", f"{field} is missing") for field in rule if field not in got)
        case "additionalProperties" if rule is False:
            known = schema.get("properties", {})
            yield from ((f".{field}", "the platform knows no such field") for field in got if field not in known)
        case _:  # a schema may have its own words for what these rules ask for
            yield "", schema.get("description", error.message)
