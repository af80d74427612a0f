"""The options of check.py, and what each does."""

import argparse
import difflib
import os
import sys

from . import VERSION, q1
from .engine import LAB, LIMIT, Kind, Report
from .files import Unusable, data_note, find, load, newer_copy, source_of

TOLD = 2  # the exit status of bad use


def options(arguments):
    """Read the command line.

    :param arguments: list of words
    :return: argparse.Namespace with `functions` and `path` in it
    """
    parser = argparse.ArgumentParser(
        prog="python check.py",
        description="Check q1.py: worked examples, and gradients beside measured slopes. No marks, no solution.",
        epilog="functions: " + ", ".join(q1.FUNCTIONS),
    )
    parser.add_argument(
        "what", nargs="*", metavar="FUNCTION or FILE", help="one function; another file than q1.py here"
    )
    parser.add_argument("--all", action="store_true", help="tell every failure in full, also what waits for another")
    parser.add_argument("--watch", action="store_true", help="check again whenever the file is saved")
    parser.add_argument("--show", metavar="FUNCTION", help="its failing case with weights and inputs, to paste")
    parser.add_argument("--picture", action="store_true", help="your gradients beside measured slopes, drawn on a page")
    parser.add_argument("--limit", type=float, default=LIMIT, metavar="SECONDS",
                        help="after which one check counts as endless (default: %(default)g)")  # fmt: skip
    parser.add_argument("--version", action="version", version=f"neural lab {VERSION}")
    parsed = parser.parse_args(arguments)
    parsed.functions, parsed.path = [], None
    for word in parsed.what:
        name = word.removesuffix("()")
        if name in q1.FUNCTIONS:
            parsed.functions.append(name)
        elif os.path.exists(word) or word.endswith((".py", ".txt", ".ipynb")) or os.sep in word:
            parsed.path = word
        else:
            parser.error(unknown(word))
    if parsed.show is not None and parsed.show not in q1.FUNCTIONS:
        parser.error(unknown(parsed.show))
    return parsed


def unknown(word):
    """What to say about a word that is neither a file nor a function."""
    plain = {name.lower().replace("_", ""): name for name in q1.FUNCTIONS}
    close = difflib.get_close_matches(word.lower().replace("_", ""), plain, 1, 0.6)
    meant = f" Did you mean {plain[close[0]]}?" if close else f" The functions: {', '.join(q1.FUNCTIONS)}."
    return f"{word!r} is neither a file nor a function.{meant}"


def main(folder, arguments=None):
    """Run check.py.

    :param folder: where check.py is, and q1.py if no other file is named
    :param arguments: list of words; None means the command line's
    :return: the exit status
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a message in letters the console lacks must not stop the check
    chosen = options(arguments)
    try:
        path = find(chosen.path or os.path.join(folder, "q1.py"))
        if chosen.watch:
            from .watch import watch

            return watch([word for word in arguments if word != "--watch"], path, chosen.limit, len(q1.LINES))
        return check(path, chosen)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # whoever read the output has seen enough; nothing more can be written, not even at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def check(path, chosen):
    """Check a file as the options say; returns the exit status."""
    source = source_of(path)
    report = Report([source], everything=chosen.all, limit=chosen.limit)
    report.quiet = bool(chosen.show)
    with report.watchdog():
        try:
            with report.busy("loading " + os.path.basename(path)):
                module, stopped = load(source, lambda module: q1.class_in(module)[0])
            owner, note = q1.class_in(module)
            report.owner = owner
            for one in (stopped, note, newer_copy(path), data_note(path)):
                if one:
                    report.notes.append(("", one))
            if chosen.picture:
                from .picture import picture

                return picture(report, owner)
            wanted = [chosen.show] if chosen.show else chosen.functions or q1.FUNCTIONS
            q1.run(report, owner, wanted)
        except KeyboardInterrupt as error:
            return report.interrupted(error)
    if chosen.show:
        from .show import show

        return show_case(report, chosen.show, show, os.path.splitext(os.path.basename(path))[0], owner.__name__)
    return report.finish("python q1.py", "python check.py --show")


def show_case(report, function, show, module, owner):
    """Print the failing case of one function, or say that there is none; returns the exit status."""
    failing = [one for one in report.findings if one.kind is not Kind.RIGHT]
    own = [one for one in failing if one.function == function]
    report.quiet = False
    if not own:
        report.console.write(f"{function} has no failing case: its checks pass. {LAB}")
        return 0
    first = own[0]
    if first.kind is Kind.UNWRITTEN:
        report.console.write(f"{function} is not written yet. {LAB}")
        return 1
    if first.kind is Kind.WAITS:
        report.console.write(f"Fix {first.waits_for} first; what follows may come from it.")
    report.whole(first)
    if first.case is not None:
        show(report, first, module, owner)
    return 1
