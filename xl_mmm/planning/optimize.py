"""The best plan within constraints: mean worth over draws, each channel's flighting scaled.

Steps
-----
1. *Tabulate* each channel's response and its slope, exactly, at a few points between its bounds (scaling flighting
   makes channels separate, carryover included).
2. *Search* the broken lines above the table for the best plan there: its worth is a bound.
3. *Polish* what was found, on cubics through the table and then on the exact derivatives.
4. *Refine* the table about both plans until bound and plan agree. Without a bound (`upper_bound` None): media that
   hurt (a negative coefficient), and S-curves in models so large that over-estimators would take minutes.

Gains of a classical fit: its draws are bootstrap refits, and a plan flatters itself on the draws that chose it. The
plan is chosen on all draws, and `outcome` and `gain` are means over all draws, so they tie with `evaluate_plan`. The
*range* of the gain, `gain_judged` and `p_better` come from two more plans, one chosen on even draws and judged on odd
ones, the other the reverse.

References
----------
Falk and Soland (1969), "An algorithm for separable nonconvex programming problems", Management Science 15.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.planning.certificate import Cost
from xl_mmm.planning.conflicts import check_possible
from xl_mmm.planning.constraints import Constraints
from xl_mmm.planning.limits import increment_name, minimum_name, without
from xl_mmm.planning.objective import MEAN, Objective
from xl_mmm.planning.plan import Plan, dressed
from xl_mmm.planning.risk import choose_by_risk
from xl_mmm.planning.search import Chosen, Search, splits
from xl_mmm.planning.setup import Setup, prepared

if TYPE_CHECKING:
    from xl_mmm.fitting import FittedMMM
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]


def optimize(
    model: FittedMMM | Posterior,
    constraints: Constraints | None = None,
    *,
    objective: Objective | None = None,
    level: float = 0.90,
) -> Plan:
    """Find the spend by channel that is worth most.

    Parameters
    ----------
    model
        A fitted model, or its posterior.
    constraints
        Budget, bounds and all else that a plan must keep; today's budget and the default bounds when None.
    objective
        Mean revenue over draws when None. With a fixed budget, and neither fees nor discounts, the same plan has the
        largest profit.
    level
        Width of the ranges.

    Returns
    -------
    Plan
        Never worse than today's spend when that meets the constraints.

    Raises
    ------
    PlanError
        Constraints that contradict each other, naming them, or a target out of reach.
    """
    setup = prepared(model, constraints, objective)
    check_possible(setup.limits)
    chosen = choose(setup) if setup.objective.risk == MEAN else choose_by_risk(setup)
    if setup.limits.least_roi is not None and not chosen.money.any():
        raise PlanError(
            f"Only spending nothing keeps {setup.target}. Lower the target, or widen the bounds.", [setup.target]
        )
    return dressed(setup, chosen.money, chosen.bound, chosen.halves, level, chosen.costs)


def choose(setup: Setup) -> Chosen:
    """Return the best plan of a problem that some plan can meet."""
    search = Search.of(setup)
    if not len(search.free):
        return search.settled()
    chosen = search.run()
    return replace(chosen, costs=_discrete_costs(setup, chosen)) if setup.limits.discrete else chosen


def judging_plans(setup: Setup) -> list[Array]:
    """Return the plans that judge the gain of the best plan, see the module; none where draws are not split."""
    search = Search.of(setup)
    return search.halves(search.tabulated()) if len(search.free) and splits(setup.posterior) else []


def _discrete_costs(setup: Setup, chosen: Chosen) -> tuple[Cost, ...]:
    """Return what increments, and minimums if used, cost: the best plan's worth without them, less with them."""
    limits, value, costs = setup.limits, _value(setup, chosen.money), []
    for kind, name in (("increment", increment_name), ("minimum", minimum_name)):
        columns = np.flatnonzero(getattr(limits, kind))
        if not len(columns):
            continue
        other = Search.of(replace(setup, limits=without(limits, kind)))
        plan = other.run() if len(other.free) else other.settled()
        words = "; ".join(name(limits, int(k)) for k in columns)
        costs.append(Cost(words, float("nan"), max(_value(setup, plan.money) - value, 0.0)))
    return tuple(costs)


def _value(setup: Setup, money: Array) -> float:
    """Return what a plan is worth."""
    revenue = float(setup.valued.revenue(setup.limits.multiples(money)).mean(axis=0).sum())
    return setup.value(money, revenue)
