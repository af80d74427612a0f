"""An error in plain words: the student's line, what stands in it, what that means, and one question.

What stands in a line comes from the traceback's own variables; nothing of
the student's is called again.
"""

import ast
import builtins
import difflib
import inspect
import os
import re
import types
from dataclasses import dataclass

import numpy as np

from .values import kind, shape_words

MOST_VALUES = 6  # how many values of a line are shown


@dataclass(frozen=True)
class Explained:
    """What is said about an error.

    :param line: the line in the student's file, or None
    :param code: what stands there
    :param values: ["W is (784, 8)", ...]: what stands in it
    :param words: what happened, in plain words
    :param ask: a question
    :param called: "in sigmoid, which line 125 calls", where the error is in a function that is right by itself; "" if
        not
    :param index: the layer that the line is about, as the index in its square brackets, or None
    """

    line: int | None
    code: str
    values: tuple[str, ...]
    words: str
    ask: str
    called: str = ""
    index: int | None = None


class Source:
    """A student's file as it was loaded: its text, and which of its lines are the student's.

    main   the line of its `if __name__ == "__main__":`, or None
    """

    def __init__(self, path, text, end=None):
        """Keep the text and read it.

        :param path: its absolute path
        :param text: the whole text
        :param end: the first line that is not the student's, or None
        """
        self.path, self.lines, self.end = path, text.split("\n"), end
        try:
            self.tree = ast.parse(text)
        except SyntaxError:
            self.tree = ast.Module([], [])
        self.main = next((one.lineno for one in self.tree.body if "__name__" in ast.unparse(one)[:12]), None)

    def owns(self, code, line):
        """Whether a line of this code object is the student's."""
        return (self.end is None or line < self.end) and os.path.abspath(code.co_filename) == self.path

    def statement(self, line):
        """The innermost statement at a line, as (its syntax tree or None, its first line).

        Of a loop or an if only the head counts.
        """
        best = None
        for node in ast.walk(self.tree):
            if not isinstance(node, ast.stmt) or isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                continue
            last = node.body[0].lineno - 1 if getattr(node, "body", None) else node.end_lineno
            if node.lineno <= line <= max(last, node.lineno) and (best is None or node.lineno >= best.lineno):
                best = node
        return best, (best.lineno if best is not None else line)

    def code(self, line):
        """What stands in a line, without its indentation and its comment."""
        text = self.lines[line - 1].strip() if 0 < line <= len(self.lines) else ""
        return re.sub(r"\s+#[^'\"]*$", "", text)


def own_frames(error, sources):
    """The frames of an error's traceback that are the student's: [(frame, line, source)], innermost last."""
    found, entry = [], error.__traceback__
    while entry is not None:
        for source in sources:
            if source.owns(entry.tb_frame.f_code, entry.tb_lineno):
                found.append((entry.tb_frame, entry.tb_lineno, source))
        entry = entry.tb_next
    return found


def head(node):
    """The parts of a statement that its own line runs: of a loop or an if, its head alone."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return [node.iter]
    if isinstance(node, (ast.If, ast.While)):
        return [node.test]
    if isinstance(node, ast.With):
        return [item.context_expr for item in node.items]
    return [node] if node is not None else []


class Unknown(Exception):
    """A part of a line that cannot be looked up without running the student's code."""


def look_up(node, frame):
    """The value of a simple part of a line: names, attributes of self, items of lists, .T; nothing is called.

    :raises Unknown: for everything else
    """
    if isinstance(node, ast.Name):
        for names in (frame.f_locals, frame.f_globals):
            if node.id in names:
                return names[node.id]
    elif isinstance(node, ast.Constant):
        return node.value
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = look_up(node.operand, frame)
        if type(value) is int:
            return -value
    elif isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        left, right = look_up(node.left, frame), look_up(node.right, frame)
        if type(left) is type(right) is int:
            return left + right if isinstance(node.op, ast.Add) else left - right
    elif isinstance(node, ast.Attribute):
        owner = look_up(node.value, frame)
        if isinstance(owner, np.ndarray) and node.attr in ("T", "shape", "size"):
            return getattr(owner, node.attr)
        if node.attr in getattr(owner, "__dict__", {}):
            return vars(owner)[node.attr]
    elif isinstance(node, ast.Subscript):
        owner, place = look_up(node.value, frame), look_up(node.slice, frame)
        if type(owner) in (list, tuple, np.ndarray) and type(place) is int:
            try:
                return owner[place]
            except IndexError:
                raise Unknown from None
    raise Unknown


