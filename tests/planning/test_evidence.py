"""Single moves of a plan: supported where every draw agrees, not where draws differ."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import dataset, posterior
from xl_mmm.planning import Constraints, evaluate_plan, judge, moves, optimize
from xl_mmm.planning.evidence import price_of_money


def model(spread: float):
    """Two sure channels, and one whose effect differs by draw."""
    rng = np.random.default_rng(0)
    shape = {"decay": 0.2, "half_saturation": 120.0, "slope": 1.0}
    data = dataset({name: [100.0] * 40 for name in ("strong", "weak", "open")})
    open_effect = 260.0 * np.exp(spread * rng.normal(size=60))
    return posterior(data, {
        "strong": {**shape, "coefficient": np.full(60, 400.0)}, "weak": {**shape, "coefficient": np.full(60, 120.0)},
        "open": {**shape, "coefficient": open_effect},
    }, method="bayes")  # fmt: skip


def test_moves_that_every_draw_supports_are_sure_and_those_that_differ_are_not() -> None:
    own = model(0.9)
    plan = optimize(own, Constraints(default_bounds=(0.5, 1.5)))
    found = moves(own, plan)
    assert found.loc[["strong", "weak"], "sure"].all()
    assert found.loc[["strong", "weak"], "p_better"].tolist() == [1.0, 1.0]
    moved = judge(own, Constraints(default_bounds=(0.5, 1.5)), {"strong": 4000.0, "weak": 3000.0, "open": 5000.0})
    table = moves(own, moved)
    assert list(table.index) == ["weak", "open"]
    assert not table.loc["open", "sure"]
    assert 0.05 < table.loc["open", "p_better"] < 0.95


def test_worth_is_the_change_of_revenue_less_the_price_of_the_money() -> None:
    own = model(0.3)
    plan = judge(own, Constraints(default_bounds=(0.5, 1.5)), {"strong": 5000.0, "weak": 2500.0, "open": 4500.0})
    found, price = moves(own, plan), price_of_money(plan)
    for name, money in {"strong": 5000.0, "weak": 2500.0, "open": 4500.0}.items():
        alone = evaluate_plan(own, {name: money}, unit="money")
        assert found.loc[name, "worth"] == pytest.approx(alone.difference - price * (money - 4000.0))
        low, high = np.quantile(alone.difference_draws - price * (money - 4000.0), [0.05, 0.95])
        assert (found.loc[name, "low"], found.loc[name, "high"]) == (pytest.approx(low), pytest.approx(high))
    assert moves(own, plan, 0.5)["low"].ge(found["low"]).all()


def test_what_hardly_moves_is_not_judged() -> None:
    own = model(0.3)
    assert moves(own, judge(own, Constraints(), {})).empty
