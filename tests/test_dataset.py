"""The dataset holds what the table says, whatever the order, and adds up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xl_mmm.dataset import Dataset, from_arrays, to_arrays
from xl_mmm.errors import DatasetError, SpecError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS: dict[str, Any] = {
    "date": "week", "kpi": "orders", "spend": ["tv", "search"], "media": {"tv": "grp"},
    "controls": ["price", "promo"], "organic": ["mail"], "revenue_per_kpi": "basket",
}  # fmt: skip


def table(n: int = 110, seed: int = 0, start: str = "2022-01-03", freq: str = "7D") -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "week": pd.date_range(start, periods=n, freq=freq),
        "orders": rng.integers(800, 1200, n),
        "tv": rng.gamma(2, 1e4, n).round(2),
        "grp": rng.gamma(2, 50, n).round(1),
        "search": rng.integers(1000, 9000, n),
        "price": rng.normal(10, 0.5, n).round(2),
        "promo": (rng.random(n) < 0.2).astype(int),
        "mail": rng.integers(0, 5, n),
        "basket": rng.normal(40, 2, n).round(2),
    })  # fmt: skip


def regional(n: int = 110) -> pd.DataFrame:
    parts = [table(n, seed).assign(region=name) for seed, name in enumerate(("North", "South", "West"))]
    return pd.concat(parts, ignore_index=True)


def arrays_of(data: Dataset) -> dict[str, NDArray[Any]]:
    return to_arrays(data)[1]


def test_the_table_is_held_as_given() -> None:
    frame = table()
    data = Dataset.from_frame(frame, **PARTS)
    assert data.channels == ("tv", "search")
    assert data.media_units == ("grp", "money")
    assert data.grain == "weekly"
    assert data.faults == ()
    assert (data.n_weeks, data.n_history, data.period_weeks, data.is_revenue) == (110, 0, 1.0, False)
    np.testing.assert_array_equal(data.kpi, frame["orders"])
    np.testing.assert_array_equal(data.spend, frame[["tv", "search"]])
    np.testing.assert_array_equal(data.media, frame[["grp", "search"]])
    np.testing.assert_array_equal(data.organic_media, frame[["mail"]])
    np.testing.assert_array_equal(data.revenue_per_kpi, frame["basket"])
    np.testing.assert_allclose(data.control_reference, [frame["price"].mean(), 0.0], rtol=1e-15)


def test_arrays_cannot_be_written_to() -> None:
    data = Dataset.from_frame(regional(), geo="region", **PARTS)
    assert data.geo is not None
    for array in (data.kpi, data.spend, data.dates, data.control_reference, data.geo.media):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_later_changes_of_the_table_do_not_reach_the_dataset() -> None:
    frame = table()
    data = Dataset.from_frame(frame, **PARTS)
    before = data.sha
    frame["tv"] = 0.0
    assert data.sha == before


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), geo=st.booleans())
def test_order_of_rows_and_columns_is_no_information(seed: int, geo: bool) -> None:
    frame = regional(60) if geo else table()
    where = {"geo": "region"} if geo else {}
    data = Dataset.from_frame(frame, **where, **PARTS)
    rng = np.random.default_rng(seed)
    shuffled = frame.iloc[rng.permutation(len(frame)), rng.permutation(frame.shape[1])]
    again = Dataset.from_frame(shuffled, **where, **PARTS)
    assert again.sha == data.sha
    for name, array in arrays_of(data).items():
        np.testing.assert_array_equal(arrays_of(again)[name], array)
    turned = Dataset.from_frame(frame, **where, **(PARTS | {"spend": ["search", "tv"], "controls": ["promo", "price"]}))
    assert turned.sha == data.sha
    np.testing.assert_array_equal(turned.spend, data.spend[:, ::-1])


@settings(max_examples=25)
@given(factor=st.sampled_from([0.5, 2.0, 4.0, 1024.0]))
def test_a_change_of_currency_scales_money_and_nothing_else(factor: float) -> None:
    frame = table()
    data = Dataset.from_frame(frame, **PARTS)
    money = frame.assign(**{name: frame[name] * factor for name in ("tv", "search", "basket")})
    changed = Dataset.from_frame(money, **PARTS)
    np.testing.assert_array_equal(changed.spend, data.spend * factor)
    np.testing.assert_array_equal(changed.media[:, 0], data.media[:, 0])
    np.testing.assert_array_equal(changed.kpi, data.kpi)
    assert changed.revenue_per_kpi is not None
    assert data.revenue_per_kpi is not None
    np.testing.assert_array_equal(changed.revenue_per_kpi, data.revenue_per_kpi * factor)
    assert changed.sha != data.sha


def test_sha_knows_values_not_types() -> None:
    frame = table()
    sha = Dataset.from_frame(frame, **PARTS).sha
    as_floats = frame.astype({"orders": float, "search": float, "promo": float})
    assert Dataset.from_frame(as_floats, **PARTS).sha == sha
    as_text = frame.assign(week=frame["week"].dt.strftime("%Y-%m-%d"))
    assert Dataset.from_frame(as_text, **PARTS).sha == sha
    assert Dataset.from_frame(frame.assign(mail=frame["mail"].replace(0, -0.0)), **PARTS).sha == sha
    assert Dataset.from_frame(frame.set_index("week"), **PARTS).sha == sha
    cent = frame.assign(tv=frame["tv"] + np.where(np.arange(len(frame)) == 50, 0.01, 0))
    assert Dataset.from_frame(cent, **PARTS).sha != sha
    assert Dataset.from_frame(frame, **(PARTS | {"spend": ["tv"], "organic": ["mail", "search"]})).sha != sha


def test_all_faults_at_once_in_order_of_place() -> None:
    frame = table().astype({"tv": object, "search": object})
    frame.loc[7, "tv"], frame.loc[3, "search"], frame.loc[7, "search"] = "1,234", None, -120
    with pytest.raises(DatasetError) as caught:
        Dataset.from_frame(frame, **PARTS)
    assert str(caught.value).splitlines() == [
        "1. Data column 'search', row 4 (2022-01-24): The cell is blank. Type the figure, or 0 if nothing was spent.",
        "2. Data column 'tv', row 8 (2022-02-21): '1,234' is text (perhaps 1234), not a number. Type the number "
        "without thousands separators, currency signs, brackets or units and format the cell as Number.",
        "3. Data column 'search', row 8 (2022-02-21): -120 is negative. Spend must be zero or more; book credits in "
        "the period they refer to.",
    ]
    assert [(f.column, f.row, f.value) for f in caught.value.faults] == [
        ("search", 3, None), ("tv", 7, "1,234"), ("search", 7, -120),
    ]  # fmt: skip


def test_more_than_ten_faults_are_counted() -> None:
    frame = table()
    frame["tv"] = -frame["tv"]
    with pytest.raises(DatasetError, match=r"\n10\. .*\n\.\.\. and 100 more\."):
        Dataset.from_frame(frame, **PARTS)


def test_two_columns_of_one_name() -> None:
    frame = table()
    frame = pd.concat([frame, frame[["tv"]]], axis=1)
    with pytest.raises(DatasetError, match="The header 'tv' stands 2 times"):
        Dataset.from_frame(frame, **PARTS)


def test_a_constant_or_collinear_column_is_not_a_fault_of_the_data() -> None:
    frame = table()
    data = Dataset.from_frame(frame.assign(price=5.0, search=frame["tv"] * 2), **PARTS)
    assert [f.rule for f in data.faults] == ["constant"]


@pytest.mark.parametrize("rate", [0, -1.0, True, float("nan"), float("inf")])
def test_revenue_per_kpi_must_be_above_zero(rate: float) -> None:
    with pytest.raises(SpecError, match="give a number above zero, a header, or None"):
        Dataset.from_frame(table(), **(PARTS | {"revenue_per_kpi": rate}))


def test_forms_of_revenue() -> None:
    revenue = Dataset.from_frame(table(), **(PARTS | {"revenue_per_kpi": 1.0}))
    assert revenue.is_revenue
    worth = Dataset.from_frame(table(), **(PARTS | {"revenue_per_kpi": 40}))
    assert not worth.is_revenue
    assert worth.revenue_per_kpi is not None
    assert set(worth.revenue_per_kpi.tolist()) == {40.0}
    assert Dataset.from_frame(table(), **(PARTS | {"revenue_per_kpi": np.int64(40)})).sha == worth.sha
    assert Dataset.from_frame(table(), **(PARTS | {"revenue_per_kpi": None})).revenue_per_kpi is None


def test_column_without_header() -> None:
    data = Dataset.from_frame(table().assign(extra=1).rename(columns={"extra": ""}), **PARTS)
    assert [f.rule for f in data.faults] == ["unnamed_column"]


def test_rows_before_the_window_are_history() -> None:
    frame = table().astype({"orders": float})
    frame.loc[:9, "orders"] = np.nan
    data = Dataset.from_frame(frame, window=("2022-03-14", "2023-12-25"), **PARTS)
    assert (data.n_history, data.n_weeks) == (10, 94)
    assert [f.rule for f in data.faults] == ["after_window"]
    assert np.isnan(data.kpi[:10]).all()
    np.testing.assert_array_equal(data.window_kpi, frame["orders"][10:104])
    assert str(data.window_dates[0]) == "2022-03-14"
    np.testing.assert_allclose(data.control_reference[0], frame["price"][10:104].mean(), rtol=1e-15)


def test_references_may_be_given() -> None:
    data = Dataset.from_frame(table(), references={"price": 9.0, "promo": 1.0}, **PARTS)
    assert data.control_reference.tolist() == [9.0, 1.0]
    with pytest.raises(SpecError, match="A reference is given for 'weather', which is not a control"):
        Dataset.from_frame(table(), references={"weather": 1.0}, **PARTS)


def test_regions_add_up_to_the_nation() -> None:
    data = Dataset.from_frame(regional(), geo="region", **PARTS)
    geo = data.geo
    assert geo is not None
    assert geo.names == ("North", "South", "West")
    assert geo.spend.shape == (3, 110, 2)
    np.testing.assert_array_equal(data.kpi, geo.kpi.sum(axis=0))
    np.testing.assert_array_equal(data.media, geo.media.sum(axis=0))
    np.testing.assert_array_equal(data.control_values, geo.control_values.mean(axis=0))
    assert data.revenue_per_kpi is not None
    assert geo.revenue_per_kpi is not None
    np.testing.assert_allclose(data.revenue_per_kpi * data.kpi, (geo.revenue_per_kpi * geo.kpi).sum(axis=0))
    np.testing.assert_array_equal(geo.kpi[1], table(110, 1)["orders"])


def test_incomplete_panel_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"Region 'West' has 1 row\(s\) fewer than the others"):
        Dataset.from_frame(regional().iloc[:-1], geo="region", **PARTS)


def test_days_become_weeks() -> None:
    frame = table(400, start="2022-01-01", freq="1D")  # a Saturday
    days = Dataset.from_frame(frame, **PARTS)
    assert days.grain == "daily"
    weeks = days.aggregated("weekly")
    whole = frame.iloc[2 : 2 + 7 * weeks.n_weeks]
    by_week = whole.groupby((whole["week"] - pd.Timestamp("2022-01-03")).dt.days // 7)
    assert str(weeks.dates[0]) == "2022-01-03"
    np.testing.assert_allclose(weeks.spend, by_week[["tv", "search"]].sum(), rtol=1e-13)
    np.testing.assert_allclose(weeks.media[:, 0], by_week["grp"].sum(), rtol=1e-13)
    np.testing.assert_array_equal(weeks.kpi, by_week["orders"].sum())
    np.testing.assert_allclose(weeks.control_values[:, 0], by_week["price"].mean(), rtol=1e-13)
    np.testing.assert_array_equal(weeks.control_values[:, 1], by_week["promo"].max())
    revenue = by_week.apply(lambda rows: (rows["orders"] * rows["basket"]).sum() / rows["orders"].sum())
    assert weeks.revenue_per_kpi is not None
    np.testing.assert_allclose(weeks.revenue_per_kpi, revenue, rtol=1e-13)
    assert [f.message for f in weeks.faults if f.rule == "incomplete_period"] == [
        "The first week (2021-12-27) holds 2 of 7 days and was left out.",
        "The last week (2023-01-30) holds 6 of 7 days and was left out.",
    ]


def test_days_and_weeks_become_months() -> None:
    days = Dataset.from_frame(table(900, start="2021-01-01", freq="1D"), **PARTS)
    months = days.aggregated("monthly")
    assert (str(months.dates[0]), months.n_weeks) == ("2021-01-01", 29)
    np.testing.assert_allclose(months.spend[1], days.spend[31:59].sum(axis=0), rtol=1e-13)
    weeks = Dataset.from_frame(table(130), **PARTS)  # from Monday 2022-01-03
    by_week = weeks.aggregated("monthly")
    assert str(by_week.dates[0]) == "2022-01-01"
    assert by_week.kpi[0] == weeks.kpi[:4].sum()  # the week of 31 January has its Thursday in February
    assert by_week.kpi[1] == weeks.kpi[4:8].sum()


def test_regions_are_gathered_too() -> None:
    data = Dataset.from_frame(regional(130), geo="region", **PARTS).aggregated("monthly")
    assert data.geo is not None
    np.testing.assert_allclose(data.spend, data.geo.spend.sum(axis=0), rtol=1e-15)
    alone = Dataset.from_frame(table(130, 2), **PARTS).aggregated("monthly")
    np.testing.assert_array_equal(data.geo.kpi[2], alone.kpi)


def test_a_week_of_history_and_window_days_is_history() -> None:
    frame = table(400, start="2022-01-03", freq="1D")
    weeks = Dataset.from_frame(frame, window=("2022-02-02", None), **PARTS).aggregated("weekly")
    assert weeks.n_history == 5
    assert "split_period" in {f.rule for f in weeks.faults}
    assert str(weeks.window_dates[0]) == "2022-02-07"


def test_gathering_that_cannot_be() -> None:
    weeks = Dataset.from_frame(table(), **PARTS)
    assert weeks.aggregated("weekly") is weeks
    with pytest.raises(SpecError, match=r"weekly data cannot be gathered into 'daily' periods; choose one of weekly"):
        weeks.aggregated("daily")
    with pytest.raises(DatasetError, match="The window has 13 rows for about 12 parameters"):
        Dataset.from_frame(table(56), **PARTS).aggregated("monthly")


def test_without_the_last_rows() -> None:
    data = Dataset.from_frame(regional(), geo="region", window=("2022-02-07", None), **PARTS)
    cut = data.without_last(8)
    assert (cut.n_weeks, cut.n_history) == (data.n_weeks - 8, data.n_history)
    np.testing.assert_array_equal(cut.control_reference, data.control_reference)
    np.testing.assert_array_equal(cut.kpi, data.kpi[:-8])
    with pytest.raises(SpecError, match="cannot be left out"):
        data.without_last(data.n_weeks)


@pytest.mark.parametrize("geo", [True, False])
def test_stored_and_restored(geo: bool) -> None:
    data = Dataset.from_frame(
        regional() if geo else table(), geo="region" if geo else None, window=("2022-02-07", "2023-12-25"),
        references={"price": 9.5}, **PARTS,
    )  # fmt: skip
    facts, arrays = to_arrays(data)
    again = from_arrays(json.loads(json.dumps(facts)), arrays)
    assert again.sha == data.sha
    assert again.roles == data.roles
    assert [f.sentence for f in again.faults] == [f.sentence for f in data.faults]
    assert again.given_references == data.given_references
    np.testing.assert_array_equal(again.control_reference, data.control_reference)
    np.testing.assert_array_equal(again.dates, data.dates)


def test_look_alikes_of_the_peers_files_load() -> None:
    """The shapes of Robyn's, PyMC-Marketing's and Meridian's examples; `bench_peer_data.py` reads the files."""
    rng = np.random.default_rng(3)
    n = 179
    spend = {f"{name}_S": np.where(rng.random(n) < 0.4, rng.gamma(1, 4e4, n), 0.0) for name in ("tv", "ooh", "print")}
    robyn = pd.DataFrame(spend | {
        "DATE": pd.date_range("2015-11-23", periods=n, freq="7D").strftime("%Y-%m-%d"),
        "revenue": rng.normal(1.8e6, 3e5, n), "search_S": rng.gamma(2, 3e3, n), "clicks_P": rng.gamma(2, 8e3, n),
        "competitor_sales_B": rng.integers(2_240_235, 9_984_742, n), "events": "na", "newsletter": rng.gamma(2, 1e4, n),
    })  # fmt: skip
    data = Dataset.from_frame(
        robyn, date="DATE", kpi="revenue", spend=[*spend, "search_S"], media={"search_S": "clicks_P"},
        organic=["newsletter"], controls=["competitor_sales_B"],
    )  # fmt: skip
    assert data.faults == ()
    pymc = pd.DataFrame({
        "date_week": pd.date_range("2018-04-02", periods=n, freq="7D").strftime("%Y-%m-%d"),
        "y": rng.normal(5e3, 1e3, n), "x1": rng.uniform(0.001, 1, n), "x2": np.where(rng.random(n) < 0.8, 0, 0.9),
        "event_1": (np.arange(n) == 50) * 1.0, "event_2": (np.arange(n) == 90) * 1.0,
    })  # fmt: skip
    data = Dataset.from_frame(pymc, date="date_week", kpi="y", spend=["x1", "x2"], controls=["event_1", "event_2"])
    assert data.control_reference.tolist() == [0.0, 0.0]
    assert data.faults == ()
    regions = [f"Geo{i}" for i in range(6)]
    meridian = pd.DataFrame({
        "geo": np.repeat(regions, n), "time": list(pymc["date_week"]) * 6, "conversions": rng.gamma(9, 1e6, 6 * n),
        "spend0": rng.gamma(2, 4e3, 6 * n), "impressions0": rng.gamma(2, 4e5, 6 * n),
        "sentiment": rng.normal(0, 3, 6 * n), "revenue_per_conversion": rng.uniform(0.034, 0.035, 6 * n),
    })  # fmt: skip
    data = Dataset.from_frame(
        meridian, date="time", kpi="conversions", spend=["spend0"], media={"spend0": "impressions0"}, geo="geo",
        controls=["sentiment"], revenue_per_kpi="revenue_per_conversion",
    )  # fmt: skip
    assert data.geo is not None
    assert data.geo.names == tuple(regions)
