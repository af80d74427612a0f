"""The pages: every command in them is run, here or by the test that is named; every picture and link is there."""

from __future__ import annotations

import csv
import re
import shutil
import statistics
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.bench import page as bench
from neural_lab.tools.course import grades_folder
from neural_lab.tools.release import screenshot
from tests.classes import edited, export_zip, right
from tests.engine_copy import needs_own_uid

README = ROOT / "README.md"
PAGES = [README, *(page for f in ("docs", "data", "student") for page in sorted((ROOT / f).rglob("*.md")))]
ENVIRONMENT = Path(sys.prefix)
LAB = load_lab("q1")

# Run in this order in a copy of the project; on the right what stands in for files that only a course has.
HERE = {
    "make help": "",
    "make doctor": "",
    "make grade": "",
    "make stubs": "",
    "make handout": "",
    "make zip": "",
    "make simulate": "",
    "make grade SUBMISSION=q1.py": "make grade SUBMISSION=solution/q1.py",
    "make grade SUBMISSION=q1.py PLATFORM=junit RESULTS=junit.xml": (
        "make grade SUBMISSION=solution/q1.py PLATFORM=junit RESULTS=junit.xml"
    ),
    "make grade SUBMISSION=clones/ada/q1.py PLATFORM=github": "make grade SUBMISSION=solution/q1.py PLATFORM=github",
    "make package PLATFORM=prairielearn": "",
    "make simulate PLATFORM=prairielearn SUBMISSION=student/q1.py": "",
    "make batch": "make batch EXPORT=export.zip OUT=grades/",
    "make batch EXPORT=clones/": "make batch EXPORT=export.zip OUT=grades/",
    "make batch EXPORT=assignment_123_export.zip OUT=grades/": "make batch EXPORT=export.zip OUT=grades/",
    "make batch OUT=grades/": "",
    "make report OUT=grades/": "",
    "make similarity OUT=grades/ SOURCES=last-year,web": "make similarity OUT=grades/ SOURCES=student/warmups,solution",
    "make report OUT=grades/ SOURCES=last-year,web": "make report OUT=grades/ SOURCES=student/warmups,solution",
    'make quiz OUT=grades/ WHO="Ada Lovelace"': "make quiz OUT=grades/ WHO=submission_43",
    "make quiz OUT=grades/ QUESTIONS=4": "make quiz OUT=grades/ QUESTIONS=1",
    "make quiz SUBMISSION=q1.py": "make quiz SUBMISSION=solution/q1.py QUESTIONS=1",
    "make quiz": "make quiz OUT=grades/ QUESTIONS=1",
    'make why WHO="name, id or e-mail" OUT=grades/': "make why WHO=submission_42 OUT=grades/",
    "make why WHO=submission_42 WHO2=submission_43 OUT=grades/": "",
    "make feedback OUT=grades/": "",
    'make forget OUT=grades/ WHO="name, id or e-mail"': "make forget OUT=grades/ WHO=submission_43",
    "make grade SUBMISSION=grades/submissions/submission_42/ EXPLAIN=1.7 AGAINST=grades/results/submission_42.json": "",
    "make train": "make train EPOCHS=1",
    "make train DATA=mnist": "make train DATA=mnist EPOCHS=1",
    "make zip DATA=mnist": "",
    ".venv/bin/python autograder/neural_lab/tools/release/screenshot.py": "",
    ".venv/bin/python autograder/neural_lab/tools/versions/elsewhere.py": "",
}
WARM_UPS = ("perceptron", "neuron", "network", "layered", "ann", "layers")
ELSEWHERE = {
    "make simulate PLATFORM=autolab": "test_platforms.py",
    "make demo": "test_demo.py",
    ".venv/bin/python autograder/neural_lab/tools/course/demo.py --examples": "test_demo.py: what it writes",
    "make test": "test_makefile.py: it is what runs this",
    "make test-all": "test_makefile.py: it is what runs this",
    "make proof": "test_sweeps.py: it is what runs this",
    "make simulate SUBMISSION=student/q1.py": "test_simulate.py, with the solution in the same root",
    "make calibrate": "test_calibration.py",
    "make calibrate [LAB=q1] [JOBS=2] [ONLY=id]": "test_calibration.py",
    "make grades OUT=grades/ INTO=canvas-export.csv COLUMN=4321": "test_lms.py",
    "make grade VERSION=2027-a": "test_version_labs.py, which builds what the verb builds",
    "make calibrate VERSION=2027-a": "test_version_labs.py, in the sweep",
    "make handout VERSION=2027-a": "test_version_labs.py",
    "make zip VERSION=2027-a": "test_version_labs.py",
    "make train VERSION=2027-a": "test_version_labs.py",
    "make zip VERSION=spring COURSE=../cs101-2027": "test_version_labs.py, with the example folder",
    "make handout VERSION=spring COURSE=../cs101-2027": "test_version_labs.py, with the example folder",
    "make validate COURSE=../cs101-2027": "test_course_folder.py",
    "make batch COURSE=../cs101-2027 EXPORT=assignment_123_export.zip OUT=grades/": "test_course_folder.py",
    "make similarity COURSE=../cs101-2027 OUT=grades/": "test_course_folder.py",
    "make report COURSE=../cs101-2027 OUT=grades/": "test_course_folder.py",
    'make why COURSE=../cs101-2027 OUT=grades/ WHO="name, id or e-mail"': "test_course_folder.py",
    "make recognise": "test_version_labs.py",
    "make recognise VERSION=2027-a EXPORT=assignment_123_export.zip": "test_version_labs.py",
    "make bench": "test_bench.py, with fewer rounds",
    "make bench DATA=mnist": "test_bench.py, with fewer rounds",
    "make bench ONLY=grading": "test_bench.py, with fewer rounds",
    ".venv/bin/python autograder/neural_lab/tools/bench/isolation.py": "test_lockdown.py, without the attacks",
    "make data DATA=mnist": "test_datasets.py, which needs no network",
    "make data DATA=mnist MNIST_DIR=folder": "test_datasets.py",
    ".venv/bin/python autograder/neural_lab/tools/training/search.py digits mnist": "test_search.py, on fewer networks",
    ".venv/bin/python autograder/neural_lab/tools/training/search.py --plots": "test_search.py",
    "python data/export_digits.py": "test_data.py",
    "make new-lab NAME=logistic": "test_add_a_lab.py",
    "make validate LAB=logistic": "test_add_a_lab.py",
    "make grade LAB=logistic": "test_add_a_lab.py",
    "make grade LAB=logistic SUBMISSION=student/logistic.py": "test_add_a_lab.py",
    "make calibrate LAB=logistic ONLY=pre-no-bias": "test_add_a_lab.py",
    "make calibrate LAB=logistic": "test_add_a_lab.py",
    "make handout LAB=logistic": "test_add_a_lab.py",
    "make zip LAB=logistic": "test_add_a_lab.py",
    "make validate": "test_validate.py",
    "make calibrate ONLY=sig-no-minus": "test_calibration.py",
    "python -m pip install numpy": "test_students_way.py, from the lock",
    "python -m pip install numpy matplotlib": "test_setup.py, from the lock",
    "python -m pip install torch==2.13.0": "test_peers.py: what it is needed for, where it is installed",
    "python check.py": "test_check.py",
    "python check.py forward_pass": "test_check.py",
    "python check.py --watch": "test_check.py",
    "python check.py --show forward_pass": "test_check.py",
    "python check.py --picture": "test_check.py",
    "python check.py --all": "test_check.py",
    "python q1.py": "test_data.py",
    "python look.py": "test_look.py",
    "python tune.py": "test_tune.py",
    "python tune.py --eta 0.3 --epochs 10": "test_tune.py, on another net",
    "python tune.py --net 784,30,10 --eta 3 --epochs 30": "test_tune.py, with fewer epochs",
    "python tune.py --net 784,100,10 --eta 3 --epochs 30": "test_tune.py, with fewer epochs",
    "python tune.py --net 784,30,10 --eta 30 --epochs 30": "test_tune.py, with fewer epochs",
    "python tune.py --net 784,10 --eta 1 --epochs 30": "test_tune.py, with fewer epochs",
    ".venv/bin/python autograder/neural_lab/tools/training/experiments.py": "test_handout.py: its figures",
    **{f"python {lab}.py": "test_warmups.py" for lab in WARM_UPS},
    **{f"python train_{lab}.py": "test_warmups.py" for lab in (*WARM_UPS, "mlp") if lab != "layers"},
    "python xor_demo.py": "test_warmups.py",
    ".venv/bin/python -m neural_lab.tools.course.batch --out grades/ assignment_123_export.zip": "test_batch.py",
    "PYTHONPATH=autograder .venv/bin/dask scheduler": "test_batch.py",
    "PYTHONPATH=autograder .venv/bin/dask worker tcp://host:8786 --nthreads 1 --nworkers 4": "test_batch.py",
    "make batch EXPORT=assignment_123_export.zip OUT=grades/ DASK=tcp://host:8786": "test_batch.py",
}


