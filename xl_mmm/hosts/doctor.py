"""`xl-mmm doctor [BOOK]`: what could keep the workbook from reaching Python, each with what to do.

A check is a function of the machine (and of the workbook, when one is named) that returns a `Check`: PASS, REVIEW (it
may work, read this first) or FAIL (it will not work, or runs what it should not). What does not apply to a system
passes and says so. Nothing is changed and nothing is sent anywhere. The numbers are xlwings' issues.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.diagnostics.check import FAIL, PASS, REVIEW, Check
from xl_mmm.errors import MmmError
from xl_mmm.hosts.machine import MAC, WINDOWS, Machine, this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from xl_mmm.book.contents import Book

GUARD = "xl_mmm_start.pth"  # bootstrap.py excel writes it into the environment
OLDEST, NEWEST = (3, 11), (3, 14)
ENOUGH_BYTES = 1_000_000_000
AGAIN = "Run install/bootstrap.py excel again."
OTHER_PYTHON = (
    "Install Python from python.org (64-bit, for you alone is enough), remove the folder .venv, and start "
    "install/bootstrap.py excel with it: py -3.13 install\\bootstrap.py excel."
)


def run_doctor(book: Path | None = None, machine: Machine | None = None) -> list[Check]:
    """Judge the installation, and a workbook when one is named.

    Parameters
    ----------
    book
        The workbook.
    machine
        Another computer than this one.
    """
    here = machine or this_machine()
    checks = [check(here) for check in MACHINE_CHECKS]
    return checks + _book_checks(here, book) if book is not None else checks


def as_text(checks: Sequence[Check]) -> str:
    """Return one line a check, with what to do below those that did not pass, and the verdict at the end."""
    lines = []
    for check in checks:
        lines.append(f"{check.status:6} {check.name}: {check.message}")
        if check.status != PASS:
            lines.append(f"       -> {check.action}")
    counts = [f"{sum(check.status == status for check in checks)} {status}" for status in (PASS, REVIEW, FAIL)]
    return "\n".join([*lines, f"Doctor: {', '.join(counts)}"])


def _passed(name: str, message: str) -> Check:
    return Check(name, PASS, None, None, message)


def _open(name: str, status: str, message: str, action: str) -> Check:
    return Check(name, status, None, None, message, action)


# ---------------------------------------------------------------- Python


def python_version(machine: Machine) -> Check:
    """Judge the version: the pinned packages exist for some, 64-bit."""
    name, shown = "Python", ".".join(map(str, machine.version))
    if not OLDEST <= machine.version <= NEWEST or machine.bits != 64:
        return _open(name, FAIL, f"{shown}, {machine.bits}-bit: not one of 3.11 to 3.14, 64-bit.", OTHER_PYTHON)
    return _passed(name, f"{shown}, 64-bit, at {machine.executable}.")


def python_origin(machine: Machine) -> Check:
    """Judge the origin: the Store's files are virtual to other programs (#2371), conda needs activation (#1136)."""
    name = "Where Python comes from"
    origin = str(machine.base_prefix)
    if "windowsapps" in origin.casefold() or "pythonsoftwarefoundation" in origin.casefold():
        return _open(name, FAIL, "The Microsoft Store's Python: Excel cannot start it (#2371).", OTHER_PYTHON)
    if (machine.base_prefix / "conda-meta").is_dir() or "CONDA_PREFIX" in machine.variables:
        status = FAIL if (machine.base_prefix / "conda-meta").is_dir() else REVIEW
        return _open(name, status, "conda is at work here: Excel starts Python without activating it (#1136).",
                     OTHER_PYTHON)  # fmt: skip
    return _passed(name, f"{origin}, neither the Store's nor conda's.")


def own_environment(machine: Machine) -> Check:
    """Look for an environment of our own, which keeps other programs' packages out."""
    name = "Environment"
    if machine.prefix == machine.base_prefix:
        return _open(name, REVIEW, f"{machine.prefix} is no environment of its own.", AGAIN)
    return _passed(name, f"{machine.prefix}.")


