"""A table from a file that is no workbook of ours: CSV, Parquet, or a sheet of any `.xlsx`.

Encoding, delimiter, decimal separator, thousands separators and order of dates are detected and reported, one
sentence each; what is ambiguous is refused, naming the column. Text stays text: a header such as `=cmd` is a name.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.column_kinds import file_convention, read_column
from xl_mmm.book.contents import open_book
from xl_mmm.book.gate import MAX_CELLS, pass_gate, read_bytes
from xl_mmm.book.sheet_cells import Uncached, read_sheet
from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue, is_blank, shown
from xl_mmm.tables.cell_values import LAST_ROW, area_name, place_name

if TYPE_CHECKING:
    from collections.abc import Sequence

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
LONGEST_HEADER = 255  # characters that Excel allows in a table header
_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class Ingested:
    """A table as read.

    Attributes
    ----------
    columns
        Header -> values: None, float, bool, date, datetime or text.
    report
        What was detected, one sentence each.
    """

    columns: dict[str, list[object]]
    report: list[str]


def read_table(path: str | Path, *, sheet: str | None = None) -> Ingested:
    """Read a table from a CSV, Parquet or Excel file.

    Parameters
    ----------
    path
        The file; its kind is recognized by its content.
    sheet
        Sheet of an Excel file; the first visible one when None.

    Raises
    ------
    CellError
        When the file is of no such kind, damaged, or ambiguous; naming line, column and remedy.
    """
    path = Path(path)
    content = read_bytes(path)
    if content.startswith(b"PAR1"):
        headers, columns, report = _parquet(path, content)
    elif content.startswith((b"PK", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")):
        headers, columns, report = _sheet(path, sheet)
    else:
        headers, columns, report = _csv(path, content)
    headers = _checked_headers(path, headers, columns, report)
    if sum(len(column) for column in columns) > MAX_CELLS or any(len(column) >= LAST_ROW for column in columns):
        raise CellError(
            f"{path.name} has {max(map(len, columns)):,} rows; a sheet holds {LAST_ROW - 1:,} below its headers and a "
            f"workbook of ours {MAX_CELLS:,} cells. Sum the rows up to days or weeks first."
        )
    convention = file_convention(columns)
    if convention is not None:
        report.append(f"Decimal {convention}.")
    read = {}
    for header, values in zip(headers, columns, strict=True):
        column = read_column(header, values, convention)
        read[header] = column.values
        report.extend(column.remarks)
    return Ingested(read, report)


def _checked_headers(path: Path, headers: Sequence[str], columns: list[list[object]], report: list[str]) -> list[str]:
    """Return usable headers; columns without header and values are taken out of `columns` and reported."""
    empty = [i for i, header in enumerate(headers) if not header.strip() and all(is_blank(v) for v in columns[i])]
    if empty:
        report.append(f"{len(empty)} empty column(s) without a header were left out.")
    for i in reversed(empty):
        del columns[i]
    kept = [header for i, header in enumerate(headers) if i not in empty]
    tidy = [" ".join(header.split()) for header in kept]
    for place, (header, clean) in enumerate(zip(kept, tidy, strict=True), start=1):
        if not clean:
            raise CellError(f"{path.name}: column {place} has values but no header. Give it a header, or delete it.")
        if clean != header:
            report.append(f"The header {header!r} was read as {clean!r}, without extra white space.")
        if len(clean) > LONGEST_HEADER or not clean.isprintable():
            raise CellError(
                f"{path.name}: the header of column {place} ({shown(clean)}) is too long or holds unprintable "
                "characters. Shorten it."
            )
        if clean.startswith(_FORMULA_STARTS):
            report.append(f"The header {clean!r} begins like a formula; it stays text.")
    first: dict[str, int] = {}
    for place, clean in enumerate(tidy, start=1):
        if clean.casefold() in first:
            raise CellError(
                f"{path.name}: the header {clean!r} stands in column {first[clean.casefold()]} and in column {place} "
                "(Excel tells no capitals apart). Give every column its own header."
            )
        first[clean.casefold()] = place
    if tidy and all(_is_figure(header) for header in tidy):
        raise CellError(
            f"{path.name}: the first row holds figures ({', '.join(tidy[:3])}), not headers. Add a row of headers."
        )
    if not columns or not columns[0]:
        raise CellError(f"{path.name} has headers but no rows. Add one row a period.")
    return tidy


def _is_figure(text: str) -> bool:
    bare = text.translate(dict.fromkeys(map(ord, " .,-/:+"), None))
    return bare.isdigit()


def _csv(path: Path, content: bytes) -> tuple[list[str], list[list[object]], list[str]]:
    text, report = _decoded(path, content)
    if "\x00" in text:
        raise CellError(f"{path.name} is neither text, Parquet nor a workbook. Export the table as CSV or .xlsx.")
    first, _, rest = text.partition("\n")
    offset = 1  # line of the header
    stated = first.strip().casefold()
    if stated.startswith("sep=") and len(stated) <= 5:  # Excel's own line; a tab is stripped away
        delimiter: str | None = first.strip("\r\n")[4:5]
        text, offset = rest, 2
        report.append("The first line states the delimiter and was taken out.")
    else:
        delimiter = None
    rows, delimiter = _split(path, text, delimiter, offset)
    report.append(f"Delimiter: {DELIMITERS.get(delimiter, delimiter)}.")
    blank_tail = 0
    while rows and not any(field.strip() for field in rows[-1]):
        rows.pop()
        blank_tail += 1
    if blank_tail:
        report.append(f"{blank_tail} blank line(s) at the end were left out.")
    headers, body = rows[0], rows[1:]
    columns: list[list[object]] = [
        [(row[place] if place < len(row) and row[place].strip() else None) for row in body]
        for place in range(len(headers))
    ]
    return headers, columns, report


def _decoded(path: Path, content: bytes) -> tuple[str, list[str]]:
    """Return the text and how it was encoded."""
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    )
    try:
        for mark, encoding, words in marks:
            if content.startswith(mark):
                return content.decode(encoding), [f"Encoding: {words}."]
    except UnicodeDecodeError as error:
        raise CellError(f"{path.name} is cut short or damaged ({error.reason}). Export it again.") from error
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        pass  # older programs write the Windows code page; that is tried next and reported
    try:
        return content.decode("cp1252"), ["Encoding: Windows-1252 (it is no valid UTF-8); check names with accents."]
    except UnicodeDecodeError as error:
        raise CellError(f"{path.name} has an unknown encoding. Save it as 'CSV UTF-8'.") from error


def _split(path: Path, text: str, stated: str | None, offset: int) -> tuple[list[list[str]], str]:
    """Split the text into rows by the one delimiter that fits every line."""
    tables: dict[str, list[list[str]]] = {}
    for delimiter in (stated,) if stated else DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        if rows and len(rows[0]) > 1:
            tables[delimiter] = rows
    if not tables:
        raise CellError(
            f"{path.name} holds no table: its first line {shown(text.partition(chr(10))[0].strip())} is not divided by "
            "comma, semicolon, tab or bar, or a quotation mark is never closed. Export it as CSV or .xlsx."
        )
    fitting = {delimiter: rows for delimiter, rows in tables.items() if all(_fits(row, rows[0]) for row in rows)}
    if len(fitting) == 1:
        delimiter, rows = next(iter(fitting.items()))
        return rows, delimiter
    if fitting:
        raise CellError(
            f"{path.name} can be divided by {' or by '.join(DELIMITERS[delimiter] for delimiter in fitting)}. "
            "Put quotation marks around fields that contain the other character."
        )
    delimiter, rows = max(tables.items(), key=lambda item: sum(_fits(row, item[1][0]) for row in item[1]))
    number, row = next((i, row) for i, row in enumerate(rows) if not _fits(row, rows[0]))
    raise CellError(
        f"{path.name}: with the delimiter {DELIMITERS.get(delimiter, delimiter)}, line {number + offset} has "
        f"{len(row)} fields and the header line has {len(rows[0])}. Remove lines above the headers and below the data, "
        "and put quotation marks around fields that contain the delimiter (a decimal comma, for example)."
    )


def _fits(row: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a line has the header's fields; a blank line does, and so does a line with a trailing delimiter."""
    return not row or len(row) == len(header) or (len(row) == len(header) + 1 and not row[-1].strip())


