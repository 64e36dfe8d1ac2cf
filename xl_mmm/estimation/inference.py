"""Textbook inference on the final regression, by statsmodels.

The transforms are held fixed at the searched values, so these standard errors are too small: the label says so, and
ranges shown to planners come from the bootstrap instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]

LABEL = "HAC standard errors, transforms held fixed"


def hac_inference(design: Array, y: Array, names: Sequence[str]) -> pd.DataFrame:
    """Return coefficients with heteroskedasticity and autocorrelation consistent standard errors.

    Parameters
    ----------
    design
        (week, column), baseline, controls and transformed media.
    y
        (week,) KPI.
    names
        Column names.

    Returns
    -------
    DataFrame
        Index column name; coefficient, se, t, p_value. `attrs["label"]` says what is held fixed.

    References
    ----------
    Newey and West (1994), "Automatic lag selection in covariance matrix estimation", Review of Economic Studies 61.
    """
    import pandas as pd
    from statsmodels.regression.linear_model import OLS

    scale = np.sqrt((design**2).sum(axis=0))  # statsmodels' solver needs well-scaled columns
    lags = int(4 * (len(y) / 100) ** (2 / 9))
    result = OLS(y, design / scale).fit(method="qr", cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    frame = pd.DataFrame(
        {
            "coefficient": np.asarray(result.params) / scale,
            "se": np.asarray(result.bse) / scale,
            "t": np.asarray(result.tvalues),
            "p_value": np.asarray(result.pvalues),
        },
        index=pd.Index(list(names), name="column"),
    )
    frame.attrs["label"] = f"{LABEL}; {lags} lags"
    return frame
