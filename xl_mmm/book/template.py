"""`build_book`: the whole workbook from the planner's inputs, with results where there are some.

The values flavor: no `MMM_` formula, every cell with its cached value, native formulas only for totals, tie-outs and
status. Opening it recalculates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.canvas import Canvas
from xl_mmm.book.results import blank_cells, result_cells
from xl_mmm.book.sheets import (
    assumptions,
    chart_data,
    checks,
    contributions,
    data,
    experiments,
    glossary,
    log,
    model,
    optimizer,
    roi,
    scenarios,
    start,
)  # fmt: skip
from xl_mmm.book.sheets.desk import Desk
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

    from xl_mmm.book.inputs import BuildInputs
    from xl_mmm.report.result_record import Results

SHEETS = (
    start, data, assumptions, experiments, model, contributions, roi, chart_data, scenarios, optimizer, checks, log,
    glossary,
)  # fmt: skip


def build_book(path: Path, inputs: BuildInputs, results: Results | None = None) -> None:
    """Write a workbook.

    Parameters
    ----------
    path
        Where; an existing file is replaced.
    inputs
        The planner's side.
    results
        A model's results; blank result cells when None.

    Raises
    ------
    MmmError
        The results belong to other channels than the inputs.
    """
    layout = inputs.layout
    if results is None:
        plans = [str(row[n.H_SCENARIO]) for row in inputs.scenarios]
        cells = blank_cells(layout, plans, money=inputs.setting(n.SET_REVENUE_PER_KPI) != n.NONE)
    else:
        cells = result_cells(results, layout)
    canvas = Canvas(path, layout, cells)
    canvas.book.set_properties({
        "title": "Media mix model", "subject": "Contributions, ROI, scenarios and the best split of the budget",
        "category": "Planning", "comments": "Built by xl_mmm; results are written by xl-mmm run.",
    })  # fmt: skip
    desk = Desk(canvas, inputs, layout, inputs.scales)
    for sheet in SHEETS:
        sheet.draw(desk)
    canvas.close()
