"""Sums over the window by draw: the arrays that every measure starts from.

Conventions
-----------
* Arrays are (draw, column); a column is a paid channel, then organic media. Weeks are summed away block by block of
  draws, so memory does not grow with the number of draws.
* `revenue` is the KPI times its revenue by week; KPI units when the KPI has no money value.
* A point value is the mean over draws, because means add up; a range is an equal-tailed interval. With one draw (a
  hand-set model) the range is the point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import SpecError
from xl_mmm.response import carry_out, immediate_contribution, marginal, media_contribution, outcome_weights

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

BLOCK_CELLS = 250_000  # draws x weeks x columns worked on at once: 2 MB an array, about 20 MB of temporaries


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """What media did over the window, by draw.

    Attributes
    ----------
    contribution, carry_in
        (draw, column) KPI units.
    immediate
        (draw, column) KPI units: the part of the contribution that the same week's exposure earned.
    carry_out
        (draw, column) KPI units earned after the window; not part of the contribution.
    revenue, long_revenue
        (draw, column) money: of the contribution, and of contribution with carry-out. The carry-out is valued at the
        revenue per KPI of the window's last week.
    marginal_revenue
        (draw, column) money: d revenue / d log(spend), spend scaled through the whole window.
    """

    contribution: Array
    carry_in: Array
    immediate: Array
    carry_out: Array
    revenue: Array
    long_revenue: Array
    marginal_revenue: Array


def blocks(posterior: Posterior) -> list[Posterior]:
    """Split the draws so that an array of (draw, week, column) stays small."""
    cells = posterior.dataset.n_weeks * max(len(posterior.media.names), 1)
    return posterior.blocks(max(1, BLOCK_CELLS // cells))


def totals(posterior: Posterior) -> Totals:
    """Sum the model over the window, draw by draw."""
    weights = outcome_weights(posterior.dataset)
    parts = [_block_totals(block, weights) for block in blocks(posterior)]
    return Totals(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _block_totals(block: Posterior, weights: Array) -> tuple[Array, ...]:
    contribution, carry_in = media_contribution(block)
    after = carry_out(block)
    revenue = weighted(contribution, weights)
    return (
        contribution.sum(axis=1), carry_in.sum(axis=1), immediate_contribution(block).sum(axis=1), after,
        revenue, revenue + weights[-1] * after, weighted(marginal(block), weights),
    )  # fmt: skip


def weighted(by_week: Array, weights: Array) -> Array:
    """Sum (draw, week, column) over weeks with weights (week,)."""
    summed: Array = np.einsum("dtk,t->dk", by_week, weights)
    return summed


def interval(values: Array, level: float) -> tuple[Array, Array]:
    """Return the ends of the equal-tailed interval over draws (the first axis).

    Raises
    ------
    SpecError
        `level` is not a fraction between 0 and 1.
    """
    if not 0 < level < 1:
        raise SpecError(f"level is {level!r}; give the width of the range as a fraction, such as 0.90.")
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail], axis=0)
    return low, high


def per_spend(amount: Array, spend: Array) -> Array:
    """Divide by spend; NaN where nothing was spent."""
    blank = np.full(np.broadcast_shapes(amount.shape, spend.shape), np.nan)
    ratio: Array = np.divide(amount, spend, out=blank, where=spend > 0)
    return ratio


def window_spend(posterior: Posterior) -> Array:
    """Return (channel,) money spent in the window."""
    dataset = posterior.dataset
    total: Array = dataset.spend[dataset.window].sum(axis=0)
    return total
