"""Similarity, calibrated on answers that were written apart and on disguised copies of them."""

from __future__ import annotations

import ast
import io
import itertools
import re
import subprocess
import sys
import time
import tokenize
from pathlib import Path

import numpy as np
import pytest

from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course import similarity
from neural_lab.tools.course.exports import Entry
from neural_lab.tools.course.grades_folder import GradesFolder
from neural_lab.tools.course.similarity import LEAST, RUN, THRESHOLD, comparison
from tests.classes import edited, right, stub
from tests.classmates import STYLES, classmate, disguised, renamed, reordered

LAB = load_lab("q1")
# Right variants of the project's own, so chosen that no two of these share the text of a function.
PROFILES = {
    "index": "fwd-indices cost-double-loop bp-negative-indices gd-by-index der-difference sig-tanh-half cd-negated",
    "calls": "fwd-recursion cost-stacked bp-recursion gd-all-gradients-first der-symmetric sig-two-branches cd-loop",
    "arrays": "fwd-loops cost-norm gd-vectorised der-hadamard sig-clip-wide cd-subtract bp-own-steps",
}


def profile(ids):
    text = right()
    for id in ids.split():
        text = edited(LAB, next(variant for variant in LAB.variants if variant.id == id), text)
    return text


@pytest.fixture(scope="module")
def compare():
    return comparison(LAB)


@pytest.fixture(scope="module")
def apart():
    """Right answers that share no function: {who: text}."""
    own = {name: profile(ids) for name, ids in PROFILES.items()}
    return {"solution": right(), **own, **{style: classmate(style) for style in STYLES}}


def between(compare, *texts):
    """The similarity of the first two of a class."""
    documents = [compare.document(str(n), text) for n, text in enumerate(texts)]
    return float(compare.similarities(documents)[0, 1])


def test_independent_work_stays_far_below_the_threshold(compare, apart):
    found = compare.similarities([compare.document(name, text) for name, text in apart.items()])
    assert len(apart) == 8 and found.max() < 0.6 * THRESHOLD
    for pair in itertools.combinations(apart, 2):
        assert between(compare, *(apart[name] for name in pair)) < 0.6 * THRESHOLD, f"in a class of two: {pair}"


@pytest.mark.parametrize("disguise", [renamed, reordered, disguised])
def test_disguised_copies_stand_far_above_the_threshold(compare, apart, disguise):
    everybody = list(apart.values())
    for name, text in apart.items():
        copy = disguise(text)
        ast.parse(copy)
        assert copy != text or (disguise is renamed and name == "solution"), name
        assert between(compare, text, copy) > 1.8 * THRESHOLD, f"{name}, in a class of two"
        assert between(compare, text, copy, *everybody) > 1.8 * THRESHOLD, f"{name}, in a larger class"


