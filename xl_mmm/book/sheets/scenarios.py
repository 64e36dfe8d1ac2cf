"""Scenarios: what-if plans against today, with ranges; the plans themselves are the table at the bottom."""

from __future__ import annotations

from xl_mmm.book import charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import Link
from xl_mmm.book.sheets.desk import Desk, fill_table, number_between
from xl_mmm.tables import names as n

LAST = 11


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout, block = desk.layout, desk.layout.blocks["scenarios"]
    channels = layout.channels
    widths = {1 + j: max(12.5, min(st.text_width(name, bold=True) + 3, 20.0)) for j, name in enumerate(("", *channels))}
    widths |= {col: max(widths.get(col, 0.0), 13.5) for col in range(2, LAST + 1)}
    page = desk.canvas.page(
        n.SCENARIOS,
        "Scenarios",
        "What would another plan bring, and how sure are we that it brings more than today?",
        LAST,
        {**widths, 1: 32, len(channels) + 2: widths.get(len(channels) + 2, 36.0)},
    )
    word, number = desk.outcome, desk.outcome_scale.number
    page.row(
        block.row - 2,
        2,
        ["Over the window", None, None, None, "Against today", None, None, None, "After margin and spend", None],
        "th_group",
    )
    page.headers(
        block.row - 1,
        1,
        [
            "Scenario",
            desk.priced("Spend"),
            word,
            "low",
            "high",
            "Difference",
            "low",
            "high",
            "Chance it brings more",
            "Profit",
            "Difference",
        ],
    )
    plain, signed = ("bare", number), ("bare", desk.outcome_scale.signed)
    page.called(
        "scenarios",
        {
            "scenario": ("bare_left", None),
            "spend": ("bare", desk.scales.spend.number),
            "outcome": plain,
            "low": plain,
            "high": plain,
            "difference": signed,
            "difference_low": signed,
            "difference_high": signed,
            "p_better": ("bare", st.PERCENT_FORMAT),
            "profit": plain,
            "profit_difference": signed,
        },
    )
    page.rules_where_filled(block, "scenario")
    under = block.row + block.height
    words = "Plans are edited in the table below the chart; a live book answers at once, any other with the next run."
    page.put(under, 1, words, "small")
    page.put(under, 8, Link(f"{n.SCENARIOS}!B{layout.scenarios_table_row() + 1}", "Edit the plans ↓"), "link")
    rows = max(len(desk.inputs.scenarios) - 1, 1)
    chart = charts.scenarios_chart(desk.canvas, layout, rows, number)
    alt = f"Columns of each scenario's {word.lower()} against today, with ranges"
    charts.place(page, chart, "scenarios", under + 2, (1, LAST), lay.CHART_ROWS, alt)
    _table(desk)
    page.print_in_pages(max(LAST, len(layout.channels) + 2), [layout.scenarios_table_row() - 1])
    page.sheet.freeze_panes(lay.BODY, 2)


def _table(desk: Desk) -> None:
    page, layout = desk.canvas.pages[n.SCENARIOS], desk.layout
    header, channels = layout.scenarios_table_row(), layout.channels
    page.section(
        header - 1,
        1,
        len(channels) + 2,
        f"Plans: spend of each channel in multiples of today (1 or blank = today, 1.2 = +20 %); the first is {n.TODAY}",
    )
    headers = (n.H_SCENARIO, *channels, n.H_NOTE)
    area = page.table(n.TBL_SCENARIOS, header, 1, headers, layout.scenarios, (0, len(channels) + 1))
    text: tuple[str, str | None] = ("input_left", None)
    fill_table(
        page,
        area,
        desk.inputs.scenarios,
        {n.H_SCENARIO: text, n.H_NOTE: text, **dict.fromkeys(channels, ("input", st.TIMES_FORMAT))},
    )
    for j, name in enumerate(channels):
        number_between(
            page,
            (header + 1, header + layout.scenarios),
            2 + j,
            (0, 100),
            name,
            "Multiple of today's spend in the window: 1 is today, 0 is nothing.",
        )