def foreign_packages(machine: Machine) -> Check:
    """Look for planted or foreign packages, which would run in place of ours."""
    name = "Packages"
    missing = [package for package, origin in machine.origins.items() if origin is None]
    if missing:
        return _open(name, FAIL, f"Not installed: {', '.join(missing)}.", AGAIN)
    foreign = [
        f"{package} ({origin})"
        for package, origin in machine.origins.items()
        if origin is not None and not origin.is_relative_to(machine.prefix)
    ]
    if foreign:
        message = f"Imported from outside the environment: {', '.join(foreign)}."
        return _open(name, FAIL, message, f"Clear the variable PYTHONPATH and remove those files. {AGAIN}")
    return _passed(name, f"All {len(machine.origins)} come from the environment.")


def python_variables(machine: Machine) -> Check:
    """Look for variables that put folders before the environment's own packages."""
    name = "Python's variables"
    found = [each for each in ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP") if machine.variables.get(each)]
    if found:
        message = f"{', '.join(found)} is set: Python in Excel would import from there."
        return _open(name, FAIL, message, "Remove it in Windows' settings, Environment variables; then log in again.")
    return _passed(name, "None is set that brings in foreign folders.")


def start_guard(machine: Machine) -> Check:
    """Look for the guard: Python starts in the folder that Excel last opened, and would import from there first."""
    name = "Modules beside the workbook"
    if machine.system not in (WINDOWS, MAC):
        return _passed(name, "Does not apply here: Excel starts no Python.")
    if not any(machine.prefix.rglob(f"site-packages/{GUARD}")):
        message = "A file such as numpy.py beside a workbook could run when Excel starts Python."
        return _open(name, FAIL, message, AGAIN)
    return _passed(name, "Python leaves Excel's folder before it imports anything.")


# ---------------------------------------------------------------- Excel


def excel(machine: Machine) -> Check:
    """Look for Excel; the Store's edition does not let Python in (#1166)."""
    name = "Excel"
    if machine.excel is None:
        return _passed(name, "Does not apply here: there is no Excel for this system.")
    if not machine.excel:
        action = "Install the desktop edition; Excel on the web cannot run Python from here."
        return _open(name, REVIEW, "Excel was not found.", action)
    if "windowsapps" in machine.excel.casefold():
        action = "Remove it and install Office from office.com."
        return _open(name, FAIL, "Excel comes from the Microsoft Store: it cannot reach Python (#1166).", action)
    return _passed(name, machine.excel)


def dll(machine: Machine) -> Check:
    """Look for the file, named by xlwings' version, that VBA loads from beside the environment's Python."""
    name = "xlwings' DLL"
    if machine.system != WINDOWS:
        return _passed(name, "Does not apply here: only Excel on Windows needs it.")
    file = f"xlwings64-{machine.xlwings_version}.dll"
    places = [folder / file for folder in (machine.prefix / "Scripts", machine.prefix)]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        message = f"{file} is missing from {machine.prefix}."
        action = f"{AGAIN} If it vanishes again, a virus scanner takes it (#1911, #2555): ask IT to allow it."
        return _open(name, FAIL, message, action)
    return _passed(name, f"{found}.")


def xlwings_pin(machine: Machine) -> Check:
    """Compare xlwings with the version that the macros were made with."""
    name, pinned = "xlwings", _pinned()
    if machine.xlwings_version != pinned:
        message = f"Version {machine.xlwings_version or '(none)'} is installed, the workbook's macros need {pinned}."
        return _open(name, FAIL, message, AGAIN)
    return _passed(name, f"Version {pinned}, as the workbook's macros need.")


def _pinned() -> str:
    """Return the version of xlwings that the shipped macros were made with."""
    from xl_mmm.book.vba import PROJECT
    from xl_mmm.hosts.vba_version import versions

    return ", ".join(sorted(versions(PROJECT.read_bytes())))


def com_cache(machine: Machine) -> Check:
    """Look into the cache of COM types; a damaged one stops every call into Excel."""
    name = "pywin32's cache"
    if machine.system != WINDOWS:
        return _passed(name, "Does not apply here.")
    cache = machine.cache / "gen_py"
    damaged = [
        entry for entry in cache.glob("*/*") if entry.is_dir() and not (entry / "__init__.py").exists()
        and entry.name != "__pycache__"
    ] if cache.is_dir() else []  # fmt: skip
    if damaged:
        action = f"Close Excel and delete the folder {cache}; it is made anew."
        return _open(name, REVIEW, f"{len(damaged)} entries of {cache} are incomplete.", action)
    return _passed(name, "Empty or sound.")


def user_configuration(machine: Machine) -> Check:
    """Look into the user's own configuration; a shipped workbook holds every key and never asks it."""
    name = "xlwings' user configuration"
    file = machine.home / ".xlwings" / "xlwings.conf"
    if machine.system == MAC:
        file = machine.home / "Library/Containers/com.microsoft.Excel/Data/xlwings.conf"
    if not file.is_file():
        return _passed(name, "There is none.")
    try:
        lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeError, csv.Error) as error:
        return _open(name, REVIEW, f"{file} cannot be read ({error}).", "Remove it, or save it as plain text.")
    if any(len(line) != 2 for line in lines):
        action = "Delete the blank or odd lines; they stop Excel with 'Input past end of file' (#1584)."
        return _open(name, REVIEW, f"{file} has lines that are not two values.", action)
    return _passed(name, f"{file} is sound; our workbooks do not use it.")


