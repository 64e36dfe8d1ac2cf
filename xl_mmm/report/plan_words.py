"""What a bridge between two plans and a goal say in words, from their own numbers.

A difference whose range holds zero is not enough evidence; without a range only the estimate is told. Amounts under
one in two hundred of the largest part are not told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.report.findings import chance, money, percent, short, times
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.planning import Bridge, Goal

SMALL = 0.005  # share of the largest part below which a part is not told
NOTHING = 1e-9  # share of the outcome below which two plans bring the same
AS_PLANNED = 1e-3  # distance from 1 up to which a multiple is the plan itself
MOST_NAMES = 5
REASON_WORDS = {
    "spend": "spend", "efficiency": "efficiency", "media_cost": "media cost", "timing": "carryover timing",
    "market": "market",
}  # fmt: skip
MEASURE_WORDS = {"outcome": "an outcome", "profit": "a profit", "roi": "an ROI"}
NO_TARGET = "Type a target to seek."


@dataclass(frozen=True, slots=True)
class Difference:
    """Two plans in figures.

    Attributes
    ----------
    start, end
        Names of A and B.
    value, low, high
        Outcome of B less that of A: mean and ends of the range of the paired draws.
    money
        Spend of B less that of A.
    outcome
        Outcome of A, for scale.
    profit
        Profit of B less that of A; NaN when the KPI has no money value.
    reasons, parts
        What adds up to the difference: by reason, and by channel and driver.
    """

    start: str
    end: str
    value: float
    low: float
    high: float
    money: float
    outcome: float
    profit: float
    reasons: Mapping[str, float]
    parts: Mapping[str, float]


def difference_of(bridge: Bridge, margin: float) -> Difference:
    """Return a bridge's figures; `margin` is NaN when the KPI has no money value."""
    from xl_mmm.measures.draws import interval

    low, high = interval(bridge.difference, bridge.level)
    value, spent = float(bridge.difference.mean()), float(bridge.money[1].sum() - bridge.money[0].sum())
    reasons, parts = bridge.by_reason()["value"], bridge.by_channel()["value"]
    return Difference(
        *bridge.names, value, float(low), float(high), spent, float(bridge.outcomes[:, 0].mean()),
        margin * value - spent, _amounts(reasons.iloc[1:-1]), _amounts(parts),
    )  # fmt: skip


def bridge_sentences(d: Difference, *, outcome: str, level: float, ranged: bool) -> list[str]:
    """Say what lies between two plans: how much, why, where, and what it leaves.

    Parameters
    ----------
    d
        The figures.
    outcome
        What plans bring: revenue, or the KPI's unit.
    level, ranged
        Width of the ranges; whether there are any.

    Returns
    -------
    Four sentences; why and where are blank when the plans bring the same.
    """
    start, end = short(d.start), short(d.end)
    if max(map(abs, (d.value, d.low, d.high, *d.reasons.values()))) <= NOTHING * max(abs(d.outcome), 1.0):
        return [f"{end} and {start} bring the same.", "", "", _cost(d)]
    span = f"({percent(level)}: {money(d.low, sign=True)} to {money(d.high, sign=True)})" if ranged else "(no range)"
    if ranged and (d.low <= 0 <= d.high or (d.value > 0) != (d.low > 0)):
        first = (
            f"Not enough evidence that {end} brings more or less {outcome} than {start}: "
            f"{money(d.value, sign=True)} {span}."
        )
    else:
        first = f"{end} brings {money(abs(d.value))} {'more' if d.value > 0 else 'less'} {outcome} than {start} {span}."
    reasons = {REASON_WORDS.get(name, short(name)): amount for name, amount in d.reasons.items()}
    parts = {REASON_WORDS["market"] if name == "market" else short(name): amount for name, amount in d.parts.items()}
    return [first, f"Why: {_told(reasons)}.", f"Where: {_told(parts)}.", _cost(d)]


