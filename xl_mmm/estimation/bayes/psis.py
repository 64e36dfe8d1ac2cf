"""Leaving one week out of a posterior without sampling it again: Pareto-smoothed importance sampling.

The same figures as `arviz_stats` (`tests/estimation/bayes/test_psis.py`), for all weeks at once and without the second
its import takes. Arrays are (draw, week).

References
----------
Vehtari, Simpson, Gelman, Yao and Gabry (2024), "Pareto smoothed importance sampling". Zhang and Stephens (2009), "A new
and efficient estimation method for the generalized Pareto distribution".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEWEST_TAIL = 5  # draws that a tail must have to be fitted
HIGHEST_K = 0.7  # beyond it smoothing is unreliable however many draws there are
PRIOR_K, PRIOR_DRAWS = 0.5, 10.0  # the fit's weak prior on k, and the draws it is worth


def left_out(log_density: Array) -> tuple[Array, Array]:
    """Return each week's log density under the posterior without it, and the k of its weights, both (week,).

    Parameters
    ----------
    log_density
        (draw, week) of each week given the draw, from the posterior with all weeks.

    Raises
    ------
    ValueError
        Too few draws for a tail.
    """
    weight, k = smoothed_weights(-log_density)
    return log_sum(log_density + weight), k


def highest_k(n_draws: int) -> float:
    """Return the k up to which so many draws suffice: min(1 − 1 / log10(draws), 0.7)."""
    return min(1 - 1 / float(np.log10(n_draws)), HIGHEST_K)


def smoothed_weights(log_ratio: Array) -> tuple[Array, Array]:
    """Return normalized log weights (draw, week) and the tails' k (week,).

    The largest ratios of each week are replaced by the quantiles of the generalized Pareto distribution that fits them,
    none above the largest as found. Where nothing can be fitted they stay, and k is infinite.

    Parameters
    ----------
    log_ratio
        (draw, week), up to a constant a week.
    """
    n = len(log_ratio)
    n_tail = int(3 * np.sqrt(n) if n > 225 else n / 5)
    if n_tail < FEWEST_TAIL:
        raise ValueError(f"{n} draws are too few; {5 * FEWEST_TAIL} at least")
    log_weight = log_ratio - log_ratio.max(axis=0)
    order = np.argsort(log_weight, axis=0)
    last = order[-n_tail:]
    tail = np.exp(np.take_along_axis(log_weight, last, axis=0))
    cutoff = np.exp(np.take_along_axis(log_weight, order[-n_tail - 1][None], axis=0))
    share = (np.arange(n_tail) + 0.5)[:, None] / n_tail
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        k, scale = fitted_pareto(tail - cutoff)
        smooth = np.log(cutoff + scale * np.expm1(-k * np.log1p(-share)) / k)
    k = np.where(np.isfinite(k) & np.isfinite(smooth).all(axis=0), k, np.inf)
    np.put_along_axis(log_weight, last, np.where(k < np.inf, np.minimum(smooth, 0.0), np.log(tail)), axis=0)
    return log_weight - log_sum(log_weight), k


def fitted_pareto(excess: Array) -> tuple[Array, Array]:
    """Return shape k and scale (week,) of the generalized Pareto distribution of ascending excesses (draw, week)."""
    n = len(excess)
    grid = 30 + int(np.sqrt(n))
    at = 1 - np.sqrt(grid / (np.arange(grid) + 0.5))
    b = at[:, None] / (3 * excess[int(n / 4 + 0.5) - 1]) + 1 / excess[-1]  # (grid, week)
    k = np.stack([np.log1p(-one * excess).mean(axis=0) for one in b])
    log_likelihood = n * (np.log(-b / k) - k - 1)
    weight = np.exp(log_likelihood - log_sum(log_likelihood))
    weight = np.where(weight >= 10 * np.finfo(float).eps, weight, 0.0)
    best = (b * weight).sum(axis=0) / weight.sum(axis=0)
    shape = np.log1p(-best * excess).mean(axis=0)
    return (n * shape + PRIOR_DRAWS * PRIOR_K) / (n + PRIOR_DRAWS), -shape / best


def log_sum(x: Array) -> Array:
    """Return ln Σ e^x over the first axis."""
    top = x.max(axis=0)
    return np.asarray(top + np.log(np.exp(x - top).sum(axis=0)))
