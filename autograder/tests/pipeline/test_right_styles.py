"""Right ways of writing q1, in the styles that students have, get full marks through the whole pipeline.

These are the styles that are no small edit of the solution; those that are stand in the lab's VARIANTS.
"""

from __future__ import annotations

import pytest

from neural_lab.grading.reference import locate
from tests.hand_ins import SOLUTION, hand_in, lost_all_of, marks_but, marks_of, with_bodies

SLOW = "finite differences of its own loss"
WITHOUT_BACK_PROPAGATION = "the batch as a stack of columns, with the helpers"

SIGMOID = {
    "nested lists and back": """
        @staticmethod
        def sigmoid(z):
            import math
            rows = []
            for row in z.tolist():
                rows.append([1.0 / (1.0 + math.e ** -value) for value in row])
            return np.array(rows)
        """,
    "np.vectorize of a stable scalar function": """
        @staticmethod
        def sigmoid(z):
            def one(v):
                if v >= 0:
                    return 1 / (1 + np.exp(-v))
                return np.exp(v) / (1 + np.exp(v))
            return np.vectorize(one, otypes=[float])(z)
        """,
    "masks": """
        @staticmethod
        def sigmoid(z):
            out = np.empty(z.shape)
            positive = z >= 0
            out[positive] = 1 / (1 + np.exp(-z[positive]))
            e = np.exp(z[~positive])
            out[~positive] = e / (1 + e)
            return out
        """,
    "in place on a copy": """
        @staticmethod
        def sigmoid(z):
            out = z.copy()
            np.negative(out, out=out)
            np.exp(out, out=out)
            out += 1
            np.reciprocal(out, out=out)
            return out
        """,
    "a subclass of ndarray": """
        @staticmethod
        def sigmoid(z):
            class Column(np.ndarray):
                pass
            return (1 / (1 + np.exp(-np.asarray(z)))).view(Column)
        """,
    "a record array's view": """
        @staticmethod
        def sigmoid(z):
            return (1 / (1 + np.exp(-z))).view(np.recarray)
        """,
    "np.logaddexp": """
        @staticmethod
        def sigmoid(z):
            return np.exp(-np.logaddexp(0, -z))
        """,
    "a generator inside": """
        @staticmethod
        def sigmoid(z):
            values = (1 / (1 + np.exp(-v)) for v in z.flat)
            return np.fromiter(values, float, z.size).reshape(z.shape)
        """,
    "a reduction to tanh by recursion": """
        @staticmethod
        def sigmoid(z):
            def half(values):
                if len(values) == 1:
                    return [0.5 + 0.5 * np.tanh(values[0] / 2)]
                middle = len(values) // 2
                return half(values[:middle]) + half(values[middle:])
            return np.array(half(list(z.ravel()))).reshape(z.shape)
        """,
    "a class method": """
        @classmethod
        def sigmoid(cls, z):
            return 1 / (1 + np.exp(-z))
        """,
    "long double": """
        @staticmethod
        def sigmoid(z):
            return 1 / (1 + np.exp(-z.astype(np.longdouble)))
        """,
    "an array in Fortran's order": """
        @staticmethod
        def sigmoid(z):
            return np.asfortranarray(1 / (1 + np.exp(-z)))
        """,
    "any number of arguments": """
        @staticmethod
        def sigmoid(*args, **options):
            return 1 / (1 + np.exp(-args[0]))
        """,
}

