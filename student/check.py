"""Check q1.py on your own computer, as often as you like: python check.py

    python check.py                    every function, in the order to write them
    python check.py forward_pass       one function
    python check.py path/to/q1.py      another file than the q1.py beside this one

It needs Python 3.10 or later and NumPy. It works through examples small enough for paper and compares back_propagation
with slopes measured on your own forward_pass. It holds no solution and promises no marks: the grader asks for more.
"""
# This file keeps to a syntax that any old Python can read, so that an old one gets a clear sentence and no SyntaxError.
# ruff: noqa: B904, RUF005, UP010, UP031, UP036
# mypy: allow-untyped-defs, allow-untyped-calls, allow-untyped-globals

from __future__ import print_function

import sys

if sys.version_info < (3, 10):
    sys.exit(
        "This lab needs Python 3.10 or later, and this is Python %d.%d (%s).\n"
        "Install a newer one from python.org, then run: python3 check.py" % (sys.version_info[:2] + (sys.executable,))
    )
try:
    import numpy as np
except ImportError:
    sys.exit(
        "This lab needs NumPy, which this Python lacks. Install it with:\n    %s -m pip install numpy" % sys.executable
    )
if [int(part) for part in np.__version__.split(".")[:2]] < [1, 21]:
    sys.exit(
        "This lab needs NumPy 1.21 or later, and this is NumPy %s. Bring it up to date with:\n"
        "    %s -m pip install --upgrade numpy" % (np.__version__, sys.executable)
    )

import argparse
import importlib.util
import math
import os
import traceback

TOLERANCE = 1e-5  # far above rounding, even in float32; far below the difference a mistake makes
LN3 = math.log(3.0)  # e^LN3 = 3: the sigmoid is 3/4 at LN3 and 1/4 at -LN3


class Wrong(Exception):
    """What a check found, in words for the student."""


# ---------------------------------------------------------------- helpers


def column(*entries):
    """A column vector, shape (n, 1)."""
    return np.array(entries, dtype=float).reshape(-1, 1)


def network(q1, sizes, weights=None, biases=None):
    """The student's network of these sizes, with zeros where no values are given."""
    made = q1.NeuralNetwork(len(sizes), sizes)
    made.weights = [np.zeros((n_in, n_out)) for n_in, n_out in zip(sizes, sizes[1:])]
    made.biases = [np.zeros((n, 1)) for n in sizes[1:]]
    if weights is not None:
        made.weights = [np.array(W, dtype=float) for W in weights]
        made.biases = [np.array(b, dtype=float) for b in biases]
    return made


def random_network(q1, sizes, rng):
    weights = [rng.normal(0, n_in**-0.5, (n_in, n_out)) for n_in, n_out in zip(sizes, sizes[1:])]
    return network(q1, sizes, weights, [rng.normal(0, 1, (n, 1)) for n in sizes[1:]])


def short(value):
    """Few numbers on one line; a single one without brackets."""
    if np.size(value) == 1:
        return "%.5g" % np.asarray(value).item()
    return np.array2string(np.asarray(value), precision=5, separator=", ", threshold=8).replace("\n", "")


def as_numbers(what, got):
    """The answer as a float array; anything else is Wrong."""
    if got is None:
        raise Wrong("%s is None: is a return missing?" % what)
    try:
        numbers = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        raise Wrong("%s is a %s, not an array of numbers" % (what, type(got).__name__))
    return numbers


