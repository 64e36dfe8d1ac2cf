"""What a built book says about itself is read back, or refused with the cell."""

from __future__ import annotations

from datetime import datetime

import openpyxl
import pytest

from tests.diagnostics.market import frame
from xl_mmm.book.built import LogRow, built_layout, log_rows
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.job import run_book
from xl_mmm.book.layout import STAMP_CELL
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import build_book
from xl_mmm.book.writer import write_cells
from xl_mmm.errors import CellError
from xl_mmm.rules import Roles
from xl_mmm.tables import names

HASH = "3f2a9c77aa10bb20"


@pytest.fixture
def book(tmp_path):
    table = frame(60)
    path = tmp_path / "book.xlsx"
    roles = Roles("week", "sales", ("tv", "search"), controls=("price",))
    build_book(path, BuildInputs.start({name: table[name].tolist() for name in table}, roles))
    return path


def test_the_layout_is_the_builders(book):
    layout = built_layout(read_book(book))
    assert (layout.channels, layout.controls, layout.periods) == (("tv", "search"), ("price",), 60)
    assert log_rows(read_book(book), layout) == []


def test_a_row_of_the_log_is_read_back(book, tmp_path):
    layout = built_layout(read_book(book))
    block = layout.blocks["runs"]
    row = {names.H_TIME: datetime(2026, 1, 5, 9, 30), names.H_USER: "ann", names.H_METHOD: "ols",
           names.H_MODEL_HASH: HASH[:12], names.H_VERSION: "1.0", names.H_NOTE: "first"}  # fmt: skip
    cells = {block.sheet: {block.address(key): value for key, value in row.items()}}
    write_cells(book, cells, backup_dir=tmp_path / "kept")
    (found,) = log_rows(read_book(book), layout)
    assert found == LogRow(datetime(2026, 1, 5, 9, 30), "ann", "ols", HASH[:12], "1.0", "first")
    assert found.is_run("ols", HASH, "1.0")
    assert not found.is_run("ridge", HASH, "1.0")
    assert not found.is_run("ols", "0" * 16, "1.0")
    assert not LogRow(None, "", "ols", "", "1.0", "").is_run("ols", HASH, "1.0")


def test_a_book_saved_by_a_program_that_does_not_calculate_is_refused_before_work_begins(book):
    edited = openpyxl.load_workbook(book)
    edited.save(book)
    found = book.read_bytes()
    with pytest.raises(CellError, match=r"^Contributions!E\d+: .*book\.xlsx was saved .* Open it in Excel") as error:
        run_book(book)
    assert "Uncached" not in str(error.value)
    assert book.read_bytes() == found


@pytest.mark.parametrize("typed", [None, "mine", "layout 1; periods many; scenarios 8"])
def test_a_changed_layout_line_is_refused_with_its_cell(book, tmp_path, typed):
    write_cells(book, {names.CHART_DATA: {STAMP_CELL: typed}}, backup_dir=tmp_path / "kept")
    with pytest.raises(CellError, match=f"{names.CHART_DATA}!{STAMP_CELL}"):
        built_layout(read_book(book))
