"""Build dist/handout.zip, all that students get: `make handout`; or one lab's part of it: `make handout LAB=neuron`.

Everything under student/ goes in, with the digits, the warm-ups' data and the licence, in one folder. Each Markdown
file becomes an HTML page (student/README.md becomes handout.html) that needs nothing but itself: formulas as MathML,
pictures embedded. The zip's bytes depend on these files alone. It refuses to build from stale stubs.

One lab's handout holds its modules and its page, the programs that import these, and what all of them import.
"""

from __future__ import annotations

import ast
import base64
import hashlib
import html
import posixpath
import re
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import markdown
from latex2mathml.converter import convert as mathml_of

from neural_lab import atomic
from neural_lab.schema.discovery import lab_names, load_lab
from neural_lab.schema.lab import Lab
from neural_lab.schema.places import DATA, ROOT, SOLUTION, STUDENT, files_of
from neural_lab.tools.command import Parser
from neural_lab.tools.release import stubs
from neural_lab.tools.release.marks import PageError
from neural_lab.tools.release.validate import refused
from neural_lab.tools.release.zips import zipped

ZIP = ROOT / "dist/handout.zip"
FOLDER = "neural-lab"  # in the zip: unpacking it beside another one's work overwrites nothing there
MEDIA_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}  # of what pages embed, so it need not go in beside them
LEFT_BEHIND = ("__pycache__", "plots", "look.html", "notebook.csv", "gradients.html")
_VERSION = re.compile(rb'^VERSION = "([^"]*)"', re.MULTILINE)  # in a program that tells which handout it came with

# Code first, so that a dollar sign in it opens no formula.
_CODE_OR_FORMULA = re.compile(
    r"(?P<code>```.*?```|`[^`\n]+`)|\$\$(?P<display>.+?)\$\$|\$(?P<inline>[^$\n]+)\$", re.DOTALL
)

STYLE = """
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --back: #fff; --shade: #f6f8fa; --line: #d1d9e0;
  --link: #0969da }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6edf3; --soft: #9198a1; --back: #0d1117; --shade: #161b22; --line: #3d444d; --link: #58a6ff } }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.55 system-ui, "Segoe UI", sans-serif;
  color: var(--text); background: var(--back) }
h1, h2, h3 { line-height: 1.25; margin: 2rem 0 .6rem } h1 { margin-top: 0 }
h2 { border-bottom: 1px solid var(--line); padding-bottom: .3rem }
a { color: var(--link) }
code, pre { font: .9em/1.45 ui-monospace, Consolas, Menlo, monospace; background: var(--shade); border-radius: 4px }
code { padding: .1em .3em } pre { padding: .8rem; overflow-x: auto } pre code { padding: 0; font-size: 1em }
table { border-collapse: collapse } .wide { margin: 1rem 0; overflow-x: auto }
details { margin: 1rem 0; padding: .2rem .9rem; border-left: 3px solid var(--line) } summary { cursor: pointer }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
th, td { border: 1px solid var(--line); padding: .35rem .7rem; text-align: left; vertical-align: top }
th { background: var(--shade) } td code { white-space: nowrap }
img { display: block; max-width: 100%; height: auto; margin: 1.2rem auto }
.formula { overflow-x: auto; overflow-y: hidden; margin: 1rem 0; padding: .2rem 0 }
math { font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", math; font-size: 1.08em }
@media print {
  :root { --text: #000; --soft: #333; --back: #fff; --shade: #f4f4f4; --line: #aaa; --link: #000 }
  body { max-width: none; margin: 0; font-size: 10.5pt } h2, h3 { break-after: avoid }
  pre, table, img, .formula { break-inside: avoid } pre { white-space: pre-wrap } }
"""
# What is wider than the page scrolls; the keyboard must reach it, and only it.
SCRIPT = """
function reach() {
  for (const part of document.querySelectorAll(".formula, .wide, pre"))
    if (part.scrollWidth > part.clientWidth) {
      part.tabIndex = 0; part.setAttribute("role", "group"); part.setAttribute("aria-label", "scrolls sideways");
    } else for (const name of ["tabindex", "role", "aria-label"]) part.removeAttribute(name);
}
addEventListener("load", reach); addEventListener("resize", reach);
for (const folded of document.querySelectorAll("details")) folded.addEventListener("toggle", reach);
"""


class HandoutError(Exception):
    """Why the handout cannot be built, and what to do."""


def page_name(path: str) -> str:
    """The page made of a Markdown file, both as paths below student/."""
    return "handout.html" if path == "README.md" else path[: -len(".md")] + ".html"


