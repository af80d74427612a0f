"""Runs checks one after the other, says what each found, and what to do next.

A report tells what passed, the first failure in full, others in a line, and folded what waits for them. The checks of
q1 and of the warm-ups both run here.
"""

import contextlib
import enum
import io
import os
import shutil
import sys
import textwrap
import threading
import time
import traceback
import warnings
from dataclasses import dataclass, field

from . import VERSION
from .errors import explain, own_frames, unwritten, where_defined
from .values import Wrong

LAB = f"[lab\u00a0{VERSION}]"  # with a space that no line is broken at
MOST_PRINTED = 5  # lines of a student's own prints that are shown again
LIMIT = 60.0  # seconds for one line of the report; the checks of a right file take one or two in all


class Kind(enum.Enum):
    """How a line of the report ended."""

    RIGHT = "right"
    WRONG = "wrong"
    UNWRITTEN = "unwritten"
    WAITS = "waits"


@dataclass
class Finding:
    """What one line of the report found.

    :param file: where to look
    :param line: the line there; None where nothing is known
    :param code: what stands there, "" where the line is a whole function's
    """

    title: str
    function: str
    kind: Kind = Kind.RIGHT
    file: str = ""
    line: int | None = None
    code: str = ""
    values: tuple = ()
    words: str = ""
    ask: str = ""
    called: str = ""
    case: object = None
    index: int | None = None
    waits_for: str = ""
    printed: list = field(default_factory=list)


class Console:
    """A stream with a width, and signs as good as it can show them."""

    def __init__(self, stream):
        """Look at what the stream can do.

        :param stream: a text stream, open for writing
        """
        self.stream = stream
        self.width = max(40, min(shutil.get_terminal_size((80, 24)).columns, 100))
        self.terminal = stream.isatty()
        self.signs = {Kind.RIGHT: "ok   ", Kind.WRONG: "WRONG", Kind.UNWRITTEN: "todo ", Kind.WAITS: "todo "}
        with contextlib.suppress(UnicodeEncodeError, LookupError):
            "\u2713\u2717\u00b7".encode(stream.encoding or "ascii")
            self.signs = {Kind.RIGHT: "\u2713", Kind.WRONG: "\u2717", Kind.UNWRITTEN: "\u00b7", Kind.WAITS: "\u00b7"}
        modern = os.name != "nt" or "WT_SESSION" in os.environ
        if self.terminal and modern and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb":
            for kind, colour in ((Kind.RIGHT, 32), (Kind.WRONG, 31), (Kind.UNWRITTEN, 33), (Kind.WAITS, 33)):
                self.signs[kind] = f"\033[{colour}m{self.signs[kind]}\033[0m"

    def write(self, text="", indent=""):
        """Print a paragraph, broken at the console's width; further lines are indented by two more."""
        self.clear()
        for line in text.split("\n"):
            pieces = textwrap.wrap(
                line, self.width - 1, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
            )
            self.stream.write("\n".join(pieces or [""]).replace("\u00a0", " ") + "\n")
        self.stream.flush()

    def passing(self, done, total, title):
        """Show how far the checks are, on a terminal alone; the next output takes its place."""
        if self.terminal:
            bar = "#" * done + "." * (total - done)
            self.stream.write(f"\r[{bar}] {title}"[: self.width - 1].ljust(self.width - 1))
            self.stream.flush()

    def clear(self):
        """Take the progress away again."""
        if self.terminal:
            self.stream.write("\r" + " " * (self.width - 1) + "\r")


class Capture(io.TextIOBase):
    """Takes what a student's functions print: the first lines, and how many there were."""

    def __init__(self):
        """Start with nothing."""
        self.lines, self.count, self.rest = [], 0, ""

    def write(self, text):
        """Keep the first lines of the text."""
        *whole, self.rest = (self.rest + text).split("\n")
        self.count += len(whole)
        self.lines += whole[: MOST_PRINTED - len(self.lines)]
        self.rest = self.rest[:1000]
        return len(text)

    def writable(self):
        """Whether it can be written to: yes."""
        return True


