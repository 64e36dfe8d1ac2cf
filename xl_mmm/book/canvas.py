"""A workbook on the drawing board: cells are placed first, formulas are evaluated, then everything is written once.

Text is always text: only a `Formula` becomes a formula, so a channel called `=1+1` stays what it is. Formulas and the
calls that fill blocks are evaluated together by `xl_mmm.book.recalculate`, so every cell leaves with a cached value
and nothing has to recalculate. A live book holds the calls as array formulas, any other book their values.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from xl_mmm.book import styles as st
from xl_mmm.book.calls import calls
from xl_mmm.book.layout import Block, Layout, letters
from xl_mmm.book.named_styles import name_styles
from xl_mmm.book.recalculate import Formula as NativeFormula
from xl_mmm.book.recalculate import Grid, Table, recalculate
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

    from xlsxwriter.worksheet import Worksheet

CellValue = str | float | bool | datetime | date | None
CALC_ID = 191029
ROW = 16.5  # points of an ordinary row
LEGIBLE = 60  # percent; wider sheets go on over further pages
PRINTED = 1020  # pixels across a landscape A4 page at 100 %, a little less than there are
TITLE_ROW, QUESTION_ROW = 1, 2
CHIP = f"{n.CHECKS}!$C$6"  # ALL CHECKS in words
STAMP = f"{n.MODEL}!$B$5"
STATE = f"{n.MODEL}!$F$5"  # what is to be said while there is none
HAS_MODEL = f"{n.MODEL}!$D$5"  # TRUE when the model in use is sound


@dataclass(frozen=True, slots=True)
class Formula:
    """A native formula, `=` included."""

    text: str


def nothing(cell: str) -> str:
    """Ask whether a cell of a called block is blank.

    LibreOffice finds no text of an add-in's block equal to another (`=`, COUNTIF); lengths and EXACT work everywhere.
    """
    return f"LEN({cell})=0"


def when_run(expression: str) -> Formula:
    """Make a formula that stays blank until there is a model."""
    return Formula(f'=IF({HAS_MODEL},{expression},"")')


def quoted(text: str) -> str:
    """Double the quotation marks of a text that stands in a formula."""
    return text.replace('"', '""')


@dataclass(frozen=True, slots=True)
class Link:
    """A jump to a place in this workbook, shown as `text`."""

    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell and how it looks."""

    value: CellValue | Formula | Link
    style: str
    number: str | None = None


@dataclass(frozen=True, slots=True)
class TableArea:
    """A table: its name, its first row and column, its headers and the number of rows."""

    name: str
    sheet: str
    row: int
    col: int
    headers: tuple[str, ...]
    height: int

    @property
    def shape(self) -> Table:
        """The table as `xl_mmm.book.recalculate` knows it."""
        area = (self.row + 1, self.col + 1, self.row + 1 + self.height, self.col + len(self.headers))
        return Table(self.name, self.sheet, area, self.headers)


