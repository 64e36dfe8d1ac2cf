"""When to spend: the money that a plan gives each channel, timed period by period.

The scenario says how much, this says when: each channel keeps its money, commitments stand, and no period holds more
than `MOST_IN_A_PERIOD` times a channel's mean. What the plan brings after its end counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from xl_mmm.measures.ahead import ahead
from xl_mmm.planning.flighting import AS_LAST_YEAR, OPTIMIZED
from xl_mmm.planning.planned_year import PlannedYear, planned_year
from xl_mmm.planning.weeks import WeeksPlan, optimize_weeks

if TYPE_CHECKING:
    from xl_mmm.planning.planned_year import Timing, YearAsked
    from xl_mmm.posterior import Posterior

MOST_IN_A_PERIOD = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class TimedYear:
    """A plan whose money was timed.

    Attributes
    ----------
    before, flighting
        The plan as it was flighted, and the template that did so.
    plan
        The best timing; its gain is over `before`.
    """

    before: PlannedYear
    flighting: str
    plan: WeeksPlan

    @property
    def timing(self) -> Timing:
        """Money by period, as `YearAsked` takes it."""
        spend = self.plan.spend
        days = [str(day)[:10] for day in spend.index]
        rows = spend.to_numpy().tolist()
        names = [str(name) for name in spend.columns]
        return tuple((day, tuple(zip(names, row, strict=True))) for day, row in zip(days, rows, strict=True))


def timed_year(posterior: Posterior, asked: YearAsked, level: float = 0.90) -> TimedYear:
    """Time the money of a plan.

    Parameters
    ----------
    posterior
        The model.
    asked
        The plan. One that is timed already is compared with last year's flighting.
    level
        Width of the ranges.

    Raises
    ------
    PlanError
        An impossible plan, or commitments that leave no room within the limits.
    """
    flighting = AS_LAST_YEAR if asked.flighting == OPTIMIZED else asked.flighting
    year = planned_year(posterior, replace(asked, flighting=flighting))
    coming = ahead(posterior, year.future, carry_out=True)
    plan = optimize_weeks(
        coming, bounds=(1.0, 1.0), weekly=(0.0, MOST_IN_A_PERIOD), committed=year.committed,
        periods=year.future.n_periods, level=level,
    )  # fmt: skip
    return TimedYear(year, flighting, plan)