SLOPE = {
    "static": """
        @staticmethod
        def sigmoid_derivative(z):
            s = NeuralNetwork.sigmoid(z)
            return s * (1 - s)
        """,
    "through the class": """
        def sigmoid_derivative(self, z):
            return NeuralNetwork.sigmoid(z) * (1 - NeuralNetwork.sigmoid(z))
        """,
    "an extra parameter": """
        def sigmoid_derivative(self, z, already_activated=False):
            a = z if already_activated else self.sigmoid(z)
            return a * (1 - a)
        """,
    "entry by entry through sigmoid": """
        def sigmoid_derivative(self, z):
            slope = np.zeros(z.shape)
            for i in range(z.shape[0]):
                for j in range(z.shape[1]):
                    s = self.sigmoid(z[i, j])
                    slope[i, j] = s * (1 - s)
            return slope
        """,
    "hyperbolic cosine": """
        def sigmoid_derivative(self, z):
            return 0.25 / np.cosh(z / 2) ** 2
        """,
    "a diagonal": """
        def sigmoid_derivative(self, z):
            a = self.sigmoid(z)
            return np.diag(a[:, 0]) @ (1 - a)
        """,
    "a lambda": """
        sigmoid_derivative = lambda self, z: self.sigmoid(z) * (1 - self.sigmoid(z))

        def sigmoid_derivative_of_the_stub(self, z):
            raise NotImplementedError
        """,
}

COST = {
    "a generator in sum": """
        def cost(self, training_data):
            return sum(((self.forward_pass(x) - y) ** 2).sum() for x, y in training_data) / 2
        """,
    "fsum over all outputs": """
        def cost(self, training_data):
            import math
            return math.fsum(
                (float(a) - float(t)) ** 2 / 2
                for x, y in training_data
                for a, t in zip(np.ravel(self.forward_pass(x)), np.ravel(y))
            )
        """,
    "matrices of one entry": """
        def cost(self, training_data):
            total = np.zeros((1, 1))
            for x, y in training_data:
                difference = self.forward_pass(x) - y
                total += 0.5 * difference.T @ difference
            return total
        """,
    "a NumPy scalar in single precision": """
        def cost(self, training_data):
            squares = [np.sum(np.square(self.forward_pass(x) - y)) for x, y in training_data]
            return np.float32(0.5) * np.float32(sum(squares))
        """,
    "einsum of a stack": """
        def cost(self, training_data):
            outputs = np.stack([self.forward_pass(x) for x, _ in training_data])
            wanted = np.stack([y for _, y in training_data])
            return 0.5 * np.einsum("noi,noi->", outputs - wanted, outputs - wanted)
        """,
    "map and reduce": """
        def cost(self, training_data):
            from functools import reduce
            one = lambda pair: 0.5 * np.linalg.norm(self.forward_pass(pair[0]) - pair[1]) ** 2
            return reduce(lambda s, t: s + t, map(one, training_data), 0)
        """,
    "recursion over the samples": """
        def cost(self, training_data):
            if not training_data:
                return 0.0
            (x, y), *rest = training_data
            a = self.forward_pass(x)
            return 0.5 * float(np.sum((a - y) ** 2)) + self.cost(rest)
        """,
    "with cost_derivative": """
        def cost(self, training_data):
            return sum(0.5 * np.sum(self.cost_derivative(self.forward_pass(x), y) ** 2) for x, y in training_data)
        """,
}

COST_DERIVATIVE = {
    "an ordinary method": """
        def cost_derivative(self, output_activations, y):
            return output_activations - y
        """,
    "other names and order of work": """
        @staticmethod
        def cost_derivative(a, target):
            error = np.array(a, copy=True)
            error -= target
            return error
        """,
    "a comprehension": """
        @staticmethod
        def cost_derivative(output_activations, y):
            return np.array([[p[0] - t[0]] for p, t in zip(output_activations, y)])
        """,
    "half precision of the formula": """
        @staticmethod
        def cost_derivative(output_activations, y):
            return 2 * (0.5 * output_activations - 0.5 * y)
        """,
    "polynomials": """
        @staticmethod
        def cost_derivative(output_activations, y):
            return np.polyval(np.polyder([0.5, -1.0, 0.0]), output_activations / 1) + 1 - y
        """,
}

