"""From today's outcome to a plan's, channel by channel: what each channel's own change of money changes.

Media revenue is a sum of one response a channel, so the steps add up to the plan's gain exactly and in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.measures.draws import interval
from xl_mmm.measures.plan_revenue import plan_revenue
from xl_mmm.planning.setup import prepared

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.fitting import FittedMMM
    from xl_mmm.planning.constraints import Constraints
    from xl_mmm.planning.plan import Plan
    from xl_mmm.posterior import Posterior


def steps(
    model: FittedMMM | Posterior, constraints: Constraints | None, plan: Plan, *, level: float = 0.90
) -> pd.DataFrame:
    """Return what each channel brings more or less under a plan than under today's spend.

    Parameters
    ----------
    model
        What the plan was judged on.
    constraints
        Those of the plan: they may give a channel its flighting.
    plan
        The judged plan.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        Index channel; `value low high` in money (KPI units without revenue), mean over draws and paired range. The
        values sum to `plan.gain`.

    Raises
    ------
    PlanError
        As `judge`.
    """
    import pandas as pd

    setup = prepared(model, constraints, None)
    planned = np.asarray(plan.spend, dtype=np.float64)
    today, multiples = (setup.limits.multiples(money) for money in (setup.today, planned))
    change = plan_revenue(setup.posterior, multiples[None]) - plan_revenue(setup.posterior, today[None])
    low, high = interval(change, level)
    return pd.DataFrame({"value": change.mean(axis=0), "low": low, "high": high}, index=plan.spend.index)
