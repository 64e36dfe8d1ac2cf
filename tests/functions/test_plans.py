"""Plans in cells: scenarios, the search, and a given plan judged under the model and bounds of the moment."""

from __future__ import annotations

import numpy as np
import pytest

from tests.functions.blocks import block, bursty, columns, kept, orders, run, with_organic
from xl_mmm.errors import CellError, PlanError
from xl_mmm.functions import BLANK
from xl_mmm.functions.certificate import CERTIFICATE, CERTIFICATE_LINES
from xl_mmm.functions.plans import OPTIMIZE, PLAN, SCENARIO
from xl_mmm.functions.returns import ROI
from xl_mmm.planning import Constraints, evaluate_plan, optimize
from xl_mmm.planning.certificate import OPTIMAL
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables import names as n

NAMES = ["channel0", "channel1", "channel2"]
SCENARIOS = [
    [n.H_SCENARIO, *NAMES, n.H_NOTE],
    ["Today", 1.0, 1.0, 1.0, None],
    ["Push", 1.5, None, 0.5, "half of the last one"],
    [None, None, None, None, None],
]
CONSTRAINTS = [
    [n.H_CHANNEL, n.H_LEAST, n.H_MOST, n.H_UNIT, n.H_NOTE],
    ["channel0", 0.9, 1.1, "× today", None],
    ["channel2", None, 1.2, "× today", None],
    [None, None, None, None, None],
]


def settings(**changed):
    """Settings as a planner has them, a date among them that no plan needs."""
    values = {n.SET_DATE: "week", n.SET_KPI: "sales", n.SET_WINDOW_START: 45292.0, n.SET_LEVEL: 0.8, n.SET_LEAST: 0.6}
    values |= {getattr(n, f"SET_{key}"): value for key, value in changed.items()}
    rows = [[setting.name, values.get(setting.name), setting.unit, None] for setting in n.SETTINGS]
    return [[n.H_SETTING, n.H_VALUE, n.H_UNIT, n.H_NOTE], *rows]


@pytest.fixture(scope="module")
def cells():
    return block(bursty())


@pytest.fixture(scope="module")
def best(cells):
    """The searched plan as a column of money."""
    return [[money] for money in columns(run(OPTIMIZE, cells, CONSTRAINTS, settings()))["Plan"]]


def lines(rows):
    return {row[0]: row[1] for row in rows[1:]}


# ---------------------------------------------------------------- scenarios
def test_scenarios_cost_and_bring_what_the_planning_says(cells):
    model = kept(cells)
    found = columns(run(SCENARIO, cells, SCENARIOS, 0.8))
    push = evaluate_plan(model, {"channel0": 1.5, "channel2": 0.5}, level=0.8)
    assert found["Scenario"] == ["Today", "Push"]
    row = {header: values[1] for header, values in found.items()}
    assert row == {
        "Scenario": "Push", "Spend": pytest.approx(push.spend.sum()), "Outcome": pytest.approx(push.outcome),
        "Low": pytest.approx(push.outcome_low), "High": pytest.approx(push.outcome_high),
        "Difference": pytest.approx(push.difference), "Difference low": pytest.approx(push.difference_low),
        "Difference high": pytest.approx(push.difference_high), "P better": push.p_better,
        "Profit": pytest.approx(push.profit), "Profit difference": pytest.approx(push.profit_difference),
        "ROI": pytest.approx(push.roi), "ROI low": pytest.approx(push.roi_low),
        "ROI high": pytest.approx(push.roi_high), "Market and controls": 0.0,
    }  # fmt: skip


def test_today_brings_what_the_channels_returned(cells):
    returned = columns(run(ROI, cells))
    today = columns(run(SCENARIO, cells))
    assert today["Scenario"] == ["Today"]
    assert today["Outcome"][0] == pytest.approx(sum(returned["Revenue"]), rel=1e-10)
    assert today["Spend"][0] == pytest.approx(sum(returned["Spend"]))
    assert today["P better"] == [BLANK]


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        ((2, 1), -0.5, r"tblScenarios row 3, channel0, Push: -0.5 is out of bounds"),
        ((2, 1), "more", r"tblScenarios row 3, channel0, Push: .*more.* number"),
        ((2, 1), CellErrorValue("#REF!"), "#REF!"),
        ((0, 2), "chanel1", r"tblScenarios row 1, .* Did you mean 'channel1'"),
        ((2, 0), "Today", "stands in row 2 already"),
        ((0, 0), "Plan", "tblScenarios row 1, header row: The table has no column 'Scenario'"),
        ((0, 2), "channel0", "The header 'channel0' stands twice"),
        ((1, 1), 1.2, "'Today' changes something"),
    ],
)
def test_a_fault_in_the_scenarios_is_told_never_guessed(cells, place, value, sentence):
    faulty = [list(row) for row in SCENARIOS]
    faulty[place[0]][place[1]] = value
    with pytest.raises((CellError, PlanError), match=sentence):
        run(SCENARIO, cells, faulty)


