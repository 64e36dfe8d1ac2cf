"""Plan: a scenario laid over the time ahead, plan against actual, the year by fiscal period; at the right its weeks."""

from __future__ import annotations

from xl_mmm.book import charts, year_charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import HAS_MODEL, Formula, Link, Page
from xl_mmm.book.layout import letters
from xl_mmm.book.sheets.desk import Desk, any_date, fill_table, number_between
from xl_mmm.book.year_places import (
    AHEAD_ROWS,
    CALENDAR_COL,
    CALENDAR_ROW,
    VARIANCE_ROWS,
    YEAR_ROWS,
    ahead_columns,
    timing_column,
    variance_row,
    year_row,
)
from xl_mmm.functions.years import STEP_WORDS
from xl_mmm.tables import names as n

LAST = 13
LEVELS = ("plan", "forecast", "actual")  # of plan against actual; the others are steps between them
SPARE = 12  # rows of `tblCalendar` in a new book
NOT_FROZEN = "Nothing is frozen yet: press Freeze plan, or run xl-mmm freeze with this file."
NO_ACTUALS = "Frozen; no actuals yet: paste them below the last row of Data."


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout = desk.layout
    page = desk.canvas.page(
        n.PLAN, "Plan", "What will the time ahead cost and bring, and are we on plan?", LAST, _widths(desk), chip=2
    )
    words = layout.blocks["year_words"].cell("text")
    page.put(lay.TOP, 1, Formula(f'=IF({HAS_MODEL},{words}&"","Not run yet.")'), "headline")
    _charts(desk, page)
    _variance(desk, page)
    _year(desk, page)
    _known(desk, page)
    _weeks(desk, page)
    _timing(desk, page)
    page.sheet.print_area(0, 0, year_row(len(layout.channels)) + YEAR_ROWS, LAST)
    page.print_in_pages(LAST, [variance_row() - 2, year_row(len(layout.channels)) - 2])
    page.sheet.freeze_panes(4, 0)


def _widths(desk: Desk) -> dict[int, float]:
    """Column widths, part by part."""
    weeks, forecast, frozen = ahead_columns(desk.layout)
    widths = {1: 22.0, **dict.fromkeys(range(2, LAST + 1), 13.0), 14: 3.0, 15: 3.0}
    headers = n.calendar_headers(desk.layout.channels, desk.layout.controls)
    for j, header in enumerate(headers):
        widths[CALENDAR_COL + j] = 30.0 if header == n.H_NOTE else max(12.0, min(st.text_width(header) + 3, 22.0))
    timing = timing_column(desk.layout)
    words = timing + len(desk.layout.channels) + 2
    widths |= dict.fromkeys(range(weeks, frozen), 12.5) | dict.fromkeys(range(timing, words), 12.5)
    apart = dict.fromkeys((weeks - 1, forecast - 1, frozen - 1, timing - 1, words - 1), 3.0)
    return {**widths, **apart, frozen: 44.0, words: 125.0}


def _charts(desk: Desk, page: Page) -> None:
    layout = desk.layout
    weeks, _, frozen = ahead_columns(layout)
    at = f"{n.PLAN}!{letters(CALENDAR_COL)}{CALENDAR_ROW - 1}"
    row = lay.BODY
    setting = [one.name for one in n.SETTINGS].index(n.SET_FOLLOWS) + 7
    for col, target, words in (
        (1, f"{n.ASSUMPTIONS}!C{setting}", "Which scenario, start, calendar, flighting →"),
        (4, at, "What is known: commitments, prices →"),
        (7, f"{n.PLAN}!{letters(weeks)}{CALENDAR_ROW - 1}", "Week by week →"),
        (9, f"{n.PLAN}!{letters(timing_column(layout))}{CALENDAR_ROW - 1}", "Weeks optimized →"),
        (11, f"{n.PLAN}!{letters(frozen)}{CALENDAR_ROW - 1}", "The frozen plan →"),
    ):
        page.put(row, col, Link(target, words), "link")
    outlook = year_charts.outlook_chart(desk.canvas, layout, desk.scales.kpi.number)
    alt = f"Expected {desk.kpi_unit} by period with its range, and the year before"
    charts.place(page, outlook, "outlook", row + 1, (1, LAST), AHEAD_ROWS, alt)
    flighting = year_charts.flighting_chart(desk.canvas, layout, st.scale_below(desk.scales.spend).number)
    alt = "Planned spend by period, stacked by channel"
    charts.place(page, flighting, "flighting", row + 1 + AHEAD_ROWS, (1, LAST), AHEAD_ROWS, alt)


