"""Experiments in the target: the value by hand, the gradient by differences, for every family."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.estimation.bayes.test_target import assert_gradient
from xl_mmm.bayesian.problem import problem_of
from xl_mmm.experiments import changed_media, lift_effect
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, LiftTest, ModelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

FORMS = ((-0.5, 1.0, True), (0.3, 1.0, True), (-1.0, 1.0, False), (0.6, 0.5, False), (-0.1, 0.3, True))


def one_a_channel(market, forms=FORMS) -> tuple[LiftTest, ...]:
    """Return a test of every channel, in turn of each form: change as a share of the spend, share, in the data."""
    data, dates = market.dataset, market.dataset.window_dates.astype(str)
    found = []
    for k, name in enumerate(data.channels):
        change, share, in_data = forms[k % len(forms)]
        spend = data.spend[data.window, k]
        first = int(np.flatnonzero(spend[8:])[0]) + 8
        money = float(spend[first : first + 4].sum()) * change * share
        found.append(
            LiftTest(name, dates[first], dates[first + 3], money, 0.4 * money, 1e4, dates[first + 5], share, in_data)
        )
    return tuple(found)


@pytest.mark.parametrize("adstock", list(ADSTOCKS))
def test_every_adstock_with_every_saturation(adstock: str) -> None:
    market = simulate(weeks=60, channels=len(SATURATIONS), seed=5, adstock=adstock, saturation=list(SATURATIONS))
    target = problem_of(market.dataset, dataclasses.replace(market.spec, lift_tests=one_a_channel(market))).target
    assert target.lift is not None
    assert_gradient(target)


@pytest.mark.parametrize(
    ("options", "made"),
    [
        ({}, {"history": 0}),
        ({}, {"organic": 1, "grain": "daily", "weeks": 20}),
        ({"default": ChannelSpec(mroi=(0.5, 2.0), decay=0.0)}, {}),
        ({"default": ChannelSpec(roi=1.2, decay=0.4, half_saturation=3e4)}, {}),
    ],
)
def test_every_option(options: dict, made: dict) -> None:
    market = simulate(**{"weeks": 60, "channels": 2, "seed": 6, **made})
    assert_gradient(problem_of(market.dataset, ModelSpec(**options, lift_tests=one_a_channel(market))).target)


def test_several_tests_of_a_channel_and_revenue_that_varies() -> None:
    market = simulate(weeks=60, channels=1, seed=6)
    first, second = one_a_channel(market)[0], one_a_channel(market, ((0.4, 1.0, False),))[0]
    rising = np.linspace(0.5, 1.5, len(market.dataset.dates))
    data = dataclasses.replace(market.dataset, revenue_per_kpi=rising)
    assert_gradient(problem_of(data, ModelSpec(lift_tests=(first, second))).target)


def test_the_density_is_the_normal_of_what_the_model_foresees() -> None:
    market = simulate(weeks=60, channels=3, seed=7)
    tests = one_a_channel(market)
    without, with_tests = (problem_of(market.dataset, ModelSpec(lift_tests=own)) for own in ((), tests))
    q = without.target.parameters.prior_draws(np.random.default_rng(0), 5)
    media, added = without.target.media(q), np.zeros(5)
    for test in tests:
        effect = lift_effect(changed_media(market.dataset, test), media, 1.0)
        measured, se = test.incremental_kpi / without.scale, test.se / without.scale
        added += -0.5 * ((effect - measured) / se) ** 2 - np.log(se * np.sqrt(2 * np.pi))
    difference = with_tests.target.log_density(q)[0] - without.target.log_density(q)[0]
    np.testing.assert_allclose(difference, added, rtol=1e-8)


@pytest.mark.parametrize("route", ["prior", "none"])
def test_other_routes_leave_the_likelihood_alone(route: str) -> None:
    market = simulate(weeks=60, channels=2, seed=7)
    spec = ModelSpec(lift_tests=one_a_channel(market), lift_route=route)
    assert problem_of(market.dataset, spec).target.lift is None
