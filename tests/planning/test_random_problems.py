"""A few of the random problems of `bench_planning`, and their reference."""

from __future__ import annotations

import numpy as np
import pytest

from tests.planning.problems import random_problem, reference
from xl_mmm.planning import optimize


@pytest.mark.parametrize("seed", [0, 3, 17, 31, 236, 469])
def test_random_problems_are_solved_and_proven(seed: int) -> None:
    model, constraints = random_problem(seed)
    plan = optimize(model, constraints)
    proof = plan.certificate
    assert proof.feasible
    assert plan.spend.sum() == pytest.approx(constraints.budget, rel=1e-9)
    assert proof.kkt_residual < 1e-5
    assert proof.gap is not None
    assert proof.gap <= 1e-3
    assert plan.outcome >= reference(model, constraints, 4) * (1 - 1e-9)
    assert proof.upper_bound is not None
    assert proof.upper_bound >= plan.outcome
    if not constraints.groups:
        inside = plan.mroi[plan.bound == ""]
        np.testing.assert_allclose(inside, inside.mean(), rtol=1e-4)
