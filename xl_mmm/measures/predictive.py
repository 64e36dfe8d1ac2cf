"""What the KPI would be in periods after those that were fitted: draws of whole paths, noise included.

A path is a draw's baseline, controls and media (carry-in from the periods before included), and noise that starts from
the draw's own last residual and fans out: e_t = ρ e_(t-1) + ν_t, so that far ahead its standard deviation is
`Posterior.sigma`. Everything is in KPI units; periods are those of the data's grain.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.design import PREFIX, continued_holidays, fourier, hats
from xl_mmm.errors import SpecError
from xl_mmm.measures.draws import blocks
from xl_mmm.response import media_effect

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Predictive:
    """The KPI of periods ahead.

    Attributes
    ----------
    expected
        (draw, period) what a draw expects, what is left of its last residual included.
    paths
        (path, period) the same with noise; `n` paths from each draw.
    """

    expected: Array
    paths: Array

    @property
    def point(self) -> Array:
        """(period,) mean over draws of what is expected."""
        mean: Array = self.expected.mean(axis=0)
        return mean


def predictive(posterior: Posterior, dataset: Dataset, rng: np.random.Generator, paths: int = 1) -> Predictive:
    """Return draws of the KPI in the rows of `dataset` that come after the posterior's own.

    Parameters
    ----------
    posterior
        The model.
    dataset
        The rows that were fitted, then those ahead; of the latter media and controls count, the KPI is not looked at.
    rng
        Source of the noise; all else is fixed.
    paths
        Paths of noise for each draw.

    Raises
    ------
    SpecError
        `dataset` does not continue the data of the model.
    """
    known, ahead = len(posterior.dataset.dates), len(dataset.dates) - len(posterior.dataset.dates)
    if ahead < 1 or not np.array_equal(dataset.dates[:known], posterior.dataset.dates):
        raise SpecError("These rows do not continue those of the model; give its own rows, then the further ones.")
    rows = continued(posterior, dataset)[known - 1 :]
    media = [
        media_effect(block, slice(-ahead - 1, None)).sum(axis=2)
        for block in blocks(dataclasses.replace(posterior, dataset=dataset))
    ]
    level = posterior.linear @ rows.T + np.concatenate(media)  # (draw, 1 + period): the last fitted row comes first
    left = posterior.dataset.kpi[-1] - level[:, 0]
    fading = posterior.rho[:, None] ** np.arange(1, ahead + 1)
    expected = level[:, 1:] + left[:, None] * fading
    noise = fanning_out(np.tile(posterior.sigma, paths), np.tile(posterior.rho, paths), ahead, rng)
    return Predictive(expected, np.tile(expected, (paths, 1)) + noise)


def fanning_out(sigma: Array, rho: Array, periods: int, rng: np.random.Generator) -> Array:
    """Return paths of AR(1) noise that start at zero, (path, period).

    Parameters
    ----------
    sigma, rho
        (path,) standard deviation far ahead, and lag-one autocorrelation.
    periods
        Length of the paths.
    rng
        Source of randomness.
    """
    shocks = rng.standard_normal((len(sigma), periods)) * (sigma * np.sqrt(1 - rho**2))[:, None]
    for t in range(1, periods):
        shocks[:, t] += rho * shocks[:, t - 1]
    return shocks


def continued(posterior: Posterior, dataset: Dataset) -> Array:
    """Return the columns of the posterior's design for all rows of a longer dataset, (n_rows, n_columns).

    Trend and knots continue on the scale of the posterior's own window; controls keep its references.
    """
    own, spec = posterior.dataset, posterior.spec
    first, last = own.dates[own.n_history], own.dates[-1]
    line = (dataset.dates - first) / (last - first) - 0.5
    columns = {"intercept": np.ones(len(line)), "trend": line, **hats(line, spec.knots)}
    columns |= fourier(dataset.dates.astype("datetime64[D]").astype(float), spec.seasonality)
    if spec.holidays is not None:
        named = [name for name in posterior.design.names if name.startswith(PREFIX)]
        columns |= continued_holidays(named, dataset.dates, dataset.grain, spec.holidays)
    columns |= dict(zip(dataset.controls, (dataset.control_values - own.control_reference).T, strict=True))
    return np.column_stack([columns[name] for name in posterior.design.names])
