"""The probes of the layers lab: what is called, with which numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, first_failure, many, several, together
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import Probe, probe
from neural_lab.schema.observations import Call, Observation, Observations, Occasion

GRADIENTS = ("dweights", "dbiases", "dinputs")


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


def _on(function: str, phrase: str, inputs: int, outputs: int, samples: int) -> Call:
    return Call(function, phrase, sizes={"inputs": inputs, "outputs": outputs, "samples": samples})


def _changed(call: Call, words: str, occasion: Occasion) -> Call:
    return call._replace(phrase=call.phrase + words, occasion=occasion)


@probe("dense_forward")
def dense_forward(session: Session, rng: np.random.Generator) -> Observations:
    first = _dense(session, np.array([[0.5, 1.0, 7.0, 3.0], [1.0, 2.0, 1.0, 0.5]]), np.ones((1, 4)))
    call = Call("forward", "forward([3, 5]) of the worked example")
    observed: Observations = (Observation(call, session.call(first, "forward", np.array([[3.0, 5.0]]))),)
    for inputs, outputs, samples in _shapes(rng):
        layer = _dense(session, *_drawn(rng, inputs, outputs))
        x, other = (session.put(rng.normal(0, 1, (samples, inputs))) for _ in range(2))
        call = _on("forward", "Dense({inputs:d}, {outputs:d}).{function} of {samples}", inputs, outputs, samples)
        observed += ask(session, layer, [(call, (x,)), (_changed(call, ", others", Occasion.OTHER_INPUT), (other,))])
        _set(session, layer, *_drawn(rng, inputs, outputs))
        others = _changed(call, ", other weights and biases", Occasion.OTHER_PARAMETERS)
        observed += (Observation(others, session.call(layer, "forward", x)),)
    return observed


@probe("dense_inputs")
def dense_inputs(session: Session, rng: np.random.Generator) -> Observations:
    layer = _dense(session, *_drawn(rng, 3, 2))
    observed = []
    for words, samples in (("a batch", 4), ("another batch", 4), ("a large batch", many(rng))):
        done = session.call(layer, "forward", rng.normal(0, 1, (samples, 3)))
        value = first_failure(done) or session.get(layer, "inputs")
        observed.append(Observation(Call("forward", f"layer.inputs after forward of {words}"), value))
    return tuple(observed)


@probe("dense_backward")
def dense_backward(session: Session, rng: np.random.Generator) -> Observations:
    def gradients(layer: Any, x: np.ndarray, dvalues: Any) -> Any:
        failure = first_failure(session.call(layer, "forward", x), session.call(layer, "backward", dvalues))
        return failure or together(*(session.get(layer, name) for name in GRADIENTS))

    second = _dense(session, np.array([[1.0, 2.0], [0.5, 0.5], [3.0, 1.0], [2.0, 1.0]]), np.ones((1, 2)))
    h, do = np.array([[7.5, 14.0, 27.0, 12.5]]), np.array([[120.5, 62.5]])
    call = Call("backward", "dweights, dbiases, dinputs of the worked example's second layer", pieces=GRADIENTS)
    observed = [Observation(call, gradients(second, h, do))]
    for inputs, outputs, samples in _shapes(rng):
        layer = _dense(session, *_drawn(rng, inputs, outputs))
        phrase = "dweights, dbiases, dinputs of Dense({inputs:d}, {outputs:d}) for {samples}"
        call = _on("backward", phrase, inputs, outputs, samples)._replace(pieces=GRADIENTS)
        for what in (call, _changed(call, ", after another batch", Occasion.OTHER_INPUT)):
            x, dvalues = (session.put(rng.normal(0, 1, (samples, n))) for n in (inputs, outputs))
            observed.append(Observation(what, gradients(layer, x, dvalues)))
        _set(session, layer, *_drawn(rng, inputs, outputs))
        others = _changed(call, ", other weights and biases", Occasion.OTHER_PARAMETERS)
        observed.append(Observation(others, gradients(layer, x, dvalues)))
    return tuple(observed)


def _activation(name: str, *alphas: float) -> tuple[Probe, Probe]:
    """The probes of an activation's forward and backward; for each alpha if it takes one."""

    def forward(session: Session, rng: np.random.Generator) -> Observations:
        observed: Observations = ()
        for alpha in alphas or (None,):
            layer, words = _new(session, name, alpha)
            for what, samples in (("forward(x)", 4), ("forward(x) of many samples", many(rng))):
                observed += ask(session, layer, [(Call("forward", f"{words}.{what}"), (_inputs(rng, samples),))])
                for attribute in ("inputs", "output"):
                    call = Call("forward", f"{words}.{attribute} after {what}")
                    observed += (Observation(call, session.get(layer, attribute)),)
        return observed

    def backward(session: Session, rng: np.random.Generator) -> Observations:
        observed = []
        for alpha in alphas or (None,):
            layer, words = _new(session, name, alpha)
            for batch, samples in (("a batch", 4), ("another batch", 4), ("a large batch", many(rng))):
                forward = session.call(layer, "forward", _inputs(rng, samples))
                backward = session.call(layer, "backward", rng.normal(0, 1, (samples, 3)))
                dinputs = first_failure(forward, backward) or session.get(layer, "dinputs")
                observed.append(Observation(Call("backward", f"{words}.dinputs for {batch}"), dinputs))
        return tuple(observed)

    return Probe(f"{name}_forward", forward), Probe(f"{name}_backward", backward)


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


