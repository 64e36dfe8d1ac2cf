"""Declared tables as rows of raw values, with what touches them from outside.

A row typed below a table belongs to it on the planner's screen and not in the file: LibreOffice and openpyxl skip it
without a word. So whatever touches a table is a fault. Tables are found by name; where they stand is free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.gate import MAX_CELLS
from xl_mmm.book.sheet_cells import SheetCells, read_sheet
from xl_mmm.rules import CellErrorValue, is_blank, shown
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import LAST_COLUMN, LAST_ROW, Uncached, area_name, place_name
from xl_mmm.tables.faults import FAIL, AddressedFault, listed, nearest
from xl_mmm.tables.table_rows import INPUT_TABLES, TableRows

if TYPE_CHECKING:
    from xl_mmm.book.contents import Book, Table
    from xl_mmm.tables.cell_values import Area


def read_tables(book: Book) -> tuple[dict[str, TableRows], list[AddressedFault]]:
    """Read every input table that the workbook has.

    Returns
    -------
    tables
        Name -> rows, for the tables that can be read.
    faults
        Missing tables, merged cells, uncalculated formulas, rows and columns that touch a table from outside.
    """
    faults: list[AddressedFault] = []
    found: dict[str, Table] = {}
    for table in book.tables:
        if table.name in INPUT_TABLES:
            if table.name in found:
                faults.append(_table_fault("table_twice", table, f"{table.name} exists twice.", "Delete one."))
            found.setdefault(table.name, table)
    needed = [name for name in INPUT_TABLES if name not in names.OPTIONAL_TABLES]
    faults.extend(_missing(book, name) for name in needed if name not in found)
    read: dict[str, TableRows] = {}
    for sheet in book.sheets:
        here = [table for table in found.values() if table.sheet == sheet]
        if not here:
            continue
        cells = read_sheet(book, sheet, [_with_ring(table) for table in here])
        for table in here:
            trouble = _shape_faults(table)
            if not trouble:
                read[table.name] = _rows(table, cells)
                faults += _cell_faults(table, read[table.name], cells)
            faults += trouble
    return read, faults


def _missing(book: Book, name: str) -> AddressedFault:
    """Say where a table should be, and what stands there instead."""
    sheet = names.TABLE_SHEET[name]
    if sheet not in book.sheets:
        hint = nearest(sheet, book.sheets)
        message = f"There is no sheet {sheet!r}, which should hold the table {name}.{hint}"
        action = f"Name the sheet {sheet!r} again, or copy it from a new workbook (xl-mmm new)."
        return AddressedFault("missing_sheet", FAIL, sheet, 0, 0, "", None, message, action)
    hint = nearest(name, [table.name for table in book.tables if table.name not in INPUT_TABLES])
    message = f"There is no table named {name}.{hint}"
    action = f"Select the cells with their headers, press Ctrl+T, and name the table {name} under Table Design."
    return AddressedFault("missing_table", FAIL, sheet, 0, 0, "", None, message, action)


def _table_fault(rule: str, table: Table, message: str, action: str) -> AddressedFault:
    return AddressedFault(rule, FAIL, table.sheet, table.top, table.left, table.name, None, message, action)


def _shape_faults(table: Table) -> list[AddressedFault]:
    """Faults that leave nothing to read."""
    if not table.has_header:
        message = f"The table {table.name} shows no header row."
        return [_table_fault("no_header", table, message, "Tick Table Design > Header Row.")]
    if (table.bottom - table.top + 1) * (table.right - table.left + 1) > MAX_CELLS:
        message = f"The table {table.name} is declared over {area_name(table.area)}, more than {MAX_CELLS:,} cells."
        return [_table_fault("table_too_large", table, message, "Shrink it to the data (Table Design > Resize Table).")]
    if table.bottom - int(table.has_total) <= table.top:
        return [_table_fault("no_rows", table, f"The table {table.name} has no data rows.", "Add at least one row.")]
    return []


def _rows(table: Table, cells: SheetCells) -> TableRows:
    span = range(table.left, table.right + 1)
    last = table.bottom - int(table.has_total)
    blank: dict[int, object] = {}
    matrix = [cells.values.get(row, blank) for row in range(table.top + 1, last + 1)]
    header_row = cells.values.get(table.top, blank)
    headers = tuple("" if is_blank(header_row.get(column)) else _text(header_row[column]) for column in span)
    columns = tuple([values.get(column) for values in matrix] for column in span)
    return TableRows(table.name, table.sheet, table.top + 1, table.left, headers, columns)


def _text(value: object) -> str:
    return value if isinstance(value, str) else shown(value)


def _cell_faults(table: Table, rows: TableRows, cells: SheetCells) -> list[AddressedFault]:
    faults = [
        AddressedFault(
            "merged_cells", FAIL, table.sheet, area[0], area[1], f"merged area {area_name(area)}", None,
            f"Merged cells reach into the table {table.name}; only the first of them keeps its value.",
            "Unmerge them (Home > Merge & Center) and fill in every cell.",
        )
        for area in cells.merged
        if _meet(area, table.area)
    ]  # fmt: skip
    for place, header in enumerate(rows.headers):
        for row, value in enumerate(rows.columns[place]):
            if isinstance(value, Uncached):
                faults.append(
                    rows.fault(
                        "uncached_formula", row, header,
                        f"The formula ={value.formula[:60]} has no stored result.",
                        "Open the workbook in Excel, let it calculate, and save it; or paste values.",
                    )
                )  # fmt: skip
    faults += _header_faults(table, rows)
    return faults + _touching(table, cells)


def _header_faults(table: Table, rows: TableRows) -> list[AddressedFault]:
    """Missing, repeated and unusable headers; the data's own headers are judged by the data rules."""
    faults = []
    first: dict[str, str] = {}
    for place, header in enumerate(rows.headers):
        cell = place_name(table.top, table.left + place)
        folded = header.casefold().strip()
        if folded in first:
            faults.append(
                AddressedFault(
                    "duplicate_header", FAIL, table.sheet, table.top, table.left + place, table.name, header,
                    f"The header {header!r} stands in {first[folded]} as well.",
                    "Give every column its own header, so that it is certain which one is meant.",
                )
            )  # fmt: skip
        elif folded:
            first[folded] = cell
    for wanted in names.TABLE_HEADERS.get(table.name, ()):
        if wanted in rows.headers or wanted in names.OPTIONAL_HEADERS:
            continue
        hint = nearest(wanted, [header for header in rows.headers if header])
        faults.append(
            _table_fault(
                "missing_column", table, f"The table has no column {wanted!r}.{hint}",
                f"Name the column exactly {wanted!r}; its neighbors should be {listed(rows.headers)}.",
            )
        )  # fmt: skip
    return faults


