"""Every platform's package through its simulation: what it holds, and each kind of submission from end to end."""

from __future__ import annotations

import io
import re
import shutil
import tarfile
import tempfile
from pathlib import Path

import pytest
from rich.console import Console

from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.release import package, packages, schemas, simulate
from neural_lab.tools.release.simulations import SIMULATIONS
from tests import engine_copy
from tests.classes import stub
from tests.hand_ins import FULL, LAB, SOLUTION, hand_in
from tests.hostile.test_hostile import HERE
from tests.pipeline.test_official_runs import EARNS, FORGED, HALF, REFUSED, WORST, WRONG

GRADED = ("prairielearn", "autolab")  # by the grader itself


def broken(packed):
    """A package whose grader fails: its solution is no Python."""
    for name in packed:
        if name.endswith("solution/q1.py"):
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
    return sum(outcome.results["scores"].values())


def shown(platform, outcome):
    out = io.StringIO()
    simulate.show(outcome, Console(file=out, width=100), platform)
    return out.getvalue()


# -- from end to end --------------------------------------------------------------------------------------------------

sweep = pytest.mark.sweep


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
        *(
            pytest.param(platform, name, EARNS.get(name, 0), id=f"{platform}-{name}", marks=() if first else sweep)
            for platform in GRADED
            for name in WORST
            for first in [(platform, name) == ("prairielearn", "edits_the_harness")]
        ),
    ],
)
def test_a_submission_gets_its_marks(played, platform, text, marks):
    hostile = HERE / f"{text}.py"
    outcome = played(platform, engine_copy.whole(hostile.read_text()) if text in WORST else text)
    assert outcome.problems == (), outcome.stdout
    assert marks_of(platform, outcome) == marks
    assert "Isolation: full" in outcome.stdout


@pytest.mark.parametrize("platform", GRADED)
def test_what_cannot_be_graded_gets_no_mark_and_the_reason(played, platform):
    outcome = played(platform, REFUSED)
    assert outcome.problems == () and marks_of(platform, outcome) is None
    said = " ".join(re.sub("[│╭╮╰╯─]", " ", shown(platform, outcome)).split())
    assert "line 2" in said and "no marks are given or lost" in said


@pytest.mark.parametrize("platform", GRADED)
def test_a_fault_of_the_grader_is_no_mark_and_a_status(played, platform):
    outcome = played(platform, SOLUTION, fault=True)
    assert outcome.problems and marks_of(platform, outcome) is None
    assert "status" in outcome.problems[0]
    students_read_it = platform == "autolab"
    assert ("nothing about your submission" in outcome.stdout) == students_read_it
    assert ("Traceback" in outcome.stdout) != students_read_it


# -- what is packed ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("platform", packages.PACKAGES)
def test_a_package_is_the_same_each_time_with_its_page_in_it(platform):
    first, second = (packages.archive_of(packages.contents(platform, LAB)) for _ in range(2))
    assert first == second
    page = packages.contents(platform, LAB)["README.md"].decode()
    assert page.startswith(f"# {packages.PACKAGES[platform].title}\n") and "Format: " in page and "](" not in page
    assert len(page.split()) < 400, "one page"


def test_gradescopes_package_is_the_zip_with_a_page():
    assert packages.contents("gradescope", LAB).keys() - package.contents("q1", "digits").keys() == {"README.md"}


def test_autolab_takes_no_lab_of_two_files():
    with pytest.raises(package.PackageError, match=r"neuron\.py and network\.py"):
        packages.contents("autolab", load_lab("network"))


def test_prairielearns_question_asks_for_each_file():
    packed = packages.contents("prairielearn", load_lab("network"))
    assert 'file-names="neuron.py,network.py"' in packed["questions/neural_lab_network/question.html"].decode()


def test_a_page_without_a_section_is_told(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "platforms.md").write_text("# x\n\n## Other\ntext\n")
    with pytest.raises(package.PackageError, match="no section 'Autolab'"):
        packages.readme("Autolab", tmp_path)


def test_every_platform_of_a_package_can_be_simulated():
    assert simulate.PLATFORMS.keys() == packages.PACKAGES.keys()
    assert (ROOT / packages.ENTRY).stat().st_mode & 0o111
