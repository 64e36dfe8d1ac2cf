"""Scenarios week by week: periods, money, the price of media, market and controls."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.measures.contribution import component_draws
from xl_mmm.planning import PlanLine, Scenario, evaluate_plan, scenarios
from xl_mmm.planning.fiscal import FiscalCalendar
from xl_mmm.planning.periods import Horizon
from xl_mmm.planning.scenario import assumed, under, week_by_week
from xl_mmm.posterior import Posterior
from xl_mmm.response import media_contribution


def driven() -> Posterior:
    """Two channels, 30 weeks from 2024-01-01, a price whose coefficient differs by draw, a baseline of 500 a week."""
    rng = np.random.default_rng(5)
    data = dataset(
        {"tv": rng.uniform(0, 200, 30), "search": rng.uniform(0, 100, 30)},
        controls={"price": 10 + rng.normal(0, 1, 30)}, history=4,
    )  # fmt: skip
    shape = {"decay": [0.5, 0.6], "half_saturation": 90.0, "slope": 1.3, "coefficient": [300.0, 340.0]}
    made = posterior(data, {"tv": shape, "search": {**shape, "coefficient": 200.0}})
    linear = made.linear.copy()
    linear[:, made.design.names.index("price")] = [-20.0, -30.0]
    return dataclasses.replace(made, linear=linear)


def test_one_line_for_all_weeks_is_the_plan_by_channel() -> None:
    model = market()
    plan = {"channel0": 0.8, "channel2": 1.3}
    row = scenarios(model, [Scenario("A", (PlanLine(tuple(plan.items())),))]).loc["A"]
    one = evaluate_plan(model, plan)
    assert row["outcome"] == pytest.approx(one.outcome, rel=1e-12)
    assert row["roi"] == pytest.approx(one.outcome / one.spend.sum(), rel=1e-12)


def test_periods_that_cover_the_window_alike_are_no_period() -> None:
    model = driven()
    halves = [PlanLine((("tv", 0.7),), period="Q1"), PlanLine((("tv", 0.7),), period="2024-04-01 to 2024-12-31")]
    table = scenarios(model, [Scenario("Halves", tuple(halves)), Scenario("Whole", (PlanLine((("tv", 0.7),)),))])
    assert table.loc["Halves"].to_numpy() == pytest.approx(table.loc["Whole"].to_numpy(), rel=1e-12)


def test_a_period_moves_its_own_weeks_and_what_carries_over_from_them() -> None:
    model = driven()
    plan = week_by_week(model, Scenario("A", (PlanLine((("tv", 1.5),)), PlanLine((("tv", 0.0),), period="2024-04"))))
    dates = model.dataset.window_dates + np.timedelta64(3, "D")  # a week lies in the month of its fourth day
    april = (dates >= np.datetime64("2024-04-01")) & (dates < np.datetime64("2024-05-01"))
    assert np.array_equal(plan.multiples[:, 0], np.where(april, 0.0, 1.5))
    assert (plan.multiples[:, 1] == 1).all()
    moved, _ = media_contribution(under(model, plan))
    expected, _ = media_contribution(model, np.column_stack([plan.multiples, np.ones((26, 0))]))
    np.testing.assert_allclose(moved, expected, rtol=1e-12)


def test_money_is_the_sum_over_its_weeks() -> None:
    model = driven()
    lines = (PlanLine((("tv", 900.0),), "money"), PlanLine((("tv", 100.0),), "money", "2024-05"))
    plan = week_by_week(model, Scenario("A", lines))
    data, may = model.dataset, Horizon().weeks(model.dataset, "2024-05")
    by_week = plan.multiples * data.spend[data.window]
    assert by_week[may, 0].sum() == pytest.approx(100.0)
    today = data.spend[data.window][:, 0]
    assert by_week[~may, 0].sum() == pytest.approx(900.0 * today[~may].sum() / today.sum())


def test_dearer_media_buys_less_for_the_same_money() -> None:
    model = driven()
    table = scenarios(model, [Scenario("Dearer", (PlanLine(media_cost=1.25),)), Scenario("Less", (PlanLine(
        (("tv", 0.8), ("search", 0.8))),))])  # fmt: skip
    assert table.loc["Dearer", "outcome"] == pytest.approx(table.loc["Less", "outcome"], rel=1e-12)
    assert table.loc["Dearer", "spend"] == table.loc["Today", "spend"]


def test_market_and_controls_add_what_they_add_to_the_baseline() -> None:
    model = driven()
    lines = (PlanLine(market=0.9, changes=(("price", 2.0),)),)
    table = scenarios(model, [Scenario("A", lines)], level=0.5)
    everything = np.ones(26, dtype=bool)
    baseline = component_draws(model, everything)[:, 0]
    expected = -0.1 * baseline + np.array([-20.0, -30.0]) * 2.0 * 26
    assert table.loc["A", "difference"] == pytest.approx(expected.mean(), rel=1e-12)
    assert table.loc["A", "assumed"] == pytest.approx(expected.mean(), rel=1e-12)
    assert table.loc["A", "profit_difference"] == pytest.approx(expected.mean(), rel=1e-12)  # margin 1, same spend
    assert table.loc["A", "roi"] == table.loc["Today", "roi"]
    parts = assumed(model, week_by_week(model, Scenario("A", lines)))
    np.testing.assert_allclose(parts.sum(axis=1), expected, rtol=1e-12)


def test_a_level_is_a_change_from_what_was() -> None:
    model = driven()
    plan = week_by_week(model, Scenario("A", (PlanLine(levels=(("price", 11.0),), period="2024-03"),)))
    march = Horizon().weeks(model.dataset, "2024-03")
    values = model.dataset.control_values[model.dataset.window][:, 0]
    np.testing.assert_allclose(plan.changes[:, 0], np.where(march, 11.0 - values, 0.0))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (PlanLine(period="Q4"), "A: No period called 'Q4' lies between 2024-01-29 and 2024-07-22"),
        (PlanLine(period="2024-04-01 to later"), "'later' is no day"),
        (PlanLine((("radio", 1.0),)), "A: No paid channel is called 'radio'"),
        (PlanLine((("tv", -1.0),)), "-1.0 is no multiple"),
        (PlanLine((("tv", 1.0),), "percent"), "unit is 'percent'"),
        (PlanLine(changes=(("weather", 1.0),)), "No control is called 'weather'; the model has price"),
        (PlanLine(media_cost=0.0), "0.0 is no multiple of what media cost"),
        (PlanLine(market=-0.1), "-0.1 is no multiple of the market"),
    ],
)
def test_what_cannot_be_is_refused_in_the_scenarios_name(line: PlanLine, says: str) -> None:
    with pytest.raises(PlanError, match=says):
        week_by_week(driven(), Scenario("A", (line,)))


def test_money_needs_spend_to_scale() -> None:
    data = dataset({"tv": [0.0] * 5 + [10.0] * 20})
    model = posterior(data, {"tv": {"decay": 0.5, "half_saturation": 9.0, "slope": 1.0, "coefficient": 30.0}})
    with pytest.raises(PlanError, match="tv spent nothing in 2024-01, so there is no flighting"):
        week_by_week(model, Scenario("A", (PlanLine((("tv", 50.0),), "money", "2024-01"),)))


@pytest.mark.parametrize(
    ("period", "weeks"),
    [("", 26), ("2024", 26), ("q1", 9), ("2024  Q1", 9), ("2024-05", 5), ("2024-05-06 to 2024-05-20", 3)],
)
def test_names_of_periods(period: str, weeks: int) -> None:
    assert Horizon().weeks(driven().dataset, period).sum() == weeks


def test_weeks_beyond_the_plan_stay_as_they_are() -> None:
    model, horizon = driven(), Horizon(20, FiscalCalendar("4-4-5", 2))
    plan = week_by_week(model, Scenario("A", (PlanLine((("tv", 0.5),), market=0.9),)), horizon)
    ahead = np.arange(26) < 20
    assert np.array_equal(plan.multiples[:, 0], np.where(ahead, 0.5, 1.0))
    assert np.array_equal(plan.market, np.where(ahead, 0.9, 1.0))
    assert horizon.weeks(model.dataset, "Q1").sum() == 13  # of the fiscal year that begins on 2024-01-29
    with pytest.raises(PlanError, match="'2024-01-29 to 2024-06-10'"):
        horizon.weeks(model.dataset, "Q3")
