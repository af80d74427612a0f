"""Build the zip that a TA uploads to Gradescope (`make zip`): dist/autograder-LAB.zip, a version's with its name.

The order, times and modes of the files are fixed, so that one commit and one secret give one zip, byte for byte. A zip
leaves here only after the grader in it, unpacked, gave the solution full marks and the stub none.
"""

from __future__ import annotations

import argparse
import io
import json
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from neural_lab import atomic
from neural_lab.grading.mutants import try_all
from neural_lab.grading.reference import Reference
from neural_lab.intake.secret import fingerprint, read_secret
from neural_lab.isolation.self_test import ACCEPT_WEAK_ISOLATION
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT, SOLUTION, STUDENT, files_of, submission_in
from neural_lab.tools.command import Parser
from neural_lab.tools.course.grader import Grader, GraderDied
from neural_lab.tools.release.validate import refused
from neural_lab.tools.release.zips import zipped

# What Gradescope's image needs. The tools and tests of the staff, the documentation and other data sets stay here.
PACKED = ("autograder/neural_lab/", "solution/", "student/", "requirements/grading.txt", "LICENSE")
LEFT_OUT = ("autograder/neural_lab/tools/",)
# Gradescope wants these two at the root of the zip, executable.
AT_THE_ROOT = {"setup.sh": "setup.sh", "run_autograder": "autograder/run_autograder"}
LAB_FILE, SECRET_FILE = "autograder/lab", "autograder/secret"
ORIGIN = "origin.json"  # in a version's checkout, which is no repository: an `Origin`


class PackageError(Exception):
    """The zip cannot or must not be built; the message says why and what to do."""


def warn(text: str) -> None:
    """Say something that does not stop the build."""
    print(f"warning: {text}", file=sys.stderr)