@probe("softmax_large")
def softmax_large(session: Session, rng: np.random.Generator) -> Observations:
    layer = session.new("layers", "ActivationSoftmax")
    x = np.array([[1000.0, 1000.5, 999.0], [-1000.0, -1001.0, -1000.5]]) + rng.uniform(-0.2, 0.2, (2, 3))
    call = Call("forward", "ActivationSoftmax.forward of numbers around {size:d} and -{size:d}", sizes={"size": 1000})
    return (Observation(call, session.call(layer, "forward", x)),)


def _loss(
    function: str, draw: Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
) -> tuple[Probe, Probe]:
    """The probes of a loss and of its derivative."""

    def called(session: Session, rng: np.random.Generator, name: str) -> Observations:
        cases = [
            (Call(name, "{function} of {samples}", sizes={"samples": count}), draw(rng, count))
            for count in (1, several(rng), many(rng))
        ]
        return ask(session, "layers", cases)

    def loss(session: Session, rng: np.random.Generator) -> Observations:
        return called(session, rng, function)

    def derivative(session: Session, rng: np.random.Generator) -> Observations:
        return called(session, rng, f"{function}_derivative")

    return Probe(function, loss), Probe(f"{function}_derivative", derivative)


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


@probe("both_forward")
def both_forward(session: Session, rng: np.random.Generator) -> Observations:
    observed: Observations = ()
    for samples in (1, several(rng), many(rng)):
        loss = session.new("layers", "SoftmaxCrossEntropy")
        call = Call("forward", "SoftmaxCrossEntropy.{function} of {samples}", sizes={"samples": samples})
        cases = [
            (what, (rng.normal(0, 1.5, (samples, 4)), _one_hot(rng, samples)[0]))
            for what in (call, _changed(call, ", others", Occasion.OTHER_INPUT))
        ]
        observed += ask(session, loss, cases)
    return observed


@probe("both_large")
def both_large(session: Session, rng: np.random.Generator) -> Observations:
    loss = session.new("layers", "SoftmaxCrossEntropy")
    logits = np.array([[1000.0, 1001.0, 0.0, -1000.0], [-1000.0, -999.0, -2000.0, -1001.0]])
    logits = logits + rng.uniform(-0.2, 0.2, (2, 4))
    call = Call("forward", "SoftmaxCrossEntropy.forward of logits around {size:d} and -{size:d}", sizes={"size": 1000})
    return (Observation(call, session.call(loss, "forward", logits, np.eye(4)[[0, 1]])),)


@probe("both_backward")
def both_backward(session: Session, rng: np.random.Generator) -> Observations:
    observed = []
    for samples in (1, several(rng), many(rng)):
        loss = session.new("layers", "SoftmaxCrossEntropy")
        for batch in ("a batch", "another batch"):
            logits, one_hot = rng.normal(0, 1.5, (samples, 4)), session.put(_one_hot(rng, samples)[0])
            forward = session.call(loss, "forward", logits, one_hot)
            phrase = f"SoftmaxCrossEntropy.{{function}} for {batch} of {{samples}}"
            call = Call("backward", phrase, sizes={"samples": samples})
            for what in (call, call.again()):
                value = first_failure(forward) or session.call(loss, "backward", one_hot)
                observed.append(Observation(what, value))
    return tuple(observed)
