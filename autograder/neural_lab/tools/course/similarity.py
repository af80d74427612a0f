"""Which submissions of a class resemble each other more than independent work does (`make similarity OUT=grades/`).

It is called similarity, and no more is claimed: people judge, with the two texts side by side on the page of `report`.

A submission is the set of all runs of 8 tokens in it, comments, docstrings and the stub's own runs left out, with every
name of the author's own made the same. The fewer have a run, in the class and among the project's own right answers,
the more it counts: what every right answer must contain says little. Similarity is the weight of the runs that two
submissions share, divided by the weight of those that either has: 1 for a renamed copy, near 0 for independent work.
"""

from __future__ import annotations

import argparse
import builtins
import keyword
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neural_lab.grading.reference import edited_module
from neural_lab.intake.foreign import shown
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT, files_of
from neural_lab.tools.course.grades_folder import FolderError, GradesFolder

RUN = 8  # tokens; see THRESHOLD
# Calibrated on right answers that share no function (highest 0.13) and on renamed and reordered copies of them (lowest
# 0.49): test_similarity.py measures both again. Runs of 6 to 16 tokens part them too, at other values.
THRESHOLD = 0.25
LEAST = 30  # runs besides the stub's: who has written one short function can't help resembling others
MOST_PAIRS = 500
FREQUENT = 30  # submissions; what more have is counted by one product of matrices, which is faster

