"""Data sets by name, and MNIST from files and from OpenML: real files, made small, and MNIST's own where they are."""

from __future__ import annotations

import gzip
import importlib.util
import os
import struct
import subprocess
import sys

import numpy as np
import pytest

from neural_lab.labs.q1 import datasets
from neural_lab.schema import places
from neural_lab.schema.places import ROOT

SCRIPT = ROOT / "data" / "fetch_mnist.py"


@pytest.fixture(scope="module")
def fetch():
    spec = importlib.util.spec_from_file_location("fetch_mnist", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fetch_mnist"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def run_script(*arguments, env=None):
    return subprocess.run(
        [sys.executable, SCRIPT, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(env or {})},
    )


def idx(array, kind=8):
    shape = array.shape
    return struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape) + array.astype(np.uint8).tobytes()


def small(count, seed):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 28, 28)), rng.permutation(np.arange(count) % 10)


def write_part(folder, part, images_and_labels, packed=True, dot=False):
    images, labels = images_and_labels
    for name, content in (("images-idx3", idx(images)), ("labels-idx1", idx(labels))):
        file = f"{part}-{name}-ubyte".replace("-idx", ".idx" if dot else "-idx")
        (folder / (file + ".gz" * packed)).write_bytes(gzip.compress(content) if packed else content)


@pytest.fixture
def known(fetch):
    """What the small files below must be: 60 images to train with, 20 to test, whose checksum is known."""
    images, labels = small(20, 2)
    checksum = fetch.Part(images.reshape(20, 784).astype(np.uint8), labels.astype(np.uint8)).checksum()
    return {"train": fetch.Known(60), "t10k": fetch.Known(20, checksum)}


@pytest.fixture
def folder(tmp_path):
    write_part(tmp_path, "train", small(60, 1))
    write_part(tmp_path, "t10k", small(20, 2))
    return tmp_path


# --- reading MNIST's files ---


@pytest.mark.parametrize("packed", [True, False], ids=["gzip", "plain"])
@pytest.mark.parametrize("dot", [True, False], ids=["dot", "dash"])
def test_idx_files_become_a_data_set_like_the_digits(fetch, known, tmp_path, packed, dot):
    write_part(tmp_path, "train", small(60, 1), packed=packed, dot=dot)
    write_part(tmp_path, "t10k", small(20, 2), packed=packed, dot=dot)
    fetch.write(tmp_path / "mnist.npz", *fetch.from_folder(tmp_path, known))

    with np.load(tmp_path / "mnist.npz") as made, np.load(places.DATA / "digits.npz") as digits:
        assert made.files == digits.files
        assert {key: made[key].dtype for key in made.files} == {key: digits[key].dtype for key in digits.files}
    data = datasets.load(tmp_path / "mnist.npz")
    images, labels = small(60, 1)
    assert data.name == "mnist"
    assert np.array_equal(data.x_train, images.reshape(60, 784) / 255)
    assert np.array_equal(data.y_train, labels)
    assert len(data.x_test) == 20


def test_the_test_files_alone_are_split_four_to_one_in_their_order(fetch, known, folder):
    for file in folder.glob("train-*"):
        file.unlink()
    train, test = fetch.from_folder(folder, known)
    images, labels = small(20, 2)
    assert np.array_equal(np.vstack([train.images, test.images]), images.reshape(20, 784))
    assert np.array_equal(np.concatenate([train.labels, test.labels]), labels)
    assert (len(train.images), len(test.images)) == (16, 4)


def spoil(folder, name, change):
    file = folder / name
    file.write_bytes(gzip.compress(change(gzip.decompress(file.read_bytes()))))


T_IMAGES, T_LABELS = "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


def cut_gzip(folder):
    file = folder / T_IMAGES
    file.write_bytes(file.read_bytes()[:-200])


