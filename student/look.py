"""See what your network learned: python look.py

It trains your network with the HYPERPARAMETERS of your q1.py and writes look.html, which opens in any browser and needs
nothing else: a sheet to draw your own digit on, the curves of the training, what the neurons of the first layer look
at, the digits that are read wrongly, and which digit is taken for which. `slope` is for you to call, too.
"""

import base64
import html
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from tune import FOLDER, SEEDS, CannotTrain, Progress, describe, digits, load_lab, place, train

PAGE = "look.html"
SIDE = 28  # pixels of an image's side
MOST_WRONG, MOST_TEST = 60, 1000  # so many wrong digits are shown, so many test images can be loaded
PLUS, ZERO, MINUS, UNUSED = np.array([[178, 82, 0], [255, 255, 255], [0, 92, 168], [221, 221, 221]])


def slope(network, x, y, array, place, little=1e-5):
    """How fast the cost of one sample changes with one weight or bias, measured by moving it a little both ways.

    :param array: one of network.weights or network.biases; left as it was
    :param place: the indices of the entry, such as (1, 0)
    """
    kept = array[place]
    array[place] = kept + little
    above = network.cost([(x, y)])
    array[place] = kept - little
    below = network.cost([(x, y)])
    array[place] = kept
    return (above - below) / (2 * little)


def png(pixels):
    """Colours (height, width, 3), bytes, as the address of a PNG picture that stands in the page itself."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels.astype(np.uint8))

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(file).decode("ascii")


def figure(pixels, alt, caption):
    """A picture with its caption, as HTML."""
    return f'<figure><img src="{png(pixels)}" alt="{html.escape(alt)}"><figcaption>{caption}</figcaption></figure>'


def of_digit(x):
    """An image x (784, 1) in 0..1 as colours: black ink on white paper."""
    return np.repeat(255 - 255 * x.reshape(SIDE, SIDE, 1), 3, axis=2)


def of_weights(weights, used):
    """The weights (784,) of one neuron as colours; used (784,) tells which pixels are ink in any training image."""
    share = np.where(used, weights, 0) / max(np.abs(weights[used]).max(), 1e-12)  # -1..1
    share = share.reshape(SIDE, SIDE, 1)
    colours = ZERO + np.clip(share, 0, 1) * (PLUS - ZERO) + np.clip(-share, 0, 1) * (MINUS - ZERO)
    return np.where(used.reshape(SIDE, SIDE, 1), colours, UNUSED)


def curve(values, title, unit):
    """The values after each epoch as an SVG picture with its ends written on it."""
    low, high = min(values), max(values)
    width, height, left, top = 400, 170, 70, 14
    across = [left + (width - left - 10) * i / max(1, len(values) - 1) for i in range(len(values))]
    up = [top + height * (high - value) / ((high - low) or 1) for value in values]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, up))
    alt = f"{title}: {values[0]:.4g}{unit} after epoch 1, {values[-1]:.4g}{unit} after epoch {len(values)}"
    return f"""<figure class="curve"><svg viewBox="0 0 400 212" role="img" aria-label="{html.escape(alt)}">
