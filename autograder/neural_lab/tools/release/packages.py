"""Build all that an instructor uploads to one platform (`make package PLATFORM=…`): dist/LAB-PLATFORM.zip.

In each is a page of the clicks and settings, the platform's section of docs/platforms.md. A package with the grader
leaves here only after that gave the solution full marks and the stub none. Those for Classroom 50 and GitHub lie where
students can read them: they hold the public self-check.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tarfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from neural_lab import atomic
from neural_lab.intake.secret import fingerprint, read_secret
from neural_lab.platforms.classroom50 import POINTS
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT, files_of
from neural_lab.tools.release import package
from neural_lab.tools.release.package import AT_THE_ROOT, SECRET_FILE, PackageError
from neural_lab.tools.release.zips import zipped

ENTRY = "autograder/run_platform"
PAGE = "docs/platforms.md"
NAMESPACE = uuid.UUID("6e657572-616c-4c61-8221-000000000000")  # of our question's ids; any would do, if it stays


class Package(NamedTuple):
    """What is packed for a platform.

    :param title: of its section in docs/platforms.md
    :param files: (lab, data set, project's folder) -> {name in the zip: bytes}
    """

    title: str
    files: Callable[[Lab, str, Path], dict[str, bytes]]


def readme(title: str, root: Path = ROOT) -> bytes:
    """The platform's section of the page, as a page of its own.

    :raises PackageError: there is no such section
    """
    for section in (root / PAGE).read_text("utf-8").split("\n## ")[1:]:
        head, _, body = section.partition("\n")
        if head == title:
            unlinked = re.sub(r"\[([^\]]+)\]\([^):]+\)", r"\1", body)  # what is linked stays behind
            return f"# {title}\n{unlinked}".rstrip().encode() + b"\n"
    raise PackageError(f"{PAGE} has no section {title!r}")


def target_of(lab: str, platform: str, root: Path = ROOT) -> Path:
    return root / "dist" / f"{lab}-{platform}.zip"


def _grader(lab: Lab, data: str, root: Path, below: str = "") -> dict[str, bytes]:
    """The grader with its entry, below a folder of the package."""
    packed = package.grader(lab, data, root) | {ENTRY: (root / ENTRY).read_bytes()}
    return {f"{below}{name}": content for name, content in packed.items()}


def _gradescope(lab: Lab, data: str, root: Path) -> dict[str, bytes]:
    return package.contents(lab, data, root)


def _prairielearn(lab: Lab, data: str, root: Path) -> dict[str, bytes]:
    name = f"neural_lab_{lab.name}"
    secret = fingerprint(read_secret(root / SECRET_FILE))
    info = {
        "uuid": str(uuid.uuid5(NAMESPACE, f"{lab.name} {secret}")),
        "title": lab.title,
        "topic": "Neural networks",
        "type": "v3",
        "gradingMethod": "External",
        "externalGradingOptions": {
            "enabled": True,
            "image": "YOUR-ACCOUNT/neural-lab",
            "entrypoint": ["bash", f"/grade/serverFilesCourse/{name}/{ENTRY}", "prairielearn"],
            "serverFilesCourse": [name],
            "timeout": 600,
            "enableNetworking": False,
        },
    }
    wanted = ",".join(f"{module}.py" for module in lab.modules)
    question = (
        "<pl-question-panel>\n"
        f"  <p>{lab.title}: upload {wanted.replace(',', ' and ')} of the handout.</p>\n"
        "</pl-question-panel>\n"
        f'<pl-file-upload file-names="{wanted}"></pl-file-upload>\n'
        "<pl-submission-panel>\n"
        "  <pl-external-grader-results></pl-external-grader-results>\n"
        "  <pl-file-preview></pl-file-preview>\n"
        "</pl-submission-panel>\n"
    )
    return {
        f"questions/{name}/info.json": json.dumps(info, indent=2).encode() + b"\n",
        f"questions/{name}/question.html": question.encode(),
        "image/Dockerfile": DOCKERFILE.encode(),
        "image/requirements.txt": (root / "requirements" / "grading.txt").read_bytes(),
        **_grader(lab, data, root, f"serverFilesCourse/{name}/"),
    }


DOCKERFILE = """\
# The image that PrairieLearn runs: Python, NumPy and libseccomp. Nothing of the lab is in it, so it may be public.
FROM python:3.12-slim
RUN apt-get update && apt-get install -y --no-install-recommends libseccomp2 && rm -rf /var/lib/apt/lists/*
COPY requirements.txt /tmp/requirements.txt
RUN python3 -m pip install --no-cache-dir --require-hashes -r /tmp/requirements.txt
"""

MAKEFILE = """\
# Autolab renames this to Makefile and runs make in a folder that holds autograde.tar and the hand-in.
all:
	@tar xf autograde.tar
	@bash {entry} autolab
"""


def _autolab(lab: Lab, data: str, root: Path) -> dict[str, bytes]:
    if len(lab.modules) > 1:
        wanted = " and ".join(f"{module}.py" for module in lab.modules)
        raise PackageError(f"Autolab takes one file, and {lab.name} wants {wanted}; package another lab for it")
    return {
        "autograde.tar": _tar(_grader(lab, data, root)),
        "autograde-Makefile": MAKEFILE.format(entry=ENTRY).encode(),
        "requirements.txt": (root / "requirements" / "grading.txt").read_bytes(),
    }


def _tar(files: dict[str, bytes]) -> bytes:
    """A tar whose bytes depend on what is in it alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(files[name]), 0o600
            archive.addfile(entry, io.BytesIO(files[name]))
    return buffer.getvalue()


# -- the public self-check --------------------------------------------------------------------------------------------

# All that may be read by everybody. No lab's folder is in it: neither solution, known mistakes, probes nor secret.
PUBLIC = (
    "__init__.py",
    "feedback/__init__.py",
    "feedback/markdown.py",
    "intake/__init__.py",
    "intake/foreign.py",
    "platforms/__init__.py",
    "platforms/actions.py",
    "platforms/classroom50.py",
    "platforms/outcome.py",
    "platforms/self_check.py",
)
CHECKED = "q1"  # the lab that the handout's check.py checks

SELF_CHECK = """\
\"\"\"The public self-check: practice marks, made by checks that anybody may read. It holds no solution.\"\"\"

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from neural_lab.platforms.self_check import main  # noqa: E402 (found by the line above)

sys.exit(main("{platform}", HERE))
"""

WORKFLOW = """\
# The public self-check: practice marks whenever something is pushed. It decides no grade.
name: Self-check
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  self-check:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install numpy
      - run: python .github/self-check/autograder.py
"""


def _self_check(platform: str, lab: Lab, root: Path, below: str) -> dict[str, bytes]:
    if lab.name != CHECKED:
        raise PackageError(f"the public self-check is of {CHECKED} alone, not of {lab.name}; its students have theirs")
    lines = [
        {"number": line.number, "function": line.function, "name": line.name, "marks": line.marks} for line in lab.lines
    ]
    about = {"lab": lab.name, "title": lab.title, "file": f"{lab.modules[-1]}.py", "lines": lines}
    checks = [name for name in package.files_of_the_tree(root) if name.startswith("student/checks/")]
    packed = {name.removeprefix("student/"): (root / name).read_bytes() for name in checks}
    packed |= {f"neural_lab/{name}": (root / "autograder" / "neural_lab" / name).read_bytes() for name in PUBLIC}
    packed["lines.json"] = json.dumps(about, indent=2).encode() + b"\n"
    packed["autograder.py"] = SELF_CHECK.format(platform=platform).encode()
    packed["LICENSE"] = (root / "LICENSE").read_bytes()
    return {f"{below}{name}": content for name, content in packed.items()}


def _classroom50(lab: Lab, data: str, root: Path) -> dict[str, bytes]:
    return _self_check("classroom50", lab, root, "bundle/")


def _github(lab: Lab, data: str, root: Path) -> dict[str, bytes]:
    bundle = _self_check("github", lab, root, "template/.github/self-check/")
    return {"template/.github/workflows/self-check.yml": WORKFLOW.encode(), **bundle}


PACKAGES = {
    "gradescope": Package("Gradescope", _gradescope),
    "prairielearn": Package("PrairieLearn", _prairielearn),
    "autolab": Package("Autolab", _autolab),
    "classroom50": Package("Classroom 50", _classroom50),
    "github": Package("GitHub Actions", _github),
}


def contents(platform: str, lab: Lab, data: str = "digits", root: Path = ROOT) -> dict[str, bytes]:
    """Everything in a platform's package: {name: bytes}.

    :raises PackageError: a file is missing, or the lab does not fit the platform
    """
    one = PACKAGES[platform]
    return one.files(lab, data, root) | {"README.md": readme(one.title, root)}


def archive_of(packed: dict[str, bytes]) -> bytes:
    """The zip. Its secrets are for the owner alone."""
    modes = {name: 0o600 for name in packed if name.endswith(SECRET_FILE)}
    return zipped(packed, dict.fromkeys(AT_THE_ROOT, 0o755) | modes)


# -- the first upload -------------------------------------------------------------------------------------------------

BROKEN = b"class NeuralNetwork:\n    def sigmoid(z)\n        return z\n"  # a colon is missing
EXPECTED = """\
# The first upload
Upload these three to {title}, one after the other, as a student would, and compare.

| folder | holds | expect |
|---|---|---|
| right/ | the reference solution | {full} |
| unfinished/ | the stub | {none} |
| not-python/ | a file that does not parse | {refused} |

{isolation}

Then put a line into the table *Tried live* of docs/platforms.md: platform, date, its version if it tells one, the
isolation, and your name. **right/ holds the solution**: delete it on the platform when you are done.
"""
ISOLATED = "The first line that the grader prints says the isolation: *full*, or what is missing."
OPEN = "These are practice marks, made by the handout's checks. They do not isolate the student's program."
REFUSED = {
    "gradescope": "0, and that the file is not Python, with the line",
    "prairielearn": "not gradable, and that the file is not Python; no attempt is used",
    "autolab": "that the file is not Python; no scores are entered",
    "classroom50": "nothing is published; the job's log says that the file cannot be read",
    "github": "a red job with one annotation: the file cannot be read",
}


def first_upload(platform: str, lab: Lab, root: Path = ROOT) -> dict[str, bytes]:
    """What to upload first, and what should come of it: {name: bytes}."""
    public = platform in ("classroom50", "github")
    points = POINTS if platform == "classroom50" else 1
    unit = "points" if points > 1 else "practice marks" if public else "marks"
    files = {}
    for folder, tree in (("right", "solution"), ("unfinished", "student")):
        for module, file in files_of(lab, root / tree).items():
            files[f"{folder}/{module}.py"] = file.read_bytes()
    files[f"not-python/{lab.modules[-1]}.py"] = BROKEN
    files["EXPECTED.md"] = EXPECTED.format(
        title=PACKAGES[platform].title,
        full=f"{points * lab.marks:g} of {points * lab.marks:g} {unit}",
        none=f"0 of {points * lab.marks:g} {unit}, every function not written yet",
        refused=REFUSED[platform],
        isolation=OPEN if public else ISOLATED,
    ).encode()
    return files


def build(platform: str, lab: Lab, data: str = "digits", root: Path = ROOT) -> Path:
    """Build, prove and write a package.

    :return: where it is
    :raises PackageError: a file is missing, or the packed grader does not grade as it should
    """
    package.warn_of_uncommitted(lab, root)
    packed = contents(platform, lab, data, root)
    if any(name.endswith(SECRET_FILE) for name in packed):
        package.proved(package.contents(lab, data, root), lab, root)
    target = target_of(lab.name, platform, root)
    target.parent.mkdir(exist_ok=True)
    atomic.write(target, archive_of(packed))
    first = target.parent / "first-upload" / f"{lab.name}-{platform}"
    for name, content in first_upload(platform, lab, root).items():
        (first / name).parent.mkdir(parents=True, exist_ok=True)
        atomic.write(first / name, content)
    print(
        f"{package.from_here(target)}: {len(packed)} files; README.md in it tells the clicks. "
        f"Upload first what is in {package.from_here(first)}/"
    )
    return target


def main() -> int:
    """Run the command line; the exit status is 0 if the package was built."""
    parser = package.parser_of("package", __doc__)
    parser.add_argument("--platform", choices=PACKAGES, help="where students hand in")
    options = parser.parse_args()
    if not options.platform:
        parser.error(f"for which platform? make package PLATFORM=prairielearn, or {', '.join(PACKAGES)}")
    return package.run("package", options.lab, lambda: build(options.platform, load_lab(options.lab), options.data))


if __name__ == "__main__":
    sys.exit(main())
