"""The optimizer's inputs on its sheet: limits by channel, and limits of several channels together beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book import styles as st
from xl_mmm.book.places import GROUPS_COL
from xl_mmm.book.sheets.desk import Desk, as_money_where_said, drop_down, fill_table, number_between
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.canvas import Page
    from xl_mmm.book.sheets.desk import Looks

SPARE_GROUPS = 4


def draw(desk: Desk) -> None:
    """Draw both tables."""
    page, header = desk.canvas.pages[n.OPTIMIZER], desk.layout.constraints_row()
    _channels(desk, page, header)
    _groups(desk, page, header)


def _channels(desk: Desk, page: Page, header: int) -> None:
    headers = n.TABLE_HEADERS[n.TBL_CONSTRAINTS]
    page.section(header - 1, 1, len(headers), "Limits of each channel: what the optimizer may do. Blank: the default.")
    rows, at = desk.inputs.constraints, {head: 1 + j for j, head in enumerate(headers)}
    height = max(len(rows), 1)
    area = page.table(n.TBL_CONSTRAINTS, header, 1, headers, height, (0, 3, 8, 10))
    text: tuple[str, str | None] = ("input_left", None)
    money: tuple[str, str | None] = ("input", "#,##0")
    looks: Looks = {
        **dict.fromkeys((n.H_CHANNEL, n.H_IN, n.H_FROZEN, n.H_NOTE), text),
        **dict.fromkeys((n.H_LEAST, n.H_MOST), ("input", st.TIMES_FORMAT)),
        **dict.fromkeys((n.H_COMMITTED, n.H_MINIMUM, n.H_INCREMENT), money),
        **dict.fromkeys((n.H_STEP, n.H_FEE), ("input", st.PERCENT_FORMAT)),
    }
    fill_table(page, area, rows, looks)
    span, currency = (header + 1, header + height), desk.currency
    ends = f"In multiples of today (0.8 is 80 % of it) or in {currency}, as In says. Blank: the default on Assumptions."
    prompts = {
        n.H_LEAST: ends,
        n.H_MOST: ends,
        n.H_COMMITTED: f"Already bought, {currency} over the window: the plan cannot go below it.",
        n.H_MINIMUM: f"Nothing, or at least this, {currency} over the window.",
        n.H_STEP: "Furthest move from today, a share of it: 10 % lets 100 become 90 to 110. Blank: the setting.",
        n.H_INCREMENT: f"Spend is a multiple of this, {currency}: the size of a package.",
        n.H_FEE: "Agency and platform fees on top of spend, a share of it. They count in profit, ROI and mROI.",
    }
    for head, words in prompts.items():
        number_between(page, span, at[head], (0, 1 if head == n.H_FEE else None), head, words)
    as_money_where_said(page, span, (at[n.H_LEAST], at[n.H_MOST]), at[n.H_IN])
    drop_down(page, span, at[n.H_IN], n.PLAN_UNITS, n.H_IN, "What Least and Most are in; blank: multiples of today.")
    drop_down(page, span, at[n.H_FROZEN], (n.YES, n.NO), n.H_FROZEN, "yes: the channel keeps today's spend.")


def _groups(desk: Desk, page: Page, header: int) -> None:
    headers, col = n.TABLE_HEADERS[n.TBL_GROUPS], GROUPS_COL
    page.section(header - 1, col, col + len(headers) - 1, "Limits of several channels together")
    rows, at = desk.inputs.groups, {head: col + j for j, head in enumerate(headers)}
    height = len(rows) + SPARE_GROUPS
    area = page.table(n.TBL_GROUPS, header, col, headers, height, (0, 1, 4, 5))
    text: tuple[str, str | None] = ("input_left", None)
    looks: Looks = dict.fromkeys(headers, text) | dict.fromkeys((n.H_LEAST, n.H_MOST), ("input", st.PERCENT_FORMAT))
    fill_table(page, area, rows, looks)
    span = (header + 1, header + height)
    ends = f"Share of all that the plan spends (0.4 is 40 %), or {desk.currency}, as In says."
    for head in (n.H_LEAST, n.H_MOST):
        number_between(page, span, at[head], (0, None), head, ends)
    as_money_where_said(page, span, (at[n.H_LEAST], at[n.H_MOST]), at[n.H_IN])
    drop_down(page, span, at[n.H_IN], n.GROUP_UNITS, n.H_IN, "What Least and Most are in; blank: share.")
    prompt = {"validate": "any", "input_title": n.H_CHANNELS, "input_message": "Channels, separated by commas."}
    page.sheet.data_validation(span[0], at[n.H_CHANNELS], span[1], at[n.H_CHANNELS], prompt)
