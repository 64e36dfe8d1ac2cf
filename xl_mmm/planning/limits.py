"""Constraints resolved for a model: bounds in money and rows over channels, each with its name.

Conventions: money over the window. A channel's `unit` is the money of its flighting, today's spend or the flighting it
was given; a channel without either has nothing to scale and stays at zero.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.draws import window_spend
from xl_mmm.planning.constraints import AT_MOST, EXACT, FREE, Constraints
from xl_mmm.spec import is_number

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

ROUNDING = 1e-9  # share of the scale by which sums of bounds may miss the budget
BUDGET_TOLERANCE = 1e-6  # share of the scale within which a given plan keeps a constraint
LEAST, MOST = "least", "most"
BUDGET = "budget"


@dataclass(frozen=True, slots=True)
class Bound:
    """One reason why a channel cannot go below or above some money.

    Attributes
    ----------
    name
        In the planner's words, with the money.
    column
        Number of the channel.
    side
        `LEAST` or `MOST`.
    money
        The end.
    """

    name: str
    column: int
    side: str
    money: float


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """low ≤ weights · spend ≤ high.

    Attributes
    ----------
    name
        In the planner's words.
    weights
        (channel,)
    low, high
        Money; one of them may be infinite.
    """

    name: str
    weights: Array
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Constraints resolved for a model.

    Attributes
    ----------
    channels
        Paid channels.
    today, unit
        (channel,) money spent in the window; money of the flighting that plans scale, 0 where there is none.
    bounds
        Every bound, by channel.
    floor, ceiling
        (channel,) the tightest of them, increments counted; floor above ceiling where they contradict each other.
    rows
        The budget, when it limits, then groups.
    minimum, increment
        (channel,) money if used at all; money to be spent in multiples of; zero for neither.
    budget
        Money; None when the total is free.
    least_roi, least_outcome
        Targets of the plan as a whole.
    """

    channels: tuple[str, ...]
    today: Array
    unit: Array
    bounds: tuple[Bound, ...]
    floor: Array
    ceiling: Array
    rows: tuple[Row, ...]
    minimum: Array
    increment: Array
    budget: float | None
    least_roi: float | None
    least_outcome: float | None

    @property
    def free(self) -> NDArray[np.intp]:
        """Channels that may move."""
        return np.flatnonzero(self.ceiling > self.floor)

    @property
    def scale(self) -> float:
        """Money against which rounding is judged."""
        return self.budget or float(self.today.sum()) or float(self.ceiling.sum())

    @property
    def discrete(self) -> bool:
        """Whether a channel's money is not simply between two ends."""
        return bool(self.minimum.any() or self.increment.any())

    def multiples(self, money: Array) -> Array:
        """Return multiples of the flighting; 1 where there is none."""
        return np.divide(money, self.unit, out=np.ones_like(money), where=self.unit > 0)

    def broken(self, money: Array, tolerance: float) -> Iterator[str]:
        """Name the constraints that a plan breaks by more than a share of the scale; targets aside."""
        slack = tolerance * self.scale
        for bound in self.bounds:
            beyond = bound.money - money[bound.column] if bound.side == LEAST else money[bound.column] - bound.money
            if beyond > slack:
                yield bound.name
        for row in self.rows:
            spent = float(row.weights @ money)
            if not row.low - slack <= spent <= row.high + slack:
                yield row.name
        for k in map(int, np.flatnonzero(self.minimum)):
            if slack < money[k] < self.minimum[k] - slack:
                yield minimum_name(self, k)
        for k in map(int, np.flatnonzero(self.increment)):
            if abs(money[k] - self.increment[k] * round(money[k] / self.increment[k])) > slack:
                yield increment_name(self, k)

    def allows(self, money: Array) -> bool:
        """Whether a plan keeps every constraint to rounding, targets aside."""
        return not any(self.broken(money, ROUNDING))


