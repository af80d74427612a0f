"""Reads an export of Gradescope, Canvas or Moodle, safely whatever is in it: who handed in what.

Taken are the downloaded zip, the folder it unpacks to, and any other zip or folder that holds a folder or a file for
each submission. A zip in it is a folder of that name. Metadata are Gradescope's only where no student could have put
them: at the root, beside the submissions; in Canvas's and Moodle's, names of files and folders tell whose they are.
Whatever names say, only regular files are read, no more of each than the grader would look at, and they are handed on
under names that cannot leave a folder, and of which none stands for another.

Every file becomes part of a submission or is named in `Export.warnings`, and so is a folder without files a submission:
of somebody who handed in nothing. A submission that cannot be read raises when it is read, and spoils no other.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import re
import stat
import threading
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol

import yaml

from neural_lab.intake import notebook
from neural_lab.intake.foreign import shown
from neural_lab.intake.submission import ARCHIVES, SUFFIXES

METADATA = "submission_metadata.yml"
MOST_BYTES = (1 << 20) + 1  # of one file: one more than the grader reads, so that it can tell that a file is too large
MOST_OF_A_NOTEBOOK = notebook.MOST_BYTES + 1
MOST_IN_ALL = 32 << 20  # of one submission
MOST_FILES = 300  # of one submission
MOST_METADATA = 512 << 20
MOST_ZIPS = 3  # in one another
MOST_MEMBERS = 10_000  # of a zip in the export
MOST_NESTED = 64  # of what in the metadata lies in what; Gradescope's have some 10
# Of a file's path, in bytes and in folders: systems take 4,096 bytes for a whole path, the grader looks 6 folders deep.
MOST_PATH, MOST_FOLDERS = 1_000, 50
_LEFT = {"__MACOSX", "__pycache__", ".git", "node_modules"}
# "doejane_12345_678901_q1.py", or "doejane_LATE_12345_…": name, user, attachment, the file's own name
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<user>[0-9]+)_(?P<attachment>[0-9]+)_(?P<file>.+)", re.S)
# "Søren Müller_123456_assignsubmission_file_", a folder or the beginning of a file's name
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<user>[0-9]+)_assignsubmission_[a-z]+_?(?P<file>.*)", re.S)
# Letters that no accent can be taken from
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L",
                          "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ı": "i"})  # fmt: skip


class ExportError(Exception):
    """The export as a whole cannot be read; the message says what was found and what to do."""


class Unreadable(Exception):
    """One submission cannot be read; the message says why."""


@dataclass(frozen=True)
class Submitter:
    """A student; a text that the export does not tell is empty. `sid` is a text: zeros in front belong to it.

    :param participant: a number that the platform has given: Canvas's user, the `ID` of its gradebook, or Moodle's
        participant, the `Participant 4711` of its worksheet; Canvas's stands for the id as long as no other is known
    """

    name: str = ""
    sid: str = ""
    email: str = ""
    section: str = ""
    participant: str = ""


@dataclass(frozen=True)
class Attempt:
    """A hand-in that Gradescope gave marks for: when, as `Entry.submitted`, and how many."""

    submitted: str
    score: float


@dataclass(frozen=True)
class Entry:
    """One submission.

    :param id: its name in the export, made safe as a file's name; unique
    :param submitters: one, several for a group, none where the export does not tell
    :param score: what Gradescope gave, if anything
    :param files: (name inside the submission, name in the export)
        none where the export says that there is a student, and holds nothing of theirs
    :param submitted: when it was handed in, as ISO 8601 with its offset; empty where the export does not tell
    :param label: its name in the export as it is, for people
    :param notes: what the staff should know of it, such as what was left out
    :param attempts: every hand-in with marks that the export tells of, this one among them, in their order
    """

    id: str
    submitters: tuple[Submitter, ...] = ()
    score: float | None = None
    files: tuple[tuple[str, str], ...] = ()
    submitted: str = ""
    label: str = ""
    notes: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    @property
    def title(self) -> str:
        """How people know it: the submitters' names, or else its name in the export."""
        names = ", ".join(s.name or s.email or s.sid for s in self.submitters if s.name or s.email or s.sid)
        return names or self.label or self.id


