"""The search for the best plan of a problem that some plan can meet; see `optimize`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.bound import concave
from xl_mmm.planning.candidates import MET, TABLE_STEPS, Candidates
from xl_mmm.planning.certificate import Cost
from xl_mmm.planning.piecewise import MOST_NODES, Program, solve
from xl_mmm.planning.polish import climb
from xl_mmm.planning.setup import Setup
from xl_mmm.planning.table import Source, Table
from xl_mmm.posterior import Posterior
from xl_mmm.spec import CLASSICAL_METHODS

Array = NDArray[np.float64]

POINTS_CONCAVE, POINTS = 6, 25  # points tabulated at first when all curves are concave, and otherwise
ROUNDS, ROUNDS_UNPROVEN = 12, 2  # of search and refinement at most
CLOSE = 1e-6  # relative gap at which the search ends
INNER = 2  # points put into each step about a plan
LARGE_CELLS = 8_000_000  # draws x weeks x channels beyond which S-curves are searched unproven
LOW_START = 0.1  # a least below this share of the most: points are drawn towards it, where curves bend
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


@dataclass(frozen=True, slots=True, eq=False)
class Search:
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
    def of(cls, setup: Setup) -> Search:
        """Make a problem ready to be searched."""
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
        """Search, polish and refine; judge by halves."""
        first = self.tabulated()
        best, bound = self.best(first)
        whole = bound + self.offset if self.source.proven else None
        return Chosen(self.whole(best), whole, self.halves(first) if splits(self.setup.posterior) else [])

    def best(self, table: Table) -> tuple[Array, float]:
        """Search, polish and refine until bound and plan agree; return the moving channels' plan and its bound."""
        tried, bound = Candidates(self), np.inf
        for number in range(ROUNDS if self.source.proven else ROUNDS_UNPROVEN):
            found = solve(self.program, [table.upper(k) for k in range(len(self.free))])
            if found is None:  # a target out of reach
                break
            bound = min(bound, found.bound)
            if self.close(tried, bound):
                break
            tried.add_polished(table, found.plan)
            if self.close(tried, bound):
                break
            best = tried.best()
            if best is not None:
                table = table.through(best)  # tangents at the plan itself close the gap of concave curves
            if best is None or number or self.source.bent.any():
                table = table.refined(found.plan, INNER)
        best = tried.best()
        return (self.reached(tried, table) if best is None else best), bound

    def close(self, tried: Candidates, bound: float) -> bool:
        """Whether the best plan tried is proven to be nearly the best of all."""
        best = tried.best()
        return best is not None and bound - tried.value(best) <= CLOSE * abs(tried.value(best) + self.offset)

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

    def reached(self, tried: Candidates, table: Table) -> Array:
        """Return a plan that meets the target from the plan that comes nearest to it, or refuse."""
        program = self.program
        if program.rate is None:
            raise PlanError(
                f"The search ended after {MOST_NODES:,} steps without a plan that keeps every constraint. Give fewer "
                "increments, minimums or groups."
            )
        nearest = replace(self, program=replace(program, share=1.0, price=program.rate, rate=None, goal=0.0))
        money, _ = nearest.best(table)
        revenue = tried.revenue(money)
        if program.shortfall(money, revenue) > MET * abs(revenue):
            self.refuse(revenue + self.rest_revenue, float(self.setup.worth.cost @ self.whole(money)))
        tried.add_polished(table, money)
        tried.add(money)
        best = tried.best()
        assert best is not None, "the plan just added meets the target"
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


def splits(posterior: Posterior) -> bool:
    """Whether gains are judged on draws that did not choose the plan."""
    return posterior.method in CLASSICAL_METHODS and posterior.n_draws >= FEWEST_DRAWS
