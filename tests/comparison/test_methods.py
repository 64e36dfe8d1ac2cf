"""Real methods on a small market: the comparison's numbers are the methods' own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from xl_mmm import ChannelSpec, ModelSpec, compare, fit, simulate
from xl_mmm.comparison import Comparison, choices_sha
from xl_mmm.comparison.methods import STEPS
from xl_mmm.measures import roi, summary
from xl_mmm.simulation import Simulated

DRAWS = 20


@pytest.fixture(scope="module")
def market() -> Simulated:
    return simulate(104, 2, seed=5, trend_break=False)


@pytest.fixture(scope="module")
def compared(market: Simulated) -> tuple[Comparison, list[tuple[int, int]]]:
    seen: list[tuple[int, int]] = []
    found = compare(
        market.dataset, methods=("ols", "lasso"), draws=DRAWS, progress=lambda done, total: seen.append((done, total))
    )  # fmt: skip
    return found, seen


def test_each_method_s_numbers_are_those_of_its_fit(market: Simulated, compared: object) -> None:
    found = compared[0]  # type: ignore[index]
    assert [one.method for one in found.candidates] == ["ols", "lasso"]
    for one in found.candidates:
        model = fit(market.dataset, method=one.method, draws=DRAWS)
        table = roi(model.posterior)
        np.testing.assert_allclose([point for point, _, _ in one.returns], table["roi"], rtol=1e-12)
        np.testing.assert_allclose([low for _, low, _ in one.returns], table["roi_low"], rtol=1e-12)
        assert one.r_squared == pytest.approx(summary(model.posterior)["r_squared"])
        total = (table["roi"] * table["spend"]).sum() / table["spend"].sum()
        assert one.total[0] == pytest.approx(total)
        assert one.total[1] < one.total[0] < one.total[2]
        assert one.quarters >= 1
        assert 0 <= one.held <= 1
        assert 0 < one.score < one.miss  # a range that is of use scores below the absolute error


def test_progress_runs_from_nothing_to_all_of_it(compared: object) -> None:
    seen = compared[1]  # type: ignore[index]
    assert seen[-1] == (2 * STEPS, 2 * STEPS)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_a_method_that_cannot_be_fitted_stays_with_its_reason(market: Simulated) -> None:
    short = market.dataset.without_last(market.dataset.n_weeks - 9)
    found = compare(short, methods=("ols",), draws=DRAWS)
    (one,) = found.candidates
    assert one.refused
    assert found.fitted == ()
    assert math.isnan(found.order)


def test_choices_are_told_apart_but_for_the_margin() -> None:
    base = ModelSpec()
    assert choices_sha(base) == choices_sha(ModelSpec(margin=0.5))
    assert choices_sha(base) != choices_sha(ModelSpec(seasonality=1))
    assert choices_sha(base) != choices_sha(ModelSpec(channels={"tv": ChannelSpec(roi=(0.5, 2.0))}))
