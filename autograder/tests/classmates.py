"""Four right answers to q1, written apart from each other and from the solution: what independent work looks like.

Each is {function: its body}; `classmate` puts them into the stub. `disguised` is what a copy looks
like whose author renamed and reordered it.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import textwrap

from tests.classes import stub

SCIPY_STYLE = {
    "sigmoid": "return 0.5 * (np.tanh(0.5 * z) + 1.0)",
    "sigmoid_derivative": "s = NeuralNetwork.sigmoid(z)\nreturn s - s**2",
    "cost": """\
return 0.5 * sum(float(np.linalg.norm(self.forward_pass(x) - y) ** 2) for x, y in training_data)
""",
    "cost_derivative": "return np.subtract(output_activations, y)",
    "forward_pass": """\
for i in range(self.num_layers - 1):
    x = self.sigmoid(np.dot(self.weights[i].transpose(), x) + self.biases[i])
return x
""",
    "mini_batch_GD": """\
nabla_b = [np.zeros(b.shape) for b in self.biases]
nabla_w = [np.zeros(w.shape) for w in self.weights]
for x, y in mini_batch:
    delta_nabla_b, delta_nabla_w = self.back_propagation(x, y)
    nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]
    nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]
self.weights = [w - (eta / mini_batch_size) * nw for w, nw in zip(self.weights, nabla_w)]
self.biases = [b - (eta / mini_batch_size) * nb for b, nb in zip(self.biases, nabla_b)]
""",
    "back_propagation": """\
nabla_b = [np.zeros(b.shape) for b in self.biases]
nabla_w = [np.zeros(w.shape) for w in self.weights]
activation = x
activations = [x]
zs = []
for b, w in zip(self.biases, self.weights):
    z = np.dot(w.transpose(), activation) + b
    zs.append(z)
    activation = self.sigmoid(z)
    activations.append(activation)
delta = self.cost_derivative(activations[-1], y) * self.sigmoid_derivative(zs[-1])
nabla_b[-1] = delta
nabla_w[-1] = np.dot(activations[-2], delta.transpose())
for l in range(2, self.num_layers):
    sp = self.sigmoid_derivative(zs[-l])
    delta = np.dot(self.weights[-l + 1], delta) * sp
    nabla_b[-l] = delta
    nabla_w[-l] = np.dot(activations[-l - 1], delta.transpose())
return nabla_b, nabla_w
""",
}

PLAIN_LOOPS = {
    "sigmoid": """\
out = np.zeros(z.shape)
for k in range(z.shape[0]):
    for j in range(z.shape[1]):
        out[k, j] = 1.0 / (1.0 + np.exp(-z[k, j]))
return out
""",
    "sigmoid_derivative": """\
out = np.zeros(z.shape)
sig = self.sigmoid(z)
for k in range(len(z)):
    out[k] = sig[k] * (1.0 - sig[k])
return out
""",
    "cost": """\
c = 0.0
for sample in training_data:
    prediction = self.forward_pass(sample[0])
    for k in range(len(prediction)):
        c = c + (prediction[k, 0] - sample[1][k, 0]) ** 2
return c / 2
""",
    "cost_derivative": """\
d = []
for k in range(len(y)):
    d.append([output_activations[k, 0] - y[k, 0]])
return np.array(d)
""",
    "forward_pass": """\
current = x
for layer in range(len(self.weights)):
    w = self.weights[layer]
    nxt = np.zeros((w.shape[1], 1))
    for to in range(w.shape[1]):
        s = self.biases[layer][to, 0]
        for frm in range(w.shape[0]):
            s += w[frm, to] * current[frm, 0]
        nxt[to, 0] = s
    current = self.sigmoid(nxt)
return current
""",
    "mini_batch_GD": """\
grads = [self.back_propagation(sample[0], sample[1]) for sample in mini_batch]
for layer in range(len(self.weights)):
    gb = 0
    gw = 0
    for g in grads:
        gb = gb + g[0][layer]
        gw = gw + g[1][layer]
    self.biases[layer] = self.biases[layer] - eta * gb / mini_batch_size
    self.weights[layer] = self.weights[layer] - eta * gw / mini_batch_size
""",
    "back_propagation": """\
n = len(self.weights)
a = [x]
for layer in range(n):
    pre = np.matmul(self.weights[layer].T, a[layer]) + self.biases[layer]
    a.append(self.sigmoid(pre))
err = [None] * n
for layer in reversed(range(n)):
    out = a[layer + 1]
    slope = out * (1 - out)
    if layer == n - 1:
        err[layer] = self.cost_derivative(out, y) * slope
    else:
        err[layer] = np.matmul(self.weights[layer + 1], err[layer + 1]) * slope
dw = []
for layer in range(n):
    g = np.zeros(self.weights[layer].shape)
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            g[i, j] = a[layer][i, 0] * err[layer][j, 0]
    dw.append(g)
return err, dw
""",
}

RECURSION = {
    "sigmoid": "e = np.exp(-np.abs(z))\nreturn np.where(z >= 0, 1 / (1 + e), e / (1 + e))",
    "sigmoid_derivative": "return np.multiply(self.sigmoid(z), self.sigmoid(-z))",
    "cost": """\
xs = np.hstack([pair[0] for pair in training_data])
ys = np.hstack([pair[1] for pair in training_data])
residual = self.forward_pass(xs) - ys
return float(np.vdot(residual, residual)) / 2.0
""",
    "cost_derivative": "return -(y - output_activations)",
    "forward_pass": """\
