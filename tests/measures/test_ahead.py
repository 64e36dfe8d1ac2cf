"""The future as a posterior: what the model itself says of the same periods when they are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.diagnostics.market import MEDIA, POWER, dataset, frame, noiseless
from xl_mmm.dataset import Dataset
from xl_mmm.errors import SpecError
from xl_mmm.fitting import evaluate
from xl_mmm.measures import ahead, contribution, forecast, future_of, repeated, roi
from xl_mmm.measures.ahead import periods_after
from xl_mmm.measures.draws import carried_out, earned, window_spend
from xl_mmm.planning import Constraints, optimize, scenarios
from xl_mmm.spec import ModelSpec

SPEC = ModelSpec(default=POWER)
CARRIED = {"tv": {**MEDIA["tv"], "decay": 0.6}, "search": {**MEDIA["search"], "decay": 0.3}}
COMING = ["week", "tv", "search", "price"]


def split(parameters=MEDIA, weeks: int = 26):
    """Return the posterior of a shorter market, the longer market's, and the table of the weeks between."""
    table = noiseless(SPEC)
    data = dataset(table)
    shorter = evaluate(data.without_last(weeks), SPEC, parameters).posterior
    return shorter, evaluate(data, SPEC, parameters).posterior, table[COMING].tail(weeks)


def test_media_ahead_bring_what_they_bring_when_the_weeks_are_known():
    shorter, longer, table = split(CARRIED)
    made = ahead(shorter, future_of(shorter.dataset, table))
    assert made.dataset.n_weeks == 26
    later = dataclasses.replace(longer.dataset, n_history=longer.dataset.n_history + 104)
    expected = dataclasses.replace(longer, dataset=later)
    assert earned(made).contribution == pytest.approx(earned(expected).contribution, rel=1e-12)
    assert carried_out(made) == pytest.approx(carried_out(expected), rel=1e-12)
    parts = contribution(made)
    assert parts.sum(axis=1).to_numpy() == pytest.approx(made.dataset.window_kpi, rel=1e-12)
    assert parts["residual"].to_numpy() == pytest.approx(0, abs=1e-8)
    assert parts["carry_in"].iloc[0] > 0
    assert parts["carry_in"].is_monotonic_decreasing


def test_carry_out_is_in_the_window_when_asked_for():
    shorter, _, table = split(CARRIED)
    future = future_of(shorter.dataset, table)
    plain, longer = ahead(shorter, future), ahead(shorter, future, carry_out=True)
    with_tail = earned(plain).contribution + carried_out(plain)
    assert earned(longer).contribution == pytest.approx(with_tail, rel=1e-9)
    assert window_spend(longer) == pytest.approx(window_spend(plain))


def test_a_market_without_noise_is_forecast_exactly():
    shorter, longer, table = split()
    shorter = dataclasses.replace(shorter, sigma=np.zeros(1))
    found = forecast(shorter, table)
    assert found["kpi"].to_numpy() == pytest.approx(longer.dataset.window_kpi[-26:], rel=1e-5)
    assert found.index.name == "date"
    assert found.index[0] == pd.Timestamp(longer.dataset.dates[-26])
    assert found["kpi_low"].to_numpy() == pytest.approx(found["kpi"].to_numpy())


def test_the_range_holds_the_noise_and_its_level():
    shorter, _, table = split()
    shorter = dataclasses.replace(shorter, sigma=np.full(1, 1000.0), rho=np.zeros(1))
    found = forecast(shorter, table, 0.9)
    half = (found["kpi_high"] - found["kpi_low"]).to_numpy() / 2
    assert half == pytest.approx(1645, rel=0.08)
    assert (forecast(shorter, table, 0.5)["kpi_low"] > found["kpi_low"]).all()