FORWARD = {
    "stores zs and activations": """
        def forward_pass(self, x):
            self.activations, self.zs = [x], []
            for W, b in zip(self.weights, self.biases):
                self.zs.append(W.T @ self.activations[-1] + b)
                self.activations.append(self.sigmoid(self.zs[-1]))
            return self.activations[-1]
        """,
    "reduce": """
        def forward_pass(self, x):
            import functools
            return functools.reduce(
                lambda a, layer: self.sigmoid(layer[0].T.dot(a) + layer[1]), zip(self.weights, self.biases), x
            )
        """,
    "flat inside, a column at the end": """
        def forward_pass(self, x):
            a = x.ravel()
            for W, b in zip(self.weights, self.biases):
                a = self.sigmoid(a @ W + b.ravel())
            return a.reshape(-1, 1)
        """,
    "plain lists of numbers": """
        def forward_pass(self, x):
            import math
            a = x.ravel().tolist()
            for W, b in zip(self.weights, self.biases):
                W, b = W.tolist(), b.tolist()
                a = [
                    1 / (1 + math.exp(-(sum(W[i][j] * a[i] for i in range(len(a))) + b[j][0])))
                    for j in range(len(b))
                ]
            return np.array(a)[:, None]
        """,
    "an index that counts while it lasts": """
        def forward_pass(self, x):
            layer, a = 0, x
            while layer < self.num_layers - 1:
                a = self.sigmoid(np.tensordot(self.weights[layer], a, axes=(0, 0)) + self.biases[layer])
                layer += 1
            return a
        """,
    "an extra parameter for the first layer": """
        def forward_pass(self, x, layer=0):
            if layer == len(self.weights):
                return x
            return self.forward_pass(self.sigmoid(self.weights[layer].T @ x + self.biases[layer]), layer + 1)
        """,
    "in place": """
        def forward_pass(self, x):
            a = x.copy()
            for W, b in zip(self.weights, self.biases):
                z = b.copy()
                z += W.T @ a
                a = self.sigmoid(z)
            return a
        """,
    "a masked array at the end": """
        def forward_pass(self, x):
            for W, b in zip(self.weights, self.biases):
                x = self.sigmoid(W.T @ x + b)
            return np.ma.masked_array(x, mask=False)
        """,
    "a generator of layers": """
        def forward_pass(self, x):
            def layers(a):
                for W, b in zip(self.weights, self.biases):
                    a = self.sigmoid(np.inner(W.T, a.T) + b)
                    yield a
            return list(layers(x))[-1]
        """,
}

