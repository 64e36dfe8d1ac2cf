"""tblLiftTests: a standard error or an interval, every fault at its cell, and tests that the data cannot hold."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from xl_mmm.dataset import Dataset
from xl_mmm.spec import LiftTest
from xl_mmm.tables import names as n
from xl_mmm.tables.lift_reader import misfits, read_lift_tests
from xl_mmm.tables.model_reader import Channel
from xl_mmm.tables.table_rows import TableRows

TV = Channel("tv", 0, "paid", "tv", None, "geometric", "hill", 12, "roi", None, None)
HEADERS = n.TABLE_HEADERS[n.TBL_LIFT_TESTS]
ROW = {
    n.H_CHANNEL: "tv", n.H_START: date(2024, 1, 8), n.H_END: date(2024, 1, 21), n.H_SPEND_CHANGE: -200.0,
    n.H_INCREMENTAL_KPI: -300.0,
}  # fmt: skip


def table(*rows: dict[str, object], headers: tuple[str, ...] = HEADERS) -> TableRows:
    columns = tuple([row.get(header) for row in rows] for header in headers)
    return TableRows(n.TBL_LIFT_TESTS, n.EXPERIMENTS, 11, 2, headers, columns)


def cell(header: str, row: int = 11) -> str:
    return f"Experiments!{'ABCDEFGHIJKLMNOPQ'[1 + HEADERS.index(header)]}{row}"


def test_a_standard_error_or_an_interval() -> None:
    by_error, by_interval = {n.H_STANDARD_ERROR: 50.0}, {n.H_LOW_90: -382.2427, n.H_HIGH_90: -217.7573}
    tests, faults = read_lift_tests(
        table(ROW | by_error, {}, ROW | by_interval, ROW | by_error | by_interval | {n.H_IN_DATA: "no"}), [TV]
    )
    assert faults == []
    assert tests[0] == LiftTest("tv", "2024-01-08", "2024-01-21", -200.0, -300.0, 50.0)
    assert tests[2].se == pytest.approx(50.0, rel=1e-6)
    assert tests[3].se == 50.0
    assert not tests[3].in_data


def test_a_table_without_the_columns_of_the_interval() -> None:
    headers = tuple(header for header in HEADERS if header not in (n.H_LOW_90, n.H_HIGH_90))
    tests, faults = read_lift_tests(table(ROW | {n.H_STANDARD_ERROR: 50.0}, headers=headers), [TV])
    assert faults == []
    assert tests[0].se == 50.0


@pytest.mark.parametrize(
    ("typed", "rule", "header", "words"),
    [
        ({}, "blank", n.H_STANDARD_ERROR, "or both ends of the 90 % interval"),
        ({n.H_STANDARD_ERROR: 0.0}, "out_of_bounds", n.H_STANDARD_ERROR, "above 0"),
        ({n.H_LOW_90: -400.0}, "half_range", n.H_HIGH_90, "Give both ends"),
        ({n.H_HIGH_90: -200.0}, "half_range", n.H_LOW_90, "Give both ends"),
        ({n.H_LOW_90: -200.0, n.H_HIGH_90: -400.0}, "range_reversed", n.H_LOW_90, "not below the high end -400"),
        ({n.H_LOW_90: 200.0, n.H_HIGH_90: 400.0}, "effect_outside", n.H_LOW_90, "leaves out the effect -300"),
        ({n.H_LOW_90: -400.0, n.H_HIGH_90: -200.0, n.H_STANDARD_ERROR: 100.0}, "error_twice", n.H_STANDARD_ERROR,
         "100 contradicts the 90 % interval, whose half width / 1.645 is 60.79"),
        ({n.H_LOW_90: "low", n.H_HIGH_90: -200.0}, "text_number", n.H_LOW_90, "'low'"),
    ],
)  # fmt: skip
def test_each_fault_stands_at_its_cell(typed: dict[str, object], rule: str, header: str, words: str) -> None:
    tests, faults = read_lift_tests(table(ROW | typed), [TV])
    assert tests == {}
    (fault,) = faults
    assert (fault.rule, fault.cell) == (rule, cell(header))
    assert words in fault.sentence


@pytest.mark.parametrize(
    ("change", "header", "words"),
    [
        ({n.H_START: date(2023, 12, 4)}, n.H_START, "It starts on 2023-12-04, before the first period of the model"),
        ({n.H_END: date(2026, 1, 4)}, n.H_END, "it ends on 2026-01-04"),
        ({n.H_MEASURED_UNTIL: date(2026, 1, 4)}, n.H_MEASURED_UNTIL, "it is measured until 2026-01-04"),
        ({n.H_SPEND_CHANGE: 500.0}, n.H_SPEND_CHANGE, "it added 500, but in its periods the data hold 200"),
    ],
)
def test_a_test_that_the_data_cannot_hold_is_a_fault_when_it_is_used(change, header: str, words: str) -> None:
    frame = pd.DataFrame({"week": pd.date_range("2024-01-01", periods=60, freq="7D"), "tv": 100.0})
    frame["kpi"], frame.loc[0, "tv"] = np.linspace(1.0, 2.0, 60), 50.0
    data = Dataset.from_frame(frame, date="week", kpi="kpi", spend=["tv"])
    rows = table({}, ROW | {n.H_STANDARD_ERROR: 50.0} | change)
    tests, _ = read_lift_tests(rows, [TV])
    for used, status in ((True, "FAIL"), (False, "REVIEW")):
        (fault,) = misfits(rows, tests, data, used=used)
        assert (fault.rule, fault.status, fault.cell) == ("test_misfit", status, cell(header, 12))
        assert words.lower() in fault.message.lower()
        assert fault.action
    fine, _ = read_lift_tests(table(ROW | {n.H_STANDARD_ERROR: 50.0}), [TV])
    assert misfits(rows, fine, data, used=True) == []
