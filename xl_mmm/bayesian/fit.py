"""Sampling: modes, warm-up, rounds of draws until they suffice, and the draws as a `Posterior`.

Chains come in four batches of sixteen, eight to a starting point. The work is counted, never timed: same seed, same
bits. A fit whose chains have not met after `MOST_DRAWS` says so in its `Sampling`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.bayesian.loo import loo
from xl_mmm.bayesian.problem import Problem, problem_of
from xl_mmm.bayesian.sensitivity import prior_sensitivity
from xl_mmm.errors import FitError
from xl_mmm.estimation.bayes.convergence import nested_r_hat, quantile_ess
from xl_mmm.estimation.bayes.hmc import Surface, adapted, advance, warm_up
from xl_mmm.estimation.bayes.mode import Mode, find_modes
from xl_mmm.estimation.bayes.parameters import SIGNED, SIZE, WHOLE
from xl_mmm.estimation.bayes.target import SMALLEST, Target
from xl_mmm.estimation.estimable import check_estimable
from xl_mmm.estimation.linear import factor
from xl_mmm.posterior import Posterior, Sampling, rounded
from xl_mmm.response import MediaParameters, media_block

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

RANGE_LABEL = "credible range"
CLIMBS = 8  # starts of the search for modes
STARTING_SHARE = 0.2  # of the KPI, all media, where a start takes its sizes from the data
BATCHES, STARTS, CHAINS = 4, 2, 8  # batches, starting points of a batch, chains from each
WIDER = 2.0  # spread of the starting points, times Laplace's
DEEPEST = 4.0  # nats a coordinate that a start may lie below its mode; a normal gives 2 at twice the spread
NEARER = 0.8  # of the distance, for a start that lies deeper
STAGES = (12, 12, 16)  # transitions of warm-up
ROUND = 40  # draws a chain before the first look at them
SHORTEST_ROUND = 16  # draws a chain between two looks
MOST_TUNINGS = 2  # rounds that may become warm-up
MOST_DRAWS = 1200  # draws a chain
LARGEST_R_HAT, SMALLEST_ESS = 1.01, 1000.0
ENDS = (0.05, 0.95)  # of the 90 % ranges that are reported
KEPT_BY_THE_PROCESS = 4_000_000  # doubles, see `_keep_memory`
ROWS = 64  # draws whose linear block is drawn at once
QUANTITIES = 16  # whose convergence is judged at once


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Draws of a target.

    Attributes
    ----------
    q, value
        (draw, coordinate), and the log density there (draw,).
    linear
        (draw, linear) scaled coefficients of the linear block.
    coefficient
        (draw, column) of the media, KPI over its mean.
    """

    q: Array
    value: Array
    linear: Array
    coefficient: Array

    def take(self, draws: NDArray[np.intp]) -> Drawn:
        """Return some of the draws."""
        return Drawn(self.q[draws], self.value[draws], self.linear[draws], self.coefficient[draws])


def bayes(
    dataset: Dataset, spec: ModelSpec, seed: int, draws: int, progress: Progress | None, most: int | None = None
) -> tuple[Posterior, Posterior]:
    """Sample the posterior; returns the kept draws, and the mode as one draw.

    Parameters
    ----------
    dataset, spec
        Data and choices.
    seed
        Seed of every random number.
    draws
        Draws to keep, at most `MOST_DRAWS` a chain; 1 keeps the mode alone and samples nothing.
    progress
        Called with (transitions done, transitions expected), also during the search for modes; the latter grows when
        more draws are needed. What it raises ends the work.
    most
        Draws a chain after which sampling ends, whether the chains have met or not; `MOST_DRAWS` when None.

    Raises
    ------
    FitError
        Data that cannot carry the model.
    SpecError
        Impossible choices.
    """
    problem = problem_of(dataset, spec)
    target = problem.target
    n_shapes = sum(c.column != WHOLE and c.name not in (SIGNED, SIZE) for c in target.parameters.coordinates)
    basis = factor(problem.design.matrix[dataset.window], problem.design.names)
    check_estimable(dataset.window_kpi, media_block(dataset).window, basis, target.families.names, n_shapes)
    rng = np.random.default_rng(seed)

    def density(q: Array) -> tuple[Array, Array]:  # the search, too, can be stopped
        if progress is not None:
            progress(0, sum(STAGES) + ROUND)
        return target.log_density(q)

    modes = find_modes(density, climb_starts(target, rng))
    if not modes:
        raise FitError("No parameters can explain these data. Look for media, or revenue per KPI, of zero throughout.")
    best = modes[0].q[None]
    at_mode = Drawn(best, np.array([modes[0].value]), target.linear_mean(best), target.media(best).coefficient)
    estimate = _posterior(problem, dataset, spec, seed, at_mode, None)
    if draws == 1:
        return estimate, estimate
    drawn, sampling = sample(target, modes, draws, rng, progress, most)
    kept = drawn.take(spread_out(len(drawn.q), draws, rng))
    posterior = _posterior(problem, dataset, spec, seed, kept, sampling)
    follows = prior_sensitivity(target, kept.q, kept.value)
    return dataclasses.replace(posterior, loo=loo(posterior), prior_sensitivity=follows), estimate


