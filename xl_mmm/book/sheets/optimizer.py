"""Optimizer: the best split of the budget within limits, its certificate, and what must be known before signing it."""

from __future__ import annotations

from xl_mmm.book import charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.block_keys import CERTIFICATE
from xl_mmm.book.canvas import Formula, Link, when_run
from xl_mmm.book.sheets import plan_limits
from xl_mmm.book.sheets.assumptions import HEAD_ROW
from xl_mmm.book.sheets.desk import Desk, name_width
from xl_mmm.tables import names as n

LAST = 11
ASKED = (  # settings that are repeated above the limits
    (n.SET_MAXIMIZE, n.SET_PLAN_OVER, n.SET_BUDGET, n.SET_TOTAL, n.SET_RISK),
    (n.SET_LEAST_ROI, n.SET_LEAST_MROI, n.SET_LEAST_OUTCOME, n.SET_STEP, n.SET_TAIL),
)


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout = desk.layout
    page = desk.canvas.page(
        n.OPTIMIZER,
        "Optimizer",
        "How should the budget be split, how sure is that, and what does each limit cost?",
        LAST,
        {
            1: max(22.0, name_width(layout.channels)), **dict.fromkeys(range(2, 10), 13.5), 7: 21, 10: 17, 11: 26,
            12: 17, 13: 24, 14: 34, 18: 30,
        },
        chip=1,
    )  # fmt: skip
    page.put(lay.TOP, 1, desk.said("plan_headline", "Not run yet."), "headline")
    _plan(desk)
    chart = charts.shift_chart(desk.canvas, layout, desk.scales.spend.number)
    alt = "Bars of spend by channel, today and in the optimized plan"
    charts.place(page, chart, "shift", layout.optimizer_charts_row(), (1, 5), layout.tall, alt)
    _certificate(desk)
    _notes(desk)
    _held(desk)
    _asked(desk)
    plan_limits.draw(desk)
    breaks = [layout.optimizer_charts_row()] if layout.many else []
    page.print_in_pages(LAST, [*breaks, layout.held_row() - 1])
    page.sheet.repeat_columns(0, 0)
    page.sheet.set_v_pagebreaks([LAST + 1])
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
    page.headers(plan.row - 1, 12, ["Kept by the last run", "What its search proved"], (1,))
    page.kept("kept_plan", {"spend": ("td", spend)})
    page.kept("kept_search", {"proved": ("bare_left", None)})
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
    page.section(block.row - 1, 7, LAST, "Certificate")
    page.called("certificate", {"line": ("td_left", None), "value": ("td_bold", None), "meaning": ("note", None)})
    for i, number in enumerate(certificate_numbers(desk)):
        page.put(*block.place("value", i), None, "td_bold", number)


def certificate_numbers(desk: Desk) -> list[str | None]:
    """Return the number format of each line of a certificate."""
    outcome, spend = desk.outcome_scale, desk.scales.spend.number
    numbers = {
        **dict.fromkeys(("outcome_today", "outcome_plan", "worth", "upper_bound"), outcome.number),
        **dict.fromkeys(("gain", "gain_low", "gain_high", "downside", "profit_gain"), outcome.signed),
        "p_better": st.PERCENT_FORMAT, "budget": spend, "kkt": "0.0E+00;-0.0E+00;0", "shadow_price": "#,##0.00",
        "gap": "0.0000%",
    }  # fmt: skip
    return [numbers.get(key) for key in CERTIFICATE]


def _notes(desk: Desk) -> None:
    page, block = desk.canvas.pages[n.OPTIMIZER], desk.layout.blocks["notes"]
    page.section(block.row - 1, 1, LAST, "Before you sign: what is proven, what can go wrong, where the plan is new")
    page.called("notes", {"kind": ("bare_left", None), "sentence": ("bare_left", None)})


def _held(desk: Desk) -> None:
    page, block = desk.canvas.pages[n.OPTIMIZER], desk.layout.blocks["held"]
    page.section(block.row - 2, 1, LAST, "What each limit costs")
    page.headers(block.row - 1, 2, ["One more unit of room brings", "Without it", "Limit that holds the plan"], (2,))
    page.row(block.row - 1, 5, [None] * (LAST - 4), "th_left")
    page.called(
        "held",
        {
            "per_unit": ("bare", "#,##0.00"),
            "in_all": ("bare", "#,##0"),
            "limit": ("bare_left", None),
        },
    )


def _asked(desk: Desk) -> None:
    """Repeat what the settings ask of a plan, above the limits."""
    page, row = desk.canvas.pages[n.OPTIMIZER], desk.layout.constraints_row() - 4
    at = {setting.name: i + HEAD_ROW + 2 for i, setting in enumerate(n.SETTINGS)}
    targets = f"{n.ASSUMPTIONS}!$C${at[n.SET_LEAST_ROI]}:$C${at[n.SET_LEAST_OUTCOME]}"
    budget = f"{n.ASSUMPTIONS}!$C${at[n.SET_BUDGET]}"
    total = f'IF(COUNT({targets})=0,"{n.EXACT}",IF(LEN({budget})=0,"{n.FREE}","{n.AT_MOST}"))'  # as `kind_of_total`
    blanks = {n.SET_BUDGET: '"as today"', n.SET_TOTAL: total, n.SET_STEP: '"free"'}
    numbers = {n.SET_BUDGET: desk.scales.spend.number, n.SET_STEP: st.PERCENT_FORMAT, n.SET_TAIL: st.PERCENT_FORMAT}
    for i, line in enumerate(ASKED):
        for j, name in enumerate(line):
            cell = f"{n.ASSUMPTIONS}!$C${at[name]}"
            blank = blanks.get(name, f'"{n.NONE}"')
            shown = Formula(f"=IF(LEN({cell})=0,{blank},{cell})")
            page.put(row + i, 1 + 2 * j, name, "small")
            page.put(row + i, 2 + 2 * j, shown, "td", numbers.get(name))
    page.put(row, 11, Link(f"{n.ASSUMPTIONS}!C{at[n.SET_BUDGET]}", "Change on Assumptions"), "link")
