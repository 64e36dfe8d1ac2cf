"""Pareto-smoothed weights against arviz_stats, and on tails whose shape is known."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.estimation.bayes.psis import fitted_pareto, highest_k, left_out, log_sum, smoothed_weights


def densities(n_draws: int) -> np.ndarray:
    """(draw, 30 weeks) log densities; the later the week, the heavier the tail of its ratios."""
    rng = np.random.default_rng(n_draws)
    return -rng.exponential(size=(n_draws, 30)) * np.linspace(0.05, 1.5, 30)


@pytest.mark.parametrize("n_draws", [100, 400, 1000])
def test_the_figures_are_those_of_arviz(n_draws: int) -> None:
    from arviz_stats.base import array_stats

    density = densities(n_draws)
    each, k = left_out(density)
    elpd, their_k, lost = array_stats.loo(density.T[:, None, :])  # (week, chain, draw)
    np.testing.assert_allclose(each, elpd, rtol=1e-9)
    np.testing.assert_allclose(k, their_k, rtol=1e-9)
    np.testing.assert_allclose(log_sum(density) - np.log(n_draws) - each, lost, atol=1e-9)


def test_the_shape_of_a_pareto_tail_is_found() -> None:
    rng, n = np.random.default_rng(1), 4000
    shape = np.array([0.2, 0.5, 0.9])
    excess = np.sort(3.0 * np.expm1(shape * rng.exponential(size=(n, 3))) / shape, axis=0)
    k, scale = fitted_pareto(excess)
    assert (np.abs(k - shape) < 4 * (1 + shape) / np.sqrt(n)).all()
    np.testing.assert_allclose(scale, 3.0, rtol=0.1)


def test_weights_add_up_and_none_grows_beyond_the_largest() -> None:
    ratio = -densities(400)
    weight, _ = smoothed_weights(ratio)
    np.testing.assert_allclose(np.exp(weight).sum(axis=0), 1.0)
    n_tail = int(3 * np.sqrt(400))
    order = np.argsort(ratio, axis=0)
    body = np.take_along_axis(weight - ratio, order[:-n_tail], axis=0)
    np.testing.assert_allclose(body - body[0], 0.0, atol=1e-12)  # below the tail nothing changes but the sum
    assert (weight.max(axis=0) - ratio.max(axis=0) <= body[0] + 1e-12).all()


def test_what_no_tail_fits_is_told() -> None:
    _, k = smoothed_weights(np.zeros((200, 2)))
    assert np.isinf(k).all()
    with pytest.raises(ValueError, match="24 draws are too few; 25 at least"):
        smoothed_weights(np.zeros((24, 2)))
    assert highest_k(1000) == pytest.approx(2 / 3)
    assert highest_k(100_000) == 0.7
