"""What one evaluation costs: 10,000 calls of a workbook over a 156 x 12 range, one fit; decoding; memory.

    python -m tests.benchmarks.bench_functions [evaluations] [edits]

1. A workbook whose Refit is live is recalculated until `evaluations` functions have answered; then one function, over
   all 156 x 12 figures, through xlwings. Bars: 3 s of Python each, and exactly one fit, counted where it happens.
2. A model block is decoded again. Bar: 1 ms.
3. A spend cell is changed `edits` times, each time every function is recalculated; Refit is on request. Bar: memory
   grows by at most 20 MB after the first tenth, which fills what is remembered.
4. The UDF module is imported against xlwings alone, pair by pair in fresh processes. Bar: 1.15 times.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

import compileall
import statistics
import subprocess
import sys
import time
import tracemalloc
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from tests.benchmarks.bench_import import PACKAGE
from tests.benchmarks.template_calls import Recalculation, market_tables
from tests.hosts.windows import cells, excel
from xl_mmm import fitting
from xl_mmm.functions.models import model_of
from xl_mmm.tables import names

EVALUATIONS, EDITS, PAIRS = 10_000, 2_000, 15
SECONDS, DECODING, GROWTH, START = 3.0, 0.001, 20.0, 1.15


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table: what was measured, against its bar."""

    what: str
    found: float
    bar: float
    unit: str
    exact: bool = False

    @property
    def passed(self) -> bool:
        return self.found == self.bar if self.exact else self.found <= self.bar

    def __str__(self) -> str:
        verdict = "PASS" if self.passed else "FAIL"
        return f"{self.what:<58} {self.found:10.3f} {self.unit:<5} bar {self.bar:g}  {verdict}"


def evaluations(wanted: int) -> list[Line]:
    """Recalculate one workbook whose cells do not change."""
    sheet = Recalculation(market_tables(names.LIVE))
    with mock.patch.object(fitting, "fit", wraps=fitting.fit) as fits:
        sheet.run()
        first, once = sum(sheet.seconds.values()), sheet.counted.total()
        while sheet.counted.total() < wanted + once:
            sheet.run()
    taken, answered = sum(sheet.seconds.values()) - first, sheet.counted.total() - once
    return [
        Line(f"{answered:,} evaluations", taken * wanted / answered, SECONDS, "s"),
        Line("the recalculation before them, fit included", first, float("inf"), "s"),
        Line("fits", fits.call_count, 1, "", exact=True),
    ]


def through_xlwings(wanted: int) -> list[Line]:
    """Hand the same 156 x 12 figures to one function, through xlwings' server and converters, again and again."""
    rows = [[float(cell) for cell in row[1:]] + [0.0] for row in market_tables(names.ON_REQUEST)[names.TBL_DATA][1:]]
    with excel() as running:
        start = time.process_time()
        for _ in range(wanted):
            running.call("MMM_ADSTOCK", cells(rows), "geometric", 0.5)
        taken = time.process_time() - start
    return [Line(f"{wanted:,} calls of MMM_ADSTOCK through xlwings", taken, SECONDS, "s")]


def decoding() -> list[Line]:
    """Decode one model again and again."""
    sheet = Recalculation(market_tables(names.LIVE))
    block = [[cell or None for cell in row] for row in sheet.run()["MMM_FIT"]]
    times = []
    for _ in range(100):
        copied = [[cell and (cell + " ")[:-1] for cell in row] for row in block]
        start = time.perf_counter()
        model_of(copied)
        times.append(time.perf_counter() - start)
    return [Line("second decode of a model", 1000 * statistics.median(times), 1000 * DECODING, "ms")]


def growth(edits: int) -> list[Line]:
    """Change a spend cell before every recalculation."""
    live = Recalculation(market_tables(names.LIVE)).run()["MMM_FIT"]
    sheet = Recalculation(market_tables(names.ON_REQUEST), kept=live)
    data = sheet.tables[names.TBL_DATA]
    warm, times, start_size = max(edits // 10, 1), [], 0.0
    for edit in range(edits):
        if edit == warm:
            start_size = resident()
        data[100][3] = 1000.0 + edit
        start = time.perf_counter()
        sheet.run()
        times.append(time.perf_counter() - start)
    per_edit = 1000 * statistics.median(times)
    return [
        Line(f"growth over {edits - warm:,} edits", resident() - start_size, GROWTH, "MB"),
        Line("one edit, every function", per_edit, float("inf"), "ms"),
        Line("resident at the end", resident(), float("inf"), "MB"),
    ]


def starting() -> list[Line]:
    """Start the UDF module and xlwings alone, in fresh processes."""
    compileall.compile_dir(PACKAGE, quiet=1)
    bare, own = "import xlwings", "import xl_mmm.hosts.classic"
    pairs = [(processor_seconds(bare), processor_seconds(own)) for _ in range(PAIRS + 1)][1:]  # the first one warms up
    return [Line("start of the UDF module", statistics.median(own / bare for bare, own in pairs), START, "x")]


def processor_seconds(statement: str) -> float:
    """Return the processor's time of one statement in a process of its own: other work on the machine is not in it."""
    program = f"from time import process_time as now; start = now()\n{statement}\nprint(now() - start)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(answer.stdout)


def resident() -> float:
    """Return the process's memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def leaks(edits: int) -> None:
    """Print where memory was taken that is still held."""
    live = Recalculation(market_tables(names.LIVE)).run()["MMM_FIT"]
    sheet = Recalculation(market_tables(names.ON_REQUEST), kept=live)
    for edit in range(2 * edits):
        if edit == edits:
            tracemalloc.start(8)
            before = tracemalloc.take_snapshot()
        sheet.tables[names.TBL_DATA][100][3] = 1000.0 + edit
        sheet.run()
    for line in tracemalloc.take_snapshot().compare_to(before, "lineno")[:15]:
        print(line)


def main(wanted: int = EVALUATIONS, edits: int = EDITS) -> int:
    """Print the table; return 1 when a bar fails."""
    grown = growth(edits)
    lines = [*evaluations(wanted), *through_xlwings(wanted), *decoding(), *grown, *starting()]
    print("\n".join(map(str, lines)))
    if not grown[0].passed:
        leaks(min(edits, 200))
    return 0 if all(line.passed for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
