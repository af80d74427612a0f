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
    hint = f"`backward` needs the {attribute} of the last batch. Print `layer.{attribute}` after `forward`."
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
        "Compare your output with the formula, term by term. Which parameters of the layer are not in it?",
        spares=("inputs",),
        because="the inputs are kept",
    ),
    Mistake(
        "dense-transposed",
        "Dense.forward",
        (Edit("self.weights)", "self.weights.T)"),),
        "The weights have a row for each input. Write down the shapes of both factors of your product: do they fit?",
    ),
    Mistake(
        "dense-elementwise",
        "Dense.forward",
        (Edit("np.dot(inputs, self.weights)", "inputs * self.weights"),),
        "Each output is a sum over all inputs. Print the shape of your product: which operation multiplies and sums?",
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
        "Print an output that should be negative. What does your layer do to it? The activation is a layer "
        "of its own here.",
        spares=("inputs",),
        because="the inputs are kept",
    ),
    Mistake(
        "dense-forgets-inputs",
        "Dense.forward",
        (Edit("self.inputs = inputs", "pass"),),
        "`backward` needs the inputs of the last batch. Print `layer.inputs` after `forward`: where do you store them?",
        spares=("outputs",),
        because="the outputs are right",
    ),
    Mistake(
        "dense-keeps-first",
        "Dense.forward",
        (Edit("self.inputs = inputs", 'self.inputs = getattr(self, "inputs", inputs)'),),
        "Call `forward` with two batches and print `layer.inputs` after each. It should change.",
        spares=("outputs",),
        because="the outputs are right",
    ),
    Mistake(
        "dw-transposed",
        "Dense.backward",
        (Edit("np.dot(self.inputs.T, dvalues)", "np.dot(dvalues.T, self.inputs)"),),
        "Print the shapes of dweights and of the weights: they should be equal.",
        spares=("dbiases", "dinputs"),
        halves=("dweights",),
        because="transposed: right but for its form; " + OTHERS_RIGHT,
    ),
    Mistake(
        "dw-mean",
        "Dense.backward",
        (Edit("np.dot(self.inputs.T, dvalues)", "np.dot(self.inputs.T, dvalues) / len(dvalues)"),),
        "The loss divides by the number of samples already. Does your dweights divide once more?",
        spares=("dbiases", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dw-no-inputs",
        "Dense.backward",
        (Edit("np.dot(self.inputs.T, dvalues)", "np.dot(np.ones_like(self.inputs).T, dvalues)"),),
        "In the output each weight is multiplied by an input. Which factor does its gradient get from that?",
        spares=("dbiases", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dw-accumulates",
        "Dense.backward",
        (Edit("self.dweights = ", 'self.dweights = getattr(self, "dweights", 0) + '),),
        "Call `backward` with two batches and print dweights after the second one. It should hold nothing "
        "of the first batch.",
        spares=("dbiases", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "db-flat",
        "Dense.backward",
        (Edit(", keepdims=True", ""),),
        "Print the shapes of dbiases and of the biases: they should be equal. How many axes has yours?",
        spares=("dweights", "dinputs"),
        halves=("dbiases",),
        because="right but for its form",
    ),
    Mistake(
        "db-not-summed",
        "Dense.backward",
        (Edit("np.sum(dvalues, axis=0, keepdims=True)", "dvalues"),),
        "A bias is added in every sample. Print the shape of dbiases: what must happen to the rows of dvalues?",
        spares=("dweights", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "db-mean",
        "Dense.backward",
        (Edit("np.sum(dvalues", "np.mean(dvalues"),),
        "The loss divides by the number of samples already. Does your dbiases divide once more?",
        spares=("dweights", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "db-wrong-axis",
        "Dense.backward",
        (Edit("axis=0, keepdims=True", "axis=1, keepdims=True"),),
        "Print the shape of dbiases: there should be one number for each output. Over which axis do you sum?",
        spares=("dweights", "dinputs"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dx-not-transposed",
        "Dense.backward",
        (Edit("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, self.weights)"),),
        "Write down the shapes of dvalues and of the weights. Do they fit in the order in which you multiply them?",
    ),
    Mistake(
        "dx-through-gradients",
        "Dense.backward",
        (Edit("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, self.dweights.T)"),),
        "In the output the inputs are multiplied by the weights. By what do you multiply dvalues?",
        spares=("dweights", "dbiases"),
        because=OTHERS_RIGHT,
    ),
    Mistake(
        "dx-of-inputs",
        "Dense.backward",
        (Edit("np.dot(dvalues, self.weights.T)", "np.dot(dvalues, self.weights.T) * self.inputs"),),
        "Differentiate 3 x + 1 with respect to x. Does x stand in the result? And in your dinputs?",
        spares=("dweights", "dbiases"),
        because=OTHERS_RIGHT,
    ),
    _forgets("ActivationRelu.forward", "inputs"),
    _forgets("ActivationRelu.forward", "output"),
    Mistake(
        "relu-min",
        "ActivationRelu.forward",
        (Edit("np.maximum", "np.minimum"),),
        "Try -2 and 2. ReLU gives 0 and 2. What do you get?",
    ),
    Mistake(
        "relu-abs",
        "ActivationRelu.forward",
        (Edit("np.maximum(0, inputs)", "np.abs(inputs)"),),
        "Try -2. ReLU gives 0 there. What do you get?",
    ),
    Mistake(
        "relu-in-place",
        "ActivationRelu.forward",
        (Edit("self.inputs = inputs", "inputs[inputs < 0] = 0\n    self.inputs = inputs"),),
        "Print the inputs that you pass, before and after the call. They should stay as they are. Which of "
        "your lines changes them?",
    ),
    Mistake(
        "relu-step",
        "ActivationRelu.forward",
        (Edit("np.maximum(0, inputs)", "np.where(inputs > 0, 1, 0)"),),
        "Try 2 and 3. ReLU gives 2 and 3. You return its slope.",
    ),
    Mistake(
        "relu-slope-only",
        "ActivationRelu.backward",
        (Edit("dvalues * ", ""),),
        "Call `backward` with dvalues of 0: dinputs should be 0, too. Where do you use dvalues?",
    ),
    Mistake(
        "relu-slope-one",
        "ActivationRelu.backward",
        (Edit(f" * {RELU}", ""),),
        "Try an input of -2: the output stays 0 near there. Which slope is that, and which do you use?",
    ),
    Mistake(
        "relu-slope-of-dvalues",
        "ActivationRelu.backward",
        (Edit("self.inputs > 0", "dvalues > 0"),),
        "Look at your condition. Is the slope of ReLU decided by the sign of the inputs or by that of dvalues?",
    ),
    Mistake(
        "relu-slope-linear",
        "ActivationRelu.backward",
        (Edit(RELU, "self.output"),),
        "Try an input of 2 and one of 3. The slope of ReLU is the same at both. What is yours?",
    ),
    _forgets("ActivationSig.forward", "inputs"),
    _forgets("ActivationSig.forward", "output"),
    Mistake(
        "sig-no-minus",
        "ActivationSig.forward",
        (Edit("-inputs", "inputs"),),
        "Print your output for 12 and -12. The sigmoid is close to 1 at the first and close to 0 at the second.",
    ),
    Mistake(
        "sig-precedence",
        "ActivationSig.forward",
        (Edit("(1 + np.exp(-inputs))", "1 + np.exp(-inputs)"),),
        "Work your expression out by hand at 0, in the order in which Python does it. Do you get one half?",
    ),
    Mistake(
        "sig-slope-of-inputs",
        "ActivationSig.backward",
        (Edit("self.output * (1 - self.output)", "self.inputs * (1 - self.inputs)"),),
        "The slope is written with the output of the sigmoid. What do you put into its formula?",
    ),
    Mistake(
        "sig-half-slope",
        "ActivationSig.backward",
        (Edit("self.output * (", "("),),
        "Work out your slope by hand at 0: it should be 0.25. Which factor is missing?",
    ),
    Mistake(
        "sig-slope-only",
        "ActivationSig.backward",
        (Edit("dvalues * ", ""),),
        "Call `backward` with dvalues of 0: dinputs should be 0, too. Where do you use dvalues?",
    ),
    _forgets("ActivationTanh.forward", "inputs"),
    _forgets("ActivationTanh.forward", "output"),
    Mistake(
        "tanh-sigmoid",
        "ActivationTanh.forward",
        (Edit("np.tanh(inputs)", "1 / (1 + np.exp(-inputs))"),),
        "Print your output for 0: tanh is 0 there. Which function do you use?",
    ),
    Mistake(
        "tanh-half",
        "ActivationTanh.forward",
        (Edit("np.tanh(inputs)", "np.tanh(inputs / 2)"),),
        "Print your output for 1: tanh is 0.762 there. What do you do to the inputs first?",
    ),
    Mistake(
        "tanh-no-square",
        "ActivationTanh.backward",
        (Edit("self.output**2", "self.output"),),
        "Differentiate tanh, or look its derivative up. Which power of tanh stands in it?",
    ),
    Mistake(
        "tanh-slope-of-inputs",
        "ActivationTanh.backward",
        (Edit("self.output", "self.inputs"),),
        "The slope is written with the output of tanh. What do you put into its formula?",
    ),
    Mistake(
        "tanh-slope-of-sigmoid",
        "ActivationTanh.backward",
        (Edit("(1 - self.output**2)", "self.output * (1 - self.output)"),),
        "Work out your slope by hand at 0: that of tanh is 1 there. Which function has the slope that you use?",
    ),
    _forgets("ActivationLeakyRelu.forward", "inputs"),
    _forgets("ActivationLeakyRelu.forward", "output"),
    Mistake(
        "leaky-relu",
        "ActivationLeakyRelu.forward",
        (Edit("self.alpha * inputs", "0"),),
        "Try -2. A leaky ReLU is not 0 there: what does alpha do to a negative input?",
    ),
    Mistake(
        "leaky-constant",
        "ActivationLeakyRelu.forward",
        (Edit("self.alpha * inputs", "self.alpha"),),
        "Try -2 and -4: the second output should be twice the first. Is yours the same for both?",
    ),
    Mistake(
        "leaky-hardcoded",
        "ActivationLeakyRelu.forward",
        (Edit("self.alpha * inputs", "0.1 * inputs"),),
        "Make a layer with alpha = 0.3 and try -2. Where do you use `self.alpha`?",
    ),
    Mistake(
        "leaky-slope-zero",
        "ActivationLeakyRelu.backward",
        (Edit(LEAKY, RELU),),
        "Try an input of -2. Which slope has the leaky ReLU there? It is not 0.",
    ),
    Mistake(
        "leaky-slope-hardcoded",
        "ActivationLeakyRelu.backward",
        (Edit("self.alpha", "0.1"),),
        "Make a layer with alpha = 0.3 and print its slope at -2. Where does your number come from?",
    ),
    Mistake(
        "leaky-slope-swapped",
        "ActivationLeakyRelu.backward",
        (Edit("> 0", "< 0"),),
        "Try an input of 2 and one of -2. At which of them is the slope 1?",
    ),
    _forgets("ActivationSoftmax.forward", "inputs"),
    _forgets("ActivationSoftmax.forward", "output"),
    Mistake(
        "softmax-over-all",
        "ActivationSoftmax.forward",
        (Edit("np.sum(exp_values, axis=1, keepdims=True)", "np.sum(exp_values)"),),
        "Print the sum of each row of your output: each should be 1. Over which numbers do you sum?",
    ),
    Mistake(
        "softmax-columns",
        "ActivationSoftmax.forward",
        (Edit("np.sum(exp_values, axis=1", "np.sum(exp_values, axis=0"),),
        "Print the sum of each row of your output: each should be 1. Do the columns add up to 1 in yours?",
    ),
    Mistake(
        "softmax-overflows",
        "ActivationSoftmax.forward",
        (Edit("inputs - np.max(inputs, axis=1, keepdims=True)", "inputs"),),
        "Print `np.exp(1000)`. The same number may be subtracted from all inputs of a row without changing "
        "the softmax: which one keeps the exponents small?",
        spares=("output",),
        because="right for small numbers",
    ),
    Mistake(
        "softmax-no-exp",
        "ActivationSoftmax.forward",
        (Edit("np.exp(inputs - np.max(inputs, axis=1, keepdims=True))", "inputs"),),
        "Try a row with a negative input. Softmax gives only positive numbers: which function do you need "
        "before you divide?",
    ),
    Mistake(
        "softmax-diagonal",
        "ActivationSoftmax.backward",
        (Edit("(dvalues - mean)", "(1 - self.output) * dvalues"),),
        "Change one input of a row by hand: all outputs of the row change. Does your gradient take all of "
        "them into account?",
    ),
    Mistake(
        "softmax-passes",
        "ActivationSoftmax.backward",
        (Edit("self.output * (dvalues - mean)", "dvalues"),),
        "You pass dvalues on as they are. Which factor does the chain rule put beside them?",
    ),
    Mistake(
        "softmax-mean-over-all",
        "ActivationSoftmax.backward",
        (Edit("np.sum(dvalues * self.output, axis=1, keepdims=True)", "np.sum(dvalues * self.output)"),),
        "Each sample is on its own. Over which axis does your sum in `backward` go?",
    ),
    Mistake(
        "mse-sum",
        "mse_loss",
        (Edit("np.mean", "np.sum"),),
        "Give every sample twice: the loss should stay the same. What happens to yours?",
    ),
    Mistake(
        "mse-per-sample",
        "mse_loss",
        (Edit("np.mean((y_pred - y_true) ** 2)", "np.sum((y_pred - y_true) ** 2) / len(y_true)"),),
        "The mean is over all entries, samples times outputs. By which number do you divide?",
    ),
    Mistake(
        "mse-half",
        "mse_loss",
        (Edit("np.mean(", "0.5 * np.mean("),),
        "Your loss is half of what it should be. Compare the constants with the formula.",
    ),
    Mistake(
        "mse-no-square",
        "mse_loss",
        (Edit("(y_pred - y_true) ** 2", "y_pred - y_true"),),
        "Try two entries with the errors +1 and -1. Your loss is 0 there. What does the formula do to each error?",
    ),
    Mistake(
        "mse-d-no-two",
        "mse_loss_derivative",
        (Edit("2 * (y_pred - y_true)", "(y_pred - y_true)"),),
        "Differentiate a square by hand. Which number comes down from the exponent?",
    ),
    Mistake(
        "mse-d-sign",
        "mse_loss_derivative",
        (Edit("y_pred - y_true", "y_true - y_pred"),),
        "Try a prediction that is too large: a larger one makes the loss grow, so the derivative is "
        "positive. Which sign has yours?",
    ),
    Mistake(
        "mse-d-per-sample",
        "mse_loss_derivative",
        (Edit("y_true.size", "len(y_true)"),),
        "The loss is a mean over all entries, samples times outputs. By which number do you divide?",
    ),
    Mistake(
        "mse-d-no-mean",
        "mse_loss_derivative",
        (Edit(" / y_true.size", ""),),
        "The loss is a mean. What becomes of its division in the derivative?",
    ),
    Mistake(
        "mae-no-abs",
        "mae_loss",
        (Edit("np.abs(y_pred - y_true)", "y_pred - y_true"),),
        "Try two entries with the errors +1 and -1. Your loss is 0 there. What does the formula do to each error?",
    ),
    Mistake(
        "mae-sum",
        "mae_loss",
        (Edit("np.mean", "np.sum"),),
        "Give every sample twice: the loss should stay the same. What happens to yours?",
    ),
    Mistake(
        "mae-abs-of-mean",
        "mae_loss",
        (Edit("np.mean(np.abs(y_pred - y_true))", "np.abs(np.mean(y_pred - y_true))"),),
        "Try two entries with the errors +1 and -1: the loss should be 1. Which do you do first, the "
        "absolute value or the mean?",
    ),
    Mistake(
        "mae-d-no-sign",
        "mae_loss_derivative",
        (Edit("np.sign(y_pred - y_true)", "(y_pred - y_true)"),),
        "Draw the absolute value. Its slope is +1 or -1, however large the error is. What is yours?",
    ),
    Mistake(
        "mae-d-ones",
        "mae_loss_derivative",
        (Edit("np.sign(y_pred - y_true)", "np.ones(y_pred.shape)"),),
        "Try a prediction that is too small. A larger one makes the loss fall there: which sign has the slope?",
    ),
    Mistake(
        "mae-d-no-mean",
        "mae_loss_derivative",
        (Edit(" / y_true.size", ""),),
        "The loss is a mean. What becomes of its division in the derivative?",
    ),
    Mistake(
        "bce-sign",
        "binary_cross_entropy",
        (Edit("-np.mean", "np.mean"),),
        "The logarithm of a number below 1 is negative, and a loss is not. Which sign stands before the formula?",
    ),
    Mistake(
        "bce-sum",
        "binary_cross_entropy",
        (Edit("np.mean", "np.sum"),),
        "Give every sample twice: the loss should stay the same. What happens to yours?",
    ),
    Mistake(
        "bce-one-class",
        "binary_cross_entropy",
        (Edit(" + (1 - y_true) * np.log(1 - p)", ""),),
        "Try a sample with the target 0 and the prediction 0.9. Your loss is 0 there. Which term of the "
        "formula is for the target 0?",
    ),
    Mistake(
        "bce-log10",
        "binary_cross_entropy",
        (Edit("np.log(", "np.log10("),),
        "The formula has the natural logarithm. Which base has yours?",
    ),
    Mistake(
        "bce-d-sign",
        "binary_cross_entropy_derivative",
        (Edit("(p - y_true)", "(y_true - p)"),),
        "Try a prediction that is too large: a larger one makes the loss grow, so the derivative is "
        "positive. Which sign has yours?",
    ),
    Mistake(
        "bce-d-with-sigmoid",
        "binary_cross_entropy_derivative",
        (Edit(" / (p * (1 - p))", ""),),
        "This derivative is with respect to the prediction. Yours is with respect to the number before the "
        "sigmoid. Differentiate the two logarithms by hand.",
    ),
    Mistake(
        "bce-d-no-mean",
        "binary_cross_entropy_derivative",
        (Edit(" / y_true.size", ""),),
        "The loss is a mean. What becomes of its division in the derivative?",
    ),
    Mistake(
        "cce-mean-classes",
        "categorical_cross_entropy",
        (Edit("-np.sum(y_true * np.log(p)) / N", "-np.mean(y_true * np.log(p))"),),
        "The mean is over the samples alone. Do the classes count in the number by which you divide?",
    ),
    Mistake(
        "cce-sum",
        "categorical_cross_entropy",
        (Edit(" / N", ""),),
        "Give every sample twice: the loss should stay the same. What happens to yours?",
    ),
    Mistake(
        "cce-sign",
        "categorical_cross_entropy",
        (Edit("-np.sum", "np.sum"),),
        "The logarithm of a number below 1 is negative, and a loss is not. Which sign stands before the formula?",
    ),
    Mistake(
        "cce-d-with-softmax",
        "categorical_cross_entropy_derivative",
        (Edit("-y_true / p / N", "(p - y_true) / N"),),
        "This derivative is with respect to the prediction. Yours is with respect to the logits, before the"
        " softmax. Differentiate the logarithm by hand.",
    ),
    Mistake(
        "cce-d-sign",
        "categorical_cross_entropy_derivative",
        (Edit("-y_true", "y_true"),),
        "Make the probability of the true class larger: the loss should fall. Which sign has your derivative?",
    ),
    Mistake(
        "cce-d-no-mean",
        "categorical_cross_entropy_derivative",
        (Edit(" / N", ""),),
        "The loss is a mean over the samples. What becomes of its division in the derivative?",
    ),
    Mistake(
        "sparse-first-class",
        "sparse_categorical_cross_entropy",
        (Edit("p[np.arange(N), y_true]", "p[:, 0]"),),
        "Print the probabilities that you use. Each sample needs that of its own true class: which column do you take?",
    ),
    Mistake(
        "sparse-best-class",
        "sparse_categorical_cross_entropy",
        (Edit("p[np.arange(N), y_true]", "np.max(p, axis=1)"),),
        "You use the largest probability of each row. Which class does the formula ask for?",
    ),
    Mistake(
        "sparse-sum",
        "sparse_categorical_cross_entropy",
        (Edit(" / N", ""),),
        "Give every sample twice: the loss should stay the same. What happens to yours?",
    ),
    Mistake(
        "sparse-d-sign",
        "sparse_categorical_cross_entropy_derivative",
        (Edit("-1 /", "1 /"),),
        "Make the probability of the true class larger: the loss should fall. Which sign has your derivative?",
    ),
    Mistake(
        "sparse-d-no-mean",
        "sparse_categorical_cross_entropy_derivative",
        (Edit(" / N", ""),),
        "The loss is a mean over the samples. What becomes of its division in the derivative?",
    ),
    Mistake(
        "sparse-d-all-classes",
        "sparse_categorical_cross_entropy_derivative",
        (Edit("gradient[rows, y_true] = -1 / p[rows, y_true] / N", "gradient = -1 / p / N"),),
        "Only the probability of the true class enters the loss. What is the derivative with respect to the"
        " other ones?",
    ),
    Mistake(
        "both-sum",
        "SoftmaxCrossEntropy.forward",
        (Edit(" / N", ""),),
        "Give every sample twice: the loss should stay the same. What happens to yours?",
    ),
    Mistake(
        "both-mean-classes",
        "SoftmaxCrossEntropy.forward",
        (Edit(" / N", " / y_true.size"),),
        "The mean is over the samples alone. Do the classes count in the number by which you divide?",
    ),
    Mistake(
        "both-overflows",
        "SoftmaxCrossEntropy.forward",
        (Edit("logits - np.max(logits, axis=1, keepdims=True)", "logits"),),
        "Print `np.exp(1000)`. The same number may be subtracted from all logits of a row without changing "
        "the softmax: which one keeps the exponents small?",
        spares=("samples",),
        because="right for small logits",
    ),
    Mistake(
        "both-softmax-over-all",
        "SoftmaxCrossEntropy.forward",
        (Edit("np.sum(exp_values, axis=1, keepdims=True)", "np.sum(exp_values)"),),
        "Print the sum of each row of your probabilities: each should be 1. Over which numbers do you sum?",
    ),
    Mistake(
        "both-no-log",
        "SoftmaxCrossEntropy.forward",
        (Edit("np.log(self.y_pred)", "self.y_pred"),),
        "Compare your loss with the formula of the cross-entropy, term by term. Which function stands "
        "before the probability?",
    ),
    Mistake(
        "both-d-no-mean",
        "SoftmaxCrossEntropy.backward",
        (Edit(" / N", ""),),
        "The loss is a mean over the samples. What becomes of its division in the derivative?",
    ),
    Mistake(
        "both-d-sign",
        "SoftmaxCrossEntropy.backward",
        (Edit("self.y_pred - y_true", "y_true - self.y_pred"),),
        "Try a probability that is too large: a larger logit makes the loss grow, so the derivative is "
        "positive. Which sign has yours?",
    ),
    Mistake(
        "both-d-per-entry",
        "SoftmaxCrossEntropy.backward",
        (Edit(" / N", " / y_true.size"),),
        "The loss is a mean over the samples alone. Do the classes count in the number by which you divide "
        "the gradient?",
    ),
    Mistake(
        "both-d-own-class",
        "SoftmaxCrossEntropy.backward",
        (Edit("(self.y_pred - y_true)", "(self.y_pred - 1) * y_true"),),
        "A larger logit of another class makes the loss grow, too. What does your gradient have at the other classes?",
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
