from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.planning import evaluate_plan
from xl_mmm.planning.curve_table import MOST, N_TESTED, SEED, STEP, CurveTable


@pytest.fixture(scope="module")
def model():
    return market(60, 3, 40, revenue_per_kpi=2.0, margin=0.6)


@pytest.fixture(scope="module")
def table(model):
    return CurveTable.of(model)


def exact(model, plan):
    return evaluate_plan(model, dict(zip(model.dataset.channels, plan, strict=True))).outcome


def test_at_its_points_the_table_is_the_model(model, table):
    for plan in (np.ones(3), np.array([0.0, 1.5, MOST]), np.array([STEP, 0.5, 2.0])):
        assert table.read(plan[None, :]).sum() == pytest.approx(exact(model, plan), rel=1e-12)


def test_the_error_is_the_largest_over_the_tested_plans(model, table):
    plans = np.random.default_rng(SEED).uniform(0.0, MOST, (N_TESTED, 3))
    missed = [abs(exact(model, plan) - table.read(plan[None, :]).sum()) for plan in plans[:20]]
    assert 0 < max(missed) / exact(model, np.ones(3)) <= table.error * (1 + 1e-9) < 0.02
