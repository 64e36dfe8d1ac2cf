"""What a plan is for: revenue, or profit as the finance team counts it.

value = share · revenue − price · cost. Revenue and spend count at their worth on the window's first day when there is
a discount rate. Fees come on top of spend: a budget is money for media, its cost is what is paid. With all defaults
value is the window's incremental revenue, in KPI units where the KPI has no money value.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.spec import is_number

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

REVENUE, PROFIT = "revenue", "profit"
GOALS = (REVENUE, PROFIT)
MEAN, QUANTILE, CVAR, REGRET = "mean", "quantile", "cvar", "regret"
RISKS = (MEAN, QUANTILE, CVAR, REGRET)
YEAR = 365.25 / 7  # weeks


@dataclass(frozen=True, slots=True)
class Objective:
    """What is maximized.

    Attributes
    ----------
    maximize
        `"revenue"`, or `"profit"`: margin · revenue − cost.
    margin
        Profit per unit of revenue before media, in (0, 1]; None for the model's.
    lifetime_value
        What a customer's revenue in the window is worth in the long run, a multiple of it.
    fees
        Channel -> agency and platform fees, a share on top of spend.
    discount_rate
        A year, a fraction; applied by week from the window's first day.
    risk
        `"mean"` over draws, with a proof; `"quantile"`, the worth that is passed in all but a share `tail` of the
        draws, `"cvar"`, the mean worth of the lowest share `tail`, or `"regret"`, the same of worth less the most that
        any plan within bounds and budget could be worth in that draw: the best of several starts, without one.
    tail
        Share of the draws, in (0, 1).
    """

    maximize: str = REVENUE
    margin: float | None = None
    lifetime_value: float = 1.0
    fees: Mapping[str, float] = field(default_factory=dict)
    discount_rate: float = 0.0
    risk: str = MEAN
    tail: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "fees", MappingProxyType(dict(self.fees)))
        if self.maximize not in GOALS:
            raise PlanError(f"A plan maximizes {self.maximize!r}; choose {' or '.join(GOALS)}.")
        if self.margin is not None and not (is_number(self.margin) and 0 < self.margin <= 1):
            raise PlanError(f"The margin is {self.margin!r}; give profit per unit of revenue as a fraction in (0, 1].")
        if not (is_number(self.lifetime_value) and self.lifetime_value > 0):
            raise PlanError(f"The lifetime value is {self.lifetime_value!r}; give a multiple of revenue above zero.")
        if not (is_number(self.discount_rate) and self.discount_rate > -1):
            raise PlanError(f"The discount rate is {self.discount_rate!r}; give a fraction a year, such as 0.08.")
        if self.risk not in RISKS:
            raise PlanError(f"The risk measure is {self.risk!r}; choose one of {', '.join(RISKS)}.")
        if not (is_number(self.tail) and 0 < self.tail < 1):
            raise PlanError(f"The tail is {self.tail!r}; give a share of the draws between 0 and 1.")
        for name, fee in self.fees.items():
            if not (is_number(fee) and fee >= 0):
                raise PlanError(f"{name}: the fee is {fee!r}; give a share of spend, zero or more.", [name])


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """An objective in terms of a model.

    Attributes
    ----------
    posterior
        The model with its revenue worth what the objective says.
    margin
        Profit per unit of that revenue; NaN where the KPI has no money value.
    cost
        (channel,) what one unit of spend costs.
    share, price
        value = share · revenue − price · cost.
    """

    posterior: Posterior
    margin: float
    cost: Array
    share: float
    price: float


def worth_of(posterior: Posterior, objective: Objective, least_mroi: float | None = None) -> Worth:
    """Resolve an objective for a model.

    Parameters
    ----------
    posterior
        The model.
    objective
        What is maximized.
    least_mroi
        When given, revenue − least_mroi · cost is maximized: spend goes on until the next unit returns less.

    Raises
    ------
    PlanError
        Unknown channels, money terms for a KPI without money value, or two different goals.
    """
    dataset = posterior.dataset
    if unknown := [name for name in objective.fees if name not in dataset.channels]:
        raise PlanError(
            f"Fees are given for {', '.join(map(repr, unknown))}; the model has {', '.join(dataset.channels)}.", unknown
        )
    profit = objective.maximize == PROFIT
    if dataset.revenue_per_kpi is None and (profit or objective.lifetime_value != 1 or objective.discount_rate != 0):
        raise PlanError(
            "Profit, lifetime value and discounts need a KPI with a money value: give the revenue per KPI, or "
            "maximize revenue, which then stands for KPI units."
        )
    if profit and least_mroi is not None:
        raise PlanError(
            "A least marginal ROI is itself a goal: maximize revenue with it, or profit without it "
            "(profit spends until the next unit returns less than 1 / margin).", ["least_mroi", "profit"],
        )  # fmt: skip
    margin = objective.margin if objective.margin is not None else posterior.spec.margin
    factors = _discount(posterior, objective.discount_rate)
    window = dataset.spend[dataset.window]
    spent = window.sum(axis=0)
    present = np.divide(factors @ window, spent, out=np.ones_like(spent), where=spent > 0)
    cost: Array = present * (1 + np.array([objective.fees.get(name, 0.0) for name in dataset.channels]))
    valued = posterior
    if objective.lifetime_value != 1 or objective.discount_rate != 0:
        assert dataset.revenue_per_kpi is not None
        rates = np.array(dataset.revenue_per_kpi, dtype=float)
        rates[dataset.window] *= objective.lifetime_value * factors
        valued = dataclasses.replace(posterior, dataset=dataclasses.replace(dataset, revenue_per_kpi=rates))
    share, price = (margin, 1.0) if profit else (1.0, least_mroi or 0.0)
    return Worth(valued, margin if dataset.revenue_per_kpi is not None else float("nan"), cost, share, price)


def _discount(posterior: Posterior, rate: float) -> Array:
    """Return (week,) what one unit of money in each week of the window is worth on its first day."""
    weeks = np.arange(posterior.dataset.n_weeks) * posterior.dataset.period_weeks
    return np.asarray((1.0 + rate) ** (-weeks / YEAR), dtype=float)
