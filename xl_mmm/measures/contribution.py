"""Where the KPI came from: by week, over a period, at once or by carryover.

Everything is in KPI units. The parts of a week add up to its KPI: baseline (intercept, trend, seasons, holidays,
knots, and controls at their reference), controls against their reference, carry-in from spend before the window, each
medium, and the residual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import SpecError
from xl_mmm.measures.draws import carried_out, earned, immediate, interval, standing, weekly_media
from xl_mmm.response import contribution_at

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]


def contribution(posterior: Posterior) -> pd.DataFrame:
    """Return the weekly decomposition of the KPI.

    Returns
    -------
    DataFrame
        Index `date`; columns `baseline`, controls, `carry_in`, paid channels, organic media, `residual`; KPI units,
        means over draws. Each row adds up to the KPI.
    """
    import pandas as pd

    names, parts = weekly_means(posterior)
    index = pd.DatetimeIndex(posterior.dataset.window_dates.astype("datetime64[s]"), name="date")
    return pd.DataFrame(parts, index=index, columns=pd.Index(names))


def weekly_means(posterior: Posterior) -> tuple[list[str], Array]:
    """Return component names and (week, component) KPI units, means over draws; the last one is the residual."""
    baseline, controls = _linear_columns(posterior)
    dataset, matrix = posterior.dataset, posterior.design.matrix[posterior.dataset.window]
    linear = matrix * posterior.linear.mean(axis=0)
    media, carry_in = weekly_media(posterior)
    parts = np.column_stack([linear[:, baseline].sum(axis=1), linear[:, controls], carry_in, media])
    residual = dataset.window_kpi - parts.sum(axis=1)
    return _component_names(posterior), np.column_stack([parts, residual])


def bridge(
    posterior: Posterior, start: object = None, end: object = None, level: float = 0.90
) -> pd.DataFrame:
    """Return the steps from the baseline to the KPI over a period, with ranges.

    Parameters
    ----------
    posterior
        Draws of the model.
    start, end
        First and last date of the period, both included; None for the window's.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        Index `component`, in the order of `contribution`; `value low high` in KPI units and `share` of the period's
        KPI. `value` adds up to the KPI.

    Raises
    ------
    SpecError
        The period holds no week of the window, or an end is no date.
    """
    import pandas as pd

    dates = posterior.dataset.window_dates
    inside = np.ones(len(dates), dtype=bool)
    if start is not None:
        inside &= dates >= _day(start)
    if end is not None:
        inside &= dates <= _day(end)
    if not inside.any():
        raise SpecError(f"No week from {start} to {end}: the window runs from {dates[0]} to {dates[-1]}.")
    parts = component_draws(posterior, inside)
    low, high = interval(parts, level)
    value, kpi = parts.mean(axis=0), posterior.dataset.window_kpi[inside].sum()
    share = value / kpi if kpi else np.full_like(value, np.nan)
    return pd.DataFrame(
        {"value": value, "low": low, "high": high, "share": share},
        index=pd.Index(_component_names(posterior), name="component"),
    )


def _day(given: object) -> np.datetime64:
    """Read the end of a period."""
    import pandas as pd

    try:
        return np.datetime64(pd.Timestamp(str(given)), "D")
    except ValueError as error:
        raise SpecError(f"{given!r} is no date; write it as 2024-01-31.") from error


def component_draws(posterior: Posterior, inside: NDArray[np.bool_]) -> Array:
    """Return (draw, component) KPI units summed over the weeks `inside` the period; the last one is the residual."""
    baseline, controls = _linear_columns(posterior)
    linear = posterior.linear * posterior.design.matrix[posterior.dataset.window][inside].sum(axis=0)
    added, carried = [], []
    for block, at in standing(posterior):
        by_week, before = contribution_at(block, at)
        added.append(by_week[:, inside].sum(axis=1))
        carried.append(before[:, inside].sum(axis=(1, 2)))
    parts = np.column_stack([
        linear[:, baseline].sum(axis=1), linear[:, controls], np.concatenate(carried), np.concatenate(added),
    ])  # fmt: skip
    return np.column_stack([parts, posterior.dataset.window_kpi[inside].sum() - parts.sum(axis=1)])


def immediate_and_carried(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Split each medium's contribution into the week of the exposure and the weeks after it.

    Returns
    -------
    DataFrame
        Index `channel`, organic media included; in KPI units `immediate` and `carried` (in later weeks of the window;
        the two add up to the contribution) and `carry_out` (after the window, not part of the contribution), each
        with `_low` and `_high`; `carried_share` = carried / contribution, NaN where the contribution is zero.
    """
    import pandas as pd

    at_once = immediate(posterior)
    parts = {
        "immediate": at_once,
        "carried": earned(posterior).contribution - at_once,
        "carry_out": carried_out(posterior),
    }
    columns: dict[str, Array] = {}
    for name, draws in parts.items():
        columns[name] = draws.mean(axis=0)
        columns[f"{name}_low"], columns[f"{name}_high"] = interval(draws, level)
    whole = columns["immediate"] + columns["carried"]
    columns["carried_share"] = np.divide(columns["carried"], whole, out=np.full_like(whole, np.nan), where=whole > 0)
    return pd.DataFrame(columns, index=pd.Index(posterior.media.names, name="channel"))


def _component_names(posterior: Posterior) -> list[str]:
    _, controls = _linear_columns(posterior)
    return [
        "baseline", *(posterior.design.names[j] for j in controls), "carry_in", *posterior.media.names, "residual",
    ]  # fmt: skip


def _linear_columns(posterior: Posterior) -> tuple[list[int], list[int]]:
    """Return the design's columns that make the baseline, and those of the controls."""
    group = posterior.design.group
    controls = [j for j, name in enumerate(group) if name == "control"]
    return [j for j in range(len(group)) if j not in controls], controls
