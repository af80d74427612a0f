"""Makes the README's picture of what a student reads: a terminal, drawn from a real run on a real mistake.

    .venv/bin/python autograder/staff/pictures.py

Owns which mistake is shown; the words and numbers in it are the grader's. A test fails while the picture is stale.
"""

from __future__ import annotations

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy

import io
import re
import sys
from pathlib import Path

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grading import results
from grading.canary import FULL, Isolation
from grading.grade import grade
from grading.models import Reference, edited_module
from grading.rubric import load_lab
from grading.submission import Submission
from grading.table import show
from staff.unisolated import InProcess

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "grade.svg"
MISTAKE = "sig-no-minus"
COLUMNS = 84


def picture() -> str:
    """The SVG: `make grade` on the solution with one mistake, always on the same inputs."""
    lab = load_lab("q1")
    reference = Reference(lab)
    mistake = next(mistake for mistake in lab.mistakes if mistake.id == MISTAKE)
    function = lab.function(mistake.function)
    text = edited_module(reference.sources[function.module], function.path, mistake.edits)
    submission = Submission({function.module: text}, text.encode())
    report = grade(reference, submission, bytes(32), InProcess())  # type: ignore[arg-type]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    show(results.results(report, Isolation(FULL, (), ()), ""), console)
    svg = console.export_svg(title="make grade SUBMISSION=q1.py", unique_id="grade")
    # the reader's own fonts do: a picture must not ask the network for others
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code", "ui-monospace, Menlo, Consolas, DejaVu Sans Mono")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
    print(f"wrote {PICTURE.name}")
