r"""The acceptance run for a Windows computer with Excel: what only Excel can settle, tried and written down.

    .venv\Scripts\python install\accept_excel.py [WORKBOOK]

Run it after `bootstrap.py excel`, with Excel closed and the mouse left alone; it takes a few minutes. It works on a
copy of the shipped workbook (or of WORKBOOK) in a temporary folder, prints a table and writes
`out/accept_excel.json`. Elsewhere it prints what is not yet proven. Macros are let in by automation here: how Excel
asks about them stays to be looked at, like the rest of `BY_EYE`.

Exit codes: 0 all passed, 1 something failed, 2 this is no Windows computer.
"""

from __future__ import annotations

import json
import math
import platform
import shutil
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "workbook" / "xl_mmm.xlsm"
REPORT = ROOT / "out" / "accept_excel.json"
TOLERANCE = 1e-9  # relative: Excel and the headless runner evaluate the same formulas
PATIENCE = 600  # seconds for one fit
PASS, FAIL, OPEN = "PASS", "FAIL", "NOT PROVEN"

BY_EYE = (
    "Opening by double-click: one yellow bar, Enable Content, no other question; closing asks for nothing.",
    "Function Wizard: each MMM_ function in its category, with a sentence for itself and each argument.",
    "Buttons: each on its sheet, caption readable, at 100 % and 150 % display scaling.",
    "While a fit runs: type into a cell and stay in it for ten seconds; the results come after Enter.",
    "Charts, drop-downs, links of Checks; print preview of Start, Scenarios, Optimizer and Plan.",
    "Board: print preview is one page of A4 and of Letter; xl-mmm publish: the copy opens, a changed plan moves.",
    "A second language: repeat with Windows and Excel in German (decimal comma, FALSCH).",
    "Protected View and Excel on the web: the cached values stand, nothing turns to #NAME?.",
    "macOS: each button of the values workbook; the first press asks for permission once.",
)

Values = dict[str, dict[str, Any]]  # sheet -> address -> value


@dataclass(frozen=True, slots=True)
class Finding:
    """What a step showed: its name, `PASS`, `FAIL` or `NOT PROVEN`, and the detail."""

    step: str
    status: str
    detail: str


# ---------------------------------------------------------------- plain parts


def cached_values(book: Path) -> Values:
    """Return every cell as the headless runner left it in the file."""
    from openpyxl import load_workbook

    loaded = load_workbook(book, data_only=True, keep_links=False)
    return {
        sheet.title: {
            cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None
        }
        for sheet in loaded.worksheets
    }


def differences(expected: Values, found: Values) -> list[str]:
    """Return a sentence for each cell that differs, in the order of the sheets."""
    return [
        f"{sheet}!{address}: {cells.get(address)!r} in the file, {found.get(sheet, {}).get(address)!r} in Excel"
        for sheet, cells in expected.items()
        for address in {**cells, **found.get(sheet, {})}
        if not same(cells.get(address), found.get(sheet, {}).get(address))
    ]


