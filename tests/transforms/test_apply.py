"""The public door: tables a planner can check on paper, and what is refused."""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from xl_mmm import spec
from xl_mmm.errors import SpecError
from xl_mmm.transforms import (
    ADSTOCKS,
    CONVENTIONS,
    SATURATIONS,
    adstock,
    adstock_gradient,
    adstock_weights,
    apply,
    half_life,
    saturation,
    saturation_derivative,
    saturation_gradient,
)

SPIKE = [[100.0], [0.0], [0.0], [0.0]]

# 100 of spend in week 1, nothing after: effective spend in weeks 1 to 4.
ADSTOCK_ON_PAPER = {
    "geometric": ({"decay": 0.5}, 12, [50.0, 25.0, 12.5, 6.25]),  # half of what is left, each week
    "delayed": ({"decay": 0.5, "peak_lag": 1.0}, 2, [25.0, 50.0, 25.0, 0.0]),  # 1/2 : 1 : 1/2
    "binomial": ({"decay": 0.5}, 3, [40.0, 30.0, 20.0, 10.0]),  # 4 : 3 : 2 : 1
    "weibull_cdf": ({"weibull_shape": 1.0, "weibull_scale": 1 / np.log(2)}, 2, [800 / 13, 400 / 13, 100 / 13, 0.0]),
    "weibull_pdf": ({"weibull_shape": 1.0, "weibull_scale": 1 / np.log(2)}, 2, [400 / 7, 200 / 7, 100 / 7, 0.0]),
}

# S at u = 0, 100 and 300.
SATURATION_ON_PAPER = {
    "hill": ({"half_saturation": 100.0, "slope": 2.0}, [0.0, 1 / 2, 9 / 10]),  # 9 : 1 at three times h
    "logistic": ({"half_saturation": 100.0}, [0.0, 1 / 2, 26 / 28]),  # e^(-k u) = 1/3, 1/27
    "tanh": ({"half_saturation": 100.0}, [0.0, 1 / 2, 26 / 28]),
    "michaelis_menten": ({"half_saturation": 100.0}, [0.0, 1 / 2, 3 / 4]),
    "exponential": ({"half_saturation": 100.0}, [0.0, 1 / 2, 7 / 8]),  # half of the rest, three times
    "power": ({"exponent": 0.5}, [0.0, 10.0, 300**0.5]),
    "log": ({"curvature": 100.0}, [0.0, np.log(2), np.log(4)]),
}


@pytest.mark.parametrize("family", ADSTOCKS)
def test_adstock_on_paper(family: str) -> None:
    values, max_lag, expected = ADSTOCK_ON_PAPER[family]
    np.testing.assert_allclose(adstock(SPIKE, family, values, max_lag=max_lag)[:, 0], expected, rtol=1e-14)


@pytest.mark.parametrize("family", SATURATIONS)
def test_saturation_on_paper(family: str) -> None:
    values, expected = SATURATION_ON_PAPER[family]
    np.testing.assert_allclose(saturation([[0.0], [100.0], [300.0]], family, values)[:, 0], expected, rtol=1e-14)


def test_half_lives_on_paper() -> None:
    assert half_life("geometric", {"decay": 0.25}) == pytest.approx(0.5)
    # binomial 0.4 0.3 0.2 0.1: after one week 0.6 is left, after two 0.3, and 0.5 in between
    assert half_life("binomial", {"decay": 0.5}, max_lag=3) == pytest.approx(1 + np.log(0.6 / 0.5) / np.log(0.6 / 0.3))
    assert half_life("binomial", {"decay": 0.0}) == pytest.approx(0, abs=1e-2)  # all of it at once


def test_examples_in_docstrings() -> None:
    result = doctest.testmod(apply)
    assert result.attempted >= 5
    assert result.failed == 0


def test_families_are_those_of_the_specification() -> None:
    assert tuple(ADSTOCKS) == spec.ADSTOCK_NAMES
    assert tuple(SATURATIONS) == spec.SATURATION_NAMES
    fields = spec.ChannelSpec.__dataclass_fields__
    for record in (*ADSTOCKS.values(), *SATURATIONS.values()):
        assert record.help
        for parameter in record.parameters:
            assert parameter.name in fields
            assert parameter.help
            assert parameter.prior.scale > 0


