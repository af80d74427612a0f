"""What a student reads: Markdown for each line, and the headline at the top."""

from __future__ import annotations

from grading import judge
from grading.grade import LineResult, Report


def headline(report: Report) -> str:
    """The total, and the one thing to fix first."""
    if report.refusal:
        return report.refusal
    return f"{report.marks:g} of {report.lab.marks:g} marks."


def line_feedback(result: LineResult, report: Report) -> str:
    """The parts of a line with their marks, and what is known about those that failed."""
    rows = [f"- {part.part.name}: {part.marks:g} of {part.part.marks:g} ({part.verdict.kind})" for part in result.parts]
    failed = [part for part in result.parts if part.verdict.kind != judge.RIGHT]
    if failed and failed[0].verdict.label:
        rows.append(f"\n{failed[0].verdict.label}: {failed[0].verdict.detail} {failed[0].verdict.where}")
    rows += [f"\nHint: {mistake.hint}" for mistake in result.diagnosis.named[:1]]
    return "\n".join(rows)
