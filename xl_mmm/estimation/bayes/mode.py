"""Where a log density is highest, from many starts at once, and how it falls off there (Laplace).

All starts climb in lock step by BFGS, one evaluation of the batch a step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Density = Callable[[Array], tuple[Array, Array]]  # (batch, coordinate) -> log density (batch,), gradient

STEPS = 300  # most steps of a climb
FLAT = 1e-5  # gain still foreseen below which a climb is over
LONGEST = 2.0  # step in any coordinate; these are logits and logarithms
SUFFICIENT = 1e-4  # share of the foreseen gain that a step must bring (Armijo)
APART = 1.0  # Laplace standard deviations beyond which two climbs ended on different modes
NEGLIGIBLE = 10.0  # a mode so many nats below the best holds nothing
MOST_MODES = 4
WIDTH = 1e-4  # of the differences that make the Hessian
LEAST_CURVATURE = 0.05  # of the Hessian where the density is flat or turns up; priors have a curvature of 0.25 to 10


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """A local maximum.

    Attributes
    ----------
    q
        (coordinate,).
    value
        Log density.
    factor
        (coordinate, coordinate) F with F F' the inverse of the negative Hessian.
    """

    q: Array
    value: float
    factor: Array


def find_modes(density: Density, starts: Array) -> list[Mode]:
    """Climb from every start and return the distinct modes, the highest first.

    Parameters
    ----------
    density
        Log density and gradient.
    starts
        (start, coordinate).
    """
    q, value = climb(density, starts)
    modes: list[Mode] = []
    for i in np.argsort(-value, kind="stable"):
        if len(modes) == MOST_MODES or not value[i] > value.max() - NEGLIGIBLE:
            break
        if all(np.linalg.norm(np.linalg.solve(mode.factor, q[i] - mode.q)) > APART for mode in modes):
            modes.append(Mode(q[i], float(value[i]), laplace_factor(density, q[i])))
    return modes


def climb(density: Density, starts: Array) -> tuple[Array, Array]:
    """Maximize from each start; returns (start, coordinate) and the log density there (start,).

    References
    ----------
    Nocedal and Wright (2006), "Numerical Optimization", chapter 6.
    """
    q = starts.copy()
    n, width = q.shape
    value, gradient = density(q)
    inverse = np.tile(np.eye(width), (n, 1, 1))  # of the negative Hessian
    share = np.full(n, 1.0)
    for _ in range(STEPS):
        direction = np.matmul(inverse, gradient[:, :, None])[:, :, 0]
        direction *= np.minimum(1.0, LONGEST / np.maximum(np.abs(direction).max(axis=1), LONGEST))[:, None]
        foreseen = (direction * gradient).sum(axis=1)
        if (share * foreseen < FLAT).all():
            break
        move = share[:, None] * direction
        trial_value, trial_gradient = density(q + move)
        good = trial_value >= value + SUFFICIENT * share * foreseen
        inverse = np.where(good[:, None, None], _updated(inverse, move, gradient - trial_gradient), inverse)
        q = np.where(good[:, None], q + move, q)
        value = np.where(good, trial_value, value)
        gradient = np.where(good[:, None], trial_gradient, gradient)
        share = np.where(good, np.minimum(1.0, 4 * share), share / 4)
    return q, value


def _updated(inverse: Array, move: Array, fall: Array) -> Array:
    """Return the BFGS update of each inverse Hessian; as it was where the density turns up along the move."""
    curvature = (move * fall).sum(axis=1)
    ok = curvature > 1e-10 * np.linalg.norm(move, axis=1) * np.linalg.norm(fall, axis=1)
    rate = 1 / np.where(ok, curvature, 1.0)
    half = np.eye(move.shape[1]) - rate[:, None, None] * move[:, :, None] * fall[:, None, :]
    new = np.matmul(np.matmul(half, inverse), half.transpose(0, 2, 1))
    new += rate[:, None, None] * move[:, :, None] * move[:, None, :]
    return np.where(ok[:, None, None], new, inverse)


def laplace_factor(density: Density, q: Array) -> Array:
    """Return F with F F' = (−Hessian)⁻¹ at q (coordinate,); curvatures are kept above `LEAST_CURVATURE`."""
    steps = WIDTH * np.eye(len(q))
    _, gradient = density(np.vstack([q + steps, q - steps]))
    hessian = (gradient[len(q) :] - gradient[: len(q)]) / (2 * WIDTH)
    curvature, axes = np.linalg.eigh((hessian + hessian.T) / 2)
    return np.asarray(axes / np.sqrt(np.maximum(curvature, LEAST_CURVATURE)))
