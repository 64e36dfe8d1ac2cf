"""Sentences computed from a model's numbers: headlines and answers.

Nothing here is decoration: every word follows from a comparison that the reader can redo in the cells. A channel pays
when P(ROI > break-even) is at least 0.9, does not when it is at most 0.1, and is open in between.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from xl_mmm.report.text_width import text_width
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.report.facts import Facts, PlanSummary

NOTHING_YET = "Nothing is estimated yet: fill in Data and Assumptions, then run."
AFTER_RUN = "Answered by the first run."
NOT_RUN = "Not run yet: press Fit, or xl-mmm run with this file"
OTHER = "Other media"
PROFIT = "profit"
SURE, UNLIKELY = 0.9, 0.1
ANSWERS = ("saturated", "underfunded", "cut_first", "next_money", "sure", "pays", "plan")
NO_MONEY_VALUE = "Open: the KPI has no money value, so returns cannot be compared with spend."
WOULD_ADD, WOULD_COST = "would add", "would cost"
NO_RANGE = "(no range)"
SATURATED = 0.7  # share of the limit from which a channel is called saturated
NAME_LENGTH = 22
ANSWER_SIZE, ANSWER_ROOM = 10.5, 112.0  # points; width of an answer on Start, characters
NO_PLAN = "No plan can keep all limits at once: Optimizer names those in conflict."
NO_PLAN_YET = "No plan yet: press Optimize, or run xl-mmm run."
BROKEN_PLAN = "The kept plan does not keep every limit (Optimizer says which): optimize again."
ALMOST = 0.995  # chance from which a rounded 100 % would say too much
SMALL_MOVE = 0.005  # share of the budget below which a plan is called unchanged


# ---------------------------------------------------------------- words for numbers
def money(value: float, *, sign: bool = False) -> str:
    """Write an amount with about three digits: 1.35m, 450k, −2.1m."""
    size = abs(value)
    for limit, divisor, letter in ((1e9, 1e9, "bn"), (1e6, 1e6, "m"), (1e3, 1e3, "k")):
        if size >= 0.9995 * limit:
            return _signed(value / divisor, sign, letter)
    return _signed(value, sign, "")


def times(value: float) -> str:
    """Write a multiple: 2.05×."""
    return "open" if not math.isfinite(value) else f"{value:.2f}{n.TIMES}".replace("-", "−")


def percent(value: float, *, sign: bool = False) -> str:
    """Write a share: 24 %. Halves go away from zero, as in cells: shares of 1,000 draws often end in one."""
    if not math.isfinite(value):
        return "open"
    whole = math.copysign(math.floor(abs(value) * 100 + 0.5 + 1e-9), value)
    return f"{whole:{'+' if sign else ''}.0f} %".replace("-", "−")


def chance(share: float) -> str:
    """Write the share of draws in which something holds; a rounded 0 or 100 % would say too much."""
    if share >= ALMOST:
        return f"over {percent(0.99)}"
    return f"under {percent(0.01)}" if share <= 1 - ALMOST else percent(share)


def ratio(part: float, whole: float) -> float:
    """Return part / whole, NaN for an empty whole."""
    return part / whole if whole else math.nan


def short(name: str) -> str:
    """Cut a long name for use in a sentence."""
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Join names: a, b and c; a, b and 4 more."""
    own = [short(name) for name in names]
    if len(own) > max(most, 1):
        own = [*own[: most - 1], f"{len(own) - most + 1} more"] if most > 1 else [f"{len(own)} channels"]
    return own[0] if len(own) == 1 else f"{', '.join(own[:-1])} and {own[-1]}" if own else "none"


def fitted(say: Callable[[int], str]) -> str:
    """Say a sentence with as many names as its row on Start holds: three in each list, two, or their number."""
    for most in (3, 2):
        if text_width(say(most), ANSWER_SIZE) <= ANSWER_ROOM:
            return say(most)
    return say(1)


def level(r: Facts) -> str:
    """Write the level of the ranges: 90 %."""
    return percent(r.level)


def span(r: Facts, low: float, high: float, *, sign: bool = False) -> str:
    """Write a range of money: (90 %: 0.5m to 2.2m)."""
    if not (r.ranged and math.isfinite(low) and math.isfinite(high)):
        return NO_RANGE
    return f"({level(r)}: {money(low, sign=sign)} to {money(high, sign=sign)})"


def ranges(r: Facts) -> str:
    """Name the ranges: 90 % bootstrap range; hand-set, no range."""
    if r.ranged:
        return f"{level(r)} {r.range_label}"
    return r.range_label if r.range_label.endswith("no range") else "no range"


