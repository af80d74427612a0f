"""The probes of the perceptron lab: what is called, with which numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from neural_lab.labs.asking import ask, many, named, several, together
from neural_lab.runtime.session import Session
from neural_lab.schema.lab import probe
from neural_lab.schema.observations import Call, Observation, Observations, Occasion

DECISIVE = (0.0, -0.7, 0.7, -12.0, 12.0)


def _perceptron(session: Session, rng: np.random.Generator, epochs: int = 1, alpha: float = 0.1) -> Any:
    """A perceptron with three inputs, drawn weights and a bias that is not zero."""
    model = session.new("perceptron", "Perceptron", 3, epochs, alpha)
    _draw(session, model, rng)
    return model


def _draw(session: Session, model: Any, rng: np.random.Generator) -> None:
    session.set(model, "weights", rng.normal(0, 1, 3))
    session.set(model, "bias", float(rng.uniform(0.3, 0.8)))


@probe("step")
def step(session: Session, rng: np.random.Generator) -> Observations:
    return ask(
        session,
        "perceptron",
        named(
            "step",
            {
                "step(z) of a line of numbers": (np.array([*DECISIVE, -0.2, 0.2, *rng.uniform(-3, 3, several(rng))]),),
                "step(z) of a table of numbers": (rng.uniform(-3, 3, (2, 3)),),
                "step(z) of a long line of numbers": (rng.uniform(-3, 3, many(rng)),),
            },
        ),
    )


@probe("descend_slides")
def descend_slides(session: Session, rng: np.random.Generator) -> Observations:
    return tuple(
        Observation(
            Call("descend", f"descend(w=3, x=1, y=1, alpha={alpha}, steps={{steps:d}})", sizes={"steps": steps}),
            session.call("perceptron", "descend", 3.0, 1.0, 1.0, alpha, steps),
        )
        for alpha, steps in ((1.0, 3), (0.8, 12))
    )


@probe("descend_other")
def descend_other(session: Session, rng: np.random.Generator) -> Observations:
    observed = []
    for steps in (1, several(rng), many(rng)):
        w, x, y = (float(rng.uniform(low, low + 0.5)) for low in (-2.0, 1.5, 0.5))
        call = Call("descend", "descend with another w, x and y, {steps}", sizes={"steps": steps})
        observed.append(Observation(call, session.call("perceptron", "descend", w, x, y, 0.1, steps)))
    return tuple(observed)


@probe("sigmoid")
def sigmoid(session: Session, rng: np.random.Generator) -> Observations:
    model = _perceptron(session, rng)
    return ask(
        session,
        model,
        named(
            "sigmoid",
            {
                "sigmoid(z) of one number": (float(rng.uniform(-3, 3)),),
                "sigmoid(z) of several numbers": (np.array([*DECISIVE, *rng.uniform(-20, 20, several(rng))]),),
                "sigmoid(z) of many numbers": (rng.uniform(-20, 20, many(rng)),),
            },
        ),
    )


def _errors(session: Session, rng: np.random.Generator, function: str) -> Observations:
    def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.uniform(0.1, 0.9, count), np.resize([0.0, 1.0, 1.0, 0.0, 1.0], count)

    cases = {
        f"{function}(prediction, 1)": (float(rng.uniform(0.1, 0.9)), 1.0),
        f"{function} of several predictions": drawn(several(rng)),
        f"{function} of many predictions": drawn(many(rng)),
    }
    return ask(session, _perceptron(session, rng), named(function, cases))


@probe("mse")
def mse(session: Session, rng: np.random.Generator) -> Observations:
    return _errors(session, rng, "mse")


@probe("dmse")
def dmse(session: Session, rng: np.random.Generator) -> Observations:
    return _errors(session, rng, "dmse")


@probe("fit")
def fit(session: Session, rng: np.random.Generator) -> Observations:
    observed = []
    for samples, epochs, alpha in ((1, 1, 0.5), (several(rng), 2, 0.1)):
        model = _perceptron(session, rng, epochs, alpha)
        X, y = rng.normal(0, 1, (samples, 3)), (np.arange(samples) % 2).astype(float)
        sizes = {"samples": samples, "epochs": epochs}
        for occasion, then in (
            (Occasion.FIRST, ""),
            (Occasion.AGAIN, ", and then{again}"),
            (Occasion.OTHER_PARAMETERS, ", and then with other weights and bias"),
        ):
            if occasion is Occasion.OTHER_PARAMETERS:
                _draw(session, model, rng)
            done = session.call(model, "fit", X, y, may_change=(model,))
            parameters = together(done, session.get(model, "weights"), session.get(model, "bias"))
            history = session.get(model, "loss_history")
            phrase = f"(weights and bias), loss_history after fit with {{samples}}, {{epochs}}{then}"
            value = together(parameters[1:] if isinstance(parameters, tuple) else parameters, history)
            call = Call("fit", phrase, sizes=sizes, occasion=occasion, pieces=(("weights", "bias"), "loss_history"))
            observed.append(Observation(call, value))
    return tuple(observed)


def _near_the_decision(session: Session) -> Any:
    """A perceptron with z = x_1 - 2 x_2 - 0.4, whose bias decides for samples near the boundary."""
    model = session.new("perceptron", "Perceptron", 2, 1)
    session.set(model, "weights", np.array([1.0, -2.0]))
    session.set(model, "bias", -0.4)
    return model


@probe("predict_many")
def predict_many(session: Session, rng: np.random.Generator) -> Observations:
    def drawn(count: int) -> np.ndarray:
        """z of the first two is 0.3 and -0.2, the others lie far on both sides."""
        far = rng.uniform(3, 9, (count, 2)) * rng.choice([[1, -1], [-1, 1]], count)
        return np.array([[0.7, 0.0], [0.2, 0.0], *far])

    model = _near_the_decision(session)
    x, other = session.put(drawn(several(rng))), session.put(drawn(many(rng)))
    cases = {"predict(x) of several samples": (x,), "predict(x) of many samples": (other,)}
    observed = ask(session, model, named("predict", cases))
    session.set(model, "weights", np.array([-1.0, 2.0]))
    session.set(model, "bias", 0.4)
    phrase = "predict(x) of several samples, other weights and bias"
    others = Call("predict", phrase, occasion=Occasion.OTHER_PARAMETERS)
    return (*observed, Observation(others, session.call(model, "predict", x)))


@probe("predict_one")
def predict_one(session: Session, rng: np.random.Generator) -> Observations:
    model = _near_the_decision(session)
    return tuple(
        Observation(Call("predict", phrase), session.call(model, "predict", np.array(x)))
        for phrase, x in (
            ("predict(x) of a single sample on the one side", [0.7, 0.0]),
            ("predict(x) of a single sample on the other side", [0.2, 0.0]),
        )
    )
