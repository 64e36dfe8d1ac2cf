from __future__ import annotations

import dataclasses
import re
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.formula import ArrayFormula

from tests.book.sample import CHANNELS, run_sample, sample_inputs
from xl_mmm.book import styles as st
from xl_mmm.book.calls import calls
from xl_mmm.book.layout import TIES
from xl_mmm.book.recalculate import ALLOWED_FUNCTIONS
from xl_mmm.book.template import LIVE, build_book
from xl_mmm.book.writer import write_cells
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openpyxl.workbook import Workbook

    from tests.conftest import Office

ODD = ("=1+1", "@sum", "a[b]'c#d", "+cmd|' /c calc'!A0", "Straße & Söhne <media>")
FUNCTION = re.compile(r"([A-Z][A-Z0-9.]*)\(")
REFUSED = ("TEXT(", "OFFSET(", "INDIRECT(", "LET(", "LAMBDA(", "ANCHORARRAY", "_xlfn")

# a literal, a table, a fixed range
ARGUMENT = r'|[\d.]+|"[a-z]+"|tbl\w+\[#All\]|\w+!\$[A-Z]+\$\d+(:\$[A-Z]+\$\d+)?'


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_sample(tmp_path_factory.mktemp("book") / "full.xlsx", sample_inputs(80))


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "blank.xlsx"
    build_book(path, sample_inputs(80))
    return path


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_sample(tmp_path_factory.mktemp("book") / "live.xlsm", sample_inputs(80), LIVE)


def parts(path: Path, pattern: str) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if re.fullmatch(pattern, name)}


def ties(path: Path, channels: int) -> list[object]:
    sheet = load_workbook(path, data_only=True)[n.CHECKS]
    return [sheet.cell(row, 3).value for row in range(12, 12 + TIES + channels)]


def formulas(book: Workbook) -> list[tuple[str, str]]:
    found = []
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            found += [(f"{sheet.title}!{c.coordinate}", str(c.value)) for c in row if c.data_type == "f"]
    return found


def test_sheets_stand_in_order_and_tables_are_where_names_say(book: Path) -> None:
    workbook = load_workbook(book)
    assert tuple(workbook.sheetnames) == n.SHEETS
    found = {name: sheet.title for sheet in workbook.worksheets for name in sheet.tables}
    assert found == n.TABLE_SHEET | {n.TBL_DATA: n.DATA}
    for name, headers in n.TABLE_HEADERS.items():
        area = workbook[n.TABLE_SHEET[name]].tables[name]
        shown = [column.name for column in area.tableColumns]
        own = {n.TBL_SCENARIOS: n.scenario_headers, n.TBL_CALENDAR: n.calendar_headers}
        wanted = own[name](CHANNELS, ("competitor_price",)) if name in own else headers
        assert shown == list(wanted)


def test_opening_recalculates_nothing(book: Path) -> None:
    text = parts(book, r"xl/workbook\.xml")["xl/workbook.xml"]
    assert "fullCalcOnLoad" not in text
    assert 'calcId="191029"' in text


def test_formulas_use_the_short_list_and_carry_values(book: Path) -> None:
    found = formulas(load_workbook(book))
    assert len(found) > 1000
    for place, text in found:
        bare = re.sub(r'"[^"]*"', '""', text)
        assert set(FUNCTION.findall(bare)) <= ALLOWED_FUNCTIONS, (place, text)
        assert not any(word in bare for word in (*REFUSED, "MMM_")), (place, text)
        assert "#" not in bare.replace("[#All]", ""), (place, text)
    for name, xml in parts(book, r"xl/worksheets/sheet\d+\.xml").items():
        for cell in re.findall(r"<c [^>]*>(?:(?!</c>).)*<f>.*?</c>", xml, flags=re.DOTALL):
            assert re.search(r"<v>[^<]*</v>", cell), (name, cell)


def test_a_live_book_holds_one_call_a_block_and_nothing_else_beside_native_formulas(live: Path) -> None:
    workbook, layout = load_workbook(live), sample_inputs(80).layout
    asked = calls(layout)
    arrays = {
        f"{sheet.title}!{cell.value.ref}": cell.value.text
        for sheet in workbook.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, ArrayFormula)
    }
    blocks = {f"{layout.blocks[name].sheet}!{layout.blocks[name].ref}": text for name, text in asked.items()}
    assert arrays == blocks
    single = re.compile(r"=MMM_[A-Z_]+\(([^()]*)\)")  # one call on references and literals
    for text in arrays.values():
        found = single.fullmatch(text)
        assert found, text
        for argument in found[1].split(","):
            assert re.fullmatch(ARGUMENT, argument), text
    for place, text in formulas(workbook):
        bare = re.sub(r'"[^"]*"', '""', text)
        if "MMM_" in bare:
            continue
        assert set(FUNCTION.findall(bare)) <= ALLOWED_FUNCTIONS, (place, text)
        assert not any(word in bare for word in REFUSED), (place, text)


