"""The shapes that were estimated: parameters, half-life, saturation.

Time is in weeks, `half_saturation` in the column's media unit per week, coefficients in KPI units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.draws import interval, standing
from xl_mmm.response import MediaParameters, saturate
from xl_mmm.transforms import ADSTOCKS, SATURATIONS
from xl_mmm.transforms import half_life as lag_of_half

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

BASELINE, CONTROLS, NOISE = "baseline", "controls", "noise"  # index entries beside the channels


def parameters(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Return every parameter with its range.

    Returns
    -------
    DataFrame
        Index (`channel`, `parameter`); `mean low high unit`. After the media come `baseline` and `controls` with
        their linear coefficients, and `noise` with `sigma` and `rho`.
    """
    import pandas as pd

    rows = [*_media_rows(posterior)]
    kpi = "KPI"
    for j, (name, group) in enumerate(zip(posterior.design.names, posterior.design.group, strict=True)):
        where, unit = (CONTROLS, "KPI per unit") if group == "control" else (BASELINE, kpi)
        rows.append((where, name, posterior.linear[:, j], unit))
    rows += [(NOISE, "sigma", posterior.sigma, kpi), (NOISE, "rho", posterior.rho, "")]
    draws = np.column_stack([row[2] for row in rows])
    low, high = interval(draws, level)
    return pd.DataFrame(
        {"mean": draws.mean(axis=0), "low": low, "high": high, "unit": [row[3] for row in rows]},
        index=pd.MultiIndex.from_tuples([row[:2] for row in rows], names=["channel", "parameter"]),
    )


def half_life(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Return the lag at which half of an exposure's weight has passed.

    Returns
    -------
    DataFrame
        Index `channel`, organic media included; `half_life half_life_low half_life_high`, weeks.
    """
    media = posterior.media
    draws = np.column_stack([
        lag_of_half(
            media.adstock[k],
            {p.name: media.values[p.name][:, k] for p in ADSTOCKS[media.adstock[k]].parameters},
            max_lag=media.max_lag[k],
        )
        for k in range(len(media.names))
    ])  # fmt: skip
    return _ranged("half_life", draws, level, media)


def saturation_level(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Return how far up its curve each medium runs: S at the window's mean effective exposure / limit.

    Returns
    -------
    DataFrame
        Index `channel`, organic media included; `saturation saturation_low saturation_high`, fractions of the limit;
        NaN for families without a limit.
    """
    parts = []
    for block, at in standing(posterior):
        mean = at.u.mean(axis=1, keepdims=True)
        parts.append(saturate(mean, block.media)[:, 0])
    draws = np.concatenate(parts)
    limited = [SATURATIONS[family].limited for family in posterior.media.saturation]
    return _ranged("saturation", np.where(limited, draws, np.nan), level, posterior.media)


def _media_rows(posterior: Posterior) -> list[tuple[str, str, Array, str]]:
    """Return (channel, parameter, draws, unit) of every medium."""
    media, dataset = posterior.media, posterior.dataset
    units = (*dataset.media_units, *dataset.organic)
    rows = []
    for k, name in enumerate(media.names):
        own = (*ADSTOCKS[media.adstock[k]].parameters, *SATURATIONS[media.saturation[k]].parameters)
        rows += [(name, p.name, media.values[p.name][:, k], p.unit.replace("media units", units[k])) for p in own]
        rows.append((name, "coefficient", media.coefficient[:, k], "KPI a period at S = 1"))
    return rows


def _ranged(name: str, draws: Array, level: float, media: MediaParameters) -> pd.DataFrame:
    import pandas as pd

    low, high = interval(draws, level)
    columns = {name: draws.mean(axis=0), f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(columns, index=pd.Index(media.names, name="channel"))