def parts(node, frame):
    """The simple parts of a statement that hold something to look at: {text: value}, from left to right."""
    found, inside = {}, set()
    for part in (one for top in head(node) for one in ast.walk(top)):
        if id(part) in inside or not isinstance(part, (ast.Name, ast.Attribute, ast.Subscript)):
            continue
        if isinstance(getattr(part, "ctx", None), ast.Store) and not isinstance(node, ast.AugAssign):
            continue
        try:
            value = look_up(part, frame)
        except Unknown:
            continue
        own = isinstance(part, ast.Name) and part.id in frame.f_locals
        if isinstance(value, (types.ModuleType, type)) or (callable(value) and not own):
            continue
        if hasattr(value, "__dict__") and not isinstance(value, np.ndarray) and not callable(value):
            continue  # self
        inside.update(id(inner) for inner in ast.walk(part) if inner is not part and not isinstance(inner, ast.Slice))
        if isinstance(part, ast.Subscript):  # the index is worth a look, too
            inside.difference_update(id(inner) for inner in ast.walk(part.slice) if isinstance(inner, ast.Name))
        place = (part.lineno, part.col_offset)
        found.setdefault(ast.unparse(part), (place, value))
    return {text: value for text, (_, value) in sorted(found.items(), key=lambda item: item[1][0])}


def layer_index(node, frame):
    """The index in the square brackets of a line, if all that are simple agree on it in the first place."""
    for part in (one for top in head(node) for one in ast.walk(top)):
        if isinstance(part, ast.Subscript):
            try:
                place = look_up(part.slice, frame)
            except Unknown:
                continue
            if type(place) is int:
                return place
    return None


def explain(error, sources, owner=None, right=frozenset(), function=""):
    """Say in plain words what an error means.

    :param error: the exception
    :param sources: the student's files, a list of Source
    :param owner: the class whose functions are checked, or None; for names that are nearly right
    :param right: names of functions that passed their own checks: an error in one of them comes from its caller
    :param function: the function that was called
    :return: Explained
    """
    frames = own_frames(error, sources)
    if not frames:
        line, source = where_defined(function, sources)
        words, ask = plain(error, None, None, {}, owner, function)
        return Explained(line, source.code(line) if line else "", (), words, ask)
    called = ""
    frame, line, source = frames[-1]
    inner = frame.f_code.co_name
    callers = [entry for entry in frames if entry[0].f_code.co_name not in right]
    if inner in right and inner != function and callers:
        (inner_frame, inner_line, inner_source), (frame, line, source) = (frame, line, source), callers[-1]
        called = f"the error comes up in {inner}, which was right before: what does this line hand over?"
        own = parts(inner_source.statement(inner_line)[0], inner_frame)
        words, ask = plain(error, inner_source.statement(inner_line)[0], inner_frame, own, owner, inner)
        node, line = source.statement(line)
        values = parts(node, frame) or own
    else:
        node, line = source.statement(line)
        values = parts(node, frame)
        words, ask = plain(error, node, frame, values, owner, function)
    told = tuple(f"{name} is {kind(value)}" for name, value in list(values.items())[:MOST_VALUES])
    return Explained(line, source.code(line), told, words, ask, called, layer_index(node, frame))


def where_defined(function, sources):
    """The line of a function's def and its file: (line or None, Source)."""
    for source in sources:
        for definition in definitions(source, function):
            return definition.lineno, source
    return None, sources[0]


def nearly(name, names):
    """The name that was probably meant, or None."""
    close = difflib.get_close_matches(name, [other for other in names if other != name], 1, 0.7)
    plainer = {other.lower().replace("_", ""): other for other in names}
    return plainer.get(name.lower().replace("_", ""), close[0] if close else None)


def members(owner):
    """The names of a class's functions."""
    return [name for name in dir(owner) if not name.startswith("__")] if owner else []


def operators(node):
    """The kinds of operators in a statement."""
    return {type(part.op) for part in ast.walk(node) if isinstance(part, (ast.BinOp, ast.AugAssign))} if node else set()


