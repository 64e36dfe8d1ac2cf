"""The charts of the time ahead: the KPI with its range, and planned spend by channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book import styles as st
from xl_mmm.book.charts import category_axis, date_axis, dress, series, value_axis
from xl_mmm.book.year_places import DRAWN

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart

    from xl_mmm.book.canvas import Canvas
    from xl_mmm.book.layout import Layout


def outlook_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """Draw the KPI ahead with its range, and the same number of periods before."""
    block = layout.blocks["outlook"]
    chart = canvas.book.add_chart({"type": "line"})
    for key, name, color, width, dash in (
        ("before", "A year before", st.REFERENCE, 1.5, "solid"),
        ("low", "Low end of the range", st.ACCENT_MID, 1, "dash"),
        ("high", "High end", st.ACCENT_MID, 1, "dash"),
        ("kpi", "Expected", st.ACCENT, 2.25, "solid"),
    ):
        line = {"color": color, "width": width, "dash_type": dash}
        chart.add_series({**series(block, key, "date"), "name": name, "line": line})
    dress(chart, layout, "outlook", legend=True)
    chart.set_x_axis(date_axis(layout.ahead))
    chart.set_y_axis(value_axis(number, min=0))
    return chart


def flighting_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """Stack the plan's spend by period and channel."""
    block, names = layout.blocks["flighting"], layout.blocks["flighting_names"]
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    for i, key in enumerate(names.keys):
        color = st.OTHER_COLOR if i == DRAWN else st.MEDIA_COLORS[i]
        look = {"fill": {"color": color}, "border": {"none": True}, "gap": 15}
        chart.add_series({**series(block, key, "date"), "name": f"={names.cell(key)}", **look})
    dress(chart, layout, "flighting", legend=True)
    chart.set_x_axis(category_axis(text_axis=True, num_format="mmm yy", interval_unit=max(1, layout.ahead // 8)))
    chart.set_y_axis(value_axis(number, min=0))
    return chart
