"""How far is `bayes` from the true ROI at 156 weeks and 8 channels?

The markets of `bench_bayes_coverage`, all of one size: unknown transforms, correlated and flighted spend, promotions
confounded with spend, trend breaks, AR(1) noise of 0 and 0.5 in equal parts, default specification and seed.
Every market counts, also where the chains did not meet. The error of a channel is |ROI / true ROI − 1|, ROI as it is
reported (the mean over draws); the figure is its median over all channels, with a 90 % interval by resampling markets.
`ols` stands beside it, and both once more with the true carryover and saturation given, sizes, noise and baseline still
to be found: what is left then is the limit of the data, which no fit that must find the curves as well can pass.

The bar: a median error of at most 30 % over 120 markets. Generator, seeds (`FIRST_SEED` on, which no other benchmark
uses) and bar were frozen before the first run; the fits with known curves came later and have none.

First run, 2026-11-22, 120 markets: the bar was missed, 32.6 % (90 % interval 30.4 to 33.9 %; `ols` 57.6 %). Curves
known, 2026-11-23: 29.6 % (28.0 to 31.3 %; `ols` 36.7 %), so the bar asks for all that knowing the curves would bring.

    python -m tests.benchmarks.bench_bayes_error [markets]
"""

from __future__ import annotations

import dataclasses
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from xl_mmm.fitting import fit
from xl_mmm.simulation import Simulated, simulate
from xl_mmm.spec import ModelSpec

FIRST_SEED = 9_470_000
MARKETS, WEEKS, CHANNELS = 120, 156, 8
FITS = {"bayes": False, "ols": False, "bayes, curves known": True, "ols, curves known": True}
LARGEST_ERROR = 0.30
RESAMPLED, LEVEL = 4_000, 0.90


def with_true_curves(market: Simulated) -> ModelSpec:
    """Return the default specification with every channel's transforms fixed at the truth."""
    channels = {}
    for name in market.dataset.channels:
        curve = {key: float(value) for key, value in market.truth.parameters[name].items() if key != "coefficient"}
        channels[name] = dataclasses.replace(market.spec.channel(name), **curve)
    return ModelSpec(channels)


def errors(index: int) -> list[NDArray[np.float64]]:
    """Fit one market; returns |ROI / true ROI − 1| (channel,) by fit."""
    seed, rho = FIRST_SEED + index, (0.0, 0.5)[index % 2]
    market = simulate(weeks=WEEKS, channels=CHANNELS, seed=seed, rho=rho)
    found = []
    for name, known in FITS.items():
        started = time.process_time()
        model = fit(market.dataset, with_true_curves(market) if known else ModelSpec(), method=name.split(",")[0])
        seconds = time.process_time() - started
        sampling = model.posterior.sampling
        met = "" if sampling is None else f", R-hat {sampling.r_hat:.4f}, ESS {sampling.tail_ess:.0f}"
        found.append(np.abs(model.roi()["roi"].to_numpy() / market.truth.roi - 1))
        said = f"{seed} {name}: median error {np.median(found[-1]):.1%}, {seconds:.1f} CPU s{met}"
        print(said, flush=True)
    return found


def interval(error: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 90 % interval of the median of (market, channel) errors, markets resampled."""
    rows = np.random.default_rng(0).integers(len(error), size=(RESAMPLED, len(error)))
    low, high = np.quantile(np.median(error[rows], axis=(1, 2)), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def main() -> int:
    """Fit the markets, print the medians, return 1 when the bar is missed."""
    markets = int(sys.argv[1]) if len(sys.argv) > 1 else MARKETS
    error = np.array([errors(index) for index in range(markets)])  # (market, fit, channel)
    print(f"{markets} markets of {WEEKS} x {CHANNELS}")
    print("fit                  median ROI error  90 % interval   rho 0  rho 0.5")
    for j, name in enumerate(FITS):
        own = error[:, j]
        low, high = interval(own)
        parts = " ".join(f"{np.median(own[first::2]):>7.1%}" for first in (0, 1))
        print(f"{name:<20} {np.median(own):>16.1%}  {low:>5.1%} to {high:.1%} {parts}")
    held = np.median(error[:, 0]) <= LARGEST_ERROR and markets >= MARKETS
    print("PASS" if held else "FAIL", f"(bayes at most {LARGEST_ERROR:.0%} over at least {MARKETS} markets)")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
