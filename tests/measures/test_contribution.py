"""Contributions: parts that a planner can check on paper, and sums that tie."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import SpecError
from xl_mmm.measures import bridge, contribution, immediate_and_carried

# 80 KPI at full response, half of it at 100 a week: 100, 300, 0 earn 40, 60, 0.
PAPER = {"tv": {"decay": 0.0, "saturation": "michaelis_menten", "half_saturation": 100.0, "coefficient": 80.0}}
SPEND = [100.0, 300.0] + [0.0] * 18


def test_three_weeks_on_paper() -> None:
    table = contribution(posterior(dataset({"tv": SPEND}), PAPER, baseline=500.0))
    assert list(table.columns) == ["baseline", "carry_in", "tv", "residual"]
    np.testing.assert_allclose(table["tv"], [40, 60] + [0] * 18, rtol=1e-12)
    np.testing.assert_allclose(table["baseline"], 500)
    assert table.index.name == "date"


def test_history_is_credited_to_carry_in_not_to_the_channel() -> None:
    shapes = {"tv": PAPER["tv"] | {"decay": 0.5}}
    table = contribution(posterior(dataset({"tv": [200.0] + [0.0] * 12}, history=1), shapes))
    # Half of an exposure acts in its own week: 50, 25, 12.5 are left in the window, so S = 1/3, 1/5, 1/9.
    np.testing.assert_allclose(table["carry_in"].iloc[:3], 80 * np.array([1 / 3, 1 / 5, 1 / 9]), rtol=1e-12)
    np.testing.assert_allclose(table["tv"], 0, atol=1e-12)


def test_rows_add_up_to_the_kpi_and_columns_are_in_order() -> None:
    model = market(revenue_per_kpi=2.0)
    table = contribution(model)
    assert list(table.columns) == ["baseline", "price", "carry_in", "channel0", "channel1", "channel2", "residual"]
    np.testing.assert_allclose(table.sum(axis=1), model.dataset.window_kpi, rtol=1e-12)


def test_blocks_of_draws_do_not_change_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    model = market()
    whole = contribution(model)
    monkeypatch.setattr("xl_mmm.measures.draws.BLOCK_CELLS", 500)
    np.testing.assert_allclose(contribution(model), whole, rtol=1e-12)


def test_bridge_sums_the_weeks_and_ties_to_the_kpi() -> None:
    model = market()
    table, weekly = bridge(model), contribution(model)
    np.testing.assert_allclose(table["value"], weekly.sum(), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table["value"].sum(), model.dataset.window_kpi.sum(), rtol=1e-12)
    media = table.loc[["channel0", "channel1", "channel2"]]
    assert ((media["low"] < media["value"]) & (media["value"] < media["high"])).all()
    np.testing.assert_allclose(table["share"].sum(), 1.0)


def test_bridge_of_a_period_takes_both_ends() -> None:
    model = market()
    weekly = contribution(model)
    start, end = str(weekly.index[3].date()), str(weekly.index[7].date())
    np.testing.assert_allclose(bridge(model, start, end)["value"], weekly.iloc[3:8].sum(), rtol=1e-9, atol=1e-9)
    with pytest.raises(SpecError, match="the window runs from"):
        bridge(model, "1999-01-01", "1999-02-01")


def test_immediate_and_carried_make_the_contribution() -> None:
    model = market()
    table = immediate_and_carried(model)
    np.testing.assert_allclose(
        table["immediate"] + table["carried"], contribution(model)[list(table.index)].sum(), rtol=1e-10
    )
    assert (table["carried_share"].between(0, 1)).all()
    assert (table["carry_out"] > 0).all()
    still = immediate_and_carried(posterior(dataset({"tv": SPEND}), PAPER))
    assert still.loc["tv", "carried_share"] == pytest.approx(0, abs=1e-12)
    assert still.loc["tv", "carry_out"] == pytest.approx(0, abs=1e-12)


def test_a_period_that_is_none_is_refused() -> None:
    model = market()
    with pytest.raises(SpecError, match="'last year' is no date"):
        bridge(model, "last year")
    with pytest.raises(SpecError, match="No week from 1999-01-01 to 1999-12-31"):
        bridge(model, "1999-01-01", "1999-12-31")
