"""Classical estimation from data and choices to draws (`MATH.md`, "Classical methods").

1. Resolve the search space from the choices and the data's own scale;
2. search the transforms, the linear part solved inside, media coefficients zero or more;
3. for ridge and lasso, choose the weight once by rolling origin and search again;
4. resample blocks of residuals and repeat the search for each series: every result carries draws.

Everything is deterministic for a seed: work is limited by counts, ties go to the lower index, and draws are rounded to
float32 before they are used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.design import build_design
from xl_mmm.estimation.estimable import check_estimable
from xl_mmm.estimation.linear import factor
from xl_mmm.estimation.problem import Penalty, Problem
from xl_mmm.estimation.profile import ENOUGH, Searched, search
from xl_mmm.estimation.resampling import moving_blocks
from xl_mmm.estimation.search_space import search_space
from xl_mmm.estimation.shrinkage import choose_weight
from xl_mmm.posterior import Posterior, rounded
from xl_mmm.resolution import resolved
from xl_mmm.response import MediaParameters, effective_media, media_block, saturate
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.design import Design
    from xl_mmm.estimation.linear import Basis
    from xl_mmm.estimation.search_space import SearchSpace
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

STARTS = 6  # starts of the first search, besides the grid's
SHAPE_WEIGHT = 0.2  # weight of the transforms' priors in a classical search; 1 would be a full posterior mode
RANGE_LABELS = {"ols": "bootstrap range", "ridge": "stability range", "lasso": "stability range"}


def classical(
    dataset: Dataset, spec: ModelSpec, method: str, seed: int, draws: int, progress: Progress | None
) -> tuple[Posterior, Posterior]:
    """Estimate by `"ols"`, `"ridge"` or `"lasso"`; returns all draws, and the search's own answer as one draw.

    Raises
    ------
    FitError
        Data that cannot carry the model.
    """
    design, y = build_design(dataset, spec), dataset.window_kpi
    families = media_families(dataset, spec)
    space = resolved_space(dataset, spec, families)
    basis = factor(design.matrix[dataset.window], design.names)
    check_estimable(y, media_block(dataset).window, basis, families.names, len(space.coordinates))
    problem = Problem(media_block(dataset), families, space, basis)
    rng = np.random.default_rng(seed)
    starts = np.clip(
        space.centre + np.vstack([np.zeros(len(space.sd)), rng.normal(size=(STARTS - 1, len(space.sd)))]) * space.sd,
        space.low, space.high,
    )  # fmt: skip
    penalty = Penalty(shape=SHAPE_WEIGHT * _noise_variance(basis, y, problem, starts[:1]))
    found = search(problem, y[None], starts, penalty)
    if method != "ols":
        x = _standardised(problem, found)
        weight = choose_weight(method, x, basis.q, y)
        penalty = Penalty(
            l1=weight if method == "lasso" else 0.0, l2=weight if method == "ridge" else 0.0, shape=penalty.shape
        )
        found = search(problem, y[None], np.vstack([found.theta, starts]), penalty)
    estimate = _posterior(dataset, spec, design, problem, y[None], found, (method, seed))
    if draws == 1:
        return estimate, estimate
    fitted = y - _residuals(problem, y[None], found)[0]
    n_parameters = len(design.names) + int((found.coefficient > 0).sum()) + len(space.coordinates)
    series = fitted + moving_blocks(y - fitted, n_parameters, draws, rng)
    refits = search(problem, series, found.theta, penalty, iterations=ENOUGH, progress=progress)
    return _posterior(dataset, spec, design, problem, series, refits, (method, seed)), estimate


def media_families(dataset: Dataset, spec: ModelSpec) -> MediaParameters:
    """Return the families of all media columns, without values."""
    names = (*dataset.channels, *dataset.organic)
    channels = [spec.channel(name) for name in names]
    return MediaParameters(
        names, tuple(c.adstock for c in channels), tuple(c.saturation for c in channels),
        tuple(c.max_lag for c in channels), {}, np.ones((1, len(names))),
    )  # fmt: skip


def _own_parameters(families: MediaParameters, k: int) -> list[str]:
    """Transform parameters of column `k`."""
    records = (*ADSTOCKS[families.adstock[k]].parameters, *SATURATIONS[families.saturation[k]].parameters)
    return [p.name for p in records]


def parameter_names(families: MediaParameters) -> list[str]:
    """Every transform parameter in use, once."""
    return list(dict.fromkeys(p for k in range(len(families.names)) for p in _own_parameters(families, k)))


def resolved_space(dataset: Dataset, spec: ModelSpec, families: MediaParameters) -> SearchSpace:
    """Return the coordinates that are searched, resolved from the data's scale."""
    known = resolved(dataset, spec)
    own = [_own_parameters(families, k) for k in range(len(families.names))]
    choices = [{p: getattr(known.channel(name), p) for p in own[k]} for k, name in enumerate(families.names)]
    typical = np.array([known.channel(name).typical_week for name in families.names], dtype=float)
    return search_space(own, choices, typical, families.max_lag, families.names)


