"""What a new workbook is filled with: the data as given, and one row of choices for everything in the tables.

Rows are mappings of header to value with the headers of `xl_mmm.tables.names`; headers left out are blank. Values of
`columns` are written as they are: numbers as numbers, dates as dates, text as text, faults included.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.book import styles as st
from xl_mmm.book.layout import SPARE_SCENARIOS, Layout
from xl_mmm.errors import SpecError
from xl_mmm.rules import is_blank
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.rules import Roles

PERIODS_AHEAD = {"daily": 371, "weekly": 53, "monthly": 13}  # of a planned year, one to spare
CellValue = str | float | bool | datetime | date | None
Row = Mapping[str, CellValue]


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """The planner's side of a workbook.

    Attributes
    ----------
    columns
        Header -> raw values of `tblData`, in order; all of one length.
    settings
        Setting -> value; settings left out show their default.
    channels, parameters, controls, lift_tests, scenarios, constraints, groups, calendar, fx, costs
        Rows of the tables of the same names. The first scenario is today.
    goal
        Input of goal seek (`layout.GOAL_INPUTS`) -> value.
    """

    columns: Mapping[str, Sequence[object]]
    settings: Mapping[str, CellValue]
    channels: tuple[Row, ...]
    parameters: tuple[Row, ...] = ()
    controls: tuple[Row, ...] = ()
    lift_tests: tuple[Row, ...] = ()
    scenarios: tuple[Row, ...] = ()
    constraints: tuple[Row, ...] = ()
    groups: tuple[Row, ...] = ()
    fx: tuple[Row, ...] = ()
    costs: tuple[Row, ...] = ()
    calendar: tuple[Row, ...] = ()
    goal: Mapping[str, CellValue] = field(default_factory=dict)
    media_headers: tuple[str, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        lengths = {header: len(values) for header, values in self.columns.items()}
        if len(set(lengths.values())) > 1:
            raise SpecError(f"Columns of unequal length: {lengths}.")
        if unknown := [name for name in self.settings if name not in n.SETTING]:
            raise SpecError(f"No setting is called {', '.join(map(repr, unknown))}.")
        controls = [str(row[n.H_CONTROL]) for row in self.controls]
        reserved = {word.casefold() for word in n.scenario_headers((), controls)}
        clash = [name for name in self.names(n.PAID) if name.casefold() in reserved]
        if clash:
            raise SpecError(f"{clash[0]!r} is a header of {n.TBL_SCENARIOS}; give the channel another name.")
        heads = [row.get(head) for row in self.channels for head in (n.H_SPEND_COLUMN, n.H_MEDIA_COLUMN)]
        object.__setattr__(self, "media_headers", tuple(str(head) for head in heads if head is not None))

    def names(self, kind: str) -> tuple[str, ...]:
        """Names of the paid or organic channels."""
        return tuple(str(row[n.H_CHANNEL]) for row in self.channels if row.get(n.H_KIND, n.PAID) == kind)

    def setting(self, name: str) -> CellValue:
        """Return a setting, or its default."""
        value = self.settings.get(name)
        return n.SETTING[name].default if value is None else value

    @property
    def rows(self) -> int:
        """Data rows."""
        return max((len(values) for values in self.columns.values()), default=0)

    @property
    def layout(self) -> Layout:
        """Where results of these inputs stand."""
        return Layout(
            self.names(n.PAID),
            self.names(n.ORGANIC),
            tuple(str(row[n.H_CONTROL]) for row in self.controls),
            max(self.periods, 1),
            max(len(self.scenarios), 1) + SPARE_SCENARIOS,
            PERIODS_AHEAD[self.grain],
            tuple(
                str(row[n.H_MEDIA_COLUMN])
                for row in self.channels
                if row.get(n.H_KIND, n.PAID) == n.PAID
                and row.get(n.H_MEDIA_COLUMN) not in (None, row.get(n.H_SPEND_COLUMN))
            ),
            len({str(region) for region in self.columns.get(str(self.setting(n.SET_GEO)), ()) if not is_blank(region)}),
        )

    @property
    def grain(self) -> str:
        """Grain of the model, from the setting or from the middle of the distances between dates."""
        chosen = self.setting(n.SET_GRAIN)
        if chosen != n.AS_DATA:
            return str(chosen)
        found = {day for day in map(as_date, self.columns.get(str(self.setting(n.SET_DATE)), ())) if day is not None}
        days = sorted(day.toordinal() for day in found)
        apart = sorted(after - before for before, after in itertools.pairwise(days))
        middle = apart[len(apart) // 2] if apart else 7
        return "daily" if middle < 4 else "weekly" if middle < 20 else "monthly"

    @property
    def periods(self) -> int:
        """Periods of the window, counted from the dates that can be read."""
        low, high = as_date(self.setting(n.SET_WINDOW_START)), as_date(self.setting(n.SET_WINDOW_END))
        found = {day for day in map(as_date, self.columns.get(str(self.setting(n.SET_DATE)), ())) if day is not None}
        inside = [day for day in found if (low is None or day >= low) and (high is None or day <= high)]
        grain = self.setting(n.SET_GRAIN)
        if grain == "monthly":
            return len({(day.year, day.month) for day in inside})
        if grain == "weekly":
            return len({day.toordinal() // 7 for day in inside})
        return len(inside)

    def _spent(self, row: Row) -> float:
        """Return about what a channel spent, reporting currency: at the first rate and the first cost."""
        header, rate, cost = row.get(n.H_SPEND_COLUMN), 1.0, 1.0
        if row.get(n.H_CURRENCY) is not None:
            rates = [r.get(n.H_RATE) for r in self.fx if r.get(n.H_CURRENCY) == row[n.H_CURRENCY]]
            rate = next(filter(None, map(as_number, rates)), 1.0)
        if header is None:
            header, priced = row.get(n.H_MEDIA_COLUMN), [r for r in self.costs if r[n.H_CHANNEL] == row[n.H_CHANNEL]]
            paid = as_number(priced[0].get(n.H_COST)) if priced else None
            units = as_number(priced[0].get(n.H_PER)) if priced else None
            cost = (paid or 0.0) / (units or n.COST_UNITS.get(str(priced[0].get(n.H_UNIT)), 1.0)) if priced else 0.0
        return total(self.columns.get(str(header), ())) * rate * cost

    @property
    def scales(self) -> Scales:
        """Number formats for these data."""
        spends = [self._spent(row) for row in self.channels]
        kpi = [
            value for value in map(as_number, self.columns.get(str(self.setting(n.SET_KPI)), ())) if value is not None
        ]
        each = self.setting(n.SET_REVENUE_PER_KPI)
        factors = (
            [each]
            if isinstance(each, float | int)
            else [v for v in map(as_number, self.columns.get(str(each), ())) if v]
        )
        revenue = sum(kpi) * (sum(factors) / len(factors) if factors else 1.0)
        return Scales(
            st.scale_for(max(spends, default=0.0)),
            st.scale_for(revenue / 3),
            st.scale_for(max((abs(value) for value in kpi), default=0.0) / 10),
            st.scale_for(sum(kpi)),
        )

    @classmethod
    def start(
        cls, columns: Mapping[str, Sequence[object]], roles: Roles, settings: Mapping[str, CellValue] | None = None
    ) -> BuildInputs:
        """Make the inputs of a first book: every channel with the default choices, four scenarios, ± 50 % bounds.

        Parameters
        ----------
        columns
            Header -> raw values.
        roles
            Which header plays which part.
        settings
            Settings other than the roles.
        """
        from xl_mmm.book.scale import with_scale
        from xl_mmm.spec import ChannelSpec

        default = ChannelSpec()
        value = roles.revenue_per_kpi
        chosen: dict[str, CellValue] = {
            n.SET_DATE: roles.date,
            n.SET_KPI: roles.kpi,
            n.SET_GEO: roles.geo,
            n.SET_REVENUE_PER_KPI: n.NONE if value is None else value,
            n.SET_KPI_UNIT: "revenue" if value == 1.0 else roles.kpi,
            **(settings or {}),
        }
        common: dict[str, CellValue] = {
            n.H_ADSTOCK: default.adstock,
            n.H_SATURATION: default.saturation,
            n.H_MAX_LAG: default.max_lag,
        }
        paid = [
            {
                n.H_CHANNEL: name,
                n.H_KIND: n.PAID,
                n.H_SPEND_COLUMN: name,
                n.H_MEDIA_COLUMN: roles.media.get(name),
                **common,
            }
            for name in roles.spend
        ]
        organic = [{n.H_CHANNEL: name, n.H_KIND: n.ORGANIC, n.H_MEDIA_COLUMN: name, **common} for name in roles.organic]
        channels: tuple[Row, ...] = (*paid, *organic)
        spend = {name: total(columns[name]) for name in roles.spend}
        first = max(spend, key=lambda name: spend[name])
        plans: list[tuple[str, dict[str, float]]] = [
            (n.TODAY, {}),
            (f"{first}: 20 % less", {first: 0.8}),
            ("10 % more on every channel", dict.fromkeys(spend, 1.1)),
            ("10 % less on every channel", dict.fromkeys(spend, 0.9)),
        ]
        inputs = cls(
            columns,
            chosen,
            channels,
            tuple(parameter_rows(channels)),
            tuple({n.H_CONTROL: name} for name in roles.controls),
            (),
            tuple(
                {n.H_SCENARIO: name, n.H_IN: n.TIMES_TODAY, **{c: plan.get(c, 1.0) for c in spend}}
                for name, plan in plans
            ),
            tuple({n.H_CHANNEL: name, n.H_LEAST: 0.5, n.H_MOST: 1.5, n.H_IN: n.TIMES_TODAY} for name in spend),
        )
        return with_scale(inputs, {header: [as_cell(value) for value in values] for header, values in columns.items()})


@dataclass(frozen=True, slots=True)
class Scales:
    """Number formats by quantity: a channel's spend, its revenue, the KPI of a period and of the window."""

    spend: st.Scale
    revenue: st.Scale
    kpi: st.Scale
    kpi_total: st.Scale


