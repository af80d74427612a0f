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
    """Whatever is tried on an engine is tried as one of the users, whom the commit draws. The sweep does the others.

    So root grades one half of the corpus, and the ordinary user the other.
    """
    users = engine_copy.USERS
    for item in items:
        given = getattr(item, "callspec", None)
        if given is not None and given.params.get("engine") in users:
            test = item.nodeid.replace(given.params["engine"], "", 1)  # with what is tried, whoever does
            of = len(users) * (3 if getattr(given.params.get("case"), "long", False) else 1)
            if not commit.draws(zlib.crc32(test.encode()) + users.index(given.params["engine"]), of):
                item.add_marker(pytest.mark.sweep)
