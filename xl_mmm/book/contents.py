"""A workbook's table of contents: sheets, declared tables, shared texts, date formats."""

from __future__ import annotations

import io
import posixpath
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError
from xl_mmm.tables.cell_values import Area, parse_area, unescape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from xl_mmm.book.gate import GatedFile

MEND = "Open it in Excel, let Excel repair it, and save it again."
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


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

    @property
    def top(self) -> int:
        """Row of the headers."""
        return self.area[0]

    @property
    def left(self) -> int:
        """First column."""
        return self.area[1]

    @property
    def bottom(self) -> int:
        """Last row, the total row included."""
        return self.area[2]

    @property
    def right(self) -> int:
        """Last column."""
        return self.area[3]


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
    except (ParseError, CellError, ValueError, KeyError, IndexError, TypeError) as error:
        raise CellError(f"{package.path.name} is damaged: {error}. {MEND}") from error


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
                tuple(unescape(column.get("name", "")) for column in root.iterfind("{*}tableColumns/{*}tableColumn")),
                int(root.get("totalsRowCount", "0")) > 0,
                root.get("headerRowCount", "1") != "0",
            )


def _shared_texts(package: GatedFile, part: str) -> tuple[str, ...]:
    return tuple(rich_text(item) for item in stream(package, part, "si"))


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


def stream(package: GatedFile, part: str, *names: str) -> Iterator[Element]:
    """Yield the elements `names` of a part as they end and free them, so that a large part stays small in memory."""
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
            if parent is not None and len(parent) > 1:
                del parent[0]
    except etree.XMLSyntaxError as error:
        raise ValueError(f"its part '{part}' is not well-formed ({error.msg})") from error


def rich_text(item: Element) -> str:
    """Join the runs of a text; phonetic hints are not part of it."""
    pieces: list[str] = []
    for child in item:
        name = local_name(child)
        if name == "t":
            pieces.append(child.text or "")
        elif name == "r":
            pieces.extend(t.text or "" for t in child if local_name(t) == "t")
    return unescape("".join(pieces))


def local_name(element: Element) -> str:
    """Return the element's name without its namespace; empty for a comment."""
    return _bare(element.tag) if isinstance(element.tag, str) else ""


@lru_cache(maxsize=1024)
def _bare(tag: str) -> str:
    return tag.rpartition("}")[2]
