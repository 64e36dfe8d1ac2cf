"""Bad and odd workbooks by code: each is one change to one sound workbook.

`Draft` holds a small workbook as Python values and writes it with XlsxWriter; faults that no program writes are put
into the XML afterwards. `BAD` and `CLEAN` are lists of cases: a name, the change, and what the reader must say.
"""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import xlsxwriter

from xl_mmm.tables import names

WEEKS = 60
TOP, LEFT = 4, 1  # header of tblData, from 0: B5
FIRST = date(2023, 1, 2)
START = {names.TBL_SETTINGS: (4, 1), names.TBL_CHANNELS: (4, 7), names.TBL_PARAMETERS: (20, 7),
         names.TBL_CONTROLS: (40, 7), names.TBL_GROUPS: (4, 14)}  # fmt: skip


@dataclass(frozen=True)
class Error:
    """An error cell."""

    code: str


@dataclass(frozen=True)
class Formula:
    """A formula cell; `value` None writes no stored result."""

    text: str
    value: float | str | None


@dataclass
class Table:
    sheet: str
    top: int
    left: int
    headers: list[Any]
    rows: list[list[Any]]
    total: bool = False


@dataclass
class Draft:
    tables: dict[str, Table]
    cells: dict[tuple[str, int, int], Any] = field(default_factory=dict)
    after: list[Callable[[Any, dict[str, Any]], None]] = field(default_factory=list)
    edits: list[Callable[[dict[str, bytes]], None]] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    calc_on_load: bool = False

    @property
    def data(self) -> Table:
        return self.tables[names.TBL_DATA]

    def put(self, row: int, header: str, value: Any) -> None:
        """Put a value into data row `row` (from 0) of the data."""
        self.data.rows[row][self.data.headers.index(header)] = value

    def column(self, header: str, function: Callable[[Any], Any]) -> None:
        place = self.data.headers.index(header)
        for row in self.data.rows:
            row[place] = function(row[place])

    def set(self, setting: str, value: Any) -> None:
        for row in self.tables[names.TBL_SETTINGS].rows:
            if row[0] == setting:
                row[1] = value

    def save(self, path: Path) -> None:
        book = xlsxwriter.Workbook(path, self.options)
        book.calc_on_load = self.calc_on_load
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheets = {name: book.add_worksheet(name) for name in dict.fromkeys(t.sheet for t in self.tables.values())}
        for name in dict.fromkeys(sheet for sheet, _, _ in self.cells):
            if name not in sheets:
                sheets[name] = book.add_worksheet(name)
        for name, table in self.tables.items():
            bottom = table.top + len(table.rows) + int(table.total)
            sheets[table.sheet].add_table(
                table.top, table.left, bottom, table.left + len(table.headers) - 1,
                {"name": name, "columns": [{"header": str(h)} for h in table.headers], "total_row": table.total},
            )  # fmt: skip
            for i, values in enumerate(table.rows):
                for j, value in enumerate(values):
                    _write(sheets[table.sheet], table.top + 1 + i, table.left + j, value, day)
        for (sheet, row, column), value in self.cells.items():
            _write(sheets[sheet], row, column, value, day)
        for change in self.after:
            change(book, sheets)
        book.close()
        if self.edits:
            edit_parts(path, *self.edits)


def _write(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, Error):
        sheet.write_formula(row, column, f"={value.code}", None, value.code)
    elif isinstance(value, Formula):
        sheet.write_formula(row, column, value.text, None, "" if value.value is None else value.value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, day)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    else:
        sheet.write_number(row, column, value)


