"""A plan dressed: what it costs by channel, what it brings, how sure that is, and what is proven of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.draws import interval
from xl_mmm.measures.plan_revenue import plan_revenue, plan_slope
from xl_mmm.planning.caution import cautions
from xl_mmm.planning.certificate import Certificate, Cost, bounds_met, certify, unproven
from xl_mmm.planning.objective import MEAN, PROFIT
from xl_mmm.planning.risk import tail_value
from xl_mmm.planning.setup import Setup
from xl_mmm.planning.stationarity import inside

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

WORST = 0.1  # share of the draws that the downside is the mean of


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A budget by channel and what it brings.

    Attributes
    ----------
    spend, spend_today, flighting
        By channel: money of the plan, of today, and of the flighting that plans scale: today's own, unless one was
        given for a channel without spend.
    multiples, least, most
        By channel: spend as a multiple of the flighting (1 where there is none), and its bounds.
    mroi, mroi_today
        By channel: revenue of the next unit of money, mean over draws.
    bound
        By channel: `least`, `most`, or empty between them.
    outcome, outcome_low, outcome_high
        Incremental revenue of the window, mean over draws and range; KPI units without revenue.
    outcome_today, profit, profit_today
        Today's outcome; margin · revenue − cost of both plans in the objective's terms (margin · outcome − spend
        unless it has fees, a lifetime value or a discount), NaN without revenue.
    gain, gain_low, gain_high
        outcome − outcome_today; paired range, see the module on classical fits.
    by_profit
        Whether the plan is to be read by its profit: it was sought for profit, for a least marginal ROI or for the
        least cost of an outcome, so it may well bring less than today.
    profit_gain_low, profit_gain_high, p_profit, profit_downside
        Paired range of profit − profit_today, the share of draws in which it is above zero, and its mean in the worst
        tenth; as for `gain_low`, `p_better` and `downside`.
    gain_judged, p_better
        Mean gain on draws that did not choose the plan, and the share of them in which it beats today; NaN when the
        plan is today's.
    downside
        Mean gain in the tenth of the draws where it is smallest; of the draws that `p_better` counts.
    cautions
        Where the plan leaves the observed range of spend, in words.
    certificate
        What is proven.
    """

    spend: pd.Series[float]
    spend_today: pd.Series[float]
    flighting: pd.Series[float]
    multiples: pd.Series[float]
    least: pd.Series[float]
    most: pd.Series[float]
    mroi: pd.Series[float]
    mroi_today: pd.Series[float]
    bound: pd.Series[str]
    outcome: float
    outcome_low: float
    outcome_high: float
    outcome_today: float
    profit: float
    profit_today: float
    gain: float
    gain_low: float
    gain_high: float
    gain_judged: float
    p_better: float
    downside: float
    cautions: tuple[str, ...]
    certificate: Certificate
    by_profit: bool
    profit_gain_low: float
    profit_gain_high: float
    p_profit: float
    profit_downside: float

    @property
    def profit_gain(self) -> float:
        """Profit less today's; NaN without revenue."""
        return self.profit - self.profit_today

    def table(self) -> pd.DataFrame:
        """Return the plan by channel: `today plan least most` in money, `mroi_today mroi bound`."""
        import pandas as pd

        return pd.DataFrame(
            {
                "today": self.spend_today,
                "plan": self.spend,
                "least": self.least * self.flighting,
                "most": self.most * self.flighting,
                "mroi_today": self.mroi_today,
                "mroi": self.mroi,
                "bound": self.bound,
            }
        )


