"""Reads an export of Gradescope: who handed in what. Owns the safe way in; it grades nothing.

Taken are `assignment_<id>_export.zip`, the folder it unpacks to, and, without metadata, any zip or folder that holds a
folder or a Python file for each submission. Whatever the names in it say, only regular files are read, no more of each
than the grader would look at, and they are handed on under names that cannot leave a folder. What is left out is said
in `Export.warnings`; a submission that cannot be read raises when it is read, and spoils no other.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import yaml

METADATA = "submission_metadata.yml"
MOST_BYTES = (1 << 20) + 1  # of one file: one more than the grader reads, so that it can tell that a file is too large
MOST_IN_ALL = 32 << 20  # of one submission
MOST_FILES = 300  # of one submission
MOST_METADATA = 512 << 20
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


@dataclass(frozen=True)
class Entry:
    """One submission.

    id          its name in the export, made safe as a file's name; unique
    submitters  one, several for a group, none where the export does not tell
    score       what Gradescope gave, if anything
    files       (name inside the submission, name in the export)
    """

    id: str
    submitters: tuple[Submitter, ...] = ()
    score: float | None = None
    files: tuple[tuple[str, str], ...] = ()

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
                warnings.append(f"{_plain(member.filename)} is a symbolic link and was left out")
            elif member.filename in self._members:
                warnings.append(f"{_plain(member.filename)} is in the zip more than once; the last one counts")
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
            raise Unreadable(f"{_plain(name)} is damaged in the zip ({_plain(str(error))})") from error

    def close(self) -> None:
        self._zip.close()


class _FolderTree:
    def __init__(self, path: Path, warnings: list[str]) -> None:
        self._root = path
        self._warnings = warnings

    def names(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self._root):
            folders.sort()
            for name in sorted([*folders, *files]):
                path = Path(folder, name)
                mode = path.lstat().st_mode
                if stat.S_ISREG(mode):
                    yield path.relative_to(self._root).as_posix()
                elif not stat.S_ISDIR(mode):
                    kind = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
                    self._warnings.append(f"{_plain(str(path.relative_to(self._root)))} is {kind} and was left out")

    def read(self, name: str, most: int) -> bytes:
        try:
            descriptor = os.open(self._root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                return stream.read(most)
        except OSError as error:
            raise Unreadable(f"{_plain(name)} cannot be read ({error.strerror})") from error

    def close(self) -> None:
        pass


class Export:
    """An export, open for reading.

    :param path: the zip or the folder
    :raises ExportError: it is neither, or holds no submission

    entries   the submissions, in the order of their ids
    warnings  what was left out or looks wrong, one sentence each
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
        top = _top(names)
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, member in names.items():
            first, _, rest = name[len(top) :].partition("/")
            if name.startswith(top) and (rest or first.endswith(".py")):
                groups.setdefault(first, []).append((rest or first, member))
        told = self._metadata(names.get(top + METADATA), groups)
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
                )
            )
        return tuple(entries)

    def _metadata(self, member: str | None, groups: Iterable[str]) -> dict[str, dict[str, Any]]:
        """What the export tells about each submission; warns where it and the folders differ."""
        if member is None:
            self.warnings.append(f"there is no {METADATA}: no names, student ids and scores are known")
            return {}
        try:
            # every scalar as the text it is: a student id 0123 would be an octal number, and Ruby's tags mean nothing
            loaded = yaml.load(self._tree.read(member, MOST_METADATA), Loader=_loader())  # noqa: S506
        except (Unreadable, yaml.YAMLError, ValueError, RecursionError) as error:
            why = " ".join(str(error).split())[:200]
            self.warnings.append(f"{METADATA} cannot be read: no names, ids and scores are known ({_plain(why)})")
            return {}
        if not isinstance(loaded, dict):
            self.warnings.append(f"{METADATA} is not a table of submissions: no names, ids and scores are known")
            return {}
        told = {str(key): value if isinstance(value, dict) else {} for key, value in loaded.items()}
        for key in sorted(told.keys() - groups):
            self.warnings.append(f"{_plain(key)} is in {METADATA}, but the export holds no file of it")
        for key in sorted(groups - told.keys()):
            self.warnings.append(f"{_plain(key)} is not in {METADATA}: whose it is is not known")
        for key, about in told.items():
            if not list(_submitters(about)):
                self.warnings.append(f"{_plain(key)} has no submitters in {METADATA}")
        return told


def stage(contents: dict[str, bytes], folder: Path) -> None:
    """Write a submission's files into a folder, as Gradescope would."""
    for name, data in contents.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _loader() -> Any:
    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _safe_names(members: Iterable[str], warnings: list[str]) -> dict[str, str]:
    """Names that stay inside a folder: {safe name: name in the export}; warns about the others."""
    safe: dict[str, str] = {}
    for member in members:
        slashed = member.replace("\\", "/")
        parts = [part for part in slashed.split("/") if part not in ("", ".")]
        if slashed.startswith("/") or ".." in parts or re.match(r"[A-Za-z]:", slashed):
            warnings.append(f"{_plain(member)} points outside the export and was left out")
        elif any(len(part.encode("utf-8", "replace")) > 200 for part in parts) or "\0" in member:
            warnings.append(f"{_plain(member)} is no usable name and was left out")
        elif parts and _LEFT.isdisjoint(parts) and parts[-1] != ".DS_Store":
            safe["/".join(parts)] = member
    folders = {name[: match.start()] for name in safe for match in re.finditer("/", name)}
    for name in folders & safe.keys():
        warnings.append(f"{_plain(name)} is a file and a folder at once; the file was left out")
        del safe[name]
    return safe


def _top(names: Iterable[str]) -> str:
    """The folder, with a slash, that holds the submissions: the metadata's, or the only one there is."""
    names = list(names)
    beside = [name.removesuffix(METADATA) for name in names if name.rpartition("/")[2] == METADATA]
    shallow = sorted((top for top in beside if top.count("/") <= 1), key=len)
    if shallow:
        return shallow[0]
    firsts = {name.partition("/")[0] for name in names}
    deep = all(name.count("/") >= 2 for name in names)
    return f"{firsts.pop()}/" if len(firsts) == 1 and deep else ""


def _submitters(about: dict[str, Any]) -> Iterator[Submitter]:
    listed = about.get(":submitters")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            yield Submitter(*(_text(one.get(key)) for key in (":name", ":sid", ":email")))


def _text(value: Any) -> str:
    return "" if not isinstance(value, str) or value in ("~", "null") else _plain(value.strip(), 200)


def _number(value: Any) -> float | None:
    with contextlib.suppress(TypeError, ValueError):
        number = float(value)
        return number if abs(number) < 1e9 else None  # not NaN or inf either
    return None


def _unique(name: str, taken: set[str]) -> str:
    """A file's name from any name: letters, digits, dash and underscore; two names never become the same one."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:100]
    if plain != name or plain.lower() in taken:
        plain = f"{plain or 'submission'}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
    taken.add(plain.lower())
    return plain


def _plain(text: str, most: int = 120) -> str:
    """A text from the export in one line of printable characters, cut."""
    line = "".join(character if character.isprintable() else "?" for character in text)
    return line if len(line) <= most else line[: most - 1] + "…"
