"""What the buttons ask of a workbook that is open in Excel, in xlwings' words (its BSD part only).

Excel refuses calls while a cell is being edited or a dialog is open; `is_refused` tells such a refusal from an error.
Values go in by blocks, one call each, with the screen and calculation held still; text goes in as text, whatever it
looks like.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xlwings

from xl_mmm.book.vba.buttons import POLL_LATER, SAVE_COPY
from xl_mmm.errors import CellError
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import inside, parse_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xl_mmm.tables.cell_values import Area, CellValue

ON_MAC = platform.system() == "Darwin"
TITLE = "xl_mmm"
INPUT_TABLES = frozenset(names.TABLE_SHEET) - {names.TBL_RUNS, names.TBL_CHANGES}

# RPC_E_CALL_REJECTED, RPC_E_SERVERCALL_RETRYLATER, VBA_E_IGNORE; the last also comes wrapped in DISP_E_EXCEPTION
_REFUSALS = frozenset({-2147418111, -2147417846, -2146777998})
_EVENT_TIMEOUT = -1712  # macOS: Excel did not answer
_TRIES = 20  # of one call to an Excel that refuses; xlwings itself would try for ever
_ALLOWED = (  # in the order of Worksheet.Protect
    "AllowFormattingCells", "AllowFormattingColumns", "AllowFormattingRows", "AllowInsertingColumns",
    "AllowInsertingRows", "AllowInsertingHyperlinks", "AllowDeletingColumns", "AllowDeletingRows", "AllowSorting",
    "AllowFiltering", "AllowUsingPivotTables",
)  # fmt: skip

Block = tuple[int, int, list[list["CellValue"]]]  # first row, first column, rows of one width


def caller() -> Any:
    """Return the workbook whose button was pressed (an `xlwings.Book`)."""
    if sys.platform == "win32":
        xlwings._xlwindows.N_COM_ATTEMPTS = _TRIES
    return xlwings.Book.caller()


def full_name(book: Any) -> str:
    """Return the workbook's name with its folder, as Excel says it: for files kept in OneDrive an address."""
    try:
        return str(book.fullname)
    except xlwings.XlwingsError:  # an address that no local folder is known for
        return str(book.api.FullName)


def place(book: Any) -> Path:
    """Return where the workbook is stored on this computer.

    Raises
    ------
    CellError
        It was never saved, or lies in a cloud folder that is not kept on this computer.
    """
    path = Path(full_name(book))
    if not path.is_absolute() or "://" in full_name(book):
        raise CellError(
            f"{book.name} has no folder on this computer that this program knows. Save it into a local folder first."
        )
    return path


def save_copy(book: Any, path: Path) -> None:
    """Save the workbook as it stands, unsaved changes included, into another file; its own file is not touched."""
    if ON_MAC:
        book.macro(SAVE_COPY)(str(path))
    else:
        book.api.SaveCopyAs(str(path))


def poll_again(book: Any) -> None:
    """Have Excel call `macros.poll` in a second."""
    book.macro(POLL_LATER)()


def say(book: Any, text: str, *, fault: bool = False) -> None:
    """Show a message with an OK button."""
    book.app.alert(text, title=TITLE, mode="critical" if fault else "info")


def ask(book: Any, text: str) -> bool:
    """Show a question and return whether the answer is yes."""
    return str(book.app.alert(text, title=TITLE, buttons="yes_no", mode="info")) == "yes"


def show_status(book: Any, text: str | None) -> None:
    """Write into the status bar; None gives it back to Excel."""
    book.app.status_bar = False if text is None else text


def select(book: Any, sheet: str, address: str) -> None:
    """Go to a cell, when the workbook has its sheet."""
    if sheet in [each.name for each in book.sheets]:
        book.sheets[sheet].activate()
        book.sheets[sheet].range(address).select()


# ---------------------------------------------------------------- inputs


def inputs_hash(book: Any) -> str:
    """Return a hash of all input tables: where they stand and every cell, errors included."""
    digest = hashlib.sha256()
    for table in _input_tables(book):
        area = table.range
        values = area.options(ndim=2, err_to_str=True).value
        digest.update(json.dumps([table.name, area.row, area.column, values], default=str).encode())
    return digest.hexdigest()


def _input_tables(book: Any) -> list[Any]:
    tables = (table for sheet in book.sheets for table in sheet.tables)
    return sorted((table for table in tables if table.name in INPUT_TABLES), key=lambda table: str(table.name))


def _input_areas(book: Any) -> dict[str, list[Area]]:
    """Return sheet -> areas of its input tables."""
    areas: dict[str, list[Area]] = {}
    for table in _input_tables(book):
        area = table.range
        rows, columns = area.shape
        last = area.row + rows - 1, area.column + columns - 1
        areas.setdefault(area.sheet.name, []).append((area.row, area.column, *last))
    return areas


