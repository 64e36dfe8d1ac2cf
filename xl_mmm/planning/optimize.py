"""The best use of a budget: mean revenue over draws, each channel's flighting scaled, within bounds.

Steps
-----
1. *Tabulate* each channel's response, exactly, at a few multiples between its bounds (scaling flighting makes
   channels separate, carryover included).
2. *Search* the grid: exact where curves are concave, branch-and-bound on over-estimators for S-curves.
3. *Polish* the best candidates on splines through the table, then the winner on the exact derivatives.
4. *Certify*: tangents bound a concave problem, the over-estimators an S-shaped one; a wide gap is tabulated again on
   a finer grid. Without a bound (`upper_bound` None): media that hurt (a negative coefficient), and S-curves in
   models so large that over-estimators would take minutes.

Gains of a classical fit: its draws are bootstrap refits, and a plan flatters itself on the draws that chose it. The
plan is chosen on all draws, and `outcome` and `gain` are means over all draws, so they tie with `evaluate_plan`. The
*range* of the gain, `gain_judged` and `p_better` come from two more plans, one chosen on even draws and judged on odd
ones, the other the reverse.

References
----------
Boyd and Vandenberghe (2004), "Convex Optimization", chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.bound import concave, hill_excess, tangent_excess
from xl_mmm.planning.constraints import Constraints, Limits, resolve
from xl_mmm.planning.grid_search import grid_search
from xl_mmm.planning.plan import Plan, dressed
from xl_mmm.planning.polish import log_step, polish, stationarity
from xl_mmm.planning.spline import Spline
from xl_mmm.posterior import Posterior
from xl_mmm.spec import CLASSICAL_METHODS

if TYPE_CHECKING:
    from xl_mmm.fitting import FittedMMM

Array = NDArray[np.float64]

POINTS_CONCAVE = 9  # multiples tabulated when all curves are concave: a start for exact steps
POINTS = (33, 65)  # otherwise, and once more when the gap is wide
WIDE_GAP = 1e-3
LARGE_CELLS, POINTS_LARGE = 8_000_000, (17,)  # draws x weeks x channels beyond which S-curves are searched unproven
LOW_START = 0.1  # a least below this share of the most: grid points are drawn towards it, where curves bend
TABLE_STEPS, EXACT_STEPS = 60, 25
LOOSE, BEND_STEP = 1e-8, 1e-4
TIE = 1e-12  # relative difference of revenue below which two plans are equal
FEWEST_DRAWS = 4  # below that, draws are not split to judge gains


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Responses of the channels that may move, tabulated.

    Attributes
    ----------
    grid
        (point,) from 0 at the least to 1 at the most; the same for all channels.
    x
        (point, channel) money.
    draws
        (draw, point, channel) revenue.
    """

    grid: Array
    x: Array
    draws: Array


def optimize(model: FittedMMM | Posterior, constraints: Constraints | None = None, *, level: float = 0.90) -> Plan:
    """Find the spend by channel with the largest mean revenue over draws.

    With a fixed budget the same plan has the largest profit.

    Parameters
    ----------
    model
        A fitted model, or its posterior.
    constraints
        Budget and bounds; today's budget and the default bounds when None.
    level
        Width of the ranges.

    Returns
    -------
    Plan
        Never worse than today's spend when that meets the constraints.

    Raises
    ------
    PlanError
        Constraints that contradict each other, naming them.
    """
    posterior = model if isinstance(model, Posterior) else model.posterior
    limits = resolve(posterior, constraints or Constraints())
    curves = ResponseCurves.of(posterior)
    multiples, upper_bound, halves = _choose(curves, limits)
    return dressed(curves, limits, multiples, upper_bound, halves, level)


