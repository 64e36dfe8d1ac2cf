"""The best plan on a grid, with a bound that no plan can pass.

Each channel has a piecewise linear curve through points (x, U) of money and revenue. Maximise the sum of the curves
subject to a fixed sum of money. Where all curves are concave, filling the steepest segments first is exact. Otherwise
the same filling over each curve's concave hull is a bound, and branch-and-bound closes what is left: only one channel
can end strictly inside a segment of its hull, and where that segment spans several grid steps its range is split.

If U lies nowhere below the true curve, `Found.bound` holds for the true problem.

References
----------
Falk and Soland (1969), "An algorithm for separable nonconvex programming problems", Management Science 15.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Hulls = dict[tuple[int, int, int], list[int]]  # channel, first, last grid point -> points of the hull
Ranges = tuple[tuple[int, int], ...]  # first and last grid point of each channel

TOLERANCE = 2e-5  # bound less best plan, relative, at which the search ends
MOST_NODES = 3000
CANDIDATES = 4  # best plans handed on for polishing


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What the search found.

    Attributes
    ----------
    plans
        (candidate, channel) money, best first, each meeting the budget.
    bound
        No plan's piecewise linear value is larger.
    """

    plans: Array
    bound: float


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """The best plan over concave hulls.

    Attributes
    ----------
    value
        Its value on the hulls: a bound.
    plan
        (channel,) money.
    split
        (channel, first, last grid point) of the hull segment that the plan ends in, None when the hulls touch the
        curves there.
    """

    value: float
    plan: Array
    split: tuple[int, int, int] | None


def grid_search(x: Array, upper: Array, budget: float, value: Callable[[Array], float]) -> Found:
    """Search for the best plan.

    Parameters
    ----------
    x, upper
        (point, channel) money, increasing down each column, and revenue.
    budget
        Sum of money, within the reach of the grid.
    value
        Revenue of a plan, (channel,) money: what candidates are ranked by.

    Returns
    -------
    Found
    """
    hulls: Hulls = {}
    root: Ranges = tuple((0, len(x) - 1) for _ in range(x.shape[1]))
    first = _relax(x, upper, budget, root, hulls)
    assert first is not None, "the budget is outside the grid"
    open_nodes = [(-first.value, 0, root, first)]
    plans, values = [first.plan], [value(first.plan)]
    settled, count = -np.inf, 0
    while open_nodes and count < MOST_NODES:
        bound, _, ranges, node = open_nodes[0]
        best = max(values)
        if -bound <= best + TOLERANCE * abs(best):
            break
        heapq.heappop(open_nodes)
        if node.split is None:
            settled = max(settled, node.value)  # the piecewise linear problem is solved here
            continue
        k, low, high = node.split
        middle = int(np.clip(np.searchsorted(x[:, k], node.plan[k]), low + 1, high - 1))
        for own in ((ranges[k][0], middle), (middle, ranges[k][1])):
            child = (*ranges[:k], own, *ranges[k + 1 :])
            relaxed = _relax(x, upper, budget, child, hulls)
            if relaxed is None:
                continue
            count += 1
            heapq.heappush(open_nodes, (-relaxed.value, count, child, relaxed))
            plans.append(relaxed.plan)
            values.append(value(relaxed.plan))
    bound = max(settled, -open_nodes[0][0] if open_nodes else -np.inf)
    order = np.argsort(values, kind="stable")[::-1]
    kept = _distinct(np.array(plans)[order])
    return Found(kept, float(bound))


def _relax(x: Array, upper: Array, budget: float, ranges: Ranges, hulls: Hulls) -> Relaxed | None:
    """Fill the hulls' steepest segments first; None when the ranges cannot meet the budget."""
    columns = range(x.shape[1])
    plan = np.array([x[ranges[k][0], k] for k in columns])
    total = float(sum(upper[ranges[k][0], k] for k in columns))
    left = budget - plan.sum()
    slack = 1e-9 * max(budget, 1.0)
    if left < -slack or sum(x[ranges[k][1], k] for k in columns) < budget - slack:
        return None
    segments = []
    for k in columns:
        key = (k, *ranges[k])
        if key not in hulls:
            hulls[key] = _hull(x[:, k], upper[:, k], *ranges[k])
        points = hulls[key]
        segments += [
            (-(upper[b, k] - upper[a, k]) / (x[b, k] - x[a, k]), k, a, b)
            for a, b in pairwise(points)
        ]
    segments.sort()
    for steepness, k, a, b in segments:
        if left <= 0:
            break
        step = min(x[b, k] - x[a, k], left)
        plan[k] += step
        total -= steepness * step
        left -= step
        if left <= 0 and step < x[b, k] - x[a, k] and b > a + 1:
            return Relaxed(total, plan, (k, a, b))
    return Relaxed(total, plan, None)


def _hull(x: Array, y: Array, low: int, high: int) -> list[int]:
    """Return the grid points of the upper concave hull from `low` to `high`."""
    hull: list[int] = []
    for j in range(low, high + 1):
        while len(hull) > 1:
            a, b = hull[-2], hull[-1]
            if (y[b] - y[a]) * (x[j] - x[a]) > (y[j] - y[a]) * (x[b] - x[a]):
                break
            hull.pop()
        hull.append(j)
    return hull


def _distinct(plans: Array) -> Array:
    """Return the first `CANDIDATES` plans that differ by more than rounding."""
    kept: list[Array] = []
    for plan in plans:
        if all(np.abs(plan - other).max() > 1e-6 * np.abs(plan).max() for other in kept):
            kept.append(plan)
        if len(kept) == CANDIDATES:
            break
    return np.array(kept)
