"""`tblData` as a `Dataset`: roles from Assumptions, rules from `xl_mmm.rules`, addresses from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.errors import DatasetError, SpecError
from xl_mmm.rules import Roles, check_headers, is_blank, shown
from xl_mmm.tables import names
from xl_mmm.tables.bought import in_reporting_currency, with_priced
from xl_mmm.tables.cell_values import Uncached
from xl_mmm.tables.faults import FAIL, AddressedFault, address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xl_mmm.dataset import Dataset
    from xl_mmm.rules import Fault
    from xl_mmm.tables.model_reader import Channel, Control
    from xl_mmm.tables.money_reader import Money
    from xl_mmm.tables.settings_reader import Value
    from xl_mmm.tables.table_rows import TableRows


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where Assumptions asks for a header: table, data row, column of that table."""

    table: TableRows
    row: int
    header: str

    def cell(self) -> str:
        """Return the address of the asking cell."""
        column = self.table.first_column + self.table.headers.index(self.header)
        return address(self.table.sheet, self.table.first_row + self.row, column)


def read_data(
    tables: Mapping[str, TableRows],
    settings: Mapping[str, Value],
    setting_rows: Mapping[str, int],
    channels: Sequence[Channel],
    controls: Sequence[Control],
    money: Money,
) -> tuple[Dataset | None, list[AddressedFault]]:
    """Read the data table in the roles that Assumptions gives its columns, spend in the reporting currency.

    Returns
    -------
    dataset
        In the model's grain; None when a fault stops the work.
    faults
        Faults of headers and cells, addressed.
    """
    table, channels, priced = with_priced(tables[names.TBL_DATA], channels)
    date, kpi = settings.get(names.SET_DATE), settings.get(names.SET_KPI)
    if not isinstance(date, str) or not isinstance(kpi, str):
        return None, []  # the settings' own faults say so
    asked = _asked(tables, setting_rows, channels, controls)
    geo = settings.get(names.SET_GEO)
    revenue = settings.get(names.SET_REVENUE_PER_KPI)
    paid = [channel for channel in channels if channel.kind == names.PAID and channel.spend]
    organic = [channel for channel in channels if channel.kind == names.ORGANIC and channel.media]
    roles = Roles(
        date=date,
        kpi=kpi,
        spend=tuple(str(channel.spend) for channel in paid),
        media={str(channel.spend): channel.media for channel in paid if channel.media},
        controls=tuple(control.header for control in controls),
        organic=tuple(str(channel.media) for channel in organic),
        geo=geo if isinstance(geo, str) else None,
        revenue_per_kpi=None if revenue == names.NONE else revenue,
    )
    places, header_faults = check_headers(table.headers, roles)
    faults = [_header_fault(table, fault, asked) for fault in header_faults]
    usable = _usable(roles, places)
    if usable is None:
        return None, faults

    # The dataset speaks of channels by their display names, the table by its headers.
    display = {str(channel.spend): channel.name for channel in paid}
    display |= {str(channel.media): channel.name for channel in organic}
    others = {header for header, _ in usable.used} - set(display)
    faults += [
        tables[names.TBL_CHANNELS].fault(
            "channel_name_taken", channel.row, names.H_CHANNEL,
            f"The channel's name {channel.name!r} is also the header of another column in use.",
            "Give the channel another name.",
        )
        for channel in channels
        if channel.name in others
    ]  # fmt: skip
    if any(fault.rule in {"channel_name_taken", "role_twice", "duplicate_header"} for fault in faults):
        return None, faults
    dataset, found = _dataset(table, usable, places, display, settings, controls)
    back = {name: header for header, name in display.items()}
    # what is wrong with units stands at their own column, and no second time as a fault of the spend made of them
    faults += _addressed(table, [fault for fault in found if fault.column not in priced], back, places)
    if dataset is not None:
        dataset, more = in_reporting_currency(dataset, tables, channels, money, priced)
        faults += more
    if dataset is not None:
        row = setting_rows.get(names.SET_GRAIN)
        dataset, found, more = _gathered(dataset, settings, tables[names.TBL_SETTINGS], row)
        faults += more + _addressed(table, found, back, places)
    if any(fault.status == FAIL for fault in faults):
        return None, faults
    return dataset, faults


def _usable(roles: Roles, places: Mapping[str, int]) -> Roles | None:
    """Return the roles whose columns exist, so that the rest is judged in the same pass; None when too few do."""
    spend = tuple(header for header in roles.spend if header in places)
    if roles.date not in places or roles.kpi not in places or not spend:
        return None
    revenue = roles.revenue_per_kpi
    return Roles(
        roles.date,
        roles.kpi,
        spend,
        {channel: header for channel, header in roles.media.items() if channel in places and header in places},
        tuple(header for header in roles.controls if header in places),
        tuple(header for header in roles.organic if header in places),
        roles.geo if roles.geo in places else None,
        1.0 if isinstance(revenue, str) and revenue not in places else revenue,
    )


