"""The made-up class: what lies in docs/examples/ is what the tools make today."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course import demo
from tests.tools.test_report import Reader

LAB = load_lab("q1")
STALE = "write docs/examples/ anew: .venv/bin/python autograder/neural_lab/tools/course/demo.py --examples"


@pytest.mark.fast
def test_the_class_has_forty_people_of_all_kinds_and_no_two_of_a_name():
    people = demo.people(LAB)
    assert len(people) == len({one.name for one in people}) == len({one.text for one in people}) == 40
    assert {one.id for one in people} >= {*demo.SHOWN, demo.ASKED}


@pytest.mark.one_in(2)
def test_the_students_pages_and_the_answer_are_what_is_made_today(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path.parent)
    demo.demo(Path(tmp_path.name), demo.SHOWN)
    told = capfd.readouterr().out
    written = re.findall(r"written: (\S+?/grades\.csv)|`make report OUT=(\S+)`|in (\S+/handback)", told)
    assert len(written) == 3 and all(Path("".join(one)).exists() for one in written), "from where it was called"
    assert (tmp_path / "why.md").read_text("utf-8") == (demo.EXAMPLES / "why.md").read_text("utf-8"), STALE
    for id in demo.SHOWN:
        name = f"students/{id}.html"
        made = (tmp_path / "grades" / name).read_text("utf-8")
        assert made == (demo.EXAMPLES / name).read_text("utf-8"), STALE


def rows(page: Path):
    """What the class's page says, but for times and digests: who got what, and the tables of mistakes."""
    times = r'<section id="time">.*?</section>'
    reader = Reader(re.sub(times, "", page.read_text("utf-8"), flags=re.S))
    seconds = r"^\d+\.\d\d$"
    return [tuple(cell for cell in row if not re.fullmatch(seconds, cell)) for row in reader.rows]


@pytest.mark.sweep
def test_the_whole_class_takes_less_than_a_minute_and_its_page_is_the_example(tmp_path):
    started = time.monotonic()
    demo.demo(tmp_path)
    assert time.monotonic() - started < 60
    assert rows(tmp_path / "grades" / "report.html") == rows(demo.EXAMPLES / "report.html"), STALE
    for id in demo.SHOWN:
        name = f"staff/{id}.html"
        made = (tmp_path / "grades" / name).read_text("utf-8")
        assert made == (demo.EXAMPLES / name).read_text("utf-8"), STALE
