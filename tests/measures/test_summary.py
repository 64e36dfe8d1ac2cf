"""Fit statistics on numbers small enough for paper."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.measures import MEANINGS, contribution, summary
from xl_mmm.measures.summary import fit_statistics

KPI, RESIDUAL = np.array([10.0, 20.0, 30.0, 40.0]), np.array([1.0, -1.0, 1.0, -1.0])


def test_on_paper() -> None:
    s = fit_statistics(KPI, RESIDUAL, 2)
    assert s["r_squared"] == pytest.approx(1 - 4 / 500)
    assert s["adjusted_r_squared"] == pytest.approx(1 - 4 / 500 * 3 / 2)
    assert s["mape"] == pytest.approx((1 / 10 + 1 / 20 + 1 / 30 + 1 / 40) / 4)
    assert s["wmape"] == pytest.approx(0.04)
    assert s["nrmse"] == pytest.approx(1 / 30)
    assert s["nrmse_mean"] == pytest.approx(1 / 25)
    assert s["durbin_watson"] == pytest.approx(3)  # three changes of 2, squared, over 4


def test_a_week_without_kpi_leaves_mape_blank_and_wmape_alive() -> None:
    s = fit_statistics(np.array([0.0, 20.0]), np.array([1.0, -1.0]), 1)
    assert np.isnan(s["mape"])
    assert s["wmape"] == pytest.approx(0.1)


def test_agrees_with_statsmodels_and_the_decomposition() -> None:
    from statsmodels.stats.stattools import durbin_watson

    model = market()
    s, residual = summary(model), contribution(model)["residual"]
    assert list(s.index) == list(MEANINGS)
    assert s["durbin_watson"] == pytest.approx(durbin_watson(residual))
    assert s["nrmse"] == pytest.approx(np.sqrt((residual**2).mean()) / np.ptp(model.dataset.window_kpi))
    assert 0 <= s["decomp_rssd"] < 1
    assert s["n_weeks"] == 60
    # intercept, trend, one wave (2), price; three channels with decay, half_saturation, slope, coefficient
    assert s["n_parameters"] == 5 + 3 * 4
