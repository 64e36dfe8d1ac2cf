"""What plans are over: the window of the data, or the year ahead. Every function of plans and every job asks here.

Over the window a plan ties with what the channels contributed. Over the year ahead it is what the same draws say of
the periods to come (`measures.ahead`): multiples are of last year's spend in the same periods, and a plan's outcome
holds what its money brings after the year's end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.planning import Horizon
    from xl_mmm.posterior import Posterior
    from xl_mmm.tables.settings_reader import Value

HORIZON_SETTINGS = (
    names.SET_PLAN_OVER, names.SET_PLAN_START, names.SET_PLAN_PERIODS, names.SET_FISCAL, names.SET_FISCAL_START,
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
    over, start, periods, kind, month = (
        values.get(name, names.SETTING[name].default) for name in HORIZON_SETTINGS
    )  # fmt: skip
    return _planned(
        posterior, over == names.YEAR_AHEAD, None if start is None else str(start),
        None if periods is None else int(periods), str(kind), int(month or 1),
    )  # fmt: skip


@lru_cache(maxsize=KEPT)
def _planned(
    posterior: Posterior, year: bool, start: str | None, periods: int | None, kind: str, month: int
) -> Planned:
    from xl_mmm.measures.ahead import YEAR, ahead, repeated
    from xl_mmm.planning import Horizon
    from xl_mmm.planning.fiscal import calendar_of

    dataset = posterior.dataset
    calendar = calendar_of(kind, month, dataset.dates, dataset.grain)
    if not year:
        return Planned(posterior, Horizon(None, calendar), ahead=False)
    first = None if start is None else np.datetime64(start, "D")
    future = repeated(dataset, YEAR[dataset.grain] if periods is None else periods, first)
    made = ahead(posterior, future, carry_out=True)
    return Planned(made, Horizon(future.n_periods, calendar), ahead=True)
