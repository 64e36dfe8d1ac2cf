"""What the planner's tables ask of a plan, and the two results that several functions share.

Settings that no plan needs (dates, columns, method) are judged by MMM_FIT and MMM_CHECK, not here: a plan is not held
up by a window's date. A misspelled or doubled setting could be one that is needed, so it stops the plan.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError
from xl_mmm.functions.asking import amounts, column
from xl_mmm.functions.horizon import HORIZON_SETTINGS, planned_by
from xl_mmm.functions.input_tables import dated_rows, is_empty, rows_of, stop_at
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from xl_mmm.functions.cells import Cells
    from xl_mmm.functions.horizon import Planned
    from xl_mmm.planning import Constraints, Objective, Plan, Scenario
    from xl_mmm.posterior import Posterior
    from xl_mmm.tables.constraints_reader import SettingCells
    from xl_mmm.tables.settings_reader import Value
    from xl_mmm.tables.table_rows import TableRows

NEEDED = (
    names.SET_KPI_UNIT, names.SET_LEVEL, names.SET_BUDGET, names.SET_LEAST, names.SET_MOST, names.SET_STEP,
    names.SET_TOTAL, names.SET_MAXIMIZE, names.SET_LIFETIME, names.SET_DISCOUNT, names.SET_LEAST_ROI,
    names.SET_LEAST_MROI, names.SET_LEAST_OUTCOME, names.SET_RISK, names.SET_TAIL, *HORIZON_SETTINGS,
)  # fmt: skip
KEPT = 4  # tables and plans shared between functions; each holds on to its posterior


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a plan.

    Attributes
    ----------
    constraints, objective
        What a plan may do, and what it is for.
    level
        Width of the ranges.
    kpi_unit
        Word behind KPI figures.
    """

    constraints: Constraints
    objective: Objective
    level: float
    kpi_unit: str


@dataclass(frozen=True, slots=True, eq=False)
class _Key:
    """What is asked of a plan as the key of a cache: alike when everything asked is."""

    asked: Wanted

    @property
    def _text(self) -> str:
        return repr(self.asked)

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self._text == other._text


def wanted(
    posterior: Posterior, constraints: Cells | None, settings: Cells | None, groups: Cells | None = None
) -> Wanted:
    """Read the planner's tables for a model.

    Raises
    ------
    CellError
        Sentences with table, row and remedy.
    """
    from xl_mmm.tables.constraints_reader import read_plan_tables

    values, cells = settings_of(settings)
    found = read_plan_tables(
        values, list(posterior.dataset.channels), _rows(names.TBL_CONSTRAINTS, constraints),
        _rows(names.TBL_GROUPS, groups), cells, is_money=posterior.dataset.revenue_per_kpi is not None,
    )  # fmt: skip
    stop_at(found.faults)
    return Wanted(found.constraints, found.objective, _number(values, names.SET_LEVEL), str(values[names.SET_KPI_UNIT]))


def basics(settings: Cells | None) -> Wanted:
    """Return what the settings say of every figure, and a plan without limits beside the defaults.

    Raises
    ------
    CellError
        A setting is at fault.
    """
    from xl_mmm.planning import Constraints, Objective

    values, _ = settings_of(settings)
    return Wanted(Constraints(), Objective(), _number(values, names.SET_LEVEL), str(values[names.SET_KPI_UNIT]))


def _rows(name: str, cells: Cells | None) -> TableRows | None:
    """Return a table's rows; None where it is left out, or a blank cell stands in its place."""
    return None if cells is None or is_empty(cells) else rows_of(name, cells)


def planned_over(posterior: Posterior, settings: Cells | None) -> Planned:
    """Return what plans are over: the window, or the year ahead.

    Raises
    ------
    CellError, PlanError, SpecError
        A setting is at fault, or asks for a year that cannot be planned.
    """
    return planned_by(posterior, settings_of(settings)[0])


