"""One region of a panel: its figures, and the rules of whole columns held against them alone.

What a rule says of all regions together need not hold in one: a channel may never have run there, and sizes that differ
between regions say nothing of units, while a jump inside one does.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from xl_mmm.dataset.panel import Array, Dates, GeoPanel, figures
from xl_mmm.errors import DatasetError, SpecError
from xl_mmm.rules import Fault, Roles, Spot
from xl_mmm.rules.figures import check_figures


def one_region(panel: GeoPanel | None, name: str) -> GeoPanel:
    """Return one region's figures as a panel of one nameless region.

    Raises
    ------
    SpecError
        No regions, or none of this name; names those there are.
    """
    if panel is None:
        raise SpecError(f"The data have no regions, so none is called {name!r}: name the column that holds them.")
    if name not in panel.names:
        raise SpecError(f"No region is called {name!r}; the data have {', '.join(panel.names)}.")
    j = panel.names.index(name)
    return GeoPanel((), *(None if a is None else a[j : j + 1] for a in figures(panel)))  # type: ignore[arg-type]


def region_faults(panel: GeoPanel, dates: Dates, n_history: int, roles: Roles, name: str) -> list[Fault]:
    """Check one region's columns as wholes; each finding names the region, and its date where it has one.

    Parameters
    ----------
    panel
        Of this region alone.
    dates
        (n_rows,) of the panel.
    n_history
        Rows before the window.
    roles
        Headers by part.
    name
        The region.

    Returns
    -------
    list of Fault
        Of status REVIEW.

    Raises
    ------
    DatasetError
        With those that forbid fitting.
    """
    values: dict[str, Array] = {roles.kpi: panel.kpi[0]}
    values |= dict(zip(roles.spend, panel.spend[0].T, strict=True))
    values |= {header: panel.media[0, :, roles.spend.index(channel)] for channel, header in roles.media.items()}
    values |= dict(zip(roles.organic, panel.organic_media[0].T, strict=True))
    values |= dict(zip(roles.controls, panel.control_values[0].T, strict=True))
    if isinstance(roles.revenue_per_kpi, str) and panel.revenue_per_kpi is not None:
        values[roles.revenue_per_kpi] = panel.revenue_per_kpi[0]
    in_window = np.arange(len(dates)) >= n_history
    found = check_figures(values, in_window, roles, lambda i: Spot(None, str(dates[i]), name))
    named = [replace(fault, geo=name) for fault in found]
    if refused := [fault for fault in named if fault.status == "FAIL"]:
        raise DatasetError(refused)
    return named
