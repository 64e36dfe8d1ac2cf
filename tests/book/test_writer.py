"""The surgical writer: what it changes, what it must not, and what it refuses."""

from __future__ import annotations

import hashlib
import io
import re
import stat
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import openpyxl
import pytest
import xlsxwriter

from xl_mmm.book.editing.archive import OLE_MAGIC, Archive
from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.files import digest
from xl_mmm.book.writer import write_cells
from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Make a workbook with a table, a styled result cell, formulas on two sheets and a chart."""
    path = tmp_path / "plan.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        data, results, log = (workbook.add_worksheet(name) for name in ("Data", "Board & Co", "Log"))
        money = workbook.add_format({"num_format": "#,##0.00", "bold": True})
        for row in range(1, 5):
            data.write_number(row, 0, row)
            data.write_string(row, 1, f"channel {row}")
        data.add_table(0, 0, 4, 1, {"name": "tblX", "columns": [{"header": "spend"}, {"header": "channel"}]})
        results.write_number("B2", 1.5, money)
        results.write_formula("B3", "=SUM(tblX[spend])", money, 10)
        results.write_formula("B4", '=IF(B3>100,"over","under")', None, "under")
        results.write_formula("B5", "=XLOOKUP(1,Data!A2:A5,Data!A2:A5)", None, 77)
        chart = workbook.add_chart({"type": "line"})
        chart.add_series({"values": "=Data!$A$2:$A$5"})
        results.insert_chart("D2", chart)
        log.add_table(0, 0, 1, 2, {"name": "tblRuns", "columns": [{"header": h} for h in ("run", "method", "note")]})
        log.write_number("E9", 3)
    return path


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def members(path: Path) -> dict[str, bytes]:
    """Each member's raw bytes, header included, in order."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        found = archive.infolist()
        starts = [*(member.header_offset for member in found), archive.start_dir]
    return {member.filename: data[starts[i] : starts[i + 1]] for i, member in enumerate(found)}


def replace_part(path: Path, part: str, change: Callable[[str], str]) -> None:
    parts = Archive(path.read_bytes(), path.name)
    parts.replace(part, change(parts.read(part).decode()).encode())
    path.write_bytes(parts.to_bytes())


def raw_sheet(path: Path, number: int) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(f"xl/worksheets/sheet{number}.xml").decode()


def test_only_touched_sheets_change_and_everything_else_keeps_its_very_bytes(book: Path, backups: Path) -> None:
    before = members(book)
    report = write_cells(book, {"Log": {"A2": 1, "B2": "ols"}}, backup_dir=backups)
    after = members(book)
    assert list(after) == list(before)
    assert [name for name in after if after[name] != before[name]] == ["xl/worksheets/sheet3.xml"]
    assert report.parts == ("xl/worksheets/sheet3.xml",)
    assert report.written == ("Log!A2", "Log!B2")
    assert report.sha == hashlib.sha256(book.read_bytes()).hexdigest()
    assert zipfile.ZipFile(book).testzip() is None


def test_values_read_back_as_written_and_styles_stay(book: Path, backups: Path) -> None:
    values = {
        "B2": 1e-300, "C7": 0.1 + 0.2, "A7": True, "AA9": "=1+1 \x01 _x0041_\r\n  ends ", "B12": np.float64(2.5),
        "C12": np.int64(7), "D12": datetime(2024, 3, 4, 12), "E12": CellErrorValue("#N/A"), "A1": "top",
        "F12": np.datetime64("2024-03-04"), "G12": np.True_,
    }  # fmt: skip
    write_cells(book, {"Board & Co": values}, backup_dir=backups)
    loaded = openpyxl.load_workbook(book)
    sheet = loaded["Board & Co"]
    assert sheet["B2"].value == 1e-300
    assert (sheet["B2"].number_format, sheet["B2"].font.b) == ("#,##0.00", True)
    assert sheet["C7"].value == 0.1 + 0.2
    assert sheet["A7"].value is True
    assert sheet["AA9"].data_type == "s"
    assert sheet["AA9"].value == "=1+1 _x0001_ _x005F_x0041__x000D_\n  ends "
    assert [sheet[f"{c}12"].value for c in "BCDEFG"] == [2.5, 7, 45355.5, "#N/A", 45355, True]
    assert sheet["A1"].value == "top"
    assert sheet.dimensions == "A1:AA12"


