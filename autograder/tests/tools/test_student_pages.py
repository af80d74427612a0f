"""Each student's page and the staff's page beside it: what they show, whom they name, and how a browser sees them."""

from __future__ import annotations

import html
import json
import re
import shutil
import time
from dataclasses import replace

import pytest
import yaml

from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course import batch, report, student_pages, unnamed
from neural_lab.tools.course.exports import Attempt
from neural_lab.tools.course.grades_folder import GradesFolder
from tests.browser import browser, needs_chromium
from tests.classes import edited, export_zip, right, stub
from tests.tools.test_report import HOSTILE, Reader, folder_of

LAB = load_lab("q1")


def mistaken(id, text=""):
    return edited(LAB, next(mistake for mistake in LAB.mistakes if mistake.id == id), text or right())


TWO_SLIPS = mistaken("sig-no-minus", mistaken("bp-W-always-last"))
HOSTILE_CODE = f"""{mistaken("sig-no-minus")}
# {HOSTILE}
NOTE = '''</code></div><script>document.title = "taken"</script>
{{{{ 7 * 7 }}}} \u202e\x1b[31m'''
"""
TEXTS = {
    "two": TWO_SLIPS,
    "two_copy": f"{TWO_SLIPS}# mine\n",
    "hostile": HOSTILE_CODE,
    "unwritten": stub(),
    "broken": "def broken(:\n",
    "utf16": mistaken("cd-sign").encode("utf-16"),
}
PASTED = f"{right()}\nBEFORE = '''\n{right()}\n'''\n{stub()}"
UNENDED = f"{right()}\nBEFORE = '''\n{right()}"
NAMES = {
    "two": ["Ada Lovelace", "Grace Hopper"], "two_copy": ["Alan Turing"], "hostile": [HOSTILE],
    "unwritten": ["Sofia Kovalevskaya"], "broken": ["Evariste Galois"], "utf16": ["Emmy Noether"],
}  # fmt: skip


def export(place):
    def about(id, names):
        return [{":name": name, ":sid": f"{id}-{n}", ":email": f"{id}{n}@x"} for n, name in enumerate(names)]

    people = {id: {":submitters": about(id, names)} for id, names in NAMES.items()}
    return export_zip(place / "export.zip", TEXTS, yaml.safe_dump(people))


@pytest.fixture(scope="module")
def grades(tmp_path_factory):
    """A class graded for real, with its report."""
    place = tmp_path_factory.mktemp("class")
    batch.batch(export(place), place / "grades", LAB, 2)
    report.write_report(place / "grades")
    return place / "grades"


def page(grades, id, kind="students"):
    return (grades / kind / f"{id}.html").read_text("utf-8")


def plain_text(page):
    return html.unescape(re.sub("<[^>]*>", "", page))


def test_a_page_shows_the_code_with_marks_and_remarks_beside_it(grades):
    text = page(grades, "two")
    told = json.loads((grades / "reports" / "two.json").read_text())
    (proved,) = told["lines"][0]["repair"]["lines"]
    code = [plain_text(line) for line in re.findall(r"</span><code>(.*?)</code></div>", text)]
    assert code == TEXTS["two"].split("\n")
    hot = rf'<div class="line hot" id="q1.py-{proved}">.*?</div>\n<p class="note remark">(.*?)</p>'
    (remark,) = re.findall(hot, text)
    assert f"Line {proved}" in remark and '<a href="#part-1.1">part 1.1</a>' in remark
    first = next(n for n, one in enumerate(code, 1) if "def sigmoid(z)" in one) - 1  # its decorator
    assert re.search(rf'<a href="#part-1.1">1.1 sigmoid</a>: 0 of 5</p>\n<div class="line" id="q1.py-{first}">', text)
    reader = Reader(text)
    assert len(reader.ids) == len(set(reader.ids)) and {link[1:] for link in reader.links} <= set(reader.ids)
    assert all(link.startswith("#") for link in reader.links)


def test_a_page_quotes_what_the_student_reads(grades):
    text = plain_text(page(grades, "two"))
    results = json.loads((grades / "results" / "two.json").read_text())
    for test in results["tests"]:
        for block in re.findall(r"```\w*\n(.*?)```", test["output"], re.S):
            assert block in text
        assert f"{test['number']} {test['name']}: {test['score']:g} of {test['max_score']:g}" in text
    hint = next(one.hint for one in LAB.mistakes if one.id == "sig-no-minus")
    assert text.count(hint) == 1


def test_no_page_names_another_student_and_the_staffs_page_tells_the_rest(grades):
    for id in NAMES:
        others = [name for other, names in NAMES.items() if other != id for name in names]
        text = html.unescape(page(grades, id))
        assert [name for name in others if name in text] == [] and NAMES[id][0].split("<")[0] in text
    staff = page(grades, "two", "staff")
    assert "Alan Turing (two_copy)" in staff and "sig-no-minus" in staff and "two-0, two0@x" in staff
    assert "make why WHO=two OUT=" in staff and "EXPLAIN=1.1 AGAINST=" in staff
    student = page(grades, "two")
    assert "sig-no-minus" not in student and "staff" not in student and "imilar" not in student


@pytest.mark.parametrize("kind", ["students", "staff"])
def test_nothing_of_a_student_becomes_markup(grades, kind):
    for id in NAMES:
        text = page(grades, id, kind)
        reader = Reader(text)
        assert {tag for tag, _ in reader.tags} & {"script", "img", "iframe", "b", "form"} == set()
        assert not any(name.startswith("on") or name in ("src", "action") for _, a in reader.tags for name in a)
        policy = next(a["content"] for tag, a in reader.tags if tag == "meta" and "http-equiv" in a)
        assert "script-src 'none'" in policy and "default-src 'none'" in policy
        assert "\u202e" not in text and "\x1b" not in text
    if kind == "students":
        assert "{{ 7 * 7 }}" in plain_text(page(grades, "hostile"))


