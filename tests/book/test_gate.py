"""What passes the gate, what does not, and at which measure."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.book.bad_files import SHEET1, edit_parts, good
from xl_mmm.book import gate
from xl_mmm.book.gate import pass_gate
from xl_mmm.errors import CellError


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.xlsx"
    good().save(path)
    return path


def _pad(path: Path, size: int, fill: bytes) -> None:
    """Add a part of `size` bytes made of `fill`."""
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/pad.bin", (fill * (size // len(fill) + 1))[:size])


def test_sound_book_passes_with_the_hash_of_its_bytes(book: Path) -> None:
    gated = pass_gate(book)
    assert gated.sha == hashlib.sha256(book.read_bytes()).hexdigest()
    assert not gated.locked
    assert gated.has(SHEET1)
    assert gated.read(SHEET1).startswith(b"<?xml")


def test_missing_part_is_named(book: Path) -> None:
    with pytest.raises(CellError, match=r"book\.xlsx lacks its part 'xl/none\.xml'"):
        pass_gate(book).read("xl/none.xml")


def test_lock_file_is_noticed_and_never_read(book: Path) -> None:
    lock = book.with_name("~$book.xlsx")
    lock.write_bytes(b"planner")
    assert pass_gate(book).locked
    with pytest.raises(CellError, match=r"lock file, not the workbook\. Use book\.xlsx instead"):
        pass_gate(lock)


def test_ratio_counts_only_beyond_twenty_megabytes(book: Path) -> None:
    _pad(book, gate.RATIO_FREE_BYTES, b" ")
    assert pass_gate(book).has("xl/media/pad.bin")
    edit_parts(book, lambda parts: parts.update({"xl/media/pad.bin": b" " * (gate.RATIO_FREE_BYTES + 1)}))
    with pytest.raises(CellError, match=r"packs its part 'xl/media/pad\.bin' more than 200 to 1"):
        pass_gate(book)


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ("MAX_PART_BYTES", "would unpack its part"),
        ("MAX_TOTAL_BYTES", "would unpack to"),
        ("MAX_ENTRIES", "parts; a workbook has at most"),
        ("MAX_CELLS", "holds more than"),
        ("MAX_FILE_BYTES", "has more than"),
    ],
)
def test_every_limit_is_kept(book: Path, monkeypatch: pytest.MonkeyPatch, limit: str, says: str) -> None:
    monkeypatch.setattr(gate, limit, 5)
    with pytest.raises(CellError, match=says):
        pass_gate(book)


def test_cells_are_counted_across_pieces(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(book) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if "worksheets/sheet" in name]
    count = sum(sheet.count(b"<c ") for sheet in sheets)
    for chunk in (7, 64, 1 << 20):
        monkeypatch.setattr(gate, "_CHUNK", chunk)
        monkeypatch.setattr(gate, "MAX_CELLS", count)
        assert pass_gate(book).path == book
        monkeypatch.setattr(gate, "MAX_CELLS", count - 1)
        with pytest.raises(CellError, match="cells"):
            pass_gate(book)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("chunk", [7, 1 << 20])
def test_document_type_is_found_wherever_a_piece_ends(
    book: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, chunk: int
) -> None:
    text = f"<?xml version='1.0'?><!--{'-' * 12} --><!dOcTyPe x><x/>".replace("-- -->", "-->", 1)
    edit_parts(book, lambda parts: parts.update({"docProps/app.xml": text.encode(encoding)}))
    monkeypatch.setattr(gate, "_CHUNK", chunk)
    with pytest.raises(CellError, match=r"document type .* 'docProps/app\.xml'"):
        pass_gate(book)


def test_row_wider_than_a_sheet_is_refused(book: Path) -> None:
    body = b"<worksheet><sheetData><row>" + b"<c/>" * 1_000_000
    edit_parts(book, lambda parts: parts.update({SHEET1: body + b"</row></sheetData></worksheet>"}))
    with pytest.raises(CellError, match="row of more than 16,384 cells"):
        pass_gate(book)


def test_damaged_part_is_named(book: Path) -> None:
    with zipfile.ZipFile(book) as archive:
        offset = archive.getinfo(SHEET1).header_offset + 30 + len(SHEET1) + 40
    content = bytearray(book.read_bytes())
    content[offset : offset + 60] = bytes(60)
    book.write_bytes(content)
    with pytest.raises(CellError, match=r"cut short or damaged in its part 'xl/worksheets/sheet1\.xml'"):
        pass_gate(book)


@pytest.mark.parametrize("name", ["..\\evil.xml", "C:/evil.xml", "xl/../../evil.xml", "\\evil.xml"])
def test_unsafe_part_names(book: Path, name: str) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"")
    with pytest.raises(CellError, match="unsafe name"):
        pass_gate(book)


def test_same_part_in_other_case_is_ambiguous(book: Path) -> None:
    with zipfile.ZipFile(book, "a") as archive:
        archive.writestr(SHEET1.upper(), b"<worksheet/>")
    with pytest.raises(CellError, match="twice"):
        pass_gate(book)


def test_packing_that_excel_never_uses(book: Path) -> None:
    with zipfile.ZipFile(book, "a", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/media/x.bin", b"x")
    with pytest.raises(CellError, match="packs its part"):
        pass_gate(book)


def test_unreadable_file(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path) -> bytes:
        raise PermissionError(13, "denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(CellError, match=r"locked or you lack permission\. Close it in Excel"):
        pass_gate(book)
