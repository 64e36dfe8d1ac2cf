"""Draw the pictures of the functions' examples anew. For maintainers only; needs LibreOffice and poppler.

    python install/make_pictures.py            from workbook/xl_mmm.xlsm into workbook/pictures/
    python install/make_pictures.py FOLDER     from FOLDER/xl_mmm.xlsm into FOLDER/pictures/

Every example is typed into an empty sheet of the shipped live book and calculated there, so its numbers are the demo
market's. A picture carries what it shows as text too (its PNG comment): tests compare that with today's numbers, which
the pixels of another LibreOffice would not allow.
"""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import xlsxwriter

from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.recalculate import Formula, Grid, recalculate
from xl_mmm.book.styles import FONT, Styles, text_width
from xl_mmm.functions import FUNCTIONS
from xl_mmm.functions.help import PICTURES, picture
from xl_mmm.functions.results import FIRST_DAY, LAST_DAY
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

Cells: TypeAlias = list[list[float | str]]

HERE = Path(__file__).resolve().parent.parent / "workbook"
BOOK = "xl_mmm.xlsm"
SHEET = "Example"  # the empty sheet; of no book that is shipped
ROWS = 10  # below the headers
WIDTH, FORMULA = 88.0, 56.0  # column units: of a picture at most, of one with few columns
SPARE = 2.5  # column units beside a text
READABLE = 12.0  # column units that a cut text needs
LINE = 12.5  # points of a formula's line
LARGE = 1000.0  # numbers from here on are shown without decimals
MORE = "…"
DAYS = ("Period", "Start")  # columns of days
UNLIKE = ("Value", "Threshold")  # columns whose numbers have nothing in common
DAY_ZERO = date(1899, 12, 30)
A4 = 9
DPI = 96
MARGIN = 6  # pixels left white around what is drawn
COLORS = 256  # a PNG's palette
KEYWORD = b"Comment"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
PATIENCE = 180  # seconds for one outside program


@dataclass(frozen=True, slots=True)
class Example:
    """A call and the part of its result that a picture shows.

    Attributes
    ----------
    name, formula
        The function, and the formula as typed.
    cells
        Rows from left to right; long texts are cut, and what is left out stands as "…" below and on the right.
    headed
        Whether the first row is headers.
    """

    name: str
    formula: str
    cells: Cells
    headed: bool


