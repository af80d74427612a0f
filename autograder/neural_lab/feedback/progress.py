"""What a student reads about the way from the last hand-in to this one."""

from __future__ import annotations

from collections.abc import Iterator

from neural_lab.feedback.markdown import plain
from neural_lab.grading.progress import Moved, Progress


def since_last(progress: Progress) -> str:
    """The progress as Markdown."""
    return "\n\n".join(_blocks(progress))


def _blocks(progress: Progress) -> Iterator[str]:
    if progress.broken:
        yield f"**What broke** ({_sum(progress.broken)} marks): it was right, or more of it was. What did you change?"
        yield _list(progress.broken)
    if progress.better:
        yield f"**What is better** (+{_sum(progress.better)} marks):"
        yield _list(progress.better)
    left = progress.compared - len(progress.better) - len(progress.broken)
    if not progress.better and not progress.broken:
        file = "This is the same file as last time, so every" if progress.same_file else "Every"
        yield f"{file} line has the marks that it had."
    elif left:
        yield f"{left} {'lines have' if left > 1 else 'line has'} the marks of last time."
    if not progress.same_grader:
        yield "The grader itself has changed since then, so not all of this need come from your file."
    yield "This compares with your last hand-in that could be graded. No marks depend on it."


def _sum(moved: tuple[Moved, ...]) -> str:
    return f"{sum(one.after - one.before for one in moved):g}".replace("-", "−")


def _list(moved: tuple[Moved, ...]) -> str:
    return "\n".join(
        f"- {one.line.number} {plain(one.line.name)}: {one.before:g} → {one.after:g} of {one.line.marks:g}"
        for one in moved
    )
