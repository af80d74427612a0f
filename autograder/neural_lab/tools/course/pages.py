"""What the pages about a class have in common: templates, feedback as HTML, and that no script runs but our own.

All that a submission or an export says is text here, and never markup.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import Any

import jinja2
import markdown
from markupsafe import Markup, escape

from neural_lab.intake.foreign import printable
from neural_lab.tools.course.gradebook import counted

FOLDER = Path(__file__).resolve().parent / "report_page"
POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # of a page without a script


def render(template: str, styles: tuple[str, ...], script: str = "", **shown: Any) -> str:
    """A page as HTML. Every text is escaped, and no script runs but our own.

    :param styles: names of files beside the templates
    :param script: the name of such a file; no script at all if there is no name
    """
    code = (FOLDER / script).read_text("utf-8") if script else ""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    script_policy = f"script-src 'sha256-{digest}'" if script else "script-src 'none'"
    return (
        templates()
        .get_template(template)
        .render(
            style=Markup("\n".join((FOLDER / style).read_text("utf-8") for style in styles)),
            script=Markup(code),
            policy=Markup(f"{POLICY}; ") + script_policy,
            **shown,
        )
    )


@functools.lru_cache(maxsize=2)
def templates(folder: Path = FOLDER) -> jinja2.Environment:
    """The templates of a folder, and `base.html`, whose head all pages have.

    A page is shown `style` and `policy`, besides what it tells.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, FOLDER]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["counted"] = counted
    return environment


@functools.lru_cache(maxsize=1)
def _markdown() -> markdown.Markdown:
    """Markdown without HTML, links and pictures: what a submission slipped into the feedback stays text."""
    reader = markdown.Markdown(extensions=["fenced_code", "sane_lists", "tables"])
    reader.preprocessors.deregister("html_block")
    reader.parser.blockprocessors.deregister("reference")
    for name in ("html", "entity", "link", "image_link", "image_reference", "reference", "short_reference"):
        reader.inlinePatterns.deregister(name)
    for name in ("short_image_ref", "autolink", "automail"):
        reader.inlinePatterns.deregister(name)
    return reader


@functools.lru_cache(maxsize=4096)
def feedback_html(text: str, kind: str | None) -> Markup:
    """Feedback as HTML.

    :param kind: "md" for Markdown; anything else is shown as it is
    """
    if kind == "md":
        html = _markdown().reset().convert(printable(text))
    else:
        html = f"<pre>{escape(printable(text))}</pre>" if text else ""
    return Markup(html.replace("<pre>", '<pre tabindex="0">'))  # what may be too wide is moved with the keys, too
