"""Excel on Windows: the module that xlwings' server imports, one function for each record of the registry.

Conventions
-----------
* Nothing is decided here: `functions.call` does the work; this is the border between COM's values and cells.
* Arguments cross as COM has them. A range is always a rectangle, also when it is one cell: xlwings' own converter
  makes a blank cell and a missing argument the same and turns errors into blanks or look-alike text.
* Results cross as numbers and text; an error value as the text of `sentinel`, which the workbook's VBA turns back.
* Whatever fails unexpectedly is #VALUE! in the cell and an entry in the log (`failures`).
"""

from __future__ import annotations

import inspect
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, Any

import xlwings
from xlwings.conversion import Converter, accessors

from xl_mmm import functions
from xl_mmm.functions.sentinel import sentinel
from xl_mmm.hosts import failures
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

CATEGORY = "xl_mmm"  # heading in Excel's list of functions


class Border(Converter):
    """Values as COM has them on one side, rows of cells on the other."""

    base = accessors["raw"]

    @classmethod
    def read_value(cls, value: object, options: object) -> object:  # noqa: ARG003 - xlwings calls it so
        """Return a range or array as rows and a single value as it is.

        COM has one row of an array without its second dimension, and cells formatted as currency as `Decimal`. Most
        ranges have none, so the types are looked at all together before any cell is.
        """
        if not isinstance(value, tuple | list):
            return float(value) if isinstance(value, Decimal) else value
        rows = value if value and isinstance(value[0], tuple | list) else (value,)
        if Decimal not in set(map(type, chain.from_iterable(rows))):
            return rows
        return [[float(cell) if type(cell) is Decimal else cell for cell in row] for row in rows]

    @classmethod
    def write_value(cls, value: functions.Cells, options: object) -> Sequence[Sequence[object]]:  # noqa: ARG003
        """Return rows as COM takes them."""
        if CellErrorValue not in set(map(type, chain.from_iterable(value))):
            return value
        return [[sentinel(cell) if type(cell) is CellErrorValue else cell for cell in row] for row in value]


class Rectangle(Border):
    """The same for an argument that is a range: one cell, be it blank, is a rectangle too."""

    @classmethod
    def read_value(cls, value: object, options: object) -> object:
        """Return rows."""
        found = super().read_value(value, options)
        return found if isinstance(found, list | tuple) else [[found]]


def bound(function: functions.Function) -> Callable[..., functions.Cells]:
    """Return a function as xlwings wants it: a name, positional arguments, a help text each, no type hints."""

    def answer(*cells):  # type: ignore[no-untyped-def]  # xlwings would take hints for converters
        return evaluated(function.name, cells)

    answer.__name__ = answer.__qualname__ = function.name
    answer.__doc__ = function.help
    signed: Any = answer
    signed.__signature__ = inspect.Signature(_parameters(function.arguments))
    for argument in function.arguments:
        signed = xlwings.arg(argument.name, Rectangle if argument.is_range else Border, doc=argument.help)(signed)
    found: Callable[..., functions.Cells] = xlwings.func(category=CATEGORY)(xlwings.ret(Border)(signed))
    return found  # the category is set last: each of the others sets xlwings' own


def evaluated(name: str, cells: tuple[object, ...]) -> functions.Cells:
    """Return a function's result as rows, #VALUE! where it fails unexpectedly."""
    try:
        found = functions.call(name, cells)
    except Exception:
        failures.record(name, cells)
        found = functions.VALUE
    return found if isinstance(found, list) else [[found]]


def _parameters(arguments: Iterable[functions.Argument]) -> list[inspect.Parameter]:
    return [
        inspect.Parameter(
            argument.name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=None if argument.optional else inspect.Parameter.empty,
        )
        for argument in arguments
    ]


# xlwings looks functions up as attributes of the module that it imports
globals().update({name: bound(function) for name, function in functions.FUNCTIONS.items()})
