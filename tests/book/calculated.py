"""LibreOffice's own calculation of a workbook."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl

from tests.conftest import answer
from xl_mmm.book.editing.archive import Archive

if TYPE_CHECKING:
    from openpyxl import Workbook

    from tests.conftest import Office


def calculated(office: Office, book: Path, sheets: list[int], folder: Path) -> Workbook:
    """Have LibreOffice calculate the formulas of some sheets, counted from one; values of the whole book come back."""
    parts = Archive(book.read_bytes(), book.name)
    for number in sheets:
        part = f"xl/worksheets/sheet{number}.xml"
        # without cached values LibreOffice must calculate
        parts.replace(part, re.sub(rb"(</f>|<f [^>]*/>)<v>[^<]*</v>", rb"\1", parts.read(part)))
    bare = folder / f"bare_{book.name}"
    bare.write_bytes(parts.to_bytes())
    profile = f"-env:UserInstallation={office.profile.as_uri()}"
    options = ["--headless", "--norestore", "--convert-to", "xlsx", "--outdir", str(folder / "calculated")]
    answer([office.program, profile, *options, str(bare)])
    return openpyxl.load_workbook((folder / "calculated" / bare.name).with_suffix(".xlsx"), data_only=True)
