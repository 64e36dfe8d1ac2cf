"""What a plan may do: a budget, and least and most spend by channel.

Conventions: bounds are multiples of the window's own spend; the budget is money over the window. A channel without
spend has nothing to multiply and stays at zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.draws import window_spend
from xl_mmm.spec import is_number

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
Bounds = tuple[float, float]

ROUNDING = 1e-9  # share of the budget by which sums of bounds may miss it


@dataclass(frozen=True, slots=True)
class Constraints:
    """Limits of a plan.

    Attributes
    ----------
    budget
        Money over the window, spent in full; None for what was spent.
    bounds
        Channel -> (least, most), multiples of today's spend.
    default_bounds
        (least, most) of every other channel.
    """

    budget: float | None = None
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    default_bounds: Bounds = (0.5, 1.5)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bounds", MappingProxyType(dict(self.bounds)))
        if self.budget is not None and not (is_number(self.budget) and self.budget > 0):
            raise PlanError(f"The budget is {self.budget!r}; give money above zero.")
        for name, bounds in (("Every channel", self.default_bounds), *self.bounds.items()):
            _check_bounds(name, bounds)


@dataclass(frozen=True, slots=True, eq=False)
class Limits:
    """Constraints resolved for a model.

    Attributes
    ----------
    channels
        Paid channels.
    today
        (channel,) money spent in the window.
    least, most
        (channel,) multiples of it; both zero where nothing was spent.
    budget
        Money.
    """

    channels: tuple[str, ...]
    today: Array
    least: Array
    most: Array
    budget: float

    @property
    def free(self) -> NDArray[np.intp]:
        """Channels that may move."""
        return np.flatnonzero(self.most > self.least)

    @property
    def today_allowed(self) -> bool:
        """Whether spending as today meets every constraint."""
        spent = self.today > 0
        inside = ((self.least <= 1) & (self.most >= 1))[spent].all()
        return bool(inside and abs(self.today.sum() - self.budget) <= ROUNDING * self.budget)


def resolve(posterior: Posterior, constraints: Constraints) -> Limits:
    """Put the constraints in the order of the model's channels and see that some plan meets them.

    Raises
    ------
    PlanError
        As `limits_of`, or bounds that cannot meet the budget; `conflicts` names them.
    """
    limits = limits_of(posterior, constraints)
    _check_reachable(limits)
    return limits


def limits_of(posterior: Posterior, constraints: Constraints) -> Limits:
    """Put the constraints in the order of the model's channels, whether or not a plan can meet them.

    Raises
    ------
    PlanError
        Unknown channels, or no spend to scale; `conflicts` names them.
    """
    channels, today = posterior.dataset.channels, window_spend(posterior)
    if unknown := [name for name in constraints.bounds if name not in channels]:
        raise PlanError(
            f"Bounds are given for {', '.join(map(repr, unknown))}; the model has {', '.join(channels)}.", unknown
        )
    if not today.sum() > 0:
        raise PlanError("No paid channel spent anything in the window: there is no spend to scale.")
    pairs = np.array([constraints.bounds.get(name, constraints.default_bounds) for name in channels], dtype=float)
    pairs[today == 0] = 0.0
    budget = float(today.sum()) if constraints.budget is None else float(constraints.budget)
    return Limits(channels, today, pairs[:, 0], pairs[:, 1], budget)


def possible(posterior: Posterior, constraints: Constraints) -> bool:
    """Whether any plan meets the budget within the bounds.

    Raises
    ------
    PlanError
        As `limits_of`.
    """
    limits = limits_of(posterior, constraints)
    lowest, highest = _reach(limits)
    return lowest <= limits.budget * (1 + ROUNDING) and highest >= limits.budget * (1 - ROUNDING)


def _reach(limits: Limits) -> tuple[float, float]:
    """Return the least and the most that the bounds allow to spend."""
    return float(limits.least @ limits.today), float(limits.most @ limits.today)


def _check_reachable(limits: Limits) -> None:
    lowest, highest = _reach(limits)
    if lowest > limits.budget * (1 + ROUNDING):
        side, ends, total, word = "below the least", limits.least, lowest, "lower a least bound or raise the budget"
    elif highest < limits.budget * (1 - ROUNDING):
        side, ends, total, word = "above the most", limits.most, highest, "raise a most bound or lower the budget"
    else:
        return
    money = ends * limits.today
    conflicts = [f"budget {limits.budget:,.2f}"] + [
        f"{limits.channels[k]} at {ends[k]:g} × today = {money[k]:,.2f}" for k in np.flatnonzero(limits.today)
    ]
    raise PlanError(
        f"The budget of {limits.budget:,.2f} is {side} that the bounds allow, {total:,.2f} ({'; '.join(conflicts[1:])})"
        f": {word}.", conflicts,
    )  # fmt: skip


def _check_bounds(name: str, bounds: object) -> None:
    ends = list(bounds) if isinstance(bounds, Sequence) else []
    if len(ends) != 2 or not all(map(is_number, ends)) or not 0 <= ends[0] <= ends[1]:
        raise PlanError(
            f"{name}: the bounds {bounds!r} are no (least, most) multiples of today's spend; "
            "give two numbers, zero or more, the lower first.", [name],
        )  # fmt: skip
