"""Twelve digits against 60-digit arithmetic, over values no planner should type; every warning is an error.

A number below `FAINT` of the largest in its row is compared on the row's scale: it no longer moves any sum.
"""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest

from tests.transforms import oracle
from xl_mmm.transforms import (
    ADSTOCKS,
    SATURATIONS,
    adstock,
    adstock_gradient,
    adstock_weights,
    saturation,
    saturation_derivative,
    saturation_gradient,
)

DIGITS = 1e-12
FAINT = mp.mpf("1e-200")
VANISHING = mp.mpf("1e-285")  # absolute: smaller doubles have fewer digits
SMALLEST_NORMAL = mp.mpf(float(np.finfo(float).tiny))
N_LAGS, MAX_LAG = 13, 12
FEW_LAGS = 6  # where the oracle is slow

DECAYS = [0.0, 1e-300, 1e-16, 1e-6, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 1e-9, 1 - 1e-16]
SHAPES, SCALES = [1e-6, 0.01, 0.5, 1.0, 2.0, 9.0, 100.0], [1e-300, 1e-6, 0.1, 0.9, 2.0, 7.5, 50.0, 1e6, 1e300]
GRID: dict[str, list[dict[str, float]]] = {
    "geometric": [{"decay": d} for d in DECAYS],
    "binomial": [{"decay": d} for d in DECAYS],
    "delayed": [{"decay": d, "peak_lag": p} for d in DECAYS for p in (0.0, 1e-9, 0.3, 2.0, 2.5, 3.7, 12.0)],
    "weibull_cdf": [{"weibull_shape": k, "weibull_scale": s} for k in SHAPES for s in SCALES],
    "weibull_pdf": [{"weibull_shape": k, "weibull_scale": s} for k in SHAPES for s in SCALES],
}

MEDIA = [0.0, 1e-300, 1e-150, 1e-9, 0.3, 1.0, 99.0, 100.0, 1e4, 1e12, 1e150, 1e300]
HALVES, SLOPES = [1e-300, 1e-9, 1.0, 100.0, 1e9, 1e300], [1e-6, 0.01, 0.5, 1.0, 2.0, 10.0, 300.0]
CURVES: dict[str, list[dict[str, float]]] = {
    "hill": [{"half_saturation": h, "slope": s} for h in HALVES for s in SLOPES],
    "power": [{"exponent": e} for e in (1e-12, 0.01, 0.5, 0.999, 1.0)],
    "log": [{"curvature": h} for h in HALVES],
} | {
    name: [{"half_saturation": h} for h in HALVES]
    for name in ("logistic", "tanh", "michaelis_menten", "exponential")
}  # fmt: skip


def test_the_grids_cover_every_family() -> None:
    assert set(GRID) == set(ADSTOCKS)
    assert set(CURVES) == set(SATURATIONS)


def worst(ours: np.ndarray, exact: list[mp.mpf], scale: mp.mpf | None = None) -> float:
    """Largest relative error of a row."""
    largest = max(abs(value) for value in exact) if scale is None else scale
    floor = max(largest * FAINT, VANISHING)
    errors = [abs(mp.mpf(float(mine)) - true) / max(abs(true), floor) for mine, true in zip(ours, exact, strict=True)]
    return float(max(errors))


@pytest.mark.parametrize("family", ADSTOCKS)
def test_weights(family: str) -> None:
    for values in GRID[family]:
        ours = adstock_weights(family, values, max_lag=MAX_LAG, n_lags=N_LAGS)
        assert worst(ours, oracle.weights(family, values, N_LAGS, MAX_LAG)) < DIGITS, values


@pytest.mark.parametrize("family", ADSTOCKS)
@pytest.mark.parametrize("period", [1 / 7, 365.25 / 12 / 7])
def test_weights_of_days_and_months(family: str, period: float) -> None:
    n_lags = int(MAX_LAG / period + 1e-9) + 1
    for values in GRID[family][::4]:
        if 0 < values.get("decay", 0.5) < 1 - 1e-12:
            ours = adstock_weights(family, values, max_lag=MAX_LAG, period_weeks=period, n_lags=n_lags)
            exact = oracle.weights(family, values, n_lags, MAX_LAG, period)
            # a lag of 84 days is 12 weeks only to rounding, which steep kernels multiply
            assert worst(ours, exact, scale=mp.mpf("1e150")) < 1e-11, values


