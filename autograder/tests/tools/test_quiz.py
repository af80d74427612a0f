"""Oral checks: each key against a run of its own, who is asked what, hostile code and names, pages, the command."""

from __future__ import annotations

import ast
import contextlib
import inspect
import json
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from neural_lab.grading.pipeline import Grading, report_on
from neural_lab.grading.reference import Reference
from neural_lab.intake.submission import Submission, read
from neural_lab.isolation.pool import Sandbox
from neural_lab.runtime import edits
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.remarks import Inexact
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.gradebook import feedback_md
from neural_lab.tools.course.grades_folder import GradesFolder
from neural_lab.tools.course.people import find
from neural_lab.tools.course.quiz import in_worker, page
from neural_lab.tools.course.quiz.kinds import KINDS
from neural_lab.tools.course.quiz.kinds import edits as about_edits
from neural_lab.tools.course.quiz.paper import Examiner, askable, rng_of
from neural_lab.tools.course.quiz.questions import INPUTS, OPTIONS, Kind
from tests.browser import axe_source, browser, needs_chromium
from tests.classes import edited, right
from tests.classmates import STYLES, classmate
from tests.independent import FILE, answer, arguments, network, same, trace, with_line

LAB = load_lab("q1")
SECRET = b"s" * 32
TEXT = right()
NET, DEEP, EQUAL = (5, 4, 3), (4, 3, 5, 2), (4, 4, 4)


@pytest.fixture(scope="module")
def examiner():
    with Sandbox() as sandbox:
        one = Examiner(Reference(LAB), SECRET, sandbox)
        yield one
        one.end()


def submission(text: str) -> Submission:
    return Submission({"q1": text}, text.encode("utf-8", "replace"))


def paper_of(examiner, text: str, who: str = "somebody", count: int = 6):
    return examiner.paper(submission(text), who, count)


@contextlib.contextmanager
def student_of(examiner, text: str):
    """What the kinds get of a text."""
    grading = Grading(examiner.reference, submission(text), SECRET, examiner.sandbox)
    labels = askable(report_on(grading))
    with examiner.student(grading, labels) as student:
        yield student


@pytest.fixture(scope="module")
def questions(examiner):
    """Questions of each kind about the solution: {kind: several}."""
    with student_of(examiner, TEXT) as student:
        # more of those whose variables plain Python can't always look at
        seeds = {kind: 4 if kind in (Kind.SHAPE, Kind.HOLDS) else 2 for kind in KINDS}
        made = {
            kind: [make(student, rng_of(seed, kind, 0)) for seed in range(seeds[kind])] for kind, make in KINDS.items()
        }
    return {kind: [one for one in some if one is not None] for kind, some in made.items()}


@pytest.fixture(scope="module")
def paper(examiner):
    """Three questions about the solution."""
    return paper_of(examiner, TEXT, count=3)


def code_of(text) -> list[str]:
    return [piece.text for piece in text if piece.code]


def prose_of(text) -> str:
    return "".join("{}" if piece.code else piece.text for piece in text)


def line_in(text) -> int:
    return int(re.findall(r"line (\d+)", prose_of(text), re.I)[0])


def sizes_in(text) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d(?:-\d)+", prose_of(text))[0].split("-")))


def wrong(edited_text: str, label: str, sizes: tuple[int, ...], count: int = INPUTS) -> list[bool]:
    """For some seeds: whether a text answers otherwise than the student's own."""
    pairs = [(answer(TEXT, label, sizes, seed), answer(edited_text, label, sizes, seed)) for seed in range(count)]
    return [not same(mine, theirs) for mine, theirs in pairs]


# -- each key against an independent run ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_there_are_questions_with_four_different_options(questions, kind):
    assert questions[kind]
    for question in questions[kind]:
        assert len({option.text for option in question.options}) == OPTIONS
        assert 0 <= question.right < OPTIONS and question.functions and question.because


