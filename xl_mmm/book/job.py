"""The work behind the command line and the buttons: make a book, check it, run it.

Each job is one pass read -> fit -> judge -> place -> write and returns a frozen report; nothing here prints. An input
is never overwritten: a run writes the cells it owns, the settings that were asked for (method, seed), and one row of
the log.
"""

from __future__ import annotations

import getpass
import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm import __version__
from xl_mmm.book.built import built_layout, log_rows
from xl_mmm.book.files import put_file
from xl_mmm.book.ingest import read_table
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.reader import read_book
from xl_mmm.book.results import owned_ranges, result_cells
from xl_mmm.book.template import build_book
from xl_mmm.book.writer import write_cells
from xl_mmm.dataset import Dataset
from xl_mmm.diagnostics import data_checks, model_checks
from xl_mmm.errors import CellError, DatasetError, FitError, PlanError, SpecError
from xl_mmm.fitting import fit, refit_without
from xl_mmm.report.collect import collect, model_text
from xl_mmm.report.result_record import Run
from xl_mmm.rules import Roles
from xl_mmm.spec import ModelSpec
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import place_name
from xl_mmm.tables.faults import FAIL, SHOWN, sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from xl_mmm.book.built import LogRow
    from xl_mmm.book.inputs import CellValue
    from xl_mmm.book.reader import BookInputs
    from xl_mmm.book.results import Cells
    from xl_mmm.diagnostics import Check
    from xl_mmm.report.result_record import Results
    from xl_mmm.tables.table_rows import TableRows


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


@dataclass(frozen=True, slots=True, eq=False)
class RunReport:
    """A workbook that was fitted.

    Attributes
    ----------
    path
        The file that holds the results.
    results
        What was written.
    checks
        Checks of data and model.
    n_written
        Cells given a value.
    backup
        Where the file as found was kept; None when it was our own last version or a new file.
    remarks
        What was read after a remark, one sentence each.
    """

    path: Path
    results: Results
    checks: tuple[Check, ...]
    n_written: int
    backup: Path | None
    remarks: tuple[str, ...]


def new_book(
    out: Path,
    source: Path,
    roles: Roles,
    *,
    settings: Mapping[str, CellValue] | None = None,
    force: bool = False,
) -> NewReport:
    """Make a workbook from a table; nothing is fitted.

    Parameters
    ----------
    out
        The workbook, `.xlsx`.
    source
        CSV, Parquet or xlsx.
    roles
        Which header plays which part.
    settings
        Settings other than the roles (`names.SETTING`).
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
        build_book(made, inputs)
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


def check_book(path: Path) -> CheckReport:
    """Read a workbook, judge its data, write nothing.

    Raises
    ------
    CellError
        The file is no workbook that may be read at all.
    """
    inputs = read_book(path)
    if inputs.failed or inputs.dataset is None:
        return CheckReport(path, "fail", tuple(inputs.messages), None, ())
    checks = tuple(data_checks(inputs.dataset, inputs.spec))
    failed = [f"{names.DATA}: {check.name}. {check.message} {check.action}" for check in checks if check.status == FAIL]
    status = "review" if inputs.faults or failed else "pass"
    return CheckReport(path, status, (*inputs.messages, *failed), inputs.data_sha, checks)


def run_book(
    path: Path,
    *,
    out: Path | None = None,
    method: str | None = None,
    seed: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RunReport:
    """Fit a workbook's model and write the results into its cells.

    Parameters
    ----------
    path
        The workbook.
    out
        Write a copy there and leave `path` alone.
    method, seed
        Instead of the workbook's own; written into its settings.
    progress
        Called with (refits done, refits in all).

    Raises
    ------
    CellError
        A fault in the workbook, or it changed since it was read; nothing is written.
    """
    inputs = read_book(path)
    if inputs.failed or inputs.dataset is None:
        raise CellError(sentences(fault for fault in inputs.faults if fault.status == FAIL))
    layout = built_layout(inputs)
    method, seed = method or inputs.method, inputs.seed if seed is None else seed
    try:
        model = fit(inputs.dataset, inputs.spec, method=method, seed=seed, draws=inputs.draws, progress=progress)
    except (FitError, SpecError) as error:
        raise _addressed(error, inputs) from error
    checks = [
        *data_checks(inputs.dataset, inputs.spec),
        *model_checks(model.posterior, lambda periods: refit_without(model, periods)),
    ]
    text = model_text(model)
    run = _logged(log_rows(inputs, layout), method, seed, inputs.dataset.sha, hashlib.sha256(text.encode()).hexdigest())
    try:
        results = collect(model, inputs, checks, text, run)
    except PlanError as error:
        raise CellError(f"{names.SCENARIOS}: {error}") from error
    cells = result_cells(results, layout)
    owned = {sheet: list(areas) for sheet, areas in owned_ranges(layout).items()}
    for setting, value in ((names.SET_METHOD, method), (names.SET_SEED, float(seed))):
        _put_setting(inputs.tables[names.TBL_SETTINGS], setting, value, cells, owned)
    report = write_cells(path, cells, out=out, owned=owned, expected_sha=inputs.file_sha)
    remarks = tuple(inputs.messages)
    return RunReport(out or path, results, tuple(checks), len(report.written), report.backup, remarks)


def _put_setting(table: TableRows, setting: str, value: CellValue, cells: Cells, owned: dict[str, list[str]]) -> None:
    """Set a setting's value cell, unless it says so already.

    Raises
    ------
    CellError
        The setting has no row.
    """
    for row in range(table.n_rows):
        key = table.get(row, names.H_SETTING)
        if not isinstance(key, str) or key.strip() != setting:
            continue
        if table.get(row, names.H_VALUE) != value:
            cell = place_name(table.first_row + row, table.first_column + table.headers.index(names.H_VALUE))
            cells.setdefault(table.sheet, {})[cell] = value
            owned.setdefault(table.sheet, []).append(cell)
        return
    if value != names.SETTING[setting].default:
        raise CellError(f"{table.sheet}: {table.name} has no row {setting!r} to hold {value!r}. Add the row.")


def _logged(rows: Sequence[LogRow], method: str, seed: int, data_hash: str, model_hash: str) -> Run:
    """Return the log row: a repeated run with the same model keeps its row and its time."""
    note, index = "", len(rows)
    now, user = datetime.now().replace(microsecond=0), _user()
    last = rows[-1] if rows else None
    if last is not None and last.is_run(method, model_hash, __version__):
        now, user, note, index = last.time or now, last.user or user, last.note, index - 1
    return Run(now, user, method, seed, data_hash, model_hash, __version__, note, index)


def _user() -> str:
    """Return who is logged in; a container may not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _addressed(error: FitError | SpecError, inputs: BookInputs) -> CellError:
    """Name the header cells of the columns that cannot be fitted, or the sheet of impossible choices."""
    if isinstance(error, SpecError):
        return CellError(f"{names.ASSUMPTIONS}: {error}")
    table = inputs.tables[names.TBL_DATA]
    headers = {channel.name: channel.media or channel.spend for channel in inputs.channels}
    cells = [
        f"{table.sheet}!{place_name(table.first_row - 1, table.first_column + table.headers.index(header))}"
        for header in (headers.get(column, column) for column in error.columns)
        if header in table.headers
    ]
    return CellError(f"{', '.join(cells) or names.DATA}: {error}")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
