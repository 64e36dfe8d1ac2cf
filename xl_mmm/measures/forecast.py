"""The KPI of the periods ahead with its range, noise included.

A forecast is the model's own: baseline continued, media as planned, controls as expected, what earlier spend still
brings, and noise that starts from the last residual (`xl_mmm.measures.predictive`).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.dataset import MONEY
from xl_mmm.errors import SpecError
from xl_mmm.measures.ahead import Future, bought, data_ahead, periods_after, repeated
from xl_mmm.measures.draws import interval
from xl_mmm.measures.predictive import Predictive, continued, predictive

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

PATHS = 4000  # at least as many paths of noise in all: the ends of a range are then good to a few percent of its width
KPI, LOW, HIGH = "kpi", "kpi_low", "kpi_high"


def forecast(posterior: Posterior, future: Future | pd.DataFrame, level: float = 0.90) -> pd.DataFrame:
    """Forecast the KPI.

    Parameters
    ----------
    posterior
        The model.
    future
        The periods ahead: a `Future`, or a table that `future_of` reads.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        Index `date` of the plan; `kpi` the mean over draws, `kpi_low` and `kpi_high` the ends of the equal-tailed
        range of what will be observed; KPI units.

    Raises
    ------
    SpecError
        The table lacks something, or does not follow the data.
    """
    import pandas as pd

    coming = future if isinstance(future, Future) else future_of(posterior.dataset, future)
    expected, paths = forecast_paths(posterior, coming)
    low, high = interval(paths, level)
    return pd.DataFrame(
        {KPI: expected, LOW: low, HIGH: high},
        index=pd.DatetimeIndex(coming.plan_dates.astype("datetime64[ns]"), name="date"),
    )


def forecast_paths(posterior: Posterior, future: Future, market: Array | None = None) -> tuple[Array, Array]:
    """Return what the KPI is expected to be in the plan's periods, and paths of what will be observed.

    Parameters
    ----------
    posterior, future
        The model and the periods ahead.
    market
        (n_periods,) multiples of the expected baseline; ones when None.

    Returns
    -------
    expected, paths
        (n_periods,) mean over draws, and (path, n_periods) with noise; KPI units.
    """
    found, moved = _foreseen(posterior, future, market)
    expected = found.point[future.lead :] + moved.mean(axis=0)
    return expected, found.paths[:, future.lead :] + np.tile(moved, (len(found.paths) // len(moved), 1))


def forecast_draws(posterior: Posterior, future: Future, market: Array | None = None) -> Array:
    """Return what each draw expects of the KPI in the plan's periods, (draw, n_periods), without noise."""
    found, moved = _foreseen(posterior, future, market)
    return found.expected[:, future.lead :] + moved


def _foreseen(posterior: Posterior, future: Future, market: Array | None) -> tuple[Predictive, Array]:
    """Return the KPI of all periods ahead, and what the market moves it by in the plan's, (draw, n_periods)."""
    longer = data_ahead(posterior, future)
    whole = dataclasses.replace(longer, n_history=posterior.dataset.n_history)
    found = predictive(posterior, whole, np.random.default_rng(posterior.seed), -(-PATHS // posterior.n_draws))
    if market is None:
        return found, np.zeros((posterior.n_draws, future.n_periods))
    base = [i for i, group in enumerate(posterior.design.group) if group == "baseline"]
    rows = continued(posterior, whole)[-future.n_periods :, base]
    return found, np.asarray((posterior.linear[:, base] @ rows.T) * (market - 1))


def future_of(dataset: Dataset, frame: pd.DataFrame) -> Future:
    """Read a table of the periods ahead.

    Parameters
    ----------
    dataset
        The known periods; their headers are looked for.
    frame
        One row a period, in any order: date (a column or the index), spend of every channel, exposure of channels that
        have a media column (left out: the last year's exposure per money), organic media, controls, and revenue per
        KPI when that is a column. A KPI column is not looked at.

    Raises
    ------
    SpecError
        Naming every column that is missing, or the first cell that is no number.
    """
    import pandas as pd

    roles = dataset.roles
    table = frame.reset_index() if roles.date not in frame.columns and frame.index.name is not None else frame
    header = roles.date if roles.date in table.columns else "date"
    value = roles.revenue_per_kpi if isinstance(roles.revenue_per_kpi, str) else None
    needed = [*dataset.channels, *dataset.organic, *dataset.controls, *([] if value is None else [value])]
    missing = [name for name in (header, *needed) if name not in table.columns]
    if missing:
        raise SpecError(
            f"The future has no column {', '.join(map(repr, missing))}; the model needs it in every period."
        )
    dates = pd.to_datetime(table[header]).to_numpy().astype("datetime64[D]")
    order = np.argsort(dates, kind="stable")
    n = len(order)
    if not n or not np.array_equal(dates[order], periods_after(dataset, n)):
        first = periods_after(dataset, 2)
        raise SpecError(
            f"The future's dates do not follow the data: give one row for {first[0]}, {first[1]} and so on, no gap."
        )

    def column(name: str) -> Array:
        numbers = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)[order]
        if not np.isfinite(numbers).all():
            row = int(np.flatnonzero(~np.isfinite(numbers))[0])
            raise SpecError(f"{name}, {dates[order][row]}: {table[name].iloc[order[row]]!r} is no number; give one.")
        return numbers

    def columns(names: tuple[str, ...]) -> Array:
        return np.column_stack([column(name) for name in names]) if names else np.zeros((n, 0))

    year = repeated(dataset, n)
    spend = columns(dataset.channels)
    rate = bought(year.media, year.spend)
    exposure = [
        column(unit) if unit != MONEY and unit in table.columns else spend[:, k] * rate[k]
        for k, unit in enumerate(dataset.media_units)
    ]
    organic = columns(dataset.organic)
    lowest = zip((*dataset.channels, *dataset.organic), np.hstack([spend, organic]).min(axis=0), strict=True)
    if negative := [name for name, low in lowest if low < 0]:
        raise SpecError(f"{', '.join(negative)}: spend and media are zero or more in every period.")
    rates = year.revenue_per_kpi if value is None else column(value)
    return Future(dates[order], spend, np.column_stack(exposure), organic, columns(dataset.controls), rates)
