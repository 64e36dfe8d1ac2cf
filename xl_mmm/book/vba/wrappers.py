"""The module `xlwings_udfs`: one VBA function for each record of the registry.

It is what xlwings itself would generate, but for errors: where Python cannot be reached, and on macOS, where xlwings
has no functions, a cell shows an error value; never text, which `SUM` skips.
"""

from __future__ import annotations

from collections.abc import Iterable

from xl_mmm.book.vba.results import RESULT
from xl_mmm.book.vba.writing import argument_name, module
from xl_mmm.functions import Argument, Function

NAME = "xlwings_udfs"  # xlwings replaces the module of this name on "Import Functions"
UDF_MODULE = "xl_mmm.hosts.classic"


def source(functions: Iterable[Function]) -> str:
    """Return the module's source."""
    lines = ["' Written by install/make_vba.py from the registry of functions; do not edit.", "Option Explicit"]
    for function in functions:
        lines += ["", *wrapper(function)]
    return module(NAME, lines)


def wrapper(function: Function) -> list[str]:
    """Return the lines of one function."""
    name = function.name
    given = ", ".join(argument_name(argument.name) for argument in function.arguments)
    return [
        f"Function {name}({', '.join(map(_declared, function.arguments))})",
        "#If Mac Then",
        f"    {name} = CVErr(xlErrNA)",
        "#Else",
        "    If TypeOf Application.Caller Is Range Then On Error GoTo failed",
        f"    {name} = {RESULT}( _",
        f'        XLPy.CallUDF("{UDF_MODULE}", "{name}", Array({given}), ThisWorkbook, Application.Caller))',
        "    Exit Function",
        "failed:",
        f"    {name} = CVErr(xlErrValue)",
        "#End If",
        "End Function",
    ]


def _declared(argument: Argument) -> str:
    return ("Optional " if argument.optional else "") + argument_name(argument.name)
