"""What a cell can hold, and how values cross the border between a spreadsheet and the core.

Conventions
-----------
* A cell is a number (float), text, a truth value, a day, an error (`CellErrorValue`) or `BLANK`.
* A rectangle is a list of rows. Hosts hand over what they have: a single value, a row, a column, nested tuples; it is
  made rectangular here. Whole numbers become floats; an empty text is a blank; COM's error numbers become errors.
* Days come as dates (classic host) or as serial numbers (all others): both are read by what the column is for.
* Results: blanks are written as empty text, numbers are finite, texts in a table have at most 255 characters, because
  one longer text turns a whole Variant array into #VALUE!.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TypeAlias

import numpy as np

from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue
from xl_mmm.rules.cells import error_code

Cell: TypeAlias = float | str | bool | date | CellErrorValue | None
Cells: TypeAlias = list[list[Cell]]

BLANK = ""
LONGEST = 255  # characters of a text in a table of results
MORE = "…"
MOST_ROWS = 100_000  # of a prepared table
_LOWEST = -1e9  # plain numbers above it are no error codes
VALUE, NUMBER, NOT_AVAILABLE = (CellErrorValue(code) for code in ("#VALUE!", "#NUM!", "#N/A"))


def cell(value: object) -> Cell:
    """Return one value as a cell holds it; blank, also empty text, is None.

    Raises
    ------
    TypeError
        The host handed over something that no cell holds: a fault of the host's.
    """
    if value is None or isinstance(value, bool | CellErrorValue):
        return value
    if isinstance(value, str):
        return value if value else None
    if isinstance(value, int | float | np.integer | np.floating):
        code = error_code(value)
        number = float(value)
        return CellErrorValue(code) if code else number if math.isfinite(number) else NUMBER
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, datetime):
        bare = value.replace(tzinfo=None)
        return bare.date() if (bare.hour, bare.minute, bare.second, bare.microsecond) == (0, 0, 0, 0) else bare
    if isinstance(value, date):
        return value
    raise TypeError(f"a cell cannot hold a {type(value).__name__}")


def rectangle(value: object) -> Cells:
    """Return a value, a row, a column or a rectangle as rows of equal length; a flat sequence is a column."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, str) or not isinstance(value, Sequence):
        return [[cell(value)]]
    if not value:
        return [[None]]
    if all(isinstance(row, str) or not isinstance(row, Sequence) for row in value):
        return [[cell(item)] for item in value]
    rows = [
        [item if type(item) is float and _LOWEST < item < math.inf else cell(item) for item in row] for row in value
    ]  # nearly every cell is a plain number; the others go the long way
    if len({len(row) for row in rows}) != 1:
        raise TypeError("the rows of a rectangle differ in length")
    return rows


def single(value: object) -> Cell:
    """Return the only cell of a value.

    Raises
    ------
    CellError
        It has more than one.
    """
    rows = rectangle(value)
    if len(rows) != 1 or len(rows[0]) != 1:
        raise CellError(f"one cell is wanted here, {len(rows)} × {len(rows[0])} were given.")
    return rows[0][0]


def result(value: object) -> Cell:
    """Return one computed value as a result cell: not-a-number is blank, long text is cut."""
    if value is None or (isinstance(value, float | np.floating) and math.isnan(value)):
        return BLANK
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[D]").item()
    found = cell(value)
    if found is None:
        return BLANK
    return found[: LONGEST - 1] + MORE if isinstance(found, str) and len(found) > LONGEST else found


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], height: float | None) -> Cells:
    """Return a table of results.

    Parameters
    ----------
    headers
        Column headers.
    rows
        Values in the order of the headers.
    height
        None: headers and as many rows as there are. A number: exactly so many rows, without the headers, blank below
        the last; for a prepared table on a sheet.

    Raises
    ------
    CellError
        `height` is no number of rows, or there are more rows than that: nothing is cut off in silence.
    """
    body = [[result(value) for value in row] for row in rows]
    if height is None:
        return [list(headers), *body]
    if not 1 <= height <= MOST_ROWS or height != int(height):
        raise CellError(f"rows is {height:g}; give a whole number from 1 to {MOST_ROWS}.")
    if len(body) > height:
        raise CellError(f"{len(body)} rows are needed and {height:g} are prepared.")
    return body + [[BLANK] * len(headers) for _ in range(int(height) - len(body))]
