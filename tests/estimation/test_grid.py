"""The grid's scalar formula against brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from tests.estimation.test_profile import problem
from xl_mmm.estimation.grid import _best_candidate, dictionary, grid_descent
from xl_mmm.estimation.problem import Penalty
from xl_mmm.spec import ChannelSpec

CHANNELS = {"tv": ChannelSpec(), "search": ChannelSpec(saturation="michaelis_menten")}


@pytest.fixture(scope="module")
def market():
    task, y = problem(CHANNELS)
    return task, dictionary(task), task.basis.residual(y[None])


def test_candidates_are_standardised_and_off_the_baseline(market) -> None:
    task, candidates, _ = market
    assert len(candidates.theta) == 2
    np.testing.assert_allclose(task.basis.q.T @ candidates.column, 0, atol=1e-9)
    np.testing.assert_allclose(candidates.gram, candidates.column.T @ candidates.column, rtol=1e-12)


def test_the_best_candidate_is_the_one_brute_force_finds(market) -> None:
    _, candidates, y = market
    other = candidates.place[1].start
    chosen = np.array([[candidates.place[0].start, other]])
    picked = _best_candidate(candidates, y @ candidates.column, chosen, 0, Penalty())[0]
    misses = [
        nnls(candidates.column[:, [j, other]], y[0])[1]
        for j in range(candidates.place[0].start, candidates.place[0].stop)
    ]
    assert misses[picked] == pytest.approx(min(misses), rel=1e-9)


def test_descent_never_ends_worse_than_it_began(market) -> None:
    task, candidates, y = market
    start = task.space.centre
    end = grid_descent(candidates, y, start, Penalty())[0]

    def miss(theta: np.ndarray) -> float:
        columns = []
        for k, own in enumerate(candidates.theta):
            at = np.abs(own - theta[candidates.positions[k]]).sum(axis=1).argmin()
            columns.append(candidates.column[:, candidates.place[k].start + at])
        return float(nnls(np.column_stack(columns), y[0])[1])

    assert miss(end) <= miss(start)
