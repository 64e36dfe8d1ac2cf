"""The gradient of the log posterior is that of differences, for every family and option."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from xl_mmm.bayesian.problem import problem_of
from xl_mmm.estimation.bayes.parameters import SIGNED
from xl_mmm.estimation.bayes.target import Target
from xl_mmm.response import carried_in_media, effective_media, saturate, slope_times_media
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS


def assert_gradient(target: Target, seed: int = 0) -> None:
    """At draws around the prior's middle, five-point differences agree to 1e-6 of the gradient's size."""
    rng = np.random.default_rng(seed)
    parameters = target.parameters
    around = (parameters.prior_draws(rng, 200) - parameters.middle).std(axis=0)
    q = parameters.middle + 0.7 * around * rng.normal(size=(3, len(parameters)))
    value, gradient = target.log_density(q)
    assert np.isfinite(value).all()
    h, width = 2e-4, len(parameters)
    steps = h * np.array([1, -1, 2, -2])[:, None, None] * np.eye(width)
    moved = (q[:, None, None] + steps).reshape(-1, width)
    up, down, far_up, far_down = np.moveaxis(target.log_density(moved)[0].reshape(len(q), 4, width), 1, 0)
    numeric = (8 * (up - down) - (far_up - far_down)) / (12 * h)
    size = np.maximum(np.abs(gradient), 1e-2 * np.abs(gradient).max())
    np.testing.assert_array_less(np.abs(numeric - gradient), 1e-6 * size)


@pytest.mark.parametrize("adstock", list(ADSTOCKS))
def test_every_adstock_with_every_saturation(adstock: str) -> None:
    market = simulate(weeks=60, channels=len(SATURATIONS), seed=5, adstock=adstock, saturation=list(SATURATIONS))
    assert_gradient(problem_of(market.dataset, market.spec).target)


@pytest.mark.parametrize("adstock", list(ADSTOCKS))
def test_priors_on_the_marginal_return(adstock: str) -> None:
    """The density is that of ln mROI, taken from the exact derivative; its gradient is that of differences."""
    market = simulate(weeks=60, channels=len(SATURATIONS), seed=5, adstock=adstock, saturation=list(SATURATIONS))
    channels = {name: dataclasses.replace(own, mroi=(0.2, 2.5)) for name, own in market.spec.channels.items()}
    problem = problem_of(market.dataset, dataclasses.replace(market.spec, channels=channels))
    target = problem.target
    assert target.on_marginal == tuple(range(len(SATURATIONS)))
    assert_gradient(target)
    q = target.parameters.prior_draws(np.random.default_rng(3), 5)
    sizes = [c.prior for c in target.parameters.coordinates if c.name == "size"]
    marginal = target.completed(q, np.random.default_rng(0)).marginal_effect / target.unit
    wanted = -0.5 * ((np.log(marginal) - sizes[0].location) / sizes[0].scale) ** 2
    on_roi = -0.5 * ((q[:, target.parameters.find("size")] - sizes[0].location) / sizes[0].scale) ** 2
    plain = dataclasses.replace(target, on_marginal=()).log_density(q)[0]
    np.testing.assert_allclose(target.log_density(q)[0] - plain, (wanted - on_roi).sum(axis=1), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "made"),
    [
        ({}, {"history": 0}),
        ({"knots": 4, "seasonality": 1}, {"organic": 2}),
        ({"holidays": "US", "trend": False}, {}),
        ({"default": ChannelSpec(roi=(0.5, 2.0), decay=(0.1, 0.6), half_saturation=(1e4, 9e4), slope=1.2)}, {}),
        ({"default": ChannelSpec(mroi=(0.3, 1.5))}, {"history": 0}),
        ({"default": ChannelSpec(share=(0.01, 0.1))}, {"organic": 1}),
        ({"default": ChannelSpec(share=0.05, half_life=(1.0, 4.0), half_effect_spend=(1e4, 9e4))}, {}),
        ({"default": ChannelSpec("delayed", peak_lag=(0.5, 3.0), roi=1.5)}, {}),
        ({"default": ChannelSpec("weibull_pdf", weibull_shape=(1.0, 4.0), weibull_scale=2.0, max_lag=6)}, {}),
        ({"default": ChannelSpec("delayed", max_lag=0)}, {}),
        ({"default": ChannelSpec(decay=0.0)}, {}),
        ({"default": ChannelSpec("binomial", decay=0.0, saturation="power", exponent=1.0)}, {}),
        ({"default": ChannelSpec("weibull_cdf", saturation="log", max_lag=0)}, {}),
        ({"default": ChannelSpec(decay=(0.9, 1.0), saturation="power", exponent=(0.5, 1.0))}, {}),
        ({"default": ChannelSpec(decay=(0.0, 0.5), half_saturation=2e4, slope=(1.0, 1.2))}, {}),
        ({"default": ChannelSpec(decay=0.3, half_saturation=2e4, slope=1.0, roi=0.0)}, {}),
        ({}, {"grain": "daily", "weeks": 20}),
        ({"control_signs": {"Price index": "negative"}}, {}),
        ({"control_signs": {"Promotion": "negative", "Price index": "positive"}, "knots": 2}, {"organic": 1}),
    ],
)
def test_every_option(options: dict, made: dict) -> None:
    market = simulate(**{"weeks": 60, "channels": 2, "seed": 6, **made})
    assert_gradient(problem_of(market.dataset, ModelSpec(**options)).target)


def test_a_kpi_without_revenue_and_a_column_of_revenue() -> None:
    data = simulate(weeks=60, channels=2, seed=6).dataset
    assert_gradient(problem_of(dataclasses.replace(data, revenue_per_kpi=None), ModelSpec()).target)
    rising = np.linspace(0.5, 1.5, len(data.dates))
    assert_gradient(problem_of(dataclasses.replace(data, revenue_per_kpi=rising), ModelSpec()).target)


def test_the_size_is_the_contribution_it_says() -> None:
    data = simulate(weeks=60, channels=3, seed=7).dataset
    problem = problem_of(dataclasses.replace(data, revenue_per_kpi=np.linspace(0.5, 1.5, len(data.dates))), ModelSpec())
    target = problem.target
    q = target.parameters.prior_draws(np.random.default_rng(0), 4)
    media = target.media(q)
    s = saturate(effective_media(target.block, media), media) - saturate(carried_in_media(target.block, media), media)
    earned = np.einsum("btk,bk,tk->bk", s, media.coefficient, target.weights) * problem.scale
    spend = data.spend[data.window].sum(axis=0)
    size = target.parameters.at(q)[:, target.parameters.find("size")]
    np.testing.assert_allclose(earned / spend, size, rtol=1e-10)
    u, u0 = effective_media(target.block, media), carried_in_media(target.block, media)
    slope = np.divide(slope_times_media(u, media) * (u - u0), u, out=np.zeros_like(u), where=u > 0)
    wanted = np.einsum("btk,bk,tk->bk", slope, media.coefficient, target.weights)
    np.testing.assert_allclose(target.completed(q, np.random.default_rng(0)).marginal_effect, wanted, rtol=1e-10)


def test_a_signed_control_is_the_linear_one_held_at_its_value() -> None:
    """Integrating a coefficient out by hand gives the density in which it is linear, but for the half that is cut."""
    data = simulate(weeks=60, channels=1, seed=6).dataset
    free, signed = (
        problem_of(data, ModelSpec(control_signs=signs)).target for signs in ({}, {"Promotion": "positive"})
    )
    y = free.y + 0.3 * signed.signed[:, 0]  # an effect far from zero
    free, signed = (dataclasses.replace(target, y=y) for target in (free, signed))
    q = free.parameters.middle + np.zeros((1, len(free.parameters)))
    at = signed.parameters.find(SIGNED)[0]
    size = np.linspace(1e-4, 0.8, 8001)
    rows = np.insert(np.repeat(q, len(size), axis=0), at, np.log(size), axis=1)
    value = signed.log_density(rows)[0] - np.log(size)  # per unit of the coefficient
    inside = np.exp(value - value.max())
    integral = np.log(inside.sum() * (size[1] - size[0])) + value.max()
    whole = free.log_density(q)[0][0]
    assert inside[[0, -1]].max() < 1e-6  # the other half, and what lies beyond, hold nothing here
    assert integral - 0.5 * np.log(2 * np.pi) == pytest.approx(whole, abs=1e-4)


def test_far_away_the_density_is_minus_infinity_and_nothing_warns() -> None:
    target = problem_of(simulate(weeks=60, channels=2, seed=6).dataset, ModelSpec()).target
    q = target.parameters.middle + np.zeros((2, len(target.parameters)))
    q[0, 0] = 800.0
    value, gradient = target.log_density(q)
    assert value[0] == -np.inf
    assert not gradient[0].any()
    assert np.isfinite(value[1])
