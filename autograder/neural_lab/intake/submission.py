"""Finds and reads what was handed in, without running it. What is to be said of the files is `notes` and refusals."""

from __future__ import annotations

import codecs
import contextlib
import itertools
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from neural_lab.intake.notes import (
    Absent,
    Chosen,
    Closed,
    Encoding,
    Fault,
    FileNote,
    FromNotebook,
    NoNotebook,
    NoText,
    NotRegular,
    NotThere,
    Nowhere,
    OtherEncoding,
    OtherName,
    Refusal,
    SeveralFiles,
    Sort,
    TooLarge,
    TooMuchCode,
)
from neural_lab.schema.cells import Cells
from neural_lab.schema.lab import Lab

MOST_BYTES = 1 << 20  # of one file, and with what lies beside: a thousand times what the lab needs
MOST_FILES = 50
MOST_COMPARED = 8  # candidates that are read to see which of them is meant
MOST_TOLD = 5  # files by their names
MOST_ENTRIES = 3_000
MOST_DEPTH = 6
# What a file that is handed in may end with, and what may hold one.
SUFFIXES = (".py", ".ipynb")
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".7z", ".rar")
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
    """Nothing in the submission can be graded; `feedback.files` has the words for why."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


class Submission(NamedTuple):
    """What was handed in, read.

    :param files: {module name: text} of the lab's modules and of other Python files beside them
    :param content: the bytes that decide the inputs: those of the file, or of all files with their names; of a
        notebook those of its code
    :param notes: what is worth telling about names, notebooks and encodings
    :param cells: of the modules that were handed in as notebooks, where their cells begin
    """

    files: dict[str, str]
    content: bytes
    notes: tuple[FileNote, ...] = ()
    cells: Mapping[str, Cells] = MappingProxyType({})

    def lines(self, module: str) -> int:
        """How many lines a module has, as Python counts them; 0 if it is none of these. What a worker says of a line
        may be any number."""
        return self.files[module].count("\n") + 1 if module in self.files else 0


def read(path: Path, lab: Lab) -> Submission:
    """Read the submission at `path`, a file or a folder.

    :raises Unusable: there is nothing that can be graded
    """
    if not os.path.lexists(path):
        raise Unusable(Nowhere(str(path), wanted_files(lab)))
    notes: list[FileNote] = []
    if path.is_dir():
        found = _choose(path, lab, notes)
    else:
        found = {module: path.with_name(f"{module}.py") for module in lab.modules}
        found = {module: file for module, file in found.items() if file.name == path.name or file.is_file()}
        if len(lab.modules) == 1 or not found:
            found = {lab.modules[-1]: path}
    raw: dict[str, bytes] = {}
    files: dict[str, str] = {}
    cells: dict[str, Cells] = {}
    for module, file in found.items():
        try:
            code = _code_of(file, notes)
            if module not in lab.modules and sum(map(len, raw.values())) + len(code.data) > MOST_BYTES:
                continue
            files[module], raw[module] = code.text, code.data
            if code.cells:
                cells[module] = code.cells
        except Unusable:
            if module in lab.modules:
                raise  # what lies beside may be anything, such as an empty __init__.py
    for module, file in found.items():
        name = f"{module}{_ending(module in cells)}"
        if module in lab.modules and file.name != name:
            notes.append(OtherName(file.name, name))
    absent = tuple(f"{module}.py" for module in lab.modules if module not in found)
    if absent:
        notes.append(Absent(absent, wanted_files(lab)))
    first = next(iter(raw.values()))
    content = first if len(raw) == 1 else b"".join(f"{m}:{len(raw[m])}:".encode() + raw[m] for m in sorted(raw))
    return Submission(files, content, tuple(notes), cells)


def wanted_files(lab: Lab, notebooks: Collection[str] = ()) -> tuple[str, ...]:
    """The lab's files by their names; those of some modules as notebooks."""
    return tuple(f"{module}{_ending(module in notebooks)}" for module in lab.modules)


def _ending(is_notebook: bool) -> str:
    return ".ipynb" if is_notebook else ".py"


def _choose(folder: Path, lab: Lab, notes: list[FileNote]) -> dict[str, Path]:
    """The files of a folder that are the lab's modules, and the Python files that lie beside them."""
    files = list(_walk(folder))
    chosen: dict[str, Path] = {}
    for module in lab.modules:
        best = _candidates(files, module, alone=len(lab.modules) == 1)
        if not _all_equal(best):
            several = tuple(os.path.relpath(file, folder) for file in best[:MOST_TOLD])
            wanted = tuple(dict.fromkeys(f.owner or f.name for f in lab.functions if f.module == module))
            best = [file for file in best if _defines_any(file, wanted)] if len(best) <= MOST_COMPARED else []
            if len(best) != 1:
                raise Unusable(SeveralFiles(f"{module}.py", several))
            notes.append(Chosen(f"{module}.py", several, best[0].name, wanted))
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
        lambda file: file.name in (f"{module}.py", f"{module}.ipynb"),
        lambda file: file.name.lower() in (f"{module}.py", f"{module}.ipynb"),
        # downloads and copies: "q1 (1).py", "q1-2.py", "q1_final.py", "q1.py.txt", "q1.txt"
        lambda file: re.fullmatch(rf"(?i){name}[ _-]*(\(\d+\)|\d*|copy|final|new)?(\.py)?\.(py|txt|ipynb)", file.name),
    ]
    if alone:
        rules.append(lambda file: file.suffix.lower() in (".py", ".ipynb"))
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
    from neural_lab.intake import notebook  # few hand in notebooks, or several files

    first = _bytes_of(files[0], notebook.MOST_BYTES) if len(files) > 1 else b""
    return all(_bytes_of(file, notebook.MOST_BYTES) == first for file in files[1:])


