"""Response curves: exact, zero at zero, one at today."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.measures import response_curve, roi
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.response import media_contribution


def test_ends_and_today() -> None:
    model = market(slope=1.8, revenue_per_kpi=2.0)
    table = response_curve(model, "channel1", [0, 0.5, 1, 2])
    own = roi(model).loc["channel1"]
    assert list(table.columns) == ["multiplier", "spend", "outcome", "outcome_low", "outcome_high"]
    assert table["outcome"].iloc[0] == 0
    assert table["outcome"].iloc[2] == pytest.approx(own["roi"] * own["spend"], rel=1e-10)
    assert table["spend"].iloc[3] == pytest.approx(2 * own["spend"])
    assert table["outcome"].is_monotonic_increasing
    assert len(response_curve(model, "channel0")) == 21


def test_agrees_with_the_forward_model_at_any_plan() -> None:
    model = market(slope=2.5)
    multiples = np.array([0.3, 1.7, 0.9])
    whole, _ = media_contribution(model, multiples)
    np.testing.assert_allclose(
        ResponseCurves.of(model).revenue(multiples)[:, 0], whole.sum(axis=1), rtol=1e-9, atol=1e-9
    )


def test_effective_media_made_anew_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = market()
    kept = ResponseCurves.of(model).slope(np.ones(3))
    monkeypatch.setattr("xl_mmm.measures.curves.KEPT_CELLS", 0)
    again = ResponseCurves.of(model)
    assert again.kept is None
    np.testing.assert_array_equal(again.slope(np.ones(3)), kept)


def test_carryover_moves_with_spend() -> None:
    """A steady +50 % at decay 0.6 lifts 17.39 %, not the 8.00 % of a frozen carryover (traps_demo.json)."""
    shape = {"decay": 0.6, "saturation": "michaelis_menten", "half_saturation": 100.0, "coefficient": 1.0}
    model = posterior(dataset({"tv": [125.0] * 120}), {"tv": shape})
    (reach,) = ResponseCurves.of(model).reaches
    last = dataclasses.replace(reach, weights=np.eye(120)[-1])
    lift = last.revenue(np.array([1.5])) / last.revenue(np.array([1.0])) - 1
    assert lift[0, 0] == pytest.approx(0.17391304347826075, rel=1e-9)


def test_bursts_earn_less_than_their_mean() -> None:
    """Response is summed over weeks: 0 and 200 by turns at half_saturation 100 earn 1/3 a week, not 1/2."""
    shape = {"decay": 0.0, "saturation": "michaelis_menten", "half_saturation": 100.0, "coefficient": 6.0}
    table = response_curve(posterior(dataset({"tv": [0.0, 200.0] * 6}), {"tv": shape}), "tv", [1])
    assert table["outcome"].iloc[0] == pytest.approx(12 * 6 * (1 / 3))


def test_unknown_channels_and_impossible_multiples_are_named() -> None:
    with pytest.raises(PlanError, match="No paid channel is called 'tvv'"):
        response_curve(market(), "tvv")
    with pytest.raises(PlanError, match=r"channel0: -0\.5 is no multiple"):
        response_curve(market(), "channel0", [1, -0.5])
    with pytest.raises(PlanError, match="channel0: 'double' is no list of multiples"):
        response_curve(market(), "channel0", "double")
    with pytest.raises(PlanError, match=r"channel0: \[\] is no list of multiples"):
        response_curve(market(), "channel0", [])


def test_history_earns_nothing_in_the_curve() -> None:
    """Revenue at multiple m is that of the whole less what history alone brings, kept or computed anew."""
    model = market(revenue_per_kpi=2.0, history=8)
    by_week, carried = media_contribution(model, np.full(3, 1.3))
    assert (carried.sum(axis=1) > 0).all()
    np.testing.assert_allclose(
        ResponseCurves.of(model).revenue(np.full(3, 1.3))[:, 0], 2.0 * by_week.sum(axis=1), rtol=1e-10
    )
