"""Plan, forecast and actual, once actuals arrive: why the KPI is not what was planned, in parts that add up.

From plan to actual, over the plan's periods that are known by now, KPI units:

    plan       what the model of the plan expected, with planned media and controls
    volume     all money moved in proportion to what was spent in all, planned mix and timing
    mix        the same money where and when it was spent, planned price of media
    rate       what the money bought: actual exposure instead of the planned price's
    drivers    controls as they were instead of as expected
    forecast   what the model of the plan expects of what happened: the sum so far
    effect     media work otherwise than the model of the plan says    } told by a model that has seen the actuals;
    baseline   the rest of the market stands elsewhere                 } NaN without one
    noise      what no model explains
    actual

Conventions: parts follow in this order, each given those before it. Ranges are of the same draw before and after a
step; those of `effect` and `baseline` compare two models, whose draws are paired at random. Periods before the plan
(`Future.lead`) count as they were spent from `volume` on.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.ahead import Future, ahead, bought
from xl_mmm.measures.draws import blocks, interval
from xl_mmm.measures.forecast import forecast_draws
from xl_mmm.response import media_contribution

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

PLAN, VOLUME, MIX, RATE, DRIVERS, FORECAST = "plan", "volume", "mix", "rate", "drivers", "forecast"
EFFECT, BASELINE, NOISE, ACTUAL = "effect", "baseline", "noise", "actual"
STEPS = (PLAN, VOLUME, MIX, RATE, DRIVERS, FORECAST, EFFECT, BASELINE, NOISE, ACTUAL)


def variance(
    planned_with: Posterior,
    plan: Future,
    actual: Dataset,
    current: Posterior | None = None,
    *,
    market: Array | None = None,
    level: float = 0.90,
) -> pd.DataFrame:
    """Explain the difference between plan and actual.

    Parameters
    ----------
    planned_with
        The model that the plan was made with.
    plan
        The plan.
    actual
        The data as they are now; periods of the plan that are in them are over.
    current
        A model that was fitted to the actuals too; None when there is none yet.
    market
        (n_periods,) multiples of the baseline that were planned with; ones when None.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        Index `step` (`STEPS`); `kpi`, `low`, `high` in KPI units over the periods that are over. `plan` to `drivers`
        add up to `forecast`, all parts to `actual`.

    Raises
    ------
    PlanError
        No period of the plan is over, the data have a gap there, or other columns.
    """
    import pandas as pd

    over = periods_over(plan, actual)
    if over == 0:
        raise PlanError(
            f"No actuals yet: the plan begins on {plan.plan_dates[0]} and the data end on {actual.dates[-1]}. Paste "
            "them below the last row of the data."
        )
    own = planned_with.dataset
    if (own.channels, own.organic, own.controls) != (actual.channels, actual.organic, actual.controls):
        raise PlanError("The data have other channels, media or controls than the plan was made with.")
    start = first_row(plan, actual)
    rows = slice(start, start + plan.lead + over)
    begun = _cut(plan, over)
    done = dataclasses.replace(
        begun, spend=actual.spend[rows], media=actual.media[rows], organic_media=actual.organic_media[rows],
        control_values=actual.control_values[rows],
    )  # fmt: skip
    before = begun if plan.lead == 0 else _with_lead(begun, done)
    steps = [
        _expected(planned_with, begun, None if market is None else market[:over]),
        *(_expected(planned_with, future) for future in (_volume(before, done), _mix(before, done),
                                                         dataclasses.replace(done, control_values=begun.control_values),
                                                         done)),
    ]  # fmt: skip
    kpi = float(actual.kpi[rows][plan.lead :].sum())
    parts = {PLAN: steps[0]} | {
        name: after - previous
        for name, previous, after in zip((VOLUME, MIX, RATE, DRIVERS), steps, steps[1:], strict=False)
    }
    parts[FORECAST] = steps[-1]
    if current is None:
        parts |= {EFFECT: np.full(1, np.nan), BASELINE: np.full(1, np.nan), NOISE: kpi - steps[-1]}
    else:
        parts |= _told_by(current, planned_with, done, actual.dates[rows][plan.lead :], steps[-1], kpi)
    parts[ACTUAL] = np.full(1, kpi)
    ends = {name: interval(draws, level) for name, draws in parts.items()}
    return pd.DataFrame(
        {
            "kpi": [float(parts[name].mean()) for name in STEPS],
            "low": [float(ends[name][0]) for name in STEPS],
            "high": [float(ends[name][1]) for name in STEPS],
        },
        index=pd.Index(STEPS, name="step"),
    )


def periods_over(plan: Future, actual: Dataset) -> int:
    """Return how many of the plan's periods the data hold, from its first on."""
    return int(np.isin(plan.plan_dates, actual.dates).sum())


