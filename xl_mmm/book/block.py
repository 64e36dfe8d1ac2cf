"""A block: a rectangle of cells with one key per column, and the letters of columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


def letters(col: int) -> str:
    """Column letters of a zero-based column number: 0 -> A, 26 -> AA."""
    text = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        text = chr(65 + rest) + text
    return text


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of owned cells with one key per column.

    Attributes
    ----------
    sheet
        Sheet name.
    row, col
        Zero-based place of the first cell.
    height
        Number of rows.
    keys
        Column keys from left to right.
    """

    sheet: str
    row: int
    col: int
    height: int
    keys: tuple[str, ...]

    def place(self, key: str, i: int = 0) -> tuple[int, int]:
        """Zero-based row and column of row `i` under `key`."""
        return self.row + i, self.col + self.keys.index(key)

    def address(self, key: str, i: int = 0, *, absolute: bool = False) -> str:
        """Address on the block's own sheet: `B7`, or `$B$7`."""
        row, col = self.place(key, i)
        return f"${letters(col)}${row + 1}" if absolute else f"{letters(col)}{row + 1}"

    def cell(self, key: str, i: int = 0) -> str:
        """Absolute reference with the sheet: `ROI!$B$7`."""
        return f"{self.sheet}!{self.address(key, i, absolute=True)}"

    def column(self, key: str, rows: int | None = None) -> str:
        """Absolute reference to the first `rows` cells under `key` (all by default): `ROI!$B$7:$B$11`."""
        last = (self.height if rows is None else rows) - 1
        return f"{self.cell(key)}:{self.address(key, last, absolute=True)}"

    @property
    def ref(self) -> str:
        """The whole rectangle: `B7:F11`."""
        return f"{self.address(self.keys[0])}:{self.address(self.keys[-1], self.height - 1)}"

    def cells(self) -> Iterator[tuple[int, int, str]]:
        """Every place with its key, row by row."""
        for i in range(self.height):
            for j, key in enumerate(self.keys):
                yield self.row + i, self.col + j, key
