"""Long work beside an open workbook: a process of its own, and what is remembered between two polls.

A job lives in a folder of the user's data: the copy of the workbook that is computed on, the progress, and in the end
either the result or the reason why there is none. Each file is put in place whole. Python may be started afresh for
every poll (macOS), so nothing that counts is kept in memory. A worker holds a lock on one file as long as it lives:
a process id alone may have passed to a stranger after a crash.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xl_mmm.book.files import digest, replace_file
from xl_mmm.errors import CellError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xl_mmm.tables.cell_values import CellValue

Cells = dict[str, dict[str, "CellValue"]]

RUNNING, DONE, FAILED = "running", "done", "failed"
JOB, PROGRESS, RESULT, FAULTS, LOG = "job.json", "progress.json", "result.json", "faults.json", "worker.log"
ALIVE, PID, STOP, POLLED = "alive", "pid", "stop", "polled"
# isolated: no folder of the user's is searched; our own comes last, so that it hides no package
PROGRAM = """import sys
sys.path.append(sys.argv.pop(1))
from xl_mmm.hosts import worker
sys.exit(worker.main(sys.argv[1:]))
"""
STARTING = 60.0  # seconds that a worker may take until it holds its lock
SILENCE = 5.0  # seconds without a poll after which nobody is polling any more

_ROOT = Path(__file__).resolve().parents[2]
_children: dict[Path, subprocess.Popen[bytes]] = {}  # started by this very process, to be asked and reaped


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of long work.

    Attributes
    ----------
    folder
        Where its files stand.
    workbook
        Full name of the workbook, as Excel says it.
    task
        What `job.compute` is asked for: fit, optimize, scenarios.
    copy
        The copy that is computed on.
    inputs
        Hash of the input tables when the button was pressed.
    writing
        Whether the results have begun to be written; they are then written to the end.
    """

    folder: Path
    workbook: str
    task: str
    copy: Path
    inputs: str
    writing: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a worker computed.

    Attributes
    ----------
    cells
        Sheet -> address -> value: the cells that belong to results, nothing else.
    headline
        The answer in one sentence.
    remarks
        What was read after a remark, one sentence each.
    """

    cells: Cells
    headline: str
    remarks: tuple[str, ...]


def home(workbook: str) -> Path:
    """Return the folder of everything that is remembered about one workbook."""
    from platformdirs import user_data_path

    return user_data_path("xl_mmm") / "jobs" / digest(workbook.encode("utf-8", "surrogatepass"))[:16]


def start(workbook: str, file_name: str, task: str, inputs: str, save_copy: Callable[[Path], None]) -> Job:
    """Save a copy of the workbook and start a worker on it.

    Parameters
    ----------
    workbook, file_name
        Full name as Excel says it, and the name that the copy gets.
    task
        What is computed.
    inputs
        Hash of the input tables.
    save_copy
        Writes the copy to a path.
    """
    forget(workbook)
    folder = home(workbook) / secrets.token_hex(6)
    folder.mkdir(parents=True)
    job = Job(folder, workbook, task, folder / file_name, inputs)
    save_copy(job.copy)
    _remember(job)
    with (folder / LOG).open("wb") as log:
        _children[folder] = subprocess.Popen(
            [sys.executable, "-I", "-c", PROGRAM, str(_ROOT), str(folder), task, file_name],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=sys.prefix, close_fds=True,
            start_new_session=os.name != "nt",
            # no window; Windows ends the worker together with the Python that Excel started
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    return job


def current(workbook: str) -> Job | None:
    """Return the workbook's job, also one that an earlier session left behind."""
    try:
        record = json.loads((home(workbook) / JOB).read_bytes())
        folder = home(workbook) / record["folder"]
        return Job(folder, workbook, record["task"], folder / record["copy"], record["inputs"], record["writing"])
    except (OSError, ValueError, KeyError, TypeError):  # none, or a file of another version
        return None


def state(job: Job) -> str:
    """Return `RUNNING`, `DONE` or `FAILED`."""
    living = is_held(job.folder / ALIVE)  # asked before looking for results: they are there when it has gone
    if (job.folder / RESULT).exists():
        return DONE
    if (job.folder / FAULTS).exists():
        return FAILED
    if living or _is_starting(job):
        return RUNNING
    return FAILED


