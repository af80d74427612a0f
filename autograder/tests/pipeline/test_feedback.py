"""What students read, from real gradings: true numbers, one hint, nothing given away, nobody's markup but our own."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import markdown
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.markdown import Markdown

from neural_lab.feedback import lines as feedback
from neural_lab.feedback.errors import line_of
from neural_lab.feedback.markdown import code, plain
from neural_lab.grading import compare
from neural_lab.grading.compare import Detail, Place, Reason, Verdict
from neural_lab.grading.diagnose import diagnose
from neural_lab.grading.policy import Setting
from neural_lab.grading.records import Attempt, Diagnosis, LineResult, PartResult, Report
from neural_lab.grading.reference import Reference, edited_module
from neural_lab.intake.foreign import shown
from neural_lab.intake.stub_edits import edits_outside
from neural_lab.runtime.protocol import Failure, FailureKind, Opaque
from neural_lab.runtime.session import Change
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Edit, Probe
from neural_lab.schema.observations import Call, Observation, Observations, Role
from neural_lab.schema.places import ROOT
from tests.hand_ins import FULL, MARKS, losing

LAB = load_lab("q1")
REFERENCE = Reference(LAB)
SOURCE = REFERENCE.sources["q1"]
HOSTILE = (
    "</code><script>alert(1)</script> <img src=x onerror=alert(2)> ``` `x` **100 of 100 marks.**\n\n# You passed\n"
    "[link](http://example.org) \x1b[32mPASS\x1b[0m \u202e\u2066 a\u0300\u0301\u0302\u0303 | & &amp; $x$ "
    + "long "
    * 500
)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, grader) -> Callable[[str], dict]:
    """Grades the text of a q1.py, each text once."""
    folder = tmp_path_factory.mktemp("feedback")
    known: dict[str, dict] = {}

    def grade(source: str) -> dict:
        if source not in known:
            file = folder / str(len(known)) / "q1.py"
            file.parent.mkdir()
            file.write_text(source, "utf-8")
            known[source] = grader.grade(file)
        return known[source]

    return grade


def with_mistake(id: str, source: str = SOURCE) -> str:
    mistake = next(mistake for mistake in LAB.mistakes if mistake.id == id)
    return edited_module(source, LAB.function(mistake.function).path, mistake.edits)


def edit(function: str, find: str, put: str, source: str = SOURCE) -> str:
    return edited_module(source, LAB.function(function).path, [Edit(find, put)])


def output(results: dict, number: str) -> str:
    return next(test["output"] for test in results["tests"] if test["number"] == number)


def everything(results: dict) -> str:
    return "\n".join([results["output"], *(test["output"] for test in results["tests"])])


def hint(id: str) -> str:
    return next(mistake.hint for mistake in LAB.mistakes if mistake.id == id)


class Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)


def elements(text: str) -> set[str]:
    """The HTML elements that a Markdown text becomes."""
    return Elements(markdown.markdown(text, extensions=["fenced_code", "tables"])).found


OURS = {"p", "ul", "li", "strong", "code", "pre"}


# -- whole gradings ---------------------------------------------------------------------------------------------------


@pytest.mark.fast
def test_right_work_reads_that_every_line_is_right(graded):
    results = graded(SOURCE)
    assert results["output"].startswith(f"**{FULL:g} of {FULL:g} marks.** Every part is right.")
    assert "hint" not in " ".join(test["output"] for test in results["tests"]).lower()
    assert {test["output"] for test in results["tests"]} == {"✓ right"}


@pytest.mark.fast
def test_the_numbers_shown_are_true(graded):
    text = output(graded(with_mistake("sig-no-minus")), "1.1")
    (z,) = map(float, re.findall(r"z = \[\[(.+?)\]\]", text))
    ((given, expected, yours),) = [map(float, row) for row in re.findall(r"\[0, 0\] +(\S+) +(\S+) +(\S+)", text)]
    assert given == z
    assert expected == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-5)
    assert yours == pytest.approx(1 / (1 + np.exp(z)), rel=1e-5)


@pytest.mark.fast
def test_a_named_mistake_gives_its_hint_once_in_all_the_results(graded):
    results = graded(with_mistake("bp-sp-wrong-layer"))
    assert everything(results).count(hint("bp-sp-wrong-layer")) == 1
    assert everything(results).count("Hint") == 1
    assert results["output"] == (
        f"**{FULL - MARKS['back_propagation']:g} of {FULL:g} marks.** Fix `back_propagation` (parts 1.7 and 1.8): "
        f"the {MARKS['back_propagation']:g} lost marks are all there.\n\n"
        "Part 1.6 was tested with a correct `back_propagation`, so that the mistakes in yours cost nothing more."
    )
    assert "See part 1.7, about the same function" in output(results, "1.8")


def test_parts_that_only_need_a_right_helper_are_listed_once(graded):
    results = graded(with_mistake("sig-no-minus"))  # the slope happens to be the same
    said = "Parts 1.3, 1.5, 1.6, 1.7 and 1.8 were tested with a correct `sigmoid`"
    said += ", so that the mistakes in yours cost nothing more."
    assert results["output"].endswith(said)
    assert everything(results).count("were tested with") == 1


SENTENCE = re.compile(r"[.:?!](?:\s|$)|\n")


@pytest.mark.parametrize(
    "id", ["sig-no-minus", "bp-sign", "bp-W-transposed", "gd-plus", "fwd-no-transpose", "cost-vector"]
)
def test_no_sentence_is_read_twice_and_there_are_few(graded, id):
    text = everything(graded(with_mistake(id)))
    outside = re.sub(r"```text[^`]*```|^- [✓✗½].*$", "", text, flags=re.MULTILINE)
    sentences = [" ".join(piece.split()) for piece in SENTENCE.split(outside)]
    long = [sentence for sentence in sentences if len(sentence.split()) > 3 and not sentence.startswith("**Case")]
    assert [sentence for sentence in set(long) if long.count(sentence) > 1] == []
    assert len(text.split()) <= 200
    assert not re.search(r"\bline 1\.\d", text, re.IGNORECASE)


def test_the_headline_names_what_is_behind_most_of_the_lost_marks(graded):
    source = with_mistake("cost-no-half", with_mistake("bp-sign"))
    results = graded(source)
    (more,) = losing("back_propagation", halves=("dw-*",)).values()
    assert results["score"] == FULL - MARKS["cost"] - more
    most = f"{more:g} of the {more + MARKS['cost']:g} lost marks."
    assert f"Fix first: `back_propagation` (parts 1.7 and 1.8), {most}" in results["output"]


def test_a_class_of_mistakes_is_told_as_one(graded):
    text = output(graded(with_mistake("bp-sign")), "1.7")
    assert "one of these fits" in text
    assert hint("bp-sign") in text and hint("bp-negated") in text


@pytest.mark.fast
def test_half_marks_are_explained(graded):
    results = graded(with_mistake("bp-sign"))
    assert f"- ½ {LAB.lines[7].marks / 2:g} of {LAB.lines[7].marks:g}, right for your own earlier numbers" in output(
        results, "1.8"
    )
    flat = output(graded(with_mistake("bp-db-flat")), "1.7")
    assert "right but for its form" in flat
    assert "The numbers are right, but flattened" in flat


def test_what_was_changed_is_shown_before_and_after(graded):
    scaled = "self.biases[0] = self.biases[0] * (1 + 3e-5)\n    return a"
    text = output(graded(edit("forward_pass", "return a", scaled)), "1.5")
    assert "changed what it should leave alone" in text
    assert "**Case:** `NeuralNetwork(3, [6, 5, 4]).forward_pass(x)`" in text
    assert "The call changed `biases[0]`, which it must leave as it is:" in text
    assert "before" in text and "after" in text


def test_an_unknown_mistake_still_says_what_is_true_of_it(graded):
    text = output(graded(edit("cost", "float(total)", "7 * float(total)")), "1.3")
    assert "**What the numbers say:** In every wrong answer, every entry is 7 times what it should be" in text
    assert "Hint" not in text


def test_a_mistake_of_which_nothing_is_known_reads_what_to_do(graded):
    source = edit(
        "forward_pass", "a = self.sigmoid(z)", "a = 0.4 + 0.3 * z / (1 + np.abs(z))\n        a = a - 0.1 * a**3"
    )
    results = graded(source)
    assert "**Next step:** repeat this with a small case of your own." in output(results, "1.5")
    lost = f"the {MARKS['forward_pass']:g} lost marks are all there."
    assert f" Fix `forward_pass` (part 1.5): {lost}" in results["output"]


def test_a_missing_function_is_said_to_be_missing(graded):
    results = graded(SOURCE.replace("def cost_derivative(", "def cost_deriv("))
    assert results["score"] == FULL - MARKS["cost_derivative"]
    assert "`cost_derivative` is not there. Is it spelled as in the stub" in output(results, "1.4")


@pytest.mark.fast
def test_the_stub_reads_what_to_write_next_and_no_error(graded):
    results = graded((ROOT / "student" / "q1.py").read_text("utf-8"))
    assert results["output"].startswith(f"**0 of {FULL:g} marks.** Next: `sigmoid`; 7 functions are not written yet.")
    for test in results["tests"]:
        assert test["output"].startswith("Not written yet")
        assert "raised" not in test["output"]


def test_what_is_written_but_wrong_comes_before_what_is_not_written(graded):
    stub = (ROOT / "student" / "q1.py").read_text("utf-8")
    started = stub.replace('raise NotImplementedError("sigmoid")', "return 1 / (1 + np.exp(z))")
    assert started != stub
    lost = f"{MARKS['sigmoid']:g} of the {FULL:g} lost marks."
    assert f"Fix first: `sigmoid` (part 1.1), {lost}" in graded(started)["output"]


@pytest.mark.fast
def test_an_exception_is_shown_with_its_line(graded):
    source = with_mistake("fwd-no-transpose")
    text = output(graded(source), "1.5")
    (number,) = {int(number) for number in re.findall(r"^\*\*Line (\d+)", text, re.MULTILINE)}
    assert source.splitlines()[number - 1].strip().partition("  #")[0] in text
    assert "ValueError: matmul" in text
    assert "W  array (6, 5)" in text and "a  array (6, 1)" in text
    assert "on a 6-5-4 net" in text  # the smallest net that failed


EXCEPTIONS = {  # (function, text found, text put there, what is certain of it)
    "e^(-z)": ("sigmoid", "np.exp(-z)", "np.e^(-z)", "In Python `^` is not a power"),
    "a missing self": ("forward_pass", "self.sigmoid(z)", "sigmoid(z)", "is called with `self.` before its name"),
    "biases for weights": ("mini_batch_GD", "zip(sum_dw, dC_dw)", "zip(sum_dw, dC_db)", "total  array (6, 5)"),
    "an array of arrays": ("mini_batch_GD", "[np.zeros_like(W) for W in self.weights]", "np.zeros_like(self.weights)",
                           "self.weights  list of 2: (6, 5), (5, 4)"),
    "a product with a number": ("mini_batch_GD", "step * total for W", "step @ total for W", "step   float"),
    "an index too large": ("back_propagation", "activations[layer] @", "activations[layer + 2] @", "layer        1"),
}  # fmt: skip


@pytest.mark.parametrize(("function", "find", "put", "said"), EXCEPTIONS.values(), ids=EXCEPTIONS)
@pytest.mark.one_in(3)
def test_of_an_exception_that_no_known_mistake_raises_only_what_is_certain_is_told(graded, function, find, put, said):
    results = graded(edit(function, find, put))
    text = everything(results)
    assert said in text
    assert "Hint" not in text
    assert "raised this** (the cause may be earlier)" in text or "Python stopped there with this error" in text
    assert put in text


def test_nothing_shown_gives_the_answer_away(graded):
    """No line of an answer but the student's own stands in any feedback, nor do the parameters or inputs of a net."""
    block = re.compile(r"# BEGIN ANSWER\n(.*?)# END ANSWER", re.DOTALL)
    lines = {line.strip() for text in block.findall(SOURCE) for line in text.splitlines()}
    lines = {line.partition("  #")[0] for line in lines if len(line) > 12}
    for id in ("sig-no-minus", "bp-sign", "fwd-no-transpose", "bp-db-flat", "cost-vector", "gd-no-bias", "cd-sign"):
        results = graded(with_mistake(id))
        text = results["output"] + "".join(test["output"] for test in results["tests"])
        text = re.sub(r"```python\n.*?\n```", "", text, flags=re.DOTALL)  # lines of the file, where it is wrong
        assert [line for line in lines if line in text] == []
        assert all(test["output"].count("\n") < 60 for test in results["tests"])


