"""Demand and spend of an invented market: seasons, promotions, flights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Range = tuple[float, float]

WEEKLY_BASELINE = 1_000_000.0  # money a week
MEDIA_BUDGET = 0.08  # paid media as a share of the baseline
PROMOTION_WEEKS = 0.15  # share of periods with a promotion
KNOTS = 3  # a trend breaks at one of the quarters of the window, where so many knots can follow it


@dataclass(frozen=True, slots=True)
class Habit:
    """How a channel is bought.

    Attributes
    ----------
    name
        Channel.
    share
        Of the budget, before scaling.
    flight, pause
        Weeks on air and between flights; no pause: always on.
    follows
        How strongly spend follows demand, times the simulation's `confounding`.
    decay
        Range of the weekly retention.
    """

    name: str
    share: float
    flight: Range
    pause: Range
    follows: float
    decay: Range


HABITS = (
    Habit("TV", 0.40, (3, 7), (3, 9), 0.5, (0.45, 0.80)),
    Habit("Search", 0.15, (52, 52), (0, 0), 1.0, (0.05, 0.30)),
    Habit("Social", 0.15, (52, 52), (0, 0), 0.5, (0.20, 0.50)),
    Habit("Display", 0.08, (26, 40), (2, 4), 0.3, (0.10, 0.40)),
    Habit("Radio", 0.08, (2, 5), (4, 10), 0.5, (0.30, 0.60)),
    Habit("OOH", 0.07, (2, 4), (6, 14), 0.3, (0.40, 0.75)),
    Habit("Print", 0.04, (1, 3), (2, 6), 0.5, (0.10, 0.50)),
    Habit("Video", 0.10, (6, 12), (2, 6), 0.4, (0.30, 0.70)),
)


@dataclass(frozen=True, slots=True)
class Market:
    """Demand without media, all rows.

    Attributes
    ----------
    period
        Weeks a row.
    baseline
        (n_rows,) money a period, without promotions.
    demand
        (n_rows,) season and promotion, mean 0: what buyers of media react to.
    plan
        (n_rows,) log of the common budget's path, which makes channels move together.
    promotion
        (n_rows,) 0 or 1.
    break_date
        Day on which the trend bends, or None.
    """

    period: float
    baseline: Array
    demand: Array
    plan: Array
    promotion: Array
    break_date: np.datetime64 | None


def make_market(
    rng: np.random.Generator, dates: NDArray[np.datetime64], n_history: int, period: float, bends: bool, promotes: bool
) -> Market:
    """Return demand for all rows: a trend that may bend, two harmonics, promotions that sit in the season."""
    days = dates.astype("datetime64[D]").astype(float)
    line = (days - days[n_history]) / max(days[-1] - days[n_history], 1.0)
    slope = rng.uniform(-0.10, 0.25)
    bend = int(rng.integers(1, KNOTS + 1)) / (KNOTS + 1)
    change = rng.uniform(0.15, 0.45) * -np.sign(slope)
    trend = slope * line + (change * np.maximum(line - bend, 0.0) if bends else 0.0)
    angle = 2 * np.pi * days / 365.25
    shift = rng.uniform(-np.pi, np.pi, size=2)
    season = rng.uniform(0.06, 0.14) * np.cos(angle + shift[0]) + rng.uniform(0.02, 0.05) * np.cos(2 * angle + shift[1])
    promotion = np.zeros(len(days))
    if promotes:
        chance = np.exp(4 * season)
        often = max(3, round(PROMOTION_WEEKS * len(days)))
        promotion[rng.choice(len(days), size=min(often, len(days)), replace=False, p=chance / chance.sum())] = 1.0
    plan = 0.3 * autoregression(rng, len(days), 0.8 ** min(period, 4.0))
    demand = 0.3 * season / season.std() + 0.6 * promotion
    bend_day = np.datetime64(round(days[n_history] + bend * (days[-1] - days[n_history])), "D")
    return Market(
        period=period,
        baseline=WEEKLY_BASELINE * period * (1 + trend + season),
        demand=demand - demand.mean(),
        plan=plan,
        promotion=promotion,
        break_date=bend_day if bends else None,
    )


def make_spend(rng: np.random.Generator, habit: Habit, market: Market, confounding: float) -> Array:
    """Return spend by row, money rounded to cents: flights times a level that follows demand and its own path."""
    n, period = len(market.demand), market.period
    on_air = _flights(rng, habit, n, period)
    level = np.exp(confounding * habit.follows * market.demand + market.plan) * wandering(rng, n, period)
    raw = on_air * level
    if not raw.any():
        raw = level
    budget = MEDIA_BUDGET * habit.share * rng.uniform(0.8, 1.25) * WEEKLY_BASELINE * period
    return np.asarray(np.round(raw / raw.mean() * budget, 2))


def _flights(rng: np.random.Generator, habit: Habit, n: int, period: float) -> Array:
    """Return 1 in rows on air, 0 between flights, from lengths in weeks."""
    if habit.pause[1] == 0:
        return np.ones(n)
    on_air = np.zeros(n)
    row = -int(rng.integers(0, 1 + round(habit.flight[1] / period)))
    while row < n:
        length = max(1, round(rng.uniform(*habit.flight) / period))
        on_air[max(row, 0) : max(row + length, 0)] = 1.0
        row += length + max(1, round(rng.uniform(*habit.pause) / period))
    return on_air


def wandering(rng: np.random.Generator, n: int, period: float) -> Array:
    """Return a positive path around 1 that wanders with persistence and jitters."""
    wander = 0.25 * autoregression(rng, n, 0.85 ** min(period, 4.0))
    return np.asarray(np.exp(wander + 0.2 * rng.standard_normal(n)))


def make_control(rng: np.random.Generator, j: int, n: int, period: float) -> Array:
    """Return an index around 100 that wanders, two decimals."""
    return np.asarray(np.round(100 + (2.0 + j) * autoregression(rng, n, 0.9 ** min(period, 4.0)), 2))


def autoregression(rng: np.random.Generator, n: int, rho: float) -> Array:
    """Return x_t = rho x_(t-1) + sqrt(1 - rho²) e_t with unit variance, stationary from the first value."""
    shocks = rng.standard_normal(n)
    path = np.empty(n)
    path[0] = shocks[0]
    for t in range(1, n):
        path[t] = rho * path[t - 1] + np.sqrt(1 - rho**2) * shocks[t]
    return path
