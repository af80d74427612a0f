"""look.py as students run it: the page it writes, and the digits that are drawn on it in a real browser."""

from __future__ import annotations

import base64
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neural_lab.schema.places import DATA, ROOT, SOLUTION
from tests.browser import Page, browser, needs_chromium

SETTINGS = (("784, 8, 8, 10", "784, 30, 10"), ('"epochs": 30', '"epochs": 10'))
EXPECT = """\
import json, q1, tune
settings = q1.HYPERPARAMETERS
network, costs, accuracies = tune.train(q1, settings, tune.SEEDS[0])
_, test_data = q1.load_data(tune.digits())
outputs = [network.forward_pass(x).ravel().tolist() for x, _ in test_data]
print(json.dumps([outputs, costs, accuracies]))
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Path:
    """A student's folder with finished work, after `python look.py`."""
    folder: Path = tmp_path_factory.mktemp("look") / "neural lab"
    folder.mkdir()
    for file in (*SOLUTION.glob("*.py"), DATA / "digits.npz"):
        shutil.copy(file, folder)
    text = (folder / "q1.py").read_text("utf-8")
    for old, new in SETTINGS:
        assert old in text
        text = text.replace(old, new)
    (folder / "q1.py").write_text(text, "utf-8")
    done = subprocess.run([sys.executable, "look.py"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (folder / "look.html").resolve().as_uri() in done.stdout
    return folder


@pytest.fixture(scope="module")
def text(desk) -> str:
    return (desk / "look.html").read_text("utf-8")


@pytest.fixture(scope="module")
def expected(desk) -> tuple[np.ndarray, list[float], list[float]]:
    """The same training once more: the outputs (360, 10) on the test images; cost and accuracy after each epoch."""
    done = subprocess.run([sys.executable, "-c", EXPECT], cwd=desk, capture_output=True, text=True, check=True)
    outputs, costs, accuracies = json.loads(done.stdout)
    return np.array(outputs), costs, accuracies


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    with np.load(DATA / "digits.npz") as data:
        return data["y_test"].astype(int)


def test_the_page_needs_nothing_but_itself(text):
    assert not re.findall(r'(?:src|href)="(?!data:|#)', text)
    assert "http" not in re.sub(r'"(?:rows|images)": "[^"]*"|base64,[^"]*', "", text)
    assert "__" not in re.sub(r'"[^"]*"', "", text)
    assert len(text) < 1_500_000


def test_it_shows_what_is_read_wrongly_and_how_often(text, expected, labels):
    outputs, _, accuracies = expected
    guesses = outputs.argmax(axis=1)
    wrong = np.flatnonzero(guesses != labels)
    assert f"<p>{len(wrong)} of 360 test images.</p>" in text
    shown = re.findall(r'alt="test image (\d+)"><figcaption>(\d) read as <b>(\d)</b>, output ([\d.]+)', text)
    assert sorted(int(number) - 1 for number, *_ in shown) == wrong.tolist()
    for number, label, guess, sure in shown:
        place = int(number) - 1
        assert (int(label), int(guess)) == (labels[place], guesses[place])
        assert float(sure) == pytest.approx(outputs[place].max(), abs=0.0051)
    counts = [int(count or 0) for count in re.findall(r'<td class="(?:right|wrong|none)">(\d*)</td>', text)]
    table = np.zeros((10, 10), dtype=int)
    np.add.at(table, (labels, guesses), 1)
    assert counts == table.ravel().tolist()
    assert f"<b>{accuracies[-1]:.2f} %, " in text


def test_the_curves_end_where_the_training_did(text, expected):
    _, costs, accuracies = expected
    assert f"cost over the training data: {costs[0]:.4g} after epoch 1, {costs[-1]:.4g} after epoch 10" in text
    assert f"accuracy on the test data: {accuracies[0]:.4g} % after epoch 1, {accuracies[-1]:.4g} %" in text
    for points in re.findall(r'<polyline points="([^"]*)"', text):
        assert len(points.split()) == 10


def test_every_neuron_of_the_first_layer_has_its_picture(text):
    pictures = re.findall(r'<img src="data:image/png;base64,([^"]*)" alt="weights of neuron', text)
    assert len(pictures) == 30
    header = base64.b64decode(pictures[0])[16:24]
    assert (int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")) == (58, 28)  # two, and a gap


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> Iterator[Page]:
    with browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


def guess(page: Page) -> str:
    return str(page.run("document.getElementById('guess').textContent"))


def on(page: Page, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points of the sheet, in shares of its sides, as points of the window."""
    left, top, width, height = page.place_of("#paper")
    return [(left + width * x, top + height * y) for x, y in points]


CIRCLE = [(0.5 + 0.22 * math.sin(t / 16 * math.tau), 0.5 - 0.38 * math.cos(t / 16 * math.tau)) for t in range(17)]
STROKE = [(0.5, 0.15 + 0.07 * t) for t in range(11)]


@needs_chromium
def test_the_browser_computes_what_the_students_network_does(desk, expected, seen):
    seen.open(desk / "look.html")
    script = (
        "Array.from({length: 360}, (_, i) => run(Array.from(images.subarray(784 * i, 784 * (i + 1)), b => b / 255)))"
    )
    # the page holds the weights as float32: 784 of them, each off by 6e-8 of itself
    np.testing.assert_allclose(np.array(seen.run(script)), expected[0], atol=1e-5)


@needs_chromium
def test_a_test_image_comes_with_its_label(desk, expected, labels, seen):
    seen.open(desk / "look.html")
    seen.run("document.getElementById('which').value = 17")
    seen.click("#load")
    assert guess(seen) == f"It reads a {expected[0][16].argmax()}. It is a {labels[16]}."


@needs_chromium
def test_a_digit_drawn_with_the_mouse_is_read(desk, seen):
    seen.open(desk / "look.html")
    assert guess(seen) == "Nothing yet."
    seen.drag(on(seen, CIRCLE))
    assert guess(seen) == "It reads a 0."
    seen.click("#clear")
    assert guess(seen) == "Nothing yet."


@needs_chromium
def test_a_digit_drawn_with_a_finger_is_read(desk, seen):
    seen.open(desk / "look.html", width=400)
    seen.swipe(on(seen, CIRCLE))
    assert guess(seen) == "It reads a 0."


@needs_chromium
def test_a_digit_drawn_with_the_keyboard_is_read(desk, seen):
    seen.open(desk / "look.html")
    seen.press("Tab")
    assert seen.run("document.activeElement.id") == "paper"
    seen.press(" ", *["ArrowDown"] * 15, " ")
    assert guess(seen) == "It reads a 1."
    seen.press("Delete")
    assert guess(seen) == "Nothing yet."
    seen.press("Tab")
    assert seen.run("document.activeElement.id") == "clear"


@needs_chromium
def test_where_and_how_large_one_draws_and_how_slanted_does_not_matter(desk, seen):
    """A training image that lies elsewhere, smaller and slanted, comes out much like itself."""
    seen.open(desk / "look.html")
    script = """(() => {
      const draw = (size, left, top, slant) => Array.from({length: 280 * 280}, (_, i) => {
        const y = (Math.floor(i / 280) - top) / size, x = ((i % 280) - left) / size - slant * (y - 0.5);
        return x >= 0 && x < 1 && y >= 0 && y < 1 && (y < 0.25 || (x - y * 0.3 > 0.5 - y * 0.6 && x < 1 - y * 0.4));
      });
      return [draw(200, 40, 40, 0), draw(100, 20, 150, 0), draw(200, 40, 40, -0.3)].map((ink) => prepare(ink, 280));
    })()"""
    as_it_is, smaller, slanted = np.array(seen.run(script))
    assert np.abs(smaller - as_it_is).mean() < 0.01
    assert np.abs(slanted - as_it_is).mean() < 0.02
    rows = as_it_is.reshape(28, 28).max(axis=1)
    assert rows[0] > 0.5 and rows[-1] > 0.5  # as high as the image, like the training images


@needs_chromium
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [400, 1200])
def test_the_page_can_be_used_by_everyone(desk, seen, width, dark):
    seen.open(desk / "look.html", width, dark=dark)
    seen.drag(on(seen, CIRCLE))
    assert seen.violations() == []
    assert seen.run("document.documentElement.scrollWidth") <= width


def test_unfinished_work_gets_one_sentence(desk, tmp_path):
    for file in desk.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    shutil.copy(ROOT / "student/q1.py", tmp_path)
    (tmp_path / "look.html").unlink()
    done = subprocess.run([sys.executable, "look.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "mini_batch_GD is not written yet" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "look.html").exists()
