"""An input table as rows of raw values, with the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from xl_mmm.tables import names
from xl_mmm.tables.cell_values import area_name
from xl_mmm.tables.faults import FAIL, AddressedFault

# Inputs: nothing may touch them. The other tables are the program's own output.
INPUT_TABLES = (
    names.TBL_DATA, names.TBL_SETTINGS, names.TBL_CHANNELS, names.TBL_PARAMETERS, names.TBL_CONTROLS,
    names.TBL_FX, names.TBL_COSTS, names.TBL_LIFT_TESTS, names.TBL_SCENARIOS, names.TBL_CONSTRAINTS, names.TBL_GROUPS,
    names.TBL_CALENDAR,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableRows:
    """An input table, read.

    Attributes
    ----------
    name, sheet
        As in Excel.
    first_row, first_column
        Place of the first data cell, from 1.
    headers
        Header row as typed, in order; blank headers as empty text.
    columns
        Raw values of each column, in the order of `headers`.
    """

    name: str
    sheet: str
    first_row: int
    first_column: int
    headers: tuple[str, ...]
    columns: tuple[list[object], ...]

    @property
    def n_rows(self) -> int:
        """Number of data rows, spare ones included."""
        return len(self.columns[0]) if self.columns else 0

    @property
    def ref(self) -> str:
        """Area of headers and data, such as `B6:H110`."""
        top, left = self.first_row - 1, self.first_column
        return area_name((top, left, top + self.n_rows, left + len(self.headers) - 1))

    def get(self, row: int, header: str) -> object:
        """Return the raw value under `header` in data row `row` (from 0); None where the table lacks the column."""
        return self.columns[self.headers.index(header)][row] if header in self.headers else None

    def fault(
        self,
        rule: str,
        row: int | None,
        header: str | None,
        message: str,
        action: str,
        *,
        status: str = FAIL,
        label: str = "",
    ) -> AddressedFault:
        """Return a fault at data row `row` (None: the header row) under `header` (None: the key column)."""
        place = self.headers.index(header) if header in self.headers else 0
        value = self.columns[place][row] if row is not None else header
        key = self.columns[0][row] if row is not None else None
        words = [header] if header else []
        if isinstance(key, str) and header != self.headers[0]:
            words.append(key)
        return AddressedFault(
            rule,
            status,
            self.sheet,
            self.first_row + (-1 if row is None else row),
            self.first_column + place,
            label or ", ".join(words),
            value,
            message,
            action,
        )