def compare(what, got, expected, look, scale=1.0, tolerance=TOLERANCE):
    """Raise Wrong, naming what was expected, unless got has expected's shape and values."""
    numbers = as_numbers(what, got)
    expected = np.asarray(expected, dtype=float)
    if numbers.shape != expected.shape:
        raise Wrong("%s has the shape %s, expected %s; %s" % (what, numbers.shape, expected.shape, look))
    if not np.isfinite(numbers).all():
        raise Wrong("%s holds nan or inf; %s" % (what, look))
    size = max(scale, np.abs(expected).max())
    difference = np.abs(numbers - expected)
    if difference.max() <= tolerance * size:
        return
    if numbers.size > 1:
        for times in (-1.0, 2.0, 0.5, 4.0, 0.25):
            if np.abs(numbers - times * expected).max() <= tolerance * size * abs(times):
                raise Wrong("%s is %g times what it should be; %s" % (what, times, look))
    if numbers.size <= 4:
        raise Wrong("%s is %s, expected %s; %s" % (what, short(numbers.ravel()), short(expected.ravel()), look))
    worst = np.unravel_index(difference.argmax(), difference.shape)
    raise Wrong(
        "%s has %.5g at %s, expected %.5g; %s"
        % (what, numbers[worst], tuple(int(i) for i in worst), expected[worst], look)
    )


def unchanged(before, after, what):
    for old, new in zip(before, after):
        if np.shape(old) != np.shape(new) or not np.array_equal(old, new):
            raise Wrong("it changes the %s; work on new arrays instead" % what)


def copies(arrays):
    return [np.array(array, dtype=float) for array in arrays]


# ---------------------------------------------------------------- the checks, one for each line of the marks


def apply(function, *arguments):
    """The function's answer; its arguments must come out of it as they went in."""
    before = copies(arguments)
    answer = function(*arguments)
    unchanged(before, arguments, "array it is given")
    return answer


def check_sigmoid(q1):
    sigmoid = network(q1, [2, 2, 1]).sigmoid
    look = "look at the formula 1 / (1 + e^-z)"
    compare("sigmoid of 0", apply(sigmoid, column(0.0)), column(0.5), look)  # 1 / (1 + 1)
    # e^-LN3 = 1/3, so 1 / (1 + 1/3) = 3/4; and 1 / (1 + 3) = 1/4
    compare("sigmoid of [ln 3, 0, -ln 3]", apply(sigmoid, column(LN3, 0.0, -LN3)), column(0.75, 0.5, 0.25), look)
    # e^-1 = 0.367879, so 1 / 1.367879 = 0.731059; the curve is symmetric about 1/2
    compare("sigmoid of [1, -1]", apply(sigmoid, column(1.0, -1.0)), column(0.731059, 0.268941), look)
    compare("sigmoid of [-40, 40]", apply(sigmoid, column(-40.0, 40.0)), column(0.0, 1.0), look)


def check_sigmoid_derivative(q1):
    slope = network(q1, [2, 2, 1]).sigmoid_derivative
    look = "it takes z, not a; apply the rule for a quotient to the sigmoid's formula"
    compare("the slope at 0", apply(slope, column(0.0)), column(0.25), look)
    # a quarter at the middle, 3/16 where the sigmoid is 3/4 or 1/4, nothing far out
    compare("the slope at [ln 3, 0, -ln 3]", apply(slope, column(LN3, 0.0, -LN3)), column(0.1875, 0.25, 0.1875), look)
    compare("the slope at [-40, 40]", apply(slope, column(-40.0, 40.0)), column(0.0, 0.0), look)


def check_cost_derivative(q1):
    compare(
        "cost_derivative of a = [0.5, 2, 3], y = [1, 2, 1]",
        apply(network(q1, [2, 2, 1]).cost_derivative, column(0.5, 2.0, 3.0), column(1.0, 2.0, 1.0)),
        column(-0.5, 0.0, 2.0),
        "differentiate half the squared difference with respect to a",
    )


