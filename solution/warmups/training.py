"""What the training scripts of the warm-up labs have in common. Given; nothing to write here.

That is the command line, the progress they print, and the message for a module that is not finished. How a model is
trained stands in each script.
"""

import argparse
import sys
from pathlib import Path


def options(description, epochs=None, **more):
    """A parser with the options that every training script takes.

    :param description: one sentence for --help
    :param epochs: the default of --num-epochs, None for no such option
    :param more: defaults of further options, by their names with underscores: batch_size, learning_rate, seed
    :return: argparse.ArgumentParser; add what is special before you use it
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    if "batch_size" in more:
        parser.add_argument(
            "--batch-size", type=positive_int, default=more["batch_size"], help="samples for each update"
        )
    if "learning_rate" in more:
        parser.add_argument(
            "--learning-rate", type=positive_float, default=more["learning_rate"], help="size of a step"
        )
    if epochs is not None:
        parser.add_argument("--num-epochs", type=positive_int, default=epochs, help="how often to go through the data")
    parser.add_argument("--seed", type=int, default=more.get("seed", 0), help="seed of initial weights and shuffling")
    parser.add_argument("--data-path", type=Path, help="folder of the data sets, if not where the lab keeps them")
    parser.add_argument("--out", type=Path, default=Path("plots"), help="folder for the pictures")
    parser.add_argument(
        "--show",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="show the pictures in windows; if not said, they are shown where there is a screen",
    )
    return parser


def positive_int(text):
    """A whole number of at least 1, for argparse."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return number


def positive_float(text):
    """A number above 0, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number


def progress(epoch, epochs, **losses):
    """Print a line for every tenth of the training, and for its first and last epoch.

    :param epoch: number of the epoch that is finished, from 1
    :param epochs: how many there will be
    :param losses: what to print, for example training=0.1, validation=0.2
    """
    if epoch in (1, epochs) or epoch % max(1, epochs // 10) == 0:
        values = "   ".join(f"{name} loss {value:.5f}" for name, value in losses.items())
        print(f"epoch {epoch:>{len(str(epochs))}} of {epochs}   {values}", flush=True)


def run(main):
    """Run a script's main function; end with one clear sentence where the lab is not finished or no data are found.

    :param main: function without arguments
    """
    try:
        main()
    except NotImplementedError as unfinished:
        sys.exit(f"{unfinished} is not written yet: fill in its TODO, and run its module to check it.")
    except FileNotFoundError as missing:
        sys.exit(str(missing))
