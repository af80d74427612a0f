"""The gradient microscope: back_propagation's gradients beside measured slopes, layer by layer, as a page and as text.

Going backwards, the first layer whose
gradients disagree with the slopes is where to look: those before it follow from it.
"""

import html
import os
from dataclasses import dataclass

import numpy as np

from . import VERSION, q1
from .engine import LAB, Kind
from .errors import explain
from .values import Wrong, kind, shape_words

# Equal widths first: there a transposed or misplaced array still fits, so that there is something to see. Then other
# widths and depths, for what goes wrong on those alone.
NETS = ((3, 3, 3, 3), (4, 3, 3, 2), (3, 3, 3, 3, 3), (3, 2))
PAGE = "gradients.html"  # where the page is written, in the current folder
SHOWN = 0.1  # the size below which a slope counts as small, as in the checks
BLUE, ORANGE = (33, 102, 172), (179, 88, 6)  # minus and plus: told apart by colour-blind eyes, too

STYLE = """
body { max-width: 62rem; margin: 1.5rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, "Segoe UI", sans-serif;
  color: #1f2328; background: #fff }
h1 { font-size: 1.5rem; line-height: 1.25 } h2 { font-size: 1.1rem; margin: 1.6rem 0 .3rem }
section { border-left: .4rem solid #d1d9e0; padding-left: .8rem; margin: 1rem 0 }
section.first { border-color: #b35806; background: #fff8f1 }
.maps { display: flex; flex-wrap: wrap; gap: .6rem 1.6rem; align-items: flex-start }
table { border-collapse: separate; border-spacing: 2px; min-width: 12rem }
caption { text-align: left; font-size: .9rem; white-space: nowrap }
.bar { display: inline-block; width: 9rem; height: .9rem; vertical-align: middle; border: 1px solid #8c959f;
  background: linear-gradient(to right, rgb(33,102,172), #fff, rgb(179,88,6)) }
td { min-width: 3.6rem; padding: .25rem .3rem; text-align: right; font: .85rem ui-monospace, Consolas, monospace }
svg { width: 100%; max-width: 40rem; height: auto } .ask { font-weight: 600 }
"""


@dataclass(frozen=True)
class Pair:
    """One array of gradients: its name, what the student's code gave, the slopes, and what differs.

    :param words: what differs, "" where the two agree
    :param got: numpy array of the slopes' shape, or None where there is nothing of that size
    """

    name: str
    layer: int
    got: np.ndarray | None
    slope: np.ndarray
    words: str


@dataclass(frozen=True)
class View:
    """What the microscope sees of one net.

    :param pairs: from the output layer backwards, biases before weights
    :param note: which call it was
    :param headline: what is wrong with the whole answer: an error, or no two lists; "" if nothing is
    :param marked: the layer, from 0, where going backwards the two first disagree; None if they agree
    """

    sizes: tuple
    note: str
    pairs: tuple
    headline: str
    ask: str
    marked: int | None


def pair(name, layer, got, slope, tolerance):
    """Compare one array with its slopes, in whatever form it comes."""
    words, shown = "", None
    try:
        numbers = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return Pair(name, layer, None, slope, f"it is {kind(got)}")
    if got is None:
        return Pair(name, layer, None, slope, "it was never filled: it is None")
    if numbers.size == slope.size:
        shown = numbers.reshape(slope.shape)
    if numbers.shape != slope.shape:
        words = f"it has the shape {shape_words(numbers.shape)}, expected {shape_words(slope.shape)}"
    elif not np.isfinite(numbers).all():
        words = "it holds nan or inf"
    elif np.abs(numbers - slope).max() > tolerance * max(SHOWN, np.abs(slope).max()):
        signs = int((np.sign(numbers) != np.sign(slope)).sum())
        words = f"it is off by up to {np.abs(numbers - slope).max():.2g}"
        words += f", and {signs} of {slope.size} signs differ" if signs else ", the signs agree"
        if not numbers.any():
            words = "it is all zeros"
    return Pair(name, layer, shown, slope, words)


