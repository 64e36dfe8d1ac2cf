"""How much of the possible gain does a plan capture, and what can it lose, where the truth is known?

Simulated markets of 104 to 156 weeks and 4 to 8 channels (transforms unknown, flighted and correlated spend, promotions
confounded with spend, trend breaks, AR(1) noise of 0 and 0.3). Each method fits the default specification and plans
today's budget within half and one and a half times today's spend of each channel. The plan is then judged by the market
itself: gain at the true response, over that of the best plan there is within the same limits (found on the truth, with
a proof). Doing nothing captures nothing and loses nothing.

`bayes, if sure` moves only when the range of the gain lies above zero, as the words of the workbook have it.
`... in steps` moves no channel by more than a measured step (`planning.constraints.MEASURED_STEP`): its bar is a loss
of at most 1 % of today's outcome in every market.

Generator, seeds (`FIRST_SEED` on, which no other benchmark uses), limits and bar were frozen before the first run.
First run, 2026-11-23, 120 markets from seed 5,310,000: the bar was missed (steps of 10 % lost 2.7 % in the worst
market). Then `bayes in steps, if sure` was added, which moves in steps and only when their gain lies above zero, and
the share of all possible gain together, which markets with next to nothing to gain do not blow up; its seeds begin at
`SECOND_SEED` (100 markets, 2026-11-23: steps of 10 % lost 1.7 % in the worst market, 1.2 % where they were sure).
Neither a range above zero nor a limit on the low end of the range would have kept the worst markets out: there the
model was sure and wrong. So on these spent seeds the step itself was made smaller, to 3 % (2.8 % shrinks to about
0.9 %), and frozen with new seeds from `THIRD_SEED` on before they were run.

    python -m tests.benchmarks.bench_plan_regret [markets] [first seed]
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from xl_mmm import Constraints, evaluate, fit, optimize, simulate
from xl_mmm.fitting import FittedMMM
from xl_mmm.planning.constraints import MEASURED_STEP

FIRST_SEED, SECOND_SEED, THIRD_SEED = 5_310_000, 5_320_000, 5_640_000
MARKETS, RESAMPLED, LEVEL = 100, 4_000, 0.90
WEEKS, CHANNELS, RHO = (104, 130, 156), (4, 5, 6, 7, 8), (0.0, 0.3)
BOUNDS = (0.5, 1.5)
LARGEST_LOSS = 0.01
PLANS = ("bayes", "bayes, if sure", "bayes in steps", "bayes in steps, if sure", "ols", "ols in steps")


def market(index: int, first: int) -> dict[str, tuple[float, float, float]]:
    """Plan one market; return plan -> (share of the possible gain, change of today's outcome, possible change)."""
    made = simulate(
        weeks=WEEKS[index % 3], channels=CHANNELS[index % 5], seed=first + index, rho=RHO[index % 2]
    )
    truth = evaluate(made.dataset, made.spec, made.truth.parameters)
    limits, steps = Constraints(default_bounds=BOUNDS), Constraints(default_bounds=BOUNDS, largest_step=MEASURED_STEP)
    best = optimize(truth, limits)
    gains = {}
    for method in ("bayes", "ols"):
        model = fit(made.dataset, method=method)
        plan = optimize(model, limits)
        gains[method] = true_gain(truth, plan.multiples.to_dict())
        if method == "bayes":
            gains["bayes, if sure"] = gains[method] if plan.gain_low > 0 else 0.0
        small = optimize(model, steps)
        gains[f"{method} in steps"] = true_gain(truth, small.multiples.to_dict())
        if method == "bayes":
            gains["bayes in steps, if sure"] = gains["bayes in steps"] if small.gain_low > 0 else 0.0
    today = best.outcome_today
    return {name: (gain / best.gain, gain / today, best.gain / today) for name, gain in gains.items()}


def true_gain(truth: FittedMMM, multiples: dict[str, float]) -> float:
    """Return what a plan gains at the true response."""
    from xl_mmm.planning import evaluate_plan

    return evaluate_plan(truth.posterior, multiples).difference


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 90 % interval of the mean, markets resampled."""
    rows = np.random.default_rng(0).integers(len(values), size=(RESAMPLED, len(values)))
    low, high = np.quantile(values[rows].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def main() -> int:
    """Print the table; return 1 when a plan in steps loses more than the bar."""
    markets = int(sys.argv[1]) if len(sys.argv) > 1 else MARKETS
    first = int(sys.argv[2]) if len(sys.argv) > 2 else THIRD_SEED
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in PLANS}
    for index in range(markets):
        started, one = time.process_time(), market(index, first)
        for name in PLANS:
            found[name].append(one[name])
        said = ", ".join(f"{name} {one[name][0]:+.0%}" for name in PLANS)
        print(f"{first + index}: {said} ({time.process_time() - started:.0f} CPU s)", flush=True)
    print(f"\n{markets} markets; nothing: 0 % captured, nothing lost")
    worst = {}
    for name, values in found.items():
        share, change, possible = np.array(values).T
        low, high = interval(share)
        worst[name] = change.min()
        print(
            f"  {name:16s} captured {share.mean():6.1%} (90 % {low:.1%} to {high:.1%}), median {np.median(share):.1%}, "
            f"together {change.sum() / possible.sum():.1%}; "
            f"loses in {np.mean(change < 0):.0%} of markets, at worst {min(worst[name], 0.0):.2%} of today's outcome"
        )
    return int(min(worst["bayes in steps"], worst["ols in steps"]) < -LARGEST_LOSS)


if __name__ == "__main__":
    sys.exit(main())
