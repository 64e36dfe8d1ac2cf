"""Whose word the ranges are: the planner's, or the data's (`xl_mmm.estimation.bayes.power_scaling`).

The priors of all sizes, those of all transforms, and what the data say (with lift tests, if there are any) are each
raised to a power in turn; what is watched is the logarithm of each free size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.parameters import SIZE
from xl_mmm.estimation.bayes.power_scaling import sensitivity
from xl_mmm.estimation.bayes.target import Target
from xl_mmm.posterior import PriorSensitivity

Array = NDArray[np.float64]

FEWEST_DRAWS = 100  # below which a distribution has no shape
BLOCK = 128  # draws worked on at once
LIMIT = 0.05  # of Kallioinen et al. (2024)


def prior_sensitivity(target: Target, q: Array, value: Array) -> PriorSensitivity | None:
    """Judge draws of a target; None when too few were kept or every size is fixed.

    Parameters
    ----------
    target
        What was sampled.
    q, value
        (draw, coordinate), and the log density there (draw,).
    """
    at = target.parameters.find(SIZE)
    if len(q) < FEWEST_DRAWS or not len(at):
        return None
    blocks = [q[i : i + BLOCK] for i in range(0, len(q), BLOCK)]
    sizes, transforms, rest = (np.concatenate(part) for part in zip(*map(target.log_priors, blocks), strict=True))
    columns = [target.parameters.coordinates[j].column for j in at]
    data = value - sizes - transforms - rest
    moved: list[list[float | None]] = [[None] * len(target.unit) for _ in range(3)]
    for own, found in zip(moved, sensitivity(q[:, at], np.stack([sizes, transforms, data])), strict=True):
        for column, far in zip(columns, found, strict=True):
            own[column] = float(far)
    by_sizes, by_transforms, by_data = map(tuple, moved)
    return PriorSensitivity(by_sizes, by_transforms, by_data, LIMIT)
