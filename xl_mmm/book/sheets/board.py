"""Board: the plan on one printed page: headline, figures, bridge, spend, returns, what it rests on, a line to sign.

Nothing is typed here. Figures and words are those of `MMM_BOARD` on ChartData, returns those of ROI; the page fits A4
and Letter alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book import board_charts, charts
from xl_mmm.book import layout as lay
from xl_mmm.book.canvas import HAS_MODEL, QUESTION_ROW, STATE, TITLE_ROW, Formula, nothing, when_run
from xl_mmm.book.sheets.desk import Desk
from xl_mmm.functions.board import FIGURES, WORDS_SAID
from xl_mmm.report.board import LINES
from xl_mmm.report.chart_titles import BOARD_BRIDGE, BOARD_RETURNS, BOARD_SPEND
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.canvas import Page

LAST = 12
LEFT, RIGHT = (1, 6), (7, LAST)  # columns of the two halves
WIDTHS = {col: 24.0 if col % 3 == 1 else 10.5 for col in range(1, LAST + 1)}  # a figure needs one wide column
CARDS_ROW, CHARTS_ROW = 7, 12
UPPER, LOWER = 13, 12  # rows of the charts
FLOOR_GAP = 0.6  # what the bridge shows below its lowest level, in heights of its moves


def draw(desk: Desk) -> None:
    """Draw the sheet, and its feed on ChartData."""
    _feed(desk)
    page = desk.canvas.page(n.BOARD, "Media plan", "", LAST, WIDTHS, chip=3)
    page.put(TITLE_ROW, 1, "Media plan", "board_title")
    page.height(TITLE_ROW, 30)
    page.put(QUESTION_ROW, 1, _said(desk, "scope"), "question")
    page.put(lay.TOP, 1, Formula(f"=IF({HAS_MODEL},{_word(desk, 'headline')},{STATE})"), "board_headline")
    page.height(lay.TOP, 26)
    page.put(lay.TOP + 1, 1, _said(desk, "sure"), "board_sure")
    page.height(lay.TOP + 1, 20)
    _cards(desk, page)
    _charts(desk, page)
    _grounds(desk, page)
    foot = CHARTS_ROW + UPPER + LOWER + 3
    page.height(foot - 1, 14)
    for col, text in ((1, "Prepared by"), (4, "Approved by"), (7, "Date"), (10, "Signature")):
        page.put(foot, col, text, "to_sign")
        page.put(foot, col + 1, None, "to_sign")
    page.sheet.print_area(0, 0, foot, LAST)
    page.sheet.fit_to_pages(1, 1)
    page.sheet.center_horizontally()
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _word(desk: Desk, key: str) -> str:
    """Refer to a sentence of the Board."""
    return desk.layout.blocks["board_words"].cell("text", WORDS_SAID.index(key))


def _said(desk: Desk, key: str) -> Formula:
    """Say a sentence of the Board once there is a model."""
    return Formula(f'=IF({HAS_MODEL},{_word(desk, key)}&"","")')


def _figure(desk: Desk, key: str, column: str = "value") -> str:
    """Refer to a figure of the Board."""
    return desk.layout.blocks["board_figures"].cell(column, list(FIGURES).index(key))


def _cards(desk: Desk, page: Page) -> None:
    outcome, spend = desk.outcome_scale, desk.scales.spend.number
    cards = (
        (desk.priced(f"{desk.outcome} from media, plan") if desk.is_money else f"{desk.outcome} from media, plan",
         "outcome", outcome.number, "outcome"),
        ("Change from today", "gain", outcome.signed, "gain"),
        (desk.priced("Media spend, plan"), "spend", spend, "spend"),
        ("Change in profit", "profit", outcome.signed, "profit"),
    )  # fmt: skip
    page.height(CARDS_ROW, 22)
    page.height(CARDS_ROW + 1, 36)
    page.height(CARDS_ROW + 2, 19)
    for i, (label, figure, number, words) in enumerate(cards):
        col, value = 1 + 3 * i, _figure(desk, figure)
        page.put(CARDS_ROW, col, label, "board_label")
        page.put(CARDS_ROW, col + 1, None, "board_label")
        page.put(
            CARDS_ROW + 1, col, Formula(f'=IF({HAS_MODEL},IF({nothing(value)},"–",{value}),"–")'), "board_kpi", number
        )
        page.put(CARDS_ROW + 2, col, _said(desk, words), "board_sub")


def _charts(desk: Desk, page: Page) -> None:
    canvas, layout, word, lower = desk.canvas, desk.layout, desk.outcome.lower(), CHARTS_ROW + UPPER + 1
    drawn = (
        (BOARD_BRIDGE, board_charts.bridge_chart(canvas, layout), CHARTS_ROW, LEFT, UPPER,
         f"Bridge of {word} from today through each channel's change to the plan"),
        (BOARD_SPEND, board_charts.spend_chart(canvas, layout, desk.scales.spend.number), CHARTS_ROW, RIGHT, UPPER,
         "Bars of spend by channel, today and in the plan, side by side on the page"),
        (BOARD_RETURNS, board_charts.returns_chart(canvas, layout, money=desk.is_money), lower, LEFT, LOWER,
         "Columns of return by channel with ranges on the page, break-even dashed"),
    )  # fmt: skip
    for title, chart, row, columns, rows, alt in drawn:
        charts.place(page, chart, title, row, columns, rows, alt)


def _grounds(desk: Desk, page: Page) -> None:
    """Place what the plan rests on, and the checks."""
    row = CHARTS_ROW + UPPER + 1
    page.section(row, RIGHT[0], LAST, "What it rests on")
    for i in range(LINES):
        page.put(row + 1 + i, RIGHT[0], _said(desk, f"rests{i}"), "board_line")


def _feed(desk: Desk) -> None:
    """Fill the Board's part of ChartData."""
    page, blocks = desk.canvas.pages[n.CHART_DATA], desk.layout.blocks
    number, spend = desk.outcome_scale.number, desk.scales.spend.number
    values = dict.fromkeys(("value", "low", "high"), ("td", number))
    page.called("board_words", {"topic": ("td_left", None), "text": ("bare_left", None)})
    page.called("board_figures", {"line": ("td_left", None), **values})
    page.put(*blocks["board_figures"].place("value", list(FIGURES).index("p_better")), None, "td", "0%")
    money = dict.fromkeys(("today", "plan"), ("td", spend))
    page.called("board_steps", {"part": ("td_left", None), **values, **money})
    _bridge_feed(desk, page)
    _returns_feed(desk, page)


