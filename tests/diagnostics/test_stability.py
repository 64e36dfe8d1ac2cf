"""Returns that hang on another channel, or on a part of the window."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.diagnostics.refits import Work
from xl_mmm.diagnostics.stability import MOST_CELLS, half_widths, leave_one_out, n_left_out, returns, subsets
from xl_mmm.errors import FitError
from xl_mmm.fitting import evaluate, fit, refits_of
from xl_mmm.measures import roi
from xl_mmm.spec import ChannelSpec, ModelSpec

SPEC = ModelSpec(default=ChannelSpec(saturation="power", decay=0.0, exponent=0.5))


def judged(table, what, method="ols", **options):
    model = fit(dataset(table, **options), SPEC, method=method, draws=60)
    refits = refits_of(model)
    return what(model.posterior, refits.estimate, Work(refits.fit, 100, None), 0.9)


def test_returns_and_their_widths_are_those_of_roi():
    posterior = fit(dataset(frame()), SPEC, draws=60).posterior
    table = roi(posterior)
    assert returns(posterior).mean(axis=0) == pytest.approx(table["roi"].to_numpy())
    least = 0.005 * frame()["sales"].sum() / table["spend"].to_numpy()
    ends = ((table["roi_high"] - table["roi_low"]) / 2).to_numpy()
    assert ends[0] < least[0]  # half a percent of the KPI is no story
    assert half_widths(posterior, 0.9) == pytest.approx([least[0], ends[1]])
    assert half_widths(posterior.take(slice(0, 1)), 0.9) == pytest.approx(least)


def test_channels_that_move_apart_stand_alone():
    found = judged(frame(), leave_one_out)
    assert found.fits == 2
    assert found.size < 1
    assert found.remark == ""


def test_a_return_that_hangs_on_another_channel_is_named():
    """Search follows TV: without TV in the model its sales are Search's."""
    table = frame()
    rng = np.random.default_rng(1)
    table["search"] = np.round(0.2 * table["tv"] + rng.lognormal(5, 0.5, 130))
    table["sales"] = np.round(90_000 + 200 * np.sqrt(table["tv"]) + rng.normal(0, 1_500, 130))
    found = judged(table, leave_one_out)
    assert (found.channel, found.cause) == ("search", "tv")
    assert found.after > found.before
    assert found.size > 1


def test_one_channel_leaves_nothing_to_compare():
    found = judged(frame(), leave_one_out, spend=["tv"])
    assert (found.fits, found.channel) == (0, "")
    assert np.isnan(found.size)


def test_large_data_leave_out_the_largest_channels_only():
    assert n_left_out(dataset(frame())) == 2
    many = frame().assign(**{f"c{i}": np.random.default_rng(i).lognormal(5, 1, 130) for i in range(20)})
    data = dataset(many, spend=["tv", "search", *(f"c{i}" for i in range(20))])
    assert n_left_out(data) == MOST_CELLS // (130 * 22) == 13


def test_a_market_without_a_break_is_the_same_in_its_parts():
    found = judged(frame(), subsets)
    assert found.fits == 2
    assert found.size < 1


def test_a_channel_that_stops_working_is_named():
    """TV sells for three years and nothing in the last: the parts disagree with the whole."""
    table = frame(208)
    week = np.arange(208)
    table["sales"] -= np.round(120 * np.sqrt(table["tv"]) * (week >= 150))
    found = judged(table, subsets)
    assert found.channel == "tv"
    assert found.size > 1
    assert found.cause.startswith("the ")


def test_more_spend_is_no_break():
    """Spend doubles in the last fifth; by the square root the return falls, and it falls in the whole model alike."""
    table = frame()
    week = np.arange(130)
    more = np.where(week >= 104, 4.0, 1.0)
    table["sales"] += np.round(120 * (np.sqrt(table["tv"] * more) - np.sqrt(table["tv"])))
    table["tv"] *= more
    assert judged(table, subsets).size < 1


def test_the_two_largest_that_change_places_are_said():
    posterior = evaluate(dataset(frame()), SPEC, hand_set(tv=200.0)).posterior

    def fit_again(data, spec, *, ranges, progress):
        late = data.n_history > 0
        return evaluate(data, spec, hand_set(tv=100.0 if late else 180.0, search=400.0 if late else 100.0)).posterior

    found = subsets(posterior, posterior, Work(fit_again, 100, None), 0.9)
    assert found.remark == "tv adds most, but on the last 80% search does"
    assert (found.channel, found.cause) == ("search", "the last 80%")
    assert found.after == pytest.approx(4 * found.before)


def test_parts_that_cannot_be_fitted_are_told():
    posterior = evaluate(dataset(frame()), SPEC, hand_set()).posterior

    def fail(data, spec, *, ranges, progress):
        raise FitError("too short")

    found = subsets(posterior, posterior, Work(fail, 100, None), 0.9)
    assert np.isnan(found.size)
    assert found.remark.count("too short") == 2
    assert "the first 80%" in found.remark
    assert leave_one_out(posterior, posterior, Work(fail, 100, None), 0.9).remark == (
        "without tv the model cannot be fitted: too short"
    )


def hand_set(**coefficients):
    return {name: {"coefficient": coefficients.get(name, 100.0)} for name in ("tv", "search")}
