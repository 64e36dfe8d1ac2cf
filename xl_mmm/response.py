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
GEOMETRIC = "geometric"  # the carryover without an end: each week keeps a share of the last


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


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Where media stand week by week, all (draw, week, column).

    Attributes
    ----------
    u, carried
        Effective media, and what history alone leaves of it.
    s, s_carried
        Their saturation.
    """

    u: Array
    carried: Array
    s: Array
    s_carried: Array


def reached(posterior: HasMedia, multipliers: Array | None = None) -> Reached:
    """Return where media stand.

    Parameters
    ----------
    posterior
        Draws of the model.
    multipliers
        (column,) or (week, column): scales the window's exposure; None for the data as they are.
    """
    block, media = media_block(posterior.dataset), posterior.media
    carried = carried_in_media(block, media)
    u = effective_media(block if multipliers is None else block.scaled(multipliers), media)
    return Reached(u, carried, saturate(u, media), saturate(carried, media))


def contribution_at(posterior: HasMedia, at: Reached) -> tuple[Array, Array]:
    """Return c [S(u) - S(u0)] and c S(u0), each (draw, week, column), KPI units."""
    c = posterior.media.coefficient[:, None, :]
    carry_in = c * at.s_carried
    return c * at.s - carry_in, carry_in


def media_contribution(posterior: HasMedia, multipliers: Array | None = None) -> tuple[Array, Array]:
    """Return what media added and what history carried in, as `contribution_at`; arguments as `reached`."""
    return contribution_at(posterior, reached(posterior, multipliers))


def media_effect(posterior: HasMedia, rows: slice) -> Array:
    """Return all that media bring in some weeks of the window, history's carryover included: c S(u), KPI units."""
    u = effective_media(media_block(posterior.dataset), posterior.media)[:, rows]
    effect: Array = posterior.media.coefficient[:, None, :] * saturate(u, posterior.media)
    return effect


def marginal(posterior: HasMedia, at: Reached | None = None) -> Array:
    """Return c S'(u) (u - u0), (draw, week, column): d contribution / d log(spend in the window), KPI units."""
    at = reached(posterior) if at is None else at
    own = np.divide(at.u - at.carried, at.u, out=np.zeros_like(at.u), where=at.u > 0)
    return posterior.media.coefficient[:, None, :] * slope_times_media(at.u, posterior.media) * own


def immediate_contribution(posterior: HasMedia, at: Reached | None = None) -> Array:
    """Return the part of each week's contribution that the same week's exposure earned, (draw, week, column).

    A week's contribution is shared among the weeks that fed it in proportion to their effective media.
    """
    at = reached(posterior) if at is None else at
    block = media_block(posterior.dataset)
    impulse = MediaBlock(np.ones((1, at.u.shape[2])), 0, block.period_weeks)
    same_week = effective_media(impulse, posterior.media) * block.window  # weight at lag 0, times the exposure
    share = np.divide(same_week, at.u - at.carried, out=np.zeros_like(at.u), where=at.u > at.carried)
    contribution, _ = contribution_at(posterior, at)
    return contribution * share


def carry_out(posterior: HasMedia, at: Reached | None = None, periods: int | None = None) -> Array:
    """Return the KPI earned by the window's exposure in the periods after it, nothing spent there, (draw, column)."""
    at = reached(posterior) if at is None else at
    block, media = media_block(posterior.dataset), posterior.media
    if periods is None:
        periods = carry_out_periods(posterior)
    return left_behind(block, media, periods, (at.u[:, -1], at.carried[:, -1]))


def left_behind(block: MediaBlock, media: MediaParameters, periods: int, last: tuple[Array, Array]) -> Array:
    """Return the KPI that the window's exposure earns in some weeks after it, (draw, column).

    Parameters
    ----------
    block, media
        Exposure until then, and how it works.
    periods
        Weeks after the window.
    last
        (draw, column) effective media of the window's last week, and what history alone leaves of it.
    """
    history = block.scaled(np.zeros(block.media.shape[1]))
    u, carried = (_after_window(one, media, periods, end) for one, end in zip((block, history), last, strict=True))
    gained: Array = (saturate(u, media) - saturate(carried, media)).sum(axis=1)
    return media.coefficient * gained


def _after_window(block: MediaBlock, parameters: MediaParameters, periods: int, last: Array) -> Array:
    """Return effective media after the window, nothing spent there, (draw, week, column).

    Parameters
    ----------
    block, parameters
        What was spent until then.
    periods
        Weeks that are asked for.
    last
        (draw, column) effective media of the window's last week: a geometric carryover needs to know no more.
    """
    u = np.empty((periods, *last.shape)).transpose(1, 0, 2)
    for (family, max_lag), columns in _groups(parameters.adstock, parameters.max_lag):
        own = _own(parameters.values, ADSTOCKS[family].parameters, columns)
        if family == GEOMETRIC:
            left, kept = last[:, columns], own["decay"] ** block.period_weeks
            for week in range(periods):
                left = left * kept
                u[:, week, columns] = left
            continue
        longer = np.concatenate([block.media[:, columns], np.zeros((periods, len(columns)))])
        full = adstock(longer, family, own, max_lag=max_lag, period_weeks=block.period_weeks)
        u[:, :, columns] = full[:, len(block.media) :] / block.period_weeks
    return u


def carry_out_periods(posterior: HasMedia) -> int:
    """Return `carry_out_weeks` in periods of the data."""
    return math.ceil(carry_out_weeks(posterior.media) / posterior.dataset.period_weeks)


def carry_out_weeks(media: MediaParameters) -> float:
    """Weeks until at most `REMAINDER` of any column's carryover is left, mean over draws."""
    weeks = max(media.max_lag, default=0)
    for j, family in enumerate(media.adstock):
        if family == GEOMETRIC:
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
