"""Before and after of every test, by hand: four draws, two tests, and every verdict."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import FLAT, dataset, posterior
from xl_mmm.diagnostics.experiments import conflicting_tests, implausible_tests, unused_tests
from xl_mmm.measures import lift_tests
from xl_mmm.posterior import Before
from xl_mmm.posterior_moves import on_data
from xl_mmm.spec import LiftTest

SPEND = {"tv": [100.0] * 20, "radio": [50.0] * 20}
DARK = LiftTest("tv", "2024-01-29", "2024-02-11", -200.0, -300.0, 50.0, in_data=False)  # two of the twenty weeks
ROI = np.array([1.0, 1.4, 1.6, 2.0])  # before: a mean of 1.5, an effect of 2 weeks x 100 x ROI


def model(*tests: LiftTest, believed=(0.5, 4.0), roi=ROI, method="bayes", route="likelihood", before=True):
    """Return linear media (power 1, no carryover) whose ROI after is 1.4 and 1.6, and what was before."""
    shapes = {
        "tv": {"saturation": "power", "exponent": 1.0, "decay": 0.0, "coefficient": [1.4, 1.6]},
        "radio": {"saturation": "power", "exponent": 1.0, "decay": 0.0, "coefficient": 1.0},
    }
    spec = dataclasses.replace(FLAT, lift_tests=tests, lift_route=route)
    made = posterior(dataset(SPEND), shapes, spec, method=method)
    if not before:
        return made
    effect = np.stack([test.spend_change * roi for test in tests], axis=1)
    kept = Before(effect, np.repeat(roi[:, None], len(tests), axis=1), np.tile(believed, (len(tests), 1)))
    return dataclasses.replace(made, before=kept)


def test_a_test_that_agrees() -> None:
    table = lift_tests(model(DARK), 0.90)
    row = table.iloc[0]
    assert (row["channel"], row["start"], row["end"], row["spend_change"]) == ("tv", "2024-01-29", "2024-02-11", -200)
    assert (row["measured_low"], row["measured_high"]) == pytest.approx((-300 - 82.243, -300 + 82.243), abs=1e-2)
    assert row["before"] == pytest.approx(-300)
    assert row["before_low"] < -380 < -220 < row["before_high"]
    assert row["after"] == pytest.approx(-300)
    assert row["after_low"] == pytest.approx(-318)
    assert (row["roi_before"], row["roi_after"]) == pytest.approx((1.5, 1.5))
    assert (row["roi_after_low"], row["roi_after_high"]) == pytest.approx((1.41, 1.59))
    assert row["conflict_z"] == pytest.approx(0.0)
    assert row["verdict"] == "agrees"
    assert lift_tests(model(DARK), 0.5).loc[0, "measured_high"] == pytest.approx(-300 + 0.67449 * 50)


def test_conflict_with_the_data_is_counted_in_both_standard_deviations() -> None:
    far = dataclasses.replace(DARK, incremental_kpi=-520.0)
    z = (-520 + 300) / np.hypot(50, 200 * ROI.std())
    row = lift_tests(model(far)).iloc[0]
    assert row["conflict_z"] == pytest.approx(z)
    assert z < -2
    assert row["verdict"] == "conflicts with the data"
    found = conflicting_tests(model(far))
    assert (found.status, found.value) == ("REVIEW", 1)
    assert "tv from 2024-01-29 conflicts with the data (z -2.5)" in found.message
    assert conflicting_tests(model(DARK)).status == "PASS"


def test_two_tests_of_one_channel_may_contradict_each_other() -> None:
    weak, strong = (dataclasses.replace(DARK, incremental_kpi=-kpi, se=20.0) for kpi in (240.0, 340.0))
    verdicts = lift_tests(model(weak, strong))["verdict"]
    assert verdicts.tolist() == ["conflicts with another test"] * 2
    elsewhere = dataclasses.replace(strong, channel="radio", spend_change=-100.0, incremental_kpi=-170.0)
    assert lift_tests(model(weak, elsewhere))["verdict"].tolist() == ["agrees", "agrees"]


@pytest.mark.parametrize(
    ("test", "believed"),
    [
        (dataclasses.replace(DARK, incremental_kpi=110.0), (0.5, 4.0)),  # a holdout that raised sales
        (dataclasses.replace(DARK, spend_change=200.0, incremental_kpi=-110.0), (0.5, 4.0)),
        (DARK, (2.1, 4.0)),  # ROI 1.5 with a standard error of 0.25
        (DARK, (0.1, 0.9)),
    ],
)
def test_an_implausible_test_is_flagged(test: LiftTest, believed) -> None:
    made = model(test, believed=believed)
    assert "implausible" in lift_tests(made).loc[0, "verdict"]
    found = implausible_tests(made)
    assert (found.status, found.value) == ("REVIEW", 1)
    assert f"measured {test.incremental_kpi:,.0f} for {test.spend_change:+,.0f} of spend" in found.message


def test_noise_is_not_implausible() -> None:
    for test, believed in ((dataclasses.replace(DARK, incremental_kpi=30.0, se=80.0), (0.5, 4.0)), (DARK, (1.9, 4.0))):
        made = model(test, believed=believed)
        assert "implausible" not in lift_tests(made).loc[0, "verdict"]
        assert implausible_tests(made).status == "PASS"
    assert "implausible" not in lift_tests(model(DARK, believed=(np.nan, np.nan))).loc[0, "verdict"]


def test_without_use_there_is_no_before() -> None:
    table = lift_tests(model(DARK, method="ols", before=False))
    assert table.loc[0, "verdict"] == "not used"
    assert table[["before", "before_low", "roi_before", "conflict_z"]].isna().all(axis=None)
    assert table.loc[0, "after"] == pytest.approx(-300)
    assert lift_tests(model(before=False)).empty


def test_without_revenue_there_is_no_roi() -> None:
    made = model(DARK)
    table = lift_tests(dataclasses.replace(made, dataset=dataset(SPEND, revenue_per_kpi=None)))
    assert table[["roi_before", "roi_after", "roi_after_low"]].isna().all(axis=None)
    assert table.loc[0, "after"] == pytest.approx(-300)


def test_a_model_on_data_that_no_longer_hold_the_test() -> None:
    lower = {**SPEND, "tv": [100.0] * 4 + [60.0, 60.0] + [100.0] * 14}
    moved = on_data(model(DARK), dataset(lower))
    table = lift_tests(moved)
    assert np.isnan(table.loc[0, "after"])
    assert table.loc[0, "before"] == pytest.approx(-300)
    found = unused_tests(moved)
    assert (found.status, found.value) == ("REVIEW", 1)
    assert "it took 200 away where, without it, 120 would have been spent" in found.message


def test_what_goes_unused_is_said() -> None:
    assert unused_tests(model(method="ols", before=False)).message == "No lift test was entered."
    classical = unused_tests(model(DARK, method="ols", before=False))
    assert (classical.status, classical.value) == ("REVIEW", 1)
    assert "the method ols does not use them" in classical.message
    assert "first tv from 2024-01-29" in classical.action
    left_out = unused_tests(model(DARK, route="none", before=False))
    assert left_out.status == "REVIEW"
    assert "left out of the model by choice" in left_out.message
    assert unused_tests(model(DARK)).status == "PASS"
    assert unused_tests(model(DARK, route="prior")).status == "PASS"
    negative = unused_tests(model(dataclasses.replace(DARK, incremental_kpi=5.0), route="prior"))
    assert negative.status == "REVIEW"
    assert "tv from 2024-01-29: its estimate is not above zero" in negative.message
