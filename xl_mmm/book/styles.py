"""One palette, one type scale, one set of cell styles and number formats for every sheet.

Blue on pale yellow is an input, ink on white a calculation, ink on a soft tint a result. One accent; gray for
reference; green, amber and red only for status and for up and down. Every figure is 10 point Calibri on a light rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from xl_mmm.report.text_width import text_width as text_width
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook

INK, MUTED, LINE, CANVAS = "#14213D", "#6B7280", "#E3E6EB", "#F6F7F9"
ACCENT, ACCENT_SOFT, REFERENCE = "#0F6E84", "#DCEEF2", "#B4BBC6"
UP, DOWN, CAUTION = "#2E8B57", "#C0504D", "#B7791F"
ACCENT_MID, DOWN_SOFT = "#8CC3CF", "#E3A9A7"  # light enough for ink labels
INPUT_INK, INPUT_FILL, INPUT_LINE = "#1D4ED8", "#FFFBE6", "#EADFB0"
WHITE = "#FFFFFF"
FONT = "Calibri"

# Media in stacked charts: cool to warm, neighbors apart in lightness; baseline and other stay gray.
MEDIA_COLORS = (
    "#0F6E84", "#E0A458", "#5B8E7D", "#8C4A5B", "#6C8EBF", "#C97B4A", "#2F4B7C", "#A3B18A", "#9C89B8", "#D4B483",
    "#3D9AA1", "#7D5A50",
)  # fmt: skip
BASE_COLOR = "#D5DAE1"
OTHER_COLOR = "#9AA3B0"

STATUS_COLORS = {n.PASS: UP, n.REVIEW: CAUTION, n.FAIL: DOWN, n.NOT_RUN: "#8A93A0"}
TAB_COLORS = {
    n.START: INK, n.DATA: CAUTION, n.ASSUMPTIONS: CAUTION, n.EXPERIMENTS: CAUTION, n.MODEL: REFERENCE,
    n.CONTRIBUTIONS: REFERENCE, n.ROI: REFERENCE, n.COMPARE: REFERENCE, n.CHART_DATA: REFERENCE,
    n.SCENARIOS: ACCENT, n.OPTIMIZER: ACCENT, n.REGIONS: ACCENT, n.PLAN: ACCENT, n.BOARD: ACCENT, n.CHECKS: INK,
    n.LOG: INK, n.GLOSSARY: INK,
}  # fmt: skip

TIMES_FORMAT = f'0.00"{n.TIMES}"'
TIMES_AXIS_FORMAT = f'0.0"{n.TIMES}"'
PERCENT_FORMAT = "0%"
PERCENT_1_FORMAT = "0.0%"
SIGNED_PERCENT_FORMAT = "+0%;-0%;0%"
WEEKS_FORMAT = '0.0" wk"'
DATE_FORMAT = "yyyy-mm-dd"
TIME_FORMAT = "yyyy-mm-dd hh:mm"
# A cell of the encoded model shows a label, not its 8,000 characters; its value is untouched.
ENCODED_FORMAT = '0;-0;0;"model text: part of the stored model, never edit"'

_LINE = {"bottom": 1, "bottom_color": LINE}
_INPUT = {"font_color": INPUT_INK, "bg_color": INPUT_FILL, "bottom": 1, "bottom_color": INPUT_LINE, "locked": False}

STYLES: dict[str, dict[str, Any]] = {
    "plain": {"align": "left"},
    "title": {"font_size": 18, "bold": True},
    "question": {"font_color": MUTED, "font_size": 10.5},
    "chip": {
        "bold": True,
        "font_size": 9.5,
        "font_color": WHITE,
        "bg_color": STATUS_COLORS[n.NOT_RUN],
        "align": "right",
        "indent": 1,
    },
    "stamp": {"font_color": MUTED, "font_size": 8.5, "align": "right"},
    "section": {"font_size": 12, "bold": True, "bottom": 2, "bottom_color": INK},
    "section_right": {
        "font_size": 9,
        "font_color": MUTED,
        "bottom": 2,
        "bottom_color": INK,
        "align": "right",
        "indent": 1,
    },
    "headline": {"font_size": 13, "bold": True},
    "th": {"bold": True, "font_color": WHITE, "bg_color": INK, "text_wrap": True, "align": "right", "indent": 1},
    "th_center": {"bold": True, "font_color": WHITE, "bg_color": INK, "text_wrap": True, "align": "center"},
    "th_left": {"bold": True, "font_color": WHITE, "bg_color": INK, "text_wrap": True, "align": "left", "indent": 1},
    "th_group": {
        "bold": True,
        "font_size": 9,
        "font_color": ACCENT,
        "bottom": 1,
        "bottom_color": ACCENT,
        "align": "left",
    },
    "role": {"font_size": 8.5, "font_color": MUTED, "align": "right", "indent": 1},
    "role_left": {"font_size": 8.5, "font_color": MUTED, "align": "left", "indent": 1},
    "td": {**_LINE, "align": "right", "indent": 1},
    "td_left": {**_LINE, "align": "left", "indent": 1},
    "td_bold": {**_LINE, "align": "right", "indent": 1, "bold": True},
    "td_wrap": {**_LINE, "align": "left", "indent": 1, "text_wrap": True, "valign": "top"},
    "td_wrap_bold": {**_LINE, "align": "left", "indent": 1, "text_wrap": True, "valign": "top", "bold": True},
    "td_top": {**_LINE, "align": "right", "indent": 1, "valign": "top"},
    "status": {**_LINE, "align": "center", "bold": True, "font_size": 9, "valign": "top"},
    "bare": {"align": "right", "indent": 1},
    "bare_left": {"align": "left", "indent": 1},
    "bare_bold": {"align": "right", "indent": 1, "bold": True},
    "bare_left_bold": {"align": "left", "indent": 1, "bold": True},
    "output": {**_LINE, "align": "right", "indent": 1, "bold": True, "bg_color": ACCENT_SOFT},
    "output_left": {**_LINE, "align": "left", "bold": True, "bg_color": ACCENT_SOFT, "indent": 1},
    "total": {
        "top": 1,
        "top_color": INK,
        "bottom": 1,
        "bottom_color": INK,
        "bold": True,
        "align": "right",
        "indent": 1,
    },
    "total_left": {
        "top": 1,
        "top_color": INK,
        "bottom": 1,
        "bottom_color": INK,
        "bold": True,
        "align": "left",
        "indent": 1,
    },
    "note": {**_LINE, "font_color": MUTED, "align": "left", "indent": 1},
    "input": {**_INPUT, "align": "right", "indent": 1},
    "input_left": {**_INPUT, "align": "left", "indent": 1},
    "input_bare": {
        "font_color": INPUT_INK,
        "bottom": 1,
        "bottom_color": LINE,
        "align": "right",
        "indent": 1,
        "locked": False,
    },
    "input_bare_left": {
        "font_color": INPUT_INK,
        "bottom": 1,
        "bottom_color": LINE,
        "align": "left",
        "indent": 1,
        "locked": False,
    },
    "kpi_label": {"font_color": MUTED, "font_size": 9.5, "top": 5, "top_color": ACCENT},
    "kpi": {"font_size": 20, "bold": True, "align": "left"},
    "kpi_sub": {"font_color": MUTED, "font_size": 9.5},
    "ask": {"font_color": MUTED, "font_size": 10, "bottom": 1, "bottom_color": LINE},
    "answer": {"font_size": 10.5, "bottom": 1, "bottom_color": LINE},
    "rule": {"bottom": 1, "bottom_color": LINE},
    "step": {
        "font_size": 15,
        "bold": True,
        "font_color": ACCENT,
        "align": "left",
        "indent": 1,
        "bottom": 1,
        "bottom_color": LINE,
    },
    "link": {"font_color": ACCENT, "underline": 1, "font_size": 10, "align": "left"},
    "link_right": {
        "font_color": ACCENT,
        "underline": 1,
        "font_size": 10,
        "align": "right",
        "bottom": 1,
        "bottom_color": LINE,
    },
    "verdict": {
        "bold": True,
        "font_size": 13,
        "font_color": WHITE,
        "bg_color": STATUS_COLORS[n.NOT_RUN],
        "align": "center",
    },
    "td_left_bold": {**_LINE, "align": "left", "indent": 1, "bold": True},
    "check": {"align": "right", "indent": 1},
    "check_left": {"align": "left", "indent": 1, "text_wrap": True},
    "check_status": {"align": "center", "bold": True, "font_size": 9},
    "step_text": {"font_size": 11, "bold": True, "bottom": 1, "bottom_color": LINE, "indent": 1, "align": "left"},
    "ask_plain": {"font_color": MUTED},
    "small": {"font_color": MUTED, "font_size": 9},
    "small_wrap": {"font_color": MUTED, "font_size": 9, "text_wrap": True, "valign": "top"},
    "code": {"font_color": MUTED, "font_size": 8.5, "align": "left"},
    "finding": {"font_size": 11, "bold": True},
    "board_title": {"font_size": 22, "bold": True},
    "board_headline": {"font_size": 15, "bold": True},
    "board_sure": {"font_size": 12, "font_color": MUTED},
    "board_kpi": {"font_size": 26, "bold": True, "align": "left"},
    "board_label": {"font_color": MUTED, "font_size": 11, "top": 5, "top_color": ACCENT},
    "board_sub": {"font_color": MUTED, "font_size": 10.5},
    "board_line": {"font_size": 11, "align": "left"},
    "to_sign": {"font_color": MUTED, "font_size": 10, "top": 1, "top_color": INK},
}

# Named cell styles shown in Excel's gallery, and the styles that carry them.
FAMILIES: dict[str, tuple[str, ...]] = {
    "MMM Input": ("input", "input_left", "input_bare", "input_bare_left"),
    "MMM Calculation": ("td", "td_left", "td_bold", "total", "total_left"),
    "MMM Output": ("output", "output_left"),
}


class Styles:
    """Formats of one workbook, made when first asked for."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, str | None], Format] = {}

    def get(self, name: str, number: str | None = None) -> Format:
        """Return the format of style `name` with an optional number format."""
        key = (name, number)
        if key not in self._made:
            properties = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "vcenter", **STYLES[name]}
            if number is not None:
                properties["num_format"] = number
            self._made[key] = self._book.add_format(properties)
        return self._made[key]

    def positions(self, family: str) -> list[int]:
        """Positions of the written cell formats that belong to a named cell style; known once the book is closed."""
        found = {made.xf_index for (style, _), made in self._made.items() if style in FAMILIES[family]}
        return sorted(position for position in found if position is not None)


