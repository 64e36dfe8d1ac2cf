"""Plans side by side, each against today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.draws import window_spend
from xl_mmm.measures.plan_revenue import plan_revenue
from xl_mmm.planning.outcome import MULTIPLES, PlanOutcome, dressed_outcome
from xl_mmm.planning.scenario import PlanLine, Scenario, WeeklyPlan, assumed, week_by_week

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.planning.periods import Horizon
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
Plans = Mapping[str, Mapping[str, float]]

TODAY = "Today"
COLUMNS = (
    "outcome", "outcome_low", "outcome_high", "difference", "difference_low", "difference_high", "p_better", "profit",
    "profit_difference", "roi", "roi_low", "roi_high", "assumed",
)  # fmt: skip


def scenarios(
    posterior: Posterior,
    table: pd.DataFrame | Plans | Sequence[Scenario],
    *,
    unit: str = MULTIPLES,
    level: float = 0.90,
    horizon: Horizon | None = None,
) -> pd.DataFrame:
    """Evaluate plans.

    Parameters
    ----------
    posterior
        Draws of the model.
    table
        One row a plan: a DataFrame indexed by the plan's name with a column a channel (blank, or no column: today's
        spend), name -> {channel: amount}, or scenarios with periods and assumptions.
    unit
        `"multiples"` of today's spend or `"money"` over the window; scenarios have their own.
    level
        Width of the ranges.
    horizon
        What of the window is planned, and in which calendar; all of it, in months, when None.

    Returns
    -------
    DataFrame
        Index `scenario`, `Today` first; `spend` money and the columns `COLUMNS` of `PlanOutcome`.

    Raises
    ------
    PlanError
        A name used twice, `Today` used for something else, or a plan that `week_by_week` refuses.
    """
    import pandas as pd

    plans = with_today(posterior, as_scenarios(table, unit), horizon)
    outcomes = outcomes_of(posterior, list(plans.values()), level)
    return pd.DataFrame(
        [[float(o.spend.sum()), *(getattr(o, column) for column in COLUMNS)] for o in outcomes],
        index=pd.Index(list(plans), name="scenario"),
        columns=pd.Index(["spend", *COLUMNS]),
    )


def with_today(
    posterior: Posterior, plans: Sequence[Scenario], horizon: Horizon | None = None
) -> dict[str, WeeklyPlan]:
    """Return every plan week by week, `Today` first; `horizon` as in `scenarios`.

    Raises
    ------
    PlanError
        As `scenarios`.
    """
    names = [plan.name for plan in plans]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlanError(f"More than one scenario is called {', '.join(map(repr, twice))}; give each a name.", twice)
    found = {plan.name: week_by_week(posterior, plan, horizon) for plan in (Scenario(TODAY), *plans)}
    if not found[TODAY].is_today:
        raise PlanError(
            f"The scenario {TODAY!r} changes something; it stands for today's plan. Give it another name.", [TODAY]
        )
    return found


def outcomes_of(posterior: Posterior, plans: Sequence[WeeklyPlan], level: float = 0.90) -> list[PlanOutcome]:
    """Evaluate plans given week by week, all against today."""
    today = plan_revenue(posterior, np.ones((1, len(posterior.dataset.channels))))
    money = window_spend(posterior)
    found = []
    for plan in plans:
        spend = plan.spend(posterior)
        multiples = np.divide(spend, money, out=plan.multiples.mean(axis=0), where=money > 0)
        added = assumed(posterior, plan).sum(axis=1) if plan.assumes else None
        planned = plan_revenue(posterior, plan.exposure)
        found.append(dressed_outcome(posterior, (multiples, spend), planned, today, level, added))
    return found


def as_scenarios(table: pd.DataFrame | Plans | Sequence[Scenario], unit: str = MULTIPLES) -> list[Scenario]:
    """Return plans in any form as scenarios, blanks left out."""
    if isinstance(table, Mapping):
        return [Scenario(str(name), (PlanLine(tuple(plan.items()), unit),)) for name, plan in table.items()]
    if isinstance(table, Sequence):
        return list(table)
    rows = ((name, row.dropna().items()) for name, row in table.iterrows())
    return [Scenario(str(name), (PlanLine(tuple((str(c), v) for c, v in row), unit),)) for name, row in rows]
