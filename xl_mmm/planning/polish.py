"""From a good plan to a stationary one: Newton steps on the optimality conditions, within bounds.

Revenue is a sum of one curve per channel and money is fixed, so at the best plan every channel between its bounds has
the same marginal revenue per unit of money, the shadow price; a channel at its least has no more, one at its most no
less. Conventions: x is money by channel, `slope` is marginal revenue per unit of money, `bend` its derivative.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Step = Callable[[Array, Array, Array, Array, Array], Array]

AT_BOUND = 1e-9  # share of a channel's range within which it counts as at its bound
STATIONARY = 1e-11  # relative residual at which polishing ends
LONGEST = 3.0  # logarithm of the largest factor that one `log_step` changes a channel by
STIFFEST_SHARE = 1e-3  # least elasticity of a slope that `log_step` reckons with
BISECTIONS = 200
FLATTEST = 1e-9  # least curvature of a step, as a share of slope per range


@dataclass(frozen=True, slots=True)
class Stationarity:
    """How far a plan is from the optimality conditions.

    Attributes
    ----------
    residual
        Largest violation relative to the shadow price.
    price
        Marginal revenue per unit of money that all channels between their bounds share; None when there is none.
    price_less, price_more
        Revenue lost with one unit less and gained with one unit more of money; NaN where no channel can give or take.
    """

    residual: float
    price: float | None
    price_less: float
    price_more: float


def stationarity(x: Array, slope: Array, least: Array, most: Array) -> Stationarity:
    """Judge a plan by the slopes of its channels, all (channel,); fixed channels have least = most."""
    room = most - least
    up, down = (most - x > AT_BOUND * room) & (room > 0), (x - least > AT_BOUND * room) & (room > 0)
    inside = up & down
    more = float(slope[up].max()) if up.any() else np.nan
    less = float(slope[down].min()) if down.any() else np.nan
    if not inside.any():
        gap = more - less if up.any() and down.any() else 0.0
        scale = max(abs(more), abs(less)) if up.any() and down.any() else 1.0
        return Stationarity(max(gap, 0.0) / (scale or 1.0), None, less, more)
    price = float(slope[inside].mean())
    excess = np.where(inside, np.abs(slope - price), np.where(up, slope - price, np.where(down, price - slope, 0.0)))
    return Stationarity(float(max(excess.max(), 0.0)) / (abs(price) or 1.0), price, less, more)


def polish(
    x: Array,
    slope: Callable[[Array], Array],
    bend: Callable[[Array], Array],
    least: Array,
    most: Array,
    steps: int,
    step: Step | None = None,
) -> Array:
    """Return the plan nearest to stationary that Newton steps reach; the sum of money stays.

    Parameters
    ----------
    x
        (channel,) money to start from, within bounds.
    slope, bend
        Marginal revenue per unit of money and its derivative at a plan, (channel,).
    least, most
        (channel,) money.
    steps
        Most evaluations of `slope`.
    step
        `newton_step` by default, or `log_step`, which also works where slopes run away at zero spend.
    """
    step = step or newton_step
    best, smallest = x, np.inf
    for _ in range(steps):
        gradient = slope(x)
        residual = stationarity(x, gradient, least, most).residual
        if residual < smallest:
            best, smallest = x, residual
        if residual < STATIONARY:
            break
        x = np.clip(x + step(x, gradient, bend(x), least, most), least, most)
    return best


def newton_step(x: Array, gradient: Array, bend: Array, least: Array, most: Array) -> Array:
    """Maximise Σ gradient·δ + ½ bend·δ² over δ with Σδ = 0 within bounds, (channel,).

    Bends are made negative for the step, except where one channel between its bounds bends upwards and the others
    hold it: there the unmodified step is the right one.
    """
    room = most - least
    inside = (x - least > AT_BOUND * room) & (most - x > AT_BOUND * room)
    if (bend[inside] > 0).sum() == 1 and (1 / bend[inside]).sum() > 0:
        price = (gradient[inside] / bend[inside]).sum() / (1 / bend[inside]).sum()
        step = np.zeros_like(x)
        step[inside] = (price - gradient[inside]) / bend[inside]
        others_rest = (np.where(x >= most, gradient - price, price - gradient) >= 0)[~inside].all()
        if others_rest and (x + step >= least).all() and (x + step <= most).all():
            return step
    flat = FLATTEST * np.abs(gradient) / np.where(room > 0, room, 1.0)
    stiff = np.maximum(np.abs(bend), np.maximum(flat, np.finfo(float).tiny))
    # Σδ(price) falls piecewise linearly from all-at-most to all-at-least: find its zero between two breakpoints.
    prices = np.unique(np.concatenate([gradient - stiff * (most - x), gradient + stiff * (x - least)]))
    sums = np.array([_moves(p, x, gradient, stiff, least, most).sum() for p in prices])
    price = float(np.interp(0.0, sums[::-1], prices[::-1]))
    return _moves(price, x, gradient, stiff, least, most)


def _moves(price: float, x: Array, gradient: Array, stiff: Array, least: Array, most: Array) -> Array:
    """Return each channel's best move when money costs `price`."""
    return np.clip((gradient - price) / stiff, least - x, most - x)


def log_step(x: Array, gradient: Array, bend: Array, least: Array, most: Array) -> Array:
    """Return the Newton step in logarithms, Σδ = 0: exact for power curves, whose slope is infinite at zero.

    With e = x·|bend| / gradient, a channel that pays `price` moves to x (gradient / price)^(1/e).
    """
    at = np.maximum(x, AT_BOUND * most)
    positive = np.maximum(gradient, 1e-12 * max(float(gradient.max()), np.finfo(float).tiny))
    e = np.maximum(at * np.abs(bend) / positive, STIFFEST_SHARE)

    def moved(log_price: float) -> Array:
        factor = np.exp(np.clip((np.log(positive) - log_price) / e, -LONGEST, LONGEST))
        kept: Array = np.clip(at * factor, least, most)
        return kept

    dear, cheap = float((np.log(positive) + LONGEST * e).max()), float((np.log(positive) - LONGEST * e).min())
    for _ in range(BISECTIONS):  # the sum falls as the price rises
        middle = (dear + cheap) / 2
        if moved(middle).sum() > x.sum():
            cheap = middle
        else:
            dear = middle
    return moved(dear) - x
