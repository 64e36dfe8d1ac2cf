"""A run's results for a book that holds values: the live book's calls, evaluated over the file's own cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xl_mmm.book.calls import calls
from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.overlay import evaluate_formulas
from xl_mmm.errors import CellError
from xl_mmm.functions.call import refused
from xl_mmm.functions.cells import NOT_AVAILABLE
from xl_mmm.functions.models import is_blank
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import parse_place, place_name, plain

if TYPE_CHECKING:
    from pathlib import Path

    from xl_mmm.book.kept import Cells
    from xl_mmm.book.layout import Layout


REMEDY = "Build the book again with xl-mmm new if its sheets were changed."


def completed(path: Path, layout: Layout, cells: Cells) -> Cells:
    """Return `cells` with the values of every block that a call fills; before the first fit most have none.

    Parameters
    ----------
    path
        The workbook, past the gate; it is only read.
    layout
        Where its blocks stand.
    cells
        What a run keeps: sheet -> address -> value.

    Raises
    ------
    CellError
        A function broke down or gives an error value; its place is named.
    """
    texts = calls(layout)
    areas: dict[str, dict[tuple[int, int, int, int], str]] = {}
    for name, text in texts.items():
        block = layout.blocks[name]
        area = (block.row + 1, block.col + 1, block.row + block.height, block.col + len(block.keys))
        areas.setdefault(block.sheet, {})[area] = text
    grid = OpenedBook(path.read_bytes(), path.name).grid({sheet: own.values() for sheet, own in areas.items()})
    known = {sheet: dict(found) for sheet, found in grid.cells.items()}
    for sheet, values in cells.items():
        for address, value in values.items():
            known[sheet][parse_place(address)] = plain(value, grid.date1904, f"{sheet}!{address}")
    found = evaluate_formulas(replace(grid, cells=known), areas)
    if found.failures:
        raise CellError([f"{sheet}!{place_name(row, column)}: {why}" for (sheet, row, column), why in found.failures])
    model = layout.blocks["model"]
    nothing_yet = is_blank([[found.values[model.sheet][model.row + 1, model.col + 1]]])
    whole: Cells = {sheet: dict(values) for sheet, values in cells.items()}
    for name in texts:
        block = layout.blocks[name]
        own = whole.setdefault(block.sheet, {})
        for row, column, _ in block.cells():
            result, address = found.values[block.sheet][row + 1, column + 1], place_name(row + 1, column + 1)
            if nothing_yet and result == NOT_AVAILABLE:
                result = None
            if isinstance(result, CellErrorValue):
                why = refused(texts[name].lstrip("=").partition("(")[0]) or f"{texts[name]} gives {result}. {REMEDY}"
                raise CellError(f"{block.sheet}!{address}: {why}")
            own[address] = None if result == "" else result
    return whole
