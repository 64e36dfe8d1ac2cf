"""`tblFX` and `tblCosts`: what foreign money is worth, and what media cost that are booked in units alone.

Conventions: a rate is reporting currency per unit of the currency; a cost is money of the channel's currency for `Per
units` units of its media column. Each holds from its date on, until the next row of the same name; a blank date is the
beginning. Currencies are compared without regard to case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import one_of
from xl_mmm.tables.row_reader import RowReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from xl_mmm.tables.faults import AddressedFault
    from xl_mmm.tables.model_reader import Channel
    from xl_mmm.tables.table_rows import TableRows

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

BEGINNING = "0001-01-01"  # of time: where no date is given
THOUSAND = "CPM"  # the unit whose name says how many it is the cost of


@dataclass(frozen=True, slots=True)
class Step:
    """A value that holds from a day on.

    Attributes
    ----------
    start
        ISO date; `BEGINNING` where the cell is blank.
    value
        Reporting currency per unit of a currency, or money per unit of media.
    row
        Data row of its table.
    """

    start: str
    value: float
    row: int


Steps = tuple[Step, ...]  # in order of their starts; none where every row of the name is at fault


@dataclass(frozen=True, slots=True)
class Money:
    """What the two tables say.

    Attributes
    ----------
    reporting
        The reporting currency in capitals; None where the setting is blank.
    rates
        Currency in capitals -> its rates.
    costs, units
        Channel -> its costs per unit of media, and the word of their unit, None where blank.
    """

    reporting: str | None
    rates: Mapping[str, Steps]
    costs: Mapping[str, Steps]
    units: Mapping[str, str | None]


def read_rates(table: TableRows, reporting: str | None) -> tuple[dict[str, Steps], list[AddressedFault]]:
    """Read `tblFX`.

    Parameters
    ----------
    table
        Its rows.
    reporting
        The reporting currency in capitals, or None.
    """
    faults: list[AddressedFault] = []
    if names.H_CURRENCY not in table.headers:
        message = f"The table has no column {names.H_CURRENCY!r}."
        return {}, [table.fault("missing_column", None, None, message, "Name the column of the currencies so.")]
    found: dict[str, list[Step]] = {}
    for reader in _rows(table, (names.H_CURRENCY, names.H_RATE, names.H_FROM), faults):
        currency = reader.text(names.H_CURRENCY, needed="Type the currency's code, or clear the row.")
        rate = reader.number(names.H_RATE, low=0, above=True, needed="Type the reporting currency's amount for one.")
        start = reader.date(names.H_FROM)
        code = "" if currency is None else currency.upper()
        steps = found.setdefault(code, [])
        if currency is None or rate is None or (start is None and not reader.blank(names.H_FROM)):
            continue
        if code == reporting and rate != 1:
            message = f"{currency} is the reporting currency and worth 1 of itself, not {shown(rate)}."
            action = f"Clear the row, or change the setting {names.SET_CURRENCY!r}."
            reader.note("own_rate", names.H_RATE, message, action)
            continue
        _append(steps, Step(start or BEGINNING, rate, reader.row), reader, currency)
    return {code: _ordered(steps) for code, steps in found.items() if code}, faults


def read_costs(
    table: TableRows, channels: Sequence[Channel]
) -> tuple[dict[str, Steps], dict[str, str | None], list[AddressedFault]]:
    """Read `tblCosts`: costs per unit of media, and the word of their unit, by channel."""
    faults: list[AddressedFault] = []
    known = {channel.name: channel for channel in channels if channel.kind == names.PAID}
    found: dict[str, list[Step]] = {}
    units: dict[str, str | None] = {}
    inputs = (names.H_CHANNEL, names.H_COST, names.H_PER, names.H_FROM)
    for reader in _rows(table, inputs, faults):
        name = reader.text(names.H_CHANNEL, needed="Type the channel's name, or clear the row.")
        unit = reader.choice(names.H_UNIT, names.COST_UNITS)
        cost = reader.number(names.H_COST, low=0, above=True, needed="Type what the units cost.")
        per, start = _per(reader, unit), reader.date(names.H_FROM)
        if name is not None and name not in known:
            reader.note("unknown_channel", names.H_CHANNEL, *one_of(name, known))
        elif name is not None and known[name].media is None:
            message = f"The channel {name!r} has no media column whose units could cost money."
            reader.note("cost_without_media", names.H_CHANNEL, message, "Name its media column, or clear the row.")
        elif name is not None:
            steps = found.setdefault(name, [])
            if cost is None or per is None:
                continue
            if start is None and not reader.blank(names.H_FROM):
                continue
            if units.setdefault(name, unit) != unit:
                message = f"{name!r} is priced by {shown(unit)} here and by {shown(units[name])} above."
                reader.note("two_units", names.H_UNIT, message, "Use one unit for a channel.")
                continue
            _append(steps, Step(start or BEGINNING, cost / per, reader.row), reader, name)
    return {name: _ordered(steps) for name, steps in found.items()}, units, faults


def in_force(steps: Steps, dates: Dates) -> Array:
    """Return the value of each day, (n,); NaN before the first start."""
    starts = np.array([step.start for step in steps], dtype="datetime64[D]")
    at = np.searchsorted(starts, dates.astype("datetime64[D]"), side="right") - 1
    values = np.array([step.value for step in steps])
    return np.where(at >= 0, values[np.maximum(at, 0)], np.nan)


def _rows(table: TableRows, inputs: tuple[str, ...], faults: list[AddressedFault]) -> Iterator[RowReader]:
    """Yield a reader of each row in use."""
    for row in range(table.n_rows):
        reader = RowReader(table, row, faults)
        if not all(reader.blank(header) for header in inputs):
            yield reader


def _per(reader: RowReader, unit: str | None) -> float | None:
    """Return the units that a cost is for; None at fault: CPM is per 1,000, whatever else the row says."""
    known = len(reader.faults)
    per = reader.number(names.H_PER, low=0, above=True)
    if len(reader.faults) > known:
        return None
    usual = names.COST_UNITS.get(unit or "")
    if per is not None and unit == THOUSAND and per != usual:
        message = f"{THOUSAND} is a cost per 1,000, but {names.H_PER!r} says {shown(per)}."
        reader.note("units_disagree", names.H_PER, message, "Clear the cell, or choose another unit.")
        return None
    return per or usual or 1.0


def _append(steps: list[Step], step: Step, reader: RowReader, name: str) -> None:
    """Add a step; one that starts with another is a fault."""
    if any(step.start == other.start for other in steps):
        since = "the beginning" if step.start == BEGINNING else step.start
        message = f"{name!r} has a value from {since} on already."
        reader.note("from_twice", names.H_FROM, message, "Keep one of the two.")
        return
    steps.append(step)


def _ordered(steps: list[Step]) -> Steps:
    return tuple(sorted(steps, key=lambda step: step.start))
