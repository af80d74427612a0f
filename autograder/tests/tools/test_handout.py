"""The handout: what is in the zip, its pages, and that its text agrees with the rubric and the solution."""

from __future__ import annotations

import base64
import html.parser
import os
import re
import runpy
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.hyperparameters import SEEDS, TIERS, Hyperparameters, leaderboard
from neural_lab.labs.q1.rubric import LAB
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.places import ROOT
from neural_lab.tools.release import handout, stubs
from neural_lab.tools.training import experiments
from tests.browser import Page, browser, needs_chromium

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
    for name in handout.LEFT_BEHIND[-3:]:
        (student / name).write_text("left", "utf-8")
    return solution, student


def test_the_zip_holds_stub_data_check_text_and_page(tmp_path):
    solution, student = tree(tmp_path)
    shutil.copy(ROOT / "student/check.py", student)
    shutil.copytree(ROOT / "student/checks", student / "checks")
    target = handout.build(tmp_path / "dist/handout.zip", solution, student)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert {name.split("/")[0] for name in names} == {"neural-lab"}
        expected = {"q1.py", "digits.npz", "check.py", "handout.html", "deep/more.html", "LICENSE.txt"}
        assert {f"neural-lab/{name}" for name in expected} <= set(names)
        assert not [name for name in names if name.endswith((".md", ".svg"))]  # they stand in the pages
        assert not {f"neural-lab/{name}" for name in handout.LEFT_BEHIND} & set(names)
        assert not [name for name in names if "pycache" in name or "plots/" in name or name.endswith(".pyc")]
        assert archive.read("neural-lab/digits.npz") == (ROOT / "data/digits.npz").read_bytes()
        assert b"NotImplementedError" in archive.read("neural-lab/q1.py")
        assert not [name for name in names if b"BEGIN ANSWER" in archive.read(name)]


def test_the_repositorys_whole_student_folder_is_in_the_handout():
    names = set(handout.contents())
    for path in (ROOT / "student").rglob("*"):
        name = path.relative_to(ROOT / "student").as_posix()
        if path.is_file() and not {"__pycache__", "plots", "pictures"} & set(path.parts):
            assert (handout.page_name(name) if path.suffix == ".md" else name) in names
    for path in (ROOT / "data/warmups").glob("*.npz"):
        assert f"warmups/data/{path.name}" in names


@pytest.mark.parametrize("name", lab_names())
def test_one_labs_handout_holds_all_that_it_needs_and_no_other_lab(tmp_path, name):
    lab = load_lab(name)
    files = handout.contents(lab=lab)
    assert files.keys() <= handout.contents().keys()
    modules = {module for other in lab_names() for module in load_lab(other).modules}
    assert {Path(file).stem for file in files if not file.startswith("checks/")} & modules == set(lab.modules)
    for file, content in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(content)
    pages = [file for file in files if file.endswith(".html")]
    assert any("<strong>together</strong>" in files[file].decode() for file in pages)
    for file in pages:
        targets = re.findall(r'href="(?!\w+:)([^"#]+)', files[file].decode())
        assert [one for one in targets if not (tmp_path / file).parent.joinpath(one).exists()] == []
    program = "check.py" if name == "q1" else f"{lab.folder}/{name}.py"
    checked = subprocess.run([sys.executable, program], cwd=tmp_path, capture_output=True, encoding="utf-8")
    assert "Error" not in checked.stderr and checked.stdout


def test_the_zip_is_small_and_easy_to_survey(tmp_path):
    target = handout.build(tmp_path / "handout.zip")
    with zipfile.ZipFile(target) as archive:
        names = [name.split("/") for name in archive.namelist()]
    assert {folder for folder, *_ in names} == {"neural-lab"}
    assert len({rest[0] for _, *rest in names}) <= 10
    assert target.stat().st_size <= 1_500_000


def test_the_licence_and_the_datas_credits_go_with_it():
    text = handout.contents()["LICENSE.txt"].decode("utf-8")
    assert text.startswith((ROOT / "LICENSE").read_text("utf-8"))
    page = (ROOT / "data/README.md").read_text("utf-8")
    for credit in ("E. Alpaydin and C. Kaynak", "10.24432/C50P49", "https://creativecommons.org/licenses/by/4.0/"):
        assert credit in text
        assert credit in page


def test_a_programs_version_names_the_handout_it_came_with(tmp_path):
    _, student = tree(tmp_path)
    (student / "deep/program.py").write_text('VERSION = "1.0.0"  # told in the last line\nprint(VERSION)\n', "utf-8")

    def version() -> str:
        return subprocess.run(
            [sys.executable, "-"], input=handout.contents(student)["deep/program.py"], capture_output=True, check=True
        ).stdout.decode()

    first = version()
    assert re.fullmatch(r"1\.0\.0\+[0-9a-f]{7}\n", first)
    assert version() == first
    (student / "README.md").write_text("# Lab, corrected\n", "utf-8")
    assert version() != first


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
    folder = tmp_path / "unpacked/neural-lab"
    checked = subprocess.run(
        [sys.executable, "check.py"], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    assert checked.stdout.splitlines()[-1].startswith("0 of 8")
    shutil.copy(ROOT / "solution/q1.py", folder)
    program = "import q1; print(len(q1.load_data('digits.npz')[0]))"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, encoding="utf-8", check=True
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
        assert tag not in ("link", "iframe", "object"), tag
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
    text = re.sub(r"<code>.*?</code>|<[^>]+>", "", page[page.index("<body>") :])
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
    tiers = re.findall(r"^\| (?:around|above) (\d+) % \| (.*) \|$", README, re.M)
    assert [(float(least), name) for least, name in tiers] == sorted(TIERS)
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


# ---------------------------------------------------------------- what the text works out


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text)]


