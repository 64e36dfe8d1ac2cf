"""Over-estimators lie above the curve everywhere between the points they were made from."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.bound import concave, hill_excess, tangent_excess


@pytest.mark.parametrize("slope", [1.5, 2.5, 4.0])
@pytest.mark.parametrize("least", [0.0, 0.4])
def test_hill_curves_stay_below_chord_plus_excess(slope: float, least: float) -> None:
    curves = ResponseCurves.of(market(slope=slope, n_draws=12, history=0 if least else 8))
    nodes = np.linspace(least, 2.0, 9)[:, None] * np.ones(3)
    excess, value = hill_excess(curves, nodes), curves.revenue(nodes).mean(axis=0)
    assert (excess >= 0).all()
    assert excess.max() < 0.1 * value.max()
    for j in range(8):
        for share in (0.1, 0.3, 0.5, 0.7, 0.9):
            at = nodes[j] + share * (nodes[j + 1] - nodes[j])
            chord = value[j] + share * (value[j + 1] - value[j])
            assert (curves.revenue(at).mean(axis=0)[0] <= chord + excess[j] + 1e-9).all()


def test_tangents_bound_a_concave_curve() -> None:
    x = np.linspace(0.1, 2, 6)[:, None]
    excess = tangent_excess(x, np.sqrt(x), 0.5 / np.sqrt(x))[:, 0]
    for j in range(5):
        t = np.linspace(x[j, 0], x[j + 1, 0], 50)
        rise = np.sqrt(t) - np.interp(t, x[:, 0], np.sqrt(x[:, 0]))
        assert rise.max() <= excess[j]


def test_a_slope_above_one_is_not_concave() -> None:
    assert concave(market().media, (0, 1, 2)).all()
    assert not concave(market(slope=1.5).media, (0, 1, 2)).any()
