"""Measure the lab, say whether every bound holds, and write docs/bench.md with its plots (`make bench`).

Each part is measured in one go: what is compared in it is measured in turns, round after round, and the median counts.
What else the machine does meets all alike, and the bounds are ratios for the same reason. What a part has found is
written as soon as it is known, to docs/bench.json, from which the page is made; `--only` measures some parts anew and
leaves the others as they are.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"  # before NumPy; one thread for all

import numpy as np

from neural_lab.labs.q1 import datasets
from neural_lab.labs.q1.datasets import Dataset, DataSetError
from neural_lab.schema.places import DATA, DOCS, ROOT
from neural_lab.tools.bench import grading, project, strain, training
from neural_lab.tools.bench.measure import NOT_MEASURED, QUICK, Context, Found, Part, Plan, Table
from neural_lab.tools.command import Parser

# What may fail first is measured first.
PARTS = (
    grading.GRADING,
    grading.CLASS,
    strain.MEMORY,
    strain.WORST,
    grading.START,
    project.SIZE,
    training.TRAINING,
    training.GROWTH,
    project.FIRST_MARKS,
    project.TESTS,
)
BEGIN, END = "<!-- figures: made by make bench -->\n", "<!-- end of figures -->\n"  # in the README


@dataclass(frozen=True)
class Kept:
    """What a part has found, and when and on what."""

    found: Found
    when: str
    machine: str


Findings = dict[str, Kept]  # by the part's name


def read(file: Path) -> Findings:
    """What was found before, if anything was."""
    if not file.exists():
        return {}
    return {
        name: Kept(
            Found(
                one["found"]["numbers"],
                tuple(Table(tuple(t["header"]), tuple(map(tuple, t["rows"]))) for t in one["found"]["tables"]),
                tuple(one["found"]["notes"]),
            ),
            one["when"],
            one["machine"],
        )
        for name, one in json.loads(file.read_text("utf-8")).items()
    }


def write(findings: Findings, part: Part, folder: Path) -> None:
    """Write the data, the page and a part's plots; the README's figures with those of the project's own page."""
    data = {name: dataclasses.asdict(kept) for name, kept in findings.items()}
    (folder / "bench.json").write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "bench.md").write_text(page(findings), encoding="utf-8")
    for name, draw in part.plots:
        draw(findings[part.name].found, folder / name)
    if folder == DOCS:
        readme = ROOT / "README.md"
        readme.write_text(with_figures(readme.read_text(encoding="utf-8"), findings), encoding="utf-8")


# -- the page ---------------------------------------------------------------------------------------------------------


def bounds_table(findings: Findings, parts: Iterable[Part] = PARTS) -> str:
    """Every bound of some parts, with what was measured, and whether it holds."""
    rows = []
    for part in parts:
        numbers = findings[part.name].found.numbers if part.name in findings else {}
        rows += [bound.row(numbers.get(bound.key)) for bound in part.bounds]
    return Table(("bound", "limit", "measured", ""), tuple(rows)).markdown()


def page(findings: Findings) -> str:
    """docs/bench.md."""
    machines = dict.fromkeys(kept.machine for kept in findings.values())
    sections = "\n".join(_section(part, findings.get(part.name)) for part in PARTS)
    return f"""# Benchmarks
`make bench` measures all of this anew and writes this page; `make bench DATA=mnist` does it on MNIST, and
`make bench ONLY=grading` measures one part: {", ".join(part.name for part in PARTS)}. What is compared is measured in
turns, and the median of the rounds counts. The numbers are of one machine on the days that are named; most bounds are
ratios within one run of a part.

{"".join(f"Machine: {machine}.{chr(10)}" for machine in machines)}
## The bounds
{bounds_table(findings)}
{sections}"""


def _section(part: Part, kept: Kept | None) -> str:
    pieces = [f"## {part.title}\n{part.about}\n"]
    if kept is None:
        return "\n".join([*pieces, f"This was {NOT_MEASURED} yet.\n"])
    pieces += [table.markdown() for table in kept.found.tables]
    pieces += [f"![{part.title}]({name})\n" for name, _ in part.plots]
    pieces.append(" ".join([f"Measured {kept.when}.", *kept.found.notes]) + "\n")
    return "\n".join(pieces)


