"""The Board's charts: bridge from today to the plan, spend by channel, returns with ranges and break-even."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xl_mmm.book import styles as st
from xl_mmm.book.charts import GRID, NO_GRID, dress
from xl_mmm.report.chart_titles import BOARD_BRIDGE, BOARD_RETURNS, BOARD_SPEND

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart

    from xl_mmm.book.canvas import Canvas
    from xl_mmm.book.layout import Block, Layout

FONT = {"name": st.FONT, "size": 11, "color": st.INK}  # read from a printed page
NARROW = {**FONT, "size": 10}  # a column is narrow for its label
PLAIN = {"num_font": FONT, "line": {"none": True}, "major_tick_mark": "none"}


def bridge_chart(canvas: Canvas, layout: Layout) -> Chart:
    """From today's outcome through each channel's change to the plan's; the axis starts above zero."""
    block = layout.blocks["board_bridge"]
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    for key, color in (("base", None), ("total", st.INK), ("up", st.UP), ("down", st.DOWN)):
        fill = {"color": color} if color else {"none": True}
        bars = {"name": key, "gap": 35, "border": {"none": True}, "fill": fill}
        chart.add_series({**_series(block, key, "part", block.height), **bars})
    dress(chart, layout, BOARD_BRIDGE)
    chart.set_x_axis({**PLAIN, "num_font": NARROW, "line": {"color": st.REFERENCE}, "label_position": "low"})
    chart.set_y_axis({**PLAIN, "visible": False, "major_gridlines": NO_GRID, "min": 0})
    return chart


def spend_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """Spend today beside spend in the plan."""
    block = layout.blocks["board_steps"]
    chart = canvas.book.add_chart({"type": "bar"})
    for key, name, color in (("today", "Today", st.REFERENCE), ("plan", "Plan", st.ACCENT)):
        label = {"value": True, "num_format": number, "font": FONT, "position": "outside_end"}
        look = {"name": name, "fill": {"color": color}, "gap": 45, "overlap": -5, "data_labels": label}
        chart.add_series({**_series(block, key, "part", block.height - 2, 1), **look})
    dress(chart, layout, BOARD_SPEND)
    chart.set_legend({"position": "bottom", "font": FONT})
    chart.set_y_axis({**PLAIN, "reverse": True, "major_gridlines": NO_GRID})
    chart.set_x_axis({**PLAIN, "visible": False, "major_gridlines": NO_GRID, "min": 0, "num_format": number})
    return chart


def returns_chart(canvas: Canvas, layout: Layout, *, money: bool) -> Chart:
    """Draw ROI with range and break-even; cost per KPI unit when there is no money value."""
    block = layout.blocks["board_returns"]
    chart = canvas.book.add_chart({"type": "column"})
    ranges = {
        "type": "custom", "plus_values": f"={block.column('plus')}", "minus_values": f"={block.column('minus')}",
        "line": {"color": st.INK, "width": 1.25},
    }  # fmt: skip
    bars = {"name": "ROI" if money else "CPIK", "fill": {"color": st.ACCENT_MID}, "gap": 60, "y_error_bars": ranges}
    chart.add_series({**_series(block, "roi", "label", block.height), **bars})
    line = canvas.book.add_chart({"type": "line"})
    even = {"color": st.CAUTION, "width": 2, "dash_type": "dash"}
    line.add_series({
        **_series(block, "breakeven", "label", block.height), "name": "Break-even", "line": even,
        "marker": {"type": "none"},
    })  # fmt: skip
    unseen = {"line": {"none": True}, "marker": {"type": "none"}}
    line.add_series({**_series(block, "high", "label", block.height), "name": "high", **unseen})
    chart.combine(line)
    dress(chart, layout, BOARD_RETURNS)
    chart.set_x_axis({**PLAIN, "num_font": NARROW, "line": {"color": st.REFERENCE}, "label_position": "low"})
    number = st.TIMES_AXIS_FORMAT if money else "[<0.1]0.0000;#,##0.00"
    chart.set_y_axis({**PLAIN, "major_gridlines": GRID, "min": 0, "num_format": number})
    return chart


def _series(block: Block, key: str, categories: str, rows: int, first: int = 0) -> dict[str, Any]:
    """Return the ranges of a series: `rows` rows of the block from `first` on."""
    ends = {
        name: f"={block.cell(name, first)}:{block.address(name, first + rows - 1, absolute=True)}"
        for name in (categories, key)
    }
    return {"categories": ends[categories], "values": ends[key]}
