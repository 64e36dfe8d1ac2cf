"""Which model? The answer in words, its reason, and how far the methods agree: each follows from the numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xl_mmm.comparison.advice import ALIKE, advise
from xl_mmm.report.findings import percent, times

if TYPE_CHECKING:
    from xl_mmm.comparison.advice import Advice
    from xl_mmm.comparison.record import Candidate, Comparison, Return

ALIKE_ORDER, SOME_ORDER = 0.8, 0.4  # rank correlation from which methods order channels alike, or partly so
MOST = 0.5  # of the channels


def sentences(comparison: Comparison) -> list[str]:
    """Return the answer, how it forecast, the reason, the agreement on channels, and what all say of media as a whole.

    A sentence for which there is nothing to say is empty.
    """
    advice = advise(comparison)
    chosen = next((one for one in comparison.candidates if one.method == advice.method), None)
    return [
        _answer(comparison, chosen), _forecast(comparison, chosen), _reason(comparison, advice, chosen),
        _agreement(comparison), _whole(comparison),
    ]  # fmt: skip


def _answer(comparison: Comparison, chosen: Candidate | None) -> str:
    if chosen is None:
        return "No method can be read on these data."
    value = _ranged(chosen.total, comparison.is_money)
    brought = f"returned {value}" if comparison.is_money else f"brought {value} units of the KPI per unit of money"
    return f"Read {chosen.method}: all paid media together {brought}."


def _forecast(comparison: Comparison, chosen: Candidate | None) -> str:
    if chosen is None:
        return ""
    if chosen.quarters == 0:
        return "There are too few weeks to forecast a quarter that it had not seen."
    return (
        f"Its forecasts of {_quarters(chosen.quarters)} it had not seen miss by {percent(chosen.miss)}, and its ranges "
        f"held {percent(chosen.held)} of the weeks (they claim {percent(comparison.level)})."
    )


def _reason(comparison: Comparison, advice: Advice, chosen: Candidate | None) -> str:
    if chosen is None:
        out = "; ".join(f"{method}: {verdict.removeprefix('out: ')}" for method, verdict in advice.verdicts.items())
        return f"Out are {out}."
    if advice.rule == "unseen":
        return "Nothing tells the methods apart but simulated markets, where its ranges hold the truth most often."
    if advice.rule == "alone":
        return "No other method passed."
    if advice.rule == "narrow":
        return "No method's ranges hold what they claim: take all of them as too narrow."
    rivals = [one for one in comparison.fitted if one.method != chosen.method and not math.isnan(one.score)]
    if advice.rule == "score":
        still_in = [one for one in rivals if not advice.verdicts[one.method].startswith("out")]
        second = min(still_in, key=lambda one: one.score, default=None)
        return "It forecasts best" + (f"; {second.method} misses by {percent(second.miss)}." if second else ".")
    equals = ", ".join(one.method for one in rivals if advice.verdicts[one.method].startswith("as good"))
    return (
        f"It forecasts as well as {equals} (scores within {percent(ALIKE - 1)}); among equals its ranges hold the "
        "truth most often on simulated markets."
    )


def _agreement(comparison: Comparison) -> str:
    if len(comparison.fitted) < 2:
        return "With one method there is nothing to agree on."
    channels = comparison.earning
    shared = sum(map(comparison.overlap, channels))
    first = f"All methods' ranges share a value on {shared} of {len(channels)} channels"
    if math.isnan(comparison.order):
        return f"{first}."
    words = (
        "in the same order" if comparison.order >= ALIKE_ORDER
        else "in partly the same order" if comparison.order >= SOME_ORDER
        else "in different orders"
    )  # fmt: skip
    return f"{first}; they rank the channels {words} (rank correlation {comparison.order:.2f})."


def _whole(comparison: Comparison) -> str:
    """Say whether single channels may be read, or the whole alone."""
    fitted = comparison.fitted
    if len(fitted) < 2:
        return ""
    lowest, highest = (edge(fitted, key=lambda one: one.total[0]) for edge in (min, max))
    least, most = (_number(one.total[0], comparison.is_money) for one in (lowest, highest))
    span = least if least == most else f"from {least} ({lowest.method}) to {most} ({highest.method})"
    apart = sum(not comparison.overlap(k) for k in comparison.earning) > MOST * len(comparison.earning)
    if apart or comparison.order < SOME_ORDER:
        return f"The methods tell different stories of single channels: read the total first, {span}, and test them."
    return f"For all paid media together the methods say {span}."


def _ranged(value: Return, money: bool) -> str:
    point, low, high = (_number(one, money) for one in value)
    return f"{point} ({low} to {high})"


def _number(value: float, money: bool) -> str:
    return times(value) if money else f"{value:,.4g}"


def _quarters(n: int) -> str:
    return "a quarter" if n == 1 else f"{n} quarters"
