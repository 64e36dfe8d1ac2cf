"""Data: the planner's own table, with the role of every column above its header."""

from __future__ import annotations

import math
from datetime import date

from xl_mmm.book import styles as st
from xl_mmm.book.inputs import CellValue, as_cell, as_number
from xl_mmm.book.sheets.desk import Desk
from xl_mmm.tables import names as n

ROLE_ROW, GAP_ROW, HEADER_ROW = 4, 5, 6


def roles(desk: Desk) -> dict[str, str]:
    """Header -> the part it plays, in words."""
    inputs = desk.inputs
    known: dict[str, str] = {}
    for row in inputs.channels:
        if row.get(n.H_MEDIA_COLUMN) is not None:
            known[str(row[n.H_MEDIA_COLUMN])] = "organic media" if row.get(n.H_KIND) == n.ORGANIC else "media units"
        if row.get(n.H_SPEND_COLUMN) is not None:
            own = row.get(n.H_CURRENCY)
            known[str(row[n.H_SPEND_COLUMN])] = desk.priced("spend") if own is None else f"spend, {own}"
    known |= {str(row[n.H_CONTROL]): "control" for row in inputs.controls}
    for name, word in (
        (n.SET_REVENUE_PER_KPI, "revenue per KPI"),
        (n.SET_GEO, "region"),
        (n.SET_KPI, "KPI"),
        (n.SET_DATE, "date"),
    ):
        if isinstance(inputs.setting(name), str):
            known[str(inputs.setting(name))] = word
    return known


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    columns = desk.inputs.columns
    headers = list(columns)
    known = roles(desk)
    values = {header: [as_cell(value) for value in columns[header]] for header in headers}
    looks = {header: _look(values[header]) for header in headers}
    widths = {1 + j: _width(header, values[header], known.get(header, "not used")) for j, header in enumerate(headers)}
    last = max(_chip_column(widths), 6)
    page = desk.canvas.page(
        n.DATA,
        "Data",
        "What happened, week by week? Paste new rows under the last one; headers are yours.",
        last,
        {col: widths.get(col, 12.0) for col in range(1, max(last, len(headers)) + 1)},
    )
    for j, header in enumerate(headers):
        left = looks[header][0].endswith("left")
        page.put(ROLE_ROW, 1 + j, known.get(header, "not used"), "role_left" if left else "role")
    page.height(GAP_ROW, 3)
    rows = desk.inputs.rows
    lefts = [j for j, header in enumerate(headers) if looks[header][0].endswith("left")]
    page.table(n.TBL_DATA, HEADER_ROW, 1, headers, rows, lefts)
    for j, header in enumerate(headers):
        style, number = looks[header]
        for i, value in enumerate(values[header]):
            page.put(HEADER_ROW + 1 + i, 1 + j, value, style, number)
    page.sheet.freeze_panes(HEADER_ROW + 1, 2)
    page.sheet.repeat_rows(1, HEADER_ROW)


def _look(values: list[CellValue]) -> tuple[str, str | None]:
    """Look of a column, by what most of it is."""
    filled = [value for value in values if value is not None]
    if filled and sum(isinstance(value, date) for value in filled) * 2 > len(filled):
        return "input_bare_left", st.DATE_FORMAT
    numbers = [number for number in map(as_number, filled) if number is not None]
    if len(numbers) * 2 < len(filled):
        return "input_bare_left", None
    largest = max(map(abs, numbers), default=0.0)
    whole = all(number == int(number) for number in numbers)
    return "input_bare", "#,##0" if largest >= 1000 or whole else "#,##0.00" if largest >= 10 else "0.0000"


def _width(header: str, values: list[CellValue], role: str) -> float:
    """Width that shows the header, the role and the longest value."""
    longest = 13.0 if any(isinstance(value, date) for value in values) else 10.0
    for value in values:
        if isinstance(value, str):
            longest = max(longest, min(st.text_width(value) + 3, 40.0))
        elif not isinstance(value, date) and (number := as_number(value)) is not None:
            longest = max(longest, len(f"{abs(number):,.0f}") + (4.0 if abs(number) >= 1000 else 7.0))
    words = max((st.text_width(word, bold=True) for word in header.split()), default=0.0)
    return max(longest, words + 4, st.text_width(header, bold=True) / 2 + 4, st.text_width(role, 8.5) + 4)


def _chip_column(widths: dict[int, float]) -> int:
    """Last column that is in sight on a usual screen."""
    used = 0.0
    for col, width in widths.items():
        used += width
        if used > 112:
            return col
    return max(widths, default=1) + max(0, math.ceil((110 - used) / 12))
