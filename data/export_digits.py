"""Make `digits.npz` from scikit-learn's handwritten digits: 8x8 images scaled up to 28x28, split once and for all.

README.md beside this file tells where the digits come from. The file is kept in the repository, so this is needed only
to make it again: python data/export_digits.py [FILE]
"""

from __future__ import annotations

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np

FILE = Path(__file__).resolve().parent / "digits.npz"
SPLIT_SEED = 240
TEST_EVERY = 5  # one image of five is held out
SMALL, LARGE = 8, 28  # sides of an image, in pixels
DARKEST = 16  # scikit-learn's pixels are 0..16


def scale_up(images: np.ndarray) -> np.ndarray:
    """Enlarge images bilinearly, pixel centre to pixel centre, and spread their values over a byte.

    The interpolation runs in whole numbers (fractions of 14), so that every machine makes the same bytes.

    :param images: (N, 8, 8), whole numbers 0..16
    :return: (N, 28, 28) uint8, 0..255
    """
    # The centre of large pixel i lies at (i + 1/2) * 8/28 - 1/2 = (4i - 5) / 14 on the small grid.
    fourteenths = np.clip(4 * np.arange(LARGE) - 5, 0, 14 * (SMALL - 1))
    left = np.minimum(fourteenths // 14, SMALL - 2)
    weight = fourteenths - 14 * left  # of the right neighbour, out of 14
    blend = np.zeros((LARGE, SMALL), dtype=np.int64)
    blend[np.arange(LARGE), left] = 14 - weight
    blend[np.arange(LARGE), left + 1] = weight
    enlarged = blend @ images.astype(np.int64) @ blend.T  # (N, 28, 28), in 196ths
    whole = 14 * 14 * DARKEST
    return ((enlarged * 255 + whole // 2) // whole).astype(np.uint8)


def split(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose the test images: each digit's share is the same as in the whole, to within one image.

    :param labels: (N,)
    :return: indices of the training images and of the test images, both in random order
    """
    shuffled = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    digit_by_digit = shuffled[np.argsort(labels[shuffled], kind="stable")]
    held_out = np.isin(shuffled, digit_by_digit[::TEST_EVERY])
    return shuffled[~held_out], shuffled[held_out]


def write_npz(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write a compressed .npz whose bytes depend on the arrays alone (and on zlib), not on the clock."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same on Windows
            entry.external_attr = 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(entry, content.getvalue(), compresslevel=9)


def export(file: Path) -> None:
    """Write the whole data set: x_train (1437, 784), y_train, x_test (360, 784), y_test, all uint8."""
    from sklearn.datasets import load_digits  # takes seconds to import, and only this needs it

    digits = load_digits()
    images = scale_up(digits.images).reshape(-1, LARGE * LARGE)
    labels = digits.target.astype(np.uint8)
    train, test = split(labels)
    write_npz(
        file,
        {"x_train": images[train], "y_train": labels[train], "x_test": images[test], "y_test": labels[test]},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Export scikit-learn's digits, 28x28, to an .npz file.")
    parser.add_argument("file", nargs="?", type=Path, default=FILE, help="file to write (default: digits.npz here)")
    file = parser.parse_args().file
    export(file)
    print(f"wrote {file} ({file.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
