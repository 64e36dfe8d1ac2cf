"""Variance inflation and condition index against their definitions and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.outliers_influence import variance_inflation_factor

from xl_mmm.diagnostics.collinearity import closest, condition_index, variance_inflation


@pytest.fixture
def columns() -> np.ndarray:
    rng = np.random.default_rng(3)
    base = rng.normal(size=(120, 4)) * [1, 50, 1e4, 1e-3] + [2, 9, 3e4, 0]
    base[:, 3] = base[:, 0] * 1e-3 + rng.normal(size=120) * 2e-4
    return base


def test_vif_is_one_over_one_minus_r_squared_as_statsmodels_has_it(columns):
    with_constant = np.column_stack([np.ones(len(columns)), columns])
    reference = [variance_inflation_factor(with_constant, j) for j in range(1, 5)]
    assert variance_inflation(columns) == pytest.approx(reference, rel=1e-8)


def test_vif_does_not_depend_on_units(columns):
    scaled = columns * [1e6, 1e-6, 3, 7] + 5
    assert variance_inflation(scaled) == pytest.approx(variance_inflation(columns), rel=1e-8)


def test_a_combination_has_infinite_vif_and_the_bystander_does_not(columns):
    combined = np.column_stack([columns[:, :3], columns[:, 0] + 2 * columns[:, 1]])
    vif = variance_inflation(combined)
    assert np.isinf(vif[[0, 1, 3]]).all()
    assert vif[2] == pytest.approx(1, abs=0.2)


def test_a_constant_column_has_no_vif_and_leaves_the_others_theirs(columns):
    with_constant = np.column_stack([columns, np.full(len(columns), 7.0)])
    vif = variance_inflation(with_constant)
    assert np.isnan(vif[-1])
    assert vif[:-1] == pytest.approx(variance_inflation(columns), rel=1e-12)


def test_more_columns_than_rows_are_all_dependent():
    vif = variance_inflation(np.random.default_rng(0).normal(size=(4, 7)))
    assert np.isinf(vif).all()


def test_condition_index_of_orthogonal_columns_is_one():
    assert condition_index(np.eye(5) * [1, 2, 3, 4, 5]).index == pytest.approx(1)


def test_condition_index_names_the_pair(columns):
    close = np.column_stack([np.ones(120), columns[:, 1], columns[:, 2], columns[:, 1] + columns[:, 2] * 1e-6])
    result = condition_index(close)
    assert result.index > 30
    assert set(np.argsort(-result.shares)[:2]) == {1, 3}


def test_condition_index_of_equal_columns_is_infinite_and_zero_columns_are_left_out(columns):
    equal = np.column_stack([columns[:, 0], columns[:, 1], 2 * columns[:, 0], np.zeros(120)])
    result = condition_index(equal)
    assert np.isinf(result.index)
    assert set(np.argsort(-result.shares)[:2]) == {0, 2}
    assert result.shares[3] == 0


def test_closest_names_the_partner_with_its_sign(columns):
    opposite = np.column_stack([columns[:, :3], -columns[:, 1]])
    assert closest(opposite, 1) == (3, pytest.approx(-1))
