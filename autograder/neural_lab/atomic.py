"""Writes a file whole or not at all: whoever reads it, at whatever moment, finds the old content or the new."""

from __future__ import annotations

import os
from pathlib import Path


def write(file: Path, content: bytes | str) -> None:
    """Write a new file beside it, and rename that over whatever lies there, also over a link.

    The content is on the disk before anything that is written after it.

    :param content: text is written as UTF-8, its ends of lines as they are
    :raises OSError: nothing was written, and what lay there is as it was
    """
    data = content.encode() if isinstance(content, str) else content
    new = file.with_name(f".{file.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)  # a link there may lead anywhere
    descriptor = os.open(new, flags, 0o644)
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(new, file)
    except OSError:
        new.unlink()
        raise
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
