"""Scenarios of a published copy: native formulas that read plans off a table of response curves.

The table and every step of the reading stand in ChartData, below its feeds: multiples of the plan, outcome by channel,
sums. The results on Scenarios refer to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.book.canvas import quoted
from xl_mmm.book.layout import letters
from xl_mmm.planning.curve_table import MOST, STEP
from xl_mmm.report.chart_titles import CHARTS
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.editing.opened import OpenedBook
    from xl_mmm.book.editing.sheet import Sheet
    from xl_mmm.book.layout import Layout
    from xl_mmm.planning.curve_table import CurveTable
    from xl_mmm.tables.cell_values import Place
    from xl_mmm.tables.table_rows import TableRows

COL = 2  # first column of the table on ChartData, counted from 1
GAP = 4  # rows between what stands there and the table
STEPS = 4  # rows of a plan's reading
BEYOND = f"over {MOST:g}{n.TIMES}"
NEUTRAL = {n.H_PERIOD: (None, ""), n.H_MARKET: (None, "", 1.0), n.H_MEDIA_COST: (None, "", 1.0)}
CHANGED = "Plans were changed here: their outcomes are approximate"
RANGES = ("low", "high", "difference_low", "difference_high", "p_better", "roi_low", "roi_high")


@dataclass(frozen=True, slots=True)
class Moving:
    """A scenario of `tblScenarios`.

    Attributes
    ----------
    name
        Its name.
    row
        Row of the table, from 0.
    moves
        Whether it does nothing but scale whole channels.
    """

    name: str
    row: int
    moves: bool


def moving(table: TableRows, layout: Layout) -> tuple[Moving, ...]:
    """Return the scenarios in the order of their results, `Today` first, and which of them can move."""
    names = [table.get(row, n.H_SCENARIO) for row in range(table.n_rows)]
    found = {n.TODAY: Moving(n.TODAY, -1, moves=False)}
    for row, name in enumerate(names):
        if not isinstance(name, str) or not name.strip() or name.strip() == n.TODAY:
            continue
        controls = {*layout.controls, *(n.CHANGE + control for control in layout.controls)}
        others = [header for header in table.headers if header in NEUTRAL or header in controls]
        neutral = all(table.get(row, header) in NEUTRAL.get(header, (None, "", 0.0)) for header in others)
        once = names.count(name) == 1
        found.setdefault(name.strip(), Moving(name.strip(), row, moves=once and neutral))
    return tuple(found.values())


def place_plans(
    book: OpenedBook,
    layout: Layout,
    table: TableRows,
    plans: tuple[Moving, ...],
    curves: CurveTable,
    *,
    margin: float | None,
    titles: tuple[Place, ...],
) -> None:
    """Write the table of curves and the formulas of every scenario that moves.

    Parameters
    ----------
    book
        The copy, its formulas frozen.
    layout
        Where results stand.
    table
        `tblScenarios` as read.
    plans
        Its scenarios in the order of the results.
    curves
        What plans are read off.
    margin
        Profit per unit of revenue; None without a money value.
    titles
        Places on Scenarios of the finding above their chart.
    """
    sheet = book.sheet(n.CHART_DATA)
    top = max(row for row, _ in sheet.places()) + GAP
    _write_curves(sheet, top, curves)
    row = top + 4 + len(curves.multiples) + 2
    reading = _Reading(table, curves, top + 4, top + 2)
    sheet.set_value((row - 1, COL), "Plans read off the table")
    changed = []
    for i, plan in enumerate(plans):
        if plan.moves:
            reading.write(sheet, row, plan)
            flag, outcome, spend = (f"{n.CHART_DATA}!${letters(COL + j)}${row + STEPS - 1}" for j in range(3))
            _write_results(book.sheet(n.SCENARIOS), layout, i, (flag, outcome, spend), margin)
            _write_bars(sheet, layout, i, flag)
            changed.append(flag)
            row += STEPS + 1
    if changed:
        block = layout.blocks["titles"]
        place = block.place("text", CHARTS.index("scenarios"))
        found = sheet.value((place[0] + 1, place[1] + 1))
        text = f'IF({"+".join(changed)}>0,"{CHANGED}","{quoted(str(found or ""))}")'
        sheet.set_formula((place[0] + 1, place[1] + 1), text, found)
        for title in titles:
            book.sheet(n.SCENARIOS).set_formula(title, block.cell("text", CHARTS.index("scenarios")), found)


def _write_curves(sheet: Sheet, top: int, curves: CurveTable) -> None:
    """Write heading, names, today's spend and outcome, then a row a point."""
    said = f"Published: outcome by channel and multiple of today's spend, in steps of {STEP:g}; read by straight lines"
    today = curves.read(np.ones((1, len(curves.channels))))[0]
    rows: list[list[object]] = [
        [said], ["Multiple", *curves.channels], ["Spend today", *map(float, curves.spend)],
        ["Outcome today", *map(float, today)],
    ]  # fmt: skip
    for multiple, line in zip(curves.multiples, curves.outcome, strict=True):
        rows.append([round(float(multiple), 10), *map(float, line)])
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            sheet.set_value((top + i, COL + j), value)


