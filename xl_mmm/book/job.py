"""The work behind the command line and the buttons: check a book, run it, compare the methods on it.

Each job is one pass read -> fit -> judge -> place -> write and returns a frozen report; nothing here prints. An input
is never overwritten: a run writes the values it keeps, the settings that were asked for (method, seed), one row of the
log, and an optimized plan into a blank row of the scenarios. All other results follow by the book's own formulas: a
live book holds them, and the writer refreshes their cached values; for any other book the same formulas are evaluated
here and their values written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from xl_mmm.book import freezing, regions_job, timing
from xl_mmm.book.block_keys import COMPARED, FROZEN, KEPT, TIMED
from xl_mmm.book.built import built_layout, holds_calls, kept_values, log_rows, model_in_use
from xl_mmm.book.completion import completed
from xl_mmm.book.freezing import frozen_cells
from xl_mmm.book.kept import Kept, fill, kept_cells, owned_ranges
from xl_mmm.book.planned import plan_cells, planned, refused
from xl_mmm.book.progress import never_back, parts
from xl_mmm.book.reader import read_book
from xl_mmm.book.region_places import regional
from xl_mmm.book.regions_job import regions_cells
from xl_mmm.book.reports import CheckReport, Computed, RunReport
from xl_mmm.book.run_log import logged
from xl_mmm.book.scenario_row import NewRow, missing_rows
from xl_mmm.book.timing import timed_cells
from xl_mmm.book.writer import write_cells
from xl_mmm.diagnostics import data_checks, refit_checks
from xl_mmm.errors import CellError, FitError, MmmError, PlanError, SpecError
from xl_mmm.fitting import FittedMMM, fit, refits_of
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import place_name
from xl_mmm.tables.faults import FAIL, stops

if TYPE_CHECKING:
    from xl_mmm.book.inputs import CellValue
    from xl_mmm.book.kept import Cells
    from xl_mmm.book.layout import Layout
    from xl_mmm.book.progress import Progress
    from xl_mmm.book.reader import BookInputs
    from xl_mmm.tables.table_rows import TableRows


FIT, OPTIMIZE, SCENARIOS, COMPARE, WEEKS, FREEZE, REGIONS = TASKS = (
    "fit", "optimize", "scenarios", "compare", "weeks", "freeze", "regions"
)  # fmt: skip


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
    progress: Progress | None = None,
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
        Called with (steps done, steps in all), of the fit and of the checks that fit again.

    Raises
    ------
    CellError
        A fault in the workbook, or it changed since it was read; nothing is written.
    """
    inputs, layout = _sound(path)
    cells, row = _fitted(inputs, layout, method, seed, progress)
    owned = _with_row(owned_ranges(layout), row)
    for setting, value in ((names.SET_METHOD, method), (names.SET_SEED, None if seed is None else float(seed))):
        if value is not None:
            _put_setting(inputs.tables[names.TBL_SETTINGS], setting, value, cells, owned)
    return _written(path, out, inputs, layout, cells, owned, row.remark)


def keep_book(path: Path, task: str, *, out: Path | None = None, progress: Progress | None = None) -> RunReport:
    """Do a task of `KEEPING` and write what it keeps into a workbook's cells; the model in use stays.

    Parameters
    ----------
    path, out
        As in `run_book`.
    task
        A key of `KEEPING`.
    progress
        Called with (steps done, steps in all).

    Raises
    ------
    CellError
        A fault in the workbook, no model, what is asked for is impossible, or the file changed since it was read;
        nothing is written.
    """
    inputs, layout = _sound(path)
    keeping = KEEPING[task]
    cells = keeping.cells(inputs, layout, progress and never_back(progress))
    return _written(path, out, inputs, layout, cells, owned_ranges(layout, keeping.blocks(layout)))


def carry_over(source: Path, target: Path) -> RunReport:
    """Write what was kept in one book into another one with the same inputs: the same results without the work.

    Parameters
    ----------
    source
        A book that was run, and compared if a comparison is to come along.
    target
        A book that was built from the same inputs, of any flavor.

    Raises
    ------
    CellError
        A fault in either workbook.
    """
    inputs, layout = _sound(target)
    kept = (*KEPT, *COMPARED, *FROZEN, *TIMED, *regional(layout))
    cells = kept_values(source, layout, kept)
    row = missing_rows(_sound(source)[0].tables[names.TBL_SCENARIOS], inputs.tables[names.TBL_SCENARIOS])
    owned = _with_row(owned_ranges(layout, kept), row)
    return _written(target, None, inputs, layout, cells | row.cells, owned, row.remark)


def _with_row(owned: dict[str, list[str]], row: NewRow) -> dict[str, list[str]]:
    """Allow the cells of a new scenario to be written beside the others."""
    return owned | {sheet: [*owned.get(sheet, []), *cells] for sheet, cells in row.cells.items()}


def _written(
    path: Path,
    out: Path | None,
    inputs: BookInputs,
    layout: Layout,
    cells: Cells,
    owned: dict[str, list[str]],
    remark: str = "",
) -> RunReport:
    """Write what is kept, and in a book of values all that follows from it."""
    if not holds_calls(inputs, layout):
        cells = completed(path, layout, cells)
        for sheet, areas in owned_ranges(layout, layout.called).items():
            owned.setdefault(sheet, []).extend(areas)
    report = write_cells(path, cells, out=out, owned=owned, expected_sha=inputs.file_sha)
    remarks = [*inputs.messages, *([remark] if remark else []), *report.failures]
    return RunReport(out or path, layout, len(report.written), report.backup, tuple(remarks))


