"""Checks of what was typed in before the data spoke."""

from __future__ import annotations

import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.diagnostics.beliefs import check_typical_weeks
from xl_mmm.resolution import typical_week
from xl_mmm.spec import ChannelSpec, ModelSpec


@pytest.mark.parametrize(("times", "status"), [(None, "PASS"), (1.0, "PASS"), (5.0, "REVIEW"), (1e-3, "FAIL")])
def test_a_typical_week_in_another_unit_is_seen(times: float | None, status: str) -> None:
    data = dataset(frame())
    typed = None if times is None else float(times * typical_week(data)[0])
    check = check_typical_weeks(data, ModelSpec({"tv": ChannelSpec(typical_week=typed)}))
    assert check.status == status
    assert ("tv: " in check.message) == (status != "PASS")
