"""Plans tried on the exact responses, and the best of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.planning.certificate import residual_of
from xl_mmm.planning.limits import ROUNDING
from xl_mmm.planning.piecewise import Program
from xl_mmm.planning.polish import climb
from xl_mmm.planning.stationarity import inside
from xl_mmm.planning.table import Table

if TYPE_CHECKING:
    from xl_mmm.planning.search import Search

Array = NDArray[np.float64]

TABLE_STEPS, EXACT_STEPS = 60, 12
SAME = 1e-6  # share of the scale below which two plans lead to one
NEAR_ZERO = 0.1  # share of a channel's most below which its slope is taken to fall like a power
NUDGE, SHORT = 1e-2, 1e-9
LIFTS, STATIONARY = 3, 1e-6  # most times that exact steps start anew, and the KKT residual at which none do
SHORTEST = 1e-8  # share of the scale that a last exact step moves
TIE = 1e-12  # relative difference of worth below which two plans are equal
MET = 1e-9  # share of revenue by which a target may be missed


class Candidates:
    """Plans tried on the exact responses; none is computed twice."""

    def __init__(self, search: Search) -> None:
        self.search = search
        self.known: dict[bytes, tuple[Array, Array]] = {}
        self.kept: list[Array] = []
        today = search.setup.today
        self.today = today[search.free] if search.setup.limits.allows(today) else None
        if self.today is not None:
            self.add(self.today)

    def at(self, plan: Array) -> tuple[Array, Array]:
        """Return (channel,) revenue and slope per unit of money of a plan."""
        key = plan.tobytes()
        if key not in self.known:
            at = self.inside(plan)
            one = Table.at(replace(self.search.source, proven=False), plan[None])
            slope = one.slope if (at == plan).all() else Table.at(one.source, at[None]).slope
            self.known[key] = one.value[0], slope[0]
        return self.known[key]

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
        """Keep a plan if it keeps every constraint and meets the target."""
        search, revenue = self.search, self.revenue(plan)
        if search.program.shortfall(plan, revenue) > MET * abs(revenue):
            return
        if not any(search.setup.limits.broken(search.whole(plan), ROUNDING)):
            self.kept.append(plan)

    def add_polished(self, table: Table, start: Array) -> None:
        """Polish a plan on the table and then exactly."""
        search, scale = self.search, self.search.program.scale
        start = search.snapped(start)
        smooth, narrowed = search.on_table(table, start), search.narrowed(start)
        others = [plan for plan in self.kept if plan is not self.today]
        if any(np.abs(smooth - plan).max() <= SAME * scale for plan in others):
            return
        self.add(smooth)
        steep = (smooth < NEAR_ZERO * narrowed.high) & (narrowed.low < NEAR_ZERO * narrowed.high)
        for _ in range(LIFTS):
            tried = self.climbed(smooth, narrowed, table.smooth(smooth)[2], steep)
            for plan in tried:
                self.add(plan)
            if not steep.any() or self.residual(tried[-1]) <= STATIONARY:
                break  # otherwise a channel may hide below the money at which its slope is taken
            smooth = np.where(steep, np.maximum(tried[-1], self.inside(tried[-1])), tried[-1])

    def climbed(self, start: Array, program: Program, bend: Array, steep: NDArray[np.bool_]) -> list[Array]:
        """Return the plans that exact steps pass through; bends are learned from slopes on the way."""
        tried: list[Array] = []

        def curves(plan: Array) -> tuple[Array, Array, Array]:
            (value, slope), at = self.at(plan), self.inside(plan)
            if tried:  # curves are separate: a difference of slopes is a second derivative
                slope_before, at_before = self.at(tried[-1])[1], self.inside(tried[-1])
                far = np.abs(at - at_before) > SHORT * at
                bend[far] = (slope - slope_before)[far] / (at - at_before)[far]
                own = far & steep & (slope > 0) & (slope_before > 0)
                elastic = -np.log(slope[own] / slope_before[own]) / np.log(at[own] / at_before[own])
                bend[own] = np.where(elastic > 0, -elastic * slope[own] / at[own], bend[own])
            tried.append(plan)
            return value, slope, bend

        if steep.any():  # near zero cubics say little of how fast a slope falls: two close points do
            curves(np.clip(start + np.where(steep, NUDGE * self.inside(start), 0.0), program.low, program.high))
        climb(start, program, curves, EXACT_STEPS, careful=False, shortest=SHORTEST)
        return tried

    def inside(self, plan: Array) -> Array:
        """Return the money at which slopes of a plan are taken."""
        limits, free = self.search.setup.limits, self.search.free
        return inside(plan, limits.floor[free], limits.ceiling[free])

    def best(self) -> Array | None:
        """Return the best plan: of equal ones today's, then the most nearly stationary one."""
        if not self.kept:
            return None
        values = np.array([self.value(plan) for plan in self.kept])
        offset = self.search.offset
        if self.today is not None and self.kept[0] is self.today and values[0] >= values.max():
            return self.today
        equal = np.flatnonzero(values >= values.max() - TIE * abs(values.max() + offset))
        best = min(equal, key=lambda i: (self.residual(self.kept[i]), i))
        if self.today is not None and self.kept[0] is self.today and values[best] < values[0]:
            return self.today  # not even rounding may make a plan worse
        return self.kept[int(best)]
