"""What a search is given: exposure, families, coordinates, baseline, penalty.

Media columns are standardised (unit standard deviation), so a penalty means the same in any currency.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.linear import Basis
from xl_mmm.estimation.search_space import SearchSpace
from xl_mmm.response import MediaBlock, MediaParameters

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Penalty:
    """What is added to half the residual sum of squares, on standardised media coefficients.

    Attributes
    ----------
    l1, l2
        Weights of Σ c and of ½ Σ c².
    shape
        Weight of the transforms' weak priors: the noise variance that makes them a proper log density.
    """

    l1: float = 0.0
    l2: float = 0.0
    shape: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Data of a search.

    Attributes
    ----------
    block
        Exposure, history first.
    families
        Transforms of the columns; its draws are not used.
    space
        Free coordinates.
    basis
        Factored baseline and controls in the window, (week, design column).
    """

    block: MediaBlock
    families: MediaParameters
    space: SearchSpace
    basis: Basis

    def parameters(self, theta: Array) -> MediaParameters:
        """Return the transforms at coordinates (batch, coordinate)."""
        f = self.families
        values = self.space.values(theta)
        return MediaParameters(
            f.names, f.adstock, f.saturation, f.max_lag, values, np.ones((len(theta), self.space.n_columns))
        )


def column_spread(s: Array) -> Array:
    """Return the standard deviation of each column over the weeks, kept above zero, (batch, 1, column)."""
    deviation: Array = np.maximum(s.std(axis=1, keepdims=True), 1e-12)
    return deviation
