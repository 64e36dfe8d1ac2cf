"""`build_book`: the whole workbook from the planner's inputs, with a run's results where there is one.

One builder, three flavors. `live`: results are `MMM_` calls (Excel for Windows with xlwings, LibreOffice with the
add-in); an `.xlsm` with macros and buttons. `buttons`: an `.xlsm` with values and buttons, for macOS. `values`: an
`.xlsx` with values only, for readers and Protected View. The sheets are the same cell by cell: every cell has its
cached value, and opening any of them recalculates nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.canvas import Canvas
from xl_mmm.book.kept import kept_cells
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
    from xl_mmm.book.kept import Kept

SHEETS = (
    start, data, assumptions, experiments, model, contributions, roi, chart_data, scenarios, optimizer, checks, log,
    glossary,
)  # fmt: skip


LIVE, BUTTONS, VALUES = FLAVORS = ("live", "buttons", "values")


def build_book(path: Path, inputs: BuildInputs, kept: Kept | None = None, flavor: str = VALUES) -> None:
    """Write a workbook.

    Parameters
    ----------
    path
        Where; an existing file is replaced.
    inputs
        The planner's side.
    kept
        A run's values; results wait for the first run when None.
    flavor
        One of `FLAVORS`.

    Raises
    ------
    MmmError
        A block of the book is too small for the run's values.
    """
    layout = inputs.layout
    canvas = Canvas(path, layout, kept_cells(kept, layout) if kept else {}, live=flavor == LIVE)
    canvas.book.set_properties({
        "title": "Media mix model", "subject": "Contributions, ROI, scenarios and the best split of the budget",
        "category": "Planning", "comments": "Built by xl_mmm; results follow from its formulas and the last run.",
    })  # fmt: skip
    desk = Desk(canvas, inputs, layout, inputs.scales)
    for sheet in SHEETS:
        sheet.draw(desk)
    if flavor != VALUES:
        macros.draw(desk)
    canvas.close()
