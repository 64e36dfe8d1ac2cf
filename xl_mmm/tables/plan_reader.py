"""Plans in the workbook: scenarios, as multiples of today's spend."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from xl_mmm.tables import names
from xl_mmm.tables.faults import REVIEW, AddressedFault, listed, nearest
from xl_mmm.tables.model_reader import keyed_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.tables.table_rows import TableRows

LARGEST_MULTIPLE = 100.0  # a plan of more than a hundred times today's spend is a slip of the unit


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of `tblScenarios`.

    Attributes
    ----------
    name
        Name of the plan.
    multipliers
        Paid channel -> multiple of today's spend, 1.0 where the cell is blank.
    """

    name: str
    multipliers: Mapping[str, float]


def read_scenarios(table: TableRows, paid: list[str]) -> tuple[tuple[Scenario, ...], list[AddressedFault]]:
    """Read `tblScenarios`; a row at fault gives no scenario."""
    faults: list[AddressedFault] = []
    fixed = set(names.TABLE_HEADERS[names.TBL_SCENARIOS]) | {names.H_UNIT}
    for header in table.headers:
        if header not in paid and header not in fixed:
            message = f"The column {header!r} is no paid channel of this workbook.{nearest(header, paid)}"
            action = f"Name it as the channel is named in Assumptions, or delete it. Channels: {listed(paid)}."
            faults.append(table.fault("unknown_channel", None, header, message, action))
    for channel in paid:
        if channel not in table.headers:
            message = f"No column plans the channel {channel!r}; every scenario keeps today's spend of it."
            action = f"Add a column {channel!r} to state it."
            faults.append(table.fault("unplanned_channel", None, names.H_SCENARIO, message, action, status=REVIEW))
    scenarios = []
    for name, reader in keyed_rows(table, faults):
        known = len(faults)
        multipliers = {}
        for channel in paid:
            multiple = reader.number(channel, low=0, high=LARGEST_MULTIPLE)
            multipliers[channel] = 1.0 if multiple is None else multiple
        if len(faults) == known:
            scenarios.append(Scenario(name, MappingProxyType(multipliers)))
    return tuple(scenarios), faults
