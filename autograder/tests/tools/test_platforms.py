"""Every platform's package through its simulation: what it holds, and each kind of submission from end to end."""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

import pytest
from rich.console import Console

from neural_lab.platforms import actions, classroom50, self_check
from neural_lab.platforms.outcome import State
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.release import package, packages, schemas, simulate
from neural_lab.tools.release.simulations import SIMULATIONS
from tests import engine_copy
from tests.classes import stub
from tests.hand_ins import FULL, LAB, SOLUTION, hand_in
from tests.hostile.test_hostile import ANSWERS, HERE
from tests.pipeline.test_official_runs import EARNS, FORGED, HALF, WORST, WRONG

GRADED = ("prairielearn", "autolab")  # by the grader itself
CHECKED = ("classroom50", "github")  # by the public self-check
ENDED = SOLUTION.replace("return 1 / (1 + np.exp(-z))", "__import__('os')._exit(0)")
COMMAND = re.compile(r"::(error|notice) file=q1\.py,(line=\d+,endLine=\d+,)?title=\w+%3A ")
# The self-check runs a student's program as the student would: what waits for a right function is not looked at.
WAITING = FULL - 5 - 5 - 10 - 25 - 35


def broken(packed):
    """A package whose grader fails: its solution, or what its checks are made of, is no Python."""
    for name in packed:
        if name.endswith(("solution/q1.py", "checks/engine.py")):
            packed[name] = b"def broken(:\n"
        elif name == "autograde.tar":
            with tarfile.open(fileobj=io.BytesIO(packed[name])) as archive:
                members = {member.name: archive.extractfile(member) for member in archive}
                contents = {inner: file.read() for inner, file in members.items() if file is not None}
            packed[name] = packages._tar(broken(contents))
    return packed


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """(platform, whether its grader is broken) -> the package, written once."""
    folder, built = tmp_path_factory.mktemp("packages"), {}

    def archive(platform, fault=False):
        if (platform, fault) not in built:
            packed = packages.contents(platform, LAB)
            built[platform, fault] = file = folder / f"{platform}-{fault}.zip"
            file.write_bytes(packages.archive_of(broken(packed) if fault else packed))
        return built[platform, fault]

    return archive


@pytest.fixture
def played(archives, tmp_path):
    """(platform, text) -> the outcome, in an empty folder that any user may pass through."""
    made = []

    def play(platform, text, fault=False):
        root = Path(tempfile.mkdtemp(prefix="platform-"))
        made.append(root)
        root.chmod(0o755)
        return SIMULATIONS[platform].run(archives(platform, fault), hand_in(tmp_path, text), LAB, root, 120.0)

    yield play
    for root in made:
        shutil.rmtree(root)


def marks_of(platform, outcome):
    """The marks that the platform enters: None for no mark at all."""
    if outcome.results is None:
        return None
    if platform == "prairielearn":
        assert schemas.problems("prairielearn", outcome.results) == []
        if not outcome.results["gradable"]:
            return None
        assert sum(test["points"] for test in outcome.results["tests"]) == outcome.results["score"] * FULL
        return outcome.results["score"] * FULL
    if platform == "classroom50":
        tests = outcome.results["tests"]
        for key in ("score", "max-score"):
            assert outcome.results[key] == sum(test[key] for test in tests)
        assert outcome.results["max-score"] == 2 * FULL and "two points are one mark" in outcome.results["body"]
        assert "not your grade" in outcome.results["body"]
        return outcome.results["score"] / 2
    if platform == "github":
        found = re.search(r"\*\*([\d.]+) of 100 practice marks", outcome.results["summary"])
        return float(found[1]) if found else None
    return sum(outcome.results["scores"].values())


def shown(platform, outcome):
    out = io.StringIO()
    simulate.show(outcome, Console(file=out, width=100), platform)
    return out.getvalue()


# -- from end to end --------------------------------------------------------------------------------------------------

sweep = pytest.mark.sweep
ABOUT = json.loads(packages.contents("classroom50", LAB)["bundle/lines.json"])


