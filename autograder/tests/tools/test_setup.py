"""The installer: one real Gradescope root for all tests, and small environments for what can go wrong."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from neural_lab.schema.places import ROOT

AS_ROOT = os.geteuid() == 0
NOBODY = 65534


def run(command, **options):
    """Run a command without a PYTHON of ours, and return it finished, with its output as text."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHON", "AUTOGRADER_ROOT")}
    environment |= options.pop("env", {})
    command = [str(word) for word in command]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, env=environment, **options)


@pytest.fixture(scope="module")
def gradescope():
    """An AUTOGRADER_ROOT after setup.sh. Not below pytest's folders, which are closed to other users."""
    folder = Path(tempfile.mkdtemp(prefix="gradescope-"))
    folder.chmod(0o755)
    source = folder / "source"
    (source / "requirements").mkdir(parents=True)
    (source / "solution").mkdir()
    (source / "solution" / "q1.py").write_text("the solution")
    shutil.copy(ROOT / "setup.sh", source)
    shutil.copy(ROOT / "requirements" / "grading.txt", source / "requirements")
    done = run([source / "setup.sh"], env={"AUTOGRADER_ROOT": str(folder)}, cwd="/")
    assert done.returncode == 0, done.stderr
    yield folder
    shutil.rmtree(folder)


def locked(file, environment):
    """The versions that a lock file names for an interpreter: {package: version}."""
    text = file.read_text().replace("\\\n", " ")
    lines = (line.split(" --hash")[0].strip() for line in text.splitlines() if line[:1].isalpha())
    return {
        requirement.name: str(requirement.specifier).removeprefix("==")
        for requirement in map(Requirement, lines)
        if requirement.marker is None or requirement.marker.evaluate(environment)
    }


def test_the_environment_holds_the_locked_versions_and_nothing_else(gradescope):
    python = gradescope / "venv" / "bin" / "python"
    code = (
        "import importlib.metadata, sys\n"
        "for package in importlib.metadata.distributions(): print(package.metadata['Name'].lower(), package.version)\n"
        "print('python', '%d.%d.%d' % sys.version_info[:3])"
    )
    installed = dict(line.split() for line in run([python, "-I", "-c", code]).stdout.splitlines())
    version = installed.pop("python")
    expected = locked(
        ROOT / "requirements" / "grading.txt",
        {"python_full_version": version, "python_version": version.rpartition(".")[0]},
    )
    assert {name: installed[name] for name in installed if name not in ("pip", "setuptools", "wheel")} == expected
    assert {"numpy", "gradescope-utils"} <= set(expected)


@pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")
def test_another_user_can_run_python_but_not_read_the_source(gradescope):
    code = "import numpy.random, ctypes, decimal, lzma; print(open('/dev/null').read() or 'fine')"
    other = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    assert run([gradescope / "venv" / "bin" / "python", "-I", "-c", code], cwd="/", **other).stdout == "fine\n"
    refused = run(["cat", gradescope / "source" / "solution" / "q1.py"], cwd="/", **other)
    assert "Permission denied" in refused.stderr and "the solution" not in refused.stdout


