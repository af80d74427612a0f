"""Finds the file to check and loads it, or says why it cannot be used.

A file is read once: its text is kept for the lines that are shown later.
"""

import contextlib
import glob
import importlib.util
import io
import os
import sys

from .errors import Source, own_frames

# What to do with a notebook, which the grader reads and check.py does not.
NOTEBOOK = (
    "You may hand it in as q1.ipynb. To check it, export a copy as a script (in Jupyter: File, Save and Export "
    "Notebook As, Executable Script), and run: python check.py FILE.py\nHand in the notebook or the script, not both."
)


class Unusable(Exception):
    """The file cannot be checked; the message says why and what to do."""


def beside(folder):
    """Files that may be the lab's under another name, such as `q1 (1).py` and `q1.py.txt`, the newest first."""
    found = [
        path
        for pattern in ("q1*.py", "q1*.txt", "q1*.ipynb", "Q1*.py", "*q1.py")
        for path in glob.glob(os.path.join(glob.escape(folder), pattern))
        if os.path.basename(path) != "q1.py" and os.path.isfile(path)
    ]
    return sorted(dict.fromkeys(found), key=os.path.getmtime, reverse=True)


def find(path):
    """The file to check.

    :param path: a file, or a folder with a q1.py
    :return: its absolute path
    :raises Unusable: naming what is there instead
    """
    path = os.path.abspath(path)
    if os.path.isdir(path):
        path = os.path.join(path, "q1.py")
    if os.path.isfile(path):
        return path
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise Unusable(f"There is no folder {folder}.")
    there = [os.path.basename(one) for one in beside(folder)]
    if os.path.isfile(os.path.join(folder, "q1.py")) and name != "q1.py":
        there.insert(0, "q1.py")
    if not there:
        raise Unusable(
            f"There is no {name} in {folder}.\nPut check.py and checks beside your q1.py, or name the file: "
            "python check.py FILE"
        )
    first = there[0]
    if first == "q1.py":
        step = "Run: python check.py"
    elif first.endswith(".py"):
        step = f'Rename it to q1.py, or run: python check.py "{first}"'
    else:
        step = NOTEBOOK if first.endswith(".ipynb") else "Save it as q1.py."
    raise Unusable(f"There is no {name} in {folder}, but I see {', '.join(repr(one) for one in there[:4])}.\n{step}")


def newer_copy(path):
    """A note about a copy beside the file that was changed later, or ""."""
    if os.path.basename(path) != "q1.py":
        return ""
    for other in beside(os.path.dirname(path)):
        if other.endswith(".py") and os.path.getmtime(other) > os.path.getmtime(path):
            return f"I checked q1.py, and I see {os.path.basename(other)!r}, which is newer. Which one is yours?"
    return ""


def read(path):
    """The text of a Python file.

    :raises Unusable: where it is something else
    """
    with open(path, "rb") as file:
        content = file.read()
    name = os.path.basename(path)
    if content.lstrip().startswith(b"{") and b'"cells"' in content:
        raise Unusable(f"{name} is a notebook, and I read Python files. {NOTEBOOK}")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or content[:200].count(b"\0") > 20:
        raise Unusable(f"{name} is saved as UTF-16, which Python cannot read. Save it again as UTF-8.")
    if content.startswith(b"PK\x03\x04"):
        raise Unusable(f"{name} is a zip. Unpack it, and check the q1.py inside.")
    if not content.strip():
        raise Unusable(f"{name} is empty. Did your editor save it?")
    try:
        return importlib.util.decode_source(content)
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise Unusable(f"{name} is not saved as UTF-8 ({error}). Save it again as UTF-8.") from error


def source_of(path):
    """The file's text and tree.

    :return: errors.Source
    :raises Unusable: where Python cannot read it, with the line
    """
    text, name = read(path), os.path.basename(path)
    try:
        compile(text, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        code = (error.text or "").rstrip("\n")
        place = f"\n    {code.strip()}" if code.strip() else ""
        if place and error.offset:
            indent = len(code) - len(code.lstrip())
            place += f"\n    {' ' * max(0, error.offset - 1 - indent)}^"
        raise Unusable(f"{name} cannot be read: {error.msg}, line {error.lineno}{place}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise Unusable(f"{name} cannot be read: {error}") from error
    return Source(path, text)


def load(source, finder):
    """Run the student's file once, as `import q1` would.

    :param source: errors.Source
    :param finder: takes the module and says whether there is something to check in it
    :return: the module, and a note: "" or what went wrong below what can be checked
    :raises Unusable: where nothing can be checked
    """
    spec = importlib.util.spec_from_file_location("q1", source.path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["q1"] = module
    if os.path.dirname(source.path) not in sys.path:
        sys.path.insert(0, os.path.dirname(source.path))
    name = os.path.basename(source.path)
    stopped = ""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile("\n".join(source.lines), source.path, "exec", dont_inherit=True), vars(module))  # noqa: S102 (as importing it would)
    except (Exception, SystemExit) as error:
        frames = own_frames(error, [source])
        place = f", line {frames[-1][1]}" if frames else ""
        stopped = f"{name} stops while it is loaded{place}: {type(error).__name__}: {error}"
    if not finder(module):
        if stopped:
            raise Unusable(stopped)
        raise Unusable(f"{name} has no class NeuralNetwork. Is it the lab's file?")
    return module, stopped


def data_note(path):
    """A note where the digits are not where `python q1.py` looks for them, or ""."""
    folder = os.path.dirname(path)
    places = (folder, os.path.join(folder, "data"), os.path.join(os.path.dirname(folder), "data"))
    if any(os.path.isfile(os.path.join(place, "digits.npz")) for place in places):
        return ""
    return "digits.npz is not beside q1.py: python q1.py needs it. It is in the zip that you were given."
