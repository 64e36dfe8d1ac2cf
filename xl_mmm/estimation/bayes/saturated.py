"""Saturation of many draws at once, and its derivative pulled back to the parameters and to u.

The numbers are those of `xl_mmm.response`; steps that S and its derivatives share are taken once. Arrays are (column,
week, draw), of the precision that u and parameters come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from xl_mmm.transforms import SATURATIONS

Array = NDArray[Any]  # of float64 or float32
Values = Mapping[str, Array]  # parameter -> (column, draw)


class Saturated(Protocol):
    """Saturated media.

    Attributes
    ----------
    s, elastic
        (column, week, draw) S(u), and u S'(u).
    """

    @property
    def s(self) -> Array: ...
    @property
    def elastic(self) -> Array: ...

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
    """Return S(u) of one family, u > 0 (column, week, draw); `values` may hold more than its parameters."""
    if family == "hill":
        return Hill.of(u, values["half_saturation"], values["slope"])
    record, beside = SATURATIONS[family], {name: value[:, None] for name, value in values.items()}
    s, elastic, name = record.function(u, beside), record.derivative(u, beside), record.parameters[0].name
    if family == "power":
        return General(u, s, elastic, record.gradient(u, beside), "", values[name])
    return General(u, s, elastic, {}, name, values[name])


@dataclass(frozen=True, slots=True, eq=False)
class Hill:
    """S = 1 / (1 + e^(−z)), z = slope (ln u − ln h).

    u S' = slope `bell` with `bell` = S (1 − S); dS/dslope = (ln u − ln h) `bell`; dS/dh = −slope `bell` / h.
    """

    u: Array
    s: Array
    bell: Array
    log_u: Array
    half_saturation: Array
    slope: Array

    @classmethod
    def of(cls, u: Array, half_saturation: Array, slope: Array) -> Hill:
        """Saturate u; parameters (column, draw)."""
        log_u = np.log(u)
        s = log_u * -slope[:, None]
        s += (slope * np.log(half_saturation))[:, None]
        with np.errstate(over="ignore"):  # 1 / inf is the zero that is meant
            np.exp(s, out=s)
        s += 1
        np.divide(1, s, out=s)
        bell = s * s
        np.subtract(s, bell, out=bell)
        return cls(u, s, bell, log_u, half_saturation, slope)

    @property
    def elastic(self) -> Array:
        """Return u S'(u)."""
        return np.asarray(self.slope[:, None] * self.bell)

    def pulled(self, weights: Array) -> tuple[dict[str, Array], Array]:
        """See `Saturated`."""
        pull = np.multiply(weights, self.bell, out=weights)
        total, h, slope = pull.sum(axis=1), self.half_saturation, self.slope
        by_slope = np.einsum("ktb,ktb->kb", pull, self.log_u) - np.log(h) * total
        pull *= slope[:, None]
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
            by_parameter[self.scale] = -pull.sum(axis=1) / self.parameter
        pull /= self.u  # where there is none nothing was spent before, and u S' is zero as well
        return by_parameter, pull
