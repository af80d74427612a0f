"""The report: its numbers, that no student's text becomes markup, and how a browser sees it."""

from __future__ import annotations

import html
import html.parser
import io
import json
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course import exports, gradebook, plots, report, similarity
from neural_lab.tools.course.exports import Entry, Submitter
from neural_lab.tools.course.gradebook import feedback_md
from neural_lab.tools.course.grades_folder import GradesFolder
from tests.classes import export_zip, mixed, right
from tests.classmates import classmate, disguised

LAB = load_lab("q1")
TOOL = Path(report.__file__)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
HOSTILE = "</td><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">'\"&"


def result(entry, scores, *, verdict="right", mistakes=(), output="fine", fault=False, refusal="", seconds=0.2):
    """A result as the grader writes it, with these scores for the eight lines."""
    tests = [
        {
            "number": line.number, "name": line.name, "score": score, "max_score": line.marks, "output": output,
            "output_format": "md", "tags": [line.function],
            "extra_data": {"parts": [{"name": "p", "marks": score, "max": line.marks, "verdict": verdict}],
                           "mistakes": list(mistakes) if score < line.marks else []},
        }
        for line, score in zip(LAB.lines, scores)
    ]  # fmt: skip
    with_what = {"lab": "q1", "grader": "g" * 12, "rubric": "r" * 12, "secret": "12345678"}
    return {
        "score": sum(scores), "output": output, "output_format": "md", "execution_time": seconds,
        "tests": [] if fault else tests,
        "extra_data": {"grader_fault": fault, "fault": "it broke", "refusal": refusal, "grader_version": "1.0.0",
                       "isolation": {"level": "full"}, "batch": {"graded_with": with_what, "submission": entry.id}},
    }  # fmt: skip


FULL = [line.marks for line in LAB.lines]


def folder_of(path, results, texts=None, names=None):
    """A folder of grades with these results: {id: keywords of `result`}."""
    folder = GradesFolder(path)
    entries = tuple(
        Entry(id, (Submitter((names or {}).get(id, f"Name of {id}"), f"00{id}", f"{id}@x"),), 50.0, (("q1.py", id),))
        for id in results
    )
    with folder.open_for_work():
        folder.write_roster(entries)
        for entry in entries:
            folder.place(entry, {"q1.py": (texts or {}).get(entry.id, f"# {entry.id}\n").encode()})
            made = result(entry, **{"scores": FULL, **results[entry.id]})
            folder.keep(entry, made, feedback_md(entry, made))
    return folder


class Reader(html.parser.HTMLParser):
    """Collects tags, ids, links, and the rows of tables; complains of tags that are not closed in order."""

    VOID = frozenset({"meta", "input", "br", "hr", "path", "use", "rect"})

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.rows: list[tuple[str, ...]] = []
        self.cells: list[str] | None = None
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        if tag == "tr":
            self.cells = []
        if tag in ("td", "th") and self.cells is not None:
            self.cells.append("")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            assert self.open.pop() == tag
        if tag == "tr":
            self.rows.append(tuple(" ".join(cell.split()) for cell in self.cells or ()))
            self.cells = None

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


def page(tmp_path, results, **keywords):
    folder_of(tmp_path / "grades", results, **keywords)
    return report.write_report(tmp_path / "grades").read_text("utf-8")


def less(number, score):
    return [score if line.number == number else line.marks for line in LAB.lines]


