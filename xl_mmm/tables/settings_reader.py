"""`tblSettings` as typed values, each cell judged as strictly as the data.

A blank value cell means the setting's default. A setting that is misspelled, doubled or of the wrong kind is a fault;
nothing falls back to a default without a word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.rules import is_blank, shown
from xl_mmm.tables import names
from xl_mmm.tables.faults import REVIEW, AddressedFault, listed, nearest
from xl_mmm.tables.row_reader import RowReader

if TYPE_CHECKING:
    from xl_mmm.tables.names import Setting
    from xl_mmm.tables.table_rows import TableRows

Value = str | float | None


def read_settings(table: TableRows) -> tuple[dict[str, Value], dict[str, int], list[AddressedFault]]:
    """Read the settings.

    Returns
    -------
    values
        Setting -> value; the default where the cell is blank, absent where it is at fault.
    rows
        Setting -> data row, for later faults about its cell.
    faults
        In no particular order.
    """
    values: dict[str, Value] = {setting.name: setting.default for setting in names.SETTINGS}
    rows: dict[str, int] = {}
    faults: list[AddressedFault] = []
    for row in range(table.n_rows):
        name, value = table.get(row, names.H_SETTING), table.get(row, names.H_VALUE)
        if is_blank(name):
            if not is_blank(value):
                faults.append(_nameless(table, row))
            continue
        key = name.strip() if isinstance(name, str) else shown(name)
        if key not in names.SETTING:
            message = f"There is no setting {key!r}.{nearest(key, names.SETTING)}"
            action = f"Settings are: {listed(names.SETTING)}."
            faults.append(table.fault("unknown_setting", row, names.H_SETTING, message, action))
        elif key in rows:
            message = f"The setting {key!r} stands in row {table.first_row + rows[key]} already."
            faults.append(table.fault("setting_twice", row, names.H_SETTING, message, "Keep one of the two."))
        else:
            rows[key] = row
            known = len(faults)
            judged = _value(RowReader(table, row, faults, label=key), names.SETTING[key])
            if judged is not None:
                values[key] = judged
            elif len(faults) > known:
                values.pop(key)
    for setting in names.SETTINGS:
        if setting.name not in rows:
            faults.append(_absent(table, setting))
            if setting.required:
                values.pop(setting.name)
    _contradict(table, rows, values, faults)
    return values, rows, faults


def _nameless(table: TableRows, row: int) -> AddressedFault:
    message = f"The value {shown(table.get(row, names.H_VALUE))} belongs to no setting."
    return table.fault("nameless_setting", row, names.H_SETTING, message, "Name the setting, or clear the row.")


def _absent(table: TableRows, setting: Setting) -> AddressedFault:
    if setting.required:
        message, action = f"The setting {setting.name!r} is missing.", f"Add its row: {setting.note}"
        return table.fault("missing_setting", None, names.H_SETTING, message, action)
    used = "blank" if setting.default is None else shown(setting.default)
    message = f"The setting {setting.name!r} has no row; its default ({used}) is used."
    action = "Add the row to state it."
    return table.fault("default_setting", None, names.H_SETTING, message, action, status=REVIEW)


def _value(reader: RowReader, setting: Setting) -> Value:
    """Return the typed value; None when the cell is blank or at fault."""
    needed = setting.note if setting.required else ""
    if setting.kind == "date":
        return reader.date(names.H_VALUE)
    if setting.kind in {"whole", "number", "share", "money"}:
        return reader.number(
            names.H_VALUE,
            low=setting.low,
            high=setting.high,
            above=setting.name in names.ABOVE_ZERO,
            whole=setting.kind == "whole",
        )
    if setting.kind == "value_per_kpi" and not isinstance(reader.raw(names.H_VALUE), str):
        return reader.number(names.H_VALUE, low=0, above=True)
    if setting.choices:
        return reader.choice(names.H_VALUE, setting.choices)
    return reader.text(names.H_VALUE, needed=needed)


def _contradict(table: TableRows, rows: dict[str, int], values: dict[str, Value], faults: list[AddressedFault]) -> None:
    """Note settings that exclude each other."""

    def note(rule: str, name: str, message: str, action: str) -> None:
        faults.append(table.fault(rule, rows.get(name), names.H_VALUE, message, action, label=name))

    start, end = values.get(names.SET_WINDOW_START), values.get(names.SET_WINDOW_END)
    if isinstance(start, str) and isinstance(end, str) and start > end:
        message = f"The window ends on {end}, before it starts on {start}."
        note("window_reversed", names.SET_WINDOW_END, message, "Correct one of the two dates.")
    least, most = values.get(names.SET_LEAST), values.get(names.SET_MOST)
    if isinstance(least, float) and isinstance(most, float) and least > most:
        message = f"The least spend ({shown(least)}) is above the most ({shown(most)})."
        note("bounds_reversed", names.SET_LEAST, message, "Swap the two or correct one.")
        values.pop(names.SET_LEAST)
        values.pop(names.SET_MOST)
    country = values.get(names.SET_HOLIDAYS)
    if isinstance(country, str) and country not in (known := _countries()):
        message = f"No holidays are known for {country!r}.{nearest(country, known)}"
        action = "Type a two-letter country code such as US, GB, DE or FR, or leave the cell blank."
        note("unknown_country", names.SET_HOLIDAYS, message, action)
        values.pop(names.SET_HOLIDAYS)


def _countries() -> frozenset[str]:
    from holidays.utils import list_supported_countries

    return frozenset(list_supported_countries())