def plain(error, node, frame, values, owner, function):
    """What an error means and a question: (words, ask).

    :param node: the statement that raised it, or None
    :param frame: its frame, or None
    :param values: the parts of the statement, {text: value}
    """
    message = str(error)
    for meant, explained in EXPLAINED:
        if isinstance(error, meant):
            said = explained(message, node, frame, values, owner, function)
            if said:
                return said
    return f"{type(error).__name__}: {message}" if message else type(error).__name__, "what does this line need?"


def about_names(message, node, frame, values, owner, function):
    """NameError: a missing self., a misspelt name, a name that has no value yet."""
    found = re.search(r"'(\w+)'", message)
    name = found[1] if found else ""
    if "local variable" in message or "free variable" in message:
        return f"{name} is used here before it was given a value", f"what is {name} when this line runs first?"
    if name in members(owner) or (frame is not None and name in vars(frame.f_locals.get("self", object))):
        return f"{name} belongs to the network: it needs self. in front", f"whose {name} is meant here?"
    if name == "self":
        return "a function below @staticmethod has no self", "is what is meant one of its arguments?"
    if name in ("np", "random", "logging"):
        return f"{name} is not imported", "is the import at the top of the file still there?"
    known = [*(frame.f_locals if frame else ()), *(frame.f_globals if frame else ()), *dir(builtins)]
    close = nearly(name, known) or nearly(name, members(owner))
    if close:
        return f"there is no {name} here", f"did you mean {close if close in known else 'self.' + close}?"
    return f"there is no {name} here", f"where should {name} get its value?"


def about_attributes(message, node, frame, values, owner, function):
    """AttributeError: a misspelt name behind a dot, None or a list where an array is due."""
    found = re.search(r"'?(\w+)'? (?:object )?has no attribute '(\w+)'", message)
    if not found:
        return None
    thing, name = found[1], found[2]
    if thing == "NoneType":
        return f"something here is None, which has no .{name}", "which function should have returned it?"
    if thing in ("list", "tuple"):
        return f"a {thing} has no .{name}: only an array has", "is one item of it meant, or an array made of it?"
    if thing in ("int", "float"):
        return f"a single number has no .{name}", "where should an array have come from?"
    if "module" in message:
        close = nearly(name, dir(np))
        return f"NumPy has no {name}", f"did you mean np.{close}?" if close else "what is it called there?"
    if owner is not None and thing == owner.__name__:
        own = vars(frame.f_locals["self"]) if frame and hasattr(frame.f_locals.get("self"), "__dict__") else {}
        close = nearly(name, [*members(owner), *own])
        return f"the network has no {name}", f"did you mean self.{close}?" if close else "what is it called there?"
    if thing == "ndarray":
        close = nearly(name, [one for one in dir(np.ndarray) if not one.startswith("_")])
        return f"an array has no .{name}", f"did you mean .{close}?" if close else "which NumPy function is meant?"
    return None


def about_shapes(message, node, frame, values, owner, function):
    """ValueError: shapes that do not fit, and the other ways in which an array is not what a line needs."""
    nothing = next((text for text, value in values.items() if holds_none(value)), None)
    if nothing and ("matmul" in message or "dimension" in message):
        return f"{nothing} is None or holds it: it was never filled", "which line should fill it, and when?"
    sizes = [tuple(int(n) for n in re.findall(r"\d+", one)) for one in re.findall(r"\((\d+(?:,\d*)*)\)", message)]
    if "core dimension" in message or "not aligned" in message:
        arrays = [value for value in values.values() if isinstance(value, np.ndarray) and value.ndim]
        pair = product_shapes(node, frame) or (sizes[:2] if len(sizes) == 2 and "aligned" in message else None)
        weights = any(name in text for text in values for name in ("W", "weight", "dw")) or len(arrays) > 1
        inner = f": {pair[0][-1]} and {pair[1][0]} here" if pair and pair[0] and pair[1] else ""
        ask = "which axis of W counts the inputs, which the neurons?" if weights else "what does each axis count?"
        return f"@ needs the inner sizes to be equal{inner}", ask
    if "does not have enough dimensions" in message or ("dimension" in message and "matmul" in message):
        return "@ is a product of arrays, and one of these is a single number", "is * meant, or a whole array?"
    if "broadcast" in message:
        shown = " and ".join(shape_words(size) for size in sizes[:2])
        stars = ast.Mult in operators(node)
        hint = "is entry by entry meant, or a product of matrices?" if stars else "do both belong to the same layer?"
        return f"entry by entry needs equal shapes, and these are {shown}" if shown else "these shapes don't fit", hint
    if "ambiguous" in message:
        return "an if needs one answer, and an array has many", "how do you choose entry by entry?"
    if "unpack" in message:
        return (
            f"the numbers of things left and right of = differ ({message})",
            "what exactly comes back, in what order?",
        )
    if "sequence" in message or "inhomogeneous" in message:
        return (
            "an array cannot be put where a single number belongs",
            "should each entry be an array of its own in a list?",
        )
    if "reshape" in message:
        return f"{message}", "how many entries are there, and how many should there be?"
    if "concatenate" in message or "must be the same" in message:
        return f"{message}", "which sizes must agree to put arrays together?"
    return None


