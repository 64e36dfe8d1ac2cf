"""What a plan by period may do: least and most of each cell, of each channel over the plan, and of the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.spec import is_number

Array = NDArray[np.float64]

HALVINGS = 50  # of the range of a price, when the nearest plan is sought


@dataclass(frozen=True, slots=True, eq=False)
class WeekLimits:
    """The limits.

    Attributes
    ----------
    low, high
        (period, channel) money.
    least, most
        (channel,) money over the plan.
    budget, exact
        Money in all, and whether all of it is spent.
    """

    low: Array
    high: Array
    least: Array
    most: Array
    budget: float
    exact: bool

    @classmethod
    def of(
        cls,
        today: Array,
        budget: float | None,
        exact: bool,
        bounds: tuple[float, float],
        weekly: tuple[float, float],
        committed: Array | None,
        names: tuple[str, ...],
    ) -> WeekLimits:
        """Resolve limits for (period, channel) money of today.

        Raises
        ------
        PlanError
            They contradict each other; the sentence says which.
        """
        for what, (low, high) in (("The bounds", bounds), ("The weekly limits", weekly)):
            if not (is_number(low) and is_number(high) and 0 <= low <= high):
                raise PlanError(f"{what} {low!r} to {high!r} are no multiples of today, zero or more, the lower first.")
        spent, mean = today.sum(axis=0), today.mean(axis=0)
        bought = np.zeros_like(today) if committed is None else np.asarray(committed, dtype=float)
        if bought.shape != today.shape or not (np.isfinite(bought) & (bought >= 0)).all():
            raise PlanError(f"Commitments must be a table of {today.shape[0]} periods and {today.shape[1]} channels.")
        cells_low = np.maximum(weekly[0] * mean, bought)
        cells_high = np.maximum(np.tile(weekly[1] * mean, (len(today), 1)), bought)
        whole = float(spent.sum() if budget is None else budget)
        if not (is_number(whole) and whole > 0):
            raise PlanError(f"The budget is {budget!r}; give money above zero.")
        least = np.maximum(bounds[0] * spent, cells_low.sum(axis=0))
        most = np.minimum(bounds[1] * spent, cells_high.sum(axis=0))
        over = np.flatnonzero(least > most * (1 + 1e-9))
        if over.size:
            k = int(over[0])
            raise PlanError(
                f"{names[k]}: at least {least[k]:,.2f} is committed or due by week, and at most {most[k]:,.2f} may be "
                "spent. Raise its bound, or lower the weekly least.", [names[k]],
            )  # fmt: skip
        if whole < least.sum() * (1 - 1e-9) or (exact and whole > most.sum() * (1 + 1e-9)):
            raise PlanError(
                f"The budget {whole:,.2f} lies outside what the bounds allow, {least.sum():,.2f} to {most.sum():,.2f}. "
                "Change the budget or widen the bounds.", ["budget"],
            )  # fmt: skip
        return cls(cells_low, cells_high, least, most, whole, exact)

    @property
    def scale(self) -> float:
        """Money of an ordinary cell."""
        return self.budget / self.low.size

    def nearest(self, plan: Array) -> Array:
        """Return the nearest plan within the limits.

        Every cell gives way by one price, but for channels held at their least or most, which have one of their own.
        """
        reach = float(np.abs(plan).max() + self.high.max())
        channels = np.ones(plan.shape[1])

        def spent(price: Array) -> Array:
            return np.asarray(np.clip(plan - price, self.low, self.high).sum(axis=0))

        at_most = _halved(lambda price: spent(price) > self.most, -reach * channels, reach * channels)
        at_least = _halved(lambda price: spent(price) > self.least, -reach * channels, reach * channels)
        if not self.exact:
            free = np.clip(plan - np.clip(0.0, at_most, at_least), self.low, self.high)
            if free.sum() <= self.budget:
                return np.asarray(free)
        one = np.zeros(1)
        low, high = (
            _halved(
                lambda price: np.array([spent(np.clip(price[0], at_most, at_least)).sum() > self.budget]),
                one - reach, one + reach, upper=upper,
            )[0]
            for upper in (False, True)
        )  # fmt: skip
        below, above = (
            np.clip(plan - np.clip(price, at_most, at_least), self.low, self.high) for price in (high, low)
        )
        gap = above.sum() - below.sum()
        share = (self.budget - below.sum()) / gap if gap > 0 else 0.0
        return np.asarray(below + min(max(share, 0.0), 1.0) * (above - below))

    def most_along(self, slope: Array, plan: Array) -> float:
        """Return the most that a slope promises for any plan within the limits over this one."""
        from scipy.optimize import linprog

        periods, channels = self.low.shape
        of_channel = np.tile(np.eye(channels), (1, periods))
        rows = np.vstack([of_channel, -of_channel, np.ones(periods * channels)])
        limit = np.concatenate([self.most, -self.least, [self.budget]])
        size = float(np.abs(slope).max()) or 1.0
        if self.exact:  # no less either
            rows, limit = np.vstack([rows, -rows[-1:]]), np.append(limit, -self.budget)
        ends = zip((self.low.ravel() / self.scale).tolist(), (self.high.ravel() / self.scale).tolist(), strict=True)
        cost, most = np.asarray(-slope.ravel() / size), np.asarray(limit / self.scale)
        found = linprog(
            cost, A_ub=np.asarray(rows, dtype=float), b_ub=most,
            bounds=list(ends), method="highs",
        )  # fmt: skip
        if found.status != 0 or found.fun is None:
            raise PlanError(f"The limits by week could not be searched: {found.message}")
        return max(float(-float(found.fun) * size * self.scale - (slope * plan).sum()), 0.0)


def _halved(above: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array, *, upper: bool = True) -> Array:
    """Return the prices at which `above` turns from true to false, from above or from below."""
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        more = above(middle)
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    return high if upper else low
