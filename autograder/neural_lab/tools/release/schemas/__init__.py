"""JSON Schemas of what platforms read, kept beside this file, and what is wrong with a result by them.

Each is written from the platform's own documentation; its title says of when.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

MOST_WORDS = 300  # of a problem: jsonschema quotes what it found, whole


@functools.cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads(Path(__file__).with_name(f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def problems(name: str, data: Any) -> list[str]:
    """All that is wrong with the data, one sentence each; nothing if it is in order.

    :param name: of the schema: "report"
    """
    found = sorted(_validator(name).iter_errors(data), key=lambda error: error.json_path)
    return [f"{error.json_path}: {error.message[:MOST_WORDS]}" for error in found]
