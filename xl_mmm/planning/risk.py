"""Plans for the bad case: a low quantile of worth over draws, the mean of its lowest share (CVaR), or regret.

Regret is what a plan misses of the most that any plan could be worth in a draw (`regret`); its measure is the mean of
the largest share of misses, told as a negative worth. All are means over draws with weights that depend on the plan, so
channels no longer separate and no bound is to be had: a plan is the best of several starts (the plan of the mean,
today's spend, and random ones), and says so.

References
----------
Rockafellar and Uryasev (2000), "Optimization of conditional value-at-risk", Journal of Risk 2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.planning.limits import ROUNDING
from xl_mmm.planning.objective import CVAR, REGRET
from xl_mmm.planning.piecewise import Program
from xl_mmm.planning.polish import climb
from xl_mmm.planning.regret import most_by_draw, settled
from xl_mmm.planning.search import Chosen, Search, splits
from xl_mmm.planning.table import Table

if TYPE_CHECKING:
    from xl_mmm.planning.setup import Setup

Array = NDArray[np.float64]

STARTS = 12  # random ones, beside the plan of the mean and today's
SEED = 1  # of the random starts: same input, same plan
STEPS, TOLERANCE = 200, 1e-12  # of SciPy's SLSQP


def tail_weights(values: Array, risk: str, tail: float) -> Array:
    """Return the weights of draws whose weighted mean is the risk measure, (draw,); they add up to 1.

    Of worths 1 to 10 and a tail of 0.25, CVaR is (1 + 2 + 3 / 2) / 2.5 = 1.8; the quantile is 3.25.
    """
    order, weights = np.argsort(values, kind="stable"), np.zeros(len(values))
    if risk in (CVAR, REGRET):
        left = max(tail * len(values), 1.0)
        weights[order] = np.clip(left - np.arange(len(values)), 0.0, 1.0) / left
        return weights
    at = tail * (len(values) - 1)
    below = min(int(at), len(values) - 2) if len(values) > 1 else 0
    weights[order[below]] = 1.0
    if len(values) > 1:
        weights[order[below]], weights[order[below + 1]] = 1 - (at - below), at - below
    return weights


def tail_value(setup: Setup, money: Array) -> float:
    """Return the risk measure of a plan's worth, (channel,) money."""
    aims = np.zeros(setup.posterior.n_draws)
    if setup.objective.risk == REGRET:
        search = Search.of(setup)
        aims = most_by_draw(setup, search, search.tabulated()) if len(search.free) else _worth(setup, search.rest)
    return _tail_of(setup, money, aims)


def _worth(setup: Setup, money: Array) -> Array:
    """Return what a plan is worth by draw, (draw,)."""
    revenue = setup.valued.revenue(setup.limits.multiples(money))[:, 0].sum(axis=1)
    return np.asarray(setup.share * revenue - setup.price @ money)


def _tail_of(setup: Setup, money: Array, aims: Array) -> float:
    """Return the risk measure of a plan's worth less what is aimed at, (draw,)."""
    worth = _worth(setup, money) - aims
    return float(tail_weights(worth, setup.objective.risk, setup.objective.tail) @ worth)


def choose_by_risk(setup: Setup) -> Chosen:
    """Return the best plan of several starts.

    Raises
    ------
    PlanError
        Constraints that only a plan of the mean can have.
    """
    limits = setup.limits
    if limits.discrete or setup.rate is not None:
        raise PlanError(
            f"A plan for the {setup.objective.risk} of draws takes no increments, minimums if used, least ROI or least "
            "outcome. Leave them out, or plan for the mean."
        )
    search = Search.of(setup)
    if not len(search.free):
        return replace(search.settled(), bound=None)
    table = search.tabulated()
    mean, _ = search.best(table)
    starts = _starts(search, mean)
    aims = np.zeros(setup.posterior.n_draws)
    if setup.objective.risk == REGRET:
        aims = most_by_draw(setup, search, table)
    near = aims - settled(setup, search) if setup.objective.risk == REGRET else aims  # of the moving channels alone
    plans = [search.whole(plan) for plan in _climbed(search, table, starts, near)] + [search.whole(mean)]
    if limits.allows(limits.today):
        plans.append(limits.today)  # never worse than today, by the same measure
    values = [_tail_of(setup, plan, aims) for plan in plans]
    halves = []
    if splits(setup.posterior):
        for first in range(2):
            half = replace(table, draws=table.draws[first::2], slopes=table.slopes[first::2])
            own = _climbed(search, half, starts, near[first::2])
            worth = [_measure(search, half, plan, near[first::2])[0] for plan in own]
            halves.append(search.whole(own[int(np.argmax(worth))] if own else mean))
    return Chosen(plans[int(np.argmax(values))], None, halves)


def _starts(search: Search, mean: Array) -> list[Array]:
    """Return plans to start from, (channel,) money of the moving channels; rows are not kept yet."""
    rng, program = np.random.default_rng(SEED), search.program
    spread = [program.low + rng.random(len(mean)) * (program.high - program.low) for _ in range(STARTS)]
    return [mean, *spread]


def _climbed(search: Search, table: Table, starts: list[Array], aims: Array) -> list[Array]:
    """Return the plans that SLSQP leads to on the draws' cubics, each within the limits."""
    from scipy.optimize import LinearConstraint, minimize

    program, plans = search.program, []
    room = np.where(program.high > program.low, program.high - program.low, 1.0)
    scale = abs(_measure(search, table, starts[0], aims)[0]) or 1.0
    spent = program.rows @ program.low  # unknowns are shares of each channel's room
    rows = [
        LinearConstraint(weights * room / program.scale, low / program.scale, high / program.scale)
        for weights, low, high in zip(program.rows, program.row_low - spent, program.row_high - spent, strict=True)
    ]

    def cost(t: Array) -> tuple[float, Array]:
        value, slope = _measure(search, table, program.low + t * room, aims)
        return -value / scale, -slope * room / scale

    for start in starts:
        found = minimize(
            cost, (start - program.low) / room, jac=True, method="SLSQP", bounds=[(0.0, 1.0)] * len(start),
            constraints=rows, options={"maxiter": STEPS, "ftol": TOLERANCE},
        )  # fmt: skip
        plan = _onto(program, np.clip(program.low + found.x * room, program.low, program.high))
        if not any(search.setup.limits.broken(search.whole(plan), ROUNDING)):
            plans.append(plan)
    return plans


def _measure(search: Search, table: Table, plan: Array, aims: Array) -> tuple[float, Array]:
    """Return the risk measure of a plan's worth less aims (draw,) on the table, and its derivative by money."""
    setup, program = search.setup, search.program
    value, slope = table.smooth_draws(plan)
    worth = program.share * value.sum(axis=1) - program.price @ plan - aims
    weights = tail_weights(worth, setup.objective.risk, setup.objective.tail)
    return float(weights @ worth), program.share * (weights @ slope) - program.price


def _onto(program: Program, plan: Array) -> Array:
    """Return the nearest plan that keeps the limits."""
    nothing = np.zeros_like(plan)
    still = replace(program, share=1.0, price=nothing)
    return climb(plan, still, lambda _: (nothing, nothing, nothing - 1.0), 1, careful=False)