def check_forward_pass(q1):
    # Every weight and bias is 0, so every z is 0 and every activation 1/2.
    compare(
        "the output of a 784-8-8-10 net of zeros",
        network(q1, [784, 8, 8, 10]).forward_pass(np.ones((784, 1))),
        np.full((10, 1), 0.5),
        "return the output layer's activations",
    )
    # 2-2-1, x = (1, 2). Hidden neurons: z = 1*LN3 + 2*LN3 - 2*LN3 = LN3, a = 3/4; z = -1*LN3 + 2*LN3 - 2*LN3 = -LN3,
    # a = 1/4. Output: z = 4*LN3 * 3/4 - 4*LN3 * 1/4 - LN3 = LN3, a = 3/4.
    weights = [[[LN3, -LN3], [LN3, LN3]], [[4 * LN3], [-4 * LN3]]]
    biases = [[[-2 * LN3], [-2 * LN3]], [[-LN3]]]
    net = network(q1, [2, 2, 1], weights, biases)
    net.forward_pass(column(5.0, -3.0))  # what went before must not matter
    compare(
        "the output of the 2-2-1 example",
        net.forward_pass(column(1.0, 2.0)),
        column(0.75),
        "column j of weights[l] belongs to neuron j (it is W stored transposed); add the bias, then apply sigmoid",
    )
    # A chain of single neurons, from x = 3/4: the odd ones give z = 4*LN3 * 3/4 - 4*LN3 = -LN3, a = 1/4, the even ones
    # z = 4*LN3 * 1/4 = LN3, a = 3/4. A pass with a fixed number of layers stops at the wrong one.
    for depth, expected in ((1, 0.25), (2, 0.75), (3, 0.25), (4, 0.75)):
        chain_biases = [[[-4 * LN3]], [[0.0]], [[-4 * LN3]], [[0.0]]][:depth]
        net = network(q1, [1] * (depth + 1), [[[4 * LN3]]] * depth, chain_biases)
        before = copies(net.weights + net.biases)
        compare(
            "the output of a chain with %d layers of weights" % depth,
            net.forward_pass(column(0.75)),
            column(expected),
            "the number of layers must not be fixed: go through all of self.weights",
        )
        unchanged(before, net.weights + net.biases, "weights or biases")


def half_squares(net, x, y):
    """Half the squared differences of the student's own output: the check of cost and the slopes rest on it."""
    difference = as_numbers("forward_pass's answer", net.forward_pass(x)) - y
    return 0.5 * float(np.vdot(difference, difference))


def check_cost(q1):
    # All zeros: both outputs are 1/2. y = (1, 0) gives (1/4 + 1/4) / 2 = 1/4, y = (2.5, 0.5) gives (4 + 0) / 2 = 2.
    x = column(1.0, -1.0)
    net = network(q1, [2, 3, 2])
    look = "half the squared differences, added up over all outputs and all samples"
    one, other = (x, column(1.0, 0.0)), (x, column(2.5, 0.5))
    if np.allclose(net.forward_pass(x), 0.5):  # otherwise forward_pass is to blame, and only the next check is fair
        compare("the cost of one sample of the net of zeros", scalar(net.cost([one])), 0.25, look)
        compare("the cost of two samples", scalar(net.cost([one, other])), 2.25, look + "; a sum, not a mean")
    rng = np.random.default_rng(3)
    net = random_network(q1, [3, 4, 5], rng)
    data = [(rng.normal(0, 1, (3, 1)), rng.normal(0, 1, (5, 1))) for _ in range(3)]
    expected = sum(half_squares(net, x, y) for x, y in data)
    compare("the cost of three samples of a 3-4-5 net", scalar(net.cost(data)), expected, look)


def scalar(got):
    """A single number, also where it comes as an array of size one."""
    numbers = as_numbers("the cost", got)
    if numbers.size != 1:
        raise Wrong(
            "the cost has the shape %s, expected one number: add up over outputs and samples" % (numbers.shape,)
        )
    return numbers.reshape(())


def measured_slopes(net, parameters, x, y):
    """How fast half_squares changes with every entry of every array, by moving it a little both ways."""
    exact = np.asarray(net.forward_pass(x)).dtype.itemsize >= 8
    little = 1e-5 if exact else 1e-2  # in float32 a smaller step drowns in rounding
    slopes = []
    for array in parameters:
        slope = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            kept = array[place]
            array[place] = kept + little
            above = half_squares(net, x, y)
            array[place] = kept - little
            below = half_squares(net, x, y)
            array[place] = kept
            slope[place] = (above - below) / (2 * little)
        slopes.append(slope)
    return slopes, (TOLERANCE if exact else 5e-3)


