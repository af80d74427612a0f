"""Generate the student's files from the solution: `make stubs`; `stubs.py --check` proves that they are up to date.

In a solution file an answer stands between two lines of their own, equally indented:

    # TODO: what to write
    # BEGIN ANSWER
    return 1 / (1 + np.exp(-z))
    # END ANSWER

In the stub the answer is `raise NotImplementedError("<function>")`, closed by `# END TODO`. The parser is strict: any
comment that looks like a marker without being one is an error, because a misread marker would hand the solution to the
class. Files without markers are given code and are copied as they are. In the pages of student/ the tables of marks
are written from the rubrics (marks.py), and in given code the leaderboard's numbers from the grader's
(leaderboard_numbers.py). intake/stub_edits.py reads stubs and submissions again.
"""

from __future__ import annotations

import ast
import difflib
import io
import re
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path

from neural_lab.intake.stub_edits import BEGIN, END, END_TODO, TODO
from neural_lab.schema.places import SOLUTION, STUDENT
from neural_lab.tools.command import Parser
from neural_lab.tools.release.leaderboard_numbers import outdated, with_numbers
from neural_lab.tools.release.marks import PageError, pages

# What a comment may have been meant as; one that is nearly one of these is taken for a mistyped marker.
_LIKELY = [
    first + second
    for opening in ("BEGIN", "START", "OPEN", "END", "STOP", "CLOSE", "FINISH")
    for word in ("ANSWER", "SOLUTION")
    for first, second in ((opening, word), (word, opening))
] + ["ENDTODO"]
_NEARLY = 0.8  # ratio of shared letters: "ENDANSER" has 0.94, "the answer" 0.78
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class MarkerError(ValueError):
    """A marker that is mistyped, nested, unclosed, unmatched, differently indented or in the wrong place."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}")
        self.file, self.line, self.what = file, line, what


@dataclass(frozen=True)
class Answer:
    """One answer in a solution file; lines are counted from 1."""

    todo: int  # the first line of the TODO comment above it
    begin: int
    end: int
    indent: str
    function: str


def stub_of(source: str, filename: str) -> str:
    """Return the student's version of a solution file.

    :param source: the solution's text
    :param filename: named in errors
    :raises MarkerError: naming file and line, where a marker is not exactly what it should be
    :raises SyntaxError: where the solution is not Python
    """
    lines = source.split("\n")
    stub: list[str] = []
    copied = 0  # lines of the solution that are dealt with
    for answer in find_answers(source, filename):
        stub += lines[copied : answer.begin - 1]
        stub += [f'{answer.indent}raise NotImplementedError("{answer.function}")', answer.indent + END_TODO]
        copied = answer.end
    stub += lines[copied:]
    text = "\n".join(stub)
    ast.parse(text, filename)  # a marker in the middle of a statement would break the stub
    return text


def find_answers(source: str, filename: str) -> list[Answer]:
    """Find the answers of a solution file, from top to bottom.

    :raises MarkerError: see `stub_of`
    """
    tree = ast.parse(source, filename)
    lines = source.split("\n")
    answers: list[Answer] = []
    opened: tuple[int, str] | None = None
    for number, column, comment in _comments(source):
        indent, rest = lines[number - 1][:column], lines[number - 1][column:]
        if rest not in (BEGIN, END) or indent.strip():
            if comment in (BEGIN, END) or _resembles_marker(comment):
                raise MarkerError(
                    filename,
                    number,
                    f"{lines[number - 1].strip()!r} resembles a marker; "
                    f"write exactly {BEGIN!r} or {END!r}, on a line of its own",
                )
            continue
        if rest == BEGIN:
            if opened:
                raise MarkerError(filename, number, f"{BEGIN!r} inside the answer that line {opened[0]} opens")
            opened = number, indent
        elif not opened:
            raise MarkerError(filename, number, f"{END!r} without a {BEGIN!r} above it")
        else:
            begin, begin_indent = opened
            if indent != begin_indent:
                raise MarkerError(filename, number, f"{END!r} is not indented like the {BEGIN!r} of line {begin}")
            answers.append(_answer(begin, number, indent, tree, lines, filename))
            opened = None
    if opened:
        raise MarkerError(filename, opened[0], f"this {BEGIN!r} is never closed by an {END!r}")
    for number, _, comment in _comments(source):
        if comment.startswith(TODO) and not any(answer.todo <= number < answer.begin for answer in answers):
            raise MarkerError(filename, number, f"{comment!r} has no answer below it")
    return answers


def _comments(source: str) -> list[tuple[int, int, str]]:
    """Every comment with its line (from 1) and column; text inside strings is not one."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [(*token.start, token.string) for token in tokens if token.type == tokenize.COMMENT]


