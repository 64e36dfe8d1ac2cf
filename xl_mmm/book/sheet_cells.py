"""Cells and tables of a workbook as they stand in the file, nothing lost and nothing improved.

openpyxl's read-only mode drops what a fault must show: a formula without a cached value reads as blank, errors and
text read alike, tables and merged cells are not seen at all. So cells are taken from the XML here, after the gate has
refused document types; openpyxl lends its knowledge of number formats. Rows and columns count from 1, as in Excel.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from xl_mmm.book.gate import MAX_CELLS
from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from xl_mmm.book.gate import GatedFile

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
_EPOCH_1900 = datetime(1899, 12, 30)  # right from serial 61 on
_EPOCH_1904 = datetime(1904, 1, 1)
_LAST_SERIAL = 2_958_466  # the day after 9999-12-31
_BETWEEN = 1_462  # days between the two epochs
_LEAP_BUG = 61  # below this serial the 1900 system counts a 29 February that never was
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CELL_NAME = re.compile(r"\$?([A-Z]{1,3})\$?([1-9]\d{0,6})")


@dataclass(frozen=True, slots=True)
class Uncached:
    """A formula whose result is not stored in the file, so that nobody knows its value.

    Attributes
    ----------
    formula
        Its text.
    """

    formula: str

    def __str__(self) -> str:
        return f"={self.formula}"


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, both ends included."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Return whether the cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def meets(self, other: Area) -> bool:
        """Return whether the two share a cell."""
        rows = self.top <= other.bottom and other.top <= self.bottom
        return rows and self.left <= other.right and other.left <= self.right

    def __str__(self) -> str:
        return f"{address(self.top, self.left)}:{address(self.bottom, self.right)}"


@dataclass(frozen=True, slots=True)
class Table:
    """A declared table.

    Attributes
    ----------
    name, sheet
        As shown in Excel.
    area
        Header row, data rows and the total row.
    headers
        As the header cells' table declares them.
    has_total
        Whether the last row is a total row.
    has_header
        Whether the first row holds the headers.
    """

    name: str
    sheet: str
    area: Area
    headers: tuple[str, ...]
    has_total: bool
    has_header: bool


@dataclass(frozen=True, slots=True)
class SheetCells:
    """What a sheet holds.

    Attributes
    ----------
    values
        Row -> column -> value of the cells that are not blank.
    typed
        (row, column) -> text in the file, where the value alone does not show it (numbers beyond a float's range).
    merged
        Merged areas.
    formulas
        Cells whose value comes from a formula.
    """

    values: dict[int, dict[int, object]] = field(default_factory=dict)
    typed: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    formulas: set[tuple[int, int]] = field(default_factory=set)

    def value(self, row: int, column: int) -> object:
        """Return the value of a cell, None when it is blank."""
        return self.values.get(row, {}).get(column)


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook's table of contents.

    Attributes
    ----------
    package
        The gated file.
    sheets
        Sheet name -> part, in tab order.
    hidden
        Names of hidden sheets.
    tables
        All declared tables.
    date1904
        Whether dates count from 1904.
    calculated
        False when the file itself says that its formulas were never calculated (`fullCalcOnLoad`).
    shared
        Shared texts.
    date_styles
        For each cell style, whether its number format shows a date.
    """

    package: GatedFile
    sheets: dict[str, str]
    hidden: frozenset[str]
    tables: tuple[Table, ...]
    date1904: bool
    calculated: bool
    shared: tuple[str, ...]
    date_styles: tuple[bool, ...]


def address(row: int, column: int) -> str:
    """Return the A1 name of a cell."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def parse_address(text: str) -> tuple[int, int]:
    """Return (row, column) of an A1 name.

    Raises
    ------
    ValueError
        When the text names no cell of a sheet.
    """
    match = _CELL_NAME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    if column > LAST_COLUMN or int(match[2]) > LAST_ROW:
        raise ValueError(f"{text!r} lies outside the sheet")
    return int(match[2]), column


def parse_area(text: str) -> Area:
    """Return the rectangle `A1:D9`; one cell alone counts as a rectangle."""
    first, _, last = text.partition(":")
    top, left = parse_address(first)
    bottom, right = parse_address(last or first)
    return Area(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def open_book(package: GatedFile) -> Book:
    """Read a workbook's table of contents: sheets, tables, styles and shared texts.

    Raises
    ------
    CellError
        When a part is missing or damaged.
    """
    from xml.etree.ElementTree import ParseError

    try:
        return _open(package)
    except (ParseError, ValueError, KeyError, IndexError, TypeError) as error:
        raise CellError(f"{package.path.name} is damaged: {error}. {_MEND}") from error


_MEND = "Open it in Excel, let Excel repair it, and save it again."


def _open(package: GatedFile) -> Book:
    main = _main_part(package)
    root = _parse(package, main)
    targets = _relations(package, main)
    sheets: dict[str, str] = {}
    hidden: set[str] = set()
    for sheet in root.iterfind("{*}sheets/{*}sheet"):
        name, part = sheet.get("name", ""), targets[sheet.get(_RELATION, "")][1]
        if not package.has(part):
            raise ValueError(f"sheet '{name}' has no content")
        sheets[name] = part
        if sheet.get("state", "visible") != "visible":
            hidden.add(name)
    properties = root.find("{*}workbookPr")
    calculation = root.find("{*}calcPr")
    by_kind = dict(targets.values())
    return Book(
        package,
        sheets,
        frozenset(hidden),
        tuple(_tables(package, sheets)),
        properties is not None and _truth(properties.get("date1904")),
        calculation is None or not _truth(calculation.get("fullCalcOnLoad")),
        _shared_texts(package, by_kind["sharedStrings"]) if by_kind.get("sharedStrings") else (),
        _date_styles(package, by_kind["styles"]) if by_kind.get("styles") else (),
    )


def _truth(text: str | None) -> bool:
    return text in {"1", "true", "on"}


def _parse(package: GatedFile, part: str) -> Element:
    from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # published without types

    root: Element = fromstring(package.read(part), forbid_dtd=True)
    return root


def _main_part(package: GatedFile) -> str:
    for kind, part in _relations(package, "").values():
        if kind == "officeDocument":
            return part
    raise ValueError("its main part is not named")


def _relations(package: GatedFile, part: str) -> dict[str, tuple[str, str]]:
    """Return relation id -> (last word of its kind, target part) of a part's relations."""
    folder, name = posixpath.split(part)
    home = posixpath.join(folder, "_rels", f"{name}.rels")
    if not package.has(home):
        return {}
    found: dict[str, tuple[str, str]] = {}
    for relation in _parse(package, home):
        if relation.get("TargetMode") == "External":
            continue
        target = relation.get("Target", "")
        inside = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], inside)
    return found


