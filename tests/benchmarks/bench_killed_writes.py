"""Kill a writer at random moments, 200 times; the workbook must be byte for byte the old or the new one each time.

Run `python -m tests.benchmarks.bench_killed_writes [TIMES]`. Each round starts a process that writes without pause
(two alternating sets of values), waits a random time, kills it with SIGKILL and compares hashes. The next round must
take over what the dead one left: lock, temporary files, backups. Ends with 1 if any round found another file.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from xl_mmm.book import files
from xl_mmm.book.writer import write_cells

ROWS = 2_000
SEED = 1
LONGEST_WAIT = 0.8  # seconds after the writer's first write; long enough for a second and third
WRITER = """
import sys
from tests.benchmarks.bench_killed_writes import cells
from xl_mmm.book.writer import write_cells
i = 0
while True:
    write_cells(sys.argv[1], cells(i % 2), backup_dir=sys.argv[2])
    i += 1
    if i == 1:
        print("started", flush=True)
"""


def cells(kind: int) -> dict[str, dict[str, object]]:
    """One of two sets of values that differ in every row."""
    return {"Results": {f"B{row}": row * 0.1 + kind for row in range(1, ROWS + 1)}}


def make_book(path: Path) -> None:
    """Make a workbook of some size with results to overwrite."""
    with xlsxwriter.Workbook(path) as workbook:
        sheet, results = workbook.add_worksheet("Data"), workbook.add_worksheet("Results")
        for row in range(ROWS):
            sheet.write_row(row, 0, [row, f"text {row}", row / 7])
            results.write_row(row, 0, [f"result {row}", 0.0])


def main(times: int) -> int:
    """Kill writers and report what each left."""
    if sys.platform == "win32":
        print("SIGKILL is of POSIX systems; nothing measured")
        return 2
    chance = random.Random(SEED)
    counts = {"first": 0, "second": 0, "BROKEN": 0}
    leftovers = locks = 0
    with tempfile.TemporaryDirectory() as folder:
        book, backups = Path(folder) / "plan.xlsx", Path(folder) / "backups"
        make_book(book)
        known = {}
        for kind, name in ((0, "first"), (1, "second")):
            copy = Path(folder) / "copy.xlsx"
            copy.write_bytes(book.read_bytes())
            known[write_cells(copy, cells(kind), backup_dir=backups).sha] = name
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        begun = time.perf_counter()
        for _ in range(times):
            command = [sys.executable, "-c", WRITER, str(book), str(backups)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as writer:
                started = writer.stdout.readline() if writer.stdout else b""
                if not started:
                    print("the writer could not start after a killed one: see the message above")
                    return 1
                time.sleep(chance.uniform(0, LONGEST_WAIT))
                writer.send_signal(signal.SIGKILL)
            counts[known.get(files.digest(book.read_bytes()), "BROKEN")] += 1
            entries = [entry.name for entry in Path(folder).iterdir()]
            leftovers += sum(name.endswith(files.TEMPORARY_SUFFIX) for name in entries)
            locks += sum(name.endswith(files.LOCK_SUFFIX) for name in entries)
        seconds = time.perf_counter() - begun
        write_cells(book, cells(0), backup_dir=backups)
        clean = sorted(entry.name for entry in Path(folder).iterdir()) == ["backups", "copy.xlsx", "plan.xlsx"]
        kept = len(files.backups(book, backups))
    print(f"{times} killed writes in {seconds:.0f} s: {counts}")
    print(f"killed while the lock was held: {locks}; half-written temporary files left and then cleaned: {leftovers}")
    print(f"folder clean after the next write: {clean}; backups kept: {kept} of at most {files.KEPT_BACKUPS}")
    return 1 if counts["BROKEN"] or not clean else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
