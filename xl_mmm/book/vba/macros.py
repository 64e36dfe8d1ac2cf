"""The module `MmmButtons`: a Sub for each button, and those that Python calls by name."""

from __future__ import annotations

from collections.abc import Iterable

from xl_mmm.book.vba.buttons import POLL, POLL_LATER, SAVE_COPY, Button
from xl_mmm.book.vba.writing import module, quoted

NAME = "MmmButtons"
TOLD = "MmmTold"  # function: the last message shown
STOP_POLLING = "MmmStopPolling"
PYTHON_MODULE = "xl_mmm.hosts.macros"
REMEDY = "Close Excel, run xl-mmm doctor in a terminal and do what it says. The workbook was not changed."

_HEAD = """
' Written by install/make_vba.py from the list of buttons; do not edit.
Option Explicit

Private lastMessage As String
Private nextPoll As Double
"""
_TAIL = f"""
Public Sub {POLL}()
    ' Excel does this every second while work is under way
    On Error GoTo failed
    nextPoll = 0
    RunPython "import {PYTHON_MODULE} as m; m.poll()"
    Exit Sub
failed:
    Tell "Looking after the work under way", Err.Description
End Sub

Public Sub {POLL_LATER}()
    On Error GoTo failed
    nextPoll = Now + TimeSerial(0, 0, 1)
    Application.OnTime nextPoll, PollMacro()
    Exit Sub
failed:
    Tell "Looking after the work under way", Err.Description
End Sub

Public Sub {STOP_POLLING}()
    ' Excel brings a closed workbook back for a macro that it still waits for
    On Error Resume Next
    If nextPoll <> 0 Then Application.OnTime nextPoll, PollMacro(), , False
    nextPoll = 0
End Sub

Public Sub {SAVE_COPY}(path As String)
    On Error GoTo failed
    ThisWorkbook.SaveCopyAs path
    Exit Sub
failed:
    Tell "Saving a copy", Err.Description
End Sub

Public Function {TOLD}() As String
    ' The last message shown; for support and tests
    {TOLD} = lastMessage
End Function

Private Function PollMacro() As String
    PollMacro = "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!{POLL}"
End Function

Private Sub Tell(what As String, why As String)
    lastMessage = what & " did not work: Python was not reached." & vbNewLine & vbNewLine & _
        {quoted(REMEDY)} & vbNewLine & vbNewLine & "Details: " & why
    MsgBox lastMessage, vbExclamation, "xl_mmm"
End Sub
"""


def source(buttons: Iterable[Button]) -> str:
    """Return the module's source."""
    lines = _HEAD.strip().splitlines()
    for button in buttons:
        lines += [
            "",
            f"Public Sub {button.macro}()",
            f"    ' {button.tooltip}",
            "    On Error GoTo failed",
            f'    RunPython "import {PYTHON_MODULE} as m; m.{button.function}()"',
            "    Exit Sub",
            "failed:",
            f"    Tell {quoted(button.caption)}, Err.Description",
            "End Sub",
        ]
    return module(NAME, [*lines, *_TAIL.rstrip().splitlines()])
