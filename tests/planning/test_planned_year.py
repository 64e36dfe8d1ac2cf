"""A scenario laid over the coming year: its money, its flighting, what is known, and its frozen form."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.dataset import Dataset
from xl_mmm.errors import MmmError, PlanError
from xl_mmm.fitting import FittedMMM, evaluate
from xl_mmm.measures import forecast
from xl_mmm.planning.frozen import frozen_text, read_frozen
from xl_mmm.planning.planned_year import Known, YearAsked, planned_year
from xl_mmm.planning.scenario import PlanLine, Scenario
from xl_mmm.spec import ChannelSpec, ModelSpec

SPEC = ModelSpec(default=ChannelSpec(saturation="power", exponent=0.5))
MEDIA = {
    "tv": {"decay": 0.5, "exponent": 0.5, "coefficient": 120.0},
    "search": {"decay": 0.2, "exponent": 0.5, "coefficient": 150.0},
}
CUT = Scenario("Cut", (PlanLine((("tv", 0.8),)),))


@pytest.fixture(scope="module")
def posterior():
    return evaluate(dataset(frame()), SPEC, MEDIA).posterior


def test_today_repeats_the_year(posterior):
    year = planned_year(posterior, YearAsked())
    assert year.future.n_periods == 52
    assert year.future.spend == pytest.approx(posterior.dataset.spend[-52:])
    assert year.market.tolist() == [1.0] * 52
    monthly = dataclasses.replace(YearAsked(), periods=13)
    assert planned_year(posterior, monthly).future.n_periods == 13


def test_a_scenario_scales_its_channel_and_leaves_the_others(posterior):
    today, cut = planned_year(posterior, YearAsked()), planned_year(posterior, YearAsked(scenario=CUT))
    assert cut.future.spend[:, 0] == pytest.approx(0.8 * today.future.spend[:, 0])
    assert cut.future.spend[:, 1] == pytest.approx(today.future.spend[:, 1])
    assert cut.name == "Cut"


def test_money_for_the_window_is_the_same_multiple_of_the_year(posterior):
    spent = posterior.dataset.spend[:, 0].sum()
    half = Scenario("Half", (PlanLine((("tv", spent / 2),), unit="money"),))
    year = planned_year(posterior, YearAsked(scenario=half))
    assert year.future.spend[:, 0] == pytest.approx(posterior.dataset.spend[-52:, 0] / 2)
    own = planned_year(posterior, YearAsked(scenario=half, over_window=False))
    assert own.future.spend[:, 0].sum() == pytest.approx(spent / 2)
    single = Scenario("Q3", (PlanLine((("tv", 1.0),), unit="money", period="Q3"),))
    with pytest.raises(PlanError, match="money for Q3 is of the data's window"):
        planned_year(posterior, YearAsked(scenario=single))


@pytest.mark.parametrize("flighting", ["even", "front-loaded", "back-loaded", "bursts"])
def test_flighting_moves_money_between_periods_only(posterior, flighting):
    today = planned_year(posterior, YearAsked())
    year = planned_year(posterior, YearAsked(flighting=flighting))
    assert year.future.spend.sum(axis=0) == pytest.approx(today.future.spend.sum(axis=0))
    assert year.future.media.sum(axis=0) == pytest.approx(today.future.media.sum(axis=0))
    assert not np.allclose(year.future.spend, today.future.spend)


def test_what_is_known_of_a_period_stands(posterior):
    first = posterior.dataset.dates[-1] + np.timedelta64(7, "D")
    known = Known(str(first), controls=(("price", 12.5),), market=0.9, committed=(("tv", 50_000.0),))
    year = planned_year(posterior, YearAsked(known=(known,)))
    plain = planned_year(posterior, YearAsked())
    assert year.future.control_values[0, 0] == 12.5
    assert year.future.control_values[1:] == pytest.approx(plain.future.control_values[1:])
    assert year.market[:2].tolist() == [0.9, 1.0]
    assert year.future.spend[0, 0] >= 50_000.0
    assert year.future.spend.sum(axis=0) == pytest.approx(plain.future.spend.sum(axis=0))
    over = Known(str(posterior.dataset.dates[-1]), market=0.5)
    assert planned_year(posterior, YearAsked(known=(over,))).market.tolist() == [1.0] * 52


def test_media_cost_and_prices_of_a_scenario(posterior):
    dearer = Scenario("Dearer", (PlanLine(media_cost=1.25, changes=(("price", 1.0),), market=0.95),))
    year, plain = planned_year(posterior, YearAsked(scenario=dearer)), planned_year(posterior, YearAsked())
    assert year.future.media == pytest.approx(plain.future.media / 1.25)
    assert year.future.spend == pytest.approx(plain.future.spend)
    assert year.future.control_values == pytest.approx(plain.future.control_values + 1.0)
    assert year.market.tolist() == [0.95] * 52


@pytest.mark.parametrize(
    ("asked", "match"),
    [
        (YearAsked(start="2024-07-03"), "cannot start on 2024-07-03"),
        (YearAsked(known=(Known("2024-07-02"),)), "2024-07-02 is no period of the plan"),
        (YearAsked(known=(Known("2024-07-08", committed=(("tv", 1e12),)),)), "tv: 1,000,000,000,000.00 is already"),
        (YearAsked(known=(Known("2024-07-08", controls=(("weather", 1.0),)),)), "No control is called 'weather'"),
        (YearAsked(flighting="random"), "choose one of as last year"),
        (YearAsked(calendar="lunar"), "choose one of months"),
    ],
)
def test_what_cannot_be_planned_is_refused(posterior, asked, match):
    with pytest.raises(PlanError, match=match):
        planned_year(posterior, asked)


def test_a_frozen_plan_comes_back_as_it_was():
    table = frame().assign(grp=lambda t: t["tv"] / 50)
    data = Dataset.from_frame(
        table, date="week", kpi="sales", spend=["tv", "search"], media={"tv": "grp"}, controls=["price"]
    )
    model = evaluate(data, SPEC, {**MEDIA, "tv": {**MEDIA["tv"], "coefficient": 800.0}})
    year = planned_year(model.posterior, YearAsked(scenario=CUT, flighting="bursts"))
    text = frozen_text(year, model.to_text(), "2026-11-23")
    assert text.split("\n")[0].startswith("xl_mmm frozen plan · Cut, frozen 2026-11-23 · 2024-07-01 to 2025-06-23")
    back = read_frozen(text)
    assert (back.name, back.when) == ("Cut", "2026-11-23")
    for name in ("dates", "spend", "media", "organic_media", "control_values", "revenue_per_kpi"):
        np.testing.assert_array_equal(getattr(back.future, name), getattr(year.future, name))
    assert back.market.tolist() == year.market.tolist()
    assert forecast(back.posterior, back.future).equals(forecast(model.posterior, year.future))


def test_a_plan_without_controls_organic_or_revenue_comes_back():
    table = frame()
    data = Dataset.from_frame(table, date="week", kpi="sales", spend=["tv", "search"], revenue_per_kpi=None)
    model = evaluate(data, SPEC, MEDIA)
    back = read_frozen(frozen_text(planned_year(model.posterior, YearAsked()), model.to_text(), "2026-11-23"))
    assert back.future.control_values.shape == (52, 0)
    assert back.future.revenue_per_kpi is None
    assert isinstance(FittedMMM.from_text(model.to_text()), FittedMMM)


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda text: "hello\n" + text, "is no frozen plan"),
        (lambda text: text.replace('"lead": 0', '"lead": 1'), "checksum"),
        (lambda text: "\n".join(text.split("\n")[:-1]), "damaged|checksum|model"),
    ],
)
def test_damage_is_told(posterior, spoil, match):
    model = evaluate(dataset(frame()), SPEC, MEDIA)
    text = frozen_text(planned_year(posterior, YearAsked()), model.to_text(), "2026-11-23")
    with pytest.raises(MmmError, match=match):
        read_frozen(spoil(text))
