"""What a plan would bring: any plan by channel, evaluated on the weekly series with carryover moving.

Conventions
-----------
* A plan scales each channel's own flighting; channels left out keep today's spend.
* `outcome` is incremental revenue of the window from paid channels, carry-out excluded, so today's outcome is the sum
  of the contributions; KPI units when the KPI has no money value, and profit is then NaN.
* What a scenario assumes of market and controls adds to its outcome what it adds to today's baseline.
* Differences from today are paired: the same draw under both plans.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import ResponseCurves, channel_number, check_multiples
from xl_mmm.measures.draws import interval, per_spend, window_spend
from xl_mmm.spec import is_number

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

MULTIPLES, MONEY = "multiples", "money"
UNITS = (MULTIPLES, MONEY)


@dataclass(frozen=True, slots=True, eq=False)
class PlanOutcome:
    """A plan and what it brings.

    Attributes
    ----------
    multiples, spend, by_channel
        By channel: multiple of today's spend, money, mean outcome.
    outcome, outcome_low, outcome_high
        Mean over draws and ends of the range.
    difference, difference_low, difference_high
        Outcome less today's outcome, paired draws.
    p_better
        Share of draws in which the outcome beats today's; NaN for today's own plan.
    profit, profit_difference
        margin · outcome − spend, and its difference from today's.
    draws, difference_draws
        (draw,) outcome and difference.
    assumed
        Part of the outcome that assumptions about market and controls add to today's baseline, mean over draws.
    roi, roi_low, roi_high
        Revenue from media over spend; NaN without spend or when the KPI has no money value.
    """

    multiples: pd.Series[float]
    spend: pd.Series[float]
    by_channel: pd.Series[float]
    outcome: float
    outcome_low: float
    outcome_high: float
    difference: float
    difference_low: float
    difference_high: float
    p_better: float
    profit: float
    profit_difference: float
    draws: Array
    difference_draws: Array
    assumed: float
    roi: float
    roi_low: float
    roi_high: float


def evaluate_plan(
    posterior: Posterior, plan: Mapping[str, float], *, unit: str = MULTIPLES, level: float = 0.90
) -> PlanOutcome:
    """Evaluate one plan.

    Parameters
    ----------
    posterior
        Draws of the model.
    plan
        Channel -> multiple of today's spend, or money over the window.
    unit
        `"multiples"` or `"money"`.
    level
        Width of the ranges.

    Returns
    -------
    PlanOutcome

    Raises
    ------
    PlanError
        Unknown channels, impossible numbers, or money for a channel without spend to scale.
    """
    return evaluate_multiples(posterior, [plan_multiples(posterior, plan, unit)], level)[0]


def evaluate_multiples(
    posterior: Posterior, plans: list[Array], level: float = 0.90, curves: ResponseCurves | None = None
) -> list[PlanOutcome]:
    """Evaluate plans given as (channel,) multiples, all against today."""
    curves = curves or ResponseCurves.of(posterior)
    today = np.ones(len(posterior.dataset.channels))
    revenue = curves.revenue(np.vstack([today, *plans]))
    money = window_spend(posterior)
    return [
        dressed_outcome(posterior, (plan, plan * money), revenue[:, i], revenue[:, 0], level)
        for i, plan in enumerate(plans, start=1)
    ]


def plan_multiples(posterior: Posterior, plan: Mapping[str, float], unit: str = MULTIPLES) -> Array:
    """Return a plan as (channel,) multiples of today's spend.

    Raises
    ------
    PlanError
        As `evaluate_plan`.
    """
    if unit not in UNITS:
        raise PlanError(f"A plan's unit is {unit!r}; choose one of {', '.join(UNITS)}.")
    today = window_spend(posterior)
    multiples = np.ones(len(today))
    for channel, amount in plan.items():
        k = channel_number(posterior, channel)
        if not is_number(amount):
            raise no_amount(channel, amount, unit)
        if unit == MONEY and today[k] == 0:
            if amount != 0:
                raise money_of_nothing(channel, amount)
            continue
        multiples[k] = amount / today[k] if unit == MONEY else amount
        check_multiples(multiples[[k]], channel)
    return multiples


def no_amount(channel: str, amount: object, unit: str) -> PlanError:
    """Say that an amount of a channel is no number."""
    what = "amount of money" if unit == MONEY else "multiple of today's spend"
    return PlanError(f"{channel}: {amount!r} is no {what}; give a number, zero or more.", [channel])


def money_of_nothing(channel: str, amount: float, period: str = "") -> PlanError:
    """Say that there is no spend which could be scaled to an amount of money."""
    return PlanError(
        f"{channel} spent nothing in {period or 'the window'}, so there is no flighting to scale to {amount:,.2f}; "
        "leave it at zero.", [channel],
    )  # fmt: skip


def dressed_outcome(
    posterior: Posterior,
    amounts: tuple[Array, Array],
    planned: Array,
    today: Array,
    level: float,
    assumed: Array | None = None,
) -> PlanOutcome:
    """Dress revenue by draw as a plan's outcome.

    Parameters
    ----------
    posterior
        Draws of the model.
    amounts
        (channel,) multiples of today's spend, and money.
    planned, today
        (draw, channel) revenue from media, of the plan and of today.
    level
        Width of the ranges.
    assumed
        (draw,) revenue that the plan's assumptions add to the baseline; none when None.
    """
    import pandas as pd

    def by_channel(values: Array) -> pd.Series[float]:
        return pd.Series(values, index=pd.Index(posterior.dataset.channels, name="channel"))

    multiples, spend = amounts
    added = np.zeros(len(planned)) if assumed is None else assumed
    draws = planned.sum(axis=1) + added
    difference = draws - today.sum(axis=1)
    low, high = interval(draws, level)
    difference_low, difference_high = interval(difference, level)
    is_money = posterior.dataset.revenue_per_kpi is not None
    margin = posterior.spec.margin if is_money else np.nan
    extra, cost = float(difference.mean()), float(spend.sum())
    roi = per_spend(planned.sum(axis=1), np.array(cost)) if is_money else np.full(len(planned), np.nan)
    roi_low, roi_high = interval(roi, level)
    return PlanOutcome(
        by_channel(multiples), by_channel(spend), by_channel(planned.mean(axis=0)),
        float(draws.mean()), float(low), float(high), extra, float(difference_low), float(difference_high),
        float((difference > 0).mean()) if difference.any() else float("nan"),
        float(margin * draws.mean() - cost), float(margin * extra - (cost - window_spend(posterior).sum())),
        draws, difference, float(added.mean()), float(roi.mean()), float(roi_low), float(roi_high),
    )  # fmt: skip
