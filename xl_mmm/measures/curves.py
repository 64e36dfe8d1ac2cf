"""Response to spend: each channel's flighting is scaled, carryover moves with it.

Effective media is linear in exposure: with the window's exposure of a channel times m it is u(m) = u0 + m · gain. So
adstock is computed once per draw and channel, any number of multiples afterwards costs one saturation each, and
channels do not touch each other: revenue is a sum of one curve per channel.

Conventions: multiples of the window's own spend, 1 = as it was; revenue of the window, carry-out excluded, KPI units
when the KPI has no money value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.draws import blocks, interval, standing, weighted, window_spend
from xl_mmm.response import (
    MediaBlock,
    MediaParameters,
    carried_in_media,
    effective_media,
    media_block,
    outcome_weights,
    saturate,
    slope_times_media,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

KEPT_CELLS = 4_000_000  # draws x weeks x columns up to which effective media is kept between calls: 64 MB
SHARED = 2  # models whose curves are shared: of the window, and of a year ahead
SMALLEST_MULTIPLE = 1e-9  # a slope asked for at zero is taken here: S′(0) may be infinite
DEFAULT_MULTIPLES = np.linspace(0.0, 2.0, 21)


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Effective media of some draws as a function of the multiple.

    Attributes
    ----------
    carried, gain
        (draw, week, column) exposure per calendar week: u(m) = carried + m · gain.
    media
        Parameters of the same draws and columns.
    weights
        (week,) money per KPI unit.
    before
        (draw, column): Σ_t weight · S(carried).
    """

    carried: Array
    gain: Array
    media: MediaParameters
    weights: Array
    before: Array

    def picked(self, columns: list[int]) -> Reach:
        """Return the same for some of its columns."""
        return Reach(
            self.carried[:, :, columns], self.gain[:, :, columns], _picked(self.media, columns), self.weights,
            self.before[:, columns],
        )  # fmt: skip

    def revenue(self, multiples: Array) -> Array:
        """Return Σ_t weight · c [S(u(m)) − S(u0)], (draw, column), for multiples (column,)."""
        s = weighted(saturate(self.carried + multiples * self.gain, self.media), self.weights)
        revenue: Array = self.media.coefficient * (s - self.before)
        return revenue

    def slope(self, multiples: Array) -> Array:
        """Return d revenue / dm = Σ_t weight · c S′(u) · gain, (draw, column)."""
        u = self.carried + np.maximum(multiples, SMALLEST_MULTIPLE) * self.gain
        share = np.divide(self.gain, u, out=np.zeros_like(u), where=u > 0)
        steepness = slope_times_media(u, self.media) * share
        slope: Array = self.media.coefficient * weighted(steepness, self.weights)
        return slope


@dataclass(frozen=True, slots=True, eq=False)
class ResponseCurves:
    """Revenue of paid channels as functions of their multiples of today's spend.

    Attributes
    ----------
    posterior
        The model.
    columns
        Numbers of the paid channels in question.
    kept
        Effective media, when it is small enough to keep.
    """

    posterior: Posterior
    columns: tuple[int, ...]
    kept: tuple[Reach, ...] | None

    @classmethod
    def of(cls, posterior: Posterior, columns: tuple[int, ...] | None = None) -> ResponseCurves:
        """Prepare the curves of some paid channels, of all by default."""
        chosen = tuple(range(len(posterior.dataset.channels))) if columns is None else columns
        cells = posterior.n_draws * posterior.dataset.n_weeks * len(chosen)
        kept = tuple(_reaches(posterior, chosen)) if cells <= KEPT_CELLS else None
        return cls(posterior, chosen, kept)

    @property
    def reaches(self) -> Iterator[Reach]:
        """Effective media, block by block of draws."""
        return iter(self.kept) if self.kept is not None else _reaches(self.posterior, self.columns)

    def revenue(self, multiples: ArrayLike) -> Array:
        """Return revenue by draw at each row of multiples.

        Parameters
        ----------
        multiples
            (point, column).

        Returns
        -------
        (draw, point, column) money.
        """
        return self._over_blocks(Reach.revenue, multiples)

    def slope(self, multiples: ArrayLike) -> Array:
        """Return d revenue / d multiple by draw, (draw, point, column) money."""
        return self._over_blocks(Reach.slope, multiples)

    def _over_blocks(self, method, multiples: ArrayLike) -> Array:  # type: ignore[no-untyped-def]
        points = np.atleast_2d(np.asarray(multiples, dtype=float))
        parts = [np.stack([method(reach, m) for m in points], axis=1) for reach in self.reaches]
        return np.concatenate(parts)


