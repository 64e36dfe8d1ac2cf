"""Draws are the only currency: every method of estimation ends in a `Posterior`.

A posterior is a record. It knows nothing of how its draws were made beyond two labels (`method`, `range_label`);
contributions, ROI, curves, plans and forecasts are functions of it, written once, and so always have ranges.

Draws are float32 values held as float64: what is stored as text is what was computed with.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.design import Design
    from xl_mmm.response import MediaParameters
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sampling:
    """How draws of a posterior were sampled, and whether they suffice.

    Attributes
    ----------
    r_hat
        Largest nested R-hat of all reported quantities.
    tail_ess
        Smallest effective sample size of all ends of reported ranges.
    n_draws
        Draws made; fewer are kept.
    evaluations
        Evaluations of the density: the work done.
    n_modes
        Local maxima that chains started from.
    accepted
        Mean acceptance, in the last round of draws, of the batch with the lowest.
    largest_r_hat, smallest_ess
        The limits.
    """

    r_hat: float
    tail_ess: float
    n_draws: int
    evaluations: int
    n_modes: int
    accepted: float
    largest_r_hat: float
    smallest_ess: float

    @property
    def converged(self) -> bool:
        """Whether the chains agree and hold enough."""
        return self.r_hat <= self.largest_r_hat and self.tail_ess >= self.smallest_ess


@dataclass(frozen=True, slots=True)
class Loo:
    """How well each week is foretold by a posterior that has not seen it (PSIS-LOO).

    Attributes
    ----------
    elpd
        Sum over weeks of the log density of the week's KPI given the weeks before it, from draws without the week;
        densities are per KPI unit.
    se
        Standard error of `elpd`, from the weeks' differences.
    p_loo
        Effective number of parameters: the log density lost by not having seen a week, summed.
    largest_k
        Largest Pareto k: how far one week moves the draws.
    k_limit
        k beyond which a week's figure is not reliable.
    n_above
        Weeks beyond it.
    worst
        ISO date of the week with the largest k.
    """

    elpd: float
    se: float
    p_loo: float
    largest_k: float
    k_limit: float
    n_above: int
    worst: str


@dataclass(frozen=True, slots=True)
class PriorSensitivity:
    """How far the draws of each medium's size move when one of their sources is raised to a power.

    Each is a cumulative Jensen-Shannon distance per doubling of the power, by medium; None where the size is fixed.

    Attributes
    ----------
    by_sizes, by_transforms
        The priors of all sizes; of all transform parameters.
    by_data
        The likelihood.
    limit
        Distance from which on the draws count as moved.
    """

    by_sizes: tuple[float | None, ...]
    by_transforms: tuple[float | None, ...]
    by_data: tuple[float | None, ...]
    limit: float


@dataclass(frozen=True, slots=True, eq=False)
class Before:
    """What the same model, fitted without its experiments, says of them. ROI is in KPI per money without revenue.

    Attributes
    ----------
    effect
        (draw, test) effect that it foresees for each test, KPI units.
    roi
        (draw, test) ROI of each test's channel.
    believed
        (test, 2) ends of the prior's 99.9 % range of that ROI; NaN where it is fixed.
    """

    effect: Array
    roi: Array
    believed: Array


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Draws of a model's parameters with the data and choices they belong to.

    Attributes
    ----------
    dataset, spec, design
        The data, the choices, and the linear columns (all rows, history included).
    method
        `"ols"`, `"ridge"`, `"lasso"`, `"bayes"` or `"evaluate"` (hand-set).
    seed
        Seed of the draws.
    media
        Transforms and coefficients of paid channels, then organic media.
    linear
        (draw, design column): coefficients of the baseline and the controls, KPI units.
    sigma, rho
        (draw,): residual standard deviation, KPI units, and lag-one autocorrelation.
    range_label
        What a range of these draws is called in front of a reader.
    sampling
        How the draws were sampled; None where they were not.
    before
        What was said of the experiments before they were used; None where none were.
    loo
        How well unseen weeks are foretold; None where draws were not sampled, or too few are kept.
    prior_sensitivity
        How far the draws follow their priors; None as for `loo`, and where every size is fixed.
    """

    dataset: Dataset
    spec: ModelSpec
    design: Design
    method: str
    seed: int
    media: MediaParameters
    linear: Array
    sigma: Array
    rho: Array
    range_label: str
    sampling: Sampling | None = None
    before: Before | None = None
    loo: Loo | None = None
    prior_sensitivity: PriorSensitivity | None = None

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.linear)

    def take(self, draws: NDArray[np.intp] | slice) -> Posterior:
        """Return the same model with some of its draws."""
        return dataclasses.replace(
            self, media=self.media.take(draws), linear=self.linear[draws], sigma=self.sigma[draws], rho=self.rho[draws]
        )

    def blocks(self, size: int) -> list[Posterior]:
        """Split the draws into posteriors of at most `size` draws, in order."""
        return [self.take(slice(start, start + size)) for start in range(0, self.n_draws, size)]


def rounded(values: Array) -> Array:
    """Round to float32 and return as float64, so that a stored model evaluates alike anywhere."""
    return np.asarray(values, dtype=np.float32).astype(float)
