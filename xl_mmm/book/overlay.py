"""Formulas laid over a workbook's cells: what a book of values would show if its values were the live formulas.

The values flavor holds numbers where the live one holds `MMM_` calls. Both get their numbers here, from the same
formula texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from xl_mmm.book.formulas.grid import Cell, Formula, Grid, Recalculation, cached_values
from xl_mmm.book.recalculate import recalculate
from xl_mmm.tables.cell_values import Area

if TYPE_CHECKING:
    from xl_mmm.book.editing.opened import OpenedBook


def evaluate_formulas(book: OpenedBook | Grid, formulas: Mapping[str, Mapping[Area, str]]) -> Recalculation:
    """Evaluate formulas as if they stood in a workbook, and every formula of the workbook that depends on them.

    Parameters
    ----------
    book
        The workbook, which stays as it is.
    formulas
        Sheet -> cells that the formula fills, rows and columns counted from 1 -> its text, with or without "=". Each is
        an array formula, also over one cell. They cover what the workbook holds there; its formulas that reach into an
        area count as values.

    Returns
    -------
    Recalculation
        `values` has each cell of the areas, and of the workbook's own formulas those that depend on them or have no
        cached value. What could not be evaluated is in `left_alone` and `failures`; the workbook's values stand for it.

    Raises
    ------
    CellError
        The workbook's file has no such sheet, or is damaged.
    KeyError
        The grid has no such sheet.

    Examples
    --------
    >>> grid = Grid({"S": {(1, 1): 2.0, (1, 2): 0.0, (2, 2): 0.0, (3, 2): Formula("SUM(B1:B2)", 0.0)}})
    >>> evaluate_formulas(grid, {"S": {(1, 2, 2, 2): "=A1*3"}}).values
    {'S': {(1, 2): 6.0, (2, 2): 6.0, (3, 2): 12.0}}
    """
    grid = book if isinstance(book, Grid) else book.grid({sheet: texts.values() for sheet, texts in formulas.items()})
    cells = {sheet: dict(found) for sheet, found in grid.cells.items()}
    laid: set[Cell] = set()
    for sheet, texts in formulas.items():
        known = cells[sheet]
        for place, content in grid.cells[sheet].items():
            if isinstance(content, Formula) and any(_meet(content.area or (*place, *place), area) for area in texts):
                known[place] = None
                known.update(cached_values(place, content))
        for area, text in texts.items():
            place = area[0], area[1]
            known[place] = Formula(text, known.get(place), area)
            laid.add((sheet, *place))
    return recalculate(replace(grid, cells=cells), laid)


def _meet(one: Area, other: Area) -> bool:
    """Whether two areas share a cell."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
