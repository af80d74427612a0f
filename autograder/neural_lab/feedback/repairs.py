"""The words for a line that is proved to be wrong: the line and what to look at, never the edit that proved it."""

from __future__ import annotations

from neural_lab.feedback.markdown import block, code, source
from neural_lab.feedback.where import told
from neural_lab.grading.repairs import Repair
from neural_lab.runtime.edits import Kind
from neural_lab.schema.cells import Cells, place

QUESTIONS = {
    Kind.REMOVED: "Go through the line piece by piece. Is every piece of it in the formula?",
    Kind.SIGN: "Check every plus and minus sign here.",
    Kind.TRANSPOSE: "Write down the shape of every array here. Which axes have to meet?",
    Kind.OPERATOR: "Check every operator here. Which operation does the formula have in its place?",
    Kind.NUMBER: "Check every number here, and where each one comes from.",
    Kind.INDEX: "Which item does each index pick? Try it with a net of three layers.",
    Kind.NAME: "Is each name here the one that you mean?",
    Kind.CALL: "What does each function that is called here return? Compare it with the formula.",
    Kind.FACTOR: "Compare this with the formula, term by term. Is a term or a factor missing?",
    Kind.ORDER: "Does this happen in the right order, and the right number of times?",
    Kind.ASSIGNMENT: "Should this replace a value, add to it, or make a new one?",
    Kind.BRACKETS: "In which order does Python compute this? Check the brackets.",
    Kind.RETURN: "What should the function give back here?",
    Kind.SLICE: "Which items does this give, and in which order? Try it with a list of three.",
    Kind.STATEMENT: "When does this run, and should it?",
    Kind.WHOLE: "Work your formula out by hand for one small number, and the one in the handout. Where do they part?",
    Kind.MISSING: "This is done for the weights or for the biases. Is it done for both?",
}


def located(repair: Repair, hinted: bool, cells: Cells) -> str:
    """Where the function is wrong, the student's own lines, and a question unless there is a better hint.

    :param hinted: the mistake is known, and its own hint is shown
    :param cells: where the cells of the file begin, if it was a notebook
    """
    inside = f", in your {code(repair.path)}" if repair.helper else ""
    lines = told(repair.lines, cells)
    among = ", one of at least two things to look at" if repair.several else ""
    if repair.one_of:
        sentence = f"**One of the {lines}**{inside}: something in it is too much or missing."
    elif repair.kind is Kind.MISSING:
        sentence = f"**Near {lines}**{inside}{among}: something is wrong or missing, just before it or after it."
    else:
        sentence = f"**{lines.capitalize()}**{inside}{among}: something here is too much or missing."
    numbers = [place(line, cells).line for line in repair.lines]
    width = max(len(str(number)) for number in numbers)
    shown = [f"{number:>{width}}  {source(text)}" for number, text in zip(numbers, repair.texts)]
    quoted = block(shown, "python")
    return "\n\n".join([sentence, quoted] if hinted else [sentence, quoted, QUESTIONS[repair.kind]])


def but_for(repair: Repair, cells: Cells) -> str:
    """That marks are right but for a slip in another function, which has cost its marks there."""
    return f" but for the slip in {told(repair.lines, cells)}: it costs its marks once, in {code(repair.function)}"
