"""The model's choices in the workbook: channels, parameters, controls and experiments as a `ModelSpec`.

Conventions: a blank cell means the default; High blank or equal to Low fixes a parameter; two different ends are the
range searched. A row without its key (the first column) is spare and must be empty in its other inputs too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.rules import shown
from xl_mmm.spec import FADING, HALVED, PLANNERS_FORMS, ChannelSpec
from xl_mmm.tables import names
from xl_mmm.tables.faults import REVIEW, AddressedFault, one_of
from xl_mmm.tables.row_reader import RowReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xl_mmm.spec import Choice
    from xl_mmm.tables.table_rows import TableRows

ENDLESS = "geometric"  # the one adstock that knows no last week
LONGEST_LAG = 104  # weeks; beyond two years a lag says nothing
SPEND_NEEDED = f"Type the header of the spend column in Data, or of a media column with its cost in {names.TBL_COSTS}."
FORM_UNITS = {"half_life": "weeks", "half_effect_spend": "money a week"}
_DEFAULT = ChannelSpec()


@dataclass(frozen=True, slots=True)
class Channel:
    """One row of `tblChannels`.

    Attributes
    ----------
    name
        Display name, the channel's name everywhere.
    row
        Data row.
    kind
        `paid` or `organic`.
    spend, media
        Headers of `tblData`, or None. A paid channel without a spend column is paid by its units (`tblCosts`).
    adstock, saturation, max_lag
        As in `ChannelSpec`.
    prior_on, prior
        What the belief about the channel's size is on (`names.PRIORS`), and its 90 % range.
    typical_week
        As in `ChannelSpec`.
    currency
        Of its spend column or cost, as typed; None for the reporting currency.
    """

    name: str
    row: int
    kind: str
    spend: str | None
    media: str | None
    adstock: str
    saturation: str
    max_lag: int
    prior_on: str
    prior: tuple[float, float] | None
    typical_week: float | None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Control:
    """One row of `tblControls`: header of `tblData`, data row, reference level or None, sign or None."""

    header: str
    row: int
    reference: float | None
    sign: str | None


def keyed_rows(table: TableRows, faults: list[AddressedFault]) -> Iterator[tuple[str, RowReader]]:
    """Yield (key, reader) of the rows in use; a key given twice or values without a key are noted and skipped."""
    key_header = table.headers[0]
    seen: dict[str, int] = {}
    idle = {key_header, names.H_UNIT, names.H_NOTE}
    for row in range(table.n_rows):
        reader = RowReader(table, row, faults)
        key = reader.text(key_header)
        if key is None:
            filled = [header for header in table.headers if header not in idle and not reader.blank(header)]
            if filled and reader.blank(key_header):
                message = f"The row has a value under {filled[0]!r} ({shown(reader.raw(filled[0]))}) but no name."
                reader.note("nameless_row", key_header, message, "Type the name, or clear the row.")
            continue
        if key in seen:
            message = f"{key!r} stands in row {table.first_row + seen[key]} already."
            reader.note("name_twice", key_header, message, "Use every name once.")
            continue
        seen[key] = row
        yield key, reader


def read_channels(table: TableRows) -> tuple[list[Channel], list[AddressedFault]]:
    """Read `tblChannels`; a row at fault still gives its channel, with defaults in place of what is wrong."""
    faults: list[AddressedFault] = []
    channels = []
    for name, reader in keyed_rows(table, faults):
        kind = reader.choice(names.H_KIND, names.KINDS) or names.PAID
        paid = kind == names.PAID
        priced = not reader.blank(names.H_MEDIA_COLUMN)  # by tblCosts
        spend = reader.text(names.H_SPEND_COLUMN, needed=SPEND_NEEDED if paid and not priced else "")
        media = reader.text(names.H_MEDIA_COLUMN, needed="" if paid else "Type the header of the media column in Data.")
        if not paid and spend is not None:
            message = f"An organic channel has no spend, but {spend!r} is named."
            reader.note("organic_spend", names.H_SPEND_COLUMN, message, "Clear the cell, or set the kind to paid.")
        max_lag = reader.number(names.H_MAX_LAG, low=0, high=LONGEST_LAG, whole=True)
        adstock = reader.choice(names.H_ADSTOCK, names.ADSTOCKS) or _DEFAULT.adstock
        if adstock == ENDLESS and max_lag not in (None, _DEFAULT.max_lag):
            message = f"A last week ({max_lag:g}) changes nothing: {ENDLESS} carryover fades without one."
            action = f"Choose another adstock to use it, or type {_DEFAULT.max_lag} again."
            reader.note("idle_lag", names.H_MAX_LAG, message, action, status=REVIEW)
        channels.append(
            Channel(
                name, reader.row, kind, spend if paid else None, media,
                adstock,
                reader.choice(names.H_SATURATION, names.SATURATIONS) or _DEFAULT.saturation,
                _DEFAULT.max_lag if max_lag is None else int(max_lag),
                *_prior(reader, paid=paid),
                reader.number(names.H_TYPICAL_WEEK, low=0, above=True),
                reader.text(names.H_CURRENCY),
            )
        )  # fmt: skip
    if not any(channel.kind == names.PAID for channel in channels):
        message, action = "No paid channel is named.", "Name at least one channel with its spend column."
        faults.append(table.fault("no_channel", None, names.H_CHANNEL, message, action))
    return channels, faults


def _prior(reader: RowReader, *, paid: bool) -> tuple[str, tuple[float, float] | None]:
    """Return what the belief about the size is on, and its range: both ends, or neither."""
    known = len(reader.faults)
    on = reader.choice(names.H_PRIOR_ON, names.PRIORS) or ("ROI" if paid else "share")
    most = 1.0 if on == "share" else None
    low = reader.number(names.H_PRIOR_LOW, low=0, high=most, above=True)
    high = reader.number(names.H_PRIOR_HIGH, low=0, high=most, above=True)
    if not paid and on != "share":
        message = f"An organic channel has no spend and so no {on}."
        reader.note("organic_prior", names.H_PRIOR_ON, message, "Choose share: its part of the KPI, as a fraction.")
    if len(reader.faults) > known or (low is None and high is None):
        return names.PRIORS[on], None
    if low is None or high is None:
        missing = names.H_PRIOR_LOW if low is None else names.H_PRIOR_HIGH
        reader.note("half_range", missing, f"Only one end of the {on} range is given.", "Give both ends, or neither.")
        return names.PRIORS[on], None
    if not low < high:
        message = f"The low end {shown(low)} is not below the high end {shown(high)}."
        reader.note("range_reversed", names.H_PRIOR_LOW, message, "Swap the two, or widen the range.")
        return names.PRIORS[on], None
    return names.PRIORS[on], (low, high)


def read_parameters(
    table: TableRows, channels: list[Channel]
) -> tuple[dict[str, dict[str, Choice]], dict[str, dict[str, float]], list[AddressedFault]]:
    """Read `tblParameters`.

    Returns
    -------
    choices
        Channel -> parameter -> fixed value or range, for the fit.
    by_hand
        Channel -> parameter -> value that replaces what was estimated; channels without one are left out.
    faults
        In order of rows.
    """
    faults: list[AddressedFault] = []
    known = {channel.name: channel for channel in channels}
    choices: dict[str, dict[str, Choice]] = {name: {} for name in known}
    by_hand: dict[str, dict[str, float]] = {}
    seen: set[tuple[str, str]] = set()
    inputs = (names.H_CHANNEL, names.H_PARAMETER, names.H_LOW, names.H_HIGH, names.H_BY_HAND)
    for row in range(table.n_rows):
        reader = RowReader(table, row, faults)
        if all(reader.blank(header) for header in inputs):
            continue
        name = reader.text(names.H_CHANNEL, needed="Type the channel's name, or clear the row.")
        parameter = reader.choice(names.H_PARAMETER, names.HAND_PARAMETERS)
        if reader.blank(names.H_PARAMETER) and name is not None:
            reader.note("blank", names.H_PARAMETER, "The cell is blank.", "Name the parameter, or clear the row.")
        if name is not None and name not in known:
            reader.note("unknown_channel", names.H_CHANNEL, *one_of(name, known))
        value, hand = _range(reader), reader.number(names.H_BY_HAND)
        if name not in known or parameter is None or (value is None and hand is None):
            continue
        if (name, parameter) in seen:
            message = f"{parameter} of {name!r} is given twice."
            reader.note("parameter_twice", names.H_PARAMETER, message, "Keep one of the two rows.")
            continue
        seen.add((name, parameter))
        if value is not None and (other := _said_otherwise(choices[name], parameter)):
            message = f"{parameter} of {name!r} says the same as {other}, which has a range too."
            reader.note("parameter_twice", names.H_PARAMETER, message, "Clear the range of one of the two.")
            continue
        low, high = value if isinstance(value, tuple) else (value, None)
        if value is not None and _allowed(reader, known[name], parameter, {names.H_LOW: low, names.H_HIGH: high}):
            choices[name][parameter] = value
        if hand is not None and _allowed(reader, known[name], parameter, {names.H_BY_HAND: hand}):
            by_hand.setdefault(name, {})[parameter] = hand
    return choices, by_hand, faults


def _said_otherwise(choices: dict[str, Choice], parameter: str) -> str | None:
    """Return the planner's form of a parameter, or the parameter of a planner's form, if it is chosen already."""
    pairs = [*PLANNERS_FORMS.items(), *((p, form) for form, p in PLANNERS_FORMS.items())]
    return next((other for own, other in pairs if own == parameter and other in choices), None)


def _range(reader: RowReader) -> Choice:
    known = len(reader.faults)
    low, high = reader.number(names.H_LOW), reader.number(names.H_HIGH)
    if len(reader.faults) > known or (low is None and high is None):
        return None
    if low is None:
        reader.note("half_range", names.H_LOW, "The low end is blank.", "Type it; alone, it fixes the value.")
        return None
    if high is None or high == low:
        return low
    if low > high:
        message = f"The low end {shown(low)} is above the high end {shown(high)}."
        reader.note("range_reversed", names.H_LOW, message, "Swap the two.")
        return None
    return low, high


def _allowed(reader: RowReader, channel: Channel, parameter: str, values: dict[str, float | None]) -> bool:
    """Judge values, by header, against the families that the channel uses."""
    from xl_mmm.transforms import ADSTOCKS, SATURATIONS

    if parameter == names.COEFFICIENT:
        return _allowed_coefficient(reader, values)
    if parameter in PLANNERS_FORMS:
        return _allowed_form(reader, channel, parameter, values)
    records = (*ADSTOCKS[channel.adstock].parameters, *SATURATIONS[channel.saturation].parameters)
    record = next((record for record in records if record.name == parameter), None)
    if record is None:
        message = f"{parameter} has no meaning for {channel.adstock} and {channel.saturation} and is not used."
        action = f"Clear the row, or use one of: {', '.join(record.name for record in records)}."
        reader.note("unused_parameter", names.H_PARAMETER, message, action, status=REVIEW)
        return False
    for header, value in values.items():
        if value is not None and not record.low <= value <= record.high:
            message = f"{shown(value)} is out of bounds for {parameter}."
            action = f"Type a number from {shown(float(record.low))} to {shown(float(record.high))} ({record.unit})."
            reader.note("out_of_bounds", header, message, action)
            return False
    return True


def _allowed_form(reader: RowReader, channel: Channel, form: str, values: dict[str, float | None]) -> bool:
    """Judge values in a planner's form: the family must know what it stands for, and they are above zero."""
    known = channel.adstock in FADING if form == "half_life" else channel.saturation in HALVED
    if not known or (form == "half_effect_spend" and channel.kind != names.PAID):
        family = channel.adstock if form == "half_life" else channel.saturation
        message = f"{form} has no meaning for {channel.kind} media with {family} and is not used."
        own = "Choose a parameter of its own from the list, or clear the row."
        reader.note("unused_parameter", names.H_PARAMETER, message, own, status=REVIEW)
        return False
    for header, value in values.items():
        if value is not None and not value > 0:
            message = f"{shown(value)} is out of bounds for {form}."
            reader.note("out_of_bounds", header, message, f"Type a number above zero ({FORM_UNITS[form]}).")
            return False
    return True


def _allowed_coefficient(reader: RowReader, values: dict[str, float | None]) -> bool:
    """Judge a coefficient: it has no range to be searched, and media never take away."""
    header, value = next((header, value) for header, value in values.items() if value is not None)
    if header != names.H_BY_HAND:
        message = f"{names.COEFFICIENT} is always estimated and cannot be given a range."
        reader.note("coefficient_range", header, message, f"Clear the cell; {names.H_BY_HAND!r} replaces the estimate.")
        return False
    if value is not None and value < 0:
        message = f"{shown(value)} is out of bounds for {names.COEFFICIENT}."
        reader.note("out_of_bounds", header, message, "Type zero or more: KPI units a period at full response.")
        return False
    return True


def read_controls(table: TableRows) -> tuple[list[Control], list[AddressedFault]]:
    """Read `tblControls`."""
    faults: list[AddressedFault] = []
    controls = [
        Control(name, reader.row, reader.number(names.H_REFERENCE), reader.choice(names.H_SIGN, names.SIGNS))
        for name, reader in keyed_rows(table, faults)
    ]
    return controls, faults