def curves_of(posterior: Posterior, columns: tuple[int, ...] | None = None) -> ResponseCurves:
    """Return the curves of some paid channels, of all by default, shared by those who ask of the same model."""
    whole = _shared(posterior)
    if columns is None or columns == whole.columns:
        return whole
    if whole.kept is None:
        return ResponseCurves.of(posterior, columns)
    return ResponseCurves(posterior, columns, tuple(reach.picked(list(columns)) for reach in whole.kept))


@lru_cache(maxsize=SHARED)
def _shared(posterior: Posterior) -> ResponseCurves:
    paid = len(posterior.dataset.channels)
    if posterior.n_draws * posterior.dataset.n_weeks * paid > KEPT_CELLS:
        return ResponseCurves.of(posterior)
    columns, weights, reaches = list(range(paid)), outcome_weights(posterior.dataset), []
    for block, at in standing(posterior):
        carried, media = at.carried[:, :, :paid], _picked(block.media, columns)
        before = weighted(at.s_carried[:, :, :paid], weights)
        reaches.append(Reach(carried, at.u[:, :, :paid] - carried, media, weights, before))
    return ResponseCurves(posterior, tuple(columns), tuple(reaches))


def response_curve(
    posterior: Posterior, channel: str, multipliers: ArrayLike | None = None, level: float = 0.90
) -> pd.DataFrame:
    """Return a paid channel's revenue when its spend in every week is scaled.

    Parameters
    ----------
    posterior
        Draws of the model.
    channel
        Paid channel.
    multipliers
        Multiples of the window's spend, each zero or more; 0 to 2 in steps of 0.1 by default.
    level
        Width of the range.

    Returns
    -------
    DataFrame
        `multiplier spend outcome outcome_low outcome_high`: money of the window; zero spend gives zero. KPI units
        when the KPI has no money value.

    Raises
    ------
    PlanError
        Unknown channel, no multiple at all, or one that is negative or no number.
    """
    import pandas as pd

    k = channel_number(posterior, channel)
    multiples = DEFAULT_MULTIPLES if multipliers is None else _as_multiples(multipliers, channel)
    check_multiples(multiples, channel)
    draws = ResponseCurves.of(posterior, (k,)).revenue(multiples[:, None])[:, :, 0]
    low, high = interval(draws, level)
    return pd.DataFrame(
        {
            "multiplier": multiples,
            "spend": multiples * window_spend(posterior)[k],
            "outcome": draws.mean(axis=0),
            "outcome_low": low,
            "outcome_high": high,
        }
    )


def channel_number(posterior: Posterior, channel: str) -> int:
    """Return the column of a paid channel.

    Raises
    ------
    PlanError
        Naming the channels there are.
    """
    known = posterior.dataset.channels
    if channel not in known:
        raise PlanError(f"No paid channel is called {channel!r}; the model has {', '.join(known)}.")
    return known.index(channel)


def _as_multiples(multipliers: ArrayLike, channel: str) -> Array:
    """Return multiples as an array (point,), or refuse them as `response_curve` says."""
    try:
        multiples = np.atleast_1d(np.asarray(multipliers, dtype=float))
    except (TypeError, ValueError):
        multiples = np.empty(0)
    if multiples.ndim > 1 or not multiples.size:
        said = f"{channel}: {multipliers!r} is no list of multiples of today's spend; give one number or more."
        raise PlanError(said, [channel])
    return multiples


def check_multiples(multiples: Array, channel: str) -> None:
    """Refuse multiples that no plan can have.

    Raises
    ------
    PlanError
        A multiple is negative or not finite.
    """
    bad = multiples[~(np.isfinite(multiples) & (multiples >= 0))]
    if bad.size:
        raise PlanError(f"{channel}: {bad[0]} is no multiple of today's spend; give a number, zero or more.")


def _reaches(posterior: Posterior, columns: tuple[int, ...]) -> Iterator[Reach]:
    data, weights, chosen = media_block(posterior.dataset), outcome_weights(posterior.dataset), list(columns)
    for block in blocks(posterior, len(chosen)):
        media = _picked(block.media, chosen)
        own = MediaBlock(data.media[:, chosen], data.n_history, data.period_weeks)
        carried = carried_in_media(own, media)
        before = weighted(saturate(carried, media), weights) if carried.any() else np.zeros_like(media.coefficient)
        yield Reach(carried, effective_media(own, media) - carried, media, weights, before)


def _picked(media: MediaParameters, columns: list[int]) -> MediaParameters:
    """Return the parameters of some columns."""
    return MediaParameters(
        tuple(media.names[k] for k in columns),
        tuple(media.adstock[k] for k in columns),
        tuple(media.saturation[k] for k in columns),
        tuple(media.max_lag[k] for k in columns),
        {name: values[:, columns] for name, values in media.values.items()},
        media.coefficient[:, columns],
    )