def _nothing_found(folder: Path, files: list[Path], lab: Lab) -> Refusal:
    wanted = wanted_files(lab)
    special = next((p for p in map(Path, _entries(folder)) if p.name == f"{lab.modules[0]}.py"), None)
    if special is not None:
        return NotRegular(special.name, _sort_of(special), wanted)
    endings = frozenset(file.suffix.lower() for file in files)
    return NotThere(tuple(file.name for file in files[:MOST_TOLD]), endings, wanted)


def _walk(folder: Path) -> Iterator[Path]:
    """Regular files below the folder, shallowest first; nothing is followed and little is believed."""
    seen = 0
    level = [folder]
    for _ in range(MOST_DEPTH):
        deeper: list[Path] = []
        for place in level:
            # Python files first: they must be found even among thousands of others
            for entry in sorted(
                _entries(place), key=lambda e: (not e.name.lower().endswith((".py", ".ipynb")), e.name)
            ):
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


def _sort_of(path: Path) -> Sort:
    mode = path.lstat().st_mode
    sorts = ((stat.S_ISLNK, Sort.LINK), (stat.S_ISDIR, Sort.FOLDER), (stat.S_ISFIFO, Sort.PIPE))
    return next((sort for test, sort in sorts if test(mode)), Sort.OTHER)


class _Code(NamedTuple):
    """What was read of a file.

    :param data: the bytes that decide the inputs
    :param cells: where the cells of a notebook begin
    """

    text: str
    data: bytes
    cells: Cells = ()


def _code_of(file: Path, notes: list[FileNote]) -> _Code:
    """The code in a Python file or a notebook."""
    if file.suffix.lower() != ".ipynb":
        data = _bytes_of(file)
        return _Code(_text_of(data, file.name, notes), data)
    from neural_lab.intake import notebook  # few hand in notebooks

    data = _bytes_of(file, notebook.MOST_BYTES)
    try:
        read = notebook.read_notebook(data)
    except notebook.NotANotebook as error:
        raise Unusable(NoNotebook(file.name, error.fault, error.cells, notebook.MOST_CELLS)) from None
    if len(read.text) > MOST_BYTES:
        raise Unusable(TooMuchCode(file.name, len(read.text), MOST_BYTES))
    if "\0" in read.text:
        raise Unusable(NoText(file.name, Fault.NUL_IN_CELLS))
    notes.append(FromNotebook(file.name, len(read.cells), read.magics, read.others))
    return _Code(read.text, read.text.encode(), read.cells)


def _defines_any(file: Path, names: Collection[str]) -> bool:
    """Whether a definition of one of the names stands at the beginning of a line: by its look, nothing is parsed."""
    try:
        text = _code_of(file, []).text
    except Unusable:
        return False
    return any(re.search(rf"^(?:class|def)[ \t]+{re.escape(name)}\b", text, re.M) for name in names)


def _bytes_of(file: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a regular file that is not too large, opened without following a link or waiting for a pipe."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        closed = stat.S_ISREG(file.lstat().st_mode)
        why = Closed(file.name, str(error.strerror)) if closed else NotRegular(file.name, _sort_of(file))
        raise Unusable(why) from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unusable(NotRegular(file.name, _sort_of(file), opened=True))
        if status.st_size > most:
            raise Unusable(TooLarge(file.name, status.st_size, most))
        return stream.read(most + 1)


def _text_of(data: bytes, name: str, notes: list[FileNote]) -> str:
    """The file's text, whatever common encoding it is in."""
    if not data.strip():
        raise Unusable(NoText(name, Fault.EMPTY))
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            notes.append(OtherEncoding(name, Encoding.UTF_16))
            return _lines(data.decode(encoding, "replace"))
    if b"\0" in data:
        raise Unusable(NoText(name, Fault.NUL_BYTES))
    declared = _declared(data)
    known = declared in ENCODINGS and not data.startswith(codecs.BOM_UTF8)
    if declared not in ENCODINGS:
        notes.append(OtherEncoding(name, Encoding.DECLARED, declared))
    for encoding in (declared, "utf-8") if known else ("utf-8",):
        with contextlib.suppress(UnicodeDecodeError):
            return _lines(data.decode(encoding).removeprefix("\ufeff"))
    notes.append(OtherEncoding(name, Encoding.LATIN_1))
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
