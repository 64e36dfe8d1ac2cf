"""What a book that was built earlier says about itself: where its results stand and which runs it has seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from xl_mmm.book.contents import open_book
from xl_mmm.book.gate import pass_gate
from xl_mmm.book.kept import plain
from xl_mmm.book.layout import STAMP_CELL, Layout
from xl_mmm.book.sheet_cells import read_sheet
from xl_mmm.dataset import MONEY
from xl_mmm.errors import CellError
from xl_mmm.functions.models import NoModel, model_of
from xl_mmm.functions.results import component_name
from xl_mmm.functions.years import week_headers
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import Uncached, parse_place, place_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from xl_mmm.book.kept import Cells
    from xl_mmm.book.reader import BookInputs
    from xl_mmm.book.sheet_cells import SheetCells
    from xl_mmm.fitting import FittedMMM

AGAIN = "Build the book again with xl-mmm new, or undo the change."


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row of `tblRuns`; None and empty text where a cell is blank."""

    time: datetime | None
    user: str
    method: str
    model_hash: str
    version: str
    note: str

    def is_run(self, method: str, model_hash: str, version: str) -> bool:
        """Whether this row logs the same model."""
        same = self.method == method and self.version == version
        return same and bool(self.model_hash) and model_hash.startswith(self.model_hash)


def built_layout(inputs: BookInputs) -> Layout:
    """Return the layout that the book was built with.

    Raises
    ------
    CellError
        The book was built for other channels or controls, its layout line is missing, or it was saved by a program
        that does not calculate: its formulas have no results.
    """
    dataset = inputs.dataset
    assert dataset is not None  # callers have refused books with faults
    stamp = _sheet(inputs, names.CHART_DATA).value(*parse_place(STAMP_CELL))
    exposures = tuple(unit for unit in dataset.media_units if unit != MONEY)
    layout = Layout.from_stamp(stamp, dataset.channels, dataset.organic, dataset.controls, exposures)
    row, first = layout.contributions_row(), layout.blocks["weekly"].col + 3
    sheet = _sheet(inputs, names.CONTRIBUTIONS)
    for place, component in enumerate(layout.components):
        found = sheet.value(row + 1, first + place + 1)
        cell = f"{names.CONTRIBUTIONS}!{place_name(row + 1, first + place + 1)}"
        if isinstance(found, Uncached):
            raise CellError(
                f"{cell}: the formula has no stored result: {inputs.path.name} was saved by a program that does not "
                "calculate. Open it in Excel or LibreOffice and save it there."
            )
        wanted = component_name(component)
        if found != wanted:
            raise CellError(
                f"{cell}: the book was built with {found!r} here, Assumptions now asks for {wanted!r}: "
                f"channels or controls were added, renamed or removed. {AGAIN}"
            )
    _same_weeks(inputs, layout)
    return layout


def _same_weeks(inputs: BookInputs, layout: Layout) -> None:
    """Raise CellError when the weeks on Plan were built for other exposures: every block right of them would move."""
    block, sheet = layout.blocks["weeks"], _sheet(inputs, names.PLAN)
    assert inputs.dataset is not None  # callers have refused books with faults
    for j, wanted in enumerate(week_headers(inputs.dataset)):
        found = sheet.value(block.row, block.col + j + 1)
        if found != wanted:
            raise CellError(
                f"{names.PLAN}!{place_name(block.row, block.col + j + 1)}: the book was built with {found!r} here, "
                f"Assumptions now asks for {wanted!r}: media columns were added, renamed or removed. {AGAIN}"
            )


def log_rows(inputs: BookInputs, layout: Layout) -> list[LogRow]:
    """Return the rows of the log that are in use, oldest first."""
    block = layout.blocks["runs"]
    sheet = _sheet(inputs, block.sheet)
    rows = []
    for i in range(block.height):
        values = {key: sheet.value(block.row + i + 1, block.col + j + 1) for j, key in enumerate(block.keys)}
        if all(value is None for value in values.values()):
            break
        when = values[names.H_TIME]
        rows.append(
            LogRow(
                when if isinstance(when, datetime) else None,
                *(str(values[key] or "") for key in (
                    names.H_USER, names.H_METHOD, names.H_MODEL_HASH, names.H_VERSION, names.H_NOTE,
                )),
            )
        )  # fmt: skip
    return rows


def holds_calls(inputs: BookInputs, layout: Layout) -> bool:
    """Whether the book is live: its model in use is a call, not a value."""
    block = layout.blocks["model"]
    return (block.row + 1, block.col + 1) in _sheet(inputs, block.sheet).formulas


def kept_values(path: Path, layout: Layout, kept: Iterable[str]) -> Cells:
    """Return the values of kept blocks as a file holds them: sheet -> address -> value, blanks as None.

    Raises
    ------
    CellError
        The file is damaged, or lacks a sheet.
    """
    book = open_book(pass_gate(path))
    cells: Cells = {}
    for name in kept:
        block = layout.blocks[name]
        if block.sheet not in book.sheets:
            raise CellError(f"{path.name} has no sheet {block.sheet!r}. {AGAIN}")
        sheet, own = read_sheet(book, block.sheet), cells.setdefault(block.sheet, {})
        for row, col, _ in block.cells():
            own[place_name(row + 1, col + 1)] = plain(sheet.value(row + 1, col + 1))
    return cells


def model_in_use(inputs: BookInputs, layout: Layout) -> FittedMMM:
    """Return the model that the sheets show.

    Raises
    ------
    CellError
        There is none yet, or it is at fault.
    """
    block = layout.blocks["model"]
    sheet = _sheet(inputs, block.sheet)
    lines = [sheet.value(block.row + i + 1, block.col + 1) for i in range(block.height)]
    try:
        return model_of([[line if isinstance(line, str) else None] for line in lines])
    except NoModel as error:
        raise CellError(f"{block.sheet}!{block.address('text')}: there is no model to work with. {error}") from error


def _sheet(inputs: BookInputs, name: str) -> SheetCells:
    book = open_book(pass_gate(inputs.path))
    if name not in book.sheets:
        raise CellError(f"{inputs.path.name} has no sheet {name!r}; its results cannot be placed. {AGAIN}")
    return read_sheet(book, name)
