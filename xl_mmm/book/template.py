"""`build_book`: the whole workbook from the planner's inputs; its results wait for the first run.

One builder, three flavors. `live`: results are `MMM_` calls (Excel for Windows with xlwings, LibreOffice with the
add-in); an `.xlsm` with macros and buttons. `buttons`: an `.xlsm` with values and buttons, for macOS. `values`: an
`.xlsx` with values only, for readers and Protected View. The sheets are the same cell by cell: every cell has its
cached value, and opening any of them recalculates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.canvas import Canvas
from xl_mmm.book.sheets import (
    assumptions,
    board,
    button_rows,
    chart_data,
    checks,
    compare,
    conf,
    contributions,
    data,
    experiments,
    glossary,
    log,
    model,
    optimizer,
    plan,
    regions,
    roi,
    scenarios,
    start,
)  # fmt: skip
from xl_mmm.book.sheets.desk import Desk
from xl_mmm.book.vba import attach

if TYPE_CHECKING:
    from pathlib import Path

    from xl_mmm.book.inputs import BuildInputs

SHEETS = (
    start, data, assumptions, experiments, model, contributions, roi, compare, chart_data, scenarios, optimizer,
    regions, plan, board, checks, log, glossary,
)  # fmt: skip


LIVE, BUTTONS, VALUES = FLAVORS = ("live", "buttons", "values")


def build_book(path: Path, inputs: BuildInputs, flavor: str = VALUES) -> None:
    """Write a workbook.

    Parameters
    ----------
    path
        Where; an existing file is replaced.
    inputs
        The planner's side.
    flavor
        One of `FLAVORS`.
    """
    layout = inputs.layout
    canvas = Canvas(path, layout, live=flavor == LIVE)
    canvas.book.set_properties({
        "title": "Media mix model", "subject": "Contributions, ROI, scenarios and the best split of the budget",
        "category": "Planning", "comments": "Built by xl_mmm; results follow from its formulas and the last run.",
    })  # fmt: skip
    desk = Desk(canvas, inputs, layout, inputs.scales)
    for sheet in SHEETS:
        sheet.draw(desk)
    if flavor != VALUES:
        conf.draw(desk)
        button_rows.draw(desk)
        attach(canvas.book)
    canvas.close()