def _meet(one: Area, other: Area) -> bool:
    """Whether two rectangles share a cell."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def _with_ring(table: Table) -> Area:
    return table.top, max(table.left - 1, 1), min(table.bottom + 1, LAST_ROW), min(table.right + 1, LAST_COLUMN)


def _touching(table: Table, cells: SheetCells) -> list[AddressedFault]:
    """Cells that hold something and touch the table from below, from the right or from the left."""
    below = [(table.bottom + 1, column) for column in range(table.left, table.right + 1)]
    rows = range(table.top, table.bottom + 1)
    beside = [(row, column) for column in (table.right + 1, table.left - 1) for row in rows]
    faults = []
    for places, rule, what in (
        (below, "row_below_table", "row"),
        (beside, "column_beside_table", "column"),
    ):
        filled = [place for place in places if not is_blank(cells.value(*place))]
        if not filled:
            continue
        row, column = filled[0]
        value = cells.value(row, column)
        more = f" (and {len(filled) - 1} more cells)" if len(filled) > 1 else ""
        faults.append(
            AddressedFault(
                rule, FAIL, table.sheet, row, column, f"outside {table.name}", value,
                f"{_text(value) if isinstance(value, CellErrorValue | Uncached) else shown(value)}{more} touches the "
                f"table {table.name} ({area_name(table.area)}) but lies outside it and would be ignored.",
                f"Drag the table's corner over the {what}, or leave an empty {what} between them.",
            )
        )  # fmt: skip
    return faults