BACKWARD = {
    "vectors without a second axis inside": """
        def back_propagation(self, x, y):
            a = [x[:, 0]]
            for W, b in zip(self.weights, self.biases):
                a.append(self.sigmoid(a[-1] @ W + b[:, 0]))
            delta = (a[-1] - y[:, 0]) * a[-1] * (1 - a[-1])
            dC_db, dC_dw = [delta], [np.outer(a[-2], delta)]
            for l in range(len(self.weights) - 1, 0, -1):
                delta = (self.weights[l] @ delta) * a[l] * (1 - a[l])
                dC_db.insert(0, delta)
                dC_dw.insert(0, np.outer(a[l - 1], delta))
            return [db.reshape(-1, 1) for db in dC_db], dC_dw
        """,
    "explicit loops over everything": """
        def back_propagation(self, x, y):
            a = [x]
            for W, b in zip(self.weights, self.biases):
                z = np.zeros((W.shape[1], 1))
                for j in range(W.shape[1]):
                    z[j, 0] = b[j, 0] + sum(float(W[i, j]) * float(a[-1][i, 0]) for i in range(W.shape[0]))
                a.append(self.sigmoid(z))
            L = len(self.weights)
            dC_db = [np.zeros(b.shape) for b in self.biases]
            dC_dw = [np.zeros(W.shape) for W in self.weights]
            for l in reversed(range(L)):
                for j in range(dC_db[l].shape[0]):
                    if l == L - 1:
                        up = a[-1][j, 0] - y[j, 0]
                    else:
                        outgoing = self.weights[l + 1][j]
                        up = sum(outgoing[k] * dC_db[l + 1][k, 0] for k in range(len(outgoing)))
                    dC_db[l][j, 0] = up * a[l + 1][j, 0] * (1 - a[l + 1][j, 0])
                    for i in range(dC_dw[l].shape[0]):
                        dC_dw[l][i, j] = a[l][i, 0] * dC_db[l][j, 0]
            return dC_db, dC_dw
        """,
    SLOW: """
        def back_propagation(self, x, y):
            def loss():
                a = x
                for W, b in zip(self.weights, self.biases):
                    a = 1 / (1 + np.exp(-(W.T @ a + b)))
                return 0.5 * np.sum((a - y) ** 2)

            def slopes(arrays):
                result = []
                for array in arrays:
                    slope = np.zeros_like(array)
                    for index in np.ndindex(array.shape):
                        old = array[index]
                        array[index] = old + 1e-5
                        up = loss()
                        array[index] = old - 1e-5
                        down = loss()
                        array[index] = old
                        slope[index] = (up - down) / 2e-5
                    result.append(slope)
                return result
            return slopes(self.biases), slopes(self.weights)
        """,
    "dual lists that are dictionaries inside": """
        def back_propagation(self, x, y):
            L = self.num_layers - 1
            z, a, delta = {}, {0: x}, {}
            for l in range(1, L + 1):
                z[l] = self.weights[l - 1].T @ a[l - 1] + self.biases[l - 1]
                a[l] = self.sigmoid(z[l])
            delta[L] = self.cost_derivative(a[L], y) * self.sigmoid_derivative(z[L])
            for l in range(L - 1, 0, -1):
                delta[l] = self.weights[l] @ delta[l + 1] * self.sigmoid_derivative(z[l])
            return [delta[l] for l in range(1, L + 1)], [a[l - 1] @ delta[l].T for l in range(1, L + 1)]
        """,
    "stacked where the layers are of one shape": """
        def back_propagation(self, x, y):
            a = [x]
            for W, b in zip(self.weights, self.biases):
                a.append(self.sigmoid(W.T @ a[-1] + b))
            delta, db, dw = self.cost_derivative(a[-1], y), [], []
            for l in range(len(self.weights))[::-1]:
                delta = delta * a[l + 1] * (1 - a[l + 1])
                db.append(delta)
                dw.append(a[l] * delta.T)
                delta = self.weights[l] @ delta
            if len({w.shape for w in dw}) == 1:
                return np.array(db[::-1]), np.array(dw[::-1])
            return db[::-1], dw[::-1]
        """,
    "one array that holds both lists": """
        def back_propagation(self, x, y):
            a, zs = [x], []
            for W, b in zip(self.weights, self.biases):
                zs.append(W.T @ a[-1] + b)
                a.append(self.sigmoid(zs[-1]))
            both = np.empty((2, len(zs)), dtype=object)
            delta = self.cost_derivative(a[-1], y) * self.sigmoid_derivative(zs[-1])
            for l in range(len(zs) - 1, -1, -1):
                both[0, l], both[1, l] = delta, a[l] @ delta.T
                if l:
                    delta = self.weights[l] @ delta * self.sigmoid_derivative(zs[l - 1])
            return both
        """,
    "Jacobian matrices, forward": """
        def back_propagation(self, x, y):
            zs, activations = [], [x]
            for W, b in zip(self.weights, self.biases):
                zs.append(W.T @ activations[-1] + b)
                activations.append(self.sigmoid(zs[-1]))
            row = self.cost_derivative(activations[-1], y).T
            db, dw = [], []
            for W, z, a in list(zip(self.weights, zs, activations))[::-1]:
                row = row @ np.diagflat(self.sigmoid_derivative(z))
                db = [row.T, *db]
                dw = [a @ row, *dw]
                row = row @ W.T
            return db, dw
        """,
    "the whole net as a column of several samples": """
        def back_propagation(self, x, y):
            X, Y = np.hstack([x, x]), np.hstack([y, y])
            a = [X]
            for W, b in zip(self.weights, self.biases):
                a.append(self.sigmoid(W.T @ a[-1] + b))
            D = [None] * len(self.weights)
            D[-1] = self.cost_derivative(a[-1], Y) * a[-1] * (1 - a[-1])
            for l in range(len(D) - 2, -1, -1):
                D[l] = self.weights[l + 1] @ D[l + 1] * a[l + 1] * (1 - a[l + 1])
            dC_db = [d.mean(axis=1, keepdims=True) for d in D]
            return dC_db, [p @ d.T / 2 for p, d in zip(a, D)]
        """,
    "extra parameters with defaults": """
        def back_propagation(self, x, y, scale=1.0, keep=None):
            zs, a = [], [x]
            for W, b in zip(self.weights, self.biases):
                zs.append(W.T @ a[-1] + b)
                a.append(self.sigmoid(zs[-1]))
            delta, db, dw = self.cost_derivative(a[-1], y), (), ()
            for l in range(len(zs) - 1, -1, -1):
                delta = scale * delta * self.sigmoid_derivative(zs[l])
                db, dw = (delta, *db), (a[l] @ delta.T, *dw)
                delta = self.weights[l] @ delta
            return db, dw
        """,
}

