"""`fit` and `evaluate`: data and choices in, a `FittedMMM` out.

The steps of a classical fit (`MATH.md`, "Classical methods"):

1. resolve the search space from the choices and the data's own scale;
2. search the transforms, the linear part solved inside, media coefficients zero or more;
3. for ridge and lasso, choose the weight once by rolling origin and search again;
4. resample blocks of residuals and repeat the search for each series: every result carries draws.

Everything is deterministic for a seed: work is limited by counts, BLAS is held to one thread, ties go to the lower
index, and draws are rounded to float32 before they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.design import build_design
from xl_mmm.errors import SpecError
from xl_mmm.estimation.estimable import check_estimable
from xl_mmm.estimation.hand_set import hand_set, overrides
from xl_mmm.estimation.linear import factor
from xl_mmm.estimation.problem import Penalty, Problem
from xl_mmm.estimation.profile import ENOUGH, Searched, search
from xl_mmm.estimation.resampling import moving_blocks
from xl_mmm.estimation.search_space import search_space
from xl_mmm.estimation.shrinkage import choose_weight
from xl_mmm.posterior import Posterior, rounded
from xl_mmm.response import MediaParameters, effective_media, media_block, saturate
from xl_mmm.spec import METHODS, ModelSpec, is_count
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.dataset import Dataset
    from xl_mmm.design import Design
    from xl_mmm.estimation.linear import Basis
    from xl_mmm.estimation.search_space import SearchSpace

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

STARTS = 6  # starts of the first search, besides the grid's
SHAPE_WEIGHT = 0.2  # weight of the transforms' priors in a classical search; 1 would be a full posterior mode
RANGE_LABELS = {"ols": "bootstrap range", "ridge": "stability range", "lasso": "stability range"}


@dataclass(frozen=True, slots=True, eq=False)
class FittedMMM:
    """A model with its draws. Each method calls the function of the same name.

    Attributes
    ----------
    posterior
        Draws of the parameters; every number with a range comes from it.
    estimate
        The search's own answer as a posterior of one draw: what textbook inference is about.
    """

    posterior: Posterior
    estimate: Posterior

    @property
    def dataset(self) -> Dataset:
        """The data."""
        return self.posterior.dataset

    @property
    def spec(self) -> ModelSpec:
        """The choices."""
        return self.posterior.spec

    @property
    def method(self) -> str:
        """How the model was made."""
        return self.posterior.method

    def contribution(self) -> pd.DataFrame:
        """Weekly decomposition in KPI units; see `xl_mmm.measures.contribution`."""
        from xl_mmm.measures import contribution

        return contribution(self.posterior)

    def roi(self, level: float = 0.90) -> pd.DataFrame:
        """Return on media by channel; see `xl_mmm.measures.roi`."""
        from xl_mmm.measures import roi

        return roi(self.posterior, level)

    def parameters(self, level: float = 0.90) -> pd.DataFrame:
        """Parameters with ranges; see `xl_mmm.measures.parameters`."""
        from xl_mmm.measures import parameters

        return parameters(self.posterior, level)

    def summary(self) -> pd.Series[float]:
        """Fit statistics; see `xl_mmm.measures.summary`."""
        from xl_mmm.measures import summary

        return summary(self.posterior)

    def response_curve(
        self, channel: str, multipliers: Array | list[float] | None = None, level: float = 0.90
    ) -> pd.DataFrame:
        """Outcome of scaling a channel's spend; see `xl_mmm.measures.response_curve`."""
        from xl_mmm.measures import response_curve

        return response_curve(self.posterior, channel, multipliers, level)

    def checks(self, *, refit: bool = False) -> pd.DataFrame:
        """Return the data and model checks; see `xl_mmm.diagnostics`.

        Parameters
        ----------
        refit
            Whether to run the checks that fit the model again on fewer weeks (holdout, rolling backtest).
        """
        from xl_mmm.diagnostics import data_checks, model_checks, to_frame

        again = (lambda weeks: refit_without(self, weeks)) if refit else None
        return to_frame([*data_checks(self.dataset, self.spec), *model_checks(self.posterior, again)])

    def inference(self) -> pd.DataFrame:
        """Coefficients with HAC standard errors, transforms held fixed (classical methods)."""
        from xl_mmm.estimation.inference import hac_inference

        one, dataset = self.estimate, self.dataset
        s = saturate(effective_media(media_block(dataset), one.media), one.media)[0]
        used = one.media.coefficient[0] > 0  # a coefficient held at zero has no standard error
        names = [*one.design.names, *(name for name, use in zip(one.media.names, used, strict=True) if use)]
        columns = np.column_stack([one.design.matrix[dataset.window], s[:, used]])
        return hac_inference(columns, dataset.window_kpi, names)

    def to_text(self) -> str:
        """Return the model as checksummed text; see `xl_mmm.posterior_text`."""
        from xl_mmm.posterior_text import to_text

        return to_text(self.posterior, self.estimate)

    @classmethod
    def from_text(cls, text: str) -> FittedMMM:
        """Read what `to_text` wrote; the same numbers come out.

        Raises
        ------
        MmmError
            The text is damaged, foreign, or of a newer schema.
        """
        from xl_mmm.posterior_text import from_text

        return cls(*from_text(text))