def commands(text):
    """What a page tells to type: lines of sh blocks, and code that begins like a command."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.M | re.S)
    lines = [re.sub(r"\s+#.*", "", line).strip() for block in blocks for line in block.splitlines()]
    inline = re.findall(r"`((?:make|python|\.venv/bin/python) [^`\n]+)`", text)
    return {line for line in [*lines, *inline] if line}


def test_every_command_in_the_pages_is_run_by_a_test():
    said = set().union(*(commands(page.read_text("utf-8")) for page in PAGES))
    assert sorted(said - HERE.keys() - ELSEWHERE.keys()) == []
    assert sorted((HERE.keys() | ELSEWHERE.keys()) - said) == []  # what no page says any more
    named = {note.split(":")[0].split(",")[0] for note in ELSEWHERE.values()}
    assert [name for name in sorted(named) if not [*(ROOT / "autograder" / "tests").glob(f"*/{name}")]] == []


def test_the_mistake_that_a_page_shows_stands_in_the_bank():
    page = (ROOT / "docs" / "instructors.md").read_text("utf-8")
    (shown,) = re.findall(r"^```python\n(_sig\(\n.*?)^```", page, re.M | re.S)
    bank = (ROOT / "autograder" / "neural_lab" / "labs" / "q1" / "mistakes.py").read_text("utf-8")
    assert textwrap.indent(shown, "    ").rstrip() in bank


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with this environment, a class of two that is graded, and a stand-in for MNIST: whatever
    commands the commit draws, what they stand on is there."""
    if not (ENVIRONMENT / "stamp").exists():
        pytest.skip("the tests do not run in the environment that `make` makes")
    folder = tmp_path_factory.mktemp("pages") / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", "dist", "grades", "__pycache__", ".*_cache", "mnist.npz")
    shutil.copytree(ROOT, folder, ignore=ignored)
    (folder / ".venv").symlink_to(ENVIRONMENT)
    export_zip(folder / "export.zip", {"submission_42": edited(LAB, LAB.mistakes[0]), "submission_43": right()})
    shutil.copy(ROOT / "data" / "digits.npz", folder / "data" / "mnist.npz")
    subprocess.run(["make", "batch", "EXPORT=export.zip", "OUT=grades/"], cwd=folder, capture_output=True, check=True)
    return folder