def test_harmless_is_the_one_edit_after_which_nothing_differs(questions):
    for question in questions[Kind.HARMLESS]:
        (shown,), (label,) = question.shown, question.functions
        for number, option in enumerate(question.options):
            text = with_line(TEXT, shown.line, code_of(option.text)[0])
            for sizes, count in ((NET, INPUTS), (DEEP, 3)):
                found = wrong(text, label, sizes, count)
                assert not any(found) if number == question.right else all(found), (label, shown, option)


def outcome(text: str, label: str, seed: int) -> str:
    """What comes of a call, in the words of the options."""
    mine, theirs = answer(TEXT, label, DEEP, seed), answer(text, label, DEEP, seed)
    if isinstance(theirs, Exception):
        return "it raises an error"
    if same(mine, theirs):
        return "everything stays right"
    if theirs[0] is None:
        return "it returns None"
    if label != "back_propagation":
        shape = np.shape(theirs[0]) if isinstance(theirs[0], np.ndarray) else ()
        if isinstance(mine[0], np.ndarray) and shape != mine[0].shape:
            return f"it returns something of the shape {shape}" if shape else "it returns no array"
        return "it returns other numbers"
    said = []
    for name, got, wanted in zip(("dC_db", "dC_dw"), theirs[0], mine[0]):
        if len(got) != len(wanted):
            return "it returns lists of another length, or no two lists"
        off = [layer for layer, (a, b) in enumerate(zip(got, wanted), 1) if not same(a, b)]
        every = "every layer" if len(off) == len(wanted) else f"layer {' and '.join(map(str, off))} alone"
        said.append(f"{name} is wrong in {every}" if off else f"{name} stays right")
    return ", ".join(said)


def test_a_line_left_out_does_what_the_key_says(questions):
    for question in questions[Kind.GONE]:
        (shown,), (label,) = question.shown, question.functions
        text = with_line(TEXT, shown.line, "pass")
        found = {outcome(text, label, seed) for seed in range(INPUTS)}
        assert found == {prose_of(question.options[question.right].text)}


def test_equal_layers_hide_the_error_of_the_one_edit(questions):
    for question in questions[Kind.EQUAL]:
        for number, option in enumerate(question.options):
            line = line_in(option.text)
            put = code_of(option.text)[0] + (" " if TEXT.split("\n")[line - 1].rstrip().endswith(":") else "")
            text = with_line(TEXT, line, put)
            raises = [
                {isinstance(answer(text, question.functions[0], sizes, seed), Exception) for seed in range(INPUTS)}
                for sizes in (NET, EQUAL)
            ]
            assert (raises == [{True}, {False}]) is (number == question.right)


def test_counts_are_those_of_line_events(questions):
    for question in questions[Kind.COUNT]:
        (label,), sizes = question.functions, sizes_in(question.text)
        told = re.findall(r"(\d+) samples, (\d+) epochs and batches of (\d+)", prose_of(question.text))
        how = {} if not told else dict(zip(("samples", "epochs", "batch"), map(int, told[0])))
        one, given = network(TEXT, sizes, 3), arguments(label, sizes, 3, **how)
        ran, _ = trace(getattr(one, label), given)
        key = prose_of(question.options[question.right].text)
        assert key == f"{ran.count(line_in(question.text))} times"


def test_the_first_line_is_the_first_of_line_events(questions):
    for question in questions[Kind.FIRST]:
        label = code_of(question.text)[0].partition("(")[0]
        one, given = network(TEXT, NET, 5), arguments(label, NET, 5)
        ran, _ = trace(getattr(one, label), given)
        order = [ran.index(line_in(option.text)) for option in question.options]
        assert order.index(min(order)) == question.right


