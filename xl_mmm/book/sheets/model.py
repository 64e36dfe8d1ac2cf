"""Model: the model as a value in cells, its statistics, its parameters with ranges."""

from __future__ import annotations

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import HAS_MODEL, Formula, nothing
from xl_mmm.book.sheets.desk import Desk, name_width
from xl_mmm.functions.models import FAULT
from xl_mmm.posterior_text import MARK
from xl_mmm.tables import names as n

NUMBER_FORMAT = "#,##0.000"  # conditions such as [>=1000] lose the minus sign in LibreOffice
FAULTY = "The tables have faults: the first lines of Checks name them."
NOTHING_YET = "Nothing is estimated yet: fill in Data and Assumptions, then run."


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    blocks, layout = desk.layout.blocks, desk.layout
    model, parameters = blocks["model"], blocks["parameters"]
    page = desk.canvas.page(
        n.MODEL,
        "Model",
        "What was estimated, how well does it fit, and what does it rest on?",
        14,
        {
            1: 34, 2: 34, 3: 34, 4: 2, 5: 24, 6: 13, 7: 76, 8: 2, 9: name_width(layout.media), 10: 18, 11: 19, 12: 19,
            13: 19, 14: 30,
        },
        chip=1,
    )  # fmt: skip
    page.put(lay.TOP, 1, desk.said("stamp"), "small")
    first = model.cell("text")
    sound = f'LEFT({first},{len(MARK)})="{MARK}"'
    faulty = f'IF(LEFT({first},{len(FAULT)})="{FAULT}","{FAULTY}","{NOTHING_YET}")'
    page.put(lay.TOP, 5, Formula(f'=IF({HAS_MODEL},"A model is in use",{faulty})'), "small")
    page.put(lay.TOP, 3, Formula(f"={sound}"), "small")
    page.section(lay.MODEL_ROW - 2, 1, 3, "The model as text: it travels with the file")
    page.section(lay.MODEL_ROW - 2, 5, 7, "How well it fits")
    page.section(lay.MODEL_ROW - 2, 9, 14, "What was estimated")
    page.headers(lay.MODEL_ROW - 1, 1, ["Kept by the last fit", "On the data as they stand", "In use"], (0, 1, 2))
    page.headers(lay.MODEL_ROW - 1, 5, ["Statistic", "Value", "What it means"], (0, 2))
    page.headers(lay.MODEL_ROW - 1, 9, ["Channel", "Parameter", "Mean", "Low", "High", "Unit"], (0, 1, 5))
    code = {"text": ("code", st.ENCODED_FORMAT)}
    page.kept("kept", code)
    page.called("fitted", code)
    page.called("model", code)
    silent = page.canvas.book.add_format({"num_format": ";;;"})  # else a call's blank cells would say what they hold
    for name in ("kept", "fitted", "model"):
        page.rules_where_filled(blocks[name], "text")
        rule = {"type": "formula", "criteria": f"={nothing(blocks[name].address('text'))}", "format": silent}
        page.sheet.conditional_format(blocks[name].ref, rule)
    left, number = ("bare_left", None), ("bare", NUMBER_FORMAT)
    page.called("statistics", {"statistic": left, "value": number, "meaning": left})
    for i in range(2):  # the window's first and last day
        cell = page.cells[blocks["statistics"].place("value", i)]
        page.put(*blocks["statistics"].place("value", i), cell.value, cell.style, st.DATE_FORMAT)
    page.rules_where_filled(blocks["statistics"], "statistic")
    page.called(
        "parameters",
        {"channel": left, "parameter": left, "mean": number, "low": number, "high": number, "unit": left},
    )
    page.rules_where_filled(parameters, "parameter")
    page.canvas.book.define_name(n.NAME_MODEL, f"={model.column('text')}")
    page.sheet.freeze_panes(lay.MODEL_ROW, 0)
    page.sheet.repeat_rows(1, lay.MODEL_ROW - 1)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})