def test_every_flavor_shows_the_same_cell_by_cell(book: Path, live: Path) -> None:
    values, alive = load_workbook(book, data_only=True), load_workbook(live, data_only=True)
    compared = 0
    for sheet in values.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                other = alive[sheet.title][cell.coordinate].value
                if isinstance(cell.value, datetime) and cell.value.year == datetime.now().year:
                    continue  # the time of the run
                if isinstance(cell.value, int | float) and isinstance(other, int | float):
                    assert other == pytest.approx(cell.value, rel=1e-9, abs=1e-9), (sheet.title, cell.coordinate)
                    compared += 1
                elif (cell.value or other) and sheet.title != n.LOG:
                    assert (other or None) == (cell.value or None), (sheet.title, cell.coordinate)
    assert compared > 3000


def test_tie_outs_pass_with_results_and_wait_without(book: Path, blank: Path) -> None:
    for path, status in ((book, n.PASS), (blank, n.NOT_RUN)):
        sheet = load_workbook(path, data_only=True)[n.CHECKS]
        ties = [sheet.cell(row, 3).value for row in range(12, 12 + TIES + len(CHANNELS))]
        # whether anything touches the data is always known
        assert ties == [n.PASS] + [status] * (TIES - 1 + len(CHANNELS))
    assert load_workbook(blank, data_only=True)[n.CHECKS]["C6"].value == n.NOT_RUN


def test_a_broken_number_fails_its_tie_out(tmp_path: Path, book: Path) -> None:
    inputs = sample_inputs(80)
    roi = inputs.layout.blocks["roi"]
    out = tmp_path / "broken.xlsx"
    write_cells(book, {n.ROI: {roi.address("roi"): 99.0}}, out=out, backup_dir=tmp_path)
    workbook = load_workbook(out, data_only=True)
    assert workbook[n.CHECKS]["C5"].value == n.FAIL
    assert workbook[n.START]["P2"].value == "FAIL: 1 CHECK"


def test_names_that_look_like_formulas_stay_text(tmp_path: Path) -> None:
    path = tmp_path / "odd.xlsx"
    inputs = sample_inputs(60, ODD)
    run_sample(path, inputs)
    workbook = load_workbook(path)
    assert [cell.value for cell in workbook[n.DATA][7][3 : 3 + len(ODD)]] == list(ODD)
    found = formulas(workbook)
    assert not [place for place, text in found if text in ODD or text.startswith(("=cmd", "=+", "=@"))]
    assert all(status == n.PASS for status in ties(path, len(ODD)))


def test_every_chart_is_described_titled_by_a_cell_and_under_its_finding(book: Path) -> None:
    drawings, charts = parts(book, r"xl/drawings/drawing\d+\.xml"), parts(book, r"xl/charts/chart\d+\.xml")
    shown = [alt for xml in drawings.values() for alt in re.findall(r'<xdr:cNvPr [^>]*descr="([^"]+)"', xml)]
    assert len(shown) == len(charts) == 15 + len(CHANNELS)
    assert len(set(shown)) == len(shown)
    for xml in charts.values():
        assert re.search(r"<c:title><c:tx><c:strRef><c:f>ChartData!", xml)
    sentences = [text for _, text in formulas(load_workbook(book)) if re.fullmatch(r"=ChartData!\$C\$\d+", text)]
    assert len(sentences) == len(charts)


def test_no_category_of_a_chart_is_blank(book: Path) -> None:
    values = load_workbook(book, data_only=True)[n.CHART_DATA]
    for xml in parts(book, r"xl/charts/chart\d+\.xml").values():
        for ref in re.findall(r"<c:cat><c:(?:str|num)Ref><c:f>ChartData!([^<]+)</c:f>", xml):
            left, top, right, bottom = range_boundaries(ref.replace("$", ""))
            assert all(
                values.cell(r, c).value is not None for r in range(top, bottom + 1) for c in range(left, right + 1)
            )


def test_each_input_rule_speaks_before_and_after(book: Path) -> None:
    workbook = load_workbook(book)
    rules = [rule for sheet in workbook.worksheets for rule in sheet.data_validations.dataValidation]
    assert len(rules) > 35
    for rule in rules:
        assert rule.prompt
        assert rule.type in (None, "none") or rule.error


