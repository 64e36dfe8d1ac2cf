"""What of a window is planned, and which of its weeks a period's name means.

A period is named as a planner writes it: `2026`, `Q3`, `2026 Q3`, in the fiscal calendar's own words (`2026-07`,
`2026 W31`, `2026 P07`), or `2026-06-29 to 2026-09-27` for any stretch of days, both included. A name without a year
means that period of every year. Stretches take the weeks that begin in them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.planning.fiscal import FiscalCalendar

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset

Dates = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

UNTIL = " to "


@dataclass(frozen=True, slots=True)
class Horizon:
    """What is planned.

    Attributes
    ----------
    periods
        Periods of the window that are planned, from its start; all when None. Those after them only carry over.
    calendar
        The calendar that names periods.
    """

    periods: int | None = None
    calendar: FiscalCalendar = field(default_factory=FiscalCalendar)

    def weeks(self, dataset: Dataset, period: str) -> Flags:
        """Return which weeks of a dataset's window a period means, (week,) flags, at least one of them true.

        Raises
        ------
        PlanError
            No planned week is meant.
        """
        dates = dataset.window_dates[: self.periods].astype("datetime64[D]")
        inside = np.zeros(dataset.n_weeks, dtype=bool)
        inside[: len(dates)] = self._inside(period, dates, dataset.grain)
        if not inside.any():
            last = self.calendar.places(dates[-1:], dataset.grain)[0]
            raise PlanError(
                f"No period called {period!r} lies between {dates[0]} and {dates[-1]}. Name one as '{last.year}', "
                f"'Q{last.quarter}', '{last.year} Q{last.quarter}', '{last.name}' or '{dates[0]}{UNTIL}{dates[-1]}', "
                "or leave the cell blank for all of them."
            )
        return inside

    def _inside(self, period: str, dates: Dates, grain: str) -> Flags:
        """Return which of some weeks a period means."""
        name = " ".join(period.casefold().split())
        if not name:
            return np.ones(len(dates), dtype=bool)
        if UNTIL in name:
            first, last = map(_day, name.split(UNTIL, 1))
            return np.asarray((dates >= first) & (dates <= last))
        labels = self.calendar.labels(grain)
        return np.array([name in labels(day) for day in dates], dtype=bool)


def _day(text: str) -> np.datetime64:
    try:
        return np.datetime64(text.strip(), "D")
    except ValueError as error:
        raise PlanError(f"{text!r} is no day; write it as 2026-06-29.") from error
