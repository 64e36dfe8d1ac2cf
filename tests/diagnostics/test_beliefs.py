"""Checks of what was typed in before the data spoke."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.diagnostics.market import dataset, frame
from tests.posteriors import posterior
from xl_mmm.diagnostics.beliefs import check_prior_sensitivity, check_typical_weeks
from xl_mmm.posterior import PriorSensitivity
from xl_mmm.resolution import typical_week
from xl_mmm.spec import ChannelSpec, ModelSpec


@pytest.mark.parametrize(("times", "status"), [(None, "PASS"), (1.0, "PASS"), (5.0, "REVIEW"), (1e-3, "FAIL")])
def test_a_typical_week_in_another_unit_is_seen(times: float | None, status: str) -> None:
    data = dataset(frame())
    typed = None if times is None else float(times * typical_week(data)[0])
    check = check_typical_weeks(data, ModelSpec({"tv": ChannelSpec(typical_week=typed)}))
    assert check.status == status
    assert ("tv: " in check.message) == (status != "PASS")


def judged(roi: tuple[float, float] | None, found: float, by_sizes: float, by_data: float, by_curves: float = 0.0):
    """Judge a made-up posterior of one channel whose ROI is about `found`."""
    data = dataset(frame(), spend=["tv"], controls=[])
    straight = {"decay": 0.0, "saturation": "power", "exponent": 1.0, "coefficient": found * np.array([0.9, 1.1])}
    made = posterior(
        data, {"tv": straight}, ModelSpec({"tv": ChannelSpec(saturation="power", roi=roi)}), method="bayes",
    )  # fmt: skip
    record = PriorSensitivity((by_sizes,), (by_curves,), (by_data,), 0.05)
    return check_prior_sensitivity(dataclasses.replace(made, prior_sensitivity=record))


def test_a_range_that_follows_a_default_asks_for_a_belief() -> None:
    check = judged(None, 1.0, 0.2, 0.03)
    assert (check.status, check.value) == ("REVIEW", 1.0)
    assert "follow the default prior more than the data: tv" in check.message
    assert "Type your own belief under Prior, or test tv" in check.action


def test_a_range_that_follows_what_was_typed_is_said_and_passes() -> None:
    check = judged((0.5, 2.0), 1.0, 0.2, 0.03)
    assert check.status == "PASS"
    assert "follow what you typed, or a test: tv" in check.message


def test_a_belief_that_the_data_contradict_is_named_with_its_numbers() -> None:
    check = judged((0.5, 2.0), 4.0, 0.3, 0.4, by_curves=0.5)
    assert check.status == "REVIEW"
    assert "contradict: tv (4, believed 0.5 to 2)" in check.message
    assert "Assumed curves matter as well: tv." in check.message
    assert check.action.startswith("Look at units and dates")


def test_ranges_that_follow_the_data_pass_and_so_do_methods_without_beliefs() -> None:
    assert judged(None, 1.0, 0.04, 0.01).message == "Every range follows the data."
    assert judged(None, 1.0, 0.2, 0.3).status == "PASS"
    data = dataset(frame(), spend=["tv"], controls=[])
    shape = {"tv": {"decay": 0.5, "half_saturation": 1e4, "slope": 1.0, "coefficient": 1e4}}
    check = check_prior_sensitivity(posterior(data, shape))
    assert (check.status, "uses no beliefs" in check.message) == ("PASS", True)
