"""Checks of a fitted model: whether it describes the KPI, would have foreseen it, and tells a plausible story.

Conventions: residual = KPI less the mean over draws of everything the model explains. Test statistics and p values come
from statsmodels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.diagnostics.beliefs import check_prior_sensitivity
from xl_mmm.diagnostics.check import CHECKS, FAIL, PASS, REVIEW, Check, judged, shown_p
from xl_mmm.diagnostics.experiments import conflicting_tests, implausible_tests, unused_tests
from xl_mmm.diagnostics.refitted import REFIT_CHECKS, refit_checks
from xl_mmm.diagnostics.reported import listed
from xl_mmm.measures import contribution, roi, summary
from xl_mmm.measures.draws import earned, interval, window_spend
from xl_mmm.response import outcome_weights
from xl_mmm.spec import SIGNS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from xl_mmm.diagnostics.refits import Refits
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
LAGS = 10  # Ljung-Box
INDEPENDENT = 2.0  # Durbin-Watson of errors without memory
LOWEST_ROI, HIGHEST_ROI = 0.1, 10.0
RETURNED = {  # what a belief is on -> column of `measures.roi`, verb
    "roi": ("roi", "returns"),
    "mroi": ("mroi", "returns at the margin"),
    "share": ("contribution_share", "has a share of the KPI of"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What the model checks look at.

    Attributes
    ----------
    posterior
        The model.
    kpi, residual
        (n_weeks,) KPI and what is unexplained.
    statistics
        `measures.summary`.
    roi
        `measures.roi`.
    totals
        (draw, column) contribution over the window, KPI units; carry-in apart.
    shapes
        (n_weeks, column) mean contribution by week.
    level
        Width of ranges.
    """

    posterior: Posterior
    kpi: Array
    residual: Array
    statistics: pd.Series
    roi: pd.DataFrame
    totals: Array
    shapes: Array
    level: float

    @property
    def fitted(self) -> Array:
        """(n_weeks,) what the model explains."""
        return self.kpi - self.residual


def model_checks(posterior: Posterior, refits: Refits | None = None, level: float = 0.90) -> list[Check]:
    """Return every check of a fitted model, in the order of `CHECKS`.

    Parameters
    ----------
    posterior
        The model.
    refits
        Fits it again; None: the checks that need it say what to run.
    level
        Width of ranges.
    """
    found = dict(zip(MODEL_CHECKS, standing_checks(posterior, level), strict=True))
    found |= dict(zip(REFIT_CHECKS, refit_checks(posterior, refits, level), strict=True))
    return [found[key] for key in CHECKS if key in found]


def standing_checks(posterior: Posterior, level: float = 0.90) -> list[Check]:
    """Return the checks that look at the fitted model alone, in the order of `CHECKS`."""
    weekly = contribution(posterior)
    names = list(posterior.media.names)
    fit = Fit(
        posterior, posterior.dataset.window_kpi, weekly["residual"].to_numpy(dtype=float), summary(posterior),
        roi(posterior), earned(posterior).contribution, weekly[names].to_numpy(dtype=float), level,
    )  # fmt: skip
    return [check(fit) for check in MODEL_CHECKS.values()]


def _sampling(fit: Fit) -> Check:
    limit, sampling = CHECKS["sampling"], fit.posterior.sampling
    if sampling is None:
        return Check(limit.name, PASS, None, limit.fail, f"The method {fit.posterior.method} samples no chains.")
    message = (
        f"{sampling.n_draws:,} draws: R-hat {sampling.r_hat:.4f}, at least {sampling.tail_ess:,.0f} independent draws "
        "behind each end of a range."
    )
    if sampling.converged:
        return Check(limit.name, PASS, sampling.r_hat, limit.fail, message)
    return Check(
        limit.name, FAIL, sampling.r_hat, limit.fail, message,
        "Do not use the ranges: give tighter priors, fewer parameters, or merge channels that move together.",
    )  # fmt: skip


def _loo(fit: Fit) -> Check:
    limit, loo = CHECKS["loo"], fit.posterior.loo
    if loo is None:
        message = "Not judged: it takes 100 draws of bayes or more, data and parameters as they were fitted."
        return Check(limit.name, PASS, None, limit.review, message)
    moves = f"{loo.n_above} of {len(fit.kpi)} weeks move the estimates far alone, most of all the week of {loo.worst}."
    if loo.n_above == 0:
        return Check(limit.name, PASS, loo.largest_k, loo.k_limit, moves)
    return Check(
        limit.name, REVIEW, loo.largest_k, loo.k_limit, moves,
        f"Find out what happened on {loo.worst}; correct the data, or give a one-off event a 0/1 control.",
    )  # fmt: skip


def _r_squared(fit: Fit) -> Check:
    value = float(fit.statistics["r_squared"])
    return judged(
        "r_squared", value, f"The model explains {value:.0%} of the KPI's variation.",
        "Look for a missing driver (price, promotion, distribution, holiday) and add it as a control.",
    )  # fmt: skip


