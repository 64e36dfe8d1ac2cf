"""Carryover of many draws at once, and its derivative pulled back to the parameters.

    geometric   u_t = kept u_(t−1) + (1 − kept) x_t; history alone leaves u0_t = kept^(t + 1) u_h, u_h at history's end

The numbers are those of `xl_mmm.response`. Arrays are (column, week, draw): memory is walked through in long strides,
and a column's media meet all draws in one matrix product. What a block of rows gathers is such a product; what the
blocks before leave in it is one number, which follows from block to block. Derivatives run the same way backwards: no
array is made for du/dp, which is only ever summed. Arrays are of the precision that exposure and parameters come in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from xl_mmm.transforms import ADSTOCKS, adstock, adstock_gradient

Array = NDArray[Any]  # of float64 or float32
Values = Mapping[str, Array]  # parameter -> (column, draw)

NO_MEDIA = {"float64": 1e-290, "float32": 1e-20}  # stands for none inside logarithms, far below any
LEAST_POWER = {"float64": -600.0, "float32": -80.0}  # ln of kept^t, held there: products of smaller numbers crawl
LEAST_KEPT = 1e-30  # stands for none inside a logarithm
BLOCK = 13  # rows: a quarter of a year of weeks


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
        (column, row, lag) the media `lag` rows earlier in the row's block, a calendar week; else zero.
    turned
        The same as (column, lag, row).
    apart
        Whether what history leaves is wanted by itself.
    """

    media: Array
    n_history: int
    period_weeks: float
    lagged: Array
    turned: Array
    apart: bool

    @classmethod
    def of(
        cls, media: Array, n_history: int, period_weeks: float, apart: bool = True, precision: DTypeLike = np.float64
    ) -> Exposure:
        """Line up media lag by lag."""
        n_rows, n_columns = media.shape
        n_blocks = -(-n_rows // BLOCK)
        rows = np.zeros((n_blocks * BLOCK, n_columns))
        rows[:n_rows] = media / period_weeks
        blocks = rows.T.reshape(n_columns, n_blocks, BLOCK)
        lagged = np.zeros((n_columns, n_blocks, BLOCK, BLOCK), dtype=precision)
        for lag in range(BLOCK):
            lagged[:, :, lag:, lag] = blocks[:, :, : BLOCK - lag]
        lagged = lagged.reshape(n_columns, -1, BLOCK)
        turned = np.ascontiguousarray(lagged.transpose(0, 2, 1))
        return cls(media, n_history, period_weeks, lagged, turned, apart and bool(media[:n_history].any()))

    @property
    def n_weeks(self) -> int:
        """Return the rows of the window."""
        return len(self.media) - self.n_history

    def column(self, i: int) -> Exposure:
        """Return one column."""
        own = slice(i, i + 1)
        return replace(self, media=self.media[:, own], lagged=self.lagged[own], turned=self.turned[own])


class Carryover(Protocol):
    """Effective media.

    Attributes
    ----------
    u
        (column, week, draw) what all media leave in the window, a calendar week; `NO_MEDIA` where it is none.
    before
        The same of history alone; None where that is not wanted, or nothing.
    """

    @property
    def u(self) -> Array:
        """Return what all media leave."""

    @property
    def before(self) -> Array | None:
        """Return what history alone leaves."""

    def column(self, i: int) -> Carryover:
        """Return one column."""

    def back(self, pull: Array, pull_before: Array | None) -> dict[str, Array]:
        """Return Σ_t (pull du/dp + pull_before du0/dp), adstock parameter -> (column, draw)."""


def carryover(exposure: Exposure, family: str, values: Values, max_lag: int) -> Carryover:
    """Return what media leave in the window; `values` may hold more than the family's parameters."""
    if ADSTOCKS[family].finite:
        return finite(exposure, family, {p.name: values[p.name] for p in ADSTOCKS[family].parameters}, max_lag)
    return geometric(exposure, values["decay"])


@dataclass(frozen=True, slots=True, eq=False)
class Geometric:
    """Geometric carryover, with what its derivative needs.

    Attributes
    ----------
    kept, slope
        (column, draw) the share kept from row to row, and its derivative in `decay`, the share kept a week.
    power
        (column, lag, draw) kept^lag, from 0 to `BLOCK`.
    ends
        (column, block, draw) u in the last row of each block but the last.
    last, fade
        (column, draw) u in history's last row, and (column, lag, draw) kept^lag from 0 on; empty without `before`.
    """

    exposure: Exposure
    u: Array
    before: Array | None
    kept: Array
    slope: Array
    power: Array
    ends: Array
    last: Array
    fade: Array

    def column(self, i: int) -> Geometric:
        """Return one column."""
        own = slice(i, i + 1)
        return Geometric(
            self.exposure.column(i), self.u[own], None if self.before is None else self.before[own], self.kept[own],
            self.slope[own], self.power[own], self.ends[own], self.last[own], self.fade[own],
        )  # fmt: skip

    def back(self, pull: Array, pull_before: Array | None) -> dict[str, Array]:
        """Return Σ_t (pull du/dp + pull_before du0/dp), adstock parameter -> (column, draw)."""
        of, power, ends = self.exposure, self.power, self.ends
        n_columns, n_rows, _ = of.lagged.shape
        every, by_kept = pull, np.zeros_like(self.kept)
        if pull.shape[1] < n_rows:
            every = np.zeros((n_columns, n_rows, pull.shape[2]), dtype=pull.dtype)
            every[:, of.n_history : of.n_history + of.n_weeks] = pull
        if pull_before is not None:
            later = np.arange(1, of.n_weeks + 1, dtype=pull.dtype)
            every[:, of.n_history - 1] += np.einsum("ktb,ktb->kb", pull_before, self.fade[:, 1:])
            by_kept += self.last * np.matmul(later, pull_before * self.fade[:, :-1])
        blocks = every.reshape(n_columns, -1, BLOCK, every.shape[2])
        # a block's end reaches the next block times kept, kept², ..., and the next end times kept^BLOCK
        by_end = np.einsum("kjrb,krb->kjb", blocks[:, 1:], power[:, 1:])
        by_power = np.einsum("kjrb,kjb->krb", blocks[:, 1:], ends)
        for j in range(ends.shape[1] - 1, 0, -1):
            by_end[:, j - 1] += power[:, -1] * by_end[:, j]
        by_power[:, -1] += np.einsum("kjb,kjb->kb", by_end[:, 1:], ends[:, :-1])
        # inside a block media count with weights (1 − kept) kept^lag, for its rows and for its end
        last_rows = of.turned.reshape(n_columns, BLOCK, -1, BLOCK)[:, :, :-1, -1]
        by_weight = np.matmul(of.turned, every) + np.matmul(last_rows, by_end)
        by_kept -= np.einsum("krb,krb->kb", by_weight, power[:, :-1])
        by_power[:, :-1] += (1 - self.kept)[:, None] * by_weight[:, 1:]
        lags = np.arange(1, BLOCK + 1, dtype=pull.dtype)
        by_kept += np.einsum("krb,krb,r->kb", by_power, power[:, :-1], lags)
        return {"decay": by_kept * self.slope}


def geometric(exposure: Exposure, decay: Array) -> Geometric:
    """Return geometric carryover; `decay` (column, draw) is the share kept a week."""
    period_weeks, n_history = exposure.period_weeks, exposure.n_history
    kept = decay if period_weeks == 1 else decay**period_weeks
    slope = np.ones_like(decay) if period_weeks == 1 else period_weeks * decay ** (period_weeks - 1)
    power = powers(kept, BLOCK)
    u = np.matmul(exposure.lagged, (1 - kept)[:, None] * power[:, :-1])
    blocks = u.reshape(len(u), -1, BLOCK, u.shape[2])
    ends = blocks[:, :-1, -1].copy()
    for j in range(1, ends.shape[1]):
        ends[:, j] += power[:, -1] * ends[:, j - 1]
    blocks[:, 1:] += power[:, None, 1:] * ends[:, :, None]
    window = held(u[:, n_history : len(exposure.media)])
    if not exposure.apart:
        return Geometric(exposure, window, None, kept, slope, power, ends, kept[:, :0], power[:, :0])
    last, fade = u[:, n_history - 1], powers(kept, exposure.n_weeks)
    before = held(fade[:, 1:] * last[:, None])
    return Geometric(exposure, window, before, kept, slope, power, ends, last, fade)


def powers(kept: Array, most: int) -> Array:
    """Return kept^0 to kept^`most`, (column, lag, draw)."""
    log_kept = np.log(np.maximum(kept, LEAST_KEPT))[:, None]
    exponent = np.arange(most + 1, dtype=kept.dtype)[:, None] * log_kept
    np.maximum(exponent, LEAST_POWER[kept.dtype.name], out=exponent)
    return np.asarray(np.exp(exponent, out=exponent))


@dataclass(frozen=True, slots=True, eq=False)
class Finite:
    """Carryover that ends, with its derivatives, adstock parameter -> (column, week, draw)."""

    u: Array
    before: Array | None
    by_parameter: Values
    by_parameter_before: Values

    def column(self, i: int) -> Finite:
        """Return one column."""
        own = slice(i, i + 1)
        both = ({name: du[own] for name, du in each.items()} for each in (self.by_parameter, self.by_parameter_before))
        return Finite(self.u[own], None if self.before is None else self.before[own], *both)

    def back(self, pull: Array, pull_before: Array | None) -> dict[str, Array]:
        """Return Σ_t (pull du/dp + pull_before du0/dp), adstock parameter -> (column, draw)."""
        out = {name: np.einsum("ktb,ktb->kb", pull, du) for name, du in self.by_parameter.items()}
        if pull_before is not None:
            for name, du in self.by_parameter_before.items():
                out[name] += np.einsum("ktb,ktb->kb", pull_before, du)
        return out


def finite(exposure: Exposure, family: str, values: Values, max_lag: int) -> Finite:
    """Return the carryover of a family whose weights end."""
    own = {name: value.T for name, value in values.items()}
    n_history, period_weeks, precision = exposure.n_history, exposure.period_weeks, exposure.lagged.dtype

    def carried_on(media: Array) -> tuple[Array, dict[str, Array]]:
        u = adstock(media, family, own, max_lag=max_lag, period_weeks=period_weeks)
        slopes = adstock_gradient(media, family, own, max_lag=max_lag, period_weeks=period_weeks)
        window, *by = (
            np.ascontiguousarray(each.transpose(2, 1, 0)[:, n_history:] / period_weeks, dtype=precision)
            for each in (u, *slopes.values())
        )
        return held(window), dict(zip(slopes, by, strict=True))

    u, by_parameter = carried_on(exposure.media)
    if not exposure.apart:
        return Finite(u, None, by_parameter, {})
    history = exposure.media.copy()
    history[n_history:] = 0
    before, by_parameter_before = carried_on(history)
    return Finite(u, before, by_parameter, by_parameter_before)


def lined_up(values: Values) -> dict[str, Array]:
    """Return parameters (column, draw) as (column, 1, draw), beside arrays (column, week, draw)."""
    return {name: value[:, None] for name, value in values.items()}


def held(u: Array) -> Array:
    """Return u, in place, plus `NO_MEDIA`: logarithms are taken of it, and divisions made by it."""
    u += NO_MEDIA[u.dtype.name]
    return u
