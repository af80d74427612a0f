"""The engines that are attacked: one for each user that a grader may run as."""

from __future__ import annotations

import shutil
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import commit, engine_copy
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every file of the corpus is graded as one of the users; as which the commit draws. The sweep does the others."""
    users = engine_copy.USERS
    for item in items:
        given = getattr(item, "callspec", None)
        if given is not None and {"engine", "case"} <= given.params.keys():
            index = zlib.crc32(given.params["case"].name.encode()) + users.index(given.params["engine"])
            if not commit.draws(index, len(users)):
                item.add_marker(pytest.mark.sweep)
