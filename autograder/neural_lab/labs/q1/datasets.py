"""A data set by name: `digits` (scikit-learn's, the default), `mnist`, or the path of any .npz file of the same form.

The grader and `make train` read their digits here; a student's files use tune.py. The file is found, and what is in it
is checked; the scripts in data/ make the files. It needs NumPy alone, because the grading path reads data sets too.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from neural_lab.schema.places import DATA

NAMES = ("digits", "mnist")  # the first that is there is the default: a zip for Gradescope holds only one
PIXELS, CLASSES = 784, 10
MADE_BY = {"digits": "python data/export_digits.py", "mnist": "make data DATA=mnist"}


class DataSetError(Exception):
    """A data set cannot be used; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Dataset:
    """Images of handwritten digits, one in each row, and their labels, in a training and a held-out test part.

    pixels_train (N, 784) and pixels_test (M, 784): bytes, 0 is paper and 255 ink, as the trainer takes them; y_train
    (N,) and y_test (M,): the labels, int64 in 0..9.
    """

    name: str
    pixels_train: NDArray[np.uint8]
    y_train: NDArray[np.int64]
    pixels_test: NDArray[np.uint8]
    y_test: NDArray[np.int64]

    @property
    def x_train(self) -> NDArray[np.float64]:
        """The training images as numbers in 0..1, (N, 784) float64; made anew each time, eight times the bytes."""
        return self.pixels_train / 255.0

    @property
    def x_test(self) -> NDArray[np.float64]:
        """The test images as numbers in 0..1, (M, 784) float64; made anew each time, eight times the bytes."""
        return self.pixels_test / 255.0

    def describe(self) -> str:
        """For headings: `digits (1,437 images to train, 360 to test)`."""
        return f"{self.name} ({len(self.y_train):,} images to train, {len(self.y_test):,} to test)"


def one_hot(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """What the network's outputs should be: (N, 10) with 1 at each label and 0 elsewhere."""
    return np.eye(CLASSES)[labels]


def locate(name_or_path: str | Path | None = None) -> Path:
    """The file of a data set; of the default one if none is named.

    :raises DataSetError: there is no such file
    """
    if name_or_path is None:
        there = [name for name in NAMES if (DATA / f"{name}.npz").is_file()]
        if not there:
            raise DataSetError(f"expected {' or '.join(f'data/{name}.npz' for name in NAMES)}, found neither")
        name_or_path = there[0]
    known = str(name_or_path) in NAMES
    file = DATA / f"{name_or_path}.npz" if known else Path(name_or_path)
    if file.is_file():
        return file
    if known:
        raise DataSetError(f"data/{file.name} is not there; make it with: {MADE_BY[str(name_or_path)]}")
    raise DataSetError(f"expected {', '.join(NAMES)} or the path of an .npz file, got '{name_or_path}': no such file")


def load(
    name_or_path: str | Path | None = None, *, most_train: int | None = None, most_test: int | None = None
) -> Dataset:
    """Read a data set.

    :param name_or_path: `digits`, `mnist` or the path of an .npz file with x_train (N, 784) and x_test (M, 784), whole
        numbers 0..255, and y_train (N,), y_test (M,), labels 0..9; without it, what is there
    :param most_train: keep at most the first so many training images
    :param most_test: the same for the test images
    :raises DataSetError: the file is missing, unreadable, or holds something else
    """
    file = locate(name_or_path)
    try:
        with file.open("rb") as stream:
            archive = np.load(stream, allow_pickle=False)
            arrays = {key: archive[key] for key in archive.files} if isinstance(archive, NpzFile) else {}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataSetError(f"{file.name}: not a readable .npz file ({error}); make it again") from error
    missing = [key for key in ("x_train", "y_train", "x_test", "y_test") if key not in arrays]
    if missing:
        raise DataSetError(f"{file.name}: no array {', '.join(missing)}; found {', '.join(arrays) or 'none'}")
    parts = {"train": most_train, "test": most_test}
    checked = {
        part: _part(file.name, part, arrays[f"x_{part}"], arrays[f"y_{part}"], most) for part, most in parts.items()
    }
    return Dataset(file.stem, *checked["train"], *checked["test"])


def _part(
    file: str, part: str, x: NDArray[Any], y: NDArray[Any], most: int | None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Check one part of a data set and cut it down."""
    if x.ndim != 2 or x.shape[1] != PIXELS or len(x) == 0:
        raise DataSetError(f"{file}: expected x_{part} of shape (N, {PIXELS}) with N >= 1, got {x.shape}")
    if y.shape != (len(x),):
        raise DataSetError(
            f"{file}: expected a label for each of the {len(x)} images of x_{part}, got y_{part} {y.shape}"
        )
    for name, array, largest in ((f"x_{part}", x, 255), (f"y_{part}", y, CLASSES - 1)):
        if array.dtype.kind not in "iu":
            raise DataSetError(f"{file}: expected whole numbers in {name}, got {array.dtype}")
        if array.min() < 0 or array.max() > largest:
            raise DataSetError(f"{file}: expected {name} in 0..{largest}, found {array.min()}..{array.max()}")
    return x[:most].astype(np.uint8), y[:most].astype(np.int64)
