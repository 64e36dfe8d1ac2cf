"""The one list of data rules: `Dataset` raises them, the reader adds the cell, `Checks` shows them.

A `Rule` says what is wrong in general, a `Fault` where. FAIL means that no honest model can be fitted until the data
are mended; REVIEW means that the data load unchanged and somebody should look. Rows are 0-based in `Fault.row` and
counted from 1 in sentences, as people count them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

Status = Literal["FAIL", "REVIEW"]

LONGEST_SHOWN = 40  # characters of a typed value that a sentence repeats
_SPACES_KEPT = "\u00a0\u2007\u202f\u2009"  # repeated as typed, though not printable to Python
_MOST_BITS = 990  # a larger integer is no double


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which data can be wrong.

    Attributes
    ----------
    name
        Identifier, also the check's name.
    status
        `"FAIL"` or `"REVIEW"`.
    sentence
        Template of what is wrong; its fields are filled from the fault's facts.
    action
        What the planner does about it.
    """

    name: str
    status: Status
    sentence: str
    action: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A data row.

    Attributes
    ----------
    row
        Position among the data rows, from 0.
    date
        Its ISO date where it is known.
    geo
        Its region where there is one.
    """

    row: int | None = None
    date: str | None = None
    geo: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule at one place.

    Attributes
    ----------
    rule, status
        The rule's name and status.
    column
        Header of the column, or None when the fault is the table's.
    row
        Position among the data rows, from 0, or None when the fault is the column's.
    value
        The cell as typed.
    message
        What is wrong, without the place.
    action
        What to do.
    date
        ISO date of the row where it is known.
    geo
        Region of the row where there is one.
    """

    rule: str
    status: Status
    column: str | None
    row: int | None
    value: object
    message: str
    action: str
    date: str | None = None
    geo: str | None = None

    @property
    def place(self) -> str:
        """Where the fault is, in words: column, row, date."""
        inside = ", ".join(part for part in (self.geo, self.date) if part)
        dated = f" ({inside})" if inside else ""
        row = inside if self.row is None else f"row {self.row + 1}{dated}"
        if self.column is None:
            return f"Data {row}" if row else "Data"
        return f"Data column {self.column!r}" + (f", {row}" if row else "")

    @property
    def sentence(self) -> str:
        """Place, message and action as one line."""
        return f"{self.place}: {self.message} {self.action}"


def shown(value: object) -> str:
    """Return `value` as a sentence repeats it: blank, TRUE, numbers plain, text in quotes and shortened."""
    if value is None:
        return "blank"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return f"{value:.15g}" if value.bit_length() < _MOST_BITS else "a number beyond 1e300"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        text = value if len(value) <= LONGEST_SHOWN else value[: LONGEST_SHOWN - 1] + "…"
        return "'" + "".join(c if c.isprintable() or c in _SPACES_KEPT else f"\\x{ord(c):02x}" for c in text) + "'"
    return str(value)[:LONGEST_SHOWN]


def fault(
    name: str, /, *, column: str | None = None, value: object = None, at: Spot | None = None, **facts: object
) -> Fault:
    """Return the fault of rule `name` at `at`, its sentence filled with `value` and `facts`."""
    rule = RULES[name]
    message = rule.sentence.format(value=shown(value), **facts)
    action = rule.action.format(value=shown(value), **facts)
    spot = at or Spot()
    if not rule.sentence.startswith("{"):  # a value stands as typed
        message = message[:1].upper() + message[1:]
    return Fault(name, rule.status, column, spot.row, value, message, action, spot.date, spot.geo)


def _rules(status: Status, *lines: tuple[str, str, str]) -> dict[str, Rule]:
    return {name: Rule(name, status, sentence, action) for name, sentence, action in lines}


_HEADERS = _rules(
    "FAIL",
    ("missing_column", "there is no column {wanted!r} for the {role}{hint}.",
     "Name the column exactly {wanted!r}, or choose an existing one: {known}."),
    ("duplicate_header", "the header {header!r} stands {count} times.",
     "Give every column its own header, so that it is certain which one is meant."),
    ("role_twice", "the column is used both as {first} and as {second}.",
     "Use a column once; the same numbers cannot explain themselves."),
    ("no_channel", "no spend column is named.", "Name at least one spend column."),
    ("unknown_channel", "media is given for {header!r}, which is not a spend column{hint}.",
     "Give media for spend columns only: {known}."),
    ("no_rows", "the table has no data rows.", "Paste at least one row a period below the headers."),
)  # fmt: skip

_CELLS = _rules(
    "FAIL",
    ("error_cell", "{value}{code} is an error value, not a figure.",
     "Repair the formula or type what is meant; an error is never read as zero or blank."),
    ("blank", "the cell is blank.", "Type the figure{otherwise}."),
    ("blank_row", "{count} row(s) from here on are empty.", "Delete empty rows, or shrink the table to the data."),
    ("total_row", "the row reads {value} and looks like a total.",
     "Remove total rows; the model would count every period twice."),
    ("text_number", "{value} is text{reading}, not a number.",
     "Type the number without thousands separators, currency signs, brackets or units and format the cell as Number."),
    ("true_false", "{value} is a truth value, not a number.", "Type 1 or 0."),
    ("date_number", "{value} is a date, not a number.", "Type the figure and format the cell as Number."),
    ("not_finite", "{value} is not a finite number.", "Type the figure; the largest allowed is 1e15."),
    ("huge", "{value} is larger than 1e15; beyond it a spreadsheet loses whole units.",
     "Check the decimal separator, or state the column in thousands or millions."),
    ("negative", "{value} is negative.",
     "{role} must be zero or more; book credits in the period they refer to."),
    ("blank_geo", "the region is blank.", "Name the region in every row."),
)  # fmt: skip