def page(text: str, path: str, folder: Path = STUDENT, pages: Collection[str] | None = None) -> str:
    """Make one self-contained HTML page of a Markdown text.

    :param text: Markdown with tables, fenced code, and formulas between $ or $$ signs
    :param path: the file's path below folder, to which its pictures and links are relative
    :param pages: paths of the Markdown files in the handout, if not all: of a link to another one only its text remains
    :raises HandoutError: where a picture is missing or of an unknown kind, or a formula cannot be read
    """
    formulas: list[str] = []

    def set_aside(found: re.Match[str]) -> str:
        if found["code"]:
            return found[0]
        kind = "block" if found["display"] else "inline"
        try:
            formulas.append(mathml_of(_without_escapes((found["display"] or found["inline"]).strip()), display=kind))
        except Exception as error:  # the converter raises many kinds; each means that the text must be corrected
            raise HandoutError(f"{path}: cannot read the formula {found[0]!r}: {error!r}") from error
        return f"FORMULA{len(formulas) - 1}END"

    def embed(found: re.Match[str]) -> str:
        picture = folder / posixpath.dirname(path) / found[1]
        if picture.suffix not in MEDIA_TYPES or not picture.is_file():
            raise HandoutError(f"{path}: the picture {found[1]!r} is missing or no {' or '.join(MEDIA_TYPES)} file")
        content = base64.b64encode(picture.read_bytes()).decode("ascii")
        return f'src="data:{MEDIA_TYPES[picture.suffix]};base64,{content}"'

    def follow(found: re.Match[str]) -> str:
        target, fragment, text = found[1], found[2] or "", found[3]
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        if pages is not None and whole not in pages:
            return f">{text}<"
        name = posixpath.join(posixpath.dirname(target), posixpath.basename(page_name(whole)))
        return f'href="{name}{fragment}">{name if text == target else text}<'

    body = markdown.markdown(
        _CODE_OR_FORMULA.sub(set_aside, text),
        extensions=["tables", "fenced_code", "toc", "sane_lists", "md_in_html"],
        output_format="html",
    )
    body = re.sub(r'src="([^":]+)"', embed, body)
    body = re.sub(r'href="(?!\w+:)([^"#]+\.md)(#[^"]*)?">([^<]*)<', follow, body)
    body = re.sub(r"<a >([^<]*)</a>", r"\1", body)  # what is not followed
    body = body.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    body = re.sub(r"<p>(FORMULA\d+END)</p>", r'<div class="formula">\1</div>', body)
    body = re.sub(r"FORMULA(\d+)END", lambda found: formulas[int(found[1])], body)
    heading = re.search(r"^# +(.+)$", text, re.MULTILINE)
    title = html.escape(heading[1].replace("`", "") if heading else path)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _without_escapes(formula: str) -> str:
    """TeX wants the underscore in \\text{mini\\_batch} escaped; the converter would show the backslash."""
    return re.sub(r"\\text\{[^{}]*\}", lambda found: found[0].replace(r"\_", "_"), formula)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files below a folder, sorted, without caches, hidden files and what the programs leave there."""
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if (
            path.is_file()
            and path.suffix != ".pyc"
            and not any(p.startswith(".") or p in LEFT_BEHIND for p in inner.parts)
        ):
            yield inner.as_posix(), path


def contents(student: Path = STUDENT, data: Path = DATA, root: Path = ROOT, lab: Lab | None = None) -> dict[str, bytes]:
    """All files of the handout: their paths in its folder and their bytes.

    :param lab: the one that it is for; all of them if left out
    """
    there = dict(_files(student))
    chosen = {name: there[name] for name in sorted(_of_lab(lab, there))} if lab else there
    files = {}
    for name, path in chosen.items():
        if path.suffix == ".md":
            files[page_name(name)] = page(path.read_text("utf-8"), name, student, chosen).encode("utf-8")
        elif path.suffix not in MEDIA_TYPES:
            files[name] = path.read_bytes()
    if lab is None or any(b"digits.npz" in content for content in files.values()):
        files["digits.npz"] = (data / "digits.npz").read_bytes()
    if lab is None or "warmups/datasets.py" in files:  # which looks there first
        for path in sorted((data / "warmups").glob("*.npz")):
            files[f"warmups/data/{path.name}"] = path.read_bytes()
    files["LICENSE.txt"] = (root / "LICENSE").read_bytes() + (data / "CREDITS.txt").read_bytes()
    return _stamped(files)


def _of_lab(lab: Lab, there: Mapping[str, Path]) -> set[str]:
    """Which files one lab's handout holds, of all of a handout."""
    of_labs = {name: set(_named_by(load_lab(name), there)) for name in lab_names()}
    others = set().union(*(files for name, files in of_labs.items() if name != lab.name)) - of_labs[lab.name]
    imports = {name: set(_imports(name, path, there)) for name, path in there.items() if path.suffix == ".py"}
    chosen = of_labs[lab.name]
    while True:  # the programs that use the lab's files
        users = {name for name, used in imports.items() if used & chosen} - others - chosen
        if not users:
            break
        chosen = chosen | users
    while True:
        used = set().union(*(imports.get(name, ()) for name in chosen)) - chosen
        if not used:
            break
        chosen = chosen | used
    folder = f"{lab.folder}/" if lab.folder else ""
    beside = f"{folder}README.md"  # how to work in this folder
    return chosen | ({beside} & there.keys() - others)


