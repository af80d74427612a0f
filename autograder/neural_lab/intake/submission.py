"""Finds and reads what was handed in, without running it, and reads what the survey of it says. Owns the messages
about files: what was found, what is expected, what to do.
"""

from __future__ import annotations

import codecs
import contextlib
import itertools
import os
import re
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from neural_lab.intake.foreign import shown
from neural_lab.runtime.plan import Note, Renamed, Statement
from neural_lab.runtime.protocol import Failure, Malformed
from neural_lab.schema.schema import Lab

MOST_BYTES = 1 << 20  # of one file, and with what lies beside: a thousand times what the lab needs
MOST_FILES = 50
MOST_ENTRIES = 3_000
MOST_DEPTH = 6
_SKIPPED = {"__MACOSX", "__pycache__", "node_modules", "site-packages"}
# What a file may declare to be written in (PEP 263): codecs in C that take time in proportion to the text. Python has
# others, written in Python, that run code of their own, take quadratic time or always raise.
ENCODINGS = frozenset(
    "utf-8 utf8 ascii us-ascii latin-1 latin1 mac-roman koi8-r koi8-u gbk gb2312 gb18030 big5 shift-jis euc-jp euc-kr"
    " cp932 cp936 cp949 cp950".split()
    + [f"iso-8859-{number}" for number in (*range(1, 12), *range(13, 17))]
    + [f"{family}{number}" for family in ("cp", "windows-") for number in range(1250, 1259)]
)
_DECLARED = re.compile(rb"[ \t\f]*#[^\n\r]{0,200}?coding[:=][ \t]{0,20}([-\w.]{1,40})")


class Unusable(Exception):
    """Nothing in the submission can be graded; the text says what was found, what is expected and what to do."""


class Submission(NamedTuple):
    """What was handed in, read.

    files    {module name: text} of the lab's modules and of other Python files beside them
    content  the bytes that decide the inputs: those of the file, or of all files with their names
    notes    what is worth telling about names and encodings
    """

    files: dict[str, str]
    content: bytes
    notes: tuple[str, ...] = ()


class Survey(NamedTuple):
    """What loading the submission once has shown: statements to skip, classes to take for the contract's, and the
    files as a worker compiled them, for workers alone to read."""

    skip: tuple[Statement, ...]
    code: dict[str, np.ndarray]
    classes: tuple[Renamed, ...]
    notes: list[str]


# -- reading ----------------------------------------------------------------------------------------------------------


def read(path: Path, lab: Lab) -> Submission:
    """Read the submission at `path`, a file or a folder.

    :raises Unusable: there is nothing that can be graded
    """
    if not os.path.lexists(path):
        raise Unusable(f"There is nothing at {shown(str(path), 200)}. Expected: {_wanted(lab)}.")
    if path.is_dir():
        found = _choose(path, lab)
    else:
        found = {module: path.with_name(f"{module}.py") for module in lab.modules}
        found = {module: file for module, file in found.items() if file.name == path.name or file.is_file()}
        if len(lab.modules) == 1 or not found:
            found = {lab.modules[-1]: path}
    notes: list[str] = []
    raw: dict[str, bytes] = {}
    files: dict[str, str] = {}
    for module, file in found.items():
        try:
            data = _bytes_of(file)
            if module not in lab.modules and sum(map(len, raw.values())) + len(data) > MOST_BYTES:
                continue
            files[module] = _text_of(data, file.name, notes)
            raw[module] = data
        except Unusable:
            if module in lab.modules:
                raise  # what lies beside may be anything, such as an empty __init__.py
    for module, file in found.items():
        if module in lab.modules and file.name != f"{module}.py":
            notes.append(f"The file is named {shown(file.name)}; it was graded as {module}.py. Hand in {module}.py.")
    missing = [f"{module}.py" for module in lab.modules if module not in found]
    if missing:
        notes.append(f"There is no {' and no '.join(missing)} beside it. Please hand in {_wanted(lab)} together.")
    first = next(iter(raw.values()))
    content = first if len(raw) == 1 else b"".join(f"{m}:{len(raw[m])}:".encode() + raw[m] for m in sorted(raw))
    return Submission(files, content, tuple(notes))