def parameter_rows(channels: Iterable[Row]) -> list[Row]:
    """One blank row for each transform parameter of each channel, or its planner's form, with its unit."""
    from xl_mmm.spec import FADING
    from xl_mmm.transforms import ADSTOCKS, SATURATIONS

    rows: list[Row] = []
    for row in channels:
        adstock, paid = str(row[n.H_ADSTOCK]), row.get(n.H_KIND, n.PAID) == n.PAID
        records = (*ADSTOCKS[adstock].parameters, *SATURATIONS[str(row[n.H_SATURATION])].parameters)
        medium = row.get(n.H_MEDIA_COLUMN)
        words = "money" if medium is None else str(medium)
        units = {}
        for p in records:
            if p.name == "decay" and adstock in FADING:
                units["half_life"] = "weeks"
            elif p.name == "half_saturation" and paid:
                units["half_effect_spend"] = "money a week"
            else:
                units[p.name] = p.unit.replace("media units", words) or "number"
        rows += [{n.H_CHANNEL: row[n.H_CHANNEL], n.H_PARAMETER: p, n.H_UNIT: unit} for p, unit in units.items()]
    return rows


def as_date(value: object) -> date | None:
    """Return a calendar day for dates and ISO text, None for the rest."""
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[D]").item()
    if isinstance(value, datetime):
        return value.date() if value == value else None  # pandas' NaT is a datetime unequal to itself
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None


def as_number(value: object) -> float | None:
    """Return a finite number, None for the rest."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.number):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def total(values: Iterable[object]) -> float:
    """Sum what is a number."""
    return sum(number for number in map(as_number, values) if number is not None)


def as_cell(value: object) -> CellValue:
    """Return a raw value as it stands in a cell: nothing is parsed, NaN and NaT are blank."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if (number := as_number(value)) is not None:
        return number
    if isinstance(value, float | np.floating):
        return None if math.isnan(float(value)) else str(value)
    if isinstance(value, datetime) and value == value and value.time() != time():
        return value.replace(tzinfo=None)
    if isinstance(value, date | np.datetime64):
        return as_date(value)
    return str(value)
