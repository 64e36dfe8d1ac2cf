"""The forward model with its derivative pulled back: S(u), and Σ_t W_t dS_t/dp for any weights W.

The numbers are those of `xl_mmm.response`; the steps that S and its derivatives share are taken once, and no array is
made for a derivative that is only ever summed. Arrays are (week, column, draw): memory is walked through in long
strides.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.transforms import ADSTOCKS, SATURATIONS, adstock, adstock_gradient

Array = NDArray[np.float64]
Values = Mapping[str, Array]  # parameter -> (column, draw)

SMALLEST = 1e-290  # stands for zero inside a logarithm, far below any media
LEAST_POWER = -600.0  # ln of kept^t, held there: products of smaller numbers crawl


@dataclass(frozen=True, slots=True, eq=False)
class Effective:
    """Effective media with its derivative.

    Attributes
    ----------
    u
        (week, column, draw) a calendar week.
    by_parameter
        Adstock parameter -> (week, column, draw) du/dp.
    """

    u: Array
    by_parameter: Mapping[str, Array]

    def column(self, i: int) -> Effective:
        """Return one column."""
        own = slice(i, i + 1)
        return Effective(self.u[:, own], {name: du[:, own] for name, du in self.by_parameter.items()})


@dataclass(frozen=True, slots=True, eq=False)
class Saturated:
    """Saturated media with what its derivative needs.

    Attributes
    ----------
    s
        (week, column, draw) S(u).
    elastic
        (week, column, draw) u S'(u).
    by_parameter
        Saturation parameter -> (week, column, draw) dS/dp, without those that divide u.
    scale
        Name of the parameter that divides u; None where there is none.
    """

    s: Array
    elastic: Array
    by_parameter: Mapping[str, Array]
    scale: str | None


def parameter_names(adstock_family: str, saturation_family: str) -> list[str]:
    """Return the transform parameters of two families."""
    return [p.name for p in (*ADSTOCKS[adstock_family].parameters, *SATURATIONS[saturation_family].parameters)]


def effective(
    media: Array, n_history: int, family: str, values: Values, max_lag: int, period_weeks: float
) -> tuple[Effective, Effective | None]:
    """Return what all media, and what history alone, leave in the window, whatever the family."""
    if ADSTOCKS[family].finite:
        own = {p.name: values[p.name] for p in ADSTOCKS[family].parameters}
        return finite(media, n_history, family, own, max_lag, period_weeks)
    return geometric(media, n_history, values["decay"], period_weeks)


def geometric(media: Array, n_history: int, decay: Array, period_weeks: float) -> tuple[Effective, Effective | None]:
    """Return what all media, and what history alone, leave in the window.

    Parameters
    ----------
    media
        (row, column) exposure, history first.
    n_history
        Rows before the window.
    decay
        (column, draw) share kept a week.
    period_weeks
        Weeks in a row.

    Notes
    -----
    u_t = kept u_(t−1) + lost x_t; history alone leaves u0_t = kept^(t+1) times what it had gathered at its end.
    """
    kept = decay if period_weeks == 1 else decay**period_weeks
    slope = np.ones_like(decay) if period_weeks == 1 else period_weeks * decay ** (period_weeks - 1)
    lost = (1 - kept) / period_weeks
    x = media[:, :, None] / period_weeks
    u = media[:, :, None] * lost
    scan(u, kept)
    du = np.empty_like(u)
    du[0] = -x[0]
    np.subtract(u[:-1], x[1:], out=du[1:])
    scan(du, kept)
    du *= slope
    whole = Effective(u[n_history:], {"decay": du[n_history:]})
    if not media[:n_history].any():
        return whole, None
    later = np.arange(1, len(media) - n_history + 1)[:, None, None]
    power = np.exp(np.maximum(later * np.log(kept), LEAST_POWER))
    last, d_last = u[n_history - 1], du[n_history - 1]
    u0 = power * last
    return whole, Effective(u0, {"decay": power * d_last + u0 * (later * (slope / kept))})


def scan(a: Array, kept: Array) -> None:
    """Turn a_t into a_t + kept a_(t−1) + kept² a_(t−2) + ..., in place."""
    carried = np.empty_like(kept)
    for before, now in itertools.pairwise(a):
        np.multiply(kept, before, out=carried)
        now += carried


def finite(
    media: Array, n_history: int, family: str, values: Values, max_lag: int, period_weeks: float
) -> tuple[Effective, Effective | None]:
    """Return the same as `geometric` for a family whose weights end."""
    own = {name: value.T for name, value in values.items()}

    def carried_on(rows: Array) -> Effective:
        u = adstock(rows, family, own, max_lag=max_lag, period_weeks=period_weeks)
        slopes = adstock_gradient(rows, family, own, max_lag=max_lag, period_weeks=period_weeks)
        return Effective(*_in_window(u, slopes, n_history, period_weeks))

    whole = carried_on(media)
    if not media[:n_history].any():
        return whole, None
    before = media.copy()
    before[n_history:] = 0
    return whole, carried_on(before)


def _in_window(u: Array, slopes: Values, n_history: int, period_weeks: float) -> tuple[Array, dict[str, Array]]:
    """Turn (draw, row, column) into (week, column, draw) a calendar week."""
    lined_up = [np.ascontiguousarray(a.transpose(1, 2, 0)[n_history:]) / period_weeks for a in (u, *slopes.values())]
    return lined_up[0], dict(zip(slopes, lined_up[1:], strict=True))


def saturated(u: Array, family: str, values: Values) -> Saturated:
    """Return S(u) of one family with its derivatives; `values` (column, draw)."""
    if family == "hill":
        return _hill(u, values["half_saturation"], values["slope"])
    record = SATURATIONS[family]
    s, elastic = record.function(u, values), record.derivative(u, values)
    names = [p.name for p in record.parameters]
    if family == "power":
        return Saturated(s, elastic, record.gradient(u, values), None)
    return Saturated(s, elastic, {}, names[0])


def _hill(u: Array, half_saturation: Array, slope: Array) -> Saturated:
    """Return S = 1 / (1 + e^(−z)), z = slope ln(u/h); u S' = slope S (1 − S); dS/dslope = S (1 − S) z / slope."""
    log_ratio = np.log(np.maximum(u, SMALLEST))
    log_ratio -= np.log(half_saturation)
    s = log_ratio * -slope
    np.minimum(s, -LEAST_POWER, out=s)
    np.exp(s, out=s)
    s += 1
    np.divide(1, s, out=s)
    product = s * s
    np.subtract(s, product, out=product)
    log_ratio *= product
    product *= slope
    return Saturated(s, product, {"slope": log_ratio}, "half_saturation")