def gradients(net, x, y):
    """back_propagation's two lists, once their form is right."""
    answer = net.back_propagation(x, y)
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        raise Wrong("it returns a %s, expected two lists: return dC_db, dC_dw" % type(answer).__name__)
    shapes = []
    for name, arrays in zip(("dC_db", "dC_dw"), answer):
        if not isinstance(arrays, (tuple, list, np.ndarray)) or len(arrays) != len(net.weights):
            raise Wrong("%s should be a list of %d arrays, one for each layer" % (name, len(net.weights)))
        shapes.append([np.shape(array) for array in arrays])
    b_shapes, w_shapes = [b.shape for b in net.biases], [W.shape for W in net.weights]
    if shapes == [w_shapes, b_shapes] and b_shapes != w_shapes:
        raise Wrong("the two lists are swapped: return dC_db, dC_dw in this order")
    return answer


def check_gradients(q1, which, name, look):
    rng = np.random.default_rng(7)
    # one layer; the handout's depth; all widths different; equal widths, where a transposed W still fits
    for sizes in ([3, 2], [4, 3, 2], [5, 3, 3, 2], [3, 4, 2, 3, 2], [3, 3, 3, 3]):
        net = random_network(q1, sizes, rng)
        for call in ("", ", second call"):  # values kept from one call to the next show in the second
            x, y = rng.normal(0, 1, (sizes[0], 1)), rng.normal(0, 1, (sizes[-1], 1))
            slopes, tolerance = measured_slopes(net, getattr(net, which), x, y)
            before = copies(net.weights + net.biases + [x, y])
            answer = gradients(net, x, y)[0 if which == "biases" else 1]
            unchanged(before, net.weights + net.biases + [x, y], "weights, biases, x or y")
            structure = "-".join(str(n) for n in sizes)
            for layer in reversed(range(len(slopes))):  # the order of the backward pass: the first mistake is the cause
                what = "%s[%d] of a %s net%s" % (name, layer, structure, call)
                hint = look if layer == len(slopes) - 1 else "the layers behind it are right: " + look
                compare(what, answer[layer], slopes[layer], hint, 0.1, tolerance)


def check_bias_gradients(q1):
    check_gradients(q1, "biases", "dC_db", "follow dC/da and da/dz of that layer, with that layer's own z")


def check_weight_gradients(q1):
    check_gradients(
        q1, "weights", "dC_dw", "which activation does each weight multiply? The shape is that of weights[l]"
    )


def parameters(net):
    """Copies of all weights and biases, in the order of PARAMETERS."""
    return copies(list(net.weights) + list(net.biases))


PARAMETERS = ["weights[0]", "weights[1]", "biases[0]", "biases[1]"]


def slopes_of(net, x, y):
    """The student's own gradients of one sample, in the order of PARAMETERS."""
    dC_db, dC_dw = gradients(net, x, y)
    return copies(list(dC_dw) + list(dC_db))


