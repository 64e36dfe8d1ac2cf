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

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.bound import concave
from xl_mmm.planning.certificate import Cost, residual_of
from xl_mmm.planning.conflicts import check_possible
from xl_mmm.planning.constraints import Constraints
from xl_mmm.planning.limits import increment_name, minimum_name
from xl_mmm.planning.objective import Objective
from xl_mmm.planning.piecewise import Program, solve
from xl_mmm.planning.plan import Plan, dressed
from xl_mmm.planning.polish import climb
from xl_mmm.planning.setup import Setup, prepared
from xl_mmm.planning.stationarity import inside
from xl_mmm.planning.table import Source, Table
from xl_mmm.posterior import Posterior
from xl_mmm.spec import CLASSICAL_METHODS

if TYPE_CHECKING:
    from xl_mmm.fitting import FittedMMM

Array = NDArray[np.float64]

POINTS_CONCAVE, POINTS = 7, 25  # points tabulated at first when all curves are concave, and otherwise
ROUNDS = 12  # of search and refinement at most
CLOSE = 1e-4  # relative gap at which the search ends
INNER = 2  # points put into each step about a plan
LARGE_CELLS = 8_000_000  # draws x weeks x channels beyond which S-curves are searched unproven
LOW_START = 0.1  # a least below this share of the most: points are drawn towards it, where curves bend
TABLE_STEPS, EXACT_STEPS = 60, 12
SAME = 1e-7  # share of the scale below which two plans lead to one
SHORTEST = 1e-9  # share of the scale that a last exact step moves
TIE = 1e-12  # relative difference of worth below which two plans are equal
MET = 1e-9  # share of revenue by which a target may be missed
FEWEST_DRAWS = 4  # below that, draws are not split to judge gains
NO_ROOM = 1e-12  # share of the scale below which a channel cannot move


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """The best plan found.

    Attributes
    ----------
    money
        (channel,)
    bound
        No plan is worth more; None where not proven.
    halves
        Plans of even and odd draws for judging gains, each (channel,) money.
    costs
        What discrete constraints cost in all.
    """

    money: Array
    bound: float | None
    halves: list[Array]
    costs: tuple[Cost, ...] = ()


