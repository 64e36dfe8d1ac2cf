"""The forward model of the columns that share their families, and its derivative pulled back.

Arrays are (column, week, draw). A run is of the precision of its group: double where numbers are reported or weighed,
single where a slope is only followed (`hmc`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from xl_mmm.estimation.bayes.carryover import Array, Carryover, Exposure, Values, carryover, lined_up
from xl_mmm.estimation.bayes.marginal_return import LogSlope, log_slope
from xl_mmm.estimation.bayes.saturated import Saturated, saturated
from xl_mmm.response import MediaBlock, MediaParameters
from xl_mmm.transforms import ADSTOCKS, SATURATIONS


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Columns of equal families.

    Attributes
    ----------
    columns
        Their numbers.
    adstock, max_lag, saturation, names
        Families, and their transform parameters.
    exposure
        Their media.
    weights, beside
        (column, 1, week) w, and the same as (column, week, 1), or (column, 1, 1) where all weeks are equal.
    """

    columns: NDArray[np.intp]
    adstock: str
    max_lag: int
    saturation: str
    names: tuple[str, ...]
    exposure: Exposure
    weights: Array
    beside: Array

    @classmethod
    def all_of(
        cls, block: MediaBlock, families: MediaParameters, weights: Array, precision: DTypeLike
    ) -> tuple[Group, ...]:
        """Group the columns of a model; `weights` (week, column)."""
        f, made = families, []
        for first, columns in grouped(f.adstock, f.max_lag, f.saturation):
            exposure = Exposure.of(block.media[:, columns], block.n_history, block.period_weeks, precision=precision)
            w = np.ascontiguousarray(weights.T[columns], dtype=precision)[:, None]
            beside = w.transpose(0, 2, 1)
            made.append(cls(
                np.array(columns), f.adstock[first], f.max_lag[first], f.saturation[first],
                tuple(parameter_names(f.adstock[first], f.saturation[first])), exposure, w,
                beside if np.ptp(w, axis=2).any() else beside[:, :1],
            ))  # fmt: skip
        return tuple(made)

    def run(self, values: Values) -> Part:
        """Run the forward model; `values` of all columns."""
        own = {name: values[name][self.columns].astype(self.weights.dtype, copy=False) for name in self.names}
        carried = carryover(self.exposure, self.adstock, own, self.max_lag)
        beside = lined_up(own)
        before = None if carried.before is None else saturated(carried.before, self.saturation, beside)
        return Part(self, own, carried, saturated(carried.u, self.saturation, beside), before)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A group's forward model run, `before` by history alone."""

    group: Group
    values: Values
    carried: Carryover
    whole: Saturated
    before: Saturated | None

    def gained(self) -> Array:
        """Return Σ_t w [S(u) − S(u0)], (column, draw)."""
        w = self.group.weights
        total = np.matmul(w, self.whole.s)[:, 0]
        return np.asarray(total if self.before is None else total - np.matmul(w, self.before.s)[:, 0])

    def marginal(self) -> Array:
        """Return Σ_t w S'(u) (u − u0), (column, draw)."""
        own = self.whole.elastic
        if self.carried.before is not None:
            own = own * (1 - self.carried.before / self.carried.u)
        return np.asarray(np.matmul(self.group.weights, own)[:, 0])

    def log_slope(self, i: int) -> LogSlope:
        """Return ln (marginal ROI / ROI) of the `i`-th column."""
        own = {name: value[i : i + 1] for name, value in self.values.items()}
        return log_slope(self.carried.column(i), self.group.saturation, own, self.group.weights[i : i + 1])

    def times(self, c: Array) -> Array:
        """Return Σ_k c_k S(u_kt), (week, draw); `c` (column, draw) of the group."""
        return np.asarray(np.einsum("ktb,kb->tb", self.whole.s, self._rounded(c)))

    def along(self, a: Array) -> Array:
        """Return Σ_t a_t S(u_kt), (column, draw); `a` (week, draw)."""
        return np.asarray(np.einsum("ktb,tb->kb", self.whole.s, self._rounded(a)))

    def back(self, a: Array, b: Array) -> dict[str, Array]:
        """Return Σ_t (a − b w) dS/dp + b Σ_t w dS0/dp, transform parameter -> (column, draw).

        Parameters
        ----------
        a
            (week, draw).
        b
            (column, draw).
        """
        a, b = self._rounded(a), self._rounded(b)
        weights = a + self.group.beside * -b[:, None]
        slopes, pull = self.whole.pulled(weights)
        pull_before = None
        if self.before is not None:
            w = np.broadcast_to(self.group.beside, (*weights.shape[:2], 1))
            slopes_before, pull_before = self.before.pulled(w * b[:, None])
            slopes = {name: slope + slopes_before[name] for name, slope in slopes.items()}
        return slopes | self.carried.back(pull, pull_before)

    def _rounded(self, values: Array) -> Array:
        """Return values in the run's precision."""
        return values.astype(self.group.weights.dtype, copy=False)


def parameter_names(adstock_family: str, saturation_family: str) -> list[str]:
    """Return the transform parameters of two families."""
    return [p.name for p in (*ADSTOCKS[adstock_family].parameters, *SATURATIONS[saturation_family].parameters)]


def grouped(*labels: Sequence[object]) -> list[tuple[int, list[int]]]:
    """Return the first and all column numbers of each group of equal labels, in order of first appearance."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for column, key in enumerate(zip(*labels, strict=True)):
        groups.setdefault(key, []).append(column)
    return [(columns[0], columns) for columns in groups.values()]
