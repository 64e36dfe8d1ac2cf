"""The year by fiscal period: lines tie to the sums they are made of."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.diagnostics.market import POWER, dataset, frame
from xl_mmm.fitting import evaluate, fit
from xl_mmm.measures import ahead, contribution, forecast, repeated
from xl_mmm.measures.draws import carried_out, earned
from xl_mmm.planning.fiscal import FiscalCalendar, calendar_of
from xl_mmm.planning.year import AFTER, WHOLE, year_plan
from xl_mmm.spec import ModelSpec

SPEC = ModelSpec(default=POWER)
CARRIED = {
    "tv": {"decay": 0.6, "exponent": 0.5, "coefficient": 120.0},
    "search": {"decay": 0.3, "exponent": 0.5, "coefficient": 150.0},
}


@pytest.fixture(scope="module")
def posterior():
    return fit(dataset(frame()), SPEC, draws=20).posterior


@pytest.mark.parametrize("kind", ["months", "ISO weeks", "4-4-5"])
def test_periods_add_up_to_the_year(posterior, kind):
    future = repeated(posterior.dataset, 52)
    found = year_plan(posterior, future, calendar_of(kind, 1, future.dates, "weekly"), payment_days=0)
    table = found.table
    lines = table.drop(index=WHOLE)
    for column in ("spend", "cash", "outcome", "carry_in", "profit", "kpi"):
        assert lines[column].sum() == pytest.approx(table.loc[WHOLE, column], rel=1e-9), column
    assert table.loc[WHOLE, "spend"] == pytest.approx(future.spend.sum())
    assert found.spend.sum().to_numpy() == pytest.approx(future.spend.sum(axis=0))
    made = ahead(posterior, future)
    assert lines["outcome"].iloc[:-1].sum() == pytest.approx(earned(made).revenue.mean(axis=0).sum(), rel=1e-9)
    assert lines.loc[AFTER, "outcome"] == pytest.approx(carried_out(made).mean(axis=0).sum(), rel=1e-9)
    assert table.loc[WHOLE, "carry_in"] == pytest.approx(contribution(made)["carry_in"].sum(), rel=1e-9)
    assert table.loc[WHOLE, "kpi"] == pytest.approx(forecast(posterior, future)["kpi"].sum(), rel=1e-9)
    assert (table["outcome_low"] <= table["outcome"]).all()
    assert (table["outcome_high"] >= table["outcome"]).all()
    assert (lines["from"].diff().dropna() > np.timedelta64(0)).all()


def test_the_range_of_the_year_is_narrower_than_the_sum_of_ranges(posterior):
    future = repeated(posterior.dataset, 52)
    table = year_plan(posterior, future, FiscalCalendar()).table
    width = table["kpi_high"] - table["kpi_low"]
    assert width[WHOLE] < width.drop(index=[WHOLE, AFTER]).sum()


@pytest.mark.parametrize("days", [0, 30, 90])
def test_cash_follows_spend(posterior, days):
    future = repeated(posterior.dataset, 26)
    table = year_plan(posterior, future, FiscalCalendar(), payment_days=days).table
    before = posterior.dataset.spend.sum(axis=1)
    weeks = -(-days // 7)
    owed = before[len(before) - weeks :].sum()
    assert table.loc[WHOLE, "cash"] == pytest.approx(owed + future.spend.sum())
    unpaid = future.spend.sum(axis=1)[26 - weeks :].sum()
    assert table.loc[AFTER, "cash"] == pytest.approx(unpaid)


def test_market_moves_the_kpi_by_its_share_of_the_baseline(posterior):
    future = repeated(posterior.dataset, 8)
    calendar = FiscalCalendar("ISO weeks")
    plain = year_plan(posterior, future, calendar).table
    low = year_plan(posterior, future, calendar, market=np.full(8, 0.9)).table
    base = contribution(ahead(posterior, future))["baseline"].to_numpy()
    assert (plain["kpi"] - low["kpi"]).to_numpy()[:8] == pytest.approx(0.1 * base)
    assert (low["outcome"] == plain["outcome"]).all()


def test_profit_is_margin_less_spend_and_blank_without_money(posterior):
    future = repeated(posterior.dataset, 13)
    table = year_plan(posterior, future, FiscalCalendar(), margin=0.4).table
    assert table["profit"].to_numpy() == pytest.approx((0.4 * table["outcome"] - table["spend"]).to_numpy())
    table = frame()
    orders = evaluate(dataset(table, revenue_per_kpi=None), SPEC, CARRIED).posterior
    blank = year_plan(orders, repeated(orders.dataset, 13), FiscalCalendar()).table
    assert blank["profit"].isna().all()


def test_a_lead_is_spent_before_the_plan_and_earns_as_carry_in(posterior):
    own = posterior.dataset
    later = repeated(own, 10, own.dates[-1] + np.timedelta64(35, "D"))
    table = year_plan(posterior, later, FiscalCalendar("ISO weeks")).table
    assert table["spend"][WHOLE] == pytest.approx(later.plan_spend.sum())
    planned = later.spend * (np.arange(14) >= 4)[:, None]
    silent = dataclasses.replace(later, spend=planned, media=planned)
    less = year_plan(posterior, silent, FiscalCalendar("ISO weeks")).table
    assert less.loc[WHOLE, "carry_in"] < table.loc[WHOLE, "carry_in"]
