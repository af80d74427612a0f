"""Answers to two versions, written by hand from their handouts and stubs, before their solutions were looked at."""

from textwrap import indent

BY_HAND = {
    "2028-b": {
        "tanh": "return np.tanh(z)",
        "tanh_derivative": "return 1 - self.tanh(z) ** 2",
        "cost": """
total = 0.0
for x, y in training_data:
    a = self.predict(x)
    total += 0.5 * np.sum((a - y) ** 2)
return total
""",
        "cost_slope": "return output_activations - y",
        "predict": """
a = x
for W, b in zip(self.weights, self.biases):
    z = a @ W + b
    a = self.tanh(z)
return z
""",
        "learn": """
sum_db = [np.zeros_like(b) for b in self.biases]
sum_dw = [np.zeros_like(W) for W in self.weights]
for x, y in mini_batch:
    dC_db, dC_dw = self.gradient(x, y)
    sum_db = [total + db for total, db in zip(sum_db, dC_db)]
    sum_dw = [total + dw for total, dw in zip(sum_dw, dC_dw)]
step = eta / mini_batch_size
moves_b = [MOMENTUM * move - step * total for move, total in zip(moves_b, sum_db)]
moves_w = [MOMENTUM * move - step * total for move, total in zip(moves_w, sum_dw)]
self.biases = [b + move for b, move in zip(self.biases, moves_b)]
self.weights = [W + move for W, move in zip(self.weights, moves_w)]
""",
        "gradient": """
a = x
zs = []
activations = [x]
for W, b in zip(self.weights, self.biases):
    z = a @ W + b
    a = self.tanh(z)
    zs.append(z)
    activations.append(a)

dC_db = [np.zeros_like(b) for b in self.biases]
dC_dw = [np.zeros_like(W) for W in self.weights]
last = len(self.weights) - 1
delta = self.cost_slope(zs[-1], y)
for layer in range(last, -1, -1):
    if layer < last:
        delta = (delta @ self.weights[layer + 1].T) * self.tanh_derivative(zs[layer])
    dC_db[layer] = delta
    dC_dw[layer] = activations[layer].T @ delta
return dC_db, dC_dw
""",
    },
    "2029-a": {
        "sigmoid": "return 1 / (1 + np.exp(-z))",
        "sigmoid_derivative": """
a = self.sigmoid(z)
return a * (1 - a)
""",
        "cost": """
total = 0.0
for x, y in training_data:
    a = self.propagate(x)
    total -= np.sum(y * np.log(a) + (1 - y) * np.log(1 - a))
return total
""",
        "cost_derivative": "return (output_activations - y) / (output_activations * (1 - output_activations))",
        "propagate": """
a = x
for W, b in zip(self.weights, self.biases):
    a = self.sigmoid(W @ a + b)
return a
""",
        "train_network": """
sum_db = [np.zeros_like(b) for b in self.biases]
sum_dw = [np.zeros_like(W) for W in self.weights]
for x, y in mini_batch:
    dC_dw, dC_db = self.backward_pass(x, y)
    sum_db = [total + db for total, db in zip(sum_db, dC_db)]
    sum_dw = [total + dw for total, dw in zip(sum_dw, dC_dw)]
step = eta / mini_batch_size
moves_b = [MOMENTUM * move - step * total for move, total in zip(moves_b, sum_db)]
moves_w = [MOMENTUM * move - step * total for move, total in zip(moves_w, sum_dw)]
self.biases = [b + move for b, move in zip(self.biases, moves_b)]
self.weights = [W + move for W, move in zip(self.weights, moves_w)]
""",
        "backward_pass": """
a = x
zs = []
activations = [x]
for W, b in zip(self.weights, self.biases):
    z = W @ a + b
    a = self.sigmoid(z)
    zs.append(z)
    activations.append(a)

dC_db = [np.zeros_like(b) for b in self.biases]
dC_dw = [np.zeros_like(W) for W in self.weights]
dC_da = self.cost_derivative(activations[-1], y)
for layer in range(len(self.weights) - 1, -1, -1):
    delta = dC_da * self.sigmoid_derivative(zs[layer])
    dC_db[layer] = delta
    dC_dw[layer] = delta @ activations[layer].T
    dC_da = self.weights[layer].T @ delta
return dC_dw, dC_db
""",
    },
}


def by_hand(name: str, stub: str) -> str:
    """The stub of a version with the answers filled in."""
    for function, body in BY_HAND[name].items():
        todo = f'raise NotImplementedError("{function}")'
        (line,) = (line for line in stub.split("\n") if line.strip() == todo)
        stub = stub.replace(line, indent(body.strip("\n"), line[: line.index("raise")]))
    return stub
