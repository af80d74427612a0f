"""`check.py --show FUNCTION`: a failing case in full, as Python to paste, with the shapes that the contract fixes."""

import numpy as np

MOST_ENTRIES = 60  # of an array that is written out


def written(array):
    """An array as Python; a large one in a shorter way, where there is one."""
    array = np.asarray(array)
    if array.size and (array == array.flat[0]).all() and array.size > 1:
        value = array.flat[0].item()
        return f"np.zeros({array.shape})" if value == 0 else f"np.full({array.shape}, {value!r})"
    if array.size <= MOST_ENTRIES:
        return f"np.array({array.tolist()})"
    return f"np.random.default_rng(1).normal(0, 0.1, {array.shape})  # some numbers of this shape"


def argument(value):
    """Lines of Python for one argument."""
    if isinstance(value, np.ndarray):
        return written(value)
    if isinstance(value, list):
        pairs = [f"    ({written(x)}, {written(y) if isinstance(y, np.ndarray) else y})," for x, y in value]
        return "\n".join(["[", *pairs, "]"])
    return repr(value)


def snippet(case, module="q1", owner="NeuralNetwork"):
    """Python that makes the same call again.

    :param case: q1.Case
    :return: text
    """
    sizes = list(case.sizes or (2, 2, 1))
    lines = ["import numpy as np", f"from {module} import {owner}", ""]
    lines.append(f"net = {owner}({len(sizes)}, {sizes})")
    for name, arrays in (("weights", case.weights), ("biases", case.biases)):
        if arrays:
            lines += [f"net.{name} = [", *(f"    {written(array)}," for array in arrays), "]"]
    names = list(case.arguments or {})
    lines += [f"{name} = {argument(value)}" for name, value in (case.arguments or {}).items()]
    if case.function == "__init__":
        return "\n".join(lines[:4])
    return "\n".join([*lines, f"print(net.{case.function}({', '.join(names)}))"])


def shapes(case):
    """The shape of everything on the way that the contract fixes: a list of lines."""
    if not case.sizes:
        return [f"{name} {np.shape(value)}" for name, value in (case.arguments or {}).items()] + [
            "the answer has the shape of the argument"
        ]
    lines = [f"x, which is a of the input: {(case.sizes[0], 1)}"]
    for layer, (n_in, n_out) in enumerate(zip(case.sizes, case.sizes[1:])):
        lines.append(f"weights[{layer}] {(n_in, n_out)}, biases[{layer}] {(n_out, 1)} -> z and a {(n_out, 1)}")
    if case.function in ("back_propagation", "mini_batch_GD"):
        for layer, (n_in, n_out) in reversed(list(enumerate(zip(case.sizes, case.sizes[1:])))):
            lines.append(f"dC/da, dC/dz {(n_out, 1)}, dC_db[{layer}] {(n_out, 1)}, dC_dw[{layer}] {(n_in, n_out)}")
    return lines


def show(report, finding, module, owner):
    """Print a case: what was found, shapes, and the snippet.

    :param report: engine.Report
    :param finding: engine.Finding with a case
    """
    console = report.console
    console.write()
    console.write(f"The case: {finding.case}")
    console.write("Shapes on the way:")
    for line in shapes(finding.case):
        console.write(line, "    ")
    console.write("To paste into Python, in the folder of your file:")
    console.clear()
    console.stream.write("\n" + snippet(finding.case, module, owner) + "\n")
