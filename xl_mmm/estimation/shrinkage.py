"""Choice of the ridge or lasso weight: rolling origin, one-standard-error rule on paired differences.

Errors of two weights at the same origin share that origin's luck (a promotion nobody modelled, a trend break), so
their difference is what is compared: the largest weight is taken whose mean excess error over the best weight is
within one standard error of that excess. The unpaired rule is dominated by how much origins differ, and shrank
nearly every effect away on the example data sets it was tried on.

The transforms are held at the unpenalised search's answer while the weight is chosen; afterwards the search is
repeated with the weight. Only standardised media columns are penalised, never the baseline or the controls.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import FitError
from xl_mmm.estimation.linear import nonnegative

Array = NDArray[np.float64]

FOLDS, HORIZON_SHARE = 10, 0.03  # most origins, and weeks predicted from each as a share of the series
FEWEST_FOLDS = 3  # below which no standard error can be had
PATH = np.logspace(-4, 0, 25)  # weights tried, relative to the one that matters at the data's scale


def choose_weight(kind: str, x: Array, baseline: Array, y: Array) -> float:
    """Return the weight of `Penalty.l1` ("lasso") or `Penalty.l2` ("ridge").

    Parameters
    ----------
    kind
        `"ridge"` or `"lasso"`.
    x
        (week, column) standardised transformed media.
    baseline
        (week, column) orthonormal basis of baseline and controls.
    y
        (week,) KPI.

    Returns
    -------
    The largest weight whose squared error exceeds the best weight's by at most one standard error of the difference.

    Raises
    ------
    FitError
        When the series is too short for the least number of origins.
    """
    weeks = len(y)
    horizon = max(4, round(HORIZON_SHARE * weeks))
    folds = min(FOLDS, weeks // 2 // horizon)  # the first origin has half of the series behind it
    if folds < FEWEST_FOLDS:
        raise FitError(f"{weeks} periods are too few to choose the weight of {kind}: use ols, or add history.")
    top = float(np.abs(x.T @ (y - baseline @ (baseline.T @ y))).max()) if kind == "lasso" else float(weeks)
    weights = PATH * top
    errors = np.stack([
        _errors(kind, x, baseline, y, weeks - fold * horizon, horizon, weights) for fold in range(folds, 0, -1)
    ])  # fmt: skip
    best = int(np.argmin(errors.mean(axis=0)))
    excess = errors - errors[:, [best]]
    tolerable = excess.mean(axis=0) <= excess.std(axis=0, ddof=1) / np.sqrt(folds)
    return float(weights[np.flatnonzero(tolerable)[-1]])


def _errors(
    kind: str, x: Array, baseline: Array, y: Array, origin: int, horizon: int, weights: Array
) -> Array:
    """Mean squared error of the weeks after `origin` for each weight."""
    train, test = slice(0, origin), slice(origin, origin + horizon)
    z = baseline[train]
    # A holiday or a knot may not have occurred yet: its minimum-norm coefficient is zero.
    both = np.linalg.lstsq(z, np.column_stack([y[train], x[train]]), rcond=1e-8)[0]
    own = np.column_stack([y[train], x[train]]) - z @ both
    r, xr = own[:, 0], own[:, 1:]
    gram, moment = xr.T @ xr, xr.T @ r
    eye = np.eye(x.shape[1])
    l1 = weights[:, None] * (kind == "lasso")
    l2 = weights[:, None, None] * (kind == "ridge")
    c = nonnegative(gram + l2 * eye, moment - l1)  # (weight, column)
    media = x[test] - baseline[test] @ both[:, 1:]
    predicted = (baseline[test] @ both[:, 0])[:, None] + media @ c.T
    error: Array = ((y[test][:, None] - predicted) ** 2).mean(axis=0)
    return error
