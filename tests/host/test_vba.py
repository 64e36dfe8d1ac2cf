"""The workbook's VBA in LibreOffice: its modules load, plain VBA runs, and so does a button.

LibreOffice reads the lines of conditional compilation (`#If Mac Then`) as comments and so takes both branches. Our own
modules are written so that this does no harm; xlwings' two are not, and a library in which one module does not compile
runs nothing at all. For running, the test gives xlwings' module as Windows compiles it, and leaves out the class that
only macOS needs. What runs of ours is the committed project's, byte for byte.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from xl_mmm.book import vba
from xl_mmm.book.vba import descriptions, macros, project, results
from xl_mmm.book.vba.buttons import BUTTONS, POLL, POLL_LATER, SAVE_COPY

if TYPE_CHECKING:
    from tests.host.office import Office

LIBRARY = "VBAProject"
ON_WINDOWS = {"VBA7": True, "Win64": True, "Not Mac": True, 'App = "Microsoft Excel"': True}  # all else is not so
CONDITION = re.compile(r"#(If|ElseIf|Else|End If)\b *(.*?)(?: Then)?(?: *'.*)?")


def compiled_on_windows(source: str) -> str:
    """Return the lines that are left of a module after conditional compilation."""
    kept: list[str] = []
    branches: list[tuple[bool, bool]] = []  # whether this branch is taken, whether one was
    for line in source.splitlines():
        found = CONDITION.fullmatch(line.strip())
        word, condition = found.groups() if found else ("", "")
        if word == "If":
            branches.append((ON_WINDOWS.get(condition, False),) * 2)
        elif word in ("ElseIf", "Else"):
            _, done = branches.pop()
            now = not done and (word == "Else" or ON_WINDOWS.get(condition, False))
            branches.append((now, done or now))
        elif word == "End If":
            branches.pop()
        elif all(taken for taken, _ in branches):
            kept.append(line)
    assert not branches
    return "".join(f"{line}\r\n" for line in kept)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook with the committed project and a button for each macro."""
    path = tmp_path_factory.mktemp("vba") / "shipped.xlsm"
    with xlsxwriter.Workbook(str(path)) as book:
        for name in project.code_names():
            book.add_worksheet(name)
        vba.attach(book)
        for row, button in enumerate(BUTTONS):
            book.get_worksheet_by_name("Start").insert_button(2 * row, 1, button.options)
    return path


@pytest.fixture(scope="module")
def runnable(shipped: Path) -> Path:
    """The same with xlwings' module as it is compiled on Windows."""
    return without_conditions(shipped, shipped.with_name("runnable.xlsm"))


def without_conditions(book: Path, path: Path, broken: str = "") -> Path:
    """Copy a workbook for LibreOffice; `broken` is put into one of our modules."""
    from pyopenvba import ExcelFile

    shutil.copyfile(book, path)
    with ExcelFile(path) as file:
        file.set_module("xlwings", compiled_on_windows(file.get_module("xlwings")))
        file.set_module(descriptions.NAME, file.get_module(descriptions.NAME) + broken)
        file.vba_project().delete_module("Dictionary")
        file.save()
    return path


def test_every_module_loads(office: Office, shipped: Path) -> None:
    with office.open(shipped) as book:
        wanted = [*project.modules(), "xlwings", "Dictionary", project.WORKBOOK, *project.code_names().values()]
        assert sorted(book.macros()[LIBRARY]) == sorted(wanted)


def test_plain_vba_runs(office: Office, runnable: Path) -> None:
    with office.open(runnable, macros=True) as book:
        found = book.run(f"{LIBRARY}.{results.NAME}.{results.SELF_TEST}")
        assert re.fullmatch(rf"{results.SOUND}, xlwings \d+\.\d+\.\d+", str(found))


def test_a_module_that_does_not_compile_would_be_noticed(office: Office, shipped: Path, tmp_path: Path) -> None:
    path = without_conditions(shipped, tmp_path / "broken.xlsm", "Sub A(\r\n")
    with office.open(path, macros=True) as book:
        assert book.run(f"{LIBRARY}.{results.NAME}.{results.SELF_TEST}") == ""


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.function)
def test_a_button_without_python_says_so_in_words(office: Office, runnable: Path, button: vba.Button) -> None:
    with office.open(runnable, macros=True) as book:
        assert book.run(f"{LIBRARY}.{macros.NAME}.{macros.TOLD}") == ""
        book.run(f"{LIBRARY}.{macros.NAME}.{button.macro}")
        told = str(book.run(f"{LIBRARY}.{macros.NAME}.{macros.TOLD}"))
        assert told.startswith(f"{button.caption} did not work: Python was not reached.")
        assert macros.REMEDY in told


def test_what_python_calls_by_name_runs(office: Office, runnable: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.xlsm"
    with office.open(runnable, macros=True) as book:
        for macro, arguments in ((POLL_LATER, []), (macros.STOP_POLLING, []), (SAVE_COPY, [str(copy)])):
            book.run(f"{LIBRARY}.{macros.NAME}.{macro}", *arguments)
            assert book.run(f"{LIBRARY}.{macros.NAME}.{macros.TOLD}") == ""
        assert copy.exists()
        book.run(f"{LIBRARY}.{macros.NAME}.{POLL}")
        told = str(book.run(f"{LIBRARY}.{macros.NAME}.{macros.TOLD}"))
        assert told.startswith("Looking after the work under way did not work: Python was not reached.")


def test_the_buttons_stand_on_the_sheet(shipped: Path) -> None:
    with zipfile.ZipFile(shipped) as archive:
        drawing = archive.read("xl/drawings/vmlDrawing1.vml").decode()
    assert re.findall(r"<x:FmlaMacro>\[0\]!(\w+)</x:FmlaMacro>", drawing) == [button.macro for button in BUTTONS]
