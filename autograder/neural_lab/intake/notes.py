"""What is said of the files that were handed in, as records: notes, and why nothing in them can be graded.

`feedback/files.py` puts them in words. Names and messages in them are as they were found, by whoever wrote them: they
are made printable where they are shown.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from neural_lab.runtime.plan import StatementKind
from neural_lab.runtime.protocol import Failure
from neural_lab.schema.cells import Cells

# -- notes: what was graded is not quite what was handed in -----------------------------------------------------------


class Encoding(Enum):
    """How a text was read that is not in UTF-8, or says so."""

    UTF_16 = "UTF-16"
    LATIN_1 = "Latin-1"
    DECLARED = "declared"


class OtherName(NamedTuple):
    """A file was graded as one of the lab's.

    :param wanted: that one's name
    """

    name: str
    wanted: str


class Absent(NamedTuple):
    """Some of the lab's files are not there.

    :param wanted: the names of all
    """

    names: tuple[str, ...]
    wanted: tuple[str, ...]


class Chosen(NamedTuple):
    """One of several files was graded.

    :param wanted: the name of the lab's file that each could be
    :param found: the paths of the first of them, below what was handed in
    :param name: of the one that was graded
    :param defines: names of the lab that no other defines
    """

    wanted: str
    found: tuple[str, ...]
    name: str
    defines: tuple[str, ...]


class FromNotebook(NamedTuple):
    """A notebook was graded as one file.

    :param cells: how many code cells it has
    :param magics: how many lines of IPython's own were left out
    :param others: the numbers of the cells, from 1, that were left out whole
    """

    name: str
    cells: int
    magics: int
    others: tuple[int, ...]


class OtherEncoding(NamedTuple):
    """A file is not in UTF-8, or says so.

    :param declared: the encoding that it declares
    """

    name: str
    kind: Encoding
    declared: str = ""


class OtherClass(NamedTuple):
    """A class was graded as one of the lab's that is not there.

    :param file: the lab's, by its name
    """

    file: str
    wanted: str
    name: str


class Stopped(NamedTuple):
    """A statement outside any function failed, or was left out.

    :param module: the file's name without its ending
    :param line: from 1
    :param cells: where the cells begin, if it was a notebook
    :param type: the name of the exception's class, if one was raised
    """

    module: str
    line: int
    cells: Cells
    kind: StatementKind
    type: str
    message: str


FileNote = OtherName | Absent | Chosen | FromNotebook | OtherEncoding | OtherClass | Stopped


# -- refusals: nothing can be graded ----------------------------------------------------------------------------------


class Sort(Enum):
    """What lies where a file is expected."""

    LINK = "a symbolic link"
    FOLDER = "a folder"
    PIPE = "a pipe"
    OTHER = "something special"


class Fault(Enum):
    """Why a file is no text of Python."""

    EMPTY = "empty"
    NUL_BYTES = "NUL bytes"
    NUL_IN_CELLS = "NUL characters in the cells"


class NotebookFault(Enum):
    """Why a file is no notebook."""

    TOO_MANY_VALUES = "too many values"
    NOT_JSON = "not JSON"
    NO_CODE = "no code"
    NOT_A_NOTEBOOK = "JSON of another form"
    NO_CELLS = "no list of cells"
    TOO_MANY_CELLS = "too many cells"


class SyntaxHint(Enum):
    """What is likely to be behind a syntax error."""

    PRINT_STATEMENT = "a print statement"
    INDENTATION = "indentation"
    PYTHON_3_11 = "3.11"
    PYTHON_3_12 = "3.12"
    NONE = "nothing known"


class Nowhere(NamedTuple):
    """There is nothing at the path."""

    path: str
    wanted: tuple[str, ...]


class NotThere(NamedTuple):
    """A folder in which no file is the lab's.

    :param names: of the first files that are there
    :param endings: in lower case, of all that are there
    """

    names: tuple[str, ...]
    endings: frozenset[str]
    wanted: tuple[str, ...]


class SeveralFiles(NamedTuple):
    """Files of which each could be the lab's.

    :param wanted: the lab's, by its name
    :param found: the paths of the first of them, below what was handed in
    """

    wanted: str
    found: tuple[str, ...]


class NotRegular(NamedTuple):
    """Something else than a file has the lab's name.

    :param wanted: the names of the lab's files, where it was found in a folder; none where it was to be read
    :param opened: whether it could be opened
    """

    name: str
    sort: Sort
    wanted: tuple[str, ...] = ()
    opened: bool = False


class Closed(NamedTuple):
    """A file that can't be opened.

    :param why: as the system says it
    """

    name: str
    why: str


class TooLarge(NamedTuple):
    """A file of more bytes than are read."""

    name: str
    size: int
    most: int


class TooMuchCode(NamedTuple):
    """A notebook with more characters of code than are read."""

    name: str
    size: int
    most: int


class NoText(NamedTuple):
    """A file that is no text of Python."""

    name: str
    fault: Fault


class NoNotebook(NamedTuple):
    """A file that can't be read as a notebook.

    :param cells: how many code cells it has, where these are too many
    :param most: how many of them are read
    """

    name: str
    fault: NotebookFault
    cells: int = 0
    most: int = 0


class NotPython(NamedTuple):
    """A file with a syntax error.

    :param at: the error and its place
    """

    at: Stopped
    hint: SyntaxHint


class NotLoaded(NamedTuple):
    """The load ended the worker, or never ended."""

    wanted: tuple[str, ...]
    failure: Failure


class NothingDefined(NamedTuple):
    """The files define nothing of the lab.

    :param wanted: the lab's files
    :param names: what they should define
    :param defined: the first names that they define
    :param note: what else is known of the files, if anything is
    """

    wanted: tuple[str, ...]
    names: tuple[str, ...]
    defined: tuple[str, ...]
    note: FileNote | None


Refusal = (
    Nowhere
    | NotThere
    | SeveralFiles
    | NotRegular
    | Closed
    | TooLarge
    | TooMuchCode
    | NoText
    | NoNotebook
    | NotPython
    | NotLoaded
    | NothingDefined
)
