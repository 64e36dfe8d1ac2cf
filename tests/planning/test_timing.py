"""The money of a plan timed period by period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from xl_mmm import fit, simulate
from xl_mmm.measures.ahead import ahead
from xl_mmm.planning.flighting import EVEN, OPTIMIZED
from xl_mmm.planning.planned_year import Known, YearAsked, planned_year
from xl_mmm.planning.scenario import PlanLine, Scenario
from xl_mmm.planning.timing import MOST_IN_A_PERIOD, TimedYear, timed_year
from xl_mmm.planning.year import WHOLE, year_plan
from xl_mmm.posterior import Posterior

MARKET = simulate(weeks=110, channels=3, seed=8)
CUT = Scenario("Cut", (PlanLine(((MARKET.dataset.channels[0], 0.8),)),))


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    return fit(MARKET.dataset, method="ols", seed=1).posterior.take(slice(0, 40))


@pytest.fixture(scope="module")
def timed(posterior: Posterior) -> TimedYear:
    return timed_year(posterior, YearAsked(scenario=CUT, periods=26))


def test_each_channel_keeps_its_money_within_the_limits(timed: TimedYear) -> None:
    spend, planned = timed.plan.spend.to_numpy(), timed.before.future.plan_spend
    np.testing.assert_allclose(spend.sum(axis=0), planned.sum(axis=0), rtol=1e-9)
    assert (spend <= MOST_IN_A_PERIOD * planned.mean(axis=0) * (1 + 1e-9)).all()
    assert not np.allclose(spend, planned)
    assert timed.plan.gain > 0


def test_the_plan_that_follows_it_brings_what_was_promised(posterior: Posterior, timed: TimedYear) -> None:
    asked = YearAsked(scenario=CUT, periods=26, flighting=OPTIMIZED, timing=timed.timing)
    year = planned_year(posterior, asked)
    np.testing.assert_allclose(year.future.plan_spend, timed.plan.spend.to_numpy(), rtol=1e-9, atol=1e-6)
    told = year_plan(posterior, year.future, year.calendar).table
    assert told["outcome"].to_dict()[WHOLE] == pytest.approx(timed.plan.outcome, rel=2e-3)  # it counts a longer tail
    more = replace(asked, scenario=Scenario("Today"))  # another scenario: other money at the same times
    planned = planned_year(posterior, more).future.plan_spend
    first = timed.plan.spend.to_numpy()[:, 0]
    np.testing.assert_allclose(planned[:, 0], first / 0.8, rtol=1e-9, atol=1e-6)


def test_commitments_stand(posterior: Posterior, timed: TimedYear) -> None:
    day, name = str(timed.before.future.plan_dates[4]), MARKET.dataset.channels[1]
    money = 2 * float(timed.before.future.plan_spend[:, 1].mean())
    known = (Known(day, committed=((name, money),)),)
    bought = timed_year(posterior, YearAsked(scenario=CUT, periods=26, known=known))
    assert bought.plan.spend[name].to_numpy()[4] >= money * (1 - 1e-9)


def test_a_timed_plan_is_compared_with_last_year_s_flighting(posterior: Posterior, timed: TimedYear) -> None:
    again = timed_year(posterior, YearAsked(scenario=CUT, periods=26, flighting=OPTIMIZED, timing=timed.timing))
    assert again.flighting == timed.flighting == "as last year"
    assert again.plan.gain == timed.plan.gain
    even = timed_year(posterior, YearAsked(scenario=CUT, periods=26, flighting=EVEN))
    coming = ahead(posterior, even.before.future, carry_out=True)
    assert coming.dataset.spend[coming.dataset.window][:26].std(axis=0) == pytest.approx(np.zeros(3), abs=1e-6)
    assert even.plan.outcome == pytest.approx(timed.plan.outcome, rel=0.01)


def test_what_was_not_timed_is_spread_as_last_year_and_says_so(posterior: Posterior, timed: TimedYear) -> None:
    usual = planned_year(posterior, YearAsked())
    plain = planned_year(posterior, YearAsked(flighting=OPTIMIZED))
    assert plain.remark == "Weeks not optimized yet (Optimize weeks): spread as last year."
    np.testing.assert_array_equal(plain.future.spend, usual.future.spend)
    longer = planned_year(posterior, YearAsked(periods=27, flighting=OPTIMIZED, timing=timed.timing))
    assert f"from {longer.future.plan_dates[-1]} on" in longer.remark
    assert usual.remark == ""


def test_a_channel_without_money_in_the_timing_is_spread_as_last_year(posterior: Posterior, timed: TimedYear) -> None:
    bare = tuple((day, tuple((name, 0.0 if k == 2 else money) for k, (name, money) in enumerate(amounts)))
                 for day, amounts in timed.timing)  # fmt: skip
    year = planned_year(posterior, YearAsked(periods=26, flighting=OPTIMIZED, timing=bare))
    usual = planned_year(posterior, YearAsked(periods=26))
    np.testing.assert_allclose(year.future.plan_spend[:, 2], usual.future.plan_spend[:, 2], rtol=1e-9)
