"""What is known of the time ahead: expected drivers, the market, and money already committed, by period.

Conventions: one row a period that something is known of, in any order; rows without anything but a date say nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.tables import names
from xl_mmm.tables.faults import AddressedFault, listed, nearest
from xl_mmm.tables.row_reader import RowReader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xl_mmm.planning import Scenario
    from xl_mmm.planning.planned_year import Known, YearAsked
    from xl_mmm.tables.settings_reader import Value
    from xl_mmm.tables.table_rows import TableRows

MOST_MARKET = 100.0  # a market a hundred times as large is a slip of the unit


def read_calendar(
    table: TableRows, paid: Sequence[str], controls: Sequence[str]
) -> tuple[tuple[Known, ...], list[AddressedFault]]:
    """Read `tblCalendar`; rows at fault are left out.

    Parameters
    ----------
    table
        Its rows.
    paid, controls
        Names of the paid channels and of the controls.
    """
    from xl_mmm.planning.planned_year import Known

    faults: list[AddressedFault] = []
    headers = names.calendar_headers(paid, controls)
    for header in filter(None, table.headers):
        if header not in (*headers, names.H_UNIT):
            message = f"The column {header!r} is of no channel or control of this workbook.{nearest(header, headers)}"
            action = f"Columns may be: {listed(headers)}."
            faults.append(table.fault("unknown_column", None, header, message, action))
    known: list[Known] = []
    seen: dict[str, int] = {}
    for row in range(table.n_rows):
        reader, before = RowReader(table, row, faults), len(faults)
        date = reader.date(names.H_DATE)
        filled = [h for h in headers if h not in (names.H_DATE, names.H_NOTE) and not reader.blank(h)]
        if date is None:
            if filled and reader.blank(names.H_DATE):
                message = f"The row has a value under {filled[0]!r} but no date."
                reader.note("date_blank", names.H_DATE, message, "Type the first day of the period, or clear the row.")
            continue
        if date in seen:
            message = f"{date} stands in row {table.first_row + seen[date]} already."
            reader.note("date_twice", names.H_DATE, message, "Keep one row a period.")
            continue
        seen[date] = row
        levels = [(name, reader.number(names.EXPECTED + name)) for name in controls]
        bought = [(name, reader.number(names.COMMITTED + name, low=0)) for name in paid]
        market = reader.number(names.H_MARKET, low=0, high=MOST_MARKET)
        if len(faults) == before:
            known.append(
                Known(
                    date,
                    tuple((name, level) for name, level in levels if level is not None),
                    market,
                    tuple((name, money) for name, money in bought if money),
                )
            )
    return tuple(known), faults


def unknown_scenario(
    settings: Mapping[str, Value], scenarios: Sequence[Scenario], setting: str = names.SET_FOLLOWS
) -> str:
    """Say that a setting names a scenario that is none; nothing when it is one, or what the setting says by itself."""
    usual = str(names.SETTING[setting].default)
    named, known = settings.get(setting) or usual, [one.name for one in scenarios]
    if named in (usual, names.TODAY) or named in known:
        return ""
    others = dict.fromkeys((usual, names.TODAY, *known))
    return f"{named!r} is no scenario; name one of {listed(list(others))}."


def asked_of(settings: Mapping[str, Value], scenarios: Sequence[Scenario], known: tuple[Known, ...]) -> YearAsked:
    """Put together how the time ahead is planned; a scenario that is none counts as today.

    Parameters
    ----------
    settings
        Setting -> value; defaults where blank or at fault.
    scenarios, known
        What the tables of scenarios and of the calendar say.
    """
    from xl_mmm.planning import Scenario
    from xl_mmm.planning.planned_year import YearAsked

    follows = str(settings.get(names.SET_FOLLOWS) or names.TODAY)
    start, periods = settings.get(names.SET_PLAN_START), settings.get(names.SET_PLAN_PERIODS)
    return YearAsked(
        scenario=next((one for one in scenarios if one.name == follows), Scenario(follows)),
        start=None if start is None else str(start),
        periods=int(periods) if isinstance(periods, float | int) else None,
        calendar=str(_given(settings, names.SET_FISCAL)),
        year_starts=int(_given(settings, names.SET_FISCAL_START)),
        over_window=settings.get(names.SET_PLAN_OVER) != names.YEAR_AHEAD,
        flighting=str(_given(settings, names.SET_FLIGHTING)),
        payment_days=int(_given(settings, names.SET_PAYMENT)),
        known=known,
    )


def _given(settings: Mapping[str, Value], name: str) -> str | float:
    """Return a setting, or its default where the cell is blank."""
    value = settings.get(name)
    found = names.SETTING[name].default if value is None else value
    assert found is not None  # these settings have defaults
    return found
