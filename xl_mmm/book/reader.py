"""From a workbook's bytes to the model's inputs: gate, cells, rules, in one pass with every fault addressed.

The rules of the data are `xl_mmm.rules`; only the address is added here: `Data!D17 (tv, 2024-01-22): -120 is
negative. ...`. Nothing is dropped, filled or converted: a table is read as it stands or named as a fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from xl_mmm.book import names
from xl_mmm.book.conf_sheet import conf_faults
from xl_mmm.book.contents import open_book
from xl_mmm.book.data_reader import read_data
from xl_mmm.book.faults import FAIL, REVIEW, AddressedFault, by_place, sentences
from xl_mmm.book.gate import pass_gate
from xl_mmm.book.model_reader import read_channels, read_controls, read_lift_tests, read_parameters
from xl_mmm.book.plan_reader import read_bounds, read_scenarios
from xl_mmm.book.settings_reader import read_settings
from xl_mmm.book.table_reader import read_tables
from xl_mmm.errors import CellError, SpecError
from xl_mmm.spec import ChannelSpec, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.book.gate import GatedFile
    from xl_mmm.book.model_reader import Channel, Control
    from xl_mmm.book.plan_reader import Scenario
    from xl_mmm.book.settings_reader import Value
    from xl_mmm.book.table_reader import TableRows
    from xl_mmm.dataset import Dataset
    from xl_mmm.planning import Constraints
    from xl_mmm.spec import Choice, LiftTest


@dataclass(frozen=True, slots=True, eq=False)
class BookInputs:
    """Everything a workbook asks for.

    Attributes
    ----------
    path
        The workbook.
    dataset
        The data in the model's grain; None when a fault stops the work.
    spec
        The model's choices; defaults in place of choices at fault.
    method, seed, draws, refit
        How, with which seed, with how many draws and when to fit.
    margin, level
        Profit per unit of revenue; width of the ranges.
    lift_tests, scenarios, constraints
        Experiments, plans, and the optimizer's budget and bounds.
    channels, controls
        Rows of `tblChannels` and `tblControls`.
    settings
        Setting -> value.
    tables
        Table name -> rows, of the tables that could be read.
    faults
        All faults, what stops the work first, then by place.
    data_sha
        Hash of the canonical data values; None when there is no dataset.
    file_sha
        Hex SHA-256 of the file's bytes as read.
    """

    path: Path
    dataset: Dataset | None
    spec: ModelSpec
    method: str
    seed: int
    draws: int
    refit: str
    margin: float
    level: float
    lift_tests: tuple[LiftTest, ...]
    scenarios: tuple[Scenario, ...]
    constraints: Constraints
    channels: tuple[Channel, ...]
    controls: tuple[Control, ...]
    settings: Mapping[str, Value]
    tables: Mapping[str, TableRows]
    faults: tuple[AddressedFault, ...]
    data_sha: str | None
    file_sha: str

    @property
    def failed(self) -> bool:
        """Whether a fault stops the work."""
        return any(fault.status == FAIL for fault in self.faults)

    @property
    def messages(self) -> list[str]:
        """The first ten sentences by place, and a count of the rest."""
        return sentences(self.faults)


def read_book(path: str | Path) -> BookInputs:
    """Read a workbook.

    Parameters
    ----------
    path
        The workbook (`.xlsx`, `.xlsm`).

    Returns
    -------
    BookInputs
        With `dataset` None where a fault stops the work; `faults` says which and where.

    Raises
    ------
    CellError
        When the file is no workbook that may be read at all.
    """
    gated = pass_gate(path)
    try:
        return _read(gated)
    except (ValueError, KeyError, IndexError, OverflowError, RecursionError) as error:
        message = f"{gated.path.name} cannot be read: {error}. Open it in Excel, let it repair the file, and save it."
        raise CellError(message) from error


def check_report(inputs: BookInputs) -> dict[str, Any]:
    """Return what `xl-mmm check --json` prints: status, messages, data_sha, written."""
    status = "fail" if inputs.failed else "review" if inputs.faults else "pass"
    return {"status": status, "messages": inputs.messages, "data_sha": inputs.data_sha, "written": []}


def check_file(path: str | Path) -> dict[str, Any]:
    """Read a workbook and return its report, also when it is no workbook at all."""
    try:
        return check_report(read_book(path))
    except CellError as error:
        return {"status": "fail", "messages": list(error.messages), "data_sha": None, "written": []}


def _read(gated: GatedFile) -> BookInputs:
    book = open_book(gated)
    faults = conf_faults(book)
    faults += _book_remarks(gated, book.date1904)
    tables, found = read_tables(book)
    faults += found

    settings: dict[str, Value] = {setting.name: setting.default for setting in names.SETTINGS}
    setting_rows: dict[str, int] = {}
    if names.TBL_SETTINGS in tables:
        settings, setting_rows, found = read_settings(tables[names.TBL_SETTINGS])
        faults += found
    channels: list[Channel] = []
    if names.TBL_CHANNELS in tables:
        channels, found = read_channels(tables[names.TBL_CHANNELS])
        faults += found
    controls: list[Control] = []
    if names.TBL_CONTROLS in tables:
        controls, found = read_controls(tables[names.TBL_CONTROLS])
        faults += found
    parameters: dict[str, dict[str, Choice]] = {}
    if names.TBL_PARAMETERS in tables:
        parameters, found = read_parameters(tables[names.TBL_PARAMETERS], channels)
        faults += found
    lift_tests: list[LiftTest] = []
    if names.TBL_LIFT_TESTS in tables:
        lift_tests, found = read_lift_tests(tables[names.TBL_LIFT_TESTS], channels)
        faults += found

    paid = [channel.name for channel in channels if channel.kind == names.PAID]
    scenarios: tuple[Scenario, ...] = ()
    if names.TBL_SCENARIOS in tables:
        scenarios, found = read_scenarios(tables[names.TBL_SCENARIOS], paid)
        faults += found
    default_bounds = _number(settings, names.SET_LEAST), _number(settings, names.SET_MOST)
    bounds: dict[str, tuple[float, float]] = {}
    if names.TBL_CONSTRAINTS in tables:
        bounds, found = read_bounds(tables[names.TBL_CONSTRAINTS], paid, default_bounds)
        faults += found

    dataset: Dataset | None = None
    if names.TBL_DATA in tables and names.TBL_SETTINGS in tables and names.TBL_CHANNELS in tables:
        dataset, found = read_data(tables, settings, setting_rows, channels, controls)
        faults += found
    spec, found = _spec(settings, channels, parameters, lift_tests, gated)
    faults += found
    if any(fault.status == FAIL for fault in faults):
        dataset = None
    return BookInputs(
        path=gated.path,
        dataset=dataset,
        spec=spec,
        method=str(settings.get(names.SET_METHOD) or names.SETTING[names.SET_METHOD].default),
        seed=int(_number(settings, names.SET_SEED)),
        draws=int(_number(settings, names.SET_DRAWS)),
        refit=str(settings.get(names.SET_REFIT) or names.ON_REQUEST),
        margin=spec.margin,
        level=_number(settings, names.SET_LEVEL),
        lift_tests=tuple(lift_tests),
        scenarios=scenarios,
        constraints=_constraints(settings, bounds, default_bounds),
        channels=tuple(channels),
        controls=tuple(controls),
        settings=MappingProxyType(settings),
        tables=MappingProxyType(tables),
        faults=by_place(faults),
        data_sha=None if dataset is None else dataset.sha,
        file_sha=gated.sha,
    )


def _book_remarks(gated: GatedFile, date1904: bool) -> list[AddressedFault]:
    """Remarks about the file as a whole; the data are read all the same."""
    remarks = []
    if gated.locked:
        message = f"{gated.path.name} is open in Excel; it is read as it was last saved."
        remarks.append(AddressedFault("open_elsewhere", REVIEW, "", 0, 0, "", None, message, "Save it first."))
    if date1904:
        message = "The workbook counts its dates from 1904; they are read so."
        action = "Compare the first date with its source: rows pasted from a 1900 workbook are four years off."
        remarks.append(AddressedFault("dates_1904", REVIEW, names.DATA, 0, 0, "", None, message, action))
    return remarks


def _number(settings: Mapping[str, Value], name: str) -> float:
    """Return a setting's number; its default where the cell is blank or at fault (which stops the work anyway)."""
    value = settings.get(name)
    if value is None:
        value = names.SETTING[name].default
    if not isinstance(value, float | int):
        raise TypeError(f"the setting {name} has no number as its default")
    return float(value)


