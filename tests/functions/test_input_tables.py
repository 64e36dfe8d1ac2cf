"""Tables handed over by a host read as a workbook's do: same data, same choices, dates in either form."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.functions.planner import planner_tables, put, serials, setting
from xl_mmm.functions.input_tables import inputs_of, place_cells
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import serial

MONDAY = date(2023, 2, 6)


@pytest.mark.parametrize("edit", [serials, lambda tables: None])
def test_dates_in_either_form_are_the_same_data(edit: object) -> None:
    window = setting(n.SET_WINDOW_START, MONDAY)
    read, plain = inputs_of(planner_tables(window, edit)), inputs_of(planner_tables(window))
    assert read.faults == plain.faults == ()
    assert read.data_sha == plain.data_sha
    assert read.dataset.n_history == 5
    assert read.spec == plain.spec
    assert read.spec.lift_tests[0].start == "2023-06-05"


def test_numbers_outside_date_columns_stay_numbers() -> None:
    day = serial(MONDAY, date1904=False)
    read = inputs_of(planner_tables(serials, put(n.TBL_DATA, 3, "tv", day)))
    assert read.dataset.spend[1, 0] == day
    assert inputs_of(planner_tables(setting(n.SET_BUDGET, day))).constraints.budget == day


@pytest.mark.parametrize("value", [1.0, 60.0, 20230206.0, 44927.5, True])
def test_a_number_that_is_no_plausible_day_is_a_fault(value: object) -> None:
    (fault, *_) = inputs_of(planner_tables(put(n.TBL_DATA, 2, "week", value))).faults
    assert (fault.status, fault.sheet, fault.row, fault.column) == ("FAIL", "tblData", 2, 1)


def test_a_time_of_day_comes_back_as_typed() -> None:
    noon = inputs_of(planner_tables(put(n.TBL_DATA, 2, "week", 44928.5))).faults[0]
    assert noon.value == datetime(2023, 1, 2, 12)


def test_header_rows_are_judged() -> None:
    def twice(tables: dict[str, list[list[object]]]) -> None:
        tables[n.TBL_CHANNELS][0][3] = n.H_SPEND_COLUMN

    faults = inputs_of(planner_tables(twice)).faults
    assert {fault.rule for fault in faults} >= {"duplicate_header", "missing_column"}
    assert all(fault.sentence.startswith("tblChannels row 1, header row: ") for fault in faults[:2])


def test_a_header_that_assumptions_asks_for_names_its_row() -> None:
    def without(tables: dict[str, list[list[object]]]) -> None:
        tables[n.TBL_DATA][0][2] = "television"

    sentence = inputs_of(planner_tables(without)).faults[0].sentence
    assert "asked for in tblChannels row 2" in sentence


def test_tables_left_out_or_blank_ask_for_nothing() -> None:
    tables = planner_tables()
    tables[n.TBL_LIFT_TESTS] = None
    tables[n.TBL_PARAMETERS] = [[None]]
    read = inputs_of(tables)
    assert read.spec.lift_tests == ()
    assert read.dataset is not None
    tables[n.TBL_DATA] = None
    (fault,) = inputs_of(tables).faults
    assert fault.sentence.startswith("tblData: The table tblData is not handed over.")
    assert place_cells(fault) == ("tblData", None, None)


def test_a_table_without_rows_is_a_fault() -> None:
    tables = planner_tables()
    tables[n.TBL_DATA] = tables[n.TBL_DATA][:1]
    read = inputs_of(tables)
    assert read.dataset is None
    assert "row" in read.faults[0].message


@pytest.mark.parametrize("name", sorted(n.ABOVE_ZERO))
def test_nothing_is_no_margin_and_no_budget(name: str) -> None:
    (fault,) = inputs_of(planner_tables(setting(name, 0.0))).faults
    assert (fault.rule, fault.sheet, fault.column) == ("out_of_bounds", "tblSettings", 2)
