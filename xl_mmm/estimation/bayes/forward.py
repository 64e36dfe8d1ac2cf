"""The forward model with its derivative pulled back: S(u), and Σ_t W_t dS_t/dp for any weights W.

The numbers are those of `xl_mmm.response`; the steps that S and its derivatives share are taken once, and no array is
made for a derivative that is only ever summed. Arrays are (column, week, draw): memory is walked through in long
strides, and a column's media meet all draws in one matrix product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.transforms import ADSTOCKS, SATURATIONS, adstock, adstock_gradient

Array = NDArray[np.float64]
Values = Mapping[str, Array]  # parameter -> (column, draw)

SMALLEST = 1e-290  # stands for no media inside logarithms, far below any
LEAST_POWER = -600.0  # ln of kept^t, held there: products of smaller numbers crawl
BLOCK = 12  # rows of carryover that are summed by matrix product before the block before them is added


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Media of some columns, made ready.

    Attributes
    ----------
    media
        (row, column), history first.
    n_history
        Rows before the window.
    period_weeks
        Weeks in a row.
    lagged
        (column, row, lag) the media `lag` rows earlier, a calendar week; zero before the first row, and in the rows
        that fill the last block.
    has_history
        Whether any media lie before the window.
    """

    media: Array
    n_history: int
    period_weeks: float
    lagged: Array
    has_history: bool

    @classmethod
    def of(cls, media: Array, n_history: int, period_weeks: float) -> Exposure:
        """Line up media lag by lag."""
        n_rows, n_columns = media.shape
        lagged = np.zeros((n_columns, -(-n_rows // BLOCK) * BLOCK, BLOCK))
        for lag in range(min(BLOCK, n_rows)):
            lagged[:, lag:n_rows, lag] = media[: n_rows - lag].T / period_weeks
        return cls(media, n_history, period_weeks, lagged, bool(media[:n_history].any()))


@dataclass(frozen=True, slots=True, eq=False)
class Effective:
    """Effective media with its derivative.

    Attributes
    ----------
    u
        (column, week, draw) a calendar week; `SMALLEST` where it is none.
    by_parameter
        Adstock parameter -> (column, week, draw) du/dp.
    """

    u: Array
    by_parameter: Mapping[str, Array]

    def column(self, i: int) -> Effective:
        """Return one column."""
        own = slice(i, i + 1)
        return Effective(self.u[own], {name: du[own] for name, du in self.by_parameter.items()})


@dataclass(frozen=True, slots=True, eq=False)
class Saturated:
    """Saturated media with what its derivative needs.

    Attributes
    ----------
    s
        (column, week, draw) S(u).
    elastic
        (column, week, draw) u S'(u).
    by_parameter
        Saturation parameter -> (column, week, draw) dS/dp, without those that divide u.
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


def effective(exposure: Exposure, family: str, values: Values, max_lag: int) -> tuple[Effective, Effective | None]:
    """Return what all media, and what history alone, leave in the window, whatever the family."""
    if ADSTOCKS[family].finite:
        return finite(exposure, family, {p.name: values[p.name] for p in ADSTOCKS[family].parameters}, max_lag)
    return geometric(exposure, values["decay"])


def geometric(exposure: Exposure, decay: Array) -> tuple[Effective, Effective | None]:
    """Return what all media, and what history alone, leave in the window; `decay` (column, draw) is kept a week.

    Notes
    -----
    u_t = kept u_(t−1) + lost x_t; history alone leaves u0_t = kept^(t+1) times what it had gathered at its end.
    """
    period_weeks, n_history = exposure.period_weeks, exposure.n_history
    kept = decay if period_weeks == 1 else decay**period_weeks
    slope = np.ones_like(decay) if period_weeks == 1 else period_weeks * decay ** (period_weeks - 1)
    u, du = _carried_over(exposure.lagged, kept)
    du *= slope[:, None]
    n_rows = len(exposure.media)
    whole = Effective(held(u[:, n_history:n_rows]), {"decay": du[:, n_history:n_rows]})
    if not exposure.has_history:
        return whole, None
    later = np.arange(1, n_rows - n_history + 1)[:, None]
    power = np.exp(np.maximum(later * np.log(kept)[:, None], LEAST_POWER))
    last, d_last = u[:, n_history - 1, None], du[:, n_history - 1, None]
    u0 = held(power * last)
    return whole, Effective(u0, {"decay": power * d_last + u0 * (later * (slope / kept)[:, None])})


def _carried_over(lagged: Array, kept: Array) -> tuple[Array, Array]:
    """Return u_t = kept u_(t−1) + (1 − kept) x_t and du/dkept, both (column, row, draw), rows as in `lagged`.

    What the last `BLOCK` rows leave is a product of the media, lined up lag by lag, with powers of `kept`; what came
    before follows from the block before, times kept^`BLOCK`.

    Parameters
    ----------
    lagged
        See `Exposure`.
    kept
        (column, draw).
    """
    n_columns, n_rows, _ = lagged.shape
    power = np.empty((n_columns, BLOCK, kept.shape[1]))  # kept^lag
    power[:, 0] = 1
    for lag in range(1, BLOCK):
        np.multiply(power[:, lag - 1], kept, out=power[:, lag])
    lost, lags = (1 - kept)[:, None], np.arange(1.0, BLOCK)[:, None]
    weights = np.empty((2, *power.shape))  # of u, and of du
    np.multiply(lost, power, out=weights[0])
    np.negative(power, out=weights[1])
    weights[1, :, 1:] += lost * lags * power[:, :-1]
    both = np.matmul(lagged, weights)
    u, du = both
    far, by_far = (power[:, -1] * kept)[:, None], BLOCK * power[:, -1, None]
    carried = np.empty_like(weights)
    for first in range(BLOCK, n_rows, BLOCK):
        before, now = slice(first - BLOCK, first), slice(first, first + BLOCK)
        both[:, :, now] += np.multiply(far, both[:, :, before], out=carried)
        du[:, now] += np.multiply(by_far, u[:, before], out=carried[0])
    return u, du


def finite(exposure: Exposure, family: str, values: Values, max_lag: int) -> tuple[Effective, Effective | None]:
    """Return the same as `geometric` for a family whose weights end."""
    own = {name: value.T for name, value in values.items()}
    media, n_history, period_weeks = exposure.media, exposure.n_history, exposure.period_weeks

    def carried_on(rows: Array) -> Effective:
        u = adstock(rows, family, own, max_lag=max_lag, period_weeks=period_weeks)
        slopes = adstock_gradient(rows, family, own, max_lag=max_lag, period_weeks=period_weeks)
        return Effective(*_in_window(u, slopes, n_history, period_weeks))

    whole = carried_on(media)
    if not exposure.has_history:
        return whole, None
    before = media.copy()
    before[n_history:] = 0
    return whole, carried_on(before)


def _in_window(u: Array, slopes: Values, n_history: int, period_weeks: float) -> tuple[Array, dict[str, Array]]:
    """Turn (draw, row, column) into (column, week, draw) a calendar week."""
    lined_up = [np.ascontiguousarray(a.transpose(2, 1, 0)[:, n_history:]) / period_weeks for a in (u, *slopes.values())]
    return held(lined_up[0]), dict(zip(slopes, lined_up[1:], strict=True))


def held(u: Array) -> Array:
    """Return u, in place at `SMALLEST` at least: logarithms are taken of it, and divisions made by it."""
    return np.maximum(u, SMALLEST, out=u)


def saturated(u: Array, family: str, values: Values) -> Saturated:
    """Return S(u) of one family with its derivatives, all of the shape of `u` > 0; `values` line up with `u`."""
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
    log_ratio = np.log(u)
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
        (column, week, draw), or (column, week, 1).
    effective, one
        Of the same columns.
    values
        Parameter -> (column, draw).
    """
    pull = weights * one.elastic
    out = {name: _summed(weights, ds) for name, ds in one.by_parameter.items()}
    if one.scale is not None:
        out[one.scale] = -pull.sum(axis=1) / values[one.scale]
    pull /= effective.u  # where there is none nothing was spent before, and u S' is zero as well
    return out | {name: _summed(pull, du) for name, du in effective.by_parameter.items()}


def lined_up(values: Values) -> dict[str, Array]:
    """Return parameters (column, draw) as (column, 1, draw), beside arrays (column, week, draw)."""
    return {name: value[:, None] for name, value in values.items()}


def _summed(weights: Array, values: Array) -> Array:
    """Return Σ_t w v, (column, draw)."""
    return np.asarray(np.einsum("ktb,ktb->kb", weights, values))


def grouped(*labels: Sequence[object]) -> list[tuple[int, list[int]]]:
    """Return the first and all column numbers of each group of equal labels, in order of first appearance."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for column, key in enumerate(zip(*labels, strict=True)):
        groups.setdefault(key, []).append(column)
    return [(columns[0], columns) for columns in groups.values()]
