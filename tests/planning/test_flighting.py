"""Money spread over periods: it adds up, commitments stand, and the pace is told against the plan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xl_mmm.errors import PlanError
from xl_mmm.planning.flighting import TEMPLATES, pacing, spread, template

LAST_YEAR = np.array([[10.0, 0.0], [20.0, 0.0], [0.0, 0.0], [30.0, 0.0]])


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    [
        ("as last year", [10, 20, 0, 30], [1, 1, 1, 1]),
        ("even", [1, 1, 1, 1], [1, 1, 1, 1]),
        ("front-loaded", [3, 7 / 3, 5 / 3, 1], [3, 7 / 3, 5 / 3, 1]),
        ("back-loaded", [1, 5 / 3, 7 / 3, 3], [1, 5 / 3, 7 / 3, 3]),
    ],
)
def test_templates_are_what_they_are_called(kind, first, second):
    weights = template(kind, LAST_YEAR, 1.0)
    assert weights[:, 0] == pytest.approx(first)
    assert weights[:, 1] == pytest.approx(second)


def test_bursts_are_four_weeks_whatever_the_grain():
    weekly, daily = (template("bursts", np.zeros((56, 1)), weeks)[:, 0] for weeks in (1.0, 1 / 7))
    assert weekly[:12].tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]
    assert daily.tolist() == [1] * 28 + [0] * 28
    assert template("bursts", np.zeros((4, 1)), 4.348)[:, 0].tolist() == [1, 0, 1, 0]


def test_an_unknown_template_is_refused():
    with pytest.raises(PlanError, match="choose one of as last year"):
        template("as before", LAST_YEAR, 1.0)


@given(
    arrays(float, (6, 3), elements=st.one_of(st.just(0.0), st.floats(0.01, 1e6))),
    arrays(float, (6, 3), elements=st.floats(0, 1e4)),
    st.floats(0, 1e7),
)
def test_money_adds_up_and_commitments_stand(last_year, committed, extra):
    money = committed.sum(axis=0) + extra
    for kind in TEMPLATES:
        weights = template(kind, last_year, 1.0)
        spent = spread(money, weights, committed)
        assert spent.sum(axis=0) == pytest.approx(money, rel=1e-12, abs=1e-9)
        assert (spent >= committed * (1 - 1e-9) - 1e-9).all()
        plain = spread(money, weights)
        for k in range(3):
            share = weights[:, k] / weights[:, k].sum()
            assert plain[:, k] == pytest.approx(share * money[k], rel=1e-9, abs=1e-6)


def test_where_more_is_committed_the_others_give_way_in_proportion():
    weights = np.array([[1.0], [1.0], [2.0]])
    committed = np.array([[60.0], [0.0], [0.0]])
    assert spread(np.array([120.0]), weights, committed)[:, 0] == pytest.approx([60, 20, 40])


def test_more_committed_than_planned_is_refused_by_name():
    with pytest.raises(PlanError, match=r"TV: 60.00 is already committed and the plan gives it 50.00"):
        spread(np.array([50.0]), np.ones((2, 1)), np.array([[60.0], [0.0]]), ("TV",))


def test_pacing_counts_the_periods_that_are_over():
    weeks = np.datetime64("2026-01-05") + 7 * np.arange(4)
    plan = np.array([[10.0, 5.0], [10.0, 0.0], [20.0, 5.0], [20.0, 0.0]])
    actual = np.array([[99.0, 99.0], [12.0, 5.0], [12.0, 1.0]])
    found = pacing(weeks, plan, np.r_[weeks[0] - 7, weeks[:2]], actual, ("TV", "Search"))
    tv, search, every = found.loc["TV"], found.loc["Search"], found.loc["All channels"]
    assert (tv["planned"], tv["spent"], tv["difference"], tv["pace"]) == (20, 24, 4, pytest.approx(1.2))
    assert (tv["left"], tv["per_period"], tv["year_at_pace"]) == (36, 18, pytest.approx(24 + 40 * 1.2))
    assert search["pace"] == pytest.approx(1.2)
    assert every["planned"] == 25
    assert every["left"] == 70 - 30
    done = pacing(weeks, plan, weeks, plan, ("TV", "Search"))
    assert done["per_period"].isna().all()
    assert (done["difference"] == 0).all()
