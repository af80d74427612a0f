"""Makes classes to grade: submissions from the solution, its right variants and its known mistakes, as real exports."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from neural_lab.grading.reference import edited_module
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.lab import Lab, Mistake, Variant
from neural_lab.schema.places import STUDENT, files_of

EXPORT = "assignment_4711_export"


def right(lab="q1"):
    """The solution's text."""
    return next(iter(files_of(load_lab(lab)).values())).read_text("utf-8")


def stub(lab="q1"):
    """The text of the students' file."""
    return next(iter(files_of(load_lab(lab), STUDENT).values())).read_text("utf-8")


def edited(lab: Lab, edit: Mistake | Variant, source: str = "") -> str:
    """The solution with one mistake or variant in it."""
    return edited_module(source or right(lab.name), lab.function(edit.function).path, edit.edits)


def mixed(size: int, seed: int = 0, lab_name: str = "q1") -> dict[str, str]:
    """A class as it comes: right ones, one known mistake each, unfinished, broken and endless ones. {id: text}"""
    lab = load_lab(lab_name)
    edits: list[Mistake | Variant] = [*lab.mistakes, *lab.variants]
    rng = random.Random(seed)
    texts = {}
    for number in range(size):
        draw = rng.random()
        if draw < 0.45:
            text = right(lab_name)
        elif draw < 0.90:
            text = edited(lab, rng.choice(edits))
        elif draw < 0.96:
            text = stub(lab_name)
        elif draw < 0.98:
            text = right(lab_name).replace("return a\n", "return a)\n", 1)
        else:
            text = right(lab_name).replace("return output_activations - y", "while True: pass")
        # a line of their own, so that everybody has inputs of their own
        texts[f"submission_{1000 + number}"] = f"{text}\n# handed in by student {number}\n"
    return texts


def metadata(ids: Iterable[str], scores=None) -> str:
    """The export's YAML as Ruby writes it."""
    people = {
        key: {
            ":submitters": [{":name": f"Student {n}", ":sid": f"{n:08d}", ":email": f"s{n}@example.org"}],
            ":created_at": "2026-11-20 10:00:00 Z",
            ":score": (scores or {}).get(key, 50.0),
            ":status": "processed",
            ":results": {"tests": []},
            ":history": [],
        }
        for n, key in enumerate(ids)
    }
    return yaml.safe_dump(people, sort_keys=False)


def export_zip(path: Path, texts: Mapping[str, str | bytes], yml: str | None = None, name: str = "q1.py") -> Path:
    """Write an export: {id: text of its file}."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{EXPORT}/submission_metadata.yml", metadata(texts) if yml is None else yml)
        for key, text in texts.items():
            archive.writestr(f"{EXPORT}/{key}/{name}", text)
    return path
