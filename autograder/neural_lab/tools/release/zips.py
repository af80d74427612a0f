"""Zips whose bytes depend on what is in them alone: sorted, no clock, modes that every system writes alike."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say


def zipped(files: Mapping[str, bytes], modes: Mapping[str, int] | None = None) -> bytes:
    """A zip of {path: bytes}; a file's mode is 0o644 unless `modes` gives another."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, TIME)
            entry.create_system = 3  # Unix, so that the modes count
            entry.external_attr = (0o100000 | (modes or {}).get(name, 0o644)) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=9)
    return buffer.getvalue()
