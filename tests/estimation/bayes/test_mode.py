"""Modes: a quadratic is solved exactly, two hills are both found, a curved valley is climbed."""

from __future__ import annotations

import numpy as np

from xl_mmm.estimation.bayes.mode import climb, find_modes

RNG = np.random.default_rng(0)
ROOT = RNG.normal(size=(5, 5))
PRECISION = ROOT @ ROOT.T + np.eye(5)
CENTRE = RNG.normal(size=5)


def gaussian(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pull = (q - CENTRE) @ PRECISION
    return -0.5 * ((q - CENTRE) * pull).sum(axis=1), -pull


def two_hills(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Normals at −3 and 3 in the first coordinate, the second 2 nats lower."""
    tops = np.array([[-3.0, 0.0], [3.0, 0.0]])
    each = np.array([0.0, -2.0]) - 0.5 * ((q[:, None] - tops) ** 2).sum(axis=2)
    weight = np.exp(each - np.logaddexp.reduce(each, axis=1)[:, None])
    return np.logaddexp.reduce(each, axis=1), (weight[:, :, None] * (tops - q[:, None])).sum(axis=1)


def test_a_quadratic_is_solved_with_its_curvature() -> None:
    (mode,) = find_modes(gaussian, RNG.normal(size=(6, 5)) * 5)
    np.testing.assert_allclose(mode.q, CENTRE, atol=5e-3)
    np.testing.assert_allclose(mode.factor @ mode.factor.T, np.linalg.inv(PRECISION), rtol=1e-6)


def test_both_hills_are_found_the_higher_first() -> None:
    starts = np.array([[2.0, 1.0], [-2.0, 0.0], [4.0, -1.0], [-5.0, 2.0]])
    modes = find_modes(two_hills, starts)
    assert [round(mode.q[0]) for mode in modes] == [-3, 3]
    assert modes[0].value > modes[1].value


def test_a_curved_valley_is_climbed() -> None:
    def valley(q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        bend = q[:, 1] - q[:, 0] ** 2
        slope = np.column_stack([-2 * (q[:, 0] - 1) + 40 * q[:, 0] * bend, -20 * bend])
        return -((q[:, 0] - 1) ** 2) - 10 * bend**2, slope

    q, value = climb(valley, np.array([[-1.2, 1.0], [2.0, -2.0]]))
    np.testing.assert_allclose(q, 1.0, atol=0.02)
    assert (value > -1e-4).all()
