"""MMM_CHECK and MMM_WHY: whether the numbers can be used, and if not, why and what to do."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from xl_mmm.errors import PlanError, SpecError
from xl_mmm.functions.asking import ROWS
from xl_mmm.functions.cells import BLANK, LONGEST, Cells, table
from xl_mmm.functions.fitting import (
    CHANNELS,
    CONTROLS,
    COSTS,
    DATA,
    FX,
    LIFT_TESTS,
    PARAMETERS,
    SETTINGS,
    tables_of,
)  # fmt: skip
from xl_mmm.functions.input_tables import inputs_of, place_cells
from xl_mmm.functions.models import REFIT, NoModel, is_blank, model_of, sentences_of
from xl_mmm.functions.record import Argument, Function
from xl_mmm.tables import names
from xl_mmm.tables.faults import SHOWN, one_line
from xl_mmm.tables.names import FAIL, PASS, REVIEW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.diagnostics import Check
    from xl_mmm.tables.asked import Asked

HEADERS = ("Check", "Status", "Value", "Threshold", "Message", "Action", "Table", "Row", "Column")
DATA_RULES = "Data rules"
CURRENT = "Model is current"
LIMITS, SCENARIOS = "Limits of the plan", "Scenarios"
MEND_SCENARIO = f"Correct its row in {names.TBL_SCENARIOS}."
MEND_HORIZON = (
    f"Correct {names.SET_PLAN_START}, {names.SET_PLAN_PERIODS} or {names.SET_FISCAL} in {names.TBL_SETTINGS}."
)
MEND_LIMITS = f"Change one of them in {names.TBL_CONSTRAINTS}, {names.TBL_GROUPS} or {names.TBL_SETTINGS}."


def _check(
    data: Cells,
    channels: Cells,
    controls: Cells | None,
    lift_tests: Cells | None,
    settings: Cells | None,
    parameters: Cells | None,
    scenarios: Cells | None,
    constraints: Cells | None,
    groups: Cells | None,
    calendar: Cells | None,
    model: Cells | None,
    fx: Cells | None,
    costs: Cells | None,
    rows: float | None,
) -> Cells:
    from xl_mmm.diagnostics import data_checks

    tables = tables_of(data, channels, controls, settings, parameters, lift_tests, fx, costs)
    inputs = inputs_of(tables)
    plans = {
        names.TBL_SCENARIOS: scenarios, names.TBL_CONSTRAINTS: constraints, names.TBL_GROUPS: groups,
        names.TBL_CALENDAR: calendar,
    }  # fmt: skip
    asked = inputs_of(tables | plans)
    found = _rule_rows(asked)  # a plan that cannot be read leaves the data's own checks standing
    if inputs.dataset is not None:
        found += _check_rows(data_checks(inputs.dataset, inputs.spec))
    if model is not None and not is_blank(model):
        found += _model_rows(model, inputs.level, told=inputs.failed)
        if constraints is not None and not asked.failed:
            found += _limit_rows(model, asked)
        if scenarios is not None and not asked.failed:
            found += _scenario_rows(model, asked)
    return table(HEADERS, found, rows)


def _limit_rows(block: Cells, asked: Asked) -> list[tuple[object, ...]]:
    """Return whether any plan keeps all limits; nothing without a model."""
    from xl_mmm.functions.horizon import planned_by
    from xl_mmm.planning import conflict

    try:
        told = conflict(planned_by(model_of(block).posterior, asked.settings).posterior, asked.constraints)
    except NoModel:
        return []
    except SpecError:  # no such year ahead: `_scenario_rows` tells
        return []
    except PlanError as error:
        told = str(error)
    if not told:
        return [(LIMITS, PASS, None, None, "Some plan keeps every limit of the optimizer.", "", None, None, None)]
    lines = textwrap.wrap(one_line(told), LONGEST)
    return [(LIMITS, FAIL, None, None, line, MEND_LIMITS, None, None, None) for line in lines]


def _scenario_rows(block: Cells, asked: Asked) -> list[tuple[object, ...]]:
    """Return which scenarios cannot be planned under the model, such as those that name an unknown period."""
    from xl_mmm.functions.horizon import planned_by
    from xl_mmm.planning.scenario_table import with_today

    try:
        planned = planned_by(model_of(block).posterior, asked.settings)
    except NoModel:
        return []
    except (PlanError, SpecError) as error:
        return [(SCENARIOS, FAIL, None, None, one_line(str(error)), MEND_HORIZON, None, None, None)]
    found: list[tuple[object, ...]] = []
    for scenario in asked.scenarios:
        try:
            with_today(planned.posterior, [scenario], planned.horizon)
        except PlanError as error:
            found.append((SCENARIOS, FAIL, None, None, one_line(str(error)), MEND_SCENARIO, None, None, None))
    return found or [(SCENARIOS, PASS, None, None, "Every scenario can be planned.", "", None, None, None)]


def _rule_rows(inputs: Asked) -> list[tuple[object, ...]]:
    """Return a row for each of the first faults and one that counts the rest; one row when there are none."""
    found: list[tuple[object, ...]] = []
    for fault in inputs.faults[:SHOWN]:
        value = fault.value if isinstance(fault.value, float) else None
        words = one_line(fault.place + fault.message), one_line(fault.action)
        found.append((DATA_RULES, fault.status, value, None, *words, *place_cells(fault)))
    rest = inputs.faults[SHOWN:]
    if rest:
        message, action = f"... and {len(rest)} more findings.", "Mend those above first."
        found.append((DATA_RULES, rest[0].status, float(len(rest)), None, message, action, None, None, None))
    if not found:
        found.append((DATA_RULES, PASS, None, None, "Every table keeps the rules.", "", None, None, None))
    return found


def _model_rows(block: Cells, level: float, told: bool) -> list[tuple[object, ...]]:
    """Return how the model stands to its sheet, and its checks; `told`: what stops it stands in the rows above."""
    from xl_mmm.diagnostics import standing_checks

    try:
        posterior = model_of(block).posterior
    except NoModel:
        return [] if told else [_standing_row(FAIL, sentence) for sentence in sentences_of(block)]
    standing = [_standing_row(REVIEW, sentence) for sentence in sentences_of(block)]
    return [*standing, *_check_rows(standing_checks(posterior, level))]


def _standing_row(status: str, sentence: str) -> tuple[object, ...]:
    """Return a row of its own for a sentence about the model, the remedy apart."""
    action = REFIT if sentence.endswith(REFIT) else ""
    return CURRENT, status, None, None, one_line(sentence.removesuffix(action)), action, None, None, None


def _check_rows(checks: Sequence[Check]) -> list[tuple[object, ...]]:
    return [(c.name, c.status, c.value, c.threshold, c.message, c.action, None, None, None) for c in checks]


def _why(model: Cells, rows: float | None) -> Cells:
    lines = [line for sentence in sentences_of(model) for line in textwrap.wrap(one_line(sentence), LONGEST)]
    if rows is None:
        return [[line] for line in lines] or [[BLANK]]
    if len(lines) > rows >= 1:
        shown = int(rows) - 1
        lines = [*lines[:shown], f"... and {len(lines) - shown} more."]
    return table(("Why",), [[line] for line in lines], rows)


CHECK = Function(
    "MMM_CHECK",
    "Checks",
    "Judges tables, data and model: the rules first, each fault with its table, row and column, then the checks.",
    (
        DATA,
        CHANNELS,
        CONTROLS,
        LIFT_TESTS,
        SETTINGS,
        PARAMETERS,
        Argument("scenarios", "table", "Plans in multiples of today: tblScenarios[#All].", optional=True),
        Argument("constraints", "table", "Limits of the optimizer: tblConstraints[#All].", optional=True),
        Argument("groups", "table", "Limits of several channels together: tblGroups[#All].", optional=True),
        Argument("calendar", "table", "What is known of the time ahead: tblCalendar[#All].", optional=True),
        Argument("model", "model", "The model, to check it too: its block of text on the sheet Model.", optional=True),
        FX,
        COSTS,
        ROWS,
    ),
    "=MMM_CHECK(tblData[#All],tblChannels[#All],tblControls[#All],tblLiftTests[#All],tblSettings[#All],"
    "tblParameters[#All],tblScenarios[#All],tblConstraints[#All],tblGroups[#All],tblCalendar[#All],Model!$D$8:$D$71,"
    "tblFX[#All],tblCosts[#All])",
    "Check, status (PASS, REVIEW, FAIL), value, threshold, message, action, and where: table, row, column inside it.",
    _check,
)
WHY = Function(
    "MMM_WHY",
    "Checks",
    "Says why a model gives no numbers, or numbers that are not up to date, and what to do; blank when it is sound.",
    (Argument("model", "model", "The model: its block of text on the sheet Model."), ROWS),
    "=MMM_WHY(Model!$D$8:$D$71)",
    "One sentence a row, without a header.",
    _why,
)