def _spec(
    settings: Mapping[str, Value],
    channels: list[Channel],
    parameters: Mapping[str, Mapping[str, Choice]],
    lift_tests: list[LiftTest],
    gated: GatedFile,
) -> tuple[ModelSpec, list[AddressedFault]]:
    """Put the choices together; a combination that the specification refuses is a fault."""
    try:
        chosen = {
            channel.name: ChannelSpec(
                adstock=channel.adstock,
                saturation=channel.saturation,
                roi=channel.roi,
                max_lag=channel.max_lag,
                **dict[str, Any](parameters.get(channel.name, {})),
            )
            for channel in channels
        }
        holidays = settings.get(names.SET_HOLIDAYS)
        spec = ModelSpec(
            channels=chosen,
            seasonality=int(_number(settings, names.SET_SEASONALITY)),
            trend=settings.get(names.SET_TREND) != names.NO,
            knots=int(_number(settings, names.SET_KNOTS)),
            holidays=holidays if isinstance(holidays, str) else None,
            lift_tests=tuple(lift_tests),
            margin=_number(settings, names.SET_MARGIN),
        )
    except SpecError as error:
        message = f"The choices in {gated.path.name} contradict each other: {error}"
        return ModelSpec(), [
            AddressedFault("spec", FAIL, names.ASSUMPTIONS, 0, 0, "", None, message, "Correct them on this sheet.")
        ]
    return spec, []


def _constraints(
    settings: Mapping[str, Value], bounds: Mapping[str, tuple[float, float]], default_bounds: tuple[float, float]
) -> Constraints:
    from xl_mmm.planning import Constraints

    budget = settings.get(names.SET_BUDGET)
    return Constraints(
        budget=float(budget) if isinstance(budget, float | int) else None,
        bounds=dict(bounds),
        default_bounds=default_bounds,
    )