def test_shapes() -> None:
    media = np.ones((10, 3))
    one, many = {"decay": 0.5}, {"decay": np.full((4, 3), 0.5)}
    assert adstock(media, "geometric", one).shape == (10, 3)
    assert adstock(media, "geometric", {"decay": [0.1, 0.2, 0.3]}).shape == (10, 3)
    assert adstock(media, "geometric", many).shape == (4, 10, 3)
    assert adstock(media, "geometric", many, convention="meridian").shape == (4, 10, 3)
    assert adstock(np.ones((1, 3)), "geometric", many).shape == (4, 1, 3)
    assert adstock_gradient(media, "binomial", many)["decay"].shape == (4, 10, 3)
    mixed = {"half_saturation": 3.0, "slope": np.full((4, 3), 2.0)}
    assert saturation(media, "hill", mixed).shape == (4, 10, 3)
    assert saturation_derivative(media, "hill", mixed).shape == (4, 10, 3)
    assert saturation_gradient(media, "hill", mixed)["slope"].shape == (4, 10, 3)
    assert adstock_weights("geometric", {"decay": np.full((2, 5), 0.5)}, n_lags=7).shape == (2, 5, 7)
    assert adstock_weights("binomial", one, max_lag=12, period_weeks=1 / 7).shape == (85,)
    assert adstock_weights("binomial", one, max_lag=3, n_lags=6).tolist()[4:] == [0, 0]
    assert adstock_weights("binomial", one, max_lag=0).tolist() == [1]


@pytest.mark.parametrize(
    ("family", "values", "message"),
    [
        ("geometric", {"decay": 1.0}, r"decay of geometric is 1.0; allowed: 0 <= decay < 1"),
        ("geometric", {"decay": [0.2, -0.5]}, r"decay of geometric is -0.5; allowed: 0 <= decay < 1"),
        ("binomial", {"decay": float("nan")}, r"decay of binomial is nan; allowed"),
        ("delayed", {"decay": 0.5, "peak_lag": 13}, r"peak_lag of delayed is 13.0; .* <= max_lag = 12"),
        ("weibull_cdf", {"weibull_shape": 0, "weibull_scale": 1}, r"weibull_shape .* 0.0; allowed: 0 < weibull_shape"),
        ("weibull_pdf", {"weibull_shape": 1, "weibull_scale": float("inf")}, r"weibull_scale of weibull_pdf is inf"),
        ("geometric", {}, r"geometric takes decay; given: nothing"),
        ("geometric", {"decay": 0.5, "peak_lag": 1}, r"geometric takes decay; given: decay, peak_lag"),
        ("geometrical", {"decay": 0.5}, r"adstock is 'geometrical'; choose one of geometric, delayed"),
    ],
)
def test_impossible_adstock_is_refused(family: str, values: dict[str, object], message: str) -> None:
    for call in (
        lambda: adstock(SPIKE, family, values),
        lambda: adstock_gradient(SPIKE, family, values),
        lambda: adstock_weights(family, values),
        lambda: half_life(family, values),
    ):
        with pytest.raises(SpecError, match=message):
            call()


@pytest.mark.parametrize(
    ("family", "values", "message"),
    [
        ("hill", {"half_saturation": 1, "slope": 0}, r"slope of hill is 0.0; allowed: 0 < slope"),
        ("hill", {"half_saturation": -3, "slope": 1}, r"half_saturation of hill is -3.0; allowed: 0 < half_saturation"),
        ("hill", {"half_saturation": 1}, r"hill takes half_saturation and slope; given: half_saturation"),
        ("power", {"exponent": 1.5}, r"exponent of power is 1.5; allowed: 0 < exponent <= 1"),
        ("log", {"curvature": float("nan")}, r"curvature of log is nan"),
        ("hil", {"half_saturation": 1, "slope": 1}, r"saturation is 'hil'; choose one of hill, logistic"),
    ],
)
def test_impossible_saturation_is_refused(family: str, values: dict[str, object], message: str) -> None:
    for function in (saturation, saturation_derivative, saturation_gradient):
        with pytest.raises(SpecError, match=message):
            function(SPIKE, family, values)


def test_impossible_conventions_are_refused() -> None:
    with pytest.raises(SpecError, match=r"convention is 'robin'; choose one of xl_mmm, raw, robyn"):
        adstock(SPIKE, "geometric", {"decay": 0.5}, convention="robin")
    with pytest.raises(SpecError, match=r"'meridian' has no adstock 'delayed'; it has geometric, binomial"):
        adstock(SPIKE, "delayed", {"decay": 0.5, "peak_lag": 1}, convention="meridian")
    with pytest.raises(SpecError, match=r"convention is 'robin'"):
        saturation(SPIKE, "hill", {"half_saturation": 1, "slope": 1}, convention="robin")
    with pytest.raises(SpecError, match=r"max_lag is -1 .* zero or more"):
        adstock(SPIKE, "binomial", {"decay": 0.5}, max_lag=-1)


def test_conventions_say_what_they_change() -> None:
    for name in CONVENTIONS:
        assert name in (CONVENTIONS[name].name, name)
        u = saturation([[50.0], [100.0]], "hill", {"half_saturation": 0.5, "slope": 1.0}, convention=name)
        expected = [0.5, 2 / 3] if name == "robyn" else [50 / 50.5, 100 / 100.5]
        np.testing.assert_allclose(u[:, 0], expected, rtol=1e-14)
    weights = adstock_weights("geometric", {"decay": 0.5}, convention="pymc", max_lag=3)
    assert weights.tolist() == [1, 0.5, 0.25, 0.125]
