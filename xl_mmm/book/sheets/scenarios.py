"""Scenarios: what-if plans against today, with ranges; the plans themselves are the table at the bottom."""

from __future__ import annotations

from xl_mmm.book import charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.calls import OVER
from xl_mmm.book.canvas import Formula, Link
from xl_mmm.book.sheets import plan_bridge
from xl_mmm.book.sheets.desk import Desk, as_money_where_said, drop_down, fill_table, name_width, number_between
from xl_mmm.tables import names as n

LAST = 15


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout, block = desk.layout, desk.layout.blocks["scenarios"]
    headers = n.scenario_headers(layout.channels, layout.controls)
    widths = {1 + j: max(13.5, min(st.text_width(name, bold=True) + 3, 20.0)) for j, name in enumerate(headers)}
    widths |= {col: widths.get(col, 13.5) for col in range(2, LAST + 1)}
    widths[lay.BRIDGE_COL] = max(widths[lay.BRIDGE_COL], name_width((*layout.channels, *layout.controls)))
    note = len(headers)
    page = desk.canvas.page(
        n.SCENARIOS,
        "Scenarios",
        "What would another plan bring, and how sure are we that it brings more than today?",
        LAST,
        {**widths, 1: 32, note: max(widths[note], 36.0 if note > LAST else 13.5)},
    )
    word, number, over = desk.outcome, desk.outcome_scale.number, layout.blocks["constants"].cell("value", OVER)
    page.row(
        block.row - 2,
        2,
        [
            Formula(f'="Over "&{over}'),
            None,
            None,
            None,
            "Against today",
            None,
            None,
            None,
            "After margin and spend",
            None,
            "Return on spend",
            None,
            None,
            "Part of it",
        ],
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
            "ROI",
            "low",
            "high",
            "From market and controls",
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
            **dict.fromkeys(("roi", "roi_low", "roi_high"), ("bare", st.TIMES_FORMAT)),
            "assumed": signed,
        },
    )
    page.rules_where_filled(block, "scenario")
    under = block.row + block.height
    words = "Plans are edited in the table below the chart; a live book answers at once, any other with the next run."
    page.put(under, 1, words, "small")
    page.put(under, 8, Link(f"{n.SCENARIOS}!B{layout.scenarios_table_row() + 1}", "Edit the plans ↓"), "link")
    rows = len({plan.get(n.H_SCENARIO) for plan in desk.inputs.scenarios} - {n.TODAY}) + 1  # and the optimizer's own
    chart = charts.scenarios_chart(desk.canvas, layout, rows, number)
    alt = f"Columns of each scenario's {word.lower()} against today, with ranges"
    charts.place(page, chart, "scenarios", under + 2, (1, LAST), lay.CHART_ROWS, alt)
    plan_bridge.draw_bridge(desk, LAST)
    plan_bridge.draw_goal(desk, LAST)
    _table(desk)
    page.print_in_pages(max(LAST, note), [layout.plan_bridge_row(), layout.goal_row()])
    page.sheet.freeze_panes(lay.BODY, 2)


def _table(desk: Desk) -> None:
    page, layout = desk.canvas.pages[n.SCENARIOS], desk.layout
    header, channels = layout.scenarios_table_row(), layout.channels
    headers = n.scenario_headers(channels, layout.controls)
    at = {name: 1 + j for j, name in enumerate(headers)}
    words = f"Plans: spend of each channel, and what is assumed; blank leaves it as it is, the first is {n.TODAY}"
    page.section(header - 1, 1, len(headers), words)
    left = (0, 1, 2, len(headers) - 1)
    area = page.table(n.TBL_SCENARIOS, header, 1, headers, layout.scenarios, left)
    text: tuple[str, str | None] = ("input_left", None)
    times: tuple[str, str | None] = ("input", st.TIMES_FORMAT)
    looks = {
        **dict.fromkeys(headers, ("input", "#,##0.00")), **dict.fromkeys(channels, times),
        **dict.fromkeys((n.H_MARKET, n.H_MEDIA_COST), times),
        **dict.fromkeys((n.H_SCENARIO, n.H_IN, n.H_PERIOD, n.H_NOTE), text),
    }  # fmt: skip
    fill_table(page, area, desk.inputs.scenarios, looks)
    span = header + 1, header + layout.scenarios
    said = f"{n.TIMES_TODAY}: multiples of today's spend, 1.2 = +20 %. money: amounts over the window or the period."
    drop_down(page, span, at[n.H_IN], n.PLAN_UNITS, n.H_IN, said)
    as_money_where_said(page, span, (at[channels[0]], at[channels[-1]]), at[n.H_IN])
    spoken = {
        n.H_PERIOD: "Blank: all of it. Q3, 2026 Q3, 2026, a period of the fiscal calendar (2026-07), or two days: "
        "2026-06-29 to 2026-09-27. A row with a period replaces there what the scenario's row without one says.",
        **{
            n.CHANGE + name: f"What is added to {name}, in its own unit, in every week. Blank is 0."
            for name in layout.controls
        },
    }
    for name, prompt in spoken.items():
        rule = {"validate": "any", "input_title": name[:32], "input_message": prompt[:255]}
        page.sheet.data_validation(span[0], at[name], span[1], at[name], rule)
    limits = {
        **dict.fromkeys(channels, "Spend: a multiple of today's (1 is today, 0 is nothing), or money. Blank is today."),
        n.H_MARKET: "Multiple of the baseline: 0.9 is a market 10 % smaller. Blank is 1.",
        n.H_MEDIA_COST: "Multiple of what a unit of media costs: 1.1 buys a tenth less for the same money. Blank is 1.",
    }
    for name, prompt in limits.items():
        number_between(page, span, at[name], (0, None), name, prompt)
