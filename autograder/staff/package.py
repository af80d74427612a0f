"""Build the zip that a TA uploads to Gradescope (`make zip`): dist/autograder-LAB.zip.

Owns what is packed and how: the files, their order, times and modes, so that one commit and one secret give one zip,
byte for byte. A zip leaves here only after the grader in it, unpacked, gave the solution full marks and the stub none.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import secrets
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from grading.rubric import Lab, lab_names, load_lab

ROOT = Path(__file__).resolve().parents[2]
# What Gradescope's image needs. The tools and tests of the staff, the documentation and other data sets stay here.
PACKED = ("autograder/grading/", "autograder/labs/", "solution/", "student/", "requirements/grading.txt", "LICENSE")
# Gradescope wants these two at the root of the zip, executable.
AT_THE_ROOT = {"setup.sh": "setup.sh", "run_autograder": "autograder/run_autograder"}
LAB_FILE, SECRET_FILE = "autograder/lab", "autograder/secret"
TIME = (1980, 1, 1, 0, 0, 0)  # the first that a zip can hold
PROOF_SECONDS = 600


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
    return any(name == rule or (rule.endswith("/") and name.startswith(rule)) for rule in PACKED)


def warn_of_uncommitted(root: Path = ROOT) -> None:
    """Say what the zip holds that no commit does, and what lies about and is left out."""
    status = git("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", root=root) or ""
    for entry in filter(None, status.split("\0")):
        state, name = entry[:2], entry[3:]
        if is_packed(name) or name in AT_THE_ROOT.values():
            untracked = state == "??"
            warn(f"{name} is {'not tracked by git and left out' if untracked else 'packed as it is, not as committed'}")


def the_secret(file: Path) -> bytes:
    """The secret that makes the hidden inputs unpredictable and repeatable; made at its first use, 32 bytes as hex."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_bytes()
    with os.fdopen(descriptor, "w") as out:
        out.write(secrets.token_hex(32) + "\n")
    return file.read_bytes()


def contents(lab: str, data: str, root: Path = ROOT) -> dict[str, bytes]:
    """Everything that goes into the zip: {name in the zip: bytes}.

    :raises PackageError: a file is missing
    """
    data_file = f"data/{data}.npz"
    sources = {name: name for name in files_of_the_tree(root) if is_packed(name)}
    sources |= AT_THE_ROOT | {data_file: data_file}
    missing = sorted(name for name in sources.values() if not (root / name).is_file())
    if data_file in missing:
        raise PackageError(f"{data_file} is missing; `make data DATA={data}` makes it")
    if missing:
        raise PackageError(f"missing: {', '.join(missing)}; `git status` says more")
    packed = {name: (root / source).read_bytes() for name, source in sources.items()}
    packed[LAB_FILE] = f"{lab}\n".encode()
    packed[SECRET_FILE] = the_secret(root / SECRET_FILE)
    return packed


def zip_of(packed: dict[str, bytes]) -> bytes:
    """A zip that depends on nothing but the names and bytes in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(packed):
            mode = 0o755 if name in AT_THE_ROOT else 0o600 if name == SECRET_FILE else 0o644
            info = zipfile.ZipInfo(name, TIME)
            info.create_system = 3  # Unix, so that the modes count
            info.external_attr = (0o100000 | mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, packed[name], compresslevel=9)
    return buffer.getvalue()


def score_of(tree: Path, lab: Lab, kind: str) -> float:
    """Marks that the grader in an unpacked zip gives to its own solution or stub (kind "solution" or "student").

    :raises PackageError: it gave none
    """
    folder = tree / kind / lab.folder
    submission = folder / lab.modules[0] if len(lab.modules) == 1 else folder
    results = tree / f"{kind}.json"
    grader = [sys.executable, "-I", str(tree / "autograder" / "grading")]
    command = [*grader, str(submission), "--lab", lab.name, "--results", str(results)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=PROOF_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise PackageError(f"the packed grader did not finish {kind}/ within {PROOF_SECONDS} s") from error
    if run.returncode or not results.is_file():
        status = f"exit status {run.returncode}"
        raise PackageError(f"the packed grader failed on {kind}/ ({status}):\n{run.stdout}{run.stderr}")
    return float(json.loads(results.read_text(encoding="utf-8"))["score"])


def prove(archive: bytes, lab: Lab) -> None:
    """Grade the packed solution and the packed stub with the packed grader.

    :raises PackageError: they do not get full marks and none
    """
    with tempfile.TemporaryDirectory(prefix="autograder-") as folder:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            opened.extractall(folder)
        for kind, expected in (("solution", lab.marks), ("student", 0.0)):
            score = score_of(Path(folder), lab, kind)
            if score != expected:
                raise PackageError(
                    f"not built: expected {expected:g} of {lab.marks:g} marks for {kind}/, the packed grader gave "
                    f"{score:g}; `make grade SUBMISSION={kind}/ LAB={lab.name}` says where"
                )


def build(lab_name: str, data: str, root: Path = ROOT) -> Path:
    """Build, prove and write the zip.

    :returns: where it is
    :raises PackageError: a file is missing, or the packed grader does not grade as it should
    """
    lab = load_lab(lab_name)
    warn_of_uncommitted(root)
    packed = contents(lab_name, data, root)
    archive = zip_of(packed)
    prove(archive, lab)
    target = root / "dist" / f"autograder-{lab_name}.zip"
    target.parent.mkdir(exist_ok=True)
    unfinished = target.with_suffix(".part")
    unfinished.write_bytes(archive)
    unfinished.replace(target)
    commit = (git("rev-parse", "--short", "HEAD", root=root) or "unknown").strip()
    secret = hashlib.sha256(packed[SECRET_FILE].strip()).hexdigest()[:8]
    print(
        f"{target.relative_to(root)}: {len(archive) / 1024:.0f} kB, {len(packed)} files, commit {commit}, "
        f"secret {secret}; its solution gets {lab.marks:g} of {lab.marks:g} and its stub 0"
    )
    return target


def main() -> int:
    """Run the command line; the exit status is 0 if the zip was built."""
    parser = argparse.ArgumentParser(prog="make zip", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lab", default="q1", choices=lab_names())
    parser.add_argument("--data", default="digits", choices=["digits", "mnist"], help="the data set to pack")
    options = parser.parse_args()
    try:
        build(options.lab, options.data)
    except PackageError as error:
        print(f"make zip: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
