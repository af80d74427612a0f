"""The checks of q1.py: examples small enough for paper, properties, and slopes measured on your own forward_pass.

The functions are checked in their order: each rests on earlier ones alone. No solution stands here. Where a
function cannot be worked out on paper, the checks say what must hold of its answers: that a layer can be cut off, that
neurons do not disturb each other, that an epoch is its batches one after the other.
"""

import inspect
import math
import random
from dataclasses import dataclass, replace

import numpy as np

from .values import (
    LITTLE,
    TOLERANCE,
    Wrong,
    as_numbers,
    changed,
    compare,
    kind,
    shape_words,
    slopes,
)

LN3 = math.log(3.0)  # e^LN3 = 3: the sigmoid is 3/4 at LN3 and 1/4 at -LN3
# At k * LN3 the sigmoid is 3^k out of 1 + 3^k: worked out by hand.
AT_LN3 = {-3: 1 / 28, -2: 1 / 10, -1: 1 / 4, 0: 1 / 2, 1: 3 / 4, 2: 9 / 10, 3: 27 / 28}
SLOPE_AT_LN3 = {-3: 27 / 784, -2: 9 / 100, -1: 3 / 16, 0: 1 / 4, 1: 3 / 16, 2: 9 / 100, 3: 27 / 784}
MANY = 250  # entries of a long column: what is right up to some size alone shows
HANDOUT = (784, 8, 8, 10)
SAMPLED = 12  # slopes measured for each array of the handout net, which has too many for all

FUNCTIONS = (
    "sigmoid",
    "sigmoid_derivative",
    "cost_derivative",
    "forward_pass",
    "cost",
    "back_propagation",
    "mini_batch_GD",
)


def column(*entries):
    """A column vector, shape (n, 1)."""
    return np.array(entries, dtype=float).reshape(-1, 1)


def has_length(thing):
    """Whether it is a list, a tuple, or an array with axes."""
    return isinstance(thing, (list, tuple)) or (isinstance(thing, np.ndarray) and thing.ndim > 0)


def structure(sizes):
    """A net's name: 784-8-8-10."""
    return "-".join(map(str, sizes))


def drawn(seed, sizes):
    """Weights and biases of a net, drawn and rounded to few digits so that they can be read.

    :param seed: int
    :param sizes: [n_0, ..., n_L]
    :return: weights, biases
    """
    rng = np.random.default_rng(seed)
    weights = [rng.normal(0, n_in**-0.5, (n_in, n_out)).round(2) for n_in, n_out in zip(sizes, sizes[1:])]
    return weights, [rng.normal(0, 1, (n, 1)).round(2) for n in sizes[1:]]


@dataclass(frozen=True)
class Case:
    """What is being tried: enough to say it in a line and to try it again.

    :param function: what was called
    :param note: "second call", or ""
    :param sizes: of the net; None where the net plays no part
    :param weights: copies of what the net held
    :param biases: the same
    :param arguments: copies of what the function was given, {name: value}
    :param expected: what the answer should have been, where an example says so
    """

    function: str
    note: str = ""
    sizes: tuple | None = None
    weights: tuple = ()
    biases: tuple = ()
    arguments: dict | None = None
    expected: object = None

    def __str__(self):
        names = ", ".join(map(in_words, self.arguments or (), (self.arguments or {}).values()))
        net = f" on a {structure(self.sizes)} net" if self.sizes else ""
        return f"{self.function}({names}){net}" + (f", {self.note}" if self.note else "")


def in_words(name, value):
    """An argument of a call, for the line that says what was tried."""
    if isinstance(value, list):
        return f"{name} of {len(value)}"
    return name if isinstance(value, np.ndarray) else f"{name}={value}"


class Student:
    """The student's class, called as the grader calls it: each call is looked at for what it changes."""

    def __init__(self, owner, report):
        """Keep the class.

        :param owner: the student's class
        :param report: engine.Report; it is told what is being tried
        """
        self.owner, self.report = owner, report

    def net(self, sizes, weights=None, biases=None):
        """A network of these sizes, with zeros where no values are given.

        :param sizes: [n_0, ..., n_L]
        :return: Net
        """
        return Net(self, sizes, weights, biases)


