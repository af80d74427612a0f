"""JUnit XML for whatever reads that, CodeGrade among others; report.json is beside it.

There is no official standard and no field for points: they stand in each case's name and properties. Wrong is a
`failure`, not written yet a `failure` of that type, what can't be graded an `error` of every case. If the grader fails
there is no file, for a reader of an `error` would make a 0 of it.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET

from neural_lab import atomic
from neural_lab.intake.foreign import printable, shown
from neural_lab.platforms import report as report_json
from neural_lab.platforms.entry import Asked, Graded, Platform
from neural_lab.platforms.from_report import outcome
from neural_lab.platforms.outcome import Line, Outcome, State, plain_text


def platform(asked: Asked) -> Platform:
    """A run that writes JUnit XML.

    :raises ValueError: no file was named to write to, or nothing to grade
    """
    if asked.results is None or asked.submission is None:
        raise ValueError("junit: name a file to write and one to grade: RESULTS=junit.xml SUBMISSION=q1.py")
    file, beside = asked.results, report_json.beside(asked.results)
    for earlier in (file, beside):  # of another run: without a result there must be no file
        earlier.unlink(missing_ok=True)

    def tell(graded: Graded) -> None:
        if not graded.withhold:
            data = report_json.as_data(*graded)
            atomic.write(beside, json.dumps(data, indent=2, allow_nan=False) + "\n")
            atomic.write(file, document(outcome(*graded)))
            print(f"written: {shown(str(file.absolute()), 500)}, and {beside.name} beside it", file=sys.stderr)

    return Platform(asked.submission, tell, lambda reason: print(reason, file=sys.stderr), refused=2)


def document(told: Outcome) -> str:
    """The XML, in which no character is left that XML forbids."""
    wrong = sum(told.state == State.GRADED and not line.right for line in told.lines)
    refused = len(told.lines) if told.state == State.REFUSED else 0
    counts = {"tests": str(len(told.lines)), "failures": str(wrong), "errors": str(refused), "skipped": "0"}
    named = {"name": told.title, **counts, "time": f"{told.seconds:.3f}"}
    root = ET.Element("testsuites", named)
    suite = ET.SubElement(root, "testsuite", named)
    _properties(suite, (("marks", f"{told.marks:g}"), ("max", f"{told.most:g}"), *told.facts))
    for line in told.lines:
        suite.append(_case(line, told))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, "unicode") + "\n"


def _case(line: Line, told: Outcome) -> ET.Element:
    attributes = {
        "name": f"{line.number} {line.name} ({line.marks:g} of {line.most:g} marks)",
        "classname": f"{told.lab}.{line.function}",
        "time": "0",
    }
    if line.at:
        attributes |= {"file": line.file, "line": str(line.at)}
    case = ET.Element("testcase", attributes)
    _properties(case, (("marks", f"{line.marks:g}"), ("max", f"{line.most:g}")))
    if told.refusal:
        ET.SubElement(case, "error", type=State.REFUSED.value, message="cannot be graded").text = printable(
            told.refusal
        )
    elif not line.right:
        kind = "not written" if line.unwritten else "wrong" if line.marks == 0 else "partly right"
        lost = f"{line.most - line.marks:g} of {line.most:g} marks lost"
        ET.SubElement(case, "failure", type=kind, message=lost).text = printable(plain_text(line.text))
    return case


def _properties(parent: ET.Element, pairs: tuple[tuple[str, str], ...]) -> None:
    inside = ET.SubElement(parent, "properties")
    for name, value in pairs:
        ET.SubElement(inside, "property", name=name, value=value)