def climb_starts(target: Target, rng: np.random.Generator) -> Array:
    """Return where the search for modes begins, (start, coordinate): the prior's middle, and draws of the prior.

    Every second start takes its sizes from the data instead, so that a prior far off hides no mode.
    """
    unknowns = target.parameters
    starts = np.vstack([unknowns.middle, unknowns.prior_draws(rng, CLIMBS - 1)])
    share = STARTING_SHARE / len(target.unit) * np.exp(rng.normal(size=len(starts[1::2])))
    for j in unknowns.find(SIZE):
        k = unknowns.coordinates[j].column
        earned = max(abs(float(target.weights[:, k] @ target.y)), SMALLEST)
        starts[1::2, j] = np.log(share * earned / target.unit[k])
    return starts


def sample(
    target: Target, modes: list[Mode], least: int, rng: np.random.Generator, progress: Progress | None,
    most: int | None = None,
) -> tuple[Drawn, Sampling]:  # fmt: skip
    """Draw until the draws suffice.

    Parameters
    ----------
    target, modes
        What is sampled, and where its chains start.
    least
        Draws to make in any case.
    rng
        Source of randomness.
    progress, most
        See `bayes`.

    Returns
    -------
    drawn, sampling
        The draws ordered by chain.
    """
    _keep_memory()
    limit = MOST_DRAWS if most is None else most
    n, further, tunings = 0, ROUND, MOST_TUNINGS
    report = _Report(progress, sum(STAGES) + further)
    place = np.array([b % len(modes) for b in range(BATCHES)])
    factors = np.stack([modes[m].factor for m in place])
    surface = Surface(target.log_density, target.rough().log_density)
    start = np.stack([starting_points(surface.exact, modes[m], rng) for m in place])
    chains, tuning, work = warm_up(surface, np.repeat(start, CHAINS, axis=1), factors, STAGES, rng, report.at)
    report.done = sum(STAGES)
    groups = np.repeat(np.arange(BATCHES * STARTS), CHAINS)
    parts: list[Array] = []  # (draw, chain, quantity): coordinates, linear block, what else is reported
    values: list[Array] = []  # (draw, chain)
    while True:
        new = advance(surface, chains, tuning, further, rng, report.at)
        chains = new.chains
        report.done, work, n = report.done + further, work + new.evaluations, n + further
        parts.append(_reported(target, new.q.reshape(further, len(groups), -1), rng, report))
        values.append(new.value.reshape(further, len(groups)))
        r_hat, ess = _judged(parts, groups, report)
        sampling = Sampling(
            r_hat, ess, n * len(groups), work * len(groups), len(modes), float(new.accepted.min()), LARGEST_R_HAT,
            SMALLEST_ESS,
        )  # fmt: skip
        lacking = max(least - sampling.n_draws, 0)
        if (sampling.converged and not lacking) or n >= limit:
            break
        by_count = math.ceil(lacking / len(groups))
        more = 0 if sampling.converged else _still_needed(n, r_hat, ess)
        if more > n and tunings > 0 and n + STAGES[-1] + ROUND <= limit:  # what was drawn is worth more as warm-up
            tunings, limit = tunings - 1, limit - n - STAGES[-1]
            further = ROUND
            report.expected = report.done + STAGES[-1] + further
            stage = adapted(surface, new.q, tuning, STAGES[-1], rng, report.at)
            chains, tuning, work = stage.chains, stage.tuning, work + stage.evaluations
            report.done, n, parts, values = report.done + STAGES[-1], 0, [], []
            continue
        further = min(max(by_count, min(more, n)), limit - n)
        report.expected = report.done + further
    report.end()
    flat = np.concatenate(parts).transpose(1, 0, 2).reshape(n * len(groups), -1)
    width, linear, columns = len(target.parameters), target.linear.z.shape[1], len(target.unit)
    q, gamma, coefficient, _ = np.split(flat, np.cumsum([width, linear, columns]), axis=1)
    return Drawn(q, np.concatenate(values).T.ravel(), gamma, coefficient), sampling


