"""The workbook as a zip file whose untouched members keep their very bytes.

`zipfile` can only re-compress. Here a member that is not replaced is copied as it was found: local header, name,
compressed data and descriptor, in the same place of the same order, so its hash, date and size stay. Only replaced
members are compressed anew, with their old date. Nothing here knows what a cell is.
"""

from __future__ import annotations

import itertools
import posixpath
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xl_mmm.errors import CellError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"

MAX_PART = 200 * 2**20  # bytes unpacked; the gate's limit, kept here too because the writer can be called alone
MAX_PARTS = 2_000
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the old container: a password-protected workbook, or an .xls

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x1, 0x8, 0x800


@dataclass(frozen=True, slots=True)
class Member:
    """One entry of the zip directory.

    Attributes
    ----------
    name
        Part name without a leading slash.
    record
        The entry's directory record, as found.
    start, end
        Where the member's local header begins and where the next thing begins, in bytes.
    flags, method, crc, packed, unpacked
        Fields of the record; sizes in bytes.
    """

    name: str
    record: bytes
    start: int
    end: int
    flags: int
    method: int
    crc: int
    packed: int
    unpacked: int


class Archive:
    """A workbook's parts, to be read, replaced or removed, and written out again.

    Parameters
    ----------
    data
        The file's bytes.
    label
        The file's name, for messages.

    Raises
    ------
    CellError
        The bytes are not a workbook this program may edit: encrypted, an old `.xls`, truncated, not a zip file.
    """

    def __init__(self, data: bytes, label: str) -> None:
        self._data = data
        self._label = label
        self._changes: dict[str, bytes | None] = {}
        self._members, self._directory, self._tail = _directory(data, label)
        self._by_name = {member.name: member for member in self._members}
        if len(self._by_name) < len(self._members):
            raise CellError(f"{label}: two parts of the file have one name. Save it again in Excel, then retry.")

    def __contains__(self, name: str) -> bool:
        return self._changes.get(name, b"") is not None and name in self._by_name

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the parts that differ from the file as found, in file order."""
        return tuple(member.name for member in self._members if member.name in self._changes)

    def read(self, name: str) -> bytes:
        """Unpack one part, as changed so far."""
        if name not in self:
            raise CellError(f"{self._label}: the part '{name}' is missing. Save the file again in Excel, then retry.")
        changed = self._changes.get(name)
        return _unpack(self._data, self._by_name[name], self._label) if changed is None else changed

    def replace(self, name: str, content: bytes) -> None:
        """Give an existing part new content; the same content is no change."""
        if content != self.read(name):
            self._changes[name] = content

    def remove(self, name: str) -> None:
        """Drop a part."""
        self._changes[name] = None

    def to_bytes(self) -> bytes:
        """Return the file: the very bytes found where nothing changed."""
        if not self._changes:
            return self._data
        first = min(member.start for member in self._members)
        pieces: list[bytes] = [self._data[:first]]
        position = first
        records: dict[str, bytes] = {}
        for member in sorted(self._members, key=lambda m: m.start):
            if member.name not in self._changes:
                piece, record = self._data[member.start : member.end], member.record
            else:
                content = self._changes[member.name]
                if content is None:
                    continue
                piece, record = _pack(member, content)
            records[member.name] = record[:42] + struct.pack("<L", position) + record[46:]
            pieces.append(piece)
            position += len(piece)
        directory = b"".join(records[member.name] for member in self._members if member.name in records)
        count = len(records)
        end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), position, len(self._tail))
        return b"".join([*pieces, directory, end, self._tail])


def _directory(data: bytes, label: str) -> tuple[list[Member], int, bytes]:
    """Read the zip directory: members in its order, where it starts, and the file's closing comment."""
    if data.startswith(OLE_MAGIC):
        raise CellError(
            f"{label} is protected by a password, or is an old .xls file. In Excel choose File, Info, Protect "
            "Workbook, Encrypt with Password, clear the password, and save as .xlsx or .xlsm."
        )
    at = data.rfind(b"PK\x05\x06")
    if not data.startswith(b"PK") or at < 0 or len(data) < at + _END.size:
        raise CellError(
            f"{label} is not an Excel workbook, or it was cut short. Open it in Excel and save it as .xlsx or .xlsm."
        )
    _, disk, _, _, count, size, offset, comment = _END.unpack_from(data, at)
    if disk or offset + size != at or count > MAX_PARTS:
        raise CellError(f"{label}: the file's directory is unusual. Open it in Excel, save it again, then retry.")
    members: list[Member] = []
    position = offset
    for _ in range(count):
        if data[position : position + 4] != b"PK\x01\x02" or position + _CENTRAL.size > at:
            raise CellError(f"{label}: the file's directory is damaged. Repair it in Excel, save it, then retry.")
        fields = _CENTRAL.unpack_from(data, position)
        flags, method, crc, packed, unpacked = fields[3], fields[4], fields[7], fields[8], fields[9]
        name_length, extra_length, comment_length, start = fields[10], fields[11], fields[12], fields[16]
        length = _CENTRAL.size + name_length + extra_length + comment_length
        record = data[position : position + length]
        raw = record[_CENTRAL.size : _CENTRAL.size + name_length]
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437", errors="replace")
        if 0xFFFFFFFF in (packed, unpacked, start) or start >= offset:
            raise CellError(f"{label}: the part '{name}' is out of place. Open the file in Excel, save it, then retry.")
        members.append(Member(name, record, start, 0, flags, method, crc, packed, unpacked))
        position += length
    if not members:
        raise CellError(f"{label} is an empty zip file, not an Excel workbook.")
    starts = [*sorted(member.start for member in members), offset]
    ends = dict(itertools.pairwise(starts))
    placed = [
        Member(m.name, m.record, m.start, ends[m.start], m.flags, m.method, m.crc, m.packed, m.unpacked)
        for m in members
    ]
    return placed, offset, data[at + _END.size : at + _END.size + comment]