def test_workings_are_locked_inputs_are_open_nothing_is_merged(book: Path) -> None:
    workbook = load_workbook(book)
    with_inputs = {n.DATA, n.ASSUMPTIONS, n.EXPERIMENTS, n.SCENARIOS, n.OPTIMIZER, n.PLAN, n.LOG}
    for sheet in workbook.worksheets:
        assert sheet.protection.sheet == (sheet.title not in with_inputs)
        assert not sheet.merged_cells.ranges
        assert sheet.sheet_view.showGridLines is False
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.paperSize == 9
        assert sheet.freeze_panes
        assert sheet.print_title_rows
        assert sheet.sheet_properties.tabColor is not None


def test_input_calculation_and_output_are_named_cell_styles(book: Path) -> None:
    workbook = load_workbook(book)
    assert set(st.FAMILIES) <= set(workbook.named_styles)
    assert workbook[n.ASSUMPTIONS]["C7"].style == "MMM Input"
    assert workbook[n.ROI]["C7"].style == "MMM Calculation"
    assert workbook[n.ROI]["E7"].style == "MMM Output"


def test_no_text_is_cut_off(book: Path) -> None:
    workbook = load_workbook(book, data_only=True)
    cut = []
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if not isinstance(cell.value, str) or cell.alignment.wrap_text or len(cell.value) > 500:
                    continue
                need = st.text_width(cell.value, cell.font.sz, bold=bool(cell.font.b)) * 0.92
                room, step = 0.0, -1 if cell.alignment.horizontal == "right" else 1
                col = cell.column
                while col >= 1 and (col == cell.column or sheet.cell(cell.row, col).value is None) and room < need:
                    room += sheet.column_dimensions[get_column_letter(col)].width or 8.43
                    col += step
                if room < need and not cell.number_format.endswith('never edit"'):
                    cut.append((sheet.title, cell.coordinate, cell.value, round(need), round(room)))
    assert cut == []


def test_large_money_is_shown_in_full(tmp_path: Path, soffice: Office, pdftotext: Callable[[Path], str]) -> None:
    inputs = sample_inputs(60)
    columns = {
        name: [value * 1e3 if isinstance(value, float) else value for value in values]
        for name, values in inputs.columns.items()
    }
    unscaled = tuple({header: v for header, v in row.items() if header != n.H_TYPICAL_WEEK} for row in inputs.channels)
    large = type(inputs)(
        columns, inputs.settings, unscaled, inputs.parameters, inputs.controls, (), inputs.scenarios,
        inputs.constraints,
    )  # fmt: skip
    path = tmp_path / "large.xlsx"
    run_sample(path, large)
    text = pdftotext(soffice.to_pdf(path, tmp_path))
    for mark in ("###", "#NAME?", "#REF!", "#VALUE!", "Err:"):
        assert mark not in text


def test_the_file_is_sound(book: Path, blank: Path, validate_ooxml: Callable[[Path], list[str]]) -> None:
    assert validate_ooxml(book) == []
    assert validate_ooxml(blank) == []


def test_no_number_format_can_lose_a_minus_sign(book: Path) -> None:
    workbook = load_workbook(book)
    may_be_negative = set()
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            may_be_negative |= {cell.number_format for cell in row if not isinstance(cell.value, str)}
    conditional = {text for text in may_be_negative if "[" in text}
    never_below_zero = {"[<0.1]0.0000;#,##0.00", "[>=100]#,##0;[<0.1]0.0000;0.00"}  # cost per unit; beliefs
    assert conditional == never_below_zero


@pytest.mark.parametrize("header", ["rev [EUR] #1's", "@total", "Umsatz, netto", "=kpi"])
def test_a_kpi_header_with_signs_still_ties(tmp_path: Path, header: str) -> None:
    inputs = sample_inputs(60)
    columns = {header if name == "revenue" else name: values for name, values in inputs.columns.items()}
    odd = dataclasses.replace(inputs, columns=columns, settings={**inputs.settings, n.SET_KPI: header})
    path = tmp_path / "odd.xlsx"
    run_sample(path, odd)
    sheet = load_workbook(path, data_only=True)[n.CHECKS]
    assert (sheet["D13"].value, sheet["C13"].value) == (pytest.approx(0.0, abs=1e-6), n.PASS)


def test_two_names_point_at_the_verdict_and_the_model(book: Path) -> None:
    names = load_workbook(book).defined_names
    assert {name: item.attr_text for name, item in names.items()} == {
        n.NAME_ALL_CHECKS: "Checks!$C$5",
        n.NAME_MODEL: "Model!$D$8:$D$71",
    }


def test_a_row_typed_below_the_data_fails_its_tie_out(tmp_path: Path, book: Path) -> None:
    out = tmp_path / "below.xlsx"
    header = 7
    write_cells(book, {n.DATA: {f"C{header + 80 + 1}": 5.0}}, out=out, backup_dir=tmp_path)
    sheet = load_workbook(out, data_only=True)[n.CHECKS]
    assert (sheet["B12"].value, sheet["C12"].value) == ("Data: nothing below the table", n.FAIL)
