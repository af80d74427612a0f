"""The kinds of questions: each makes one question about a student's code, or none."""

from __future__ import annotations

from neural_lab.tools.course.quiz.kinds import edits, lines, training, values
from neural_lab.tools.course.quiz.questions import Kind, Make

KINDS: dict[Kind, Make] = {
    Kind.SHAPE: values.shape,
    Kind.HOLDS: values.holds,
    Kind.RETURNS: values.returns,
    Kind.FORMULA: values.formula,
    Kind.FLAT: values.flat,
    Kind.FIRST: lines.first,
    Kind.COUNT: lines.count,
    Kind.DEEPER: lines.deeper,
    Kind.HARMLESS: edits.harmless,
    Kind.GONE: edits.gone,
    Kind.EQUAL: edits.equal_layers,
    Kind.NAMED: edits.named,
    Kind.ABSENT: edits.absent,
    Kind.RELIES: edits.relies,
    Kind.BATCH: training.batch,
    Kind.KEPT: training.kept,
}
