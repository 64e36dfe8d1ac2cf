"""The `xlwings.conf` sheet and the file beside the workbook: which Python runs is not the workbook's to choose.

xlwings obeys a workbook's own configuration before any of our code runs, and keys missing in the sheet fall through
to an `xlwings.conf` beside the book. A value that leads out of this environment is refused.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.sheet_cells import read_sheet
from xl_mmm.rules import is_blank, shown
from xl_mmm.tables.faults import FAIL, AddressedFault

if TYPE_CHECKING:
    from xl_mmm.book.contents import Book

CONF = "xlwings.conf"
OWN_MODULES = "xl_mmm"
_PYTHONS = frozenset({"INTERPRETER", "INTERPRETER_WIN", "INTERPRETER_MAC"})
_PATHS = frozenset({"PYTHONPATH", "CONDA PATH", "CONDA ENV"})
_MODULES = "UDF MODULES"
_ADD_FOLDER = "ADD_WORKBOOK_TO_PYTHONPATH"
_REMEDY = "Clear the value, unless you know who wrote it; it decides which program runs on your machine."


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
    if key in _PYTHONS | _PATHS:
        return not _inside_environment(text)
    if key == _MODULES:
        modules = [module.strip() for module in text.split(";") if module.strip()]
        return any(module != OWN_MODULES and not module.startswith(OWN_MODULES + ".") for module in modules)
    return key == _ADD_FOLDER and text.casefold() in {"true", "1", "yes"}


def _inside_environment(text: str) -> bool:
    """Return whether a path is this environment's Python or lies in it."""
    if ";" in text:
        return all(_inside_environment(piece) for piece in text.split(";") if piece.strip())
    path = Path(text.strip())
    if not path.is_absolute() or ".." in path.parts:
        return False
    return path == Path(sys.executable) or path.is_relative_to(sys.prefix)