def main(folder: Path) -> None:
    """Draw a picture a function; pictures of functions that are no more go."""
    examples = worked_examples(folder / BOOK)
    pictures = folder / PICTURES
    pictures.mkdir(exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        for one, page in zip(examples, _pages(examples, Path(scratch)), strict=True):
            (folder / picture(FUNCTIONS[one.name])).write_bytes(_png(_trimmed(_pixels(page)), _told(one)))


def worked_examples(book: Path) -> list[Example]:
    """Calculate every function's example in a book.

    Raises
    ------
    ValueError
        An example has no result there.
    """
    grid = OpenedBook(book.read_bytes(), book.name).grid()
    formulas = {name: function.example for name, function in FUNCTIONS.items()}
    sizes = _calculated(grid, {
        (i, j): Formula(f"{shape}({formula.removeprefix('=')})", area=(i, j, i, j))
        for i, formula in enumerate(formulas.values(), 1)
        for j, shape in enumerate(("ROWS", "COLUMNS"), 1)
    })  # fmt: skip
    shapes = [(int(sizes[i, 1]), int(sizes[i, 2])) for i in range(1, len(formulas) + 1)]
    tops = list(accumulate((height for height, _ in shapes), initial=1))[:-1]
    typed = zip(tops, formulas.items(), shapes, strict=True)
    values = _calculated(grid, {
        (top, 1): Formula(formula, area=(top, 1, top + height - 1, width))
        for top, (_, formula), (height, width) in typed
    })  # fmt: skip
    found = []
    for top, (name, formula), (height, width) in zip(tops, formulas.items(), shapes, strict=True):
        rows = [[values[top + i, j] for j in range(1, width + 1)] for i in range(height)]
        if wrong := [value for row in rows for value in row if isinstance(value, CellErrorValue)]:
            raise ValueError(f"{formula} gives {wrong[0].code} in {book.name}. Correct the example.")
        found.append(Example(name, formula, _shortened(rows, headed=width > 1), headed=width > 1))
    return found


def _calculated(grid: Grid, cells: dict[tuple[int, int], Formula]) -> dict[tuple[int, int], Any]:
    """Return the values of formulas typed into the empty sheet."""
    typed = Grid({**grid.cells, SHEET: cells}, grid.tables, grid.names, grid.date1904)
    result = recalculate(typed, {(SHEET, *place) for place in cells})
    if result.left_alone or result.failures:
        raise ValueError(f"{result.left_alone} cannot be calculated: {result.failures}")
    return result.values[SHEET]


def _shortened(rows: Cells, headed: bool) -> Cells:
    """Keep the first rows and the columns that fit; a column of texts is cut to the room that is left."""
    shown = ROWS + headed
    kept = rows[:shown]
    if len(rows) > shown:
        kept = [*kept, [MORE] * len(rows[0])]
    widths, count = _widths(kept, headed), len(rows[0])
    room, fitting = WIDTH, 0
    while fitting < count and widths[fitting] <= room - _behind(fitting, count):
        room -= widths[fitting]
        fitting += 1
    room -= _behind(fitting, count) + SPARE
    if fitting < count and room >= READABLE and not _is_numeric(kept, fitting):
        kept = [[*row[:fitting], _cut(str(row[fitting]), room), *row[fitting + 1 :]] for row in kept]
        fitting += 1
    return kept if fitting == count else [[*row[:fitting], MORE] for row in kept]


def _behind(column: int, count: int) -> float:
    """Return the room that "…" takes behind a column; none behind the last."""
    return text_width(MORE) + SPARE if column < count - 1 else 0.0


def _cut(text: str, room: float) -> str:
    """Return as much of the text as there is room for."""
    if text_width(text) <= room:
        return text
    end = 0
    while text_width(text[: end + 1] + MORE) <= room:
        end += 1
    return text[:end] + MORE


def _is_numeric(cells: Cells, column: int) -> bool:
    return any(not isinstance(row[column], str) for row in cells)


def _widths(cells: Cells, headed: bool) -> list[float]:
    """Return the columns' widths, in column units."""
    return [
        max(text_width(_words(cells, i, j), bold=headed and i == 0) for i in range(len(cells))) + SPARE
        for j in range(len(cells[0]))
    ]


def _words(cells: Cells, i: int, j: int) -> str:
    """Write a cell: days, large and whole numbers with thousands, other columns with three decimals."""
    value, head = cells[i][j], cells[0][j]
    if isinstance(value, str):
        return value
    if head in DAYS or cells[i][0] in (FIRST_DAY, LAST_DAY):
        return str(DAY_ZERO + timedelta(days=value))
    alike = [value] if head in UNLIKE else [row[j] for row in cells]
    whole = all(float(one).is_integer() for one in alike if not isinstance(one, str) and abs(one) < LARGE)
    return f"{value:,.0f}" if whole or abs(value) >= LARGE else f"{round(value, 3) + 0.0:.3f}"


def _pages(examples: list[Example], scratch: Path) -> list[Path]:
    """Print one page an example; return the pages as images, in order."""
    path = scratch / "examples.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.formats[0].set_font_name(FONT)
        styles = Styles(book)
        for one in examples:
            _draw(book.add_worksheet(one.name), one, styles)
    profile = f"-env:UserInstallation={(scratch / 'profile').as_uri()}"
    _run("soffice", profile, "--headless", "--norestore", "--convert-to", "pdf", "--outdir", str(scratch), str(path))
    _run("pdftoppm", "-r", str(DPI), str(path.with_suffix(".pdf")), str(scratch / "page"))
    return sorted(scratch.glob("page-*.ppm"))


def _draw(sheet: Worksheet, one: Example, styles: Styles) -> None:
    """Write the formula above the cells that it fills, as on a sheet of one's own.

    Numbers are written as they would look: LibreOffice loses the indent of cells that differ by number format alone.
    """
    widths = _widths(one.cells, one.headed)
    if (room := FORMULA - sum(widths)) > 0.0:
        widths.append(room)
    lines = _lines(one.formula, sum(widths) - SPARE)
    for j, width in enumerate(widths):
        sheet.set_column(j, j, width)
    sheet.set_row(0, LINE * len(lines) + 3.0)
    formula = styles.get("td_wrap_bold")
    if len(widths) > 1:
        sheet.merge_range(0, 0, 0, len(widths) - 1, "", formula)
    sheet.write_string(0, 0, "\n".join(lines), formula)
    for j in range(len(one.cells[0])):
        side = "" if _is_numeric(one.cells, j) else "_left"
        for i in range(len(one.cells)):
            style = styles.get(f"{'th' if one.headed and i == 0 else 'td'}{side}")
            sheet.write_string(1 + i, j, _words(one.cells, i, j), style)
    sheet.hide_gridlines(2)
    sheet.set_landscape()
    sheet.set_paper(A4)
    sheet.set_margins(0.3, 0.3, 0.3, 0.3)
    sheet.print_row_col_headers()
    sheet.print_area(0, 0, len(one.cells), len(widths) - 1)


def _lines(formula: str, width: float) -> list[str]:
    """Break a formula behind commas so that no line is wider than its cells."""
    lines = [""]
    for part in formula.replace(",", ",\0").split("\0"):
        if lines[-1] and text_width(lines[-1] + part, bold=True) > width:
            lines.append("")
        lines[-1] += part
    return lines


def _run(program: str, *arguments: str) -> None:
    """Run an outside program to its end."""
    found = shutil.which(program)
    if found is None:
        raise FileNotFoundError(f"{program} is not installed; pictures need LibreOffice and poppler.")
    subprocess.run([found, *arguments], check=True, capture_output=True, timeout=PATIENCE)


def _pixels(page: Path) -> np.ndarray:
    """Read a PPM of poppler's: rows × columns × 3 bytes."""
    _, size, _, data = page.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    return np.frombuffer(data, np.uint8).reshape(height, width, 3)


def _trimmed(pixels: np.ndarray) -> np.ndarray:
    """Cut the white paper off, but for a margin."""
    drawn = np.any(pixels < 255, axis=2)
    (top, bottom), (left, right) = (np.flatnonzero(np.any(drawn, axis=axis))[[0, -1]] for axis in (1, 0))
    return np.pad(
        pixels[top : bottom + 1, left : right + 1], ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), constant_values=255
    )


def _png(pixels: np.ndarray, told: str) -> bytes:
    """Encode as a PNG with a palette, and a text beside it; of two close shades one is kept where there are many."""
    height, width, _ = pixels.shape
    for step in (1, 3, 5, 15, 17, 51):  # divisors of 255: white stays white
        shades = (pixels.astype(np.uint32) + step // 2) // step * step
        colors, places = np.unique(shades @ np.array([65536, 256, 1], np.uint32), return_inverse=True)
        if len(colors) <= COLORS:
            break
    palette = b"".join(struct.pack(">I", int(color))[1:] for color in colors)
    rows = np.zeros((height, width + 1), np.uint8)  # each row begins with its filter: none
    rows[:, 1:] = places.reshape(height, width)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"tEXt", KEYWORD + b"\0" + told.encode("ascii")),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _told(one: Example) -> str:
    return json.dumps({"formula": one.formula, "cells": one.cells})


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
