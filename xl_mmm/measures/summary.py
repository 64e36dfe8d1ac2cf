"""How well the model describes the KPI it was fitted to, in one column of statistics.

Residual = KPI less the mean over draws of everything that the model explains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.contribution import weekly_means
from xl_mmm.measures.draws import window_spend
from xl_mmm.measures.roi import share_distance
from xl_mmm.resolution import resolved
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Loo, Posterior

Array = NDArray[np.float64]

MEANINGS: dict[str, str] = {
    "n_weeks": "periods in the window",
    "n_parameters": "estimated numbers: baseline, controls, media coefficients and free transform parameters",
    "r_squared": "share of the KPI's variance that the model explains",
    "adjusted_r_squared": "the same, paid back for every estimated number",
    "mape": "mean absolute error in percent of the KPI, as a fraction; blank when a period's KPI is zero",
    "wmape": "sum of absolute errors / sum of absolute KPI",
    "nrmse": "root mean squared error / (highest − lowest KPI), as Robyn",
    "nrmse_mean": "root mean squared error / mean KPI",
    "decomp_rssd": "distance between shares of effect and shares of spend, as Robyn",
    "durbin_watson": "2: errors without memory; towards 0: errors that persist",
    "loo_elpd": "bayes: log density of weeks left out, summed; the higher, the better, on the same data alone",
    "loo_se": "bayes: standard error of LOO",
    "loo_parameters": "bayes: parameters that the data decide, as LOO counts them",
    "largest_k": "bayes: how far one week moves the draws (Pareto k); 0.7 or more: too far",
}


def summary(posterior: Posterior) -> pd.Series[float]:
    """Return fit statistics.

    Returns
    -------
    Series
        Index `statistic`, the names and order of `MEANINGS`. `mape` is NaN when a period's KPI is zero: use `wmape`.
    """
    import pandas as pd

    kpi, (names, parts) = posterior.dataset.window_kpi, weekly_means(posterior)
    residual = parts[:, -1]
    effect = parts[:, [names.index(channel) for channel in posterior.dataset.channels]].sum(axis=0)
    values = fit_statistics(kpi, residual, n_parameters(posterior))
    values["decomp_rssd"] = share_distance(effect, window_spend(posterior))
    values |= loo_statistics(posterior.loo)
    ordered = [values[name] for name in MEANINGS]
    return pd.Series(ordered, index=pd.Index(list(MEANINGS), name="statistic"), name="value")


def fit_statistics(kpi: Array, residual: Array, parameters: int) -> dict[str, float]:
    """Return the statistics that need the KPI and the residual alone, both (week,)."""
    n = len(kpi)
    squared, around_mean = float(residual @ residual), float(((kpi - kpi.mean()) ** 2).sum())
    unexplained = squared / around_mean if around_mean > 0 else np.nan
    rmse = np.sqrt(squared / n)
    free = n - parameters
    return {
        "n_weeks": float(n),
        "n_parameters": float(parameters),
        "r_squared": 1 - unexplained,
        "adjusted_r_squared": 1 - unexplained * (n - 1) / free if free > 0 else np.nan,
        "mape": float(np.abs(residual / kpi).mean()) if (kpi != 0).all() else np.nan,
        "wmape": _ratio(float(np.abs(residual).sum()), float(np.abs(kpi).sum())),
        "nrmse": _ratio(float(rmse), float(np.ptp(kpi))),
        "nrmse_mean": _ratio(float(rmse), float(kpi.mean())),
        "durbin_watson": _ratio(float((np.diff(residual) ** 2).sum()), squared),
    }


def loo_statistics(loo: Loo | None) -> dict[str, float]:
    """Return the statistics of weeks left out; NaN where there are none."""
    found = (np.nan,) * 4 if loo is None else (loo.elpd, loo.se, loo.p_loo, loo.largest_k)
    return dict(zip(("loo_elpd", "loo_se", "loo_parameters", "largest_k"), found, strict=True))


def n_parameters(posterior: Posterior) -> int:
    """Count what was estimated; hand-set media are not."""
    linear = len(posterior.design.names)
    if posterior.method == "evaluate":
        return linear
    media, spec, free = posterior.media, resolved(posterior.dataset, posterior.spec), 0
    for k, name in enumerate(media.names):
        records = (*ADSTOCKS[media.adstock[k]].parameters, *SATURATIONS[media.saturation[k]].parameters)
        choices = spec.channel(name)
        free += sum(not isinstance(getattr(choices, p.name), int | float) for p in records)
    return linear + len(media.names) + free


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
