"""Every rule in one pass over raw columns: what is sound comes back clean, what is not as an ordered list of faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.rules.calendar import check_calendar
from xl_mmm.rules.catalog import Fault, Spot, fault
from xl_mmm.rules.cells import (
    Broken,
    broken_error,
    error_code,
    is_blank,
    is_iso_text,
    is_total,
    parse_date,
    parse_number,
)
from xl_mmm.rules.figures import check_figures, check_length
from xl_mmm.rules.headers import check_headers
from xl_mmm.rules.roles import GRAINS, CleanColumns, Roles

_NEVER_NEGATIVE = {
    "spend": "Spend", "media": "Media", "organic": "Organic media", "revenue_per_kpi": "Revenue per KPI",
}  # fmt: skip
_OR_ZERO = {
    "spend": ", or 0 if nothing was spent",
    "media": ", or 0 if nothing was delivered",
    "organic": ", or 0 if nothing was sent",
}
_GEO_TOTALS = frozenset({"total", "totals", "grand total", "gesamt"})  # Somme and Mean may be regions
_UNKNOWN = np.datetime64("NaT", "D")

Window = tuple[object, object]


@dataclass(slots=True)
class _Table:
    """The columns in use while they are being checked."""

    cells: dict[str, Sequence[object]]
    position: dict[str, int]
    alive: NDArray[np.bool_]  # rows that still count
    dates: NDArray[np.datetime64]
    geos: list[str | None]

    def spot(self, row: int) -> Spot:
        day = self.dates[row]
        return Spot(row, None if np.isnat(day) else str(day), self.geos[row])


def check_columns(
    columns: Mapping[str, Sequence[object]],
    roles: Roles,
    *,
    headers: Sequence[object] | None = None,
    window: Window | None = None,
    grain: str | None = None,
    iso_text_is_date: bool = False,
) -> tuple[CleanColumns | None, list[Fault]]:
    """Check raw columns against every rule.

    Parameters
    ----------
    columns
        Header as typed -> raw cells, all of one length.
    roles
        Headers by role.
    headers
        The header row as typed, duplicates and blanks included; the keys of `columns` when None.
    window
        (first date, last date) of the fit window, ISO text or dates, either None when open. Rows before it are
        history: their KPI may be blank. Rows after it are left out, which is reported.
    grain
        `"daily"`, `"weekly"`, `"monthly"`, or None to find it.
    iso_text_is_date
        Whether a column of dates written as text YYYY-MM-DD is the normal case (text files) and not worth a REVIEW;
        among real dates such text always is.

    Returns
    -------
    clean
        The columns sorted by region and date, or None when any fault is a FAIL.
    faults
        All faults in order of place: the table's, then by row, then by column.

    Raises
    ------
    ValueError
        When the columns differ in length or `grain` is unknown: a mistake of the caller, not of the data.
    """
    if grain is not None and grain not in GRAINS:
        raise ValueError(f"grain is {grain!r}; choose one of {', '.join(GRAINS)}.")
    typed = list(columns) if headers is None else list(headers)
    places, faults = check_headers(typed, roles)
    by_text = {str(header): cells for header, cells in columns.items()}
    cells = {wanted: by_text[str(typed[i])] for wanted, i in places.items()}
    faults += _unnamed(columns)
    lengths = {len(column) for column in cells.values()}
    if len(lengths) > 1:
        raise ValueError(f"the columns differ in length: {sorted(lengths)}")
    n_rows = lengths.pop() if lengths else 0
    if cells and n_rows == 0:
        faults.append(fault("no_rows"))
    table = _Table(cells, places, np.ones(n_rows, dtype=bool), np.full(n_rows, _UNKNOWN), [None] * n_rows)
    if n_rows:
        faults += _empty_and_total_rows(table, roles)
        faults += _read_geos(table, roles)
        faults += _read_dates(table, roles, iso_text_is_date)
    clean, more = _check_rows(table, roles, window, grain) if n_rows else (None, [])
    faults = _by_place(faults + more, places)
    return (None if any(f.status == "FAIL" for f in faults) else clean), faults


def _check_rows(
    table: _Table, roles: Roles, window: Window | None, grain: str | None
) -> tuple[CleanColumns | None, list[Fault]]:
    history, faults = _apply_window(table, roles, window)
    dated = np.flatnonzero(table.alive & ~np.isnat(table.dates))
    chosen = grain or "weekly"
    if len(dated):
        geos = None if roles.geo is None else [table.geos[i] or "" for i in dated]
        unread = np.flatnonzero(table.alive & np.isnat(table.dates)).tolist()
        chosen, more = check_calendar(table.dates[dated], dated.tolist(), roles.date, grain, geos, unread)
        faults += more
    values, more = _read_numbers(table, roles, history)
    faults += more
    rows = np.flatnonzero(table.alive)
    kept = {header: figures[rows] for header, figures in values.items()}
    faults += check_figures(kept, ~history[rows], roles, lambda i: table.spot(int(rows[i])))
    if len(dated) and not any(f.rule in {"grain_unknown", "grain_differs"} for f in faults):
        faults += check_length(len(np.unique(table.dates[dated][~history[dated]])), chosen, roles)
    order = np.array(sorted(rows.tolist(), key=lambda i: (table.geos[i] or "", table.dates[i])), dtype=np.int64)
    geo = None if roles.geo is None else tuple(table.geos[i] or "" for i in order)
    clean = CleanColumns(
        rows=order,
        dates=table.dates[order],
        geo=geo,
        values={header: figures[order] for header, figures in values.items()},
        grain=chosen,
        n_history=len(np.unique(table.dates[order][history[order]])),
    )
    return clean, faults


def _unnamed(columns: Mapping[str, Sequence[object]]) -> list[Fault]:
    full = [h for h, cells in columns.items() if is_blank(h) and not all(map(is_blank, cells))]
    return [fault("unnamed_column", count=len(full))] if full else []


def _empty_and_total_rows(table: _Table, roles: Roles) -> list[Fault]:
    faults = []
    empty = [all(is_blank(column[i]) for column in table.cells.values()) for i in range(len(table.alive))]
    for i, is_empty in enumerate(empty):
        if is_empty and (i == 0 or not empty[i - 1]):
            end = next((j for j in range(i, len(empty)) if not empty[j]), len(empty))
            faults.append(fault("blank_row", at=Spot(i), count=end - i))
        table.alive[i] = not is_empty
    for header in (roles.date, roles.geo):
        for i, value in enumerate(table.cells.get(header, ()) if header else ()):
            totals = is_total(value) if header == roles.date else str(value).strip().casefold() in _GEO_TOTALS
            if table.alive[i] and totals:
                table.alive[i] = False
                faults.append(fault("total_row", column=header, value=value, at=Spot(i)))
    return faults


def _read_geos(table: _Table, roles: Roles) -> list[Fault]:
    if roles.geo is None or roles.geo not in table.cells:
        return []
    faults = []
    spelled: dict[str, str] = {}
    for i, value in enumerate(table.cells[roles.geo]):
        if not table.alive[i]:
            continue
        if is_blank(value) or error_code(value) is not None:
            why = Broken("blank_geo") if is_blank(value) else broken_error(value)
            faults.append(fault(why.rule, column=roles.geo, value=value, at=table.spot(i), **dict(why.facts)))
            continue
        name = f"{value:.15g}" if isinstance(value, float) else str(value)
        table.geos[i] = name
        first = spelled.setdefault(" ".join(name.split()).casefold(), name)
        if first != name:
            faults.append(fault("geo_name", column=roles.geo, value=name, at=table.spot(i), other=first))
    return faults


def _read_dates(table: _Table, roles: Roles, iso_text_is_date: bool) -> list[Fault]:
    faults = []
    as_text = []
    for i, value in enumerate(table.cells.get(roles.date, ())):
        if not table.alive[i]:
            continue
        parsed = parse_date(value)
        if isinstance(parsed, Broken):
            faults.append(fault(parsed.rule, column=roles.date, value=value, at=table.spot(i), **dict(parsed.facts)))
            continue
        table.dates[i] = parsed
        if is_iso_text(value):
            as_text.append(i)
    usual = iso_text_is_date and len(as_text) == int((table.alive & ~np.isnat(table.dates)).sum())
    if as_text and not usual:
        first = as_text[0]
        value = table.cells[roles.date][first]
        faults.append(fault("date_iso_text", column=roles.date, value=value, at=table.spot(first), count=len(as_text)))
    return faults


def _apply_window(table: _Table, roles: Roles, window: Window | None) -> tuple[NDArray[np.bool_], list[Fault]]:
    """Leave out rows after the window; return which rows are history."""
    history = np.zeros(len(table.alive), dtype=bool)
    known = table.alive & ~np.isnat(table.dates)
    if window is None or not known.any():
        return history, []
    first, last = table.dates[known].min(), table.dates[known].max()
    start = first if window[0] is None else parse_date(window[0])
    end = last if window[1] is None else parse_date(window[1])
    if isinstance(start, Broken) or isinstance(end, Broken):
        wrong = {"start": window[0]} if isinstance(start, Broken) else {"end": window[1]}
        return history, [fault("window_date", column=roles.date, value=v, end=word) for word, v in wrong.items()]
    if not (known & (table.dates >= start) & (table.dates <= end)).any():
        facts = {"start": start, "end": end, "first": first, "last": last}
        return history, [fault("window_empty", column=roles.date, value=f"{start} to {end}", **facts)]
    faults: list[Fault] = []
    after = known & (table.dates > end)
    if after.any():
        i = int(np.flatnonzero(after)[0])
        faults.append(
            fault("after_window", column=roles.date, value=table.dates[i].item(), at=table.spot(i),
                  count=int(after.sum()), end=end)
        )  # fmt: skip
        table.alive &= ~after
    return known & (table.dates < start), faults


def _read_numbers(
    table: _Table, roles: Roles, history: NDArray[np.bool_]
) -> tuple[dict[str, NDArray[np.float64]], list[Fault]]:
    values: dict[str, NDArray[np.float64]] = {}
    faults: list[Fault] = []
    for header, role in roles.numeric:
        if header not in table.cells or header in values:
            continue
        figures = np.full(len(table.alive), np.nan)
        never_negative = role in _NEVER_NEGATIVE
        column = table.cells[header]
        for i in np.flatnonzero(table.alive).tolist():
            number = parse_number(column[i])
            if isinstance(number, Broken):
                if number.rule == "blank" and history[i] and role in {"kpi", "revenue_per_kpi"}:
                    continue  # before the window only the media need be known
                facts = {"otherwise": _OR_ZERO.get(role, ""), **dict(number.facts)}
                faults.append(fault(number.rule, column=header, value=column[i], at=table.spot(i), **facts))
                continue
            figures[i] = number
            if number < 0 and (never_negative or role == "kpi"):
                name = "negative" if never_negative else "negative_kpi"
                word = _NEVER_NEGATIVE.get(role, "")
                faults.append(fault(name, column=header, value=column[i], at=table.spot(i), role=word))
        values[header] = figures
    return values, faults


def _by_place(faults: list[Fault], places: dict[str, int]) -> list[Fault]:
    """Order faults as the eye finds them: the table's and columns', then row by row, left to right."""

    def key(f: Fault) -> tuple[int, int]:
        row = -1 if f.row is None else f.row
        column = -1 if f.column is None else places.get(f.column, len(places))
        return row, column

    return sorted(faults, key=key)
