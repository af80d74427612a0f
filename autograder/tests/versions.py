"""The built-in versions, and which of them a run tries: one or two that the commit draws, or all with VERSION=all."""

from __future__ import annotations

import os

from neural_lab.labs.q1.version import Version
from neural_lab.schema.places import SOLUTION
from neural_lab.tools.versions.described import versions
from neural_lab.tools.versions.rewrite import Rewrite
from tests import commit

BUILT_IN = versions()
PUBLIC = (SOLUTION / "q1.py").read_text("utf-8")


def drawn(most: int = 2) -> list[str]:
    """Names of the versions to try.

    :param most: how many of the two that are drawn
    """
    names = sorted(BUILT_IN)
    if os.environ.get("VERSION") == "all":
        return names
    number = commit.number()
    first, step = number % len(names), 1 + number // len(names) % (len(names) - 1)
    return [names[first], names[(first + step) % len(names)]][:most]


def solution_of(version: Version) -> str:
    return Rewrite(version).solution(PUBLIC)


def network_class(version: Version):
    """The version's solution as it runs, with the public names of its functions beside the version's."""
    module: dict = {"__name__": "q1"}
    exec(compile(solution_of(version), f"q1 of {version.name}", "exec"), module)  # noqa: S102 (it is our own solution)
    network = module["NeuralNetwork"]
    for old, new in Rewrite(version).names.items():
        setattr(network, old, network.__dict__[new])
    network.module = module
    return network