def test_one_more_layer_changes_what_line_events_count(questions):
    for question in questions[Kind.DEEPER]:
        label = code_of(question.text)[0].partition("(")[0]
        counts = []
        for sizes in (NET, (5, 4, 4, 3)):
            one, given = network(TEXT, sizes, 5), arguments(label, sizes, 5)
            ran, _ = trace(getattr(one, label), given)
            counts.append([ran.count(line_in(option.text)) for option in question.options])
        more = [after > before for before, after in zip(*counts)]
        assert more.count("no more" not in prose_of(question.text)) == 1
        assert more[question.right] is ("no more" not in prose_of(question.text))


def traced(question, network, *given):
    """What a question's line holds, as line events and the frame's variables tell; nothing where it is an item."""
    name = code_of(question.text)[-1] if "right after" in prose_of(question.text) else ""
    line = question.shown[-1].line
    if "hands to" in prose_of(question.text) or (name and not name.isidentifier()):
        return []
    return trace(getattr(network, question.functions[0]), given, name, line)[1]


def test_shapes_are_those_that_the_frames_variables_have(questions):
    seen = 0
    for question in questions[Kind.SHAPE]:
        (label,), sizes = question.functions, sizes_in(question.text)
        one, given = network(TEXT, sizes, 7), arguments(label, sizes, 7)
        held = traced(question, one, *given)
        for value in held[:1]:
            seen += 1
            assert code_of(question.options[question.right].text) == [str(np.shape(value))]
    assert seen


def numbers_of(question) -> dict[str, np.ndarray]:
    """The numbers that a sheet gives: {name: value}."""
    told = [shown.text.partition(" = ")[::2] for shown in question.shown if not shown.line]
    return {name: np.array(ast.literal_eval(value), float) for name, value in told if name != "training_data"}


def network_of(question):
    """A network with the numbers of a sheet, as a person would set it up."""
    given = numbers_of(question)
    layers = sum(name.startswith("weights") for name in given)
    sizes = [given["weights[0]"].shape[0], *(given[f"weights[{i}]"].shape[1] for i in range(layers))]
    one = network(TEXT, tuple(sizes), 0)
    one.weights = [given[f"weights[{i}]"] for i in range(layers)]
    one.biases = [given[f"biases[{i}]"] for i in range(layers)]
    return one, given


def test_what_a_line_holds_can_be_worked_out_from_the_numbers_of_the_sheet(questions):
    seen = 0
    for question in questions[Kind.HOLDS]:
        one, given = network_of(question)
        x, y = given["x"], given.get("y")
        for value in traced(question, one, *([x] if y is None else [x, y]))[:1]:
            seen += 1
            key = ast.literal_eval(code_of(question.options[question.right].text)[0])
            assert np.allclose(value, key, atol=1e-4)
    assert seen


def test_what_a_function_returns_can_be_worked_out_from_the_numbers_of_the_sheet(questions):
    for question in questions[Kind.RETURNS]:
        (label,) = question.functions
        said = code_of(question.options[question.right].text)[0]
        if label in ("sigmoid", "sigmoid_derivative", "cost_derivative"):
            found = [getattr(network(TEXT, NET, 0), label)(*numbers_of(question).values())]
        else:
            one, given = network_of(question)
            told = [shown.text.partition(" = ")[2] for shown in question.shown if "training_data" in shown.text]
            data = told[0] if told else "[]"
            pairs = [(np.array(x), np.array(y)) for x, y in ast.literal_eval(data)]
            found = [one.cost(pairs)] if pairs else [layer[0] for layer in one.back_propagation(given["x"], given["y"])]
        key = [np.array(ast.literal_eval(part)) for part in re.findall(r"(?:^|= )([\[\d.-][^=]*?)(?=, dC|$)", said)]
        assert len(key) == len(found) and all(np.allclose(a, b, atol=1e-4) for a, b in zip(found, key))