def test_the_numbers_are_those_of_the_class(tmp_path):
    text = page(
        tmp_path,
        {
            "a": {},
            "b": {"scores": less("1.1", 0), "mistakes": ["sig-no-minus"], "verdict": "wrong value"},
            "c": {"scores": less("1.1", FULL[0] / 2), "mistakes": ["sig-no-minus"], "verdict": "timed out"},
            "d": {"fault": True},
            "e": {"scores": [0] * 8, "refusal": "nothing to grade"},
        },
    )
    rows = Reader(text).rows
    (sigmoid, derivative, *_), full = FULL, LAB.marks
    totals = [full, full - sigmoid, full - sigmoid / 2, 0]
    mean, median = statistics.mean(totals), statistics.median(totals)
    assert f"5 submissions, 4 with marks: mean {mean:.1f}, median {median:g} of {full:g}." in text
    assert ("1.1 sigmoid", f"{1.5 * sigmoid / 4:.2f}", f"{sigmoid:g}", "25%") in rows
    assert ("1.2 sigmoid_derivative", f"{3 * derivative / 4:.2f}", f"{derivative:g}", "75%") in rows
    assert set(plots.totals(totals, full).rows) <= set(rows)
    assert [row[:3] for row in rows if row[0] == "sig-no-minus"][-1] == ("sig-no-minus", "sigmoid", "2")
    first = [row[:2] for row in rows if len(row) == 3 and row[0].startswith("Name of")]
    assert first == [("Name of d", "grader fault"), ("Name of e", "refused"), ("Name of c", "timed out")]
    said = io.StringIO()
    gradebook.show_summary(GradesFolder(tmp_path / "grades").graded(), LAB, Console(file=said, width=200))
    listed = re.findall(r"│ (Name of \w) +│ ([a-z ]+?) +│", said.getvalue())
    assert listed == first, "the terminal and the page list the same"
    table = {row[0]: row for row in rows if row[0].startswith("Name of") and len(row) > 5}
    assert table["Name of d"][3] == "–", "a fault of the grader has no total"
    assert table["Name of b"][1:6] == ("00b", "graded", f"{full - sigmoid:g}", "0", f"{derivative:g}")
    assert table["Name of b"][-1] == "sig-no-minus"


def test_totals_after_adjustments_and_what_could_not_be_adjusted_are_shown(tmp_path):
    folder = folder_of(tmp_path / "grades", {"a": {}, "b": {}, "c": {"fault": True}}, names={"b": HOSTILE})
    before = Reader(report.write_report(folder.path).read_text("utf-8"))
    assert not any("Final" in row for row in before.rows)
    rows = f"who,line,mark,delta,reason\na@x,1.7,,-5.5,late\nb@x,9.9,1,,\nEve,total,1,,\n{HOSTILE},total,,x,\n"
    (folder.path / "adjustments.csv").write_text(rows)
    text = report.write_report(folder.path).read_text("utf-8")
    reader, full, less = Reader(text), LAB.marks, LAB.marks - 5.5
    table = {row[0]: row for row in reader.rows if len(row) > 8}
    assert table["Submission"][3:5] == ("Total", "Final")
    assert table["Name of a"][3:5] == (f"{full:g}", f"{less:g}")
    assert [row[3:5] for row in table.values() if row[0] not in ("Submission", "Name of a", "Name of c")] == [
        (f"{full:g}", f"{full:g}")
    ]
    assert table["Name of c"][3:5] == ("–", "–")
    assert f"Name of a: {full:g} of {full:g}, {less:g} after adjustments</h3>" in text
    (first,) = re.findall(r'<section id="first">.*?</section>', text, re.S)
    assert "has no line &#39;9.9&#39;" in first and "&#39;Eve&#39;" in first and "row 5: " in first
    assert [tag for tag, _ in reader.tags if tag == "img"] == []


def with_history(scores, counted=None):
    """What an export tells of somebody with these scores, an hour between them."""
    told = [
        {":id": n, ":created_at": f"2026-11-20 {n:02}:00:00.25 Z", ":score": score, ":status": "processed"}
        for n, score in enumerate(scores)
    ]
    return {":submitters": [{":name": f"With {scores}"}], **told[-1 if counted is None else counted], ":history": told}