<path d="M{left} {top}V{top + height}H{width - 10}" class="axis"/>
<polyline points="{points}"/><circle cx="{across[-1]:.1f}" cy="{up[-1]:.1f}" r="4"/>
<text x="{left - 6}" y="{top + 5}" class="end">{high:.4g}{unit}</text>
<text x="{left - 6}" y="{top + height}" class="end">{low:.4g}{unit}</text>
<text x="{left}" y="{top + height + 20}">epoch 1</text>
<text x="{width - 10}" y="{top + height + 20}" class="end">epoch {len(values)}</text>
</svg><figcaption>{title}</figcaption></figure>"""


def table_of(guesses, labels):
    """Which digit was taken for which, as an HTML table."""
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (labels, guesses), 1)
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(10))
    rows = [
        f'<tr><th scope="row">{digit}</th>'
        + "".join(
            f'<td class="{"right" if guess == digit else "wrong" if count else "none"}">{count or ""}</td>'
            for guess, count in enumerate(row)
        )
        + "</tr>"
        for digit, row in enumerate(counts)
    ]
    return f"<table><tr><td></td>{head}</tr>{''.join(rows)}</table>"


def page(settings, network, first, costs, accuracies, training_data, test_data):
    """The whole page as text.

    :param first: the weights of the first layer (784, n_1) before the training
    :param costs: after each epoch
    :param accuracies: after each epoch, in percent
    """
    outputs = np.array([network.forward_pass(x).ravel() for x, _ in test_data])  # (M, 10)
    labels = np.array([label for _, label in test_data])
    guesses, sure = outputs.argmax(axis=1), outputs.max(axis=1)
    wrong = sorted(np.flatnonzero(guesses != labels), key=lambda i: -sure[i])
    used = np.any([x.ravel() > 0 for x, _ in training_data], axis=0)
    neurons = [
        figure(
            np.concatenate([of_weights(now, used), np.full((SIDE, 2, 3), 255), of_weights(now - before, used)], axis=1),
            f"weights of neuron {j + 1}, and what training changed in them",
            f"neuron {j + 1}",
        )
        for j, (now, before) in enumerate(zip(np.asarray(network.weights[0]).T, first.T))
    ]
    mistakes = [
        figure(
            of_digit(test_data[i][0]),
            f"test image {i + 1}",
            f"{labels[i]} read as <b>{guesses[i]}</b>, output {sure[i]:.2f}",
        )
        for i in wrong[:MOST_WRONG]
    ]
    more = f" The {MOST_WRONG} of them with the largest outputs:" if len(wrong) > MOST_WRONG else ""
    return fill(
        PAGE_HTML,
        STYLE=STYLE,
        NET=html.escape(describe(settings)),
        ACCURACY=f"{accuracies[-1]:.2f} %, {place(accuracies[-1])}",
        CURVES=curve(costs, "cost over the training data", "") + curve(accuracies, "accuracy on the test data", " %"),
        NEURONS="".join(neurons),
        WRONG=f"<p>{len(wrong)} of {len(labels)} test images.{more}</p>"
        + f'<div class="row">{"".join(mistakes)}</div>',
        TABLE=table_of(guesses, labels),
        COUNT=str(min(len(test_data), MOST_TEST)),
        DATA=json.dumps(data_of(network, test_data[:MOST_TEST])),
        SCRIPT=SCRIPT,
    )


def fill(template, **parts):
    """The template with each __NAME__ replaced."""
    for name, text in parts.items():
        template = template.replace(f"__{name}__", text)
    return template


def data_of(network, test_data):
    """What the page's script reads: for each layer a row of numbers for each neuron, and the test images as bytes."""

    def text(array, kind):
        return base64.b64encode(np.ascontiguousarray(array, dtype=kind).tobytes()).decode("ascii")

    rows = [np.vstack([np.reshape(b, (1, -1)), W]).T for W, b in zip(network.weights, network.biases)]
    return {
        "layers": [{"length": layer.shape[1], "rows": text(layer, "<f4")} for layer in rows],
        "images": text([np.round(255 * x.ravel()) for x, _ in test_data], np.uint8),
        "labels": [int(label) for _, label in test_data],
    }


STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --back: #fff; --shade: #eef2f6; --line: #c4ccd4;
  --strong: #0b57a4; --wrong: #a3201b }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --soft: #a5acb4; --back: #0d1117; --shade: #1d242c; --line: #3d444d; --strong: #79b8ff;
    --wrong: #ff9d97 } }
* { box-sizing: border-box }
body { max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, "Segoe UI", sans-serif;
  color: var(--text); background: var(--back) }
h1, h2 { line-height: 1.25 } h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem }
h3 { margin: 0 0 .4rem; font-size: 1rem }
p, figcaption { max-width: 42rem } .soft, figcaption { color: var(--soft) }
:focus-visible { outline: 3px solid var(--strong); outline-offset: 2px }
figure { margin: 0 } figcaption { font-size: .875rem; text-align: center }
.row { display: grid; gap: 1rem .75rem; grid-template-columns: repeat(auto-fill, minmax(6.5rem, 1fr)) }
.row img { display: block; width: 5.25rem; height: 5.25rem; margin: 0 auto .2rem; image-rendering: pixelated;
  border: 1px solid var(--line) }
