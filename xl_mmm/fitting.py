"""`fit` and `evaluate`: data and choices in, a `FittedMMM` out.

A thin face: estimation is `xl_mmm.classical` and `xl_mmm.bayesian`, results are `xl_mmm.measures`, checks are
`xl_mmm.diagnostics`; each is loaded when it is first used. BLAS is held to one thread while a model is estimated: same
seed, same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.design import build_design
from xl_mmm.errors import SpecError
from xl_mmm.posterior import Posterior, rounded
from xl_mmm.resolution import by_hand_in_parameters, resolved
from xl_mmm.response import MediaParameters, effective_media, media_block, saturate
from xl_mmm.spec import METHODS, ModelSpec, is_count

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.dataset import Dataset
    from xl_mmm.diagnostics.refits import Refits
    from xl_mmm.measures import Future

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

BOOTSTRAP_DRAWS, DRAWS = 200, {"bayes": 1000}  # kept unless told otherwise
REFIT_BOOTSTRAP_DRAWS, REFIT_DRAWS = 80, {"bayes": 300}  # kept by fits that only checks look at
REFIT_CELLS, FEWEST_REFIT_DRAWS = 1_000_000, 10  # draws x weeks x media columns of such a bootstrap, at most
REFIT_DRAWS_A_CHAIN = 120  # most of such a fit by sampling: a tenth of a fit's own


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

    def beliefs(self, level: float = 0.90) -> pd.DataFrame:
        """Return what was believed beside what was found; see `xl_mmm.measures.beliefs`."""
        from xl_mmm.measures import beliefs

        return beliefs(self.posterior, level)

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

    def forecast(self, frame: pd.DataFrame | Future, level: float = 0.90) -> pd.DataFrame:
        """Forecast the KPI of the periods ahead, noise included; see `xl_mmm.measures.forecast`."""
        from xl_mmm.measures import forecast

        return forecast(self.posterior, frame, level)

    def checks(self, *, refit: bool = False) -> pd.DataFrame:
        """Return the data and model checks; see `xl_mmm.diagnostics`.

        Parameters
        ----------
        refit
            Whether to run the checks that fit the model again: backtest, placebo, a channel less, a part of the window.
        """
        from xl_mmm.diagnostics import data_checks, model_checks, to_frame

        refits = refits_of(self) if refit and self.method in METHODS else None
        return to_frame([*data_checks(self.dataset, self.spec), *model_checks(self.posterior, refits)])

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
    draws: int | None = None,
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
        `"ols"`, `"ridge"`, `"lasso"` or `"bayes"`.
    seed
        Seed of starts, resampling and sampling.
    draws
        Draws that are kept: bootstrap refits (200 unless told), or draws of the posterior (1,000 unless told, out of
        as many as it takes). 1 keeps the estimate alone, without ranges.
    progress
        Called with (work done, work expected), several times a second while `bayes` works. To cancel a fit, raise
        from it: the exception comes out of `fit` as it was raised, and nothing of the fit is left.

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
    draws = DRAWS.get(method, BOOTSTRAP_DRAWS) if draws is None else draws
    if not is_count(draws) or draws < 1:
        raise SpecError(f"draws is {draws!r}; keep one or more.")
    if not is_count(seed):
        raise SpecError(f"seed is {seed!r}; give a whole number, zero or more.")
    spec.check_names((*dataset.channels, *dataset.organic), dataset.controls)
    with threadpool_limits(limits=1, user_api="blas"):
        if method == "bayes":
            from xl_mmm.bayesian import bayes_and_before

            return FittedMMM(*bayes_and_before(dataset, spec, int(seed), int(draws), progress))
        from xl_mmm.classical import classical

        return FittedMMM(*classical(dataset, spec, method, int(seed), int(draws), progress))


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
    from xl_mmm.classical import lag_one, media_families, parameter_names
    from xl_mmm.estimation.hand_set import hand_set, overrides
    from xl_mmm.estimation.linear import factor

    spec, names = spec or ModelSpec(), (*dataset.channels, *dataset.organic)
    spec.check_names(names, dataset.controls)
    if unknown := [key for key in parameters if key not in (*names, "baseline", "controls")]:
        raise SpecError(f"No channel is called {', '.join(map(repr, unknown))}; the data have {', '.join(names)}.")
    families = media_families(dataset, spec)
    known = resolved(dataset, spec)
    said = {name: own for name in names if isinstance(own := parameters.get(name), Mapping)}
    own_parameters = {**parameters, **by_hand_in_parameters(dataset, spec, said)}
    given = {name: hand_set(name, known.channel(name), own_parameters.get(name)) for name in names}
    values = {p: np.array([[given[name].get(p, np.nan) for name in names]]) for p in parameter_names(families)}
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
        rounded(np.array([np.sqrt((residual**2).sum() / freedom)])), rounded(lag_one(residual[None])),
        "hand-set, no range",
    )  # fmt: skip
    return FittedMMM(one, one)


def refits_of(model: FittedMMM) -> Refits:
    """Return what the checks that fit again need: the model's estimate, and its method on other data."""
    from threadpoolctl import threadpool_limits

    from xl_mmm.diagnostics.refits import Refits

    method, seed = model.method, model.posterior.seed

    def fit_again(dataset: Dataset, spec: ModelSpec, *, ranges: bool, progress: Progress | None) -> Posterior:
        draws = REFIT_DRAWS.get(method, bootstrap_draws(dataset)) if ranges else 1
        with threadpool_limits(limits=1, user_api="blas"):
            if method == "bayes":
                from xl_mmm.bayesian import bayes

                return bayes(dataset, spec, seed, draws, progress, most=REFIT_DRAWS_A_CHAIN)[0]
            from xl_mmm.classical import classical

            return classical(dataset, spec, method, seed, draws, progress)[0]

    return Refits(model.estimate, fit_again)


def bootstrap_draws(dataset: Dataset) -> int:
    """Return how many draws a bootstrap keeps that only checks look at: fewer where the data are large."""
    cells = dataset.n_weeks * (len(dataset.channels) + len(dataset.organic))
    return min(REFIT_BOOTSTRAP_DRAWS, max(FEWEST_REFIT_DRAWS, REFIT_CELLS // cells))
