"""Make `mnist.npz`, MNIST in the form of `digits.npz`: from OpenML, or from a folder of IDX files.

It is checked that this is MNIST, and the file is written whole or not at all. Neither the file nor MNIST itself is kept
in the repository. Training reads it with `autograder/neural_lab/labs/q1/datasets.py`.

    make data DATA=mnist                        from OpenML, over the network
    make data DATA=mnist MNIST_DIR=folder       from MNIST's own files, as they are distributed, gzipped or unpacked:
        train-images-idx3-ubyte  train-labels-idx1-ubyte      60,000 images; may be missing
        t10k-images-idx3-ubyte   t10k-labels-idx1-ubyte       10,000 images

The whole of MNIST keeps its own split. The 10,000 test images alone become 8,000 to train with and 2,000 to test, in
the order of the files.

What is checked: structure, counts, image size and labels, of every part; and a checksum of the 10,000 test images with
their labels, whatever their order. The 60,000 training images have no checksum here, for none could be verified.
"""

from __future__ import annotations

import gzip
import hashlib
import socket
import struct
import sys
import tempfile
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from export_digits import write_npz  # type: ignore[import-not-found]
from numpy.typing import NDArray

from neural_lab import atomic
from neural_lab.labs.q1 import datasets
from neural_lab.tools.command import Parser

HERE = Path(__file__).resolve().parent

FILE = HERE / "mnist.npz"
SIDE = 28  # of an image, in pixels
NETWORK_TIMEOUT = 10.0  # seconds without an answer
Bytes = NDArray[np.uint8]


class FetchError(Exception):
    """MNIST could not be had, or what was had is not MNIST; the message says why and what to do."""


@dataclass(frozen=True)
class Part:
    """One part of a data set: images (N, 784), bytes 0..255, and labels (N,), 0..9."""

    images: Bytes
    labels: Bytes

    def checksum(self) -> str:
        """SHA-256 over label and pixels of every image; the order of the images does not matter."""
        rows = np.hstack([self.labels[:, None], self.images])
        return hashlib.sha256(b"".join(sorted(row.tobytes() for row in rows))).hexdigest()


@dataclass(frozen=True)
class Known:
    """What a part must be: its number of images, and its checksum where one could be verified."""

    count: int
    checksum: str | None = None


MNIST = {
    "train": Known(60_000),
    "t10k": Known(10_000, "0c7bc63f656fb2440dc2b5bea4ff3ac8632e305b73ec1dc88141a32d36204fac"),
}


