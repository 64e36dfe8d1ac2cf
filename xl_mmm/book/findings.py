"""Sentences computed from a model's numbers: headlines, answers, chart titles.

Nothing here is decoration: every word follows from a comparison that the reader can redo in the cells. A channel pays
when P(ROI > break-even) is at least 0.9, does not when it is at most 0.1, and is open in between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.book import names as n
from xl_mmm.book.layout import TITLES

if TYPE_CHECKING:
    from xl_mmm.book.layout import Layout
    from xl_mmm.book.results import Results

NOT_RUN = "Not run yet: press Run, or xl-mmm run"
OTHER = "Other media"
SURE, UNLIKELY = 0.9, 0.1
SATURATED = 0.7  # share of the limit from which a channel is called saturated
NAME_LENGTH = 22
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
    """Write a share: 24 %."""
    return "open" if not math.isfinite(value) else f"{value:{'+' if sign else ''}.0%}".replace("%", " %").replace("-", "−")


def ratio(part: float, whole: float) -> float:
    """Return part / whole, NaN for an empty whole."""
    return part / whole if whole else math.nan


def short(name: str) -> str:
    """Cut a long name for use in a sentence."""
    return name if len(name) <= NAME_LENGTH else name[: NAME_LENGTH - 1] + "…"


def listed(names: Sequence[str], most: int = 3) -> str:
    """Join names: a, b and c; a, b and 4 more."""
    own = [short(name) for name in names]
    if len(own) > most:
        own = [*own[: most - 1], f"{len(own) - most + 1} more"]
    return own[0] if len(own) == 1 else f"{', '.join(own[:-1])} and {own[-1]}" if own else "none"


def level(r: Results) -> str:
    """Write the level of the ranges: 90 %."""
    return percent(r.level)


def span(r: Results, low: float, high: float, *, sign: bool = False) -> str:
    """Write a range of money: (90 %: 0.5m to 2.2m)."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "(no range)"
    return f"({level(r)}: {money(low, sign=sign)} to {money(high, sign=sign)})"


def outcome_word(r: Results) -> str:
    """Name what media bring: revenue, or the KPI's own unit."""
    return "revenue" if r.is_money else r.kpi_unit


def _signed(value: float, sign: bool, letter: str) -> str:
    size = abs(value)
    decimals = 0 if size >= 99.95 or (not letter and size >= 10) else 1 if size >= 9.995 else 2
    return f"{value:{'+' if sign else ''}.{decimals}f}{letter}".replace("-", "−")


# ---------------------------------------------------------------- orders
def by_spend(r: Results) -> list[str]:
    """Paid channels, largest spend first; ties in the model's order."""
    return [str(name) for name in r.roi["spend"].sort_values(ascending=False, kind="stable").index]


def largest(r: Results) -> list[str]:
    """Media, largest contribution first."""
    return [str(name) for name in r.contribution[list(r.media)].sum().sort_values(ascending=False, kind="stable").index]


def _best(r: Results, column: str) -> list[str]:
    return [str(name) for name in r.roi[column].dropna().sort_values(ascending=False, kind="stable").index]


# ---------------------------------------------------------------- Start
def headline(r: Results) -> str:
    """Say what media brought and what one unit of money returned."""
    total, media = r.contribution.to_numpy().sum(), r.contribution[list(r.media)].to_numpy().sum()
    share = f"Media brought {percent(ratio(media, total))} of the {r.kpi_unit}"
    if not r.is_money:
        cost = ratio(r.roi["spend"].sum(), r.revenue.sum())
        return f"{share}: {money(r.revenue.sum())} for {money(r.roi['spend'].sum())}, {money(cost)} a unit."
    back = ratio(r.revenue.sum(), r.roi["spend"].sum())
    pays = "above" if back > 1 / r.margin else "below"
    return f"{share}: {money(r.revenue.sum())} from {money(r.roi['spend'].sum())}, {times(back)} overall, {pays} break-even at {times(1 / r.margin)}."


def cards(r: Results) -> list[object]:
    """Words under the four key figures, with gaps for the columns between."""
    media = ratio(r.contribution[list(r.media)].to_numpy().sum(), r.contribution.to_numpy().sum())
    s = r.summary
    gain = "no plan" if s is None else span(r, s.gain_low, s.gain_high, sign=True).strip("()")
    return [
        f"{percent(media)} of the {short(r.kpi_unit)}", None, None,
        f"break-even {times(1 / r.margin)}" if r.is_money else "no money value given", None, None,
        gain, None, None,
        r.range_label,
    ]  # fmt: skip


def answers(r: Results) -> list[str]:
    """One sentence for each of the operator's questions, in the order of `layout.ANSWERS`."""
    return [next_money(r), saturated(r), pays(r), sure(r), plan(r)]


