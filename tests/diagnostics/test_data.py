"""Each fault of the data is found by its check, in numbers, and only by that one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.diagnostics import CHECKS, FAIL, PASS, REVIEW, Check, data_checks
from xl_mmm.diagnostics.data import DATA_CHECKS
from xl_mmm.spec import ChannelSpec, ModelSpec

SPEC = ModelSpec()


def check(key: str, table: pd.DataFrame, spec: ModelSpec = SPEC, **roles: object) -> Check:
    return {c.name: c for c in data_checks(dataset(table, **roles), spec)}[CHECKS[key].name]


@pytest.fixture
def table() -> pd.DataFrame:
    return frame()


def test_every_check_reports_once_in_the_order_of_the_list(table):
    names = [c.name for c in data_checks(dataset(table), SPEC)]
    assert names == [limit.name for limit in CHECKS.values() if limit.stage == "data"]
    assert list(DATA_CHECKS) == [key for key, limit in CHECKS.items() if limit.stage == "data"]


def test_a_clean_market_of_enough_weeks_passes_everything():
    checks = data_checks(dataset(frame(170)), SPEC)
    assert [c.name for c in checks if c.status != PASS] == []


def test_a_passing_check_asks_for_nothing_and_an_open_one_for_something(table):
    table.loc[40, "sales"] *= 2
    for c in data_checks(dataset(table), SPEC):
        assert (c.action == "") == (c.status == PASS), c
        assert c.message


def test_an_odd_week_is_named_with_its_figure(table):
    table.loc[40, "sales"] *= 2
    found = check("outlier_kpi", table)
    assert found.status == REVIEW
    assert "2022-10-10" in found.message
    assert f"{table.loc[40, 'sales']:,.0f}" in found.message
    assert "2022-10-10" in found.action


def test_an_invoice_for_a_year_in_one_week_is_named(table):
    table.loc[30, "search"] = 52 * table["search"].median()
    found = check("outlier_spend", table)
    assert found.status == REVIEW
    assert "search 2022-08-01" in found.message


def test_channels_that_move_together_are_named_as_a_pair(table):
    table["radio"] = table["tv"] * 0.3 * np.random.default_rng(1).uniform(0.8, 1.2, len(table))
    found = check("vif", table, spend=["tv", "search", "radio"])
    assert found.status == REVIEW
    assert found.value > 10
    assert "radio and tv rise and fall together" in found.message
    assert found.action == "Group radio and tv, or run a geo test on one of them."


def test_a_copied_channel_fails(table):
    table["radio"] = table["tv"] * 3
    found = check("vif", table, spend=["tv", "search", "radio"])
    assert found.status == FAIL
    assert found.threshold == 1000
    condition = check("condition", table, spend=["tv", "search", "radio"])
    assert condition.status == REVIEW
    assert {"radio", "tv"} <= set(condition.message.replace("(", " ").split())


def test_steady_spend_is_told_to_vary(table):
    table["search"] = 5000 + np.round(np.random.default_rng(2).normal(0, 20, len(table)))
    found = check("condition", table)
    assert found.status == REVIEW
    assert "search" in found.message
    assert "Vary the spend of search" in found.action


def test_constant_columns_fail_by_name(table):
    table["search"] = 4000
    table["price"] = 9.99
    found = check("constant", table)
    assert found.status == FAIL
    assert found.value == 2
    assert "search is 4,000 in every week" in found.message
    assert "price is 9.99" in found.message


def test_rows_per_parameter_counts_free_transforms(table):
    free = check("rows_per_parameter", table)
    fixed = ChannelSpec(decay=0.5, half_saturation=4000.0, slope=1.0)
    bound = check("rows_per_parameter", table, ModelSpec(channels={"tv": fixed, "search": fixed}))
    design = 1 + 1 + 4 + 1
    assert free.value == pytest.approx(130 / (design + 2 * 4))
    assert bound.value == pytest.approx(130 / (design + 2))


def test_few_rows_are_reviewed_then_fail():
    assert check("rows_per_parameter", frame(100)).status == REVIEW
    assert check("rows_per_parameter", frame(28)).status == FAIL


def test_money_without_exposure_is_counted(table):
    table["grp"] = np.where(np.arange(len(table)) < 4, 0, table["tv"] / 100)
    table.loc[:3, "tv"] = 1000
    found = check("media_gap", table, media={"tv": "grp"})
    assert found.status == REVIEW
    assert found.value == pytest.approx(4000 / table["tv"].sum())
    assert "4,000" in found.message
    assert "2022-01-03" in found.message


def test_a_channel_of_few_weeks_is_named(table):
    table["cinema"] = 0.0
    table.loc[50:54, "cinema"] = [100, 300, 200, 500, 400]
    found = check("live_weeks", table, spend=["tv", "search", "cinema"])
    assert (found.status, found.value) == (REVIEW, 5)
    assert "cinema ran in 5 periods" in found.message
    table.loc[51:, "cinema"] = 0
    assert check("live_weeks", table, spend=["tv", "search", "cinema"]).status == FAIL


def test_spend_set_by_last_months_sales_is_found(table):
    rng = np.random.default_rng(8)
    demand = np.convolve(rng.normal(0, 1, len(table) + 8), np.ones(4) / 2, "valid")[: len(table)]
    table["sales"] += np.round(4000 * demand)
    last_month = pd.Series(demand).rolling(4, min_periods=1).mean().shift(1, fill_value=0)
    table["search"] = np.round(3000 * np.exp(0.4 * last_month))
    found = check("spend_follows_demand", table)
    assert found.status == REVIEW
    assert "search" in found.message
    assert "ROI is likely too high" in found.action


def test_a_control_made_of_the_kpi_is_found(table):
    table["orders"] = np.round(table["sales"] / 50 + np.random.default_rng(3).normal(0, 1, len(table)), 3)
    found = check("control_is_kpi", table, controls=["price", "orders"])
    assert found.status == FAIL
    assert "orders" in found.message


def test_history_and_monthly_rows_are_accepted(table):
    assert len(data_checks(dataset(table, window=("2022-07-04", None)), SPEC)) == len(DATA_CHECKS)
    monthly = frame(36).assign(week=pd.date_range("2021-01-01", periods=36, freq="MS"))
    found = {c.name: c for c in data_checks(dataset(monthly), SPEC)}
    assert found[CHECKS["rows_per_parameter"].name].status != PASS


def test_entries_of_the_data_rules_keep_their_place(table):
    found = check("calendar", table, window=(None, "2024-06-10"))
    assert (found.status, found.value) == (REVIEW, 1)
    assert "after 2024-06-10" in found.message


def test_unit_of_money_changes_no_verdict(table):
    scaled = table.assign(tv=table["tv"] * 1e6, search=table["search"] * 1e-3)
    one, other = (data_checks(dataset(t), SPEC) for t in (table, scaled))
    assert [c.status for c in one] == [c.status for c in other]
    vif = [next(c.value for c in checks if c.name == CHECKS["vif"].name) for checks in (one, other)]
    assert vif[0] == pytest.approx(vif[1], rel=1e-6)
