"""The zip for Gradescope: what is in it, that it is the same each time, and that a wrong one is not built."""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import subprocess
import sys
import time
import zipfile

import pytest

from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.release import package

Q1 = load_lab("q1")
TRACKED = {
    "Makefile": "help:",
    "README.md": "# The lab",
    "LICENSE": "MIT",
    "setup.sh": "#!/usr/bin/env bash",
    "pyproject.toml": "",
    "requirements/dev.txt": "pytest",
    "requirements/grading.txt": "numpy",
    "autograder/run_autograder": "#!/usr/bin/env bash",
    "autograder/neural_lab/__init__.py": "",
    "autograder/neural_lab/__main__.py": "print(1)",
    "autograder/neural_lab/labs/q1/rubric.py": "LAB = 1",
    "autograder/neural_lab/tools/release/package.py": "",
    "autograder/tests/tools/test_package.py": "",
    "solution/q1.py": "def sigmoid(z): ...",
    "student/q1.py": "def sigmoid(z): raise NotImplementedError",
    "data/digits.npz": "digits",
    "data/export_digits.py": "import sklearn",
    "docs/page.md": "",
}
JUNK = {
    "autograder/neural_lab/__pycache__/wire.cpython-311.pyc": "bytes",
    "autograder/neural_lab/notes.txt": "grades of the class",
    "solution/q1 (ada's copy).py": "mine",
    "grades/grades.csv": "ada,100",
    "data/mnist.npz": "mnist",
    ".env": "TOKEN=1",
}
PACKED = {
    "LICENSE",
    "setup.sh",
    "run_autograder",
    "requirements/grading.txt",
    "autograder/neural_lab/__init__.py",
    "autograder/neural_lab/__main__.py",
    "autograder/neural_lab/labs/q1/rubric.py",
    "autograder/lab",
    "autograder/secret",
    "solution/q1.py",
    "student/q1.py",
    "data/digits.npz",
}