def test_the_page_tells_with_which_hand_in_people_succeeded_where_the_export_does(tmp_path):
    full = LAB.marks
    people = [
        with_history([full]), with_history([10.0, 20.0, full]), with_history([50.0, full, 60.0]),
        with_history([5.0, 70.0, 70.0, 65.0], counted=1), with_history([30.0] * 12 + [40.0]),
        {**with_history([50.0] * 20), ":score": None},
    ]  # fmt: skip
    yml = yaml.safe_dump({f"submission_{n}": person for n, person in enumerate(people)}, sort_keys=False)
    export = export_zip(tmp_path / "e.zip", {f"submission_{n}": "pass" for n in range(len(people))}, yml)
    folder = folder_of(tmp_path / "grades", {f"submission_{n}": {} for n in range(len(people))})
    assert 'id="attempts"' not in report.write_report(folder.path).read_text("utf-8")
    with exports.Export(export) as opened:
        folder.write_roster(opened.entries)
    text = report.write_report(folder.path).read_text("utf-8")
    rows = Reader(text).rows
    assert "to 5 submissions, with up to 13 hand-ins each. 3 reached full marks, in the median with hand-in 2." in text
    assert "2 did not; these reached the marks that they have with hand-in 7.5 in the median." in text
    assert {("1", "1", "0"), ("2", "1", "1"), ("3", "1", "0"), ("4", "0", "0"), ("10 and more", "0", "1")} <= set(rows)


def test_every_link_leads_somewhere_and_ids_are_unique(tmp_path):
    text = page(tmp_path, {"a": {}, "b": {"scores": [0] * 8, "mistakes": ["cd-sign"]}})
    reader = Reader(text)
    assert len(reader.ids) == len(set(reader.ids))
    assert {"#feedback-a", "#feedback-b", "#all"} <= set(reader.links)
    for link in reader.links:
        assert link[1:] in reader.ids if link.startswith("#") else (tmp_path / "grades" / link).is_file(), link
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    assert used <= set(reader.ids)


def test_the_page_needs_no_network(tmp_path):
    text = page(tmp_path, {"a": {}})
    reader = Reader(text)
    assert not any({"src", "srcset", "action"} & attributes.keys() for _, attributes in reader.tags)
    assert [tag for tag, _ in reader.tags if tag in ("link", "iframe", "object", "embed", "base", "img")] == []
    assert all(link.startswith(("#", "feedback/", "students/", "staff/")) for link in reader.links)
    assert "@import" not in text and "default-src 'none'" in text


def test_no_text_of_a_student_becomes_markup(tmp_path):
    markup = (
        f"{HOSTILE}\n\n[click](javascript:alert(1)) ![p](http://x/p.png) <http://x> &lt;b&gt;\n\n[x]: http://x\n\n[x]"
    )
    text = page(
        tmp_path,
        {
            "a": {"scores": less("1.1", 0), "output": markup},
            "b": {"scores": [0] * 8, "refusal": HOSTILE, "output": HOSTILE},
            "c": {"fault": True, "output": f"```\n{HOSTILE}\n```"},
        },
        names={"a": HOSTILE, "b": "{{ 7 * 7 }}"},
        texts={"a": classmate("loops") + f"# {HOSTILE}", "b": disguised(classmate("loops")) + f"# {HOSTILE}"},
    )
    reader = Reader(text)
    assert [tag for tag, _ in reader.tags].count("script") == 1
    assert [tag for tag, _ in reader.tags if tag in ("img", "b")] == []
    assert not any(name.startswith("on") for tag, attributes in reader.tags for name in attributes)
    assert all(link.startswith(("#", "feedback/", "students/", "staff/")) for link in reader.links)
    assert "{{ 7 * 7 }}" in text and "&lt;script&gt;" in text


def similar(text):
    """The section about similar work, and each of its clusters."""
    (section,) = re.findall(r'<section id="similar">.*?</section>', text, re.S)
    return section, re.split(r'(?=<details class="pair cluster">)', section)[1:]


def test_similar_work_stands_side_by_side_with_its_common_lines_marked(tmp_path):
    texts = {"a": classmate("loops"), "b": disguised(classmate("loops")), "c": classmate("einsum")}
    text = page(tmp_path, {"a": {}, "b": {}, "c": {}}, texts=texts)
    section, (cluster,) = similar(text)
    assert "Name of a and Name of b" in cluster and "Name of c" not in section
    left, right = re.findall(r"<pre.*?</pre>", cluster, re.S)
    for side in (left, right):
        marked = "".join(re.findall(r"<mark>(.*?)</mark>", side, re.S))
        assert "np.matmul" in marked and len(marked) > 800 and "HYPERPARAMETERS" not in marked
    assert "plagiar" not in text.lower()


