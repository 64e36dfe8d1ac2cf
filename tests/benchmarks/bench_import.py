"""How long Excel waits for Python: the cold import of xl_mmm against that of NumPy.

    python -m tests.benchmarks.bench_import [pairs]

Every import happens in a fresh process and is timed inside it, so that the interpreter's own start does not count.
They alternate and are compared round by round: what else the machine does hits all. The package's bytecode is
compiled first, as the installation does. Bar: 1.5 x NumPy's import, for the package alone and for what a fit needs; all
public names together, simulator and optimizer included, are reported without a bar.
"""

from __future__ import annotations

import compileall
import statistics
import subprocess
import sys
from pathlib import Path

PAIRS = 15
BAR = 1.5
REFERENCE = "import numpy"
BARRED = ("import xl_mmm", "from xl_mmm import Dataset, ModelSpec, fit")
REPORTED = ("from xl_mmm import *",)
PACKAGE = Path(__file__).resolve().parents[2] / "xl_mmm"


def seconds(statement: str) -> float:
    """Return the time of one import statement in a process of its own."""
    program = f"from time import perf_counter as now; start = now()\n{statement}\nprint(now() - start)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(answer.stdout)


def main(pairs: int = PAIRS) -> int:
    """Print the table; return 1 when the bar fails."""
    statements = (REFERENCE, *BARRED, *REPORTED)
    compileall.compile_dir(PACKAGE, quiet=1)
    for statement in statements:  # once unmeasured: files are in the system's cache
        seconds(statement)
    rounds = [[seconds(statement) for statement in statements] for _ in range(pairs)]
    print(
        f"{'statement':<42} {'median ms':>9} {'low':>7} {'high':>7} {'x numpy':>8}   ({pairs} pairs, fresh processes)"
    )
    ratios = []
    for column, statement in enumerate(statements):
        times = sorted(1000 * times[column] for times in rounds)
        ratios.append(statistics.median(times[column] / times[0] for times in rounds))
        middle = statistics.median(times)
        print(f"{statement:<42} {middle:9.1f} {times[0]:7.1f} {times[-1]:7.1f} {ratios[-1]:8.2f}")
    worst = max(ratios[1 : 1 + len(BARRED)])
    passed = worst <= BAR
    print(f"{'PASS' if passed else 'FAIL'}: {worst:.2f} x `{REFERENCE}`, bar {BAR}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