def _tables(package: GatedFile, sheets: dict[str, str]) -> Iterator[Table]:
    for sheet, part in sheets.items():
        for kind, target in _relations(package, part).values():
            if kind != "table":
                continue
            root = _parse(package, target)
            yield Table(
                root.get("displayName", ""),
                sheet,
                parse_area(root.get("ref", "")),
                tuple(_unescaped(column.get("name", "")) for column in root.iterfind("{*}tableColumns/{*}tableColumn")),
                int(root.get("totalsRowCount", "0")) > 0,
                root.get("headerRowCount", "1") != "0",
            )


def _shared_texts(package: GatedFile, part: str) -> tuple[str, ...]:
    return tuple(_rich_text(item) for item in _stream(package, part, "si"))


def _stream(package: GatedFile, part: str, *names: str) -> Iterator[Element]:
    """Yield the elements `names` of a part as they end and free them, so that a large part stays small in memory."""
    import io

    from lxml import etree

    events = etree.iterparse(
        io.BytesIO(package.read(part)),
        tag=[f"{{*}}{name}" for name in names],
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        for _, element in events:
            yield element
            element.clear(keep_tail=False)
            parent = element.getparent()
            if parent is not None and len(parent) > 1 and element.tag.rpartition("}")[2] in {"row", "si"}:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise ValueError(f"its part '{part}' is not well-formed ({error.msg})") from error


def _rich_text(item: Element) -> str:
    """Join the runs of a text; phonetic hints are not part of it."""
    pieces: list[str] = []
    for child in item:
        name = _local(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces.extend(t.text or "" for t in child if _local(t) == "t")
    return _unescaped("".join(pieces))


def _local(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


def _date_styles(package: GatedFile, part: str) -> tuple[bool, ...]:
    from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

    root = _parse(package, part)
    formats: dict[int, str] = dict(BUILTIN_FORMATS)
    for custom in root.iterfind("{*}numFmts/{*}numFmt"):
        formats[int(custom.get("numFmtId", "0"))] = custom.get("formatCode", "")
    return tuple(
        bool(is_date_format(formats.get(int(style.get("numFmtId", "0")), "General")))
        for style in root.iterfind("{*}cellXfs/{*}xf")
    )


def read_sheet(book: Book, sheet: str, areas: list[Area] | None = None) -> SheetCells:
    """Read the cells of a sheet that are not blank.

    Parameters
    ----------
    book
        The workbook's table of contents.
    sheet
        Name of the sheet.
    areas
        Read only cells inside these; None reads all.

    Raises
    ------
    CellError
        When the sheet is damaged or holds too many cells.
    """
    cells = SheetCells()
    row = column = count = 0
    try:
        for element in _stream(book.package, book.sheets[sheet], "c", "row", "mergeCell"):
            name = _local(element)
            if name == "mergeCell":
                cells.merged.append(parse_area(element.get("ref", "")))
                continue
            if name == "row":
                row, column = int(element.get("r") or row + (0 if column else 1)), 0
                continue
            count += 1
            reference = element.get("r")
            if reference:
                row, column = parse_address(reference)
            else:
                row, column = (row + 1 if column == 0 else row), column + 1
            if count > MAX_CELLS:
                raise ValueError(f"sheet '{sheet}' holds more than {MAX_CELLS:,} cells")
            if areas is None or any(area.holds(row, column) for area in areas):
                _keep(book, cells, row, column, element)
    except (ValueError, IndexError, KeyError) as error:
        raise CellError(f"{book.package.path.name} is damaged on sheet '{sheet}': {error}. {_MEND}") from error
    return cells


def _keep(book: Book, cells: SheetCells, row: int, column: int, element: Element) -> None:
    """Store one cell unless it is blank."""
    text: str | None = None
    formula: str | None = None
    inline: str | None = None
    for child in element:
        name = _local(child)
        if name == "v":
            text = child.text or ""
        elif name == "f":
            formula = child.text or ""
        elif name == "is":
            inline = _rich_text(child)
    kind = element.get("t", "n")
    if formula is not None:
        cells.formulas.add((row, column))
        if text is None or (text == "" and kind != "str") or not book.calculated:
            cells.values.setdefault(row, {})[column] = Uncached(formula)
            return
    if inline is None and text is None:
        return
    value = inline if kind == "inlineStr" else _value(book, kind, text or "", int(element.get("s") or 0))
    if value is None or value == "":
        return
    cells.values.setdefault(row, {})[column] = value
    if isinstance(value, float) and not abs(value) < float("inf"):
        cells.typed[row, column] = text or ""


def _value(book: Book, kind: str, text: str, style: int) -> object:
    """Return a stored value as a Python object; numbers in a date format are days."""
    if kind == "s":
        return book.shared[int(text)]
    if kind in {"str", "inlineStr"}:
        return _unescaped(text)
    if kind == "e":
        return CellErrorValue(text)
    if kind == "b":
        return text.strip() in {"1", "true"}
    if kind == "d":
        return datetime.fromisoformat(text.strip())
    if not text.strip():
        return None
    number = float(text)
    if style < len(book.date_styles) and book.date_styles[style]:
        return day_of(number, book.date1904)
    return number


def day_of(serial: float, date1904: bool = False) -> datetime | float:
    """Return the moment that a serial number stands for; the number itself where it stands for none.

    Examples
    --------
    >>> day_of(45292.0), day_of(43830.0, date1904=True), day_of(60.0)
    (datetime.datetime(2024, 1, 1, 0, 0), datetime.datetime(2024, 1, 1, 0, 0), 60.0)
    """
    if date1904:
        return _EPOCH_1904 + timedelta(days=serial) if 0 <= serial < _LAST_SERIAL - _BETWEEN else serial
    if not 1 <= serial < _LAST_SERIAL or 60 <= serial < _LEAP_BUG:
        return serial
    return _EPOCH_1900 + timedelta(days=serial + (serial < _LEAP_BUG))
