"""Contributions: the KPI taken apart, by period and in total."""

from __future__ import annotations

from xl_mmm.book import charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import HAS_MODEL, Formula, quoted, when_run
from xl_mmm.book.sheets.desk import Desk, name_width
from xl_mmm.functions.results import component_name
from xl_mmm.tables import names as n

LAST = 13


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout, scales = desk.layout, desk.scales
    weekly = layout.blocks["weekly"]
    count = len(weekly.keys)
    widths = {1: name_width(layout.components, 24, 40), **{1 + j: _width(desk, j) for j in range(1, max(count, LAST))}}
    page = desk.canvas.page(
        n.CONTRIBUTIONS,
        "Contributions",
        f"Where does every unit of {desk.kpi_unit} come from, period by period?",
        LAST,
        widths,
    )
    number, rows = scales.kpi.number, lay.CHART_ROWS
    fit = charts.fit_chart(desk.canvas, layout, number)
    charts.place(page, fit, "fit", lay.TOP, (1, 6), rows, f"Lines of actual and fitted {desk.kpi_unit} by period")
    parts = charts.decomposition_chart(desk.canvas, layout, number)
    alt = f"Stacked columns of {desk.kpi_unit} by period: base and each medium"
    charts.place(page, parts, "decomposition", lay.TOP, (7, LAST), rows, alt)
    _bridge(desk)
    _weekly(desk)
    page.print_in_pages(max(LAST, len(weekly.keys)), [layout.contributions_row() - 1])
    page.sheet.freeze_panes(4, 2)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _width(desk: Desk, j: int) -> float:
    heads = ["Actual", "Fitted", *desk.layout.components, "Value of one"]
    head = component_name(heads[j - 1]) if j - 1 < len(heads) else ""
    longest = max((st.text_width(word, bold=True) for word in head.replace("_", " ").split()), default=0.0)
    return max(
        12.0,
        min(
            max(longest, st.text_width(head, bold=True) / 2 if " " in head else st.text_width(head, bold=True)) + 4,
            30.0,
        ),
    )


def _bridge(desk: Desk) -> None:
    page, layout = desk.canvas.pages[n.CONTRIBUTIONS], desk.layout
    bridge = layout.blocks["bridge"]
    page.section(bridge.row - 2, 1, LAST, "In total")
    page.headers(bridge.row - 1, 1, ["Component", desk.kpi_unit.capitalize(), "Share"])
    number, percent = ("td", desk.scales.kpi_total.number), ("td", st.PERCENT_1_FORMAT)
    page.called("bridge", {"component": ("td_left", None), "kpi": number, "share": percent})
    total = bridge.row + bridge.height
    kpi, share = (bridge.column(key).split("!")[1] for key in ("kpi", "share"))
    page.put(total, 1, "KPI", "total_left")
    page.put(total, 2, when_run(f"SUM({kpi})"), "total", desk.scales.kpi_total.number)
    page.put(total, 3, when_run(f"SUM({share})"), "total", st.PERCENT_1_FORMAT)
    chart = charts.bridge_chart(desk.canvas, layout, desk.scales.kpi_total.number)
    alt = f"Bridge from the base through each medium to total {desk.kpi_unit}"
    charts.place(page, chart, "bridge", bridge.row - 1, (5, LAST), max(lay.CHART_ROWS - 2, bridge.height), alt)


def _weekly(desk: Desk) -> None:
    page, layout = desk.canvas.pages[n.CONTRIBUTIONS], desk.layout
    weekly = layout.blocks["weekly"]
    header = layout.contributions_row()
    last = 1 + len(weekly.keys) - 1
    page.section(
        header - 1, 1, max(last, LAST), f"By period, {desk.kpi_unit}: components add up to actual in every row"
    )
    value = "Value of one"
    page.headers(header, 1, ["Period", "Actual", "Fitted", *map(component_name, layout.components), value])
    for j, component in enumerate(layout.components):  # named by the model in use, once there is one
        named = f'=IF({HAS_MODEL},{layout.blocks["bridge"].cell("component", j)},"{quoted(component_name(component))}")'
        page.put(header, 4 + j, Formula(named), "th")
    page.put(header + 1, 1, "Total", "total_left")
    for key in weekly.keys[1:-1]:
        row, col = weekly.place(key)
        column = weekly.column(key).split("!")[1].replace("$", "")
        page.put(row - 1, col, when_run(f"SUM({column})"), "total", desk.scales.kpi_total.number)
    page.put(header + 1, last, None, "total")
    number = desk.scales.kpi.number
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(weekly.keys, ("bare", number))
    looks |= {"date": ("bare_left", st.DATE_FORMAT), "actual": ("bare", number), "value": ("bare", "#,##0.00##")}
    page.called("weekly", looks)
    page.rules_where_filled(weekly, "date")
