"""The bank of the layers lab: known mistakes as edits of the solution."""

from __future__ import annotations

from neural_lab.schema.lab import Edit, Mistake, Variant

OTHERS_RIGHT = "the other gradients are right"
RELU = "np.where(self.inputs > 0, 1, 0)"
LEAKY = "np.where(self.inputs > 0, 1, self.alpha)"


def _forgets(function: str, attribute: str) -> Mistake:
    """An activation's forward that does not keep what backward is promised."""
    statement = {"inputs": Edit("self.inputs = inputs", "pass"), "output": Edit("self.output", "output")}[attribute]
    name = function.partition(".")[0].removeprefix("Activation").lower()
    hint = f"What does backward find in `{attribute}`?"
    if name == "softmax":  # its line has a second part
        return Mistake(
            f"{name}-forgets-{attribute}",
            function,
            (statement,),
            hint,
            spares=("large",),
            because="the output is right",
        )
    return Mistake(f"{name}-forgets-{attribute}", function, (statement,), hint)


MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        "dense-no-biases",
        "Dense.forward",
        (Edit(" + self.biases", ""),),
        "Which parameters went unused?",
        spares=("inputs",),
        because="the inputs are kept",
    ),
    Mistake(
        "dense-transposed",
        "Dense.forward",
        (Edit("self.weights)", "self.weights.T)"),),
        "Which axis of the weights belongs to the inputs?",
    ),
    Mistake(
        "dense-elementwise",
        "Dense.forward",
        (Edit("np.dot(inputs, self.weights)", "inputs * self.weights"),),
        "How many weights connect an input to the outputs?",
    ),
    Mistake(
        "dense-activates",
        "Dense.forward",
        (
            Edit(
                "return np.dot(inputs, self.weights) + self.biases",
                "return np.maximum(0, inputs @ self.weights + self.biases)",
            ),
        ),
        "Does a dense layer have an activation function here?",
        spares=("inputs",),
        because="the inputs are kept",
    ),
    Mistake(
        "dense-forgets-inputs",
        "Dense.forward",
        (Edit("self.inputs = inputs", "pass"),),
        "What does backward find in `inputs`?",
        spares=("outputs",),
        because="the outputs are right",
    ),
    Mistake(
        "dense-keeps-first",
        "Dense.forward",
        (Edit("self.inputs = inputs", 'self.inputs = getattr(self, "inputs", inputs)'),),
        "Which batch does backward see the second time?",
        spares=("outputs",),
        because="the outputs are right",
    ),
    Mistake(
        "dw-transposed",
        "Dense.backward",
        (Edit("np.dot(self.inputs.T, dvalues)", "np.dot(dvalues.T, self.inputs)"),),
        "Which shape must dweights have?",
        spares=("dbiases", "dinputs"),
        halves=("dweights",),
        because="transposed: right but for its form; " + OTHERS_RIGHT,
    ),
    Mistake(
        "dw-mean",
        "Dense.backward",
        (Edit("np.dot(self.inputs.T, dvalues)", "np.dot(self.inputs.T, dvalues) / len(dvalues)"),),
        "Who divides by the number of samples, the layer or the loss?",
        spares=("dbiases", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dw-no-inputs",
        "Dense.backward",
        (Edit("np.dot(self.inputs.T, dvalues)", "np.dot(np.ones_like(self.inputs).T, dvalues)"),),
        "By what is each weight multiplied, and so its gradient?",
        spares=("dbiases", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dw-accumulates",
        "Dense.backward",
        (Edit("self.dweights = ", 'self.dweights = getattr(self, "dweights", 0) + '),),
        "What remains of the batch before?",
        spares=("dbiases", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "db-flat",
        "Dense.backward",
        (Edit(", keepdims=True", ""),),
        "Which shape do the biases have?",
        spares=("dweights", "dinputs"),
        halves=("dbiases",),
        because="right but for its form",
    ),
    Mistake(
        "db-not-summed",
        "Dense.backward",
        (Edit("np.sum(dvalues, axis=0, keepdims=True)", "dvalues"),),
        "A bias acts on every sample: what happens to their contributions?",
        spares=("dweights", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "db-mean",
        "Dense.backward",
        (Edit("np.sum(dvalues", "np.mean(dvalues"),),
        "Who divides by the number of samples, the layer or the loss?",
        spares=("dweights", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "db-wrong-axis",
        "Dense.backward",
        (Edit("axis=0, keepdims=True", "axis=1, keepdims=True"),),
        "Over samples or over outputs?",
        spares=("dweights", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dx-not-transposed",
        "Dense.backward",
        (Edit("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, self.weights)"),),
        "Which axis of the weights do the outputs meet on the way back?",
    ),
    Mistake(
        "dx-through-gradients",
        "Dense.backward",
        (Edit("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, self.dweights.T)"),),
        "Through the weights, or through their gradients?",
        spares=("dweights", "dbiases"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dx-of-inputs",
        "Dense.backward",
        (Edit("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, self.weights.T) * self.inputs"),),
        "Does the slope of a linear map depend on where you are?",
        spares=("dweights", "dbiases"),
        because=OTHERS_RIGHT,
    ),
    _forgets("ActivationRelu.forward", "inputs"),
    _forgets("ActivationRelu.forward", "output"),
    Mistake("relu-min", "ActivationRelu.forward", (Edit("np.maximum", "np.minimum"),), "Which half is kept?"),
    Mistake(
        "relu-abs",
        "ActivationRelu.forward",
        (Edit("np.maximum(0, inputs)", "np.abs(inputs)"),),
        "What comes out below zero?",
    ),
    Mistake(
        "relu-in-place",
        "ActivationRelu.forward",
        (Edit("self.inputs = inputs", "inputs[inputs < 0] = 0\n    self.inputs = inputs"),),
        "Are the caller's inputs unchanged?",
    ),
    Mistake(
        "relu-step",
        "ActivationRelu.forward",
        (Edit("np.maximum(0, inputs)", "np.where(inputs > 0, 1, 0)"),),
        "ReLU or its slope?",
    ),
    Mistake(
        "relu-slope-only", "ActivationRelu.backward", (Edit("dvalues * ", ""),), "Where is dvalues in the chain rule?"
    ),
    Mistake("relu-slope-one", "ActivationRelu.backward", (Edit(f" * {RELU}", ""),), "What is the slope below zero?"),
    Mistake(
        "relu-slope-of-dvalues",
        "ActivationRelu.backward",
        (Edit("self.inputs > 0", "dvalues > 0"),),
        "Whose sign decides?",
    ),
    Mistake(
        "relu-slope-linear", "ActivationRelu.backward", (Edit(RELU, "self.output"),), "Is the slope above zero 1, or x?"
    ),
    _forgets("ActivationSig.forward", "inputs"),
    _forgets("ActivationSig.forward", "output"),
    Mistake(
        "sig-no-minus", "ActivationSig.forward", (Edit("-inputs", "inputs"),), "What is approached for large inputs?"
    ),
    Mistake(
        "sig-precedence",
        "ActivationSig.forward",
        (Edit("(1 + np.exp(-inputs))", "1 + np.exp(-inputs)"),),
        "What comes out at 0?",
    ),
    Mistake(
        "sig-slope-of-inputs",
        "ActivationSig.backward",
        (Edit("self.output * (1 - self.output)", "self.inputs * (1 - self.inputs)"),),
        "In σ(1 - σ), is σ the input or the output?",
    ),
    Mistake("sig-half-slope", "ActivationSig.backward", (Edit("self.output * (", "("),), "What is the slope at 0?"),
    Mistake(
        "sig-slope-only", "ActivationSig.backward", (Edit("dvalues * ", ""),), "Where is dvalues in the chain rule?"
    ),
    _forgets("ActivationTanh.forward", "inputs"),
    _forgets("ActivationTanh.forward", "output"),
    Mistake(
        "tanh-sigmoid",
        "ActivationTanh.forward",
        (Edit("np.tanh(inputs)", "1 / (1 + np.exp(-inputs))"),),
        "Where is it at 0?",
    ),
    Mistake(
        "tanh-half",
        "ActivationTanh.forward",
        (Edit("np.tanh(inputs)", "np.tanh(inputs / 2)"),),
        "How steep is it at 0?",
    ),
    Mistake(
        "tanh-no-square", "ActivationTanh.backward", (Edit("self.output**2", "self.output"),), "Is there a square?"
    ),
    Mistake(
        "tanh-slope-of-inputs", "ActivationTanh.backward", (Edit("self.output", "self.inputs"),), "tanh² of x, or x²?"
    ),
    Mistake(
        "tanh-slope-of-sigmoid",
        "ActivationTanh.backward",
        (Edit("(1 - self.output**2)", "self.output * (1 - self.output)"),),
        "Whose slope is this?",
    ),
    _forgets("ActivationLeakyRelu.forward", "inputs"),
    _forgets("ActivationLeakyRelu.forward", "output"),
    Mistake("leaky-relu", "ActivationLeakyRelu.forward", (Edit("self.alpha * inputs", "0"),), "What leaks below zero?"),
    Mistake(
        "leaky-constant",
        "ActivationLeakyRelu.forward",
        (Edit("self.alpha * inputs", "self.alpha"),),
        "alpha, or alpha times x?",
    ),
    Mistake(
        "leaky-hardcoded",
        "ActivationLeakyRelu.forward",
        (Edit("self.alpha * inputs", "0.1 * inputs"),),
        "Who chooses alpha?",
    ),
    Mistake("leaky-slope-zero", "ActivationLeakyRelu.backward", (Edit(LEAKY, RELU),), "What is the slope below zero?"),
    Mistake(
        "leaky-slope-hardcoded", "ActivationLeakyRelu.backward", (Edit("self.alpha", "0.1"),), "Who chooses alpha?"
    ),
    Mistake(
        "leaky-slope-swapped", "ActivationLeakyRelu.backward", (Edit("> 0", "< 0"),), "On which side is the slope 1?"
    ),
    _forgets("ActivationSoftmax.forward", "inputs"),
    _forgets("ActivationSoftmax.forward", "output"),
    Mistake(
        "softmax-over-all",
        "ActivationSoftmax.forward",
        (Edit("np.sum(exp_values, axis=1, keepdims=True)", "np.sum(exp_values)"),),
        "What sums to one: each row, or everything?",
    ),
    Mistake(
        "softmax-columns",
        "ActivationSoftmax.forward",
        (Edit("np.sum(exp_values, axis=1", "np.sum(exp_values, axis=0"),),
        "What sums to one: each row, or each column?",
    ),
    Mistake(
        "softmax-overflows",
        "ActivationSoftmax.forward",
        (Edit("inputs - np.max(inputs, axis=1, keepdims=True)", "inputs"),),
        "What is e to the power 1000 on a computer?",
        spares=("output",),
        because="right for small numbers",
    ),
    Mistake(
        "softmax-no-exp",
        "ActivationSoftmax.forward",
        (Edit("np.exp(inputs - np.max(inputs, axis=1, keepdims=True))", "inputs"),),
        "Can a probability be negative?",
    ),
    Mistake(
        "softmax-diagonal",
        "ActivationSoftmax.backward",
        (Edit("(dvalues - mean)", "(1 - self.output) * dvalues"),),
        "Does an input of a row act on one output only?",
    ),
    Mistake(
        "softmax-passes",
        "ActivationSoftmax.backward",
        (Edit("self.output * (dvalues - mean)", "dvalues"),),
        "Where is the chain rule?",
    ),
    Mistake(
        "softmax-mean-over-all",
        "ActivationSoftmax.backward",
        (Edit("np.sum(dvalues * self.output, axis=1, keepdims=True)", "np.sum(dvalues * self.output)"),),
        "Do the samples of a batch act on each other?",
    ),
    Mistake("mse-sum", "mse_loss", (Edit("np.mean", "np.sum"),), "Sum or mean?"),
    Mistake(
        "mse-per-sample",
        "mse_loss",
        (Edit("np.mean((y_pred - y_true) ** 2)", "np.sum((y_pred - y_true) ** 2) / len(y_true)"),),
        "Over what is it averaged?",
    ),
    Mistake("mse-half", "mse_loss", (Edit("np.mean(", "0.5 * np.mean("),), "Compare the constants with the formula."),
    Mistake(
        "mse-no-square", "mse_loss", (Edit("(y_pred - y_true) ** 2", "y_pred - y_true"),), "Can opposite errors cancel?"
    ),
    Mistake(
        "mse-d-no-two",
        "mse_loss_derivative",
        (Edit("2 * (y_pred - y_true)", "(y_pred - y_true)"),),
        "Where did the exponent go?",
    ),
    Mistake(
        "mse-d-sign",
        "mse_loss_derivative",
        (Edit("y_pred - y_true", "y_true - y_pred"),),
        "Too large a prediction: which sign?",
    ),
    Mistake(
        "mse-d-per-sample", "mse_loss_derivative", (Edit("y_true.size", "len(y_true)"),), "Over what was it averaged?"
    ),
    Mistake("mse-d-no-mean", "mse_loss_derivative", (Edit(" / y_true.size", ""),), "What became of the mean?"),
    Mistake(
        "mae-no-abs", "mae_loss", (Edit("np.abs(y_pred - y_true)", "y_pred - y_true"),), "Can opposite errors cancel?"
    ),
    Mistake("mae-sum", "mae_loss", (Edit("np.mean", "np.sum"),), "Sum or mean?"),
    Mistake(
        "mae-abs-of-mean",
        "mae_loss",
        (Edit("np.mean(np.abs(y_pred - y_true))", "np.abs(np.mean(y_pred - y_true))"),),
        "First the distance or the mean?",
    ),
    Mistake(
        "mae-d-no-sign",
        "mae_loss_derivative",
        (Edit("np.sign(y_pred - y_true)", "(y_pred - y_true)"),),
        "How steep is a distance?",
    ),
    Mistake(
        "mae-d-ones",
        "mae_loss_derivative",
        (Edit("np.sign(y_pred - y_true)", "np.ones(y_pred.shape)"),),
        "Which way does it fall?",
    ),
    Mistake("mae-d-no-mean", "mae_loss_derivative", (Edit(" / y_true.size", ""),), "What became of the mean?"),
    Mistake("bce-sign", "binary_cross_entropy", (Edit("-np.mean", "np.mean"),), "Is a loss positive?"),
    Mistake("bce-sum", "binary_cross_entropy", (Edit("np.mean", "np.sum"),), "Sum or mean?"),
    Mistake(
        "bce-one-class", "binary_cross_entropy", (Edit(" + (1 - y_true) * np.log(1 - p)", ""),), "What about class 0?"
    ),
    Mistake(
        "bce-log10", "binary_cross_entropy", (Edit("np.log(", "np.log10("),), "Which logarithm does the formula use?"
    ),
    Mistake(
        "bce-d-sign",
        "binary_cross_entropy_derivative",
        (Edit("(p - y_true)", "(y_true - p)"),),
        "Too large a prediction: which sign?",
    ),
    Mistake(
        "bce-d-with-sigmoid",
        "binary_cross_entropy_derivative",
        (Edit(" / (p * (1 - p))", ""),),
        "With respect to the prediction, or to z?",
    ),
    Mistake(
        "bce-d-no-mean", "binary_cross_entropy_derivative", (Edit(" / y_true.size", ""),), "What became of the mean?"
    ),
    Mistake(
        "cce-mean-classes",
        "categorical_cross_entropy",
        (Edit("-np.sum(y_true * np.log(p)) / N", "-np.mean(y_true * np.log(p))"),),
        "Over what is it averaged?",
    ),
    Mistake("cce-sum", "categorical_cross_entropy", (Edit(" / N", ""),), "Sum or mean over the samples?"),
    Mistake("cce-sign", "categorical_cross_entropy", (Edit("-np.sum", "np.sum"),), "Is a loss positive?"),
    Mistake(
        "cce-d-with-softmax",
        "categorical_cross_entropy_derivative",
        (Edit("-y_true / p / N", "(p - y_true) / N"),),
        "With respect to the prediction, or to the logits?",
    ),
    Mistake(
        "cce-d-sign",
        "categorical_cross_entropy_derivative",
        (Edit("-y_true", "y_true"),),
        "Does a larger right probability raise the loss?",
    ),
    Mistake("cce-d-no-mean", "categorical_cross_entropy_derivative", (Edit(" / N", ""),), "What became of the mean?"),
    Mistake(
        "sparse-first-class",
        "sparse_categorical_cross_entropy",
        (Edit("p[np.arange(N), y_true]", "p[:, 0]"),),
        "Whose probability is this?",
    ),
    Mistake(
        "sparse-best-class",
        "sparse_categorical_cross_entropy",
        (Edit("p[np.arange(N), y_true]", "np.max(p, axis=1)"),),
        "The likeliest class, or the true one?",
    ),
    Mistake("sparse-sum", "sparse_categorical_cross_entropy", (Edit(" / N", ""),), "Sum or mean over the samples?"),
    Mistake(
        "sparse-d-sign",
        "sparse_categorical_cross_entropy_derivative",
        (Edit("-1 /", "1 /"),),
        "Does a larger right probability raise the loss?",
    ),
    Mistake(
        "sparse-d-no-mean",
        "sparse_categorical_cross_entropy_derivative",
        (Edit(" / N", ""),),
        "What became of the mean?",
    ),
    Mistake(
        "sparse-d-all-classes",
        "sparse_categorical_cross_entropy_derivative",
        (Edit("gradient[rows, y_true] = -1 / p[rows, y_true] / N", "gradient = -1 / p / N"),),
        "Which probabilities enter the loss?",
    ),
    Mistake("both-sum", "SoftmaxCrossEntropy.forward", (Edit(" / N", ""),), "Sum or mean over the batch?"),
    Mistake(
        "both-mean-classes",
        "SoftmaxCrossEntropy.forward",
        (Edit(" / N", " / y_true.size"),),
        "Over what is it averaged?",
    ),
    Mistake(
        "both-overflows",
        "SoftmaxCrossEntropy.forward",
        (Edit("logits - np.max(logits, axis=1, keepdims=True)", "logits"),),
        "What is e to the power 1000 on a computer?",
        spares=("samples",),
        because="right for small logits",
    ),
    Mistake(
        "both-softmax-over-all",
        "SoftmaxCrossEntropy.forward",
        (Edit("np.sum(exp_values, axis=1, keepdims=True)", "np.sum(exp_values)"),),
        "What sums to one: each row, or everything?",
    ),
    Mistake(
        "both-no-log",
        "SoftmaxCrossEntropy.forward",
        (Edit("np.log(self.y_pred)", "self.y_pred"),),
        "Where is the logarithm?",
    ),
    Mistake(
        "both-d-no-mean",
        "SoftmaxCrossEntropy.backward",
        (Edit(" / N", ""),),
        "Is this the gradient of the mean, or of the sum?",
    ),
    Mistake(
        "both-d-sign",
        "SoftmaxCrossEntropy.backward",
        (Edit("self.y_pred - y_true", "y_true - self.y_pred"),),
        "Too large a probability: which sign?",
    ),
    Mistake(
        "both-d-per-entry",
        "SoftmaxCrossEntropy.backward",
        (Edit(" / N", " / y_true.size"),),
        "Over what was the loss averaged?",
    ),
    Mistake(
        "both-d-own-class",
        "SoftmaxCrossEntropy.backward",
        (Edit("(self.y_pred - y_true)", "(self.y_pred - 1) * y_true"),),
        "Do the other classes' logits matter?",
    ),
)

VARIANTS: tuple[Variant, ...] = (
    Variant(
        "dense-matmul",
        "Dense.forward",
        (Edit("np.dot(inputs, self.weights)", "inputs @ self.weights"),),
        "@ for np.dot",
    ),
    Variant(
        "softmax-jacobian",
        "ActivationSoftmax.backward",
        (
            Edit(
                "mean = np.sum(dvalues * self.output, axis=1, keepdims=True)  # (N, 1)\n",
                "self.dinputs = np.empty_like(dvalues)\n",
            ),
            Edit(
                "self.dinputs = self.output * (dvalues - mean)",
                "for i, (s, d) in enumerate(zip(self.output, dvalues)):\n"
                "        self.dinputs[i] = (np.diag(s) - np.outer(s, s)) @ d",
            ),
        ),
        "row by row, with the matrix of all derivatives",
    ),
    Variant(
        "relu-slope-of-output", "ActivationRelu.backward", (Edit("self.inputs", "self.output"),), "the output's sign"
    ),
    Variant(
        "bce-unclipped",
        "binary_cross_entropy",
        (Edit("np.clip(y_pred, EPSILON, 1 - EPSILON)", "y_pred"),),
        "no clipping",
    ),
    Variant(
        "both-log-sum-exp",
        "SoftmaxCrossEntropy.forward",
        (
            Edit(
                "return -np.sum(y_true * np.log(self.y_pred)) / N",
                "shifted = logits - np.max(logits, axis=1, keepdims=True)\n"
                "    logs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))\n"
                "    return -np.sum(y_true * logs) / N",
            ),
        ),
        "the logarithm of softmax without the detour",
    ),
)