class Page:
    """One sheet: placed cells, column widths, and what is drawn over them."""

    def __init__(self, canvas: Canvas, name: str, sheet: Worksheet) -> None:
        self.canvas, self.name, self.sheet = canvas, name, sheet
        self.cells: dict[tuple[int, int], Cell] = {}
        self.widths: dict[int, float] = {}
        self.tables: list[TableArea] = []
        self.arrays: dict[Block, str] = {}

    def put(self, row: int, col: int, value: CellValue | Formula | Link, style: str, number: str | None = None) -> None:
        """Place a value, a formula or a link."""
        self.cells[row, col] = Cell(value, style, number)

    def row(
        self, row: int, col: int, values: Iterable[CellValue | Formula | Link], style: str, number: str | None = None
    ) -> None:
        """Place values from left to right in one style."""
        for j, value in enumerate(values):
            self.put(row, col + j, value, style, number)

    def section(self, row: int, col: int, last: int, text: str) -> None:
        """Place a section heading with its rule up to column `last`."""
        self.row(row, col, [text, *[None] * (last - col)], "section")
        self.height(row, 21)

    def headers(
        self, row: int, col: int, texts: Sequence[str], left: Iterable[int] = (0,), center: Iterable[int] = ()
    ) -> None:
        """Place table headers; columns in `left` hold text, columns in `center` a status."""
        lefts, centers = set(left), set(center)
        for j, text in enumerate(texts):
            self.put(row, col + j, text, "th_left" if j in lefts else "th_center" if j in centers else "th")
        self.height(row, 32)

    def kept(self, name: str, looks: Mapping[str, tuple[str, str | None]]) -> None:
        """Place a block for the values of a run in its looks, blank until there is one."""
        for row, col, key in self.canvas.layout.blocks[name].cells():
            style, number = looks[key]
            self.put(row, col, None, style, number)

    def called(self, name: str, looks: Mapping[str, tuple[str, str | None]]) -> None:
        """Place a block that a call fills in its looks; where it depends on the model, errors are pale."""
        block = self.canvas.layout.blocks[name]
        for row, col, key in block.cells():
            style, number = looks[key]
            self.put(row, col, None, style, number)
        self.arrays[block] = self.canvas.calls[name]
        pale = self.canvas.book.add_format({"font_color": st.LINE})
        rule = {"type": "formula", "criteria": f"=ISERROR({block.address(block.keys[0])})", "format": pale}
        self.sheet.conditional_format(block.ref, rule)

    def table(
        self, name: str, row: int, col: int, headers: Sequence[str], height: int, left: Iterable[int] = (0,)
    ) -> TableArea:
        """Make a native table whose look is ours: headers are placed here, rows by the caller."""
        area = TableArea(name, self.name, row, col, tuple(headers), height)
        self.tables.append(area)
        self.headers(row, col, headers, left)
        lefts = set(left)
        self.sheet.add_table(
            row,
            col,
            row + height,
            col + len(headers) - 1,
            {
                "name": name,
                "style": None,
                "autofilter": False,
                "columns": [
                    {"header": header, "header_format": self.canvas.styles.get("th_left" if j in lefts else "th")}
                    for j, header in enumerate(headers)
                ],
            },
        )
        return area

    def width(self, widths: Mapping[int, float]) -> None:
        """Set column widths, in characters."""
        self.widths.update(widths)

    def height(self, row: int, points: float) -> None:
        """Set a row's height, in points."""
        self.sheet.set_row(row, points)

    def pixels(self, first: int, last: int) -> int:
        """Width of columns `first` to `last` on screen."""
        return sum(int(self.widths.get(col, 8.43) * 7 + 5) for col in range(first, last + 1))

    def status_colors(self, ref: str, *, fill: bool = False) -> None:
        """Color cells that start with a status word."""
        for word in (n.NOT_RUN, n.FAIL, n.REVIEW, n.PASS, "ALL CHECKS PASS"):
            color = st.STATUS_COLORS[n.PASS if word.startswith("ALL") else word]
            look = (
                {"font_color": st.WHITE, "bg_color": color}
                if fill
                else {"font_color": color, "bottom": 1, "bottom_color": st.LINE}
            )
            self.sheet.conditional_format(
                ref,
                {"type": "text", "criteria": "begins with", "value": word, "format": self.canvas.book.add_format(look)},
            )

    def chip_colors(self, left: int, right: int) -> None:
        """Color the cells of the status chip by what the right one says."""
        first, last = letters(left), letters(right)
        for word, status in (("ALL", n.PASS), (n.REVIEW, n.REVIEW), (n.FAIL, n.FAIL)):
            look = self.canvas.book.add_format({"bg_color": st.STATUS_COLORS[status]})
            rule = {"type": "formula", "criteria": f'=LEFT(${last}$2,{len(word)})="{word}"', "format": look}
            self.sheet.conditional_format(f"{first}2:{last}2", rule)

    def rules_where_filled(self, block: Block, key: str, *refs: str) -> None:
        """Draw the light rule under spare rows only once they hold a result."""
        first = f"${block.address(key)}"
        look = self.canvas.book.add_format({"bottom": 1, "bottom_color": st.LINE})
        for ref in refs or (block.ref,):
            self.sheet.conditional_format(ref, {"type": "formula", "criteria": f"=LEN({first})>0", "format": look})

    def print_in_pages(self, last: int, rows: Sequence[int]) -> None:
        """Print columns up to `last` on one page's width while that stays legible, a new page before each of `rows`."""
        self.sheet.fit_page = False
        self.sheet.set_print_scale(max(LEGIBLE, min(100, int(100 * PRINTED / self.pixels(0, last)))))
        self.sheet.repeat_columns(0, 1)
        self.sheet.set_h_pagebreaks(list(rows))