def test_the_year_is_repeated_at_the_same_weeks_and_after_a_lead():
    data = dataset(frame())
    year = repeated(data, 60)
    assert year.dates[0] == data.dates[-1] + np.timedelta64(7, "D")
    assert year.spend[0].tolist() == data.spend[-52].tolist()
    assert year.spend[52].tolist() == data.spend[-52].tolist()
    later = repeated(data, 10, data.dates[-1] + np.timedelta64(21, "D"))
    assert later.lead == 2
    assert later.plan_spend[0].tolist() == data.spend[-50].tolist()
    posterior = evaluate(data, SPEC, CARRIED).posterior
    window = ahead(posterior, later)
    assert window.dataset.n_weeks == 10
    assert window_spend(window).tolist() == later.plan_spend.sum(axis=0).tolist()
    with pytest.raises(SpecError, match="begin on 2024-07-01"):
        repeated(data, 10, np.datetime64("2024-07-03"))


@pytest.mark.parametrize(
    ("first", "grain", "n", "expected"),
    [
        ("2024-01-31", "monthly", 14, ["2025-03-31", "2025-04-30", "2025-05-31"]),
        ("2024-01-01", "monthly", 14, ["2025-03-01", "2025-04-01", "2025-05-01"]),
        ("2023-12-25", "weekly", 52, ["2024-12-23", "2024-12-30", "2025-01-06"]),
        ("2024-02-28", "daily", 2, ["2024-03-01", "2024-03-02", "2024-03-03"]),
    ],
)
def test_periods_follow_by_their_grain(first, grain, n, expected):
    table = frame(60)
    data = dataset(table)
    step = {"monthly": "ME" if first.endswith("31") else "MS", "weekly": "7D", "daily": "D"}[grain]
    dates = pd.date_range(first, periods=n, freq=step).to_numpy().astype("datetime64[D]")
    assert periods_after(dataclasses.replace(data, dates=dates, grain=grain), 3).astype(str).tolist() == expected


def test_plans_work_on_the_future_as_on_the_past():
    shorter, _, table = split(CARRIED)
    made = ahead(shorter, future_of(shorter.dataset, table))
    money = table[["tv", "search"]].sum()
    found = scenarios(made, {"cut": {"tv": 0.8}})
    assert found.loc["Today", "spend"] == pytest.approx(money.sum())
    assert found.loc["cut", "spend"] == pytest.approx(money.sum() - 0.2 * money["tv"])
    best = optimize(made, Constraints(budget=float(money.sum())))
    assert best.spend.sum() == pytest.approx(money.sum(), rel=1e-6)
    assert best.outcome >= found.loc["Today", "outcome"]
    assert roi(made)["spend"].tolist() == pytest.approx(money.tolist())


def test_changed_money_buys_at_each_channels_own_price():
    table = frame().assign(grp=lambda t: t["tv"] / 50)
    data = Dataset.from_frame(table, date="week", kpi="sales", spend=["tv", "search"], media={"tv": "grp"})
    year = repeated(data, 52)
    more = year.with_spend(year.plan_spend * 2)
    assert more.media == pytest.approx(2 * year.media)
    even = year.with_spend(np.tile(year.plan_spend.mean(axis=0), (52, 1)))
    assert even.media.sum(axis=0) == pytest.approx(year.media.sum(axis=0))
    with pytest.raises(SpecError, match="zero or more"):
        year.with_spend(-year.plan_spend)


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda t: t.drop(columns=["price", "tv"]), "no column 'tv', 'price'"),
        (lambda t: t.iloc[1:], "one row for 2024-01-01, 2024-01-08"),
        (lambda t: t.assign(tv=-1.0), "tv: spend and media are zero or more"),
        (lambda t: t.assign(price="dear"), "price, 2024-01-01: 'dear' is no number"),
    ],
)
def test_a_table_at_fault_is_refused_by_name(spoil, match):
    shorter, _, table = split()
    with pytest.raises(SpecError, match=match):
        forecast(shorter, spoil(table))


def test_a_fitted_model_forecasts_a_frame_in_any_order():
    table = noiseless(SPEC)
    model = evaluate(dataset(table).without_last(13), SPEC, MEDIA)
    coming = table[COMING].tail(13)
    assert model.forecast(coming.sample(frac=1, random_state=1)).equals(model.forecast(coming))
    assert model.forecast(coming.set_index("week")).equals(model.forecast(coming))