@pytest.mark.parametrize(
    ("platform", "text", "marks"),
    [
        pytest.param("prairielearn", SOLUTION, FULL, id="prairielearn-right", marks=sweep),
        pytest.param("prairielearn", HALF, FULL - 2.5, id="prairielearn-half"),
        pytest.param("prairielearn", WRONG, FULL - 5, id="prairielearn-wrong", marks=sweep),
        pytest.param("prairielearn", stub(), 0, id="prairielearn-unfinished", marks=sweep),
        pytest.param("autolab", SOLUTION, FULL, id="autolab-right"),
        pytest.param("autolab", HALF, FULL - 2.5, id="autolab-half", marks=sweep),
        pytest.param("autolab", WRONG, FULL - 5, id="autolab-wrong", marks=sweep),
        pytest.param("autolab", stub(), 0, id="autolab-unfinished", marks=sweep),
        pytest.param("autolab", FORGED, FULL - 5, id="autolab-forged"),
        pytest.param("classroom50", SOLUTION, FULL, id="classroom50-right"),
        pytest.param("classroom50", WRONG, WAITING, id="classroom50-wrong"),
        pytest.param("classroom50", stub(), 0, id="classroom50-unfinished"),
        pytest.param("classroom50", FORGED, 5, id="classroom50-forged"),
        pytest.param("classroom50", ENDED, 0, id="classroom50-ended"),
        pytest.param("github", SOLUTION, FULL, id="github-right", marks=sweep),
        pytest.param("github", WRONG, WAITING, id="github-wrong", marks=sweep),
        pytest.param("github", stub(), 0, id="github-unfinished"),
        pytest.param("github", FORGED, 5, id="github-forged"),
        *(
            pytest.param(platform, name, EARNS.get(name, 0), id=f"{platform}-{name}", marks=() if first else sweep)
            for platform in GRADED
            for name in WORST
            for first in [(platform, name) == ("prairielearn", "edits_the_harness")]
        ),
    ],
)
@pytest.mark.one_in(2)
def test_a_submission_gets_its_marks(played, platform, text, marks):
    hostile = HERE / f"{text}.py"
    outcome = played(platform, engine_copy.whole(hostile.read_text()) if text in WORST else text)
    assert outcome.problems == (), outcome.stdout
    assert marks_of(platform, outcome) == marks
    if platform in GRADED:
        assert "Isolation: full" in outcome.stdout
    else:
        commands = [one for one in outcome.stdout.splitlines() if one.startswith("::") or "##[" in one]
        assert all(COMMAND.match(one) for one in commands)
        assert len(commands) <= len({line.function for line in LAB.lines}) and (marks < FULL) == bool(commands)


@pytest.mark.parametrize("platform", [*GRADED, *CHECKED])
def test_a_fault_of_the_grader_is_no_mark_and_a_status(played, platform):
    outcome = played(platform, SOLUTION, fault=True)
    assert outcome.problems and marks_of(platform, outcome) is None
    status = 2 if platform == "autolab" else 1  # of make, which says 2 whatever its command said
    assert f"ended with status {status}" in outcome.problems[0]
    students_read_it = platform != "prairielearn"
    assert ("nothing about your submission" in outcome.stdout) == students_read_it
    assert ("Traceback" in outcome.stdout) != students_read_it


def test_marks_that_are_no_half_marks_are_no_points():
    assert [classroom50.points(marks) for marks in (0, 2.5, 60)] == [0, 5, 120]
    with pytest.raises(ValueError, match=r"2\.25 marks"):
        classroom50.points(2.25)


@pytest.mark.parametrize("found", [[], [{"ready": False}], [{"kind": "right", "function": "sigmoid"}]])
def test_checks_that_never_began_are_a_fault_and_no_mark(found):
    assert self_check.outcome(ABOUT, found).state == State.FAULT


