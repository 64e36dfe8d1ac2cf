"""The module `MmmResults`: what Python answers, made into what a cell takes.

* An error value arrives as the text of `xl_mmm.functions.sentinel`; it becomes Excel's own.
* A column of long text (a model) leaves as an array of `String`: one text over 255 characters in an array of `Variant`
  turns the whole result into #VALUE!.
"""

from __future__ import annotations

from xl_mmm.book.vba.writing import module
from xl_mmm.functions.cells import LONGEST
from xl_mmm.functions.sentinel import PREFIX

NAME = "MmmResults"
RESULT = "MmmResult"  # the function that wrappers call
SELF_TEST = "MMM_SelfTest"
SOUND = "sound"  # what the self-test begins with when all is well

ERRORS = {  # as the spreadsheet shows it -> VBA's constant
    "#NULL!": "xlErrNull",
    "#DIV/0!": "xlErrDiv0",
    "#VALUE!": "xlErrValue",
    "#REF!": "xlErrRef",
    "#NAME?": "xlErrName",
    "#NUM!": "xlErrNum",
    "#N/A": "xlErrNA",
}

_RESULTS = f"""
' Written by install/make_vba.py; do not edit.
Option Explicit

Private Const ERROR_TEXT As String = "{PREFIX}"
Private Const LONGEST As Long = {LONGEST}

Public Function {RESULT}(found As Variant) As Variant
    ' A single value, a row (one dimension) or a table (two), with Excel's own error values
    Select Case Dimensions(found)
        Case 0
            {RESULT} = OneCell(found)
        Case 1
            {RESULT} = OneRow(found)
        Case Else
            {RESULT} = Table(found)
    End Select
End Function

Private Function Dimensions(found As Variant) As Long
    Dim last As Long
    If Not IsArray(found) Then Exit Function
    Dimensions = 1
    On Error GoTo counted
    last = UBound(found, 2)
    Dimensions = 2
counted:
End Function

Private Function OneCell(value As Variant) As Variant
    OneCell = value
    If VarType(value) <> vbString Then Exit Function
    If Left$(value, Len(ERROR_TEXT)) <> ERROR_TEXT Then Exit Function
    Select Case Mid$(value, Len(ERROR_TEXT) + 1)
@errors@
        Case Else
            OneCell = CVErr(xlErrValue)
    End Select
End Function

Private Function OneRow(found As Variant) As Variant
    Dim given() As Variant
    Dim i As Long
    ReDim given(LBound(found) To UBound(found))
    For i = LBound(found) To UBound(found)
        given(i) = OneCell(found(i))
    Next i
    OneRow = given
End Function

Private Function Table(found As Variant) As Variant
    Dim given() As Variant
    Dim i As Long, j As Long
    If IsLongText(found) Then
        Table = Texts(found)
        Exit Function
    End If
    ReDim given(LBound(found, 1) To UBound(found, 1), LBound(found, 2) To UBound(found, 2))
    For i = LBound(found, 1) To UBound(found, 1)
        For j = LBound(found, 2) To UBound(found, 2)
            given(i, j) = OneCell(found(i, j))
        Next j
    Next i
    Table = given
End Function

Private Function IsLongText(found As Variant) As Boolean
    ' Whether all is text, none an error, and some of it too long for an array of Variant
    Dim i As Long, j As Long
    Dim isLong As Boolean
    For i = LBound(found, 1) To UBound(found, 1)
        For j = LBound(found, 2) To UBound(found, 2)
            If VarType(found(i, j)) <> vbString Then Exit Function
            If Left$(found(i, j), Len(ERROR_TEXT)) = ERROR_TEXT Then Exit Function
            If Len(found(i, j)) > LONGEST Then isLong = True
        Next j
    Next i
    IsLongText = isLong
End Function

Private Function Texts(found As Variant) As Variant
    Dim s() As String
    Dim i As Long, j As Long
    ReDim s(LBound(found, 1) To UBound(found, 1), LBound(found, 2) To UBound(found, 2))
    For i = LBound(found, 1) To UBound(found, 1)
        For j = LBound(found, 2) To UBound(found, 2)
            s(i, j) = found(i, j)
        Next j
    Next i
    Texts = s
End Function

Public Function {SELF_TEST}() As String
    ' "{SOUND}" and the version of xlwings, or what is wrong; needs no Python
    Dim block(0 To 1, 0 To 1) As Variant
    Dim lines(0 To 1, 0 To 0) As Variant
    Dim strip(0 To 1) As Variant
    Dim found As Variant
    Dim wrong As String

    block(0, 0) = 1.5
    block(0, 1) = "tv"
    block(1, 0) = ""
    block(1, 1) = ERROR_TEXT & "#N/A"
    found = {RESULT}(block)
    If found(0, 0) <> 1.5 Or found(0, 1) <> "tv" Or found(1, 0) <> "" Then wrong = wrong & " values in a table;"
    If Not IsError(found(1, 1)) Then
        wrong = wrong & " an error in a table;"
    ElseIf found(1, 1) <> CVErr(xlErrNA) Then
        wrong = wrong & " which error it is;"
    End If

    strip(0) = 2
    strip(1) = ERROR_TEXT & "#NUM!"
    found = {RESULT}(strip)
    If found(0) <> 2 Then wrong = wrong & " a value in a row;"
    If Not IsError(found(1)) Then wrong = wrong & " an error in a row;"
    If Not IsError({RESULT}(ERROR_TEXT & "#VALUE!")) Then wrong = wrong & " a single error;"
    If {RESULT}("#VALUE!") <> "#VALUE!" Then wrong = wrong & " text that looks like an error;"

    lines(0, 0) = String$(8000, "x")
    lines(1, 0) = ""
    found = {RESULT}(lines)
    If VarType(found) <> vbArray + vbString Then wrong = wrong & " the kind of long text;"
    If Len(found(0, 0)) <> 8000 Or found(1, 0) <> "" Then wrong = wrong & " long text;"

    If wrong = "" Then
        {SELF_TEST} = "{SOUND}, xlwings " & XLWINGS_VERSION
    Else
        {SELF_TEST} = "wrong:" & wrong
    End If
End Function
"""


def source() -> str:
    """Return the module's source."""
    errors = [line for text, name in ERRORS.items() for line in (
        f'        Case "{text}"', f"            OneCell = CVErr({name})",
    )]  # fmt: skip
    return module(NAME, _RESULTS.strip().replace("@errors@", "\n".join(errors)).splitlines())
