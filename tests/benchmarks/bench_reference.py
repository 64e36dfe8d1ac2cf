"""Does `bayes` agree with long runs of NUTS on the same model and data?

For every data set of `tests/golden/nuts_reference.json`: means within 0.05 posterior standard deviations, standard
deviations within 5 %, effective sample sizes of 10,000 on both sides, ours at the worst end of any reported range.
PyMC-Marketing's example is compared when XL_MMM_PEER_DATA names the folder that holds it.

Run of 2026-11-23: all four agree; the largest differences are 0.012 standard deviations of a mean and 2.7 % of a
standard deviation (a half-saturation's), at effective sample sizes of 12,500 to 43,000.

    python -m tests.benchmarks.bench_reference [data set ...]
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from tests.bayesian.agreement import ENOUGH, MEAN_APART, RUNS, SD_APART, differences
from tests.bayesian.references import EXAMPLE, MARKETS, example
from xl_mmm.fitting import fit

DRAWS, SEEDS = 70_000, (1, 2)


def main() -> int:
    """Print the largest differences, return 1 when one is too large."""
    sources = dict(MARKETS)
    if folder := os.environ.get("XL_MMM_PEER_DATA"):
        sources[EXAMPLE] = lambda: example(Path(folder))
    passed = True
    for name in sys.argv[1:] or sources:
        started = time.process_time()
        posteriors = [fit(*sources[name](), method="bayes", draws=DRAWS, seed=seed).posterior for seed in SEEDS]
        found, run = differences(name, *posteriors), RUNS[name]
        ess = sum(one.sampling.tail_ess for one in posteriors)
        enough = min(ess, run["smallest_ess"]) >= ENOUGH
        mean, sd = max(found, key=lambda d: abs(d.mean)), max(found, key=lambda d: abs(d.sd))
        good = enough and abs(mean.mean) <= MEAN_APART and abs(sd.sd) <= SD_APART
        passed &= good
        print(
            f"{'PASS' if good else 'FAIL'} {name}: {len(found)} quantities;"
            f" mean {mean.mean:+.3f} sd ({mean.place} {mean.name}), sd {sd.sd:+.1%} ({sd.place} {sd.name});"
            f" ESS {ess:,.0f} and {run['smallest_ess']:,.0f} (NUTS),"
            f" {time.process_time() - started:.0f} CPU s",
            flush=True,
        )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
