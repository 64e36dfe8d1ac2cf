"""A fault with its address: what the planner reads and where the host can put it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import place_name

if TYPE_CHECKING:
    from collections.abc import Iterable

FAIL, REVIEW = "FAIL", "REVIEW"
LISTED = 24  # names repeated in a sentence
SHOWN = 10  # faults spelled out, by place; the rest are counted
_CLOSE = 0.6  # similarity (difflib) from which a name is offered as what was meant
_ORDER = {sheet: position for position, sheet in enumerate(names.SHEETS)}
_ORDER |= {table: _ORDER[sheet] for table, sheet in names.TABLE_SHEET.items()}


@dataclass(frozen=True, slots=True)
class AddressedFault:
    """One fault at one place of the workbook.

    Attributes
    ----------
    rule
        Name of the broken rule.
    status
        `"FAIL"` (nothing can be computed) or `"REVIEW"` (somebody should look).
    sheet
        Sheet name, or an empty text when the fault is the file's. A function does not know where its tables stand:
        there it is the table's name, and rows and columns are counted inside the table, the header row being row 1.
    row, column
        Cell, from 1; 0 when the fault is the sheet's.
    label
        What the cell is, in the sheet's words: header, date.
    value
        The cell as typed.
    message, action
        What is wrong and what to do.
    """

    rule: str
    status: str
    sheet: str
    row: int
    column: int
    label: str
    value: object
    message: str
    action: str

    @property
    def cell(self) -> str:
        """Address with sheet, such as `Data!D17`; the sheet alone when there is no cell."""
        return address(self.sheet, self.row, self.column) if self.row and self.column else self.sheet

    @property
    def sentence(self) -> str:
        """Place, fault and remedy in one line."""
        return one_line(f"{self.place}{self.message} {self.action}")

    @property
    def place(self) -> str:
        """The beginning of the sentence: `Data!D17 (tv, 2024-01-22): `, or `tblData row 17, tv, 2024-01-22: `."""
        if not self.sheet:
            return ""
        if not self.label:
            return f"{self.cell}: "
        return f"{self.cell}, {self.label}: " if self.sheet in names.TABLE_SHEET else f"{self.cell} ({self.label}): "

    @property
    def order(self) -> tuple[int, str, int, int]:
        """Key that sorts faults as a reader meets them: by sheet, row, column."""
        return _ORDER.get(self.sheet, len(_ORDER)), self.sheet, self.row, self.column


def address(sheet: str, row: int, column: int) -> str:
    """Name a cell: `Data!D17`, or `tblData row 17` where its place is known inside a table only."""
    if sheet in names.TABLE_SHEET:
        return f"{sheet} row {row}"
    quoted = sheet if sheet.isalnum() else "'" + sheet.replace("'", "''") + "'"
    return f"{quoted}!{place_name(row, column)}"


def one_line(text: str) -> str:
    """Keep a sentence on one line and free of control characters, whatever a cell holds."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def by_place(faults: Iterable[AddressedFault]) -> tuple[AddressedFault, ...]:
    """Sort faults: what stops the work first, then by place; each sentence once."""
    once = {fault.sentence: fault for fault in faults}
    return tuple(sorted(once.values(), key=lambda fault: (fault.status != FAIL, fault.order)))


def sentences(faults: Iterable[AddressedFault]) -> list[str]:
    """Return the first `SHOWN` sentences and a count of the rest."""
    listed = [fault.sentence for fault in faults]
    if len(listed) > SHOWN:
        return [*listed[:SHOWN], f"... and {len(listed) - SHOWN} more."]
    return listed


def stops(faults: Iterable[AddressedFault]) -> list[str]:
    """Return the sentences of what stops the work."""
    return sentences(fault for fault in faults if fault.status == FAIL)


def nearest(wanted: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"`, or nothing when no name comes close."""
    from difflib import get_close_matches

    folded = {name.casefold().strip(): name for name in known}
    close = get_close_matches(wanted.casefold().strip(), list(folded), n=1, cutoff=_CLOSE)
    return f" Did you mean {folded[close[0]]!r}?" if close else ""


def one_of(value: object, allowed: Iterable[str]) -> tuple[str, str]:
    """Return message and remedy for a value that is not among the allowed ones."""
    allowed = list(allowed)
    hint = nearest(value, allowed) if isinstance(value, str) else ""
    return f"{shown(value)} is not allowed here.{hint}", f"Choose one of: {listed(allowed)}."


def listed(known: Iterable[str]) -> str:
    """Return names separated by commas; the first `LISTED` of many."""
    known = list(known)
    more = f" and {len(known) - LISTED} more" if len(known) > LISTED else ""
    return (", ".join(known[:LISTED]) + more) or "none"
