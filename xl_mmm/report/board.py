"""What the Board says in words: the plan in one headline, how sure that is, and what it rests on.

The plan is the optimized one, or a scenario as it was typed. What a scenario assumes of market and drivers stands on
both sides: its gain is that of the money alone, and a line of its own says what the assumptions do.

Every word follows from a comparison of figures that stand on the page. A plan is called better (or worse) than today
when the paired range of its gain lies above (or below) zero and its mean does too; else there is not enough evidence.
Without a range nothing is called sure. Money counts as moved from one in two hundred of the budget on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.report.findings import (
    BROKEN_PLAN,
    NO_PLAN,
    NO_PLAN_YET,
    NO_RANGE,
    PROFIT,
    SMALL_MOVE,
    WOULD_ADD,
    WOULD_COST,
    listed,
    money,
    percent,
    ratio,
    short,
    times,
)  # fmt: skip
from xl_mmm.report.findings import chance as share_of
from xl_mmm.report.text_width import text_width

if TYPE_CHECKING:
    import pandas as pd

WORDS = (
    "scope",
    "headline",
    "sure",
    "outcome",
    "gain",
    "spend",
    "profit",
    "steps",
    "moved",
)  # sentences, before what it rests on
LINES = 10  # lines of what the plan rests on
BETTER, WORSE, OPEN, UNKNOWN, SAME = "better", "worse", "open", "unknown", "same"
NOT_ENOUGH = "Not enough evidence"
HEADLINE_SIZE, HEADLINE_ROOM = 15.0, 172.0  # points; width of the page, characters
LINE_SIZE, LINE_ROOM = 11.0, 84.0
SAME_MONEY = 1e-6  # share of spend up to which two sums are the same
MOST_CAUTIONS, MOST_LIMITS = 2, 2


@dataclass(frozen=True, slots=True, eq=False)
class BoardFacts:
    """A plan and what it rests on, in figures.

    Attributes
    ----------
    plan
        Index channel: money `today` and `plan`, outcome `step` that the channel's change brings.
    outcome, outcome_low, outcome_high
        Outcome of the plan with range.
    gain, gain_low, gain_high
        Its difference from today's, paired range.
    p_better
        Share of draws in which the plan beats today; NaN when it is today's.
    profit_gain
        Profit of the plan less today's; NaN when the KPI has no money value.
    planned, feasible, optimal
        Whether there is a plan, whether it keeps every limit, whether it is the best within them.
    conflict
        Why no plan can keep all limits; empty where one can.
    cautions, binding
        Where the plan leaves what was observed, in words; limits that hold it.
    name, assumed, media_cost
        The scenario that is shown, blank for the optimized plan; outcome that its market and drivers add by themselves,
        a part of the plan's outcome and of today's beside it; the part of its gain that comes of other media prices.
    by_profit, profit_gain_low, profit_gain_high, p_profit
        Whether the plan was sought for its profit; range of `profit_gain`, and the chance that it is above zero.
    first, last, ahead
        First and last period planned; whether they lie ahead.
    margin, level
        Profit per unit of revenue; width of the ranges.
    ranged, range_label
        Whether there are draws to tell how sure a figure is, and what the ranges are called.
    is_money, outcome_word
        Whether the KPI has a money value; what media bring.
    model_line, periods, data_first, data_last, r_squared, miss
        Method and seed; the window of the data; share of movement explained, weighted error.
    """

    plan: pd.DataFrame
    outcome: float
    outcome_low: float
    outcome_high: float
    gain: float
    gain_low: float
    gain_high: float
    p_better: float
    profit_gain: float
    planned: bool
    feasible: bool
    optimal: bool
    conflict: str
    cautions: tuple[str, ...]
    binding: tuple[str, ...]
    first: str
    last: str
    ahead: bool
    margin: float
    level: float
    ranged: bool
    range_label: str
    is_money: bool
    outcome_word: str
    model_line: str
    periods: int
    data_first: str
    data_last: str
    r_squared: float
    miss: float
    name: str = ""
    assumed: float = 0.0
    media_cost: float = 0.0
    by_profit: bool = False
    profit_gain_low: float = math.nan
    profit_gain_high: float = math.nan
    p_profit: float = math.nan

    @property
    def read_by(self) -> tuple[float, float, float, float, str]:
        """What the plan is read by: gain, range, chance and word, in profit where it was sought for that."""
        if self.by_profit:
            return self.profit_gain, self.profit_gain_low, self.profit_gain_high, self.p_profit, PROFIT
        return self.gain, self.gain_low, self.gain_high, self.p_better, self.outcome_word

    @property
    def today(self) -> float:
        """Money spent today."""
        return float(self.plan["today"].sum())

    @property
    def still(self) -> bool:
        """Whether no channel's money moves."""
        return float(self.moves.abs().max()) <= SMALL_MOVE * self.today

    @property
    def net(self) -> float:
        """Money of the plan less today's."""
        return float(self.plan["plan"].sum()) - self.today

    @property
    def moves(self) -> pd.Series[float]:
        """Channel -> money more or less than today, the largest rise first."""
        return (self.plan["plan"] - self.plan["today"]).sort_values(ascending=False, kind="stable")


