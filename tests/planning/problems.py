"""Random budget problems: 3 to 12 channels, slopes from 0.7 to 3, random bounds and groups, a plan that keeps them."""

from __future__ import annotations

import numpy as np

from tests.posteriors import dataset, posterior
from xl_mmm.planning import Constraints, Group
from xl_mmm.planning.objective import Objective
from xl_mmm.planning.setup import prepared
from xl_mmm.posterior import Posterior


def random_problem(seed: int, n_channels: int | None = None, *, draws: int = 4) -> tuple[Posterior, Constraints]:
    """Return a model of bursty spend and the constraints of one budget problem."""
    rng = np.random.default_rng(seed)
    k = n_channels or int(rng.integers(3, 13))
    weeks = 24
    names = [f"c{j:02d}" for j in range(k)]
    level = np.exp(rng.normal(4, 0.8, k))
    on = rng.random((weeks, k)) < rng.uniform(0.4, 1.0, k)
    on[0] = True
    spend = on * rng.gamma(3.0, 1 / 3, (weeks, k)) * level
    shapes = {}
    for j, name in enumerate(names):
        shapes[name] = {
            "decay": rng.uniform(0, 0.7, draws),
            "half_saturation": level[j] * np.exp(rng.normal(0.2, 0.7)) * np.exp(rng.normal(0, 0.15, draws)),
            "slope": np.clip(rng.uniform(0.7, 3.0) * np.exp(rng.normal(0, 0.05, draws)), 0.7, 3.0),
            "coefficient": level[j] * np.exp(rng.normal(0.5, 0.6)) * np.exp(rng.normal(0, 0.2, draws)),
        }
    model = posterior(dataset(dict(zip(names, spend.T, strict=True))), shapes, method="evaluate")
    today = spend.sum(axis=0)
    least = rng.choice([0.0, 0.3, 0.6, 0.9], k, p=[0.5, 0.2, 0.2, 0.1])
    most = rng.choice([1.1, 1.5, 2.0, 4.0], k)
    inside = (least + rng.random(k) ** 1.5 * (most - least)) * today
    groups: dict[str, Group] = {}
    for number in range(int(rng.integers(0, 3))):
        members = rng.permutation(k)[: int(rng.integers(2, max(3, k // 2 + 1)))]
        spent = float(inside[members].sum())
        share = spent / float(inside.sum())
        kind = rng.integers(0, 4)
        groups[f"group {number}"] = Group(
            tuple(names[j] for j in members),
            least=spent * rng.uniform(0.7, 1.0) if kind == 0 else None,
            most=spent * rng.uniform(1.0, 1.3) if kind == 1 else None,
            least_share=share * rng.uniform(0.7, 1.0) if kind == 2 else None,
            most_share=min(1.0, share * rng.uniform(1.0, 1.3)) if kind == 3 else None,
        )
    bounds = {name: (float(least[j]), float(most[j])) for j, name in enumerate(names)}
    return model, Constraints(float(inside.sum()), bounds, groups=groups)


def reference(model: Posterior, constraints: Constraints, starts: int, seed: int = 0) -> float:
    """Return the largest revenue that SciPy's SLSQP finds from random starts."""
    from scipy.optimize import minimize

    setup = prepared(model, constraints, Objective())
    limits, rng, best = setup.limits, np.random.default_rng(seed), -np.inf
    low, high, unit = limits.floor / limits.unit, limits.ceiling / limits.unit, limits.unit
    revenue = float(setup.curves.revenue(np.ones(len(low))).mean(axis=0).sum())
    rows = []
    for row in limits.rows:
        w = row.weights * unit / limits.scale
        if row.low == row.high:
            rows.append(
                {"type": "eq", "fun": lambda m, w=w, e=row.low: w @ m - e / limits.scale, "jac": lambda m, w=w: w}
            )
            continue
        sign, end = (1.0, row.low) if np.isfinite(row.low) else (-1.0, row.high)
        rows.append(
            {"type": "ineq", "fun": lambda m, w=w, s=sign, e=end: s * (w @ m - e / limits.scale),
             "jac": lambda m, w=w, s=sign: s * w}
        )  # fmt: skip
    for _ in range(starts):
        start = low + rng.random(len(low)) * (high - low)
        found = minimize(
            lambda m: -float(setup.curves.revenue(m).mean(axis=0).sum()) / revenue,
            start, jac=lambda m: -setup.curves.slope(m).mean(axis=0)[0] / revenue, method="SLSQP",
            bounds=list(zip(low, high, strict=True)), constraints=rows, options={"maxiter": 300, "ftol": 1e-12},
        )  # fmt: skip
        money = np.clip(found.x, low, high) * unit
        if not any(limits.broken(money, 1e-9)):
            best = max(best, -float(found.fun) * revenue)
    return best
