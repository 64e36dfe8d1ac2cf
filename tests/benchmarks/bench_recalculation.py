"""Headless recalculation of a whole workbook after one edited spend cell.

    python -m tests.benchmarks.bench_recalculation BOOK [edits]

The workbook is read once and stays as it is. Every formula is evaluated; then a spend cell of `tblData` is changed
again and again, and what depends on it is evaluated, the `MMM_` functions included. Bars: 1 s an edit, something
follows it, and no formula is left alone or breaks down.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.reader import read_book
from xl_mmm.book.recalculate import Cell, Formula, Grid, recalculate
from xl_mmm.tables import names

EDITS = 7
BAR = 1.0  # seconds
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return how long something took, and what came of it."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def spend_cell(book: Path) -> Cell:
    """Return a cell of the first paid channel's spend, the first above zero from the middle of the data on."""
    inputs = read_book(book)
    data = inputs.tables[names.TBL_DATA]
    header = str(inputs.tables[names.TBL_CHANNELS].get(0, names.H_SPEND_COLUMN))
    row = next(i for i in range(data.n_rows // 2, data.n_rows) if float(str(data.get(i, header) or 0)) > 0)
    return data.sheet, data.first_row + row, data.first_column + data.headers.index(header)


def edited(grid: Grid, cell: Cell, factor: float) -> Grid:
    """Return the cells with one number multiplied."""
    sheet, *place = cell
    cells = dict(grid.cells[sheet])
    cells[place[0], place[1]] = factor * float(str(cells[place[0], place[1]]))
    return replace(grid, cells={**grid.cells, sheet: cells})


def main(path: str, edits: int = EDITS) -> int:
    """Print the table; return 1 when a bar fails."""
    book = Path(path)
    cell = spend_cell(book)
    reading, grid = timed(lambda: OpenedBook(book.read_bytes(), book.name).grid())
    formulas = sum(isinstance(content, Formula) for cells in grid.cells.values() for content in cells.values())
    whole, first = timed(lambda: recalculate(grid))
    rounds = [timed(lambda i=i: recalculate(edited(grid, cell, 1.01 + i / 100), {cell})) for i in range(edits)]
    seconds, last = statistics.median(taken for taken, _ in rounds), rounds[-1][1]
    values = sum(map(len, last.values.values()))
    faults = [*first.left_alone, *last.left_alone, *first.failures, *last.failures]
    print(f"{book.name}: {formulas} formulas, read in {reading:.2f} s, the first evaluation of all {whole:.2f} s")
    print(f"one edit: {values} cells anew, {len(faults)} formulas left alone or broken down")
    print(f"{seconds:.3f} s an edit (median of {edits}), bar {BAR:g}")
    print(*faults[:10], sep="\n", end="\n" if faults else "")
    passed = seconds <= BAR and not faults and values > 0
    print("PASS" if passed else "FAIL")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(int, sys.argv[2:3])))
