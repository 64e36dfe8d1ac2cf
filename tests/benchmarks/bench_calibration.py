"""Is the sampler calibrated? Ranks of the truth among posterior draws, data drawn from the model's own prior (SBC).

For every unknown, every linear coefficient and the total contribution the ranks must be uniform: chi-square over ten
bins, the smallest p of all against 0.01 divided by their number. The control shrinks the draws towards their mean by a
fifth and must fail.

    python -m tests.benchmarks.bench_calibration [replications]

References
----------
Talts et al. (2018), "Validating Bayesian inference algorithms with simulation-based calibration".
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from tests.estimation.bayes.from_prior import drawn_from_prior
from xl_mmm.bayesian.fit import climb_starts, sample
from xl_mmm.bayesian.problem import problem_of
from xl_mmm.estimation.bayes.mode import find_modes
from xl_mmm.estimation.bayes.target import Target
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec

SEED, BINS, RANKED = 4_000, 10, 99
SHRUNK = 0.8  # spread of the control's draws
SIGNIFICANT = 0.01


def tiny() -> Target:
    """Two channels of different families, an organic medium, knots, a control of either sign and one of a known."""
    data = simulate(weeks=60, channels=2, seed=3, controls=2, organic=1).dataset
    first, second = data.channels
    spec = ModelSpec(
        channels={first: ChannelSpec(), second: ChannelSpec("delayed", "logistic", max_lag=6)}, seasonality=0, knots=2,
        default=ChannelSpec(saturation="exponential"), control_signs={"Promotion": "positive"},
    )  # fmt: skip
    return problem_of(data, spec).target


def total(target: Target, q: np.ndarray) -> np.ndarray:
    """Return all media's contribution (times w), for (draw, coordinate)."""
    at = target.parameters.find("size")
    columns = [target.parameters.coordinates[j].column for j in at]
    return np.asarray(target.parameters.at(q)[:, at] @ target.unit[columns])


def replication(target: Target, index: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the truth's rank for each quantity, the same for the control, and whether the chains met."""
    rng = np.random.default_rng(SEED + index)
    made, truth, linear = drawn_from_prior(target, rng)
    drawn, sampling = sample(made, find_modes(made.log_density, climb_starts(made, rng)), RANKED, rng, None)
    kept = drawn.take(rng.permutation(len(drawn.q))[:RANKED])
    draws = np.column_stack([kept.q, kept.linear, total(made, kept.q)])
    true = np.concatenate([truth[0], linear, total(made, truth)])
    middle = draws.mean(axis=0)
    control = middle + SHRUNK * (draws - middle)
    return (draws < true).sum(axis=0), (control < true).sum(axis=0), sampling.converged


def p_values(ranks: np.ndarray) -> np.ndarray:
    """Return the chi-square p of uniform ranks, for (replication, quantity)."""
    from scipy.stats import chi2

    counts = np.stack([np.histogram(own, bins=BINS, range=(0, RANKED + 1))[0] for own in ranks.T])
    expected = len(ranks) / BINS
    return np.asarray(chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), BINS - 1))


def main() -> int:
    """Print p values; return 1 when ranks are not uniform or the control passes."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    target, started = tiny(), time.perf_counter()
    names = [f"{c.name} {c.column}" for c in target.parameters.coordinates]
    names += [f"linear {j}" for j in range(target.linear.z.shape[1])] + ["total contribution"]
    ranks, control, met = zip(*(replication(target, index) for index in range(replications)), strict=True)
    ours, theirs = p_values(np.array(ranks)), p_values(np.array(control))
    for name, p, rank in zip(names, ours, np.array(ranks).T, strict=True):
        print(f"{name:<20} p {p:.3f}  mean rank {rank.mean() / RANKED:.3f}")
    bar = SIGNIFICANT / len(names)
    passed = bool(ours.min() >= bar and theirs.min() < bar)
    print(f"{replications} replications, chains met in {sum(met)}, {time.perf_counter() - started:.0f} s")
    print(f"smallest p {ours.min():.4f}, control {theirs.min():.2g}, bar {bar:.2g}: {'PASS' if passed else 'FAIL'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
