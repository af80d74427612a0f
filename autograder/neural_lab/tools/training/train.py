"""Train the solution or a student's file, watch it learn, and keep plots of it (`make train`).

It goes epoch by epoch, and Ctrl-C stops it without losing what is done. The code that trains is the file's own, one
sample at a time; the grader's fast trainer has no part in it. A student's file runs in the grader's sandbox, the
solution in this process. The plots are drawn by `plots`.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

if __name__ == "__main__" and not sys.flags.isolated:
    # Again, without what this shell keeps: whatever a process starts with stays in its memory and in that of its forks.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    os.execve(sys.executable, [sys.executable, "-I", *sys.argv], kept)
if __name__ == "__main__":
    # The package that this file is of, which in a version's checkout is not the one installed.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))))

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy: the sandbox forks, and the matrices are small

import numpy as np
from numpy.typing import NDArray

from neural_lab.feedback import files
from neural_lab.feedback.phrases import instead
from neural_lab.intake.foreign import shown
from neural_lab.intake.load_report import read_load_report
from neural_lab.intake.submission import Submission, Unusable, read
from neural_lab.isolation import self_test
from neural_lab.isolation.limits import Limits
from neural_lab.isolation.pool import Sandbox, SandboxError
from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.datasets import Dataset, DataSetError
from neural_lab.labs.q1.hyperparameters import MOST_TEST, MOST_TRAIN, Hyperparameters, HyperparametersError, check
from neural_lab.labs.q1.version import VERSION
from neural_lab.runtime.host import Host
from neural_lab.runtime.plan import LoadPlan, Renamed, Statement
from neural_lab.runtime.protocol import Failure, FailureKind
from neural_lab.runtime.session import Session
from neural_lab.schema.discovery import load_lab
from neural_lab.schema.places import ROOT, files_of
from neural_lab.tools.command import Parser

LAB = load_lab("q1")
SOLUTION = files_of(LAB)["q1"]
OUT = ROOT / "dist" / "training"
EPOCH_TRAINER = Path(__file__).resolve().parent / "epoch_trainer.py"
SEED = 400  # the contract's default
PIECE = 2_000  # images handed over at a time: a message holds 16 MB
PATIENCE = 24 * 3600  # seconds; whoever watches decides when it is enough
HANDOUT = {
    "num_neurons_per_layer_list": [784, 8, 8, 10],
    "epochs": 15,
    "mini_batch_size": 10,
    "eta": 3.0 * VERSION.pace,
}


class TrainingError(Exception):
    """There is nothing to train, or it cannot be trained; the message says why and what to do."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to: the cost over the training images, the accuracy in percent on the test images."""

    number: int
    cost: float
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Course:
    """A training as far as it went.

    :param outputs: (M, 10) for the test images after the last epoch
    :param ending: why it ended before its last epoch; empty if it did not
    """

    epochs: tuple[Epoch, ...]
    outputs: NDArray[np.float64]
    ending: str = ""


def trainer_of(session: Session, sizes: tuple[int, ...], data: Dataset) -> Any:
    """Make a network that has the images to learn from; gives its handle.

    :raises TrainingError: it could not be made
    """
    session.watching = False  # nothing is judged here, and there is much to look at
    contract = VERSION.layer(-1), VERSION.called("mini_batch_GD"), VERSION.called("forward_pass")
    made = _expect(session.new("epoch_trainer", "EpochTrainer", list(sizes), SEED, *contract))
    for function, pixels, labels in (
        ("learn_from", data.pixels_train, data.y_train),
        ("test_on", data.pixels_test, data.y_test),
    ):
        for start in range(0, len(labels), PIECE):
            piece = slice(start, start + PIECE)
            _expect(session.call(made, function, pixels[piece], labels[piece]))
    return made


def train(session: Session, data: Dataset, chosen: Hyperparameters, tell: Callable[[Epoch], None]) -> Course:
    """Train epoch by epoch; Ctrl-C and failures end it and keep the epochs before.

    :param tell: is told about each epoch as it ends
    :raises TrainingError: not even the first epoch ended well
    """
    made = trainer_of(session, chosen.sizes, data)
    epochs: list[Epoch] = []
    outputs = np.zeros((len(data.y_test), datasets.CLASSES))
    ending = ""
    try:
        for number in range(1, chosen.epochs + 1):
            start = time.monotonic()
            reply = _expect(session.call(made, "epoch", chosen.mini_batch_size, chosen.eta))
            cost, outputs = _epoch_of(reply, len(data.y_test))
            accuracy = 100.0 * float(np.mean(outputs.argmax(axis=1) == data.y_test))
            epochs.append(Epoch(number, cost, accuracy, time.monotonic() - start))
            tell(epochs[-1])
    except KeyboardInterrupt:
        ending = f"stopped after {len(epochs)} of {chosen.epochs} epochs"
    except TrainingError as error:
        ending = str(error)
    if not epochs:
        raise TrainingError(ending)
    return Course(tuple(epochs), outputs, ending)