def outcome_word(r: Facts) -> str:
    """Name what media bring: revenue, or the KPI's own unit."""
    return "revenue" if r.is_money else r.kpi_unit


def _signed(value: float, sign: bool, letter: str) -> str:
    size = abs(value)
    if not letter and 0 < size < 0.1:
        return f"{value:{'+' if sign else ''}.2g}".replace("-", "−")
    decimals = 0 if size >= 99.95 or (not letter and size >= 10) else 1 if size >= 9.995 else 2
    return f"{value:{'+' if sign else ''}.{decimals}f}{letter}".replace("-", "−")


# ---------------------------------------------------------------- orders
def by_spend(r: Facts) -> list[str]:
    """Paid channels, largest spend first; ties in the model's order."""
    return [str(name) for name in r.roi["spend"].sort_values(ascending=False, kind="stable").index]


def largest(r: Facts) -> list[str]:
    """Media, largest contribution first; ties in the model's order."""
    return [str(name) for name in r.contribution[list(r.media)].sum().sort_values(ascending=False, kind="stable").index]


def best(r: Facts, column: str) -> list[str]:
    """Paid channels by a column of the ROI table, largest first; blanks left out."""
    return [str(name) for name in r.roi[column].dropna().sort_values(ascending=False, kind="stable").index]


def at(frame: pd.DataFrame, name: object, column: str) -> float:
    """Return one number of a table."""
    value: Any = frame[column].to_numpy()[frame.index.get_loc(name)]
    return float(value)


def _with_ranges(text: str, r: Facts) -> str:
    """Close a sentence with the range label where results have ranges."""
    return f"{text} Ranges: {ranges(r)}."


# ---------------------------------------------------------------- Start
def headline(r: Facts) -> str:
    """Say what media brought and what one unit of money returned."""
    spend, brought = float(r.roi["spend"].sum()), float(r.revenue.sum())
    who = "Media" if len(r.roi) == len(r.media) else "Paid media"
    share = f"{who} brought {percent(paid_share(r))} of the {short(r.kpi_unit)}"
    if not r.is_money:
        return f"{share}: {money(brought)} for {money(spend)}, {money(ratio(spend, brought))} a unit."
    back, even = ratio(brought, spend), 1 / r.margin
    side = "above" if back > even else "below"
    return f"{share}: {money(brought)} from {money(spend)}, {times(back)} overall, {side} break-even at {times(even)}."


def paid_share(r: Facts) -> float:
    """Return the share of the KPI that paid media brought, as their return on spend counts it: without organic ones."""
    return ratio(float(r.contribution[list(r.roi.index)].to_numpy().sum()), float(r.contribution.to_numpy().sum()))


def card_words(r: Facts) -> list[str]:
    """Word the lines under the four key figures."""
    media = paid_share(r)
    s = r.summary
    gain = "no plan" if s is None else "outside the bounds" if not s.feasible else _range(r, s)
    even = f"break-even {times(1 / r.margin)}" if r.is_money else "no money value given"
    return [f"{percent(media)} of the {short(r.kpi_unit)}", even, gain, r.range_label if r.ranged else ranges(r)]


def _range(r: Facts, summary: PlanSummary) -> str:
    """Write the range of a plan's gain."""
    return span(r, summary.gain_low, summary.gain_high, sign=True).strip("()")


def answers(r: Facts) -> dict[str, str]:
    """Answer each of the operator's questions in one sentence, by the key of `ANSWERS`."""
    own = (saturated, underfunded, cut_first, next_money, sure, pays, plan)
    return {key: say(r) for key, say in zip(ANSWERS, own, strict=True)}


def underfunded(r: Facts) -> str:
    """Say which channels' next unit returns more than break-even at the low end of its range too."""
    if not best(r, "mroi"):
        return NO_MONEY_VALUE
    even = 1 / r.margin
    if not r.ranged:
        first = best(r, "mroi")[0]
        lead = "By the estimate alone" if at(r.roi, first, "mroi") > even else "None"
        return f"{lead}: {short(first)}'s next unit returns {_next_unit(r, first)}, break-even {even:.2f}."
    first = best(r, "mroi_low")[0]
    sure_ones = [name for name in best(r, "mroi_low") if at(r.roi, name, "mroi_low") > even]
    end = f"next unit returns {_next_unit(r, first)}, break-even {even:.2f}."
    if not sure_ones:
        return f"None for sure: {short(first)}'s {end}"
    whose = "its" if len(sure_ones) == 1 else f"{short(first)}'s"
    return fitted(lambda most: f"{listed(sure_ones, most)}: {whose} {end}")