Run = tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """A token: what it counts as, and its place in the text, as [start, end)."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Document:
    """A submission's text, its runs {run: indices of the tokens where it begins}, and which tokens are the stub's."""

    id: str
    text: str
    tokens: tuple[Token, ...]
    runs: Mapping[Run, tuple[int, ...]]
    given: frozenset[int]


@dataclass(frozen=True)
class Pair:
    """Two submissions that resemble each other, and the stretches [start, end) of each text that the other has too."""

    one: Document
    other: Document
    similarity: float
    stretches: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]


class Comparison:
    """Compares submissions to a lab.

    :param background: right answers of the project's own, from which is known what every right answer contains
    """

    def __init__(self, stub: str, background: Iterable[str] = ()) -> None:
        self._names = _names_of(stub)
        self._given = {run for run, _ in _runs(self._tokens(stub))}
        self._background = [self.document(f"background {n}", text) for n, text in enumerate(background)]

    def _tokens(self, text: str) -> tuple[Token, ...]:
        return tuple(_tokens(text, self._names))

    def document(self, id: str, text: str) -> Document:
        """Read a submission; any text will do."""
        tokens = self._tokens(text)
        runs: dict[Run, list[int]] = defaultdict(list)
        given: set[int] = set()
        for run, start in _runs(tokens):
            if run in self._given:
                given.update(range(start, start + RUN))
            else:
                runs[run].append(start)
        return Document(id, text, tokens, {run: tuple(starts) for run, starts in runs.items()}, frozenset(given))

    def similarities(self, documents: Sequence[Document]) -> np.ndarray:
        """The similarity of every two, (n, n), with 0 on the diagonal and where somebody wrote too little."""
        n = len(documents)
        having: dict[Run, list[int]] = defaultdict(list)
        for index, document in enumerate(documents):
            for run in document.runs:
                having[run].append(index)
        known = Counter(run for document in self._background for run in document.runs)
        total = n + len(self._background)
        own, shared, frequent = np.zeros(n), np.zeros((n, n)), []
        for run, places in having.items():
            weight = math.log(1 + total / (len(places) + known[run]))
            own[places] += weight
            if len(places) > FREQUENT:
                frequent.append((places, weight))
            elif len(places) > 1:
                shared[np.ix_(places, places)] += weight
        has = np.zeros((n, len(frequent)))  # the square root of a run's weight where a submission has it
        for column, (places, weight) in enumerate(frequent):
            has[places, column] = math.sqrt(weight)
        shared += has @ has.T  # (n, runs) @ (runs, n) -> (n, n)
        either = own[:, None] + own[None, :] - shared
        found: np.ndarray = np.divide(shared, either, out=np.zeros((n, n)), where=either > 0)
        little = np.array([len(document.runs) < LEAST for document in documents], dtype=bool)
        found[little] = found[:, little] = 0
        np.fill_diagonal(found, 0)
        return found


def pairs(
    documents: Sequence[Document], similarities: np.ndarray, threshold: float = THRESHOLD, most: int = MOST_PAIRS
) -> list[Pair]:
    """The pairs of at least that similarity, the most similar first, no more than `most`.

    :param similarities: (n, n), as `Comparison.similarities` gives them
    """
    upper = np.triu(similarities, 1)
    order = sorted(zip(*np.nonzero(upper >= threshold)), key=lambda place: -upper[place])[:most]
    return [
        Pair(documents[i], documents[j], float(upper[i, j]), _stretches(documents[i], documents[j])) for i, j in order
    ]


def comparison(lab: Lab, root: Path = ROOT) -> Comparison:
    """The comparison for a lab, with its solution and right variants as background."""

    def text(kind: str, module: str) -> str:
        return files_of(lab, root / kind)[module].read_text("utf-8")

    module = compared_module(lab)
    solution = text("solution", module)
    own = [
        edited_module(solution, lab.function(v.function).path, v.edits)
        for v in lab.variants
        if lab.function(v.function).module == module
    ]
    return Comparison(text("student", module), [solution, *own])


def compared_module(lab: Lab) -> str:
    """The file that is compared: the one with the most marks in it."""
    marks: dict[str, float] = defaultdict(float)
    for line in lab.lines:
        marks[lab.function(line.function).module] += line.marks
    return max(lab.modules, key=lambda module: marks[module])


def documents_of(folder: GradesFolder, compare: Comparison, module: str) -> list[Document]:
    """The submissions of a graded class."""
    found = []
    for entry in folder.roster():
        file = folder.file_of(entry, module)
        if file:
            text = file.read_bytes().decode("utf-8-sig", "replace")
            found.append(compare.document(entry.id, text.replace("\r\n", "\n").replace("\r", "\n")))
    return found


# -- tokens -----------------------------------------------------------------------------------------------------------

# Python's tokens, and whatever else is written: of a string the beginning alone, and a line break inside a statement.
_TOKEN = re.compile(
    r"#.*|\\\r?\n|(?P<end>\n)|(?i:[rbfu]{0,2})(?P<quote>'''|\"\"\"|'|\")"
    r"|[^\W\d]\w*|\.?\d[\w.]*(?:(?<=[eE])[+-]\d\w*)?"
    r"|\*\*=?|//=?|>>=?|<<=?|\.\.\.|->|[-+*/%&|^=<>!@:]=|[^\w\s]"
)
# What ends a string, or a backslash that keeps the next character from doing so.
_ENDING = {quote: re.compile(rf"\\.|{quote}", re.S) for quote in ("'''", '"""')}
_ENDING |= {quote: re.compile(rf"\\.|{quote}|(?=\n)", re.S) for quote in ("'", '"')}
_BUILT_IN = frozenset([*keyword.kwlist, *dir(builtins)])


def _names_of(stub: str) -> frozenset[str]:
    """The names that everybody uses: the language's and the stub's."""
    return _BUILT_IN | set(re.findall(r"[^\W\d]\w*", stub))


def _tokens(text: str, names: frozenset[str]) -> Iterator[Token]:
    """The tokens that count, without comments, docstrings and layout."""
    read = list(_read(text))
    for index, (token, start, end) in enumerate(read):
        before = [read[i][0] if i >= 0 else "" for i in (index - 2, index - 1)]
        yield Token(_kind(token, before, names), start, end)