# ---------------------------------------------------------------- writing


def refuse_inputs(book: Any, cells: Mapping[str, Mapping[str, CellValue]]) -> None:
    """Raise `CellError` when a cell belongs to an input table or its sheet is missing.

    Blank cells of the scenarios may be filled: there the optimizer adds its plan.
    """
    present = {sheet.name for sheet in book.sheets}
    missing = [sheet for sheet in cells if sheet not in present]
    if missing:
        raise CellError(f"The workbook has no sheet '{missing[0]}' any more; nothing was written.")
    areas = _input_areas(book)
    for sheet, values in cells.items():
        for address in values:
            if not any(inside(parse_place(address), area) for area in areas.get(sheet, ())):
                continue
            held = book.sheets[sheet].range(address).options(ndim=2, err_to_str=True).value
            if sheet != names.SCENARIOS or held != [[None]]:
                raise CellError(f"{sheet}!{address} belongs to an input table; nothing was written.")


def write(book: Any, cells: Mapping[str, Mapping[str, CellValue]]) -> None:
    """Write results, block by block."""
    with _held_still(book.app):
        for sheet, values in cells.items():
            with _unlocked(book.sheets[sheet]):
                _write_sheet(book.sheets[sheet], values)


def _write_sheet(sheet: Any, values: Mapping[str, CellValue]) -> None:
    for row, column, rows in blocks(values):
        last = row + len(rows) - 1, column + len(rows[0]) - 1
        typed = [[as_typed(value) for value in line] for line in rows]
        sheet.range((row, column), last).value = typed if len(rows) > 1 or len(rows[0]) > 1 else typed[0][0]


@contextmanager
def _unlocked(sheet: Any) -> Iterator[None]:
    """Lift a sheet's protection, which has no password here, and put the same one back."""
    api = sheet.api
    if not (api.protect_contents.get() if ON_MAC else api.ProtectContents):
        yield
        return
    if ON_MAC:
        api.unprotect(password="")
    else:
        before = [api.ProtectDrawingObjects, True, api.ProtectScenarios, False]
        allowed = [getattr(api.Protection, name) for name in _ALLOWED]
        api.Unprotect("")
    try:
        yield
    finally:
        if ON_MAC:  # as the workbook is built
            api.protect_worksheet(worksheet_contents=True, allow_formatting_columns=True, allow_formatting_rows=True)
        else:
            api.Protect("", *before, *allowed)


def as_typed(value: CellValue) -> CellValue:
    """Return a value as a planner would type it: an apostrophe keeps text from becoming a formula, number or date."""
    if isinstance(value, str):
        return f"'{value}" if value else None
    return value


def blocks(values: Mapping[str, CellValue]) -> list[Block]:
    """Gather cells into blocks without holes: runs along a row, then equal runs below each other."""
    runs: list[Block] = []
    for (row, column), value in sorted((parse_place(address), value) for address, value in values.items()):
        if runs and runs[-1][0] == row and runs[-1][1] + len(runs[-1][2][0]) == column:
            runs[-1][2][0].append(value)
        else:
            runs.append((row, column, [[value]]))
    found: list[Block] = []
    below: dict[tuple[int, int], Block] = {}  # (first column, width) -> the block that a run may continue
    for row, column, (line,) in runs:
        block = below.get((column, len(line)))
        if block is not None and block[0] + len(block[2]) == row:
            block[2].append(line)
        else:
            found.append((row, column, [line]))
            below[column, len(line)] = found[-1]
    return found


@contextmanager
def _held_still(app: Any) -> Iterator[None]:
    """Hold screen, calculation and the user's hands still; calculate once at the end."""
    calculation = app.calculation
    if not ON_MAC:  # xlwings cannot, there
        app.interactive = False
    app.screen_updating = False
    try:
        app.calculation = "manual"
        yield
        app.calculate()
    finally:
        app.calculation = calculation
        app.screen_updating = True
        if not ON_MAC:
            app.interactive = True


def is_refused(error: BaseException) -> bool:
    """Whether Excel refused the call because a cell is being edited or a dialog is open."""
    if type(error).__name__ == "ExcelBusyError":  # xlwings', defined where there is Windows
        return True
    if getattr(error, "errornumber", None) == _EVENT_TIMEOUT:
        return True
    inner = getattr(error, "excepinfo", None)
    codes = {getattr(error, "hresult", None), inner[5] if inner and len(inner) > 5 else None}
    return not codes.isdisjoint(_REFUSALS)


def free_name(folder: Path, stem: str, suffix: str) -> Path:
    """Return a path that is not taken: `stem.suffix`, then `stem 2.suffix` and so on."""
    number, path = 1, folder / f"{stem}{suffix}"
    while path.exists():
        number += 1
        path = folder / f"{stem} {number}{suffix}"
    return path

