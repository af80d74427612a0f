"""What is said of the files that were handed in, in words: notes, and why nothing in them can be graded.

They are sentences of plain text; whoever shows them makes Markdown of them, or what else they need.
"""

from __future__ import annotations

from collections.abc import Iterable

from neural_lab.feedback import where
from neural_lab.feedback.phrases import instead, listed
from neural_lab.intake.foreign import shown
from neural_lab.intake.notes import (
    Absent,
    Chosen,
    Closed,
    Encoding,
    Fault,
    FileNote,
    FromNotebook,
    NoNotebook,
    NotebookFault,
    NoText,
    NothingDefined,
    NotLoaded,
    NotPython,
    NotRegular,
    NotThere,
    Nowhere,
    OtherClass,
    OtherEncoding,
    OtherName,
    Refusal,
    SeveralFiles,
    Stopped,
    SyntaxHint,
    TooLarge,
    TooMuchCode,
)
from neural_lab.intake.submission import ARCHIVES
from neural_lab.runtime.plan import StatementKind
from neural_lab.runtime.protocol import Failure, FailureKind

MOST_DEFINED = 3  # names of the lab's that are told of the file that was chosen
MOST_CELLS = 5
FAULTS = {
    Fault.EMPTY: "is empty. Save your work and upload it again.",
    Fault.NUL_BYTES: "holds NUL bytes, so it is not a text. Save it as a plain Python file in UTF-8.",
    Fault.NUL_IN_CELLS: "holds NUL characters in its code. Take them out and save it again.",
}
NOTEBOOK_FAULTS = {
    NotebookFault.TOO_MANY_VALUES: "it holds too many values: clear its outputs and save it again",
    NotebookFault.NOT_JSON: "it is not the JSON that Jupyter writes: save it again",
    NotebookFault.NO_CODE: "it has no code in any cell: save your work and upload it again",
    NotebookFault.NOT_A_NOTEBOOK: "it is JSON, but no notebook: save it again",
    NotebookFault.NO_CELLS: "it has no list of cells: save it again",
    NotebookFault.TOO_MANY_CELLS: "it has {cells:,} code cells; at most {most:,} are read",
}
NEWER = "This syntax is newer than the grader's Python; it came with Python {}."
HINTS = {
    SyntaxHint.PRINT_STATEMENT: "It looks like Python 2: print is a function now.",
    SyntaxHint.INDENTATION: "Indent with spaces alone.",
    SyntaxHint.PYTHON_3_11: NEWER.format("3.11"),
    SyntaxHint.PYTHON_3_12: NEWER.format("3.12"),
    SyntaxHint.NONE: "Run the file on your computer first.",
}


def note(about: FileNote) -> str:
    """What is worth telling of a file that was graded."""
    match about:
        case OtherName(name, wanted):
            return f"The file is named {shown(name)}; it was graded as {wanted}. Hand in {wanted}."
        case Absent(names, wanted_files):
            absent = " and no ".join(names)
            return f"There is no {absent} beside it. Please hand in {_files(wanted_files)} together."
        case Chosen(wanted, found, name, defines):
            several = _several(wanted, found)
            return f"{several} {shown(name)} was graded: no other defines {listed(defines[:MOST_DEFINED])}."
        case FromNotebook():
            return _from_notebook(about)
        case OtherEncoding(name, kind, declared):
            match kind:
                case Encoding.UTF_16:
                    return f"{shown(name)} is in UTF-16; Python files are UTF-8. It was converted."
                case Encoding.LATIN_1:
                    return f"{shown(name)} is not in UTF-8; it was read as Latin-1."
                case Encoding.DECLARED:
                    return f"{shown(name)} declares the encoding {declared}; Python files here are UTF-8."
        case OtherClass(file, wanted, name):
            return f"There is no class {wanted} in {file}; {shown(name)} was graded as that."
        case Stopped():
            return _stopped(about)


def _from_notebook(about: FromNotebook) -> str:
    name = shown(about.name)
    told = f"{name} was graded as one file of its {about.cells} code cells, in the order in which they stand"
    if about.cells == 1:
        told = f"{name} was graded as the code of its only code cell"
    told += "; a cell's number here counts code cells alone."
    if about.magics:
        told += f" Left out: {about.magics} line{'s' * (about.magics > 1)} for IPython or the shell."
    if about.others:
        which = listed([str(number) for number in about.others], MOST_CELLS)
        told += f" Left out, because not in Python: cell{'s' * (len(about.others) > 1)} {which}."
    return told


