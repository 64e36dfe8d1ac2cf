"""Rules of the time axis: one row a period, none missing, all on the same day of the period.

A grain has a grid: every day, one weekday, or one day of the month (the first, the last or any other). Dates off the
grid are first explained (day and month swapped, a workbook of the other date system), then reported, and count as the
place they were meant for, so that one mistake gives one message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.rules.catalog import Fault, Spot, fault

Dates = NDArray[np.datetime64]

PERIOD_WEEKS = {"daily": 1 / 7, "weekly": 1.0, "monthly": 365.25 / 12 / 7}
PERIOD_WORDS = {"daily": ("day", "days"), "weekly": ("week", "weeks"), "monthly": ("month", "months")}
SHIFT_1904 = 1462  # days between the 1900 and the 1904 date system
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_DAY = 31  # stands for the month's last day


@dataclass(frozen=True, slots=True)
class Grid:
    """Where dates may lie.

    Attributes
    ----------
    grain
        `"daily"`, `"weekly"` or `"monthly"`.
    anchor
        Weekday from 0 = Monday (weekly), day of the month with 31 = last (monthly), 0 (daily).
    """

    grain: str
    anchor: int

    def slot(self, dates: Dates) -> NDArray[np.int64]:
        """Return the period number of each date: consecutive periods have consecutive numbers."""
        days = dates.astype("datetime64[D]").astype(np.int64)
        if self.grain == "daily":
            return days
        if self.grain == "weekly":  # 1970-01-01 was a Thursday; halves of a week round to the nearest grid day
            return (days + 3 - self.anchor + 3) // 7
        return dates.astype("datetime64[M]").astype(np.int64)

    def on(self, dates: Dates) -> NDArray[np.bool_]:
        """Whether each date lies on the grid."""
        if self.grain == "daily":
            return np.ones(len(dates), dtype=bool)
        if self.grain == "monthly" and self.anchor == _LAST_DAY:
            return is_month_end(dates)
        days = weekday(dates) if self.grain == "weekly" else month_day(dates)
        return np.asarray(days == self.anchor)

    def words(self, date: np.datetime64 | None = None) -> str:
        """Return the grid's day (or that of `date`) in words: a Monday, day 1 of the month."""
        one = None if date is None else np.array([date])
        if self.grain == "weekly":
            return f"a {_WEEKDAYS[self.anchor if one is None else int(weekday(one)[0])]}"
        if one is None and self.anchor == _LAST_DAY:
            return "the last day of the month"
        return f"day {self.anchor if one is None else int(month_day(one)[0])} of the month"


def weekday(dates: Dates) -> NDArray[np.int64]:
    """Return the weekday, 0 = Monday."""
    return np.asarray((dates.astype("datetime64[D]").astype(np.int64) + 3) % 7)


def month_day(dates: Dates) -> NDArray[np.int64]:
    """Return the day of the month, from 1."""
    first = dates.astype("datetime64[M]").astype("datetime64[D]")
    return np.asarray((dates - first).astype(np.int64) + 1)


def is_month_end(dates: Dates) -> NDArray[np.bool_]:
    """Whether each date is the last of its month."""
    return np.asarray((dates + np.timedelta64(1, "D")).astype("datetime64[M]") != dates.astype("datetime64[M]"))


def detect_grain(dates: Dates) -> tuple[str | None, float]:
    """Return the grain of sorted distinct dates (None when there is none) and the typical step in days."""
    steps = np.diff(dates).astype(np.int64)
    if len(steps) == 0:
        return "weekly", 7.0
    for step in (float(np.median(steps)), float(Counter(steps.tolist()).most_common(1)[0][0])):
        if step == 1:
            return "daily", step
        if step == 7:
            return "weekly", step
        if 28 <= step <= 31:
            return "monthly", step
    return None, float(np.median(steps))


def find_grid(dates: Dates, grain: str) -> Grid:
    """Return the grid on which most dates lie."""
    if grain == "daily":
        return Grid(grain, 0)
    if grain == "weekly":
        return Grid(grain, Counter(weekday(dates).tolist()).most_common(1)[0][0])
    days = Counter(month_day(dates).tolist())
    usual, count = days.most_common(1)[0]
    return Grid(grain, _LAST_DAY if int(is_month_end(dates).sum()) > count else usual)


def check_calendar(
    dates: Dates,
    rows: Sequence[int],
    column: str,
    grain: str | None,
    geos: Sequence[str] | None,
    unread: Sequence[int] = (),
) -> tuple[str, list[Fault]]:
    """Check the time axis of all regions together, duplicates and completeness within each.

    Parameters
    ----------
    dates
        (n,) valid dates, in the order given.
    rows
        (n,) their positions in the data as given.
    column
        Header of the date column.
    grain
        The grain if it was given.
    geos
        (n,) region of each row, or None for national data.
    unread
        Rows whose date could not be read; a gap that they explain is not a second fault.

    Returns
    -------
    grain
        As given or found (`"weekly"` when there is none).
    faults
        Unordered.
    """
    faults = _duplicates(dates, rows, column, geos)
    distinct, first_seen = np.unique(dates, return_index=True)
    found, step = detect_grain(distinct)
    if grain is not None and found is not None and found != grain and len(distinct) > 2:
        return grain, [*faults, fault("grain_differs", column=column, value=found, found=found, grain=grain)]
    chosen = grain or found
    if chosen is None:
        return "weekly", [*faults, fault("grain_unknown", column=column, value=step, days=f"{step:g}")]
    at = [int(rows[i]) for i in first_seen]
    grid = find_grid(distinct, chosen)
    faults += _off_and_gaps(distinct, at, column, grid, unread)
    if geos is not None:
        faults += _incomplete(dates, column, geos)
    return chosen, faults


