"""Scenarios: what a plan spends in which weeks, and what it takes the market, prices and other drivers to be.

Conventions
-----------
* A line of a scenario holds for all weeks or for a period; lines of a period replace what stands for all weeks.
* Spend is in multiples of today's spend of those weeks, or in money over them, spread as today's.
* Media cost is a multiple of what a unit of media costs: the same money then buys 1 / media cost as much exposure.
* The market is a multiple of the baseline (intercept, trend, seasons, holidays, knots; controls at their reference).
  The model is additive, so what media adds does not follow the market. Season is a market that holds for a period.
* A control, such as a price or a competitor, gets a change in its own unit or another level.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import channel_number, check_multiples
from xl_mmm.planning.outcome import MONEY, MULTIPLES, UNITS, money_of_nothing, no_amount
from xl_mmm.planning.periods import Horizon
from xl_mmm.response import outcome_weights
from xl_mmm.spec import is_number

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Amounts = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class PlanLine:
    """What a scenario says of all weeks, or of a period.

    Attributes
    ----------
    spend
        (channel, amount) pairs; channels left out keep what they have.
    unit
        `"multiples"` of today's spend or `"money"`.
    period
        Name of the period; blank for all weeks.
    market, media_cost
        Multiples; None for as they are.
    changes, levels
        (control, amount) pairs: what is added to it, or what it is instead.
    """

    spend: Amounts = ()
    unit: str = MULTIPLES
    period: str = ""
    market: float | None = None
    media_cost: float | None = None
    changes: Amounts = ()
    levels: Amounts = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A plan with its assumptions.

    Attributes
    ----------
    name
        Its name.
    lines
        Its lines, at most one a period.
    """

    name: str
    lines: tuple[PlanLine, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class WeeklyPlan:
    """A scenario week by week.

    Attributes
    ----------
    multiples
        (week, channel) of today's spend.
    media_cost
        (week,) multiple of what a unit of media costs.
    market
        (week,) multiple of the baseline.
    changes
        (week, control) difference from what it was.
    """

    multiples: Array
    media_cost: Array
    market: Array
    changes: Array

    @property
    def exposure(self) -> Array:
        """(week, channel) multiples of today's exposure."""
        exposure: Array = self.multiples / self.media_cost[:, None]
        return exposure

    @property
    def is_today(self) -> bool:
        """Whether nothing differs from what was."""
        return bool((self.exposure == 1).all() and (self.multiples == 1).all() and not self.assumes)

    @property
    def assumes(self) -> bool:
        """Whether the baseline or a control differs from what it was."""
        return bool((self.market != 1).any() or self.changes.any())

    def spend(self, posterior: Posterior) -> Array:
        """Return (channel,) money."""
        dataset = posterior.dataset
        spend: Array = (self.multiples * dataset.spend[dataset.window]).sum(axis=0)
        return spend


def week_by_week(posterior: Posterior, scenario: Scenario, horizon: Horizon | None = None) -> WeeklyPlan:
    """Spread a scenario over the weeks of the window.

    Parameters
    ----------
    posterior
        Draws of the model.
    scenario
        What is planned.
    horizon
        What of the window is planned, the whole of it when None; in other weeks everything stays as it is.

    Raises
    ------
    PlanError
        Unknown channels, controls or periods, impossible numbers, or money where there is no spend to scale.
    """
    dataset = posterior.dataset
    shape = dataset.n_weeks, len(dataset.channels)
    plan = WeeklyPlan(np.ones(shape), np.ones(shape[0]), np.ones(shape[0]), np.zeros((shape[0], len(dataset.controls))))
    planned = horizon or Horizon()
    for line in sorted(scenario.lines, key=lambda line: bool(line.period)):
        try:
            _enter(posterior, plan, line, planned.weeks(dataset, line.period))
        except PlanError as error:
            raise PlanError(f"{scenario.name}: {error}", error.conflicts) from error
    return plan


def under(posterior: Posterior, plan: WeeklyPlan) -> Posterior:
    """Return the same draws with a plan's spend and exposure in the window; the KPI stays what it was."""
    dataset = posterior.dataset
    media, spend = dataset.media.copy(), dataset.spend.copy()
    media[dataset.window] *= plan.exposure
    spend[dataset.window] *= plan.multiples
    return dataclasses.replace(posterior, dataset=dataclasses.replace(dataset, media=media, spend=spend, geo=None))


def assumed(posterior: Posterior, plan: WeeklyPlan) -> Array:
    """Return what market and controls add to the revenue of the window, (draw, driver): market, then controls."""
    dataset, design = posterior.dataset, posterior.design
    matrix, weights = design.matrix[dataset.window], outcome_weights(dataset)
    baseline = np.array([group == "baseline" for group in design.group])
    market = posterior.linear[:, baseline] @ (matrix[:, baseline].T @ (weights * (plan.market - 1)))
    controls = posterior.linear[:, ~baseline] * (weights @ plan.changes)
    return np.column_stack([market, controls])


def _enter(posterior: Posterior, plan: WeeklyPlan, line: PlanLine, weeks: Flags) -> None:
    """Enter a line into some weeks of a plan."""
    dataset = posterior.dataset
    if line.unit not in UNITS:
        raise PlanError(f"A plan's unit is {line.unit!r}; choose one of {', '.join(UNITS)}.")
    today = dataset.spend[dataset.window][weeks].sum(axis=0)
    for channel, amount in line.spend:
        k = channel_number(posterior, channel)
        if not is_number(amount):
            raise no_amount(channel, amount, line.unit)
        if line.unit == MONEY and today[k] == 0:
            if amount != 0:
                raise money_of_nothing(channel, amount, line.period)
            continue
        plan.multiples[weeks, k] = amount / today[k] if line.unit == MONEY else amount
        check_multiples(plan.multiples[weeks, k], channel)
    for multiple, weekly in ((line.market, plan.market), (line.media_cost, plan.media_cost)):
        if multiple is not None:
            if not is_number(multiple) or multiple < 0 or (weekly is plan.media_cost and multiple == 0):
                what = "the market, zero or more" if weekly is plan.market else "what media cost, above zero"
                raise PlanError(f"{multiple!r} is no multiple of {what}.")
            weekly[weeks] = multiple
    values = dataset.control_values[dataset.window]
    for control, amount in line.changes:
        plan.changes[weeks, _control(posterior, control, amount)] = amount
    for control, amount in line.levels:
        j = _control(posterior, control, amount)
        plan.changes[weeks, j] = amount - values[weeks, j]


def _control(posterior: Posterior, control: str, amount: float) -> int:
    """Return the column of a control."""
    known = posterior.dataset.controls
    if control not in known:
        raise PlanError(f"No control is called {control!r}; the model has {', '.join(known) or 'none'}.", [control])
    if not is_number(amount):
        raise PlanError(f"{control}: {amount!r} is no number.", [control])
    return known.index(control)
