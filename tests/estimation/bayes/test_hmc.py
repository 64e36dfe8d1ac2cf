"""The sampler on targets whose moments are known, and its calibration on data from the model's own prior."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.estimation.bayes.from_prior import drawn_from_prior
from xl_mmm.bayesian.problem import problem_of
from xl_mmm.estimation.bayes.convergence import effective_size, nested_r_hat
from xl_mmm.estimation.bayes.hmc import Density, Surface, advance, learned_factor, warm_up
from xl_mmm.estimation.bayes.mode import find_modes
from xl_mmm.estimation.bayes.parameters import SIZE
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec

SD = np.array([0.01, 1.0, 30.0])
COVARIANCE = np.outer(SD, SD) * np.array([[1.0, 0.8, 0.0], [0.8, 1.0, -0.3], [0.0, -0.3, 1.0]])
PRECISION = np.linalg.inv(COVARIANCE)


def gaussian(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pull = (q - 2.0) @ PRECISION
    return -0.5 * ((q - 2.0) * pull).sum(axis=1), -pull


def banana(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x ~ N(0, 1), y | x ~ N(x², ½²): E y = 1, var y = 2 + ¼."""
    x, y = np.clip(q, -1e3, 1e3).T
    off = (y - x**2) / 0.25
    return -0.5 * x**2 - 0.125 * off**2, np.column_stack([-x + 2 * x * off, -off])


def flatter(density: Density) -> Density:
    """Return a density whose force is a quarter too weak: a poor guide, which must change nothing of what is drawn."""
    return lambda q: (density(q)[0], 0.75 * density(q)[1])


def drawn(
    surface: Surface, factor: np.ndarray, starts: np.ndarray, n: int, seed: int = 0, stage: int = 30
) -> np.ndarray:
    """(draw, chain, coordinate) of four batches of eight chains, four to a start."""
    rng = np.random.default_rng(seed)
    chains, tuning, _ = warm_up(
        surface, np.repeat(starts, 4, axis=1), np.tile(factor, (4, 1, 1)), (stage, stage, stage), rng, lambda done: None
    )
    new = advance(surface, chains, tuning, n, rng, lambda done: None)
    assert new.accepted.mean() > 0.6
    return new.q.reshape(n, 32, -1)


@pytest.mark.parametrize("rough", [lambda density: density, flatter], ids=["exact", "flatter"])
@pytest.mark.parametrize(
    ("density", "mean", "sd", "factor"),
    [(gaussian, [2.0, 2.0, 2.0], SD, np.diag(3 * SD)), (banana, [0.0, 1.0], [1.0, 1.5], np.eye(2))],
)
def test_known_moments(
    density: Density, mean: list[float], sd: np.ndarray, factor: np.ndarray, rough: Callable[[Density], Density]
) -> None:
    rng = np.random.default_rng(1)
    starts = np.array(mean) + 2 * rng.normal(size=(4, 2, len(mean))) * sd
    draws = drawn(Surface(density, rough(density)), factor, starts, 800)
    assert (nested_r_hat(draws, np.repeat(np.arange(8), 4)) < 1.02).all()
    error = np.array(sd) / np.sqrt(effective_size(draws))
    assert (np.abs(draws.mean(axis=(0, 1)) - mean) < 4 * error).all()
    np.testing.assert_allclose(draws.std(axis=(0, 1)), sd, rtol=0.12)


def test_the_metric_is_learned_from_the_draws() -> None:
    rng = np.random.default_rng(3)
    own = rng.multivariate_normal([0, 0, 0], COVARIANCE, size=(400, 2, 8))
    factor = learned_factor(own, np.tile(np.diag(SD), (2, 1, 1)))
    assert (np.abs(factor[0] @ factor[0].T - COVARIANCE) < 0.1 * np.outer(SD, SD)).all()


REPLICATIONS, RANKED = 24, 19


def ranks() -> np.ndarray:
    """(replication, quantity) share of posterior draws below the truth, data simulated from the prior itself.

    Quantities: every unknown, a control of a known sign among them, every linear coefficient, the total contribution.
    """
    data = simulate(weeks=52, channels=1, seed=3, controls=2).dataset
    spec = ModelSpec(seasonality=0, default=ChannelSpec(slope=1.0), control_signs={"Price index": "negative"})
    target = problem_of(data, spec).target
    size = target.parameters.find(SIZE)
    width = len(target.parameters)
    rng, out = np.random.default_rng(11), []
    for _ in range(REPLICATIONS):
        made, truth, linear = drawn_from_prior(target, rng)
        modes = find_modes(made.log_density, np.vstack([made.parameters.middle, truth[0]]))
        starts = modes[0].q + rng.normal(size=(4, 2, width)) @ modes[0].factor.T
        surface = Surface(made.log_density, made.rough().log_density)
        draws = drawn(surface, modes[0].factor, starts, 16, seed=int(rng.integers(1 << 30)), stage=10)
        kept = draws.reshape(-1, width)[:: draws.shape[0] * draws.shape[1] // RANKED][:RANKED]
        block = made.completed(kept, rng).linear
        total, true_total = (made.parameters.at(q)[:, size] @ made.unit for q in (kept, truth))
        out.append([*(kept < truth).mean(axis=0), *(block < linear).mean(axis=0), (total < true_total).mean()])
    return np.array(out)


def test_ranks_of_the_truth_are_uniform() -> None:
    share = ranks()
    assert share.shape == (REPLICATIONS, 6 + 3 + 1)
    error = np.sqrt(1 / 12 / REPLICATIONS)
    assert (np.abs(share.mean(axis=0) - 0.5) < 3.5 * error).all()
    assert 0.06 < share.var() < 0.105  # uniform: 1/12 = 0.083; ranges too narrow push ranks outwards, too wide inwards
    counts = np.histogram(share, bins=4, range=(0, 1.0001))[0]
    expected = share.size / 4
    assert ((counts - expected) ** 2 / expected).sum() < 16.3  # chi-square with 3 degrees, p = 0.001
