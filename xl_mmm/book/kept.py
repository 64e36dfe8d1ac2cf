"""What a run leaves in the book: the model's text, the optimized spend, checks that fitted again, a row of the log.

Everything else on the sheets follows from these and from the inputs by the formulas of the book (`xl_mmm.book.calls`
and the sheets' own). Every cell of a kept block is written, blank where there is nothing, so an old value never
survives a shorter one; of the log only the run's own row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.book.block_keys import KEPT
from xl_mmm.errors import MmmError
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.layout import Block, Layout
    from xl_mmm.diagnostics import Check

CellValue = str | float | bool | datetime | date | None
Cells = dict[str, dict[str, CellValue]]
TEXT_LIMIT = 32_000  # characters in a cell, with room to spare


@dataclass(frozen=True, slots=True)
class RunRow:
    """A row of `tblRuns`.

    Attributes
    ----------
    time, user, method, seed, data_hash, model_hash, version, r_squared, headline, note
        As shown there, hashes whole.
    index
        Rows above this one; a repeated run with the same model keeps its row.
    """

    time: datetime
    user: str
    method: str
    seed: int
    data_hash: str
    model_hash: str
    version: str
    r_squared: float | None = None
    headline: str = ""
    note: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Kept:
    """The values of a run.

    Attributes
    ----------
    lines
        The model as text.
    spend, search
        Optimized money by paid channel, in the book's order, and what its search proved; empty when no plan keeps the
        limits.
    checks
        Checks that fit the model again.
    run
        The row of the log.
    """

    lines: tuple[str, ...]
    spend: tuple[float, ...]
    search: tuple[CellValue, ...]
    checks: tuple[Check, ...]
    run: RunRow


def kept_cells(kept: Kept, layout: Layout) -> Cells:
    """Place a run's values: sheet -> address -> value.

    Raises
    ------
    MmmError
        A block is too small for them, or the log is full.
    """
    cells: Cells = {}
    fill(cells, layout.blocks["kept"], [[line] for line in kept.lines], "The model's text")
    fill(cells, layout.blocks["kept_plan"], [[value] for value in kept.spend], "The plan")
    fill(cells, layout.blocks["kept_search"], [[value] for value in kept.search], "What the search proved")
    rows = [[c.name, c.status, c.value, c.threshold, c.message, c.action] for c in kept.checks]
    fill(cells, layout.blocks["refit_checks"], rows, "The list of checks")
    runs = layout.blocks["runs"]
    if not 0 <= kept.run.index < runs.height:
        raise MmmError(f"Log is full: {runs.height} runs. Move older rows of {n.TBL_RUNS} to an archive.")
    for key, value in zip(runs.keys, _run_row(kept.run), strict=True):
        cells.setdefault(runs.sheet, {})[runs.address(key, kept.run.index)] = plain(value)
    return cells


def owned_ranges(layout: Layout, names: Iterable[str] = KEPT) -> dict[str, list[str]]:
    """Ranges that a run may write, by sheet."""
    ranges: dict[str, list[str]] = {}
    for name in names:
        ranges.setdefault(layout.blocks[name].sheet, []).append(layout.blocks[name].ref)
    return ranges


def fill(cells: Cells, block: Block, rows: Sequence[Sequence[object]], what: str) -> None:
    """Write rows into a block and blanks below them.

    Raises
    ------
    MmmError
        There are more rows than the block holds.
    """
    if len(rows) > block.height:
        raise MmmError(f"{what} has {len(rows)} rows; {block.sheet}!{block.ref} holds {block.height}.")
    own = cells.setdefault(block.sheet, {})
    for i in range(block.height):
        row = rows[i] if i < len(rows) else [None] * len(block.keys)
        for key, value in zip(block.keys, row, strict=True):
            own[block.address(key, i)] = plain(value)


def plain(value: object) -> CellValue:
    """Return a value as cells hold it: finite numbers, text within Excel's limit, blanks for the rest."""
    if value is None or isinstance(value, str | bool | datetime | date):
        return value[:TEXT_LIMIT] if isinstance(value, str) else value
    if isinstance(value, np.bool_):
        return bool(value)
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _run_row(run: RunRow) -> list[object]:
    return [
        run.time, run.user, run.method, float(run.seed), run.data_hash[:12], run.model_hash[:12], run.version,
        run.r_squared, run.headline, run.note,
    ]  # fmt: skip