class Net:
    """A student's network and what was put into it."""

    def __init__(self, student, sizes, weights=None, biases=None):
        """Make it, and set its parameters.

        :param student: Student
        """
        self.student, self.sizes = student, tuple(sizes)
        student.report.case = Case("__init__", "", self.sizes)
        self.made = student.owner(len(sizes), list(sizes))
        if weights is None:
            weights = [np.zeros((n_in, n_out)) for n_in, n_out in zip(sizes, sizes[1:])]
            biases = [np.zeros((n, 1)) for n in sizes[1:]]
        self.set(weights, biases)

    def set(self, weights, biases):
        """Give the network these parameters; copies, for they may be changed."""
        self.made.weights = [np.array(W, dtype=float) for W in weights]
        self.made.biases = [np.array(b, dtype=float) for b in biases]

    @property
    def weights(self):
        """The network's weights, as they are now."""
        return self.made.weights

    @property
    def biases(self):
        """The network's biases, as they are now."""
        return self.made.biases

    def call(self, function, note="", may_change=(), **arguments):
        """Call a function of the network, by position.

        :param function: its name
        :param note: what to say about this call
        :param may_change: what it may change: names of arguments, "weights", "biases"
        :param arguments: in the order of the function's parameters
        :return: its answer
        :raises Wrong: where it changes what it may not
        """
        held = {"weights": list(self.weights), "biases": list(self.biases)}
        report, about = self.student.report, Case(function, note, self.sizes, arguments=copied(arguments))
        if function in ("sigmoid", "sigmoid_derivative", "cost_derivative"):
            about = replace(about, sizes=None)
        else:
            about = replace(about, weights=tuple(copied(held["weights"])), biases=tuple(copied(held["biases"])))
        report.case = about
        looked_at = {name: value for name, value in {**held, **arguments}.items() if name not in may_change}
        before = {name: (value, copied(value)) for name, value in looked_at.items()}
        orders = {name: list(value) for name, value in looked_at.items() if isinstance(value, list)}
        report.answer = answer = getattr(self.made, function)(*arguments.values())
        for name, (thing, kept) in before.items():
            now = getattr(self.made, name) if name in held else thing
            if name in orders and reordered(orders[name], now):
                raise Wrong(f"{function} changed the order of {name}", "which of your lines sorts or reverses it?")
            what = difference(name, kept, now)
            if what:
                raise Wrong(f"{function} changed {what}", "which of your lines writes into it? Work on new arrays")
        return answer


def reordered(before, now):
    """Whether a list holds the same things as before in another order."""
    old, new = list(map(id, before)), list(map(id, now))
    return old != new and sorted(old) == sorted(new)


