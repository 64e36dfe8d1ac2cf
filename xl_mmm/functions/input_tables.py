"""Tables handed to a function: all of them as what they ask for, or one by itself; faults placed by table and row.

Conventions
-----------
* A function does not know where its tables stand, so places are counted inside the table: the header row is row 1.
* A date arrives as a date or as a serial number of the 1900 system. In the columns and settings that hold dates a
  number that is a plausible serial is a date; elsewhere it stays a number.
* A table that is left out, or a blank cell in its place, asks for nothing; data, channels and settings are needed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError
from xl_mmm.rules import is_blank, shown
from xl_mmm.rules.cells import FIRST_YEAR, LAST_YEAR
from xl_mmm.tables import names
from xl_mmm.tables.asked import Asked, ask
from xl_mmm.tables.cell_values import serial
from xl_mmm.tables.faults import FAIL, AddressedFault, by_place, listed, nearest, stops
from xl_mmm.tables.table_rows import TableRows

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from xl_mmm.functions.cells import Cell, Cells

DAY_ZERO = datetime(1899, 12, 30)  # of serial numbers
FIRST_SERIAL = serial(datetime(FIRST_YEAR, 1, 1), date1904=False)
LAST_SERIAL = serial(datetime(LAST_YEAR + 1, 1, 1), date1904=False)
NEEDED = (names.TBL_DATA, names.TBL_CHANNELS, names.TBL_SETTINGS)
_DATE_SETTINGS = {setting.name for setting in names.SETTINGS if setting.kind == "date"}


def inputs_of(tables: Mapping[str, Cells | None], needed: Sequence[str] = NEEDED) -> Asked:
    """Read tables as a workbook's are read.

    Parameters
    ----------
    tables
        Table name -> cells with the header row first; None for a table that is left out.
    needed
        Tables without which nothing can be done.

    Returns
    -------
    Asked
        Its faults carry the table's name as their sheet.
    """
    given = {name: cells for name, cells in tables.items() if cells is not None and not is_empty(cells)}
    faults = [_missing(name) for name in needed if name not in given]
    rows: dict[str, TableRows] = {}
    for name, cells in given.items():
        rows[name], found = _table(name, cells)
        faults += found
    found_dates = with_dates(rows)
    everything = ask(found_dates)
    faults = [*faults, *everything.faults]
    return replace(everything, dataset=None if stops(faults) else everything.dataset, faults=by_place(faults))


def rows_of(name: str, cells: Cells) -> TableRows:
    """Return one table as its reader wants it; serial numbers stay numbers.

    Raises
    ------
    CellError
        A header stands twice, or one that the table needs is missing.
    """
    table, faults = _table(name, cells)
    stop_at(faults)
    return table


def dated_rows(name: str, cells: Cells) -> TableRows:
    """Return one table as its reader wants it, serial numbers as dates where dates belong.

    Raises
    ------
    CellError
        As `rows_of`.
    """
    return with_dates({name: rows_of(name, cells)})[name]


def stop_at(faults: Iterable[AddressedFault]) -> None:
    """Raise what stops the work.

    Raises
    ------
    CellError
        One sentence a fault: table, row, label, what is wrong, and the remedy.
    """
    if found := stops(faults):
        raise CellError(found)


def is_empty(cells: Cells) -> bool:
    """Whether one blank cell stands in a table's place."""
    return len(cells) == 1 and all(is_blank(value) for value in cells[0])


def _missing(name: str) -> AddressedFault:
    message = f"The table {name} is not handed over."
    return AddressedFault("missing_table", FAIL, name, 0, 0, "", None, message, f"Give {name}[#All], headers included.")


def _table(name: str, cells: Cells) -> tuple[TableRows, list[AddressedFault]]:
    """Return a table's rows, and faults of its header row; the data's own headers are judged by the data rules."""
    headers = tuple("" if is_blank(value) else value if isinstance(value, str) else shown(value) for value in cells[0])
    columns: tuple[list[object], ...] = tuple([row[place] for row in cells[1:]] for place in range(len(headers)))
    table = TableRows(name, name, 2, 1, headers, columns)
    if name == names.TBL_DATA:
        return table, []
    faults = []
    for place, header in enumerate(headers):
        if header and header in headers[:place]:
            message, action = f"The header {header!r} stands twice.", "Give every column its own header."
            faults.append(_header_fault("duplicate_header", table, place + 1, message, action))
    for wanted in names.TABLE_HEADERS[name]:
        if wanted not in headers and wanted not in names.OPTIONAL_HEADERS:
            message = f"The table has no column {wanted!r}.{nearest(wanted, filter(None, headers))}"
            action = f"Give {name}[#All] with its headers; here they are {listed(headers)}."
            faults.append(_header_fault("missing_column", table, 1, message, action))
    return table, faults


def _header_fault(rule: str, table: TableRows, column: int, message: str, action: str) -> AddressedFault:
    return AddressedFault(rule, FAIL, table.name, 1, column, "header row", None, message, action)


def with_dates(tables: Mapping[str, TableRows]) -> dict[str, TableRows]:
    """Return the tables with serial numbers as dates where dates belong."""
    found = dict(tables)
    date_column = ""
    if names.TBL_SETTINGS in found:
        settings = found[names.TBL_SETTINGS]
        keys = [_word(settings.get(row, names.H_SETTING)) for row in range(settings.n_rows)]
        values = [_word(settings.get(row, names.H_VALUE)) for row in range(settings.n_rows)]
        date_column = next((v for key, v in zip(keys, values, strict=True) if key == names.SET_DATE), "")
        dated = {row for row, key in enumerate(keys) if key in _DATE_SETTINGS}
        found[names.TBL_SETTINGS] = _dated(settings, {names.H_VALUE}, dated)
    if names.TBL_DATA in found:
        found[names.TBL_DATA] = _dated(found[names.TBL_DATA], {date_column})
    if names.TBL_LIFT_TESTS in found:
        headers = {names.H_START, names.H_END, names.H_MEASURED_UNTIL}
        found[names.TBL_LIFT_TESTS] = _dated(found[names.TBL_LIFT_TESTS], headers)
    for name in (names.TBL_FX, names.TBL_COSTS):
        if name in found:
            found[name] = _dated(found[name], {names.H_FROM})
    if names.TBL_CALENDAR in found:
        found[names.TBL_CALENDAR] = _dated(found[names.TBL_CALENDAR], {names.H_DATE})
    return found


def _word(value: object) -> str:
    return "" if is_blank(value) else value.strip() if isinstance(value, str) else shown(value)


def _dated(table: TableRows, headers: Container[str], rows: Container[int] | None = None) -> TableRows:
    """Return the table with serials as dates under some headers, in some rows (None: all)."""
    columns = tuple(
        [_day(value) if rows is None or row in rows else value for row, value in enumerate(column)]
        if header and header.strip() in headers
        else column
        for header, column in zip(table.headers, table.columns, strict=True)
    )
    return replace(table, columns=columns)


def _day(value: object) -> object:
    """Return the day and time that a plausible serial number stands for; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, float) or not FIRST_SERIAL <= value < LAST_SERIAL:
        return value
    moment = DAY_ZERO + timedelta(days=value)
    return moment.date() if value.is_integer() else moment


def place_cells(fault: AddressedFault) -> tuple[Cell, Cell, Cell]:
    """Return table, row and column of a fault as cells, blank where it has none."""
    if fault.sheet not in names.TABLE_SHEET:
        return None, None, None
    return fault.sheet, float(fault.row) or None, float(fault.column) or None
