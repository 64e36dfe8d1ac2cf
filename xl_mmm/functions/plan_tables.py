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
from xl_mmm.functions.input_tables import rows_of, stop_at
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from xl_mmm.functions.cells import Cells
    from xl_mmm.planning import Constraints, Plan, Scenario
    from xl_mmm.posterior import Posterior
    from xl_mmm.tables.settings_reader import Value

NEEDED = (names.SET_KPI_UNIT, names.SET_LEVEL, names.SET_BUDGET, names.SET_LEAST, names.SET_MOST)
KEPT = 4  # tables and plans shared between functions; each holds on to its posterior


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a plan.

    Attributes
    ----------
    constraints
        Budget and bounds.
    level
        Width of the ranges.
    kpi_unit
        Word behind KPI figures.
    """

    constraints: Constraints
    level: float
    kpi_unit: str


def wanted(posterior: Posterior, constraints: Cells | None, settings: Cells | None) -> Wanted:
    """Read the planner's tables for a model.

    Raises
    ------
    CellError
        Sentences with table, row and remedy.
    """
    from xl_mmm.planning import Constraints
    from xl_mmm.tables.plan_reader import read_bounds

    values = _settings(settings)
    bounds: dict[str, tuple[float, float]] = {}
    default = _number(values, names.SET_LEAST), _number(values, names.SET_MOST)
    if constraints is not None:
        rows = rows_of(names.TBL_CONSTRAINTS, constraints)
        bounds, faults = read_bounds(rows, list(posterior.dataset.channels), default)
        stop_at(faults)
    budget = values[names.SET_BUDGET]
    return Wanted(
        Constraints(budget if isinstance(budget, float) else None, bounds, default),
        _number(values, names.SET_LEVEL),
        str(values[names.SET_KPI_UNIT]),
    )


def scenario_table(posterior: Posterior, scenarios: Cells | None, level: float) -> pd.DataFrame:
    """Evaluate the rows of `tblScenarios`; today alone without one.

    Raises
    ------
    CellError, PlanError
        The table is at fault, or a plan is impossible.
    """
    return _evaluated(posterior, scenarios_of(posterior, scenarios), level)


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


def judged(posterior: Posterior, asked: Wanted, money: tuple[float, ...] | None) -> Plan:
    """Judge a plan; today's spend where none is given.

    Raises
    ------
    PlanError
        Amounts that no plan can have, or bounds of unknown channels.
    """
    limits = asked.constraints
    return _judged(posterior, limits.budget, tuple(limits.bounds.items()), limits.default_bounds, money, asked.level)


@lru_cache(maxsize=KEPT)
def _evaluated(posterior: Posterior, plans: tuple[Scenario, ...], level: float) -> pd.DataFrame:
    from xl_mmm.planning import scenarios

    return scenarios(posterior, plans, level=level)


@lru_cache(maxsize=KEPT)
def _judged(
    posterior: Posterior,
    budget: float | None,
    bounds: tuple[tuple[str, tuple[float, float]], ...],
    default_bounds: tuple[float, float],
    money: tuple[float, ...] | None,
    level: float,
) -> Plan:
    from xl_mmm.planning import Constraints, judge

    plan = {} if money is None else dict(zip(posterior.dataset.channels, money, strict=True))
    return judge(posterior, Constraints(budget, dict(bounds), default_bounds), plan, level=level)


def _settings(cells: Cells | None) -> Mapping[str, Value]:
    """Read the settings that a plan needs; their defaults without a table."""
    from xl_mmm.tables.settings_reader import read_settings

    if cells is None:
        return MappingProxyType({name: names.SETTING[name].default for name in NEEDED})
    rows = rows_of(names.TBL_SETTINGS, cells)
    at, others = rows.headers.index(names.H_VALUE), set(names.SETTING) - set(NEEDED)
    keys = rows.columns[rows.headers.index(names.H_SETTING)]
    bare = [
        None if isinstance(key, str) and key.strip() in others else value
        for key, value in zip(keys, rows.columns[at], strict=True)
    ]
    rows = dataclasses.replace(rows, columns=(*rows.columns[:at], bare, *rows.columns[at + 1 :]))
    values, _, faults = read_settings(rows)
    stop_at([fault for fault in faults if fault.rule != "missing_setting" and fault.label not in others])
    return values


def _number(values: Mapping[str, Value], name: str) -> float:
    value = values[name]
    if not isinstance(value, float | int):
        raise CellError(f"{names.TBL_SETTINGS}: {name} is {value!r}; give a number.")
    return float(value)