def _named_by(lab: Lab, there: Mapping[str, Path]) -> Iterator[str]:
    """The files of a handout that are about a lab: its modules, the pages with its marks, its checks."""
    modules = {path.relative_to(STUDENT).as_posix() for path in files_of(lab, STUDENT).values()}
    for name, path in there.items():
        if (
            name in modules
            or name == f"checks/{lab.name}.py"
            or (path.suffix == ".md" and f"<!-- marks of {lab.name} -->" in path.read_text("utf-8"))
        ):
            yield name


def _imports(name: str, path: Path, there: Mapping[str, Path]) -> Iterator[str]:
    """The files of a handout that one of them imports."""
    folder = posixpath.dirname(name)
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [*filter(None, [node.module]), *(f"{node.module or ''}.{alias.name}" for alias in node.names)]
        else:
            continue
        for module in modules:
            inner = module.strip(".").replace(".", "/")
            for place in (posixpath.join(folder, inner), inner):
                yield from {
                    f"{place}.py",
                    f"{place}/__init__.py",
                    f"{posixpath.dirname(place)}/__init__.py",
                } & there.keys()


def _stamped(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files with their digest in each program's `VERSION = "..."`: handouts that differ have different versions."""
    whole = hashlib.sha256()
    for name in sorted(files):
        whole.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    stamp = rb'VERSION = "\g<1>+' + whole.hexdigest()[:7].encode() + b'"'
    return {name: _VERSION.sub(stamp, text) if name.endswith(".py") else text for name, text in files.items()}


def build(
    target: Path = ZIP,
    solution: Path = SOLUTION,
    student: Path = STUDENT,
    data: Path = DATA,
    lab: Lab | None = None,
) -> Path:
    """Write the handout of all labs, or of one.

    :raises HandoutError: when a stub is out of date or a page cannot be made; an earlier zip stays as it was
    """
    stale = stubs.stale(solution, student)
    if stale:
        raise HandoutError(
            f"these stubs are out of date: {', '.join(stale)}; run `make stubs`, look at them, commit them"
        )
    content = zipped({f"{FOLDER}/{name}": file for name, file in contents(student, data, lab=lab).items()})
    target.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(target, content)
    return target


def main() -> int:
    parser = Parser("handout", description="Build the zip that students get.")
    parser.add_argument(
        "target", nargs="?", type=Path, help=f"file to write (default: {ZIP}, for one lab handout-LAB.zip)"
    )
    parser.add_argument("--lab", choices=lab_names(), help="one lab's handout (default: all of them in one)")
    parser.add_argument("--solution", type=Path, default=SOLUTION, help="folder of the solution")
    parser.add_argument("--student", type=Path, default=STUDENT, help="folder of the stubs and the text")
    options = parser.parse_args()
    own = (options.solution, options.student) == (SOLUTION, STUDENT)  # another tree need not hold every lab
    if own and refused("handout", [options.lab] if options.lab else lab_names()):
        return 1
    lab = load_lab(options.lab) if options.lab else None
    target = options.target or (ZIP.with_stem(f"{ZIP.stem}-{lab.name}") if lab else ZIP)
    try:
        build(target, options.solution, options.student, lab=lab)
    except (HandoutError, stubs.MarkerError, PageError, SyntaxError, OSError) as error:
        print(f"handout: {error}", file=sys.stderr)
        return 1
    names = zipfile.ZipFile(target).namelist()
    print(f"wrote {target} ({len(names)} files, {target.stat().st_size:,} bytes)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
