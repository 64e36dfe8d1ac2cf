"""Drives LibreOffice for the tests: runs under the system's Python, which alone knows UNO; commands in, answers out.

A line of standard input is JSON, `{"do": name, ...}`; a line of output is `{"answer": value}` or `{"fault": text}`.
Cells are numbers, text, null for blanks and `{"error": "#N/A"}`. The spreadsheet ends with the input.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import traceback
import uuid
from pathlib import Path

import uno
from com.sun.star.beans import PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.lang import DisposedException

START = 60  # seconds until LibreOffice answers; one is usual
ALWAYS_RUN_MACROS = 4  # com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN
NEVER_RUN_MACROS = 0
TEXT, FORMULA = 2, 3  # com.sun.star.table.CellContentType
ERRORS = {503: "#NUM!", 521: "#NULL!", 524: "#REF!", 525: "#NAME?", 532: "#DIV/0!", 32767: "#N/A"}  # others: #VALUE!
FILTERS = {".pdf": "calc_pdf_Export", ".xlsx": "Calc MS Excel 2007 XML", ".xlsm": "Calc MS Excel 2007 VBA XML"}


def properties(**values: object) -> tuple[PropertyValue, ...]:
    return tuple(PropertyValue(name, 0, value, 0) for name, value in values.items())


class Spreadsheet:
    """LibreOffice and the books open in it; each public method is a command."""

    def __init__(self, program: str, profile: str, addins: str) -> None:
        variables = {name: value for name, value in os.environ.items() if name != "URE_BOOTSTRAP"}  # set by import uno
        # LibreOffice's own Python looks along PATH for its home: another Python's folder in front would be taken for it
        variables["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), variables.get("PATH", os.defpath)])
        folders = [f"-env:UserInstallation={uri(profile)}", f"-env:BUNDLED_EXTENSIONS={uri(addins)}"]
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        pipe = "xlmmm" + uuid.uuid4().hex
        options = ["--headless", "--norestore", "--nologo", f"--accept=pipe,name={pipe};urp;"]
        self.process = subprocess.Popen([program, *options, *folders], env=variables, **quiet)
        self.context = self.connect(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        self.desktop = self.service("com.sun.star.frame.Desktop")
        self.books: list = []  # a closed one is None
        if not self.has_addin():
            self.end()
            raise RuntimeError("LibreOffice started without the add-in: its own Python did not load it")

    def has_addin(self) -> bool:
        """Whether a formula finds the add-in's functions."""
        book = self.desktop.loadComponentFromURL("private:factory/scalc", "_blank", 0, properties(Hidden=True))
        try:
            cell = book.Sheets.getByIndex(0).getCellByPosition(0, 0)
            cell.Formula = "=MMM_VERSION()"
            return ERRORS.get(cell.getError()) != "#NAME?"
        finally:
            book.close(True)

    def connect(self, address: str):
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
        until = time.monotonic() + START
        while True:
            try:
                return resolver.resolve(address)
            except NoConnectException:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.05)

    def service(self, name: str):
        return self.context.ServiceManager.createInstanceWithContext(name, self.context)

    def end(self) -> None:
        for book in filter(None, self.books):
            book.close(True)  # else its lock file stays
        with contextlib.suppress(DisposedException):  # it goes before it has answered
            self.desktop.terminate()
        self.process.wait(START)

    # -------------------------------------------------------------- books

    def open(self, path: str, macros: bool) -> int:
        mode = ALWAYS_RUN_MACROS if macros else NEVER_RUN_MACROS
        arguments = properties(Hidden=True, MacroExecutionMode=mode)
        book = self.desktop.loadComponentFromURL(uri(path), "_blank", 0, arguments)
        if book is None:
            raise ValueError(f"LibreOffice cannot open {path}")
        self.books.append(book)
        return len(self.books) - 1

    def close(self, book: int) -> None:
        self.books[book].close(True)
        self.books[book] = None

    def calculate(self, book: int, everything: bool) -> float:
        """Recalculate what changed, or every formula; return the seconds it took."""
        started = time.perf_counter()
        if everything:
            self.books[book].calculateAll()
        else:
            self.books[book].calculate()
        return time.perf_counter() - started

    def automatic(self, book: int, on: bool) -> None:
        """Say whether an edit recalculates what depends on it."""
        self.books[book].enableAutomaticCalculation(on)

    def store(self, book: int, path: str) -> None:
        self.books[book].storeToURL(uri(path), properties(FilterName=FILTERS[Path(path).suffix]))

    def run(self, book: int, macro: str, arguments: list) -> object:
        name = f"vnd.sun.star.script:{macro}?language=Basic&location=document"
        found, _, _ = self.books[book].getScriptProvider().getScript(name).invoke(tuple(arguments), (), ())
        return found

    def sheets(self, book: int) -> list[str]:
        return list(self.books[book].Sheets.ElementNames)

    def macros(self, book: int) -> dict[str, list[str]]:
        """Return the names of the modules of each library of macros that the book brings."""
        libraries = self.books[book].BasicLibraries
        return {name: list(libraries.getByName(name).ElementNames) for name in libraries.ElementNames}

    def table(self, book: int, name: str) -> str:
        area = self.books[book].DatabaseRanges.getByName(name).DataArea
        sheet = self.books[book].Sheets.getByIndex(area.Sheet)
        cells = sheet.getCellRangeByPosition(area.StartColumn, area.StartRow, area.EndColumn, area.EndRow)
        return cells.AbsoluteName.replace("$", "").replace(".", "!")

    # -------------------------------------------------------------- cells

    def cells(self, book: int, sheet: str, area: str):
        return self.books[book].Sheets.getByName(sheet).getCellRangeByName(area)

    def values(self, book: int, sheet: str, area: str) -> list[list]:
        found = self.cells(book, sheet, area)
        return [
            [
                (None if value == "" else value) if value is not None else error_of(found.getCellByPosition(j, i))
                for j, value in enumerate(row)
            ]
            for i, row in enumerate(found.getDataArray())
        ]

    def shown(self, book: int, sheet: str, area: str) -> list[list[str]]:
        found = self.cells(book, sheet, area)
        columns, rows = found.Columns.Count, found.Rows.Count
        return [[found.getCellByPosition(j, i).String for j in range(columns)] for i in range(rows)]

    def formulas(self, book: int, sheet: str, area: str) -> list[list[str]]:
        return [list(row) for row in self.cells(book, sheet, area).getFormulaArray()]

    def fill(self, book: int, sheet: str, place: str, rows: list[list]) -> None:
        """Type values into cells, the first at `place`; null empties a cell, text after "=" is a formula."""
        corner = self.cells(book, sheet, place).RangeAddress
        there = self.books[book].Sheets.getByName(sheet)
        for i, row in enumerate(rows, start=corner.StartRow):
            for j, value in enumerate(row, start=corner.StartColumn):
                cell = there.getCellByPosition(j, i)
                if isinstance(value, bool):
                    cell.setFormula("=TRUE()" if value else "=FALSE()")
                elif isinstance(value, (int, float)):
                    cell.setValue(value)
                elif value is not None and value.startswith("="):
                    cell.setFormula(value)
                else:
                    cell.setString(value or "")

    def fill_array(self, book: int, sheet: str, area: str, formula: str) -> None:
        """Enter one formula over a block."""
        self.cells(book, sheet, area).setArrayFormula(formula)

    def insert_rows(self, book: int, sheet: str, row: int, count: int) -> None:
        self.books[book].Sheets.getByName(sheet).Rows.insertByIndex(row - 1, count)

    def delete_rows(self, book: int, sheet: str, row: int, count: int) -> None:
        self.books[book].Sheets.getByName(sheet).Rows.removeByIndex(row - 1, count)

    def delete_columns(self, book: int, sheet: str, column: int, count: int) -> None:
        self.books[book].Sheets.getByName(sheet).Columns.removeByIndex(column - 1, count)


def error_of(cell) -> dict[str, str] | None:
    """Return the error a cell shows, as Excel would show it after saving."""
    number = cell.getError()
    return {"error": ERRORS.get(number, "#VALUE!")} if number else None


def uri(path: str) -> str:
    return Path(path).resolve().as_uri()


def main() -> None:
    spreadsheet = Spreadsheet(*sys.argv[1:])
    try:
        for line in sys.stdin:
            command = json.loads(line)
            try:
                reply = {"answer": getattr(spreadsheet, command.pop("do"))(**command)}
            except Exception:  # told to the test, which fails with it
                reply = {"fault": traceback.format_exc()}
            sys.stdout.write(json.dumps(reply) + "\n")
            sys.stdout.flush()
    finally:
        spreadsheet.end()


main()