TRAINING_LOOP = """
    def mini_batch_GD(self, training_data, epochs, mini_batch_size, eta, test_data):
        cost_history = []
        for epoch in range(epochs):
            random.Random(self.seed).shuffle(training_data)
            mini_batches = [
                training_data[start : start + mini_batch_size]
                for start in range(0, len(training_data), mini_batch_size)
            ]
            for mini_batch in mini_batches:
                UPDATE
            self.test_accuracy(test_data)
            cost_history.append(self.cost(training_data))
        return cost_history
"""
UPDATES = {
    "subtracted sample by sample from the start of the batch": """
                new_b, new_w = [b.copy() for b in self.biases], [W.copy() for W in self.weights]
                for x, y in mini_batch:
                    db, dw = self.back_propagation(x, y)
                    for l in range(len(db)):
                        new_b[l] -= eta / mini_batch_size * db[l]
                        new_w[l] -= eta / mini_batch_size * dw[l]
                self.biases, self.weights = new_b, new_w""",
    "weight by weight": """
                gradients = [self.back_propagation(x, y) for x, y in mini_batch]
                for l, W in enumerate(self.weights):
                    for j in range(W.shape[1]):
                        self.biases[l][j, 0] -= eta * sum(g[0][l][j, 0] for g in gradients) / mini_batch_size
                        for i in range(W.shape[0]):
                            W[i, j] -= eta * sum(g[1][l][i, j] for g in gradients) / mini_batch_size""",
    "a helper method's result, by einsum over stacked gradients": """
                pairs = [self.back_propagation(*sample) for sample in mini_batch]
                per_layer = [[np.stack(g) for g in zip(*side)] for side in zip(*pairs)]
                ones = np.full(len(mini_batch), eta / mini_batch_size)
                self.biases = [b - np.einsum("n,nij->ij", ones, g) for b, g in zip(self.biases, per_layer[0])]
                self.weights = [w - np.einsum("n,nij->ij", ones, g) for w, g in zip(self.weights, per_layer[1])]""",
    WITHOUT_BACK_PROPAGATION: """
                x = np.stack([x for x, _ in mini_batch])
                y = np.stack([y for _, y in mini_batch])
                zs, a = [], [x]
                for W, b in zip(self.weights, self.biases):
                    zs.append(W.T @ a[-1] + b)
                    a.append(self.sigmoid(zs[-1]))
                delta = self.cost_derivative(a[-1], y)
                new_b, new_w = list(self.biases), list(self.weights)
                for l in range(len(zs) - 1, -1, -1):
                    delta = delta * self.sigmoid_derivative(zs[l])
                    new_b[l] = self.biases[l] - eta / mini_batch_size * delta.sum(axis=0)
                    new_w[l] = self.weights[l] - eta / mini_batch_size * np.einsum("nik,njk->ij", a[l], delta)
                    delta = self.weights[l] @ delta
                self.biases, self.weights = new_b, new_w""",
    "single precision": """
                total_b = [np.zeros(b.shape, np.float32) for b in self.biases]
                total_w = [np.zeros(W.shape, np.float32) for W in self.weights]
                for x, y in mini_batch:
                    db, dw = self.back_propagation(x, y)
                    total_b = [t + np.float32(d) for t, d in zip(total_b, db)]
                    total_w = [t + np.float32(d) for t, d in zip(total_w, dw)]
                self.biases = [b - np.float32(eta / mini_batch_size) * t for b, t in zip(self.biases, total_b)]
                self.weights = [W - np.float32(eta / mini_batch_size) * t for W, t in zip(self.weights, total_w)]""",
    "parameters as arrays of objects": """
                sums = None
                for x, y in mini_batch:
                    db, dw = self.back_propagation(x, y)
                    step = np.empty((2, len(db)), dtype=object)
                    for l in range(len(db)):
                        step[0, l], step[1, l] = db[l], dw[l]
                    sums = step if sums is None else sums + step
                sums = sums * (eta / mini_batch_size)
                self.biases = [b - s for b, s in zip(self.biases, sums[0])]
                self.weights = [w - s for w, s in zip(self.weights, sums[1])]""",
    "a last batch over its own length": """
                gradients = [self.back_propagation(x, y) for x, y in mini_batch]
                for l in range(len(self.weights)):
                    self.biases[l] = self.biases[l] - eta * np.mean([g[0][l] for g in gradients], axis=0)
                    self.weights[l] = self.weights[l] - eta * np.mean([g[1][l] for g in gradients], axis=0)""",
    "a closure and setattr": """
                def total(side):
                    return [sum(arrays) for arrays in zip(*(self.back_propagation(x, y)[side] for x, y in mini_batch))]
                changes = {"biases": total(0), "weights": total(1)}
                for name, sums in changes.items():
                    setattr(self, name, [p - eta * s / mini_batch_size for p, s in zip(getattr(self, name), sums)])""",
}

