"""The bridge from plan A to plan B: exact sums, no order, and parts that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.planning.test_scenario import driven
from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.planning import PlanLine, Scenario, bridge, scenarios
from xl_mmm.planning.bridge import EFFICIENCY, MARKET, MEDIA_COST, REASONS, SPEND, TIMING

MULTIPLE = st.floats(0.0, 3.0)


@st.composite
def plans(draw: st.DrawFn, name: str) -> Scenario:
    """A plan of `driven()` with a period of its own and assumptions."""
    everywhere = PlanLine(
        (("tv", draw(MULTIPLE)), ("search", draw(MULTIPLE))), market=draw(st.floats(0.5, 1.5)),
        media_cost=draw(st.sampled_from([1.0, 0.8, 1.3])), changes=(("price", draw(st.floats(-2, 2))),),
    )  # fmt: skip
    inside = PlanLine(
        (("tv", draw(MULTIPLE)),), period=draw(st.sampled_from(["2024-04", "2024-05-06 to 2024-07-22"])),
        media_cost=draw(st.sampled_from([None, 1.1])),
    )  # fmt: skip
    return Scenario(name, (everywhere, inside))


@settings(max_examples=25, deadline=None)
@given(plans("A"), plans("B"))
def test_parts_add_up_and_turn_around(a: Scenario, b: Scenario) -> None:
    model = driven()
    there, back = (bridge(model, [a, b], *order, level=0.8) for order in (("A", "B"), ("B", "A")))
    total = np.abs(there.outcomes).max() + np.abs(there.media).max()
    parts = there.media.sum(axis=(0, 2)) + there.baseline.sum(axis=1)
    np.testing.assert_allclose(parts, there.difference, atol=1e-12 * total)
    np.testing.assert_allclose(there.media, -back.media, atol=1e-12 * total)
    table = scenarios(model, [a, b], level=0.8)
    reasons, channels = there.by_reason(), there.by_channel()
    assert list(reasons.index) == ["A", *REASONS, MARKET, "price", "B"]
    assert list(channels.index) == ["tv", "search", MARKET, "price"]
    assert reasons["value"].iloc[0] == pytest.approx(table.loc["A", "outcome"], rel=1e-10)
    assert reasons["value"].iloc[-1] == pytest.approx(table.loc["B", "outcome"], rel=1e-10)
    whole = table.loc["B", "outcome"] - table.loc["A", "outcome"]
    assert reasons["value"].iloc[1:-1].sum() == pytest.approx(whole, abs=1e-10 * total)
    assert channels["value"].sum() == pytest.approx(whole, abs=1e-10 * total)
    splits = channels.loc[["tv", "search"]]
    np.testing.assert_allclose(splits[list(REASONS)].sum(axis=1), splits["value"], atol=1e-12 * total)
    assert channels["money"].sum() == pytest.approx(table.loc["B", "spend"] - table.loc["A", "spend"], abs=1e-6)


def test_the_range_of_a_part_is_of_paired_draws() -> None:
    model = market()
    found = bridge(model, {"A": {"channel0": 0.8}}, "Today", "A", level=0.8)
    row = scenarios(model, {"A": {"channel0": 0.8}}, level=0.8).loc["A"]
    low, high = np.quantile(found.difference, [0.1, 0.9])
    assert (row["difference_low"], row["difference_high"]) == (pytest.approx(low), pytest.approx(high))
    part = found.by_channel().loc["channel0"]
    assert (part["low"], part["high"]) == (pytest.approx(low), pytest.approx(high))


def straight(decay: float = 0.0, weeks: int = 20, lit: slice = slice(None)):  # type: ignore[no-untyped-def]
    """One channel that returns 3 per unit of money at any level, one draw."""
    spend = np.zeros(weeks)
    spend[lit] = 10.0
    shape = {"saturation": "power", "exponent": 1.0, "decay": decay, "coefficient": 3.0}
    return posterior(dataset({"tv": spend}), {"tv": shape})


def parts(model, lines: tuple[PlanLine, ...]) -> dict[str, float]:  # type: ignore[no-untyped-def]
    found = bridge(model, [Scenario("B", lines)], "Today", "B").by_channel().loc["tv"]
    return {reason: float(found[reason]) for reason in REASONS}


def test_a_straight_line_knows_no_efficiency() -> None:
    expected = {SPEND: 300.0, EFFICIENCY: 0.0, MEDIA_COST: 0.0, TIMING: 0.0}  # 10 x 20 weeks x 0.5 x 3
    assert parts(straight(), (PlanLine((("tv", 1.5),)),)) == pytest.approx(expected)


def test_dearer_media_alone_is_media_cost() -> None:
    expected = {SPEND: 0.0, EFFICIENCY: 0.0, MEDIA_COST: -120.0, TIMING: 0.0}  # 600 / 1.25 - 600
    assert parts(straight(), (PlanLine(media_cost=1.25),)) == pytest.approx(expected)


def test_price_and_money_share_what_they_do_together() -> None:
    """600 x 1.5 / 1.25 = 720: money +300 at the old price, +240 at the new; price -120 before, -180 after."""
    found = parts(straight(), (PlanLine((("tv", 1.5),), media_cost=1.25),))
    assert found == pytest.approx({SPEND: 270.0, EFFICIENCY: 0.0, MEDIA_COST: -150.0, TIMING: 0.0})


def test_money_moved_to_the_last_week_falls_out_of_the_window() -> None:
    """Decay 0.5 and half of a week's effect in the week itself: of 200 x 3 only a half stays when all is spent last."""
    model = straight(0.5)
    dates = model.dataset.window_dates
    lines = (PlanLine((("tv", 0.0),)), PlanLine((("tv", 200.0),), "money", f"{dates[-1]} to {dates[-1]}"))
    found = parts(model, lines)
    assert found[SPEND] == pytest.approx(0.0, abs=1e-9)
    assert found[EFFICIENCY] == pytest.approx(0.0, abs=1.0)  # the carry-out is cut where a thousandth is left
    today_later = 3 * 10.0 * sum(0.5**k for k in range(1, 21))  # what the last weeks carry out of the window today
    assert found[TIMING] == pytest.approx(today_later - 300.0, abs=1.0)


def test_a_channel_switched_off_or_on_is_all_spend() -> None:
    model = market()
    found = bridge(model, {"Off": {"channel1": 0.0}}, "Today", "Off").by_channel().loc["channel1"]
    back = bridge(model, {"Off": {"channel1": 0.0}}, "Off", "Today").by_channel().loc["channel1"]
    assert (found[EFFICIENCY], back[EFFICIENCY]) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9))
    assert found[SPEND] + found[TIMING] == pytest.approx(found["value"])
    assert found[TIMING] > 0 > found[SPEND]  # what no longer falls after the window was no loss inside it


def test_more_money_on_a_saturated_channel_loses_efficiency() -> None:
    found = bridge(market(), {"More": {"channel0": 2.0}}, "Today", "More").by_channel().loc["channel0"]
    assert found[SPEND] > found["value"] > 0 > found[EFFICIENCY]


def test_a_plan_that_is_not_there_is_named() -> None:
    with pytest.raises(PlanError, match="No scenario is called 'B'; there are Today, A"):
        bridge(market(), {"A": {}}, "A", "B")
