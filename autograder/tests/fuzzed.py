"""Files and folders made at random, from a number: what students, tools and attackers may hand in, and worse."""

from __future__ import annotations

import os
import random
import re
from collections.abc import Callable
from pathlib import Path

from tests.hand_ins import SOLUTION

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7", "punycode")
DECLARED = (*ENCODINGS, "undefined", "idna", "rot13", "base64", "zip", "unicode_escape", "gbk", "klingon", "a" * 99)
NAMES = (
    "q1.py", "Q1.PY", "q1 (1).py", "q1.py.txt", "q1.txt", "a.py", "numpy.py", "__init__.py", "__main__.py", "sys.py",
    "q1.ipynb", "q1.zip", "submission_metadata.yml", ".q1.py", "q1.py~", "ｑ1.py", "q1\n.py", "\x1b[31m.py",
    "\udcff.py", "é.py", "-.py", "x" * 250 + ".py", " ", "q1.py ", "None.py", "class.py",
)  # fmt: skip
PIECES = (
    "'''", '"""', "\\", "\\'" * 50, "(" * 99, "[[" * 60, "lambda:" * 40, "\0", "\x0c", "\u2028", "\ufeff", "\ud800",
    "𝒩", "ª", "\t", " \n\t\n", "if 1:\n", "return", "yield", "await x", "del self", "self" * 20, "=" * 9, "@", "...",
    "9" * 5000, "1e999", "0x" + "f" * 5000, "b'\\xff'", "f'{x!r:{y}}'", "# coding: punycode\n", "import torch\n",
    "from . import q1\n", "raise\n", "exec('x=1')\n", "while False: pass\n", "class NeuralNetwork: pass\n",
    "print('x')\n", "def sigmoid(z): return z\n", "NeuralNetwork = None\n", "del np\n", "np = None\n",
    "assert False\n", "1/0\n", "raise SystemExit\n", "globals().clear()\n", "__name__ = 3\n", "__builtins__ = {}\n",
    "sys = __import__('sys'); sys.modules.clear()\n", "x = [].append(1) or []\n",
)  # fmt: skip
ANSWERS = (
    "None", "True", "''", "'x' * 2000", "['x' * 400] + [1] * 50000", "[[]]", "[1, [2, [3]]]", "{'a': 1}", "{1: 2}",
    "object()", "type", "lambda: 0", "(i for i in 'ab')", "1e-310", "10**400", "-2**63", "float('nan')",
    "float('inf')", "3+4j", "np.array('x')", "np.array([1, 'a'], object)", "np.zeros((0, 3))", "np.zeros((1,) * 9)",
    "np.float16(3)", "np.longdouble(2)", "np.ones(10**6)", "np.ma.masked", "np.matrix([[1.0]])",
    "np.datetime64('2020')", "np.zeros(3, 'f8,i4')", "np.array(None)", "[np.ones(2), np.ones(3)]", "bytes(9)",
    "range(10**9)", "Ellipsis", "NotImplemented", "memoryview(b'ab')", "iter([])",
)  # fmt: skip


def make(number: int, folder: Path) -> None:
    """Write submission `number` into the empty `folder`."""
    rng = random.Random(number)
    kind = rng.choice((_one_file, _one_file, _answers, _answers, _noise, _tree))
    kind(rng, folder)


def _one_file(rng: random.Random, folder: Path) -> None:
    _write(folder / rng.choice((*NAMES[:5], "q1.py")), _file(rng))


