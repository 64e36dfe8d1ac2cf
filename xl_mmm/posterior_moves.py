"""Moving a model without fitting it: kept draws on changed data, and parameters set by hand in every draw.

A move gives a new posterior and leaves the old one alone. What was estimated stays estimated; only what the planner
changed, and what follows from it by least squares, is new.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.classical import lag_one
from xl_mmm.design import build_design
from xl_mmm.errors import SpecError
from xl_mmm.estimation.linear import factor
from xl_mmm.estimation.search_space import check_value
from xl_mmm.posterior import rounded
from xl_mmm.resolution import by_hand_in_parameters, resolved
from xl_mmm.response import effective_media, media_block, saturate
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

BLOCK_CELLS = 1_500_000  # draws x weeks x columns worked on at once
COEFFICIENT = "coefficient"


def other_layout(dataset: Dataset, other: Dataset) -> str:
    """Return why draws made on one dataset mean nothing on the other; empty when only values differ.

    Parameters
    ----------
    dataset, other
        The data of the model, and those it may be moved to.

    Returns
    -------
    str
        `"dates"` (also grain, window and regions), `"channels"` (also organic media and units of exposure),
        `"controls"`, `"KPI"`, or nothing.
    """
    regions = [() if one.geo is None else one.geo.names for one in (dataset, other)]
    periods = [(one.grain, one.n_history, one.dates.tolist()) for one in (dataset, other)]
    if periods[0] != periods[1] or regions[0] != regions[1]:
        return "dates"
    if any(getattr(dataset, name) != getattr(other, name) for name in ("channels", "media_units", "organic")):
        return "channels"
    if dataset.controls != other.controls:
        return "controls"
    return "" if dataset.roles.kpi == other.roles.kpi else "KPI"


def on_data(posterior: Posterior, dataset: Dataset) -> Posterior:
    """Return the same draws on other values of the same columns and dates.

    The controls' references stay the model's own, because its baseline holds their effect.

    Raises
    ------
    SpecError
        The columns or the dates differ.
    """
    if differs := other_layout(posterior.dataset, dataset):
        raise SpecError(f"The model was made for other {differs}. Fit it again.")
    moved = dataclasses.replace(dataset, control_reference=posterior.dataset.control_reference)
    return dataclasses.replace(posterior, dataset=moved, design=build_design(moved, posterior.spec), loo=None)


def with_margin(posterior: Posterior, margin: float) -> Posterior:
    """Return the same model judged at another margin, which nothing is estimated from."""
    return dataclasses.replace(posterior, spec=dataclasses.replace(posterior.spec, margin=margin))


def by_hand(posterior: Posterior, values: Mapping[str, Mapping[str, float]]) -> Posterior:
    """Replace parameters in every draw; baseline and controls follow by least squares given the media.

    Parameters
    ----------
    posterior
        The model.
    values
        Medium -> parameter of its families or its planner's form (`"half_life"`, `"half_effect_spend"`), or
        `"coefficient"` (KPI units at full response) -> value.

    Returns
    -------
    Posterior
        The same draws of everything else; baseline, controls and residual scale solved again draw by draw.

    Raises
    ------
    SpecError
        A medium or parameter that the model does not have, or a value outside its range.
    """
    media, values = posterior.media, by_hand_in_parameters(posterior.dataset, posterior.spec, values)
    replaced = {name: value.copy() for name, value in media.values.items()} | {COEFFICIENT: media.coefficient.copy()}
    for name, own in values.items():
        if name not in media.names:
            raise SpecError(f"The model has no channel {name!r}; it has {', '.join(media.names)}. Fit it again.")
        k = media.names.index(name)
        for parameter, value in own.items():
            _check(posterior, name, k, parameter, value)
            replaced[parameter][:, k] = value
    coefficient = replaced.pop(COEFFICIENT)
    moved = dataclasses.replace(
        posterior,
        media=dataclasses.replace(
            media,
            values={name: rounded(value) for name, value in replaced.items()},
            coefficient=rounded(coefficient),
        ),
        loo=None,  # it belongs to what was fitted
    )
    return _solved_again(moved, _free_parameters(posterior, values))


def _check(posterior: Posterior, name: str, k: int, parameter: str, value: float) -> None:
    """Refuse a parameter that the medium's families lack, or a value out of its range."""
    if parameter == COEFFICIENT:
        return
    adstock, saturation = posterior.media.adstock[k], posterior.media.saturation[k]
    known = [p.name for p in (*ADSTOCKS[adstock].parameters, *SATURATIONS[saturation].parameters)]
    if parameter not in known:
        raise SpecError(
            f"{name}: {parameter} has no meaning in this model, which has {adstock} and {saturation} "
            f"({', '.join(known)}). Fit it again, or clear the value."
        )
    check_value(name, parameter, value, posterior.media.max_lag[k])


def _free_parameters(posterior: Posterior, values: Mapping[str, Mapping[str, float]]) -> int:
    """Count what the data still decide: linear columns, coefficients and shapes neither fixed nor set by hand."""
    count, spec = len(posterior.design.names), resolved(posterior.dataset, posterior.spec)
    for k, name in enumerate(posterior.media.names):
        choice = spec.channel(name)
        adstock, saturation = ADSTOCKS[posterior.media.adstock[k]], SATURATIONS[posterior.media.saturation[k]]
        shapes = [p.name for p in (*adstock.parameters, *saturation.parameters)]
        free = [p for p in shapes if not isinstance(getattr(choice, p), float)]
        count += sum(p not in values.get(name, {}) for p in (*free, COEFFICIENT))
    return count


def _solved_again(posterior: Posterior, n_parameters: int) -> Posterior:
    """Solve baseline and controls for each draw, given its media."""
    dataset = posterior.dataset
    y, block = dataset.window_kpi, media_block(dataset)
    basis = factor(posterior.design.matrix[dataset.window], posterior.design.names)
    freedom = max(len(y) - n_parameters, 1)
    linear, sigma, rho = [], [], []
    for part in posterior.blocks(max(1, BLOCK_CELLS // max(block.window.size, 1))):
        shape = saturate(effective_media(block, part.media), part.media)
        target = y - np.einsum("dtk,dk->dt", shape, part.media.coefficient)
        left = basis.residual(target)
        linear.append(basis.solve(target))
        sigma.append(np.sqrt((left**2).sum(axis=1) / freedom))
        rho.append(lag_one(left))
    return dataclasses.replace(
        posterior,
        linear=rounded(np.concatenate(linear)),
        sigma=rounded(np.concatenate(sigma)),
        rho=rounded(np.concatenate(rho)),
    )
