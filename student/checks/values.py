"""Compares a student's arrays with what they should be, describes values, and measures slopes.

Every tolerance of the checks stands here.
"""

import numpy as np

TOLERANCE = 1e-5  # far above rounding, even in float32; far below the difference a mistake makes
CHANGED = 1e-12  # an argument that differs by more, as a share of its largest entry, was changed
LITTLE, COARSE = 1e-5, 1e-2  # how far to move for a slope; where numbers are rounded a small step drowns
WALK = 3e-4  # how far apart a number is looked at for jumps: far enough that eight decimals change
ROUNDED = 5e-3  # the tolerance of slopes that were measured in coarse steps
NOISE = 2e-12  # the fourth differences of a smooth cost stay below; those of one in float32, or rounded, do not
NEAT = (-1.0, 2.0, 0.5, 4.0, 0.25, -2.0, -0.5, 3.0, 1 / 3, 5.0, 0.2)  # factors that say something by themselves


class Wrong(Exception):
    """What a check found.

    :param found: what is wrong, one sentence without a full stop
    :param ask: a question that leads on, or what to look at next; "" where there is none
    """

    def __init__(self, found, ask=""):
        super().__init__(found)
        self.found, self.ask = found, ask


def short(value):
    """Few numbers on one line; a single one without brackets."""
    numbers = [f"{number:.5g}" for number in np.ravel(value)]
    return numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}]"


def shape_words(shape):
    """A shape as Python writes it."""
    return str(tuple(int(n) for n in shape))


def kind(value):
    """What a value is, in a few words: its shape if it is an array, itself if it is a number."""
    if isinstance(value, np.ndarray):
        words = shape_words(value.shape)
        if value.dtype.kind in "iub":
            words += f" of whole numbers ({value.dtype})"
        elif value.dtype == object:
            words += " of objects"
        elif isinstance(value, np.matrix):
            words += ", an np.matrix"
        return words
    if value is None or isinstance(value, (bool, int, float, np.number)):
        return repr(value) if not isinstance(value, np.number) else f"{value.item():g}"
    if isinstance(value, (list, tuple)):
        name = type(value).__name__
        if any(item is None for item in value):
            return f"a {name} of {len(value)} with None at [{[item is None for item in value].index(True)}]"
        if value and all(isinstance(item, np.ndarray) for item in value):
            shapes = [shape_words(item.shape) for item in value]
            return f"a {name} of {len(value)} arrays: " + ", ".join(shapes[:4]) + (", ..." if len(shapes) > 4 else "")
        return f"a {name} of {len(value)}"
    if isinstance(value, str):
        return "a text"
    if callable(value):
        return "a function, not called"
    return f"a {type(value).__name__}"


def as_numbers(what, got):
    """The answer as a float array.

    :param what: what it is, for the message
    :param got: what the student's code returned
    :return: numpy array of floats
    :raises Wrong: where it is anything but an array of numbers
    """
    if got is None:
        raise Wrong(f"{what} is None: is a return missing?", "which line of the function hands its result back?")
    if isinstance(got, (list, tuple)):
        raise Wrong(f"{what} is a {type(got).__name__}, not an array", "which NumPy function makes an array of it?")
    if isinstance(got, np.matrix):
        raise Wrong(f"{what} is an np.matrix, whose * is another product", "what makes a plain array: np.array?")
    if isinstance(got, (str, bytes)) or (isinstance(got, np.ndarray) and got.dtype.kind in "USV"):
        raise Wrong(f"{what} is a text, not a number", "where were its numbers made into a text?")
    if callable(got):
        raise Wrong(f"{what} is a function, not its result", "are the brackets of a call missing?")
    if isinstance(got, np.ndarray) and got.dtype.kind == "c":
        raise Wrong(f"{what} holds complex numbers", "where do they come from: a root of a negative number?")
    try:
        return np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise Wrong(f"{what} is {kind(got)}, not an array of numbers", "what should it hold?") from None


def factor_between(numbers, expected, tolerance):
    """The one factor that separates two arrays, or None.

    :param numbers: numpy array
    :param expected: numpy array of the same shape
    :param tolerance: how far an entry may be off, as a share of the largest
    """
    size = np.abs(expected).max(initial=0.0)
    if size == 0 or numbers.size < 2:
        return None
    factor = float(np.vdot(expected, numbers) / np.vdot(expected, expected))
    if factor == 0 or np.abs(numbers - factor * expected).max() > tolerance * size * abs(factor):
        return None
    return next((neat for neat in NEAT if abs(neat - factor) < 1e-3 * abs(neat)), factor)


