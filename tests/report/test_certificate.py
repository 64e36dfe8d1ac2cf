"""What stands beside a plan follows from its figures: made-up figures turn every sentence."""

from __future__ import annotations

import dataclasses
import math

import pytest

from tests.posteriors import market
from xl_mmm.planning import Constraints, Plan, optimize
from xl_mmm.report.certificate import (
    BUDGET,
    CAUTION,
    CONFLICT,
    EVIDENCE,
    MISSED,
    NO_PLAN,
    PROOF,
    RISK,
    Circumstances,
    chance,
    notes,
    proof,
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return optimize(market(60, 3, 40), Constraints(default_bounds=(0.5, 1.5)))


def but(plan: Plan, *, certificate: dict[str, object] | None = None, **changed: object) -> Plan:
    """The plan with other figures."""
    own = dataclasses.replace(plan.certificate, **(certificate or {}))
    return dataclasses.replace(plan, certificate=own, **changed)  # type: ignore[arg-type]


def said(plan: Plan, **changed: object) -> dict[str, str]:
    return dict(notes(plan, around(**changed)))


def around(**changed: object) -> Circumstances:
    return dataclasses.replace(Circumstances(True, "", "", "mean", True, "revenue", 0.9, True), **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("certificate", "risk", "same", "begins"),
    [
        ({"gap": 0.0}, "mean", True, "Proven: no plan within the limits is worth more than 0.001 % above"),
        ({"gap": 4.4e-4}, "mean", True, "Proven: no plan within the limits is worth more than 0.044 % above"),
        ({"gap": 0.03}, "mean", True, "Not the best: plans within the limits may be worth up to 3 % more"),
        ({"gap": None, "kkt_residual": 0.5}, "mean", True, "Not the best any more"),
        ({"gap": None, "kkt_residual": math.nan}, "mean", True, "Not the best any more"),
        ({"gap": None, "kkt_residual": 0.0}, "mean", True, "No small change improves it; that no other plan does"),
        ({"gap": None, "kkt_residual": 0.0}, "mean", False, "No small change improves it. Model or limits changed"),
        ({"gap": 0.0}, "CVaR", True, "The best of several starts for the CVaR of the draws: nothing is proven"),
    ],
)
def test_what_is_proven_follows_from_gap_and_residual(plan, certificate, risk, same, begins):
    assert proof(but(plan, certificate=certificate), risk=risk, same_problem=same).startswith(begins)


@pytest.mark.parametrize(
    ("figures", "says"),
    [
        ({"p_better": 0.93, "downside": -1200.0}, "in 93 % of the draws; in the worst tenth of them it loses 1.20k"),
        ({"p_better": 1.0, "downside": 1200.0, "gain_low": 1.0, "gain_high": 2.0}, "in 100 % .* it gains 1.20k"),
        ({"profit": 1.0, "profit_today": 2.0}, "Its profit is below today's."),
    ],
)
def test_the_risk_is_told_in_the_plan_s_own_figures(plan, figures, says):
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(chance(but(plan, **figures), "revenue"))
    assert "below today's" not in chance(but(plan, p_better=0.9, profit=2.0, profit_today=1.0), "revenue")


def test_a_plan_that_misses_a_limit_is_not_called_proven(plan):
    missed = but(plan, certificate={"feasible": False, "broken": ("budget 5.00", "tv frozen at 3.00"), "gap": 0.0})
    assert said(missed)[MISSED] == (
        "The kept plan does not keep: budget 5.00 and tv frozen at 3.00. Press Optimize."
    )  # fmt: skip
    assert PROOF not in said(missed)
    assert MISSED not in said(plan)


def test_limits_in_conflict_come_first_and_leave_nothing_proven(plan):
    told = notes(plan, around(conflict="No plan ..."))
    assert told[0] == (CONFLICT, "No plan ...")
    assert PROOF not in dict(told)
    assert CONFLICT not in said(plan)


def test_without_a_plan_only_a_conflict_is_told(plan):
    assert said(plan, planned=False) == {}
    assert said(plan, planned=False, conflict="No plan ...") == {CONFLICT: "No plan ..."}


def test_cautions_stand_as_they_are_and_only_where_there_are_any(plan):
    assert said(but(plan, cautions=("tv: new ground.",)))[CAUTION] == "tv: new ground."
    assert CAUTION not in said(but(plan, cautions=()))
    assert set(said(but(plan, cautions=()))) == {PROOF, EVIDENCE, RISK}


@pytest.mark.parametrize(
    ("figures", "changed", "says"),
    [
        (
            {"gain_low": 1.0, "gain_high": 9.0, "gain": 5.0},
            {},
            "Enough to move this budget: .5.00 revenue, 90 %",
        ),
        (
            {"gain_low": 0.0, "gain_high": 9.0, "gain": 5.0},
            {},
            "Not enough evidence to move this budget: .5.00 revenue, 90 % range .0.00",
        ),
        ({"gain_low": -1.0, "gain_high": 9.0}, {"level": 0.8}, "Not enough evidence .* 80 % range −1.00 to \\+9.00"),
        ({"gain_low": -9.0, "gain_high": -1.0}, {}, "The draws say that this plan loses revenue"),
        ({"p_better": math.nan}, {}, "The plan is today's spend: nothing is moved."),
        ({}, {"ranged": False}, "There are no ranges"),
    ],
)
def test_evidence_follows_from_the_range_of_the_gain(plan, figures, changed, says):
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(said(but(plan, **figures), **changed)[EVIDENCE])


def test_a_plan_sought_for_profit_is_read_by_its_profit(plan):
    own = {"by_profit": True, "profit": 9.0, "profit_today": 2.0, "profit_gain_low": 4.0, "profit_gain_high": 8.0}
    sought = but(plan, **own, p_profit=0.97, profit_downside=-3.0, gain_low=-9.0, gain_high=-5.0, p_better=0.01)
    assert said(sought)[EVIDENCE].startswith("Enough to move this budget: +7.00 profit, 90 % range +4.00 to +8.00")
    assert said(sought)[RISK].startswith("It brings more profit than today in 97 % of the draws; in the worst tenth")
    assert said(sought)[RISK].endswith("it loses 3.00 on average.")
    losing = but(sought, profit_gain_low=-4.0, profit_gain_high=-1.0)
    assert said(losing)[EVIDENCE].startswith("The draws say that this plan loses profit")


def test_the_risk_is_told_where_there_is_one(plan):
    assert RISK in said(plan)
    assert RISK not in said(plan, ranged=False)
    assert RISK not in said(but(plan, p_better=math.nan))


def test_a_budget_without_one_price_has_two(plan):
    open_ = but(plan, certificate={"shadow_price": None, "shadow_price_less": 1.5, "shadow_price_more": 0.5})
    assert said(open_)[BUDGET] == (
        "No channel is free to move: one unit of budget less costs 1.50, one more brings 0.50."
    )  # fmt: skip
    full = but(plan, certificate={"shadow_price": None, "shadow_price_less": 1.5, "shadow_price_more": math.nan})
    assert said(full)[BUDGET] == "No channel is free to move: one unit of budget less costs 1.50."
    free = but(plan, certificate={"shadow_price": None, "shadow_price_less": math.nan, "shadow_price_more": math.nan})
    assert BUDGET not in said(free)
    assert BUDGET not in said(plan)


def test_why_no_plan_was_found_stands_until_there_is_one(plan):
    assert said(plan, planned=False, refused="Out of reach.") == {NO_PLAN: "Out of reach."}
    assert said(plan, planned=False, refused="Out of reach.", conflict="Both.") == {CONFLICT: "Both."}
    assert NO_PLAN not in said(plan, refused="Out of reach.")
