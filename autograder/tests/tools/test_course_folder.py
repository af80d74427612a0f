"""A course's private folder: its secret, list of students, earlier work, mistakes and hints lie over the checkout."""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from neural_lab.grading.reference import edited_module
from neural_lab.intake.secret import fingerprint
from neural_lab.schema.places import DOCS, ROOT
from neural_lab.tools.course.batch import roster_of
from neural_lab.tools.course.course_folder import CourseFolder
from neural_lab.tools.course.similarity import sources_of
from neural_lab.tools.versions import handed_out
from neural_lab.tools.versions.bank import bank
from neural_lab.tools.versions.build import build
from neural_lab.tools.versions.described import course
from neural_lab.tools.versions.rewrite import Rewrite
from neural_lab.tools.versions.validate import found_in, summary
from tests.classes import export_zip
from tests.engine_copy import needs_own_uid
from tests.versions import PUBLIC

ENVIRONMENT = Path(sys.prefix)
EXAMPLE = DOCS / "course_example"
SECRET = "ab" * 32
ROSTER = "Name,SID,Email,Section\nStudent 0,00000000,s0@example.org,North\nZebulon Pike,99,zeb@example.org,South\n"
EARLIER = "# handed in by Zebulon's brother"
SPRING = course(EXAMPLE).versions["spring"]
SOLUTION = Rewrite(SPRING).solution(PUBLIC)


def with_mistake(id: str) -> str:
    """The version's solution with one of its mistakes."""
    row = next(row for row in bank(SPRING, PUBLIC, course(EXAMPLE).added).mistakes if row.id == id)
    return edited_module(SOLUTION, f"NeuralNetwork.{row.function}", row.edits)


def filled(folder: Path) -> Path:
    """A copy of the example with all that a course may have."""
    shutil.copytree(EXAMPLE, folder)
    (folder / "secret").write_text(SECRET + "\n")
    (folder / "roster.csv").write_text(ROSTER)
    work = folder / "earlier" / "2026" / "submission_1" / "q1.py"
    work.parent.mkdir(parents=True)
    work.write_text(f"{EARLIER}\n{with_mistake('cost-skips-the-first')}", "utf-8")
    return folder


# -- what lies in the folder ------------------------------------------------------------------------------------------


@pytest.mark.fast
def test_a_course_without_more_than_its_description_has_no_secret_list_or_earlier_work(tmp_path):
    folder = CourseFolder(tmp_path)
    assert (folder.secret(), folder.roster, folder.earlier) == (None, None, [])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.fast
def test_what_the_command_line_names_goes_before_what_is_in_the_folder(tmp_path):
    folder, named = CourseFolder(filled(tmp_path / "course")), Path("mine")
    for course_of, sources, roster in (
        (folder, [folder.path / "earlier"], folder.path / "roster.csv"),
        (None, [], None),
    ):
        assert sources_of(argparse.Namespace(sources=[named], course=course_of)) == [named]
        assert sources_of(argparse.Namespace(sources=[], course=course_of)) == sources
        assert roster_of(argparse.Namespace(roster=named, course=course_of)) == named
        assert roster_of(argparse.Namespace(roster=None, course=course_of)) == roster


@pytest.mark.fast
def test_a_courses_mistakes_and_hints_are_those_of_each_version_in_its_words():
    told = course(EXAMPLE)
    for version in (SPRING, SPRING._replace(name="other", names=(("cost", "error_of"),))):
        rows = {row.id: row for row in bank(version, PUBLIC, told.added).mistakes}
        own = rows["cost-skips-the-first"]
        assert own.function == Rewrite(version).named("cost") and "[1:]" in own.edits[0].put
        assert rows["cost-no-half"].hint == dict(told.added.hints)["cost-no-half"]
        assert rows.keys() - {own.id} == {row.id for row in bank(version, PUBLIC).mistakes}