def optimize(
    model: FittedMMM | Posterior, constraints: Constraints | None = None, *, objective: Objective | None = None,
    level: float = 0.90,
) -> Plan:
    """Find the spend by channel that is worth most, mean over draws.

    Parameters
    ----------
    model
        A fitted model, or its posterior.
    constraints
        Budget, bounds and all else that a plan must keep; today's budget and the default bounds when None.
    objective
        Revenue when None. With a fixed budget and no fees or discounts the same plan has the largest profit.
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
    chosen = choose(setup)
    return dressed(setup, chosen.money, chosen.bound, chosen.halves, level, chosen.costs)


def choose(setup: Setup) -> Chosen:
    """Return the best plan of a problem that some plan can meet."""
    search = _Search.of(setup)
    if not len(search.free):
        return search.settled()
    chosen = search.run()
    return replace(chosen, costs=_discrete_costs(setup, chosen)) if setup.limits.discrete else chosen


def judging_plans(setup: Setup) -> list[Array]:
    """Return the plans that judge the gain of the best plan, see the module; none where draws are not split."""
    search = _Search.of(setup)
    return search.halves(search.tabulated()) if len(search.free) and _splits(setup.posterior) else []


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """A search for the best plan: the channels that may move, and what the others do.

    Attributes
    ----------
    setup
        The problem.
    free
        Channels that may move.
    rest
        (channel,) money of the others, zero for those.
    rest_revenue
        Revenue of the others.
    source, program
        Responses, limits and worth of the moving channels.
    """

    setup: Setup
    free: NDArray[np.intp]
    rest: Array
    rest_revenue: float
    source: Source
    program: Program

    @classmethod
    def of(cls, setup: Setup) -> _Search:
        limits, posterior = setup.limits, setup.worth.posterior
        low, high = _tightened(setup)
        free = np.flatnonzero(high - low > NO_ROOM * limits.scale)
        rest = np.where(np.isin(np.arange(len(low)), free), 0.0, low)
        fixed = np.setdiff1d(np.arange(len(low)), free)
        revenue = setup.valued.revenue(limits.multiples(low)).mean(axis=0)[0] if len(fixed) else np.zeros(len(low))
        every = len(free) == len(low)
        moving = setup.valued if every else ResponseCurves.of(posterior, tuple(int(k) for k in free))
        bent = ~concave(posterior.media, moving.columns)
        large = posterior.n_draws * posterior.dataset.n_weeks * len(free) > LARGE_CELLS
        proven = bool((posterior.media.coefficient[:, free] >= 0).all()) and not (large and bent.any())
        weights = np.array([row.weights for row in limits.rows]).reshape(-1, len(low))
        spent = weights @ rest
        rate = None if setup.rate is None else setup.rate[free]
        rest_revenue = float(revenue[fixed].sum())
        goal = setup.goal - rest_revenue + (0.0 if setup.rate is None else float(setup.rate @ rest))
        source = Source(moving, limits.unit[free], bent, proven, limits.minimum[free], limits.increment[free])
        program = Program(
            low[free], high[free], weights[:, free], np.array([row.low for row in limits.rows]) - spent,
            np.array([row.high for row in limits.rows]) - spent, setup.share, setup.price[free], rate, goal,
            limits.minimum[free], limits.increment[free], limits.scale,
        )  # fmt: skip
        return cls(setup, free, rest, rest_revenue, source, program)

    def settled(self) -> Chosen:
        """Return the only plan that is left: it is its own bound."""
        today = self.setup.today
        money = today if self.setup.limits.allows(today) else self.rest
        revenue = float(self.setup.valued.revenue(self.setup.limits.multiples(money)).mean(axis=0).sum())
        if self.setup.shortfall(money, revenue) > MET * abs(revenue):
            self.refuse(revenue, float(self.setup.worth.cost @ money))
        return Chosen(money, self.setup.value(money, revenue), [])

    def tabulated(self) -> Table:
        """Tabulate the moving channels between their bounds."""
        program, points = self.program, POINTS if self.source.bent.any() else POINTS_CONCAVE
        grid = np.linspace(0.0, 1.0, points)
        columns = []
        for k, (low, high) in enumerate(zip(program.low, program.high, strict=True)):
            own = grid if low >= LOW_START * high else grid**2 if self.source.bent[k] else grid**3
            least = program.minimum[k]
            if low < least:  # nothing, or from the minimum upwards
                column = np.append(low, least + grid[:-1] / grid[-2] * (high - least))
            else:
                column = low + own * (high - low)
            if (step := program.increment[k]) > 0:
                column = np.clip(np.round(column / step) * step, low, high)
            columns.append(column)
        return Table.at(self.source, np.stack(columns, axis=1))

    def run(self) -> Chosen:
        """Search, polish and refine until bound and plan agree."""
        exact = _Exact(self)
        first = table = self.tabulated()
        bound: float = np.inf
        for _ in range(ROUNDS if self.source.proven else 2):
            found = solve(self.program, [table.upper(k) for k in range(len(self.free))])
            if found is None:
                if self.source.proven or self.program.rate is not None:
                    break
                raise AssertionError("a plan that keeps the limits exists")
            bound = min(bound, found.bound)
            exact.add_polished(table, found.plan)
            best = exact.best()
            if best is not None:
                table = table.through(best)
                value = exact.value(best)
                gap = bound - value
                if gap <= CLOSE * abs(value + self.offset):
                    break
            table = table.refined(found.plan, INNER) if self.source.bent.any() or best is None else table
        best = exact.best()
        if best is None:
            best = self.reached(exact, table)
        whole = bound + self.offset if self.source.proven else None
        halves = self.halves(first) if _splits(self.setup.posterior) else []
        return Chosen(self.whole(best), whole, halves)

    @property
    def offset(self) -> float:
        """Worth of the channels that do not move."""
        return self.setup.value(self.rest, self.rest_revenue)

    def whole(self, plan: Array) -> Array:
        """Return money of all channels."""
        money = self.rest.copy()
        money[self.free] = plan
        return money

    def on_table(self, table: Table, start: Array) -> Array:
        """Return the plan that the table's cubics lead to from a plan, discrete choices kept."""
        return climb(start, self.narrowed(start), table.smooth, TABLE_STEPS)

    def narrowed(self, plan: Array) -> Program:
        """Return the program with the discrete choices of a plan."""
        program = self.program
        low = np.where(program.increment > 0, plan, program.low)
        high = np.where(program.increment > 0, plan, program.high)
        unused = (program.minimum > 0) & (plan < program.minimum * (1 - 1e-6))
        low = np.where(unused, 0.0, np.maximum(low, program.minimum))
        return replace(program, low=low, high=np.where(unused, 0.0, high))

    def halves(self, table: Table) -> list[Array]:
        """Return the plans that even and odd draws would choose, (channel,) money each."""
        plans = []
        for start in range(2):
            half = replace(table.on_draws(start), source=replace(self.source, proven=False))
            found = solve(self.program, [half.upper(k) for k in range(len(self.free))])
            if found is None:  # a target that half of the draws cannot reach
                return []
            plans.append(self.whole(self.on_table(half, self.snapped(found.plan))))
        return plans

    def snapped(self, plan: Array) -> Array:
        """Return a plan of the linear program without its rounding in discrete channels."""
        program, step = self.program, self.program.increment
        wide = np.where(step > 0, step, 1.0)
        plan = np.where(step > 0, np.round(plan / wide) * wide, plan)
        used = plan > program.minimum / 2
        plan = np.where(program.minimum > 0, np.where(used, np.maximum(plan, program.minimum), 0.0), plan)
        return np.clip(plan, program.low, program.high)

    def reached(self, exact: _Exact, table: Table) -> Array:
        """Return a plan that meets the target from the plan that comes nearest to it, or refuse."""
        program = self.program
        assert program.rate is not None, "without a target every round finds a plan"
        nearest = replace(self, program=replace(program, share=1.0, price=program.rate, rate=None, goal=0.0))
        money = nearest.run().money[self.free]
        revenue = exact.revenue(money)
        if program.shortfall(money, revenue) > MET * abs(revenue):
            whole = self.whole(money)
            self.refuse(revenue + self.rest_revenue, float(self.setup.worth.cost @ whole))
        exact.add_polished(table, money)
        exact.add(money)
        best = exact.best()
        assert best is not None
        return best

    def refuse(self, revenue: float, cost: float) -> None:
        """Say that a target is out of reach."""
        limits = self.setup.limits
        best = f"{revenue:,.2f}" if limits.least_roi is None else f"{revenue / cost:,.4g}"
        names = [self.setup.target, *(row.name for row in limits.rows)]
        raise PlanError(
            f"No plan within the constraints reaches {self.setup.target}: the best comes to {best}. Lower the target, "
            "or widen bounds, groups or the budget.", names,
        )  # fmt: skip


