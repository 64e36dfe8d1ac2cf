"""Buttons on the sheets where a planner looks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.vba.buttons import BUTTONS, BY_FUNCTION, REGIONAL
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.canvas import Page
    from xl_mmm.book.sheets.desk import Desk
    from xl_mmm.book.vba.buttons import Button

ROW = 3  # the empty row under the header, on every sheet
WIDTH, HEIGHT, GAP = 118, 24, 8  # pixels
WHERE: dict[str, tuple[str, ...]] = {  # sheet -> functions of `hosts.macros`
    n.START: tuple(button.function for button in BUTTONS if button.function != REGIONAL),
    n.DATA: ("check",),
    n.ASSUMPTIONS: ("fit",),
    n.MODEL: ("fit", "cancel"),
    n.COMPARE: ("compare", "cancel"),
    n.SCENARIOS: ("scenarios",),
    n.OPTIMIZER: ("optimize", "cancel"),
    n.REGIONS: (REGIONAL, "cancel"),
    n.PLAN: ("weeks", "freeze", "cancel"),
    n.CHECKS: ("check",),
}


def draw(desk: Desk) -> None:
    """Place every button, on the sheets that the book has."""
    for name, functions in WHERE.items():
        if name not in desk.canvas.pages:
            continue
        page = desk.canvas.pages[name]
        page.height(ROW, 22)
        _row(page, [BY_FUNCTION[function] for function in functions])


def _row(page: Page, buttons: list[Button]) -> None:
    """Place buttons side by side from the second column on."""
    for i, button in enumerate(buttons):
        look = {"width": WIDTH, "height": HEIGHT, "x_offset": i * (WIDTH + GAP), "y_offset": 2}
        page.sheet.insert_button(ROW, 1, {**button.options, **look})
