"""What each experiment measured, what the model said of it before and says after, and whether they agree.

Conventions
-----------
* Measured ranges are normal around the measured effect, the model's are those of its draws. "Before" is the same model
  fitted without any experiment, "after" the model as it is.
* conflict z = (measured − predicted before) / √(se² + sd²); 2 or more is a conflict with the data.
* The ROI that a test implies is the ROI before, stretched by measured over predicted. Two tests of one channel
  conflict when theirs lie two standard errors apart; a test is implausible when its effect has the wrong sign, or its
  implied ROI lies outside the prior's 99.9 % range, by more than two standard errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.normal import quantile
from xl_mmm.experiments import changed_media, lift_effect, misfit
from xl_mmm.measures.draws import blocks, earned, interval, per_spend, window_spend

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.posterior import Posterior
    from xl_mmm.spec import LiftTest

Array = NDArray[np.float64]

FAR = 2.0  # standard errors

AGREES, UNUSED = "agrees", "not used"
AGAINST_DATA, AGAINST_TEST, IMPLAUSIBLE = "conflicts with the data", "conflicts with another test", "implausible"


def lift_tests(posterior: Posterior, level: float = 0.90) -> pd.DataFrame:
    """Return every experiment, before and after.

    Parameters
    ----------
    posterior
        Draws of the model.
    level
        Width of the ranges.

    Returns
    -------
    DataFrame
        A row a test, in order. `channel start end spend_change` as entered; `measured before after` with `_low _high`,
        effects in KPI units; `roi_before roi_after` of the channel with ends (NaN without revenue); `conflict_z`;
        `verdict`, one of the words above or several joined by commas. What was before is NaN, and the verdict "not
        used", where the model did not use the tests; `after` is NaN where the data no longer hold the test.
    """
    import pandas as pd

    tests = posterior.spec.lift_tests
    measured, se = (np.array([getattr(test, name) for test in tests]) for name in ("incremental_kpi", "se"))
    columns: dict[str, object] = {
        name: [getattr(test, name) for test in tests] for name in ("channel", "start", "end", "spend_change")
    }
    before, blank = posterior.before, np.full((1, len(tests)), np.nan)
    after = _ranged("after", predicted(posterior), level)
    width = float(quantile(np.array((1 + level) / 2))) * se
    columns |= {"measured": measured, "measured_low": measured - width, "measured_high": measured + width}
    columns |= _ranged("before", blank if before is None else before.effect, level) | after
    money = posterior.dataset.revenue_per_kpi is not None
    columns |= _ranged("roi_before", blank if before is None or not money else before.roi, level)
    columns |= _ranged("roi_after", _roi(posterior) if money else blank, level)
    columns |= {"conflict_z": conflict(posterior), "verdict": verdicts(posterior)}
    return pd.DataFrame(columns)


def predicted(posterior: Posterior) -> Array:
    """Return the effect that the model foresees for each test, (draw, test) KPI units; NaN where it fits no more."""
    dataset = posterior.dataset
    effect = np.full((posterior.n_draws, len(posterior.spec.lift_tests)), np.nan)
    for j, test in enumerate(posterior.spec.lift_tests):
        if misfit(dataset, test) is None:
            tested = changed_media(dataset, test)
            effect[:, j] = np.concatenate(
                [lift_effect(tested, some.media, dataset.period_weeks) for some in blocks(posterior, 2)]
            )
    return effect


def conflict(posterior: Posterior) -> Array:
    """Return (test,) how far each test lies from what was said before, in standard deviations; NaN where unused."""
    tests, before = posterior.spec.lift_tests, posterior.before
    if before is None:
        return np.full(len(tests), np.nan)
    measured, se = np.array([(test.incremental_kpi, test.se) for test in tests]).T
    return np.asarray((measured - before.effect.mean(axis=0)) / np.hypot(se, before.effect.std(axis=0)))


def verdicts(posterior: Posterior) -> list[str]:
    """Return what is to be said of each test."""
    tests, before = posterior.spec.lift_tests, posterior.before
    if before is None:
        return [UNUSED] * len(tests)
    implied, error = implied_roi(posterior)
    low, high = before.believed.T
    words: list[list[str]] = [[] for _ in tests]
    for j, (test, z) in enumerate(zip(tests, conflict(posterior), strict=True)):
        wrong_sign = test.incremental_kpi * np.sign(test.spend_change) < -FAR * test.se
        if wrong_sign or implied[j] + FAR * error[j] < low[j] or implied[j] - FAR * error[j] > high[j]:
            words[j].append(IMPLAUSIBLE)
        if any(_apart(tests, implied, error, j, i) for i in range(len(tests)) if i != j):
            words[j].append(AGAINST_TEST)
        if abs(z) >= FAR:
            words[j].append(AGAINST_DATA)
    return [", ".join(own) or AGREES for own in words]


def implied_roi(posterior: Posterior) -> tuple[Array, Array]:
    """Return (test,) the channel's ROI that each measured effect stands for, and its standard error; NaN if unused."""
    tests, before = posterior.spec.lift_tests, posterior.before
    if before is None:
        return np.full(len(tests), np.nan), np.full(len(tests), np.nan)
    foreseen = before.effect.mean(axis=0)
    none = np.full(len(tests), np.nan)
    per_kpi = np.divide(before.roi.mean(axis=0), foreseen, out=none, where=foreseen != 0)
    measured, se = np.array([(test.incremental_kpi, test.se) for test in tests]).T
    return per_kpi * measured, np.abs(per_kpi) * se


def _apart(tests: tuple[LiftTest, ...], implied: Array, error: Array, i: int, j: int) -> bool:
    """Whether two tests are of one channel and imply different returns."""
    far = FAR * np.hypot(error[i], error[j])
    return tests[i].channel == tests[j].channel and bool(abs(implied[i] - implied[j]) > far)


def _roi(posterior: Posterior) -> Array:
    """Return (draw, test) ROI of each test's channel."""
    columns = [posterior.dataset.channels.index(test.channel) for test in posterior.spec.lift_tests]
    spend = window_spend(posterior)
    return per_spend(earned(posterior).revenue[:, : len(spend)], spend)[:, columns]


def _ranged(name: str, draws: Array, level: float) -> dict[str, Array]:
    """Return mean and ends over draws, by column of the table."""
    low, high = interval(draws, level)
    return {name: draws.mean(axis=0), f"{name}_low": low, f"{name}_high": high}

