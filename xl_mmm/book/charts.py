"""Native charts on fixed ranges of ChartData, in one hand: titles are cells, labels direct, lines few.

The finding stands in a cell above the chart, computed from the numbers; the chart's title, linked to a cell too, says
what is drawn. So a run refreshes both by writing cells, in hosts that follow links and in those that do not.
Ranges cover the rows that the book was built for, so no empty category is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xl_mmm.book import styles as st
from xl_mmm.book.canvas import Formula
from xl_mmm.report.chart_titles import CHARTS, METHODS

if TYPE_CHECKING:
    from xlsxwriter.chart import Chart

    from xl_mmm.book.canvas import Canvas, Page
    from xl_mmm.book.layout import Block, Layout

SMALL = {"name": st.FONT, "size": 9, "color": st.INK}
TITLE = {"name": st.FONT, "size": 9, "bold": False, "color": st.MUTED}
GAP = 10  # pixels between charts
HEIGHT = 22  # pixels of an ordinary row
NO_GRID = {"visible": False}
GRID = {"visible": True, "line": {"color": st.LINE, "width": 0.5}}


def place(page: Page, chart: Chart, title: str, row: int, columns: tuple[int, int], rows: int, alt: str) -> None:
    """Put a finding in a cell and its chart under it.

    The finding is a formula on ChartData, so it is fresh in every host; the chart's own title names what is drawn.
    """
    first, last = columns
    found = page.canvas.layout.blocks["titles"].cell("text", CHARTS.index(title))
    page.put(row, first, Formula(f"={found}"), "finding")
    chart.set_size({"width": page.pixels(first, last) - GAP, "height": (rows - 1) * HEIGHT - GAP})
    look = {"x_offset": 0, "y_offset": 2, "description": alt, "object_position": 2}
    page.sheet.insert_chart(row + 1, first, chart, look)


def dress(chart: Chart, layout: Layout, title: str, *, legend: bool = False) -> None:
    """Title linked to its cell, no frame, small ink."""
    cell = layout.blocks["titles"].cell("chart", CHARTS.index(title))
    chart.set_title({"name": f"={cell}", "name_font": TITLE, "overlay": False, "layout": {"x": 0.01, "y": 0.02}})
    chart.set_chartarea({"border": {"none": True}, "fill": {"color": st.WHITE}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_legend({"position": "bottom", "font": SMALL} if legend else {"none": True})
    chart.show_blanks_as("gap")


def value_axis(number: str, **more: Any) -> dict[str, Any]:
    """Return an axis of amounts: light grid, no line."""
    return {
        "num_font": SMALL,
        "line": {"none": True},
        "major_gridlines": GRID,
        "major_tick_mark": "none",
        "num_format": number,
        **more,
    }


def category_axis(**more: Any) -> dict[str, Any]:
    """Return an axis of names or periods at the foot of the chart."""
    return {
        "num_font": SMALL,
        "line": {"color": st.REFERENCE},
        "major_tick_mark": "none",
        "label_position": "low",
        **more,
    }


def date_axis(periods: int) -> dict[str, Any]:
    """Return an axis of dates with about eight labels."""
    return category_axis(
        date_axis=True, num_format="mmm yy", major_unit=max(1, round(periods / 4.33 / 8)), major_unit_type="months"
    )


def _but_zero(number: str) -> str:
    """Show nothing for zero: feeds hold zeros where nothing is drawn."""
    return f"{number};-{number};"


def series(block: Block, key: str, categories: str, rows: int | None = None) -> dict[str, Any]:
    """Return a series over the first rows of a block, all by default."""
    return {"categories": f"={block.column(categories, rows)}", "values": f"={block.column(key, rows)}"}


def _invisible(block: Block, key: str, categories: str, rows: int | None = None) -> dict[str, Any]:
    """Make a series that only stretches the axis to the ends of the ranges, or carries their bars."""
    return {**series(block, key, categories, rows), "name": key, "line": {"none": True}, "marker": {"type": "none"}}


def fit_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """Actual and fitted, the last 104 periods."""
    block = layout.blocks["timeline"]
    chart = canvas.book.add_chart({"type": "line"})
    for key, name, color, width in (("actual", "Actual", st.REFERENCE, 2.25), ("fitted", "Fitted", st.ACCENT, 1.75)):
        chart.add_series({**series(block, key, "date"), "name": name, "line": {"color": color, "width": width}})
    dress(chart, layout, "fit", legend=True)
    chart.set_x_axis(date_axis(layout.chart_periods))
    chart.set_y_axis(value_axis(number))
    return chart


def decomposition_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """Stack base and media by period."""
    block, names = layout.blocks["timeline"], layout.blocks["timeline_names"]
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    chart.add_series(
        {
            **series(block, "base", "date"),
            "name": "Base",
            "fill": {"color": st.BASE_COLOR},
            "gap": 0,
            "border": {"none": True},
        }
    )
    for i, key in enumerate(names.keys):
        color = st.OTHER_COLOR if i == layout.drawn else st.MEDIA_COLORS[i]
        chart.add_series(
            {
                **series(block, key, "date"),
                "name": f"={names.cell(key)}",
                "fill": {"color": color},
                "border": {"none": True},
            }
        )
    dress(chart, layout, "decomposition", legend=True)
    every = max(1, round(layout.chart_periods / 8))
    chart.set_x_axis(category_axis(text_axis=True, num_format="mmm yy", interval_unit=every))
    chart.set_y_axis(value_axis(number))
    return chart


def bridge_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """From the base through each medium to the KPI."""
    block = layout.blocks["waterfall"]
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    for key, color in (("base", None), ("total", st.INK), ("up", st.ACCENT), ("down", st.DOWN)):
        fill = {"color": color} if color else {"none": True}
        bars = {**series(block, key, "component"), "name": key, "gap": 40, "border": {"none": True}, "fill": fill}
        if key == "total":
            font = {**SMALL, "bold": True, "color": st.WHITE}
            label = {"num_format": _but_zero(number), "position": "inside_end", "font": font}
            bars["data_labels"] = {"value": True, **label}
        chart.add_series(bars)
    for key, look in (("up", f"+{number}"), ("down", f'"−"{number}')):  # hidden bars on top carry the labels
        chart.add_series(
            {
                **series(block, key, "component"),
                "name": f"{key} label",
                "border": {"none": True},
                "fill": {"none": True},
                "data_labels": {
                    "value": True,
                    "num_format": _but_zero(look),
                    "position": "inside_base",
                    "font": {**SMALL, "bold": True},
                },
            }
        )
    dress(chart, layout, "bridge")
    chart.set_x_axis(category_axis())
    chart.set_y_axis(value_axis("General", visible=False, major_gridlines=NO_GRID, min=0))
    return chart


def roi_chart(canvas: Canvas, layout: Layout, *, money: bool) -> Chart:
    """Draw ROI by channel with range and break-even line; cost per KPI unit when there is no money value."""
    block = layout.blocks["bars"]
    chart = canvas.book.add_chart({"type": "column"})
    number = st.TIMES_AXIS_FORMAT if money else "[<0.1]0.0000;#,##0.00"
    bars = {
        **series(block, "roi", "label"),
        "name": "ROI" if money else "CPIK",
        "fill": {"color": st.ACCENT},
        "gap": 70,
        "y_error_bars": {
            "type": "custom",
            "plus_values": f"={block.column('plus')}",
            "minus_values": f"={block.column('minus')}",
            "line": {"color": st.INK, "width": 1},
        },
    }
    chart.add_series(bars)
    line = canvas.book.add_chart({"type": "line"})
    even = {"color": st.CAUTION, "width": 1.5, "dash_type": "dash"}
    breakeven = {**series(block, "breakeven", "label"), "name": "Break-even", "line": even, "marker": {"type": "none"}}
    line.add_series(breakeven)
    line.add_series(_invisible(block, "high", "label"))
    chart.combine(line)
    dress(chart, layout, "roi")
    chart.set_x_axis(category_axis())
    chart.set_y_axis(value_axis(number, min=0))
    return chart


METHOD_COLORS = {"ols": st.REFERENCE, "ridge": st.ACCENT_MID, "lasso": st.BASE_COLOR, "bayes": st.ACCENT}


def methods_chart(canvas: Canvas, layout: Layout, *, money: bool) -> Chart:
    """Draw each channel's return by every method, with ranges."""
    block = layout.blocks["contrast"]
    chart = canvas.book.add_chart({"type": "column"})
    for method, color in METHOD_COLORS.items():
        chart.add_series(
            {
                **series(block, method, "channel"),
                "name": method,
                "fill": {"color": color},
                "gap": 60,
                "overlap": 0,
                "y_error_bars": {
                    "type": "custom",
                    "plus_values": f"={block.column(f'{method}_plus')}",
                    "minus_values": f"={block.column(f'{method}_minus')}",
                    "line": {"color": st.INK, "width": 0.75},
                },
            }
        )
    ends = canvas.book.add_chart({"type": "line"})
    ends.add_series(_invisible(block, "high", "channel"))
    chart.combine(ends)
    dress(chart, layout, METHODS)
    chart.set_legend({"position": "bottom", "font": SMALL, "delete_series": [len(METHOD_COLORS)]})
    chart.set_x_axis(category_axis())
    chart.set_y_axis(value_axis(st.TIMES_AXIS_FORMAT if money else "General", min=0))
    return chart


