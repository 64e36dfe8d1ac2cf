"""Two routes from experiments into the model: measured effects in the likelihood, or a prior of ROI.

Conventions
-----------
* ROI is revenue per money, KPI per money where the KPI has no revenue, as of a channel's size.
* The prior's route follows Meridian (Google 2025, "ROI priors and calibration"): an estimate of a few weeks is
  stretched by the share of the carryover that was measured, and its standard error grows with every way in which the
  test differs from the model's window. `p_exact` counts the carryover of each tested period up to the last measured
  one; Meridian's `p` takes the spend as one pulse at the start, which counts too much, and is shown beside it.
* A test that took all of the spend away (or brought all of it) informs ROI, any other one the marginal ROI. A channel
  has one prior: tests of the whole spend come first, tests of one kind are combined by precision, and their prior
  stands in the place of the planner's own.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.classical import media_families, resolved_space
from xl_mmm.estimation.bayes.lift import LiftBlock
from xl_mmm.estimation.search_space import NORMAL_90
from xl_mmm.experiments import changed_media
from xl_mmm.resolution import resolved
from xl_mmm.response import outcome_weights
from xl_mmm.transforms import ADSTOCKS, adstock_weights

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.experiments import ChangedMedia
    from xl_mmm.response import MediaParameters
    from xl_mmm.spec import Choice, LiftTest, ModelSpec

Array = NDArray[np.float64]

YEAR = 52.0  # weeks in which a test loses half of its weight
REMAINDER = 1e-6  # of an infinite carryover that is left uncounted


@dataclass(frozen=True, slots=True)
class LiftPrior:
    """What one test says of a channel's ROI, with every adjustment.

    Attributes
    ----------
    test
        The test.
    informs
        `"roi"` or `"mroi"`.
    estimate, se
        Measured effect, in money, per money changed, and its standard error.
    p
        Share of the carryover inside the measured periods, the spend taken as one pulse at the start.
    p_exact
        The same, averaged over the tested periods.
    gamma
        1 / p_exact: stretches the estimate.
    tau_duration, tau_spend, tau_recency
        What carryover left unmeasured, spend unlike the window's, and age add to the variance, as multiples of it.
    mean, sd
        gamma · estimate, and se √(1 + Στ).
    unused
        Why this test sets no prior; empty when it does.
    """

    test: LiftTest
    informs: str
    estimate: float
    se: float
    p: float
    p_exact: float
    gamma: float
    tau_duration: float
    tau_spend: float
    tau_recency: float
    mean: float
    sd: float
    unused: str


def lift_block(dataset: Dataset, spec: ModelSpec, families: MediaParameters, scale: float) -> LiftBlock | None:
    """Return the tests for the likelihood, effects over `scale`; None when none enter it.

    Raises
    ------
    SpecError
        A test that does not fit the data.
    """
    if not spec.lift_tests or spec.lift_route != "likelihood":
        return None
    changes = [changed_media(dataset, test) for test in spec.lift_tests]
    measured, se = np.array([(test.incremental_kpi, test.se) for test in spec.lift_tests]).T / scale
    return LiftBlock.of(changes, measured, se, families, dataset.period_weeks)


def informed(dataset: Dataset, spec: ModelSpec) -> ModelSpec:
    """Return the choices with the beliefs about size that the tests give; as they are unless the route is `"prior"`.

    Raises
    ------
    SpecError
        A test that does not fit the data.
    """
    if not spec.lift_tests or spec.lift_route != "prior":
        return spec
    channels = dict(spec.channels)
    for name, (quantity, ends) in ranges(lift_priors(dataset, spec)).items():
        beliefs: dict[str, Choice] = {"roi": None, "mroi": None, "share": None, quantity: ends}
        channels[name] = dataclasses.replace(spec.channel(name), **beliefs)  # type: ignore[arg-type]
    return dataclasses.replace(spec, channels=channels)


def ranges(priors: list[LiftPrior]) -> dict[str, tuple[str, tuple[float, float]]]:
    """Return channel -> what its prior is on, and its 90 % range, from all the tests that set one."""
    used = [prior for prior in priors if not prior.unused]
    found = {}
    for name in dict.fromkeys(prior.test.channel for prior in used):
        own = [prior for prior in used if prior.test.channel == name]
        found[name] = own[0].informs, _range_90(*_combined(own))
    return found


def lift_priors(dataset: Dataset, spec: ModelSpec) -> list[LiftPrior]:
    """Return what each test says of its channel's ROI, whatever the route, in order.

    Raises
    ------
    SpecError
        A test that does not fit the data.
    """
    changes = [changed_media(dataset, test) for test in spec.lift_tests]
    weights = _carryover(dataset, spec, sorted({change.column for change in changes}))
    found = [
        _lift_prior(dataset, spec, test, change, weights[change.column])
        for test, change in zip(spec.lift_tests, changes, strict=True)
    ]
    whole = {prior.test.channel for prior in found if prior.informs == "roi" and not prior.unused}
    reason = "another test, of all the channel's spend, informs its ROI"
    return [
        dataclasses.replace(prior, unused=reason)
        if prior.informs == "mroi" and prior.test.channel in whole and not prior.unused
        else prior
        for prior in found
    ]


def _lift_prior(
    dataset: Dataset, spec: ModelSpec, test: LiftTest, tested: ChangedMedia, carryover: Array
) -> LiftPrior:
    """Take one test through every adjustment; `carryover` (lag,) adds up to one."""
    k, window = tested.column, dataset.window
    measured = slice(tested.first - dataset.n_history, len(tested.media) - dataset.n_history)
    money = float(outcome_weights(dataset)[measured].mean())
    estimate, se = (money * kpi / test.spend_change for kpi in (test.incremental_kpi, test.se))
    passed = np.cumsum(carryover)
    inside = passed[np.minimum(np.arange(tested.n_measured), len(passed) - 1)]  # of lags up to 0, 1, ... periods
    p, p_exact = float(inside[-1]), float(inside[::-1][: tested.n_tested].mean())
    days = 7 * dataset.period_weeks
    here = abs(test.spend_change) / test.population_share / (tested.n_tested * days)
    usual = float(dataset.spend[window, k].sum()) / (dataset.n_weeks * days)
    age = float((dataset.dates[-1] - np.datetime64(test.until)) / np.timedelta64(1, "D")) / 7 + dataset.period_weeks
    recency = 0.5 ** (max(age, 0.0) / YEAR)
    tau = (1 - p_exact) / p_exact, max(here, usual) / min(here, usual) - 1, (1 - recency) / recency
    mean, sd = estimate / p_exact, abs(se) * math.sqrt(1 + sum(tau))
    return LiftPrior(
        test, "roi" if tested.full else "mroi", estimate, abs(se), p, p_exact, 1 / p_exact, *tau, mean, sd,
        _unused(spec, test, mean),
    )  # fmt: skip


def _unused(spec: ModelSpec, test: LiftTest, mean: float) -> str:
    """Return why a test can set no prior by itself."""
    if isinstance(spec.channel(test.channel).size, float):
        return "the channel's size is fixed"
    return "" if mean > 0 else "its estimate is not above zero, as every ROI is"


def _carryover(dataset: Dataset, spec: ModelSpec, columns: list[int]) -> dict[int, Array]:
    """Return the weight of each lag in periods, adding up to one, at the middle of what is believed, by column."""
    families = media_families(dataset, spec)
    space = resolved_space(dataset, resolved(dataset, spec), families)
    values = space.values(space.centre[None])
    found = {}
    for k in columns:
        record = ADSTOCKS[families.adstock[k]]
        own = {p.name: values[p.name][0, k] for p in record.parameters}
        n_lags = None
        if not record.finite:
            kept = max(float(own["decay"]), REMAINDER) ** dataset.period_weeks
            n_lags = math.ceil(math.log(REMAINDER) / math.log(kept)) + 1
        weights = adstock_weights(
            record.name, own, max_lag=families.max_lag[k], period_weeks=dataset.period_weeks, n_lags=n_lags
        )
        found[k] = np.asarray(weights / weights.sum())
    return found


def _combined(priors: list[LiftPrior]) -> tuple[float, float]:
    """Return mean and standard deviation of several tests of one kind, weighted by precision."""
    mean, precision = np.array([(prior.mean, prior.sd**-2) for prior in priors]).T
    return float(mean @ precision / precision.sum()), float(precision.sum() ** -0.5)


def _range_90(mean: float, sd: float) -> tuple[float, float]:
    """Return the 90 % range of the log-normal with this mean and standard deviation."""
    variance = math.log1p((sd / mean) ** 2)
    middle, half = math.log(mean) - variance / 2, NORMAL_90 * math.sqrt(variance)
    return math.exp(middle - half), math.exp(middle + half)