def git(*arguments: str, root: Path = ROOT) -> str | None:
    """What git says about the folder, or None where there is no git or the folder is not the top of a repository."""
    try:
        top = subprocess.run(["git", "-C", root, "rev-parse", "--show-toplevel"], capture_output=True, text=True)
        if top.returncode or Path(top.stdout.strip()).resolve() != root.resolve():
            return None
        return subprocess.run(["git", "-C", root, *arguments], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        return None


class Origin(NamedTuple):
    """What a checkout was made of.

    :param commit: "-dirty" behind it if a tracked file reads differently
    :param version: of q1 for another year; empty in the project itself
    """

    commit: str
    version: str = ""


def origin(root: Path = ROOT) -> Origin:
    """What lies in the folder: of a version's checkout what its build wrote, otherwise what git says."""
    if (root / ORIGIN).is_file():
        return Origin(**json.loads((root / ORIGIN).read_text("utf-8")))
    return Origin((git("describe", "--always", "--dirty", "--exclude=*", root=root) or "unknown").strip())


def from_here(path: Path) -> Path:
    """The path as one types it in the folder of the call."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def target_of(lab: str, root: Path = ROOT) -> Path:
    """Where the zip is written; its name tells a version's from the public lab's, for it is uploaded by hand."""
    return root / "dist" / f"{'-'.join(filter(None, ('autograder', lab, origin(root).version)))}.zip"


def files_of_the_tree(root: Path = ROOT) -> list[str]:
    """Paths, below the root, of the project's files: what git tracks; without git, all but hidden and cached ones."""
    tracked = git("ls-files", "-z", root=root)
    if tracked is not None:
        return [name for name in tracked.split("\0") if name]
    everything = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return [
        path.as_posix()
        for path in everything
        if path.suffix != ".pyc" and not any(part.startswith((".", "__pycache__")) for part in path.parts)
    ]


def is_packed(name: str) -> bool:
    """Whether a file of the tree goes into the zip under its own name."""
    packed = any(name == rule or (rule.endswith("/") and name.startswith(rule)) for rule in PACKED)
    return packed and not name.startswith(LEFT_OUT)


def is_of_lab(name: str, lab: Lab) -> bool:
    """Whether a file belongs to the lab: its folder's, its solution, its stub or its page. Such a file may be new."""
    given = [path for stub in files_of(lab, STUDENT).values() for path in (stub, stub.with_suffix(".md"))]
    own = {path.relative_to(ROOT).as_posix() for path in (*files_of(lab, SOLUTION).values(), *given)}
    return name in own or (name.startswith(f"autograder/neural_lab/labs/{lab.name}/") and name.endswith(".py"))


def warn_of_uncommitted(lab: Lab, root: Path = ROOT) -> None:
    """Say what the zip holds that no commit does, and what lies about and is left out: one warning for each kind."""
    changed: list[str] = []
    new: list[str] = []
    left_out: list[str] = []
    status = git("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", root=root) or ""
    for entry in filter(None, status.split("\0")):
        state, name = entry[:2], entry[3:]
        if is_packed(name) or name in AT_THE_ROOT.values():
            (changed if state != "??" else new if is_of_lab(name, lab) else left_out).append(name)
    for names, what in (
        (changed, "packed as it lies here, not as committed"),
        (new, "packed, and not tracked by git; `git add` it, or nobody else can build this zip"),
        (left_out, "not tracked by git and left out"),
    ):
        if names:
            warn(f"{what}: {', '.join(names)}")


def grader(lab: Lab, data: str, root: Path = ROOT) -> dict[str, bytes]:
    """The grader without an entry, as every platform's package holds it: {name below its folder: bytes}.

    :raises PackageError: a file is missing
    """
    data_file = f"data/{data}.npz"
    new = (git("ls-files", "-z", "--others", "--exclude-standard", root=root) or "").split("\0")
    tree = [*files_of_the_tree(root), *(name for name in new if is_of_lab(name, lab))]
    sources = {name: name for name in tree if is_packed(name)}
    sources |= {data_file: data_file}
    if not (root / data_file).is_file():
        raise PackageError(f"{data_file} is missing; `make data DATA={data}` makes it")
    packed = _read(sources, root)
    accept = f"autograder/{ACCEPT_WEAK_ISOLATION}"
    if (root / accept).is_file():
        warn(f"{accept} is packed: marks are given even where a submission could cheat")
        packed[accept] = (root / accept).read_bytes()
    packed[LAB_FILE] = f"{lab.name}\n".encode()
    packed[SECRET_FILE] = f"{read_secret(root / SECRET_FILE).hex()}\n".encode()
    return packed


def contents(lab: Lab, data: str, root: Path = ROOT) -> dict[str, bytes]:
    """Everything that goes into the zip: {name in the zip: bytes}.

    :raises PackageError: a file is missing
    """
    return grader(lab, data, root) | _read(AT_THE_ROOT, root)


def _read(sources: Mapping[str, str], root: Path) -> dict[str, bytes]:
    missing = sorted(name for name in sources.values() if not (root / name).is_file())
    if missing:
        raise PackageError(f"missing: {', '.join(missing)}; `git status` says more")
    return {name: (root / source).read_bytes() for name, source in sources.items()}


def zip_of(packed: dict[str, bytes]) -> bytes:
    """The zip, with the modes that Gradescope needs and no more."""
    return zipped(packed, {**dict.fromkeys(AT_THE_ROOT, 0o755), SECRET_FILE: 0o600})


def prove(archive: bytes, lab: Lab) -> None:
    """Grade the packed solution and the packed stub with the packed grader.

    :raises PackageError: they do not get full marks and none
    """
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        tree = Path(folder)
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            opened.extractall(tree)
        with Grader(lab.name, package=tree / "autograder" / "neural_lab") as grader:
            for kind, expected in (("solution", lab.marks), ("student", 0.0)):
                submission = submission_in(tree / kind, lab)
                try:
                    results = grader.grade(submission)
                except GraderDied as error:
                    raise PackageError(f"the packed grader died at {kind}/:\n{error}") from error
                if results["extra_data"].get("grader_fault"):
                    raise PackageError(f"the packed grader failed on {kind}/: {results['extra_data'].get('fault')}")
                if results["score"] != expected:
                    raise PackageError(
                        f"not built: expected {expected:g} of {lab.marks:g} marks for {kind}/, the packed grader gave "
                        f"{results['score']:g}; `make grade SUBMISSION={kind}/ LAB={lab.name}` says where"
                    )


def proved(packed: dict[str, bytes], lab: Lab, root: Path = ROOT) -> bytes:
    """The grader's zip, which grades as it should.

    :param packed: `contents`
    :raises PackageError: it does not
    """
    archive = zip_of(packed)
    prove(archive, lab)
    try_all(Reference(lab, root / "solution"))  # rows of the bank that can't be run are named, and stop nothing
    return archive


def build(lab_name: str, data: str, root: Path = ROOT) -> Path:
    """Build, prove and write the zip.

    :return: where it is
    :raises PackageError: a file is missing, or the packed grader does not grade as it should
    """
    lab = load_lab(lab_name)
    warn_of_uncommitted(lab, root)
    packed = contents(lab, data, root)
    archive = proved(packed, lab, root)
    target = target_of(lab_name, root)
    target.parent.mkdir(exist_ok=True)
    atomic.write(target, archive)
    secret = fingerprint(read_secret(root / SECRET_FILE))
    print(
        f"{from_here(target)}: {len(archive) / 1024:.0f} kB, {len(packed)} files, commit {origin(root).commit}, "
        f"secret {secret}; its solution gets {lab.marks:g} of {lab.marks:g} and its stub 0"
    )
    return target


def parser_of(verb: str, about: str | None) -> argparse.ArgumentParser:
    """What is asked of every verb that builds something with a grader in it.

    :param about: the tool's docstring, whose first line says what it does
    """
    parser = Parser(verb, description=about.splitlines()[0] if about else None)
    parser.add_argument("--lab", default="q1", choices=lab_names())
    parser.add_argument("--data", default="digits", choices=["digits", "mnist"], help="the data set to pack")
    return parser


def run(verb: str, lab: str, build: Callable[[], object]) -> int:
    """Build, unless the lab has slips; gives the exit status, which is 0 if it was built."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that nothing is left lying about
    if refused(verb, [lab]):
        return 1
    try:
        build()
    except PackageError as error:
        print(f"make {verb}: {error}", file=sys.stderr)
        return 1
    return 0


def main() -> int:
    """Run the command line; the exit status is 0 if the zip was built."""
    options = parser_of("zip", __doc__).parse_args()
    return run("zip", options.lab, lambda: build(options.lab, options.data))


if __name__ == "__main__":
    sys.exit(main())
