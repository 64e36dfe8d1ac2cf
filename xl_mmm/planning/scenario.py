"""Plans side by side, each against today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.outcome import MULTIPLES, evaluate_multiples, plan_multiples

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Posterior

TODAY = "Today"
COLUMNS = (
    "outcome", "outcome_low", "outcome_high", "difference", "difference_low", "difference_high", "p_better", "profit",
    "profit_difference",
)  # fmt: skip


def scenarios(
    posterior: Posterior,
    table: pd.DataFrame | Mapping[str, Mapping[str, float]],
    *,
    unit: str = MULTIPLES,
    level: float = 0.90,
) -> pd.DataFrame:
    """Evaluate plans.

    Parameters
    ----------
    posterior
        Draws of the model.
    table
        One row a plan: a DataFrame indexed by the plan's name with a column a channel (blank, or no column: today's
        spend), or name -> {channel: amount}.
    unit
        `"multiples"` of today's spend or `"money"` over the window.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        Index `scenario`, `Today` first; `spend` money and the columns `COLUMNS` of `PlanOutcome`.

    Raises
    ------
    PlanError
        A name used twice, `Today` used for something else, or a plan that `evaluate_plan` refuses.
    """
    import pandas as pd

    rows = list(_rows(table))
    names = [TODAY, *(name for name, _ in rows if name != TODAY)]
    if len(names) != len(set(names)) or sum(name == TODAY for name, _ in rows) > 1:
        twice = sorted({name for name in names if names.count(name) > 1} or {TODAY})
        raise PlanError(f"More than one scenario is called {', '.join(map(repr, twice))}; give each a name.", twice)
    today = np.ones(len(posterior.dataset.channels))
    plans = {TODAY: today} | {name: plan_multiples(posterior, plan, unit) for name, plan in rows}
    if not np.array_equal(plans[TODAY], today):
        raise PlanError(f"The scenario {TODAY!r} changes spend; it stands for today's. Give it another name.", [TODAY])
    outcomes = evaluate_multiples(posterior, list(plans.values()), level, ResponseCurves.of(posterior))
    return pd.DataFrame(
        [[float(o.spend.sum()), *(getattr(o, column) for column in COLUMNS)] for o in outcomes],
        index=pd.Index(list(plans), name="scenario"),
        columns=pd.Index(["spend", *COLUMNS]),
    )


def _rows(table: pd.DataFrame | Mapping[str, Mapping[str, float]]) -> list[tuple[str, dict[str, float]]]:
    """Return (name, plan) pairs without blanks."""
    if isinstance(table, Mapping):
        return [(str(name), dict(plan)) for name, plan in table.items()]
    return [(str(name), {str(c): v for c, v in row.dropna().items()}) for name, row in table.iterrows()]
