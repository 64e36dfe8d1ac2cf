"""Model: the model as a value in cells, its statistics, its parameters with ranges."""

from __future__ import annotations

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.sheets.desk import Desk, name_width
from xl_mmm.tables import names as n

NUMBER_FORMAT = "#,##0.000"  # conditions such as [>=1000] lose the minus sign in LibreOffice


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    blocks, layout = desk.layout.blocks, desk.layout
    value, statistics, parameters = blocks["model_value"], blocks["statistics"], blocks["parameters"]
    window = blocks["window"]
    page = desk.canvas.page(
        n.MODEL,
        "Model",
        "What was estimated, how well does it fit, and what does it rest on?",
        12,
        {1: 48, 2: 2, 3: 24, 4: 13, 5: 76, 6: 2, 7: name_width(layout.media), 8: 18, 9: 19, 10: 19, 11: 19, 12: 30},
        chip=1,
    )
    page.owned(blocks["stamp"], {"text": ("small", None)})
    page.section(lay.MODEL_ROW - 2, 1, 1, "The model as text")
    page.section(lay.MODEL_ROW - 2, 3, 5, "How well it fits")
    page.section(lay.MODEL_ROW - 2, 7, 12, "What was estimated")
    page.headers(lay.MODEL_ROW - 1, 1, ["Travels with the file"])
    page.headers(lay.MODEL_ROW - 1, 3, ["Statistic", "Value", "What it means"], (0, 2))
    page.headers(lay.MODEL_ROW - 1, 7, ["Channel", "Parameter", "Mean", "Low", "High", "Unit"], (0, 1, 5))
    page.owned(value, {"text": ("code", st.ENCODED_FORMAT)})
    page.rules_where_filled(value, "text")
    page.owned(
        statistics,
        {"statistic": ("bare_left", None), "value": ("bare", NUMBER_FORMAT), "meaning": ("bare_left", None)},
    )
    page.rules_where_filled(statistics, "statistic")
    page.owned(
        parameters,
        {
            "channel": ("bare_left", None),
            "parameter": ("bare_left", None),
            "mean": ("bare", NUMBER_FORMAT),
            "low": ("bare", NUMBER_FORMAT),
            "high": ("bare", NUMBER_FORMAT),
            "unit": ("bare_left", None),
        },
    )
    page.rules_where_filled(parameters, "parameter")
    page.canvas.book.define_name(n.NAME_MODEL, f"={value.column('text')}")
    page.section(window.row - 1, 3, 5, "Window")
    for i, text in enumerate(("First day", "Last day")):
        page.put(window.row + i, 3, text, "td_left")
    page.owned(window, {"date": ("td", st.DATE_FORMAT)})
    page.sheet.freeze_panes(lay.MODEL_ROW, 0)
    page.sheet.repeat_rows(1, lay.MODEL_ROW - 1)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})