def test_files_of_other_encodings_refused_ones_and_faults_have_a_page(grades, tmp_path):
    assert "def cost_derivative" in plain_text(page(grades, "utf16"))
    assert "not valid Python" in page(grades, "broken") and "Not written yet" in page(grades, "unwritten")
    folder_of(tmp_path / "grades", {"a": {"fault": True}, "b": {}})
    shutil.rmtree(tmp_path / "grades" / "submissions" / "b")
    report.write_report(tmp_path / "grades")
    assert f"of {LAB.marks:g}" not in page(tmp_path / "grades", "a"), "a fault of the grader is no mark"
    assert "grader fault" in page(tmp_path / "grades", "a", "staff")
    Reader(page(tmp_path / "grades", "b"))


def test_who_left_the_class_has_no_page_any_more(grades, tmp_path):
    copy = shutil.copytree(grades, tmp_path / "grades")
    roster = json.loads((copy / "roster.json").read_text())
    (copy / "roster.json").write_text(json.dumps([one for one in roster if one["id"] != "two"]))
    report.write_report(copy)
    assert sorted(file.stem for file in (copy / "students").iterdir()) == sorted(NAMES.keys() - {"two"})


@pytest.mark.fast
@pytest.mark.parametrize("number", range(5))
def test_odd_texts_are_shown_in_bounded_time(number):
    text = ("(" * 45_000, "'''" * 15_000, "\f\v\x85\u2028\r" * 50, "a" * 100_000, "\n" * 5_000)[number]
    started = time.process_time()
    lines = student_pages.coloured(text)
    assert len(lines) == text.count("\n") + 1 and time.process_time() - started < 5
    assert max(map(len, lines)) < 20 * student_pages.MOST_WIDTH


@pytest.mark.fast
@pytest.mark.parametrize("text", [right(), stub(), PASTED, UNENDED, "", "\n"])
def test_functions_coloured_one_by_one_look_as_in_the_whole_file(text):
    lines = student_pages.coloured(text)
    for _ in range(2):  # from what is kept, too
        assert student_pages.coloured(text) == lines
    whole = student_pages._coloured.__wrapped__(text)[0]
    assert lines == list(whole)


def test_a_class_colours_what_its_files_have_in_common_once():
    student_pages._coloured.cache_clear()
    for number in range(50):
        student_pages.coloured(f"{right()}# by number {number}\n")
    blocks = len(re.findall("^(?: {4})?(?:def|class) ", right(), re.M)) + 1
    assert student_pages._coloured.cache_info().misses == blocks + 49


@needs_chromium
def test_axe_finds_nothing_and_nothing_is_wider_than_400_pixels(grades, tmp_path):
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    names = ("students/two", "staff/two", "students/hostile", "report")
    with browser(tmp_path / "profile") as seen:
        for name in names:
            for dark in (False, True):
                seen.open(grades / f"{name}.html", 400, dark=dark)
                assert seen.run(wide) <= 0 and seen.run("document.title") != "taken", name
                assert seen.violations() == [], name


def test_the_staffs_page_lists_what_was_handed_in_before(grades):
    folder = GradesFolder(grades)
    one = next(one for one in folder.graded() if one.entry.id == "two")
    assert "hand-in 1" not in page(grades, "two", "staff")
    attempts = (Attempt("2026-11-20 10:00:00 UTC", 20.0), Attempt("2026-11-21 10:00:00 UTC", 60.0))
    again = replace(one, entry=replace(one.entry, attempts=attempts))
    text = plain_text(student_pages.staff_page(folder, again, [], ()))
    assert "hand-in 1, 2026-11-20 10:00:00 UTC: 20 marks" in text and "hand-in 2" in text


def test_two_hundred_pages_are_written_in_seconds(grades):
    folder = GradesFolder(grades)
    one = next(one for one in folder.graded() if one.entry.id == "two")
    started = time.process_time()
    for _ in range(10):
        student_pages.student_page(folder, one, LAB, "Ada", ())
        student_pages.staff_page(folder, one, [], ())
    assert (time.process_time() - started) * 20 < 30, "of CPU for 200 of them"


# -- the class's page -------------------------------------------------------------------------------------------------


def test_losses_without_a_name_are_put_together_by_equal_wrong_answers(tmp_path):
    """Two wrote one wrong formula in different words; a third has another; a known mistake and a stub are not there."""
    line = "return 1 / (1 + np.exp(-z))"
    texts = {
        "one": right().replace(line, "return 1 / (1.37 + np.exp(-z))"),
        "same": right().replace(line, "below = np.exp(-z) + 1.37\n        return np.ones_like(z) / below"),
        "other": right().replace(line, "return np.tanh(z) * 0.123"),
        "known": mistaken("sig-no-minus"),
        "unwritten": stub(),
    }
    assert len(set(texts.values())) == 5
    batch.batch(export_zip(tmp_path / "export.zip", texts), tmp_path / "grades", LAB, 2)
    folder = GradesFolder(tmp_path / "grades")
    found = unnamed.clusters(folder, folder.graded(), LAB)
    assert [sorted(loss.id for loss in one.losses) for one in found] == [["one", "same"], ["other"]]
    assert {one.function for one in found} == {"sigmoid"} and {one.marks for one in found} == {5.0}
    assert 'id="sig-new-1"' in found[0].draft and "Edit(" in found[0].draft and "hint=" in found[0].draft
    text = plain_text(report.write_report(tmp_path / "grades").read_text("utf-8"))
    assert found[0].draft in text and "sig-new-2" in text