# -- text of a submission ---------------------------------------------------------------------------------------------


def assert_harmless(text: str) -> None:
    assert elements(text) <= OURS
    assert "<script" not in text and "<img" not in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text)
    assert "You passed" not in [line.strip("# ") for line in text.splitlines()]
    Console(file=io.StringIO(), width=80).print(Markdown(text))


@pytest.mark.parametrize(
    "body",
    [
        f"raise ValueError({HOSTILE!r})",
        f"raise type({'`*<b>x</b>'!r}, (Exception,), {{}})({HOSTILE!r})",
        f"return {HOSTILE!r}",
        f"return type({HOSTILE[:200]!r}, (), {{}})()",
        f"print({HOSTILE!r})\n    return 1 / (1 + np.exp(z))",
        f"raise NotImplementedError({HOSTILE!r})",
    ],
)
def test_what_a_submission_says_is_quoted_and_cut(graded, body):
    results = graded(edit("sigmoid", "return 1 / (1 + np.exp(-z))", body))
    for text in (results["output"], output(results, "1.1")):
        assert_harmless(text)
        assert len(text) < 2_500
    assert f"**{FULL:g} of {FULL:g}" not in results["output"]


def test_a_failing_statement_and_an_odd_line_are_quoted_too(graded):
    results = graded(SOURCE + f"\nHOSTILE = {HOSTILE!r}\nraise RuntimeError(HOSTILE)\n")
    assert results["score"] == FULL
    assert_harmless(results["output"])