def pulled_back(weights: Array, effective: Effective, one: Saturated, values: Values) -> dict[str, Array]:
    """Return Σ_t W_t dS_t/dp for every transform parameter, (column, draw).

    Parameters
    ----------
    weights
        (week, column, draw), or (week, column, 1).
    effective, one
        Of the same columns.
    values
        Parameter -> (column, draw).
    """
    pull = weights * one.elastic
    out = {name: _summed(weights, ds) for name, ds in one.by_parameter.items()}
    if one.scale is not None:
        out[one.scale] = -pull.sum(axis=0) / values[one.scale]
    pull /= np.maximum(effective.u, SMALLEST)  # where u = 0 nothing was spent before, and u S' is zero as well
    return out | {name: _summed(pull, du) for name, du in effective.by_parameter.items()}


def _summed(weights: Array, values: Array) -> Array:
    """Return Σ_t w v, (column, draw)."""
    return np.asarray(np.einsum("tkb,tkb->kb", weights, values))


def grouped(*labels: Sequence[object]) -> list[tuple[int, list[int]]]:
    """Return the first and all column numbers of each group of equal labels, in order of first appearance."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for column, key in enumerate(zip(*labels, strict=True)):
        groups.setdefault(key, []).append(column)
    return [(columns[0], columns) for columns in groups.values()]
