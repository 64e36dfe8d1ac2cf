"""From a good plan to a stationary one: quadratic programs on the optimality conditions.

Worth is a sum of one curve per channel, so its second derivatives are a diagonal and each step is a small quadratic
program with linear limits, solved exactly. Conventions: x is money by channel; a curve's value, slope and bend are
revenue and its first two derivatives by money.

References
----------
Lawson and Hanson (1974), "Solving Least Squares Problems", chapter 23: least distance programming.
Nocedal and Wright (2006), "Numerical Optimization", chapter 18: sequential quadratic programming.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from xl_mmm.planning.piecewise import Program

Array = NDArray[np.float64]
Curves = Callable[[Array], tuple[Array, Array, Array]]  # plan -> value, slope, bend, each (channel,)

FLATTEST = 1e-9  # least curvature of a step, as a share of the steepest slope per scale
STATIONARY = 1e-13  # share of the scale that a last step moves
SHORTEST = 1e-3  # share of a step below which none is tried
KEPT = 1e-9  # share of the scale within which a limit counts as met


def climb(
    x: Array, program: Program, curves: Curves, steps: int, *, careful: bool = True, shortest: float = STATIONARY
) -> Array:
    """Return the stationary plan that steps from x lead to.

    Parameters
    ----------
    x
        (channel,) money within the limits.
    program
        Limits and worth; minimums and increments are not looked at.
    curves
        Responses at a plan.
    steps
        Most steps.
    careful
        Whether a step is halved until it pays; without, `curves` is asked once a step.
    shortest
        Share of the scale that a last step moves.
    """
    value, slope, bend = curves(x)
    # of what is missed of the target: its multiplier, and what merit takes for it
    price, penalty = _target_price(program, x, slope), 1.0
    for _ in range(steps):
        gradient = program.share * slope - program.price
        limits, ends = _linearized(program, x, value, slope)
        weight = program.share + price
        step, price = _quadratic(gradient, weight * bend, limits, ends, program)
        penalty = max(penalty, 2.0 * price)
        size, merit = 1.0, _merit(program, x, value, penalty)
        while True:
            there = np.clip(x + size * step, program.low, program.high)
            value, slope, bend = curves(there)
            if not careful or _merit(program, there, value, penalty) >= merit - 1e-14 * abs(merit) or size < SHORTEST:
                break
            size *= 0.5
        if careful and size < SHORTEST:
            return x
        moved = float(np.abs(there - x).max())
        x = there
        if moved <= shortest * program.scale:
            break
    return x


def _target_price(program: Program, x: Array, slope: Array) -> float:
    """Return the target's multiplier that best explains the slopes of channels between their bounds."""
    if program.rate is None:
        return 0.0
    between = (x > program.low) & (x < program.high)
    worth, met = (program.share * slope - program.price)[between], (slope - program.rate)[between]
    square = float(met @ met)
    return max(-float(worth @ met) / square, 0.0) if square > 0 else 0.0


def _merit(program: Program, x: Array, value: Array, penalty: float) -> float:
    """Return worth less a price on what a plan misses of its targets."""
    revenue = float(value.sum())
    return program.value(x, revenue) - penalty * max(program.shortfall(x, revenue), 0.0)


def _linearized(program: Program, x: Array, value: Array, slope: Array) -> tuple[Array, Array]:
    """Return limits · step ≥ ends: bounds, rows, and the targets' tangent last."""
    n = len(x)
    limits, ends = [np.eye(n), -np.eye(n)], [program.low - x, x - program.high]
    spent = program.rows @ x
    for finite, sign, room in (
        (np.isfinite(program.row_low), 1.0, program.row_low - spent),
        (np.isfinite(program.row_high), -1.0, spent - program.row_high),
    ):
        limits.append(sign * program.rows[finite])
        ends.append(room[finite])
    if program.rate is not None:
        limits.append((slope - program.rate)[None])
        ends.append(np.array([program.shortfall(x, float(value.sum()))]))
    return np.vstack(limits), np.concatenate(ends)


