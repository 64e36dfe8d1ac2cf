"""`fit` and `evaluate`: data and choices in, a `FittedMMM` out.

A thin face: estimation is `xl_mmm.classical` and `xl_mmm.bayesian`, results are `xl_mmm.measures`, checks are
`xl_mmm.diagnostics`; each is loaded when it is first used. BLAS is held to one thread while a model is estimated: same
seed, same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.design import build_design
from xl_mmm.errors import SpecError
from xl_mmm.experiments import usable_tests
from xl_mmm.posterior import Posterior, rounded
from xl_mmm.resolution import by_hand_in_parameters, resolved
from xl_mmm.response import MediaParameters, effective_media, media_block, saturate
from xl_mmm.spec import METHODS, ModelSpec, is_count

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.dataset import Dataset

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

BOOTSTRAP_DRAWS, DRAWS = 200, {"bayes": 1000}  # kept unless told otherwise


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
        Called with (work done, work expected), many times a second. To cancel a fit, raise from it: the exception
        comes out of `fit` as it was raised, and nothing of the fit is left.

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


def refit_without(model: FittedMMM, weeks: int) -> Posterior:
    """Fit the same choices without the last `weeks` of the window, and their experiments: one draw, for backtests."""
    dataset = model.dataset.without_last(weeks)
    spec = replace(model.spec, lift_tests=usable_tests(dataset, model.spec.lift_tests))
    return fit(dataset, spec, method=model.method, seed=model.posterior.seed, draws=1).posterior
