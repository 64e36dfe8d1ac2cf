"""The shipped live workbook: a copy of its very bytes, where its results stand, and what the headless runner says."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.formulas.grid import Grid
from xl_mmm.book.layout import STAMP_CELL, Block, Layout
from xl_mmm.book.reader import read_book
from xl_mmm.book.recalculate import recalculate
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import Place, column_letters, parse_place, place_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.host.office import Book

SHIPPED = Path(__file__).parents[2] / "workbook" / "xl_mmm.xlsm"
CLOSE = 1e-9  # relative
NOISE = 1e-6  # differences of large sums: below this nothing is left of them but rounding

Values = dict[tuple[str, Place], object]


@cache
def grid() -> Grid:
    """Return all cells of the shipped workbook."""
    return OpenedBook(SHIPPED.read_bytes(), SHIPPED.name).grid()


@cache
def layout() -> Layout:
    """Return where results stand."""
    inputs = read_book(SHIPPED)
    assert inputs.dataset is not None
    data = inputs.dataset
    stamp = grid().cells[names.CHART_DATA][parse_place(STAMP_CELL)]
    return Layout.from_stamp(stamp, data.channels, data.organic, data.controls)


def block(name: str) -> str:
    """Return the area of a block of results, with its sheet."""
    found: Block = layout().blocks[name]
    return f"{found.sheet}!{found.ref}"


def headless(edits: Mapping[str, object]) -> Values:
    """Evaluate every formula after edits of constants, given by address with the sheet; blanks are None."""
    book = grid()
    cells = {sheet: dict(found) for sheet, found in book.cells.items()}
    for address, value in edits.items():
        sheet, place = address.split("!")
        cells[sheet][parse_place(place)] = value
    result = recalculate(Grid(cells, book.tables, book.names, book.date1904))
    assert result.left_alone == ()
    assert result.failures == ()
    return {
        (sheet, place): None if value == "" else value
        for sheet, found in result.values.items()
        for place, value in found.items()
    }


def differences(book: Book, wanted: Values) -> list[str]:
    """Return a line for every cell in which an open workbook disagrees."""
    lines = []
    for sheet in sorted({sheet for sheet, _ in wanted}):
        places = [place for known, place in wanted if known == sheet]
        last = max(row for row, _ in places), max(column for _, column in places)
        found = book.values(f"{sheet}!A1:{column_letters(last[1])}{last[0]}")
        for row, column in sorted(places):
            seen, said = found[row - 1][column - 1], wanted[sheet, (row, column)]
            if not same(seen, said):
                lines.append(f"{sheet}!{place_name(row, column)}: {seen!r} in LibreOffice, {said!r} headless")
    return lines


def same(seen: object, said: object) -> bool:
    """Whether two cells agree: numbers within `CLOSE`, all else exactly; blank is empty text, TRUE is 1."""
    if isinstance(seen, float) and isinstance(said, float | bool):
        return math.isclose(seen, said, rel_tol=CLOSE) or max(abs(seen), abs(said)) < NOISE
    return type(seen) is type(said) and seen == said
