"""What several functions ask alike: which model, how wide a range, which day; and what they answer in common."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.errors import CellError
from xl_mmm.functions.input_tables import DAY_ZERO, FIRST_SERIAL, LAST_SERIAL
from xl_mmm.functions.record import Argument
from xl_mmm.rules import shown
from xl_mmm.tables.cell_values import serial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.functions.cells import Cell, Cells

LEVEL = 0.90

MODEL = Argument("model", "model", "The model: its block of text on the sheet Model.")
RANGE = Argument("level", "number", "Width of the ranges as a share, 0.9 when blank.", optional=True)
ROWS = Argument(
    "rows", "number", "Rows prepared on a sheet: exactly so many, without headers. Blank: headers and all rows.",
    optional=True,
)  # fmt: skip


def level_of(level: float | None) -> float:
    """Return the width of the ranges, the usual one when it is left out."""
    return LEVEL if level is None else level


def day_number(day: date | np.datetime64) -> float:
    """Return a day as a serial number, the way a cell stores it."""
    return serial(day.astype("datetime64[D]").item() if isinstance(day, np.datetime64) else day, date1904=False)


def day_of(cells: Cells | None, what: str) -> date | None:
    """Return the day in a single cell; None when it is blank or left out.

    Raises
    ------
    CellError
        The cell holds no day.
    """
    values = column(cells)
    if not values:
        return None
    value = values[0]
    if len(values) == 1 and isinstance(value, date):
        return value
    if len(values) == 1 and isinstance(value, float) and FIRST_SERIAL <= value < LAST_SERIAL:
        return (DAY_ZERO + timedelta(days=int(value))).date()
    raise CellError(f"{what} is {value!r}; give one cell with a date.")


def text_in(cells: Cells | None, what: str) -> str | None:
    """Return the text in a single cell, a number as its digits; None when it is blank or left out.

    Raises
    ------
    CellError
        More than one cell, or one that holds no text.
    """
    values = column(cells)
    if not values:
        return None
    value = shown(values[0]) if type(values[0]) is float else values[0]
    if len(values) > 1 or not isinstance(value, str):
        raise CellError(f"{what} is {values[0]!r}; give one cell with a text.")
    return value


def number_in(cells: Cells | None, what: str) -> float | None:
    """Return the number in a single cell; None when it is blank or left out.

    Raises
    ------
    CellError
        More than one cell, or one that holds no number.
    """
    values = column(cells)
    if not values:
        return None
    if len(values) > 1 or type(values[0]) is not float:
        raise CellError(f"{what} is {values[0]!r}; give one cell with a number.")
    return values[0]


def column(cells: Cells | None) -> list[Cell]:
    """Return the cells of a row or column in order, blanks at the end left out.

    Raises
    ------
    CellError
        They are a rectangle.
    """
    if cells is None:
        return []
    if len(cells) > 1 and len(cells[0]) > 1:
        raise CellError(f"a row or column is wanted here, {len(cells)} × {len(cells[0])} cells were given.")
    values = [value for row in cells for value in row]
    while values and values[-1] is None:
        values.pop()
    return values


def amounts(values: Sequence[Cell], what: str) -> list[float]:
    """Return cells as numbers.

    Raises
    ------
    CellError
        A cell is blank, text, a truth value or an error; it is named by its place in the column.
    """
    found = []
    for i, value in enumerate(values, start=1):
        if isinstance(value, bool) or not isinstance(value, float):
            raise CellError(f"{what}: cell {i} holds {value!r}; give a number.")
        found.append(value)
    return found