def goal_sentences(goal: Goal, *, plan: str, outcome: str, ranged: bool) -> list[str]:
    """Say what reaches a goal, or that nothing does; then what is to be known about it, blank where nothing is.

    Parameters
    ----------
    goal
        What was found.
    plan
        Name of the plan it starts from.
    outcome, ranged
        As in `bridge_sentences`.
    """
    amount = times if goal.measure == "roi" else money
    what = MEASURE_WORDS[goal.measure] if goal.measure != "outcome" else f"incremental {outcome}"
    wanted = f"{what} of {amount(goal.target)}"
    where = "today" if plan == n.TODAY else f"in {short(plan)}"
    if not goal.reached:
        who = "all channels" if goal.channel is None else short(goal.channel)
        near = f"nearest is {amount(goal.value)} at {times(goal.multiple)}"
        if amount(goal.value) == amount(goal.target):
            near += f", a little {'below' if goal.value < goal.target else 'above'}"
        return [f"No multiple of {who} {where} up to {times(goal.most)} reaches {wanted}; {near}.", _remarks(goal)]
    sure = f", {chance(goal.p_reached)} sure of at least that" if ranged else " (no range)"
    if abs(goal.multiple - 1) < AS_PLANNED:
        return [f"{short(plan)} as it is brings {wanted}{sure}.", _remarks(goal)]
    moved = f"{money(goal.change, sign=True)}, to {money(goal.spend)}"
    if goal.channel is None:
        said = f"All channels at {_multiple(goal.multiple)} their spend {where} ({moved}) bring"
    else:
        said = f"{short(goal.channel)} at {_multiple(goal.multiple)} its spend {where} ({moved}) brings"
    return [f"{said} {wanted}{sure}.", _remarks(goal)]


def _multiple(multiple: float) -> str:
    """Write a multiple that is not one: with three digits where two would say 1.00."""
    return f"{multiple:.3f}{n.TIMES}" if times(multiple) == times(1.0) else times(multiple)


def _remarks(goal: Goal) -> str:
    """Say which other multiples would do, and where the answer leaves what was seen."""
    said = []
    if goal.others:
        said.append(f"So would {' and '.join(times(other) for other in goal.others[:2])}.")
    if goal.extrapolated:
        said.append("Part of that money lies beyond what was ever spent in a period: what it returns is extrapolated.")
    return " ".join(said)


def _cost(d: Difference) -> str:
    """Say what B costs beyond A, and what is left of it."""
    same = abs(d.money) <= NOTHING * max(abs(d.outcome), 1.0)
    spent = "It costs the same" if same else f"It spends {money(abs(d.money))} {_more(d.money)}"
    if math.isnan(d.profit):
        return f"{spent}."
    left = (
        "profit stays the same"
        if abs(d.profit) <= NOTHING * max(abs(d.outcome), 1.0)
        else (f"profit {'rises' if d.profit > 0 else 'falls'} by {money(abs(d.profit))}")
    )
    return f"{spent}; after margin and spend {left}."


def _more(amount: float) -> str:
    return "more" if amount > 0 else "less"


def _told(parts: Mapping[str, float]) -> str:
    """List the parts that matter, the largest first, and the rest together."""
    largest = max((abs(amount) for amount in parts.values()), default=0.0)
    names = sorted((name for name in parts if abs(parts[name]) > SMALL * largest), key=lambda name: -abs(parts[name]))
    shown: Sequence[str] = names if len(names) <= MOST_NAMES else names[: MOST_NAMES - 1]
    said = [f"{name} {money(parts[name], sign=True)}" for name in shown]
    if len(names) > len(shown):
        rest = sum(parts[name] for name in names[len(shown) :])
        said.append(f"{len(names) - len(shown)} more {money(rest, sign=True)}")
    return ", ".join(said)


def _amounts(column: pd.Series[float]) -> dict[str, float]:
    return {str(name): float(amount) for name, amount in column.items()}