def test_none_empties_a_cell_and_keeps_its_style(book: Path, backups: Path) -> None:
    write_cells(book, {"Board & Co": {"B2": None, "Z99": None}}, backup_dir=backups)
    cell = openpyxl.load_workbook(book)["Board & Co"]["B2"]
    assert cell.value is None
    assert cell.number_format == "#,##0.00"
    assert "Z99" not in raw_sheet(book, 2)


def test_days_follow_the_1904_system_of_the_workbook(book: Path, backups: Path) -> None:
    replace_part(book, "xl/workbook.xml", lambda xml: xml.replace("<workbookPr", '<workbookPr date1904="1"'))
    write_cells(book, {"Log": {"A5": datetime(2024, 3, 4)}}, backup_dir=backups)
    assert "<v>43893</v>" in raw_sheet(book, 3)


def test_twice_is_the_same_as_once(book: Path, backups: Path) -> None:
    cells = {"Data": {"A2": 50.0, "B2": "tv"}, "Board & Co": {"B2": 2.5, "H1": "new", "H2": True}}
    first = write_cells(book, cells, backup_dir=backups)
    once = book.read_bytes()
    second = write_cells(book, cells, backup_dir=backups)
    assert book.read_bytes() == once
    assert (second.sha, second.parts, second.backup) == (first.sha, (), None)
    assert second.written == first.written


def test_formulas_behind_a_written_cell_get_a_fresh_value(book: Path, backups: Path) -> None:
    report = write_cells(book, {"Data": {"A2": 500}}, backup_dir=backups)
    values, formulas = openpyxl.load_workbook(book, data_only=True), openpyxl.load_workbook(book)
    assert [values["Board & Co"][c].value for c in ("B3", "B4", "B5")] == [509, "over", 77]
    assert formulas["Board & Co"]["B3"].value == "=SUM(tblX[spend])"
    assert report.recalculated == ("Board & Co!B3", "Board & Co!B4")
    assert report.left_alone == ("Board & Co!B5",)


def test_without_recalculation_cached_values_stand(book: Path, backups: Path) -> None:
    report = write_cells(book, {"Data": {"A2": 500}}, recalculate=False, backup_dir=backups)
    assert openpyxl.load_workbook(book, data_only=True)["Board & Co"]["B3"].value == 10
    assert report.recalculated == ()


def test_a_formula_is_not_overwritten_unless_told(book: Path, backups: Path) -> None:
    before = book.read_bytes()
    with pytest.raises(CellError, match=r"Board & Co!B3 holds a formula; nothing written\. Clear the formula"):
        write_cells(book, {"Board & Co": {"B2": 3, "B3": 4}}, backup_dir=backups)
    assert book.read_bytes() == before
    write_cells(book, {"Board & Co": {"B3": 400}}, replace_formulas=True, backup_dir=backups)
    assert openpyxl.load_workbook(book)["Board & Co"]["B3"].value == 400
    assert openpyxl.load_workbook(book, data_only=True)["Board & Co"]["B4"].value == "over"


def test_replacing_the_first_cell_of_a_shared_formula_hands_it_on(book: Path, backups: Path) -> None:
    shared = (
        '<row r="20"><c r="A20"><f t="shared" ref="A20:A22" si="0">Data!A2*2</f><v>2</v></c></row>'
        '<row r="21"><c r="A21"><f t="shared" si="0"/><v>4</v></c></row>'
        '<row r="22"><c r="A22"><f t="shared" si="0"/><v>6</v></c></row></sheetData>'
    )
    replace_part(book, "xl/worksheets/sheet2.xml", lambda xml: xml.replace("</sheetData>", shared))
    write_cells(book, {"Data": {"A4": 30}}, backup_dir=backups)
    assert openpyxl.load_workbook(book, data_only=True)["Board & Co"]["A22"].value == 60
    write_cells(book, {"Board & Co": {"A20": 1}}, replace_formulas=True, backup_dir=backups)
    sheet = openpyxl.load_workbook(book)["Board & Co"]
    assert [sheet[f"A{row}"].value for row in (20, 21, 22)] == [1, "=Data!A3*2", "=Data!A4*2"]


