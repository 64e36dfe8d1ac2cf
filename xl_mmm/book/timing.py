"""Timing the weeks of the plan: its periods into the sheet Plan, and back from there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from xl_mmm.book.block_keys import TIMED
from xl_mmm.book.built import kept_values, model_in_use
from xl_mmm.book.kept import fill
from xl_mmm.errors import CellError, PlanError
from xl_mmm.planning.flighting import OPTIMIZED
from xl_mmm.planning.timing import MOST_IN_A_PERIOD, timed_year
from xl_mmm.report.timing_words import TimingFacts, sentences
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.book.kept import Cells
    from xl_mmm.book.layout import Layout
    from xl_mmm.book.reader import BookInputs
    from xl_mmm.planning.planned_year import YearAsked
    from xl_mmm.posterior import Posterior

DONE = (
    f"The plan's weeks are optimized; to follow them, choose {OPTIMIZED!r} under {names.SET_FLIGHTING} on "
    f"{names.ASSUMPTIONS}."
)


def timed_cells(inputs: BookInputs, layout: Layout) -> Cells:
    """Return the cells that keep the best timing of the plan's money.

    Raises
    ------
    CellError
        There is no model to plan with, or the plan is impossible.
    """
    posterior = model_in_use(inputs, layout).posterior
    try:
        timed = timed_year(posterior, inputs.year, inputs.level)
    except PlanError as error:
        raise CellError(f"{names.PLAN}: {error}") from error
    rows = [[date.fromisoformat(day), *(money for _, money in amounts)] for day, amounts in timed.timing]
    facts = TimingFacts(
        timed.before.name, str(timed.before.future.plan_dates[0]), timed.flighting, timed.plan.gain,
        timed.plan.gain_low, timed.plan.gain_high, _unit(posterior, inputs), timed.plan.gap, MOST_IN_A_PERIOD,
        inputs.level,
    )  # fmt: skip
    cells: Cells = {}
    fill(cells, layout.blocks["timing"], rows, "The plan's periods")
    fill(cells, layout.blocks["timing_words"], [[said] for said in sentences(facts)], "What is said of them")
    return cells


def year_asked(inputs: BookInputs, layout: Layout) -> YearAsked:
    """Return how a book plans the time ahead, its optimized weeks included.

    Raises
    ------
    CellError
        The cells of the optimized weeks were changed by hand.
    """
    if inputs.year.flighting != OPTIMIZED:
        return inputs.year
    block, channels = layout.blocks["timing"], layout.channels
    cells = kept_values(inputs.path, layout, TIMED[:1])[block.sheet]
    timing = []
    for i in range(block.height):
        day, *money = (cells[block.address(key, i)] for key in block.keys)
        if day is None:
            continue
        if not isinstance(day, date) or not all(isinstance(one, float) and one >= 0 for one in money):
            where = f"{block.sheet}!{block.address('date', i)}"
            raise CellError(f"{where}: the optimized weeks were changed. Press Optimize weeks to make them anew.")
        pairs = zip(channels, (float(one) for one in money if isinstance(one, float)), strict=True)
        timing.append((str(day)[:10], tuple(pairs)))
    return replace(inputs.year, timing=tuple(timing))


def _unit(posterior: Posterior, inputs: BookInputs) -> str:
    """Return the words behind outcomes."""
    if posterior.dataset.revenue_per_kpi is not None:
        return "revenue"
    return str(inputs.settings[names.SET_KPI_UNIT])
