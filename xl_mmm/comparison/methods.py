"""Fit the same choices by several methods, and line up what they say."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.comparison.record import Candidate, Comparison, Return
from xl_mmm.errors import FitError
from xl_mmm.posterior_text import spec_facts
from xl_mmm.spec import METHODS, ModelSpec

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.fitting import FittedMMM

Progress = Callable[[int, int], None]

STEPS = 300  # of progress, each method: a third the fit, the rest the shorter fits


def compare(
    dataset: Dataset,
    spec: ModelSpec | None = None,
    *,
    methods: Sequence[str] = METHODS,
    seed: int = 1,
    draws: int | None = None,
    level: float = 0.90,
    progress: Progress | None = None,
) -> Comparison:
    """Fit the same choices by several methods, forecast unseen quarters with each, and line up what they say.

    Parameters
    ----------
    dataset, spec, seed, draws
        As in `fit`.
    methods
        Names of methods.
    level
        Width of the ranges.
    progress
        Called with (steps done, steps in all).

    Returns
    -------
    Comparison
        A method that cannot be fitted stays, with its reason.
    """
    spec, found = spec or ModelSpec(), []
    for i, method in enumerate(methods):

        def own(done: int, total: int, before: int = i * STEPS) -> None:
            if progress is not None:
                progress(before + min(STEPS * done // max(total, 1), STEPS), STEPS * len(methods))

        found.append(_candidate(dataset, spec, method, seed, draws, level, own))
    return Comparison(
        dataset.channels, tuple(found), level, dataset.revenue_per_kpi is not None, _order(found), dataset.sha,
        choices_sha(spec),
    )  # fmt: skip


def choices_sha(spec: ModelSpec) -> str:
    """Return a hash of the choices; the margin, which nothing is estimated from, is left out."""
    facts = {key: value for key, value in spec_facts(spec).items() if key != "margin"}
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _candidate(
    dataset: Dataset, spec: ModelSpec, method: str, seed: int, draws: int | None, level: float, progress: Progress
) -> Candidate:
    """Fit one method and forecast with it: the fit is a third of the work, the four shorter fits the rest."""
    from xl_mmm.diagnostics.backtest import backtest
    from xl_mmm.diagnostics.refits import STEPS as STEPS_A_FIT
    from xl_mmm.diagnostics.refits import Work
    from xl_mmm.fitting import fit, refits_of
    from xl_mmm.measures import summary

    try:
        model = fit(
            dataset, spec, method=method, seed=seed, draws=draws,
            progress=lambda done, total: progress(done, 3 * max(total, 1)),
        )  # fmt: skip
    except FitError as error:
        return Candidate(method, refused=str(error))
    statistics = summary(model.posterior)
    refits = refits_of(model)
    work = Work(refits.fit, 4 * STEPS_A_FIT, lambda done, total: progress(total + 2 * done, 3 * total))
    tests = backtest(model.posterior, work, level)
    sampling = model.posterior.sampling
    known = len(tests.actual) > 0
    total, returns = _returns(model, level)
    return Candidate(
        method, "", sampling is None or sampling.converged, float(statistics["r_squared"]), float(statistics["wmape"]),
        len(tests.actual), tests.wmape() if known else math.nan, float(tests.inside.mean()) if known else math.nan,
        float(tests.score.mean() / np.abs(dataset.window_kpi).mean()) if known else math.nan, total, returns,
    )  # fmt: skip


def _returns(model: FittedMMM, level: float) -> tuple[Return, tuple[Return, ...]]:
    """Return what a unit of money brought: on all paid media, and by channel."""
    from xl_mmm.measures.draws import earned, interval, per_spend, window_spend

    spend = window_spend(model.posterior)
    brought = earned(model.posterior).revenue[:, : len(spend)]
    every = np.column_stack([brought.sum(axis=1), brought])
    each = per_spend(every, np.concatenate([[spend.sum()], spend]))
    rows = [tuple(map(float, row)) for row in np.column_stack([each.mean(axis=0), *interval(each, level)])]
    total, *returns = [(row[0], row[1], row[2]) for row in rows]
    return total, tuple(returns)


def _order(candidates: Sequence[Candidate]) -> float:
    """Return the mean rank correlation of the channels' returns over pairs of methods."""
    points = [[point for point, _, _ in one.returns if not math.isnan(point)] for one in candidates if not one.refused]
    pairs = [(a, b) for a, b in itertools.combinations(points, 2) if len(a) == len(b) > 1]
    if not pairs:
        return math.nan
    from scipy.stats import rankdata

    told_apart = [(rankdata(a), rankdata(b)) for a, b in pairs if min(map(np.ptp, (a, b))) > 0]
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in told_apart]
    return float(np.mean(correlations)) if correlations else math.nan