def test_another_shape_comes_to_what_numpy_makes_of_it(questions):
    for question in questions[Kind.FLAT]:
        (label,), sizes = question.functions, sizes_in(question.text)
        first, *rest = arguments(label, sizes, 2)
        given = [first, *(y.ravel() for y in rest)] if label == "cost_derivative" else [first.ravel(), *rest]
        key = prose_of(question.options[question.right].text)
        try:
            found = getattr(network(TEXT, sizes, 2), label)(*given)
        except ValueError:
            assert key == "it raises an error"
            continue
        assert key.endswith(f"of the shape {np.shape(found[0][0] if label == 'back_propagation' else found)}")


def test_a_formula_stands_where_the_frames_variables_have_its_values(questions):
    for question in questions[Kind.FORMULA]:
        (label,), formula = question.functions, question.shown[0].text
        lines = [line_in(option.text) for option in question.options]
        key = TEXT.split("\n")[lines[question.right] - 1]
        wanted = {
            "z^(l)": "@ a + b", "a^(l)": "self.sigmoid(", "dC/dz^(l)": "sigmoid_derivative(", "dC/dW": "@ delta.T",
            "da/dz": "(1 - a)",
        }  # fmt: skip
        assert next(piece for name, piece in wanted.items() if formula.startswith(name)) in key, (label, formula)


def test_a_remark_fits_an_edit_if_the_reference_with_that_mistake_answers_the_same(questions):
    mistakes = {mistake.id: mistake for mistake in LAB.mistakes}
    for question in questions[Kind.NAMED]:
        (label,) = question.functions
        theirs = with_line(TEXT, question.shown[1].line, question.shown[1].text)
        for number, option in enumerate(question.options):
            (id,) = [code for code in code_of(option.found) if code in mistakes]
            text = edited(LAB, mistakes[id])
            calls = [(label, DEEP, seed) for seed in range(INPUTS)]
            runs = [(answer(theirs, *call, samples=7), answer(text, *call, samples=7)) for call in calls]
            equal = [same(mine[0], other[0]) for mine, other in runs if not isinstance(other, Exception)]
            assert all(equal) and equal if number == question.right else not any(equal)


def test_half_of_a_cost_is_no_mean_of_as_many_samples_as_happen_to_be_drawn(examiner):
    """With four samples a difference that was halved gave the cost that a mean over them gives."""
    text = TEXT.replace(
        "total += 0.5 * np.sum((a - y) ** 2)", "difference = a - y\n            total += 0.5 * np.sum(difference**2)"
    )
    with student_of(examiner, text) as student:
        line = text.split("\n").index("            difference = a - y") + 1
        slips = [slip for slip in student.code.slips("cost") if slip.line == line]
        recognised = dict(about_edits.recognised(student, "cost", np.random.default_rng(0)))
        named = {slip.text: [mistake.id for mistake in recognised.get(slip, ())] for slip in slips}
    assert not [text for text, ids in named.items() if "cost-mean-samples" in ids]


def test_the_absent_mistake_answers_otherwise_than_each_of_the_three_lines(questions):
    mistakes = {mistake.id: mistake for mistake in LAB.mistakes}
    for question in questions[Kind.ABSENT]:
        (label,) = question.functions
        (id,) = [code for code in code_of(question.options[question.right].found) if code in mistakes]
        text = edited(LAB, mistakes[id])
        for shown in question.shown:
            theirs = with_line(TEXT, shown.line, shown.text)
            for seed in range(5):
                one, other = answer(theirs, label, DEEP, seed), answer(text, label, DEEP, seed)
                assert isinstance(other, Exception) or not same(one[0], other[0])


def test_who_relies_on_a_function_goes_wrong_with_it(questions):
    for question in questions[Kind.RELIES]:
        _, shown = question.shown
        text = with_line(TEXT, shown.line, shown.text + (" " if shown.text.endswith(":") else ""))
        hit = [all(wrong(text, code_of(option.text)[0], NET)) for option in question.options]
        goes = "goes wrong" in prose_of(question.text)
        assert [one is goes for one in hit] == [number == question.right for number in range(OPTIONS)]


