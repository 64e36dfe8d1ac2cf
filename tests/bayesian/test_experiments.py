"""Experiments move the model to the truth; the two routes agree; every adjustment by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from xl_mmm.bayesian.experiments import informed, lift_priors
from xl_mmm.bayesian.problem import problem_of
from xl_mmm.bayesian.unknowns import sized_by
from xl_mmm.errors import SpecError
from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, LiftTest, ModelSpec

MARKET = simulate(weeks=104, channels=2, seed=12, noise=0.04, controls=1, saturation="power", confounding=0.2)
DATA = MARKET.dataset
SEARCH = DATA.channels[1]  # on air in every week
WEEKS, UNTIL = slice(30, 82), 85
FLAT = (0.01, 100.0)


def holdout(weeks: slice = WEEKS, until: int = UNTIL) -> LiftTest:
    """Return a full holdout with its true effect, in a market of which these data are what was without it."""
    dark = np.ones((DATA.n_weeks, 2))
    dark[weeks, 1] = 0.0
    effect = float((MARKET.contribution(dark) - MARKET.contribution())[weeks.start : until + 1, 1].sum())
    spend, dates = float(DATA.spend[DATA.window][weeks, 1].sum()), DATA.window_dates.astype(str)
    start, end = dates[weeks.start], dates[weeks.stop - 1]
    return LiftTest(SEARCH, start, end, -spend, effect, 0.1 * abs(effect), dates[until], in_data=False)


def spec_with(*tests: LiftTest, route: str = "likelihood", roi: tuple[float, float] | None = None) -> ModelSpec:
    channels = {**MARKET.spec.channels, SEARCH: dataclasses.replace(MARKET.spec.channels[SEARCH], roi=roi)}
    return dataclasses.replace(MARKET.spec, channels=channels, lift_tests=tests, lift_route=route)


@pytest.fixture(scope="module")
def fitted() -> FittedMMM:
    return fit(DATA, spec_with(holdout(), roi=FLAT), method="bayes", draws=500)


def test_a_holdout_moves_the_estimate_to_the_truth_and_narrows_the_range(fitted: FittedMMM) -> None:
    before = fitted.posterior.before
    assert before is not None
    truth, after = float(MARKET.truth.roi[1]), fitted.roi().loc[SEARCH]
    low, high = np.quantile(before.roi[:, 0], [0.05, 0.95])
    assert abs(after["roi"] - truth) < 0.5 * abs(before.roi[:, 0].mean() - truth)
    assert after["roi_high"] - after["roi_low"] < 0.5 * (high - low)
    assert after["roi_low"] < truth < after["roi_high"]


def test_both_routes_agree_within_the_tests_standard_error(fitted: FittedMMM) -> None:
    test = holdout()
    as_prior = fit(DATA, spec_with(test, route="prior", roi=FLAT), method="bayes", draws=500)
    se = test.se / abs(test.spend_change)
    assert abs(as_prior.roi()["roi"][SEARCH] - fitted.roi()["roi"][SEARCH]) < se


def test_before_is_the_fit_without_the_tests(fitted: FittedMMM) -> None:
    without = fit(DATA, spec_with(roi=FLAT), method="bayes", draws=500)
    before = fitted.posterior.before
    assert before is not None
    assert without.posterior.before is None
    assert before.roi[:, 0].mean() == pytest.approx(without.roi()["roi"][SEARCH], rel=1e-5)
    np.testing.assert_allclose(before.believed[0], np.exp(3.29053 / 1.64485 * np.log(FLAT)), rtol=1e-4)


def test_the_stored_model_keeps_what_was_before(fitted: FittedMMM) -> None:
    again = FittedMMM.from_text(fitted.to_text()).posterior
    assert again.before is not None
    assert fitted.posterior.before is not None
    assert again.spec == fitted.posterior.spec
    for name in ("effect", "roi", "believed"):
        np.testing.assert_array_equal(getattr(again.before, name), getattr(fitted.posterior.before, name))


def test_progress_of_both_fits_is_one() -> None:
    seen: list[tuple[int, int]] = []
    short = holdout(weeks=slice(30, 34), until=36)
    fit(DATA, spec_with(short), method="bayes", draws=10, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert all(done <= total for done, total in seen)


def test_without_a_use_of_the_tests_nothing_is_before() -> None:
    one = fit(DATA, spec_with(holdout(), route="none"), method="bayes", draws=1)
    assert one.posterior.before is None
    assert fit(DATA, spec_with(holdout()), method="bayes", draws=1).posterior.before is None
    assert fit(DATA, spec_with(holdout()), draws=2).posterior.before is None


def test_every_adjustment_by_hand() -> None:
    """Four steady weeks at decay 0.6: 0.87 as a pulse, 0.67 week by week (`MATH.md`, tried)."""
    flat = DATA.spend.copy()
    flat[:, 1] = 1000.0
    data = dataclasses.replace(DATA, spend=flat, media=flat)
    dates = data.window_dates
    test = LiftTest(SEARCH, str(dates[60]), str(dates[63]), -4000.0, -6000.0, 600.0, in_data=False)
    choice = ChannelSpec(decay=0.6)
    (prior,) = lift_priors(data, ModelSpec(channels={SEARCH: choice}, lift_tests=(test,)))
    assert (prior.informs, prior.unused) == ("roi", "")
    assert (prior.estimate, prior.se) == pytest.approx((1.5, 0.15))
    assert prior.p == pytest.approx(1 - 0.6**4, rel=1e-5)
    assert prior.p_exact == pytest.approx(0.6736, rel=1e-5)
    assert prior.gamma == pytest.approx(1 / 0.6736, rel=1e-5)
    assert prior.tau_duration == pytest.approx(0.3264 / 0.6736, rel=1e-4)
    assert prior.tau_spend == pytest.approx(0.0, abs=1e-12)
    weeks = DATA.n_weeks - 63  # from the last day of the test, a Monday, to the end of the data
    assert prior.tau_recency == pytest.approx(2 ** (weeks / 52) - 1, rel=1e-9)
    assert prior.mean == pytest.approx(1.5 / 0.6736, rel=1e-5)
    assert prior.sd == pytest.approx(0.15 * np.sqrt(1 + prior.tau_duration + prior.tau_recency), rel=1e-9)
    longer = dataclasses.replace(test, measured_until=str(dates[70]))
    (measured,) = lift_priors(data, ModelSpec(channels={SEARCH: choice}, lift_tests=(longer,)))
    assert measured.p_exact == pytest.approx(np.mean(1 - 0.6 ** np.array([11, 10, 9, 8])), rel=1e-5)


def test_several_holdouts_combine_by_precision_and_partial_ones_inform_the_marginal_roi() -> None:
    first, second = holdout(weeks=slice(20, 26), until=28), holdout(weeks=slice(60, 70), until=74)
    partial = dataclasses.replace(first, spend_change=first.spend_change / 2, incremental_kpi=first.incremental_kpi / 2)
    spec = spec_with(first, second, partial, route="prior")
    priors = lift_priors(DATA, spec)
    assert [(p.informs, bool(p.unused)) for p in priors] == [("roi", False), ("roi", False), ("mroi", True)]
    assert "another test" in priors[2].unused
    low, high = informed(DATA, spec).channels[SEARCH].roi
    weight = np.array([p.sd**-2 for p in priors[:2]])
    mean, sd = np.array([p.mean for p in priors[:2]]) @ weight / weight.sum(), weight.sum() ** -0.5
    location, scale = np.log(low * high) / 2, np.log(high / low) / (2 * 1.6448536)
    assert np.exp(location + scale**2 / 2) == pytest.approx(mean, rel=1e-6)
    assert mean * np.sqrt(np.expm1(scale**2)) == pytest.approx(sd, rel=1e-6)
    alone = spec_with(partial, route="prior")
    assert sized_by(DATA, alone)[1] == "mroi"
    assert informed(DATA, alone).channels[SEARCH].mroi is not None
    assert informed(DATA, informed(DATA, alone)) == informed(DATA, alone)
    assert problem_of(DATA, alone).target.on_marginal == (1,)


def test_a_test_that_can_set_no_prior_says_why() -> None:
    worthless = dataclasses.replace(holdout(), incremental_kpi=500.0)
    spec = spec_with(worthless, route="prior")
    assert "not above zero" in lift_priors(DATA, spec)[0].unused
    assert informed(DATA, spec).channels == spec.channels
    fixed = dataclasses.replace(spec, channels={SEARCH: ChannelSpec(roi=1.0)}, lift_tests=(holdout(),))
    assert lift_priors(DATA, fixed)[0].unused == "the channel's size is fixed"


@pytest.mark.parametrize("route", ["likelihood", "prior"])
def test_a_test_outside_the_data_is_refused(route: str) -> None:
    late = LiftTest(SEARCH, "2030-01-07", "2030-01-20", -1.0, -1.0, 1.0)
    with pytest.raises(SpecError, match=f"lift test of {SEARCH} from 2030-01-07: it ends on 2030-01-20"):
        fit(DATA, spec_with(late, route=route), method="bayes", draws=1)
