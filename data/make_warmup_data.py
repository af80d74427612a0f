"""Make the small data sets of the warm-up labs, `warmups/*.npz`, with scikit-learn's generators and fixed seeds.

warmups/README.md describes the sets, their sizes and their split. They are kept in the repository, so that students
need NumPy alone; make them again with: python data/make_warmup_data.py [FOLDER]

Every file has x_train, t_train, x_validation, t_validation, x_test, t_test: x (N, n) and t (N,), both float32.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from export_digits import write_npz  # type: ignore[import-not-found]  # it stands beside this file

FOLDER = Path(__file__).resolve().parent / "warmups"
DECIMALS = 3  # rounded, so that the last bits of a machine's arithmetic do not show

Samples = tuple[np.ndarray, np.ndarray]


def separable(count: int) -> Samples:
    """Two clouds that a straight line separates."""
    from sklearn.datasets import make_blobs

    return make_blobs(n_samples=count, centers=[(-1.5, -0.8), (1.4, 0.9)], cluster_std=0.65, random_state=11)


def nonseparable(count: int) -> Samples:
    """One cloud of class 1 between two of class 0: two lines are needed, one neuron has only one."""
    from sklearn.datasets import make_blobs

    centres = [(-1.8, -1.2), (0.0, 0.2), (1.8, 0.6)]
    x, cloud = make_blobs(n_samples=count, centers=centres, cluster_std=0.45, random_state=12)
    return x, cloud == 1


def moons(count: int) -> Samples:
    """Two half moons, each reaching into the other's hollow."""
    from sklearn.datasets import make_moons

    return make_moons(n_samples=count, noise=0.15, random_state=13)


def circles(count: int) -> Samples:
    """A disc of class 1 inside a ring of class 0."""
    from sklearn.datasets import make_circles

    return make_circles(n_samples=count, noise=0.09, factor=0.4, random_state=14)


def five(count: int) -> Samples:
    """Five inputs: four clouds, each class made of two that lie on opposite sides, so that no plane separates them."""
    from sklearn.datasets import make_blobs

    centres = [(1, 1, 0, -1, 0.5), (-1, -1, 0, 1, -0.5), (1, -1, 1, 0.5, 0), (-1, 1, -1, -0.5, 0)]
    x, cloud = make_blobs(n_samples=count, centers=centres, cluster_std=0.4, random_state=15)
    return x, cloud < 2


def wave(count: int) -> Samples:
    """For regression: one period and a half of a sine with a little noise; t is a number, not a class."""
    rng = np.random.default_rng(16)
    x = rng.uniform(-1.5, 1.5, (count, 1))
    return x, np.sin(np.pi * x[:, 0]) + rng.normal(0, 0.1, count)


# generator and the sizes of the parts for training, validation, test
SETS: dict[str, tuple[Callable[[int], Samples], tuple[int, int, int]]] = {
    "separable": (separable, (300, 100, 200)),
    "nonseparable": (nonseparable, (300, 100, 200)),
    "moons": (moons, (1200, 300, 500)),
    "circles": (circles, (300, 100, 200)),
    "five": (five, (300, 100, 200)),
    "wave": (wave, (150, 50, 100)),
}


def make(name: str, folder: Path) -> Path:
    """Write one data set.

    :param name: a key of SETS
    :param folder: where to write NAME.npz
    :return: the file
    """
    generate, sizes = SETS[name]
    x, t = generate(sum(sizes))
    ends = np.cumsum(sizes)[:-1]
    arrays = {}
    for letter, values in (("x", x), ("t", t)):
        rounded = np.round(np.asarray(values, dtype=np.float64), DECIMALS).astype(np.float32)
        for part, array in zip(("train", "validation", "test"), np.split(rounded, ends)):
            arrays[f"{letter}_{part}"] = array
    file = folder / f"{name}.npz"
    write_npz(file, arrays)
    return file


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the data sets of the warm-up labs.")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=FOLDER, help="folder to write to (default: warmups here)"
    )
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in SETS:
        file = make(name, folder)
        print(f"wrote {file} ({file.stat().st_size:,} bytes)")


if __name__ == "__main__":
    main()