def applescript(machine: Machine) -> Check:
    """Look for xlwings' script, which the buttons need on macOS."""
    name = "Buttons on macOS"
    if machine.system != MAC:
        return _passed(name, "Does not apply here.")
    folder = machine.home / "Library/Application Scripts/com.microsoft.Excel"
    script = folder / f"xlwings-{machine.xlwings_version}.applescript"
    if not script.is_file():
        action = f"Run: {machine.prefix / 'bin' / 'xlwings'} runpython install"
        return _open(name, FAIL, f"{script.name} is not in {folder}.", action)
    return _passed(name, f"{script.name} is in its place.")


# ---------------------------------------------------------------- folders and space


def plain_folders(machine: Machine) -> Check:
    """Judge the path of Python: letters outside ASCII stopped COM servers (#1934)."""
    name = "Path of the environment"
    path = str(machine.prefix)
    if machine.system == WINDOWS and not path.isascii():
        action = "Works as a rule; if MMM_ functions fail, move the project to a folder such as C:\\xl_mmm and repeat."
        return _open(name, REVIEW, f"{path} has letters beyond a-z (#1934).", action)
    if machine.system == WINDOWS and any(sign in path for sign in "&%^"):
        action = "Move the project to a folder without these signs and run install\\bootstrap.py excel there."
        return _open(name, FAIL, f"{path} holds &, % or ^, which Windows' command line reads as orders.", action)
    cloud = [each for each in machine.clouds if machine.prefix.is_relative_to(each)]
    if cloud:
        action = "Move the project out of the synchronized folder: the cloud may take files away while Excel runs."
        return _open(name, REVIEW, f"{path} lies in {cloud[0]}.", action)
    return _passed(name, f"{path}.")


def free_space(machine: Machine) -> Check:
    """Measure the room for backups and copies."""
    name = "Free disk space"
    gigabytes = machine.free_bytes / 1e9
    if machine.free_bytes < ENOUGH_BYTES:
        action = "Free a gigabyte: every computation saves a copy of the workbook first."
        return Check(name, REVIEW, gigabytes, ENOUGH_BYTES / 1e9, f"{gigabytes:.1f} GB.", action)
    return Check(name, PASS, gigabytes, ENOUGH_BYTES / 1e9, f"{gigabytes:,.0f} GB.")


def libreoffice(machine: Machine) -> Check:
    """Look for the other spreadsheet that computes live."""
    name = "LibreOffice"
    if machine.office is None:
        return _passed(name, "Not installed; only needed where there is no Excel.")
    return _passed(name, f"{machine.office}.")


def failures(machine: Machine) -> Check:
    """Show what functions in cells could not say."""
    from xl_mmm.hosts.failures import last_failures, log_file

    name = "Failures of functions"
    found = last_failures(1)
    if found:
        action = f"Send {log_file()} to whoever looks after xl_mmm, then delete it."
        return _open(name, REVIEW, found[-1].splitlines()[0], action)
    return _passed(name, f"None was written down on {machine.system}.")


MACHINE_CHECKS: tuple[Callable[[Machine], Check], ...] = (
    python_version, python_origin, own_environment, foreign_packages, python_variables, start_guard, excel, dll,
    xlwings_pin, com_cache, user_configuration, applescript, plain_folders, free_space, libreoffice, failures,
)  # fmt: skip


# ---------------------------------------------------------------- the workbook


def _book_checks(machine: Machine, path: Path) -> list[Check]:
    from xl_mmm.book.contents import open_book
    from xl_mmm.book.gate import pass_gate

    try:
        book = open_book(pass_gate(path))
    except MmmError as error:
        return [_open("Workbook", FAIL, str(error), "Name a workbook that can be opened.")]
    return [configuration(machine, book), trusted(book), planted(path), location(machine, path), macros(book)]


