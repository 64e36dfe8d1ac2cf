"""Plans for the bad case: better there than the plan of the mean, and nothing claimed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.planning import Constraints, Group, Objective, evaluate_plan, optimal, optimize
from xl_mmm.planning.risk import tail_weights

TEN = np.array([3.0, 1, 2, 4, 10, 9, 8, 7, 6, 5])


def test_weights_on_paper() -> None:
    assert tail_weights(TEN, "cvar", 0.25) @ TEN == pytest.approx((1 + 2 + 3 / 2) / 2.5)
    assert tail_weights(TEN, "quantile", 0.25) @ TEN == pytest.approx(np.quantile(TEN, 0.25))
    for risk in ("cvar", "quantile"):
        assert tail_weights(TEN, risk, 0.9).sum() == pytest.approx(1)
        assert tail_weights(np.array([7.0]), risk, 0.5).tolist() == [1.0]


def gamble():  # type: ignore[no-untyped-def]
    """A channel that earns 150 surely, and one that earns 400 or nothing."""
    shape = {"decay": 0.0, "half_saturation": 100.0, "slope": 1.0}
    data = dataset({"sure": [100.0] * 30, "bet": [100.0] * 30})
    coefficient = np.tile([400.0, 0.0], 20)
    shapes = {"sure": shape | {"coefficient": np.full(40, 150.0)}, "bet": shape | {"coefficient": coefficient}}
    return posterior(data, shapes, method="bayes")


@pytest.mark.parametrize("risk", ["cvar", "quantile"])
def test_a_gamble_is_for_the_mean_alone(risk: str) -> None:
    model, asked = gamble(), Constraints(default_bounds=(0.2, 1.8))
    mean, careful = optimize(model, asked), optimize(model, asked, objective=Objective(risk=risk, tail=0.2))
    assert mean.spend["bet"] > mean.spend["sure"]
    assert careful.multiples["bet"] == pytest.approx(0.2, abs=1e-6)
    assert careful.outcome < mean.outcome
    assert careful.outcome_low > mean.outcome_low


@pytest.mark.parametrize(("slope", "risk"), [(1.0, "cvar"), (2.0, "cvar"), (1.0, "quantile")])
def test_no_other_plan_tried_is_better_in_the_bad_case(slope: float, risk: str) -> None:
    model = market(n_draws=60, slope=slope)
    group = {"pair": Group(("channel0", "channel1"), most_share=0.6)}
    asked = Constraints(default_bounds=(0.2, 2.0), groups=group)
    plan = optimize(model, asked, objective=Objective(risk=risk, tail=0.2))
    proof = plan.certificate
    assert proof.feasible
    assert plan.spend.sum() == pytest.approx(plan.spend_today.sum(), rel=1e-9)

    def measure(spend: dict[str, float]) -> float:
        draws = evaluate_plan(model, spend, unit="money").draws
        return float(tail_weights(draws, risk, 0.2) @ draws)

    assert proof.value == pytest.approx(measure(plan.spend.to_dict()))
    assert proof.value >= measure(optimize(model, asked).spend.to_dict())
    rng, total = np.random.default_rng(0), float(plan.spend.sum())
    for _ in range(60):  # plans nearby that keep the limits
        moved = plan.spend.to_numpy() + rng.normal(0, 0.02 * total, 3)
        moved *= total / moved.sum()
        share = moved[:2].sum() / total
        inside = (moved >= 0.2 * plan.spend_today).all() and (moved <= 2.0 * plan.spend_today).all()
        if inside and share <= 0.6:
            assert measure(dict(zip(plan.spend.index, moved, strict=True))) <= proof.value * (1 + 1e-5)
    assert (proof.upper_bound, proof.gap, proof.shadow_price, proof.costs) == (None, None, None, ())
    assert np.isnan(proof.kkt_residual)
    assert not optimal(plan)


def test_never_worse_than_today_by_the_same_measure() -> None:
    model = market(n_draws=30)
    plan = optimize(model, Constraints(default_bounds=(0.99, 1.01)), objective=Objective("profit", risk="cvar"))
    today = evaluate_plan(model, {}).draws - plan.spend_today.sum()
    assert plan.certificate.value >= tail_weights(today, "cvar", 0.1) @ today
    frozen = optimize(model, Constraints(default_bounds=(1.0, 1.0)), objective=Objective(risk="cvar"))
    assert (frozen.multiples == 1.0).all()


def test_what_a_risk_measure_cannot_have_is_refused() -> None:
    careful = Objective(risk="cvar")
    for asked in (Constraints(increments=10.0, total="at most"), Constraints(least_roi=1.0, default_bounds=(0, 2))):
        with pytest.raises(PlanError, match="A plan for the cvar of draws takes no increments"):
            optimize(market(), asked, objective=careful)
    with pytest.raises(PlanError, match="choose one of mean, quantile, cvar"):
        Objective(risk="var")
    with pytest.raises(PlanError, match="between 0 and 1"):
        Objective(tail=1.0)
