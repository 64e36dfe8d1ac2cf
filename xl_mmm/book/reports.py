"""What a job answers: frozen records, nothing printed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xl_mmm.book.kept import Cells
    from xl_mmm.book.layout import Layout
    from xl_mmm.diagnostics import Check


@dataclass(frozen=True, slots=True)
class CheckReport:
    """A workbook that was read and judged.

    Attributes
    ----------
    path
        The workbook.
    status
        `"pass"`, `"review"` or `"fail"`: the data rules' verdict; a statistical check that fails is a review, since
        the data can be read.
    messages
        One sentence a finding, naming sheet and cell.
    data_sha
        Hash of the canonical data values; None on fail.
    checks
        Statistical checks of the data; none on fail.
    """

    path: Path
    status: str
    messages: tuple[str, ...]
    data_sha: str | None
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class RunReport:
    """A workbook that was fitted.

    Attributes
    ----------
    path
        The file that holds the results.
    layout
        Where they stand.
    n_written
        Cells given a value.
    backup
        Where the file as found was kept; None when it was our own last version or a new file.
    remarks
        What was read after a remark, one sentence each.
    """

    path: Path
    layout: Layout
    n_written: int
    backup: Path | None
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Computed:
    """Results for an open workbook.

    Attributes
    ----------
    cells
        Sheet -> address -> value: cells that a run owns, and no others.
    headline
        What was found, in one sentence.
    remarks
        What was read after a remark, one sentence each.
    """

    cells: Cells
    headline: str
    remarks: tuple[str, ...]
