"""The handout: what is in the zip, its pages, and that its text agrees with the rubric and the solution."""

from __future__ import annotations

import base64
import html.parser
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from neural_lab.labs.q1.rubric import LAB
from neural_lab.schema.places import ROOT
from neural_lab.tools.release import handout, stubs

TOOL = ROOT / "autograder/neural_lab/tools/release/handout.py"
README = (ROOT / "student/README.md").read_text("utf-8")


class Outline(html.parser.HTMLParser):
    """The tags of a page with their attributes, and whether every element is closed in order."""

    VOID = frozenset(("meta", "img", "br", "hr", "link", "input"))

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tree(folder: Path) -> tuple[Path, Path]:
    """A small lab: solution/ and student/, stubs written."""
    solution, student = folder / "solution", folder / "student"
    solution.mkdir()
    shutil.copy(ROOT / "solution/q1.py", solution)
    stubs.write(solution, student)
    (student / "README.md").write_text("# Lab\n\nSee [more](deep/more.md#way).\n", "utf-8")
    (student / "deep").mkdir()
    (student / "deep/more.md").write_text("# More\n\n![dot](dot.svg)\n\n[back](../README.md) $x_1$\n", "utf-8")
    (student / "deep/dot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", "utf-8")
    (student / "__pycache__").mkdir()
    (student / "__pycache__/q1.cpython-310.pyc").write_bytes(b"cache")
    (student / "deep/plots").mkdir()
    (student / "deep/plots/neuron.png").write_bytes(b"picture")
    return solution, student


def test_the_zip_holds_stub_data_check_text_and_page(tmp_path):
    solution, student = tree(tmp_path)
    shutil.copy(ROOT / "student/check.py", student)
    shutil.copytree(ROOT / "student/checks", student / "checks")
    target = handout.build(tmp_path / "dist/handout.zip", solution, student)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {"q1.py", "digits.npz", "check.py", "README.md", "handout.html", "deep/more.html"} <= set(names)
        assert not [name for name in names if "pycache" in name or "plots/" in name or name.endswith(".pyc")]
        assert archive.read("digits.npz") == (ROOT / "data/digits.npz").read_bytes()
        assert b"NotImplementedError" in archive.read("q1.py")
        assert not [name for name in names if b"BEGIN ANSWER" in archive.read(name)]


def test_the_repositorys_whole_student_folder_is_in_the_handout():
    names = set(handout.contents())
    for path in (ROOT / "student").rglob("*"):
        if path.is_file() and not {"__pycache__", "plots"} & set(path.parts):
            assert path.relative_to(ROOT / "student").as_posix() in names
    for path in (ROOT / "data/warmups").glob("*.npz"):
        assert f"warmups/data/{path.name}" in names


def test_the_same_files_make_the_same_bytes_at_another_time(tmp_path):
    solution, student = tree(tmp_path)
    first = handout.build(tmp_path / "one.zip", solution, student).read_bytes()
    for path in student.rglob("*"):
        os.utime(path, (time.time() + 99_999,) * 2)
    assert handout.build(tmp_path / "two.zip", solution, student).read_bytes() == first


