"""Where every result stands: blocks of cells, derived from the names of channels and controls and a few sizes.

A block is a rectangle of fixed size. Some are *kept*: values that a run or a button writes (`KEPT`). One call fills
each of the others (`xl_mmm.book.calls`): as an array formula in the live book, as values in the others. Everything
else in the book belongs to the planner or the builder. Rows and columns are counted from zero here and become `B7`
only in addresses. The sizes travel in the book as one line of text (`Layout.stamp`), so that a later run finds the
same cells even after rows were added to `tblData`.
"""

from __future__ import annotations

from dataclasses import dataclass

from xl_mmm.book.block import Block as Block
from xl_mmm.book.block import letters as letters
from xl_mmm.book.block_keys import (
    CERTIFICATE,
    CHECK_KEYS,
    METHOD_KEYS,
    PLAN_KEYS,
    RETURN_KEYS,
    ROI_KEYS,
    SCENARIO_KEYS,
    SPLITS,
    STEP_KEYS,
    WORK_KEYS,
)
from xl_mmm.book.board_places import board_blocks, board_height
from xl_mmm.book.places import LIFT_KEYS, LIFT_PRIOR_KEYS, PRIOR_KEYS, PRIORS_COL, UNKNOWNS, lift_columns
from xl_mmm.book.region_places import region_blocks
from xl_mmm.book.year_places import flighted, year_blocks
from xl_mmm.errors import CellError
from xl_mmm.functions.kept_search import HEIGHT as SEARCH_CELLS
from xl_mmm.functions.sentences import SENTENCES_OF
from xl_mmm.posterior_text import LINE
from xl_mmm.report.chart_titles import CHARTS, CURVES
from xl_mmm.spec import METHODS
from xl_mmm.tables import names as n

