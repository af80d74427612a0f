"""Reads an export of Gradescope, safely whatever is in it: who handed in what.

Taken are `assignment_<id>_export.zip`, the folder it unpacks to, and, without metadata, any zip or folder that holds a
folder or a Python file for each submission. Metadata are Gradescope's only where no student could have put them: at the
root, beside the submissions. Whatever the names in it say, only regular files are read, no more of each than the grader
would look at, and they are handed on under names that cannot leave a folder, and of which none stands for another. What
is left out is said in `Export.warnings`; a submission that cannot be read raises when it is read, and spoils no other.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import yaml

from neural_lab.intake.foreign import shown

METADATA = "submission_metadata.yml"
MOST_BYTES = (1 << 20) + 1  # of one file: one more than the grader reads, so that it can tell that a file is too large
MOST_IN_ALL = 32 << 20  # of one submission
MOST_FILES = 300  # of one submission
MOST_METADATA = 512 << 20
MOST_NESTED = 64  # of what in the metadata lies in what; Gradescope's have some 10
# Of a file's path, in bytes and in folders: systems take 4,096 bytes for a whole path, the grader looks 6 folders deep.
MOST_PATH, MOST_FOLDERS = 1_000, 50
_LEFT = {"__MACOSX", "__pycache__", ".git", "node_modules"}


class ExportError(Exception):
    """The export as a whole cannot be read; the message says what was found and what to do."""


class Unreadable(Exception):
    """One submission cannot be read; the message says why."""


@dataclass(frozen=True)
class Submitter:
    """A student; a text that the export does not tell is empty. `sid` is a text: zeros in front belong to it."""

    name: str = ""
    sid: str = ""
    email: str = ""
    section: str = ""


@dataclass(frozen=True)
class Entry:
    """One submission.

    :param id: its name in the export, made safe as a file's name; unique
    :param submitters: one, several for a group, none where the export does not tell
    :param score: what Gradescope gave, if anything
    :param files: (name inside the submission, name in the export)
    :param submitted: when it was handed in, as ISO 8601 with its offset; empty where the export does not tell
    """

    id: str
    submitters: tuple[Submitter, ...] = ()
    score: float | None = None
    files: tuple[tuple[str, str], ...] = ()
    submitted: str = ""

    @property
    def title(self) -> str:
        """How people know it: the submitters' names, or else its id."""
        return ", ".join(s.name or s.email or s.sid for s in self.submitters if s.name or s.email or s.sid) or self.id


class _Tree(Protocol):
    """Named files, in a zip or in a folder."""

    def names(self) -> Iterator[str]: ...
    def read(self, name: str, most: int) -> bytes: ...
    def close(self) -> None: ...


class _ZipTree:
    def __init__(self, path: Path, warnings: list[str]) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
            raise ExportError(
                f"{path.name} cannot be opened as a zip ({error}); was the download cut short? Export it again."
            ) from error
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            if member.is_dir():
                continue
            if stat.S_ISLNK(member.external_attr >> 16):
                warnings.append(f"{shown(member.filename, 120)} is a symbolic link and was left out")
            elif member.filename in self._members:
                warnings.append(f"{shown(member.filename, 120)} is in the zip more than once; the last one counts")
                self._members[member.filename] = member
            else:
                self._members[member.filename] = member

    def names(self) -> Iterator[str]:
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


class _FolderTree:
    def __init__(self, path: Path, warnings: list[str]) -> None:
        self._root = path
        self._warnings = warnings

    def names(self) -> Iterator[str]:
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            for name, mode in self._listed(folder):
                path = folder + name
                if stat.S_ISDIR(mode) and not _usable(path):
                    self._warnings.append(f"{shown(path, 120)} is too deep or too long a path and was left out")
                elif stat.S_ISDIR(mode):
                    waiting.append(f"{path}/")
                elif stat.S_ISREG(mode):
                    yield path
                else:
                    kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
                    self._warnings.append(f"{shown(path, 120)} is {kind} and was left out")

    def _listed(self, folder: str) -> list[tuple[str, int]]:
        """The names and modes of what lies in a folder."""
        try:
            with os.scandir(self._root / folder) as entries:
                return sorted((entry.name, entry.stat(follow_symlinks=False).st_mode) for entry in entries)
        except OSError as error:
            self._warnings.append(f"{shown(folder, 120)} cannot be read ({error.strerror}) and was left out")
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


