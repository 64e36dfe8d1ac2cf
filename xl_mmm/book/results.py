"""A model's results as cells: what a run writes, and nothing else.

`Results` is a frozen record of tables; `result_cells` places them in the blocks of a `Layout`. The builder paints the
same cells that a run writes, so a book built with results equals a book built without and then run.

Every cell of every block is written, blank where there is nothing, so an old figure never survives a shorter result.
Numbers are finite or blank; ranges end in `_low` and `_high`; money is in the currency of the data.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.book import layout as lay
from xl_mmm.book.feeds import Rows, feeds
from xl_mmm.errors import MmmError
from xl_mmm.report import chart_titles, findings
from xl_mmm.report.result_record import Results
from xl_mmm.tables import names as n

if TYPE_CHECKING:

    from xl_mmm.book.layout import Block, Layout

CellValue = str | float | bool | datetime | date | None
Cells = dict[str, dict[str, CellValue]]
PARAMETER_COLUMNS = ["channel", "parameter", "mean", "low", "high", "unit"]
TEXT_LIMIT = 32_000  # characters in a cell, with room to spare


def owned_ranges(layout: Layout) -> dict[str, tuple[str, ...]]:
    """Ranges that a run may write, by sheet."""
    ranges: dict[str, tuple[str, ...]] = {}
    for block in layout.blocks.values():
        if block.keys and block.height:
            ranges[block.sheet] = (*ranges.get(block.sheet, ()), block.ref)
    return ranges


def result_cells(results: Results, layout: Layout) -> Cells:
    """Place a model's results.

    Returns
    -------
    dict
        Sheet -> address -> value: every owned cell of every block except earlier rows of the log.

    Raises
    ------
    MmmError
        The model's channels are not the book's, or a table is longer than the rows kept for it.
    """
    if results.channels != layout.channels or results.media != layout.media:
        raise MmmError(
            f"The model has {', '.join(results.media)}; the book was built for {', '.join(layout.media)}. "
            "Build the book again with xl-mmm new."
        )
    cells: Cells = {}
    for name, rows in (*_sheets(results, layout), *_plans(results), *feeds(results, layout)):
        _fill(cells, name, layout.blocks[name], rows)
    runs = layout.blocks["runs"]
    if not 0 <= results.run.index < runs.height:
        raise MmmError(f"Log is full: {runs.height} runs. Move older rows of {n.TBL_RUNS} to an archive.")
    for key, value in zip(runs.keys, _run_row(results), strict=True):
        cells.setdefault(runs.sheet, {})[runs.address(key, results.run.index)] = plain(value)
    return cells


def blank_cells(layout: Layout, scenarios: Sequence[str] = (), *, money: bool = True) -> Cells:
    """Return the owned cells of a book without a model: blank but for names and the words that say so.

    Parameters
    ----------
    layout
        The book's layout.
    scenarios
        Names of the plans, today first: charts name what they will show.
    money
        Whether the KPI has a money value.
    """
    drawn = [*layout.media[: layout.drawn], *([findings.OTHER] if layout.has_other else [])]
    named: dict[str, tuple[str, Sequence[str]]] = {
        "headline": ("text", [findings.NOTHING_YET]),
        "answers": ("text", [findings.AFTER_RUN] * len(lay.ANSWERS)),
        "state": ("text", [findings.AFTER_RUN, findings.NOT_RUN]),
        "plan_headline": ("text", [findings.NOT_RUN]),
        "bars": ("label", layout.channels),
        "shares": ("channel", layout.channels),
        "shift": ("channel", layout.channels),
        "differences": ("scenario", scenarios[1:]),
        "waterfall": ("component", ["Base", *drawn, "Residual", "KPI"]),
    }
    cells: Cells = {}
    for name, block in layout.blocks.items():
        if name != "runs":
            _fill(cells, name, block, [])
        key, texts = named.get(name, ("", ()))
        for i, text in enumerate(texts):
            cells[block.sheet][block.address(key, i)] = text
    titles, names = layout.blocks["titles"], layout.blocks["timeline_names"]
    for i, key in enumerate(chart_titles.TITLES):
        cells[titles.sheet][titles.address("chart", i)] = chart_titles.topic(key, money=money)
        cells[titles.sheet][titles.address("text", i)] = findings.NOT_RUN
    for key, text in zip(names.keys, drawn, strict=True):
        cells[names.sheet][names.address(key)] = text
    return cells


def plain(value: object) -> CellValue:
    """Return a value as cells hold it: finite numbers, text within Excel's limit, blanks for the rest."""
    if value is None or isinstance(value, str | bool | datetime | date):
        return value[:TEXT_LIMIT] if isinstance(value, str) else value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.datetime64):
        moment: date = value.astype("datetime64[D]").item()
        return moment
    number = float(value)  # type: ignore[arg-type]
    return number if math.isfinite(number) else None


