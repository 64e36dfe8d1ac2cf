"""The VBA project's parts that are ours: document modules and source of every module, in order."""

from __future__ import annotations

from collections.abc import Mapping

from xl_mmm.book.conf_sheet import CONF
from xl_mmm.book.vba import descriptions, macros, results, wrappers
from xl_mmm.book.vba.buttons import BUTTONS
from xl_mmm.functions import FUNCTIONS, Function
from xl_mmm.tables import names

WORKBOOK = "ThisWorkbook"

_EVENTS = f"""
Option Explicit

Private Sub Workbook_Open()
    ' Help texts are no change of the workbook: closing it asks for nothing
    On Error Resume Next
    {descriptions.DESCRIBE}
    ThisWorkbook.Saved = True
End Sub

Private Sub Workbook_BeforeClose(Cancel As Boolean)
    {macros.STOP_POLLING}
End Sub
"""


def code_names() -> dict[str, str]:
    """Return sheet -> the name of its document module, in the order of the sheets."""
    return {sheet: f"Sheet{number}" for number, sheet in enumerate((*names.SHEETS, CONF), start=1)}


def events() -> str:
    """Return the body of the workbook's own module."""
    return "".join(f"{line}\r\n" for line in _EVENTS.strip().splitlines())


def modules(functions: Mapping[str, Function] = FUNCTIONS) -> dict[str, str]:
    """Return the standard modules, name -> source with its header."""
    return {
        wrappers.NAME: wrappers.source(functions.values()),
        results.NAME: results.source(),
        descriptions.NAME: descriptions.source(functions.values()),
        macros.NAME: macros.source(BUTTONS),
    }
