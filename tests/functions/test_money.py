"""tblFX and tblCosts in the functions: spend follows a rate, the model says that its data changed, units are paid."""

from __future__ import annotations

import pytest

from tests.functions.planner import LIVE, Edit, Tables, planner_tables, put, serials, setting
from xl_mmm.functions import Cells, call
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import serial

RATE = 0.8


def rate(value: object = RATE, start: object = None) -> Edit:
    def edit(tables: Tables) -> None:
        tables.setdefault(n.TBL_FX, [list(n.TABLE_HEADERS[n.TBL_FX])]).append(["USD", value, start, None])

    return edit


def cost(value: object = 0.5) -> Edit:
    def edit(tables: Tables) -> None:
        tables[n.TBL_COSTS] = [list(n.TABLE_HEADERS[n.TBL_COSTS]), ["search", "CPC", value, None, None, None]]

    return edit


DOLLARS = (setting(n.SET_CURRENCY, "EUR"), put(n.TBL_CHANNELS, 2, n.H_CURRENCY, "USD"))
CLICKS = put(n.TBL_CHANNELS, 3, n.H_SPEND_COLUMN, None)


def fit(tables: Tables, kept: Cells | None = None) -> Cells:
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS)
    last = (n.TBL_PARAMETERS, n.TBL_FX, n.TBL_COSTS)
    return call("MMM_FIT", [*(tables.get(name) for name in order), kept, *(tables.get(name) for name in last)])


def spend(model: Cells) -> dict[str, float]:
    return {row[0]: row[1] for row in call("MMM_ROI", [model])[1:]}


@pytest.fixture(scope="module")
def plain() -> dict[str, float]:
    return spend(fit(planner_tables(LIVE)))


def test_spend_follows_the_rate_and_a_kept_model_says_so(plain: dict[str, float]) -> None:
    model = fit(planner_tables(*DOLLARS, rate(), LIVE))
    assert spend(model) == pytest.approx({"tv": RATE * plain["tv"], "search": plain["search"]}, rel=1e-12)
    again = fit(planner_tables(*DOLLARS, rate()), model)
    assert call("MMM_WHY", [again]) == [[""]]
    dearer = fit(planner_tables(*DOLLARS, rate(2 * RATE)), model)
    assert "data changed" in str(dearer)
    assert spend(dearer)["tv"] == pytest.approx(2 * RATE * plain["tv"], rel=1e-12)


def test_a_date_may_be_a_serial_number(plain: dict[str, float]) -> None:
    from datetime import date

    later = serial(date(2030, 1, 7), date1904=False)
    tables = planner_tables(*DOLLARS, rate(), rate(9.0, later), LIVE, serials)
    assert spend(fit(tables))["tv"] == pytest.approx(RATE * plain["tv"], rel=1e-12)


def test_units_at_their_cost(plain: dict[str, float]) -> None:
    tables = planner_tables(CLICKS, cost(), LIVE)
    clicks = [row[tables[n.TBL_DATA][0].index("clicks")] for row in tables[n.TBL_DATA][1:]]
    model = fit(tables)
    assert spend(model) == pytest.approx({"tv": plain["tv"], "search": 0.5 * sum(clicks)}, rel=1e-12)
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_SETTINGS, n.TBL_PARAMETERS)
    assert call("MMM_EVALUATE", [*(tables[name] for name in order), model]) == model  # needs no costs: it has a model


def test_what_is_missing_is_a_row_of_the_checks() -> None:
    tables = planner_tables(CLICKS)
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS, n.TBL_PARAMETERS)
    rows = call("MMM_CHECK", [tables[name] for name in order])
    failing = [row for row in rows if row[1] == n.FAIL]
    assert len(failing) == 1
    assert "tblCosts has no cost of its clicks" in str(failing[0][4])
    assert failing[0][6:9] == [n.TBL_CHANNELS, 3.0, 3.0]


def test_a_plan_s_money_turns_into_units() -> None:
    tables = planner_tables(CLICKS, cost(), LIVE)
    model = fit(tables)
    weeks = call("MMM_CALENDAR", [model, "weeks", [[n.H_SCENARIO, "search"], ["More", 1.4]], None, None])
    money, clicks = (weeks[0].index(header) for header in ("search", "clicks"))
    assert [0.5 * row[clicks] for row in weeks[1:]] == pytest.approx([row[money] for row in weeks[1:]], rel=1e-12)
