"""Try out hyperparameters as the leaderboard does: python tune.py

    python tune.py                                  HYPERPARAMETERS of your q1.py
    python tune.py --net 784,100,10 --eta 3         the same with something changed
    python tune.py --predict 95                     your prediction given beforehand

It trains your own network from five different starts, and the median of the five accuracies counts. It asks what you
expect before it begins, and keeps every run in notebook.csv, which any spreadsheet opens.
"""

import argparse
import csv
import statistics
import sys
import time
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).resolve().parent
NOTEBOOK = "notebook.csv"

# numbers of the leaderboard
SEEDS = (400, 401, 402, 403, 404)
TIERS = ((92.0, "excellent"), (90.0, "very good"), (87.0, "good"), (82.0, "acceptable"))
# end of numbers


class CannotTrain(Exception):
    """Why nothing can be trained, and what to do."""


def digits():
    """The path of digits.npz: beside this file in the handout, in data/ next door in the lab's own folder."""
    places = [FOLDER / "digits.npz", FOLDER.parent / "data" / "digits.npz"]
    found = [file for file in places if file.exists()]
    if not found:
        raise CannotTrain(f"digits.npz is missing. It was in the zip: put it into {FOLDER}")
    return found[0]


def place(accuracy):
    """What the leaderboard calls an accuracy in percent."""
    for least, name in TIERS:
        if accuracy >= least:
            return name
    return f"below {TIERS[-1][0]:g} %"


def watched(network_class, tell):
    """The class with a test_accuracy that also tells the accuracy: mini_batch_GD calls it after every epoch."""

    class Watched(network_class):
        def test_accuracy(self, test_data):
            accuracy = super().test_accuracy(test_data)
            tell(accuracy)
            return accuracy

    return Watched


def summary(accuracies):
    """What came of a training, in a few lines.

    :param accuracies: in percent, one for each epoch
    """
    last, best = len(accuracies) - 1, int(np.argmax(accuracies))
    lines = [
        f"{name} epoch, {epoch + 1}: {accuracies[epoch]:.2f} %, {place(accuracies[epoch])}"
        for name, epoch in (("last", last), ("best", best))
    ]
    return "\n".join(
        [
            "\nOn the leaderboard's scale:",
            *lines,
            "What counts there is the last epoch, and the median",
            f"of {len(SEEDS)} starts: python tune.py",
            "See what your network learned: python look.py",
        ]
    )


def load_lab():
    """The student's q1.py, the one beside this file.

    :raises CannotTrain: it cannot be imported
    """
    try:
        import q1
    except Exception as error:  # whatever a file may raise while it is loaded
        raise CannotTrain(
            f"q1.py stops while it is loaded ({type(error).__name__}: {error}); python check.py tells more"
        ) from error
    return q1


def train(q1, settings, seed, tell=lambda accuracy: None):
    """Train a network of the student's from one start, on the digits in the leaderboard's order.

    :param settings: a dictionary like HYPERPARAMETERS
    :param seed: of the initial weights
    :param tell: called with the accuracy in percent after every epoch
    :return: the network; after each epoch the cost over the training data; and the accuracy in percent
    :raises CannotTrain: a function that it needs is not written
    """
    training_data, test_data = q1.load_data(digits())
    sizes = settings["num_neurons_per_layer_list"]
    accuracies = []

    def after_epoch(accuracy):
        accuracies.append(accuracy)
        tell(accuracy)

    network = watched(q1.NeuralNetwork, after_epoch)(len(sizes), sizes, seed)
    network.seed = SEEDS[0]  # the leaderboard shuffles all five alike; only the initial weights differ
    how = settings["epochs"], settings["mini_batch_size"], settings["eta"]
    try:
        with np.errstate(over="ignore"):  # e^-z = inf is the right way to a = 0
            costs = network.mini_batch_GD(training_data, *how, test_data)
    except NotImplementedError as error:
        raise CannotTrain(f"{error} is not written yet; python check.py tells what comes next") from error
    return network, costs, accuracies


def describe(settings):
    """784-30-10, 20 epochs, batches of 10, eta 3"""
    epochs, size, eta = settings["epochs"], settings["mini_batch_size"], settings["eta"]
    return f"{net_of(settings)}, {epochs} epochs, batches of {size}, eta {eta:g}"


def net_of(settings):
    """784-30-10"""
    return "-".join(str(n) for n in settings["num_neurons_per_layer_list"])