@given(st.text(max_size=300))
@pytest.mark.fast
def test_quoted_text_is_one_code_span_whatever_it_is(text):
    quoted = code(text)
    assert quoted.startswith("`") and quoted.endswith("`") and quoted.count("`") == 2
    assert quoted.isprintable() and len(quoted) <= 162
    assert elements(f"before {quoted} after") <= {"p", "code"}


@given(st.text(max_size=300))
@example("<b>bold</b> <script>x</script>")
@pytest.mark.fast
def test_running_text_is_never_markup(text):
    assert elements("said: " + plain(text)) <= {"p"}
    assert not {*plain(text)} & {*"<>"}  # a browser ends a tag that is open with the next one that we write
    assert shown(text, 40).isprintable() and len(shown(text, 40)) <= 40


# -- single verdicts --------------------------------------------------------------------------------------------------


def line_with(verdict: Verdict, substituted: tuple[str, ...] = (), at: tuple[int, ...] = ()) -> str:
    line = next(line for line in LAB.lines if line.number == "1.4")
    result = PartResult(line.parts[0]._replace(at=at), verdict, Attempt(Setting(False, substituted), ()), verdict)
    lines = [LineResult(line, (result,), Diagnosis())]
    return feedback.line_feedback(lines[0])


CALL = Call("a call")