def cut_first(r: Facts) -> str:
    """Say which channel's last unit returns least, and whether that is below break-even."""
    if not best(r, "mroi"):
        return NO_MONEY_VALUE
    even, last = 1 / r.margin, str(r.roi["mroi"].idxmin())
    now, high = at(r.roi, last, "mroi"), at(r.roi, last, "mroi_high")
    end = f"its last unit returns {_next_unit(r, last)}, break-even {even:.2f}."
    if now >= even:
        return f"None by the estimate: {short(last)} returns least, {end}"
    return f"{short(last)}: {end}" if r.ranged and high < even else f"{short(last)}, but not for sure: {end}"


def _next_unit(r: Facts, name: str) -> str:
    """Write what a channel's next unit of money returns, with its range."""
    now, low, high = (at(r.roi, name, column) for column in ("mroi", "mroi_low", "mroi_high"))
    return f"{now:.2f} ({level(r)}: {low:.2f} to {high:.2f})" if r.ranged else f"{now:.2f} {NO_RANGE}"


def next_money(r: Facts) -> str:
    """Say where the next unit of money goes."""
    order = best(r, "mroi")
    if not order:
        return NO_MONEY_VALUE
    first, last = order[0], order[-1]
    text = f"To {short(first)}: the next unit returns {_next_unit(r, first)}"
    return f"{text}; least from {short(last)}, {at(r.roi, last, 'mroi'):.2f}." if last != first else f"{text}."


def saturated(r: Facts) -> str:
    """Say which channels are near their limit."""
    own = r.work["saturation"].dropna().sort_values(ascending=False, kind="stable")
    if own.empty:
        return "Open: none of the chosen curves has a limit."
    names, shares = [str(name) for name in own.index], own.to_numpy(dtype=float)
    full = [name for name, share in zip(names, shares, strict=True) if share >= SATURATED]
    if len(full) == len(names):
        return fitted(lambda most: f"{listed(full, most)}: at {percent(shares[-1])} of the limit or more.")
    room = f"{short(names[-1])} has most room, at {percent(shares[-1])} of its limit"
    if len(full) == 1:
        return f"{short(full[0])}, at {percent(shares[0])} of its limit; {room}."
    if full:
        return fitted(lambda most: f"{listed(full, most)} are at {percent(SATURATED)} of their limits or more; {room}.")
    return (
        f"None: {short(names[0])} comes closest, at {percent(shares[0])}; {room}."
        if len(names) > 1
        else f"None: {room}."
    )


def pays(r: Facts) -> str:
    """Say which channels pay for themselves."""
    if not r.is_money:
        return cheapest(r)
    if not r.ranged:
        return _pays_at_a_point(r)
    chance = r.roi["p_above_breakeven"]
    yes = [str(name) for name in chance.index[chance >= SURE]]
    no = [str(name) for name in chance.index[chance <= UNLIKELY]]
    unsure = [str(name) for name in chance.index if name not in yes and name not in no]

    def say(most: int) -> str:
        parts = (
            [f"Yes, at {percent(SURE)} or more: {listed(yes, most)}"] if yes else [f"None at {percent(SURE)} or more"]
        )
        parts += [f"open: {listed(unsure, most)}"] if unsure else []
        parts += [f"no: {listed(no, most)}"] if no else []
        return f"{'; '.join(parts)} (break-even {times(1 / r.margin)})."

    return fitted(say)


def _pays_at_a_point(r: Facts) -> str:
    """Say which channels return more than break-even where nothing tells how sure that is."""
    returned = r.roi["roi"].dropna()
    above = [str(name) for name in returned.index[returned > 1 / r.margin]]
    below = [str(name) for name in returned.index if name not in above]

    def say(most: int) -> str:
        even = f"(break-even {times(1 / r.margin)}; no range, so nothing is sure)"
        return f"Above break-even: {listed(above, most)}; below: {listed(below, most)} {even}."

    return fitted(say)


def sure(r: Facts) -> str:
    """Say how sure the model is."""
    statistics = {name: value for name, value, _ in r.statistics}
    fit, miss = statistics.get("R2"), statistics.get("wMAPE")
    width = (r.roi["roi_high"] - r.roi["roi_low"]).dropna().sort_values(kind="stable")
    parts = [] if fit is None else [f"R² {fit:.2f}".replace("-", "−")]
    parts += [] if miss is None else [f"typical miss {percent(miss)}"]
    if not r.ranged:
        parts.append("no ranges: nothing tells how sure the returns are")
    elif len(width):
        widest = str(width.index[-1])
        low, high = at(r.roi, widest, "roi_low"), at(r.roi, widest, "roi_high")
        parts.append(f"least sure of {short(widest)}: ROI {low:.2f} to {high:.2f}")
    review, fail = (r.statuses.count(status) for status in (n.REVIEW, n.FAIL))
    if r.statuses:
        parts.append(f"checks: {fail} failing, {review} to review" if fail + review else "all checks pass")
    return "; ".join(parts) + "."


