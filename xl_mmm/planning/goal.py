"""Goal seek: how many times its spend a channel, or all of them, must spend for a plan to reach a goal.

Conventions
-----------
* A goal is a mean over draws of the whole plan: its outcome, its profit (margin · outcome − spend), or its ROI (media
  revenue over spend). Multiples are of the plan's own spend in every week; other channels keep what the plan gives.
* Profit and ROI rise and fall again, so several multiples may reach a goal: the one nearest to the plan is the answer,
  the others are told. Where none does, the answer is the multiple that comes nearest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import channel_number
from xl_mmm.measures.draws import interval
from xl_mmm.measures.plan_revenue import curves_under, plan_revenue
from xl_mmm.planning.caution import leaves_above
from xl_mmm.planning.scenario import Scenario, WeeklyPlan, assumed, week_by_week
from xl_mmm.spec import is_number

if TYPE_CHECKING:
    from xl_mmm.measures.curves import ResponseCurves
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

OUTCOME, PROFIT, ROI = MEASURES = ("outcome", "profit", "roi")
MOST = 3.0  # times the plan's spend, as far as the search goes unless told
FEW = 100  # draws of a first look for changes of sign
POINTS = 13  # at which the search looks for a change of sign
ROOT = 1e-10  # relative width at which a root counts as found
PEAK = 1e-4  # share of the searched range at which a peak counts as found


@dataclass(frozen=True, slots=True)
class Goal:
    """What goal seek found.

    Attributes
    ----------
    measure, target
        The goal: one of `MEASURES`, in money or as a multiple.
    channel
        The channel that is scaled; None for all of them.
    reached
        Whether a multiple reaches the goal; else the figures below are those of the multiple that comes nearest.
    multiple, others
        Of the plan's spend: the answer, and further multiples that reach the goal.
    most
        Largest multiple looked at.
    spend, change
        Money of the scaled channels, and its difference from the plan's.
    value, low, high
        The measure there: mean over draws and range.
    p_reached
        Share of draws in which it is at or above the target.
    extrapolated
        Scaled channels of whose money more than a tenth falls in periods above what was ever spent in one.
    """

    measure: str
    target: float
    channel: str | None
    reached: bool
    multiple: float
    others: tuple[float, ...]
    most: float
    spend: float
    change: float
    value: float
    low: float
    high: float
    p_reached: float
    extrapolated: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Scaled:
    """A plan some of whose channels are scaled together."""

    curves: ResponseCurves
    kept: Array  # (draw,) outcome of what stays
    kept_roi: Array  # (draw,) media revenue of what stays
    money: float  # of what is scaled
    kept_money: float
    margin: float
    measure: str

    def draws(self, multiple: float) -> Array:
        """Return the measure by draw; NaN where nothing is spent and a return is asked for."""
        gained = self.curves.revenue(np.full(len(self.curves.columns), multiple))[:, 0].sum(axis=1)
        cost = self.kept_money + multiple * self.money
        if self.measure == ROI:
            found: Array = (self.kept_roi + gained) / cost if cost > 0 else np.full(len(gained), np.nan)
            return found
        outcome: Array = self.kept + gained
        return outcome if self.measure == OUTCOME else self.margin * outcome - cost

    def mean(self, multiple: float) -> float:
        """Return the measure, mean over draws."""
        return float(self.draws(multiple).mean())


def goal_seek(
    posterior: Posterior,
    target: float,
    *,
    measure: str = OUTCOME,
    channel: str | None = None,
    plan: WeeklyPlan | None = None,
    most: float = MOST,
    level: float = 0.90,
) -> Goal:
    """Search for the multiple of a plan's spend that reaches a goal.

    Parameters
    ----------
    posterior
        Draws of the model.
    target
        What the measure is to be.
    measure
        `"outcome"`, `"profit"` or `"roi"`, of the whole plan.
    channel
        The channel to scale; all of them when None.
    plan
        The plan to start from; today's when None.
    most
        Largest multiple looked at.
    level
        Width of the range.

    Raises
    ------
    PlanError
        An unknown measure or channel, a number that is none, nothing to scale, or a goal in money without a money
        value of the KPI.
    """
    if measure not in MEASURES:
        raise PlanError(f"A goal's measure is {measure!r}; choose one of {', '.join(MEASURES)}.")
    for what, number, above in (("target", target, None), ("largest multiple", most, 0.0)):
        if not is_number(number) or (above is not None and number <= above):
            raise PlanError(f"The goal's {what} is {number!r}; give a number{'' if above is None else ' above zero'}.")
    is_money = posterior.dataset.revenue_per_kpi is not None
    if measure != OUTCOME and not is_money:
        raise PlanError(f"The KPI has no money value, so no {measure} can be sought; seek an outcome.")
    start = week_by_week(posterior, Scenario("")) if plan is None else plan
    names = posterior.dataset.channels
    columns = tuple(range(len(names))) if channel is None else (channel_number(posterior, channel),)
    spent = start.spend(posterior)
    if not spent[list(columns)].sum() > 0:
        raise PlanError(f"{channel or 'The plan'} spends nothing, so there is nothing to scale.", [channel or ""])
    scaled = _scaled(posterior, start, columns, spent, measure)
    gap = _gap(scaled, target)
    roots: list[float] | None = None
    if posterior.n_draws > FEW:
        few = posterior.take(slice(None, None, posterior.n_draws // FEW))
        roots = _roots(gap, *_scan(_gap(_scaled(few, start, columns, spent, measure), target), most))
    if not roots:  # few draws may miss what all of them hold
        points, gaps = _scan(gap, most)
        roots = _roots(gap, points, gaps) or []
    reached = bool(roots)
    multiple = min(roots, key=lambda m: abs(m - 1)) if reached else float(points[int(np.argmin(np.abs(gaps)))])
    others = tuple(root for root in roots if root != multiple)
    draws = scaled.draws(multiple)
    low, high = interval(draws, level)
    money = float(multiple * scaled.money)
    return Goal(
        measure, float(target), channel, reached, multiple, others, most, money, money - scaled.money,
        float(draws.mean()), float(low), float(high), float((draws >= target).mean()),
        _extrapolated(posterior, start, columns, multiple),
    )  # fmt: skip


def _scaled(posterior: Posterior, plan: WeeklyPlan, columns: tuple[int, ...], spent: Array, measure: str) -> _Scaled:
    """Prepare the curves of the scaled channels about the plan, and what the others bring."""
    others = tuple(k for k in range(len(spent)) if k not in columns)
    stays = np.zeros(posterior.n_draws)
    if others:
        stays = plan_revenue(posterior, plan.exposure, others).sum(axis=1)
    return _Scaled(
        curves_under(posterior, plan.exposure, columns), stays + assumed(posterior, plan).sum(axis=1), stays,
        float(spent[list(columns)].sum()), float(spent[list(others)].sum()), posterior.spec.margin, measure,
    )  # fmt: skip


def _gap(scaled: _Scaled, target: float) -> Callable[[float], float]:
    """Return how far the measure lies above the target, as a function of the multiple that remembers its values."""

    @cache
    def gap(multiple: float) -> float:
        return scaled.mean(multiple) - target

    return gap


def _scan(gap: Callable[[float], float], most: float) -> tuple[Array, Array]:
    """Return multiples in order, and the gap at each."""
    points = np.unique(np.append(np.linspace(0.0, most, POINTS), min(1.0, most)))
    gaps = np.array([gap(float(m)) for m in points])
    points, gaps = points[np.isfinite(gaps)], gaps[np.isfinite(gaps)]
    if not (gaps < 0).all():
        return points, gaps
    peak = _peak(gap, points, gaps)  # between two points it may still reach the target
    points, gaps = np.append(points, peak), np.append(gaps, gap(peak))
    order = np.argsort(points, kind="stable")
    return points[order], gaps[order]


def _roots(gap: Callable[[float], float], points: Array, gaps: Array) -> list[float] | None:
    """Return the multiples without a gap, in order.

    Parameters
    ----------
    gap
        Of all draws.
    points, gaps
        Where to look: multiples in order, and the gaps of all draws or of a few.

    Returns
    -------
    None when a change of sign among `gaps` is none of all draws.
    """
    from scipy.optimize import brentq

    roots = set()
    for i in np.flatnonzero(np.sign(gaps[:-1]) * np.sign(gaps[1:]) <= 0):
        low, high = float(points[i]), float(points[i + 1])
        signs = np.sign(gap(low)), np.sign(gap(high))
        if signs[0] * signs[1] > 0:
            return None
        roots |= {end for end, sign in ((low, signs[0]), (high, signs[1])) if sign == 0}
        if signs[0] * signs[1] < 0:
            roots.add(float(brentq(gap, low, high, xtol=ROOT * points[-1], rtol=ROOT)))
    return sorted(roots)


def _peak(gap: Callable[[float], float], points: Array, gaps: Array) -> float:
    """Return the multiple at which the measure is largest."""
    from scipy.optimize import minimize_scalar

    best = int(np.argmax(gaps))
    ends = points[max(best - 1, 0)], points[min(best + 1, len(points) - 1)]
    found = minimize_scalar(lambda m: -gap(m), bounds=ends, method="bounded", options={"xatol": PEAK * points[-1]})
    return float(found.x) if -found.fun > gaps[best] else float(points[best])


def _extrapolated(posterior: Posterior, plan: WeeklyPlan, columns: tuple[int, ...], multiple: float) -> tuple[str, ...]:
    """Return the scaled channels that leave what was ever spent in a period."""
    dataset = posterior.dataset
    planned = multiple * plan.multiples * dataset.spend[dataset.window]
    return tuple(
        dataset.channels[k] for k in columns if leaves_above(planned[:, k], float(dataset.spend[:, k].max(initial=0.0)))
    )
