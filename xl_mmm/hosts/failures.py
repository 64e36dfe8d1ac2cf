"""What went wrong on our own account, kept in the user's log folder: a cell or a message box has no room for it.

Functions that a cell called share one small rotating file. It tells the function, what it was given by shape only (the
figures are the company's), and where in the program it failed; `xl-mmm doctor` shows its last entries. A button or a
command that failed leaves a file of its own, which its message names.
"""

from __future__ import annotations

import logging
from functools import cache
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "functions.log"
LARGEST = 200_000  # bytes; a full file is kept once, as functions.log.1
START = "FAILED "  # of each entry's first line


def log_file() -> Path:
    """Return where failures are written; the file exists after the first one."""
    from platformdirs import user_log_path

    return user_log_path("xl_mmm") / NAME


def record(name: str, arguments: Sequence[object]) -> None:
    """Write down the exception being handled.

    Parameters
    ----------
    name
        The function that failed.
    arguments
        What the host gave it.
    """
    given = ", ".join(map(_shape, arguments))
    _logger(log_file()).exception("%s(%s)", name, given)


def keep_traceback(error: Exception) -> Path:
    """Write an error of a button or a command into a file of its own, named by the time in UTC, and return the file."""
    import traceback
    from datetime import UTC, datetime

    folder = log_file().parent
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.log"
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path


def last_failures(count: int) -> list[str]:
    """Return the last entries of the log, oldest first, none where nothing ever failed."""
    path = log_file()
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    entries = ("\n" + text).split("\n" + START)[1:]
    return [START + entry.rstrip("\n") for entry in entries[-count:]]


@cache
def _logger(path: Path) -> logging.Logger:
    """Return a logger of its own that writes to `path` only: the console of a UDF server is nobody's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=LARGEST, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter(START + "%(asctime)s %(message)s"))
    logger = logging.Logger("xl_mmm.failures", logging.ERROR)
    logger.addHandler(handler)
    return logger


def _shape(value: object) -> str:
    """Describe a value without telling it: `156 × 12 cells`, `number`."""
    if isinstance(value, list | tuple):
        width = len(value[0]) if value and isinstance(value[0], list | tuple) else 1
        return f"{len(value)} × {width} cells"
    return "nothing" if value is None else type(value).__name__