class _Exact:
    """Plans tried on the exact responses; none is computed twice."""

    def __init__(self, search: _Search) -> None:
        self.search = search
        self.known: dict[bytes, tuple[Array, Array, Array]] = {}
        self.ended: list[Array] = []
        today = search.setup.today
        self.today = today[search.free] if search.setup.limits.allows(today) else None
        if self.today is not None:
            self.add(self.today)

    def at(self, plan: Array) -> tuple[Array, Array]:
        """Return (channel,) revenue and slope per unit of money of a plan."""
        key = plan.tobytes()
        if key not in self.known:
            limits, free = self.search.setup.limits, self.search.free
            at = inside(plan, limits.floor[free], limits.ceiling[free])
            one = Table.at(replace(self.search.source, proven=False), plan[None])
            slope = one.slope if (at == plan).all() else Table.at(one.source, at[None]).slope
            self.known[key] = (plan, one.value[0], slope[0])
        return self.known[key][1:]

    def revenue(self, plan: Array) -> float:
        """Return revenue of a plan."""
        return float(self.at(plan)[0].sum())

    def value(self, plan: Array) -> float:
        """Return worth of a plan."""
        return self.search.program.value(plan, self.revenue(plan))

    def residual(self, plan: Array) -> float:
        """Return a plan's KKT residual."""
        search = self.search
        slope = np.zeros(len(search.rest))
        slope[search.free] = self.at(plan)[1]
        return residual_of(search.setup, search.whole(plan), self.revenue(plan) + search.rest_revenue, slope)

    def add(self, plan: Array) -> None:
        """Keep a plan if it meets the target."""
        revenue = self.revenue(plan)
        if self.search.program.shortfall(plan, revenue) <= MET * abs(revenue):
            self.ended.append(plan)

    def add_polished(self, table: Table, start: Array) -> None:
        """Polish a plan on the table and then exactly."""
        search = self.search
        start = search.snapped(start)
        smooth = search.on_table(table, start)
        narrowed = search.narrowed(start)
        last: list[tuple[Array, Array]] = []
        bend = table.smooth(smooth)[2]

        def curves(plan: Array) -> tuple[Array, Array, Array]:
            value, slope = self.at(plan)
            if last:  # curves are separate: a difference of slopes is a second derivative
                moved = plan - last[-1][0]
                far = np.abs(moved) > 1e-9 * search.program.scale
                bend[far] = (slope - last[-1][1])[far] / moved[far]
            last.append((plan, slope))
            return value, slope, bend

        if any(np.abs(smooth - plan).max() <= SAME * search.program.scale for plan in self.ended[1:]):
            return
        climb(smooth, narrowed, curves, EXACT_STEPS, careful=False, shortest=SHORTEST)
        for plan in [plan for plan, _ in last][-3:]:
            self.add(plan)
        self.add(smooth)

    def best(self) -> Array | None:
        """Return the best plan: of equal ones today's, then the most nearly stationary one."""
        if not self.ended:
            return None
        values = np.array([self.value(plan) for plan in self.ended])
        offset = self.search.offset
        if self.today is not None and self.ended[0] is self.today and values[0] >= values.max():
            return self.today
        equal = np.flatnonzero(values >= values.max() - TIE * abs(values.max() + offset))
        best = min(equal, key=lambda i: (self.residual(self.ended[i]), i))
        if self.today is not None and self.ended[0] is self.today and values[best] < values[0]:
            return self.today  # not even rounding may make a plan worse
        return self.ended[int(best)]