def _read(text: str) -> Iterator[tuple[str, int, int]]:
    """Tokens and their places in the text as [start, end), without comments and docstrings.

    Of any text, in time that grows with its length: Python's own tokenizer looks for the end of each string anew. A
    string without an end goes on to the end of its line, or of the text if it has three quotes.
    """
    statement: list[tuple[str, int, int]] = []
    at = depth = 0
    while found := _TOKEN.search(text, at):
        token, at = found[0], found.end()
        if found["end"]:
            if depth == 0:
                yield from _without_docstring(statement)
                statement = []
        elif found["quote"]:
            at = _end_of_string(text, at, found["quote"])
            statement.append(('""', found.start(), at))
        elif not token.startswith(("#", "\\\n", "\\\r")):
            depth = max(0, depth + (token in "([{") - (token in ")]}"))
            statement.append((token, found.start(), at))
    yield from _without_docstring(statement)


def _without_docstring(statement: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    return [] if [token for token, _, _ in statement] == ['""'] else statement


def _end_of_string(text: str, start: int, quote: str) -> int:
    ends = (found.end() for found in _ENDING[quote].finditer(text, start) if not found[0].startswith("\\"))
    return next(ends, len(text))


def _kind(token: str, before: list[str], names: frozenset[str]) -> str:
    """What a token counts as: each name of the author's own is the same; a module's names, as in np.exp, are kept."""
    is_name = token[:1].isalpha() or token[:1] == "_"
    is_modules = before[1] == "." and before[0] != "self"
    return token if not is_name or token in names or is_modules else "name"


def _runs(tokens: tuple[Token, ...]) -> Iterator[tuple[Run, int]]:
    kinds = [token.kind for token in tokens]
    for start in range(len(kinds) - RUN + 1):
        yield tuple(kinds[start : start + RUN]), start


def _stretches(one: Document, other: Document) -> tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    common = one.runs.keys() & other.runs.keys()
    return _covered(one, common), _covered(other, common)


def _covered(document: Document, runs: Iterable[Run]) -> tuple[tuple[int, int], ...]:
    """The stretches of the text that these runs cover; none reaches into the stub, a comment or a docstring."""
    covered = {start + k for run in runs for start in document.runs[run] for k in range(RUN)}
    stretches: list[tuple[int, int]] = []
    last = -1
    for index in sorted(covered - document.given):
        token = document.tokens[index]
        if index == last + 1 and stretches and not document.text[stretches[-1][1] : token.start].strip():
            stretches[-1] = (stretches[-1][0], token.end)
        else:
            stretches.append((token.start, token.end))
        last = index
    return tuple(stretches)


# -- the terminal -----------------------------------------------------------------------------------------------------


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="make similarity", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("grades", nargs="?", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    parser.add_argument("--lab", default="q1", choices=lab_names())
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help=f"between 0 and 1 (default: {THRESHOLD})")
    options = parser.parse_args()
    lab = load_lab(options.lab)
    folder = GradesFolder(options.grades)
    compare = comparison(lab)
    try:
        titles = {entry.id: entry.title for entry in folder.roster()}
        documents = documents_of(folder, compare, compared_module(lab))
    except FolderError as error:
        print(f"make similarity: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    found = pairs(documents, compare.similarities(documents), options.threshold)
    console = Console()
    if not found:
        console.print(f"none of the pairs of {len(documents)} submissions reaches {options.threshold:g}")
        return 0
    table = Table(title=f"Similar submissions among {len(documents)}: for people to judge", title_justify="left")
    table.add_column("similarity", justify="right")
    for column in ("one", "other"):
        table.add_column(column)
    for pair in found:
        names = (Text(f"{titles[document.id]} ({document.id})") for document in (pair.one, pair.other))
        table.add_row(f"{pair.similarity:.2f}", *names)
    console.print(table)
    if len(found) == MOST_PAIRS:
        console.print(f"there are more than these {MOST_PAIRS}; a higher --threshold shows the most similar ones alone")
    console.print("`make report` shows them side by side")
    return 0


if __name__ == "__main__":
    sys.exit(main())
