"""What went wrong inside a function that a cell called: a cell has no room for it, so it is written to a file.

One small rotating file in the user's log folder, shared by the hosts. It tells the function, what it was given by shape
only (the figures are the company's), and where in the program it failed. `xl-mmm doctor` shows its last entries.
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
