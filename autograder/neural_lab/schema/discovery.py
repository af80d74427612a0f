"""Which labs there are, one of them by its name, and where in a lab's files something went wrong."""

from __future__ import annotations

import importlib
from pathlib import Path

from neural_lab.schema.lab import Lab, Unsound
from neural_lab.schema.places import LABS


class UnknownLab(ValueError):
    """There is no lab of that name; the message lists those there are."""


def load_lab(name: str) -> Lab:
    """The lab of that name, from `labs/<name>/rubric.py`.

    :raises UnknownLab: there is no such lab
    :raises Unsound: it can't be graded as it is written; whatever else its files raise when they are imported
    """
    if name not in lab_names():
        raise UnknownLab(f"there is no lab named {name!r}; there are: {', '.join(lab_names())}")
    rubric = importlib.import_module(f"neural_lab.labs.{name}.rubric")
    if not hasattr(rubric, "LAB"):
        raise Unsound(f"labs/{name}/rubric.py defines no LAB", "end it with LAB = Lab(...)")
    lab: Lab = rubric.LAB
    if lab.name != name:
        raise Unsound(f"the lab in labs/{name}/ calls itself {lab.name!r}", "give both the same name", lab.name)
    return lab


def lab_names() -> list[str]:
    """The labs there are: the folders of `labs/` that have a rubric."""
    return sorted(file.parent.name for file in LABS.glob("*/rubric.py"))


def place_of(error: BaseException) -> tuple[Path, int] | None:
    """The file and line of a lab that an exception came from; None where no lab's own line was running."""
    if isinstance(error, SyntaxError) and error.filename:
        frames = [(Path(error.filename), error.lineno or 1)]
    else:
        frames, trace = [], error.__traceback__
        while trace is not None:
            frames.append((Path(trace.tb_frame.f_code.co_filename), trace.tb_lineno))
            trace = trace.tb_next
    return next((frame for frame in reversed(frames) if LABS in frame[0].parents[1:]), None)
