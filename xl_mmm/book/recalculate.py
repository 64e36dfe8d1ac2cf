"""Calculating the workbook's native formulas: the short list that the template uses, with Excel's semantics.

The builder computes cached values with it before it writes; the writer refreshes those that depend on what it wrote.
A formula outside the list (a user's own, an `MMM_` call) keeps its cached value and is reported: never broken, never
guessed. Formulas are evaluated once each, in the order of their dependencies; a circle is reported and left alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from xl_mmm.book.formulas.evaluate import LAZY, Evaluator
from xl_mmm.book.formulas.functions import FUNCTIONS
from xl_mmm.book.formulas.parse import Node, Reference, Scope, Unsupported, mentioned, parse_formula, references
from xl_mmm.book.formulas.values import Block
from xl_mmm.tables.cell_values import Area, Place, Stored, plain

Cell: TypeAlias = tuple[str, int, int]  # sheet, row, column

_ARITIES = {name: entry.arity for name, entry in FUNCTIONS.items()} | LAZY
ALLOWED_FUNCTIONS = frozenset(_ARITIES)
_LARGE_RANGE = 200_000  # cells from which a range is cut down to the used part of the book
_MAX_RANGE = 5_000_000  # cells of one range after that


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula cell.

    Attributes
    ----------
    text
        Without "=" (a leading one is dropped when it is evaluated).
    cached
        Its last known value; None when there is none.
    area
        Cells it fills when entered as an array formula.
    """

    text: str
    cached: object = None
    area: Area | None = None


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
    """

    cells: Mapping[str, Mapping[Place, object]]
    tables: Sequence[Table] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recalculation:
    """New values and what was left alone.

    Attributes
    ----------
    values
        Sheet -> place -> value of each formula that was evaluated.
    left_alone
        Formula cells concerned that were not evaluated: outside the list, filling several cells, or in a circle.
    """

    values: dict[str, dict[Place, Stored]]
    left_alone: tuple[Cell, ...]


def recalculate(grid: Grid, changed: set[Cell] | None = None) -> Recalculation:
    """Evaluate native formulas.

    Parameters
    ----------
    grid
        The cells.
    changed
        Evaluate only formulas that depend on these cells, or that have no cached value; None evaluates all.

    Returns
    -------
    Recalculation
        Values by sheet and place, and the formulas left alone.

    Examples
    --------
    >>> grid = Grid({"S": {(1, 1): 2.0, (2, 1): 3.0, (3, 1): Formula("SUM(A1:A2)*10%")}})
    >>> recalculate(grid).values
    {'S': {(3, 1): 0.5}}
    """
    return _Calculation(grid, changed).run()


class _Calculation:
    """One evaluation of a grid."""

    def __init__(self, grid: Grid, changed: set[Cell] | None) -> None:
        self._changed = changed
        self._values: dict[str, dict[Place, Stored]] = {}
        self._formulas: dict[Cell, Formula] = {}
        for sheet, cells in grid.cells.items():
            known = self._values[sheet] = {}
            for place, content in cells.items():
                if isinstance(content, Formula):
                    self._formulas[sheet, *place] = content
                    content = content.cached
                known[place] = plain(content, False, sheet)
        self._scope = Scope(
            sheets={sheet.casefold(): sheet for sheet in grid.cells},
            tables={table.name.casefold(): table for table in grid.tables},
            names={name.casefold(): text for name, text in grid.names.items()},
            functions=_ARITIES,
        )
        self._bottom = max((p[0] for cells in grid.cells.values() for p in cells), default=1)
        self._right = max((p[1] for cells in grid.cells.values() for p in cells), default=1)
        self._formula_rows = _by_column(self._formulas)
        self._changed_rows = _by_column(changed or ())
        self._blocks: dict[tuple[str, Area], Block] = {}
        self._trees: dict[Cell, Node] = {}
        self._needs: dict[Cell, list[Reference]] = {}
        self._range_cells: dict[tuple[str, Area], list[Cell]] = {}

    def run(self) -> Recalculation:
        """Evaluate in the order of dependencies."""
        unknown: set[Cell] = set()
        for cell, formula in self._formulas.items():
            sheet, row, column = cell
            text = formula.text.removeprefix("=")
            try:
                if formula.area is not None and formula.area != (row, column, row, column):
                    raise Unsupported(formula.text)
                tree = parse_formula(text, sheet, (row, column), self._scope)
                self._needs[cell] = [self._clipped(reference) for reference in references(tree)]
                self._trees[cell] = tree
            except Unsupported:
                unknown.add(cell)
                self._needs[cell] = mentioned(text, sheet, (row, column), self._scope)
        order, circular = self._order()
        unknown |= circular
        dirty: set[Cell] = set()
        results: dict[str, dict[Place, Stored]] = {}
        left_alone: list[Cell] = []
        for cell in order:
            if not self._concerned(cell, dirty):
                continue
            if cell in unknown:
                left_alone.append(cell)
                continue
            dirty.add(cell)
            sheet, row, column = cell
            value = Evaluator(self, cell, self._formulas[cell].area is not None).result(self._trees[cell])
            self._values[sheet][row, column] = value
            results.setdefault(sheet, {})[row, column] = value
        if self._changed is None:
            left_alone = sorted(unknown)
        return Recalculation(results, tuple(left_alone))

    def _concerned(self, cell: Cell, dirty: set[Cell]) -> bool:
        """Whether a formula must be evaluated anew."""
        if self._changed is None or self._formulas[cell].cached is None:
            return True
        for reference in self._needs.get(cell, ()):
            if _within(self._changed_rows, reference):
                return True
            if any(other in dirty for other in self._formulas_in(reference)):
                return True
        return False

    def _clipped(self, reference: Reference) -> Reference:
        """Cut whole columns and rows down to the used part; other ranges keep their shape."""
        top, left, bottom, right = reference.area
        if (bottom - top + 1) * (right - left + 1) <= _LARGE_RANGE:
            return reference
        area = (top, left, max(top, min(bottom, self._bottom)), max(left, min(right, self._right)))
        if (area[2] - top + 1) * (area[3] - left + 1) > _MAX_RANGE:
            raise Unsupported(f"{reference.sheet}: a range of that size")
        return Reference(reference.sheet, area)

    def _formulas_in(self, reference: Reference) -> list[Cell]:
        """List the formula cells within a range, each range looked up once."""
        key = (reference.sheet, reference.area)
        if key not in self._range_cells:
            self._range_cells[key] = _within(self._formula_rows, reference)
        return self._range_cells[key]

    def _order(self) -> tuple[list[Cell], set[Cell]]:
        """Sort formula cells so that each comes after those it reads, and the cells that stand in a circle."""
        state: dict[Cell, int] = {}  # 1 being visited, 2 done
        order: list[Cell] = []
        circular: set[Cell] = set()
        for start in self._formulas:
            if start in state:
                continue
            state[start] = 1
            path = [(start, self._precedents(start))]
            while path:
                cell, waiting = path[-1]
                if not waiting:
                    path.pop()
                    state[cell] = 2
                    order.append(cell)
                    continue
                other = waiting.pop()
                if state.get(other) == 1:
                    members = [member for member, _ in path]
                    circular.update(members[members.index(other) :])
                elif other not in state:
                    state[other] = 1
                    path.append((other, self._precedents(other)))
        return order, circular

    def _precedents(self, cell: Cell) -> list[Cell]:
        return [other for reference in self._needs.get(cell, ()) for other in self._formulas_in(reference)]

    def read(self, reference: Reference) -> Block:
        """Values of a range; complete because formulas are evaluated in order."""
        reference = self._clipped(reference)
        key = (reference.sheet, reference.area)
        block = self._blocks.get(key)
        if block is None:
            cells = self._values[reference.sheet]
            top, left, bottom, right = reference.area
            values = [cells.get((row, column)) for row in range(top, bottom + 1) for column in range(left, right + 1)]
            block = self._blocks[key] = Block(bottom - top + 1, right - left + 1, values)
        return block

    def cell(self, sheet: str, place: Place) -> Stored:
        """Value of one cell."""
        return self._values[sheet].get(place)


def _by_column(cells: Mapping[Cell, object] | set[Cell] | tuple[()]) -> dict[tuple[str, int], list[int]]:
    """Rows of cells by sheet and column, sorted."""
    rows: dict[tuple[str, int], list[int]] = {}
    for sheet, row, column in cells:
        rows.setdefault((sheet, column), []).append(row)
    for found in rows.values():
        found.sort()
    return rows


def _within(rows: Mapping[tuple[str, int], list[int]], reference: Reference) -> list[Cell]:
    """Indexed cells within a range."""
    sheet = reference.sheet
    top, left, bottom, right = reference.area
    found: list[Cell] = []
    for column in range(left, right + 1):
        column_rows = rows.get((sheet, column))
        if column_rows:
            span = column_rows[bisect_left(column_rows, top) : bisect_right(column_rows, bottom)]
            found += [(sheet, row, column) for row in span]
    return found
