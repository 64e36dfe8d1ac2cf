"""First step of the profile search: coordinate descent over a dictionary of transformed candidates.

Each column has its candidates, projected off the baseline. In Gram space the best candidate of one column given the
others is a scalar formula, so hundreds of series are searched at next to no cost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.linear import JITTER, nonnegative
from xl_mmm.estimation.problem import Penalty, Problem, column_spread
from xl_mmm.response import MediaBlock, MediaParameters, effective_media, saturate

Array = NDArray[np.float64]

CANDIDATES = 1600  # grid columns of all channels together
CANDIDATE_CELLS = 1_500_000  # grid columns x weeks
SWEEPS = 4  # passes of the coordinate descent over the channels


@dataclass(frozen=True, slots=True, eq=False)
class Dictionary:
    """Candidates of all columns: `theta[k]` (candidate, coordinate of k), `place[k]` their slice of `column`."""

    theta: list[Array]
    place: list[slice]
    positions: list[list[int]]
    column: Array  # (week, candidate), standardised and projected off the baseline
    gram: Array
    shape_cost: Array  # (candidate,) half the squared distance from the prior's centre


def dictionary(problem: Problem) -> Dictionary:
    """Transform every candidate of every column."""
    space = problem.space
    every = min(CANDIDATES, CANDIDATE_CELLS // len(problem.block.window))
    limit = max(2, every // max(space.n_columns, 1))
    thetas, places, positions, columns, costs = [], [], [], [], []
    start = 0
    for k in range(space.n_columns):
        own = space.candidates(k, limit)
        at = space.positions(k)
        column = _one_column(problem, k, own)
        centre, sd = space.centre[at], space.sd[at]
        thetas.append(own)
        positions.append(at)
        places.append(slice(start, start + len(own)))
        columns.append(problem.basis.residual(column).T)
        costs.append(0.5 * (((own - centre) / sd) ** 2).sum(axis=1))
        start += len(own)
    column = np.concatenate(columns, axis=1)
    return Dictionary(thetas, places, positions, column, column.T @ column, np.concatenate(costs))


def _one_column(problem: Problem, k: int, own: Array) -> Array:
    """Return standardised S(u) of column `k` for its candidates, (candidate, week)."""
    f, space = problem.families, problem.space
    at = space.positions(k)
    theta = np.tile(space.centre, (len(own), 1))
    theta[:, at] = own
    values = {name: value[:, [k]] for name, value in space.values(theta).items()}
    one = MediaParameters(
        (f.names[k],), (f.adstock[k],), (f.saturation[k],), (f.max_lag[k],), values, np.ones((len(own), 1))
    )
    block = MediaBlock(problem.block.media[:, [k]], problem.block.n_history, problem.block.period_weeks)
    s = saturate(effective_media(block, one), one)[:, :, 0]
    return s / column_spread(s[:, :, None])[:, :, 0]


def grid_descent(candidates: Dictionary, y: Array, start: Array, penalty: Penalty) -> Array:
    """Coordinate descent over candidates for each series (series, week); returns (series, coordinate)."""
    n_series, n_columns = len(y), len(candidates.theta)
    moment = y @ candidates.column  # (series, candidate)
    chosen = np.empty((n_series, n_columns), dtype=np.intp)
    for k, own in enumerate(candidates.theta):
        distance = ((own - start[candidates.positions[k]]) ** 2).sum(axis=1)
        chosen[:, k] = candidates.place[k].start + int(np.argmin(distance))
    for _ in range(SWEEPS):
        before = chosen.copy()
        for k in range(n_columns):
            chosen[:, k] = _best_candidate(candidates, moment, chosen, k, penalty)
        if np.array_equal(before, chosen):
            break
    theta = np.tile(start, (n_series, 1))
    for k, own in enumerate(candidates.theta):
        theta[:, candidates.positions[k]] = own[chosen[:, k] - candidates.place[k].start]
    return theta


def _best_candidate(
    candidates: Dictionary, moment: Array, chosen: NDArray[np.intp], k: int, penalty: Penalty
) -> NDArray[np.intp]:
    """Return the candidate of column `k` that lowers the objective most, given the other columns' candidates."""
    place = candidates.place[k]
    others = np.delete(chosen, k, axis=1)
    rows = np.arange(len(chosen))[:, None]
    gram = candidates.gram[others[:, :, None], others[:, None, :]] + penalty.l2 * np.eye(others.shape[1])
    shifted = moment - penalty.l1
    active = nonnegative(gram, shifted[rows, others]) > 0
    eye = np.eye(others.shape[1])
    gram = np.where(active[:, :, None] & active[:, None, :], gram * (1 + JITTER * eye), eye)
    cross = np.where(active[:, :, None], candidates.gram[others, place], 0.0)  # (series, other, candidate)
    pull = np.where(active, shifted[rows, others], 0.0)
    solved = np.linalg.solve(gram, np.concatenate([cross, pull[:, :, None]], axis=2))
    own = np.diag(candidates.gram)[place] + penalty.l2
    left = own - np.einsum("sok,sok->sk", cross, solved[:, :, :-1])
    gain = shifted[:, place] - np.einsum("sok,so->sk", cross, solved[:, :, -1])
    lowered = np.where(gain > 0, gain**2 / np.maximum(left, 1e-9 * own), 0.0) / 2
    best: NDArray[np.intp] = place.start + np.argmax(lowered - penalty.shape * candidates.shape_cost[place], axis=1)
    return best