def _epoch_of(reply: object, tests: int) -> tuple[float, NDArray[np.float64]]:
    """The cost and the outputs (M, 10) in what came back, which may be anything."""
    history, outputs = reply if isinstance(reply, tuple) and len(reply) == 2 else (None, None)
    try:
        costs = np.asarray(history, dtype=float).ravel()
    except (TypeError, ValueError):
        costs = np.empty(0)
    if costs.size != 1:
        name = VERSION.called("mini_batch_GD")
        raise TrainingError(f"{name}: expected a list with one cost for one epoch, got {str(history)[:80]}")
    if not isinstance(outputs, np.ndarray) or outputs.shape != (tests, datasets.CLASSES):
        shape = getattr(outputs, "shape", type(outputs).__name__)
        name, wanted = VERSION.called("forward_pass"), VERSION.layer(datasets.CLASSES)
        raise TrainingError(f"{name}: expected outputs of shape {wanted} for each image, got {shape} for all")
    return float(costs[0]), outputs.astype(float)


def _expect(reply: Any) -> Any:
    """The reply, unless it is a failure.

    :raises TrainingError: what failed, and where in the file
    """
    if not isinstance(reply, Failure):
        return reply
    if reply.kind == FailureKind.NOT_WRITTEN:
        raise TrainingError(f"{reply.function or reply.message} is not written yet (line {reply.line})")
    if reply.kind == FailureKind.MISSING:
        raise TrainingError(f"the file does not define {reply.message or 'NeuralNetwork'}")
    if reply.kind in (FailureKind.RAISED, FailureKind.REFUSED):
        place = f" in {reply.function}, line {reply.line}" if reply.line else ""
        raise TrainingError(f"{reply.type_name}: {reply.message}{place}")
    raise TrainingError(f"the training ended ({reply.kind}): {instead(reply)}")


@contextmanager
def in_process(submission: Submission) -> Iterator[Session]:
    """The solution, in this process.

    :raises TrainingError: a statement of it fails
    """
    host = Host()
    for note in host.loader.load(_plan(submission), untrusted=False):
        raise TrainingError(f"{note.type}: {note.message} (line {note.line})")
    yield Session(host.perform)


@contextmanager
def in_sandbox(submission: Submission) -> Iterator[Session]:
    """A student's file, in a locked-down process of its own.

    :raises TrainingError: it can't be loaded
    """
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for this process, not for those below it
    try:
        sandbox = Sandbox(Limits(worker_cpu=PATIENCE))
    finally:
        signal.signal(signal.SIGINT, interrupt)
    with sandbox:
        first = LoadPlan(LAB.modules, submission.files, report=True)
        with sandbox.spawn() as worker:
            try:
                found = read_load_report(LAB, submission, worker.request(["load", first.encoded()]))
            except Unusable as refusal:
                raise TrainingError(files.refusal(refusal.why)) from None
        with sandbox.spawn(PATIENCE, PATIENCE) as worker:
            isolation = self_test.isolation(worker.layers, self_test.Managed(), root=os.geteuid() == 0)
            if isolation.level != self_test.FULL:
                print(isolation.sentence, file=sys.stderr)
            _expect(worker.request(["load", _plan(submission, found.skip, found.classes).encoded()]))
            yield Session(worker.request)


def _plan(submission: Submission, skip: tuple[Statement, ...] = (), classes: tuple[Renamed, ...] = ()) -> LoadPlan:
    files = {**submission.files, "epoch_trainer": EPOCH_TRAINER.read_text(encoding="utf-8")}
    return LoadPlan((*LAB.modules, "epoch_trainer"), files, skip, classes)


