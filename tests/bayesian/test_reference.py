"""`bayes` agrees with NUTS on the same model, data and priors (`tests/golden/make_nuts_reference.py`).

One data set here; `tests/benchmarks/bench_reference.py` compares them all.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.bayesian.agreement import ENOUGH, MEAN_APART, RUNS, SD_APART, differences
from tests.bayesian.references import EXAMPLE, MARKETS
from xl_mmm.fitting import fit
from xl_mmm.posterior import Posterior

NAME, DRAWS = "no_revenue", 24_000  # the smallest


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return fit(*MARKETS[NAME](), method="bayes", draws=DRAWS).posterior


def test_means_and_standard_deviations_are_those_of_nuts(posterior: Posterior) -> None:
    assert posterior.sampling is not None
    assert posterior.sampling.tail_ess >= ENOUGH
    found = differences(NAME, posterior)
    assert len(found) == 23
    assert [d for d in found if abs(d.mean) > MEAN_APART or abs(d.sd) > SD_APART] == []


def test_a_posterior_without_its_upper_tail_is_told_apart(posterior: Posterior) -> None:
    cut = posterior.take(np.flatnonzero(posterior.rho < np.quantile(posterior.rho, 0.95)))
    found = {(d.place, d.name): d for d in differences(NAME, cut)}
    assert found["noise", "rho"].mean < -MEAN_APART
    assert found["noise", "rho"].sd < -SD_APART


def test_the_runs_of_nuts_met_and_are_long_enough() -> None:
    assert set(RUNS) == {*MARKETS, EXAMPLE}
    for run in RUNS.values():
        assert run["largest_r_hat"] < 1.001
        assert run["smallest_ess"] >= ENOUGH
        assert run["divergences"] <= 1e-3 * run["chains"] * run["draws"]


@pytest.mark.parametrize("name", MARKETS)
def test_the_markets_are_those_of_the_runs(name: str) -> None:
    assert MARKETS[name]()[0].sha == RUNS[name]["data"]
