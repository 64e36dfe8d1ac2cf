"""Where every result stands: blocks of owned cells, derived from the names of channels and controls and a few sizes.

A block is a rectangle that `run` may write; everything else in the book belongs to the planner or the builder. Rows and
columns are counted from zero here and become `B7` only in addresses. The sizes travel in the book as one line of text
(`Layout.stamp`), so that a later run finds the same cells even after rows were added to `tblData`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from xl_mmm.errors import CellError
from xl_mmm.report.chart_titles import CURVES, TITLES
from xl_mmm.tables import names as n

TOP = 4  # rows of the header band on every sheet
MODEL_ROW = 7  # the model value stands in Model!B8:B71
STATISTICS = 20
CHECK_ROWS = 80
RUN_ROWS = 40
BODY = 6  # first row of the main table on most sheets
CHART_ROWS = 17  # rows covered by a chart of ordinary height
CURVE_ROWS = 12
CURVE_POINTS = 21
CHART_PERIODS = 104
CHART_CHANNELS = 12
SIDE_BY_SIDE = 8  # channels up to which two charts share a row
SPARE_PERIODS = 104  # rows kept free for refreshes
SPARE_SCENARIOS = 4
STAMP_VERSION = "layout 1"
REMEDY = "Build the book again with xl-mmm new."


def letters(col: int) -> str:
    """Column letters of a zero-based column number: 0 -> A, 26 -> AA."""
    text = ""
    col += 1
    while col:
        col, rest = divmod(col - 1, 26)
        text = chr(65 + rest) + text
    return text


def component_name(component: str) -> str:
    """Head a component: `carry_in` -> Carry-in; media and controls keep their own names."""
    return {"baseline": "Baseline", "carry_in": "Carry-in", "residual": "Residual"}.get(component, component)


@dataclass(frozen=True, slots=True)
class Block:
    """A rectangle of owned cells with one key per column.

    Attributes
    ----------
    sheet
        Sheet name.
    row, col
        Zero-based place of the first cell.
    height
        Number of rows.
    keys
        Column keys from left to right.
    """

    sheet: str
    row: int
    col: int
    height: int
    keys: tuple[str, ...]

    def place(self, key: str, i: int = 0) -> tuple[int, int]:
        """Zero-based row and column of row `i` under `key`."""
        return self.row + i, self.col + self.keys.index(key)

    def address(self, key: str, i: int = 0, *, absolute: bool = False) -> str:
        """Address on the block's own sheet: `B7`, or `$B$7`."""
        row, col = self.place(key, i)
        return f"${letters(col)}${row + 1}" if absolute else f"{letters(col)}{row + 1}"

    def cell(self, key: str, i: int = 0) -> str:
        """Absolute reference with the sheet: `ROI!$B$7`."""
        return f"{self.sheet}!{self.address(key, i, absolute=True)}"

    def column(self, key: str, rows: int | None = None) -> str:
        """Absolute reference to the first `rows` cells under `key` (all by default): `ROI!$B$7:$B$11`."""
        last = (self.height if rows is None else rows) - 1
        return f"{self.cell(key)}:{self.address(key, last, absolute=True)}"

    @property
    def ref(self) -> str:
        """The whole rectangle: `B7:F11`."""
        return f"{self.address(self.keys[0])}:{self.address(self.keys[-1], self.height - 1)}"

    def cells(self) -> Iterator[tuple[int, int, str]]:
        """Every place with its key, row by row."""
        for i in range(self.height):
            for j, key in enumerate(self.keys):
                yield self.row + i, self.col + j, key