def _variance(desk: Desk, page: Page) -> None:
    """Plan against actual, then the pace of spending."""
    layout, blocks = desk.layout, desk.layout.blocks
    variance, pacing, frozen = blocks["variance"], blocks["pacing"], blocks["frozen"]
    header = variance.row - 1
    page.section(header - 2, 1, LAST, f"Plan against actual: {desk.kpi_unit} of the periods that are over")
    plan, actual = variance.cell("kpi", 0), variance.cell("kpi", VARIANCE_ROWS - 1)
    share = f'FIXED(ABS({actual}/{plan}-1)*100,1)&" % "&IF({actual}<{plan},"below","above")&" plan."'
    told = f'IF(LEN({plan})=0,"{NO_ACTUALS}","Actual is "&{share})'
    known = f'IF(ISERROR({plan}),"",{told})'
    page.put(header - 1, 1, Formula(f'=IF(LEN({frozen.cell("text")})=0,"{NOT_FROZEN}",{known})'), "finding")
    page.headers(header, 1, ["Step", desk.kpi_unit, "low", "high", "What it is"], (0, 4))
    page.row(header, 6, [None] * (LAST - 5), "th_left")
    scale = desk.scales.kpi  # of what a few weeks differ by, not of what a year brings
    figure = ("bare", scale.signed)
    page.called(
        "variance",
        {"step": ("bare_left", None), "kpi": figure, "low": figure, "high": figure, "meaning": ("bare_left", None)},
    )
    for i in [i for i, step in enumerate(STEP_WORDS) if step in LEVELS]:
        page.put(*variance.place("step", i), None, "bare_left_bold")
        for key in ("kpi", "low", "high"):
            page.put(*variance.place(key, i), None, "bare_bold", scale.number)
    page.rules_where_filled(variance, "step", f"B{variance.row + 1}:N{variance.row + variance.height}")
    page.section(pacing.row - 2, 1, LAST, "Pace: spent against planned by now")
    heads = [
        "Channel", desk.priced("Planned"), "Spent", "Difference", "Pace", "Left", "Left a period", "Year at this pace",
    ]  # fmt: skip
    page.headers(pacing.row - 1, 1, heads)
    spend = st.scale_below(desk.scales.spend)
    money, signed = ("bare", spend.number), ("bare", spend.signed)
    looks = {**dict.fromkeys(pacing.keys, money), "channel": ("bare_left", None), "difference": signed}
    page.called("pacing", looks | {"pace": ("bare", st.PERCENT_FORMAT)})
    page.rules_where_filled(pacing, "channel")
    assert year_row(len(layout.channels)) > pacing.row + pacing.height


def _year(desk: Desk, page: Page) -> None:
    """Draw the year by fiscal period, its end and its sum."""
    block, word = desk.layout.blocks["year"], desk.outcome
    page.section(block.row - 3, 1, LAST, "The year by fiscal period")
    page.row(
        block.row - 2, 4,
        ["Money", None, f"{word} of the plan's spend", None, None, "Of earlier spend", "After margin", desk.kpi_unit,
         None, None], "th_group",
    )  # fmt: skip
    heads = [
        "Period", "From", "To", desk.priced("Spend"), "Cash", word, "low", "high", "Carry-in", "Profit", "Expected",
        "low", "high",
    ]  # fmt: skip
    page.headers(block.row - 1, 1, heads, (0, 1, 2))
    earned = desk.scales.spend if desk.is_money else desk.outcome_scale  # a month's revenue is of the size of spend
    scales = st.scale_below(desk.scales.spend), st.scale_below(earned), st.scale_below(desk.scales.kpi_total)
    spend, outcome, kpi = (("bare", scale.number) for scale in scales)
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(("outcome", "low", "high", "carry_in", "profit"), outcome)
    looks |= {"period": ("bare_left", None), "spend": spend, "cash": spend}
    looks |= dict.fromkeys(("kpi", "kpi_low", "kpi_high"), kpi)
    looks |= dict.fromkeys(("from", "to"), ("bare_left", st.DATE_FORMAT))
    page.called("year", looks)
    page.rules_where_filled(block, "period")
    bold = desk.canvas.book.add_format({"bold": True})
    first = f"${block.address('period')}"
    rule = {"type": "formula", "criteria": f'=EXACT({first},"Year")', "format": bold}
    page.sheet.conditional_format(block.ref, rule)