class Canvas:
    """The whole workbook while it is being laid out."""

    def __init__(self, path: Path, layout: Layout, *, live: bool = False) -> None:
        import xlsxwriter

        self.path = path
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        self.book.calc_on_load = False
        self.book.calc_id = CALC_ID
        self.book.formats[0].set_font_name(st.FONT)
        self.book.formats[0].set_font_size(10)
        self.styles = st.Styles(self.book)
        self.layout, self.live, self.calls = layout, live, calls(layout)
        self.pages: dict[str, Page] = {}

    def page(
        self,
        name: str,
        title: str,
        question: str,
        last: int,
        widths: Mapping[int, float],
        *,
        chip: int = 2,
        row: float = ROW,
    ) -> Page:
        """Start a sheet with the common header; the status chip fills `chip` columns and ends at column `last`."""
        sheet = self.book.add_worksheet(name)
        page = self.pages[name] = Page(self, name, sheet)
        sheet.hide_gridlines(2)
        sheet.set_tab_color(st.TAB_COLORS[name])
        page.width({0: 2, **widths})
        page.height(0, 8)
        page.height(TITLE_ROW, 27)
        page.put(TITLE_ROW, 1, title, "title")
        page.put(QUESTION_ROW, 1, question, "question")
        sheet.set_default_row(row)
        for col in range(last - chip + 1, last):
            page.put(TITLE_ROW, col, None, "chip")
        page.put(TITLE_ROW, last, Formula(f"={CHIP}"), "chip")
        page.chip_colors(last - chip + 1, last)
        page.put(QUESTION_ROW, last, Formula(f'=IF({HAS_MODEL},{STAMP},"no model")'), "stamp")
        sheet.freeze_panes(4, 0)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(0.4, 0.4, 0.5, 0.55)
        sheet.repeat_rows(TITLE_ROW, QUESTION_ROW + 1)
        sheet.set_footer("&L&8&F · &A&C&8Page &P of &N&R&8Printed &D &T")
        return page

    def evaluated(self) -> Mapping[str, Mapping[tuple[int, int], object]]:
        """Values of all formulas and calls by sheet and place, counted from one.

        Raises
        ------
        RuntimeError
            A sheet uses a formula that cannot be evaluated: a fault of the builder's own.
        """
        cells = {
            page.name: {(row + 1, col + 1): _content(cell.value) for (row, col), cell in page.cells.items()}
            for page in self.pages.values()
        }
        for page in self.pages.values():
            for block, text in page.arrays.items():
                area = (block.row + 1, block.col + 1, block.row + block.height, block.col + len(block.keys))
                cells[page.name][area[:2]] = NativeFormula(text, area=area)
        tables = [area.shape for page in self.pages.values() for area in page.tables]
        found = recalculate(Grid(cells, tables))
        if found.left_alone:
            sheet, row, col = found.left_alone[0]
            raise RuntimeError(f"{sheet}!{letters(col - 1)}{row} cannot be evaluated: {cells[sheet][row, col]}")
        if found.failures:
            raise RuntimeError(f"A function failed: {found.failures[0]}")
        return found.values

    def close(self) -> None:
        """Evaluate every formula, write every cell, and save."""
        values = self.evaluated()
        for page in self.pages.values():
            for col, width in page.widths.items():
                page.sheet.set_column(col, col, width)
            for block, text in page.arrays.items():
                self._write_block(page, block, text, values[page.name])
            for (row, col), cell in sorted(page.cells.items()):
                self._write(page, row, col, cell, values.get(page.name, {}))
        self.book.close()
        name_styles(self.path, {name: self.styles.positions(name) for name in st.FAMILIES})

    def _write_block(self, page: Page, block: Block, text: str, values: Mapping[tuple[int, int], object]) -> None:
        """Fill a block with its values; in a live book its first cell holds the call, as an array formula."""
        for row, col, _ in block.cells():
            own = page.cells[row, col]
            page.cells[row, col] = Cell(_shown(values.get((row + 1, col + 1))), own.style, own.number)
        if self.live:
            first = page.cells.pop((block.row, block.col))
            last = (block.row + block.height - 1, block.col + len(block.keys) - 1)
            look, value = self.styles.get(first.style, first.number), values[block.row + 1, block.col + 1]
            page.sheet.write_array_formula(block.row, block.col, *last, text, look, _cached(value))

    def _write(self, page: Page, row: int, col: int, cell: Cell, values: Mapping[tuple[int, int], object]) -> None:
        sheet, look, value = page.sheet, self.styles.get(cell.style, cell.number), cell.value
        if isinstance(value, Formula):
            sheet.write_formula(row, col, value.text, look, _cached(values[row + 1, col + 1]))
        elif isinstance(value, Link):
            sheet.write_url(row, col, f"internal:{value.target}", look, value.text, f"Go to {value.target}")
        elif value is None:
            sheet.write_blank(row, col, None, look)
        elif isinstance(value, str):
            sheet.write_string(row, col, value, look)
        elif isinstance(value, bool):
            sheet.write_boolean(row, col, value, look)
        elif isinstance(value, date):
            moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
            sheet.write_datetime(row, col, moment, look)
        elif math.isfinite(value):
            sheet.write_number(row, col, value, look)
        else:
            sheet.write_string(row, col, str(value), look)


def _cached(value: object) -> object:
    """Return a formula's value as XlsxWriter takes it."""
    return 0 if value is None else str(value) if isinstance(value, CellErrorValue) else value


def _shown(value: object) -> CellValue:
    """Return a value of an array formula's further cells; an error, which only a formula can hold, waits as a blank."""
    return value if isinstance(value, str | float | bool) and value != "" else None


def _content(value: CellValue | Formula | Link) -> object:
    """Return what a cell holds, in the words of `xl_mmm.book.recalculate`."""
    if isinstance(value, Formula):
        return NativeFormula(value.text)
    return value.text if isinstance(value, Link) else value