def test_an_exact_copy_is_the_same_and_nobody_resembles_himself(compare, apart):
    documents = [compare.document(str(n), text) for n, text in enumerate([apart["loops"], apart["loops"], stub()])]
    assert np.allclose(compare.similarities(documents), [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


def test_comments_docstrings_and_layout_count_for_nothing(compare, apart):
    text = apart["recursion"]
    other = re.sub(r'"""(\w)', r'"""Words of my own. \1', text)
    other = other.replace("return ", "return  ").replace("\n\n", "\n# so\n\n")
    assert other != text and between(compare, text, other) == pytest.approx(1)


def test_stubs_and_short_answers_resemble_nobody(compare):
    short = stub().replace('raise NotImplementedError("sigmoid")', "return 1 / (1 + np.exp(-z))")
    assert 0 < len(compare.document("short", short).runs) < LEAST
    assert between(compare, short, short) == 0 and between(compare, stub(), stub()) == 0


@pytest.mark.parametrize("text", ["", "\0", "def broken(:\n '''", "\t x\n  y = (", "ü = 'ñ'\n", "x" * 5000, "\f\n\\\n"])
def test_any_text_can_be_compared(compare, apart, text):
    assert between(compare, text, apart["loops"]) < THRESHOLD


# What a tokenizer may look through once for each of its characters: strings, brackets and comments that never end.
@pytest.mark.parametrize("piece", ["\\'", "'", "'''", "'''\\", "r'\\", "(", "#", "\\\n", "\t(\n", "1e", "ü'", "f'{"])
def test_a_megabyte_of_anything_is_read_in_time_that_grows_with_its_length(compare, piece):
    def seconds(characters):
        text = (piece * characters)[:characters]
        started = time.process_time()
        compare.document("long", text)
        return time.process_time() - started

    assert seconds(1 << 20) < 40 * max(seconds(1 << 17), 0.02), "eight times the text; a quadratic reader takes 64"


def test_a_copy_that_python_cannot_read_is_found(compare, apart):
    assert between(compare, apart["einsum"], apart["einsum"] + "\n)\n") > THRESHOLD


def test_common_stretches_are_found_where_they_stand(compare, apart):
    one = apart["loops"]
    function = "\n".join(line for line in classmate("scipy").splitlines() if "nabla" in line)
    documents = [compare.document("a", one), compare.document("b", renamed(one))]
    (pair,) = similarity.pairs(documents, compare.similarities(documents), 0.5)
    for document, stretches in zip((pair.one, pair.other), pair.stretches):
        assert all(0 <= start < end <= len(document.text) for start, end in stretches)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(stretches))
        marked = "".join(document.text[start:end] for start, end in stretches)
        assert "np.matmul" in marked
        assert [word for word in ("HYPERPARAMETERS", "def ", "# ", '"""') if word in marked] == [], "stub and comments"
    assert function  # of another style: none of its lines may be marked
    assert not any(line.strip() in one for line in function.splitlines())


def test_a_run_counts_the_more_the_fewer_have_it(compare, apart):
    """Two share a rare function; once the whole class has it, it tells less."""
    body = "\n".join(f"    q{n} = [k ** {n} for k in range({n}) if k != {n}]" for n in range(2, 9))
    one, other = (apart[name] + f"\ndef extra():\n{body}\n" for name in ("loops", "einsum"))
    rest = [apart[name] for name in ("scipy", "recursion", "index", "arrays")]
    alone = between(compare, one, other, *rest)
    common = between(compare, one, other, *(f"{text}\ndef extra():\n{body}\n" for text in rest))
    assert alone > 1.2 * common


def test_frequent_and_rare_runs_are_counted_alike(compare, apart, monkeypatch):
    texts = [*apart.values(), *map(renamed, apart.values())]
    documents = [compare.document(str(n), text) for n, text in enumerate(texts)]
    found = []
    for frequent in (0, 5, 10**6):
        monkeypatch.setattr(similarity, "FREQUENT", frequent)
        found.append(compare.similarities(documents))
    assert np.allclose(found[0], found[1]) and np.allclose(found[0], found[2])


def class_of(path, texts):
    """A folder of grades with these files in it, {id: text}, and no results."""
    folder = GradesFolder(path)
    with folder.open_for_work():
        entries = tuple(Entry(key, files=(("q1.py", f"{key}/q1.py"),)) for key in texts)
        folder.write_roster(entries)
        for entry in entries:
            folder.place(entry, {"q1.py": texts[entry.id].encode()})
    return folder


@pytest.mark.parametrize("piece", ["\\'", "x1 = '"])
def test_the_tool_ends_on_a_class_in_which_two_handed_in_a_megabyte(tmp_path, piece):
    class_of(tmp_path / "grades", dict.fromkeys(("s1", "s2"), (piece * 2**20)[: 2**20]))
    tool = [sys.executable, similarity.__file__, str(tmp_path / "grades")]
    assert subprocess.run(tool, capture_output=True, timeout=120).returncode == 0


def test_the_tool_lists_pairs_of_a_graded_class(tmp_path, apart):
    texts = {"s1": apart["loops"], "s2": apart["einsum"], "s3": disguised(apart["loops"])}
    class_of(tmp_path / "grades", texts)
    tool = [sys.executable, similarity.__file__, str(tmp_path / "grades")]
    told = subprocess.run(tool, capture_output=True, text=True, env={"COLUMNS": "150", "PATH": "/usr/bin:/bin"})
    assert told.returncode == 0 and "s1" in told.stdout and "s3" in told.stdout and "s2" not in told.stdout
    assert "plagiar" not in told.stdout.lower() + Path(similarity.__file__).read_text().lower()
    told = subprocess.run([*tool[:2], str(tmp_path)], capture_output=True, text=True)
    assert told.returncode == 2 and "make batch" in told.stderr


@pytest.mark.parametrize("text", [
    "x = 1\n", "'not a docstring' + x\n", "f('a', # b\n  'c')\n", "\"\"\"A\ndocstring.\"\"\"\nx **= .5e-3\n",
    "s = r'a\\'b'\n", "x = a \\\n  // 0x1F\n", "def f(a: int) -> str: return 'doc'\n",
    "é = 'ü'  # é\n'lone' # x\ny = 'z'",
])  # fmt: skip
def test_tokens_are_pythons(text):
    found = [(token, text[start:end]) for token, start, end in similarity._read(text)]
    layout = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    pythons = [each.string for each in tokenize.generate_tokens(io.StringIO(text).readline) if each.type not in layout]
    docstrings = [node.value.value for node in ast.walk(ast.parse(text))
                  if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]  # fmt: skip
    wanted = [each for each in pythons if each[:1] not in "'\"" or ast.literal_eval(each) not in docstrings]
    assert [written for _, written in found] == wanted
    assert all(token == ('""' if "'" in written or '"' in written else written) for token, written in found)


def test_runs_have_the_length_that_was_calibrated(compare, apart):
    assert {len(run) for run in compare.document("a", apart["loops"]).runs} == {RUN}