# ---------------------------------------------------------------- search
def test_the_search_is_the_optimizers_own(cells):
    asked = Constraints(bounds={"channel0": (0.9, 1.1), "channel2": (0.6, 1.2)}, default_bounds=(0.6, 1.5))
    wanted = optimize(kept(cells), asked, level=0.8)
    found = columns(run(OPTIMIZE, cells, CONSTRAINTS, settings()))
    table = wanted.table()
    headers = ("Today", "Plan", "Least", "Most", "mROI today", "mROI")
    assert found["Channel"] == NAMES
    for header in headers:
        assert found[header] == pytest.approx(table[header.lower().replace(" ", "_")].to_list()), header
    assert found["Bound"] == table["bound"].to_list()
    assert found["Change"] == pytest.approx((table["plan"] - table["today"]).to_list())
    assert found["Change share"] == pytest.approx((table["plan"] / table["today"] - 1).to_list())
    assert sum(found["Change"]) == pytest.approx(0.0, abs=1e-6 * sum(found["Today"]))


def test_the_plan_spends_the_budget(cells):
    found = columns(run(OPTIMIZE, cells, None, settings(BUDGET=20_000.0)))
    assert sum(found["Plan"]) == pytest.approx(20_000.0, rel=1e-9)
    with pytest.raises(PlanError, match="raise a most bound or lower the budget"):
        run(OPTIMIZE, cells, None, settings(BUDGET=1e9))


@pytest.mark.parametrize(
    ("table", "place", "value", "sentence"),
    [
        ("constraints", (1, 0), "chanel0", "tblConstraints row 2, .*no paid channel.* Did you mean 'channel0'"),
        ("constraints", (1, 1), 2.0, r"least spend \(2\) is above the most \(1.1\)"),
        ("constraints", (0, 2), "Maximum", "tblConstraints row 1, header row: The table has no column 'Most'"),
        ("constraints", (3, 1), 0.5, "no name"),
        ("settings", (n.SETTINGS.index(n.SETTING[n.SET_BUDGET]) + 1, 1), "lots", "tblSettings row .* number"),
        ("settings", (n.SETTINGS.index(n.SETTING[n.SET_BUDGET]) + 1, 0), "Budgte", "Did you mean 'Budget'"),
        ("settings", (n.SETTINGS.index(n.SETTING[n.SET_SEED]) + 1, 0), "Budget", "stands in row .* already"),
        ("settings", (n.SETTINGS.index(n.SETTING[n.SET_LEVEL]) + 1, 1), 3.0, "3 is out of bounds"),
    ],
)
def test_a_fault_in_the_constraints_is_told_never_guessed(cells, best, table, place, value, sentence):
    tables = {"constraints": [list(row) for row in CONSTRAINTS], "settings": settings()}
    tables[table][place[0]][place[1]] = value
    for function in (OPTIMIZE, PLAN, CERTIFICATE):
        with pytest.raises(CellError, match=sentence):
            run(function, cells, **tables)


def test_settings_that_no_plan_needs_do_not_hold_it_up(cells):
    assert run(OPTIMIZE, cells, None, settings(WINDOW_START="soon", SEED="?")) == run(OPTIMIZE, cells, None, settings())


# ---------------------------------------------------------------- a given plan
def test_the_searched_plan_judged_gives_the_same_table(cells, best):
    searched = run(OPTIMIZE, cells, CONSTRAINTS, settings())
    judged = run(PLAN, cells, CONSTRAINTS, settings(), best)
    assert judged[0] == searched[0]
    for mine, theirs in zip(judged[1:], searched[1:], strict=True):
        assert mine == [v if isinstance(v, str) else pytest.approx(v, rel=1e-9, abs=1e-6) for v in theirs]


def test_the_searched_plan_is_certified_and_another_is_not(cells, best):
    proof = lines(run(CERTIFICATE, cells, CONSTRAINTS, settings(), best))
    searched = lines(run(CERTIFICATE, cells, CONSTRAINTS, settings()))
    assert list(searched) == list(CERTIFICATE_LINES)
    assert list(proof) == list(CERTIFICATE_LINES)
    assert (proof["Upper bound"], proof["Gap"]) == (BLANK, BLANK)
    assert proof["Feasible"] == n.YES
    assert proof["KKT residual"] < OPTIMAL == 1e-4
    assert f"optimal below {OPTIMAL:g}" in CERTIFICATE_LINES["KKT residual"]
    same = ("Outcome today", "Outcome of the plan", "Gain", "Gain, low", "Gain, high", "Budget", "Shadow price")
    for line in same:
        assert proof[line] == pytest.approx(searched[line], rel=1e-6), line
    assert proof["Binding"] == searched["Binding"]
    assert 0 <= searched["Gap"] < 1e-3
    assert searched["Upper bound"] >= searched["Outcome of the plan"] == searched["Worth"]

    today = [[money] for money in columns(run(PLAN, cells, CONSTRAINTS, settings()))["Today"]]
    still = lines(run(CERTIFICATE, cells, CONSTRAINTS, settings(), today))
    assert still["Feasible"] == n.YES
    assert still["KKT residual"] > 1e-2
    assert still["Gain"] == pytest.approx(0.0, abs=1e-6)


