"""The worker: one process that evaluates functions for LibreOffice, a line in, a line out.

Conventions
-----------
* A line is JSON. Asked: `{"function": name, "arguments": [...]}`; answered: `{"result": cell or rows}`, or
  `{"failed": sentence}` for what is no fault of the cells, which `failures` keeps.
* Cells are numbers, text, truth values, null or empty text for blanks, and `{"error": "#N/A"}`; days are serial numbers
  of the 1900 system.
* The worker ends with its input, that is with the spreadsheet.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from typing import IO

from xl_mmm.functions import call
from xl_mmm.hosts import failures
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import serial


def main() -> None:
    """Serve standard input until it ends. What a library prints goes to standard error, never between the answers."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers)


def serve(questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer each line."""
    for line in questions:
        answers.write(answer(line) + b"\n")
        answers.flush()


def answer(line: bytes) -> bytes:
    """Evaluate one question.

    Parameters
    ----------
    line
        JSON as the conventions say.

    Returns
    -------
    bytes
        JSON without a line break.
    """
    question = json.loads(line, object_hook=_error_or_question)
    name, arguments = question["function"], question["arguments"]
    try:
        return json.dumps({"result": call(name, arguments)}, default=_in_json, allow_nan=False).encode("ascii")
    except Exception as error:  # the cell shows #VALUE!, and the spreadsheet goes on
        failures.record(name, arguments)
        return json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode("ascii")


def _error_or_question(found: dict[str, object]) -> object:
    return CellErrorValue(str(found["error"])) if "error" in found else found


def _in_json(value: object) -> object:
    """Spell what JSON does not know."""
    if isinstance(value, CellErrorValue):
        return {"error": value.code}
    if isinstance(value, date):
        return serial(value, date1904=False)
    raise TypeError(f"a cell cannot hold a {type(value).__name__}")


if __name__ == "__main__":
    main()
