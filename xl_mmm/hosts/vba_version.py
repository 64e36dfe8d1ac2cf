"""Which xlwings a workbook's macros were made for: the DLL's name in their source holds the version.

Reads `vbaProject.bin` as far as that takes: a compound file (MS-CFB) of streams, in which a module's source is
compressed (MS-OVBA 2.4.1). Nothing in it is run, and a damaged file holds no version.
"""

from __future__ import annotations

import re
import struct
from itertools import pairwise

_DLL = re.compile(rb"xlwings(?:32|64)-(\d+(?:\.\d+)+)\.dll")
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_START = re.compile(rb"\x01.[\xb0-\xbf]", re.DOTALL)  # a compressed container: signature, header of its first chunk
_LAST_SECTOR = 0xFFFFFFFA
_ENTRY = 128  # bytes of a directory entry
_STREAM, _ROOT = 2, 5


def versions(project: bytes) -> set[str]:
    """Return the versions of xlwings named in a VBA project's source; none when it cannot be read."""
    try:
        return {
            match[1].decode("ascii")
            for stream in _streams(project)
            for start in _START.finditer(stream)
            for match in _DLL.finditer(_source(stream, start.start()))
        }
    except (struct.error, IndexError):
        return set()


def _streams(data: bytes) -> list[bytes]:
    """Return the contents of a compound file's streams."""
    if not data.startswith(_MAGIC):
        return []
    shift, small_shift = struct.unpack_from("<HH", data, 0x1E)
    n_tables, directory_start = struct.unpack_from("<II", data, 0x2C)
    cutoff, small_table_start = struct.unpack_from("<II", data, 0x38)
    size, small_size = 1 << shift, 1 << small_shift
    tables = struct.unpack_from("<109I", data, 0x4C)[: min(n_tables, 109)]
    table = _numbers(b"".join(data[(n + 1) * size : (n + 2) * size] for n in tables))

    def large(start: int) -> bytes:
        return b"".join(data[(n + 1) * size : (n + 2) * size] for n in _chain(table, start))

    directory = large(directory_start)
    entries = [directory[i:j] for i, j in pairwise(range(0, len(directory) + 1, _ENTRY))]
    kinds = [(entry[66], *struct.unpack_from("<II", entry, 116)) for entry in entries]
    small_area = next((large(start) for kind, start, _ in kinds if kind == _ROOT), b"")
    small_table = _numbers(large(small_table_start))

    def small(start: int) -> bytes:
        return b"".join(small_area[n * small_size : (n + 1) * small_size] for n in _chain(small_table, start))

    return [
        (large(start) if length >= cutoff else small(start))[:length]
        for kind, start, length in kinds
        if kind == _STREAM
    ]


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _chain(table: tuple[int, ...], start: int) -> list[int]:
    """Return the sectors of a stream, in order; a circle ends after as many sectors as there are."""
    found: list[int] = []
    while start < _LAST_SECTOR and start < len(table) and len(found) <= len(table):
        found.append(start)
        start = table[start]
    return found


def _source(data: bytes, position: int) -> bytes:
    """Unpack a compressed container as far as it is one."""
    found = bytearray()
    position += 1
    while position + 2 <= len(data):
        (header,) = struct.unpack_from("<H", data, position)
        if (header >> 12) & 7 != 3:
            break
        end = min(len(data), position + (header & 0xFFF) + 3)
        if header >> 15:
            _unpack_chunk(data, position + 2, end, found)
        else:
            found += data[position + 2 : end]
        position = end
    return bytes(found)


def _unpack_chunk(data: bytes, position: int, end: int, found: bytearray) -> None:
    start = len(found)
    while position < end:
        flags = data[position]
        position += 1
        for bit in range(8):
            if position >= end:
                return
            if not flags >> bit & 1:
                found.append(data[position])
                position += 1
                continue
            if position + 2 > end:
                return
            (token,) = struct.unpack_from("<H", data, position)
            position += 2
            bits = max(4, (len(found) - start - 1).bit_length())
            offset, length = (token >> (16 - bits)) + 1, (token & (0xFFFF >> bits)) + 3
            if offset > len(found) - start:  # no container after all
                return
            for _ in range(length):
                found.append(found[-offset])
