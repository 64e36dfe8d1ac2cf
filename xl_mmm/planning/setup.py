"""A planning problem, made ready: model, limits and worth in one place, for the search and for the judgement.

Conventions: arrays are (channel,) money over all paid channels; gradients are worth of the next unit of money.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import ResponseCurves, curves_of
from xl_mmm.planning.constraints import Constraints
from xl_mmm.planning.limits import BUDGET_TOLERANCE, Limits, limits_of, planned_on
from xl_mmm.planning.objective import Objective, Worth, worth_of
from xl_mmm.planning.stationarity import Held
from xl_mmm.posterior import Posterior

if TYPE_CHECKING:
    from xl_mmm.fitting import FittedMMM

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Setup:
    """A planning problem.

    Attributes
    ----------
    posterior
        The model that plans scale.
    limits
        What a plan may do.
    objective, worth
        What it is for, as given and in terms of the model.
    share, price
        value = share · revenue − price · money; (channel,) price.
    rate
        (channel,) revenue that a unit of money must return on average; None without a target.
    goal
        Revenue to be reached, with a target.
    """

    posterior: Posterior
    limits: Limits
    objective: Objective
    worth: Worth
    share: float
    price: Array
    rate: Array | None
    goal: float

    @cached_property
    def valued(self) -> ResponseCurves:
        """Responses in the objective's terms."""
        return self.curves if self.worth.posterior is self.posterior else ResponseCurves.of(self.worth.posterior)

    @cached_property
    def curves(self) -> ResponseCurves:
        """Responses as they are."""
        return curves_of(self.posterior)

    @property
    def today(self) -> Array:
        """Today's spend."""
        return self.limits.today

    @property
    def target(self) -> str:
        """The target in words; empty without."""
        if self.limits.least_outcome is not None:
            return f"an outcome of at least {self.limits.least_outcome:,.2f}"
        return "" if self.limits.least_roi is None else f"an ROI of at least {self.limits.least_roi:g}"

    def value(self, money: Array, revenue: float) -> float:
        """Return what a plan with some revenue is worth."""
        return float(self.share * revenue - self.price @ money)

    def shortfall(self, money: Array, revenue: float) -> float:
        """Return the revenue by which a plan misses its target; zero or less where it meets it."""
        return -np.inf if self.rate is None else float(self.goal + self.rate @ money - revenue)

    def feasible(self, money: Array, revenue: float, tolerance: float = BUDGET_TOLERANCE) -> bool:
        """Whether a plan keeps every constraint, target included, to a share of the scale."""
        return not self.broken(money, revenue, tolerance)

    def broken(self, money: Array, revenue: float, tolerance: float = BUDGET_TOLERANCE) -> tuple[str, ...]:
        """Name the constraints that a plan does not keep, target included."""
        slack = tolerance * max(abs(revenue), abs(self.goal))
        missed = [self.target] if self.shortfall(money, revenue) > slack else []
        return (*self.limits.broken(money, tolerance), *missed)

    def held(self, money: Array, revenue: float, slope: Array) -> Held:
        """Return the limits as a plan meets them, the target's tangent as the last row."""
        limits = self.limits
        low = np.where(limits.increment > 0, money, limits.floor)
        high = np.where(limits.increment > 0, money, limits.ceiling)
        used = limits.minimum > 0
        low = np.where(used, np.where(money > 0, np.maximum(low, limits.minimum), 0.0), low)
        high = np.where(used & (money <= 0), 0.0, high)
        weights = np.array([row.weights for row in limits.rows]).reshape(-1, len(money))
        spent = weights @ money
        below = spent - np.array([row.low for row in limits.rows])
        above = np.array([row.high for row in limits.rows]) - spent
        if self.rate is not None:
            weights = np.vstack([weights, slope - self.rate])
            # the target counts as held when revenue meets it to rounding, in terms of the money that rows count in
            missed = self.shortfall(money, revenue) * limits.scale / max(abs(revenue), 1e-300)
            below, above = np.append(below, -missed), np.append(above, np.inf)
        return Held(money, low, high, weights, below, above, limits.scale)


def prepared(model: FittedMMM | Posterior, constraints: Constraints | None, objective: Objective | None) -> Setup:
    """Make a planning problem ready.

    Raises
    ------
    PlanError
        As `limits_of` and `worth_of`.
    """
    posterior = model if isinstance(model, Posterior) else model.posterior
    constraints, objective = constraints or Constraints(), objective or Objective()
    limits = limits_of(posterior, constraints)
    posterior = planned_on(posterior, constraints)
    worth = worth_of(posterior, objective, constraints.least_mroi)
    rate = None
    if limits.least_outcome is not None:
        return Setup(posterior, limits, objective, worth, 0.0, worth.cost, 0.0 * worth.cost, limits.least_outcome)
    if limits.least_roi is not None:
        rate = limits.least_roi * worth.cost
    return Setup(posterior, limits, objective, worth, worth.share, worth.price * worth.cost, rate, 0.0)