def check_mini_batch_GD(q1):
    rng = np.random.default_rng(11)

    def draw(number):
        return [(rng.normal(0, 1, (3, 1)), rng.normal(0, 1, (2, 1))) for _ in range(number)]

    def train(net, data, epochs, mini_batch_size):
        """Train with eta = 0.5; returns the history."""
        history = net.mini_batch_GD(list(data), epochs, mini_batch_size, 0.5, [(column(1.0, 0.0, -1.0), 1)])
        if not isinstance(history, (list, tuple, np.ndarray)) or len(history) != epochs:
            raise Wrong("it should return a list with one cost for each of the %d epochs, not %r" % (epochs, history))
        return history

    # One update from one batch of four: eta / mini_batch_size = 0.5 / 4 = 0.125.
    net, data = random_network(q1, [3, 4, 2], rng), draw(4)
    before = parameters(net)
    sums = [sum(arrays) for arrays in zip(*[slopes_of(net, x, y) for x, y in data])]
    history = train(net, data, 1, 4)
    for name, old, new, total in zip(PARAMETERS, before, parameters(net), sums):
        look = "subtract eta / mini_batch_size times the gradients summed over the batch"
        compare("the step of %s after one batch of 4" % name, old - new, 0.125 * total, look, 1e-3)
    compare("the cost after the epoch", scalar(history[0]), scalar(net.cost(data)), "leave the given lines as they are")

    # A batch that is not full counts too; dividing by its own length is as good as by mini_batch_size.
    net, data = random_network(q1, [3, 4, 2], rng), draw(1)
    before, own = parameters(net), slopes_of(net, *data[0])
    train(net, data, 1, 2)
    for name, old, new, slope in zip(PARAMETERS, before, parameters(net), own):
        if not (old - new).any():
            raise Wrong("%s does not move for a last batch that is shorter than mini_batch_size" % name)
        if not np.allclose(old - new, 0.5 * slope):
            compare("the step of %s after a batch of 1, mini_batch_size 2" % name, old - new, 0.25 * slope, "", 1e-3)

    # Two epochs of two batches of two, all samples alike: four steps, each 0.5 / 2 times twice one sample's slopes.
    net, (sample,) = random_network(q1, [3, 4, 2], rng), draw(1)
    walker = network(q1, [3, 4, 2], net.weights, net.biases)
    for _ in range(4):
        for array, slope in zip(walker.weights + walker.biases, slopes_of(walker, *sample)):
            array -= 0.5 * slope
    before = parameters(net)
    train(net, [sample] * 4, 2, 2)
    for name, old, new, wanted in zip(PARAMETERS, before, parameters(net), parameters(walker)):
        look = (
            "take a new step for every batch, each from its own gradients alone and with the same eta / mini_batch_size"
        )
        compare("the way of %s over 2 epochs of 2 batches" % name, old - new, old - wanted, look, 1e-3)

    history = train(random_network(q1, [3, 4, 2], rng), draw(5), 30, 2)
    if not history[-1] < history[0]:
        raise Wrong("the cost rises from %.5g to %.5g in 30 epochs; it should fall" % (history[0], history[-1]))


class Line:
    """One line of the marks: its title, its function, the functions it rests on, and its check."""

    def __init__(self, title, function, needs, check):
        self.title, self.function, self.needs, self.check = title, function, needs, check


# In the order to write them: each rests on earlier ones alone.
LINES = [
    Line("sigmoid", "sigmoid", [], check_sigmoid),
    Line("sigmoid_derivative", "sigmoid_derivative", ["sigmoid"], check_sigmoid_derivative),
    Line("cost_derivative", "cost_derivative", [], check_cost_derivative),
    Line("forward_pass", "forward_pass", ["sigmoid"], check_forward_pass),
    Line("cost", "cost", ["sigmoid", "forward_pass"], check_cost),
    Line(
        "back_propagation, biases",
        "back_propagation",
        ["sigmoid", "sigmoid_derivative", "cost_derivative", "forward_pass"],
        check_bias_gradients,
    ),
    Line(
        "back_propagation, weights",
        "back_propagation",
        ["sigmoid", "sigmoid_derivative", "cost_derivative", "forward_pass"],
        check_weight_gradients,
    ),
    Line(
        "mini_batch_GD", "mini_batch_GD", ["sigmoid", "forward_pass", "cost", "back_propagation"], check_mini_batch_GD
    ),
]
FUNCTIONS = []
for _line in LINES:
    if _line.function not in FUNCTIONS:
        FUNCTIONS.append(_line.function)


# ---------------------------------------------------------------- running and telling