.pairs { grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)) } .pairs img { width: 10.875rem }
.draw { display: grid; gap: 1.5rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 17.6rem), 1fr)) }
.sheet { position: relative; width: 17.5rem; max-width: 100% }
#paper { display: block; width: 100%; background: #fff; border: 1px solid var(--line); border-radius: 6px;
  touch-action: none; cursor: crosshair }
#pen { position: absolute; width: 9%; height: 9%; margin: -4.5%; border: 2px solid #b25200; border-radius: 50%;
  pointer-events: none; display: none } #paper:focus-visible + #pen { display: block } #pen.down { background: #b25200 }
#seen { width: 8.75rem; image-rendering: pixelated; background: #fff; border: 1px solid var(--line) }
.controls { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin: .8rem 0 0 }
button, input { font: inherit; min-height: 2.2rem; padding: .2rem .8rem; color: var(--text); background: var(--shade);
  border: 1px solid var(--soft); border-radius: 6px } input { width: 5.5rem } button { cursor: pointer }
#guess { font-size: 1.3rem; margin: 0 0 .6rem; min-height: 2.1rem }
.bars { display: grid; grid-template-columns: 1rem 1fr 2.6rem; gap: .15rem .6rem; align-items: center; margin: 0;
  font-variant-numeric: tabular-nums } .bars span { background: var(--shade) } .bars i { display: block; height: .9rem;
  background: var(--strong); width: 0 }
.curves { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)) }
svg { display: block; width: 100% } svg text { fill: var(--soft); font-size: 13px } svg .end { text-anchor: end }
.axis { fill: none; stroke: var(--line) } polyline { fill: none; stroke: var(--strong); stroke-width: 2 }
circle { fill: var(--strong) }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { border: 1px solid var(--line); padding: .2rem .1rem; width: 2.4rem; text-align: center }
.right { background: var(--shade) } .wrong { color: var(--wrong); font-weight: 700 }
"""

PAGE_HTML = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What your network learned</title>
<style>__STYLE__</style>
</head>
<body>
<main>
<h1>What your network learned</h1>
<p>__NET__: <b>__ACCURACY__</b> on the test images.</p>

<h2>Draw your own digit</h2>
<p id="how">Draw with the mouse or a finger, large and in the middle of the sheet. With the keyboard: the arrow keys
move the pen, the space bar puts it down and lifts it, Delete clears the sheet.</p>
<div class="draw">
<div>
<div class="sheet"><canvas id="paper" width="280" height="280" tabindex="0" role="application"
aria-label="sheet to draw on" aria-describedby="how"></canvas><div id="pen"></div></div>
<div class="controls"><button type="button" id="clear">Clear</button></div>
<div class="controls"><label for="which">or test image</label>
<input type="number" id="which" min="1" max="__COUNT__" value="1"><button type="button" id="load">Load</button></div>
</div>
<div><h3>What the network says</h3><p id="guess" role="status">Nothing yet.</p><div class="bars" id="bars"></div></div>
<div><h3>What it sees</h3>
<canvas id="seen" width="28" height="28" role="img" aria-label="the 28 by 28 pixels it is given"></canvas>
<p class="soft">Your drawing is set upright, stretched to the whole height and made as coarse as the images it was
trained on. It learned from few writers: their 1 has a flag or is a thick bar, and most of their 7 have a bar
across.</p></div>
</div>

<h2>How it learned</h2>
<div class="curves">__CURVES__</div>

<h2>What the first layer looks at</h2>
<p>Two pictures for each neuron of the first layer. On the left its weights: ink on <b>orange</b> pixels raises its
z, ink on <b>blue</b> ones lowers it, pale pixels hardly count, and grey ones are paper in every training image. On
the right what training changed in them, on a scale of its own. The weights began as noise, and most of the noise is
still there: why does it do so little harm?</p>
<div class="row pairs">__NEURONS__</div>

<h2>What it gets wrong</h2>
__WRONG__

<h2>Which digit is taken for which</h2>
<p>A row for each digit, a column for each guess.</p>
<div class="wide" tabindex="0" role="region" aria-label="table of digits and guesses">__TABLE__</div>
</main>
<script type="application/json" id="data">__DATA__</script>
<script>__SCRIPT__</script>
</body>
</html>
"""