def _fill(cells: Cells, name: str, block: Block, rows: Iterable[Sequence[object]]) -> None:
    """Write rows into a block and blanks below them."""
    table = list(rows)
    if len(table) > block.height:
        raise MmmError(f"{name} has {len(table)} rows; {block.sheet}!{block.ref} holds {block.height}.")
    own = cells.setdefault(block.sheet, {})
    for i in range(block.height):
        row = table[i] if i < len(table) else [None] * len(block.keys)
        for key, value in zip(block.keys, row, strict=True):
            own[block.address(key, i)] = plain(value)


def _run_row(r: Results) -> list[object]:
    statistics = {name: value for name, value, _ in r.statistics}
    run = r.run
    return [
        run.time,
        run.user,
        run.method,
        float(run.seed),
        run.data_hash[:12],
        run.model_hash[:12],
        run.version,
        statistics.get("R2"),
        findings.roi_headline(r),
        run.note,
    ]


def _sheets(r: Results, layout: Layout) -> list[Rows]:
    """Start, Model, Contributions, ROI."""
    parts = r.contribution
    actual = parts.sum(axis=1)
    totals = parts.sum()
    dates = parts.index.to_numpy().astype("datetime64[D]")
    stamp = f"model {r.run.model_hash[:6]} · data {r.run.data_hash[:6]} to {dates[-1]} · xl_mmm {r.run.version}"
    value = np.ones(len(parts)) if r.value is None else r.value
    total, left = actual.to_numpy(), parts["residual"].to_numpy()
    columns = parts[list(layout.components)].to_numpy()
    weekly = [[dates[t], total[t], total[t] - left[t], *columns[t], value[t]] for t in range(len(parts))]
    work = r.work.join(r.roi, how="left")
    work["contribution"] = totals[list(r.media)]
    work["contribution_share"] = work["contribution"] / totals.sum()
    work["effect_share"] = work["contribution"] / work["contribution"].sum()
    return [
        ("headline", [[findings.headline(r)]]),
        ("cards", [findings.cards(r)]),
        ("answers", [[text] for text in findings.answers(r)]),
        ("state", [[text] for text in findings.state(r)]),
        ("stamp", [[stamp]]),
        ("model_value", [[chunk] for chunk in r.model_chunks]),
        ("statistics", [list(row) for row in r.statistics]),
        ("window", [[dates[0]], [r.window_end]]),
        ("parameters", [list(row) for row in r.parameters.reset_index()[PARAMETER_COLUMNS].itertuples(index=False)]),
        ("bridge", [[lay.component_name(name), totals[name]] for name in layout.components]),
        ("weekly", weekly),
        ("roi", [_roi_row(r, name) for name in r.channels]),
        ("roi_note", [[findings.roi_note(r)]]),
        ("work", [[name, *work.loc[name, list(lay.WORK_KEYS[1:])]] for name in r.media]),
    ]


def _roi_row(r: Results, name: str) -> list[object]:
    own = r.roi.loc[name]
    return [name, own["spend"], r.revenue[name], *own[list(lay.ROI_KEYS[3:])]]


def _plans(r: Results) -> list[Rows]:
    """Scenarios, Optimizer, Checks."""
    columns = [
        "spend",
        "outcome",
        "outcome_low",
        "outcome_high",
        "difference",
        "difference_low",
        "difference_high",
        "p_better",
        "profit",
        "profit_difference",
    ]
    s = r.summary
    certificate: list[Sequence[object]] = (
        []
        if s is None
        else [
            [s.outcome_today],
            [s.outcome],
            [s.gain],
            [s.budget],
            [n.YES if s.feasible else n.NO],
            [s.kkt_residual],
            [s.shadow_price],
            [f"{len(s.binding)} of {len(r.channels)} channels" if s.binding else "none"],
        ]
    )
    plan = [
        [
            name,
            row["today"],
            row["plan"],
            row["plan"] - row["today"],
            findings.ratio(row["plan"] - row["today"], row["today"]),
            row["least"],
            row["most"],
            row["mroi_today"],
            row["mroi"],
            row["bound"],
        ]
        for name, row in r.plan.iterrows()
    ]
    return [
        ("scenarios", [[name, *row[columns]] for name, row in r.scenarios.iterrows()]),
        ("plan_headline", [[findings.plan(r)]]),
        ("plan", plan),
        ("certificate", certificate),
        ("checks", [list(row) for row in r.checks[list(lay.CHECK_KEYS)].itertuples(index=False)]),
    ]
