"""Which formula reads which, and in what order they are evaluated.

A formula is known by its first cell; an array formula is one formula however many cells it fills, and whoever reads
any of them waits for it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping

from xl_mmm.book.formulas.grid import Cell
from xl_mmm.book.formulas.parse import Reference
from xl_mmm.tables.cell_values import Area


class Places:
    """Cells and areas of a workbook, to be looked up by range.

    Parameters
    ----------
    areas
        First cell -> all its cells.
    """

    def __init__(self, areas: Mapping[Cell, Area]) -> None:
        columns: dict[tuple[str, int], list[tuple[int, int, Cell]]] = {}
        for cell, (top, left, bottom, right) in areas.items():
            for column in range(left, right + 1):
                columns.setdefault((cell[0], column), []).append((top, bottom, cell))
        self._columns: dict[tuple[str, int], tuple[list[int], list[int], list[tuple[int, int, Cell]]]] = {}
        for key, spans in columns.items():
            spans.sort()
            lowest, reach = 0, []  # how far down the spans up to each one reach: sorted, so it can be searched
            for _, bottom, _ in spans:
                lowest = max(lowest, bottom)
                reach.append(lowest)
            self._columns[key] = ([top for top, _, _ in spans], reach, spans)
        self._found: dict[tuple[str, Area], list[Cell]] = {}

    def within(self, reference: Reference) -> list[Cell]:
        """List what touches a range, each once; every range is looked up once."""
        key = (reference.sheet, reference.area)
        found = self._found.get(key)
        if found is None:
            top, left, bottom, right = reference.area
            touched: dict[Cell, None] = {}
            for column in range(left, right + 1):
                entry = self._columns.get((reference.sheet, column))
                if entry is not None:
                    tops, reach, spans = entry
                    some = spans[bisect_left(reach, top) : bisect_right(tops, bottom)]
                    touched.update((cell, None) for _, last, cell in some if last >= top)
            found = self._found[key] = list(touched)
        return found


def in_order(cells: Iterable[Cell], precedents: Callable[[Cell], list[Cell]]) -> tuple[list[Cell], set[Cell]]:
    """Sort formulas so that each comes after those it reads; also those that stand in a circle."""
    state: dict[Cell, int] = {}  # 1 being visited, 2 done
    order: list[Cell] = []
    circular: set[Cell] = set()
    for start in cells:
        if start in state:
            continue
        state[start] = 1
        path = [(start, precedents(start))]
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
                path.append((other, precedents(other)))
    return order, circular