def edit_parts(path: Path, *edits: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for edit in edits:
        edit(parts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@cache
def _series() -> list[list[Any]]:
    rng = np.random.default_rng(7)
    tv = np.round(rng.gamma(2.0, 4000.0, WEEKS), 2)
    search = np.round(rng.gamma(3.0, 1500.0, WEEKS), 2)
    clicks = np.round(search * rng.uniform(1.5, 2.5, WEEKS))
    price = np.round(10 + rng.normal(0, 0.4, WEEKS), 3)
    revenue = np.round(200_000 + 1.4 * tv + 2.1 * search - 3000 * (price - 10) + rng.normal(0, 4000, WEEKS), 2)
    return [
        [FIRST + timedelta(weeks=i), float(revenue[i]), float(tv[i]), float(search[i]), float(clicks[i]),
         float(price[i]), "spring" if i % 7 == 0 else None]
        for i in range(WEEKS)
    ]  # fmt: skip


def good() -> Draft:
    """Return the sound workbook: B5:H65 on Data; date, revenue, tv, search, clicks, price, memo."""
    tables = {
        names.TBL_DATA: Table(
            names.DATA, TOP, LEFT, ["week", "revenue", "tv", "search", "clicks", "price", "memo"],
            copy.deepcopy(_series()),
        ),
    }  # fmt: skip
    values = {names.SET_DATE: "week", names.SET_KPI: "revenue", names.SET_MARGIN: 0.4}
    rows = {
        names.TBL_SETTINGS: [[s.name, values.get(s.name), s.unit, None] for s in names.SETTINGS],
        names.TBL_CHANNELS: [
            ["tv", "paid", "tv", None, "geometric", "hill", 12.0, None, 0.3, 3.0, *[None] * 4],
            ["search", "paid", "search", "clicks", *[None] * 10],
            [None] * 14,
        ],
        names.TBL_PARAMETERS: [["tv", "decay", 0.2, 0.8, None, None, None], [None] * 7],
        names.TBL_CONTROLS: [["price", 10.0, None, None, None], [None] * 5],
        names.TBL_LIFT_TESTS: [
            ["tv", date(2023, 6, 5), date(2023, 7, 2), -20000.0, -30000.0, 9000.0, *[None] * 4, "yes", None, None],
            [None] * 13,
        ],
        names.TBL_CONSTRAINTS: [["tv", 0.8, 1.2, *[None] * 8], ["search", *[None] * 10]],
        names.TBL_GROUPS: [["all", "tv, search", None, 1.0, "share", None], [None] * 6],
    }
    for name, lines in rows.items():
        top, left = START.get(name, (4, 1))
        tables[name] = Table(names.TABLE_SHEET[name], top, left, list(names.TABLE_HEADERS[name]), lines)
    tables[names.TBL_SCENARIOS] = Table(
        names.SCENARIOS, 4, 1, [names.H_SCENARIO, "tv", "search", names.H_NOTE],
        [["Today", None, None, None], ["More TV", 1.2, 1.0, None], [None] * 4],
    )  # fmt: skip
    tables[names.TBL_CALENDAR] = Table(
        names.PLAN, 4, 1, list(names.calendar_headers(["tv", "search"], ["price"])),
        [[FIRST + timedelta(weeks=WEEKS), 11.0, 0.95, 500.0, None, None], [None] * 6],
    )  # fmt: skip
    return Draft(tables)


@dataclass(frozen=True)
class Case:
    """A workbook and what must be said of it.

    `says` are fragments of the report; `status` is the expected one.
    """

    name: str
    make: Callable[[Path], None]
    says: tuple[str, ...] = ()
    status: str = "fail"


def case(name: str, change: Callable[[Draft], object], *says: str, status: str = "fail") -> Case:
    """Return a case made by changing the sound draft."""

    def make(path: Path) -> None:
        draft = good()
        change(draft)
        draft.save(path)

    return Case(name, make, says, status)


def cell(name: str, row: int, header: str, value: Any, *says: str, status: str = "fail") -> Case:
    """Return a case of one bad data cell; its address is expected."""
    place = good().data.headers.index(header)
    where = f"Data!{chr(65 + LEFT + place)}{TOP + 2 + row}"
    return case(name, lambda draft: draft.put(row, header, value), where, header, *says, status=status)


def in_table(name: str, table: str, row: int, header: str, value: Any, *says: str, status: str = "fail") -> Case:
    """Return a case of one bad cell in another table; its address is expected."""
    here = good().tables[table]
    place = here.headers.index(header)
    where = f"{here.sheet}!{chr(65 + here.left + place)}{here.top + 2 + row}"

    def change(draft: Draft) -> None:
        draft.tables[table].rows[row][place] = value

    return case(name, change, where, *says, status=status)


def setting(name: str, key: str, value: Any, *says: str) -> Case:
    """Return a case of one bad setting."""
    row = [s.name for s in names.SETTINGS].index(key)
    return in_table(name, names.TBL_SETTINGS, row, names.H_VALUE, value, key, *says)


def edited(name: str, edit: Callable[[dict[str, bytes]], None], *says: str, status: str = "fail") -> Case:
    """Return a case made by changing parts of the saved file."""
    return case(name, lambda draft: draft.edits.append(edit), *says, status=status)


def raw(name: str, make: Callable[[Path], None], *says: str) -> Case:
    """Return a case whose file is made from scratch."""
    return Case(name, make, says)


def replace_in(part: str, old: bytes, new: bytes, count: int = 1) -> Callable[[dict[str, bytes]], None]:
    """Return an edit that replaces text in a part; the text must be there."""

    def edit(parts: dict[str, bytes]) -> None:
        assert old in parts[part], (part, old, parts[part][:600])
        parts[part] = parts[part].replace(old, new, count)

    return edit


SHEET1 = "xl/worksheets/sheet1.xml"  # Data
SHEET2 = "xl/worksheets/sheet2.xml"  # Assumptions
BOOK = "xl/workbook.xml"
SHARED = "xl/sharedStrings.xml"


def _drop(draft: Draft, table: str) -> None:
    del draft.tables[table]


def _rename_header(draft: Draft, old: str, new: str) -> None:
    draft.data.headers[draft.data.headers.index(old)] = new


def _scale(draft: Draft, header: str, factor: float, weeks: range) -> None:
    place = draft.data.headers.index(header)
    for row in weeks:
        draft.data.rows[row][place] *= factor


def _cut(path: Path, share: float) -> None:
    good().save(path)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def _zip_of(path: Path, parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _bomb(path: Path) -> None:
    """Write about 1 MB that unpacks to 1 GB."""
    good().save(path)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name != SHEET1:
                archive.writestr(name, content)
        with archive.open(SHEET1, "w", force_zip64=True) as stream:
            chunk = b"<row><c/></row>" * 70_000
            for _ in range(1000):
                stream.write(chunk)


def _many_parts(path: Path) -> None:
    good().save(path)
    with zipfile.ZipFile(path, "a") as archive:
        for i in range(2_001):
            archive.writestr(f"xl/media/{i}.xml", b"")


def _twice(path: Path) -> None:
    import warnings

    good().save(path)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")  # zipfile warns of what is wanted here
        archive.writestr(SHEET1, b"<worksheet/>")


def _added(name: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        good().save(path)
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, b"x")

    return make


def _too_many_cells(path: Path) -> None:
    good().save(path)
    rows = b"<row>" + b"<c/>" * 1000 + b"</row>"
    # Not every row alike, so that the ratio is an ordinary one and the budget of cells must speak.
    noise = np.random.default_rng(1).integers(97, 123, 5100 * 400, dtype=np.uint8).tobytes()
    body = b"".join(rows + b"<!--" + noise[i * 400 : i * 400 + 400] + b"-->" for i in range(5100))
    sheet = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + body
    edit_parts(path, lambda parts: parts.update({SHEET1: sheet + b"</sheetData></worksheet>"}))


def _ole(marker: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        path.write_bytes(head + b"\x00" * 600 + marker.encode("utf-16-le") + b"\x00" * 600)

    return make


def _doctype(encoding: str) -> Callable[[dict[str, bytes]], None]:
    def edit(parts: dict[str, bytes]) -> None:
        text = parts[SHEET1].decode("utf-8").replace("UTF-8", encoding, 1)
        head, _, rest = text.partition("?>")
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        parts[SHEET1] = f"{head}?>{bomb}{rest}".encode(encoding)

    return edit


def _conf(key: str, value: str) -> Callable[[Draft], object]:
    def change(draft: Draft) -> None:
        draft.cells["xlwings.conf", 0, 0] = key
        draft.cells["xlwings.conf", 0, 1] = value

    return change


def _merge(area: str) -> Callable[[Draft], object]:
    old, new = b"</sheetData>", f'</sheetData><mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'.encode()
    return lambda draft: draft.edits.append(replace_in(SHEET1, old, new))


def _remove_rows(draft: Draft, table: str, key: str) -> None:
    rows = draft.tables[table].rows
    rows[:] = [row for row in rows if row[0] != key]


def _without_dates_format(path: Path) -> None:
    draft = good()
    epoch = date(1899, 12, 30)
    draft.column("week", lambda day: float((day - epoch).days))
    draft.save(path)


FILES = [
    raw("missing", lambda path: None, "does not exist"),
    raw("folder", lambda path: path.mkdir(), "folder"),
    raw("empty", lambda path: path.write_bytes(b"") and None, "empty (0 bytes)"),
    raw("csv", lambda path: path.write_text("week,revenue\n2024-01-01,1\n") and None, "CSV", "xl-mmm new"),
    raw("csv in utf-16", lambda path: path.write_text("week;tv\n1;2\n", encoding="utf-16") and None, "CSV"),
    raw("web page", lambda path: path.write_text("<html><table></table></html>") and None, "web page", "save it as"),
    raw("pdf", lambda path: path.write_bytes(b"%PDF-1.7\n\x00") and None, "PDF"),
    raw("parquet", lambda path: path.write_bytes(b"PAR1\x00\x01") and None, "Parquet", "xl-mmm new"),
    raw("noise", lambda path: path.write_bytes(bytes(range(256)) * 20) and None, "not an Excel workbook"),
    raw("xls", _ole("Workbook"), ".xls", "save it as"),
    raw("password", _ole("EncryptedPackage"), "password", "Encrypt with Password"),
    raw("xlsb", lambda path: _zip_of(path, {"[Content_Types].xml": b"", "xl/workbook.bin": b"x"}), ".xlsb"),
    raw("ods", lambda path: _zip_of(path, {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), ".ods"),
    raw("docx", lambda path: _zip_of(path, {"word/document.xml": b"<a/>"}), "Word"),
    raw("numbers", lambda path: _zip_of(path, {"Index/Document.iwa": b"x"}), "Numbers"),
    raw("other zip", lambda path: _zip_of(path, {"a.txt": b"x"}), "without a workbook"),
    raw("empty zip", lambda path: _zip_of(path, {}), "not a workbook"),
    raw("cut to half", lambda path: _cut(path, 0.5), "cut short"),
    raw("last bytes missing", lambda path: _cut(path, 0.995), "cut short"),
    raw("zip bomb", _bomb, "sheet1.xml"),
    raw("too many parts", _many_parts, "2,0"),
    raw("part twice", _twice, "twice"),
    raw("part above the folder", _added("../evil.xml"), "../evil.xml"),
    raw("absolute part", _added("/etc/evil.xml"), "/etc/evil.xml"),
    raw("too many cells", _too_many_cells, "5,000,000 cells"),
    edited("doctype", _doctype("utf-8"), "DOCTYPE", "sheet1.xml"),
    edited("doctype in utf-16", _doctype("utf-16"), "DOCTYPE", "sheet1.xml"),
    edited("strange encoding", replace_in(SHEET1, b"UTF-8", b"cp037"), "cp037"),
    edited("strict", replace_in("_rels/.rels", b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
           b"officeDocument", b"http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument"), "Strict"),
    edited("broken xml", replace_in(SHEET1, b"</sheetData>", b"</sheetDat>"), "Data", "damaged"),
    edited("broken workbook part", replace_in(BOOK, b"</sheets>", b""), "damaged"),
    edited("sheet part missing", lambda parts: parts.pop(SHEET1) and None, "Data", "no content"),
    edited("text index beyond the texts", replace_in(SHEET1, b't="s"><v>', b't="s"><v>9999'), "Data", "damaged"),
    edited(
        "table over the whole sheet",
        replace_in("xl/tables/table1.xml", b'ref="B5:H65"', b'ref="A1:XFD1048576"'),
        "Data!A1",
        "A1:XFD1048576",
    ),
    edited("bad table area", replace_in("xl/tables/table1.xml", b'ref="B5:H65"', b'ref="B5:??"'), "damaged"),
    case("foreign python", _conf("INTERPRETER_WIN", "C:\\evil\\python.exe"), "xlwings.conf", "B1", "evil"),
    case("foreign path", _conf("PYTHONPATH", "/elsewhere/evil"), "xlwings.conf", "PYTHONPATH"),
    case("foreign conda", _conf("CONDA PATH", "C:\\evil"), "xlwings.conf", "CONDA PATH"),
    case("foreign module", _conf("UDF MODULES", "evil"), "xlwings.conf", "UDF MODULES", "evil"),
    case("workbook folder on the path", _conf("ADD_WORKBOOK_TO_PYTHONPATH", "True"), "xlwings.conf"),
]  # fmt: skip

CELLS = [
    cell("error cell", 11, "tv", Error("#REF!"), "#REF!", "2023-03-20"),
    cell("missing lookup", 3, "revenue", Error("#N/A"), "#N/A"),
    cell("newer error", 4, "tv", Error("#SPILL!"), "#SPILL!"),
    cell("error text", 4, "tv", "#DIV/0!", "#DIV/0!"),
    cell("blank inside", 20, "search", None, "blank"),
    cell("white space", 20, "search", "  ", "blank"),
    cell("blank kpi", 20, "revenue", None, "blank"),
    cell("thousands text", 5, "tv", "1,234", "1,234", "text"),
    cell("continental text", 5, "tv", "1.234,56", "1.234,56"),
    cell("currency text", 5, "tv", "€5k", "€5k"),
    cell("bracketed text", 5, "tv", "(500)", "(500)"),
    cell("no-break space", 5, "tv", "1\u00a0234", "text"),
    cell("plain text number", 5, "tv", "1234", "1234", "text"),
    cell("dash", 5, "tv", "-", "text"),
    cell("n/a", 5, "tv", "n/a", "n/a"),
    cell("true", 5, "tv", True, "TRUE"),
    cell("negative spend", 5, "tv", -120.0, "-120 is negative", "zero or more", "2023-02-06"),
    cell("negative media", 5, "clicks", -1.0, "negative"),
    cell("date as spend", 5, "tv", date(2023, 2, 1), "date"),
    cell("beyond 1e15", 5, "tv", 1e16, "1e15"),
    cell("error in control", 9, "price", Error("#VALUE!"), "#VALUE!"),
    cell("text in control", 9, "price", "cheap", "cheap"),
    cell("date missing", 9, "week", None, "blank"),
    cell("date as text", 9, "week", "6 March", "6 March", "date"),
    cell("date as ambiguous text", 9, "week", "06/03/2023", "06/03/2023", "2023-03-06"),
    cell("duplicate date", 9, "week", FIRST, "2023-01-02"),
    cell("off weekday", 9, "week", FIRST + timedelta(days=65), "2023-03-08"),
    cell("serial 60", 9, "week", 60.0, "1900-02-29"),
    cell("serial number", 9, "week", 44998.0, "44998"),
    cell("year 1923", 9, "week", date(1923, 3, 6), "1923-03-06"),
    cell("year as date", 9, "week", True, "TRUE"),
    cell("formula without result", 9, "tv", Formula("=1+1", None), "no stored result", "=1+1"),
    cell("text from a formula", 9, "tv", Formula('="5"', "5"), "text"),
    raw("dates as serial numbers", _without_dates_format, "Data!B6", "44928"),
    edited("1e999", replace_in(SHEET1, b'<c r="D9"><v>', b'<c r="D9"><v>1e999</v></c><c r="XFD9"><v>'), "Data!D9",
           "not a finite number"),
    edited("error without formula", replace_in(SHEET1, b'<c r="D9">', b'<c r="D9" t="e"><v>#NULL!</v></c><c r="XFD9">'),
           "Data!D9", "#NULL!"),
    edited("number that is none", replace_in(SHEET1, b'<c r="D9"><v>', b'<c r="D9"><v>abc'), "Data", "damaged"),
    case("never calculated", lambda d: (d.put(9, "tv", Formula("=1+1", 2.0)), setattr(d, "calc_on_load", True)),
         "Data!D15", "no stored result"),
    case("total row", lambda d: d.data.rows.append(["Total", 1e7, 1e6, 1e6, 1e6, None, None]), "Data!", "Total"),
    case("blank row inside", lambda d: d.data.rows.insert(30, [None] * 7), "Data!B36", "empty"),
    case("blank rows at the tail", lambda d: d.data.rows.extend([[None] * 7] * 3), "Data!B66", "empty"),
    case("a week missing", lambda d: d.data.rows.pop(30), "Data!B36", "missing"),
    case("rows twice", lambda d: d.data.rows.extend(copy.deepcopy(d.data.rows[:5])), "Data!B66", "2023-01-02"),
    case("twelve faults", lambda d: [d.put(i, "tv", -1.0) for i in range(12)], "Data!D6", "Data!D15", "and 2 more"),
    case("faults everywhere", lambda d: (d.put(3, "tv", "x"), d.put(7, "search", None), d.set(names.SET_SEED, -1.0)),
         "Data!D9", "Data!E13", "Assumptions!C16"),
]  # fmt: skip

TABLES = [
    case("all-zero channel", lambda d: (d.column("tv", lambda _: 0.0), d.tables[names.TBL_LIFT_TESTS].rows.pop(0)),
         "Data!", "tv", "zero", status="review"),
    case("all-zero channel that was tested", lambda d: d.column("tv", lambda _: 0.0), "Experiments!", "tv",
         "Nothing was spent"),
    case("constant channel", lambda d: d.column("tv", lambda _: 50.0), "Data!", "tv", "50", status="review"),
    case("thousands from a week on", lambda d: _scale(d, "price", 1000.0, range(40, 60)), "Data!G46", "price",
         status="review"),
    case("percent mix", lambda d: d.column("price", lambda p: 0.35 if p < 10 else 35.0), "Data!", "price",
         status="review"),
    case("kpi as control", lambda d: [d.put(i, "price", row[1]) for i, row in enumerate(d.data.rows)], "Data!",
         "price", "KPI"),
    case("spend without clicks", lambda d: [d.put(i, "clicks", 0.0) for i in range(5)], "Data!", "clicks",
         status="review"),
    case("half a year", lambda d: d.data.rows.__delitem__(slice(30, None)), "Data", "30 rows", status="review"),
    case("ten weeks", lambda d: d.data.rows.__delitem__(slice(10, None)), "Data", "10 rows"),
    case("one week", lambda d: d.data.rows.__delitem__(slice(1, None)), "Data"),
    case("irregular dates", lambda d: [d.put(i, "week", FIRST + timedelta(days=3 * i * i)) for i in range(60)],
         "Data!B"),
    case("header renamed", lambda d: _rename_header(d, "tv", "TV spend"), "Data!", "'tv'", "Assumptions!J6"),
    case("header deleted", lambda d: [row.pop(2) for row in [d.data.headers, *d.data.rows]], "Data!", "'tv'"),
    case("header with a Cyrillic letter", lambda d: _rename_header(d, "price", "pri\u0441e"), "Data!", "price",
         "looks alike"),
    case("header with spaces", lambda d: _rename_header(d, "tv", "tv  "), "Data!D5", "white space", status="review"),
    case("date header renamed", lambda d: _rename_header(d, "week", "date"), "Data!", "'week'", "Assumptions!C6"),
    edited("header twice", lambda parts: parts.update({SHARED: parts[SHARED].replace(b"<t>memo</t>", b"<t>tv</t>")}),
           "Data!H5", "'tv'", "D5"),
    case("data table missing", lambda d: _drop(d, names.TBL_DATA), "sheet 'Data'", "tblData"),
    case("settings missing", lambda d: _drop(d, names.TBL_SETTINGS), "Assumptions", "tblSettings"),
    case("channels missing", lambda d: _drop(d, names.TBL_CHANNELS), "Assumptions", "tblChannels"),
    case("experiments missing", lambda d: _drop(d, names.TBL_LIFT_TESTS), "sheet 'Experiments'"),
    edited("table renamed", replace_in("xl/tables/table1.xml", b'displayName="tblData"', b'displayName="tblData1"'),
           "Data", "tblData", "Did you mean 'tblData1'"),
    edited("data table has no headers", replace_in("xl/tables/table1.xml", b"<table ", b'<table headerRowCount="0" '),
           "Data!B5", "header row"),
    case("row below the table", lambda d: d.cells.update({(names.DATA, 65, 1): date(2024, 2, 26)}), "Data!B66",
         "2024-02-26", "outside"),
    case("column beside the table", lambda d: d.cells.update({(names.DATA, 4, 8): "radio"}), "Data!I5", "radio"),
    case("column before the table", lambda d: d.cells.update({(names.DATA, 20, 0): 7.0}), "Data!A21", "outside"),
    case("row below the settings", lambda d: d.cells.update({(names.ASSUMPTIONS, 27, 1): "Seed"}), "Assumptions!B28"),
    case("merged cells", _merge("D10:E10"), "Data!D10", "Merged"),
    case("merged header", _merge("B5:C5"), "Data!B5", "Merged"),
]  # fmt: skip

CHOICES = [
    setting("unknown method", names.SET_METHOD, "rigde", "'rigde'", "Did you mean 'ridge'?"),
    setting("method as a number", names.SET_METHOD, 3.0, "3"),
    setting("negative seed", names.SET_SEED, -1.0, "-1"),
    setting("half a seed", names.SET_SEED, 1.5, "1.5", "whole"),
    setting("margin in percent", names.SET_MARGIN, 40.0, "40"),
    setting("margin zero", names.SET_MARGIN, 0.0, "0"),
    setting("margin as text", names.SET_MARGIN, "40%", "'40%'"),
    setting("level of 95", names.SET_LEVEL, 95.0, "95"),
    setting("unknown country", names.SET_HOLIDAYS, "Germany", "'Germany'"),
    setting("trend maybe", names.SET_TREND, "maybe", "yes, no"),
    setting("budget as text", names.SET_BUDGET, "1 million", "'1 million'"),
    setting("window start as text", names.SET_WINDOW_START, "next year", "'next year'"),
    setting("error in a setting", names.SET_DRAWS, Error("#REF!"), "#REF!"),
    setting("kpi blank", names.SET_KPI, None, "blank"),
    setting("revenue per kpi negative", names.SET_REVENUE_PER_KPI, -1.0, "-1"),
    case("kpi unknown", lambda d: d.set(names.SET_KPI, "revenues"), "Data!", "'revenues'", "Assumptions!C7", "revenue"),
    case("geo unknown", lambda d: d.set(names.SET_GEO, "region"), "'region'", "Assumptions!C10"),
    case("window reversed", lambda d: (d.set(names.SET_WINDOW_START, date(2023, 9, 4)),
                                       d.set(names.SET_WINDOW_END, date(2023, 3, 6))), "Assumptions!C14", "2023-09-04"),
    case("window without rows", lambda d: d.set(names.SET_WINDOW_START, date(2030, 1, 7)), "2030-01-07"),
    case("bounds reversed", lambda d: (d.set(names.SET_LEAST, 2.0), d.set(names.SET_MOST, 1.0)), "Assumptions!C26"),
    in_table("setting misspelled", names.TBL_SETTINGS, 9, names.H_SETTING, "Metod", "'Metod'", "'Method'"),
    in_table("setting twice", names.TBL_SETTINGS, 11, names.H_SETTING, names.SET_SEED, "Seed", "already"),
    in_table("unknown adstock", names.TBL_CHANNELS, 0, names.H_ADSTOCK, "geometrc", "'geometrc'", "'geometric'",
             "weibull_pdf"),
    in_table("unknown saturation", names.TBL_CHANNELS, 1, names.H_SATURATION, "Hill", "'Hill'", "'hill'"),
    in_table("unknown kind", names.TBL_CHANNELS, 0, names.H_KIND, "earned", "'earned'", "paid, organic"),
    in_table("negative lag", names.TBL_CHANNELS, 0, names.H_MAX_LAG, -1.0, "-1"),
    in_table("roi range reversed", names.TBL_CHANNELS, 0, names.H_PRIOR_LOW, 5.0, "5", "below"),
    case("half an roi range", lambda d: d.tables[names.TBL_CHANNELS].rows[0].__setitem__(9, None), "Assumptions!Q6",
         "both ends"),
    in_table("roi of zero", names.TBL_CHANNELS, 0, names.H_PRIOR_LOW, 0.0, "0"),
    in_table("belief on what is no size", names.TBL_CHANNELS, 0, names.H_PRIOR_ON, "sales", "'sales'", "ROI, mROI"),
    in_table("typical week of zero", names.TBL_CHANNELS, 0, names.H_TYPICAL_WEEK, 0.0, "0", "above 0"),
    in_table("no spend column", names.TBL_CHANNELS, 0, names.H_SPEND_COLUMN, None, "blank"),
    in_table("channel without a name", names.TBL_CHANNELS, 0, names.H_CHANNEL, None, "no name"),
    in_table("channel twice", names.TBL_CHANNELS, 1, names.H_CHANNEL, "tv", "'tv'", "already"),
    case("organic with spend", lambda d: d.tables[names.TBL_CHANNELS].rows[1].__setitem__(1, "organic"),
         "Assumptions!J7", "'search'"),
    in_table("parameter of nobody", names.TBL_PARAMETERS, 0, names.H_CHANNEL, "radio", "'radio'", "tv, search"),
    in_table("parameter misspelled", names.TBL_PARAMETERS, 0, names.H_PARAMETER, "dekay", "'dekay'", "'decay'"),
    in_table("decay above one", names.TBL_PARAMETERS, 0, names.H_HIGH, 1.2, "1.2", "decay"),
    in_table("decay reversed", names.TBL_PARAMETERS, 0, names.H_LOW, 0.9, "0.9", "above"),
    in_table("decay as text", names.TBL_PARAMETERS, 0, names.H_LOW, "half", "'half'"),
    case("parameter not in use", lambda d: d.tables[names.TBL_PARAMETERS].rows[1].__setitem__(
        slice(0, 3), ["tv", "exponent", 0.5]), "Assumptions!I23", "exponent", status="review"),
    case("unknown control", lambda d: d.tables[names.TBL_CONTROLS].rows[0].__setitem__(0, "prise"), "'prise'",
         "Assumptions!H42", "price"),
    in_table("reference as text", names.TBL_CONTROLS, 0, names.H_REFERENCE, "ten", "'ten'"),
    in_table("sign as a word of one's own", names.TBL_CONTROLS, 0, names.H_SIGN, "down", "'down'"),
    case("spend as control", lambda d: d.tables[names.TBL_CONTROLS].rows[0].__setitem__(0, "tv"), "Data!D5",
         "control"),
    in_table("test of nobody", names.TBL_LIFT_TESTS, 0, names.H_CHANNEL, "radio", "'radio'"),
    in_table("test reversed", names.TBL_LIFT_TESTS, 0, names.H_END, date(2023, 5, 1), "2023-05-01"),
    in_table("test without error", names.TBL_LIFT_TESTS, 0, names.H_STANDARD_ERROR, None, "blank"),
    in_table("test with error zero", names.TBL_LIFT_TESTS, 0, names.H_STANDARD_ERROR, 0.0, "0"),
    in_table("test share in percent", names.TBL_LIFT_TESTS, 0, names.H_POPULATION_SHARE, 20.0, "20"),
    in_table("test date as text", names.TBL_LIFT_TESTS, 0, names.H_START, "05/06/2023", "'05/06/2023'"),
    in_table("in data perhaps", names.TBL_LIFT_TESTS, 0, names.H_IN_DATA, "perhaps", "yes, no"),
    in_table("negative plan", names.TBL_SCENARIOS, 1, "tv", -0.5, "-0.5"),
    in_table("plan as text", names.TBL_SCENARIOS, 1, "tv", "+20%", "'+20%'"),
    in_table("plan twice", names.TBL_SCENARIOS, 1, names.H_SCENARIO, "Today", "'Today'", "already"),
    in_table("plan without a name", names.TBL_SCENARIOS, 1, names.H_SCENARIO, None, "no name"),
    case("plan of nobody", lambda d: d.tables[names.TBL_SCENARIOS].headers.__setitem__(1, "TV"), "Scenarios!C5",
         "'TV'", "'tv'"),
    in_table("bounds of nobody", names.TBL_CONSTRAINTS, 0, names.H_CHANNEL, "radio", "'radio'"),
    in_table("channel bounds reversed", names.TBL_CONSTRAINTS, 0, names.H_LEAST, 1.5, "1.5", "above"),
    in_table("unit of bounds", names.TBL_CONSTRAINTS, 0, names.H_IN, "percent", "'percent'"),
    in_table("fee in percent", names.TBL_CONSTRAINTS, 0, names.H_FEE, 15.0, "15"),
    in_table("group of nobody", names.TBL_GROUPS, 0, names.H_CHANNELS, "tv, radio", "'radio'"),
    in_table("group above the whole", names.TBL_GROUPS, 0, names.H_MOST, 60.0, "60", "at most 1"),
    in_table("bound as an error", names.TBL_CONSTRAINTS, 0, names.H_MOST, Error("#N/A"), "#N/A"),
    case("channel column missing", lambda d: d.tables[names.TBL_CHANNELS].headers.__setitem__(2, "Spent column"),
         "Assumptions!", "'Spend column'", "'Spent column'"),
    case("setting row missing", lambda d: _remove_rows(d, names.TBL_SETTINGS, names.SET_KPI), "Assumptions!",
         "'KPI column'"),
    case("optional setting row missing", lambda d: _remove_rows(d, names.TBL_SETTINGS, names.SET_SEED),
         "Assumptions!", "'Seed'", "default", status="review"),
]  # fmt: skip

BAD = [*FILES, *CELLS, *TABLES, *CHOICES]


def odd(name: str, change: Callable[[Draft], object], *says: str) -> Case:
    """Return a harmless oddity: same bits, no complaint; a remark only where `says` expects one."""
    return case(name, change, *says, status="review" if says else "pass")


def _on(sheet: str, change: Callable[[Any, Any], object]) -> Callable[[Draft], object]:
    """Return a change made to the open XlsxWriter sheet."""
    return lambda draft: draft.after.append(lambda book, sheets: change(book, sheets[sheet]) and None)


def _chart(book: Any, sheet: Any) -> None:
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Data!$D$6:$D$65"})
    sheet.insert_chart("K4", chart)


def _reorder(draft: Draft) -> None:
    order = [5, 3, 0, 6, 4, 1, 2]
    draft.data.headers = [draft.data.headers[i] for i in order]
    draft.data.rows = [[row[i] for i in order] for row in draft.data.rows]


def _inline(parts: dict[str, bytes]) -> None:
    """Write the header `tv` into its cell in two runs instead of among the shared texts."""
    import re

    text = rb'<c r="D5" t="inlineStr"><is><r><t>t</t></r><r><t>v</t></r><rPh sb="0" eb="1"><t>x</t></rPh></is></c>'
    parts[SHEET1] = re.sub(rb'<c r="D5"[^>]*>.*?</c>', text, parts[SHEET1])


def _no_addresses(parts: dict[str, bytes]) -> None:
    """Leave out cell addresses where they follow from the order, as some programs do."""
    import re

    body = parts[SHEET1]
    row = re.search(rb'<row r="30".*?</row>', body)
    assert row is not None
    full = row[0].replace(b'<c r="B30"', b'<c r="A30"/><c r="B30"')
    parts[SHEET1] = body.replace(row[0], re.sub(rb'<c r="[A-Z]+30"', b"<c", full))


def _prefixed(parts: dict[str, bytes]) -> None:
    """Write the sheet with a namespace prefix, as the Open XML SDK does."""
    import re

    body = re.sub(rb"<(/?)(\w+)(?=[\s/>])", rb"<\1x:\2", parts[SHEET1].partition(b"?>")[2])
    parts[SHEET1] = b'<?xml version="1.0" encoding="UTF-8"?>' + body.replace(b"xmlns=", b"xmlns:x=", 1)


def _iso_cell(parts: dict[str, bytes]) -> None:
    import re

    parts[SHEET1] = re.sub(rb'<c r="B6"[^>]*>.*?</c>', b'<c r="B6" t="d"><v>2023-01-02T00:00:00</v></c>', parts[SHEET1])


def _locked(path: Path) -> None:
    good().save(path)
    path.with_name("~$" + path.name).write_bytes(b"planner")


CLEAN = [
    odd("comments", _on(names.DATA, lambda book, sheet: sheet.write_comment("D10", "TV burst"))),
    odd("hidden rows", _on(names.DATA, lambda book, sheet: [sheet.set_row(i, None, None, {"hidden": True})
                                                            for i in range(10, 30)])),
    odd("hidden columns", _on(names.DATA, lambda book, sheet: sheet.set_column("D:E", None, None, {"hidden": True}))),
    odd("column widths", _on(names.DATA, lambda book, sheet: sheet.set_column("B:H", 31.7))),
    odd("number formats", _on(names.DATA, lambda book, sheet: sheet.set_column(
        "D:D", 12, book.add_format({"num_format": '#,##0.00 "€"'})))),
    odd("frozen panes", _on(names.DATA, lambda book, sheet: sheet.freeze_panes(5, 2))),
    odd("protected", _on(names.ASSUMPTIONS, lambda book, sheet: sheet.protect("secret"))),
    odd("hidden sheet", _on(names.EXPERIMENTS, lambda book, sheet: sheet.hide())),
    odd("very hidden sheet", _on(names.ASSUMPTIONS, lambda book, sheet: sheet.very_hidden())),
    odd("validation", _on(names.DATA, lambda book, sheet: sheet.data_validation(
        "D6:D65", {"validate": "decimal", "criteria": ">=", "value": 0}))),
    odd("conditional formats", _on(names.DATA, lambda book, sheet: sheet.conditional_format(
        "D6:D65", {"type": "data_bar"}))),
    odd("defined names", _on(names.DATA, lambda book, sheet: book.define_name("Spend", "=Data!$D$6:$D$65"))),
    odd("chart", _on(names.DATA, _chart)),
    odd("blank formatted cells touching", _on(names.DATA, lambda book, sheet: [
        sheet.write_blank(row, column, None, book.add_format({"bg_color": "yellow"}))
        for row, column in ((65, 1), (66, 2), (10, 8), (10, 0))])),
    odd("extra sheet with errors", lambda d: d.cells.update({("Notes", 0, 0): Error("#REF!"), ("Notes", 3, 3): "x"})),
    odd("note away from the table", lambda d: d.cells.update({(names.DATA, 67, 1): "Source: finance"})),
    odd("title above the table", lambda d: d.cells.update({(names.DATA, 3, 1): "Weekly data"})),
    odd("stray last cell", lambda d: d.cells.update({(names.DATA, 1_048_575, 16_383): 1.0})),
    odd("columns in another order", _reorder),
    odd("rows in another order", lambda d: d.data.rows.reverse()),
    odd("table elsewhere", lambda d: (setattr(d.data, "top", 17), setattr(d.data, "left", 30))),
    odd("spare column in use by nobody", lambda d: [
        d.data.headers.append("agency"), *(row.append("=cmd|' /C calc'!A0") for row in d.data.rows)]),
    odd("formula with its result", lambda d: d.put(9, "tv", Formula("=D14+1", d.data.rows[9][2]))),
    odd("total row of the table", lambda d: setattr(d.data, "total", True)),
    odd("settings in another order", lambda d: d.tables[names.TBL_SETTINGS].rows.reverse()),
    odd("spaces around a setting", lambda d: d.set(names.SET_KPI, " revenue ")),
    odd("a note with an error", lambda d: d.tables[names.TBL_CHANNELS].rows[0].__setitem__(13, Error("#N/A"))),
    odd("sheet renamed", lambda d: d.edits.append(replace_in(BOOK, b'name="Data"', b'name="Data (2)"'))),
    odd("header in runs", lambda d: d.edits.append(_inline)),
    odd("cells without addresses", lambda d: d.edits.append(_no_addresses)),
    odd("namespace prefix", lambda d: d.edits.append(_prefixed)),
    odd("date in ISO form", lambda d: d.edits.append(_iso_cell)),
    odd("recalculated on load, no formulas", lambda d: setattr(d, "calc_on_load", True)),
    odd("own configuration", _conf("UDF MODULES", "xl_mmm.hosts.classic")),
    odd("dates from 1904", lambda d: d.options.update({"date_1904": True}), "1904"),
    Case("open in Excel", _locked, ("open in Excel", "last saved"), "review"),
]  # fmt: skip
