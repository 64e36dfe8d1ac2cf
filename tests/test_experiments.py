"""What a test does to the media, by hand and against the simulator's truth."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from xl_mmm.dataset import Dataset
from xl_mmm.errors import SpecError
from xl_mmm.experiments import changed_media, lift_effect, misfit, usable_tests
from xl_mmm.response import MediaParameters
from xl_mmm.simulation import simulate
from xl_mmm.spec import LiftTest

MARKET = simulate(weeks=60, channels=2, seed=3, history=8)
TRUTH = MediaParameters(
    MARKET.dataset.channels, ("geometric",) * 2, ("hill",) * 2, (12,) * 2,
    {p: MARKET.truth.values(p)[None] for p in ("decay", "half_saturation", "slope")},
    MARKET.truth.values("coefficient")[None],
)  # fmt: skip


def dataset(spend: list[float], media: list[float] | None = None, grain: str = "weekly") -> Dataset:
    """Return a small market: 60 periods before a few known ones, of which the last two thirds are the window."""
    first = np.datetime64("2023-01-02", "D")
    if grain == "monthly":
        dates = (np.datetime64("2018-01", "M") + np.arange(60 + len(spend))).astype("datetime64[D]")
    else:
        dates = first + np.arange(60 + len(spend)) * (7 if grain == "weekly" else 1)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"date": dates, "kpi": 1000 + rng.normal(size=len(dates))})
    before = rng.integers(5, 15, 60)
    frame["tv"] = [*before, *spend]
    frame["grp"] = [*before * 2, *(media or np.array(spend) * 2)]
    with_media = {"tv": "grp"} if media else None
    return Dataset.from_frame(frame, date="date", kpi="kpi", spend=["tv"], media=with_media, grain=grain)


def tail(data: Dataset, test: LiftTest) -> tuple[list[float], list[float]]:
    """Return the last four periods with and without the change."""
    tested = changed_media(data, test)
    assert tested.first == 60
    with_change, without = tested.media[60:].T
    np.testing.assert_array_equal(tested.media[:60, 0], tested.media[:60, 1])
    return with_change.tolist(), without.tolist()


START, END = "2024-02-26", "2024-03-10"  # the first two of the last four weeks


@pytest.mark.parametrize(
    ("spend", "test", "expected"),
    [
        ([10, 30, 7, 7], {"spend_change": -20}, ([10, 30, 7, 7], [15, 45, 7, 7])),  # cut by a third, in the data
        ([10, 30, 7, 7], {"spend_change": 20}, ([10, 30, 7, 7], [5, 15, 7, 7])),  # doubled, in the data
        ([10, 30, 7, 7], {"spend_change": -20, "in_data": False}, ([5, 15, 7, 7], [10, 30, 7, 7])),
        ([10, 30, 7, 7], {"spend_change": 20, "in_data": False}, ([15, 45, 7, 7], [10, 30, 7, 7])),
        ([0, 0, 7, 7], {"spend_change": -40}, ([0, 0, 7, 7], [20, 20, 7, 7])),  # nothing left: evenly
        ([0, 0, 7, 7], {"spend_change": 40, "in_data": False}, ([20, 20, 7, 7], [0, 0, 7, 7])),
        # a quarter of the market went dark: without it all spent 50 + 50, of which 12.5 + 12.5 were its own
        ([37.5, 37.5, 7, 7], {"spend_change": -25, "population_share": 0.25}, ([0, 0, 7, 7], [50, 50, 7, 7])),
        ([50, 50, 7, 7], {"spend_change": 25, "population_share": 0.25, "in_data": False},
         ([100, 100, 7, 7], [50, 50, 7, 7])),
    ],
)  # fmt: skip
def test_the_media_with_and_without_the_change(spend, test, expected) -> None:
    own = LiftTest("tv", START, END, incremental_kpi=1.0, se=1.0, measured_until="2024-03-24", **test)
    found = tail(dataset(spend), own)
    np.testing.assert_allclose(found[0], expected[0], atol=1e-12)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-12)


def test_money_becomes_media_at_what_it_cost() -> None:
    data = dataset([10, 30, 7, 7], media=[40, 60, 14, 14])  # 40 money bought 100 GRP in the tested weeks
    test = LiftTest("tv", START, END, -20.0, -1.0, 1.0, "2024-03-24", in_data=False)
    assert tail(data, test) == ([20, 30, 14, 14], [40, 60, 14, 14])
    dark = dataset([0, 0, 7, 7], media=[0, 0, 14, 14])  # 2 GRP for 1 money over the window
    assert tail(dark, dataclasses.replace(test, in_data=True)) == ([0, 0, 14, 14], [20, 20, 14, 14])


def test_any_day_of_a_period_counts() -> None:
    data = dataset([10, 30, 7, 7])
    test = LiftTest("tv", "2024-02-28", "2024-03-04", -20.0, -1.0, 1.0, "2024-03-11")  # Wednesday to Monday
    tested = changed_media(data, test)
    assert (tested.first, tested.n_tested, tested.n_measured) == (60, 2, 3)
    assert not tested.full
    monthly = dataset([10, 30, 7, 7], grain="monthly")
    whole = LiftTest("tv", "2023-01-31", "2023-02-01", -40.0, -1.0, 1.0, "2023-04-30", in_data=False)
    tested = changed_media(monthly, whole)
    assert (tested.first, tested.n_tested, tested.n_measured) == (60, 2, 4)
    assert tested.full


@pytest.mark.parametrize(
    ("test", "field", "words"),
    [
        (("tv", "2022-12-26", END, -1.0, -1.0, 1.0), "start", "before the first period of the model, 2023-01-02"),
        (("tv", START, "2024-03-25", -1.0, -1.0, 1.0), "end", "ends on 2024-03-24"),
        (("tv", START, END, -1.0, -1.0, 1.0, "2024-03-25"), "measured_until", "ends on 2024-03-24"),
        (("radio", START, END, -1.0, -1.0, 1.0), "channel", "'radio' is no paid channel"),
        (("tv", START, END, 41.0, 1.0, 1.0), "spend_change", "added 41, but in its periods the data hold 40"),
        (("tv", START, END, -41.0, 1.0, 1.0, None, 1.0, False), "spend_change", "took 41 away where, without it, 40"),
        (("tv", START, END, -21.0, 1.0, 1.0, None, 0.5, False), "spend_change", "took 21 away where, without it, 20"),
        (("tv", START, END, -50.0, 1.0, 1.0, None, 0.5), "spend_change", "took 50 away where, without it, 45"),
    ],
)
def test_what_does_not_fit_is_named(test, field: str, words: str) -> None:
    data, own = dataset([10, 30, 7, 7]), LiftTest(*test)
    found = misfit(data, own)
    assert found is not None
    assert found.field == field
    assert words in found.message
    with pytest.raises(SpecError, match="lift test of"):
        changed_media(data, own)
    assert usable_tests(data, (own, LiftTest("tv", START, END, -1.0, -1.0, 1.0)))[0].spend_change == -1.0


def test_a_rounded_holdout_is_a_full_one() -> None:
    test = LiftTest("tv", START, END, -40.2, -1.0, 1.0, in_data=False)
    tested = changed_media(dataset([10, 30, 7, 7]), test)
    assert tested.full
    assert tested.media[60:, 0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize("change", [-1.0, -0.4, 0.5])
def test_the_truth_foresees_the_true_effect(change: float) -> None:
    """The simulator's own response, spend scaled in the tested weeks, gives the same effect, carryover included."""
    data, weeks = MARKET.dataset, slice(20, 25)
    factor = np.ones((data.n_weeks, 2))
    factor[weeks, 1] += change
    spent = float(data.spend[data.window][weeks, 1].sum())
    true = float((MARKET.contribution(factor) - MARKET.contribution())[20:28, 1].sum())
    dates = data.window_dates.astype(str)
    test = LiftTest(data.channels[1], dates[20], dates[24], change * spent, true, 1.0, dates[27], in_data=False)
    assert lift_effect(changed_media(data, test), TRUTH, 1.0)[0] == pytest.approx(true, rel=1e-9)