def _dataset(
    table: TableRows,
    roles: Roles,
    places: Mapping[str, int],
    display: Mapping[str, str],
    settings: Mapping[str, Value],
    controls: Sequence[Control],
) -> tuple[Dataset | None, Sequence[Fault]]:
    import pandas as pd

    from xl_mmm.dataset import Dataset

    def named(header: str) -> str:
        return display.get(header, header)

    columns = {
        named(header): [None if isinstance(value, Uncached) else value for value in table.columns[places[header]]]
        for header, _ in roles.used
    }
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    start, end = settings.get(names.SET_WINDOW_START), settings.get(names.SET_WINDOW_END)
    try:
        dataset = Dataset.from_frame(
            frame,
            date=roles.date,
            kpi=roles.kpi,
            spend=[named(header) for header in roles.spend],
            media={named(channel): header for channel, header in roles.media.items()},
            controls=list(roles.controls),
            organic=[named(header) for header in roles.organic] or None,
            geo=roles.geo,
            revenue_per_kpi=roles.revenue_per_kpi,
            window=(start, end) if start or end else None,
            references={c.header: c.reference for c in controls if c.reference is not None and c.header in places},
        )
    except DatasetError as error:
        return None, error.faults
    return dataset, dataset.faults


def _gathered(
    dataset: Dataset, settings: Mapping[str, Value], table: TableRows, row: int | None
) -> tuple[Dataset | None, Sequence[Fault], list[AddressedFault]]:
    """Gather the rows into the model's grain; what its setting makes impossible is a fault of its cell."""
    grain = settings.get(names.SET_GRAIN)
    if not isinstance(grain, str) or grain in {names.AS_DATA, dataset.grain}:
        return dataset, (), []
    try:
        coarse = dataset.aggregated(grain)
    except DatasetError as error:
        return None, error.faults, []
    except SpecError as error:
        remedy = f"Choose {names.AS_DATA!r}, or a longer period than the data's."
        return None, (), [table.fault("grain", row, names.H_VALUE, str(error), remedy, label=names.SET_GRAIN)]
    return coarse, [fault for fault in coarse.faults if fault not in dataset.faults], []


def _addressed(
    table: TableRows, faults: Sequence[Fault], back: Mapping[str, str], places: Mapping[str, int]
) -> list[AddressedFault]:
    """Give the dataset's faults their cells; where a formula has no stored value that fault stands already."""
    found = []
    for fault in faults:
        header = back.get(fault.column, fault.column) if fault.column else None
        place = places.get(header, 0) if header else 0
        stored = table.columns[place][fault.row] if fault.row is not None else None
        if isinstance(stored, Uncached):
            continue
        value, message = fault.value, fault.message
        if isinstance(value, float) and value in {float("inf"), float("-inf")}:
            value = "a number beyond 1E308"
            message = message.replace(shown(fault.value), value)
        label = ", ".join(part for part in (header, fault.geo, fault.date) if part)
        row = table.first_row + (-1 if fault.row is None else fault.row)
        found.append(
            AddressedFault(
                fault.rule, fault.status, table.sheet, row, table.first_column + place, label, value, message,
                fault.action,
            )
        )  # fmt: skip
    return found


def _header_fault(table: TableRows, fault: Fault, asked: Mapping[str, _Asked]) -> AddressedFault:
    """Place a fault of the headers: the header cell, and the cell of Assumptions that asks for it."""
    header = fault.column or ""
    place = table.headers.index(header) if header in table.headers else 0
    if fault.rule == "header_space" and isinstance(fault.value, str) and fault.value in table.headers:
        place = table.headers.index(fault.value)
    label = f"header row, asked for in {asked[header].cell()}" if header in asked else "header row"
    return AddressedFault(
        fault.rule, fault.status, table.sheet, table.first_row - 1, table.first_column + place, label, fault.value,
        fault.message, fault.action,
    )  # fmt: skip


def _asked(
    tables: Mapping[str, TableRows],
    setting_rows: Mapping[str, int],
    channels: Sequence[Channel],
    controls: Sequence[Control],
) -> dict[str, _Asked]:
    """Return header -> the first cell of Assumptions that names it."""
    asked: dict[str, _Asked] = {}
    settings = tables[names.TBL_SETTINGS]
    for name in (names.SET_DATE, names.SET_KPI, names.SET_GEO, names.SET_REVENUE_PER_KPI):
        if name in setting_rows and names.H_VALUE in settings.headers:
            value = settings.get(setting_rows[name], names.H_VALUE)
            if isinstance(value, str) and not is_blank(value):
                asked.setdefault(value.strip(), _Asked(settings, setting_rows[name], names.H_VALUE))
    for channel in channels:
        for header, column in ((channel.spend, names.H_SPEND_COLUMN), (channel.media, names.H_MEDIA_COLUMN)):
            if header and column in tables[names.TBL_CHANNELS].headers:
                asked.setdefault(header, _Asked(tables[names.TBL_CHANNELS], channel.row, column))
    for control in controls:
        table = tables[names.TBL_CONTROLS]
        asked.setdefault(control.header, _Asked(table, control.row, table.headers[0]))
    return asked
