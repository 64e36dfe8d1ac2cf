"""What is evaluated, and what comes out: a workbook's cells, formulas and tables as plain records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from xl_mmm.tables.cell_values import Area, Place, Stored

Cell: TypeAlias = tuple[str, int, int]  # sheet, row, column


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula cell.

    Attributes
    ----------
    text
        Without "=" (a leading one is dropped when it is evaluated).
    cached
        Its last known value; None when there is none. Of an array formula over several cells the first one's, or rows.
    area
        Cells it fills when entered as an array formula.
    spills
        Whether it is a spill, whose area follows the result, rather than an area that was chosen.
    """

    text: str
    cached: object = None
    area: Area | None = None
    spills: bool = False


def cached_values(place: Place, formula: Formula) -> Iterator[tuple[Place, object]]:
    """Last known values that a formula at a place brings along, each with its place."""
    rows = formula.cached if isinstance(formula.cached, list) else [[formula.cached]]
    for i, values in enumerate(rows):
        for j, value in enumerate(values):
            yield (place[0] + i, place[1] + j), value


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table stands.

    Attributes
    ----------
    name, sheet
        Its name and sheet.
    area
        All its cells: headers, rows and totals.
    headers
        Column names.
    header_row, total_row
        Whether it shows them.
    """

    name: str
    sheet: str
    area: Area
    headers: tuple[str, ...]
    header_row: bool = True
    total_row: bool = False

    @property
    def left(self) -> int:
        """First column."""
        return self.area[1]

    def rows(self, item: str, row: int) -> tuple[int, int]:
        """First and last row of `#all`, `#data`, `#headers`, `#totals` or `#this row`; empty when last < first."""
        top, bottom = self.area[0], self.area[2]
        first, last = top + self.header_row, bottom - self.total_row
        spans = {
            "#all": (top, bottom),
            "#data": (first, last),
            "#headers": (top, first - 1),
            "#totals": (last + 1, bottom),
            "#this row": (row, row) if first <= row <= last else (1, 0),
        }
        return spans[item]


@dataclass(frozen=True, slots=True)
class Grid:
    """A workbook's cells, for evaluation.

    Attributes
    ----------
    cells
        Sheet -> place -> value, or `Formula`. Days are turned into serial numbers of the 1900 system.
    tables
        Tables that structured references name.
    names
        Defined name -> its formula.
    date1904
        Whether the workbook's serial numbers count from 1904; `MMM_` functions take those from 1900 only.
    """

    cells: Mapping[str, Mapping[Place, object]]
    tables: Sequence[Table] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    date1904: bool = False


@dataclass(frozen=True, slots=True)
class Recalculation:
    """New values and what was left alone.

    Attributes
    ----------
    values
        Sheet -> place -> value of each cell that an evaluated formula fills.
    left_alone
        Formula cells concerned that were not evaluated: outside the list, in a circle, or a spill of another size now.
    failures
        Formula cells whose function broke down, each with a sentence; they keep their cached values.
    """

    values: dict[str, dict[Place, Stored]]
    left_alone: tuple[Cell, ...]
    failures: tuple[tuple[Cell, str], ...] = ()