def gain_of(r: Facts, summary: PlanSummary) -> tuple[float, float, float, str]:
    """Return what a plan is read by: its gain in profit where it was sought for that, else in outcome; range, word."""
    if summary.by_profit:
        return summary.profit_gain, summary.profit_gain_low, summary.profit_gain_high, PROFIT
    return summary.gain, summary.gain_low, summary.gain_high, short(outcome_word(r))


def gain_verb(r: Facts, summary: PlanSummary) -> str:
    """Say what a plan does; a gain whose range holds zero, or that has none, is no fact."""
    gain, low, high, _ = gain_of(r, summary)
    if gain < 0:
        return "costs" if r.ranged and high < 0 else WOULD_COST
    return "adds" if r.ranged and low > 0 else WOULD_ADD


def gain_words(r: Facts, summary: PlanSummary) -> str:
    """Name the size of a plan's gain: 1.39m revenue."""
    gain, _, _, word = gain_of(r, summary)
    return f"{money(abs(gain))} {word}"


def open_plan(r: Facts) -> str:
    """Say why there is no plan to speak of; empty where there is one."""
    if r.conflict:
        return r.conflict if text_width(r.conflict, ANSWER_SIZE) <= ANSWER_ROOM else NO_PLAN
    if r.summary is None:
        return NO_PLAN_YET
    return "" if r.summary.feasible else BROKEN_PLAN


def moved_money(r: Facts) -> float:
    """Return the money that the plan gives to channels, or takes from them when that is more."""
    change = (r.plan["plan"] - r.plan["today"]).to_numpy(dtype=float)
    return float(max(change.clip(min=0).sum(), (-change).clip(min=0).sum()))


def moves_money(r: Facts, summary: PlanSummary) -> bool:
    """Whether the plan is more than today's spend in other words."""
    return moved_money(r) > SMALL_MOVE * summary.budget


def plan(r: Facts) -> str:
    """Say what a better plan would bring; a gain whose range holds zero is no reason to move."""
    s = r.summary
    if s is None or open_plan(r):
        return open_plan(r)
    change = (r.plan["plan"] - r.plan["today"]).sort_values(kind="stable")
    names, moves = [str(name) for name in change.index], change.to_numpy(dtype=float)
    if not moves_money(r, s):
        return (
            "Keep today's split: no plan within the bounds is better."
            if s.optimal
            else "The kept plan is today's split, and no longer the best: optimize again."
        )
    down = [name for name, move in zip(names, moves, strict=True) if move < -SMALL_MOVE * s.budget]
    up = [name for name, move in zip(names[::-1], moves[::-1], strict=True) if move > SMALL_MOVE * s.budget]
    verb = gain_verb(r, s)
    move = "moving" if up and down else "cutting" if down else "giving"
    first = f"Not enough evidence: {move}" if verb in (WOULD_ADD, WOULD_COST) else move.capitalize()
    if not s.optimal:
        first = f"Optimize again. {first}"
    _, low, high, _ = gain_of(r, s)
    gain = f"{gain_words(r, s)} {span(r, low, high, sign=True)}"

    def say(most: int) -> str:
        ways = [f"from {listed(down, most)}"] if down else []
        ways += [f"to {listed(up, most)}"] if up else []
        return f"{first} {money(moved_money(r))} {' '.join(ways)} {verb} {gain}."

    return fitted(say)


def roi_note(r: Facts) -> str:
    """Explain the ROI table in one line."""
    if not r.is_money:
        unit = short(r.kpi_unit)
        return _with_ranges(f"Without a money value ROI stays blank; CPIK, the cost per incremental {unit}, leads.", r)
    even = f"Break-even at a margin of {percent(r.margin)} is {times(1 / r.margin)}."
    return _with_ranges(f"ROI is revenue per unit of money, before margin. {even}", r)


def cheapest(r: Facts) -> str:
    """Name the channel with the lowest cost per incremental KPI unit."""
    cheap = r.roi["cpik"].dropna().sort_values(kind="stable")
    if cheap.empty:
        return "Open: no channel brought anything measurable."
    first = str(cheap.index[0])
    return f"{short(first)} costs least per incremental unit of {short(r.kpi_unit)}, {money(at(r.roi, first, 'cpik'))}."