def _duplicates(dates: Dates, rows: Sequence[int], column: str, geos: Sequence[str] | None) -> list[Fault]:
    counts = np.unique(dates, return_counts=True)[1]
    if geos is None and len(counts) > 1 and counts.min() == counts.max() > 1:
        return [fault("date_repeated", column=column, value=int(counts[0]), count=counts[0])]  # a panel without regions
    first: dict[tuple[str | None, object], int] = {}
    faults = []
    for i, day in enumerate(dates):
        key = (None if geos is None else geos[i], day)
        if key in first:
            faults.append(
                fault("date_duplicate", column=column, value=day.item(), at=Spot(rows[i], str(day), key[0]),
                      other=first[key] + 1, per_geo="" if geos is None else " and region")
            )  # fmt: skip
        first.setdefault(key, rows[i])
    return faults


def _off_and_gaps(distinct: Dates, at: list[int], column: str, grid: Grid, unread: Sequence[int]) -> list[Fault]:
    slots = grid.slot(distinct)
    taken = set(slots[grid.on(distinct)].tolist())
    lonely = np.array([slot - 1 not in taken and slot + 1 not in taken for slot in slots.tolist()])
    suspect = ~grid.on(distinct) | (lonely if len(distinct) > 3 else False)
    faults: list[Fault] = []
    meant = distinct.copy()
    sound = distinct[~suspect]
    for i in np.flatnonzero(suspect):
        day = distinct[i]
        name, facts, place = _explain(day, sound, grid, taken)
        if name == "date_off_grid" and grid.on(distinct[i : i + 1])[0]:
            continue  # alone, but on the grid: the gaps around it say so
        meant[i] = place
        taken.add(int(grid.slot(np.array([place]))[0]))
        faults.append(fault(name, column=column, value=day.item(), at=Spot(at[i], str(day)), **facts))
    order = np.argsort(meant, kind="stable")
    return faults + _gaps(meant[order], [at[i] for i in order], column, grid, unread)


def _explain(
    day: np.datetime64, sound: Dates, grid: Grid, taken: set[int]
) -> tuple[str, dict[str, object], np.datetime64]:
    """Return the rule that a date off the sequence breaks, its facts, and the date that was meant."""

    def fits(candidate: np.datetime64 | None) -> bool:
        if candidate is None or len(sound) == 0:
            return False
        one = np.array([candidate])
        slot = int(grid.slot(one)[0])
        low, high = grid.slot(sound[[0, -1]]).tolist()
        beside = slot - 1 in taken or slot + 1 in taken
        return bool(grid.on(one)[0]) and slot not in taken and (low <= slot <= high or beside)

    swapped = _swap(day)
    if fits(swapped):
        return "date_swapped", {"swapped": swapped}, swapped  # type: ignore[return-value]  # fits() refuses None
    for shift in (-SHIFT_1904, SHIFT_1904):
        moved = day + np.timedelta64(shift, "D")
        if fits(moved):
            return "date_1904", {"reading": f"{moved} would fit"}, moved
    period = PERIOD_WORDS[grid.grain][0]
    return "date_off_grid", {"actual": grid.words(day), "usual": grid.words(), "period": period}, day


def _swap(day: np.datetime64) -> np.datetime64 | None:
    year, month, number = (int(part) for part in str(day).split("-"))
    if number > 12 or number == month:
        return None
    return np.datetime64(f"{year:04d}-{number:02d}-{month:02d}", "D")


def _gaps(dates: Dates, at: list[int], column: str, grid: Grid, unread: Sequence[int]) -> list[Fault]:
    missing = np.diff(grid.slot(dates)) - 1
    one, many = PERIOD_WORDS[grid.grain]
    return [
        fault("date_gap", column=column, value=dates[i + 1].item(), at=Spot(at[i + 1], str(dates[i + 1])),
              count=int(missing[i]), periods=f"{one} is" if missing[i] == 1 else f"{many} are", before=str(dates[i]))
        for i in np.flatnonzero(missing > 0)
        if sum(min(at[i : i + 2]) < row < max(at[i : i + 2]) for row in unread) < missing[i]
    ]  # fmt: skip


def _incomplete(dates: Dates, column: str, geos: Sequence[str]) -> list[Fault]:
    """Name every region that lacks periods which others have."""
    seen: dict[str, set[np.datetime64]] = {}
    for geo, day in zip(geos, dates, strict=True):
        seen.setdefault(geo, set()).add(day)
    everything: set[np.datetime64] = set().union(*seen.values())
    lacking = {geo: sorted(everything - days) for geo, days in seen.items()}
    return [
        fault(
            "geo_incomplete", column=column, value=geo, at=Spot(geo=geo), name=geo, count=len(days), first=str(days[0])
        )
        for geo, days in lacking.items()
        if days
    ]
