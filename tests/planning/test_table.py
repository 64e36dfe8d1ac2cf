"""Tables: exact at their points, never below the curve where they bound it, finer where they are refined."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.measures.draws import window_spend
from xl_mmm.planning.bound import concave
from xl_mmm.planning.table import Source, Table

NONE = np.zeros(3)


def table(slope: float, points: int = 9, *, minimum: np.ndarray = NONE, increment: np.ndarray = NONE) -> Table:
    model = market(slope=slope, n_draws=8, history=0)
    curves, unit = ResponseCurves.of(model), window_spend(model)
    source = Source(curves, unit, ~concave(model.media, curves.columns), True, minimum, increment)
    return Table.at(source, np.linspace(0, 2, points)[:, None] ** 2 / 2 * unit)


def exact(made: Table, x: np.ndarray) -> np.ndarray:
    """Return revenue at money (point, channel)."""
    return made.source.curves.revenue(x / made.source.unit).mean(axis=0)


@pytest.mark.parametrize("slope", [0.8, 1.0, 2.2])
def test_the_broken_line_is_never_below_the_curve_however_it_is_refined(slope: float) -> None:
    made = table(slope)
    plan = np.array([0.31, 0.0, 1.7]) * made.source.unit
    for finer in (
        made,
        made.through(plan),
        made.refined(plan, 2),
        made.through(plan).refined(plan, 2).refined(plan, 3),
    ):
        np.testing.assert_allclose(finer.value, exact(finer, finer.x), rtol=1e-12, atol=1e-9)
        assert (np.diff(finer.x, axis=0) >= 0).all()
        assert finer.excess.shape == finer.falling.shape == (len(finer.x) - 1, 3)
        dense = np.linspace(finer.x[0], finer.x[-1], 400)
        curve = exact(finer, dense)
        for k in range(3):
            upper = np.interp(dense[:, k], *finer.upper(k))
            assert (upper >= curve[:, k] * (1 - 1e-12) - 1e-9).all()
    loose, tight = (np.interp(plan, *t.upper(2))[2] for t in (made, made.through(plan).refined(plan, 2)))
    assert tight <= loose + 1e-9


def test_cubics_pass_through_points_with_their_slopes() -> None:
    made = table(1.6)
    for j in (2, 5):
        value, slope, _ = made.smooth(made.x[j])
        np.testing.assert_allclose(value, made.value[j], rtol=1e-12)
        np.testing.assert_allclose(slope, made.slope[j], rtol=1e-9)
    middle = (made.x[4] + made.x[5]) / 2
    np.testing.assert_allclose(made.smooth(middle)[0], exact(made, middle[None])[0], rtol=2e-3)
    step = 1e-5 * middle
    up, down = made.smooth(middle + step), made.smooth(middle - step)
    np.testing.assert_allclose(made.smooth(middle)[1], (up[0] - down[0]) / (2 * step), rtol=1e-6)
    np.testing.assert_allclose(made.smooth(middle)[2], (up[1] - down[1]) / (2 * step), rtol=1e-5)
    value, slope = made.smooth_draws(middle)
    np.testing.assert_allclose(value.mean(axis=0), made.smooth(middle)[0], rtol=1e-12)
    assert value.shape == slope.shape == (8, 3)


def test_steps_that_no_plan_can_stand_in_are_not_raised() -> None:
    open_, closed = table(2.2), table(2.2, minimum=np.full(3, 1e9))
    assert (closed.upper(0)[1] <= np.interp(closed.upper(0)[0], *open_.upper(0)) + 1e-9).all()
    np.testing.assert_array_equal(closed.upper(0)[1], closed.value[:, 0])
    stepped = table(2.2, increment=np.full(3, 50.0))
    finer = stepped.refined(stepped.x[4], 3)
    new = np.setdiff1d(finer.x[:, 1], stepped.x[:, 1])
    assert new.size
    np.testing.assert_allclose(new / 50, np.round(new / 50), atol=1e-9)


def test_half_of_the_draws() -> None:
    made = table(1.3)
    odd = made.on_draws(1)
    np.testing.assert_allclose(odd.value, made.draws[1::2].mean(axis=0))
    np.testing.assert_allclose((odd.value + made.on_draws(0).value) / 2, made.value)
