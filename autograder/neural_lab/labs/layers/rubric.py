"""The marks of the layers lab in one table, and its functions in the order of their dependence.

`reads` and `writes` are what the parts promise each other: a substituted forward
leaves what a student's backward needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from neural_lab.labs.layers import probes
from neural_lab.labs.layers.mistakes import MISTAKES, VARIANTS
from neural_lab.schema.contracts import Array, Elementwise, Number, entries
from neural_lab.schema.lab import Function, Lab, Line, Part, Probe

BATCH, LABELS, ALPHA = Array(("N", "n")), Array(("N",)), {"alpha": Number(1.0)}
WEIGHTS = {"weights": Array(("inF", "outF")), "biases": Array((1, "outF"))}
ACTIVATIONS: tuple[tuple[str, Probe, Probe], ...] = (
    ("ActivationRelu", probes.relu_forward, probes.relu_backward),
    ("ActivationSig", probes.sig_forward, probes.sig_backward),
    ("ActivationTanh", probes.tanh_forward, probes.tanh_backward),
    ("ActivationLeakyRelu", probes.leaky_forward, probes.leaky_backward),
    ("ActivationSoftmax", probes.softmax_forward, probes.softmax_backward),
)
LOSSES: tuple[tuple[str, Probe, Probe], ...] = (
    ("mse_loss", probes.mse, probes.mse_derivative),
    ("mae_loss", probes.mae, probes.mae_derivative),
    ("binary_cross_entropy", probes.bce, probes.bce_derivative),
    ("categorical_cross_entropy", probes.cce, probes.cce_derivative),
    ("sparse_categorical_cross_entropy", probes.sparse, probes.sparse_derivative),
)


def _functions() -> Iterator[Function]:
    def method(path: str, **more: object) -> Function:
        return Function(path, "layers", label=path, passes=entries, gradient=path.endswith(".backward"), **more)  # type: ignore[arg-type]

    yield method("Dense.__init__")
    yield method("Dense.forward", takes=(BATCH,), reads=WEIGHTS, writes=("inputs",))
    yield method(
        "Dense.backward",
        takes=(BATCH,),
        reads={"weights": WEIGHTS["weights"], "inputs": BATCH},
        writes=("dweights", "dbiases", "dinputs"),
    )
    for name, _, _ in ACTIVATIONS:
        alpha = ALPHA if name == "ActivationLeakyRelu" else {}
        yield method(f"{name}.forward", takes=(BATCH,), reads=alpha, writes=("inputs", "output"))
        yield method(
            f"{name}.backward", takes=(BATCH,), reads=alpha | {"inputs": BATCH, "output": BATCH}, writes=("dinputs",)
        )
    for name, _, _ in LOSSES:
        y_true = LABELS if name.startswith("sparse") else Elementwise("y_true")
        yield method(name, takes=(y_true, Elementwise("y_pred")))
        yield method(f"{name}_derivative", takes=(y_true, Elementwise("y_pred")))
    yield method("SoftmaxCrossEntropy.forward", takes=(BATCH, BATCH), writes=("y_pred",))
    yield method("SoftmaxCrossEntropy.backward", takes=(BATCH,), reads={"y_pred": BATCH})


def _parts() -> Iterator[tuple[str, tuple[Part, ...]]]:
    """(function's label, parts) for each line, in the order of the lines."""
    yield (
        "Dense.forward",
        (
            Part("outputs", "outputs", 1.5, probes.dense_forward),
            Part("inputs", "inputs are kept", 0.5, probes.dense_inputs),
        ),
    )
    yield (
        "Dense.backward",
        tuple(Part(n, n, 1, probes.dense_backward, at=(i,)) for i, n in enumerate(probes.GRADIENTS)),
    )
    for name, forward, backward in ACTIVATIONS:
        softmax = name == "ActivationSoftmax"
        large = (Part("large", "large numbers", 0.5, probes.softmax_large),) if softmax else ()
        yield f"{name}.forward", (Part("output", "output and what is kept", 0.5, forward), *large)
        yield f"{name}.backward", (Part("dinputs", "dinputs", 1 if softmax else 0.5, backward),)
    for name, loss, derivative in LOSSES:
        yield name, (Part("samples", "one and several samples", 0.5, loss),)
        yield f"{name}_derivative", (Part("samples", "one and several samples", 0.5, derivative),)
    yield (
        "SoftmaxCrossEntropy.forward",
        (
            Part("samples", "one and several samples", 1, probes.both_forward),
            Part("large", "large logits", 1, probes.both_large),
        ),
    )
    yield "SoftmaxCrossEntropy.backward", (Part("samples", "one and several samples", 2, probes.both_backward),)


LAB = Lab(
    name="layers",
    title="Warm-up: layers, activations, losses",
    modules=("layers",),
    folder="warmups",
    functions=tuple(_functions()),
    lines=tuple(Line(f"1.{i}", label, label, parts) for i, (label, parts) in enumerate(_parts(), start=1)),
    mistakes=MISTAKES,
    variants=VARIANTS,
)
