"""One table of cases for every host: a function, its arguments, and the same answer wherever it is asked.

An argument is what a sheet holds: a number, text, an error, None for one that is left out, a rectangle as rows (blanks
are None, days are serial numbers), or the name of a shared rectangle in braces, such as `"{model}"`, which `shared()`
makes once. `resolved(case)` puts the rectangles in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tests.host.market import shared
from xl_mmm.functions import Cell, Cells, call
from xl_mmm.rules import CellErrorValue

NA, REF = CellErrorValue("#N/A"), CellErrorValue("#REF!")
SPEND: Cells = [[1000.0], [0.0], [250.5], [1e-3], [3e7], [120.0]]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A function and its arguments.

    Attributes
    ----------
    name
        What it is about.
    function
        Key of `FUNCTIONS`.
    arguments
        As the module says; trailing ones may be missing.
    """

    name: str
    function: str
    arguments: tuple[object, ...] = ()


CASES: tuple[Case, ...] = (
    Case("a text without arguments", "MMM_VERSION"),
    Case("a column", "MMM_ADSTOCK", (SPEND, "geometric", 0.5)),
    Case("a row is a row of six weeks of one", "MMM_ADSTOCK", ([[1.0, 2.0, 3.0]], "geometric", 0.5)),
    Case("several columns", "MMM_ADSTOCK", ([[1.0, 10.0], [2.0, 0.0], [0.0, 5.0]], "geometric", 0.5)),
    Case("one cell", "MMM_ADSTOCK", ([[7.5]], "geometric", 0.25)),
    Case("every argument", "MMM_ADSTOCK", (SPEND, "delayed", 0.5, 1.0, 3.0)),
    Case("an argument left out in the middle", "MMM_ADSTOCK", (SPEND, "geometric", 0.5, None, 3.0)),
    Case("an argument too few", "MMM_ADSTOCK", (SPEND, "delayed", 0.5)),
    Case("an argument too many", "MMM_ADSTOCK", (SPEND, "geometric", 0.5, 1.0)),
    Case("an unknown word", "MMM_ADSTOCK", (SPEND, "Geometrisch", 0.5)),
    Case("text for a number", "MMM_ADSTOCK", (SPEND, "geometric", "0.5")),
    Case("a number for text", "MMM_ADSTOCK", (SPEND, 3.0, 0.5)),
    Case("a number outside its bounds", "MMM_ADSTOCK", (SPEND, "geometric", 1.5)),
    Case("a blank cell in a column", "MMM_ADSTOCK", ([[1.0], [None], [3.0]], "geometric", 0.5)),
    Case("text in a column", "MMM_ADSTOCK", ([[1.0], ["n/a"], [3.0]], "geometric", 0.5)),
    Case("an error in a column", "MMM_ADSTOCK", ([[1.0], [NA], [3.0]], "geometric", 0.5)),
    Case("an error for a single value", "MMM_ADSTOCK", (SPEND, "geometric", REF)),
    Case("Hill", "MMM_SATURATE", (SPEND, "hill", 500.0, 1.3)),
    Case("power", "MMM_SATURATE", (SPEND, "power", 0.5)),
)


def resolved(case: Case) -> list[object]:
    """Return a case's arguments with the shared rectangles in place of their names."""
    return [shared()[name_of(value)] if name_of(value) else value for value in case.arguments]


def name_of(value: object) -> str:
    """Return the name of the shared rectangle that an argument is, or nothing."""
    return value[1:-1] if isinstance(value, str) and value.startswith("{") else ""


@cache
def answered(case: Case) -> Cell | Cells:
    """Return what a case gives without any host."""
    return call(case.function, resolved(case))