def _mape(fit: Fit) -> Check:
    value = float(fit.statistics["mape"])
    if value != value:
        limit = CHECKS["mape"]
        return Check(limit.name, PASS, None, limit.review, "Undefined: the KPI is zero in some week. Read wMAPE.")
    return judged("mape", value, f"A week is missed by {value:.1%} on average.", "Look at the largest misses on Model.")


def _wmape(fit: Fit) -> Check:
    value = float(fit.statistics["wmape"])
    return judged(
        "wmape", value, f"Misses add up to {value:.1%} of the KPI.", "Look at the largest misses; add their cause."
    )


def _nrmse(fit: Fit) -> Check:
    value = float(fit.statistics["nrmse"])
    return judged(
        "nrmse", value, f"The typical miss is {value:.1%} of the KPI's range.", "Look for single weeks missed by far."
    )


def _durbin_watson(fit: Fit) -> Check:
    from statsmodels.stats.stattools import durbin_watson

    limit, value = CHECKS["durbin_watson"], float(durbin_watson(fit.residual))
    status = limit.status(abs(value - INDEPENDENT))
    off = limit.review or 0.0
    return Check(
        limit.name, status, value, INDEPENDENT - off if value < INDEPENDENT else INDEPENDENT + off,
        f"Misses of neighboring periods: {value:.2f}, where {INDEPENDENT:g} is independent and 0 the same miss again.",
        "" if status == PASS else
        "Good and bad weeks come in runs: add the slow driver behind them (trend break, price, season), or knots.",
    )  # fmt: skip


