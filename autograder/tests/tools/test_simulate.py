"""The simulation of Gradescope: the format it checks, the limits it sets, and the real zip through all of it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from neural_lab.schema import places
from neural_lab.schema.discovery import load_lab
from neural_lab.tools.release import gradescope_format, package, simulate, started
from neural_lab.tools.release.limits import MEMORY, gradescopes_limits
from neural_lab.tools.release.started import SimulationError
from tests.classes import right, stub

GOOD = {
    "score": 5, "execution_time": 0.5, "output": "text", "output_format": "md", "visibility": "visible",
    "stdout_visibility": "hidden", "extra_data": {"anything": [1, None]},
    "tests": [{"number": "1.1", "name": "f", "score": 5, "max_score": 5.0, "status": "passed", "tags": ["f"]},
              {"number": "1.2", "name": "g", "score": 0, "max_score": 2.5, "visibility": "hidden"}],
    "leaderboard": [{"name": "accuracy", "value": 90.5, "order": "desc"}, {"name": "stars", "value": "***"}],
}  # fmt: skip


def broken(path, value):
    """GOOD with one thing changed: path is like ("tests", 0, "score")."""
    results = json.loads(json.dumps(GOOD))
    place = results
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return results


# -- the format -------------------------------------------------------------------------------------------------------


def test_results_as_documented_have_no_problem():
    assert gradescope_format.problems(GOOD) == []
    assert gradescope_format.problems({"score": 1.5}) == []
    assert gradescope_format.problems({"tests": [{"status": "failed"}]}) == []


@pytest.mark.parametrize(
    "path, value, words",
    [
        (("score",), -1, "at least 0"),
        (("score",), "5", "expected a number"),
        (("score",), True, "expected a number"),
        (("score",), float("nan"), "results.score: nan is not JSON"),
        (("execution_time",), None, "expected a number"),
        (("output",), 5, "expected a text"),
        (("output",), "half \ud800", "surrogate"),
        (("output_format",), "markdown", "expected one of text, html"),
        (("visibility",), "shown", "expected one of visible"),
        (("stdout_visibility",), True, "expected one of"),
        (("extra_data",), [], "expected an object"),
        (("extra_data",), {"deep": [{"x": float("inf")}]}, "results.extra_data.deep[0].x: inf is not JSON"),
        (("tests",), {}, "expected a list"),
        (("tests", 0), "test", "expected an object"),
        (("tests", 0, "score"), 5.5, "a score of 5.5 of 5"),
        (("tests", 0, "score"), -1, "tests[0].score: expected at least 0, got -1"),
        (("tests", 1, "score"), ..., "neither a score nor a status"),
        (("tests", 0, "number"), 1.1, "expected a text"),
        (("tests", 1, "number"), "1.1", "the number 1.1 stands at several tests"),
        (("tests", 0, "status"), "ok", "expected one of passed, failed"),
        (("tests", 0, "tags"), ["f", 1], "tests[0].tags[1]: expected a text, got int"),
        (("tests", 0, "grade"), 5, "tests[0].grade: the platform knows no such field"),
        (("leaderboard", 0, "value"), ..., "leaderboard[0]: value is missing"),
        (("leaderboard", 0, "order"), "up", "expected one of asc, desc"),
        (("points",), 5, "knows no such field"),
    ],
)
def test_each_departure_from_the_format_is_told(path, value, words):
    (problem,) = set(gradescope_format.problems(broken(path, value)))
    assert words in problem


@pytest.mark.parametrize("value", [None, [], "text", 5, {}, {"tests": []}])
def test_results_without_scores_are_told(value):
    assert len(gradescope_format.problems(value)) == 1


@pytest.mark.parametrize(
    "text, words",
    [("{", "Expecting"), ('{"score": NaN}', "NaN is not JSON"), ('{"score": -Infinity}', "-Infinity"),
     ('{"score": 1, "score": 2}', "twice"), ("[" * 100_000, "deep"), (b"\xff", "utf-8"), ("", "Expecting")],
)  # fmt: skip
def test_what_is_no_json_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        gradescope_format.parse(text)


def test_the_entrys_own_fallback_is_in_the_format():
    script = (places.ROOT / "autograder" / "run_autograder").read_text("utf-8")
    fallback = script.split("<<'JSON'\n")[1].split("\nJSON\n")[0]
    assert gradescope_format.problems(gradescope_format.parse(fallback)) == []


# -- the steps --------------------------------------------------------------------------------------------------------


def archive_with(path, run="#!/bin/sh\ncp good.json results/results.json\n", setup="#!/bin/sh\nexit 0\n", **more):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"setup.sh": setup, "run_autograder": run, **more}.items():
            if text is not None:
                archive.writestr(name, text)
    return path


@pytest.fixture
def ran(tmp_path):
    """Simulate a run_autograder of the test's own: script, more of the zip's files -> outcome."""
    (tmp_path / "q1.py").write_text("x = 1\n")
    root = tmp_path / "autograder"

    def run(script, wall=60.0, results=GOOD, **keywords):
        root.mkdir()
        (root / "good.json").write_text(json.dumps(results))
        archive = archive_with(tmp_path / "a.zip", run=f"#!/bin/sh\n{script}\n", **keywords)
        return simulate.simulate(archive, tmp_path / "q1.py", root, wall)

    return run


COPY = "cp good.json results/results.json"


def test_the_entry_finds_what_gradescope_promises(ran):
    outcome = ran(
        'set -e; test "$PWD" = "$AUTOGRADER_ROOT"; test -f submission/q1.py; test -x run_autograder; test -e ready; '
        f"test -f source/setup.sh; grep -q previous_submissions submission_metadata.json; {COPY}; echo seen; env",
        setup='#!/bin/sh\ncd "$AUTOGRADER_ROOT" && touch ready\n',
    )
    assert outcome.problems == () and outcome.results == GOOD and "seen" in outcome.stdout
    assert "PYTEST" not in outcome.stdout, "nothing of our environment goes in"
    assert outcome.seconds < 30 and outcome.limits


@pytest.mark.parametrize(
    "script, words",
    [
        ("true", "results.json cannot be read"),
        ("echo '{\"score\": NaN}' > results/results.json", "not valid: NaN"),
        (f"{COPY}; exit 3", "ended with status 3"),
        (f"{COPY}; kill -9 $$", "ended with status -9"),
        ('echo \'{"score": 0, "extra_data": {"grader_fault": true}}\' > results/results.json', "it failed"),
    ],
)
def test_what_goes_wrong_is_a_problem(ran, script, words):
    (problem,) = ran(script).problems
    assert words in problem


def test_a_run_without_end_is_ended_with_all_that_it_started(ran, tmp_path):
    outcome = ran(f"{COPY}; (sleep 300; touch {tmp_path}/late) & echo $! > child; sleep 300", wall=1.0)
    assert outcome.problems == ("run_autograder did not end within 1 s",)
    child = (tmp_path / "autograder" / "child").read_text().strip()
    assert not Path(f"/proc/{child}/cwd").exists()


@pytest.mark.parametrize(
    "files, words",
    [
        ({"run": None}, "no run_autograder"),
        ({"setup": None}, "no setup.sh"),
        ({"run": "echo no first line"}, "#!"),
        ({"setup": "#!/bin/sh\necho broken index >&2; exit 4\n"}, "status 4:\nbroken index"),
    ],
)
def test_a_zip_that_gradescope_could_not_build_is_refused(tmp_path, files, words):
    (tmp_path / "q1.py").write_text("")
    (tmp_path / "root").mkdir()
    with pytest.raises(SimulationError, match=words):
        simulate.simulate(archive_with(tmp_path / "a.zip", **files), tmp_path / "q1.py", tmp_path / "root")


def test_a_submission_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "root").mkdir()
    with pytest.raises(SimulationError, match="no file or folder"):
        simulate.place(tmp_path / "none.py", tmp_path / "root")


# -- the limits -------------------------------------------------------------------------------------------------------


def under_limits(code):
    with gradescopes_limits() as limits:
        ran = subprocess.run([sys.executable, "-c", code], preexec_fn=limits.enter, capture_output=True, text=True)
        return limits, ran


def test_memory_is_bounded():
    code = f"x = bytearray({MEMORY // 2}); print('half', flush=True); y = bytearray(b'1' * {MEMORY})"
    limits, ran = under_limits(code)
    assert ran.stdout == "half\n" and ran.returncode != 0
    assert "768 MB" in limits.how


def test_half_a_cpu_is_half_a_cpu():
    code = "import time; a = time.monotonic()\nwhile time.process_time() < 0.6: pass\nprint(time.monotonic() - a)"
    limits, ran = under_limits(code)
    if "control groups" not in limits.how.split(":")[0]:
        pytest.skip("no control groups here: that the CPU is halved is not seen")
    assert float(ran.stdout) > 0.9


def test_nothing_is_left_behind():
    with gradescopes_limits() as limits:
        child = subprocess.Popen(["sleep", "100"], preexec_fn=limits.enter)
        groups = limits._groups
    if groups:
        assert child.wait(timeout=10) == -9
    child.kill()
    child.wait()
    assert not any(group.exists() for group in groups)


def test_without_control_groups_there_are_rlimits_and_it_says_so(tmp_path):
    mounts = f"cgroup2 {tmp_path}/none cgroup2 rw 0 0\ncgroup {tmp_path}/x cgroup rw,memory 0 0\n"
    (tmp_path / "mounts").write_text(mounts)
    with gradescopes_limits(tmp_path / "mounts") as limits:
        code = "import resource; print(resource.getrlimit(resource.RLIMIT_AS)[0])"
        ran = subprocess.run([sys.executable, "-c", code], preexec_fn=limits.enter, capture_output=True, text=True)
    assert limits.how.startswith("rlimits") and int(ran.stdout) == MEMORY and limits.peak is None


# -- what is shown ----------------------------------------------------------------------------------------------------


def shown(results, *problems):
    out = io.StringIO()
    outcome = started.Outcome(results, problems, "printed [red]\x1b[31m", 1.0, "limits", 37 << 20)
    simulate.show(outcome, Console(file=out, width=120))
    return out.getvalue()


def test_a_student_sees_the_visible_tests_and_no_total_if_some_are_hidden():
    text = shown(GOOD)
    assert "1.1) f (5/5.0)" in text and "1.2) g" not in text and "the total is hidden" in text
    text = shown(broken(("tests", 1, "visibility"), "visible"))
    assert "1.2) g (0/2.5)" in text and "Autograder score: 5 / 7.5" in text


def test_what_is_shown_cannot_steer_the_terminal():
    text = shown(broken(("output",), "\x1b[2J\x1b]0;taken\x07 [bold]as it is[/bold]"), "a problem")
    assert "\x1b" not in text and "[bold]as it is[/bold]" in text and "[red]" in text and "problem: a problem" in text


# -- the real thing ---------------------------------------------------------------------------------------------------


@pytest.fixture
def open_root():
    """An empty folder that any user may pass through, as /autograder is; pytest's own are closed."""
    root = Path(tempfile.mkdtemp(prefix="gradescope-"))
    root.chmod(0o755)
    yield root
    shutil.rmtree(root)


def test_the_real_zip_gives_the_solution_full_marks_and_the_stub_none(tmp_path, open_root):
    archive, root = tmp_path / "autograder-q1.zip", open_root
    archive.write_bytes(package.zip_of(package.contents(load_lab("q1"), "digits")))
    simulate.build(archive, root)
    for text, score in ((right(), load_lab("q1").marks), (stub(), 0)):
        (tmp_path / "q1.py").write_text(text)
        simulate.place(tmp_path / "q1.py", root)
        outcome = simulate.run(root)
        assert outcome.problems == () and outcome.results["score"] == score, outcome.stdout
        assert not outcome.results["extra_data"].get("grader_fault")
        assert len([test for test in outcome.results["tests"] if test["max_score"]]) == len(load_lab("q1").lines)
        entries = [entry["name"] for entry in outcome.results.get("leaderboard", ())]
        assert entries == (["accuracy on digits (%)"] if score else [])
        assert sorted(path.name for path in (root / "results").iterdir()) == ["report.json", "results.json"]
        for name in ("submission", "results"):
            shutil.rmtree(root / name)
        (root / "results").mkdir()