def next_money(r: Results) -> str:
    """Where does the next unit of money go?"""
    order = _best(r, "mroi")
    if not order:
        return "Open: the KPI has no money value, so returns cannot be compared with spend."
    first, last = order[0], order[-1]
    own = r.roi.loc[first]
    text = f"To {short(first)}: the next unit returns {own['mroi']:.2f} ({level(r)}: {own['mroi_low']:.2f} to {own['mroi_high']:.2f})"
    return f"{text}; least from {short(last)}, {r.roi.loc[last, 'mroi']:.2f}." if last != first else f"{text}."


def saturated(r: Results) -> str:
    """Which channels are near their limit?"""
    own = r.work["saturation"].dropna().sort_values(ascending=False, kind="stable")
    if own.empty:
        return "Open: none of the chosen curves has a limit."
    full = [str(name) for name in own.index[own >= SATURATED]]
    room = f"{short(str(own.index[-1]))} has most room, at {percent(own.iloc[-1])} of its limit"
    if full:
        return f"{listed(full)} {'is' if len(full) == 1 else 'are'} at {percent(SATURATED)} or more; {room}."
    return f"None: {short(str(own.index[0]))} comes closest, at {percent(own.iloc[0])}; {room}." if len(own) > 1 else f"No: {room}."


def pays(r: Results) -> str:
    """Which channels pay for themselves?"""
    if not r.is_money:
        cheap = r.roi["cpik"].dropna().sort_values(kind="stable")
        return f"{short(str(cheap.index[0]))} brings one more at least cost, {money(cheap.iloc[0])}." if len(cheap) else "Open."
    chance = r.roi["p_above_breakeven"]
    yes = [str(name) for name in chance.index[chance >= SURE]]
    no = [str(name) for name in chance.index[chance <= UNLIKELY]]
    unsure = [str(name) for name in chance.index if name not in yes and name not in no]
    parts = [f"surely {listed(yes)}"] if yes else ["none for sure"]
    parts += [f"open: {listed(unsure)}"] if unsure else []
    parts += [f"does not: {listed(no)}"] if no else []
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]} (break-even {times(1 / r.margin)})."


def sure(r: Results) -> str:
    """How sure is the model?"""
    statistics = {name: value for name, value, _ in r.statistics}
    fit, miss = statistics.get("R2"), statistics.get("wMAPE")
    width = (r.roi["roi_high"] - r.roi["roi_low"]).dropna().sort_values(kind="stable")
    parts = [] if fit is None else [f"R² {fit:.2f}"]
    parts += [] if miss is None else [f"typical miss {percent(miss)}"]
    if len(width):
        widest = str(width.index[-1])
        parts.append(f"least sure of {short(widest)}: ROI {r.roi.loc[widest, 'roi_low']:.2f} to {r.roi.loc[widest, 'roi_high']:.2f}")
    review, fail = (int((r.checks["status"] == status).sum()) for status in (n.REVIEW, n.FAIL))
    parts.append(f"checks: {fail} failing, {review} to review" if fail + review else "all checks pass")
    return "; ".join(parts) + "."


def plan(r: Results) -> str:
    """What would a better plan do?"""
    s = r.summary
    if s is None:
        return "No plan keeps every bound: loosen them on Optimizer."
    change = (r.plan["plan"] - r.plan["today"]).sort_values(kind="stable")
    moved = -change[change < 0].sum() if (change < 0).any() else change[change > 0].sum()
    if moved <= SMALL_MOVE * max(s.budget, 1e-12):
        return "Keep today's split: no plan within the bounds is better."
    down = [str(name) for name in change.index[change < -SMALL_MOVE * s.budget]][:2]
    up = [str(name) for name in change.index[::-1] if change[name] > SMALL_MOVE * s.budget][:2]
    route = f"from {listed(down)} to {listed(up)}" if down and up else f"to {listed(up)}" if up else f"out of {listed(down)}"
    verb = "adds" if s.gain >= 0 else "costs"
    return f"Moving {money(moved)} {route} {verb} {money(abs(s.gain))} {outcome_word(r)} {span(r, s.gain_low, s.gain_high, sign=True)}."


def state(r: Results) -> list[str]:
    """Where the data and the model come from."""
    dates = r.contribution.index.to_numpy().astype("datetime64[D]")
    return [
        f"{len(dates)} periods, {dates[0]} to {dates[-1]}; {len(r.channels)} paid channels; data {r.run.data_hash[:12]}",
        f"{r.run.method}, seed {r.run.seed}; {level(r)} {r.range_label}; model {r.run.model_hash[:12]}; run {r.run.time:%Y-%m-%d %H:%M}",
    ]


