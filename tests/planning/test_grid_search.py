"""Branch-and-bound on a grid, against enumeration and against Robyn's allocator."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from xl_mmm.planning.grid_search import grid_search
from xl_mmm.planning.polish import polish

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "budgets.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", range(12))
def test_enumeration_finds_the_same_bound(seed: int) -> None:
    """On curves of any shape the best piecewise linear plan has at most one channel off the grid."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 4, 5)[:, None] * np.ones(3)
    upper = np.cumsum(np.vstack([np.zeros(3), rng.gamma(0.5, 1.0, (4, 3))]), axis=0)
    budget = 5.5

    def value(plan: np.ndarray) -> float:
        return float(sum(np.interp(plan[k], x[:, k], upper[:, k]) for k in range(3)))

    best = -np.inf
    for free in range(3):
        others = [k for k in range(3) if k != free]
        for pair in itertools.product(range(5), repeat=2):
            rest = budget - sum(x[j, k] for j, k in zip(pair, others, strict=True))
            if 0 <= rest <= 4:
                plan = np.zeros(3)
                plan[others], plan[free] = [x[j, k] for j, k in zip(pair, others, strict=True)], rest
                best = max(best, value(plan))
    found = grid_search(x, upper, budget, value)
    assert found.bound >= best - 1e-12
    assert found.bound <= best * (1 + 2e-5) + 1e-12
    np.testing.assert_allclose(found.plans.sum(axis=1), budget)
    assert value(found.plans[0]) == pytest.approx(best, rel=2e-5)


@pytest.mark.parametrize("case", GOLDEN["robyn_3.12"]["cases"], ids=lambda case: str(case["budget"]))
def test_robyns_problems(case: dict[str, float]) -> None:
    """Hill curves shifted by a fixed carryover, as Robyn's allocator sees them: search and polish on arrays."""
    p = {key: np.array(value, dtype=float) for key, value in GOLDEN["robyn_3.12"].items() if key != "cases"}
    c, a, h = p["coefficient"], p["slope"], p["half_saturation"]

    def response(x: np.ndarray) -> np.ndarray:
        return np.asarray(c / (1 + (h / (x + p["carryover"])) ** a))

    def slope(x: np.ndarray) -> np.ndarray:
        s = response(x) / c
        return np.asarray(c * a * s * (1 - s) / (x + p["carryover"]))

    def bend(x: np.ndarray) -> np.ndarray:
        return np.asarray((slope(x * (1 + 1e-6)) - slope(x * (1 - 1e-6))) / (2e-6 * x))

    least, most = p["bounds"][0] * p["today"], p["bounds"][1] * p["today"]
    grid = least + np.linspace(0, 1, 65)[:, None] * (most - least)
    found = grid_search(grid, response(grid), case["budget"], lambda x: float(response(x).sum()))
    best = max(float(response(polish(plan, slope, bend, least, most, 60)).sum()) for plan in found.plans)
    assert best >= case["reference"] * (1 - 1e-9)
    assert best >= case["peer"] * (1 - 1e-8)  # Robyn overspends its budget by up to 7e-14
