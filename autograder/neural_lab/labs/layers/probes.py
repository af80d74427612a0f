"""The probes of the layers lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, first_failure, many, several, together
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers, Probe


def _shapes(rng: np.random.Generator) -> tuple[tuple[int, int, int], ...]:
    """(inputs, outputs, samples); equal numbers turn a swapped axis into a wrong value that can be named."""
    return (2, 4, 1), (4, 3, several(rng)), (3, 3, 3), (2, 3, many(rng))


def _dense(session: Session, weights: np.ndarray, biases: np.ndarray) -> Any:
    layer = session.new("layers", "Dense", *weights.shape)
    _set(session, layer, weights, biases)
    return layer


def _set(session: Session, layer: Any, weights: np.ndarray, biases: np.ndarray) -> None:
    session.set(layer, "weights", weights)
    session.set(layer, "biases", biases)


def _drawn(rng: np.random.Generator, inputs: int, outputs: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases."""
    return rng.normal(0, 1, (inputs, outputs)), rng.normal(0, 1, (1, outputs))


def _samples(count: int) -> str:
    return f"{count} sample{'s' * (count > 1)}"


def dense_forward(session: Session, rng: np.random.Generator) -> Answers:
    first = _dense(session, np.array([[0.5, 1.0, 7.0, 3.0], [1.0, 2.0, 1.0, 0.5]]), np.ones((1, 4)))
    answers: Answers = {"forward([3, 5]) of the worked example": session.call(first, "forward", np.array([[3.0, 5.0]]))}
    for inputs, outputs, samples in _shapes(rng):
        layer = _dense(session, *_drawn(rng, inputs, outputs))
        x, other = (session.put(rng.normal(0, 1, (samples, inputs))) for _ in range(2))
        what = f"Dense({inputs}, {outputs}).forward of {_samples(samples)}"
        answers |= ask(session, layer, "forward", {what: (x,), f"{what}, others": (other,)})
        _set(session, layer, *_drawn(rng, inputs, outputs))
        answers[f"{what}, other weights and biases"] = session.call(layer, "forward", x)
    return answers


def dense_inputs(session: Session, rng: np.random.Generator) -> Answers:
    layer = _dense(session, *_drawn(rng, 3, 2))
    answers: Answers = {}
    for words, samples in (("a batch", 4), ("another batch", 4), ("a large batch", many(rng))):
        done = session.call(layer, "forward", rng.normal(0, 1, (samples, 3)))
        answers[f"layer.inputs after forward of {words}"] = first_failure(done) or session.get(layer, "inputs")
    return answers


def dense_backward(session: Session, rng: np.random.Generator) -> Answers:
    def gradients(layer: Any, x: np.ndarray, dvalues: Any) -> Any:
        failure = first_failure(session.call(layer, "forward", x), session.call(layer, "backward", dvalues))
        return failure or together(*(session.get(layer, name) for name in ("dweights", "dbiases", "dinputs")))

    answers: Answers = {}
    second = _dense(session, np.array([[1.0, 2.0], [0.5, 0.5], [3.0, 1.0], [2.0, 1.0]]), np.ones((1, 2)))
    h, do = np.array([[7.5, 14.0, 27.0, 12.5]]), np.array([[120.5, 62.5]])
    answers["dweights, dbiases, dinputs of the worked example's second layer"] = gradients(second, h, do)
    for inputs, outputs, samples in _shapes(rng):
        layer = _dense(session, *_drawn(rng, inputs, outputs))
        what = f"dweights, dbiases, dinputs of Dense({inputs}, {outputs}) for {_samples(samples)}"
        for again in ("", ", after another batch"):
            x, dvalues = (session.put(rng.normal(0, 1, (samples, n))) for n in (inputs, outputs))
            answers[what + again] = gradients(layer, x, dvalues)
        _set(session, layer, *_drawn(rng, inputs, outputs))
        answers[f"{what}, other weights and biases"] = gradients(layer, x, dvalues)
    return answers


def _activation(name: str, *alphas: float) -> tuple[Probe, Probe]:
    """The probes of an activation's forward and backward; for each alpha if it takes one."""

    def forward(session: Session, rng: np.random.Generator) -> Answers:
        answers: Answers = {}
        for alpha in alphas or (None,):
            layer, words = _new(session, name, alpha)
            for what, samples in (("forward(x)", 4), ("forward(x) of many samples", many(rng))):
                answers |= ask(session, layer, "forward", {f"{words}.{what}": (_inputs(rng, samples),)})
                answers[f"{words}.inputs after {what}"] = session.get(layer, "inputs")
                answers[f"{words}.output after {what}"] = session.get(layer, "output")
        return answers

    def backward(session: Session, rng: np.random.Generator) -> Answers:
        answers: Answers = {}
        for alpha in alphas or (None,):
            layer, words = _new(session, name, alpha)
            for batch, samples in (("a batch", 4), ("another batch", 4), ("a large batch", many(rng))):
                forward = session.call(layer, "forward", _inputs(rng, samples))
                backward = session.call(layer, "backward", rng.normal(0, 1, (samples, 3)))
                dinputs = first_failure(forward, backward) or session.get(layer, "dinputs")
                answers[f"{words}.dinputs for {batch}"] = dinputs
        return answers

    forward.__name__, backward.__name__ = f"{name}_forward", f"{name}_backward"
    return forward, backward


