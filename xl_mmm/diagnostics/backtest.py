"""What the model would have said before it saw the last quarters.

A refit sees the window without its last periods; its forecast of the next quarter, media and controls as they were, is
compared with what happened, and with simply repeating the same weeks of the year before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.design import PREFIX, continued_holidays, hats
from xl_mmm.errors import FitError
from xl_mmm.response import media_contribution

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
Refit = Callable[[int], "Posterior"]  # number of the window's last periods left out -> the model fitted without them

QUARTER = 13.0  # weeks
YEAR = 365.25 / 7  # weeks
ORIGINS = 4  # quarters forecast, each from before it
LEAST_LEFT = 52.0  # weeks that a refit must keep
BLOCK = 50  # draws evaluated at a time


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Forecasts of quarters that the refits had not seen, the latest first.

    Attributes
    ----------
    actual, predicted, repeated
        (n_origins, n_periods) KPI, its forecast, and the KPI of the same weeks a year before (NaN where unknown).
    stopped
        Why there are fewer than `ORIGINS` quarters; empty when there are not.
    """

    actual: Array
    predicted: Array
    repeated: Array
    stopped: str

    def wmape(self, origins: slice = slice(None)) -> float:
        """Return Σ |actual - predicted| / Σ |actual| over some origins."""
        return weighted_error(self.actual[origins], self.predicted[origins])

    def wmape_repeated(self, origins: slice = slice(None)) -> float:
        """Return the same error of repeating last year; NaN when a week of it is unknown."""
        return weighted_error(self.actual[origins], self.repeated[origins])


def weighted_error(actual: Array, predicted: Array) -> float:
    """Return wMAPE = Σ |actual - predicted| / Σ |actual|; NaN when the actuals are all zero."""
    size = float(np.abs(actual).sum())
    return float(np.abs(actual - predicted).sum()) / size if size > 0 else float("nan")


def backtest(posterior: Posterior, refit: Refit) -> Backtest:
    """Forecast up to four quarters, each from a refit that ends before it.

    Parameters
    ----------
    posterior
        The model on the whole window.
    refit
        Fits the same model without the last n periods of the window.
    """
    data = posterior.dataset
    kpi = data.window_kpi
    quarter = max(1, round(QUARTER / data.period_weeks))
    year = round(YEAR / data.period_weeks)
    actual, predicted, repeated, stopped = [], [], [], ""
    for origin in range(1, ORIGINS + 1):
        start = data.n_weeks - origin * quarter
        if start * data.period_weeks < LEAST_LEFT:
            stopped = f"an earlier start would leave less than {LEAST_LEFT:.0f} weeks to learn from"
            break
        try:
            shorter = refit(origin * quarter)
        except FitError as error:
            stopped = f"the model cannot be fitted on the first {start} periods: {error}"
            break
        weeks = slice(start, start + quarter)
        actual.append(kpi[weeks])
        predicted.append(predict(shorter, posterior)[weeks])
        before = np.arange(start, start + quarter) - year
        repeated.append(np.where(before >= 0, kpi[np.maximum(before, 0)], np.nan))
    shape = (len(actual), quarter)
    return Backtest(
        np.reshape(actual, shape), np.reshape(predicted, shape), np.reshape(repeated, shape), stopped
    )  # fmt: skip


def predict(shorter: Posterior, longer: Posterior) -> Array:
    """Return the mean forecast that `shorter` makes for the window of `longer`, (n_weeks,).

    Media, controls and holidays are those that happened; trend and knots continue on the shorter window's own scale.
    """
    on_longer = dataclasses.replace(shorter, dataset=longer.dataset)
    media = np.zeros(longer.dataset.n_weeks)
    for block in on_longer.blocks(BLOCK):
        contribution, carry_in = media_contribution(block)
        media += (contribution + carry_in).sum(axis=(0, 2))
    baseline = continued(shorter, longer)[longer.dataset.window] @ shorter.linear.mean(axis=0)
    forecast: Array = baseline + media / shorter.n_draws
    return forecast


def continued(shorter: Posterior, longer: Posterior) -> Array:
    """Return the columns of the shorter design for all rows of the longer dataset, (n_rows, n_columns)."""
    data = longer.dataset
    first, last = shorter.dataset.dates[shorter.dataset.n_history], shorter.dataset.dates[-1]
    line = (data.dates - first) / (last - first) - 0.5
    own = dict(zip(longer.design.names, longer.design.matrix.T, strict=True))  # seasons know no window
    own |= {"trend": line, **hats(line, shorter.spec.knots)}
    if shorter.spec.holidays is not None:
        named = [name for name in shorter.design.names if name.startswith(PREFIX)]
        own |= continued_holidays(named, data.dates, data.grain, shorter.spec.holidays)
    own |= dict(zip(data.controls, (data.control_values - shorter.dataset.control_reference).T, strict=True))
    return np.column_stack([own[name] for name in shorter.design.names])