def _ljung_box(fit: Fit) -> Check:
    from statsmodels.stats.diagnostic import acorr_ljungbox

    lags = min(LAGS, len(fit.residual) // 5)
    table = acorr_ljungbox(fit.residual, lags=[lags])
    value = float(table["lb_pvalue"].iloc[0])
    ranges = "the errors with memory of bayes" if fit.posterior.method == "bayes" else "ranges from the block bootstrap"
    return judged(
        "ljung_box", value, f"Misses over {lags} periods are {_related(value)} (Ljung-Box {shown_p(value)}).",
        f"Add the slow driver behind the runs of misses; {ranges} allow for what remains.",
    )  # fmt: skip


def _related(p: float) -> str:
    return "related to one another" if CHECKS["ljung_box"].status(p) != PASS else "as good as unrelated"


def _breusch_pagan(fit: Fit) -> Check:
    from statsmodels.stats.diagnostic import het_breuschpagan

    level = fit.fitted / max(float(np.abs(fit.fitted).max()), 1e-300)
    value = float(het_breuschpagan(fit.residual, np.column_stack([np.ones_like(level), level]))[1])
    grows = "change with the level of the KPI" if CHECKS["breusch_pagan"].status(value) != PASS else "are of even size"
    return judged(
        "breusch_pagan", value, f"Misses {grows} (Breusch-Pagan {shown_p(value)}).",
        "Misses that grow with sales suggest effects in percent; check that price and season are controls.",
    )  # fmt: skip


def _jarque_bera(fit: Fit) -> Check:
    from statsmodels.stats.stattools import jarque_bera

    _, p, skew, kurtosis = (float(x) for x in jarque_bera(fit.residual))
    worst = int(np.argmax(np.abs(fit.residual)))
    day = str(fit.posterior.dataset.window_dates[worst])
    return judged(
        "jarque_bera", p,
        f"Largest miss: {day}, {fit.residual[worst]:+,.0f} (skew {skew:.1f}, kurtosis {kurtosis:.1f}, {shown_p(p)}).",
        f"Find out what happened on {day}; a one-off event deserves a 0/1 control.",
    )  # fmt: skip


def _negative_baseline(fit: Fit) -> Check:
    posterior = fit.posterior
    by_week = posterior.linear @ posterior.design.matrix[posterior.dataset.window].T  # (draw, week)
    value = float((by_week.sum(axis=1) < 0).mean())
    weeks = int((by_week.mean(axis=0) < 0).sum())
    return judged(
        "negative_baseline", value,
        f"The KPI without media is negative in {weeks} of {by_week.shape[1]} weeks; in total in {value:.0%} of draws.",
        "Media is credited with more than was sold: add missing controls, or test the largest channel.",
    )  # fmt: skip


def _control_signs(fit: Fit) -> Check:
    posterior = fit.posterior
    signs = posterior.spec.control_signs
    if not signs:
        return judged("control_signs", 0.0, "No sign was given.", "")
    means = dict(zip(posterior.design.names, posterior.linear.mean(axis=0), strict=True))
    wrong = [name for name, sign in signs.items() if means[name] * SIGNS[sign] < 0]
    message = f"{len(signs) - len(wrong)} of {len(signs)} controls move the KPI the way that was given."
    if not wrong:
        return judged("control_signs", 0.0, message, "")
    found = listed([f"{name} was given as {signs[name]} and is {means[name]:+,.4g} KPI per unit" for name in wrong])
    return judged(
        "control_signs", len(wrong), f"{found}.",
        f"Only a fit by bayes keeps to a sign; look for a driver that moves with {wrong[0]}, or withdraw its sign.",
    )  # fmt: skip


def _roi(fit: Fit) -> Check:
    """Judge ROI, or what the planner's belief is on, by the given range or by what is customary."""
    limit = CHECKS["roi"]
    known = fit.roi["roi"].dropna()
    if not fit.posterior.dataset.is_revenue or known.empty:
        return Check(limit.name, PASS, None, limit.review, "Not judged: without revenue there is no ROI; see CPIK.")
    findings, odd = [], []
    for name, row in fit.roi.loc[known.index].iterrows():
        choice = fit.posterior.spec.channel(str(name))
        column, verb = RETURNED[choice.prior_on]
        low, high = choice.size if isinstance(choice.size, tuple) else (LOWEST_ROI, HIGHEST_ROI)
        value = float(row[column])
        if not low <= value <= high:
            findings.append(f"{name} {verb} {value:.2f}, outside {low:g} to {high:g}")
            odd.append(str(name))
    if not odd:
        message = f"ROI runs from {known.min():.2f} ({known.idxmin()}) to {known.max():.2f} ({known.idxmax()})."
        return judged("roi", 0, message, "")
    return judged(
        "roi", len(odd), listed(findings) + ".",
        f"Check units and dates of {odd[0]}; if they are right, test {odd[0]} before money is moved on this figure.",
    )  # fmt: skip


def _media_share(fit: Fit) -> Check:
    total = float(fit.kpi.sum())
    value = float(fit.totals.mean(axis=0).sum()) / total if total else float("nan")
    return judged(
        "media_share", value, f"Media explains {value:.0%} of the KPI over the window.",
        "Few brands owe this much to media: check trend and controls, or test the largest channel.",
    )  # fmt: skip


def _indistinguishable(fit: Fit) -> Check:
    names = fit.posterior.media.names
    columns, kind = (fit.totals, "estimates") if fit.posterior.n_draws > 2 else (fit.shapes, "weekly contributions")
    live = np.flatnonzero(columns.std(axis=0) > 1e-12 * np.abs(columns).max(initial=0.0))
    if len(live) < 2:
        return judged("indistinguishable", 0.0, "There are no two channels to tell apart.", "")
    correlation: Array = np.asarray(np.corrcoef(columns[:, live].T))
    # draws trade channels off (negative); shapes coincide (positive)
    strength = -correlation if kind == "estimates" else correlation
    np.fill_diagonal(strength, -np.inf)  # no channel is a pair with itself
    i, j = sorted(np.unravel_index(int(np.argmax(strength)), strength.shape))
    value = float(max(strength[i, j], 0.0))
    first, second = names[live[i]], names[live[j]]
    message = f"Closest pair: {first} and {second}; their {kind} have correlation {correlation[i, j]:+.2f}."
    if CHECKS["indistinguishable"].status(value) != PASS:
        message += f" {_together(fit, [int(live[i]), int(live[j])])}"
    return judged(
        "indistinguishable", value, message,
        f"Group {first} and {second}, or run a geo test on one of them; until then read only their sum.",
    )  # fmt: skip


def _together(fit: Fit, pair: list[int]) -> str:
    """Say what two media bring together: their return where money was spent on both, else their share of the KPI."""
    data, spend = fit.posterior.dataset, window_spend(fit.posterior)
    money, words, form = data.revenue_per_kpi is not None, "return", ".2f"
    revenue = earned(fit.posterior).revenue[:, pair].sum(axis=1)
    if money and max(pair) < len(spend) and spend[pair].sum() > 0:
        draws = revenue / spend[pair].sum()
    else:
        draws, words, form = revenue / float(outcome_weights(data) @ data.window_kpi), "add", ".1%"
    of = " of the KPI" if words == "add" else ""
    said = f"Together they {words} {draws.mean():{form}}{of}"
    if len(draws) > 2:
        low, high = interval(draws, fit.level)
        said += f" ({low:{form}} to {high:{form}})"
    return f"{said}; apart they cannot be told."


MODEL_CHECKS: dict[str, Callable[[Fit], Check]] = {
    "sampling": _sampling,
    "loo": _loo,
    "r_squared": _r_squared,
    "mape": _mape,
    "wmape": _wmape,
    "nrmse": _nrmse,
    "durbin_watson": _durbin_watson,
    "ljung_box": _ljung_box,
    "breusch_pagan": _breusch_pagan,
    "jarque_bera": _jarque_bera,
    "negative_baseline": _negative_baseline,
    "control_signs": _control_signs,
    "roi": _roi,
    "media_share": _media_share,
    "lift_unused": lambda fit: unused_tests(fit.posterior),
    "lift_conflict": lambda fit: conflicting_tests(fit.posterior),
    "lift_implausible": lambda fit: implausible_tests(fit.posterior),
    "prior_sensitivity": lambda fit: check_prior_sensitivity(fit.posterior),
    "indistinguishable": _indistinguishable,
}
