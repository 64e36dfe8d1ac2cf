"""A workbook opened for editing: its sheets, tables, calculation chain, and the way back to bytes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xl_mmm.book.editing.archive import (
    CONTENT_TYPES,
    MAIN,
    PACKAGE_RELATIONS,
    RELATIONS,
    STRICT_MAIN,
    Archive,
    parse,
    relations,
    serialize,
)
from xl_mmm.book.editing.sheet import Sheet, same, shared_strings, tag
from xl_mmm.book.recalculate import Formula, Grid, Table, recalculate
from xl_mmm.errors import CellError
from xl_mmm.tables.cell_values import Area, CellValue, Place, area_name, parse_area, parse_place, place_name, unescape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


_HAS_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>]")


@dataclass(slots=True)
class TablePart:
    """One table as the file defines it.

    Attributes
    ----------
    name, sheet, part
        Table name, sheet name, part name.
    root
        Its tree (an lxml element).
    area
        All its cells, headers and totals included.
    headers
        Column names.
    header_rows, total_rows
        0 or 1.
    """

    name: str
    sheet: str
    part: str
    root: Any
    area: Area
    headers: tuple[str, ...]
    header_rows: int
    total_rows: int
    changed: bool = False

    @property
    def calculated(self) -> bool:
        """Whether a column fills itself by a formula."""
        return self.root.find(f".//{tag('calculatedColumnFormula')}") is not None

    def grow(self, bottom: int) -> None:
        """Extend the table down to a row."""
        self.area = (*self.area[:2], bottom, self.area[3])
        self.root.set("ref", area_name(self.area))
        auto_filter = self.root.find(tag("autoFilter"))
        if auto_filter is not None:
            auto_filter.set("ref", area_name(self.area))
        self.changed = True


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of the formulas behind changed cells.

    Attributes
    ----------
    cells
        Cells with a fresh cached value, such as `"ROI!B7"`.
    left_alone
        Formula cells that cannot be evaluated here.
    failures
        One sentence a formula whose function broke down.
    """

    cells: tuple[str, ...]
    left_alone: tuple[str, ...]
    failures: tuple[str, ...]


