"""Spend in the reporting currency: columns in other currencies, and units of media at what they cost.

A paid channel without a spend column gets one: its media column once more, which then is multiplied by the cost of a
unit. Everything behind this door is in the reporting currency, and no function beyond it knows of another.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import FAIL, AddressedFault, listed, nearest
from xl_mmm.tables.mixed_units import remarks
from xl_mmm.tables.money_reader import in_force

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from xl_mmm.dataset import Dataset
    from xl_mmm.tables.model_reader import Channel
    from xl_mmm.tables.money_reader import Money, Steps
    from xl_mmm.tables.table_rows import TableRows

Array = NDArray[np.float64]


def with_priced(table: TableRows, channels: Sequence[Channel]) -> tuple[TableRows, list[Channel], set[str]]:
    """Give paid channels without a spend column one that holds their units.

    Returns
    -------
    table
        The data with these columns at its end.
    channels
        The channels with their headers.
    priced
        Names of these channels.
    """
    headers, columns, given = [*table.headers], [*table.columns], list(channels)
    priced: set[str] = set()
    for i, channel in enumerate(given):
        if channel.kind != names.PAID or channel.spend is not None or channel.media is None:
            continue
        at = headers.index(channel.media) if channel.media in headers else None
        spend = f"{channel.media} at cost, {channel.name}"
        headers.append(spend)
        columns.append([None] * table.n_rows if at is None else columns[at])
        given[i] = dataclasses.replace(channel, spend=spend)
        priced.add(channel.name)
    return dataclasses.replace(table, headers=tuple(headers), columns=tuple(columns)), given, priced


def in_reporting_currency(
    dataset: Dataset,
    tables: Mapping[str, TableRows],
    channels: Sequence[Channel],
    money: Money,
    priced: Collection[str],
) -> tuple[Dataset | None, list[AddressedFault]]:
    """Turn spend into the reporting currency.

    Parameters
    ----------
    dataset
        As given; the spend of channels in `priced` is their units.
    tables
        For the places of faults.
    channels
        Rows of `tblChannels`.
    money
        Rates and costs.
    priced
        Channels that are paid by their units.

    Returns
    -------
    dataset
        None when a rate or a cost is missing.
    faults
        What is missing, and what hints at mixed units.
    """
    from xl_mmm.dataset.changed import with_spend_times

    faults: list[AddressedFault] = []
    factors = np.ones_like(dataset.spend)
    row = {channel.name: channel for channel in channels}
    for k, name in enumerate(dataset.channels):
        rate = _rate(row[name], dataset, tables, money, faults)
        cost = _cost(row[name], dataset, tables, money, faults) if name in priced else np.ones(len(dataset.dates))
        factors[:, k] = rate * cost
    if any(fault.status == FAIL for fault in faults):
        return None, faults
    faults += remarks(dataset, tables, channels, money, priced)
    kept = tuple(fault for fault in dataset.faults if fault.column not in priced)
    made = dataset if (factors == 1).all() else with_spend_times(dataset, factors)
    return dataclasses.replace(made, faults=kept), faults


def _rate(
    channel: Channel,
    dataset: Dataset,
    tables: Mapping[str, TableRows],
    money: Money,
    faults: list[AddressedFault],
) -> Array:
    """Return what a unit of the channel's currency is worth, by row of the data."""
    ones = np.ones(len(dataset.dates))
    if channel.currency is None or channel.currency.upper() == money.reporting:
        return ones
    asked = tables[names.TBL_CHANNELS]
    if money.reporting is None:
        message = f"The spend is in {channel.currency}, and no reporting currency is named."
        action = f"Name it in the setting {names.SET_CURRENCY!r}, or clear the cell."
        faults.append(asked.fault("no_currency", channel.row, names.H_CURRENCY, message, action))
        return ones
    steps = money.rates.get(channel.currency.upper())
    if steps is None:
        message = f"{names.TBL_FX} has no rate of {shown(channel.currency)}.{nearest(channel.currency, money.rates)}"
        action = f"Give {money.reporting} per {channel.currency} there; it has {listed(money.rates)}."
        faults.append(asked.fault("no_rate", channel.row, names.H_CURRENCY, message, action))
        return ones
    return _since(steps, dataset, tables[names.TBL_FX], channel.currency, faults)


def _cost(
    channel: Channel,
    dataset: Dataset,
    tables: Mapping[str, TableRows],
    money: Money,
    faults: list[AddressedFault],
) -> Array:
    """Return what a unit of the channel's media costs, by row of the data."""
    steps = money.costs.get(channel.name)
    if steps is not None:
        return _since(steps, dataset, tables[names.TBL_COSTS], channel.name, faults)
    message = f"The channel has no spend column, and {names.TBL_COSTS} has no cost of its {channel.media}."
    action = "Name its spend column, or give what its units cost."
    faults.append(tables[names.TBL_CHANNELS].fault("no_cost", channel.row, names.H_SPEND_COLUMN, message, action))
    return np.ones(len(dataset.dates))


def _since(steps: Steps, dataset: Dataset, table: TableRows, name: str, faults: list[AddressedFault]) -> Array:
    """Return what is in force by row of the data; a row before the first value is a fault of that value's date.

    A name whose rows are at fault has no values; its faults stop the work and need no other.
    """
    if not steps:
        return np.ones(len(dataset.dates))
    values = in_force(steps, dataset.dates)
    if np.isnan(values).any():
        first = dataset.dates[0].astype("datetime64[D]")
        message = f"{name} has no value before {steps[0].start}, and the data begin on {first}."
        action = "Clear the date, or add a row that holds from the beginning."
        faults.append(table.fault("starts_late", steps[0].row, names.H_FROM, message, action))
        return np.ones(len(dataset.dates))
    return values