@dataclass(frozen=True, slots=True)
class _Reading:
    """How plans are read: the scenarios' table, the curves, and the rows of their first point and of today's spend."""

    table: TableRows
    curves: CurveTable
    first: int
    spend: int

    def write(self, sheet: Sheet, row: int, plan: Moving) -> None:
        """Write a plan's multiples, those published, the outcome by channel; changed or not, outcome and spend."""
        curves, channels = self.curves, len(self.curves.channels)
        for j, label in enumerate((plan.name, "as published", "outcome", "")):
            sheet.set_value((row + j, COL), label or None)
        own = np.array([self.published(plan, k) for k in range(channels)])
        read = curves.read(own[None, :])[0]
        for k in range(channels):
            multiple = f"{letters(COL + k)}{row}"
            sheet.set_formula((row, COL + 1 + k), self.typed(plan, k), float(own[k]))
            sheet.set_value((row + 1, COL + 1 + k), float(own[k]))
            value = float(read[k]) if own[k] <= MOST else CellErrorValue("#N/A")
            sheet.set_formula((row + 2, COL + 1 + k), self.read(k, multiple), value)
        now, before, outcome = (f"{letters(COL)}{row + j}:{letters(COL + channels - 1)}{row + j}" for j in range(3))
        spend = f"${letters(COL)}${self.spend}:${letters(COL + channels - 1)}${self.spend}"
        whole: object = float(read.sum()) if (own <= MOST).all() else CellErrorValue("#N/A")
        last = row + STEPS - 1
        moved = f"IF(SUMPRODUCT(({now}-{before})*({now}-{before}))>0.000000000001,1,0)"
        sheet.set_formula((last, COL + 1), moved, 0.0)
        sheet.set_formula((last, COL + 2), f"SUM({outcome})", whole)
        sheet.set_formula((last, COL + 3), f"SUMPRODUCT({now},{spend})", float(own @ curves.spend))
        sheet.set_value((last, COL), "changed (1) or not, outcome, spend")

    def cell(self, plan: Moving, header: str) -> str:
        """Refer to a scenario's cell of `tblScenarios`."""
        column = self.table.first_column + self.table.headers.index(header)
        return f"{n.SCENARIOS}!${letters(column - 1)}${self.table.first_row + plan.row}"

    def published(self, plan: Moving, k: int) -> float:
        """Return a channel's multiple as typed when the copy was made."""
        given, spend = self.table.get(plan.row, self.curves.channels[k]), float(self.curves.spend[k])
        if not isinstance(given, float | int):
            return 1.0
        in_money = n.H_IN in self.table.headers and self.table.get(plan.row, n.H_IN) == n.MONEY
        return (float(given) / spend if spend else 1.0) if in_money else float(given)

    def typed(self, plan: Moving, k: int) -> str:
        """Make the formula of a channel's multiple: blank is today, money is divided by today's."""
        own, spend = self.cell(plan, self.curves.channels[k]), f"${letters(COL + k)}${self.spend}"
        if n.H_IN not in self.table.headers:
            return f"IF(LEN({own})=0,1,{own})"
        money = f"IF({spend}=0,1,{own}/{spend})"
        return f'IF(LEN({own})=0,1,IF(EXACT({self.cell(plan, n.H_IN)},"{n.MONEY}"),{money},{own}))'

    def read(self, k: int, multiple: str) -> str:
        """Make the formula that reads a channel's outcome off its curve."""
        points, letter = len(self.curves.multiples), letters(COL + k)
        curve = f"${letter}${self.first}:${letter}${self.first + points - 1}"
        place = f"MIN(INT({multiple}/{STEP:g})+1,{points - 1})"
        rise = f"(INDEX({curve},{place}+1)-INDEX({curve},{place}))"
        line = f"INDEX({curve},{place})+({multiple}/{STEP:g}+1-{place})*{rise}"
        return f"IF(OR({multiple}<0,{multiple}>{MOST:g}),NA(),{line})"


def _write_results(sheet: Sheet, layout: Layout, i: int, read: tuple[str, str, str], margin: float | None) -> None:
    """Make a scenario's results as published until its plan is changed, and read off the table from then on."""
    block, (flag, outcome, spend) = layout.blocks["scenarios"], read
    today, money = block.address("outcome", 0, absolute=True), block.address("spend", 0, absolute=True)
    moved = {
        "spend": spend, "outcome": f'IF(ISERROR({outcome}),"{BEYOND}",{outcome})',
        "difference": f'IF(ISERROR({outcome}),"",{outcome}-{today})',
        **dict.fromkeys(RANGES, '""'),
    }  # fmt: skip
    if margin is not None:
        moved["profit"] = f'IF(ISERROR({outcome}),"",{margin!r}*{outcome}-{spend})'
        more = f"{margin!r}*({outcome}-{today})-({spend}-{money})"
        moved["profit_difference"] = f'IF(ISERROR({outcome}),"",{more})'
        moved["roi"] = f'IF(OR(ISERROR({outcome}),{spend}=0),"",{outcome}/{spend})'
    for key, formula in moved.items():
        row, col = block.place(key, i)
        value = sheet.value((row + 1, col + 1))
        if isinstance(value, float):
            sheet.set_formula((row + 1, col + 1), f"IF({flag}=0,{value!r},{formula})", value)


def _write_bars(sheet: Sheet, layout: Layout, i: int, flag: str) -> None:
    """Let the chart of differences follow a scenario; a changed plan has no range."""
    block, own = layout.blocks["differences"], layout.blocks["scenarios"].cell("difference", i)
    moved = {
        "difference": own, "gain": f"MAX({own},0)", "loss": f"MIN({own},0)", "low": own, "high": own, "minus": "0",
        "plus": "0",
    }  # fmt: skip
    for key, formula in moved.items():
        row, col = block.place(key, i - 1)
        value = sheet.value((row + 1, col + 1))
        if isinstance(value, float):
            sheet.set_formula((row + 1, col + 1), f"IF({flag}=0,{value!r},{formula})", value)
