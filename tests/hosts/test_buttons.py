"""The buttons with the real work: what a press writes is what `xl-mmm run` writes, and never an input."""

from __future__ import annotations

import shutil
import time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import xlwings

from tests.book.sample import sample_inputs
from tests.hosts.excel_stand_in import Book, Table
from xl_mmm.book.contents import open_book
from xl_mmm.book.gate import pass_gate
from xl_mmm.book.job import run_book
from xl_mmm.book.sheet_cells import read_sheet
from xl_mmm.book.template import BUTTONS, LIVE, build_book
from xl_mmm.hosts import jobs, macros
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import area_name, parse_place, place_name

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 120  # seconds


def values(path: Path) -> dict[str, dict[str, Any]]:
    """Return sheet -> address -> value of a file."""
    book = open_book(pass_gate(path))
    return {
        sheet: {
            place_name(row, column): value
            for row, line in read_sheet(book, sheet).values.items()
            for column, value in line.items()
        }
        for sheet in book.sheets
    }


def opened(path: Path) -> Book:
    """Return a stand-in that shows a real file: its sheets, cells and tables."""
    book = Book(path, path.read_bytes())
    for sheet, cells in values(path).items():
        book.add_sheet(sheet, cells)
    for table in open_book(pass_gate(path)).tables:
        sheet = book.sheets[table.sheet]
        sheet.tables.append(Table(table.name, sheet, area_name(table.area)))
    return book


def written(book: Book) -> dict[tuple[str, str], Any]:
    """Return (sheet, address) -> value of the cells that were written."""
    found = {}
    for sheet, first, (rows, columns) in book.writes:
        top, left = parse_place(first)
        for row in range(top, top + rows):
            for column in range(left, left + columns):
                address = place_name(row, column)
                found[sheet, address] = book.sheets[sheet].cells[address]
    return found


def number(value: Any) -> Any:
    """Return days and moments as the serial numbers that cells hold."""
    if isinstance(value, datetime):
        return (value - datetime(1899, 12, 30)) / timedelta(days=1)
    return float((value - date(1899, 12, 30)).days) if isinstance(value, date) else value


def is_time_of_run(place: tuple[str, str], value: Any) -> bool:
    return place[0] == names.LOG and isinstance(value, datetime)


def press(button: Any, book: Book) -> str:
    """Press, wait for the worker, poll, and return what was said."""
    button()
    job = jobs.current(book.fullname)
    assert job is not None, book.app.said
    deadline = time.monotonic() + PATIENCE
    while jobs.state(job) == jobs.RUNNING:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    macros.poll()
    return book.app.said[-1]


@pytest.mark.parametrize("flavor", [LIVE, BUTTONS])
def test_a_press_writes_what_a_run_writes(flavor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path, run = tmp_path / "plan.xlsm", tmp_path / "run.xlsm"
    build_book(path, sample_inputs(60, ("tv", "search")), flavor)
    shutil.copyfile(path, run)
    run_book(run)
    expected = values(run)
    book = opened(path)
    monkeypatch.setattr(xlwings.Book, "caller", lambda: book)

    assert press(macros.fit, book) == "The model is estimated and the budget optimized."
    cells = written(book)
    assert len(cells) > (900 if flavor == BUTTONS else 60)
    different = [
        (place, value, expected[place[0]].get(place[1]))
        for place, value in cells.items()
        if number(value) != number(expected[place[0]].get(place[1])) and not is_time_of_run(place, value)
    ]
    assert different == []
    model = [value for (sheet, _), value in cells.items() if sheet == names.MODEL]
    assert any(isinstance(value, str) and len(value) > 255 for value in model)

    book.content = run.read_bytes()  # as it would be saved after the fit
    assert press(macros.optimize, book) == "The budget is optimized under the model in use."
    assert press(macros.scenarios, book) == "Results are up to date with the inputs."
    assert book.sheets[names.DATA].cells == values(path)[names.DATA]


def test_a_fault_in_the_data_is_told_with_its_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    inputs = sample_inputs(60, ("tv", "search"))
    inputs.columns["tv"][6] = -120.0
    path = tmp_path / "plan.xlsm"
    build_book(path, inputs, LIVE)
    book = opened(path)
    monkeypatch.setattr(xlwings.Book, "caller", lambda: book)
    macros.check()
    assert book.selected.startswith(f"{names.DATA}!")
    assert book.app.said[0].startswith("Data: FAIL")
    assert "-120" in book.app.said[0]
    said = press(macros.fit, book)
    assert "-120" in said
    assert said.endswith("Nothing was written.")
    assert not book.writes