def mutated(call: str, thing: str, now, before) -> Verdict:
    change = Change(call, thing, before, now)
    return Verdict(compare.Kind.MUTATED, got=now, expected=before, change=change)


@pytest.mark.fast
def test_a_piece_of_the_result_has_the_name_of_the_part_that_it_is():
    wrong = Verdict(compare.Kind.VALUE, CALL, Place((1,), ()), 2.0, 1.0)
    assert "item 2 of the result:" in line_with(wrong)
    assert "mixed signs, several lengths:" in line_with(wrong, at=(1,))
    named = wrong._replace(call=CALL._replace(pieces=("w", "b")))
    assert "`b`:" in line_with(named, at=(1,))


@pytest.mark.fast
def test_long_arrays_show_the_first_wrong_entries_with_their_indices():
    expected = np.arange(1.0, 41.0).reshape(20, 2)
    got = expected.copy()
    got[3:, 1] += 1
    text = line_with(Verdict(compare.Kind.VALUE, CALL, Place((1,), (3, 1)), got, expected))
    assert "item 2 of the result:" in text
    assert re.findall(r"^\[(\d+), 1\]", text, re.MULTILINE) == ["3", "4", "5", "6", "7"]
    assert "17 of 40 entries differ; these are the first" in text


@pytest.mark.fast
def test_short_arrays_are_shown_whole_with_the_wrong_entries_marked():
    got, expected = np.array([[1.0], [3.0]]), np.array([[1.0], [2.0]])
    text = line_with(Verdict(compare.Kind.VALUE, CALL, Place(entry=(1, 0)), got, expected))
    rows = re.findall(r"^\[\d, 0\].*$", text, re.MULTILINE)
    assert rows == ["[0, 0]         1      1", "[1, 0]         2      3  <-"]


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict(compare.Kind.TIMEOUT, CALL, got=Failure(FailureKind.TIMEOUT)), "used too much time"),
        (Verdict(compare.Kind.KILLED, CALL, got=Failure(FailureKind.KILLED)), "The code ended the whole process."),
        (Verdict(compare.Kind.KILLED, CALL, got=Failure(FailureKind.KILLED, "SIGSEGV")), "was ended by SIGSEGV."),
        (
            Verdict(compare.Kind.NOT_REACHED, CALL, got=Failure(FailureKind.NOT_REACHED)),
            "The time for the whole submission was used up.",
        ),
        (
            Verdict(compare.Kind.NOT_REACHED, CALL, got=Failure(FailureKind.NOT_REACHED, function="cost")),
            "It was not run again, for cost had run out of time before.",
        ),
        (
            Verdict(compare.Kind.MISSING, CALL, got=Failure(FailureKind.MISSING, message="cost")),
            "`cost` is not there",
        ),
        (Verdict(compare.Kind.TYPE, CALL, got=None, expected=1.0, detail=Detail(Reason.NUMBER)), "gives `None`"),
        (Verdict(compare.Kind.TYPE, CALL, got=Opaque("map"), expected=np.ones(2)), "`map`"),
        (Verdict(compare.Kind.VALUE, CALL, got=3.0, expected=2.0), "2      3"),
        (
            Verdict(compare.Kind.VALUE, CALL, Place(entry=(1,)), got=[1.0, 3.0], expected=[1.0, 2.0]),
            "[1]         2      3  <-",
        ),
        (Verdict(compare.Kind.NONFINITE, CALL, Place(entry=(0,)), np.array([np.nan]), np.array([1.0])), "nan"),
        (mutated("f(z)", "z", np.array([2.0]), np.array([1.0])), "before  after"),
        (
            mutated("f(x)", "weights", [], [np.ones(2), np.ones((2, 1))]),
            "list of 2: [(2,), (2, 1)]",
        ),
        (mutated("f(x)", "weights", None, [np.ones(2)]), "The call changed `weights`, which it must leave as it is"),
        (
            Verdict(
                compare.Kind.SHAPE, CALL, Place(), [np.ones(2)], [np.ones(2)] * 2, Detail(Reason.LENGTH, (2,), (1,))
            ),
            "list of 2: [(2,), (2,)]",
        ),
    ],
)
@pytest.mark.fast
def test_every_verdict_is_told_in_words(verdict, said):
    text = line_with(verdict)
    assert "**Case:**" in text
    assert said in text
    assert_harmless(text)


