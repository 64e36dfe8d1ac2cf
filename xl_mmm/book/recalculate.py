"""Calculating the workbook's formulas: the short native list that the template uses, and the `MMM_` functions.

The builder computes cached values with it before it writes; the writer refreshes those that depend on what it wrote.
Formulas are evaluated once each, in the order of their dependencies, array formulas as a whole. A formula outside the
list keeps its cached value and is reported, and so are circles and functions that break down: never broken, never
guessed.
"""

from __future__ import annotations

from xl_mmm.book.formulas.evaluate import LAZY, Cancelled, Evaluator
from xl_mmm.book.formulas.functions import FUNCTIONS as NATIVE
from xl_mmm.book.formulas.grid import Cell, Formula, Grid, Recalculation, Table, cached_values
from xl_mmm.book.formulas.order import Places, in_order
from xl_mmm.book.formulas.parse import (
    POSITIONS,
    Node,
    Reference,
    Scope,
    Unsupported,
    mentioned,
    parse_formula,
    references,
)
from xl_mmm.book.formulas.values import Block
from xl_mmm.functions import FUNCTIONS
from xl_mmm.tables.cell_values import Area, Place, Stored, plain

__all__ = ["ALLOWED_FUNCTIONS", "Cell", "Formula", "Grid", "Recalculation", "Table", "recalculate"]

_ARITIES = {name: entry.arity for name, entry in NATIVE.items()} | LAZY | POSITIONS
ALLOWED_FUNCTIONS = frozenset(_ARITIES)  # native ones
_LARGE_RANGE = 200_000  # cells from which a range is cut down to the used part of the book
_MAX_RANGE = 5_000_000  # cells of one range after that
_MAX_AREA = 1_000_000  # cells that one array formula may fill


def recalculate(grid: Grid, changed: set[Cell] | None = None) -> Recalculation:
    """Evaluate formulas.

    Parameters
    ----------
    grid
        The cells.
    changed
        Evaluate only formulas that depend on these cells, stand in them, or have no cached value; None evaluates all.

    Returns
    -------
    Recalculation
        Values by sheet and place, the formulas left alone, and the functions that broke down.

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
        self._formulas: dict[Cell, Formula] = {}
        self._areas: dict[Cell, Area] = {}
        self._values: dict[str, dict[Place, Stored]] = {sheet: {} for sheet in grid.cells}
        for sheet, cells in grid.cells.items():
            known = self._values[sheet]
            for place, content in cells.items():
                if isinstance(content, Formula):
                    self._formulas[sheet, *place] = content
                    self._areas[sheet, *place] = content.area or (*place, *place)
                else:
                    known[place] = plain(content, False, sheet)
        for (sheet, row, column), formula in self._formulas.items():
            for place, value in cached_values((row, column), formula):
                self._values[sheet][place] = plain(value, False, sheet)
        own = {} if grid.date1904 else {name: (0, len(entry.arguments)) for name, entry in FUNCTIONS.items()}
        self._scope = Scope(
            sheets={sheet.casefold(): sheet for sheet in grid.cells},
            tables={table.name.casefold(): table for table in grid.tables},
            names={name.casefold(): text for name, text in grid.names.items()},
            functions=_ARITIES | own,
        )
        self._bottom = max((place[0] for cells in self._values.values() for place in cells), default=1)
        self._right = max((place[1] for cells in self._values.values() for place in cells), default=1)
        self._places = Places(self._areas)
        self._changed_places = Places({cell: (*cell[1:], *cell[1:]) for cell in changed or ()})
        self._blocks: dict[tuple[str, Area], Block] = {}
        self._trees: dict[Cell, Node] = {}
        self._needs: dict[Cell, list[Reference]] = {}

    def run(self) -> Recalculation:
        """Evaluate in the order of dependencies."""
        unknown = {cell for cell in self._formulas if not self._understood(cell)}
        order, circular = in_order(self._formulas, self._precedents)
        unknown |= circular
        dirty: set[Cell] = set()
        found: dict[str, dict[Place, Stored]] = {}
        left_alone: list[Cell] = []
        failures: list[tuple[Cell, str]] = []
        for cell in order:
            if not self._concerned(cell, dirty):
                continue
            if cell in unknown:
                left_alone.append(cell)
                continue
            formula, area = self._formulas[cell], self._areas[cell]
            try:
                block = Evaluator(self, cell, area, array=formula.area is not None).result(self._trees[cell])
            except Cancelled as cancelled:
                failures.append((cell, str(cancelled)))
                continue
            if block.shape != _shape(area):
                if formula.spills:
                    left_alone.append(cell)
                    continue
                block = block.fitted(*_shape(area))
            dirty.add(cell)
            self._fill(cell[0], area, block, found)
        if self._changed is None:
            left_alone = sorted({*left_alone, *unknown})
        return Recalculation(found, tuple(left_alone), tuple(failures))

    def _understood(self, cell: Cell) -> bool:
        """Parse a formula; what it reads is known also where it cannot be evaluated."""
        sheet, row, column = cell
        formula, (top, left, bottom, right) = self._formulas[cell], self._areas[cell]
        text = formula.text.removeprefix("=")
        try:
            if (top, left) != (row, column) or (bottom - top + 1) * (right - left + 1) > _MAX_AREA:
                raise Unsupported(text)
            tree = parse_formula(text, sheet, (row, column), self._scope)
            self._needs[cell] = [self._clipped(reference) for reference in references(tree)]
            self._trees[cell] = tree
        except Unsupported:
            self._needs[cell] = mentioned(text, sheet, (row, column), self._scope)
            return False
        return True

    def _concerned(self, cell: Cell, dirty: set[Cell]) -> bool:
        """Whether a formula must be evaluated anew."""
        if self._changed is None or cell in self._changed or self._formulas[cell].cached is None:
            return True
        return any(
            self._changed_places.within(reference) or not dirty.isdisjoint(self._places.within(reference))
            for reference in self._needs[cell]
        )

    def _fill(self, sheet: str, area: Area, block: Block, found: dict[str, dict[Place, Stored]]) -> None:
        """Keep the values of an area for formulas that read them and for the caller."""
        top, left, bottom, right = area
        places = [(row, column) for row in range(top, bottom + 1) for column in range(left, right + 1)]
        values = dict(zip(places, block.values, strict=True))
        self._values[sheet].update(values)
        found.setdefault(sheet, {}).update(values)

    def _clipped(self, reference: Reference) -> Reference:
        """Cut whole columns and rows down to the used part; other ranges keep their shape."""
        top, left, bottom, right = reference.area
        if (bottom - top + 1) * (right - left + 1) <= _LARGE_RANGE:
            return reference
        area = (top, left, max(top, min(bottom, self._bottom)), max(left, min(right, self._right)))
        if (area[2] - top + 1) * (area[3] - left + 1) > _MAX_RANGE:
            raise Unsupported(f"{reference.sheet}: a range of that size")
        return Reference(reference.sheet, area)

    def _precedents(self, cell: Cell) -> list[Cell]:
        return [other for reference in self._needs[cell] for other in self._places.within(reference)]

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


def _shape(area: Area) -> tuple[int, int]:
    """Rows and columns of an area."""
    return area[2] - area[0] + 1, area[3] - area[1] + 1
