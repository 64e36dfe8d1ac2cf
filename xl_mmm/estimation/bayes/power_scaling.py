"""How far draws move when a part of the density they were drawn from is raised to a power (Kallioinen et al. 2024).

A prior or a likelihood p to the power α re-weights draws by p^(α − 1). The move of one quantity is the cumulative
Jensen-Shannon distance between its plain and its re-weighted distribution, per doubling of the power; α so near one
that no weight needs smoothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

POWERS = (0.99, 1.01)


def sensitivity(values: Array, log_part: Array) -> Array:
    """Return how far each quantity moves per doubling of the power, (quantity,); above 0.05 counts as moved.

    Parameters
    ----------
    values
        (draw, quantity).
    log_part
        (draw,) logarithm of the part of the density that is raised to a power.
    """
    each = []
    for power in POWERS:
        log_weights = (power - 1) * (log_part - log_part.mean())
        weights = np.exp(log_weights)
        distance = [max(cjs_distance(x, weights), cjs_distance(-x, weights)) for x in values.T]
        each.append(np.array(distance) / abs(np.log2(power)))
    return np.asarray(np.mean(each, axis=0))


def cjs_distance(x: Array, weights: Array) -> float:
    """Return the cumulative Jensen-Shannon distance between draws (draw,) and the same draws weighted (Nguyen 2015)."""
    order = np.argsort(x, kind="stable")
    width = np.diff(x[order])
    plain = np.arange(1, len(x)) / len(x)
    moved = np.cumsum(weights[order] / weights.sum())[:-1]
    log_middle = np.log2((plain + moved) / 2)
    gap = float(width @ (moved - plain)) / (2 * np.log(2))
    there = float(width @ (plain * (np.log2(plain) - log_middle))) + gap
    back = float(width @ (moved * (np.log2(moved) - log_middle))) - gap
    both = float(width @ (plain + moved))
    return float(np.sqrt((max(there, 0.0) + max(back, 0.0)) / both)) if both > 0 else 0.0
