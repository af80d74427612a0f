"""Draws what a student reads in a terminal, from a real run on a real mistake, for the README.

    .venv/bin/python autograder/neural_lab/tools/release/screenshot.py

Its words and numbers are the grader's. A test fails while the file is stale.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy

import io
import re

from rich.console import Console

from neural_lab.feedback.terminal import show
from neural_lab.grading.pipeline import grade
from neural_lab.grading.reference import Reference, edited_module
from neural_lab.intake.submission import Submission
from neural_lab.isolation.self_test import FULL, Isolation
from neural_lab.platforms import gradescope
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import DOCS
from neural_lab.tools.bench.unisolated import InProcess

FILE = DOCS / "grade.svg"
MISTAKE = "sig-no-minus"
COLUMNS = 84


def screenshot() -> str:
    """The SVG: `make grade` on the solution with one mistake, always on the same inputs."""
    lab = load_lab("q1")
    reference = Reference(lab)
    mistake = next(mistake for mistake in lab.mistakes if mistake.id == MISTAKE)
    function = lab.function(mistake.function)
    text = edited_module(reference.sources[function.module], function.path, mistake.edits)
    submission = Submission({function.module: text}, text.encode())
    report = grade(reference, submission, bytes(32), InProcess())  # type: ignore[arg-type]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    show(gradescope.results(report, Isolation(FULL, (), ()), ""), console)
    svg = console.export_svg(title="make grade SUBMISSION=q1.py", unique_id="grade")
    # the reader's own fonts do: a picture must not ask the network for others
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    FILE.write_text(screenshot(), encoding="utf-8")
    print(f"wrote {FILE.name}")