@pytest.mark.fast
def test_a_replaced_helper_is_named_with_the_case(tmp_path: Path):
    verdict = Verdict(compare.Kind.VALUE, CALL, got=3.0, expected=2.0)
    assert "put right" not in line_with(verdict)
    assert ", with `cost_derivative` put right" in line_with(verdict, substituted=("cost_derivative",))


# -- whatever is answered ---------------------------------------------------------------------------------------------

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(),
    st.text(max_size=20),
    st.just(Opaque("generator")),
    st.builds(Failure, st.sampled_from(FailureKind), st.text(max_size=9), st.text(max_size=9)),
    st.builds(
        lambda dtype, shape, value: np.full(shape, value).astype(dtype),
        st.sampled_from(["f8", "f4", "f2", "i8", "i1", "u8", "u1", "?", "c8", "c16"]),
        st.sampled_from([(), (0,), (1,), (4,), (4, 1), (1, 4), (5, 4), (4, 3), (3, 1), (2, 2, 2), (3, 0), (2, 4, 1)]),
        st.sampled_from([0, 1, 100]),
    ),
    st.builds(np.full, st.sampled_from([(), (1, 1), (4, 1), (5, 4)]), st.sampled_from([5e-324, 1e-310, -1e160, 9e307])),
    st.sampled_from([np.array([[np.nan], [np.inf], [0.0], [-0.0]]), np.array([[-1.7e308], [1.7e308], [1e-9], [0.0]])]),
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.tuples(inner, inner, inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)
# what is right but for its size or form comes nearer to the judge's lines than anything drawn
changes = st.sampled_from([
    lambda value, size: size * value if isinstance(value, float | np.ndarray) else value,
    lambda value, size: value + size if isinstance(value, float | np.ndarray) else value,
    lambda value, size: np.full_like(value, size) if isinstance(value, np.ndarray) else size,
    lambda value, size: value[::-1] if isinstance(value, list | tuple) else value,
    lambda value, size: value.tolist() if isinstance(value, np.ndarray) else value,
    lambda value, size: value.astype(np.float16) if isinstance(value, np.ndarray) else value,
    lambda value, size: value.T.ravel() if isinstance(value, np.ndarray) else value,
    lambda value, size: {"a": value},
    lambda value, size: (value, size),
])  # fmt: skip
sizes = st.sampled_from([-1.0, 0.0, 1e-310, -1e-200, 1e-20, 1e20, 1e160, -1e300, 1.7e308, np.nan, np.inf])
depths = st.integers(0, 2)


