"""Scores on paper."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xl_mmm.diagnostics.scores import crps, weighted_error


def test_wmape_on_paper():
    assert weighted_error(np.array([100.0, 50.0]), np.array([90.0, 60.0])) == pytest.approx(20 / 150)
    assert np.isnan(weighted_error(np.zeros(2), np.ones(2)))


def test_crps_of_one_number_is_the_absolute_error():
    assert crps(np.array([[3.0, -2.0]]), np.array([1.0, 1.0])).tolist() == [2.0, 3.0]


def test_crps_on_paper():
    """Draws 0 and 2, actual 1: E|X - y| = 1; |X - X'| is 0, 2, 2, 0, so half its mean is 0.5."""
    assert crps(np.array([[2.0], [0.0]]), np.array([1.0])) == pytest.approx(0.5)


def test_crps_is_its_definition():
    rng = np.random.default_rng(1)
    draws, actual = rng.normal(size=(50, 3, 2)), rng.normal(size=(3, 2))
    pairs = np.abs(draws[:, None] - draws[None]).mean(axis=(0, 1)) / 2
    assert crps(draws, actual) == pytest.approx(np.abs(draws - actual).mean(axis=0) - pairs, rel=1e-12)


@pytest.mark.parametrize("z", [0.0, 1.0, -2.5])
def test_crps_of_a_normal_forecast(z):
    """Gneiting and Raftery (2007): σ [z (2 Φ(z) - 1) + 2 φ(z) - 1/√π]."""
    sigma = 3.0
    draws = 10 + sigma * np.random.default_rng(2).standard_normal((200_000, 1))
    below, density = (1 + math.erf(z / math.sqrt(2))) / 2, math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    exact = sigma * (z * (2 * below - 1) + 2 * density - 1 / math.sqrt(math.pi))
    assert crps(draws, np.array([10 + sigma * z])) == pytest.approx(exact, rel=0.01)
