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
    untied = _untied(n)
    order = np.argsort(values, axis=0, kind="stable")
    out = np.empty(values.shape)
    for j, own in enumerate(order.T):
        ordered = values[own, j]
        new = np.concatenate([[True], ordered[1:] != ordered[:-1]])
        if new.all():
            out[own, j] = untied
        else:
            first = np.flatnonzero(new)
            count = np.diff(np.append(first, n))
            out[own, j] = np.repeat(_blom(first + (count + 1) / 2, n), count)
    return out


def _blom(rank: Array, n: int) -> Array:
    """Return the normal scores of ranks (from 1) among `n`."""
    return quantile((rank - 0.375) / (n + 0.25))


@lru_cache(maxsize=8)
def _untied(n: int) -> Array:
    """Return the normal scores of the ranks 1 to `n`."""
    table = _blom(np.arange(1.0, n + 1), n)
    table.flags.writeable = False
    return table