class Progress:
    """One line for each start, which grows with the epochs on a terminal and appears at its end elsewhere."""

    def __init__(self, title, epochs):
        self.title, self.epochs, self.done = title, epochs, 0
        self.live = sys.stdout.isatty()

    def __call__(self, accuracy):
        self.done += 1
        last = self.done == self.epochs
        if self.live or last:
            bar = ("#" * (20 * self.done // self.epochs)).ljust(20, ".")
            start, end = ("\r" if self.live else ""), ("\n" if last else "")
            print(f"{start}{self.title} [{bar}] {accuracy:6.2f} %", end=end, flush=True)


def ask():
    """The median that the student expects, in percent, or None."""
    while True:
        try:
            said = input("What will the median be, in %? Enter for no guess: ")
        except EOFError:  # nobody is there to be asked
            return None
        said = said.strip().rstrip("%").strip().replace(",", ".")
        if not said:
            return None
        try:
            return float(said)
        except ValueError:
            print("A number, such as 90.")


def note(file, settings, predicted, accuracies):
    """Append a run to the notebook, which begins with a line of headings."""
    new = not file.exists()
    headings = "when,net,epochs,mini_batch_size,eta,predicted,median,lowest,highest".split(",")
    with file.open("a", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        if new:
            table.writerow([*headings, *(f"seed {seed}" for seed in SEEDS)])
        table.writerow(
            [
                time.strftime("%Y-%m-%d %H:%M"),
                net_of(settings),
                *(settings["epochs"], settings["mini_batch_size"], settings["eta"]),
                "" if predicted is None else predicted,
                *(f"{value:.2f}" for value in (statistics.median(accuracies), min(accuracies), max(accuracies))),
                *(f"{accuracy:.2f}" for accuracy in accuracies),
            ]
        )


def settings_of(q1, options):
    """HYPERPARAMETERS of q1.py with what the options change."""
    given = {
        "num_neurons_per_layer_list": options.net,
        "epochs": options.epochs,
        "mini_batch_size": options.batch,
        "eta": options.eta,
    }
    return {**q1.HYPERPARAMETERS, **{name: value for name, value in given.items() if value is not None}}


def count(word):
    """A whole number, at least 1."""
    number = int(word)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {word}")
    return number


def layers(word):
    """784,30,10 as a list."""
    sizes = [count(n) for n in word.replace("-", ",").split(",")]
    if len(sizes) < 2 or sizes[0] != 784 or sizes[-1] != 10:
        raise argparse.ArgumentTypeError("expected 784 inputs first and 10 outputs last, such as 784,30,10")
    return sizes


def main():
    parser = argparse.ArgumentParser(description="Train your network from five starts and note what came of it.")
    parser.add_argument("--net", type=layers, metavar="784,30,10", help="neurons of each layer")
    parser.add_argument("--epochs", type=count, help="how often to go through the training data")
    parser.add_argument("--batch", type=count, help="samples in a mini-batch")
    parser.add_argument("--eta", type=float, help="the learning rate")
    parser.add_argument(
        "--predict", type=float, metavar="PERCENT", help="the median you expect, instead of being asked"
    )
    options = parser.parse_args()
    try:
        q1 = load_lab()
        settings = settings_of(q1, options)
        print(describe(settings))
        predicted = ask() if options.predict is None else options.predict
        accuracies = []
        for seed in SEEDS:
            progress = Progress(f"seed {seed}", settings["epochs"])
            accuracies.append(train(q1, settings, seed, progress)[-1][-1])
    except CannotTrain as error:
        return str(error)
    except KeyboardInterrupt:
        return "\nstopped; nothing was noted"
    return report(settings, predicted, accuracies)


def report(settings, predicted, accuracies):
    """Print the median and the spread, compare them with the prediction, and note the run."""
    median = statistics.median(accuracies)
    print(f"median {median:.2f} %, from {min(accuracies):.2f} to {max(accuracies):.2f}")
    print(f"on the leaderboard's scale: {place(median)}")
    if predicted is not None:
        print(f"you said {predicted:g} %: {median - predicted:+.1f} points from it")
    try:
        note(FOLDER / NOTEBOOK, settings, predicted, accuracies)
    except OSError as error:
        return f"{NOTEBOOK} cannot be written ({error.strerror}). Is it open in another program?"
    print(f"noted in {NOTEBOOK}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
