"""Whole runs as Gradescope starts them, each root with all it holds: hostile code, kills, full disks, weak kernels."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from neural_lab.schema.places import AUTOGRADER
from neural_lab.tools.release import gradescope_format
from tests import engine_copy
from tests.engine_copy import ROOT, SOMEBODY, children, copy_engine, without
from tests.hand_ins import FULL

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the layers are Linux's")

HOSTILE = AUTOGRADER / "tests" / "hostile" / "submissions"
SOLUTION = (engine_copy.REPOSITORY / "solution" / "q1.py").read_text()
METADATA = {
    "id": 7,
    "users": [{"email": "someone@example.org", "id": 1, "name": "Someone"}],
    "previous_submissions": [{"score": 12.5, "results": {"output": "earlier-result"}}],
}


@dataclass(frozen=True)
class Gradescope:
    """A folder like /autograder in Gradescope's container, open to all, and the user who runs the grader."""

    root: Path
    user: str

    def submit(self, text: str) -> None:
        """Put a hostile file's text, its words in braces replaced by paths, where submissions lie."""
        words = {
            "SOLUTION": self.root / "source" / "solution" / "q1.py",
            "SECRET": self.root / "source" / "autograder" / "secret",
            "ROOT": self.root / "source",
            "RESULTS": self.root / "results" / "results.json",
            "METADATA": self.root / "submission_metadata.json",
            "SUBMISSION": self.root / "submission",
        }
        for word, path in words.items():
            text = text.replace(f"{{{word}}}", str(path))
        (self.root / "submission" / "q1.py").write_text(engine_copy.whole(text))

    def start(self, *prefix: str, **more: Any) -> subprocess.Popen[str]:
        """Start run_autograder with a harness token in the environment, as another program's `prefix` if given."""
        if engine_copy.other(self.user):
            more = {"user": SOMEBODY, "group": SOMEBODY, "extra_groups": []} | more
        return subprocess.Popen(
            [*prefix, str(self.root / "run_autograder")],
            env={"PATH": os.defpath, "AUTOGRADER_ROOT": str(self.root), "HARNESS": "hostile-token"},
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            **more,
        )

    def run(self, *prefix: str, **more: Any) -> str:
        """Run to the end; gives what the instructor sees on stdout."""
        with self.start(*prefix, **more) as process:
            output, _ = process.communicate(timeout=100)
        return output

    def results(self) -> Any:
        """What Gradescope would read, checked against its format."""
        data = gradescope_format.parse((self.root / "results" / "results.json").read_text())
        assert gradescope_format.problems(data) == []
        return data


@pytest.fixture(scope="module", params=[pytest.param(u, marks=engine_copy.needs_own_uid) for u in engine_copy.USERS])
def installed(request) -> Iterator[Gradescope]:
    engine_copy.adopt_orphans()
    root = Path(tempfile.mkdtemp(prefix="gradescope-"))
    root.chmod(0o755)
    try:
        engine = copy_engine(root / "source", request.param)
        (root / "source" / "autograder" / "lab").write_text("q1\n")
        (root / "venv" / "bin").mkdir(parents=True)
        (root / "venv" / "bin" / "python").symlink_to(sys.executable)
        shutil.copy(Path(sys.prefix) / "pyvenv.cfg", root / "venv")
        (root / "venv" / "lib").symlink_to(Path(sys.prefix) / "lib")
        shutil.copy(engine_copy.REPOSITORY / "autograder" / "run_autograder", root)
        engine.hand_over(root)
        yield Gradescope(root, request.param)
    finally:
        shutil.rmtree(root)