def _stopped(about: Stopped) -> str:
    match about.kind:
        case StatementKind.LEFT_OUT:
            return (
                f"{_place(about)}: loading the file took too long, so this statement and others that only do something "
                'were left out while grading. Put training below `if __name__ == "__main__":`.'
            )
        case StatementKind.SLOW:
            return f"{_place(about)}: this statement outside any function ran too long and was left out while grading."
        case StatementKind.RAISED | StatementKind.SYNTAX:
            return f"{_place(about)} failed while the file was loaded ({_error(about)}); the rest was graded."


def refusal(why: Refusal) -> str:
    """Why nothing can be graded: what was found, what is expected and what to do."""
    match why:
        case Nowhere(path, wanted_files):
            return f"There is nothing at {shown(path, 200)}. Expected: {_files(wanted_files)}."
        case NotThere():
            return _not_there(why)
        case SeveralFiles(wanted, found):
            return f"{_several(wanted, found)} Hand in one, named {wanted}."
        case NotRegular():
            return _not_regular(why)
        case Closed(name, reason):
            return f"{shown(name)} is closed ({reason}), so it can't be read. Hand in the Python file itself."
        case TooLarge(name, size, most):
            return (
                f"{shown(name)} has {size:,} bytes; at most {most:,} are read. "
                "Hand in the code alone, without data and outputs."
            )
        case TooMuchCode(name, size, most):
            return f"{shown(name)} has {size:,} characters of code; at most {most:,} are read."
        case NoText(name, fault):
            return f"{shown(name)} {FAULTS[fault]}"
        case NoNotebook(name, notebook_fault, cells, most):
            reason = NOTEBOOK_FAULTS[notebook_fault].format(cells=cells, most=most)
            return f"{shown(name)} can't be read as a notebook: {reason}."
        case NotPython(at, hint):
            return f"{_place(at)} is not valid Python for this grader: {_error(at)}. {HINTS[hint]}"
        case NotLoaded(wanted_files, Failure(FailureKind.TIMEOUT)):
            return (
                f"Loading {_files(wanted_files)} did not end: a statement outside any function runs for ever. "
                'Put training code below `if __name__ == "__main__":`.'
            )
        case NotLoaded(wanted_files, failure):
            return (
                f"Loading {_files(wanted_files)} ended the process ({shown(instead(failure))}). "
                "Remove what does that at the top level of the file."
            )
        case NothingDefined(wanted_files, names, defined, also):
            there = ", ".join(shown(name, 40) for name in defined) or "nothing"
            because = f" ({note(also)})" if also is not None else ""
            return (
                f"{_files(wanted_files)} should define {', '.join(names)}; it defines {there}{because}. "
                "Start from the stub and keep its names."
            )


def _not_there(why: NotThere) -> str:
    wanted = _files(why.wanted)
    named = ", ".join(shown(name) for name in why.names) or "no file"
    if ".ipynb" in why.endings:
        return f"Found a notebook ({named}); expected: {wanted}. Name your notebooks like these files."
    if why.endings & {*ARCHIVES}:
        return f"Found an archive ({named}); expected: {wanted}. Unpack it and upload the file itself."
    return f"Found {named}; expected: {wanted}. Upload the file under that name."


def _not_regular(why: NotRegular) -> str:
    what = f"{shown(why.name)} is {why.sort.value}"
    if why.wanted:
        return f"{what}, not a file that can be read. Hand in {_files(why.wanted)} itself."
    found = "not a file" if why.opened else "so it can't be read"
    return f"{what}, {found}. Hand in the Python file itself."


def _several(wanted: str, found: Iterable[str]) -> str:
    return f"Several files could be {wanted}: {', '.join(map(shown, found))}."


def _files(names: Iterable[str]) -> str:
    return " and ".join(names)


def _place(at: Stopped) -> str:
    return f"{shown(at.module)}{'.ipynb' if at.cells else '.py'}, {where.told([at.line], at.cells)}"


def _error(at: Stopped) -> str:
    return f"{shown(at.type)}: {shown(at.message, 200)}".rstrip(": ")
