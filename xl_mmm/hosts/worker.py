"""The process that computes on a copy of a workbook, beside Excel and never touching it.

`xl_mmm.hosts.jobs` starts it. The result, or one sentence a fault, is put into the job's folder whole; an error of ours
goes to standard error, which is the job's log.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book import job
from xl_mmm.errors import MmmError
from xl_mmm.hosts import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

STOPPED = 130
BETWEEN_WORDS = 0.25  # seconds between two words on progress: a poll comes every second
TRIES, PAUSE = 50, 0.05  # for the lock, which a poll that looks at it holds for an instant


class Stopped(BaseException):
    """Somebody pressed Cancel; no handler of errors may take it for one."""


def main(arguments: Sequence[str]) -> int:
    """Do one job: its folder, its task, and the copy's name in the folder.

    Returns
    -------
    int
        0 done, 1 the workbook is at fault, 130 stopped.
    """
    place, task, file = arguments
    folder = Path(place)
    _take_lock(folder)
    (folder / jobs.PID).write_text(str(os.getpid()), encoding="ascii")
    try:
        computed = job.compute(folder / file, task, progress=_Progress(folder))
    except MmmError as error:
        jobs.write_json(folder / jobs.FAULTS, list(error.sentences))
        return 1
    except Stopped:
        return STOPPED
    record = {"cells": jobs.encoded(computed.cells), "headline": computed.headline, "remarks": list(computed.remarks)}
    jobs.write_json(folder / jobs.RESULT, record)
    return 0


class _Progress:
    """Writes how far the work is, and ends it when it shall stop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = 0.0

    def __call__(self, done: int, total: int) -> None:
        """Take (steps done, steps in all)."""
        if (self.folder / jobs.STOP).exists() or not self.folder.exists():
            raise Stopped
        if done < total and time.monotonic() - self.told < BETWEEN_WORDS:
            return
        self.told = time.monotonic()
        jobs.write_json(self.folder / jobs.PROGRESS, [done, total])


def _take_lock(folder: Path) -> None:
    for _ in range(TRIES):
        if jobs.hold(folder / jobs.ALIVE) is not None:
            return
        time.sleep(PAUSE)
    raise TimeoutError(f"another worker holds {folder}")
