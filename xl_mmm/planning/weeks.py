"""The best plan week by week: money of every channel in every period, carryover and saturation coupling the weeks.

The problem is solved twice. Where S(u) is an S-curve it is replaced by its concave envelope on the effective spend that
the limits can reach; the plan of that concave problem, and a bound for the real one, come from projected gradients and
the linear program over their slope: F(x) <= F(p) + max F'(p) (x - p) for every x within the limits. The real response
is then climbed from that plan, from today's flighting and from even spend; the best counts, and its gap to the bound is
told. Where all curves are concave both problems are one.

Conventions: arrays are (period, channel) money; draws are averaged. What the plan brings after its last period counts
when the posterior's window holds the periods after it (`ahead(..., carry_out=True)`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.ahead import bought
from xl_mmm.measures.draws import interval
from xl_mmm.planning.constraints import AT_MOST, EXACT
from xl_mmm.planning.objective import Objective, worth_of
from xl_mmm.planning.weekly_limits import WeekLimits
from xl_mmm.planning.weekly_response import WeeklyResponse
from xl_mmm.posterior import Posterior

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.fitting import FittedMMM

Array = NDArray[np.float64]
Valued = Callable[[Array], tuple[float, Array]]  # plan -> worth, slope

FIRST_DRAWS, STEPS_FIRST, STEPS_LAST = 100, 150, 60  # of the climb on few draws, and on all
CLOSE = 1e-4  # relative gap at which a climb ends
LOOKED_AT = 10  # steps between two looks at the gap
MEMORY = 8  # values that a step must beat the lowest of


@dataclass(frozen=True, slots=True, eq=False)
class WeeksPlan:
    """A plan by period.

    Attributes
    ----------
    spend
        Index date, a column a channel: money.
    outcome, outcome_low, outcome_high
        Revenue (KPI units without revenue) of the plan, range over draws.
    gain, gain_low, gain_high
        That less what the same budget brings as the posterior's own flighting spreads it, paired draws.
    value, upper_bound, gap
        What is maximized; no plan within the limits is worth more; (bound - value) / value.
    proven
        Whether the bound is one: not with media that hurt (a negative coefficient in a draw).
    """

    spend: pd.DataFrame
    outcome: float
    outcome_low: float
    outcome_high: float
    gain: float
    gain_low: float
    gain_high: float
    value: float
    upper_bound: float | None
    gap: float | None
    proven: bool


def optimize_weeks(
    model: FittedMMM | Posterior,
    budget: float | None = None,
    *,
    total: str = EXACT,
    bounds: tuple[float, float] = (0.5, 1.5),
    weekly: tuple[float, float] = (0.0, 3.0),
    committed: Array | None = None,
    objective: Objective | None = None,
    periods: int | None = None,
    level: float = 0.90,
) -> WeeksPlan:
    """Find the spend by period and channel that is worth most.

    Parameters
    ----------
    model
        A model whose window is planned: of the past, or of the time ahead (`xl_mmm.measures.ahead`).
    budget
        Money over the plan; what the window spends when None.
    total
        `"exact"` or `"at most"`.
    bounds
        Least and most of each channel's money, multiples of what the window spends on it.
    weekly
        Least and most of a channel in a period, multiples of its mean spend a period.
    committed
        (period, channel) money already bought; none when None.
    objective
        Mean revenue when None.
    periods
        Periods that are planned, from the window's first; all when None.
    level
        Width of the ranges.

    Raises
    ------
    PlanError
        Limits that contradict each other, or a measure of risk, which plans by week do not take.
    """
    posterior = model if isinstance(model, Posterior) else model.posterior
    objective = objective or Objective()
    if objective.risk != "mean":
        raise PlanError("A plan by week is made for the mean of the draws; leave the measure of risk out.")
    if total not in (EXACT, AT_MOST):
        raise PlanError(f"The total of a plan by week is {total!r}; choose {EXACT} or {AT_MOST}.")
    dataset = posterior.dataset
    n = dataset.n_weeks if periods is None else periods
    if not 1 <= n <= dataset.n_weeks:
        raise PlanError(f"{n} periods cannot be planned in a window of {dataset.n_weeks}.")
    worth = worth_of(posterior, objective)
    today = dataset.spend[dataset.window][:n]
    limits = WeekLimits.of(today, budget, total == EXACT, bounds, weekly, committed, dataset.channels)
    rate = bought(dataset.media[dataset.window], dataset.spend[dataset.window])
    price = worth.price * worth.cost
    every = np.arange(posterior.n_draws)
    few = every[:: max(1, len(every) // FIRST_DRAWS)]
    spread = limits.nearest(today * (limits.budget / max(today.sum(), 1e-300)))
    proven = bool((posterior.media.coefficient[:, : len(dataset.channels)] >= 0).all())

    responses = [WeeklyResponse.of(worth.posterior.take(draws), rate, n) for draws in (few, every)]
    hulls = [one.enveloped(limits.low, limits.high) for one in responses] if proven else responses
    first = _climbed(_valued(hulls[0], worth.share, price), limits, spread, STEPS_FIRST)
    summit = _valued(hulls[1], worth.share, price)
    top = _climbed(summit, limits, first, STEPS_LAST)
    value, slope = summit(top)
    bound = value + limits.most_along(slope, top)
    real = _valued(responses[1], worth.share, price)
    best = top
    if proven and hulls[1].bent:
        cheap = _valued(responses[0], worth.share, price)
        starts = (top, spread, limits.nearest(np.full_like(today, limits.budget / today.size)))
        ends = [_climbed(cheap, limits, start, STEPS_FIRST) for start in starts]
        ends = [max(ends, key=lambda plan: real(plan)[0]), *starts]
        best = _climbed(real, limits, max(ends, key=lambda plan: real(plan)[0]), STEPS_LAST)
    found = real(best)[0]
    return _dressed(posterior, responses[1], best, spread, found, bound if proven else None, level, n)


def _valued(response: WeeklyResponse, share: float, price: Array) -> Valued:
    """Return what a plan is worth and its slope."""

    def valued(plan: Array) -> tuple[float, Array]:
        revenue, slope = response.mean(plan)
        return share * revenue - float((plan * price).sum()), share * slope - price

    return valued


def _climbed(valued: Valued, limits: WeekLimits, start: Array, steps: int) -> Array:
    """Return the best plan on a spectral projected gradient's way from a start.

    References
    ----------
    Birgin, Martinez and Raydan (2000), "Nonmonotone spectral projected gradient methods on convex sets", SIAM Journal
    on Optimization 10.
    """
    x = start
    value, slope = valued(x)
    best, best_value, seen = x, value, [value]
    size = limits.scale / max(float(np.abs(slope).max()), 1e-300)
    for step in range(steps):
        direction = limits.nearest(x + size * slope) - x
        along = float((direction * slope).sum())
        if along <= 1e-12 * abs(value):
            break
        if step % LOOKED_AT == 0 and limits.most_along(slope, x) <= CLOSE * abs(value):
            break
        share = 1.0
        while True:
            there = x + share * direction
            new_value, new_slope = valued(there)
            if new_value >= min(seen[-MEMORY:]) + 1e-4 * share * along or share < 1e-4:
                break
            share *= 0.5
        moved, bent = there - x, slope - new_slope
        curvature = float((moved * bent).sum())
        size = float((moved**2).sum()) / curvature if curvature > 0 else 10 * size
        x, value, slope = there, new_value, new_slope
        seen.append(value)
        if value > best_value:
            best, best_value = x, value
    return best


def _dressed(
    posterior: Posterior, response: WeeklyResponse, plan: Array, spread: Array, value: float, bound: float | None,
    level: float, n: int,
) -> WeeksPlan:  # fmt: skip
    import pandas as pd

    dataset = posterior.dataset
    own, other = response.by_draw(plan), response.by_draw(spread)
    low, high = interval(own, level)
    gain_low, gain_high = interval(own - other, level)
    index = pd.DatetimeIndex(dataset.window_dates[:n].astype("datetime64[ns]"), name="date")
    return WeeksPlan(
        pd.DataFrame(plan, index=index, columns=list(dataset.channels)),
        float(own.mean()), float(low), float(high), float((own - other).mean()), float(gain_low), float(gain_high),
        value, bound, None if bound is None else (bound - value) / max(abs(value), 1e-300), bound is not None,
    )  # fmt: skip