@pytest.mark.fast
@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("secret", "ab" * 31, "secret: expected 64 hexadecimal digits, as autograder/secret of a checkout has"),
        ("secret", "my secret", "secret: expected 64 hexadecimal digits"),
        ("roster.csv", "Points,Marks\n1,2\n", "roster.csv names nobody; expected a column Name, Email or SID"),
        ("roster.csv", "", "roster.csv"),
        ("earlier/export.zip", "PK", "earlier: no file in it ends with .py, .txt, .ipynb; unpack what was handed in"),
        ("course.toml", "name = 'CS", "course.toml can't be read"),
        ("course.toml", "[secret]\n", "course.toml: 'secret' means nothing; expected one of name, term"),
    ],
)
def test_what_is_wrong_with_a_file_of_the_folder_is_said_in_one_sentence(file, text, said, tmp_path):
    folder = filled(tmp_path / "course")
    shutil.rmtree(folder / "earlier" / "2026")
    (folder / "earlier").rmdir()
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_text(text)
    (found,) = found_in(CourseFolder(folder))
    assert said in found and found.count("\n") == 0


ROW_SLIPS = [
    ('id = "cost-skips-the-first"', 'id = "bp-sign"', "mistake bp-sign: another row has this id"),
    ('id = "gd-steps-grow"', 'id = "gd-steps-do-not-shrink"', "gd-steps-do-not-shrink: another row has this id"),
    ('function = "cost"', 'function = "costs"', "there is no function 'costs'; expected one of: sigmoid, "),
    (
        "for x, y in training_data:",
        "for x, y in trainig_data:",
        "does not stand in cost of the public solution; did you mean 'for x, y in training_data:'?",
    ),
    (
        'find = "eta / (1 + epoch)"\nput = "eta"',
        'find = "eta / epoch"\nput = "eta"',
        "axis shrinking steps, mistake gd-steps-do-not-shrink: 'eta / epoch' does not stand in go_down of the "
        "solution of version spring",
    ),
    ('find = "step = eta / mini', 'find = "step = eta / mimi', "nothing like 'step\\\\ =\\\\ eta\\\\ /\\\\ mimi"),
    (
        "training_data[1:]:",
        "training_data[1::",
        "mistake cost-skips-the-first: cost does not compile with its edit",
    ),
    ("training_data[1:]:", "training_data:", "cost-skips-the-first: in no version does it change anything"),
    ("cost-no-half =", "cost-no-halve =", "hints: there is no mistake 'cost-no-halve'; did you mean cost-no-half?"),
    ('"Compare your expression with slide 12: what stands in front of the sum?"', '""', "cost-no-half: no hint"),
    (
        'put = "for x, y in training_data[1:]:"\n',
        "",
        "mistakes: expected tables [[mistakes]] with id, function, find",
    ),
    ("[[mistakes]]", "[mistakes]", "mistakes: expected tables [[mistakes]] with id, function, find"),
    ("[hints]", "spares = ['handout']\n[hints]", "spared or halved parts and a reason go together"),
    ("[hints]", "spares = 'handout'\n[hints]", "(spares is no list of parts)"),
    ("[hints]", "[hints.more]", "hints: expected a table [hints] with lines such as"),
]


@pytest.mark.fast
@pytest.mark.one_in(3)
@pytest.mark.parametrize(("old", "new", "said"), ROW_SLIPS)
def test_what_is_wrong_with_a_courses_mistakes_and_hints_is_said_in_one_sentence(old, new, said, tmp_path):
    folder = filled(tmp_path / "course")
    text = (folder / "course.toml").read_text("utf-8")
    assert old in text
    (folder / "course.toml").write_text(text.replace(old, new), "utf-8")
    (found,) = found_in(CourseFolder(folder))
    assert said in found and found.count("\n") == 0 and "course.toml, " in found


@pytest.mark.fast
def test_a_folder_in_what_the_zip_is_made_of_is_refused():
    found = next(found_in(CourseFolder(ROOT / "student")))
    assert found.endswith("lies in student/, of which the zip is made; put it beside the checkout")


