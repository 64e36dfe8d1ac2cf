"""tblFX and tblCosts: what they say, what is said of a cell at fault, and the spend that follows from them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from xl_mmm.tables import names as n
from xl_mmm.tables.asked import Asked, ask
from xl_mmm.tables.faults import REVIEW, AddressedFault
from xl_mmm.tables.mixed_units import currency_of
from xl_mmm.tables.money_reader import in_force, read_rates
from xl_mmm.tables.table_rows import TableRows

WEEKS = 60
DAYS = [date(2023, 1, 2) + timedelta(weeks=i) for i in range(WEEKS)]
Row = dict[str, object]
TV: Row = {n.H_CHANNEL: "TV", n.H_MEDIA_COLUMN: "grp"}
SEARCH: Row = {n.H_CHANNEL: "Search", n.H_SPEND_COLUMN: "search"}


def rows(name: str, lines: list[Row], headers: tuple[str, ...] | None = None) -> TableRows:
    heads = headers or n.TABLE_HEADERS[name]
    columns = tuple([line.get(head) for line in lines] or [None] for head in heads)
    return TableRows(name, n.TABLE_SHEET[name], 11, 2, heads, columns)


def asked(
    *,
    channels: tuple[Row, ...] = (TV, SEARCH),
    fx: tuple[Row, ...] = (),
    costs: tuple[Row, ...] = ({n.H_CHANNEL: "TV", n.H_UNIT: "GRP", n.H_COST: 800.0},),
    currency: str | None = "EUR",
    kpi: str = "revenue",
    data: dict[str, list[object]] | None = None,
    search: str = "search",
) -> Asked:
    rng = np.random.default_rng(5)
    figures: dict[str, list[object]] = {
        "week": list(DAYS), kpi: rng.normal(1e6, 5e4, WEEKS).tolist(), "grp": rng.gamma(4, 20, WEEKS).tolist(),
        search: rng.gamma(4, 2000, WEEKS).tolist(), "clicks": rng.gamma(4, 900, WEEKS).tolist(), **(data or {}),
    }  # fmt: skip
    settings = [{n.H_SETTING: one.name, n.H_VALUE: one.default} for one in n.SETTINGS]
    given = {n.SET_DATE: "week", n.SET_KPI: kpi, n.SET_CURRENCY: currency}
    settings = [line | {n.H_VALUE: given.get(str(line[n.H_SETTING]), line[n.H_VALUE])} for line in settings]
    tables = (
        TableRows(n.TBL_DATA, n.DATA, 6, 2, tuple(figures), tuple(figures.values())),
        rows(n.TBL_SETTINGS, settings), rows(n.TBL_CHANNELS, list(channels)),
        rows(n.TBL_FX, list(fx)), rows(n.TBL_COSTS, list(costs)),
    )  # fmt: skip
    return ask({table.name: table for table in tables})


def only(found: Asked) -> AddressedFault:
    assert len(found.faults) == 1, found.messages
    return found.faults[0]


def column(found: Asked, header: str) -> np.ndarray:
    table = found.tables[n.TBL_DATA]
    return np.array(table.columns[table.headers.index(header)], dtype=float)


def test_units_at_their_cost_are_spend() -> None:
    found = asked()
    assert found.faults == ()
    assert found.dataset is not None
    np.testing.assert_allclose(found.dataset.spend[:, 0], 800.0 * column(found, "grp"), rtol=1e-15)
    np.testing.assert_array_equal(found.dataset.media[:, 0], column(found, "grp"))
    assert found.dataset.channels == ("TV", "Search")
    assert found.dataset.media_units == ("grp", "money")


def test_a_thousand_impressions_and_a_cost_that_changes() -> None:
    costs = (
        {n.H_CHANNEL: "TV", n.H_UNIT: "CPM", n.H_COST: 5.0},
        {n.H_CHANNEL: "TV", n.H_UNIT: "CPM", n.H_COST: 6.0, n.H_FROM: DAYS[30]},
    )
    found = asked(costs=costs, channels=({**TV, n.H_MEDIA_COLUMN: "imps"}, SEARCH), data={"imps": [1e6 + i for i in range(WEEKS)]})  # fmt: skip  # noqa: E501
    assert found.dataset is not None, found.messages
    price = np.where(np.arange(WEEKS) < 30, 0.005, 0.006)
    np.testing.assert_allclose(found.dataset.spend[:, 0], price * column(found, "imps"), rtol=1e-14)


def test_spend_in_another_currency_at_the_rate_of_its_day() -> None:
    fx = (
        {n.H_CURRENCY: "usd", n.H_RATE: 0.9},
        {n.H_CURRENCY: "USD", n.H_RATE: 0.8, n.H_FROM: DAYS[10]},
    )
    found = asked(channels=({**SEARCH, n.H_CURRENCY: "USD"},), fx=fx, costs=())
    assert found.dataset is not None, found.messages
    rate = np.where(np.arange(WEEKS) < 10, 0.9, 0.8)
    np.testing.assert_allclose(found.dataset.spend[:, 0], rate * column(found, "search"), rtol=1e-15)
    np.testing.assert_array_equal(found.dataset.media, found.dataset.spend)


def test_units_cost_money_of_the_channels_currency() -> None:
    found = asked(channels=({**TV, n.H_CURRENCY: "GBP"}, SEARCH), fx=({n.H_CURRENCY: "GBP", n.H_RATE: 1.25},))
    assert found.dataset is not None, found.messages
    np.testing.assert_allclose(found.dataset.spend[:, 0], 1000.0 * column(found, "grp"), rtol=1e-15)


def test_the_reporting_currency_needs_no_rate_and_changes_nothing() -> None:
    plain, named = asked(), asked(channels=({**TV, n.H_CURRENCY: "eur"}, {**SEARCH, n.H_CURRENCY: "EUR"}))
    assert plain.data_sha == named.data_sha
    assert plain.data_sha is not None


def test_a_blank_in_the_units_is_one_fault_at_its_own_cell() -> None:
    grp: list[object] = [50.0 + i for i in range(WEEKS)]
    grp[7] = None
    fault = only(asked(data={"grp": grp}))
    assert (fault.rule, fault.cell) == ("blank", "Data!D13")


@pytest.mark.parametrize(
    ("change", "rule", "cell", "says"),
    [
        ({"costs": ()}, "no_cost", "Assumptions!D11", "tblCosts has no cost of its grp"),
        ({"costs": ({n.H_CHANNEL: "TV", n.H_COST: 0.0},)}, "out_of_bounds", "Assumptions!D11", "0 is out of bounds"),
        (
            {"costs": ({n.H_CHANNEL: "TV", n.H_UNIT: "CPM", n.H_COST: 5.0, n.H_PER: 1.0},)},
            "units_disagree", "Assumptions!E11", "cost per 1,000, but 'Per units' says 1",
        ),
        (
            {"costs": ({n.H_CHANNEL: "TV", n.H_COST: 5.0}, {n.H_CHANNEL: "Radio", n.H_COST: 5.0})},
            "unknown_channel", "Assumptions!B12", "'Radio' is not allowed here",
        ),
        (
            {"costs": ({n.H_CHANNEL: "TV", n.H_COST: 5.0}, {n.H_CHANNEL: "TV", n.H_COST: 6.0})},
            "from_twice", "Assumptions!F12", "'TV' has a value from the beginning on already",
        ),
        (
            {"costs": ({n.H_CHANNEL: "TV", n.H_COST: 5.0, n.H_FROM: DAYS[3]},)},
            "starts_late", "Assumptions!F11", "TV has no value before 2023-01-23, and the data begin on 2023-01-02",
        ),
        (
            {"costs": ({n.H_CHANNEL: "TV", n.H_COST: 5.0}, {n.H_CHANNEL: "Search", n.H_COST: 5.0})},
            "cost_without_media", "Assumptions!B12", "no media column whose units could cost money",
        ),
        (
            {"channels": (TV, {**SEARCH, n.H_CURRENCY: "USD"})},
            "no_rate", "Assumptions!M12", "tblFX has no rate of 'USD'",
        ),
        (
            {"channels": (TV, {**SEARCH, n.H_CURRENCY: "USD"}), "currency": None},
            "no_currency", "Assumptions!M12", "no reporting currency is named",
        ),
        ({"fx": ({n.H_CURRENCY: "EUR", n.H_RATE: 1.1},)}, "own_rate", "Assumptions!C11", "worth 1 of itself, not 1.1"),
        ({"fx": ({n.H_CURRENCY: "USD"},)}, "blank", "Assumptions!C11", "The cell is blank"),
        ({"fx": ({n.H_RATE: 1.1},)}, "blank", "Assumptions!B11", "The cell is blank"),
    ],
)  # fmt: skip
def test_a_cell_at_fault_is_named(change: dict[str, object], rule: str, cell: str, says: str) -> None:
    found = asked(**change)  # type: ignore[arg-type]
    stopping = [fault for fault in found.faults if fault.status != REVIEW]
    assert (stopping[0].rule, stopping[0].cell) == (rule, cell), found.messages
    assert says in stopping[0].message
    assert found.dataset is None


@pytest.mark.parametrize(
    ("change", "rule", "says"),
    [
        ({"kpi": "revenue_usd"}, "currency_word", "speaks of USD, the reporting currency is EUR"),
        (
            {"search": "search GBP", "channels": (TV, {**SEARCH, n.H_SPEND_COLUMN: "search GBP"})},
            "currency_word", "speaks of GBP, and its spend is read as EUR",
        ),
        (
            {"costs": ({n.H_CHANNEL: "TV", n.H_UNIT: "CPC", n.H_COST: 5.0},)},
            "unit_word", "CPC prices another unit than the media column 'grp' counts",
        ),
        (
            {
                "channels": ({**SEARCH, n.H_MEDIA_COLUMN: "clicks"},),
                "costs": ({n.H_CHANNEL: "Search", n.H_UNIT: "CPC", n.H_COST: 2.2, n.H_PER: 1000.0},),
            },
            "price_differs", "times what its clicks cost by this table; the spend column is used",
        ),
    ],
)  # fmt: skip
def test_what_hints_at_mixed_units_is_to_be_reviewed(change: dict[str, object], rule: str, says: str) -> None:
    found = asked(**change)  # type: ignore[arg-type]
    fault = only(found)
    assert (fault.rule, fault.status) == (rule, REVIEW)
    assert says in fault.message
    assert found.dataset is not None


def test_a_cost_beside_a_spend_column_that_agrees_says_nothing() -> None:
    channel = {**SEARCH, n.H_MEDIA_COLUMN: "clicks"}
    found = asked(channels=(channel,), costs=({n.H_CHANNEL: "Search", n.H_UNIT: "CPC", n.H_COST: 2.2},))
    assert found.faults == ()
    assert found.dataset is not None
    np.testing.assert_array_equal(found.dataset.spend[:, 0], column(found, "search"))


@pytest.mark.parametrize(
    ("header", "own", "said"),
    [
        ("TV spend", "EUR", ""), ("tv_usd", "EUR", "USD"), ("tv_usd", "USD", ""), ("TV (£)", "EUR", "£"),
        ("TV $", "CAD", ""), ("Try all search", "EUR", ""), ("usd to eur", "EUR", ""), ("XTS spend", "XTS", ""),
    ],
)  # fmt: skip
def test_which_currency_a_header_speaks_of(header: str, own: str, said: str) -> None:
    assert currency_of(header, own) == said


def test_each_day_has_the_value_in_force() -> None:
    lines = [{n.H_CURRENCY: "USD", n.H_RATE: 3.0, n.H_FROM: date(2024, 3, 1)}, {n.H_CURRENCY: "USD", n.H_RATE: 2.0}]
    steps, faults = read_rates(rows(n.TBL_FX, lines), "EUR")
    assert faults == []
    days = np.array(["2024-02-29", "2024-03-01", "2025-01-01"], dtype="datetime64[D]")
    assert in_force(steps["USD"], days).tolist() == [2.0, 3.0, 3.0]
    late = [line for line in lines if n.H_FROM in line]
    assert np.isnan(in_force(read_rates(rows(n.TBL_FX, late), None)[0]["USD"], days)).tolist() == [True, False, False]