def _file(rng: random.Random) -> bytes:
    text = SOLUTION
    for _ in range(rng.choice((0, 1, 1, 2, 5, 40))):
        text = rng.choice((_cut, _copied, _spliced, _exchanged))(rng, text)
    encoding = rng.choice(("utf-8",) * 9 + ENCODINGS[:7])
    wrong = ("replace", "ignore", "surrogatepass") if encoding == "utf-8" else ("replace", "ignore")
    data = text.encode(encoding, rng.choice(wrong))
    if rng.random() < 0.2:
        data = f"# coding: {rng.choice(DECLARED)}\n".encode("utf-8", "surrogateescape") + data
    for _ in range(rng.choice((0, 0, 0, 1, 3, 100))):
        place = rng.randrange(len(data) + 1)
        data = data[:place] + rng.randbytes(rng.choice((1, 1, 2, 9))) + data[place + rng.choice((0, 1)) :]
    return data


def _cut(rng: random.Random, text: str) -> str:
    start = rng.randrange(len(text) + 1)
    return text[:start] + text[start + rng.choice((1, 3, 40, 4000)) :]


def _copied(rng: random.Random, text: str) -> str:
    start, place = rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)
    return text[:place] + text[start : start + rng.choice((1, 10, 200))] + text[place:]


def _spliced(rng: random.Random, text: str) -> str:
    ends_of_lines = [found.start() for found in re.finditer("^|$", text, re.M)]
    place = rng.choice((rng.choice(ends_of_lines), rng.randrange(len(text) + 1)))
    return text[:place] + rng.choice(PIECES) + text[place:]


def _exchanged(rng: random.Random, text: str) -> str:
    lines = text.split("\n")
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "\n".join(lines)


def _answers(rng: random.Random, folder: Path) -> None:
    """The solution, with other answers in a few of its functions, or answers changed."""
    text = SOLUTION
    returns = list(re.finditer(r"^( +)return (.+)$", text, re.M))
    for found in sorted(rng.sample(returns, rng.choice((1, 1, 2, 4))), key=lambda one: -one.start()):
        right = found[2]
        changed = (
            f"({right},)", f"[{right}]", f"({right}) * 1e-300", f"({right}) * 1e300", f"np.array({right}, object)",
            f"np.asarray({right}).astype('f4')", f"str({right})", f"({right}, 1)", f"({right})[::-1]", f"-({right})",
            f"np.asmatrix({right})", f"np.asarray({right}).tolist()", f"({right}) * float('nan')",
        )  # fmt: skip
        text = text[: found.start(2)] + rng.choice(changed + ANSWERS) + text[found.end(2) :]
    _write(folder / "q1.py", text.encode())


LETTERS = ("a \n", "()[]{}", "'\"\\\n", "\u0300\u202e\x1b[", "09._e", "# \tcoding:=-\n", "𝒩é\ufeff\x00\n ")
BEGINNINGS = (b"", b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"#!/x\n# coding=utf-7\n")


def _noise(rng: random.Random, folder: Path) -> None:
    text = "".join(rng.choices(rng.choice(LETTERS), k=rng.choice((0, 1, 9, 999, 20_000))))
    data = text.encode(rng.choice(ENCODINGS[:6]), "replace")
    if rng.random() < 0.3:
        data = rng.randbytes(rng.choice((0, 1, 99, 5000)))
    _write(folder / "q1.py", rng.choice(BEGINNINGS) + data)


def _tree(rng: random.Random, folder: Path) -> None:
    """Files, folders, links and pipes, some in each other."""
    places = [folder]
    for _ in range(rng.choice((0, 1, 3, 8, 30))):
        path = rng.choice(places) / rng.choice(NAMES)
        if os.path.lexists(path):
            continue
        make_one: Callable[[Path], object] = rng.choice((
            lambda path: _write(path, _file(rng)), lambda path: _write(path, _file(rng)),
            lambda path: _write(path, b""), lambda path: _write(path, SOLUTION.encode()), Path.mkdir, Path.mkdir,
            os.mkfifo,
            lambda path: path.symlink_to(rng.choice(("/dev/zero", ".", "..", "q1.py", "/nowhere", str(folder)))),
        ))  # fmt: skip
        make_one(path)
        if path.is_dir() and not path.is_symlink():
            places.append(path)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)