def _new(session: Session, name: str, alpha: float | None) -> tuple[Any, str]:
    arguments = () if alpha is None else (alpha,)
    return session.new("layers", name, *arguments), f"{name}({alpha})" if arguments else name


def _inputs(rng: np.random.Generator, samples: int) -> np.ndarray:
    """Inputs on both sides of zero, none near it: at zero itself ReLU has no slope."""
    signs = rng.permuted(np.resize([1, -1], samples * 3)).reshape(samples, 3)
    return np.asarray(rng.uniform(0.1, 3, (samples, 3)) * signs)


relu_forward, relu_backward = _activation("ActivationRelu")
sig_forward, sig_backward = _activation("ActivationSig")
tanh_forward, tanh_backward = _activation("ActivationTanh")
leaky_forward, leaky_backward = _activation("ActivationLeakyRelu", 0.1, 0.3)
softmax_forward, softmax_backward = _activation("ActivationSoftmax")


def softmax_large(session: Session, rng: np.random.Generator) -> Answers:
    layer = session.new("layers", "ActivationSoftmax")
    x = np.array([[1000.0, 1000.5, 999.0], [-1000.0, -1001.0, -1000.5]]) + rng.uniform(-0.2, 0.2, (2, 3))
    return {"ActivationSoftmax.forward of numbers around 1000 and -1000": session.call(layer, "forward", x)}


def _loss(
    function: str, draw: Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
) -> tuple[Probe, Probe]:
    """The probes of a loss and of its derivative."""

    def probe(session: Session, rng: np.random.Generator, name: str) -> Answers:
        cases = {f"{name} of {_samples(count)}": draw(rng, count) for count in (1, several(rng), many(rng))}
        return ask(session, "layers", name, cases)

    def loss(session: Session, rng: np.random.Generator) -> Answers:
        return probe(session, rng, function)

    def derivative(session: Session, rng: np.random.Generator) -> Answers:
        return probe(session, rng, f"{function}_derivative")

    loss.__name__, derivative.__name__ = function, f"{function}_derivative"
    return loss, derivative


def _numbers(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Predictions all too low for a single sample, on both sides of the targets for several."""
    y_true = rng.normal(0, 1, (samples, 3))
    signs = rng.permuted(np.resize([-1, 1], samples * 3)).reshape(samples, 3) if samples > 1 else -1
    return y_true, y_true + signs * rng.uniform(0.1, 1.5, (samples, 3))


def _binary(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    return (np.arange(samples) % 2).astype(float).reshape(-1, 1), rng.uniform(0.05, 0.95, (samples, 1))


def _probabilities(rng: np.random.Generator, samples: int) -> np.ndarray:
    p = rng.uniform(0.2, 1, (samples, 4))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def _classes(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    return rng.permutation(np.arange(samples) % 4), _probabilities(rng, samples)


def _one_hot(rng: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
    classes, p = _classes(rng, samples)
    return np.eye(4)[classes], p


mse, mse_derivative = _loss("mse_loss", _numbers)
mae, mae_derivative = _loss("mae_loss", _numbers)
bce, bce_derivative = _loss("binary_cross_entropy", _binary)
cce, cce_derivative = _loss("categorical_cross_entropy", _one_hot)
sparse, sparse_derivative = _loss("sparse_categorical_cross_entropy", _classes)


def both_forward(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for samples in (1, several(rng), many(rng)):
        loss = session.new("layers", "SoftmaxCrossEntropy")
        what = f"SoftmaxCrossEntropy.forward of {_samples(samples)}"
        cases = {
            what + other: (rng.normal(0, 1.5, (samples, 4)), _one_hot(rng, samples)[0]) for other in ("", ", others")
        }
        answers |= ask(session, loss, "forward", cases)
    return answers


def both_large(session: Session, rng: np.random.Generator) -> Answers:
    loss = session.new("layers", "SoftmaxCrossEntropy")
    logits = np.array([[1000.0, 1001.0, 0.0, -1000.0], [-1000.0, -999.0, -2000.0, -1001.0]])
    logits = logits + rng.uniform(-0.2, 0.2, (2, 4))
    what = "SoftmaxCrossEntropy.forward of logits around 1000 and -1000"
    return {what: session.call(loss, "forward", logits, np.eye(4)[[0, 1]])}


def both_backward(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for samples in (1, several(rng), many(rng)):
        loss = session.new("layers", "SoftmaxCrossEntropy")
        for batch in ("a batch", "another batch"):
            logits, one_hot = rng.normal(0, 1.5, (samples, 4)), session.put(_one_hot(rng, samples)[0])
            forward = session.call(loss, "forward", logits, one_hot)
            what = f"SoftmaxCrossEntropy.backward for {batch} of {_samples(samples)}"
            answers[what] = first_failure(forward) or session.call(loss, "backward", one_hot)
            answers[f"{what}, once more"] = first_failure(forward) or session.call(loss, "backward", one_hot)
    return answers
