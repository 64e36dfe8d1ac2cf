"""Plans by period: the model's own response, a bound that holds, limits kept, money where it works."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.measures import ahead, repeated
from xl_mmm.measures.ahead import bought
from xl_mmm.measures.draws import earned
from xl_mmm.planning import Objective, optimize_weeks
from xl_mmm.planning.weekly_limits import WeekLimits
from xl_mmm.planning.weekly_response import WeeklyResponse

NAMES = ("a", "b", "c")


def spent(model, plan):
    """Return the model with another spend in its window."""
    data = model.dataset
    media, spend = data.media.copy(), data.spend.copy()
    rate = bought(data.media[data.window], data.spend[data.window])
    spend[data.window], media[data.window] = plan, plan * rate
    return dataclasses.replace(model, dataset=dataclasses.replace(data, spend=spend, media=media))


def limits(seed: int = 0, exact: bool = True) -> WeekLimits:
    today = np.random.default_rng(seed).gamma(2.0, 50.0, (8, 3))
    return WeekLimits.of(today, None, exact, (0.6, 1.4), (0.1, 2.5), None, NAMES)


def allowed(own: WeekLimits, plan: np.ndarray) -> bool:
    total = plan.sum()
    return bool(
        (plan >= own.low - 1e-6).all() and (plan <= own.high + 1e-6).all()
        and (plan.sum(axis=0) >= own.least - 1e-6).all() and (plan.sum(axis=0) <= own.most + 1e-6).all()
        and (abs(total - own.budget) < 1e-6 * own.budget if own.exact else total <= own.budget * (1 + 1e-9))
    )  # fmt: skip


@pytest.mark.parametrize("slope", [0.8, 1.0, 2.0])
def test_numbers_are_those_of_the_model(slope: float) -> None:
    model = market(30, 3, 12, slope=slope)
    plan = np.random.default_rng(1).gamma(2.0, 60.0, (30, 3))
    response = WeeklyResponse.of(model, np.ones(3), 30)
    assert response.by_draw(plan) == pytest.approx(earned(spent(model, plan)).revenue.sum(axis=1), rel=1e-10)
    value, gradient = response.mean(plan)
    assert value == pytest.approx(response.by_draw(plan).mean(), rel=1e-12)
    for period, k in ((0, 0), (7, 1), (29, 2)):
        step = np.zeros_like(plan)
        step[period, k] = 1e-3
        difference = (response.mean(plan + step)[0] - response.mean(plan - step)[0]) / 2e-3
        assert gradient[period, k] == pytest.approx(difference, rel=1e-5)


def test_every_adstock_and_medium_with_its_price() -> None:
    rng = np.random.default_rng(2)
    data = dataset({name: rng.gamma(2.0, 50.0, 30).tolist() for name in NAMES}, history=6)
    shape = {"half_saturation": 80.0, "slope": 1.3, "coefficient": 300.0}
    model = posterior(data, {
        "a": {"decay": 0.6, **shape}, "b": {"adstock": "delayed", "decay": 0.5, "peak_lag": 2.0, **shape},
        "c": {"adstock": "weibull_pdf", "weibull_shape": 2.0, "weibull_scale": 3.0, **shape},
    })  # fmt: skip
    plan = rng.gamma(2.0, 60.0, (24, 3))
    dearer = dataclasses.replace(model, dataset=dataclasses.replace(data, media=data.media / 5))
    rate = np.full(3, 0.2)
    found = WeeklyResponse.of(dearer, rate, 24).by_draw(plan)
    assert found == pytest.approx(earned(spent(dearer, plan)).revenue.sum(axis=1), rel=1e-10)


@pytest.mark.parametrize("slope", [1.0, 1.6, 3.0])
def test_the_envelope_lies_above_and_bends_down_only(slope: float) -> None:
    model = market(20, 2, 6, slope=slope)
    response = WeeklyResponse.of(model, np.ones(2), 20)
    low, high = np.zeros((20, 2)), np.full((20, 2), 400.0)
    hull = response.enveloped(low, high)
    assert hull.bent == (slope > 1)
    for share in np.linspace(0.0, 1.0, 9):
        plan = low + share * (high - low)
        assert hull.mean(plan)[0] >= response.mean(plan)[0] * (1 - 1e-9) - 1e-9
    rng = np.random.default_rng(3)
    for _ in range(20):
        one, other = rng.random((2, 20, 2)) * 400.0
        middle = hull.mean((one + other) / 2)[0]
        assert middle >= (hull.mean(one)[0] + hull.mean(other)[0]) / 2 - 1e-6 * abs(middle)
        value, gradient = hull.mean(one)
        assert hull.mean(other)[0] <= value + (gradient * (other - one)).sum() + 1e-6 * abs(value)


@pytest.mark.parametrize("exact", [True, False])
def test_the_nearest_plan_keeps_every_limit_and_is_nearest(exact: bool) -> None:
    own, rng = limits(exact=exact), np.random.default_rng(4)
    for _ in range(15):
        wanted = rng.normal(150, 200, (8, 3))
        found = own.nearest(wanted)
        assert allowed(own, found)
        for _ in range(30):
            other = own.nearest(rng.normal(150, 300, (8, 3)))
            assert ((wanted - found) * (other - found)).sum() <= 1e-5 * np.abs(wanted).sum() * own.scale
    inside = own.nearest(rng.normal(100, 50, (8, 3)))
    assert own.nearest(inside) == pytest.approx(inside, abs=1e-6)


def test_what_a_slope_promises_is_what_the_best_plan_along_it_keeps() -> None:
    own, rng = limits(), np.random.default_rng(5)
    slope, start = rng.normal(size=(8, 3)), limits().nearest(np.full((8, 3), 100.0))
    promised = own.most_along(slope, start)
    far = own.nearest(start + 1e7 * slope)
    assert (slope * (far - start)).sum() == pytest.approx(promised, rel=1e-4)


@pytest.mark.parametrize(("slope", "gap"), [(1.0, 1e-3), (1.8, 0.06)])
def test_the_bound_holds_and_the_plan_is_close_to_it(slope: float, gap: float) -> None:
    model = market(26, 3, 40, slope=slope)
    plan = optimize_weeks(model)
    assert plan.spend.to_numpy().sum() == pytest.approx(model.dataset.spend[model.dataset.window].sum(), rel=1e-9)
    assert plan.gap is not None
    assert plan.upper_bound is not None
    assert -1e-9 <= plan.gap <= gap
    assert plan.gain > 0
    response, rng = WeeklyResponse.of(model, np.ones(3), 26), np.random.default_rng(6)
    today = model.dataset.spend[model.dataset.window]
    own = WeekLimits.of(today, None, True, (0.5, 1.5), (0.0, 3.0), None, model.dataset.channels)
    for _ in range(30):
        other = own.nearest(today * rng.uniform(0, 2, today.shape))
        assert response.by_draw(other).mean() <= plan.value * (1 + 1e-6)
    assert plan.value == pytest.approx(response.by_draw(plan.spend.to_numpy()).mean())


def test_the_last_weeks_are_not_starved_when_what_comes_after_counts() -> None:
    rng = np.random.default_rng(7)
    data = dataset({"a": rng.gamma(5.0, 20.0, 60).tolist(), "b": rng.gamma(5.0, 20.0, 60).tolist()})
    shape = {"decay": 0.8, "half_saturation": 80.0, "slope": 1.0, "coefficient": 300.0}
    model = posterior(data, {"a": shape, "b": shape})
    year = repeated(data, 20)
    short = optimize_weeks(ahead(model, year)).spend.sum(axis=1)
    long = optimize_weeks(ahead(model, year, carry_out=True), periods=20).spend.sum(axis=1)
    assert len(short) == len(long) == 20
    assert short.iloc[-4:].mean() < 0.8 * short.mean()
    assert long.iloc[-4:].mean() > 0.9 * long.mean()


def test_commitments_weekly_limits_and_at_most() -> None:
    model = market(20, 3, 10)
    today = model.dataset.spend[model.dataset.window]
    bought_already = np.zeros_like(today)
    bought_already[3, 1] = 4 * today[:, 1].mean()
    plan = optimize_weeks(model, committed=bought_already, weekly=(0.2, 2.0)).spend.to_numpy()
    assert plan[3, 1] >= bought_already[3, 1] * (1 - 1e-9)
    others = np.delete(plan, 3, axis=0)
    assert (others <= 2.0 * today.mean(axis=0) * (1 + 1e-6)).all()
    assert (plan >= 0.2 * today.mean(axis=0) * (1 - 1e-6)).all()
    profit = Objective(maximize="profit", margin=0.05)
    frugal = optimize_weeks(model, 2 * today.sum(), total="at most", objective=profit, bounds=(0.0, 1.5))
    assert frugal.spend.to_numpy().sum() < 1.5 * today.sum()
    assert frugal.gap is not None
    assert frugal.gap <= 1e-2


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"budget": 1e12}, "lies outside what the bounds allow"), ({"bounds": (2.0, 1.0)}, "the lower first"),
        ({"weekly": (-1.0, 1.0)}, "The weekly limits"), ({"total": "free"}, "choose exact or at most"),
        ({"objective": Objective(risk="cvar")}, "for the mean"), ({"periods": 0}, "0 periods cannot"),
        ({"committed": np.ones((2, 2))}, "Commitments must be a table of 20 periods"),
        ({"committed": np.full((20, 3), 1e9)}, "channel0: at least"),
    ],
)  # fmt: skip
def test_contradictions_are_named(options, match: str) -> None:
    with pytest.raises(PlanError, match=match):
        optimize_weeks(market(20, 3, 4), **options)


def test_media_that_hurt_have_no_bound() -> None:
    shape = {"decay": 0.3, "half_saturation": 80.0, "slope": 1.0}
    data = dataset({"a": [100.0] * 20, "b": [100.0] * 20})
    model = posterior(data, {"a": {**shape, "coefficient": 300.0}, "b": {**shape, "coefficient": -50.0}})
    plan = optimize_weeks(model)
    assert not plan.proven
    assert plan.upper_bound is None
    assert plan.spend["a"].sum() > plan.spend["b"].sum()
