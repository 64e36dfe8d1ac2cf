"""A workbook from a table: what the file holds is found and told, nothing is fitted."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book.files import put_file
from xl_mmm.book.ingest import read_table
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.template import LIVE, VALUES, build_book
from xl_mmm.dataset import Dataset
from xl_mmm.diagnostics import data_checks
from xl_mmm.errors import CellError, DatasetError, SpecError
from xl_mmm.rules import Roles
from xl_mmm.spec import ModelSpec
from xl_mmm.tables import names
from xl_mmm.tables.faults import SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.book.inputs import CellValue
    from xl_mmm.diagnostics import Check


@dataclass(frozen=True, slots=True)
class NewReport:
    """A workbook that was made.

    Attributes
    ----------
    path
        The workbook.
    detected
        What was found in the source, one sentence each.
    checks
        Checks of the data.
    backup
        Where a workbook that was replaced is kept; None when there was none.
    """

    path: Path
    detected: tuple[str, ...]
    checks: tuple[Check, ...]
    backup: Path | None


def new_book(
    out: Path,
    source: Path,
    roles: Roles,
    *,
    settings: Mapping[str, CellValue] | None = None,
    flavor: str | None = None,
    force: bool = False,
) -> NewReport:
    """Make a workbook from a table; nothing is fitted.

    Parameters
    ----------
    out
        The workbook: `.xlsx` with values; `.xlsm` live, or with values and buttons.
    source
        CSV, Parquet or xlsx.
    roles
        Which header plays which part.
    settings
        Settings other than the roles (`names.SETTING`).
    flavor
        One of `template.FLAVORS`; None: live for `.xlsm`, values for `.xlsx`.
    force
        Whether an existing workbook is replaced.

    Raises
    ------
    CellError
        The source cannot be read or breaks a rule (every fault is named), a setting is impossible, `out` exists or is
        the source; nothing is written.
    """
    if not out.parent.is_dir():
        raise CellError(f"There is no folder '{out.parent}'. Make it first, or name another.")
    if out.exists() and not force:
        raise CellError(f"{out} exists already. Choose another name, or give --force to replace it.")
    if out.exists() and out.resolve() == source.resolve():
        raise CellError(f"{out} is the source itself and would be lost. Choose another name for the workbook.")
    table = read_table(source)
    try:
        dataset = Dataset.from_columns(table.columns, roles, headers=list(table.columns))
    except DatasetError as error:  # the places are the file's: there is no sheet yet
        told = [f"{source.name}, {fault.sentence.removeprefix('Data ')}" for fault in error.faults]
        more = [f"... and {len(told) - SHOWN} more."] if len(told) > SHOWN else []
        raise CellError([*told[:SHOWN], *more]) from error
    inputs = BuildInputs.start(table.columns, roles, settings)
    try:
        checks = tuple(data_checks(dataset, ModelSpec(holidays=_text(inputs.setting(names.SET_HOLIDAYS)))))
    except SpecError as error:
        raise CellError(f"{names.SET_HOLIDAYS}: {error}") from error
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / out.name
        build_book(made, inputs, flavor=flavor or (LIVE if out.suffix.lower() == ".xlsm" else VALUES))
        backup = put_file(out, made.read_bytes())
    return NewReport(out, (*table.report, _shape(dataset)), checks, backup)


def _shape(dataset: Dataset) -> str:
    """Return what the table holds, in one sentence."""
    regions = 0 if dataset.geo is None else len(dataset.geo.names)
    parts = [
        f"{count} {word if count == 1 else word + 's'}"
        for count, word in (
            (len(dataset.channels), "channel"), (len(dataset.organic), "organic channel"),
            (len(dataset.controls), "control"), (regions, "region"),
        )
        if count
    ]  # fmt: skip
    window = f"{dataset.window_dates[0]} to {dataset.window_dates[-1]}"
    return f"{dataset.n_weeks} {dataset.grain} periods, {window}; {', '.join(parts)}."


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
