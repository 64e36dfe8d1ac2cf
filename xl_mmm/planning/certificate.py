"""What is proven about a plan, and what holds it back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xl_mmm.planning.limits import LEAST, MOST, Limits
from xl_mmm.planning.setup import Setup
from xl_mmm.planning.stationarity import AT_BOUND, Held, Stationarity, one_more, stationarity

Array = NDArray[np.float64]

OPTIMAL = 1e-4  # KKT residual below which a plan counts as the best


@dataclass(frozen=True, slots=True)
class Cost:
    """What a constraint that holds a plan back costs.

    Attributes
    ----------
    constraint
        In the planner's words.
    per_unit
        Worth of one more unit of room (money of a bound or row, revenue of a target); NaN for a constraint that has
        no units.
    in_all
        Worth of leaving it out; NaN where only `per_unit` is known.
    """

    constraint: str
    per_unit: float
    in_all: float


@dataclass(frozen=True, slots=True)
class Certificate:
    """Evidence for a plan. Worth is in the objective's terms: revenue unless profit or a target was asked for.

    Attributes
    ----------
    feasible
        Whether the plan meets the budget to one in a million, and every other constraint.
    value
        What the plan is worth: what was maximized. Minus the cost where an outcome is to be reached at the least cost.
    kkt_residual
        Largest violation of the optimality conditions, relative to the marginal worth of money; NaN for a plan of a
        quantile or CVaR, the best of several starts, of which nothing is proven.
    shadow_price
        Worth of one more unit of budget, zero where the budget is not used up; None where one unit less and one more
        differ (no channel is between its bounds), or where there is no budget.
    shadow_price_less, shadow_price_more
        Worth lost with one unit less, gained with one unit more; NaN where no channel can give or take.
    upper_bound
        No plan within the constraints is worth more; None where that is not proven.
    gap
        (upper_bound − value) / |value|; None without a bound, or above a value of zero.
    binding
        Constraints that hold the plan back, in words.
    costs
        What each of them costs.
    broken
        Constraints that the plan does not keep, in words.
    """

    feasible: bool
    value: float
    kkt_residual: float
    shadow_price: float | None
    shadow_price_less: float
    shadow_price_more: float
    upper_bound: float | None
    gap: float | None
    binding: tuple[str, ...]
    costs: tuple[Cost, ...]
    broken: tuple[str, ...] = ()


def certify(
    setup: Setup, money: Array, revenue: float, slope: Array, upper_bound: float | None, without: tuple[Cost, ...] = ()
) -> Certificate:
    """Judge a plan by its marginal returns.

    Parameters
    ----------
    setup
        The problem.
    money
        (channel,) the plan.
    revenue
        Its mean revenue in the objective's terms.
    slope
        (channel,) marginal revenue per unit of money at the plan, exact.
    upper_bound
        A proven bound of the value, or None.
    without
        What discrete constraints cost in all.
    """
    value = setup.value(money, revenue)
    found, price, less, more = _priced(setup, money, revenue, slope)
    proof = Certificate(
        setup.feasible(money, revenue), value, found.residual, price, less, more, None, None,
        tuple(_sentences(setup, money, slope, price, found)), tuple(_costs(setup, money, found)),
        setup.broken(money, revenue),
    )  # fmt: skip
    return with_bound(proof, upper_bound, without)


def with_bound(proof: Certificate, upper_bound: float | None, costs: tuple[Cost, ...] = ()) -> Certificate:
    """Return a certificate with a proven bound of the value, or None, and with what constraints cost in all."""
    gap = None
    if upper_bound is not None:
        upper_bound = max(float(upper_bound), proof.value)  # a bound below a feasible plan is rounding
        if upper_bound == proof.value:
            gap = 0.0
        elif proof.value != 0:
            gap = (upper_bound - proof.value) / abs(proof.value)
    return replace(proof, upper_bound=upper_bound, gap=gap, costs=(*proof.costs, *costs))


def unproven(setup: Setup, money: Array, revenue: float, slope: Array, value: float) -> Certificate:
    """Return what can be said of a plan for a quantile or CVaR: whether it is feasible, and what holds it.

    Parameters
    ----------
    setup, money, revenue, slope
        As for `certify`.
    value
        The plan's quantile or CVaR.
    """
    none, found = float("nan"), _stationary(setup, money, revenue, slope)[0]
    return Certificate(
        setup.feasible(money, revenue), value, none, None, none, none, None, None,
        tuple(_sentences(setup, money, slope, None, found)), (), setup.broken(money, revenue),
    )  # fmt: skip


def residual_of(setup: Setup, money: Array, revenue: float, slope: Array) -> float:
    """Return a plan's KKT residual."""
    return _stationary(setup, money, revenue, slope)[0].residual


