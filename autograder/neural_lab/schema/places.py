"""Where the project's files are, in a checkout as in the unpacked zip."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neural_lab.schema.lab import Lab

PACKAGE = Path(__file__).resolve().parents[1]
AUTOGRADER = PACKAGE.parent
ROOT = AUTOGRADER.parent
SOLUTION, STUDENT, DATA, DOCS = (ROOT / name for name in ("solution", "student", "data", "docs"))
SECRET = AUTOGRADER / "secret"
LABS = PACKAGE / "labs"


def files_of(lab: Lab, tree: Path = SOLUTION) -> dict[str, Path]:
    """The file of each of the lab's modules, in `solution/` or another tree of the same layout such as `student/`."""
    return {module: tree / lab.folder / f"{module}.py" for module in lab.modules}


def submission_in(tree: Path, lab: Lab) -> Path:
    """What a student would hand in of such a tree: the file itself if there is one, the folder if there are more."""
    files = list(files_of(lab, tree).values())
    return files[0] if len(files) == 1 else tree / lab.folder
