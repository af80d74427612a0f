"""Remarks on a q1 submission that cost no marks, read off the answers to the probes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from neural_lab.labs.q1.version import LARGE, VERSION
from neural_lab.schema.observations import Observations, Role
from neural_lab.schema.remarks import Advice, Overflows, WholeNumbers


def advice(answers: dict[str, dict[str, Observations]]) -> Iterator[Advice]:
    """{function label: {probe id: observations}} in, one remark each out."""
    scales = VERSION.scales
    for function, limits in (("sigmoid", scales.value_limits), ("sigmoid_derivative", scales.slope_limits)):
        for given in answers.get(function, {}).values():
            large, integers = (one.value for one in given if one.role is Role.ASIDE)
            if isinstance(large, np.ndarray) and large.dtype.kind == "f" and not np.isfinite(large).all():
                yield Overflows(function, LARGE, tuple(float(value) for value in large.ravel()[:2]), limits)
            if isinstance(integers, np.ndarray) and integers.dtype.kind in "iu":
                yield WholeNumbers(function)