def test_replacing_a_spill_clears_its_old_cells(book: Path, backups: Path) -> None:
    spill = (
        '<row r="20"><c r="A20" cm="1"><f t="array" ref="A20:B21">SORT(Data!A2:B3)</f><v>1</v></c>'
        '<c r="B20" s="1"><v>5</v></c><c r="C20"><v>8</v></c></row>'
        '<row r="21"><c r="A21"><v>6</v></c><c r="B21"><v>7</v></c></row></sheetData>'
    )
    replace_part(book, "xl/worksheets/sheet2.xml", lambda xml: xml.replace("</sheetData>", spill))
    with pytest.raises(CellError, match="B21 is filled by an array formula"):
        write_cells(book, {"Board & Co": {"B21": 1}}, backup_dir=backups)
    with pytest.raises(CellError, match="B21 is filled by an array formula"):
        write_cells(book, {"Board & Co": {"B21": 1}}, replace_formulas=True, backup_dir=backups)
    write_cells(book, {"Board & Co": {"A21": 4, "A20": 9}}, replace_formulas=True, backup_dir=backups)
    sheet = openpyxl.load_workbook(book)["Board & Co"]
    assert [sheet[c].value for c in ("A20", "B20", "C20", "A21", "B21")] == [9, None, 8, 4, None]
    assert '<c r="A20"><v>9</v></c>' in raw_sheet(book, 2)


def test_only_removed_formulas_leave_the_calculation_chain(book: Path, backups: Path) -> None:
    add_chain(book, '<c r="B3" i="2"/><c r="B4"/><c r="B5"/><c r="A1" i="3"/>')
    write_cells(book, {"Data": {"A2": 9}}, backup_dir=backups)
    assert chain(book) == '<c r="B3" i="2"/><c r="B4"/><c r="B5"/><c r="A1" i="3"/>'
    write_cells(book, {"Board & Co": {"B3": 9}}, replace_formulas=True, backup_dir=backups)
    assert chain(book) == '<c r="B4" i="2"/><c r="B5"/><c r="A1" i="3"/>'


def test_an_emptied_calculation_chain_goes_with_its_part(
    book: Path, backups: Path, validate_ooxml: Callable[[Path], list[str]]
) -> None:
    add_chain(book, '<c r="B3" i="2"/>')
    write_cells(book, {"Board & Co": {"B3": 9}}, replace_formulas=True, backup_dir=backups)
    with zipfile.ZipFile(book) as archive:
        assert "xl/calcChain.xml" not in archive.namelist()
        assert b"calcChain" not in archive.read("[Content_Types].xml") + archive.read("xl/_rels/workbook.xml.rels")
    assert validate_ooxml(book) == []


def add_chain(path: Path, entries: str) -> None:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/calcChain"
    content = "application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml"
    replace_part(
        path, "xl/_rels/workbook.xml.rels",
        lambda xml: xml.replace("</Rel", f'<Relationship Id="rId99" Type="{kind}" Target="calcChain.xml"/></Rel'),
    )  # fmt: skip
    replace_part(
        path, "[Content_Types].xml",
        lambda xml: xml.replace("</T", f'<Override PartName="/xl/calcChain.xml" ContentType="{content}"/></T'),
    )  # fmt: skip
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/calcChain.xml", f"<calcChain {MAIN}>{entries}</calcChain>")


