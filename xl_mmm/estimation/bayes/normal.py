"""The normal distribution from the standard library: SciPy's takes longer to import than a small model to sample."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def quantile(share: Array) -> Array:
    """Return the standard normal quantiles at shares in (0, 1), any shape; each distinct share is computed once."""
    distinct, place = np.unique(share, return_inverse=True)
    return np.array([NormalDist().inv_cdf(float(p)) for p in distinct])[place].reshape(share.shape)


def share_below(z: Array) -> Array:
    """Return the standard normal distribution function, any shape."""
    return np.array([NormalDist().cdf(float(x)) for x in z.ravel()]).reshape(z.shape)


def scores(values: Array) -> Array:
    """Return the normal scores (Blom) of the ranks of each column of (row, column), ties at their mean rank."""
    n = len(values)
    order = np.argsort(values, axis=0, kind="stable")
    out = np.empty(values.shape)
    for j, own in enumerate(order.T):
        ordered = values[own, j]
        first = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
        count = np.diff(np.append(first, n))
        out[own, j] = np.repeat(first + (count + 1) / 2, count)
    return quantile((out - 0.375) / (n + 0.25))
