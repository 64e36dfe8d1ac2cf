"""The surgical writer on live books: `MMM_` calls and arrays get fresh values, everything else keeps its bytes."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from tests.book.calculated import calculated
from xl_mmm.book.editing.archive import Archive
from xl_mmm.book.writer import write_cells
from xl_mmm.errors import CellError
from xl_mmm.functions import FUNCTIONS, Function
from xl_mmm.functions.call import forget
from xl_mmm.transforms import adstock

SPEND = [100.0, 0.0, 50.0, 25.0]
# native array formulas over several cells, on sheet Native
ARRAYS = {
    "A1:A4": "tblX[tv]*2",
    "B1:B6": "tblX[tv]",  # taller than its result
    "C1:C2": "tblX[tv]",  # shorter
    "D1:E4": "tblX[tv]/tblX[week]",  # one column, two wide
    "F1:H2": "tblX[[#All],[week]:[tv]]",
    "A8:B9": "SUM(tblX[tv])",
    "C8:C11": 'IF(tblX[tv]>60,"high","")',
    "D8:D11": "tblX[tv]>60",
    "E8:E11": "1/tblX[tv]",
    "F8:F11": "ROW(tblX[tv])+tblX[tv]",
    "G8:G11": "A1:A4+B1:B4",
    "H8:H11": 'IFERROR(1/tblX[tv],"none")',
    "I8:I11": 'IF(A1>60,tblX[tv],"")',
    "J8:J11": 'IF(tblX[tv],LEFT("search",tblX[week]),MID(C8:C11,2,9))',
    "K8:K11": "INDEX(tblX[tv],5-tblX[week])",
    "L8:L11": "SUMIFS(tblX[tv],tblX[week],tblX[week])",
}
NATIVE = {
    "A14": "SUM(A1:A4)",
    "B14": "A3+B3",
    "C14": 'C8&"!"',
    "D14": 'IFERROR(E9,"none")',
    "E14": "SUMPRODUCT((B1:B4>30)*1)",
}


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Make a workbook with a table, native arrays, and `MMM_` blocks between native formulas; no value is right."""
    path = tmp_path / "live.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        data, native, live = (workbook.add_worksheet(name) for name in ("Data", "Native", "Live"))
        data.write_column("A2", [1, 2, 3, 4])
        data.write_column("B2", SPEND)
        data.add_table("A1:B5", {"name": "tblX", "columns": [{"header": "week"}, {"header": "tv"}]})
        for area, text in ARRAYS.items():
            native.write_array_formula(area, f"{{={text}}}", None, 7)
        for address, text in NATIVE.items():
            native.write_formula(address, f"={text}", None, 7)
        live.write("A1", 0.5)
        live.write_array_formula("A2:A5", '{=MMM_ADSTOCK(tblX[tv],"geometric",$A$1)}', None, 7)
        live.write_formula("B2", "=SUM(A2:A5)", None, 7)
        live.write_array_formula("C2:C5", "{=A2:A5*2}", None, 7)
        live.write_array_formula("D2:D5", '{=MMM_SATURATE(C2:C5,"hill",30,1.2)}', None, 7)
        live.write_formula("B3", "=MAX(D2:D5)", None, 7)
        live.write_formula("B4", "=MMM_VERSION()", None, "kept")
        live.write("F9", "far away")
    return path


def values(path: Path, sheet: str) -> dict[str, object]:
    cells = openpyxl.load_workbook(path, data_only=True)[sheet]
    return {cell.coordinate: cell.value for row in cells.iter_rows() for cell in row}


def formulas(path: Path) -> list[bytes]:
    """Every `<f>` of the book as it stands in the file."""
    with zipfile.ZipFile(path) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return [found for part in parts for found in re.findall(rb"<f[ >].*?</f>", archive.read(part))]


def test_values_follow_through_mmm_and_native_formulas(book: Path, tmp_path: Path) -> None:
    before = formulas(book)
    report = write_cells(book, {"Data": {"B3": 40}, "Live": {"A1": 0.25}}, backup_dir=tmp_path / "backups")
    found = values(book, "Live")
    carried = adstock([[100], [40], [50], [25]], "geometric", {"decay": 0.25}, max_lag=12)[:, 0]
    assert [found[f"A{row}"] for row in range(2, 6)] == carried.tolist()
    assert [found[f"C{row}"] for row in range(2, 6)] == (2 * carried).tolist()
    assert found["B2"] == pytest.approx(carried.sum(), rel=1e-15)
    bent = [1 / (1 + (30 / (2 * x)) ** 1.2) for x in carried]
    assert [found[f"D{row}"] for row in range(2, 6)] == pytest.approx(bent, rel=1e-12)
    assert found["B3"] == pytest.approx(max(bent), rel=1e-12)
    assert found["B4"] == "kept"
    assert formulas(book) == before
    assert {cell for cell in report.recalculated if cell.startswith("Live!")} == {
        f"Live!{cell}" for cell in ("A2", "A3", "A4", "A5", "C2", "C3", "C4", "C5", "D2", "D3", "D4", "D5", "B2", "B3")
    }
    assert (report.left_alone, report.failures) == ((), ())


def test_native_arrays_equal_libreoffices_own_calculation(book: Path, tmp_path: Path, soffice: Any) -> None:
    write_cells(book, {"Data": {"B2": 61, "B4": 30.5}}, backup_dir=tmp_path / "backups")
    office = calculated(soffice, book, [2], tmp_path)["Native"]
    ours = values(book, "Native")
    assert len([value for value in ours.values() if value is not None]) >= 50
    for address, value in ours.items():
        theirs = office[address].value
        assert theirs == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), address


