"""What plans are over: the window of the data, or the year ahead. Every function of plans and every job asks here.

Over the window a plan ties with what the channels contributed. Over the year ahead it is what the same draws say of
the periods to come (`measures.ahead`): multiples are of last year's spend in the same periods, flighted as the setting
says, and a plan's outcome holds what its money brings after the year's end. What `tblCalendar` knows of single periods
(commitments, expected levels), and weeks that were optimized for one plan, shape the year on the sheet Plan; scenarios
are compared without them, flighted as last year then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.planning import Horizon
    from xl_mmm.planning.planned_year import YearAsked
    from xl_mmm.posterior import Posterior
    from xl_mmm.tables.settings_reader import Value

HORIZON_SETTINGS = (
    names.SET_PLAN_OVER, names.SET_PLAN_START, names.SET_PLAN_PERIODS, names.SET_FISCAL, names.SET_FISCAL_START,
    names.SET_FLIGHTING,
)  # fmt: skip
KEPT = 4  # years ahead that are kept: functions share the posterior, and with it its sums


@dataclass(frozen=True, slots=True)
class Planned:
    """What plans are over.

    Attributes
    ----------
    posterior
        Draws whose window is what is planned.
    horizon
        How much of the window that is, and what its periods are called.
    ahead
        Whether it is the year ahead.
    """

    posterior: Posterior
    horizon: Horizon
    ahead: bool


def planned_by(posterior: Posterior, values: Mapping[str, Value]) -> Planned:
    """Return what plans are over.

    Parameters
    ----------
    posterior
        The model.
    values
        Setting -> value; defaults for those that are missing.

    Raises
    ------
    PlanError, SpecError
        A fiscal calendar or a year ahead that cannot be.
    """
    from xl_mmm.tables.calendar_reader import asked_of

    own = {name: values.get(name) for name in HORIZON_SETTINGS}
    if own[names.SET_FLIGHTING] == names.OPTIMIZED_FLIGHTING:
        own[names.SET_FLIGHTING] = names.FLIGHTINGS[0]
    asked = asked_of(own, (), ())
    return _planned(posterior, values.get(names.SET_PLAN_OVER) == names.YEAR_AHEAD, asked)


@lru_cache(maxsize=KEPT)
def _planned(posterior: Posterior, year: bool, asked: YearAsked) -> Planned:
    from xl_mmm.measures.ahead import ahead
    from xl_mmm.planning import Horizon
    from xl_mmm.planning.fiscal import calendar_of
    from xl_mmm.planning.planned_year import planned_year

    dataset = posterior.dataset
    if not year:
        calendar = calendar_of(asked.calendar, asked.year_starts, dataset.dates, dataset.grain)
        return Planned(posterior, Horizon(None, calendar), ahead=False)
    plan = planned_year(posterior, asked)
    made = ahead(posterior, plan.future, carry_out=True)
    return Planned(made, Horizon(plan.future.n_periods, plan.calendar), ahead=True)
