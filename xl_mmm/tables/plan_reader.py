"""The bounds of the optimizer in the workbook, multiples of today's spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import AddressedFault, listed, nearest
from xl_mmm.tables.model_reader import keyed_rows
from xl_mmm.tables.scenario_reader import LARGEST_MULTIPLE

if TYPE_CHECKING:
    from xl_mmm.tables.table_rows import TableRows


def read_bounds(
    table: TableRows, paid: list[str], default: tuple[float, float]
) -> tuple[dict[str, tuple[float, float]], list[AddressedFault]]:
    """Read `tblConstraints`: channel -> (least, most); channels left blank keep the default bounds."""
    faults: list[AddressedFault] = []
    bounds: dict[str, tuple[float, float]] = {}
    for name, reader in keyed_rows(table, faults):
        if name not in paid:
            message = f"{name!r} is no paid channel of this workbook.{nearest(name, paid)}"
            reader.note("unknown_channel", names.H_CHANNEL, message, f"Choose one of: {listed(paid)}.")
            continue
        known = len(faults)
        least = reader.number(names.H_LEAST, low=0, high=LARGEST_MULTIPLE)
        most = reader.number(names.H_MOST, low=0, high=LARGEST_MULTIPLE)
        if len(faults) > known or (least is None and most is None):
            continue
        low, high = default[0] if least is None else least, default[1] if most is None else most
        if low > high:
            message = f"The least spend ({shown(low)}) is above the most ({shown(high)})."
            reader.note("bounds_reversed", names.H_LEAST, message, "Swap the two, or state both.")
            continue
        bounds[name] = low, high
    return bounds, faults
