"""What plans are for: profit, fees, lifetime value, discounts, each in the certificate's terms."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.planning import Constraints, Objective, evaluate_plan, judge, optimize
from xl_mmm.planning.objective import YEAR, worth_of

WIDE = (0.0, 4.0)
RICH = market(n_draws=12, margin=0.9)
FREE = Constraints(default_bounds=WIDE, total="free")


def test_profit_spends_until_the_next_unit_returns_less_than_one_over_margin() -> None:
    plan = optimize(RICH, FREE, objective=Objective("profit"))
    inside = plan.bound == ""
    assert inside.sum() == 3
    np.testing.assert_allclose(plan.mroi, 1 / 0.9, rtol=1e-6)
    assert plan.certificate.value == pytest.approx(plan.profit, rel=1e-12)
    assert plan.profit == pytest.approx(0.9 * plan.outcome - plan.spend.sum(), rel=1e-12)
    assert plan.certificate.gap is not None
    assert plan.certificate.gap < 1e-3
    assert plan.certificate.shadow_price is None  # there is no budget
    same = optimize(RICH, Constraints(default_bounds=WIDE, least_mroi=1 / 0.9))
    np.testing.assert_allclose(same.spend, plan.spend, rtol=1e-6)
    for factor in (0.98, 1.02):
        assert evaluate_plan(RICH, (factor * plan.multiples).to_dict()).profit < plan.profit


def test_a_budget_that_holds_profit_back_has_a_price_and_one_that_does_not_has_none() -> None:
    best = optimize(RICH, FREE, objective=Objective("profit"))
    total = float(best.spend.sum())
    less = optimize(RICH, Constraints(0.8 * total, default_bounds=WIDE, total="at most"), objective=Objective("profit"))
    assert less.spend.sum() == pytest.approx(0.8 * total, rel=1e-9)
    assert less.certificate.shadow_price is not None
    np.testing.assert_allclose(0.9 * less.mroi[less.bound == ""] - 1, less.certificate.shadow_price, rtol=1e-6)
    more = optimize(RICH, Constraints(1.2 * total, default_bounds=WIDE, total="at most"), objective=Objective("profit"))
    assert more.certificate.shadow_price == 0.0
    np.testing.assert_allclose(more.spend, best.spend, rtol=1e-6)


def test_fees_cost_without_working() -> None:
    plain = optimize(RICH, FREE, objective=Objective("profit"))
    plan = optimize(RICH, FREE, objective=Objective("profit", fees={"channel1": 0.25}))
    assert plan.spend["channel1"] < plain.spend["channel1"]
    np.testing.assert_allclose(plan.mroi / [1, 1.25, 1], 1 / 0.9, rtol=1e-6)
    paid = plan.spend.sum() + 0.25 * plan.spend["channel1"]
    assert plan.profit == pytest.approx(0.9 * plan.outcome - paid, rel=1e-12)


def test_lifetime_value_multiplies_revenue_and_margin_may_be_given() -> None:
    plan = optimize(RICH, FREE, objective=Objective("profit", margin=0.5, lifetime_value=1.8))
    np.testing.assert_allclose(plan.spend, optimize(RICH, FREE, objective=Objective("profit")).spend, rtol=1e-6)
    assert plan.profit == pytest.approx(0.9 * plan.outcome - plan.spend.sum(), rel=1e-9)


def test_discounting_on_paper() -> None:
    """Steady spend of 100 a week that earns 50 a week: both are worth Σ 1.1^(−week/52.18) weeks of it."""
    data = dataset({"tv": [100.0] * 30})
    model = posterior(data, {"tv": {"decay": 0.0, "half_saturation": 100.0, "slope": 1.0, "coefficient": 100.0}})
    weeks = (1.1 ** (-np.arange(30) / YEAR)).sum()
    worth = worth_of(model, Objective("profit", discount_rate=0.1))
    assert worth.cost[0] == pytest.approx(weeks / 30)
    plan = judge(model, FREE, {}, objective=Objective("profit", discount_rate=0.1))
    assert plan.outcome == pytest.approx(1500)
    assert plan.profit == pytest.approx((50 - 100) * weeks)
    assert plan.certificate.value == pytest.approx(plan.profit)


def test_revenue_alone_is_what_it_was() -> None:
    a, b = optimize(RICH, Constraints()), optimize(RICH, Constraints(), objective=Objective())
    np.testing.assert_array_equal(a.spend, b.spend)
    assert a.certificate.value == a.outcome


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"maximize": "sales"}, "'sales'; choose revenue or profit"), ({"margin": 1.2}, "fraction"),
        ({"lifetime_value": 0}, "above zero"), ({"discount_rate": -1.0}, "fraction a year"),
        ({"fees": {"tv": -0.1}}, "tv: the fee is -0.1"),
    ],
)  # fmt: skip
def test_impossible_objectives_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        Objective(**wrong)  # type: ignore[arg-type]


def test_objectives_that_a_model_cannot_have_are_refused() -> None:
    with pytest.raises(PlanError, match="Fees are given for 'tv'"):
        optimize(RICH, objective=Objective(fees={"tv": 0.1}))
    with pytest.raises(PlanError, match="need a KPI with a money value"):
        optimize(market(revenue_per_kpi=None), objective=Objective("profit"))
    with pytest.raises(PlanError, match="itself a goal"):
        optimize(RICH, Constraints(least_mroi=1.0), objective=Objective("profit"))
