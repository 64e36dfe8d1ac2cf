"""What stands beside a plan in words: limits in conflict or missed, what is proven, how it could go wrong.

Each sentence follows from figures of the plan that a reader finds in the cells; without the figure it is not said.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from xl_mmm.report.findings import listed, money, percent

if TYPE_CHECKING:
    from xl_mmm.planning import Plan

CONFLICT, MISSED, PROOF, RISK, CAUTION = "Conflict", "Missed", "Proof", "Risk", "Caution"
CLOSE = 1e-3  # gap up to which a plan counts as proven
AGAIN = "Press Optimize"


def notes(
    plan: Plan, *, planned: bool, conflict: str, risk: str, same_problem: bool, outcome: str
) -> list[tuple[str, str]]:
    """Return (kind, sentence) of everything that is to be said of a plan.

    Parameters
    ----------
    plan
        The judged plan; today's spend where nothing is planned.
    planned
        Whether there is a plan.
    conflict
        The sentence that names limits which cannot stand together; empty where some plan keeps all.
    risk
        What was maximized over draws, as the settings spell it; `mean` can be proven.
    same_problem
        Whether the search that is kept was of these very limits and this model.
    outcome
        Word for what media bring.
    """
    said = [(CONFLICT, conflict)] if conflict else []
    if not planned:
        return said
    if plan.certificate.broken:
        names = listed([*plan.certificate.broken], most=4)
        said.append((MISSED, f"The kept plan does not keep: {names}. {AGAIN}."))
    elif not conflict:
        said.append((PROOF, proof(plan, risk=risk, same_problem=same_problem)))
    said.append((RISK, chance(plan, outcome)))
    return [*said, *((CAUTION, caution) for caution in plan.cautions)]


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
    if math.isnan(plan.p_better):
        return "The plan is today's spend."
    if plan.p_better in (0.0, 1.0) and plan.gain_low == plan.gain_high:
        return "One draw: nothing tells how sure the gain is."
    bad = f"gains {money(plan.downside)}" if plan.downside >= 0 else f"loses {money(-plan.downside)}"
    less = "" if plan.profit >= plan.profit_today or math.isnan(plan.profit) else " Its profit is below today's."
    return (
        f"It brings more {outcome} than today in {percent(plan.p_better)} of the draws; in the worst tenth of them it "
        f"{bad} on average.{less}"
    )


def _tiny(share: float) -> str:
    """Write a small share: 0.02 %."""
    return "0.001 %" if share < 1e-5 else f"{100 * share:.2g} %"