def copied(thing):
    """A copy of arrays, in lists, tuples and dicts of them, too."""
    if isinstance(thing, np.ndarray):
        return thing.copy()
    if isinstance(thing, dict):
        return {name: copied(value) for name, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return type(thing)(copied(item) for item in thing)
    return thing


def difference(name, before, after):
    """What has changed, by its name in the code, or None: "biases[0]", "y of sample 2", "training_data"."""
    if isinstance(before, np.ndarray):
        return name if changed(before, after) else None
    if isinstance(before, (list, tuple)):
        if not isinstance(after, (list, tuple, np.ndarray)) or len(after) != len(before):
            return name
        for number, (old, new) in enumerate(zip(before, after)):
            if isinstance(old, tuple):
                if not isinstance(new, tuple) or len(new) != len(old):
                    return name
                for part, first, second in zip("xy", old, new):
                    if difference(part, first, second):
                        return f"{part} of sample {number + 1}"
            elif difference(name, old, new):
                return f"{name}[{number}]"
    return None


# ---------------------------------------------------------------- the small functions


def elementwise(student, function, what, table, ask, scale):
    """A function of single entries, on worked examples of several lengths, and again."""
    net = student.net([2, 2, 1])

    def look(what, *entries, note=""):
        """Call it with k * LN3 for each entry k, and compare."""
        z = column(*[k * LN3 for k in entries])
        compare(what, net.call(function, note, z=z), column(*[table[k] for k in entries]), ask, scale)

    look(f"{what} 0", 0)
    look(f"{what} [ln 3, 0, -ln 3]", 1, 0, -1)
    look(f"{what} [ln 9, -ln 9, ln 27]", 2, -2, 3)
    many = np.random.default_rng(5).integers(-3, 4, MANY)
    look(f"{what} {MANY} entries", *many)
    look(f"{what} [ln 3, 0, -ln 3], asked again,", 1, 0, -1, note="asked again")
    return net


def check_sigmoid(student):
    """e^-LN3 = 1/3, so the sigmoid at LN3 is 1 / (1 + 1/3) = 3/4; at -LN3 it is 1 / (1 + 3) = 1/4."""
    ask = "what does the formula 1 / (1 + e^-z) give there, by hand?"
    net = elementwise(student, "sigmoid", "sigmoid of", AT_LN3, ask, 1.0)
    # e^-1 = 0.367879, so 1 / 1.367879 = 0.731059
    compare("sigmoid of [1, -1]", net.call("sigmoid", z=column(1.0, -1.0)), column(0.731059, 0.268941), ask)
    compare("sigmoid of [-40, 40]", net.call("sigmoid", z=column(-40.0, 40.0)), column(0.0, 1.0), ask)
    z = np.random.default_rng(6).uniform(-30, 30, (MANY, 1)).round(3)
    both = np.asarray(net.call("sigmoid", z=z)) + np.asarray(net.call("sigmoid", z=-z))
    compare("sigmoid of z plus sigmoid of -z", both, np.ones((MANY, 1)), "is the curve symmetric about 1/2?")
    near = np.random.default_rng(7).uniform(-4, 4, (20, 1)).round(3)
    low, high = (np.asarray(net.call("sigmoid", z=near + more), dtype=float) for more in (0, LN3))
    odds = (high / (1 - high)) / (low / (1 - low))  # e^(z + LN3) is three times e^z
    compare("the growth of s / (1 - s) from z to z + ln 3", odds, np.full((20, 1), 3.0), ask, tolerance=1e-4)


def check_sigmoid_derivative(student):
    """A quarter at the middle, 3/16 where the sigmoid is 3/4 or 1/4, nothing far out."""
    ask = "it takes z, not a: what does the rule for a quotient make of the sigmoid's formula?"
    function = "sigmoid_derivative"
    net = elementwise(student, function, "the slope at", SLOPE_AT_LN3, ask, 0.25)
    compare("the slope at [-40, 40]", net.call(function, z=column(-40.0, 40.0)), column(0.0, 0.0), ask, 0.25)
    z = np.random.default_rng(8).uniform(-30, 30, (MANY, 1)).round(3)
    got, sigmoid = net.call(function, z=z), net.made.sigmoid
    slope, tolerance, single = np.zeros_like(z), TOLERANCE, np.asarray(sigmoid(z)).dtype.itemsize < 8
    for place, value in enumerate(z):
        at = value.reshape(1, 1).copy()
        own, within = slopes(lambda at=at: float(np.asarray(sigmoid(at)).item()), at, coarse=single)
        slope[place], tolerance = own[0], max(tolerance, within)
    compare("the slope at z, beside the one measured on sigmoid,", got, slope, ask, 0.25, tolerance)


def check_cost_derivative(student):
    """Half the squared difference, differentiated: worked examples, then slopes measured on half_of."""
    ask = "what does differentiating half the squared difference with respect to a give?"
    net, function = student.net([2, 2, 1]), "cost_derivative"
    a, y = column(0.5, 2.0, 3.0), column(1.0, 2.0, 1.0)
    what, expected = "cost_derivative of a = [0.5, 2, 3], y = [1, 2, 1]", column(-0.5, 0.0, 2.0)
    compare("cost_derivative of a = 0.5, y = 1", net.call(function, a=column(0.5), y=column(1.0)), column(-0.5), ask)
    compare(what, net.call(function, a=a, y=y), expected, ask)
    rng = np.random.default_rng(9)
    a, y = rng.uniform(0, 1, (MANY, 1)).round(3), rng.uniform(0, 1, (MANY, 1)).round(3)
    got = net.call(function, a=a, y=y)
    half_of = lambda a: 0.5 * np.square(a - y)  # noqa: E731 (the cost of each output)
    measured = (half_of(a + LITTLE) - half_of(a - LITTLE)) / (2 * LITTLE)
    compare(f"cost_derivative of {MANY} outputs", got, measured, ask)
    a, y = column(0.5, 2.0, 3.0), column(1.0, 2.0, 1.0)
    compare(what + ", asked again,", net.call(function, "asked again", a=a, y=y), expected, ask)


# ---------------------------------------------------------------- forward_pass and cost


def example():
    """The 2-2-1 example of the handout, worked out by hand: weights, biases.

    x = (1, 2). Hidden neurons: z = 1*LN3 + 2*LN3 - 2*LN3 = LN3, a = 3/4; z = -1*LN3 + 2*LN3 - 2*LN3 = -LN3, a = 1/4.
    Output: z = 4*LN3 * 3/4 - 4*LN3 * 1/4 - LN3 = LN3, a = 3/4.
    """
    weights = [np.array([[LN3, -LN3], [LN3, LN3]]), np.array([[4 * LN3], [-4 * LN3]])]
    return weights, [column(-2 * LN3, -2 * LN3), column(-LN3)]


def check_forward_pass(student):
    """Worked examples, then what must hold on nets of every kind."""
    function = "forward_pass"
    weights, biases = example()
    net = student.net([2, 2, 1], weights, biases)
    ask = "column j of weights[l] belongs to neuron j: what is z of one neuron, and what comes after z?"
    compare("the output of the 2-2-1 example", net.call(function, x=column(1.0, 2.0)), column(0.75), ask)
    net.call(function, x=column(5.0, -3.0))
    again = net.call(function, "asked again", x=column(1.0, 2.0))
    compare(
        "the output of the 2-2-1 example, asked again,", again, column(0.75), "what is kept from one call to the next?"
    )
    # Every weight and bias is 0, so every z is 0 and every activation 1/2.
    zeros = student.net(HANDOUT).call(function, x=np.ones((784, 1)))
    compare("the output of a net of zeros", zeros, np.full((10, 1), 0.5), "what does the function return?")
    # A chain of single neurons, from x = 3/4: the odd ones give z = 4*LN3 * 3/4 - 4*LN3 = -LN3, a = 1/4, the even ones
    # z = 4*LN3 * 1/4 = LN3, a = 3/4. A pass with a fixed number of layers stops at the wrong one.
    for depth, expected in ((1, 0.25), (2, 0.75), (3, 0.25), (4, 0.75)):
        chain = [[[-4 * LN3]], [[0.0]]] * 2
        net = student.net([1] * (depth + 1), [[[4 * LN3]]] * depth, chain[:depth])
        got = net.call(function, x=column(0.75))
        ask = "is the number of layers fixed anywhere? Go through all of self.weights"
        compare(f"the output of a chain with {depth} layers of weights", got, column(expected), ask)
    for seed, sizes in enumerate(([5, 4], [3, 3], [6, 5, 4], [5, 5, 5, 5], [11, 10, 9, 7, 6], [2, 9, 2], HANDOUT)):
        properties_of_forward_pass(student, seed, sizes)


def properties_of_forward_pass(student, seed, sizes):
    """A net is its layers one after the other; a layer is its neurons side by side; a neuron adds up its inputs."""
    function, rng = "forward_pass", np.random.default_rng(seed)
    weights, biases = drawn(seed, sizes)
    net = student.net(sizes, weights, biases)
    x, other = (rng.normal(0, 1, (sizes[0], 1)).round(2) for _ in range(2))
    whole = as_numbers(f"the output of a {structure(sizes)} net", net.call(function, x=x))
    if whole.shape != (sizes[-1], 1):
        compare(
            f"the output of a {structure(sizes)} net", whole, np.zeros((sizes[-1], 1)), "what does the function return?"
        )
    case = student.report.case
    net.call(function, "another x", x=other)
    again = net.call(function, "asked again", x=x)
    compare("the output, asked again,", again, whole, "what is kept from one call to the next?")
    passed = x
    for W, b in zip(weights, biases):
        one = student.net(W.shape, [W], [b])
        if len(weights) > 1:
            passed = np.asarray(one.call(function, x=passed), dtype=float)
            continue
        for neuron in range(W.shape[1]):
            alone = student.net((W.shape[0], 1), [W[:, [neuron]]], [b[[neuron]]]).call(function, x=x)
            student.report.case = case
            ask = "column j of weights[l] belongs to neuron j: does anything else enter its z?"
            compare(f"output {neuron} of the net, beside that neuron alone,", whole[[neuron]], alone, ask)
        adding_up(student, W[:, [0]], b[[0]], x)
    if len(weights) > 1:
        student.report.case = case
        ask = "does what one layer gives go into the next, through all layers?"
        compare(f"the output of a {structure(sizes)} net, beside its layers one at a time,", whole, passed, ask)
    # other parameters in the same network
    weights, biases = drawn(seed + 100, sizes)
    net.set(weights, biases)
    got, fresh = net.call(function, "other weights", x=x), student.net(sizes, weights, biases).call(function, x=x)
    compare("the output after the weights were changed", got, fresh, "which weights does it use: those of now?")


def adding_up(student, w, b, x):
    """The log-odds of a neuron, ln(a / (1 - a)), are the sum of those of its inputs one at a time, and of its bias."""

    def log_odds(weights, bias, x):
        """Of the output of a single neuron."""
        net = student.net((len(x), 1), [weights], [bias])
        a = float(as_numbers("the output of one neuron", net.call("forward_pass", x=x)).reshape(()))
        return math.log(a / (1 - a)) if 0 < a < 1 else math.inf

    zero = column(0.0)
    single = [log_odds(w[[i]], zero, x[[i]]) for i in range(len(x))]
    bias = log_odds(np.zeros((1, 1)), b, zero)
    ask = "z adds up weight times input over all inputs, then the bias: is anything left out?"
    compare("ln(a / (1 - a)) of a neuron without inputs", bias, float(b.item()), ask, tolerance=1e-3)
    for i, odds in enumerate(single):
        expected = float(w[i].item() * x[i].item())
        compare("ln(a / (1 - a)) of a neuron with one input", odds, expected, ask, tolerance=1e-3)
    whole = log_odds(w, b, x)
    compare(
        "ln(a / (1 - a)) of a neuron, beside its inputs one at a time,", whole, sum(single) + bias, ask, tolerance=1e-3
    )


def half_squares(net, x, y):
    """Half the squared differences of the student's own output: the check of cost and the slopes rest on it."""
    off = as_numbers("forward_pass's answer", net.made.forward_pass(x)) - y
    return 0.5 * float(np.vdot(off, off))


def scalar(got):
    """A single number, also where it comes as an array of size one.

    :raises Wrong: for anything else
    """
    numbers = as_numbers("the cost", got)
    if numbers.size != 1:
        ask = "what is left to add up: over outputs, over samples?"
        raise Wrong(f"the cost has the shape {shape_words(numbers.shape)}, expected one number", ask)
    return numbers.reshape(())


def samples(rng, sizes, count):
    """A training set: [(x, y), ...] with so many samples, entries of few digits."""
    return [
        (rng.normal(0, 1, (sizes[0], 1)).round(2), rng.normal(0.5, 0.5, (sizes[-1], 1)).round(2)) for _ in range(count)
    ]


def check_cost(student):
    """All zeros: both outputs are 1/2. y = (1, 0) gives (1/4 + 1/4) / 2 = 1/4, y = (2.5, 0.5) gives (4 + 0) / 2 = 2."""
    x = column(1.0, -1.0)
    net = student.net([2, 3, 2])
    ask = "half the squared differences, added up over all outputs and all samples: which step differs in yours?"
    one, other = (x, column(1.0, 0.0)), (x, column(2.5, 0.5))
    if np.allclose(
        net.made.forward_pass(x), 0.5
    ):  # otherwise forward_pass is to blame, and only the next check is fair
        compare("the cost of one sample of the net of zeros", scalar(net.call("cost", training_data=[one])), 0.25, ask)
        got = scalar(net.call("cost", training_data=[one, other]))
        compare("the cost of two samples", got, 2.25, "is the cost a sum over samples, or a mean?")
    rng = np.random.default_rng(3)
    for seed, sizes, counts in ((1, (3, 4, 5), (3, 1, 3, 40)), (2, HANDOUT, (6,)), (3, (4, 3, 3, 1), (8,))):
        net = student.net(sizes, *drawn(seed, sizes))
        for parameters in (drawn(seed, sizes), drawn(seed + 50, sizes)):
            net.set(*parameters)
            for count in counts:
                data = samples(rng, sizes, count)
                expected = sum(half_squares(net, x, y) for x, y in data)
                what = f"the cost of {count} sample{'s' * (count > 1)} of a {structure(sizes)} net"
                compare(what, scalar(net.call("cost", training_data=data)), expected, ask)
                got = scalar(net.call("cost", "asked again", training_data=data))
                compare(what + ", asked again,", got, expected, "what is left over from the first call?")


# ---------------------------------------------------------------- back_propagation


def gradients(net, x, y, note=""):
    """back_propagation's two lists, once their form is right.

    :return: (dC_db, dC_dw)
    :raises Wrong: where they are not two lists with an array for each layer
    """
    answer = net.call("back_propagation", note, x=x, y=y)
    ask = "what does the docstring say is returned, in which order?"
    if not isinstance(answer, (tuple, list)) or len(answer) != 2:
        what = f"{len(answer)} things" if isinstance(answer, (tuple, list)) else kind(answer)
        raise Wrong(f"back_propagation returns {what}, expected two lists: return dC_db, dC_dw", ask)
    shapes = []
    for name, arrays in zip(("dC_db", "dC_dw"), answer):
        if not has_length(arrays):
            raise Wrong(f"{name} is {kind(arrays)}, expected a list with an array for each layer", ask)
        if len(arrays) != len(net.weights):
            raise Wrong(
                f"{name} has {len(arrays)} items, expected {len(net.weights)}, one for each layer of weights",
                "which layers have biases and weights?",
            )
        for layer in range(len(arrays) - 1, -1, -1):
            if arrays[layer] is None:
                raise Wrong(f"{name}[{layer}] was never filled: it is None", "which layers does your loop reach?")
        shapes.append([np.shape(array) for array in arrays])
    b_shapes, w_shapes = [b.shape for b in net.biases], [W.shape for W in net.weights]
    if shapes == [w_shapes, b_shapes] and b_shapes != w_shapes:
        raise Wrong("the two lists are swapped: expected dC_db, dC_dw in this order", "what is returned first?")
    if len(b_shapes) > 1 and shapes == [b_shapes[::-1], w_shapes[::-1]] and b_shapes != b_shapes[::-1]:
        raise Wrong("both lists run from the last layer to the first", "does dC_db[0] belong to biases[0]?")
    return answer


def measured(net, array, x, y, places=None):
    """The slopes of the cost of one sample with every entry of one of the net's arrays, and their tolerance."""
    single = np.asarray(net.made.forward_pass(x)).dtype.itemsize < 8
    return slopes(lambda: half_squares(net, x, y), array, places, single)


LOOK = {
    "dC_db": "which z is that layer's, and what of dC/da and da/dz enters its gradient?",
    "dC_dw": "which activation does each of these weights multiply?",
}
BEHIND = "the layers behind it are right: what must come back from them, and through which weights?"
NETS = ([2, 2, 1], [3, 2], [4, 3, 2], [5, 3, 3, 2], [3, 4, 2, 3, 2], [3, 3, 3, 3], [5, 5, 5, 5, 5], [6, 5, 4], HANDOUT)


def check_gradients(student, which):
    """One list of gradients on many nets, layer by layer in the order of the backward pass: the first is the cause.

    :param which: 0 for dC_db, 1 for dC_dw
    """
    hand_worked(student, which)
    # the smallest; one layer; the handout's depth; all widths different; equal widths, where a transposed W still fits
    for seed, sizes in enumerate(NETS):
        rng = np.random.default_rng(70 + seed)
        net = student.net(sizes, *drawn(seed, sizes))
        arrays = (net.biases, net.weights)[which]
        places = [sampled(array, rng) for array in arrays]
        first, second = samples(rng, sizes, 2)
        slopes_of_first = compare_gradients(net, which, first, "", places)
        compare_gradients(net, which, second, "second call", places)
        compare_gradients(net, which, first, "first sample again", places, slopes_of_first)
        net.set(*drawn(seed + 50, sizes))
        compare_gradients(net, which, first, "other weights", places)


def sampled(array, rng):
    """The indices at which slopes are measured: None, which means all, or a few of a large array."""
    if array.size <= 100:
        return None
    return [tuple(int(rng.integers(n)) for n in array.shape) for _ in range(SAMPLED)]


def compare_gradients(net, which, sample, note, places, known=None):
    """One call: every array of one list beside its measured slopes, in the order of the backward pass.

    :param sample: (x, y)
    :param places: for each array where to measure
    :param known: the slopes, where they were measured before
    :return: the measured slopes and their tolerance
    """
    name = ("dC_db", "dC_dw")[which]
    arrays = (net.biases, net.weights)[which]
    answer = gradients(net, *sample, note)[which]
    found = known or [measured(net, array, *sample, where) for array, where in zip(arrays, places)]
    for layer in reversed(range(len(arrays))):
        slope, tolerance = found[layer]
        what = f"{name}[{layer}] of a {structure(net.sizes)} net" + (f", {note}," if note else "")
        ask = LOOK[name] if layer == len(arrays) - 1 or which else BEHIND
        got = answer[layer]
        if places[layer]:
            numbers = as_numbers(what, got)
            got = np.where(np.isnan(slope), 0.0, numbers) if numbers.shape == slope.shape else got
            slope = np.nan_to_num(slope, nan=0.0)
        compare(what, got, slope, ask, 0.1, tolerance)
    return found


def hand_worked(student, which):
    """The handout's 2-2-1 example with y = 1: every number below fits on paper.

    Output: a - y = -1/4, slope 3/4 * 1/4 = 3/16, together -3/64. Hidden: back through 4*LN3 and -4*LN3 come -3/16*LN3
    and 3/16*LN3, times the slope 3/16: -9/256*LN3 and 9/256*LN3.
    """
    net = student.net([2, 2, 1], *example())
    answer = gradients(net, column(1.0, 2.0), column(1.0), "the handout's example")[which]
    name, back = ("dC_db", "dC_dw")[which], -9 / 256 * LN3
    if which == 0:
        expected = [column(back, -back), column(-3 / 64)]
    else:
        expected = [np.array([[back, -back], [2 * back, -2 * back]]), column(-9 / 256, -3 / 256)]
    for layer in (1, 0):
        ask = LOOK[name] if layer or which else BEHIND
        compare(f"{name}[{layer}] of the handout's 2-2-1 example", answer[layer], expected[layer], ask, 0.1)


def check_bias_gradients(student):
    """dC_db."""
    check_gradients(student, 0)


def check_weight_gradients(student):
    """dC_dw."""
    check_gradients(student, 1)


# ---------------------------------------------------------------- mini_batch_GD


def parameters_of(net):
    """Copies of all parameters: {name: array}; anything that is no list of arrays is Wrong."""
    found = {}
    for name, sizes in (("weights", list(zip(net.sizes, net.sizes[1:]))), ("biases", [(n, 1) for n in net.sizes[1:]])):
        arrays = getattr(net.made, name)
        if not has_length(arrays) or len(arrays) != len(sizes):
            raise Wrong(f"after mini_batch_GD {name} is {kind(arrays)}", "what does your update make of the list?")
        for layer, (array, shape) in enumerate(zip(arrays, sizes)):
            what = f"{name}[{layer}] after mini_batch_GD"
            numbers = as_numbers(what, array).copy()
            if numbers.shape != shape:
                compare(what, numbers, np.zeros(shape), "which shapes meet in your update?")
            found[f"{name}[{layer}]"] = numbers
    return found


def train(net, data, epochs, mini_batch_size, eta=0.5, note="", tests=1):
    """Train; returns the history as floats.

    :raises Wrong: where it is no list with a cost for each epoch
    """
    rng = np.random.default_rng(1)
    test = [(rng.normal(0, 1, (net.sizes[0], 1)).round(2), i % net.sizes[-1]) for i in range(tests)]
    free = ("weights", "biases", "training_data", "test_data")
    given = {"epochs": epochs, "mini_batch_size": mini_batch_size, "eta": eta, "test_data": test}
    try:
        history = net.call("mini_batch_GD", note, free, training_data=data, **given)
    except Exception:
        parameters_of(net)  # what an update made of the parameters may come up far from the update
        raise
    if not has_length(history) or len(history) != epochs:
        many = "one cost" if epochs == 1 else f"a cost for each of the {epochs} epochs"
        raise Wrong(
            f"mini_batch_GD returns {kind(history)}, expected a list with {many}", "where does the return stand?"
        )
    return [scalar(cost) for cost in history]


def one_batch(student, sizes, count, mini_batch_size, eta, seed):
    """One update from one batch, beside the student's own gradients, summed."""
    rng = np.random.default_rng(seed)
    net, data = student.net(sizes, *drawn(seed, sizes)), samples(rng, sizes, count)
    before = parameters_of(net)
    sums = None
    for x, y in data:
        dC_db, dC_dw = net.made.back_propagation(x, y)
        own = [np.array(array, dtype=float) for array in (*dC_dw, *dC_db)]
        sums = own if sums is None else [total + one for total, one in zip(sums, own)]
    costs = train(net, list(data), 1, mini_batch_size, eta)
    after = parameters_of(net)
    for (name, old), total in zip(before.items(), sums):
        step = old - after[name]
        if not step.any() and total.any():
            if count < mini_batch_size:
                ask = "does a last batch that is shorter than mini_batch_size count, too?"
                raise Wrong(f"{name} does not move for a batch of {count}, mini_batch_size {mini_batch_size}", ask)
            raise Wrong(f"{name} does not move", "which line changes it, and is it the network's own array?")
        if count < mini_batch_size and np.allclose(step, eta / count * total):
            continue  # dividing by the batch's own length is as good
        ask = "against the gradients, summed over the batch, times eta / mini_batch_size: which part differs?"
        compare(f"the step of {name} after one batch of {count}", step, eta / mini_batch_size * total, ask, 1e-3)
    ask = "the given lines take the cost after the epoch: are they as they were?"
    compare("the cost after the epoch", costs[0], scalar(net.made.cost(data)), ask)


def batches_one_by_one(student, sizes, count, size, seed):
    """An epoch is its batches one after the other, in the order that the given lines shuffle the data into."""
    rng = np.random.default_rng(seed)
    weights, biases = drawn(seed, sizes)
    data, eta = samples(rng, sizes, count), 0.3
    whole, pieces = student.net(sizes, weights, biases), student.net(sizes, weights, biases)
    order = list(data)
    random.Random(whole.made.seed).shuffle(order)
    train(whole, list(data), 1, size, eta)
    case = student.report.case
    for start in range(0, count, size):
        train(pieces, order[start : start + size], 1, size, eta)
    student.report.case = case
    ask = (
        "does every batch take a step of its own, from the weights of now and its own gradients, in the shuffled order?"
    )
    compare_parameters(whole, pieces, f"after an epoch in batches of {size}, beside the batches one by one", ask)


def compare_parameters(one, other, what, ask):
    """Two networks that should have come to the same parameters."""
    expected = parameters_of(other)
    for name, got in parameters_of(one).items():
        compare(f"{name} {what},", got, expected[name], ask, 1e-2)


def epochs_one_by_one(student, sizes, count, size, seed, epochs):
    """Epochs are epochs one after the other, each with its cost."""
    rng = np.random.default_rng(seed)
    weights, biases = drawn(seed, sizes)
    data, eta = samples(rng, sizes, count), 0.1
    whole, pieces = student.net(sizes, weights, biases), student.net(sizes, weights, biases)
    costs = train(whole, list(data), epochs, size, eta, tests=3)
    case, again, expected = student.report.case, list(data), []
    for _ in range(epochs):
        train(pieces, again, 1, size, eta)
        expected.append(scalar(pieces.made.cost(again)))
    student.report.case = case
    ask = "what does the second epoch begin with? Is anything kept, or lost, between the epochs?"
    compare_parameters(whole, pieces, f"after {epochs} epochs, beside the epochs one by one", ask)
    for epoch, (got, cost) in enumerate(zip(costs, expected)):
        compare(f"the cost of epoch {epoch + 1} in the history", got, cost, "when is each cost taken, and of what?")
    # the same network once more, from other parameters
    weights, biases = drawn(seed + 50, sizes)
    whole.set(weights, biases)
    fresh = student.net(sizes, weights, biases)
    train(whole, list(data), 1, size, eta, "trained before")
    case = student.report.case
    train(fresh, list(data), 1, size, eta)
    student.report.case = case
    compare_parameters(
        whole, fresh, "of a network that was trained before", "what is left over from the first training?"
    )


def check_mini_batch_GD(student):
    """One step, then what must hold of batches and epochs."""
    one_batch(student, (3, 4, 2), 4, 4, 0.5, 11)  # 0.5 / 4 = 0.125
    one_batch(student, (2, 2), 1, 1, 0.5, 12)
    one_batch(student, (3, 4, 2), 1, 2, 0.5, 13)  # a batch that is not full counts, too
    one_batch(student, (5, 4, 3, 4, 2), 7, 7, 10.5, 14)
    for sizes, count, size, seed in (((3, 4, 2), 6, 2, 15), ((4, 3, 3, 2), 5, 2, 16), (HANDOUT, 7, 3, 17)):
        batches_one_by_one(student, sizes, count, size, seed)
    epochs_one_by_one(student, (3, 4, 2), 6, 2, 18, 3)
    epochs_one_by_one(student, (4, 3, 3, 3, 2), 5, 2, 19, 2)
    fresh = student.owner(3, [6, 5, 4])
    for name, shapes in (("weights", [(6, 5), (5, 4)]), ("biases", [(5, 1), (4, 1)])):
        if [np.shape(array) for array in getattr(fresh, name)] != shapes:
            raise Wrong(f"__init__ makes {name} of other shapes than {shapes}", "is the given __init__ as it was?")


@dataclass(frozen=True)
class Line:
    """One line of the marks: its title, its function, the functions it rests on, and its check."""

    title: str
    function: str
    needs: tuple
    check: object


BACK = ("sigmoid", "sigmoid_derivative", "cost_derivative", "forward_pass")
# In the order to write them: each rests on earlier ones alone.
LINES = (
    Line("sigmoid", "sigmoid", (), check_sigmoid),
    Line("sigmoid_derivative", "sigmoid_derivative", ("sigmoid",), check_sigmoid_derivative),
    Line("cost_derivative", "cost_derivative", (), check_cost_derivative),
    Line("forward_pass", "forward_pass", ("sigmoid",), check_forward_pass),
    Line("cost", "cost", ("sigmoid", "forward_pass"), check_cost),
    Line("back_propagation (biases)", "back_propagation", BACK, check_bias_gradients),
    Line("back_propagation (weights)", "back_propagation", BACK, check_weight_gradients),
    Line("mini_batch_GD", "mini_batch_GD", (*BACK[3:], "cost", "back_propagation"), check_mini_batch_GD),
)


def class_in(module):
    """The student's class: NeuralNetwork, or the only one that has most of the functions.

    :return: (the class or None, what to say about it)
    """
    found = getattr(module, "NeuralNetwork", None)
    if inspect.isclass(found):
        return found, ""
    likely = [
        thing
        for thing in vars(module).values()
        if inspect.isclass(thing) and sum(hasattr(thing, name) for name in FUNCTIONS) > len(FUNCTIONS) / 2
    ]
    if len(likely) == 1:
        return likely[0], f"The class is called {likely[0].__name__}; the lab calls it NeuralNetwork."
    return None, ""


def run(report, owner, wanted=FUNCTIONS):
    """Run the checks of some functions and of those that they rest on.

    :param report: engine.Report
    :param owner: the student's class
    :param wanted: names of functions
    """
    student = Student(owner, report)
    needed = set(wanted).union(*[line.needs for line in LINES if line.function in wanted])
    lines = [line for line in LINES if line.function in needed]
    report.wanted, report.total = set(wanted), len(lines)
    for line in lines:
        with report.line(line.title, line.function, line.needs):
            line.check(student)