def read_idx(file: Path) -> Bytes:
    """Read an IDX file of bytes, gzipped or plain.

    The format: two zero bytes, the type (8 is unsigned bytes), the number of dimensions, each dimension's size as four
    bytes, the largest first, and then the values.

    :return: array of the file's own shape
    :raises FetchError: it is not such a file, or not a whole one
    """
    content = file.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise FetchError(f"{file.name}: damaged gzip file ({error}); download it again") from error
    if len(content) < 4 or content[:2] != b"\0\0":
        raise FetchError(f"{file.name}: not an IDX file (it begins with {content[:4].hex(' ') or 'nothing'})")
    kind, dimensions = content[2], content[3]
    if kind != 8:
        raise FetchError(f"{file.name}: expected an IDX file of bytes (type 8), got type {kind}")
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise FetchError(f"{file.name}: ends within its header; download it again")
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    expected = int(np.prod(shape, dtype=object))
    if len(content) - start != expected:
        raise FetchError(
            f"{file.name}: expected {expected:,} bytes for the shape {shape}, found {len(content) - start:,}; "
            "download it again"
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def find(folder: Path, name: str) -> Path | None:
    """The file `name` of the folder, as people unpack it: with or without .gz, with - or . before `idx`."""
    candidates = [name, name.replace("-idx", ".idx")]
    return next(
        (folder / f"{c}{end}" for c in candidates for end in (".gz", "") if (folder / f"{c}{end}").is_file()), None
    )


def read_part(folder: Path, part: str, known: Known) -> Part | None:
    """Read `train` or `t10k` from a folder of IDX files; None if both of its files are missing.

    :raises FetchError: a file is missing, damaged, or not what its name says
    """
    names = [f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"]
    images_file, labels_file = (find(folder, name) for name in names)
    if images_file is None and labels_file is None:
        return None
    if images_file is None or labels_file is None:
        raise FetchError(f"{folder}: {names[0 if images_file is None else 1]} is missing, and its partner is there")
    images, labels = read_idx(images_file), read_idx(labels_file)
    if images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
        raise FetchError(f"{images_file.name}: expected images of shape (N, {SIDE}, {SIDE}), got {images.shape}")
    if labels.ndim != 1:
        raise FetchError(f"{labels_file.name}: expected labels of shape (N,), got {labels.shape}")
    return check(part, Part(images.reshape(len(images), SIDE * SIDE), labels), known)


def check(part: str, data: Part, known: Known) -> Part:
    """Check counts, labels and checksum.

    :raises FetchError: something is not as it should be
    """
    if len(data.labels) != len(data.images):
        raise FetchError(f"{part}: {len(data.images):,} images but {len(data.labels):,} labels; are they of one part?")
    if len(data.images) != known.count:
        raise FetchError(f"{part}: expected {known.count:,} images, got {len(data.images):,}; is it another data set?")
    if sorted(set(data.labels.tolist())) != list(range(10)):
        raise FetchError(f"{part}: expected all labels 0..9 and no others, got {sorted(set(data.labels.tolist()))}")
    if known.checksum is not None and data.checksum() != known.checksum:
        raise FetchError(
            f"{part}: the images and labels are well formed but not MNIST's (their checksum differs); "
            "a damaged file, or another data set under the same names?"
        )
    return data


def from_folder(folder: Path, known: Mapping[str, Known] = MNIST) -> tuple[Part, Part]:
    """MNIST's parts, to train and to test, from a folder of IDX files.

    :raises FetchError: there are none, or they are not as they should be
    """
    if not folder.is_dir():
        raise FetchError(f"MNIST_DIR: there is no folder '{folder}'")
    train, test = (read_part(folder, part, known[part]) for part in ("train", "t10k"))
    if test is None:
        raise FetchError(
            f"{folder}: expected t10k-images-idx3-ubyte(.gz) and t10k-labels-idx1-ubyte(.gz), found neither"
        )
    return (train, test) if train is not None else split(test)


def split(test: Part) -> tuple[Part, Part]:
    """The first four fifths to train with, the rest to test."""
    middle = len(test.images) * 4 // 5
    return Part(test.images[:middle], test.labels[:middle]), Part(test.images[middle:], test.labels[middle:])


@contextmanager
def _network_timeout(seconds: float) -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def from_openml(known: Mapping[str, Known] = MNIST) -> tuple[Part, Part]:
    """MNIST's parts from OpenML, where the last 10,000 of its 70,000 images are the test images.

    :raises FetchError: OpenML is out of reach, or what came is not MNIST
    """
    try:
        from sklearn.datasets import fetch_openml  # takes seconds to import, and only this needs it
    except ImportError as error:
        raise FetchError(f"scikit-learn is missing ({error}); run `make data DATA=mnist`, which installs it") from error
    try:
        with _network_timeout(NETWORK_TIMEOUT), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one retry is announced as a warning; the error says it too
            bunch = fetch_openml(
                "mnist_784", version=1, parser="liac-arff", as_frame=False, cache=False, n_retries=1, delay=0.5
            )
    except (OSError, ValueError) as error:  # out of reach, refused, cut off; or a download whose checksum is wrong
        raise FetchError(
            f"OpenML cannot be reached ({error}). Get MNIST's four IDX files on a machine that has a network, "
            "put them into one folder, and run: make data DATA=mnist MNIST_DIR=that/folder"
        ) from error
    pixels, labels = np.asarray(bunch.data), np.asarray(bunch.target).astype(np.int64)
    total = sum(part.count for part in known.values())
    if pixels.shape != (total, SIDE * SIDE) or not np.array_equal(pixels, np.clip(np.rint(pixels), 0, 255)):
        raise FetchError(f"OpenML: expected ({total}, {SIDE * SIDE}) whole numbers 0..255, got {pixels.shape}")
    if labels.shape != (total,) or labels.min() < 0 or labels.max() > 9:
        raise FetchError(f"OpenML: expected {total:,} labels 0..9, got {labels.shape}")
    images, digits = pixels.astype(np.uint8), labels.astype(np.uint8)
    middle = known["train"].count
    return (
        check("train", Part(images[:middle], digits[:middle]), known["train"]),
        check("t10k", Part(images[middle:], digits[middle:]), known["t10k"]),
    )


def write(file: Path, train: Part, test: Part) -> None:
    """Write the data set and read it back, then put it in its place in one step: all of it is there, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / file.name
        arrays = {"x_train": train.images, "y_train": train.labels, "x_test": test.images, "y_test": test.labels}
        write_npz(first, arrays)
        datasets.load(first)
        atomic.write(file, first.read_bytes())


def main() -> int:
    parser = Parser("data", description="Fetch or read MNIST and write it as an .npz file.")
    parser.add_argument("--data", choices=["mnist"], default="mnist", help="the data set (the digits are already here)")
    parser.add_argument(
        "--mnist-dir", type=Path, help="folder of MNIST's IDX files, gzipped or plain; no network needed"
    )
    parser.add_argument("--out", type=Path, default=FILE, help="file to write (default: mnist.npz beside this script)")
    arguments = parser.parse_args()
    try:
        if arguments.mnist_dir is None:
            print("fetching MNIST from OpenML (15 MB; reading it takes a minute or two) ...", flush=True)
            train, test = from_openml()
        else:
            train, test = from_folder(arguments.mnist_dir)
        write(arguments.out, train, test)
    except FetchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: cannot write {arguments.out}: {error}", file=sys.stderr)
        return 2
    print(f"wrote {arguments.out.name}: {len(train.images):,} images to train with, {len(test.images):,} to test")
    return 0


if __name__ == "__main__":
    sys.exit(main())
