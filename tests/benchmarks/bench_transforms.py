"""Adstock + Hill of 156 weeks x 8 channels x 1,000 draws, in units of one np.exp over as many doubles.

Run `python tests/benchmarks/bench_transforms.py`; it prints a table and exits with 1 when the bar is missed. Both are
timed in the same process, turn by turn, single-threaded, so that a busy machine slows both.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from xl_mmm.transforms import ADSTOCKS, SATURATIONS, adstock, saturation

N_WEEKS, N_CHANNELS, N_DRAWS = 156, 8, 1000
ROUNDS = 31
BAR = 6.0  # times one np.exp

PARAMETERS = {
    "decay": (0.2, 0.8),
    "peak_lag": (0.0, 4.0),
    "weibull_shape": (0.6, 4.0),
    "weibull_scale": (0.5, 6.0),
    "half_saturation": (2e4, 1e5),
    "slope": (0.6, 2.5),
    "exponent": (0.3, 0.9),
    "curvature": (2e4, 1e5),
}


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratios() -> dict[str, float]:
    """Return each pair of families with Hill or geometric as its partner, median time over the median np.exp."""
    rng = np.random.default_rng(1)
    media = rng.gamma(2.0, 2e4, size=(N_WEEKS, N_CHANNELS)) * (rng.random((N_WEEKS, N_CHANNELS)) < 0.8)
    values = {name: rng.uniform(*ends, size=(N_DRAWS, N_CHANNELS)) for name, ends in PARAMETERS.items()}
    exponent = rng.normal(size=N_WEEKS * N_CHANNELS * N_DRAWS)

    def transform(carry: str, bend: str) -> Callable[[], object]:
        first = {parameter.name: values[parameter.name] for parameter in ADSTOCKS[carry].parameters}
        second = {parameter.name: values[parameter.name] for parameter in SATURATIONS[bend].parameters}
        return lambda: saturation(adstock(media, carry, first), bend, second)

    works = {"np.exp": lambda: np.exp(exponent)}
    works |= {f"{name} + hill": transform(name, "hill") for name in ADSTOCKS}
    works |= {f"geometric + {name}": transform("geometric", name) for name in SATURATIONS if name != "hill"}
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(ROUNDS):
        for name, work in works.items():
            times[name].append(seconds(work))
    unit = statistics.median(times["np.exp"])
    return {name: statistics.median(taken) / unit for name, taken in times.items()}


def main() -> int:
    """Print the table; 1 when geometric + Hill misses the bar."""
    measured = ratios()
    lines = [f"{name:<30} {ratio:6.2f}" for name, ratio in measured.items()]
    passed = measured["geometric + hill"] <= BAR
    sys.stdout.write("\n".join(["times one np.exp (median of turns)", *lines, ""]))
    sys.stdout.write(f"geometric + hill: bar {BAR:g}, {'PASS' if passed else 'FAIL'}\n")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