def test_the_cost_history_becomes_what_the_key_says(questions):
    changes: dict[str, dict[str, Any]] = {
        "twice as large batches (4 samples for 2)": {"batch": 4},
        "twice as large batches and twice as large an eta": {"batch": 4, "eta": 1.0},
        "twice as many epochs (8 for 4)": {"epochs": 8},
        "eta = 0": {"eta": 0.0},
        "half as large an eta": {"eta": 0.25},
    }
    for question in questions[Kind.BATCH]:
        (change,) = [how for words, how in changes.items() if f"with {words}." in prose_of(question.text)]
        how: dict[str, Any] = {"samples": 8, "epochs": 4, "batch": 2, "eta": 0.5}
        old, _, _, _ = answer(TEXT, "mini_batch_GD", (3, 4, 2), 1, **how)
        new, _, _, _ = answer(TEXT, "mini_batch_GD", (3, 4, 2), 1, **how | change)
        key = prose_of(question.options[question.right].text)
        assert ("twice as many" in key) is (len(new) == 8)
        assert ("all of them equal" in key) is (len(set(new)) == 1)
        assert ("begins with the old" in key) is (len(new) == 8 and same(new[:4], old))
        assert ("other numbers" in key) is (not same(new[0], old[0]) and len(set(new)) > 1)


def test_training_leaves_alone_what_the_key_says(questions):
    for question in questions[Kind.KEPT]:
        data = arguments("mini_batch_GD", (3, 4, 2), 1, samples=8)[0]
        before = sorted(x.tobytes() for x, _ in data)
        one = network(TEXT, (3, 4, 2), 1)
        one.mini_batch_GD(data, 1, 3, 0.5, [(data[0][0], 0)])
        assert before == sorted(x.tobytes() for x, _ in data)
        assert prose_of(question.options[question.right].text) == "the numbers in the samples of {}"


# -- who is asked what ------------------------------------------------------------------------------------------------


def enough(paper) -> bool:
    return len(paper.questions) >= 6 and len({question.kind for question in paper.questions}) >= 4


def test_a_right_variant_gets_six_questions_of_at_least_four_kinds(examiner):
    variant = next(variant for variant in LAB.variants if variant.id == "fwd-recursion")
    assert enough(paper_of(examiner, edited(LAB, variant)))


@pytest.mark.sweep
@pytest.mark.timeout(1800)
def test_nearly_all_right_variants_get_six_questions_of_at_least_four_kinds(examiner):
    texts = {variant.id: edited(LAB, variant) for variant in LAB.variants}
    texts |= {style: classmate(style) for style in STYLES}
    few = [id for id, text in texts.items() if not enough(paper_of(examiner, text, id))]
    assert len(few) <= 0.05 * len(texts), few


def test_the_same_student_gets_the_same_questions_and_another_one_others(examiner):
    one, again, other = (paper_of(examiner, TEXT, who, count=2) for who in ("a", "a", "b"))
    assert one == again
    assert one.questions != other.questions


def test_only_functions_with_full_marks_and_no_flag_are_asked_about(examiner):
    text = TEXT.replace("total += 0.5 *", "total += 0.25 *")
    report = report_on(Grading(examiner.reference, submission(text), SECRET, examiner.sandbox))
    assert "cost" not in askable(report) and "forward_pass" in askable(report)
    paper = paper_of(examiner, text, count=3)
    asked = {label for question in paper.questions for label in question.functions}
    assert asked and "cost" not in asked | {listing.label for listing in paper.listings}
    flagged = report._replace(flags=(Inexact("back_propagation", "gradients", 1e-4),))
    assert "back_propagation" not in askable(flagged)


def test_a_file_that_can_not_be_graded_gets_no_questions_and_the_page_says_why(examiner):
    paper = paper_of(examiner, TEXT.replace("return 1 / (1 + np.exp(-z))", "return 1 / (1 + np.exp(-z)", 1))
    assert not paper.questions and "not valid Python" in paper.why_few
    assert "not valid Python" in page.render(page.Kind.SHEET, paper, "Ada", LAB.title)