class OpenedBook:
    """A workbook's parts behind sheet, table and cell names.

    Parameters
    ----------
    data
        The file's bytes.
    label
        The file's name, for messages.

    Raises
    ------
    CellError
        The bytes are not a workbook that may be edited.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self._label = label
        self._archive = Archive(data, label)
        self._main, self._workbook = self._main_part()
        self._links = relations(self._archive, self._main, label)
        self._parts: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        for element in self._workbook.iterfind(f"{tag('sheets')}/{tag('sheet')}"):
            kind, part = self._links.get(element.get(f"{{{RELATIONS}}}id", ""), ("", ""))
            if kind == "worksheet":
                self._parts[element.get("name", "")] = part
                self._ids[element.get("name", "")] = element.get("sheetId", "")
        properties = self._workbook.find(tag("workbookPr"))
        self._date1904 = properties is not None and properties.get("date1904") in ("1", "true")
        texts = [part for kind, part in self._links.values() if kind == "sharedStrings"]
        self._texts = shared_strings(parse(self._archive.read(texts[0]), f"{label}: {texts[0]}")) if texts else []
        self._sheets: dict[str, Sheet] = {}
        self._tables = {table.name.casefold(): table for name in self._parts for table in self._tables_of(name)}

    @property
    def changed_parts(self) -> tuple[str, ...]:
        """Parts that differ from the file as found; complete after `to_bytes`."""
        return self._archive.changed

    @property
    def sheet_names(self) -> tuple[str, ...]:
        """Names of the worksheets, in order."""
        return tuple(self._parts)

    def sheet(self, name: str) -> Sheet:
        """Open a worksheet by name."""
        if name not in self._parts:
            known = ", ".join(self._parts)
            raise CellError(f"{self._label} has no sheet '{name}' (its sheets: {known}). Restore the sheet's name.")
        if name not in self._sheets:
            part = self._parts[name]
            root = parse(self._archive.read(part), f"{self._label}: {part}")
            self._sheets[name] = Sheet(name, part, root, self._texts, self._date1904)
        return self._sheets[name]

    def header_places(self, sheet: str) -> dict[Place, str]:
        """Places on a sheet that are table headers, whose text the table's definition repeats."""
        return {
            (table.area[0], table.area[1] + i): header
            for table in self._tables.values()
            if table.sheet == sheet and table.header_rows
            for i, header in enumerate(table.headers)
        }

    def append_rows(self, name: str, rows: Sequence[Sequence[CellValue]]) -> list[str]:
        """Append rows to a table: into the blank rows at its end, then below it.

        Returns
        -------
        list of str
            The cells written, such as `"Log!A7"`.
        """
        table = self._tables.get(name.casefold())
        if table is None:
            raise CellError(f"{self._label} has no table '{name}'. Restore the table's name; nothing written.")
        top, left, bottom, right = table.area
        width = right - left + 1
        sheet = self.sheet(table.sheet)
        if table.total_rows or table.calculated:
            what = "a total row" if table.total_rows else "a column that calculates itself"
            raise CellError(f"{table.sheet}: table '{name}' has {what}; no row can be added. Remove it.")
        if any(len(row) != width for row in rows):
            raise CellError(f"Table '{name}' has {width} columns; a row to add has another number. Nothing written.")
        first = bottom + 1
        while first - 1 > top + table.header_rows - 1 and self._blank(sheet, (first - 1, left, first - 1, right)):
            first -= 1
        last = first + len(rows) - 1
        if last > bottom:
            self._refuse_occupied(table, sheet, (bottom + 1, left, last, right))
            table.grow(last)
        written: list[str] = []
        for number, row in enumerate(rows, start=first):
            for column, value in enumerate(row, start=left):
                if number > top + table.header_rows:
                    sheet.copy_style((number - 1, column), (number, column))
                sheet.set_value((number, column), value)
                written.append(f"{table.sheet}!{place_name(number, column)}")
        return written

    def recalculate(self) -> Refreshed:
        """Refresh the cached values of formulas that depend on changed cells, or have no cached value."""
        changed = {(name, *place) for name, sheet in self._sheets.items() for place in sheet.changed}
        grid = self.grid()
        result = recalculate(grid, changed)
        refreshed = []
        for name, values in result.values.items():
            known = grid.cells[name]
            for place, value in values.items():
                before = known.get(place)
                if not same(before.cached if isinstance(before, Formula) else before, value):
                    self.sheet(name).set_value(place, value, keep_formula=True)
                    refreshed.append(f"{name}!{place_name(*place)}")
        left_alone = [f"{name}!{place_name(row, column)}" for name, row, column in result.left_alone]
        failures = [f"{name}!{place_name(row, column)}: {why}" for (name, row, column), why in result.failures]
        return Refreshed(tuple(refreshed), tuple(left_alone), tuple(failures))

    def to_bytes(self) -> bytes:
        """Pack the file with its changes; the very bytes found when there are none."""
        for sheet in self._sheets.values():
            if sheet.touched:
                sheet.finish()
                self._archive.replace(sheet.part, serialize(sheet.root, self._archive.read(sheet.part)))
        for table in self._tables.values():
            if table.changed:
                self._archive.replace(table.part, serialize(table.root, self._archive.read(table.part)))
        removed = {(self._ids[name], p) for name, sheet in self._sheets.items() for p in sheet.removed_formulas}
        if removed:
            self._forget_calculations(removed)
        return self._archive.to_bytes()

    def _main_part(self) -> tuple[str, Any]:
        """Find and parse the workbook part."""
        mains = [part for kind, part in relations(self._archive, "", self._label).values() if kind == "officeDocument"]
        if not mains or mains[0] not in self._archive or mains[0].endswith(".bin"):
            raise CellError(
                f"{self._label} is not an .xlsx or .xlsm workbook; nothing written. In Excel save it as one of these."
            )
        root = parse(self._archive.read(mains[0]), f"{self._label}: {mains[0]}")
        if root.tag == f"{{{STRICT_MAIN}}}workbook":
            raise CellError(
                f"{self._label} is a 'Strict Open XML' workbook; nothing written. In Excel choose Save As, "
                "type 'Excel Workbook (*.xlsx)'."
            )
        if root.tag != f"{{{MAIN}}}workbook":
            raise CellError(f"{self._label} is not an Excel workbook of type .xlsx or .xlsm; nothing written.")
        return mains[0], root

    def _tables_of(self, sheet: str) -> list[TablePart]:
        """Tables of one sheet."""
        found = []
        for kind, part in relations(self._archive, self._parts[sheet], self._label).values():
            if kind != "table":
                continue
            root = parse(self._archive.read(part), f"{self._label}: {part}")
            columns = root.iterfind(f"{tag('tableColumns')}/{tag('tableColumn')}")
            found.append(
                TablePart(
                    name=root.get("displayName") or root.get("name", ""),
                    sheet=sheet,
                    part=part,
                    root=root,
                    area=parse_area(root.get("ref")),
                    headers=tuple(unescape(column.get("name", "")) for column in columns),
                    header_rows=int(root.get("headerRowCount", "1")),
                    total_rows=int(root.get("totalsRowCount", "0")),
                )
            )
        return found

    def _blank(self, sheet: Sheet, area: Area) -> bool:
        """Whether no cell of an area holds a value or a formula."""
        return all(
            sheet.value((row, column)) is None and sheet.formula((row, column)) is None
            for row in range(area[0], area[2] + 1)
            for column in range(area[1], area[3] + 1)
        )

    def _refuse_occupied(self, table: TablePart, sheet: Sheet, area: Area) -> None:
        """Raise when anything stands where a table would grow."""
        corners = (area[0], area[1]), (area[2], area[3])
        below = [
            other.name
            for other in self._tables.values()
            if other is not table
            and other.sheet == table.sheet
            and other.area[0] <= area[2]
            and other.area[2] >= area[0]
            and other.area[1] <= area[3]
            and other.area[3] >= area[1]
        ]
        if below or not self._blank(sheet, area) or any(sheet.merged_into(corner) for corner in corners):
            raise CellError(
                f"{table.sheet}!{area_name(area)}: the cells below table '{table.name}' are not empty, so it cannot "
                "grow; nothing written. Clear or move what stands there."
            )

    def grid(self, further: Mapping[str, Iterable[str]] | None = None) -> Grid:
        """All formulas, and all cells that they may read; also what `further` formulas, given by sheet, may read."""
        more = further or {}
        with_formulas = [n for n, part in self._parts.items() if _HAS_FORMULA.search(self._archive.read(part))]
        names = {
            element.get("name", ""): element.text or ""
            for element in self._workbook.iterfind(f"{tag('definedNames')}/{tag('definedName')}")
            if element.get("localSheetId") is None
        }
        tables = [
            Table(table.name, table.sheet, table.area, table.headers, bool(table.header_rows), bool(table.total_rows))
            for table in self._tables.values()
        ]
        # a large sheet that no formula speaks of is never parsed
        texts = [element.text or "" for n in with_formulas for element in self.sheet(n).root.iter(tag("f"))]
        texts += [text for found in more.values() for text in found]
        said = " ".join([*names.values(), *texts]).casefold()
        wanted = {*with_formulas, *(self.sheet(name).name for name in more)}
        wanted |= {table.sheet for table in tables if table.name.casefold() in said}
        wanted |= {name for name in self._parts if name.replace("'", "''").casefold() in said}
        cells: dict[str, dict[Place, object]] = {name: {} for name in self._parts}
        for name in self._parts:
            if name not in wanted:
                continue
            sheet = self.sheet(name)
            for place in sheet.places():
                formula = sheet.formula(place)
                value = sheet.value(place)
                if formula is not None:
                    cells[name][place] = Formula(formula.text, value, formula.area, formula.spills)
                elif value is not None:
                    cells[name][place] = value
        return Grid(cells, tables, names, self._date1904)

    def _forget_calculations(self, removed: set[tuple[str, Place]]) -> None:
        """Drop calculation chain entries of formulas that are gone; an empty chain goes with its part."""
        chains = [(link, part) for link, (kind, part) in self._links.items() if kind == "calcChain"]
        if not chains or chains[0][1] not in self._archive:
            return
        link, part = chains[0]
        root = parse(self._archive.read(part), f"{self._label}: {part}")
        sheet_id, found_id = "", ""  # an entry without a sheet belongs to the sheet of the entry before it
        for entry in list(root):
            found_id = entry.get("i", found_id)
            if (found_id, parse_place(entry.get("r"))) in removed:
                root.remove(entry)
                continue
            if found_id != sheet_id:
                entry.set("i", found_id)
            sheet_id = found_id
        if len(root):
            self._archive.replace(part, serialize(root, self._archive.read(part)))
            return
        self._archive.remove(part)
        folder, _, name = self._main.rpartition("/")
        self._drop(f"{folder}/_rels/{name}.rels".lstrip("/"), f"{{{PACKAGE_RELATIONS}}}Relationship", "Id", link)
        self._drop("[Content_Types].xml", f"{{{CONTENT_TYPES}}}Override", "PartName", f"/{part}")

    def _drop(self, part: str, element: str, attribute: str, value: str) -> None:
        """Remove the elements of a part whose attribute has a value."""
        root = parse(self._archive.read(part), f"{self._label}: {part}")
        for child in root.findall(element):
            if child.get(attribute) == value:
                root.remove(child)
        self._archive.replace(part, serialize(root, self._archive.read(part)))

