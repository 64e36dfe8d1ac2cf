"""Fiscal calendars: which year, quarter, period and week a day belongs to.

Conventions
-----------
* A year of weeks (ISO weeks, 4-4-5, 4-5-4, 5-4-4) begins with the week whose first day is nearest to the first of the
  month that the year starts in. Monday and January give the ISO calendar, Sunday and February the retail calendar of
  the National Retail Federation.
* A year has a 53rd week when the next one begins 53 weeks later; it belongs to the last period and quarter.
* A fiscal year is named by the calendar year that it starts in when it starts in January to June, by the one it ends
  in otherwise.
* A week of data belongs to the fiscal period of its fourth day, as when weeks are gathered into months
  (`xl_mmm.dataset`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError

Dates = NDArray[np.datetime64]
Labels = frozenset[str]

MONTHS, ISO_WEEKS = "months", "ISO weeks"
PATTERNS = {"4-4-5": (4, 4, 5), "4-5-4": (4, 5, 4), "5-4-4": (5, 4, 4)}  # weeks of the periods of a quarter
CALENDARS = (MONTHS, ISO_WEEKS, *PATTERNS)
QUARTER = 13  # weeks
NAMED_BY_START = 6  # last starting month of years that are named by the year they start in
MIDDLE = {"daily": 0, "weekly": 3, "monthly": 0}  # days from the date of a period to one that tells its month
KEPT = 4096  # days of which the period is remembered: scenarios ask for the same ones again and again
DAY, WEEK = np.timedelta64(1, "D"), np.timedelta64(7, "D")


@dataclass(frozen=True, slots=True, order=True)
class FiscalPeriod:
    """A place in a fiscal calendar.

    Attributes
    ----------
    year, quarter, period
        Fiscal year; quarter 1-4; period of the year: month, week (ISO weeks) or 1-12.
    week
        Week of the year; 0 in calendars of months.
    name
        What the period is called: `2026-07`, `2026 W31`, `2026 P07`.
    """

    year: int
    quarter: int
    period: int
    week: int
    name: str


@dataclass(frozen=True)
class FiscalCalendar:
    """A calendar.

    Attributes
    ----------
    kind
        One of `CALENDARS`.
    year_starts
        Month 1-12 that the year starts in; ISO weeks always start in January.
    weekday
        First day of a week, Monday 0.
    """

    kind: str = MONTHS
    year_starts: int = 1
    weekday: int = 0

    def __post_init__(self) -> None:
        if self.kind not in CALENDARS:
            raise PlanError(f"The fiscal calendar is {self.kind!r}; choose one of {', '.join(CALENDARS)}.")
        if self.year_starts not in range(1, 13):
            raise PlanError(f"The fiscal year starts in month {self.year_starts!r}; give 1 to 12.")
        if self.kind == ISO_WEEKS and (self.year_starts != 1 or self.weekday != 0):
            raise PlanError("ISO weeks begin on Monday and their year in January; choose another calendar for others.")
        if self.weekday not in range(7):
            raise PlanError(f"A week begins on day {self.weekday!r}; give 0 (Monday) to 6 (Sunday).")

    def place(self, day: np.datetime64) -> FiscalPeriod:
        """Return where a day lies."""
        return _placed(self, day.astype("datetime64[D]"))

    def places(self, dates: Dates, grain: str) -> list[FiscalPeriod]:
        """Return where periods of data lie.

        Parameters
        ----------
        dates
            (n,) dates of the periods.
        grain
            `"daily"`, `"weekly"` or `"monthly"`.

        Raises
        ------
        PlanError
            Months cannot be put into a calendar of weeks.
        """
        if grain == "monthly" and self.kind != MONTHS:
            raise PlanError(f"Monthly data cannot be told by {self.kind}; choose the calendar {MONTHS!r}.")
        return [self.place(day + MIDDLE[grain] * DAY) for day in dates.astype("datetime64[D]")]

    def labels(self, grain: str) -> Callable[[np.datetime64], Labels]:
        """Return what tells the names, in lower case, of all that a period of data lies in.

        For `2026 P07` these are `2026`, `q3`, `2026 q3`, `p07`, `2026 p07` and, in years of weeks, `2026 w28`.
        """

        def names(day: np.datetime64) -> Labels:
            at = self.places(np.array([day]), grain)[0]
            own = {str(at.year), f"q{at.quarter}", f"{at.year} q{at.quarter}", at.name.casefold()}
            if at.week:
                own |= {f"w{at.week:02d}", f"{at.year} w{at.week:02d}"}
            return frozenset(own | {at.name.casefold().split(" ")[-1]})

        return names

    def year_of(self, day: np.datetime64) -> tuple[int, np.datetime64, np.datetime64]:
        """Return the fiscal year that a day lies in, its first day, and the first day of the next."""
        calendar_year = int(str(day)[:4])
        starts = [(year, self.first_day(year)) for year in range(calendar_year - 2, calendar_year + 3)]
        i = max(i for i, (_, start) in enumerate(starts[:-1]) if start <= day)
        return starts[i][0], starts[i][1], starts[i + 1][1]

    def first_day(self, year: int) -> np.datetime64:
        """Return the first day of a fiscal year."""
        started = year if self.year_starts <= NAMED_BY_START else year - 1
        first = np.datetime64(f"{started:04d}-{self.year_starts:02d}-01", "D")
        if self.kind == MONTHS:
            return first
        after = (self.weekday - _weekday(first)) % 7  # days to the next beginning of a week
        return first + (after if after <= 3 else after - 7) * DAY

    def _month(self, day: np.datetime64) -> FiscalPeriod:
        year, start, _ = self.year_of(day)
        months = int((day.astype("datetime64[M]") - start.astype("datetime64[M]")).astype(int))
        return FiscalPeriod(year, months // 3 + 1, months + 1, 0, str(day)[:7])

    def _week(self, day: np.datetime64) -> FiscalPeriod:
        year, start, _ = self.year_of(day)
        week = int((day - start) // WEEK)
        quarter = min(week // QUARTER, 3)
        if self.kind == ISO_WEEKS:
            return FiscalPeriod(year, quarter + 1, week + 1, week + 1, f"{year} W{week + 1:02d}")
        inside, ends = week - quarter * QUARTER, self._ends
        period = 3 * quarter + min(int(np.searchsorted(ends, inside, side="right")), 2) + 1
        return FiscalPeriod(year, quarter + 1, period, week + 1, f"{year} P{period:02d}")

    @cached_property
    def _ends(self) -> NDArray[np.intp]:
        """Weeks of a quarter after which its periods end."""
        return np.cumsum(PATTERNS[self.kind])


@lru_cache(maxsize=KEPT)
def _placed(calendar: FiscalCalendar, day: np.datetime64) -> FiscalPeriod:
    return calendar._month(day) if calendar.kind == MONTHS else calendar._week(day)


def calendar_of(kind: str, year_starts: int, dates: Dates, grain: str) -> FiscalCalendar:
    """Return the calendar whose weeks begin as those of the data do; Monday for daily and monthly data."""
    weekly = grain == "weekly" and kind != ISO_WEEKS
    return FiscalCalendar(kind, year_starts, _weekday(dates[0].astype("datetime64[D]")) if weekly else 0)


def _weekday(day: np.datetime64) -> int:
    """Return the day of the week, Monday 0 (1970-01-01 was a Thursday)."""
    return (int(day.astype(int)) + 3) % 7