def shares_chart(canvas: Canvas, layout: Layout) -> Chart:
    """Share of spend beside share of effect."""
    return _pairs(
        canvas,
        layout,
        "shares",
        (("spend_share", "Share of spend", st.REFERENCE), ("effect_share", "Share of effect", st.ACCENT)),
        "0%",
    )


def shift_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """Spend today beside spend in the optimized plan."""
    return _pairs(canvas, layout, "shift", (("today", "Today", st.REFERENCE), ("plan", "Optimized", st.ACCENT)), number)


def _pairs(canvas: Canvas, layout: Layout, name: str, drawn: tuple[tuple[str, str, str], ...], number: str) -> Chart:
    """Two bars a channel, labeled at their ends."""
    block = layout.blocks[name]
    chart = canvas.book.add_chart({"type": "bar"})
    for key, text, color in drawn:
        chart.add_series(
            {
                **series(block, key, "channel"),
                "name": text,
                "fill": {"color": color},
                "gap": 50,
                "overlap": -5,
                "data_labels": {"value": True, "num_format": number, "font": SMALL, "position": "outside_end"},
            }
        )
    dress(chart, layout, name, legend=True)
    chart.set_y_axis(category_axis(reverse=True, line={"none": True}, major_gridlines=NO_GRID))
    chart.set_x_axis(value_axis(number, visible=False, major_gridlines=NO_GRID, min=0))
    return chart