def place_in(path, error):
    """Where in the student's file an exception came from, innermost, or ""."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if os.path.abspath(frame.filename) == path]
    return " (%s, line %s)" % (os.path.basename(path), lines[-1]) if lines else ""


def run_line(line, q1, path, passed):
    """Run one check.

    :param passed: {function: whether none of its checks failed so far}
    :return: None if it passed, or one line about what to look at next
    """
    try:
        line.check(q1)
    except NotImplementedError as error:
        name = str(error)
        if name in FUNCTIONS and name != line.function:
            return "waits for %s, which is not written yet" % name
        return "not written yet"
    except Wrong as error:
        found = str(error)
    except RecursionError as error:
        found = "it calls itself without end" + place_in(path, error)
    except Exception as error:  # whatever the student's code raises is told, not hidden
        found = "raised %s: %s%s" % (type(error).__name__, error, place_in(path, error))
    else:
        return None
    to_fix = [name for name in line.needs if not passed[name]]
    if to_fix:
        return "fix %s first; this may follow from it: %s" % (to_fix[0], found)
    return found


def load(path):
    """Import the student's file from its path."""
    spec = importlib.util.spec_from_file_location("q1", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["q1"] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        sys.exit("%s cannot be read: %s (line %s)" % (path, error.msg, error.lineno))
    except (Exception, SystemExit) as error:
        sys.exit("%s stops while it is loaded: %s: %s%s" % (path, type(error).__name__, error, place_in(path, error)))
    if not hasattr(module, "NeuralNetwork"):
        sys.exit("%s has no class NeuralNetwork. Is it the lab's file?" % path)
    return module


class Marks:
    """Signs for passed, wrong and not written, as good as the console can show them."""

    def __init__(self, stream):
        self.passed, self.wrong, self.open = "ok   ", "WRONG", "todo "
        try:
            "\u2713\u2717\u00b7".encode(stream.encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            pass
        else:
            self.passed, self.wrong, self.open = "\u2713", "\u2717", "\u00b7"
        modern = os.name != "nt" or "WT_SESSION" in os.environ
        if stream.isatty() and modern and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
            self.passed = "\033[32m%s\033[0m" % self.passed
            self.wrong = "\033[31m%s\033[0m" % self.wrong
            self.open = "\033[33m%s\033[0m" % self.open


def main():
    parser = argparse.ArgumentParser(
        description="Check q1.py: worked examples, and gradients against measured slopes. No marks, no solution.",
        epilog="functions: " + ", ".join(FUNCTIONS),
    )
    parser.add_argument(
        "what", nargs="*", metavar="FUNCTION or FILE", help="one function; another file than q1.py here"
    )
    wanted, path = [], os.path.join(os.path.dirname(os.path.abspath(__file__)), "q1.py")
    for word in parser.parse_args().what:
        if word in FUNCTIONS:
            wanted.append(word)
        elif word.endswith(".py") or os.path.exists(word):
            path = os.path.abspath(word)
        else:
            parser.error("%r is neither a file nor a function; the functions: %s" % (word, ", ".join(FUNCTIONS)))
    if os.path.isdir(path):
        path = os.path.join(path, "q1.py")
    if not os.path.isfile(path):
        sys.exit("There is no %s. Put check.py beside your q1.py, or name the file: python check.py FILE" % path)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a message in letters the console lacks must not stop the check
    return report(path, wanted or FUNCTIONS)


def report(path, wanted):
    """Run the checks, print a line for each, and return the exit status."""
    marks = Marks(sys.stdout)
    at = "loading " + os.path.basename(path)
    passed = dict.fromkeys(FUNCTIONS, True)  # whether all checks of the function so far passed
    score = []  # for each line shown, whether it passed
    needed = set(wanted).union(*[line.needs for line in LINES if line.function in wanted])
    try:
        q1 = load(path)
        for line in LINES:
            if line.function not in needed:
                continue
            at = line.function
            found = run_line(line, q1, path, passed)
            passed[line.function] = passed[line.function] and found is None
            if line.function not in wanted:
                continue
            score.append(found is None)
            if found is None:
                print("%s %s" % (marks.passed, line.title), flush=True)
            else:
                unwritten = found == "not written yet" or found.startswith("waits for ")
                print("%s %s: %s" % (marks.open if unwritten else marks.wrong, line.title, found), flush=True)
    except KeyboardInterrupt as error:
        print("\nstopped in %s%s: is there a loop that never ends?" % (at, place_in(path, error)))
        return 1
    print("\n%d of %d" % (sum(score), len(score)))
    return 0 if all(score) else 1


if __name__ == "__main__":
    sys.exit(main())
