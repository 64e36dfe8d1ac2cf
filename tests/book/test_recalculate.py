"""Native formulas: hand-computed values, Excel's rules, dependency order, and LibreOffice's opinion."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.book.calculated import calculated
from xl_mmm.book.recalculate import ALLOWED_FUNCTIONS, Formula, Grid, Table, recalculate
from xl_mmm.rules import CellErrorValue

#        A: week  B: channel   C: spend  D: note
ROWS = [(1.0, "tv", 100.0, "x"), (2.0, "TV", 50.5, None), (3.0, "search", -20.0, "12"), (4.0, "ooh", None, True)]
HEADERS = ("week", "channel", "spend", "my note [a]")

# formula on sheet Out, expected value; "!" marks an error value
FORMULAS: list[tuple[str, object]] = [
    ("1+2*3^2", 19.0),
    ("-2^2", 4.0),
    ("2^-1", 0.5),
    ("(1+2)*3%", 0.09),
    ("10-4-3", 3.0),
    ("2^3^2", 64.0),
    ("1/0", "!#DIV/0!"),
    ('"a"&1.5&TRUE&Data!D3', "a1.5TRUE"),
    ("0.1+0.2=0.3", True),
    ("ABS(0.1+0.2-0.3)", 0.0),  # a tie-out reads 0, not 5.6E-17
    ("1+1E-13-1=0", False),
    ('"TV"="tv"', True),
    ('Data!D3=""', True),
    ("Data!D3=0", True),
    ('"a">5', True),
    ("TRUE>9", True),
    ("1<>2", True),
    ('"3"*2', 6.0),
    ('"x"*2', "!#VALUE!"),
    ("Data!D3+1", 1.0),
    ("Data!D3", 0.0),
    ("SUM(Data!C2:C5)", 130.5),
    ("SUM(Data!A2:D5)", 140.5),
    ('SUM("3",TRUE,Data!D4)', 4.0),
    ("SUM(tblX[spend])", 130.5),
    ("SUM(tblX[[#All],[spend]])", 130.5),
    ("SUM(tblX[[#Data],[week]:[spend]])", 140.5),
    ("SUM(tblX)", 140.5),
    ("COUNTA(tblX[#All])", 18.0),
    ("COUNTA(tblX[[#Headers],[week]:[channel]])", 2.0),
    ("SUM(tblX[no such column])", "!#REF!"),
    ("COUNT(Data!A2:D5)", 7.0),
    ("COUNTA(tblX[my note '[a']])", 3.0),
    ("AVERAGE(tblX[spend])", 43.5),
    ("AVERAGE(Data!D2)", "!#DIV/0!"),
    ("MAX(tblX[spend],7)", 100.0),
    ("MIN(tblX[spend])", -20.0),
    ("MAX(Data!D2)", 0.0),
    ("ABS(-2.5)", 2.5),
    ("ROUND(2.675,2)", 2.68),
    ("ROUND(-2.5,0)", -3.0),
    ("ROUND(1234.5,-2)", 1200.0),
    ("ROUNDUP(2.1,0)", 3.0),
    ("FIXED(1234.565,2)", "1,234.57"),
    ("FIXED(-1234.5,0,TRUE)", "-1235"),
    ("FIXED(1234.5,-2)", "1,200"),
    ("ROUNDDOWN(-2.9,0)", -2.0),
    ("INT(-2.5)", -3.0),
    ("SQRT(-1)", "!#NUM!"),
    ('IF(SUM(Data!C2:C3)>150,"high","low")', "high"),
    ("IF(FALSE,1)", False),
    ("IF(0,1/0,5)", 5.0),
    ("IF(1/0,1,2)", "!#DIV/0!"),
    ("IFERROR(1/0,9)", 9.0),
    ("IFERROR(Data!C2,9)", 100.0),
    ('IFERROR(MATCH("radio",tblX[channel],0),"none")', "none"),
    ('MATCH("SEARCH",tblX[channel],0)', 3.0),
    ('MATCH("s*",tblX[channel],0)', 3.0),
    ("MATCH(2.5,tblX[week],1)", 2.0),
    ("MATCH(9,tblX[week],0)", "!#N/A"),
    ('INDEX(tblX[spend],MATCH("search",tblX[channel],0))', -20.0),
    ("INDEX(Data!A2:D5,2,3)", 50.5),
    ("SUM(INDEX(Data!A2:C5,0,3))", 130.5),
    ("INDEX(Data!A2:D2,2)", "tv"),
    ("INDEX(Data!A2:D5,9,1)", "!#REF!"),
    ("INDEX(tblX[spend],4)", 0.0),
    ('SUMIFS(tblX[spend],tblX[channel],"tv")', 150.5),
    ('SUMIFS(tblX[spend],tblX[channel],"t*",tblX[week],">1")', 50.5),
    ('SUMIFS(tblX[spend],tblX[spend],"<>50.5")', 80.0),
    ('SUMIFS(tblX[spend],tblX[week],">="&2,tblX[week],"<="&3)', 30.5),
    ('SUMIF(Data!B2:B5,"tv",Data!C2:C5)', 150.5),
    ('AVERAGEIFS(tblX[spend],tblX[channel],"radio")', "!#DIV/0!"),
    ('COUNTIF(tblX[channel],"TV")', 2.0),
    ("COUNTIF(tblX[spend],50.5)", 1.0),
    ('COUNTIF(tblX[spend],"<0")', 1.0),
    ('COUNTIF(tblX[spend],"<>")', 3.0),
    ('COUNTIF(tblX[spend],"=")', 1.0),
    ('COUNTIFS(tblX[channel],"tv",tblX[spend],">60")', 1.0),
    ("SUMPRODUCT(tblX[week],tblX[spend])", 141.0),
    ('SUMPRODUCT((tblX[channel]="tv")*tblX[spend])', 150.5),
    ('SUMPRODUCT((tblX[week]>=2)*(tblX[week]<=3))', 2.0),
    ("SUMPRODUCT(ABS(tblX[spend]))", 170.5),
    ("SUMPRODUCT(ABS(Data!C2:C4-Data!A2:A4))", 99.0 + 48.5 + 23.0),
    ("AND(Data!A2:A5)", True),
    ("AND(TRUE,0)", False),
    ("OR(FALSE,Data!C2>0)", True),
    ("NOT(1)", False),
    ("ISNUMBER(Data!C2)", True),
    ("ISNUMBER(Data!B2)", False),
    ("ISNUMBER(1/0)", False),
    ("ISBLANK(Data!C5)", True),
    ("ISERROR(NA())", True),
    ("IFNA(NA(),3)", 3.0),
    ("_xlfn.IFNA(1,3)", 1.0),  # as files spell it
    ("LARGE(tblX[spend],2)", 50.5),
    ("SMALL(tblX[spend],1)", -20.0),
    ("ROWS(tblX[spend])", 4.0),
    ("COLUMNS(tblX[])", 4.0),
    ("ADDRESS(7,28,4)", "AB7"),
    ("CHOOSE(2,1/0,7)", 7.0),
    ("ROW(tblX[#All])", 1.0),
    ("ROW(tblX[spend])", 2.0),
    ("COLUMN(tblX[spend])", 3.0),
    ("COLUMN(tblX[[#All],[channel]:[spend]])", 2.0),
    ("SUMPRODUCT(ROW(Data!A2:A5))", 14.0),
    ("SUMPRODUCT(COLUMN(Data!A2:D5)*1)", 10.0),
    ('ADDRESS(ROW(tblX[#All])+MATCH("search",tblX[channel],0),COLUMN(tblX[spend]),4)', "C4"),
    ("ROWS(tblX[#All])", 5.0),
    ('SUMPRODUCT((tblX[spend]>50.5)*1)+1', 2.0),  # the rank of 50.5
    ("SIGN(-2.5)", -1.0),
    ("SIGN(Data!C5)", 0.0),
    ('LEFT("search",3)', "sea"),
    ('LEFT("search")', "s"),
    ('LEFT("search",99)', "search"),
    ('LEFT("search",-1)', "!#VALUE!"),
    ('RIGHT("search",2)', "ch"),
    ('RIGHT("search",0)', ""),
    ("RIGHT(12.5,2)", ".5"),
    ('MID("search",3,2)', "ar"),
    ('MID("search",7,2)', ""),
    ('MID("search",0,2)', "!#VALUE!"),
    ('LEN("search")', 6.0),
    ("LEN(Data!D3)", 0.0),
    ('EXACT("TV","tv")', False),
    ("EXACT(Data!B3,Data!B3)", True),
    ("LEFT(NA(),1)", "!#N/A"),
    ("SUMPRODUCT(LEN(tblX[channel]))", 13.0),
    ("SUM(Data!C:C)", 130.5),
    ("1E+308*10", "!#NUM!"),
    ("SUM(1E+308,1E+308)", "!#NUM!"),
    ("SUMPRODUCT(1E+200*tblX[week],1E+200*tblX[week])", "!#NUM!"),
    ("ROUND(1E+300,250)", 1e300),
    ("2^5000", "!#NUM!"),
    ("0^0", "!#NUM!"),
    ("A2*2", 8.0),  # the second formula's value is 4
    ('COUNTIF(A1:A2,">0")+SUM(A2)', 6.0),
    ("0.00001&\"\"", "0.00001"),
    ("12345678901234567890&\"\"", "12345678901234600000"),
]

# where LibreOffice departs from Excel's documented rules, and what it says instead
LIBREOFFICE_DIFFERS: dict[str, object] = {
    '"a"&1.5&TRUE&Data!D3': "a1.51",  # truth values are numbers there
    "TRUE>9": False,
    "SUM(Data!A2:D5)": 141.5,
    "SUM(tblX)": 141.5,
    "COUNT(Data!A2:D5)": 8,
    'SUM("3",TRUE,Data!D4)': "#VALUE!",  # text is not converted inside SUM
    "SUM(tblX[no such column])": "#NAME?",  # Excel rewrites the reference to #REF! when the column goes
    "0^0": 1,
    "SQRT(-1)": "#VALUE!",  # its own error 502 is saved so
    '12345678901234567890&""': "1.23456789012346E+019",
}


def grid(formulas: list[str], extra: dict[Any, object] | None = None) -> Grid:
    data: dict[tuple[int, int], object] = {(1, j): header for j, header in enumerate(HEADERS, start=1)}
    for i, row in enumerate(ROWS, start=2):
        data |= {(i, j): value for j, value in enumerate(row, start=1) if value is not None}
    out: dict[tuple[int, int], object] = {(i, 1): Formula(text) for i, text in enumerate(formulas, start=1)}
    return Grid({"Data": data, "Out": out | (extra or {})}, [Table("tblX", "Data", (1, 1, 5, 4), HEADERS)])


def shown(value: object) -> object:
    return f"!{value.code}" if isinstance(value, CellErrorValue) else value


RESULTS = recalculate(grid([text for text, _ in FORMULAS]))


@pytest.mark.parametrize(("row", "text", "expected"), [(i, *f) for i, f in enumerate(FORMULAS, start=1)])
def test_a_formula_has_the_value_worked_out_by_hand(row: int, text: str, expected: object) -> None:
    value = shown(RESULTS.values["Out"][row, 1])
    assert type(value) is type(expected), text
    assert value == (pytest.approx(expected, rel=1e-15) if isinstance(expected, float) else expected), text


def test_every_allowed_function_is_tried_above_or_is_a_twin() -> None:
    tried = set(re.findall(r"([A-Z]+)\(", " ".join(text for text, _ in FORMULAS)))
    assert ALLOWED_FUNCTIONS - tried == {"HYPERLINK", "ISNA", "ISTEXT"}
    values = recalculate(grid(['HYPERLINK("#A1","go")', "ISNA(NA())", "ISTEXT(Data!B2)"])).values["Out"]
    assert list(values.values()) == ["go", True, True]


def test_one_range_in_a_scalar_place_gives_the_cell_of_the_same_row() -> None:
    values = recalculate(grid(["Data!C1:C9", "Data!C1:C9*2", "Data!C7:C9"])).values["Out"]
    assert [shown(value) for value in values.values()] == ["spend", 200.0, "!#VALUE!"]


def test_this_row_of_a_table() -> None:
    cells = {place: value for place, value in grid([]).cells["Data"].items() if place != (3, 4)}
    book = Grid({"Data": {**cells, (3, 4): Formula("tblX[[#This Row],[spend]]*2")}}, grid([]).tables)
    assert recalculate(book).values == {"Data": {(3, 4): 101.0}}


def test_an_array_formula_works_through_ranges() -> None:
    book = grid([], {(1, 1): Formula("SUM(Data!A2:A4*Data!C2:C4)", area=(1, 1, 1, 1))})
    assert recalculate(book).values == {"Out": {(1, 1): 141.0}}


def test_formulas_are_evaluated_in_the_order_of_their_dependencies() -> None:
    book = grid(["A2+1", "SUM(A3:A4)", "A4*2", "5", "Total"], {(9, 9): 1.0})
    book = Grid(book.cells, book.tables, {"Total": "Out!$A$1"})
    assert recalculate(book).values["Out"] == {(1, 1): 16.0, (2, 1): 15.0, (3, 1): 10.0, (4, 1): 5.0, (5, 1): 16.0}


def test_only_formulas_behind_a_changed_cell_are_evaluated() -> None:
    cells = {(1, 1): 2.0, (2, 1): 3.0, (1, 2): Formula("A1*2", 99.0), (2, 2): Formula("A2*2", 99.0)}
    chained = {**cells, (1, 3): Formula("B1+1", 0.0), (2, 3): Formula("B2+1", 0.0), (3, 3): Formula("1+1")}
    found = recalculate(Grid({"S": chained}), {("S", 1, 1)})
    assert found.values == {"S": {(1, 2): 4.0, (1, 3): 5.0, (3, 3): 2.0}}


@pytest.mark.parametrize(
    "text",
    ["XLOOKUP(1,A1:A2,A1:A2)", "MMM_NONE(A1)", "[1]S!A1+A1", "_xlfn.ANCHORARRAY(A1)", "{1,2}*A1", "A1:INDEX(A1:A9,2)",
     "A1 A2", "_xlfn.SINGLE(A1:A3)", "NoSuchName+A1", "ABS(A1,2)", "IF(A1)", "INDEX(A1)"],
)  # fmt: skip
def test_a_formula_outside_the_list_keeps_its_value_and_is_reported(text: str) -> None:
    book = Grid({"S": {(1, 1): 2.0, (1, 2): Formula(text, 42.0), (1, 3): Formula("B1+1", 0.0)}})
    found = recalculate(book)
    assert found.values == {"S": {(1, 3): 43.0}}
    assert found.left_alone == (("S", 1, 2),)
    assert recalculate(book, {("S", 1, 1)}).left_alone == (("S", 1, 2),)


def test_a_circle_is_reported_and_left_alone() -> None:
    book = Grid({"S": {(1, 1): Formula("B1+1", 7.0), (1, 2): Formula("A1+1", 8.0), (1, 3): Formula("A1*2", 0.0)}})
    found = recalculate(book)
    assert found.left_alone == (("S", 1, 1), ("S", 1, 2))
    assert found.values == {"S": {(1, 3): 14.0}}


def test_five_thousand_formulas_over_ranges_agree_with_plain_sums() -> None:
    data: dict[tuple[int, int], object] = {(row, 1): float(row % 17) for row in range(1, 301)}
    data |= {(row, 2): "ab"[row % 2] for row in range(1, 301)}
    kinds = ["SUM(Data!A{i}:A300)", 'SUMIFS(Data!A1:A300,Data!B1:B300,"b")+{i}', "A{j}+{i}"]
    out: dict[tuple[int, int], object] = {
        (i, 1): Formula(kinds[i % 3].format(i=1 + i % 290, j=max(i - 1, 1))) for i in range(1, 5001)
    }
    values = recalculate(Grid({"Data": data, "Out": out})).values["Out"]
    assert len(values) == 5000
    for i in (3, 300, 4998):
        first = 1 + i % 290
        assert values[i, 1] == sum(row % 17 for row in range(first, 301))
        assert values[i + 2, 1] == values[i + 1, 1] + 1 + (i + 2) % 290
    assert values[4, 1] == sum(row % 17 for row in range(1, 301, 2)) + 5


def test_libreoffice_agrees(soffice: Any, tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(book) as workbook:
        data, out = workbook.add_worksheet("Data"), workbook.add_worksheet("Out")
        for i, row in enumerate([HEADERS, *ROWS]):
            for j, value in enumerate(row):
                if value is not None:
                    data.write(i, j, value) if not isinstance(value, str) else data.write_string(i, j, value)
        data.add_table(0, 0, 4, 3, {"name": "tblX", "columns": [{"header": header} for header in HEADERS]})
        for i, (text, _) in enumerate(FORMULAS):
            out.write_formula(i, 0, f"={text}".replace("=IFNA(", "=_xlfn.IFNA("))
    office = calculated(soffice, book, [2], tmp_path)["Out"]
    differences = {}
    for i, (text, _) in enumerate(FORMULAS, start=1):
        ours, theirs = shown(RESULTS.values["Out"][i, 1]), office.cell(i, 1).value
        if isinstance(ours, str) and ours.startswith("!"):
            ours = ours[1:]
        theirs = "" if theirs is None else theirs  # openpyxl reads empty text as nothing
        same = theirs == pytest.approx(ours, rel=1e-9, abs=1e-12) if isinstance(ours, float) else theirs == ours
        if not same:
            differences[text] = theirs
    assert differences == LIBREOFFICE_DIFFERS
