"""A workbook that asks every case, as Excel would store it: arguments in cells, answers as blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from tests.host.cases import Case, answered, name_of
from tests.host.market import shared
from xl_mmm.functions import FUNCTIONS
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from xl_mmm.functions import Cells

SHARED = "Shared"


def write_cases(path: Path, cases: Sequence[Case]) -> dict[Case, str]:
    """Write a workbook with one sheet a case; return where each answer stands."""
    areas = {}
    with xlsxwriter.Workbook(path) as book:
        rectangles = _Cells(book, SHARED)
        named = {name: rectangles.put(rows) for name, rows in shared().items()} if _any_shared(cases) else {}
        for number, case in enumerate(cases):
            answers, given = book.add_worksheet(f"answer {number}"), _Cells(book, f"given {number}")
            arguments = ",".join(_argument(given, named, value) for value in _with_separators(case))
            answer = answered(case)
            rows = answer if isinstance(answer, list) else [[answer]]
            area = xl_range_abs(0, 0, len(rows) - 1, len(rows[0]) - 1)
            answers.write_array_formula(area.replace("$", ""), f"={case.function}({arguments})")
            areas[case] = f"answer {number}!{area}"
    return areas


def _with_separators(case: Case) -> list[object]:
    """Return a case's arguments with a blank for each table left out at the end, whose separator LibreOffice wants."""
    tables = [i for i, one in enumerate(FUNCTIONS[case.function].arguments) if one.kind in ("model", "table")]
    missing = max(tables, default=-1) + 1 - len(case.arguments)
    return [*case.arguments, *[None] * missing]


def _any_shared(cases: Iterable[Case]) -> bool:
    return any(name_of(value) for case in cases for value in case.arguments)


def _argument(given: _Cells, named: dict[str, str], value: object) -> str:
    """Spell an argument inside a formula."""
    if value is None:
        return ""
    if name_of(value):
        return named[name_of(value)]
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, float | int):
        return repr(value)
    return given.put(value if isinstance(value, list) else [[value]])


class _Cells:
    """A sheet on which rectangles are put side by side."""

    def __init__(self, book: xlsxwriter.Workbook, name: str) -> None:
        self.sheet, self.name, self.column = book.add_worksheet(name), name, 0

    def put(self, rows: Cells) -> str:
        """Write a rectangle and return its address."""
        for i, row in enumerate(rows):
            for j, value in enumerate(row, start=self.column):
                if isinstance(value, CellErrorValue):
                    self.sheet.write_formula(i, j, f"={value.code}", value=value.code)
                elif isinstance(value, str):
                    self.sheet.write_string(i, j, value)
                elif value is not None:
                    self.sheet.write(i, j, value)
        last = self.column + len(rows[0]) - 1
        area = xl_range_abs(0, self.column, len(rows) - 1, last)
        self.column = last + 2
        return f"'{self.name}'!{area}"
