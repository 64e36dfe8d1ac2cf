"""The year by fiscal period: what is spent, paid, earned and expected, with the ends of the year in lines of their own.

Conventions
-----------
* Money earned is incremental revenue (KPI units when the KPI has no money value) of the plan's own media, by the period
  that it falls into. What spend before the plan still brings is `carry_in`; what the plan's spend brings after its end
  is the outcome of the line `AFTER`. So outcome over all lines is what the plan's money earns in all.
* Cash follows spend: a period of data is paid `payment_days` after its last day. What was spent before the plan and is
  paid inside it counts as cash of the period; what is paid after the end stands in the line `AFTER`.
* Ranges come from draws; those of the KPI hold the noise too. Means add up over periods, ranges do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.ahead import ahead, periods_after
from xl_mmm.measures.draws import carried_out, interval, standing
from xl_mmm.measures.forecast import forecast_paths
from xl_mmm.response import contribution_at, outcome_weights

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.measures.ahead import Future
    from xl_mmm.planning.fiscal import FiscalCalendar
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

AFTER = "After the year"
WHOLE = "Year"
DAY = np.timedelta64(1, "D")
COLUMNS = (
    "from", "to", "spend", "cash", "outcome", "outcome_low", "outcome_high", "carry_in", "profit", "kpi", "kpi_low",
    "kpi_high",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class YearPlan:
    """The year.

    Attributes
    ----------
    table
        Index `period` in order of time, then `AFTER`, then `WHOLE`; columns `COLUMNS`.
    spend
        (period, channel) money of the fiscal periods, index `period`.
    """

    table: pd.DataFrame
    spend: pd.DataFrame


def year_plan(
    posterior: Posterior,
    future: Future,
    calendar: FiscalCalendar,
    *,
    payment_days: int = 0,
    margin: float | None = None,
    level: float = 0.90,
    market: Array | None = None,
) -> YearPlan:
    """Tell a plan by fiscal period.

    Parameters
    ----------
    posterior
        The model.
    future
        What is planned.
    calendar
        The fiscal calendar; parts of fiscal periods at the plan's ends stand as they are.
    payment_days
        Days from the end of a period of data to its payment.
    margin
        Profit per unit of revenue before media; the model's when None. Profit is margin · outcome − spend.
    level
        Width of the ranges.
    market
        (n_periods,) multiples of the expected baseline; ones when None.

    Raises
    ------
    SpecError, PlanError
        A future that does not follow the data, or a calendar that cannot tell it.
    """
    import pandas as pd

    made, grain = ahead(posterior, future), posterior.dataset.grain
    dates = future.plan_dates
    places = calendar.places(dates, grain)
    names = list(dict.fromkeys(place.name for place in places))
    at = np.array([names.index(place.name) for place in places])
    belongs = (at[:, None] == np.arange(len(names))).astype(float)
    ends = np.append(dates, _end(posterior, future))[1:]

    def summed(by_period: Array) -> Array:
        """Sum the last axis by fiscal period."""
        return np.asarray(by_period @ belongs)

    earned, carried = _by_week(made)
    outcome, after = summed(earned), _after(made)
    total = outcome.sum(axis=1) + after
    spend = summed(future.plan_spend.sum(axis=1))
    cash, unpaid = _cash(posterior, future, payment_days, at, len(names))
    expected, paths = forecast_paths(posterior, future, market)
    kpi = summed(paths)
    columns = {
        "from": [dates[at == i][0] for i in range(len(names))] + [ends[-1], dates[0]],
        "to": [ends[at == i][-1] - DAY for i in range(len(names))] + [np.datetime64("NaT", "D"), ends[-1] - DAY],
        "spend": [*spend, 0.0, spend.sum()],
        "cash": [*cash, unpaid, cash.sum() + unpaid],
        "outcome": [*outcome.mean(axis=0), after.mean(), total.mean()],
    }
    for name, end in (("outcome_low", 0), ("outcome_high", 1)):
        columns[name] = [*interval(outcome, level)[end], interval(after, level)[end], interval(total, level)[end]]
    of_margin = posterior.spec.margin if margin is None else margin
    money = posterior.dataset.revenue_per_kpi is not None
    columns["carry_in"] = [*summed(carried), 0.0, carried.sum()]
    columns["profit"] = [
        of_margin * value - spent if money else float("nan")
        for value, spent in zip(columns["outcome"], columns["spend"], strict=True)
    ]
    blank = float("nan")
    columns["kpi"] = [*summed(expected), blank, expected.sum()]
    for name, end in (("kpi_low", 0), ("kpi_high", 1)):
        columns[name] = [*interval(kpi, level)[end], blank, interval(kpi.sum(axis=1), level)[end]]
    index = pd.Index([*names, AFTER, WHOLE], name="period")
    by_channel = summed(future.plan_spend.T).T
    return YearPlan(
        pd.DataFrame(columns, index=index)[list(COLUMNS)],
        pd.DataFrame(by_channel, index=index[: len(names)], columns=list(posterior.dataset.channels)),
    )


def _by_week(made: Posterior) -> tuple[Array, Array]:
    """Return what paid media earn by period of the window: (draw, period) the plan's, (period,) mean of what is left.

    Organic media stand with neither: nobody plans their money.
    """
    weights, paid = outcome_weights(made.dataset), len(made.dataset.channels)
    earned, carried = [], np.zeros(made.dataset.n_weeks)
    for block, at in standing(made):
        added, left = contribution_at(block, at)
        earned.append(added[:, :, :paid].sum(axis=2) * weights)
        carried += left[:, :, :paid].sum(axis=(0, 2)) * weights
    return np.concatenate(earned), carried / made.n_draws


def _after(made: Posterior) -> Array:
    """Return what the plan's spend earns after its end, (draw,), valued as its last period."""
    after: Array = carried_out(made)[:, : len(made.dataset.channels)].sum(axis=1) * outcome_weights(made.dataset)[-1]
    return after


def _end(posterior: Posterior, future: Future) -> np.datetime64:
    """Return the first day after the plan."""
    end: np.datetime64 = periods_after(posterior.dataset, len(future.dates) + 1)[-1]
    return end


def _cash(
    posterior: Posterior, future: Future, payment_days: int, at: NDArray[np.intp], n: int
) -> tuple[Array, float]:
    """Return what is paid in each fiscal period, (n,), and what of the plan's spend is paid after its end."""
    own = posterior.dataset
    dates = np.concatenate([own.dates, future.dates, [_end(posterior, future)]]).astype("datetime64[D]")
    spent = np.concatenate([own.spend, future.spend]).sum(axis=1)
    paid_on = dates[1:] - DAY + payment_days * DAY
    first, beyond = future.plan_dates[0], dates[-1]
    inside = (paid_on >= first) & (paid_on < beyond)
    row = np.searchsorted(future.plan_dates, paid_on[inside], side="right") - 1
    cash = np.zeros(n)
    np.add.at(cash, at[row], spent[inside])
    return cash, float(spent[paid_on >= beyond].sum())
