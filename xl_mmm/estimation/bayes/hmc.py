"""Hamiltonian Monte Carlo with all chains in lock step, so that Python's cost a step is shared.

Chains come in batches. A batch has a step size and a metric of its own, learned while it warms up and then frozen.
Common are the length of the trajectory, because all chains take the same number of steps, and how each coordinate is
bent (`sinh_arcsinh`), because one batch has too few draws to tell: chains live in x, the density is given in q. Arrays
are (batch, chain, coordinate).

A trajectory's inner steps follow the slope of a rough density, its two ends that of the exact one, by which the end is
weighed. Any slope that is the same at the same place leaves a trajectory reversible and volume unchanged, so what is
drawn is exact however rough the guide; a close one keeps acceptance high.

References
----------
Neal (2011), "MCMC using Hamiltonian dynamics". Hoffman, Radul and Sountsov (2021), "An adaptive-MCMC scheme for
setting trajectory lengths in Hamiltonian Monte Carlo" (ChEES). Zhang, Shahbaba and Zhao (2017), "Hamiltonian Monte
Carlo acceleration using surrogate functions with random bases".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.sinh_arcsinh import Bend, Density

Array = NDArray[np.float64]

ACCEPTED = 0.75  # mean acceptance that the step sizes are tuned to
FIRST_STEP = 0.3
LARGEST_STEP = 1.5
TRAJECTORY = (0.5, 2.2)  # shortest and longest trajectory, standard deviations; longer ones turn back
FIRST_TRAJECTORY = 1.0
JITTER = (0.6, 1.1)  # each transition's step relative to the tuned one, so that no orbit closes on itself
STUCK = (0.02, 0.05)  # least acceptance of a chain in the mean that tunes its batch's step: at first, and later
MOST_STEPS = 24
LEARNING = 0.08  # of the trajectory's logarithm
FORGETTING = 0.9
PRIOR_DRAWS = 5.0  # weight of the metric in use when it is learned anew, draws a coordinate


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A log density, row by row with its gradient.

    Attributes
    ----------
    exact
        What is sampled.
    rough
        What inner steps follow: the same, or close to it and cheaper.
    """

    exact: Density
    rough: Density

    def along(self, bend: Bend) -> Surface:
        """Return the surface of x."""
        return Surface(bend.density(self.exact), bend.density(self.rough))

    def placed(self, x: Array) -> Chains:
        """Return chains at `x` (batch, chain, coordinate)."""
        value, gradient = self.exact(x.reshape(-1, x.shape[2]))
        return Chains(x, value.reshape(x.shape[:2]), gradient.reshape(x.shape))

    def pull(self, x: Array) -> Array:
        """Return the slope that inner steps follow at `x` (batch, chain, coordinate)."""
        return self.rough(x.reshape(-1, x.shape[2]))[1].reshape(x.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Where the chains are.

    Attributes
    ----------
    x, gradient
        (batch, chain, coordinate), coordinates bent.
    value
        (batch, chain) log density of x.
    """

    x: Array
    value: Array
    gradient: Array


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """What warm-up learns.

    Attributes
    ----------
    step
        (batch,).
    factor
        (batch, coordinate, coordinate) F: x = F z has about unit covariance in z.
    trajectory
        Length in z.
    bend
        From x to q.
    """

    step: Array
    factor: Array
    trajectory: float
    bend: Bend


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """What one transition did.

    Attributes
    ----------
    chains
        Where the chains are now.
    accepted
        (batch, chain) probability of acceptance.
    travelled, momentum
        (batch, chain, coordinate) to the proposal, and there, in z.
    steps
        Leapfrog steps: evaluations of the density.
    """

    chains: Chains
    accepted: Array
    travelled: Array
    momentum: Array
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """What a stage of warm-up found.

    Attributes
    ----------
    chains, tuning
        Where the chains are now, and what they learned.
    q
        (draw, batch, chain, coordinate) its latter half.
    evaluations
        Of the density, each of all chains.
    """

    chains: Chains
    tuning: Tuning
    q: Array
    evaluations: int


@dataclass(frozen=True, slots=True, eq=False)
class Advanced:
    """What frozen chains drew.

    Attributes
    ----------
    chains
        Where the chains are now.
    q, value
        (draw, batch, chain, coordinate) as the density was given, and the log density there (draw, batch, chain).
    accepted
        (batch,) mean acceptance.
    evaluations
        Of the density, each of all chains.
    """

    chains: Chains
    q: Array
    value: Array
    accepted: Array
    evaluations: int


def transition(of_x: Surface, chains: Chains, tuning: Tuning, jitter: float, rng: np.random.Generator) -> Moved:
    """Follow each chain's trajectory, its steps `jitter` times the tuned ones, and accept its end or not."""
    step, factor = jitter * tuning.step[:, None, None], tuning.factor
    n = int(np.clip(np.ceil(tuning.trajectory / tuning.step.mean()), 1, MOST_STEPS))
    first = rng.normal(size=chains.x.shape)
    turned, travelled = factor.transpose(0, 2, 1), np.zeros_like(first)
    momentum = first + 0.5 * step * np.matmul(chains.gradient, factor)
    for _ in range(n - 1):
        travelled = travelled + step * momentum
        momentum = momentum + step * np.matmul(of_x.pull(chains.x + np.matmul(travelled, turned)), factor)
    travelled = travelled + step * momentum
    now = of_x.placed(chains.x + np.matmul(travelled, turned))
    momentum = momentum + 0.5 * step * np.matmul(now.gradient, factor)
    with np.errstate(over="ignore"):  # a trajectory that ran off a steep slope is not accepted
        gain = now.value - chains.value + 0.5 * ((first**2).sum(axis=2) - (momentum**2).sum(axis=2))
    accepted = np.exp(np.minimum(gain, 0.0))
    take = rng.random(accepted.shape) < accepted
    merged = Chains(
        np.where(take[:, :, None], now.x, chains.x), np.where(take, now.value, chains.value),
        np.where(take[:, :, None], now.gradient, chains.gradient),
    )  # fmt: skip
    return Moved(merged, accepted, travelled, momentum, n)


def warm_up(
    surface: Surface, q: Array, factor: Array, stages: tuple[int, ...], rng: np.random.Generator,
    progress: Callable[[int], None],
) -> tuple[Chains, Tuning, int]:
    """Move chains to where they belong, and learn step, trajectory, bend and metric.

    Parameters
    ----------
    surface
        What is sampled, in q.
    q
        (batch, chain, coordinate) starts.
    factor
        (batch, coordinate, coordinate) metric to begin with, from Laplace's approximation.
    stages
        Transitions of each stage; between stages bend and metrics are learned from the latter half of the one before.
    rng
        Source of randomness.
    progress
        Called with the transitions done.

    Returns
    -------
    chains, tuning, evaluations
        Evaluations of the density, each of all chains.
    """
    tuning = Tuning(np.full(len(q), FIRST_STEP), factor, FIRST_TRAJECTORY, Bend.none(q.shape[2]))
    seen, done, work = q[None], 0, 0

    def report(further: int) -> None:
        progress(done + further)

    for length in stages:
        stage = adapted(surface, seen, tuning, length, rng, report)
        seen, tuning, done, work = stage.q, stage.tuning, done + length, work + stage.evaluations
    return stage.chains, tuning, work


def adapted(
    surface: Surface, seen: Array, tuning: Tuning, n: int, rng: np.random.Generator, progress: Callable[[int], None]
) -> Adapted:
    """Make `n` transitions of warm-up, with bend and metrics learned from what was seen before.

    Parameters
    ----------
    surface
        What is sampled, in q.
    seen
        (draw, batch, chain, coordinate); a single one is a start, from which nothing can be learned.
    tuning
        As it was when these were drawn.
    n, rng, progress
        See `warm_up`.
    """
    settled = len(seen) > 1
    if settled:
        tuning = relearned(seen, tuning)
    of_x = surface.along(tuning.bend)
    chains, work, slope2, kept = of_x.placed(tuning.bend.x(seen[-1])), 1, 0.0, []
    for i in range(n):
        jitter = rng.uniform(*JITTER)
        before, moved = chains, transition(of_x, chains, tuning, jitter, rng)
        chains, work = moved.chains, work + moved.steps
        rate = 0.5 / np.sqrt(1 + i / 5)
        # the harmonic mean, so that one chain in sixteen that cannot move shortens the step
        accepted = 1 / (1 / np.maximum(moved.accepted, STUCK[settled])).mean(axis=1)
        step = tuning.step * np.exp(rate * (accepted - ACCEPTED))
        tuning = replace(tuning, step=np.minimum(step, LARGEST_STEP))
        if settled:
            slope = jitter * lengthening(before.x, moved, tuning.factor)
            slope2 = FORGETTING * slope2 + (1 - FORGETTING) * slope**2
            change = LEARNING * slope / np.sqrt(slope2) if slope2 > 0 else 0.0
            tuning = replace(tuning, trajectory=float(np.clip(tuning.trajectory * np.exp(change), *TRAJECTORY)))
        if i >= n // 2:
            kept.append(tuning.bend.q(chains.x))
        progress(i + 1)
    return Adapted(chains, tuning, np.stack(kept), work)


def relearned(q: Array, tuning: Tuning) -> Tuning:
    """Learn the bend, and each batch's metric along it, from (draw, batch, chain, coordinate)."""
    every = q.reshape(-1, q.shape[3])
    before, bend, middle = tuning.bend, Bend.learned(every), np.median(every, axis=0)
    along = before.slope(before.x(middle)) / bend.slope(bend.x(middle))
    return replace(tuning, bend=bend, factor=learned_factor(bend.x(q), along[:, None] * tuning.factor))


def lengthening(x: Array, moved: Moved, factor: Array) -> float:
    """Return how fast the squared distance of chains at `x` from their middle changes with the trajectory's length.

    The gradient of ChEES, E[(|z'|² − |z|²)² ] / 4, z' at the trajectory's end, weighted by acceptance.
    """
    start = np.linalg.solve(factor, (x - x.mean(axis=1, keepdims=True)).transpose(0, 2, 1)).transpose(0, 2, 1)
    with np.errstate(invalid="ignore", over="ignore"):
        end = start + moved.travelled
        change = (end**2).sum(axis=2) - (start**2).sum(axis=2)
        speed = (end * moved.momentum).sum(axis=2)
        each = np.where(moved.accepted > 0, moved.accepted * change * speed, 0.0)
    total = float(each.sum() / max(float(moved.accepted.sum()), 1e-300))
    return total if np.isfinite(total) else 0.0


def learned_factor(draws: Array, factor: Array) -> Array:
    """Learn each batch's metric from (draw, batch, chain, coordinate), shrunk towards the one in use."""
    n_draws, n_batches, n_chains, width = draws.shape
    own = draws.transpose(1, 0, 2, 3).reshape(n_batches, n_draws * n_chains, width)
    z = np.linalg.solve(factor, (own - own.mean(axis=1, keepdims=True)).transpose(0, 2, 1))
    weight = PRIOR_DRAWS * width
    covariance = (np.matmul(z, z.transpose(0, 2, 1)) + weight * np.eye(width)) / (z.shape[2] + weight)
    return np.asarray(np.matmul(factor, np.linalg.cholesky(covariance)))


def advance(
    surface: Surface, chains: Chains, tuning: Tuning, n: int, rng: np.random.Generator, progress: Callable[[int], None]
) -> Advanced:
    """Make `n` transitions with everything frozen.

    Returns
    -------
    Advanced
    """
    x, value = np.empty((n, *chains.x.shape)), np.empty((n, *chains.value.shape))
    accepted, work, of_x = np.zeros(len(chains.x)), 0, surface.along(tuning.bend)
    for i in range(n):
        moved = transition(of_x, chains, tuning, rng.uniform(*JITTER), rng)
        chains, work = moved.chains, work + moved.steps
        x[i], value[i] = chains.x, chains.value
        accepted += moved.accepted.mean(axis=1) / n
        progress(i + 1)
    slope = np.log(tuning.bend.slope(x)).sum(axis=3)
    return Advanced(chains, tuning.bend.q(x), value - slope, accepted, work)
