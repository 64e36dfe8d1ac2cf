"""The configuration that xlwings obeys: what is shipped, what is refused, what is written."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
import xlwings

from xl_mmm.book import conf_sheet
from xl_mmm.book.conf_sheet import CONF, conf_faults, conf_rows, missing_keys, read_conf, write_conf
from xl_mmm.book.contents import Book, open_book
from xl_mmm.book.gate import pass_gate
from xl_mmm.errors import CellError

OWN_PYTHON = str(Path(sys.prefix) / "Scripts" / "python.exe")


def made(path: Path, rows: list[tuple[object, object]], sheet: str = CONF) -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Data").write(0, 0, "untouched")
        page = book.add_worksheet(sheet)
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value not in (None, ""):
                    page.write(i, j, value)
    return path


def opened(path: Path) -> Book:
    return open_book(pass_gate(path))


def with_value(tmp_path: Path, key: str, value: object) -> Book:
    rows = [(name, value if name == key else shipped) for name, shipped in conf_rows()]
    return opened(made(tmp_path / "b.xlsx", rows))


# ---------------------------------------------------------------- what is shipped


def test_the_shipped_sheet_holds_every_key_that_xlwings_asks_for() -> None:
    vba = (Path(xlwings.__file__).parent / "xlwings.bas").read_text("utf-8", "replace")
    asked = {key.upper() for key in re.findall(r'GetConfig\("([^"]+)"', vba)}
    assert len(asked) > 15
    assert asked == {key for key, _ in conf_rows()}


def test_the_shipped_values_are_accepted_and_complete(tmp_path: Path) -> None:
    book = opened(made(tmp_path / "b.xlsx", conf_rows(OWN_PYTHON, OWN_PYTHON)))
    assert conf_faults(book) == []
    conf = read_conf(book)
    assert conf is not None
    assert missing_keys(conf) == []
    assert conf["ADD_WORKBOOK_TO_PYTHONPATH"] is False
    assert conf["UDF MODULES"] == "xl_mmm.hosts.classic"


def test_the_first_key_stands_in_a1_where_xlwings_begins() -> None:
    assert conf_rows()[0][0] == conf_sheet.INTERPRETER_WIN
    assert all(key for key, _ in conf_rows())


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("INTERPRETER_WIN", "C:\\evil\\python.exe"),
        ("INTERPRETER_MAC", "/evil/python"),
        ("INTERPRETER", "pythonw"),
        ("INTERPRETER_WIN", sys.prefix + '/bin/x" & calc & "'),
        ("INTERPRETER_WIN", sys.prefix + "/%EVIL%/python.exe"),
        ("PYTHONPATH", sys.prefix + ";/evil"),
        ("CONDA PATH", sys.prefix),
        ("CONDA ENV", "base && calc"),
        ("LICENSE_KEY", "';import evil;'"),
        ("DEBUG UDFS", True),
        ("ADD_WORKBOOK_TO_PYTHONPATH", True),
        ("UDF MODULES", "xl_mmm.hosts.classic;evil"),
        ("UDF MODULES", "xl_mmm_evil"),
        ("TEMP DIR", 'C:\\t" & calc & "'),
        ("SHAREPOINT_WIN", '");import evil;("'),
        ("ONEDRIVE_CONSUMER_MAC", "/a;/evil"),
    ],
)
def test_a_value_that_leads_to_foreign_code_is_refused(key: str, value: object, tmp_path: Path) -> None:
    (fault,) = conf_faults(with_value(tmp_path, key, value))
    assert fault.cell.startswith(f"'{CONF}'!B")
    assert fault.label == key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SHAREPOINT_WIN", "C:\\Users\\Zoë\\Company - Documents"),
        ("SHOW CONSOLE", True),
        ("USE UDF SERVER", False),
        ("PYTHONPATH", sys.prefix),
        ("SOMETHING ELSE", "anything"),
    ],
)
def test_harmless_values_are_accepted(key: str, value: object, tmp_path: Path) -> None:
    assert conf_faults(with_value(tmp_path, key, value)) == []


# ---------------------------------------------------------------- what xlwings would not see


def test_a_book_without_the_sheet(tmp_path: Path) -> None:
    path = made(tmp_path / "b.xlsx", [], sheet="Other")
    assert read_conf(opened(path)) is None
    with pytest.raises(CellError, match="has no sheet"):
        write_conf(path, {"INTERPRETER_WIN": OWN_PYTHON})


def test_a_blank_line_hides_what_stands_below(tmp_path: Path) -> None:
    path = made(tmp_path / "b.xlsx", [("PYTHONPATH", ""), ("", ""), ("INTERPRETER", "")])
    with pytest.raises(CellError, match="A2 is blank"):
        read_conf(opened(path))


def test_a_key_twice_stops_xlwings(tmp_path: Path) -> None:
    path = made(tmp_path / "b.xlsx", [("PYTHONPATH", ""), ("pythonpath", "")])
    with pytest.raises(CellError, match="A2: pythonpath stands there twice"):
        read_conf(opened(path))


def test_missing_keys_are_named(tmp_path: Path) -> None:
    conf = read_conf(opened(made(tmp_path / "b.xlsx", conf_rows()[1:])))
    assert conf is not None
    assert missing_keys(conf) == ["INTERPRETER_WIN"]


# ---------------------------------------------------------------- writing


def test_writing_touches_the_sheet_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = made(tmp_path / "b.xlsx", conf_rows())
    with zipfile.ZipFile(path) as file:
        before = {name: file.read(name) for name in file.namelist()}
    write_conf(path, {"INTERPRETER_WIN": OWN_PYTHON, "UDF MODULES": "xl_mmm.hosts.classic"})
    with zipfile.ZipFile(path) as file:
        changed = {name for name in file.namelist() if file.read(name) != before.get(name)}
    assert changed == {"xl/worksheets/sheet2.xml"}
    conf = read_conf(opened(path))
    assert conf == dict(conf_rows(OWN_PYTHON)) | {key: None for key, value in conf_rows(OWN_PYTHON) if value == ""}


def test_a_missing_row_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    path = made(tmp_path / "b.xlsx", conf_rows()[1:])
    before = path.read_bytes()
    with pytest.raises(CellError, match="has no row INTERPRETER_WIN"):
        write_conf(path, {"INTERPRETER_WIN": OWN_PYTHON})
    assert path.read_bytes() == before