def _tightened(setup: Setup) -> tuple[Array, Array]:
    """Return least and most money by channel, narrowed by what the rows leave; discrete channels keep theirs."""
    limits = setup.limits
    low, high = limits.floor.copy(), limits.ceiling.copy()
    plain = (limits.minimum == 0) & (limits.increment == 0)
    for _ in range(2):
        for row in limits.rows:
            w = row.weights
            lows, highs = np.where(w > 0, w * low, w * high), np.where(w > 0, w * high, w * low)
            for k in np.flatnonzero((w != 0) & plain):
                others_low, others_high = np.delete(lows, k).sum(), np.delete(highs, k).sum()
                ends = (row.low - others_high) / w[k], (row.high - others_low) / w[k]
                ends = ends if w[k] > 0 else ends[::-1]
                low[k] = min(max(low[k], ends[0]), high[k])
                high[k] = max(min(high[k], ends[1]), low[k])
    return low, high


def _discrete_costs(setup: Setup, chosen: Chosen) -> tuple[Cost, ...]:
    """Return what increments, and minimums if used, cost: the best plan's worth without them, less with them."""
    limits, none = setup.limits, np.zeros_like(setup.limits.minimum)
    value = _value(setup, chosen.money)
    costs = []
    for name, field in ((increment_name, "increment"), (minimum_name, "minimum")):
        columns = np.flatnonzero(getattr(limits, field))
        if not len(columns):
            continue
        freed = replace(limits, **{field: none})
        if field == "increment":
            ends = [
                [b.money for b in limits.bounds if b.column == k and b.side == side]
                for side in ("least", "most") for k in range(len(none))
            ]  # fmt: skip
            half = len(none)
            freed = replace(
                freed, floor=np.array([max(e, default=0.0) for e in ends[:half]]),
                ceiling=np.array([min(e, default=np.inf) for e in ends[half:]]),
            )  # fmt: skip
        other = _Search.of(replace(setup, limits=freed))
        plan = other.run() if len(other.free) else other.settled()
        words = "; ".join(name(limits, int(k)) for k in columns)
        costs.append(Cost(words, float("nan"), max(_value(setup, plan.money) - value, 0.0)))
    return tuple(costs)


def _value(setup: Setup, money: Array) -> float:
    """Return what a plan is worth."""
    revenue = float(setup.valued.revenue(setup.limits.multiples(money)).mean(axis=0).sum())
    return setup.value(money, revenue)


def _splits(posterior: Posterior) -> bool:
    """Whether gains are judged on draws that did not choose the plan."""
    return posterior.method in CLASSICAL_METHODS and posterior.n_draws >= FEWEST_DRAWS