def words(r: BoardFacts) -> dict[str, str]:
    """Return the sentences of `WORDS` by key."""
    own = (scope, headline, sure, outcome_range, chance, spend_change, profit_terms, steps_title, spend_title)
    return {key: say(r) for key, say in zip(WORDS, own, strict=True)}


def verdict(r: BoardFacts) -> str:
    """Judge a plan against today: `better`, `worse`, `open`, `unknown` without a range, `same` where nothing moves."""
    gain, low, high, _, _ = r.read_by
    if r.still and not (r.name and any(end != 0 for end in (gain, low, high))):
        return SAME  # a scenario may bring more or less at other prices, or in other weeks
    if not (r.ranged and math.isfinite(low) and math.isfinite(high)):
        return UNKNOWN
    if gain > 0 and low > 0:
        return BETTER
    return WORSE if gain < 0 and high < 0 else OPEN


def no_plan(r: BoardFacts) -> str:
    """Say why there is no plan to speak of; empty where there is one."""
    if r.conflict:
        return r.conflict if text_width(r.conflict, HEADLINE_SIZE, bold=True) <= HEADLINE_ROOM else NO_PLAN
    if not r.planned:
        return NO_PLAN_YET
    return "" if r.feasible else BROKEN_PLAN


def scope(r: BoardFacts) -> str:
    """Say what is compared, over which periods."""
    when = f"{r.first} to {r.last}{', the year ahead' if r.ahead else ''}"
    if r.name:
        both = ", both under its market and drivers" if r.assumed else ""
        return f"{short(r.name)} against today's spend{both}, {when}"
    return f"The plan against today's spend, {when}" if r.planned else f"Today's spend, {when}"


def headline(r: BoardFacts) -> str:
    """Say what the plan does and what that brings."""
    if why := no_plan(r):
        return why
    found = verdict(r)
    if found == SAME and r.name:
        return f"{short(r.name)} spends as today and brings the same."
    if found == SAME:
        if r.optimal:
            return "Keep today's split: no plan within the limits is better."
        return "The plan is today's split, and no longer the best: optimize again."
    gain, _, _, _, word = r.read_by
    brings = f"{money(abs(gain))} {short(word)}."
    verb = {BETTER: "adds", WORSE: "costs"}.get(found, WOULD_ADD if gain >= 0 else WOULD_COST)

    def say(most: int) -> str:
        move = _move(r, most)
        if r.media_cost and not r.still:
            move = f"{move} at other media prices"
        if found == OPEN:
            return f"{NOT_ENOUGH}: {move[0].lower()}{move[1:]} {verb} {brings}"
        return f"{move} {verb} {brings}"

    return _fitting(say, HEADLINE_SIZE, HEADLINE_ROOM)