def write(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


@pytest.fixture
def tree(tmp_path):
    """A small project without git."""
    root = tmp_path / "lab"
    write(root, TRACKED)
    return root


@pytest.fixture
def repository(tree):
    """The same in git, with junk beside it."""

    def git(*arguments):
        who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", "-C", tree, *who, *arguments], check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "all")
    write(tree, JUNK)
    return tree


def test_the_zip_holds_what_gradescope_needs_and_no_junk_that_lies_about(repository):
    assert set(package.contents(Q1, "digits", repository)) == PACKED


def test_without_git_caches_and_hidden_files_stay_out(tree):
    write(tree, {name: JUNK[name] for name in (".env", "autograder/neural_lab/__pycache__/wire.cpython-311.pyc")})
    assert set(package.contents(Q1, "digits", tree)) == PACKED


def test_a_folder_inside_another_repository_is_not_mistaken_for_it(repository):
    inner = repository / "copy"
    write(inner, TRACKED)
    assert set(package.contents(Q1, "digits", inner)) == PACKED


def test_mnist_takes_the_place_of_the_digits(repository):
    packed = package.contents(Q1, "mnist", repository)
    assert packed["data/mnist.npz"] == b"mnist" and "data/digits.npz" not in packed


def test_a_missing_data_set_says_how_to_make_it(tree):
    with pytest.raises(package.PackageError, match="make data DATA=mnist"):
        package.contents(Q1, "mnist", tree)


def test_a_deleted_file_is_named(repository):
    (repository / "autograder" / "neural_lab" / "__init__.py").unlink()
    with pytest.raises(package.PackageError, match=r"missing: autograder/neural_lab/__init__\.py"):
        package.contents(Q1, "digits", repository)


def test_the_zip_says_which_lab_it_grades(tree):
    assert package.contents(load_lab("ann"), "digits", tree)["autograder/lab"] == b"ann\n"


def test_the_setting_that_accepts_weak_isolation_is_packed_and_said(repository, capsys):
    assert "weak" not in "".join(package.contents(Q1, "digits", repository))
    write(repository, {"autograder/accept_weak_isolation": "the university's kernel is old"})
    assert package.contents(Q1, "digits", repository)["autograder/accept_weak_isolation"].startswith(b"the univ")
    assert "accept_weak_isolation is packed" in capsys.readouterr().err


def test_the_commit_is_told_and_whether_the_files_are_those_of_it(repository):
    commit = subprocess.run(["git", "-C", repository, "rev-parse", "HEAD"], capture_output=True, text=True).stdout
    assert commit.startswith(package.origin(repository).commit)
    write(repository, {"solution/q1.py": "changed"})
    assert package.origin(repository).commit.endswith("-dirty")


def test_what_is_not_committed_is_said(repository, capsys):
    (repository / "solution" / "q1.py").write_text("changed")
    package.warn_of_uncommitted(Q1, repository)
    said = capsys.readouterr().err
    assert "warning: packed as it lies here, not as committed: solution/q1.py\n" in said
    assert re.search(r"^warning: not tracked by git and left out: .*autograder/neural_lab/notes\.txt", said, re.M)
    assert "grades.csv" not in said


def test_a_lab_that_is_not_yet_in_git_is_packed_and_that_is_said(repository, capsys):
    new = [
        f"{folder}/warmups/ann.{kind}" for folder, kind in (("solution", "py"), ("student", "md"), ("student", "py"))
    ]
    new.insert(0, "autograder/neural_lab/labs/ann/rubric.py")
    write(repository, dict.fromkeys(new, "new = 1"))
    write(repository, {"autograder/neural_lab/labs/ann/notes.txt": "to do"})
    ann = load_lab("ann")
    assert set(package.contents(ann, "digits", repository)) == PACKED | set(new)
    package.warn_of_uncommitted(ann, repository)
    said = capsys.readouterr().err
    told = [line for line in said.splitlines() if "packed, and not tracked by git; `git add` it" in line]
    assert len(told) == 1 and told[0].endswith(f": {', '.join(new)}")
    assert re.search(r"left out: .*labs/ann/notes\.txt", said)
    assert not set(new) & set(package.contents(Q1, "digits", repository))


def test_nothing_is_said_of_a_clean_tree(repository, capsys):
    for name in JUNK:
        (repository / name).unlink()
    package.warn_of_uncommitted(Q1, repository)
    assert capsys.readouterr().err == ""


def test_the_same_files_give_the_same_bytes_whenever_and_however_they_lie_there(repository, tmp_path):
    first = package.zip_of(package.contents(Q1, "digits", repository))
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", repository, clone], check=True)
    shutil.copy(repository / package.SECRET_FILE, clone / package.SECRET_FILE)
    for file in clone.rglob("*.py"):
        os.utime(file, (time.time() - 1e6, time.time() - 1e6))
        file.chmod(0o600)
    assert package.zip_of(package.contents(Q1, "digits", clone)) == first


def test_another_secret_gives_another_zip(tree):
    first = package.zip_of(package.contents(Q1, "digits", tree))
    (tree / package.SECRET_FILE).unlink()
    assert package.zip_of(package.contents(Q1, "digits", tree)) != first


def test_the_modes_survive_an_unpacking_that_honours_them(tree, tmp_path):
    (tmp_path / "a.zip").write_bytes(package.zip_of(package.contents(Q1, "digits", tree)))
    modes = {info.filename: info.external_attr >> 16 for info in zipfile.ZipFile(tmp_path / "a.zip").infolist()}
    assert all(stat.S_ISREG(mode) for mode in modes.values())
    executable = {name for name, mode in modes.items() if mode & 0o111}
    assert executable == {"setup.sh", "run_autograder"}
    assert stat.S_IMODE(modes["setup.sh"]) == 0o755 and stat.S_IMODE(modes["autograder/secret"]) == 0o600


# From here on: the real project, its real grader.


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project's tracked files, so that a test can break it."""
    root = tmp_path_factory.mktemp("project") / "lab"
    for name in package.files_of_the_tree():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, root / name)
    return root


