"""Choices in the model's own terms: what a planner said in weeks and money, and what only the data's scale can settle.

Conventions
-----------
* A half-life is in weeks, money and media are per calendar week, whatever the data's grain.
* Both planner's forms grow with the parameter they stand for, so a 90 % range becomes the 90 % range of the parameter.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from functools import partial
from operator import mul
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import SpecError
from xl_mmm.spec import PLANNERS_FORMS, ChannelSpec
from xl_mmm.transforms import half_life

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import Choice, ModelSpec

Array = NDArray[np.float64]

HALVINGS = 60  # of the interval in which a decay is sought


def resolved(dataset: Dataset, spec: ModelSpec) -> ModelSpec:
    """Return the same choices, every medium named, with its typical week, and parameters in place of planner's forms.

    Raises
    ------
    SpecError
        A half-life that the carryover cannot reach; spend at which half of the effect is reached where none was spent.
    """
    typical, cost = typical_week(dataset), unit_cost(dataset)
    names = (*dataset.channels, *dataset.organic)
    channels = {}
    for k, name in enumerate(names):
        choice = spec.channel(name)
        if name not in spec.channels and not cost[k] > 0:  # everybody's default cannot speak of a medium without spend
            choice = dataclasses.replace(choice, half_effect_spend=None)
        channels[name] = _resolved(name, choice, typical[k], cost[k])
    return dataclasses.replace(spec, channels=channels)


def for_a_region(whole: Dataset, region: Dataset, spec: ModelSpec) -> ModelSpec:
    """Return choices made for the whole market in terms of one of its regions.

    Amounts a week (`half_saturation`, `half_effect_spend`, `curvature`, `typical_week`) shrink to the region's size: by
    its typical week of the medium over that of the whole, so that the region's usual spend lies as far up the curve as
    the whole market's. Returns, shares, times and exponents mean the same in both. Choices for media and controls that
    the region does not have are left out, as are experiments.

    Raises
    ------
    SpecError
        As of `resolved`.
    """
    known, names = resolved(whole, spec), (*whole.channels, *whole.organic)
    own = dict(zip((*region.channels, *region.organic), typical_week(region), strict=True))
    typical = dict(zip(names, typical_week(whole), strict=True))
    channels = {}
    for name in own:
        choice, size = known.channel(name), float(own[name] / typical[name])
        scaled: dict[str, Any] = {
            amount: _each(getattr(choice, amount), partial(mul, size))
            for amount in ("half_saturation", "curvature", "typical_week")
        }
        channels[name] = dataclasses.replace(choice, **scaled)
    signs = {name: sign for name, sign in spec.control_signs.items() if name in region.controls}
    return dataclasses.replace(spec, channels=channels, control_signs=signs, lift_tests=())


def by_hand_in_parameters(
    dataset: Dataset, spec: ModelSpec, values: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return values by hand, medium -> parameter -> value, with parameters in place of planner's forms.

    Raises
    ------
    SpecError
        As of `resolved`; a parameter and its planner's form are both given.
    """
    names, cost = (*dataset.channels, *dataset.organic), unit_cost(dataset)
    changed = {}
    for name, own in values.items():
        changed[name] = dict(own)
        forms = {form: changed[name].pop(form) for form in PLANNERS_FORMS if form in own}
        if not forms or name not in names:
            continue
        families = spec.channel(name)
        said = ChannelSpec(families.adstock, families.saturation, max_lag=families.max_lag, **forms)
        known = _resolved(name, said, 1.0, cost[names.index(name)])
        for form in forms:
            if (parameter := PLANNERS_FORMS[form]) in own:
                raise SpecError(f"{name}: {form} and {parameter} are both set by hand and say the same; keep one.")
            changed[name][parameter] = getattr(known, parameter)
    return changed


def typical_week(dataset: Dataset) -> Array:
    """Return (column,) mean exposure per calendar week in active weeks of the window, media units; 1 without any."""
    rate = np.concatenate([dataset.media, dataset.organic_media], axis=1)[dataset.window] / dataset.period_weeks
    return np.array([own[own > 0].mean() if (own > 0).any() else 1.0 for own in rate.T])


def unit_cost(dataset: Dataset) -> Array:
    """Return (column,) money per media unit over the window; NaN where nothing was spent."""
    media, spend = (values[dataset.window].sum(axis=0) for values in (dataset.media, dataset.spend))
    cost = np.divide(spend, media, out=np.full(len(spend), np.nan), where=(spend > 0) & (media > 0))
    return np.concatenate([cost, np.full(len(dataset.organic), np.nan)])


def decay_of_half_life(weeks: float, adstock: str, max_lag: float) -> float:
    """Return the decay whose half-life is `weeks`: 2^(−1 / weeks) for geometric carryover, sought for binomial.

    Raises
    ------
    SpecError
        Carryover that ends at `max_lag` cannot last so long.
    """
    if adstock == "geometric":
        return 0.0 if weeks == 0 else float(0.5 ** (1 / weeks))
    low, high = 0.0, 1.0 - 1e-12
    longest = float(half_life(adstock, {"decay": high}, max_lag=max_lag))
    if weeks >= longest:
        raise SpecError(
            f"a half-life of {weeks:g} weeks is out of reach of {adstock} carryover that ends at week {max_lag:g}: "
            f"less than {longest:.3g}, or a later last week."
        )
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        shorter = float(half_life(adstock, {"decay": middle}, max_lag=max_lag)) < weeks
        low, high = (middle, high) if shorter else (low, middle)
    return (low + high) / 2


def _resolved(name: str, choice: ChannelSpec, typical: float, cost: float) -> ChannelSpec:
    """Resolve one medium's choices."""
    if choice.half_effect_spend is not None and not cost > 0:
        raise SpecError(f"{name} has a half_effect_spend, but nothing was spent on it; give half_saturation instead.")
    try:
        parameters = {
            "decay": _each(choice.half_life, lambda weeks: decay_of_half_life(weeks, choice.adstock, choice.max_lag)),
            "half_saturation": _each(choice.half_effect_spend, lambda money: money / cost),
        }
    except SpecError as error:
        raise SpecError(f"{name}: {error}") from error
    said: dict[str, Any] = {parameter: value for parameter, value in parameters.items() if value is not None}
    said |= dict.fromkeys(PLANNERS_FORMS)
    week = float(typical) if choice.typical_week is None else choice.typical_week
    return dataclasses.replace(choice, typical_week=week, **said)


def _each(choice: Choice, change: Callable[[float], float]) -> Choice:
    """Change a fixed value, or both ends of a range."""
    if isinstance(choice, tuple):
        return change(choice[0]), change(choice[1])
    return None if choice is None else change(choice)