def product_shapes(node, frame):
    """The shapes on both sides of the line's one @ or dot, or None."""
    pairs = []
    for part in (one for top in head(node) for one in ast.walk(top)):
        sides = None
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.MatMult):
            sides = part.left, part.right
        elif (
            isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr in ("dot", "matmul")
        ):
            sides = part.args[:2] if len(part.args) == 2 else (part.func.value, *part.args)
        if sides and len(sides) == 2:
            try:
                pair = [np.shape(look_up(side, frame)) for side in sides]
            except (Unknown, ValueError):
                continue
            if all(pair) and pair[0][-1] != pair[1][0]:
                pairs.append(pair)
    return pairs[0] if len(pairs) == 1 else None


def about_types(message, node, frame, values, owner, function):
    """TypeError: calls with too many arguments, lists and None where arrays are due, whole-number accumulators."""
    found = re.search(r"(\w+)\(\) (?:takes|got|missing)", message)
    if found and ("argument" in message):
        return about_arguments(found[1], message, owner, node)
    if "Cannot cast" in message and "output" in message:
        name = next(
            (text for text, value in values.items() if getattr(value, "dtype", np.dtype(float)).kind in "iub"), ""
        )
        return (
            f"{name or 'the array'} holds whole numbers, and cannot take fractions",
            "with which numbers was it made?",
        )
    if "not callable" in message:
        return "round brackets call a function, and this is none", "is an index in [ ] meant, or a * forgotten?"
    nothing = next((text for text, value in values.items() if holds_none(value)), None)
    if "NoneType" in message or (nothing and "None" in message):
        return (
            f"{nothing or 'something here'} is None or holds it: it was never filled",
            "which line should fill it, and when?",
        )
    uncalled = next((text for text, value in values.items() if callable(value)), None)
    if uncalled and "not callable" not in message:
        return (
            f"{uncalled} is a function, and was not called",
            "are the brackets of a call missing where it gets its value?",
        )
    if "indices must be" in message:
        return "a list is indexed by whole numbers", "is an item of the list meant, or its index?"
    if "size-1" in message or "length-1" in message or "0-dimensional" in message or "scalar" in message:
        return "a function for single numbers was given an array", "which module's function works on a whole array?"
    if "not iterable" in message or "cannot unpack" in message:
        return "a loop, or names on the left of =, need several things, and this is one", "what should be gone through?"
    if "not subscriptable" in message:
        return "[ ] takes an item out of a list or array, and this is neither", "what should stand before the brackets?"
    if "'list'" in message or "'tuple'" in message or "sequence" in message:
        name = next((text for text, value in values.items() if isinstance(value, (list, tuple))), "something here")
        return f"{name} is a list, and a list has no arithmetic", "is one item of it meant, or an array made of it?"
    if "unsupported operand" in message or "ufunc" in message:
        return f"these two cannot be computed with: {message}", "what did you expect each of them to be?"
    if "abstract" in message or "NoneType" in message:
        return None
    return None


def holds_none(value):
    """Whether a value is None, or a list with None in it."""
    return value is None or (isinstance(value, (list, tuple)) and any(item is None for item in value))


