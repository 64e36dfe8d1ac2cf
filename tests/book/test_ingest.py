"""Tables from CSV, Parquet and foreign workbooks: what is detected, reported and refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter

from xl_mmm.book.ingest import read_table
from xl_mmm.errors import CellError

DAYS = [date(2024, 1, 8), date(2024, 1, 15), date(2024, 1, 22)]


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "table.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


@pytest.mark.parametrize(("delimiter", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings(write: Write, delimiter: str, word: str, encoding: str) -> None:
    rows = [("week", "dépense", "n"), ("2024-01-08", "1.5", "a"), ("2024-01-15", "2", "b")]
    table = read_table(write("\r\n".join(delimiter.join(row) for row in rows), encoding))
    assert table.columns == {"week": DAYS[:2], "dépense": [1.5, 2.0], "n": ["a", "b"]}
    assert f"Delimiter: {word}." in table.report
    assert any("byte order mark" in line or "UTF-16" in line for line in table.report) == (encoding != "utf-8")


def test_windows_code_page_is_reported(write: Write) -> None:
    table = read_table(write("week,dépense €\n2024-01-08,1\n", "cp1252"))
    assert list(table.columns) == ["week", "dépense €"]
    assert any("Windows-1252" in line for line in table.report)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.5", "2", "1e3"], [1.5, 2.0, 1000.0]),
        (["1,5", "2", "-3,25"], [1.5, 2.0, -3.25]),
        (["1,234.5", "7"], [1234.5, 7.0]),
        (["1.234,5", "7"], [1234.5, 7.0]),
        (["1,234,567", "8"], [1234567.0, 8.0]),
        (["1.234.567", "8"], [1234567.0, 8.0]),
        (["1 234", "1 234,5"], [1234.0, 1234.5]),
        (["1\u202f234", "5"], [1234.0, 5.0]),
        (["1'234.5", "5"], [1234.5, 5.0]),
        (["1,234", "0.5"], [1234.0, 0.5]),
        (["1,234", "0,5"], [1.234, 0.5]),
        (["0.123", "0.5"], [0.123, 0.5]),
        (["0.123", "1234.567"], [0.123, 1234.567]),
        (["007", "12"], [7.0, 12.0]),
    ],
)
def test_numbers_in_every_notation(write: Write, texts: list[str], expected: list[float]) -> None:
    lines = [f'2024-01-{8 + 7 * i:02};"{text}"' for i, text in enumerate(texts)]
    table = read_table(write("\n".join(["week;x", *lines])))
    assert table.columns["x"] == expected


def test_thousands_or_decimals_is_not_guessed(write: Write) -> None:
    with pytest.raises(CellError, match=r"Column 'x': '1,234' can mean 1234 or 1\.234, .*Write the numbers"):
        read_table(write("week;x\n2024-01-08;1,234\n2024-01-15;12,345\n"))
    with pytest.raises(CellError, match=r"Column 'x': '1\.234' can mean 1\.234 or 1234"):
        read_table(write("week;x\n2024-01-08;1.234\n2024-01-15;12\n"))


def test_another_column_may_prove_the_separator(write: Write) -> None:
    table = read_table(write("week;x;y\n2024-01-08;1,234;0,5\n2024-01-15;12,345;1,25\n"))
    assert table.columns["x"] == [1.234, 12.345]
    assert any("Column 'x'" in line and "prove" in line for line in table.report)


def test_columns_that_contradict_prove_nothing(write: Write) -> None:
    with pytest.raises(CellError, match="Column 'x'"):
        read_table(write("week;x;y;z\n2024-01-08;1,234;0,5;0.5\n"))


def test_decimal_point_and_comma_in_one_column(write: Write) -> None:
    with pytest.raises(CellError, match=r"Column 'x' mixes decimal points and commas \('1\.5' and '2,5'\)"):
        read_table(write("week;x\n2024-01-08;1.5\n2024-01-15;2,5\n"))


def test_stray_text_stays_as_typed_and_is_reported(write: Write) -> None:
    table = read_table(write("week,x\n2024-01-08,1.5\n2024-01-15,n/a\n2024-01-22,\n"))
    assert table.columns["x"] == [1.5, "n/a", None]
    assert any("1 of 2 values" in line and "'n/a' in data row 2" in line for line in table.report)


@pytest.mark.parametrize(
    "texts",
    [
        ["2024-01-08", "2024-01-15", "2024-01-22"],
        ["2024/1/8", "2024/1/15", "2024/1/22"],
        ["2024-01-08T00:00:00", "2024-01-15 00:00", "2024-01-22"],
        ["08.01.2024", "15.01.2024", "22.01.2024"],
        ["8/1/2024", "15/1/2024", "22/1/2024"],
        ["01/08/2024", "01/15/2024", "01/22/2024"],
        ["8 Jan 2024", "15 January 2024", "22-Jan-2024"],
        ["Jan 8, 2024", "Jan 15, 2024", "January 22, 2024"],
    ],
)
def test_dates_in_every_notation(write: Write, texts: list[str]) -> None:
    table = read_table(write("\n".join(["week;x", *(f"{text};1" for text in texts)])))
    assert table.columns["week"] == DAYS
    assert any("Column 'week': dates" in line for line in table.report)


def test_ambiguous_order_is_refused(write: Write) -> None:
    with pytest.raises(CellError, match=r"Column 'day': '01/02/2024' can be 2024-02-01 or 2024-01-02"):
        read_table(write("day,x\n01/02/2024,1\n02/02/2024,1\n03/02/2024,1\n"))


def test_weekly_steps_decide(write: Write) -> None:
    table = read_table(write("week,x\n02/01/2024,1\n09/01/2024,1\n16/01/2024,1\n"))
    assert table.columns["week"] == [date(2024, 1, 2), date(2024, 1, 9), date(2024, 1, 16)]


def test_mixed_orders_are_refused(write: Write) -> None:
    with pytest.raises(CellError, match=r"mixes dates .*'13/01/2024'.*'01/20/2024'"):
        read_table(write("week,x\n13/01/2024,1\n01/20/2024,1\n"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("hello world", "holds no table"),
        ("week,x\n", "has headers but no rows"),
        ("week,x\n2024-01-08,1,5\n2024-01-15,2,5\n", r"line 2 has 3 fields and the header line has 2"),
        ("Report\nweek,x\n2024-01-08,1\n", "holds no table"),
        ("week,x,X\n2024-01-08,1,2\n", r"'X' stands in column 2 and in column 3"),
        ("week,,x\n2024-01-08,1,2\n", "column 2 has values but no header"),
        ("2024-01-08,1\n2024-01-15,2\n", "first row holds figures"),
        ("a;b,c\n1;2,3\n", "can be divided by comma or by semicolon"),
        ('week,x\n2024-01-08,"1\n', "never closed"),
        (b"week,x\n\x00\x01,2\n", "neither text, Parquet nor a workbook"),
        (b"week,x\n2024-01-08,\x81\n", "unknown encoding"),
        (b"\xff\xfew\x00e", "cut short"),
        (f"week,{'x' * 300}\n2024-01-08,1\n", "too long"),
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1 but not really", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), r"\.xls"),
    ],
)
def test_unusable_files_are_refused_with_the_place(write: Write, content: str | bytes, says: str) -> None:
    with pytest.raises(CellError, match=says):
        read_table(write(content))


def test_blank_lines_spaces_and_stated_delimiter_are_reported(write: Write) -> None:
    table = read_table(write("sep=;\nweek; tv  spend ;\n2024-01-08;1,5;\n\n\n"))
    assert table.columns == {"week": [DAYS[0]], "tv spend": [1.5]}
    report = "\n".join(table.report)
    for words in ("states the delimiter", "without extra white space", "empty column", "blank line"):
        assert words in report


def test_formula_like_headers_and_cells_stay_text(write: Write) -> None:
    table = read_table(write("week,=cmd|' /C calc'!A0,note\n2024-01-08,1,=1+1\n"))
    assert list(table.columns)[1] == "=cmd|' /C calc'!A0"
    assert table.columns["note"] == ["=1+1"]
    assert any("begins like a formula" in line for line in table.report)


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    frame = pd.DataFrame({"week": pd.to_datetime(DAYS), "tv": [1.5, np.nan, 3.0], "n": [1, 2, 3], "who": list("abc")})
    frame.to_parquet(path)
    table = read_table(path)
    assert table.columns == {
        "week": DAYS, "tv": [1.5, None, 3.0], "n": [1.0, 2.0, 3.0], "who": ["a", "b", "c"],
    }  # fmt: skip


def test_parquet_with_lists_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pd.DataFrame({"week": pd.to_datetime(DAYS), "tv": [[1], [2], [3]]}).to_parquet(path)
    with pytest.raises(CellError, match="column 'tv' holds list"):
        read_table(path)


def _book(path: Path, bad: object = None) -> Path:
    book = xlsxwriter.Workbook(path)
    book.calc_on_load = False
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    book.add_worksheet("Cover").hide()
    sheet = book.add_worksheet("Spend")
    sheet.activate()
    sheet.set_first_sheet()
    other = book.add_worksheet("Other")
    other.write_row(0, 0, ["week", "radio"])
    other.write_row(1, 0, ["2024-01-08", 5.0])
    sheet.write_row(2, 1, ["week", "tv"])
    for i, each in enumerate(DAYS):
        sheet.write_datetime(3 + i, 1, datetime(each.year, each.month, each.day), day)
        sheet.write_number(3 + i, 2, float(i))
    if bad is not None:
        sheet.write_formula(4, 2, "=1/0", None, bad)
    book.close()
    return path


def test_first_visible_sheet_or_a_named_one(tmp_path: Path) -> None:
    path = _book(tmp_path / "any.xlsx")
    assert read_table(path).columns == {"week": DAYS, "tv": [0.0, 1.0, 2.0]}
    assert read_table(path).report[0] == "Sheet 'Spend', B3:C6, of any.xlsx."
    assert read_table(path, sheet="Other").columns == {"week": [DAYS[0]], "radio": [5.0]}
    with pytest.raises(CellError, match=r"no sheet 'Spent'; it has Cover, Spend, Other"):
        read_table(path, sheet="Spent")


@pytest.mark.parametrize(("stored", "says"), [("#DIV/0!", "Spend!C5: #DIV/0!"), ("", "Spend!C5: the formula =1/0")])
def test_cells_without_a_figure_are_named(tmp_path: Path, stored: str, says: str) -> None:
    with pytest.raises(CellError, match=says):
        read_table(_book(tmp_path / "any.xlsx", stored))
