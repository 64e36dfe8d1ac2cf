"""What whole plans bring by draw: each channel's weeks are worked out once, however many plans share them.

Channels do not touch each other, so a plan's revenue is a sum of one column a channel, and plans that differ in one
channel share the others. The last few columns of every model are kept, read-only.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import Reach, ResponseCurves, curves_of
from xl_mmm.measures.draws import carried_out, earned, marginal_revenue
from xl_mmm.response import MediaBlock, carry_out_periods, effective_media, left_behind, outcome_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

KEPT = 256  # columns that are remembered: one number a draw each


def plan_revenue(posterior: Posterior, exposure: Array, columns: Sequence[int] | None = None) -> Array:
    """Return the revenue of a plan.

    Parameters
    ----------
    posterior
        The model.
    exposure
        (week, channel) multiples of the window's exposure, all paid channels.
    columns
        Numbers of the channels in question; all when None.

    Returns
    -------
    (draw, column) money of the window.
    """
    chosen = range(exposure.shape[1]) if columns is None else columns
    found = [_column(posterior, int(k), _told(exposure[:, k])) for k in chosen]
    return np.stack(found, axis=1) if found else np.zeros((posterior.n_draws, 0))


def plan_slope(posterior: Posterior, multiples: Array) -> Array:
    """Return d revenue / d multiple of channels scaled by (channel,) multiples, (draw, channel) money."""
    if (multiples == 1).all():
        return marginal_revenue(posterior)[:, : len(multiples)]
    found: Array = curves_of(posterior).slope(multiples)[:, 0]
    return found


def plan_carry_out(posterior: Posterior, exposure: Array, columns: Sequence[int]) -> Array:
    """Return what a plan's media earn after the window, nothing spent there, valued as its last week.

    Parameters and result as `plan_revenue`.
    """
    found = [_column_after(posterior, int(k), _told(exposure[:, k])) for k in columns]
    return np.stack(found, axis=1) if found else np.zeros((posterior.n_draws, 0))


def curves_under(posterior: Posterior, exposure: Array, columns: tuple[int, ...]) -> ResponseCurves:
    """Return the curves of some channels about a plan: multiples are of its exposure, (week, channel) as above."""
    curves = curves_of(posterior, columns)
    chosen = exposure[:, list(columns)]
    if (chosen == 1).all():
        return curves
    if curves.kept is None:
        dataset, media = posterior.dataset, posterior.dataset.media.copy()
        media[dataset.window] *= exposure
        changed = dataclasses.replace(dataset, media=media, geo=None)
        return ResponseCurves.of(dataclasses.replace(posterior, dataset=changed), columns)
    reaches = tuple(_moved(posterior, columns, reach, chosen) for reach in curves.kept)
    return ResponseCurves(posterior, columns, reaches)


def _told(weekly: Array) -> float | bytes:
    """Return a channel's multiples as a key: one number where every week has the same."""
    return float(weekly[0]) if (weekly == weekly[0]).all() else weekly.tobytes()


@lru_cache(maxsize=KEPT)
def _column(posterior: Posterior, k: int, told: float | bytes) -> Array:
    """Return (draw,) revenue of a channel."""
    if told == 1.0:
        return earned(posterior).revenue[:, k]
    return _fixed([reach.revenue(np.ones(1))[:, 0] for reach in _reaches(posterior, k, told)])


@lru_cache(maxsize=KEPT)
def _column_after(posterior: Posterior, k: int, told: float | bytes) -> Array:
    """Return (draw,) revenue of a channel after the window."""
    dataset = posterior.dataset
    if told == 1.0:
        return _fixed([carried_out(posterior)[:, k] * outcome_weights(dataset)[-1]])
    periods = carry_out_periods(posterior)
    block = MediaBlock(dataset.media[:, [k]], dataset.n_history, dataset.period_weeks).scaled(_weekly(told))
    parts = []
    for reach in _reaches(posterior, k, told):
        carried = reach.carried[:, -1]
        left = left_behind(block, reach.media, periods, (carried + reach.gain[:, -1], carried))
        parts.append(left[:, 0] * reach.weights[-1])
    return _fixed(parts)


def _reaches(posterior: Posterior, k: int, told: float | bytes) -> Iterator[Reach]:
    """Yield what a channel reaches under a plan, block by block of draws."""
    for reach in curves_of(posterior, (k,)).reaches:
        yield _moved(posterior, (k,), reach, _weekly(told))


def _weekly(told: float | bytes) -> Array:
    """Return the multiples of a key, (week, 1) or (1, 1)."""
    return np.array([[told]]) if isinstance(told, float) else np.frombuffer(told)[:, None]


def _fixed(parts: Sequence[Array]) -> Array:
    """Put the blocks of draws together, read-only."""
    found = np.concatenate(parts)
    found.flags.writeable = False
    return found


def _moved(posterior: Posterior, columns: tuple[int, ...], reach: Reach, exposure: Array) -> Reach:
    """Return what is reached by other exposure in the window, (week, column) multiples; history stays."""
    if (exposure == exposure[0]).all():
        return Reach(reach.carried, reach.gain * exposure[0], reach.media, reach.weights, reach.before)
    dataset = posterior.dataset
    own = MediaBlock(dataset.media[dataset.window][:, list(columns)] * exposure, 0, dataset.period_weeks)
    return Reach(reach.carried, effective_media(own, reach.media), reach.media, reach.weights, reach.before)
