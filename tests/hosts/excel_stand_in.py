"""A workbook open in Excel, as far as the buttons ask: the same calls and refusals, no Excel.

`Book` stands in for `xlwings.Book`. It keeps values by sheet and address, notes what is said, shown and asked of VBA,
and refuses calls while a cell is being edited.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from xl_mmm.book.vba.buttons import POLL_LATER, SAVE_COPY
from xl_mmm.tables.cell_values import parse_area, place_name

REJECTED = -2147418111  # RPC_E_CALL_REJECTED


class RefusedError(Exception):
    hresult = REJECTED
    excepinfo = None


class Range:
    def __init__(self, sheet: Sheet, first: tuple[int, int], last: tuple[int, int]) -> None:
        self.sheet = sheet
        self.row, self.column = first
        self.shape = last[0] - first[0] + 1, last[1] - first[1] + 1

    def options(self, **wanted: object) -> Range:
        assert wanted == {"ndim": 2, "err_to_str": True}
        return self

    @property
    def value(self) -> list[list[Any]]:
        self.sheet.book.refuse()
        rows, columns = self.shape
        places = [[place_name(self.row + i, self.column + j) for j in range(columns)] for i in range(rows)]
        return [[self.sheet.cells.get(place) for place in line] for line in places]

    @value.setter
    def value(self, values: Any) -> None:
        book = self.sheet.book
        book.refuse()
        book.writes.append((self.sheet.name, place_name(self.row, self.column), self.shape))
        if book.refuse_after is not None and len(book.writes) > book.refuse_after:
            book.refuse_after = None
            raise RefusedError
        assert book.app.screen_updating is False
        assert book.app.calculation == "manual"
        assert not self.sheet.api.ProtectContents, "Excel refuses to write into a protected sheet"
        lines = values if isinstance(values, list) else [[values]]
        assert (len(lines), len(lines[0])) == self.shape
        for i, line in enumerate(lines):
            for j, value in enumerate(line):
                self.sheet.cells[place_name(self.row + i, self.column + j)] = typed_in(value)

    def select(self) -> None:
        self.sheet.book.selected = f"{self.sheet.name}!{place_name(self.row, self.column)}"


def typed_in(value: Any) -> Any:
    """Excel's reading of what is typed: an apostrophe makes it text, without one it may become something else."""
    if isinstance(value, str):
        return value[1:] if value.startswith("'") else f"<Excel's own reading of {value}>"
    return value


class Table:
    def __init__(self, name: str, sheet: Sheet, ref: str) -> None:
        self.name, self.sheet, self.ref = name, sheet, ref

    @property
    def range(self) -> Range:
        top, left, bottom, right = parse_area(self.ref)
        return Range(self.sheet, (top, left), (bottom, right))


class Protection:
    def __getattr__(self, name: str) -> bool:
        return name == "AllowFormattingColumns"


class SheetApi:
    ProtectDrawingObjects = True
    ProtectScenarios = True

    def __init__(self) -> None:
        self.ProtectContents = False
        self.Protection = Protection()
        self.protected_with: tuple[object, ...] = ()

    def Unprotect(self, password: str) -> None:
        self.ProtectContents = False

    def Protect(self, *arguments: object) -> None:
        self.ProtectContents, self.protected_with = True, arguments


class Sheet:
    def __init__(self, book: Book, name: str) -> None:
        self.book, self.name, self.cells, self.tables, self.api = book, name, {}, [], SheetApi()  # type: ignore[var-annotated]

    def range(self, first: Any, last: tuple[int, int] | None = None) -> Range:
        if isinstance(first, str):
            top, left, bottom, right = parse_area(first)
            return Range(self, (top, left), (bottom, right))
        return Range(self, first, last or first)

    def activate(self) -> None:
        self.book.selected = self.name


class Sheets(list[Sheet]):
    def __getitem__(self, name: Any) -> Any:
        return next(sheet for sheet in self if sheet.name == name)


class Books:
    def __init__(self) -> None:
        self.opened: list[str] = []

    def open(self, path: str) -> None:
        self.opened.append(path)


class App:
    def __init__(self) -> None:
        self.books = Books()
        self.status_bar: str | bool = False
        self.shown: list[str | bool] = []
        self.said: list[str] = []
        self.answer = "yes"
        self.screen_updating = self.interactive = True
        self.calculation = "automatic"
        self.calculated = 0

    def __setattr__(self, name: str, value: object) -> None:
        if name == "status_bar" and hasattr(self, "shown"):
            self.shown.append(value)  # type: ignore[arg-type]
        super().__setattr__(name, value)

    def alert(self, prompt: str, title: str, buttons: str = "ok", mode: str | None = None) -> str:
        self.said.append(prompt)
        return "ok" if buttons == "ok" else self.answer

    def calculate(self) -> None:
        self.calculated += 1


class BookApi:
    def __init__(self, book: Book) -> None:
        self.book = book

    def SaveCopyAs(self, path: str) -> None:
        Path(path).write_bytes(self.book.content)


class Book:
    def __init__(self, path: Path, content: bytes = b"a workbook") -> None:
        self.path, self.name, self.content = path, path.name, content
        self.app, self.sheets, self.api = App(), Sheets(), BookApi(self)
        self.editing = False
        self.refuse_after: int | None = None
        self.writes: list[tuple[str, str, tuple[int, int]]] = []
        self.selected = ""
        self.printed: tuple[str, list[str]] | None = None
        self.macros_run: list[tuple[str, tuple[object, ...]]] = []

    @property
    def fullname(self) -> str:
        self.refuse()
        return str(self.path)

    def refuse(self) -> None:
        if self.editing:
            raise RefusedError

    @property
    def polls_asked(self) -> int:
        return [name for name, _ in self.macros_run].count(POLL_LATER)

    def add_sheet(self, name: str, cells: dict[str, Any] | None = None, table: tuple[str, str] | None = None) -> Sheet:
        sheet = Sheet(self, name)
        sheet.cells.update(cells or {})
        if table:
            sheet.tables.append(Table(table[0], sheet, table[1]))
        self.sheets.append(sheet)
        return sheet

    def to_pdf(self, path: str, include: list[str]) -> None:
        self.printed = path, include

    def macro(self, name: str) -> Any:
        def run(*arguments: object) -> None:
            self.refuse()
            self.macros_run.append((name, arguments))
            if name == SAVE_COPY:
                self.api.SaveCopyAs(str(arguments[0]))

        return run
