"""Fiscal calendars against published dates, and against Python's own ISO calendar."""

from __future__ import annotations

import datetime
import itertools

import numpy as np
import pytest

from xl_mmm.errors import PlanError
from xl_mmm.planning.fiscal import CALENDARS, FiscalCalendar, calendar_of

RETAIL = FiscalCalendar("4-5-4", 2, 6)  # the National Retail Federation's: weeks from Sunday, years from February


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "D")


def test_iso_weeks_are_those_of_the_standard_library():
    calendar = FiscalCalendar("ISO weeks")
    for offset in range(0, 366 * 30, 5):
        date = datetime.date(1999, 12, 20) + datetime.timedelta(days=offset)
        year, week, _ = date.isocalendar()
        place = calendar.place(np.datetime64(date, "D"))
        assert (place.year, place.week) == (year, week), date
        assert place.name == f"{year} W{week:02d}"


@pytest.mark.parametrize(
    ("year", "first", "weeks"),
    [
        (2012, "2012-01-29", 53), (2016, "2016-01-31", 52), (2017, "2017-01-29", 53), (2018, "2018-02-04", 52),
        (2022, "2022-01-30", 52), (2023, "2023-01-29", 53), (2024, "2024-02-04", 52), (2025, "2025-02-02", 52),
    ],
)  # fmt: skip
def test_retail_years_begin_where_they_were_published(year, first, weeks):
    assert RETAIL.first_day(year) == day(first)
    assert (RETAIL.first_day(year + 1) - RETAIL.first_day(year)).astype(int) == 7 * weeks


@pytest.mark.parametrize(
    ("first", "place"),
    [
        ("2023-01-29", (2023, 1, 1, 1)),   # February of 2023: 4 weeks
        ("2023-02-26", (2023, 1, 2, 5)),   # March: 5 weeks
        ("2023-04-02", (2023, 1, 3, 10)),  # April
        ("2023-07-30", (2023, 3, 7, 27)),  # August
        ("2023-12-31", (2023, 4, 12, 49)), # fiscal January
        ("2024-01-28", (2023, 4, 12, 53)), # the 53rd week
        ("2024-02-04", (2024, 1, 1, 1)),
    ],
)  # fmt: skip
def test_retail_months_of_2023_as_published(first, place):
    found = RETAIL.place(day(first))
    assert (found.year, found.quarter, found.period, found.week) == place


@pytest.mark.parametrize(("kind", "lengths"), [("4-4-5", [4, 4, 5]), ("4-5-4", [4, 5, 4]), ("5-4-4", [5, 4, 4])])
def test_periods_have_their_weeks_and_the_53rd_goes_to_the_last(kind, lengths):
    calendar = FiscalCalendar(kind)
    start = calendar.first_day(2026)
    weeks = (calendar.first_day(2027) - start).astype(int) // 7
    assert weeks == 53
    periods = [calendar.place(start + 7 * week).period for week in range(weeks)]
    counts = np.bincount(periods)[1:].tolist()
    assert counts == [*(lengths * 4)[:-1], lengths[-1] + 1]
    quarters = np.bincount([calendar.place(start + 7 * week).quarter for week in range(weeks)])[1:]
    assert quarters.tolist() == [13, 13, 13, 14]


@pytest.mark.parametrize("kind", CALENDARS)
@pytest.mark.parametrize("month", [1, 4, 7, 10])
def test_every_day_has_one_place_and_places_never_go_back(kind, month):
    if kind == "ISO weeks" and month != 1:
        with pytest.raises(PlanError):
            FiscalCalendar(kind, month)
        return
    calendar = FiscalCalendar(kind, month)
    days = day("2023-01-01") + np.arange(1500)
    places = [calendar.place(d) for d in days]
    ordered = [(p.year, p.quarter, p.period, p.week) for p in places]
    assert ordered == sorted(ordered)
    assert len({p.name for p in places}) == len({(p.year, p.period) for p in places})
    for before, after in itertools.pairwise(ordered):
        assert after[0] - before[0] in (0, 1)
    assert {p.quarter for p in places} == {1, 2, 3, 4}


def test_years_are_named_by_where_they_start_or_end():
    assert FiscalCalendar("months", 4).place(day("2025-03-31")).year == 2024
    assert FiscalCalendar("months", 4).place(day("2025-04-01")).year == 2025
    october = FiscalCalendar("months", 10)
    assert october.place(day("2025-10-01")).year == 2026
    assert (october.place(day("2025-12-01")).quarter, october.place(day("2025-12-01")).period) == (1, 3)


def test_a_week_lies_in_the_month_of_its_fourth_day():
    calendar = FiscalCalendar()
    names = [place.name for place in calendar.places(np.array([day("2026-06-29"), day("2026-07-27")]), "weekly")]
    assert names == ["2026-07", "2026-07"]
    assert calendar.places(np.array([day("2026-06-30")]), "daily")[0].name == "2026-06"


def test_names_that_a_planner_may_write():
    labels = FiscalCalendar("4-4-5").labels("weekly")(day("2026-07-06"))
    assert {"2026", "q3", "2026 q3", "p07", "2026 p07", "2026 w28"} <= labels
    assert {"2026-07", "2026 q3"} <= FiscalCalendar().labels("weekly")(day("2026-07-06"))


def test_the_datas_own_weeks_are_the_calendars():
    assert calendar_of("4-5-4", 2, np.array([day("2023-01-29")]), "weekly") == RETAIL
    assert calendar_of("months", 1, np.array([day("2023-01-29")]), "daily").weekday == 0


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (("lunar",), "choose one of months"), (("months", 13), "give 1 to 12"), (("ISO weeks", 2), "begin on Monday"),
        (("4-4-5", 1, 9), "0 \\(Monday\\)"),
    ],
)  # fmt: skip
def test_impossible_calendars_are_refused(options, match):
    with pytest.raises(PlanError, match=match):
        FiscalCalendar(*options)


def test_months_cannot_be_told_by_weeks():
    with pytest.raises(PlanError, match="Monthly data"):
        FiscalCalendar("4-4-5").places(np.array([day("2026-01-01")]), "monthly")