def through(depth, signal):
    if depth == len(self.weights):
        return signal
    return through(depth + 1, self.sigmoid(self.weights[depth].T.dot(signal) + self.biases[depth]))

return through(0, x)
""",
    "mini_batch_GD": """\
rate = eta / mini_batch_size
collected = [self.back_propagation(*pair) for pair in mini_batch]
self.biases = [old - rate * np.sum(news, axis=0) for old, news in zip(self.biases, zip(*(c[0] for c in collected)))]
self.weights = [old - rate * np.sum(news, axis=0) for old, news in zip(self.weights, zip(*(c[1] for c in collected)))]
""",
    "back_propagation": """\
def descend(depth, signal):
    pre = self.weights[depth].T.dot(signal) + self.biases[depth]
    post = self.sigmoid(pre)
    if depth + 1 == len(self.weights):
        upstream, rest_b, rest_w = self.cost_derivative(post, y), [], []
    else:
        upstream, rest_b, rest_w = descend(depth + 1, post)
    local = np.multiply(upstream, self.sigmoid_derivative(pre))
    return self.weights[depth].dot(local), [local, *rest_b], [np.outer(signal, local), *rest_w]

_, grads_b, grads_w = descend(0, x)
return grads_b, grads_w
""",
}

EINSUM = {
    "sigmoid": "return np.reciprocal(1 + np.exp(np.negative(z)))",
    "sigmoid_derivative": "ez = np.exp(-np.abs(z))\nreturn ez / np.square(1 + ez)",
    "cost": """\
errors = np.concatenate([self.forward_pass(features) - target for features, target in training_data])
return np.einsum("ij,ij->", errors, errors).item() * 0.5
""",
    "cost_derivative": "difference = np.array(output_activations)\ndifference -= y\nreturn difference",
    "forward_pass": """\
hidden = np.array(x)
params = list(zip(self.weights, self.biases))
while params:
    matrix, offset = params.pop(0)
    hidden = self.sigmoid(np.einsum("io,ib->ob", matrix, hidden) + offset)
return hidden
""",
    "mini_batch_GD": """\
totals = None
for features, target in mini_batch:
    parts = self.back_propagation(features, target)
    if totals is None:
        totals = [[np.copy(p) for p in group] for group in parts]
    else:
        for group, more in zip(totals, parts):
            for kept, p in zip(group, more):
                kept += p
for where, group in zip((self.biases, self.weights), totals):
    for parameter, total in zip(where, group):
        parameter -= total * (eta / mini_batch_size)
""",
    "back_propagation": """\
record = []
hidden = x
for matrix, offset in zip(self.weights, self.biases):
    before = hidden
    weighted = np.einsum("io,ib->ob", matrix, before) + offset
    hidden = self.sigmoid(weighted)
    record.append((matrix, before, weighted))
bias_grads, weight_grads = [], []
signal = self.cost_derivative(hidden, y)
while record:
    matrix, before, weighted = record.pop()
    signal = signal * self.sigmoid_derivative(weighted)
    bias_grads.insert(0, signal)
    weight_grads.insert(0, np.einsum("ib,ob->io", before, signal))
    signal = np.einsum("io,ob->ib", matrix, signal)
return bias_grads, weight_grads
""",
}

STYLES = {"scipy": SCIPY_STYLE, "loops": PLAIN_LOOPS, "recursion": RECURSION, "einsum": EINSUM}


def classmate(style: str) -> str:
    """The stub with one person's answers in it."""
    text = stub()
    for function, body in STYLES[style].items():
        pattern = re.compile(rf'^( +)raise NotImplementedError\("{function}"\)\n', re.M)
        place = pattern.search(text)
        assert place, function
        text = text[: place.start()] + textwrap.indent(body.rstrip("\n") + "\n", place[1]) + text[place.end() :]
    return text


def renamed(text: str) -> str:
    """A copy with every variable of its author's renamed, and comments of its own."""
    tree = ast.parse(text)
    stub_names = set(re.findall(r"\w+", stub()))
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    own -= stub_names | set(dir(builtins)) | set(keyword.kwlist)
    names = {name: f"my_{name[::-1]}" for name in own}
    pattern = re.compile(rf"(?<![\w.])({'|'.join(map(re.escape, sorted(names)))})\b" if names else r"(?!)")
    changed = pattern.sub(lambda match: names[match[0]], text)
    return re.sub(r"\n( +)(return .*)", r"\n\1# and here it is\n\1\2", changed)


def reordered(text: str) -> str:
    """A copy with the class's methods in another order."""
    lines = text.splitlines(keepends=True)
    (network,) = (node for node in ast.parse(text).body if isinstance(node, ast.ClassDef))
    methods = [node for node in network.body if isinstance(node, ast.FunctionDef)]
    spans = [(min([m.lineno, *(d.lineno for d in m.decorator_list)]) - 1, m.end_lineno or 0) for m in methods]
    # what stands between two methods goes with the first of them
    spans = [(first, following[0]) for (first, _), following in zip(spans, [*spans[1:], (spans[-1][1], 0)])]
    pieces = ["".join(lines[first:last]).rstrip() + "\n\n" for first, last in spans]
    return "".join([*lines[: spans[0][0]], *reversed(pieces), "\n", *lines[spans[-1][1] :]])


def disguised(text: str) -> str:
    """A copy that was renamed and reordered."""
    return reordered(renamed(text))
