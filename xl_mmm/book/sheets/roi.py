"""ROI: what each channel returned, what the next unit would return, and how its curve bends."""

from __future__ import annotations

from xl_mmm.book import charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import when_run
from xl_mmm.book.sheets.desk import Desk, name_width
from xl_mmm.tables import names as n

LAST = 14
PER_BAND = 3
CPIK_FORMAT = "[<0.1]0.0000;#,##0.00"
THIRDS = ((1, 4), (5, 9), (10, 14))  # columns of the response curves
ROWS_ON_A_PAGE = 31  # besides headings


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout = desk.layout
    page = desk.canvas.page(
        n.ROI,
        "Return on media",
        "Which channel pays, which is saturated, and what would the next unit of money return?",
        LAST,
        {1: name_width(layout.media, 18), **dict.fromkeys(range(2, LAST + 1), 13.5)},
    )
    _returns(desk)
    row = layout.roi_charts_row()
    bars = charts.roi_chart(desk.canvas, layout, money=desk.is_money)
    alt = "ROI with ranges and the break-even line" if desk.is_money else "Cost per incremental KPI unit"
    charts.place(page, bars, "roi", row, (1, LAST if layout.many else 6), lay.CHART_ROWS, f"Columns by channel: {alt}")
    shares = charts.shares_chart(desk.canvas, layout)
    alt = "Bars by channel: share of spend and of effect"
    if layout.many:
        charts.place(page, shares, "shares", row + lay.CHART_ROWS, (1, LAST), layout.tall, alt)
    else:
        charts.place(page, shares, "shares", row, (7, LAST), lay.CHART_ROWS, alt)
    for i in range(layout.curves):
        at = layout.curves_row() + (i // PER_BAND) * lay.CURVE_ROWS
        chart = charts.curve_chart(desk.canvas, layout, i, desk.scales.spend.axis, desk.outcome_scale.axis)
        alt = f"Response curve, channel {i + 1} by spend: outcome by spend over the window, its range, today's point"
        charts.place(page, chart, f"curve{i}", at, THIRDS[i % PER_BAND], lay.CURVE_ROWS, alt)
    _work(desk)
    bands = -(-layout.curves // PER_BAND)
    breaks = [row + lay.CHART_ROWS, layout.curves_row()] if layout.many else [layout.curves_row()]
    if bands * lay.CURVE_ROWS + len(layout.media) > ROWS_ON_A_PAGE:
        breaks.append(layout.roi_second_row() - 1)
    if row + lay.CHART_ROWS > ROWS_ON_A_PAGE + lay.BODY:
        breaks.insert(0, row)
    page.print_in_pages(LAST, breaks)
    page.sheet.freeze_panes(lay.BODY, 2)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _returns(desk: Desk) -> None:
    page, layout = desk.canvas.pages[n.ROI], desk.layout
    roi = layout.blocks["roi"]
    heads = [
        "Channel",
        desk.priced("Spend"),
        "Brought" if desk.is_money else desk.kpi_unit.capitalize(),
        "ROI",
        "low",
        "high",
        "Chance it pays",
        "Net ROI",
        "Next unit (mROI)",
        "low",
        "high",
        "CPIK",
        "low",
        "high",
    ]
    page.row(
        roi.row - 2,
        2,
        [
            "Over the window", None, "Return on all spend", *[None] * 4, "Return on the next unit", None, None,
            "Cost of one more", None, None,
        ],
        "th_group",
    )
    page.headers(roi.row - 1, 1, heads)
    spend, brought = desk.scales.spend.number, desk.outcome_scale.number
    x = ("td", st.TIMES_FORMAT)
    page.called(
        "roi",
        {
            "channel": ("td_left", None),
            "spend": ("td", spend),
            "revenue": ("td", brought),
            "roi": ("output", st.TIMES_FORMAT),
            "roi_low": x,
            "roi_high": x,
            "p_above_breakeven": ("td", st.PERCENT_FORMAT),
            "net_roi": ("td", st.SIGNED_PERCENT_FORMAT),
            "mroi": ("output", st.TIMES_FORMAT),
            "mroi_low": x,
            "mroi_high": x,
            **dict.fromkeys(("cpik", "cpik_low", "cpik_high"), ("td", CPIK_FORMAT)),
        },
    )
    row = roi.row + roi.height
    page.put(row, 1, "All paid media", "total_left")
    columns = {key: roi.column(key).split("!")[1].replace("$", "") for key in ("spend", "revenue")}
    page.put(row, 2, when_run(f"SUM({columns['spend']})"), "total", spend)
    page.put(row, 3, when_run(f"SUM({columns['revenue']})"), "total", brought)
    ratio = when_run(f'IF(C{row + 1}=0,"",D{row + 1}/C{row + 1})') if desk.is_money else None
    page.put(row, 4, ratio, "total", st.TIMES_FORMAT)
    page.row(row, 5, [None] * (LAST - 4), "total")
    page.put(row + 1, 1, desk.said("roi_note"), "small")


def _work(desk: Desk) -> None:
    page, layout = desk.canvas.pages[n.ROI], desk.layout
    work = layout.blocks["work"]
    page.section(work.row - 2, 1, LAST, "How each medium works")
    page.headers(
        work.row - 1,
        1,
        [
            "Medium",
            f"Contribution, {desk.kpi_unit}",
            f"Share of {desk.kpi_unit}",
            "Share of effect",
            "Share of spend",
            "ROI, median",
            "ROI, long run",
            "Elasticity",
            "Saturated",
            "Half-life",
            "Carried over",
            "From data, not belief",
            "Saturated, low",
            "high",
        ],
    )
    percent = ("td", st.PERCENT_FORMAT)
    page.called(
        "work",
        {
            "channel": ("td_left", None),
            "contribution": ("td", desk.scales.kpi_total.number),
            "contribution_share": ("td", st.PERCENT_1_FORMAT),
            "effect_share": percent,
            "spend_share": percent,
            "roi_median": ("td", st.TIMES_FORMAT),
            "roi_long": ("td", st.TIMES_FORMAT),
            "elasticity": ("td", "0.000"),
            "saturation": percent,
            "half_life": ("td", st.WEEKS_FORMAT),
            "carried": percent,
            "data_share": percent,
            **dict.fromkeys(("saturation_low", "saturation_high"), percent),
        },
    )
    shade = {
        "type": "2_color_scale",
        "min_type": "num",
        "min_value": 0,
        "min_color": st.WHITE,
        "max_type": "num",
        "max_value": 1,
        "max_color": st.REFERENCE,
    }
    page.sheet.conditional_format(work.column("saturation").split("!")[1].replace("$", ""), shade)
