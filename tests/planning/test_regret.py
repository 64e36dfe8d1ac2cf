"""Regret: measured from a worth that no plan exceeds, and smaller for the plan that minds it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.posteriors import market
from xl_mmm.planning import Constraints, Group, Objective, evaluate_plan, optimize
from xl_mmm.planning.regret import most_by_draw
from xl_mmm.planning.risk import tail_weights
from xl_mmm.planning.search import Search
from xl_mmm.planning.setup import prepared

REGRET = Objective(risk="regret", tail=0.2)


def most(model, constraints, objective=REGRET):
    setup = prepared(model, constraints, objective)
    search = Search.of(setup)
    return most_by_draw(setup, search, search.tabulated())


def draws_of(model, money):
    return evaluate_plan(model, dict(zip(model.dataset.channels, money, strict=True)), unit="money").draws


@pytest.mark.parametrize("slope", [1.0, 2.2])
def test_no_plan_is_worth_more_in_any_draw_and_one_comes_close(slope: float) -> None:
    model = market(n_draws=30, slope=slope)
    asked = Constraints(default_bounds=(0.4, 1.8))
    today = model.dataset.spend[model.dataset.window].sum(axis=0)
    total, grid = today.sum(), np.linspace(0.4, 1.8, 29)
    best = np.full(30, -np.inf)
    for a, b in itertools.product(grid, grid):
        rest = (total - a * today[0] - b * today[1]) / today[2]
        if 0.4 <= rest <= 1.8:
            best = np.maximum(best, draws_of(model, today * [a, b, rest]))
    bound = most(model, asked)
    assert (bound >= best * (1 - 1e-4)).all()
    if slope == 1.0:  # concave curves leave no gap between a plan and its dual
        assert bound == pytest.approx(best, rel=5e-3)


def test_a_free_total_and_one_at_most_have_their_own_most() -> None:
    model = market(n_draws=20)
    exact = most(model, Constraints(default_bounds=(0.5, 1.5)))
    at_most = most(model, Constraints(default_bounds=(0.5, 1.5), total="at most"))
    free = most(model, Constraints(default_bounds=(0.5, 1.5), total="free"))
    assert (at_most >= exact * (1 - 1e-9)).all()
    assert (free >= at_most * (1 - 1e-9)).all()
    everything = 1.5 * model.dataset.spend[model.dataset.window].sum(axis=0)
    assert free == pytest.approx(draws_of(model, everything), rel=1e-6)


@pytest.mark.parametrize("slope", [1.0, 2.0])
def test_the_plan_of_regret_misses_less_than_those_of_mean_and_today(slope: float) -> None:
    model = market(n_draws=60, slope=slope)
    asked = Constraints(default_bounds=(0.3, 1.9), groups={"pair": Group(("channel0", "channel1"), most_share=0.7)})
    aims = most(model, asked)

    def regret(money) -> float:
        missed = draws_of(model, money) - aims
        return float(tail_weights(missed, "regret", 0.2) @ missed)

    plan = optimize(model, asked, objective=REGRET)
    assert plan.certificate.value == pytest.approx(regret(plan.spend), rel=1e-6)
    assert plan.certificate.value <= 0
    assert plan.certificate.value >= regret(optimize(model, asked).spend) - 1e-6
    assert plan.certificate.value >= regret(plan.spend_today) - 1e-6
    assert plan.certificate.upper_bound is None
    assert plan.certificate.feasible


def test_a_channel_that_cannot_move_counts_in_both() -> None:
    model = market(n_draws=30)
    asked = Constraints(default_bounds=(0.5, 1.5), frozen=["channel2"])
    plan = optimize(model, asked, objective=REGRET)
    assert plan.spend["channel2"] == pytest.approx(plan.spend_today["channel2"])
    assert (most(model, asked) >= draws_of(model, plan.spend) * (1 - 1e-3)).all()  # but for the grid
