"""The likelihood of what media leave unexplained, with the linear block integrated out.

    r = Z γ + ε,   γ ~ N(0, V(τ)),   ε_t = ρ ε_(t−1) + ν_t,   ν ~ N(0, σ²),   ε stationary

The precision of ε is P / σ² with P tridiagonal: ones at both ends, 1 + ρ² between, −ρ beside; |P| = 1 − ρ². With
G = Z'PZ / σ² + V⁻¹ and γ̂ = G⁻¹ Z'P r / σ²

    −2 ln p(r) = T ln 2π + 2 T ln σ − ln(1 − ρ²) + ln |G| + ln |V| + e'P e / σ² + γ̂'V⁻¹ γ̂,   e = r − Z γ̂

Z'PZ is quadratic in ρ, so it costs nothing a step. The columns of Z are scaled so that V = I but for the knots, τ² I.
Everything has a batch of chains in front, and r in units of the mean KPI.
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
    gram
        (3, linear, linear): Z'PZ = gram[0] + ρ gram[1] + ρ² gram[2].
    """

    z: Array
    knots: NDArray[np.bool_]
    gram: Array

    @classmethod
    def of(cls, z: Array, knots: NDArray[np.bool_]) -> LinearBlock:
        """Prepare the columns."""
        lagged = z[1:].T @ z[:-1]
        return cls(z, knots, np.stack([z.T @ z, -(lagged + lagged.T), z[1:-1].T @ z[1:-1]]))


@dataclass(frozen=True, slots=True, eq=False)
class Marginal:
    """The log likelihood of a batch, and its derivatives.

    Attributes
    ----------
    value
        (batch,).
    by_residual
        (batch, week) in r.
    by_log_sigma, by_rho, by_log_smoothness
        (batch,).
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
        (batch, week) KPI less media.
    sigma, rho, smoothness
        (batch,).
    """
    n_weeks, n_knots = r.shape[1], int(block.knots.sum())
    precision = _prior_precision(block, smoothness)
    g, moment = _posterior(block, r, sigma, rho, precision)
    inverse, log_det = inverted(g)
    mean = np.matmul(inverse, moment[:, :, None])[:, :, 0]
    left = r - mean @ block.z.T
    weighted = left_precision(left, rho) / sigma[:, None] ** 2  # P e / σ²
    log_det = log_det + 2 * n_knots * np.log(smoothness)
    square, pull = (left * weighted).sum(axis=1), mean**2 * precision
    value = -0.5 * (
        n_weeks * np.log(2 * np.pi) + 2 * n_weeks * np.log(sigma) - np.log1p(-(rho**2)) + log_det
        + square + pull.sum(axis=1)
    )  # fmt: skip
    freedom = np.einsum("bjj->bj", inverse) * precision  # share of each coefficient's variance that the prior leaves
    slope = block.gram[1] + 2 * rho[:, None, None] * block.gram[2]  # of Z'PZ in ρ
    inner = 2 * rho * (left[:, 1:-1] ** 2).sum(axis=1) - 2 * (left[:, 1:] * left[:, :-1]).sum(axis=1)
    spread = np.einsum("bij,bij->b", inverse, slope)
    return Marginal(
        value, -weighted, square - n_weeks + (1 - freedom).sum(axis=1),
        -rho / (1 - rho**2) - 0.5 * (spread + inner) / sigma**2,
        (pull + freedom)[:, block.knots].sum(axis=1) - n_knots,
    )  # fmt: skip


def inverted(g: Array) -> tuple[Array, Array]:
    """Return the inverse (batch, n, n) and ln |G| (batch,) of positive definite G, by sweeping column after column.

    The batch is swept at once, which LAPACK's routines, matrix after matrix, take three times as long for; and one
    chain far out, whose G is not definite in floating point, gets NaN and does not refuse the others.
    """
    a = np.ascontiguousarray(g.transpose(1, 2, 0))
    pivots = np.empty(a.shape[1:])
    for k, pivot in enumerate(pivots):
        pivot[:] = a[k, k]
        row, column = a[k] / pivot, a[:, k].copy()
        a -= column[:, None] * row
        a[k] = row
        a[:, k] = column / -pivot
        a[k, k] = 1 / pivot
    return np.ascontiguousarray(a.transpose(2, 0, 1)), np.log(pivots).sum(axis=0)


def linear_mean(block: LinearBlock, r: Array, sigma: Array, rho: Array, smoothness: Array) -> Array:
    """Return γ̂, the mean of γ given everything else, (batch, linear)."""
    g, moment = _posterior(block, r, sigma, rho, _prior_precision(block, smoothness))
    return np.asarray(np.linalg.solve(g, moment[:, :, None])[:, :, 0])


def draw_linear(
    block: LinearBlock, r: Array, sigma: Array, rho: Array, smoothness: Array, rng: np.random.Generator
) -> Array:
    """Draw γ given everything else, one draw a row, (batch, linear): N(γ̂, G⁻¹)."""
    g, moment = _posterior(block, r, sigma, rho, _prior_precision(block, smoothness))
    factor = np.linalg.cholesky(g)
    noise = rng.normal(size=moment.shape)
    half = np.linalg.solve(factor, moment[:, :, None])[:, :, 0] + noise
    return np.asarray(np.linalg.solve(factor.transpose(0, 2, 1), half[:, :, None])[:, :, 0])


def left_precision(e: Array, rho: Array) -> Array:
    """Return P e for (batch, week)."""
    rho = rho[:, None]
    out = e.copy()
    out[:, 1:-1] *= 1 + rho**2
    out[:, 1:] -= rho * e[:, :-1]
    out[:, :-1] -= rho * e[:, 1:]
    return out


def _prior_precision(block: LinearBlock, smoothness: Array) -> Array:
    """Return the diagonal of V⁻¹, (batch, linear)."""
    return np.where(block.knots, smoothness[:, None] ** -2.0, 1.0)


def _posterior(block: LinearBlock, r: Array, sigma: Array, rho: Array, precision: Array) -> tuple[Array, Array]:
    """Return G (batch, linear, linear) and Z'P r / σ² (batch, linear)."""
    by_rho = rho[:, None, None]
    gram = block.gram[0] + by_rho * block.gram[1] + by_rho**2 * block.gram[2]
    g = gram / sigma[:, None, None] ** 2 + precision[:, :, None] * np.eye(precision.shape[1])
    return g, left_precision(r, rho) @ block.z / sigma[:, None] ** 2
