"""The one forward model: media and parameters in, weekly response out.

Estimation, measures, planning and the simulator all call this file, so a number on one sheet cannot be made by another
formula than the same number elsewhere.

Conventions
-----------
* Axes are (draw, week, column); a column is a paid channel or an organic medium, in that order.
* "week" is one period of the data's grain. Effective media `u` is a rate per calendar week, so a half-saturation means
  the same on daily, weekly and monthly data.
* Rows before the window are history: they feed carryover and are never modelled. `u0` is the effective media that
  history alone would leave in the window; the channel is credited with `c [S(u) - S(u0)]`, `carry_in` with `c S(u0)`.
* Everything is in KPI units; `outcome_weights` turns KPI into money.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from xl_mmm.transforms import (
    ADSTOCKS,
    SATURATIONS,
    adstock,
    adstock_gradient,
    saturation,
    saturation_derivative,
    saturation_gradient,
)

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset

Array = NDArray[np.float64]

REMAINDER = 1e-3  # share of an infinite carryover that may be left out of the carry-out
LONGEST_CARRY_OUT = 520  # weeks; cuts the tail of decays above 0.987


@dataclass(frozen=True, slots=True, eq=False)
class MediaParameters:
    """Transforms of every media column, with draws of their parameters.

    Attributes
    ----------
    names
        Paid channels, then organic media.
    adstock, saturation
        Family of each column.
    max_lag
        Last lag of each column, weeks.
    values
        Parameter name -> (draw, column); NaN where the column's family lacks the parameter.
    coefficient
        (draw, column), KPI units: the response at S = 1.
    """

    names: tuple[str, ...]
    adstock: tuple[str, ...]
    saturation: tuple[str, ...]
    max_lag: tuple[int, ...]
    values: Mapping[str, Array]
    coefficient: Array

    def take(self, draws: NDArray[np.intp] | slice) -> MediaParameters:
        """Return the same parameters for some draws."""
        return MediaParameters(
            self.names, self.adstock, self.saturation, self.max_lag,
            {name: value[draws] for name, value in self.values.items()}, self.coefficient[draws],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class MediaBlock:
    """What the forward model must know of the data.

    Attributes
    ----------
    media
        (row, column) exposure: history first, then the window.
    n_history
        Rows before the window.
    period_weeks
        Length of one row in weeks.
    """

    media: Array
    n_history: int
    period_weeks: float

    @property
    def window(self) -> Array:
        """Exposure inside the window, (week, column)."""
        return self.media[self.n_history :]

    def scaled(self, multipliers: Array) -> MediaBlock:
        """Scale the window's exposure by `multipliers`, (column,) or (week, column); history stays."""
        media = self.media.copy()
        media[self.n_history :] *= multipliers
        return MediaBlock(media, self.n_history, self.period_weeks)


class HasMedia(Protocol):
    """A posterior, as far as this file needs it."""

    @property
    def dataset(self) -> Dataset:
        """The data."""

    @property
    def media(self) -> MediaParameters:
        """Transforms and coefficients."""


def media_block(dataset: Dataset) -> MediaBlock:
    """Return the exposure of paid channels, then organic media."""
    media = np.concatenate([dataset.media, dataset.organic_media], axis=1)
    return MediaBlock(media, dataset.n_history, dataset.period_weeks)


def outcome_weights(dataset: Dataset) -> Array:
    """Return money per KPI unit in each week of the window; ones when the KPI has no revenue."""
    if dataset.revenue_per_kpi is None:
        return np.ones(dataset.n_weeks)
    return np.asarray(dataset.revenue_per_kpi, dtype=float)[dataset.window]


def effective_media(block: MediaBlock, parameters: MediaParameters) -> Array:
    """Return u, the adstocked exposure per calendar week in the window, (draw, week, column)."""
    n_draws, n_columns = parameters.coefficient.shape
    u = np.empty((n_draws, len(block.window), n_columns))
    for (family, max_lag), columns in _groups(parameters.adstock, parameters.max_lag):
        own = _own(parameters.values, ADSTOCKS[family].parameters, columns)
        full = adstock(block.media[:, columns], family, own, max_lag=max_lag, period_weeks=block.period_weeks)
        u[:, :, columns] = full[:, block.n_history :] / block.period_weeks
    return u


def carried_in_media(block: MediaBlock, parameters: MediaParameters) -> Array:
    """Return u0, what history alone leaves in the window, (draw, week, column)."""
    n_draws, n_columns = parameters.coefficient.shape
    if not block.media[: block.n_history].any():
        return np.zeros((n_draws, len(block.window), n_columns))
    return effective_media(block.scaled(np.zeros(n_columns)), parameters)


def saturate(u: Array, parameters: MediaParameters) -> Array:
    """Return S(u), (draw, week, column)."""
    return _by_saturation(saturation, u, parameters)


def slope_times_media(u: Array, parameters: MediaParameters) -> Array:
    """Return u S'(u), (draw, week, column); zero at u = 0."""
    return _by_saturation(saturation_derivative, u, parameters)


