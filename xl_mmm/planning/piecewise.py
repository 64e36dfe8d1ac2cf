"""The best plan over broken lines, exactly: a mixed-integer linear program.

Each channel's revenue is a broken line through points (x, y). Its money is filled segment by segment; where a later
segment is steeper than an earlier one, a switch says that the earlier ones are full. Other switches: a channel is used
or not, and a whole number of increments. Where no broken line lies below its curve, no plan is worth more than
`Found.bound`. Segments are shares from 0 to 1, money is in units of the budget and revenue in units of all revenue.

References
----------
Croxton, Gendron and Magnanti (2003), "A comparison of mixed-integer programming models for nonconvex piecewise linear
cost minimization problems", Management Science 49, the incremental model.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Line = tuple[Array, Array]  # points (x, y) of one channel, x increasing

TOLERANCE = 1e-7  # bound less best plan, relative, at which the search may end
MOST_NODES = 20_000
STRAIGHT = 2e-6  # share of all revenue by which a broken line may be raised to be concave there
INFEASIBLE = 2  # scipy.optimize.milp's status


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """What a plan of the moving channels may do and what it is worth.

    value = share · revenue − price · money

    Attributes
    ----------
    low, high
        (channel,) money.
    rows, row_low, row_high
        (row, channel) weights and the ends of their sums, money.
    share, price
        Worth of revenue, and (channel,) of money.
    rate, goal
        Σ revenue − rate · money ≥ goal; (channel,) and money. None without targets.
    minimum, increment
        (channel,) money if used at all, and money to be spent in multiples of; zero for none.
    scale
        Money that rounding is judged against.
    """

    low: Array
    high: Array
    rows: Array
    row_low: Array
    row_high: Array
    share: float
    price: Array
    rate: Array | None
    goal: float
    minimum: Array
    increment: Array
    scale: float

    def value(self, money: Array, revenue: float) -> float:
        """Return what a plan is worth."""
        return float(self.share * revenue - self.price @ money)

    def shortfall(self, money: Array, revenue: float) -> float:
        """Return the money by which a plan misses its targets; zero or less where it meets them."""
        return -np.inf if self.rate is None else float(self.goal + self.rate @ money - revenue)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the search found.

    Attributes
    ----------
    plan
        (channel,) money.
    bound
        No plan's value on the broken lines is larger.
    """

    plan: Array
    bound: float


