"""The `xlwings.conf` sheet and the file beside the workbook: which Python runs is not the workbook's to choose.

xlwings obeys a workbook's own configuration before any of our code runs. It reads column A from A1 down to the first
blank cell and takes a key that is missing there from an `xlwings.conf` beside the book: so a sheet holds every key. A
key that is there but blank counts as blank. Values become parts of commands: what is not shipped, and not a path into
this environment, is refused. Keys that xlwings does not know are ignored by it and by us.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.sheet_cells import read_sheet
from xl_mmm.errors import CellError
from xl_mmm.rules import is_blank, shown
from xl_mmm.tables.cell_values import place_name
from xl_mmm.tables.faults import FAIL, AddressedFault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.book.contents import Book

CONF = "xlwings.conf"
OWN_MODULES = "xl_mmm"
INTERPRETER_WIN, INTERPRETER_MAC = "INTERPRETER_WIN", "INTERPRETER_MAC"
TEMPORARY = "%TEMP%"  # a blank would have xlwings write its log into the root of the drive

# Every key that xlwings' VBA module and its Python read, with the value shipped. Blank interpreters start nothing:
# `bootstrap.py excel` writes them.
_SHIPPED: dict[str, str | bool] = {
    INTERPRETER_WIN: "",
    INTERPRETER_MAC: "",
    "INTERPRETER": "",
    "PYTHONPATH": "",
    "CONDA PATH": "",
    "CONDA ENV": "",
    "UDF MODULES": "xl_mmm.hosts.classic",
    "USE UDF SERVER": True,
    "DEBUG UDFS": False,
    "SHOW CONSOLE": False,
    "SHOW_ERROR_POPUPS": True,
    "ADD_WORKBOOK_TO_PYTHONPATH": False,
    "TEMP DIR": TEMPORARY,
    "LICENSE_KEY": "",
    "ONEDRIVE_CONSUMER_WIN": "",
    "ONEDRIVE_CONSUMER_MAC": "",
    "ONEDRIVE_COMMERCIAL_WIN": "",
    "ONEDRIVE_COMMERCIAL_MAC": "",
    "SHAREPOINT_WIN": "",
    "SHAREPOINT_MAC": "",
}
_PATHS = frozenset({INTERPRETER_WIN, INTERPRETER_MAC, "INTERPRETER", "PYTHONPATH"})
_MODULES = "UDF MODULES"
_NEVER = frozenset({"CONDA PATH", "CONDA ENV", "LICENSE_KEY"})  # their text is put into a command as it stands
_OFF = frozenset({"ADD_WORKBOOK_TO_PYTHONPATH", "DEBUG UDFS"})
_TEMPORARY_FOLDER = "TEMP DIR"
_CLOUD = ("ONEDRIVE_", "SHAREPOINT_")  # where a synchronized folder lies; only the name of the workbook comes of it
_COMMAND_SIGNS = frozenset("\"'&|<>^;%$`\n\r")
_REMEDY = "Clear the value, unless you know who wrote it; it decides which program runs on your machine."


def conf_rows(interpreter: str = "", interpreter_mac: str = "") -> list[tuple[str, str | bool]]:
    """Return the rows of the sheet, key and value, from A1 down: every key, as shipped.

    Parameters
    ----------
    interpreter, interpreter_mac
        Path of the Python that Windows and macOS start; blank starts none.
    """
    return list((_SHIPPED | {INTERPRETER_WIN: interpreter, INTERPRETER_MAC: interpreter_mac}).items())


def read_conf(book: Book) -> dict[str, object] | None:
    """Return what xlwings finds in the sheet: key in capitals -> value; None when the book has no such sheet.

    Raises
    ------
    CellError
        A key stands there twice, which stops xlwings; or keys stand below a blank cell, which it does not see.
    """
    sheet = next((sheet for sheet in book.sheets if sheet.casefold() == CONF), None)
    if sheet is None:
        return None
    cells = read_sheet(book, sheet).values
    found: dict[str, object] = {}
    last = max((row for row, values in cells.items() if not is_blank(values.get(1))), default=0)
    for row in range(1, last + 1):
        values = cells.get(row, {})
        key = values.get(1)
        if is_blank(key):
            raise CellError(f"{sheet}!A{row} is blank, so xlwings reads none of the keys below it. Delete the row.")
        if str(key).upper() in found:
            raise CellError(f"{sheet}!A{row}: {key} stands there twice, which stops xlwings. Delete the row.")
        found[str(key).upper()] = values.get(2)
    return found


def missing_keys(conf: Mapping[str, object]) -> list[str]:
    """Return the keys that xlwings would look for outside the workbook."""
    return [key for key in _SHIPPED if key not in conf]


def write_conf(path: str | Path, values: Mapping[str, str | bool]) -> None:
    """Write values into a workbook's sheet; everything else in the file keeps its bytes.

    Raises
    ------
    CellError
        The book has no such sheet or no such key, or cannot be written; it is as it was then.
    """
    from xl_mmm.book.contents import open_book
    from xl_mmm.book.gate import pass_gate
    from xl_mmm.book.writer import write_cells

    gated = pass_gate(path)
    book = open_book(gated)
    conf = read_conf(book)
    if conf is None:
        raise CellError(f"{gated.path.name} has no sheet '{CONF}'. Take the workbook that xl_mmm ships.")
    absent = [key for key in values if key not in conf]
    if absent:
        message = f"{gated.path.name}: sheet '{CONF}' has no row {absent[0]}. Take the workbook that xl_mmm ships."
        raise CellError(message)
    sheet = next(sheet for sheet in book.sheets if sheet.casefold() == CONF)
    rows = {key: row for row, key in enumerate(conf, start=1)}
    cells = {place_name(rows[key], 2): None if value == "" else value for key, value in values.items()}
    write_cells(path, {sheet: cells}, owned={sheet: list(cells)}, expected_sha=gated.sha)


def conf_faults(book: Book) -> list[AddressedFault]:
    """Return the configuration values that lead to foreign code."""
    faults = []
    for sheet in book.sheets:
        if sheet.strip().casefold() not in {CONF, f"_{CONF}"}:
            continue
        cells = read_sheet(book, sheet)
        for row, values in sorted(cells.values.items()):
            key, value = values.get(1), values.get(2)
            if isinstance(key, str) and _foreign(key, value):
                faults.append(_fault(sheet, row, key, value))
    beside = book.package.path.with_name(CONF)
    if beside.is_file():
        faults += _file_faults(beside)
    return faults


def _file_faults(path: Path) -> list[AddressedFault]:
    try:
        lines = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeError, csv.Error) as error:
        message = f"The configuration file {CONF} beside the workbook cannot be read ({error})."
        return [AddressedFault("foreign_code", FAIL, "", 0, 0, "", None, message, "Remove it.")]
    return [
        AddressedFault(
            "foreign_code", FAIL, "", 0, 0, "", line[1],
            f"The file {CONF} beside the workbook sets {line[0].strip()} to {shown(line[1])}, which is foreign code.",
            _REMEDY,
        )
        for line in lines
        if len(line) > 1 and _foreign(line[0], line[1])
    ]  # fmt: skip


def _fault(sheet: str, row: int, key: str, value: object) -> AddressedFault:
    message = f"{key.strip()} is set to {shown(value)}, which is foreign code."
    return AddressedFault("foreign_code", FAIL, sheet, row, 2, key.strip(), value, message, _REMEDY)


def _foreign(key: str, value: object) -> bool:
    key = key.strip().upper()
    if is_blank(value):
        return False
    text = str(value).strip()
    if key in _PATHS:
        return not _inside_environment(text)
    if key in _NEVER:
        return True
    if key == _MODULES:
        modules = [module.strip() for module in text.split(";") if module.strip()]
        return any(module != OWN_MODULES and not module.startswith(OWN_MODULES + ".") for module in modules)
    if key in _OFF:
        return text.casefold() not in {"false", "0", "no"}
    if key == _TEMPORARY_FOLDER:
        return text.upper() != TEMPORARY
    return key.startswith(_CLOUD) and not _COMMAND_SIGNS.isdisjoint(text)


def _inside_environment(text: str) -> bool:
    """Return whether a path is this environment's Python or lies in it."""
    if ";" in text:
        return all(_inside_environment(piece) for piece in text.split(";") if piece.strip())
    path = Path(text.strip())
    if not path.is_absolute() or ".." in path.parts:
        return False
    if path == Path(sys.executable):
        return True
    return path.is_relative_to(sys.prefix) and _COMMAND_SIGNS.isdisjoint(str(path.relative_to(sys.prefix)))