@pytest.mark.parametrize("family", ADSTOCKS)
def test_weights_gradient(family: str) -> None:
    record = ADSTOCKS[family]
    for values in GRID[family]:
        if values.get("decay") == 0 or values.get("weibull_scale") == 1e-300:  # no difference to both sides there
            continue
        if values.get("peak_lag", 0) > FEW_LAGS - 1:
            continue
        arrays = {name: np.asarray(value) for name, value in values.items()}
        slopes = record.weights_gradient(arrays, np.arange(float(FEW_LAGS)), FEW_LAGS - 1)
        for name, ours in slopes.items():
            exact = oracle.weights_gradient(family, values, name, FEW_LAGS, FEW_LAGS - 1)
            largest = max(abs(value) for value in exact)
            floor = max(largest * mp.mpf("1e-3"), VANISHING)  # terms of both signs cancel inside a row
            error = max(abs(mp.mpf(float(a)) - b) / max(abs(b), floor) for a, b in zip(ours, exact, strict=True))
            assert error < DIGITS, (values, name)


@pytest.mark.parametrize("family", ADSTOCKS)
@pytest.mark.parametrize("size", [1e-300, 1e-5, 1.0, 1e300])
def test_adstocked_media(family: str, size: float) -> None:
    pattern = [0.0, 1.0, 0.0, 0.5, 0.25, 0.0, 0.0, 1.0]
    media = np.array(pattern)[:, None] * size
    for values in GRID[family]:
        ours = adstock(media, family, values)[:, 0]
        kernel = oracle.weights(family, values, len(pattern) if family == "geometric" else N_LAGS, MAX_LAG)
        exact = [
            mp.fsum(kernel[lag] * mp.mpf(float(media[week - lag, 0])) for lag in range(week + 1))
            for week in range(len(pattern))
        ]
        assert worst_each(ours, exact, max(size * FAINT, SMALLEST_NORMAL)) < DIGITS, values
        if size < 1e300 or values.get("decay", 1.0) >= 0.01 <= values.get("weibull_scale", 1.0):
            for slope in adstock_gradient(media, family, values).values():  # elsewhere slopes beyond 1e8 overflow
                assert np.isfinite(slope).all()


@pytest.mark.parametrize("family", SATURATIONS)
def test_saturation(family: str) -> None:
    u = np.array(MEDIA)[:, None]
    for values in CURVES[family]:
        exact = [oracle.saturation(family, x, values) for x in MEDIA]
        assert worst_each(saturation(u, family, values)[:, 0], exact) < DIGITS, values
        exact = [oracle.log_slope(family, x, values) for x in MEDIA]
        assert worst_each(saturation_derivative(u, family, values)[:, 0], exact) < DIGITS, values


@pytest.mark.parametrize("family", SATURATIONS)
def test_saturation_gradient(family: str) -> None:
    u = np.array(MEDIA)[:, None]
    for values in CURVES[family]:
        for name, ours in saturation_gradient(u, family, values).items():
            exact = [oracle.gradient(family, x, values, name) for x in MEDIA]
            unit = values[name] if name in ("half_saturation", "curvature") else 1.0  # as a change per proportion
            assert worst_each(ours[:, 0], exact, VANISHING / min(unit, 1.0)) < DIGITS, (values, name)


def worst_each(ours: np.ndarray, exact: list[mp.mpf], floor: mp.mpf = VANISHING) -> float:
    """Largest relative error, element by element."""
    return float(max(abs(mp.mpf(float(a)) - b) / max(abs(b), floor) for a, b in zip(ours, exact, strict=True)))


@pytest.mark.parametrize("zero_week", [0, 3])
def test_hill_blocks_agree_with_the_careful_form(zero_week: int) -> None:
    rng = np.random.default_rng(5)
    u = rng.lognormal(size=(40, 30, 7))
    values = {"half_saturation": rng.lognormal(size=(40, 7)), "slope": rng.uniform(0.5, 3, size=(40, 7))}
    plain = saturation(u, "hill", values)
    u[:, zero_week] = 0
    with_zeros = saturation(u, "hill", values)
    kept = [week for week in range(30) if week != zero_week]
    np.testing.assert_allclose(with_zeros[:, kept], plain[:, kept], rtol=1e-14)
    assert not with_zeros[:, zero_week].any()


def test_every_pair_of_extremes_is_silent() -> None:
    extremes = [0.0, 1e-300, 1.0, 1e300]
    for u, h in itertools.product(extremes, [1e-300, 1.0, 1e300]):
        values = {"half_saturation": h, "slope": 1000.0}
        assert 0 <= saturation([[u]], "hill", values)[0, 0] <= 1