def _wanted(lab: Lab) -> str:
    return " and ".join(f"{module}.py" for module in lab.modules)


def _choose(folder: Path, lab: Lab) -> dict[str, Path]:
    """The files of a folder that are the lab's modules, and the Python files that lie beside them."""
    files = list(_walk(folder))
    chosen: dict[str, Path] = {}
    for module in lab.modules:
        best = _candidates(files, module, alone=len(lab.modules) == 1)
        if not _all_equal(best):
            names = ", ".join(shown(os.path.relpath(file, folder)) for file in best[:5])
            raise Unusable(f"Several files could be {module}.py: {names}. Hand in one, named {module}.py.")
        if best:
            chosen[module] = best[0]
    if not chosen:
        raise Unusable(_nothing_found(folder, files, lab))
    beside = {file.parent for file in chosen.values()}
    taken = set(chosen.values())
    for file in files:
        if file.parent in beside and file.suffix == ".py" and file.stem.isidentifier() and file not in taken:
            chosen.setdefault(file.stem, file)
    return dict(itertools.islice(chosen.items(), MOST_FILES))


def _candidates(files: list[Path], module: str, alone: bool) -> list[Path]:
    """The files that are most likely the module: the first rule that some file meets, the shallowest of those."""
    name = re.escape(module)
    rules: list[Callable[[Path], object]] = [
        lambda file: file.name == f"{module}.py",
        lambda file: file.name.lower() == f"{module}.py",
        # downloads and copies: "q1 (1).py", "q1-2.py", "q1_final.py", "q1.py.txt", "q1.txt"
        lambda file: re.fullmatch(rf"(?i){name}[ _-]*(\(\d+\)|\d*|copy|final|new)?(\.py)?\.(py|txt)", file.name),
    ]
    if alone:
        rules.append(lambda file: file.suffix.lower() == ".py")
    for rule in rules:
        found = [file for file in files if rule(file)]
        if found:
            depth = min(len(file.parts) for file in found)
            return [file for file in found if len(file.parts) == depth]
    return []


def _all_equal(files: list[Path]) -> bool:
    """Whether the files hold the same; of very many this is not asked."""
    if len(files) > MOST_FILES:
        return False
    first = _bytes_of(files[0]) if len(files) > 1 else b""
    return all(_bytes_of(file) == first for file in files[1:])


def _nothing_found(folder: Path, files: list[Path], lab: Lab) -> str:
    wanted = _wanted(lab)
    kinds = {file.suffix.lower() for file in files}
    named = ", ".join(shown(file.name) for file in files[:5]) or "no file"
    special = next((p for p in map(Path, _entries(folder)) if p.name == f"{lab.modules[0]}.py"), None)
    if special is not None:
        return f"{special.name} is {_kind_of(special)}, not a file that can be read. Hand in {wanted} itself."
    if ".ipynb" in kinds:
        return f"Found a notebook ({named}); expected: {wanted}. Export its code as a Python file of that name."
    if kinds & {".zip", ".tar", ".gz", ".7z", ".rar"}:
        return f"Found an archive ({named}); expected: {wanted}. Unpack it and upload the file itself."
    return f"Found {named}; expected: {wanted}. Upload the file under that name."


def _walk(folder: Path) -> Iterator[Path]:
    """Regular files below the folder, shallowest first; nothing is followed and little is believed."""
    seen = 0
    level = [folder]
    for _ in range(MOST_DEPTH):
        deeper: list[Path] = []
        for place in level:
            # Python files first: they must be found even among thousands of others
            for entry in sorted(_entries(place), key=lambda e: (not e.name.lower().endswith(".py"), e.name)):
                seen += 1
                if seen > MOST_ENTRIES:
                    return
                if entry.name.startswith(".") or entry.name in _SKIPPED:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    deeper.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield Path(entry.path)
        level = deeper


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # a closed folder holds nothing for us, nor one whose path is too long to be opened
        return []


def _kind_of(path: Path) -> str:
    mode = path.lstat().st_mode
    kinds = ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"))
    return next((kind for test, kind in kinds if test(mode)), "something special")


