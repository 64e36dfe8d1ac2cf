"""Glossary: one definition a metric, in the words and formulas that the code uses."""

from __future__ import annotations

from xl_mmm.book.sheets.desk import Desk
from xl_mmm.book.sheets.terms import TERMS
from xl_mmm.tables import names as n

HEAD_ROW = 4


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    page = desk.canvas.page(
        n.GLOSSARY,
        "Glossary",
        "What does each word mean? One word, one formula.",
        4,
        {1: 26, 2: 84, 3: 46, 4: 24},
        chip=1,
    )
    page.headers(HEAD_ROW, 1, ["Word", "Meaning", "Formula", "Where"], (0, 1, 2, 3))
    for i, (word, meaning, formula, where) in enumerate(TERMS):
        row = HEAD_ROW + 1 + i
        page.put(row, 1, word, "td_left_bold")
        page.put(row, 2, meaning, "td_left")
        page.put(row, 3, formula, "note")
        page.put(row, 4, where, "note")
        page.height(row, 18)
    page.sheet.freeze_panes(HEAD_ROW + 1, 2)
    page.sheet.repeat_rows(1, HEAD_ROW)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})
