"""Finds and reads what was handed in, without running it, and says of files what was found, expected and to be done."""

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

from neural_lab.feedback.phrases import listed
from neural_lab.intake import notebook
from neural_lab.intake.foreign import shown
from neural_lab.schema.cells import Cells
from neural_lab.schema.lab import Lab

MOST_BYTES = 1 << 20  # of one file, and with what lies beside: a thousand times what the lab needs
MOST_FILES = 50
MOST_COMPARED = 8  # candidates that are read to see which of them is meant
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
    """Nothing in the submission can be graded; the text says what was found, what is expected and what to do."""


class Submission(NamedTuple):
    """What was handed in, read.

    :param files: {module name: text} of the lab's modules and of other Python files beside them
    :param content: the bytes that decide the inputs: those of the file, or of all files with their names; of a
        notebook those of its code
    :param notes: what is worth telling about names and encodings
    :param cells: of the modules that were handed in as notebooks, where their cells begin
    """

    files: dict[str, str]
    content: bytes
    notes: tuple[str, ...] = ()
    cells: Mapping[str, Cells] = MappingProxyType({})


def read(path: Path, lab: Lab) -> Submission:
    """Read the submission at `path`, a file or a folder.

    :raises Unusable: there is nothing that can be graded
    """
    if not os.path.lexists(path):
        raise Unusable(f"There is nothing at {shown(str(path), 200)}. Expected: {wanted_files(lab)}.")
    notes: list[str] = []
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
            notes.append(f"The file is named {shown(file.name)}; it was graded as {name}. Hand in {name}.")
    missing = [f"{module}.py" for module in lab.modules if module not in found]
    if missing:
        notes.append(f"There is no {' and no '.join(missing)} beside it. Please hand in {wanted_files(lab)} together.")
    first = next(iter(raw.values()))
    content = first if len(raw) == 1 else b"".join(f"{m}:{len(raw[m])}:".encode() + raw[m] for m in sorted(raw))
    return Submission(files, content, tuple(notes), cells)


def wanted_files(lab: Lab, notebooks: Collection[str] = ()) -> str:
    """The lab's files by their names; those of some modules as notebooks."""
    return " and ".join(f"{module}{_ending(module in notebooks)}" for module in lab.modules)


def _ending(is_notebook: bool) -> str:
    return ".ipynb" if is_notebook else ".py"


def _choose(folder: Path, lab: Lab, notes: list[str]) -> dict[str, Path]:
    """The files of a folder that are the lab's modules, and the Python files that lie beside them."""
    files = list(_walk(folder))
    chosen: dict[str, Path] = {}
    for module in lab.modules:
        best = _candidates(files, module, alone=len(lab.modules) == 1)
        if not _all_equal(best):
            names = ", ".join(shown(os.path.relpath(file, folder)) for file in best[:5])
            several = f"Several files could be {module}.py: {names}."
            wanted = list(dict.fromkeys(f.owner or f.name for f in lab.functions if f.module == module))
            best = [file for file in best if _defines_any(file, wanted)] if len(best) <= MOST_COMPARED else []
            if len(best) != 1:
                raise Unusable(f"{several} Hand in one, named {module}.py.")
            notes.append(f"{several} {shown(best[0].name)} was graded: no other defines {listed(wanted[:3])}.")
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
    first = _bytes_of(files[0], notebook.MOST_BYTES) if len(files) > 1 else b""
    return all(_bytes_of(file, notebook.MOST_BYTES) == first for file in files[1:])


def _nothing_found(folder: Path, files: list[Path], lab: Lab) -> str:
    wanted = wanted_files(lab)
    kinds = {file.suffix.lower() for file in files}
    named = ", ".join(shown(file.name) for file in files[:5]) or "no file"
    special = next((p for p in map(Path, _entries(folder)) if p.name == f"{lab.modules[0]}.py"), None)
    if special is not None:
        return f"{special.name} is {_kind_of(special)}, not a file that can be read. Hand in {wanted} itself."
    if ".ipynb" in kinds:
        return f"Found a notebook ({named}); expected: {wanted}. Name your notebooks like these files."
    if kinds & {*ARCHIVES}:
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


def _kind_of(path: Path) -> str:
    mode = path.lstat().st_mode
    kinds = ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"))
    return next((kind for test, kind in kinds if test(mode)), "something special")


class _Code(NamedTuple):
    """What was read of a file.

    :param data: the bytes that decide the inputs
    :param cells: where the cells of a notebook begin
    """

    text: str
    data: bytes
    cells: Cells = ()


def _code_of(file: Path, notes: list[str]) -> _Code:
    """The code in a Python file or a notebook."""
    if file.suffix.lower() != ".ipynb":
        data = _bytes_of(file)
        return _Code(_text_of(data, file.name, notes), data)
    name = shown(file.name)
    data = _bytes_of(file, notebook.MOST_BYTES)
    try:
        read = notebook.read_notebook(data)
    except notebook.NotANotebook as error:
        raise Unusable(f"{name} can't be read as a notebook: {error}.") from None
    if len(read.text) > MOST_BYTES:
        raise Unusable(f"{name} has {len(read.text):,} characters of code; at most {MOST_BYTES:,} are read.")
    if "\0" in read.text:
        raise Unusable(f"{name} holds NUL characters in its code. Take them out and save it again.")
    notes.append(_told_of(read, name))
    return _Code(read.text, read.text.encode(), read.cells)


def _told_of(read: notebook.Notebook, name: str) -> str:
    count = len(read.cells)
    told = f"{name} was graded as one file of its {count} code cells, in the order in which they stand"
    if count == 1:
        told = f"{name} was graded as the code of its only code cell"
    told += "; a cell's number here counts code cells alone."
    if read.magics:
        told += f" Left out: {read.magics} line{'s' * (read.magics > 1)} for IPython or the shell."
    if read.others:
        which = listed([str(number) for number in read.others], 5)
        told += f" Left out, because not in Python: cell{'s' * (len(read.others) > 1)} {which}."
    return told


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
        kind = _kind_of(file) if not stat.S_ISREG(file.lstat().st_mode) else f"closed ({error.strerror})"
        raise Unusable(f"{shown(file.name)} is {kind}, so it can't be read. Hand in the Python file itself.") from None
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(stream.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise Unusable(f"{shown(file.name)} is {_kind_of(file)}, not a file. Hand in the Python file itself.")
        if status.st_size > most:
            raise Unusable(
                f"{shown(file.name)} has {status.st_size:,} bytes; at most {most:,} are read. "
                "Hand in the code alone, without data and outputs."
            )
        return stream.read(most + 1)


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