def test_code_that_runs_differently_in_two_processes_is_not_asked_about(examiner):
    loop = "import os\n        for _ in range(1 + os.urandom(1)[0] % 7):\n            a = x\n"
    text = TEXT.replace("        a = x\n", f"        {loop}", 1)
    line = text.split("\n").index("            a = x") + 1
    paper = paper_of(examiner, text)
    counted = [question for question in paper.questions if question.kind in (Kind.COUNT, Kind.DEEPER)]
    assert not [question for question in counted if f"line {line}" in str(question)]
    assert paper.questions


# -- what is hostile --------------------------------------------------------------------------------------------------

HOSTILE = "</code></pre><script>document.title='taken'</script>\x1b[31m\u202e"
DEEP_SUM = "+ 0" * 30_000


@pytest.mark.parametrize(
    "text",
    [
        f"{TEXT}\nDEEP = 0 {DEEP_SUM}\n",
        TEXT.replace("        a = x\n", f"        a = x {'+ 0 * x' * 400}\n", 1),
        "import ast\nast.parse = ast.walk = ast.unparse = ast.iter_fields = None\n" + TEXT,
    ],
    ids=["too deep to parse", "a deep line", "breaks ast"],
)
def test_hostile_code_ends_no_examiner(examiner, text):
    paper = paper_of(examiner, text, count=1)
    assert paper.questions or paper.why_few
    for question in paper.questions:
        assert len({option.text for option in question.options}) == OPTIONS


def test_a_notebook_is_asked_about_as_one_text_and_the_sheet_says_so(examiner, tmp_path):
    (tmp_path / "q1.ipynb").write_text(notebook_of(TEXT), "utf-8")
    paper = examiner.paper(read(tmp_path, LAB), "somebody", 1)
    assert paper.questions
    assert "all code cells of your notebook" in page.render(page.Kind.SHEET, paper, "Ada", LAB.title)


def notebook_of(text: str) -> str:
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": part} for part in text.split("\n\n\n")]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_no_students_text_is_parsed_outside_a_worker(examiner):
    """Not by anything at all: Python itself tells of each text that it parses."""
    mark = "a comment by which this text is known"
    parsed = []
    known = [True]

    def look(event, given):
        if known[0] and event == "compile" and mark in str(given[0]):
            parsed.append(given)

    sys.addaudithook(look)  # there for good, so it is told when to look
    try:
        ast.parse(f"# {mark}")
        assert len(parsed) == 1
        assert paper_of(examiner, f"{TEXT}\n# {mark}\n", count=1).questions
    finally:
        known[0] = False
    assert len(parsed) == 1


def test_hostile_code_and_names_are_text_on_the_pages(examiner):
    text = TEXT.replace("        a = x\n", f"        a = x; note = {HOSTILE!r}\n".replace("\\x1b", "\x1b"), 1)
    paper = paper_of(examiner, text, count=3)
    for kind in page.Kind:
        html = page.render(kind, paper, f"Eve {HOSTILE}", LAB.title)
        assert "<script" not in html and "\x1b" not in html and "\u202e" not in html
        assert "&lt;script&gt;" in html


def test_what_is_sent_to_a_worker_as_one_module_has_no_name_twice():
    names = [
        {node.name for node in ast.parse(inspect.getsource(module)).body if hasattr(node, "name")}
        for module in (edits, in_worker)
    ]
    assert names[0] & names[1] == {"extend"}


# -- the pages and the command ----------------------------------------------------------------------------------------


def test_the_plan_fills_five_minutes(paper):
    steps = page.plan(paper)
    assert [step.clock for step in steps] == ["0:00", "0:40", "2:00", "3:20", "4:40"]
    assert page.plan(paper._replace(questions=())) == []
    guessed = page.guessing(6)
    assert guessed is not None and guessed[0] == 5 and guessed[1] == pytest.approx(100 * 19 / 4**6)