def _quadratic(gradient: Array, bend: Array, limits: Array, ends: Array, program: Program) -> tuple[Array, float]:
    """Maximise gradient·δ + ½ bend·δ² over limits·δ ≥ ends; return δ and the multiplier of the last limit.

    Bends are made negative to find which limits hold. Given those, the true bends are used where they make a maximum.
    """
    from scipy.optimize import nnls

    scale, steepest = program.scale, float(np.abs(gradient).max()) or 1.0
    stiff = np.maximum(np.abs(bend), FLATTEST * steepest / scale)
    root = np.sqrt(stiff)
    # δ = (y + g/root) / root turns it into: shortest y with (limits/root) y ≥ ends − limits g/stiff
    matrix = limits / root
    right = ends - limits @ (gradient / stiff)
    norm = np.sqrt((matrix**2).sum(axis=1))
    norm[norm == 0] = 1.0
    matrix, right = matrix / norm[:, None], right / norm
    size = float(np.abs(right).max()) or 1.0
    system = np.vstack([matrix.T, right[None] / size])
    target = np.append(np.zeros(len(gradient)), 1.0)
    weights, _ = nnls(system, target, maxiter=50 * system.shape[1])
    residual = system @ weights - target
    y = -residual[:-1] / residual[-1] * size if residual[-1] < 0 else np.zeros(len(gradient))
    step = (y + gradient / root) / root
    held = _independent(limits, weights > 0)
    multipliers = np.zeros(len(limits))
    for diagonal in (-bend, stiff):  # the second is always a maximum
        if diagonal is not stiff and not _maximum(diagonal, limits[held]):
            continue
        exact, own = _held(gradient, diagonal, limits[held], ends[held])
        if ((limits @ exact) >= ends - KEPT * scale * np.abs(limits).max(axis=1)).all():
            step = exact
            multipliers[held] = own
            break
    price = float(max(multipliers[-1], 0.0)) if program.rate is not None else 0.0
    return step, price


def _held(gradient: Array, diagonal: Array, limits: Array, ends: Array) -> tuple[Array, Array]:
    """Solve diagonal δ = gradient + limitsᵀ μ, limits δ = ends."""
    n, m = len(gradient), len(limits)
    unit = float(np.abs(diagonal).max()) or 1.0
    system = np.zeros((n + m, n + m))
    system[:n, :n] = np.diag(diagonal / unit)
    system[:n, n:], system[n:, :n] = -limits.T, limits
    solution = np.asarray(np.linalg.solve(system, np.append(gradient / unit, ends)), dtype=float)
    return solution[:n], solution[n:] * unit


def _maximum(diagonal: Array, limits: Array) -> bool:
    """Whether −diagonal bends every move that keeps the limits downwards."""
    if (diagonal > 0).all():
        return True
    if len(limits) == 0:
        return False
    _, values, vectors = np.linalg.svd(limits)
    rank = int((values > 1e-10 * values.max()).sum())
    basis = vectors[rank:]
    if not len(basis):
        return True
    reduced = np.linalg.eigvalsh(basis @ (diagonal[:, None] * basis.T))
    return bool(reduced.min() > 1e-9 * np.abs(diagonal).max())


def _independent(limits: Array, held: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return held limits of which none follows from those before it."""
    chosen: list[int] = []
    basis = np.empty((0, limits.shape[1]))
    for i in np.flatnonzero(held):
        rest = limits[i] - basis.T @ (basis @ limits[i])
        rest -= basis.T @ (basis @ rest)
        length = float(np.sqrt(rest @ rest))
        if length > 1e-9 * float(np.sqrt(limits[i] @ limits[i])):
            chosen.append(int(i))
            basis = np.vstack([basis, rest / length])
    return np.array(chosen, dtype=np.intp)
