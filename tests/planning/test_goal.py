"""Goal seek: what it finds is what the plans' own evaluation says, and where nothing is found it says so."""

from __future__ import annotations

import numpy as np
import pytest

from tests.planning.test_scenario import driven
from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.planning import PlanLine, Scenario, evaluate_plan, goal_seek, scenarios
from xl_mmm.planning.goal import MEASURES, OUTCOME, PROFIT, ROI
from xl_mmm.planning.scenario import week_by_week


@pytest.mark.parametrize("measure", [OUTCOME, ROI])
@pytest.mark.parametrize("channel", [None, "channel1"])
@pytest.mark.parametrize("change", [0.97, 1.04])
def test_the_answer_reaches_the_goal(measure: str, channel: str | None, change: float) -> None:
    model = market()
    today = evaluate_plan(model, {})
    target = change * (today.outcome if measure == OUTCOME else today.roi)
    found = goal_seek(model, target, measure=measure, channel=channel, level=0.8)
    assert found.reached
    names = model.dataset.channels if channel is None else (channel,)
    plan = evaluate_plan(model, dict.fromkeys(names, found.multiple), level=0.8)
    value, low, high = (
        (plan.outcome, plan.outcome_low, plan.outcome_high) if measure == OUTCOME
        else (plan.roi, plan.roi_low, plan.roi_high)
    )  # fmt: skip
    assert (value, low, high) == pytest.approx((target, found.low, found.high), rel=1e-7)
    assert found.value == pytest.approx(target, rel=1e-9)
    assert found.spend == pytest.approx(plan.spend[list(names)].sum())
    assert found.change == pytest.approx(found.spend - today.spend[list(names)].sum())
    assert (found.multiple > 1) == ((change > 1) == (measure == OUTCOME))  # more money, lower return


def test_the_chance_is_the_share_of_draws() -> None:
    model = market()
    target = 1.02 * evaluate_plan(model, {}).outcome
    found = goal_seek(model, target, channel="channel0")
    draws = evaluate_plan(model, {"channel0": found.multiple}).draws
    assert found.p_reached == pytest.approx((draws >= target).mean(), abs=1.5 / model.n_draws)


def one_channel(margin: float = 0.5):  # type: ignore[no-untyped-def]
    """Revenue 1000 u / (100 + u) in each of 10 weeks of u = 100; one draw."""
    from xl_mmm.spec import ModelSpec

    shape = {"saturation": "michaelis_menten", "half_saturation": 100.0, "decay": 0.0, "coefficient": 1000.0}
    spec = ModelSpec(seasonality=0, trend=False, margin=margin)
    return posterior(dataset({"tv": [100.0] * 10}), {"tv": shape}, spec)


def test_profit_rises_and_falls_so_two_multiples_reach_it() -> None:
    """Profit of m: 5000 m / (1 + m) - 1000 m; it is 1500 at m = 1, and again where m^2 - 2.5 m + 1.5 = 0: m = 1.5."""
    found = goal_seek(one_channel(), 1500.0, measure=PROFIT)
    assert found.reached
    assert (found.multiple, found.others) == (pytest.approx(1.0), (pytest.approx(1.5),))


def test_a_peak_between_the_points_is_found() -> None:
    """The largest profit is at m = sqrt 5 - 1 = 1.236: 5000 - 1000 (2 sqrt 5 - 1) = 1527.86."""
    peak = 6000 - 2000 * np.sqrt(5)
    found = goal_seek(one_channel(), peak - 0.01, measure=PROFIT, most=40.0)
    assert found.reached
    assert found.multiple == pytest.approx(np.sqrt(5) - 1, abs=0.02)
    none = goal_seek(one_channel(), peak + 1, measure=PROFIT, most=40.0)
    assert not none.reached
    assert (none.multiple, none.value) == (pytest.approx(np.sqrt(5) - 1, abs=0.02), pytest.approx(peak, abs=0.1))
    assert none.p_reached == 0


def test_an_outcome_out_of_reach_gives_the_nearest() -> None:
    found = goal_seek(one_channel(), 9000.0, most=2.0)  # ten weeks of 1000 at the very most, 6667 at twice the spend
    assert (found.reached, found.multiple) == (False, pytest.approx(2.0, abs=1e-3))
    assert found.value == pytest.approx(10 * 1000 * 2 / 3, rel=1e-3)
    too_little = goal_seek(one_channel(), -1.0)
    assert (too_little.reached, too_little.multiple, too_little.p_reached) == (False, 0.0, 1.0)


def test_a_plan_with_periods_and_assumptions_is_the_start() -> None:
    model = driven()
    lines = (
        PlanLine((("tv", 0.5),), market=0.9, media_cost=1.1), PlanLine((("search", 2.0),), period="2024-05"),
    )  # fmt: skip
    plan = week_by_week(model, Scenario("A", lines))
    row = scenarios(model, [Scenario("A", lines)]).loc["A"]
    found = goal_seek(model, 1.1 * row["outcome"], channel="search", plan=plan, most=30.0)
    assert found.reached
    moved = (
        PlanLine((("tv", 0.5), ("search", found.multiple)), market=0.9, media_cost=1.1),
        PlanLine((("search", 2.0 * found.multiple),), period="2024-05"),
    )  # fmt: skip
    assert scenarios(model, [Scenario("B", moved)]).loc["B", "outcome"] == pytest.approx(1.1 * row["outcome"], rel=1e-8)


def test_money_beyond_what_was_ever_spent_is_told() -> None:
    assert goal_seek(one_channel(), 6000.0).extrapolated == ("tv",)
    assert goal_seek(one_channel(), 4000.0).extrapolated == ()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"measure": "sales"}, f"choose one of {', '.join(MEASURES)}"),
        ({"target": float("nan")}, "The goal's target is nan"),
        ({"most": 0.0}, "The goal's largest multiple is 0.0; give a number above zero"),
        ({"channel": "radio"}, "No paid channel is called 'radio'"),
        ({"plan": {"channel0": 0.0}, "channel": "channel0"}, "channel0 spends nothing, so there is nothing to scale"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, object], says: str) -> None:
    model = market()
    if isinstance(given := options.get("plan"), dict):
        options = {**options, "plan": week_by_week(model, Scenario("", (PlanLine(tuple(given.items())),)))}
    with pytest.raises(PlanError, match=says):
        goal_seek(model, **{"target": 1.0, **options})  # type: ignore[arg-type]


def test_profit_needs_a_money_value() -> None:
    with pytest.raises(PlanError, match="no profit can be sought"):
        goal_seek(market(revenue_per_kpi=None), 1.0, measure=PROFIT)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_first_look_with_few_draws_changes_no_answer(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = market(n_draws=450, margin=0.5)
    today = evaluate_plan(model, {})
    target = 0.98 * {OUTCOME: today.outcome, PROFIT: today.profit, ROI: today.roi}[measure]
    looked = goal_seek(model, target, measure=measure, channel="channel0")
    monkeypatch.setattr("xl_mmm.planning.goal.FEW", 10_000)
    assert goal_seek(model, target, measure=measure, channel="channel0") == looked
    assert looked.reached
