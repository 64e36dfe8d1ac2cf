"""Which column plays which part, and the columns once they have passed the rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

GRAINS = ("daily", "weekly", "monthly")


@dataclass(frozen=True, slots=True)
class Roles:
    """Headers by the part that they play.

    Attributes
    ----------
    date, kpi
        Headers.
    spend
        One header a paid channel; the header is the channel's name.
    media
        Channel -> header of its exposure in its own unit; channels left out use their spend.
    controls, organic
        Headers.
    geo
        Header of the region, or None for national data.
    revenue_per_kpi
        Header, constant (1.0: the KPI is revenue), or None when there is no revenue.
    """

    date: str
    kpi: str
    spend: tuple[str, ...]
    media: Mapping[str, str] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    organic: tuple[str, ...] = ()
    geo: str | None = None
    revenue_per_kpi: float | str | None = 1.0

    def __post_init__(self) -> None:
        for name in ("spend", "controls", "organic"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "media", MappingProxyType(dict(self.media)))
        rate: object = self.revenue_per_kpi
        if isinstance(rate, (int, np.integer, np.floating)) and not isinstance(rate, bool):
            object.__setattr__(self, "revenue_per_kpi", float(rate))

    @property
    def numeric(self) -> tuple[tuple[str, str], ...]:
        """Every numeric column as (header, role), role in kpi, spend, media, organic, control, revenue_per_kpi."""
        pairs = [(self.kpi, "kpi")]
        pairs += [(header, "spend") for header in self.spend]
        pairs += [(header, "media") for channel, header in self.media.items() if header != channel]
        pairs += [(header, "organic") for header in self.organic]
        pairs += [(header, "control") for header in self.controls]
        if isinstance(self.revenue_per_kpi, str):
            pairs.append((self.revenue_per_kpi, "revenue_per_kpi"))
        return tuple(pairs)

    @property
    def used(self) -> tuple[tuple[str, str], ...]:
        """Every column in use as (header, role): date, geo, then the numeric ones."""
        geo = () if self.geo is None else ((self.geo, "geo"),)
        return ((self.date, "date"), *geo, *self.numeric)


@dataclass(frozen=True, slots=True, eq=False)
class CleanColumns:
    """Columns that passed, sorted by region and date, rows after the window left out.

    Attributes
    ----------
    rows
        (n_rows,) positions in the data as given.
    dates
        (n_rows,) `datetime64[D]`.
    geo
        (n_rows,) region names, or None.
    values
        Header -> (n_rows,) float64; NaN only in the KPI of history rows (and in cells at fault).
    grain
        `"daily"`, `"weekly"` or `"monthly"`.
    n_history
        Number of periods before the window.
    """

    rows: NDArray[np.int64]
    dates: NDArray[np.datetime64]
    geo: tuple[str, ...] | None
    values: dict[str, NDArray[np.float64]]
    grain: str
    n_history: int
