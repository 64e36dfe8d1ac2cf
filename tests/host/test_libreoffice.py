"""LibreOffice as a live spreadsheet: the add-in's text, what arrives in cells, and what survives a dead worker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import xlsxwriter
from lxml import etree

from tests.host.cases import CASES, Case, answered
from tests.host.office import Office
from tests.host.sheets import write_cases
from xl_mmm.functions import BLANK, FUNCTIONS, NOT_AVAILABLE, VALUE, call
from xl_mmm.hosts.libreoffice import write_addin
from xl_mmm.hosts.libreoffice.addin import bare
from xl_mmm.hosts.libreoffice.worker import answer
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.host.office import Book

WEEKS = 12
HOPELESS = 4  # workers, then no more are started


# ---------------------------------------------------------------- the add-in's text


def test_the_package_holds_the_same_files_as_the_folder(tmp_path: Path) -> None:
    folder, package = write_addin(tmp_path / "addin"), write_addin(tmp_path / "addin.oxt")
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(package) as found:
        assert {name: found.read(name) for name in found.namelist()} == files
    assert "component.py" in files


def test_every_function_has_its_name_and_its_help(tmp_path: Path) -> None:
    catalog = etree.parse(write_addin(tmp_path / "addin") / "CalcAddIns.xcu")
    (functions,) = catalog.xpath("//node[@*[local-name()='name']='AddInFunctions']")
    told = {}
    for node in functions:
        texts = dict(zip(node.xpath("prop/@*[local-name()='name']"), node.xpath("prop/value/text()"), strict=True))
        helps = node.xpath("node/node/prop[@*[local-name()='name']='Description']/value/text()")
        names = node.xpath("node/node/prop[@*[local-name()='name']='DisplayName']/value/text()")
        told[texts["DisplayName"]] = (
            texts["Description"],
            texts["CompatibilityName"],
            dict(zip(names, helps, strict=True)),
        )
    assert told == {
        name: (function.help, name, {argument.name: argument.help for argument in function.arguments})
        for name, function in FUNCTIONS.items()
    }


def test_names_without_underscores_stay_apart() -> None:
    assert len({bare(name) for name in FUNCTIONS}) == len(FUNCTIONS)
    for function in FUNCTIONS.values():
        assert len({bare(argument.name) for argument in function.arguments}) == len(function.arguments)


def test_the_worker_is_this_python_isolated(tmp_path: Path) -> None:
    settings = json.loads((write_addin(tmp_path / "addin") / "settings.json").read_text(encoding="utf-8"))
    assert settings["command"][:2] == [sys.executable, "-I"]
    other = write_addin(tmp_path / "other", Path("elsewhere/python"))
    assert json.loads((other / "settings.json").read_text(encoding="utf-8"))["command"][0] == "elsewhere/python"


# ---------------------------------------------------------------- the worker's lines


def asked(**question: object) -> dict[str, object]:
    return json.loads(answer(json.dumps(question).encode("ascii")))


def test_errors_cross_the_pipe_both_ways() -> None:
    question = {"function": "MMM_ADSTOCK", "arguments": [[[1.0]], "geometric", {"error": "#REF!"}]}
    assert asked(**question) == {"result": {"error": "#REF!"}}


def test_what_is_no_fault_of_the_cells_is_told_and_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from xl_mmm.hosts import failures

    monkeypatch.setattr(failures, "log_file", lambda: tmp_path / "functions.log")
    assert asked(function="MMM_NOTHING", arguments=[]) == {"failed": "KeyError: 'MMM_NOTHING'"}
    assert "MMM_NOTHING" in failures.last_failures(1)[0]


# ---------------------------------------------------------------- one table of cases


@pytest.fixture(scope="module")
def answers(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Book, dict[Case, str]]]:
    path = tmp_path_factory.mktemp("cases") / "cases.xlsx"
    areas = write_cases(path, CASES)
    with office.open(path) as book:
        book.calculate(everything=True)
        yield book, areas


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.function}: {case.name}")
def test_libreoffice_answers_as_the_core_does(case: Case, answers: tuple[Book, dict[Case, str]]) -> None:
    book, areas = answers
    found, wanted = book.values(areas[case]), answered(case)
    rows = wanted if isinstance(wanted, list) else [[wanted]]
    assert found == [[None if cell == BLANK else cell for cell in row] for row in rows]


def test_every_function_has_a_case() -> None:
    assert {case.function for case in CASES} == set(FUNCTIONS)


def test_no_failure_was_hidden_behind_an_error_value(office: Office, answers: tuple[Book, dict[Case, str]]) -> None:
    assert office.log() == ""


# ---------------------------------------------------------------- a live sheet


@pytest.fixture
def book(office: Office, tmp_path: Path) -> Iterator[Book]:
    """Spend in `tblData`, effective spend beside it, native formulas over the answers; values cached as 0."""
    path = tmp_path / "live.xlsx"
    with xlsxwriter.Workbook(path) as written:
        data, live = written.add_worksheet("Data"), written.add_worksheet("Live")
        rows = [[week, 100.0 * (week % 4)] for week in range(1, WEEKS + 1)]
        columns = [{"header": "week"}, {"header": "tv"}]
        data.add_table(0, 0, WEEKS, 1, {"name": "tblData", "columns": columns, "data": rows})
        live.write_array_formula(f"A1:A{WEEKS}", '=MMM_ADSTOCK(tblData[tv],"geometric",$D$1)')
        live.write("D1", 0.5)
        live.write_formula("E1", f"=SUM(A1:A{WEEKS})")
        live.write_formula("E2", '=SUM(MMM_SATURATE(MMM_ADSTOCK(tblData[tv],"geometric",0.5),"hill",100,1))')
        live.write_formula("E3", '=IFERROR(SUM(MMM_ADSTOCK(tblData[tv],"geometric",2)),"caught")')
        live.write_array_formula("G1:G3", '=MMM_ADSTOCK(tblData[tv],"nothing",0.5)')
    with office.open(path) as found:
        found.calculate(everything=True)
        yield found


def effective(decay: float, first: float = 100.0) -> list[float]:
    spend = [[first], *([100.0 * (week % 4)] for week in range(2, WEEKS + 1))]
    return [row[0] for row in call("MMM_ADSTOCK", [spend, "geometric", decay])]


def test_an_edit_is_followed_at_once(book: Book) -> None:
    assert book.column(f"Live!A1:A{WEEKS}") == effective(0.5)
    book.set("Data!B2", 1e6)
    assert book.column(f"Live!A1:A{WEEKS}") == effective(0.5, 1e6)
    assert book.value("Live!E1") == pytest.approx(sum(effective(0.5, 1e6)), rel=1e-12)
    book.set("Live!D1", 0.25)
    assert book.column(f"Live!A1:A{WEEKS}") == effective(0.25, 1e6)


def test_results_are_numbers_to_native_formulas_and_functions_nest(book: Book) -> None:
    saturated = call("MMM_SATURATE", [[[value] for value in effective(0.5)], "hill", 100.0, 1.0])
    assert book.value("Live!E2") == pytest.approx(sum(row[0] for row in saturated), rel=1e-12)


def test_an_error_value_fills_its_block_and_is_caught(book: Book) -> None:
    assert book.column("Live!G1:G3") == [VALUE] * 3
    assert book.value("Live!E3") == "caught"
    book.set("Live!D1", 1.5)
    assert book.value("Live!E1") == VALUE


def test_an_error_in_spend_is_never_no_spend(book: Book) -> None:
    book.set("Data!B3", "=NA()")
    assert isinstance(book.value("Live!A1"), CellErrorValue)
    book.set("Data!B3", None)
    assert book.value("Live!A1") == VALUE
    book.set("Live!D1", "=NA()")
    assert book.value("Live!A1") == NOT_AVAILABLE


@pytest.mark.parametrize("program", ["false", "python that is gone"])
def test_without_a_worker_cells_are_errors_and_nothing_hangs(soffice, tmp_path: Path, program: str) -> None:
    path = tmp_path / "versions.xlsx"
    with xlsxwriter.Workbook(path) as written:
        written.add_worksheet("S").write_column(0, 0, ["=MMM_VERSION()"] * 9)
    python = Path(shutil.which(program) or tmp_path / program)
    with closing(Office(soffice.program, tmp_path / "office", python)) as office, office.open(path) as book:
        book.calculate(everything=True)
        assert book.column("S!A1:A9") == [VALUE] * 9
    assert office.log().count("The worker ended without an answer") == HOPELESS


def test_a_dead_worker_is_replaced_and_the_last_one_ends_with_the_spreadsheet(soffice, tmp_path: Path) -> None:
    path = tmp_path / "sums.xlsx"
    with xlsxwriter.Workbook(path) as written:
        sheet = written.add_worksheet("S")
        sheet.write_row("A1", [0.5, 8.0])
        sheet.write("A2", '=MMM_ADSTOCK(B1,"geometric",A1)')
    with closing(Office(soffice.program, tmp_path / "office")) as office, office.open(path) as book:
        book.calculate(everything=True)
        assert book.value("S!A2") == 4.0
        (first,) = office.workers()
        os.kill(first, signal.SIGKILL)
        book.set("S!A1", 0.75)
        assert book.value("S!A2") == 2.0
        (second,) = office.workers()
        assert second != first
    until = time.monotonic() + 30
    while office.workers() and time.monotonic() < until:
        time.sleep(0.05)
    assert office.workers() == []