def about_arguments(name, message, owner, node):
    """A call whose arguments do not fit."""
    name = name.rpartition(".")[2]
    static = inspect.getattr_static(owner, name, None) if owner else None
    found = getattr(static, "__func__", static)
    takes = f"{name}{inspect.signature(found)}" if inspect.isfunction(found) else name
    counted = re.search(r"takes (?:from )?(\d+).*? but (\d+)", message)
    missing = re.search(r"missing \d+ required positional arguments?: (.*)", message)
    surplus = re.search(r"unexpected keyword argument '(\w+)'", message)
    if surplus:
        return f"{takes} has no argument {surplus[1]}", "what is it called in the definition?"
    if missing:
        hint = "what is left out where it is called?"
        if isinstance(static, staticmethod) and "self" in takes:
            hint = "@staticmethod hands no network over: does the function need a self?"
        return f"{takes} was not given {missing[1]}", hint
    if counted:
        more = int(counted[2]) - int(counted[1])
        given = [one for call in ast.walk(node) if isinstance(call, ast.Call) for one in call.args] if node else []
        ask = "which of them does it not need?"
        if any(isinstance(one, ast.Name) and one.id == "self" for one in given):
            ask = "the self. in front hands the network over already: what is self doing in the brackets?"
        elif "self" not in takes and more == 1:
            ask = "what is in front of the dot is handed over, too, unless @staticmethod stands above: does it?"
        if more > 0:
            return f"{takes} was given {'one argument' if more == 1 else f'{more} arguments'} too many", ask
    return f"{takes}: {message}", "which arguments does it take?"


def about_indices(message, node, frame, values, owner, function):
    """IndexError: past the end of a list or array."""
    for part in (one for top in head(node) for one in ast.walk(top)):
        if not isinstance(part, ast.Subscript):
            continue
        try:
            thing, place = look_up(part.value, frame), look_up(part.slice, frame)
        except Unknown:
            continue
        if isinstance(thing, (list, tuple)) and type(place) is int and not -len(thing) <= place < len(thing):
            name = ast.unparse(part.value)
            last = f"its last is {name}[{len(thing) - 1}]" if thing else "it is empty"
            ask = "how far should the index go?"
            if getattr(frame.f_locals.get("self"), "num_layers", None) == place + 1 == len(thing) + 1:
                ask = (
                    f"num_layers is {place + 1} and counts the input layer, too: how many arrays of weights are there?"
                )
            return f"there is no {name}[{place}]: {last}", ask
    if "empty" in message:
        return "a list is empty from which something is taken", "what should have been put into it before?"
    if "too many indices" in message or "too many indices" in message:
        return "the array has fewer axes than there are indices here", "what shape has it?"
    return "an index goes past the end", "how far should it go?"


def about_recursion(message, node, frame, values, owner, function):
    """RecursionError."""
    return "it calls itself without end", "when should it stop calling itself?"


def about_division(message, node, frame, values, owner, function):
    """ZeroDivisionError."""
    return "something is divided by zero", "which number here can be 0?"


def about_keys(message, node, frame, values, owner, function):
    """KeyError."""
    return f"there is no key {message}", "which keys were put in?"


EXPLAINED = (
    (RecursionError, about_recursion),
    (NameError, about_names),
    (AttributeError, about_attributes),
    (ZeroDivisionError, about_division),
    (IndexError, about_indices),
    (KeyError, about_keys),
    (TypeError, about_types),
    (ValueError, about_shapes),
)


def definitions(source, function):
    """The syntax trees of a function: of `fit`, or of `Perceptron.fit`, wherever it stands."""
    owner, _, name = function.rpartition(".")
    found = []
    for place in ast.walk(source.tree):
        if isinstance(place, (ast.ClassDef, ast.Module)) and owner in ("", getattr(place, "name", "")):
            found += [one for one in place.body if isinstance(one, ast.FunctionDef) and one.name == name]
    return found


def unwritten(source, function):
    """The line of the stub's raise in a function: (line or None, whether other code of its block is left unreached).

    :param source: a Source
    :param function: the function's name, with its class or without
    """
    for definition in definitions(source, function):
        for block in ast.walk(definition):
            for statements in (getattr(block, "body", None), getattr(block, "orelse", None)):
                raises = [one for one in statements if is_unwritten(one)] if isinstance(statements, list) else []
                if raises:
                    rest = [one for one in statements if not is_unwritten(one) and not is_text(one)]
                    return raises[0].lineno, bool(rest)
    return None, False


def is_unwritten(statement):
    """Whether a statement is the stub's raise."""
    return isinstance(statement, ast.Raise) and "NotImplementedError" in ast.unparse(statement)


def is_text(statement):
    """Whether a statement is a docstring."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