def compare(what, got, expected, ask, scale=1.0, tolerance=TOLERANCE, form=True):
    """Compare an answer with what it should be.

    :param what: what is compared, as it shall stand in the message
    :param got: the student's answer
    :param expected: number, list or array; its shape counts
    :param ask: the question to ask where they differ
    :param scale: the natural size of the quantity; smaller expected values are compared with this
    :param tolerance: how far an entry may be off, as a share of the size
    :param form: False where anything that NumPy takes for the right array will do
    :raises Wrong: unless shape and values agree
    """
    if not form and isinstance(got, (list, tuple)):
        got = np.asarray(got, dtype=float)
    numbers = as_numbers(what, got)
    expected = np.asarray(expected, dtype=float)
    if numbers.shape != expected.shape:
        if expected.shape == (len(expected), 1) and numbers.ndim == 2 and numbers.shape[1] > 1 and len(numbers) > 1:
            ask = "a column became a matrix: where does it meet a row, or * stand for a product of matrices?"
        raise Wrong(f"{what} has the shape {shape_words(numbers.shape)}, expected {shape_words(expected.shape)}", ask)
    if not np.isfinite(numbers).all():
        raise Wrong(f"{what} holds nan or inf", ask)
    size = max(scale, np.abs(expected).max(initial=0.0))
    difference = np.abs(numbers - expected)
    if difference.max(initial=0.0) <= tolerance * size:
        return
    if numbers.size > 1 and not numbers.any():
        raise Wrong(f"{what} is all zeros", "was it never filled? Which line should, and does your loop reach it?")
    factor = factor_between(numbers, expected, tolerance)
    if factor is not None:
        raise Wrong(f"{what} is {factor:.3g} times what it should be", ask)
    if numbers.ndim == 2 and np.shape(np.swapaxes(numbers, 0, 1)) == numbers.shape and len(numbers) > 1:
        turned = np.swapaxes(numbers, 0, 1)
        if np.abs(turned - expected).max() <= tolerance * size:
            raise Wrong(f"{what} has its rows and columns exchanged", ask)
    if numbers.size <= 4:
        wrong = f"{what} is {short(numbers.ravel())}, expected {short(expected.ravel())}"
        ratio = numbers.item() / expected.item() if numbers.size == 1 and expected.any() else 0.0
        times = next((neat for neat in NEAT if abs(neat - ratio) < 1e-4), None)
        raise Wrong(wrong + (f", which is {times:.3g} times that" if times else ""), ask)
    worst = np.unravel_index(difference.argmax(), difference.shape)
    where = shape_words(worst) if len(worst) > 1 else f"[{worst[0]}]"
    raise Wrong(f"{what} has {numbers[worst]:.5g} at {where}, expected {expected[worst]:.5g}", ask)


def changed(before, after):
    """Whether an array is no longer what it was: by shape, type of number, or value.

    :param before: a copy made earlier
    :param after: the same thing now
    """
    if not isinstance(after, np.ndarray):
        after = np.asarray(after, dtype=object if isinstance(after, (str, type(None))) else None)
    if before.shape != after.shape or before.dtype != after.dtype:
        return True
    if before.dtype == object or np.array_equal(before, after):
        return not np.array_equal(before, after)
    size = np.abs(before).max(initial=0.0)
    return not np.abs(after - before).max() <= CHANGED * size


def slopes(function, at, places=None, coarse=False):
    """How fast a number changes with each entry of an array: by moving it a little both ways.

    :param function: takes nothing and returns a number that depends on `at`
    :param at: numpy array; its entries are moved in place, and put back
    :param places: the indices to measure at; None means all
    :param coarse: whether the number is known to be rounded
    :return: numpy array of the shape of `at`, nan where nothing was measured; and the tolerance to compare it with
    """
    if coarse or jumps(function, at):
        return moved(function, at, COARSE, places), ROUNDED
    return moved(function, at, LITTLE, places), TOLERANCE


def jumps(function, at):
    """Whether a number is rounded: on its way along the first or last entry its fourth differences do not vanish."""
    most = 0.0
    for place in ((0,) * at.ndim, tuple(n - 1 for n in at.shape)):
        kept, values = at[place], []
        try:
            for steps in range(12):
                at[place] = kept + steps * WALK
                values.append(function())
        finally:
            at[place] = kept
        most = max(most, np.abs(np.diff(values, 4)).max() / max(1.0, abs(values[0])))
    return most > NOISE


def moved(function, at, step, places=None):
    """The slopes with one size of step; see `slopes`."""
    slope = np.full(at.shape, np.nan)
    for place in np.ndindex(at.shape) if places is None else places:
        kept = at[place]
        try:
            at[place] = kept + step
            above = function()
            at[place] = kept - step
            slope[place] = (above - function()) / (2 * step)
        finally:
            at[place] = kept
    return slope
