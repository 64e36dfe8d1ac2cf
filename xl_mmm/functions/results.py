"""What a model found: statistics, parameters, where the KPI came from, and one curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.errors import CellError
from xl_mmm.functions.asking import MODEL, RANGE, ROWS, amounts, column, day_number, day_of, level_of
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.record import Argument, Function
from xl_mmm.functions.returns import RETURNS

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset

STATISTIC_HEADERS = ("Statistic", "Value", "Meaning")
PARAMETER_HEADERS = ("Channel", "Parameter", "Mean", "Low", "High", "Unit")
BRIDGE_HEADERS = ("Component", "KPI", "Share")
CURVE_HEADERS = ("Multiplier", "Spend", "Outcome", "Low", "High")
FIRST_DAY, LAST_DAY = "First day", "Last day"
_COMPONENTS = {"baseline": "Baseline", "carry_in": "Carry-in", "residual": "Residual"}


def component_name(component: str) -> str:
    """Head a component: `carry_in` -> Carry-in; media and controls keep their own names."""
    return _COMPONENTS.get(component, component)


def weekly_headers(components: list[str]) -> tuple[str, ...]:
    """Head the weekly decomposition with these components, the residual last."""
    return ("Period", "Actual", "Fitted", *map(component_name, components), "Value")


def _summary(model: Cells, rows: float | None) -> Cells:
    from xl_mmm.measures import MEANINGS, summary
    from xl_mmm.report.labels import LABELS
    from xl_mmm.report.window import last_day

    posterior = model_of(model).posterior
    data, values = posterior.dataset, summary(posterior)
    window = [
        (FIRST_DAY, day_number(data.window_dates[0]), "first day of the window, a date"),
        (LAST_DAY, day_number(last_day(data)), "last day of the window's last period, a date"),
    ]
    return table(
        STATISTIC_HEADERS, [*window, *((LABELS[key], values[key], MEANINGS[key]) for key in MEANINGS)], rows
    )


def _parameters(model: Cells, level: float | None, rows: float | None) -> Cells:
    from xl_mmm.measures import parameters

    found = parameters(model_of(model).posterior, level_of(level)).reset_index()
    return table(PARAMETER_HEADERS, found[["channel", "parameter", "mean", "low", "high", "unit"]].to_numpy(), rows)


def _contribution(model: Cells, rows: float | None, columns: float | None) -> Cells:
    from xl_mmm.measures.contribution import weekly_means

    posterior = model_of(model).posterior
    names, parts = weekly_means(posterior)
    headers = weekly_headers(names)
    if columns is not None and columns != len(headers):
        raise CellError(f"{len(headers)} columns are needed and {columns:g} are prepared.")
    actual = parts.sum(axis=1)
    body = np.column_stack([
        [day_number(day) for day in posterior.dataset.window_dates], actual, actual - parts[:, -1], parts,
        _value(posterior.dataset),
    ])  # fmt: skip
    return table(headers, body.tolist(), rows)


def _value(dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return revenue per KPI unit by period, one where the KPI has no money value."""
    from xl_mmm.response import outcome_weights

    return np.ones(dataset.n_weeks) if dataset.revenue_per_kpi is None else outcome_weights(dataset)


def _bridge(model: Cells, first_day: Cells | None, last_day: Cells | None, rows: float | None) -> Cells:
    from xl_mmm.measures import bridge

    start, end = day_of(first_day, "first_day"), day_of(last_day, "last_day")
    steps = bridge(model_of(model).posterior, start, end)
    body = zip(map(component_name, steps.index), steps["value"], steps["share"], strict=True)
    return table(BRIDGE_HEADERS, body, rows)


def _response_curve(
    model: Cells, channel: str, multipliers: Cells | None, level: float | None, rows: float | None
) -> Cells:
    from xl_mmm.measures import response_curve

    given = amounts(column(multipliers), "multipliers") or None
    curve = response_curve(model_of(model).posterior, channel, given, level_of(level))
    return table(CURVE_HEADERS, curve.to_numpy().tolist(), rows)


SUMMARY = Function(
    "MMM_SUMMARY",
    "Results",
    "Says over which days the model was fitted and how well it describes the KPI.",
    (MODEL, ROWS),
    "=MMM_SUMMARY(Model!$D$8:$D$71)",
    "Statistic, value and meaning; the first two values are days.",
    _summary,
)
PARAMETERS = Function(
    "MMM_PARAMETERS",
    "Results",
    "Lists every estimated number: carryover, saturation and size of each channel, baseline, controls, noise.",
    (MODEL, RANGE, ROWS),
    "=MMM_PARAMETERS(Model!$D$8:$D$71,0.9)",
    "Channel, parameter, mean and ends of the range over draws, unit.",
    _parameters,
)
CONTRIBUTION = Function(
    "MMM_CONTRIBUTION",
    "Results",
    "Splits the KPI of every period into baseline, controls, carry-in, media and residual, which add up to it.",
    (
        MODEL,
        ROWS,
        Argument("columns", "number", "Columns prepared on a sheet; another number is refused.", optional=True),
    ),
    "=MMM_CONTRIBUTION(Model!$D$8:$D$71)",
    "Period, actual, fitted, one column a component in KPI units, revenue per KPI unit (1 without).",
    _contribution,
)
BRIDGE = Function(
    "MMM_BRIDGE",
    "Results",
    "Steps from the baseline through every driver to the KPI of a stretch of time.",
    (
        MODEL,
        Argument("first_day", "column", "First period, a date; blank for the window's first.", optional=True),
        Argument("last_day", "column", "Last period, a date; blank for the window's last.", optional=True),
        ROWS,
    ),
    "=MMM_BRIDGE(Model!$D$8:$D$71,Data!$B$60,Data!$B$111)",
    "Component, KPI units, share of the KPI; the steps add up to the KPI.",
    _bridge,
)
RESPONSE_CURVE = Function(
    "MMM_RESPONSE_CURVE",
    "Results",
    "Says what a channel brings over the window when its spend in every week is scaled.",
    (
        MODEL,
        Argument("channel", "text", "A paid channel, spelled as in the model."),
        Argument("multipliers", "column", "Multiples of today's spend; 0 to 2 in steps of 0.1 if blank.", True),
        RANGE,
        ROWS,
    ),
    '=MMM_RESPONSE_CURVE(Model!$D$8:$D$71,"TV")',
    "Multiplier, spend, outcome with its range: revenue of the window (KPI units without a money value).",
    _response_curve,
)

RESULTS: tuple[Function, ...] = (SUMMARY, PARAMETERS, CONTRIBUTION, BRIDGE, *RETURNS, RESPONSE_CURVE)