def sure(r: BoardFacts) -> str:
    """Say how sure the gain is, and whether the plan is still the best."""
    if no_plan(r) or verdict(r) == SAME:
        return ""
    again = "" if r.optimal else " It is no longer the best plan: optimize again."
    if verdict(r) == UNKNOWN:
        return f"One set of parameters: nothing tells how sure that is.{again}"
    _, low, high, share, word = r.read_by
    zero = ", which holds zero" if low <= 0 <= high else ""
    ends = f"{money(low, sign=True)} to {money(high, sign=True)}"
    more = f"{share_of(share)} sure it brings more {short(word)} than today" if r.by_profit else chance(r)
    return f"{percent(r.level)} range {ends}{zero}; {more}.{again}"


def outcome_range(r: BoardFacts) -> str:
    """Write the range of the plan's outcome."""
    if no_plan(r):
        return ""
    if not (r.ranged and math.isfinite(r.outcome_low) and math.isfinite(r.outcome_high)):
        return NO_RANGE.strip("()")
    return f"{percent(r.level)}: {money(r.outcome_low)} to {money(r.outcome_high)}"


def chance(r: BoardFacts) -> str:
    """Say how sure it is that the plan brings more than today."""
    if no_plan(r):
        return ""
    if not r.ranged or math.isnan(r.p_better):
        return "nothing moves" if verdict(r) == SAME else "how sure is not known"
    return f"{share_of(r.p_better)} sure it brings more than today"


def spend_change(r: BoardFacts) -> str:
    """Say how the plan's spend differs from today's."""
    if no_plan(r):
        return ""
    if abs(r.net) <= SAME_MONEY * r.today:
        return "as much as today"
    return f"{money(r.net, sign=True)} against today ({percent(ratio(r.net, r.today), sign=True)})"


def profit_terms(r: BoardFacts) -> str:
    """Say what profit is here."""
    if not r.is_money:
        return "the KPI has no money value"
    return f"after spend, at a margin of {percent(r.margin)}"


def steps_title(r: BoardFacts) -> str:
    """Say which channels' changes bring and cost most."""
    if no_plan(r):
        return "No plan to bridge to"
    up, down = r.plan["step"].idxmax(), r.plan["step"].idxmin()
    most, least = float(r.plan["step"].max()), float(r.plan["step"].min())
    parts = [f"{short(str(up))} adds most, {money(most, sign=True)}"] if most > 0 else []
    parts += [f"{short(str(down))} gives up {money(-least)}"] if least < 0 else []
    return "; ".join(parts) or f"No channel's {short(r.outcome_word)} changes"


def spend_title(r: BoardFacts) -> str:
    """Say how much money moves."""
    if no_plan(r):
        return "No plan beside today's spend"
    if abs(r.net) > SMALL_MOVE * r.today:
        return f"Media spend: {money(abs(r.net))} {'more' if r.net > 0 else 'less'} than today"
    if r.still:
        return "Spend by channel stays as it is"
    return f"{money(_moved(r))} moves between channels"


def rests(r: BoardFacts) -> list[str]:
    """Return what the plan rests on as exactly `LINES` lines, blank ones last; a long list says where to read on."""
    return _filled(_grounds(r))


def at_fault(sentence: str) -> dict[str, str]:
    """Say that a table is at fault; what to mend stands in place of what the plan rests on."""
    lines = {f"rests{i}": line for i, line in enumerate(_filled([sentence]))}
    return {"headline": "No plan can be judged: a table of limits or settings is at fault.", **lines}


def _filled(sentences: Iterable[str]) -> list[str]:
    """Break sentences into exactly `LINES` lines."""
    lines = [line for sentence in sentences for line in _wrapped(sentence)]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], "•  More on Optimizer and Checks."]
    return lines + [""] * (LINES - len(lines))


