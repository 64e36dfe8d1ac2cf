"""A workbook judged by the data rules alone, also when it is no workbook at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xl_mmm.book.reader import BookInputs, read_book
from xl_mmm.errors import CellError

if TYPE_CHECKING:
    from pathlib import Path


def judged(inputs: BookInputs) -> dict[str, Any]:
    """Return status, messages and data_sha of what was read."""
    status = "fail" if inputs.failed else "review" if inputs.faults else "pass"
    return {"status": status, "messages": inputs.messages, "data_sha": inputs.data_sha}


def judge_file(path: Path) -> dict[str, Any]:
    """Read a workbook and return its report."""
    try:
        return judged(read_book(path))
    except CellError as error:
        return {"status": "fail", "messages": list(error.messages), "data_sha": None}