def configuration(machine: Machine, book: Book) -> Check:
    """Look for every key, and for an interpreter."""
    from xl_mmm.book.conf_sheet import CONF, INTERPRETER_MAC, INTERPRETER_WIN, missing_keys, read_conf

    name = f"Sheet {CONF}"
    try:
        conf = read_conf(book)
    except MmmError as error:
        return _open(name, FAIL, str(error), "Then save the workbook.")
    if conf is None:
        if not book.package.has("xl/vbaProject.bin"):
            return _passed(name, "Does not apply: the workbook has no macros.")
        return _open(name, FAIL, "The workbook has macros but no such sheet.", AGAIN)
    missing = missing_keys(conf)
    if missing:
        message = f"Keys are missing, so xlwings looks for them in files outside the workbook: {', '.join(missing)}."
        return _open(name, FAIL, message, "Take the workbook that install/bootstrap.py excel makes.")
    key = {WINDOWS: INTERPRETER_WIN, MAC: INTERPRETER_MAC}.get(machine.system)
    if key is not None and not conf[key]:
        action = f'Run: {machine.executable} install/bootstrap.py excel "{book.package.path}"'
        return _open(name, FAIL, f"{key} is blank, so the workbook starts no Python.", action)
    return _passed(name, "Holds every key.")


def trusted(book: Book) -> Check:
    """Look for values, in the sheet or in a file beside the workbook, that lead to foreign code."""
    from xl_mmm.book.conf_sheet import conf_faults

    faults = conf_faults(book)
    if faults:
        told = " ".join(f"{fault.cell}: {fault.message}" for fault in faults)
        action = f'Ask who sent the workbook. To make it yours: install/bootstrap.py excel "{book.package.path.name}".'
        return _open("Trust", FAIL, told, action)
    return _passed("Trust", "The workbook starts no code from outside this environment.")


def planted(path: Path) -> Check:
    """Look for files beside the workbook that carry the name of a package."""
    from xl_mmm.hosts.machine import PACKAGES

    names = {*PACKAGES, "xl_mmm", "pywintypes", "pythoncom", "win32api", "win32com", "sitecustomize", "usercustomize"}
    found = sorted(
        entry.name
        for entry in path.resolve().parent.iterdir()
        if entry.stem.partition(".")[0] in names and entry.suffix in {".py", ".pyc", ".pyd", ".so", ".zip"}
    )
    found += [program for program in ("cmd.exe",) if (path.resolve().parent / program).exists()]
    if found:
        message = f"Beside the workbook: {', '.join(found)}. They never run here, but somebody put them there."
        return _open("Files beside the workbook", REVIEW, message, "Move the workbook away and ask who did.")
    return _passed("Files beside the workbook", "None that carries a package's name.")


def location(machine: Machine, path: Path) -> Check:
    """Judge the folder: in synchronized ones a workbook has an address, no path (#1275, #2017, #2652)."""
    name = "Where the workbook lies"
    cloud = [each for each in machine.clouds if path.resolve().is_relative_to(each)]
    if cloud:
        action = "Works as a rule. If a button says that it knows no folder, save the workbook outside that folder."
        return _open(name, REVIEW, f"In the synchronized folder {cloud[0]} (#1275, #2652).", action)
    if machine.system == WINDOWS and Path(f"{path}:Zone.Identifier").exists():
        action = "Right-click the file, Properties, Unblock. A workbook made by install/bootstrap.py carries no mark."
        return _open(name, FAIL, "It carries the mark of a download: Excel blocks its macros.", action)
    return _passed(name, f"{path.resolve().parent}.")


def macros(book: Book) -> Check:
    """Compare the macros' version of xlwings with the installed one."""
    from xl_mmm.hosts.vba_version import versions

    name, pinned = "Macros", _pinned()
    if not book.package.has("xl/vbaProject.bin"):
        return _passed(name, "None: a workbook of values.")
    found = versions(book.package.read("xl/vbaProject.bin"))
    if found != {pinned}:
        message = f"Made for xlwings {', '.join(sorted(found)) or '(unknown)'}; {pinned} is installed."
        action = "Take the workbook that install/bootstrap.py excel makes, and paste your inputs."
        return _open(name, FAIL, message, action)
    return _passed(name, f"Made for xlwings {pinned}.")
