"""How good a forecast was: of one number, and of a whole distribution."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def weighted_error(actual: Array, predicted: Array) -> float:
    """Return wMAPE = Σ |actual - predicted| / Σ |actual|; NaN when the actuals are all zero."""
    size = float(np.abs(actual).sum())
    return float(np.abs(actual - predicted).sum()) / size if size > 0 else float("nan")


def crps(draws: Array, actual: Array) -> Array:
    """Return the continuous ranked probability score of draws, in the unit of what is forecast; 0 is perfect.

    CRPS = E|X − y| − ½ E|X − X′| over draws X, X′: the absolute error of a forecast that is one number, less for a
    distribution that is narrow where the actual falls. Of draws in order, ½ E|X − X′| = Σ_i (2i − n − 1) x_i / n².

    Parameters
    ----------
    draws
        (draw, ...).
    actual
        (...).

    Returns
    -------
    (...)

    References
    ----------
    Gneiting and Raftery (2007), "Strictly proper scoring rules, prediction, and estimation", JASA 102.

    Examples
    --------
    >>> crps(np.array([[0.0], [2.0]]), np.array([1.0]))
    array([0.5])
    """
    n = len(draws)
    weight = (2.0 * np.arange(1, n + 1) - n - 1) / n**2
    spread = np.tensordot(weight, np.sort(draws, axis=0), axes=1)
    score: Array = np.abs(draws - actual).mean(axis=0) - spread
    return score
