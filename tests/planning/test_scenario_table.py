"""Scenarios: one row a plan, today first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.posteriors import market
from xl_mmm.errors import PlanError
from xl_mmm.planning import evaluate_plan, scenarios


def test_rows_equal_single_plans() -> None:
    model = market()
    frame = pd.DataFrame({"channel0": [0.8, np.nan], "channel2": [1.0, 1.3]}, index=["Cut channel0", "More channel2"])
    table = scenarios(model, frame)
    assert list(table.index) == ["Today", "Cut channel0", "More channel2"]
    one = evaluate_plan(model, {"channel2": 1.3})
    row = table.loc["More channel2"]
    assert row["outcome"] == pytest.approx(one.outcome, rel=1e-12)
    assert row["difference_low"] == pytest.approx(one.difference_low, rel=1e-9)
    assert row["p_better"] == one.p_better
    assert table.loc["Today", "difference"] == 0
    pd.testing.assert_frame_equal(
        table, scenarios(model, {"Cut channel0": {"channel0": 0.8}, "More channel2": {"channel2": 1.3}})
    )


def test_today_may_be_listed_but_not_changed() -> None:
    model = market()
    assert list(scenarios(model, {"Today": {}, "A": {"channel0": 1.1}}).index) == ["Today", "A"]
    with pytest.raises(PlanError, match="stands for today's"):
        scenarios(model, {"Today": {"channel0": 1.1}})


def test_a_name_stands_for_one_plan() -> None:
    frame = pd.DataFrame({"channel0": [0.8, 0.9]}, index=["A", "A"])
    with pytest.raises(PlanError, match="More than one scenario is called 'A'"):
        scenarios(market(), frame)


def test_an_amount_that_is_no_number_is_refused_by_name() -> None:
    with pytest.raises(PlanError, match="channel0: 'double' is no multiple of today's spend"):
        scenarios(market(), pd.DataFrame({"channel0": ["double"]}, index=["A"]))
