"""LibreOffice, live: `office.open(path)` gives a `Book` whose cells can be read, edited and recalculated.

A driver process under the system's Python (`driver.py`) holds the connection, because only that Python knows UNO. The
add-in is not installed by LibreOffice's own installer, which refuses to run as root: it lies unpacked in a folder that
LibreOffice takes for its bundled extensions, so that a private profile has it from its first start.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from xl_mmm.hosts.libreoffice import write_addin
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEM_PYTHON = "/usr/bin/python3"
DRIVER = Path(__file__).with_name("driver.py")
PATIENCE = 180  # seconds for one command; most take milliseconds


class Office:
    """A running LibreOffice with the add-in.

    Parameters
    ----------
    program
        `soffice`.
    folder
        Where its profile and the add-in go.
    python
        The Python that evaluates; this one when None.
    """

    def __init__(self, program: str, folder: Path, python: Path | None = None) -> None:
        self.profile = folder / "profile"
        self.state = folder / "state"
        write_addin(folder / "addins" / "xl_mmm.oxt.unpacked", python)
        self.driver = subprocess.Popen(
            [SYSTEM_PYTHON, "-I", str(DRIVER), program, str(self.profile), str(folder / "addins")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True,
            env={**os.environ, "XDG_STATE_HOME": str(self.state)},
        )  # fmt: skip

    def open(self, path: Path, *, macros: bool = False) -> Book:
        """Open a workbook; nothing is recalculated by that."""
        return Book(self, self.ask("open", path=str(path), macros=macros))

    def ask(self, command: str, **details: object) -> object:
        """Give the driver a command and return its answer."""
        watch = threading.Timer(PATIENCE, self.kill)
        watch.start()
        try:
            self.driver.stdin.write(json.dumps({"do": command, **details}) + "\n")
            self.driver.stdin.flush()
            line = self.driver.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            watch.cancel()
        if not line:
            pytest.fail(f"LibreOffice ended or hung at {command}. {self.log()}")
        reply = json.loads(line, object_hook=_error)
        if "fault" in reply:
            raise OfficeError(reply["fault"])
        return reply["answer"]

    def log(self) -> str:
        """Return what the add-in's workers complained about, and the functions that failed."""
        logs = [self.profile / "user" / "xl_mmm.log", *self.state.rglob("functions.log")]
        return "".join(log.read_text(encoding="utf-8") for log in logs if log.exists())

    def workers(self) -> list[int]:
        """Return the process ids of the add-in's workers that belong to this LibreOffice."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command, group = (folder / "cmdline").read_bytes(), os.getpgid(int(folder.name))
            except (FileNotFoundError, ProcessLookupError):  # it ended meanwhile
                continue
            if group == self.driver.pid and b"xl_mmm.hosts.libreoffice.worker" in command:
                found.append(int(folder.name))
        return found

    def close(self) -> None:
        """End LibreOffice in good order."""
        watch = threading.Timer(PATIENCE, self.kill)
        watch.start()
        self.driver.stdin.close()
        self.driver.wait()
        watch.cancel()
        self.driver.stdout.close()

    def kill(self) -> None:
        """End the driver, LibreOffice and the workers at once."""
        os.killpg(self.driver.pid, signal.SIGKILL)


class OfficeError(AssertionError):
    """LibreOffice refused a command; the text is its driver's traceback."""


class Book:
    """An open workbook. Places and areas are written with their sheet: `"Data!D17"`, `"ROI!B7:M11"`.

    Values are numbers, text, None for blanks, and `CellErrorValue`; truth values are numbers.
    """

    def __init__(self, office: Office, number: object) -> None:
        self.office, self.number = office, number

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, command: str, **details: object) -> object:
        return self.office.ask(command, book=self.number, **details)

    def value(self, place: str) -> object:
        """Return one cell."""
        return self.values(place)[0][0]

    def values(self, area: str) -> list[list[object]]:
        """Return the rows of an area."""
        return self.ask("values", **_split(area))

    def column(self, area: str) -> list[object]:
        """Return an area's first column."""
        return [row[0] for row in self.values(area)]

    def shown(self, area: str) -> list[list[str]]:
        """Return an area as it is displayed."""
        return self.ask("shown", **_split(area))

    def formula(self, place: str) -> str:
        """Return one cell's formula, in braces when it is one of a block."""
        return self.ask("formulas", **_split(place))[0][0]

    def formulas(self, area: str) -> list[list[str]]:
        """Return the formulas of an area; constants as text."""
        return self.ask("formulas", **_split(area))

    def set(self, place: str, value: object) -> None:
        """Type a value or, after "=", a formula with semicolons between its arguments; None empties the cell."""
        self.fill(place, [[value]])

    def fill(self, place: str, rows: Sequence[Sequence[object]]) -> None:
        """Type rows, the first value at `place`."""
        sheet, place = place.rsplit("!", 1)
        self.ask("fill", sheet=sheet, place=place, rows=rows)

    def fill_array(self, area: str, formula: str) -> None:
        """Enter one formula over a block, with semicolons between its arguments."""
        self.ask("fill_array", **_split(area), formula=formula)

    def insert_rows(self, sheet: str, row: int, count: int = 1) -> None:
        self.ask("insert_rows", sheet=sheet, row=row, count=count)

    def delete_rows(self, sheet: str, row: int, count: int = 1) -> None:
        self.ask("delete_rows", sheet=sheet, row=row, count=count)

    def delete_columns(self, sheet: str, column: int, count: int = 1) -> None:
        self.ask("delete_columns", sheet=sheet, column=column, count=count)

    def sheets(self) -> list[str]:
        return self.ask("sheets")

    def macros(self) -> dict[str, list[str]]:
        """Return the macro modules by library, as LibreOffice loaded them."""
        return self.ask("macros")

    def table(self, name: str) -> str:
        """Return the area of a table, its headers included."""
        return self.ask("table", name=name)

    def calculate(self, *, everything: bool = False) -> float:
        """Recalculate what an edit changed, or every formula; return the seconds it took."""
        return self.ask("calculate", everything=everything)

    def automatic(self, on: bool) -> None:
        """Say whether edits recalculate at once (they do from the start)."""
        self.ask("automatic", on=on)

    def run(self, macro: str, *arguments: object) -> object:
        """Run a macro, such as `"VBAProject.xlwings.GetConfig"`."""
        return self.ask("run", macro=macro, arguments=arguments)

    def pdf(self, path: Path) -> Path:
        """Print every sheet."""
        return self.store(path)

    def store(self, path: Path) -> Path:
        """Write a copy: `.pdf`, `.xlsx` or `.xlsm`."""
        self.ask("store", path=str(path))
        return path

    def close(self) -> None:
        self.ask("close")


def _split(area: str) -> dict[str, str]:
    sheet, cells = area.rsplit("!", 1)
    return {"sheet": sheet, "area": cells}


def _error(found: dict[str, object]) -> object:
    return CellErrorValue(str(found["error"])) if "error" in found else found
