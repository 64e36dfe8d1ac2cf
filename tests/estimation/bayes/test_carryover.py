"""Carryover and saturation of many draws: the public transforms' numbers, and their derivatives run backwards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from xl_mmm.bayesian.problem import problem_of
from xl_mmm.estimation.bayes.carryover import BLOCK, Exposure, carryover, lined_up
from xl_mmm.estimation.bayes.saturated import saturated
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS, adstock, adstock_gradient

COLUMNS, DRAWS = 2, 5
MAX_LAG = 6
VALUES = {
    "decay": (0.05, 0.95), "peak_lag": (0.5, 3.0), "weibull_shape": (1.0, 3.0), "weibull_scale": (1.0, 4.0),
    "half_saturation": (50.0, 150.0), "slope": (0.6, 2.0), "exponent": (0.3, 0.9), "curvature": (50.0, 150.0),
}  # fmt: skip


def drawn(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Parameter -> (column, draw)."""
    return {name: rng.uniform(low, high, size=(COLUMNS, DRAWS)) for name, (low, high) in VALUES.items()}


@pytest.mark.parametrize("family", list(ADSTOCKS))
@pytest.mark.parametrize(("weeks", "history"), [(40, 0), (BLOCK, 0), (3 * BLOCK, BLOCK), (50, 9), (5, 3), (4, 0)])
@pytest.mark.parametrize("period_weeks", [1.0, 1 / 7])
def test_carryover_and_its_derivative(family: str, weeks: int, history: int, period_weeks: float) -> None:
    rng = np.random.default_rng(0)
    media = rng.gamma(1.0, 100.0, size=(history + weeks, COLUMNS)) * (rng.random((history + weeks, COLUMNS)) < 0.7)
    media[0] = 80.0
    values = drawn(rng)
    own = {p.name: values[p.name].T for p in ADSTOCKS[family].parameters}
    before = np.where(np.arange(len(media))[:, None] < history, media, 0.0)
    pulls = rng.normal(size=(2, COLUMNS, weeks, DRAWS))
    carried = carryover(Exposure.of(media, history, period_weeks), family, values, MAX_LAG)
    expected = {name: np.zeros((COLUMNS, DRAWS)) for name in own}
    for rows, one, pull in zip((media, before), (carried.u, carried.before), pulls, strict=True):
        if one is None:
            assert not history
            continue
        given = {"max_lag": MAX_LAG, "period_weeks": period_weeks}
        u = adstock(rows, family, own, **given)[:, history:].transpose(2, 1, 0) / period_weeks
        np.testing.assert_allclose(one, u, rtol=1e-11, atol=1e-11)
        for name, du in adstock_gradient(rows, family, own, **given).items():
            expected[name] += (pull * du[:, history:].transpose(2, 1, 0)).sum(axis=1) / period_weeks
    found = carried.back(pulls[0], pulls[1] if history else None)
    assert found.keys() == expected.keys()
    for name, value in found.items():
        np.testing.assert_allclose(value, expected[name], rtol=1e-9, atol=1e-9 * np.abs(expected[name]).max())
    column = carried.column(1).back(pulls[0][1:], pulls[1][1:] if history else None)
    np.testing.assert_allclose(next(iter(column.values()))[0], next(iter(expected.values()))[1], rtol=1e-9)


@pytest.mark.parametrize("family", list(SATURATIONS))
@pytest.mark.parametrize(("precision", "digits"), [(np.float64, 1e-10), (np.float32, 2e-5)])
def test_saturation_and_its_derivative(family: str, precision: type, digits: float) -> None:
    rng = np.random.default_rng(1)
    record, values = SATURATIONS[family], {name: value[:, None] for name, value in drawn(rng).items()}
    u = rng.gamma(1.0, 100.0, size=(COLUMNS, 30, DRAWS))
    weights = rng.random(u.shape)
    one = saturated(u.astype(precision), family, {name: value.astype(precision) for name, value in values.items()})
    assert one.s.dtype == one.elastic.dtype == precision
    np.testing.assert_allclose(one.s, record.function(u, values), rtol=digits)
    np.testing.assert_allclose(one.elastic, record.derivative(u, values), rtol=10 * digits)
    by_parameter, by_u = one.pulled(weights.astype(precision))
    np.testing.assert_allclose(by_u, weights * record.derivative(u, values) / u, rtol=10 * digits)
    slopes = record.gradient(u, values)
    assert by_parameter.keys() == slopes.keys()
    for name, value in by_parameter.items():
        np.testing.assert_allclose(value, (weights * slopes[name]).sum(axis=1), rtol=100 * digits, atol=100 * digits)


@pytest.mark.parametrize("adstock_family", ["geometric", "delayed"])
def test_single_precision_follows_the_same_slope(adstock_family: str) -> None:
    """Over all families, with history, priors of every kind: close enough to follow, and without a warning."""
    families = list(SATURATIONS)
    market = simulate(
        weeks=60, channels=len(families) - 1, seed=5, adstock=adstock_family, saturation=families, organic=1
    )
    first, second, *_ = market.dataset.channels
    spec = ModelSpec(
        {
            **market.spec.channels,
            first: replace(market.spec.channel(first), mroi=(0.2, 2.5)),
            second: ChannelSpec(decay=0.0),
        },
        knots=3,
    )
    target = problem_of(market.dataset, spec).target
    q = target.parameters.prior_draws(np.random.default_rng(2), 40)
    exact, rough = target.log_density(q)[1], target.rough().log_density(q)[1]
    assert rough.dtype == np.float64
    size = np.abs(exact).max(axis=1, keepdims=True)
    assert (np.abs(rough - exact) < 2e-3 * size).all()
    assert not np.array_equal(rough, exact)


def test_parameters_line_up_with_weeks() -> None:
    assert lined_up({"decay": np.ones((2, 3))})["decay"].shape == (2, 1, 3)
