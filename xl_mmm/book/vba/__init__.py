"""The workbook's VBA: generated as text, built into `vbaProject.bin` by install/make_vba.py, attached to a workbook.

The committed project holds the generated wrappers of all functions, their help, the buttons' macros, and xlwings'
standalone module; tests compare it with the generator, module by module.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.vba.buttons import BUTTONS, BY_FUNCTION, POLL, POLL_LATER, SAVE_COPY, Button
from xl_mmm.book.vba.project import WORKBOOK, code_names
from xl_mmm.errors import MmmError
from xl_mmm.tables.names import REGIONS

if TYPE_CHECKING:
    import xlsxwriter

__all__ = ["BUTTONS", "BY_FUNCTION", "POLL", "POLL_LATER", "PROJECT", "SAVE_COPY", "Button", "attach"]

PROJECT = Path(__file__).with_name("vbaProject.bin")


def attach(book: xlsxwriter.Workbook) -> None:
    """Give a workbook its macros; call it when all sheets are there.

    Raises
    ------
    MmmError
        Its sheets are not those that the macros were built for.
    """
    wanted = code_names()
    sheets = {sheet.get_name(): sheet for sheet in book.worksheets()}
    if [name for name in sheets if name != REGIONS] != list(wanted):
        raise MmmError(f"The macros are built for the sheets {', '.join(wanted)}; there are {', '.join(sheets)}.")
    book.add_vba_project(str(PROJECT))
    book.set_vba_name(WORKBOOK)
    wanted[REGIONS] = f"Sheet{len(wanted) + 1}"  # in some books only: the project holds no module for it
    for name, sheet in sheets.items():
        sheet.set_vba_name(wanted[name])
