"""Compare: which method to read, why, and how far the methods agree."""

from __future__ import annotations

from xl_mmm.book import charts
from xl_mmm.book import styles as st
from xl_mmm.book.block_keys import METHOD_KEYS, RETURN_KEYS
from xl_mmm.book.sheets.desk import Desk, name_width
from xl_mmm.comparison.advice import ALIKE, SHORT, TRUSTED
from xl_mmm.report.chart_titles import METHODS as METHODS_CHART
from xl_mmm.spec import METHODS
from xl_mmm.tables import names as n

LAST = len(RETURN_KEYS)
ANSWER, AGREEMENT = 0, 3  # rows of the sentences
HEADS = ("Method", "Return", "low", "high", "R²", "Misses", "Quarters", "Misses", "Weeks inside", "CRPS", "Verdict")
RULES = (
    f"Out: not fitted, chains apart, or ranges that held {100 * SHORT:.0f} points less than they claim. Of the rest, "
    f"CRPS within {100 * (ALIKE - 1):.0f} % of the best counts as equal; among equals {TRUSTED[0]} is read before "
    f"{', '.join(TRUSTED[1:])}: so often did their ranges hold the truth on simulated markets."
)
FORMATS = {"r_squared": "0.00", "quarters": "0", "held": st.PERCENT_FORMAT}


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    blocks, layout = desk.layout.blocks, desk.layout
    page = desk.canvas.page(
        n.COMPARE,
        "Compare methods",
        "Which model? Each method on the same data and choices, judged by weeks it had not seen.",
        LAST,
        {1: name_width(layout.channels, 18), **dict.fromkeys(range(2, LAST + 1), 11.0), LAST + 1: 3, LAST + 2: 30},
    )
    advice, methods, returns = blocks["advice"], blocks["methods"], blocks["returns"]
    page.called("advice", {"text": ("bare_left", None)})
    page.put(*advice.place("text", ANSWER), None, "headline")
    page.height(advice.row, 24)
    number = st.TIMES_FORMAT if desk.is_money else "#,##0.0000"
    percent = ("td", st.PERCENT_1_FORMAT)
    page.section(methods.row - 3, 1, LAST, "The methods")
    page.row(
        methods.row - 2, 2,
        ["ROI of all paid media" if desk.is_money else f"{desk.kpi_unit} per {desk.currency}", None, None,
         "On weeks seen", None, "On weeks not seen", None, None, None],
        "th_group",
    )  # fmt: skip
    page.headers(methods.row - 1, 1, HEADS, (0, 10))
    page.row(methods.row - 1, LAST - 2, [None] * 3, "th")
    looks = {key: ("td", FORMATS.get(key)) if key in FORMATS else percent for key in METHOD_KEYS}
    looks |= dict.fromkeys(("total_low", "total_high"), ("td", number))
    looks |= {"method": ("td_left", None), "total": ("output", number), "verdict": ("td_left", None)}
    page.called("methods", looks)
    for i in range(methods.height):
        page.row(methods.row + i, LAST - 2, [None] * 3, "rule")
    page.put(methods.row + methods.height, 1, RULES, "small")
    _chart(desk)
    page.section(returns.row - 3, 1, LAST, "What each says of a channel")
    for j, method in enumerate(METHODS):
        page.row(returns.row - 2, 2 + 3 * j, [method, None, None], "th_group")
    point = "ROI" if desk.is_money else "Return"
    page.headers(returns.row - 1, 1, ["Channel", *[point, "low", "high"] * len(METHODS), "All share a value"])
    middle = dict.fromkeys(METHODS, ("output", number))
    ends = dict.fromkeys(RETURN_KEYS, ("td", number))
    page.called("returns", {**ends, **middle, "channel": ("td_left", None), "overlap": ("td", None)})
    page.section(blocks["compared"].row - 3, LAST + 2, LAST + 2, "The comparison as text")
    page.kept("compared", {"text": ("code", st.ENCODED_FORMAT)})
    page.sheet.print_area(0, 0, returns.row + returns.height, LAST)
    page.print_in_pages(LAST, [*([layout.compare_chart_row()] if layout.many else []), returns.row - 3])
    page.sheet.freeze_panes(4, 2)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _chart(desk: Desk) -> None:
    page, layout = desk.canvas.pages[n.COMPARE], desk.layout
    chart = charts.methods_chart(desk.canvas, layout, money=desk.is_money)
    alt = "Columns by channel, one a method: its return with range"
    charts.place(page, chart, METHODS_CHART, layout.compare_chart_row(), (1, LAST), layout.tall, alt)
