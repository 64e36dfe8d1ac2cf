"""What the charts of two plans read: the steps of a bridge, and each channel's parts.

Steps start at nothing and end at the difference, so they may lie above zero, below it, or across. A bar from one level
to the next is drawn in two halves, above and below zero, each on a hidden base of its own side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.block_keys import SPLITS
from xl_mmm.book.canvas import nothing, when_run
from xl_mmm.report.findings import NAME_LENGTH

if TYPE_CHECKING:
    from xl_mmm.book.canvas import Page
    from xl_mmm.book.layout import Block
    from xl_mmm.book.sheets.desk import Desk


def draw(desk: Desk, page: Page) -> None:
    """Draw both feeds."""
    _steps(desk, page)
    _splits(desk, page)


def _steps(desk: Desk, page: Page) -> None:
    """From A to B: one row a reason, and the difference."""
    block, reasons = desk.layout.blocks["steps"], desk.layout.blocks["bridge_reasons"]
    last, number = block.height - 1, desk.outcome_scale.number
    for i in range(block.height):
        change, level = block.cell("change", i), block.cell("level", i)
        before = block.cell("level", i - 1) if 0 < i < last else "0"
        top, bottom = f"MAX({before},{level})", f"MIN({before},{level})"
        above, below = f"MAX({top},0)-MAX({bottom},0)", f"MIN({bottom},0)-MIN({top},0)"
        own = change if i == last else f"{before}+{change}"
        whole = i == last
        value = reasons.cell("value", i + 1)
        amount = value if not whole else f"{reasons.cell('value', i + 1)}-{reasons.cell('value')}"
        name = '"Difference"' if whole else reasons.cell("part", i + 1)
        formulas = {
            "part": _label(desk, name, change),
            "change": f"IF({nothing(value)},0,{amount})",
            "level": own,
            "base_up": "0" if whole else f"MAX({bottom},0)",
            "base_down": "0" if whole else f"MIN({top},0)",
            "up": f"IF({change}>0,{above},0)" if not whole else "0",
            "up_below": f"IF({change}>0,{below},0)" if not whole else "0",
            "down": f"IF({change}<0,{above},0)" if not whole else "0",
            "down_below": f"IF({change}<0,{below},0)" if not whole else "0",
            "total": change if whole else "0",
        }
        _fill(page, block, i, formulas, number)


def _splits(desk: Desk, page: Page) -> None:
    """Each channel's parts."""
    block, channels = desk.layout.blocks["splits"], desk.layout.blocks["bridge_channels"]
    for i in range(block.height):
        formulas = {"part": _cut(channels.cell("part", i))}
        for key in SPLITS:
            value = channels.cell(key, i)
            formulas[key] = f"IF({nothing(value)},0,{value})"
        _fill(page, block, i, formulas, desk.outcome_scale.number)


def _fill(page: Page, block: Block, i: int, formulas: dict[str, str], number: str) -> None:
    for key in block.keys:
        style = ("td_left", None) if key == "part" else ("td", number)
        page.put(*block.place(key, i), when_run(formulas[key]), *style)


def _label(desk: Desk, name: str, change: str) -> str:
    """Write a step with its amount, signed."""
    scale = desk.outcome_scale.finer
    shown = f'FIXED(ABS({change})/{scale.divisor:.0f},{scale.decimals})&"{scale.suffix}"'
    return f'{_cut(name)}&IF({change}=0,""," "&IF({change}<0,"\N{MINUS SIGN}","+")&{shown})'


def _cut(name: str) -> str:
    """Cut a long name for an axis."""
    return f'IF(LEN({name})>{NAME_LENGTH},LEFT({name},{NAME_LENGTH - 1})&"…",{name})'
