"""Who of a class resembles whom, and from where (`make similarity OUT=grades/ SOURCES=last-year,corpus`).

It is called similarity, and no more is claimed: people judge, with the two texts side by side on the page of `report`.

What the grader read of a submission is compared, all its files together, as the set of all runs of 4 operations
(`operations`), without those of the files that everybody is given. The fewer have a run, the more it counts: what every
right answer must contain says little. Similarity is the weight of the runs that two works share, divided by the weight
of all runs of the one that has less: 1 for a copy, whatever else stands beside it, and near 0 for independent work.

Sources are works that no student handed in: the solution, and whatever SOURCES names. Submissions that resemble each
other or the same source make a cluster, so a text that went round takes one place and hides no other.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text
from scipy import sparse
from scipy.sparse import csgraph

from neural_lab.feedback import files
from neural_lab.intake.foreign import shown
from neural_lab.intake.submission import Unusable, read
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import ROOT, SOLUTION, STUDENT, files_of
from neural_lab.tools.command import Parser
from neural_lab.tools.course.course_folder import add_course
from neural_lab.tools.course.gradebook import counted
from neural_lab.tools.course.grades_folder import FolderError, GradesFolder
from neural_lab.tools.course.operations import names_in, operations

RUN = 4  # operations
# Measured in classes of right answers in which no two have a gradient function in common: 1 in 100 reaches 0.33, and 95
# in 100 of their copies that were renamed, reordered, laid out anew, written out step by step and unrolled, all of it
# at once, reach 0.40. test_similarity.py measures both again. Longer runs part them less well.
THRESHOLD = 0.37
LEAST = 30  # runs besides the given ones: who has written one short function can't help resembling others
RARE = 0.1  # a run is rare if no more than this share of those outside the cluster have it
SOME = 5  # names, where there may be thousands
SOURCE_FILES = (".py", ".txt", ".ipynb")

Run = tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """A submission or a source: all its files as one text, and the lines of the text where each of its runs stands."""

    id: str
    text: str
    runs: Mapping[Run, frozenset[int]]


@dataclass(frozen=True)
class Pair:
    """Two works that resemble each other; the second may be a source.

    :param shared: rare runs that both have, of the `rare` ones of that work which has fewer
    """

    one: Work
    other: Work
    similarity: float
    shared: int
    rare: int

    @property
    def said(self) -> str:
        return f"{self.shared} of {self.rare} rare runs"

    def common_lines(self) -> tuple[frozenset[int], frozenset[int]]:
        """The lines of each text in which there is a run that the other has, too."""
        common = self.one.runs.keys() & self.other.runs.keys()
        one, other = (frozenset(line for run in common for line in work.runs[run]) for work in (self.one, self.other))
        return one, other


@dataclass(frozen=True)
class Cluster:
    """Works that resemble each other.

    :param members: ids of submissions
    :param sources: names of sources
    :param pairs: the most similar ones that hold the cluster together, the most similar first: one less than works
    """

    members: tuple[str, ...]
    sources: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Likeness:
    """Who resembles whom.

    :param clusters: the one with the most similar pair first
    :param closest: what each submission in a cluster resembles most, as a pair in which it is the first, by its id
    :param compared: how many submissions were compared, with each other and with how many `sources`
    :param left_out: why other submissions were not, by their ids
    :param unused: files of the sources that were not, for there is no work in them
    """

    clusters: tuple[Cluster, ...] = ()
    closest: Mapping[str, Pair] = field(default_factory=dict)
    compared: int = 0
    sources: int = 0
    left_out: Mapping[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """How many were compared with what, the beginning of a sentence."""
        works = f"{counted(self.compared, 'submission')} {'was' if self.compared == 1 else 'were'} compared"
        return f"{works} with each other and with {counted(self.sources, 'source')}"

    def in_words(self, titles: Mapping[str, str]) -> dict[str, list[str]]:
        """For each submission of a cluster, what it resembles most."""
        return {
            id: [f"{pair.similarity:.2f} {_named(pair.other.id, titles)}: {pair.said}"]
            for id, pair in self.closest.items()
        }


class Reader:
    """Reads works for one lab.

    :param tree: where what everybody is given lies, the lab's files and those beside them
    """

    def __init__(self, lab: Lab, tree: Path = STUDENT) -> None:
        files = files_of(lab, tree).values()
        beside = sorted(file for folder in {file.parent for file in files} for file in folder.glob("*.py"))
        self._lab = lab
        self._names = frozenset[str]().union(*(names_in(file.read_text("utf-8")) for file in files))
        self._given: frozenset[Run] = frozenset()
        self._given = frozenset(run for file in beside for run in self.work("", {"": file.read_text("utf-8")}).runs)

    def submission(self, id: str, path: Path) -> Work:
        """What the grader reads at this place: it decides which files count, and how they are decoded.

        :raises Unusable: nothing there could be graded
        """
        return self.work(id, read(path, self._lab).files)

    def work(self, id: str, files: Mapping[str, str]) -> Work:
        """A work from the text of each of its modules; any text will do."""
        texts, lines = [], 0
        runs: dict[Run, set[int]] = defaultdict(set)
        given: set[int] = set()
        for module, text in files.items():
            if len(files) > 1:
                text = f"# {module}.py\n{text.rstrip()}\n"
            for unit in operations(text, self._names):
                for start in range(len(unit) - RUN + 1):
                    part = unit[start : start + RUN]
                    run = tuple(each.name for each in part)
                    where = given if run in self._given else runs[run]
                    where.update(lines + each.line for each in part)
            texts.append(text)
            lines += text.count("\n") + 1
        return Work(id, "\n".join(texts), {run: frozenset(where - given) for run, where in runs.items()})


def likeness(path: Path, lab: Lab, sources: Sequence[Path] = (), threshold: float = THRESHOLD) -> Likeness:
    """Compare the class in a folder of grades, each with each and with sources.

    :raises FolderError: no class was graded into it, or a source is not there
    """
    reader = Reader(lab)
    folder = GradesFolder(path)
    left_out: dict[str, str] = {}
    unused: dict[str, str] = {}
    works = list(_read(reader, ((entry.id, path / "submissions" / entry.id) for entry in folder.roster()), left_out))
    named = [(file.relative_to(ROOT).as_posix(), file) for file in files_of(lab, SOLUTION).values()]
    named += [pair for source in sources for pair in files_in(source, path)]
    different: dict[str, Work] = {}
    for work in _read(reader, named, unused):
        different.setdefault(work.text, work)  # the same text again is the same source
    found = compared(works, list(different.values()), threshold)
    return dataclasses.replace(found, left_out=left_out, unused=tuple(unused))


def compared(works: Sequence[Work], sources: Sequence[Work], threshold: float) -> Likeness:
    """Compare works, each with each and with sources."""
    has = _matrix([*works, *sources])
    near = _similarities(has, len(works))
    near.data[near.data < threshold] = 0
    near.eliminate_zeros()
    clusters, closest = _clusters(near, has, works, sources)
    return Likeness(clusters, closest, len(works), len(sources))


def _read(reader: Reader, places: Iterable[tuple[str, Path]], left_out: dict[str, str]) -> Iterator[Work]:
    """The works that there is enough in to compare; why others are left out is put down."""
    for id, path in places:
        try:
            work = reader.submission(id, path)
        except Unusable as refused:
            left_out[id] = files.refusal(refused.why)
        else:
            if len(work.runs) >= LEAST:
                yield work
            else:
                left_out[id] = "There is too little in it that isn't given, or that Python can read."


def files_in(source: Path, but: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder that can be works, with their names; nothing from the class itself."""
    if not source.exists():
        raise FolderError(f"there is no source {source}; expected folders or files, with commas between them")
    places = [source] if source.is_file() else []
    for folder, inner, names in os.walk(source):
        here = Path(folder)
        if here.resolve() == but.resolve():
            inner.clear()
            continue
        inner[:] = sorted(name for name in inner if not name.startswith((".", "__")))
        places += [here / name for name in sorted(names) if name.lower().endswith(SOURCE_FILES) and name[0] != "."]
    yield from ((place.as_posix(), place) for place in places)


