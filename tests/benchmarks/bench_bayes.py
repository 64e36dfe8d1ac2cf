"""How fast, how wide and how right is `bayes` beside `ols`?

The markets of `bench_coverage` (its generator and seeds, transforms unknown, AR(1) noise of 0 and 0.5): coverage of
90 % ranges of contribution, median error, interval score, time and convergence. The time of a fit includes everything
but the import.

    python -m tests.benchmarks.bench_bayes [markets] [first market]
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from tests.benchmarks.bench_coverage import FIRST_SEED, LEVEL, WEEKS
from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.response import media_contribution
from xl_mmm.simulation import simulate

SIZES = ((104, 4), (156, 8), (208, 8), (260, 16))
METHODS = ("ols", "bayes")
BAR = (0.87, 0.97)
TAIL = (1 - LEVEL) / 2


def timed(weeks: int, channels: int) -> None:
    """Print the time of one fit."""
    data = simulate(weeks=weeks, channels=channels, seed=11, rho=0.3).dataset
    started, worked = time.perf_counter(), time.process_time()
    model = fit(data, method="bayes")
    seconds, work = time.perf_counter() - started, time.process_time() - worked
    print(f"{weeks} x {channels}: {seconds:.1f} s, {work:.1f} s of one core; {described(model)}", flush=True)


def described(model: FittedMMM) -> str:
    """Say how the sampling went."""
    s = model.posterior.sampling
    if s is None:
        return ""
    word = "PASS" if s.converged else "FAIL"
    return f"{word}, R-hat {s.r_hat:.4f}, tail ESS {s.tail_ess:.0f}, {s.n_draws} draws, {s.evaluations} evaluations"


def market(index: int) -> list[tuple[str, float, float, float, float]]:
    """Fit one market of `bench_coverage`; rows of method, truth, low, high, point as shares of the KPI."""
    rng = np.random.default_rng(FIRST_SEED + index)
    rho, weeks, channels = (0.0, 0.5)[index % 2], int(rng.choice(WEEKS)), int(rng.integers(3, 9))
    made = simulate(weeks=weeks, channels=channels, seed=FIRST_SEED + index, rho=rho)
    truth, total = made.truth.contribution.sum(axis=0), made.dataset.window_kpi.sum()
    rows = []
    for method in METHODS:
        started = time.process_time()
        model = fit(made.dataset, method=method)
        work = time.process_time() - started
        draws = media_contribution(model.posterior)[0].sum(axis=1)
        low, high = np.quantile(draws, [TAIL, 1 - TAIL], axis=0)
        point = draws.mean(axis=0)
        inside = int(((low <= truth) & (truth <= high)).sum())
        done = f"{index} {weeks} x {channels} {method}: {work:.1f} s, {inside}/{channels} {described(model)}"
        print(done, flush=True)
        rows += [(method, *(float(v[k] / total) for v in (truth, low, high, point))) for k in range(channels)]
    return rows


def main() -> int:
    """Print times and coverage; return 1 when `bayes` misses the bar or scores worse than `ols`."""
    markets = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for size in SIZES:
        timed(*size)
    rows = [row for index in range(first, first + markets) for row in market(index)]
    method = np.array([row[0] for row in rows])
    truth, low, high, point = np.array([row[1:] for row in rows]).T
    inside = (low <= truth) & (truth <= high)
    score = (high - low) + (np.maximum(low - truth, 0) + np.maximum(truth - high, 0)) / TAIL
    print(f"{markets} markets, {int((method == 'ols').sum())} channels")
    print("method  covered  median error  interval score (% of KPI)")
    for name in METHODS:
        own = method == name
        error = np.median(np.abs(point[own] / truth[own] - 1))
        print(f"{name:<7} {inside[own].mean():>7.1%} {error:>13.1%} {100 * score[own].mean():>12.2f}")
    ours, theirs = method == "bayes", method == "ols"
    return 0 if BAR[0] <= inside[ours].mean() <= BAR[1] and score[ours].mean() < score[theirs].mean() else 1


if __name__ == "__main__":
    sys.exit(main())