def scenarios_chart(canvas: Canvas, layout: Layout, rows: int, number: str) -> Chart:
    """Difference of each scenario from today, with range."""
    block = layout.blocks["differences"]
    chart = canvas.book.add_chart({"type": "column"})
    for key, name, color in (("gain", "Better than today", st.ACCENT), ("loss", "Worse than today", st.DOWN)):
        chart.add_series(
            {
                **series(block, key, "scenario", rows),
                "name": name,
                "fill": {"color": color},
                "gap": 110,
                "overlap": 100,
                "data_labels": {
                    "value": True,
                    "num_format": _but_zero(number),
                    "font": {**SMALL, "bold": True, "color": st.WHITE},
                    "position": "inside_base",
                },
            }
        )
    ends = canvas.book.add_chart({"type": "line"})
    ends.add_series(
        {
            **_invisible(block, "difference", "scenario", rows),
            "name": "Range",
            "y_error_bars": {
                "type": "custom",
                "plus_values": f"={block.column('plus', rows)}",
                "minus_values": f"={block.column('minus', rows)}",
                "line": {"color": st.INK, "width": 1},
            },
        }
    )
    for key in ("low", "high"):
        ends.add_series(_invisible(block, key, "scenario", rows))
    chart.combine(ends)
    dress(chart, layout, "scenarios")
    chart.set_x_axis(category_axis())
    chart.set_y_axis(value_axis(number))
    return chart


def steps_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """From plan A to plan B: what each reason adds, up and down, and the difference."""
    block = layout.blocks["steps"]
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    hidden: dict[str, object] = {"none": True}
    for key, color in (
        ("base_up", None), ("base_down", None), ("up", st.ACCENT), ("up_below", st.ACCENT), ("down", st.DOWN),
        ("down_below", st.DOWN), ("total", st.INK),
    ):  # fmt: skip
        fill = {"color": color} if color else hidden
        chart.add_series(
            {**series(block, key, "part"), "name": key, "gap": 40, "border": {"none": True}, "fill": fill}
        )
    dress(chart, layout, "steps")
    chart.set_x_axis(category_axis())
    chart.set_y_axis(value_axis(number))
    return chart


def splits_chart(canvas: Canvas, layout: Layout, number: str) -> Chart:
    """From plan A to plan B: each channel's parts, stacked above and below zero."""
    block = layout.blocks["splits"]
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    colors = {"spend": st.ACCENT, "efficiency": st.ACCENT_MID, "media_cost": st.CAUTION, "timing": st.REFERENCE}
    names = {"spend": "Spend", "efficiency": "Efficiency", "media_cost": "Media cost", "timing": "Carryover timing"}
    for key, color in colors.items():
        bars = {"gap": 60, "border": {"none": True}, "fill": {"color": color}}
        chart.add_series({**series(block, key, "part"), "name": names[key], **bars})
    dress(chart, layout, "splits", legend=True)
    chart.set_x_axis(category_axis())
    chart.set_y_axis(value_axis(number))
    return chart


def curve_chart(canvas: Canvas, layout: Layout, i: int, x_number: str, y_number: str) -> Chart:
    """One response curve with its range and today's point."""
    block, today = layout.blocks[f"curve{i}"], layout.blocks[f"today{i}"]
    chart = canvas.book.add_chart({"type": "scatter", "subtype": "smooth"})
    for key, color, width, dash in (
        ("low", st.REFERENCE, 1, "dash"),
        ("high", st.REFERENCE, 1, "dash"),
        ("outcome", st.ACCENT, 2.5, "solid"),
    ):
        chart.add_series(
            {
                **series(block, key, "spend"),
                "name": key,
                "line": {"color": color, "width": width, "dash_type": dash},
                "marker": {"type": "none"},
            }
        )
    chart.add_series(
        {
            **series(today, "outcome", "spend"),
            "name": "today",
            "line": {"none": True},
            "marker": {"type": "circle", "size": 8, "fill": {"color": st.INK}, "border": {"color": st.WHITE}},
            "data_labels": {"series_name": True, "value": False, "position": "below", "font": {**SMALL, "bold": True}},
        }
    )
    dress(chart, layout, f"curve{i}")
    chart.set_x_axis(
        {
            "num_font": SMALL,
            "line": {"color": st.REFERENCE},
            "major_tick_mark": "none",
            "num_format": x_number,
            "min": 0,
            "major_gridlines": NO_GRID,
        }
    )
    chart.set_y_axis(value_axis(y_number, min=0))
    return chart