def changed(value, change, size, depth):
    """The answer with a change made to it, or to each of its items."""
    if depth and isinstance(value, list | tuple):
        return type(value)(changed(item, change, size, depth - 1) for item in value)
    with np.errstate(all="ignore"):
        return change(value, size)


def altered(one: Observation, drawn) -> Observation:
    """The observation of another answer, or of a change that should not be."""
    if one.role is Role.KEPT:
        now = drawn(np.ones(2)) if callable(drawn) else drawn
        return one._replace(value=(Change("f(x)", "x[0]", np.ones(2), now),))
    return one._replace(value=drawn(one.value) if callable(drawn) else drawn)


@functools.lru_cache
def reference(lab: str) -> Reference:
    return Reference(load_lab(lab))


@functools.lru_cache
def expected_by(lab: str, number: str) -> dict[Probe, Observations]:
    line = next(line for line in reference(lab).lab.lines if line.number == number)
    return {part.probe: reference(lab).answers(part.probe, np.random.default_rng(1)) for part in line.parts}


@settings(max_examples=25, deadline=None)
@given(st.data(), st.sampled_from([(lab, line.number) for lab in lab_names() for line in load_lab(lab).lines]))
def test_whatever_a_submission_answers_can_be_judged_diagnosed_and_told(data, place):
    """Without an exception, and without a warning, which is an error here."""
    lab, number = place
    line = next(line for line in reference(lab).lab.lines if line.number == number)
    function = reference(lab).lab.function(line.function)
    expected = expected_by(lab, number)
    answers = dict(expected)
    drawn = data.draw(values | st.builds(functools.partial, st.just(changed), change=changes, size=sizes, depth=depths))
    for probe, observed in expected.items():
        positions = range(len(observed))
        chosen = data.draw(st.just(set(positions)) | st.sets(st.sampled_from(positions), min_size=1))
        answers[probe] = tuple(altered(one, drawn) if number in chosen else one for number, one in enumerate(observed))
    diagnosis = diagnose(reference(lab), function, answers, lambda probe: np.random.default_rng(1))
    parts = []
    for part in line.parts:
        verdict = compare.judge(part, answers[part.probe], [expected[part.probe]])
        parts.append(PartResult(part, verdict, Attempt(Setting(False, ()), answers[part.probe]), verdict))
    result = LineResult(line, tuple(parts), diagnosis)
    report = Report(reference(lab).lab, (result,), "", 0.0)
    assert 0 <= result.marks <= line.marks
    assert_harmless(feedback.line_feedback(result))
    assert_harmless(feedback.headline(report))


@pytest.mark.fast
def test_lines_are_counted_as_python_counts_them():
    """A form feed, or what Unicode calls an end of a line, ends none."""
    files = {"q1": "a = 1\n\f\nb = '\u2028'\nraise c\n"}
    failure = Failure(FailureKind.RAISED, "NameError", line=4, module="q1")
    assert line_of(failure, files) == "raise c"
    assert [edit.line for edit in edits_outside("a = 1\n", files["q1"])] == [3, 4]
