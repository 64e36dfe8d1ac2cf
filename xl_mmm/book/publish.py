"""`publish_book`: a copy of a workbook for people without Python, stamped, in which only plans still move.

Every formula gives way to the value it shows, the model's text, macros and buttons go. Scenarios that do nothing but
scale whole channels get native formulas: they read the channels' outcomes off a table of response curves by straight
lines (`planning.curve_table`), are labeled approximate, and carry their measured error. What cannot be read off a
table (ranges, chances, other scenarios) stays as published while a plan does, and turns blank when it moves. Bridge,
goal seek and the year stand still, and their headings say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from xl_mmm.book import files
from xl_mmm.book.built import built_layout, model_in_use
from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.moving_plans import Moving, moving, place_plans
from xl_mmm.book.plain_file import without_macros
from xl_mmm.book.reader import read_book
from xl_mmm.errors import CellError
from xl_mmm.functions.horizon import planned_by
from xl_mmm.planning.curve_table import CurveTable
from xl_mmm.report.chart_titles import CHARTS
from xl_mmm.tables import names as n
from xl_mmm.tables.faults import stops

if TYPE_CHECKING:
    from pathlib import Path

    from xl_mmm.book.layout import Layout
    from xl_mmm.tables.cell_values import Place

ENDING = "_published.xlsx"
STAMP_PLACE = 3, 2  # row and column of the line under a sheet's title
STANDS = "as of publishing: does not follow what is typed"


@dataclass(frozen=True, slots=True)
class PublishReport:
    """A copy that was published.

    Attributes
    ----------
    path
        The copy.
    moving, still
        Scenarios that move with their plans, and those that stand as published.
    error
        Largest error of a moved plan found, as a share of today's outcome.
    """

    path: Path
    moving: tuple[str, ...]
    still: tuple[str, ...]
    error: float


def publish_book(path: Path, out: Path | None = None, *, force: bool = False) -> PublishReport:
    """Publish a workbook.

    Parameters
    ----------
    path
        A workbook that was run; it is only read.
    out
        The copy, an .xlsx; beside `path` by default.
    force
        Whether an existing copy is replaced.

    Raises
    ------
    CellError
        A fault in the workbook, no model in it, or a copy that is there already.
    """
    out = path.with_name(f"{path.stem}{ENDING}") if out is None else out
    if out.suffix.lower() != ".xlsx":
        raise CellError(f"'{out.name}': a published copy holds no macros; give a name that ends in .xlsx.")
    if out.exists() and not force:
        raise CellError(f"'{out.name}' is there already. Give another name with --out, or --force to replace it.")
    inputs = read_book(path)
    if inputs.failed or inputs.dataset is None:
        raise CellError(stops(inputs.faults))
    layout = built_layout(inputs)
    posterior = planned_by(model_in_use(inputs, layout).posterior, inputs.settings).posterior
    table = CurveTable.of(posterior)
    plans = moving(inputs.tables[n.TBL_SCENARIOS], layout)
    book = OpenedBook(files.read_file(path), path.name)
    block = layout.blocks["titles"]
    titles = _showing(book, block.cell("text", CHARTS.index("scenarios")))
    freeze(book, layout)
    margin = posterior.spec.margin if posterior.dataset.revenue_per_kpi is not None else None
    place_plans(book, layout, inputs.tables[n.TBL_SCENARIOS], plans, table, margin=margin, titles=titles)
    _stamp(book, layout, path.name, plans, table.error)
    files.replace_file(out, without_macros(book.to_bytes(), out.name))
    return PublishReport(out, tuple(plan.name for plan in plans if plan.moves), _still(plans), table.error)


def freeze(book: OpenedBook, layout: Layout) -> None:
    """Put values in place of all formulas, and take the model's text out but for its first line."""
    for name in book.sheet_names:
        sheet = book.sheet(name)
        if not any(sheet.formula(place) for place in sheet.places()):
            continue
        found = {place: sheet.value(place) for place in sheet.places()}
        values = {place: None if value == "" else value for place, value in found.items()}
        for place in values:
            if sheet.formula(place) is not None:
                sheet.set_value(place, values[place])
        for place, value in values.items():  # removing an array formula has emptied the cells it filled
            if sheet.value(place) != value:
                sheet.set_value(place, value)
    for name in ("kept", "fitted", "model"):
        block = layout.blocks[name]
        sheet = book.sheet(block.sheet)
        for i in range(1, block.height):
            sheet.set_value((block.row + i + 1, block.col + 1), None)


def _showing(book: OpenedBook, cell: str) -> tuple[Place, ...]:
    """Return the places on Scenarios that show another cell."""
    sheet = book.sheet(n.SCENARIOS)
    found = ((place, sheet.formula(place)) for place in sheet.places())
    return tuple(place for place, formula in found if formula is not None and formula.text == cell)


def _still(plans: tuple[Moving, ...]) -> tuple[str, ...]:
    return tuple(plan.name for plan in plans if not plan.moves and plan.name != n.TODAY)


def _stamp(book: OpenedBook, layout: Layout, name: str, plans: tuple[Moving, ...], error: float) -> None:
    """Say what this copy is, how far its plans can be off, and which blocks stand still."""
    still = _still(plans)
    copy = f"Published copy of {name}, {datetime.now().date()}: values only."
    moves = f"Plans on {n.SCENARIOS} move approximately: largest error found {_share(error)} of today's outcome."
    others = f" Standing still: {', '.join(still)}." if still else ""
    for sheet, text in ((n.START, f"{copy} {moves}"), (n.SCENARIOS, f"{copy} {moves}{others}")):
        book.sheet(sheet).set_value(STAMP_PLACE, text)
    heads = ((n.SCENARIOS, layout.plan_bridge_row()), (n.SCENARIOS, layout.goal_row()), (n.PLAN, STAMP_PLACE[0] - 1))
    for where, row in heads:
        place, on = (row + 1, STAMP_PLACE[1]), book.sheet(where)
        on.set_value(place, f"{on.value(place) or ''} ({STANDS})".strip())
    block = layout.blocks["scenarios"]
    under = block.row + block.height + 1, block.col + 1
    text = "Change plans in the table below the chart: their outcomes are approximate then."
    book.sheet(n.SCENARIOS).set_value(under, text)


def _share(error: float) -> str:
    """Write a share with two digits, never smaller than it is: 0.012 %."""
    return f"{100 * error:.2g} %" if error >= 1e-6 else "under 0.0001 %"
