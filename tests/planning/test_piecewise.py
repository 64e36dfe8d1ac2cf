"""The best plan over broken lines, against enumeration."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from xl_mmm.planning.piecewise import Program, solve

NONE = np.zeros(3)


def program(total: float, most: float = 4.0) -> Program:
    """Three channels of 0 to `most` that spend `total`, worth their revenue."""
    return Program(
        NONE, np.full(3, most), np.ones((1, 3)), np.array([total]), np.array([total]), 1.0, NONE, None, 0.0, NONE, NONE,
        total,
    )  # fmt: skip


def lines(seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Rising lines of any shape through money 0 to 4."""
    rng = np.random.default_rng(seed)
    return [(np.arange(5.0), np.cumsum(np.append(0.0, rng.gamma(0.5, 1.0, 4)))) for _ in range(3)]


def worth(plan: np.ndarray, made: list[tuple[np.ndarray, np.ndarray]]) -> float:
    return float(sum(np.interp(money, x, y) for money, (x, y) in zip(plan, made, strict=True)))


@pytest.mark.parametrize("seed", range(12))
def test_enumeration_finds_the_same_plan(seed: int) -> None:
    """On lines of any shape the best plan has at most one channel off their points."""
    made, best = lines(seed), -np.inf
    for free in range(3):
        others = [k for k in range(3) if k != free]
        for pair in itertools.product(range(5), repeat=2):
            rest = 5.5 - sum(pair)
            if 0 <= rest <= 4:
                plan = np.zeros(3)
                plan[others], plan[free] = pair, rest
                best = max(best, worth(plan, made))
    found = solve(program(5.5), made)
    assert found is not None
    assert best - 1e-9 <= found.bound <= best * (1 + 3e-5)
    assert found.plan.sum() == pytest.approx(5.5)
    assert worth(found.plan, made) == pytest.approx(best, rel=3e-5)


@pytest.mark.parametrize("seed", range(6))
def test_increments_and_minimums_are_searched_exactly(seed: int) -> None:
    made, best = lines(seed), -np.inf
    for plan in itertools.product([0, 2, 3, 4], [0, 1.5, 3], np.arange(0, 4.01, 0.5)):
        if sum(plan) <= 6:
            best = max(best, worth(np.array(plan, dtype=float), made))
    limited = dataclasses.replace(
        program(6.0), row_low=np.array([-np.inf]), minimum=np.array([2.0, 0, 0]), increment=np.array([1.0, 1.5, 0.5]),
        high=np.array([4.0, 3.0, 4.0]),
    )  # fmt: skip
    cut = [made[0], (made[1][0][:4], made[1][1][:4]), made[2]]
    found = solve(limited, cut)
    assert found is not None
    assert worth(found.plan, made) == pytest.approx(best, rel=3e-5)


def test_limits_that_no_plan_keeps_give_none() -> None:
    assert solve(program(13.0), lines(0)) is None


def test_a_target_is_reached_at_the_least_cost() -> None:
    """Lines 3, 2 and 1 per unit: an outcome of 14 costs 4 of the first and 1 of the second."""
    made = [(np.arange(5.0), slope * np.arange(5.0)) for slope in (3.0, 2.0, 1.0)]
    goal = dataclasses.replace(
        program(1.0), rows=np.empty((0, 3)), row_low=np.empty(0), row_high=np.empty(0), share=0.0, price=np.ones(3),
        rate=NONE, goal=14.0,
    )  # fmt: skip
    found = solve(goal, made)
    assert found is not None
    np.testing.assert_allclose(found.plan, [4, 1, 0], atol=1e-6)
    assert found.bound == pytest.approx(-5.0)
