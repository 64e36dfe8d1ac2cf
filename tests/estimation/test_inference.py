"""HAC inference is statsmodels' own, on columns of any scale, and labelled."""

from __future__ import annotations

import numpy as np
from statsmodels.regression.linear_model import OLS

from xl_mmm.estimation.inference import hac_inference


def test_it_is_statsmodels_and_says_what_is_fixed() -> None:
    rng = np.random.default_rng(7)
    x = np.column_stack([np.ones(100), rng.normal(size=100)])
    y = x @ np.array([5.0, 2.0]) + rng.normal(size=100)
    frame = hac_inference(x * np.array([1.0, 1e9]), y, ["intercept", "tv"])
    reference = OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": 4, "use_correction": True})
    np.testing.assert_allclose(frame["coefficient"] * [1.0, 1e9], reference.params, rtol=1e-9)
    np.testing.assert_allclose(frame["se"] * [1.0, 1e9], reference.bse, rtol=1e-9)
    assert "transforms held fixed" in frame.attrs["label"]
