"""How far a plan is from the optimality conditions, and what its limits cost.

At the best plan the worth of the next unit of money in a channel is made up of the prices of the rows it counts in,
gradient = Σ price · weight, in every channel between its bounds; a channel at its least has no more, one at its most
no less. A row held at its high end has a price of zero or more, one held at its low end of zero or less.

References
----------
Boyd and Vandenberghe (2004), "Convex Optimization", chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

AT_BOUND = 1e-6  # share of a channel's range within which it counts as at its bound: less money is none
AT_ROW = 1e-9  # share of the scale within which a row is held
INDEPENDENT = 1e-9


def inside(money: Array, low: Array, high: Array) -> Array:
    """Return the money, (channel,), at which slopes of a plan are taken."""
    room = AT_BOUND * (high - low)
    return np.clip(money, low + room, high - room)


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Limits as a plan meets them.

    Attributes
    ----------
    money, low, high
        (channel,) money of the plan, and its ends.
    weights
        (row, channel)
    below, above
        (row,) money that each row is above its low end, and below its high end; infinite without one.
    scale
        Money that rounding is judged against.
    """

    money: Array
    low: Array
    high: Array
    weights: Array
    below: Array
    above: Array
    scale: float

    @property
    def up(self) -> NDArray[np.bool_]:
        """Channels that can rise."""
        room = self.high - self.low
        return (self.high - self.money > AT_BOUND * room) & (room > 0)

    @property
    def down(self) -> NDArray[np.bool_]:
        """Channels that can fall."""
        room = self.high - self.low
        return (self.money - self.low > AT_BOUND * room) & (room > 0)

    @property
    def at_low(self) -> NDArray[np.bool_]:
        """Rows at their low end."""
        return self.below <= AT_ROW * self.scale

    @property
    def at_high(self) -> NDArray[np.bool_]:
        """Rows at their high end."""
        return self.above <= AT_ROW * self.scale


@dataclass(frozen=True, slots=True, eq=False)
class Stationarity:
    """How far a plan is from the optimality conditions.

    Attributes
    ----------
    residual
        Largest violation relative to `size`.
    prices
        (row,) worth of one more unit at the row's end; zero where it is not held.
    own
        (channel,) worth of the next unit in the channel beyond the prices: what its bound costs.
    unique
        Whether no other prices do.
    """

    residual: float
    prices: Array
    own: Array
    unique: bool


def stationarity(held: Held, gradient: Array, size: float) -> Stationarity:
    """Judge a plan.

    Parameters
    ----------
    held
        Its limits.
    gradient
        (channel,) worth of the next unit of money.
    size
        Marginal worth that violations are relative to.
    """
    active = np.flatnonzero(held.at_low | held.at_high)
    up, down = held.up, held.down
    inside = up & down
    prices = np.zeros(len(held.weights))
    rows = held.weights[active]
    unique = _rank(rows[:, inside]) == len(active)
    if unique and len(active):
        prices[active] = np.linalg.lstsq(rows[:, inside].T, gradient[inside], rcond=None)[0]
    elif len(active) == 1 and (rows >= 0).all():
        prices[active] = _one_price(gradient, rows[0], up, down)
    elif len(active):
        prices[active] = _many_prices(held, gradient, active)
    own = gradient - held.weights.T @ prices
    wrong = np.where(inside, np.abs(own), np.where(up, own, np.where(down, -own, 0.0)))
    signs = np.where(held.at_low & held.at_high, 0.0, np.where(held.at_high, -prices, np.where(held.at_low, prices, 0)))
    largest = max(float(wrong.max(initial=0.0)), float(signs.max(initial=0.0)), 0.0)
    return Stationarity(largest / (size or 1.0), prices, own, unique)


def one_more(held: Held, gradient: Array, row: int, sign: float) -> float:
    """Return what the best use of one unit more (sign 1) or less (−1) of a row's money is worth; NaN without any.

    The row is held; the other rows and the bounds stay as they are.
    """
    up, down = held.up, held.down
    others = np.flatnonzero((held.at_low | held.at_high) & (np.arange(len(held.weights)) != row))
    if not len(others) and (held.weights[row] == 1).all():
        can, best = (up, np.max) if sign > 0 else (down, np.min)
        return float(sign * best(gradient[can])) if can.any() else float("nan")
    from scipy.optimize import linprog

    at_high = held.at_high[others]
    both = at_high & held.at_low[others]
    signs = np.where(at_high, 1.0, -1.0)[:, None]
    size = float(np.abs(gradient).max()) or 1.0
    solved = linprog(
        -gradient / size,
        A_ub=(signs * held.weights[others])[~both], b_ub=np.zeros(int((~both).sum())),
        A_eq=np.vstack([held.weights[row], held.weights[others][both]]), b_eq=[sign, *[0.0] * int(both.sum())],
        bounds=[(None if d else 0.0, None if u else 0.0) for u, d in zip(up, down, strict=True)],
    )  # fmt: skip
    return -float(solved.fun or 0.0) * size if solved.status == 0 else float("nan")


def _rank(matrix: Array) -> int:
    """Return the number of rows that are independent on some columns."""
    if matrix.size == 0:
        return 0
    values = np.linalg.svd(matrix, compute_uv=False)
    return int((values > INDEPENDENT * max(1.0, float(values.max()))).sum())


def _one_price(gradient: Array, weights: Array, up: NDArray[np.bool_], down: NDArray[np.bool_]) -> float:
    """Return a price between what rising channels would bring and what falling ones bring, nearest to both."""
    counts = weights > 0
    rising = (gradient / np.where(counts, weights, 1.0))[up & counts]
    falling = (gradient / np.where(counts, weights, 1.0))[down & counts]
    ends = [best(values) for best, values in ((np.max, rising), (np.min, falling)) if values.size]
    return float(np.mean(ends)) if ends else 0.0


def _many_prices(held: Held, gradient: Array, active: NDArray[np.intp]) -> Array:
    """Return prices of several held rows with the smallest largest violation."""
    from scipy.optimize import linprog

    rows, up, down, size = held.weights[active], held.up, held.down, float(np.abs(gradient).max()) or 1.0
    g = gradient / size
    above = np.column_stack([-rows[:, up].T, -np.ones(up.sum())])  # own ≤ t where a channel can rise
    below = np.column_stack([rows[:, down].T, -np.ones(down.sum())])  # own ≥ −t where it can fall
    solved = linprog(
        np.append(np.zeros(len(active)), 1.0), A_ub=np.vstack([above, below]), b_ub=np.append(-g[up], g[down]),
        bounds=[*[_signs(*pair) for pair in zip(held.at_low[active], held.at_high[active], strict=True)], (0, None)],
    )  # fmt: skip
    return np.zeros(len(active)) if solved.x is None else np.asarray(solved.x[:-1] * size, dtype=float)


def _signs(at_low: bool, at_high: bool) -> tuple[float | None, float | None]:
    """Return the ends of a held row's price."""
    if at_low and at_high:
        return None, None
    return (0.0, None) if at_high else (None, 0.0)