def with_figures(readme: str, findings: Findings) -> str:
    """The README with the three figures that it repeats from the page, once they are known."""
    if grading.GRADING.name not in findings or grading.CLASS.name not in findings:
        return readme
    one, (rates,) = findings[grading.GRADING.name].found.tables[0], findings[grading.CLASS.name].found.tables
    right, whole = (float(one.cell(name, "CPU") or 0) / 1e3 for name in (grading.ISOLATED, grading.GRADESCOPE))
    rate = max(float(cell or 0) for name, cell in rates.rows if str(name).startswith(grading.NOW))
    figures = (
        f"[Measured](docs/bench.md): {right:.2f} s of CPU to grade a right submission, {whole:.1f} s for a whole run\n"
        f"on Gradescope, {rate:,.0f} submissions a minute in a class on 2 cores.\n"
    )
    before, _, rest = readme.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{figures}{END}{after}"


def machine() -> str:
    """What this ran on: processor, cores, memory, system and libraries; no names of machines or people."""
    model = platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        match = re.search(r"^model name\s*: (.+)$", cpuinfo.read_text(), re.MULTILINE)
        model = match[1].strip() if match else model
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
    cores = os.cpu_count() or 1
    libraries = [f"Python {platform.python_version()}", f"NumPy {np.__version__}"]
    for name in ("scikit-learn", "torch", "otter-grader"):
        libraries.append(f"{name} {_version(name) or 'not installed'}")
    return f"{model}, {cores} core{'s' * (cores > 1)}{memory}; {platform.system()}; {', '.join(libraries)}"


def _version(distribution: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _when() -> str:
    return f"on {date.today():%d %B %Y}, with a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores at the start"


# -- the command ------------------------------------------------------------------------------------------------------


def measure(
    parts: Iterable[Part], plan: Plan, data: Dataset, folder: Path, tell: Callable[[str], None]
) -> tuple[Findings, list[str]]:
    """Measure some parts, and write what each has found at once; gives all that is known, and the parts that failed.

    What fails leaves what was found before as it is, and the others are measured all the same.
    """
    file, failed = folder / "bench.json", []
    for part in parts:
        when = _when()
        tell(part.name)
        with tempfile.TemporaryDirectory() as scratch:
            context = Context(plan, data, Path(scratch), functools.partial(_tell_of, tell, part))
            try:
                kept = Kept(part.measure(context), when, machine())
            except Exception as error:
                traceback.print_exc()
                if isinstance(error, subprocess.CalledProcessError):
                    print(error.stderr, file=sys.stderr)
                failed.append(part.name)
                continue
        # read anew: another run may have measured another part meanwhile
        write({**read(file), part.name: kept}, part, folder)
    return read(file), failed


def _tell_of(tell: Callable[[str], None], part: Part, text: str) -> None:
    tell(f"{part.name}: {text}")


def main() -> int:
    parser = Parser(
        "bench",
        description="Measure the lab, say whether every bound holds, and write docs/bench.md.",
        epilog="Exit status: 0 measured, whatever the bounds say, 1 a part could not be measured, 2 a bad call.",
    )
    parser.add_argument("--data", help="digits, mnist or the path of an .npz file (default: mnist if it is there)")
    parser.add_argument("--out", type=Path, default=DOCS, help="folder for the page and its plots (default: docs)")
    parser.add_argument("--quick", action="store_true", help="next to nothing, once: to see that it works")
    parser.add_argument(
        "--only", action="append", choices=[part.name for part in PARTS], metavar="NAME",
        help=f"measure this part alone, once or more of: {', '.join(part.name for part in PARTS)}",
    )  # fmt: skip
    options = parser.parse_args()
    plan = QUICK if options.quick else Plan()
    parts = [part for part in PARTS if not options.only or part.name in options.only]
    try:
        name = options.data or ("mnist" if (DATA / "mnist.npz").exists() else "digits")
        data = datasets.load(name, most_train=max(plan.samples), most_test=1)
    except DataSetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    options.out.mkdir(parents=True, exist_ok=True)
    findings, failed = measure(
        parts, plan, data, options.out, lambda text: print(f"... {text}", file=sys.stderr, flush=True)
    )
    print(bounds_table(findings, parts), end="")
    print(f"wrote {options.out / 'bench.md'}")
    for name in failed:
        print(f"{name} could not be measured (see above); make bench ONLY={name} tries it again", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