@needs_chromium
def test_the_pages_can_be_read_by_everybody(paper, tmp_path):
    axe_source()  # skips where it is not installed, before a browser is there
    with browser(tmp_path / "profile") as shown:
        for kind in page.Kind:
            file = tmp_path / f"{kind.value}.html"
            file.write_text(page.render(kind, paper, "Ada Lovelace", LAB.title), "utf-8")
            for width, dark in ((400, False), (1200, True)):
                shown.open(file, width, dark=dark)
                assert shown.run("document.documentElement.scrollWidth") <= width
                assert shown.violations() == []


@pytest.fixture
def grades(tmp_path):
    """A graded class of three."""
    folder = GradesFolder(tmp_path / "grades")
    people = {"submission_1": "Ada Lovelace", "submission_2": "Ada Byron", "submission_3": "Charles Babbage"}
    entries = [
        Entry(id, (Submitter(name, f"0{id[-1]}", f"{id[-1]}@x.org"),), files=(("q1.py", id),))
        for id, name in people.items()
    ]
    results = {
        "score": 100.0, "tests": [], "output": "",
        "extra_data": {"grader_fault": False, "batch": {"graded_with": {"lab": "q1"}, "submission": "x"}},
    }  # fmt: skip
    with folder.open_for_work():
        folder.write_roster(tuple(entries))
        for entry in entries:
            folder.place(entry, {"q1.py": TEXT.encode() if "3" not in entry.id else b"def f(:\n"})
            folder.keep(entry, results, feedback_md(entry, results))
    return folder.path


def quiz(*arguments):
    called = [sys.executable, "-m", "neural_lab.tools.course.quiz", *map(str, arguments)]
    return subprocess.run(called, capture_output=True, text=True, timeout=240)


def test_the_command_writes_a_sheet_and_a_key(grades):
    done = quiz(grades, "--who", "lovelace", "--questions", "2")
    assert done.returncode == 0, done.stderr
    assert {file.name for file in (grades / "quiz").iterdir()} == {"submission_1.sheet.html", "submission_1.key.html"}
    key = (grades / "quiz" / "submission_1.key.html").read_text("utf-8")
    assert "Key to the oral check: Ada Lovelace" in key and FILE not in key
    assert key.count('class="right"') == 2


def test_whoever_can_not_be_asked_is_named_and_the_others_are_asked(grades):
    done = quiz(grades, "--questions", "1")
    assert done.returncode == 0
    assert "Charles Babbage: 0 questions." in done.stdout and "Ada Byron: 1 question." in done.stdout


def test_a_file_of_which_nothing_can_be_asked_is_told_by_the_exit_status(grades):
    done = quiz(grades, "--who", "Babbage")
    assert done.returncode == 3 and "not valid Python" in done.stdout
    assert "not valid Python" in (grades / "quiz" / "submission_3.sheet.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("who", "said"),
    [("ada", "Ada Lovelace (submission_1) or Ada Byron (submission_2)"), ("nobody", "grades is called nobody")],
)
def test_a_name_that_is_not_one_persons_says_whose_it_could_be(grades, who, said):
    done = quiz(grades, "--who", who)
    assert done.returncode == 2 and said in done.stderr


@pytest.mark.parametrize("who", ["submission_2", "Ada Byron", "BYRON", "02", "2@x.org"])
def test_a_student_is_found_by_name_sid_e_mail_or_id(grades, who):
    assert find(GradesFolder(grades).roster(), who).id == "submission_2"


def test_a_number_of_questions_that_can_not_be_meant_says_what_can():
    done = quiz("--questions", "0")
    assert done.returncode == 2 and "expected a number from 1 to 12, got '0'" in done.stderr


def test_without_a_class_the_command_says_what_makes_one(tmp_path):
    done = quiz(tmp_path)
    assert done.returncode == 2 and "make batch EXPORT=" in done.stderr