def chain(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        found = re.search(r"<calcChain[^>]*>(.*)</calcChain>", archive.read("xl/calcChain.xml").decode())
    assert found is not None
    return found[1]


def test_log_rows_fill_the_blank_row_then_grow_the_table(
    book: Path, backups: Path, validate_ooxml: Callable[[Path], list[str]]
) -> None:
    write_cells(book, {}, tables={"tblRuns": [[1, "ols", None], [2, "ridge", "=x"]]}, backup_dir=backups)
    report = write_cells(book, {}, tables={"tblRuns": [[3, "lasso", "y"]]}, backup_dir=backups)
    table = openpyxl.load_workbook(book)["Log"].tables["tblRuns"]
    assert (table.ref, table.autoFilter.ref) == ("A1:C4", "A1:C4")
    rows = openpyxl.load_workbook(book)["Log"].iter_rows(min_row=2, max_row=4, max_col=3, values_only=True)
    assert list(rows) == [(1, "ols", None), (2, "ridge", "=x"), (3, "lasso", "y")]
    assert report.written == ("Log!A4", "Log!B4", "Log!C4")
    assert validate_ooxml(book) == []


def test_a_grown_table_reaches_the_formulas_that_sum_it(book: Path, backups: Path) -> None:
    write_cells(book, {}, tables={"tblX": [[1000, "radio"]]}, backup_dir=backups)
    assert openpyxl.load_workbook(book, data_only=True)["Board & Co"]["B3"].value == 1010


@pytest.mark.parametrize("below", [{"A3": 5}, {"B3": "note"}])
def test_a_table_does_not_grow_over_cells_in_use(book: Path, backups: Path, below: dict[str, object]) -> None:
    write_cells(book, {"Log": below}, backup_dir=backups)
    before = book.read_bytes()
    with pytest.raises(CellError, match=r"Log!A3:C3: the cells below table 'tblRuns' are not empty"):
        write_cells(book, {}, tables={"tblRuns": [[1, "a", "b"], [2, "c", "d"]]}, backup_dir=backups)
    with pytest.raises(CellError, match="has 3 columns"):
        write_cells(book, {}, tables={"tblRuns": [[1]]}, backup_dir=backups)
    with pytest.raises(CellError, match="no table 'tblOther'"):
        write_cells(book, {}, tables={"tblOther": [[1]]}, backup_dir=backups)
    assert book.read_bytes() == before


def test_only_owned_cells_are_written_and_all_faults_are_told_at_once(book: Path, backups: Path) -> None:
    before = book.read_bytes()
    owned = {"Log": ["A2:C9"]}
    with pytest.raises(CellError) as caught:
        write_cells(book, {"Log": {"A2": 1, "D2": 1}, "Data": {"A2": 1, "A3": 2}}, owned=owned, backup_dir=backups)
    assert [message.split(" is not")[0] for message in caught.value.messages] == ["Log!D2", "Data!A2", "Data!A3"]
    assert book.read_bytes() == before
    write_cells(book, {"Log": {"A2": 1}}, owned=owned, backup_dir=backups)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"Nope": {"A1": 1}}, r"plan\.xlsx has no sheet 'Nope' \(its sheets: Data, Board & Co, Log\)"),
        ({"Log": {"7B": 1}}, "'7B' is not the address of a cell"),
        ({"Log": {"A1048577": 1}}, "not the address"),
        ({"Log": {"A2": float("nan")}}, r"Log!A2: nan is not a number a cell can hold"),
        ({"Log": {"A2": float("inf")}}, "Log!A2: inf"),
        ({"Log": {"A2": "x" * 32768}}, "has 32768 characters"),
        ({"Log": {"A2": [1]}}, "cannot hold a value of type list"),
        ({"Log": {"A1": "Run"}}, "header 'run' of a table"),
    ],
)
def test_impossible_cells_are_refused(
    book: Path, backups: Path, cells: dict[str, dict[str, object]], message: str
) -> None:
    before = book.read_bytes()
    with pytest.raises(CellError, match=message):
        write_cells(book, cells, backup_dir=backups)  # type: ignore[arg-type]
    assert book.read_bytes() == before
    assert sorted(entry.name for entry in book.parent.iterdir()) == ["plan.xlsx"]


def test_a_cell_hidden_by_merged_cells_is_refused(book: Path, backups: Path) -> None:
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="E2:F3"/></mergeCells>'
    replace_part(book, "xl/worksheets/sheet3.xml", lambda xml: xml.replace("</sheetData>", merged))
    write_cells(book, {"Log": {"E2": 1}}, backup_dir=backups)
    with pytest.raises(CellError, match="Log!F3 lies hidden in the merged cells E2:F3"):
        write_cells(book, {"Log": {"F3": 1}}, backup_dir=backups)


def test_a_file_that_changed_since_it_was_read_is_refused(book: Path, backups: Path) -> None:
    read = digest(book.read_bytes())
    write_cells(book, {"Log": {"A2": 1}}, expected_sha=read, backup_dir=backups)
    with pytest.raises(CellError, match="the workbook changed since you pressed Run; nothing written"):
        write_cells(book, {"Log": {"A2": 2}}, expected_sha=read, backup_dir=backups)


def strict(data: bytes) -> bytes:
    parts = Archive(data, "strict")
    xml = parts.read("xl/workbook.xml").replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main", b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    )
    parts.replace("xl/workbook.xml", xml)
    return parts.to_bytes()


def doctype(data: bytes) -> bytes:
    parts = Archive(data, "doctype")
    head, _, rest = parts.read("xl/workbook.xml").partition(b"?>")
    parts.replace("xl/workbook.xml", head + b'?><!DOCTYPE x [<!ENTITY a "b">]>' + rest)
    return parts.to_bytes()


def damaged(data: bytes) -> bytes:
    parts = zipfile.ZipFile(io.BytesIO(data))
    at = parts.getinfo("xl/worksheets/sheet1.xml").header_offset + 80
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + 8]) + data[at + 8 :]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda data: b"", "not an Excel workbook"),
        (lambda data: b"date,kpi\n1,2\n", "not an Excel workbook"),
        (lambda data: data[:-100], "not an Excel workbook, or it was cut short"),
        (lambda data: OLE_MAGIC + data, "protected by a password, or is an old .xls"),
        (strict, "Strict Open XML"),
        (doctype, "document type"),
        (damaged, "damaged"),
    ],
)
def test_files_that_are_no_plain_workbook_are_refused(
    book: Path, backups: Path, spoil: Callable[[bytes], bytes], message: str
) -> None:
    spoilt = spoil(book.read_bytes())
    book.write_bytes(spoilt)
    with pytest.raises(CellError, match=message):
        write_cells(book, {"Data": {"A2": 1}}, backup_dir=backups)
    assert book.read_bytes() == spoilt