def bounds_met(limits: Limits, money: Array) -> list[str]:
    """Return for each channel whether it stands at its least, its most, or between (empty)."""
    room = AT_BOUND * (limits.ceiling - limits.floor)
    sides = np.where(money <= limits.floor + room, LEAST, np.where(money >= limits.ceiling - room, MOST, ""))
    return [str(side) for side in np.where(limits.unit > 0, sides, "")]


def _stationary(setup: Setup, money: Array, revenue: float, slope: Array) -> tuple[Stationarity, Held, Array]:
    """Return the conditions, the limits as the plan meets them, and the worth of the next unit by channel."""
    gradient = setup.share * slope - setup.price
    held = setup.held(money, revenue, slope)
    inside = held.up & held.down
    moving = inside if inside.any() else held.up | held.down
    gross = np.maximum(np.abs(setup.share * slope), setup.price)[moving]
    return stationarity(held, gradient, float(gross.max(initial=0.0))), held, gradient


def _priced(
    setup: Setup, money: Array, revenue: float, slope: Array
) -> tuple[Stationarity, float | None, float, float]:
    """Return the conditions, and the budget's price: one, with one unit less, with one more."""
    found, held, gradient = _stationary(setup, money, revenue, slope)
    if setup.limits.budget is None:
        return found, None, float("nan"), float("nan")
    if not (held.at_low[0] or held.at_high[0]):
        return found, 0.0, 0.0, 0.0
    if found.unique:
        price = float(found.prices[0])
        return found, price, price, price
    less, more = -one_more(held, gradient, 0, -1.0), one_more(held, gradient, 0, 1.0)
    return found, None, less, more


def _sentences(setup: Setup, money: Array, slope: Array, price: float | None, found: Stationarity) -> list[str]:
    """Say of each channel at a bound, and of each group, what the next unit of money there is worth."""
    limits, sentences = setup.limits, []
    plain = setup.share == 1 and not setup.price.any()  # revenue is what the budget's price counts in
    elsewhere = f", {price:.2f} elsewhere" if plain and price is not None else ""
    for k, side in enumerate(bounds_met(limits, money)):
        if side:
            end = float(limits.floor[k] if side == LEAST else limits.ceiling[k])
            held = "fixed" if limits.floor[k] >= limits.ceiling[k] else f"held at its {side}"
            today = float(limits.today[k])
            amount = f"{end / today:g} × today" if today > 0 else f"{end:,.2f}"
            sentences.append(
                f"{limits.channels[k]} is {held}, {amount}: the next unit of money there returns "
                f"{slope[k]:.2f}{elsewhere}."
            )
    for number, row in enumerate(limits.rows):
        if number >= (limits.budget is not None) and found.prices[number]:
            worth = abs(found.prices[number])
            sentences.append(f"{row.name} holds the plan: one more unit of room is worth {worth:.2f}.")
    return sentences


def _costs(setup: Setup, money: Array, found: Stationarity) -> list[Cost]:
    """Return the price of every bound, row and target that is held."""
    limits, costs = setup.limits, []
    for k, side in enumerate(bounds_met(limits, money)):
        if side and not limits.increment[k]:
            if side == LEAST and limits.ceiling[k] > 0 and limits.floor[k] == 0:
                continue  # no one can spend less than nothing
            end = limits.floor[k] if side == LEAST else limits.ceiling[k]
            if limits.floor[k] >= limits.ceiling[k]:
                side = MOST if found.own[k] > 0 else LEAST
            names = [b.name for b in limits.bounds if b.column == k and b.side == side and b.money == end]
            costs.append(Cost(names[0] if names else limits.channels[k], abs(float(found.own[k])), float("nan")))
    names = [row.name for row in limits.rows] + ([setup.target] if setup.rate is not None else [])
    costs += [
        Cost(name, abs(float(price)), float("nan"))
        for name, price in zip(names, found.prices, strict=True)
        if price != 0
    ]
    return costs
