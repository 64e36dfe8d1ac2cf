"""Coordinates and priors: there and back, densities that integrate to one, draws that follow them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xl_mmm.estimation.bayes.parameters import SIGNED, SIZE, WHOLE, Coordinate, Parameters
from xl_mmm.transforms import Prior

COORDINATES = (
    Coordinate(0, "decay", 0.0, 1.0, Prior("logit_normal", -0.6, 0.9)),
    Coordinate(0, "peak_lag", 0.0, 12.0, Prior("half_normal", 0.0, 2.0)),
    Coordinate(1, "weibull_shape", 0.0, math.inf, Prior("gamma", 3.0, 1.0)),
    Coordinate(1, "peak_lag", 0.0, 4.0, Prior("normal", 2.0, 1.0)),
    Coordinate(1, SIZE, 0.0, math.inf, Prior("log_normal", 0.2, 0.9)),
    Coordinate(0, SIGNED, 0.0, math.inf, Prior("half_normal", 0.0, 1.0)),
    Coordinate(WHOLE, "rho", -1.0, 1.0, Prior("normal", 0.0, 0.3)),
)
FIXED = {"decay": np.array([np.nan, 0.4]), "peak_lag": np.full(2, np.nan), "weibull_shape": np.full(2, np.nan),
         SIZE: np.array([1.5, np.nan])}  # fmt: skip
PARAMETERS = Parameters.of(COORDINATES, FIXED)


def test_there_and_back_and_the_slope_between() -> None:
    q = PARAMETERS.prior_draws(np.random.default_rng(1), 50)
    p = PARAMETERS.at(q)
    np.testing.assert_allclose(PARAMETERS.coordinate(p), q, rtol=1e-9, atol=1e-9)
    h = 1e-5
    np.testing.assert_allclose(PARAMETERS.slope(p), (PARAMETERS.at(q + h) - PARAMETERS.at(q - h)) / (2 * h), rtol=1e-7)


def test_columns_hold_what_is_free_and_what_is_fixed() -> None:
    p = PARAMETERS.at(np.zeros((2, len(PARAMETERS))))
    columns = PARAMETERS.columns(p)
    assert columns["decay"].T.tolist() == [[0.5, 0.4]] * 2
    assert columns[SIZE].T.tolist() == [[1.5, 1.0]] * 2
    assert columns["peak_lag"].T.tolist() == [[6.0, 2.0]] * 2
    assert np.isnan(columns["weibull_shape"][0]).all()


@pytest.mark.parametrize("j", range(len(COORDINATES)))
def test_the_density_is_that_of_the_draws(j: int) -> None:
    one = Parameters.of(
        [Coordinate(WHOLE, COORDINATES[j].name, COORDINATES[j].low, COORDINATES[j].high, COORDINATES[j].prior)], {}
    )
    q = np.linspace(-14, 8, 20001)[:, None]
    density = np.exp(one.log_prior(q, one.at(q))[0])
    cumulative = np.cumsum(density) / density.sum()
    draws = one.prior_draws(np.random.default_rng(2), 4000)[:, 0]
    for share in (0.05, 0.5, 0.95):
        at = float(q[np.searchsorted(cumulative, share), 0])
        assert (draws <= at).mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / len(draws)))


def test_the_gradient_of_the_prior_is_its_difference() -> None:
    q = PARAMETERS.prior_draws(np.random.default_rng(3), 5)
    h = 1e-5
    for j in range(len(PARAMETERS)):
        step = h * np.eye(len(PARAMETERS))[j]
        up, down = (PARAMETERS.log_prior(q + s, PARAMETERS.at(q + s))[0] for s in (step, -step))
        np.testing.assert_allclose(
            PARAMETERS.log_prior(q, PARAMETERS.at(q))[1][:, j], (up - down) / (2 * h), rtol=1e-6, atol=1e-8
        )


def test_what_is_far_away_is_held() -> None:
    q = np.zeros((2, len(PARAMETERS)))
    q[0] = [900, -900, 900, np.nan, 0, -900, 0]
    assert PARAMETERS.inside(q).tolist() == [False, True]
    assert PARAMETERS.inside(PARAMETERS.held(q)).all()
