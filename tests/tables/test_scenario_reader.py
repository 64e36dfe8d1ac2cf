"""tblScenarios: every form of it, and what is said of a cell at fault."""

from __future__ import annotations

import pytest

from xl_mmm.planning import PlanLine, Scenario
from xl_mmm.tables import names as n
from xl_mmm.tables.faults import FAIL, REVIEW, AddressedFault
from xl_mmm.tables.scenario_reader import read_scenarios
from xl_mmm.tables.table_rows import TableRows

PAID, CONTROLS = ("tv", "search"), ("price",)
HEADERS = n.scenario_headers(PAID, CONTROLS)


def table(*rows: dict[str, object], headers: tuple[str, ...] = HEADERS) -> TableRows:
    columns = tuple([row.get(header) for row in rows] for header in headers)
    return TableRows(n.TBL_SCENARIOS, n.SCENARIOS, 10, 2, headers, columns)


def faults_of(*rows: dict[str, object], headers: tuple[str, ...] = HEADERS) -> list[AddressedFault]:
    return read_scenarios(table(*rows, headers=headers), PAID, CONTROLS)[1]


def test_every_column_arrives() -> None:
    found, faults = read_scenarios(
        table(
            {n.H_SCENARIO: "Today"},
            {n.H_SCENARIO: "A", "tv": 0.8, n.H_MARKET: 0.9, n.CHANGE + "price": -0.5},
            {n.H_SCENARIO: "A", n.H_IN: n.MONEY, n.H_PERIOD: "Q4", "tv": 250_000.0, n.H_MEDIA_COST: 1.1},
            {n.H_NOTE: "spare"},
        ),
        PAID,
        CONTROLS,
    )
    assert faults == []
    assert found == (
        Scenario("Today", (PlanLine(),)),
        Scenario(
            "A",
            (
                PlanLine((("tv", 0.8),), market=0.9, changes=(("price", -0.5),)),
                PlanLine((("tv", 250_000.0),), "money", "Q4", media_cost=1.1),
            ),
        ),
    )


def test_an_old_table_and_a_control_by_its_level_read() -> None:
    old = table({n.H_SCENARIO: "A", "tv": 1.2, "search": 1.0}, headers=(n.H_SCENARIO, *PAID, n.H_NOTE))
    assert read_scenarios(old, PAID, CONTROLS) == ((Scenario("A", (PlanLine((("tv", 1.2), ("search", 1.0))),)),), [])
    level = table({n.H_SCENARIO: "A", "price": 12.0}, headers=(n.H_SCENARIO, *PAID, "price"))
    assert read_scenarios(level, PAID, CONTROLS)[0] == (Scenario("A", (PlanLine(levels=(("price", 12.0),)),)),)


@pytest.mark.parametrize(
    ("row", "header", "says"),
    [
        ({"tv": 250_000.0}, "tv", "250000 is out of bounds"),
        ({"tv": -1.0, n.H_IN: n.MONEY}, "tv", "out of bounds"),
        ({n.H_IN: "percent"}, n.H_IN, "'percent'"),
        ({n.H_MEDIA_COST: 0.0}, n.H_MEDIA_COST, "out of bounds"),
        ({n.H_MARKET: -0.1}, n.H_MARKET, "out of bounds"),
        ({n.CHANGE + "price": "dearer"}, n.CHANGE + "price", "'dearer'"),
    ],
)
def test_a_cell_at_fault_is_named_and_its_scenario_left_out(row: dict[str, object], header: str, says: str) -> None:
    found, faults = read_scenarios(table({n.H_SCENARIO: "B", "tv": 1.1}, {n.H_SCENARIO: "A", **row}), PAID, CONTROLS)
    assert [scenario.name for scenario in found] == ["B"]
    assert [(fault.row, fault.column, fault.status) for fault in faults] == [(11, 2 + HEADERS.index(header), FAIL)]
    assert says in faults[0].message


def test_a_scenario_may_have_one_row_a_period() -> None:
    twice = faults_of({n.H_SCENARIO: "A", n.H_PERIOD: "Q1"}, {n.H_SCENARIO: "A", n.H_PERIOD: "Q1"})
    assert [fault.rule for fault in twice] == ["name_twice"]
    assert "'A' in 'Q1' stands in row 10 already" in twice[0].message
    assert faults_of({n.H_SCENARIO: "A", n.H_PERIOD: "Q1"}, {n.H_SCENARIO: "A", n.H_PERIOD: "Q2"}) == []


def test_columns_that_mean_nothing_are_named() -> None:
    other = faults_of(headers=(n.H_SCENARIO, "TV", "search", n.CHANGE + "prise"))
    assert {(fault.rule, fault.status) for fault in other} == {("unknown_channel", FAIL), ("unplanned_channel", REVIEW)}
    assert any("'\u0394 prise' is a change of no control" in fault.message for fault in other)


def test_a_level_and_a_change_at_once_contradict() -> None:
    found = faults_of({n.H_SCENARIO: "A", "price": 12.0, n.CHANGE + "price": 1.0}, headers=(*HEADERS, "price"))
    assert [fault.rule for fault in found] == ["level_and_change"]