def test_stale_stubs_are_refused_and_the_earlier_zip_stays(tmp_path):
    solution, student = tree(tmp_path)
    target = handout.build(tmp_path / "handout.zip", solution, student)
    before = target.read_bytes()
    (student / "q1.py").write_text("x = 1\n", "utf-8")
    completed = subprocess.run(
        [sys.executable, TOOL, target, "--solution", solution, "--student", student],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert completed.returncode == 1
    assert "q1.py; run `make stubs`" in completed.stderr
    assert "Traceback" not in completed.stderr
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["handout.zip", "solution", "student"]


def test_the_tool_builds_what_a_student_can_use_at_once(tmp_path):
    solution, student = tree(tmp_path)
    shutil.copy(ROOT / "student/check.py", student)
    shutil.copytree(ROOT / "student/checks", student / "checks")
    target = tmp_path / "with a space/handout.zip"
    completed = subprocess.run(
        [sys.executable, TOOL, target, "--solution", solution, "--student", student],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert str(target) in completed.stdout
    with zipfile.ZipFile(target) as archive:
        archive.extractall(tmp_path / "unpacked")
    checked = subprocess.run(
        [sys.executable, "check.py"], cwd=tmp_path / "unpacked", capture_output=True, encoding="utf-8", check=False
    )
    assert checked.stdout.splitlines()[-1].startswith("0 of 8")
    shutil.copy(ROOT / "solution/q1.py", tmp_path / "unpacked")
    program = "import q1; print(len(q1.load_data('digits.npz')[0]))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path / "unpacked", capture_output=True, encoding="utf-8", check=True
    )
    assert loaded.stdout == "1437\n"


def test_links_between_pages_lead_to_pages(tmp_path):
    _, student = tree(tmp_path)
    files = handout.contents(student)
    assert b'href="deep/more.html#way"' in files["handout.html"]
    assert b'href="../handout.html"' in files["deep/more.html"]


@pytest.fixture(scope="module")
def page() -> str:
    return handout.page(README, "README.md")


def test_the_page_needs_nothing_but_itself(page):
    for tag, attributes in Outline(page).tags:
        assert tag not in ("script", "link", "iframe", "object"), tag
        assert (attributes.get("src") or "data:").startswith("data:"), attributes
        assert not (attributes.get("href") or "").startswith("http:")
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_is_well_formed(page):
    assert Outline(page).open == []


def test_every_formula_becomes_mathml(page):
    without_code = re.sub(r"```.*?```|`[^`\n]+`", "", README, flags=re.DOTALL)
    display = re.findall(r"\$\$.+?\$\$", without_code, re.DOTALL)
    inline = re.findall(r"\$[^$\n]+\$", re.sub(r"\$\$.+?\$\$", "", without_code, flags=re.DOTALL))
    assert len(display) >= 15
    assert page.count("<math") == len(display) + len(inline)
    assert page.count('display="block"') == page.count('<div class="formula">') == len(display)
    text = re.sub(r"<[^>]+>", "", page[page.index("<body>") :])
    assert "FORMULA" not in text
    assert "$" not in text
    assert "\\" not in text


def test_pictures_are_embedded(page):
    pictures = [attributes["src"] for tag, attributes in Outline(page).tags if tag == "img"]
    assert len(pictures) == len(re.findall(r"!\[", README))
    for source in pictures:
        assert source is not None
        assert base64.b64decode(source.split(",")[1]).startswith(b"<svg")


def test_a_dollar_in_code_is_no_formula():
    assert "<code>$HOME and $x</code>" in handout.page("a `$HOME and $x` b", "a.md")
    assert "<math" not in handout.page("```\ncost $5 and $6\n```\n", "a.md")


@pytest.mark.parametrize(
    ("text", "says"),
    [("![x](no.svg)", "picture 'no.svg' is missing"), ("$$\\frac{1}{$$", "cannot read the formula")],
)
def test_a_page_that_cannot_be_made_is_refused(tmp_path, text, says):
    with pytest.raises(handout.HandoutError, match=re.escape(says)):
        handout.page(text, "a.md", tmp_path)


# ---------------------------------------------------------------- the text against rubric, data and solution


def test_every_graded_function_is_a_todo_of_the_stub():
    answers = stubs.find_answers((ROOT / "solution/q1.py").read_text("utf-8"), "q1.py")
    assert {answer.function for answer in answers} == {line.name.split(":")[0] for line in LAB.lines}


def test_the_tiers_and_hyperparameters_are_all_named():
    assert re.findall(r"^\| (?:around|above) (\d+) % \|", README, re.M) == ["82", "87", "90", "92"]
    for name in ("eta", "mini_batch_size", "epochs", "num_neurons_per_layer_list"):
        assert f"`{name}`" in README
        assert f'"{name}"' in (ROOT / "solution/q1.py").read_text("utf-8")


def test_the_text_holds_no_line_of_an_answer():
    source = (ROOT / "solution/q1.py").read_text("utf-8")
    lines = source.split("\n")
    text = {line.strip() for line in README.split("\n")}
    for answer in stubs.find_answers(source, "q1.py"):
        for line in lines[answer.begin : answer.end - 1]:
            assert not line.strip() or line.strip() not in text


@pytest.mark.skipif(not shutil.which("chromium"), reason="no browser here")
def test_a_browser_without_network_lays_the_formulas_out(tmp_path, page):
    """The height of a fraction as the browser draws it: more than a line of text, so it was understood as MathML."""
    script = (
        "<script>document.title = 'H' + [...document.querySelectorAll('mfrac')]"
        ".map(f => f.getBoundingClientRect().height).sort((a, b) => a - b)[0]</script></body>"
    )
    (tmp_path / "page.html").write_text(page.replace("</body>", script), "utf-8")
    completed = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
            *(f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", (tmp_path / "page.html").as_uri()),
        ],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    drawn = re.search(r"<title>H([\d.]+)</title>", completed.stdout)
    assert drawn is not None
    assert float(drawn[1]) > 25