@pytest.mark.parametrize(
    "one",
    [
        {},
        {"kind": ["right"], "function": "sigmoid"},
        {"kind": "wrong", "function": "sigmoid", "line": -1, "words": ["x"], "ask": None, "code": 5},
        {"kind": "wrong", "function": "sigmoid", "line": True, "words": "\x1b[31m\ud800</details>", "code": "```"},
        {"kind": "waits", "function": "sigmoid", "waits_for": {"a": 1}},
        {"unusable": 5},
    ],
)
def test_whatever_a_program_reports_of_itself_becomes_words_and_no_more(one):
    told = self_check.outcome(ABOUT, [{"ready": True}, one])
    assert told.state == State.GRADED and told.marks == 0
    text = actions.summary(told)
    text.encode()
    assert "\x1b" not in text and "</details>" not in text
    assert all(line.at >= 0 for line in told.lines)


# -- what is packed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", packages.PACKAGES)
def test_a_package_is_the_same_each_time_with_its_page_in_it(platform):
    first, second = (packages.archive_of(packages.contents(platform, LAB)) for _ in range(2))
    assert first == second
    page = packages.contents(platform, LAB)["README.md"].decode()
    assert page.startswith(f"# {packages.PACKAGES[platform].title}\n") and "Format: " in page and "](" not in page
    assert len(page.split()) < 400, "one page"


@pytest.mark.parametrize("platform", CHECKED)
def test_what_students_can_read_holds_no_answer_no_known_mistake_and_no_secret(platform):
    packed = packages.contents(platform, LAB)
    everything = b"\n".join([*packed.values(), *(name.encode() for name in packed)]).decode()
    assert (ROOT / package.SECRET_FILE).read_text().strip() not in everything
    assert [answer for answer in ANSWERS if answer in everything] == []
    assert [mistake.id for mistake in LAB.mistakes if mistake.id in everything or mistake.hint in everything] == []
    assert not [name for name in packed if "labs" in name or "solution" in name or "probes" in name]


@pytest.mark.parametrize("platform", CHECKED)
def test_the_public_self_check_is_of_q1(platform):
    with pytest.raises(package.PackageError, match="of q1 alone"):
        packages.contents(platform, load_lab("neuron"))


def test_gradescopes_package_is_the_zip_with_a_page():
    assert packages.contents("gradescope", LAB).keys() - package.contents(LAB, "digits").keys() == {"README.md"}


def test_autolab_takes_no_lab_of_two_files():
    with pytest.raises(package.PackageError, match=r"neuron\.py and network\.py"):
        packages.contents("autolab", load_lab("network"))


def test_prairielearns_question_asks_for_each_file():
    packed = packages.contents("prairielearn", load_lab("network"))
    assert 'file-names="neuron.py,network.py"' in packed["questions/neural_lab_network/question.html"].decode()


@pytest.mark.parametrize("platform", [*GRADED, *CHECKED])
def test_what_cannot_be_graded_gets_no_mark_and_the_reason_as_the_first_uploads_page_says(played, platform):
    first = packages.first_upload(platform, LAB)
    assert first["right/q1.py"].decode() == SOLUTION and first["unfinished/q1.py"].decode() == stub()
    outcome = played(platform, first["not-python/q1.py"].decode())
    assert marks_of(platform, outcome) is None
    assert ("ended with status 2" in " ".join(outcome.problems)) == (platform in CHECKED)
    assert platform in CHECKED or outcome.problems == ()
    said = " ".join(re.sub("[│╭╮╰╯─]", " ", shown(platform, outcome)).split())
    assert "line 2" in said and "no marks are given or lost" in said
    page = first["EXPECTED.md"].decode()
    assert f"| {FULL * (1 + (platform == 'classroom50')):g} of " in page and packages.REFUSED[platform] in page


@pytest.mark.parametrize("lab", lab_names())
def test_the_first_upload_has_every_file_of_a_lab(lab):
    one = load_lab(lab)
    names = packages.first_upload("gradescope", one)
    assert {f"right/{module}.py" for module in one.modules} < names.keys()


def test_a_page_without_a_section_is_told(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "platforms.md").write_text("# x\n\n## Other\ntext\n")
    with pytest.raises(package.PackageError, match="no section 'Autolab'"):
        packages.readme("Autolab", tmp_path)


def test_every_platform_of_a_package_can_be_simulated():
    assert simulate.PLATFORMS.keys() == packages.PACKAGES.keys()
    assert (ROOT / packages.ENTRY).stat().st_mode & 0o111