def look(student, sizes, seed, report):
    """One net, two samples one after the other: the first view that shows a disagreement, else the last.

    :return: View
    """
    rng = np.random.default_rng(seed)
    net = student.net(sizes, *q1.drawn(seed, sizes))
    last = len(sizes) - 2
    view = None
    for (x, y), note in zip(q1.samples(rng, sizes, 2), ("", "second call")):
        slopes = [[q1.measured(net, array, x, y) for array in arrays] for arrays in (net.biases, net.weights)]
        headline, ask, answer, marked = "", "", None, None
        try:
            answer = q1.gradients(net, x, y, note)
        except Wrong as wrong:
            headline, ask, marked = wrong.found, wrong.ask, last
            answer = two_lists(student.report.answer)
        except NotImplementedError:
            raise
        except Exception as error:  # whatever a student's code raises is told, not hidden
            told = explain(error, report.sources, report.owner, frozenset(), "back_propagation")
            headline, ask = f"line {told.line}: {told.code}\n{told.words}", told.ask
            index = last if told.index is None else told.index
            marked = min(max(index + len(net.weights) if index < 0 else index, 0), last)
        pairs = []
        for layer in reversed(range(last + 1)):
            for which, name in enumerate(("dC_db", "dC_dw")):
                slope, tolerance = slopes[which][layer]
                if answer is None or layer >= len(answer[which]):
                    pairs.append(Pair(f"{name}[{layer}]", layer, None, slope, "there is none"))
                else:
                    pairs.append(pair(f"{name}[{layer}]", layer, answer[which][layer], slope, tolerance))
        if marked is None or answer is not None:
            marked = next((one.layer for one in pairs if one.words), marked)
        view = View(tuple(sizes), note, tuple(pairs), headline, ask, marked)
        if marked is not None:
            return view
    return view


def two_lists(answer):
    """The answer if it is two lists of some length, else None."""
    if isinstance(answer, (tuple, list)) and len(answer) == 2 and all(q1.has_length(one) for one in answer):
        return answer
    return None


def views(report, owner):
    """The view to show: the first net with a disagreement that gave gradients, else the first with an error.

    :raises NotImplementedError: where a function is not written yet
    """
    student = q1.Student(owner, report)
    seen = [look(student, sizes, 40 + number, report) for number, sizes in enumerate(NETS)]
    wrong = [view for view in seen if view.marked is not None]
    given = [view for view in wrong if any(one.got is not None for one in view.pairs)]
    return next(iter(given + wrong + seen))


def picture(report, owner, path=PAGE):
    """Write the page, print the text; returns the exit status.

    :param report: engine.Report
    :param owner: the student's class
    :param path: where to write the page
    """
    before = [name for name in q1.LINES[5].needs if hasattr(owner, name)]
    report.quiet = True
    q1.run(report, owner, before)
    report.quiet = False
    failing = [one for one in report.findings if one.kind is not Kind.RIGHT]
    if failing:
        first = failing[0]
        verb = "is not written yet" if first.kind is Kind.UNWRITTEN else "is wrong"
        report.console.write(f"The slopes rest on your {first.function}, which {verb}. Run: python check.py")
        return 1
    view = None
    with report.line("back_propagation", "back_propagation"):
        view = views(report, owner)
    if view is None:
        return report.finish()
    text(report.console, view)
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(page(view))
    except OSError as error:
        report.console.write(f"The page cannot be written: {error}")
        return 1
    where = "they agree" if view.marked is None else f"look at layer {view.marked} first"
    report.console.write(f"\nSaved {os.path.relpath(path)}: open it in a browser; {where}. {LAB}")
    return 0 if view.marked is None else 1


# ---------------------------------------------------------------- as text


def grid(array, width=7):
    """An array as lines of signed numbers."""
    if array is None:
        return ["-"]
    return ["".join(f"{value:+{width}.2g}" if abs(value) < 1e-3 and value else f"{value:+{width}.3f}" for value in row)
            for row in np.atleast_2d(array)]  # fmt: skip


def text(console, view):
    """The microscope in a terminal: a line for each array, and the first that disagrees in full."""
    console.write(f"Your gradients beside measured slopes, {q1.structure(view.sizes)} net, from the output backwards:")
    if view.headline:
        console.write(view.headline, "    ")
    told = False
    for one in view.pairs:
        first = not told and one.layer == view.marked and bool(one.words)
        sign = console.signs[Kind.WRONG if one.words else Kind.RIGHT]
        console.write(f"{sign} {one.name}" + (f": {one.words}" if one.words else "") + (" <- first" if first else ""))
        if first:
            told = True
            for title, array in (("yours", one.got), ("measured", one.slope)):
                console.write(title, "      ")
                for line in grid(array):
                    console.stream.write("        " + line + "\n")
    console.write(f"-> {question(view)}")


def question(view):
    """What to ask under the picture."""
    if view.marked is None:
        return "all agree: can you say why the first layer's slopes are smaller than the last one's?"
    if view.ask:
        return view.ask
    last = len(view.sizes) - 2
    wrong = [one for one in view.pairs if one.layer == view.marked and one.words]
    if all(one.name.startswith("dC_dw") for one in wrong):
        return q1.LOOK["dC_dw"]
    if view.marked == last:
        return q1.LOOK["dC_db"]
    return f"layer {view.marked + 1} is right: what must come back from it, and through which weights?"


# ---------------------------------------------------------------- as a page


