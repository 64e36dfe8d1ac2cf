"""How often do the checks that fit again say REVIEW on markets whose model is right, and what do they cost?

The limits of coverage, CRPS, placebo, leaving a channel out and parts of the window were set with it, on development
seeds. With `--sold` the copy that the placebo uses has sold: its share of REVIEW is then the power of the check.

    python -m tests.benchmarks.bench_checks bayes 7000 7020
    python -m tests.benchmarks.bench_checks ols,lasso 7000 7020 --sold 2
"""

from __future__ import annotations

import dataclasses
import sys
import time

import numpy as np

from xl_mmm.diagnostics import REVIEW
from xl_mmm.diagnostics.placebo import quiet_copy
from xl_mmm.diagnostics.refitted import REFIT_CHECKS, refit_checks
from xl_mmm.fitting import fit, refits_of
from xl_mmm.simulation import Simulated, simulate
from xl_mmm.simulation.truth import response

SIZES = ((156, 4), (156, 8), (130, 6), (104, 3))  # weeks, channels
NOISE = (0.0, 0.5, 0.3)  # autocorrelation


def market(seed: int, sold: float) -> Simulated:
    """Return a market; with `sold`, the shifted copy of its largest channel has sold so much per money."""
    weeks, channels = SIZES[seed % len(SIZES)]
    made = simulate(weeks, channels, seed=seed, rho=NOISE[seed % len(NOISE)])
    copy = quiet_copy(made.dataset)
    if not sold or copy is None:
        return made
    data, (k, shift, _) = made.dataset, copy
    name = data.channels[k]
    media = np.roll(data.media[:, k], shift)
    shape, carried = response(media, data, made.spec.channel(name), made.truth.parameters[name])
    size = sold * np.roll(data.spend[:, k], shift)[data.window].sum() / (shape - carried)[data.window].sum()
    return dataclasses.replace(made, dataset=dataclasses.replace(data, kpi=data.kpi + size * shape))


def main(methods: str, first: str, last: str, *more: str) -> int:
    """Print, by method and check, how often it says REVIEW and its values; the time of a fit and of its checks."""
    sold = float(more[1]) if more[:1] == ("--sold",) else 0.0
    for method in methods.split(","):
        found, took = [], []
        for seed in range(int(first), int(last)):
            made = market(seed, sold)
            start = time.process_time()
            model = fit(made.dataset, made.spec, method=method)
            between = time.process_time()
            found.append(refit_checks(model.posterior, refits_of(model)))
            took.append((between - start, time.process_time() - between))
        fitting, checking = np.median(took, axis=0)
        print(f"{method}: {len(found)} markets; a fit takes {fitting:.1f} s, its checks {checking:.1f} s (median)")
        for i, key in enumerate(REFIT_CHECKS):
            values = np.array([np.nan if c[i].value is None else c[i].value for c in found])
            share = np.mean([c[i].status == REVIEW for c in found])
            spread = " ".join(f"{value:8.3f}" for value in np.nanquantile(values, [0.05, 0.25, 0.5, 0.75, 0.95]))
            print(f"  {key:<16}REVIEW {share:4.0%}   5 25 50 75 95 %: {spread}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