def test_data_that_hold_the_holdout_give_the_same_effect() -> None:
    """A holdout seen from the data with and without it; the share of a dark region counts by its share."""
    steady = MARKET.dataset.spend.copy()
    rows = slice(MARKET.dataset.n_history + 20, MARKET.dataset.n_history + 24)
    steady[rows, 1] = 5e4
    dates = MARKET.dataset.window_dates.astype(str)
    name = MARKET.dataset.channels[1]

    def effect(spend_in_test: float, change: float, share: float, in_data: bool) -> float:
        spend = steady.copy()
        spend[rows, 1] = spend_in_test
        data = dataclasses.replace(MARKET.dataset, spend=spend, media=spend)
        test = LiftTest(name, dates[20], dates[23], change, -1.0, 1.0, dates[25], share, in_data)
        return float(lift_effect(changed_media(data, test), TRUTH, 1.0)[0])

    whole = effect(5e4, -2e5, 1.0, in_data=False)
    assert whole < 0
    assert effect(0.0, -2e5, 1.0, in_data=True) == pytest.approx(whole, rel=1e-12)
    assert effect(5e4, -5e4, 0.25, in_data=False) == pytest.approx(0.25 * whole, rel=1e-12)
    assert effect(3.75e4, -5e4, 0.25, in_data=True) == pytest.approx(0.25 * whole, rel=1e-12)
    assert effect(5e4, 2e5, 1.0, in_data=True) == pytest.approx(-whole, rel=1e-12)  # launched, and in the data