# a forward_pass that leaves behind, or hands over, what back_propagation uses
STATEFUL = {
    "forward_pass": FORWARD["stores zs and activations"],
    "back_propagation": """
        def back_propagation(self, x, y):
            self.forward_pass(x)
            delta = self.cost_derivative(self.activations[-1], y) * self.sigmoid_derivative(self.zs[-1])
            db, dw = [delta], [self.activations[-2] @ delta.T]
            for l in range(2, self.num_layers):
                delta = self.weights[-l + 1] @ delta * self.sigmoid_derivative(self.zs[-l])
                db.insert(0, delta)
                dw.insert(0, self.activations[-l - 1] @ delta.T)
            return db, dw
        """,
}
HANDING_OVER = {
    "forward_pass": """
        def forward_pass(self, x, everything=False):
            zs, activations = [], [x]
            for W, b in zip(self.weights, self.biases):
                zs.append(W.T @ activations[-1] + b)
                activations.append(self.sigmoid(zs[-1]))
            return (zs, activations) if everything else activations[-1]
        """,
    "back_propagation": """
        def back_propagation(self, x, y):
            zs, a = self.forward_pass(x, everything=True)
            delta, db, dw = self.cost_derivative(a[-1], y), [], []
            for l in reversed(range(len(zs))):
                delta = delta * self.sigmoid_derivative(zs[l])
                db.insert(0, delta)
                dw.insert(0, a[l] @ delta.T)
                delta = self.weights[l] @ delta
            return db, dw
        """,
}
SHARED = {
    "a forward_pass that stores what back_propagation uses": STATEFUL,
    "a forward_pass that returns more when asked": HANDING_OVER,
    "a back_propagation that also keeps the sums mini_batch_GD uses": {
        "back_propagation": locate(SOLUTION, "NeuralNetwork.back_propagation").text.replace(
            "return dC_db, dC_dw", "self.last = (dC_db, dC_dw)\n    return self.last"
        ),
        "mini_batch_GD": TRAINING_LOOP.replace(
            "UPDATE",
            """
                db, dw = [0.0] * len(self.biases), [0.0] * len(self.weights)
                for x, y in mini_batch:
                    self.back_propagation(x, y)
                    for l in range(len(db)):
                        db[l], dw[l] = db[l] + self.last[0][l], dw[l] + self.last[1][l]
                self.biases = [b - eta / mini_batch_size * s for b, s in zip(self.biases, db)]
                self.weights = [w - eta / mini_batch_size * s for w, s in zip(self.weights, dw)]""",
        ),
    },
}

