"""Addresses and values as a cell stores them.

Conventions: rows and columns count from 1; a place is (row, column). A stored value is a float, text, a truth value,
an error or None; days are serial numbers of the workbook's date system.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

import numpy as np

from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue

Place: TypeAlias = tuple[int, int]
Area: TypeAlias = tuple[int, int, int, int]  # first row, first column, last row, last column
Stored: TypeAlias = float | str | bool | CellErrorValue | None
CellValue: TypeAlias = Stored | datetime | date

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
LONGEST_TEXT = 32_767  # characters in a cell
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
# Excel writes a character that XML cannot hold as _xHHHH_, and protects text that only looks like that
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Uncached:
    """A formula whose result is not stored in the file, so that nobody knows its value.

    Attributes
    ----------
    formula
        Its text.
    """

    formula: str

    def __str__(self) -> str:
        return f"={self.formula}"


def column_letters(column: int) -> str:
    """Letters of a column: 28 -> "AB"."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place_name(row: int, column: int) -> str:
    """Address of a place: (7, 2) -> "B7"."""
    return f"{column_letters(column)}{row}"


def parse_place(reference: str) -> Place:
    """Place of an address: "B7" or "$B$7" -> (7, 2)."""
    match = _REFERENCE.fullmatch(reference)
    column = 0
    for letter in match[1].upper() if match else "":
        column = column * 26 + ord(letter) - 64
    if match is None or column > LAST_COLUMN or int(match[2]) > LAST_ROW:
        raise CellError(f"'{reference}' is not the address of a cell, such as B7.")
    return int(match[2]), column


def parse_area(reference: str) -> Area:
    """Rectangle of a reference: "B7:D9" or "B7" -> (7, 2, 9, 4)."""
    first, _, last = reference.partition(":")
    row, column = parse_place(first)
    to_row, to_column = parse_place(last) if last else (row, column)
    return min(row, to_row), min(column, to_column), max(row, to_row), max(column, to_column)


def area_name(area: Area) -> str:
    """Spell a rectangle: (7, 2, 9, 4) -> "B7:D9"."""
    first, last = place_name(area[0], area[1]), place_name(area[2], area[3])
    return first if first == last else f"{first}:{last}"


def inside(place: Place, area: Area) -> bool:
    """Whether a place lies in a rectangle."""
    return area[0] <= place[0] <= area[2] and area[1] <= place[1] <= area[3]


def escape(text: str) -> str:
    """Write what XML cannot hold as _xHHHH_."""
    return _UNWRITABLE.sub(lambda match: f"_x{ord(match[0]):04X}_", text)


def unescape(text: str) -> str:
    """Read _xHHHH_ back into characters."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def serial(moment: date, date1904: bool) -> float:
    """Count a day and time as the workbook's serial number.

    The 1900 system counts a 29 February 1900 that never was, so days before March 1900 are one lower.
    """
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)
    if moment.tzinfo is not None:
        raise CellError(f"{moment.isoformat()} carries a time zone, which a cell cannot hold.")
    days = (moment - (datetime(1904, 1, 1) if date1904 else datetime(1899, 12, 30))) / timedelta(days=1)
    if not date1904 and days < 61:
        days -= 1
    if days < (0 if date1904 else 1):
        raise CellError(f"{moment.isoformat()} is before the first day a workbook can hold.")
    return days


def plain(value: object, date1904: bool, where: str) -> Stored:
    """Turn a value into what a cell stores: number, text, truth, error or nothing; `where` names the cell in errors."""
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, CellErrorValue)):
        return value
    if isinstance(value, date):
        return serial(value, date1904)
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            raise CellError(f"{where}: {value} is not a number a cell can hold; write None for an empty cell.")
        return float(value)
    if isinstance(value, str):
        if len(value) > LONGEST_TEXT:
            raise CellError(f"{where}: the text has {len(value)} characters; a cell holds {LONGEST_TEXT}.")
        return str(value)
    raise CellError(f"{where}: a cell cannot hold a value of type {type(value).__name__}.")


def number_text(value: float) -> str:
    """Shortest text that reads back as the same number; whole numbers without a point."""
    text = repr(float(value))
    return text.removesuffix(".0")
