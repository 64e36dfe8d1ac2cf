"""Editing one worksheet's XML in place: values change, styles, formulas and everything around them stay.

Text goes in as inline strings, so the shared string table is untouched and text that begins with "=" stays text. A
cell that already holds the value is not touched, which makes writing twice the same as writing once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from xl_mmm.book.editing.archive import MAIN
from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import (
    Area,
    Place,
    Stored,
    area_name,
    escape,
    inside,
    number_text,
    parse_area,
    parse_place,
    place_name,
    plain,
    serial,
    unescape,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def tag(name: str) -> str:
    """Qualified name of a SpreadsheetML element."""
    return f"{{{MAIN}}}{name}"


@dataclass(slots=True)
class FormulaCell:
    """A formula as the file holds it.

    Attributes
    ----------
    text
        The formula without "=", a shared one already moved to this cell; "" for data tables and the like.
    area
        Cells it fills when it is an array formula, else None.
    spills
        Whether the area follows the result, as dynamic arrays do, rather than being chosen.
    """

    text: str
    area: Area | None = None
    spills: bool = False


@dataclass(slots=True)
class Sheet:
    """One worksheet's tree with an index of its cells.

    Attributes
    ----------
    name, part
        Sheet name, part name.
    root
        The tree (an lxml element), changed in place.
    shared_texts
        The workbook's shared strings.
    changed
        Places whose stored value differs from the file's.
    removed_formulas
        Places whose formula was removed.
    """

    name: str
    part: str
    root: Any
    shared_texts: Sequence[str]
    date1904: bool
    changed: set[Place] = field(default_factory=set)
    removed_formulas: set[Place] = field(default_factory=set)
    touched: bool = False
    _rows: dict[int, Any] = field(default_factory=dict)
    _cells: dict[Place, Any] = field(default_factory=dict)
    _masters: dict[str, tuple[Place, str]] = field(default_factory=dict)
    _array_areas: dict[Place, Area] = field(default_factory=dict)
    _last_row: int = 0

    def __post_init__(self) -> None:
        data = self.root.find(tag("sheetData"))
        if data is None:
            raise CellError(f"{self.name} is not a worksheet with cells.")
        row_number = 0
        for row in data.iterchildren(tag("row")):
            row_number = int(row.get("r", row_number + 1))
            self._rows[row_number] = row
            self._last_row = max(self._last_row, row_number)
            column = 0
            for cell in row.iterchildren(tag("c")):
                reference = cell.get("r")
                column = parse_place(reference)[1] if reference else column + 1
                self._cells[row_number, column] = cell
                formula = cell.find(tag("f"))
                if formula is None:
                    continue
                if formula.get("t") == "shared" and formula.text:
                    self._masters[formula.get("si", "")] = ((row_number, column), formula.text)
                if formula.get("t") in ("array", "dataTable") and formula.get("ref"):
                    self._array_areas[row_number, column] = parse_area(formula.get("ref"))

    def places(self) -> Iterator[Place]:
        """All places that have a cell element, in file order."""
        yield from self._cells

    def formula(self, place: Place) -> FormulaCell | None:
        """Return the formula of a cell, or None."""
        cell = self._cells.get(place)
        element = None if cell is None else cell.find(tag("f"))
        if element is None:
            return None
        kind = element.get("t", "normal")
        if kind == "array":
            spills = cell is not None and cell.get("cm") is not None  # cell metadata marks dynamic arrays
            return FormulaCell(element.text or "", self._array_areas.get(place), spills)
        if kind == "shared" and not element.text:
            master = self._masters.get(element.get("si", ""))
            return FormulaCell(_moved(master[1], master[0], place) if master else "")
        return FormulaCell("" if kind == "dataTable" else element.text or "")

    def value(self, place: Place) -> Stored:
        """Value the file holds for a cell; None when it is blank or a formula without cached value."""
        cell = self._cells.get(place)
        if cell is None:
            return None
        try:
            return self._stored(cell)
        except (ValueError, IndexError) as error:
            where = f"{self.name}!{place_name(*place)}"
            raise CellError(f"{where} cannot be read ({error}). Save the file again in Excel, then retry.") from error

    def _stored(self, cell: Any) -> Stored:
        """Value of a cell element."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return unescape("".join(_texts(cell.find(tag("is")))))
        text = cell.findtext(tag("v"))
        if text is None:
            return None
        if kind == "s":
            return self.shared_texts[int(text)]
        if kind == "str":
            return unescape(text)
        if kind == "b":
            return text.strip() in ("1", "true")
        if kind == "e":
            return CellErrorValue(text)
        if kind == "d":
            return serial(datetime.fromisoformat(text), self.date1904)
        return float(text) if text.strip() else None

    def set_value(self, place: Place, value: object, *, keep_formula: bool = False) -> None:
        """Store a value; the cell's style stays.

        Parameters
        ----------
        place
            Where.
        value
            Number, text, truth, day, error, or None to empty the cell.
        keep_formula
            Refresh the cached value of the formula that fills the cell instead of replacing the formula.
        """
        new = plain(value, self.date1904, f"{self.name}!{place_name(*place)}")
        cell = self._cells.get(place)
        formula = None if cell is None else cell.find(tag("f"))
        if formula is not None and not keep_formula:
            self._remove_formula(place)
        elif same(self.value(place), new):
            return
        if cell is None:
            cell = self._new_cell(place)
        kept = formula if keep_formula else None
        for child in list(cell):
            if child is not kept and child.tag in (tag("v"), tag("is"), tag("f")):
                cell.remove(child)
        for name in ("t", "vm") if kept is not None else ("t", "vm", "cm"):
            cell.attrib.pop(name, None)
        _store(cell, new, inline=not keep_formula, at=0 if kept is None else 1)
        self.changed.add(place)
        self.touched = True

    def set_formula(self, place: Place, text: str, value: object) -> None:
        """Store a native formula, `=` included, and the value it has; the cell's style stays."""
        from lxml import etree

        self.set_value(place, value)
        cell = self._cells.get(place)
        if cell is None:
            cell = self._new_cell(place)
        for child in list(cell):
            cell.remove(child)
        cell.attrib.pop("t", None)
        etree.SubElement(cell, tag("f")).text = text.removeprefix("=")
        _store(cell, plain(value, self.date1904, f"{self.name}!{place_name(*place)}"), inline=False, at=1)
        self.changed.add(place)
        self.touched = True

    def style(self, place: Place) -> str | None:
        """Style index of a cell."""
        cell = self._cells.get(place)
        return None if cell is None else cell.get("s")

    def copy_style(self, source: Place, target: Place) -> None:
        """Give a cell the style of another."""
        style = self.style(source)
        if style is None or self.style(target) == style:
            return
        cell = self._cells.get(target)
        if cell is None:
            cell = self._new_cell(target)
        cell.set("s", style)
        self.touched = True

    def spill_over(self, place: Place) -> Place | None:
        """Place of the array formula whose results fill a cell, or None."""
        return next((at for at, area in self._array_areas.items() if at != place and inside(place, area)), None)

    def merged_into(self, place: Place) -> str | None:
        """Return the merged range that hides a cell, or None."""
        for element in self.root.iterfind(f"{tag('mergeCells')}/{tag('mergeCell')}"):
            area = parse_area(element.get("ref"))
            if inside(place, area) and place != area[:2]:
                return str(element.get("ref"))
        return None

    def finish(self) -> None:
        """Bring the sheet's stated dimension and the rows' spans up to date."""
        element = self.root.find(tag("dimension"))
        filled = [place for place in self.changed if place in self._cells]
        if element is None or not filled:
            return
        try:
            top, left, bottom, right = parse_area(element.get("ref", "A1"))
        except CellError:  # whole columns or rows: nothing to extend
            return
        rows, columns = [row for row, _ in filled], [column for _, column in filled]
        grown = (min(top, *rows), min(left, *columns), max(bottom, *rows), max(right, *columns))
        if grown != (top, left, bottom, right):
            element.set("ref", area_name(grown))

    def _remove_formula(self, place: Place) -> None:
        """Take a formula away: its spill is cleared, a shared formula is handed on."""
        cell = self._cells[place]
        formula = cell.find(tag("f"))
        kind = formula.get("t", "normal")
        area = self._array_areas.pop(place, None)
        if area is not None:
            for other in list(self._cells):
                if other != place and inside(other, area):
                    self.set_value(other, None)
        if kind == "shared" and formula.text:
            self._hand_on(place, formula)
        cell.remove(formula)
        self.removed_formulas.add(place)
        self.changed.add(place)

    def _hand_on(self, place: Place, formula: Any) -> None:
        """Make the next cell of a shared formula its new master."""
        index = formula.get("si", "")
        for other, cell in self._cells.items():
            element = cell.find(tag("f"))
            if other == place or element is None or element.get("t") != "shared" or element.get("si") != index:
                continue
            element.text = _moved(formula.text, place, other)
            element.set("ref", formula.get("ref", place_name(*other)))
            self._masters[index] = (other, element.text)
            return

    def _new_cell(self, place: Place) -> Any:
        """Make a cell element in its place, in a new row when need be."""
        from lxml import etree

        number, column = place
        row = self._rows.get(number)
        if row is None:
            row = etree.Element(tag("row"), r=str(number))
            data = self.root.find(tag("sheetData"))
            last = data[-1] if len(data) else None
            if last is None or (last is self._rows.get(self._last_row) and number > self._last_row):
                data.append(row)
            else:
                following = min(other for other in self._rows if other > number)
                self._number(following)
                self._rows[following].addprevious(row)
            self._rows[number] = row
            self._last_row = max(self._last_row, number)
        cell = etree.Element(tag("c"), r=place_name(number, column))
        style = row.get("s") if row.get("customFormat") in ("1", "true") else None
        if style is not None:
            cell.set("s", style)
        for sibling in row.iterchildren(tag("c")):
            if not sibling.get("r"):
                self._number(number)
            if parse_place(sibling.get("r", ""))[1] > column:
                sibling.addprevious(cell)
                break
        else:
            row.append(cell)
        self._cells[place] = cell
        first, _, last = row.get("spans", "").partition(":")
        if last and not int(first) <= column <= int(last.split()[-1].split(":")[-1]):
            del row.attrib["spans"]  # an optimization that would now be wrong
        return cell

    def _number(self, number: int) -> None:
        """Spell out a row's and its cells' places, where the file leaves them to counting."""
        self._rows[number].set("r", str(number))
        for (row, column), cell in self._cells.items():
            if row == number:
                cell.set("r", place_name(row, column))


