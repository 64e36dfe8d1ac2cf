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


def sensitivity(values: Array, log_parts: Array) -> Array:
    """Return how far each quantity moves per doubling of a part's power, (part, quantity); above 0.05 counts as moved.

    Parameters
    ----------
    values
        (draw, quantity).
    log_parts
        (part, draw) logarithm of the parts of the density that are raised to a power, each in turn.
    """
    away = (log_parts - log_parts.mean(axis=1, keepdims=True))[:, None]
    weights = np.exp((np.array(POWERS)[:, None] - 1) * away)  # (part, power, draw)
    moved = np.empty((len(log_parts), len(POWERS), values.shape[1]))
    for j, order in enumerate(np.argsort(values, axis=0).T):
        x = values[order, j]
        for place in np.ndindex(moved.shape[:2]):
            own = weights[place][order]
            moved[place][j] = max(cjs_distance(x, own), cjs_distance(-x[::-1], own[::-1]))
    return np.asarray((moved / np.abs(np.log2(POWERS))[:, None]).mean(axis=1))


def cjs_distance(x: Array, weights: Array) -> float:
    """Return the cumulative Jensen-Shannon distance between draws and the same draws weighted (Nguyen 2015).

    Both (draw,), in ascending order of the draws.
    """
    width = np.diff(x)
    plain = np.arange(1, len(x)) / len(x)
    moved = np.cumsum(weights / weights.sum())[:-1]
    log_middle = np.log2((plain + moved) / 2)
    gap = float(width @ (moved - plain)) / (2 * np.log(2))
    there = float(width @ (plain * (np.log2(plain) - log_middle))) + gap
    back = float(width @ (moved * (np.log2(moved) - log_middle))) - gap
    both = float(width @ (plain + moved))
    return float(np.sqrt((max(there, 0.0) + max(back, 0.0)) / both)) if both > 0 else 0.0
