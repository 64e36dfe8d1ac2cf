"""Named cell styles for a finished workbook: XlsxWriter formats cells but cannot name their styles.

Excel's gallery then shows `MMM Input`, `MMM Calculation` and `MMM Output`, and changing one changes every cell of it.
"""

from __future__ import annotations

import copy
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lxml.etree import _Element

PART = "xl/styles.xml"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def name_styles(path: Path, families: Mapping[str, Sequence[int]]) -> None:
    """Give cell formats a named style.

    Parameters
    ----------
    path
        A workbook that XlsxWriter has closed; it is replaced.
    families
        Style name -> positions of its cell formats; the first one shows what the style looks like.
    """
    from lxml import etree

    with zipfile.ZipFile(path) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist()]
    part = path.with_name(f"{path.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, content in entries:
            if info.filename == PART:
                root = etree.fromstring(content)
                for name, positions in families.items():
                    if positions:
                        _name(root, name, positions)
                content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
            archive.writestr(info, content)
    part.replace(path)


def _name(root: _Element, name: str, positions: Sequence[int]) -> None:
    """Add one named style and point its cell formats to it."""
    masters, formats, names = (_child(root, tag) for tag in ("cellStyleXfs", "cellXfs", "cellStyles"))
    master = copy.deepcopy(formats[positions[0]])
    del master.attrib["xfId"]
    master.set("numFmtId", "0")
    if "applyNumberFormat" in master.attrib:
        del master.attrib["applyNumberFormat"]
    masters.append(master)
    index = str(len(masters) - 1)
    for position in positions:
        formats[position].set("xfId", index)
    entry = copy.deepcopy(names[0])
    entry.attrib.clear()
    entry.set("name", name)
    entry.set("xfId", index)
    names.append(entry)
    for element in (masters, names):
        element.set("count", str(len(element)))


def _child(root: _Element, tag: str) -> _Element:
    found = root.find(f"{MAIN}{tag}")
    if found is None:
        raise RuntimeError(f"{PART} has no {tag}")  # XlsxWriter always writes it
    return found
