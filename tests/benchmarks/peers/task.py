"""What a driver is given and what it hands back. The standard library alone, so that it costs no import time.

A task is one JSON argument: `csv`, `draws` (file for the draws), `date`, `kpi`, `spend`, `controls`, `baseline` (trend
and seasons as columns, for systems without) and `settings` of the sampler. The answer is one line of JSON: `fit` and
`cpu` seconds from table to posterior, `finished` (clock, when the table of ROI stood), `peak` MB up to then, `roi`.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def task() -> dict[str, Any]:
    """Read the task."""
    return dict(json.loads(sys.argv[1]))


def timed(fit: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Run a fit; returns what it gives, and seconds of the clock and of all cores."""
    clock, cpu = time.perf_counter(), time.process_time()
    made = fit()
    return made, {"fit": time.perf_counter() - clock, "cpu": time.process_time() - cpu}


def peak() -> float:
    """Return the most memory that this process has held, MB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss also counts what the parent held when it started this process
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / 1024**2 if sys.platform == "darwin" else used / 1024


def answer(seconds: Mapping[str, float], roi: Mapping[str, float], version: str) -> str:
    """Return the answer; to be called as soon as the ROIs are known, and printed after the draws are saved."""
    return json.dumps({**seconds, "finished": time.time(), "peak": peak(), "roi": dict(roi), "version": version})
