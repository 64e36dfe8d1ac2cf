"""Optimizer: the best split of the budget within bounds, with its certificate; bounds are the table at the bottom."""

from __future__ import annotations

from xl_mmm.book import charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import Link, when_run
from xl_mmm.book.sheets import plan_limits
from xl_mmm.book.sheets.desk import Desk, name_width
from xl_mmm.tables import names as n

LAST = 12


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout = desk.layout
    page = desk.canvas.page(
        n.OPTIMIZER,
        "Optimizer",
        "How should the budget be split, and what does each bound cost?",
        LAST,
        {1: max(22.0, name_width(layout.channels)), **dict.fromkeys(range(2, 10), 13.5), 7: 21, 10: 17, 11: 24, 12: 17},
        chip=1,
    )
    page.put(lay.TOP, 1, desk.said("plan_headline", "Not run yet."), "headline")
    _plan(desk)
    chart = charts.shift_chart(desk.canvas, layout, desk.scales.spend.number)
    alt = "Bars of spend by channel, today and in the optimized plan"
    charts.place(page, chart, "shift", layout.optimizer_charts_row(), (1, 5), layout.tall, alt)
    _certificate(desk)
    _settings_link(desk)
    plan_limits.draw(desk)
    breaks = [layout.optimizer_charts_row()] if layout.many else []
    page.print_in_pages(LAST, [*breaks, layout.constraints_row() - 1])
    page.sheet.freeze_panes(lay.BODY + 1, 2)


def _plan(desk: Desk) -> None:
    page, plan = desk.canvas.pages[n.OPTIMIZER], desk.layout.blocks["plan"]
    page.headers(
        plan.row - 1,
        1,
        [
            "Channel",
            desk.priced("Today"),
            "Optimized",
            "Change",
            "Change, %",
            "Least",
            "Most",
            "Next unit today (mROI)",
            "Next unit, plan",
            "Bound reached",
        ],
        (0, 9),
    )
    spend = desk.scales.spend.number
    page.called(
        "plan",
        {
            "channel": ("td_left", None),
            "today": ("td", spend),
            "plan": ("output", spend),
            "change": ("td", desk.scales.spend.signed),
            "change_share": ("td", st.SIGNED_PERCENT_FORMAT),
            "least": ("td", spend),
            "most": ("td", spend),
            "mroi_today": ("td", st.TIMES_FORMAT),
            "mroi": ("td", st.TIMES_FORMAT),
            "bound": ("td_left", None),
        },
    )
    page.headers(plan.row - 1, 12, ["Kept by the last run"])
    page.kept("kept_plan", {"spend": ("td", spend)})
    row = plan.row + plan.height
    page.put(row, 1, "All channels", "total_left")
    for key in ("today", "plan", "change"):
        column = plan.column(key).split("!")[1].replace("$", "")
        page.put(
            row,
            plan.place(key)[1],
            when_run(f"SUM({column})"),
            "total",
            desk.scales.spend.signed if key == "change" else spend,
        )
    page.row(row, 5, [None] * 6, "total")


def _certificate(desk: Desk) -> None:
    page, block = desk.canvas.pages[n.OPTIMIZER], desk.layout.blocks["certificate"]
    page.section(block.row - 1, 7, LAST - 1, "Certificate")
    page.called("certificate", {"line": ("td_left", None), "value": ("td_bold", None), "meaning": ("note", None)})
    outcome, spend = desk.outcome_scale, desk.scales.spend.number
    numbers = {
        "outcome_today": outcome.number, "outcome_plan": outcome.number, "gain": outcome.signed,
        "gain_low": outcome.signed, "gain_high": outcome.signed, "budget": spend, "kkt": "0.0E+00;-0.0E+00;0",
        "shadow_price": "#,##0.00",
    }  # fmt: skip
    for i, key in enumerate(lay.CERTIFICATE):
        page.put(*block.place("value", i), None, "td_bold", numbers.get(key))


def _settings_link(desk: Desk) -> None:
    page, header = desk.canvas.pages[n.OPTIMIZER], desk.layout.constraints_row()
    budget = [setting.name for setting in n.SETTINGS].index(n.SET_BUDGET)
    page.put(header - 3, 7, "Budget, goal, targets and risk are settings:", "small")
    page.put(header - 3, 10, Link(f"{n.ASSUMPTIONS}!C{budget + 7}", "Assumptions, Budget"), "link")
