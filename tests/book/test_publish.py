"""A published copy: no formula of ours, no macros, no model; its plans move, and LibreOffice agrees about how far."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from tests.book.calculated import calculated
from tests.book.sample import CHANNELS, run_sample, sample_inputs
from xl_mmm.book.built import built_layout, model_in_use
from xl_mmm.book.publish import STANDS, publish_book
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import LIVE
from xl_mmm.book.writer import write_cells
from xl_mmm.errors import CellError
from xl_mmm.planning import evaluate_plan
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Office


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_sample(tmp_path_factory.mktemp("publish") / "live.xlsm", sample_inputs(80), LIVE)


@pytest.fixture(scope="module")
def copy(book: Path) -> Path:
    return publish_book(book).path


def test_nothing_of_ours_is_left_but_values(book: Path, copy: Path) -> None:
    assert copy.name == "live_published.xlsx"
    with zipfile.ZipFile(copy) as archive:
        assert archive.testzip() is None
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        text = b"".join(archive.read(name) for name in sheets)
        assert not [name for name in archive.namelist() if "vba" in name.lower()]
    assert not [part for part in text.split(b"<f") if b"MMM_" in part.partition(b"</f>")[0].partition(b">")[2]]
    before, after = load_workbook(book, data_only=True), load_workbook(copy, data_only=True)
    assert after.sheetnames == [name for name in before.sheetnames if name != "xlwings.conf"]
    for sheet in (n.START, n.BOARD, n.ROI, n.OPTIMIZER, n.CHECKS, n.CONTRIBUTIONS):
        for row in before[sheet].iter_rows():
            for cell in row:
                if (sheet, cell.coordinate) != (n.START, "B3"):
                    assert after[sheet][cell.coordinate].value == (None if cell.value == "" else cell.value)
    assert "Published copy of live.xlsm" in after[n.START]["B3"].value
    assert len(str(after[n.MODEL]["B9"].value or "")) == 0


def test_what_stands_still_says_so(book: Path, copy: Path) -> None:
    layout, before, after = sample_inputs(80).layout, load_workbook(book, data_only=True), load_workbook(copy)
    for sheet, row in ((n.SCENARIOS, layout.plan_bridge_row()), (n.SCENARIOS, layout.goal_row()), (n.PLAN, 2)):
        was, now = (workbook[sheet].cell(row + 1, 2).value for workbook in (before, after))
        assert now == f"{was} ({STANDS})"


def test_only_plans_keep_formulas(copy: Path) -> None:
    workbook = load_workbook(copy)
    holding = {
        sheet.title
        for sheet in workbook.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    assert holding == {n.SCENARIOS, n.CHART_DATA}


def test_the_file_is_sound(copy: Path, validate_ooxml: Callable[[Path], list[str]]) -> None:
    assert validate_ooxml(copy) == []


def test_a_changed_plan_moves_as_the_model_says(book: Path, copy: Path, tmp_path: Path, soffice: Office) -> None:
    inputs = read_book(book)
    table = inputs.tables[n.TBL_SCENARIOS]
    name = str(table.get(1, n.H_SCENARIO))
    plan = dict(zip(CHANNELS, (0.62, 1.37, 1.0, 2.21, 0.0), strict=True))
    line = table.first_row + 1
    cells = {
        load_workbook(copy)[n.SCENARIOS].cell(line, table.first_column + table.headers.index(channel)).coordinate: value
        for channel, value in plan.items()
    }
    edited = tmp_path / "edited.xlsx"
    write_cells(copy, {n.SCENARIOS: dict(cells)}, out=edited, backup_dir=tmp_path)
    own = load_workbook(edited, data_only=True)[n.SCENARIOS]
    places = [n.SHEETS.index(sheet) + 1 for sheet in (n.CHART_DATA, n.SCENARIOS)]
    office = calculated(soffice, edited, places, tmp_path)[n.SCENARIOS]
    layout = built_layout(inputs)
    posterior = model_in_use(inputs, layout).posterior
    exact = evaluate_plan(posterior, plan)
    block = layout.blocks["scenarios"]
    today = float(own[block.address("outcome", 0)].value)
    error = publish_book(book, tmp_path / "again.xlsx").error
    assert own[block.address("scenario", 1)].value == name
    for sheet in (own, office):
        assert abs(sheet[block.address("outcome", 1)].value - exact.outcome) <= max(error, 1e-9) * today
        assert sheet[block.address("spend", 1)].value == pytest.approx(float(exact.spend.sum()), rel=1e-9)
        assert sheet[block.address("profit", 1)].value == pytest.approx(exact.profit, abs=2 * error * today)
        assert sheet[block.address("low", 1)].value in (None, "")
    for key in ("outcome", "difference", "profit", "profit_difference", "roi"):
        at = block.address(key, 1)
        assert office[at].value == pytest.approx(own[at].value, rel=1e-9)


def test_what_is_there_is_not_overwritten(book: Path, copy: Path, tmp_path: Path) -> None:
    with pytest.raises(CellError, match="is there already"):
        publish_book(book, copy)
    with pytest.raises(CellError, match=r"ends in \.xlsx"):
        publish_book(book, tmp_path / "copy.xlsm")


def test_a_book_that_was_not_run_has_nothing_to_publish(tmp_path: Path) -> None:
    from xl_mmm.book.template import build_book

    build_book(tmp_path / "blank.xlsx", sample_inputs(60))
    with pytest.raises(CellError, match="no model"):
        publish_book(tmp_path / "blank.xlsx")