def roi_headline(r: Results) -> str:
    """The log's one line on returns."""
    total = ratio(r.revenue.sum(), r.roi["spend"].sum())
    return f"{times(total)} overall" if r.is_money else f"{money(ratio(1.0, total))} per {r.kpi_unit}"


def roi_note(r: Results) -> str:
    """Explain the ROI table in one line."""
    if not r.is_money:
        return f"The KPI has no money value: ROI stays blank and CPIK (cost per incremental {r.kpi_unit}) leads. Ranges: {level(r)} {r.range_label}."
    return (
        f"ROI is revenue per unit of money, before margin. Ranges: {level(r)} {r.range_label}. "
        f"Break-even at a margin of {percent(r.margin)} is {times(1 / r.margin)}."
    )


# ---------------------------------------------------------------- chart titles
def titles(r: Results, layout: Layout) -> dict[str, str]:
    """Title of every chart, in the order of `layout.TITLES`."""
    own = {
        "fit": title_fit(r),
        "decomposition": title_decomposition(r),
        "bridge": title_bridge(r),
        "roi": title_roi(r),
        "shares": title_shares(r),
        "scenarios": title_scenarios(r),
        "shift": title_shift(r),
    }
    names = by_spend(r)
    for i, key in enumerate(TITLES[len(own) :]):
        own[key] = title_curve(r, names[i]) if i < layout.curves else ""
    return own


def title_fit(r: Results) -> str:
    """Actual against fitted."""
    statistics = {name: value for name, value, _ in r.statistics}
    fit, miss = statistics.get("R2"), statistics.get("wMAPE")
    if fit is None or miss is None:
        return "Actual and fitted"
    return f"The model explains {percent(fit)} of the movement; it misses a period by {percent(miss)}"


def title_decomposition(r: Results) -> str:
    """Stacked decomposition."""
    totals = r.contribution.sum()
    first = largest(r)[0]
    media = ratio(totals[list(r.media)].sum(), totals.sum())
    return f"Media carries {percent(media)} of the {short(r.kpi_unit)}, most of it {short(first)}"


def title_bridge(r: Results) -> str:
    """Bridge from the base to the KPI."""
    totals = r.contribution.sum()
    first = largest(r)[0]
    return f"Of {money(totals.sum())} {short(r.kpi_unit)}, media adds {money(totals[list(r.media)].sum())}; {short(first)} {money(totals[first])}"


def title_roi(r: Results) -> str:
    """ROI bars with break-even."""
    order = _best(r, "roi")
    if not order:
        cheap = r.roi["cpik"].dropna().sort_values(kind="stable")
        return f"{short(str(cheap.index[0]))} costs least per incremental {short(r.kpi_unit)}" if len(cheap) else "Cost per incremental KPI"
    below = int((r.roi["roi"] < 1 / r.margin).sum())
    return f"{short(order[0])} pays most; {below} of {len(order)} below break-even (dashed)"


def title_shares(r: Results) -> str:
    """Share of spend against share of effect."""
    gap = (r.roi["effect_share"] - r.roi["spend_share"]).dropna().sort_values(kind="stable")
    if gap.empty:
        return "Share of spend and share of effect"
    over, under = str(gap.index[0]), str(gap.index[-1])
    own = r.roi.loc[over]
    return f"{short(over)}: {percent(own['spend_share'])} of spend, {percent(own['effect_share'])} of effect; {short(under)} does more"


def title_scenarios(r: Results) -> str:
    """Differences from today."""
    others = r.scenarios.iloc[1:]
    if others.empty:
        return "Add scenarios below to compare them with today"
    best = others["difference"].astype(float).idxmax()
    row = others.loc[best]
    return f"{short(str(best))} is best: {money(row['difference'], sign=True)} {outcome_word(r)} against today, {percent(row['p_better'])} sure"


def title_shift(r: Results) -> str:
    """Spend today against the optimized plan."""
    s = r.summary
    if s is None:
        return "No plan keeps every bound"
    moved = (r.plan["plan"] - r.plan["today"]).clip(lower=0).sum()
    verb = "adds" if s.gain >= 0 else "costs"
    return f"Moving {money(moved)} {verb} {money(abs(s.gain))} {short(outcome_word(r))}"


def title_curve(r: Results, name: str) -> str:
    """What 20 % less spend would cost a channel."""
    curve = r.curves[name]
    spend, today = r.roi.loc[name, "spend"], r.revenue[name]
    less = float(np.interp(0.8 * spend, curve["spend"], curve["outcome"]))
    if not today > 0:
        return f"{short(name)}: no effect found"
    return f"{short(name)}: 20 % less spend, {percent(1 - less / today)} less effect"