def saturated_with_gradient(block: MediaBlock, parameters: MediaParameters) -> tuple[Array, dict[str, Array]]:
    """Return S(u) and its derivative in every transform parameter, each (draw, week, column).

    A parameter's derivative is zero in the columns whose family lacks it.
    """
    u = effective_media(block, parameters)
    gradient = {name: np.zeros_like(u) for name in parameters.values}
    steepness = slope_times_media(u, parameters)
    # S'(u) = u S'(u) / u; where u = 0 no earlier spend exists, so du/dparameter is zero as well.
    steepness = np.divide(steepness, u, out=np.zeros_like(u), where=u > 0)
    for (family, max_lag), columns in _groups(parameters.adstock, parameters.max_lag):
        own = _own(parameters.values, ADSTOCKS[family].parameters, columns)
        slopes = adstock_gradient(
            block.media[:, columns], family, own, max_lag=max_lag, period_weeks=block.period_weeks
        )
        for name, slope in slopes.items():
            du = slope[:, block.n_history :] / block.period_weeks
            gradient[name][:, :, columns] = steepness[:, :, columns] * du
    for (family,), columns in _groups(parameters.saturation):
        own = _own(parameters.values, SATURATIONS[family].parameters, columns)
        for name, slope in saturation_gradient(u[:, :, columns], family, own).items():
            gradient[name][:, :, columns] = slope
    return saturate(u, parameters), gradient


def media_contribution(posterior: HasMedia, multipliers: Array | None = None) -> tuple[Array, Array]:
    """Return what media added and what history carried in.

    Parameters
    ----------
    posterior
        Draws of the model.
    multipliers
        (column,) or (week, column): scales the window's exposure; None for the data as they are.

    Returns
    -------
    contribution, carry_in
        Each (draw, week, column), KPI units: c [S(u) - S(u0)] and c S(u0).
    """
    block = media_block(posterior.dataset)
    c = posterior.media.coefficient[:, None, :]
    carry_in = c * saturate(carried_in_media(block, posterior.media), posterior.media)
    if multipliers is not None:
        block = block.scaled(multipliers)
    total = c * saturate(effective_media(block, posterior.media), posterior.media)
    return total - carry_in, carry_in


def marginal(posterior: HasMedia, multipliers: Array | None = None) -> Array:
    """Return c S'(u) (u - u0), (draw, week, column): d contribution / d log(spend in the window), KPI units."""
    block = media_block(posterior.dataset)
    u0 = carried_in_media(block, posterior.media)
    if multipliers is not None:
        block = block.scaled(multipliers)
    u = effective_media(block, posterior.media)
    own = np.divide(u - u0, u, out=np.zeros_like(u), where=u > 0)
    return posterior.media.coefficient[:, None, :] * slope_times_media(u, posterior.media) * own


def immediate_contribution(posterior: HasMedia) -> Array:
    """Return the part of each week's contribution that the same week's exposure earned, (draw, week, column).

    A week's contribution is shared among the weeks that fed it in proportion to their effective media.
    """
    block = media_block(posterior.dataset)
    u, u0 = effective_media(block, posterior.media), carried_in_media(block, posterior.media)
    impulse = MediaBlock(np.ones((1, u.shape[2])), 0, block.period_weeks)
    same_week = effective_media(impulse, posterior.media) * block.window  # weight at lag 0, times the exposure
    share = np.divide(same_week, u - u0, out=np.zeros_like(u), where=u > u0)
    contribution, _ = media_contribution(posterior)
    return contribution * share


def carry_out(posterior: HasMedia) -> Array:
    """Return the KPI earned after the window by exposure inside it, no later exposure, (draw, column)."""
    block, media = media_block(posterior.dataset), posterior.media
    periods = math.ceil(carry_out_weeks(media) / block.period_weeks)
    tail = np.zeros((periods, block.media.shape[1]))
    longer = MediaBlock(np.concatenate([block.media, tail]), block.n_history, block.period_weeks)
    history = longer.media.copy()
    history[block.n_history :] = 0
    after = slice(len(block.window), None)
    u = effective_media(longer, media)[:, after]
    u0 = effective_media(MediaBlock(history, block.n_history, block.period_weeks), media)[:, after]
    gained: Array = (saturate(u, media) - saturate(u0, media)).sum(axis=1)
    return media.coefficient * gained


def carry_out_weeks(media: MediaParameters) -> float:
    """Weeks until at most `REMAINDER` of any column's carryover is left, mean over draws."""
    weeks = max(media.max_lag, default=0)
    for j, family in enumerate(media.adstock):
        if family == "geometric":
            weeks = max(weeks, _weeks_worked(media.values["decay"][:, j]))
    return float(max(weeks, 1))


def _weeks_worked(decay: Array) -> int:
    """Return the first number of weeks after which the draws' mean decay^weeks is `REMAINDER` at most."""
    before, after = 0, LONGEST_CARRY_OUT
    while after - before > 1:
        middle = (before + after) // 2
        if (decay**middle).mean() <= REMAINDER:
            after = middle
        else:
            before = middle
    return after


def _groups(*labels: tuple[object, ...]) -> list[tuple[tuple, list[int]]]:  # type: ignore[type-arg]
    """Group column numbers by equal labels, in order of first appearance."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for column, key in enumerate(zip(*labels, strict=True)):
        groups.setdefault(key, []).append(column)
    return list(groups.items())


def _own(values: Mapping[str, Array], parameters: tuple, columns: list[int]) -> dict[str, Array]:  # type: ignore[type-arg]
    """Pick a family's own parameters for its columns."""
    return {parameter.name: values[parameter.name][:, columns] for parameter in parameters}


def _by_saturation(function, u: Array, parameters: MediaParameters) -> Array:  # type: ignore[no-untyped-def]
    """Apply a saturation function family by family."""
    groups = _groups(parameters.saturation)
    if len(groups) == 1:
        family = parameters.saturation[0]
        every = list(range(u.shape[2]))
        result: Array = function(u, family, _own(parameters.values, SATURATIONS[family].parameters, every))
        return result
    out = np.empty_like(u)
    for (family,), columns in groups:
        out[:, :, columns] = function(
            u[:, :, columns], family, _own(parameters.values, SATURATIONS[family].parameters, columns)
        )
    return out
