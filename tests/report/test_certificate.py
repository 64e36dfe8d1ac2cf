"""What stands beside a plan follows from its figures: made-up figures turn every sentence."""

from __future__ import annotations

import dataclasses
import math

import pytest

from tests.posteriors import market
from xl_mmm.planning import Constraints, Plan, optimize
from xl_mmm.report.certificate import CAUTION, CONFLICT, MISSED, PROOF, RISK, chance, notes, proof


@pytest.fixture(scope="module")
def plan() -> Plan:
    return optimize(market(60, 3, 40), Constraints(default_bounds=(0.5, 1.5)))


def but(plan: Plan, *, certificate: dict[str, object] | None = None, **changed: object) -> Plan:
    """The plan with other figures."""
    own = dataclasses.replace(plan.certificate, **(certificate or {}))
    return dataclasses.replace(plan, certificate=own, **changed)  # type: ignore[arg-type]


def said(plan: Plan, **changed: object) -> dict[str, str]:
    asked = {"planned": True, "conflict": "", "risk": "mean", "same_problem": True, "outcome": "revenue"} | changed
    return dict(notes(plan, **asked))  # type: ignore[arg-type]


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
        ({"p_better": math.nan}, "The plan is today's spend."),
        ({"p_better": 1.0, "gain_low": 5.0, "gain_high": 5.0}, "One draw: nothing tells"),
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
    told = notes(plan, planned=True, conflict="No plan ...", risk="mean", same_problem=True, outcome="revenue")
    assert told[0] == (CONFLICT, "No plan ...")
    assert PROOF not in dict(told)
    assert CONFLICT not in said(plan)


def test_without_a_plan_only_a_conflict_is_told(plan):
    assert said(plan, planned=False) == {}
    assert said(plan, planned=False, conflict="No plan ...") == {CONFLICT: "No plan ..."}


def test_cautions_stand_as_they_are_and_only_where_there_are_any(plan):
    assert said(but(plan, cautions=("tv: new ground.",)))[CAUTION] == "tv: new ground."
    assert CAUTION not in said(but(plan, cautions=()))
    assert set(said(but(plan, cautions=()))) == {PROOF, RISK}