def _grounds(r: BoardFacts) -> Iterator[str]:
    """Yield what the plan rests on, a sentence each."""
    fit = f"explains {percent(r.r_squared)} of the movement" if r.r_squared > 0 else "explains no movement"
    window = f"{r.periods} periods, {r.data_first} to {r.data_last}"
    yield f"Model: {r.model_line}; {window}; {fit}, typical miss {percent(r.miss)}."
    if r.ranged:
        yield f"Ranges: {percent(r.level)}, {r.range_label}; gains compare the same draw under both plans."
    else:
        yield "Ranges: none, so nothing here is sure."
    if r.is_money:
        yield f"Margin {percent(r.margin)}: a channel pays for itself from an ROI of {times(1 / r.margin)}."
    if r.ahead:
        yield f"What the money still earns after {r.last} is counted."
    else:
        yield f"What the money still earns after {r.last} is not counted."
    if r.assumed:
        rise = "more" if r.assumed > 0 else "less"
        yield f"Market and drivers as assumed bring {money(abs(r.assumed))} {rise} by themselves, with either spend."
    if r.media_cost:
        yield f"Of the change, {money(r.media_cost, sign=True)} comes of the media prices that are assumed."
    if r.name:
        yield f"{short(r.name)} is a scenario as typed; the limits of Optimizer do not hold it."
    elif r.planned:
        if r.binding:
            yield from r.binding[:MOST_LIMITS]
            if len(r.binding) > MOST_LIMITS:
                more = len(r.binding) - MOST_LIMITS
                yield "One more limit holds it." if more == 1 else f"{more} more limits hold it."
        else:
            yield "No limit holds the plan."
    if r.planned:
        yield from r.cautions[:MOST_CAUTIONS]
        if len(r.cautions) > MOST_CAUTIONS:
            more = len(r.cautions) - MOST_CAUTIONS
            where = " like this" if r.name else " stands on Optimizer" if more == 1 else " stand on Optimizer"
            yield f"One more caution{where}." if more == 1 else f"{more} more cautions{where}."
        if not r.cautions:
            yield "No channel's plan leaves the spend per period seen so far by much."


def _move(r: BoardFacts, most: int) -> str:
    """Say which money moves: between channels, or into and out of the budget."""
    moves, small = r.moves, SMALL_MOVE * r.today
    up = [str(name) for name, move in moves.items() if move > small]
    down = [str(name) for name, move in moves[::-1].items() if move < -small]
    if abs(r.net) > small:
        first = f"Spending {money(abs(r.net))} {'more' if r.net > 0 else 'less'}"
        ways = [f"more on {listed(up, most)}"] if up else []
        ways += [f"less on {listed(down, most)}"] if down else []
        return f"{first} ({', '.join(ways)})" if ways else f"{first}, a little by channel,"
    if not up and not down:
        return "The same money, at other prices or in other weeks,"
    ways = [f"from {listed(down, most)}"] if down else []
    ways += [f"to {listed(up, most)}"] if up else []
    return f"Moving {money(_moved(r))} {' '.join(ways)}"


def _moved(r: BoardFacts) -> float:
    """Return the money that goes from some channels to others."""
    moves = r.moves.to_numpy()
    return float(max(moves[moves > 0].sum(), -moves[moves < 0].sum()))


def _fitting(say: Callable[[int], str], size: float, room: float) -> str:
    """Say a sentence with as many names as fit: three in each list, two, or their number."""
    for most in (3, 2):
        if text_width(say(most), size, bold=True) <= room:
            return say(most)
    return say(1)


def _wrapped(sentence: str) -> Iterator[str]:
    """Break a sentence into lines that fit beside the chart, a dot before the first."""
    line, lead = "", "•  "
    for word in sentence.split():
        longer = f"{line} {word}" if line else word
        if line and text_width(lead + longer, LINE_SIZE) > LINE_ROOM:
            yield lead + line
            line, lead = word, "    "
        else:
            line = longer
    yield lead + line