# -- numbers ----------------------------------------------------------------------------------------------------------


def _matrix(works: Sequence[Work]) -> sparse.csr_matrix:
    """Which work has which run, (works, runs): 1 or 0."""
    columns: dict[Run, int] = {}
    indices = [columns.setdefault(run, len(columns)) for work in works for run in work.runs]
    ends = np.cumsum([0, *(len(work.runs) for work in works)])
    return sparse.csr_matrix((np.ones(len(indices)), indices, ends), shape=(len(works), len(columns)))


def _similarities(has: sparse.csr_matrix, n: int) -> sparse.csr_matrix:
    """The similarity of each of the first `n` works to each work, (n, works); none to itself."""
    holders = np.asarray(has.sum(axis=0)).ravel()
    weights = np.log1p(has.shape[0] / np.maximum(holders, 1))
    own = has @ weights
    shared = (has[:n].multiply(weights) @ has.T).tocoo()  # (n, runs) @ (runs, works) -> (n, works)
    found = shared.data / np.minimum(own[shared.row], own[shared.col])
    other = shared.row != shared.col
    return sparse.csr_matrix((found[other], (shared.row[other], shared.col[other])), shape=shared.shape)


def _best(near: sparse.csr_matrix) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows in which there is anything, for each the column with most, and how much; of equal ones the last."""
    found = near.tocoo()
    order = np.lexsort((-found.col, -found.data, found.row))
    rows, first = np.unique(found.row[order], return_index=True)
    return rows, found.col[order][first], found.data[order][first]


def _clusters(
    near: sparse.csr_matrix, has: sparse.csr_matrix, works: Sequence[Work], sources: Sequence[Work]
) -> tuple[tuple[Cluster, ...], dict[str, Pair]]:
    """The clusters, and what each submission in one resembles most.

    :param near: (n, works) similarities, as far as they are high
    :param has: (works, runs)
    """
    n, total = near.shape
    everything = [*works, *sources]
    by_class = near[:, :n].tocoo()
    # the closest source of each alone: two that were handed in last year need not have to do with each other
    rows, columns, most = _best(near[:, n:])
    edges = np.concatenate([by_class.row, rows]), np.concatenate([by_class.col, columns + n])
    # a little nearer, so that of two who resemble a source and each other alike, each is shown beside the source
    distances = 2 - np.concatenate([by_class.data, most + 1e-6])
    graph = sparse.csr_matrix((distances, edges), shape=(total, total))
    _, label = csgraph.connected_components(graph, directed=False)
    tree = csgraph.minimum_spanning_tree(graph).tocoo()
    ties: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for ends in zip(tree.row, tree.col):
        ties[label[ends[0]]].append((min(ends), max(ends)))
    rows, columns, _ = _best(near)
    closest = dict(zip(rows, columns))

    class_holders = np.asarray(has[:n].sum(axis=0)).ravel()
    clusters, pairs_of = [], {}
    for name, held in ties.items():
        nodes = np.flatnonzero(label == name)
        members = nodes[nodes < n]
        outside = class_holders - np.asarray(has[members].sum(axis=0)).ravel()
        rare = outside <= RARE * (n - len(members))

        def pair(i: int, j: int, rare: np.ndarray = rare) -> Pair:
            one, other = (runs[rare[runs]] for runs in (_runs_of(has, i), _runs_of(has, j)))
            shared = len(np.intersect1d(one, other))
            return Pair(everything[i], everything[j], float(near[i, j]), shared, min(len(one), len(other)))

        pairs = sorted((pair(*ends) for ends in held), key=lambda pair: -pair.similarity)
        ids = [everything[node].id for node in nodes]
        clusters.append(Cluster(tuple(ids[: len(members)]), tuple(ids[len(members) :]), tuple(pairs)))
        pairs_of.update({works[i].id: pair(i, closest[i]) for i in members})
    clusters.sort(key=lambda cluster: -cluster.pairs[0].similarity)
    return tuple(clusters), pairs_of


def _runs_of(has: sparse.csr_matrix, work: int) -> np.ndarray:
    return has.indices[has.indptr[work] : has.indptr[work + 1]]


# -- the terminal -----------------------------------------------------------------------------------------------------


def show(found: Likeness, titles: Mapping[str, str], console: Console) -> None:
    """Print the clusters, each as a table of who resembles whom, and who was left out."""
    if not found.clusters:
        console.print(f"{found.about}: none is similar to another", markup=False)
    for number, cluster in enumerate(found.clusters, start=1):
        title = f"{number}. {counted(len(cluster.members), 'submission')}"
        from_where = f", from {', '.join(cluster.sources)}" if cluster.sources else ""
        table = Table(title=Text(shown(f"{title}{from_where}", 400)), title_justify="left")
        for column in ("submission", "is most similar to"):
            table.add_column(column)
        table.add_column("similarity", justify="right")
        table.add_column("shares")
        for pair in sorted((found.closest[id] for id in cluster.members), key=lambda pair: -pair.similarity):
            names = (Text(_named(work.id, titles)) for work in (pair.one, pair.other))
            table.add_row(*names, f"{pair.similarity:.2f}", pair.said)
        console.print(table)
    if found.clusters:
        console.print(f"{found.about}. People judge: `make report` shows the texts side by side", markup=False)
    for why in dict.fromkeys(found.left_out.values()):
        who = ", ".join(_named(id, titles) for id, reason in found.left_out.items() if reason == why)
        console.print(f"not compared: {who}: {shown(why, 500)}", markup=False)
    if found.unused:
        some = ", ".join(shown(name) for name in found.unused[:SOME])
        console.print(
            f"no work was found in {counted(len(found.unused), 'file')} of the sources: {some}, …", markup=False
        )


def _named(id: str, titles: Mapping[str, str]) -> str:
    """A submission by its student, a source by its file."""
    title = titles.get(id, id)
    return shown(id if title == id else f"{title} ({id})", 200)


def add_sources(parser: argparse.ArgumentParser) -> None:
    """The option that names sources, for all tools that compare."""
    parser.add_argument(
        "--sources",
        type=lambda text: [Path(name.strip()) for name in text.split(",") if name.strip()],
        default=[],
        metavar="FOLDER[,FOLDER]",
        help="where else work may come from, such as last years' submissions; the solution is always compared",
    )
    add_course(parser, "earlier years' work where no sources are named")


def sources_of(options: argparse.Namespace) -> list[Path]:
    """The sources that are named, or else those of the course."""
    return options.sources or (options.course.earlier if options.course else [])


def main() -> int:
    """Run the command line."""
    parser = Parser("similarity", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("grades", nargs="?", type=Path, default=Path("grades"), help="a graded class (default: grades)")
    parser.add_argument("--lab", default="q1", choices=lab_names())
    parser.add_argument("--threshold", type=float, default=THRESHOLD, help=f"between 0 and 1 (default: {THRESHOLD})")
    add_sources(parser)
    options = parser.parse_args()
    try:
        titles = {entry.id: entry.title for entry in GradesFolder(options.grades).roster()}
        found = likeness(options.grades, load_lab(options.lab), sources_of(options), options.threshold)
    except FolderError as error:
        print(f"make similarity: {shown(str(error), 1_000)}", file=sys.stderr)
        return 2
    show(found, titles, Console())
    return 0


if __name__ == "__main__":
    sys.exit(main())