def _bytes_of(file: Path) -> bytes:
    """The bytes of a regular file that is not too large, opened without following a link or waiting for a pipe."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        kind = _kind_of(file) if not stat.S_ISREG(file.lstat().st_mode) else f"closed ({error.strerror})"
        raise Unusable(f"{shown(file.name)} is {kind}, so it can't be read. Hand in the Python file itself.") from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unusable(f"{shown(file.name)} is {_kind_of(file)}, not a file. Hand in the Python file itself.")
        if status.st_size > MOST_BYTES:
            raise Unusable(
                f"{shown(file.name)} has {status.st_size:,} bytes; at most {MOST_BYTES:,} are read. "
                "Hand in the code alone, without data."
            )
        return stream.read(MOST_BYTES + 1)


def _text_of(data: bytes, name: str, notes: list[str]) -> str:
    """The file's text, whatever common encoding it is in."""
    if not data.strip():
        raise Unusable(f"{shown(name)} is empty. Save your work and upload it again.")
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            notes.append(f"{shown(name)} is in UTF-16; Python files are UTF-8. It was converted.")
            return _lines(data.decode(encoding, "replace"))
    if b"\0" in data:
        raise Unusable(f"{shown(name)} holds NUL bytes, so it is not a text. Save it as a plain Python file in UTF-8.")
    declared = _declared(data)
    known = declared in ENCODINGS and not data.startswith(codecs.BOM_UTF8)
    if declared not in ENCODINGS:
        notes.append(f"{shown(name)} declares the encoding {declared}; Python files here are UTF-8.")
    for encoding in (declared, "utf-8") if known else ("utf-8",):
        with contextlib.suppress(UnicodeDecodeError):
            return _lines(data.decode(encoding).removeprefix("\ufeff"))
    notes.append(f"{shown(name)} is not in UTF-8; it was read as Latin-1.")
    return _lines(data.decode("latin-1"))


def _declared(data: bytes) -> str:
    """The encoding that one of the first two lines declares, as Python looks for it; UTF-8 if none does."""
    for line in re.split(rb"\r\n|\r|\n", data[:1000], maxsplit=2)[:2]:
        found = _DECLARED.match(line)
        if found:
            # Emacs says with it how lines end: utf-8-unix
            return re.sub("-(unix|dos|mac)$", "", found[1].decode("ascii").lower().replace("_", "-"))
        if line.split(b"#")[0].strip():
            break  # a declaration stands above all code
    return "utf-8"


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


# -- what loading it has shown ----------------------------------------------------------------------------------------


class _Loaded(NamedTuple):
    """The worker's report on the load, every type in it checked.

    found  {module: (functions, {class: methods})}
    """

    notes: list[Note]
    found: dict[str, tuple[list[str], dict[str, list[str]]]]
    code: dict[str, np.ndarray]


def survey(lab: Lab, submission: Submission, reply: Any) -> Survey:
    """Read the worker's report on the load. It comes from the untrusted side: believed only where it can't help.

    :raises Unusable: the file has a syntax error, never finishes loading, or defines nothing of the lab
    """
    if isinstance(reply, Failure):
        raise Unusable(_load_failure(lab, reply))
    try:
        loaded = _loaded(reply)
    except Malformed as error:
        raise Unusable(_load_failure(lab, Failure("malformed", message=str(error)))) from None
    texts: list[str] = []
    for note in loaded.notes:
        where = f"{shown(note.module)}.py, line {note.line}"
        what = f"{shown(note.type)}: {shown(note.message, 200)}".rstrip(": ")
        if note.kind == "syntax" and note.module in lab.modules:
            raise Unusable(f"{where} is not valid Python for this grader: {what}. {_syntax_hint(submission, note)}")
        if note.kind == "slow":
            texts.append(f"{where}: this statement outside any function ran too long and was left out while grading.")
        else:
            texts.append(f"{where} failed while the file was loaded ({what}); the rest was graded.")
    classes = tuple(_classes(lab, loaded, texts))
    if not _defines_any(lab, loaded, classes):
        raise Unusable(_no_definition(lab, loaded, texts))
    code = {name: compiled for name, compiled in loaded.code.items() if name in submission.files}
    skip = tuple(Statement(note.module, note.statement) for note in loaded.notes)
    return Survey(skip, code, classes, texts[:10])


