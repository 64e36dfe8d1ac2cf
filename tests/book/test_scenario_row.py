"""An optimized plan is a new row of the scenarios: never over another, never twice, and in money."""

from __future__ import annotations

import dataclasses

import pytest

from xl_mmm.book.scenario_row import FULL, missing_rows, optimized_row
from xl_mmm.tables import names as n
from xl_mmm.tables.scenario_reader import read_scenarios
from xl_mmm.tables.table_rows import TableRows

PAID = ("tv", "search")
TODAY = {"tv": 1000.0, "search": 400.0}
PLAN = {"tv": 900.0, "search": 500.0}
HEADERS = n.scenario_headers(PAID, ("price",))
OLD = (n.H_SCENARIO, *PAID, n.H_NOTE)
BLANK = [None] * len(HEADERS)


def table(*rows, headers=HEADERS):
    lines = [[row.get(header) for header in headers] if isinstance(row, dict) else row for row in rows]
    columns = tuple([line[j] for line in lines] for j in range(len(headers)))
    return TableRows(n.TBL_SCENARIOS, n.SCENARIOS, 40, 2, headers, columns)


def new(own, plan=PLAN):
    scenarios, faults = read_scenarios(own, PAID, ("price",))
    assert not faults
    return optimized_row(own, scenarios, plan, TODAY, "found")


def filled(own, row):
    """The table after the row is written: every other cell as it was."""
    cells = row.cells.get(n.SCENARIOS, {})
    columns = []
    for j, column in enumerate(own.columns):
        letter = chr(ord("A") + own.first_column - 1 + j)
        columns.append([cells.get(f"{letter}{own.first_row + i}", value) for i, value in enumerate(column)])
        for i, value in enumerate(column):
            assert value is None or f"{letter}{own.first_row + i}" not in cells
    return dataclasses.replace(own, columns=tuple(columns))


def test_the_plan_goes_in_money_into_the_first_blank_row():
    own = table({n.H_SCENARIO: n.TODAY}, {n.H_SCENARIO: "Mine", "tv": 1.2}, BLANK, BLANK)
    row = new(own)
    assert row.cells == {
        n.SCENARIOS: {"B42": "Optimized 1", "C42": n.MONEY, "E42": 900.0, "F42": 500.0, "J42": "found"}
    }  # fmt: skip
    read, faults = read_scenarios(filled(own, row), PAID, ("price",))
    assert not faults
    assert [scenario.name for scenario in read] == [n.TODAY, "Mine", "Optimized 1"]
    assert dict(read[-1].lines[0].spend) == PLAN


def test_the_same_plan_is_not_written_twice_whatever_it_is_called():
    own = table({n.H_SCENARIO: n.TODAY}, BLANK, BLANK)
    once = filled(own, new(own))
    assert new(once).cells == {}
    assert new(table({n.H_SCENARIO: "Mine", "tv": 0.9, "search": 1.25}, BLANK)).cells == {}
    assert new(table({n.H_SCENARIO: n.TODAY}, BLANK), TODAY).cells == {}


@pytest.mark.parametrize(
    "other",
    [{n.H_MARKET: 1.1}, {n.H_MEDIA_COST: 1.2}, {n.CHANGE + "price": 1.0}, {n.H_PERIOD: "Q1"}, {"tv": 901.0}],
)
def test_a_plan_under_other_assumptions_is_another(other):
    line = {n.H_SCENARIO: "Mine", n.H_IN: n.MONEY, **PLAN}
    assert new(table(line, BLANK)).cells == {}
    assert new(table(line | other, BLANK)).cells != {}


def test_names_go_on_counting_and_rows_are_never_taken_over():
    own = table({n.H_SCENARIO: "Optimized 7", "tv": 1.1}, {n.H_NOTE: "keep this row free"}, BLANK)
    row = new(own)
    assert row.cells[n.SCENARIOS]["B42"] == "Optimized 8"


def test_a_full_table_is_told():
    row = new(table({n.H_SCENARIO: n.TODAY}, {n.H_SCENARIO: "Mine", "tv": 1.2}))
    assert (row.cells, row.remark) == ({}, FULL)


def test_a_table_without_units_takes_multiples():
    own = table({n.H_SCENARIO: n.TODAY}, [None] * len(OLD), headers=OLD)
    cells = new(own).cells[n.SCENARIOS]
    assert cells == {"B41": "Optimized 1", "C41": pytest.approx(0.9), "D41": pytest.approx(1.25), "E41": "found"}


def test_rows_that_another_book_lacks_come_along():
    source = table({n.H_SCENARIO: n.TODAY}, {n.H_SCENARIO: "Optimized 1", n.H_IN: n.MONEY, "tv": 9.0}, BLANK)
    target = table({n.H_SCENARIO: n.TODAY}, BLANK, BLANK)
    assert missing_rows(source, target).cells == {n.SCENARIOS: {"B41": "Optimized 1", "C41": n.MONEY, "E41": 9.0}}
    assert missing_rows(source, source).cells == {}
    assert missing_rows(source, table({n.H_SCENARIO: n.TODAY})).remark == FULL
