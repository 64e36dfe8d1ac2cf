"""Constraints: contradictions are named."""

from __future__ import annotations

import numpy as np
import pytest

from tests.posteriors import dataset, market, posterior
from xl_mmm.errors import PlanError
from xl_mmm.planning import Constraints
from xl_mmm.planning.conflicts import check_possible
from xl_mmm.planning.limits import Limits, limits_of
from xl_mmm.posterior import Posterior


def resolve(model: Posterior, constraints: Constraints) -> Limits:
    """Resolve constraints that some plan must meet."""
    limits = limits_of(model, constraints)
    check_possible(limits)
    return limits


def test_defaults_and_own_bounds() -> None:
    limits = resolve(market(), Constraints(bounds={"channel1": (0.8, 1.2)}))
    np.testing.assert_allclose(limits.floor, limits.today * [0.5, 0.8, 0.5])
    np.testing.assert_allclose(limits.ceiling, limits.today * [1.5, 1.2, 1.5])
    assert limits.budget == pytest.approx(limits.today.sum())
    assert limits.allows(limits.today)


@pytest.mark.parametrize(
    "bad",
    [
        {"budget": 0.0}, {"budget": float("nan")}, {"budget": "1e6"}, {"bounds": {"tv": (1.2, 0.8)}},
        {"bounds": {"tv": 1.0}}, {"bounds": {"tv": ("0", "1")}}, {"bounds": {"tv": "12"}},
        {"bounds": {"tv": (0.5, 1.0, 2.0)}}, {"default_bounds": (-0.1, 1.0)}, {"default_bounds": None},
    ],
)  # fmt: skip
def test_impossible_numbers_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(PlanError, match=r"budget is|bounds"):
        Constraints(**bad)  # type: ignore[arg-type]


def test_a_budget_out_of_reach_names_the_bounds_in_conflict() -> None:
    model = market()
    with pytest.raises(PlanError, match="below the least that the bounds allow") as caught:
        resolve(model, Constraints(budget=10.0))
    assert caught.value.conflicts[0] == "budget 10.00"
    assert "channel0 at least 0.5 × today" in caught.value.conflicts[1]
    with pytest.raises(PlanError, match="raise a most bound or lower the budget"):
        resolve(model, Constraints(budget=1e9))


def test_unknown_channels_are_named() -> None:
    with pytest.raises(PlanError, match="'tvv'; the model has channel0"):
        resolve(market(), Constraints(bounds={"tvv": (0.5, 1.0)}))


def test_zero_spend_stays_zero() -> None:
    shape = {"decay": 0.5, "half_saturation": 50.0, "slope": 1.0, "coefficient": 10.0}
    data = dataset({"tv": [10.0, 20] * 10, "radio": [5.0] + [0.0] * 19}, history=1)
    model = posterior(data, dict.fromkeys(("tv", "radio"), shape))
    limits = resolve(model, Constraints(bounds={"radio": (1.0, 2.0)}))
    assert (limits.floor[1], limits.ceiling[1]) == (0.0, 0.0)