def fit(
    dataset: Dataset,
    spec: ModelSpec | None = None,
    *,
    method: str = "ols",
    seed: int = 1,
    draws: int = 200,
    progress: Progress | None = None,
) -> FittedMMM:
    """Estimate a media mix model.

    Parameters
    ----------
    dataset
        Validated data.
    spec
        Choices; `ModelSpec()` when None.
    method
        `"ols"`, `"ridge"` or `"lasso"`.
    seed
        Seed of starts and resampling.
    draws
        Bootstrap refits kept as draws; 1 keeps the estimate alone, without ranges.
    progress
        Called with (refits done, refits in all).

    Returns
    -------
    FittedMMM

    Raises
    ------
    SpecError
        Unknown method or channel, or impossible choices.
    FitError
        Constant or collinear columns, or more parameters than weeks; names them.
    """
    from threadpoolctl import threadpool_limits

    spec = spec or ModelSpec()
    if method not in METHODS:
        raise SpecError(f"method is {method!r}; choose one of {', '.join(METHODS)}.")
    if not is_count(draws) or draws < 1:
        raise SpecError(f"draws is {draws!r}; keep one or more.")
    if not is_count(seed):
        raise SpecError(f"seed is {seed!r}; give a whole number, zero or more.")
    spec.check_names((*dataset.channels, *dataset.organic))
    with threadpool_limits(limits=1, user_api="blas"):
        return _fit(dataset, spec, method, int(seed), int(draws), progress)


