"""Where the time ahead stands: on Plan, with its sentences and what its charts draw on ChartData."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.block import Block
from xl_mmm.posterior_text import LINE
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.layout import Layout

FIRST_ROW = 6  # of what stands under the sheet's header
AHEAD_ROWS = 15  # of a chart on Plan
CALENDAR_COL, CALENDAR_ROW = 16, 8  # on Plan, right of what is printed
VARIANCE_ROWS = 10
YEAR_ROWS = 57  # 53 weeks, and a period begun at either end, and two sums
TIMING_WORDS = 3  # sentences beside the optimized weeks
DRAWN = 12  # paid channels drawn by name, the largest
PACING_KEYS = ("channel", "planned", "spent", "difference", "pace", "left", "per_period", "year_at_pace")
YEAR_KEYS = (
    "period", "from", "to", "spend", "cash", "outcome", "low", "high", "carry_in", "profit", "kpi", "kpi_low",
    "kpi_high",
)  # fmt: skip


def variance_row() -> int:
    """Row of the header of plan against actual, under the two charts."""
    return FIRST_ROW + 2 * AHEAD_ROWS + 4


def year_row(channels: int) -> int:
    """Row of the header of the year by fiscal period."""
    return variance_row() + VARIANCE_ROWS + channels + 8


def flighted(layout: Layout) -> int:
    """Return the series of planned spend: channels drawn by name, and one more for all others where there are such."""
    return min(len(layout.channels), DRAWN) + int(len(layout.channels) > DRAWN)


def year_blocks(layout: Layout) -> dict[str, Block]:
    """Plan: variance and pace, the year; at the right, what is known, the weeks, the frozen plan; its sentences."""
    first, forecast, frozen = ahead_columns(layout)
    timing = timing_column(layout)
    weeks = ("date", *(f"w{i}" for i in range(forecast - first - 3)), "market")
    row, pace = variance_row() + 1, variance_row() + VARIANCE_ROWS + 4
    figures = 19 * layout.ahead * (2 * len(layout.channels) + len(layout.organic) + len(layout.controls) + 4)
    return {
        "year_words": Block(n.CHART_DATA, 8, 5, 3, ("text",)),
        "variance": Block(n.PLAN, row, 1, VARIANCE_ROWS, ("step", "kpi", "low", "high", "meaning")),
        "pacing": Block(n.PLAN, pace, 1, len(layout.channels) + 1, PACING_KEYS),
        "year": Block(n.PLAN, year_row(len(layout.channels)) + 1, 1, YEAR_ROWS, YEAR_KEYS),
        "weeks": Block(n.PLAN, CALENDAR_ROW + 1, first, layout.ahead, weeks),
        "forecast": Block(n.PLAN, CALENDAR_ROW + 1, forecast, layout.ahead, ("date", "kpi", "low", "high")),
        "frozen": Block(n.PLAN, CALENDAR_ROW + 1, frozen, layout.model_chunks + 2 + figures // LINE, ("text",)),
        "timing": Block(
            n.PLAN, CALENDAR_ROW + 1, timing, layout.ahead, ("date", *(f"t{i}" for i in range(len(layout.channels))))
        ),
        "timing_words": Block(n.PLAN, CALENDAR_ROW + 1, timing + len(layout.channels) + 2, TIMING_WORDS, ("text",)),
    }


def ahead_columns(layout: Layout) -> tuple[int, int, int]:
    """Return the columns on Plan where the weeks, their forecast and the frozen plan begin, beside `tblCalendar`."""
    first = CALENDAR_COL + len(n.calendar_headers(layout.channels, layout.controls)) + 1
    wide = len(layout.channels) + len(layout.exposures) + len(layout.organic) + len(layout.controls)
    forecast = first + wide + 3
    return first, forecast, forecast + 5


def timing_column(layout: Layout) -> int:
    """Return the column on Plan where the optimized weeks begin, right of the frozen plan."""
    return ahead_columns(layout)[2] + 2
