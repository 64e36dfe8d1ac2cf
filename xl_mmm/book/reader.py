"""From a workbook's bytes to the model's inputs: gate, cells, rules, in one pass with every fault addressed.

The rules of the data are `xl_mmm.rules`; only the address is added here: `Data!D17 (tv, 2024-01-22): -120 is
negative. ...`. Nothing is dropped, filled or converted: a table is read as it stands or named as a fault.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.conf_sheet import conf_faults
from xl_mmm.book.contents import open_book
from xl_mmm.book.gate import pass_gate
from xl_mmm.book.table_reader import read_tables
from xl_mmm.errors import CellError
from xl_mmm.tables import names
from xl_mmm.tables.asked import Asked, ask
from xl_mmm.tables.faults import FAIL, REVIEW, AddressedFault, by_place

if TYPE_CHECKING:
    from xl_mmm.book.gate import GatedFile


@dataclass(frozen=True, slots=True, eq=False)
class BookInputs(Asked):
    """Everything a workbook asks for.

    Attributes
    ----------
    path
        The workbook.
    file_sha
        Hex SHA-256 of the file's bytes as read.
    """

    path: Path
    file_sha: str


def read_book(path: str | Path) -> BookInputs:
    """Read a workbook.

    Parameters
    ----------
    path
        The workbook (`.xlsx`, `.xlsm`).

    Returns
    -------
    BookInputs
        With `dataset` None where a fault stops the work; `faults` says which and where.

    Raises
    ------
    CellError
        When the file is no workbook that may be read at all.
    """
    gated = pass_gate(path)
    try:
        return _read(gated)
    except (ValueError, KeyError, IndexError, OverflowError, RecursionError) as error:
        message = f"{gated.path.name} cannot be read: {error}. Open it in Excel, let it repair the file, and save it."
        raise CellError(message) from error


def _read(gated: GatedFile) -> BookInputs:
    book = open_book(gated)
    faults = conf_faults(book)
    faults += _book_remarks(gated, book.date1904)
    tables, found = read_tables(book)
    faults += found

    asked = ask(tables)
    return BookInputs(
        **{
            **{field.name: getattr(asked, field.name) for field in fields(asked)},
            "dataset": None if any(fault.status == FAIL for fault in faults) else asked.dataset,
            "faults": by_place([*faults, *asked.faults]),
        },
        path=gated.path,
        file_sha=gated.sha,
    )


def _book_remarks(gated: GatedFile, date1904: bool) -> list[AddressedFault]:
    """Remarks about the file as a whole; the data are read all the same."""
    remarks = []
    if gated.locked:
        message = f"{gated.path.name} is open in Excel; it is read as it was last saved."
        remarks.append(AddressedFault("open_elsewhere", REVIEW, "", 0, 0, "", None, message, "Save it first."))
    if date1904:
        message = "The workbook counts its dates from 1904; they are read so."
        action = "Compare the first date with its source: rows pasted from a 1900 workbook are four years off."
        remarks.append(AddressedFault("dates_1904", REVIEW, names.DATA, 0, 0, "", None, message, action))
    return remarks
