"""Any plan, evaluated: ties to contributions, pairs with today."""

from __future__ import annotations

import numpy as np
import pytest

from tests.measures.test_contribution import PAPER, SPEND
from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.measures import contribution, roi
from xl_mmm.planning import evaluate_plan


def test_on_paper() -> None:
    plan = evaluate_plan(posterior(dataset({"tv": SPEND}, revenue_per_kpi=2.0), PAPER), {"tv": 2.0})
    # 200 and 600 a week at half_saturation 100 earn 80 · (2/3 + 6/7) KPI.
    assert plan.outcome == pytest.approx(160 * (2 / 3 + 6 / 7))
    assert plan.difference == pytest.approx(160 * (2 / 3 + 6 / 7) - 200)
    assert plan.spend["tv"] == pytest.approx(800)
    assert plan.profit == pytest.approx(plan.outcome - 800)
    assert plan.profit_difference == pytest.approx(plan.difference - 400)
    assert plan.p_better == 1


def test_today_ties_to_contributions_and_differs_by_nothing() -> None:
    model = market(revenue_per_kpi=2.5, margin=0.4)
    plan, table = evaluate_plan(model, {}), roi(model)
    assert plan.outcome == pytest.approx(2.5 * contribution(model)[list(table.index)].to_numpy().sum(), rel=1e-10)
    np.testing.assert_allclose(plan.by_channel, table["roi"] * table["spend"], rtol=1e-10)
    assert plan.profit == pytest.approx(0.4 * plan.outcome - table["spend"].sum())
    assert (plan.difference, plan.difference_low, plan.difference_high) == (0, 0, 0)
    assert np.isnan(plan.p_better)


def test_money_and_multiples_are_the_same_plan() -> None:
    model = market()
    spend = roi(model)["spend"]
    a = evaluate_plan(model, {"channel0": 0.5, "channel2": 1.25})
    b = evaluate_plan(model, {"channel0": 0.5 * spend.iloc[0], "channel2": 1.25 * spend.iloc[2]}, unit="money")
    assert a.outcome == pytest.approx(b.outcome, rel=1e-12)


def test_differences_are_paired() -> None:
    plan = evaluate_plan(market(n_draws=200), {"channel0": 1.05})
    assert plan.difference_high - plan.difference_low < 0.1 * (plan.outcome_high - plan.outcome_low)
    assert plan.difference == pytest.approx(plan.difference_draws.mean())


def test_without_revenue_there_is_no_profit() -> None:
    plan = evaluate_plan(market(revenue_per_kpi=None), {"channel0": 1.2})
    assert np.isnan(plan.profit)
    assert plan.outcome > 0


def test_plans_that_make_no_sense_are_refused() -> None:
    model = market()
    with pytest.raises(PlanError, match="No paid channel"):
        evaluate_plan(model, {"tv": 1.0})
    with pytest.raises(PlanError, match="no multiple of today"):
        evaluate_plan(model, {"channel0": float("inf")})
    with pytest.raises(PlanError, match="'double' is no multiple of today's spend"):
        evaluate_plan(model, {"channel0": "double"})
    with pytest.raises(PlanError, match="None is no amount of money"):
        evaluate_plan(model, {"channel0": None}, unit="money")
    with pytest.raises(PlanError, match="unit is 'euros'"):
        evaluate_plan(model, {}, unit="euros")
    data = dataset({"tv": [1.0, *SPEND], "radio": [5.0] + [0.0] * 20}, history=1)
    idle = posterior(data, PAPER | {"radio": PAPER["tv"]})
    with pytest.raises(PlanError, match="no flighting to scale"):
        evaluate_plan(idle, {"radio": 100.0}, unit="money")
    assert evaluate_plan(idle, {"radio": 2.0}).by_channel["radio"] == 0
