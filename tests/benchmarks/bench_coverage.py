"""Do 90 % intervals of contribution cover the truth when the transforms are unknown?

Simulated markets with known truth (`xl_mmm.simulation`): 104 to 208 weeks, 3 to 8 channels, correlated and flighted
spend, promotions confounded with spend, trend breaks, AR(1) noise of 0 and 0.5. Seeds are frozen: `FIRST_SEED` on.

`ols` must cover 84-97 %. The plug-in control takes the search's winner as known and bootstraps the linear part alone;
it must fail the same test, or the test would prove nothing. Ridge and lasso are reported.

    python -m tests.benchmarks.bench_coverage [markets] [processes]
"""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.response import media_contribution
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec

FIRST_SEED = 7_000
WEEKS = (104, 156, 208)
LEVEL = 0.90
BAR = (0.84, 0.97)
DRAWS = 200


def plug_in(model: FittedMMM) -> ModelSpec:
    """Fix every transform at the search's winner."""
    media = model.estimate.media
    channels = {
        name: ChannelSpec(**{parameter: float(value[0, k]) for parameter, value in media.values.items()})
        for k, name in enumerate(media.names)
    }
    return ModelSpec(channels=channels)


def market(index: int) -> list[tuple[str, float, float, float, float, float]]:
    """Fit one market by every method; rows of method, rho, strength, truth, low, high, point (as shares of the KPI)."""
    rng = np.random.default_rng(FIRST_SEED + index)
    rho, weeks, channels = (0.0, 0.5)[index % 2], int(rng.choice(WEEKS)), int(rng.integers(3, 9))
    made = simulate(weeks=weeks, channels=channels, seed=FIRST_SEED + index, rho=rho)
    truth = made.truth.contribution.sum(axis=0)
    total = made.dataset.window_kpi.sum()
    models = {method: fit(made.dataset, method=method, draws=DRAWS) for method in ("ols", "ridge", "lasso")}
    models["plug-in"] = fit(made.dataset, plug_in(models["ols"]), draws=DRAWS)
    rows = []
    for method, model in models.items():
        draws = media_contribution(model.posterior)[0].sum(axis=1)
        low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        point = draws.mean(axis=0)
        rows += [
            (method, rho, *(float(value[k] / total) for value in (truth, low, high, point))) for k in range(channels)
        ]
    return rows


def main() -> int:
    """Run the markets, print the table, return 1 when a bar is missed."""
    markets = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    started = time.perf_counter()
    with ProcessPoolExecutor(processes) as pool:
        rows = [row for part in pool.map(market, range(markets)) for row in part]
    seconds = time.perf_counter() - started
    method = np.array([row[0] for row in rows])
    rho, truth, low, high, point = np.array([row[1:] for row in rows]).T
    inside = (low <= truth) & (truth <= high)
    tail = (1 - LEVEL) / 2
    score = (high - low) + (np.maximum(low - truth, 0) + np.maximum(truth - high, 0)) / tail
    edges = np.quantile(truth[method == "ols"], [1 / 3, 2 / 3])
    tercile = np.digitize(truth, edges)
    print(f"{markets} markets, {int((method == 'ols').sum())} channels, {seconds:.0f} s")
    print("method   covered  rho 0  rho 0.5   weak    mid  strong  median error  interval score (% of KPI)")
    covered = {}
    for name in ("ols", "ridge", "lasso", "plug-in"):
        own = method == name
        covered[name] = inside[own].mean()
        parts = [inside[own & (rho == 0)].mean(), inside[own & (rho > 0)].mean()]
        parts += [inside[own & (tercile == t)].mean() for t in range(3)]
        error = np.median(np.abs(point[own] / truth[own] - 1))
        print(
            f"{name:<8} {covered[name]:>7.1%} " + " ".join(f"{part:>7.1%}" for part in parts)
            + f" {error:>12.1%} {100 * score[own].mean():>12.2f}"
        )  # fmt: skip
    passed = BAR[0] <= covered["ols"] <= BAR[1] and not BAR[0] <= covered["plug-in"] <= BAR[1]
    print("PASS" if passed else "FAIL", f"(ols within {BAR[0]:.0%}-{BAR[1]:.0%}, plug-in outside)")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
