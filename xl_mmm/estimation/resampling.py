"""Moving-block bootstrap of residuals with a fixed design.

Blocks keep short-run autocorrelation; length ⌈1.5 T^⅓⌉. Residuals are centred and inflated by √(T / (T − p)), p
counting linear coefficients and transform parameters alike, because a search that fits 20 shape parameters leaves
residuals that are too small.

References
----------
Künsch (1989), "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def block_length(n_weeks: int) -> int:
    """Return the block length for a series of `n_weeks`."""
    return min(math.ceil(1.5 * math.cbrt(n_weeks)), n_weeks)


def moving_blocks(residual: Array, n_parameters: int, n_draws: int, rng: np.random.Generator) -> Array:
    """Draw resampled residual series.

    Parameters
    ----------
    residual
        (week,) residuals of the fit.
    n_parameters
        Everything that was estimated.
    n_draws
        Series to draw.
    rng
        Source of randomness.

    Returns
    -------
    (draw, week)
    """
    weeks = len(residual)
    length = block_length(weeks)
    inflation = math.sqrt(weeks / max(weeks - n_parameters, 1))
    centred = (residual - residual.mean()) * inflation
    n_blocks = math.ceil(weeks / length)
    starts = rng.integers(0, weeks - length + 1, size=(n_draws, n_blocks))
    index = (starts[:, :, None] + np.arange(length)).reshape(n_draws, -1)[:, :weeks]
    drawn: Array = centred[index]
    return drawn
