"""The profile search: gradient, recovery of a noiseless truth, penalties, batches, effort."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from xl_mmm.classical import media_families, resolved_space
from xl_mmm.design import build_design
from xl_mmm.estimation import profile
from xl_mmm.estimation.linear import factor
from xl_mmm.estimation.problem import Penalty, Problem
from xl_mmm.estimation.profile import effort, search
from xl_mmm.response import effective_media, media_block, saturate
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec

FAMILIES = {
    "tv": ChannelSpec("delayed", "logistic"),
    "search": ChannelSpec("geometric", "hill"),
    "social": ChannelSpec("weibull_pdf", "log"),
    "radio": ChannelSpec("binomial", "power"),
}


def problem(channels: dict[str, ChannelSpec], weeks: int = 120) -> tuple[Problem, np.ndarray]:
    """A market whose channels carry the given families, and its KPI."""
    made = simulate(weeks=weeks, channels=len(channels), seed=4, names=list(channels))
    spec = ModelSpec(channels=channels)
    families = media_families(made.dataset, spec)
    basis = factor(build_design(made.dataset, spec).matrix[made.dataset.window])
    space = resolved_space(made.dataset, spec, families)
    return Problem(media_block(made.dataset), families, space, basis), made.dataset.window_kpi


@pytest.mark.parametrize("penalty", [Penalty(), Penalty(l2=20.0), Penalty(l1=2e4), Penalty(shape=1e9)])
def test_gradient_is_the_difference_quotient(penalty: Penalty) -> None:
    task, y = problem(FAMILIES)
    own = task.basis.residual(y[None])
    theta = task.space.centre + 0.3 * task.space.sd
    state = profile._evaluate(task, own, theta[None], penalty)
    numeric = approx_fprime(theta, lambda t: profile._evaluate(task, own, t[None], penalty).objective[0], 1e-6)
    np.testing.assert_allclose(state.gradient[0], numeric, rtol=2e-3, atol=1e-4 * np.abs(numeric).max())


def test_noiseless_truth_is_recovered() -> None:
    task, _ = problem({"tv": ChannelSpec(), "search": ChannelSpec()}, 156)
    rng = np.random.default_rng(0)
    truth = task.space.centre + rng.uniform(-0.7, 0.7, len(task.space.sd)) * task.space.sd
    parameters = task.parameters(truth[None])
    s = saturate(effective_media(task.block, parameters), parameters)[0]
    y = 1e6 + s @ np.array([3e5, 2e5])
    starts = task.space.centre[None]
    found = search(task, y[None], starts, Penalty(), iterations=200)
    np.testing.assert_allclose(found.coefficient[0], [3e5, 2e5], rtol=2e-3)
    np.testing.assert_allclose(found.theta[0], truth, atol=0.02)


def test_a_batch_is_its_series_one_by_one() -> None:
    task, y = problem({"tv": ChannelSpec(), "search": ChannelSpec()})
    series = y + np.random.default_rng(1).normal(0, 2e4, (3, len(y)))
    starts = task.space.centre[None]
    together = search(task, series, starts, Penalty(), iterations=8)
    apart = [search(task, one[None], starts, Penalty(), iterations=8) for one in series]
    np.testing.assert_allclose(together.coefficient, [a.coefficient[0] for a in apart], rtol=1e-6)


def test_coefficients_are_never_negative_and_ridge_shrinks() -> None:
    task, y = problem({"tv": ChannelSpec(), "search": ChannelSpec()})
    s = search(task, y[None], task.space.centre[None], Penalty())
    shrunk = search(task, y[None], task.space.centre[None], Penalty(l2=500.0))
    assert (s.coefficient >= 0).all()
    assert shrunk.coefficient.sum() < s.coefficient.sum()
    nothing = search(task, y[None], task.space.centre[None], Penalty(l1=1e12))
    assert (nothing.coefficient == 0).all()


def test_fixed_transforms_leave_a_linear_problem() -> None:
    fixed = ChannelSpec(decay=0.5, half_saturation=2e4, slope=1.2)
    task, y = problem({"tv": fixed, "search": fixed})
    found = search(task, y[None], task.space.centre[None], Penalty())
    assert found.theta.shape == (1, 0)
    assert (found.coefficient >= 0).all()


def test_effort_is_full_at_usual_sizes_and_bounded_at_any() -> None:
    assert effort(156, 8, 1, 6, 60) == profile.Effort(6, True, 60)
    assert effort(156, 8, 200, 1, 12) == profile.Effort(1, True, 12)
    large = effort(3650, 50, 200, 1, 12)
    assert large == profile.Effort(1, False, 1)