_DATES = _rules(
    "FAIL",
    ("date_blank", "the date is blank.", "Type the first day of the period."),
    ("date_text", "{value} is text{reading}, not a date.", "Type a real date, for example 2024-01-08."),
    ("date_ambiguous", "{value} is text and can be read as {first} or as {second}.",
     "Type a real date, or write it as YYYY-MM-DD."),
    ("date_serial", "{value} is a number{reading}, not a date.",
     "If that day is meant, format the cell as a date; otherwise type the date."),
    ("date_serial_60", "{value} stands for 1900-02-29, a day that never was.", "Type the date that is meant."),
    ("date_implausible", "{value} lies before 1950 or after 2150.", "Type the date with its four-digit year."),
    ("date_time", "{value} has a time of day or a time zone.", "Keep the day alone."),
    ("date_duplicate", "{value} was given already in row {other}.", "Keep one row a period{per_geo}; add the rows up."),
    ("date_repeated", "every date stands {count} times.",
     "Name the column of the regions, or add the rows of a period up."),
    ("date_gap", "{count} {periods} missing between {before} and this row.",
     "Add every missing period, with 0 where nothing was spent."),
    ("date_off_grid", "{value} falls on {actual}; the other rows fall on {usual}.",
     "Give the same day of the {period} in every row."),
    ("date_swapped", "{value} falls outside the sequence, {swapped} would fit: day and month look swapped.",
     "Type the date as YYYY-MM-DD."),
    ("date_1904", "{value} lies 1,462 days from its place in the sequence ({reading}).",
     "The rows come from workbooks with different date systems (1900 and 1904); correct them by 1,462 days."),
    ("grain_unknown", "the dates are typically {days} days apart, which is neither daily, weekly nor monthly.",
     "Give one row a day, a week or a month."),
    ("grain_differs", "the dates are {found}, the grain is set to {grain}.", "Correct the grain or the dates."),
    ("window_date", "the window's {end} {value} is not a date.", "Give the window as YYYY-MM-DD."),
    ("window_empty", "no row lies in the window from {start} to {end}; the data run from {first} to {last}.",
     "Correct the window."),
    ("too_few_rows", "the window has {count} rows for about {parameters} parameters.",
     "Give at least two rows a parameter, better 104 weeks or more, or use fewer channels and controls."),
)  # fmt: skip

_TABLE = _rules(
    "FAIL",
    ("kpi_repeated", "the column repeats the KPI row for row.",
     "Remove it; a copy of the KPI explains everything and leaves nothing to media."),
    ("geo_incomplete", "region {name!r} has {count} row(s) fewer than the others; the first missing is {first}.",
     "Give every region one row for every period, with 0 where nothing happened."),
)  # fmt: skip

_REVIEWS = _rules(
    "REVIEW",
    ("header_space", "the header {header!r} has extra white space and was read as {wanted!r}.",
     "Remove the spaces from the header."),
    ("unnamed_column", "{count} column(s) hold values but have no header and are not used.",
     "Name the column, or delete it."),
    ("date_iso_text", "{count} date(s) are text in the form YYYY-MM-DD and were read as such, from {value} on.",
     "Type real dates, so that the spreadsheet sorts and filters them."),
    ("after_window", "{count} row(s) after {end} are outside the window and left out.",
     "Nothing, if that is intended; otherwise move the end of the window."),
    ("few_rows", "the window has {count} rows, {weeks:.0f} weeks.",
     "Give at least 52 weeks, better 104: a shorter window cannot tell seasons from media."),
    ("negative_kpi", "{value} is negative.", "Check that returns are booked in the period they refer to."),
    ("zero_channel", "the channel is zero in every row of the window.",
     "Leave the channel out; nothing can be learned about it."),
    ("constant", "every row of the window is {value}.",
     "Leave the column out, or give figures that move; a constant cannot be told from the baseline."),
    ("scale_jump", "{count} value(s), the first {value}, are about {ratio:,.0f} times {side} the rest.",
     "Check the units: thousands against single units, or a slipped decimal separator."),
    ("price_jump", "{count} row(s), the first with {value}, pay about {ratio:,.0f} times {side} the rest for {unit}.",
     "Check both columns for another currency or unit in these rows: cents, thousands, impressions against clicks."),
    ("percent_mix", "{count} value(s), the first {value}, look like {form}, the rest do not.",
     "Use one form: 0.35 or 35, not both."),
    ("kpi_scaled", "the column moves exactly with the KPI (correlation {value}).",
     "Make sure that it is not the KPI in another unit."),
    ("spend_without_media", "{count} row(s) have spend but no {unit}, the first with spend {value}.",
     "Check that spend and delivery are booked in the same period."),
    ("media_without_spend", "{count} row(s) have {unit} but no spend, the first with {value}.",
     "Add the spend, or treat free media as organic."),
    ("incomplete_period", "the {position} {period} ({start}) holds {have} of {want} {parts} and was left out.",
     "Give complete periods if they should count."),
    ("split_period", "the {period} of {start} holds history and window rows; it counts as history.",
     "Start the window with a whole {period} if it should count."),
    ("geo_name", "the region {value} differs from {other!r} only in case or white space.",
     "Use one spelling for a region."),
)  # fmt: skip

RULES: dict[str, Rule] = {**_HEADERS, **_CELLS, **_DATES, **_TABLE, **_REVIEWS}
