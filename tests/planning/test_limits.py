"""Every kind of constraint: kept by the plan, priced when it binds, named when it cannot stand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning import Constraints, Group, Objective, Plan, judge, optimize, possible
from xl_mmm.posterior import Posterior

MODEL = market(n_channels=4, n_draws=12, slope=1.8)
TODAY = optimize(MODEL, Constraints(default_bounds=(1.0, 1.0))).spend_today
TOTAL = float(TODAY.sum())
WIDE = (0.0, 3.0)


def proven(plan: Plan) -> Plan:
    """See that a plan is feasible, stationary and closely bounded."""
    proof = plan.certificate
    assert proof.feasible
    assert proof.kkt_residual < 1e-6
    assert proof.gap is not None
    assert proof.gap < 1e-3
    return plan


def cost(plan: Plan, words: str) -> float:
    """Return what one more unit of room is worth."""
    return next(c.per_unit for c in plan.certificate.costs if words in c.constraint)


def test_bounds_in_money_commitments_and_frozen_channels() -> None:
    plan = proven(
        optimize(
            MODEL,
            Constraints(
                default_bounds=WIDE, money_bounds={"channel0": (2000.0, 3000.0)}, committed={"channel1": 9000.0},
                frozen=["channel3"],
            ),
        )
    )  # fmt: skip
    assert plan.spend["channel0"] == 3000
    assert plan.spend["channel1"] >= 9000
    assert plan.spend["channel3"] == TODAY["channel3"]
    assert cost(plan, "channel0 at most 3,000.00") > 0


def test_the_largest_step_narrows_bounds() -> None:
    plan = proven(optimize(MODEL, Constraints(default_bounds=WIDE, largest_step={"channel0": 0.1, "channel1": 0.2})))
    assert 0.9 - 1e-9 <= plan.multiples["channel0"] <= 1.1 + 1e-9
    assert 0.8 - 1e-9 <= plan.multiples["channel1"] <= 1.2 + 1e-9
    small = proven(optimize(MODEL, Constraints(largest_step=0.05)))
    assert (np.abs(small.multiples - 1) <= 0.05 + 1e-9).all()
    assert small.outcome >= small.outcome_today


def test_groups_in_money_and_in_shares_cost_what_a_little_more_room_brings() -> None:
    video = ("channel0", "channel1")

    def planned(share: float, most: float) -> Plan:
        groups = {"video": Group(video, most_share=share), "rest": Group(("channel2",), most=most)}
        return proven(optimize(MODEL, Constraints(default_bounds=WIDE, groups=groups)))

    plan = planned(0.3, 8000.0)
    assert plan.spend[list(video)].sum() == pytest.approx(0.3 * TOTAL)
    assert plan.spend["channel2"] == pytest.approx(8000)
    wider = planned(0.3, 8010.0).outcome - planned(0.3, 7990.0).outcome
    assert cost(plan, "rest at most 8,000.00") == pytest.approx(wider / 20, rel=1e-3)
    step = 1e-4
    wider = planned(0.3 + step, 8000.0).outcome - planned(0.3 - step, 8000.0).outcome
    assert cost(plan, "video at most 0.3") == pytest.approx(wider / (2 * step * TOTAL), rel=1e-3)
    assert any("rest at most 8,000.00 holds the plan" in sentence for sentence in plan.certificate.binding)
    least = Constraints(default_bounds=WIDE, groups={"video": Group(video, least=20000.0)})
    assert proven(optimize(MODEL, least)).spend[list(video)].sum() == pytest.approx(20000)


def best_by_enumeration(money: list[np.ndarray], total: float) -> float:
    """Return the best outcome of all combinations that spend at most `total`."""
    curves = ResponseCurves.of(MODEL)
    revenue = []
    for k, amounts in enumerate(money):
        multiples = np.ones((len(amounts), 4))
        multiples[:, k] = amounts / TODAY.iloc[k]
        revenue.append(curves.revenue(multiples).mean(axis=0)[:, k])
    best = -np.inf
    for pick in itertools.product(*(range(len(amounts)) for amounts in money)):
        if sum(money[k][j] for k, j in enumerate(pick)) <= total + 1e-6:
            best = max(best, sum(revenue[k][j] for k, j in enumerate(pick)))
    return float(best)


def test_increments_are_the_best_of_all_combinations() -> None:
    asked = Constraints(30000.0, default_bounds=WIDE, increments=2500.0, total="at most")
    plan = optimize(MODEL, asked)
    np.testing.assert_allclose(plan.spend / 2500, np.round(plan.spend / 2500), atol=1e-9)
    money = [np.arange(0, min(3 * TODAY.iloc[k], 30000) + 1, 2500.0) for k in range(4)]
    best = best_by_enumeration(money, 30000.0)
    assert plan.outcome == pytest.approx(best, rel=1e-4)  # the search ends within one in ten thousand
    assert plan.certificate.upper_bound is not None
    assert plan.outcome <= best * (1 + 1e-12) <= plan.certificate.upper_bound * (1 + 1e-12)
    free = optimize(MODEL, Constraints(30000.0, default_bounds=WIDE, total="at most"))
    loss = next(c.in_all for c in plan.certificate.costs if "increments" in c.constraint)
    assert loss == pytest.approx(free.outcome - plan.outcome, rel=1e-6)
    assert plan.certificate.feasible
    moved = plan.spend.to_dict() | {"channel0": plan.spend["channel0"] + 100}
    assert not judge(MODEL, asked, moved).certificate.feasible


def test_a_minimum_if_used_is_nothing_or_enough() -> None:
    least = {"channel0": 4000.0, "channel1": 9000.0, "channel2": 9000.0, "channel3": 7000.0}
    plan = optimize(MODEL, Constraints(12000.0, default_bounds=WIDE, minimum_if_used=least))
    assert all(plan.spend[name] == 0 or plan.spend[name] >= money - 1e-6 for name, money in least.items())
    assert plan.spend.sum() == pytest.approx(12000)
    assert plan.certificate.feasible
    assert plan.certificate.kkt_residual < 1e-6
    values = []
    for used in itertools.product([False, True], repeat=4):  # every pattern, each solved without switches
        bounds = {
            n: (m, 3 * float(TODAY[n])) if on else (0.0, 0.0) for (n, m), on in zip(least.items(), used, strict=True)
        }
        asked = Constraints(12000.0, money_bounds=bounds)
        if possible(MODEL, asked):
            values.append(optimize(MODEL, asked).outcome)
    assert plan.outcome == pytest.approx(max(values), rel=1e-4)
    always = Constraints(minimum_if_used={"channel0": 4500.0}, default_bounds=(0.5, 2.0))
    assert optimize(MODEL, always).spend["channel0"] >= 4500 - 1e-6  # zero is not within its bounds


def test_a_target_of_an_roi_is_met_with_the_most_revenue() -> None:
    plan = proven(optimize(MODEL, Constraints(default_bounds=WIDE, least_roi=1.2)))
    assert plan.outcome / plan.spend.sum() == pytest.approx(1.2, rel=1e-9)
    again = optimize(MODEL, Constraints(float(plan.spend.sum()), default_bounds=WIDE))
    assert again.outcome == pytest.approx(plan.outcome, rel=1e-6)
    more = optimize(MODEL, Constraints(1.01 * float(plan.spend.sum()), default_bounds=WIDE))
    assert more.outcome / more.spend.sum() < 1.2
    assert cost(plan, "an ROI of at least 1.2") > 0
    with pytest.raises(PlanError, match="Only spending nothing keeps an ROI of at least 9"):
        optimize(MODEL, Constraints(default_bounds=WIDE, least_roi=9.0))
    with pytest.raises(
        PlanError, match="No plan within the constraints reaches an ROI of at least 9: the best comes to"
    ):
        optimize(MODEL, Constraints(default_bounds=(0.5, 1.5), least_roi=9.0))


def test_an_outcome_is_reached_at_the_least_cost() -> None:
    plan = proven(optimize(MODEL, Constraints(default_bounds=WIDE, least_outcome=25000.0)))
    assert plan.outcome == pytest.approx(25000, rel=1e-9)
    assert plan.certificate.value == pytest.approx(-plan.spend.sum())
    again = optimize(MODEL, Constraints(float(plan.spend.sum()), default_bounds=WIDE))
    assert again.outcome == pytest.approx(25000, rel=1e-4)
    np.testing.assert_allclose(plan.mroi[plan.bound == ""] * cost(plan, "an outcome of at least"), 1, rtol=1e-6)
    with pytest.raises(PlanError, match=r"reaches an outcome of at least 9,999,999\.00: the best comes to") as caught:
        optimize(MODEL, Constraints(default_bounds=WIDE, least_outcome=9_999_999.0))
    assert caught.value.conflicts == ("an outcome of at least 9,999,999.00",)
    fixed = Constraints(default_bounds=(1.0, 1.0), least_outcome=9_999_999.0)
    with pytest.raises(PlanError, match="the best comes to"):
        optimize(MODEL, fixed)


CONTRADICTIONS = {
    "channel0 at most 5,000.00; channel0 committed to 6,000.00": Constraints(
        money_bounds={"channel0": (0.0, 5000.0)}, committed={"channel0": 6000.0}
    ),
    "channel[23] at least 0.5 × today .*; pair at most 100.00": Constraints(
        groups={"pair": Group(("channel2", "channel3"), most=100.0), "all": Group(("channel0",), most=1e9)}
    ),
    "budget .*; video at most 0.3 of the total; rest at most 10,000.00": Constraints(
        default_bounds=WIDE,
        groups={
            "video": Group(("channel0", "channel1"), most_share=0.3),
            "rest": Group(("channel2", "channel3"), most=10000)
        },
    ),
    "in increments of 1,000.00; budget 32,500.00": Constraints(32500.0, default_bounds=WIDE, increments=1000),
    "channel0 at most 3,000.00; channel0 at zero or at least 4,000.00; one at least 100.00": Constraints(
        money_bounds={"channel0": (0.0, 3000.0)}, minimum_if_used={"channel0": 4000.0},
        groups={"one": Group(("channel0",), least=100.0)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", CONTRADICTIONS)
def test_contradictions_name_an_irreducible_set(words: str) -> None:
    asked = CONTRADICTIONS[words]
    assert not possible(MODEL, asked)
    with pytest.raises(PlanError, match=f"No plan can keep all of these: .*{words}") as caught:
        optimize(MODEL, asked)
    assert 2 <= len(caught.value.conflicts) <= 5


def idle() -> Posterior:
    """A channel that a model knows but that spent nothing in the window."""
    shape = {"decay": 0.3, "half_saturation": 80.0, "slope": 1.2, "coefficient": 300.0}
    rng = np.random.default_rng(1)
    spend = {"tv": rng.gamma(2, 50, 41), "print": [5.0] + [0.0] * 40}
    return posterior(dataset(spend, history=1), dict.fromkeys(spend, shape))


def test_a_channel_without_spend_needs_a_flighting_and_money() -> None:
    model = idle()
    with pytest.raises(PlanError, match=r"print spent nothing in the window, .* no flighting to scale to 900\.00"):
        optimize(model, Constraints(money_bounds={"print": (0.0, 900.0)}))
    with pytest.raises(PlanError, match="give it money_bounds"):
        optimize(model, Constraints(flighting={"print": [10.0] * 40}))
    with pytest.raises(PlanError, match="tv spent money in the window"):
        optimize(model, Constraints(flighting={"tv": [10.0] * 40}))
    with pytest.raises(PlanError, match="each of the window's 40 periods"):
        optimize(model, Constraints(flighting={"print": [10.0] * 39}, money_bounds={"print": (0, 1)}))
    assert optimize(model).spend["print"] == 0
    asked = Constraints(flighting={"print": [10.0] * 40}, money_bounds={"print": (0.0, 2000.0)}, default_bounds=WIDE)
    plan = proven(optimize(model, asked))
    assert plan.spend["print"] > 100
    assert plan.spend_today["print"] == 0
    assert plan.multiples["print"] == pytest.approx(plan.spend["print"] / 400)
    assert plan.mroi["print"] == pytest.approx(plan.mroi["tv"], rel=1e-6)
    same = judge(model, asked, plan.spend.to_dict())
    assert same.outcome == pytest.approx(plan.outcome, rel=1e-12)
    assert same.certificate.feasible
    assert judge(model, asked, {}).outcome == pytest.approx(plan.outcome_today, rel=1e-12)


def test_a_free_total_without_a_reason_to_stop_spends_all_that_bounds_allow() -> None:
    plan = optimize(MODEL, Constraints(total="free"))
    np.testing.assert_allclose(plan.multiples, 1.5)
    assert optimize(MODEL, Constraints(total="free"), objective=Objective("profit")).spend.sum() < plan.spend.sum()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"total": "some"}, "choose one of exact, at most, free"),
        ({"money_bounds": {"tv": (2, 1)}}, "amounts of money"),
        ({"committed": {"tv": -1.0}}, "tv: the money committed is -1.0"), ({"increments": 0.0}, "the increment is 0.0"),
        ({"largest_step": {"tv": "10%"}}, "tv: the largest step is '10%'"), ({"least_roi": 0.0}, "the target is 0.0"),
        ({"minimum_if_used": {"tv": 0.0}}, "the minimum if used"),
        ({"least_mroi": 1.0, "least_outcome": 5.0}, "Give one"), ({"least_roi": 1.0, "least_outcome": 5.0}, "Give one"),
    ],
)  # fmt: skip
def test_impossible_constraints_are_refused(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        Constraints(**wrong)  # type: ignore[arg-type]


def test_impossible_groups_are_refused() -> None:
    with pytest.raises(PlanError, match="above its most"):
        Group(("tv",), least=2.0, most=1.0)
    with pytest.raises(PlanError, match="a share, zero or more"):
        Group(("tv",), most_share=1.5)
    with pytest.raises(PlanError, match="Groups are given for 'tv'; the model has channel0"):
        optimize(MODEL, Constraints(groups={"video": Group(("tv",), most=1.0)}))
    with pytest.raises(PlanError, match="Commitments are given for 'tv'"):
        optimize(MODEL, Constraints(committed={"tv": 1.0}))
