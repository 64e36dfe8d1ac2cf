"""Steps of quadratic programs on the optimality conditions."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from xl_mmm.planning.piecewise import Program
from xl_mmm.planning.polish import climb
from xl_mmm.planning.stationarity import Held, one_more, stationarity

ZERO, MOST = np.zeros(3), np.full(3, 10.0)


def program(total: float) -> Program:
    """Three channels of 0 to 10 that spend `total`, worth their revenue."""
    return Program(
        ZERO, MOST, np.ones((1, 3)), np.array([total]), np.array([total]), 1.0, ZERO, None, 0.0, ZERO, ZERO, total
    )


def roots(a: np.ndarray):
    """Return a √x with slope and bend, which are large numbers at zero."""
    return lambda x: (a * np.sqrt(x), a / 2 / np.sqrt(np.maximum(x, 1e-9)), -a / 4 / np.maximum(x, 1e-9) ** 1.5)


def test_square_roots_share_money_by_their_squares() -> None:
    """Max Σ a √x: x is proportional to a², here 1 : 4 : 9 of 7 is 0.5, 2, 4.5."""
    best = climb(np.full(3, 7 / 3), program(7.0), roots(np.array([1.0, 2.0, 3.0])), 50)
    np.testing.assert_allclose(best, [0.5, 2, 4.5], rtol=1e-9)


def test_a_group_is_held_at_its_most() -> None:
    """As above with the last two held to 5 together: they share it 4 : 9, the first has 2."""
    group = dataclasses.replace(
        program(7.0),
        rows=np.array([[1.0, 1, 1], [0, 1, 1]]),
        row_low=np.array([7, -np.inf]),
        row_high=np.array([7.0, 5]),
    )
    best = climb(np.array([3.0, 2.0, 2.0]), group, roots(np.array([1.0, 2.0, 3.0])), 50)
    np.testing.assert_allclose(best, [2, 20 / 13, 45 / 13], rtol=1e-9)


def test_a_target_is_met_at_the_least_cost() -> None:
    """Σ a √x = 14 at the least Σ x: x = (a · 14 / Σ a²)² is 1, 4, 9."""
    goal = dataclasses.replace(
        program(20.0), rows=np.empty((0, 3)), row_low=np.empty(0), row_high=np.empty(0), share=0.0, price=np.ones(3),
        rate=ZERO, goal=14.0,
    )  # fmt: skip
    best = climb(np.array([5.0, 5.0, 5.0]), goal, roots(np.array([1.0, 2.0, 3.0])), 60)
    np.testing.assert_allclose(best, [1, 4, 9], rtol=1e-8)


def test_one_channel_may_bend_upwards_where_others_hold_it() -> None:
    """Slopes 1 + 0.2 x0, 3 − x1, 3 − x2 are equal where the sum is 6."""
    bend, linear = np.array([0.2, -1.0, -1.0]), np.array([1.0, 3.0, 3.0])
    best = climb(
        np.array([2.0, 1.0, 3.0]), program(6.0), lambda x: (linear * x + bend * x**2 / 2, linear + bend * x, bend), 20
    )
    gradient = linear + bend * best
    np.testing.assert_allclose(gradient, gradient[0], rtol=1e-10)


def held(x: np.ndarray, weights: np.ndarray | None = None, room: float = 0.0) -> Held:
    rows = np.ones((1, 3)) if weights is None else weights
    below = np.zeros(len(rows))
    return Held(x, ZERO, MOST, rows, below, below + room, 10.0)


def test_stationarity_reads_signs_at_the_bounds() -> None:
    x = np.array([0.0, 5.0, 10.0])
    good = stationarity(held(x), np.array([1.0, 2.0, 3.0]), 2.0)
    assert good.residual == pytest.approx(0.0, abs=1e-15)
    np.testing.assert_allclose(good.prices, [2.0])
    np.testing.assert_allclose(good.own, [-1.0, 0.0, 1.0])
    bad = stationarity(held(x), np.array([2.5, 2.0, 1.0]), 2.0)
    assert bad.residual == pytest.approx(0.5)


def test_without_a_channel_between_its_bounds_money_has_two_prices() -> None:
    corner, g = held(np.array([0.0, 10.0, 10.0])), np.array([1.0, 2.0, 3.0])
    found = stationarity(corner, g, 2.0)
    assert (found.residual, found.unique) == (0.0, False)
    assert (-one_more(corner, g, 0, -1.0), one_more(corner, g, 0, 1.0)) == (2.0, 1.0)


def test_two_rows_in_a_corner_have_prices_with_the_right_signs() -> None:
    """Channel 0 at its least; channels 1 and 2 share a group at its most, which the total holds too."""
    rows = np.array([[1.0, 1, 1], [0, 1, 1]])
    at = Held(np.array([0.0, 4, 6]), ZERO, MOST, rows, np.array([0.0, np.inf]), np.zeros(2), 10.0)
    found = stationarity(at, np.array([1.0, 3.0, 3.0]), 3.0)
    assert found.residual == pytest.approx(0.0, abs=1e-9)
    assert not found.unique
    assert found.prices.sum() == pytest.approx(3.0)
    assert found.prices[1] >= 0
    assert one_more(at, np.array([1.0, 3.0, 3.0]), 0, 1.0) == pytest.approx(1.0)
    assert one_more(at, np.array([1.0, 3.0, 3.0]), 0, -1.0) == pytest.approx(-3.0)
