"""The Board as it prints: one page in A4 and in Letter, every figure shown, every cell a formula on its owner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from tests.book.sample import run_sample, sample_inputs
from xl_mmm.book.editing.archive import Archive
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Office

A4, LETTER = 9, 1


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_sample(tmp_path_factory.mktemp("board") / "board.xlsx", sample_inputs(80))


@pytest.mark.parametrize("paper", [A4, LETTER])
def test_it_prints_on_exactly_one_page(
    book: Path, paper: int, tmp_path: Path, soffice: Office, pdftotext: Callable[[Path], str]
) -> None:
    parts = Archive(book.read_bytes(), book.name)
    part = f"xl/worksheets/sheet{n.SHEETS.index(n.BOARD) + 1}.xml"
    parts.replace(part, re.sub(rb'paperSize="\d+"', b'paperSize="%d"' % paper, parts.read(part)))
    (tmp_path / "printed.xlsx").write_bytes(parts.to_bytes())
    pages = pdftotext(soffice.to_pdf(tmp_path / "printed.xlsx", tmp_path)).split("\f")
    own = [page for page in pages if "· Board" in page]
    assert len(own) == 1
    for words in ("Media plan", "Change from today", "What it rests on", "Approved by", "Signature"):
        assert words in own[0]
    assert not re.search(r"###|#NAME|#REF|#VALUE|#N/A|Err:", own[0])


def test_nothing_on_it_is_typed_but_its_labels(book: Path) -> None:
    sheet = load_workbook(book)[n.BOARD]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    typed = [cell.value for cell in cells if cell.data_type != "f"]
    assert not any(isinstance(value, int | float) for value in typed)
    assert not any(re.search(r"\d", str(value)) for value in typed)


def test_its_figures_are_the_optimizers(book: Path) -> None:
    values = load_workbook(book, data_only=True)
    sheet, optimizer = values[n.BOARD], values[n.OPTIMIZER]
    certificate = {
        row[7].value: row[8].value for row in optimizer.iter_rows() if isinstance(row[7].value, str) and len(row) > 8
    }
    shown = [sheet.cell(9, 2 + 3 * i).value for i in range(3)]
    assert shown == [certificate[line] for line in ("Outcome of the plan", "Gain", "Budget")]


def test_without_a_model_it_says_so(tmp_path: Path) -> None:
    from xl_mmm.book.template import build_book

    build_book(tmp_path / "blank.xlsx", sample_inputs(60))
    sheet = load_workbook(tmp_path / "blank.xlsx", data_only=True)[n.BOARD]
    assert sheet["B5"].value
    assert [sheet.cell(9, 2 + 3 * i).value for i in range(4)] == ["–"] * 4
