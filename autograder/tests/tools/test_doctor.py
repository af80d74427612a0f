"""The doctor: what it finds on this machine, and what it says where something is missing."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

import pytest

from neural_lab.schema.places import ROOT
from neural_lab.tools.release import doctor


@pytest.fixture
def open_folder():
    """A folder that everybody may enter. Not below pytest's own, which are closed to other users."""
    with tempfile.TemporaryDirectory(prefix="doctor-") as name:
        folder = Path(os.path.realpath(name))
        folder.chmod(0o755)
        yield folder


def test_on_this_machine_everything_needed_is_there():
    run = subprocess.run(
        [sys.executable, ROOT / "autograder" / "neural_lab" / "tools" / "release" / "doctor.py"],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout
    assert run.stdout.endswith("Nothing is missing.\n") and run.stderr == ""
    assert len(run.stdout.splitlines()) > len(doctor.CHECKS)


def test_it_runs_before_any_package_is_installed():
    command = [sys.executable, "-I", "-S", str(ROOT / "autograder" / "neural_lab" / "tools" / "release" / "doctor.py")]
    assert "interpreter" in subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_a_python_that_is_too_old_is_missing(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert doctor.check_python().mark == "MISSING" and "3.10 or newer" in doctor.check_python().remedy


def test_a_python_without_venv_gets_debians_remedy(monkeypatch):
    monkeypatch.setattr(doctor, "find_spec", lambda name: None if name == "ensurepip" else object())
    finding = doctor.check_venv()
    assert finding.mark == "MISSING" and finding.found == "no ensurepip" and "python3-venv" in finding.remedy


def test_a_folder_that_others_may_not_enter_is_named(open_folder):
    closed = open_folder / "home"
    python = closed / "versions" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    python.chmod(0o755)
    assert doctor.closed_to_others(python) is None
    closed.chmod(0o700)
    assert doctor.closed_to_others(python) == closed
    (open_folder / "python").symlink_to(python)
    assert doctor.closed_to_others(open_folder / "python") == closed


def test_a_file_that_others_may_not_read_is_named(open_folder):
    file = open_folder / "python"
    file.write_text("")
    file.chmod(0o700)
    assert doctor.closed_to_others(file) == file


@pytest.mark.skipif(os.geteuid() != 0, reason="it matters to root alone")
def test_an_environment_in_a_closed_folder_gets_a_remedy(open_folder):
    environment = open_folder / "clone" / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text("")
    (environment / "bin" / "python").symlink_to("/bin/sh")
    assert doctor.check_interpreter_is_open(open_folder / "clone").mark in ("ok", "note")
    (open_folder / "clone").chmod(0o700)
    finding = doctor.check_interpreter_is_open(open_folder / "clone")
    assert finding.mark == "note" and finding.found.startswith(f"{open_folder / 'clone'} is closed")
    assert "move this folder" in finding.remedy


def test_an_unfinished_environment_is_to_be_cleaned(tmp_path):
    assert doctor.check_environment(tmp_path).mark == "ok"
    (tmp_path / ".venv").mkdir()
    finding = doctor.check_environment(tmp_path)
    assert finding.mark == "MISSING" and "make clean" in finding.remedy


def test_a_system_without_libseccomp_gets_debians_remedy(monkeypatch):
    if sys.platform != "linux":
        pytest.skip("libseccomp is Linux's")
    assert doctor.check_seccomp().mark == "ok"

    def not_found(name):
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", not_found)
    finding = doctor.check_seccomp()
    assert finding.mark == "MISSING" and "apt-get install libseccomp2" in finding.remedy


def test_elsewhere_than_on_linux_isolation_is_weaker_but_nothing_is_missing(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert [doctor.check_seccomp().mark, doctor.check_landlock().mark] == ["note", "note"]
    assert "not for official marks" in doctor.check_seccomp().remedy


def test_a_full_disk_is_missing_space(monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 10**8))
    finding = doctor.check_space()
    assert finding.mark == "MISSING" and finding.found == "0.1 GB"


def test_a_missing_browser_is_only_a_note(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert doctor.check_browser().mark == "note"


def test_something_missing_is_the_exit_status_and_the_last_line(monkeypatch, capsys):
    missing = doctor.Finding("interpreter", "Python 3.8", "install a newer one")
    note = doctor.Finding("browser", "none", "only if you like", needed=False)
    monkeypatch.setattr(doctor, "CHECKS", (lambda: missing, lambda: note))
    assert doctor.main() == 1
    shown = capsys.readouterr().out
    assert "MISSING  interpreter" in shown and "-> install a newer one" in shown and "   note  browser" in shown
    assert shown.endswith("Missing: interpreter.\n")