def solve(program: Program, lines: list[Line]) -> Found | None:
    """Find the best plan over broken lines; None when no plan keeps the limits.

    Parameters
    ----------
    program
        Limits and worth.
    lines
        Points (x, y) by channel from its low to its high money.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    revenue = sum(abs(y).max() for _, y in lines) or 1.0
    made = _Columns()
    money: list[dict[int, float]] = []
    earned: list[dict[int, float]] = []
    for k, (x, y) in enumerate(lines):
        x, y = _straightened(x, y, STRAIGHT * revenue / len(lines))
        filled = _segments(made, x, y)
        money.append({j: step / program.scale for j, step in zip(filled, np.diff(x), strict=True)})
        earned.append({j: rise / revenue for j, rise in zip(filled, np.diff(y), strict=True)})
        _discrete(made, program, k, money[k])
    base = np.array([x[0] for x, _ in lines])
    start = float(sum(y[0] for _, y in lines))
    for weights, low, high in zip(program.rows, program.row_low, program.row_high, strict=True):
        at_base = float(weights @ base)
        terms = {j: weights[k] * step for k, own in enumerate(money) for j, step in own.items() if weights[k] != 0}
        made.add(terms, (low - at_base) / program.scale, (high - at_base) / program.scale)
    if program.rate is not None:
        terms = {}
        for k, own in enumerate(money):
            for j, step in own.items():
                terms[j] = earned[k][j] - program.rate[k] * step * program.scale / revenue
        made.add(terms, (program.goal - start + program.rate @ base) / revenue, np.inf)
    worth = np.zeros(made.count)
    for k, own in enumerate(money):
        for j, step in own.items():
            worth[j] = program.share * earned[k][j] - program.price[k] * step * program.scale / revenue
    matrix = csr_array((made.values, (made.row_of, made.column_of)), shape=(len(made.low), made.count))
    # presolving takes longer than it saves
    result = milp(
        -worth, constraints=LinearConstraint(matrix, made.low, made.high), bounds=Bounds(0.0, np.array(made.most)),
        integrality=np.array(made.whole),
        options={"mip_rel_gap": TOLERANCE, "node_limit": MOST_NODES, "presolve": False},
    )  # fmt: skip
    if result.status == INFEASIBLE or result.x is None:
        return None
    plan = base + np.array([sum(result.x[j] * step for j, step in own.items()) for own in money]) * program.scale
    best = -result.mip_dual_bound if result.mip_dual_bound is not None else -result.fun
    bound = max(best, -result.fun) * revenue + program.value(base, start)
    return Found(np.clip(plan, program.low, program.high), bound)


class _Columns:
    """Columns and rows of a linear program as they are made."""

    def __init__(self) -> None:
        self.most: list[float] = []
        self.whole: list[int] = []
        self.low: list[float] = []
        self.high: list[float] = []
        self.row_of: list[int] = []
        self.column_of: list[int] = []
        self.values: list[float] = []

    @property
    def count(self) -> int:
        """Columns made."""
        return len(self.most)

    def new(self, most: float = 1.0, whole: bool = False) -> int:
        """Make a column from zero to `most`."""
        self.most.append(most)
        self.whole.append(int(whole))
        return len(self.most) - 1

    def add(self, terms: dict[int, float], low: float, high: float) -> None:
        """Add a row low ≤ Σ terms ≤ high."""
        self.row_of += [len(self.low)] * len(terms)
        self.column_of += list(terms)
        self.values += list(terms.values())
        self.low.append(low)
        self.high.append(high)


def _segments(made: _Columns, x: Array, y: Array) -> list[int]:
    """Make the columns of one channel's segments, with a switch wherever the line turns upwards."""
    filled = [made.new() for _ in range(len(x) - 1)]
    slope = np.diff(y) / np.diff(x)
    turns = np.flatnonzero(slope[1:] > slope[:-1]) + 1
    runs = np.split(np.array(filled), turns)
    for before, after in pairwise(runs):
        switch = made.new(whole=True)
        for j in before:
            made.add({int(j): 1.0, switch: -1.0}, 0.0, np.inf)
        for j in after:
            made.add({int(j): 1.0, switch: -1.0}, -np.inf, 0.0)
    return filled


def _discrete(made: _Columns, program: Program, k: int, money: dict[int, float]) -> None:
    """Add the switches of a minimum if used and of increments."""
    low, scale = program.low[k], program.scale
    if program.minimum[k] > 0 and low < program.minimum[k] and money:
        used = made.new(whole=True)
        made.add({**money, used: -program.minimum[k] / scale}, -low / scale, np.inf)
        made.add({**money, used: -(program.high[k] - low) / scale}, -np.inf, 0.0)
    if program.increment[k] > 0 and money:
        number = made.new(round((program.high[k] - low) / program.increment[k]), whole=True)
        made.add({**money, number: -program.increment[k] / scale}, 0.0, 0.0)


def _straightened(x: Array, y: Array, tolerance: float) -> Line:
    """Leave out points that a concave hull passes within `tolerance` of, raising the line: fewer switches."""
    hull: list[int] = []
    for j in range(len(x)):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (y[b] - y[a]) * (x[j] - x[a]) > (y[j] - y[a]) * (x[b] - x[a]):
                break
            hull.pop()
        hull.append(j)
    kept: list[int] = []
    for a, b in pairwise(hull):
        inner = np.arange(a, b + 1)
        chord = np.interp(x[inner], x[[a, b]], y[[a, b]])
        kept += [a] if (chord - y[inner]).max() <= tolerance else inner[:-1].tolist()
    kept.append(hull[-1])
    return x[kept], y[kept]