SCRIPT = """
"use strict";
const find = (id) => document.getElementById(id);
const data = JSON.parse(find("data").textContent);
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const images = bytes(data.images);
const layers = data.layers.map(({ length, rows }) => {
  const all = new Float32Array(bytes(rows).buffer);
  return Array.from({ length: all.length / length }, (_, j) => all.subarray(j * length, (j + 1) * length));
});

// ---- the network
const neuron = (row, inputs) => (1 + Math.tanh(row.reduce((sum, w, i) => sum + w * inputs[i], 0) / 2)) / 2;
const run = (x) => layers.reduce((inputs, rows) => rows.map((row) => neuron(row, [1, ...inputs])), Array.from(x));

// ---- from a drawing to what the training images look like: a digit set upright and as high as the image, its ink
// counted in each of 8x8 cells, and the cells enlarged to 28x28
const CELLS = 8, FINE = 8, NARROWEST = 2.5, WIDEST = 6; // widths in cells
function prepare(ink, side) { // ink: side * side booleans, row by row
  let n = 0, sx = 0, sy = 0, syy = 0, sxy = 0, top = side, bottom = -1;
  ink.forEach((dark, place) => {
    if (!dark) return;
    const x = place % side, y = Math.floor(place / side);
    n += 1; sx += x; sy += y; syy += y * y; sxy += x * y;
    top = Math.min(top, y); bottom = Math.max(bottom, y);
  });
  if (!n) return null;
  const middle = sy / n, spread = syy - n * middle * middle;
  const slant = spread > 0 ? (sxy - sx * middle) / spread : 0;
  let left = Infinity, right = -Infinity;
  ink.forEach((dark, place) => {
    if (!dark) return;
    const u = (place % side) - slant * (Math.floor(place / side) - middle);
    left = Math.min(left, u); right = Math.max(right, u);
  });
  const height = bottom - top + 1, width = right - left + 1;
  const cells = Math.min(WIDEST, Math.max(NARROWEST, CELLS * width / height));
  const small = new Float64Array(CELLS * CELLS);
  for (let i = 0; i < CELLS * FINE; i++) for (let j = 0; j < CELLS * FINE; j++) {
    const y = Math.floor(top + (i + 0.5) / (CELLS * FINE) * height);
    const u = left + ((j + 0.5) / FINE - (CELLS - cells) / 2) / cells * width;
    const x = Math.round(u + slant * (y - middle));
    if (u >= left - 0.5 && u <= right + 0.5 && x >= 0 && x < side && ink[y * side + x])
      small[Math.floor(i / FINE) * CELLS + Math.floor(j / FINE)] += 1 / (FINE * FINE);
  }
  return enlarge(small);
}
function enlarge(small) { // bilinear, from the centres of the cells to those of the pixels
  const along = Array.from({ length: 28 }, (_, i) => {
    const at = Math.min(CELLS - 1, Math.max(0, (i + 0.5) * CELLS / 28 - 0.5));
    const first = Math.min(CELLS - 2, Math.floor(at));
    return [first, at - first];
  });
  return along.flatMap(([r, down]) => along.map(([c, across]) =>
    (1 - down) * ((1 - across) * small[r * CELLS + c] + across * small[r * CELLS + c + 1]) +
    down * ((1 - across) * small[(r + 1) * CELLS + c] + across * small[(r + 1) * CELLS + c + 1])));
}

// ---- the answer
const bars = Array.from({ length: 10 }, (_, digit) => {
  const name = document.createElement("b"), bar = document.createElement("span"), value = document.createElement("div");
  name.textContent = digit; bar.append(document.createElement("i")); find("bars").append(name, bar, value);
  return { bar: bar.firstChild, value };
});
function show(x, label) {
  const small = find("seen").getContext("2d"), picture = small.createImageData(28, 28);
  const outputs = x ? run(x) : Array(10).fill(0);
  (x || Array(784).fill(0)).forEach((darkness, i) => picture.data.set([0, 0, 0, 255 * darkness], 4 * i));
  small.putImageData(picture, 0, 0);
  bars.forEach(({ bar, value }, digit) => {
    bar.style.width = `${100 * outputs[digit]}%`; value.textContent = x ? outputs[digit].toFixed(2) : "";
  });
  const best = outputs.indexOf(Math.max(...outputs));
  const said = !x ? "Nothing yet." : `It reads a ${best}.` + (label === undefined ? "" : ` It is a ${label}.`);
  if (find("guess").textContent !== said) find("guess").textContent = said;
}

// ---- the sheet
const paper = find("paper"), sheet = paper.getContext("2d", { willReadFrequently: true }), side = paper.width;
Object.assign(sheet, { lineWidth: 26, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
function line(from, to) {
  sheet.beginPath(); sheet.moveTo(from.x, from.y); sheet.lineTo(to.x, to.y); sheet.stroke();
  const pixels = sheet.getImageData(0, 0, side, side).data;
  show(prepare(Array.from({ length: side * side }, (_, i) => pixels[4 * i + 3] > 127), side));
}
function clear() { sheet.clearRect(0, 0, side, side); show(null); }
let last = null; // where the pointer was, while it draws
const at = (event) => {
  const box = paper.getBoundingClientRect();
  return { x: (event.clientX - box.left) * side / box.width, y: (event.clientY - box.top) * side / box.height };
};
paper.addEventListener("pointerdown", (event) => {
  paper.setPointerCapture(event.pointerId); last = at(event); line(last, last);
});
paper.addEventListener("pointermove", (event) => { if (last) { const now = at(event); line(last, now); last = now; } });
for (const end of ["pointerup", "pointercancel"]) paper.addEventListener(end, () => { last = null; });

const pen = { x: side / 2, y: side / 4, down: false }, STEP = 10;
const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
function place() {
  find("pen").style.left = `${100 * pen.x / side}%`; find("pen").style.top = `${100 * pen.y / side}%`;
  find("pen").className = pen.down ? "down" : "";
}
paper.addEventListener("keydown", (event) => {
  const before = { ...pen }, move = moves[event.key];
  if (move) {
    pen.x = Math.min(side, Math.max(0, pen.x + STEP * move[0]));
    pen.y = Math.min(side, Math.max(0, pen.y + STEP * move[1]));
  } else if (event.key === " ") pen.down = !pen.down;
  else if (event.key === "Delete" || event.key === "Backspace") { pen.down = false; clear(); }
  else return;
  event.preventDefault();
  if (pen.down) line(before, pen);
  place();
});
find("clear").addEventListener("click", clear);
function load() {
  const number = Math.min(data.labels.length, Math.max(1, Math.round(Number(find("which").value)) || 1)) - 1;
  sheet.clearRect(0, 0, side, side);
  show(Array.from(images.subarray(784 * number, 784 * (number + 1)), (byte) => byte / 255), data.labels[number]);
}
find("load").addEventListener("click", load);
find("which").addEventListener("change", load);
place();
show(null);
"""


def main():
    try:
        q1 = load_lab()
        settings = q1.HYPERPARAMETERS
        print(describe(settings))
        network, costs, accuracies = train(q1, settings, SEEDS[0], Progress("training", settings["epochs"]))
        training_data, test_data = q1.load_data(digits())
        sizes = settings["num_neurons_per_layer_list"]
        first = q1.NeuralNetwork(len(sizes), sizes, SEEDS[0]).weights[0]
        text = page(settings, network, first, costs, accuracies, training_data, test_data)
    except CannotTrain as error:
        return str(error)
    except KeyboardInterrupt:
        return "\nstopped; nothing was written"
    file = Path(FOLDER, PAGE)
    file.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE}: open it in a browser and draw a digit\n{file.as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
