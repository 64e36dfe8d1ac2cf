"""The operator's questions on Start: one sentence, one number with range, one link, from the sheets that own them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from tests.book.sample import run_sample, sample_inputs
from xl_mmm.book.block_keys import ROI_KEYS, WORK_KEYS
from xl_mmm.book.sheets.start import ASKS
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl.workbook import Workbook

FIRST, NUMBER, LINK = 12, 13, 16  # row of the first question; columns of the number and of the link


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_sample(tmp_path_factory.mktemp("start") / "start.xlsx", sample_inputs(80))


def columns(workbook: Workbook, heading: str, keys: tuple[str, ...], rows: int) -> dict[str, list[float]]:
    """Read a block of the sheet ROI under the header cell that says `heading`."""
    sheet = workbook[n.ROI]
    top = next(row for row in range(1, sheet.max_row) if sheet.cell(row, 2).value == heading)
    return {key: [sheet.cell(top + 1 + i, 2 + j).value for i in range(rows)] for j, key in enumerate(keys)}


def test_each_question_has_a_sentence_a_number_with_range_and_a_link(book: Path) -> None:
    values = load_workbook(book, data_only=True)
    sheet = values[n.START]
    for i, (ask, where) in enumerate(ASKS.values()):
        row = FIRST + i
        assert sheet.cell(row, 2).value == ask
        assert str(sheet.cell(row, 5).value).endswith(".")
        number, low, high = (sheet.cell(row, NUMBER + j).value for j in range(3))
        assert low <= high
        assert isinstance(number, int | float)
        assert sheet.cell(row, LINK).hyperlink.location == f"{where}!A1"


def test_the_numbers_are_those_of_the_channels_that_are_named(book: Path) -> None:
    values = load_workbook(book, data_only=True)
    sheet = values[n.START]
    roi, work = columns(values, "Channel", ROI_KEYS, 5), columns(values, "Medium", WORK_KEYS, 5)
    chosen = {
        "saturated": (work, "saturation", work["saturation"].index(max(work["saturation"]))),
        "underfunded": (roi, "mroi", roi["mroi_low"].index(max(roi["mroi_low"]))),
        "cut_first": (roi, "mroi", roi["mroi"].index(min(roi["mroi"]))),
        "next_money": (roi, "mroi", roi["mroi"].index(max(roi["mroi"]))),
    }
    for key, (table, name, at) in chosen.items():
        row = FIRST + list(ASKS).index(key)
        shown = [sheet.cell(row, NUMBER + j).value for j in range(3)]
        assert shown == [table[f"{name}{end}"][at] for end in ("", "_low", "_high")]
        assert table["channel"][at] in sheet.cell(row, 5).value