@dataclass(frozen=True, slots=True)
class Layout:
    """Names and sizes that fix every block.

    Attributes
    ----------
    channels, organic, controls
        Names in the book's order: paid channels, organic media, controls.
    periods
        Periods of the window when the book was built.
    scenarios
        Rows kept for scenario results.
    """

    channels: tuple[str, ...]
    organic: tuple[str, ...]
    controls: tuple[str, ...]
    periods: int
    scenarios: int

    @property
    def media(self) -> tuple[str, ...]:
        """Paid channels, then organic media."""
        return self.channels + self.organic

    @property
    def capacity(self) -> int:
        """Rows of the weekly decomposition, spare ones included."""
        return self.periods + SPARE_PERIODS

    @property
    def chart_periods(self) -> int:
        """Periods drawn: the last 104 at most."""
        return min(self.periods, CHART_PERIODS)

    @property
    def drawn(self) -> int:
        """Media drawn by name."""
        return min(len(self.media), CHART_CHANNELS)

    @property
    def has_other(self) -> bool:
        """Whether the smallest media are drawn together."""
        return len(self.media) > CHART_CHANNELS

    @property
    def curves(self) -> int:
        """Response curves drawn: the channels with the largest spend."""
        return min(len(self.channels), CURVES)

    @property
    def components(self) -> tuple[str, ...]:
        """Columns that sum to the KPI."""
        return ("baseline", *self.controls, "carry_in", *self.media, "residual")

    @property
    def stamp(self) -> str:
        """The sizes as one line of text, kept in the book."""
        return f"{STAMP_VERSION}; periods {self.periods}; scenarios {self.scenarios}"

    @classmethod
    def from_stamp(
        cls, stamp: object, channels: tuple[str, ...], organic: tuple[str, ...], controls: tuple[str, ...]
    ) -> Layout:
        """Rebuild the layout of an existing book from the line kept at `STAMP_CELL`.

        Raises
        ------
        CellError
            When the line was changed or comes from another version.
        """
        parts = [part.strip() for part in str(stamp).split(";")]
        sizes = dict(part.rsplit(" ", 1) for part in parts[1:] if " " in part)
        if parts[0] != STAMP_VERSION or not {"periods", "scenarios"} <= sizes.keys():
            raise CellError(f"{n.CHART_DATA}!{STAMP_CELL}: {stamp!r} is not this version's layout line. {REMEDY}")
        try:
            periods, scenarios = int(sizes["periods"]), int(sizes["scenarios"])
        except ValueError:
            raise CellError(f"{n.CHART_DATA}!{STAMP_CELL}: {stamp!r} holds no whole sizes. {REMEDY}") from None
        return cls(channels, organic, controls, periods, scenarios)

    @property
    def blocks(self) -> dict[str, Block]:
        """All owned blocks by name."""
        return {**_start(), **_model(self), **_workings(self), **_plans(self), **_feeds(self)}

    def contributions_row(self) -> int:
        """Row of the weekly table's header."""
        bridge_rows = max(len(self.components) + 2, CHART_ROWS)
        return TOP + 1 + CHART_ROWS + 2 + bridge_rows + 2

    def roi_charts_row(self) -> int:
        """Row under the first ROI table where the charts begin."""
        return BODY + len(self.channels) + 3

    @property
    def many(self) -> bool:
        """Whether charts by channel need a full width each."""
        return len(self.channels) > SIDE_BY_SIDE

    @property
    def tall(self) -> int:
        """Rows of a chart with two bars a channel."""
        return max(CHART_ROWS, len(self.channels) + 8)

    def curves_row(self) -> int:
        """Row of the first response curves."""
        return self.roi_charts_row() + CHART_ROWS + (self.tall if self.many else 0)

    def roi_second_row(self) -> int:
        """Row of the second ROI table's header."""
        bands = -(-self.curves // 3)
        return self.curves_row() + bands * CURVE_ROWS + 2

    def scenarios_table_row(self) -> int:
        """Row of the header of `tblScenarios`."""
        return BODY + self.scenarios + 1 + CHART_ROWS + 3

    def optimizer_charts_row(self) -> int:
        """Row under the plan where chart and certificate begin."""
        return BODY + 2 + len(self.channels) + 3

    def constraints_row(self) -> int:
        """Row of the header of `tblConstraints`."""
        return self.optimizer_charts_row() + self.tall + 3


STAMP_CELL = "C5"
ANSWERS = ("next_money", "saturated", "pays", "sure", "plan")
CERTIFICATE = ("outcome_today", "outcome_plan", "gain", "budget", "feasible", "kkt", "shadow_price", "binding")
ROI_KEYS = (
    "channel", "spend", "revenue", "roi", "roi_low", "roi_high", "p_above_breakeven", "net_roi", "mroi", "mroi_low",
    "mroi_high", "cpik",
)  # fmt: skip
WORK_KEYS = (
    "channel", "contribution", "contribution_share", "effect_share", "spend_share", "roi_median", "roi_long",
    "elasticity", "saturation", "half_life", "carried", "data_share",
)  # fmt: skip
SCENARIO_KEYS = (
    "scenario", "spend", "outcome", "low", "high", "difference", "difference_low", "difference_high", "p_better",
    "profit", "profit_difference",
)  # fmt: skip
CHECK_KEYS = ("check", "value", "threshold", "status", "message", "action")
PLAN_KEYS = ("channel", "today", "plan", "change", "change_share", "least", "most", "mroi_today", "mroi", "bound")


def _start() -> dict[str, Block]:
    return {
        "headline": Block(n.START, TOP, 1, 1, ("text",)),
        "cards": Block(n.START, TOP + 4, 1, 1, ("sub1", "_1", "_2", "sub2", "_3", "_4", "sub3", "_5", "_6", "sub4")),
        "answers": Block(n.START, TOP + 7, 4, len(ANSWERS), ("text",)),
        "state": Block(n.START, TOP + 7 + len(ANSWERS) + 2 + 5 + 2, 3, 2, ("text",)),
    }


def _model(layout: Layout) -> dict[str, Block]:
    parameters = max(n.MODEL_CHUNKS, 8 * (len(layout.media) + 1) + len(layout.controls) + 24)
    return {
        "stamp": Block(n.MODEL, TOP, 1, 1, ("text",)),
        "model_value": Block(n.MODEL, MODEL_ROW, 1, n.MODEL_CHUNKS, ("text",)),
        "statistics": Block(n.MODEL, MODEL_ROW, 3, STATISTICS, ("statistic", "value", "meaning")),
        "parameters": Block(n.MODEL, MODEL_ROW, 7, parameters, ("channel", "parameter", "mean", "low", "high", "unit")),
        "window": Block(n.MODEL, MODEL_ROW + STATISTICS + 3, 4, 2, ("date",)),
    }


def _workings(layout: Layout) -> dict[str, Block]:
    weekly = ("date", "actual", "fitted", *(f"c{i}" for i in range(len(layout.components))), "value")
    return {
        "bridge": Block(n.CONTRIBUTIONS, TOP + 1 + CHART_ROWS + 3, 1, len(layout.components), ("component", "kpi")),
        "weekly": Block(n.CONTRIBUTIONS, layout.contributions_row() + 2, 1, layout.capacity, weekly),
        "roi": Block(n.ROI, BODY, 1, len(layout.channels), ROI_KEYS),
        "roi_note": Block(n.ROI, BODY + len(layout.channels) + 1, 1, 1, ("text",)),
        "work": Block(n.ROI, layout.roi_second_row() + 1, 1, len(layout.media), WORK_KEYS),
    }


def _plans(layout: Layout) -> dict[str, Block]:
    charts = layout.optimizer_charts_row()
    return {
        "scenarios": Block(n.SCENARIOS, BODY, 1, layout.scenarios, SCENARIO_KEYS),
        "plan_headline": Block(n.OPTIMIZER, TOP, 1, 1, ("text",)),
        "plan": Block(n.OPTIMIZER, BODY + 1, 1, len(layout.channels), PLAN_KEYS),
        "certificate": Block(n.OPTIMIZER, charts + 1, 9, len(CERTIFICATE), ("value",)),
        "checks": Block(n.CHECKS, checks_row(layout) + 1, 1, CHECK_ROWS, CHECK_KEYS),
        "runs": Block(n.LOG, RUNS_ROW + 1, 1, RUN_ROWS, n.TABLE_HEADERS[n.TBL_RUNS]),
    }  # fmt: skip


RUNS_ROW = 13  # header of tblRuns
TIES_ROW = 10  # header of the tie-outs on Checks
TIES = 7  # tie-outs that stand in every book; one more for each paid channel


def checks_row(layout: Layout) -> int:
    """Row of the header of the list of checks."""
    return TIES_ROW + TIES + len(layout.channels) + 4


def _feeds(layout: Layout) -> dict[str, Block]:
    sheet, col = n.CHART_DATA, 1
    titles = Block(sheet, 7, col, len(TITLES), ("chart", "text"))
    row = titles.row + titles.height + 4
    drawn = layout.drawn + int(layout.has_other)
    bars = Block(
        sheet, row, col, len(layout.channels), ("channel", "roi", "minus", "plus", "breakeven", "high", "label")
    )
    shares = Block(sheet, row, col + 9, len(layout.channels), ("channel", "spend_share", "effect_share"))
    shift = Block(sheet, row, col + 13, len(layout.channels), ("channel", "today", "plan"))
    row += len(layout.channels) + 4
    bridge = Block(sheet, row, col, drawn + 3, ("component", "total", "base", "up", "down"))
    plans = Block(
        sheet,
        row,
        col + 9,
        layout.scenarios,
        ("scenario", "difference", "gain", "loss", "low", "high", "minus", "plus"),
    )
    row += max(bridge.height, plans.height) + 4
    curves = {}
    for i in range(layout.curves):
        curves[f"curve{i}"] = Block(sheet, row, col, CURVE_POINTS, ("spend", "outcome", "low", "high"))
        curves[f"today{i}"] = Block(sheet, row, col + 5, 1, ("spend", "outcome"))
        row += CURVE_POINTS + 4
    timeline = ("date", "actual", "fitted", "base", *(f"m{i}" for i in range(drawn)))
    return {
        "titles": titles,
        "bars": bars,
        "shares": shares,
        "shift": shift,
        "waterfall": bridge,
        "differences": plans,
        **curves,
        "timeline": Block(sheet, row, col, layout.chart_periods, timeline),
        "timeline_names": Block(sheet, row - 1, col + 4, 1, tuple(f"m{i}" for i in range(drawn))),
    }