def dressed(
    setup: Setup,
    money: Array,
    upper_bound: float | None,
    halves: list[Array],
    level: float,
    costs: tuple[Cost, ...] = (),
) -> Plan:
    """Return everything that is to be said of a plan.

    Parameters
    ----------
    setup
        The problem.
    money
        (channel,) the plan.
    upper_bound
        A proven bound of every plan's worth, or None.
    halves
        Two plans of (channel,) money, one chosen on even draws and one on odd ones, by which the gain's range is
        judged; none: on the plan itself.
    level
        Width of the ranges.
    costs
        What discrete constraints cost.
    """
    import pandas as pd

    limits = setup.limits
    plans = np.array([limits.multiples(plan) for plan in (limits.today, money, *halves)])
    revenue = np.stack([plan_revenue(setup.posterior, plan[None]).sum(axis=1) for plan in plans], axis=1)
    today, planned = revenue[:, 0], revenue[:, 1]
    gains = _against_today(revenue)
    low, high = interval(planned, level)
    gain_low, gain_high = interval(gains, level)
    marginal = limits.multiples(inside(money, np.minimum(limits.floor, money), np.maximum(limits.ceiling, money)))
    slopes = np.stack([plan_slope(setup.posterior, at).mean(axis=0) for at in (plans[0], marginal)])
    unit = limits.unit
    mroi = np.divide(slopes, unit, out=np.full_like(slopes, np.nan), where=unit > 0)
    outcome, outcome_today = float(planned.mean()), float(today.mean())
    if setup.valued is setup.curves:
        worth, worth_today, slope = outcome, outcome_today, mroi[1]
    else:
        revenue = setup.valued.revenue(plans).sum(axis=2)
        worth_today, worth = (float(v) for v in revenue[:, :2].mean(axis=0))
        slope = setup.valued.slope(marginal).mean(axis=0)[0]
        slope = np.divide(slope, unit, out=np.zeros_like(slope), where=unit > 0)
    scaled = np.where(unit > 0, unit, 1.0)
    margin, cost = setup.worth.margin, setup.worth.cost
    profits = _against_today(margin * revenue - np.array([limits.today, money, *halves]) @ cost)
    profit_low, profit_high = interval(profits, level)

    slope = np.nan_to_num(slope)
    if setup.objective.risk == MEAN:
        proof = certify(setup, money, worth, slope, upper_bound, costs)
    else:
        proof = unproven(setup, money, worth, slope, tail_value(setup, money))

    def by_channel(values: Array | list[str]) -> pd.Series:
        return pd.Series(values, index=pd.Index(limits.channels, name="channel"))

    return Plan(
        by_channel(money), by_channel(limits.today), by_channel(unit), by_channel(plans[1]),
        by_channel(limits.floor / scaled), by_channel(limits.ceiling / scaled), by_channel(mroi[1]),
        by_channel(mroi[0]), by_channel(bounds_met(limits, money)), outcome, float(low), float(high), outcome_today,
        float(margin * worth - cost @ money), float(margin * worth_today - cost @ limits.today),
        outcome - outcome_today, float(gain_low), float(gain_high), float(gains.mean()),
        float("nan") if np.array_equal(money, limits.today) else float((gains > 0).mean()),
        _worst(gains), cautions(setup, money),
        proof, _by_profit(setup), float(profit_low), float(profit_high),
        float("nan") if np.array_equal(money, limits.today) or np.isnan(margin) else float((profits > 0).mean()),
        _worst(profits),
    )  # fmt: skip


def _against_today(values: Array) -> Array:
    """Return (draw,) a plan's value less today's, of (draw, plan) values: today, the plan, the plans that judge it."""
    gains = values[:, 1] - values[:, 0]
    if values.shape[1] > 2:
        gains[1::2] = values[1::2, 2] - values[1::2, 0]
        gains[::2] = values[::2, 3] - values[::2, 0]
    return gains


def _worst(gains: Array) -> float:
    """Return the mean of the draws where a gain is smallest."""
    return float(np.sort(gains)[: max(1, round(WORST * len(gains)))].mean())


def _by_profit(setup: Setup) -> bool:
    """Whether a plan's own goal is not to bring as much as it can."""
    other = setup.objective.maximize == PROFIT or setup.worth.price > 0 or setup.limits.least_outcome is not None
    return other and not np.isnan(setup.worth.margin)
