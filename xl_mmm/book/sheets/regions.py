"""Regions: where in the country the budget works, channel by channel; only in books of data with a region column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book import charts
from xl_mmm.book import region_places as places
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import HAS_MODEL, STAMP, Formula
from xl_mmm.book.sheets.desk import name_width
from xl_mmm.book.sheets.optimizer import certificate_numbers
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart

    from xl_mmm.book.canvas import Page
    from xl_mmm.book.sheets.desk import Desk

LAST = len(places.CELL_KEYS)
NOT_YET = "Not planned by region yet: press Plan regions, or run xl-mmm regions with this file."
MOVED = "The data are not those of the model in use: press Plan regions, or run xl-mmm regions again."
DATA_IN_STAMP = len("model 123456 · data ") + 1  # where `report.provenance.stamp` names the data
HEADS = {
    "region": "Region", "channel": "Channel", "plan": "Plan", "change": "Change", "roi": "ROI today", "roi_low": "low",
    "roi_high": "high", "roi_plan": "ROI, plan", "gain_low": "low", "gain_high": "high",
    "mroi_today": "Next unit today (mROI)", "mroi": "Next unit, plan", "bound": "Bound reached",
}  # fmt: skip


def draw(desk: Desk) -> None:
    """Draw the sheet, where there are regions."""
    if not desk.layout.regions:
        return
    blocks, layout = desk.layout.blocks, desk.layout
    page = desk.canvas.page(
        n.REGIONS,
        "Regions",
        "In which region does which channel work, and where should the budget go?",
        LAST,
        {1: 22, 2: max(14.0, name_width(layout.channels)), **dict.fromkeys(range(3, LAST), 12.5), LAST: 18},
    )
    _words(desk, page)
    totals, market, channels, cells = (
        blocks[f"region_{name}"] for name in ("totals", "market", "channels", "cells")
    )
    page.section(totals.row - 2, 1, len(totals.keys), "By region")
    _sums(desk, page, "region_totals", "Region")
    _sums(desk, page, "region_market", None)
    chart = _chart(desk)
    size = {"width": page.pixels(1, 8) - charts.GAP, "height": (channels.row - market.row - 6) * charts.HEIGHT}
    chart.set_size(size)
    alt = "Bars of spend by region, today and in the plan"
    page.sheet.insert_chart(market.row + 2, 1, chart, {"description": alt, "object_position": 2})
    page.section(channels.row - 2, 1, len(channels.keys), "By channel, all regions")
    _sums(desk, page, "region_channels", "Channel")
    page.section(cells.row - 2, 1, LAST, "By region and channel")
    page.headers(cells.row - 1, 1, [_head(desk, key) for key in cells.keys], (0, 1, LAST - 1))
    looks = _looks(desk)
    page.kept("region_cells", {key: looks.get(key, ("td_left", None)) for key in cells.keys})
    _proof(desk, page)
    proof, told = blocks["region_proof"], blocks["region_notes"]
    page.section(told.row - 1, 1, LAST, "Before you sign: what is proven, what can go wrong, where the plan is new")
    page.kept("region_notes", dict.fromkeys(told.keys, ("bare_left", None)))
    page.sheet.print_area(0, 0, told.row + told.height, LAST)
    page.print_in_pages(LAST, [channels.row - 2, proof.row - 2])
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _words(desk: Desk, page: Page) -> None:
    """Place what was found, and whether it still holds."""
    block = desk.layout.blocks["region_words"]
    page.kept("region_words", {"text": ("bare_left", None)})
    page.put(*block.place("text"), None, "headline")
    page.put(*block.place("text", 2), None, "small")
    page.put(*block.place("text", 3), None, "small", '0;-0;0;""')  # the hash is for the formula beside it
    known = block.address("text", 3)
    now = f"MID({STAMP},{DATA_IN_STAMP},LEN({known}))"
    moved = f'IF({HAS_MODEL},IF(EXACT({now},{known}),"","{MOVED}"),"")'
    page.put(block.row + 3, 2, Formula(f'=IF(LEN({known})=0,"{NOT_YET}",{moved})'), "small")


def _head(desk: Desk, key: str) -> str:
    outcome = desk.outcome
    own = {
        "today": desk.priced("Today"), "outcome_today": f"{outcome} today", "outcome": f"{outcome}, plan",
        "gain": f"{outcome} gained",
    }  # fmt: skip
    if not desk.is_money:
        rate = f"{desk.kpi_unit} per {desk.currency}"
        own |= {"roi": f"{rate} today", "roi_plan": f"{rate}, plan", "mroi_today": "Next unit today"}
    return own.get(key) or HEADS[key]


def _looks(desk: Desk) -> dict[str, tuple[str, str | None]]:
    """Return how each figure looks."""
    spend, outcome = desk.scales.spend, desk.outcome_scale
    ratio = st.TIMES_FORMAT if desk.is_money else "#,##0.0000"
    return {
        "today": ("td", spend.number), "plan": ("output", spend.number), "change": ("td", spend.signed),
        **dict.fromkeys(("roi", "roi_low", "roi_high", "roi_plan", "mroi_today", "mroi"), ("td", ratio)),
        **dict.fromkeys(("outcome_today", "outcome"), ("td", outcome.number)), "gain": ("td_bold", outcome.signed),
        **dict.fromkeys(("gain_low", "gain_high"), ("td", outcome.signed)),
    }  # fmt: skip


def _sums(desk: Desk, page: Page, name: str, head: str | None) -> None:
    """Place totals, with their headers unless they stand under others."""
    block, looks = desk.layout.blocks[name], _looks(desk)
    if head is not None:
        page.headers(block.row - 1, 1, [head, *(_head(desk, key) for key in block.keys[1:])])
    whole = {key: ("total", number) for key, (_, number) in looks.items()}
    shown = looks if head is not None else whole
    page.kept(name, {key: shown.get(key, ("td_left" if head else "total_left", None)) for key in block.keys})


def _proof(desk: Desk, page: Page) -> None:
    """Place the certificate, and what the regions add up to beside the data."""
    proof, ties = desk.layout.blocks["region_proof"], desk.layout.blocks["region_ties"]
    page.section(proof.row - 2, 1, 7, "Certificate")
    page.headers(proof.row - 1, 1, ["Line", "Value", "Meaning"], (0, 2))
    page.kept("region_proof", {"line": ("td_left", None), "value": ("td_bold", None), "meaning": ("note", None)})
    for i, number in enumerate(certificate_numbers(desk)):
        page.put(*proof.place("value", i), None, "td_bold", number)
    page.section(ties.row - 2, 8, LAST, "Do regions add up to the data?")
    page.kept("region_ties", {"value": ("td", "#,##0")})
    for i, line in enumerate(places.TIES):
        page.put(ties.row + i, ties.col + 1, line, "bare_left")
    for i in (0, 2):
        one, other = ties.address("value", i), ties.address("value", i + 1)
        within = f"ABS({one}-{other})<=0.000001*MAX(1,ABS({other}))"
        shown = Formula(f'=IF(COUNT({one},{other})<2,"",IF({within},"{n.PASS}","{n.FAIL}"))')
        page.put(ties.row + i, ties.col - 1, shown, "status")
    page.status_colors(f"I{ties.row + 1}:I{ties.row + len(places.TIES)}")


def _chart(desk: Desk) -> Chart:
    """Spend by region today beside the plan."""
    block, number = desk.layout.blocks["region_totals"], desk.scales.spend.number
    chart = desk.canvas.book.add_chart({"type": "bar"})
    for key, text, color in (("today", "Today", st.REFERENCE), ("plan", "Plan", st.ACCENT)):
        labels = {"value": True, "num_format": number, "font": charts.SMALL, "position": "outside_end"}
        look = {"name": text, "fill": {"color": color}, "gap": 50, "overlap": -5, "data_labels": labels}
        chart.add_series({**charts.series(block, key, "name"), **look})
    chart.set_title({
        "name": "Spend by region, today and in the plan", "name_font": charts.TITLE, "overlay": False,
        "layout": {"x": 0.01, "y": 0.02},
    })  # fmt: skip
    chart.set_chartarea({"border": {"none": True}, "fill": {"color": st.WHITE}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_legend({"position": "bottom", "font": charts.SMALL})
    chart.set_y_axis(charts.category_axis(reverse=True, line={"none": True}, major_gridlines=charts.NO_GRID))
    chart.set_x_axis(charts.value_axis(number, visible=False, major_gridlines=charts.NO_GRID, min=0))
    return chart