def test_nobody_but_the_owner_has_rights_on_the_source(gradescope):
    for path in [gradescope / "source", *(gradescope / "source").rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_second_run_changes_nothing(gradescope):
    before = (gradescope / "venv" / "pyvenv.cfg").stat().st_mtime_ns
    done = run([gradescope / "source" / "setup.sh"], env={"AUTOGRADER_ROOT": str(gradescope)})
    assert done.returncode == 0 and "making" not in done.stderr
    assert (gradescope / "venv" / "pyvenv.cfg").stat().st_mtime_ns == before


def test_outside_gradescopes_folder_it_says_where_it_should_lie(tmp_path):
    done = run([ROOT / "setup.sh"], env={"AUTOGRADER_ROOT": str(tmp_path)})
    assert done.returncode == 1
    assert f"expected to lie in '{tmp_path}/source'" in done.stderr and not any(tmp_path.iterdir())


def test_a_missing_root_is_named(tmp_path):
    done = run([ROOT / "setup.sh"], env={"AUTOGRADER_ROOT": str(tmp_path / "no such")})
    assert done.returncode == 1 and "no such'; set AUTOGRADER_ROOT" in done.stderr


def test_an_unknown_call_shows_the_usage():
    done = run([ROOT / "setup.sh", "--venv"])
    assert done.returncode == 2 and "usage:" in done.stderr


@pytest.mark.one_in(4)
def test_a_changed_lock_file_makes_the_environment_anew(tmp_path):
    lock, venv = tmp_path / "lock file.txt", tmp_path / "a folder" / "venv"
    lock.write_text("# nothing\n")
    venv.parent.mkdir()
    call = [ROOT / "setup.sh", "--venv", venv, lock]
    assert run(call).returncode == 0
    (venv / "left over").touch()
    assert run(call).stderr == ""
    assert (venv / "left over").exists()
    lock.write_text("# nothing, newly\n")
    assert "setup: making" in run(call).stderr
    assert not (venv / "left over").exists() and (venv / "bin" / "python").exists()


@pytest.mark.one_in(3)
def test_a_package_with_another_hash_is_refused_and_the_environment_stays_unfinished(tmp_path):
    lock, venv = tmp_path / "lock.txt", tmp_path / "venv"
    lock.write_text(f"gradescope-utils==0.5.0 --hash=sha256:{'0' * 64}\n")
    done = run([ROOT / "setup.sh", "--venv", venv, lock])
    assert done.returncode == 1
    assert "DO NOT MATCH THE HASHES" in done.stderr and "could not be installed" in done.stderr
    assert not (venv / "stamp").exists()


def test_a_missing_lock_file_is_named(tmp_path):
    done = run([ROOT / "setup.sh", "--venv", tmp_path / "venv", tmp_path / "no.txt"])
    assert done.returncode == 1 and "no.txt' is missing" in done.stderr and not (tmp_path / "venv").exists()


def script(file, text):
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(
    ("python", "message"),
    [
        ("no-such-python", "no 'no-such-python' was found"),
        ('[ "$1" = -V ] && echo Python 3.8.10 || exit 1', "is Python 3.8.10; Python 3.10 or newer is needed"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "cannot make virtual environments; on Debian and Ubuntu: apt-get"),
    ],
    ids=["missing", "old", "without venv"],
)
def test_an_unusable_interpreter_gets_one_clear_sentence(tmp_path, python, message):
    lock = tmp_path / "lock.txt"
    lock.write_text("")
    if " " in python:
        python = str(script(tmp_path / "python", python))
    done = run([ROOT / "setup.sh", "--venv", tmp_path / "venv", lock], env={"PYTHON": python})
    assert done.returncode == 1 and message in done.stderr
    assert "Traceback" not in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.skipif(not AS_ROOT, reason="apt-get is root's")
@pytest.mark.parametrize("works", [True, False])
def test_what_a_bare_system_lacks_is_asked_from_apt(tmp_path, gradescope, works):
    """The package manager is a recorder here: the test must not change the machine it runs on."""
    tools, record = tmp_path / "tools", tmp_path / "record"
    tools.mkdir()
    script(tools / "ldconfig", "")
    script(tools / "apt-get", f'echo "$@" >> "{record}"\nexit {0 if works else 100}')
    path = f"{tools}:{os.environ['PATH']}"
    done = run([gradescope / "source" / "setup.sh"], env={"AUTOGRADER_ROOT": str(gradescope), "PATH": path})
    calls = record.read_text().splitlines()
    assert calls[0].startswith("update")
    if works:
        assert done.returncode == 0
        assert calls[1].startswith("install ") and calls[1].endswith(" libseccomp2")
    else:
        assert done.returncode == 1 and "apt-get update failed" in done.stderr


@pytest.mark.skipif(not AS_ROOT, reason="only root has closed folders that others need to enter")
def test_root_does_not_take_an_interpreter_that_others_cannot_reach(tmp_path):
    system = run(["/usr/bin/python3", "-c", "import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))"])
    if system.returncode:
        pytest.skip("no system Python that could be taken instead")
    home = tmp_path / "home"
    home.mkdir()
    script(home / "python3", f'exec "{sys.executable}" "$@"')
    closed = run([sys.executable, "-m", "venv", "--without-pip", "--copies", home / "closed"])
    assert closed.returncode == 0
    home.chmod(0o700)
    path = f"{home}/closed/bin:{os.environ['PATH']}"
    assert run([ROOT / "setup.sh", "--python"], env={"PATH": path}).stdout == "/usr/bin/python3"
    chosen = {"PATH": path, "PYTHON": f"{home}/closed/bin/python3"}
    assert run([ROOT / "setup.sh", "--python"], env=chosen).stdout == f"{home}/closed/bin/python3"


@pytest.mark.sweep
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("version", ["3.10", "3.11", "3.12", "3.13"])
def test_the_fast_tests_pass_on_every_python_at_hand(tmp_path, version):
    python = shutil.which(f"python{version}")
    if python is None or run([python, "-c", ""]).returncode != 0:
        pytest.skip(f"no Python {version} here")
    made = run(
        [ROOT / "setup.sh", "--venv", tmp_path / "venv", ROOT / "requirements" / "dev.txt"], env={"PYTHON": python}
    )
    assert made.returncode == 0, made.stderr
    command = [
        tmp_path / "venv" / "bin" / "python",
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "--dist",
        "loadfile",
        "-m",
        "fast",
    ]
    tested = subprocess.run([*command, f"--basetemp={tmp_path / 'made'}"], cwd=ROOT, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout[-5000:]
