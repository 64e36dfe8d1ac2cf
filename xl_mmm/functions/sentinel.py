"""Error values as text, for hosts whose results cannot hold them: classic Excel, where the VBA wrapper turns it back.

xlwings hands results over as numbers and text only, and plain error text would be skipped by `SUM`. So every error
travels as a text that no cell holds by chance; the wrapper in the workbook makes Excel's own error value of it.
"""

from __future__ import annotations

from xl_mmm.rules import CellErrorValue

PREFIX = "MMM_ERROR "  # followed by the code as the spreadsheet shows it


def sentinel(error: CellErrorValue) -> str:
    """Return the text that stands for an error.

    Examples
    --------
    >>> sentinel(CellErrorValue("#N/A"))
    'MMM_ERROR #N/A'
    """
    return PREFIX + error.code
