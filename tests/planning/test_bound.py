"""Over-estimators lie above the curve everywhere between the points they were made from."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.bound import concave, scan

EVERY = np.ones(3, dtype=bool)


@pytest.mark.parametrize("slope", [1.5, 2.5, 4.0])
@pytest.mark.parametrize("least", [0.0, 0.4])
def test_hill_curves_stay_below_chord_plus_excess(slope: float, least: float) -> None:
    curves = ResponseCurves.of(market(slope=slope, n_draws=12, history=0 if least else 8))
    nodes = np.linspace(least, 2.0, 9)[:, None] * np.ones(3)
    found, value = scan(curves, nodes, EVERY), curves.revenue(nodes).mean(axis=0)
    np.testing.assert_allclose(found.draws.mean(axis=0), value, rtol=1e-12, atol=1e-9)
    assert (found.excess >= 0).all()
    assert found.excess.max() < 0.1 * value.max()
    for j in range(8):
        for share in (0.1, 0.3, 0.5, 0.7, 0.9):
            at = nodes[j] + share * (nodes[j + 1] - nodes[j])
            chord = value[j] + share * (value[j + 1] - value[j])
            assert (curves.revenue(at).mean(axis=0)[0] <= chord + found.excess[j] + 1e-9).all()


@pytest.mark.parametrize("slope", [1.5, 2.5])
def test_a_slope_said_to_fall_falls(slope: float) -> None:
    curves = ResponseCurves.of(market(slope=slope, n_draws=12))
    nodes = np.linspace(0.0, 3.0, 31)[:, None] * np.ones(3)
    found = scan(curves, nodes, EVERY)
    assert found.falling[-5:].all()
    assert not found.falling[0].any()
    for j in range(30):
        slopes = curves.slope(nodes[j] + np.linspace(0, 1, 9)[:, None] * (nodes[j + 1] - nodes[j])).mean(axis=0)
        assert (np.diff(slopes, axis=0)[:, found.falling[j]] <= 1e-9).all()


def test_slopes_are_derivatives() -> None:
    curves = ResponseCurves.of(market(slope=1.7, n_draws=5))
    nodes = np.array([[0.3, 0.5, 0.9], [0.7, 1.0, 1.4]])
    np.testing.assert_allclose(scan(curves, nodes).slope, curves.slope(nodes), rtol=1e-12)


def test_a_slope_above_one_is_not_concave() -> None:
    assert concave(market().media, (0, 1, 2)).all()
    assert not concave(market(slope=1.5).media, (0, 1, 2)).any()