MODULE_LEVEL = """
    def _curve(z):
        return 1.0 / (1.0 + np.exp(-z))


    def _layer(W, b, a):
        return _curve(np.dot(np.transpose(W), a) + b)


    class _Tape:
        def __init__(self):
            self.steps = []

        def __call__(self, W, b, a):
            out = _layer(W, b, a)
            self.steps.append((a, out))
            return out


    KEPT = {}
"""
HELPED = {
    "sigmoid": """
        @staticmethod
        def sigmoid(z):
            return _curve(z)
        """,
    "sigmoid_derivative": """
        def sigmoid_derivative(self, z):
            return _curve(z) * _curve(-z)
        """,
    "forward_pass": """
        def forward_pass(self, x):
            for W, b in zip(self.weights, self.biases):
                x = _layer(W, b, x)
            return x
        """,
    "back_propagation": """
        def back_propagation(self, x, y):
            tape, a = _Tape(), x
            for W, b in zip(self.weights, self.biases):
                a = tape(W, b, a)
            error, db, dw = a - y, [], []
            while tape.steps:
                before, after = tape.steps.pop()
                delta = error * after * (1 - after)
                db.append(delta)
                dw.append(before @ delta.T)
                error = self.weights[len(tape.steps)] @ delta
            return list(reversed(db)), list(reversed(dw))
        """,
}

STYLES = {
    **{
        f"{name}: {style}": {name: body}
        for name, styles in (
            ("sigmoid", SIGMOID),
            ("sigmoid_derivative", SLOPE),
            ("cost", COST),
            ("cost_derivative", COST_DERIVATIVE),
            ("forward_pass", FORWARD),
            ("back_propagation", BACKWARD),
            ("mini_batch_GD", {style: TRAINING_LOOP.replace("UPDATE", text) for style, text in UPDATES.items()}),
        )
        for style, body in styles.items()
    },
    **{f"together: {style}": bodies for style, bodies in SHARED.items()},
}
# training by finite differences would take seconds, and is slow work rather than another style
STYLES[f"back_propagation: {SLOW}"] |= STYLES[f"mini_batch_GD: {WITHOUT_BACK_PROPAGATION}"]


