"""A plan of the optimizer as a row of `tblScenarios`: always a new one, in a row that is blank, never over another.

The row is written in money, so that it stays the plan that was found when data are added. A plan that stands in the
table already, under whatever name, is not written twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.planning.outcome import MONEY
from xl_mmm.rules import is_blank
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import place_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xl_mmm.book.kept import Cells, CellValue
    from xl_mmm.planning import Scenario
    from xl_mmm.tables.table_rows import TableRows

OPTIMIZED = "Optimized"
ALIKE = 1e-6  # share of a channel's money by which two plans may differ and be the same
FULL = (
    f"{names.SCENARIOS}: {names.TBL_SCENARIOS} has no blank row left, so the optimized plan is not listed there. Clear "
    "a row that is no longer needed, and press Optimize again."
)


@dataclass(frozen=True, slots=True)
class NewRow:
    """What is to be written.

    Attributes
    ----------
    cells
        Sheet -> address -> value; empty when there is nothing to write.
    remark
        Why nothing is written although the plan is new; empty otherwise.
    """

    cells: Cells
    remark: str = ""


def optimized_row(
    table: TableRows, scenarios: Iterable[Scenario], spend: Mapping[str, float], today: Mapping[str, float], note: str
) -> NewRow:
    """Return a plan as the next row of the table.

    Parameters
    ----------
    table
        `tblScenarios` as it stands.
    scenarios
        Its rows, read.
    spend, today
        Paid channel -> money of the plan, and of today.
    note
        Where the plan comes from.
    """
    if any(_alike(scenario, spend, today) for scenario in scenarios):
        return NewRow({})
    in_money = names.H_IN in table.headers
    values: dict[str, CellValue] = {names.H_SCENARIO: _name(table), names.H_IN: names.MONEY, names.H_NOTE: note}
    for channel, money in spend.items():
        values[channel] = money if in_money else money / today[channel] if today[channel] else None
    return _in_blank_row(table, values, set())


def missing_rows(source: TableRows, target: TableRows) -> NewRow:
    """Return the rows that one table has and another lacks, for blank rows of the other."""
    known = {str(name).strip() for name in target.columns[0] if not is_blank(name)}
    cells: Cells = {}
    taken: set[int] = set()
    for row in range(source.n_rows):
        name = source.get(row, names.H_SCENARIO)
        if is_blank(name) or str(name).strip() in known:
            continue
        values = {header: source.get(row, header) for header in source.headers if header in target.headers}
        written = _in_blank_row(target, values, taken)  # type: ignore[arg-type]  # read from cells, so cells hold them
        if written.remark:
            return NewRow(cells, written.remark)
        for sheet, own in written.cells.items():
            cells.setdefault(sheet, {}).update(own)
    return NewRow(cells)


def _in_blank_row(table: TableRows, values: Mapping[str, CellValue], taken: set[int]) -> NewRow:
    """Place values in the first blank row that is not taken, and take it."""
    blank = (i for i in range(table.n_rows) if i not in taken and all(is_blank(column[i]) for column in table.columns))
    row = next(blank, None)
    if row is None:
        return NewRow({}, FULL)
    taken.add(row)
    own: dict[str, CellValue] = {
        place_name(table.first_row + row, table.first_column + j): values[header]
        for j, header in enumerate(table.headers)
        if values.get(header) is not None
    }
    return NewRow({table.sheet: own})


def _alike(scenario: Scenario, spend: Mapping[str, float], today: Mapping[str, float]) -> bool:
    """Whether a scenario is this plan, with nothing assumed of market, prices or controls."""
    if len(scenario.lines) != 1:
        return False
    line = scenario.lines[0]
    if line.period or line.changes or line.levels or {line.market, line.media_cost} - {None, 1.0}:
        return False
    given = dict(line.spend)
    other = [
        today[name] if name not in given else given[name] * (1.0 if line.unit == MONEY else today[name])
        for name in spend
    ]
    return bool(np.allclose(other, list(spend.values()), rtol=ALIKE, atol=0.0))


def _name(table: TableRows) -> str:
    """Return the next name that no row has."""
    found = (re.fullmatch(rf"{OPTIMIZED} (\d+)", str(name).strip()) for name in table.columns[0])
    return f"{OPTIMIZED} {1 + max((int(match[1]) for match in found if match), default=0)}"
