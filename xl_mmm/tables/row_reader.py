"""One row of an input table, cell by cell: each answer is a typed value, or None with a fault noted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xl_mmm.rules import Broken, is_blank, parse_date, parse_number, shown
from xl_mmm.rules import fault as rule_fault
from xl_mmm.tables.faults import FAIL, AddressedFault, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xl_mmm.tables.table_rows import TableRows


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the cells of one row; blank cells give None and are no fault unless said.

    Attributes
    ----------
    table
        The table.
    row
        Data row, from 0.
    faults
        Faults found so far; readers append to it.
    label
        What the row is about, for the sentence; the header and key of the row when empty.
    """

    table: TableRows
    row: int
    faults: list[AddressedFault]
    label: str = ""

    def raw(self, header: str) -> object:
        """Return the cell as stored."""
        return self.table.get(self.row, header)

    def blank(self, header: str) -> bool:
        """Return whether the cell is blank."""
        return is_blank(self.raw(header))

    def note(self, rule: str, header: str, message: str, action: str, *, status: str = FAIL) -> None:
        """Note a fault of the cell under `header`."""
        self.faults.append(self.table.fault(rule, self.row, header, message, action, status=status, label=self.label))

    def broken(self, header: str, broken: Broken) -> None:
        """Note a fault that the rules of the data found in the cell."""
        facts: dict[str, Any] = dict(broken.facts)
        found = rule_fault(broken.rule, value=self.raw(header), **facts)
        self.note(broken.rule, header, found.message, found.action)

    def text(self, header: str, *, needed: str = "") -> str | None:
        """Return the text without surrounding white space; a number gives its digits, since headers may be years."""
        value = self.raw(header)
        if is_blank(value):
            if needed:
                self.note("blank", header, "The cell is blank.", needed)
            return None
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, float):
            return shown(value)
        self.note("not_text", header, f"{shown(value)} is not text.", needed or "Type a text.")
        return None

    def choice(self, header: str, allowed: Iterable[str]) -> str | None:
        """Return the text if it is one of the allowed ones."""
        text, allowed = self.text(header), list(allowed)
        if text is None or text in allowed:
            return text
        self.note("not_allowed", header, *one_of(text, allowed))
        return None

    def number(
        self,
        header: str,
        *,
        low: float | None = None,
        high: float | None = None,
        above: bool = False,
        whole: bool = False,
        needed: str = "",
    ) -> float | None:
        """Return the number if it lies within the bounds.

        Parameters
        ----------
        header
            Column.
        low, high
            Inclusive bounds; None for none.
        above
            Whether `low` itself is excluded.
        whole
            Whether only whole numbers pass.
        needed
            Remedy when the cell is blank; empty when it may be.
        """
        value = self.raw(header)
        if is_blank(value):
            if needed:
                self.note("blank", header, "The cell is blank.", needed)
            return None
        number = parse_number(value)
        if isinstance(number, Broken):
            self.broken(header, number)
            return None
        beyond = high is not None and number > high
        short = low is not None and (number <= low if above else number < low)
        if beyond or short:
            bounds = _bounds(low, high, above)
            self.note("out_of_bounds", header, f"{shown(number)} is out of bounds.", f"Type a number {bounds}.")
            return None
        if whole and number != int(number):
            self.note("not_whole", header, f"{shown(number)} is not a whole number.", "Type a whole number.")
            return None
        return number

    def date(self, header: str, *, needed: str = "") -> str | None:
        """Return the ISO date."""
        if self.blank(header):
            if needed:
                self.note("date_blank", header, "The date is blank.", needed)
            return None
        day = parse_date(self.raw(header))
        if isinstance(day, Broken):
            self.broken(header, day)
            return None
        return str(day)


def _bounds(low: float | None, high: float | None, above: bool) -> str:
    if low is None:
        return f"of at most {shown(high)}"
    least = f"above {shown(low)}" if above else f"of at least {shown(low)}"
    return least if high is None else f"{least}, at most {shown(high)}"