def test_the_range_of_a_chosen_plans_gain_is_judged_on_other_draws(cells, best):
    """The same plan, its optimality spoiled by a hair, is judged on the draws that chose it: a flattering range."""
    chosen = lines(run(CERTIFICATE, cells, CONSTRAINTS, settings(), best))
    moved = [[best[0][0]], [best[1][0] * 1.01], [best[2][0] - best[1][0] * 0.01]]
    typed = lines(run(CERTIFICATE, cells, CONSTRAINTS, settings(), moved))
    assert typed["KKT residual"] > 1e-4
    plan, own = (
        evaluate_plan(kept(cells), dict(zip(NAMES, np.ravel(money), strict=True)), unit="money", level=0.8)
        for money in (moved, best)
    )
    assert (typed["Gain, low"], typed["Gain, high"]) == pytest.approx((plan.difference_low, plan.difference_high))
    assert chosen["Gain"] == pytest.approx(own.difference, rel=1e-6)
    assert abs(chosen["Gain, low"] - own.difference_low) > 1e-3 * abs(own.difference_low)


def test_bounds_moved_under_a_kept_plan_are_seen_at_once(cells, best):
    tight = [CONSTRAINTS[0], ["channel2", 0.1, 0.2, None, None]]
    proof = lines(run(CERTIFICATE, cells, tight, settings(), best))
    assert proof["Feasible"] == n.NO
    found = columns(run(PLAN, cells, tight, settings(), best))
    assert found["Plan"][2] > found["Most"][2]
    impossible = lines(run(CERTIFICATE, cells, None, settings(BUDGET=1e9), best))
    assert impossible["Feasible"] == n.NO


def test_no_plan_yet_leaves_its_columns_blank(cells):
    empty = [[None], [None], [None]]
    rows = run(PLAN, cells, CONSTRAINTS, settings(), empty)
    found = columns(rows)
    for header in ("Plan", "Change", "Change share", "mROI", "Bound"):
        assert found[header] == [BLANK] * 3, header
    assert found["Least"] == pytest.approx([f * t for f, t in zip([0.9, 0.6, 0.6], found["Today"], strict=True)])
    assert found["Most"] == pytest.approx([f * t for f, t in zip([1.1, 1.5, 1.2], found["Today"], strict=True)])
    assert found["mROI today"] == pytest.approx(columns(run(ROI, cells))["mROI"])
    assert run(PLAN, cells, CONSTRAINTS, settings()) == rows
    proof = lines(run(CERTIFICATE, cells, CONSTRAINTS, settings(), empty))
    assert proof.pop("Outcome today") == pytest.approx(sum(columns(run(ROI, cells))["Revenue"]))
    assert set(proof.values()) == {BLANK}


@pytest.mark.parametrize(
    ("spend", "sentence"),
    [
        ([[1e4], [1e4]], r"2 amounts for 3 channels \(channel0, channel1, channel2\)"),
        ([[1e4], [None], [1e4]], "spend: cell 2 holds None; give a number"),
        ([[1e4, "x", 1e4]], "spend: cell 2 holds 'x'"),
        ([[1e4], [-1.0], [1e4]], "channel1: .* zero or more"),
    ],
)
def test_an_unusable_plan_is_refused(cells, spend, sentence):
    for function in (PLAN, CERTIFICATE):
        with pytest.raises((CellError, PlanError), match=sentence):
            run(function, cells, spend=spend)


def test_a_channel_without_spend_stays_at_zero():
    cells = block(with_organic())
    found = columns(run(OPTIMIZE, cells))
    assert found["Channel"] == ["tv", "idle"]
    assert found["Plan"][1] == 0.0
    assert (found["Change share"][1], found["mROI"][1]) == (BLANK, BLANK)
    judged = columns(run(PLAN, cells, spend=[[found["Plan"][0]], [0.0]]))
    assert judged["Plan"] == pytest.approx(found["Plan"])
    with pytest.raises(PlanError, match="no flighting to scale"):
        run(PLAN, cells, spend=[[found["Plan"][0]], [5.0]])


def test_without_a_money_value_outcomes_are_kpi_units_and_profit_is_blank():
    cells = block(orders())
    found = columns(run(SCENARIO, cells, SCENARIOS))
    assert set(found["Profit"] + found["Profit difference"]) == {BLANK}
    added = kept(cells)
    assert found["Outcome"][0] == pytest.approx(evaluate_plan(added, {}).outcome)
    assert np.isfinite(columns(run(OPTIMIZE, cells))["mROI"]).all()
