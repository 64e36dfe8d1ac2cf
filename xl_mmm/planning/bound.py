"""How far a channel's averaged response can rise above the straight lines between tabulated points.

On a step of length h a curve lies at most h²/8 · max(−f″) above its chord. For Hill curves −u²S″ = a S(1 − S)
[1 + a(2S − 1)], and S rises with the multiple, so the values at the ends of a step bound it for every draw and week;
a week can also never exceed the value at the step's end. Curves that are concave in every draw are bounded by the
tangents at both ends instead. All bounds need media that do not hurt (coefficients of zero or more).
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.response import outcome_weights, saturate

if TYPE_CHECKING:
    from xl_mmm.measures.curves import Reach, ResponseCurves
    from xl_mmm.response import MediaParameters

Array = NDArray[np.float64]

STEEPEST = 1e150  # stands for gain / u at u = 0; its square is a number


def concave(media: MediaParameters, columns: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return whether each column's response is concave in every draw: every family but Hill with a slope above 1."""
    return np.array(
        [media.saturation[k] != "hill" or bool((media.values["slope"][:, k] <= 1).all()) for k in columns], dtype=bool
    )


def tangent_excess(x: Array, value: Array, slope: Array) -> Array:
    """Return how far a concave curve can rise above each chord, (step, channel): where the end tangents meet."""
    h = np.diff(x, axis=0)
    chord = np.diff(value, axis=0) / h
    before, after = np.maximum(slope[:-1] - chord, 0), np.maximum(chord - slope[1:], 0)
    both = before + after
    excess: Array = np.divide(before * after * h, both, out=np.zeros_like(h), where=both > 0)
    return excess


def hill_excess(curves: ResponseCurves, multiples: Array) -> Array:
    """Return how far the draws' mean revenue can rise above each chord, (step, channel) money.

    Parameters
    ----------
    curves
        Hill columns.
    multiples
        (point, channel), increasing.
    """
    weights, n_draws = outcome_weights(curves.posterior.dataset), curves.posterior.n_draws
    total = np.zeros((len(multiples) - 1, multiples.shape[1]))
    for reach in curves.reaches:
        before = saturate(reach.carried + multiples[0] * reach.gain, reach.media)
        for j, (start, end) in enumerate(pairwise(multiples)):
            after = saturate(reach.carried + end * reach.gain, reach.media)
            total[j] += _step_excess(reach, start, end, before, after, weights)
            before = after
    return total / n_draws


def _step_excess(reach: Reach, start: Array, end: Array, before: Array, after: Array, weights: Array) -> Array:
    """Sum over draws and weeks of one step's excess, (channel,)."""
    a = reach.media.values["slope"][:, None, :]
    middle = (before < 0.5) & (after > 0.5)
    spread = np.where(middle, 0.25, np.maximum(before * (1 - before), after * (1 - after)))
    bend = a * spread * np.maximum(1 + a * (2 * after - 1), 0)
    u = reach.carried + start * reach.gain
    steepest = np.where(reach.gain > 0, STEEPEST, 0.0)
    share = np.divide(reach.gain, u, out=steepest, where=u > reach.gain / STEEPEST)
    bend *= share**2
    excess = np.minimum(bend * (end - start) ** 2 / 8, after - before)
    summed: Array = np.einsum("dtk,t,dk->k", excess, weights, reach.media.coefficient)
    return summed
