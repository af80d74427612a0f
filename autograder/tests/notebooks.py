"""Writes notebooks as the programs do in which students work: the same cells in each one's way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

Notebook = dict[str, Any]


def jupyter(cells: Sequence[str]) -> Notebook:
    """As JupyterLab does: format 4.5, text in lines, an id for each cell, outputs with their pictures."""
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    picture = {"image/png": "iVBORw0KGgo" * 400, "text/plain": ["<Figure size 640x480>"]}
    output = {"data": picture, "metadata": {}, "output_type": "display_data"}
    written = [
        {"cell_type": "code", "execution_count": 2 * number + 1, "id": f"c{number:07}", "metadata": {"scrolled": True},
         "outputs": [output], "source": text.splitlines(keepends=True)}
        for number, text in enumerate(cells)
    ]  # fmt: skip
    title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": ["# Question 1\n", "class Fake:"]}
    return {"cells": [title, *written], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


def colab(cells: Sequence[str]) -> Notebook:
    """As Colab does: format 4.0, text between cells, metadata of its own."""
    about = {"colab": {"provenance": []}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}
    written: list[Notebook] = []
    for text in cells:
        written.append({"cell_type": "markdown", "source": ["### TODO"], "metadata": {"id": "x"}})
        printed = [{"output_type": "stream", "name": "stdout", "text": ["0.5\n", "[1, 2, 3]\n"]}]
        code = {"cell_type": "code", "execution_count": None, "metadata": {"id": "y"}, "outputs": printed}
        written.append({**code, "source": text.splitlines(keepends=True)})
    return {"nbformat": 4, "nbformat_minor": 0, "metadata": about, "cells": written}


def vs_code(cells: Sequence[str]) -> Notebook:
    """As VS Code does: format 4.2, each cell's text whole, its ends of line those of Windows."""
    about = {"language_info": {"name": "python", "version": "3.12.1"}, "orig_nbformat": 4}
    empty: Notebook = {"cell_type": "raw", "metadata": {}, "source": "raw text = {"}
    code: Notebook = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    written = [{**code, "source": text.replace("\n", "\r\n")} for text in cells]
    return {"cells": [*written, empty], "metadata": about, "nbformat": 4, "nbformat_minor": 2}


def ipython(cells: Sequence[str]) -> Notebook:
    """As IPython 2 did: format 3, in a worksheet."""
    written = [
        {"cell_type": "code", "collapsed": False, "input": text.splitlines(keepends=True), "language": "python",
         "metadata": {}, "outputs": [], "prompt_number": number}
        for number, text in enumerate(cells)
    ]  # fmt: skip
    head = {"cell_type": "heading", "level": 1, "metadata": {}, "source": ["Question 1"]}
    return {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [head, *written]}]}


WRITERS: tuple[Callable[[Sequence[str]], Notebook], ...] = (jupyter, colab, vs_code, ipython)


def written(cells: Sequence[str], writer: Callable[[Sequence[str]], Notebook] = jupyter) -> str:
    """A notebook's file."""
    return json.dumps(writer(cells), indent=1, ensure_ascii=writer is not colab)
