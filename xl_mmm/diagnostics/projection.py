"""What a set of columns explains of a target; dependent columns are allowed, since no coefficient is read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def unit_columns(columns: Array) -> Array:
    """Scale each column to length one; zero columns stay zero."""
    length = np.linalg.norm(columns, axis=0)
    scaled: Array = columns / np.where(length > 0, length, 1.0)
    return scaled


def explained(columns: Array, target: Array) -> Array:
    """Return the least-squares fit of `target` (n_rows,) or (n_rows, n_targets) on `columns` (n_rows, n_columns)."""
    scaled = unit_columns(columns)
    coefficient, *_ = np.linalg.lstsq(scaled, target, rcond=1e-10)
    fitted: Array = scaled @ coefficient
    return fitted


def rank(columns: Array) -> int:
    """Return the number of independent columns, whatever their units."""
    return int(np.linalg.matrix_rank(unit_columns(columns), tol=1e-10 * max(columns.shape))) if columns.size else 0
