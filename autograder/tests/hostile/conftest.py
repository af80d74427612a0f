"""The engines that are attacked: one for each user that a grader may run as."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import engine_copy
from tests.engine_copy import Engine, copy_engine


@pytest.fixture(scope="session", params=engine_copy.USERS)
def engine(request) -> Iterator[Engine]:
    """A copy of the grader in a place that its user alone can enter."""
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    folder.chmod(0o755)
    try:
        yield copy_engine(folder / "source", request.param)
    finally:
        shutil.rmtree(folder)
