"""Constraints that contradict each other: whether any plan keeps them all, and if not, which cannot stand together.

The names given are an irreducible set: leave any one of them out and the others can be met. It is found by leaving
constraints out one at a time for good as long as the rest still contradict each other.

References
----------
Chinneck and Dravnieks (1991), "Locating minimal infeasible constraint sets in linear programs", ORSA Journal on
Computing 3, the deletion filter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.planning.limits import LEAST, ROUNDING, Limits, Row, increment_name, minimum_name

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Rule:
    """One named constraint: a row over channels, or a kind of channel."""

    name: str
    row: Row | None = None
    minimum: int = -1
    increment: int = -1


def possible_within(limits: Limits) -> bool:
    """Whether some plan keeps every constraint, targets aside."""
    if (limits.floor > limits.ceiling).any():
        return False
    if not limits.discrete and _only_total(limits):
        lowest, highest = _reach(limits)
        return not limits.rows or (
            limits.rows[0].high >= lowest - ROUNDING * limits.scale
            and limits.rows[0].low <= highest + ROUNDING * limits.scale
        )
    return _can_stand(limits, _rules(limits))


def check_possible(limits: Limits) -> None:
    """Refuse constraints that no plan can keep.

    Raises
    ------
    PlanError
        `conflicts` names an irreducible set of them.
    """
    if possible_within(limits):
        return
    if not limits.discrete and _only_total(limits) and (limits.floor <= limits.ceiling).all():
        _refuse_total(limits)
    rules = _rules(limits)
    kept = list(rules)
    for rule in rules:
        without = [other for other in kept if other is not rule]
        if not _can_stand(limits, without):
            kept = without
    names = [rule.name for rule in kept]
    raise PlanError(f"No plan can keep all of these: {'; '.join(names)}. Change or leave out one of them.", names)


def _only_total(limits: Limits) -> bool:
    """Whether no row but the budget limits channels together."""
    return len(limits.rows) == (limits.budget is not None)


def _reach(limits: Limits) -> tuple[float, float]:
    """Return the least and the most that the bounds allow to spend."""
    return float(limits.floor.sum()), float(limits.ceiling.sum())


def _refuse_total(limits: Limits) -> None:
    """Say that the bounds leave no way to spend the budget."""
    assert limits.budget is not None
    lowest, highest = _reach(limits)
    if lowest > limits.budget:
        side, ends, total, word = "below the least", limits.floor, lowest, "lower a least bound or raise the budget"
    else:
        side, ends, total, word = "above the most", limits.ceiling, highest, "raise a most bound or lower the budget"
    low = lowest > limits.budget
    held = [
        next(b.name for b in limits.bounds if b.column == k and (b.side == LEAST) == low and b.money == ends[k])
        for k in np.flatnonzero(limits.unit)
        if ends[k] > 0 or not low
    ]
    raise PlanError(
        f"The budget of {limits.budget:,.2f} is {side} that the bounds allow, {total:,.2f} ({'; '.join(held)}): "
        f"{word}.", [f"budget {limits.budget:,.2f}", *held],
    )  # fmt: skip


def _rules(limits: Limits) -> list[_Rule]:
    """Return every constraint by name. What stands first is left out first: the budget and groups are named last."""
    unit = np.eye(len(limits.channels))
    bounds = [
        _Rule(b.name, Row(b.name, unit[b.column], b.money, np.inf) if b.side == LEAST
              else Row(b.name, unit[b.column], -np.inf, b.money))
        for b in limits.bounds
        if b.side != LEAST or b.money > 0
    ]  # fmt: skip
    return [
        *bounds,
        *(_Rule(minimum_name(limits, k), minimum=k) for k in map(int, np.flatnonzero(limits.minimum))),
        *(_Rule(increment_name(limits, k), increment=k) for k in map(int, np.flatnonzero(limits.increment))),
        *(_Rule(row.name, row) for row in limits.rows),
    ]


def _can_stand(limits: Limits, rules: list[_Rule]) -> bool:
    """Whether some plan keeps these constraints."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    n, scale = len(limits.channels), limits.scale
    used = [rule.minimum for rule in rules if rule.minimum >= 0]
    stepped = [rule.increment for rule in rules if rule.increment >= 0]
    columns = n + len(used) + len(stepped)
    most = max(limits.scale, float(limits.minimum.max(initial=0)), *(abs(b.money) for b in limits.bounds)) / scale
    rows, low, high = [], [], []

    def add(weights: dict[int, float], least: float, end: float) -> None:
        row = np.zeros(columns)
        row[list(weights)] = list(weights.values())
        rows.append(row)
        low.append(least)
        high.append(end)

    for rule in rules:
        if rule.row is not None:
            add(dict(enumerate(rule.row.weights)), rule.row.low / scale, rule.row.high / scale)
    for j, k in enumerate(used, start=n):  # zero, or between the minimum and anything
        add({k: 1.0, j: -limits.minimum[k] / scale}, 0.0, np.inf)
        add({k: 1.0, j: -n * most}, -np.inf, 0.0)
    for j, k in enumerate(stepped, start=n + len(used)):
        add({k: 1.0, j: -limits.increment[k] / scale}, 0.0, 0.0)
    if not rows:
        return True
    upper = np.concatenate([np.full(n, np.inf), np.ones(len(used)), np.full(len(stepped), np.inf)])
    found = milp(
        np.zeros(columns), constraints=LinearConstraint(np.array(rows), low, high), bounds=Bounds(0, upper),
        integrality=np.concatenate([np.zeros(n), np.ones(columns - n)]),
    )  # fmt: skip
    return bool(found.status == 0)