def evaluate(dataset: Dataset, spec: ModelSpec | None, parameters: Mapping[str, object]) -> FittedMMM:
    """Make a model from hand-set parameters.

    Parameters
    ----------
    dataset, spec
        As in `fit`.
    parameters
        Channel -> its transform parameters and `"coefficient"` (KPI units at full response). A parameter that the
        specification fixes may be left out. Baseline and controls are solved by least squares given the media;
        `"baseline"` and `"controls"`, mappings of column name -> coefficient, override single columns.

    Returns
    -------
    FittedMMM
        Of one draw.

    Raises
    ------
    SpecError
        Naming what is missing, unknown or outside its range.
    """
    spec, names = spec or ModelSpec(), (*dataset.channels, *dataset.organic)
    spec.check_names(names)
    if unknown := [key for key in parameters if key not in (*names, "baseline", "controls")]:
        raise SpecError(f"No channel is called {', '.join(map(repr, unknown))}; the data have {', '.join(names)}.")
    families = _families(dataset, spec)
    given = {name: hand_set(name, spec.channel(name), parameters.get(name)) for name in names}
    values = {p: np.array([[given[name].get(p, np.nan) for name in names]]) for p in _parameter_names(families)}
    coefficient = np.array([[given[name]["coefficient"] for name in names]])
    media = MediaParameters(
        names, families.adstock, families.saturation, families.max_lag,
        {p: rounded(value) for p, value in values.items()}, rounded(coefficient),
    )  # fmt: skip
    design = build_design(dataset, spec)
    z, y = design.matrix[dataset.window], dataset.window_kpi
    target = y - saturate(effective_media(media_block(dataset), media), media)[0] @ media.coefficient[0]
    linear = np.full(len(design.names), np.nan)
    for key in ("baseline", "controls"):
        for column, value in overrides(key, parameters.get(key), design.names, design.group).items():
            linear[design.names.index(column)] = value
    free = np.isnan(linear)
    if free.any():
        basis = factor(z[:, free], [n for n, f in zip(design.names, free, strict=True) if f])
        linear[free] = basis.solve(target - z[:, ~free] @ linear[~free])
    residual = target - z @ linear
    freedom = max(len(y) - int(free.sum()), 1)
    one = Posterior(
        dataset, spec, design, "evaluate", 0, media, rounded(linear[None]),
        rounded(np.array([np.sqrt((residual**2).sum() / freedom)])), rounded(_lag_one(residual[None])),
        "hand-set, no range",
    )  # fmt: skip
    return FittedMMM(one, one)


def refit_without(model: FittedMMM, weeks: int) -> Posterior:
    """Fit the same choices without the last `weeks` of the window: one draw, for backtests."""
    return fit(
        model.dataset.without_last(weeks), model.spec, method=model.method, seed=model.posterior.seed, draws=1
    ).posterior


# ---------------------------------------------------------------------------------------------------------- the steps


def _fit(
    dataset: Dataset, spec: ModelSpec, method: str, seed: int, draws: int, progress: Progress | None
) -> FittedMMM:
    design, y = build_design(dataset, spec), dataset.window_kpi
    families = _families(dataset, spec)
    space = _space(dataset, spec, families)
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
        return FittedMMM(estimate, estimate)
    fitted = y - _residuals(problem, y[None], found)[0]
    n_parameters = len(design.names) + int((found.coefficient > 0).sum()) + len(space.coordinates)
    series = fitted + moving_blocks(y - fitted, n_parameters, draws, rng)
    refits = search(problem, series, found.theta, penalty, iterations=ENOUGH, progress=progress)
    return FittedMMM(_posterior(dataset, spec, design, problem, series, refits, (method, seed)), estimate)


def _families(dataset: Dataset, spec: ModelSpec) -> MediaParameters:
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


def _parameter_names(families: MediaParameters) -> list[str]:
    """Every transform parameter in use, once."""
    return list(dict.fromkeys(p for k in range(len(families.names)) for p in _own_parameters(families, k)))


def _space(dataset: Dataset, spec: ModelSpec, families: MediaParameters) -> SearchSpace:
    """Return the coordinates that are searched, resolved from the data's scale."""
    block = media_block(dataset)
    rate = block.window / block.period_weeks
    live = (rate > 0).sum(axis=0)
    reference = rate.sum(axis=0) / np.maximum(live, 1)
    own = [_own_parameters(families, k) for k in range(len(families.names))]
    choices = [{p: getattr(spec.channel(name), p) for p in own[k]} for k, name in enumerate(families.names)]
    return search_space(own, choices, np.where(reference > 0, reference, 1.0), families.max_lag, families.names)


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
        rounded(np.sqrt((left**2).sum(axis=1) / freedom)), rounded(_lag_one(left)), RANGE_LABELS[method],
    )  # fmt: skip


def _lag_one(residual: Array) -> Array:
    """Lag-one autocorrelation of each series, (series,)."""
    total = (residual**2).sum(axis=1)
    product = (residual[:, 1:] * residual[:, :-1]).sum(axis=1)
    correlation: Array = np.divide(product, total, out=np.zeros(len(total)), where=total > 0)
    return correlation
