"""xlwings.conf: which Python answers. Every key stands here, so that none falls through to a file beside the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.conf_sheet import CONF, conf_rows

if TYPE_CHECKING:
    from xl_mmm.book.sheets.desk import Desk


def draw(desk: Desk) -> None:
    """Draw the sheet: key and value from the first row on, as xlwings reads them."""
    sheet = desk.canvas.book.add_worksheet(CONF)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 1, 60)
    text = desk.canvas.styles.get("td_left", None)
    for row, (key, value) in enumerate(conf_rows()):
        sheet.write_string(row, 0, key, text)
        if isinstance(value, bool):
            sheet.write_boolean(row, 1, value, text)
        else:
            sheet.write_string(row, 1, str(value), text)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