def _choose(curves: ResponseCurves, limits: Limits) -> tuple[Array, float | None, list[Array]]:
    """Return multiples of the best plan, its bound, and the plans of even and odd draws for judging gains."""
    free = limits.free
    multiples = np.where(limits.today > 0, limits.least, 1.0)
    if len(free) == 1:  # the budget leaves the only channel that may move no choice
        others = float(np.delete(multiples * limits.today, free).sum())
        only = 1.0 if limits.today_allowed else (limits.budget - others) / limits.today[free]
        multiples = _with(multiples, free, np.clip(only, limits.least[free], limits.most[free]))
    if len(free) < 2:  # one plan is left: it is its own bound
        return multiples, float(curves.revenue(multiples).mean(axis=0).sum()), []
    every = len(free) == len(curves.columns)
    moving = curves if every else ResponseCurves.of(curves.posterior, tuple(int(k) for k in free))
    bent = ~concave(curves.posterior.media, moving.columns)
    large = _large(curves.posterior, free)
    proven = bool((curves.posterior.media.coefficient[:, free] >= 0).all()) and not (large and bent.any())
    grids = (POINTS_CONCAVE,) if not bent.any() else POINTS_LARGE if large else POINTS
    fixed = np.delete(np.arange(len(multiples)), free)
    fixed_money = float(multiples[fixed] @ limits.today[fixed])
    fixed_revenue = float(curves.revenue(multiples).mean(axis=0)[0, fixed].sum()) if len(fixed) else 0.0
    budget = float(np.clip(limits.budget - fixed_money, *(ends.sum() for ends in _grids(limits))))
    for points in grids:
        table = _tabulate(moving, limits, points)
        excess = _excess(moving, table, limits, bent) if bent.any() and proven else None
        best, bound = _best(moving, limits, table, budget, excess)
        value = float(moving.revenue(best / limits.today[free]).mean(axis=0).sum())
        if bound is None or bound - value <= WIDE_GAP * abs(value):
            break
    if not bent.any() and proven:
        bound = _tangent_bound(moving, limits, best, budget, value)
    halves = _halves(table, limits, multiples, budget) if _splits(curves.posterior) else []
    return (
        _with(multiples, free, best / limits.today[free]),
        None if bound is None else bound + fixed_revenue,
        halves,
    )


def _halves(table: Table, limits: Limits, multiples: Array, budget: float) -> list[Array]:
    """Return the plans that even and odd draws would choose, (channel,) multiples each."""
    halves = [table.draws[start::2].mean(axis=0) for start in range(2)]
    own = [_best_of_table(table, values, None, budget, _grids(limits)) for values in halves]
    return [_with(multiples, limits.free, plans[0] / limits.today[limits.free]) for plans, _, _ in own]


def judging_plans(curves: ResponseCurves, limits: Limits) -> list[Array]:
    """Return the plans that judge the gain of the best plan, see the module; none where draws are not split."""
    free = limits.free
    if len(free) < 2 or not _splits(curves.posterior):
        return []
    moving = curves if len(free) == len(curves.columns) else ResponseCurves.of(curves.posterior, tuple(map(int, free)))
    bent = not concave(curves.posterior.media, moving.columns).all()
    points = POINTS_CONCAVE if not bent else (POINTS_LARGE if _large(curves.posterior, free) else POINTS)[0]
    held = np.where(limits.today > 0, limits.least, 1.0)
    ends = [bound.sum() for bound in _grids(limits)]
    budget = float(np.clip(limits.budget - np.delete(held * limits.today, free).sum(), *ends))
    return _halves(_tabulate(moving, limits, points), limits, held, budget)


def _best(
    moving: ResponseCurves, limits: Limits, table: Table, budget: float, excess: Array | None
) -> tuple[Array, float | None]:
    """Return the money by free channel of the best plan, polished exactly, and the search's bound."""
    money, (least, most) = limits.today[limits.free], _grids(limits)
    candidates, bound, spline = _best_of_table(table, table.draws.mean(axis=0), excess, budget, (least, most))

    known: dict[bytes, Array] = {}  # slopes cost as much as all else: none is computed twice

    def slope(x: Array) -> Array:
        key = x.tobytes()
        if key not in known:
            known[key] = moving.slope(x / money).mean(axis=0)[0] / money
        return known[key]

    def bend(x: Array) -> Array:
        step = BEND_STEP * np.maximum(x, BEND_STEP * money)
        return (slope(x + step) - slope(x)) / step

    def residual(x: Array) -> float:
        return stationarity(x, slope(x), least, most).residual

    start = candidates[0]
    rivals = [start, polish(start, slope, spline.bend, least, most, EXACT_STEPS)]
    values = _revenue(moving, rivals, money)
    if values[1] < values[0] or residual(rivals[1]) > LOOSE:  # the splines miss how a curve leaves zero
        rivals.append(polish(start, slope, bend, least, most, 2 * EXACT_STEPS, log_step))
    if limits.today_allowed:
        rivals.append(money)
    values = _revenue(moving, rivals, money)
    equal = np.flatnonzero(values >= values.max() - TIE * abs(values.max()))
    # of equal plans the most nearly stationary one, and of those the last: no money is moved for nothing
    best = int(min(equal, key=lambda i: (residual(rivals[i]), -i)))
    if limits.today_allowed and values[best] < values[-1]:
        best = len(rivals) - 1  # today's own plan, the last: not even rounding may make a plan worse
    return rivals[best], None if excess is None else bound


