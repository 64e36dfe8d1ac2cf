"""Power scaling: the established implementation's numbers, and what must not move."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.bayesian.problem import problem_of
from xl_mmm.bayesian.sensitivity import prior_sensitivity
from xl_mmm.estimation.bayes.power_scaling import POWERS, cjs_distance, sensitivity
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec


def test_the_distance_is_the_established_one() -> None:
    from arviz_stats.base import array_stats

    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 3)) @ np.array([[1.0, 0.5, 0.0], [0, 1, 0], [0, 0, 2]])
    log_part = -0.5 * ((x[:, 0] - 1) / 0.8) ** 2
    weights = [np.exp((power - 1) * log_part) for power in POWERS]
    theirs = [array_stats._power_scale_sense(own, *(w / w.sum() for w in weights), *POWERS) for own in x.T]
    found = sensitivity(x, np.stack([log_part, np.zeros(4000)]))
    np.testing.assert_allclose(found, [theirs, np.zeros(3)], rtol=1e-3, atol=1e-5)


def test_equal_weights_move_nothing_and_the_unit_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    x, weights = np.sort(rng.normal(size=500)), rng.random(500)
    assert cjs_distance(x, np.ones(500)) == pytest.approx(0.0, abs=1e-6)
    assert cjs_distance(1e6 * x, weights) == pytest.approx(cjs_distance(x, weights))
    assert cjs_distance(np.zeros(500), weights) == 0.0


def test_parts_of_the_prior_add_up_to_the_prior() -> None:
    market = simulate(weeks=60, channels=3, seed=5, controls=1)
    spec = ModelSpec({market.dataset.channels[0]: ChannelSpec(mroi=(0.5, 2.0))}, knots=3)
    target = problem_of(market.dataset, spec).target
    q = target.parameters.prior_draws(np.random.default_rng(2), 120)
    plain = target.parameters.log_prior(q, target.parameters.at(q))[0]
    sizes, transforms, rest = target.log_priors(q)
    first = [c.column for c in target.parameters.coordinates if c.name == "size"].index(0)
    prior = [c.prior for c in target.parameters.coordinates if c.name == "size"][first]
    log_roi = q[:, target.parameters.find("size")[first]]
    log_mroi = np.log(target.completed(q, np.random.default_rng(0)).marginal_effect[:, 0] / target.unit[0])
    shift = ((log_roi - prior.location) ** 2 - (log_mroi - prior.location) ** 2) / (2 * prior.scale**2)
    np.testing.assert_allclose(sizes + transforms + rest, plain + shift, rtol=1e-5, atol=1e-4)
    record = prior_sensitivity(target, q, target.log_density(q)[0])
    assert record is not None
    assert all(value is not None for value in record.by_sizes)
    assert prior_sensitivity(target, q[:20], target.log_density(q[:20])[0]) is None


def test_a_fixed_size_moves_with_nothing() -> None:
    market = simulate(weeks=60, channels=2, seed=5)
    first, second = market.dataset.channels
    one = problem_of(market.dataset, ModelSpec({first: ChannelSpec(roi=1.0)})).target
    q = one.parameters.prior_draws(np.random.default_rng(3), 120)
    record = prior_sensitivity(one, q, one.log_density(q)[0])
    assert record is not None
    assert record.by_sizes[0] is None
    assert record.by_data[1] is not None
    both = problem_of(market.dataset, ModelSpec({first: ChannelSpec(roi=1.0), second: ChannelSpec(share=0.1)})).target
    q = both.parameters.prior_draws(np.random.default_rng(3), 120)
    assert prior_sensitivity(both, q, both.log_density(q)[0]) is None