def flip_in_gzip(folder):
    content = bytearray((folder / T_IMAGES).read_bytes())
    content[len(content) // 2] ^= 0xFF
    (folder / T_IMAGES).write_bytes(content)


def swap_files(folder):
    images, labels = (folder / T_IMAGES).read_bytes(), (folder / T_LABELS).read_bytes()
    (folder / T_IMAGES).write_bytes(labels)
    (folder / T_LABELS).write_bytes(images)


@pytest.mark.parametrize(
    "harm, message",
    [
        (cut_gzip, "damaged gzip"),
        (flip_in_gzip, "damaged gzip"),
        (lambda folder: spoil(folder, T_IMAGES, lambda c: c[:-100]), "expected 15,680 bytes .* found 15,580"),
        (lambda folder: spoil(folder, T_IMAGES, lambda c: c + b"x"), "found 15,681"),
        (lambda folder: spoil(folder, T_IMAGES, lambda c: c[:9]), "ends within its header"),
        (lambda folder: spoil(folder, T_IMAGES, lambda c: b""), "not an IDX file .*nothing"),
        (lambda folder: (folder / T_IMAGES).write_bytes(b"<html>not found</html>"), "not an IDX file"),
        (lambda folder: spoil(folder, T_IMAGES, lambda c: c[:2] + b"\x0d" + c[3:]), "type 13"),
        (swap_files, r"expected images of shape \(N, 28, 28\), got \(20,\)"),
        (lambda folder: spoil(folder, T_LABELS, lambda c: c[:-1] + b"\x0b"), "expected all labels 0..9"),
        (lambda folder: spoil(folder, T_LABELS, lambda c: c[:8] + c[9:] + c[8:9]), "not MNIST's"),
        (lambda folder: spoil(folder, T_IMAGES, lambda c: c[:400] + bytes([c[400] ^ 1]) + c[401:]), "not MNIST's"),
        (lambda folder: (folder / T_LABELS).unlink(), "t10k-labels-idx1-ubyte is missing"),
        (lambda folder: write_part(folder, "t10k", small(30, 2)), "expected 20 images, got 30"),
        (lambda folder: write_part(folder, "train", (small(60, 1)[0], small(50, 1)[1])), "60 images but 50 labels"),
        (lambda folder: write_part(folder, "train", small(20, 2)), "train: expected 60 images, got 20"),
    ],
)
def test_files_that_are_not_mnist_are_refused(fetch, known, folder, harm, message):
    harm(folder)
    with pytest.raises(fetch.FetchError, match=message):
        fetch.from_folder(folder, known)


def test_a_huge_size_in_a_header_is_not_allocated(fetch, tmp_path):
    file = tmp_path / "t10k-images-idx3-ubyte"
    file.write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, 2**32 - 1, 2**32 - 1, 2**32 - 1))
    with pytest.raises(fetch.FetchError, match="found 0"):
        fetch.read_idx(file)


def test_a_refused_file_writes_nothing_and_says_why_in_one_line(folder):
    out = folder / "mnist.npz"
    run = run_script("--mnist-dir", folder, "--out", out)
    assert run.returncode == 2
    assert run.stderr.startswith("error: train: expected 60,000 images, got 60") and run.stderr.count("\n") == 1
    assert not list(folder.glob("*.npz")) and not list(folder.glob(".mnist*"))


def test_a_failed_write_leaves_the_old_file_as_it_was(fetch, known, folder):
    old = folder / "mnist.npz"
    old.write_bytes(b"old")
    train, test = fetch.from_folder(folder, known)
    bad = fetch.Part(train.images[:, :100], train.labels)
    with pytest.raises(datasets.DataSetError, match="x_train"):
        fetch.write(old, bad, test)
    assert old.read_bytes() == b"old" and not list(folder.glob(".mnist*"))


@pytest.mark.parametrize("arguments", [["--mnist-dir", "nowhere"], ["--mnist-dir", "."]])
def test_a_folder_without_mnist_is_said_to_be_that(tmp_path, arguments):
    run = subprocess.run(
        [sys.executable, SCRIPT, *arguments, "--out", tmp_path / "m.npz"], capture_output=True, text=True, cwd=tmp_path
    )
    assert run.returncode == 2 and run.stderr.startswith("error: ") and "Traceback" not in run.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_without_a_network_it_says_what_to_do_instead(tmp_path):
    # A proxy that nobody answers at stands for no network, wherever this runs.
    proxy = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    run = run_script("--out", tmp_path / "mnist.npz", env={**proxy, "no_proxy": "", "NO_PROXY": ""})
    assert run.returncode == 2
    assert "MNIST_DIR=" in run.stderr and "Traceback" not in run.stderr
    assert not list(tmp_path.iterdir())


class Bunch:
    def __init__(self, data, target):
        self.data, self.target = data, target


@pytest.fixture
def openml(monkeypatch):
    """What scikit-learn would hand over, for the small files: numbers as float64, labels as text."""
    import sklearn.datasets

    images = np.vstack([small(60, 1)[0], small(20, 2)[0]]).reshape(80, 784).astype(float)
    labels = np.concatenate([small(60, 1)[1], small(20, 2)[1]])
    bunch = Bunch(images, labels.astype(str).astype(object))
    monkeypatch.setattr(sklearn.datasets, "fetch_openml", lambda *arguments, **options: bunch)
    return bunch


def test_openmls_numbers_become_the_same_data_set(fetch, known, openml, folder):
    for ours, files in zip(fetch.from_openml(known), fetch.from_folder(folder, known)):
        assert np.array_equal(ours.images, files.images) and np.array_equal(ours.labels, files.labels)