def test_each_kind_of_value_is_stored_as_its_kind(
    book: Path, tmp_path: Path, validate_ooxml: Callable[[Path], list[str]]
) -> None:
    write_cells(book, {"Data": {"B2": 61}}, backup_dir=tmp_path / "backups")
    xml = Archive(book.read_bytes(), book.name).read("xl/worksheets/sheet2.xml").decode()
    for cell in (
        '<c r="A2"><v>0</v></c>', '<c r="B5" t="e"><v>#N/A</v></c>', '<c r="C9" t="str"><v></v></c>',
        '<c r="D9" t="b"><v>0</v></c>', '<c r="E9" t="e"><v>#DIV/0!</v></c>', '<c r="G1" t="str"><v>tv</v></c>',
        '<c r="D8" t="b"><f t="array" ref="D8:D11">tblX[tv]&gt;60</f><v>1</v></c>',
    ):  # fmt: skip
        assert cell.replace("<v></v>", "<v/>") in xml or cell in xml, cell
    assert validate_ooxml(book) == []
    once = book.read_bytes()
    again = write_cells(book, {"Data": {"B2": 61}}, backup_dir=tmp_path / "backups")
    assert (book.read_bytes(), again.recalculated) == (once, ())


def test_cells_of_an_array_are_not_overwritten(book: Path, tmp_path: Path) -> None:
    before = book.read_bytes()
    with pytest.raises(CellError) as caught:
        write_cells(book, {"Live": {"A2": 1, "A4": 1}, "Native": {"E2": 1}}, backup_dir=tmp_path / "backups")
    kinds = [message.split("; nothing")[0] for message in caught.value.messages]
    assert kinds == [
        "Live!A2 holds a formula", "Live!A4 is filled by an array formula", "Native!E2 is filled by an array formula",
    ]  # fmt: skip
    assert book.read_bytes() == before


def test_a_new_row_of_the_table_reaches_the_arrays(book: Path, tmp_path: Path) -> None:
    write_cells(book, {}, tables={"tblX": [[5, 12]]}, backup_dir=tmp_path / "backups")
    found = values(book, "Native")
    assert [found[f"B{row}"] for row in range(4, 7)] == [25, 12, "#N/A"]
    assert found["A8"] == 187


def test_a_function_that_breaks_down_is_reported_and_its_values_stand(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = FUNCTIONS["MMM_SATURATE"]

    def broken(*_: object) -> Any:
        raise ZeroDivisionError("no weeks")

    arguments = (record.name, record.category, record.help, record.arguments, record.example, record.returns, broken)
    forget()  # what the function said before
    monkeypatch.setitem(FUNCTIONS, record.name, Function(*arguments))
    report = write_cells(book, {"Live": {"A1": 0.125}}, backup_dir=tmp_path / "backups")
    assert report.failures == ("Live!D2: MMM_SATURATE broke down: ZeroDivisionError: no weeks",)
    found = values(book, "Live")
    assert [found[f"D{row}"] for row in range(2, 6)] == [7, 0, 0, 0]
    assert found["A2"] == 87.5


def test_macros_buttons_controls_and_ribbons_survive(tmp_path: Path) -> None:
    path = tmp_path / "live.xlsm"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("Live")
        sheet.write("A1", 2)
        sheet.write_array_formula("A2:A3", '{=MMM_ADSTOCK(A1:A1,"geometric",0.5)*{1}}', None, 7)
        sheet.write_array_formula("B2:B3", '{=MMM_ADSTOCK(A1:A1,"geometric",0.5)}', None, 7)
        sheet.insert_button("D2", {"macro": "FitModel", "caption": "Fit"})
        workbook.add_vba_project(io.BytesIO(bytes(range(256)) * 9), is_stream=True)
        workbook.set_vba_name("ThisWorkbook")
        sheet.set_vba_name("Sheet1")
    controls = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice '
        'Requires="x14"><controls><control shapeId="1025" r:id="rId9" name="Button 1"/></controls></mc:Choice>'
        "</mc:AlternateContent></worksheet>"
    )
    parts = Archive(path.read_bytes(), path.name)
    xml = parts.read("xl/worksheets/sheet1.xml").replace(b"</worksheet>", controls.encode())
    parts.replace("xl/worksheets/sheet1.xml", xml)
    path.write_bytes(parts.to_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/activeX/activeX1.bin", bytes(range(255, -1, -1)))
        archive.writestr("xl/ctrlProps/ctrlProp1.xml", '<formControlPr objectType="Button" lockText="1"/>')
        archive.writestr("customUI/customUI14.xml", '<customUI xmlns="urn:x"/>')
    before = {name: content for name, content in unpacked(path).items() if name != "xl/worksheets/sheet1.xml"}
    report = write_cells(path, {"Live": {"A1": 8}}, backup_dir=tmp_path / "backups")
    after = unpacked(path)
    touched = after.pop("xl/worksheets/sheet1.xml").decode()
    assert after == before
    assert {"xl/vbaProject.bin", "xl/drawings/vmlDrawing1.vml", "xl/activeX/activeX1.bin"} < set(after)
    assert b"application/vnd.ms-excel.sheet.macroEnabled.main+xml" in after["[Content_Types].xml"]
    assert controls in touched
    assert re.search(r'<legacyDrawing r:id="rId\d+"/>', touched)
    assert '<sheetPr codeName="Sheet1"/>' in touched
    assert values(path, "Live")["B3"] == values(path, "Live")["B2"] == adstock([[8.0]], "geometric", {"decay": 0.5})[0]
    assert report.parts == ("xl/worksheets/sheet1.xml",)
    assert report.left_alone == ("Live!A2",)  # array constants are outside the list


def unpacked(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
