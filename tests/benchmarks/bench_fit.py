"""How long does a classical fit take, and how much memory?

Each case runs in a process of its own so that its peak memory is its own. Bars: 156 weeks x 8 channels in 0.5 s without
bootstrap and 8 s with 200 refits, 300 MB; 3,650 rows x 50 channels in 60 s and 1 GB.

    python -m tests.benchmarks.bench_fit
"""

from __future__ import annotations

import os
import subprocess
import sys

CASES = {  # name: (weeks, channels, grain, draws, seconds, MB)
    "156 x 8, no bootstrap": (156, 8, "weekly", 1, 0.5, 300),
    "156 x 8, 200 refits": (156, 8, "weekly", 200, 8.0, 300),
    "3,650 x 50, 200 refits": (3650, 50, "daily", 200, 60.0, 1000),
}

ONE = """
import resource, sys, time
import scipy.linalg, holidays, pandas
from xl_mmm.simulation import simulate
from xl_mmm.fitting import fit
weeks, channels, grain, draws = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
made = simulate(weeks=weeks, channels=channels, seed=11, grain=grain)
start = time.perf_counter()
fit(made.dataset, method="ols", draws=draws)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main() -> int:
    """Print the table; return 1 when a bar is missed."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    missed = 0
    print(f"{'case':<26}{'seconds':>9}{'bar':>7}{'MB':>8}{'bar':>7}")
    for name, (weeks, channels, grain, draws, seconds, megabytes) in CASES.items():
        command = [sys.executable, "-c", ONE, str(weeks), str(channels), grain, str(draws)]
        runs = []
        for _ in range(1 if weeks > 1000 else 3):
            printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
            runs.append([float(part) for part in printed.split()])
        took, used = min(run[0] for run in runs), max(run[1] for run in runs)
        missed += took > seconds or used > megabytes
        print(f"{name:<26}{took:>9.2f}{seconds:>7.1f}{used:>8.0f}{megabytes:>7.0f}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