def _judged(parts: list[Array], groups: NDArray[np.intp], report: _Report) -> tuple[float, float]:
    """Return the largest R-hat and the smallest effective sample size of a range's end over all quantities."""
    r_hat, ess = 1.0, np.inf
    for first in range(0, parts[0].shape[2], QUANTITIES):
        report.at(0)
        own = np.concatenate([part[:, :, first : first + QUANTITIES] for part in parts])
        r_hat = max(r_hat, float(nested_r_hat(own, groups).max()))
        ess = min(ess, *(float(quantile_ess(own, end).min()) for end in ENDS))
    return r_hat, ess


def _still_needed(n: int, r_hat: float, ess: float) -> int:
    """Return how many more draws a chain should bring what is lacking."""
    by_ess = 1.1 * SMALLEST_ESS / ess - 1  # effective draws grow with the draws
    by_r_hat = (r_hat - 1) / (LARGEST_R_HAT - 1) - 1  # R-hat - 1 falls with them
    return max(math.ceil(n * max(by_ess, by_r_hat)), SHORTEST_ROUND)


def _keep_memory() -> None:
    """Free one large block, after which the C library keeps memory that is freed instead of returning it.

    Each evaluation makes and drops a dozen arrays of a megabyte; asking the system for them anew doubles its time.
    """
    np.empty(KEPT_BY_THE_PROCESS)


def spread_out(n: int, wanted: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Return the numbers of `wanted` of `n` draws at equal distances along the chains, in random order."""
    at = np.floor((np.arange(min(wanted, n)) + 0.5) * (n / min(wanted, n))).astype(np.intp)
    return rng.permutation(at)


@dataclass(slots=True)
class _Report:
    """Tells how far the work is."""

    progress: Progress | None
    expected: int
    done: int = 0

    def at(self, further: int) -> None:
        """Report `further` transitions beyond those done."""
        if self.progress is not None:
            self.progress(self.done + further, self.expected)

    def end(self) -> None:
        """Report the end."""
        if self.progress is not None:
            self.progress(self.done, self.done)


def starting_points(density: Callable[[Array], tuple[Array, Array]], mode: Mode, rng: np.random.Generator) -> Array:
    """Return a batch's starting points, (start, coordinate): wider than Laplace's approximation.

    Where the density falls off faster than Laplace foresees, as with an ROI of hundreds, a point comes nearer: from a
    million nats below the mode no chain finds its way with steps that also suit the others.
    """
    away = WIDER * rng.normal(size=(STARTS, len(mode.q))) @ mode.factor.T
    lowest = mode.value - DEEPEST * len(mode.q)
    while (lost := density(mode.q + away)[0] < lowest).any():
        away[lost] *= NEARER
    return mode.q + away


def _reported(target: Target, q: Array, rng: np.random.Generator, report: _Report) -> Array:
    """Return (draw, chain, quantity): coordinates, draws of the linear block, coefficients, marginal effects."""
    rows = q.reshape(-1, q.shape[2])
    parts = []
    for i in range(0, len(rows), ROWS):
        report.at(0)
        own = rows[i : i + ROWS]
        more = target.completed(own, rng)
        parts.append(np.concatenate([own, more.linear, more.coefficient, more.marginal_effect], axis=1))
    return np.concatenate(parts).reshape(*q.shape[:2], -1)


def _posterior(
    problem: Problem, dataset: Dataset, spec: ModelSpec, seed: int, drawn: Drawn, sampling: Sampling | None
) -> Posterior:
    """Dress draws in the data's units."""
    media, scale = problem.target.transforms(drawn.q), problem.scale
    sigma, rho, _ = problem.target.noise(drawn.q)
    dressed = MediaParameters(
        media.names, media.adstock, media.saturation, media.max_lag,
        {name: rounded(value) for name, value in media.values.items()}, rounded(scale * drawn.coefficient),
    )  # fmt: skip
    return Posterior(
        dataset, spec, problem.design, "bayes", seed, dressed, rounded(problem.coefficients(drawn.q, drawn.linear)),
        rounded(scale * sigma / np.sqrt(1 - rho**2)), rounded(rho), RANGE_LABEL, sampling,
    )  # fmt: skip