def _texts(element: Any) -> Iterator[str]:
    """Texts of a rich string without its phonetic hints."""
    if element is None:
        return
    for child in element:
        if child.tag == tag("t"):
            yield child.text or ""
        elif child.tag == tag("r"):
            yield child.findtext(tag("t")) or ""


def shared_strings(root: Any) -> list[str]:
    """All shared strings of a workbook, in order."""
    return [unescape("".join(_texts(item))) for item in root.iterchildren(tag("si"))]


def same(old: object, new: object) -> bool:
    """Whether two stored values are one: of one kind and equal."""
    return type(old) is type(new) and old == new


def _store(cell: Any, value: Stored, *, inline: bool, at: int) -> None:
    """Put a value into an emptied cell, after its formula where it has one."""
    from lxml import etree

    if value is None:
        return
    element = etree.Element(tag("v"))
    if isinstance(value, bool):
        cell.set("t", "b")
        element.text = "1" if value else "0"
    elif isinstance(value, CellErrorValue):
        cell.set("t", "e")
        element.text = value.code
    elif isinstance(value, str) and inline:
        cell.set("t", "inlineStr")
        element = etree.Element(tag("is"))
        text = etree.SubElement(element, tag("t"))
        text.text = escape(value)
        text.set(_SPACE, "preserve")
    elif isinstance(value, str):
        cell.set("t", "str")
        element.text = escape(value)
    else:
        element.text = number_text(value)
    cell.insert(at, element)


def _moved(formula: str, origin: Place, target: Place) -> str:
    """Move a formula's relative references, as copying the cell would."""
    from openpyxl.formula.translate import Translator

    translated = Translator(f"={formula}", origin=place_name(*origin)).translate_formula(place_name(*target))
    return str(translated).removeprefix("=")