@pytest.mark.parametrize(("owner", "program"), [("~$plan.xlsx", "Excel"), (".~lock.plan.xlsx#", "LibreOffice")])
def test_a_book_open_elsewhere_is_refused(book: Path, backups: Path, owner: str, program: str) -> None:
    (book.parent / owner).write_text("someone")
    with pytest.raises(CellError, match=f"plan.xlsx is open in {program}; nothing written. Close it"):
        write_cells(book, {"Log": {"A2": 1}}, backup_dir=backups)


def test_a_read_only_book_is_refused_and_a_copy_is_possible(book: Path, backups: Path) -> None:
    book.chmod(stat.S_IRUSR)
    before = book.read_bytes()
    with pytest.raises(CellError, match="read-only; nothing written"):
        write_cells(book, {"Log": {"A2": 1}}, backup_dir=backups)
    report = write_cells(book, {"Log": {"A2": 1}}, out=book.parent / "out.xlsx", backup_dir=backups)
    assert book.read_bytes() == before
    assert (report.path.name, report.backup) == ("out.xlsx", None)
    assert openpyxl.load_workbook(report.path)["Log"]["A2"].value == 1


def test_a_cell_that_no_program_could_read_is_named(book: Path, backups: Path) -> None:
    replace_part(book, "xl/worksheets/sheet3.xml", lambda xml: xml.replace("<v>3</v>", "<v>three</v>"))
    with pytest.raises(CellError, match=r"Log!E9 cannot be read \(could not convert"):
        write_cells(book, {"Log": {"E9": 1}}, backup_dir=backups)


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CellError, match=r"none\.xlsx: there is no such file"):
        write_cells(tmp_path / "none.xlsx", {"A": {"A1": 1}})


def test_no_new_validator_errors(book: Path, backups: Path, validate_ooxml: Callable[[Path], list[str]]) -> None:
    cells = {"Data": {"A2": 5, "B3": "x & <y>", "A40": None, "H3": True, "AA1": "wide"}, "Board & Co": {"A1": "t"}}
    write_cells(book, cells, tables={"tblRuns": [[1, "a", "b"], [2, "c", None]]}, backup_dir=backups)
    assert validate_ooxml(book) == []


def test_a_book_without_cell_addresses_is_written_in_the_right_places(book: Path, backups: Path) -> None:
    bare = "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row></sheetData>"
    replace_part(book, "xl/worksheets/sheet3.xml", lambda xml: re.sub(r"<sheetData.*</sheetData>", bare, xml))
    write_cells(book, {"Log": {"B2": 4, "D1": 5, "A5": 6, "A4": 7}}, backup_dir=backups)
    rows = openpyxl.load_workbook(book)["Log"].iter_rows(max_col=4, values_only=True)
    blank = (None,) * 3
    assert list(rows) == [(1, 2, None, 5), (3, 4, None, None), (None, *blank), (7, *blank), (6, *blank)]


TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
VALUES = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.booleans(), TEXTS, st.none())
PLACES = st.tuples(st.integers(1, 30), st.integers(4, 40))


@hypothesis.given(st.dictionaries(PLACES, VALUES, max_size=12))
@hypothesis.settings(max_examples=25)
def test_any_values_read_back_and_a_second_write_changes_nothing(values: dict[tuple[int, int], object]) -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        workbook.add_worksheet("S").write_column("F3", [1, 2, 3])
    kept = {(3 + i, 6): float(i + 1) for i in range(3)}
    opened = OpenedBook(buffer.getvalue(), "book.xlsx")
    for place, value in values.items():
        opened.sheet("S").set_value(place, value)
    data = opened.to_bytes()
    again = OpenedBook(data, "book.xlsx")
    for place, value in (kept | values).items():
        assert again.sheet("S").value(place) == value
        again.sheet("S").set_value(place, value)
    assert again.to_bytes() == data
    order = [cell.coordinate for row in openpyxl.load_workbook(io.BytesIO(data))["S"].iter_rows() for cell in row]
    assert len(order) == len(set(order))
