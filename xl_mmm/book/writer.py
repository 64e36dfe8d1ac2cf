"""Writing values into a user's workbook without disturbing anything else in it.

Only the XML of touched sheets changes; every other part keeps its very bytes, and so its hash. The file is replaced
in one step under a lock, after a backup, and only if it is still the file that was read. Formulas that depend on a
changed cell, native ones and `MMM_` calls, get fresh cached values in every cell that they fill; the formulas stay. The
file never asks Excel to calculate on opening.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book import files
from xl_mmm.book.editing.opened import OpenedBook, Refreshed
from xl_mmm.errors import CellError
from xl_mmm.tables.cell_values import inside, parse_area, parse_place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xl_mmm.tables.cell_values import CellValue

CHANGED = "the workbook changed since you pressed Run; nothing written"


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write did.

    Attributes
    ----------
    path
        The file that now holds the values.
    sha
        SHA-256 of its bytes, hex.
    written
        Cells given a value, such as `"Model!B7"`, in the order asked for; table rows come last.
    recalculated
        Cells filled by formulas, native or `MMM_`, whose cached value was refreshed.
    left_alone
        Formula cells that depend on written cells but that this program does not evaluate; their cached values stand
        until Excel calculates.
    failures
        One sentence a formula cell whose function broke down; cached values stand there too.
    parts
        Parts of the file whose bytes changed.
    backup
        Where the file as found was kept; None when it was our own last version or a new file.
    """

    path: Path
    sha: str
    written: tuple[str, ...]
    recalculated: tuple[str, ...]
    left_alone: tuple[str, ...]
    failures: tuple[str, ...]
    parts: tuple[str, ...]
    backup: Path | None


def write_cells(
    path: str | Path,
    cells: Mapping[str, Mapping[str, CellValue]],
    *,
    out: str | Path | None = None,
    owned: Mapping[str, Sequence[str]] | None = None,
    expected_sha: str | None = None,
    recalculate: bool = True,
    backup_dir: str | Path | None = None,
    tables: Mapping[str, Sequence[Sequence[CellValue]]] | None = None,
    replace_formulas: bool = False,
) -> WriteReport:
    """Write values into a workbook: all of them, or nothing.

    Parameters
    ----------
    path
        The workbook, `.xlsx` or `.xlsm`.
    cells
        Sheet name -> address -> value. Numbers must be finite; None empties the cell; days become serial numbers.
        Each cell keeps its style.
    out
        Write a copy there and leave `path` alone.
    owned
        Sheet name -> ranges (`"B7:F20"`) that may be written; a cell outside is refused. None allows any cell.
    expected_sha
        SHA-256 (hex) of the bytes that were read before the work began; a file that differs is refused.
    recalculate
        Refresh the cached values of formulas that depend on the cells.
    backup_dir
        Folder for backups; the user's data folder by default.
    tables
        Table name -> rows to append, values in the order of its columns. Blank rows at the table's end are used first;
        then the table grows, provided that the cells below are empty.
    replace_formulas
        Allow a value to replace a formula; otherwise that is refused.

    Returns
    -------
    WriteReport
        What was written, refreshed and kept.

    Raises
    ------
    CellError
        The file is not a workbook, is open elsewhere, read-only, encrypted, strict OOXML, changed since it was read,
        or the disk is full; a sheet or table is unknown; a cell is not owned, is a formula, or cannot hold its value.
        The file is then as it was.

    Examples
    --------
    >>> report = write_cells("book.xlsx", {"ROI": {"B7": 1.83}})  # doctest: +SKIP
    >>> report.written  # doctest: +SKIP
    ('ROI!B7',)
    """
    source = Path(path).resolve()  # a link stays a link: the file it points to is replaced
    target = source if out is None else Path(out).resolve()
    keep = None if backup_dir is None else Path(backup_dir)
    files.refuse_busy(target)
    with files.locked(target):
        found = files.read_file(source)
        if expected_sha is not None and files.digest(found) != expected_sha.lower():
            raise CellError(f"{source.name}: {CHANGED}. Press Run again.")
        before = found if target == source else files.read_file(target) if target.exists() else None
        book = OpenedBook(found, source.name)
        written = _edit(book, cells, tables or {}, owned, replace_formulas)
        fresh = book.recalculate() if recalculate else Refreshed((), (), ())
        data = book.to_bytes()
        sha = files.digest(data)
        backup = None
        if data != before:
            if before is not None:
                backup = files.back_up(target, before, keep)
                if files.digest(files.read_file(target)) != files.digest(before):
                    raise CellError(f"{target.name}: {CHANGED}. Press Run again.")
                files.refuse_busy(target)
            files.replace_file(target, data)
            files.mark_written(target, sha, keep)
    return WriteReport(
        target, sha, written, fresh.cells, fresh.left_alone, fresh.failures, book.changed_parts, backup
    )


def _edit(
    book: OpenedBook,
    cells: Mapping[str, Mapping[str, CellValue]],
    tables: Mapping[str, Sequence[Sequence[CellValue]]],
    owned: Mapping[str, Sequence[str]] | None,
    replace_formulas: bool,
) -> tuple[str, ...]:
    """Check every cell first, then set them all."""
    faults: list[str] = []
    for sheet_name, values in cells.items():
        sheet = book.sheet(sheet_name)
        headers = book.header_places(sheet_name)
        areas = None if owned is None else [parse_area(reference) for reference in owned.get(sheet_name, ())]
        replaced = {parse_place(reference) for reference in values}
        for reference, value in values.items():
            place = parse_place(reference)
            where = f"{sheet_name}!{reference}"
            merged, spilled = sheet.merged_into(place), sheet.spill_over(place)
            if areas is not None and not any(inside(place, area) for area in areas):
                faults.append(f"{where} is not a cell for results; nothing written. Inputs are never overwritten.")
            elif not replace_formulas and sheet.formula(place) is not None:
                faults.append(f"{where} holds a formula; nothing written. Clear the formula, or move it elsewhere.")
            elif spilled is not None and not (replace_formulas and spilled in replaced):
                faults.append(f"{where} is filled by an array formula; nothing written. Clear that formula first.")
            elif merged is not None:
                faults.append(f"{where} lies hidden in the merged cells {merged}; nothing written. Unmerge them.")
            elif place in headers and value != headers[place]:
                faults.append(f"{where} is the header '{headers[place]}' of a table; nothing written.")
    if faults:
        raise CellError(faults)
    written: list[str] = []
    for sheet_name, values in cells.items():
        sheet = book.sheet(sheet_name)
        # a formula that goes takes its spill with it, so formulas go before values come
        formulas_first = sorted(values, key=lambda reference: sheet.formula(parse_place(reference)) is None)
        for reference in formulas_first:
            sheet.set_value(parse_place(reference), values[reference])
        written += [f"{sheet_name}!{reference}" for reference in values]
    for table, rows in tables.items():
        written += book.append_rows(table, rows)
    return tuple(written)
