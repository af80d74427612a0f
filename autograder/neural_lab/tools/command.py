"""The command line of a verb of the Makefile: what is wrong in a call is told in the verb's variables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any


class Parser(argparse.ArgumentParser):
    """Answers a bad call with one sentence: who calls make has not seen an option, and would not know it in the usage.

    The Makefile gives the value of JOBS as `--jobs`, that of MNIST_DIR as `--mnist-dir`, and so on.
    """

    def __init__(self, verb: str, **options: Any) -> None:
        """:param verb: that calls the tool"""
        super().__init__(prog=f"make {verb}", exit_on_error=False, **options)

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """As in `argparse`."""
        try:
            return super().parse_args(args, namespace)
        except argparse.ArgumentError as error:
            name = (error.argument_name or "").lstrip("-").upper().replace("-", "_")
            self.error(f"{name}: {error.message}" if name else error.message)

    def error(self, message: str) -> Any:
        """End the call."""
        print(f"{self.prog}: {message}", file=sys.stderr)
        raise SystemExit(2)