def _known(desk: Desk, page: Page) -> None:
    """Draw `tblCalendar`."""
    layout = desk.layout
    headers = n.calendar_headers(layout.channels, layout.controls)
    page.section(
        CALENDAR_ROW - 2, CALENDAR_COL, CALENDAR_COL + len(headers) - 1,
        "What is known of single periods: expected drivers, market (1 = as usual), money already committed",
    )  # fmt: skip
    words = "Date: first day of a period ahead. Blank cells: drivers as a year before, market 1, nothing committed."
    page.put(CALENDAR_ROW - 1, CALENDAR_COL, words, "small")
    rows = desk.inputs.calendar
    height = len(rows) + SPARE
    area = page.table(n.TBL_CALENDAR, CALENDAR_ROW, CALENDAR_COL, headers, height, (0, len(headers) - 1))
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(headers, ("input", "#,##0.##"))
    looks |= {n.H_DATE: ("input_left", st.DATE_FORMAT), n.H_NOTE: ("input_left", None)}
    looks[n.H_MARKET] = ("input", st.TIMES_FORMAT)
    fill_table(page, area, rows, looks)
    span = (CALENDAR_ROW + 1, CALENDAR_ROW + height)
    any_date(page, span, CALENDAR_COL, n.H_DATE, "First day of a period ahead, as in Data.")
    for j, header in enumerate(headers):
        if header == n.H_MARKET:
            number_between(page, span, CALENDAR_COL + j, (0, 100), header, "Multiple of the baseline: 0.9 is -10 %.")
        elif header.startswith(n.COMMITTED):
            number_between(page, span, CALENDAR_COL + j, (0, None), header, "Money already bought for this period.")


def _weeks(desk: Desk, page: Page) -> None:
    """Show the plan by period of the data, its forecast, and the frozen plan."""
    layout, blocks = desk.layout, desk.layout.blocks
    weeks, forecast, frozen = (blocks[name] for name in ("weeks", "forecast", "frozen"))
    page.section(weeks.row - 3, weeks.col, weeks.col + len(weeks.keys) - 1, "The plan period by period")
    heads = [
        n.H_DATE, *layout.channels, *layout.exposures, *layout.organic, *layout.controls, n.H_MARKET,
    ]  # fmt: skip
    page.headers(weeks.row - 1, weeks.col, heads)
    number: tuple[str, str | None] = ("bare", "#,##0")
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(weeks.keys, number)
    first = len(heads) - 1 - len(layout.controls)
    looks |= {f"w{j - 1}": ("bare", "#,##0.00") for j in range(first, len(heads) - 1)}
    page.called("weeks", looks | {"date": ("bare_left", st.DATE_FORMAT), "market": ("bare", "0.00")})
    page.rules_where_filled(weeks, "date")
    page.section(forecast.row - 3, forecast.col, forecast.col + 3, f"{desk.kpi_unit} expected")
    page.headers(forecast.row - 1, forecast.col, ["Date", "Expected", "low", "high"])
    kpi = ("bare", desk.scales.kpi.number)
    page.called("forecast", {"date": ("bare_left", st.DATE_FORMAT), "kpi": kpi, "low": kpi, "high": kpi})
    page.rules_where_filled(forecast, "date")
    page.section(frozen.row - 3, frozen.col, frozen.col, "The frozen plan")
    page.headers(frozen.row - 1, frozen.col, ["Plan and model as text"])
    page.kept("frozen", {"text": ("code", st.ENCODED_FORMAT)})


def _timing(desk: Desk, page: Page) -> None:
    """Show the money of the plan as it was timed, and what that brings."""
    timing, words = (desk.layout.blocks[name] for name in ("timing", "timing_words"))
    title = f"The plan's money timed period by period (Optimize weeks; Flighting '{n.OPTIMIZED_FLIGHTING}' follows it)"
    page.section(timing.row - 3, timing.col, words.col, title)
    page.headers(timing.row - 1, timing.col, [n.H_DATE, *desk.layout.channels])
    money = ("bare", "#,##0")
    page.kept("timing", dict.fromkeys(timing.keys, money) | {"date": ("bare_left", st.DATE_FORMAT)})
    page.kept("timing_words", {"text": ("bare_left", None)})