def same(one: Any, other: Any) -> bool:
    """Whether two cells agree: numbers to 1e-9 relative, moments to a second, blank text as blank."""
    one, other = (None if value == "" else value for value in (one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) < timedelta(seconds=1)
    return bool(one == other)


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as lines, then what somebody must look at."""
    width = max(len(finding.step) for finding in findings)
    lines = [f"{finding.status:10}  {finding.step:{width}}  {finding.detail}" for finding in findings]
    return "\n".join([*lines, "", "To be looked at by eye:", *(f"  [ ] {item}" for item in BY_EYE)])


def record(findings: Sequence[Finding], about: Mapping[str, str]) -> str:
    """Return the report as JSON."""
    content = {"about": dict(about), "findings": [asdict(finding) for finding in findings], "by_eye": list(BY_EYE)}
    return json.dumps(content, indent=1, ensure_ascii=False)


def run_steps(steps: Mapping[str, Callable[[Any], str]], excel: Any) -> Iterator[Finding]:
    """Run each step; an error is a finding and the next step is tried all the same."""
    for name, step in steps.items():
        try:
            yield Finding(name, PASS, step(excel))
        except Exception as error:
            yield Finding(name, FAIL, f"{type(error).__name__}: {error}")


def not_proven() -> list[Finding]:
    """Return all steps as they stand where there is no Excel."""
    return [Finding(name, OPEN, (step.__doc__ or "").partition("\n")[0]) for name, step in STEPS.items()]


def expect(condition: object, message: str) -> None:
    """Raise `AssertionError` with a message; unlike `assert` also under `python -O`."""
    if not condition:
        raise AssertionError(message)


# ---------------------------------------------------------------- Excel


class Excel:
    """Excel with the workbook open, and somebody who answers its message boxes."""

    def __init__(self, book: Path) -> None:
        import xlwings

        self.path, self.expected = book, cached_values(book)
        self.messages: list[str] = []
        threading.Thread(target=self._answer_messages, daemon=True).start()
        self.app = xlwings.App(visible=True, add_book=False)
        self.app.api.AutomationSecurity = 1  # macros run without a question
        self.book = self.app.books.open(str(book))

    def values(self) -> Values:
        """Return every cell as Excel shows it."""
        found: Values = {}
        for sheet in self.book.sheets:
            area = sheet.used_range
            rows = area.options(ndim=2, err_to_str=True).value
            found[sheet.name] = {
                sheet.range((area.row + i, area.column + j)).get_address(False, False): value
                for i, row in enumerate(rows)
                for j, value in enumerate(row)
                if value is not None
            }
        return found

    def said(self, since: int, text: str) -> str:
        """Wait for a message box that says `text`."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for message in self.messages[since:]:
                if text in message:
                    return message
            time.sleep(0.2)
        raise TimeoutError(f"no message with {text!r}; heard: {self.messages[since:]}")

    def _answer_messages(self) -> None:
        import win32con
        import win32gui

        while True:
            time.sleep(0.2)
            box = win32gui.FindWindow("#32770", "xl_mmm")
            if box:
                texts: list[str] = []
                win32gui.EnumChildWindows(box, lambda child, kept: kept.append(win32gui.GetWindowText(child)), texts)
                self.messages.append("\n".join(texts))
                for answer in (win32con.IDYES, win32con.IDOK):
                    win32gui.PostMessage(box, win32con.WM_COMMAND, answer, 0)
                time.sleep(0.5)


def opens(excel: Any) -> str:
    """Open the file in Excel with no repair."""
    caption = str(excel.app.api.ActiveWindow.Caption)
    expect(caption in (excel.path.name, excel.path.stem), f"the window says {caption!r}")
    return f"Excel {excel.app.api.Version}, build {excel.app.api.Build}"


def keeps_values(excel: Any) -> str:
    """Find the cached values standing: opening recalculates nothing."""
    found = differences(excel.expected, excel.values())
    expect(not found, f"{len(found)} cells differ, first: {found[:1]}")
    return f"{sum(map(len, excel.expected.values())):,} cells"


def compiles(excel: Any) -> str:
    """Run a macro: the VBA compiles."""
    expect(excel.book.macro("MmmTold")() in ("", None), "a macro told of a failure")
    return "MmmTold answers"


def agrees(excel: Any) -> str:
    """Calculate every formula anew; each agrees with the headless runner."""
    started = time.monotonic()
    excel.app.api.CalculateFullRebuild()
    found = differences(excel.expected, excel.values())
    expect(not found, f"{len(found)} cells differ, first: {found[:3]}")
    return f"{sum(map(len, excel.expected.values())):,} cells within {TOLERANCE:g}, {time.monotonic() - started:.1f} s"


def long_texts(excel: Any) -> str:
    """Find texts beyond 255 characters, which pass through the String() arrays of the wrapper."""
    longest = max(len(value) for value in excel.values()["Model"].values() if isinstance(value, str))
    expect(longest > 255, f"the longest text of sheet Model has {longest} characters")
    return f"longest {longest:,} characters"


def follows(excel: Any) -> str:
    """Edit a spend cell: the results move, and come back with it."""
    from xl_mmm.tables import names

    place = excel.book.sheets[names.DATA].tables[names.TBL_DATA].range
    rows, columns = place.shape
    cell = next(
        place[rows // 2, column] for column in range(2, columns) if isinstance(place[rows // 2, column].value, float)
    )
    before, old = excel.values(), cell.value
    cell.value = old * 1.5 + 1000
    excel.app.calculate()
    moved = len(differences(before, excel.values()))
    cell.value = old
    excel.app.calculate()
    left = differences(before, excel.values())
    expect(moved > 10, f"only {moved} cells moved")
    expect(not left, f"{len(left)} cells did not come back, first: {left[:1]}")
    return f"{cell.get_address(False, False)}: {moved:,} cells moved and came back"


def errors_are_errors(excel: Any) -> str:
    """Give a wrong argument: the answer is an error value that SUM does not skip."""
    sheet = excel.book.sheets.add()
    try:
        sheet["A1"].formula = '=ISERROR(SUM(MMM_ADSTOCK("x","no such family")))'
        sheet["A2"].formula = "=MMM_VERSION()"
        expect(sheet["A1"].value is True, f"SUM gives {sheet['A1'].value!r}")
        return str(sheet["A2"].value)
    finally:
        excel.app.display_alerts = False
        sheet.delete()
        excel.app.display_alerts = True


def quick_buttons(excel: Any) -> str:
    """Press Check data, Help, Export PDF, and Plan regions in a book without any: each answers."""
    told = {"MMM_PressCheck": "Data: ", "MMM_PressHelp": "xl_mmm", "MMM_PressExport": "Made "}
    for macro, text in (*told.items(), ("MMM_PressRegions", "no sheet Regions")):
        heard = len(excel.messages)
        excel.book.macro(macro)()
        excel.said(heard, text)
    expect(list(excel.path.parent.glob("*.pdf")), "there is no PDF")
    return "four of four"


def cancels(excel: Any) -> str:
    """Press Fit and Cancel: nothing is written."""
    before, heard = excel.values(), len(excel.messages)
    excel.book.macro("MMM_PressFit")()
    time.sleep(1)  # a fit takes longer
    excel.book.macro("MMM_PressCancel")()
    excel.said(heard, "stopped")
    expect(not differences(before, excel.values()), "cells changed")
    return "stopped after a second"


def long_buttons(excel: Any) -> str:
    """Press the buttons of long work: each runs beside Excel, is polled by OnTime and writes once."""
    from xl_mmm.tables import names

    seconds = []
    fitting, planning = ("MMM_PressFit", "MMM_PressCompare"), ("MMM_PressOptimize", "MMM_PressScenarios")
    for macro in (*fitting, *planning, "MMM_PressWeeks", "MMM_PressFreeze"):
        heard, started = len(excel.messages), time.monotonic()
        excel.book.macro(macro)()
        status = str(excel.app.status_bar)
        expect(status.endswith("."), f"{macro}: the status bar says {status!r}")
        told = excel.said(heard, "")
        expect("othing was written" not in told and "failed" not in told, f"{macro}: {told}")
        seconds.append(f"{time.monotonic() - started:.0f} s")
    runs = excel.book.sheets[names.LOG].tables[names.TBL_RUNS].range.value
    expect(any(row[0] for row in runs[1:]), "tblRuns has no row")
    return ", ".join(seconds)


def restores(excel: Any) -> str:
    """Press Restore previous: the workbook as it was opens beside this one."""
    excel.book.macro("MMM_PressRestore")()
    other = next(book for book in excel.app.books if book.name != excel.book.name)
    name = other.name
    other.close()
    return str(name)


def speaks(excel: Any) -> str:
    """Record language and separators of this Excel."""
    api = excel.app.api
    decimal, separator = api.International(3), api.International(5)
    return f"language {api.LanguageSettings.LanguageID(2)}, decimal {decimal!r}, list separator {separator!r}"


def ends(excel: Any) -> str:
    """Close Excel: no Python is left behind."""
    import os

    import win32com.client

    excel.book.close()
    excel.app.quit()
    time.sleep(10)
    asked = "select ProcessId, ExecutablePath from Win32_Process where Name like 'python%'"
    left = [
        process.ProcessId
        for process in win32com.client.GetObject("winmgmts:").ExecQuery(asked)
        if str(process.ExecutablePath or "").lower().startswith(sys.prefix.lower())
        and process.ProcessId not in (os.getpid(), os.getppid())
    ]
    expect(not left, f"processes {left} of the environment still run")
    return "no process of the environment is left"


STEPS: dict[str, Callable[[Any], str]] = {
    "opens": opens,
    "keeps values": keeps_values,
    "VBA runs": compiles,
    "agrees": agrees,
    "long texts": long_texts,
    "follows an edit": follows,
    "error values": errors_are_errors,
    "quick buttons": quick_buttons,
    "cancel": cancels,
    "long buttons": long_buttons,
    "restore": restores,
    "language": speaks,
    "ends": ends,
}


def main(arguments: Sequence[str]) -> int:
    """Run every step, print the table, write the report."""
    if sys.platform != "win32":
        print("This is no Windows computer. Not yet proven here:\n")
        print(table(not_proven()))
        return 2
    from xl_mmm import __version__
    from xl_mmm.hosts.machine import this_machine
    from xl_mmm.hosts.setup import set_up

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        book = Path(folder) / "accept.xlsm"
        shutil.copyfile(Path(arguments[0]) if arguments else BOOK, book)
        set_up(book, this_machine())
        findings = list(run_steps(STEPS, Excel(book)))
    about = {"xl_mmm": __version__, "system": platform.platform(), "python": platform.python_version()}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(record(findings, about), encoding="utf-8")
    print(table(findings))
    print(f"\nWritten to {REPORT}")
    return 0 if all(finding.status == PASS for finding in findings) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