@pytest.fixture
def gradescope(installed) -> Iterator[Gradescope]:
    for name in ("submission", "results"):
        shutil.rmtree(installed.root / name, ignore_errors=True)
        (installed.root / name).mkdir(mode=0o755)
    (installed.root / "submission_metadata.json").write_text(json.dumps(METADATA))
    if engine_copy.other(installed.user):
        for name in ("submission", "results", "submission_metadata.json"):
            os.chown(installed.root / name, SOMEBODY, SOMEBODY)
    installed.submit(SOLUTION)
    if installed.user != "root" and not engine_copy.has_landlock():
        pytest.skip("this kernel can't keep an ordinary user's files from the user's own processes")
    before = set(children("self"))  # what other tests in this process keep running
    yield installed
    assert set(children("self")) <= before


def test_the_solution_earns_all_marks_in_full_isolation(gradescope):
    output = gradescope.run()
    data = gradescope.results()
    assert data["score"] == FULL
    assert data["extra_data"]["isolation"]["level"] == "full"
    assert output.startswith("Isolation: full")


@pytest.mark.parametrize(
    ("name", "marks"),
    [
        ("reads_the_metadata", 95),
        ("reads_environments", 95),
        ("reads_its_own_start", 95),
        ("reads_the_secret", 95),
        ("reads_the_solution", 0),
        ("walks_up_from_its_own_file", 0),
        ("writes_results", 0),
        ("writes_results_at_the_end", 0),
        ("waits_for_the_results", 0),
        ("leaves_a_daemon", 0),
        ("edits_the_harness", 0),
        ("kills_the_grader", 0),
        ("prints_fake_results", 95),
        ("ends_the_process_on_import", 0),
    ],
)
@pytest.mark.one_in(4)
def test_a_hostile_submission_gets_its_own_marks_and_nothing_of_others(gradescope, name, marks):
    gradescope.submit((HOSTILE / f"{name}.py").read_text())
    before = state(gradescope.root / "source")
    shown = gradescope.run() + (gradescope.root / "results" / "results.json").read_text()
    assert gradescope.results()["score"] == marks
    for private in (
        "someone@example.org",
        "earlier-result",
        "hostile-token",
        "TOKEN",
        "hostile-mark",
        engine_copy.SECRET,
    ):
        assert private not in shown
    assert state(gradescope.root / "source") == before
    assert sorted(os.listdir(gradescope.root / "results")) == ["report.json", "results.json"]


@pytest.mark.parametrize("metadata", [None, b"", b"{", b'{"users": 3}', b"\xff\xfe\x00", b"[" * 100_000])
@pytest.mark.one_in(4)
def test_odd_metadata_changes_nothing(gradescope, metadata):
    file = gradescope.root / "submission_metadata.json"
    if metadata is None:
        file.unlink()
    else:
        file.write_bytes(metadata)
    gradescope.run()
    assert gradescope.results()["score"] == FULL


def test_progress_since_the_last_hand_in_is_a_part_of_its_own(gradescope):
    gradescope.submit(SOLUTION.replace("np.exp(-z)", "np.exp(z)"))
    gradescope.run()
    earlier = gradescope.results()
    assert [test["tags"] for test in earlier["tests"] if "progress" in test["tags"]] == [], "there was none before"
    gradescope.submit(SOLUTION)
    gradescope.run()
    alone = gradescope.results()
    previous = [
        {"score": 95.0, "autograder_error": False, "results": earlier, "submission_time": "2026-11-01T00:00:00Z"}
    ]
    (gradescope.root / "submission_metadata.json").write_text(
        json.dumps({**METADATA, "previous_submissions": previous})
    )
    gradescope.run()
    with_history = gradescope.results()
    added = with_history["tests"].pop()
    assert added["tags"] == ["progress"] and "- 1.1 sigmoid: 0 → 5 of 5" in added["output"]
    assert {**with_history, "execution_time": 0} == {**alone, "execution_time": 0}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.one_in(2)