def _unpack(data: bytes, member: Member, label: str) -> bytes:
    """Decompress one member and prove its checksum."""
    if member.flags & _ENCRYPTED:
        raise CellError(f"{label} is encrypted. Remove the password in Excel (File, Info), then retry.")
    if member.unpacked > MAX_PART:
        raise CellError(f"{label}: the part '{member.name}' unpacks to more than {MAX_PART >> 20} MB; it is refused.")
    name_length, extra_length = struct.unpack_from("<2H", data, member.start + 26)
    at = member.start + _LOCAL.size + name_length + extra_length
    packed = data[at : at + member.packed]
    content = packed
    if member.method == _DEFLATED:
        try:
            content = zlib.decompressobj(-15).decompress(packed, member.unpacked + 1)
        except zlib.error as error:
            raise CellError(f"{label}: the part '{member.name}' is damaged ({error}). Restore a backup.") from error
    elif member.method != _STORED:
        raise CellError(f"{label}: the part '{member.name}' is packed in an unusual way. Save the file in Excel first.")
    if len(content) != member.unpacked or zlib.crc32(content) != member.crc:
        raise CellError(f"{label}: the part '{member.name}' is damaged (its checksum differs). Restore a backup.")
    return content


def _pack(member: Member, content: bytes) -> tuple[bytes, bytes]:
    """Compress new content under the member's name and date: local part and directory record."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    fields = list(_CENTRAL.unpack_from(member.record))
    raw_name = member.record[_CENTRAL.size : _CENTRAL.size + fields[10]]
    flags = member.flags & ~_DESCRIPTOR
    crc = zlib.crc32(content)
    time, day = fields[5], fields[6]
    local = _LOCAL.pack(
        b"PK\x03\x04", 20, flags, _DEFLATED, time, day, crc, len(packed), len(content), len(raw_name), 0
    )
    # the extra field may hold 64-bit sizes that no longer apply; a part needs none
    fields[2:5] = 20, flags, _DEFLATED
    fields[7:10] = crc, len(packed), len(content)
    fields[11:13] = 0, 0
    return local + raw_name + packed, _CENTRAL.pack(*fields) + raw_name


def parse(content: bytes, label: str) -> Any:
    """Parse a part's XML without entities, network or document types.

    Returns
    -------
    lxml.etree._Element
        The root element.
    """
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, strip_cdata=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise CellError(f"{label} is not readable ({error}). Open the file in Excel, save it, then retry.") from error
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise CellError(f"{label} declares a document type, which no workbook needs; it is refused.")
    return root


def serialize(root: Any, found: bytes) -> bytes:
    """Write an element tree as a part, under the first lines the part was found with."""
    from lxml import etree

    body = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    head = found[: found.find(b"?>") + 2] if found.startswith(b"<?xml") else b""
    if b"utf-8" not in head.lower():
        head = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return head + b"\n" + bytes(body)


def relations(archive: Archive, part: str, label: str) -> dict[str, tuple[str, str]]:
    """Relations of a part: id -> (type's last word, target part name)."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels not in archive:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for relation in parse(archive.read(rels), f"{label}: {rels}"):
        if not isinstance(relation.tag, str) or relation.get("TargetMode") == "External":
            continue
        target = relation.get("Target", "")
        name = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        found[relation.get("Id", "")] = (relation.get("Type", "").rsplit("/", 1)[-1], name)
    return found


def attributes(element: Any) -> Mapping[str, str]:
    """Attributes of an element as plain strings."""
    return {str(key): str(value) for key, value in element.attrib.items()}
