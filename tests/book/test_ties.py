"""The same plan brings the same on Scenarios, Optimizer, Plan and Board, over the window and over the year ahead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from tests.book.sample import CHANNELS, run_sample, sample_inputs
from xl_mmm.book.job import run_book
from xl_mmm.book.layout import TIES, TIES_ROW
from xl_mmm.book.reader import read_book
from xl_mmm.book.sheets.checks import TOLERANCE
from xl_mmm.book.writer import write_cells
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import place_name

if TYPE_CHECKING:
    from pathlib import Path

PUSH = {n.H_SCENARIO: "Push", "tv": 1.2, n.H_MARKET: 0.95, n.H_MEDIA_COST: 1.05}
IN_Q3 = {n.H_SCENARIO: "Push", n.H_PERIOD: "Q3", "search": 1.5}


def ran(path: Path, **changed: object) -> Path:
    start = sample_inputs(80)
    values = {getattr(n, f"SET_{key}"): value for key, value in changed.items()}
    return run_sample(path, replace(start, settings={**start.settings, **values}, scenarios=(PUSH, IN_Q3)))


def ties(path: Path) -> dict[str, tuple[object, object]]:
    """Return label -> status and difference."""
    sheet = load_workbook(path, data_only=True)[n.CHECKS]
    rows = range(TIES_ROW + 2, TIES_ROW + 2 + TIES + len(CHANNELS))
    return {str(sheet.cell(row, 2).value): (sheet.cell(row, 3).value, sheet.cell(row, 4).value) for row in rows}


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book over the year ahead; Plan and Board speak of a scenario with a period and assumptions of its own."""
    path = tmp_path_factory.mktemp("ties") / "year.xlsx"
    return ran(path, PLAN_OVER=n.YEAR_AHEAD, BOARD="Push", FOLLOWS="Push", FLIGHTING="front-loaded")


def test_every_sheet_says_the_same_of_a_plan(year: Path) -> None:
    found = ties(year)
    assert {"Plan: outcome = Scenarios", "Plan: weeks = year", "Board: outcome = its plan"} <= found.keys()
    assert {label: tie for label, tie in found.items() if tie[0] != n.PASS} == {}


def test_over_the_window_the_board_of_a_scenario_ties(tmp_path: Path) -> None:
    found = ties(ran(tmp_path / "window.xlsx", BOARD="Push"))
    assert {label: tie for label, tie in found.items() if tie[0] != n.PASS} == {}


def test_a_year_that_differs_from_its_scenario_fails(tmp_path: Path, year: Path) -> None:
    path, block = tmp_path / "book.xlsx", sample_inputs(80).layout.blocks["year"]
    values = load_workbook(year, data_only=True)[block.sheet]
    whole = next(i for i in range(block.height) if values[block.address("period", i)].value == "Year")
    write_cells(year, {block.sheet: {block.address("outcome", whole): 1.0}}, out=path, backup_dir=tmp_path)
    status, difference = ties(path)["Plan: outcome = Scenarios"]
    assert status == n.FAIL
    assert isinstance(difference, float)
    assert difference > TOLERANCE


def test_what_is_committed_is_not_compared(tmp_path: Path, year: Path) -> None:
    path, table = tmp_path / "book.xlsx", read_book(year).tables[n.TBL_CALENDAR]
    weeks = sample_inputs(80).layout.blocks["weeks"]
    day = load_workbook(year, data_only=True)[n.PLAN][weeks.address("date")].value
    places = {
        place_name(table.first_row, table.first_column + table.headers.index(header)): value
        for header, value in {n.H_DATE: day, f"{n.COMMITTED}tv": 90_000.0}.items()
    }
    write_cells(year, {table.sheet: places}, out=path, backup_dir=tmp_path)  # type: ignore[dict-item]
    run_book(path)
    assert ties(path)["Plan: outcome = Scenarios"][1] == 0
    assert ties(path)["Plan: weeks = year"][0] == n.PASS