# Right values of a type whose operators are others: what is computed with them later, in the student's own lines, fails
# or does not. (style, marks lost)
OTHER_OPERATORS = {
    "sigmoid: np.matrix, whose entries (1 - a) * a does not multiply": (
        {
            "sigmoid": """
        @staticmethod
        def sigmoid(z):
            return np.asmatrix(1 / (1 + np.exp(-np.asarray(z))))
        """
        },
        {"sigmoid_derivative": 5.0, "cost": 5.0, "back_propagation": 60.0},
    ),
    "sigmoid: a masked array, which W.T @ a does not take": (
        {
            "sigmoid": """
        @staticmethod
        def sigmoid(z):
            return np.ma.masked_array(1 / (1 + np.exp(-z)), mask=False)
        """
        },
        {"forward_pass": 10.0, "back_propagation": 60.0},
    ),
    "forward_pass: np.matrix, which (a - y) ** 2 does not square by entries": (
        {
            "forward_pass": """
        def forward_pass(self, x):
            a = np.matrix(x)
            for W, b in zip(self.weights, self.biases):
                a = np.matrix(self.sigmoid(np.asarray(np.matrix(W).T * a + b)))
            return a
        """
        },
        {"cost": 5.0},
    ),
    "back_propagation: np.matrix, which turns the weights into matrices": (
        {
            "back_propagation": """
        def back_propagation(self, x, y):
            W = [np.matrix(w) for w in self.weights]
            a = [np.matrix(x)]
            for w, b in zip(W, self.biases):
                a.append(np.matrix(self.sigmoid(np.asarray(w.T * a[-1] + b))))
            slope = [np.multiply(s, 1 - s) for s in a[1:]]
            delta = np.multiply(a[-1] - y, slope[-1])
            db, dw = [delta], [a[-2] * delta.T]
            for l in range(2, len(W) + 1):
                delta = np.multiply(W[-l + 1] * delta, slope[-l])
                db.insert(0, delta)
                dw.insert(0, a[-l - 1] * delta.T)
            return db, dw
        """
        },
        {"mini_batch_GD": 10.0},
    ),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.one_in(2)
def test_a_right_style_gets_full_marks(grader, tmp_path, style):
    data = grader.grade(hand_in(tmp_path, with_bodies(STYLES[style])))
    assert marks_of(data) == marks_but()


@pytest.mark.parametrize("style", OTHER_OPERATORS)
@pytest.mark.one_in(4)
def test_a_type_with_other_operators_earns_what_the_later_lines_make_of_it(grader, tmp_path, style):
    bodies, lost = OTHER_OPERATORS[style]
    assert marks_of(grader.grade(hand_in(tmp_path, with_bodies(bodies)))) == marks_but(**lost)


def test_helpers_at_module_level_get_full_marks(grader, tmp_path):
    assert marks_of(grader.grade(hand_in(tmp_path, with_bodies(HELPED, above=MODULE_LEVEL)))) == marks_but()


WRONG_CURVE = {"sigmoid": "@staticmethod\ndef sigmoid(z):\n    return 1 / (1 + np.exp(z))\n"}
WRONG_SLOPE = {"sigmoid_derivative": "def sigmoid_derivative(self, z):\n    return self.sigmoid(z) + 1\n"}
WRONG_DIFFERENCE = {"cost_derivative": "@staticmethod\ndef cost_derivative(a, y):\n    return y - a\n"}
WRONG_COST = {"cost": "def cost(self, training_data):\n    return 1.0\n"}


@pytest.mark.parametrize(
    "wrong",
    [WRONG_CURVE, WRONG_SLOPE, WRONG_DIFFERENCE, WRONG_COST, {**WRONG_CURVE, **WRONG_DIFFERENCE}],
    ids=lambda wrong: " and ".join(wrong),
)
@pytest.mark.parametrize("style", SHARED)
@pytest.mark.one_in(3)
def test_functions_that_share_work_keep_their_marks_when_an_earlier_helper_is_wrong(grader, tmp_path, style, wrong):
    data = grader.grade(hand_in(tmp_path, with_bodies({**SHARED[style], **wrong})))
    assert marks_of(data) == lost_all_of(wrong)


@pytest.mark.parametrize(
    "style",
    [
        *(f"back_propagation: {style}" for style in BACKWARD if style != SLOW),
        *(f"mini_batch_GD: {style}" for style in UPDATES),
        *(f"forward_pass: {style}" for style in FORWARD),
    ],
)
@pytest.mark.one_in(4)
def test_a_right_style_keeps_its_marks_on_a_wrong_sigmoid(grader, tmp_path, style):
    data = grader.grade(hand_in(tmp_path, with_bodies({**STYLES[style], **WRONG_CURVE})))
    assert marks_of(data) == lost_all_of(["sigmoid"])