def scenario_table(planned: Planned, scenarios: Cells | None, level: float) -> pd.DataFrame:
    """Evaluate the rows of `tblScenarios`; today alone without one.

    Raises
    ------
    CellError, PlanError
        The table is at fault, or a plan is impossible.
    """
    return _evaluated(planned, scenarios_of(planned.posterior, scenarios), level)


def scenarios_of(posterior: Posterior, scenarios: Cells | None) -> tuple[Scenario, ...]:
    """Read `tblScenarios`; none without one.

    Raises
    ------
    CellError
        Sentences with table, row and remedy.
    """
    from xl_mmm.tables.scenario_reader import read_scenarios

    if scenarios is None:
        return ()
    dataset = posterior.dataset
    found, faults = read_scenarios(rows_of(names.TBL_SCENARIOS, scenarios), dataset.channels, dataset.controls)
    stop_at(faults)
    return found


def spend_of(cells: Cells | None, posterior: Posterior) -> tuple[float, ...] | None:
    """Return a plan's money by paid channel; None where nothing is planned.

    Raises
    ------
    CellError
        Another number of amounts than channels, or a cell that is no number.
    """
    values, channels = column(cells), posterior.dataset.channels
    if not values:
        return None
    if len(values) != len(channels):
        raise CellError(f"spend: {len(values)} amounts for {len(channels)} channels ({', '.join(channels)}).")
    return tuple(amounts(values, "spend"))


def best(posterior: Posterior, asked: Wanted) -> Plan:
    """Search for the best plan.

    Raises
    ------
    PlanError
        Limits that contradict each other, naming them, or a target out of reach.
    """
    from xl_mmm.planning import optimize

    return optimize(posterior, asked.constraints, objective=asked.objective, level=asked.level)


def judged(posterior: Posterior, asked: Wanted, money: tuple[float, ...] | None) -> Plan:
    """Judge a plan; today's spend where none is given.

    Raises
    ------
    PlanError
        Amounts that no plan can have, or bounds of unknown channels.
    """
    return _judged(posterior, _Key(asked), money)


@lru_cache(maxsize=KEPT)
def _evaluated(planned: Planned, plans: tuple[Scenario, ...], level: float) -> pd.DataFrame:
    from xl_mmm.planning import scenarios

    return scenarios(planned.posterior, plans, level=level, horizon=planned.horizon)


@lru_cache(maxsize=KEPT)
def _judged(posterior: Posterior, key: _Key, money: tuple[float, ...] | None) -> Plan:
    from xl_mmm.planning import judge

    asked = key.asked
    plan = {} if money is None else dict(zip(posterior.dataset.channels, money, strict=True))
    return judge(posterior, asked.constraints, plan, objective=asked.objective, level=asked.level)


def settings_of(
    cells: Cells | None, needed: tuple[str, ...] = NEEDED
) -> tuple[Mapping[str, Value], SettingCells | None]:
    """Read the settings that a plan needs, and where they stand; their defaults without a table.

    Raises
    ------
    CellError
        One of them is at fault.
    """
    from xl_mmm.tables.settings_reader import read_settings

    if cells is None or is_empty(cells):
        return MappingProxyType({name: names.SETTING[name].default for name in needed}), None
    rows = dated_rows(names.TBL_SETTINGS, cells)
    at, others = rows.headers.index(names.H_VALUE), set(names.SETTING) - set(needed)
    keys = rows.columns[rows.headers.index(names.H_SETTING)]
    bare = [
        None if isinstance(key, str) and key.strip() in others else value
        for key, value in zip(keys, rows.columns[at], strict=True)
    ]
    rows = dataclasses.replace(rows, columns=(*rows.columns[:at], bare, *rows.columns[at + 1 :]))
    values, places, faults = read_settings(rows)
    stop_at([fault for fault in faults if fault.rule != "missing_setting" and fault.label not in others])
    return values, (rows, places)


def _number(values: Mapping[str, Value], name: str) -> float:
    value = values[name]
    if not isinstance(value, float | int):
        raise CellError(f"{names.TBL_SETTINGS}: {name} is {value!r}; give a number.")
    return float(value)
