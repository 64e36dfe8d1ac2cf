"""The module `MmmDescriptions`: what the Function Wizard says about each function and argument."""

from __future__ import annotations

from collections.abc import Iterable

from xl_mmm.book.vba.writing import module, quoted, statement
from xl_mmm.functions import Function

NAME = "MmmDescriptions"
DESCRIBE = "MmmDescribeFunctions"
CATEGORY = "xl_mmm"  # heading in Excel's list of functions
LONGEST = 255  # characters that Application.MacroOptions takes

_ONE = f"""
Private Sub Describe(name As String, description As String, ParamArray arguments() As Variant)
    ' Excel may refuse; then the functions work without their help texts
    Dim book As String
    Dim helps As Variant
    On Error Resume Next
    book = "'" & Replace(ThisWorkbook.Name, "'", "''") & "'!"
    If UBound(arguments) < LBound(arguments) Then
        Application.MacroOptions Macro:=book & name, Description:=description, Category:="{CATEGORY}"
    Else
        helps = arguments
        Application.MacroOptions Macro:=book & name, Description:=description, Category:="{CATEGORY}", _
            ArgumentDescriptions:=helps
    End If
End Sub
"""


def source(functions: Iterable[Function]) -> str:
    """Return the module's source.

    Raises
    ------
    ValueError
        A text is longer than Excel takes.
    """
    lines = [
        "' Written by install/make_vba.py from the registry of functions; do not edit.",
        "Option Explicit",
        "Option Private Module",
        "",
        f"Public Sub {DESCRIBE}()",
    ]
    for function in functions:
        texts = [function.help, *(argument.help for argument in function.arguments)]
        if max(map(len, texts)) > LONGEST:
            raise ValueError(f"{function.name}: a help text has more than {LONGEST} characters.")
        lines += statement(f'    Describe "{function.name}",', [quoted(text) for text in texts])
    return module(NAME, [*lines, "End Sub", *_ONE.rstrip().splitlines()])
