"""Bends of coordinates: there and back, the density's gradient, what is learned from draws, and what it is good for."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.estimation.bayes.convergence import effective_size
from xl_mmm.estimation.bayes.hmc import Surface, advance, warm_up
from xl_mmm.estimation.bayes.normal import share_below
from xl_mmm.estimation.bayes.sinh_arcsinh import FURTHEST, Bend

BEND = Bend(np.array([1.0, -3.0]), np.array([0.1, 20.0]), np.array([0.3, -0.7]), np.array([1.0, 0.7]))


def log_gamma(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two logarithms of Gamma(0.5) numbers: skewness −1.5, and far draws ten standard deviations below the middle."""
    with np.errstate(over="ignore"):
        p = np.exp(q)
        return (0.5 * q - p).sum(axis=1), 0.5 - p


def skewness(draws: np.ndarray) -> np.ndarray:
    z = (draws - draws.mean(axis=0)) / draws.std(axis=0)
    return (z**3).mean(axis=0)


def test_there_and_back() -> None:
    x = np.random.default_rng(0).normal(size=(7, 5, 2))
    np.testing.assert_allclose(BEND.x(BEND.q(x)), x, rtol=1e-12)
    none = Bend.none(2)
    np.testing.assert_allclose(none.q(x), x, rtol=1e-14)
    np.testing.assert_allclose(none.slope(x), 1.0, rtol=1e-14)


def test_slope_and_gradient_agree_with_differences() -> None:
    x, h = np.random.default_rng(1).normal(size=(6, 2)), 1e-5
    np.testing.assert_allclose(BEND.slope(x), (BEND.q(x + h) - BEND.q(x - h)) / (2 * h), rtol=1e-8)
    density = BEND.density(log_gamma)
    value, gradient = density(x)
    np.testing.assert_allclose(value, log_gamma(BEND.q(x))[0] + np.log(BEND.slope(x)).sum(axis=1), rtol=1e-12)
    for j in range(2):
        step = h * np.eye(2)[j]
        by_difference = (density(x + step)[0] - density(x - step)[0]) / (2 * h)
        np.testing.assert_allclose(gradient[:, j], by_difference, rtol=1e-6, atol=1e-7)


def test_a_point_beyond_all_numbers_is_impossible_not_nan() -> None:
    value, gradient = BEND.density(log_gamma)(np.array([[0.0, 1e300], [np.nan, 0.0], [0.0, 0.0]]))
    assert np.isneginf(value[:2]).all()
    assert (gradient[:2] == 0).all()
    assert np.isfinite(value[2])
    assert np.isfinite(gradient[2]).all()


def test_a_known_bend_is_learned() -> None:
    x = np.random.default_rng(2).normal(size=(20_000, 2))
    learned = Bend.learned(BEND.q(x))
    np.testing.assert_allclose(learned.skew, BEND.skew, atol=0.05)
    np.testing.assert_allclose(learned.tail, BEND.tail, atol=0.05)
    straight = learned.x(BEND.q(x))
    np.testing.assert_allclose(np.mean(straight < -1.5, axis=0), share_below(np.array([-1.5]))[0], atol=0.005)


@pytest.mark.parametrize("draws", [3, 24])
def test_a_few_draws_bend_little(draws: int) -> None:
    learned = Bend.learned(np.random.default_rng(3).normal(size=(draws, 200)))
    assert (np.abs(learned.skew) < FURTHEST[2]).all()
    assert np.abs(learned.skew).mean() < 0.25
    assert np.abs(np.log(learned.tail)).mean() < 0.25


def test_a_coordinate_that_never_moved_stays_a_number() -> None:
    draws = np.random.default_rng(4).normal(size=(50, 2))
    draws[:, 1] = 7.0
    learned = Bend.learned(draws)
    assert np.isfinite(learned.x(draws)).all()
    np.testing.assert_allclose(learned.q(learned.x(draws))[:, 1], 7.0)


def test_draws_of_a_skewed_target_are_right() -> None:
    rng = np.random.default_rng(5)
    starts = rng.normal(size=(4, 8, 2)) * 3 - 2
    surface = Surface(log_gamma, log_gamma)
    chains, tuning, _ = warm_up(surface, starts, np.tile(2 * np.eye(2), (4, 1, 1)), (20, 20, 20), rng, lambda _: None)
    assert (tuning.bend.skew < -0.1).all()
    new = advance(surface, chains, tuning, 400, rng, lambda _: None)
    np.testing.assert_allclose(new.value, log_gamma(new.q.reshape(-1, 2))[0].reshape(new.value.shape), atol=1e-9)
    assert (np.abs(skewness(new.q.reshape(-1, 2))) > 1.2).all()
    assert (np.abs(skewness(tuning.bend.x(new.q).reshape(-1, 2))) < 0.6).all()
    draws = new.q.reshape(400, 32, 2)
    known = np.random.default_rng(6).gamma(0.5, size=400_000)
    for level in (0.02, 0.25, 0.75, 0.98):
        below = draws < np.log(np.quantile(known, level))
        error = np.sqrt(level * (1 - level) / effective_size(below.astype(float)))
        assert (np.abs(below.mean(axis=(0, 1)) - level) < 4 * error).all()
