"""The gate: what a file must be before any parser may see it.

A workbook comes from outside. Before XML is parsed its bytes are read once (the hash is of those bytes), its kind is
recognized by its first bytes and its parts are measured: number, names, sizes, ratio, document types, cells. A file
that is no workbook is refused with the remedy for its kind. A 1 MB archive that unpacks to gigabytes is refused
without being unpacked.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from xl_mmm.errors import CellError
from xl_mmm.tables.cell_values import LAST_COLUMN

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 1_000_000
MAX_FILE_BYTES = 200 * MEGABYTE
MAX_ENTRIES = 2_000
MAX_PART_BYTES = 200 * MEGABYTE
MAX_TOTAL_BYTES = 400 * MEGABYTE
MAX_RATIO = 200
RATIO_FREE_BYTES = 20 * MEGABYTE  # small parts of blanks compress better than any bomb and harm nobody
MAX_CELLS = 5_000_000

_CHUNK = 1 << 20
_TAIL = 16  # bytes carried from chunk to chunk, longer than the longest token searched for
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CELL = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,8}:)?c[\s/>]")
_DOCTYPE = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
_ENCODING = re.compile(rb"""^[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_ASCII_LIKE = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_STRICT = b"http://purl.oclc.org/ooxml/"

_SAVE_AS = "Open it in Excel and save it as 'Excel Workbook (.xlsx)', then use that file."
_NEW_FROM = "Make a workbook from it with: xl-mmm new OUT.xlsx --from FILE."
# all that zipfile raises on a damaged file; NotImplementedError is its word for an unknown compression
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)
_FRESH = "Take a fresh copy from where the file came from, or open it in Excel and save it again."


@dataclass(frozen=True, slots=True)
class GatedFile:
    """A workbook that passed the gate: its bytes are held, its parts unpack on request.

    Attributes
    ----------
    path
        Where it was read.
    sha
        Hex SHA-256 of the bytes read.
    archive
        The open zip archive over those bytes.
    locked
        Whether Excel's lock file stands beside it: the file is open elsewhere and may hold unsaved changes.
    """

    path: Path
    sha: str
    archive: zipfile.ZipFile
    locked: bool

    def has(self, part: str) -> bool:
        """Return whether the package holds `part`."""
        return part in self.archive.NameToInfo

    def read(self, part: str) -> bytes:
        """Unpack one part.

        Raises
        ------
        CellError
            When the part is missing or damaged.
        """
        if not self.has(part):
            _refuse(self.path, f"lacks its part '{part}', so it is incomplete.", _FRESH)
        try:
            return self.archive.read(part)
        except _DAMAGE as error:
            raise CellError(_sentence(self.path, f"is damaged in its part '{part}'.", _FRESH)) from error


def pass_gate(path: str | Path) -> GatedFile:
    """Read a workbook's bytes and let it pass, or refuse it.

    Parameters
    ----------
    path
        The workbook (`.xlsx`, `.xlsm`).

    Returns
    -------
    GatedFile
        The workbook, measured and safe to parse.

    Raises
    ------
    CellError
        One sentence: what the file is, and what to do.
    """
    path = Path(path)
    content = read_bytes(path)
    _check_magic(path, content)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _DAMAGE as error:
        what = "is cut short or damaged: its directory of parts is missing."
        raise CellError(_sentence(path, what, _FRESH)) from error
    _check_entries(path, archive.infolist())
    _check_kind(path, archive)
    _check_parts(path, archive)
    return GatedFile(path, hashlib.sha256(content).hexdigest(), archive, _lock_file(path).exists())


def read_bytes(path: Path) -> bytes:
    """Read a whole file from outside, within the size limit.

    Raises
    ------
    CellError
        When there is no such file, it may not be read, it is empty or too large, or it is Excel's lock file.
    """
    if path.name.startswith("~$"):
        _refuse(path, "is Excel's lock file, not the workbook.", f"Use {path.name[2:]} instead.")
    try:
        if path.is_dir():
            _refuse(path.resolve(), "is a folder.", "Name the workbook inside it.")
        if not path.exists():
            _refuse(path, "does not exist.", "Check the spelling of the path.")
        if path.stat().st_size > MAX_FILE_BYTES:
            _refuse(path, f"has more than {MAX_FILE_BYTES // MEGABYTE} MB.", "Remove pictures and sheets not needed.")
        content = path.read_bytes()
    except PermissionError as error:
        remedy = "Close it in Excel, or ask for the right to read it."
        raise CellError(_sentence(path, "cannot be read: it is locked or you lack permission.", remedy)) from error
    except OSError as error:
        what = f"cannot be read ({error.strerror})."
        raise CellError(_sentence(path, what, "Check the drive and the path.")) from error
    if not content:
        _refuse(path, "is empty (0 bytes).", _FRESH)
    return content


