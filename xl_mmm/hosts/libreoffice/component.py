"""The add-in's program: LibreOffice calls it, it asks the worker.

It runs inside LibreOffice's own Python, beside a generated `settings.json`, and uses nothing but the standard library
and UNO. A copy of this file is part of every add-in.

Conventions
-----------
* Models and tables come as range objects, because only so do cells with errors arrive; columns and single values come
  as values and may be formulas themselves (LibreOffice passes an error among them on without a call).
* Blanks are empty text, days are serial numbers. Truth values are numbers to LibreOffice: TRUE arrives as 1.
* A single blank cell arrives as 0: where a column may be left out, a lone 0 is taken for blank, since no day, plan or
  curve is just 0.
* An error value is a not-a-number whose low bits are LibreOffice's code of the error.
* A worker that ends, or is silent for `PATIENCE`, is replaced once; then the cell shows #VALUE!.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import threading
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]
import unohelper  # type: ignore[import-not-found]

SERVICE = "MMM"
SETTINGS = json.loads((Path(__file__).parent / "settings.json").read_text(encoding="utf-8"))
PATIENCE = 900  # seconds; the longest fit takes a minute or two on a slow machine
HOPELESS = 4  # workers that end one after the other without an answer, after which none is started any more
LOG = "xl_mmm.log"  # in the user's LibreOffice folder
ERRORS = {"#NULL!": 521, "#DIV/0!": 532, "#VALUE!": 519, "#REF!": 524, "#NAME?": 525, "#NUM!": 503, "#N/A": 32767}
VALUE = {"error": "#VALUE!"}
CODES = {number: code for code, number in ERRORS.items()}


class WorkerEndedError(Exception):
    """The worker is not there any more."""


class Worker:
    """A process that evaluates; it loads while the spreadsheet does.

    Parameters
    ----------
    command
        Program and its arguments.
    log
        File to which it writes what went wrong.
    """

    def __init__(self, command: list[str], log: Path) -> None:
        variables = {name: value for name, value in os.environ.items() if name != "URE_BOOTSTRAP"}  # LibreOffice's own
        variables.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
        with log.open("ab") as complaints:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=variables,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # on Windows: no black window
            )

    def ask(self, question: bytes) -> bytes:
        """Return the answer to a line.

        Raises
        ------
        WorkerEndedError
            There is none.
        """
        questions, answers = self.process.stdin, self.process.stdout
        assert questions is not None
        assert answers is not None
        watch = threading.Timer(PATIENCE, self.process.kill)
        watch.start()
        try:
            questions.write(question + b"\n")
            questions.flush()
            answer = answers.readline()
        except OSError as error:
            raise WorkerEndedError from error
        finally:
            watch.cancel()
        if not answer:
            raise WorkerEndedError
        return answer


class Link:
    """The way to a worker that is alive.

    Parameters
    ----------
    command, log
        As of `Worker`.
    """

    def __init__(self, command: list[str], log: Path) -> None:
        self.command, self.log = command, log
        self.worker: Worker | None = None
        self.ended = 0  # workers without an answer since the last one
        self.turn = threading.Lock()
        with contextlib.suppress(OSError):  # the first question tries again, and writes down why not
            self.start()

    def start(self) -> Worker:
        """Start a worker."""
        self.worker = Worker(self.command, self.log)
        return self.worker

    def ask(self, question: bytes) -> bytes | None:
        """Return a worker's answer, the second worker's if need be, or None."""
        with self.turn:
            for _ in range(2):
                if self.ended >= HOPELESS:
                    return None
                try:
                    answer = (self.worker or self.start()).ask(question)
                except (WorkerEndedError, OSError) as error:
                    self.worker, self.ended = None, self.ended + 1
                    self.note(f"The worker ended without an answer ({error!r}).")
                else:
                    self.ended = 0
                    return answer
        return None

    def note(self, sentence: str) -> None:
        """Write a sentence to the log."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(sentence + "\n")


def error_value(code: str) -> float:
    """Return the number that LibreOffice takes for an error."""
    bits = 0x7FF8000000000000 | ERRORS.get(code, ERRORS["#VALUE!"])
    (number,) = struct.unpack("<d", struct.pack("<Q", bits))
    return float(number)


def argument(value: Any) -> object:
    """Return what a worker is told of one argument: a value, rows, or None when it is missing."""
    if value is None or isinstance(value, (str, float, int, tuple)):
        return value
    rows = value.getDataArray()
    if any(None in row for row in rows):
        return with_errors(value, rows)
    return rows


def with_errors(cells: Any, rows: tuple[tuple[object, ...], ...]) -> list[list[object]]:
    """Return a range's rows with the errors that LibreOffice leaves out."""
    return [
        [value if value is not None else error_at(cells, i, j) for j, value in enumerate(row)]
        for i, row in enumerate(rows)
    ]


def error_at(cells: Any, row: int, column: int) -> dict[str, str]:
    """Return the error in a cell."""
    return {"error": CODES.get(cells.getCellByPosition(column, row).getError(), "#VALUE!")}


def result(value: object) -> tuple[tuple[object, ...], ...]:
    """Return an answer as LibreOffice takes it: rows, a single value too."""
    if isinstance(value, list):
        return tuple(tuple(map(cell, row)) for row in value)
    return ((cell(value),),)


def cell(value: object) -> object:
    """Return one cell of an answer."""
    if isinstance(value, dict):
        return error_value(value["error"])
    return "" if value is None else value


def evaluate(link: Link, name: str, columns: list[int], values: tuple[object, ...]) -> tuple[tuple[object, ...], ...]:
    """Call a function with the values that LibreOffice gives; at `columns` are those that may be left out."""
    given = [None if i in columns and value == 0.0 else argument(value) for i, value in enumerate(values)]
    question = json.dumps({"function": name, "arguments": given})
    answer = link.ask(question.encode("ascii"))
    found = {} if answer is None else json.loads(answer)
    return result(found.get("result", VALUE))


def user_folder(context: Any) -> Path:
    """Return the user's LibreOffice folder."""
    paths = context.ServiceManager.createInstanceWithContext("com.sun.star.util.PathSubstitution", context)
    return Path(uno.fileUrlToSystemPath(paths.substituteVariables("$(user)", True)))


class Functions:
    """What LibreOffice makes when it first needs the add-in, and again as it likes; they share one worker."""

    link: Link

    def __init__(self, context: Any) -> None:
        if not hasattr(Functions, "link"):
            Functions.link = Link(SETTINGS["command"], user_folder(context) / LOG)


def method(name: str, columns: list[int]) -> Any:
    """Return the method that stands for a function."""

    def called(self: Functions, *values: object) -> tuple[tuple[object, ...], ...]:
        return evaluate(self.link, name, columns, values)

    return called


AddIn = type(
    "AddIn",
    (Functions, unohelper.Base, uno.getClass(SETTINGS["interface"])),
    {called: method(**details) for called, details in SETTINGS["functions"].items()},
)
g_ImplementationHelper = unohelper.ImplementationHelper()  # noqa: N816 - the name LibreOffice looks for
g_ImplementationHelper.addImplementation(AddIn, SERVICE, ("com.sun.star.sheet.AddIn",))