def _noise_variance(basis: Basis, y: Array, problem: Problem, centre: Array) -> float:
    """Residual variance with every transform at its centre: the scale that makes the weak priors a log density."""
    x = _standardised(problem, Searched(centre, np.ones((1, problem.space.n_columns)), np.zeros(1)))
    both = np.column_stack([basis.q, basis.residual(x.T).T])
    residual = y - both @ np.linalg.lstsq(both, y, rcond=1e-10)[0]
    return float((residual**2).sum() / max(len(y) - both.shape[1], 1))


def _standardised(problem: Problem, found: Searched) -> Array:
    """Return the transformed media of the first answer with unit standard deviation, (week, column)."""
    s = _saturated(problem, found)[0]
    standard: Array = s / np.maximum(s.std(axis=0), 1e-12)
    return standard


def _saturated(problem: Problem, found: Searched) -> Array:
    """S(u) at the answers, (series, week, column)."""
    parameters = problem.parameters(found.theta)
    return saturate(effective_media(problem.block, parameters), parameters)


def _residuals(problem: Problem, series: Array, found: Searched) -> Array:
    """Residuals of each series at its answer, (series, week)."""
    media = np.einsum("btk,bk->bt", _saturated(problem, found), found.coefficient)
    return problem.basis.residual(series - media)


def _posterior(
    dataset: Dataset, spec: ModelSpec, design: Design, problem: Problem, series: Array, found: Searched,
    made: tuple[str, int],
) -> Posterior:  # fmt: skip
    """Dress the answers as draws."""
    f = problem.families
    size = max(1, 4_000_000 // (series.shape[1] * max(problem.space.n_columns, 1)))
    linear, residual = [], []
    for first in range(0, len(series), size):
        part, own = found.take(slice(first, first + size)), series[first : first + size]
        target = own - np.einsum("btk,bk->bt", _saturated(problem, part), part.coefficient)
        linear.append(problem.basis.solve(target))
        residual.append(problem.basis.residual(target))
    left = np.concatenate(residual)
    freedom = max(series.shape[1] - len(design.names) - len(f.names) - len(problem.space.coordinates), 1)
    media = MediaParameters(
        f.names, f.adstock, f.saturation, f.max_lag,
        {p: rounded(v) for p, v in problem.space.values(found.theta).items()}, rounded(found.coefficient),
    )  # fmt: skip
    method, seed = made
    return Posterior(
        dataset, spec, design, method, seed, media, rounded(np.concatenate(linear)),
        rounded(np.sqrt((left**2).sum(axis=1) / freedom)), rounded(lag_one(left)), RANGE_LABELS[method],
    )  # fmt: skip


def lag_one(residual: Array) -> Array:
    """Lag-one autocorrelation of each series, (series,)."""
    total = (residual**2).sum(axis=1)
    product = (residual[:, 1:] * residual[:, :-1]).sum(axis=1)
    correlation: Array = np.divide(product, total, out=np.zeros(len(total)), where=total > 0)
    return correlation
