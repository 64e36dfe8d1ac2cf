"""The media's true effect: parameters drawn, sized, and what they make of the spend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.dataset import Dataset
from xl_mmm.simulation.market import HABITS, Habit, Market, Range, autoregression
from xl_mmm.spec import ChannelSpec, ModelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS, Adstock, Saturation, adstock, saturation

Array = NDArray[np.float64]

ROI = (0.6, 4.0)  # true ROI, uniform
ORGANIC_SHARE = (0.01, 0.04)  # of the KPI, each organic medium
PROMOTION_LIFT = (0.05, 0.10)  # of the baseline

# Uniform ranges of the true parameters; decay comes from the channel's habit.
_RANGES: dict[str, Range] = {
    "peak_lag": (0.5, 2.5),
    "weibull_shape": (1.3, 3.0),
    "weibull_scale": (1.5, 4.0),
    "half_saturation": (0.6, 1.8),
    "slope": (0.9, 1.7),
    "exponent": (0.4, 0.8),
    "curvature": (0.5, 2.0),
}
_SCALED = frozenset({"half_saturation", "curvature"})  # multiples of mean effective media in active weeks


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What made the data; rows are the window's.

    Attributes
    ----------
    names
        Paid channels, then organic media.
    parameters
        Name -> parameter -> value, `coefficient` included (KPI units).
    contribution, carry_in
        (n_weeks, n_names) KPI units: c [S(u) - S(u0)] and c S(u0).
    baseline
        (n_weeks,) KPI with media at zero and controls at their reference.
    controls
        (n_weeks, n_controls) effect of each control against its reference.
    noise
        (n_weeks,) what is left of the KPI.
    roi
        (n_channels,) contribution per money, paid channels.
    break_date
        Day on which the trend bends, or None.
    """

    names: tuple[str, ...]
    parameters: Mapping[str, Mapping[str, float]]
    contribution: Array
    carry_in: Array
    baseline: Array
    controls: Array
    noise: Array
    roi: Array
    break_date: np.datetime64 | None

    def values(self, parameter: str) -> Array:
        """Return (n_names,) a parameter across names, NaN where the family lacks it."""
        return np.array([self.parameters[name].get(parameter, np.nan) for name in self.names])


def draw_truth(
    rng: np.random.Generator, dataset: Dataset, spec: ModelSpec, market: Market, rho: float, noise: float
) -> tuple[Truth, Array]:
    """Draw parameters and size them: paid media by ROI, organic media by share, controls by share of the baseline.

    Parameters
    ----------
    rng
        Source of all draws.
    dataset
        Media and controls; its KPI is not looked at.
    spec
        Families by name.
    market
        Demand without media.
    rho, noise
        Autocorrelation and size of the noise.

    Returns
    -------
    truth
        Rows of the window.
    kpi
        (n_rows,) what all rows add up to, rounded to cents.
    """
    window = dataset.window
    media = np.concatenate([dataset.media, dataset.organic_media], axis=1)
    names = (*dataset.channels, *dataset.organic)
    parameters: dict[str, dict[str, float]] = {}
    total, carry_in = np.empty((2, len(media), len(names)))
    for j, name in enumerate(names):
        channel = spec.channel(name)
        values = _draw_parameters(rng, media[:, j], dataset, channel, HABITS[j % len(HABITS)])
        shape, carried = response(media[:, j], dataset, channel, values | {"coefficient": 1.0})
        if j < len(dataset.channels):
            size = rng.uniform(*ROI) * dataset.spend[window, j].sum()
        else:
            size = rng.uniform(*ORGANIC_SHARE) * market.baseline[window].sum()
        coefficient = float(size / (shape - carried)[window].sum())
        parameters[name] = values | {"coefficient": coefficient}
        total[:, j], carry_in[:, j] = coefficient * shape, coefficient * carried
    distance = dataset.control_values - dataset.control_reference
    effects = distance * _control_sizes(rng, dataset, market.baseline[window].mean())
    expected = market.baseline + effects.sum(axis=1) + total.sum(axis=1)
    kpi = np.round(expected + noise * expected[window].mean() * autoregression(rng, len(expected), rho), 2)
    contribution = (total - carry_in)[window]
    truth = Truth(
        names=names,
        parameters=parameters,
        contribution=contribution,
        carry_in=carry_in[window],
        baseline=market.baseline[window],
        controls=effects[window],
        noise=(kpi - expected)[window],
        roi=contribution.sum(axis=0)[: len(dataset.channels)] / dataset.spend[window].sum(axis=0),
        break_date=market.break_date,
    )
    return truth, kpi


def response(media: Array, dataset: Dataset, channel: ChannelSpec, values: Mapping[str, float]) -> tuple[Array, Array]:
    """Return (n_rows,) c S(u) and c S(u0), u0 from the media before the window alone."""
    before = np.where(np.arange(len(media)) < dataset.n_history, media, 0.0)
    shape = _own(SATURATIONS[channel.saturation], values)
    curves = [
        saturation(effective(one, dataset, channel, values)[:, None], channel.saturation, shape)[:, 0]
        for one in (media, before)
    ]
    return values["coefficient"] * curves[0], values["coefficient"] * curves[1]


def effective(media: Array, dataset: Dataset, channel: ChannelSpec, values: Mapping[str, float]) -> Array:
    """Return (n_rows,) effective media a week."""
    carried = adstock(
        media[:, None], channel.adstock, _own(ADSTOCKS[channel.adstock], values), max_lag=channel.max_lag,
        period_weeks=dataset.period_weeks,
    )  # fmt: skip
    return np.asarray(carried[:, 0] / dataset.period_weeks)


def _own(family: Adstock | Saturation, values: Mapping[str, float]) -> dict[str, float]:
    return {parameter.name: values[parameter.name] for parameter in family.parameters}


def _draw_parameters(
    rng: np.random.Generator, media: Array, dataset: Dataset, channel: ChannelSpec, habit: Habit
) -> dict[str, float]:
    drawn = {}
    for parameter in ADSTOCKS[channel.adstock].parameters:
        ends = habit.decay if parameter.name == "decay" else _RANGES[parameter.name]
        drawn[parameter.name] = float(rng.uniform(*ends))
    carried = effective(media, dataset, channel, drawn)[dataset.window]
    typical = float(carried[carried > 0].mean())
    for parameter in SATURATIONS[channel.saturation].parameters:
        scale = typical if parameter.name in _SCALED else 1.0
        drawn[parameter.name] = float(rng.uniform(*_RANGES[parameter.name])) * scale
    return drawn


def _control_sizes(rng: np.random.Generator, dataset: Dataset, level: float) -> Array:
    """Return (n_controls,) KPI per unit: a lift for the promotion, some per mille a point for the indices."""
    sizes = np.array([rng.uniform(-0.006, 0.003) * level for _ in dataset.controls])
    if len(sizes):
        sizes[0] = rng.uniform(*PROMOTION_LIFT) * level
    return sizes