class _Said:
    """What there is to warn of, a sentence each; `about`: what is known to be about a name in the export."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.about: list[tuple[str, str]] = []

    def __call__(self, sentence: str, about: str = "") -> None:
        self.sentences.append(sentence)
        if about:
            self.about.append((about, sentence))


class _Whose(NamedTuple):
    """To whom a path belongs.

    :param key: the same for all files of a submission
    :param file: the path's name inside the submission
    :param note: what the path's name says besides
    """

    key: str
    file: str
    submitters: tuple[Submitter, ...] = ()
    note: str = ""


@dataclass
class _Group:
    """A submission while it is put together."""

    whose: _Whose
    files: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Tree(Protocol):
    """Named files, in a zip or in a folder; folders, some of which may be empty, have a slash at the end."""

    def names(self) -> Iterator[str]: ...
    def read(self, name: str, most: int) -> bytes: ...
    def close(self) -> None: ...


class _ZipTree:
    """:raises Unreadable: it is no zip"""

    def __init__(self, file: Path | io.BytesIO, say: _Said, inside: str = "") -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise Unreadable(shown(str(error), 120)) from error
        self._folders: dict[str, None] = {}
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name = _name_of(member)
            if member.is_dir():
                self._folders[f"{name.rstrip('/')}/"] = None
            elif stat.S_ISLNK(member.external_attr >> 16):
                say(f"{shown(inside + name, 120)} is a symbolic link and was left out", inside + name)
                self._folders |= {f"{folder}/": None for folder in [name.rpartition("/")[0]] if folder}
            else:
                if name in self._members:
                    say(f"{shown(inside + name, 120)} is in the zip more than once; the last one counts", inside + name)
                self._members[name] = member

    def __len__(self) -> int:
        return len(self._members)

    def names(self) -> Iterator[str]:
        yield from self._folders
        yield from self._members

    def read(self, name: str, most: int) -> bytes:
        try:
            with self._zip.open(self._members[name]) as stream:
                return stream.read(most)
        # RuntimeError: encrypted; its subclass NotImplementedError: a compression that Python lacks
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
            raise Unreadable(f"{shown(name, 120)} is damaged in the zip ({shown(str(error), 120)})") from error

    def close(self) -> None:
        self._zip.close()


def _name_of(member: zipfile.ZipInfo) -> str:
    """Its name. macOS writes UTF-8 and does not say so, which is then read as the IBM PC's letters."""
    if not member.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            return member.filename.encode("cp437").decode("utf-8")
    return member.filename


