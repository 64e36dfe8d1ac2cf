"""Saturation of many draws at once, and its derivative pulled back to the parameters and to u.

The numbers are those of `xl_mmm.response`; steps that S and its derivatives share are taken once. Arrays are (column,
week, draw), of the precision that u and parameters come in; parameters line up with them, (column, 1, draw).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from xl_mmm.transforms import SATURATIONS

Array = NDArray[Any]  # of float64 or float32
Values = Mapping[str, Array]  # parameter -> (column, 1, draw)

LN_2 = math.log(2)


class Saturated(Protocol):
    """Saturated media.

    Attributes
    ----------
    s, elastic
        (column, week, draw) S(u), and u S'(u).
    """

    @property
    def s(self) -> Array:
        """Return S(u)."""

    @property
    def elastic(self) -> Array:
        """Return u S'(u)."""

    def pulled(self, weights: Array) -> tuple[dict[str, Array], Array]:
        """Pull weights W back; they are overwritten.

        Parameters
        ----------
        weights
            (column, week, draw).

        Returns
        -------
        by_parameter, by_u
            Saturation parameter -> (column, draw) Σ_t W dS/dp, and (column, week, draw) W dS/du.
        """


def saturated(u: Array, family: str, values: Values) -> Saturated:
    """Return S(u) of one family, u > 0; `values` may hold more than its parameters.

    Where nothing is pulled back, arrays of any shape will do.
    """
    if family == "hill":
        return Hill.of(u, values["half_saturation"], values["slope"])
    record = SATURATIONS[family]
    name = record.parameters[0].name
    with np.errstate(over="ignore"):  # in single precision, limits that only double can hold are infinite
        s, elastic = record.function(u, values), record.derivative(u, values)
    if family == "power":
        return General(u, s, elastic, record.gradient(u, values), "", values[name])
    return General(u, s, elastic, {}, name, values[name])


@dataclass(frozen=True, slots=True, eq=False)
class Hill:
    """S = 1 / (1 + 2^(−z)), z = slope (log2 u − log2 h): powers of two take less time than those of e.

    u S' = slope `bell` with `bell` = S (1 − S); dS/dslope = ln(u/h) `bell`; dS/dh = −slope `bell` / h.
    """

    u: Array
    s: Array
    bell: Array
    log2_u: Array
    half_saturation: Array
    slope: Array

    @classmethod
    def of(cls, u: Array, half_saturation: Array, slope: Array) -> Hill:
        """Saturate u."""
        log2_u = np.log2(u)
        s = log2_u * -slope
        s += slope * np.log2(half_saturation)
        with np.errstate(over="ignore"):  # 1 / inf is the zero that is meant
            np.exp2(s, out=s)
        s += 1
        np.divide(1, s, out=s)
        bell = s * s
        np.subtract(s, bell, out=bell)
        return cls(u, s, bell, log2_u, half_saturation, slope)

    @property
    def elastic(self) -> Array:
        """Return u S'(u)."""
        return np.asarray(self.slope * self.bell)

    def pulled(self, weights: Array) -> tuple[dict[str, Array], Array]:
        """See `Saturated`."""
        pull = np.multiply(weights, self.bell, out=weights)
        total, h, slope = _summed(pull), self.half_saturation[:, 0], self.slope[:, 0]
        by_slope = LN_2 * (np.einsum("ktb,ktb->kb", pull, self.log2_u) - np.log2(h) * total)
        pull *= self.slope
        pull /= self.u
        return {"half_saturation": -slope / h * total, "slope": by_slope}, pull


@dataclass(frozen=True, slots=True, eq=False)
class General:
    """Any family: one whose parameter `scale` divides u, so that dS/dscale = −u S' / scale, or with its derivatives."""

    u: Array
    s: Array
    elastic: Array
    by_parameter: Values
    scale: str
    parameter: Array

    def pulled(self, weights: Array) -> tuple[dict[str, Array], Array]:
        """See `Saturated`."""
        by_parameter = {name: np.einsum("ktb,ktb->kb", weights, ds) for name, ds in self.by_parameter.items()}
        pull = np.multiply(weights, self.elastic, out=weights)
        if self.scale:
            by_parameter[self.scale] = -_summed(pull) / self.parameter[:, 0]
        pull /= self.u  # where there is none nothing was spent before, and u S' is zero as well
        return by_parameter, pull


def _summed(values: Array) -> Array:
    """Return Σ_t, (column, draw), as a product, which takes a third of a sum's time."""
    return np.asarray(np.matmul(np.ones(values.shape[1], dtype=values.dtype), values))
