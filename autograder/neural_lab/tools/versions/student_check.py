"""Checks q1.py on small examples: run `python check.py`, or `python check.py FUNCTION` for one function.

What is expected stands in check.json; it was computed when this lab was built. The functions are tried in the order in
which they rest on each other.
"""

import json
import pathlib
import sys
import traceback

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
TOLERANCE = 1e-6  # of the size of what is expected: ten times what rounding in single precision leaves


def decoded(value):
    """Arrays, tuples and lists from the file."""
    if isinstance(value, dict):
        return np.array(value["array"]) if "array" in value else tuple(map(decoded, value["tuple"]))
    return [decoded(item) for item in value] if isinstance(value, list) else value


def difference(name, got, wanted):
    """Where an answer is not what is expected, in words, or ""."""
    if isinstance(wanted, (list, tuple)):
        if not isinstance(got, (list, tuple, np.ndarray)) or len(got) != len(wanted):
            return f"{name}: {len(wanted)} items were expected, this is {kind(got)}"
        found = [difference(f"{name}[{i}]", *pair) for i, pair in enumerate(zip(got, wanted))]
        return next(filter(None, found), "")
    if np.shape(got) != np.shape(wanted) and np.size(wanted) > 1:
        return f"{name}: the shape {np.shape(wanted)} was expected, this is {kind(got)}"
    try:
        numbers = np.asarray(got, dtype=float).reshape(np.shape(wanted))
    except (TypeError, ValueError):
        return f"{name}: numbers were expected, this is {kind(got)}"
    if np.linalg.norm(numbers - wanted) <= TOLERANCE * max(1.0, float(np.linalg.norm(wanted))):
        return ""
    return f"{name}:\n    expected {shown(wanted)}\n    got      {shown(numbers)}"


def kind(value):
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def shown(numbers):
    text = np.array2string(np.asarray(numbers).ravel()[:6], precision=6, suppress_small=True)
    return text if np.size(numbers) <= 6 else f"{text} ... in all {np.size(numbers)}"


def run(owner, case):
    """Try one case on the student's class; gives what is wrong, in words, or ""."""
    network = owner(len(case["sizes"]), case["sizes"])
    weights, biases = decoded(case["weights"]), decoded(case["biases"])
    network.weights, network.biases = [W.copy() for W in weights], [b.copy() for b in biases]
    arguments, untouched = decoded(case["arguments"]), decoded(case["arguments"])
    answers = [getattr(network, case["function"])(*arguments)]
    if case["trains"]:
        return difference("what it returns", answers[0], decoded(case["expected"])) or difference(
            "[weights, biases] afterwards", [network.weights, network.biases], decoded(case["after"])
        )
    answers.append(getattr(network, case["function"])(*arguments))
    for call, answer in zip(("what it returns", "what its second call returns"), answers):
        wrong = difference(call, answer, decoded(case["expected"]))
        if wrong:
            return wrong
    changed = difference("an argument", arguments, untouched) or difference("weights", network.weights, weights)
    return f"it changes what it was given. {changed}" if changed else ""


def main():
    cases = json.loads((HERE / "check.json").read_text("utf-8"))
    try:
        sys.path.insert(0, str(HERE))
        import q1
    except Exception:
        traceback.print_exc()
        sys.exit("q1.py can't be loaded: read the last line above first.")
    functions = list(dict.fromkeys(case["function"] for case in cases))
    asked = sys.argv[1:] or functions
    unknown = [name for name in asked if name not in functions]
    if unknown:
        sys.exit(f"There is no function {unknown[0]}; there are: {', '.join(functions)}")
    right = 0
    for function in asked:
        wrong = ""
        for case in cases:
            if case["function"] == function and not wrong:
                try:
                    wrong = run(q1.NeuralNetwork, case)
                except NotImplementedError:
                    wrong = "not written yet"
                except Exception as error:
                    line = traceback.extract_tb(error.__traceback__)[-1]
                    wrong = f"{type(error).__name__} in line {line.lineno} ({line.line}): {error}"
                if wrong and wrong != "not written yet":
                    wrong = f"{case['what']}: {wrong}"
        print(f"✓ {function}" if not wrong else f"✗ {function}: {wrong}")
        right += not wrong
    print(f"{right} of {len(asked)} functions agree. The grader tries other networks and numbers.")
    sys.exit(right < len(asked))


if __name__ == "__main__":
    main()
