"""Values inside formulas: conversion and comparison by Excel's rules.

Conventions: a number is a float, a blank None, a range a `Block`. A single value is converted where a number is wanted
(`"3"` is 3, TRUE is 1, a blank 0); text compares without case; numbers compare to 15 digits.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import Stored

DIVISION, VALUE, NOT_AVAILABLE = CellErrorValue("#DIV/0!"), CellErrorValue("#VALUE!"), CellErrorValue("#N/A")
NUMBER, REFERENCE = CellErrorValue("#NUM!"), CellErrorValue("#REF!")
NUMERIC = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


@dataclass(slots=True)
class Block:
    """A rectangle of values, row by row.

    Attributes
    ----------
    rows, columns
        Its size.
    values
        `rows * columns` values.
    """

    rows: int
    columns: int
    values: list[Stored]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    def lines(self) -> list[list[Stored]]:
        """Rows as lists."""
        width = self.columns
        return [self.values[start : start + width] for start in range(0, len(self.values), width)]

    def at(self, row: int, column: int) -> Stored:
        """Value at a row and column, counted from 0; a single row or column repeats, beyond the others is #N/A."""
        i, j = (0 if self.rows == 1 else row), (0 if self.columns == 1 else column)
        return self.values[i * self.columns + j] if i < self.rows and j < self.columns else NOT_AVAILABLE

    def fitted(self, rows: int, columns: int) -> Block:
        """Bring to another size, as an array formula fills the cells chosen for it: what is too much is cut."""
        if (rows, columns) == self.shape:
            return self
        return Block(rows, columns, [self.at(row, column) for row in range(rows) for column in range(columns)])


Operand: TypeAlias = Stored | Block


class Failed(Exception):  # noqa: N818 - carries an error value to the call that returns it
    """A calculation came to an error value."""

    def __init__(self, value: CellErrorValue) -> None:
        self.value = value
        super().__init__(value.code)


def to_number(value: Stored) -> float:
    """Read a number from a single value: a blank is 0, TRUE is 1, numeric text converts."""
    if isinstance(value, float):
        return value
    if value is None:
        return 0.0
    if isinstance(value, bool | int):
        return float(value)
    if isinstance(value, CellErrorValue):
        raise Failed(value)
    if NUMERIC.fullmatch(value):
        return float(value)
    raise Failed(VALUE)


def to_text(value: Stored) -> str:
    """Text of a single value, numbers as a cell of format General shows them in full (15 digits)."""
    if isinstance(value, CellErrorValue):
        raise Failed(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    digits = f"{value:.15g}"
    if "e" not in digits:
        return "0" if digits == "-0" else digits
    if abs(value) >= 1e21 or abs(value) < 1e-19:
        mantissa, exponent = digits.split("e")
        return f"{mantissa}E{exponent}"
    return format(Decimal(digits), "f")


def to_truth(value: Stored) -> bool:
    """Truth of a single value: numbers other than 0, and the words TRUE and FALSE."""
    if isinstance(value, str):
        if value.casefold() in ("true", "false"):
            return value.casefold() == "true"
        raise Failed(VALUE)
    return to_number(value) != 0


def equal_numbers(left: float, right: float) -> bool:
    """Whether two numbers agree to 15 digits, which is as far as a spreadsheet compares."""
    if left == right:
        return True
    return math.isclose(left, right, rel_tol=1e-14) and f"{left:.15g}" == f"{right:.15g}"


def compare(left: Stored, right: Stored) -> int:
    """Order of two values: -1, 0 or 1. Numbers come before text before truth values; a blank takes the other's kind."""
    if type(left) is float and type(right) is float:  # nearly every comparison
        return 0 if equal_numbers(left, right) else (left > right) - (left < right)
    for value in (left, right):
        if isinstance(value, CellErrorValue):
            raise Failed(value)
    if left is None:
        left = _blank_like(right)
    if right is None:
        right = _blank_like(left)
    ranks = rank(left), rank(right)
    if ranks[0] != ranks[1]:
        return -1 if ranks[0] < ranks[1] else 1
    if isinstance(left, str) and isinstance(right, str):
        a, b = left.casefold(), right.casefold()
        return (a > b) - (a < b)
    x, y = to_number(left), to_number(right)
    return 0 if equal_numbers(x, y) else (x > y) - (x < y)


def _blank_like(value: Stored) -> Stored:
    if isinstance(value, str):
        return ""
    return False if isinstance(value, bool) else 0.0


def rank(value: Stored) -> int:
    """Kind of a value in sorting: numbers 0, text 1, truth values 2."""
    if isinstance(value, bool):
        return 2
    return 1 if isinstance(value, str) else 0
