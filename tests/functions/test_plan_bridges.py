"""Bridges and goals in cells, and what plans are over."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.functions.blocks import block, bursty, columns, kept
from tests.functions.planner import LIVE, fit, planner_tables, put, setting
from tests.functions.test_plans import settings
from xl_mmm.errors import CellError, MmmError, PlanError
from xl_mmm.functions import BLANK, FUNCTIONS, call
from xl_mmm.functions.call import evaluate
from xl_mmm.functions.plan_bridges import COMPARE, GOAL, GOAL_LINES
from xl_mmm.functions.plans import SCENARIO
from xl_mmm.measures.ahead import ahead, repeated
from xl_mmm.planning import bridge, scenarios
from xl_mmm.planning.fiscal import CALENDARS
from xl_mmm.response import outcome_weights
from xl_mmm.tables import names as n

NAMES = ["channel0", "channel1", "channel2"]
SCENARIOS = [
    list(n.scenario_headers(NAMES)),
    ["Today", *[None] * 9],
    ["Push", None, None, 1.5, None, 0.5, None, None, None],
    ["Push", None, "Q2", 2.0, *[None] * 5],
    ["Dear", n.MONEY, None, None, 1e4, None, 0.95, 1.1, None],
]
SCENARIOS = [row[:9] for row in SCENARIOS]


def run(function, *arguments):
    """Call as a cell does: single values and cells are alike."""
    return evaluate(function.name, arguments)


@pytest.fixture(scope="module")
def cells():
    return block(bursty())


def test_the_bridge_ties_with_the_scenarios(cells):
    table = columns(run(SCENARIO, cells, SCENARIOS, 0.8))
    assert table["Scenario"] == ["Today", "Push", "Dear"]
    outcome = dict(zip(table["Scenario"], table["Outcome"], strict=True))
    for start, end in (("Today", "Push"), ("Push", "Dear")):
        reasons = columns(run(COMPARE, cells, SCENARIOS, start, end, "reasons", 0.8))
        assert reasons["Part"] == [
            start,
            "Spend",
            "Efficiency",
            "Media cost",
            "Carryover timing",
            "Market",
            "price",
            end,
        ]
        assert reasons["Value"][0] == pytest.approx(outcome[start], rel=1e-10)
        assert sum(reasons["Value"][:-1]) == pytest.approx(outcome[end], rel=1e-10)
        by_channel = columns(run(COMPARE, cells, SCENARIOS, start, end, "channels", 0.8))
        assert by_channel["Part"] == [*NAMES, "Market", "price"]
        assert sum(by_channel["Difference"]) == pytest.approx(outcome[end] - outcome[start], rel=1e-9)
        assert by_channel["Efficiency"][-1] == BLANK
        words = [row[0] for row in run(COMPARE, cells, SCENARIOS, start, end, "words", 0.8)[1:]]
        assert any(word.startswith(f"{end} brings") or "Not enough evidence" in word for word in words)


def test_blank_names_are_today_and_the_first_plan(cells):
    model = kept(cells)
    found = columns(run(COMPARE, cells, SCENARIOS))
    assert (found["Part"][0], found["Part"][-1]) == ("Today", "Push")
    assert columns(run(COMPARE, cells))["Value"] == pytest.approx(
        bridge(model, {}, "Today", "Today").by_reason()["value"].tolist()
    )


def test_what_cannot_be_compared_is_named(cells):
    with pytest.raises(PlanError, match="No scenario is called 'Pull'; there are Today, Push, Dear"):
        run(COMPARE, cells, SCENARIOS, "Pull")
    with pytest.raises(CellError, match="part is 'all'"):
        run(COMPARE, cells, SCENARIOS, None, None, "all")
    with pytest.raises(CellError, match="start is 'Today'; give one cell with a text"):
        run(COMPARE, cells, SCENARIOS, [["Today"], ["Push"]])
    with pytest.raises(CellError, match="target is 'much'; give one cell with a number"):
        run(GOAL, cells, [["much"]])
    wrong = [list(row) for row in SCENARIOS]
    wrong[3][2] = "Q9"
    with pytest.raises(PlanError, match="Push: No period called 'Q9' lies between"):
        run(SCENARIO, cells, wrong)


def test_a_goal_in_cells(cells):
    today = columns(run(SCENARIO, cells))
    target = 1.02 * today["Outcome"][0]
    found = {row[0]: row[1] for row in run(GOAL, cells, target, None, "channel0")[1:]}
    assert list(found) == list(GOAL_LINES)
    again = [SCENARIOS[0], ["Sought", None, None, found["Multiple"], *[None] * 5]]
    table = columns(run(SCENARIO, cells, again))
    assert table["Outcome"][1] == pytest.approx(target, rel=1e-8)
    assert table["Spend"][1] - table["Spend"][0] == pytest.approx(found["Change"], rel=1e-8)
    assert (found["Reached"], found["Value"]) == (n.YES, pytest.approx(target))
    assert run(GOAL, cells, target, None, "channel0", None, None, "words")[1][0].startswith("channel0 at ")
    every = {row[0]: row[1] for row in run(GOAL, cells, target, "outcome", n.ALL_CHANNELS)[1:]}
    assert 1 < every["Multiple"] < found["Multiple"]


def test_a_goal_starts_from_a_plan_and_may_be_out_of_reach(cells):
    push = {row[0]: row[1] for row in run(GOAL, cells, 1e12, "profit", None, SCENARIOS, "Push")[1:]}
    assert push["Reached"] == n.NO
    said = run(GOAL, cells, 1e12, "profit", None, SCENARIOS, "Push", "words")[1][0]
    assert said.startswith("No multiple of all channels in Push up to 3.00× reaches a profit of ")
    with pytest.raises(PlanError, match="No scenario is called 'Pull'"):
        run(GOAL, cells, 1.0, None, None, SCENARIOS, "Pull")
    with pytest.raises(CellError, match="give one of outcome, profit, ROI"):
        run(GOAL, cells, 1.0, "sales")


def test_without_a_target_nothing_is_sought(cells):
    assert [row[1] for row in run(GOAL, cells)[1:]] == [BLANK] * len(GOAL_LINES)
    assert run(GOAL, cells, None, None, None, None, None, "words")[1:] == [["Type a target to seek."], [BLANK]]
    with pytest.raises(CellError, match="part is 'all'"):
        run(GOAL, cells, None, None, None, None, None, "all")


def test_plans_over_the_year_ahead(cells):
    model = kept(cells)
    future = repeated(model.dataset, 52)
    made = ahead(model, future, carry_out=True)
    asked = settings(PLAN_OVER=n.YEAR_AHEAD)
    table = columns(run(SCENARIO, cells, SCENARIOS[:3], 0.8, asked))
    expected = scenarios(made, {"Push": {"channel0": 1.5, "channel2": 0.5}}, level=0.8)
    assert table["Outcome"] == pytest.approx(expected["outcome"].tolist(), rel=1e-9)
    assert table["Spend"][0] == pytest.approx(future.plan_spend.sum())
    shorter = settings(PLAN_OVER=n.YEAR_AHEAD, PLAN_PERIODS=13.0)
    table = columns(run(SCENARIO, cells, SCENARIOS[:3], 0.8, shorter))
    assert table["Spend"][0] == pytest.approx(future.plan_spend[:13].sum())


def test_the_year_ahead_is_flighted_as_the_setting_says(cells):
    asked = {"PLAN_OVER": n.YEAR_AHEAD, "PLAN_PERIODS": 52.0}
    usual, even = (columns(run(SCENARIO, cells, None, 0.8, settings(**asked, FLIGHTING=how))) for how in (None, "even"))
    assert even["Spend"] == pytest.approx(usual["Spend"])
    assert even["Outcome"][0] > 1.01 * usual["Outcome"][0]  # bursts saturate


def test_the_market_of_a_year_ahead_ends_with_the_plan(cells):
    model = kept(cells)
    year = settings(PLAN_OVER=n.YEAR_AHEAD, PLAN_PERIODS=26.0)
    table = columns(run(SCENARIO, cells, [SCENARIOS[0], ["Down", *[None] * 5, 0.9, None, None]], 0.8, year))
    made = ahead(model, repeated(model.dataset, 26))
    group = np.array(made.design.group) == "baseline"
    weighted = outcome_weights(made.dataset) @ made.design.matrix[made.dataset.window][:, group]
    baseline = (made.linear[:, group] @ weighted).mean()
    assert table["Market and controls"] == [0.0, pytest.approx(-0.1 * baseline)]


def test_a_start_that_no_period_begins_with_is_told(cells):
    dates = kept(cells).dataset.dates
    off = float((dates[-1] + np.timedelta64(10, "D") - np.datetime64("1899-12-30")).astype(int))
    with pytest.raises(MmmError, match="A plan cannot start on"):
        run(SCENARIO, cells, None, None, settings(PLAN_OVER=n.YEAR_AHEAD, PLAN_START=off))
    on = off - 3.0
    assert columns(run(SCENARIO, cells, None, None, settings(PLAN_OVER=n.YEAR_AHEAD, PLAN_START=on)))["Outcome"]


def test_calendars_are_called_what_the_planning_calls_them():
    assert n.FISCAL_CALENDARS == CALENDARS


def test_a_scenario_that_cannot_be_planned_stands_on_checks():
    tables = planner_tables(put(n.TBL_SCENARIOS, 3, n.H_NOTE, "a plan"))
    headers = n.scenario_headers(("tv", "search"), ("price",))
    row = dict(zip(headers, [None] * len(headers), strict=True)) | {n.H_SCENARIO: "Late", n.H_PERIOD: "Q9", "tv": 1.2}
    given = {
        "data": n.TBL_DATA, "channels": n.TBL_CHANNELS, "controls": n.TBL_CONTROLS, "lift_tests": n.TBL_LIFT_TESTS,
        "settings": n.TBL_SETTINGS, "parameters": n.TBL_PARAMETERS,
    }  # fmt: skip
    model = fit(planner_tables(LIVE))

    def said(period):
        scenarios = [list(headers), list((row | {n.H_PERIOD: period}).values())]
        values = {name: tables.get(table) for name, table in given.items()} | {"scenarios": scenarios, "model": model}
        found = call("MMM_CHECK", [values.get(argument.name) for argument in FUNCTIONS["MMM_CHECK"].arguments])
        return [line[1:5:3] for line in found if line[0] == "Scenarios"]

    ((status, message),) = said("Q9")
    assert status == n.FAIL
    assert message.startswith("Late: No period called 'Q9' lies between")
    assert said("Q2") == [[n.PASS, "Every scenario can be planned."]]
    setting(n.SET_PLAN_OVER, n.YEAR_AHEAD)(tables)
    setting(n.SET_PLAN_START, date(2031, 1, 1))(tables)
    ((status, message),) = said("Q2")
    assert (status, message.startswith("A plan cannot start on 2031-01-01")) == (n.FAIL, True)
