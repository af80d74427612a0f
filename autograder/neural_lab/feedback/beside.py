"""The first call that two submissions answer differently, in words for the staff; as Markdown."""

from __future__ import annotations

from neural_lab.feedback import cases, lines
from neural_lab.feedback.markdown import code, plain
from neural_lab.grading import compare
from neural_lab.grading.compare import Verdict
from neural_lab.grading.differ import Difference
from neural_lab.intake.submission import Submission

SAME = "Both answer every call the same, each with its own helpers, on the inputs that the first was graded on."


def difference(found: Difference | None, names: tuple[str, str], submissions: tuple[Submission, Submission]) -> str:
    """Where they differ, and both answers.

    :param names: whose submissions they are
    :param submissions: to show the line that an exception came from
    """
    if found is None:
        return SAME + "\n"
    wrong = next(verdict for verdict in found.verdicts if verdict.kind != compare.Kind.RIGHT)
    blocks = [f"**The first call on which they differ:** {code(cases.called(wrong, found.part.name))}"]
    for name, verdict, submission in zip(names, found.verdicts, submissions):
        blocks += [f"**{plain(name)}**: {_said(verdict)}", *cases.answer(verdict, found.function.label, submission)]
    return "\n\n".join(blocks) + "\n"


def _said(verdict: Verdict) -> str:
    return "right" if verdict.kind == compare.Kind.RIGHT else str(lines.SAID.get(verdict.kind, verdict.kind))
