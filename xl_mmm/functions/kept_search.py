"""What a search proved, as cells beside the plan it found: the problem's name, the bound, costs by name.

Where no plan was found, the reason stands in the bound's place.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError
from xl_mmm.functions.asking import column

if TYPE_CHECKING:
    from xl_mmm.functions.cells import Cell, Cells
    from xl_mmm.planning import Searched

HEIGHT = 6  # the problem, its bound, then name and worth of two costs at most


def searched_cells(searched: Searched) -> list[str | float | None]:
    """Return what was proved as a column of cells."""
    found: list[str | float | None] = [searched.problem, searched.refused or searched.upper_bound]
    for cost in searched.costs:
        found += cost.constraint, cost.in_all
    return [*found, *[None] * (HEIGHT - len(found))]


def searched_of(cells: Cells | None) -> Searched | None:
    """Return what a column of cells says was proved; None where it is blank or left out.

    Raises
    ------
    CellError
        The cells were changed by hand.
    """
    from xl_mmm.planning import Cost, Searched

    values = column(cells)
    if not values:
        return None
    problem, bound, *rest = [*values, None, None][: max(len(values), 2)]
    pairs = list(zip(rest[::2], rest[1::2], strict=len(rest) % 2 == 0))
    refused = bound if isinstance(bound, str) and not rest else ""
    sound = isinstance(problem, str) and (bound is None or refused or _is_number(bound)) and len(rest) % 2 == 0
    if not sound or not all(isinstance(name, str) and _is_number(worth) for name, worth in pairs):
        raise CellError("search: the cells of the kept search were changed. Press Optimize to make them anew.")
    costs = tuple(Cost(str(name), math.nan, float(worth)) for name, worth in pairs)  # type: ignore[arg-type]
    proved = None if bound is None or refused else float(bound)  # type: ignore[arg-type]
    return Searched(str(problem), proved, costs, refused)


def _is_number(value: Cell) -> bool:
    return isinstance(value, float) and not isinstance(value, bool)