def _loaded(reply: Any) -> _Loaded:
    """The one reader of a survey's reply.

    :raises Malformed: it is of another shape than `Host` gives it
    """
    kinds = {"module": str, "statement": int, "line": int, "kind": str, "type": str, "message": str}
    notes = [Note(*(_field(one, name, kind) for name, kind in kinds.items())) for one in _field(reply, "notes", list)]
    found = {}
    for module, defined in _field(reply, "found", dict).items():
        classes = {name: _names(methods) for name, methods in _field(defined, "classes", dict).items()}
        found[module] = (_names(_field(defined, "functions", list)), classes)
    code = {name: _typed(compiled, np.ndarray) for name, compiled in _field(reply, "code", dict).items()}
    return _Loaded(notes, found, code)


def _field(record: Any, name: str, kind: type) -> Any:
    return _typed(_typed(record, dict).get(name), kind)


def _names(value: Any) -> list[str]:
    return [_typed(name, str) for name in _typed(value, list)]


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Malformed("the report on loading it can't be read")
    return value


def _load_failure(lab: Lab, failure: Failure) -> str:
    wanted = _wanted(lab)
    if failure.kind == "timeout":
        return (
            f"Loading {wanted} did not end: a statement outside any function runs for ever. "
            'Put training code below `if __name__ == "__main__":`.'
        )
    return (
        f"Loading {wanted} ended the process ({shown(failure.message) or failure.kind}). "
        "Remove what does that at the top level of the file."
    )


def _syntax_hint(submission: Submission, note: Note) -> str:
    lines = submission.files.get(note.module, "").split("\n")
    text = lines[note.line - 1][:200] if 0 < note.line <= len(lines) else ""  # patterns may take quadratic time
    if re.match(r"\s*print\s+[^\s(=]", text):
        return "It looks like Python 2: print is a function now."
    if note.type in ("TabError", "IndentationError"):
        return "Indent with spaces alone."
    newer = (r"\bexcept\s*\*", "3.11"), (r"^\s*(def|class)\s+\w+\[", "3.12"), (r"^\s*type\s+\w+.*=", "3.12")
    for pattern, version in newer:
        if re.search(pattern, text):
            return f"This syntax is newer than the grader's Python; it came with Python {version}."
    return "Run the file on your computer first."


def _classes(lab: Lab, loaded: _Loaded, texts: list[str]) -> Iterator[Renamed]:
    """For a class of the contract that is missing, the one class that must be meant."""
    for module, owner in dict.fromkeys((f.module, f.owner) for f in lab.functions if f.owner):
        _, defined = loaded.found.get(module, ([], {}))
        if owner in defined:
            continue
        wanted = {f.name for f in lab.functions if f.owner == owner and f.module == module} - {"__init__"}
        score = {name: len(wanted & set(methods)) for name, methods in defined.items()}
        most = max(score.values(), default=0)
        best = [name for name in score if score[name] == most and 2 * most >= len(wanted)]
        if len(best) == 1:
            texts.append(f"There is no class {owner} in {module}.py; {shown(best[0])} was graded as that.")
            yield Renamed(module, best[0], str(owner))


def _defines_any(lab: Lab, loaded: _Loaded, classes: tuple[Renamed, ...]) -> bool:
    renamed = {(one.module, one.wanted) for one in classes}
    for function in lab.functions:
        if not lab.lines_of(function):
            continue
        functions, defined = loaded.found.get(function.module, ([], {}))
        if function.owner is None and function.name in functions:
            return True
        if function.owner in defined or (function.module, function.owner) in renamed:
            return True
    return False


def _no_definition(lab: Lab, loaded: _Loaded, texts: list[str]) -> str:
    wanted = ", ".join(dict.fromkeys(f.owner or f.name for f in lab.functions if lab.lines_of(f)))
    names = [name for functions, defined in loaded.found.values() for name in [*defined, *functions]]
    there = ", ".join(shown(name, 40) for name in names[:8]) or "nothing"
    why = f" ({texts[0]})" if texts else ""
    return f"{_wanted(lab)} should define {wanted}; it defines {there}{why}. Start from the stub and keep its names."