def _revenue(moving: ResponseCurves, plans: list[Array], money: Array) -> Array:
    """Return mean revenue of plans, each (channel,) money."""
    return np.asarray(moving.revenue(np.array(plans) / money).mean(axis=0).sum(axis=1))


def _best_of_table(
    table: Table, values: Array, excess: Array | None, budget: float, bounds: tuple[Array, Array]
) -> tuple[list[Array], float, Spline]:
    """Return the best plans of a table, polished on splines, best first, with the search's bound."""
    spline = Spline.through(table.grid, table.x, values)
    upper = values.copy()
    if excess is not None:
        upper[:-1] += excess
        upper[1:] = np.maximum(upper[1:], values[1:] + excess)
    found = grid_search(table.x, upper, budget, spline.value)
    plans = [polish(plan, spline.slope, spline.bend, *bounds, TABLE_STEPS) for plan in found.plans]
    worth = np.array([spline.value(plan) for plan in plans])
    order = np.argsort(-worth, kind="stable")
    return [plans[i] for i in order], found.bound, spline


def _tabulate(moving: ResponseCurves, limits: Limits, points: int) -> Table:
    """Evaluate the moving channels exactly on a grid of multiples."""
    free = limits.free
    grid = np.linspace(0.0, 1.0, points)
    if (limits.least[free] < LOW_START * limits.most[free]).any():
        grid = grid**2
    least, most = limits.least[free], limits.most[free]
    multiples = least + grid[:, None] * (most - least)
    return Table(grid, multiples * limits.today[free], moving.revenue(multiples))


def _excess(moving: ResponseCurves, table: Table, limits: Limits, bent: NDArray[np.bool_]) -> Array:
    """Return how far each curve can rise above each chord of the table, (step, channel)."""
    money = limits.today[limits.free]
    excess = np.zeros((len(table.x) - 1, len(money)))
    for own, columns in ((bent, "bent"), (~bent, "concave")):
        if not own.any():
            continue
        part = ResponseCurves.of(moving.posterior, tuple(np.array(moving.columns)[own].tolist()))
        multiples = table.x[:, own] / money[own]
        if columns == "bent":
            excess[:, own] = hill_excess(part, multiples)
        else:
            slopes = part.slope(multiples).mean(axis=0)
            excess[:, own] = tangent_excess(multiples, table.draws[:, :, own].mean(axis=0), slopes)
    return excess


def _tangent_bound(moving: ResponseCurves, limits: Limits, x: Array, budget: float, value: float) -> float:
    """Bound a concave problem by its tangents at a plan: value + max slope·(x′ − x) over plans x′."""
    money, (least, most) = limits.today[limits.free], _grids(limits)
    slope = moving.slope(x / money).mean(axis=0)[0] / money
    best, left = least.copy(), budget - least.sum()
    for k in np.argsort(-slope, kind="stable"):
        step = min(most[k] - least[k], max(left, 0.0))
        best[k] += step
        left -= step
    return value + float(slope @ (best - x))


def _large(posterior: Posterior, free: NDArray[np.intp]) -> bool:
    """Whether over-estimators of S-curves would take minutes."""
    return posterior.n_draws * posterior.dataset.n_weeks * len(free) > LARGE_CELLS


def _splits(posterior: Posterior) -> bool:
    """Whether gains are judged on draws that did not choose the plan."""
    return posterior.method in CLASSICAL_METHODS and posterior.n_draws >= FEWEST_DRAWS


def _grids(limits: Limits) -> tuple[Array, Array]:
    """Return least and most money of the channels that may move."""
    free = limits.free
    return limits.least[free] * limits.today[free], limits.most[free] * limits.today[free]


def _with(multiples: Array, free: NDArray[np.intp], own: Array) -> Array:
    """Return multiples with those of the free channels put in."""
    whole = multiples.copy()
    whole[free] = own
    return whole