@needs_own_uid  # `make zip` and `make simulate` want the whole isolation
@pytest.mark.parametrize("command", HERE)
@pytest.mark.one_in(5)
def test_a_command_does_what_the_page_says(project, command):
    typed = HERE[command] or command
    done = subprocess.run(["bash", "-c", typed], cwd=project, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_readme_has_at_most_600_words():
    assert len(README.read_text("utf-8").split()) <= 600


def test_the_page_on_privacy_has_at_most_400_words_and_names_all_that_lies_in_a_folder_of_grades():
    text = (ROOT / "docs" / "privacy.md").read_text("utf-8")
    assert len(text.split()) <= 400
    named = re.findall(r"^ {4}([\w.]+)", grades_folder.__doc__ or "", re.M)
    assert [name for name in named if name not in ("run.json", "written.json") and f"`{name}" not in text] == []


def test_the_bench_page_and_the_readmes_figures_are_what_was_measured():
    found = bench.read(ROOT / "docs" / "bench.json")
    assert (ROOT / "docs" / "bench.md").read_text("utf-8") == bench.page(found)
    assert README.read_text("utf-8") == bench.with_figures(README.read_text("utf-8"), found)


@pytest.mark.parametrize(("inner", "name"), [("", r"\w+"), ("versions", r"\d+-\w")])
def test_the_calibrations_tables_are_what_their_files_hold(inner, name):
    folder = ROOT / "docs" / "calibration"
    table = re.findall(rf"^\| ({name}) \| (\d.*) \|$", (folder / "README.md").read_text("utf-8"), re.M)
    assert sorted(lab for lab, _ in table) == sorted(file.stem for file in (folder / inner).glob("*.csv"))
    for lab, cells in table:
        with (folder / inner / f"{lab}.csv").open(newline="", encoding="utf-8") as file:
            cases = list(csv.DictReader(file))
        lines = [column.removeprefix("taken ") for column in cases[0] if column.startswith("taken ")]
        mistakes = [case for case in cases if case["kind"] == "mistake"]
        exact = sum(all(case[f"taken {n}"] == case[f"expected {n}"] for n in lines) for case in mistakes)
        alone = sum(case["named"] == case["case"] for case in mistakes)
        equals = sum(case["case"] in case["named"].split() and " " in case["named"] for case in mistakes)
        variants = sum(case["kind"] == "variant" for case in cases)
        marks = sum(float(cases[1][f"expected {n}"]) for n in lines)  # of the stub, which loses all
        lost = statistics.mean(sum(float(case[f"taken {n}"]) for n in lines) for case in mistakes)
        naive = statistics.mean(float(case["naive"]) for case in mistakes)
        row = [len(mistakes), exact, f"{alone} + {equals}", variants, f"{lost:.1f} of {marks:g}", f"{naive:.1f}"]
        assert cells == " | ".join(map(str, row)), lab


def test_the_figures_of_what_is_told_are_what_q1s_calibration_holds():
    folder = ROOT / "docs" / "calibration"
    table = re.findall(r"^\| ([a-z1 ]+) \| (\d[\d |]*) \|$", (folder / "README.md").read_text("utf-8"), re.M)
    with (folder / "q1.csv").open(newline="", encoding="utf-8") as file:
        cases = [case for case in csv.DictReader(file) if any(float(case[n]) for n in case if n.startswith("taken"))]
    kinds = {"single mistakes": "mistake", "pairs in one function": "pair", "mistakes in right variants": "transplant"}
    found = {}
    for words, kind in kinds.items():
        of_kind = [case for case in cases if case["kind"] == kind]
        every = 2 if kind == "pair" else 1
        told, lines = [int(case["told"]) for case in of_kind], [case["line"] for case in of_kind]
        shown = lines.count("right") + lines.count("wrong")
        nothing = sum(not case["named"] and not case["line"] for case in of_kind)
        figures = [told.count(every), sum(0 < count < every for count in told), shown, lines.count("right"), nothing]
        found[words] = " | ".join(map(str, [len(of_kind), *figures]))
    assert {words: cells for words, cells in table if words in kinds} == found


def test_the_readmes_screenshot_is_what_the_grader_prints():
    assert screenshot.FILE.read_text("utf-8") == screenshot.screenshot()
    assert "url(http" not in screenshot.screenshot()  # a page is read without a network, too


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_and_picture_of_a_page_is_there(page):
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    gone = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert gone == []
