"""The verbs: each listed, each wired to a tool that exists, each handing its variables on unharmed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from neural_lab.platforms import entry
from neural_lab.schema.places import PACKAGE, ROOT
from neural_lab.tools.release import packages, simulate

pytestmark = pytest.mark.fast

MAKEFILE = (ROOT / "Makefile").read_text()
PHONY = set(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.M)[1].split()) | {"help"}
FIXED = {"grade", "test", "zip", "handout", "doctor", "stubs", "help"}
AWKWARD = 'a folder/it\'s "q1" & co; $HOME *.py'


def make(*arguments, folder=ROOT, **variables):
    """Run make without variables from outside."""
    names = {
        "SUBMISSION",
        "LAB",
        "RESULTS",
        "EXPLAIN",
        "EXPORT",
        "OUT",
        "SOURCES",
        "JOBS",
        "ONLY",
        "NAME",
        "DASK",
        "DATA",
        "MNIST_DIR",
        "TESTS",
    }
    names |= {"EPOCHS", "BATCH", "ETA", "LAYERS", "PYTHON", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "NO_COLOR", "COLUMNS"}
    names |= {"GITHUB_STEP_SUMMARY", "PLATFORM", "VERB", "VERSION", "COURSE", "WHO", "WHO2"}
    environment = {name: value for name, value in os.environ.items() if name not in names} | variables
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)


VARIABLES = PACKAGE / "tools" / "release" / "variables.py"


@pytest.fixture
def recorder(tmp_path):
    """A project folder whose Python only tells with which arguments and environment it was called."""
    folder = tmp_path / "the project"
    (folder / "requirements").mkdir(parents=True)
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    checker = VARIABLES.relative_to(ROOT)
    (folder / checker).parent.mkdir(parents=True)
    shutil.copy(VARIABLES, folder / checker)
    (folder / "requirements" / "dev.txt").touch()
    (folder / "setup.sh").touch()
    python = folder / ".venv" / "bin" / "python"
    python.write_text('#!/bin/sh\nfor word in "$@"; do printf "<%s>\\n" "$word"; done\nenv > environment\n')
    python.chmod(0o755)
    (folder / ".venv" / "stamp").touch()
    return folder


def words(run):
    assert run.returncode == 0, run.stderr
    return re.findall(r"<(.*)>", run.stdout)


def test_help_lists_every_verb_once_in_five_groups_within_80_columns():
    listed = make("help").stdout
    groups = re.findall(r"^\w.*$", listed, re.M)
    assert groups[:5] == ["start", "hand out", "a class", "change the lab", "maintain"]
    assert groups[5:] == ["make help VERB=batch: the variables of one verb, such as OUT=folder"]
    assert sorted(re.findall(r"^  make ([a-z-]+) +\S", listed, re.M)) == sorted(PHONY) and FIXED <= PHONY
    assert max(map(len, listed.splitlines())) <= 80


def test_make_alone_is_help():
    assert make().stdout == make("help").stdout


@pytest.mark.parametrize("verb", sorted(PHONY))
def test_help_of_a_verb_describes_each_variable_that_it_takes(verb):
    (recipe,) = re.findall(rf"^{verb}:.*\n((?:\t.*\n)+)", MAKEFILE, re.M)
    used = set(re.findall(r"\$\(call (?:option|argument),([A-Z_0-9]+)|\$\((TESTS)\)|ENVIRON\[\"([A-Z]+)\"\]", recipe))
    used = {name for names in used for name in names if name}
    used |= {name.upper() for name in ("lab", "data", "version") if f"$({name})" in recipe}
    used |= {"COURSE"} if "$(version)" in recipe else set()
    lines = make("help", f"VERB={verb}").stdout.splitlines()
    assert re.fullmatch(rf"  make {verb} +\S.*", lines[0]) and max(map(len, lines)) <= 80
    described = [re.findall(r"^  ([A-Z_0-9]+)=\S+ +\S", line) for line in lines[1:]]
    assert sorted(described) == sorted([name] for name in used)


@pytest.mark.parametrize(
    ("verb", "variable", "taken"),
    [
        ("grade", "PLATFORM", entry.NAMES),
        ("package", "PLATFORM", packages.PACKAGES),
        ("simulate", "PLATFORM", simulate.PLATFORMS),
        ("zip", "DATA", ["digits", "mnist"]),
        ("data", "DATA", ["mnist"]),
    ],
)
def test_help_of_a_verb_names_the_values_that_it_takes(verb, variable, taken):
    told = make("help", f"VERB={verb}").stdout
    (example, names) = re.findall(rf"^  {variable}=(\S+) +(.*?)(?:;.*)?$", told, re.M)[0]
    assert re.split(", | or ", names) == [*taken] and example in taken


def test_no_variable_is_described_that_no_verb_takes():
    described = re.findall(r"^#: ([A-Z_0-9]+)=", MAKEFILE, re.M)
    taken = {name for names in re.findall(r"^[a-z-]+:.*## .* \[(.*)\]$", MAKEFILE, re.M) for name in names.split()}
    assert sorted(described) == sorted(taken)


def test_help_of_a_verb_that_is_not_there_says_so():
    run = make("help", "VERB=bacth")
    assert run.returncode == 2 and run.stderr.startswith("no verb bacth; make help lists them\n") and run.stdout == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["grade", "SUBMISION=a b.py"], "make grade takes no SUBMISION=; the nearest that it takes is SUBMISSION=, "),
        (["grade", "submission=x"], "make grade takes no submission=; the nearest that it takes is SUBMISSION=, "),
        (["batch", "EXPRT=x", "OUT=y"], "make batch takes no EXPRT=; the nearest that it takes is EXPORT=, "),
        (["why", "ROSTER=x"], "make why takes no ROSTER=; the nearest that it takes is "),
        (["test-all", "LAB=ann"], "make test-all takes no LAB=."),
        (["stubs", "lint", "LAB=ann"], "make stubs lint takes no LAB=; the nearest that it takes is "),
        (["FOO=bar"], "make help takes no FOO=; the nearest that it takes is VERB=, "),
        (["grade", "SUBMISSION="], "SUBMISSION= is empty: give it a value, or leave it out."),
    ],
)
def test_a_variable_that_a_verb_does_not_take_is_refused_and_the_nearest_named(recorder, words, said):
    run = make(*words, folder=recorder)
    assert run.returncode == 2 and run.stdout == "" and said in run.stderr
    assert len(run.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (["grade", "PYTHON=python3", "NO_COLOR=1"], {}),
        (["grade"], {"CI": "true", "PIP_INDEX_URL": "x", "SUBMISION": "x", "SUBMISSION": ""}),
        (["stubs", "grade", "LAB=ann"], {}),  # one of them takes it
    ],
)
def test_what_programs_look_for_in_the_environment_is_no_verbs_affair(recorder, words, environment):
    assert make(*words, folder=recorder, **environment).returncode == 0


def test_a_make_that_a_tool_starts_knows_nothing_of_the_callers_variables(recorder):
    (recorder / ".venv" / "bin" / "python").write_text('#!/bin/sh\nexec "$MAKE" --no-print-directory help\n')
    assert make("quiz", "QUESTIONS=1", folder=recorder, MAKE="make").returncode == 0


def test_every_verb_has_its_tool():
    modules = re.findall(r"\$\(tool\)\.([\w.]+)", MAKEFILE)
    tools = [f"autograder/neural_lab/tools/{module.replace('.', '/')}.py" for module in modules]
    tools += re.findall(r"\$\(python\) (\w+/\w+\.py)", MAKEFILE)
    assert len(tools) > 10
    places = {tool: (ROOT / tool, (ROOT / tool).with_suffix("") / "__main__.py") for tool in tools}
    assert [tool for tool, files in places.items() if not any(file.is_file() for file in files)] == []


@pytest.mark.parametrize("value", ["submissions/ada", AWKWARD.replace("$", "$$")], ids=["plain", "awkward"])
def test_grade_hands_its_variables_on_whole(recorder, value):
    run = make("grade", f"SUBMISSION={value}", "LAB=ann", f"RESULTS={value}.json", "EXPLAIN=1.7", folder=recorder)
    path = value.replace("$$", "$")
    expected = ["-s", "autograder/neural_lab", "--lab", "ann", "--results", f"{path}.json", "--explain", "1.7", path]
    assert words(run) == expected


def test_grade_without_a_submission_looks_for_slips_in_the_lab_first(recorder):
    looked = ["-m", "neural_lab.tools.release.validate", "--quiet", "--lab"]
    assert words(make("grade", folder=recorder)) == [*looked, "q1", "-s", "autograder/neural_lab"]
    graded = ["-s", "autograder/neural_lab", "--lab", "ann"]
    assert words(make("grade", "LAB=ann", folder=recorder)) == [*looked, "ann", *graded]


def test_grade_starts_the_grader_without_the_callers_environment(recorder):
    make("grade", folder=recorder, TOKEN="secret", PYTHONPATH="/tmp", TERM="xterm", NO_COLOR="1")
    given = dict(line.split("=", 1) for line in (recorder / "environment").read_text().splitlines())
    given = {name: given[name] for name in given if name not in ("PWD", "SHLVL", "_", "OLDPWD")}
    assert given == {
        "PYTHONHASHSEED": "0", "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm", "NO_COLOR": "1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "variables", "expected"),
    [
        (
            "grade",
            ["SUBMISSION=a b.py", "PLATFORM=junit", "RESULTS=my marks.xml"],
            ["-s", "autograder/neural_lab", "--platform", "junit", "--results", "my marks.xml", "a b.py"],
        ),
        ("new-lab", ["NAME=logistic"], ["release.new_lab", "logistic"]),
        ("validate", ["LAB=q1"], ["release.validate", "--lab", "q1"]),
        ("handout", ["LAB=ann"], ["release.handout", "--lab", "ann"]),
        ("zip", ["LAB=q1", "DATA=mnist"], ["release.package", "--lab", "q1", "--data", "mnist"]),
        ("package", ["PLATFORM=autolab", "LAB=ann"], ["release.packages", "--platform", "autolab", "--lab", "ann"]),
        ("simulate", ["SUBMISSION=a b"], ["release.simulate", "a b"]),
        ("simulate", ["SUBMISSION=a b", "PLATFORM=autolab"], ["release.simulate", "--platform", "autolab", "a b"]),
        (
            "calibrate",
            ["LAB=q1", "JOBS=2", "ONLY=sig-tanh"],
            ["release.calibrate", "--lab", "q1", "--jobs", "2", "--only", "sig-tanh"],
        ),
        (
            "batch",
            ["EXPORT=an export.zip", "OUT=my grades", "JOBS=2", "DASK=tcp://host:8786"],
            ["course.batch", "--out", "my grades", "--jobs", "2", "--dask", "tcp://host:8786", "an export.zip"],
        ),
        ("report", ["OUT=my grades", "SOURCES=a b,c"], ["course.report", "--sources", "a b,c", "my grades"]),
        ("similarity", ["SOURCES=last year"], ["course.similarity", "--sources", "last year"]),
        ("validate", ["COURSE=a course"], ["versions.validate", "a course"]),
        ("feedback", ["OUT=my grades"], ["course.handback", "my grades"]),
        ("forget", ["WHO=Ada L", "OUT=my g"], ["course.forget", "--out", "my g", "Ada L"]),
        ("why", ["WHO=Ada L", "WHO2=b@c", "OUT=my g"], ["course.why", "--out", "my g", "--beside", "b@c", "Ada L"]),
        (
            "grades",
            ["OUT=my grades", "INTO=an export.csv", "COLUMN=Lab 1 (4321)"],
            ["course.lms", "--out", "my grades", "--column", "Lab 1 (4321)", "an export.csv"],
        ),
        (
            "data",
            ["DATA=mnist", "MNIST_DIR=my files"],
            ["data/fetch_mnist.py", "--data", "mnist", "--mnist-dir", "my files"],
        ),
        (
            "train",
            ["SUBMISSION=a b.py", "EPOCHS=3", "BATCH=10", "ETA=0.5", "LAYERS=784,30,10", "OUT=o"],
            [*"training.train --epochs 3 --batch 10 --eta 0.5 --layers 784,30,10 --out o".split(), "a b.py"],
        ),
    ],
)
def test_a_verb_hands_its_variables_to_its_tool(recorder, verb, variables, expected):
    said = words(make(verb, *variables, folder=recorder))
    tool, *rest = said[1:] if said[0] == "-m" else said
    assert [tool.removeprefix("neural_lab.tools."), *rest] == expected


@pytest.mark.parametrize(
    ("verb", "variables", "expected"),
    [
        ("similarity", ["SOURCES=a b"], ["course.similarity", "--sources", "a b", "--course", "../a course"]),
        ("batch", ["EXPORT=e.zip"], ["course.batch", "--course", "../a course", "e.zip"]),
        ("why", ["WHO=Ada"], ["course.why", "Ada"]),
    ],
)
def test_a_course_with_one_version_need_not_name_it(recorder, verb, variables, expected):
    """The build says which it is, and the verb's tool is that of its checkout."""
    python = recorder / ".venv" / "bin" / "python"
    tells = 'case "$*" in *versions.build*) echo spring; exit;; esac\necho "<$PYTHONPATH>"\n'
    python.write_text(python.read_text().replace("#!/bin/sh\n", f"#!/bin/sh\n{tells}"))
    path, *said = words(make(verb, *variables, "COURSE=../a course", folder=recorder))
    assert path == "dist/versions/spring/autograder"
    assert [said[1].removeprefix("neural_lab.tools."), *said[2:]] == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("package", "make package: for which platform? make package PLATFORM=prairielearn, or gradescope, "),
        ("package PLATFORM=junit", "make package: PLATFORM: invalid choice: 'junit' (choose from "),
        ("simulate PLATFORM=junit", "make simulate: PLATFORM: invalid choice: 'junit' (choose from "),
        ("calibrate JOBS=zero", "make calibrate: JOBS: invalid int value: 'zero'\n"),
        ("calibrate JOBS=0", "make calibrate: JOBS: expected at least 1, got 0\n"),
        ("calibrate LAB=ann ONLY=nope", "make calibrate: ONLY: "),
        ("handout LAB=foo", "make handout: LAB: invalid choice: 'foo' (choose from "),
        ("validate LAB=foo", "make validate: LAB: there is no lab 'foo'; there are: ann, "),
        ("data DATA=digits", "make data: DATA: invalid choice: 'digits' (choose from "),
        ("why", "make why: whose marks? make why WHO="),
        ("new-lab", "make new-lab: what is its name? make new-lab NAME=logistic\n"),
        ("quiz QUESTIONS=x", "make quiz: QUESTIONS: expected a number from 1 to 12, got 'x'\n"),
        ("simulate SUBMISSION=--x", "make simulate: unrecognized arguments: --x\n"),
        ("handout LAB=ann VERSION=2027-a", "Only q1 has versions: leave out VERSION=2027-a, or LAB=ann.\n"),
        ("grade LAB=q2", "there is no lab named 'q2'; there are: ann, "),
        (
            "grade PLATFORM=moodle SUBMISSION=solution",
            "there is no platform 'moodle' to grade for; there are: ",
        ),
    ],
)
def test_a_bad_call_is_answered_with_one_sentence_that_names_the_variable(words, said):
    run = make(*words.split())
    *sentence, failed = run.stderr.splitlines(keepends=True)
    assert run.returncode == 2 and run.stdout == "" and failed.startswith("make: *** ")
    assert len(sentence) == 1 and sentence[0].startswith(said)


