"""What is said of plans that leave what was observed, and how bad a plan may turn out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.planning import Constraints, evaluate_plan, judge, optimize

SHAPE = {"decay": 0.0, "half_saturation": 100.0, "slope": 1.0, "coefficient": 100.0}
SPEND = {"tv": [100.0] * 10 + [50.0] * 20, "radio": [0.0] * 15 + [80.0] * 15}


def test_on_paper() -> None:
    """Half as much again: tv's 10 strong weeks, half of its money, pass 100; all of radio's pass 80."""
    model = posterior(dataset(SPEND), dict.fromkeys(SPEND, SHAPE))
    more = judge(model, None, {"tv": 3000.0, "radio": 1800.0})
    assert more.cautions == (
        "tv: 50% of the planned money falls in periods above 100.00, the most ever spent in one. What it returns there "
        "is extrapolated.",
        "radio: 100% of the planned money falls in periods above 80.00, the most ever spent in one. What it returns "
        "there is extrapolated.",
    )
    less = judge(model, None, {"tv": 1600.0, "radio": 600.0}).cautions
    assert less == (
        "tv: 67% of the planned periods lie below 50.00, the least ever spent in one. What is lost there is "
        "extrapolated.",
    )  # radio was silent in half of the weeks: nothing there is new
    assert judge(model, None, {}).cautions == ()


def test_history_counts_as_observed() -> None:
    model = posterior(
        dataset({name: [200.0, *values] for name, values in SPEND.items()}, history=1), dict.fromkeys(SPEND, SHAPE)
    )
    assert judge(model, None, {"tv": 3000.0, "radio": 1800.0}).cautions == ()


def test_a_new_channel_is_all_extrapolation() -> None:
    model = posterior(
        dataset({"tv": [90.0] * 31, "print": [5.0] + [0.0] * 30}, history=1), {"tv": SHAPE, "print": SHAPE}
    )
    asked = Constraints(flighting={"print": [10.0] * 30}, money_bounds={"print": (600.0, 900.0)})
    (said,) = (sentence for sentence in optimize(model, asked).cautions if "print" in sentence)
    assert said.startswith("print: 100% of the planned money falls in periods above 5.00")


def test_the_downside_is_the_mean_of_the_worst_tenth() -> None:
    model = market(n_draws=50)
    money = {"channel0": 3000.0, "channel2": 9000.0}
    gains = np.sort(evaluate_plan(model, money, unit="money").difference_draws)
    plan = judge(model, None, money)
    assert plan.downside == pytest.approx(gains[:5].mean())
    assert plan.downside <= plan.gain_low <= plan.gain
    assert judge(model, None, {}).downside == 0.0