@pytest.mark.fast
def test_a_folder_without_slips_is_told_with_what_it_holds_and_what_not(tmp_path):
    folder = filled(tmp_path / "course")
    assert list(found_in(CourseFolder(folder))) == []
    whole = summary(CourseFolder(folder))
    assert (
        fingerprint(bytes.fromhex(SECRET)) in whole
        and "on the roster: 2; files in earlier/: 1; AI tools: You may" in whole
    )
    for name in ("secret", "roster.csv"):
        (folder / name).unlink()
    shutil.rmtree(folder / "earlier")
    without = summary(CourseFolder(folder))
    assert "secret: none, so that of the checkout counts; on the roster: nobody, there is no roster.csv" in without


@pytest.mark.fast
def test_a_mistake_that_is_none_in_one_version_is_no_slip_where_it_is_one_in_another(tmp_path):
    row = {"id": "bp-of-z", "function": "back_propagation", "hint": "Which of the two does the cost compare with y?"}
    row |= {"find": "self.cost_derivative(activations[-1], y)", "put": "self.cost_derivative(zs[-1], y)"}
    described = '[versions.a]\nsamples = "rows"\n[versions.b]\nsamples = "rows"\noutput = "linear"\n[[mistakes]]\n'
    text = described + "\n".join(f"{key} = {json.dumps(value)}" for key, value in row.items())
    (tmp_path / "course.toml").write_text(text, "utf-8")
    assert list(found_in(CourseFolder(tmp_path))) == []
    told = course(tmp_path)
    banks = {name: bank(version, PUBLIC, told.added) for name, version in told.versions.items()}
    assert "bp-of-z" in {row.id for row in banks["a"].mistakes} and "changes nothing" in banks["b"].lost["bp-of-z"]


HAND_IN = "Your course announces the deadline and whether"


def test_the_page_says_where_and_by_when_the_course_hands_in():
    about = {"platform": "Autolab", "deadline": "Friday"}
    page = handed_out.public_page((ROOT / "student" / "README.md").read_text("utf-8"), about)
    section = page[page.index("### Hand it in") : page.index("## How it is graded")]
    assert "Open the assignment on **Autolab** and upload" in section and "Hand in by Friday." in section
    assert "Gradescope" not in section and HAND_IN not in section
    told_nothing = handed_out.public_page(page, {})
    assert told_nothing == page


def test_a_course_without_a_version_gives_the_public_lab_with_its_own_first_page(tmp_path):
    text = (EXAMPLE / "course.toml").read_text("utf-8")
    alone = text[: text.index("[versions.spring]")] + text[text.index("[[mistakes]]") :]
    (tmp_path / "course.toml").write_text(alone, "utf-8")
    assert list(found_in(CourseFolder(tmp_path))) == []
    told = course(tmp_path)
    tree, rows = build(told.version_named(""), folder=tmp_path, told=told, own_secret=bytes.fromhex(SECRET))
    for name in ("solution/q1.py", "student/q1.py", "student/check.py"):
        assert (tree / name).read_bytes() == (ROOT / name).read_bytes()
    assert (tree / "autograder" / "secret").read_text().strip() == SECRET
    own, public = ((place / "student" / "README.md").read_text("utf-8") for place in (tree, ROOT))
    table = re.findall(r"\| \| \|\n\|---\|---\|\n(?:\|.*\n){7}\n", own)
    assert "| hand in by | 12 March 2027, 23:59 |" in table[0]
    assert "Hand in by 12 March 2027, 23:59. Your course announces whether you may" in own
    announced = own.replace("Hand in by 12 March 2027, 23:59. Your course announces whether", HAND_IN)
    assert announced.replace(table[0], "", 1) == public
    assert "cost-skips-the-first" in {row.id for row in rows.mistakes}


# -- the verbs --------------------------------------------------------------------------------------------------------


