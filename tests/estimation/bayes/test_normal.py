"""The normal distribution and normal scores against SciPy."""

from __future__ import annotations

import numpy as np

from xl_mmm.estimation.bayes.normal import quantile, scores, share_below


def test_they_are_scipy_s() -> None:
    from scipy.special import ndtr, ndtri
    from scipy.stats import rankdata

    z = np.linspace(-6, 6, 60).reshape(3, 20)
    np.testing.assert_allclose(share_below(z), ndtr(z), atol=1e-15)
    np.testing.assert_allclose(quantile(ndtr(z)), z, atol=1e-6)
    values = np.round(np.random.default_rng(0).normal(size=(50, 3)), 1)  # ties
    expected = ndtri((rankdata(values, axis=0) - 0.375) / 50.25)
    np.testing.assert_allclose(scores(values), expected, rtol=1e-12, atol=1e-12)
