"""The normal distribution from the standard library: SciPy's takes longer to import than a small model to sample."""

from __future__ import annotations

from functools import lru_cache
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
    table = _scores_of_ranks(n)
    order = np.argsort(values, axis=0)
    out = np.empty(values.shape)
    for j, own in enumerate(order.T):
        ordered = values[own, j]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        if new.all():
            out[own, j] = table[::2]
        else:
            first = np.flatnonzero(new)
            count = np.diff(np.append(first, n))
            out[own, j] = np.repeat(table[2 * first + count - 1], count)
    return out


@lru_cache(maxsize=8)
def _scores_of_ranks(n: int) -> Array:
    """Return the normal scores of the ranks 1, 1½, 2, ..., n among `n`: a mean of successive ranks is one of them."""
    table = quantile((np.arange(1.0, n + 0.25, 0.5) - 0.375) / (n + 0.25))
    table.flags.writeable = False
    return table