def limits_of(posterior: Posterior, constraints: Constraints) -> Limits:
    """Put the constraints in the order of the model's channels, whether or not a plan can meet them.

    Raises
    ------
    PlanError
        Unknown channels, no spend to scale, or money for a channel without flighting; `conflicts` names them.
    """
    channels, today = posterior.dataset.channels, window_spend(posterior)
    for what, named in constraints.named.items():
        if unknown := [name for name in named if name not in channels]:
            raise PlanError(
                f"{what} are given for {', '.join(map(repr, unknown))}; the model has {', '.join(channels)}.", unknown
            )
    unit = np.where(today > 0, today, 0.0)
    for name in constraints.flighting:
        unit[channels.index(name)] = float(_flighting(posterior, constraints, name).sum())
    if not unit.sum() > 0:
        raise PlanError("No paid channel spent anything in the window: there is no spend to scale.")
    bounds = tuple(_bounds(constraints, channels, today, unit))
    moving = [name if name not in constraints.frozen else "" for name in channels]
    increment = np.array([constraints.increment_of(name) if name else 0.0 for name in moving], dtype=float)
    minimum = np.array([constraints.minimum_if_used.get(name, 0.0) for name in channels], dtype=float)
    floor, ceiling = _ends(bounds, minimum, increment)
    kind = constraints.kind_of_total
    budget = None if kind == FREE else float(today.sum() if constraints.budget is None else constraints.budget)
    return Limits(
        channels, today, unit, bounds, floor, ceiling, tuple(_rows(constraints, channels, budget, kind)),
        minimum, increment, budget,
        constraints.least_roi, constraints.least_outcome,
    )  # fmt: skip


def without(limits: Limits, kind: str) -> Limits:
    """Return the limits without `"increment"` or without `"minimum"`."""
    increment = limits.increment if kind == "minimum" else np.zeros_like(limits.increment)
    minimum = limits.minimum if kind == "increment" else np.zeros_like(limits.minimum)
    floor, ceiling = _ends(limits.bounds, minimum, increment)
    return dataclasses.replace(limits, floor=floor, ceiling=ceiling, minimum=minimum, increment=increment)


def planned_on(posterior: Posterior, constraints: Constraints) -> Posterior:
    """Return the model that plans scale: with the flighting given for channels that spent nothing."""
    if not constraints.flighting:
        return posterior
    dataset = posterior.dataset
    spend, media = dataset.spend.copy(), dataset.media.copy()
    for name in constraints.flighting:
        k = dataset.channels.index(name)
        spend[dataset.window, k] = media[dataset.window, k] = _flighting(posterior, constraints, name)
    return dataclasses.replace(posterior, dataset=dataclasses.replace(dataset, spend=spend, media=media))


def increment_name(limits: Limits, k: int) -> str:
    """Say that a channel's money comes in increments."""
    return f"{limits.channels[k]} in increments of {limits.increment[k]:,.2f}"


def minimum_name(limits: Limits, k: int) -> str:
    """Say that a channel has a minimum if used."""
    return f"{limits.channels[k]} at zero or at least {limits.minimum[k]:,.2f}"


def _flighting(posterior: Posterior, constraints: Constraints, name: str) -> Array:
    """Return the flighting given for a channel, (week,) money, or refuse it."""
    dataset, given = posterior.dataset, list(constraints.flighting[name])
    k = dataset.channels.index(name)
    if dataset.spend[dataset.window, k].any():
        raise PlanError(f"{name} spent money in the window: plans scale that flighting. Leave its own out.", [name])
    if dataset.media_units[k] != "money":
        raise PlanError(
            f"{name} is measured in {dataset.media_units[k]}, and no week says what a unit costs: it cannot be planned "
            "in money. Fit it on its spend.", [name],
        )  # fmt: skip
    if len(given) != dataset.n_weeks or not all(is_number(v) and v >= 0 for v in given) or not any(given):
        raise PlanError(
            f"{name}: a flighting is money for each of the window's {dataset.n_weeks} periods, zero or more and not "
            "all zero.", [name],
        )  # fmt: skip
    if name not in constraints.money_bounds:
        raise PlanError(
            f"{name} spent nothing in the window, so multiples of today leave it at zero: give it money_bounds beside "
            "its flighting.", [name],
        )  # fmt: skip
    return np.array(given, dtype=float)