TOP = 4  # rows of the header band on every sheet
MODEL_ROW = 7  # the model value stands in Model!B8:B71
STATISTICS = 20
CHECK_ROWS = 80
LIFT_ROWS = 40  # tests of which results are shown, beside their table
REFIT_ROWS = 8
RUN_ROWS = 40
BODY = 6  # first row of the main table on most sheets
CHART_ROWS = 17  # rows covered by a chart of ordinary height
CURVE_ROWS = 12
BRIDGE_TABLES, BRIDGE_WORDS = 8, 4  # rows from the heading of a bridge to its tables; sentences about it
GOAL_TABLE, GOAL_LINES = 4, 8  # rows from the heading of goal seek to its answer; lines of it
CURVE_POINTS = 21
CHART_PERIODS = 104
CHART_CHANNELS = 12
SIDE_BY_SIDE = 8  # channels up to which two charts share a row
SPARE_PERIODS = 104  # rows kept free for refreshes
SPARE_SCENARIOS = 6  # the optimizer writes its plans there
DRAWS, PARAMETERS, BASELINE = 1000, 6, 40  # assumed of a model when cells are set aside for its text
STAMP_VERSION = "layout 4"
REMEDY = "Build the book again with xl-mmm new."


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
    ahead
        Periods of the data that a plan of the time ahead may have.
    exposures
        Headers of the paid channels' exposure, of those that have a media column.
    regions
        Regions of the data when the book was built; 0 without a region column.
    """

    channels: tuple[str, ...]
    organic: tuple[str, ...]
    controls: tuple[str, ...]
    periods: int
    scenarios: int
    ahead: int = 53
    exposures: tuple[str, ...] = ()
    regions: int = 0

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
        regions = f"; regions {self.regions}" if self.regions else ""
        return f"{STAMP_VERSION}; periods {self.periods}; scenarios {self.scenarios}; ahead {self.ahead}{regions}"

    @classmethod
    def from_stamp(
        cls,
        stamp: object,
        channels: tuple[str, ...],
        organic: tuple[str, ...],
        controls: tuple[str, ...],
        exposures: tuple[str, ...] = (),
    ) -> Layout:
        """Rebuild the layout of an existing book from the line kept at `STAMP_CELL`.

        Raises
        ------
        CellError
            When the line was changed or comes from another version.
        """
        parts = [part.strip() for part in str(stamp).split(";")]
        sizes = dict(part.rsplit(" ", 1) for part in parts[1:] if " " in part)
        if parts[0] != STAMP_VERSION or not {"periods", "scenarios", "ahead"} <= sizes.keys():
            raise CellError(f"{n.CHART_DATA}!{STAMP_CELL}: {stamp!r} is not this version's layout line. {REMEDY}")
        try:
            periods, scenarios, ahead = (int(sizes[name]) for name in ("periods", "scenarios", "ahead"))
            regions = int(sizes.get("regions", 0))
        except ValueError:
            raise CellError(f"{n.CHART_DATA}!{STAMP_CELL}: {stamp!r} holds no whole sizes. {REMEDY}") from None
        return cls(channels, organic, controls, periods, scenarios, ahead, exposures, regions)

    @property
    def blocks(self) -> dict[str, Block]:
        """All owned blocks by name."""
        plans = {**_plans(self), **year_blocks(self)}
        return {**_model(self), **_workings(self), **_compare(self), **plans, **region_blocks(self), **_feeds(self)}

    @property
    def model_chunks(self) -> int:
        """Cells kept for the model's text: 64, more where the data alone would fill them."""
        figures = self.capacity * (len(self.components) + len(self.media) + 2)
        drawn = PARAMETERS * len(self.media) + len(self.controls) + BASELINE
        size = 4 / 3 * (8 * figures + 4 * DRAWS * drawn)  # Base64 of data as float64 and draws as float32
        return max(n.MODEL_CHUNKS, -(-int(size) // LINE))

    @property
    def called(self) -> tuple[str, ...]:
        """Blocks that a call fills."""
        return (
            "fitted", "model", "statistics", "parameters", "priors", "bridge", "weekly", "roi", "work", "lift_tests",
            "lift_priors", "advice", "methods", "returns", "scenarios", *PLAN_BRIDGE, "plan", "certificate", "notes",
            "held", "year_words", "year", "weeks", "forecast", "variance", "pacing", "checks", "findings",
            "board_words", "board_figures", "board_steps",
            *(f"curve{i}" for i in range(self.curves)),
        )  # fmt: skip

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

    def compare_chart_row(self) -> int:
        """Row under the table of methods where the chart begins."""
        return METHODS_ROW + len(METHODS) + 2

    def plan_bridge_row(self) -> int:
        """Row of the heading of the bridge between two scenarios."""
        return BODY + self.scenarios + 1 + CHART_ROWS + 3

    def plan_bridge_charts_row(self) -> int:
        """Row under the bridge's tables where its charts begin."""
        steps = 7 + len(self.controls)  # A, four reasons, the market, controls, B
        return self.plan_bridge_row() + BRIDGE_TABLES + max(steps, len(self.channels) + 1 + len(self.controls)) + 1

    def goal_row(self) -> int:
        """Row of the heading of goal seek."""
        return self.plan_bridge_charts_row() + self.tall + 2

    def scenarios_table_row(self) -> int:
        """Row of the header of `tblScenarios`."""
        return self.goal_row() + GOAL_TABLE + GOAL_LINES + 3

    def optimizer_charts_row(self) -> int:
        """Row under the plan where chart and certificate begin."""
        return BODY + 2 + len(self.channels) + 3

    def notes_row(self) -> int:
        """Row of the heading over what must be known of a plan."""
        return self.optimizer_charts_row() + max(self.tall, len(CERTIFICATE) + 1) + 1

    def held_row(self) -> int:
        """Row of the header of what each limit costs."""
        return self.notes_row() + NOTES + 3

    def constraints_row(self) -> int:
        """Row of the header of `tblConstraints`."""
        return self.held_row() + HELD + 6


STAMP_CELL = "C5"
NOTES, HELD = 12, 12  # lines of what must be known of a plan; limits of which the cost is shown
METHODS_ROW = TOP + 10  # first row of the table of methods
ADVICE_ROWS = 6  # sentences above the table of methods
PLAN_BRIDGE = ("bridge_words", "bridge_reasons", "bridge_channels", "goal_words", "goal")  # called, on Scenarios
BRIDGE_INPUTS = {"start": (1, 2), "end": (2, 2)}  # input -> rows below the heading, column
GOAL_INPUTS = {"target": (4, 2), "measure": (5, 2), "channel": (6, 2), "plan": (7, 2)}
BRIDGE_COL, GOAL_COL = 6, 5  # of the table by channel; of the answer


def _model(layout: Layout) -> dict[str, Block]:
    chunks = layout.model_chunks
    parameters = max(n.MODEL_CHUNKS, 8 * (len(layout.media) + 1) + len(layout.controls) + 24)
    return {
        "kept": Block(n.MODEL, MODEL_ROW, 1, chunks, ("text",)),
        "fitted": Block(n.MODEL, MODEL_ROW, 2, chunks, ("text",)),
        "model": Block(n.MODEL, MODEL_ROW, 3, chunks, ("text",)),
        "statistics": Block(n.MODEL, MODEL_ROW, 5, STATISTICS, ("statistic", "value", "meaning")),
        "parameters": Block(n.MODEL, MODEL_ROW, 9, parameters, ("channel", "parameter", "mean", "low", "high", "unit")),
        "priors": Block(n.ASSUMPTIONS, BODY, PRIORS_COL, UNKNOWNS * len(layout.media), PRIOR_KEYS),
    }


def _workings(layout: Layout) -> dict[str, Block]:
    moved, priors = lift_columns()
    weekly = ("date", "actual", "fitted", *(f"c{i}" for i in range(len(layout.components))), "value")
    bridge = ("component", "kpi", "share")
    return {
        "bridge": Block(n.CONTRIBUTIONS, TOP + 1 + CHART_ROWS + 3, 1, len(layout.components), bridge),
        "weekly": Block(n.CONTRIBUTIONS, layout.contributions_row() + 2, 1, layout.capacity, weekly),
        "roi": Block(n.ROI, BODY, 1, len(layout.channels), ROI_KEYS),
        "work": Block(n.ROI, layout.roi_second_row() + 1, 1, len(layout.media), WORK_KEYS),
        "lift_tests": Block(n.EXPERIMENTS, LIFT_ROW + 1, moved, LIFT_ROWS, LIFT_KEYS),
        "lift_priors": Block(n.EXPERIMENTS, LIFT_ROW + 1, priors, LIFT_ROWS, LIFT_PRIOR_KEYS),
    }


def _compare(layout: Layout) -> dict[str, Block]:
    returns = layout.compare_chart_row() + layout.tall + 3
    return {
        "advice": Block(n.COMPARE, TOP, 1, ADVICE_ROWS, ("text",)),
        "methods": Block(n.COMPARE, METHODS_ROW, 1, len(METHODS), METHOD_KEYS),
        "returns": Block(n.COMPARE, returns, 1, len(layout.channels), RETURN_KEYS),
        "compared": Block(n.COMPARE, METHODS_ROW, len(RETURN_KEYS) + 2, 3 + len(layout.channels) // 30, ("text",)),
    }


def _plans(layout: Layout) -> dict[str, Block]:
    charts = layout.optimizer_charts_row()
    listed = checks_row(layout) + 1
    bridge, goal, controls = layout.plan_bridge_row(), layout.goal_row(), len(layout.controls)
    by_channel = ("part", "money", "value", "low", "high", *SPLITS)
    tables = bridge + BRIDGE_TABLES
    return {
        "bridge_reasons": Block(n.SCENARIOS, tables, 1, 7 + controls, ("part", "value", "low", "high")),
        "bridge_channels": Block(
            n.SCENARIOS, tables, BRIDGE_COL, len(layout.channels) + 1 + controls, by_channel
        ),
        "goal_words": Block(n.SCENARIOS, goal + 1, 1, 2, ("text",)),
        "goal": Block(n.SCENARIOS, goal + GOAL_TABLE, GOAL_COL, GOAL_LINES, ("line", "value", "meaning")),
        "scenarios": Block(n.SCENARIOS, BODY, 1, layout.scenarios, SCENARIO_KEYS),
        "plan": Block(n.OPTIMIZER, BODY + 1, 1, len(layout.channels), PLAN_KEYS),
        "kept_plan": Block(n.OPTIMIZER, BODY + 1, 12, len(layout.channels), ("spend",)),
        "kept_search": Block(n.OPTIMIZER, BODY + 1, 13, SEARCH_CELLS, ("proved",)),
        "certificate": Block(n.OPTIMIZER, charts + 1, 7, len(CERTIFICATE), ("line", "value", "meaning")),
        "notes": Block(n.OPTIMIZER, layout.notes_row() + 1, 1, NOTES, ("kind", "sentence")),
        "held": Block(n.OPTIMIZER, layout.held_row() + 1, 2, HELD, ("per_unit", "in_all", "limit")),
        "refit_checks": Block(n.CHECKS, listed - REFIT_ROWS - 4, 1, REFIT_ROWS, CHECK_KEYS[:6]),
        "checks": Block(n.CHECKS, listed, 1, CHECK_ROWS, CHECK_KEYS),
        "runs": Block(n.LOG, RUNS_ROW + 1, 1, RUN_ROWS, n.TABLE_HEADERS[n.TBL_RUNS]),
    }


RUNS_ROW = 13  # header of tblRuns
LIFT_ROW = 11  # header of tblLiftTests
TIES_ROW = 10  # header of the tie-outs on Checks
TIES = 13  # tie-outs that stand in every book; one more for each paid channel


def checks_row(layout: Layout) -> int:
    """Row of the header of the list of checks."""
    return TIES_ROW + TIES + len(layout.channels) + REFIT_ROWS + 8


def _feeds(layout: Layout) -> dict[str, Block]:
    """ChartData from top to bottom: constants, sentences, orders, then the feed of each chart."""
    sheet, col, channels, media = n.CHART_DATA, 1, len(layout.channels), len(layout.media)
    constants = Block(sheet, 8, col, 4, ("constant", "value"))
    findings = Block(sheet, 16, col, len(SENTENCES_OF), ("topic", "text"))
    row = findings.row + findings.height + 4
    titles = Block(sheet, row, col, len(CHARTS), ("chart", "text"))
    row += titles.height + 4
    words = Block(sheet, row, col, BRIDGE_WORDS, ("text",))
    row += words.height + 4
    by_effect = Block(sheet, row, col, media, ("channel", "total", "rank"))
    by_spend = Block(sheet, row, col + 9, channels, ("channel", "total", "rank"))
    row += media + 4
    drawn = layout.drawn + int(layout.has_other)
    bars = Block(sheet, row, col, channels, ("channel", "roi", "minus", "plus", "breakeven", "high", "label"))
    shares = Block(sheet, row, col + 9, channels, ("channel", "spend_share", "effect_share"))
    shift = Block(sheet, row, col + 13, channels, ("channel", "today", "plan"))
    row += channels + 4
    ends = tuple(f"{method}{end}" for method in METHODS for end in ("", "_minus", "_plus"))
    contrast = Block(sheet, row, col, channels, ("channel", *ends, "high"))
    row += channels + 4
    bridge = Block(sheet, row, col, drawn + 3, ("component", "change", "level", "total", "base", "up", "down"))
    plan_keys = ("scenario", "difference", "gain", "loss", "low", "high", "minus", "plus")
    plans = Block(sheet, row, col + 9, layout.scenarios, plan_keys)
    row += max(bridge.height, plans.height) + 4
    steps = Block(sheet, row, col, 6 + len(layout.controls), STEP_KEYS)
    splits = Block(sheet, row, col + 11, channels, ("part", *SPLITS))
    row += max(steps.height, channels) + 4
    board = board_blocks(row, col, channels)
    row += board_height(channels)
    curves = {}
    multipliers = Block(sheet, row, col, CURVE_POINTS, ("multiplier",))
    for i in range(layout.curves):
        curve_keys = ("multiplier", "spend", "outcome", "low", "high")
        curves[f"curve{i}"] = Block(sheet, row, col + 1, CURVE_POINTS, curve_keys)
        curves[f"today{i}"] = Block(sheet, row, col + 9, 1, ("channel", "spend", "outcome"))
        row += CURVE_POINTS + 4
    outlook = Block(sheet, row, col, layout.ahead - 1, ("date", "kpi", "low", "high", "before"))
    flighting = Block(sheet, row, col + 9, layout.ahead - 1, ("date", *(f"m{i}" for i in range(flighted(layout)))))
    row += layout.ahead + 4
    timeline = ("row", "date", "actual", "fitted", "base", *(f"m{i}" for i in range(drawn)))
    return {
        "constants": constants,
        "findings": findings,
        "titles": titles,
        "bridge_words": words,
        "by_effect": by_effect,
        "by_spend": by_spend,
        "bars": bars,
        "shares": shares,
        "shift": shift,
        "contrast": contrast,
        "waterfall": bridge,
        "differences": plans,
        "steps": steps,
        "splits": splits,
        **board,
        "multipliers": multipliers,
        **curves,
        "outlook": outlook,
        "flighting": flighting,
        "flighting_names": Block(sheet, flighting.row - 1, col + 10, 1, flighting.keys[1:]),
        "timeline": Block(sheet, row, col, layout.chart_periods, timeline),
        "timeline_names": Block(sheet, row - 1, col + 5, 1, tuple(f"m{i}" for i in range(drawn))),
    }
