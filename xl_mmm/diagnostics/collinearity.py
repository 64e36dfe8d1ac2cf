"""How far columns can be told apart: variance inflation and condition index.

Conventions: `columns` is (n_rows, n_columns); a column that is (numerically) a combination of others has an infinite
variance inflation factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SINGULAR = 1e-10  # singular values below this share of the largest are zero


@dataclass(frozen=True, slots=True, eq=False)
class ConditionIndex:
    """Belsley's diagnosis of the weakest direction of a design.

    Attributes
    ----------
    index
        Largest singular value over smallest, columns scaled to unit length.
    shares
        (n_columns,) share of each column's variance that comes from the weakest direction.
    """

    index: float
    shares: Array


def variance_inflation(columns: Array) -> Array:
    """Return each column's variance inflation factor.

    VIF_j = 1 / (1 - R_j²), R_j² of column j on all the others and a constant. From the singular values s and right
    vectors V of the centered columns at unit length: VIF_j = Σ_i V_ji² / s_i².

    Parameters
    ----------
    columns
        (n_rows, n_columns), without the constant.

    Returns
    -------
    (n_columns,); inf for a combination of others, NaN for a constant column.

    Notes
    -----
    Marquardt (1970). Columns of equal content, 1 2 3 and 1 2 3, give inf; uncorrelated columns give 1.
    """
    centered = columns - columns.mean(axis=0)
    length = np.linalg.norm(centered, axis=0)
    constant = length <= 1e-12 * np.linalg.norm(columns, axis=0)
    factors = np.full(columns.shape[1], np.nan)
    usable = ~constant
    if not usable.any():
        return factors
    _, s, vt = np.linalg.svd(centered[:, usable] / length[usable], full_matrices=True)
    padded = np.zeros(vt.shape[0])
    padded[: s.size] = s
    null = padded <= SINGULAR * padded[0]
    weights = vt**2
    inflation = (weights[~null] / padded[~null, None] ** 2).sum(axis=0)
    # a column with weight in a null direction is a combination of others
    factors[usable] = np.where(weights[null].sum(axis=0) > SINGULAR, np.inf, inflation)
    return factors


def condition_index(columns: Array) -> ConditionIndex:
    """Return the condition index and which columns share the weakest direction.

    Parameters
    ----------
    columns
        (n_rows, n_columns), with the constant, not centered. Zero columns are left out (share 0).

    Notes
    -----
    Belsley, Kuh & Welsch (1980): share_j = (V_j,last² / s_last²) / Σ_i V_ji² / s_i²; two shares over one half name
    the pair.
    """
    length = np.linalg.norm(columns, axis=0)
    live = length > 0
    shares = np.zeros(columns.shape[1])
    if not live.any():
        return ConditionIndex(1.0, shares)
    _, s, vt = np.linalg.svd(columns[:, live] / length[live], full_matrices=False)
    if s[-1] <= SINGULAR * s[0] or columns.shape[0] < live.sum():
        shares[live] = vt[-1] ** 2 / (vt[-1] ** 2).max()
        return ConditionIndex(float("inf"), shares)
    parts = vt**2 / s[:, None] ** 2
    shares[live] = parts[-1] / parts.sum(axis=0)
    return ConditionIndex(float(s[0] / s[-1]), shares)


def closest(columns: Array, j: int) -> tuple[int, float]:
    """Return the column that moves most with column `j`, and their correlation.

    Constant columns count as uncorrelated; ties go to the first.
    """
    centered = columns - columns.mean(axis=0)
    length = np.linalg.norm(centered, axis=0)
    length[length == 0] = np.inf
    unit = centered / length
    correlation = unit.T @ unit[:, j]
    correlation[j] = 0.0
    partner = int(np.argmax(np.abs(correlation)))
    return partner, float(correlation[partner])
