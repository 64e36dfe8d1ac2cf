"""Tables handed to a function, before anything judges them; spelled-out faults as one error.

A function does not know where on a sheet its tables stand: they go by their names, and rows and columns are counted
inside the table, the header row being row 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.errors import CellError
from xl_mmm.rules import is_blank, shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import FAIL
from xl_mmm.tables.table_rows import TableRows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xl_mmm.functions.cells import Cells
    from xl_mmm.tables.faults import AddressedFault


def table_rows(name: str, cells: Cells) -> TableRows:
    """Return a table's cells, header row first, as the readers want them.

    Raises
    ------
    CellError
        A header stands twice, or one that the table needs is missing.
    """
    headers = tuple("" if is_blank(value) else value if isinstance(value, str) else shown(value) for value in cells[0])
    if twice := sorted({header for header in headers if header and headers.count(header) > 1}):
        raise CellError(f"{name}: the header {twice[0]!r} stands twice; give each column its own name.")
    needed = [header for header in names.TABLE_HEADERS[name] if header not in names.OPTIONAL_HEADERS]
    if missing := [header for header in needed if header not in headers]:
        raise CellError(f"{name}: the column {missing[0]!r} is missing; hand over the whole table with its headers.")
    columns = tuple([*column] for column in zip(*cells[1:], strict=True)) or tuple([] for _ in headers)
    return TableRows(name, name, 2, 1, headers, columns)


def stop_at(faults: Iterable[AddressedFault]) -> None:
    """Raise what stops the work.

    Raises
    ------
    CellError
        One sentence a fault: table, row, label, what is wrong, and the remedy.
    """
    if stops := [fault.sentence for fault in faults if fault.status == FAIL]:
        raise CellError(stops)
