"""Checks that fit the model again: on fewer weeks, without a channel, with one too many.

Conventions: forecasts are of periods that the refit had not seen; ranges are of the level in use.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.diagnostics.backtest import LEAST_LEFT, ORIGINS, QUARTER, Backtest, backtest
from xl_mmm.diagnostics.check import CHECKS, PASS, REVIEW, Check, judged
from xl_mmm.diagnostics.placebo import Placebo, placebo
from xl_mmm.diagnostics.refits import STEPS, STEPS_OF_ESTIMATE, Work
from xl_mmm.diagnostics.stability import Moved, leave_one_out, n_left_out, subsets
from xl_mmm.measures.draws import interval
from xl_mmm.resolution import resolved
from xl_mmm.rules.calendar import PERIOD_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from xl_mmm.diagnostics.refits import Progress, Refits
    from xl_mmm.posterior import Posterior

PERSISTENCE = 4.0  # weeks over which misses go together: 52 weeks tell as much as 13 independent ones
JUDGED_AT = 0.90  # width of the ranges that limits of placebo, channels and parts were set with, whatever is shown
SURE = 0.9  # P(ROI > break-even) from which a planner would spend; a placebo must stay below


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """What the fits found.

    Attributes
    ----------
    posterior
        The model.
    level
        Width of ranges.
    forecasts, placebo, left_out, parts
        Results of each kind of fit.
    """

    posterior: Posterior
    level: float
    forecasts: Backtest
    placebo: Placebo
    left_out: Moved
    parts: Moved


def refit_checks(
    posterior: Posterior, refits: Refits | None, level: float = 0.90, progress: Progress | None = None
) -> list[Check]:
    """Return the checks that fit the model again, in the order of `CHECKS`.

    What the data's scale settles is settled by the whole data, so that fits to fewer weeks have the same priors.

    Parameters
    ----------
    posterior
        The model.
    refits
        Its estimate and a way to fit it again; None: each check says what to run.
    level
        Width of ranges.
    progress
        Called with (work done, work expected).
    """
    if refits is None:
        return [_not_run(key, posterior.method) for key in REFIT_CHECKS]
    posterior = dataclasses.replace(posterior, spec=resolved(posterior.dataset, posterior.spec))
    origins = _n_origins(posterior)
    expected = (origins + 1) * STEPS + (n_left_out(posterior.dataset) + 2) * STEPS_OF_ESTIMATE
    work = Work(refits.fit, expected, progress)
    tested = Tested(
        posterior, level, backtest(posterior, work, level), placebo(posterior, work),
        leave_one_out(posterior, refits.estimate, work, JUDGED_AT),
        subsets(posterior, refits.estimate, work, JUDGED_AT),
    )  # fmt: skip
    return [check(tested) for check in REFIT_CHECKS.values()]


def _n_origins(posterior: Posterior) -> int:
    """Count the quarters that can be forecast."""
    data = posterior.dataset
    quarter = max(1, round(QUARTER / data.period_weeks))
    return sum((data.n_weeks - i * quarter) * data.period_weeks >= LEAST_LEFT for i in range(1, ORIGINS + 1))


def _not_run(key: str, method: str) -> Check:
    limit = CHECKS[key]
    if method == "evaluate":
        return Check(
            limit.name, REVIEW, None, limit.review, "Not run: parameters set by hand are not estimated again.",
            "Fit the model to learn how it does on weeks that it has not seen.",
        )  # fmt: skip
    return Check(
        limit.name, REVIEW, None, limit.review, "Not run: it fits the model again.",
        "Run `xl-mmm run` on the workbook, or `model.checks(refit=True)` in Python.",
    )  # fmt: skip


def _holdout(tested: Tested) -> Check:
    return _unseen(tested, "holdout", slice(0, 1), "the last quarter")


def _backtest(tested: Tested) -> Check:
    return _unseen(tested, "backtest", slice(None), "each quarter from before it")


def _unseen(tested: Tested, key: str, origins: slice, what: str) -> Check:
    limit, forecasts = CHECKS[key], tested.forecasts
    made = len(forecasts.actual[origins])
    if made == 0:
        return _nothing_forecast(tested, key)
    value, naive = forecasts.wmape(origins), forecasts.wmape_repeated(origins)
    quarters = f"{made} quarter{'s' if made > 1 else ''}"
    message = f"Forecasting {what} without having seen it ({quarters}) misses by {value:.1%} of the KPI"
    if naive == naive:
        message += f"; repeating the year before misses by {naive:.1%}"
    if key == "holdout":
        message += f". {_inside(tested, forecasts.inside[origins])} inside the {tested.level:.0%} range"
    elif forecasts.stopped:
        message += f". Stopped early: {forecasts.stopped}"
    check = judged(
        key, value, message + ".", "Do not plan on this model's level before the driver behind the misses is a control."
    )
    if check.status == PASS and naive == naive and value > naive:
        return Check(
            limit.name, REVIEW, value, naive, message + ".",
            "Repeating last year forecasts better: look for a driver that the model lacks before planning on it.",
        )  # fmt: skip
    return check


def _nothing_forecast(tested: Tested, key: str) -> Check:
    limit = CHECKS[key]
    return Check(
        limit.name, REVIEW, None, limit.review, f"Not run: {tested.forecasts.stopped}.",
        f"Add history; {QUARTER:.0f} weeks kept out need a year before them.",
    )  # fmt: skip


def _inside(tested: Tested, inside: NDArray[np.bool_]) -> str:
    """Say how many periods: '12 of 13 weeks'."""
    return f"{int(inside.sum())} of {inside.size} {PERIOD_WORDS[tested.posterior.dataset.grain][1]}"


def _coverage(tested: Tested) -> Check:
    limit, inside = CHECKS["coverage"], tested.forecasts.inside
    if inside.size == 0:
        return _nothing_forecast(tested, "coverage")
    value, level = float(inside.mean()), tested.level
    error = coverage_error(level, inside.size, tested.posterior.dataset.period_weeks)
    status = limit.status((level - value) / error)
    message = (
        f"{_inside(tested, inside)} that the model had not seen fell inside their {level:.0%} range ({value:.0%})."
    )
    return Check(
        limit.name, status, value, level - (limit.review or 0.0) * error, message, "" if status == PASS else
        "Take the ranges for narrower than they should be: plan with room, and look for drivers that the model lacks.",
    )  # fmt: skip


def coverage_error(level: float, periods: int, period_weeks: float) -> float:
    """Return the standard error of the share of periods inside a right range of width `level`.

    √(level (1 − level) / n), n the independent periods: misses of neighboring weeks, and the error of a refit, are
    shared.
    """
    independent = min(periods, periods * period_weeks / PERSISTENCE)
    return math.sqrt(level * (1 - level) / max(independent, 1.0))


def _crps(tested: Tested) -> Check:
    forecasts = tested.forecasts
    if forecasts.actual.size == 0:
        return _nothing_forecast(tested, "crps")
    size = float(np.abs(forecasts.actual).mean())
    message = f"Number and range together miss by {_share(float(forecasts.score.mean()), size)} of the KPI (CRPS)"
    rivals = {"repeating the year before": forecasts.score_repeated, "with its own range": forecasts.score_ranged}
    worst, added = 0.0, ""
    for words, score in rivals.items():
        known = ~np.isnan(score)
        if known.any():
            own, other = float(forecasts.score[known].mean()), float(score[known].mean())
            worst = max(worst, own / other if other > 0 else math.inf)
            added += f"{';' if not added else ','} {words} {_share(other, size)}"
    return judged(
        "crps", worst, f"{message}{added}.",
        "Repeating last year says as much: look for drivers that the model lacks before planning on its ranges.",
    )  # fmt: skip


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole > 0 else "all"


def _placebo(tested: Tested) -> Check:
    limit, found = CHECKS["placebo"], tested.placebo
    if found.stopped:
        return Check(
            limit.name, REVIEW, None, limit.review, f"Not run: {found.stopped}.",
            "Add weeks, or leave out channels and controls that add nothing.",
        )  # fmt: skip
    value, allowed = found.least(JUDGED_AT), found.allowed(limit.review or 0.0)
    (low, own_low), (high, own_high) = interval(found.returned, tested.level)
    mean, own = found.returned.mean(axis=0)
    money = tested.posterior.dataset.revenue_per_kpi is not None
    periods = PERIOD_WORDS[tested.posterior.dataset.grain][1]
    unit = "an ROI" if money else "KPI per money"
    message = (
        f"An invented channel ({found.copied} {found.shift} {periods} later, correlation with real ones at most "
        f"{found.alike:.2f}) would get {unit} of {mean:.2f} ({low:.2f} to {high:.2f}); {found.copied} itself gets "
        f"{own:.2f} ({own_low:.2f} to {own_high:.2f})"
    )
    if found.prior is not None:
        message += f". Before the data the invented one had {found.prior[0]:.2f} to {found.prior[1]:.2f}"
    sure = float((found.returned[:, 0] > 1 / tested.posterior.spec.margin).mean()) if money else 0.0
    action = (
        f"The model gives credit where none is due: doubt returns as small as {mean:.2f}, and add controls for what "
        f"moves sales and spend alike, or test {found.copied}."
    )
    if value > allowed:
        return Check(limit.name, REVIEW, value, allowed, message + ".", action)
    if sure >= SURE:
        message += f". In {sure:.0%} of draws it pays back"
        return Check(limit.name, REVIEW, sure, SURE, message + ".", action)
    return Check(limit.name, PASS, value, allowed, message + ".")


def _left_out(tested: Tested) -> Check:
    limit, found = CHECKS["leave_one_out"], tested.left_out
    if math.isnan(found.size):
        if found.remark:
            return Check(limit.name, REVIEW, None, limit.review, f"Not run: {found.remark}.", "Add weeks.")
        return Check(limit.name, PASS, None, limit.review, "There are no two paid channels with spend to compare.")
    every = len(tested.posterior.dataset.channels)
    tried = "each channel" if found.fits == every else f"the largest, {found.fits} of {every},"
    message = (
        f"Leaving out {tried} in turn moves {found.channel} most: without {found.cause} from {found.before:.2f} to "
        f"{found.after:.2f}, {found.size:.1f} half-widths of its {JUDGED_AT:.0%} range, larger misses allowed for."
    )
    return judged(
        "leave_one_out", found.size, _with(message, found.remark),
        f"What {found.channel} returns hangs on {found.cause} being in the model: test one of the two, or read their "
        "sum.",
    )  # fmt: skip


def _parts(tested: Tested) -> Check:
    limit, found = CHECKS["subsets"], tested.parts
    if math.isnan(found.size):
        why = found.remark or "nothing was spent"
        return Check(limit.name, REVIEW, None, limit.review, f"Not run: {why}.", "Add weeks.")
    message = (
        f"{found.channel} moves most between parts of the window: over the same weeks {found.before:.2f} by the whole, "
        f"{found.after:.2f} by {found.cause} alone, {found.size:.1f} half-widths of its {JUDGED_AT:.0%} range."
    )
    return judged(
        "subsets", found.size, _with(message, found.remark),
        f"{found.channel} did not work alike all the time, or something else changed: look for a break in how it is "
        "bought or measured, and fit a shorter window.",
    )  # fmt: skip


def _with(message: str, remark: str) -> str:
    """Add a remark as a sentence of its own."""
    return f"{message} {remark[0].upper()}{remark[1:]}." if remark else message


REFIT_CHECKS: dict[str, Callable[[Tested], Check]] = {
    "holdout": _holdout,
    "backtest": _backtest,
    "coverage": _coverage,
    "crps": _crps,
    "placebo": _placebo,
    "leave_one_out": _left_out,
    "subsets": _parts,
}