def test_a_grader_killed_at_any_moment_leaves_valid_results_and_no_process(gradescope, seed):
    shutil.copy(HOSTILE / "loops_in_sigmoid.py", gradescope.root / "submission" / "other.py")
    before = set(children("self"))
    process = gradescope.start()
    with process:
        time.sleep(random.Random(seed).uniform(0.0, 0.5))
        process.kill()
    until = time.monotonic() + 5
    while (left := set(children("self")) - before) and time.monotonic() < until:
        for orphan in left:  # orphans come to the test, which reaps them
            with contextlib.suppress(ChildProcessError):
                os.waitpid(orphan, os.WNOHANG)
        time.sleep(0.01)
    assert left == set()
    if not (gradescope.root / "results" / "results.json").exists():
        assert seed_was_before_the_fallback(gradescope.root)
        return
    data = gradescope.results()
    assert data.get("score") == FULL or data["extra_data"]["grader_fault"]


def seed_was_before_the_fallback(root: Path) -> bool:
    """The shell itself was killed before it could rename the fallback to its place."""
    return all(name.startswith(".results.") for name in os.listdir(root / "results"))


def test_a_disk_that_takes_the_fallback_only_leaves_a_valid_result(gradescope):
    output = gradescope.run("/bin/sh", "-c", 'ulimit -f 2; exec "$0"')  # 2 blocks of 512 bytes, fewer than marks need
    data = gradescope.results()
    assert "score" not in data and data["extra_data"]["grader_fault"]
    assert data["tests"] == []
    assert "File too large" in output
    assert os.listdir(gradescope.root / "results") == ["results.json"]


@pytest.mark.skipif(not ROOT, reason="only root can mount a small disk")
def test_a_full_disk_leaves_a_valid_result(gradescope):
    results = gradescope.root / "results"
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,mode=777", "tmpfs", results], capture_output=True)
    if mount.returncode:
        pytest.skip("no mounts in this container")
    try:
        gradescope.run()
        data = gradescope.results()
        assert "score" not in data and data["extra_data"]["grader_fault"]
    finally:
        subprocess.run(["umount", results], check=True)


# -- kernels that lack something --------------------------------------------------------------------------------------


def test_without_landlock_user_ids_isolate_root_and_reads_stay_open_to_an_ordinary_user(gradescope):
    output = gradescope.run(*without("landlock"))
    data = gradescope.results()
    isolation = data["extra_data"]["isolation"]
    assert any(layer.startswith("landlock: ") for layer in isolation["not_held"])
    if gradescope.user == "root":
        assert (data["score"], isolation["level"], isolation["critical_missing"]) == (FULL, "full", [])
    else:
        assert ("score" in data, isolation["level"]) == (False, "reads not isolated")
        assert "No marks were given" in output and "own uid or landlock" in output


def test_without_system_call_filters_no_marks_are_given_unless_one_file_accepts_that(gradescope):
    output = gradescope.run(*without("prctl"))
    data = gradescope.results()
    assert "score" not in data and data["tests"] == []
    assert data["extra_data"]["grader_fault"] and data["extra_data"]["isolation"]["level"] == "process only"
    assert "nothing about your submission" in data["output"]
    assert "accept_weak_isolation" in output and "seccomp" in output
    accepted = gradescope.root / "source" / "autograder" / "accept_weak_isolation"
    accepted.touch()
    try:
        gradescope.run(*without("prctl"))
    finally:
        accepted.unlink()
    data = gradescope.results()
    assert data["score"] == FULL and data["extra_data"]["isolation"]["level"] == "process only"


@pytest.mark.skipif(not ROOT, reason="only root can give workers user ids of their own")
def test_root_without_user_ids_for_its_workers_gives_no_marks(gradescope):
    if gradescope.user != "root":
        pytest.skip("an ordinary user has none anyway")
    gradescope.run(*without("setresuid"))
    data = gradescope.results()
    assert "score" not in data and data["extra_data"]["isolation"]["critical_missing"] == ["own uid"]


def state(folder: Path) -> dict[str, tuple[int, int]]:
    """Mode and time of every file, caches left out."""
    files = [path for path in folder.rglob("*") if path.suffix != ".pyc" and path.name != "__pycache__"]
    return {str(path): (path.lstat().st_mode, 0 if path.is_dir() else path.lstat().st_mtime_ns) for path in files}
