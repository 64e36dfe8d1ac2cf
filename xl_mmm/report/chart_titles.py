"""The finding above each chart, computed from the numbers, and the words for what each chart draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.report.findings import (
    BROKEN_PLAN,
    NO_PLAN,
    NO_PLAN_YET,
    SURE,
    at,
    best,
    by_spend,
    cheapest,
    gain_verb,
    gain_words,
    largest,
    money,
    moved_money,
    moves_money,
    outcome_word,
    percent,
    ratio,
    short,
)
from xl_mmm.report.findings import chance as share_of

if TYPE_CHECKING:
    from xl_mmm.report.facts import Facts

CURVES = 6  # response curves drawn
TITLES = (
    "fit",
    "decomposition",
    "bridge",
    "roi",
    "shares",
    "scenarios",
    "shift",
    *(f"curve{i}" for i in range(CURVES)),
)
METHODS = "methods"  # its finding is the comparison's, not the model's
AHEAD = ("outlook", "flighting")  # theirs are the plan's (`xl_mmm.report.year_words`)
STEPS, SPLITS = BETWEEN = ("steps", "splits")  # their findings are those of a bridge between two plans
BOARD_BRIDGE, BOARD_SPEND, BOARD_RETURNS = ON_BOARD = ("board_bridge", "board_spend", "board_returns")
CHARTS = (*TITLES, METHODS, *BETWEEN, *AHEAD, *ON_BOARD)
TOPICS = {  # what a chart draws, under its finding
    "fit": "Actual and fitted, by period",
    "decomposition": "Base and media, by period",
    "bridge": "From the base through each medium to the total",
    "roi": "Return by channel with range; dashed: break-even",
    "shares": "Share of spend and share of media effect",
    "scenarios": "Difference from today, with range",
    "shift": "Spend by channel, today and optimized",
    METHODS: "Return by channel and method, with range",
    "outlook": "KPI of the time ahead with range, and a year before",
    "flighting": "Planned spend by period and channel",
    STEPS: "From plan A to plan B: the difference, by reason",
    BOARD_BRIDGE: "From today to the plan; axis starts above zero",
    BOARD_SPEND: "Spend by channel, today and in the plan",
    BOARD_RETURNS: "Return by channel with range; dashed: break-even",
    SPLITS: "From plan A to plan B: each channel, by reason",
    **{key: "Outcome by spend over the window, with range" for key in TITLES if key.startswith("curve")},
}


def topic(chart: str, *, money: bool) -> str:
    """Say what a chart draws."""
    by_cost = chart in ("roi", BOARD_RETURNS) and not money
    return "Cost per incremental KPI unit, with range" if by_cost else TOPICS[chart]


def titles(r: Facts, curves: int) -> dict[str, str]:
    """Title every chart, in the order of `TITLES`; `curves` response curves are drawn."""
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
        own[key] = title_curve(r, names[i]) if i < curves else ""
    return own


def title_fit(r: Facts) -> str:
    """Title actual against fitted."""
    statistics = {name: value for name, value, _ in r.statistics}
    fit, miss = statistics.get("R2"), statistics.get("wMAPE")
    if fit is None or miss is None:
        return "Actual and fitted"
    if fit <= 0:
        return f"The model describes the KPI no better than its mean; typical miss {percent(miss)}"
    return f"The model explains {percent(fit)} of the movement; typical miss {percent(miss)}"


def title_decomposition(r: Facts) -> str:
    """Title the stacked decomposition."""
    totals = r.contribution.sum()
    media = ratio(totals[list(r.media)].sum(), totals.sum())
    return f"Media carries {percent(media)} of the {short(r.kpi_unit)}, most of it {short(largest(r)[0])}"


def title_bridge(r: Facts) -> str:
    """Title the bridge from the base to the KPI."""
    totals = r.contribution.sum()
    first = largest(r)[0]
    media = money(totals[list(r.media)].sum(), sign=True)
    own = money(totals[first], sign=True)
    return f"{money(totals.sum())} {short(r.kpi_unit)}: media {media}, most from {short(first)} {own}"


def title_roi(r: Facts) -> str:
    """Title the ROI bars with break-even."""
    order = best(r, "roi")
    if not order:
        return cheapest(r).rstrip(".")
    below = int((r.roi["roi"] < 1 / r.margin).sum())
    rest = f"{below} of {len(order)} below break-even (dashed)"
    if not r.ranged:
        return f"{short(order[0])} returns most, range unknown; {rest}"
    first, chance = order[0], r.roi["p_above_breakeven"]
    if chance[first] >= SURE:
        return f"{short(first)} pays most; {rest}"
    surest = str(chance.idxmax())
    open_ = f"{short(first)} looks highest but is open ({percent(chance[first])})"
    return f"{short(surest)} pays; {open_}; {rest}" if chance[surest] >= SURE else f"{open_}; {rest}"


def title_shares(r: Facts) -> str:
    """Title share of spend against share of effect."""
    gap = (r.roi["effect_share"] - r.roi["spend_share"]).dropna().sort_values(kind="stable")
    if gap.empty:
        return "Share of spend and share of effect"
    over, under = str(gap.index[0]), str(gap.index[-1])
    spend, effect = (
        percent(at(r.roi, over, "spend_share")),
        percent(at(r.roi, over, "effect_share")),
    )
    rest = f"; {short(under)} does more" if under != over else ""
    return f"{short(over)}: {spend} of spend, {effect} of effect{rest}"


def title_scenarios(r: Facts) -> str:
    """Title the differences from today."""
    others = r.scenarios.iloc[1:]
    if others.empty:
        return "Add plans below to compare them with today"
    gain = others["difference"].to_numpy(dtype=float)
    best = str(others.index[int(np.argmax(gain))])
    chance = share_of(at(others, best, "p_better"))
    if not r.ranged:
        sure = "range unknown"
    elif at(others, best, "difference_low") <= 0 <= at(others, best, "difference_high"):
        sure = f"not enough evidence that it brings more ({chance})"
    else:
        sure = f"{chance} sure it brings more"
    most = f"{money(float(gain.max()), sign=True)} {short(outcome_word(r))}"
    return f"{short(best)}: {most} against today, {sure}"


def title_shift(r: Facts) -> str:
    """Title spend today against the optimized plan."""
    s = r.summary
    if r.conflict:
        return NO_PLAN.partition(":")[0]
    if s is None:
        return NO_PLAN_YET.partition(":")[0]
    if not s.feasible:
        return BROKEN_PLAN.partition(" (")[0]
    if not moves_money(r, s):
        return "Today's split is the best within the bounds" if s.optimal else "No longer the best: today's split"
    first = "Moving" if s.optimal else "No longer the best: moving"
    return f"{first} {money(moved_money(r))} {gain_verb(r, s)} {gain_words(r, s)}"


def title_curve(r: Facts, name: str) -> str:
    """Say what 20 % less spend would cost a channel."""
    today, less = float(r.revenue[name]), float(r.less[name])
    if not today > 0:
        return f"{short(name)}: no effect found"
    return f"{short(name)}: 20 % less spend, {percent(1 - less / today)} less effect"