class Project:
    """A copy of the project and, beside it, a course's folder."""

    def __init__(self, folder: Path) -> None:
        self.root, self.course = folder / "project", filled(folder / "cs101")
        ignored = shutil.ignore_patterns(".git", ".venv", "dist", "grades", "__pycache__", ".*_cache", "secret", "docs")
        shutil.copytree(ROOT, self.root, ignore=ignored)
        (self.root / ".venv").symlink_to(ENVIRONMENT)
        self.before = self.files()

    def files(self) -> dict[str, str]:
        """What must stay as it is, with a digest of each file."""
        made = {"dist", "grades", ".venv", "__pycache__"}
        places = [path for folder in (self.root, self.course) for path in folder.rglob("*") if path.is_file()]
        kept = [path for path in places if not made & {*path.parts}]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}

    def make(self, *words: str) -> str:
        """Run a verb; gives what it says."""
        names = ("VERSION", "ROSTER", "SOURCES", "OUT", "LAB", "MAKEFLAGS", "MAKELEVEL")
        environment = {name: value for name, value in os.environ.items() if name not in names}
        command = ["make", "--no-print-directory", "-o", ".venv/stamp", *words, "COURSE=../cs101"]
        done = subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return Project(tmp_path_factory.mktemp("course"))


def packed(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_no_private_thing_gets_into_the_handout(project):
    project.make("handout")
    told = course(project.course)
    private = [SECRET, bytes.fromhex(SECRET).decode("latin-1"), "Zebulon"]
    private += [text for row in told.added.mistakes for text in (row.id, row.put, row.hint)]
    private += [text for axis in SPRING.own for row in axis.mistakes for text in (row.id, row.hint)]
    private += [hint for _, hint in told.added.hints]
    found = packed(project.root / "dist" / "versions" / "spring" / "dist" / "handout.zip")
    assert "12 March 2027" in found["neural-lab/handout.html"].decode()
    for name, content in found.items():
        assert [text for text in private if text.encode("latin-1") in content] == [], name
    assert project.files() == project.before


@needs_own_uid
def test_the_zip_holds_the_courses_secret_and_hints_but_no_list_and_no_earlier_work(project):
    said = project.make("zip")
    assert said.startswith("dist/versions/spring/dist/autograder-q1-spring.zip: ")
    assert f"secret {fingerprint(bytes.fromhex(SECRET))}" in said
    found = packed(project.root / "dist" / "versions" / "spring" / "dist" / "autograder-q1-spring.zip")
    assert [name for name, content in found.items() if SECRET.encode() in content] == ["autograder/secret"]
    bank_of_version = found["autograder/neural_lab/labs/q1/mistakes.py"].decode()
    assert "cost-skips-the-first" in bank_of_version and "slide 12" in bank_of_version
    assert [name for name, content in found.items() if b"Zebulon" in content] == []
    assert project.files() == project.before


def test_a_class_is_graded_with_the_courses_secret_list_and_earlier_work(project):
    texts = {"submission_42": SOLUTION, "submission_43": with_mistake("cost-skips-the-first")}
    export_zip(project.root / "grades.zip", texts)
    project.before = project.files()
    project.make("batch", "EXPORT=grades.zip")
    with (project.root / "grades" / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["Name"]: row for row in csv.DictReader(file)}
    assert rows["Student 0"]["Section"] == "North" and "Zebulon Pike" in rows
    assert [rows[f"Student {n}"]["Total Score"] for n in (0, 1)] == ["100", "95"]
    results = json.loads((project.root / "grades" / "results" / "submission_43.json").read_text())
    assert results["extra_data"]["fingerprint"] == fingerprint(bytes.fromhex(SECRET))
    assert "../cs101/earlier/2026/submission_1/q1.py" in project.make("similarity")
    project.make("report")
    page = (project.root / "grades" / "report.html").read_text("utf-8")
    assert all(text in page for text in ("../cs101/earlier/2026/submission_1/q1.py", "cost-skips-the-first", "go_down"))
    told = project.make("why", "WHO=Student 1")
    assert "NOT THE SAME" not in told and "a list of five" in told
    assert project.files() == project.before


def test_validate_tells_of_the_courses_folder_alone(project):
    assert "files in earlier/: 1" in project.make("validate")