def test_a_clique_is_one_cluster_with_its_source_and_hides_nobody(tmp_path):
    people = {f"p{n}": f"{right()}\n# {n}\n" for n in range(13)}
    texts = people | {"a": classmate("loops"), "b": disguised(classmate("loops"))}
    section, clusters = similar(page(tmp_path, {id: {} for id in texts}, texts=texts))
    (clique,) = (cluster for cluster in clusters if "and 10 more, from <strong>solution/q1.py</strong>" in cluster)
    assert len(clusters) == 2 and any("Name of a and Name of b" in cluster for cluster in clusters)
    assert clique.count("<pre") == 20 and "3 more pairs are not shown side by side" in clique
    assert len(re.findall(r"<td>(\d+) of \1 rare runs</td>", clique)) == 13
    assert "2 submissions" not in section and "15 submissions were compared" in section


def test_sources_are_named_and_who_could_not_be_compared(tmp_path):
    year = tmp_path / "<b>2025"
    year.mkdir()
    (year / "=cmd.py").write_text(disguised(classmate("loops")))
    results = {"a": {}, "b": {"refusal": "no"}}
    folder_of(tmp_path / "grades", results, {"a": classmate("loops"), "b": "\0"})
    section, (cluster,) = similar(report.write_report(tmp_path / "grades", [year]).read_text("utf-8"))
    assert f"from <strong>{html.escape(str(year / '=cmd.py'))}</strong>" in cluster
    assert "Not compared: 1" in section and re.search("Name of b</a>: q1.py holds NUL bytes", section)
    Reader(section)


def test_a_class_without_any_marks_has_a_page_too(tmp_path):
    text = page(tmp_path, {"a": {"fault": True}})
    assert "1 submission, 0 with marks" in text and "No submission has marks yet" in text
    Reader(text)


def test_weak_isolation_and_mixed_graders_are_told(tmp_path):
    folder = folder_of(tmp_path / "grades", {"a": {}, "b": {}})
    graded = folder.graded()
    assert graded[0].results and graded[1].results
    graded[0].results["extra_data"]["isolation"]["level"] = "process only"
    graded[1].results["extra_data"]["batch"]["graded_with"]["rubric"] = "other"
    warnings = report.page_of(graded, LAB, similarity.Likeness(), "grades").warnings
    assert len(warnings) == 2 and "the same grader" in warnings[0] and "process only" in warnings[1]


def test_a_folder_without_grades_is_one_sentence(tmp_path):
    told = subprocess.run([sys.executable, TOOL, tmp_path], capture_output=True, text=True)
    assert told.returncode == 2 and told.stderr.startswith("make report: ") and "make batch" in told.stderr


@pytest.mark.parametrize(
    "values, row",
    [([0.0], ("0 to below 5", "1")), ([4.999], ("0 to below 5", "1")), ([5.0], ("5 to below 10", "1")),
     ([99.99], ("95 to below 100", "1")), ([100.0, 100.0], ("100", "2"))],
)  # fmt: skip
def test_totals_are_counted_in_the_bin_they_belong_to(values, row):
    assert plots.totals(values, 100).rows == (row,)


def test_every_plot_has_its_numbers_in_a_table_and_words_for_those_who_cannot_see_it():
    for plot in (
        plots.totals([1, 2, 100], 100),
        plots.lines(["1.1 <f>"], [2.0], [5.0], [0.25]),
        plots.mistakes(["sig-no-minus"], [3]),
        plots.seconds([0.01, 0.2, 30, 1000]),
    ):
        assert plot.rows and all(len(row) == len(plot.header) for row in plot.rows)
        assert 'role="img" aria-label="' in plot.svg and "currentColor" in plot.svg
        assert "#010203" not in plot.svg and "#000000" not in plot.svg, "only the page's own colours"
        Reader(plot.svg)


# -- in a browser -----------------------------------------------------------------------------------------------------

needs_browser = pytest.mark.skipif(
    CHROMIUM is None,
    reason="no Chromium: not seen are the page's layout, light, dark and narrow, its sorting and its script policy",
)
FLAGS = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking " \
        "--disable-component-update --disable-sync --hide-scrollbars"  # fmt: skip