def test_a_verb_fails_when_its_version_can_not_be_built(recorder):
    (recorder / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 2\n")
    assert make("similarity", "VERSION=2031-z", folder=recorder).returncode == 2


@pytest.mark.parametrize(("status", "told"), [(0, False), (1, False), (4, True), (5, True)])
def test_tests_that_are_not_there_are_told_with_what_would_be(recorder, status, told):
    (recorder / ".venv" / "bin" / "python").write_text(f"#!/bin/sh\nexit {status}\n")
    run = make("test", "TESTS=nope.py", folder=recorder)
    assert (run.returncode != 0) == (status != 0)
    example = re.findall(r"TESTS takes a path such as (\S+)", run.stderr)
    assert bool(example) == told and all((ROOT / file).is_file() for file in example)


def test_a_verb_fails_when_its_tool_fails(recorder):
    (recorder / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 2\n")
    assert make("grade", folder=recorder).returncode == 2


@pytest.mark.slow
@pytest.mark.one_in(3)
def test_the_first_verb_makes_the_environment_and_says_so_in_one_line(tmp_path):
    folder = tmp_path / "a fresh clone"
    (folder / "requirements").mkdir(parents=True)
    for name in ("Makefile", "setup.sh", VARIABLES.relative_to(ROOT)):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    lock = folder / "requirements" / "dev.txt"
    lock.write_text("# needs nothing\n")
    (folder / "autograder" / "neural_lab" / "__main__.py").write_text("import sys; print(sys.prefix)")
    first = make("grade", "SUBMISSION=q1.py", folder=folder, PYTHON=sys.executable)
    assert first.stdout == f"{folder / '.venv'}\n"
    assert re.fullmatch(r"setup: making \.venv with Python 3\.\d+\.\d+ from dev\.txt .*\n", first.stderr)
    assert make("grade", "SUBMISSION=q1.py", folder=folder, PYTHON=sys.executable).stderr == ""
    later = (folder / ".venv" / "stamp").stat().st_mtime + 10
    lock.write_text("# still needs nothing\n")
    os.utime(lock, (later, later))
    assert "setup: making .venv" in make("grade", "SUBMISSION=q1.py", folder=folder, PYTHON=sys.executable).stderr


def test_clean_removes_what_was_made_and_keeps_what_cannot_be_made_again(recorder):
    kept = ["autograder/secret", "data/mnist.npz", "grades/grades.csv", "solution/q1.py", "student/q1.py"]
    made = ["dist/handout.zip", ".mypy_cache/x", "autograder/neural_lab/__pycache__/x.pyc", ".venv/stamp"]
    for name in kept + made:
        (recorder / name).parent.mkdir(parents=True, exist_ok=True)
        (recorder / name).touch()
    assert make("clean", folder=recorder).returncode == 0
    assert [name for name in kept if not (recorder / name).exists()] == []
    assert [name for name in made if (recorder / name).exists()] == []
