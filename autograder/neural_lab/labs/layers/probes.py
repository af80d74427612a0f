"""The probes of the layers lab: what is called, with which numbers. Owns no expected value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, first_failure, together
from neural_lab.runtime.session import Session
from neural_lab.schema.schema import Answers, Kept, Probe

# (words, inputs, outputs, samples); equal numbers turn a swapped axis into a wrong value that can be named
SHAPES = (("1 sample", 2, 4, 1), ("5 samples", 4, 3, 5), ("3 samples", 3, 3, 3))


def _dense(session: Session, weights: np.ndarray, biases: np.ndarray) -> Any:
    layer = session.new("layers", "Dense", *weights.shape)
    session.set(layer, "weights", weights)
    session.set(layer, "biases", biases)
    return layer


def _drawn_dense(session: Session, rng: np.random.Generator, inputs: int, outputs: int) -> Any:
    return _dense(session, rng.normal(0, 1, (inputs, outputs)), rng.normal(0, 1, (1, outputs)))


def dense_forward(session: Session, rng: np.random.Generator) -> Answers:
    first = _dense(session, np.array([[0.5, 1.0, 7.0, 3.0], [1.0, 2.0, 1.0, 0.5]]), np.ones((1, 4)))
    answers: Answers = {"forward([3, 5]) of the worked example": session.call(first, "forward", np.array([[3.0, 5.0]]))}
    for words, inputs, outputs, samples in SHAPES:
        layer = _drawn_dense(session, rng, inputs, outputs)
        x = rng.normal(0, 1, (samples, inputs))
        answers |= ask(session, f"Dense({inputs}, {outputs}).forward of {words}", layer, "forward", x)
    return answers


def dense_inputs(session: Session, rng: np.random.Generator) -> Answers:
    layer = _drawn_dense(session, rng, 3, 2)
    answers: Answers = {}
    for words in ("a batch", "another batch"):
        done = session.call(layer, "forward", rng.normal(0, 1, (4, 3)))
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
    for words, inputs, outputs, samples in SHAPES:
        layer = _drawn_dense(session, rng, inputs, outputs)
        what = f"dweights, dbiases, dinputs of Dense({inputs}, {outputs}) for {words}"
        for again in ("", ", after another batch"):
            x, dvalues = rng.normal(0, 1, (samples, inputs)), session.put(rng.normal(0, 1, (samples, outputs)))
            answers[what + again] = gradients(layer, x, dvalues)
        answers[f"weights and dvalues after {what}"] = Kept(
            together(session.get(layer, "weights"), session.get(dvalues))
        )
    return answers


def _activation(name: str, *alphas: float) -> tuple[Probe, Probe]:
    """The probes of an activation's forward and backward; for each alpha if it takes one."""

    def forward(session: Session, rng: np.random.Generator) -> Answers:
        answers: Answers = {}
        for alpha in alphas or (None,):
            layer, words = _new(session, name, alpha)
            x = _inputs(rng)
            answers |= ask(session, f"{words}.forward(x)", layer, "forward", x)
            answers[f"{words}.inputs after forward(x)"] = session.get(layer, "inputs")
            answers[f"{words}.output after forward(x)"] = session.get(layer, "output")
        return answers

    def backward(session: Session, rng: np.random.Generator) -> Answers:
        answers: Answers = {}
        for alpha in alphas or (None,):
            layer, words = _new(session, name, alpha)
            for batch in ("a batch", "another batch"):
                forward = session.call(layer, "forward", _inputs(rng))
                dvalues = session.put(rng.normal(0, 1, (4, 3)))
                backward = session.call(layer, "backward", dvalues)
                dinputs = first_failure(forward, backward) or session.get(layer, "dinputs")
                answers[f"{words}.dinputs for {batch}"] = dinputs
            answers[f"dvalues after {words}.backward"] = Kept(session.get(dvalues))
        return answers

    forward.__name__, backward.__name__ = f"{name}_forward", f"{name}_backward"
    return forward, backward


def _new(session: Session, name: str, alpha: float | None) -> tuple[Any, str]:
    arguments = () if alpha is None else (alpha,)
    return session.new("layers", name, *arguments), f"{name}({alpha})" if arguments else name


def _inputs(rng: np.random.Generator) -> np.ndarray:
    """Inputs on both sides of zero, none near it: at zero itself ReLU has no slope."""
    return np.asarray(rng.uniform(0.1, 3, (4, 3)) * rng.permuted(np.resize([1, -1], 12)).reshape(4, 3))


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
        answers: Answers = {}
        for samples in (1, 5):
            what = f"{name} of {samples} sample{'s' * (samples > 1)}"
            answers |= ask(session, what, "layers", name, *draw(rng, samples))
        return answers

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
    for samples in (1, 5):
        loss = session.new("layers", "SoftmaxCrossEntropy")
        logits, one_hot = rng.normal(0, 1.5, (samples, 4)), _one_hot(rng, samples)[0]
        what = f"SoftmaxCrossEntropy.forward of {samples} sample{'s' * (samples > 1)}"
        answers |= ask(session, what, loss, "forward", logits, one_hot)
    return answers


def both_large(session: Session, rng: np.random.Generator) -> Answers:
    loss = session.new("layers", "SoftmaxCrossEntropy")
    logits = np.array([[1000.0, 1001.0, 0.0, -1000.0], [-1000.0, -999.0, -2000.0, -1001.0]])
    logits = logits + rng.uniform(-0.2, 0.2, (2, 4))
    what = "SoftmaxCrossEntropy.forward of logits around 1000 and -1000"
    return {what: session.call(loss, "forward", logits, np.eye(4)[[0, 1]])}


def both_backward(session: Session, rng: np.random.Generator) -> Answers:
    answers: Answers = {}
    for samples in (1, 5):
        loss = session.new("layers", "SoftmaxCrossEntropy")
        for batch in ("a batch", "another batch"):
            logits, one_hot = rng.normal(0, 1.5, (samples, 4)), session.put(_one_hot(rng, samples)[0])
            forward = session.call(loss, "forward", logits, one_hot)
            what = f"SoftmaxCrossEntropy.backward for {batch} of {samples} sample{'s' * (samples > 1)}"
            answers[what] = first_failure(forward) or session.call(loss, "backward", one_hot)
            answers[f"{what}, once more"] = first_failure(forward) or session.call(loss, "backward", one_hot)
            answers[f"y_true after {what}"] = Kept(session.get(one_hot))
    return answers
