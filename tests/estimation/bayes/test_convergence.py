"""R-hat and effective sample size against arviz_stats, and on chains that plainly disagree."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.estimation.bayes.convergence import effective_size, nested_r_hat, quantile_ess


def chains(n_draws: int, memory: float, apart: float = 0.0) -> np.ndarray:
    """(draw, 16 chains, 3 quantities) with AR(1) memory; four superchains `apart` from one another."""
    rng = np.random.default_rng(int(10 + 10 * memory))
    noise = rng.normal(size=(n_draws, 16, 3))
    draws = np.empty_like(noise)
    draws[0] = noise[0]
    for t in range(1, n_draws):
        draws[t] = memory * draws[t - 1] + np.sqrt(1 - memory**2) * noise[t]
    draws[:, :, 2] = np.round(draws[:, :, 2])  # ties
    return draws + apart * np.repeat(np.arange(4), 4)[:, None]


GROUPS = np.repeat(np.arange(4), 4)


@pytest.mark.parametrize("n_draws", [8, 51, 120])
@pytest.mark.parametrize("memory", [-0.5, 0.0, 0.4, 0.95])
def test_the_figures_are_those_of_arviz(n_draws: int, memory: float) -> None:
    from arviz_stats.base import array_stats

    draws = chains(n_draws, memory)
    theirs = draws.transpose(2, 1, 0)  # (quantity, chain, draw)
    r_hat = [array_stats.rhat_nested(one, superchain_ids=GROUPS) for one in theirs]
    np.testing.assert_allclose(nested_r_hat(draws, GROUPS), r_hat, rtol=1e-9)
    mean = [array_stats.ess(one, method="identity") for one in theirs]
    np.testing.assert_allclose(effective_size(draws), mean, rtol=1e-9)
    for probability in (0.05, 0.95):
        tail = [array_stats.ess(one, method="quantile", prob=probability) for one in theirs]
        np.testing.assert_allclose(quantile_ess(draws, probability), tail, rtol=1e-9)


def test_superchains_apart_are_seen_and_a_constant_counts_every_draw() -> None:
    assert (nested_r_hat(chains(100, 0.2), GROUPS) < 1.01).all()
    assert (nested_r_hat(chains(100, 0.2, apart=0.5), GROUPS) > 1.05).all()
    assert effective_size(np.ones((10, 4, 1))) == pytest.approx(40)
