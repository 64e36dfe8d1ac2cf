"""What stands beside a plan in words: limits in conflict or missed, what is proven, how it could go wrong.

Each sentence follows from figures of the plan that a reader finds in the cells; without the figure it is not said.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.report.findings import PROFIT, listed, money, percent

if TYPE_CHECKING:
    from xl_mmm.planning import Plan

CONFLICT, NO_PLAN, MISSED, PROOF = "Conflict", "No plan", "Missed", "Proof"
EVIDENCE, RISK, BUDGET, CAUTION = "Evidence", "Risk", "Budget", "Caution"
CLOSE = 1e-3  # gap up to which a plan counts as proven
AGAIN = "Press Optimize"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What must be known beside a plan's own figures.

    Attributes
    ----------
    planned
        Whether there is a plan.
    conflict
        The sentence that names limits which cannot stand together; empty where some plan keeps all.
    refused
        Why the search found no plan; empty where it did, or was of other limits or another model.
    risk
        What was maximized over draws, as the settings spell it; `mean` can be proven.
    same_problem
        Whether the search that is kept was of these very limits and this model.
    outcome
        Word for what media bring.
    level, ranged
        Width of the ranges, and whether there are draws to make one.
    unsure, price
        Channels whose own move the draws do not support, against money at this price (`planning.moves`).
    """

    planned: bool
    conflict: str
    refused: str
    risk: str
    same_problem: bool
    outcome: str
    level: float
    ranged: bool
    unsure: tuple[str, ...] = ()
    price: float = math.nan


def notes(plan: Plan, at: Circumstances) -> list[tuple[str, str]]:
    """Return (kind, sentence) of everything that is to be said of a plan; of today's spend where nothing is planned."""
    said = [(CONFLICT, at.conflict)] if at.conflict else []
    if not at.planned:
        return [*said, (NO_PLAN, at.refused)] if at.refused and not at.conflict else said
    if plan.certificate.broken:
        names = listed([*plan.certificate.broken], most=4)
        said.append((MISSED, f"The kept plan does not keep: {names}. {AGAIN}."))
    elif not at.conflict:
        said.append((PROOF, proof(plan, risk=at.risk, same_problem=at.same_problem)))
    said.append((EVIDENCE, evidence(plan, at)))
    if at.ranged and at.unsure:
        said.append((EVIDENCE, single_moves(at)))
    if at.ranged and not math.isnan(plan.p_better):
        said.append((RISK, chance(plan, at.outcome)))
    if price := budget_price(plan):
        said.append((BUDGET, price))
    return [*said, *((CAUTION, caution) for caution in plan.cautions)]


def evidence(plan: Plan, at: Circumstances) -> str:
    """Say whether the draws tell the plan from today's spend."""
    if math.isnan(plan.p_better):
        return "The plan is today's spend: nothing is moved."
    if not at.ranged:
        return "There are no ranges, so nothing tells how sure the gain is."
    gain, low, high, word = plan.gain, plan.gain_low, plan.gain_high, at.outcome
    if plan.by_profit:
        gain, low, high, word = plan.profit_gain, plan.profit_gain_low, plan.profit_gain_high, PROFIT
    range_ = f"{percent(at.level)} range {money(low, sign=True)} to {money(high, sign=True)}"
    if low > 0:
        return f"Enough to move this budget: {money(gain, sign=True)} {word}, {range_}, above zero."
    if high < 0:
        return f"The draws say that this plan loses {word}: {range_}, below zero."
    return f"Not enough evidence to move this budget: {money(gain, sign=True)} {word}, {range_}, with zero in it."


def single_moves(at: Circumstances) -> str:
    """Name the channels whose own move is not supported."""
    return (
        f"Not enough evidence to move {listed([*at.unsure], most=4)} alone: against the same money at {at.price:.2f} a "
        f"unit elsewhere, the {percent(at.level)} range holds zero."
    )


def budget_price(plan: Plan) -> str:
    """Say what the budget is worth at its ends, where it has no single price; empty where it has, or holds nothing."""
    found = plan.certificate
    less, more = found.shadow_price_less, found.shadow_price_more
    if found.shadow_price is not None or (math.isnan(less) and math.isnan(more)):
        return ""
    parts = [] if math.isnan(less) else [f"one unit of budget less costs {less:.2f}"]
    parts += [] if math.isnan(more) else [f"one more brings {more:.2f}"]
    return f"No channel is free to move: {', '.join(parts)}."


def proof(plan: Plan, *, risk: str, same_problem: bool) -> str:
    """Say how good a plan that keeps every limit is, and how that is known."""
    from xl_mmm.planning.certificate import OPTIMAL

    found = plan.certificate
    if risk != "mean":
        return f"The best of several starts for the {risk} of the draws: nothing is proven of it."
    if found.gap is not None and found.gap <= CLOSE:
        return f"Proven: no plan within the limits is worth more than {_tiny(found.gap)} above this one."
    if found.gap is not None:
        return f"Not the best: plans within the limits may be worth up to {percent(found.gap)} more. {AGAIN}."
    if not found.kkt_residual < OPTIMAL:
        return f"Not the best any more: money moved between channels would bring more. {AGAIN}."
    if same_problem:
        return "No small change improves it; that no other plan does could not be proven for this model."
    return f"No small change improves it. Model or limits changed since the search, so its bound is gone: {AGAIN}."


def chance(plan: Plan, outcome: str) -> str:
    """Say how often a plan beats today, and what it brings when it goes badly."""
    share, worst, word = plan.p_better, plan.downside, outcome
    if plan.by_profit:
        share, worst, word = plan.p_profit, plan.profit_downside, PROFIT
    bad = f"gains {money(worst)}" if worst >= 0 else f"loses {money(-worst)}"
    less = "" if plan.by_profit or not plan.profit_gain < 0 else " Its profit is below today's."
    return (
        f"It brings more {word} than today in {percent(share)} of the draws; in the worst tenth of them it "
        f"{bad} on average.{less}"
    )


def _tiny(share: float) -> str:
    """Write a small share: 0.02 %."""
    return "0.001 %" if share < 1e-5 else f"{100 * share:.2g} %"
