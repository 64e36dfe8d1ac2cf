"""Which single moves of a plan the draws support: each channel's, at the price that money has in the plan.

Moving a channel's money is worth its change of revenue, the same draw before and after, less what that money is worth
elsewhere in the plan: its shadow price, or the mean return of the next unit over channels where no channel is free. A
plan can be well supported as a whole while single moves are not: what one channel loses in a draw another gains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.measures.draws import interval
from xl_mmm.measures.plan_revenue import plan_revenue

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.planning.plan import Plan
    from xl_mmm.posterior import Posterior

SMALL = 0.005  # share of the budget below which a channel counts as not moved


def price_of_money(plan: Plan) -> float:
    """Return revenue of one more unit of the budget: the shadow price, or the mean of what the next unit returns."""
    price = plan.certificate.shadow_price
    return float(plan.mroi.mean()) if price is None or not np.isfinite(price) else float(price)


def moves(posterior: Posterior, plan: Plan, level: float = 0.90) -> pd.DataFrame:
    """Judge each channel's move by itself.

    Parameters
    ----------
    posterior
        The model that the plan was made with.
    plan
        The plan.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        Index channel, of the channels that move by at least half a percent of the plan's money: `money` moved, `worth`
        with `low` and `high` (revenue less the price of the money, paired draws), `p_better` the share of draws in
        which it is above zero, and `sure`: whether the range holds no zero.
    """
    import pandas as pd

    channels = posterior.dataset.channels
    planned = np.asarray(plan.multiples.loc[list(channels)], dtype=np.float64)
    gained = plan_revenue(posterior, planned[None]) - plan_revenue(posterior, np.ones((1, len(channels))))
    money = (plan.spend - plan.spend_today).loc[list(channels)].to_numpy(dtype=float)
    worth = gained - price_of_money(plan) * money  # (draw, channel)
    low, high = interval(worth, level)
    table = pd.DataFrame(
        {
            "money": money, "worth": worth.mean(axis=0), "low": low, "high": high,
            "p_better": (worth > 0).mean(axis=0), "sure": (low > 0) | (high < 0),
        },
        index=pd.Index(channels, name="channel"),
    )  # fmt: skip
    return table[np.abs(money) >= SMALL * float(plan.spend.sum())]
