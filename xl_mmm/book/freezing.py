"""Freezing the plan of the time ahead: its text, with the model that it was made with, into the sheet Plan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xl_mmm.book.built import model_in_use
from xl_mmm.book.kept import fill
from xl_mmm.book.timing import year_asked
from xl_mmm.errors import CellError, MmmError, PlanError
from xl_mmm.planning.frozen import frozen_text
from xl_mmm.planning.planned_year import planned_year
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.book.kept import Cells
    from xl_mmm.book.layout import Layout
    from xl_mmm.book.reader import BookInputs

DONE = "The plan is frozen; actuals in Data are held against it from now on."


def frozen_cells(inputs: BookInputs, layout: Layout) -> Cells:
    """Return the cells that keep the plan as it stands, in place of one that was frozen before.

    Raises
    ------
    CellError
        There is no model to plan with, or the plan is impossible.
    """
    model = model_in_use(inputs, layout)
    try:
        year = planned_year(model.posterior, year_asked(inputs, layout))
    except PlanError as error:
        raise CellError(f"{names.PLAN}: {error}") from error
    text = frozen_text(year, model.to_text(), datetime.now(UTC).date().isoformat())
    cells: Cells = {}
    try:
        fill(cells, layout.blocks["frozen"], [[line] for line in text.split("\n")], "The frozen plan")
    except MmmError as error:
        raise CellError(f"{names.PLAN}: {error}") from error
    return cells
