"""The likelihood of what media leave unexplained, with the linear block integrated out.

    r = Z γ + ε,   γ ~ N(0, V(τ)),   ε_t = ρ ε_(t−1) + ν_t,   ν ~ N(0, σ²),   ε stationary

The precision of ε is P / σ² with P tridiagonal: ones at both ends, 1 + ρ² between, −ρ beside; |P| = 1 − ρ². With
G = Z'PZ / σ² + V⁻¹ and γ̂ = G⁻¹ Z'P r / σ²

    −2 ln p(r) = T ln 2π + 2 T ln σ − ln(1 − ρ²) + ln |G| + ln |V| + e'P e / σ² + γ̂'V⁻¹ γ̂,   e = r − Z γ̂

Z'PZ is quadratic in ρ, so it costs nothing a step. The columns of Z are scaled so that V = I but for the knots, τ² I.
Arrays end in the draws, as in `forward`, and r is in units of the mean KPI.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LinearBlock:
    """The linear columns.

    Attributes
    ----------
    z
        (week, linear), scaled to unit prior variance (knots: to τ²).
    knots
        (linear,) which columns are knots.
    moments
        (3 linear, week): Z'P = the first third + ρ the second + ρ² the last.
    gram
        (linear linear, 3): Z'PZ in the same way.
    """

    z: Array
    knots: NDArray[np.bool_]
    moments: Array
    gram: Array

    @classmethod
    def of(cls, z: Array, knots: NDArray[np.bool_]) -> LinearBlock:
        """Prepare the columns."""
        beside, between = np.zeros_like(z), z.copy()
        beside[1:] -= z[:-1]
        beside[:-1] -= z[1:]
        between[[0, -1]] = 0
        moments = np.stack([z.T, beside.T, between.T])
        gram = np.matmul(moments, z).reshape(3, -1).T
        return cls(z, knots, moments.reshape(-1, len(z)), np.ascontiguousarray(gram))


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """The log likelihood of a batch, and its derivatives.

    Attributes
    ----------
    value
        (draw,).
    by_residual
        (week, draw) in r.
    by_log_sigma, by_rho, by_log_smoothness
        (draw,).
    """

    value: Array
    by_residual: Array
    by_log_sigma: Array
    by_rho: Array
    by_log_smoothness: Array


def marginal(block: LinearBlock, r: Array, sigma: Array, rho: Array, smoothness: Array) -> Marginal:
    """Evaluate ln p(r) for a batch.

    Parameters
    ----------
    block
        Linear columns.
    r
        (week, draw) KPI less media.
    sigma, rho, smoothness
        (draw,).
    """
    n_weeks, n_knots = len(r), int(block.knots.sum())
    precision = _prior_precision(block, smoothness)
    g, moment = _posterior(block, r, sigma, rho, precision)
    inverse, log_det = inverted(g)
    mean = np.einsum("ijb,jb->ib", inverse, moment)
    left = r - block.z @ mean
    weighted = left_precision(left, rho, sigma**-2.0)  # P e / σ²
    ends, lagged = left[0] ** 2 + left[-1] ** 2, np.einsum("tb,tb->b", left[1:], left[:-1])
    inner, pull = np.einsum("tb,tb->b", left, left) - ends, mean**2 * precision
    square = (inner + ends + rho * (rho * inner - 2 * lagged)) / sigma**2
    value = -0.5 * (
        n_weeks * np.log(2 * np.pi) + 2 * n_weeks * np.log(sigma) - np.log1p(-(rho**2)) + log_det
        + 2 * n_knots * np.log(smoothness) + square + pull.sum(axis=0)
    )  # fmt: skip
    freedom = np.einsum("jjb->jb", inverse) * precision  # share of each coefficient's variance that the prior leaves
    of_z = block.gram[:, 1:].T @ inverse.reshape(-1, len(rho))  # tr(G⁻¹ gram) of ρ and of ρ²
    by_rho = of_z[0] + 2 * rho * of_z[1] + 2 * rho * inner - 2 * lagged
    return Marginal(
        value, -weighted, square - n_weeks + (1 - freedom).sum(axis=0),
        -rho / (1 - rho**2) - 0.5 * by_rho / sigma**2, (pull + freedom)[block.knots].sum(axis=0) - n_knots,
    )  # fmt: skip


def inverted(g: Array) -> tuple[Array, Array]:
    """Return the inverse (n, n, draw) and ln |G| (draw,) of positive definite G, by sweeping row after row.

    The batch is swept at once, which LAPACK's routines, matrix after matrix, take three times as long for; and one
    chain far out, whose G is not definite in floating point, gets NaN and does not refuse the others.
    """
    a, product, pivots = g.copy(), np.empty_like(g), np.empty(g.shape[1:])
    for k, pivot in enumerate(pivots):
        pivot[:] = a[k, k]
        before = a[k].copy()
        after = before / pivot
        np.multiply(before[:, None], after, out=product)
        a -= product
        a[k] = a[:, k] = after
        a[k, k] = -1 / pivot
    return np.negative(a, out=a), np.log(pivots).sum(axis=0)


def linear_mean(block: LinearBlock, r: Array, sigma: Array, rho: Array, smoothness: Array) -> Array:
    """Return γ̂, the mean of γ given everything else, (draw, linear)."""
    g, moment = _posterior(block, r, sigma, rho, _prior_precision(block, smoothness))
    return np.asarray(np.linalg.solve(g.transpose(2, 0, 1), moment.T[:, :, None])[:, :, 0])


def draw_linear(
    block: LinearBlock, r: Array, sigma: Array, rho: Array, smoothness: Array, rng: np.random.Generator
) -> Array:
    """Draw γ given everything else, one draw a row, (draw, linear): N(γ̂, G⁻¹)."""
    g, moment = _posterior(block, r, sigma, rho, _prior_precision(block, smoothness))
    factor = np.linalg.cholesky(g.transpose(2, 0, 1))
    noise = rng.normal(size=moment.T.shape)
    half = np.linalg.solve(factor, moment.T[:, :, None])[:, :, 0] + noise
    return np.asarray(np.linalg.solve(factor.transpose(0, 2, 1), half[:, :, None])[:, :, 0])


def left_precision(e: Array, rho: Array, weight: Array) -> Array:
    """Return P e times a weight, (week, draw); `weight` (draw,)."""
    beside = rho * weight * e
    out = ((1 + rho**2) * weight) * e
    out[1:] -= beside[:-1]
    out[:-1] -= beside[1:]
    out[[0, -1]] -= rho * beside[[0, -1]]
    return out


def _prior_precision(block: LinearBlock, smoothness: Array) -> Array:
    """Return the diagonal of V⁻¹, (linear, draw)."""
    return np.where(block.knots[:, None], smoothness**-2.0, 1.0)


def _posterior(block: LinearBlock, r: Array, sigma: Array, rho: Array, precision: Array) -> tuple[Array, Array]:
    """Return G (linear, linear, draw) and Z'P r / σ² (linear, draw)."""
    weight, every, n = sigma**-2.0, np.arange(len(precision)), len(precision)
    g = (block.gram @ np.stack([weight, rho * weight, rho**2 * weight])).reshape(n, n, -1)
    g[every, every] += precision
    first, second, third = (block.moments @ r).reshape(3, n, -1)
    return g, (first + rho * (second + rho * third)) * weight