def test_the_pass_worked_by_hand_is_the_solutions():
    part = README[README.index("### One backward pass by hand") : README.index("### Measure a slope")]
    ln3 = np.log(3.0)
    network = runpy.run_path(str(ROOT / "solution/q1.py"))["NeuralNetwork"](3, [2, 2, 1])
    network.weights = [ln3 * np.array([[1, -1], [1, 1]]), ln3 * np.array([[4], [-4]])]
    network.biases = [ln3 * np.array([[-2], [-2]]), ln3 * np.array([[-1]])]
    x, y = np.array([[1.0], [2.0]]), np.array([[1.0]])
    for given in (
        "weights[0] = ln 3 * [[1, -1],    biases[0] = ln 3 * [[-2],",
        "weights[1] = ln 3 * [[ 4],       bias",
    ):
        assert given in part  # what is put in above
    dC_db, dC_dw = network.back_propagation(x, y)
    worked = {"`dC_db[0]`": dC_db[0], "`dC_db[1]`": dC_db[1], "`dC_dw[0]`": dC_dw[0], "`dC_dw[1]`": dC_dw[1]}
    rows = {cells[0].strip(): cells[1:] for cells in (line.strip("|").split("|") for line in part.split("\n"))}
    for name, array in worked.items():
        _, result, shape = rows[name]
        np.testing.assert_allclose(numbers(result), array.ravel(), atol=5e-7)  # six digits are shown
        assert shape.strip().startswith(str(array.shape))
    assert network.forward_pass(x).item() == pytest.approx(3 / 4)


def test_the_measured_slopes_of_the_text_are_the_gradients(tmp_path):
    for file in ROOT.glob("solution/*.py"):
        shutil.copy(file, tmp_path)
    program = re.findall(r"```python\n(.*?)```", README, re.S)[0]
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        gradient, slope = map(float, line.split())
        assert slope == pytest.approx(gradient, rel=1e-6)


def test_the_shapes_on_the_way_back_are_the_solutions():
    part = README[README.index("### The shapes on the way back") : README.index("### One backward pass by hand")]
    rows = {cells[0].strip(): cells[1:] for cells in (line.strip("|").split("|") for line in part.split("\n"))}
    sizes = (10, 8, 8, 784)
    for name, shape in {
        "`dC_db[l-1]`": lambda n_out, n_in: (n_out, 1),
        "`dC_dw[l-1]`": lambda n_out, n_in: (n_in, n_out),
        "`weights[l-1]`": lambda n_out, n_in: (n_in, n_out),
        "$a^{(l-1)}$": lambda n_out, n_in: (n_in, 1),
    }.items():
        assert [cell.strip() for cell in rows[name]] == [str(shape(*pair)) for pair in pairwise(sizes)]


def test_an_experiment_is_measured_as_the_leaderboard_does(tmp_path):
    data, chosen = datasets.load("digits", most_train=300, most_test=100), Hyperparameters((784, 3, 10), 1, 10, 1.0)
    found = experiments.measure(data, {"narrow": chosen}, SEEDS)
    assert found["narrow"] == leaderboard(chosen, data).accuracies
    experiments.write(tmp_path / "numbers.csv", found)
    assert experiments.read(tmp_path / "numbers.csv") == found
    median = statistics.median(found["narrow"])
    assert f"| {median:.1f} % | {min(found['narrow']):.1f}, " in experiments.table(["narrow"], found)


def test_the_experiments_figures_are_what_was_measured():
    found = experiments.read(experiments.NUMBERS)
    assert experiments.with_figures(README, found) == README
    asked = re.findall(r"<!-- measured: ([a-z ]+) -->", README)
    assert sorted(" ".join(asked).split()) == sorted(found) == sorted(experiments.EXPERIMENTS)


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


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory) -> Path:
    """The real handout, unpacked."""
    folder: Path = tmp_path_factory.mktemp("handout")
    with zipfile.ZipFile(handout.build(folder / "handout.zip")) as archive:
        archive.extractall(folder)
    return folder / handout.FOLDER


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


PAGES = [handout.page_name(path.relative_to(ROOT / "student").as_posix()) for path in (ROOT / "student").rglob("*.md")]


@needs_chromium
@pytest.mark.parametrize("name", PAGES)
def test_every_page_can_be_used_by_everyone(unpacked, seen, name):
    for width in (400, 1200):
        for dark in (False, True):
            seen.open(unpacked / name, width, dark=dark)
            seen.run("document.querySelectorAll('details').forEach((folded) => { folded.open = true })")
            assert seen.violations() == []
            assert seen.run("document.documentElement.scrollWidth") <= width


@needs_chromium
def test_a_formula_that_scrolls_is_reached_by_the_keyboard_and_no_other(unpacked, seen):
    seen.open(unpacked / "handout.html", 400)
    formulas = "[...document.querySelectorAll('.formula')]"
    assert seen.run(f"{formulas}.some((f) => f.scrollWidth > f.clientWidth)")
    assert seen.run(f"{formulas}.every((f) => (f.scrollWidth > f.clientWidth) === (f.tabIndex === 0))")
    seen.run(f"{formulas}.find((f) => f.tabIndex === 0).focus()")
    presses = 0
    while not seen.run("new Promise((done) => setTimeout(() => done(document.activeElement.scrollLeft), 200))"):
        presses += 1
        assert presses < 100  # a busy machine lays the page out late, and a key pressed before moves nothing
        seen.press("ArrowRight")
