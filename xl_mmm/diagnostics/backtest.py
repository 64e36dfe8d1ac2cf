"""What the model would have said before it saw the last quarters.

A refit sees the window without its last periods; its forecast of the next quarter, media and controls as they were, is
compared with what happened, and with simply repeating the same weeks of the year before: as one number a week, and as
a range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.diagnostics.scores import crps, weighted_error
from xl_mmm.errors import FitError, SpecError
from xl_mmm.measures.draws import interval
from xl_mmm.measures.predictive import predictive

if TYPE_CHECKING:
    from xl_mmm.diagnostics.refits import Work
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

QUARTER = 13.0  # weeks
YEAR = 365.25 / 7  # weeks
ORIGINS = 4  # quarters forecast, each from before it
LEAST_LEFT = 52.0  # weeks that a refit must keep
PATHS = 1200  # of noise, at least, in each forecast: the ends of a 90 % range then hold 60 each


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Forecasts of quarters that the refits had not seen, the latest first.

    Attributes
    ----------
    actual, predicted, repeated
        (n_origins, n_periods) KPI, its forecast, and the KPI of the same weeks a year before (NaN where unknown).
    low, high
        (n_origins, n_periods) ends of the forecast's range.
    score, score_repeated, score_ranged
        (n_origins, n_periods) CRPS of the forecast, of repeating the year before as one number, and of repeating it
        with the range that its own misses so far would have given; NaN where unknown.
    level
        Width of the range.
    stopped
        Why there are fewer than `ORIGINS` quarters; empty when there are not.
    """

    actual: Array
    predicted: Array
    repeated: Array
    low: Array
    high: Array
    score: Array
    score_repeated: Array
    score_ranged: Array
    level: float
    stopped: str

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(n_origins, n_periods) whether the KPI fell into the range."""
        return (self.low <= self.actual) & (self.actual <= self.high)

    def wmape(self, origins: slice = slice(None)) -> float:
        """Return Σ |actual - predicted| / Σ |actual| over some origins."""
        return weighted_error(self.actual[origins], self.predicted[origins])

    def wmape_repeated(self, origins: slice = slice(None)) -> float:
        """Return the same error of repeating last year; NaN when a week of it is unknown."""
        return weighted_error(self.actual[origins], self.repeated[origins])


def backtest(posterior: Posterior, work: Work, level: float) -> Backtest:
    """Forecast up to four quarters, each from a refit that ends before it.

    Parameters
    ----------
    posterior
        The model on the whole window.
    work
        Fits the same model on fewer weeks.
    level
        Width of the ranges.
    """
    data, stopped = posterior.dataset, ""
    quarter = max(1, round(QUARTER / data.period_weeks))
    rows: list[tuple[Array, ...]] = []
    for origin in range(1, ORIGINS + 1):
        start = data.n_weeks - origin * quarter
        if start * data.period_weeks < LEAST_LEFT:
            stopped = f"an earlier start would leave less than {LEAST_LEFT:.0f} weeks to learn from"
            break
        try:
            shorter = work.fit(data.without_last(origin * quarter), posterior.spec, ranges=True)
        except (FitError, SpecError) as error:
            stopped = f"the model cannot be fitted on the first {start} periods: {error}"
            break
        ahead = data.without_last((origin - 1) * quarter)
        rng = np.random.default_rng([posterior.seed, origin])
        forecast = predictive(shorter, ahead, rng, paths=-(-PATHS // shorter.n_draws))
        actual = ahead.kpi[-quarter:]
        repeated, scores = last_year(ahead.window_kpi, quarter, round(YEAR / data.period_weeks))
        ends = interval(forecast.paths, level)
        rows.append((actual, forecast.point, repeated, *ends, crps(forecast.paths, actual), *scores))
    part = np.reshape(rows, (len(rows), 8, quarter)).transpose(1, 0, 2)
    return Backtest(part[0], part[1], part[2], part[3], part[4], part[5], part[6], part[7], level, stopped)


def last_year(kpi: Array, quarter: int, year: int) -> tuple[Array, tuple[Array, Array]]:
    """Forecast the last `quarter` periods by the same periods a year before.

    Parameters
    ----------
    kpi
        (period,) known, then the quarter.
    quarter, year
        Lengths in periods.

    Returns
    -------
    repeated, (score, score_ranged)
        Each (quarter,): the forecast, its CRPS as one number (the absolute error), and its CRPS when the changes from
        year to year seen before are added to it. NaN where the year before, or a quarter of such changes, is missing.
    """
    known = len(kpi) - quarter
    before = np.arange(known, len(kpi)) - year
    repeated = np.where(before >= 0, kpi[np.maximum(before, 0)], np.nan)
    actual, changes = kpi[known:], kpi[year:known] - kpi[: max(known - year, 0)]
    ranged = np.full(quarter, np.nan)
    if len(changes) >= quarter:
        ranged = crps(repeated + changes[:, None], actual)
    return repeated, (np.abs(actual - repeated), ranged)
