"""Excel's functions, without Excel: cells in, one call into the core, cells out.

The registry is plain data (`FUNCTIONS`): hosts bind it, the help and the Function Wizard are printed from it, contract
tests loop over it. Nothing here knows a host or a file.
"""

from __future__ import annotations

from xl_mmm.functions.call import call
from xl_mmm.functions.cells import BLANK, NOT_AVAILABLE, NUMBER, VALUE, Cell, Cells
from xl_mmm.functions.record import Argument, Function
from xl_mmm.functions.registry import FUNCTIONS

__all__ = [
    "BLANK",
    "FUNCTIONS",
    "NOT_AVAILABLE",
    "NUMBER",
    "VALUE",
    "Argument",
    "Cell",
    "Cells",
    "Function",
    "call",
]
