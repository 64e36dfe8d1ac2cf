"""Make the pictures of the functions anew: one example each, computed in the shipped live workbook. Maintainers only.

    python install/make_pictures.py            into workbook/pictures/
    python install/make_pictures.py FOLDER     elsewhere

Each picture is a small sheet in the book's look: the formula as it is typed and the cells that it fills. It needs
LibreOffice and poppler. Run it after install/make_books.py.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import textwrap
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import xlsxwriter

from xl_mmm.book import styles as st
from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.overlay import evaluate_formulas
from xl_mmm.functions import FUNCTIONS
from xl_mmm.report.text_width import text_width
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from xl_mmm.book.formulas.grid import Grid
    from xl_mmm.functions import Cell, Cells

WORKBOOK = Path(__file__).resolve().parent.parent / "workbook"
SCRATCH = "Example"
ROWS, COLUMNS = 11, 8  # shown of a result
LONGEST = 40  # characters shown of a text
POINTS = 0.82  # of a pixel of column width as LibreOffice draws it
WIDEST, MONOSPACED = 110, 1.05  # characters of a line of formula; width of one in columns' units
DAYS = ("Period", "First day", "Last day")  # what stands as a serial number
RESOLUTION = 80  # dots per inch


def result_of(grid: Grid, formula: str) -> tuple[Cells, bool]:
    """Return the first cells that a formula fills, and whether there are more."""
    area = (1, 1, ROWS + 1, COLUMNS + 1)
    found = evaluate_formulas(grid, {SCRATCH: {area: formula}}).values[SCRATCH]
    rows = [[found[row, column] for column in range(1, COLUMNS + 2)] for row in range(1, ROWS + 2)]
    filled = [row for row in rows if any(not isinstance(cell, CellErrorValue) for cell in row)]
    width = max(sum(not isinstance(cell, CellErrorValue) for cell in row) for row in filled)
    if all(cell == row[0] for row in rows for cell in row):  # a single column fills a block's width, a value all of it
        column = [row[:1] for row in rows]
        return (column[:1], False) if all(cell == column[0] for cell in column) else (column[:ROWS], True)
    return [row[: min(width, COLUMNS)] for row in filled[:ROWS]], len(filled) > ROWS or width > COLUMNS


def shown(cell: Cell, label: Cell, header: Cell) -> str:
    """Write a cell as a reader sees it."""
    if isinstance(cell, float):
        if header in DAYS or (header == "Value" and label in DAYS):
            return f"{datetime(1899, 12, 30) + timedelta(cell):%Y-%m-%d}"
        return f"{cell:,.0f}" if abs(cell) >= 1000 else f"{cell:,.4g}"
    text = "" if cell is None else str(cell)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def draw(sheet: Worksheet, looks: dict[str, object], formula: str, rows: Cells, more: bool) -> tuple[float, float]:
    """Draw one example and return its width and height in points."""
    headed = len(rows) > 1 and len(rows[0]) > 1 and all(isinstance(cell, str) for cell in rows[0])
    texts = [[shown(cell, row[0], rows[0][j] if headed else None) for j, cell in enumerate(row)] for row in rows]
    widths = [max(9.0, 3.0 + max(text_width(row[j], bold=headed) for row in texts)) for j in range(len(texts[0]))]
    lines = textwrap.wrap(formula.replace(",", ", "), WIDEST, break_long_words=False)
    lines = [line.replace(", ", ",") for line in lines]
    widths[-1] += max(0.0, max(map(len, lines)) * MONOSPACED + 2 - sum(widths))
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(8)
    sheet.set_margins(0, 0, 0, 0)
    for j, width in enumerate(widths):
        sheet.set_column(j, j, width)
    for i, line in enumerate(lines):
        sheet.write_string(i, 0, line, looks["formula"])
    for i, row in enumerate(texts, start=len(lines) - 1):
        for j, text in enumerate(row):
            number = isinstance(rows[i - len(lines) + 1][j], float)
            look = "head" if headed and i == len(lines) - 1 else "number" if number else "text"
            sheet.write_string(i + 1, j, text, looks[look])
    if more:
        sheet.write_string(len(texts) + len(lines), 0, "…", looks["text"])
    return sum(int(width * 7 + 5) for width in widths) * POINTS, 15.0 * (len(texts) + len(lines) + more)


def main(folder: Path) -> None:
    """Write a picture for every function."""
    live = WORKBOOK / "xl_mmm.xlsm"
    grid = OpenedBook(live.read_bytes(), live.name).grid()
    grid.cells[SCRATCH] = {}  # type: ignore[index]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        path, sizes = Path(scratch) / "examples.xlsx", {}
        with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
            font = {"font_name": st.FONT, "font_size": 10, "indent": 1}
            rule = {**font, "bottom": 1, "bottom_color": st.LINE}
            looks = {
                "formula": book.add_format({"font_name": "Liberation Mono", "font_size": 9, "font_color": st.ACCENT}),
                "head": book.add_format({**font, "bold": True, "font_color": st.WHITE, "bg_color": st.INK}),
                "text": book.add_format(rule),
                "number": book.add_format({**rule, "align": "right"}),
            }
            for name, function in FUNCTIONS.items():
                rows, more = result_of(grid, function.example)
                sizes[name] = draw(book.add_worksheet(name), looks, function.example, rows, more)
        office = ["soffice", "--headless", f"-env:UserInstallation={(Path(scratch) / 'profile').as_uri()}"]
        subprocess.run([*office, "--convert-to", "pdf", "--outdir", scratch, path], check=True, capture_output=True)
        for page, (name, (width, height)) in enumerate(sizes.items(), start=1):
            crop = [round((size + 6) * RESOLUTION / 72) for size in (width, height)]
            target = folder / name.lower()
            subprocess.run(
                ["pdftoppm", "-png", "-singlefile", "-r", str(RESOLUTION), "-f", str(page), "-l", str(page),
                 "-x", "0", "-y", "0", "-W", str(crop[0]), "-H", str(crop[1]), path.with_suffix(".pdf"), target],
                check=True,
            )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else WORKBOOK / "pictures")
