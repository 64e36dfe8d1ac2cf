"""Does a plan by region bring more at the true response than the national plan in every region?

Simulated panels of three regions (sizes 1, 0.6 and 0.35; 104 to 156 weeks, 3 to 5 channels; each region with demand,
buying and response of its own, promotions confounded with spend, AR(1) noise of 0 and 0.3). Each method fits the
default specification and plans today's budget within half and one and a half times today's spend: by region and
channel (`fit_regions`, `optimize_regions`), and nationally (`fit`, `optimize`), the national multiple of a channel used
in every region. Both plans are judged by the panel itself: change of today's true outcome, and its share of the best
plan by region there is (found on the truth, with a proof).

Seeds from `FIRST_SEED` on, which no other benchmark uses; frozen before the first run (2026-11-23, 40 panels: by region
less national +3.0 % of today's outcome for `bayes`, 90 % 1.6 to 4.5, and +1.7 % for `ols`, 0.3 to 3.2).

    python -m tests.benchmarks.bench_regions [panels] [first seed]
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from xl_mmm import Constraints, evaluate, fit, fit_regions, optimize, optimize_regions
from xl_mmm.posterior_regions import side_by_side
from xl_mmm.simulation import simulate_regions

FIRST_SEED, PANELS, RESAMPLED, LEVEL = 5_710_000, 40, 4_000, 0.90
SIZES = {"North": 1.0, "South": 0.6, "West": 0.35}
WEEKS, CHANNELS, RHO = (104, 130, 156), (3, 4, 5), (0.0, 0.3)
LIMITS = Constraints(default_bounds=(0.5, 1.5))
METHODS = ("bayes", "ols")


def panel(index: int, first: int) -> dict[str, float]:
    """Plan one panel; return plan -> change of today's true outcome, `best` among them."""
    made = simulate_regions(
        SIZES, seed=first + index, weeks=WEEKS[index % 3], channels=CHANNELS[index // 3 % 3], rho=RHO[index % 2]
    )
    truth = {
        region: evaluate(market.dataset, market.spec, market.truth.parameters).posterior
        for region, market in made.markets.items()
    }
    today, found = made.outcome({}), {}
    joint = side_by_side(truth)
    best = optimize_regions(joint, LIMITS).plan
    found["best"] = made.outcome(dict(zip(joint.cells, best.multiples, strict=True))) / today - 1
    for method in METHODS:
        joint = fit_regions(made.dataset, method=method).joint
        own = optimize_regions(joint, LIMITS).plan.multiples
        national = optimize(fit(made.dataset, method=method), LIMITS).multiples
        found[f"{method}, by region"] = made.outcome(dict(zip(joint.cells, own, strict=True))) / today - 1
        scaled = {cell: float(national[cell[1]]) for cell in joint.cells}
        found[f"{method}, national"] = made.outcome(scaled) / today - 1
    return found


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 90 % interval of the mean, panels resampled."""
    rows = np.random.default_rng(0).integers(len(values), size=(RESAMPLED, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def main() -> int:
    """Print the table; return 1 when plans by region bring less on average than national ones."""
    panels = int(sys.argv[1]) if len(sys.argv) > 1 else PANELS
    first = int(sys.argv[2]) if len(sys.argv) > 2 else FIRST_SEED
    rows = []
    for index in range(panels):
        started = time.process_time()
        rows.append(panel(index, first))
        said = ", ".join(f"{name} {change:+.1%}" for name, change in rows[-1].items())
        print(f"{first + index}: {said} ({time.process_time() - started:.0f} CPU s)", flush=True)
    found = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    print(f"\n{panels} panels; change of today's true outcome; nothing: 0 %")
    for name, change in found.items():
        low, high = interval(change)
        print(
            f"  {name:18s} {change.mean():+6.2%} (90 % {low:+.2%} to {high:+.2%}), of what is possible together "
            f"{change.sum() / found['best'].sum():.0%}; loses in {np.mean(change < 0):.0%}, at worst {change.min():.1%}"
        )
    for method in METHODS:
        more = found[f"{method}, by region"] - found[f"{method}, national"]
        low, high = interval(more)
        print(f"  {method}: by region less national {more.mean():+.2%} (90 % {low:+.2%} to {high:+.2%})")
    return int(any(found[f"{m}, by region"].mean() <= found[f"{m}, national"].mean() for m in METHODS))


if __name__ == "__main__":
    sys.exit(main())
