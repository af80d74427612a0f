"""The marks table in the terminal, from results.json's contents: in colour on a terminal, plain in a pipe."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.text import Text


def show(data: dict[str, Any], console: Console | None = None) -> None:
    """Print the lines with their marks, the feedback of those that lost some, and the headline."""
    console = console or Console()
    table = Table(title=f"{data['extra_data']['lab']}", title_justify="left")
    for column, side in (("line", "left"), ("function", "left"), ("marks", "right"), ("of", "right")):
        table.add_column(column, justify=side)  # type: ignore[arg-type]
    for test in data["tests"]:
        full = test["score"] == test["max_score"]
        style = "green" if full else "red" if test["score"] == 0 else "yellow"
        # Text, not markup: brackets in a name are just brackets
        table.add_row(test["number"], Text(test["name"]), Text(f"{test['score']:g}", style), f"{test['max_score']:g}")
    table.add_section()
    most = sum(test["max_score"] for test in data["tests"])
    table.add_row("", Text("total", "bold"), Text(f"{data['score']:g}", "bold"), f"{most:g}")
    console.print(table)
    for test in data["tests"]:
        if test["score"] < test["max_score"]:
            console.print()
            console.print(Text(f"{test['number']} {test['name']}", "bold"))
            console.print(Markdown(test["output"]))
    console.print()
    console.print(Markdown(data["output"]))
