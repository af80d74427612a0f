"""The section about similar work on the page about a class: what `similarity` found, as texts for report_page/."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from neural_lab.intake.foreign import printable, shown
from neural_lab.tools.course.similarity import Cluster, Likeness, Pair, Work

MOST_SIDES = 40  # pairs shown side by side, on the whole page
MOST_OF_ONE = 10  # of them, of one cluster: who has seen that many knows the text
MOST_TEXT = 40_000  # characters of a text that are shown
FOLD = 24  # lines without anything in common that are folded
NAMED = 3  # of a cluster's members, before it is opened


@dataclass(frozen=True)
class Named:
    """A submission or a source; a source has no feedback on the page, and so no id."""

    title: str
    id: str = ""


@dataclass(frozen=True)
class Member:
    """A submission of a cluster, and the work that it resembles most."""

    who: Named
    closest: Named
    similarity: float
    said: str


@dataclass(frozen=True)
class Side:
    """One of two similar works: its text in pieces, (text, whether the other has it too)."""

    who: Named
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class Sides:
    """Two similar works."""

    similarity: float
    said: str
    left: Side
    right: Side


@dataclass(frozen=True)
class Group:
    """A cluster: who belongs to it in a line, the sources it resembles, each member, and pairs side by side."""

    least: float
    most: float
    who: str
    sources: str
    members: tuple[Member, ...]
    sides: tuple[Sides, ...]
    unseen: int


@dataclass(frozen=True)
class Section:
    """All that stands in the section.

    :param about: how many were compared with what
    :param left_out: (who, why) for each
    :param unused: files of the sources without work in them
    """

    groups: tuple[Group, ...]
    about: str
    left_out: tuple[tuple[Named, str], ...]
    unused: tuple[str, ...]


def section(found: Likeness, titles: Mapping[str, str]) -> Section:
    """The section for what was found.

    :param titles: how people know each submission, by its id
    """
    ranked = sorted(
        (rank, number) for number, one in enumerate(found.clusters) for rank in range(min(len(one.pairs), MOST_OF_ONE))
    )
    seen = [number for _, number in ranked[:MOST_SIDES]]  # the most similar pair of each cluster before any second one
    return Section(
        tuple(_group(one, found, titles, seen.count(number)) for number, one in enumerate(found.clusters)),
        found.about,
        tuple((_named(id, titles), why) for id, why in found.left_out.items()),
        tuple(shown(name, 200) for name in found.unused),
    )


def _group(cluster: Cluster, found: Likeness, titles: Mapping[str, str], seen: int) -> Group:
    pairs = sorted((found.closest[id] for id in cluster.members), key=lambda pair: -pair.similarity)
    names = [_named(id, titles).title for id in cluster.members]
    more = [f"{len(names) - NAMED} more"] if len(names) > NAMED else []
    *before, last = [*names[:NAMED], *more]
    return Group(
        least=pairs[-1].similarity,
        most=pairs[0].similarity,
        who=f"{', '.join(before)} and {last}" if before else last,
        sources=", ".join(shown(name, 200) for name in cluster.sources),
        members=tuple(_member(pair, titles) for pair in pairs),
        sides=tuple(_sides(pair, titles) for pair in cluster.pairs[:seen]),
        unseen=len(cluster.pairs) - seen,
    )


def _member(pair: Pair, titles: Mapping[str, str]) -> Member:
    return Member(_named(pair.one.id, titles), _named(pair.other.id, titles), pair.similarity, pair.said)


def _named(id: str, titles: Mapping[str, str]) -> Named:
    return Named(titles[id], id) if id in titles else Named(shown(id, 200))


def _sides(pair: Pair, titles: Mapping[str, str]) -> Sides:
    left, right = (
        Side(_named(work.id, titles), tuple(_pieces(work, lines)))
        for work, lines in zip((pair.one, pair.other), pair.common_lines())
    )
    return Sides(pair.similarity, pair.said, left, right)


def _pieces(work: Work, common: frozenset[int]) -> Iterator[tuple[str, bool]]:
    """The text in pieces of whole lines; long ones without anything in common are folded."""
    numbered = enumerate(printable(work.text[:MOST_TEXT].replace("\t", "    ")).split("\n"), start=1)
    for is_common, group in itertools.groupby(numbered, lambda line: line[0] in common):
        lines = [line for _, line in group]
        if not is_common and len(lines) > FOLD:
            lines = [*lines[:4], f"⋯ {len(lines) - 8} lines", *lines[-4:]]
        yield "\n".join(lines) + "\n", is_common
    if len(work.text) > MOST_TEXT:
        yield f"⋯ {len(work.text) - MOST_TEXT:,} characters", False