class Report:
    """The report of one run: `with report.line(...)` around each check, then `finish()`."""

    def __init__(self, sources, owner=None, stream=None, total=None, everything=False, limit=LIMIT):
        """Start the report.

        :param sources: the student's files, a list of errors.Source; the first is the one that is checked
        :param owner: the class whose functions are checked, or None
        :param stream: where to write; None means standard output
        :param total: how many lines there will be, for the progress; None if not known
        :param everything: tell every failure in full
        :param limit: seconds after which a line counts as endless
        """
        self.sources, self.owner, self.everything, self.limit = sources, owner, everything, limit
        self.console = Console(stream or sys.stdout)
        self.total = total
        self.findings = []
        self.case = None  # what is being tried right now
        self.answer = None  # what the student's function returned last
        self.notes = []
        self.wanted = None  # the functions to tell about; None means all
        self.now = None  # the line that runs and since when, for the watchdog
        self.running = "loading"  # the line that ran last
        self.told_first = False
        self.quiet = False  # whether lines are told as they end

    # ------------------------------------------------ running

    @contextlib.contextmanager
    def line(self, title, function, needs=()):
        """Run one check and tell what came of it; the next runs whatever happens in this one.

        :param title: what the report calls it
        :param function: name of the function that is checked
        :param needs: names of the functions that this check rests on
        """
        finding = Finding(title, function)
        self.case = None
        self.console.passing(len(self.findings), self.total or len(self.findings) + 1, title)
        printed = Capture()
        self.now, self.running = (title, time.monotonic(), threading.get_ident()), title
        try:
            with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as warned:
                warnings.simplefilter("always")
                yield
        except KeyboardInterrupt:
            raise
        except Wrong as wrong:
            finding.kind, finding.words, finding.ask = Kind.WRONG, wrong.found, wrong.ask
            self.place(finding)
        except AssertionError as wrong:
            finding.kind, finding.words = Kind.WRONG, str(wrong)
            self.place(finding)
            if own_frames(wrong, self.sources):
                self.explained(finding, wrong)
        except NotImplementedError as error:
            self.unfinished(finding, error)
        except (Exception, SystemExit) as error:  # whatever a student's code raises is told, not hidden
            finding.kind = Kind.WRONG
            self.explained(finding, error)
        finally:
            self.now = None
        finding.case, finding.printed = self.case, printed.lines + ([printed.rest] if printed.rest else [])
        if printed.count or printed.rest:
            self.notes.append((function, f"{title} prints: take it out before you hand in."))
        self.warned(function, warned)
        if finding.kind is not Kind.RIGHT:
            self.stub(finding)
        self.wait(finding, needs)
        self.findings.append(finding)
        self.tell(finding)

    def place(self, finding):
        """Fill in where the function stands."""
        line, source = where_defined(finding.function, self.sources)
        finding.file, finding.line = os.path.basename(source.path), line

    def unfinished(self, finding, error):
        """A NotImplementedError that is not the function's own: of one that it waits for, or raised by hand."""
        frames = own_frames(error, self.sources)
        name = str(error) or (frames[-1][0].f_code.co_name if frames else "")
        finding.kind, finding.waits_for = Kind.WAITS, name
        if name == finding.function.rpartition(".")[2]:
            finding.kind, finding.waits_for = Kind.UNWRITTEN, ""
            if frames:
                finding.file, finding.line = os.path.basename(frames[-1][2].path), frames[-1][1]

    def stub(self, finding):
        """What fails and still has the stub's raise in it is not written yet, or its raise was left standing."""
        for source in self.sources:
            line, beside = unwritten(source, finding.function)
            if line is not None:
                finding.file, finding.line, finding.values = os.path.basename(source.path), line, ()
                finding.kind, finding.words, finding.ask, finding.waits_for = Kind.UNWRITTEN, "", "", ""
                if beside:
                    finding.kind, finding.code = Kind.WRONG, source.code(line)
                    finding.words = "this line of the stub ends the function before your own lines are through"
                    finding.ask = "which lines are yours, and is this one still needed?"

    def explained(self, finding, error):
        """Fill in what an error means."""
        right = {one.function.rpartition(".")[2] for one in self.findings if one.kind is Kind.RIGHT}
        right -= {one.function.rpartition(".")[2] for one in self.findings if one.kind is not Kind.RIGHT}
        name = finding.function.rpartition(".")[2]
        if self.case is not None:
            name = getattr(self.case, "function", name)
        told = explain(error, self.sources, self.owner, right, name)
        finding.line, finding.code, finding.values = told.line, told.code, told.values
        finding.words, finding.ask, finding.called, finding.index = told.words, told.ask, told.called, told.index
        frames = own_frames(error, self.sources)
        finding.file = os.path.basename((frames[-1][2] if frames else self.sources[0]).path)
        if not frames and told.line is None:
            entries = traceback.extract_tb(error.__traceback__)
            finding.words = f"{type(error).__name__}: {error}" if entries else finding.words

    def warned(self, function, warned):
        """Keep a note of what NumPy warned about in the student's lines."""
        for warning in warned:
            source = next((one for one in self.sources if one.path == warning.filename), None)
            if source is not None and (source.end is None or warning.lineno < source.end):
                text = f"NumPy warns in {os.path.basename(source.path)} line {warning.lineno}: {warning.message}"
                if (function, text) not in self.notes:
                    self.notes.append((function, text))

    def wait(self, finding, needs):
        """What failed and rests on something that failed waits for that."""
        if finding.kind is Kind.RIGHT:
            return
        failed = {one.function: one for one in reversed(self.findings) if one.kind is not Kind.RIGHT}
        root = next((failed[name] for name in needs if name in failed), None)
        if root is None and finding.function in failed:  # an earlier line about the same function
            root = failed[finding.function]
        if root is not None and (finding.kind is not Kind.UNWRITTEN or root.function == finding.function):
            finding.kind = Kind.WAITS
            finding.waits_for = root.waits_for or root.title

    # ------------------------------------------------ telling

    def tell(self, finding):
        """Print what is known about a line as soon as it is known; what waits is told at the end."""
        if self.quiet or (self.wanted is not None and finding.function not in self.wanted):
            return
        sign = self.console.signs[finding.kind]
        if finding.kind is Kind.RIGHT:
            self.console.write(f"{sign} {finding.title}")
        elif finding.kind is Kind.WRONG:
            if self.told_first and not self.everything:
                where = f", line {finding.line}" if finding.line else ""
                self.console.write(f"{sign} {finding.title}: {finding.words}{where}")
            else:
                self.whole(finding)
        elif finding.kind is Kind.WAITS and self.everything:
            self.console.write(f"{sign} {finding.title}: fix {finding.waits_for} first; this may follow from it")
            if finding.words:
                self.details(finding)

    def whole(self, finding):
        """Print a failure with all that helps."""
        self.told_first = True
        self.console.write(f"{self.console.signs[finding.kind]} {finding.title}")
        self.details(finding)

    def details(self, finding):
        """Print the line, what stands in it, what happened, what was tried, and the question."""
        where = f"{finding.file} line {finding.line}" if finding.line else finding.file
        if finding.code:
            self.console.write(f"{where}: {finding.code}", "    ")
            for value in finding.values:
                self.console.write(value, "      ")
        self.console.write(finding.words, "    ")
        if finding.called:
            self.console.write(finding.called, "    ")
        if finding.case is not None:
            self.console.write(f"tried: {finding.case}", "    ")
        if finding.printed:
            self.console.write("it printed:", "    ")
            for text in finding.printed[:MOST_PRINTED]:
                self.console.write(text[: self.console.width - 8], "      ")
        if finding.ask:
            self.console.write(f"-> {finding.ask}", "    ")

    def folded(self):
        """Print what is not written and what waits, each in a line."""
        shown = [one for one in self.findings if self.wanted is None or one.function in self.wanted]
        sign = self.console.signs[Kind.WAITS]
        unwritten = [one.title for one in shown if one.kind is Kind.UNWRITTEN]
        if unwritten:
            self.console.write(f"{sign} not written yet: {', '.join(unwritten)}")
        waiting = {}
        for one in shown:
            if one.kind is Kind.WAITS and not self.everything:
                waiting.setdefault(one.waits_for, []).append(one.title)
        for name, titles in waiting.items():
            verb = "waits" if len(titles) == 1 else "wait"
            self.console.write(f"{sign} {len(titles)} more {verb} for {name}: {', '.join(titles)}")
        for function, note in dict.fromkeys(self.notes):
            if self.wanted is None or function in self.wanted or not function:
                self.console.write(f"note: {note}")

    def first(self):
        """The finding to deal with next, or None."""
        failing = [one for one in self.findings if one.kind is not Kind.RIGHT]
        wrong = [one for one in failing if one.kind is Kind.WRONG]
        open_ = [one for one in failing if one.kind is Kind.UNWRITTEN]
        return next(iter(wrong + open_ + failing), None)

    def finish(self, then="", show=""):
        """Print what is folded and the last line.

        :param then: what to do when everything is right
        :param show: the command that shows a failing case; "" if there is none
        :return: the exit status
        """
        self.folded()
        shown = [one for one in self.findings if self.wanted is None or one.function in self.wanted]
        right = sum(one.kind is Kind.RIGHT for one in shown)
        first = self.first()
        self.console.write()
        if first is not None and first.kind is Kind.WRONG and first.case is not None and show:
            self.console.write(f"To try the failing case yourself: {show} {first.function}")
        if right == len(shown):
            step = f": now {then}" if then else "."
        elif first is None:
            step = "."
        else:
            verb = "write " if first.kind is Kind.UNWRITTEN else ""
            where = f", {first.file} line {first.line}" if first.line else f", {first.file}"
            step = f". Next: {verb}{first.function}{where}."
        self.console.write(f"{right} of {len(shown)}{step} {LAB}")
        return 0 if right == len(shown) else 1

    # ------------------------------------------------ endless loops

    @contextlib.contextmanager
    def busy(self, title):
        """What runs here is watched, too."""
        self.now = title, time.monotonic(), threading.get_ident()
        try:
            yield
        finally:
            self.now = None

    def stuck_at(self, ident, function):
        """Where the student's code is right now, in words, or "".

        In the function that is checked, for what its loop calls may be right; anywhere else if it is not there.
        """
        told = ""
        frame = sys._current_frames().get(ident)
        while frame is not None:
            for source in self.sources:
                checked = frame.f_code.co_name == function
                if source.owns(frame.f_code, frame.f_lineno) and (checked or not told):
                    file = os.path.basename(source.path)
                    told = f"{file} line {frame.f_lineno}: {source.code(frame.f_lineno)}"
                    if checked:
                        return told
            frame = frame.f_back
        return told

    @contextlib.contextmanager
    def watchdog(self):
        """End the program where one line takes longer than the limit, and say where the student's code was."""
        stop = threading.Event()

        def watch():
            while not stop.wait(0.1):
                now = self.now
                if now is not None and time.monotonic() - now[1] > self.limit:
                    where = self.stuck_at(now[2], now[0].rpartition(".")[2])
                    self.console.write(f"{self.console.signs[Kind.WRONG]} {now[0]}")
                    self.console.write(f"still running after {self.limit:g} s.", "    ")
                    if where:
                        self.console.write(where, "    ")
                    self.console.write("-> is there a loop that never ends?", "    ")
                    place = where.partition(":")[0] or os.path.basename(self.sources[0].path)
                    self.console.write(f"\nStopped. Next: {now[0]}, {place}. {LAB}")
                    os._exit(1)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def interrupted(self, error):
        """Say where the student's code was when Ctrl-C was pressed; returns the exit status."""
        frames = own_frames(error, self.sources)
        place = f", {os.path.basename(frames[-1][2].path)} line {frames[-1][1]}" if frames else ""
        self.console.write(f"\nStopped in {self.running}{place}: is there a loop that never ends? {LAB}")
        return 1
