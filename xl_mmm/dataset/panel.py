"""Figures by region, their national sums and means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

FIGURES = ("kpi", "spend", "media", "organic_media", "control_values", "revenue_per_kpi")


@dataclass(frozen=True, slots=True, eq=False)
class GeoPanel:
    """The figures by region.

    Attributes
    ----------
    names
        Regions, sorted.
    kpi
        (n_geos, n_rows), KPI units.
    spend, media
        (n_geos, n_rows, n_channels), money and media units.
    organic_media
        (n_geos, n_rows, n_organic).
    control_values
        (n_geos, n_rows, n_controls).
    revenue_per_kpi
        (n_geos, n_rows), or None.
    """

    names: tuple[str, ...]
    kpi: Array
    spend: Array
    media: Array
    organic_media: Array
    control_values: Array
    revenue_per_kpi: Array | None

    def __post_init__(self) -> None:
        freeze(self)


def figures(panel: GeoPanel) -> list[Array | None]:
    """Return the arrays named in `FIGURES`."""
    return [getattr(panel, name) for name in FIGURES]


def weighted(rate: Array, weight: Array) -> Array:
    """Return the mean over axis 0 of `rate`, weighted where the weights are known and not all zero."""
    if rate.shape[0] == 1 or np.all(rate == rate[:1]):
        return np.array(rate[0])
    total = weight.sum(axis=0)
    usable = np.isfinite(total) & (total != 0)
    weighted = (rate * weight).sum(axis=0) / np.where(usable, total, 1.0)
    return np.asarray(np.where(usable, weighted, rate.mean(axis=0)))


def is_flag(values: Array) -> NDArray[np.bool_]:
    """(n_controls,) whether a control is 0 or 1 throughout."""
    return np.asarray(((values == 0) | (values == 1)).all(axis=(0, 1)))


def freeze(record: object) -> None:
    """Make every array of a frozen record its own, contiguous and read-only."""
    for name in type(record).__slots__:  # type: ignore[attr-defined]
        value = getattr(record, name)
        if isinstance(value, np.ndarray):
            held = np.array(value, order="C")
            held.flags.writeable = False
            object.__setattr__(record, name, held)