class Export:
    """An export, open for reading.

    :param path: the zip or the folder
    :raises ExportError: it is neither, or holds no submission

    :ivar entries: the submissions, in the order of their ids
    :ivar warnings: what was left out or looks wrong, one sentence each
    """

    def __init__(self, path: Path) -> None:
        self.warnings: list[str] = []
        if not path.exists():
            raise ExportError(f"there is nothing at {path}; give the export's zip, its folder, or a folder of files")
        self._tree: _Tree = (_FolderTree if path.is_dir() else _ZipTree)(path, self.warnings)
        try:
            self.entries = self._entries(_safe_names(self._tree.names(), self.warnings))
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
        """The submission's files: {name inside the submission: bytes}, each cut at MOST_BYTES. Threads may share it.

        :raises Unreadable: a file is damaged, or there are too many or too large ones
        """
        if not entry.files:
            raise Unreadable("the export holds no file of it")
        if len(entry.files) > MOST_FILES:
            raise Unreadable(f"it has {len(entry.files)} files; at most {MOST_FILES} are taken")
        contents: dict[str, bytes] = {}
        for name, member in entry.files:
            contents[name] = self._tree.read(member, MOST_BYTES)
            if sum(map(len, contents.values())) > MOST_IN_ALL:
                raise Unreadable(f"it has more than {MOST_IN_ALL >> 20} MB")
        return contents

    def _entries(self, names: dict[str, str]) -> tuple[Entry, ...]:
        top, member = _top(names)
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, original in names.items():
            first, _, rest = name[len(top) :].partition("/")
            if name.startswith(top) and (rest or first.endswith(".py")):
                groups.setdefault(first, []).append((rest or first, original))
            if rest == METADATA:
                self.warnings.append(
                    f"{shown(name, 120)} lies inside a submission, where anybody could put it, and tells nothing; "
                    "if it is Gradescope's, give the folder it lies in"
                )
        groups = {group: _apart(files, self.warnings) for group, files in groups.items()}
        told = self._metadata(member, groups)
        entries = []
        taken: set[str] = set()
        for group in sorted({*groups, *told}):
            about = told.get(group) or {}
            plain_file = group.endswith(".py") and [name for name, _ in groups.get(group, ())] == [group]
            entries.append(
                Entry(
                    _unique(group.removesuffix(".py") if plain_file else group, taken),
                    tuple(_submitters(about)),
                    _number(about.get(":score")),
                    tuple(groups.get(group, ())),
                    _time(about.get(":created_at")),
                )
            )
        return tuple(entries)

    def _metadata(self, member: str | None, groups: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What the export tells about each submission; warns where it and the folders differ."""
        if member is None:
            self.warnings.append(f"there is no {METADATA}: no names, student ids and scores are known")
            return {}
        try:
            loaded = _parsed(self._tree.read(member, MOST_METADATA + 1))
        except (Unreadable, yaml.YAMLError, ValueError) as error:
            why = shown(str(error), 200)
            self.warnings.append(f"{METADATA} cannot be read: no names, ids and scores are known ({why})")
            return {}
        if not isinstance(loaded, dict):
            self.warnings.append(f"{METADATA} is not a table of submissions: no names, ids and scores are known")
            return {}
        told = {str(key): value if isinstance(value, dict) else {} for key, value in loaded.items()}
        for key in sorted(told.keys() - groups):
            self.warnings.append(f"{shown(key, 120)} is in {METADATA}, but the export holds no file of it")
        for key in sorted(groups - told.keys()):
            self.warnings.append(f"{shown(key, 120)} is not in {METADATA}: whose it is is not known")
        for key, about in told.items():
            if not list(_submitters(about)):
                self.warnings.append(f"{shown(key, 120)} has no submitters in {METADATA}")
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


def _safe_names(members: Iterable[str], warnings: list[str]) -> dict[str, str]:
    """Names that stay inside a folder: {safe name: name in the export}; warns about the others."""
    safe: dict[str, str] = {}
    for member in members:
        slashed = member.replace("\\", "/")
        parts = [part for part in slashed.split("/") if part not in ("", ".")]
        name = "/".join(parts)
        if slashed.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", slashed):
            warnings.append(f"{shown(member, 120)} points outside the export and was left out")
        elif not _usable(name):
            warnings.append(f"{shown(member, 120)} is no usable name, or too long a path, and was left out")
        elif parts and _LEFT.isdisjoint(parts) and parts[-1] != ".DS_Store":
            kept = member if name not in safe or member == name else safe[name]
            if name in safe:
                left = safe[name] if kept == member else member
                warnings.append(f"{shown(left, 120)} means the same file as {shown(kept, 120)} and was left out")
            safe[name] = kept
    return safe


def _apart(files: list[tuple[str, str]], warnings: list[str]) -> list[tuple[str, str]]:
    """Those of a submission's files that lie side by side on every system, some of which know no case and no accents'
    two spellings; warns about the others. A folder goes before a file, a name in its plain form before others."""
    folders = {_folded(name[: match.start()]) for name, _ in files for match in re.finditer("/", name)}
    kept: dict[str, tuple[str, str]] = {}
    for name, member in sorted(files, key=lambda file: file[0] != _folded(file[0])):
        key = _folded(name)
        if key in folders:
            warnings.append(f"{shown(member, 120)} is a file and a folder at once; the file was left out")
        elif key in kept:
            other = shown(kept[key][1], 120)
            warnings.append(f"{shown(member, 120)} differs from {other} by case or accents alone and was left out")
        else:
            kept[key] = (name, member)
    return [file for file in files if file in kept.values()]


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.casefold())


def _top(names: Mapping[str, str]) -> tuple[str, str | None]:
    """The folder, with a slash, that holds the submissions, and the name in the export of Gradescope's metadata.

    That is where everything lies, or the only folder there: what lies in one of several is a student's.
    """
    firsts = {name.partition("/")[0] for name in names if "/" in name or name.endswith(".py")}
    inside = f"{min(firsts)}/" if len(firsts) == 1 else ""
    if METADATA in names:
        return "", names[METADATA]
    folders = all(name.count("/") > 1 for name in names if name.endswith(".py"))  # beside Gradescope's, nothing else is
    if inside + METADATA in names and folders:
        return inside, names[inside + METADATA]
    return inside if all(name.count("/") > 1 for name in names) else "", None


def _submitters(about: dict[str, Any]) -> Iterator[Submitter]:
    listed = about.get(":submitters")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield Submitter(*(_text(one.get(key)) for key in (":name", ":sid", ":email")))


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


def _unique(name: str, taken: set[str]) -> str:
    """A file's name from any name: letters, digits, dash and underscore; two names never become the same one."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:100]
    if plain != name or plain.lower() in taken:
        plain = f"{plain or 'submission'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    taken.add(plain.lower())
    return plain
