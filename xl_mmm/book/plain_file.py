"""A workbook's file without macros and buttons: what an .xlsm of ours holds, as an .xlsx."""

from __future__ import annotations

import re

from xl_mmm.book.editing.archive import Archive
from xl_mmm.errors import CellError

PLAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
TYPES, BOOK, LINKS = "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def without_macros(data: bytes, label: str) -> bytes:
    """Return the file without VBA project, buttons and the sheet that configures xlwings.

    The bytes of a workbook without macros come back as they are.

    Raises
    ------
    CellError
        The parts of the file do not fit together.
    """
    parts = Archive(data, label)
    if MACROS not in parts.read(TYPES):
        return data
    gone = [f"xl/{target}" for target in _cut(parts, LINKS, rb"<Relationship [^>]*vbaProject[^>]*/>", label)]
    conf = re.search(rb'<sheet [^>]*name="xlwings\.conf"[^>]*r:id="([^"]+)"[^>]*/>', parts.read(BOOK))
    if conf is not None:
        parts.replace(BOOK, parts.read(BOOK).replace(conf[0], b""))
        gone += [
            f"xl/{target}" for target in _cut(parts, LINKS, rb'<Relationship [^>]*Id="%s"[^>]*/>' % conf[1], label)
        ]
    types = parts.read(TYPES).replace(MACROS, PLAIN)
    for sheet in re.findall(rb'PartName="/(xl/worksheets/[^"]+)"', types):
        name = sheet.decode()
        if name in gone or b"<legacyDrawing " not in parts.read(name):
            continue
        parts.replace(name, re.sub(rb"<legacyDrawing [^>]*/>", b"", parts.read(name)))
        folder, _, file = name.rpartition("/")
        own = _cut(parts, f"{folder}/_rels/{file}.rels", rb"<Relationship [^>]*vmlDrawing[^>]*/>", label)
        gone += [f"xl/{target.removeprefix('../')}" for target in own]
    for name in gone:
        parts.remove(name)
        types = re.sub(rb'<Override PartName="/%s"[^>]*/>' % re.escape(name.encode()), b"", types)
    parts.replace(TYPES, re.sub(rb'<Default Extension="(?:bin|vml)"[^>]*/>', b"", types))
    return parts.to_bytes()


def _cut(parts: Archive, name: str, pattern: bytes, label: str) -> list[str]:
    """Take relations out of a part and return what they point at."""
    found = re.findall(pattern, parts.read(name))
    targets = [re.search(rb'Target="([^"]+)"', link) for link in found]
    for link in found:
        parts.replace(name, parts.read(name).replace(link, b""))
    if None in targets:
        raise CellError(f"{label}: '{name}' points nowhere. Save the file again in Excel, then retry.")
    return [target[1].decode() for target in targets if target is not None]