def first_row(plan: Future, actual: Dataset) -> int:
    """Return the row of the data that holds the plan's first period, lead included.

    Raises
    ------
    PlanError
        The data miss a period between.
    """
    n = plan.lead + periods_over(plan, actual)
    start = int(np.searchsorted(actual.dates, plan.dates[0]))
    if not np.array_equal(actual.dates[start : start + n], plan.dates[:n]):
        raise PlanError(f"The data do not hold every period from {plan.dates[0]} on; a variance needs them all.")
    return start


def _cut(plan: Future, over: int) -> Future:
    """Return the plan's periods that are over."""
    n = plan.lead + over
    value = plan.revenue_per_kpi
    return Future(
        plan.dates[:n], plan.spend[:n], plan.media[:n], plan.organic_media[:n], plan.control_values[:n],
        None if value is None else value[:n], plan.lead,
    )  # fmt: skip


def _with_lead(plan: Future, done: Future) -> Future:
    """Return the plan after periods before it as they were spent."""
    lead = np.arange(len(plan.dates)) < plan.lead
    return dataclasses.replace(
        plan, **{name: np.where(lead[:, None], getattr(done, name), getattr(plan, name)) for name in ("spend", "media")}
    )


def _volume(plan: Future, done: Future) -> Future:
    """Return the plan with all its money moved to what was spent in all."""
    planned, spent = plan.plan_spend.sum(), done.plan_spend.sum()
    return plan.with_spend(plan.plan_spend * (spent / planned if planned > 0 else 1.0))


def _mix(plan: Future, done: Future) -> Future:
    """Return what was spent, at the planned price of media, and organic media as they were."""
    price = bought(plan.media, plan.spend)
    media = np.where(np.arange(len(plan.dates))[:, None] < plan.lead, done.media, done.spend * price)
    return dataclasses.replace(plan, spend=done.spend, media=media)


def _expected(posterior: Posterior, future: Future, market: Array | None = None) -> Array:
    """Return what a model expects of the KPI over the plan's periods, (draw,)."""
    return np.asarray(forecast_draws(posterior, future, market).sum(axis=1))


def _media(made: Posterior, rows: slice | NDArray[np.intp]) -> Array:
    """Return what media bring in some periods of the window, carry-in included, (draw,) KPI units."""
    parts = [sum(part[:, rows].sum(axis=(1, 2)) for part in media_contribution(block)) for block in blocks(made)]
    return np.concatenate(parts)


def _told_by(
    current: Posterior,
    planned_with: Posterior,
    done: Future,
    dates: NDArray[np.datetime64],
    forecast: Array,
    kpi: float,
) -> dict[str, Array]:
    """Return the parts that only a model knows that has seen the actuals."""
    dataset = current.dataset
    rows = np.flatnonzero(np.isin(dataset.window_dates, dates))
    if len(rows) != len(dates):
        raise PlanError("The current model has not seen every period that is over; fit it again.")
    n = max(current.n_draws, planned_with.n_draws)
    rng = np.random.default_rng(planned_with.seed)

    def drawn(values: Array) -> Array:
        return values if len(values) == n else rng.choice(values, n)

    then = drawn(_media(ahead(planned_with, done), slice(None)))
    now = drawn(_media(current, rows))
    linear = drawn(current.linear @ current.design.matrix[dataset.window][rows].sum(axis=0))
    effect = now - then
    return {EFFECT: effect, BASELINE: linear - (drawn(forecast) - then), NOISE: kpi - now - linear}
