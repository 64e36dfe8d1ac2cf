"""The cells of a sheet as they stand in the file, nothing lost and nothing improved.

openpyxl's read-only mode drops what a fault must show: a formula without a cached value reads as blank, tables and
merged cells are not seen, a damaged cell names no place. So cells are taken from the XML here, after the gate has
refused document types; openpyxl lends its knowledge of number formats.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from xl_mmm.book.contents import MEND, local_name, open_book, rich_text, stream
from xl_mmm.book.gate import MAX_CELLS
from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import (
    LAST_COLUMN,
    LAST_ROW,
    Area,
    Uncached,
    parse_area,
    parse_place,
    place_name,
    unescape,
)
from xl_mmm.tables.cell_values import parse_place as parse_address
from xl_mmm.tables.cell_values import place_name as address

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xl_mmm.book.contents import Book

__all__ = ["SheetCells", "Uncached", "address", "day_of", "open_book", "parse_address", "read_sheet"]

_EPOCH_1900 = datetime(1899, 12, 30)  # right from serial 61 on
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_BETWEEN = 1_462  # days between the two epochs
_LEAP_BUG = 61  # below this serial the 1900 system counts a 29 February that never was


@dataclass(frozen=True, slots=True)
class SheetCells:
    """What a sheet holds.

    Attributes
    ----------
    values
        Row -> column -> value of the cells that are not blank.
    merged
        Merged areas.
    formulas
        Cells whose value comes from a formula.
    """

    values: dict[int, dict[int, object]] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    formulas: set[tuple[int, int]] = field(default_factory=set)

    def value(self, row: int, column: int) -> object:
        """Return the value of a cell, None when it is blank."""
        return self.values.get(row, {}).get(column)


def read_sheet(book: Book, sheet: str, areas: list[Area] | None = None) -> SheetCells:
    """Read the cells of a sheet that are not blank.

    Parameters
    ----------
    book
        The workbook's table of contents.
    sheet
        Name of the sheet.
    areas
        Read only cells inside these; None reads all.

    Raises
    ------
    CellError
        When the sheet is damaged or holds too many cells.
    """
    cells = SheetCells()
    wanted = [(1, 1, LAST_ROW, LAST_COLUMN)] if areas is None else areas
    row = count = 0
    try:
        for element in stream(book.package, book.sheets[sheet], "row", "mergeCell"):
            if local_name(element) == "mergeCell":
                cells.merged.append(parse_area(element.get("ref", "")))
                continue
            row = int(element.get("r") or row + 1)
            count += len(element)
            if count > MAX_CELLS or row > LAST_ROW:
                raise ValueError(f"more than {MAX_CELLS:,} cells, or rows beyond {LAST_ROW:,}")
            spans = [(left, right) for top, left, bottom, right in wanted if top <= row <= bottom]
            if spans:
                found = _read_row(book, cells, row, element, spans)
                if found:
                    cells.values.setdefault(row, {}).update(found)
    except (CellError, ValueError, IndexError, KeyError) as error:
        raise CellError(f"{book.package.path.name} is damaged on sheet '{sheet}': {error}. {MEND}") from error
    return cells


def _read_row(
    book: Book, cells: SheetCells, row: int, element: Element, spans: list[tuple[int, int]]
) -> dict[int, object]:
    """Return column -> value of a row's cells inside `spans`."""
    found: dict[int, object] = {}
    column = 0
    for cell in element:
        reference = cell.get("r")
        column = _column(reference, row) if reference else column + 1
        if not any(left <= column <= right for left, right in spans):
            continue
        if column in found:
            raise ValueError(f"{place_name(row, column)} stands twice")
        value = _cell(book, cells, row, column, cell)
        if value is not None and value != "":
            found[column] = value
    return found


def _column(reference: str, row: int) -> int:
    """Return the column of an address in row `row`."""
    letters = reference.rstrip("0123456789")
    if reference[len(letters) :] != str(row):
        raise ValueError(f"the cell {reference!r} stands in row {row}")
    return _column_of(letters)


@lru_cache(maxsize=LAST_COLUMN)
def _column_of(letters: str) -> int:
    return parse_place(f"{letters}1")[1]


def _cell(book: Book, cells: SheetCells, row: int, column: int, element: Element) -> object:
    """Return one cell's value, None when it is blank."""
    text: str | None = None
    formula: str | None = None
    inline: str | None = None
    for child in element:
        name = local_name(child)
        if name == "v":
            text = child.text or ""
        elif name == "f":
            formula = child.text or ""
        elif name == "is":
            inline = rich_text(child)
    kind = element.get("t", "n")
    if formula is not None:
        cells.formulas.add((row, column))
        if text is None or (text == "" and kind != "str") or not book.calculated:
            return Uncached(formula)
    if inline is None and text is None:
        return None
    try:
        return inline if kind == "inlineStr" else _value(book, kind, text or "", int(element.get("s") or 0))
    except (ValueError, IndexError) as error:
        raise ValueError(f"{place_name(row, column)} holds {text!r}, which is no value of kind '{kind}'") from error


def _value(book: Book, kind: str, text: str, style: int) -> object:
    """Return a stored value as a Python object; numbers in a date format are days."""
    if kind == "s":
        return book.shared[int(text)]
    if kind in {"str", "inlineStr"}:
        return unescape(text)
    if kind == "e":
        return CellErrorValue(text)
    if kind == "b":
        return text.strip() in {"1", "true"}
    if kind == "d":
        return _day_if_midnight(datetime.fromisoformat(text.strip()))
    if not text.strip():
        return None
    if "_" in text or "n" in text.lower():  # Python reads 1_000, nan and infinity; a sheet holds none of them
        raise ValueError(text)
    number = float(text)
    if style < len(book.date_styles) and book.date_styles[style]:
        return day_of(number, book.date1904)
    return number


def day_of(serial: float, date1904: bool = False) -> date | float:
    """Return the day (with a time of day, if any) that a serial number stands for; itself where it stands for none.

    Examples
    --------
    >>> day_of(45292.0), day_of(43830.0, date1904=True), day_of(60.0)
    (datetime.date(2024, 1, 1), datetime.date(2024, 1, 1), 60.0)
    """
    if date1904:
        known = 0 <= serial < _LAST_SERIAL - _BETWEEN
        return _day_if_midnight(_EPOCH_1904 + timedelta(days=serial)) if known else serial
    if not 1 <= serial < _LAST_SERIAL or 60 <= serial < _LEAP_BUG:
        return serial
    return _day_if_midnight(_EPOCH_1900 + timedelta(days=serial + (serial < _LEAP_BUG)))


def _day_if_midnight(moment: datetime) -> date:
    return moment.date() if moment.time() == time(0) and moment.tzinfo is None else moment
