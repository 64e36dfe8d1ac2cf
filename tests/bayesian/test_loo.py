"""Weeks left out: their densities add up to the likelihood, a week that decides alone is named."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from xl_mmm.bayesian.loo import loo, week_densities
from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.measures.contribution import weekly_means
from xl_mmm.posterior_moves import by_hand, on_data
from xl_mmm.simulation import simulate
from xl_mmm.spec import ModelSpec

TINY = simulate(weeks=60, channels=1, seed=4, controls=1, history=4)
ODD = 30  # a week whose KPI nothing explains


@pytest.fixture(scope="module")
def model() -> FittedMMM:
    return fit(TINY.dataset, TINY.spec, method="bayes", draws=4_000)  # of fewer, some week looks odd by chance


def test_the_weeks_add_up_to_the_density_of_the_errors(model: FittedMMM) -> None:
    from scipy.stats import multivariate_normal

    first = model.posterior.take(slice(0, 3))
    for i in range(3):
        one = first.take(slice(i, i + 1))
        error = weekly_means(one)[1][:, -1]
        lag = np.abs(np.subtract.outer(np.arange(60), np.arange(60)))
        covariance = one.sigma[0] ** 2 * one.rho[0] ** lag
        expected = multivariate_normal(cov=covariance).logpdf(error)
        assert week_densities(first)[i].sum() == pytest.approx(expected, rel=1e-9)


def test_a_fit_keeps_it_and_a_move_drops_it(model: FittedMMM) -> None:
    record = model.posterior.loo
    assert record is not None
    assert record == loo(model.posterior)
    assert 2 < record.p_loo < 20
    assert record.se > 0
    assert record.n_above == 0
    statistics = model.summary()
    assert statistics[["loo_elpd", "loo_se", "loo_parameters", "largest_k"]].tolist() == [
        record.elpd, record.se, record.p_loo, record.largest_k,
    ]  # fmt: skip
    assert FittedMMM.from_text(model.to_text()).posterior.loo == record
    assert by_hand(model.posterior, {"TV": {"decay": 0.5}}).loo is None
    assert on_data(model.posterior, model.dataset).loo is None
    assert loo(model.posterior.take(slice(0, 99))) is None
    assert np.isnan(fit(TINY.dataset, draws=2).summary()["loo_elpd"])


def test_without_the_driver_unseen_weeks_are_foretold_worse(model: FittedMMM) -> None:
    bare = fit(TINY.dataset, ModelSpec(seasonality=0), method="bayes", draws=400).posterior.loo
    assert bare is not None
    assert model.posterior.loo is not None
    assert bare.elpd < model.posterior.loo.elpd - 5


def test_a_week_that_decides_alone_is_for_review() -> None:
    data, kpi = TINY.dataset, TINY.dataset.kpi.copy()
    kpi[data.n_history + ODD] *= 1.8
    fitted = fit(dataclasses.replace(data, kpi=kpi), TINY.spec, method="bayes", draws=4_000)
    record = fitted.posterior.loo
    assert record is not None
    assert record.largest_k > 1
    assert record.worst == str(data.window_dates[ODD])
    assert 1 <= record.n_above <= 2  # AR(1) errors: the week after it is foretold from it
    check = fitted.checks().set_index("check").loc["Weeks that decide alone"]
    assert (check["status"], check["value"], check["threshold"]) == ("REVIEW", record.largest_k, record.k_limit)
    assert record.worst in check["action"]