class _FolderTree:
    def __init__(self, path: Path, say: _Said) -> None:
        self._root = path
        self._say = say

    def names(self) -> Iterator[str]:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for name, mode in self._listed(folder):
                path = folder + name
                if stat.S_ISDIR(mode) and not _usable(path):
                    self._say(f"{shown(path, 120)} is too deep or too long a path and was left out", path)
                elif stat.S_ISDIR(mode):
                    waiting.append(f"{path}/")
                    yield f"{path}/"
                elif stat.S_ISREG(mode):
                    yield path
                else:
                    kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
                    self._say(f"{shown(path, 120)} is {kind} and was left out", path)

    def _listed(self, folder: str) -> list[tuple[str, int]]:
        """The names and modes of what lies in a folder."""
        try:
            with os.scandir(self._root / folder) as entries:
                return sorted((entry.name, entry.stat(follow_symlinks=False).st_mode) for entry in entries)
        except OSError as error:
            self._say(f"{shown(folder, 120)} cannot be read ({error.strerror}) and was left out", folder)
            return []

    def read(self, name: str, most: int) -> bytes:
        try:
            descriptor = os.open(self._root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                return stream.read(most)
        except OSError as error:
            raise Unreadable(f"{shown(name, 120)} cannot be read ({error.strerror})") from error

    def close(self) -> None:
        pass


class _Unpacked:
    """A tree in which every zip that can be opened is a folder of its name."""

    def __init__(self, tree: _Tree, say: _Said, inside: str = "", depth: int = 0) -> None:
        self._tree, self._say, self._inside, self._depth = tree, say, inside, depth
        self._places: dict[str, tuple[str, str]] = {}  # name here: the zip's name in the tree, and the name in the zip
        self._last: tuple[str, _Tree] | None = None
        self._one_at_a_time = threading.Lock()  # for the zip that was opened last
        self._names = list(self._listed())

    def names(self) -> Iterator[str]:
        yield from self._names

    def _listed(self) -> Iterator[str]:
        for name in self._tree.names():
            opened = self._opened(name, self._say) if name.lower().endswith(".zip") else None
            if opened is None:
                yield name
                continue
            for member in opened.names():
                path = f"{name}/{member}"
                self._places[path] = (name, member)
                yield path

    def _opened(self, name: str, say: _Said) -> _Tree | None:
        """The zip of that name; None, with a warning, where it has to stay as it is."""
        path = self._inside + name
        try:
            if self._depth == MOST_ZIPS:
                raise Unreadable(f"more than {MOST_ZIPS} zips in one another")
            data = self._tree.read(name, MOST_IN_ALL + 1)
            if len(data) > MOST_IN_ALL:
                raise Unreadable(f"more than {MOST_IN_ALL >> 20} MB")
            tree = _ZipTree(io.BytesIO(data), say, f"{path}/")
            if not 0 < len(tree) <= MOST_MEMBERS:
                raise Unreadable(f"{len(tree):,} files in it")
        except Unreadable as error:
            say(f"{shown(path, 120)} was not unpacked ({error})", path)
            return None
        return _Unpacked(tree, say, f"{path}/", self._depth + 1)

    def read(self, name: str, most: int) -> bytes:
        if name not in self._places:
            return self._tree.read(name, most)
        zip_name, member = self._places[name]
        with self._one_at_a_time:
            if self._last is None or self._last[0] != zip_name:
                opened = self._opened(zip_name, _Said())
                if opened is None:
                    raise Unreadable(f"{shown(zip_name, 120)} cannot be opened any more")
                self._last = zip_name, opened
            return self._last[1].read(member, most)

    def close(self) -> None:
        self._tree.close()


class Export:
    """An export, open for reading.

    :param path: the zip or the folder
    :raises ExportError: it is neither, or holds no submission
    """

    def __init__(self, path: Path) -> None:
        self._say = _Said()
        self.warnings = self._say.sentences  # what was left out or looks wrong, one sentence each
        if not path.exists():
            raise ExportError(f"there is nothing at {path}; give the export's zip, its folder, or a folder of files")
        try:
            whole = _FolderTree(path, self._say) if path.is_dir() else _ZipTree(path, self._say)
        except Unreadable as error:
            raise ExportError(
                f"{path.name} cannot be opened as a zip ({error}); was the download cut short? Export it again."
            ) from error
        self._tree: _Tree = _Unpacked(whole, self._say)
        try:
            # The submissions, in the order of their ids.
            self.entries = self._entries(*_safe_names(self._tree.names(), self._say))
        except BaseException:
            self.close()
            raise
        if not self.entries:
            self.close()
            raise ExportError(f"{path} holds no submission: neither a folder nor a Python file for each was found")

    def __enter__(self) -> Export:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the zip."""
        self._tree.close()

    def read(self, entry: Entry) -> dict[str, bytes]:
        """The submission's files: {name inside it: bytes}, each cut at what the grader reads. Threads may share it.

        Of more than MOST_IN_ALL the last are left out. That, and what was cut, is added to the warnings.

        :raises Unreadable: a file is damaged
        """
        contents: dict[str, bytes] = {}
        room = MOST_IN_ALL
        for name, member in entry.files:
            most = MOST_OF_A_NOTEBOOK if name.lower().endswith(".ipynb") else MOST_BYTES
            data = self._tree.read(member, most)
            room -= len(data)
            if room < 0:
                rest = _some([other for _, other in entry.files[len(contents) :]])
                self._say(f"{shown(entry.title, 60)} has more than {MOST_IN_ALL >> 20} MB; left out: {rest}")
                break
            contents[name] = data
            if len(data) == most:
                self._say(f"{shown(member, 120)} is larger than {most >> 20} MB; the rest of it was left out")
        return contents

    def _entries(self, names: dict[str, str], folders: set[str]) -> tuple[Entry, ...]:
        top, member = _top(names, folders)
        below = {name[len(top) :]: original for name, original in names.items() if name.startswith(top)}
        schemes = () if member else _schemes(below)
        groups: dict[str, _Group] = {}
        for path, original in below.items():
            whose = _whose(path, schemes)
            if whose is not None:
                group = groups.setdefault(whose.key, _Group(whose))
                group.files.append((whose.file, original))
                group.notes += {whose.note} - {"", *group.notes}
            if path.endswith(f"/{METADATA}"):
                self._say(
                    f"{shown(original, 120)} lies inside a submission, where anybody could put it, and tells nothing; "
                    "if it is Gradescope's, give the folder it lies in"
                )
            if path == METADATA or whose is not None:
                continue
            self._say(f"{shown(original, 120)} lies beside the submissions: it is nobody's and was left out")
        for name in set(names) - {top + path for path in below}:
            self._say(f"{shown(names[name], 120)} lies beside the submissions: it is nobody's and was left out")
        for group in groups.values():
            group.files = self._bounded(_apart(group.files, self._say))
        for folder in folders:
            whose = _whose(folder[len(top) :], schemes) if folder.startswith(top) else None
            if whose is not None:
                groups.setdefault(whose.key, _Group(whose))
        for about, sentence in self._say.about:
            path = "/".join(_parts(about))
            whose = _whose(path[len(top) :], schemes) if path.startswith(top) else None
            if whose is not None:
                groups.setdefault(whose.key, _Group(whose)).notes.append(sentence)
        self._one_for_all(top, groups)
        told = {} if schemes else self._metadata(member, groups)
        taken: set[str] = set()
        return tuple(self._entry(key, groups.get(key), told.get(key) or {}, taken) for key in sorted({*groups, *told}))

    def _entry(self, key: str, group: _Group | None, told: dict[str, Any], taken: set[str]) -> Entry:
        files = group.files if group else []
        a_file = key.lower().endswith(".zip") or [name for name, _ in files] == [key]
        name = key.rpartition(".")[0] if a_file else key
        return Entry(
            _unique(name, key, taken),
            tuple(_submitters(told)) or (group.whose.submitters if group else ()),
            _number(told.get(":score")),
            tuple(files),
            _time(told.get(":created_at")),
            shown(name, 200),
            tuple(group.notes) if group else (),
            _attempts(told),
        )

    def _bounded(self, files: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """As many as are taken of one submission: those that may be graded first, then the shallowest."""
        if len(files) > MOST_FILES:
            files = sorted(files, key=lambda file: (not file[0].endswith(SUFFIXES), file[0].count("/"), file[0]))
            left = [original for _, original in files[MOST_FILES:]]
            self._say(f"of {len(files):,} files at most {MOST_FILES} are taken; left out: {_some(left)}", left[0])
        return files[:MOST_FILES]

    def _one_for_all(self, top: str, groups: Mapping[str, _Group]) -> None:
        """Warn where a whole class may have been taken for one student: the files of all in one folder."""
        if len(groups) == 1:
            ((key, group),) = groups.items()
            if sum(name.endswith(SUFFIXES) and "/" not in name for name, _ in group.files) > 1:
                self._say(f"all is taken for one submission, {shown(key, 120)}; if that is a class, give its folder")

    def _metadata(self, member: str | None, groups: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What the export tells about each submission; warns where it and the folders differ."""
        if member is None:
            self._say(f"there is no {METADATA}: the export tells no names, student ids and scores")
            return {}
        try:
            loaded = _parsed(self._tree.read(member, MOST_METADATA + 1))
        except (Unreadable, yaml.YAMLError, ValueError) as error:
            why = shown(str(error), 200)
            self._say(f"{METADATA} cannot be read: no names, ids and scores are known ({why})")
            return {}
        if not isinstance(loaded, dict):
            self._say(f"{METADATA} is not a table of submissions: no names, ids and scores are known")
            return {}
        told = {str(key): value if isinstance(value, dict) else {} for key, value in loaded.items()}
        for key in sorted(told.keys() - groups):
            self._say(f"{shown(key, 120)} is in {METADATA}, but the export holds no file of it")
        for key in sorted(groups - told.keys()):
            self._say(f"{shown(key, 120)} is not in {METADATA}: whose it is is not known")
        for key, about in told.items():
            if not list(_submitters(about)):
                self._say(f"{shown(key, 120)} has no submitters in {METADATA}")
        return told


def stage(contents: dict[str, bytes], folder: Path) -> None:
    """Write a submission's files into a folder, as Gradescope would.

    :raises Unreadable: this system has no such names
    """
    for name, data in contents.items():
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        except OSError as error:
            if error.errno not in (errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL):
                raise
            raise Unreadable(f"{shown(name, 120)} is no name for a file here ({error.strerror})") from error


def _parsed(text: bytes) -> Any:
    """The dictionaries, lists and texts in a YAML document.

    Every scalar is the text it is: a student id 0123 would be an octal number, and Ruby's tags mean nothing. From the
    parser's events, because both of PyYAML's loaders recurse, and the one in C takes the process down with it.

    :raises ValueError, yaml.YAMLError: it is too large, nested too deeply, or not YAML
    """
    if len(text) > MOST_METADATA:
        raise ValueError(f"expected at most {MOST_METADATA >> 20} MB")
    open_: list[tuple[str | None, list[Any]]] = [(None, [])]  # each collection's anchor, and its items, keys among them
    anchors: dict[str | None, Any] = {}
    value: Any
    for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            if len(open_) > MOST_NESTED:
                raise ValueError(f"expected tables and lists in each other at most {MOST_NESTED} deep")
            open_.append((event.anchor, []))
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, items = open_.pop()
            pairs = zip(items[::2], items[1::2], strict=False)
            is_list = isinstance(event, yaml.SequenceEndEvent)
            value = items if is_list else {key: value for key, value in pairs if isinstance(key, str)}
        elif isinstance(event, yaml.ScalarEvent):
            anchor, value = event.anchor, event.value
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise ValueError(f"{event.anchor} refers to nothing before it")
            anchor, value = None, anchors[event.anchor]
        else:
            continue
        anchors[anchor] = value
        open_[-1][1].append(value)
    documents = open_[0][1]
    return documents[0] if len(documents) == 1 else None


def _usable(name: str) -> bool:
    """Whether a path is one that any system can hold."""
    parts = name.split("/")
    whole = name.encode("utf-8", "replace")
    fits = len(whole) <= MOST_PATH and len(parts) <= MOST_FOLDERS and b"\0" not in whole
    return fits and all(len(part.encode("utf-8", "replace")) <= 200 for part in parts)


def _parts(member: str) -> list[str]:
    return [part for part in member.replace("\\", "/").split("/") if part not in ("", ".")]


def _safe_names(members: Iterable[str], say: _Said) -> tuple[dict[str, str], set[str]]:
    """Names that stay inside a folder: {safe name: name in the export}, and the folders; warns about the others."""
    safe: dict[str, str] = {}
    folders: set[str] = set()
    clutter: list[str] = []
    for member in members:
        slashed, parts = member.replace("\\", "/"), _parts(member)
        name = "/".join(parts)
        if slashed.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", slashed):
            say(f"{shown(member, 120)} points outside the export and was left out")
        elif not _usable(name):
            say(f"{shown(member, 120)} is no usable name, or too long a path, and was left out", member)
        elif not parts or not _LEFT.isdisjoint(parts) or parts[-1] == ".DS_Store" or parts[-1].startswith("._"):
            if not slashed.endswith("/"):
                clutter.append(member)
                folders |= {f"{parts[0]}/"} - {f"{left}/" for left in _LEFT} if len(parts) > 1 else set()
        elif slashed.endswith("/"):
            folders.add(f"{name}/")
        else:
            kept = member if name not in safe or member == name else safe[name]
            if name in safe:
                left = safe[name] if kept == member else member
                say(f"{shown(left, 120)} means the same file as {shown(kept, 120)} and was left out", left)
            safe[name] = kept
    if clutter:
        say(f"left out, as no student's work: {_some(clutter)}")
    return safe, folders


def _some(names: Sequence[str], most: int = 8) -> str:
    """Names as a warning lists them."""
    told = ", ".join(shown(name, 120) for name in names[:most])
    return f"{told} and {len(names) - most:,} more" if len(names) > most else told


def _apart(files: list[tuple[str, str]], say: _Said) -> list[tuple[str, str]]:
    """Those of a submission's files that lie side by side on every system, some of which know no case and no accents'
    two spellings; warns about the others. A folder goes before a file, a name in its plain form before others."""
    folders = {_folded(name[: match.start()]) for name, _ in files for match in re.finditer("/", name)}
    kept: dict[str, tuple[str, str]] = {}
    for name, member in sorted(files, key=lambda file: file[0] != _folded(file[0])):
        key = _folded(name)
        if key in folders:
            say(f"{shown(member, 120)} is a file and a folder at once; the file was left out", member)
        elif key in kept:
            other = shown(kept[key][1], 120)
            say(f"{shown(member, 120)} differs from {other} by case or accents alone and was left out", member)
        else:
            kept[key] = (name, member)
    return [file for file in files if file in kept.values()]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _top(names: Mapping[str, str], folders: Iterable[str]) -> tuple[str, str | None]:
    """The folder, with a slash, that holds the submissions, and the name in the export of Gradescope's metadata.

    That is where everything lies, or the only folder there, and in a zip of a zip the only one in that: what lies in
    one of several is a student's.
    """
    top, plain_folders = "", 0
    while True:
        below = [name[len(top) :] for name in names if name.startswith(top)]
        deep = all("/" in name for name in below if name.endswith(SUFFIXES))
        if top + METADATA in names and (not top or deep):  # beside Gradescope's, there is nothing but folders
            return top, names[top + METADATA]
        alone = {name for name in below if "/" in name or name.lower().endswith((*SUFFIXES, *ARCHIVES))}
        alone |= {folder[len(top) :] for folder in folders if folder.startswith(top) and folder != top}
        firsts = {name.partition("/")[0] for name in alone}
        if len(firsts) != 1:
            return top, None
        (only,) = firsts
        inside = [name[len(only) + 1 :] for name in below if name.startswith(f"{only}/")]
        is_zip = only.lower().endswith(".zip")
        wrapped = all("/" in name for name in inside if name.endswith(SUFFIXES)) or bool(_schemes(inside))
        if _schemes([only]) or not inside or not wrapped or (plain_folders and not is_zip):
            return top, None
        plain_folders += not is_zip
        top += f"{only}/"


def _schemes(paths: Iterable[str]) -> tuple[re.Pattern[str], ...]:
    """How Canvas or Moodle has named these, if one of them has."""
    firsts = {path.partition("/")[0] for path in paths}
    canvas = [found for found in map(_CANVAS.fullmatch, firsts) if found]
    users = {(found["name"], found["user"]) for found in canvas}
    # Canvas has a number for each file and one for each user: otherwise the numbers mean something else
    numbered = len({found["attachment"] for found in canvas}) == len(canvas)
    by_canvas = bool(canvas) and numbered and len({user for _, user in users}) == len(users)
    by_moodle = any(map(_MOODLE.fullmatch, firsts))
    return (*((_MOODLE,) if by_moodle else ()), *((_CANVAS,) if by_canvas else ()))


def _whose(path: str, schemes: Iterable[re.Pattern[str]]) -> _Whose | None:
    """Whose a path below the top is, and its name in the submission; None for a file that is no submission.

    :param path: a folder's ends with a slash
    """
    first, slash, rest = path.partition("/")
    if first.startswith(".") and not path.endswith(SUFFIXES):
        return None  # an editor's or a Mac's
    for scheme in schemes:
        found = scheme.fullmatch(first)
        if found:
            name = unicodedata.normalize("NFC", found["name"])
            file = "/".join(filter(None, (found["file"], rest)))
            late = "Canvas marks it as late" if found.groupdict().get("late") else ""
            user = found["user"]
            who = Submitter(_text(name), user if scheme is _CANVAS else "", participant=user)
            return _Whose(f"{name}_{found['user']}", file, (who,), late)
    if slash:
        return _Whose(first, rest) if first else None
    return _Whose(first, first) if first.lower().endswith((*SUFFIXES, *ARCHIVES)) else None


def _submitters(about: dict[str, Any]) -> Iterator[Submitter]:
    listed = about.get(":submitters")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield Submitter(*(_text(one.get(key)) for key in (":name", ":sid", ":email")))


def _attempts(about: dict[str, Any]) -> tuple[Attempt, ...]:
    """The hand-ins with marks, by their time; as they are listed, this one last, where a time is not known."""
    listed = about.get(":history")
    earlier = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found: dict[str, Attempt] = {}
    for number, one in enumerate([*earlier, about]):
        score, when = _number(one.get(":score")), _time(one.get(":created_at"))
        if score is not None:
            found[when or str(number)] = Attempt(when, score)  # this one, should it stand in the history too, once
    if all(one.submitted for one in found.values()):
        return tuple(sorted(found.values(), key=lambda one: datetime.fromisoformat(one.submitted)))
    return tuple(found.values())


def _text(value: Any) -> str:
    return "" if not isinstance(value, str) or value in ("~", "null") else shown(value, 200)


def _number(value: Any) -> float | None:
    with contextlib.suppress(TypeError, ValueError):
        number = float(value)
        return number if abs(number) < 1e9 else None  # not NaN or inf either
    return None


def _time(value: Any) -> str:
    """A time as Ruby writes it, `2026-11-20 10:00:00.5 -05:00`, as ISO 8601; nothing where it has no offset."""
    found = re.fullmatch(r"(\S{10})[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(Z|UTC|[+-]\d\d:?\d\d)", _text(value), re.ASCII)
    if not found:
        return ""
    offset = "+00:00" if found[3] in ("Z", "UTC") else f"{found[3][:3]}:{found[3][-2:]}"
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(f"{found[1]}T{found[2]}{offset}").isoformat()
    return ""


def without_accents(text: str) -> str:
    """The text in plain letters, as far as it has them."""
    letters = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(one for one in letters if not unicodedata.combining(one))


def _unique(name: str, key: str, taken: set[str]) -> str:
    """A file's name from any name: letters, digits, dash and underscore; two keys never get the same one."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", without_accents(name))[:100]
    if plain != name or plain.lower() in taken:
        plain = f"{plain or 'submission'}-{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    taken.add(plain.lower())
    return plain
