"""Scenarios in the workbook: what each plan spends, and what it takes the market, prices and other drivers to be.

Conventions: one row a scenario and period; a blank period is all of them, and a row with a period replaces there what
the scenario says for all. A blank cell leaves things as they are. Tables without the columns of periods, units or
assumptions still read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import REVIEW, AddressedFault, listed, nearest
from xl_mmm.tables.row_reader import RowReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from xl_mmm.planning import PlanLine, Scenario
    from xl_mmm.tables.table_rows import TableRows

LARGEST_MULTIPLE = 100.0  # a plan of more than a hundred times today's spend is a slip of the unit


def read_scenarios(
    table: TableRows, paid: Sequence[str], controls: Sequence[str] = ()
) -> tuple[tuple[Scenario, ...], list[AddressedFault]]:
    """Read `tblScenarios`; a scenario with a row at fault is left out.

    Parameters
    ----------
    table
        Its rows.
    paid, controls
        Names of the paid channels and of the controls.
    """
    from xl_mmm.planning import Scenario

    faults = _column_faults(table, paid, controls)
    lines: dict[str, list[PlanLine]] = {}
    faulty = set()
    for name, reader in _rows(table, faults):
        known = len(faults)
        line = _line(reader, [channel for channel in paid if channel in table.headers], controls)
        lines.setdefault(name, []).append(line)
        if len(faults) > known:
            faulty.add(name)
    return tuple(Scenario(name, tuple(found)) for name, found in lines.items() if name not in faulty), faults


def _column_faults(table: TableRows, paid: Sequence[str], controls: Sequence[str]) -> list[AddressedFault]:
    """Note columns that mean nothing, and channels that no column plans."""
    faults = []
    fixed = {*names.scenario_headers(paid, controls), *controls, names.H_UNIT}
    for header in table.headers:
        if header in fixed:
            continue
        if header.startswith(names.CHANGE.strip()):
            changes = [names.CHANGE + control for control in controls]
            message = f"The column {header!r} is a change of no control of this workbook.{nearest(header, changes)}"
            action = f"Head it {names.CHANGE.strip()}, a space and the control's header, or delete it."
        else:
            message = f"The column {header!r} is no paid channel of this workbook.{nearest(header, paid)}"
            action = f"Name it as the channel is named in Assumptions, or delete it. Channels: {listed(paid)}."
        faults.append(table.fault("unknown_channel", None, header, message, action))
    for channel in paid:
        if channel not in table.headers:
            message = f"No column plans the channel {channel!r}; every scenario keeps today's spend of it."
            action = f"Add a column {channel!r} to state it."
            faults.append(table.fault("unplanned_channel", None, names.H_SCENARIO, message, action, status=REVIEW))
    return faults


def _rows(table: TableRows, faults: list[AddressedFault]) -> Iterator[tuple[str, RowReader]]:
    """Yield (scenario, reader) of the rows in use; the same scenario and period twice are noted and skipped."""
    seen: dict[tuple[str, str], int] = {}
    idle = {names.H_SCENARIO, names.H_IN, names.H_PERIOD, names.H_UNIT, names.H_NOTE}
    for row in range(table.n_rows):
        reader = RowReader(table, row, faults)
        name = reader.text(names.H_SCENARIO)
        if name is None:
            filled = [header for header in table.headers if header not in idle and not reader.blank(header)]
            if filled and reader.blank(names.H_SCENARIO):
                message = f"The row has a value under {filled[0]!r} ({shown(reader.raw(filled[0]))}) but no name."
                reader.note("nameless_row", names.H_SCENARIO, message, "Type the name, or clear the row.")
            continue
        period = reader.text(names.H_PERIOD) or ""
        if (name, period) in seen:
            place = f"stands in row {table.first_row + seen[name, period]} already"
            message = f"{name!r} {place}." if not period else f"{name!r} in {period!r} {place}."
            reader.note("name_twice", names.H_SCENARIO, message, "Use every name once, or once for each period.")
            continue
        seen[name, period] = row
        yield name, reader


def _line(reader: RowReader, paid: Sequence[str], controls: Sequence[str]) -> PlanLine:
    """Read one row; cells at fault are noted and left out."""
    from xl_mmm.planning import PlanLine
    from xl_mmm.planning.outcome import MONEY, MULTIPLES

    in_money = reader.choice(names.H_IN, names.PLAN_UNITS) == names.MONEY
    spend = {channel: reader.number(channel, low=0, high=None if in_money else LARGEST_MULTIPLE) for channel in paid}
    changes = {control: reader.number(names.CHANGE + control) for control in controls}
    fixed = set(names.scenario_headers(paid))
    levels = {control: reader.number(control) for control in controls if control not in fixed}
    for control in controls:
        if changes.get(control) is not None and levels.get(control) is not None:
            message = f"{control} is given a level ({shown(levels[control])}) and a change at once."
            reader.note("level_and_change", names.CHANGE + control, message, "Keep one of the two.")
    return PlanLine(
        _given(spend),
        MONEY if in_money else MULTIPLES,
        reader.text(names.H_PERIOD) or "",
        reader.number(names.H_MARKET, low=0, high=LARGEST_MULTIPLE),
        reader.number(names.H_MEDIA_COST, low=0, above=True, high=LARGEST_MULTIPLE),
        _given(changes),
        _given(levels),
    )


def _given(amounts: dict[str, float | None]) -> tuple[tuple[str, float], ...]:
    """Return what is not blank."""
    return tuple((name, amount) for name, amount in amounts.items() if amount is not None)
