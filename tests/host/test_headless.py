"""The headless runner answers the table of cases as the core does, over the very workbook that LibreOffice opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.host.cases import CASES, Case, answered
from tests.host.sheets import write_cases
from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.recalculate import recalculate
from xl_mmm.functions import BLANK
from xl_mmm.tables.cell_values import parse_area

if TYPE_CHECKING:
    from xl_mmm.book.formulas.grid import Recalculation

@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Recalculation, dict[Case, str]]:
    path = tmp_path_factory.mktemp("cases") / "cases.xlsx"
    areas = write_cases(path, CASES)
    return recalculate(OpenedBook(path.read_bytes(), path.name).grid()), areas


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.function}: {case.name}")
def test_the_headless_runner_answers_as_the_core_does(
    case: Case, answers: tuple[Recalculation, dict[Case, str]]
) -> None:
    found, areas = answers
    sheet, area = areas[case].split("!")
    top, left, bottom, right = parse_area(area.replace("$", ""))
    wanted = answered(case)
    rows = wanted if isinstance(wanted, list) else [[wanted]]
    values = found.values[sheet]
    shown = [[values[row, column] for column in range(left, right + 1)] for row in range(top, bottom + 1)]
    assert [[BLANK if cell is None else cell for cell in row] for row in shown] == rows
    assert found.failures == ()