def _is_starting(job: Job) -> bool:
    """Whether the worker may still be on its way to its lock."""
    if (job.folder / PID).exists():
        return False
    child = _children.get(job.folder)
    if child is not None:
        return child.poll() is None
    with suppress(OSError):
        return time.time() - (job.folder / LOG).stat().st_mtime < STARTING
    return False


def progress(job: Job) -> tuple[int, int] | None:
    """Return (steps done, steps in all), None before the first."""
    try:
        done, total = json.loads((job.folder / PROGRESS).read_bytes())
        return int(done), int(total)
    except (OSError, ValueError, TypeError):
        return None


def result(job: Job) -> Result:
    """Return what the worker of a `DONE` job computed."""
    record = json.loads((job.folder / RESULT).read_bytes())
    cells = {
        sheet: {address: _decoded(value) for address, value in values.items()}
        for sheet, values in record["cells"].items()
    }
    return Result(cells, record["headline"], tuple(record["remarks"]))


def reason(job: Job) -> str:
    """Say why a `FAILED` job has no result."""
    with suppress(OSError, ValueError):
        return "\n".join(json.loads((job.folder / FAULTS).read_bytes()))
    log = job.folder / LOG
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it left no word")
    return f"The computation ended before it was done ({last}). Press the button again; the log is {keep_log(job)}."


def keep_log(job: Job) -> Path:
    """Put the worker's log where it outlives the job and return its place."""
    kept = home(job.workbook) / LOG
    with suppress(OSError):
        shutil.copyfile(job.folder / LOG, kept)
    return kept


def note_poll(job: Job) -> None:
    """Remember that somebody polls now."""
    (job.folder / POLLED).touch()


def is_polled(job: Job) -> bool:
    """Whether somebody polled in the last seconds."""
    try:
        return time.time() - (job.folder / POLLED).stat().st_mtime < SILENCE
    except OSError:
        return False


def begin_writing(job: Job) -> None:
    """Remember that the results are being written: from here on they are all written."""
    _remember(replace(job, writing=True))


def forget(workbook: str) -> None:
    """End the workbook's worker, if it lives, and clear away what it left; nothing is written."""
    folder = home(workbook)
    (folder / JOB).unlink(missing_ok=True)
    for job in folder.iterdir() if folder.is_dir() else ():
        if job.is_dir():
            _end(job)
            shutil.rmtree(job, ignore_errors=True)  # Windows keeps open files; the next call clears them


def _end(folder: Path) -> None:
    """End a worker: the flag for one that starts, the signal for one that holds its lock and so owns its id."""
    with suppress(OSError):
        (folder / STOP).touch()
    child = _children.pop(folder, None)
    if child is not None:
        child.terminate()
        child.wait()
    if is_held(folder / ALIVE):
        with suppress(OSError, ValueError):
            os.kill(int((folder / PID).read_text("ascii")), signal.SIGTERM)


def _remember(job: Job) -> None:
    record = asdict(job) | {"folder": job.folder.name, "copy": job.copy.name}
    write_json(home(job.workbook) / JOB, record)


# ---------------------------------------------------------------- the worker's side


def write_json(path: Path, record: object) -> None:
    """Put a record in place whole."""
    replace_file(path, json.dumps(record, allow_nan=False).encode("ascii"))


def encoded(cells: Mapping[str, Mapping[str, CellValue]]) -> dict[str, dict[str, Any]]:
    """Return cells as JSON holds them: days and moments as a list with one text."""
    return {
        sheet: {
            address: [value.isoformat()] if isinstance(value, date | datetime) else value
            for address, value in values.items()
        }
        for sheet, values in cells.items()
    }


def _decoded(value: Any) -> CellValue:
    if isinstance(value, list):
        return datetime.fromisoformat(value[0])
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise CellError(f"The result holds {value!r}, which is no cell value; nothing written.")


def hold(path: Path) -> int | None:
    """Lock a file for as long as this process lives and return its handle; None when another holds it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle


def is_held(path: Path) -> bool:
    """Whether a living process holds the lock."""
    if not path.exists():
        return False
    handle = hold(path)
    if handle is None:
        return True
    os.close(handle)
    return False
