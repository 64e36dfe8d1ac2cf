"""What the planner's tables ask for together: data, choices, plans; every fault of one pass with its place."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from xl_mmm.errors import SpecError
from xl_mmm.spec import ChannelSpec, ModelSpec
from xl_mmm.tables import names
from xl_mmm.tables.calendar_reader import asked_of, read_calendar, unknown_scenario
from xl_mmm.tables.constraints_reader import read_plan_tables
from xl_mmm.tables.data_reader import read_data
from xl_mmm.tables.faults import FAIL, AddressedFault, by_place, sentences
from xl_mmm.tables.lift_reader import misfits, read_lift_tests
from xl_mmm.tables.model_reader import read_channels, read_controls, read_parameters
from xl_mmm.tables.money_reader import Money, read_costs, read_rates
from xl_mmm.tables.scenario_reader import read_scenarios
from xl_mmm.tables.settings_reader import read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.dataset import Dataset
    from xl_mmm.planning import Constraints, Objective, Scenario
    from xl_mmm.planning.planned_year import Known, YearAsked
    from xl_mmm.spec import Choice, LiftTest
    from xl_mmm.tables.model_reader import Channel, Control
    from xl_mmm.tables.money_reader import Steps
    from xl_mmm.tables.settings_reader import Value
    from xl_mmm.tables.table_rows import TableRows


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """Everything that a planner's tables ask for.

    Attributes
    ----------
    dataset
        The data in the model's grain; None when a fault stops the work.
    spec
        The model's choices; defaults in place of choices at fault.
    method, seed, draws, refit
        How, with which seed, with how many draws (None: the method's own number) and when to fit.
    margin, level
        Profit per unit of revenue; width of the ranges.
    lift_tests, scenarios
        Experiments and plans.
    constraints, objective
        What an optimized plan may do, and what it is for.
    year
        How the time ahead is planned.
    channels, controls
        Rows of `tblChannels` and `tblControls`.
    by_hand
        Channel -> parameter -> value that replaces what was estimated.
    settings
        Setting -> value.
    tables
        Table name -> rows, of the tables that could be read.
    faults
        All faults, what stops the work first, then by place.
    """

    dataset: Dataset | None
    spec: ModelSpec
    method: str
    seed: int
    draws: int | None
    refit: str
    margin: float
    level: float
    lift_tests: tuple[LiftTest, ...]
    scenarios: tuple[Scenario, ...]
    constraints: Constraints
    objective: Objective
    year: YearAsked
    channels: tuple[Channel, ...]
    controls: tuple[Control, ...]
    by_hand: Mapping[str, Mapping[str, float]]
    settings: Mapping[str, Value]
    tables: Mapping[str, TableRows]
    faults: tuple[AddressedFault, ...]

    @property
    def failed(self) -> bool:
        """Whether a fault stops the work."""
        return any(fault.status == FAIL for fault in self.faults)

    @property
    def messages(self) -> list[str]:
        """The first ten sentences by place, and a count of the rest."""
        return sentences(self.faults)

    @property
    def data_sha(self) -> str | None:
        """Hash of the canonical data values; None when there is no dataset."""
        return None if self.dataset is None else self.dataset.sha


def ask(tables: Mapping[str, TableRows]) -> Asked:
    """Read the tables.

    Parameters
    ----------
    tables
        Table name -> rows. A table that is missing asks for nothing: no lift tests, no scenarios; without the data,
        the settings or the channels there is no dataset.
    """
    faults: list[AddressedFault] = []
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
    money, found = _money(tables, settings, channels)
    faults += found
    parameters: dict[str, dict[str, Choice]] = {}
    by_hand: dict[str, dict[str, float]] = {}
    if names.TBL_PARAMETERS in tables:
        parameters, by_hand, found = read_parameters(tables[names.TBL_PARAMETERS], channels)
        faults += found
    lift_tests: dict[int, LiftTest] = {}
    if names.TBL_LIFT_TESTS in tables:
        lift_tests, found = read_lift_tests(tables[names.TBL_LIFT_TESTS], channels)
        faults += found

    paid = [channel.name for channel in channels if channel.kind == names.PAID]
    scenarios: tuple[Scenario, ...] = ()
    if names.TBL_SCENARIOS in tables:
        drivers = [control.header for control in controls]
        scenarios, found = read_scenarios(tables[names.TBL_SCENARIOS], paid, drivers)
        faults += found
    plans = read_plan_tables(
        settings, paid, tables.get(names.TBL_CONSTRAINTS), tables.get(names.TBL_GROUPS),
        (tables[names.TBL_SETTINGS], setting_rows) if names.TBL_SETTINGS in tables else None,
        is_money=settings.get(names.SET_REVENUE_PER_KPI) != names.NONE,
    )  # fmt: skip
    faults += plans.faults
    known: tuple[Known, ...] = ()
    if names.TBL_CALENDAR in tables:
        known, found = read_calendar(tables[names.TBL_CALENDAR], paid, [control.header for control in controls])
        faults += found
    told = names.TBL_SETTINGS in tables and names.TBL_SCENARIOS in tables  # a fit is asked without the scenarios
    for setting in (names.SET_FOLLOWS, names.SET_BOARD):
        if told and (wrong := unknown_scenario(settings, scenarios, setting)):
            row = setting_rows.get(setting)
            action = f"Correct the setting, or add the scenario to {names.TBL_SCENARIOS}."
            table = tables[names.TBL_SETTINGS]
            faults.append(table.fault("unknown_scenario", row, names.H_VALUE, wrong, action, label=setting))

    dataset: Dataset | None = None
    if names.TBL_DATA in tables and names.TBL_SETTINGS in tables and names.TBL_CHANNELS in tables:
        dataset, found = read_data(tables, settings, setting_rows, channels, controls, money)
        faults += found
    spec, found = _spec(settings, channels, parameters, controls, tuple(lift_tests.values()))
    faults += found
    if dataset is not None and lift_tests:
        used = settings.get(names.SET_METHOD) == "bayes" and spec.lift_route != "none"
        faults += misfits(tables[names.TBL_LIFT_TESTS], lift_tests, dataset, used=used)
    if any(fault.status == FAIL for fault in faults):
        dataset = None
    return Asked(
        dataset=dataset,
        spec=spec,
        method=str(settings.get(names.SET_METHOD) or names.SETTING[names.SET_METHOD].default),
        seed=int(_number(settings, names.SET_SEED)),
        draws=None if (draws := settings.get(names.SET_DRAWS)) is None else int(draws),
        refit=str(settings.get(names.SET_REFIT) or names.ON_REQUEST),
        margin=spec.margin,
        level=_number(settings, names.SET_LEVEL),
        lift_tests=tuple(lift_tests.values()),
        scenarios=scenarios,
        constraints=plans.constraints,
        objective=plans.objective,
        year=asked_of(settings, scenarios, known),
        channels=tuple(channels),
        controls=tuple(controls),
        by_hand=MappingProxyType(by_hand),
        settings=MappingProxyType(settings),
        tables=MappingProxyType(tables),
        faults=by_place(faults),
    )


def _money(
    tables: Mapping[str, TableRows], settings: Mapping[str, Value], channels: list[Channel]
) -> tuple[Money, list[AddressedFault]]:
    """Read what foreign money is worth and what units cost."""
    label = settings.get(names.SET_CURRENCY)
    reporting = label.upper() if isinstance(label, str) else None
    faults: list[AddressedFault] = []
    rates: dict[str, Steps] = {}
    costs: dict[str, Steps] = {}
    units: dict[str, str | None] = {}
    if names.TBL_FX in tables:
        rates, faults = read_rates(tables[names.TBL_FX], reporting)
    if names.TBL_COSTS in tables:
        costs, units, found = read_costs(tables[names.TBL_COSTS], channels)
        faults = [*faults, *found]
    return Money(reporting, rates, costs, units), faults


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
    controls: list[Control],
    lift_tests: tuple[LiftTest, ...],
) -> tuple[ModelSpec, list[AddressedFault]]:
    """Put the choices together; a combination that the specification refuses is a fault."""
    try:
        chosen = {
            channel.name: ChannelSpec(
                adstock=channel.adstock,
                saturation=channel.saturation,
                max_lag=channel.max_lag,
                typical_week=channel.typical_week,
                **dict[str, Any]({channel.prior_on: channel.prior, **parameters.get(channel.name, {})}),
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
            lift_tests=lift_tests,
            lift_route=names.LIFT_USES[str(settings.get(names.SET_LIFT_TESTS, names.IN_THE_FIT))],
            margin=_number(settings, names.SET_MARGIN),
            control_signs={control.header: control.sign for control in controls if control.sign is not None},
        )
    except SpecError as error:
        message = f"The choices contradict each other: {error}"
        return ModelSpec(), [
            AddressedFault("spec", FAIL, names.ASSUMPTIONS, 0, 0, "", None, message, "Correct them on this sheet.")
        ]
    return spec, []
