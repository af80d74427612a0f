"""Many submissions graded on this machine: a thread for each job, each with a grader's process of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Mapping
from pathlib import Path

from neural_lab.tools.course.grades_folder import Results
from neural_lab.tools.course.restarting_grader import RestartingGrader, Stopped


def grade_all(lab: str, submissions: Mapping[str, Path], jobs: int) -> Generator[tuple[str, Results], None, None]:
    """Grade each submission: (id, results) in the order they are done. Closing the generator stops all graders.

    :param submissions: {id: what was handed in}
    """
    waiting: queue.SimpleQueue[tuple[str, Path]] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[str, Results] | BaseException] = queue.SimpleQueue()
    for submission in submissions.items():
        waiting.put(submission)
    stop = threading.Event()
    graders = [RestartingGrader(lab) for _ in range(min(jobs, len(submissions)))]

    def work(grader: RestartingGrader) -> None:
        with grader:
            try:
                while not stop.is_set():
                    name, path = waiting.get_nowait()
                    done.put((name, grader.grade(path)))
            except (queue.Empty, Stopped):
                pass
            except BaseException as error:  # whoever waits must hear of it, and not wait for ever
                done.put(error)

    threads = [threading.Thread(target=work, args=(grader,), daemon=True) for grader in graders]
    for thread in threads:
        thread.start()
    try:
        for _ in submissions:
            found = done.get()
            if isinstance(found, BaseException):
                raise found
            yield found
    except BaseException:
        stop.set()
        for grader in graders:
            grader.stop()
        raise
    finally:
        for thread in threads:
            thread.join()
