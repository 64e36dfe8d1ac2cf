from __future__ import annotations

import pytest

from tests.posteriors import market
from xl_mmm.planning import Constraints, evaluate_plan, judge
from xl_mmm.planning.steps import steps


@pytest.fixture(scope="module")
def model():
    return market(60, 3, 40, revenue_per_kpi=2.0, margin=0.6)


def test_steps_add_up_to_the_gain_and_each_is_its_channel_alone(model):
    spend = judge(model, None, {}).spend_today * [0.7, 1.0, 1.4]
    limits = Constraints(budget=float(spend.sum()))
    plan = judge(model, limits, dict(spend))
    found = steps(model, limits, plan, level=0.8)
    assert found["value"].sum() == pytest.approx(plan.gain, rel=1e-12)
    for name in spend.index:
        alone = evaluate_plan(model, {name: spend[name]}, unit="money", level=0.8)
        row = found.loc[name]
        assert row["value"] == pytest.approx(alone.difference, rel=1e-9, abs=1e-6)
        assert (row["low"], row["high"]) == pytest.approx((alone.difference_low, alone.difference_high), abs=1e-6)
    assert found.loc["channel1"].tolist() == [0.0, 0.0, 0.0]


def test_todays_plan_has_no_steps(model):
    assert (steps(model, None, judge(model, None, {})) == 0).all(axis=None)
