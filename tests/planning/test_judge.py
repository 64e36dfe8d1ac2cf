"""A given plan is judged as the optimizer judges its own."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.errors import PlanError
from xl_mmm.planning import Constraints, Objective, Plan, evaluate_plan, judge, optimal, optimize, possible
from xl_mmm.planning.judge import still_best

WIDE = Constraints(default_bounds=(0.2, 3.0))


def figures(plan: Plan) -> dict[str, float]:
    """Every number of a plan that is one number."""
    return {
        field.name: getattr(plan, field.name)
        for field in dataclasses.fields(plan)
        if isinstance(getattr(plan, field.name), float)
    }


@pytest.mark.parametrize("slope", [1.0, 1.6])
def test_the_optimizers_plan_is_judged_as_it_judges_itself(slope):
    model = market(60, 3, 40, slope=slope)
    own = optimize(model, WIDE)
    judged = judge(model, WIDE, dict(own.spend))
    assert optimal(judged)
    assert figures(judged) == pytest.approx(figures(own), rel=1e-6, nan_ok=True)
    np.testing.assert_allclose(judged.table().drop(columns="bound"), own.table().drop(columns="bound"), rtol=1e-9)
    assert list(judged.bound) == list(own.bound)
    assert judged.certificate.feasible
    assert (judged.certificate.upper_bound, judged.certificate.gap) == (None, None)


def test_profit_has_its_own_paired_range():
    model = market(60, 3, 40)
    money = {"channel0": 2000.0}
    fees = Objective(margin=0.5, fees={"channel0": 0.1})
    plan = judge(model, None, money, objective=fees, level=0.5)
    own = evaluate_plan(model, money, unit="money", level=0.5)
    less = plan.spend_today["channel0"] - 2000.0
    profits = 0.5 * own.difference_draws + 1.1 * less
    assert plan.profit_gain == pytest.approx(profits.mean())
    assert (plan.profit_gain_low, plan.profit_gain_high) == pytest.approx(tuple(np.quantile(profits, [0.25, 0.75])))
    assert plan.p_profit == (profits > 0).mean()
    assert plan.profit_downside == pytest.approx(np.sort(profits)[:4].mean())
    assert not plan.by_profit
    assert judge(model, None, money, objective=Objective(maximize="profit")).by_profit
    assert judge(model, Constraints(least_mroi=1.0), money).by_profit
    assert judge(model, Constraints(least_outcome=1.0), money).by_profit


def test_a_plan_of_a_tail_stays_the_best_for_as_long_as_it_keeps_its_limits():
    model, tail = market(60, 3, 40), Objective(risk="cvar", tail=0.2)
    plan = optimize(model, WIDE, objective=tail)
    assert not optimal(plan)  # of the mean
    assert still_best(plan)
    assert not still_best(judge(model, Constraints(budget=10.0), dict(plan.spend), objective=tail))
    assert not still_best(judge(model, WIDE, {}))


def test_any_other_plan_is_judged_on_all_draws():
    model = market(60, 3, 40)
    today = judge(model, None, {})
    money = {"channel0": 1.2 * today.spend_today["channel0"], "channel1": 0.8 * today.spend_today["channel1"]}
    plan = judge(model, Constraints(budget=sum(money.values()) + today.spend_today["channel2"]), money, level=0.5)
    own = evaluate_plan(model, money, unit="money", level=0.5)
    assert not optimal(plan)
    assert (plan.gain, plan.gain_low, plan.gain_high) == pytest.approx(
        (own.difference, own.difference_low, own.difference_high)
    )
    assert plan.outcome == pytest.approx(own.outcome)
    assert (today.gain, today.gain_low, today.gain_high) == (0.0, 0.0, 0.0)


def test_a_plan_outside_its_constraints_is_said_to_be():
    model = market(60, 3, 40)
    spend = judge(model, None, {}).spend_today
    assert judge(model, None, {}).certificate.feasible
    assert not judge(model, None, {"channel0": 0.9 * spend["channel0"]}).certificate.feasible
    assert not judge(model, Constraints(bounds={"channel0": (1.1, 1.5)}), {}).certificate.feasible
    beyond = Constraints(budget=9 * float(spend.sum()))
    assert not possible(model, beyond)
    assert possible(model, Constraints())
    assert not judge(model, beyond, {}).certificate.feasible
    with pytest.raises(PlanError, match="raise a most bound"):
        optimize(model, beyond)


def test_impossible_amounts_are_refused():
    model = market(60, 3, 40)
    with pytest.raises(PlanError, match="zero or more"):
        judge(model, None, {"channel0": -1.0})
    with pytest.raises(PlanError, match="'radio'"):
        judge(model, None, {"radio": 1.0})
