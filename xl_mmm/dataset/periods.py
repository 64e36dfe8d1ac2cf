"""Gathering rows into longer periods: sums, means, flags, and which periods are complete."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xl_mmm.dataset.panel import Array, Dates, GeoPanel, is_flag, weighted
from xl_mmm.rules import Fault, Spot, fault
from xl_mmm.rules.calendar import PERIOD_WORDS, weekday

_MIDWEEK = np.timedelta64(3, "D")


def gathered(panel: GeoPanel, starts: NDArray[np.int64], whole: NDArray[np.bool_]) -> GeoPanel:
    """Return the panel with rows gathered from each of `starts`, `whole` periods only."""

    def total(figures: Array) -> Array:
        return np.asarray(np.add.reduceat(figures, starts, axis=1)[:, whole])

    n_rows = np.diff(np.r_[starts, panel.kpi.shape[1]])[whole]
    mean = total(panel.control_values) / n_rows[None, :, None]
    highest = np.maximum.reduceat(panel.control_values, starts, axis=1)[:, whole]
    revenue = panel.revenue_per_kpi
    if revenue is not None:
        pieces = [slice(a, b) for a, b in zip(starts, np.r_[starts[1:], panel.kpi.shape[1]], strict=True)]
        by_period = [
            weighted(revenue[:, p].T, panel.kpi[:, p].T) for p, full in zip(pieces, whole, strict=True) if full
        ]
        revenue = np.stack(by_period, axis=1)
    return GeoPanel(
        names=panel.names,
        kpi=total(panel.kpi),
        spend=total(panel.spend),
        media=total(panel.media),
        organic_media=total(panel.organic_media),
        control_values=np.where(is_flag(panel.control_values), highest, mean),
        revenue_per_kpi=revenue,
    )


def period_start(dates: Dates, grain: str, source: str) -> Dates:
    """Return the first day of the week (Monday) or month to which each row belongs."""
    if grain == "weekly":
        return np.asarray(dates - weekday(dates).astype("timedelta64[D]"))
    inside = dates + _MIDWEEK if source == "weekly" else dates
    return inside.astype("datetime64[M]").astype("datetime64[D]")


def rows_in_period(start: np.datetime64, grain: str, source: str, example: np.datetime64) -> int:
    """Return how many source rows a complete period has; `example` shows on which weekday weeks begin."""
    if grain == "weekly":
        return 7
    end = (start.astype("datetime64[M]") + 1).astype("datetime64[D]")
    days = np.arange(start, end)
    if source == "daily":
        return len(days)
    return int((weekday(days) == weekday(np.array([example + _MIDWEEK]))[0]).sum())


def period_faults(
    starts: Dates,
    have: NDArray[np.int64],
    want: NDArray[np.int64],
    history_rows: NDArray[np.int64],
    grain: str,
    source: str,
) -> list[Fault]:
    """Report incomplete first and last periods and one that straddles the start of the window."""
    period, parts = PERIOD_WORDS[grain][0], PERIOD_WORDS[source][1]
    faults = [
        fault("incomplete_period", value=starts[i].item(), at=Spot(date=str(starts[i])), start=starts[i], period=period,
              position="first" if i == 0 else "last", have=have[i], want=want[i], parts=parts)
        for i in np.flatnonzero(have != want)
    ]  # fmt: skip
    split = np.flatnonzero((have == want) & (history_rows > 0) & (history_rows < have))
    faults += [
        fault("split_period", value=starts[i].item(), at=Spot(date=str(starts[i])), start=starts[i], period=period)
        for i in split
    ]
    return faults
