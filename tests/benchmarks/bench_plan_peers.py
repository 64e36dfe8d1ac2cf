"""Plans beside the peers' budget optimizers: how fast, and what their plans gain where the truth is known.

The first markets of `bench_plan_regret`. PyMC-Marketing plans the next year at even spend, Meridian the window; each on
its own fit with about 400 draws, today's budget, every channel within half and one and a half times today. Beside each,
`optimize` makes the same kind of plan from a fit by `bayes` with 400 draws, and so does `optimize_weeks` for 52 weeks.
Seconds run from a fitted model to the plan, carry-out included; PyMC-Marketing's functions are compiled before.

PyMC-Marketing's and Meridian's fits know concave curves only, and their optimizers search no others. The comparable
problem, which the bar is for (ten times faster), is therefore ours from a fit with PyMC-Marketing's own curve
(logistic), and for Meridian with Hill curves as they come. The time with Hill curves, whose S-shapes are searched and
whose plan is proven, stands beside it. The gain of each plan is judged by the market itself, as a share of the possible
gain (see `bench_plan_regret`).

    python -m tests.benchmarks.bench_plan_peers [--environments FOLDER] [--markets N] [--meridian N]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from platformdirs import user_cache_path

from tests.benchmarks.bench_peers import DRIVERS, PEERS, System, python_of, with_baseline
from tests.benchmarks.bench_plan_regret import BOUNDS, CHANNELS, FIRST_SEED, RHO, WEEKS, true_gain
from xl_mmm import ChannelSpec, Constraints, ModelSpec, evaluate, fit, optimize, simulate
from xl_mmm.dataset import Dataset
from xl_mmm.measures import ahead, repeated
from xl_mmm.planning import optimize_weeks
from xl_mmm.posterior import Posterior

DRAWS, YEAR, FASTER = 400, 52, 10.0
PLANNERS = {
    "pymc": System(
        "PyMC-Marketing", "pymc_marketing_plan.py",
        {"chains": 4, "tune": 1000, "draws": 100, "weeks": YEAR, "bounds": list(BOUNDS)},  # type: ignore[dict-item]
    ),
    "meridian": System(
        "Meridian", "google_meridian_plan.py",
        {"n_chains": 4, "n_adapt": 500, "n_burnin": 200, "n_keep": 100, "bound": 0.5},  # type: ignore[dict-item]
    ),
}  # fmt: skip


def asked(system: System, python: Path, frame: Any, roles: dict[str, Any]) -> dict[str, Any]:
    """Run a driver; return its answer."""
    wide, baseline = with_baseline(frame, roles["date"])
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "data.csv"
        wide.to_csv(path, index=False)
        task = {**roles, "csv": str(path), "baseline": baseline, "settings": system.settings}
        done = subprocess.run([python, DRIVERS / system.driver, json.dumps(task)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{system.driver} failed:\n{done.stderr[-3000:]}")
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def next_year(data: Dataset, spec: ModelSpec) -> Posterior:
    """Fit, and return the coming year at even spend, its carry-out after it."""
    even = repeated(data, YEAR)
    even = even.with_spend(np.tile(even.plan_spend.mean(axis=0), (YEAR, 1)))
    return ahead(fit(data, spec, method="bayes", draws=DRAWS).posterior, even, carry_out=True)


def timed(work: Any) -> tuple[float, Any]:
    """Return the best of three times, and the result."""
    took = []
    for _ in range(3):
        started = time.perf_counter()
        found = work()
        took.append(time.perf_counter() - started)
    return min(took), found


def main() -> int:
    """Print a line a market and system; return 1 when a bar is missed."""
    parser = argparse.ArgumentParser(description="Plans beside the peers'.")
    parser.add_argument("--environments", type=Path, default=user_cache_path("xl_mmm") / "peers")
    parser.add_argument("--markets", type=int, default=6)
    parser.add_argument("--meridian", type=int, default=2)
    given = parser.parse_args()
    pythons = {key: python_of(PEERS[key].system, given.environments) for key in PLANNERS}
    limits, ratios = Constraints(default_bounds=BOUNDS), []
    captured: dict[str, list[float]] = {}
    for index in range(given.markets):
        made = simulate(
            weeks=WEEKS[index % 3], channels=CHANNELS[index % 5], seed=FIRST_SEED + index, rho=RHO[index % 2], history=0
        )
        truth = evaluate(made.dataset, made.spec, made.truth.parameters)
        possible = optimize(truth, limits).gain
        model = fit(made.dataset, method="bayes", draws=DRAWS)
        coming = next_year(made.dataset, ModelSpec())
        alike = next_year(made.dataset, ModelSpec(default=ChannelSpec(saturation="logistic")))
        roles = {"date": "date", "kpi": "revenue", "spend": list(made.dataset.channels)}
        roles["controls"] = list(made.dataset.controls)
        ours = {
            "pymc": timed(lambda made=alike: optimize(made, limits)),
            "meridian": timed(lambda made=model: optimize(made, limits)),
        }
        curved, curved_plan = timed(lambda made=coming: optimize(made, limits))
        by_week, _ = timed(lambda made=coming: optimize_weeks(made, periods=YEAR))
        size = f"{made.dataset.n_weeks} x {len(made.dataset.channels)}"
        for key, system in PLANNERS.items():
            if key == "meridian" and index >= given.meridian:
                continue
            said, (took, plan) = asked(system, pythons[key], made.frame, roles), ours[key]
            ratios.append(said["fit"] / took)
            plans = {system.title: said["multiples"], f"bayes beside {system.title}": plan.multiples.to_dict()}
            if key == "pymc":
                plans["bayes with Hill curves"] = curved_plan.multiples.to_dict()
            shares = {name: true_gain(truth, multiples) / possible for name, multiples in plans.items()}
            for name, share in shares.items():
                captured.setdefault(name, []).append(share)
            print(
                f"{size}: {system.title} {said['version']} {said['fit']:.2f} s ({said['cpu']:.1f} CPU s), "
                f"optimize {took:.3f} s, {ratios[-1]:.0f} times faster; with S-curves {curved:.3f} s; "
                f"every week of a year {by_week:.1f} s; captured "
                + ", ".join(f"{name} {share:+.0%}" for name, share in shares.items()),
                flush=True,
            )
    for name, values in captured.items():
        print(f"{name}: captured {np.mean(values):.0%} of the possible gain over {len(values)} markets")
    print(f"times faster: {min(ratios):.0f} to {max(ratios):.0f}, bar {FASTER:.0f}")
    return int(min(ratios) < FASTER)


if __name__ == "__main__":
    sys.exit(main())
