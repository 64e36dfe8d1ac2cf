"""The dataset itself: how it is made, what it knows, how it is cut and gathered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from xl_mmm.dataset.panel import FIGURES, Array, Dates, GeoPanel, figures, freeze, is_flag, weighted
from xl_mmm.dataset.periods import gathered, period_faults, period_start, rows_in_period
from xl_mmm.dataset.regional import one_region, region_faults
from xl_mmm.errors import DatasetError, SpecError
from xl_mmm.rules import GRAINS, CleanColumns, Fault, Roles, check_columns, is_blank
from xl_mmm.rules.calendar import PERIOD_WEEKS, PERIOD_WORDS
from xl_mmm.rules.figures import check_length

if TYPE_CHECKING:
    import pandas as pd

MONEY = "money"  # media unit of a channel whose exposure is its spend


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """One market's data, national and where known by region.

    Attributes
    ----------
    dates
        (n_rows,) `datetime64[D]`, history first.
    kpi
        (n_rows,) KPI units; NaN allowed in history rows only.
    channels
        Paid channels: the headers of their spend.
    spend
        (n_rows, n_channels) money.
    media
        (n_rows, n_channels) exposure in `media_units`; equal to spend where the channel has no media column.
    media_units
        `"money"` or the media column's header, by channel.
    organic, organic_media
        Names, (n_rows, n_organic) exposure.
    controls, control_values, control_reference
        Names, (n_rows, n_controls), (n_controls,): the level whose effect belongs to the baseline; the window's mean,
        0 for flags, or as given.
    revenue_per_kpi
        (n_rows,) money per KPI unit, or None when there is no revenue.
    grain
        `"daily"`, `"weekly"` or `"monthly"`.
    n_history
        Number of rows before the window.
    geo
        The figures by region, or None.
    faults
        Findings of status REVIEW.
    roles
        The headers by part.
    given_references
        Control -> reference where it was given rather than derived.
    """

    dates: Dates
    kpi: Array
    channels: tuple[str, ...]
    spend: Array
    media: Array
    media_units: tuple[str, ...]
    organic: tuple[str, ...]
    organic_media: Array
    controls: tuple[str, ...]
    control_values: Array
    control_reference: Array
    revenue_per_kpi: Array | None
    grain: str
    n_history: int
    geo: GeoPanel | None
    faults: tuple[Fault, ...]
    roles: Roles
    given_references: Mapping[str, float]

    def __post_init__(self) -> None:
        freeze(self)

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        date: str,
        kpi: str,
        spend: Sequence[str],
        media: Mapping[str, str] | None = None,
        controls: Sequence[str] = (),
        organic: Sequence[str] | None = None,
        geo: str | None = None,
        revenue_per_kpi: float | str | None = 1.0,
        window: tuple[object, object] | None = None,
        references: Mapping[str, float] | None = None,
        grain: str | None = None,
    ) -> Dataset:
        """Check a table and make it a dataset; rows may come in any order.

        Parameters
        ----------
        frame
            One row a period (and region), dates as dates or as text YYYY-MM-DD. The date may be the index.
        date, kpi
            Headers.
        spend
            Headers of the paid channels' spend, money per period.
        media
            Channel -> header of its exposure; channels left out use their spend.
        controls, organic
            Headers.
        geo
            Header of the region.
        revenue_per_kpi
            1.0: the KPI is revenue. Another number: money per KPI unit. A header: a column. None: no revenue.
        window
            (first, last) date to fit, either None when open. Earlier rows are history for the carry-in; later rows are
            left out, which is reported in `faults`.
        references
            Control -> level that belongs to the baseline.
        grain
            `"daily"`, `"weekly"` or `"monthly"`; found when None.

        Returns
        -------
        Dataset

        Raises
        ------
        DatasetError
            With every fault that forbids fitting, in order of place.
        SpecError
            When an argument is impossible by itself.
        """
        if date not in frame.columns and date in frame.index.names:
            frame = frame.reset_index()
        roles = Roles(date, kpi, _names(spend), media or {}, _names(controls), _names(organic), geo, revenue_per_kpi)
        headers = list(frame.columns)
        columns = {"" if is_blank(header) else str(header): _raw(frame.iloc[:, i]) for i, header in enumerate(headers)}
        return cls.from_columns(
            columns, roles, headers=headers, window=window, references=references, grain=grain, iso_text_is_date=True
        )

    @classmethod
    def from_columns(
        cls,
        columns: Mapping[str, Sequence[object]],
        roles: Roles,
        *,
        references: Mapping[str, float] | None = None,
        **options: Any,
    ) -> Dataset:
        """Check raw columns (see `xl_mmm.rules.check_columns`, which takes `options`) and make them a dataset.

        Raises
        ------
        DatasetError
            With every fault that forbids fitting, in order of place.
        """
        grain = options.get("grain")
        if grain is not None and grain not in GRAINS:
            raise SpecError(f"grain is {grain!r}; choose one of {', '.join(GRAINS)}.")
        clean, faults = check_columns(columns, roles, **options)
        if clean is None:
            raise DatasetError([f for f in faults if f.status == "FAIL"])
        return cls.from_clean(clean, roles, faults, references)

    @classmethod
    def from_clean(
        cls,
        clean: CleanColumns,
        roles: Roles,
        faults: Sequence[Fault] = (),
        references: Mapping[str, float] | None = None,
    ) -> Dataset:
        """Arrange columns that passed the rules; nothing is checked again."""
        n_geos = 1 if clean.geo is None else len(set(clean.geo))
        n_rows = len(clean.dates) // n_geos

        def block(headers: Sequence[str]) -> Array:
            stacked = [clean.values[header].reshape(n_geos, n_rows) for header in headers]
            return np.stack(stacked, axis=-1) if stacked else np.zeros((n_geos, n_rows, 0))

        rpk = roles.revenue_per_kpi
        if isinstance(rpk, str):
            revenue: Array | None = block([rpk])[..., 0]
        else:
            revenue = None if rpk is None else np.full((n_geos, n_rows), _positive(rpk))
        panel = GeoPanel(
            names=() if clean.geo is None else clean.geo[::n_rows],
            kpi=block([roles.kpi])[..., 0],
            spend=block(roles.spend),
            media=block([roles.media.get(channel, channel) for channel in roles.spend]),
            organic_media=block(roles.organic),
            control_values=block(roles.controls),
            revenue_per_kpi=revenue,
        )
        reviews = tuple(f for f in faults if f.status == "REVIEW")
        given = dict(references or {})
        return assemble(panel, clean.dates[:n_rows], roles, clean.grain, clean.n_history, reviews, given)

    @property
    def window(self) -> slice:
        """The rows that are fitted."""
        return slice(self.n_history, len(self.dates))

    @property
    def n_weeks(self) -> int:
        """Number of rows in the window."""
        return len(self.dates) - self.n_history

    @property
    def period_weeks(self) -> float:
        """Length of a period in weeks: 1/7, 1 or 4.348."""
        return PERIOD_WEEKS[self.grain]

    @property
    def window_dates(self) -> Dates:
        """(n_weeks,) dates of the window."""
        return self.dates[self.window]

    @property
    def window_kpi(self) -> Array:
        """(n_weeks,) KPI of the window."""
        return self.kpi[self.window]

    @property
    def is_revenue(self) -> bool:
        """Whether the KPI is itself revenue."""
        return not isinstance(self.roles.revenue_per_kpi, str) and self.roles.revenue_per_kpi == 1.0

    @property
    def sha(self) -> str:
        """SHA-256 of the canonical values: rows by (region and) date, columns by part and header, as 64-bit floats."""
        import hashlib  # here, because they cost a twentieth of NumPy's import and a fit needs neither
        import json

        source = self if self.geo is None else self.geo
        facts = {
            "grain": self.grain,
            "n_history": self.n_history,
            "geo": None if self.geo is None else list(self.geo.names),
            "revenue_per_kpi": self.roles.revenue_per_kpi,
        }
        columns = {("kpi", self.roles.kpi): source.kpi}
        for j, channel in enumerate(self.channels):
            columns["spend", channel] = source.spend[..., j]
            if self.media_units[j] != MONEY:
                columns["media", f"{channel}\n{self.media_units[j]}"] = source.media[..., j]
        for j, name in enumerate(self.organic):
            columns["organic", name] = source.organic_media[..., j]
        for j, name in enumerate(self.controls):
            columns["control", name] = source.control_values[..., j]
        if isinstance(self.roles.revenue_per_kpi, str) and source.revenue_per_kpi is not None:
            columns["revenue_per_kpi", self.roles.revenue_per_kpi] = source.revenue_per_kpi
        digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
        digest.update(self.dates.astype("datetime64[D]").astype("<i8").tobytes())
        for key in sorted(columns):
            digest.update(json.dumps(key).encode())
            digest.update(_canonical(columns[key]))
        return digest.hexdigest()

    def region(self, name: str) -> Dataset:
        """Return one region as a market of its own: same window and given references, its columns checked alone.

        Raises
        ------
        SpecError
            No region of this name.
        DatasetError
            With every fault of the region that forbids fitting.
        """
        panel, roles = one_region(self.geo, name), replace(self.roles, geo=None)
        faults = [f for f in self.faults if f.geo is None and f.column is None]  # of the calendar
        faults += region_faults(panel, self.dates, self.n_history, roles, name)
        return assemble(panel, self.dates, roles, self.grain, self.n_history, tuple(faults), self.given_references)

    def without_last(self, periods: int) -> Dataset:
        """Return the dataset without the last `periods` rows of the window, references as they are."""
        if not 0 <= periods < self.n_weeks:
            raise SpecError(f"{periods} periods cannot be left out of a window of {self.n_weeks}.")
        panel = as_panel(self)
        keep = slice(0, len(self.dates) - periods)
        cut = GeoPanel(panel.names, *(None if a is None else a[:, keep] for a in figures(panel)))  # type: ignore[arg-type]
        kept = dict(zip(self.controls, self.control_reference.tolist(), strict=True))
        made = assemble(cut, self.dates[keep], self.roles, self.grain, self.n_history, self.faults, kept)
        return replace(made, given_references=self.given_references)

    def aggregated(self, grain: str) -> Dataset:
        """Gather the rows into longer periods.

        Spend, media and KPI are summed, controls averaged, 0/1 flags are 1 when any day's is, revenue per KPI is
        weighted by KPI. An incomplete first or last period is left out, and said so in `faults`. A period that holds
        history and window rows counts as history.

        Raises
        ------
        SpecError
            When `grain` is unknown or finer than the data's, or no period is complete.
        DatasetError
            When too few rows are left.
        """
        if grain not in GRAINS or GRAINS.index(grain) < GRAINS.index(self.grain):
            coarser = ", ".join(GRAINS[GRAINS.index(self.grain) :])
            raise SpecError(f"{self.grain} data cannot be gathered into {grain!r} periods; choose one of {coarser}.")
        if grain == self.grain:
            return self
        labels = period_start(self.dates, grain, self.grain)
        starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
        have = np.diff(np.r_[starts, len(labels)])
        want = np.array([rows_in_period(label, grain, self.grain, self.dates[0]) for label in labels[starts]])
        history_rows = np.add.reduceat(np.arange(len(labels)) < self.n_history, starts, dtype=int)
        whole = have == want
        faults = period_faults(labels[starts], have, want, history_rows, grain, self.grain)
        n_history = int((history_rows[whole] > 0).sum())
        if not (whole & (history_rows == 0)).any():
            raise SpecError(f"No {PERIOD_WORDS[grain][0]} of the window is complete.")
        faults += check_length(int(whole.sum()) - n_history, grain, self.roles)
        if any(f.status == "FAIL" for f in faults):
            raise DatasetError([f for f in faults if f.status == "FAIL"])
        panel = gathered(as_panel(self), starts, whole)
        return assemble(
            panel, labels[starts][whole], self.roles, grain, n_history, (*self.faults, *faults), self.given_references
        )


def as_panel(dataset: Dataset) -> GeoPanel:
    """Return the regional figures; national data are a panel of one nameless region."""
    if dataset.geo is not None:
        return dataset.geo
    return GeoPanel((), *(None if a is None else a[None] for a in (getattr(dataset, name) for name in FIGURES)))  # type: ignore[arg-type]


def assemble(
    panel: GeoPanel,
    dates: Dates,
    roles: Roles,
    grain: str,
    n_history: int,
    faults: tuple[Fault, ...],
    references: Mapping[str, float],
) -> Dataset:
    """Add the national figures and the references to the regional ones."""
    controls = panel.control_values.mean(axis=0)
    unknown = [name for name in references if name not in roles.controls]
    if unknown:
        raise SpecError(f"A reference is given for {', '.join(map(repr, unknown))}, which is not a control.")
    reference = np.where(is_flag(panel.control_values), 0.0, controls[n_history:].mean(axis=0))
    for j, name in enumerate(roles.controls):
        reference[j] = references.get(name, reference[j])
    return Dataset(
        dates=dates,
        kpi=panel.kpi.sum(axis=0),
        channels=roles.spend,
        spend=panel.spend.sum(axis=0),
        media=panel.media.sum(axis=0),
        media_units=tuple(MONEY if roles.media.get(c, c) == c else roles.media[c] for c in roles.spend),
        organic=roles.organic,
        organic_media=panel.organic_media.sum(axis=0),
        controls=roles.controls,
        control_values=controls,
        control_reference=reference,
        revenue_per_kpi=None if panel.revenue_per_kpi is None else weighted(panel.revenue_per_kpi, panel.kpi),
        grain=grain,
        n_history=n_history,
        geo=panel if panel.names else None,
        faults=faults,
        roles=roles,
        given_references=dict(references),
    )


def _positive(rate: object) -> float:
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < np.inf:
        raise SpecError(f"revenue_per_kpi is {rate!r}; give a number above zero, a header, or None for no revenue.")
    return float(rate)


def _names(names: Sequence[str] | None) -> tuple[str, ...]:
    """Return headers as a tuple; a lone header counts as a list of one."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def _raw(column: pd.Series) -> list[object]:
    """Return a column's cells as plain objects, blanks as None."""
    return [None if blank else cell for cell, blank in zip(column.tolist(), column.isna().tolist(), strict=True)]


def _canonical(figures: Array) -> bytes:
    """Return bytes that equal figures share: minus zero is zero, every NaN is the same."""
    plain = np.where(np.isnan(figures), np.nan, figures + 0.0)
    return np.ascontiguousarray(plain, dtype="<f8").tobytes()
