"""Newton steps on the optimality conditions."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.planning.polish import log_step, newton_step, polish, stationarity

LEAST, MOST = np.zeros(3), np.array([10.0, 10.0, 10.0])


def test_square_roots_share_money_by_their_squares() -> None:
    """Max Σ a √x: x is proportional to a², here 1 : 4 : 9 of 7 is 0.5, 2, 4.5."""
    a = np.array([1.0, 2.0, 3.0])
    best = polish(np.full(3, 7 / 3), lambda x: a / 2 / np.sqrt(x), lambda x: -a / 4 / x**1.5, LEAST, MOST, 50, log_step)
    np.testing.assert_allclose(best, [0.5, 2, 4.5], rtol=1e-9)


def test_a_step_keeps_the_sum_and_the_bounds() -> None:
    x = np.array([0.0, 5.0, 10.0])
    step = newton_step(x, np.array([1.0, 5.0, 2.0]), np.array([-1.0, -2.0, -0.5]), LEAST, MOST)
    assert step.sum() == pytest.approx(0, abs=1e-12)
    assert ((x + step >= LEAST) & (x + step <= MOST)).all()
    assert step[1] > 0


def test_one_channel_may_bend_upwards_where_others_hold_it() -> None:
    """Slopes 1 + 0.2 x0, 3 − x1, 3 − x2 are equal where the sum is 6: one Newton step finds it."""
    bend = np.array([0.2, -1.0, -1.0])
    linear = np.array([1.0, 3.0, 3.0])
    best = polish(np.array([2.0, 1.0, 3.0]), lambda x: linear + bend * x, lambda _: bend, LEAST, MOST, 20)
    gradient = linear + bend * best
    np.testing.assert_allclose(gradient, gradient[0], rtol=1e-10)


def test_stationarity_reads_signs_at_the_bounds() -> None:
    x = np.array([0.0, 5.0, 10.0])
    good = stationarity(x, np.array([1.0, 2.0, 3.0]), LEAST, MOST)
    assert (good.residual, good.price) == (0.0, 2.0)
    bad = stationarity(x, np.array([2.5, 2.0, 1.0]), LEAST, MOST)
    assert bad.residual == pytest.approx(0.5)
    none = stationarity(np.array([0.0, 10.0, 10.0]), np.array([1.0, 2.0, 3.0]), LEAST, MOST)
    assert none.price is None
    assert (none.price_less, none.price_more, none.residual) == (2.0, 1.0, 0.0)
