"""Columns of the baseline: named, scaled to the window, and independent of each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from xl_mmm.dataset import Dataset
from xl_mmm.design import build_design, fourier, hats, holiday_columns, scaled_time
from xl_mmm.errors import SpecError
from xl_mmm.spec import ModelSpec

DAYS_2021 = np.datetime64("2021-01-04") + np.arange(0, 7 * 156, 7)


def market(controls: tuple[str, ...] = ("price", "promo"), window: str = "2021-03-01") -> Dataset:
    n = len(DAYS_2021)
    frame = pd.DataFrame({
        "week": DAYS_2021, "sales": np.arange(n) + 1000.0, "tv": np.arange(n) % 7 + 1.0,
        "price": 10 + np.sin(np.arange(n)), "promo": (np.arange(n) % 9 == 0) * 1.0, "trend": np.cos(np.arange(n)),
    })  # fmt: skip
    return Dataset.from_frame(
        frame, date="week", kpi="sales", spend=["tv"], controls=list(controls), window=(window, None)
    )


def test_names_groups_and_shape() -> None:
    design = build_design(market(), ModelSpec(seasonality=1, knots=2))
    assert design.names == ("intercept", "trend", "sin1", "cos1", "knot1", "knot2", "price", "promo")
    assert design.group == ("baseline",) * 6 + ("control",) * 2
    assert design.matrix.shape == (156, 8)
    assert not design.matrix.flags.writeable
    bare = build_design(market(()), ModelSpec(seasonality=0, trend=False))
    assert bare.names == ("intercept",)
    assert set(bare.matrix.ravel()) == {1.0}


def test_controls_are_measured_from_their_reference() -> None:
    data = market()
    design = build_design(data, ModelSpec())
    price, promo = design.matrix[:, -2:].T
    np.testing.assert_allclose(price[data.window].mean(), 0, atol=1e-14)
    np.testing.assert_array_equal(promo, data.control_values[:, 1])


def test_trend_runs_from_minus_to_plus_a_half_over_the_window() -> None:
    line = scaled_time(np.array([0.0, 7, 14, 21, 28]), n_history=2)
    np.testing.assert_allclose(line, [-1.5, -1.0, -0.5, 0.0, 0.5])
    assert scaled_time(np.array([3.0]), 0).tolist() == [0.0]


def test_a_season_returns_after_a_year() -> None:
    start = fourier(np.array([18_000.0]), 3)
    later = fourier(np.array([18_000.0 + 4 * 365.25]), 3)
    for name, value in start.items():
        np.testing.assert_allclose(value, later[name], atol=1e-10)
    quarter = fourier(np.array([0.0, 365.25 / 4]), 1)
    np.testing.assert_allclose(quarter["sin1"], [0, 1], atol=1e-12)
    np.testing.assert_allclose(quarter["cos1"], [1, 0], atol=1e-12)


def test_hats_peak_at_their_knot_and_vanish_at_its_neighbors() -> None:
    line = np.array([-0.5, -0.25, 0.0, 0.25, 0.5])
    np.testing.assert_allclose(np.column_stack(list(hats(line, 3).values())),
                               [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]])  # fmt: skip
    assert hats(line, 0) == {}


def test_trend_and_hats_make_any_line_bent_at_the_knots() -> None:
    line = np.linspace(-0.5, 0.5, 101)
    basis = np.column_stack([np.ones(101), line, *hats(line, 3).values()])
    bent = 3 - 2 * line + 5 * np.maximum(line + 0.25, 0) - 4 * np.maximum(line - 0.25, 0)
    fitted = basis @ np.linalg.lstsq(basis, bent)[0]
    np.testing.assert_allclose(fitted, bent, atol=1e-12)


def test_a_holiday_counts_by_its_share_of_the_period() -> None:
    weeks = holiday_columns(DAYS_2021, "weekly", "US")
    thanksgiving = weeks["holiday:Thanksgiving Day"]
    assert [str(day) for day in DAYS_2021[thanksgiving > 0]] == ["2021-11-22", "2022-11-21", "2023-11-20"]
    np.testing.assert_allclose(thanksgiving[thanksgiving > 0], 1 / 7)
    july = weeks["holiday:Independence Day"]  # in 2021 also observed on Monday the fifth, in the next week
    assert [str(day) for day in DAYS_2021[july > 0]] == ["2021-06-28", "2021-07-05", "2022-07-04", "2023-07-03"]
    days = holiday_columns(np.arange("2021-01-01", "2022-01-01", dtype="datetime64[D]"), "daily", "US")
    assert set(days["holiday:Thanksgiving Day"].tolist()) == {0.0, 1.0}
    months = np.arange("2021-01", "2024-01", dtype="datetime64[M]").astype("datetime64[D]")
    christmas = holiday_columns(months, "monthly", "DE")["holiday:Christmas Day + Second Day of Christmas"]
    np.testing.assert_allclose(christmas[11::12], 2 / 31)


def test_a_holiday_outside_the_window_is_left_out() -> None:
    dates = DAYS_2021[:30]  # January to July
    assert "holiday:New Year's Day" not in holiday_columns(dates, "weekly", "GB", n_history=10)
    assert "holiday:Good Friday" in holiday_columns(dates, "weekly", "GB", n_history=10)


@pytest.mark.parametrize("country", ["US", "GB", "DE", "FR", "JP", "CN", "BR", "IN", "PH", "VN"])
def test_columns_do_not_repeat_each_other(country: str) -> None:
    data = market()
    design = build_design(data, ModelSpec(holidays=country, knots=3))
    assert len(set(design.names)) == len(design.names)
    inside = design.matrix[data.window]
    assert np.linalg.matrix_rank(inside) == inside.shape[1]


def test_holidays_in_the_same_weeks_are_one_column() -> None:
    names = list(holiday_columns(DAYS_2021, "weekly", "JP"))
    assert "holiday:Constitution Day + Greenery Day + Children's Day" in names
    assert all(a != b for a, b in pairwise(names))


def test_unknown_country() -> None:
    with pytest.raises(SpecError, match="No holidays are known for country 'XX'; give an ISO code"):
        build_design(market(), ModelSpec(holidays="XX"))


def test_too_many_knots() -> None:
    with pytest.raises(SpecError, match="147 knots are too many for a window of 148 rows"):
        build_design(market(), ModelSpec(knots=147))


def test_control_named_like_a_baseline_column() -> None:
    with pytest.raises(SpecError, match="The control 'trend' has the name of a baseline column; rename it"):
        build_design(market(("trend",)), ModelSpec())
    assert build_design(market(("trend",)), ModelSpec(trend=False)).names[-1] == "trend"