def _bounds(constraints: Constraints, channels: tuple[str, ...], today: Array, unit: Array) -> Iterator[Bound]:
    """Return every bound of every channel."""
    for k, name in enumerate(channels):
        money = float(today[k])
        if not unit[k] > 0:
            _refuse_money(constraints, name)
            yield Bound(f"{name} without spend to scale", k, LEAST, 0.0)
            yield Bound(f"{name} without spend to scale", k, MOST, 0.0)
            continue
        ends: list[tuple[str, float, float]] = []
        if name in constraints.money_bounds:
            low, high = constraints.money_bounds[name]
            ends.append(("at {side} {end:,.2f}", low, high))
        multiples = constraints.bounds.get(name)
        if multiples is None and not ends and name not in constraints.frozen:
            multiples = constraints.default_bounds
        if multiples is not None and money > 0:
            ends.append(("at {side} {of_today:g} × today = {end:,.2f}", multiples[0] * money, multiples[1] * money))
        if (step := constraints.step_of(name)) is not None and money > 0:
            words = "at {side} {end:,.2f}, " + f"a step of {step:g} from today"
            ends.append((words, max(0.0, 1 - step) * money, (1 + step) * money))
        if name in constraints.frozen:
            ends.append(("frozen at {end:,.2f}", money, money))
        for words, low, high in ends:
            for side, end in ((LEAST, low), (MOST, high)):
                said = words.format(side=side, end=end, of_today=end / (money or 1.0))
                yield Bound(f"{name} {said}", k, side, float(end))
        if name in constraints.committed:
            amount = constraints.committed[name]
            yield Bound(f"{name} committed to {amount:,.2f}", k, LEAST, float(amount))


def _refuse_money(constraints: Constraints, name: str) -> None:
    wanted = max(constraints.money_bounds.get(name, (0.0, 0.0))[1], constraints.committed.get(name, 0.0))
    if wanted > 0:
        raise PlanError(
            f"{name} spent nothing in the window, so there is no flighting to scale to {wanted:,.2f}: give its money "
            f"by week (flighting), or leave it at zero.", [name],
        )  # fmt: skip


def _ends(bounds: tuple[Bound, ...], minimum: Array, increment: Array) -> tuple[Array, Array]:
    """Return the tightest ends by channel, with the minimum if used, on multiples of the increment."""
    floor, ceiling = np.zeros_like(increment), np.full_like(increment, np.inf)
    for bound in bounds:
        if bound.side == LEAST:
            floor[bound.column] = max(floor[bound.column], bound.money)
        else:
            ceiling[bound.column] = min(ceiling[bound.column], bound.money)
    floor = np.where(floor > 0, np.maximum(floor, minimum), 0.0)  # zero is no way out where something must be spent
    ceiling = np.where((ceiling < minimum) & (floor == 0), 0.0, ceiling)
    for k in np.flatnonzero(increment):
        step = increment[k]
        floor[k] = step * np.ceil(floor[k] / step - ROUNDING)
        ceiling[k] = step * np.floor(ceiling[k] / step + ROUNDING)
    return floor, ceiling


def _rows(constraints: Constraints, channels: tuple[str, ...], budget: float | None, kind: str) -> Iterator[Row]:
    """Return the budget and the groups, one row a limit."""
    everything = np.ones(len(channels))
    if budget is not None:
        assert kind in (EXACT, AT_MOST)
        yield Row(f"{BUDGET} {budget:,.2f}", everything, budget if kind == EXACT else -np.inf, budget)
    for name, group in constraints.groups.items():
        members = np.array([float(channel in group.channels) for channel in channels])
        if group.least is not None:
            yield Row(f"{name} at least {group.least:,.2f}", members, group.least, np.inf)
        if group.most is not None:
            yield Row(f"{name} at most {group.most:,.2f}", members, -np.inf, group.most)
        if group.least_share is not None:
            yield Row(f"{name} at least {group.least_share:.4g} of the total", members - group.least_share, 0.0, np.inf)
        if group.most_share is not None:
            yield Row(f"{name} at most {group.most_share:.4g} of the total", members - group.most_share, -np.inf, 0.0)