def _check_magic(path: Path, content: bytes) -> None:
    """Recognize what is not a zip archive by its first bytes, and say what to do with it."""
    if content.startswith(_ZIP):
        return
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            _refuse(
                path,
                "is protected with a password to open.",
                "In Excel choose File > Info > Protect Workbook > Encrypt with Password, clear it, and save.",
            )
        _refuse(path, "is an old Excel workbook (.xls, Excel 97-2003).", _SAVE_AS)
    if content.startswith(b"PK"):
        _refuse(path, "is an empty or split zip archive, not a workbook.", _FRESH)
    if content.startswith(b"%PDF"):
        _refuse(path, "is a PDF document.", "Use the workbook that it was printed from.")
    if content.startswith(b"PAR1"):
        _refuse(path, "is a Parquet file, not a workbook.", _NEW_FROM)
    if content.startswith((b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        _refuse(path, "is a compressed archive.", "Unpack it and use the workbook inside.")
    head = content[:4096].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if head.startswith((b"<html", b"<!doctype", b"<?xml", b"<table", b"<workbook")):
        _refuse(path, "is a web page or XML text with an Excel name.", _SAVE_AS)
    if _looks_like_text(content[:4096]):
        _refuse(path, "is plain text (CSV), not an Excel workbook.", _NEW_FROM)
    _refuse(path, "is not an Excel workbook: its first bytes are of no known kind.", _FRESH)


def _looks_like_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    control = sum(byte < 32 and byte not in (9, 10, 12, 13) for byte in head)
    return control == 0


def _check_entries(path: Path, entries: list[zipfile.ZipInfo]) -> None:
    """Measure the directory of parts; nothing is unpacked yet."""
    if len(entries) > MAX_ENTRIES:
        _refuse(path, f"holds {len(entries):,} parts; a workbook has at most {MAX_ENTRIES:,}.", _FRESH)
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        folded = name.casefold()  # part names are the same in either case
        if folded in seen:
            _refuse(path, f"holds its part '{name}' twice, so it is ambiguous.", _FRESH)
        seen.add(folded)
        pieces = re.split(r"[/\\]", name)
        if name.startswith(("/", "\\")) or ".." in pieces or ":" in name or "\\" in entry.orig_filename:
            _refuse(path, f"holds a part with the unsafe name '{name}'.", _FRESH)
        if entry.flag_bits & 0x1:
            _refuse(path, f"holds the encrypted part '{name}'.", "Save the workbook without a password.")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            _refuse(path, f"packs its part '{name}' in a way no Excel uses.", _FRESH)
        if entry.file_size > MAX_PART_BYTES:
            _refuse(
                path,
                f"would unpack its part '{name}' to {entry.file_size / MEGABYTE:,.0f} MB; "
                f"the limit is {MAX_PART_BYTES // MEGABYTE} MB.",
                "Delete the rows and sheets that hold no data.",
            )
        if entry.file_size > RATIO_FREE_BYTES and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            _refuse(
                path,
                f"packs its part '{name}' more than {MAX_RATIO} to 1, as archives made to exhaust memory do.",
                "Delete empty formatted rows and columns in Excel and save it again.",
            )
    total = sum(entry.file_size for entry in entries)
    if total > MAX_TOTAL_BYTES:
        _refuse(
            path,
            f"would unpack to {total / MEGABYTE:,.0f} MB; the limit is {MAX_TOTAL_BYTES // MEGABYTE} MB.",
            "Remove sheets and pictures that are not needed.",
        )


def _check_kind(path: Path, archive: zipfile.ZipFile) -> None:
    """Tell an Excel workbook from the other files that are zip archives."""
    names = set(archive.namelist())
    if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
        kind = _unpack(path, archive, "mimetype")
        if b"opendocument" in kind:
            _refuse(path, "is an OpenDocument file (.ods).", "Save it from LibreOffice as 'Excel 2007-365 (.xlsx)'.")
    if "xl/workbook.bin" in names:
        _refuse(path, "is a binary Excel workbook (.xlsb).", _SAVE_AS)
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        _refuse(path, "is a Word or PowerPoint document.", "Use the Excel workbook.")
    if any(name.endswith(".iwa") for name in names):
        _refuse(path, "is an Apple Numbers document.", "Export it from Numbers as Excel (.xlsx).")
    if "[Content_Types].xml" not in names or "_rels/.rels" not in names:
        _refuse(path, "is a zip archive without a workbook inside.", _FRESH)
    if _STRICT in _unpack(path, archive, "_rels/.rels"):
        _refuse(path, "is a 'Strict Open XML' workbook.", "Save it as 'Excel Workbook (.xlsx)', not Strict.")


def _unpack(path: Path, archive: zipfile.ZipFile, part: str) -> bytes:
    return b"".join(_chunks(path, archive, part))


def _check_parts(path: Path, archive: zipfile.ZipFile) -> None:
    """Unpack every XML part once, in pieces: no document types, and cells within the budget."""
    cells = 0
    for name in archive.namelist():
        if not name.lower().endswith((".xml", ".rels", ".vml")):
            continue
        sheet = "worksheets/" in name
        tail = b""
        for number, chunk in enumerate(_utf8_chunks(path, name, _chunks(path, archive, name))):
            if number == 0:
                _check_encoding(path, name, chunk)
            window = tail + chunk
            if _DOCTYPE.search(window):
                _refuse(
                    path,
                    f"declares a document type (<!DOCTYPE) in its part '{name}', which can carry an attack.",
                    "Open it in Excel and save it again; Excel never writes one.",
                )
            if sheet:
                here = sum(match.end() > len(tail) for match in _CELL.finditer(window))
                if here > LAST_COLUMN and b"row" not in window:  # a row is held whole while it is read
                    _refuse(path, f"has a row of more than {LAST_COLUMN:,} cells in its part '{name}'.", _FRESH)
                cells += here
                if cells > MAX_CELLS:
                    _refuse(
                        path,
                        f"holds more than {MAX_CELLS:,} cells.",
                        "Delete the sheets and the formatted rows and columns that hold no data.",
                    )
            tail = window[-_TAIL:]


def _chunks(path: Path, archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk
    except _DAMAGE as error:
        raise CellError(_sentence(path, f"is cut short or damaged in its part '{part}'.", _FRESH)) from error


def _utf8_chunks(path: Path, part: str, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Turn UTF-16 text into UTF-8, so that one search finds a token in either."""
    decoder: codecs.IncrementalDecoder | None = None
    for number, chunk in enumerate(chunks):
        if number == 0:
            if chunk.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                decoder = codecs.getincrementaldecoder("utf-16")()
            elif chunk[:2] in (b"<\x00", b"\x00<"):
                decoder = codecs.getincrementaldecoder("utf-16-le" if chunk[0] else "utf-16-be")()
        if decoder is None:
            yield chunk
            continue
        try:
            yield decoder.decode(chunk).encode("utf-8")
        except UnicodeError as error:
            raise CellError(_sentence(path, f"is damaged in its part '{part}'.", _FRESH)) from error


def _check_encoding(path: Path, part: str, head: bytes) -> None:
    """Refuse encodings in which the search for document types would be blind."""
    match = _ENCODING.match(head)
    if match and match[1].decode("ascii").lower() not in _ASCII_LIKE:
        _refuse(path, f"declares the encoding '{match[1].decode('ascii')}' in its part '{part}'.", _FRESH)


def _lock_file(path: Path) -> Path:
    return path.with_name("~$" + path.name)


def _sentence(path: Path, what: str, remedy: str) -> str:
    return f"{path.name} {what} {remedy}"


def _refuse(path: Path, what: str, remedy: str) -> NoReturn:
    raise CellError(_sentence(path, what, remedy))
