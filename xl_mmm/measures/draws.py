"""Sums over the window by draw: the arrays that every measure starts from.

Conventions
-----------
* Arrays are (draw, column); a column is a paid channel, then organic media. Weeks are summed away block by block of
  draws, so memory does not grow with the number of draws.
* `revenue` is the KPI times its revenue by week; KPI units when the KPI has no money value.
* A point value is the mean over draws, because means add up; a range is an equal-tailed interval. With one draw (a
  hand-set model) the range is the point.
* Several measures of one model share these sums, so those of the last few models are kept, read-only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import SpecError
from xl_mmm.response import (
    Reached,
    carry_out,
    carry_out_periods,
    contribution_at,
    immediate_contribution,
    marginal,
    outcome_weights,
    reached,
)

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

BLOCK_CELLS = 1_500_000  # draws x weeks x columns worked on at once: 12 MB an array, about 120 MB of temporaries
KEPT_CELLS = 2_000_000  # draws x weeks x columns up to which `Reached` is shared by the sums: 64 MB a model
SHARED = 2  # models of which it is
KEPT = 4  # models whose sums are kept: a posterior each and four small arrays


@dataclass(frozen=True, slots=True, eq=False)
class Earned:
    """What media earned in the window, by draw.

    Attributes
    ----------
    contribution
        (draw, column) KPI units.
    revenue
        (draw, column) money.
    """

    contribution: Array
    revenue: Array


def blocks(posterior: Posterior, columns: int | None = None) -> list[Posterior]:
    """Split the draws so that an array of (draw, week, column) stays small; all columns unless told."""
    cells = posterior.dataset.n_weeks * max(len(posterior.media.names) if columns is None else columns, 1)
    return posterior.blocks(max(1, BLOCK_CELLS // cells))


@dataclass(frozen=True, slots=True)
class _Exposed:
    """A posterior as the key of a cache: alike where draws of media and exposure are, whatever the KPI."""

    told: tuple[object, ...]
    posterior: Posterior = field(compare=False)

    @classmethod
    def of(cls, posterior: Posterior) -> _Exposed:
        own = posterior.dataset
        exposure = own.media.tobytes(), own.organic_media.tobytes()
        return cls((posterior.media, *exposure, own.n_history, own.period_weeks), posterior)


def standing(posterior: Posterior) -> Iterator[tuple[Posterior, Reached]]:
    """Yield blocks of draws with where their media stand; what is small is worked out once for all who ask."""
    if posterior.n_draws * posterior.dataset.n_weeks * len(posterior.media.names) > KEPT_CELLS:
        return ((block, reached(block)) for block in blocks(posterior))
    return zip(blocks(posterior), _reached(_Exposed.of(posterior)), strict=True)


@lru_cache(maxsize=SHARED)
def _reached(key: _Exposed) -> tuple[Reached, ...]:
    return tuple(reached(block) for block in blocks(key.posterior))


@lru_cache(maxsize=KEPT)
def earned(posterior: Posterior) -> Earned:
    """Sum the contributions over the window."""
    weights = outcome_weights(posterior.dataset)
    parts = []
    for block, at in standing(posterior):
        by_week, _ = contribution_at(block, at)
        parts.append((by_week.sum(axis=1), weighted(by_week, weights)))
    contribution, revenue = (_joined(arrays) for arrays in zip(*parts, strict=True))
    return Earned(contribution, revenue)


@lru_cache(maxsize=KEPT)
def weekly_media(posterior: Posterior) -> tuple[Array, Array]:
    """Return (week, column) contributions and (week,) carry-in, KPI units, means over draws."""
    dataset = posterior.dataset
    media, carry_in = np.zeros((dataset.n_weeks, len(posterior.media.names))), np.zeros(dataset.n_weeks)
    for block, at in standing(posterior):
        added, carried = contribution_at(block, at)
        media += added.sum(axis=0)
        carry_in += carried.sum(axis=(0, 2))
    return _fixed(media / posterior.n_draws), _fixed(carry_in / posterior.n_draws)


@lru_cache(maxsize=KEPT)
def marginal_revenue(posterior: Posterior) -> Array:
    """Return d revenue / d log(spend), spend scaled through the whole window, (draw, column) money."""
    weights = outcome_weights(posterior.dataset)
    return _joined([weighted(marginal(block, at), weights) for block, at in standing(posterior)])


@lru_cache(maxsize=KEPT)
def immediate(posterior: Posterior) -> Array:
    """Return the part of the contribution that the same week's exposure earned, (draw, column) KPI units."""
    return _joined([immediate_contribution(block, at).sum(axis=1) for block, at in standing(posterior)])


@lru_cache(maxsize=KEPT)
def carried_out(posterior: Posterior) -> Array:
    """Return what is earned after the window, not part of the contribution, (draw, column) KPI units."""
    periods = carry_out_periods(posterior)
    return _joined([carry_out(block, at, periods) for block, at in standing(posterior)])


def _joined(parts: Sequence[Array]) -> Array:
    """Put the blocks of draws together again, read-only."""
    return _fixed(np.concatenate(parts))


def _fixed(values: Array) -> Array:
    """Keep others from changing what is shared."""
    values.flags.writeable = False
    return values


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
