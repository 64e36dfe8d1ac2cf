"""What a function is: a record that hosts, help and tests read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from xl_mmm.functions.cells import Cell, Cells

KINDS = ("model", "table", "column", "number", "text")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function.

    Attributes
    ----------
    name
        Lower case, in words joined by `_`; never a cell address.
    kind
        `model` (the block of text that is the model), `table` (a rectangle with its headers), `column` (a column, row
        or single cell), `number` or `text` (single values).
    help
        One line, at most 255 characters.
    optional
        Whether it may be left out; optional arguments come last.
    """

    name: str
    kind: str
    help: str
    optional: bool = False

    @property
    def is_range(self) -> bool:
        """Whether hosts hand it over as a rectangle, even when it is one cell."""
        return self.kind in ("model", "table", "column")


@dataclass(frozen=True, slots=True)
class Function:
    """One `MMM_` function.

    Attributes
    ----------
    name
        As typed in a cell.
    category
        Heading in FUNCTIONS.md: Model, Results, Plans, Transforms, Checks.
    help
        One line for the Function Wizard, at most 255 characters.
    arguments
        In order.
    example
        A formula as it could stand in a cell.
    returns
        What fills the cells, in one line: columns, units.
    run
        One value or rectangle an argument, already coerced by `call` (rectangles as rows; blank single values None).
    """

    name: str
    category: str
    help: str
    arguments: tuple[Argument, ...]
    example: str
    returns: str
    run: Callable[..., Cell | Cells]
