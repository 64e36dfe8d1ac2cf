"""The laws of transforms, each stated once and put to every family."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xl_mmm.transforms import (
    ADSTOCKS,
    SATURATIONS,
    adstock,
    adstock_gradient,
    adstock_weights,
    half_life,
    saturation,
    saturation_derivative,
    saturation_gradient,
)

N_WEEKS, N_CHANNELS, MAX_LAG = 60, 3, 8
RANGES = {
    "decay": (0.0, 0.9),
    "peak_lag": (0.0, 8.0),
    "weibull_shape": (0.2, 6.0),
    "weibull_scale": (0.3, 8.0),
    "half_saturation": (0.1, 100.0),
    "slope": (0.3, 4.0),
    "exponent": (0.05, 1.0),
    "curvature": (0.1, 100.0),
}
SEEDS = st.integers(0, 2**32 - 1)
every_adstock = pytest.mark.parametrize("family", ADSTOCKS)
every_saturation = pytest.mark.parametrize("family", SATURATIONS)
few = settings(max_examples=20, deadline=None)


def draw_values(record, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> dict[str, np.ndarray]:
    return {parameter.name: rng.uniform(*RANGES[parameter.name], size=shape) for parameter in record.parameters}


def draw_media(rng: np.random.Generator) -> np.ndarray:
    return rng.gamma(1.0, 50.0, size=(N_WEEKS, N_CHANNELS)) * (rng.random((N_WEEKS, N_CHANNELS)) < 0.6)


@every_adstock
@few
@given(seed=SEEDS)
def test_adstock_is_linear(family: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, a, b = draw_values(ADSTOCKS[family], rng, (N_CHANNELS,)), draw_media(rng), draw_media(rng)
    both = adstock(2 * a + 3 * b, family, values, max_lag=MAX_LAG)
    parts = 2 * adstock(a, family, values, max_lag=MAX_LAG) + 3 * adstock(b, family, values, max_lag=MAX_LAG)
    np.testing.assert_allclose(both, parts, rtol=1e-12, atol=1e-12)


@every_adstock
@few
@given(seed=SEEDS, week=st.integers(1, N_WEEKS - 1))
def test_adstock_is_causal(family: str, seed: int, week: int) -> None:
    rng = np.random.default_rng(seed)
    values, media = draw_values(ADSTOCKS[family], rng), draw_media(rng)
    changed = media.copy()
    changed[week:] += 7
    before, after = (adstock(x, family, values, max_lag=MAX_LAG) for x in (media, changed))
    np.testing.assert_array_equal(before[:week], after[:week])
    assert (after[week:] >= before[week:]).all()


@every_adstock
@few
@given(seed=SEEDS)
def test_a_unit_stays_a_unit(family: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, media = draw_values(ADSTOCKS[family], rng), draw_media(rng)
    longer = np.concatenate([media, np.zeros((400, N_CHANNELS))])  # 0.9^400 of the last week is still to come
    np.testing.assert_allclose(adstock(longer, family, values, max_lag=MAX_LAG).sum(0), media.sum(0), rtol=1e-12)


@every_adstock
@few
@given(seed=SEEDS)
def test_batch_equals_loop(family: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, media = draw_values(ADSTOCKS[family], rng, (4, N_CHANNELS)), draw_media(rng)
    batch = adstock(media, family, values, max_lag=MAX_LAG)
    slopes = adstock_gradient(media, family, values, max_lag=MAX_LAG)
    assert batch.shape == (4, N_WEEKS, N_CHANNELS)
    for draw in range(4):
        for channel in range(N_CHANNELS):
            own = {name: value[draw, channel] for name, value in values.items()}
            column = media[:, [channel]]
            one = adstock(column, family, own, max_lag=MAX_LAG)[:, 0]
            np.testing.assert_allclose(batch[draw, :, channel], one, rtol=1e-13)
            for name, slope in adstock_gradient(column, family, own, max_lag=MAX_LAG).items():
                np.testing.assert_allclose(slopes[name][draw, :, channel], slope[:, 0], rtol=1e-10, atol=1e-10)


@every_adstock
@few
@given(seed=SEEDS, period=st.sampled_from([1 / 7, 1.0, 365.25 / 12 / 7]))
def test_adstock_gradient_is_the_difference(family: str, seed: int, period: float) -> None:
    rng = np.random.default_rng(seed)
    media = draw_media(rng)
    values = {name: np.clip(value, 0.1, 7.9) for name, value in draw_values(ADSTOCKS[family], rng).items()}
    slopes = adstock_gradient(media, family, values, max_lag=MAX_LAG, period_weeks=period)
    for name, slope in slopes.items():
        sides = [
            adstock(media, family, {**values, name: values[name] + step}, max_lag=MAX_LAG, period_weeks=period)
            for step in (1e-5, -1e-5)
        ]
        np.testing.assert_allclose(slope, (sides[0] - sides[1]) / 2e-5, rtol=1e-5, atol=1e-5)


@every_adstock
def test_the_weights_are_those_the_media_meets(family: str) -> None:
    rng = np.random.default_rng(3)
    for period in (1 / 7, 1.0, 365.25 / 12 / 7):
        values, media = draw_values(ADSTOCKS[family], rng), draw_media(rng)
        weights = adstock_weights(family, values, max_lag=MAX_LAG, period_weeks=period, n_lags=N_WEEKS)
        expected = np.stack([np.convolve(x, weights)[:N_WEEKS] for x in media.T], axis=1)
        ours = adstock(media, family, values, max_lag=MAX_LAG, period_weeks=period)
        np.testing.assert_allclose(ours, expected, rtol=1e-11, atol=1e-11)


@every_adstock
@few
@given(seed=SEEDS)
def test_days_carry_as_far_as_weeks(family: str, seed: int) -> None:
    """Weeks to the middle of the weight agree between daily and weekly kernels to about a week."""
    values = draw_values(ADSTOCKS[family], np.random.default_rng(seed))
    middles = []
    for period in (1 / 7, 1.0):
        weights = adstock_weights(family, values, max_lag=MAX_LAG, period_weeks=period, n_lags=round(90 / period))
        middles.append(np.sum(weights * np.arange(len(weights))) * period)
    assert abs(middles[0] - middles[1]) < 1.0


def test_edges_have_the_derivative_from_inside() -> None:
    spike, later = np.array([[1.0], [0], [0], [0], [0]]), {"decay": 0.0, "peak_lag": 2.0}
    assert adstock_gradient(spike, "geometric", {"decay": 0.0})["decay"].ravel().tolist() == [-1, 1, 0, 0, 0]
    np.testing.assert_allclose(adstock_gradient(spike, "delayed", later)["decay"].ravel(), [0, 1, -2, 1, 0])
    assert not adstock_gradient(spike, "binomial", {"decay": 0.0})["decay"].any()


@every_saturation
@few
@given(seed=SEEDS)
def test_saturation_rises_from_zero(family: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = draw_values(SATURATIONS[family], rng)
    u = np.concatenate([[0.0], np.sort(rng.lognormal(2.0, 2.0, 200))])[:, None]
    s = saturation(u, family, values)[:, 0]
    assert s[0] == 0
    assert (np.diff(s) >= 0).all()
    assert (saturation_derivative(u, family, values) >= 0).all()
    assert not SATURATIONS[family].limited or s[-1] <= 1


@every_saturation
@few
@given(seed=SEEDS)
def test_half_saturation_is_half_of_the_limit(family: str, seed: int) -> None:
    values = draw_values(SATURATIONS[family], np.random.default_rng(seed))
    if SATURATIONS[family].limited:
        assert saturation([[values["half_saturation"]]], family, values) == pytest.approx(0.5, rel=1e-15)
        assert saturation([[1e12]], family, {**values, "half_saturation": 1e-300}) == pytest.approx(1.0, rel=1e-15)
    else:
        assert "half_saturation" not in values


@every_saturation
@few
@given(seed=SEEDS)
def test_saturation_derivatives_are_the_difference(family: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, u = draw_values(SATURATIONS[family], rng), rng.lognormal(2.0, 1.0, (50, 2))
    values = {name: np.minimum(value, 0.99) if name == "exponent" else value for name, value in values.items()}
    step = 1e-6
    by_u = (saturation(u * (1 + step), family, values) - saturation(u * (1 - step), family, values)) / (2 * step)
    np.testing.assert_allclose(saturation_derivative(u, family, values), by_u, rtol=1e-7, atol=1e-8)
    for name, slope in saturation_gradient(u, family, values).items():
        sides = [saturation(u, family, {**values, name: values[name] * (1 + sign * step)}) for sign in (1, -1)]
        np.testing.assert_allclose(slope * values[name], (sides[0] - sides[1]) / (2 * step), rtol=1e-7, atol=1e-8)


@every_saturation
@few
@given(seed=SEEDS)
def test_saturation_batch_equals_loop_in_any_memory_order(family: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = draw_values(SATURATIONS[family], rng, (4, N_CHANNELS))
    u = rng.lognormal(2.0, 2.0, (4, N_WEEKS, N_CHANNELS))
    u[rng.random(u.shape) < 0.1] = 0
    week_first = np.ascontiguousarray(u.transpose(1, 2, 0)).transpose(2, 0, 1)
    batch = saturation(u, family, values)
    np.testing.assert_array_equal(saturation(week_first, family, values), batch)
    shared = saturation(u[0], family, values)  # one series, many draws
    assert shared.shape == u.shape
    for draw in range(4):
        own = {name: value[draw] for name, value in values.items()}
        np.testing.assert_allclose(batch[draw], saturation(u[draw], family, own), rtol=1e-13)
        np.testing.assert_allclose(shared[draw], saturation(u[0], family, own), rtol=1e-13)


@every_saturation
def test_all_that_is_zero_stays_finite(family: str) -> None:
    values = draw_values(SATURATIONS[family], np.random.default_rng(1), (5, 2))
    zero = np.zeros((5, 7, 2))
    assert not saturation(zero, family, values).any()
    assert not saturation_derivative(zero, family, values).any()
    assert not any(slope.any() for slope in saturation_gradient(zero, family, values).values())


@few
@given(decay=st.floats(0.01, 0.999))
def test_geometric_half_life(decay: float) -> None:
    assert half_life("geometric", {"decay": decay}) == pytest.approx(np.log(0.5) / np.log(decay), rel=1e-14)
    assert half_life("geometric", {"decay": 0.0}) == 0


@every_adstock
@few
@given(seed=SEEDS)
def test_half_of_the_weight_has_passed_at_the_half_life(family: str, seed: int) -> None:
    values = draw_values(ADSTOCKS[family], np.random.default_rng(seed))
    middle = float(half_life(family, values, max_lag=MAX_LAG))
    weights = adstock_weights(family, values, max_lag=MAX_LAG, n_lags=200)
    whole = int(middle)
    assert weights[:whole].sum() <= 0.5 + 1e-12
    assert weights[: whole + 1].sum() >= 0.5 - 1e-12
    assert half_life(family, {name: np.full((2, 3), value) for name, value in values.items()}).shape == (2, 3)