def colour(value, scale):
    """The background of a cell and the colour of its text, for a value between -scale and scale."""
    share = 0.0 if not scale or not np.isfinite(value) else min(1.0, abs(value) / scale)
    base = ORANGE if value > 0 else BLUE
    mixed = [round(255 + (part - 255) * share) for part in base]
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in mixed]
    light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "rgb({},{},{})".format(*mixed), "#000" if light > 0.179 else "#fff"  # the better contrast: at least 4.5


def heat_map(title, array, scale):
    """One table: a cell for each entry, with its sign and value."""
    if array is None:
        return f"<p>{title}: nothing to show</p>"
    rows = []
    for row in array:
        cells = []
        for value in row:
            back, front = colour(value, scale)
            cells.append(f'<td style="background:{back};color:{front}">{value:+.4f}</td>')
        rows.append("<tr>" + "".join(cells) + "</tr>")
    return f"<table><caption>{title}, scale &#177;{scale:.3g}</caption>{''.join(rows)}</table>"


def net_drawing(view):
    """The net as SVG: its neurons and weights, the marked layer in colour."""
    count, most = len(view.sizes), max(view.sizes)
    width, height = 120 * (count - 1) + 80, 44 * most + 16

    def at(layer, neuron):
        """The middle of a neuron."""
        return 40 + 120 * layer, 34 + 44 * neuron + 22 * (most - view.sizes[layer])

    lines, circles = [], []
    for layer, (n_in, n_out) in enumerate(zip(view.sizes, view.sizes[1:])):
        hot = layer == view.marked
        ink = "#b35806" if hot else "#8c959f"
        for i in range(n_in):
            for j in range(n_out):
                (x, y), (u, v) = at(layer, i), at(layer + 1, j)
                lines.append(
                    f'<line x1="{x}" y1="{y}" x2="{u}" y2="{v}" stroke="{ink}" stroke-width="{2 if hot else 1}"/>'
                )
        x, _ = at(layer, 0)
        lines.append(f'<text x="{x + 60}" y="14" text-anchor="middle" font-size="13">weights[{layer}]</text>')
    for layer, n in enumerate(view.sizes):
        hot = layer - 1 == view.marked
        for neuron in range(n):
            x, y = at(layer, neuron)
            circles.append(f'<circle cx="{x}" cy="{y}" r="13" fill="{"#fdb863" if hot else "#fff"}" stroke="#1f2328"/>')
    where = (
        "no layer is marked"
        if view.marked is None
        else f"weights[{view.marked}] and the neurons they lead to are marked"
    )
    label = html.escape(f"A {q1.structure(view.sizes)} net; {where}")
    return f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{"".join(lines + circles)}</svg>'


def page(view):
    """The whole page; it needs nothing but itself."""
    parts, first = [], True
    for layer in range(len(view.sizes) - 2, -1, -1):
        own = [one for one in view.pairs if one.layer == layer]
        wrong = [one for one in own if one.words]
        marked = layer == view.marked
        state = "agrees" if not wrong and not marked else "differs first here" if marked else "differs"
        parts.append(f"<section{' class=first' if marked else ''}><h2>Layer {layer}: {state}</h2>")
        for one in own:
            scale = float(max(np.abs(one.slope).max(), 0 if one.got is None else np.nan_to_num(np.abs(one.got)).max()))
            off = None if one.got is None else one.got - one.slope
            most = 0.0 if off is None else float(np.nan_to_num(np.abs(off)).max())
            parts.append(f"<p><b>{one.name}</b> {html.escape(one.words or 'agrees with the measured slopes')}</p>")
            maps = [heat_map("yours", one.got, scale), heat_map("measured", one.slope, scale)]
            maps += [heat_map("difference", off, most)] if one.words else []
            parts.append(f'<div class="maps">{"".join(maps)}</div>')
        if marked and first:
            first = False
            parts.append(f'<p class="ask">{html.escape(question(view))}</p>')
        parts.append("</section>")
    verdict = (
        "Every gradient agrees with its measured slope."
        if view.marked is None
        else f"Going backwards from the output, layer {view.marked} is the first that disagrees."
    )
    headline = "<p>" + html.escape(view.headline).replace("\n", "<br>") + "</p>" if view.headline else ""
    title = "Your gradients under the microscope"
    note = f" ({view.note})" if view.note else ""
    intro = (
        f"A {q1.structure(view.sizes)} net{note}. Each slope was measured on your own forward_pass: the weight was "
        "moved a little both ways, and the cost looked at."
    )
    last = f'<p class="ask">{html.escape(question(view))}</p>' if view.marked is None else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{intro}</p>
<p>minus the scale <span class="bar"></span> plus the scale, which stands above each map</p>
<p><b>{verdict}</b></p>
{headline}{net_drawing(view)}
{"".join(parts)}
{last}
<p>neural lab {VERSION}</p>
</main>
</body>
</html>
"""