def zip_verb(root):
    """What `make zip` runs, in another folder."""
    tool = root / "autograder" / "neural_lab" / "tools" / "release" / "package.py"
    environment = os.environ | {"PYTHONPATH": str(root / "autograder")}
    return subprocess.run([sys.executable, tool, "--lab", "q1"], capture_output=True, text=True, env=environment)


@pytest.mark.fast
def test_the_real_zip_is_built_proved_and_the_same_twice(project):
    first = zip_verb(project)
    assert first.returncode == 0, first.stderr
    marks = f"{load_lab('q1').marks:g}"
    assert "dist/autograder-q1.zip" in first.stdout
    assert f"solution gets {marks} of {marks} and its stub 0" in first.stdout
    archive = project / "dist" / "autograder-q1.zip"
    content = archive.read_bytes()
    assert package.zip_of(package.contents(Q1, "digits", project)) == content
    names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    assert {
        "setup.sh",
        "run_autograder",
        "autograder/neural_lab/__main__.py",
        "autograder/neural_lab/labs/q1/rubric.py",
    } <= names
    top = {"setup.sh", "run_autograder", "autograder", "solution", "student", "data", "requirements", "LICENSE"}
    assert {name.split("/")[0] for name in names} == top
    assert not [name for name in names if name.startswith(("autograder/neural_lab/tools/", "autograder/tests/"))]
    assert [path.name for path in archive.parent.iterdir()] == ["autograder-q1.zip"]


@pytest.mark.parametrize(
    ("kind", "file", "found", "put"),
    [
        # an answer that depends on who asks: the reference, which is the same file, cannot agree with it
        ("solution", "solution/q1.py", "1 / (1 + np.exp(-z))", "1 / (1 + np.exp(-z)) * __import__('os').getpid()"),
        ("student", "student/q1.py", 'raise NotImplementedError("sigmoid")', "return 1 / (1 + np.exp(-z))"),
    ],
)
@pytest.mark.one_in(2)
def test_a_wrong_solution_or_a_stub_that_earns_marks_is_not_packed(project, kind, file, found, put):
    text = (project / file).read_text()
    assert found in text
    shutil.rmtree(project / "dist", ignore_errors=True)
    (project / file).write_text(text.replace(found, put))
    try:
        with pytest.raises(package.PackageError, match=f"^not built: expected .* marks for {kind}/"):
            package.prove(package.zip_of(package.contents(Q1, "digits", project)), load_lab("q1"))
        run = zip_verb(project)  # which looks for slips before it builds anything
    finally:
        (project / file).write_text(text)
    assert run.returncode == 1 and "Traceback" not in run.stderr
    assert {"solution": "check.py takes the solution's sigmoid for wrong", "student": "run `make stubs`"}[
        kind
    ] in run.stderr
    assert not (project / "dist").exists()


@pytest.mark.one_in(4)
def test_a_broken_row_of_the_bank_is_named_and_stops_nothing(project):
    file = project / "autograder" / "neural_lab" / "labs" / "q1" / "mistakes.py"
    text = file.read_text()
    file.write_text(text.replace('{"np.exp(-z)": "np.exp(z)"}', '{"return": "while True:\\n        "}', 1))
    try:
        run = zip_verb(project)
    finally:
        file.write_text(text)
    assert run.returncode == 0, run.stderr
    assert "bank of q1: sig-no-minus (sigmoid) is left out: it used more than 1 s of CPU" in run.stderr


def test_a_zip_whose_grader_lacks_a_file_is_not_packed(project):
    packed = package.contents(Q1, "digits", project)
    del packed["autograder/neural_lab/grading/compare.py"]
    with pytest.raises(package.PackageError, match=r"the packed grader died at solution/[^.]*"):
        package.prove(package.zip_of(packed), load_lab("q1"))
