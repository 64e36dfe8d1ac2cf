"""A plan dressed: what it costs by channel, what it brings, how sure that is, and what is proven of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.measures.draws import interval
from xl_mmm.planning.certificate import Certificate, bounds_met, certify
from xl_mmm.planning.constraints import Limits

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A budget by channel and what it brings.

    Attributes
    ----------
    spend, spend_today, multiples, least, most
        By channel: money of the plan and of today, their ratio (1 where nothing was spent), and its bounds.
    mroi, mroi_today
        By channel: revenue of the next unit of money, mean over draws.
    bound
        By channel: `least`, `most`, or empty between them.
    outcome, outcome_low, outcome_high
        Incremental revenue of the window, mean over draws and range; KPI units without revenue.
    outcome_today, profit, profit_today
        Today's outcome; margin · outcome − spend of both plans, NaN without revenue.
    gain, gain_low, gain_high
        outcome − outcome_today; paired range, see the module on classical fits.
    gain_judged, p_better
        Mean gain on draws that did not choose the plan, and the share of them in which it beats today; NaN when the
        plan is today's.
    certificate
        What is proven.
    """

    spend: pd.Series[float]
    spend_today: pd.Series[float]
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
    certificate: Certificate

    def table(self) -> pd.DataFrame:
        """Return the plan by channel: `today plan least most` in money, `mroi_today mroi bound`."""
        import pandas as pd

        return pd.DataFrame(
            {
                "today": self.spend_today,
                "plan": self.spend,
                "least": self.least * self.spend_today,
                "most": self.most * self.spend_today,
                "mroi_today": self.mroi_today,
                "mroi": self.mroi,
                "bound": self.bound,
            }
        )


def dressed(
    curves: ResponseCurves, limits: Limits, multiples: Array, upper_bound: float | None, halves: list[Array],
    level: float,
) -> Plan:
    """Return everything that is to be said of a plan.

    Parameters
    ----------
    curves, limits
        The model's responses and the constraints.
    multiples
        (channel,) the plan.
    upper_bound
        A proven bound of every plan's outcome, or None.
    halves
        Two plans of (channel,), one chosen on even draws and one on odd ones, by which the gain's range is judged;
        none: on the plan itself.
    level
        Width of the ranges.
    """
    import pandas as pd

    posterior, money = curves.posterior, limits.today
    plans = np.array([np.ones_like(multiples), multiples, *halves])
    revenue = curves.revenue(plans).sum(axis=2)
    today, planned = revenue[:, 0], revenue[:, 1]
    gains = planned - today
    if halves:
        gains = gains.copy()
        gains[1::2] = revenue[1::2, 2] - today[1::2]
        gains[::2] = revenue[::2, 3] - today[::2]
    low, high = interval(planned, level)
    gain_low, gain_high = interval(gains, level)
    slopes = curves.slope(plans[:2]).mean(axis=0)
    mroi = np.divide(slopes, money, out=np.full_like(slopes, np.nan), where=money > 0)
    spend = multiples * money
    same = np.array_equal(multiples, plans[0])
    margin = posterior.spec.margin if posterior.dataset.revenue_per_kpi is not None else np.nan
    outcome, outcome_today = float(planned.mean()), float(today.mean())

    def by_channel(values: Array | list[str]) -> pd.Series:
        return pd.Series(values, index=pd.Index(limits.channels, name="channel"))

    return Plan(
        by_channel(spend), by_channel(money), by_channel(multiples), by_channel(limits.least), by_channel(limits.most),
        by_channel(mroi[1]), by_channel(mroi[0]), by_channel(bounds_met(limits, multiples)),
        outcome, float(low), float(high), outcome_today,
        float(margin * outcome - spend.sum()), float(margin * outcome_today - money.sum()),
        outcome - outcome_today, float(gain_low), float(gain_high), float(gains.mean()),
        float("nan") if same else float((gains > 0).mean()),
        certify(limits, multiples, mroi[1], outcome, upper_bound),
    )  # fmt: skip
