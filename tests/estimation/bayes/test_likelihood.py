"""The integrated likelihood against the multivariate normal it stands for, and the draws of the linear block."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.estimation.bayes.likelihood import LinearBlock, draw_linear, left_precision, marginal

WEEKS = 17
RNG = np.random.default_rng(4)
Z = np.column_stack([np.ones(WEEKS), np.linspace(-0.5, 0.5, WEEKS), RNG.normal(size=(WEEKS, 3))])
KNOTS = np.array([False, False, False, True, True])
BLOCK = LinearBlock.of(Z, KNOTS)
SIGMA, RHO, TAU = np.array([0.3, 1.2, 0.05]), np.array([0.0, 0.6, -0.9]), np.array([0.4, 2.0, 0.1])
R = RNG.normal(size=(3, WEEKS))


def covariances(i: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the errors and of the linear block, written out."""
    lag = np.abs(np.subtract.outer(np.arange(WEEKS), np.arange(WEEKS)))
    errors = SIGMA[i] ** 2 / (1 - RHO[i] ** 2) * np.sign(RHO[i] or 1.0) ** lag * np.abs(RHO[i]) ** lag
    return errors, np.diag(np.where(KNOTS, TAU[i] ** 2, 1.0))


@pytest.mark.parametrize("i", range(3))
def test_it_is_the_multivariate_normal_density(i: int) -> None:
    from scipy.stats import multivariate_normal

    errors, prior = covariances(i)
    expected = multivariate_normal(cov=errors + Z @ prior @ Z.T).logpdf(R[i])
    assert marginal(BLOCK, R.T, SIGMA, RHO, TAU).value[i] == pytest.approx(expected, rel=1e-10)


def test_the_precision_is_the_inverse_of_the_covariance() -> None:
    for i in range(3):
        errors, _ = covariances(i)
        np.testing.assert_allclose(
            left_precision(R.T, RHO, SIGMA**-2)[:, i], np.linalg.solve(errors, R[i]), rtol=1e-9, atol=1e-9
        )


def test_derivatives_are_differences() -> None:
    h = 1e-5
    exact = marginal(BLOCK, R.T, SIGMA, RHO, TAU)

    def slope(up: tuple, down: tuple) -> np.ndarray:
        return (marginal(BLOCK, *up).value - marginal(BLOCK, *down).value) / (2 * h)

    np.testing.assert_allclose(
        exact.by_log_sigma, slope((R.T, SIGMA * np.exp(h), RHO, TAU), (R.T, SIGMA * np.exp(-h), RHO, TAU)), rtol=1e-6
    )
    np.testing.assert_allclose(exact.by_rho, slope((R.T, SIGMA, RHO + h, TAU), (R.T, SIGMA, RHO - h, TAU)), rtol=1e-6)
    np.testing.assert_allclose(
        exact.by_log_smoothness, slope((R.T, SIGMA, RHO, TAU * np.exp(h)), (R.T, SIGMA, RHO, TAU * np.exp(-h))),
        rtol=1e-6, atol=1e-8,
    )  # fmt: skip
    for t in range(WEEKS):
        push = h * np.eye(WEEKS)[:, [t]]
        np.testing.assert_allclose(
            exact.by_residual[t], slope((R.T + push, SIGMA, RHO, TAU), (R.T - push, SIGMA, RHO, TAU)), rtol=1e-6,
            atol=1e-6,
        )


def test_linear_draws_have_the_posterior_s_moments() -> None:
    n = 4000
    rows = [np.repeat(a[:1], n, axis=0) for a in (R, SIGMA, RHO, TAU)]
    draws = draw_linear(BLOCK, rows[0].T, *rows[1:], np.random.default_rng(1))
    errors, prior = covariances(0)
    precision = Z.T @ np.linalg.solve(errors, Z) + np.linalg.inv(prior)
    mean = np.linalg.solve(precision, Z.T @ np.linalg.solve(errors, R[0]))
    sd = np.sqrt(np.diag(np.linalg.inv(precision)))
    assert (np.abs(draws.mean(axis=0) - mean) < 4 * sd / np.sqrt(n)).all()
    np.testing.assert_allclose(np.cov(draws.T), np.linalg.inv(precision), atol=0.1 * sd.max() ** 2)