@pytest.mark.parametrize(
    "harm, message",
    [
        (lambda bunch: bunch.data.__setitem__((3, 4), 0.5), "whole numbers"),
        (lambda bunch: bunch.data.__setitem__((79, 4), 255 - bunch.data[79, 4]), "not MNIST's"),
        (lambda bunch: setattr(bunch, "target", bunch.target[:-1]), "80 labels"),
        (lambda bunch: setattr(bunch, "data", bunch.data[:-1]), "expected"),
    ],
)
def test_what_openml_sends_is_checked(fetch, known, openml, harm, message):
    harm(openml)
    with pytest.raises(fetch.FetchError, match=message):
        fetch.from_openml(known)


@pytest.mark.skipif("MNIST_DIR" not in os.environ, reason="MNIST_DIR names no folder with MNIST's own files")
def test_mnists_own_files_pass_every_check(tmp_path):
    run = run_script("--mnist-dir", os.environ["MNIST_DIR"], "--out", tmp_path / "mnist.npz")
    assert run.returncode == 0, run.stderr
    data = datasets.load(tmp_path / "mnist.npz")
    assert (len(data.x_train), len(data.x_test)) in {(60_000, 10_000), (8_000, 2_000)}
    assert set(data.y_test) == set(range(10))


# --- any data set ---


def test_the_digits_are_there_by_name_and_are_the_default():
    data = datasets.load("digits")
    assert data.describe() == "digits (1,437 images to train, 360 to test)"
    assert data.x_train.dtype == np.float64 and data.x_train.min() == 0.0 and data.x_train.max() == 1.0
    assert datasets.locate() == datasets.locate("digits") == places.DATA / "digits.npz"
    assert np.array_equal(datasets.one_hot(data.y_train).argmax(axis=1), data.y_train)


def test_where_only_mnist_is_packed_mnist_is_the_default(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "DATA", tmp_path)
    with pytest.raises(datasets.DataSetError, match="found neither"):
        datasets.locate()
    (tmp_path / "mnist.npz").write_bytes(b"")
    assert datasets.locate() == tmp_path / "mnist.npz"


def test_a_part_of_a_data_set_is_its_beginning():
    whole, part = datasets.load("digits"), datasets.load("digits", most_train=100, most_test=5000)
    assert np.array_equal(part.x_train, whole.x_train[:100]) and np.array_equal(part.y_train, whole.y_train[:100])
    assert len(part.x_test) == len(whole.x_test)


def test_a_name_without_its_file_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "DATA", tmp_path)
    with pytest.raises(datasets.DataSetError, match="make data DATA=mnist"):
        datasets.load("mnist")
    with pytest.raises(datasets.DataSetError, match="expected digits, mnist or the path"):
        datasets.load("minst")


GOOD = {
    "x_train": np.zeros((12, 784), np.uint8),
    "y_train": np.arange(12) % 10,
    "x_test": np.zeros((3, 784), np.uint8),
    "y_test": np.arange(3),
}


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"y_test": None}, "no array y_test"),
        ({"x_train": np.zeros((12, 28, 28), np.uint8)}, r"got \(12, 28, 28\)"),
        ({"x_test": np.zeros((0, 784), np.uint8)}, "N >= 1"),
        ({"y_train": np.arange(11) % 10}, r"a label for each of the 12 images .* got y_train \(11,\)"),
        ({"x_train": np.zeros((12, 784))}, "whole numbers in x_train, got float64"),
        ({"x_test": np.full((3, 784), 300)}, r"x_test in 0\.\.255, found 300"),
        ({"y_test": np.array([0, 1, 10])}, r"y_test in 0\.\.9, found 0\.\.10"),
        ({"y_test": np.array([None] * 3)}, "not a readable .npz"),
    ],
)
def test_an_npz_of_another_form_is_refused(tmp_path, changes, message):
    arrays = {key: array for key, array in {**GOOD, **changes}.items() if array is not None}
    np.savez(tmp_path / "other.npz", **arrays)
    with pytest.raises(datasets.DataSetError, match=message):
        datasets.load(tmp_path / "other.npz")


@pytest.mark.parametrize("content", [b"", b"no zip", None, b"cut"], ids=["empty", "text", "npy", "cut"])
def test_a_file_that_is_no_npz_is_refused(tmp_path, content):
    file = tmp_path / "other.npz"
    if content is None:
        with file.open("wb") as stream:
            np.save(stream, np.zeros(3))
    elif content == b"cut":
        file.write_bytes((places.DATA / "digits.npz").read_bytes()[:200_000])
    else:
        file.write_bytes(content)
    with pytest.raises(datasets.DataSetError, match=r"other\.npz"):
        datasets.load(file)
