"""`python -m xl_mmm.hosts.setup [BOOK]`: put a workbook in its place and tell it which Python to start.

`install/bootstrap.py excel` runs it inside the environment it has made. Without BOOK the shipped workbook is copied
into the user's Documents under a name that is not taken; with BOOK that workbook is set up where it lies. On Linux,
where there is no Excel, LibreOffice's add-in is written instead.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.conf_sheet import INTERPRETER_MAC, INTERPRETER_WIN, write_conf
from xl_mmm.diagnostics.check import FAIL
from xl_mmm.errors import CellError, MmmError
from xl_mmm.hosts.doctor import as_text, run_doctor
from xl_mmm.hosts.machine import LINUX, MAC, WINDOWS, Machine, this_machine
from xl_mmm.hosts.open_book import free_name

if TYPE_CHECKING:
    from collections.abc import Sequence

# live formulas need Excel on Windows or LibreOffice; on macOS there are only the buttons
SHIPPED = {WINDOWS: "xl_mmm.xlsm", MAC: "xl_mmm_buttons.xlsm", LINUX: "xl_mmm.xlsm"}
FOLDER = "xl_mmm"
ADDIN = "xl_mmm.oxt"
DONE, AT_FAULT = 0, 1


def set_up(book: Path | None, machine: Machine) -> Path:
    """Place the shipped workbook, or take the one that is named, and write the environment's Python into it.

    Parameters
    ----------
    book
        A workbook to be set up where it lies; None: the shipped one is copied.
    machine
        The computer it is set up for, Windows or macOS.

    Returns
    -------
    Path
        The workbook.

    Raises
    ------
    CellError
        There is no such workbook, or it cannot be written.
    """
    if book is None:
        book = _placed(machine)
    key, python = {
        WINDOWS: (INTERPRETER_WIN, machine.prefix / "Scripts" / "python.exe"),
        MAC: (INTERPRETER_MAC, machine.prefix / "bin" / "python"),
    }[machine.system]
    write_conf(book, {INTERPRETER_WIN: "", INTERPRETER_MAC: "", "PYTHONPATH": "", key: str(python)})
    return book


def _placed(machine: Machine) -> Path:
    shipped = machine.package_root / "workbook" / SHIPPED[machine.system]
    if not shipped.is_file():
        raise CellError(f"{shipped} is missing. Take the project's folder anew.")
    folder = folder_for_books(machine)
    folder.mkdir(parents=True, exist_ok=True)
    book = free_name(folder, shipped.stem, shipped.suffix)
    shutil.copyfile(shipped, book)  # the content alone: a mark of download stays behind
    return book


def folder_for_books(machine: Machine) -> Path:
    """Return `xl_mmm` in the user's Documents, or in the home folder where a cloud synchronizes the Documents."""
    in_cloud = any(machine.documents.is_relative_to(cloud) for cloud in machine.clouds)
    return (machine.home if in_cloud else machine.documents) / FOLDER


def write_libreoffice_addin(machine: Machine) -> Path:
    """Write LibreOffice's add-in into the user's folder for workbooks."""
    from xl_mmm.hosts.libreoffice import write_addin

    folder = folder_for_books(machine)
    folder.mkdir(parents=True, exist_ok=True)
    return write_addin(folder / ADDIN, machine.executable)


def main(arguments: Sequence[str], machine: Machine | None = None) -> int:
    """Set up, judge the result, and say what comes next.

    Returns
    -------
    int
        0 when it works, 1 when something must be mended first.
    """
    here = machine or this_machine()
    named = Path(arguments[0]).resolve() if arguments else None
    try:
        if here.system == LINUX:
            return _without_excel(here)
        book = set_up(named, here)
    except MmmError as error:
        _tell(str(error))
        return AT_FAULT
    checks = run_doctor(book, here)
    _tell(as_text(checks))
    if any(check.status == FAIL for check in checks):
        _tell(f"The workbook is {book}; mend what is marked FAIL before you open it.")
        return AT_FAULT
    _tell(f"Ready. Open {book} in Excel and choose Enable Content.")
    return DONE


def _without_excel(machine: Machine) -> int:
    addin = write_libreoffice_addin(machine)
    book = _placed(machine)
    _tell("Excel does not run on this system. LibreOffice 25.2 or later computes the same workbook live:")
    _tell(f"  unopkg add {addin}      (once, as yourself, with LibreOffice closed)")
    _tell(f"  soffice {book}")
    return DONE


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
