"""What plans bring by channel, shared between plans, against the forward model on changed data."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.measures import curves as curves_module
from xl_mmm.measures.curves import ResponseCurves, curves_of
from xl_mmm.measures.draws import carried_out, earned
from xl_mmm.measures.plan_revenue import curves_under, plan_carry_out, plan_revenue, plan_slope
from xl_mmm.response import outcome_weights


@pytest.fixture(scope="module")
def posterior():
    return market(60, 3, 20, revenue_per_kpi=2.0)


def changed(posterior, exposure):
    """Return the same draws on data whose window has other exposure."""
    dataset, media = posterior.dataset, posterior.dataset.media.copy()
    media[dataset.window] *= exposure
    return dataclasses.replace(posterior, dataset=dataclasses.replace(dataset, media=media, geo=None))


def plans(posterior):
    weeks = posterior.dataset.n_weeks
    uneven = np.ones((weeks, 3))
    uneven[: weeks // 2, 1], uneven[:, 2] = 0.0, np.linspace(0.5, 2.0, weeks)
    return [np.ones((weeks, 3)), np.tile([0.0, 1.3, 2.0], (weeks, 1)), uneven]


@pytest.mark.parametrize("which", range(3))
def test_a_plan_brings_what_the_model_says_of_its_weeks(posterior, which):
    exposure = plans(posterior)[which]
    made = changed(posterior, exposure)
    assert plan_revenue(posterior, exposure) == pytest.approx(earned(made).revenue[:, :3], rel=1e-9, abs=1e-9)
    after = carried_out(made)[:, :3] * outcome_weights(posterior.dataset)[-1]
    assert plan_carry_out(posterior, exposure, (0, 1, 2)) == pytest.approx(after, rel=1e-9, abs=1e-9)
    assert plan_revenue(posterior, exposure, (2,)) == pytest.approx(earned(made).revenue[:, [2]], rel=1e-9)


@pytest.mark.parametrize("which", range(3))
def test_curves_about_a_plan_are_those_of_its_weeks(posterior, which, monkeypatch):
    exposure, points = plans(posterior)[which], np.array([[0.0, 0.5], [1.0, 1.0], [3.0, 0.2]])
    direct = ResponseCurves.of(changed(posterior, exposure), (1, 2)).revenue(points)
    assert curves_under(posterior, exposure, (1, 2)).revenue(points) == pytest.approx(direct, rel=1e-9, abs=1e-9)
    monkeypatch.setattr(curves_module, "KEPT_CELLS", 0)  # a model too large to keep: block by block
    large = dataclasses.replace(posterior)
    assert curves_under(large, exposure, (1, 2)).revenue(points) == pytest.approx(direct, rel=1e-9, abs=1e-9)
    assert plan_revenue(large, exposure, (1, 2)) == pytest.approx(direct[:, 1], rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("multiples", [[1.0, 1.0, 1.0], [0.0, 1.3, 2.0]])
def test_the_slope_is_that_of_the_curves(posterior, multiples):
    at = np.array(multiples)
    direct = ResponseCurves.of(posterior).slope(at)[:, 0]
    assert plan_slope(posterior, at) == pytest.approx(direct, rel=1e-9, abs=1e-9)


def test_curves_are_shared_by_all_who_ask(posterior):
    assert curves_of(posterior) is curves_of(posterior)
    one = curves_of(posterior, (1,)).revenue([0.7])
    assert one == pytest.approx(ResponseCurves.of(posterior, (1,)).revenue([0.7]), rel=1e-9)


def test_what_is_shared_cannot_be_changed(posterior):
    found = plan_revenue(posterior, plans(posterior)[1])
    found += 1.0
    assert plan_revenue(posterior, plans(posterior)[1]) == pytest.approx(found - 1.0)
