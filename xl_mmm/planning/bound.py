"""How far a channel's averaged response can rise above the straight lines between tabulated points.

On a step of length h a curve lies at most h²/8 · max(−f″) above its chord. For Hill curves −u²S″ = a S(1 − S)
[1 + a(2S − 1)], and S rises with the multiple, so the values at the ends of a step bound it for every draw and week;
a week can also never exceed the value at the step's end. (Curves that are concave in every draw lie below the tangents
at both ends; see `table`.) Bounds need media that do not hurt (coefficients of zero or more).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import SMALLEST_MULTIPLE, Reach
from xl_mmm.measures.draws import weighted
from xl_mmm.response import MediaParameters, saturate, slope_times_media

if TYPE_CHECKING:
    from xl_mmm.measures.curves import ResponseCurves

Array = NDArray[np.float64]

CELLS = 40_000  # draws x weeks x channels worked on at once, so that steps of one formula stay in the cache
STEEPEST = 1e150  # stands for gain / u at u = 0; its square is a number


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Curves at points.

    Attributes
    ----------
    draws, slope
        (draw, point, channel) revenue, and d revenue / d multiple.
    excess
        (step, channel) how far the draws' mean revenue can rise above each chord; zero where not asked for.
    falling
        (step, channel) whether its slope is proven to fall all along the step; true where not asked for.
    """

    draws: Array
    slope: Array
    excess: Array
    falling: NDArray[np.bool_]


def concave(media: MediaParameters, columns: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return whether each column's response is concave in every draw: every family but Hill with a slope above 1."""
    return np.array(
        [media.saturation[k] != "hill" or bool((media.values["slope"][:, k] <= 1).all()) for k in columns], dtype=bool
    )


def scan(curves: ResponseCurves, multiples: Array, bent: NDArray[np.bool_] | None = None) -> Scan:
    """Evaluate curves at points, and bound them between.

    Parameters
    ----------
    curves
        The model's responses.
    multiples
        (point, channel), not decreasing down a column.
    bent
        (channel,) whether bounds are wanted; Hill columns only. None for none.
    """
    wanted = np.zeros(multiples.shape[1], dtype=bool) if bent is None else bent
    steps = (len(multiples) - 1, multiples.shape[1])
    draws, slope, excess, bend = [], [], np.zeros(steps), np.zeros(steps)
    for reach in curves.reaches:
        rows = max(1, CELLS // max(reach.gain[0].size, 1))
        for first in range(0, len(reach.gain), rows):
            part = _draws(reach, slice(first, first + rows))
            values, slopes, found = _values(part, multiples)
            draws.append(values)
            slope.append(slopes)
            if wanted.any():
                own = found if wanted.all() else [at.columns(wanted) for at in found]
                over, up = _steps(part if wanted.all() else _columns(part, wanted), multiples[:, wanted], own)
                excess[:, wanted] += over
                bend[:, wanted] += up
    return Scan(np.concatenate(draws), np.concatenate(slope), excess / curves.posterior.n_draws, bend <= 0)


def _values(reach: Reach, multiples: Array) -> tuple[Array, Array, list[_At]]:
    """Return revenue and slope, (draw, point, channel), and what `_steps` needs of each point."""
    only_hill = all(family == "hill" for family in reach.media.saturation)
    values, slopes, found = [], [], []
    for point in multiples:
        at = _at(reach, point)
        found.append(at)
        values.append(reach.media.coefficient * (weighted(at.s, reach.weights) - reach.before))
        shifted = np.maximum(point, SMALLEST_MULTIPLE)
        near = at if (shifted == point).all() else _at(reach, shifted)
        if only_hill:
            steep = near.s * (1 - near.s)
            steep *= reach.media.values["slope"][:, None, :]
        else:
            steep = slope_times_media(reach.carried + shifted * reach.gain, reach.media)
        steep *= near.share
        slopes.append(reach.media.coefficient * weighted(steep, reach.weights))
    return np.stack(values, axis=1), np.stack(slopes, axis=1), found


def _steps(reach: Reach, multiples: Array, at: list[_At]) -> tuple[Array, Array]:
    """Return sums over draws and weeks: each step's excess, and a bound of its second derivative; (step, channel)."""
    a, worth = reach.media.values["slope"][:, None, :], reach.media.coefficient
    excess = np.zeros((len(multiples) - 1, multiples.shape[1]))
    bend = np.zeros_like(excess)
    curved = [one.s * (1 - one.s) for one in at]
    for j in range(len(excess)):
        before, after, first, last = at[j].s, at[j + 1].s, curved[j], curved[j + 1]
        widest = np.maximum(first, last)
        widest[(before < 0.5) & (after > 0.5)] = 0.25
        share = at[j].share**2
        widest *= a * share
        most = np.minimum(
            np.maximum(1 + a * (2 * after - 1), 0) * widest * ((multiples[j + 1] - multiples[j]) ** 2 / 8),
            after - before,
        )
        excess[j] = np.einsum("dtk,t,dk->k", most, reach.weights, worth)
        turn = 1 + a * (2 * before - 1)  # below zero: the curve may bend upwards at the step's start
        narrow = np.minimum(first, last) * a * at[j + 1].share ** 2
        bend[j] = np.einsum("dtk,t,dk->k", -turn * np.where(turn < 0, widest, narrow), reach.weights, worth)
    return excess, bend


@dataclass(frozen=True, slots=True, eq=False)
class _At:
    """S, and gain / u: how much of effective media a multiple moves, per unit of it; (draw, week, channel)."""

    s: Array
    share: Array

    def columns(self, columns: NDArray[np.bool_]) -> _At:
        """Return some columns."""
        return _At(self.s[:, :, columns], self.share[:, :, columns])


def _at(reach: Reach, multiples: Array) -> _At:
    """Evaluate at multiples (channel,)."""
    u = reach.carried + multiples * reach.gain
    steepest = np.where(reach.gain > 0, STEEPEST, 0.0)
    return _At(saturate(u, reach.media), np.divide(reach.gain, u, out=steepest, where=u > reach.gain / STEEPEST))


def _draws(reach: Reach, rows: slice) -> Reach:
    """Return some draws of a reach."""
    return Reach(
        reach.carried[rows], reach.gain[rows], reach.media.take(rows), reach.weights, reach.before[rows]
    )  # fmt: skip


def _columns(reach: Reach, columns: NDArray[np.bool_]) -> Reach:
    """Return some columns of a reach."""
    media, chosen = reach.media, np.flatnonzero(columns).tolist()
    own = MediaParameters(
        tuple(media.names[k] for k in chosen), tuple(media.adstock[k] for k in chosen),
        tuple(media.saturation[k] for k in chosen), tuple(media.max_lag[k] for k in chosen),
        {name: values[:, columns] for name, values in media.values.items()}, media.coefficient[:, columns],
    )  # fmt: skip
    return Reach(reach.carried[:, :, columns], reach.gain[:, :, columns], own, reach.weights, reach.before[:, columns])