def _parquet(path: Path, content: bytes) -> tuple[list[str], list[list[object]], list[str]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(io.BytesIO(content))
        if source.metadata.num_rows * source.metadata.num_columns > MAX_CELLS:
            raise CellError(f"{path.name} holds more than {MAX_CELLS:,} values. Sum the rows up first.")
        table = source.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CellError(f"{path.name} is damaged: {str(error).splitlines()[0]}. Write it again.") from error
    report = ["Parquet file; its column types are kept."]
    headers, columns = [], []
    for header, column in zip(table.column_names, table.columns, strict=True):
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type) or pa.types.is_duration(column.type):
            raise CellError(f"{path.name}: column {header!r} holds {column.type}, no plain values. Leave it out.")
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            report.append(f"Column {header!r}: the days are those of its time zone, {column.type.tz}.")
        headers.append(header)
        columns.append([_plain(value) for value in column.to_pylist()])
    return headers, columns, report


def _plain(value: object) -> object:
    """Return a Parquet value as None, float, bool, date, datetime or text."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, datetime):
        bare = value.replace(tzinfo=None)
        return bare.date() if bare.time() == time(0) else bare
    if isinstance(value, date):
        return value
    number = float(str(value))
    return None if number != number else number  # NaN is how pandas writes a blank


def _sheet(path: Path, sheet: str | None) -> tuple[list[str], list[list[object]], list[str]]:
    """Read the filled block of a sheet, headers in its first row."""
    book = open_book(pass_gate(path))
    visible = [name for name in book.sheets if name not in book.hidden]
    if sheet is not None and sheet not in book.sheets:
        raise CellError(f"{path.name} has no sheet {sheet!r}; it has {', '.join(book.sheets)}.")
    if not visible and sheet is None:
        raise CellError(f"{path.name} has no visible sheet. Unhide the sheet with the table.")
    name = visible[0] if sheet is None else sheet
    cells = read_sheet(book, name)
    if not cells.values:
        raise CellError(f"{path.name}: the sheet {name!r} is empty. Name the sheet with the table, or fill it.")
    places = sorted((row, column) for row, values in cells.values.items() for column in values)
    top, bottom = places[0][0], places[-1][0]
    left, right = min(column for _, column in places), max(column for _, column in places)
    area = area_name((top, left, bottom, right))
    if (bottom - top + 1) * (right - left + 1) > MAX_CELLS:
        raise CellError(f"{path.name}: the sheet {name!r} is filled over {area}. Keep the table alone on its sheet.")
    wrong = [f"{name}!{area_name(merged)}: merged cells. Unmerge them." for merged in cells.merged]
    for row, column in places:
        value = cells.value(row, column)
        where = f"{name}!{place_name(row, column)}"
        if isinstance(value, Uncached):
            wrong.append(f"{where}: the formula {value} has no stored result. Save the file in Excel.")
        elif isinstance(value, CellErrorValue):
            wrong.append(f"{where}: {value} is an error value. Repair the formula.")
    if wrong:
        raise CellError(wrong)
    rows, across = range(top + 1, bottom + 1), range(left, right + 1)
    header_row = [cells.value(top, column) for column in across]
    headers = ["" if value is None else value if isinstance(value, str) else shown(value) for value in header_row]
    columns = [[cells.value(row, column) for row in rows] for column in across]
    return headers, columns, [f"Sheet {name!r}, {area}, of {path.name}."]
