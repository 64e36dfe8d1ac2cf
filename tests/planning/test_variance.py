"""Plan against actual where every cause is known: each part is what was done to the market, and they add up."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.dataset import Dataset
from xl_mmm.errors import PlanError
from xl_mmm.fitting import evaluate
from xl_mmm.measures import contribution, forecast, repeated
from xl_mmm.planning.variance import STEPS, variance
from xl_mmm.spec import ChannelSpec, ModelSpec

LINEAR = ChannelSpec(saturation="power", exponent=1.0, decay=0.0)
SPEC = ModelSpec(default=LINEAR)
MEDIA = {
    "tv": {"decay": 0.0, "exponent": 1.0, "coefficient": 0.8},
    "search": {"decay": 0.0, "exponent": 1.0, "coefficient": 2.0},
}
KNOWN, OVER = 104, 4


def known(table):
    """Read the table with GRP as TV's media column."""
    return Dataset.from_frame(
        table, date="week", kpi="sales", spend=["tv", "search"], media={"tv": "grp"}, controls=["price"]
    )


def market(**changes):
    """Return the model, its plan for a year, and the data four weeks later: as planned but for `changes`."""
    table = frame().assign(grp=lambda t: t["tv"] / 50)
    media = {**MEDIA, "tv": {**MEDIA["tv"], "coefficient": 40.0}}
    model = evaluate(known(table.head(KNOWN)), SPEC, media).posterior
    model = dataclasses.replace(model, sigma=np.zeros(1), rho=np.zeros(1))
    plan = repeated(model.dataset, 52)
    coming = table.iloc[KNOWN : KNOWN + OVER].copy()
    coming[["tv", "search"]] = plan.spend[:OVER]
    coming["grp"] = plan.media[:OVER, 0]
    coming["price"] = plan.control_values[:OVER, 0]
    for name, change in changes.items():
        coming[name] = change(coming[name])
    expected = forecast(model, coming[["week", "tv", "search", "grp", "price"]])["kpi"].to_numpy()
    coming["sales"] = expected
    return model, plan, pd.concat([table.head(KNOWN), coming]), coming


def parts(model, plan, table, current=None):
    found = variance(model, plan, known(table), current)
    steps = found["kpi"]
    assert list(found.index) == list(STEPS)
    assert steps["plan":"drivers"].sum() == pytest.approx(steps["forecast"], rel=1e-9)
    rest = steps[["effect", "baseline", "noise"]].fillna(0.0).sum()
    assert steps["forecast"] + rest == pytest.approx(steps["actual"], rel=1e-9)
    return steps


def test_nothing_changed_and_nothing_varies():
    model, plan, table, _ = market()
    steps = parts(model, plan, table)
    assert steps["plan"] == pytest.approx(steps["actual"], rel=1e-9)
    assert steps[["volume", "mix", "rate", "drivers", "noise"]].to_numpy() == pytest.approx(0, abs=1e-6)


def test_more_money_in_the_planned_mix_is_volume():
    model, plan, table, coming = market(tv=lambda x: 1.5 * x, search=lambda x: 1.5 * x, grp=lambda x: 1.5 * x)
    steps = parts(model, plan, table)
    gained = 40 * coming["grp"].sum() / 3 + 2 * coming["search"].sum() / 3
    assert steps["volume"] == pytest.approx(gained, rel=1e-6)
    assert steps[["mix", "rate", "drivers", "noise"]].to_numpy() == pytest.approx(0, abs=1e-6)


def test_money_moved_between_channels_is_mix():
    model, plan, _, coming = market()
    moved = 0.5 * coming["tv"]
    changed = market(tv=lambda x: x - moved, search=lambda x: x + moved, grp=lambda x: 0.5 * x)
    steps = parts(changed[0], changed[1], changed[2])
    assert steps["volume"] == pytest.approx(0, abs=1e-6)
    assert steps["mix"] == pytest.approx((2.0 - 0.8) * moved.sum(), rel=1e-6)
    assert steps["rate"] == pytest.approx(0, abs=1e-6)
    assert model.n_draws == 1
    assert plan.lead == 0


def test_dearer_media_are_rate():
    model, plan, table, coming = market(grp=lambda x: 0.8 * x)
    steps = parts(model, plan, table)
    assert steps["rate"] == pytest.approx(-0.2 / 0.8 * 40 * coming["grp"].sum(), rel=1e-6)
    assert steps[["volume", "mix", "drivers", "noise"]].to_numpy() == pytest.approx(0, abs=1e-6)


def test_another_price_is_a_driver_and_a_miss_is_noise():
    model, plan, table, _ = market(price=lambda x: x + 1)
    slope = model.linear[0, model.design.names.index("price")]
    steps = parts(model, plan, table)
    assert steps["drivers"] == pytest.approx(OVER * slope, rel=1e-6)
    missed = table.copy()
    missed.iloc[-1, missed.columns.get_loc("sales")] -= 5000
    assert parts(model, plan, missed)["noise"] == pytest.approx(-5000, rel=1e-6)


def test_a_model_that_saw_the_actuals_tells_effect_from_baseline():
    model, plan, table, _ = market()
    media = {"tv": {**MEDIA["tv"], "coefficient": 30.0}, "search": MEDIA["search"]}
    current = evaluate(known(table), SPEC, media).posterior
    steps = parts(model, plan, table, current)
    assert steps["effect"] == pytest.approx(-10 * table["grp"].tail(OVER).sum(), rel=1e-6)
    rows = contribution(current).tail(OVER)
    assert steps["noise"] == pytest.approx(rows["residual"].sum(), rel=1e-6, abs=1e-3)
    assert steps["baseline"] == pytest.approx(steps["actual"] - steps["forecast"] - steps["effect"] - steps["noise"])


def test_the_plan_is_what_the_years_forecast_said():
    model, plan, table, _ = market(tv=lambda x: 2 * x)
    assert parts(model, plan, table)["plan"] == pytest.approx(forecast(model, plan)["kpi"].iloc[:OVER].sum(), rel=1e-9)


def test_without_actuals_or_with_other_columns_there_is_no_variance():
    model, plan, table, _ = market()
    with pytest.raises(PlanError, match="No actuals yet: the plan begins on"):
        variance(model, plan, known(table.head(KNOWN)))
    with pytest.raises(PlanError, match="other channels"):
        variance(model, plan, dataset(table, spend=["tv"]))
    with pytest.raises(PlanError, match="has not seen every period"):
        variance(model, plan, known(table), model)
