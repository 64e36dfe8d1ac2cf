"""A bound belongs to the problem that was searched: the same problem gets it back, any other does not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.planning import Constraints, Group, Objective, Searched, conflict, judge, optimize, proven
from xl_mmm.planning.searched import problem_of

WIDE = Constraints(default_bounds=(0.2, 3.0))
STEPS = Constraints(default_bounds=(0.2, 3.0), increments=400.0, total="at most")


@pytest.fixture(scope="module")
def model():
    return market(60, 3, 40, slope=1.4)


def judged(model, constraints, spend, searched, objective=None):
    return proven(judge(model, constraints, spend, objective=objective), searched, model, constraints, objective)


def kept(model, constraints):
    plan = optimize(model, constraints)
    return plan, Searched.of(model, constraints, Objective(), plan)


@pytest.mark.parametrize("constraints", [WIDE, STEPS])
def test_the_kept_plan_has_the_certificate_of_its_search(model, constraints):
    plan, searched = kept(model, constraints)
    again = judged(model, constraints, dict(plan.spend), searched).certificate
    own = plan.certificate
    assert again.upper_bound == pytest.approx(own.upper_bound, rel=1e-9)
    assert again.gap == pytest.approx(own.gap, abs=1e-9)
    assert [cost.constraint for cost in again.costs] == [cost.constraint for cost in own.costs]
    in_all = [cost.in_all for cost in own.costs]
    np.testing.assert_allclose([cost.in_all for cost in again.costs], in_all, rtol=1e-9)
    assert bool(np.isfinite(in_all).any()) == (constraints is STEPS)


def test_any_other_plan_of_the_problem_is_measured_against_the_same_bound(model):
    plan, searched = kept(model, WIDE)
    today = judged(model, WIDE, {}, searched)
    assert today.certificate.upper_bound == plan.certificate.upper_bound
    assert today.certificate.gap == pytest.approx(plan.certificate.upper_bound / today.outcome - 1)
    assert today.certificate.gap > 100 * plan.certificate.gap


def test_a_plan_outside_the_constraints_has_no_gap(model):
    plan, searched = kept(model, WIDE)
    beyond = judged(model, WIDE, {name: 1.5 * money for name, money in plan.spend.items()}, searched)
    assert not beyond.certificate.feasible
    assert (beyond.certificate.upper_bound, beyond.certificate.gap) == (None, None)
    assert beyond.certificate.broken[0].startswith("budget")
    assert plan.certificate.broken == ()


def test_another_problem_keeps_no_bound(model):
    plan, searched = kept(model, WIDE)
    others = [
        judged(model, Constraints(default_bounds=(0.2, 3.1)), dict(plan.spend), searched),
        judged(model, WIDE, dict(plan.spend), searched, Objective(maximize="profit", margin=0.5)),
        judged(model.take(slice(0, 39)), WIDE, dict(plan.spend), searched),
    ]
    assert {other.certificate.upper_bound for other in others} == {None}


def test_a_problem_s_name_follows_everything_that_it_is_made_of(model):
    name = problem_of(model, WIDE, Objective())
    assert name == problem_of(model, Constraints(default_bounds=(0.2, 3.0)), Objective())
    louder = dataclasses.replace(model, media=dataclasses.replace(model.media, coefficient=model.media.coefficient * 2))
    names = [
        problem_of(model, STEPS, Objective()), problem_of(model, WIDE, Objective(fees={"channel0": 0.1})),
        problem_of(louder, WIDE, Objective()),
        problem_of(dataclasses.replace(model, spec=dataclasses.replace(model.spec, margin=0.3)), WIDE, Objective()),
    ]  # fmt: skip
    assert len({name, *names}) == 5


def test_a_conflict_is_named_and_its_absence_is_empty(model):
    assert conflict(model, WIDE) == ""
    two = Constraints(
        groups={"digital": Group(("channel0", "channel1"), least_share=0.9)}, frozen=["channel2"],
        default_bounds=(0.5, 1.1),
    )  # fmt: skip
    said = conflict(model, two)
    assert said.startswith("No plan can keep all of these: ")
    assert "digital at least 0.9 of the total" in said
    assert "radio" in conflict(model, Constraints(frozen=["radio"]))
