"""Remarks on a q1 submission that cost no marks, read off the answers to the probes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neural_lab.schema.observations import Observations, Role


def advice(answers: dict[str, dict[str, Observations]]) -> Iterator[str]:
    """Texts for the student: {function label: {probe id: observations}} in, one sentence each out."""
    for function, limits in (("sigmoid", (0.0, 1.0)), ("sigmoid_derivative", (0.0, 0.0))):
        for given in answers.get(function, {}).values():
            large, integers = (one.value for one in given if one.role is Role.ASIDE)
            if isinstance(large, np.ndarray) and large.dtype.kind == "f" and not np.isfinite(large).all():
                yield (
                    f"`{function}` gives {_shown(large)} at z = -800 and 800, where its limits are {limits[0]:g} and "
                    f"{limits[1]:g}: which exponential overflows there?"
                )
            if isinstance(integers, np.ndarray) and integers.dtype.kind in "iu":
                yield f"`{function}` gives whole numbers for a z of whole numbers: which dtype has your result?"


def _shown(values: np.ndarray) -> str:
    return " and ".join(f"{value:g}" for value in values.ravel()[:2])
