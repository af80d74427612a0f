"""A class graded on a Dask cluster (`make batch ... DASK=tcp://host:8786`), with the optional extra `distributed`.

Scheduler and workers have this checkout, with the same secret, on as many machines as there are:
`PYTHONPATH=autograder .venv/bin/dask scheduler` and `PYTHONPATH=autograder .venv/bin/dask worker tcp://host:8786`.
Submissions travel as bytes, and a worker that grades with anything else than we do is refused. When a worker dies, its
submissions are tried again elsewhere; a submission that kills every worker gets the result of a grader's fault.
"""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import cast

from distributed import Client, Worker, WorkerPlugin, as_completed, get_worker

from neural_lab.platforms import gradescope as gradescope_results
from neural_lab.schema.discovery import load_lab
from neural_lab.tools.course.exports import stage
from neural_lab.tools.course.grades_folder import FolderError, Results, graded_with
from neural_lab.tools.course.restarting_grader import RestartingGrader

PLUGIN = "neural-lab-graders"


class Graders(WorkerPlugin):
    """A grader for each thread of a worker, kept from one submission to the next."""

    name = PLUGIN

    def __init__(self, lab: str) -> None:
        self._lab = lab

    def setup(self, worker: Worker) -> None:
        """Called by the worker as it begins."""
        self._mine = threading.local()
        self._all: list[RestartingGrader] = []
        self.with_what = graded_with(load_lab(self._lab))

    def teardown(self, worker: Worker) -> None:
        """Called by the worker as it ends."""
        for grader in self._all:
            grader.stop()

    def grader(self) -> RestartingGrader:
        """This thread's."""
        if not hasattr(self._mine, "grader"):
            self._mine.grader = RestartingGrader(self._lab)
            self._all.append(self._mine.grader)
        grader: RestartingGrader = self._mine.grader
        return grader


def grade_here(contents: dict[str, bytes], with_what: dict[str, str]) -> Results:
    """Runs on a worker: grade one submission.

    :raises FolderError: this worker's rubric, solution, grader or secret are not those of the batch
    """
    graders = cast(Graders, get_worker().plugins[PLUGIN])
    other = [what for what, value in with_what.items() if graders.with_what.get(what) != value]
    if other:
        raise FolderError(
            f"the worker at {get_worker().address} has another {', another '.join(other)}; "
            "give it the same commit and the same autograder/secret"
        )
    with tempfile.TemporaryDirectory(prefix="submission-") as folder:
        stage(contents, Path(folder))
        return graders.grader().grade(Path(folder))


def grade_all(
    address: str, folders: Mapping[str, Path], with_what: dict[str, str], patience: float = 10.0
) -> Generator[tuple[str, Results], None, None]:
    """Grade submissions on the cluster, each as soon as a worker is free: (id, results) in the order they are done.

    :param folders: {id: where the submission's files lie}
    :param with_what: what they are to be graded with, as `graded_with` tells
    :param patience: seconds that the scheduler has to answer
    :raises FolderError: no cluster is there, or its workers have another checkout or secret
    """
    try:
        client = Client(address, timeout=patience)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise FolderError(f"no Dask scheduler answers at {address} ({error}); is it running?") from error
    with client:
        client.register_plugin(Graders(with_what["lab"]))
        ids, contents = list(folders), [_contents(folder) for folder in folders.values()]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")  # a class's files are what is to be sent
            futures = client.map(grade_here, contents, with_what=with_what, pure=False, batch_size=100)
        names = dict(zip(futures, ids))
        for future in as_completed(futures):  # type: ignore[no-untyped-call]
            failed = future.exception() if future.status != "finished" else None
            if isinstance(failed, FolderError):
                raise failed
            if isinstance(failed, RuntimeError | ImportError) and _cannot_import(failed):
                raise FolderError(
                    f"the scheduler or a worker of {address} cannot import this project: start both in this checkout, "
                    "with PYTHONPATH=autograder"
                )
            # failed: several workers in a row died of it, or a worker's own machine has a fault
            why = f"{type(failed).__name__}: {failed}"[:500]
            yield names.pop(future), gradescope_results.fault(why) if failed else future.result()
            future.release()


def _cannot_import(error: BaseException) -> bool:
    """Whether a task failed before it began, because this module is not there; Dask says so in these words."""
    return isinstance(error, ImportError) or "deserialization" in str(error)


def _contents(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