@dataclass(frozen=True, slots=True)
class Scale:
    """Number format fitted to the size of a quantity.

    Attributes
    ----------
    number
        Excel number format.
    divisor
        What a shown number is divided by: 1, a thousand, a million or a billion.
    suffix
        Letters behind a shown number: nothing, `k`, `m` or `bn`.
    decimals
        Decimals shown.
    """

    number: str
    divisor: float
    suffix: str
    decimals: int

    @property
    def axis(self) -> str:
        """Number format of an axis: one decimal at most."""
        return self.number.replace("0.00", "0.0")

    @property
    def signed(self) -> str:
        """Number format of a difference."""
        return f"+{self.number};-{self.number};0"

    @property
    def finer(self) -> Scale:
        """The same with one more decimal, for small parts of the quantity."""
        if self.decimals > 1 or not self.suffix:
            return self
        more = self.number.replace("0.0", "0.00") if self.decimals else self.number.replace("##0", "##0.0")
        return replace(self, number=more, decimals=self.decimals + 1)

    def text(self, value: float, *, sign: bool = False) -> str:
        """Write `value` as the cells show it."""
        shown = f"{value / self.divisor:{'+' if sign else ''},.{self.decimals}f}{self.suffix}"
        return (
            shown.replace("-", "\N{MINUS SIGN}")
            if float(f"{value / self.divisor:.{self.decimals}f}")
            else shown.strip("+-")
        )


def scale_below(scale: Scale) -> Scale:
    """Return the scale in which a twelfth of what another one shows still has digits: thousands under millions."""
    return scale_for(scale.divisor / 10) if scale.divisor > 1e3 else scale_for(1e3) if scale.divisor > 1 else scale


def scale_for(largest: float) -> Scale:
    """Choose thousands, millions or plain figures so that `largest` shows at least three digits."""
    size = abs(largest)
    if size >= 1e9:
        return Scale('#,##0.0,,,"bn"', 1e9, "bn", 1) if size >= 1e10 else Scale('#,##0.00,,,"bn"', 1e9, "bn", 2)
    if size >= 1e6:
        return Scale('#,##0.0,,"m"', 1e6, "m", 1) if size >= 1e7 else Scale('#,##0.00,,"m"', 1e6, "m", 2)
    if size >= 1e5:
        return Scale('#,##0,"k"', 1e3, "k", 0)
    if size >= 1e3:
        return Scale("#,##0", 1.0, "", 0)
    return Scale("#,##0.00", 1.0, "", 2)
