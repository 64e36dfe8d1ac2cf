"""The optimizer: laws of every plan, dense grids, and the peers' own problems."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning import Constraints, evaluate_plan, optimize, search

PROBLEMS = {
    "concave": (market(n_draws=24), Constraints()),
    "concave, from zero": (market(n_draws=24), Constraints(default_bounds=(0.0, 3.0))),
    "S-curves": (market(slope=2.5, n_draws=24), Constraints()),
    "S-curves, from zero": (market(slope=2.5, n_draws=24), Constraints(default_bounds=(0.0, 3.0))),
    "S-curves, half the budget": (market(slope=2.5, n_draws=24), Constraints(9000.0, default_bounds=(0.0, 2.0))),
    "five channels": (market(n_channels=5, n_draws=24, slope=1.6, seed=4), Constraints(default_bounds=(0.3, 2.0))),
    "one draw": (market(slope=2.0, n_draws=1), Constraints()),
    "no revenue": (market(revenue_per_kpi=None), Constraints(bounds={"channel0": (1.0, 1.0)})),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_laws_of_every_plan(name: str) -> None:
    model, constraints = PROBLEMS[name]
    plan = optimize(model, constraints)
    proof = plan.certificate
    assert proof.feasible
    budget = constraints.budget or plan.spend_today.sum()
    assert plan.spend.sum() == pytest.approx(budget, rel=1e-9)
    assert (plan.multiples >= plan.least - 1e-9).all()
    assert (plan.multiples <= plan.most + 1e-9).all()
    assert proof.kkt_residual < 1e-9
    inside = plan.mroi[(plan.bound == "") & (plan.least < plan.most)]
    if proof.shadow_price is None:
        assert inside.empty
    else:
        np.testing.assert_allclose(inside, proof.shadow_price, rtol=1e-4)
    today = evaluate_plan(model, {})
    if constraints.budget is None:
        assert plan.outcome >= today.outcome
    again = evaluate_plan(model, plan.multiples.to_dict())
    assert plan.outcome == pytest.approx(again.outcome, rel=1e-12)
    assert plan.gain == pytest.approx(again.difference, rel=1e-9, abs=1e-9)
    assert proof.upper_bound is not None
    assert proof.gap is not None
    assert 0 <= proof.gap < 1e-3
    assert len(proof.binding) == (plan.bound != "").sum()
    assert list(plan.table().columns) == ["today", "plan", "least", "most", "mroi_today", "mroi", "bound"]


@pytest.mark.parametrize("name", ["concave, from zero", "S-curves", "S-curves, from zero", "S-curves, half the budget"])
def test_a_dense_grid_finds_nothing_better(name: str) -> None:
    model, constraints = PROBLEMS[name]
    plan = optimize(model, constraints)
    least, most = plan.least.to_numpy(), plan.most.to_numpy()
    money, points = plan.spend_today.to_numpy(), 81
    grid = least + np.linspace(0, 1, points)[:, None] * (most - least)
    revenue = ResponseCurves.of(model).revenue(grid).mean(axis=0)
    budget, best = plan.spend.sum(), -np.inf
    for i, j in itertools.product(range(points), repeat=2):
        rest = (budget - grid[i, 0] * money[0] - grid[j, 1] * money[1]) / money[2]
        if least[2] <= rest <= most[2]:  # the curve rises, so its chord's upper end bounds it from above
            last = np.interp(rest, grid[:, 2], revenue[:, 2])
            best = max(best, revenue[i, 0] + revenue[j, 1] + last)
    assert best > 0
    assert plan.outcome >= best * (1 - 2e-4)  # interpolating the third channel may flatter the grid
    assert plan.certificate.upper_bound is not None
    assert plan.certificate.upper_bound >= plan.outcome


def test_the_shadow_price_is_what_one_more_unit_brings() -> None:
    for name in ("concave", "S-curves"):
        model, _ = PROBLEMS[name]
        base = optimize(model).spend.sum()
        outcomes = [optimize(model, Constraints(base * (1 + step))).outcome for step in (-1e-3, 1e-3)]
        price = optimize(model).certificate.shadow_price
        assert (outcomes[1] - outcomes[0]) / (2e-3 * base) == pytest.approx(price, rel=1e-3)


def test_all_channels_at_bounds_have_a_price_on_either_side() -> None:
    model = market(n_channels=2, n_draws=8)
    money = optimize(model).spend_today
    budget = 0.5 * money.iloc[0] + 1.5 * money.iloc[1]
    bounds = {"channel0": (0.5, 0.5), "channel1": (0.5, 1.5)}
    proof = optimize(model, Constraints(budget, bounds)).certificate
    assert proof.shadow_price is None
    assert proof.feasible
    assert proof.shadow_price_less > 0
    assert np.isnan(proof.shadow_price_more)


def test_frozen_channels_leave_today() -> None:
    model = market()
    plan = optimize(model, Constraints(default_bounds=(1.0, 1.0)))
    np.testing.assert_array_equal(plan.multiples, 1.0)
    assert plan.gain == 0
    assert plan.certificate.gap == 0
    assert np.isnan(plan.p_better)


def test_the_only_channel_that_may_move_has_no_choice() -> None:
    model, fixed = market(slope=2.5), {"channel0": (0.2, 3.0)}
    same = optimize(model, Constraints(bounds=fixed, default_bounds=(1.0, 1.0)))
    assert (same.multiples == 1.0).all()  # not even by rounding another plan than today's
    assert np.isnan(same.p_better)
    assert same.certificate.gap == pytest.approx(0.0, abs=1e-15)
    more = optimize(model, Constraints(1.1 * same.spend.sum(), bounds=fixed, default_bounds=(1.0, 1.0)))
    assert more.spend.sum() == pytest.approx(1.1 * same.spend.sum(), rel=1e-12)
    assert more.certificate.gap == pytest.approx(0.0, abs=1e-15)
    assert more.certificate.feasible


def test_media_without_effect_move_no_money() -> None:
    shape = {"decay": 0.5, "half_saturation": 50.0, "slope": 1.5, "coefficient": np.zeros(6)}
    data = dataset({name: np.random.default_rng(k).gamma(2, 50, 40) for k, name in enumerate(("tv", "radio", "web"))})
    plan = optimize(posterior(data, dict.fromkeys(data.channels, shape)))
    assert (plan.multiples == 1.0).all()
    assert (plan.certificate.upper_bound, plan.certificate.gap, plan.certificate.binding) == (0.0, 0.0, ())
    assert plan.certificate.shadow_price == 0.0


def test_what_binds_is_said_without_a_number_that_is_none() -> None:
    model = market(n_draws=10)
    frozen = optimize(model, Constraints(default_bounds=(1.0, 1.0))).certificate.binding
    assert frozen[0].startswith("channel0 is fixed, 1 × today: the next unit of money there returns ")
    least = optimize(model, Constraints(0.5 * optimize(model).spend_today.sum())).certificate.binding
    assert least[0].startswith("channel0 is held at its least, 0.5 × today")
    assert not any("nan" in sentence or "elsewhere" in sentence for sentence in (*frozen, *least))


def test_permuting_bounds_and_currency_change_nothing() -> None:
    model = market(slope=2.0)
    a = optimize(model, Constraints(bounds={"channel0": (0.6, 1.1), "channel2": (0.9, 1.4)}))
    b = optimize(model, Constraints(bounds={"channel2": (0.9, 1.4), "channel0": (0.6, 1.1)}))
    np.testing.assert_array_equal(a.spend, b.spend)


def test_classical_gains_are_judged_on_draws_that_did_not_choose() -> None:
    model = market(n_draws=6, seed=2)
    plan = optimize(model, Constraints(default_bounds=(0.2, 2.0)))
    assert plan.gain >= plan.gain_judged  # a plan flatters itself on the draws that chose it
    assert plan.gain_low <= plan.gain_judged <= plan.gain_high


def test_a_channel_without_spend_stays_without() -> None:
    rng = np.random.default_rng(8)
    shape = {"decay": 0.3, "half_saturation": 80.0, "slope": 1.0, "coefficient": 100.0}
    data = dataset({"tv": rng.gamma(2, 50, 40), "radio": rng.gamma(2, 50, 40), "print": [5.0] + [0.0] * 39}, history=1)
    plan = optimize(posterior(data, dict.fromkeys(("tv", "radio", "print"), shape)))
    assert plan.spend["print"] == 0
    assert np.isnan(plan.mroi["print"])
    assert plan.bound["print"] == ""
    assert plan.certificate.kkt_residual < 1e-9


def test_a_budget_at_the_very_edge_of_the_bounds_is_met() -> None:
    model = market()
    money = optimize(model).spend_today
    for edge in (0.5, 1.5):
        plan = optimize(model, Constraints(float(edge * money.sum())))
        np.testing.assert_allclose(plan.spend, edge * money, rtol=1e-9)
        assert plan.certificate.feasible


def test_contradictions_are_errors() -> None:
    with pytest.raises(PlanError, match="below the least"):
        optimize(market(), Constraints(budget=1.0))


def test_a_large_model_is_planned_without_a_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    model, constraints = PROBLEMS["S-curves"]
    proven = optimize(model, constraints)
    monkeypatch.setattr(search, "LARGE_CELLS", 100)
    plan = optimize(model, constraints)
    assert plan.certificate.upper_bound is None
    assert plan.certificate.gap is None
    assert plan.outcome == pytest.approx(proven.outcome, rel=1e-9)


def test_media_that_hurt_have_no_bound_and_stay_at_their_least() -> None:
    shape = {"decay": 0.3, "half_saturation": 80.0, "slope": 1.0, "coefficient": 100.0}
    rng = np.random.default_rng(5)
    data = dataset({"tv": rng.gamma(2, 50, 40), "radio": rng.gamma(2, 50, 40)})
    model = posterior(data, {"tv": shape, "radio": shape | {"coefficient": -20.0}})
    plan = optimize(model)
    assert plan.certificate.upper_bound is None
    assert plan.bound["radio"] == "least" or plan.bound["tv"] == "most"
    assert plan.outcome > plan.outcome_today


def test_a_curve_that_leaves_zero_vertically_is_still_stationary() -> None:
    rng = np.random.default_rng(6)
    power = {"decay": 0.2, "saturation": "power", "exponent": 0.25, "coefficient": 0.3}
    hill = {"decay": 0.4, "half_saturation": 100.0, "slope": 2.0, "coefficient": 300.0}
    data = dataset({"a": rng.gamma(2, 50, 40), "b": rng.gamma(2, 50, 40), "c": rng.gamma(2, 50, 40)})
    plan = optimize(
        posterior(data, {"a": power, "b": hill, "c": hill | {"coefficient": 200.0}}),
        Constraints(default_bounds=(0.0, 3.0)),
    )
    assert 0 < plan.multiples["a"] < 0.1
    assert plan.certificate.kkt_residual < 1e-8
