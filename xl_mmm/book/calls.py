"""Which call fills which block: one formula, one call, on literals, fixed ranges and structured references.

The live book holds these as array formulas over exactly their block; a run of any other book evaluates the same ones
and writes the values. The last argument but those of `MMM_CONTRIBUTION` is the block's height: a longer result is an
error, never cut off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book.layout import BRIDGE_INPUTS, GOAL_INPUTS, TIES_ROW, letters
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.layout import Block, Layout


LEVEL, MARGIN, PERIODS, OVER = range(4)  # rows of the constants on ChartData


def calls(layout: Layout) -> dict[str, str]:
    """Return the formula of every block that a call fills, `=` included."""
    blocks = layout.blocks
    rows = {name: block.height for name, block in blocks.items()}
    model, level = blocks["model"].column("text"), blocks["constants"].cell("value", LEVEL)
    data, channels, controls, tests, settings, parameters, scenarios, constraints, groups, calendar = map(
        whole,
        (
            n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS, n.TBL_PARAMETERS,
            n.TBL_SCENARIOS, n.TBL_CONSTRAINTS, n.TBL_GROUPS, n.TBL_CALENDAR,
        ),
    )  # fmt: skip
    money = f"{whole(n.TBL_FX)},{whole(n.TBL_COSTS)}"
    kept, fitted = blocks["kept"].column("text"), blocks["fitted"].column("text")
    compared, frozen = blocks["compared"].column("text"), blocks["frozen"].column("text")
    search, timing = blocks["kept_search"].column("proved"), _with_headers(blocks["timing"])
    spend, statuses = blocks["kept_plan"].column("spend"), status_cells(layout)
    multipliers = blocks["multipliers"].column("multiplier")
    asked = {
        "fitted": f"MMM_FIT({data},{channels},{controls},{tests},{settings},{kept},{parameters},{money})",
        "model": f"MMM_EVALUATE({data},{channels},{controls},{settings},{parameters},{fitted},{money})",
        "statistics": f"MMM_SUMMARY({model},{rows['statistics']})",
        "parameters": f"MMM_PARAMETERS({model},{level},{rows['parameters']})",
        "priors": f"MMM_PRIORS({model},{level},{rows['priors']})",
        "bridge": f"MMM_BRIDGE({model},,,{rows['bridge']})",
        "weekly": f"MMM_CONTRIBUTION({model},{rows['weekly']},{len(blocks['weekly'].keys)})",
        "roi": f"MMM_ROI({model},{level},{rows['roi']})",
        "work": f"MMM_MEDIA({model},{level},{rows['work']})",
        "lift_tests": f"MMM_LIFT_TESTS({model},{level},{rows['lift_tests']})",
        "lift_priors": (
            f"MMM_LIFT_PRIOR({tests},{data},{channels},{settings},{parameters},{controls},{money},"
            f"{rows['lift_priors']})"
        ),
        **{
            part: f'MMM_METHODS({compared},"{part}",{model},{rows[part]})' for part in ("advice", "methods", "returns")
        },
        "scenarios": f"MMM_SCENARIO({model},{scenarios},{level},{settings},{rows['scenarios']})",
        **_plan_bridges(layout, f"{model},{scenarios}", f"{level},{settings}"),
        "plan": f"MMM_PLAN({model},{constraints},{settings},{spend},{groups},{rows['plan']})",
        **{
            f"board_{part}": (
                f'MMM_BOARD({model},"{part}",{constraints},{settings},{spend},{groups},{scenarios},'
                f"{rows[f'board_{part}']})"
            )
            for part in ("figures", "steps", "words")
        },
        **{
            block: f'MMM_CERTIFICATE({model},{constraints},{settings},{spend},{groups},{search},"{part}",{rows[block]})'
            for block, part in (("certificate", "proof"), ("notes", "notes"), ("held", "limits"))
        },
        **{
            name: f'MMM_CALENDAR({model},"{part}",{scenarios},{calendar},{settings},{timing},{rows[name]})'
            for name, part in (("year_words", "words"), ("year", "year"), ("weeks", "weeks"))
        },
        "forecast": f"MMM_FORECAST({model},{_with_headers(blocks['weeks'])},{level},{rows['forecast']})",
        "variance": (
            f"MMM_VARIANCE({frozen},{data},{channels},{settings},{controls},{parameters},{model},{money},"
            f"{rows['variance']})"
        ),
        "pacing": f"MMM_PACING({frozen},{data},{channels},{settings},{controls},{parameters},{money},{rows['pacing']})",
        "checks": (
            f"MMM_CHECK({data},{channels},{controls},{tests},{settings},{parameters},{scenarios},{constraints},"
            f"{groups},{calendar},{model},{money},{rows['checks']})"
        ),
        "findings": (
            f"MMM_FINDINGS({model},{scenarios},{constraints},{settings},{spend},{statuses},{groups},{rows['findings']})"
        ),
        **{
            f"curve{i}": f"MMM_RESPONSE_CURVE({model},{blocks[f'today{i}'].cell('channel')},{multipliers},{level},"
            f"{rows[f'curve{i}']})"
            for i in range(layout.curves)
        },
    }
    return {name: f"={call}" for name, call in asked.items()}


def _with_headers(block: Block) -> str:
    """Refer to a block and the row of headers above it."""
    top = f"{block.sheet}!${letters(block.col)}${block.row}"
    return f"{top}:{block.address(block.keys[-1], block.height - 1, absolute=True)}"


def _plan_bridges(layout: Layout, first: str, last: str) -> dict[str, str]:
    """Return the calls of bridge and goal on Scenarios; `first` and `last` are the arguments they share."""
    blocks, bridge, goal = layout.blocks, layout.plan_bridge_row(), layout.goal_row()
    start, end = (_input(bridge, BRIDGE_INPUTS[key]) for key in ("start", "end"))
    target, measure, channel, plan = (_input(goal, GOAL_INPUTS[key]) for key in GOAL_INPUTS)
    model, _, scenarios = first.rpartition(",")
    parts = {"bridge_words": "words", "bridge_reasons": "reasons", "bridge_channels": "channels"}
    sought = {"goal_words": "words", "goal": "lines"}
    return {
        **{
            name: f'MMM_COMPARE({first},{start},{end},"{part}",{last},{blocks[name].height})'
            for name, part in parts.items()
        },
        **{
            name: f'MMM_GOAL({model},{target},{measure},{channel},{scenarios},{plan},"{part}",{last},'
            f"{blocks[name].height})"
            for name, part in sought.items()
        },
    }


def _input(row: int, place: tuple[int, int]) -> str:
    """Refer to an input cell on Scenarios."""
    return f"{n.SCENARIOS}!${letters(place[1])}${row + place[0] + 1}"


def whole(table: str) -> str:
    """Refer to a table with its headers."""
    return f"{table}[#All]"


def status_cells(layout: Layout) -> str:
    """Refer to every status on Checks: tie-outs, checks that refit, data and model."""
    checks = layout.blocks["checks"]
    return f"{n.CHECKS}!$C${TIES_ROW + 2}:{checks.address('status', checks.height - 1, absolute=True)}"
