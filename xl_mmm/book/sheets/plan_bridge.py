"""Scenarios, its lower parts: what lies between two plans and why, and how much spend reaches a goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book import charts
from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import HAS_MODEL, Formula
from xl_mmm.book.sheets.desk import Desk, drop_down, drop_down_cells, number_between
from xl_mmm.functions.plan_bridges import MEASURE_NAMES
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.canvas import Page

MEANINGS = (
    "Spend: the change of money at the mean return of both plans. Efficiency: the change of that return, by "
    "saturation and by weeks. Media cost: what a unit of media costs.",
    "Carryover timing: effect that moves past the end, or back. Every part is from paired draws; parts add up to the "
    "difference exactly, whatever their order.",
)
ANY_NUMBER = -1e15  # a profit may be sought below zero


def draw_bridge(desk: Desk, last: int) -> None:
    """Draw the bridge between the two plans that are named in its input cells, up to column `last`."""
    page, layout = desk.canvas.pages[n.SCENARIOS], desk.layout
    blocks, row, number = layout.blocks, layout.plan_bridge_row(), desk.outcome_scale.number
    page.section(row, 1, last, "From plan A to plan B: what changes, and why")
    others = [str(plan[n.H_SCENARIO]) for plan in desk.inputs.scenarios[1:] if plan.get(n.H_SCENARIO)]
    plans = blocks["scenarios"].column("scenario").split("!")[1]
    for key, label, value in (("start", "Plan A", n.TODAY), ("end", "Plan B", others[0] if others else n.TODAY)):
        down, col = lay.BRIDGE_INPUTS[key]
        page.put(row + down, 1, label, "td_left")
        page.put(row + down, col, value, "input_left")
        drop_down_cells(page, (row + down, row + down), col, plans, label, "A scenario of the table below.")
    for line, words in enumerate(MEANINGS, start=1):
        page.put(row + line, 4, words, "small")
    for line, (place, style) in enumerate(((0, "finding"), (3, "small"))):
        words = blocks["bridge_words"].cell("text", place)
        page.put(row + 4 + line, 1, Formula(f'=IF({HAS_MODEL},{words}&"","Not run yet.")'), style)
    signed = desk.outcome_scale.finer.signed
    page.headers(row + lay.BRIDGE_TABLES - 1, 1, ["Why", desk.outcome, "low", "high"])
    ends = ("output", number)
    looks = {"part": ("td_left", None), **dict.fromkeys(("value", "low", "high"), ("td", signed))}
    page.called("bridge_reasons", looks)
    reasons = blocks["bridge_reasons"]
    for i in (0, reasons.height - 1):  # the plans themselves
        for key in reasons.keys:
            page.put(*reasons.place(key, i), None, *(("output_left", None) if key == "part" else ends))
    heads = [
        "Where", desk.priced("Spend"), desk.outcome, "low", "high", "of it spend", "efficiency", "media cost",
        "carryover timing",
    ]  # fmt: skip
    page.headers(row + lay.BRIDGE_TABLES - 1, lay.BRIDGE_COL, heads)
    money = ("td", desk.scales.spend.signed)
    page.called("bridge_channels", {**dict.fromkeys(blocks["bridge_channels"].keys, ("td", signed)),
                                    "part": ("td_left", None), "money": money})  # fmt: skip
    _charts(desk, page, last)


def _charts(desk: Desk, page: Page, last: int) -> None:
    layout, number = desk.layout, desk.outcome_scale.axis
    row, half = layout.plan_bridge_charts_row(), lay.BRIDGE_COL - 1
    charts.place(
        page, charts.steps_chart(desk.canvas, layout, number), "steps", row, (1, half), layout.tall,
        "Columns that go from nothing to the difference between two plans, one a reason",
    )  # fmt: skip
    charts.place(
        page, charts.splits_chart(desk.canvas, layout, number), "splits", row, (half + 1, last), layout.tall,
        "Stacked columns by channel: spend, efficiency, media cost and carryover timing",
    )  # fmt: skip


def draw_goal(desk: Desk, last: int) -> None:
    """Draw goal seek: its inputs to the left, its answer to the right."""
    page, layout = desk.canvas.pages[n.SCENARIOS], desk.layout
    row, given = layout.goal_row(), desk.inputs.goal
    page.section(row, 1, last, "Goal seek: how many times its spend must a channel, or all of them, spend?")
    page.called("goal_words", {"text": ("finding", None)})
    page.put(*layout.blocks["goal_words"].place("text", 1), None, "small")
    outcome = f"Incremental {desk.outcome.lower()}, profit, or ROI such as 2.5; blank seeks nothing."
    measures = list(MEASURE_NAMES) if desk.is_money else [next(iter(MEASURE_NAMES))]
    labels = {"target": "Target", "measure": "Measure of the whole plan", "channel": "Channel", "plan": "Start from"}
    usual = {"measure": measures[0], "channel": n.ALL_CHANNELS, "plan": n.TODAY}
    for key, label in labels.items():
        down, col = lay.GOAL_INPUTS[key]
        page.put(row + down, 1, label, "td_left")
        style, number = ("input", "#,##0.00") if key == "target" else ("input_left", None)
        page.put(row + down, col, given.get(key, usual.get(key)), style, number)
    cells = {key: (row + down, row + down) for key, (down, _) in lay.GOAL_INPUTS.items()}
    number_between(page, cells["target"], 2, (ANY_NUMBER, None), "Target", outcome)
    drop_down(page, cells["measure"], 2, measures, "Measure", "What is to reach the target.")
    channels = layout.blocks["roi"].column("channel")
    words = f"The channel to scale; {n.ALL_CHANNELS}, or blank, scales them together."
    drop_down_cells(page, cells["channel"], 2, channels, "Channel", words, strict=False)
    plans = layout.blocks["scenarios"].column("scenario").split("!")[1]
    drop_down_cells(page, cells["plan"], 2, plans, "Start from", "The scenario whose spend is scaled.")
    block = layout.blocks["goal"]
    page.headers(block.row - 1, block.col, ["Answer", "", ""], (0, 2))
    page.called("goal", {"line": ("td_left", None), "value": ("td_bold", None), "meaning": ("note", None)})
    _goal_numbers(desk, page)


def _goal_numbers(desk: Desk, page: Page) -> None:
    """Write the answer's figures as what they are; those of the measure with decimals, since a return is small."""
    block, spend = desk.layout.blocks["goal"], desk.scales.spend
    measured = '[<100]#,##0.00;[<100000]#,##0;#,##0,"k"'
    measured = "#,##0.00"
    numbers = (None, st.TIMES_FORMAT, spend.number, spend.signed, measured, measured, measured, st.PERCENT_FORMAT)
    for i, number in enumerate(numbers):
        page.put(*block.place("value", i), None, "td_bold", number)
