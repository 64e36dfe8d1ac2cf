"""Profile search: transforms are searched, everything linear is solved inside (variable projection).

The objective of a set of transforms θ is the least penalised residual sum of squares over baseline, controls and
non-negative media coefficients. Many searches move in lock step, as a batch: the starts of one fit, or all refits of
a bootstrap, so Python's cost per step is shared.

1. *Grid* (`grid.py`): coordinate descent over transformed candidates.
2. *Levenberg-Marquardt* from the grid's answer, with Kaufman's approximation of the Jacobian, within bounds.

References
----------
Golub and Pereyra (2003), "Separable nonlinear least squares: the variable projection method", Inverse Problems 19.
Kaufman (1975), "A variable projection method for solving separable nonlinear least squares problems", BIT 15.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.grid import dictionary, grid_descent
from xl_mmm.estimation.linear import JITTER, Basis, nonnegative
from xl_mmm.estimation.problem import Penalty, Problem, column_spread
from xl_mmm.response import effective_media, saturate, saturated_with_gradient

Array = NDArray[np.float64]

CONVERGED = 1e-8  # relative improvement below which a search stops
BATCH_CELLS = 400_000  # batch x weeks x columns worked on at once: about 60 MB of temporaries
WORK = 250e6  # cells of work one call of `search` may spend; see `Effort`
ENOUGH = 12  # steps within which a search from a good start settles


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """Answers of a batch of searches.

    Attributes
    ----------
    theta
        (batch, coordinate).
    coefficient
        (batch, column) media coefficients, KPI units.
    objective
        (batch,).
    """

    theta: Array
    coefficient: Array
    objective: Array

    def take(self, index: NDArray[np.intp] | slice) -> Searched:
        """Return some of the answers."""
        return Searched(self.theta[index], self.coefficient[index], self.objective[index])


@dataclass(frozen=True, slots=True)
class Effort:
    """How much a search may do, fixed by the problem's size and never by the clock.

    Attributes
    ----------
    starts
        Given starts that are used.
    grid
        Whether the grid's answer is a start as well.
    iterations
        Most Levenberg-Marquardt steps from each.
    """

    starts: int
    grid: bool
    iterations: int


def effort(n_weeks: int, n_columns: int, n_series: int, n_starts: int, iterations: int) -> Effort:
    """Return what `WORK` affords: all that was asked for at usual sizes, at least one step at any size."""
    cells = n_weeks * n_columns * (1 + n_columns / 10) * n_series  # the Hessian grows with the square of the columns
    evaluations = max(int(WORK / max(cells, 1.0)), 1)
    total = max(min(n_starts + 1, evaluations // ENOUGH), 1)
    return Effort(max(total - 1, 1), total > 1, min(iterations, max(evaluations // total, 1)))


def search(
    problem: Problem,
    y: Array,
    starts: Array,
    penalty: Penalty,
    *,
    iterations: int = 60,
    progress: Callable[[int, int], None] | None = None,
) -> Searched:
    """Search transforms for each KPI series from each start, and keep the best answer of each series.

    Parameters
    ----------
    problem
        Exposure, families, coordinates, baseline.
    y
        (series, week) KPI series.
    starts
        (start, coordinate) tried for every series, the most promising first; the grid's answer is tried as well.
    penalty
        See `Penalty`.
    iterations
        Most Levenberg-Marquardt steps; large problems get fewer (`effort`).
    progress
        Called with (steps done, most steps).

    Returns
    -------
    Searched
        One answer a series; ties go to the grid, then to the earlier start.
    """
    n_series, n_weeks = y.shape
    plan = effort(n_weeks, problem.space.n_columns, n_series, len(starts), iterations)
    starts = starts[: plan.starts]
    own = problem.basis.residual(y)
    theta = np.repeat(starts[:, None], n_series, axis=1)  # (start, series, coordinate)
    if plan.grid:
        theta = np.concatenate([grid_descent(dictionary(problem), own, starts[0], penalty)[None], theta])
    every = theta.reshape(len(theta) * n_series, theta.shape[2])
    answer = _levenberg_marquardt(
        problem, np.tile(own, (len(theta), 1)), every, penalty, plan.iterations, progress
    )
    return answer.take(np.argmin(answer.objective.reshape(len(theta), -1), axis=0) * n_series + np.arange(n_series))


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """Objective of a batch with its gradient and approximate Hessian in θ; arrays lead with the batch."""

    objective: Array
    gradient: Array
    hessian: Array
    coefficient: Array

    def where(self, take: NDArray[np.bool_], other: _Step) -> _Step:
        """`other` where `take`, else self."""
        return _Step(
            np.where(take, other.objective, self.objective),
            np.where(take[:, None], other.gradient, self.gradient),
            np.where(take[:, None, None], other.hessian, self.hessian),
            np.where(take[:, None], other.coefficient, self.coefficient),
        )

    def rows(self, index: NDArray[np.intp]) -> _Step:
        """Return some of the batch."""
        return _Step(self.objective[index], self.gradient[index], self.hessian[index], self.coefficient[index])


def _levenberg_marquardt(
    problem: Problem,
    y: Array,
    theta: Array,
    penalty: Penalty,
    iterations: int,
    progress: Callable[[int, int], None] | None,
) -> Searched:
    """Improve every search of the batch; `y` (batch, week) is projected off the baseline already."""
    low, high = problem.space.low, problem.space.high
    theta = np.clip(theta, low, high)
    state = _evaluate(problem, y, theta, penalty)
    if theta.shape[1] == 0:
        return Searched(theta, state.coefficient, state.objective)
    answer = Searched(theta.copy(), state.coefficient.copy(), state.objective.copy())
    live = np.arange(len(y))  # numbers of the searches still running
    damping = np.full(len(y), 1e-2)
    quiet = np.zeros(len(y), dtype=int)
    for i in range(iterations):
        stuck = ((theta <= low) & (state.gradient > 0)) | ((theta >= high) & (state.gradient < 0))
        trial = np.clip(theta + _damped_step(state, damping, stuck), low, high)
        tried = _evaluate(problem, y[live], trial, penalty, slopes=i + 1 < iterations)
        better = tried.objective < state.objective
        gain = np.where(better, (state.objective - tried.objective) / np.abs(state.objective), 0.0)
        theta = np.where(better[:, None], trial, theta)
        state = state.where(better, tried)
        damping = np.clip(np.where(better, damping / 4, damping * 5), 1e-8, 1e6)
        quiet = np.where(gain > CONVERGED, 0, quiet + 1)
        answer.theta[live], answer.coefficient[live] = theta, state.coefficient
        answer.objective[live] = state.objective
        on = np.flatnonzero(quiet < 4)
        if progress is not None:
            progress(i + 1 if on.size else iterations, iterations)
        if not on.size:
            break
        if on.size < live.size:
            live, theta, damping, quiet, state = live[on], theta[on], damping[on], quiet[on], state.rows(on)
    return answer


def _damped_step(state: _Step, damping: Array, stuck: NDArray[np.bool_]) -> Array:
    """Solve (H + λ diag H) δ = −g with the coordinates that push against a bound held."""
    n = state.gradient.shape[1]
    eye = np.eye(n)
    size = np.einsum("bpp->bp", state.hessian)
    floor = 1e-9 * size.max(axis=1, keepdims=True) + np.finfo(float).tiny
    hessian = state.hessian + eye * (damping[:, None] * size + floor)[:, :, None]
    free = ~stuck
    hessian = np.where(free[:, :, None] & free[:, None, :], hessian, eye)
    step: Array = -np.linalg.solve(hessian, np.where(free, state.gradient, 0.0)[..., None])[..., 0]
    return np.clip(step, -1.5, 1.5)  # coordinates are logits and logarithms: 1.5 is a factor of 4.5


def _evaluate(problem: Problem, y: Array, theta: Array, penalty: Penalty, *, slopes: bool = True) -> _Step:
    """Evaluate a batch: where every search stands at the same θ the columns are made once, elsewhere in parts."""
    if not np.ptp(theta, axis=0).any():
        return _profiled(problem, y, theta[:1], penalty, slopes=slopes)
    size = max(1, BATCH_CELLS // (y.shape[1] * problem.space.n_columns))
    parts = [
        _profiled(problem, y[i : i + size], theta[i : i + size], penalty, slopes=slopes) for i in range(0, len(y), size)
    ]
    return _Step(*(np.concatenate([getattr(part, name) for part in parts]) for name in _Step.__slots__))


def _profiled(problem: Problem, y: Array, theta: Array, penalty: Penalty, *, slopes: bool) -> _Step:
    """Objective, gradient and approximate Hessian at θ (batch or 1, coordinate); zeros for both without `slopes`."""
    space, basis = problem.space, problem.basis
    batch, n = len(y), theta.shape[1]
    parameters = problem.parameters(theta)
    slopes = slopes and n > 0
    if slopes:
        s, by_parameter = saturated_with_gradient(problem.block, parameters)
    else:
        s = saturate(effective_media(problem.block, parameters), parameters)
    spread = column_spread(s)
    x = _off(basis, s / spread)
    gram, moment = np.matmul(x.transpose(0, 2, 1), x), _inner(x, y)
    c = nonnegative(np.broadcast_to(gram + penalty.l2 * np.eye(space.n_columns), (batch, *gram.shape[1:])),
                    moment - penalty.l1)  # fmt: skip
    residual = y - np.matmul(x, c[:, :, None])[:, :, 0]
    objective = 0.5 * (residual**2).sum(axis=1) + penalty.l1 * c.sum(axis=1) + 0.5 * penalty.l2 * (c**2).sum(axis=1)
    away = (theta - space.centre) / space.sd
    objective = objective + 0.5 * penalty.shape * (away**2).sum(axis=1)
    if not slopes:
        return _Step(objective, np.zeros((batch, n)), np.zeros((batch, n, n)), c / spread[:, 0])
    # d(S / sd) = dS / sd − S <S − mean, dS> / (T sd³); one column a coordinate, times its coefficient further down
    at = [coordinate.column for coordinate in space.coordinates]
    ds = np.stack([by_parameter[q.parameter][:, :, q.column] for q in space.coordinates], axis=2)
    ds *= space.slopes(parameters.values)[:, None, :]
    centred = s - s.mean(axis=1, keepdims=True)
    widening = np.einsum("btp,btp->bp", centred[:, :, at], ds) / (s.shape[1] * spread[:, 0, at] ** 2)
    dx = _off(basis, (ds - s[:, :, at] * widening[:, None, :]) / spread[:, :, at])
    size = c[:, at]
    gradient = -size * _inner(dx, residual) + penalty.shape * away / space.sd
    active = c > 0
    both = active[:, :, None] & active[:, None, :]
    inner = np.where(both, gram + (penalty.l2 + JITTER * s.shape[1]) * np.eye(space.n_columns), np.eye(space.n_columns))
    cross = np.where(active[:, :, None], np.matmul(x.transpose(0, 2, 1), dx), 0.0)  # (batch, column, coordinate)
    hessian = np.matmul(dx.transpose(0, 2, 1), dx) - np.matmul(cross.transpose(0, 2, 1), np.linalg.solve(inner, cross))
    hessian = size[:, :, None] * size[:, None, :] * hessian + penalty.shape * np.diag(1 / space.sd**2)
    return _Step(objective, gradient, hessian, c / spread[:, 0])


def _inner(x: Array, y: Array) -> Array:
    """Inner products of columns (batch or 1, week, column) with series (batch, week), (batch, column)."""
    inner: Array = np.matmul(x.transpose(0, 2, 1), y[:, :, None])[:, :, 0]
    return inner


def _off(basis: Basis, x: Array) -> Array:
    """Project (batch, week, column) off the baseline."""
    left: Array = x - np.matmul(basis.q, np.matmul(basis.q.T, x))
    return left
