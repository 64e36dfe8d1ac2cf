"""Whether chains agree and how much independent information they hold.

The same figures as `arviz_stats` (`tests/estimation/bayes/test_convergence.py`), for many quantities at once and
without the second its import takes. Draws are (draw, chain, quantity); chains that began at one point make a
superchain.

References
----------
Margossian et al. (2024), "Nested R-hat: assessing the convergence of Markov chain Monte Carlo when running many short
chains". Vehtari et al. (2021), "Rank-normalization, folding, and localization: an improved R-hat".
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.normal import scores

Array = NDArray[np.float64]


def nested_r_hat(draws: Array, superchain: NDArray[np.intp]) -> Array:
    """Return the rank-normalized split nested R-hat, the larger of bulk and folded, (quantity,).

    Parameters
    ----------
    draws
        (draw, chain, quantity), at least four draws.
    superchain
        (chain,) numbers from 0 on, each as often as the others.
    """
    halves, groups = _split(draws), np.concatenate([superchain, superchain])
    folded = np.abs(halves - np.median(halves, axis=(0, 1)))
    return np.maximum(_nested(_normal_scores(halves), groups), _nested(_normal_scores(folded), groups))


def quantile_ess(draws: Array, probability: float) -> Array:
    """Return the effective sample size of the quantile at `probability`, (quantity,)."""
    below = draws <= np.quantile(draws, probability, axis=(0, 1))
    return effective_size(_split(below.astype(float)))


def effective_size(draws: Array) -> Array:
    """Return the effective sample size of the mean of (draw, chain, quantity), (quantity,).

    Autocorrelations are summed by Geyer's initial monotone sequence of pairs; a quantity that never changes counts all
    its draws.
    """
    n_draws, n_chains, n_quantities = draws.shape
    longest = 1 << (2 * n_draws - 1).bit_length()
    length = min(size for size in (longest * 5 // 8, longest * 3 // 4, longest) if size >= 2 * n_draws - 1)
    series = np.ascontiguousarray((draws - draws.mean(axis=0)).transpose(2, 1, 0))
    frequency = np.fft.rfft(series, n=length, axis=2)
    power = sum(np.einsum("qcf,qcf->qf", part, part) for part in (frequency.real, frequency.imag)) / n_chains
    covariance = np.fft.irfft(power, n=length, axis=1)[:, :n_draws].T / n_draws  # (lag, quantity), mean over chains
    within = covariance[0] * n_draws / (n_draws - 1)
    total = covariance[0] + (draws.mean(axis=0).var(axis=0, ddof=1) if n_chains > 1 else 0.0)
    still = np.ptp(draws, axis=(0, 1)) < np.finfo(float).resolution
    correlation = 1 - (within - covariance) / np.where(still, 1.0, total)
    correlation[0] = 1.0
    size = float(n_draws * n_chains)
    times = [_autocorrelation_time(correlation[:, j], size) for j in range(n_quantities)]
    return np.where(still, size, size / np.array(times))


def _autocorrelation_time(correlation: Array, size: float) -> float:
    """Return 1 + 2 Σ ρ_t over Geyer's initial monotone sequence, at least 1 / log10(size)."""
    n = len(correlation)
    kept = np.zeros(n)
    kept[:2] = even, odd = correlation[0], correlation[1]
    t = 1
    while t < n - 3 and even + odd > 0:
        even, odd = correlation[t + 1], correlation[t + 2]
        if even + odd >= 0:
            kept[t + 1 : t + 3] = even, odd
        t += 2
    last = t - 2
    if even > 0:
        kept[last + 1] = even
    for t in range(1, last - 1, 2):
        if kept[t + 1] + kept[t + 2] > kept[t - 1] + kept[t]:
            kept[t + 1 : t + 3] = (kept[t - 1] + kept[t]) / 2
    total = -1 + 2 * kept[: last + 1].sum() + kept[last + 1 : last + 2].sum()
    return float(max(total, 1 / np.log10(size)))


def _split(draws: Array) -> Array:
    """Return both halves of each chain as chains of their own; the middle draw of an odd number is left out."""
    half = len(draws) // 2
    return np.concatenate([draws[:half], draws[-half:]], axis=1)


def _normal_scores(draws: Array) -> Array:
    """Return each quantity's ranks as normal scores (Blom), ties at their mean rank."""
    return scores(draws.reshape(-1, draws.shape[2])).reshape(draws.shape)


def _nested(draws: Array, superchain: NDArray[np.intp]) -> Array:
    """Return √(1 + B / W): variance between superchains' means over the mean variance inside a superchain."""
    mean, variance = draws.mean(axis=0), draws.var(axis=0, ddof=1)  # (chain, quantity)
    groups = np.stack([mean[superchain == k] for k in range(superchain.max() + 1)])  # (superchain, member, quantity)
    inside = np.stack([variance[superchain == k].mean(axis=0) for k in range(superchain.max() + 1)])
    if groups.shape[1] > 1:
        inside = inside + groups.var(axis=1, ddof=1)
    return np.asarray(np.sqrt(1 + groups.mean(axis=1).var(axis=0, ddof=1) / inside.mean(axis=0)))
