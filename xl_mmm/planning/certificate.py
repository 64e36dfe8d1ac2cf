"""What is proven about a plan, and what holds it back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.planning.constraints import Limits
from xl_mmm.planning.polish import AT_BOUND, stationarity

Array = NDArray[np.float64]

BUDGET_TOLERANCE = 1e-6  # relative
OPTIMAL = 1e-4  # KKT residual below which a plan counts as the best
AT_LEAST, AT_MOST = "least", "most"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Evidence for a plan.

    Attributes
    ----------
    feasible
        Whether the plan meets the budget to one in a million, and every bound.
    kkt_residual
        Largest violation of the optimality conditions, relative to the shadow price.
    shadow_price
        Revenue of one more unit of budget; None when every channel is at a bound.
    shadow_price_less, shadow_price_more
        Revenue lost with one unit less, gained with one unit more; NaN where no channel can give or take.
    upper_bound
        No plan within the constraints brings more; None where that is not proven.
    gap
        (upper_bound − outcome) / |outcome|; None without a bound, or above an outcome of zero.
    binding
        Constraints that hold the plan back, in words.
    """

    feasible: bool
    kkt_residual: float
    shadow_price: float | None
    shadow_price_less: float
    shadow_price_more: float
    upper_bound: float | None
    gap: float | None
    binding: tuple[str, ...]


def certify(limits: Limits, multiples: Array, mroi: Array, outcome: float, upper_bound: float | None) -> Certificate:
    """Judge a plan by its marginal returns.

    Parameters
    ----------
    limits
        The constraints.
    multiples, mroi
        (channel,); mROI is the exact derivative at the plan, NaN where nothing was spent.
    outcome
        Mean revenue of the plan.
    upper_bound
        A proven bound, or None.
    """
    money = limits.today
    spend, least, most = multiples * money, limits.least * money, limits.most * money
    slope = np.where(money > 0, mroi, 0.0)
    state = stationarity(spend, slope, least, most)
    tolerance = BUDGET_TOLERANCE * limits.budget
    feasible = (
        abs(spend.sum() - limits.budget) <= tolerance
        and (spend >= least - tolerance).all()
        and (spend <= most + tolerance).all()
    )
    if upper_bound is not None:
        upper_bound = max(upper_bound, outcome)  # a bound below a feasible plan is rounding
    gap = None
    if upper_bound is not None and (outcome != 0 or upper_bound == outcome):
        gap = 0.0 if upper_bound == outcome else (upper_bound - outcome) / abs(outcome)
    return Certificate(
        bool(feasible), state.residual, state.price, state.price_less, state.price_more, upper_bound, gap,
        tuple(_binding(limits, multiples, mroi, state.price)),
    )  # fmt: skip


def bounds_met(limits: Limits, multiples: Array) -> list[str]:
    """Return for each channel whether it stands at its least, its most, or between (empty)."""
    room = AT_BOUND * (limits.most - limits.least)
    sides = np.where(multiples <= limits.least + room, AT_LEAST, np.where(multiples >= limits.most - room, AT_MOST, ""))
    return [str(side) for side in np.where(limits.today > 0, sides, "")]


def _binding(limits: Limits, multiples: Array, mroi: Array, price: float | None) -> list[str]:
    """Say of each channel at a bound which one, and what the next unit of money there is worth."""
    sentences = []
    elsewhere = "" if price is None else f", {price:.2f} elsewhere"
    for k, side in enumerate(bounds_met(limits, multiples)):
        if side:
            end = limits.least[k] if side == AT_LEAST else limits.most[k]
            held = "fixed" if limits.least[k] == limits.most[k] else f"held at its {side}"
            sentences.append(
                f"{limits.channels[k]} is {held}, {end:g} × today: the next unit of money there returns "
                f"{mroi[k]:.2f}{elsewhere}."
            )
    return sentences