def compute(path: Path, task: str, *, progress: Progress | None = None) -> Computed:
    """Do a button's work on a saved copy of the open workbook; return the cells to be written into the workbook itself.

    Parameters
    ----------
    path
        The copy; it is only read.
    task
        `"fit"`: estimate, judge, optimize. `"optimize"`: a new plan under the model in use. `"scenarios"`: no new
        choice, all results anew from the inputs as they stand. `"compare"`: every method side by side. `"weeks"`: the
        money of the plan timed period by period. `"freeze"`: the plan of the time ahead as it stands. `"regions"`: the
        plan by region.
    progress
        Called with (steps done, steps in all), of the fit and of the checks that fit again.

    Raises
    ------
    CellError
        A fault in the workbook, no model to optimize with, or no plan within the bounds.
    ValueError
        No such task: a mistake of the caller's.
    """
    if task not in TASKS:
        raise ValueError(f"task is {task!r}; choose one of {', '.join(TASKS)}.")
    inputs, layout = _sound(path)
    cells: Cells = {}
    headline, row = "Results are up to date with the inputs.", NewRow({})
    if task == FIT:
        cells, row = _fitted(inputs, layout, None, None, progress)
        headline = "The model is estimated and the budget optimized."
    elif task == OPTIMIZE:
        model = model_in_use(inputs, layout)
        try:
            found = planned(model.posterior, inputs)
        except (PlanError, SpecError) as error:
            raise CellError(f"{names.OPTIMIZER}: {error}") from error
        cells, row = plan_cells(found, layout), found.row
        headline = "The budget is optimized under the model in use."
    elif task in KEEPING:
        cells = KEEPING[task].cells(inputs, layout, progress and never_back(progress))
        headline = KEEPING[task].done
    if not holds_calls(inputs, layout):
        cells = completed(path, layout, cells)
    return Computed(cells, headline, (*inputs.messages, *([row.remark] if row.remark else [])))


def _sound(path: Path) -> tuple[BookInputs, Layout]:
    """Read a workbook that may be worked on: without faults, and with its layout."""
    inputs = read_book(path)
    if inputs.failed or inputs.dataset is None:
        raise CellError(stops(inputs.faults))
    return inputs, built_layout(inputs)


def _fitted(
    inputs: BookInputs, layout: Layout, method: str | None, seed: int | None, progress: Progress | None
) -> tuple[Cells, NewRow]:
    """Fit, and return the values that are kept, and the optimized plan as a new scenario."""
    dataset = inputs.dataset
    assert dataset is not None  # `_sound` has refused books without
    method, seed = method or inputs.method, inputs.seed if seed is None else seed
    fitting, checking = parts(progress)
    try:
        model = fit(dataset, inputs.spec, method=method, seed=seed, draws=inputs.draws, progress=fitting)
    except (FitError, SpecError) as error:
        raise _addressed(error, inputs) from error
    checks = refit_checks(model.posterior, refits_of(model), inputs.level, checking)
    text = model.to_text()
    posterior = FittedMMM.from_text(text).posterior
    try:
        plan = planned(posterior, inputs)
    except (PlanError, SpecError) as error:  # the plan stays blank; why, is told on the sheet and in the report
        plan = refused(posterior, inputs, error)
    run = logged(log_rows(inputs, layout), model, method, seed, text)
    kept = Kept(tuple(text.splitlines()), plan.spend, plan.search, tuple(checks), run)
    try:
        return kept_cells(kept, layout) | plan.row.cells, plan.row
    except MmmError as error:
        raise CellError(f"{names.MODEL}: {error}") from error


def _compared(inputs: BookInputs, layout: Layout, progress: Progress | None) -> Cells:
    """Compare the methods, and return the comparison as it is kept."""
    from xl_mmm.comparison import compare

    assert inputs.dataset is not None  # `_sound` has refused books without
    try:
        found = compare(
            inputs.dataset, inputs.spec, seed=inputs.seed, draws=inputs.draws, level=inputs.level, progress=progress,
        )
    except SpecError as error:
        raise _addressed(error, inputs) from error
    cells: Cells = {}
    fill(cells, layout.blocks["compared"], [[line] for line in found.to_text().splitlines()], "The comparison")
    return cells


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


@dataclass(frozen=True, slots=True)
class Keeping:
    """A task that keeps values beside the model in use.

    Attributes
    ----------
    cells
        (book, its layout, progress) -> the cells to be kept.
    blocks
        (layout) -> the blocks they fill.
    done
        What is said afterwards.
    """

    cells: Callable[[BookInputs, Layout, Progress | None], Cells]
    blocks: Callable[[Layout], tuple[str, ...]]
    done: str


KEEPING: dict[str, Keeping] = {
    COMPARE: Keeping(_compared, lambda _: COMPARED, "The methods are compared."),
    WEEKS: Keeping(lambda inputs, layout, _: timed_cells(inputs, layout), lambda _: TIMED, timing.DONE),
    FREEZE: Keeping(lambda inputs, layout, _: frozen_cells(inputs, layout), lambda _: FROZEN, freezing.DONE),
    REGIONS: Keeping(regions_cells, regional, regions_job.DONE),
}