def choose(session: Session, options: argparse.Namespace, samples: int) -> Hyperparameters:
    """What to train with: the options, else the file's HYPERPARAMETERS, else the handout's.

    :raises TrainingError: they are not what they must be
    """
    own = session.get("q1", "HYPERPARAMETERS")
    asked = {
        "num_neurons_per_layer_list": options.layers,
        "epochs": options.epochs,
        "mini_batch_size": options.batch,
        "eta": options.eta,
    }
    given = {key: value for key, value in asked.items() if value is not None}
    try:
        return check({**HANDOUT, **(own if isinstance(own, dict) else {}), **given}, samples, budget=math.inf)
    except HyperparametersError as error:
        raise TrainingError(str(error)) from None


def write(folder: Path, name: str, data: Dataset, chosen: Hyperparameters, course: Course) -> list[Path]:
    """Write history.csv and the plots; gives their paths."""
    from neural_lab.tools.training import (
        plots,  # matplotlib takes a second, and a failed training needs none
    )

    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / file for file in ("history.csv", "curves.png", "confusion.png", "wrong.png")]
    with files[0].open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["epoch", "cost", "accuracy", "seconds"])
        table.writerows([e.number, repr(e.cost), f"{e.accuracy:.4f}", f"{e.seconds:.3f}"] for e in course.epochs)
    title = f"{name} on {data.describe()}\n{chosen.describe()}"
    plots.curves(files[1], title, [e.cost for e in course.epochs], [e.accuracy for e in course.epochs])
    predicted = course.outputs.argmax(axis=1)
    accuracy = course.epochs[-1].accuracy
    plots.confusion(files[2], f"{name} on {data.name}: {accuracy:.1f} % right", data.y_test, predicted)
    plots.mistakes(files[3], name, data.pixels_test, data.y_test, course.outputs)
    return files


def layers(text: str) -> list[int]:
    """The numbers in `784,30,10`.

    :raises argparse.ArgumentTypeError: they are something else
    """
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected whole numbers such as 784,30,10, got '{text}'") from None


def _parser() -> argparse.ArgumentParser:
    parser = Parser("train", description="Train the solution or a student's file on the handwritten digits.")
    parser.add_argument("submission", nargs="?", type=Path, help="a q1.py or its folder (default: the solution)")
    parser.add_argument("--data", help="digits, mnist, or the path of an .npz file (default: digits)")
    parser.add_argument("--epochs", metavar="EPOCHS", type=int, help="how many (default: the file's HYPERPARAMETERS)")
    parser.add_argument("--batch", metavar="BATCH", type=int, help="samples in a mini-batch")
    parser.add_argument("--eta", metavar="ETA", type=float, help="learning rate")
    parser.add_argument("--layers", metavar="LAYERS", type=layers, help="neurons of each layer, such as 784,30,10")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the plots (default: dist/training)")
    return parser


def _say(text: str, stream: TextIO | None = None) -> None:
    """Print a line that may quote a submission or the names of its files."""
    print(shown(text, 1_000), file=stream)


def _tell(total: int) -> Callable[[Epoch], None]:
    width = len(str(total))

    def tell(epoch: Epoch) -> None:
        print(
            f"epoch {epoch.number:{width}} of {total}   cost {epoch.cost:11.4f}   accuracy {epoch.accuracy:6.2f} %"
            f"   {epoch.seconds:5.2f} s",
            flush=True,
        )

    return tell


def run(options: argparse.Namespace) -> None:
    """Train as the options say.

    :raises TrainingError: nothing could be trained
    """
    official = options.submission is None or options.submission.resolve() in (SOLUTION, SOLUTION.parent)
    try:
        submission = read(SOLUTION if official else options.submission, LAB)
    except Unusable as refusal:
        raise TrainingError(files.refusal(refusal.why)) from None
    # A worker has half a gigabyte: the whole of MNIST, as the contract's list of pairs, is not for it.
    most = (None, None) if official else (MOST_TRAIN, MOST_TEST)
    name = "the solution" if official else shown(options.submission.resolve().name)
    with (in_process if official else in_sandbox)(submission) as session:
        data = datasets.load(options.data, most_train=most[0], most_test=most[1])
        chosen = choose(session, options, len(data.y_train))
        _say(f"training {name} on {data.describe()}: {chosen.describe()}; Ctrl-C stops and keeps what is done")
        course = train(session, data, chosen, _tell(chosen.epochs))
    if course.ending:
        _say(course.ending)
    for file in write(options.out, name, data, chosen, course):
        _say(f"wrote {file}")


def main() -> int:
    options = _parser().parse_args()
    try:
        run(options)
    except (TrainingError, DataSetError, SandboxError) as error:
        _say(f"error: {error}", sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped before the first epoch ended; nothing was written", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
