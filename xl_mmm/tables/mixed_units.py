"""What hints at mixed units: headers that name another currency or unit, and prices that the data do not show.

Two currencies of like value cannot be told apart by their figures; then only words can differ. Everything here is a
REVIEW: the data are read as Assumptions says. Changes of size inside a column are the data rules' business
(`scale_jump`, `price_jump`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.rules import shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import REVIEW, AddressedFault
from xl_mmm.tables.money_reader import in_force

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from xl_mmm.dataset import Dataset
    from xl_mmm.tables.model_reader import Channel
    from xl_mmm.tables.money_reader import Money
    from xl_mmm.tables.table_rows import TableRows

# codes that are no word of a header by chance (TRY, ALL, TOP, CUP are)
CODES = {
    "AED", "AUD", "BRL", "CAD", "CHF", "CLP", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "IDR", "INR", "JPY",
    "KRW", "MXN", "MYR", "NOK", "NZD", "PLN", "RON", "SAR", "SEK", "SGD", "THB", "TWD", "USD", "ZAR",
}  # fmt: skip
SIGNS = {"€": {"EUR"}, "£": {"GBP"}, "¥": {"JPY", "CNY"}, "$": {"USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD"}}
UNIT_WORDS = {  # unit of tblCosts -> words by which a header says so
    "CPM": {"impression", "impressions", "imps", "imp", "views", "reach"},
    "CPC": {"click", "clicks"},
    "CPV": {"view", "views"},
    "GRP": {"grp", "grps", "trp", "trps", "point", "points"},
}
FACTOR = 3.0  # between the cost of a unit as stated and as paid


def remarks(
    dataset: Dataset,
    tables: Mapping[str, TableRows],
    channels: Sequence[Channel],
    money: Money,
    priced: Collection[str],
) -> list[AddressedFault]:
    """Return what hints at mixed units.

    Parameters
    ----------
    dataset
        Spend in the currencies of its columns.
    tables, channels, money, priced
        As of `xl_mmm.tables.bought.in_reporting_currency`.
    """
    found: list[AddressedFault] = []
    asked = tables[names.TBL_CHANNELS]
    for channel in channels:
        if channel.name not in dataset.channels:
            continue
        own = (channel.currency or money.reporting or "").upper()
        if own and channel.spend and channel.name not in priced and (said := currency_of(channel.spend, own)):
            message = f"The header {channel.spend!r} speaks of {said}, and its spend is read as {own}."
            action = f"Name {said} as the channel's currency, or correct the header."
            place = names.H_CURRENCY if names.H_CURRENCY in asked.headers else names.H_SPEND_COLUMN
            found.append(asked.fault("currency_word", channel.row, place, message, action, status=REVIEW))
        if money.costs.get(channel.name):
            found += _unit_word(channel, tables[names.TBL_COSTS], money)
            if channel.name not in priced:
                found += _price(channel, dataset, tables[names.TBL_COSTS], money)
    return found + _kpi(dataset, tables[names.TBL_SETTINGS], money)


def currency_of(header: str, own: str) -> str:
    """Return the other currency that a header names; nothing when it names none, or its own too."""
    words = {word.upper() for word in re.split(r"[^A-Za-z]+", header)}
    codes = words & (CODES | {own})
    if own in codes:
        return ""
    if codes:
        return min(codes)
    signs = [sign for sign in SIGNS if sign in header]
    return signs[0] if signs and not any(own in SIGNS[sign] for sign in signs) else ""


def _unit_word(channel: Channel, table: TableRows, money: Money) -> list[AddressedFault]:
    """Compare the unit that is priced with what the media column says it counts."""
    unit = money.units.get(channel.name)
    if unit not in UNIT_WORDS or channel.media is None:
        return []
    words = set(re.split(r"[^a-z]+", channel.media.casefold()))
    others = [other for other, said in UNIT_WORDS.items() if words & said]
    if not others or unit in others:
        return []
    message = f"{unit} prices another unit than the media column {channel.media!r} counts."
    action = f"Choose {' or '.join(others)}, or name the column that {unit} is paid for."
    row = money.costs[channel.name][0].row
    return [table.fault("unit_word", row, names.H_UNIT, message, action, status=REVIEW)]


def _price(channel: Channel, dataset: Dataset, table: TableRows, money: Money) -> list[AddressedFault]:
    """Compare the stated cost of a unit with what the spend column paid for it."""
    k, steps = dataset.channels.index(channel.name), money.costs[channel.name]
    stated = in_force(steps, dataset.dates)
    known = np.isfinite(stated) & (dataset.media[:, k] > 0)
    expected = float((stated * dataset.media[:, k])[known].sum())
    paid = float(dataset.spend[known, k].sum())
    if not expected or not paid or 1 / FACTOR <= paid / expected <= FACTOR:
        return []
    message = (
        f"The spend column paid {paid / expected:,.3g} times what its {channel.media} cost by this table; the spend "
        "column is used."
    )
    action = f"Check the units: {names.H_PER!r}, thousands, or another currency than {shown(channel.currency)}."
    return [table.fault("price_differs", steps[0].row, names.H_COST, message, action, status=REVIEW)]


def _kpi(dataset: Dataset, settings: TableRows, money: Money) -> list[AddressedFault]:
    """Compare the currency that the KPI's header names with the reporting currency."""
    if money.reporting is None or not dataset.is_revenue:
        return []
    said = currency_of(dataset.roles.kpi, money.reporting)
    if not said:
        return []
    row = next(
        (i for i in range(settings.n_rows) if settings.get(i, names.H_SETTING) == names.SET_CURRENCY), None
    )  # fmt: skip
    message = f"The KPI's header {dataset.roles.kpi!r} speaks of {said}, the reporting currency is {money.reporting}."
    action = f"Make {said} the reporting currency, or give its worth in {names.SET_REVENUE_PER_KPI!r}."
    return [
        settings.fault("currency_word", row, names.H_VALUE, message, action, status=REVIEW, label=names.SET_CURRENCY)
    ]