def _resembles_marker(comment: str) -> bool:
    """Whether the comment, or its first two words, is nearly a marker once case, space and punctuation are left out."""
    words = re.findall(r"[A-Z]+", comment.upper())
    pairs = (difflib.SequenceMatcher(None, "".join(some), likely) for some in (words, words[:2]) for likely in _LIKELY)
    # the first two are never below the third, and cheap: most comments are nothing like a marker
    return any(min(one.real_quick_ratio(), one.quick_ratio()) >= _NEARLY and one.ratio() >= _NEARLY for one in pairs)


def _answer(begin: int, end: int, indent: str, tree: ast.Module, lines: list[str], filename: str) -> Answer:
    """Find out the answer's function and TODO comment."""
    function = None
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and node.lineno < begin and end <= _last_line(node, lines):
            function = node  # ast.walk meets outer functions first: the last is the innermost
    if function is None:
        raise MarkerError(filename, begin, "an answer must stand in a function")
    if not any(line.strip() for line in lines[begin : end - 1]):
        raise MarkerError(filename, begin, "the answer is empty")
    todo = None
    above = begin - 1
    while above >= 1 and lines[above - 1].startswith(indent + "#"):
        if lines[above - 1].startswith(indent + TODO):
            todo = above
        above -= 1
    if todo is None:
        raise MarkerError(filename, begin, f"a comment that begins with {TODO!r} must stand right above")
    return Answer(todo, begin, end, indent, function.name)


def _last_line(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """The last line of a function, counting the blank lines and the comments of its body that end it."""
    last = function.end_lineno or function.lineno
    while last < len(lines) and (
        not lines[last].strip()
        or (lines[last].lstrip().startswith("#") and len(lines[last]) - len(lines[last].lstrip()) > function.col_offset)
    ):
        last += 1
    return last


def generate(solution: Path = SOLUTION, student: Path = STUDENT) -> dict[Path, str]:
    """Every generated file, and every page with a table of marks: its path below student/ and its text.

    :raises MarkerError: see `stub_of`
    :raises PageError: see `pages`
    :raises FileNotFoundError: there is no solution
    """
    files = sorted(path for path in solution.rglob("*.py") if "__pycache__" not in path.parts)
    if not files:
        raise FileNotFoundError(f"no .py file below {solution}")
    stubs = {path.relative_to(solution): stub_of(with_numbers(path.read_text("utf-8")), str(path)) for path in files}
    return stubs | pages(student)


def stale(solution: Path = SOLUTION, student: Path = STUDENT) -> list[str]:
    """The generated files that are missing or differ, as paths below student/."""
    return [
        path.as_posix()
        for path, text in generate(solution, student).items()
        if not (student / path).is_file() or (student / path).read_bytes() != text.encode("utf-8")
    ]


def write(solution: Path = SOLUTION, student: Path = STUDENT) -> list[str]:
    """Bring student/ up to date, and the numbers in solution/; returns what was written below student/.

    Files that do not come from the solution are left alone.
    """
    # All of them before the first is written: an error must not leave half a handout.
    texts = generate(solution, student)
    changed = stale(solution, student)
    for file, text in outdated(solution).items():
        file.write_bytes(text.encode("utf-8"))
    for path in changed:
        (student / path).parent.mkdir(parents=True, exist_ok=True)
        (student / path).write_bytes(texts[Path(path)].encode("utf-8"))
    return changed


def main() -> int:
    parser = Parser("stubs", description="Generate the files in student/ from those in solution/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a stub is out of date")
    parser.add_argument("--solution", type=Path, default=SOLUTION, help="folder to read (default: %(default)s)")
    parser.add_argument("--student", type=Path, default=STUDENT, help="folder to write (default: %(default)s)")
    options = parser.parse_args()
    try:
        changed = (stale if options.check else write)(options.solution, options.student)
    except (MarkerError, PageError, SyntaxError, OSError) as error:
        print(f"stubs: {error}", file=sys.stderr)
        return 2
    for path in changed:
        why = ", whose marks are not the rubric's" if path.endswith(".md") else ""
        print(f"out of date: {path}{why} (run `make stubs`)" if options.check else f"wrote {options.student / path}")
    if not changed:
        print("every stub and every table of marks is up to date")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