def browse(tmp_path, *options, url):
    home = tmp_path / "browser"
    shutil.rmtree(home, ignore_errors=True)
    command = [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={home}", *options, url]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def real_class(tmp_path_factory):
    """A mixed class, graded for real, with its report."""
    place = tmp_path_factory.mktemp("class")
    texts = mixed(12, seed=3) | {"submission_1": classmate("loops"), "submission_2": disguised(classmate("loops"))}
    texts = {key: text for key, text in texts.items() if "while True" not in text}
    tool = TOOL.with_name("batch.py")
    export = export_zip(place / "export.zip", texts)
    subprocess.run([sys.executable, tool, export, "--out", place / "grades"], check=True, capture_output=True)
    told = subprocess.run([sys.executable, TOOL, place / "grades"], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    return Path(told.stdout.strip())


def test_a_real_class_has_a_well_formed_page(real_class):
    text = real_class.read_text("utf-8")
    assert len(re.findall(r"<article ", text)) == len(list((real_class.parent / "results").glob("*.json")))
    Reader(text)


@needs_browser
@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
def test_a_browser_shows_the_page(real_class, tmp_path, look):
    from PIL import Image

    options = ["--window-size=480,1600" if look == "narrow" else "--window-size=1280,1600"]
    options += ["--blink-settings=preferredColorScheme=0"] if look == "dark" else []
    browse(tmp_path, *options, f"--screenshot={tmp_path / 'page.png'}", url=real_class.as_uri())
    image = Image.open(tmp_path / "page.png").convert("L")
    shades = image.histogram()
    paper = shades.index(max(shades))
    ink = image.width * image.height - max(shades)
    assert (paper < 60) == (look == "dark"), "the paper's colour"
    assert 0.02 < ink / (image.width * image.height) < 0.5, "something is drawn, and not all over"


CHECKS = """
<script>
addEventListener("load", () => {
  const heads = Array.from(document.querySelectorAll("#submissions thead button"));
  const total = heads.find((head) => head.textContent === "Total");
  const rows = () => Array.from(document.querySelectorAll("#submissions tbody tr"));
  const column = () => rows().map((row) => row.cells[3].textContent.trim());
  total.click(); const down = column(); total.click(); const up = column();
  const find = document.getElementById("find"); find.value = "student nothing";
  find.dispatchEvent(new Event("input"));
  const none = document.getElementById("count").textContent;
  find.value = ""; find.dispatchEvent(new Event("input"));
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  document.body.innerHTML = ""; document.body.append(JSON.stringify({ down, up, none, wide, title: document.title }));
});
</script>
"""


@needs_browser
def test_the_table_sorts_and_filters_and_nothing_is_wider_than_the_window(real_class, tmp_path):
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", real_class.read_text("utf-8"))
    (tmp_path / "page.html").write_text(text.replace("</body>", f"{CHECKS}</body>"), "utf-8")
    told = browse(tmp_path, "--window-size=500,900", "--dump-dom", url=(tmp_path / "page.html").as_uri())
    found = json.loads(re.findall(r"<body>(\{.*\})</body>", told.stdout, re.S)[0])
    numbers = [float(value) for value in found["down"]]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) > 1
    assert [float(value) for value in found["up"]] == numbers[::-1]
    assert found["none"].startswith("0 of ") and found["wide"] == 0


@needs_browser
def test_a_browser_runs_our_script_and_no_other(tmp_path):
    text = page(tmp_path, {"a": {"scores": less("1.1", 0), "output": HOSTILE}}, names={"a": HOSTILE})
    leaky = text.replace("</main>", "<script>document.title = 'taken'</script></main>")
    for name, content in (("page.html", text), ("leaky.html", leaky)):
        (tmp_path / name).write_text(content, "utf-8")
        told = browse(tmp_path, "--dump-dom", "--enable-logging=stderr", url=(tmp_path / name).as_uri())
        assert "<title>taken" not in told.stdout and "<article" in told.stdout, name
        assert ("Content Security Policy" in told.stderr) == (name == "leaky.html"), "our own script is allowed"
