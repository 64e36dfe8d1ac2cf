"""ROI in its several meanings, on paper and as laws."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.measures.test_contribution import PAPER, SPEND
from tests.posteriors import FLAT, ModelSpec, dataset, market, posterior
from xl_mmm.errors import PlanError, SpecError
from xl_mmm.measures import contribution, cpik, elasticity, mroi, roi
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.measures.draws import KEPT, earned, weekly_media

COLUMNS = [
    "spend", "contribution", "roi", "roi_low", "roi_high", "roi_median", "roi_long", "net_roi", "mroi", "mroi_low",
    "mroi_high", "cpik", "contribution_share", "effect_share", "spend_share", "p_above_breakeven", "data_share",
]  # fmt: skip


def test_on_paper() -> None:
    model = posterior(dataset({"tv": SPEND}, kpi=[1000.0] * 19 + [1001.0], revenue_per_kpi=2.0), PAPER)
    own = roi(model).loc["tv"]
    assert list(roi(model).columns) == COLUMNS
    assert own["contribution"] == pytest.approx(100)  # 40 + 60 KPI for 400 money
    assert own["roi"] == pytest.approx(0.5)
    assert own["net_roi"] == pytest.approx(-0.5)
    assert own["mroi"] == pytest.approx(2 * 80 * (0.25 + 0.1875) / 400)  # u h / (h + u)^2 at 100 and 300
    assert own["cpik"] == pytest.approx(4)
    assert own["effect_share"] == own["spend_share"] == 1
    assert own["contribution_share"] == pytest.approx(100 / 20001)
    assert own["roi_low"] == own["roi_high"] == own["roi"]  # one draw: the range is the point
    assert elasticity(model).loc["tv", "elasticity"] == pytest.approx(own["mroi"] * 400 / (2 * 20001))


def test_margin_moves_net_roi_and_breakeven() -> None:
    rois = np.array([0.5, 1.5, 2.5, 3.5])
    shapes = {"tv": PAPER["tv"] | {"coefficient": 80 * rois / 0.25}}
    model = posterior(dataset({"tv": SPEND}), shapes, dataclasses.replace(FLAT, margin=0.5))
    own = roi(model).loc["tv"]
    assert own["roi"] == pytest.approx(2.0)
    assert own["roi_median"] == pytest.approx(2.0)
    assert own["net_roi"] == pytest.approx(0.0)
    assert own["p_above_breakeven"] == 0.5  # break-even is 1 / 0.5


def test_point_values_tie_to_the_contributions() -> None:
    model = market(revenue_per_kpi=3.0)
    table = roi(model)
    total = contribution(model)[list(table.index)].sum()
    np.testing.assert_allclose(table["contribution"], total, rtol=1e-10)
    np.testing.assert_allclose(table["roi"] * table["spend"], 3 * total, rtol=1e-10)
    np.testing.assert_allclose(table[["effect_share", "spend_share"]].sum(), 1)
    assert (table["roi_low"] < table["roi"]).all()
    assert (table["roi"] < table["roi_high"]).all()
    assert (table["roi_long"] > table["roi"]).all()


def test_mroi_is_the_derivative_of_the_curve() -> None:
    model = market(slope=2.0)
    curves, step = ResponseCurves.of(model), 1e-6
    up, down = (curves.revenue(np.full(3, m)).mean(axis=0)[0] for m in (1 + step, 1 - step))
    np.testing.assert_allclose(roi(model)["mroi"], (up - down) / (2 * step) / roi(model)["spend"], rtol=1e-6)


def test_a_change_of_currency_leaves_roi_and_shares() -> None:
    rng = np.random.default_rng(3)
    spend, kpi = rng.gamma(3, 50, 40), rng.normal(1000, 50, 40)
    tables = []
    for rate in (1.0, 0.01):
        data = dataset({"tv": spend * rate, "radio": spend[::-1] * rate}, kpi=kpi * rate)
        shape = {"decay": 0.3, "half_saturation": 120.0 * rate, "slope": 1.4, "coefficient": np.array([90, 110]) * rate}
        tables.append(roi(posterior(data, {"tv": shape, "radio": shape})))
    free = [c for c in COLUMNS if c not in ("spend", "contribution", "cpik", "data_share")]
    pd.testing.assert_frame_equal(tables[0][free], tables[1][free], rtol=1e-10)


def test_permuting_channels_permutes_results() -> None:
    model = market()
    order = [2, 0, 1]
    d, m = model.dataset, model.media
    data = dataset(
        {d.channels[k]: d.spend[:, k] for k in order}, kpi=d.kpi, controls={"price": d.control_values[:, 0]}, history=8
    )
    shapes = {
        m.names[k]: {name: v[:, k] for name, v in m.values.items()} | {"coefficient": m.coefficient[:, k]}
        for k in order
    }
    other = posterior(data, shapes, ModelSpec(seasonality=1))
    pd.testing.assert_frame_equal(roi(other).loc[list(d.channels)], roi(model), rtol=1e-10)


def test_without_revenue_roi_is_blank_and_cpik_leads() -> None:
    table = roi(market(revenue_per_kpi=None))
    assert table[["roi", "roi_low", "roi_high", "roi_long", "net_roi", "mroi", "p_above_breakeven"]].isna().all().all()
    assert (table["cpik"] > 0).all()


def test_cpik_has_no_upper_end_when_the_effect_may_be_nil() -> None:
    shapes = {"tv": PAPER["tv"] | {"coefficient": np.array([0.0, 0.0, 40.0, 80.0])}}
    own = cpik(posterior(dataset({"tv": SPEND}), shapes)).loc["tv"]
    assert np.isnan(own["cpik_high"])
    assert own["cpik"] == pytest.approx(400 / 37.5)
    assert 0 < own["cpik_low"] < own["cpik"]
    full = cpik(market())
    assert ((full["cpik_low"] < full["cpik"]) & (full["cpik"] < full["cpik_high"])).all()


def test_a_channel_without_spend_has_no_roi() -> None:
    shapes = PAPER | {"radio": PAPER["tv"]}
    table = roi(posterior(dataset({"tv": [1.0, *SPEND], "radio": [50.0] + [0.0] * 20}, history=1), shapes))
    assert np.isnan(table.loc["radio", ["roi", "mroi", "cpik", "p_above_breakeven"]].astype(float)).all()
    assert np.isfinite(table.loc["tv", "roi"])


def test_organic_media_have_effect_but_no_roi() -> None:
    data = dataset({"tv": SPEND}, organic={"email": [10.0, 0, 20, 5] * 5})
    model = posterior(data, PAPER | {"email": PAPER["tv"] | {"half_saturation": 10.0}})
    assert list(roi(model).index) == ["tv"]
    assert roi(model).loc["tv", "effect_share"] < 1
    assert elasticity(model).loc["email", "elasticity"] > 0
    assert contribution(model)["email"].iloc[0] == pytest.approx(40)


def test_level_must_be_a_fraction() -> None:
    with pytest.raises(SpecError, match="level is 90"):
        roi(market(), level=90)


def test_the_next_unit_of_money_at_any_spend() -> None:
    """One week of 100 a month, no carryover: revenue c·S(u), so mROI = c·h / (h + u)² at a spend of u a week."""
    shapes = {"tv": {"decay": 0.0, "half_saturation": 50.0, "slope": 1.0, "coefficient": 80.0}}
    model = posterior(dataset({"tv": [100.0, 0, 0, 0] * 5}), shapes)
    assert mroi(model, "tv") == pytest.approx(80 * 50 / 150**2)
    assert mroi(model, "tv") == pytest.approx(roi(model).loc["tv", "mroi"])
    assert mroi(model, "tv", 5 * 50.0) == pytest.approx(80 * 50 / 100**2)
    assert mroi(model, "tv", 0.0) == pytest.approx(80 / 50, rel=1e-6)
    with pytest.raises(PlanError, match="zero or more"):
        mroi(model, "tv", -5.0)
    with pytest.raises(PlanError, match="'radio'"):
        mroi(model, "radio")


def test_measures_of_one_model_share_sums_that_nobody_can_change() -> None:
    model = market()
    assert earned(model) is earned(model)
    assert earned(dataclasses.replace(model)) is not earned(model)
    for shared in (earned(model).revenue, earned(model).contribution, *weekly_media(model)):
        with pytest.raises(ValueError, match="read-only"):
            shared[0] = 1.0
    for _ in range(3 * KEPT):
        earned(market(30, 1, 2))
    assert earned.cache_info().currsize <= KEPT