def _bridge_feed(desk: Desk, page: Page) -> None:
    """Levels, a floor below the lowest so that the moves show, and the bars above it; the label carries the amount."""
    steps, drawn = (desk.layout.blocks[name] for name in ("board_steps", "board_bridge"))
    scale, number = desk.outcome_scale, ("td", desk.outcome_scale.number)
    levels, last = drawn.column("level"), drawn.height - 1
    for i in range(drawn.height):
        part, value = steps.cell("part", i), steps.cell("value", i)
        level, before, floor = (drawn.cell(key, j) for key, j in (("level", i), ("level", max(i - 1, 0)), ("floor", 0)))
        total = i in (0, last)
        shown = f'FIXED(ABS({value})/{scale.divisor:.0f},{scale.decimals})&"{scale.suffix}"'
        above = '""' if total else f'IF({value}>0,"+","")'
        signed = f'IF({value}<0,"−",{above})&{shown}'
        formulas = {
            "part": f'{part}&" "&{signed}',
            "level": value if total else f"{before}+{value}",
            "floor": f"MAX(0,MIN({levels})-{FLOOR_GAP}*(MAX({levels})-MIN({levels})))" if i == 0 else floor,
            "base": "0" if total else f"MIN({before},{level})-{floor}",
            "total": f"{level}-{floor}" if total else "0",
            "up": "0" if total else f"MAX({value},0)",
            "down": "0" if total else f"MAX(-{value},0)",
        }
        for key, formula in formulas.items():
            page.put(*drawn.place(key, i), when_run(formula), *(("td_left", None) if key == "part" else number))


def _returns_feed(desk: Desk, page: Page) -> None:
    """Place the returns of the channels with the largest spend, in that order."""
    blocks = desk.layout.blocks
    block, bars, order = blocks["board_returns"], blocks["bars"], blocks["by_spend"]
    for i in range(block.height):
        place = f"MATCH({i + 1},{order.column('rank')},0)"
        for key in block.keys:
            look = ("td_left", None) if key == "label" else ("td", "0.00")
            page.put(*block.place(key, i), when_run(f"INDEX({bars.column(key)},{place})"), *look)
